"""What officers enter in the forms of an accountability request, from receipt to archive."""

from typing import Any

from engine.demo.desk import Desk
from engine.demo.matters import ACCOUNTABILITY
from engine.vocabulary import Role

Entry = dict[str, Any]

SOUND: Entry = {
    "kind_of_matter": "accountability_request",
    "secret_content": "none",
    "own_remit": True,
    "form_complete": True,
    "requester_capable": True,
    "representation": "none",
    "directly_affected": True,
    "internal_direction": False,
    "already_explained": "no",
    "settled_elsewhere": False,
    "good_reason": False,
}
MISSING = "Chưa nêu quyết định, hành vi cụ thể và chưa có chữ ký xác nhận của người yêu cầu."
FOUND: dict[str, Entry] = {
    "R1": {"requester_capable": False},
    "R2": {"directly_affected": False},
    "R3": {"secret_content": "whole"},
    "R4": {"internal_direction": True},
    "R5": {"already_explained": "same_requester", "earlier_case": "Văn bản giải trình đã gửi quý trước"},
    "R6": {"settled_elsewhere": True, "settling_body": "Thanh tra tỉnh"},
    "R7": {"misconduct": True},
    "R8": {"representation": "unproven"},
    "G1": {"own_remit": False, "competent_agency": "Cơ quan thuế có thẩm quyền quản lý địa bàn"},
    "G3": {"already_explained": "other_requester", "earlier_case": "Văn bản giải trình cho hộ liền kề"},
    "X1": {"kind_of_matter": "complaint"},
    "X2": {"kind_of_matter": "denunciation"},
    "X3": {"kind_of_matter": "feedback"},
    "X4": {"kind_of_matter": "information_request"},
    "partly_secret": {"secret_content": "part"},
    "accepted_against_the_proposal": {
        "already_explained": "same_requester",
        "earlier_case": "Văn bản giải trình năm trước",
    },
}
DEFICIENT = ("supplemented_online", "supplemented_at_the_desk", "not_supplemented")
REASONS = {
    "R1": "Người yêu cầu chưa đủ năng lực hành vi dân sự và chưa có người đại diện hợp pháp; mời người đại diện đến làm lại thủ tục.",
    "R2": "Quyết định được nêu không tác động trực tiếp đến quyền, lợi ích của người yêu cầu; có thể gửi phản ánh, kiến nghị.",
    "R3": "Toàn bộ nội dung yêu cầu thuộc danh mục bí mật nhà nước, không thuộc phạm vi giải trình.",
    "R4": "Nội dung là ý kiến chỉ đạo nội bộ chưa được ban hành thành quyết định.",
    "R5": "Nội dung đã được giải trình cho chính người yêu cầu bằng văn bản và không có tình tiết mới.",
    "R6": "Vụ việc đã được cơ quan có thẩm quyền thụ lý giải quyết.",
    "R7": "Người đến yêu cầu trong tình trạng say, gây rối tại nơi tiếp nhận; sự việc đã được lập biên bản.",
    "R8": "Người đại diện không xuất trình được giấy tờ chứng minh việc đại diện hợp pháp.",
    "G1": "Nội dung không thuộc trách nhiệm giải trình của cơ quan; hướng dẫn gửi đến cơ quan có thẩm quyền.",
    "G2": MISSING,
    "G3": "Cùng nội dung đã được giải trình cho người khác; cung cấp bản sao văn bản giải trình đã che thông tin cá nhân.",
    "X1": "Nội dung thực chất là khiếu nại quyết định hành chính; hướng dẫn thực hiện theo Luật Khiếu nại.",
    "X2": "Nội dung thực chất là tố cáo hành vi vi phạm; chuyển theo Luật Tố cáo và giữ bí mật thông tin người tố cáo.",
    "X3": "Nội dung thực chất là phản ánh, kiến nghị; chuyển bộ phận tiếp nhận phản ánh, kiến nghị.",
    "X4": "Nội dung thực chất là yêu cầu cung cấp thông tin; chuyển đầu mối cung cấp thông tin.",
}
DIRECTED_TO = {
    "G1": "Cơ quan thuế có thẩm quyền quản lý địa bàn",
    "G3": "Văn phòng cơ quan, nơi cung cấp bản sao",
    "X1": "Thủ tục giải quyết khiếu nại lần đầu",
    "X2": "Thủ tục giải quyết tố cáo",
    "X3": "Hệ thống tiếp nhận phản ánh, kiến nghị",
    "X4": "Đầu mối cung cấp thông tin của cơ quan",
}
COOPERATING = {
    "dn-ubnd": ("dn-so-tai-chinh", "dn-so-noi-vu", "dn-so-khcn"),
    "dn-so-noi-vu": ("dn-so-tai-chinh", "dn-ubnd"),
    "dn-so-tai-chinh": ("dn-ubnd", "dn-so-khcn"),
    "dn-so-khcn": ("dn-so-noi-vu", "dn-ubnd"),
    "ndh-ubnd": ("ndh-tt-dvth",),
    "ndh-tt-dvth": ("ndh-ubnd",),
}
EXPLAINED = {
    "legal_basis": "on_legal_basis",
    "competence": "on_competence",
    "procedure": "on_procedure",
    "content": "on_content",
}
RETENTION_YEARS = 15


