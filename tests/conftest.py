"""Databases for the tests: real ones, of both kinds, and a new one for every test.

    an empty database                   sqlite_url        postgresql_url        any_database_url (both)
    the schema, as migrations leave it  sqlite_database   postgresql_database   any_database     (both)

The migrations run once per worker and kind; each test gets a copy of the result: a copied file on SQLite, a database
made from a template on PostgreSQL (about 30 ms, as much as emptying the tables would take, and it brings back
everything a test may have changed). A test that takes one of the last column runs on both.

`GIAITRINH_TEST_POSTGRESQL=skip` leaves PostgreSQL out, on machines that have none. Nothing else does: half a test run
must not look like a whole one.
"""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests import postgres

if TYPE_CHECKING:
    from engine.database import Database

# The database of this machine is not for tests.
os.environ.pop("GIAITRINH_DATABASE", None)

KINDS = ["sqlite", "postgresql"]
ROOM = pytest.StashKey[Path]()


# --- one PostgreSQL for the whole run --------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Open the room for the server; workers share the one of the process that started them."""
    if hasattr(config, "workerinput"):
        config.stash[ROOM] = Path(config.workerinput["postgresql_room"])
        return
    room = postgres.room()
    config.stash[ROOM] = room.__enter__()
    config.add_cleanup(lambda: room.__exit__(None, None, None))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker of pytest-xdist where the room is."""
    node.workerinput["postgresql_room"] = str(node.config.stash[ROOM])


@pytest.fixture(scope="session")
def postgresql_server(request) -> postgres.Server:
    """The server, started when the first test of the run asks for it."""
    if os.environ.get("GIAITRINH_TEST_POSTGRESQL") == "skip":
        pytest.skip("GIAITRINH_TEST_POSTGRESQL=skip leaves PostgreSQL out")
    try:
        return postgres.server_in(request.config.stash[ROOM])
    except postgres.PostgresUnavailable as refusal:
        reason = str(refusal)
    pytest.fail(f"{reason}\n(GIAITRINH_TEST_POSTGRESQL=skip runs the other tests without it)", pytrace=False)


# --- empty databases -------------------------------------------------------------------------------------------------


@pytest.fixture
def sqlite_url(tmp_path) -> str:
    """An SQLite file that does not exist yet."""
    return sqlite_address(tmp_path / "giaitrinh.sqlite3")


@pytest.fixture
def postgresql_url(postgresql_server) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    with new_database(postgresql_server, template="template1") as name:
        yield postgresql_server.url(name)


@pytest.fixture(params=KINDS)
def any_database_url(request) -> str:
    """An empty database of either kind: the test runs twice."""
    return request.getfixturevalue(f"{request.param}_url")


# --- databases with the schema ---------------------------------------------------------------------------------------


@pytest.fixture
def sqlite_database(tmp_path, migrated_sqlite_file) -> Iterator["Database"]:
    """An SQLite database as the migrations leave it."""
    file = tmp_path / "giaitrinh.sqlite3"
    shutil.copyfile(migrated_sqlite_file, file)
    with opened(sqlite_address(file)) as database:
        yield database


@pytest.fixture
def postgresql_database(postgresql_server, migrated_postgresql_template) -> Iterator["Database"]:
    """A PostgreSQL database as the migrations leave it."""
    with (
        new_database(postgresql_server, migrated_postgresql_template) as name,
        opened(postgresql_server.url(name)) as database,
    ):
        yield database


@pytest.fixture(params=KINDS)
def any_database(request) -> "Database":
    """A database of either kind as the migrations leave it: the test runs twice."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory) -> Path:
    """The file that SQLite tests copy."""
    from engine import migrations

    file = tmp_path_factory.mktemp("migrated") / "template.sqlite3"
    migrations.upgrade(sqlite_address(file))
    return file


@pytest.fixture(scope="session")
def migrated_postgresql_template(postgresql_server) -> Iterator[str]:
    """The database that PostgreSQL tests are copied from."""
    from engine import migrations

    with new_database(postgresql_server, template="template1") as name:
        migrations.upgrade(postgresql_server.url(name))
        yield name


# --- how they are made -----------------------------------------------------------------------------------------------

numbers = itertools.count(1)


def sqlite_address(file: Path) -> str:
    """The address of an SQLite file for SQLAlchemy."""
    return f"sqlite:///{file}"


@contextmanager
def opened(url: str) -> Iterator["Database"]:
    """The door to a database, closed again afterwards."""
    from engine.database import Database

    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def new_database(server: postgres.Server, template: str) -> Iterator[str]:
    """A copy of the template under a name that no other worker uses; gone afterwards, whoever is still connected."""
    name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'only')}_{next(numbers)}"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
