"""Messages that people send to a running case: the diagram says which ones it waits for, with which form, from whom."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from engine.apply import Case, catch_up, load_case_by_number
from engine.apply.steps import deliver
from engine.bpmn.dialect import Element
from engine.bpmn.expressions import evaluate
from engine.commands import entries
from engine.database import Transaction
from engine.errors import Conflict, Forbidden
from engine.tables import message_wait
from engine.vocabulary import Role


def send(tx: Transaction, number: str, message: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A participant sends a message for which the case waits. Raises Conflict when it waits for none, Forbidden for a wrong role."""
    case = load_case_by_number(tx, number)
    catch_up(tx, case)
    row, element = _waiting(tx, case, message)
    agency = str(evaluate(element.agency, case.variables)) if element.agency else case.agency
    if element.role and not tx.actor.holds(element.role, agency):
        raise Forbidden(
            "not_your_message",
            f"Chỉ vai trò «{element.role}» của «{agency}» mới được gửi «{element.name}».",
            f"Only the role {element.role} of «{agency}» may send «{element.name}».",
        )
    return _deliver(tx, case, row, element, data)


def send_as_requester(tx: Transaction, case: Case, message: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The requester, known by the secret code, sends a message that the diagram expects from requesters."""
    catch_up(tx, case)
    row, element = _waiting(tx, case, message)
    if element.role != Role.REQUESTER:
        raise Forbidden(
            "not_the_requesters",
            "Thông điệp này không do người yêu cầu gửi.",
            "This message is not the requester's to send.",
        )
    return _deliver(tx, case, row, element, data)


def _waiting(tx: Transaction, case: Case, message: str) -> tuple[Row[Any], Element]:
    query = select(message_wait).where(message_wait.c.case_id == case.id, message_wait.c.name == message)
    row = tx.connection.execute(query.order_by(message_wait.c.token)).first()
    element = case.definition.elements[row.element] if row is not None else None
    if row is None or element is None or not element.form:
        raise Conflict(
            "not_waiting",
            f"Ở bước hiện tại, hồ sơ {case.number} không nhận «{message}».",
            f"Expected case {case.number} to wait for «{message}», but at this step it does not.",
        )
    return row, element


def _deliver(tx: Transaction, case: Case, row: Row[Any], element: Element, data: Mapping[str, Any]) -> dict[str, Any]:
    entry = entries.take(tx, element.form or "", data)
    deliver(tx, case, row.token, entry.values, {"message": row.name, "element": element.id, "form": element.form})
    entries.keep_personal(tx, case, entry)
    return {"case": case.number, "message": row.name, "status": str(case.status), "version": case.version}
