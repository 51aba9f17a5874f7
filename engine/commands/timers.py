"""Deadlines that lapse: due timers are claimed in batches, looked at again inside the transaction, and take effect once.

Any number of workers may call `lapse_due` at the same time. On PostgreSQL a worker skips the cases that another one holds; on SQLite
there is one writer. A timer that cannot take effect is set aside after three attempts with an incident, so that one broken case never
holds up the others.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import DBAPIError

from engine.apply import load_case, savepoint
from engine.apply.steps import is_due, take_effect
from engine.authority import SYSTEM_ACTOR
from engine.database import Database, Transaction, is_worth_another_try
from engine.tables import case_, incident, timer
from engine.vocabulary import CaseStatus

BATCH = 100
ATTEMPTS = 3
PAUSE = timedelta(minutes=5)


def lapse_due(database: Database, limit: int = BATCH) -> int:
    """Lets the timers that are due take effect, oldest first, at most `limit` of them. Returns how many rows were looked at.

    The batch is one transaction. If anything in it fails, nothing of it happened, and it is done again one by one, so that only the
    timer that fails is set aside.
    """
    try:
        return int(database.perform(SYSTEM_ACTOR, "lapse_due", lambda tx: _lapse_together(tx, limit))["looked_at"])
    except Exception:  # noqa: BLE001 - which timer failed and why is found out one by one
        return int(database.perform(SYSTEM_ACTOR, "lapse_due", lambda tx: _lapse_one_by_one(tx, limit))["looked_at"])


def lapse_all_due(database: Database) -> int:
    """Batch after batch until nothing is due; other writers get their turn between two batches."""
    total = 0
    while (done := lapse_due(database)) > 0:
        total += done
    return total


def next_due(database: Database) -> datetime | None:
    """When the next timer is due."""
    query = _of_open_cases(select(timer.c.due_at)).where(timer.c.due_at.is_not(None)).order_by(timer.c.due_at).limit(1)
    with database.read(SYSTEM_ACTOR) as tx:
        return tx.connection.execute(query).scalar_one_or_none()


def _claim(tx: Transaction, limit: int) -> list[Row[Any]]:
    query = _of_open_cases(select(timer)).where(timer.c.due_at <= tx.now)
    query = query.order_by(timer.c.due_at, timer.c.case_id, timer.c.token).limit(limit)
    if tx.is_postgresql:  # the row of the case first, as every command does: no deadlock with an officer's act
        query = query.with_for_update(of=case_, skip_locked=True)
    return list(tx.connection.execute(query))


def _of_open_cases(query: Select[Any]) -> Select[Any]:
    """Nothing lapses in a suspended case, not even what follows on an earlier lapse."""
    return query.join(case_, case_.c.id == timer.c.case_id).where(case_.c.status == CaseStatus.OPEN)


def _lapse_together(tx: Transaction, limit: int) -> dict[str, Any]:
    rows = _claim(tx, limit)
    touched: set[int] = set()
    for row in rows:
        # Another timer of this batch, or on PostgreSQL another worker just before, may have taken this one away.
        if (row.case_id not in touched and not tx.is_postgresql) or is_due(tx, row):
            take_effect(tx, load_case(tx, row.case_id), row)
        touched.add(row.case_id)
    return {"looked_at": len(rows)}


def _lapse_one_by_one(tx: Transaction, limit: int) -> dict[str, Any]:
    """Each timer in a savepoint of its own: what goes wrong in its case stays there."""
    rows = _claim(tx, limit)
    for row in rows:
        try:
            with savepoint(tx):
                if is_due(tx, row):
                    take_effect(tx, load_case(tx, row.case_id), row)
        except Exception as error:  # whatever it is, it must not stop the other cases; it is kept as an incident
            if isinstance(error, DBAPIError) and is_worth_another_try(error):
                raise  # a lost race is nobody's fault: the batch is done again
            _set_aside(tx, row, error)
    return {"looked_at": len(rows)}


def _set_aside(tx: Transaction, row: Row[Any], error: Exception) -> None:
    gives_up = row.attempts + 1 >= ATTEMPTS
    key = (timer.c.case_id == row.case_id, timer.c.token == row.token)
    later = None if gives_up else tx.now + PAUSE
    tx.connection.execute(update(timer).where(*key), {"attempts": row.attempts + 1, "due_at": later})
    if gives_up:
        what = f"{row.element}: {error}"[:2000]
        entry = {"case_id": row.case_id, "token": row.token, "kind": "timer_failed", "what": what, "at": tx.now}
        tx.connection.execute(insert(incident), entry)
