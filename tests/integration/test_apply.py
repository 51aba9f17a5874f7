"""One transaction writes the state, the line and all projections, or nothing: whatever fails, whoever comes first."""

import json
from datetime import date
from functools import partial

import pytest
from sqlalchemy import select, update

from engine.apply import load_case_by_number
from engine.commands import definitions, documents, messages, overrides, people, requests, timers, work_items
from engine.errors import BrokenTrail, Conflict, Invalid, Refusal
from engine.queries import cases
from engine.registers.tracking_codes import new_code
from engine.tables import case_, event, incident, outbox, work_item
from tests.diagrams import Diagram
from tests.integration.house_of_cases import (
    DONE,
    LAW_AND_PROCESSES,
    OVERRIDE,
    SAID,
    House,
    Killed,
    example,
    failing_at,
    starting,
    together,
    user,
)


@pytest.fixture
def house(any_database):
    return House(any_database)


# --- every statement of a command ------------------------------------------------------------------------------------


def filing(house):
    form = {**example("answered")["start"], "agency": "office"}
    code = new_code()
    return lambda: house.do("lan", "file", lambda tx: requests.file_request(tx, form, code), "k", form)


def completing(house):
    """The last work item of a reply: ends this case, sends a message, ends the case that asked."""
    house.start("question", ask=True)
    (reply,) = house.numbers("reply")
    token = house.token(reply, "write")
    return lambda: house.do("lan", "complete", lambda tx: work_items.complete(tx, reply, token, SAID), "k", SAID)


def lapsing(house):
    """A lapse that is referred: a line, a lapsed deadline, another case."""
    house.start("errand")
    house.it_is("2026-06-17 00:00")
    return lambda: timers.lapse_due(house.database)


def suspending(house):
    number = house.start("errand")
    act = house.overriding("suspend", number)
    return lambda: house.do("chief", "suspend", act, "k")


@pytest.mark.parametrize("command", [filing, completing, lapsing, suspending])
def test_a_command_that_dies_at_any_statement_has_changed_nothing_and_can_be_repeated(any_database, command):
    house = House(any_database, shipped=command is filing)
    act = command(house)
    everything, before = house.dump(), house.dump(without=LAW_AND_PROCESSES)
    statement = 0
    while _dies(house, act, statement):
        assert house.dump(without=LAW_AND_PROCESSES) == before, f"died at statement {statement}"
        statement += 1
    assert statement >= 12
    assert house.dump(without=LAW_AND_PROCESSES) != before
    assert {name: rows for name, rows in house.dump().items() if name in LAW_AND_PROCESSES} == {
        name: everything[name] for name in LAW_AND_PROCESSES
    }
    house.holds()


def _dies(house, act, statement):
    with failing_at(house.database, statement) as seen:
        try:
            act()
        except Killed:
            return True
    assert len(seen) <= statement
    return False


# --- versions and races ----------------------------------------------------------------------------------------------


def test_a_case_that_somebody_else_changed_is_not_overwritten(house):
    number = house.start("errand")
    seen = house.case(number).version
    house.complete("lan", number, "work")
    token = house.token(number, "check")
    with pytest.raises(Conflict) as refusal:
        house.do("head", "complete", lambda tx: work_items.complete(tx, number, token, DONE, expected_version=seen))
    assert refusal.value.code == "case_changed"
    assert refusal.value.details == {"expected": seen, "version": seen + 1}
    assert house.open_work(number) == ["check"]
    version = house.case(number).version
    house.do("head", "complete", lambda tx: work_items.complete(tx, number, token, DONE, expected_version=version))
    assert house.case(number).status == "completed"


def test_a_write_that_passed_by_the_lock_is_found_by_the_version(house):
    number = house.start("errand")

    def act(tx):
        case = load_case_by_number(tx, number)
        tx.connection.execute(update(case_).where(case_.c.id == case.id), {"version": 99})
        return work_items.claim(tx, number, house_token)

    house_token = house.token(number, "work")
    before = house.dump()
    with pytest.raises(Conflict) as refusal:
        house.database.perform(house.actor("lan"), "act", act)
    assert refusal.value.code == "case_changed"
    assert house.dump() == before


ROUNDS = 100


