"""`./dev bench`: measures side by side in one run and prints ratios. Nothing here passes or fails by time.

CPU figures are of this process: on PostgreSQL the server's own work is not in them. PostgreSQL runs with fsync off (it is the tests'
throw-away server), SQLite with every commit synced.
"""

import argparse
import json
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import func, select

from engine.audit.replay import replay_all
from engine.authority import SYSTEM_ACTOR
from engine.tables import case_, event
from tests.benchmarks import durable_step, timers
from tests.benchmarks.world import World, worlds

FEW, MANY = 10_000, 1_000_000


def main() -> int:
    """Prints the figures; with --json also writes them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--timers", type=int, default=MANY, help=f"most outstanding timers (default {MANY})")
    arguments = parser.parse_args()
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, SQLite and PostgreSQL"
    )
    figures = {}
    with worlds() as both:
        for world in both:
            figures[world.name] = measure(world, arguments.timers)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0


def measure(world: World, most_timers: int) -> dict[str, object]:
    """Every figure for one database."""
    print(f"\n{world.name}")
    bare = durable_step.against_bare(world)
    say(
        "durable user step",
        f"{bare['step']:.2f} ms CPU, bare transaction {bare['bare']:.2f} ms: ratio {bare['ratio']:.2f}",
    )
    history = durable_step.by_history(world)
    say(
        "after 1,000 / 10 rework rounds",
        f"{history['old']:.2f} / {history['young']:.2f} ms CPU: ratio {history['ratio']:.2f}",
    )
    cold = durable_step.cold(world)
    say("restore + step of a cold case", f"{cold:.2f} ms CPU")
    replayed = replay(world)
    say(
        "replay",
        f"{replayed['lines_per_cpu_second']:.0f} lines per CPU second, {replayed['divergences']:.0f} divergences",
    )
    size = sizes(world)
    say("size", f"{size['bytes_per_event']:.0f} bytes per event, {size['bytes_per_state']:.0f} bytes of state per case")
    fired = {str(n): timers.per_second(world, n) for n in (FEW, most_timers)}
    for outstanding, figure in fired.items():
        say(
            f"timers, {int(outstanding):,} outstanding",
            f"{figure['per_cpu_second']:.0f} per CPU second ({figure['fired']:.0f} fired)",
        )
    return {"step": bare, "history": history, "cold_ms": cold, "replay": replayed, "size": size, "timers": fired}


def replay(world: World) -> dict[str, float]:
    """Carries out every recorded line again."""
    begun = time.process_time()
    verdict = replay_all(world.database)
    cpu = time.process_time() - begun
    return {
        "lines": verdict.lines,
        "lines_per_cpu_second": verdict.lines / cpu,
        "divergences": len(verdict.divergences),
    }


def sizes(world: World) -> dict[str, float]:
    """Mean sizes in bytes of what one event and one case's state take."""
    with world.database.read(SYSTEM_ACTOR) as tx:
        of_event = tx.connection.execute(
            select(func.avg(func.length(event.c.body))).where(event.c.trail_id > 0)
        ).scalar_one()
        of_state = tx.connection.execute(select(func.avg(func.length(case_.c.frontier)))).scalar_one()
    return {"bytes_per_event": float(of_event), "bytes_per_state": float(of_state)}


def say(what: str, figure: str) -> None:
    print(f"  {what:<34} {figure}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
