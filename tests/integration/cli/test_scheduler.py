"""The metronome: what is due takes effect in time, nothing does while the clock is suspect, and a bad tick is one bad tick."""

import logging
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from engine import scheduler as metronome
from engine.authority import SYSTEM_ACTOR
from engine.scheduler import Scheduler
from engine.time.clock import SystemClock, VirtualClock
from engine.time.time_guard import TimeGuard
from tests.integration.cli.conftest import wait_until

TRUSTING = TimeGuard(largest_jump=timedelta(days=10_000))
PAUSE = 0.6  # seconds within which a tick would have come: they are made faster here


@pytest.fixture
def database(system, monkeypatch):
    """With a request whose first limit ends in a week; ticks come faster than in life."""
    monkeypatch.setattr(metronome, "LAPSE_EVERY", 0.1)
    with system.open() as database:
        system.number = system.a_case()
        yield database


@pytest.fixture
def running():
    """Starts schedulers and stops them in the end."""
    started = []

    def start(scheduler: Scheduler) -> Scheduler:
        scheduler.start()
        started.append(scheduler)
        return scheduler

    yield start
    for scheduler in started:
        scheduler.stop()


def test_a_due_timer_takes_effect_by_itself_and_once(system, database, running):
    due_in(database, system.number, timedelta(seconds=1))
    running(Scheduler(database))
    running(Scheduler(database))
    wait_until(lambda: lapses(database, system.number), "the lapse", 10)
    time.sleep(PAUSE)

    ((at, due_at),) = lapses(database, system.number)
    assert timedelta(0) <= at - due_at < timedelta(seconds=2)


def test_nothing_lapses_when_the_clock_jumps_forward_until_somebody_vouches_for_it(system, database, running, caplog):
    """Eleven days at once: no lapse, an alarm. After a restart the clock is vouched for."""
    database.clock = VirtualClock(database.clock.now())
    suspicious = running(Scheduler(database))
    database.clock.advance(timedelta(days=11))
    with caplog.at_level(logging.ERROR, "engine.scheduler"):
        wait_until(lambda: "clock jumped forward" in caplog.text, "the alarm", 10)
        time.sleep(PAUSE)

    assert lapses(database, system.number) == []
    assert caplog.text.count("clock jumped forward") == 1, "an alarm every few minutes, not every second"
    suspicious.stop()
    running(Scheduler(database))
    wait_until(lambda: len(lapses(database, system.number)) >= 2, "the lapses", 20)


def test_a_clock_that_is_set_right_again_is_trusted_again(system, database):
    database.clock = VirtualClock(database.clock.now())
    scheduler = Scheduler(database)
    right = database.clock.now()
    due_in(database, system.number, timedelta(seconds=-1))

    database.clock.advance(timedelta(days=2))
    assert scheduler.lapse() == 0
    database.clock.set(right - timedelta(days=2))
    assert scheduler.lapse() == 0
    database.clock.set(right)
    assert scheduler.lapse() == 1


def test_before_the_last_recorded_event_nothing_lapses_and_tick_says_so(system, database):
    due_in(database, system.number, timedelta(days=-30))
    database.clock = VirtualClock(database.clock.now() - timedelta(days=1))
    report = Scheduler(database).run_once()

    assert (report.lapsed, report.clock.reason) == (0, "before_last_event")


def test_tick_says_when_the_clock_is_suspect(system, database):
    change(database, "DROP TRIGGER event_no_UPDATE")
    change(database, "UPDATE event SET at = '2999-01-01T00:00:00.000000Z' WHERE trail_id = 0 AND seq = 1")
    due_in(database, system.number, timedelta(days=-1))
    code, said = system.run("tick")

    assert (code, "Timers: 0;" in said, "Đồng hồ hệ thống chậm hơn" in said) == (4, True, True)


class ElevenDaysAhead(SystemClock):
    """The clock of a machine on which somebody has set it wrong."""

    def now(self) -> datetime:
        return super().now() + timedelta(days=11)


def test_the_clock_of_the_postgresql_server_is_the_second_opinion(postgresql_database):
    postgresql_database.clock = ElevenDaysAhead()
    wrong = metronome.ClockWatch(postgresql_database, TimeGuard(), metronome.elapsed).judge()
    postgresql_database.clock = SystemClock()
    right = metronome.ClockWatch(postgresql_database, TimeGuard(), metronome.elapsed).judge()

    assert (wrong.reason, right.reason) == ("jumped_forward", "steady")