def test_of_two_officers_who_complete_the_same_work_item_one_wins(any_database):
    house = House(any_database)
    numbers = [house.start("errand") for _ in range(ROUNDS)]
    tokens = {number: house.token(number, "work") for number in numbers}
    for who in ("lan", "minh"):
        house.actor(who)

    def doing(who, number):
        return lambda: house.do(who, "complete", lambda tx: work_items.complete(tx, number, tokens[number], DONE))

    winners = {"lan": 0, "minh": 0}
    for number in numbers:
        results = dict(zip(("lan", "minh"), together([doing("lan", number), doing("minh", number)]), strict=True))
        (winner,) = [who for who, result in results.items() if isinstance(result, dict)]
        (lost,) = [result for result in results.values() if not isinstance(result, dict)]
        assert isinstance(lost, Conflict), lost
        assert (lost.code, lost.details["closed_by"]) == ("work_item_closed", winner)
        assert winner in lost.vi
        assert winner in lost.en
        winners[winner] += 1
    completed = house.count(event, event.c.type == "work_item_completed")
    refused = house.count(event, event.c.type == "command_refused")
    assert (completed, refused) == (ROUNDS, ROUNDS)
    house.holds()


def test_a_supervisor_and_an_officer_at_the_same_moment_leave_one_path(any_database):
    house = House(any_database)
    for actor in ("lan", "chief"):
        house.actor(actor)
    for _ in range(10):
        number = house.start("stage")
        token = house.token(number, "prepare")
        move = house.overriding("move", number, "prepare", to_element="finish")
        done, moved = together([
            lambda token=token, number=number: house.do(
                "lan", "complete", lambda tx: work_items.complete(tx, number, token, DONE)
            ),
            lambda move=move: house.do("chief", "move", move),
        ])  # fmt: skip
        assert [isinstance(each, Conflict) for each in (done, moved)].count(True) == 1
        assert house.open_work(number) == (["finish"] if isinstance(done, Conflict) else ["first"])
    house.holds()


def test_a_worker_and_an_officer_at_the_same_moment_leave_one_path(any_database):
    house = House(any_database)
    house.actor("lan")
    numbers = [house.start("cut_off") for _ in range(10)]
    tokens = {number: house.token(number, "work") for number in numbers}
    house.it_is("2026-06-17 00:00")
    results = together([
        house.tick,
        *(
            lambda n=n: house.do("lan", "complete", lambda tx: work_items.complete(tx, n, tokens[n], DONE))
            for n in numbers
        ),
    ])  # fmt: skip
    assert all(isinstance(result, Conflict) for result in results[1:])  # it was too late for all of them
    house.tick()
    assert [house.open_work(number) for number in numbers] == [["after"]] * 10
    house.holds()


def test_work_is_claimed_by_one_given_back_and_done_by_another(house):
    number = house.start("errand")
    token = house.token(number, "work")
    house.do("lan", "claim", lambda tx: work_items.claim(tx, number, token))
    for act in (work_items.claim, work_items.release):
        with pytest.raises(Conflict) as refusal:
            house.do("minh", "act", lambda tx, act=act: act(tx, number, token))
        assert refusal.value.code in {"work_item_held", "work_item_not_yours"}
    house.do("lan", "release", lambda tx: work_items.release(tx, number, token))
    assert house.rows(select(work_item.c.holder, work_item.c.status)) == [(None, "offered")]
    house.holds()
    house.complete("minh", number, "work")
    house.holds()


# --- who is named for a work item --------------------------------------------------------------------------------------


def test_who_is_named_in_an_entry_must_be_able_to_do_it(any_database):
    house = House(any_database, shipped=True)
    receipt = house.file()
    number = house.play(receipt, "answered", steps=3)
    naming = {**example("answered")["steps"][3]["data"], "lead_handler": "chief"}
    before = house.dump()
    with pytest.raises(Invalid) as refusal:
        house.complete("mai", number, "assign", naming)
    assert refusal.value.code == "not_eligible"
    assert house.dump() == before


def test_work_of_who_has_left_since_is_offered_to_all_with_the_role(any_database):
    house = House(any_database, shipped=True)
    number = house.play(house.file(), "answered", steps=4)
    assert house.rows(select(work_item.c.holder).where(work_item.c.element == "verify")) == [("mai",)]
    with any_database.begin(house.actor("system")) as tx:
        people.assign_role(tx, "mai", "handler", "office", date(2024, 1, 1), date(2026, 5, 31))
    token = house.token(number, "verify")
    verified = example("answered")["steps"][6]["data"]
    house.wait_for(verified)
    house.do("chief", "complete_for", lambda tx: overrides.complete_for(tx, number, token, OVERRIDE, verified))
    assert house.rows(select(work_item.c.holder, work_item.c.status).where(work_item.c.element == "draft")) == [
        (None, "offered")
    ]
    house.holds()


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_have_no_gaps_although_some_are_rolled_back(house):
    begin = starting("errand")

    def begin_and_fail(tx):
        begin(tx)
        raise ValueError("no")

    admin = house.actor("admin")
    acts = [begin if place % 3 else begin_and_fail for place in range(24)]
    results = together(partial(house.database.perform, admin, "start", act) for act in acts)
    assert sum(isinstance(each, ValueError) for each in results) == 8
    assert house.numbers("errand") == [f"ERRAND-OFFICE-2026-{n:06d}" for n in range(1, 17)]


