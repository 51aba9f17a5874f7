"""The door: all or nothing, once per key, also when the outcome of a commit is unknown; instants are instants."""

import base64
import sqlite3
import threading
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

import engine.database
from engine import commands
from engine.authority import SYSTEM_ACTOR
from engine.commands import definitions, law
from engine.database import ATTEMPTS, Database
from engine.errors import Conflict, Forbidden, Invalid, NotFound, OutcomeUnknown
from engine.registers import definitions as register
from engine.registers.law import law_in_force
from engine.tables import case_, idempotency, incident, number_series, timer
from engine.time.clock import VIETNAM, VirtualClock
from tests.diagrams import Diagram
from tests.integration.house_of_cases import MONDAY, House, Killed, answer, errand, starting, together, user
from workflows.law.calendar_days import CalendarDay


@pytest.fixture
def house(any_database):
    return House(any_database)


def a_start(house, key=None, said=None, who="admin"):
    """Starts a case as a command, with a key."""
    return house.do(who, "start", starting("errand"), key, said)


# --- all or nothing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [Killed("x"), ValueError("x"), NotFound("a", "b", "c"), KeyboardInterrupt()])
def test_whatever_goes_wrong_nothing_is_left(house, failure):
    before = house.dump()

    def fail(tx):
        tx.connection.execute(update(number_series), {"last": 77})
        raise failure

    house.start("errand")
    before = house.dump()
    with pytest.raises(type(failure)):
        house.do("admin", "fail", fail, key="k")
    assert house.dump() == before


def test_what_a_transaction_wrote_is_there_after_it(house):
    number = house.start("errand")
    assert house.numbers("errand") == [number]


def test_a_transaction_has_one_instant(house):
    seen = []

    def act(tx):
        seen.append(tx.now)
        house.clock.advance(timedelta(hours=1))
        seen.append(tx.now)
        return {}

    house.do("admin", "look", act)
    assert seen[0] == seen[1] == MONDAY.astimezone(UTC)


def test_a_read_sees_one_moment_while_others_write(house):
    house.start("errand")
    with house.database.read(SYSTEM_ACTOR) as tx:
        first = tx.connection.execute(select(case_.c.number)).all()
        writer = threading.Thread(target=house.start, args=("errand",))
        writer.start()
        writer.join(0.3)  # on SQLite it waits until the reader has gone
        second = tx.connection.execute(select(case_.c.number)).all()
    writer.join()
    assert first == second
    assert len(house.numbers("errand")) == 2


def test_a_read_changes_nothing(house):
    before = house.dump()
    try:
        with house.database.read(SYSTEM_ACTOR) as tx:
            tx.connection.execute(update(number_series), {"last": 77})
            tx.connection.execute(insert(number_series), {"series": "X", "agency": "y", "year": 2026, "last": 1})
    except DBAPIError:
        pass  # PostgreSQL says so
    assert house.dump() == before


# --- once per key ----------------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer_and_one_effect(house):
    first = a_start(house, "k", {"a": 1})
    assert a_start(house, "k", {"a": 1}) == first
    assert house.numbers("errand") == [first["case"]]


def test_without_a_key_each_call_has_its_effect(house):
    a_start(house)
    a_start(house)
    assert len(house.numbers("errand")) == 2


def test_the_same_key_with_something_else_said_is_refused(house):
    a_start(house, "k", {"a": 1})
    before = house.dump()
    for said, command in (({"a": 2}, "start"), ({"a": 1}, "other")):
        with pytest.raises(Conflict) as refusal:
            house.do("admin", command, lambda tx: pytest.fail("it was carried out"), "k", said)
        assert refusal.value.code == "key_reused"
    assert house.dump() == before


def test_the_same_key_of_somebody_else_is_another_key(house):
    assert a_start(house, "k", who="admin") != a_start(house, "k", who="lan")
    assert len(house.numbers("errand")) == 2


