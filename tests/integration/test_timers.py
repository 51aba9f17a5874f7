"""Timers take effect once, never early, never lost, oldest first; a broken case stays alone with its trouble."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from engine import migrations
from engine.apply import load_case_by_number
from engine.commands import definitions, law, timers
from engine.database import Database
from engine.errors import Conflict
from engine.tables import case_, event, incident, outbox, timer
from tests.diagrams import Diagram
from tests.integration.house_of_cases import House, Killed, answer, failing_at, lapse, starting, together, user
from workflows.law.calendar_days import CalendarDay

MICROSECOND = timedelta(microseconds=1)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(any_database):
    return House(any_database)


def lapses(house, element=None):
    """How often each timer of each case took effect."""
    query = select(event.c.trail_id, event.c.body).where(event.c.type == "timer_lapsed")
    found: dict[tuple[int, str], int] = {}
    for trail_id, body in house.rows(query):
        key = (trail_id, json.loads(body)["element"])
        if element in (None, key[1]):
            found[key] = found.get(key, 0) + 1
    return found


# --- when ------------------------------------------------------------------------------------------------------------


def test_a_timer_lapses_at_the_end_of_the_day_in_vietnam_and_not_a_microsecond_before(house):
    number = house.start("cut_off", on="2026-06-01")  # fifteen days: Tuesday 16 June is the last
    due = house.it_is("2026-06-17 00:00")
    assert timers.next_due(house.database) == due
    house.clock.set(due - MICROSECOND)
    assert house.tick() == 0
    assert house.types(number) == ["case_started"]
    house.clock.set(due)
    assert house.tick() == 1
    assert house.types(number) == ["case_started", "timer_lapsed"]
    assert house.last_line(number)["at"] == "2026-06-16T17:00:00.000000Z"
    assert house.last_line(number)["due_at"] == "2026-06-16T17:00:00+00:00"
    house.holds()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Apia"])
def test_the_zone_of_the_machine_does_not_matter(sqlite_database, zone, monkeypatch):
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        house = House(sqlite_database)
        house.start("errand")
        assert timers.next_due(house.database) == house.it_is(
            "2026-06-12 00:00"
        )  # two working days before the sixteenth
    finally:
        monkeypatch.undo()
        time.tzset()


def test_whoever_finishes_in_the_last_microsecond_was_in_time(house):
    number, late = house.start("cut_off"), house.start("stage")
    house.clock.set(house.it_is("2026-06-17 00:00") - MICROSECOND)
    house.complete("lan", number, "work")
    assert (house.clock_of(number).status, house.case(number).status) == ("met", "completed")
    house.complete("lan", late, "prepare")
    house.clock.advance(MICROSECOND)
    assert house.tick() == 2
    for step in ("first", "second", "finish"):
        house.complete("lan", late, step)
    assert (house.clock_of(late).status, house.case(late).status) == ("met_late", "completed")
    house.holds()


def test_a_duty_without_a_timer_at_its_end_is_late_from_that_instant_on(house):
    in_time, late = house.start("remind"), house.start("remind")
    end = house.it_is("2026-06-17 00:00")
    house.clock.set(end - MICROSECOND)
    house.complete("lan", in_time, "work")
    house.clock.set(end)
    house.complete("lan", late, "work")
    assert [house.clock_of(number).status for number in (in_time, late)] == ["met", "met_late"]


def test_a_timer_whose_work_was_done_is_gone(house):
    number = house.start("cut_off")
    house.complete("lan", number, "work")
    house.it_is("2027-01-01 00:00")
    assert house.tick() == 0
    assert timers.next_due(house.database) is None
    assert house.types(number) == ["case_started", "work_item_completed"]


# --- once ------------------------------------------------------------------------------------------------------------


def test_eight_threads_let_each_timer_take_effect_once(any_database):
    house = House(any_database)
    numbers = house.start_many("cut_off", [{"place": n} for n in range(60)])
    house.it_is("2026-06-17 00:00")

    def work():
        while timers.next_due(any_database) is not None:
            timers.lapse_due(any_database, 7)

    assert together([work] * 8) == [None] * 8
    assert lapses(house) == {(house.id_of(number), "over"): 1 for number in numbers}
    assert {tuple(house.open_work(number)) for number in numbers} == {("after",)}
    house.holds()


WORKER = """
import sys
from datetime import datetime
from engine.commands import timers
from engine.database import Database
from engine.time.clock import VirtualClock

