"""Migrations of the schema, by Alembic. `upgrade(url)` brings a database of any age, also an empty one, to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from engine.database import Database, journal_mode


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrades to the revision. On SQLite the journal mode is set here, once."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Downgrades to the revision; `base` empties the database."""
    _run(url, lambda config: command.downgrade(config, revision))


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration for this folder."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _run(url: str, act: object) -> None:
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.connection.driver_connection.execute(f"PRAGMA journal_mode = {journal_mode()}")  # type: ignore[union-attr]
            act(configuration(connection))  # type: ignore[operator]
            connection.commit()
    finally:
        database.dispose()
