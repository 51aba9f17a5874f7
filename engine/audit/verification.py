"""Verification: walks trails and names the first broken link; compares the projections with what the trail says.

`verify_lines` needs nothing but the lines, so that a third party can do the same with an export.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from engine.audit import trail
from engine.authority import SYSTEM_ACTOR
from engine.bpmn import runtime
from engine.database import Database, Transaction
from engine.registers import definitions
from engine.tables import administration_trail, case_, deadline, event, message_wait, timer, work_item
from engine.vocabulary import ADMINISTRATION_TRAIL, WorkItemStatus

PAGE = 100  # cases in one reading transaction


@dataclass(frozen=True)
class Line:
    """One stored line of a trail."""

    trail_id: int
    seq: int
    type: str
    body: str
    prev: str
    hash: str


@dataclass(frozen=True)
class Break:
    """The first thing that does not hold in a trail: which line, and what is wrong with it."""

    trail_id: int
    number: str
    seq: int
    what: str


@dataclass(frozen=True)
class Verdict:
    """How many trails were walked, how many lines, and every break."""

    trails: int
    lines: int
    breaks: tuple[Break, ...]

    @property
    def holds(self) -> bool:
        return not self.breaks


def verify_lines(lines: Iterable[Line], number: str, length: int, head: str) -> Break | None:
    """The first broken link of one trail, whose length and head are known from elsewhere; None when it holds."""
    seq, prev = 0, trail.NO_EVENT
    for line in lines:
        seq += 1
        fault = _fault(line, seq, prev)
        if fault is not None:
            return Break(line.trail_id, number, line.seq, fault)
        prev = line.hash
    if seq != length or prev != head:
        return Break(
            0, number, seq, f"the trail ends at line {seq}, but {length} lines with another head were recorded"
        )
    return None


def verify_all(database: Database, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Every trail of the database, and every projection. Reads page by page, so that writers get their turn in between."""
    with database.read(SYSTEM_ACTOR) as tx:
        total = int(tx.connection.execute(select(func.count()).select_from(case_)).scalar_one())
        broken = _administration_break(tx)
    breaks = [broken] if broken else []
    lines = done = last = 0
    while True:
        with database.read(SYSTEM_ACTOR) as tx:
            rows = tx.connection.execute(select(case_).where(case_.c.id > last).order_by(case_.c.id).limit(PAGE)).all()
            if not rows:
                return Verdict(done, lines, tuple(breaks))
            for row in rows:
                done += 1
                lines += row.trail_length
                if (broken := verify_case(tx, row)) is not None:
                    breaks.append(broken)
                if progress is not None:
                    progress(done, total)
            last = rows[-1].id


def verify_case(tx: Transaction, row: Any) -> Break | None:
    """One case: its chain, its state's hash, its projections."""
    broken = verify_lines(read_lines(tx, row.id), row.number, row.trail_length, row.trail_head)
    if broken is not None:
        return Break(row.id, row.number, broken.seq, broken.what)
    fault = _state_fault(tx, row) or _projection_fault(tx, row)
    return Break(row.id, row.number, row.trail_length, fault) if fault else None


def read_lines(tx: Transaction, trail_id: int) -> Iterable[Line]:
    """The lines of a trail in order."""
    query = select(event).where(event.c.trail_id == trail_id).order_by(event.c.seq)
    return (Line(r.trail_id, r.seq, r.type, r.body, r.prev, r.hash) for r in tx.connection.execute(query))


def _fault(line: Line, seq: int, prev: str) -> str | None:
    if line.seq != seq:
        return f"line {seq} is missing"
    if trail.line_hash(line.body) != line.hash:
        return "the text of the line was altered: it no longer has its hash"
    if line.prev != prev:
        return "the line does not follow the one before it"
    try:
        body = json.loads(line.body)
        is_canonical = trail.canonical(body) == line.body
    except ValueError:
        is_canonical = False
    if not is_canonical:
        return "the text of the line is not in canonical form"
    said = (body["trail"], body["seq"], body["prev"], body["type"])
    if said != (line.trail_id, line.seq, line.prev, line.type):
        return "the columns of the line do not say what its text says"
    return None


def _state_fault(tx: Transaction, row: Any) -> str | None:
    if hashlib.sha256(row.frontier).hexdigest() != row.state_sha256:
        return "the state was altered: it no longer has its hash"
    query = select(event.c.body).where(event.c.trail_id == row.id, event.c.seq == row.trail_length)
    body = json.loads(tx.connection.execute(query).scalar_one())
    if body.get("state_sha256") != row.state_sha256:
        return "the state is not the one that the trail recorded last"
    return None


def _projection_fault(tx: Transaction, row: Any) -> str | None:
    definition = definitions.by_id(tx, row.definition_id).definition
    tokens = runtime.marking(definition, row.frontier)
    expected = {kind: {token.id for token in tokens if token.kind == kind} for kind in ("user", "timer", "message")}
    open_work = work_item.c.status.in_([WorkItemStatus.OFFERED, WorkItemStatus.CLAIMED])
    found = {
        "user": _tokens(tx, select(work_item.c.token).where(work_item.c.case_id == row.id, open_work)),
        "timer": _tokens(tx, select(timer.c.token).where(timer.c.case_id == row.id)),
        "message": _tokens(tx, select(message_wait.c.token).where(message_wait.c.case_id == row.id)),
    }
    for kind, tokens_found in found.items():
        if tokens_found != expected[kind]:
            return f"the {kind} projection {sorted(tokens_found)} is not what the state says: {sorted(expected[kind])}"
    return _deadline_fault(tx, row)


def _deadline_fault(tx: Transaction, row: Any) -> str | None:
    """The deadline ledger must be the one that the trail recorded last for each clock."""
    recorded: dict[tuple[str, int], dict[str, Any]] = {}
    for line in read_lines(tx, row.id):
        for entry in json.loads(line.body).get("deadlines", ()):
            recorded[(entry["name"], entry["occurrence"])] = entry
    query = select(deadline).where(deadline.c.case_id == row.id)
    stored = {(d.name, d.occurrence): d for d in tx.connection.execute(query)}
    if set(stored) != set(recorded):
        return "the deadlines are not those that the trail recorded"
    for key, entry in recorded.items():
        due_on = stored[key].due_on.isoformat() if stored[key].due_on else None
        ledger = json.loads(stored[key].ledger)
        if (ledger, stored[key].status, due_on) != (entry["ledger"], entry["status"], entry["due_on"]):
            return f"the deadline {key[0]} was altered: the trail says due on {entry['due_on']} ({entry['status']})"
    return None


def _tokens(tx: Transaction, query: Any) -> set[int]:
    return {token for (token,) in tx.connection.execute(query)}


def _administration_break(tx: Transaction) -> Break | None:
    row = tx.connection.execute(select(administration_trail)).one_or_none()
    if row is None:
        return None
    return verify_lines(read_lines(tx, ADMINISTRATION_TRAIL), "administration", row.length, row.head)
