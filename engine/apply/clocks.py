"""Legal clocks of a case: the ledger of each deadline, and the timers derived from it.

A deadline begins when a timer that names it is armed, ends when an element of its rule's `met_by` is passed, and its due instant is a
pure function of the law in force on the day of receipt, the calendar and the ledger (engine.time.legal_deadlines). A timer is only an
alarm clock: it is re-armed whenever its deadline moves. A lapse is recorded once and never ends the duty.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from engine.apply.cases import Case
from engine.bpmn.definitions import DeadlineRule
from engine.bpmn.step import Step, TimerOpened
from engine.database import Transaction
from engine.registers.law import LawBook, law_in_force
from engine.tables import deadline, timer
from engine.time.clock import local_date
from engine.time.legal_deadlines import (
    Ledger,
    Projection,
    Suspension,
    ledger_from_json,
    ledger_to_json,
    offset_instant,
    project,
)
from engine.vocabulary import CaseStatus, DeadlineStatus

LIVE = {DeadlineStatus.RUNNING, DeadlineStatus.SUSPENDED}
ENTRIES_OF_CASE = (
    select(deadline).where(deadline.c.case_id == bindparam("of_case")).order_by(deadline.c.name, deadline.c.occurrence)
)
SETTLED = {DeadlineStatus.MET, DeadlineStatus.MET_LATE, DeadlineStatus.VOID}
BEGUN_STANDING = "case_suspended"
"""The ground of a clock that begins while its case is suspended."""


@dataclass
class ClockEntry:
    """One deadline of a case: its row, and whether this transaction changed it."""

    name: str
    occurrence: int
    parameter: str
    rule_on: date
    ledger: Ledger
    due_given: date | None
    nominal_on: date | None
    due_on: date | None
    due_at: datetime | None
    status: DeadlineStatus
    settled_at: datetime | None
    fired: list[str]
    law_version: int = 0
    is_new: bool = False
    is_changed: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the trail records it."""
        return {
            "name": self.name,
            "occurrence": self.occurrence,
            "parameter": self.parameter,
            "rule_on": self.rule_on.isoformat(),
            "ledger": ledger_to_json(self.ledger),
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "status": str(self.status),
        }

    def row(self, case_id: int) -> dict[str, Any]:
        return {
            "case_id": case_id,
            "name": self.name,
            "occurrence": self.occurrence,
            "parameter": self.parameter,
            "rule_on": self.rule_on,
            "ledger": json.dumps(ledger_to_json(self.ledger), sort_keys=True, ensure_ascii=False),
            "due_given": self.due_given,
            "nominal_on": self.nominal_on,
            "due_on": self.due_on,
            "due_at": self.due_at,
            "status": str(self.status),
            "settled_at": self.settled_at,
            "fired": json.dumps(self.fired),
            "law_version": self.law_version,
        }


