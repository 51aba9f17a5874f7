"""The forms of a plan task: every user task of the diagram, and the plan owner's messages to a running task.

Sources: the plans of Đồng Nai (KH Đồng Nai) and Nam Đông Hà (KH Nam Đông Hà) that carry out Directive 53-CT/TW. A plan task is changed
or ended only by a document of the plan owner, so every such form asks for its number and date. A field without `law` is a default of
this design.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from forms.base import Form
from forms.fields import (
    choice,
    date,
    document,
    document_reference,
    evidence,
    long_text,
    organisation,
    organisations,
    participant,
    pattern,
    reason,
    rows,
    text,
    url,
    whole_number,
    yes_no,
)
from forms.said import Said, say

TASK_ID = r"[A-Z]{2,8}-[A-Z]+(\.[0-9]{1,2})?\.[a-zđ]"
ASSIGNMENT = "KH Đồng Nai I.2"
FOLLOW_UP = "KH Đồng Nai III.7"
FORMS_OF_DISSEMINATION = "KH Nam Đông Hà III"

CAUSES = (
    ("coordination", "Phối hợp chậm giữa các cơ quan", "Slow co-operation between bodies"),
    ("awaiting_document", "Chờ văn bản, ý kiến của cấp trên", "Waiting for a document or opinion of a higher body"),
    ("staff", "Nhân lực, phân công", "Staff, assignment of work"),
    ("resources", "Kinh phí, điều kiện kỹ thuật", "Money, technical means"),
    ("unclear_task", "Nội dung nhiệm vụ chưa rõ", "The task is not clear"),
    ("objective", "Nguyên nhân khách quan", "Reasons outside the body"),
    ("subjective", "Thiếu đôn đốc, chậm chủ quan", "Lack of urging, own delay"),
    ("other", "Nguyên nhân khác", "Another cause"),
)
GATHERINGS = ("conference", "extended_conference", "cell_meeting", "union_meeting", "dialogue")
PAGES = ("portal", "fanpage")
DISSEMINATION = (
    ("conference", "Hội nghị quán triệt, hội nghị nội bộ cấp ủy", "Study conference, conference of the committee"),
    ("extended_conference", "Hội nghị cấp ủy mở rộng", "Extended conference of the committee"),
    ("cell_meeting", "Sinh hoạt chi bộ", "Party-cell meeting"),
    ("union_meeting", "Sinh hoạt của tổ chức chính trị - xã hội", "Meeting of a socio-political organisation"),
    ("dialogue", "Hội nghị đối thoại với Nhân dân", "Dialogue with the people"),
    ("portal", "Cổng, trang thông tin điện tử", "Portal, website"),
    ("fanpage", "Trang fanpage, mạng xã hội", "Fanpage, social network"),
    ("bulletin", "Bản tin thông báo nội bộ", "Internal bulletin"),
    ("leaflet", "Tờ gấp, sách, ấn phẩm", "Leaflet, book, publication"),
    ("press", "Báo chí, truyền hình", "Press, television"),
    ("broadcast", "Hệ thống thông tin cơ sở", "Grassroots broadcasting"),
    ("other", "Hình thức khác", "Another form"),
)
PUBLICATION_CHANNELS = (
    ("portal", "Cổng, trang thông tin điện tử", "Portal, website"),
    ("posting", "Niêm yết tại trụ sở", "Posting at the office"),
    ("meeting", "Công bố tại cuộc họp", "Announced at a meeting"),
    ("mass_media", "Phương tiện thông tin đại chúng", "Mass media"),
    ("written_notice", "Thông báo bằng văn bản", "Written notice"),
)


class Dissemination(Form):
    """One act of dissemination: a meeting with its attendance, a page with its address, a publication with its number of copies."""

    channel = choice("Hình thức", "Form", DISSEMINATION, required=True, law=FORMS_OF_DISSEMINATION)
    held_on = date("Ngày thực hiện", "Date", required=True)
    content = text(
        "Nội dung, tên hội nghị hoặc bài viết", "Content, name of the meeting or item", required=True, most=500
    )
    place = text("Địa điểm", "Place", most=500)
    attendance = whole_number(
        "Số người dự",
        "People attending",
        most=1_000_000,
        needed_when=("channel", GATHERINGS),
        law=FORMS_OF_DISSEMINATION,
    )
    copies = whole_number("Số bản phát hành", "Copies", most=10_000_000, needed_when=("channel", ("leaflet",)))
    link = url("Đường dẫn", "Address of the page", needed_when=("channel", PAGES))
    document_key = document("Tệp, ảnh kèm theo", "File or photo")


class Indicator(Form):
    """One measured figure of a period, as a part of a whole: 48 of 50 requests answered in time."""

    name = text("Chỉ số", "Indicator", required=True, most=300, law="KH Đồng Nai III.2")
    counted = whole_number("Số đạt", "Counted", required=True)
    total = whole_number("Tổng số", "Out of", required=True)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """A part is not larger than its whole."""
        if data["counted"] > data["total"]:
            yield self.misfit("counted", "total")


class ConfirmState(Form):
    """A task loaded after its date: the plan owner says how it stands. Nothing escalates before."""

    title_vi = "Xác nhận trạng thái nhiệm vụ nạp sau hạn"
    title_en = "Confirm the state of a task loaded after its date"

    state = choice(
        "Trạng thái",
        "State",
        (
            ("done", "Đã hoàn thành, có minh chứng", "Already done, with evidence"),
            ("still_open", "Chưa hoàn thành, ấn định thời hạn mới", "Still open: a new due date is set"),
            ("dropped", "Bãi bỏ theo văn bản", "Dropped by a document"),
        ),
        required=True,
    )
    confirmed_on = date("Ngày xác nhận", "Confirmed on", required=True)
    evidence = evidence("Minh chứng hoàn thành", "Evidence that it is done", law=ASSIGNMENT)
    due_date = date("Thời hạn mới", "New due date", needed_when=("state", ("still_open",)), law=ASSIGNMENT)
    document = document_reference(
        "Văn bản của cơ quan ban hành kế hoạch",
        "Document of the plan owner",
        needed_when=("state", ("still_open", "dropped")),
    )
    is_public = yes_no(
        "Công khai kết quả", "Publish the result", needed_when=("state", ("done",)), law="KH Đồng Nai I.2"
    )
    remarks = long_text("Ghi chú", "Remarks", most=4_000)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """What is done needs evidence; a new date lies ahead."""
        if data["state"] == "done" and not data.get("evidence"):
            yield "evidence", say("required")
        yield from self.late(data, "confirmed_on", "due_date")


class SetDueDate(Form):
    """The plan names no time, or waits for a document that has come: the plan owner sets the due date and signs for it."""

    title_vi = "Ấn định thời hạn hoặc xác định nhiệm vụ thường xuyên"
    title_en = "Set the due date, or mark a standing duty"

    decision = choice(
        "Quyết định",
        "Decision",
        (
            ("set_date", "Ấn định thời hạn hoàn thành", "Set a due date"),
            ("standing_duty", "Nhiệm vụ thường xuyên, theo kỳ", "A standing duty, period by period"),
            ("covered", "Lồng ghép vào nhiệm vụ khác của kế hoạch", "Covered by another task of the plan"),
        ),
        required=True,
        law=ASSIGNMENT,
    )
    document = document_reference(
        "Văn bản của cơ quan ban hành kế hoạch", "Document of the plan owner", required=True, law=ASSIGNMENT
    )
    due_date = date(
        "Thời hạn hoàn thành",
        "Due date",
        needed_when=("decision", ("set_date",)),
        help_vi="Sau khi có văn bản hướng dẫn: mặc định 30 ngày kể từ ngày văn bản.",
        help_en="After a guidance document: by default 30 days from its date.",
        law=ASSIGNMENT,
    )
    cadence = choice(
        "Kỳ",
        "Period",
        (("quarter", "Quý", "Quarter"), ("year", "Năm", "Year")),
        needed_when=("decision", ("standing_duty",)),
    )
    first_year = whole_number(
        "Năm của kỳ đầu tiên",
        "Year of the first period",
        least=2025,
        most=2199,
        needed_when=("decision", ("standing_duty",)),
    )
    first_quarter = whole_number(
        "Quý của kỳ đầu tiên", "Quarter of the first period", least=1, most=4, needed_when=("cadence", ("quarter",))
    )
    covered_by = pattern(
        "Mã nhiệm vụ đã bao gồm",
        "Id of the task that covers it",
        form=TASK_ID,
        example="NDH-IV.1.a",
        most=40,
        needed_when=("decision", ("covered",)),
    )
    lead = organisation(
        "Cơ quan chủ trì",
        "Lead body",
        help_vi="Cần nêu khi kế hoạch không nêu hoặc nêu mâu thuẫn.",
        help_en="To be named where the plan names none, or two that conflict.",
        law=ASSIGNMENT,
    )
    cooperating = organisations("Cơ quan phối hợp", "Co-operating bodies", law=ASSIGNMENT)
    owner_decision = long_text(
        "Ý kiến về chỗ kế hoạch chưa thống nhất",
        "Decision where the plan contradicts itself",
        most=4_000,
        law="KH Đồng Nai II.2, III.7",
    )

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The due date is not before the document that sets it."""
        due, signed = data.get("due_date"), data["document"]["date"]
        if due and due < signed:
            yield "due_date", say("too_early", other_vi="Ngày ban hành", other_en="Date of the document")


