"""Work items: the projection of user tasks that wait for people."""

import json
from typing import Any

from sqlalchemy import bindparam, insert, update

from engine.apply.cases import Case
from engine.bpmn.step import Step, WorkOpened
from engine.database import Transaction
from engine.errors import Invalid
from engine.registers.participants import holds_role
from engine.tables import work_item
from engine.vocabulary import WorkItemStatus


def offers(tx: Transaction, case: Case, step: Step) -> list[dict[str, Any]]:
    """The work items that the step opens, as the trail records them and the table holds them. Raises Invalid (not_eligible)."""
    return [_row(tx, case, step, opened) for opened in step.work]


def follow(tx: Transaction, case: Case, step: Step, completed: int | None, offered: list[dict[str, Any]]) -> None:
    """Closes the work items whose tokens are gone (`completed` by the actor, the others withdrawn) and offers the new ones."""
    closed = [token.id for token in step.closed if token.kind == "user"]
    if closed:
        rows = [
            {"t": token, "status": WorkItemStatus.COMPLETED if token == completed else WorkItemStatus.WITHDRAWN}
            for token in closed
        ]
        statement = update(work_item).where(work_item.c.case_id == case.id, work_item.c.token == bindparam("t"))
        values = {"status": bindparam("status"), "closed_at": tx.now, "closed_by": tx.actor.id}
        tx.connection.execute(statement.values(values), rows)
    if offered:
        tx.connection.execute(insert(work_item), [{**row, "due_at": case.next_due} for row in offered])


def _was_named_now(step: Step, participant: str) -> bool:
    """Whether the entry of this very step names the person, so that whoever made it can still correct it."""
    return f'"{participant}"' in json.dumps(step.changed, ensure_ascii=False)


def _row(tx: Transaction, case: Case, step: Step, opened: WorkOpened) -> dict[str, Any]:
    element = case.definition.elements[opened.element]
    agency = opened.agency or case.agency
    holder = opened.assignee
    if holder and not holds_role(tx, holder, element.role or "", agency):
        if _was_named_now(step, holder):
            raise Invalid(
                "not_eligible",
                f"«{holder}» không giữ vai trò «{element.role}» tại «{agency}» nên không thể nhận việc «{element.name}».",
                f"Expected «{holder}» to hold the role {element.role} in {agency}, to do «{element.name}».",
            )
        holder = None  # whoever was named earlier has left since: anybody with the role may do it
    return {
        "case_id": case.id,
        "token": opened.token,
        "element": element.id,
        "form": element.form,
        "role": element.role or "",
        "agency": agency,
        "instance": None if opened.instance is None else json.dumps(opened.instance, ensure_ascii=False),
        "holder": holder,
        "status": WorkItemStatus.CLAIMED if holder else WorkItemStatus.OFFERED,
        "opened_at": tx.now,
    }