def test_a_refused_command_does_not_use_up_its_key(house):
    number = house.start("errand")
    with pytest.raises(Invalid):
        house.complete("lan", number, "work", {"scope": "half"}, key="k")
    assert house.complete("lan", number, "work", key="k")["status"] == "open"


def test_twenty_threads_with_one_key_have_one_effect(house):
    answers = together([lambda: a_start(house, "k", {"a": 1})] * 20)
    assert answers == [answers[0]] * 20
    assert house.numbers("errand") == [answers[0]["case"]]
    house.holds()


def test_the_first_cases_of_a_series_may_come_at_the_same_moment(house):
    answers = together([lambda: a_start(house) for _ in range(8)])
    assert sorted(each["case"] for each in answers) == [f"ERRAND-OFFICE-2026-{n:06d}" for n in range(1, 9)]


def test_an_answer_is_kept_sealed_because_it_may_hold_a_secret(any_database):
    house = House(any_database, shipped=True)
    receipt = house.file(key="k")
    kept = house.rows(select(idempotency.c.answer))[0].answer
    assert receipt["code"].encode() not in base64.b64decode(kept)
    assert receipt["code"] not in str(house.dump())
    house.database.master_key = b"\1" * 32
    with pytest.raises(ValueError, match="GIAITRINH_MASTER_KEY"):
        a_start_again(house, receipt)


def a_start_again(house, receipt):
    """The same key again; `said` differs from call to call, so it is taken from the first."""
    fingerprint = house.rows(select(idempotency.c.fingerprint))[0].fingerprint
    with house.database.begin(house.actor("citizen")) as tx:
        return engine.database._known_answer(tx, "k", "file", fingerprint)


# --- a commit whose outcome is unknown -------------------------------------------------------------------------------


@contextmanager
def broken_commits(database, commits=1, *, are_carried_out):
    """The next commits end in an error, after they were carried out or before: the connection is real, the answer is lost."""
    dialect = database.engine.dialect
    real = dialect.do_commit
    left = [commits]

    def do_commit(connection):
        if left[0] == 0:
            return real(connection)
        left[0] -= 1
        if are_carried_out:
            real(connection)
        if dialect.name == "sqlite":
            raise sqlite3.OperationalError("disk I/O error")
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    dialect.do_commit = do_commit
    try:
        yield
    finally:
        dialect.do_commit = real


@pytest.mark.parametrize("are_carried_out", [True, False])
def test_with_a_key_an_unknown_outcome_is_tried_again_and_has_one_effect(house, are_carried_out):
    with broken_commits(house.database, are_carried_out=are_carried_out):
        given_answer = a_start(house, "k")
    assert house.numbers("errand") == [given_answer["case"]] == ["ERRAND-OFFICE-2026-000001"]
    house.holds()


@pytest.mark.parametrize("are_carried_out", [True, False])
def test_without_a_key_an_unknown_outcome_is_told_and_not_tried_again(house, are_carried_out):
    with broken_commits(house.database, are_carried_out=are_carried_out), pytest.raises(OutcomeUnknown) as refusal:
        a_start(house)
    assert refusal.value.vi
    assert len(house.numbers("errand")) == (1 if are_carried_out else 0)


def test_whoever_repeats_after_all_attempts_gets_the_answer_of_the_first(house):
    with broken_commits(house.database, ATTEMPTS * 3, are_carried_out=False), pytest.raises(OutcomeUnknown):
        a_start(house, "k")
    assert house.numbers("errand") == []
    with broken_commits(house.database, are_carried_out=True):
        first = a_start(house, "k")
    assert a_start(house, "k") == first
    assert house.numbers("errand") == [first["case"]]


# --- locks, lost races, lost connections -----------------------------------------------------------------------------


def impatient(database, monkeypatch):
    """Another door to the same file that waits only a moment for the lock."""
    monkeypatch.setattr(engine.database, "BUSY_TIMEOUT", 0.05)
    return Database(database.engine.url.render_as_string(hide_password=False), VirtualClock(MONDAY))


