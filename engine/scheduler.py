"""The metronome: asks at short intervals whether something is due. It decides nothing and keeps nothing.

    every second       timers whose legal moment has come take effect     (commands.timers)
    every 30 seconds   open deadlines follow a change of the law          (commands.law)
    every 5 seconds    the outbox is delivered                            (deliveries)

What is *not* the source of truth: this scheduler. Its jobs live in memory and are three intervals; when what is due stands in the
tables, and is looked at again inside the transaction. Any number of processes may tick at the same time.

APScheduler is used for its threads only. Its own store forgets what came due while nobody ran, so it must never hold a deadline.
Its intervals go by the wall clock: a clock that was turned back would stop them, so a watch that goes by elapsed time wakes them up.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select

from engine import deliveries
from engine.authority import SYSTEM_ACTOR
from engine.commands import law, timers
from engine.database import Database
from engine.tables import event
from engine.time.clock import SystemClock
from engine.time.time_guard import Reading, TimeGuard, Verdict

LAPSE_EVERY = 1.0  # seconds, as are the others
HOUSEKEEPING_EVERY = 30.0
DELIVERIES_EVERY = 5.0
BETWEEN_BATCHES = 0.05
"""How long the door stays free for other writers between two batches: SQLite has one writer and no queue."""
WATCH_EVERY = 5.0
SILENCE = 10.0
"""After how long without a tick the watch wakes the scheduler."""
VOUCH_EVERY = 3600.0
SMALL_DRIFT = timedelta(seconds=30)
REPEAT_WARNING = 300.0

log = logging.getLogger(__name__)


def elapsed() -> float:
    """Seconds that passed on this machine, also while it slept: a laptop that was closed is no clock that jumped."""
    since_start = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if since_start is None else time.clock_gettime(since_start)


@dataclass(frozen=True)
class TickReport:
    """What one pass did: timers looked at, deadlines that follow the law anew, letters delivered and given up; the clock's verdict."""

    lapsed: int
    reprojected: int
    delivered: int
    given_up: int
    clock: Verdict


class ClockWatch:
    """Holds the wall clock against elapsed time from the start of the process on.

    At the start the clock of the PostgreSQL server vouches for the time; on SQLite whoever starts the process does. A small drift is
    taken over every hour, so that months of slow drift are not taken for a jump.
    """

    def __init__(self, database: Database, guard: TimeGuard, read_elapsed: Callable[[], float]) -> None:
        self._database = database
        self._guard = guard
        self._elapsed = read_elapsed
        self._vouched = self._reading()
        self._last_event: datetime | None = None
        self._has_begun = False
        self._warned_at: float | None = None

    def judge(self) -> Verdict:
        """Whether timers may take effect now; says so in the log when they may not, and again when they may."""
        if not self._has_begun:
            self._begin()
        now = self._reading()
        verdict = self._guard.judge(self._vouched, now, self._last_event)
        if not verdict.trusted:
            self._warn(verdict, now.monotonic)
            return verdict
        if self._warned_at is not None:
            log.warning("The clock is trusted again: timers go on.", extra={"action": "clock_trusted"})
            self._warned_at = None
        if now.monotonic - self._vouched.monotonic >= VOUCH_EVERY and abs(verdict.deviation) <= SMALL_DRIFT:
            self._vouched = now
        return verdict

    def _begin(self) -> None:
        self._last_event = newest_event(self._database)
        server_time = time_of_server(self._database) if isinstance(self._database.clock, SystemClock) else None
        if server_time is not None:
            self._vouched = Reading(server_time, self._elapsed())
        self._has_begun = True

    def _warn(self, verdict: Verdict, now: float) -> None:
        if self._warned_at is None or now - self._warned_at >= REPEAT_WARNING:
            self._warned_at = now
            text = "%s %s Set the clock right, or restart to vouch for it. (off by %s)"
            log.error(
                text,
                verdict.vi,
                verdict.en,
                verdict.deviation,
                extra={"action": "clock_suspect", "reason": verdict.reason},
            )

    def _reading(self) -> Reading:
        return Reading(self._database.clock.now(), self._elapsed())


