"""Writing a step: the state, the trail and every projection in one transaction, then the messages that the step threw."""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, insert, select

from engine import outbox
from engine.apply import worklist
from engine.apply.cases import Case, load_case, save, savepoint
from engine.apply.clocks import Clocks
from engine.apply.numbers import next_number
from engine.audit import trail
from engine.authority import SYSTEM_ACTOR
from engine.bpmn import runtime
from engine.bpmn.step import MessageThrown, Step
from engine.database import Transaction
from engine.errors import Refusal
from engine.registers import definitions
from engine.registers.definitions import PublishedDefinition
from engine.registers.organisations import overseer_of, routing_of
from engine.tables import case_, case_link, incident, message_wait, timer
from engine.vocabulary import CaseStatus, DeadlineStatus, EventType

NEXT_DUE_OF_CASE = (
    select(timer)
    .where(timer.c.case_id == bindparam("of_case"), timer.c.due_at <= bindparam("now"))
    .order_by(timer.c.due_at, timer.c.token)
    .limit(1)
)
REMINDER = "reminder"
LAPSE = "deadline_lapsed"
DEEPEST_MESSAGE = 12
"""How many cases one transaction may reach through messages before it is taken for a loop."""
MOST_CATCHING_UP = 50


@dataclass(frozen=True)
class NewCase:
    """What is needed to start a case."""

    published: PublishedDefinition
    agency: str
    title: str
    start: dict[str, Any]
    message: str | None = None
    parent_id: int | None = None
    reference: str | None = None
    tracking_sha256: str | None = None
    person_id: int | None = None
    personal: dict[str, str] | None = None


def start_case(tx: Transaction, new: NewCase, depth: int = 0) -> Case:
    """A new case, from its number to its first tokens. Raises Refusal."""
    definition = new.published.definition
    number = next_number(tx, definition.number_series, new.agency)
    identity = {"number": number, "agency": new.agency, "started_at": tx.now.isoformat(), "process": definition.process}
    variables = {"case": identity, "start": new.start}
    step = runtime.start(definition, variables, new.message)
    row = {
        "number": number,
        "process": definition.process,
        "definition_id": new.published.id,
        "agency": new.agency,
        "status": CaseStatus.OPEN,
        "title": new.title,
        "version": 0,
        "frontier": step.frontier,
        "state_sha256": step.state_sha256,
        "trail_length": 0,
        "trail_head": trail.NO_EVENT,
        "parent_id": new.parent_id,
        "reference": new.reference,
        "tracking_sha256": new.tracking_sha256,
        "person_id": new.person_id,
        "started_at": tx.now,
    }
    case_id = tx.connection.execute(insert(case_).returning(case_.c.id), row).scalar_one()
    in_hand = tx.case_in_hand
    case = load_case(tx, case_id)
    tx.case_in_hand = in_hand  # a refusal is not recorded in a case that vanishes with the transaction
    said = {"variables": variables, "message": new.message, "personal": sorted((new.personal or {}).values())}
    content = {"definition": definition.sha256, "number": number, "input": said}
    apply_step(tx, case, step, EventType.CASE_STARTED, content, depth=depth)
    return case


def apply_step(
    tx: Transaction,
    case: Case,
    step: Step,
    event_type: EventType,
    content: dict[str, Any],
    *,
    completed: int | None = None,
    clocks: Clocks | None = None,
    on_behalf_of: str | None = None,
    depth: int = 0,
) -> None:
    """Makes the step true: state with version check, one line in the trail, all projections, and what its messages cause.

    `completed` is the token of the work item that the actor finished. Raises Conflict when the case was changed meanwhile.
    """
    clocks = clocks or Clocks(tx, case)
    deadlines = clocks.follow(step, fulfils=event_type != EventType.WORK_ITEM_SKIPPED)
    offered = worklist.offers(tx, case, step)
    line = {
        **content,
        "delta": step.delta(),
        "decisions": [decision.as_json() for decision in step.decisions],
        "messages": [{"name": m.name, "element": m.element, "correlation": m.correlation} for m in step.messages],
        "deadlines": deadlines,
        "work": [[row["token"], row["element"], row["agency"], row["holder"]] for row in offered],
        "waits": [[wait.token, wait.element, wait.correlation or case.number] for wait in step.waits],
        "ended": step.ended,
        "outcome": step.outcome,
    }
    status = case.status
    if step.ended:
        status = CaseStatus.CANCELLED if event_type == EventType.CASE_CANCELLED else CaseStatus.COMPLETED
    _write(tx, case, step.frontier, step.state_sha256, event_type, line, on_behalf_of, {
        "status": status,
        "outcome": step.outcome,
        "ended_at": tx.now if step.ended else None,
        "next_due": None if step.ended else clocks.next_due(),
    })  # fmt: skip
    worklist.follow(tx, case, step, completed, offered)
    _follow_waits(tx, case, step)
    line_key = f"{case.number}/{case.trail_length}"  # before a message comes back to this case and adds lines
    for index, message in enumerate(step.messages):
        _carry(tx, case, message, f"{line_key}/{index}", depth + 1)


