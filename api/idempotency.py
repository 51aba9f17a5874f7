"""`Idempotency-Key`: the same call sent twice is done once and answered alike.

A key is 16 to 128 letters, digits or `. _ ~ : -`, of at least eight different kinds: a UUID will do. It belongs to the caller; the
public is one caller, so a key must be random there. With another body, a known key is refused (409 key_reused).

The engine keeps with each key a hash of what was said, and the answer. Neither may hold a secret: the hash is keyed, so that nobody can
guess a telephone number from it, and secret codes and access tokens are not kept but derived from the key and the body with the
master key, so that a repeated call is told the same secret. Without a key, secrets are random.
"""

import hashlib
import hmac
import json
import re
import secrets
from typing import Any

from flask import request

from api.context import actor, database
from api.errors import Malformed
from api.identity import REQUESTER

HEADER = "Idempotency-Key"
KEY = re.compile(r"[A-Za-z0-9._~:-]{16,128}")
LEAST_DIFFERENT = 8
ROOM = b"giaitrinh/api/idempotency/1"


def given_key() -> str | None:
    """The key of this call. Raises Malformed when a participant sends none, or when it is none."""
    key = request.headers.get(HEADER)
    if key is None:
        if actor().id == REQUESTER.id:
            return None
        raise Malformed(
            "key_missing",
            f"Cần tiêu đề {HEADER}: một mã ngẫu nhiên (ví dụ UUID) để việc này không bị thực hiện hai lần.",
            f"The header {HEADER} is needed: something random, such as a UUID, so that this is not done twice.",
            header=HEADER,
        )
    if not KEY.fullmatch(key) or len(set(key)) < LEAST_DIFFERENT:
        raise Malformed(
            "key_malformed",
            f"{HEADER} cần từ 16 đến 128 chữ, số hoặc dấu . _ ~ : -, và phải ngẫu nhiên (ví dụ UUID).",
            f"Expected {HEADER} to be 16 to 128 letters, digits or . _ ~ : - chosen at random, such as a UUID.",
            header=HEADER,
        )
    return key


def fingerprint(said: Any) -> str:
    """A keyed hash of what the caller said: tells two bodies apart and reveals neither."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return _digest("said", text).hex()


def secret_bytes(purpose: str, key: str | None, said: Any) -> bytes:
    """32 bytes for a secret of this call: the same when the same call is sent again with its key."""
    if key is None:
        return secrets.token_bytes(hashlib.sha256().digest_size)
    return _digest(purpose, f"{actor().id}\0{key}\0{fingerprint(said)}")


def _digest(purpose: str, text: str) -> bytes:
    room = hmac.digest(database().master_key, ROOM, "sha256")
    return hmac.digest(room, f"{purpose}\0{text}".encode(), "sha256")
