"""What is printed: the year per agency, the plans, the inspections, the interventions, and the five longest requests as time lines."""

import textwrap
from collections import Counter
from collections.abc import Iterator
from datetime import date

from engine.demo.trails import Figures, Trail, YearTrails
from engine.queries.cases import TrailLine
from engine.time.clock import local_date
from engine.vocabulary import EventType
from workflows.plans.work_plans import load_organisations

WIDTH = 118
LONGEST = 5
NAME_WIDTH = 25
COLUMNS = {
    "received": ("nhận được", "received"),
    "accepted": ("tiếp nhận", "accepted"),
    "refused": ("từ chối", "refused"),
    "other": ("khác", "other"),
    "undecided": ("đang xét", "pending"),
    "on_time": ("đúng hạn", "on time"),
    "late": ("trễ hạn", "late"),
    "escalated": ("chuyển KT", "escalated"),
    "published": ("công khai", "published"),
    "archived": ("nộp lưu", "archived"),
}
LEGEND = (
    "khác: hướng dẫn, chuyển thủ tục, không bổ sung, rút hoặc đình chỉ trước khi có thông báo; đúng hạn, trễ hạn: văn bản giải trình "
    "(trễ hạn gồm cả việc quá hạn chưa trả lời); chuyển KT: số lần quá hạn được chuyển kiểm tra, thanh tra."
)
SHORT = {"Ủy ban nhân dân": "UBND", "Trung tâm Dịch vụ tổng hợp": "TT DVTH", "phường Nam": "P. Nam"}
DECIDED = {"accept": "tiếp nhận", "refuse": "từ chối", "guide": "hướng dẫn", "reroute": "chuyển thủ tục khác"}
OUTCOMES = {
    "answered": "đã giải trình",
    "refused": "từ chối",
    "guided": "hướng dẫn",
    "rerouted": "chuyển thủ tục",
    "not_supplemented": "không bổ sung",
    "withdrawn": "đã rút",
    "terminated": "đình chỉ",
}
MEASURES = {
    "accept_cause": "chấp nhận nguyên nhân",
    "urge": "đôn đốc",
    "check": "kiểm tra",
    "propose_inspection": "thanh tra",
    "party_inspection": "UBKT kiểm tra",
    "join": "gộp hồ sơ",
    "investigation": "chuyển điều tra",
}
LAPSES = {
    "intake_lapsed": "QUÁ HẠN thông báo",
    "explain_lapsed": "QUÁ HẠN giải trình",
    "publish_lapsed": "QUÁ HẠN công khai",
}
STEPS = {"assign": "phân công", "verify": "xác minh", "draft": "dự thảo", "send": "GỬI TRẢ LỜI", "archive": "nộp lưu"}
MESSAGES = {"withdrawn": "rút toàn bộ", "partly_withdrawn": "rút một phần", "supplemented": "bổ sung"}
REFUSALS = {
    "extension_used_up": "gia hạn lần thứ hai",
    "extension_too_late": "gia hạn sau khi hết hạn",
    "deadline_not_running": "thời hạn không còn chạy",
}
ACTS = {
    EventType.WORK_ITEM_REASSIGNED: "giao lại",
    EventType.CASE_SUSPENDED: "tạm đình chỉ",
    EventType.CASE_RESUMED: "tiếp tục",
    EventType.CASE_RETURNED: "cấp trên trả lại dự thảo",
    EventType.CASE_CANCELLED: "đình chỉ",
}


def agencies(year: YearTrails) -> Iterator[str]:
    """The table of the agencies."""
    figures = year.by_agency()
    yield _row("Cơ quan", [vi for vi, _en in COLUMNS.values()])
    yield _row("Agency", [en for _vi, en in COLUMNS.values()])
    for agency, counted in figures.items():
        yield _row(short_name(agency), _numbers(counted))
    yield _row("Cộng · Total", _numbers(sum(figures.values(), Figures())))
    yield from textwrap.wrap(LEGEND, WIDTH)


def outcomes(year: YearTrails) -> Iterator[str]:
    """How the requests ended, and what was decided about them."""
    ended = Counter(trail.entry.outcome for trail in year.requests if trail.entry.outcome)
    codes = Counter(str(code) for trail in year.requests for code in reason_codes(trail))
    still_open = sum(trail.entry.status not in {"completed", "cancelled"} for trail in year.requests)
    said = [f"{words} {ended[outcome]}" for outcome, words in OUTCOMES.items()]
    yield from _wrapped("Kết thúc · outcomes", f"{', '.join(said)}; còn mở {still_open}")
    yield from _wrapped("Mã lý do · reasons", ", ".join(f"{code} {codes[code]}" for code in sorted(codes)))


