"""Accountability requests at the public's door: file, track, send a message; and a new secret code at the counter."""

from typing import Any

from api import access, acts, inputs, rate_limits
from api.context import reading
from api.operations import ACTS, Noun, Takes
from api.schemas.cases import MessageSentSchema, RenewedCodeSchema
from api.schemas.requests import EXAMPLE, TRACK_EXAMPLE, ReceiptSchema, Said, Track, TrackingSchema
from engine.commands import requests
from engine.queries import tracking
from engine.registers.tracking_codes import new_code
from forms import accountability_request

NOUN = Noun(
    "requests", "Accountability requests, at the public's door", "Yêu cầu giải trình: cửa dành cho người yêu cầu"
)


@NOUN.route(
    "POST",
    "/requests",
    en="File a request",
    vi="Gửi yêu cầu giải trình",
    about=(
        "The receipt holds the number and a secret code, which is told once: with the same Idempotency-Key and body the same receipt "
        "is given again. A receiver (with token) also registers what came on paper. / Giấy tiếp nhận có mã hồ sơ và mã tra cứu bí mật; "
        "gửi lại đúng nội dung với cùng Idempotency-Key thì nhận lại đúng giấy đó. Bộ phận tiếp nhận vào sổ cả yêu cầu bằng giấy."
    ),
    takes=Takes(accountability_request.Start, is_entry=True, example=EXAMPLE),
    gives=ReceiptSchema,
    status=201,
    promises=ACTS,
)
@rate_limits.limited
@access.public
def file_request(data: dict[str, Any]) -> dict[str, Any]:
    code = new_code()
    with inputs.named_in("agency", "no_such_organisation"):
        return acts.perform("file_request", lambda tx: requests.file_request(tx, data, code), data)


@NOUN.route(
    "POST",
    "/requests/track",
    en="Where a request stands, by number and secret code",
    vi="Tra cứu yêu cầu bằng mã hồ sơ và mã bí mật",
    takes=Takes(Track, example=TRACK_EXAMPLE),
    gives=TrackingSchema,
)
@rate_limits.limited
@access.requester_code
def track(body: dict[str, Any]) -> tracking.Tracking:
    with reading() as tx:
        return tracking.tracking(tx, body["number"], body["code"])


@NOUN.route(
    "POST",
    "/requests/messages",
    en="Send a message to one's request: withdraw, supplement",
    vi="Gửi thông điệp về yêu cầu của mình: rút, bổ sung",
    about="`may_send` of the tracking answer lists what can be sent now. / `may_send` khi tra cứu cho biết có thể gửi gì.",
    takes=Takes(Said, example={**TRACK_EXAMPLE, "message": "withdrawn", "data": {"scope": "whole"}}),
    gives=MessageSentSchema,
    promises=ACTS,
)
@rate_limits.limited
@access.requester_code
def send_message(body: dict[str, Any]) -> dict[str, Any]:
    number, code, message, data = body["number"], body["code"], body["message"], body["data"]
    with inputs.under("data"):
        return acts.perform("send_message", lambda tx: requests.send(tx, number, code, message, data), body)


@NOUN.route(
    "POST",
    "/cases/<number:number>/tracking-code",
    en="Renew the secret code at the counter, after proof of identity",
    vi="Cấp lại mã tra cứu tại bộ phận tiếp nhận sau khi xác minh nhân thân",
    gives=RenewedCodeSchema,
    status=201,
    promises=ACTS,
)
@access.participant
def renew_code(number: str) -> dict[str, Any]:
    code = new_code()
    return acts.perform_on_case("renew_code", number, lambda tx: requests.renew_code(tx, number, code), None)
