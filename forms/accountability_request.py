"""The forms of the accountability request: the request itself (start), every user task of the diagram.

Sources: Decree 59/2019/NĐ-CP articles 3–14 (NĐ 59/2019), Decree 30/2020/NĐ-CP on documents, and the plans of Đồng Nai (DN) and
Nam Đông Hà (NDH). A field without `law` is a default of this design.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from forms import fields as ask
from forms.base import Form
from forms.said import Said, say

CONTENTS = (
    ("legal_basis", "Căn cứ pháp lý", "Legal basis"),
    ("competence", "Thẩm quyền", "Competence"),
    ("procedure", "Trình tự, thủ tục", "Order and procedure"),
    ("content", "Nội dung của quyết định, hành vi", "Content of the decision or act"),
)
DOMAINS = (
    ("land", "Đất đai", "Land"),
    ("environment", "Môi trường", "Environment"),
    ("investment", "Đầu tư", "Investment"),
    ("construction", "Xây dựng", "Construction"),
    ("finance", "Tài chính, ngân sách", "Finance and budget"),
    ("personnel", "Tổ chức, cán bộ", "Personnel"),
    ("procurement", "Mua sắm công", "Public procurement"),
    ("citizen_reception", "Tiếp công dân", "Citizen reception"),
    ("complaints", "Giải quyết khiếu nại, tố cáo", "Complaints and denunciations"),
    ("other", "Lĩnh vực khác", "Other"),
)
CHANNELS = (
    ("online", "Trực tuyến", "Online"),
    ("in_person", "Trực tiếp tại cơ quan", "In person"),
    ("post", "Dịch vụ bưu chính", "By post"),
)
ANSWER_CHANNELS = (
    ("portal", "Cổng, trang tra cứu của hệ thống", "The portal"),
    ("email", "Thư điện tử", "E-mail"),
    ("post", "Dịch vụ bưu chính", "By post"),
    ("in_person", "Nhận trực tiếp tại cơ quan", "Handed over at the office"),
)
SIGNATURES = (
    ("handwritten", "Chữ ký", "Signature"),
    ("fingerprint", "Điểm chỉ", "Fingerprint"),
    ("digital", "Chữ ký số", "Digital signature"),
    ("electronic_identity", "Tài khoản định danh điện tử", "Electronic identity account"),
)
SIGNING_FORMS = (
    ("head", "Người đứng đầu ký", "The head signs"),
    ("kt", "KT. (ký thay)", "KT.: a deputy for the head"),
    ("tm", "TM. (thay mặt tập thể)", "TM.: for the collective"),
    ("tuq", "TUQ. (thừa ủy quyền)", "TUQ.: by written authorisation"),
)
REASON_CODES = (
    ("R1", "R1 – Không đủ năng lực, không có người đại diện hợp pháp", "R1 – no capacity, no lawful representative"),
    ("R2", "R2 – Không bị tác động trực tiếp", "R2 – not directly affected"),
    (
        "R3",
        "R3 – Thuộc bí mật nhà nước, đời sống riêng tư, bí mật cá nhân, bí mật kinh doanh",
        "R3 – State, private or business secret",
    ),
    (
        "R4",
        "R4 – Chỉ đạo nội bộ chưa ban hành, chưa thực hiện hoặc chỉ đạo của cấp trên với cấp dưới",
        "R4 – internal direction",
    ),
    ("R5", "R5 – Đã được giải trình cho chính người yêu cầu", "R5 – already explained to this requester"),
    ("R6", "R6 – Đã được cơ quan có thẩm quyền thụ lý giải quyết", "R6 – accepted for settlement by a competent body"),
    (
        "R7",
        "R7 – Say, gây rối, đe dọa, xúc phạm người tiếp nhận",
        "R7 – intoxicated, disorderly, threatening, insulting",
    ),
    ("R8", "R8 – Người đại diện không có giấy tờ hợp pháp", "R8 – representative without lawful papers"),
    ("G1", "G1 – Không thuộc trách nhiệm giải trình của cơ quan", "G1 – not this agency's responsibility"),
    ("G2", "G2 – Văn bản yêu cầu chưa đủ nội dung", "G2 – the written request is deficient"),
    ("G3", "G3 – Nội dung đã được giải trình cho người khác", "G3 – already explained to another person"),
    ("X1", "X1 – Thực chất là khiếu nại", "X1 – in substance a complaint"),
    ("X2", "X2 – Thực chất là tố cáo", "X2 – in substance a denunciation"),
    ("X3", "X3 – Thực chất là phản ánh, kiến nghị", "X3 – in substance feedback or a petition"),
    ("X4", "X4 – Thực chất là yêu cầu cung cấp thông tin", "X4 – in substance a request for information"),
)
CODES_BY_OUTCOME = {
    "refuse": ("R",),
    "guide": ("G1", "G3"),
    "supplement": ("G2",),
    "reroute": ("X",),
    "accept": ("R3",),
}


class GroupMember(Form):
    """One of several people who ask together."""

    full_name = ask.text("Họ và tên", "Full name", required=True, personal=True, law="NĐ 59/2019 Đ10 k3")
    address = ask.text("Địa chỉ", "Address", most=500, personal=True)


class Start(Form):
    """F1, the request. The receiver fills it in for those who come in person or write on paper."""

    title_vi = "Yêu cầu giải trình"
    title_en = "Accountability request"

    requester_kind = ask.choice(
        "Người yêu cầu là",
        "The requester is",
        (
            ("individual", "Cá nhân", "An individual"),
            ("business", "Doanh nghiệp", "A business"),
            ("organisation", "Cơ quan, tổ chức khác", "Another organisation"),
        ),
        required=True,
        law="NĐ 59/2019 Đ4 k1",
    )
    full_name = ask.text(
        "Họ và tên hoặc tên tổ chức",
        "Full name, or name of the organisation",
        required=True,
        personal=True,
        law="NĐ 59/2019 Đ10 k2",
    )
    representative_name = ask.text(
        "Người đại diện theo pháp luật",
        "Lawful representative",
        personal=True,
        needed_when=("requester_kind", ("business", "organisation")),
        law="NĐ 59/2019 Đ4 k1",
    )
    address = ask.text("Địa chỉ", "Address", most=500, required=True, personal=True, law="NĐ 59/2019 Đ10 k2")
    phone = ask.phone(
        "Số điện thoại",
        "Telephone",
        personal=True,
        law="NĐ 59/2019 Đ10 k2",
        help_vi="Nhập số điện thoại hoặc địa chỉ nhận thư.",
        help_en="Give a telephone number or a postal address.",
    )
    postal_address = ask.text("Địa chỉ nhận thư", "Postal address", most=500, personal=True, law="NĐ 59/2019 Đ10 k2")
    email = ask.email("Thư điện tử", "E-mail", personal=True)
    identity_number = ask.pattern(
        "Số định danh cá nhân hoặc mã số tổ chức",
        "Identity number",
        form=r"[0-9A-Z\-]{9,20}",
        example="012345678901",
        personal=True,
        law="NĐ 59/2019 Đ8 k2",
        help_vi="Không bắt buộc; không bao giờ được công khai.",
        help_en="Not required; never published.",
    )
    through_another = ask.yes_no(
        "Gửi thông qua người đại diện, người được ủy quyền",
        "Filed through a representative or an authorised person",
        law="NĐ 59/2019 Đ8 k1",
    )
    representation_papers = ask.evidence(
        "Giấy tờ chứng minh việc đại diện, ủy quyền", "Papers that prove the representation", law="NĐ 59/2019 Đ5 k4"
    )
    several_requesters = ask.yes_no(
        "Nhiều người cùng yêu cầu một nội dung", "Several people ask the same", law="NĐ 59/2019 Đ10 k3"
    )
    members = ask.rows(
        "Những người cùng yêu cầu",
        "Those who ask together",
        GroupMember,
        needed_when=("several_requesters", (True,)),
        law="NĐ 59/2019 Đ10 k3",
    )
    appointment = ask.document(
        "Văn bản cử người đại diện có chữ ký của mọi người",
        "Signed appointment of the representative",
        law="NĐ 59/2019 Đ10 k3",
    )
    agency = ask.organisation("Cơ quan được yêu cầu giải trình", "Agency asked to explain", required=True)
    concerned = ask.text("Cá nhân, đơn vị liên quan", "Person or unit concerned", most=500, required=True)
    decision_number = ask.text("Số, ký hiệu quyết định", "Number of the decision", most=100, law="NĐ 59/2019 Đ3")
    decision_date = ask.date("Ngày của quyết định, hành vi", "Date of the decision or act", law="NĐ 59/2019 Đ3")
    decision_description = ask.long_text(
        "Mô tả quyết định, hành vi",
        "Description of the decision or act",
        most=4_000,
        law="NĐ 59/2019 Đ3",
        help_vi="Nhập số của quyết định, hoặc mô tả quyết định, hành vi.",
        help_en="Give the number of the decision, or describe the decision or act.",
    )
    effect = ask.long_text(
        "Quyết định, hành vi tác động trực tiếp đến quyền, lợi ích của tôi như thế nào",
        "How the decision or act directly affects my rights and interests",
        required=True,
        most=8_000,
        personal=True,
        law="NĐ 59/2019 Đ4 k2",
    )
    contents = ask.several(
        "Đề nghị giải trình về", "What to explain", CONTENTS, required=True, least=1, law="NĐ 59/2019 Đ3, Đ10 k2"
    )
    content = ask.long_text(
        "Nội dung yêu cầu giải trình",
        "Content of the request",
        required=True,
        most=20_000,
        personal=True,
        law="NĐ 59/2019 Đ10 k2",
    )
    domain = ask.choice("Lĩnh vực", "Field", DOMAINS, law="DN II.2.b; NDH II.2.a")
    attachments = ask.evidence("Thông tin, tài liệu kèm theo", "Attachments", law="NĐ 59/2019 Đ8 k2")
    asked_elsewhere = ask.yes_no(
        "Đã yêu cầu giải trình, khiếu nại ở nơi khác",
        "Already asked or complained elsewhere",
        required=True,
        law="NĐ 59/2019 Đ5 k2",
    )
    asked_where = ask.text(
        "Ở cơ quan nào", "Where", most=500, needed_when=("asked_elsewhere", (True,)), law="NĐ 59/2019 Đ5 k2"
    )
    asked_on = ask.date("Ngày đã gửi", "When", law="NĐ 59/2019 Đ5 k2")
    answer_channel = ask.choice("Cách nhận văn bản giải trình", "How to receive the answer", ANSWER_CHANNELS)
    wants_meeting = ask.yes_no(
        "Đề nghị được làm việc trực tiếp", "A meeting is wished for", law="NĐ 59/2019 Đ12 k2; DN III.2"
    )
    publish_name = ask.yes_no(
        "Đồng ý công khai họ tên",
        "The name may be published",
        help_vi="Nếu không chọn, họ tên không được công khai.",
        help_en="If this is left open, the name is not published.",
    )
    signature = ask.choice("Xác nhận bằng", "Confirmed by", SIGNATURES, required=True, law="NĐ 59/2019 Đ10 k2")
    channel = ask.choice("Kênh gửi", "Filed", CHANNELS, law="NĐ 59/2019 Đ10 k1")
    received_at = ask.instant(
        "Thời điểm cơ quan nhận",
        "Received at",
        law="NĐ 30/2020 Đ22",
        help_vi="Chỉ cán bộ tiếp nhận nhập, khi nhận bằng giấy hoặc trực tiếp.",
        help_en="Only the receiver fills this in, for what came on paper or in person.",
    )
    incoming_number = ask.text("Số đến", "Incoming number", most=50, law="NĐ 30/2020 Đ22")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """A way to reach the requester, and something to find the decision or act by."""
        yield from self.one_of(data, "phone", "postal_address")
        yield from self.one_of(data, "decision_number", "decision_description")


class Classify(Form):
    """The receiver's checklist. The table `admissibility` reads it and proposes a route."""

    title_vi = "Kiểm tra điều kiện, phân loại"
    title_en = "Check the conditions and classify"

    kind_of_matter = ask.choice(
        "Thực chất nội dung là",
        "In substance it is",
        (
            ("accountability_request", "Yêu cầu giải trình", "An accountability request"),
            ("complaint", "Khiếu nại", "A complaint"),
            ("denunciation", "Tố cáo", "A denunciation"),
            ("feedback", "Phản ánh, kiến nghị", "Feedback or a petition"),
            ("information_request", "Yêu cầu cung cấp thông tin", "A request for information"),
        ),
        required=True,
        law="Luật 02/2011 Đ2; Luật 25/2018 Đ2; NĐ 20/2008 Đ9; Luật 104/2016 Đ24",
    )
    secret_content = ask.choice(
        "Nội dung thuộc bí mật nhà nước, đời sống riêng tư, bí mật cá nhân, bí mật kinh doanh",
        "State secret, private life, personal or business secret",
        (("none", "Không", "No"), ("part", "Một phần", "In part"), ("whole", "Toàn bộ", "Wholly")),
        required=True,
        law="NĐ 59/2019 Đ6 k1",
    )
    own_remit = ask.yes_no(
        "Thuộc trách nhiệm giải trình của cơ quan", "This agency is responsible", required=True, law="NĐ 59/2019 Đ11 k1"
    )
    competent_agency = ask.text(
        "Cơ quan có thẩm quyền",
        "Competent agency",
        most=500,
        needed_when=("own_remit", (False,)),
        law="NĐ 59/2019 Đ11 k1",
    )
    form_complete = ask.yes_no(
        "Văn bản yêu cầu đủ nội dung", "The request is complete", required=True, law="NĐ 59/2019 Đ10 k2, Đ11 k2"
    )
    missing_items = ask.long_text(
        "Nội dung còn thiếu",
        "What is missing",
        most=4_000,
        needed_when=("form_complete", (False,)),
        law="NĐ 59/2019 Đ11 k2",
    )
    requester_capable = ask.yes_no(
        "Có năng lực hành vi dân sự đầy đủ hoặc có người đại diện hợp pháp",
        "Full civil capacity, or a lawful representative",
        required=True,
        law="NĐ 59/2019 Đ4 k1",
    )
    representation = ask.choice(
        "Đại diện, ủy quyền",
        "Representation",
        (
            ("none", "Không thông qua người đại diện", "No representative"),
            ("proven", "Có giấy tờ hợp pháp", "Proven by lawful papers"),
            ("unproven", "Không có giấy tờ hợp pháp", "Without lawful papers"),
        ),
        required=True,
        law="NĐ 59/2019 Đ5 k4",
    )
    directly_affected = ask.yes_no(
        "Quyết định, hành vi tác động trực tiếp đến quyền, lợi ích hợp pháp của người yêu cầu",
        "The decision or act directly affects the requester",
        required=True,
        law="NĐ 59/2019 Đ4 k2",
    )
    internal_direction = ask.yes_no(
        "Là chỉ đạo nội bộ chưa ban hành, chưa thực hiện hoặc chỉ đạo của cấp trên với cấp dưới",
        "Internal direction not yet issued or carried out, or from a superior to a lower body",
        required=True,
        law="NĐ 59/2019 Đ6 k2",
    )
    already_explained = ask.choice(
        "Nội dung đã được giải trình",
        "Already explained",
        (
            ("no", "Chưa", "No"),
            ("same_requester", "Đã giải trình cho chính người này", "To this requester"),
            ("other_requester", "Đã giải trình cho người khác", "To another person"),
        ),
        required=True,
        law="NĐ 59/2019 Đ5 k2, Đ11 k3",
    )
    earlier_case = ask.text(
        "Hồ sơ, văn bản giải trình trước",
        "The earlier case or explanation",
        needed_when=("already_explained", ("same_requester", "other_requester")),
        law="NĐ 59/2019 Đ11 k3",
    )
    settled_elsewhere = ask.yes_no(
        "Đã được cơ quan có thẩm quyền thụ lý giải quyết",
        "Accepted for settlement by a competent body",
        required=True,
        law="NĐ 59/2019 Đ5 k2",
    )
    settling_body = ask.text(
        "Cơ quan đã thụ lý",
        "The body that accepted it",
        needed_when=("settled_elsewhere", (True,)),
        law="NĐ 59/2019 Đ5 k2",
    )
    good_reason = ask.yes_no(
        "Người yêu cầu có lý do chính đáng", "The requester has good reason", required=True, law="NĐ 59/2019 Đ5 k2"
    )
    good_reason_note = ask.long_text(
        "Lý do chính đáng là",
        "The good reason",
        most=4_000,
        needed_when=("good_reason", (True,)),
        law="NĐ 59/2019 Đ5 k2",
    )
    misconduct = ask.yes_no(
        "Say, không làm chủ được hành vi, gây rối, đe dọa, xúc phạm (chỉ khi đến trực tiếp)",
        "Intoxicated, disorderly, threatening or insulting (in person only)",
        law="NĐ 59/2019 Đ5 k3",
    )
    domain = ask.choice("Lĩnh vực", "Field", DOMAINS, law="DN II.2.b; NDH II.2.a")
    remarks = ask.long_text("Ghi chú", "Remarks", most=4_000)


