"""The projections as the trail says they must be: work items, message waits, timers, deadlines, and the case's own row.

They are rebuilt from the lines of the trail and compared with the tables, so that whoever changes a table without a line in the trail
is found: a work item given to somebody else, a due date moved, a case closed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, select

from engine.audit.trail import instant_text
from engine.bpmn.definitions import Definition
from engine.database import Transaction
from engine.registers.law import law_in_force
from engine.tables import deadline, message_wait, timer, work_item
from engine.time.legal_deadlines import ledger_from_json, offset_instant, project
from engine.vocabulary import CaseStatus, DeadlineStatus, EventType, WorkItemStatus

OWED = {DeadlineStatus.RUNNING, DeadlineStatus.LAPSED}
SETTLED = {DeadlineStatus.MET, DeadlineStatus.MET_LATE, DeadlineStatus.VOID}
DONE = {EventType.WORK_ITEM_COMPLETED, EventType.WORK_ITEM_COMPLETED_FOR}
STATUS_AFTER = {
    EventType.CASE_STARTED: CaseStatus.OPEN,
    EventType.CASE_SUSPENDED: CaseStatus.SUSPENDED,
    EventType.CASE_RESUMED: CaseStatus.OPEN,
}
LONGEST_PUT_OFF = timedelta(hours=1)
"""A timer that failed is tried again within minutes; one that is put off further was moved by somebody."""

Clock = tuple[str, int]
"""A deadline: its name and occurrence."""


@dataclass
class Rebuilt:
    """What the tables must hold for one case. Keys are tokens, or clocks."""

    status: str = CaseStatus.OPEN
    outcome: str | None = None
    ended_at: str | None = None
    work: dict[int, dict[str, Any]] = field(default_factory=dict)
    waits: dict[int, dict[str, Any]] = field(default_factory=dict)
    timers: dict[int, dict[str, Any]] = field(default_factory=dict)
    clocks: dict[Clock, dict[str, Any]] = field(default_factory=dict)
    fired: dict[Clock, list[str]] = field(default_factory=dict)


def rebuild(definition: Definition, bodies: Iterable[Mapping[str, Any]]) -> Rebuilt:
    """Follows the lines of a trail, whose chain was verified before."""
    made = Rebuilt()
    for body in bodies:
        for clock in body.get("deadlines", ()):
            made.clocks[(clock["name"], clock["occurrence"])] = clock
        if body["type"] == EventType.TIMER_LAPSED:
            made.fired.setdefault((body["deadline"], body["occurrence"]), []).append(body["element"])
        if "delta" in body:
            _follow_tokens(made, definition, body)
        _follow_holder(made, body)
        _follow_status(made, body)
    return made


def projection_fault(
    tx: Transaction, row: Row[Any], definition: Definition, bodies: Iterable[Mapping[str, Any]]
) -> str | None:
    """The first difference between the tables and the trail of this case, in words; None when there is none."""
    made = rebuild(definition, bodies)
    said = {"status": made.status, "outcome": made.outcome, "ended_at": made.ended_at}
    ended_at = row.ended_at and instant_text(row.ended_at)
    found = {"status": row.status, "outcome": row.outcome, "ended_at": ended_at}
    if found != said:
        return f"the case's row says {found}, the trail says {said}"
    for table, expected in ((work_item, made.work), (message_wait, made.waits), (timer, made.timers)):
        fault = _difference(tx, row.id, table, expected)
        if fault is not None:
            return fault
    return _clock_fault(tx, row, made) or _alarm_fault(tx, row)


def _follow_tokens(made: Rebuilt, definition: Definition, body: Mapping[str, Any]) -> None:
    for token, _element, kind, _instance in body["delta"]["gone"]:
        if kind == "user":
            is_done = body["type"] in DONE and body["token"] == token
            status = WorkItemStatus.COMPLETED if is_done else WorkItemStatus.WITHDRAWN
            made.work[token] |= {"status": status, "closed_by": body["actor"]["id"], "closed_at": body["at"]}
        made.timers.pop(token, None)
        made.waits.pop(token, None)
    for token, name, kind, _instance in body["delta"]["come"]:
        element = definition.elements[name]
        if kind == "timer" and element.timer is not None:
            occurrence = max(number for clock, number in made.clocks if clock == element.timer.deadline)
            armed = {"relation": element.timer.relation, "amount": element.timer.amount, "unit": element.timer.unit}
            made.timers[token] = {
                "element": name,
                "deadline": element.timer.deadline,
                "occurrence": occurrence,
                **armed,
            }
    for token, name, agency, holder in body["work"]:
        element = definition.elements[name]
        offered = {"element": name, "form": element.form, "role": element.role or "", "agency": agency}
        status = WorkItemStatus.CLAIMED if holder else WorkItemStatus.OFFERED
        made.work[token] = {**offered, "holder": holder, "status": status, "closed_by": None, "closed_at": None}
    for token, name, correlation in body["waits"]:
        made.waits[token] = {"element": name, "name": definition.elements[name].message, "correlation": correlation}


def _follow_holder(made: Rebuilt, body: Mapping[str, Any]) -> None:
    match body["type"]:
        case EventType.WORK_ITEM_CLAIMED:
            made.work[body["token"]] |= {"holder": body["actor"]["id"], "status": WorkItemStatus.CLAIMED}
        case EventType.WORK_ITEM_RELEASED:
            made.work[body["token"]] |= {"holder": None, "status": WorkItemStatus.OFFERED}
        case EventType.WORK_ITEM_REASSIGNED:
            made.work[body["token"]] |= {"holder": body["to"], "status": WorkItemStatus.CLAIMED}


def _follow_status(made: Rebuilt, body: Mapping[str, Any]) -> None:
    made.status = STATUS_AFTER.get(EventType(body["type"]), made.status)
    if body.get("ended"):
        is_cancelled = body["type"] == EventType.CASE_CANCELLED
        made.status = CaseStatus.CANCELLED if is_cancelled else CaseStatus.COMPLETED
        made.outcome, made.ended_at = body["outcome"], body["at"]
        made.timers.clear()


def _difference(tx: Transaction, case_id: int, table: Table, expected: Mapping[int, Mapping[str, Any]]) -> str | None:
    rows = tx.connection.execute(select(table).where(table.c.case_id == case_id)).mappings()
    found = {row["token"]: row for row in rows}
    for token in sorted(found.keys() | expected.keys()):
        if token not in expected or token not in found:
            where = "the trail" if token in found else "the table"
            return f"{table.name}: token {token} is missing in {where}"
        for name, value in expected[token].items():
            stored = found[token][name]
            stored = instant_text(stored) if isinstance(stored, datetime) else stored
            if stored != value:
                return f"{table.name}: token {token} has {name} {stored!r}, the trail says {value!r}"
    return None


def _clock_fault(tx: Transaction, row: Row[Any], made: Rebuilt) -> str | None:
    stored = {(d.name, d.occurrence): d for d in _clock_rows(tx, row.id)}
    if stored.keys() != made.clocks.keys():
        return "the deadlines are not those that the trail recorded"
    for key, said in made.clocks.items():
        if _as_recorded(stored[key]) != said:
            return f"the deadline {key[0]} was altered: the trail says due on {said['due_on']} ({said['status']})"
        if json.loads(stored[key].fired) != made.fired.get(key, []):
            return (
                f"the deadline {key[0]} was altered: the trail says that these took effect: {made.fired.get(key, [])}"
            )
    owed = [clock.due_at for clock in stored.values() if clock.due_at is not None and clock.status in OWED]
    next_due = None if made.ended_at else min(owed, default=None)
    return (
        None if row.next_due == next_due else f"the case's row says next due {row.next_due}, the trail says {next_due}"
    )


def _alarm_fault(tx: Transaction, row: Row[Any]) -> str | None:
    """Each timer must ring when law, calendar and ledger say. One whose deadline has still to follow a change of the law is left out."""
    clocks = {(d.name, d.occurrence): d for d in _clock_rows(tx, row.id)}
    for alarm in tx.connection.execute(select(timer).where(timer.c.case_id == row.id)):
        clock = clocks[(alarm.deadline, alarm.occurrence)]
        if alarm.attempts:
            is_right = alarm.due_at is None or alarm.due_at <= tx.now + LONGEST_PUT_OFF
        elif clock.law_version != law_in_force(tx).version:
            is_right = True
        else:
            is_right = alarm.due_at == _alarm_instant(tx, alarm, clock)
        if not is_right:
            return f"timer: token {alarm.token} ({alarm.element}) was moved to {alarm.due_at}"
    return None


def _alarm_instant(tx: Transaction, alarm: Row[Any], clock: Row[Any]) -> datetime | None:
    if alarm.element in json.loads(clock.fired) or clock.status in SETTLED:
        return None
    law = law_in_force(tx)
    ledger = ledger_from_json(json.loads(clock.ledger))
    projection = project(law.parameter(clock.parameter, clock.rule_on), ledger, law.calendar, due_on=clock.due_given)
    instant, _why = offset_instant(projection, ledger, alarm.relation, alarm.amount, alarm.unit, law.calendar)
    return instant


def _clock_rows(tx: Transaction, case_id: int) -> list[Row[Any]]:
    return list(tx.connection.execute(select(deadline).where(deadline.c.case_id == case_id)))


def _as_recorded(clock: Row[Any]) -> dict[str, Any]:
    return {
        "name": clock.name,
        "occurrence": clock.occurrence,
        "parameter": clock.parameter,
        "rule_on": clock.rule_on.isoformat(),
        "ledger": json.loads(clock.ledger),
        "due_on": clock.due_on.isoformat() if clock.due_on else None,
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "status": clock.status,
    }
