"""Accountability requests as the public sends them and hears of them."""

from marshmallow import Schema, fields

from api.inputs import Entry
from api.schemas.cases import DeadlineSchema, ExpectedMessageSchema
from api.schemas.common import day_text, word
from forms import fields as ask
from forms.base import Form

EXAMPLE = {
    "requester_kind": "individual",
    "full_name": "Nguyễn Văn Minh",
    "address": "12 đường Lê Lợi, phường Nam Đông Hà, tỉnh Quảng Trị",
    "phone": "0912 345 678",
    "agency": "ubnd-phuong",
    "concerned": "Phòng Kinh tế, Hạ tầng và Đô thị phường",
    "decision_number": "118/QĐ-UBND",
    "decision_date": "2026-05-11",
    "effect": "Quyết định thu hồi 42 m² đất gia đình tôi đang sử dụng, gồm cả lối đi duy nhất vào nhà.",
    "contents": ["legal_basis", "procedure"],
    "content": "Đề nghị giải trình căn cứ pháp lý và trình tự ban hành quyết định thu hồi đất.",
    "asked_elsewhere": False,
    "answer_channel": "portal",
    "signature": "digital",
}
TRACK_EXAMPLE = {"number": "YCGT-UBND-PHUONG-2026-000001", "code": "7Q4M-2K9D-XW3T-0HNB-5RZC-8VEA"}


class Track(Form):
    """The number and the secret code on the receipt."""

    number = ask.text("Mã hồ sơ", "Number of the case", most=80, required=True)
    code = ask.text("Mã tra cứu bí mật", "Secret code", most=80, required=True)


class Said(Track):
    """A message of the requester to their case. `data` is the entry of the message's form."""

    message = ask.pattern(
        "Thông điệp", "Message", form=r"[a-z][a-z0-9_]{0,60}", example="withdrawn", most=61, required=True
    )
    data = Entry("Nội dung theo biểu mẫu của thông điệp", "Entry of the message's form")


class ReceiptSchema(Schema):
    """The receipt. The code is told here and nowhere else."""

    case = fields.String(metadata={"description": "Number of the case / Mã hồ sơ"})
    code = fields.String(metadata={"description": "Secret code: keep it / Mã tra cứu bí mật: hãy giữ kỹ"})
    agency = fields.String()
    agency_name = fields.String()
    received_at = fields.String()
    answer_to_acceptance_by = day_text("Last day of the notice of acceptance / Hạn thông báo tiếp nhận hoặc từ chối")


class TrackingSchema(Schema):
    """The requester's view of their own request."""

    number = fields.String()
    status = fields.String()
    outcome = word()
    agency = fields.String()
    agency_name = fields.String()
    received_at = fields.String()
    steps = fields.List(fields.String())
    deadlines = fields.List(fields.Nested(DeadlineSchema))
    notice = fields.Dict(allow_none=True)
    answer = fields.Dict(allow_none=True)
    may_send = fields.List(fields.Nested(ExpectedMessageSchema))
