"""Work items: claim, release, complete. Checked in the order exists, state, right, data."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from engine import authority
from engine.apply import Case, apply_step, catch_up, load_case_by_number, record
from engine.authority import WorkFacts
from engine.bpmn import runtime
from engine.commands import entries
from engine.database import Transaction
from engine.errors import Conflict, NotFound
from engine.tables import work_item
from engine.vocabulary import CaseStatus, EventType, WorkItemStatus

WORK_ITEM = select(work_item).where(
    work_item.c.case_id == bindparam("of_case"), work_item.c.token == bindparam("of_token")
)


def claim(tx: Transaction, number: str, token: int) -> dict[str, Any]:
    """The actor takes the work item for themselves."""
    case, row = find(tx, number, token)
    authority.may_claim(tx.actor, facts(case, row))
    _hold(tx, case, token, tx.actor.id, WorkItemStatus.CLAIMED)
    record(tx, case, EventType.WORK_ITEM_CLAIMED, {"token": token, "element": row.element})
    return _answer(case, token)


def release(tx: Transaction, number: str, token: int) -> dict[str, Any]:
    """The holder gives the work item back to everybody who may do it."""
    case, row = find(tx, number, token)
    authority.may_release(tx.actor, facts(case, row))
    _hold(tx, case, token, None, WorkItemStatus.OFFERED)
    record(tx, case, EventType.WORK_ITEM_RELEASED, {"token": token, "element": row.element})
    return _answer(case, token)


def complete(
    tx: Transaction, number: str, token: int, data: Mapping[str, Any], expected_version: int | None = None
) -> dict[str, Any]:
    """The actor finishes the work item with the entries of its form; the case goes on until it waits again."""
    case, row = find(tx, number, token)
    authority.may_complete(tx.actor, facts(case, row))
    must_be_version(case, expected_version)
    entry = entries.take(tx, row.form, data)
    entries.must_start_no_clock_ahead(tx, case, row.element, entry.values)
    catch_up(tx, case)
    must_still_be_open(case, token)
    step = runtime.complete(case.definition, case.frontier, token, entry.values)
    said = {"token": token, "element": row.element, "input": entry.values}
    apply_step(tx, case, step, EventType.WORK_ITEM_COMPLETED, said, completed=token)
    entries.keep_personal(tx, case, entry)
    return _answer(case, token)


def find(tx: Transaction, number: str, token: int) -> tuple[Case, Row[Any]]:
    """The case and the work item's row. Raises NotFound."""
    case = load_case_by_number(tx, number)
    row = tx.connection.execute(WORK_ITEM, {"of_case": case.id, "of_token": token}).one_or_none()
    if row is None:
        raise NotFound(
            "no_such_work_item",
            f"Hồ sơ {number} không có việc số {token}.",
            f"There is no work item {token} in case {number}.",
        )
    return case, row


def facts(case: Case, row: Row[Any]) -> WorkFacts:
    """What authority needs to know."""
    return WorkFacts(
        case_number=case.number,
        element=row.element,
        name=case.definition.elements[row.element].name,
        role=row.role,
        agency=row.agency,
        status=row.status,
        holder=row.holder,
        closed_by=row.closed_by,
        closed_at=row.closed_at.isoformat() if row.closed_at else None,
        suspended=case.status == CaseStatus.SUSPENDED,
    )


def must_be_version(case: Case, expected: int | None) -> None:
    """Raises Conflict (case_changed) when the case is not the one the person looked at."""
    if expected is not None and case.version != expected:
        raise Conflict(
            "case_changed",
            f"Hồ sơ {case.number} đã thay đổi kể từ khi ông/bà mở; hãy mở lại để xem bản mới.",
            f"Expected version {expected} of case {case.number}, but it is at {case.version}: look at it again.",
            expected=expected,
            version=case.version,
        )


def must_still_be_open(case: Case, token: int) -> None:
    """After lapses were caught up, the token may be gone: an interrupting timer took it."""
    if all(known.id != token for known in runtime.marking(case.definition, case.frontier)):
        raise Conflict(
            "lapsed_meanwhile",
            f"Việc này của hồ sơ {case.number} đã bị thời hạn cắt ngang.",
            f"Expected the work item of case {case.number} to be open, but a deadline has just ended it.",
        )


def _hold(tx: Transaction, case: Case, token: int, holder: str | None, status: WorkItemStatus) -> None:
    key = (work_item.c.case_id == case.id, work_item.c.token == token)
    tx.connection.execute(update(work_item).where(*key), {"holder": holder, "status": status})


def _answer(case: Case, token: int) -> dict[str, Any]:
    return {
        "case": case.number,
        "token": token,
        "status": str(case.status),
        "version": case.version,
        "outcome": case.outcome,
    }
