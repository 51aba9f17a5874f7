"""The forms of an inspection on lapse: every user task of the diagram, and the supervisor's message to go on without a report.

Sources: Decree 59/2019/NĐ-CP articles 7 and 81, the Law on Inspection 84/2025/QH15, article 38 of Law 25/2018/QH14 by analogy, and
the plans (KH Đồng Nai II.5, KH Nam Đông Hà II.4). Discipline is recorded here, never decided. A field without `law` is a default of
this design.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from forms.base import Form
from forms.fields import (
    choice,
    date,
    document_reference,
    evidence,
    legal_bases,
    long_text,
    organisation,
    pattern,
    reason,
    rows,
    text,
    url,
    whole_number,
    yes_no,
)
from forms.plan_task import CAUSES
from forms.said import Said, say

CASE_NUMBER = r"[A-Z]{2,8}-[A-Za-z0-9.\-]{1,60}"
BY_ANALOGY = "Luật 25/2018 Đ38 (áp dụng tương tự)"
STRICT = "KH Đồng Nai II.5; KH Nam Đông Hà II.4"

FINDINGS = (
    ("none", "Không có vi phạm", "No violation"),
    ("late", "Chậm trễ", "Delay"),
    ("not_done", "Không thực hiện", "Not done"),
    ("incomplete", "Thực hiện không đầy đủ", "Incomplete"),
    ("untruthful", "Không trung thực", "Untruthful"),
    ("evasion", "Né tránh, đùn đẩy", "Evasion, buck-passing"),
    ("obstruction", "Gây khó khăn cho người dân, doanh nghiệp", "Making difficulties for people and businesses"),
)
HANDLINGS = (
    ("none", "Không xử lý", "None"),
    ("lesson", "Rút kinh nghiệm, phê bình", "Criticism"),
    ("reprimand", "Khiển trách", "Reprimand"),
    ("warning", "Cảnh cáo", "Warning"),
    ("other", "Hình thức khác", "Another form"),
)


class Recommendation(Form):
    """One recommendation, to become a commitment: what, who, by when and how it is seen to be done."""

    content = long_text(
        "Nội dung kiến nghị", "Recommendation", required=True, least=10, most=4_000, law="Luật 84/2025 Đ52"
    )
    owner = organisation("Cơ quan thực hiện", "Who carries it out", required=True)
    due_date = date("Thời hạn", "Due date", law="KH Đồng Nai II.6")
    due_event = text("Hoặc theo sự kiện", "Or by an event")
    measure = text("Tiêu chí hoàn thành", "How it is seen to be done", most=500)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """A recommendation without a date is none."""
        yield from self.one_of(data, "due_date", "due_event")


class AskReport(Form):
    """The direct superior asks the late body for a report."""

    title_vi = "Yêu cầu báo cáo"
    title_en = "Ask for a report"

    asked_on = date("Ngày yêu cầu", "Asked on", required=True, law=BY_ANALOGY)
    document = document_reference("Công văn yêu cầu", "Letter that asks for it", required=True, law="NĐ 30/2020 Đ7")
    content = long_text(
        "Nội dung cần báo cáo",
        "What to report",
        required=True,
        least=10,
        most=4_000,
        help_vi="Quá trình xử lý, nguyên nhân chậm, trách nhiệm.",
        help_en="The course of the matter, why it is late, who is responsible.",
        law=BY_ANALOGY,
    )


class Report(Form):
    """The head of the late body reports the course, the cause and the responsibility."""

    title_vi = "Báo cáo quá trình, nguyên nhân, trách nhiệm"
    title_en = "Report the course, the cause and the responsibility"

    reported_on = date("Ngày báo cáo", "Reported on", required=True, law=BY_ANALOGY)
    document = document_reference("Báo cáo", "Report", law="NĐ 30/2020 Đ7")
    course = long_text("Quá trình xử lý", "Course of the matter", required=True, least=10, law=BY_ANALOGY)
    cause = choice("Nguyên nhân", "Cause", CAUSES, required=True, law=BY_ANALOGY)
    explanation = reason("Giải trình nguyên nhân", "Explanation of the cause", required=True)
    responsible = text("Chức danh chịu trách nhiệm", "Post that is responsible", required=True, law=BY_ANALOGY)
    measures = long_text("Biện pháp khắc phục", "Measures", required=True, least=10, most=4_000)
    proposed_date = date("Thời gian hoàn thành dự kiến", "Date proposed")
    evidence = evidence()

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The date proposed lies ahead."""
        yield from self.late(data, "reported_on", "proposed_date")


