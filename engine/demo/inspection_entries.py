"""What superiors, late bodies and inspectors enter after a lapse: the report, the decision, the check or the inspection."""

from datetime import date
from typing import Any

from engine.demo.desk import Desk
from engine.demo.plan_entries import CAUSES
from engine.time.clock import local_date

Entry = dict[str, Any]

MEASURES = {
    "accept_cause": 30,
    "urge": 30,
    "check": 20,
    "propose_inspection": 8,
    "party_inspection": 7,
    "join": 5,
    "investigation": 2,
}
REASONS = {
    "accept_cause": "Nguyên nhân có cơ sở, đơn vị đã có biện pháp khắc phục.",
    "urge": "Chậm do thiếu đôn đốc; yêu cầu hoàn thành dứt điểm theo thời hạn mới.",
    "check": "Báo cáo chưa làm rõ trách nhiệm; cần kiểm tra việc phân công và theo dõi thời hạn.",
    "propose_inspection": "Chậm nhiều lần trong lĩnh vực người dân quan tâm; đề nghị thanh tra.",
    "party_inspection": "Có biểu hiện né tránh trách nhiệm của người đứng đầu; chuyển Ủy ban Kiểm tra.",
    "join": "Cùng đơn vị, cùng nguyên nhân với hồ sơ đang kiểm tra; gộp để kiểm tra chuyên đề.",
    "investigation": "Có dấu hiệu sửa chữa hồ sơ; chuyển cơ quan điều tra xem xét.",
}
WITH_A_NEW_DATE = {"accept_cause", "urge"}
SETTLED = {"met", "met_late", "void"}
FINDINGS = ("late", "late", "late", "incomplete", "evasion", "none")
RECOMMENDATION = "Ban hành quy chế theo dõi thời hạn và phân công người đôn đốc từng hồ sơ."


def ask_report(desk: Desk) -> Entry:
    return {
        "asked_on": desk.day(),
        "document": desk.document("CV", "Yêu cầu báo cáo việc chậm thực hiện"),
        "content": "Báo cáo quá trình xử lý, nguyên nhân chậm, người chịu trách nhiệm và biện pháp khắc phục.",
    }


def report(desk: Desk) -> Entry:
    cause = desk.rng.choice(sorted(CAUSES))
    return {
        "reported_on": desk.day(),
        "document": desk.document("BC", "Báo cáo nguyên nhân chậm"),
        "course": "Hồ sơ được phân công đúng hạn nhưng chậm ở khâu xác minh và trình ký.",
        "cause": cause,
        "explanation": CAUSES[cause],
        "responsible": "Trưởng bộ phận được phân công",
        "measures": "Hoàn thành hồ sơ, kiểm điểm người được phân công, rà soát các hồ sơ tương tự.",
        "proposed_date": desk.day(10),
    }


def decide(desk: Desk) -> Entry:
    measure = _measure(desk)
    entry: Entry = {
        "measure": measure,
        "decided_on": desk.day(),
        "document": desk.document("TB", "Kết luận xử lý việc chậm"),
        "reason": REASONS[measure],
    }
    if measure in WITH_A_NEW_DATE:
        entry["new_date"] = desk.day(desk.rng.randrange(7, 21))
    if measure == "join":
        entry["joined_case"] = desk.registers.checks[desk.variables["start"]["agency"]]
    if measure == "check":
        desk.registers.checks[desk.variables["start"]["agency"]] = desk.item.case
    return entry


def verify_done(desk: Desk) -> Entry:
    start = desk.variables["start"]
    duties = [view for view in desk.read(start["referred_case"]).deadlines if view.name == start["deadline"]]
    if all(view.status in SETTLED for view in duties):
        evidence = {"title": "Hồ sơ đã được giải quyết", "number": start["referred_case"]}
        return {"verified_on": desk.day(), "done": True, "evidence": [evidence]}
    return {"verified_on": desk.day(), "done": False, "remarks": "Đến thời hạn mới vẫn chưa hoàn thành."}


def check(desk: Desk) -> Entry:
    return {
        "decision": desk.document("QĐ", "Quyết định kiểm tra"),
        "started_on": local_date(desk.item.opened_at).isoformat(),
        "finished_on": desk.day(),
        "finding": desk.rng.choice(FINDINGS),
        "conclusion": "Đơn vị chưa có người theo dõi thời hạn; hồ sơ nằm ở khâu trình ký nhiều ngày.",
        "record": desk.document("KL", "Kết luận kiểm tra"),
        "recommendations": [_recommendation(desk)],
    }


