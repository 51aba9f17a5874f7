"""Who is who: the caller; and organisations, participants, roles and tokens, which administrators set."""

from datetime import date
from typing import Any

from api import access, acts, inputs
from api.context import actor, reading
from api.operations import ACTS, Noun, Takes
from api.schemas.people import (
    ErasedSchema,
    Ground,
    MeSchema,
    OrganisationEntry,
    OrganisationsSchema,
    ParticipantEntry,
    ParticipantSchema,
    RevokedSchema,
    RoleAssignedSchema,
    RoleEntry,
    SetSchema,
    TokenEntry,
    TokenSchema,
)
from engine.commands import people
from engine.errors import Invalid, Message
from engine.registers.organisations import organisations as register
from engine.vocabulary import Role

NOUN = Noun("people", "Organisations, participants and roles", "Cơ quan, người tham gia và vai trò")
RESERVED = {"system", "requester"}  # the engine's own actors: nobody may be issued a token for them


@NOUN.route("GET", "/me", en="The caller and their roles", vi="Người gọi và các vai trò", gives=MeSchema)
@access.participant
def me() -> dict[str, Any]:
    caller = actor()
    roles = [{"role": role, "agency": agency} for role, agency in sorted(caller.roles)]
    return {"id": caller.id, "name": caller.name, "agency": caller.agency, "roles": roles}


@NOUN.route(
    "GET", "/organisations", en="The register of organisations", vi="Danh mục cơ quan", gives=OrganisationsSchema
)
@access.public
def organisations() -> dict[str, Any]:
    with reading() as tx:
        return {"items": sorted(register(tx).values(), key=lambda entry: entry.id)}


@NOUN.route(
    "POST",
    "/organisations",
    en="Add or change an organisation",
    vi="Thêm hoặc sửa cơ quan",
    takes=Takes(OrganisationEntry),
    gives=SetSchema,
    status=201,
    promises=ACTS,
)
@access.role(Role.ADMINISTRATOR)
def set_organisation(body: dict[str, Any]) -> dict[str, Any]:
    return acts.perform("set_organisation", lambda tx: people.set_organisation(tx, body), body)


@NOUN.route(
    "POST",
    "/participants",
    en="Add or change a participant",
    vi="Thêm hoặc sửa người tham gia",
    takes=Takes(ParticipantEntry),
    gives=ParticipantSchema,
    status=201,
    promises=ACTS,
)
@access.role(Role.ADMINISTRATOR)
def set_participant(body: dict[str, Any]) -> dict[str, Any]:
    if body["id"].lower() in RESERVED:
        message = Message(code="reserved", vi="Mã này dành riêng cho hệ thống.", en="This id is the system's own.")
        raise Invalid("input_invalid", message["vi"], message["en"], {"id": [message]})
    with inputs.named_in("agency", "no_such_organisation"):
        return acts.perform(
            "set_participant",
            lambda tx: people.set_participant(tx, body["id"], body["name"], body["agency"], body["active"]),
            body,
        )


@NOUN.route(
    "POST",
    "/participants/<name:participant>/roles",
    en="Give a participant a role in an agency",
    vi="Giao vai trò tại một cơ quan",
    takes=Takes(RoleEntry),
    gives=RoleAssignedSchema,
    status=201,
    promises=ACTS,
)
@access.role(Role.ADMINISTRATOR)
def assign_role(body: dict[str, Any], participant: str) -> dict[str, Any]:
    begins = date.fromisoformat(body["effective_from"])
    ends = date.fromisoformat(body["effective_to"]) if "effective_to" in body else None
    with inputs.named_in("agency", "no_such_organisation"):
        return acts.perform(
            "assign_role",
            lambda tx: people.assign_role(tx, participant, body["role"], body["agency"], begins, ends),
            [participant, body],
        )


@NOUN.route(
    "POST",
    "/participants/<name:participant>/tokens",
    en="Issue an access token, told once",
    vi="Cấp mã truy cập, chỉ cho biết một lần",
    takes=Takes(TokenEntry),
    gives=TokenSchema,
    status=201,
    promises=ACTS,
)
@access.role(Role.ADMINISTRATOR)
def issue_token(body: dict[str, Any], participant: str) -> dict[str, Any]:
    return acts.perform(
        "issue_token", lambda tx: people.issue_token(tx, participant, body["label"]), [participant, body]
    )


@NOUN.route(
    "POST",
    "/participants/<name:participant>/tokens/revocation",
    en="Revoke every access token of a participant",
    vi="Thu hồi mọi mã truy cập của một người",
    gives=RevokedSchema,
    promises=ACTS,
)
@access.role(Role.ADMINISTRATOR)
def revoke_tokens(participant: str) -> dict[str, Any]:
    return acts.perform("revoke_tokens", lambda tx: people.revoke_tokens(tx, participant), participant)


@NOUN.route(
    "POST",
    "/cases/<number:number>/erasure",
    en="Destroy the personal values of a case; its trail goes on to verify",
    vi="Xóa dữ liệu cá nhân của hồ sơ; nhật ký vẫn kiểm chứng được",
    takes=Takes(Ground),
    gives=ErasedSchema,
    promises=ACTS,
)
@access.role(Role.ADMINISTRATOR)
def erase_person(body: dict[str, Any], number: str) -> dict[str, Any]:
    return acts.perform("erase_person", lambda tx: people.erase_person(tx, number, body["ground"]), [number, body])
