"""Reading cases: the list, the file on one screen, the deadlines and why they are what they are."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Row, and_, or_, select

from engine import authority
from engine.apply.cases import Case, from_row
from engine.apply.clocks import Clocks
from engine.audit import personal_values
from engine.authority import READERS, SYSTEM, Actor
from engine.bpmn import runtime
from engine.database import Transaction
from engine.errors import NotFound
from engine.tables import case_, case_link, event, incident, work_item
from engine.vocabulary import EventType, Role

MOST_ROWS = 200
HIDDEN = "[đã ẩn]"
NO_PERSONAL_VALUES = frozenset({Role.AUDITOR})
"""Who reads every history and no identity."""


@dataclass(frozen=True)
class CaseEntry:
    """One line of a list of cases."""

    number: str
    process: str
    agency: str
    status: str
    title: str
    outcome: str | None
    started_at: datetime
    ended_at: datetime | None
    next_due: datetime | None
    version: int
    id: int


@dataclass(frozen=True)
class DeadlineView:
    """A legal clock with its explanation, line by line, in both languages with citations."""

    name: str
    label_vi: str
    label_en: str
    occurrence: int
    status: str
    due_on: str | None
    due_at: datetime | None
    provisional: bool
    lines: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class WorkView:
    """A work item of the case."""

    token: int
    element: str
    name: str
    form: str
    role: str
    agency: str
    instance: Any
    holder: str | None
    status: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True)
class CaseFile:
    """Everything about one case that this reader may see."""

    entry: CaseEntry
    definition_version_sha256: str
    marking: tuple[dict[str, Any], ...]
    variables: dict[str, Any]
    work: tuple[WorkView, ...]
    deadlines: tuple[DeadlineView, ...]
    links: tuple[dict[str, str], ...]
    incidents: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class TrailLine:
    """One line of the history."""

    seq: int
    at: datetime
    actor: str
    type: str
    body: dict[str, Any]
    hash: str


def cases(
    tx: Transaction,
    process: str | None = None,
    status: str | None = None,
    agency: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[CaseEntry]:
    """The cases this reader may see, in the order of their making, after the case with the id `after` (keyset)."""
    query = select(case_).where(case_.c.id > after, _visible(tx.actor))
    for column, value in ((case_.c.process, process), (case_.c.status, status), (case_.c.agency, agency)):
        if value is not None:
            query = query.where(column == value)
    return [_entry(row) for row in tx.connection.execute(query.order_by(case_.c.id).limit(min(limit, MOST_ROWS)))]


def case_file(tx: Transaction, number: str) -> CaseFile:
    """The case on one screen. Raises NotFound also when the reader may not know of it."""
    case = readable_case(tx, number)
    values = {} if not may_see_persons(tx.actor, case.agency) else personal_values.opened(tx, case.id)
    tokens = runtime.marking(case.definition, case.frontier)
    return CaseFile(
        entry=_entry(tx.connection.execute(select(case_).where(case_.c.id == case.id)).one()),
        definition_version_sha256=case.definition.sha256,
        marking=tuple(
            {"element": t.element, "name": case.definition.elements[t.element].name, "kind": t.kind, "token": t.id}
            for t in tokens
        ),
        variables=personal_values.with_values(case.variables, values, HIDDEN),
        work=work_of(tx, case),
        deadlines=deadlines_of(tx, case),
        links=_links(tx, case),
        incidents=_incidents(tx, case),
    )


def readable_case(tx: Transaction, number: str) -> Case:
    """The case, if this reader may see it; otherwise NotFound, as if it did not exist."""
    row = tx.connection.execute(select(case_).where(case_.c.number == number, _visible(tx.actor))).one_or_none()
    if row is None:
        raise NotFound("no_such_case", f"Không có hồ sơ «{number}».", f"There is no case «{number}».")
    return from_row(tx, row)


def deadlines_of(tx: Transaction, case: Case) -> tuple[DeadlineView, ...]:
    """The clocks of the case with their explanation."""
    clocks = Clocks(tx, case)
    views = []
    for clock in clocks.entries:
        rule = case.definition.deadlines.get(clock.name)
        projection = clocks.projection_of(clock)
        lines = tuple(
            {"vi": line.vi, "en": line.en, "law": line.law, "status": line.status} for line in projection.lines
        )
        views.append(
            DeadlineView(
                name=clock.name,
                label_vi=rule.label_vi if rule else clock.name,
                label_en=rule.label_en if rule else clock.name,
                occurrence=clock.occurrence,
                status=str(clock.status),
                due_on=clock.due_on.isoformat() if clock.due_on else None,
                due_at=clock.due_at,
                provisional=projection.provisional,
                lines=lines,
            )
        )
    return tuple(views)


def explain_deadline(tx: Transaction, number: str, name: str) -> DeadlineView:
    """Why this date? The newest occurrence of a deadline, line by line with citations. Raises NotFound."""
    found = [view for view in deadlines_of(tx, readable_case(tx, number)) if view.name == name]
    if not found:
        raise NotFound("no_such_deadline", f"Hồ sơ không có thời hạn «{name}».", f"The case has no deadline «{name}».")
    return found[-1]


def work_of(tx: Transaction, case: Case) -> tuple[WorkView, ...]:
    """All work items of the case, open and closed, oldest first: who held what."""
    query = select(work_item).where(work_item.c.case_id == case.id).order_by(work_item.c.token)
    return tuple(
        WorkView(
            token=row.token,
            element=row.element,
            name=case.definition.elements[row.element].name,
            form=row.form,
            role=row.role,
            agency=row.agency,
            instance=json.loads(row.instance) if row.instance else None,
            holder=row.holder,
            status=row.status,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
        )
        for row in tx.connection.execute(query)
    )


def history(tx: Transaction, number: str, after: int = 0, limit: int = 100) -> list[TrailLine]:
    """The lines of the trail after line `after` (keyset). They hold no personal values."""
    case = readable_case(tx, number)
    query = (
        select(event)
        .where(event.c.trail_id == case.id, event.c.seq > after)
        .order_by(event.c.seq)
        .limit(min(limit, MOST_ROWS))
    )
    return [_line(row) for row in tx.connection.execute(query)]


def overrides_of(tx: Transaction, number: str) -> list[TrailLine]:
    """The interventions in a case."""
    acts = {EventType.CASE_MOVED, EventType.CASE_RETURNED, EventType.CASE_CANCELLED, EventType.CASE_SUSPENDED, EventType.CASE_RESUMED,
            EventType.WORK_ITEM_REASSIGNED, EventType.WORK_ITEM_SKIPPED, EventType.WORK_ITEM_COMPLETED_FOR,
            EventType.DEADLINE_EXTENDED, EventType.DEADLINE_CHANGED}  # fmt: skip
    case = readable_case(tx, number)
    query = select(event).where(event.c.trail_id == case.id, event.c.type.in_(acts)).order_by(event.c.seq)
    return [_line(row) for row in tx.connection.execute(query)]


def may_see_persons(actor: Actor, agency: str) -> bool:
    """Whether this reader sees personal values: those who work on the case do; auditors read histories without identities."""
    return actor.id == SYSTEM or actor.holds_any(READERS - NO_PERSONAL_VALUES, agency)


def _visible(actor: Actor, rows: FromClause = case_) -> Any:
    """Which rows of `case_`, or of an alias of it, this actor may see: cases of agencies in which, or over which, they have a reading role; and cases where they have work."""
    if actor.id == authority.SYSTEM:
        return rows.c.id > 0
    if not actor.roles:
        return rows.c.id < 0
    agencies = {agency for role, agency in actor.roles | actor.oversees if role in READERS}
    theirs = select(work_item.c.case_id).where(
        or_(*(and_(work_item.c.role == role, work_item.c.agency == agency) for role, agency in sorted(actor.roles)))
    )
    return or_(rows.c.agency.in_(agencies), rows.c.id.in_(theirs))


def _line(row: Row[Any]) -> TrailLine:
    return TrailLine(row.seq, row.at, row.actor, row.type, json.loads(row.body), row.hash)


def _entry(row: Row[Any]) -> CaseEntry:
    return CaseEntry(
        number=row.number,
        process=row.process,
        agency=row.agency,
        status=row.status,
        title=row.title,
        outcome=row.outcome,
        started_at=row.started_at,
        ended_at=row.ended_at,
        next_due=row.next_due,
        version=row.version,
        id=row.id,
    )


def _links(tx: Transaction, case: Case) -> tuple[dict[str, str], ...]:
    other = case_.alias()
    query = (
        select(case_link.c.kind, case_link.c.about, other.c.number)
        .join(other, or_(and_(case_link.c.case_id == case.id, other.c.id == case_link.c.other_id),
                         and_(case_link.c.other_id == case.id, other.c.id == case_link.c.case_id)))
        .where(_visible(tx.actor, other))
        .order_by(other.c.id)
    )  # fmt: skip
    return tuple({"kind": row.kind, "about": row.about, "case": row.number} for row in tx.connection.execute(query))


def _incidents(tx: Transaction, case: Case) -> tuple[dict[str, str], ...]:
    query = (
        select(incident).where(incident.c.case_id == case.id, incident.c.resolved_at.is_(None)).order_by(incident.c.id)
    )
    return tuple({"kind": row.kind, "what": row.what, "at": row.at.isoformat()} for row in tx.connection.execute(query))