def test_a_locked_file_is_tried_again(sqlite_database, monkeypatch):
    house = House(sqlite_database)
    house.database = impatient(sqlite_database, monkeypatch)
    holder = sqlite_database.engine.connect()
    lock = holder.begin()
    threading.Timer(0.5, lock.rollback).start()
    assert a_start(house)["case"]
    holder.close()
    house.database.dispose()


def test_a_file_that_stays_locked_is_given_up_after_a_bounded_time(sqlite_database, monkeypatch):
    house = House(sqlite_database)
    house.database = impatient(sqlite_database, monkeypatch)
    begun = time.monotonic()
    with sqlite_database.engine.connect() as holder, holder.begin(), pytest.raises(OperationalError, match="locked"):
        a_start(house)
    assert time.monotonic() - begun < 10
    house.database.dispose()
    assert engine.database.ATTEMPTS * 5.0 <= 30  # with the shipped timeout: half a minute


def test_of_two_that_block_each_other_the_loser_is_tried_again(postgresql_database):
    house = House(postgresql_database)
    numbers = [house.start("errand"), house.start("errand")]
    met = threading.Barrier(2, timeout=20)
    tries = []

    def both(order):
        waited = []

        def act(tx):
            tries.append(order)
            for number in order:
                tx.connection.execute(select(case_.c.id).where(case_.c.number == number).with_for_update()).one()
                if not waited:
                    waited.append(1)
                    met.wait()
            return {"done": list(order)}

        return lambda: house.database.perform(SYSTEM_ACTOR, "both", act)

    done = together([both(tuple(numbers)), both(tuple(reversed(numbers)))])
    assert [each["done"] for each in done] == [numbers, numbers[::-1]]
    assert len(tries) == 3


def test_a_connection_that_is_lost_before_the_commit_is_replaced(postgresql_database):
    house = House(postgresql_database)
    lost = []

    def act(tx):
        tx.connection.execute(insert(number_series), {"series": "X", "agency": "y", "year": 2026, "last": 1})
        if not lost:
            lost.append(1)
            me = tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with house.database.engine.connect() as other:
                other.execute(text(f"SELECT pg_terminate_backend({me})"))
            time.sleep(0.1)
        tx.connection.execute(text("SELECT 1"))
        return {"tries": len(lost)}

    assert house.database.perform(SYSTEM_ACTOR, "act", act) == {"tries": 1}
    assert house.count(number_series, number_series.c.series == "X") == 1


# --- instants --------------------------------------------------------------------------------------------------------


ZONES = st.sampled_from([UTC, VIETNAM, timezone(timedelta(hours=-9, minutes=-30))])
# Since then Vietnam's clocks have never been changed: no hour is missing or doubled.
FIRST, LAST = datetime(1976, 1, 1), datetime(2199, 12, 31)  # noqa: DTZ001 - hypothesis wants bounds without a zone


@settings(max_examples=60, deadline=None)
@given(instant=st.datetimes(FIRST, LAST, timezones=ZONES))
def test_an_instant_is_text_in_utc_that_sorts_as_time_does(instant):
    kind = timer.c.due_at.type
    bound = kind.process_bind_param(instant, sqlite.dialect())
    assert bound == instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond:06d}Z"
    assert kind.process_result_value(bound, sqlite.dialect()) == instant
    later = kind.process_bind_param(instant + timedelta(microseconds=1), sqlite.dialect())
    assert bound < later


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (datetime(2026, 6, 17, 0, 0, tzinfo=VIETNAM), "2026-06-16T17:00:00.000000Z"),
        (datetime(2026, 6, 17, 0, 0, 0, 1, tzinfo=VIETNAM), "2026-06-16T17:00:00.000001Z"),
        (datetime(2026, 6, 16, 23, 59, 59, 999999, tzinfo=UTC), "2026-06-16T23:59:59.999999Z"),
    ],
)
def test_an_instant_comes_back_exactly(house, moment, kept):
    number = house.start("errand")
    with house.database.begin(SYSTEM_ACTOR) as tx:
        row = {"case_id": house_id(tx, number), "kind": "x", "what": "y", "at": moment}
        tx.connection.execute(insert(incident), row)
    assert house.rows(select(incident.c.at)) == [(moment,)]
    assert house.rows(select(incident.c.at))[0].at.utcoffset() == timedelta(0)
    assert house.rows(text("SELECT at FROM incident")) == [(kept,)]