def reason_codes(trail: Trail) -> list[str]:
    """The reason codes of every decision on the request."""
    return [entry["reason_code"] for entry in trail.entries("decide") if entry.get("reason_code")]


def interventions(year: YearTrails) -> Iterator[str]:
    """What supervisors and heads did outside the plain way, and what the law refused."""
    events = year.events()
    redrafts = sum(entry["outcome"] == "redraft" for trail in year.requests for entry in trail.entries("approve"))
    deviations = sum(not entry["follows_proposal"] for trail in year.requests for entry in trail.entries("decide"))
    refused = Counter(line.body["refusal"]["code"] for line in _lines_of(year, EventType.COMMAND_REFUSED))
    said = [
        f"giao lại {events[EventType.WORK_ITEM_REASSIGNED]}",
        f"gia hạn {events[EventType.DEADLINE_EXTENDED]}",
        f"tạm đình chỉ {events[EventType.CASE_SUSPENDED]}, tiếp tục {events[EventType.CASE_RESUMED]}",
        f"cấp trên trả lại {events[EventType.CASE_RETURNED]}",
        f"người đứng đầu trả dự thảo {redrafts}",
        f"quyết định khác đề xuất {deviations}",
        f"đình chỉ {events[EventType.CASE_CANCELLED]}",
        f"thời hạn tính lại {events[EventType.DEADLINE_REPROJECTED]} hồ sơ",
    ]
    yield from _wrapped("Can thiệp · overrides", "; ".join(said))
    said = [f"{_refusal(code)} {count}" for code, count in sorted(refused.items())]
    yield from _wrapped("Luật không cho · refused", ", ".join(said) or "không có")


def plans(year: YearTrails) -> Iterator[str]:
    """The tasks of the two plans and their parts, and the two days on which the plan's own dates end."""
    loaded = [trail for trail in year.tasks if trail.start["part_key"] is None]
    statuses = Counter(
        deadline["status"]
        for trail in year.tasks
        for (name, _occurrence), deadline in trail.deadlines.items()
        if name == "plan_task_due"
    )
    ended = Counter(trail.entry.outcome for trail in year.tasks if trail.entry.outcome)
    referred = sum(len(year.referrals.get(trail.entry.number, ())) for trail in year.tasks)
    parts = len(year.tasks) - len(loaded)
    yield from _wrapped(
        "Nhiệm vụ · tasks",
        f"{len(loaded)} nhiệm vụ và {parts} phần việc theo tổ chức, theo kỳ; thời hạn: đúng {statuses['met']}, trễ "
        f"{statuses['met_late'] + statuses['lapsed']}, đang chạy {statuses['running']}; nộp lưu xong: hoàn thành {ended['done']}, "
        f"lồng ghép {ended['covered']}, bãi bỏ {ended['cancelled']}; chuyển kiểm tra {referred}",
    )
    for day in (date(2026, 3, 31), date(2026, 6, 30)):
        due = due_on(year, day)
        late = [trail for trail, status in due if status in {"lapsed", "met_late"}]
        sent = [trail for trail in late if year.referrals.get(trail.entry.number)]
        names = sorted({f"{trail.start['task_id']} ({trail.entry.agency})" for trail in sent})
        yield from _wrapped(
            f"Hạn {day:%d/%m} · due",
            f"{len(due)} việc đến hạn, {len(late)} trễ, {len(sent)} chuyển kiểm tra: {', '.join(names)}",
        )


def due_on(year: YearTrails, day: date) -> list[tuple[Trail, str]]:
    """The plan tasks and parts that were due on this day, with the status of that deadline."""
    return [
        (trail, deadline["status"])
        for trail in year.tasks
        for (name, _occurrence), deadline in trail.deadlines.items()
        if name == "plan_task_due" and deadline["due_on"] == day.isoformat()
    ]