def test_slow_drift_is_taken_over_every_hour_and_a_jump_is_not(system, database):
    """Twenty seconds an hour for a month: trusted. The same distance at once: not."""
    passed = [0.0]
    database.clock = VirtualClock(database.clock.now())
    watch = metronome.ClockWatch(database, TimeGuard(), lambda: passed[0])
    for _hour in range(24 * 30):
        passed[0] += 3600
        database.clock.advance(timedelta(seconds=3620))
        assert watch.judge().trusted
    database.clock.advance(timedelta(hours=4))
    assert not watch.judge().trusted
    passed[0] += 7200
    database.clock.advance(timedelta(hours=2))
    assert not watch.judge().trusted


def test_a_machine_that_slept_is_no_clock_that_jumped(system, database):
    """Elapsed time counts the sleep, so that wall clock and elapsed time go together."""
    passed = [0.0]
    database.clock = VirtualClock(database.clock.now())
    scheduler = Scheduler(database, read_elapsed=lambda: passed[0])
    passed[0] += timedelta(days=20).total_seconds()
    database.clock.advance(timedelta(days=20))

    assert scheduler.lapse() > 0
    assert metronome.elapsed() > 0


def test_a_tick_that_fails_is_logged_and_the_next_one_goes_on(system, database, running, caplog):
    with caplog.at_level(logging.ERROR, "engine.scheduler"):
        change(database, "ALTER TABLE timer RENAME TO hidden")
        running(Scheduler(database))
        wait_until(lambda: "The tick lapse failed" in caplog.text, "the failure", 10)
        change(database, "ALTER TABLE hidden RENAME TO timer")
    due_in(database, system.number, timedelta(seconds=-1))

    wait_until(lambda: lapses(database, system.number), "the lapse", 10)


def test_a_scheduler_that_has_fallen_silent_is_woken(system, database, running, monkeypatch):
    """As after a wall clock that was turned back by a day: the next tick would come tomorrow."""
    monkeypatch.setattr(metronome, "SILENCE", 0.3)
    monkeypatch.setattr(metronome, "WATCH_EVERY", 0.1)
    scheduler = running(Scheduler(database))
    for job in scheduler._jobs.get_jobs():
        job.modify(next_run_time=database.clock.now() + timedelta(days=1))
    due_in(database, system.number, timedelta(seconds=-1))

    wait_until(lambda: lapses(database, system.number), "the lapse", 10)


def test_many_overdue_timers_are_drained_while_others_write(system, database, running):
    numbers = [system.a_case() for _ in range(30)]
    change(database, "UPDATE timer SET due_at = '2026-01-01T00:00:00.000000Z'")
    running(Scheduler(database))
    written = [system.a_case() for _ in range(5)]

    wait_until(lambda: all(lapses(database, number) for number in numbers), "the herd", 60)
    assert len(written) == 5


def test_one_pass_from_the_command_line_does_everything(system, database):
    due_in(database, system.number, timedelta(seconds=-1))
    first, second = system.run("tick"), system.run("tick")

    assert (first[0], "Timers: 1;" in first[1], "delivered: 2;" in first[1]) == (0, True, True)
    assert (second[0], "Timers: 0;" in second[1], "delivered: 0;" in second[1]) == (0, True, True)


def test_the_clock_is_vouched_for_by_a_guard_that_can_be_given(database):
    database.clock = VirtualClock(database.clock.now())
    scheduler = Scheduler(database, TRUSTING)
    database.clock.advance(timedelta(days=11))

    assert scheduler.lapse() > 0


def due_in(database, number: str, delay: timedelta) -> None:
    """Moves the first timer of the case: a test cannot wait for days."""
    due = (database.clock.now() + delay).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    query = """UPDATE timer SET due_at = :due WHERE case_id = (SELECT id FROM case_ WHERE number = :number) AND token =
        (SELECT min(token) FROM timer t WHERE t.case_id = timer.case_id)"""
    change(database, query, due=due, number=number)


def change(database, query: str, **values) -> None:
    with database.begin(SYSTEM_ACTOR) as tx:
        tx.connection.execute(text(query), values)


def lapses(database, number: str) -> list[tuple[datetime, datetime]]:
    """(when it took effect, when it was due) of each lapse of the case."""
    query = """SELECT e.at, json_extract(e.body, '$.due_at') FROM event e JOIN case_ c ON c.id = e.trail_id
        WHERE c.number = :number AND e.type = 'timer_lapsed' ORDER BY e.seq"""
    with database.read(SYSTEM_ACTOR) as tx:
        rows = tx.connection.execute(text(query), {"number": number}).all()
    return [(datetime.fromisoformat(at), datetime.fromisoformat(due)) for at, due in rows]
