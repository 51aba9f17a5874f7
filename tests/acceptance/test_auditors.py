"""Auditors: they read every history from the filing to the archive, see no identity, change nothing, and find what was altered."""

import json
import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from engine.audit import exports, replay, verification
from engine.authority import SYSTEM_ACTOR
from engine.commands import law, people, plans, requests, timers, work_items
from engine.queries import cases
from engine.tables import case_, event
from engine.tables import deadline as deadline_table
from tests.scenario import CULTURE, REQUEST, WARD, acceptance, refused
from workflows.law.calendar_days import CalendarDay

AUDITOR = "do-minh-kiem"
FRIDAY = date(2026, 6, 5)
PERSONAL = ["Nguyễn Văn Minh", "12 đường Lê Lợi", "0912 345 678", "42 m² đất", "căn cứ pháp lý và trình tự ban hành"]


def an_answered_request(scenario):
    """Filed, explained with one cooperating unit and a return, sent, published, closed and archived: 1 June to 24 June."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns(CULTURE)
    scenario.it_is("2026-06-08")
    scenario.the_unit_contributes(CULTURE)
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    scenario.the_head_returns_for("redraft")
    scenario.it_is("2026-06-16")
    scenario.the_handler_drafts()
    scenario.the_head_signs()
    scenario.the_clerk_sends()
    scenario.the_publisher_publishes()
    scenario.it_is("2026-06-24")
    scenario.the_file_is_closed_and_archived()


# --- they read --------------------------------------------------------------------------------------------------------


@acceptance
def test_an_auditor_reads_who_did_what_when_from_the_filing_to_the_archive(scenario):
    """DN III.2.e: received, processed, answered, archived, published: each step with its person and instant."""
    an_answered_request(scenario)
    with scenario.database.read(scenario.actor(AUDITOR)) as tx:
        lines = cases.history(tx, scenario.case)
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    told = [(line.at.date().isoformat(), line.actor, line.body.get("element", line.type)) for line in lines]
    assert told == [
        ("2026-06-01", "requester", "case_started"),
        ("2026-06-03", "le-thi-hoa", "classify"),
        ("2026-06-03", "tran-thi-lan", "decide"),
        ("2026-06-03", "nguyen-van-thu", "issue_notice"),
        ("2026-06-03", "tran-thi-lan", "assign"),
        ("2026-06-08", "ndh-phong-vhxh.officer", "contribute"),
        ("2026-06-08", "hoang-van-binh", "verify"),
        ("2026-06-08", "hoang-van-binh", "draft"),
        ("2026-06-08", "tran-thi-lan", "approve"),
        ("2026-06-10", "system", "explain_halfway"),  # 00:00 of 11 June in Vietnam
        ("2026-06-14", "system", "explain_choose"),  # 00:00 of 15 June
        ("2026-06-16", "hoang-van-binh", "draft"),
        ("2026-06-16", "tran-thi-lan", "approve"),
        ("2026-06-16", "nguyen-van-thu", "send"),
        ("2026-06-16", "vo-thi-mai", "publish"),
        ("2026-06-23", "system", "close_reminder"),
        ("2026-06-24", "hoang-van-binh", "close_file"),
        ("2026-06-24", "dang-thi-cuc", "archive"),
    ]


@acceptance
def test_an_auditor_sees_what_was_proposed_by_which_rule_and_what_was_decided(scenario):
    """Decree 59/2019 art. 11: the table's inputs and rule stand beside the head's decision."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies(directly_affected=False)
    scenario.the_head_accepts(follows_proposal=False, deviation_reason="Quyết định chắn lối đi duy nhất của hộ.")
    with scenario.database.read(scenario.actor(AUDITOR)) as tx:
        classified, decided = cases.history(tx, scenario.case)[1:]
    [proposed] = classified.body["decisions"]
    assert (proposed["rules"], proposed["outputs"]["reason_code"]) == (["rule_not_affected"], "R2")
    assert decided.body["input"]["outcome"] == "accept"
    assert decided.body["input"]["deviation_reason"] == "Quyết định chắn lối đi duy nhất của hộ."


