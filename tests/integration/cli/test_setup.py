"""`setup`: from nothing to a system that can be used, however often it is called."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine import commands, installation
from engine.authority import SYSTEM_ACTOR
from engine.commands import people, timers
from engine.database import Database
from engine.registers.participants import actor_of_token
from engine.tables import metadata
from engine.time.clock import VIETNAM, VirtualClock
from engine.vocabulary import Role
from tests.conftest import opened, sqlite_address
from tests.integration.cli.conftest import PATIENCE, use
from workflows.plans.work_plans import load_organisations, load_plans

MONDAY = datetime(2025, 12, 1, 9, 0, tzinfo=VIETNAM)
NOBODY_CAN = """
SELECT w.role, w.agency, c.process, w.element FROM work_item w JOIN case_ c ON c.id = w.case_id
 WHERE w.status IN ('offered', 'claimed') AND NOT EXISTS (
   SELECT 1 FROM role_assignment r JOIN participant p ON p.id = r.participant_id JOIN api_token t ON t.participant_id = p.id
    WHERE r.role = w.role AND r.agency = w.agency AND p.active AND t.revoked_at IS NULL)
"""


@pytest.fixture(scope="module")
def installed_in_2025(tmp_path_factory) -> Path:
    """A database that was set up on Monday 1 December 2025."""
    file = tmp_path_factory.mktemp("installed") / "giaitrinh.sqlite3"
    database = Database(sqlite_address(file), VirtualClock(MONDAY))
    installation.set_up(database)
    database.dispose()
    return file


@pytest.fixture
def database(tmp_path, installed_in_2025):
    file = tmp_path / "giaitrinh.sqlite3"
    shutil.copyfile(installed_in_2025, file)
    with opened(sqlite_address(file)) as database:
        database.clock = VirtualClock(MONDAY)
        yield database


def test_setup_twice_is_setup_once(any_database_url):
    database = Database(any_database_url)
    installation.set_up(database)
    before = everything(database)
    installation.set_up(database)

    assert everything(database) == before
    assert len(before["plan_task"]) == 73
    assert len(before["definition"]) == 3
    database.dispose()


def test_two_setups_at_once_are_one(empty_system, any_database_url, monkeypatch):
    empty_system.url = any_database_url
    use(empty_system, monkeypatch)
    empty_system.folder.mkdir()
    setups = [empty_system.start("setup") for _ in range(3)]

    assert [each.wait(PATIENCE) for each in setups] == [0, 0, 0], empty_system.log.read_text()
    with empty_system.open() as database:
        rows = everything(database)
    assert len(rows["plan_task"]) == 73
    assert len(rows["participant"]) == len(installation.demo_people(load_organisations()))
    assert len(rows["role_assignment"]) == len(set(rows["role_assignment"]))


def test_setup_leaves_what_an_administrator_has_changed(database):
    renamed = {"id": "dn-bao-chi", "name_vi": "Báo Đồng Nai", "name_en": "Press", "kind": "press", "level": "province"}
    do(database, lambda tx: people.set_organisation(tx, renamed))
    do(database, lambda tx: people.set_participant(tx, "dn-ubnd-head", "Người khác", "dn-ubnd", active=False))
    do(database, lambda tx: people.revoke_tokens(tx, "dn-ubnd-clerk"))
    before = everything(database)
    installation.set_up(database)

    assert everything(database) == before


def test_after_setup_somebody_can_do_every_open_work_item_now_and_in_the_years_to_come(database):
    assert rows_of(database, NOBODY_CAN) == []

    file_to_every_whole_office(database)
    for _time in range(8):
        database.clock.advance(timedelta(days=60))
        timers.lapse_all_due(database)
        assert rows_of(database, NOBODY_CAN) == []
    kinds = {process for (process,) in rows_of(database, "SELECT DISTINCT process FROM case_")}
    assert kinds == {"accountability_request", "plan_task", "inspection"}


def test_every_role_that_the_diagrams_can_ask_for_is_held(database):
    held = set(rows_of(database, "SELECT role, agency FROM role_assignment"))

    assert needed_roles() - held == set()


def test_every_token_opens_its_account_and_says_that_it_is_for_demonstration(database):
    with database.read(SYSTEM_ACTOR) as tx:
        accounts = installation.demo_accounts(tx)
        actors = {account.token: actor_of_token(tx, account.token) for account in accounts}

    assert all(token.startswith("demo-") and len(token) >= 16 for token in actors)
    assert {token for token, actor in actors.items() if actor is None or f"demo-{actor.id}" != token} == set()
    assert set(installation.SHOWN_ACCOUNTS) <= {account.id for account in accounts}


def test_the_auditor_sees_every_case(database):
    with database.read(SYSTEM_ACTOR) as tx:
        auditor = actor_of_token(tx, "demo-dn-thanh-tra-tinh-auditor")
    agencies = {agency for (agency,) in rows_of(database, "SELECT DISTINCT agency FROM case_")}

    assert {agency for agency in agencies if not auditor.holds(Role.AUDITOR, agency)} == set()


def test_setup_without_demonstration_makes_no_account(empty_system):
    assert empty_system.run("setup", "--no-demo")[0] == 0
    with empty_system.open() as database:
        assert rows_of(database, "SELECT count(*) FROM participant") == [(0,)]
        assert rows_of(database, "SELECT count(*) FROM api_token") == [(0,)]


def test_invented_names_are_natural_and_occur_once():
    people_ = installation.demo_people(load_organisations())
    names = [person.name for person in people_ if "(dùng thử)" not in person.name]

    assert len(set(names)) == len(names)
    assert len({person.id for person in people_}) == len(people_)
    assert not {plan.about.get("signer") for plan in load_plans()} & set(names)


def test_the_command_makes_a_folder_for_its_owner_only(empty_system):
    code, said = empty_system.run("setup")

    assert (code, "Đã thêm 3 quy trình." in said, "Added 3 processes." in said) == (0, True, True)
    assert empty_system.folder.stat().st_mode & 0o777 == 0o700
    assert (empty_system.folder / "giaitrinh.sqlite3").stat().st_mode & 0o777 == 0o600
    assert empty_system.run("verify")[0] == 0


def file_to_every_whole_office(database):
    from engine.commands import requests

    for agency in installation.WHOLE_OFFICES:
        entry = installation.EXAMPLE_REQUEST | {"agency": agency}
        do(database, lambda tx, entry=entry: requests.file_request(tx, entry))


def needed_roles() -> set[tuple[str, str]]:
    """(role, agency) pairs that the lanes and expressions of the three diagrams lead to."""
    bodies = load_organisations()
    needed = {(role, agency) for agency in installation.WHOLE_OFFICES for role in installation.OFFICE}
    for body in bodies:
        needed |= {(role, body.id) for role in ("head", "lead_unit", "publisher", "archivist", "cooperating_unit")}
        if body.routing:
            needed |= {("supervisor", each) for each in (body.routing.superior, body.routing.checks) if each}
            needed |= {("archivist", body.routing.superior), ("head", body.routing.administers)}
            needed |= {("inspector", body.routing.inspects), ("party_inspector", body.routing.party_inspects)}
    for plan in load_plans():
        needed |= {(role, each) for role in ("plan_owner", "plan_monitor") for each in (plan.owner, plan.monitor)}
    return {(str(role), agency) for role, agency in needed if agency}


def do(database, act):
    return commands.perform(database, SYSTEM_ACTOR, "test", act)


def rows_of(database, query: str) -> list[tuple]:
    with database.read(SYSTEM_ACTOR) as tx:
        return [tuple(row) for row in tx.connection.execute(text(query))]


def everything(database) -> dict[str, list]:
    with database.read(SYSTEM_ACTOR) as tx:
        return {
            table.name: sorted(repr(row) for row in tx.connection.execute(select(table)))
            for table in metadata.tables.values()
        }
