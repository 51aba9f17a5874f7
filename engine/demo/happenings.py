"""What happens on a given day of 2026: guidance is issued, a task is cancelled, a holiday is decreed late, a person's data is erased."""

from datetime import date

from engine import commands
from engine.authority import SYSTEM_ACTOR
from engine.commands import documents, law, messages, people
from engine.demo.officers import ADMINISTRATOR
from engine.demo.year import Happenings, Year
from engine.queries import cases
from engine.queries.cases import CaseFile
from engine.vocabulary import Role
from workflows.law.calendar_days import CalendarDay
from workflows.plans.work_plans import WorkPlan, load_plans

CULTURE_DAY = CalendarDay(
    day=date(2026, 11, 24),
    kind="holiday",
    name_vi="Ngày Văn hóa Việt Nam",
    name_en="Vietnam Culture Day",
    source="Nghị định giả định của bản trình diễn, công bố ngày 16/11/2026",
    status="M",
)
MAY_BE_CANCELLED = ("DN-II.6.c", "DN-II.6.b", "DN-II.4.c", "DN-II.1.d", "DN-III.7.c", "DN-II.6.a")
GROUND_OF_ERASURE = "Yêu cầu của chủ thể dữ liệu; hồ sơ đã kết thúc (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15)"
HIDDEN = "full_name"


def happenings() -> Happenings:
    """What happens, by its day."""
    return {
        date(2026, 5, 20): [cancel_a_task],
        date(2026, 8, 14): [lambda year: register_guidance(year, 0, date(2026, 8, 12))],
        date(2026, 8, 27): [lambda year: register_guidance(year, 1, date(2026, 8, 25))],
        date(2026, 11, 16): [decree_a_holiday],
        date(2026, 12, 10): [erase_a_person],
    }


def cancel_a_task(year: Year) -> None:
    """The owner of the plan cancels one task by a document: the first of some that is still under way."""
    owner = year.actor(year.staff.one(Role.PLAN_OWNER, _plan("DN").owner))
    found = _tasks(year)
    task = next(task for task in MAY_BE_CANCELLED if _is_under_way(year.file_for(owner, found[task])))
    number, decision = found[task], year.registers.next("QĐ", _plan("DN").owner)
    data = {
        "document": {"number": decision, "date": year.today.isoformat()},
        "reason": "Nội dung đã được đưa vào chương trình giám sát của Hội đồng nhân dân tỉnh.",
    }
    year.perform(owner, "send_message", lambda tx: messages.send(tx, number, "task_cancelled", data), data)
    year.tell(f"nhiệm vụ {task} được bãi bỏ bằng Quyết định {decision} ({number})")


def register_guidance(year: Year, place: int, dated: date) -> None:
    """The guidance for which one conditional task waits has come."""
    task = [task for task in _plan("DN").tasks if task.deadline.condition is not None][place]
    condition = task.deadline.condition
    assert condition is not None  # noqa: S101 - chosen so in the line above
    data = {
        "issuer": "Ban Tổ chức Trung ương" if place == 0 else "Trung ương",
        "number": f"{place + 27}-HD/TW",
        "date": dated.isoformat(),
        "title": condition.document_description[:900],
    }
    owner = year.actor(year.staff.one(Role.PLAN_OWNER, _plan("DN").owner))
    answer = year.perform(owner, "register_document", lambda tx: documents.register(tx, condition.key, data), data)
    year.tell(f"đăng ký Hướng dẫn {data['number']}: nhiệm vụ {task.id} thôi chờ ({', '.join(answer['told'])})")


def decree_a_holiday(year: Year) -> None:
    """Eight days before, 24 November becomes a holiday: what it would move is seen first, then it is done."""
    administrator = year.actor(ADMINISTRATOR)
    foreseen = commands.rehearse(year.database, administrator, lambda tx: law.preview(tx, CULTURE_DAY))
    said = {"day": CULTURE_DAY.day.isoformat(), "kind": CULTURE_DAY.kind}
    year.perform(administrator, "set_calendar_day", lambda tx: law.set_calendar_day(tx, CULTURE_DAY), said)
    moved = law.reproject_open(year.database)["moved"]
    such_as = f", như {foreseen['cases'][0]}" if foreseen["cases"] else ""
    seen = f"xem trước {foreseen['moved']}"
    year.tell(
        f"nghị định: 24/11 là ngày nghỉ ({CULTURE_DAY.name_vi}); {seen}, đã dời thời hạn của {moved} hồ sơ{such_as}"
    )


def erase_a_person(year: Year) -> None:
    """The personal values of one requester are destroyed; the trail stays."""
    administrator = year.actor(ADMINISTRATOR)
    number = _first_answered(year)
    if number is None:
        return
    answer = year.perform(
        administrator, "erase_person", lambda tx: people.erase_person(tx, number, GROUND_OF_ERASURE), {"case": number}
    )
    shown = year.file_for(SYSTEM_ACTOR, number).variables["start"][HIDDEN]
    year.tell(f"xóa dữ liệu cá nhân của {number}: {answer['erased']} giá trị; họ tên nay là «{shown}»")


def _first_answered(year: Year) -> str | None:
    with year.database.read(SYSTEM_ACTOR) as tx:
        ended = cases.cases(tx, process="accountability_request", status="completed", limit=cases.MOST_ROWS)
    return next((entry.number for entry in ended if entry.outcome == "answered"), None)


def _is_under_way(file: CaseFile) -> bool:
    """Whether a document of the owner can still cancel the task."""
    return any(place["element"].startswith("task_cancelled") for place in file.marking)


def _plan(identity: str) -> WorkPlan:
    return next(plan for plan in load_plans() if plan.id == identity)


def _tasks(year: Year) -> dict[str, str]:
    """The case of each task of the plan DN that was loaded (not of its parts)."""
    found: dict[str, str] = {}
    after = 0
    with year.database.read(SYSTEM_ACTOR) as tx:
        while page := cases.cases(tx, process="plan_task", after=after, limit=cases.MOST_ROWS):
            after = page[-1].id
            for entry in page:
                if entry.number.startswith("NVKH-DN-"):
                    found.setdefault(f"DN-{entry.title.split(' ')[0]}", entry.number)
    return found
