"""A case as one transaction holds it: loaded once, locked, its frontier checked against the hash in the trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update

from engine.bpmn import runtime
from engine.bpmn.definitions import Definition
from engine.database import Transaction
from engine.errors import BrokenTrail, Conflict, NotFound
from engine.registers import definitions
from engine.tables import case_
from engine.time.clock import local_date
from engine.vocabulary import CaseStatus

# Built once: to build a statement takes longer than to send it. SQLite, which has one writer, leaves FOR UPDATE away.
BY_ID = select(case_).where(case_.c.id == bindparam("named")).with_for_update()
BY_NUMBER = select(case_).where(case_.c.number == bindparam("named")).with_for_update()
IF_UNCHANGED = update(case_).where(case_.c.id == bindparam("named"), case_.c.version == bindparam("seen"))


@dataclass
class Case:
    """The row of a case and its definition. Changed only by this room; discarded with the transaction."""

    id: int
    number: str
    definition_id: int
    definition: Definition = field(repr=False)
    agency: str
    status: CaseStatus
    title: str
    version: int
    frontier: bytes = field(repr=False)
    state_sha256: str
    trail_length: int
    trail_head: str
    outcome: str | None
    parent_id: int | None
    reference: str | None
    person_id: int | None
    started_at: datetime
    ended_at: datetime | None
    next_due: datetime | None

    @property
    def variables(self) -> dict[str, Any]:
        return runtime.variables_of(self.frontier)

    @property
    def rule_on(self) -> date:
        """The day whose law applies: that of the receipt, else of the start (Vietnam's calendar)."""
        received = (self.variables.get("start") or {}).get("received_at")
        return local_date(datetime.fromisoformat(received)) if received else local_date(self.started_at)

    @property
    def is_live(self) -> bool:
        return self.status in {CaseStatus.OPEN, CaseStatus.SUSPENDED}


def load_case(tx: Transaction, case_id: int) -> Case:
    """The case, locked for this transaction. Raises NotFound, BrokenTrail."""
    return tx.cases.get(case_id) or _loaded(tx, BY_ID, case_id)


def load_case_by_number(tx: Transaction, number: str) -> Case:
    """The case with this number, locked for this transaction. Raises NotFound, BrokenTrail."""
    return _loaded(tx, BY_NUMBER, number)


@contextmanager
def savepoint(tx: Transaction) -> Iterator[None]:
    """A part of the transaction that may fail alone: the tables and the cases in hand are then as they were before it."""
    before = {identity: replace(case) for identity, case in tx.cases.items()}
    nested = tx.connection.begin_nested()
    try:
        yield
        nested.commit()
    except BaseException:
        nested.rollback()
        touched = dict(tx.cases)
        tx.cases.clear()
        for identity, case in before.items():
            vars(touched[identity]).update(vars(case))
            tx.cases[identity] = touched[identity]
        raise


def save(tx: Transaction, case: Case, **changes: Any) -> None:
    """Writes the changes if nobody wrote in between. Raises Conflict (case_changed)."""
    said = {**changes, "version": case.version + 1, "named": case.id, "seen": case.version}
    if tx.connection.execute(IF_UNCHANGED, said).rowcount != 1:
        raise Conflict(
            "case_changed",
            f"Hồ sơ {case.number} vừa được người khác xử lý; hãy mở lại để xem bản mới.",
            f"Expected case {case.number} to be unchanged, but somebody else has just worked on it: look at it again.",
        )
    for name, value in changes.items():
        setattr(case, name, value)
    case.version += 1


def _loaded(tx: Transaction, query: Select[Any], name: str | int) -> Case:
    row = tx.connection.execute(query, {"named": name}).one_or_none()
    if row is None:
        raise NotFound("no_such_case", f"Không có hồ sơ «{name}».", f"There is no case «{name}».")
    if tx.case_in_hand is None:
        tx.case_in_hand = row.id
    if row.id not in tx.cases:
        tx.cases[row.id] = from_row(tx, row)
    case: Case = tx.cases[row.id]
    return case


def from_row(tx: Transaction, row: Row[Any]) -> Case:
    """The case of a row that was read. Raises BrokenTrail when the frontier is not the one the trail speaks of."""
    if runtime.state_sha256(row.frontier) != row.state_sha256:
        raise BrokenTrail(
            "state_altered",
            f"Trạng thái hồ sơ {row.number} không khớp với nhật ký; hồ sơ bị khóa để kiểm tra.",
            f"The state of case {row.number} does not have the hash that its trail recorded; it is not touched.",
        )
    published = definitions.by_id(tx, row.definition_id)
    return Case(
        id=row.id,
        number=row.number,
        definition_id=row.definition_id,
        definition=published.definition,
        agency=row.agency,
        status=CaseStatus(row.status),
        title=row.title,
        version=row.version,
        frontier=row.frontier,
        state_sha256=row.state_sha256,
        trail_length=row.trail_length,
        trail_head=row.trail_head,
        outcome=row.outcome,
        parent_id=row.parent_id,
        reference=row.reference,
        person_id=row.person_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        next_due=row.next_due,
    )
