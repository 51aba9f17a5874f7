"""`Idempotency-Key`: the same call sent twice is done once and answered alike.

A key is 16 to 128 letters, digits or `. _ ~ : -`, of at least eight different kinds: a UUID will do. It belongs to the caller; the
public is one caller, so a key must be random there. With another body, a known key is refused (409 key_reused). A repeated filing is
given the same receipt with the same secret code.

The engine keeps with each key the answer, sealed, and a hash of what was said. What is hashed here is already a keyed hash: nobody who
reads the database can guess a telephone number from it.
"""

import hmac
import json
import re
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
    own_key = hmac.digest(database().master_key, ROOM, "sha256")
    return hmac.digest(own_key, text.encode(), "sha256").hex()