class Decide(Form):
    """The head's decision. A refusal has a code of the closed list and a written reason."""

    title_vi = "Quyết định tiếp nhận, từ chối hoặc hướng dẫn"
    title_en = "Accept, refuse or guide"

    outcome = ask.choice(
        "Quyết định",
        "Decision",
        (
            ("accept", "Tiếp nhận", "Accept"),
            ("refuse", "Từ chối", "Refuse"),
            ("supplement", "Yêu cầu bổ sung", "Ask for a supplement"),
            ("guide", "Hướng dẫn, cung cấp bản sao", "Guide, or give a copy"),
            ("reroute", "Chuyển sang thủ tục khác", "Reroute to another procedure"),
        ),
        required=True,
        law="NĐ 59/2019 Đ11",
    )
    reason_code = ask.choice(
        "Mã lý do",
        "Reason code",
        REASON_CODES,
        needed_when=("outcome", ("refuse", "supplement", "guide", "reroute")),
        law="NĐ 59/2019 Đ4, Đ5, Đ6, Đ11",
    )
    reason = ask.reason(
        "Nêu rõ lý do",
        "The reason in words",
        needed_when=("outcome", ("refuse", "supplement", "guide", "reroute")),
        law="NĐ 59/2019 Đ11 k4",
    )
    follows_proposal = ask.yes_no("Theo hướng xử lý được đề xuất", "As proposed", required=True)
    deviation_reason = ask.reason(
        "Lý do quyết định khác đề xuất", "Why it deviates from the proposal", needed_when=("follows_proposal", (False,))
    )
    directed_to = ask.text(
        "Cơ quan có thẩm quyền hoặc thủ tục được hướng dẫn",
        "Competent agency or procedure",
        most=500,
        needed_when=("outcome", ("guide", "reroute")),
        law="NĐ 59/2019 Đ11 k1",
    )
    copied_explanation = ask.document_reference(
        "Văn bản giải trình được cung cấp bản sao", "The explanation of which a copy is given", law="NĐ 59/2019 Đ11 k3"
    )
    lead_unit = ask.text(
        "Đơn vị chủ trì giải trình",
        "Lead unit",
        most=500,
        needed_when=("outcome", ("accept",)),
        law="NĐ 30/2020 Đ23 k2",
    )
    contact = ask.text("Liên hệ", "Contact", most=500)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The code belongs to the decision; an acceptance carries none, or R3 for the part that stays closed."""
        code = data.get("reason_code")
        if code and not code.startswith(CODES_BY_OUTCOME[data["outcome"]]):
            yield self.misfit("reason_code", "outcome")


class AskSupplement(Form):
    """The receiver tells what is missing, and when it was told."""

    title_vi = "Yêu cầu bổ sung"
    title_en = "Ask for a supplement"

    needed = ask.long_text(
        "Nội dung cần bổ sung", "What to supplement", required=True, least=10, most=4_000, law="NĐ 59/2019 Đ11 k2"
    )
    sent_on = ask.date("Ngày gửi hướng dẫn bổ sung", "Sent on", required=True, law="NĐ 59/2019 Đ11 k2")
    channel = ask.choice("Gửi qua", "Sent by", ANSWER_CHANNELS, required=True)
    document = ask.document_reference("Văn bản hướng dẫn", "The document")


class RecordSupplement(Form):
    """The receiver records what came, or that nothing came."""

    title_vi = "Ghi nhận bổ sung"
    title_en = "Record the supplement"

    outcome = ask.choice(
        "Kết quả",
        "Result",
        (("supplemented", "Đã bổ sung", "Supplemented"), ("not_supplemented", "Không bổ sung", "Not supplemented")),
        required=True,
        law="NĐ 59/2019 Đ11 k2",
    )
    recorded_on = ask.date("Ngày ghi nhận", "Recorded on", required=True)
    content = ask.long_text(
        "Nội dung bổ sung", "The supplement", most=20_000, personal=True, needed_when=("outcome", ("supplemented",))
    )
    attachments = ask.evidence("Tài liệu bổ sung", "Documents added")


class IssueNotice(Form):
    """F2, the written notice of acceptance, refusal or guidance."""

    title_vi = "Phát hành thông báo"
    title_en = "Issue the notice"

    number = ask.text(
        "Số, ký hiệu thông báo",
        "Number of the notice",
        most=100,
        required=True,
        law="NĐ 30/2020 Đ15",
        help_vi="Ví dụ: 15/TB-UBND",
        help_en="For example: 15/TB-UBND",
    )
    issued_on = ask.date("Ngày ban hành", "Issued on", required=True, law="NĐ 59/2019 Đ11 k4; NĐ 30/2020 Đ18")
    signer = ask.text("Người ký", "Signed by", required=True, law="NĐ 30/2020 Đ13")
    signing_form = ask.choice("Hình thức ký", "Form of signing", SIGNING_FORMS, required=True, law="NĐ 30/2020 Đ13")
    legal_bases = ask.legal_bases(law="NĐ 59/2019 Đ11 k4")
    how_to_follow = ask.text("Cách theo dõi việc giải trình", "How to follow the case", most=1_000)
    rights_told = ask.yes_no(
        "Đã nêu quyền khiếu nại, tố cáo của người yêu cầu",
        "The right to complain is stated",
        required=True,
        law="NĐ 59/2019 Đ8 k1",
    )
    sent_on = ask.date("Ngày gửi", "Sent on", required=True, law="NĐ 30/2020 Đ18")
    channel = ask.choice("Gửi qua", "Sent by", ANSWER_CHANNELS, required=True)
    document_key = ask.document("Tệp thông báo", "File of the notice")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """Nothing is sent before it is issued."""
        yield from self.late(data, "issued_on", "sent_on")


class Assign(Form):
    """One accountable lead, the cooperating units, internal dates; nobody explains alone what he himself did."""

    title_vi = "Phân công giải trình"
    title_en = "Assign the explanation"

    lead_handler = ask.participant(
        "Người chủ trì giải trình", "Lead handler", required=True, law="NĐ 59/2019 Đ7 k2; NĐ 30/2020 Đ23 k2"
    )
    other_handlers = ask.participants("Người cùng giải trình", "Other handlers")
    questioned = ask.participants(
        "Người có quyết định, hành vi bị yêu cầu giải trình",
        "Those whose decision or act is questioned",
        law="Luật 36/2018 Đ15 k1",
    )
    cooperating_units = ask.organisations("Đơn vị phối hợp", "Cooperating units", law="NĐ 30/2020 Đ23 k2")
    contribute_by = ask.date("Hạn gửi ý kiến phối hợp", "Contributions due")
    verify_by = ask.date("Hạn thu thập, xác minh", "Verification due")
    draft_by = ask.date("Hạn dự thảo", "Draft due")
    instructions = ask.long_text("Chỉ đạo", "Instructions", most=4_000, law="DN I.2.1")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The person whose act is questioned does not lead alone; a draft does not precede its verification."""
        questioned = set(data.get("questioned", ()))
        if data["lead_handler"] in questioned and not set(data.get("other_handlers", ())) - questioned:
            yield "lead_handler", say("not_alone")
        yield from self.late(data, "verify_by", "draft_by")