def classify(desk: Desk) -> Entry:
    story = desk.letter
    found = FOUND.get(story.kind, {})
    if story.kind in DEFICIENT and not {"supplement", "supplement_received"} & desk.variables.keys():
        found = {"form_complete": False, "missing_items": MISSING}
    return {**SOUND, **found, "domain": story.matter.domain}


def decide(desk: Desk) -> Entry:
    proposal = desk.variables["proposal"]
    story = desk.letter
    if story.kind == "accepted_against_the_proposal":
        why = "Người yêu cầu nêu tình tiết mới chưa được xem xét trong lần giải trình trước."
        return {**_accepted(desk), "follows_proposal": False, "deviation_reason": why}
    code = proposal["reason_code"]
    if proposal["route"] == "accept":
        partly = {"reason_code": code, "reason": "Phần thuộc bí mật kinh doanh không được giải trình."} if code else {}
        return {**_accepted(desk), "follows_proposal": True, **partly}
    entry: Entry = {
        "outcome": proposal["route"],
        "reason_code": code,
        "reason": REASONS[code],
        "follows_proposal": True,
    }
    if code in DIRECTED_TO:
        entry["directed_to"] = DIRECTED_TO[code]
    if code == "G3":
        entry["copied_explanation"] = {"number": f"{desk.rng.randrange(20, 400)}/GT-VP", "date": desk.day(-45)}
    return entry


def ask_supplement(desk: Desk) -> Entry:
    return {"needed": MISSING, "sent_on": desk.day(), "channel": desk.letter.form["answer_channel"]}


def record_supplement(desk: Desk) -> Entry:
    if desk.letter.kind == "supplemented_at_the_desk":
        return {"outcome": "supplemented", "recorded_on": desk.day(), "content": supplement_of(desk.letter.index)}
    return {"outcome": "not_supplemented", "recorded_on": desk.day()}


def supplement_of(index: int) -> str:
    return f"Tôi bổ sung bản sao quyết định và giấy xác nhận chữ ký, gồm {index % 5 + 2} trang."


def issue_notice(desk: Desk) -> Entry:
    deputy = desk.chance(30)
    number, date, title, _article = ACCOUNTABILITY
    return {
        "number": _filed(desk, "TB", "Thông báo"),
        "issued_on": desk.day(),
        "signer": desk.staff.name_of(desk.staff.one(Role.HEAD, desk.item.agency)),
        "signing_form": "kt" if deputy else "head",
        "legal_bases": [{"number": number, "date": date, "title": title, "article": "Điều 11 khoản 4"}],
        "how_to_follow": "Tra cứu trên trang giải trình bằng mã hồ sơ và mã bí mật ghi trên giấy tiếp nhận.",
        "rights_told": True,
        "sent_on": desk.day(),
        "channel": desk.letter.form["answer_channel"],
    }