class Scheduler:
    """Three interval jobs in threads of this process. `stop` lets a running batch finish; nothing is lost by a kill either."""

    def __init__(
        self, database: Database, guard: TimeGuard | None = None, read_elapsed: Callable[[], float] = elapsed
    ) -> None:
        self.database = database
        self._clock_watch = ClockWatch(database, guard or TimeGuard(), read_elapsed)
        self._stopping = threading.Event()
        self._last_tick = time.monotonic()
        self._jobs = _background_scheduler()
        self._watch = threading.Thread(target=self._wake_when_silent, name="scheduler-watch", daemon=True)

    def start(self) -> None:
        """Begins to tick, the first time at once."""
        logging.getLogger("apscheduler").setLevel(
            logging.ERROR
        )  # it warns of every tick that is left out while one is running
        now = SystemClock().now()
        for name, seconds, act in (
            ("lapse", LAPSE_EVERY, self.lapse),
            ("housekeeping", HOUSEKEEPING_EVERY, self.housekeeping),
            ("deliveries", DELIVERIES_EVERY, self.deliver),
        ):
            tick = self._safely(name, act)
            self._jobs.add_job(tick, "interval", id=name, seconds=seconds, next_run_time=now)
        self._jobs.start()
        self._watch.start()
        log.info("Timers tick.", extra={"action": "scheduler_started"})

    def stop(self) -> None:
        """No more ticks; returns when the batch in hand is finished."""
        self._stopping.set()
        if self._jobs.running:
            self._jobs.shutdown(wait=True)
        if self._watch.is_alive():
            self._watch.join()
        log.info("Timers have stopped.", extra={"action": "scheduler_stopped"})

    def lapse(self) -> int:
        """Lets everything that is due take effect, batch by batch, while the clock can be trusted. Returns how many timers."""
        total = 0
        while self._something_is_due() and self._clock_watch.judge().trusted:
            done = timers.lapse_due(self.database)
            if done == 0:  # the rest is in the hands of another worker
                break
            total += done
            self._last_tick = time.monotonic()
            if self._stopping.wait(BETWEEN_BATCHES):
                break
        if total:
            log.info("Timers that took effect: %d.", total, extra={"action": "timers_lapsed", "count": total})
        return total

    def housekeeping(self) -> int:
        """Open deadlines follow the law as it stands now. Returns how many moved."""
        if not self._clock_watch.judge().trusted:
            return 0
        done = law.reproject_open(self.database)
        if done["moved"]:
            log.info(
                "Deadlines that moved with the law: %d.",
                done["moved"],
                extra={"action": "deadlines_reprojected", "count": done["moved"]},
            )
        return int(done["moved"])

    def deliver(self) -> deliveries.Deliveries:
        """Delivers what waits in the outbox."""
        return deliveries.deliver_all_due(self.database, stopping=self._stopping.is_set)

    def run_once(self) -> TickReport:
        """One pass of everything, in this thread, for those who tick from outside. Nothing lapses before the last recorded event."""
        lapsed = self.lapse()
        moved = self.housekeeping()
        done = self.deliver()
        return TickReport(lapsed, moved, done.delivered, done.given_up, self._clock_watch.judge())

    def _something_is_due(self) -> bool:
        due = timers.next_due(self.database)  # a read: an idle second takes no lock
        return due is not None and due <= self.database.clock.now()

    def _safely(self, name: str, act: Callable[[], Any]) -> Callable[[], None]:
        def tick() -> None:
            self._last_tick = time.monotonic()
            try:
                act()
            except Exception:
                log.exception(
                    "The tick %s failed; the next one tries again.", name, extra={"action": "tick_failed", "tick": name}
                )

        return tick

    def _wake_when_silent(self) -> None:
        while not self._stopping.wait(WATCH_EVERY):
            if time.monotonic() - self._last_tick > SILENCE:
                log.warning("No tick for a while: woken up.", extra={"action": "scheduler_woken"})
                for job in self._jobs.get_jobs():
                    job.modify(next_run_time=SystemClock().now())


def newest_event(database: Database) -> datetime | None:
    """The instant of the newest line of any trail. Reads all of them: for the start of a process only."""
    with database.read(SYSTEM_ACTOR) as tx:
        newest = tx.connection.execute(select(func.max(event.c.at))).scalar_one_or_none()
    return newest if newest is None or isinstance(newest, datetime) else datetime.fromisoformat(newest)


def time_of_server(database: Database) -> datetime | None:
    """What the clock of the PostgreSQL server says, which may be another machine; None on SQLite."""
    with database.read(SYSTEM_ACTOR) as tx:
        if not tx.is_postgresql:
            return None
        told: datetime = tx.connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return told.astimezone(UTC)


def _background_scheduler() -> BackgroundScheduler:
    return BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(max_workers=3)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
        daemon=True,
    )