class Contribute(Form):
    """What one cooperating unit has to say."""

    title_vi = "Cung cấp thông tin, ý kiến phối hợp"
    title_en = "Contribute information"

    outcome = ask.choice(
        "Kết quả",
        "Result",
        (
            ("contributed", "Có thông tin, ý kiến", "Information is given"),
            ("nothing_to_add", "Không có ý kiến thêm", "Nothing to add"),
            ("not_competent", "Không thuộc phạm vi phối hợp", "Not within the unit's remit"),
        ),
        required=True,
        law="NĐ 30/2020 Đ23 k2",
    )
    content = ask.long_text("Nội dung", "Content", needed_when=("outcome", ("contributed",)))
    why_not = ask.reason("Lý do", "Why", needed_when=("outcome", ("not_competent",)))
    evidence = ask.evidence()
    document = ask.document_reference("Văn bản phối hợp", "The unit's document")


class Meeting(Form):
    """F4, the minutes of a meeting with the requester."""

    held_at = ask.instant("Thời gian", "Held at", required=True)
    place = ask.text("Địa điểm", "Place", most=500, required=True)
    attendants = ask.long_text("Thành phần", "Those present", most=4_000, required=True, personal=True)
    content = ask.long_text("Nội dung làm việc", "What was said", required=True)
    agreed = ask.long_text("Nội dung thống nhất", "What was agreed", most=8_000)
    signed_by = ask.choice("Biên bản được xác nhận bằng", "The minutes are confirmed by", SIGNATURES, required=True)
    document_key = ask.document("Tệp biên bản", "File of the minutes")