def record(
    tx: Transaction,
    case: Case,
    event_type: EventType,
    content: dict[str, Any],
    on_behalf_of: str | None = None,
    **changes: Any,
) -> None:
    """One line in the trail of an act that moves no token, with the changes it makes to the case's row."""
    _write(tx, case, case.frontier, case.state_sha256, event_type, content, on_behalf_of, changes)


def catch_up(tx: Transaction, case: Case) -> None:
    """What is due in this case happens before anything else does, even if no worker came by in time."""
    if case.status != CaseStatus.OPEN:
        return
    system = replace(tx, actor=SYSTEM_ACTOR)
    for _ in range(MOST_CATCHING_UP):
        row = tx.connection.execute(NEXT_DUE_OF_CASE, {"of_case": case.id, "now": tx.now}).one_or_none()
        if row is None:
            return
        take_effect(system, case, row)


def take_effect(tx: Transaction, case: Case, row: Row[Any]) -> None:
    """The timer of this row, which is due, takes effect; unless the law has moved its deadline meanwhile."""
    clocks = Clocks(tx, case)
    if follow_law(tx, case, clocks) and not is_due(tx, row):
        return
    step = runtime.lapse(case.definition, case.frontier, row.token)
    clocks.note_fired(row.element, row.deadline, row.occurrence, row.relation)
    due = {"deadline": row.deadline, "occurrence": row.occurrence, "due_at": row.due_at.isoformat()}
    apply_step(
        tx, case, step, EventType.TIMER_LAPSED, {"token": row.token, "element": row.element, **due}, clocks=clocks
    )


def is_due(tx: Transaction, row: Row[Any]) -> bool:
    """Whether the timer of this row is still armed, and due now."""
    query = select(timer.c.token).where(
        timer.c.case_id == row.case_id, timer.c.token == row.token, timer.c.due_at <= tx.now
    )
    return tx.connection.execute(query).first() is not None


def follow_law(tx: Transaction, case: Case, clocks: Clocks) -> list[dict[str, Any]]:
    """Running deadlines computed under an older version of the law are projected anew; what moved is recorded and returned."""
    changes = []
    for clock in clocks.entries:
        if clock.status == DeadlineStatus.RUNNING and clock.law_version < clocks.law.version:
            old = (clock.due_on, clock.due_at)
            clocks.reproject(clock)
            if (clock.due_on, clock.due_at) != old:
                changes.append({"deadline": clock.name, "from": _iso(old[0]), "to": _iso(clock.due_on)})
    deadlines = clocks.write()
    if changes:
        content = {"law_version": clocks.law.version, "changes": changes, "deadlines": deadlines}
        record(tx, case, EventType.DEADLINE_REPROJECTED, content, next_due=clocks.next_due())
    return changes


def deliver(
    tx: Transaction, case: Case, token: int, payload: dict[str, Any], content: dict[str, Any], depth: int = 0
) -> None:
    """Hands a message to the case that waits for it."""
    step = runtime.deliver(case.definition, case.frontier, token, payload)
    apply_step(tx, case, step, EventType.MESSAGE_DELIVERED, {**content, "token": token, "input": payload}, depth=depth)


def _write(
    tx: Transaction,
    case: Case,
    frontier: bytes,
    state_sha256: str,
    event_type: EventType,
    content: dict[str, Any],
    on_behalf_of: str | None,
    changes: dict[str, Any],
) -> None:
    seq = case.trail_length + 1
    line = {**content, "state_sha256": state_sha256}
    head = trail.append(tx, case.id, seq, case.trail_head, event_type, line, on_behalf_of)
    state = {} if frontier is case.frontier else {"frontier": frontier, "state_sha256": state_sha256}
    save(tx, case, trail_length=seq, trail_head=head, **state, **changes)


def _follow_waits(tx: Transaction, case: Case, step: Step) -> None:
    gone = [token.id for token in step.closed if token.kind == "message"]
    if gone:
        tx.connection.execute(
            delete(message_wait).where(message_wait.c.case_id == case.id, message_wait.c.token.in_(gone))
        )
    if step.waits:
        rows = [
            {
                "case_id": case.id,
                "token": wait.token,
                "element": wait.element,
                "name": wait.name,
                "correlation": wait.correlation or case.number,
            }
            for wait in step.waits
        ]
        tx.connection.execute(insert(message_wait), rows)