@acceptance
def test_every_due_date_says_how_it_was_counted_and_by_which_law(scenario):
    """Promise of the design: line by line, in both languages, each line with its article and how well it is known."""
    scenario.a_request_is_filed("2026-04-24")
    [clock] = scenario.file(AUDITOR).deadlines
    assert (clock.due_on, clock.provisional) == ("2026-05-06", False)
    assert [line["law"] for line in clock.lines] == [
        "BLDS 91/2015 Đ147 k2",  # the day of the receipt does not count
        "BLLĐ 45/2019 Đ112 k1e (10/3 âm lịch)",
        "BLLĐ 45/2019 Đ111 k3",
        "BLLĐ 45/2019 Đ112 k1c",
        "BLLĐ 45/2019 Đ112 k1d",
        "QĐ 188/1999/QĐ-TTg (tuần làm việc 40 giờ)",
        "NĐ 59/2019 Đ11 k4",
        "BLDS 91/2015 Đ148 k6",
    ]
    assert all(line["vi"] and line["en"] and line["status"] for line in clock.lines)


@acceptance
def test_an_auditor_sees_no_identity_and_those_who_work_on_the_case_do(scenario):
    """Law 91/2025 on personal data: histories without persons."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_requester_withdraws_a_part()
    hidden = {
        scenario.file(AUDITOR).variables["start"][name]
        for name in ("full_name", "address", "phone", "effect", "content")
    }
    assert hidden == {cases.HIDDEN}
    assert scenario.file(AUDITOR).variables["start"]["concerned"] == REQUEST["concerned"]
    assert scenario.file("le-thi-hoa").variables["start"]["full_name"] == "Nguyễn Văn Minh"


@acceptance
def test_no_trail_and_no_state_holds_a_personal_value(scenario):
    """Law 91/2025: the chain holds commitments only, so that a person can be erased from it."""
    an_answered_request(scenario)
    with scenario.database.read(SYSTEM_ACTOR) as tx:
        bodies = [row.body for row in tx.connection.execute(select(event.c.body))]
        states = [bytes(row.frontier).decode() for row in tx.connection.execute(select(case_.c.frontier))]
    assert [value for value in PERSONAL for written in (*bodies, *states) if value in written] == []


@acceptance
def test_an_auditor_sees_the_agencies_below_and_no_others(scenario):
    """Process (a.0): an auditor of the province reads its wards; another province's case does not exist for them."""
    scenario.a_request_is_filed("2026-06-01")
    below = scenario.case
    scenario.a_request_is_filed(agency="dn-so-noi-vu")
    with scenario.database.read(scenario.actor(AUDITOR)) as tx:
        assert [entry.number for entry in cases.cases(tx)] == [below]
    with refused("no_such_case"):
        scenario.file(AUDITOR)


# --- they change nothing ----------------------------------------------------------------------------------------------


@acceptance
def test_an_auditor_completes_no_work_and_moves_no_case(scenario):
    """Process (a.0): reads the whole history, changes nothing; every attempt stays in the history."""
    scenario.a_request_is_filed("2026-06-01")
    number, token = scenario.case, scenario.work("classify").token
    auditor = scenario.actor(AUDITOR)
    state = scenario.file()
    attempts = {
        "claim": lambda tx: work_items.claim(tx, number, token),
        "complete": lambda tx: work_items.complete(tx, number, token, {}),
        "move": scenario.override("move", "classify", to_element="decide"),
        "skip": scenario.override("skip", "classify"),
        "cancel": scenario.override("cancel", ground="withdrawn"),
        "suspend": scenario.override("suspend", ground="illness_or_objective_reason", review_on="2026-07-01"),
        "renew_code": lambda tx: requests.renew_code(tx, number),
    }
    for command, attempt in attempts.items():
        with refused(
            {"claim": "not_your_work", "complete": "not_your_work", "renew_code": "not_receiver"}.get(
                command, "not_supervisor"
            )
        ):
            scenario.act(auditor, command, attempt)
    assert scenario.worklist(AUDITOR) == []
    assert [line["actor"]["id"] for line in scenario.trail("command_refused")] == [AUDITOR] * len(attempts)
    after = scenario.file()
    assert (after.marking, after.variables, after.deadlines, after.work) == (
        state.marking,
        state.variables,
        state.deadlines,
        state.work,
    )


