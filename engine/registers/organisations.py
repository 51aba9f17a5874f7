"""Organisations: who is above whom, who checks and who inspects whom."""

from dataclasses import dataclass

from sqlalchemy import select

from engine.database import Transaction
from engine.errors import NotFound
from engine.tables import organisation

ROUTING = ("superior", "checks", "inspects", "administers", "party_inspects", "follows")


@dataclass(frozen=True)
class OrganisationEntry:
    """One organisation as it is in force."""

    id: str
    name_vi: str
    name_en: str
    kind: str
    level: str
    generic: bool
    parent: str | None
    superior: str | None
    checks: str | None
    inspects: str | None
    administers: str | None
    party_inspects: str | None
    follows: str | None
    successor: str | None


def organisations(tx: Transaction) -> dict[str, OrganisationEntry]:
    """All of them by id."""
    columns = [organisation.c[name] for name in OrganisationEntry.__dataclass_fields__]
    return {row.id: OrganisationEntry(**row._mapping) for row in tx.connection.execute(select(*columns))}  # noqa: SLF001 - its public name


def organisation_named(tx: Transaction, identity: str) -> OrganisationEntry:
    """The organisation with this id. Raises NotFound."""
    columns = [organisation.c[name] for name in OrganisationEntry.__dataclass_fields__]
    row = tx.connection.execute(select(*columns).where(organisation.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(
            "no_such_organisation", f"Không có cơ quan «{identity}».", f"There is no organisation «{identity}»."
        )
    return OrganisationEntry(**row._mapping)  # noqa: SLF001 - its public name


def overseer_of(tx: Transaction, agency: str) -> str:
    """Who looks into what this agency let lapse: its superior, else the one above it, else itself when nobody is above."""
    entry = organisation_named(tx, agency)
    return entry.superior or entry.parent or agency


def routing_of(tx: Transaction, agency: str) -> dict[str, str | None] | None:
    """Who is superior, checks, inspects, administers, inspects for the Party and follows; None when the register does not say."""
    entry = organisation_named(tx, agency)
    return {name: getattr(entry, name) for name in ROUTING} if entry.superior else None


def below(entries: dict[str, OrganisationEntry], agency: str) -> frozenset[str]:
    """The agencies under this one, at any depth, without itself."""
    found: set[str] = set()
    level = {agency}
    while level:
        level = (
            {e.id for e in entries.values() if (e.superior or e.parent) in level or e.parent in level}
            - found
            - {agency}
        )
        found |= level
    return frozenset(found)