def inspections(year: YearTrails) -> Iterator[str]:
    """What came of the referrals."""
    taken = Counter(entry["measure"] for trail in year.inspections for entry in trail.entries("decide"))
    ended = sum(trail.entry.status == "completed" for trail in year.inspections)
    settled = sum(bool(trail.entries("record_outcome")) for trail in year.inspections)
    said = ", ".join(f"{words} {taken[measure]}" for measure, words in MEASURES.items())
    yield from _wrapped(
        "Kiểm tra · inspections",
        f"{len(year.inspections)} hồ sơ chuyển kiểm tra; biện pháp: {said}; đã xử lý xong {settled}, trong đó nộp lưu {ended}",
    )


def happened(told: list[tuple[date, str]]) -> Iterator[str]:
    """The remarkable acts of the year, as the answers of the commands told them."""
    for day, text in told:
        yield from textwrap.wrap(f"{day:%d/%m}  {text}", WIDTH, subsequent_indent=" " * 7, break_on_hyphens=False)


def time_lines(year: YearTrails) -> Iterator[str]:
    """The requests that waited longest."""
    for place, trail in enumerate(year.longest(LONGEST), start=1):
        yield f"{place}. {trail.entry.number} · {year.waited(trail)} ngày · {short_name(trail.entry.agency)}"
        chain = " → ".join(_moments(year, trail))
        yield from textwrap.wrap(chain, WIDTH, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False)


def _moments(year: YearTrails, trail: Trail) -> Iterator[str]:
    """The moments of a request worth telling; several of one day under one date."""
    waiting = list(year.referrals.get(trail.entry.number, ()))
    told: dict[date, list[str]] = {}
    for line in trail.lines:
        word = _moment(line, waiting)
        if word:
            told.setdefault(local_date(line.at), []).append(word)
    for day, words in told.items():
        yield f"{day:%d/%m} {', '.join(words)}"


def _moment(line: TrailLine, waiting: list[Trail]) -> str | None:
    body = line.body
    match line.type:
        case EventType.CASE_STARTED:
            return "nhận"
        case EventType.WORK_ITEM_COMPLETED:
            return _step(body["element"], body["input"])
        case EventType.TIMER_LAPSED if body["element"] in LAPSES:
            return f"{LAPSES[body['element']]} ⇒ {waiting.pop(0).entry.number}" if waiting else LAPSES[body["element"]]
        case EventType.MESSAGE_DELIVERED:
            return MESSAGES.get(body["message"])
        case EventType.DEADLINE_EXTENDED:
            return f"gia hạn đến {date.fromisoformat(body['to']):%d/%m}"
        case EventType.COMMAND_REFUSED:
            return f"[không được {_refusal(body['refusal']['code'])}]"
        case EventType.DEADLINE_REPROJECTED:
            return f"hạn dời đến {date.fromisoformat(body['changes'][0]['to']):%d/%m}"
        case _:
            return ACTS.get(EventType(line.type))


def _step(element: str, entry: dict[str, str]) -> str | None:
    if element == "decide":
        return DECIDED.get(entry["outcome"], "yêu cầu bổ sung")
    if element == "issue_notice":
        return "thông báo"
    if element == "approve":
        return "ký" if entry["outcome"] == "sign" else "trả dự thảo"
    if element == "record_supplement":
        return "ghi nhận bổ sung" if entry["outcome"] == "supplemented" else "GHI NHẬN KHÔNG BỔ SUNG"
    if element == "publish":
        return "công khai" if entry["outcome"] == "published" else "không công khai"
    return STEPS.get(element)


def _refusal(code: str) -> str:
    return REFUSALS.get(code, code)


def _lines_of(year: YearTrails, event_type: EventType) -> Iterator[TrailLine]:
    return (line for trail in year.all for line in trail.lines if line.type == event_type)


def _numbers(figures: Figures) -> list[str]:
    return [str(getattr(figures, name)) for name in COLUMNS]


def short_name(agency: str) -> str:
    """The agency's name as the table has room for it."""
    name = next((body.name_vi for body in load_organisations() if body.id == agency), agency)
    for long, short in SHORT.items():
        name = name.replace(long, short)
    return name


def _row(name: str, cells: list[str]) -> str:
    widths = [max(map(len, words)) + 1 for words in COLUMNS.values()]
    return f"{name:<{NAME_WIDTH}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _wrapped(heading: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{heading:<24}: ",
        subsequent_indent=" " * 26,
        break_on_hyphens=False,
        break_long_words=False,
    )