def assign(desk: Desk) -> Entry:
    agency = desk.item.agency
    handlers = desk.staff.holders(Role.HANDLER, agency)
    lead = desk.rng.choice(handlers)
    others = [handler for handler in handlers if handler != lead]
    units = COOPERATING.get(agency, ())
    asked = sorted(desk.rng.sample(units, desk.rng.choice((0, 0, 1, min(2, len(units))))))
    entry: Entry = {
        "lead_handler": lead,
        "cooperating_units": asked,
        "verify_by": desk.day(7),
        "draft_by": desk.day(12),
        "instructions": f"Làm rõ nội dung thuộc {desk.letter.matter.unit}; báo cáo ngay nếu cần gia hạn.",
    }
    if asked:
        entry["contribute_by"] = desk.day(4)
    if others and desk.chance(25):
        entry["other_handlers"] = others[:1]
    return entry


def contribute(desk: Desk) -> Entry:
    if desk.chance(25):
        return {"outcome": "nothing_to_add"}
    content = f"Hồ sơ lưu tại đơn vị phù hợp với nội dung {desk.item.title.lower()}."
    record = {"title": "Bản sao hồ sơ lưu", "number": desk.registers.next("BC", desk.item.agency), "date": desk.day()}
    return {"outcome": "contributed", "content": content, "evidence": [record]}


def verify(desk: Desk) -> Entry:
    story = desk.letter
    entry: Entry = {
        "findings": story.says(story.matter.findings),
        "sources": [{"title": "Hồ sơ vụ việc", "number": f"{desk.rng.randrange(2, 90)}/HS", "date": desk.day(-30)}],
        "meeting_held": bool(story.form["wants_meeting"]),
    }
    if entry["meeting_held"]:
        meeting = {
            "held_at": desk.now,
            "place": "Phòng tiếp công dân, trụ sở cơ quan",
            "attendants": f"Người yêu cầu; {desk.officer.name}, người chủ trì giải trình",
            "content": "Hai bên trao đổi về nội dung yêu cầu và đối chiếu tài liệu.",
            "agreed": "Cơ quan trả lời đủ các nội dung trong văn bản giải trình.",
            "signed_by": "handwritten",
        }
        entry["meetings"] = [meeting]
    return entry


def draft(desk: Desk) -> Entry:
    story = desk.letter
    number, date, title, article = story.matter.law
    entry: Entry = {
        "question": story.says(story.matter.question),
        "legal_bases": [{"number": number, "date": date, "title": title, "article": article}],
        "recipients": "Như trên; lưu: VT, hồ sơ giải trình.",
        "attachments": [{"title": "Trích sao hồ sơ", "number": desk.registers.next("TS", desk.item.agency)}],
    }
    answers = {
        "legal_basis": f"Căn cứ {article} {title} số {number}.",
        "competence": "Quyết định được ban hành đúng thẩm quyền theo phân cấp.",
        "procedure": story.says(story.matter.findings),
        "content": story.says(story.matter.answer),
    }
    entry |= {EXPLAINED[content]: answers[content] for content in story.form["contents"]}
    entry["on_content"] = answers["content"]
    if desk.chance(55):
        promise = {
            "promise": story.says(story.matter.promise),
            "owner": desk.item.agency,
            "due_on": desk.day(desk.rng.randrange(30, 120)),
            "measure": "Có văn bản, hình ảnh kèm theo báo cáo kết quả.",
        }
        entry["commitments"] = [promise]
    return entry


def approve(desk: Desk) -> Entry:
    if not desk.letter.was_returned and desk.chance(7):
        desk.letter.was_returned = True
        return {
            "outcome": "redraft",
            "remarks": "Trả lời chưa đi thẳng vào câu hỏi; nêu rõ điều khoản áp dụng và người chịu trách nhiệm.",
        }
    return {
        "outcome": "sign",
        "number": _filed(desk, "GT", "Văn bản giải trình"),
        "signed_on": desk.day(),
        "signing_form": "head",
        "signer": desk.officer.id,
    }