class Clocks:
    """All deadlines of one case within one transaction."""

    def __init__(self, tx: Transaction, case: Case) -> None:
        self.tx = tx
        self.case = case
        self.entries = _read_entries(tx, case.id)
        self._law: LawBook | None = None

    @property
    def law(self) -> LawBook:
        if self._law is None:
            self._law = law_in_force(self.tx)
        return self._law

    def follow(self, step: Step, *, fulfils: bool = True) -> list[dict[str, Any]]:
        """What the step means for the clocks: duties met, timers gone and come. Returns the changed deadlines for the trail.

        `fulfils` is False for a step that was passed over: its duty was not done, it is no longer asked for.
        """
        self._meet(step.passed, fulfils=fulfils)
        gone = [token.id for token in step.closed if token.kind == "timer"]
        if gone:
            self.tx.connection.execute(delete(timer).where(timer.c.case_id == self.case.id, timer.c.token.in_(gone)))
        if step.timers:
            self._arm(step.timers)
        if step.ended:
            self.void()
        return self.write()

    def current(self, name: str) -> ClockEntry | None:
        """The newest occurrence of the deadline."""
        return next((entry for entry in reversed(self.entries) if entry.name == name), None)

    def note_fired(self, element: str, name: str, occurrence: int, relation: str) -> None:
        """A timer of this deadline took effect; the one at its very end makes it lapse."""
        entry = next((e for e in self.entries if (e.name, e.occurrence) == (name, occurrence)), None)
        if entry is None:
            return
        entry.fired.append(element)
        entry.is_changed = True
        if relation == "at" and entry.status == DeadlineStatus.RUNNING:
            entry.status = DeadlineStatus.LAPSED

    def reproject(self, entry: ClockEntry) -> None:
        """The due instant anew from law, calendar and ledger; the entry's timers follow. Lapsed or met clocks are left alone."""
        projection = self._projection(entry)
        self._take_over(entry, projection)
        entry.status = DeadlineStatus.SUSPENDED if projection.suspended else DeadlineStatus.RUNNING
        query = select(timer).where(
            timer.c.case_id == self.case.id, timer.c.deadline == entry.name, timer.c.occurrence == entry.occurrence
        )
        rows = self.tx.connection.execute(query).all()
        if rows:
            changes = [
                {
                    "t": row.token,
                    "due": self._instant(entry, projection, row.relation, row.amount, row.unit, row.element),
                }
                for row in rows
            ]
            statement = update(timer).where(timer.c.case_id == self.case.id, timer.c.token == bindparam("t"))
            self.tx.connection.execute(statement.values(due_at=bindparam("due")), changes)

    def projection_of(self, entry: ClockEntry) -> Projection:
        """How the due instant comes about, line by line."""
        return self._projection(entry)

    def void(self) -> None:
        """The case is over: clocks that still run have nothing more to measure."""
        for entry in self.entries:
            if entry.status in LIVE:
                self._settle(entry, DeadlineStatus.VOID)
        self.tx.connection.execute(delete(timer).where(timer.c.case_id == self.case.id))

    def write(self) -> list[dict[str, Any]]:
        """Stores what changed; returns it as the trail records it."""
        changed = [entry for entry in self.entries if entry.is_new or entry.is_changed]
        fresh = [entry.row(self.case.id) for entry in changed if entry.is_new]
        if fresh:
            self.tx.connection.execute(insert(deadline), fresh)
        for entry in changed:
            if not entry.is_new:
                key = (
                    deadline.c.case_id == self.case.id,
                    deadline.c.name == entry.name,
                    deadline.c.occurrence == entry.occurrence,
                )
                self.tx.connection.execute(update(deadline).where(*key), entry.row(self.case.id))
            entry.is_new = entry.is_changed = False
        return [entry.as_json() for entry in changed]

    def next_due(self) -> datetime | None:
        """The nearest due instant of a running clock; a lapsed duty that is still owed keeps its own."""
        owed = [
            e.due_at for e in self.entries if e.due_at and e.status in {DeadlineStatus.RUNNING, DeadlineStatus.LAPSED}
        ]
        return min(owed, default=None)

    def _meet(self, passed: tuple[str, ...], *, fulfils: bool) -> None:
        for entry in self.entries:
            rule = self.case.definition.deadlines.get(entry.name)
            if rule is None:
                continue
            if set(rule.voided_by) & set(passed) or (set(rule.met_by) & set(passed) and not fulfils):
                if entry.status in LIVE:
                    self._settle(entry, DeadlineStatus.VOID)
            elif set(rule.met_by) & set(passed):
                if entry.status == DeadlineStatus.RUNNING:
                    in_time = entry.due_at is None or self.tx.now < entry.due_at
                    self._settle(entry, DeadlineStatus.MET if in_time else DeadlineStatus.MET_LATE)
                elif entry.status == DeadlineStatus.LAPSED:
                    self._settle(entry, DeadlineStatus.MET_LATE)

    def _settle(self, entry: ClockEntry, status: DeadlineStatus) -> None:
        entry.status = status
        entry.settled_at = self.tx.now
        entry.is_changed = True
        alarms = (
            timer.c.case_id == self.case.id,
            timer.c.deadline == entry.name,
            timer.c.occurrence == entry.occurrence,
        )
        self.tx.connection.execute(update(timer).where(*alarms).values(due_at=None))

    def _arm(self, timers: tuple[TimerOpened, ...]) -> None:
        rows = []
        for opened in timers:
            entry = self._entry_for(opened)
            projection = self._projection(entry)
            due_at = self._instant(entry, projection, opened.relation, opened.amount, opened.unit, opened.element)
            rows.append({
                "case_id": self.case.id, "token": opened.token, "element": opened.element, "deadline": entry.name,
                "occurrence": entry.occurrence, "relation": opened.relation, "amount": opened.amount, "unit": opened.unit,
                "due_at": due_at,
            })  # fmt: skip
        self.tx.connection.execute(insert(timer), rows)

    def _entry_for(self, opened: TimerOpened) -> ClockEntry:
        rule = self.case.definition.deadlines[opened.deadline]
        known = self.current(opened.deadline)
        if known is not None and (known.is_new or not rule.restart):
            return known
        return self._begin(rule, opened, known.occurrence + 1 if known else 1)

    def _begin(self, rule: DeadlineRule, opened: TimerOpened, occurrence: int) -> ClockEntry:
        entry = ClockEntry(
            name=rule.id,
            occurrence=occurrence,
            parameter=rule.parameter,
            rule_on=self.case.rule_on,
            ledger=self._first_ledger(opened),
            due_given=_day(opened.due),
            nominal_on=None,
            due_on=None,
            due_at=None,
            status=DeadlineStatus.RUNNING,
            settled_at=None,
            fired=[],
            is_new=True,
        )
        projection = self._projection(entry)
        self._take_over(entry, projection)
        entry.status = DeadlineStatus.SUSPENDED if projection.suspended else DeadlineStatus.RUNNING
        self.entries.append(entry)
        return entry

    def _first_ledger(self, opened: TimerOpened) -> Ledger:
        anchor = _moment(opened.starts, self.tx.now)
        if self.case.status != CaseStatus.SUSPENDED:
            return Ledger(anchor)
        return Ledger(anchor, suspensions=(Suspension(local_date(self.tx.now), None, BEGUN_STANDING),))

    def _projection(self, entry: ClockEntry) -> Projection:
        parameter = self.law.parameter(entry.parameter, entry.rule_on)
        return project(parameter, entry.ledger, self.law.calendar, due_on=entry.due_given)

    def _take_over(self, entry: ClockEntry, projection: Projection) -> None:
        entry.nominal_on = projection.nominal_on
        entry.due_on = projection.due_on
        entry.due_at = projection.due_at
        entry.law_version = self.law.version
        entry.is_changed = True

    def _instant(
        self, entry: ClockEntry, projection: Projection, relation: str, amount: int, unit: str, element: str
    ) -> datetime | None:
        if projection.due_at is None or element in entry.fired or entry.status in SETTLED:
            return None
        instant, _line = offset_instant(projection, entry.ledger, relation, amount, unit, self.law.calendar)
        return instant


def _moment(text: str | None, otherwise: datetime) -> datetime | date:
    if text is None:
        return otherwise
    return date.fromisoformat(text) if len(text) == len("2026-01-31") else datetime.fromisoformat(text)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    return date.fromisoformat(text) if len(text) == len("2026-01-31") else local_date(datetime.fromisoformat(text))


def _read_entries(tx: Transaction, case_id: int) -> list[ClockEntry]:
    return [_entry(row) for row in tx.connection.execute(ENTRIES_OF_CASE, {"of_case": case_id})]


def _entry(row: Row[Any]) -> ClockEntry:
    return ClockEntry(
        name=row.name,
        occurrence=row.occurrence,
        parameter=row.parameter,
        rule_on=row.rule_on,
        ledger=ledger_from_json(json.loads(row.ledger)),
        due_given=row.due_given,
        nominal_on=row.nominal_on,
        due_on=row.due_on,
        due_at=row.due_at,
        status=DeadlineStatus(row.status),
        settled_at=row.settled_at,
        fired=json.loads(row.fired),
        law_version=row.law_version,
    )