@acceptance
def test_an_auditor_administers_nothing(scenario):
    """Process (a.0): no people, no calendar, no plans, no processes, no erasure."""
    scenario.a_request_is_filed("2026-06-01")
    auditor, number = scenario.actor(AUDITOR), scenario.case
    day = CalendarDay(FRIDAY, "holiday", "Ngày nghỉ", "Day off", "Không có", "M")
    attempts = [
        lambda tx: people.assign_role(tx, AUDITOR, "supervisor", "qt-ubnd", FRIDAY),
        lambda tx: law.set_calendar_day(tx, day),
        lambda tx: plans.load(tx, plans.shipped_plan("NDH")),
        lambda tx: people.erase_person(tx, number, "Theo yêu cầu"),
        lambda tx: people.issue_token(tx, "tran-thi-lan", "của người khác"),
    ]
    for attempt in attempts:
        with refused("not_administrator"):
            scenario.act(auditor, "administer", attempt)


# --- they repeat ------------------------------------------------------------------------------------------------------


@acceptance
def test_an_auditor_steps_through_a_case_and_sees_where_it_stood_after_each_line(scenario):
    """Promise of the design: replay, identical at every line."""
    an_answered_request(scenario)
    with scenario.database.read(scenario.actor(AUDITOR)) as tx:
        steps = replay.replay_case(tx, scenario.case)
    stood = [sorted({token.element for token in step.marking if token.kind == "user"}) for step in steps]
    assert stood[:5] == [["classify"], ["decide"], ["issue_notice"], ["assign"], ["contribute"]]
    assert stood[-3:] == [["close_file"], ["archive"], []]
    assert [step.seq for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].state_sha256 == steps[-1].body["state_sha256"]


@acceptance
def test_a_late_worker_leaves_the_same_history_as_a_punctual_one(scenario):
    """Promise of the design: a lapse is a fact of the calendar, not of the machine: the duties and referrals are the same."""
    scenario.a_request_is_filed("2026-06-01")
    punctual = scenario.case
    scenario.it_is("2026-06-12")
    scenario.the_worker_sleeps_until("2026-06-15")
    scenario.a_request_is_filed()
    late = scenario.case
    scenario.the_worker_sleeps_until("2026-06-26")
    timers.lapse_all_due(scenario.database)
    lapsed = {}
    for number in (punctual, late):
        scenario.turn_to(number)
        lines = scenario.trail("timer_lapsed")
        lapsed[number] = ([line["element"] for line in lines], len(scenario.referrals), scenario.told)
    assert lapsed[punctual] == lapsed[late]


@acceptance
def test_a_third_party_checks_an_export_without_the_system(scenario):
    """Promise of the design: the verifier of the bundle needs Python alone; a changed letter is found."""
    an_answered_request(scenario)
    with TemporaryDirectory() as folder:
        bundle = exports.export_bundle(scenario.database, Path(folder) / "hồ sơ", scenario.case).folder
        whole = subprocess.run([sys.executable, "-I", "verify.py"], cwd=bundle, capture_output=True, check=False)
        lines = (bundle / "events.jsonl").read_text("utf-8")
        (bundle / "events.jsonl").write_text(lines.replace("312/UBND-KT", "313/UBND-KT"), "utf-8")
        altered = subprocess.run([sys.executable, "-I", "verify.py"], cwd=bundle, capture_output=True, check=False)
    assert (whole.returncode, whole.stderr) == (0, b"")
    assert altered.returncode != 0


# --- they find --------------------------------------------------------------------------------------------------------


@contextmanager
def altered(scenario, table, key, **values):
    """Somebody with access to the database alters a row behind the system's back; afterwards it is as it was."""
    columns = [table.c[name] for name in values]
    with scenario.database.engine.begin() as connection:
        before = connection.execute(select(*columns).where(*key)).one()
        connection.execute(update(table).where(*key), values)
    yield
    with scenario.database.engine.begin() as connection:
        connection.execute(update(table).where(*key), dict(before._mapping))