def test_each_agency_and_each_year_counts_for_itself(house):
    assert house.start("errand") == "ERRAND-OFFICE-2026-000001"
    assert house.start("errand", agency="other") == "ERRAND-OTHER-2026-000001"
    assert house.start("errand") == "ERRAND-OFFICE-2026-000002"
    house.it_is("2026-12-31 23:59:59")
    assert house.start("errand") == "ERRAND-OFFICE-2026-000003"
    house.it_is("2027-01-01 00:00")
    assert house.start("errand") == "ERRAND-OFFICE-2027-000001"


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_message_starts_the_case_that_it_starts_and_its_answer_comes_back(house):
    asking = house.start("question", ask=True)
    (replying,) = house.numbers("reply")
    assert house.case(replying).parent_id == house.id_of(asking)
    house.complete("lan", replying, "write", SAID)
    assert house.types(asking) == ["case_started", "message_delivered"]
    assert [house.case(number).status for number in (asking, replying)] == ["completed", "completed"]
    assert house.last_line(asking)["from"] == replying
    with house.database.read(house.actor("deputy")) as tx:
        assert cases.case_file(tx, asking).variables["reply"] == {"by": replying}
    assert house.incidents() == []
    house.holds()


def test_a_message_that_nobody_waits_for_is_an_incident(house):
    asking = house.start("question", ask=True)
    house.override("chief", "cancel", asking)
    (replying,) = house.numbers("reply")
    house.complete("lan", replying, "write", SAID)
    assert house.case(replying).status == "completed"
    assert house.incidents() == ["message_without_receiver"]
    what = json.loads(house.rows(select(incident.c.what))[0].what)
    assert what == {"message": "replied", "correlation": asking}
    house.holds()


def test_what_is_due_where_a_message_arrives_happens_first(house):
    """The case that waits has lapsed, though no worker came by: the lapse is recorded and referred before the message ends it."""
    asking = house.start("question", ask=True)
    (replying,) = house.numbers("reply")
    house.it_is("2026-06-17 08:00")
    house.complete("lan", replying, "write", SAID)
    assert house.types(asking) == ["case_started", "timer_lapsed", "message_delivered"]
    assert house.clock_of(asking).status == "met_late"
    assert len(house.numbers("referral")) == 1
    house.holds()


def test_a_loop_of_messages_is_stopped_and_leaves_nothing(house):
    number = house.start("shout")
    before = house.dump()
    with pytest.raises(Refusal) as refusal:
        house.complete("lan", number, "work")
    assert refusal.value.code == "message_loop"
    assert house.dump() == before
    assert house.open_work(number) == ["work"]


def test_a_lapse_is_referred_once_with_the_trail_as_it_stood(house):
    number = house.start("errand")
    house.it_is("2026-06-17 00:00")
    house.tick()
    (referred,) = house.numbers("referral")
    assert house.case(referred).agency == "province"
    with house.database.read(house.actor("chief")) as tx:
        start = cases.case_file(tx, referred).variables["start"]
        links = cases.case_file(tx, number).links
        lines = cases.history(tx, number)
    lapsed = next(line for line in lines if line.body.get("element") == "work_late")
    assert (start["referred_case"], start["trail_head"], start["trail_length"]) == (number, lapsed.hash, lapsed.seq)
    assert links == ({"kind": "referral", "about": "answer/2026-06-16", "case": referred},)
    house.override("chief", "move", number, "work", to_element="work")
    house.complete("lan", number, "work")
    house.tick()
    assert house.numbers("referral") == [referred]
    house.holds()


def test_another_due_day_that_lapses_is_another_referral(house):
    number = house.start("promise", due="2026-06-05")
    house.it_is("2026-06-06 00:00")
    house.tick()
    assert len(house.numbers("referral")) == 1
    house.override("chief", "move", number, "keep", to_element="keep")  # a new occurrence, but the same day
    house.tick()
    assert (house.clock_of(number, "promise").occurrence, len(house.numbers("referral"))) == (2, 1)
    house.override("chief", "move", number, "keep", to_element="keep")
    house.it_is("2026-06-05 12:00")  # the third occurrence is given another day before it lapses
    house.override("chief", "move", number, "keep", to_element="keep")
    house.override("chief", "change_due_date", number, due_on="2026-06-20")
    house.it_is("2026-06-21 00:00")
    house.tick()
    assert len(house.numbers("referral")) == 2
    house.holds()


