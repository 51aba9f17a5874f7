"""Supervisors' acts (can thiệp): each with a form, a reason and a legal basis, never on one's own act, history kept.

Every act names what it changes and records the marking before and after. `engine.commands.rehearse` carries an act out and takes it
back: the answer says what would happen. The law's limits hold for supervisors too.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update

from engine import authority
from engine.apply import Case, apply_step, catch_up, load_case_by_number, record
from engine.apply.clocks import ClockEntry, Clocks
from engine.bpmn import runtime
from engine.bpmn.step import Step, Token
from engine.commands import entries, work_items
from engine.database import Transaction
from engine.errors import Conflict, Invalid, NotFound
from engine.registers.participants import holds_role
from engine.tables import work_item
from engine.time.clock import local_date
from engine.time.legal_deadlines import DueDateSet, Extension, Suspension, check_extension
from engine.vocabulary import CaseStatus, DeadlineStatus, EventType, WorkItemStatus

EXTENSION_OF = {"explain": "explain_extension", "info_online_complex": "info_online_complex_extension"}
"""The legal parameter that allows a time limit to be extended; where there is none the law knows no extension."""


def reassign(tx: Transaction, number: str, token: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """Gives an open work item to another participant who has its role. The clocks run on."""
    case, row = work_items.find(tx, number, token)
    entry = _allowed(tx, case, "reassign", data, _holders(tx, case, token))
    _must_be_open(case, row.status)
    to = entry.values["participant"]
    _must_hold_role(tx, to, row.role, row.agency)
    answer = {"case": number, "token": token, "from": row.holder, "to": to}
    key = (work_item.c.case_id == case.id, work_item.c.token == token)
    tx.connection.execute(update(work_item).where(*key), {"holder": to, "status": WorkItemStatus.CLAIMED})
    record(
        tx,
        case,
        EventType.WORK_ITEM_REASSIGNED,
        {"input": entry.values, "token": token, "element": row.element, "from": row.holder, "to": to},
    )
    return {**answer, "version": case.version}  # fmt: skip


def extend(tx: Transaction, number: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Extends a time limit within the law: once, not beyond its length, before the first due date (Decree 59/2019 art. 13)."""
    case = load_case_by_number(tx, number)
    entry = _allowed(tx, case, "extend", data, _holders(tx, case))
    catch_up(tx, case)
    clocks = Clocks(tx, case)
    clock = _clock(clocks, entry.values["deadline"])
    parameter = clocks.law.parameter(clock.parameter, clock.rule_on)
    allowed_by = clocks.law.parameter(_extension_parameter(clock), clock.rule_on)
    today = local_date(tx.now)
    proposed = Extension(entry.values["days"], "cd", today, entry.values["reason"], entry.values["legal_basis"])
    check_extension(parameter, allowed_by, clock.ledger, proposed, today, clocks.law.calendar, clock.due_given)
    clock.ledger = _with(clock, extensions=(*clock.ledger.extensions, proposed))
    return _clock_changed(tx, case, clocks, clock, EventType.DEADLINE_EXTENDED, entry)


