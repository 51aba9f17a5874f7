"""Verification: walks trails and names the first broken link; compares the projections with what the trail says.

`verify_lines` needs nothing but the lines, so that a third party can do the same with an export.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine.audit import trail
from engine.audit.projections import projection_fault
from engine.authority import SYSTEM_ACTOR
from engine.bpmn import runtime
from engine.bpmn.definitions import DefinitionSource
from engine.database import Database, Transaction
from engine.errors import Refusal
from engine.registers import definitions
from engine.tables import administration_trail, case_, definition, event, number_series
from engine.vocabulary import ADMINISTRATION_TRAIL

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
    at: datetime | None = None
    actor: str | None = None
    """The columns beside the text, which repeat what it says; None where there is only the text."""


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
        breaks = [*_administration_breaks(tx), *_lost_cases(tx), *_altered_definitions(tx)]
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


def verify_named(tx: Transaction, number: str) -> Break | None:
    """The case with this number; None when everything about it holds."""
    return verify_case(tx, tx.connection.execute(select(case_).where(case_.c.number == number)).one())


def verify_case(tx: Transaction, row: Any) -> Break | None:
    """One case: its chain, its definition, its state's hash, its projections."""
    lines = list(read_lines(tx, row.id))
    broken = verify_lines(lines, row.number, row.trail_length, row.trail_head)
    if broken is not None:
        return Break(row.id, row.number, broken.seq, broken.what)
    bodies = [json.loads(line.body) for line in lines]
    fault = _state_fault(row, bodies[-1]) if bodies else "the trail is empty"
    try:
        fault = fault or _tables_fault(tx, row, bodies)
    except (Refusal, LookupError, TypeError, ValueError) as error:
        fault = f"the lines of the trail do not fit the definition or the tables: {error!r}"
    return Break(row.id, row.number, row.trail_length, fault) if fault else None


def read_lines(tx: Transaction, trail_id: int) -> Iterable[Line]:
    """The lines of a trail in order."""
    query = select(event).where(event.c.trail_id == trail_id).order_by(event.c.seq)
    return (
        Line(r.trail_id, r.seq, r.type, r.body, r.prev, r.hash, r.at, r.actor) for r in tx.connection.execute(query)
    )


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
    return None if _says_the_same(line, body) else "the columns of the line do not say what its text says"


def _says_the_same(line: Line, body: Any) -> bool:
    if not isinstance(body, dict) or not isinstance(body.get("actor"), dict):
        return False
    said = tuple(body.get(name) for name in ("trail", "seq", "prev", "type"))
    at = body.get("at") if line.at is None else trail.instant_text(line.at)
    actor = body["actor"].get("id") if line.actor is None else line.actor
    return (*said, body.get("at"), body["actor"].get("id")) == (
        line.trail_id,
        line.seq,
        line.prev,
        line.type,
        at,
        actor,
    )


def _state_fault(row: Any, last: dict[str, Any]) -> str | None:
    if hashlib.sha256(row.frontier).hexdigest() != row.state_sha256:
        return "the state was altered: it no longer has its hash"
    if last.get("state_sha256") != row.state_sha256:
        return "the state is not the one that the trail recorded last"
    return None


def _tables_fault(tx: Transaction, row: Any, bodies: list[dict[str, Any]]) -> str | None:
    definition = definitions.by_id(tx, row.definition_id).definition
    if bodies[0]["definition"] != definition.sha256:
        return "the definition is not the one that the case was started with"
    said = runtime.variables_of(row.frontier)["case"]
    if (row.number, row.agency, row.process) != (said["number"], said["agency"], said["process"]):
        return f"the case's row says {row.number} of {row.agency}, its state says {said['number']} of {said['agency']}"
    return projection_fault(tx, row, definition, bodies)


def _administration_breaks(tx: Transaction) -> Iterator[Break]:
    row = tx.connection.execute(select(administration_trail)).one_or_none()
    length, head = (row.length, row.head) if row is not None else (0, trail.NO_EVENT)
    broken = verify_lines(read_lines(tx, ADMINISTRATION_TRAIL), "administration", length, head)
    if broken is not None:
        yield broken


def _lost_cases(tx: Transaction) -> Iterator[Break]:
    """Numbers are given without gaps: one that is missing was a case that somebody removed. So is a trail without its case."""
    for row in tx.connection.execute(select(number_series)):
        prefix = f"{row.series}-{row.agency.upper()}-{row.year}-"
        theirs = (case_.c.agency == row.agency, case_.c.number.startswith(prefix, autoescape=True))
        if tx.connection.execute(select(func.count()).select_from(case_).where(*theirs)).scalar_one() != row.last:
            found = {number for (number,) in tx.connection.execute(select(case_.c.number).where(*theirs))}
            for number in (f"{prefix}{n:06d}" for n in range(1, row.last + 1)):
                if number not in found:
                    yield Break(0, number, 0, "the case with this number is missing")
    known = select(case_.c.id).where(case_.c.id == event.c.trail_id).exists()
    orphans = select(event.c.trail_id).where(event.c.trail_id != ADMINISTRATION_TRAIL, ~known).distinct()
    for (trail_id,) in tx.connection.execute(orphans.order_by(event.c.trail_id)):
        yield Break(trail_id, f"trail {trail_id}", 0, "the case of this trail is missing")


def _altered_definitions(tx: Transaction) -> Iterator[Break]:
    for row in tx.connection.execute(select(definition).order_by(definition.c.id)):
        try:
            sha256 = DefinitionSource.from_json(row.source).sha256
        except (LookupError, TypeError, ValueError):
            sha256 = "unreadable"
        if sha256 != row.sha256:
            yield Break(
                0, f"{row.process} version {row.version}", 0, "the definition was altered: it no longer has its hash"
            )