class AssignTask(Form):
    """The head of the lead body names one person, the evidence expected and an internal date."""

    title_vi = "Phân công thực hiện nhiệm vụ"
    title_en = "Assign the task"

    assigned_on = date("Ngày phân công", "Assigned on", required=True, law=ASSIGNMENT)
    officer = participant("Người thực hiện", "Officer", required=True, law=ASSIGNMENT)
    contact_lead = organisation(
        "Đầu mối khi có nhiều cơ quan chủ trì", "Contact where several bodies lead", law="KH Đồng Nai II.6"
    )
    cooperating = organisations("Cơ quan phối hợp", "Co-operating bodies", law=ASSIGNMENT)
    internal_due_date = date(
        "Hạn nội bộ",
        "Internal due date",
        help_vi="Không thay thế thời hạn của kế hoạch.",
        help_en="It does not replace the due date of the plan.",
    )
    programme_due_date = date(
        "Hạn ban hành chương trình hằng năm",
        "Date for adopting the yearly programme",
        help_vi="Mặc định ngày 31/01.",
        help_en="By default 31 January.",
        law="KH Đồng Nai II.5; KH Nam Đông Hà II.4",
    )
    evidence_expected = long_text("Minh chứng phải có", "Evidence expected", required=True, most=4_000, law=ASSIGNMENT)
    owner_decision = long_text(
        "Ý kiến của cơ quan ban hành về chỗ kế hoạch chưa thống nhất",
        "The owner's decision where the plan contradicts itself",
        most=4_000,
        law="KH Đồng Nai II.2, III.7",
    )

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The internal date lies ahead."""
        yield from self.late(data, "assigned_on", "internal_due_date")


class CarryOut(Form):
    """A progress note, as often as wanted, or the result with its evidence."""

    title_vi = "Báo cáo tiến độ, kết quả"
    title_en = "Report progress or the result"

    outcome = choice(
        "Loại báo cáo",
        "Kind of report",
        (
            ("progress_note", "Báo cáo tiến độ", "Progress note"),
            ("result", "Báo cáo kết quả", "Result"),
        ),
        required=True,
    )
    reported_on = date("Ngày báo cáo", "Reported on", required=True)
    content = long_text("Nội dung đã thực hiện", "What was done", required=True, least=10)
    percent = whole_number("Mức độ hoàn thành (%)", "Done, in per cent", most=100)
    indicators = rows("Chỉ số của kỳ", "Indicators of the period", Indicator, law="KH Đồng Nai III.2")
    dissemination = rows(
        "Hình thức quán triệt, tuyên truyền", "Forms of dissemination", Dissemination, law=FORMS_OF_DISSEMINATION
    )
    evidence = evidence("Minh chứng", "Evidence", law=ASSIGNMENT)
    own_plan = document_reference("Kế hoạch riêng đã ban hành", "Own plan that was issued", law="KH Đồng Nai III.1")
    difficulties = long_text("Khó khăn, vướng mắc", "Difficulties", most=4_000)
    proposals = long_text("Đề xuất, kiến nghị", "Proposals", most=4_000)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """A result is proved by evidence or by acts of dissemination."""
        if data["outcome"] == "result" and not (data.get("evidence") or data.get("dissemination")):
            yield from self.one_of({}, "evidence", "dissemination")


class AcceptResult(Form):
    """The monitor of the plan accepts the result, or returns it with remarks."""

    title_vi = "Xem xét, nghiệm thu kết quả"
    title_en = "Accept or return the result"

    decision = choice(
        "Kết luận",
        "Decision",
        (("accepted", "Đạt yêu cầu", "Accepted"), ("returned", "Trả lại để bổ sung", "Returned")),
        required=True,
        law=FOLLOW_UP,
    )
    accepted_on = date("Ngày xem xét", "Decided on", required=True)
    remarks = reason("Ý kiến", "Remarks", needed_when=("decision", ("returned",)))
    is_public = yes_no(
        "Công khai kết quả",
        "Publish the result",
        needed_when=("decision", ("accepted",)),
        help_vi="Văn bản của Đảng không phải văn bản nào cũng công khai.",
        help_en="Not every Party document is public.",
        law=ASSIGNMENT,
    )
    reason_not_public = reason(
        "Lý do không công khai", "Why it is not published", needed_when=("is_public", (False,)), law=ASSIGNMENT
    )


class ReportCause(Form):
    """The due date has passed: the head of the lead body says why, who answers for it and what is done."""

    title_vi = "Báo cáo nguyên nhân chậm"
    title_en = "Report the cause of the delay"

    reported_on = date("Ngày báo cáo", "Reported on", required=True)
    cause = choice("Nguyên nhân", "Cause", CAUSES, required=True, law="KH Đồng Nai II.5; KH Nam Đông Hà II.4")
    explanation = reason("Giải trình nguyên nhân", "Explanation", required=True)
    responsible = text("Chức danh chịu trách nhiệm", "Post that answers for it", required=True, law=ASSIGNMENT)
    measures = long_text("Biện pháp khắc phục", "Measures", required=True, least=10, most=4_000)
    proposed_date = date("Thời gian hoàn thành dự kiến", "Date proposed")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """The date proposed lies ahead."""
        yield from self.late(data, "reported_on", "proposed_date")


class PublishResult(Form):
    """What was published, where, and who checked that it holds no personal data and no secret."""

    title_vi = "Công khai kết quả nhiệm vụ"
    title_en = "Publish the result"

    published_on = date("Ngày công khai", "Published on", required=True, law="Luật 104/2016 Đ18 k4 (suy luận)")
    channel = choice("Hình thức", "Form", PUBLICATION_CHANNELS, required=True, law="Luật 36/2018 Đ11")
    link = url("Đường dẫn", "Address of the page", needed_when=("channel", ("portal",)))
    place = text(
        "Nơi niêm yết, công bố", "Where it is posted or announced", needed_when=("channel", ("posting", "meeting"))
    )
    checked_by = participant(
        "Người kiểm tra nội dung trước khi công khai", "Who checked it before publication", required=True
    )
    published_file = document("Bản công khai", "File as published")


class ArchiveTask(Form):
    """Handing the file to the archive of the body."""

    title_vi = "Nộp lưu hồ sơ nhiệm vụ"
    title_en = "Hand the file to the archive"

    archived_on = date("Ngày nộp lưu", "Handed over on", required=True, law="NĐ 30/2020 Đ30")
    file_code = text("Số, ký hiệu hồ sơ", "File code", required=True, most=100, law="NĐ 30/2020 Đ29")
    documents = whole_number("Số văn bản trong hồ sơ", "Documents in the file", least=1, most=100_000, required=True)
    retention = text("Thời hạn bảo quản", "Retention", required=True, most=100, law="NĐ 30/2020 Đ29")
    handover_record = document_reference("Biên bản giao nhận", "Record of the hand-over", law="NĐ 30/2020 Đ30")


class TaskCancelled(Form):
    """The plan owner cancels the task by a document."""

    title_vi = "Bãi bỏ nhiệm vụ"
    title_en = "Cancel the task"

    document = document_reference("Văn bản bãi bỏ", "Document that cancels it", required=True, law=ASSIGNMENT)
    reason = reason("Lý do", "Reason", required=True)


class TaskChanged(Form):
    """The plan owner changes the due date, the lead or the content by a document; the task begins anew, its history stays."""

    title_vi = "Điều chỉnh nhiệm vụ"
    title_en = "Change the task"

    document = document_reference("Văn bản điều chỉnh", "Document that changes it", required=True, law=ASSIGNMENT)
    due_date = date("Thời hạn mới", "New due date", law=ASSIGNMENT)
    lead = organisation("Cơ quan chủ trì mới", "New lead body", law=ASSIGNMENT)
    content = long_text("Nội dung điều chỉnh", "Changed content", most=4_000)
    reason = reason("Lý do", "Reason", required=True)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """Something changes, and a new due date is not before the document."""
        yield from self.one_of(data, "due_date", "lead", "content")
        due = data.get("due_date")
        if due and due < data["document"]["date"]:
            yield "due_date", say("too_early", other_vi="Ngày ban hành", other_en="Date of the document")


class StandingDutyEnded(Form):
    """The plan owner, or a plan that replaces this one, ends a standing duty."""

    title_vi = "Kết thúc nhiệm vụ thường xuyên"
    title_en = "End the standing duty"

    document = document_reference("Văn bản quyết định", "Document that ends it", required=True, law="KH Đồng Nai III")
    stop_current_period = yes_no(
        "Dừng cả phần việc của kỳ đang thực hiện", "Stop the work of the current period too", required=True
    )
    reason = reason("Lý do", "Reason", required=True)


FORMS: dict[str, type[Form]] = {
    "plan_task.confirm_state": ConfirmState,
    "plan_task.set_due_date": SetDueDate,
    "plan_task.assign_task": AssignTask,
    "plan_task.carry_out": CarryOut,
    "plan_task.accept_result": AcceptResult,
    "plan_task.report_cause": ReportCause,
    "plan_task.publish_result": PublishResult,
    "plan_task.archive_task": ArchiveTask,
    "message.task_cancelled": TaskCancelled,
    "message.task_changed": TaskChanged,
    "message.standing_duty_ended": StandingDutyEnded,
}
