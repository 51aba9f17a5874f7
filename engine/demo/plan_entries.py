"""What officers enter in the forms of a plan task: the owner's decisions, the work, its acceptance, the cause of a delay."""

from datetime import date
from typing import Any

from engine.demo.desk import Desk
from engine.demo.officers import NAMED_BY_OWNER
from engine.vocabulary import Role

Entry = dict[str, Any]

NOTE_BEFORE = 25  # days before the due date until which a report is a progress note
CLASSES_OF_BODIES = {"ndh-co-quan-chuc-nang", "ndh-cap-uy-truc-thuoc", "ndh-co-quan-lien-quan"}
DUE_DATES = ((3, 31), (4, 30), (6, 30), (6, 30), (9, 30), (11, 30))
COVERS_DISSEMINATION = "NDH-IV.3.a"
CAUSES = {
    "coordination": "Cơ quan phối hợp gửi ý kiến chậm, phải lấy ý kiến hai lần.",
    "staff": "Cán bộ được phân công chuyển công tác, bàn giao chưa kịp thời.",
    "awaiting_document": "Chờ văn bản hướng dẫn của cấp trên về biểu mẫu báo cáo.",
    "subjective": "Thiếu đôn đốc thường xuyên, chưa lường hết khối lượng công việc.",
}
CHANNELS = ("conference", "cell_meeting", "dialogue", "portal", "broadcast")


def set_due_date(desk: Desk) -> Entry:
    start = desk.variables["start"]
    entry: Entry = {"document": desk.document("QĐ", f"Ấn định thời hạn nhiệm vụ {start['task_id']}")}
    if not start["lead"] or set(start["lead"]) & CLASSES_OF_BODIES:
        entry["lead"] = desk.rng.choice(NAMED_BY_OWNER[start["plan"]])
    if "guidance" in desk.variables:
        return {**entry, "decision": "set_date", "due_date": desk.day(60)}
    covering = _covering(desk, start)
    if covering:
        return {**entry, "decision": "covered", "covered_by": covering}
    if _is_standing(desk, start):
        first = {"first_year": desk.today.year, "first_quarter": (desk.today.month + 2) // 3}
        return {**entry, "decision": "standing_duty", "cadence": _cadence(start), **first}
    month, day = desk.rng.choice(DUE_DATES)
    due = date(desk.today.year, month, day)
    return {**entry, "decision": "set_date", "due_date": max(due.isoformat(), desk.day(30))}


def assign_task(desk: Desk) -> Entry:
    return {
        "assigned_on": desk.day(),
        "officer": desk.rng.choice(desk.staff.holders(Role.LEAD_UNIT, desk.item.agency)),
        "evidence_expected": "Văn bản, biên bản hoặc đường dẫn chứng minh kết quả.",
    }


def carry_out(desk: Desk) -> Entry:
    variables = desk.variables
    left = (date.fromisoformat(variables["due"]) - desk.today).days
    if left > NOTE_BEFORE and not variables["progress"]:
        content = "Đã xây dựng kế hoạch chi tiết và lấy ý kiến các cơ quan phối hợp."
        return {"outcome": "progress_note", "reported_on": desk.day(), "content": content, "percent": 40}
    entry: Entry = {
        "outcome": "result",
        "reported_on": desk.day(),
        "content": f"Đã hoàn thành: {variables['start']['title_vi']}.",
        "percent": 100,
        "evidence": [
            {"title": "Báo cáo kết quả", "number": desk.registers.next("BC", desk.item.agency), "date": desk.day()}
        ],
    }
    if variables["start"]["nature"] != "action":
        entry["dissemination"] = [_dissemination(desk, variables["start"]["title_vi"])]
    return entry


def accept_result(desk: Desk) -> Entry:
    if desk.item.case not in desk.registers.returned and desk.chance(8):
        desk.registers.returned.add(desk.item.case)
        remarks = "Báo cáo chưa kèm minh chứng của các đơn vị phối hợp; đề nghị bổ sung."
        return {"decision": "returned", "accepted_on": desk.day(), "remarks": remarks}
    entry: Entry = {"decision": "accepted", "accepted_on": desk.day(), "is_public": desk.chance(65)}
    return (
        entry
        if entry["is_public"]
        else {**entry, "reason_not_public": "Văn bản nội bộ của cấp ủy, không thuộc diện công khai."}
    )


def report_cause(desk: Desk) -> Entry:
    cause = desk.rng.choice(sorted(CAUSES))
    return {
        "reported_on": desk.day(),
        "cause": cause,
        "explanation": CAUSES[cause],
        "responsible": "Thủ trưởng cơ quan chủ trì",
        "measures": "Giao một lãnh đạo trực tiếp chỉ đạo, báo cáo tiến độ hằng tuần.",
        "proposed_date": desk.day(14),
    }


def publish_result(desk: Desk) -> Entry:
    checked_by = desk.staff.one(Role.HEAD, desk.item.agency)
    entry = {"published_on": desk.day(), "checked_by": checked_by}
    if desk.chance(75):
        return {**entry, "channel": "portal", "link": f"https://ke-hoach.example.vn/{desk.item.case.lower()}"}
    return {**entry, "channel": "posting", "place": "Bảng thông báo tại trụ sở"}


def archive_task(desk: Desk) -> Entry:
    return {
        "archived_on": desk.day(),
        "file_code": f"NV-{desk.today.year}-{desk.item.case[-6:]}",
        "documents": desk.rng.randrange(3, 25),
        "retention": "10 năm",
        "handover_record": desk.document("BBGN", "Biên bản giao nhận hồ sơ"),
    }


def _covering(desk: Desk, start: Entry) -> str | None:
    if start["part_key"] is not None or start["deadline"]["kind"] != "none":
        return None
    if start["related"] and desk.chance(45):
        return str(start["related"][0])
    return COVERS_DISSEMINATION if start["nature"] == "content_to_disseminate" and desk.chance(35) else None


def _is_standing(desk: Desk, start: Entry) -> bool:
    if start["part_key"] is not None:
        return False
    named_so = start["deadline"]["kind"] in {"recurring", "open_ended"} or start["nature"] == "form_of_dissemination"
    return named_so or (start["nature"] == "content_to_disseminate" and desk.chance(20))


def _cadence(start: Entry) -> str:
    return "year" if start["deadline"]["cadence"] == "yearly" else "quarter"


def _dissemination(desk: Desk, title: str) -> Entry:
    channel = desk.rng.choice(CHANNELS)
    act: Entry = {"channel": channel, "held_on": desk.day(), "content": title, "place": "Hội trường khu phố"}
    if channel == "portal":
        return {**act, "link": "https://nam-dong-ha.example.vn/giai-trinh"}
    return act if channel == "broadcast" else {**act, "attendance": desk.rng.randrange(25, 300)}


ENTRIES = {
    f"plan_task.{each.__name__}": each
    for each in (
        *(set_due_date, assign_task, carry_out, accept_result, report_cause),
        *(publish_result, archive_task),
    )
}
