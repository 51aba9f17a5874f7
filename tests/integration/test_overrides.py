"""Supervisors' acts: each with form, reason and legal basis, by a supervisor above and never on one's own act, history kept."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from engine import commands
from engine.commands import law, overrides, people, work_items
from engine.errors import Conflict, Forbidden, Invalid
from engine.queries import cases
from engine.tables import event, timer, work_item
from tests.integration.house_of_cases import (
    ACTS,
    DONE,
    LAW_AND_PROCESSES,
    ON_TOKEN,
    OVERRIDE,
    SAID,
    House,
)
from workflows.law.legal_parameters import load_parameters

LINE = {
    "reassign": "work_item_reassigned",
    "extend": "deadline_extended",
    "change_due_date": "deadline_changed",
    "suspend": "case_suspended",
    "resume": "case_resumed",
    "return_": "case_returned",
    "move": "case_moved",
    "skip": "work_item_skipped",
    "complete_for": "work_item_completed_for",
    "cancel": "case_cancelled",
}
every_act = pytest.mark.parametrize("act", sorted(ACTS))


@pytest.fixture
def house(any_database):
    return House(any_database)


@pytest.fixture
def sqlite_house(sqlite_database):
    return House(sqlite_database)


def ready_for(house, act, worker="lan"):
    """A case on which this act may be done, whose work this worker holds or did: (number, the element of the token)."""
    number = house.start("promise", due="2026-06-30") if act == "change_due_date" else house.start("errand")
    first = "keep" if act == "change_due_date" else "work"
    token = house.token(number, first)
    house.do(worker, "claim", lambda tx: work_items.claim(tx, number, token))
    if act == "return_":
        house.complete(worker, number, "work")
        return number, "check"
    if act == "resume":
        house.override("chief", "suspend", number)
    return number, first if act in ON_TOKEN else None


def test_every_act_is_tried_here():
    acts = {
        name
        for name in vars(overrides)
        if not name.startswith("_") and getattr(overrides, name).__class__.__name__ == "function"
    }
    own = {name for name in acts if getattr(overrides, name).__module__ == overrides.__name__}
    assert own == set(ACTS) == set(LINE)


# --- form, reason, legal basis ---------------------------------------------------------------------------------------


@every_act
def test_an_act_without_reason_or_legal_basis_is_refused(sqlite_house, act):
    house = sqlite_house
    number, element = ready_for(house, act)
    before = house.dump(without=LAW_AND_PROCESSES)
    for spoilt in ({"reason": None}, {"legal_basis": None}, {"reason": "   "}, {"reason": "ngắn"}, {"legal_basis": ""}):
        with pytest.raises(Invalid) as refusal:
            house.override("chief", act, number, element, **spoilt)
        assert list(refusal.value.fields) == list(spoilt)
    with pytest.raises(Invalid) as refusal:
        house.override("chief", act, number, element, surprise="x")
    assert list(refusal.value.fields) == ["surprise"]
    assert house.dump(without=LAW_AND_PROCESSES) == before


@every_act
def test_every_field_of_the_form_is_needed(sqlite_house, act):
    house = sqlite_house
    number, element = ready_for(house, act)
    before = house.dump(without=LAW_AND_PROCESSES)
    for field in ACTS[act]:
        with pytest.raises((Invalid, Conflict)) as refusal:
            house.override("chief", act, number, element, **{field: None})
        if isinstance(refusal.value, Invalid):
            assert list(refusal.value.fields) == [field]
        else:
            assert (act, refusal.value.code) == ("return_", "never_done")
            return
    assert house.dump(without=LAW_AND_PROCESSES) == before


# --- who -------------------------------------------------------------------------------------------------------------


@every_act
@pytest.mark.parametrize(
    ("who", "code"), [("lan", "not_supervisor"), ("stranger", "not_supervisor"), ("admin", "not_supervisor"), ("citizen", "not_supervisor")]
)  # fmt: skip
def test_who_is_no_supervisor_of_the_agency_or_above_is_refused_and_that_is_recorded(sqlite_house, act, who, code):
    house = sqlite_house
    number, element = ready_for(house, act)
    before, lines = house.case(number), house.types(number)
    with pytest.raises(Forbidden) as refusal:
        house.override(who, act, number, element)
    assert refusal.value.code == code
    assert house.types(number) == [*lines, "command_refused"]
    line = house.last_line(number)
    assert (line["actor"]["id"], line["input"]["command"], line["refusal"]["code"]) == (house.actor(who).id, act, code)
    assert house.case(number).state_sha256 == before.state_sha256
    house.holds()


@every_act
def test_nobody_overrides_an_act_of_their_own(sqlite_house, act):
    house = sqlite_house
    number, element = ready_for(house, act, worker="deputy")
    lines = house.types(number)
    with pytest.raises(Forbidden) as refusal:
        house.override("deputy", act, number, element)
    assert refusal.value.code == "own_act"
    assert house.types(number) == [*lines, "command_refused"]
    house.override("chief", act, number, element)
    house.holds()


def test_who_holds_the_step_that_is_undone_does_not_send_the_case_back_either(sqlite_house):
    """The step to be done again was another's; but the one that would be undone is the supervisor's own."""
    house = sqlite_house
    number, element = ready_for(house, "return_")
    with house.database.begin(house.actor("system")) as tx:
        people.assign_role(tx, "deputy", "head", "office", date(2024, 1, 1))
    token = house.token(number, element)
    house.do("deputy", "claim", lambda tx: work_items.claim(tx, number, token))
    with pytest.raises(Forbidden) as refusal:
        house.override("deputy", "return_", number, element)
    assert refusal.value.code == "own_act"


def lines_of(house, number):
    return house.rows(select(event).where(event.c.trail_id == house.id_of(number)).order_by(event.c.seq))


def carry_out(house, act, who):
    """The act is rehearsed and carried out; returns nothing, asserts everything."""
    number, element = ready_for(house, act)
    lines, marking = lines_of(house, number), house.open_work(number)
    before = house.dump(without=LAW_AND_PROCESSES)
    rehearsed = commands.rehearse(house.database, house.actor(who), house.overriding(act, number, element))
    assert house.dump(without=LAW_AND_PROCESSES) == before
    assert house.override(who, act, number, element) == rehearsed
    after = lines_of(house, number)
    assert after[: len(lines)] == lines
    line = json.loads(after[-1].body)
    assert (line["type"], line["actor"]["id"]) == (LINE[act], who)
    assert {name: line["input"][name] for name in OVERRIDE} == OVERRIDE
    if "marking" in line:
        assert sorted(set(line["marking"]["before"]) & {"work", "check", "keep"}) == marking
    with house.database.read(house.actor("chief")) as tx:
        assert [each.seq for each in cases.overrides_of(tx, number)][-1] == line["seq"]


@every_act
@pytest.mark.parametrize("who", ["deputy", "chief"])
def test_a_supervisor_of_the_agency_or_above_may_as_rehearsed_and_history_is_kept(sqlite_house, act, who):
    carry_out(sqlite_house, act, who)
    sqlite_house.holds()


def test_every_act_is_carried_out_on_postgresql_as_rehearsed(postgresql_database):
    house = House(postgresql_database)
    for act in ACTS:
        carry_out(house, act, "chief")
    house.holds()


# --- rehearsal -------------------------------------------------------------------------------------------------------


def test_a_rehearsal_of_what_is_not_allowed_is_refused_and_not_recorded(house):
    number, element = ready_for(house, "move")
    before = house.dump()
    with pytest.raises(Forbidden):
        commands.rehearse(house.database, house.actor("lan"), house.overriding("move", number, element))
    assert house.dump() == before


# --- extending -------------------------------------------------------------------------------------------------------


def test_a_time_limit_is_extended_once_and_counts_from_its_nominal_end(house):
    number = house.start("errand", on="2026-06-03")
    assert str(house.clock_of(number).due_on) == "2026-06-18"
    said = house.override("chief", "extend", number, days=15)
    assert (said["from"], said["to"]) == ("2026-06-18", "2026-07-03")
    assert str(house.clock_of(number).due_on) == "2026-07-03"
    assert house.case(number).next_due == house.clock_of(number).due_at
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "extend", number, days=1)
    assert refusal.value.code == "extension_used_up"
    house.it_is("2026-07-03 23:59:59")
    assert house.tick() == 1  # the reminder, which has moved as well
    house.it_is("2026-07-04 00:00")
    assert house.tick() == 1
    house.holds()


def test_an_extension_longer_than_the_law_allows_is_refused(house):
    number = house.start("errand")
    with pytest.raises(Invalid):
        house.override("chief", "extend", number, days=16)
    allowed = next(each for each in load_parameters() if each.id == "explain_extension")
    shorter = replace(allowed, value=10)
    house.do("admin", "law", lambda tx: law.set_parameter(tx, shorter))
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "extend", number, days=12)
    assert refusal.value.code == "extension_too_long"
    house.override("chief", "extend", number, days=10)


def test_an_extension_is_in_time_on_the_last_day_and_too_late_the_day_after(house):
    first, second = house.start("errand"), house.start("errand")
    house.it_is("2026-06-16 23:59")
    house.override("chief", "extend", first, days=5)
    house.it_is("2026-06-17 00:00")
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "extend", second, days=5)
    assert refusal.value.code == "deadline_not_running"
    house.tick()
    assert [house.clock_of(number).status for number in (first, second)] == ["running", "lapsed"]


def test_a_deadline_that_stands_still_is_not_extended(house):
    number = house.start("errand")
    house.override("chief", "suspend", number)
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "extend", number)
    assert refusal.value.code == "deadline_not_running"


def test_what_the_law_does_not_extend_is_not_extended(house):
    number = house.start("promise", due="2026-06-30")
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "extend", number, deadline="promise")
    assert refusal.value.code == "no_extension_in_law"
    errand = house.start("errand")
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "change_due_date", errand, deadline="answer")
    assert refusal.value.code == "date_is_the_laws"


# --- suspending ------------------------------------------------------------------------------------------------------


def test_a_suspended_clock_keeps_the_time_that_remained(house):
    """The vector of the research: fifteen days from 1 July, suspended on the 6th, resumed on the 20th, due on the 30th."""
    house.it_is("2026-07-01 09:00")
    number = house.start("errand", on="2026-07-01")
    house.it_is("2026-07-06 09:00")
    house.override("chief", "suspend", number)
    assert house.clock_of(number).due_on is None
    assert house.case(number).next_due is None
    house.it_is("2026-07-20 09:00")
    house.override("chief", "resume", number)
    assert (str(house.clock_of(number).due_on), house.clock_of(number).status) == ("2026-07-30", "running")
    house.it_is("2026-07-30 23:59:59")
    house.tick()
    assert house.clock_of(number).status == "running"
    house.it_is("2026-07-31 00:00")
    house.tick()
    assert house.clock_of(number).status == "lapsed"
    house.holds()


def test_a_case_may_be_suspended_again_also_on_the_same_day(house):
    number = house.start("errand")
    for _ in range(2):
        house.override("chief", "suspend", number)
        house.override("chief", "resume", number)
    assert str(house.clock_of(number).due_on) == "2026-06-16"
    house.it_is("2026-06-05 09:00")
    house.override("chief", "suspend", number)
    house.it_is("2026-06-08 09:00")
    house.override("chief", "resume", number)
    assert str(house.clock_of(number).due_on) == "2026-06-19"
    house.holds()


def test_a_clock_whose_end_has_passed_unnoticed_does_not_stand_in_the_way(house):
    """Its diagram has only a reminder, no timer at the end: nothing made it lapse."""
    number = house.start("remind")
    house.it_is("2026-07-01 09:00")
    for _ in range(2):
        house.override("chief", "suspend", number)
        house.override("chief", "resume", number)
    assert str(house.clock_of(number).due_on) == "2026-06-16"
    house.complete("lan", number, "work")
    assert house.clock_of(number).status == "met_late"
    house.holds()


def test_in_a_suspended_case_nobody_works_and_nothing_moves(sqlite_house):
    house = sqlite_house
    number, other = house.start("errand"), house.start("errand")
    token = house.token(number, "work")
    house.override("chief", "suspend", number)
    for act in (work_items.claim, work_items.release):
        with pytest.raises(Conflict) as refusal:
            house.do("lan", "act", lambda tx, act=act: act(tx, number, token))
        assert refusal.value.code == "case_suspended"
    with pytest.raises(Conflict) as refusal:
        house.complete("lan", number, "work")
    assert refusal.value.code == "case_suspended"
    for name in ("suspend", "move", "skip", "complete_for"):
        with pytest.raises(Conflict) as refusal:
            house.override("chief", name, number, "work" if name in ON_TOKEN else None)
        assert refusal.value.code == "case_status"
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "resume", other)
    assert refusal.value.code == "case_status"
    house.override("chief", "reassign", number, "work")
    house.override("chief", "resume", number)
    house.complete("minh", number, "work")
    house.holds()


# --- moving, returning, skipping -------------------------------------------------------------------------------------


def armed(house, number):
    query = select(timer.c.element).where(timer.c.case_id == house.id_of(number), timer.c.due_at.is_not(None))
    return sorted(row.element for row in house.rows(query))


def test_moving_into_and_out_of_a_subprocess_arms_its_clock_again_without_a_second_referral(house):
    number = house.start("stage")
    assert armed(house, number) == []
    said = house.override("chief", "move", number, "prepare", to_element="second")
    assert (said["before"], said["after"]) == (["prepare"], ["room", "room_late", "room_near", "second"])
    assert armed(house, number) == ["room_late", "room_near"]
    first = house.clock_of(number)
    house.override("chief", "move", number, "second", to_element="finish")
    assert armed(house, number) == []
    house.override("chief", "move", number, "finish", to_element="first")
    assert (armed(house, number), house.clock_of(number)) == (["room_late", "room_near"], first)
    house.it_is("2026-06-17 00:00")
    house.tick()
    assert (house.clock_of(number).status, len(house.numbers("referral"))) == ("lapsed", 1)
    house.override("chief", "move", number, "first", to_element="finish")
    house.override("chief", "move", number, "finish", to_element="first")
    assert armed(house, number) == []
    house.tick()
    assert len(house.numbers("referral")) == 1
    for step in ("first", "second", "finish"):
        house.complete("lan", number, step)
    assert (house.case(number).status, house.clock_of(number).status) == ("completed", "met_late")
    house.holds()


def test_a_case_moved_to_an_end_is_over(house):
    number = house.start("errand")
    house.override("chief", "move", number, "work", to_element="e")
    assert (house.case(number).status, house.case(number).outcome) == ("completed", "done")
    assert house.clock_of(number).status == "void"
    house.holds()


def test_nothing_is_moved_to_what_is_not_there(house):
    number = house.start("errand")
    before = house.dump()
    for target in ("nowhere", "s", "work_late"):
        with pytest.raises(Invalid) as refusal:
            house.override("chief", "move", number, "work", to_element=target)
        assert refusal.value.code == "no_such_target"
    assert house.dump() == before


def test_a_case_is_returned_only_to_a_step_that_was_done(house):
    number = house.start("errand")
    with pytest.raises(Conflict) as refusal:
        house.override("chief", "return_", number, "work", to_element="check")
    assert refusal.value.code == "never_done"
    house.complete("lan", number, "work")
    house.override("chief", "return_", number, "check", to_element="work")
    assert house.open_work(number) == ["work"]
    house.complete("minh", number, "work")
    house.complete("head", number, "check")
    closed = house.rows(
        select(work_item.c.element, work_item.c.closed_by, work_item.c.status).order_by(work_item.c.token)
    )
    assert closed == [
        ("work", "lan", "completed"),
        ("check", "chief", "withdrawn"),
        ("work", "minh", "completed"),
        ("check", "head", "completed"),
    ]
    house.holds()


def test_a_skipped_step_goes_on_with_nothing_entered(house):
    number = house.start("errand")
    house.override("chief", "skip", number, "work")
    assert house.open_work(number) == ["check"]
    with house.database.read(house.actor("chief")) as tx:
        assert cases.case_file(tx, number).variables["work"] == {"skipped": True}
    house.holds()


# --- in place of another, by another ---------------------------------------------------------------------------------


def test_what_is_done_for_another_says_so(house):
    number = house.start("errand")
    token = house.token(number, "work")
    house.do("lan", "claim", lambda tx: work_items.claim(tx, number, token))
    house.override("chief", "complete_for", number, "work")
    assert house.last_line(number)["actor"] == {"id": "chief", "agency": "province", "for": "lan"}
    house.override("chief", "complete_for", number, "check")
    assert house.last_line(number)["actor"]["for"] == "head@office"
    house.holds()


def test_what_is_done_for_another_is_checked_by_the_form_of_the_step_and_keeps_personal_values_apart(house):
    house.start("question", ask=True)
    (number,) = house.numbers("reply")
    token = house.token(number, "write")

    def act(values):
        return lambda tx: overrides.complete_for(tx, number, token, OVERRIDE, values)

    with pytest.raises(Invalid) as refusal:
        house.do("chief", "complete_for", act({}))
    assert list(refusal.value.fields) == ["content"]
    house.do("chief", "complete_for", act(SAID))
    assert SAID["content"] not in str(house.dump()["event"])
    with house.database.read(house.actor("deputy")) as tx:
        assert cases.case_file(tx, number).variables["write"] == SAID
    house.holds()


def test_work_is_given_only_to_who_may_do_it(house):
    number = house.start("errand")
    with house.database.begin(house.actor("system")) as tx:
        people.set_participant(tx, "gone", "Gone", "office", active=False)
        people.assign_role(tx, "gone", "handler", "office", date(2024, 1, 1))
        people.set_participant(tx, "past", "Past", "office")
        people.assign_role(tx, "past", "handler", "office", date(2024, 1, 1), date(2026, 5, 31))
        people.set_participant(tx, "future", "Future", "office")
        people.assign_role(tx, "future", "handler", "office", date(2026, 6, 2))
        people.set_participant(tx, "today", "Today", "office")
        people.assign_role(tx, "today", "handler", "office", date(2026, 6, 1), date(2026, 6, 1))
    before = house.dump()
    for who in ("head", "stranger", "nobody", "gone", "past", "future"):
        with pytest.raises(Invalid) as refusal:
            house.override("chief", "reassign", number, "work", participant=who)
        assert refusal.value.code == ("form_invalid" if who == "nobody" else "not_eligible")
        assert list(refusal.value.fields) == ["participant"]
    assert house.dump() == before
    said = house.override("chief", "reassign", number, "work", participant="today")
    assert (said["from"], said["to"]) == (None, "today")
    said = house.override("chief", "reassign", number, "work", participant="minh")
    assert (said["from"], said["to"]) == ("today", "minh")
    with pytest.raises(Conflict) as refusal:
        house.complete("lan", number, "work")
    assert refusal.value.code == "work_item_held"
    assert refusal.value.details == {"holder": "minh"}
    house.complete("minh", number, "work")
    house.holds()


# --- ending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_suspended", [False, True])
def test_a_terminated_case_leaves_nothing_open(house, is_suspended):
    number = house.start("errand")
    if is_suspended:
        house.override("chief", "suspend", number)
    house.override("chief", "cancel", number)
    row = house.case(number)
    assert (row.status, row.outcome, row.next_due) == ("cancelled", "terminated", None)
    assert row.ended_at == house.clock.now()
    assert house.clock_of(number).status == "void"
    assert (armed(house, number), house.open_work(number)) == ([], [])
    for act in ("cancel", "suspend", "resume"):
        with pytest.raises(Conflict):
            house.override("chief", act, number)
    with pytest.raises(Conflict):
        house.do("lan", "complete", lambda tx: work_items.complete(tx, number, house.token(number, "work"), DONE))
    house.it_is("2026-08-01 00:00")
    assert house.tick() == 0
    house.holds()


def test_a_lapse_that_is_due_is_recorded_before_the_case_is_terminated(house):
    number = house.start("errand")
    house.it_is("2026-06-17 08:00")
    house.override("chief", "cancel", number)
    assert house.types(number) == ["case_started", "timer_lapsed", "timer_lapsed", "case_cancelled"]
    assert (house.clock_of(number).status, len(house.numbers("referral"))) == ("lapsed", 1)
    house.holds()
