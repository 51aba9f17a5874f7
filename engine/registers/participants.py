"""Who is who: the actor behind a participant or a token, with the roles in force on the day."""

import hashlib
from datetime import date

from sqlalchemy import select

from engine.authority import OVERSEERS, Actor
from engine.database import Transaction
from engine.errors import NotFound
from engine.registers.organisations import below, organisations
from engine.tables import api_token, participant, role_assignment
from engine.time.clock import local_date


def actor_of(tx: Transaction, identity: str) -> Actor:
    """The actor as of the transaction's day. Raises NotFound for an unknown or inactive participant."""
    row = tx.connection.execute(select(participant).where(participant.c.id == identity)).one_or_none()
    if row is None or not row.active:
        raise NotFound(
            "no_such_participant", f"Không có người tham gia «{identity}».", f"There is no participant «{identity}»."
        )
    roles = _roles(tx, identity, local_date(tx.now))
    reaching = {(role, agency) for role, agency in roles if role in OVERSEERS}
    oversees: set[tuple[str, str]] = set()
    if reaching:
        entries = organisations(tx)
        oversees = {(role, lower) for role, agency in reaching for lower in below(entries, agency)}
    return Actor(row.id, row.name, row.agency, frozenset(roles), frozenset(oversees))


def actor_of_token(tx: Transaction, token: str) -> Actor | None:
    """The actor whose token this is; None when it is unknown, expired or revoked."""
    query = select(api_token).where(api_token.c.token_sha256 == token_sha256(token))
    row = tx.connection.execute(query).one_or_none()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= tx.now):
        return None
    try:
        return actor_of(tx, row.participant_id)
    except NotFound:
        return None


def _roles(tx: Transaction, identity: str, on: date) -> set[tuple[str, str]]:
    columns = role_assignment.c
    query = select(columns.role, columns.agency, columns.effective_to).where(
        columns.participant_id == identity, columns.effective_from <= on
    )
    return {(role, agency) for role, agency, until in tx.connection.execute(query) if until is None or until >= on}


def holds_role(tx: Transaction, identity: str, role: str, agency: str) -> bool:
    """Whether this participant is active and has the role in the agency today."""
    return identity in _holders(tx, role, agency)


def somebody_holds(tx: Transaction, role: str, agency: str) -> bool:
    """Whether anybody active has the role in the agency today."""
    return bool(_holders(tx, role, agency))


def _holders(tx: Transaction, role: str, agency: str) -> set[str]:
    columns, today = role_assignment.c, local_date(tx.now)
    query = (
        select(columns.participant_id, columns.effective_to)
        .join(participant, participant.c.id == columns.participant_id)
        .where(columns.role == role, columns.agency == agency, columns.effective_from <= today, participant.c.active)
    )
    return {who for who, until in tx.connection.execute(query) if until is None or until >= today}


def token_sha256(token: str) -> str:
    """The hash under which an access token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()