class Verify(Form):
    """What was collected and verified; the minutes when the requester was met."""

    title_vi = "Thu thập, xác minh thông tin"
    title_en = "Collect and verify"

    findings = ask.long_text("Kết quả thu thập, xác minh", "Findings", required=True, least=10, law="NĐ 59/2019 Đ12 k2")
    sources = ask.evidence("Nguồn thông tin, tài liệu", "Sources", law="NĐ 59/2019 Đ12 k2")
    meeting_held = ask.yes_no(
        "Đã làm việc trực tiếp với người yêu cầu",
        "The requester was met",
        required=True,
        law="NĐ 59/2019 Đ12 k2; DN III.2",
    )
    meetings = ask.rows(
        "Biên bản làm việc", "Minutes", Meeting, most=20, needed_when=("meeting_held", (True,)), law="NĐ 59/2019 Đ12 k2"
    )


class Commitment(Form):
    """A promise made in the answer. A promise without a day is not accepted: a day, or the event it waits for."""

    promise = ask.long_text(
        "Nội dung cam kết, kiến nghị",
        "What is promised",
        required=True,
        least=10,
        most=4_000,
        law="DN II.6.d; NDH II.5.c",
    )
    owner = ask.organisation("Đơn vị thực hiện", "Owner", required=True, law="DN II.6.d")
    due_on = ask.date("Hạn thực hiện", "Due on", law="DN II.6.d")
    due_event = ask.text("Hoặc khi", "Or when", most=500)
    measure = ask.text("Thế nào là hoàn thành", "Measure of done", most=1_000, required=True)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """A day or an event."""
        yield from self.one_of(data, "due_on", "due_event")


