"""`backup`: a copy of a system at work that can take its place."""

import os
import shutil
import subprocess
import threading

import pytest
from sqlalchemy import text

from engine import backup as backups
from engine import installation
from engine.audit import replay, verification
from engine.authority import SYSTEM_ACTOR
from engine.database import Database
from engine.errors import BrokenTrail
from tests import postgres
from tests.conftest import new_database, opened, sqlite_address
from tests.integration.cli.conftest import CITIZEN, file_request, use, wait_until
from tests.integration.cli.test_audit import alter


def test_a_backup_of_a_system_at_work_takes_its_place(system):
    """Requests are filed all the time; the copy holds what was there at one moment, and goes on from there."""
    done = threading.Event()
    filed: list[str] = []

    def go_on_filing():
        with system.open() as database:
            while not done.is_set():
                filed.append(file_request(database))

    clerk = threading.Thread(target=go_on_filing)
    clerk.start()
    codes = []
    try:
        for number in range(3):
            wait_until(lambda: len(filed) > 5 * len(codes), "more requests")
            codes.append(system.run("backup", system.folder / f"copy{number}.sqlite3")[0])
    finally:
        done.set()
        clerk.join()

    assert codes == [0, 0, 0]
    with system.open() as database:
        key = database.master_key
    for number in range(3):
        restored = Database(sqlite_address(system.folder / f"copy{number}.sqlite3"), master_key=key)
        assert verification.verify_all(restored).holds
        assert replay.replay_all(restored).holds
        assert file_request(restored).startswith("YCGT-DN-SO-NOI-VU-")
        restored.dispose()


def test_a_backup_is_for_its_owner_only_and_overwrites_nothing(system):
    copy = system.folder / "copy.sqlite3"
    first = system.run("backup", copy)
    second = system.run("backup", copy)

    assert (first[0], copy.stat().st_mode & 0o777) == (0, 0o600)
    assert (second[0], "không ghi đè" in second[1], "overwrites nothing" in second[1]) == (3, True, True)
    assert "Khóa chủ không nằm trong bản sao" in first[1]
    assert [path.name for path in system.folder.glob(".*")] == []


def test_a_backup_without_the_master_key_gives_no_names_away(system):
    system.a_case()
    assert system.run("backup", system.folder / "copy.sqlite3")[0] == 0

    assert CITIZEN.encode() not in (system.folder / "copy.sqlite3").read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE case_ SET trail_head = 'x' WHERE id = :case",
        "UPDATE case_ SET trail_length = 9 WHERE id = :case",
        "DELETE FROM event WHERE trail_id = :case",
        "INSERT INTO event SELECT trail_id, 99, at, actor, type, body, prev, hash FROM event WHERE trail_id = :case",
    ],
)
def test_a_copy_whose_trails_do_not_hold_is_not_kept(system, damage):
    number = system.a_case()
    alter(system, damage, number)
    code, said = system.run("backup", system.folder / "copy.sqlite3")

    assert (code, number in said) == (1, True)
    assert list(system.folder.glob("*copy*")) == []


def test_a_copy_with_a_broken_page_is_found(system):
    assert system.run("backup", system.folder / "copy.sqlite3")[0] == 0
    copy = system.folder / "copy.sqlite3"
    content = bytearray(copy.read_bytes())
    content[8192:12288] = os.urandom(4096)
    copy.write_bytes(content)

    with pytest.raises(BrokenTrail, match="copy_broken"):
        backups.check_sqlite(copy)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@pytest.fixture
def on_postgresql(empty_system, postgresql_url, monkeypatch):
    empty_system.url = postgresql_url
    empty_system.folder.mkdir()
    return use(empty_system, monkeypatch)


def test_without_pg_dump_the_message_says_what_to_install(on_postgresql, monkeypatch, tmp_path):
    assert on_postgresql.run("migrate")[0] == 0
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said = on_postgresql.run("backup", on_postgresql.folder / "copy.dump")

    assert (code, "postgresql-client" in said, "pg_dump and pg_restore" in said) == (4, True, True)
    assert list(on_postgresql.folder.glob("*copy*")) == []


def test_a_dump_of_postgresql_can_be_restored(on_postgresql, postgresql_server, monkeypatch):
    programs = str(postgres.find_programs())
    if shutil.which("pg_dump", path=programs) is None:
        pytest.skip("this PostgreSQL came without pg_dump")
    monkeypatch.setenv("PATH", programs, prepend=os.pathsep)
    assert on_postgresql.run("setup", "--no-demo")[0] == 0
    number = on_postgresql.a_case()
    dump = on_postgresql.folder / "copy.dump"

    code, said = on_postgresql.run("backup", dump)
    assert (code, dump.stat().st_mode & 0o777) == (0, 0o600), said
    with new_database(postgresql_server, template="template1") as name:
        subprocess.run(["pg_restore", "--dbname", postgresql_server.conninfo(name), "--no-owner", dump], check=True)
        with opened(postgresql_server.url(name)) as restored:
            assert verification.verify_all(restored).holds
            assert replay.replay_all(restored).holds
            with restored.read(SYSTEM_ACTOR) as tx:
                query = text("SELECT title FROM case_ WHERE number = :n")
                title = tx.connection.execute(query, {"n": number}).scalar_one()
    assert installation.EXAMPLE_REQUEST["decision_number"] in title