def _carry(tx: Transaction, case: Case, message: MessageThrown, key: str, depth: int) -> None:
    if depth > DEEPEST_MESSAGE:
        raise Refusal(
            "message_loop",
            f"Thông điệp «{message.name}» chạy vòng qua quá nhiều hồ sơ.",
            f"The message {message.name} runs in circles through too many cases.",
        )
    if message.name == REMINDER:
        outbox.put(tx, key, REMINDER, {"agency": case.agency, **message.payload, "case": case.number}, case.id)
        return
    started = definitions.started_by(tx, message.name)
    if started is not None:
        _start_from_message(tx, case, message, started, depth)
        return
    _deliver_to_waiting(tx, case, message, depth)


def _start_from_message(
    tx: Transaction, case: Case, message: MessageThrown, started: PublishedDefinition, depth: int
) -> None:
    """The case that a message starts. A lapse is referred once, with the trail as it stands."""
    payload = dict(message.payload)
    kind, about, agency = "part", str(payload.get("part_key") or key_of(message)), _agency_of(payload, case)
    if message.name == LAPSE:
        kind, about = "referral", _lapse_key(tx, case, message)
        if _is_linked(tx, case.id, kind, about):
            return
        late = str(payload.get("agency") or case.agency)
        payload |= {"agency": late, "routing": routing_of(tx, late)}
        payload |= {"referred_case": case.number, "trail_head": case.trail_head, "trail_length": case.trail_length}
        agency = overseer_of(tx, late)
    new = NewCase(
        published=started,
        agency=agency,
        title=str(payload.get("title_vi") or payload.get("title") or f"{started.definition.name}: {case.number}"),
        start=payload,
        message=message.name,
        parent_id=case.id,
        reference=case.number if kind == "referral" else case.reference,
    )
    child = start_case(tx, new, depth)
    tx.connection.execute(
        insert(case_link), {"case_id": case.id, "other_id": child.id, "kind": kind, "about": about[:200]}
    )


def key_of(message: MessageThrown) -> str:
    """What tells apart two messages of one element: the period or the part they are about."""
    period = message.payload.get("period")
    return str(period.get("label")) if isinstance(period, dict) else message.element


def _lapse_key(tx: Transaction, case: Case, message: MessageThrown) -> str:
    """What tells apart two lapses: the deadline and its due day. The same day again, at another step or after a move, is the same."""
    deadline = str(message.payload.get("deadline"))
    clock = Clocks(tx, case).current(deadline)
    return f"{deadline}/{_iso(clock.due_on) if clock else message.element}"


def _agency_of(payload: dict[str, Any], case: Case) -> str:
    lead = payload.get("lead")
    return str(payload.get("agency") or (lead[0] if lead else case.agency))


def _is_linked(tx: Transaction, case_id: int, kind: str, about: str) -> bool:
    link = and_(case_link.c.case_id == case_id, case_link.c.kind == kind, case_link.c.about == about)
    return bool(tx.connection.execute(select(exists().where(link))).scalar())


def _deliver_to_waiting(tx: Transaction, case: Case, message: MessageThrown, depth: int) -> None:
    correlation = message.correlation or case.number
    query = select(message_wait.c.case_id, message_wait.c.token).where(
        message_wait.c.name == message.name, message_wait.c.correlation == correlation
    )
    receivers = tx.connection.execute(query.order_by(message_wait.c.case_id, message_wait.c.token)).all()
    if not receivers and not message.may_go_unheard:
        what = json.dumps({"message": message.name, "correlation": correlation}, ensure_ascii=False)
        row = {"case_id": case.id, "kind": "message_without_receiver", "what": what, "at": tx.now}
        tx.connection.execute(insert(incident), row)
    for case_id, token in receivers:
        receiver = _caught_up(tx, case_id)
        if _waits(tx, case_id, token):  # what came before may have ended this wait
            content = {"message": message.name, "from": case.number, "correlation": correlation}
            deliver(tx, receiver, token, message.payload, content, depth)


def _caught_up(tx: Transaction, case_id: int) -> Case:
    """A case that is not in hand yet, after what is due in it. A timer that fails there is left to the worker, which sets it aside."""
    if case_id in tx.cases:
        return load_case(tx, case_id)
    case = load_case(tx, case_id)
    with suppress(Refusal, ValueError, LookupError), savepoint(tx):
        catch_up(tx, case)
    return case


def _waits(tx: Transaction, case_id: int, token: int) -> bool:
    query = select(message_wait.c.token).where(message_wait.c.case_id == case_id, message_wait.c.token == token)
    return tx.connection.execute(query).first() is not None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
