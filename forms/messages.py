"""The forms of messages that a person sends to a running case."""

from forms import fields as ask
from forms.base import Form

CONTENTS = (
    ("legal_basis", "Căn cứ pháp lý", "Legal basis"),
    ("competence", "Thẩm quyền", "Competence"),
    ("procedure", "Trình tự, thủ tục", "Order and procedure"),
    ("content", "Nội dung của quyết định, hành vi", "Content of the decision or act"),
)


class Withdrawn(Form):
    """The requester withdraws the whole request. Whoever withdraws a part uses the other form: this one ends the case."""

    title_vi = "Rút toàn bộ yêu cầu giải trình"
    title_en = "Withdraw the whole request"

    scope = ask.choice(
        "Phạm vi rút",
        "What is withdrawn",
        (("whole", "Toàn bộ yêu cầu", "The whole request"),),
        required=True,
        law="NĐ 59/2019 Đ8 k1 điểm b",
    )
    reason = ask.long_text(
        "Lý do",
        "Reason",
        most=4_000,
        personal=True,
        help_vi="Không bắt buộc nêu lý do.",
        help_en="No reason has to be given.",
    )


class PartlyWithdrawn(Form):
    """The requester withdraws a part; the rest goes on and its clock is unchanged."""

    title_vi = "Rút một phần yêu cầu giải trình"
    title_en = "Withdraw a part of the request"

    scope = ask.choice(
        "Phạm vi rút",
        "What is withdrawn",
        (("part", "Một phần yêu cầu", "A part of the request"),),
        required=True,
        law="NĐ 59/2019 Đ8 k1 điểm b",
    )
    contents = ask.several(
        "Các nội dung được rút", "The contents withdrawn", CONTENTS, law="NĐ 59/2019 Đ3, Đ8 k1 điểm b"
    )
    part = ask.long_text(
        "Nêu rõ phần được rút", "The part withdrawn, in words", required=True, least=10, most=4_000, personal=True
    )
    reason = ask.long_text("Lý do", "Reason", most=4_000, personal=True)


class Supplemented(Form):
    """The requester supplies what was missing."""

    title_vi = "Bổ sung yêu cầu giải trình"
    title_en = "Supplement the request"

    content = ask.long_text(
        "Nội dung bổ sung", "The supplement", required=True, most=20_000, personal=True, law="NĐ 59/2019 Đ11 k2"
    )
    attachments = ask.evidence("Tài liệu bổ sung", "Documents added", law="NĐ 59/2019 Đ8 k2")


class DocumentIssued(Form):
    """A document for which plan tasks wait has been issued: guidance of a higher body, for example."""

    title_vi = "Văn bản đã ban hành"
    title_en = "A document was issued"

    issuer = ask.text("Cơ quan ban hành", "Issued by", most=500, required=True)
    issuer_id = ask.organisation("Mã cơ quan ban hành", "Id of the issuer")
    number = ask.text("Số, ký hiệu", "Number", most=100, required=True, law="NĐ 30/2020 Đ15")
    date = ask.date("Ngày ban hành", "Date", required=True)
    title = ask.text("Trích yếu", "Subject", most=1_000, required=True)
    document_key = ask.document("Tệp văn bản", "File of the document")


FORMS: dict[str, type[Form]] = {
    "message.withdrawn": Withdrawn,
    "message.partly_withdrawn": PartlyWithdrawn,
    "message.supplemented": Supplemented,
    "message.document_issued": DocumentIssued,
}
