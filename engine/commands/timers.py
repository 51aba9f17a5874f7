"""Deadlines that lapse: due timers are claimed in batches, looked at again inside the transaction, and take effect once.

Any number of workers may call `lapse_due` at the same time. On PostgreSQL a worker skips the cases that another one holds; on SQLite
there is one writer. A timer that cannot take effect is set aside after three attempts with an incident, so that one broken case never
holds up the others.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from engine.apply import Case, apply_step, load_case
from engine.apply.clocks import Clocks
from engine.authority import SYSTEM_ACTOR
from engine.bpmn import runtime
from engine.database import Database, Transaction
from engine.tables import case_, incident, timer
from engine.vocabulary import EventType

BATCH = 100
ATTEMPTS = 3
PAUSE = timedelta(minutes=5)
MOST_CATCHING_UP = 50


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


def catch_up(tx: Transaction, case: Case) -> None:
    """What is due in this case happens before anything else does, even if no worker came by in time."""
    query = select(timer).where(timer.c.case_id == case.id, timer.c.due_at <= tx.now)
    system = replace(tx, actor=SYSTEM_ACTOR)
    for _ in range(MOST_CATCHING_UP):
        row = tx.connection.execute(query.order_by(timer.c.due_at, timer.c.token).limit(1)).one_or_none()
        if row is None:
            return
        _take_effect(system, case, row)


def next_due(database: Database) -> datetime | None:
    """When the next timer is due."""
    with database.read(SYSTEM_ACTOR) as tx:
        text = tx.connection.execute(select(func.min(timer.c.due_at))).scalar_one_or_none()
    return text if text is None or isinstance(text, datetime) else datetime.fromisoformat(text)


def _claim(tx: Transaction, limit: int) -> list[Row[Any]]:
    due = timer.c.due_at <= tx.now
    query = select(timer).where(due).order_by(timer.c.due_at, timer.c.case_id, timer.c.token).limit(limit)
    if tx.is_postgresql:  # the row of the case first, as every command does: no deadlock with an officer's act
        query = query.join(case_, case_.c.id == timer.c.case_id).with_for_update(of=case_, skip_locked=True)
    return list(tx.connection.execute(query))


def _lapse_together(tx: Transaction, limit: int) -> dict[str, Any]:
    rows = _claim(tx, limit)
    touched: set[int] = set()
    for row in rows:
        # Another timer of this batch, or on PostgreSQL another worker just before, may have taken this one away.
        if (row.case_id not in touched and not tx.is_postgresql) or _is_still_due(tx, row):
            _take_effect(tx, load_case(tx, row.case_id), row)
        touched.add(row.case_id)
    return {"looked_at": len(rows)}


def _lapse_one_by_one(tx: Transaction, limit: int) -> dict[str, Any]:
    """Each timer in a savepoint of its own: what goes wrong in its case stays there."""
    rows = _claim(tx, limit)
    for row in rows:
        savepoint = tx.connection.begin_nested()
        try:
            if _is_still_due(tx, row):
                _take_effect(tx, load_case(tx, row.case_id), row)
            savepoint.commit()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the other cases; it is kept as an incident
            savepoint.rollback()
            _set_aside(tx, row, error)
    return {"looked_at": len(rows)}


def _is_still_due(tx: Transaction, row: Row[Any]) -> bool:
    query = select(timer.c.token).where(
        timer.c.case_id == row.case_id, timer.c.token == row.token, timer.c.due_at <= tx.now
    )
    return tx.connection.execute(query).first() is not None


def _take_effect(tx: Transaction, case: Case, row: Row[Any]) -> None:
    clocks = Clocks(tx, case)
    entry = next((e for e in clocks.entries if (e.name, e.occurrence) == (row.deadline, row.occurrence)), None)
    if entry is not None and entry.law_version != clocks.law.version and entry.status in {"running", "suspended"}:
        clocks.reproject(entry)  # the law changed since: is it still due?
        clocks.write()
        key = (timer.c.case_id == row.case_id, timer.c.token == row.token)
        due_at = tx.connection.execute(select(timer.c.due_at).where(*key)).scalar_one()
        if due_at is None or due_at > tx.now:
            return
    step = runtime.lapse(case.definition, case.frontier, row.token)
    clocks.note_fired(row.element, row.deadline, row.occurrence, row.relation)
    due = {"deadline": row.deadline, "occurrence": row.occurrence, "due_at": row.due_at.isoformat()}
    apply_step(
        tx, case, step, EventType.TIMER_LAPSED, {"token": row.token, "element": row.element, **due}, clocks=clocks
    )


def _set_aside(tx: Transaction, row: Row[Any], error: Exception) -> None:
    gives_up = row.attempts + 1 >= ATTEMPTS
    key = (timer.c.case_id == row.case_id, timer.c.token == row.token)
    later = None if gives_up else tx.now + PAUSE
    tx.connection.execute(update(timer).where(*key), {"attempts": row.attempts + 1, "due_at": later})
    if gives_up:
        what = f"{row.element}: {error}"[:2000]
        entry = {"case_id": row.case_id, "token": row.token, "kind": "timer_failed", "what": what, "at": tx.now}
        tx.connection.execute(insert(incident), entry)
