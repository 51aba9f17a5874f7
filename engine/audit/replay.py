"""Replay: a case is carried out again from its recorded inputs, and after each line the state must have the recorded hash.

Identical, or the first `Divergence`. Needs the definition by its hash and nothing else: no clock, no database of today.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from engine.audit.verification import Line, read_lines
from engine.authority import SYSTEM_ACTOR
from engine.bpmn import runtime
from engine.bpmn.definitions import Definition
from engine.bpmn.step import Step, Token
from engine.database import Database, Transaction
from engine.errors import NotFound, Refusal
from engine.registers import definitions
from engine.tables import case_
from engine.vocabulary import EventType

PAGE = 100  # cases in one reading transaction
NOT_STARTED = "0" * 64


@dataclass(frozen=True)
class ReplayedStep:
    """One line carried out again: what was recorded, and the marking and variables after it."""

    seq: int
    at: str
    actor: str
    type: str
    body: dict[str, Any]
    marking: tuple[Token, ...]
    changed: dict[str, Any]
    state_sha256: str


@dataclass(frozen=True)
class Divergence:
    """The first line at which the repeated case is not the recorded one."""

    number: str
    seq: int
    what: str


@dataclass(frozen=True)
class ReplayVerdict:
    """How many cases and lines were carried out again, and every divergence."""

    cases: int
    lines: int
    divergences: tuple[Divergence, ...]

    @property
    def holds(self) -> bool:
        return not self.divergences


class Diverged(Exception):
    """Raised by `replay` at the first line that differs."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(f"line {seq}: {what}")
        self.seq = seq
        self.what = what


def replay(definition: Definition, lines: Iterable[Line]) -> Iterator[ReplayedStep]:
    """The case line by line, as the auditor steps through it. Raises Diverged at the first line that differs."""
    frontier, state = b"", NOT_STARTED
    marking: tuple[Token, ...] = ()
    for line in lines:
        changed: dict[str, Any] = {}
        try:
            body = json.loads(line.body)
            at, actor = body["at"], body["actor"]["id"]
            step = _again(definition, frontier, line.type, body)
            if step is not None:
                frontier, state, marking, changed = step.frontier, step.state_sha256, step.after, step.changed
                _compare(line.seq, step, body)
        except Refusal as refusal:
            raise Diverged(line.seq, f"cannot be carried out again: {refusal.en}") from refusal
        except (LookupError, TypeError, ValueError) as error:  # somebody altered the line
            raise Diverged(line.seq, f"cannot be read: {error!r}") from error
        if body.get("state_sha256") != state:
            raise Diverged(
                line.seq, f"the state has the hash {state[:12]}…, recorded was {str(body.get('state_sha256'))[:12]}…"
            )
        yield ReplayedStep(line.seq, at, actor, line.type, body, marking, changed, state)


def replay_case(tx: Transaction, number: str) -> list[ReplayedStep]:
    """Every step of a case. Raises Diverged, NotFound."""
    query = select(case_.c.id, case_.c.definition_id).where(case_.c.number == number)
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("no_such_case", f"Không có hồ sơ «{number}».", f"There is no case «{number}».")
    return list(replay(definitions.by_id(tx, row.definition_id).definition, read_lines(tx, row.id)))


def replay_all(database: Database, progress: Callable[[int, int], None] | None = None) -> ReplayVerdict:
    """Every case of the database. Reads page by page, so that writers get their turn in between."""
    divergences: list[Divergence] = []
    done = lines = last = 0
    columns = (case_.c.id, case_.c.number, case_.c.definition_id, case_.c.state_sha256)
    with database.read(SYSTEM_ACTOR) as tx:
        total = int(tx.connection.execute(select(func.count()).select_from(case_)).scalar_one())
    while True:
        with database.read(SYSTEM_ACTOR) as tx:
            rows = tx.connection.execute(
                select(*columns).where(case_.c.id > last).order_by(case_.c.id).limit(PAGE)
            ).all()
            if not rows:
                return ReplayVerdict(done, lines, tuple(divergences))
            for row in rows:
                done += 1
                try:
                    lines += _replay_to_the_end(tx, row)
                except Diverged as diverged:
                    divergences.append(Divergence(row.number, diverged.seq, diverged.what))
                if progress is not None:
                    progress(done, total)
            last = rows[-1].id


def _replay_to_the_end(tx: Transaction, row: Any) -> int:
    """How many lines were carried out again. Raises Diverged also when they do not lead to the state that is stored."""
    try:
        definition = definitions.by_id(tx, row.definition_id).definition
    except Refusal as refusal:
        raise Diverged(0, refusal.en) from refusal
    seq, state = 0, NOT_STARTED
    for step in replay(definition, read_lines(tx, row.id)):
        seq, state = step.seq, step.state_sha256
    if state != row.state_sha256:
        raise Diverged(seq, f"the trail leads to the state {state[:12]}…, stored is {row.state_sha256[:12]}…")
    return seq


def _again(definition: Definition, frontier: bytes, event_type: str, body: dict[str, Any]) -> Step | None:
    """The recorded act on the replayed state; None for a line that moves no token."""
    match event_type:
        case EventType.CASE_STARTED:
            if body["definition"] != definition.sha256:
                raise Diverged(body["seq"], "the definition is not the one that the case was started with")
            return runtime.start(definition, body["input"]["variables"], body["input"]["message"])
        case EventType.WORK_ITEM_COMPLETED:
            return runtime.complete(definition, frontier, body["token"], body["input"])
        case EventType.WORK_ITEM_COMPLETED_FOR | EventType.WORK_ITEM_SKIPPED:
            return runtime.complete(definition, frontier, body["token"], body["values"])
        case EventType.TIMER_LAPSED:
            return runtime.lapse(definition, frontier, body["token"])
        case EventType.MESSAGE_DELIVERED:
            return runtime.deliver(definition, frontier, body["token"], body["input"])
        case EventType.CASE_MOVED | EventType.CASE_RETURNED:
            return runtime.move(definition, frontier, body["token"], body["to"])
        case EventType.CASE_CANCELLED:
            return runtime.cancel(definition, frontier, body["outcome"])
        case _:
            return None


def _compare(seq: int, step: Step, body: dict[str, Any]) -> None:
    delta = json.loads(json.dumps(step.delta()))
    if delta != body["delta"]:
        raise Diverged(seq, f"the marking changes by {delta}, recorded was {body['delta']}")
    made = json.loads(json.dumps([decision.as_json() for decision in step.decisions]))
    if made != body["decisions"]:
        raise Diverged(seq, f"the decisions are {made}, recorded was {body['decisions']}")
