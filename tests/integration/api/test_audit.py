"""Verification and replay through the doors; what was altered is found and told."""

from datetime import date

import pytest
from sqlalchemy import text

from engine.authority import SYSTEM_ACTOR
from engine.tables import deadline, event
from tests.integration.api.conftest import FILING, assert_problem, example


def a_case(office):
    number = office.filed()["case"]
    for step in example("answered")["steps"][:3]:
        office.complete(number, step["element"], step["data"])
    return number


def alter(office, statement):
    """As the administrator of the database can: after taking the fence away."""
    with office.database.begin(SYSTEM_ACTOR) as tx:
        fence = (
            "ALTER TABLE event DISABLE TRIGGER USER" if tx.is_postgresql else "DROP TRIGGER IF EXISTS event_no_UPDATE"
        )
        tx.connection.execute(text(fence))
        tx.connection.execute(statement)


def test_whole_case_verifies_and_replays(office):
    number = a_case(office)
    reader = office.official("kiem-toan")
    verdict = reader.get(f"/cases/{number}/verification").json
    assert (verdict["holds"], verdict["lines"], verdict["broken"]) == (True, 4, None)
    replayed = reader.get(f"/cases/{number}/replay").json
    assert (replayed["holds"], replayed["divergence"], replayed["next"]) == (True, None, None)
    last = reader.get(f"/cases/{number}/history").json["items"][-1]
    assert last["hash"] == verdict["head"]
    assert replayed["items"][-1]["state_sha256"] == last["body"]["state_sha256"]
    assert {place["element"] for place in replayed["items"][0]["marking"]} >= {"classify"}


def test_altered_line_is_named(office):
    number = a_case(office)
    alter(office, event.update().where(event.c.seq == 2, event.c.trail_id != 0).values(body="{}"))
    verdict = office.official("tiep-nhan").get(f"/cases/{number}/verification").json
    assert (verdict["holds"], verdict["broken"]["case"], verdict["broken"]["seq"]) == (False, number, 2)
    replayed = office.official("tiep-nhan").get(f"/cases/{number}/replay").json
    assert (replayed["holds"], replayed["divergence"]["seq"]) == (False, 2)
    assert [step["seq"] for step in replayed["items"]] == [1]


def test_replay_tells_the_divergence_on_the_page_where_it_is(office):
    number = a_case(office)
    alter(office, event.update().where(event.c.seq == 4, event.c.trail_id != 0).values(body="{}"))
    first = office.official("kiem-toan").get(f"/cases/{number}/replay?limit=2").json
    assert (first["holds"], first["divergence"]) == (True, None)
    second = office.official("kiem-toan").get(first["next"]).json
    assert (second["holds"], second["divergence"]["seq"]) == (False, 4)


def test_altered_state_is_told_and_not_hidden_behind_an_error(office):
    from engine.tables import case_

    number = a_case(office)
    alter(office, case_.update().values(frontier=b"{}"))
    verdict = office.official("kiem-toan").get(f"/cases/{number}/verification")
    assert (verdict.status_code, verdict.json["holds"]) == (200, False)


def test_auditor_verifies_everything_and_hears_the_counts(office):
    a_case(office)
    office.filed()
    verdict = office.official("kiem-toan").post("/audit/verify", {"replay": True}, key=None)
    assert verdict.status_code == 200, verdict.get_data(as_text=True)
    assert verdict.json["verification"] == {"holds": True, "cases": 2, "lines": 5, "breaks": [], "elsewhere": 0}
    assert verdict.json["replay"] == {"holds": True, "cases": 2, "lines": 5, "breaks": [], "elsewhere": 0}
    assert office.official("kiem-toan").post("/audit/verify", {}).json["replay"] is None


def test_break_is_named_to_the_auditor(office):
    number = a_case(office)
    office.filed()
    alter(
        office,
        deadline.update().where(deadline.c.status == "running", deadline.c.name == "explain").values(status="met"),
    )
    verdict = office.official("kiem-toan").post("/audit/verify", {}).json["verification"]
    assert (verdict["holds"], [b["case"] for b in verdict["breaks"]], verdict["elsewhere"]) == (False, [number], 0)


def test_break_in_a_case_that_the_auditor_may_not_see_is_counted_and_not_named(office):
    from engine import commands
    from engine.commands import people

    commands.perform(
        office.database, SYSTEM_ACTOR, "o", lambda tx: people.set_organisation(tx, {
            "id": "tinh-khac", "name_vi": "Tỉnh khác", "name_en": "Another province", "kind": "state", "level": "province"})
    )  # fmt: skip
    receives = ("xa-lanh-dao", "receiver", "tinh-khac", date(2024, 1, 1))
    commands.perform(office.database, SYSTEM_ACTOR, "r", lambda tx: people.assign_role(tx, *receives))
    number = office.public().post("/requests", {**FILING, "agency": "tinh-khac"}).json["case"]
    alter(office, event.update().where(event.c.seq == 1, event.c.trail_id != 0).values(body="{}"))
    answer = office.official("kiem-toan").post("/audit/verify", {"replay": True})
    for verdict in (answer.json["verification"], answer.json["replay"]):
        assert (verdict["holds"], verdict["breaks"], verdict["elsewhere"]) == (False, [], 1)
    assert number not in answer.get_data(as_text=True)


def test_more_cases_than_the_limit_are_for_the_command_line(sqlite_office, monkeypatch):
    sqlite_office.filed()
    monkeypatch.setattr("api.resources.audit.MOST_CASES", 0)
    body = assert_problem(sqlite_office.official("kiem-toan").post("/audit/verify", {}), 409, "too_many_cases")
    assert body["details"] == {"cases": 1}


@pytest.mark.parametrize("path", ["verification", "replay", "history"])
def test_reading_changes_nothing(office, path):
    number = a_case(office)
    before = office.everything()
    assert office.official("kiem-toan").get(f"/cases/{number}/{path}").status_code == 200
    assert office.everything() == before
