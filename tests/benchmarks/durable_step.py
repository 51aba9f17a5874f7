"""A durable user step against a bare SQLAlchemy transaction that writes the same rows, and the step after 10 and 1,000 rework rounds."""

import itertools
import json
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy import event as sql_event

from engine.tables import case_, event, idempotency, work_item
from tests.benchmarks.measure import interleaved
from tests.benchmarks.world import World

STEPS = 40
FEW, MANY = 10, 1000


def against_bare(world: World) -> dict[str, float]:
    """Median CPU ms of a step, of the bare transaction with the same rows, and their ratio."""
    worker = _Worker(world, 10)
    bare = _Bare(world)
    worker.steps(20)
    bare.transactions(20)
    medians = interleaved({"step": lambda: worker.steps(STEPS), "bare": lambda: bare.transactions(STEPS)})
    return {**medians, "ratio": medians["step"] / medians["bare"]}


def by_history(world: World) -> dict[str, float]:
    """Median CPU ms of a step of a case with 10 and with 1,000 rework rounds behind it, and their ratio."""
    young, old = _Worker(world, 1), _Worker(world, 1)
    young.steps(2 * FEW)
    old.steps(2 * MANY)
    medians = interleaved({"young": lambda: young.steps(STEPS), "old": lambda: old.steps(STEPS)}, rounds=5)
    return {**medians, "ratio": medians["old"] / medians["young"]}


def cold(world: World) -> float:
    """Median CPU ms of a step of a case that no process has touched: nothing is kept between steps but parsed definitions."""
    worker = _Worker(world, STEPS)
    return interleaved({"cold": worker.each_once}, rounds=5)["cold"]


class _Worker:
    """Completes work items of its cases in turn."""

    keys = itertools.count()

    def __init__(self, world: World, cases: int) -> None:
        self.world = world
        numbers = world.start_cases(cases)
        tokens = world.open_work()
        self.tokens = {number: tokens[number] for number in numbers}

    def steps(self, count: int) -> int:
        for number in itertools.islice(itertools.cycle(list(self.tokens)), count):
            self._one(number)
        return count

    def each_once(self) -> int:
        for number in self.tokens:
            self._one(number)
        return len(self.tokens)

    def _one(self, number: str) -> None:
        self.world.complete(number, self.tokens[number], f"bench-{next(self.keys)}")
        self.tokens[number] += 1  # the loop opens the next work item under the next token


class _Bare:
    """The same rows without an engine: their content was taken from a real step."""

    def __init__(self, world: World) -> None:
        self.world = world
        (self.number,) = world.start_cases(1)
        token = world.open_work()[self.number]
        self.statements = _count_writes(world, lambda: world.complete(self.number, token, "bench-bare"))
        with world.database.engine.begin() as connection:
            case = connection.execute(select(case_).where(case_.c.number == self.number)).one()
            line = connection.execute(
                select(event).where(event.c.trail_id == case.id).order_by(event.c.seq.desc())
            ).first()
            work = connection.execute(
                select(work_item).where(work_item.c.case_id == case.id).order_by(work_item.c.token.desc())
            ).first()
            key = connection.execute(select(idempotency).where(idempotency.c.key == "bench-bare")).one()
        self.case, self.line = dict(case._mapping), dict(line._mapping)  # type: ignore[union-attr]
        self.work, self.key = dict(work._mapping), dict(key._mapping)  # type: ignore[union-attr]
        self.seq = itertools.count(self.line["seq"] + 1)
        self.token = itertools.count(self.work["token"] + 1)

    def transactions(self, count: int) -> int:
        for _ in range(count):
            with self.world.database.engine.begin() as connection:
                self._write(connection, next(self.seq), next(self.token))
        return count

    def _write(self, connection: Connection, seq: int, token: int) -> None:
        connection.execute(insert(event), {**self.line, "trail_id": -1, "seq": seq})
        connection.execute(
            update(case_).where(case_.c.id == self.case["id"]),
            {"frontier": self.case["frontier"], "state_sha256": self.case["state_sha256"], "trail_length": seq,
             "trail_head": self.line["hash"], "status": "open", "outcome": None, "ended_at": None,
             "next_due": self.case["next_due"], "version": seq},
        )  # fmt: skip
        closed = {"status": "completed", "closed_at": self.work["opened_at"], "closed_by": "officer"}
        connection.execute(
            update(work_item).where(work_item.c.case_id == self.case["id"], work_item.c.token == token - 1), closed
        )
        connection.execute(insert(work_item), {**self.work, "token": token})
        connection.execute(
            insert(idempotency), {**self.key, "key": f"bare-{seq}", "answer": json.dumps({"case": self.number})}
        )


def _count_writes(world: World, act: Any) -> int:
    """How many writing statements the act sends; the bare transaction must send as many."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split(maxsplit=1)[0] in {"INSERT", "UPDATE", "DELETE"}:
            seen.append(statement)

    sql_event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        sql_event.remove(world.database.engine, "before_cursor_execute", note)
    if len(seen) != 5:
        raise AssertionError(f"the bare transaction no longer writes what a step writes: {seen}")
    return len(seen)