def test_reminders_have_keys_that_never_meet(house):
    """A message that comes back to its own case adds lines while the messages of the first line are still being carried."""
    inner = Diagram("both").start().parallel("split")
    user(inner, "work").throw("call", "called_back", gt__payload="{'a': 1}")
    inner.throw("word", "reminder", gt__payload="{'text_vi': 'một'}").end("e1")
    inner.receive("hear", "called_back").throw("two", "reminder", gt__payload="{'text_vi': 'hai'}")
    inner.throw("three", "reminder", gt__payload="{'text_vi': 'ba'}").end("e2")
    inner.chain("s", "split", "work", "call", "word", "e1").chain("split", "hear", "two", "three", "e2")
    house.do("admin", "publish", lambda tx: definitions.publish(tx, inner.source(deadlines=())))
    number = house.start("both")
    house.complete("lan", number, "work")
    assert house.case(number).status == "completed"
    told = [json.loads(row.payload)["text_vi"] for row in house.rows(select(outbox.c.payload).order_by(outbox.c.id))]
    assert sorted(told) == ["ba", "hai", "một"]
    house.holds()


def test_two_cases_that_answer_each_other_in_one_transaction_both_go_on(house):
    """A sends to B, B answers A, A sends again: each case is in hand once, nobody writes over the other."""
    first = Diagram("first").start().parallel("split")
    user(first, "work").throw("to_b", "to_b", gt__payload="{'a': 1}", gt__correlation="start.pair")
    first.throw("word", "reminder", gt__payload="{'text_vi': 'một'}").end("e1")
    first.receive("from_b", "to_a", gt__correlation="start.pair").end("e2")
    first.chain("s", "split", "work", "to_b", "word", "e1").chain("split", "from_b", "e2")
    second = Diagram("second").start().receive("from_a", "to_b", gt__correlation="start.pair")
    second.throw("to_a", "to_a", gt__payload="{'b': 1}", gt__correlation="start.pair").end()
    second.chain("s", "from_a", "to_a", "e")
    for diagram in (first, second):
        house.do("admin", "publish", lambda tx, d=diagram: definitions.publish(tx, d.source(deadlines=())))
    b = house.start("second", pair="p")
    a = house.start("first", pair="p")
    answer = house.complete("lan", a, "work")
    assert (house.case(a).status, house.case(b).status) == ("completed", "completed")
    assert answer["version"] == house.case(a).version
    assert house.types(a) == ["case_started", "work_item_completed", "message_delivered"]
    house.holds()


# --- a state that somebody altered -----------------------------------------------------------------------------------


def test_an_altered_state_is_not_touched(house):
    number = house.start("errand")
    neighbour = house.start("errand")
    token = house.token(number, "work")
    frontier = house.case(number).frontier.replace(b"office", b"offic3")
    with house.database.engine.begin() as connection:
        connection.execute(update(case_).where(case_.c.number == number), {"frontier": frontier})
    before = house.dump()
    acts = {
        "complete": lambda tx: work_items.complete(tx, number, token, DONE),
        "claim": lambda tx: work_items.claim(tx, number, token),
        "cancel": house.overriding("cancel", number),
        "suspend": house.overriding("suspend", number),
        "erase": lambda tx: people.erase_person(tx, number, "x"),
        "send": lambda tx: messages.send(tx, number, "withdrawn", DONE),
    }
    for name, act in acts.items():
        with pytest.raises(BrokenTrail) as refusal:
            house.do("admin" if name == "erase" else "chief", name, act)
        assert refusal.value.code == "state_altered"
        assert number in refusal.value.vi
    with house.database.read(house.actor("chief")) as tx, pytest.raises(BrokenTrail):
        cases.case_file(tx, number)
    assert house.dump() == before
    house.complete("lan", neighbour, "work")
    house.it_is("2026-06-17 00:00")
    house.tick()
    assert house.clock_of(neighbour).status == "lapsed"
    assert house.case(number) == next(row for row in house.rows(select(case_)) if row.number == number)
    assert house.types(number) == ["case_started"]


def test_a_broken_case_does_not_hold_up_a_document_that_others_wait_for(any_database):
    house = House(any_database)
    diagram = Diagram("waiter").start().receive("wait", "document_issued", gt__correlation="start.key")
    user(diagram, "work").end().chain("s", "wait", "work", "e")
    house.do("admin", "publish", lambda tx: definitions.publish(tx, diagram.source(deadlines=())))
    broken, sound = house.start("waiter", key="hd-1"), house.start("waiter", key="hd-1")
    with house.database.engine.begin() as connection:
        connection.execute(update(case_).where(case_.c.number == broken), {"frontier": b"{}"})
    said = {"issuer": "UBND tỉnh", "number": "1/HD", "date": "2026-06-01", "title": "Hướng dẫn"}
    told = house.do("admin", "register", lambda tx: documents.register(tx, "hd-1", said))
    assert told["told"] == [sound]
    assert house.open_work(sound) == ["work"]
    assert house.incidents() == ["message_failed"]