def send(desk: Desk) -> Entry:
    channel = desk.letter.form["answer_channel"]
    proof = {"portal": "Nhật ký gửi trên cổng", "post": "Số hiệu bưu gửi", "in_person": "Chữ ký nhận, sổ giao văn bản"}
    return {"channel": channel, "sent_on": desk.day(), "proof": f"{proof[channel]} {desk.rng.randrange(10**8, 10**9)}"}


def choose_course(desk: Desk) -> Entry:
    course = desk.rng.choices(("answer", "extend", "suspend"), (62, 30, 8))[0]
    why = {
        "extend": "Vụ việc phức tạp, phải xác minh hồ sơ tại nhiều đơn vị.",
        "suspend": "Người yêu cầu ốm nặng, đề nghị hoãn buổi làm việc trực tiếp.",
    }
    return {"course": course, **({"reason": why[course]} if course in why else {})}


def terminate(desk: Desk) -> Entry:
    return {
        "ground": "withdrawn",
        "number": _filed(desk, "QĐ", "Quyết định đình chỉ"),
        "decided_on": desk.day(),
        "reason": "Người yêu cầu tự nguyện rút toàn bộ yêu cầu giải trình.",
        "signs_of_wrongdoing": False,
    }


def strike_contents(desk: Desk) -> Entry:
    return {
        "struck": "Nội dung về trình tự, thủ tục theo thông báo rút một phần của người yêu cầu.",
        "remaining": desk.letter.says(desk.letter.matter.question),
        "recorded_on": desk.day(),
    }


def publish(desk: Desk) -> Entry:
    story = desk.letter
    if story.kind == "withheld":
        return {
            "outcome": "withheld",
            "published_on": desk.day(),
            "reason": "Không thể che đủ thông tin đời sống riêng tư mà vẫn giữ được nội dung giải trình.",
            "decided_by": desk.staff.one(Role.HEAD, desk.item.agency),
        }
    form = desk.rng.choice(("portal", "portal", "portal", "posting", "broadcast"))
    entry = {
        "outcome": "published",
        "published_on": desk.day(),
        "redacted_text": f"{story.says(story.matter.question)}\n{story.says(story.matter.answer)}",
        "redacted_by": desk.officer.id,
        "approved_by": desk.staff.one(Role.HEAD, desk.item.agency),
        "publication_form": form,
    }
    return {**entry, "url": f"https://giai-trinh.example.vn/{desk.item.case.lower()}"} if form == "portal" else entry


def close_file(desk: Desk) -> Entry:
    request = {"title": "Yêu cầu giải trình", "date": desk.letter.day.isoformat(), "pages": 2}
    return {
        "closed_on": desk.day(),
        "file_code": f"GT-{desk.today.year}-{desk.item.case[-6:]}",
        "documents": [request, *desk.letter.papers],
        "retention": "term",
        "retention_years": RETENTION_YEARS,
    }


def archive(desk: Desk) -> Entry:
    return {
        "handed_over_on": desk.day(),
        "minutes": desk.document("BBGN", "Biên bản giao nhận hồ sơ"),
        "archive_code": f"LT.{desk.today.year}.{desk.item.case[-6:]}",
        "location": f"Kho lưu trữ cơ quan, giá {desk.rng.randrange(1, 12)}",
    }


def _filed(desk: Desk, kind: str, title: str) -> str:
    """The number of a new document, of which a copy goes into the paper folder."""
    number = desk.registers.next(kind, desk.item.agency)
    desk.letter.papers.append({"title": title, "number": number, "date": desk.day(), "pages": 2})
    return number


def _accepted(desk: Desk) -> Entry:
    unit = desk.letter.matter.unit
    return {"outcome": "accept", "lead_unit": unit, "contact": f"{unit}, điện thoại ghi trên giấy tiếp nhận"}


ENTRIES = {
    f"accountability_request.{each.__name__}": each
    for each in (
        *(
            classify,
            decide,
            ask_supplement,
            record_supplement,
            issue_notice,
            assign,
            contribute,
            verify,
            draft,
            approve,
        ),
        *(send, choose_course, terminate, strike_contents, publish, close_file, archive),
    )
}