def change_due_date(tx: Transaction, number: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Sets a due date by decision. Only for dates that a plan or its owner set: the law's own time limits are extended, not moved."""
    case = load_case_by_number(tx, number)
    entry = _allowed(tx, case, "change_due_date", data, _holders(tx, case))
    catch_up(tx, case)
    clocks = Clocks(tx, case)
    clock = _clock(clocks, entry.values["deadline"])
    if clocks.law.parameter(clock.parameter, clock.rule_on).unit != "date":
        raise Conflict(
            "date_is_the_laws",
            "Thời hạn này do pháp luật quy định, không thể ấn định ngày khác; chỉ có thể gia hạn hoặc tạm đình chỉ.",
            "Expected a due date that a plan or its owner set, but this one is the law's: extend or suspend instead.",
        )
    decided = DueDateSet(
        date.fromisoformat(entry.values["due_on"]),
        local_date(tx.now),
        entry.values["reason"],
        entry.values["legal_basis"],
    )
    clock.ledger = _with(clock, set_dates=(*clock.ledger.set_dates, decided))
    return _clock_changed(tx, case, clocks, clock, EventType.DEADLINE_CHANGED, entry)


def suspend(tx: Transaction, number: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Suspends the case on a ground of the closed list (Decree 59/2019 art. 14(1)); its clocks stand still."""
    case = load_case_by_number(tx, number)
    entry = _allowed(tx, case, "suspend", data, _holders(tx, case))
    catch_up(tx, case)
    _must_have_status(case, CaseStatus.OPEN)
    clocks = Clocks(tx, case)
    today = local_date(tx.now)
    for clock in clocks.entries:
        if clock.status == DeadlineStatus.RUNNING:
            _stop(clocks, clock, Suspension(today, None, entry.values["ground"]))
    return _status_changed(tx, case, clocks, CaseStatus.SUSPENDED, EventType.CASE_SUSPENDED, entry)


def resume(tx: Transaction, number: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Resumes a suspended case; every clock keeps the time that remained (Decree 59/2019 art. 13 and 14(2))."""
    case = load_case_by_number(tx, number)
    entry = _allowed(tx, case, "resume", data, _holders(tx, case))
    _must_have_status(case, CaseStatus.SUSPENDED)
    clocks = Clocks(tx, case)
    today = local_date(tx.now)
    for clock in clocks.entries:
        if clock.status == DeadlineStatus.SUSPENDED:
            *earlier, last = clock.ledger.suspensions
            clock.ledger = _with(clock, suspensions=(*earlier, Suspension(last.from_day, today, last.ground)))
            clocks.reproject(clock)
    return _status_changed(tx, case, clocks, CaseStatus.OPEN, EventType.CASE_RESUMED, entry)


def return_(tx: Transaction, number: str, token: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """Sends the case back to a step that was done before, to be done again."""
    case, row = work_items.find(tx, number, token)
    target = str(data.get("to_element", ""))
    done_by = _closers(tx, case, target)
    entry = _allowed(tx, case, "return_", data, done_by | _holders(tx, case, token))
    if not done_by:
        raise Conflict(
            "never_done",
            f"Bước «{target}» chưa từng được thực hiện.",
            f"Expected the step «{target}» to have been done before.",
        )
    _must_be_open(case, row.status)
    return _move(tx, case, token, entry, EventType.CASE_RETURNED)


def move(tx: Transaction, number: str, token: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """Takes the token to any step of the diagram. History is kept, clocks run on, a lapse is not referred a second time."""
    case = load_case_by_number(tx, number)
    entry = _allowed(tx, case, "move", data, _holders(tx, case, token))
    return _move(tx, case, token, entry, EventType.CASE_MOVED)


def skip(tx: Transaction, number: str, token: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """Passes over a user task without its form. The case goes on as if it had been done with nothing entered."""
    case, row = work_items.find(tx, number, token)
    entry = _allowed(tx, case, "skip", data, _holders(tx, case, token))
    _must_be_open(case, row.status)

    def skipped() -> Step:
        return runtime.complete(case.definition, case.frontier, token, {"skipped": True})

    said = {"input": entry.values, "values": {"skipped": True}, "token": token, "element": row.element}
    return _stepped(tx, case, skipped, EventType.WORK_ITEM_SKIPPED, said)


def complete_for(
    tx: Transaction, number: str, token: int, data: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Does a work item in place of the one who should (thực hiện thay). `values` are the entries of the work item's own form."""
    case, row = work_items.find(tx, number, token)
    entry = _allowed(tx, case, "complete_for", data, _holders(tx, case, token))
    _must_be_open(case, row.status)
    done = entries.take(tx, row.form, values)
    entries.must_start_no_clock_ahead(tx, case, row.element, done.values)

    def completed() -> Step:
        return runtime.complete(case.definition, case.frontier, token, done.values)

    said = {"input": entry.values, "values": done.values, "token": token, "element": row.element}
    holder = row.holder or f"{row.role}@{row.agency}"
    answer = _stepped(
        tx, case, completed, EventType.WORK_ITEM_COMPLETED_FOR, said, completed_token=token, on_behalf_of=holder
    )
    entries.keep_personal(tx, case, done)
    return answer


def cancel(tx: Transaction, number: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Terminates the case (đình chỉ) on a ground of the closed list (Decree 59/2019 art. 14(3))."""
    case = load_case_by_number(tx, number)
    entry = _allowed(tx, case, "cancel", data, _holders(tx, case))
    if not case.is_live:
        _must_have_status(case, CaseStatus.OPEN)
    said = {"input": entry.values, "outcome": "terminated"}
    return _stepped(
        tx, case, lambda: runtime.cancel(case.definition, case.frontier, "terminated"), EventType.CASE_CANCELLED, said
    )


def _allowed(tx: Transaction, case: Case, act: str, data: Mapping[str, Any], own_acts: frozenset[str]) -> entries.Entry:
    """Right, then data. `own_acts`: who did or should do what the act undoes, judges, or gives more time."""
    authority.may_override(tx.actor, case.agency, own_acts, act)
    return entries.take(tx, f"override.{act}", data)


def _move(tx: Transaction, case: Case, token: int, entry: entries.Entry, event_type: EventType) -> dict[str, Any]:
    target = entry.values["to_element"]
    said = {"input": entry.values, "token": token, "to": target}
    return _stepped(tx, case, lambda: runtime.move(case.definition, case.frontier, token, target), event_type, said)


def _stepped(
    tx: Transaction,
    case: Case,
    act: Callable[[], Step],
    event_type: EventType,
    said: dict[str, Any],
    *,
    completed_token: int | None = None,
    on_behalf_of: str | None = None,
) -> dict[str, Any]:
    if event_type != EventType.CASE_CANCELLED:
        _must_have_status(case, CaseStatus.OPEN)
    catch_up(tx, case)
    step = act()
    answer = {"case": case.number, "before": _places(step.before), "after": _places(step.after), "ended": step.ended}
    marking = {"before": answer["before"], "after": answer["after"]}
    apply_step(
        tx, case, step, event_type, {**said, "marking": marking}, completed=completed_token, on_behalf_of=on_behalf_of
    )
    return {**answer, "version": case.version}


def _clock_changed(
    tx: Transaction, case: Case, clocks: Clocks, clock: ClockEntry, event_type: EventType, entry: entries.Entry
) -> dict[str, Any]:
    old = clock.due_on
    _must_have_status(case, CaseStatus.OPEN)
    clocks.reproject(clock)
    deadlines = clocks.write()
    moved = {"deadline": clock.name, "from": _iso(old), "to": _iso(clock.due_on)}
    record(tx, case, event_type, {"input": entry.values, **moved, "deadlines": deadlines}, next_due=clocks.next_due())
    return {"case": case.number, **moved, "version": case.version}


def _status_changed(
    tx: Transaction, case: Case, clocks: Clocks, status: CaseStatus, event_type: EventType, entry: entries.Entry
) -> dict[str, Any]:
    changed = [
        {"name": e.name, "due_on": _iso(e.due_on), "status": str(e.status)} for e in clocks.entries if e.is_changed
    ]
    answer = {"case": case.number, "status": str(status), "deadlines": changed}
    deadlines = clocks.write()
    record(
        tx, case, event_type, {"input": entry.values, "deadlines": deadlines}, status=status, next_due=clocks.next_due()
    )
    return {**answer, "version": case.version}


def _clock(clocks: Clocks, name: str) -> ClockEntry:
    clock = clocks.current(name)
    if clock is None:
        raise NotFound("no_such_deadline", f"Hồ sơ không có thời hạn «{name}».", f"The case has no deadline «{name}».")
    if clock.status != DeadlineStatus.RUNNING:
        raise Conflict(
            "deadline_not_running",
            f"Thời hạn «{name}» không còn chạy (trạng thái: {clock.status}).",
            f"Expected the deadline «{name}» to be running, but it is {clock.status}.",
        )
    return clock


def _stop(clocks: Clocks, clock: ClockEntry, suspension: Suspension) -> None:
    """The clock stands still; one whose end has passed, though nobody noted its lapse, is left as it is."""
    running = clock.ledger
    clock.ledger = _with(clock, suspensions=(*running.suspensions, suspension))
    clocks.reproject(clock)
    if clock.status != DeadlineStatus.SUSPENDED:
        clock.ledger = running


def _extension_parameter(clock: ClockEntry) -> str:
    known = EXTENSION_OF.get(clock.parameter)
    if known is None:
        raise Conflict(
            "no_extension_in_law",
            f"Pháp luật không cho phép gia hạn thời hạn «{clock.name}».",
            f"The law knows no extension of the deadline «{clock.name}».",
        )
    return known


def _with(clock: ClockEntry, **changes: Any) -> Any:
    ledger = clock.ledger
    kept = {
        "anchor": ledger.anchor,
        "extensions": ledger.extensions,
        "suspensions": ledger.suspensions,
        "set_dates": ledger.set_dates,
    }
    return type(ledger)(**{**kept, **changes})


def _must_have_status(case: Case, status: CaseStatus) -> None:
    if case.status != status:
        raise Conflict(
            "case_status",
            f"Hồ sơ {case.number} đang ở trạng thái «{case.status}», cần «{status}».",
            f"Expected case {case.number} to be {status}, but it is {case.status}.",
            status=str(case.status),
        )


def _must_be_open(case: Case, status: str) -> None:
    if status not in {WorkItemStatus.OFFERED, WorkItemStatus.CLAIMED}:
        raise Conflict(
            "work_item_closed",
            f"Việc này của hồ sơ {case.number} đã đóng.",
            f"Expected the work item of case {case.number} to be open, but it is {status}.",
        )


def _must_hold_role(tx: Transaction, who: str, role: str, agency: str) -> None:
    if not holds_role(tx, who, role, agency):
        raise Invalid(
            "not_eligible",
            f"«{who}» không giữ vai trò «{role}» tại «{agency}» nên không thể nhận việc này.",
            f"Expected «{who}» to hold the role {role} in {agency}.",
            {
                "participant": [
                    {"code": "not_eligible", "vi": "Không giữ vai trò cần thiết.", "en": "Does not hold the role."}
                ]
            },
        )


def _holders(tx: Transaction, case: Case, token: int | None = None) -> frozenset[str]:
    """Who holds the work item of this token, or (None) any open work item of the case."""
    this = work_item.c.status == WorkItemStatus.CLAIMED if token is None else work_item.c.token == token
    query = select(work_item.c.holder).where(work_item.c.case_id == case.id, this)
    return frozenset(holder for (holder,) in tx.connection.execute(query) if holder)


def _closers(tx: Transaction, case: Case, element: str) -> frozenset[str]:
    query = select(work_item.c.closed_by).where(
        work_item.c.case_id == case.id, work_item.c.element == element, work_item.c.status == WorkItemStatus.COMPLETED
    )
    return frozenset(by for (by,) in tx.connection.execute(query) if by)


def _places(tokens: tuple[Token, ...]) -> list[str]:
    return sorted(token.element for token in tokens)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
