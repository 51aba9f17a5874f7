"""What belongs to the call being answered: the database behind the application, and who calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app, g

from engine.authority import Actor
from engine.database import Database, Transaction

EXTENSION = "giaitrinh"


def database() -> Database:
    """The database that the application was made with."""
    return cast("Database", current_app.extensions[EXTENSION])


def actor() -> Actor:
    """Who calls, as `access` let them in."""
    return cast("Actor", g.actor)


@contextmanager
def reading() -> Iterator[Transaction]:
    """One reading transaction of the caller."""
    with database().read(actor()) as tx:
        yield tx