def take_the_fence_down(scenario):
    """What a determined administrator of the database can do."""
    fences = {
        "sqlite": ["DROP TRIGGER event_no_UPDATE", "DROP TRIGGER event_no_DELETE"],
        "postgresql": ["ALTER TABLE event DISABLE TRIGGER event_append_only"],
    }
    with scenario.database.engine.begin() as connection:
        for statement in fences[connection.dialect.name]:
            connection.execute(text(statement))


def found(scenario):
    """What verification finds: (case, line)."""
    return [(broken.number, broken.seq) for broken in verification.verify_all(scenario.database).breaks]


@acceptance
def test_the_database_itself_refuses_to_alter_the_history(scenario):
    """Promise of the design: the trail is append-only, also for whoever reaches the database past the system."""
    scenario.a_request_is_filed("2026-06-01")
    for statement in (update(event).values(actor="pham-van-dung"), delete(event)):
        with pytest.raises(DBAPIError, match="append only"), scenario.database.engine.begin() as connection:
            connection.execute(statement)


@acceptance
def test_a_line_that_was_altered_all_the_same_is_named(scenario):
    """Promise of the design: the history is chained; the first line that does not hold is told."""
    an_answered_request(scenario)
    take_the_fence_down(scenario)
    with scenario.database.read(SYSTEM_ACTOR) as tx:
        trail_id = cases.readable_case(tx, scenario.case).id
        row = tx.connection.execute(select(event).where(event.c.trail_id == trail_id, event.c.seq == 9)).one()
    body = json.loads(row.body)
    body["actor"]["id"] = "pham-van-dung"
    with altered(
        scenario, event, (event.c.trail_id == trail_id, event.c.seq == 9), body=json.dumps(body, ensure_ascii=False)
    ):
        assert found(scenario) == [(scenario.case, 9)]
    assert found(scenario) == []


@acceptance
def test_a_due_date_that_was_altered_is_found(scenario):
    """Promise of the design: projections are compared with what the history says."""
    scenario.a_request_is_filed("2026-06-01")
    with scenario.database.read(SYSTEM_ACTOR) as tx:
        case_id = cases.readable_case(tx, scenario.case).id
    key = (deadline_table.c.case_id == case_id, deadline_table.c.name == "accept_or_refuse")
    with altered(scenario, deadline_table, key, due_on=FRIDAY.replace(month=9)):
        assert [number for number, _line in found(scenario)] == [scenario.case]


@acceptance
def test_a_case_whose_state_was_altered_is_locked_until_somebody_has_looked(scenario):
    """Promise of the design: nobody works on a state that the history does not know."""
    scenario.a_request_is_filed("2026-06-01")
    with scenario.database.read(SYSTEM_ACTOR) as tx:
        state = cases.readable_case(tx, scenario.case)
    forged = state.frontier.replace(b'"classify"', b'"decide"')
    token = scenario.work("classify").token
    with altered(scenario, case_, (case_.c.id == state.id,), frontier=forged):
        assert [number for number, _line in found(scenario)] == [scenario.case]
        with refused("state_altered"):
            scenario.act(
                scenario.actor("le-thi-hoa"), "complete", lambda tx: work_items.complete(tx, state.number, token, {})
            )
    scenario.the_receiver_classifies()


@acceptance
def test_a_person_is_erased_and_the_history_still_verifies(scenario):
    """Law 91/2025 on personal data: the key is destroyed, the chain only ever held commitments."""
    an_answered_request(scenario)
    administrator, number, ground = scenario.actor("ly-van-tri"), scenario.case, "Theo yêu cầu của chủ thể dữ liệu"
    scenario.act(administrator, "erase_person", lambda tx: people.erase_person(tx, number, ground))
    assert scenario.file("le-thi-hoa").variables["start"]["full_name"] == cases.HIDDEN
    assert scenario.file("le-thi-hoa").variables["dispatch"]["sent_on"] == "2026-06-16"
    assert scenario.trail("person_erased")[0]["input"] == {"ground": ground}
    assert found(scenario) == []
    assert scenario.file(AUDITOR).entry.agency == WARD
