"""What a requester sees with number and secret code: where it is, who has it, by what date and why, what next."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.apply import Case
from engine.apply.cases import from_row
from engine.audit import personal_values
from engine.bpmn import runtime
from engine.database import Transaction
from engine.queries.cases import DeadlineView, deadlines_of
from engine.registers.organisations import organisation_named
from engine.registers.tracking_codes import case_with_code
from engine.tables import case_, message_wait

SHOWN_DEADLINES = ("accept_or_refuse", "explain", "publish")


@dataclass(frozen=True)
class Tracking:
    """The requester's view of their own request."""

    number: str
    status: str
    outcome: str | None
    agency: str
    agency_name: str
    received_at: str
    steps: tuple[str, ...]
    deadlines: tuple[DeadlineView, ...]
    notice: dict[str, Any] | None
    answer: dict[str, Any] | None
    may_send: tuple[dict[str, Any], ...]


def tracking(tx: Transaction, number: str, code: str) -> Tracking:
    """The request with this number, opened with its secret code. Raises NotFound alike for a wrong number and a wrong code."""
    row = tx.connection.execute(select(case_).where(case_.c.id == case_with_code(tx, number, code))).one()
    case = from_row(tx, row)
    variables = personal_values.with_values(case.variables, personal_values.opened(tx, case.id), None)
    tokens = runtime.marking(case.definition, case.frontier)
    names = {case.definition.elements[token.element].name for token in tokens if token.kind == "user"}
    return Tracking(
        number=case.number,
        status=str(case.status),
        outcome=case.outcome,
        agency=case.agency,
        agency_name=organisation_named(tx, case.agency).name_vi,
        received_at=str(variables["start"].get("received_at")),
        steps=tuple(sorted(names)),
        deadlines=tuple(view for view in deadlines_of(tx, case) if view.name in SHOWN_DEADLINES),
        notice=variables.get("notice"),
        answer=variables.get("dispatch")
        and {name: variables.get(name) for name in ("dispatch", "approval", "explanation_draft")},
        may_send=tuple(entry for entry in expected_messages(tx, case) if entry["role"] == "requester"),
    )


def expected_messages(tx: Transaction, case: Case) -> list[dict[str, Any]]:
    """The messages from people for which the case waits now: name, form, role, the element's name."""
    query = select(message_wait).where(message_wait.c.case_id == case.id).order_by(message_wait.c.token)
    found = ((row, case.definition.elements[row.element]) for row in tx.connection.execute(query))
    return [
        {"message": row.name, "form": element.form, "role": element.role, "name": element.name}
        for row, element in found
        if element.form
    ]