def inspect(desk: Desk) -> Entry:
    announced = local_date(desk.item.opened_at)
    return {
        "decision": desk.document("QĐ", "Quyết định thanh tra"),
        "announced_on": announced.isoformat(),
        "planned_end": date.fromordinal(announced.toordinal() + 30).isoformat(),
        "finished_on": desk.day(),
        "draft_received_on": desk.day(),
        "findings": "Đối chiếu nhật ký xử lý của các hồ sơ quá hạn trong năm; chậm chủ yếu ở khâu dự thảo và ký.",
    }


def conclude(desk: Desk) -> Entry:
    return {
        "document": desk.document("KLTTr", "Kết luận thanh tra"),
        "received_on": desk.day(),
        "finding": desk.rng.choice(FINDINGS[:5]),
        "summary": "Việc chậm giải trình thuộc trách nhiệm của bộ phận được phân công và lãnh đạo phụ trách.",
        "recommendations": [_recommendation(desk)],
    }


def implement(desk: Desk) -> Entry:
    return {
        "document": desk.document("CV", "Chỉ đạo thực hiện kết luận thanh tra"),
        "content": "Giao đơn vị thực hiện đủ các kiến nghị và báo cáo kết quả đúng thời hạn.",
    }


def party_inspect(desk: Desk) -> Entry:
    return {
        "decision": desk.document("QĐ", "Quyết định kiểm tra"),
        "conclusion": desk.document("TB", "Thông báo kết luận"),
        "finding": desk.rng.choice(FINDINGS[:5]),
        "summary": "Người đứng đầu chưa trực tiếp đôn đốc; yêu cầu kiểm điểm, rút kinh nghiệm.",
    }


def hand_over(desk: Desk) -> Entry:
    return {
        "handed_on": desk.day(),
        "receiving_body": "Cơ quan Cảnh sát điều tra Công an tỉnh",
        "document": desk.document("CV", "Chuyển hồ sơ có dấu hiệu vi phạm"),
        "summary": "Ngày tháng trên hồ sơ giấy bị sửa, không khớp nhật ký xử lý.",
    }


def record_outcome(desk: Desk) -> Entry:
    handling = desk.rng.choice(("none", "none", "lesson", "lesson", "reprimand"))
    entry: Entry = {
        "closed_on": desk.day(),
        "finding": "late",
        "summary": "Việc chậm đã được khắc phục; trách nhiệm đã được làm rõ.",
        "handling": handling,
        "is_public": desk.chance(60),
    }
    if entry["is_public"]:
        entry["link"] = f"https://giai-trinh.example.vn/{desk.item.case.lower()}"
    if handling == "reprimand":
        entry["handling_document"] = desk.document("QĐ", "Quyết định kỷ luật")
    return entry


def archive_inspection(desk: Desk) -> Entry:
    return {
        "archived_on": desk.day(),
        "file_code": f"KT-{desk.today.year}-{desk.item.case[-6:]}",
        "documents": desk.rng.randrange(4, 30),
        "retention": "20 năm",
    }


def _measure(desk: Desk) -> str:
    variables = desk.variables
    if "verification" in variables:
        return "check"
    agency, route = variables["start"]["agency"], variables["route"]
    weights = dict(MEASURES)
    if not route["inspects"]:
        weights.pop("propose_inspection")
    if not route["party_inspects"]:
        weights.pop("party_inspection")
    if agency not in desk.registers.checks:
        weights.pop("join")
    if route["checks"] is None:
        weights.pop("check")
    return desk.rng.choices(list(weights), list(weights.values()))[0]


def _recommendation(desk: Desk) -> Entry:
    owner = desk.variables["start"]["agency"]
    return {"content": RECOMMENDATION, "owner": owner, "due_date": desk.day(60), "measure": "Có quy chế được ban hành."}


ENTRIES = {
    f"inspection.{each.__name__}": each
    for each in (
        *(ask_report, report, decide, verify_done, check, inspect, conclude, implement, party_inspect, hand_over),
        *(record_outcome, archive_inspection),
    )
}
