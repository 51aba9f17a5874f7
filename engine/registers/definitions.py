"""Published definitions: immutable, so that a parsed one is kept for ever."""

from dataclasses import dataclass

from sqlalchemy import func, select

from engine.bpmn.definitions import Definition, DefinitionSource
from engine.bpmn.definitions import published as published_before
from engine.database import Transaction
from engine.errors import NotFound
from engine.tables import definition


@dataclass(frozen=True)
class PublishedDefinition:
    """A definition and where it stands in the register."""

    id: int
    version: int
    definition: Definition


def by_id(tx: Transaction, identity: int) -> PublishedDefinition:
    """The definition with this number in the register."""
    known = tx.cache.get(("definition", identity))
    if isinstance(known, PublishedDefinition):
        return known
    row = tx.connection.execute(select(definition).where(definition.c.id == identity)).one()
    source = DefinitionSource.from_json(row.source)
    if source.sha256 != row.sha256:
        raise NotFound(
            "definition_altered",
            f"Định nghĩa {row.process} phiên bản {row.version} đã bị sửa ngoài hệ thống.",
            f"The stored definition {row.process} version {row.version} no longer has its hash: it was altered.",
        )
    published = PublishedDefinition(row.id, row.version, published_before(source))
    tx.cache[("definition", identity)] = published
    return published


def newest(tx: Transaction, process: str) -> PublishedDefinition:
    """The newest version of the process. Raises NotFound."""
    for published in all_newest(tx):
        if published.definition.process == process:
            return published
    raise NotFound(
        "process_not_published",
        f"Quy trình «{process}» chưa được công bố.",
        f"Expected the process «{process}» to be published.",
    )


def started_by(tx: Transaction, message: str) -> PublishedDefinition | None:
    """The newest definition that this message starts, if any."""
    return next((published for published in all_newest(tx) if message in published.definition.starts), None)


def all_newest(tx: Transaction) -> list[PublishedDefinition]:
    """The newest version of every process, by process."""
    query = select(func.max(definition.c.id)).group_by(definition.c.process).order_by(definition.c.process)
    return [by_id(tx, identity) for (identity,) in tx.connection.execute(query)]
