"""Issued documents, for which plan tasks wait."""

from typing import Any

from api import access, acts, inputs
from api.operations import ACTS, Noun, Takes
from api.schemas.plans import DocumentRegisteredSchema, IssuedDocument
from engine.commands import documents
from engine.vocabulary import Role

NOUN = Noun("documents", "Issued documents", "Văn bản đã ban hành")


@NOUN.route(
    "POST",
    "/documents",
    en="Register an issued document; plan tasks that wait for it go on",
    vi="Đăng ký văn bản đã ban hành; nhiệm vụ đang chờ văn bản được tiếp tục",
    takes=Takes(IssuedDocument),
    gives=DocumentRegisteredSchema,
    status=201,
    promises=ACTS,
)
@access.role(Role.PLAN_OWNER, Role.PLAN_MONITOR, Role.ADMINISTRATOR)
def register(body: dict[str, Any]) -> dict[str, Any]:
    with inputs.under("document"):
        return acts.perform("register_document", lambda tx: documents.register(tx, body["key"], body["document"]), body)
