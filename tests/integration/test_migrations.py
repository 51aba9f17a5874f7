"""Migrations build exactly what tables.py says, go down and up again, and may be interrupted; SQLite is set up to be safe."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, inspect, text

from engine import migrations
from engine.authority import SYSTEM_ACTOR
from engine.database import Database, journal_mode
from engine.tables import metadata
from tests.integration.house_of_cases import House, Killed, by_sql


@pytest.fixture
def any_engine(any_database_url):
    database = Database(any_database_url)
    yield database.engine
    database.dispose()


def difference(engine):
    """What alembic would still change."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)


def schema(engine):
    """Everything the database itself says about its schema: columns, constraints with their names, indexes, triggers."""
    inspector = inspect(engine)
    tables = {}
    for name in sorted(inspector.get_table_names()):
        tables[name] = {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(name)],
            "primary": inspector.get_pk_constraint(name),
            "foreign": sorted((f["name"], f["referred_table"]) for f in inspector.get_foreign_keys(name)),
            "unique": sorted((u["name"], u["column_names"]) for u in inspector.get_unique_constraints(name)),
            "checks": sorted(c["name"] for c in inspector.get_check_constraints(name)),
            "indexes": sorted((i["name"], i["column_names"]) for i in inspector.get_indexes(name)),
        }
    return tables


def triggers(engine):
    of_sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    of_postgresql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    with engine.connect() as connection:
        query = of_sqlite if engine.dialect.name == "sqlite" else of_postgresql
        return [name for (name,) in connection.execute(text(query))]


def test_the_migrations_build_exactly_the_tables(any_database_url, any_engine):
    migrations.upgrade(any_database_url)
    assert difference(any_engine) == []


def test_the_names_of_constraints_and_indexes_are_those_of_the_tables(any_database_url, any_engine):
    migrations.upgrade(any_database_url)
    built = schema(any_engine)
    migrations.downgrade(any_database_url, "base")
    metadata.create_all(any_engine)
    expected = schema(any_engine)
    expected["alembic_version"] = built["alembic_version"]
    assert built == expected
    metadata.drop_all(any_engine)


def test_up_down_up_leads_to_the_same_schema(any_database_url, any_engine):
    migrations.upgrade(any_database_url)
    first = (schema(any_engine), triggers(any_engine))
    migrations.downgrade(any_database_url, "base")
    assert set(schema(any_engine)) <= {"alembic_version"}
    assert triggers(any_engine) == []
    migrations.upgrade(any_database_url)
    assert (schema(any_engine), triggers(any_engine)) == first


def test_upgrading_twice_changes_nothing(any_database):
    house = House(any_database)
    house.start("errand")
    before = house.dump()
    migrations.upgrade(any_database.engine.url.render_as_string(hide_password=False))
    assert house.dump() == before
    house.holds()


@pytest.mark.parametrize("statement", [1, 2, 23, 40])
def test_an_interrupted_upgrade_can_be_repeated(any_database_url, any_engine, monkeypatch, statement):
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "Database", lambda url: _dying(url, statement))
        with pytest.raises(Killed):
            migrations.upgrade(any_database_url)
    migrations.upgrade(any_database_url)
    assert difference(any_engine) == []
    assert triggers(any_engine) != []


def _dying(url, statement):
    """A database whose connection dies at the n-th statement that changes the schema."""
    database = Database(url)
    seen = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def before(_connection, _cursor, sql, *_rest):
        if sql.lstrip().upper().startswith(("CREATE", "INSERT")):
            seen.append(sql)
            if len(seen) == statement:
                raise Killed(sql)

    return database


def test_the_fence_refuses_to_alter_or_delete_a_line(any_database):
    house = House(any_database)
    house.start("errand")
    before = house.dump()["event"]
    for attack in ("UPDATE event SET actor = 'nobody'", "DELETE FROM event WHERE trail_id = 0"):
        with pytest.raises(Exception, match="append only"), any_database.engine.begin() as connection:
            connection.execute(text(attack))
    assert house.dump()["event"] == before
    by_sql(any_database, "UPDATE event SET actor = 'nobody'")  # the fence is no wall: see test_trail.py
    assert house.dump()["event"] != before


def test_postgresql_refuses_to_empty_the_trail(postgresql_database):
    with pytest.raises(Exception, match="append only"), postgresql_database.engine.begin() as connection:
        connection.execute(text("TRUNCATE event CASCADE"))


# --- SQLite ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "DELETE"),
        ((3, 44, 5), "DELETE"),
        ((3, 44, 6), "WAL"),
        ((3, 50, 6), "DELETE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "DELETE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_the_journal_is_a_wal_only_where_the_library_is_sound(version, mode):
    assert journal_mode(version) == mode


def test_the_journal_mode_is_set_by_the_migrations(sqlite_url):
    migrations.upgrade(sqlite_url)
    engine = create_engine(sqlite_url)
    with engine.connect() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    engine.dispose()
    assert mode.upper() == journal_mode(sqlite3.sqlite_version_info)


def test_a_file_in_wal_mode_is_taken_out_of_it_where_the_library_is_not_sound(sqlite_url, monkeypatch):
    monkeypatch.setattr(migrations, "journal_mode", lambda: "WAL")
    migrations.upgrade(sqlite_url)
    monkeypatch.setattr(migrations, "journal_mode", lambda: journal_mode((3, 40, 1)))
    migrations.upgrade(sqlite_url)
    engine = create_engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "delete"
    engine.dispose()


def test_every_connection_syncs_fully_checks_references_and_overwrites_what_is_deleted(sqlite_database):
    readers = sqlite_database.engine.execution_options(reads_only=True)
    opened = [readers.connect() for _ in range(12)]  # more than the pool keeps
    settings = [
        tuple(
            each.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("synchronous", "foreign_keys", "secure_delete")
        )
        for each in opened
    ]
    for each in opened:
        each.close()
    assert set(settings) == {(2, 1, 1)}  # synchronous 2 is FULL


def test_a_reading_transaction_does_not_take_the_lock_of_writers(sqlite_database):
    with sqlite_database.read(SYSTEM_ACTOR) as reading:
        reading.connection.execute(text("SELECT 1"))
        with sqlite_database.begin(SYSTEM_ACTOR) as writing:
            writing.connection.execute(text("SELECT 1"))