now = datetime.fromisoformat(sys.argv[2])
database = Database(sys.argv[1], VirtualClock(now))
print("ready", flush=True)
sys.stdin.readline()
looked_at = 0
while (due := timers.next_due(database)) is not None and due <= now:
    looked_at += timers.lapse_due(database, 10)
print(looked_at)
"""


def test_four_processes_let_each_of_three_hundred_timers_take_effect_once(postgresql_database):
    house = House(postgresql_database)
    numbers = house.start_many("cut_off", [{"place": n} for n in range(300)])
    now = house.it_is("2026-06-17 00:00")
    url = postgresql_database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-W", "error", "-c", WORKER, url, now.isoformat()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **pipes) for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    looked_at = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert sum(looked_at) >= 300
    assert sum(each > 0 for each in looked_at) >= 2, "they did not work at the same time"
    assert lapses(house) == {(house.id_of(number), "over"): 1 for number in numbers}
    house.holds()


def test_a_worker_does_not_wait_for_a_case_that_somebody_has_in_hand(postgresql_database):
    house = House(postgresql_database)
    held, free = house.start_many("cut_off", [{}, {}])
    house.it_is("2026-06-17 00:00")
    with postgresql_database.begin(house.actor("lan")) as tx:
        load_case_by_number(tx, held)
        worker = threading.Thread(target=house.tick)
        worker.start()
        worker.join(20)
        assert not worker.is_alive()
        assert (house.open_work(held), house.open_work(free)) == (["work"], ["after"])
    house.tick()
    assert house.open_work(held) == ["after"]


def test_a_worker_that_dies_leaves_its_batch_to_the_next(any_database):
    house = House(any_database)
    numbers = house.start_many("cut_off", [{}] * 5)
    house.it_is("2026-06-17 00:00")
    with failing_at(any_database, 25), pytest.raises(Killed):
        timers.lapse_due(any_database)
    assert lapses(house) == {}
    house.tick()
    assert lapses(house) == {(house.id_of(number), "over"): 1 for number in numbers}


# --- in what order, and beside what else -------------------------------------------------------------------------------


def test_the_oldest_comes_first_whatever_the_order_of_filing(house):
    days = ["2026-06-04", "2026-06-01", "2026-06-03", "2026-06-02"]
    numbers = dict(zip(days, house.start_many("cut_off", [{"on": day} for day in days]), strict=True))
    house.it_is("2026-07-01 00:00")
    for day in sorted(days):
        assert timers.lapse_due(house.database, 1) == 1
        assert house.last_line(numbers[day])["type"] == "timer_lapsed"
    assert timers.lapse_due(house.database) == 0


def test_after_a_long_downtime_everything_lapses_once_while_people_file(any_database):
    house = House(any_database)
    numbers = house.start_many("errand", [{}] * 60)
    house.it_is("2026-07-01 08:00")
    drain = threading.Thread(target=lambda: [timers.lapse_due(any_database, 20) for _ in range(40)])
    drain.start()
    filed = [house.start("shout") for _ in range(10)]
    drain.join()
    house.tick()
    assert house.numbers("shout") == filed
    places = ("work_near", "work_late", "work_later")
    assert lapses(house) == {(house.id_of(number), place): 1 for number in numbers for place in places}
    assert len(house.numbers("referral")) == 60
    assert house.count(outbox) == 120
    house.holds()


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_poisoned_case_is_set_aside_after_three_attempts_and_its_neighbours_are_done(house):
    before, poisoned, after = house.start_many("fragile", [{"number": 1}, {"number": "x"}, {"number": 2}])
    house.it_is("2026-06-17 00:00")
    for attempt in (1, 2, 3):
        assert house.incidents() == []
        house.tick()
        row = house.rows(select(timer))[0]
        assert row.attempts == attempt
        house.clock.advance(timedelta(minutes=5) - MICROSECOND)
        assert house.tick() == 0
        house.clock.advance(MICROSECOND)
    assert (row.due_at, house.incidents()) == (None, ["timer_failed"])
    assert "due" in house.rows(select(incident.c.what))[0].what
    assert lapses(house) == {(house.id_of(number), "due"): 1 for number in (before, after)}
    assert house.types(poisoned) == ["case_started"]
    house.clock.advance(timedelta(days=400))
    assert house.tick() == 0
    house.holds()
    house.complete("lan", poisoned, "work")  # its people can still finish it
    assert house.case(poisoned).status == "completed"
    house.holds()


def test_a_timer_that_failed_halfway_does_not_spoil_the_next_of_its_case(house):
    """The second of three fails after the case was written: the third must not go on from there."""
    diagram = Diagram("noisy").start()
    user(diagram, "work").boundary("near", "work", "before('answer', '2 wd')").end().chain("s", "work", "e")
    diagram.throw("call", "called", gt__payload="{'a': 1}").end("called_up").chain("near", "call", "called_up")
    diagram.boundary("early", "work", "day_of('answer', '3 cd')").boundary("late", "work", "deadline('answer')")
    diagram.node("endEvent", "begun", diagram._message("reminder"), gt__payload="{'text_vi': 'Ngày thứ ba'}")
    diagram.chain("early", "begun")
    diagram.node("endEvent", "told", diagram._message("reminder"), gt__payload="{'text_vi': 'Quá hạn'}").chain(
        "late", "told"
    )
    source = diagram.source(deadlines=(answer(met_by=["work"]),))
    house.do("admin", "publish", lambda tx: definitions.publish(tx, source))
    number = house.start("noisy")
    house.it_is("2026-06-17 00:00")
    house.tick()
    assert lapses(house) == {(house.id_of(number), "early"): 1, (house.id_of(number), "late"): 1}
    assert house.count(outbox) == 2
    assert house.rows(select(timer.c.element, timer.c.attempts).where(timer.c.attempts > 0)) == [("near", 1)]
    house.holds()


def test_an_altered_case_does_not_hold_up_the_others(house):
    altered, sound = house.start_many("cut_off", [{}, {}])
    with house.database.engine.begin() as connection:
        connection.execute(update(case_).where(case_.c.number == altered), {"frontier": b"{}"})
    house.it_is("2026-06-17 00:00")
    for _ in range(3):
        house.tick()
        house.clock.advance(timedelta(minutes=5))
    assert house.open_work(sound) == ["after"]
    assert house.incidents() == ["timer_failed"]
    assert house.case(altered).frontier == b"{}"


@contextmanager
def lost_races(database, table, times):
    """Writing to this table fails as it does when another transaction was first."""
    left = [times]

    def before(_connection, _cursor, sql, *_rest):
        if sql.startswith(f"INSERT INTO {table}") and left[0]:
            left[0] -= 1
            raise OperationalError(sql, {}, sqlite3.OperationalError("database is locked"))

    sqlalchemy_event.listen(database.engine, "before_cursor_execute", before)
    try:
        yield left
    finally:
        sqlalchemy_event.remove(database.engine, "before_cursor_execute", before)


@pytest.mark.parametrize("times", [2, 7, 9])
def test_a_lost_race_is_not_held_against_the_case(house, times):
    """Two: the batch is tried again. More than six: the batch is given up, then each timer alone; still no attempt is counted."""
    number = house.start("fragile", number=1)
    house.it_is("2026-06-17 00:00")
    with lost_races(house.database, "event", times) as left:
        timers.lapse_due(house.database)
    assert left == [0]
    assert lapses(house) == {(house.id_of(number), "due"): 1}
    assert house.rows(select(timer)) == []
    house.holds()


# --- suspended cases -------------------------------------------------------------------------------------------------


def test_a_suspended_case_does_not_lapse(house):
    number, other = house.start("errand"), house.start("errand")
    house.it_is("2026-06-10 09:00")
    house.override("chief", "suspend", number)
    house.it_is("2026-08-01 00:00")
    house.tick()
    assert house.types(number) == ["case_started", "case_suspended"]
    assert house.types(other).count("timer_lapsed") == 3
    assert timers.next_due(house.database) is None or house.clock_of(number).due_at is None
    house.override("chief", "resume", number)
    assert str(house.clock_of(number).due_on) == "2026-08-07"  # six of fifteen days were left
    house.it_is("2026-08-08 00:00")
    house.tick()
    assert house.clock_of(number).status == "lapsed"
    house.holds()


def test_what_follows_on_a_lapse_waits_too_while_the_case_is_suspended(house):
    number = house.start("errand")
    house.it_is("2026-06-17 00:00")
    house.tick()
    assert lapses(house).keys() == {(house.id_of(number), "work_near"), (house.id_of(number), "work_late")}
    house.override("chief", "suspend", number)
    house.it_is("2026-07-01 00:00")
    assert house.tick() == 0
    assert timers.next_due(house.database) is None
    house.override("chief", "resume", number)
    assert house.tick() == 1
    assert (house.id_of(number), "work_later") in lapses(house)
    house.holds()


def test_a_clock_that_begins_in_a_suspended_case_stands_still_until_it_is_resumed(any_database):
    house = House(any_database)
    diagram = Diagram("later").start().receive("hear", "replied")
    user(diagram, "work").boundary("late", "work", "deadline('answer')").end()
    diagram.node("endEvent", "referred", diagram._message("deadline_lapsed"), **lapse("answer"))
    diagram.chain("s", "hear", "work", "e").chain("late", "referred")
    rules = (answer(starts="case.started_at", met_by=["work"]),)
    house.do("admin", "publish", lambda tx: definitions.publish(tx, diagram.source(deadlines=rules)))
    number = house.start("later")
    reply = _tell(house, number)
    house.override("chief", "suspend", number)
    reply()
    assert (house.open_work(number), house.clock_of(number).status) == (["work"], "suspended")
    house.it_is("2026-08-01 00:00")
    assert house.tick() == 0
    house.override("chief", "resume", number)
    assert house.clock_of(number).status == "running"
    assert house.clock_of(number).due_on > date(2026, 8, 1)
    house.holds()


def _tell(house, number):
    """Something that sends `replied` to this case."""
    replying = house.do("system", "start", starting("reply", message="asked", case=number))["case"]
    return lambda: house.complete("lan", replying, "write", {"content": "Đã trả lời."})


# --- before an officer's act -----------------------------------------------------------------------------------------


def test_what_is_due_happens_before_the_officer_acts(house):
    number = house.start("errand")
    house.it_is("2026-06-17 08:00")  # no worker came by
    house.complete("lan", number, "work")
    assert house.types(number) == ["case_started", "timer_lapsed", "timer_lapsed", "work_item_completed"]
    lines = house.rows(select(event.c.actor).where(event.c.trail_id == house.id_of(number)).order_by(event.c.seq))
    assert [line.actor for line in lines] == ["system", "system", "system", "lan"]
    house.tick()  # the clock is also told at the step that has just begun, but the lapse is the same
    assert len(house.numbers("referral")) == 1
    house.holds()


def test_work_that_a_deadline_has_just_taken_away_cannot_be_done(house):
    number = house.start("cut_off")
    house.it_is("2026-06-17 08:00")
    with pytest.raises(Conflict) as refusal:
        house.complete("lan", number, "work")
    assert refusal.value.code == "lapsed_meanwhile"
    house.tick()
    assert house.open_work(number) == ["after"]
    with pytest.raises(Conflict) as refusal:
        house.complete("lan", number, "work")
    assert refusal.value.code == "work_item_closed"
    house.holds()


# --- when the law changes in between -----------------------------------------------------------------------------------


def test_a_timer_that_the_law_has_moved_meanwhile_does_not_fire_but_is_set_anew_with_a_trace(house):
    number = house.start("cut_off", on="2026-06-02")  # due Wednesday 17 June
    day = CalendarDay(date(2026, 6, 17), "holiday", "Nghỉ bổ sung", "An extra holiday", "Quyết định 1/QĐ-TTg", "V")
    house.do("admin", "day", lambda tx: law.set_calendar_day(tx, day))
    house.it_is("2026-06-18 00:00")
    assert house.tick() == 1
    assert house.types(number) == ["case_started", "deadline_reprojected"]
    assert house.last_line(number)["changes"] == [{"deadline": "answer", "from": "2026-06-17", "to": "2026-06-18"}]
    assert house.last_line(number)["actor"]["id"] == "system"
    assert house.tick() == 0
    house.holds()
    house.it_is("2026-06-19 00:00")
    assert house.tick() == 1
    assert house.types(number)[-1] == "timer_lapsed"
    house.holds()


def test_the_worker_and_the_clerk_of_the_law_do_not_tell_it_twice(house):
    number = house.start("cut_off", on="2026-06-02")
    day = CalendarDay(date(2026, 6, 17), "holiday", "Nghỉ bổ sung", "An extra holiday", "Quyết định 1/QĐ-TTg", "V")
    house.do("admin", "day", lambda tx: law.set_calendar_day(tx, day))
    house.it_is("2026-06-18 00:00")
    results = together([house.tick, lambda: law.reproject_open(house.database)])
    assert not any(isinstance(result, Exception) for result in results)
    assert house.types(number) == ["case_started", "deadline_reprojected"]
    assert house.rows(select(func.count()).select_from(timer))[0][0] == 1
    house.holds()


def test_a_worker_without_a_clock_of_its_own_uses_that_of_the_machine(sqlite_url):
    migrations.upgrade(sqlite_url)
    database = Database(sqlite_url)
    assert timers.lapse_all_due(database) == 0
    database.dispose()
