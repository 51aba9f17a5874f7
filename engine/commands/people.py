"""Organisations, participants, roles, access tokens; and the erasure of a person."""

import json
import secrets
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine import authority
from engine.apply import load_case_by_number, record
from engine.audit import personal_values, trail
from engine.database import Transaction
from engine.errors import Invalid, NotFound
from engine.registers.organisations import organisation_named
from engine.registers.participants import token_sha256
from engine.tables import api_token, organisation, participant, role_assignment
from engine.vocabulary import EventType, Role

TOKEN_BYTES = 32
NOBODYS = {authority.SYSTEM, Role.REQUESTER}
"""Ids by which the trail names those who are no participants."""


def set_organisation(tx: Transaction, entry: dict[str, Any]) -> dict[str, Any]:
    """Adds an organisation or replaces its entry."""
    authority.may_administer(tx.actor, "sửa danh mục cơ quan")
    _put_organisation(tx, entry)
    trail.append_to_administration(tx, EventType.ORGANISATION_SET, {"input": {"id": entry["id"]}})
    return {"id": entry["id"]}


def set_organisations(tx: Transaction, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Many at once, as one act."""
    authority.may_administer(tx.actor, "sửa danh mục cơ quan")
    for entry in entries:
        _put_organisation(tx, entry)
    trail.append_to_administration(
        tx, EventType.ORGANISATION_SET, {"input": {"ids": [entry["id"] for entry in entries]}}
    )
    return {"count": len(entries)}


def set_participant(tx: Transaction, identity: str, name: str, agency: str, active: bool = True) -> dict[str, Any]:
    """Adds a participant or changes one. Participants are never deleted: the trail speaks of them."""
    authority.may_administer(tx.actor, "sửa danh sách người tham gia")
    if identity in NOBODYS:
        raise Invalid(
            "reserved_name", f"«{identity}» là tên dành riêng của hệ thống.", f"The id «{identity}» is reserved."
        )
    organisation_named(tx, agency)
    row = {"id": identity, "name": name, "agency": agency, "active": active}
    known = tx.connection.execute(select(participant.c.id).where(participant.c.id == identity)).first()
    if known is None:
        tx.connection.execute(insert(participant), row)
    else:
        tx.connection.execute(update(participant).where(participant.c.id == identity), row)
    trail.append_to_administration(
        tx, EventType.PARTICIPANT_SET, {"input": {"id": identity, "agency": agency, "active": active}}
    )
    return row


def assign_role(
    tx: Transaction, identity: str, role: str, agency: str, effective_from: date, effective_to: date | None = None
) -> dict[str, Any]:
    """Gives a participant a role in an agency from a day on, both days included."""
    authority.may_administer(tx.actor, "phân vai trò")
    if role not in set(Role):
        raise Invalid(
            "no_such_role", f"Không có vai trò «{role}».", f"There is no role «{role}»: use one of {', '.join(Role)}."
        )
    organisation_named(tx, agency)
    _participant_named(tx, identity)
    key = {"participant_id": identity, "role": role, "agency": agency, "effective_from": effective_from}
    columns = role_assignment.c
    tx.connection.execute(
        delete(role_assignment).where(
            columns.participant_id == identity,
            columns.role == role,
            columns.agency == agency,
            columns.effective_from == effective_from,
        )
    )
    tx.connection.execute(insert(role_assignment), {**key, "effective_to": effective_to})
    said = {"participant": identity, "role": role, "agency": agency, "from": effective_from.isoformat()}
    said |= {"to": effective_to.isoformat()} if effective_to else {}
    trail.append_to_administration(tx, EventType.ROLE_ASSIGNED, {"input": said})
    return said


def issue_token(tx: Transaction, identity: str, label: str, token: str | None = None) -> dict[str, Any]:
    """A new access token for a participant, told once: only its hash is kept. `token` is for demonstrations."""
    authority.may_administer(tx.actor, "cấp mã truy cập")
    _participant_named(tx, identity)
    secret = token or secrets.token_urlsafe(TOKEN_BYTES)
    digest = token_sha256(secret)
    row = {"token_sha256": digest, "participant_id": identity, "label": label, "created_at": tx.now}
    if tx.connection.execute(select(api_token.c.label).where(api_token.c.token_sha256 == digest)).first() is None:
        tx.connection.execute(insert(api_token), row)
        trail.append_to_administration(
            tx, EventType.API_TOKEN_ISSUED, {"input": {"participant": identity, "label": label}}
        )
    return {"participant": identity, "token": secret}


def revoke_tokens(tx: Transaction, identity: str) -> dict[str, Any]:
    """Every token of the participant stops working now."""
    authority.may_administer(tx.actor, "thu hồi mã truy cập")
    held = (api_token.c.participant_id == identity, api_token.c.revoked_at.is_(None))
    count = tx.connection.execute(update(api_token).where(*held), {"revoked_at": tx.now}).rowcount
    trail.append_to_administration(
        tx, EventType.API_TOKEN_REVOKED, {"input": {"participant": identity, "count": count}}
    )
    return {"participant": identity, "revoked": count}


def erase_person(tx: Transaction, number: str, ground: str) -> dict[str, Any]:
    """Destroys the personal values of a case's person. The trail goes on to verify: it only ever held commitments."""
    authority.may_administer(tx.actor, "xóa dữ liệu cá nhân")
    case = load_case_by_number(tx, number)
    if not ground.strip():
        raise Invalid("no_ground", "Cần nêu căn cứ xóa dữ liệu cá nhân.", "The ground of the erasure is missing.")
    commitments = personal_values.erase(tx, case.person_id) if case.person_id is not None else []
    record(tx, case, EventType.PERSON_ERASED, {"input": {"ground": ground}, "commitments": commitments})
    return {"case": number, "erased": len(commitments)}


def _put_organisation(tx: Transaction, entry: dict[str, Any]) -> None:
    columns = set(organisation.c.keys())
    row = {name: value for name, value in entry.items() if name in columns}
    details = {name: value for name, value in entry.items() if name not in columns}
    row["details"] = json.dumps(details, sort_keys=True, ensure_ascii=False, default=str)
    known = tx.connection.execute(select(organisation.c.id).where(organisation.c.id == entry["id"])).first()
    if known is None:
        tx.connection.execute(insert(organisation), row)
    else:
        tx.connection.execute(update(organisation).where(organisation.c.id == entry["id"]), row)


def _participant_named(tx: Transaction, identity: str) -> None:
    if tx.connection.execute(select(participant.c.id).where(participant.c.id == identity)).first() is None:
        raise NotFound(
            "no_such_participant", f"Không có người tham gia «{identity}».", f"There is no participant «{identity}»."
        )
