"""Messages that participants send to a running case."""

from typing import Any

from api import access, acts
from api.context import reading
from api.operations import ACTS_ON_CASE, Noun, Takes
from api.schemas.cases import ExpectedMessagesSchema, MessageSentSchema
from engine.commands import messages
from engine.queries.cases import readable_case
from engine.queries.tracking import expected_messages

NOUN = Noun("messages", "Messages to a case", "Thông điệp gửi đến hồ sơ")


@NOUN.route(
    "GET",
    "/cases/<number:number>/messages",
    en="The messages for which the case waits",
    vi="Các thông điệp hồ sơ đang chờ",
    gives=ExpectedMessagesSchema,
)
@access.participant
def expected(number: str) -> dict[str, Any]:
    with reading() as tx:
        return {"items": expected_messages(tx, readable_case(tx, number))}


@NOUN.route(
    "POST",
    "/cases/<number:number>/messages/<name:message>",
    en="Send a message for which the case waits",
    vi="Gửi thông điệp hồ sơ đang chờ",
    takes=Takes(is_entry=True),
    gives=MessageSentSchema,
    promises=ACTS_ON_CASE,
)
@access.participant
def send(data: dict[str, Any], number: str, message: str) -> tuple[dict[str, Any], dict[str, str]]:
    return acts.with_etag(
        acts.perform_on_case("send", number, lambda tx: messages.send(tx, number, message, data), [message, data])
    )