class Decide(Form):
    """The superior decides what follows from the lapse. The system proposes the bodies; this person confirms or names another."""

    title_vi = "Quyết định biện pháp xử lý việc chậm"
    title_en = "Decide what to do about the lapse"

    measure = choice(
        "Biện pháp",
        "Measure",
        (
            ("accept_cause", "Chấp nhận nguyên nhân, ấn định thời hạn mới", "Accept the cause, set a new date"),
            ("urge", "Đôn đốc thực hiện", "Urge"),
            ("check", "Kiểm tra", "Check"),
            ("propose_inspection", "Đề nghị thanh tra", "Propose a State inspection"),
            ("party_inspection", "Đề nghị Ủy ban Kiểm tra kiểm tra", "Propose a Party inspection"),
            (
                "investigation",
                "Chuyển cơ quan điều tra khi có dấu hiệu tội phạm",
                "Investigation body: signs of a crime",
            ),
            ("join", "Gộp vào cuộc kiểm tra chuyên đề khác", "Join another thematic check"),
        ),
        required=True,
        law="NĐ 59/2019 Đ7 k3; Luật 36/2018 Đ55",
    )
    decided_on = date("Ngày quyết định", "Decided on", required=True)
    document = document_reference("Văn bản quyết định", "Document of the decision", required=True, law="NĐ 30/2020 Đ7")
    reason = reason("Lý do", "Reason", required=True)
    legal_bases = legal_bases()
    new_date = date("Thời hạn mới", "New date", needed_when=("measure", ("accept_cause", "urge")))
    body = organisation(
        "Cơ quan thực hiện, nếu khác đề xuất",
        "Body that does it, if other than proposed",
        help_vi="Không được là chính cơ quan chậm.",
        help_en="It may not be the late body itself.",
        law="Luật 84/2025",
    )
    joined_case = pattern(
        "Mã hồ sơ kiểm tra được gộp vào",
        "Number of the case it is joined to",
        form=CASE_NUMBER,
        example="KTTT-2026-000012",
        most=70,
        needed_when=("measure", ("join",)),
        law="KH Đồng Nai III.5",
    )

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The new date lies ahead; another body is named only where a body acts."""
        yield from self.late(data, "decided_on", "new_date")
        if "body" in data and data["measure"] not in {"check", "propose_inspection", "party_inspection"}:
            yield self.misfit("body", "measure")


class VerifyDone(Form):
    """At the new date: was the duty done? If not, the superior decides again."""

    title_vi = "Xác nhận đã thực hiện theo thời hạn mới"
    title_en = "Verify that the new date was kept"

    verified_on = date("Ngày xác nhận", "Verified on", required=True)
    done = yes_no("Đã thực hiện", "Done", required=True)
    evidence = evidence("Minh chứng", "Evidence")
    remarks = long_text("Nhận xét", "Remarks", most=4_000, needed_when=("done", (False,)))

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """What is done can be seen."""
        if data["done"] and not data.get("evidence"):
            yield "evidence", say("required")


class Check(Form):
    """A check by the head of the body in charge, or by the superior Party committee."""

    title_vi = "Kết quả kiểm tra"
    title_en = "Result of the check"

    decision = document_reference("Quyết định kiểm tra", "Decision to check", required=True, law="Luật 36/2018 Đ55")
    started_on = date("Ngày bắt đầu", "Began on", required=True)
    finished_on = date("Ngày kết thúc", "Ended on", required=True)
    finding = choice("Kết luận về vi phạm", "Finding", FINDINGS, required=True, law=STRICT)
    conclusion = long_text("Nội dung kết luận", "Conclusion", required=True, least=10)
    record = document_reference("Văn bản kết luận kiểm tra", "Document of the conclusion", required=True)
    recommendations = rows("Kiến nghị", "Recommendations", Recommendation)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """It ends after it begins."""
        yield from self.late(data, "started_on", "finished_on")


class Inspect(Form):
    """A State inspection, up to the draft conclusion."""

    title_vi = "Tiến hành thanh tra"
    title_en = "Carry out the inspection"

    decision = document_reference("Quyết định thanh tra", "Inspection decision", required=True, law="Luật 84/2025")
    announced_on = date("Ngày công bố quyết định", "Decision announced on", required=True, law="Luật 84/2025")
    planned_end = date(
        "Ngày kết thúc ấn định trong quyết định",
        "End set in the decision",
        required=True,
        help_vi="Thời hạn thanh tra theo luật mới chưa tìm thấy: người ra quyết định ấn định.",
        help_en="The length under the new law was not found: whoever decides the inspection sets it.",
        law="Luật 84/2025",
    )
    finished_on = date("Ngày kết thúc thanh tra trực tiếp", "Inspection on the spot ended on", required=True)
    draft_received_on = date(
        "Ngày nhận dự thảo kết luận", "Draft conclusion received on", required=True, law="Luật 84/2025 Đ36"
    )
    findings = long_text("Nội dung thanh tra, phát hiện", "Course and findings", required=True, least=10)
    evidence = evidence()

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """Announced, planned, ended, drafted: in this order."""
        yield from self.late(data, "announced_on", "planned_end")
        yield from self.late(data, "announced_on", "finished_on")
        yield from self.late(data, "finished_on", "draft_received_on")


class Conclude(Form):
    """The conclusion, signed within fifteen days of receiving the draft."""

    title_vi = "Kết luận thanh tra"
    title_en = "Inspection conclusion"

    document = document_reference("Kết luận thanh tra", "Conclusion", required=True, law="Luật 84/2025 Đ36")
    received_on = date(
        "Ngày cơ quan quản lý cùng cấp nhận kết luận",
        "Received by the administration of the same level on",
        required=True,
        law="Luật 84/2025 Đ53",
    )
    finding = choice("Kết luận về vi phạm", "Finding", FINDINGS, required=True, law=STRICT)
    summary = long_text("Tóm tắt kết luận", "Summary", required=True, least=10)
    recommendations = rows("Kiến nghị", "Recommendations", Recommendation, law="Luật 84/2025 Đ52")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """It is received after it is signed."""
        if data["received_on"] < data["document"]["date"]:
            yield "received_on", say("too_early", other_vi="Ngày ban hành", other_en="Date of the document")


class Implement(Form):
    """The head of the administration of the same level issues the document that carries out the conclusion."""

    title_vi = "Văn bản thực hiện kết luận thanh tra"
    title_en = "Document implementing the conclusion"

    document = document_reference("Văn bản thực hiện", "Implementing document", required=True, law="Luật 84/2025 Đ53")
    content = long_text("Nội dung chỉ đạo thực hiện", "What is ordered", required=True, least=10)
    recommendations = rows("Nhiệm vụ được giao", "Duties assigned", Recommendation, law="Luật 84/2025 Đ53")


class PartyInspect(Form):
    """A check by the Party inspection committee of the level."""

    title_vi = "Kết quả kiểm tra của Ủy ban Kiểm tra"
    title_en = "Result of the Party inspection"

    decision = document_reference("Quyết định kiểm tra", "Decision to check", required=True, law=STRICT)
    conclusion = document_reference("Thông báo kết luận", "Notice of the conclusion", required=True, law=STRICT)
    finding = choice("Kết luận về vi phạm", "Finding", FINDINGS, required=True, law=STRICT)
    summary = long_text("Tóm tắt kết luận", "Summary", required=True, least=10)
    recommendations = rows("Kiến nghị", "Recommendations", Recommendation)


class HandOver(Form):
    """Signs of a crime: the file goes to the investigation body."""

    title_vi = "Chuyển hồ sơ cho cơ quan điều tra"
    title_en = "Hand the file to the investigation body"

    handed_on = date("Ngày chuyển", "Handed over on", required=True)
    receiving_body = text("Cơ quan nhận", "Receiving body", required=True, most=500)
    document = document_reference(
        "Công văn chuyển hồ sơ", "Letter of transmission", required=True, law="NĐ 154/2026 Đ32 (áp dụng tương tự)"
    )
    summary = long_text("Dấu hiệu vi phạm", "Signs found", required=True, least=10, most=4_000)


class RecordOutcome(Form):
    """What came of the lapse. Discipline is decided by the competent body and only recorded here."""

    title_vi = "Ghi nhận kết quả xử lý"
    title_en = "Record the outcome"

    closed_on = date("Ngày kết thúc", "Closed on", required=True)
    finding = choice("Kết luận về vi phạm", "Finding", FINDINGS, required=True, law=STRICT)
    summary = long_text("Kết quả xử lý", "Outcome", required=True, least=10, most=4_000)
    handling = choice(
        "Hình thức xử lý đã quyết định (chỉ ghi nhận)",
        "Handling decided (recorded only)",
        HANDLINGS,
        required=True,
        law="NĐ 59/2019 Đ81",
    )
    handling_document = document_reference(
        "Văn bản xử lý", "Document of the handling", needed_when=("handling", ("reprimand", "warning"))
    )
    persons = long_text("Người bị xử lý", "Persons concerned", most=2_000, personal=True)
    recommendations = rows(
        "Kiến nghị chuyển thành cam kết",
        "Recommendations that become commitments",
        Recommendation,
        law="KH Đồng Nai II.6",
    )
    is_public = yes_no("Công khai kết luận", "Publish the conclusion", required=True, law="KH Đồng Nai I.2")
    link = url("Đường dẫn công khai", "Address of the publication", needed_when=("is_public", (True,)))


class ArchiveInspection(Form):
    """Handing the file to the archive of the superior."""

    title_vi = "Nộp lưu hồ sơ kiểm tra"
    title_en = "Hand the file to the archive"

    archived_on = date("Ngày nộp lưu", "Handed over on", required=True, law="NĐ 30/2020 Đ30")
    file_code = text("Số, ký hiệu hồ sơ", "File code", required=True, most=100, law="NĐ 30/2020 Đ29")
    documents = whole_number("Số văn bản trong hồ sơ", "Documents in the file", least=1, most=100_000, required=True)
    retention = text("Thời hạn bảo quản", "Retention", required=True, most=100, law="NĐ 30/2020 Đ29")
    handover_record = document_reference("Biên bản giao nhận", "Record of the hand-over", law="NĐ 30/2020 Đ30")


class ProceedWithoutReport(Form):
    """The report has not come: the superior decides on the file."""

    title_vi = "Quyết định khi không có báo cáo"
    title_en = "Go on without the report"

    decided_on = date("Ngày", "Date", required=True)
    reason = reason("Lý do", "Reason", required=True, law=BY_ANALOGY)


FORMS: dict[str, type[Form]] = {
    "inspection.ask_report": AskReport,
    "inspection.report": Report,
    "inspection.decide": Decide,
    "inspection.verify_done": VerifyDone,
    "inspection.check": Check,
    "inspection.inspect": Inspect,
    "inspection.conclude": Conclude,
    "inspection.implement": Implement,
    "inspection.party_inspect": PartyInspect,
    "inspection.hand_over": HandOver,
    "inspection.record_outcome": RecordOutcome,
    "inspection.archive_inspection": ArchiveInspection,
    "message.proceed_without_report": ProceedWithoutReport,
}
