"""The throw-away PostgreSQL starts once for all, refuses in words, and never outlives the process that wanted it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from tests import postgres

ROOT = Path(__file__).resolve().parents[2]

needs_postgresql = pytest.mark.usefixtures("postgresql_server")


def test_a_test_gets_an_empty_database_of_its_own(postgresql_url):
    engine = sqlalchemy.create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE leftover (id int)")
        tables = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relname = 'leftover'").scalars().all()
    engine.dispose()
    assert tables == ["leftover"]


def test_the_next_test_finds_nothing_of_it(postgresql_url):
    test_a_test_gets_an_empty_database_of_its_own(postgresql_url)


def test_both_kinds_understand_sql(any_database_url):
    engine = sqlalchemy.create_engine(any_database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1 + 1").scalar() == 2
    engine.dispose()


def test_both_kinds_come_with_the_schema_and_nothing_of_other_tests(any_database):
    from engine.tables import metadata

    with any_database.engine.begin() as connection:
        tables = set(sqlalchemy.inspect(connection).get_table_names())
        connection.exec_driver_sql("CREATE TABLE left_by_this_test (id int)")
    assert tables == set(metadata.tables) | {"alembic_version"}


def test_both_kinds_come_so_again(any_database):
    test_both_kinds_come_with_the_schema_and_nothing_of_other_tests(any_database)


def test_the_server_knows_vietnamese_letters(postgresql_server):
    with psycopg.connect(postgresql_server.conninfo()) as connection:
        assert connection.execute("SELECT lower('ĐỀ NGHỊ GIẢI TRÌNH')").fetchone() == ("đề nghị giải trình",)


def test_the_socket_is_closed_to_other_accounts(postgresql_server):
    assert Path(postgresql_server.socket_folder).stat().st_mode & 0o077 == 0


@needs_postgresql
def test_whoever_asks_later_gets_the_same_server():
    with postgres.room() as room:
        first = postgres.server_in(room)
        assert postgres.server_in(room) == first
        server = process_of(first)
        assert is_running(server)
    assert not room.exists()
    assert not is_running(server)


@needs_postgresql
def test_the_server_ends_when_its_owner_is_killed():
    program = "from tests import postgres\nwith postgres.room() as r: print(postgres.server_in(r).socket_folder, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        server = postgres.Server(owner.stdout.readline().strip())
        process = process_of(server)
        assert is_running(process)
        owner.send_signal(signal.SIGKILL)
    wait_for_the_end_of(server)
    assert not is_running(process)


@needs_postgresql
def test_an_interrupted_run_leaves_nothing_behind(tmp_path):
    """As Ctrl-C does it: the signal goes to pytest and to all its workers."""
    test = tmp_path / "test_long.py"
    test.write_text(
        "import time\n"
        "def test_long(postgresql_server):\n"
        f"    open({str(tmp_path / 'folder')!r}, 'w').write(postgresql_server.socket_folder)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "-p", "no:cacheprovider", "-p", "tests.conftest", test]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as run:
        end = time.monotonic() + 60
        while not (tmp_path / "folder").exists() or not (tmp_path / "folder").read_text():
            assert run.poll() is None, run.stdout.read().decode()
            assert time.monotonic() < end
            time.sleep(0.05)
        server = postgres.Server((tmp_path / "folder").read_text())
        process = process_of(server)
        os.killpg(run.pid, signal.SIGINT)
        run.communicate(timeout=110)  # longer than the sleep, should the worker miss the signal on a busy machine
    wait_for_the_end_of(server)
    assert not is_running(process)


@needs_postgresql
def test_a_refusal_reaches_everybody_who_asks():
    """A room whose data folder is already taken: initdb cannot make its cluster there."""
    with postgres.room() as room:
        (room / "data").write_text("in the way")
        refusals = []
        for _ in range(2):
            with pytest.raises(postgres.PostgresUnavailable) as refusal:
                postgres.server_in(room)
            refusals.append(str(refusal.value))
    assert refusals == ["the keeper failed: FileExistsError(17, 'File exists')"] * 2
    assert not room.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an account without a name")
def test_an_account_without_a_name_is_refused_in_words():
    program = "import os\nfrom tests import postgres\nos.seteuid(64999)\npostgres.account_for_the_server()"
    outcome = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "uid 64999 has no entry in /etc/passwd" in outcome.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the server over to another account")
def test_programs_in_a_closed_folder_are_copied_and_the_folder_stays_closed(tmp_path):
    account = postgres.account_for_the_server()
    closed = tmp_path / "closed" / "pginstall"
    (closed / "bin").mkdir(parents=True)
    (closed / "bin" / "postgres").write_text("#!/bin/sh\necho postgres\n")
    (closed / "bin" / "postgres").chmod(0o755)
    (tmp_path / "closed").chmod(0o700)
    with postgres.room() as room:
        programs = postgres.reachable(closed / "bin", room, account)
        assert programs == room / "programs" / "pginstall" / "bin"
        assert postgres.can_run(programs, account)
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700


def process_of(server: postgres.Server) -> int:
    """The process that PostgreSQL itself names as its first."""
    return int((Path(server.socket_folder) / "postmaster.pid").read_text().splitlines()[0])


def is_running(process: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_the_end_of(server: postgres.Server) -> None:
    """The keeper needs a moment."""
    room = Path(server.socket_folder).parent
    end = time.monotonic() + 20
    while room.exists():
        assert time.monotonic() < end, f"{room} is still there"
        time.sleep(0.02)
