"""Writing one line of a trail. A line is canonical JSON: strings, whole numbers, booleans, null; ASCII keys; NFC text."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update

from engine.database import Transaction
from engine.tables import administration_trail, event
from engine.vocabulary import ADMINISTRATION_TRAIL, EventType

FORMAT = 1
NO_EVENT = "0" * 64
"""What stands as the hash before the first line."""


def append(
    tx: Transaction,
    trail: int,
    seq: int,
    prev: str,
    event_type: EventType,
    content: dict[str, Any],
    on_behalf_of: str | None = None,
) -> str:
    """Writes line `seq` of the trail after the line with hash `prev`, and returns its hash. The caller keeps length and head."""
    body = {
        "v": FORMAT,
        "trail": trail,
        "seq": seq,
        "prev": prev,
        "at": instant_text(tx.now),
        "actor": {"id": tx.actor.id, "agency": tx.actor.agency, **({"for": on_behalf_of} if on_behalf_of else {})},
        "type": str(event_type),
        **content,
    }
    text = canonical(body)
    digest = line_hash(text)
    row = {"trail_id": trail, "seq": seq, "at": tx.now, "actor": tx.actor.id, "type": str(event_type)}
    tx.connection.execute(insert(event), {**row, "body": text, "prev": prev, "hash": digest})
    return digest


def append_to_administration(
    tx: Transaction, event_type: EventType, content: dict[str, Any], *, law_changed: bool = False
) -> int:
    """Writes a line of the trail of acts that belong to no case; returns its number."""
    query = select(administration_trail)
    head = tx.connection.execute(query.with_for_update() if tx.is_postgresql else query).one_or_none()
    if head is None:
        tx.connection.execute(insert(administration_trail), {"id": 0, "length": 0, "head": NO_EVENT, "law_version": 0})
        return append_to_administration(tx, event_type, content, law_changed=law_changed)
    digest = append(tx, ADMINISTRATION_TRAIL, head.length + 1, head.head, event_type, content)
    changes = {"length": head.length + 1, "head": digest, "law_version": head.law_version + law_changed}
    tx.connection.execute(update(administration_trail), changes)
    return int(head.length) + 1


def canonical(value: Any) -> str:
    """The one text of a value: sorted keys, no blanks. Raises ValueError for what has no single text (fractions, odd keys)."""
    _check(value, "$")
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def line_hash(body: str) -> str:
    """SHA-256 of the line's text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(body.encode()).hexdigest()


def instant_text(instant: datetime) -> str:
    """`2026-01-31T17:00:00.000000Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _check(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise ValueError(f"{where}: Expected ASCII keys in the trail, but found {key!r:.40}")
            _check(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{where}[{index}]")
    elif isinstance(value, str):
        if not unicodedata.is_normalized("NFC", value):
            raise ValueError(f"{where}: Expected NFC text in the trail")
    elif value is not None and not isinstance(value, bool | int):
        raise ValueError(f"{where}: a {type(value).__name__} has no place in the trail")
