"""The demonstration: the whole of 2026 on a virtual clock, told by its trails, every one of them verified and replayed.

    matters, requests_of_the_year   who asks what of whom, and how it is meant
    officers, pace                  who works when, and how soon
    desk, *_entries                 what officers enter in each form
    year, superiors, happenings     day by day
    trails, report                  what an auditor reads of it, and what is printed

It changes nothing but through `engine.commands` and knows nothing but through `engine.queries`.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from engine import commands, installation, migrations
from engine.audit import replay, verification
from engine.authority import SYSTEM_ACTOR
from engine.commands import people
from engine.database import Database, Transaction
from engine.demo import checks, officers, report
from engine.demo.happenings import happenings
from engine.demo.requests_of_the_year import FEWEST, stories
from engine.demo.superiors import Superiors
from engine.demo.trails import YearTrails, read_trails
from engine.demo.year import FIRST, Year
from engine.queries import cases
from engine.settings import read_settings
from engine.time.clock import VirtualClock, start_of_day

DEFAULT_REQUESTS = 300
DEFAULT_SEED = 53
FAILED, NOT_FRESH = 1, 2
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps it
ROOM = 200_000_000  # bytes; the year takes about 25 million


def main(arguments: list[str]) -> int:
    """Plays the year and prints it. 0 when every trail holds and everything happened; 1 otherwise; 2 for a database that is not fresh."""
    options = _options(arguments)
    with ExitStack() as stack:
        url = options.database or f"sqlite:///{_file(options.keep, stack)}"
        key = read_settings().master_key if options.database or options.keep else bytes(32)
        clock = VirtualClock(start_of_day(FIRST))
        database = Database(url, clock, key)
        stack.callback(database.dispose)
        migrations.upgrade(url)
        if _holds_cases(database):
            print(
                "Cần cơ sở dữ liệu trống, nhưng đã có hồ sơ · Expected an empty database, but it holds cases",
                file=sys.stderr,
            )
            return NOT_FRESH
        return _play(database, clock, options.requests, options.seed)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev demo", description="Play the year 2026 and print what happened.")
    parser.add_argument(
        "--requests", type=int, default=DEFAULT_REQUESTS, help="how many requests are filed (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="the same seed plays the same year (%(default)s)"
    )
    parser.add_argument(
        "--database", metavar="URL", help="an empty database to use (default: an SQLite file that is removed)"
    )
    parser.add_argument("--keep", metavar="FILE", type=Path, help="keep the SQLite database in this file")
    options = parser.parse_args(arguments)
    if options.requests < FEWEST:
        parser.error(f"--requests: at least {FEWEST}, so that every outcome happens")
    if options.keep and options.database:
        parser.error("--keep and --database exclude each other")
    if options.keep and options.keep.exists():
        parser.error(f"--keep: {options.keep} exists already")
    return options


def _file(kept: Path | None, stack: ExitStack) -> Path:
    if kept is not None:
        return kept.absolute()
    folder = tempfile.TemporaryDirectory(prefix="giaitrinh-demo-", dir=_memory())
    return Path(stack.enter_context(folder)) / "year.sqlite3"


def _memory() -> Path | None:
    """The file system in memory, where there is one with room: a database that is thrown away needs no disk. None: the usual place."""
    has_room = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    return IN_MEMORY if has_room else None


def _holds_cases(database: Database) -> bool:
    with database.read(SYSTEM_ACTOR) as tx:
        return bool(cases.cases(tx, limit=1))


def _play(database: Database, clock: VirtualClock, count: int, seed: int) -> int:
    begun = time.monotonic()
    show = _progress()
    installation.set_up(database)
    commands.perform(database, SYSTEM_ACTOR, "add_handlers", _add_handlers)
    asked = stories(count, seed, officers.ASKED)
    year = Year(database, clock, asked, officers.staff(seed), seed)
    year.play(
        happenings(),
        Superiors(year),
        lambda day: show(f"{day:%d/%m/%Y}  {len(year.by_number)} yêu cầu, {year.acts} việc"),
    )
    played = time.monotonic() - begun
    trails = read_trails(database, year.actor(officers.AUDITOR), lambda done: show(f"đọc nhật ký {done}"))
    verdict = verification.verify_all(database, lambda done, total: show(f"xác minh {done} / {total}"))
    replayed = replay.replay_all(database, lambda done, total: show(f"tái hiện {done} / {total}"))
    show("")
    _print(trails, year, played, time.monotonic() - begun)
    faults = [f"{broken.number} line {broken.seq}: {broken.what}" for broken in verdict.breaks]
    faults += [f"{diverged.number} line {diverged.seq}: {diverged.what}" for diverged in replayed.divergences]
    if len(trails.all) != verdict.trails:
        faults.append(f"the auditor sees {len(trails.all)} of {verdict.trails} cases")
    faults += checks.missing(trails, count)
    for fault in faults:
        print(f"! {fault}")
    broken_cases = {broken.trail_id for broken in verdict.breaks if broken.trail_id}
    holding, same = verdict.trails - len(broken_cases), replayed.cases - len(replayed.divergences)
    print(f"verified {holding} of {verdict.trails}, replayed {same} of {replayed.cases}")
    return FAILED if faults else 0


def _add_handlers(tx: Transaction) -> dict[str, Any]:
    """The handlers whom the installation does not bring."""
    added = officers.more_handlers()
    for person in added:
        people.set_participant(tx, person.id, person.name, person.agency)
        for role, agency in person.roles:
            people.assign_role(tx, person.id, role, agency, installation.DEMO_SINCE)
    return {"count": len(added)}


def _print(trails: YearTrails, year: Year, played: float, took: float) -> None:
    lines = sum(len(trail.lines) for trail in trails.all)
    print("NĂM 2026 TRÊN ĐỒNG HỒ ẢO · THE YEAR 2026 ON A VIRTUAL CLOCK")
    print(
        f"{len(trails.all)} hồ sơ, {lines} dòng nhật ký, {year.acts} lệnh; {took:.0f} giây, trong đó chạy cả năm {played:.0f} giây"
    )
    print()
    print("YÊU CẦU GIẢI TRÌNH THEO CƠ QUAN · ACCOUNTABILITY REQUESTS BY AGENCY")
    _print_lines(report.agencies(trails), report.outcomes(trails), report.interventions(trails))
    print("HAI KẾ HOẠCH VÀ VIỆC KIỂM TRA · THE TWO PLANS AND THE INSPECTIONS")
    _print_lines(report.plans(trails), report.inspections(trails))
    print("VIỆC TRONG NĂM · EVENTS OF THE YEAR")
    _print_lines(report.happened(year.told))
    print("NĂM YÊU CẦU CHỜ LÂU NHẤT · THE FIVE REQUESTS THAT WAITED LONGEST")
    _print_lines(report.time_lines(trails))


def _print_lines(*parts: Iterable[str]) -> None:
    for part in parts:
        for line in part:
            print(line)
    print()


def _progress() -> Callable[[str], None]:
    """A line on the terminal that overwrites itself; nothing when the output goes elsewhere."""
    if not sys.stderr.isatty():
        return lambda _text: None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    return show
