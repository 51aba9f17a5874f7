"""The worklist (danh sách việc): the open work items one participant may do, nearest due date first."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, tuple_

from engine.database import Transaction
from engine.registers import definitions
from engine.tables import case_, work_item
from engine.vocabulary import CaseStatus, WorkItemStatus

MOST_ROWS = 200
NO_DUE_DATE = datetime.fromisoformat("9999-12-31T00:00:00+00:00")


@dataclass(frozen=True)
class WorklistEntry:
    """One work item in a list."""

    case: str
    process: str
    title: str
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
    due_at: datetime | None
    suspended: bool
    position: str


def worklist(tx: Transaction, mine: bool = False, after: str | None = None, limit: int = 50) -> list[WorklistEntry]:
    """What the actor may do now; `mine` only what they hold. `after` is the `position` of the last entry seen (keyset)."""
    if not tx.actor.roles:
        return []
    may_do = or_(
        *(and_(work_item.c.role == role, work_item.c.agency == agency) for role, agency in sorted(tx.actor.roles))
    )
    theirs = (
        work_item.c.holder == tx.actor.id
        if mine
        else or_(work_item.c.holder.is_(None), work_item.c.holder == tx.actor.id)
    )
    due = case_.c.next_due
    query = (
        select(work_item, case_.c.number, case_.c.process, case_.c.title, case_.c.definition_id, case_.c.next_due, case_.c.status.label("cs"))
        .join(case_, case_.c.id == work_item.c.case_id)
        .where(work_item.c.status.in_([WorkItemStatus.OFFERED, WorkItemStatus.CLAIMED]), may_do, theirs)
        .order_by(due.is_(None), due, work_item.c.case_id, work_item.c.token)
        .limit(min(limit, MOST_ROWS))
    )  # fmt: skip
    if after is not None:
        query = query.where(_beyond(after))
    return [_entry(tx, row) for row in tx.connection.execute(query)]


def _beyond(position: str) -> Any:
    due_text, case_id, token = position.split("|")
    key = tuple_(work_item.c.case_id, work_item.c.token)
    here = (int(case_id), int(token))
    if not due_text:
        return and_(case_.c.next_due.is_(None), key > here)
    due = datetime.fromisoformat(due_text)
    return or_(case_.c.next_due.is_(None), case_.c.next_due > due, and_(case_.c.next_due == due, key > here))


def _entry(tx: Transaction, row: Any) -> WorklistEntry:
    element = definitions.by_id(tx, row.definition_id).definition.elements[row.element]
    due = row.next_due.isoformat() if row.next_due else ""
    return WorklistEntry(
        case=row.number,
        process=row.process,
        title=row.title,
        token=row.token,
        element=row.element,
        name=element.name,
        form=row.form,
        role=row.role,
        agency=row.agency,
        instance=json.loads(row.instance) if row.instance else None,
        holder=row.holder,
        status=row.status,
        opened_at=row.opened_at,
        due_at=row.next_due,
        suspended=row.cs == CaseStatus.SUSPENDED,
        position=f"{due}|{row.case_id}|{row.token}",
    )
