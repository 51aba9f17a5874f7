"""Personal values, apart from the trail: encrypted per person, referred to by salted commitments.

Events and frontiers hold `pv:` and 64 hexadecimal digits instead of a name or a telephone number. Erasing a person destroys the
person's key; the chain, which only ever held commitments, still verifies (Law 91/2025/QH15 on personal data; promise P11).
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, insert, select, update

from engine.database import Transaction, seal, unseal
from engine.errors import BrokenTrail
from engine.tables import person, person_value

PREFIX = "pv:"
SALT_BYTES = 32
KEY_BITS = 256
DOMAIN = b"\x03"  # keeps commitments apart from any other hash


def add_person(tx: Transaction) -> int:
    """A new person with a key of their own, wrapped by the master key."""
    key = AESGCM.generate_key(KEY_BITS)
    row = {"wrapped_key": seal(tx.database.master_key, key)}
    identity = tx.connection.execute(insert(person).returning(person.c.id), row).scalar_one()
    return int(identity)


def commit_values(values: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, bytes]]:
    """(commitment by path, what to seal by path). The salt is fresh, so that nobody can guess a telephone number from its hash."""
    commitments, openings = {}, {}
    for path, value in values.items():
        salt = secrets.token_bytes(SALT_BYTES)
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        openings[path] = salt + text.encode()
        commitments[path] = _commitment(path, openings[path])
    return commitments, openings


def keep(
    tx: Transaction, person_id: int, case_id: int, commitments: Mapping[str, str], openings: Mapping[str, bytes]
) -> None:
    """Stores the values, sealed with the person's key."""
    if not commitments:
        return
    key = _person_key(tx, person_id)
    rows = [
        {
            "commitment": commitments[path].removeprefix(PREFIX),
            "person_id": person_id,
            "case_id": case_id,
            "path": path,
            "sealed": seal(key, opening),
        }
        for path, opening in openings.items()
    ]
    tx.connection.execute(insert(person_value), rows)


def opened(tx: Transaction, case_id: int) -> dict[str, Any]:
    """The personal values of a case by commitment; those of erased persons are absent. Raises BrokenTrail for an exchanged one."""
    query = (
        select(person_value.c.commitment, person_value.c.path, person_value.c.sealed, person.c.wrapped_key)
        .join(person, person.c.id == person_value.c.person_id)
        .where(person_value.c.case_id == case_id, person.c.wrapped_key.is_not(None))
    )
    values = {}
    for commitment, path, sealed, wrapped in tx.connection.execute(query):
        opening = unseal(unseal(tx.database.master_key, wrapped), sealed)
        if _commitment(path, opening) != PREFIX + commitment:
            raise BrokenTrail(
                "personal_value_altered",
                f"Giá trị cá nhân «{path}» không phải là giá trị đã được ghi cam kết trong nhật ký.",
                f"The personal value «{path}» is not the one that the trail committed to.",
            )
        values[PREFIX + commitment] = json.loads(opening[SALT_BYTES:])
    return values


def with_values(content: Any, values: Mapping[str, Any], otherwise: Any = None) -> Any:
    """The content with every commitment replaced by its value, or by `otherwise` when it may not or cannot be opened."""
    if isinstance(content, str) and content.startswith(PREFIX):
        return values.get(content, otherwise)
    if isinstance(content, Mapping):
        return {key: with_values(item, values, otherwise) for key, item in content.items()}
    if isinstance(content, list | tuple):
        return [with_values(item, values, otherwise) for item in content]
    return content


def put_at(content: dict[str, Any], path: str, value: Any) -> None:
    """Sets the value at a dotted path such as `requester.phone` or `members.0.name`."""
    *way, last = path.split(".")
    here: Any = content
    for step in way:
        here = here[int(step)] if isinstance(here, list) else here.setdefault(step, {})
    if isinstance(here, list):
        here[int(last)] = value
    else:
        here[last] = value


def erase(tx: Transaction, person_id: int) -> list[str]:
    """Destroys the person's key and values for ever; returns the commitments that can no longer be opened."""
    query = (
        select(person_value.c.commitment)
        .where(person_value.c.person_id == person_id)
        .order_by(person_value.c.commitment)
    )
    commitments = [str(row[0]) for row in tx.connection.execute(query)]
    tx.connection.execute(delete(person_value).where(person_value.c.person_id == person_id))
    tx.connection.execute(update(person).where(person.c.id == person_id), {"wrapped_key": None, "erased_at": tx.now})
    return commitments


def is_erased(tx: Transaction, person_id: int) -> bool:
    """Whether the person's key was destroyed."""
    query = select(person.c.erased_at).where(person.c.id == person_id)
    return tx.connection.execute(query).scalar_one() is not None


def _commitment(path: str, opening: bytes) -> str:
    salt, text = opening[:SALT_BYTES], opening[SALT_BYTES:]
    return PREFIX + hashlib.sha256(DOMAIN + salt + path.encode() + b"\0" + text).hexdigest()


def _person_key(tx: Transaction, person_id: int) -> bytes:
    wrapped = tx.connection.execute(select(person.c.wrapped_key).where(person.c.id == person_id)).scalar_one()
    return unseal(tx.database.master_key, wrapped)
