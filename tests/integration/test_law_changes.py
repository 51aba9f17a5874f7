"""The law changes while cases run: open deadlines follow with a trace, old ones do not, and a crash in between is made good."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select, text, update

from engine import commands
from engine.commands import definitions, law
from engine.errors import Forbidden, Invalid
from engine.tables import calendar_day, case_, deadline, event, incident, legal_parameter, timer
from tests.diagrams import Diagram
from tests.integration.house_of_cases import House, Killed, answer, failing_at, user
from workflows.law.calendar_days import CalendarDay
from workflows.law.legal_parameters import load_parameters


@pytest.fixture
def house(any_database):
    return House(any_database)


def holiday(day, kind="holiday"):
    return CalendarDay(date.fromisoformat(day), kind, "Nghỉ bổ sung", "An extra day", "Quyết định 1/QĐ-TTg", "V")


def declare(house, day, kind="holiday"):
    house.do("admin", "day", lambda tx: law.set_calendar_day(tx, holiday(day, kind)))


def explain(**changes):
    return replace(next(each for each in load_parameters() if each.id == "explain"), **changes)


def due(house, number):
    return str(house.clock_of(number).due_on)


def alarms(house, number):
    query = select(timer.c.element, timer.c.due_at).where(timer.c.case_id == house.id_of(number))
    return {row.element: row.due_at and row.due_at.isoformat() for row in house.rows(query)}


def noticing():
    """Five working days."""
    diagram = Diagram("notice").start()
    user(diagram, "work").boundary("late", "work", "deadline('answer')").end().chain("s", "work", "e")
    diagram.node("endEvent", "told", diagram._message("reminder"), gt__payload="{'text_vi': 'Quá hạn'}").chain(
        "late", "told"
    )
    return diagram.source(deadlines=(answer(parameter="ack_accept_refuse", met_by=["work"]),))


# --- the calendar ----------------------------------------------------------------------------------------------------


def test_a_late_decree_moves_open_deadlines_and_says_from_when_to_when(house):
    number = house.start("errand", on="2026-06-02")
    assert due(house, number) == "2026-06-17"
    assert alarms(house, number)["work_late"] == "2026-06-17T17:00:00+00:00"
    declare(house, "2026-06-17")
    assert due(house, number) == "2026-06-17", "nothing moves before the deadlines are projected anew"
    assert law.reproject_open(house.database) == {"seen": 1, "moved": 1}
    assert due(house, number) == "2026-06-18"
    assert alarms(house, number) == {
        "work_near": "2026-06-14T17:00:00+00:00",  # 17 June is no longer one of the two working days before
        "work_late": "2026-06-18T17:00:00+00:00",
        "work_later": "2026-06-22T17:00:00+00:00",
    }
    line = house.last_line(number)
    assert (line["type"], line["actor"]["id"]) == ("deadline_reprojected", "system")
    assert line["changes"] == [{"deadline": "answer", "from": "2026-06-17", "to": "2026-06-18"}]
    assert house.case(number).next_due == house.clock_of(number).due_at
    assert law.reproject_open(house.database) == {"seen": 0, "moved": 0}
    house.holds()


def test_working_days_follow_holidays_in_between_and_saturdays_that_are_worked(house):
    house.do("admin", "publish", lambda tx: definitions.publish(tx, noticing()))
    number = house.start("notice")
    assert due(house, number) == "2026-06-08"
    declare(house, "2026-06-03")
    law.reproject_open(house.database)
    assert due(house, number) == "2026-06-09"
    declare(house, "2026-06-06", "swapped_work")
    law.reproject_open(house.database)
    assert due(house, number) == "2026-06-08"
    assert house.types(number).count("deadline_reprojected") == 2
    house.holds()


def test_only_running_deadlines_follow(house):
    done, lapsed, suspended, untouched, running = house.start_many("errand", [
        {"on": "2026-06-02"}, {"on": "2026-05-04"}, {"on": "2026-06-02"}, {"on": "2026-06-08"}, {"on": "2026-06-02"},
    ])  # fmt: skip
    for who, step in (("lan", "work"), ("head", "check")):
        house.complete(who, done, step)
    house.tick()
    house.override("chief", "suspend", suspended)
    before = {number: house.clock_of(number) for number in (done, lapsed, suspended)}
    declare(house, "2026-06-17")
    assert law.reproject_open(house.database) == {"seen": 2, "moved": 1}
    assert {number: house.clock_of(number) for number in before} == before
    assert (due(house, untouched), due(house, running)) == ("2026-06-23", "2026-06-18")
    moved = house.rows(
        select(case_.c.number).join(event, event.c.trail_id == case_.c.id).where(event.c.type == "deadline_reprojected")
    )
    assert moved == [(running,)]
    house.override("chief", "resume", suspended)
    assert due(house, suspended) == "2026-06-18", "what stood still takes the new calendar when it runs again"
    house.holds()


def test_a_lapsed_deadline_stays_as_it_is_beside_one_that_follows(house):
    diagram = Diagram("pair").start().parallel("split")
    for place in ("first", "second"):
        user(diagram, place).boundary(f"{place}_late", place, f"deadline('{place}')").end(f"{place}_done")
        diagram.node("endEvent", f"{place}_told", diagram._message("reminder"), gt__payload="{'text_vi': 'Quá hạn'}")
        diagram.chain("split", place, f"{place}_done").chain(f"{place}_late", f"{place}_told")
    rules = tuple(answer(id=place, starts=f"start.{place}", met_by=[place]) for place in ("first", "second"))
    house.do("admin", "publish", lambda tx: definitions.publish(tx, diagram.flow("s", "split").source(deadlines=rules)))
    number = house.start("pair", first="2026-05-20", second="2026-06-02")
    house.it_is("2026-06-05 00:00")
    house.tick()
    lapsed = house.clock_of(number, "first")
    assert (lapsed.status, str(lapsed.due_on)) == ("lapsed", "2026-06-04")
    declare(house, "2026-06-04")
    declare(house, "2026-06-17")
    law.reproject_open(house.database)
    assert house.clock_of(number, "first") == lapsed
    assert str(house.clock_of(number, "second").due_on) == "2026-06-18"
    house.holds()


def test_a_deadline_that_moved_into_the_past_lapses_with_the_next_tick(house):
    number = house.start("errand", on="2026-06-04")  # Friday 19 June
    declare(house, "2026-06-19")
    law.reproject_open(house.database)
    assert due(house, number) == "2026-06-22"
    house.it_is("2026-06-21 09:00")
    house.tick()
    assert house.clock_of(number).status == "running"
    declare(house, "2026-06-19", "swapped_work")  # the decree is taken back
    law.reproject_open(house.database)
    assert due(house, number) == "2026-06-19"
    assert house.tick() == 1
    assert house.clock_of(number).status == "lapsed"
    house.holds()


# --- crashes and broken cases ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 2, 200])
def test_a_crash_in_the_middle_is_made_good_by_repeating(house, batch):
    numbers = house.start_many("errand", [{"on": "2026-06-02"}] * 5)
    declare(house, "2026-06-17")
    written = []

    def third_line(sql):
        written.extend([sql] if sql.startswith("INSERT INTO event") else [])
        return len(written) == 3

    with failing_at(house.database, third_line), pytest.raises(Killed):
        law.reproject_open(house.database, batch)
    finished = [number for number in numbers if due(house, number) == "2026-06-18"]
    assert len(finished) == (2 // batch) * batch
    house.holds()
    assert law.reproject_open(house.database, batch) == {"seen": 5 - len(finished), "moved": 5 - len(finished)}
    assert {due(house, number) for number in numbers} == {"2026-06-18"}
    assert {tuple(house.types(number)) for number in numbers} == {("case_started", "deadline_reprojected")}
    house.holds()


def test_a_broken_case_does_not_hold_up_the_others(house):
    numbers = house.start_many("errand", [{"on": "2026-06-02"}] * 3)
    with house.database.engine.begin() as connection:
        connection.execute(update(case_).where(case_.c.number == numbers[1]), {"frontier": b"{}"})
    declare(house, "2026-06-17")
    assert law.reproject_open(house.database) == {"seen": 3, "moved": 2}
    assert law.reproject_open(house.database) == {"seen": 1, "moved": 0}
    assert [due(house, number) for number in numbers] == ["2026-06-18", "2026-06-17", "2026-06-18"]
    assert house.incidents() == ["deadline_not_reprojected"]
    assert numbers[1] in house.rows(select(incident.c.what))[0].what


# --- parameters ------------------------------------------------------------------------------------------------------


def test_a_new_time_limit_holds_for_what_is_received_from_its_day_on(house):
    old = house.start("errand", on="2026-06-25")
    house.do("admin", "law", lambda tx: law.set_parameter(tx, explain(value=20, effective_from=date(2026, 7, 1))))
    assert law.reproject_open(house.database) == {"seen": 1, "moved": 0}
    house.it_is("2026-06-30 23:59:59")
    last = house.start("errand", on="2026-07-01")
    house.it_is("2026-07-01 00:00")
    first = house.start("errand", on="2026-07-01")
    received_before = house.start("errand", on="2026-07-01", received_at="2026-06-30T16:00:00+07:00")
    assert [due(house, number) for number in (old, last, first, received_before)] == [
        "2026-07-10", "2026-07-16", "2026-07-21", "2026-07-16",
    ]  # fmt: skip
    kept = house.rows(
        select(legal_parameter.c.effective_from, legal_parameter.c.effective_to)
        .where(legal_parameter.c.id == "explain")
        .order_by(legal_parameter.c.effective_from)
    )
    assert kept == [(date(2019, 8, 15), date(2026, 6, 30)), (date(2026, 7, 1), None)]
    house.holds()


def test_a_time_limit_that_was_entered_wrongly_is_corrected_for_those_that_run(house):
    number = house.start("errand", on="2026-06-03")
    house.do("admin", "law", lambda tx: law.set_parameter(tx, explain(value=10)))
    law.reproject_open(house.database)
    assert due(house, number) == "2026-06-15"  # the thirteenth is a Saturday
    house.do("admin", "law", lambda tx: law.set_parameter(tx, explain(value=15)))
    law.reproject_open(house.database)
    assert due(house, number) == "2026-06-18"
    assert house.types(number) == ["case_started", "deadline_reprojected", "deadline_reprojected"]
    house.holds()


def test_periods_of_one_time_limit_do_not_overlap(house):
    before = house.dump()
    with pytest.raises(Invalid) as refusal:
        house.do("admin", "law", lambda tx: law.set_parameter(tx, explain(effective_from=date(2019, 1, 1))))
    assert refusal.value.code == "parameter_overlaps"
    assert house.dump() == before


# --- who, and what would happen --------------------------------------------------------------------------------------


def test_only_an_administrator_changes_the_law_and_only_with_a_source(house):
    before = house.dump()
    for who in ("lan", "chief"):
        for act in (
            lambda tx: law.set_calendar_day(tx, holiday("2026-06-17")),
            lambda tx: law.set_parameter(tx, explain()),
            law.load_shipped,
        ):
            with pytest.raises(Forbidden):
                house.do(who, "law", act)
    for spoilt in ({"source": "  "}, {"kind": "party"}, {"status": "sure"}):
        with pytest.raises(Invalid):
            house.do("admin", "day", lambda tx, s=spoilt: law.set_calendar_day(tx, replace(holiday("2026-06-17"), **s)))
    assert house.dump() == before


def test_the_preview_says_what_then_happens_and_changes_nothing(house):
    numbers = house.start_many("errand", [{"on": "2026-06-02"}, {"on": "2026-06-03"}, {"on": "2026-06-02"}])
    before = house.dump()
    day = holiday("2026-06-17")
    seen = commands.rehearse(house.database, house.actor("admin"), lambda tx: law.preview(tx, day))
    assert seen == {"moved": 2, "cases": [numbers[0], numbers[2]]}
    assert house.dump() == before
    declare(house, "2026-06-17")
    assert law.reproject_open(house.database)["moved"] == seen["moved"]
    moved = (
        select(case_.c.number).join(event, event.c.trail_id == case_.c.id).where(event.c.type == "deadline_reprojected")
    )
    assert [row.number for row in house.rows(moved.order_by(case_.c.id))] == seen["cases"]
    house.holds()


def test_the_shipped_law_is_loaded_once(house):
    before = house.dump()
    assert house.do("admin", "law", law.load_shipped) == {"parameters": 0, "days": 0}
    assert house.dump() == before
    assert house.count(legal_parameter) == len(load_parameters())
    assert house.count(calendar_day) > 30


def test_every_deadline_says_under_which_law_it_was_computed(house):
    house.start("errand")
    declare(house, "2026-12-30")
    house.start("errand")
    versions = [row.law_version for row in house.rows(select(deadline.c.law_version).order_by(deadline.c.case_id))]
    assert versions == [1, 2]
    law.reproject_open(house.database)
    assert house.rows(select(func.min(deadline.c.law_version))) == [(2,)]
    assert house.rows(text("SELECT law_version FROM administration_trail")) == [(2,)]
