"""The outbox: what the world outside is to be told, written in the transaction of the act, delivered afterwards at least once."""

import json
from typing import Any

from sqlalchemy import insert

from engine.database import Transaction
from engine.tables import outbox


def put(tx: Transaction, key: str, kind: str, payload: dict[str, Any], case_id: int | None) -> None:
    """One thing to tell, under a key that stays the same however often it is delivered."""
    content = json.dumps(payload, sort_keys=True, ensure_ascii=False)
    row = {
        "key": key,
        "kind": kind,
        "payload": content,
        "case_id": case_id,
        "created_at": tx.now,
        "next_attempt_at": tx.now,
    }
    tx.connection.execute(insert(outbox), row)