class Draft(Form):
    """F3, the written explanation. Its first part (name and address of the requester) is taken from the request."""

    title_vi = "Dự thảo văn bản giải trình"
    title_en = "Draft the explanation"

    question = ask.long_text(
        "Nội dung yêu cầu giải trình", "What was asked", required=True, least=10, law="NĐ 59/2019 Đ12 k3 điểm b"
    )
    meeting_result = ask.long_text(
        "Kết quả làm việc trực tiếp (nếu có)", "Result of the meeting, if any", law="NĐ 59/2019 Đ12 k3 điểm c"
    )
    legal_bases = ask.legal_bases(
        "Căn cứ pháp lý để giải trình", "Legal bases", least=1, required=True, law="NĐ 59/2019 Đ12 k3 điểm d"
    )
    on_legal_basis = ask.long_text(
        "Giải trình về căn cứ pháp lý", "On the legal basis", law="NĐ 59/2019 Đ3, Đ12 k3 điểm đ"
    )
    on_competence = ask.long_text("Giải trình về thẩm quyền", "On the competence", law="NĐ 59/2019 Đ3, Đ12 k3 điểm đ")
    on_procedure = ask.long_text(
        "Giải trình về trình tự, thủ tục", "On the order and procedure", law="NĐ 59/2019 Đ3, Đ12 k3 điểm đ"
    )
    on_content = ask.long_text(
        "Giải trình về nội dung quyết định, hành vi", "On the content", law="NĐ 59/2019 Đ3, Đ12 k3 điểm đ"
    )
    commitments = ask.rows("Cam kết, kiến nghị sau giải trình", "Commitments", Commitment, law="DN II.6.d; NDH II.5.c")
    attachments = ask.evidence("Tài liệu, hình ảnh chứng minh", "Proof attached")
    recipients = ask.long_text("Nơi nhận", "Recipients", most=2_000, law="NĐ 30/2020 Đ8 k2")
    document_key = ask.document("Tệp dự thảo", "File of the draft")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """At least one of the four contents is explained."""
        yield from self.one_of(data, "on_legal_basis", "on_competence", "on_procedure", "on_content")


