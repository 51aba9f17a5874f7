"""Alembic's entry: runs the migrations on the connection it was given, or on the database of the environment."""

from alembic import context
from sqlalchemy import Connection

from engine.database import Database
from engine.settings import read_settings
from engine.tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="tables.",
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(read_settings().database_url)
    with database.engine.connect() as connection:
        run(connection)
        connection.commit()
    database.dispose()