def house_id(tx, number):
    return tx.connection.execute(select(case_.c.id).where(case_.c.number == number)).scalar_one()


def test_a_moment_without_a_zone_is_refused(house):
    naive = datetime(2026, 6, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(StatementError, match="time zone"), house.database.begin(SYSTEM_ACTOR) as tx:
        tx.connection.execute(insert(incident), {"case_id": 1, "kind": "x", "what": "y", "at": naive})
    with pytest.raises(ValueError, match="time zone"):
        house.clock.set(naive)


# --- refusals and rehearsals -----------------------------------------------------------------------------------------


def test_a_refused_act_leaves_a_line_in_the_trail_of_the_case_and_nothing_else(house):
    number = house.start("errand")
    with pytest.raises(Forbidden):
        house.complete("head", number, "work")
    assert house.types(number) == ["case_started", "command_refused"]
    line = house.last_line(number)
    assert (line["actor"]["id"], line["input"], line["refusal"]["code"]) == (
        "head",
        {"command": "complete"},
        "not_your_work",
    )
    assert house.open_work(number) == ["work"]
    house.holds()


def test_what_a_rehearsal_saw_is_not_taken_for_the_law(house):
    """The law of a rehearsal has the version that the next real change gets."""
    number = house.start("errand", on="2026-06-02")  # due Wednesday 17 June
    rehearsed = CalendarDay(date(2026, 6, 17), "holiday", "Nghỉ thử", "Rehearsed", "Công văn 1", "V")
    commands.rehearse(house.database, house.actor("admin"), lambda tx: law.preview(tx, rehearsed))
    real = CalendarDay(date(2026, 7, 20), "holiday", "Nghỉ thật", "Real", "Công văn 2", "V")
    house.do("admin", "day", lambda tx: law.set_calendar_day(tx, real))
    law.reproject_open(house.database)
    assert str(house.clock_of(number).due_on) == "2026-06-17"
    with house.database.read(SYSTEM_ACTOR) as tx:
        assert law_in_force(tx).calendar.is_working_day(date(2026, 6, 17))


def test_a_definition_that_was_only_rehearsed_is_not_taken_for_the_next_one(house):
    def another(name):
        diagram = Diagram("another").start()
        return user(diagram, name).end().chain("s", name, "e").source(deadlines=())

    def publish_and_look(tx):
        definitions.publish(tx, another("rehearsed"))
        return {"elements": sorted(register.newest(tx, "another").definition.elements)}

    rehearsed = commands.rehearse(house.database, house.actor("admin"), publish_and_look)
    assert rehearsed == {"elements": ["e", "rehearsed", "s"]}
    house.do("admin", "publish", lambda tx: definitions.publish(tx, another("real")))
    with house.database.read(SYSTEM_ACTOR) as tx:
        assert sorted(register.newest(tx, "another").definition.elements) == ["e", "real", "s"]


def test_a_definition_is_refused_for_every_reason_at_once_and_stored_once(house):
    before = house.dump()
    source = errand()
    assert (
        house.do("admin", "publish", lambda tx: definitions.publish(tx, definitions.with_forms(source)))["is_new"]
        is False
    )
    broken = (
        Diagram("broken")
        .start()
        .user("work")
        .node("scriptTask", "code", scriptFormat="python")
        .source(deadlines=(answer(parameter=3),))
    )
    with pytest.raises(Invalid) as refusal:
        house.do("admin", "publish", lambda tx: definitions.publish(tx, broken))
    assert {"work", "code", "answer"} <= set(refusal.value.fields)
    with pytest.raises(Forbidden):
        house.do("lan", "publish", lambda tx: definitions.publish(tx, source))
    assert house.dump() == before