class Approve(Form):
    """The head signs, or sends it back with remarks."""

    title_vi = "Duyệt, ký văn bản giải trình"
    title_en = "Approve and sign"

    outcome = ask.choice(
        "Quyết định",
        "Decision",
        (
            ("sign", "Ký ban hành", "Sign"),
            ("redraft", "Trả lại để dự thảo lại", "Return for a new draft"),
            ("reverify", "Trả lại để xác minh lại", "Return for verification"),
        ),
        required=True,
        law="NĐ 59/2019 Đ12 k2 điểm c",
    )
    number = ask.text("Số, ký hiệu", "Number", most=100, needed_when=("outcome", ("sign",)), law="NĐ 30/2020 Đ15")
    signed_on = ask.date("Ngày ký", "Signed on", needed_when=("outcome", ("sign",)), law="NĐ 30/2020 Đ13")
    signing_form = ask.choice(
        "Hình thức ký", "Form of signing", SIGNING_FORMS, needed_when=("outcome", ("sign",)), law="NĐ 30/2020 Đ13"
    )
    signer = ask.participant("Người ký", "Signed by", needed_when=("outcome", ("sign",)), law="NĐ 30/2020 Đ13")
    other_signers = ask.participants("Người cùng ký", "Signed also by")
    questioned = ask.participants(
        "Người có quyết định, hành vi bị yêu cầu giải trình", "Those whose decision or act is questioned"
    )
    remarks = ask.reason("Nhận xét, yêu cầu", "Remarks", needed_when=("outcome", ("redraft", "reverify")))
    document_key = ask.document("Tệp văn bản đã ký", "File of the signed document")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The person whose act is questioned does not sign alone."""
        questioned = set(data.get("questioned", ()))
        if (
            data["outcome"] == "sign"
            and data.get("signer") in questioned
            and not set(data.get("other_signers", ())) - questioned
        ):
            yield "signer", say("not_alone")


class Send(Form):
    """The clerk sends the explanation and keeps the proof."""

    title_vi = "Gửi văn bản giải trình"
    title_en = "Send the explanation"

    channel = ask.choice("Gửi qua", "Sent by", ANSWER_CHANNELS, required=True, law="NĐ 59/2019 Đ12 k2 điểm d")
    sent_on = ask.date("Ngày gửi", "Sent on", required=True, law="NĐ 59/2019 Đ13; NĐ 30/2020 Đ18")
    proof = ask.text(
        "Bằng chứng đã gửi",
        "Proof of sending",
        most=500,
        required=True,
        help_vi="Ví dụ: số hiệu bưu gửi, mã thông điệp, chữ ký nhận.",
        help_en="For example: the postal number, the message id, a signed receipt.",
    )
    proof_key = ask.document("Tệp bằng chứng", "File of the proof")


class Publish(Form):
    """The redacted explanation is published; a second person has approved what was redacted. Or it is withheld, with the reason."""

    title_vi = "Công khai kết quả giải trình"
    title_en = "Publish the explanation"

    outcome = ask.choice(
        "Kết quả",
        "Result",
        (("published", "Công khai", "Published"), ("withheld", "Không công khai", "Withheld")),
        required=True,
        law="DN III.2; DN II.7.a; NDH II.6.b",
    )
    published_on = ask.date(
        "Ngày công khai hoặc ngày quyết định không công khai",
        "Published, or withheld, on",
        required=True,
        law="Luật 104/2016 Đ18 k4",
    )
    redacted_text = ask.long_text(
        "Nội dung công khai (đã che thông tin cá nhân)",
        "Published text, personal data redacted",
        most=100_000,
        needed_when=("outcome", ("published",)),
        law="Luật 91/2025 Đ16; NĐ 59/2019 Đ6 k1",
    )
    redacted_by = ask.participant("Người che thông tin", "Redacted by", needed_when=("outcome", ("published",)))
    approved_by = ask.participant(
        "Người duyệt nội dung công khai", "Approved by", needed_when=("outcome", ("published",))
    )
    publication_form = ask.choice(
        "Hình thức công khai",
        "Form of publication",
        (
            ("portal", "Trang, chuyên mục giải trình trên cổng thông tin điện tử", "Accountability page of the portal"),
            ("posting", "Niêm yết tại trụ sở", "Posted at the office"),
            ("broadcast", "Truyền thanh, phương tiện thông tin đại chúng", "Radio or mass media"),
            ("meeting", "Công bố tại cuộc họp", "At a meeting"),
            ("written_notice", "Thông báo bằng văn bản", "Written notice"),
        ),
        needed_when=("outcome", ("published",)),
        law="Luật 36/2018 Đ11",
    )
    url = ask.url("Đường dẫn", "Address of the page", needed_when=("publication_form", ("portal",)))
    reason = ask.reason("Lý do không công khai", "Why it is withheld", needed_when=("outcome", ("withheld",)))
    decided_by = ask.participant(
        "Người quyết định không công khai", "Withheld by", needed_when=("outcome", ("withheld",))
    )

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """Four eyes on every redaction."""
        if data["outcome"] == "published" and data.get("redacted_by") == data.get("approved_by"):
            yield "approved_by", say("same_person")


class FiledDocument(Form):
    """One line of the list of documents in the file."""

    title = ask.text("Tên văn bản, tài liệu", "Title", most=500, required=True)
    number = ask.text("Số, ký hiệu", "Number", most=100)
    date = ask.date("Ngày", "Date")
    pages = ask.whole_number("Số tờ", "Sheets", least=1, most=100_000)


class CloseFile(Form):
    """The file is closed: what is in it, and how long it is kept."""

    title_vi = "Kết thúc, lập hồ sơ"
    title_en = "Close the file"

    closed_on = ask.date("Ngày kết thúc", "Closed on", required=True, law="NĐ 30/2020 Đ29")
    file_code = ask.text("Số, ký hiệu hồ sơ", "Code of the file", most=100, law="NĐ 30/2020 Đ29")
    documents = ask.rows(
        "Mục lục văn bản trong hồ sơ",
        "Documents in the file",
        FiledDocument,
        least=1,
        most=1_000,
        required=True,
        law="NĐ 30/2020 Đ29",
    )
    retention = ask.choice(
        "Thời hạn bảo quản",
        "Retention",
        (("permanent", "Vĩnh viễn", "Permanent"), ("term", "Có thời hạn", "For a term")),
        required=True,
        law="Luật 33/2024; TT 10/2022/TT-BNV",
    )
    retention_years = ask.whole_number(
        "Số năm bảo quản", "Years kept", least=1, most=70, needed_when=("retention", ("term",)), law="Luật 33/2024"
    )


class Archive(Form):
    """The file is handed to the archive."""

    title_vi = "Nộp lưu hồ sơ"
    title_en = "Hand over to the archive"

    handed_over_on = ask.date("Ngày giao nộp", "Handed over on", required=True, law="NĐ 30/2020 Đ30; Luật 33/2024")
    minutes = ask.document_reference(
        "Biên bản giao nhận hồ sơ", "Minutes of the hand-over", required=True, law="NĐ 30/2020 Đ30"
    )
    archive_code = ask.text("Ký hiệu lưu trữ", "Archive code", most=100, required=True)
    location = ask.text("Nơi lưu trữ", "Where it is kept", most=500, required=True)


class Terminate(Form):
    """F6, the decision that ends the case."""

    title_vi = "Quyết định đình chỉ"
    title_en = "Decide to terminate"

    ground = ask.choice(
        "Căn cứ đình chỉ",
        "Ground",
        (
            ("withdrawn", "Người yêu cầu rút toàn bộ yêu cầu", "The whole request was withdrawn"),
            (
                "dead_without_heir",
                "Cá nhân chết không có người thừa kế, tổ chức chấm dứt không có người kế thừa",
                "Death without heir, or no successor",
            ),
            (
                "incapable_without_representative",
                "Mất năng lực hành vi, không có người đại diện",
                "Loss of capacity without a representative",
            ),
        ),
        required=True,
        law="NĐ 59/2019 Đ14 k3",
    )
    number = ask.text("Số quyết định", "Number", most=100, required=True, law="NĐ 30/2020 Đ15")
    decided_on = ask.date("Ngày quyết định", "Decided on", required=True, law="NĐ 59/2019 Đ14 k3")
    reason = ask.reason(required=True, law="NĐ 59/2019 Đ14 k3")
    signs_of_wrongdoing = ask.yes_no(
        "Có dấu hiệu vi phạm cần xem xét tiếp",
        "There are signs of wrongdoing to look into",
        required=True,
        law="Luật 36/2018 Đ55",
    )
    follow_up = ask.reason("Hướng xem xét tiếp", "What follows", needed_when=("signs_of_wrongdoing", (True,)))
    document_key = ask.document("Tệp quyết định", "File of the decision")


class StrikeContents(Form):
    """What was withdrawn is struck; the clock of the rest runs on."""

    title_vi = "Ghi nhận nội dung được rút"
    title_en = "Strike what was withdrawn"

    struck = ask.long_text(
        "Nội dung được rút", "What was withdrawn", required=True, least=10, most=4_000, law="NĐ 59/2019 Đ8 k1 điểm b"
    )
    remaining = ask.long_text(
        "Nội dung còn phải giải trình", "What remains to be explained", required=True, least=10, most=4_000
    )
    recorded_on = ask.date("Ngày ghi nhận", "Recorded on", required=True)


class ChooseCourse(Form):
    """On the twelfth day the head says how it goes on. The extension or suspension itself is an act of its own."""

    title_vi = "Quyết định: trả lời, gia hạn hay tạm đình chỉ"
    title_en = "Answer, extend or suspend"

    course = ask.choice(
        "Hướng giải quyết",
        "Course",
        (
            ("answer", "Trả lời đúng hạn", "Answer in time"),
            ("extend", "Gia hạn (vụ việc phức tạp)", "Extend: the matter is complex"),
            ("suspend", "Tạm đình chỉ", "Suspend"),
        ),
        required=True,
        law="NĐ 59/2019 Đ13, Đ14 k1",
    )
    reason = ask.reason(needed_when=("course", ("extend", "suspend")), law="NĐ 59/2019 Đ13")


FORMS: dict[str, type[Form]] = {
    "accountability_request.start": Start,
    "accountability_request.classify": Classify,
    "accountability_request.decide": Decide,
    "accountability_request.ask_supplement": AskSupplement,
    "accountability_request.record_supplement": RecordSupplement,
    "accountability_request.issue_notice": IssueNotice,
    "accountability_request.assign": Assign,
    "accountability_request.contribute": Contribute,
    "accountability_request.verify": Verify,
    "accountability_request.draft": Draft,
    "accountability_request.approve": Approve,
    "accountability_request.send": Send,
    "accountability_request.choose_course": ChooseCourse,
    "accountability_request.terminate": Terminate,
    "accountability_request.strike_contents": StrikeContents,
    "accountability_request.publish": Publish,
    "accountability_request.close_file": CloseFile,
    "accountability_request.archive": Archive,
}
