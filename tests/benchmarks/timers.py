"""Timers that take effect per second of CPU, with 10,000 and with 1,000,000 others waiting in the same table."""

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select

from engine.authority import SYSTEM_ACTOR
from engine.commands.timers import lapse_all_due
from engine.tables import case_, event, timer
from tests.benchmarks.world import START, World

DUE = 400
TOKENS_PER_CASE = 1000
CHUNK = 20_000
FAR = START + timedelta(days=20_000)


def per_second(world: World, outstanding: int) -> dict[str, float]:
    """Fired timers per CPU second, claimed in batches, each with its step, its line in the trail and its commit."""
    _fill_up_to(world, outstanding)
    world.start_cases(DUE)
    before = _lines(world)
    world.clock.advance(timedelta(days=9))  # `halfway` of fifteen days is due for the new cases
    begun, wall = time.process_time(), time.monotonic()
    lapse_all_due(world.database)
    cpu, elapsed = time.process_time() - begun, time.monotonic() - wall
    fired = _lines(world) - before
    if fired < DUE:
        raise AssertionError(f"expected at least {DUE} timers to take effect, but {fired} did")
    return {"fired": fired, "per_cpu_second": fired / cpu, "per_second": fired / elapsed}


def _lines(world: World) -> int:
    with world.database.read(SYSTEM_ACTOR) as tx:
        query = select(func.count()).select_from(event).where(event.c.type == "timer_lapsed")
        return int(tx.connection.execute(query).scalar_one())


def _fill_up_to(world: World, outstanding: int) -> None:
    """Timers far in the future, many to a case: rows that the claim must not look at."""
    with world.database.read(SYSTEM_ACTOR) as tx:
        missing = outstanding - int(tx.connection.execute(select(func.count()).select_from(timer)).scalar_one())
    if missing <= 0:
        return
    numbers = world.start_cases(missing // TOKENS_PER_CASE + 1)
    with world.database.read(SYSTEM_ACTOR) as tx:
        rows = tx.connection.execute(select(case_.c.id).where(case_.c.number.in_(numbers))).scalars().all()
    rest: dict[str, Any] = {
        "element": "far",
        "deadline": "explain",
        "occurrence": 1,
        "relation": "at",
        "amount": 0,
        "unit": "cd",
    }
    made = [
        {**rest, "case_id": case_id, "token": token, "due_at": FAR + timedelta(seconds=token)}
        for case_id in rows
        for token in range(1_000_000, 1_000_000 + TOKENS_PER_CASE)
    ][:missing]
    for at in range(0, len(made), CHUNK):
        with world.database.engine.begin() as connection:
            connection.execute(insert(timer), made[at : at + CHUNK])
