"""The law as data: time limits and working days, who may read them (everybody) and set them (administrators)."""

from dataclasses import replace
from datetime import date
from typing import Any, cast

from api import access, acts, inputs
from api.context import database, reading
from api.inputs import asked
from api.operations import CAN_BE_REHEARSED, Noun, Takes
from api.schemas.law import (
    CalendarDayEntry,
    DaySchema,
    DaySetSchema,
    On,
    ParameterEntry,
    ParameterSetSchema,
    ParametersSchema,
)
from engine.commands import law
from engine.database import Transaction
from engine.errors import Invalid, Message, NotFound
from engine.registers.law import LawBook, law_in_force
from engine.time.working_calendar import WeeklyRestDay
from engine.vocabulary import Role
from workflows.law.calendar_days import CalendarDay
from workflows.law.legal_parameters import LegalParameter, Status, Unit

NOUN = Noun("law", "Legal parameters and the working calendar", "Tham số pháp lý và lịch làm việc")


@NOUN.route(
    "GET",
    "/law/parameters",
    en="The time limits of the law with their citations: all periods, or those in force on a day",
    vi="Các thời hạn theo luật kèm căn cứ: mọi giai đoạn, hoặc đang có hiệu lực vào một ngày",
    query=On,
    gives=ParametersSchema,
)
@access.public
def parameters() -> dict[str, Any]:
    on = asked().get("on")
    with reading() as tx:
        known = law_in_force(tx).parameters
    return {"items": [each for each in known if on is None or each.in_force_on(date.fromisoformat(on))]}


@NOUN.route(
    "GET",
    "/law/calendar/<day:day>",
    en="Whether public offices work on a day, and why",
    vi="Một ngày có phải ngày làm việc không, vì sao",
    gives=DaySchema,
)
@access.public
def calendar_day(day: date) -> dict[str, Any]:
    with reading() as tx:
        calendar = law_in_force(tx).calendar
    why = calendar.why(day)
    reason: Any = (
        {"kind": "weekly_rest", "source": why.source, "status": why.status} if isinstance(why, WeeklyRestDay) else why
    )
    return {
        "day": day,
        "works": calendar.is_working_day(day),
        "provisional": calendar.is_provisional(day),
        "reason": reason,
    }


@NOUN.route(
    "POST",
    "/law/calendar",
    en="Set a day of the calendar; open deadlines that it moves are projected anew",
    vi="Đặt một ngày trong lịch; các thời hạn đang chạy được tính lại",
    about="With rehearse=true: which cases would move. / Với rehearse=true: cho biết hồ sơ nào thay đổi hạn.",
    takes=Takes(CalendarDayEntry),
    gives=DaySetSchema,
    status=201,
    promises=CAN_BE_REHEARSED,
)
@access.role(Role.ADMINISTRATOR)
def set_calendar_day(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    day = CalendarDay(**{**body, "day": date.fromisoformat(body["day"])})
    is_rehearsed = asked().get("rehearse", False)
    answer = acts.perform(
        "set_calendar_day", lambda tx: (law.preview if is_rehearsed else law.set_calendar_day)(tx, day), body
    )
    return _followed(answer)


@NOUN.route(
    "POST",
    "/law/parameters",
    en="Put a time limit in force from a day on; open deadlines that it moves are projected anew",
    vi="Đặt thời hạn có hiệu lực từ một ngày; các thời hạn đang chạy được tính lại",
    takes=Takes(ParameterEntry),
    gives=ParameterSetSchema,
    status=201,
    promises=CAN_BE_REHEARSED,
)
@access.role(Role.ADMINISTRATOR)
def set_parameter(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    def put(tx: Transaction) -> dict[str, Any]:
        with inputs.named_in("id", "no_such_parameter"):
            return law.set_parameter(tx, _next_period(law_in_force(tx), body))

    return _followed(acts.perform("set_parameter", put, body))


def _followed(answer: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Lets open deadlines follow a change that was made; a restart after a crash would do the same."""
    if "rehearsed" in answer:
        return answer, 200
    law.reproject_open(database())
    return answer, 201


def _next_period(book: LawBook, body: dict[str, Any]) -> LegalParameter:
    """The parameter's last period before, with what the body says. Raises NotFound, Invalid."""
    days = {
        name: date.fromisoformat(body[name]) if name in body else None for name in ("effective_from", "effective_to")
    }
    begins = cast("date", days["effective_from"])
    periods = [each for each in book.parameters if each.id == body["id"]]
    earlier = [each for each in periods if each.effective_from <= begins] or periods
    if not earlier:
        raise NotFound(
            "no_such_parameter", f"Không có tham số «{body['id']}».", f"There is no legal parameter «{body['id']}»."
        )
    before = max(earlier, key=lambda each: each.effective_from)
    said = {name: body[name] for name in ("law", "label_vi", "label_en", "max_times") if name in body}
    unit, status = cast("Unit", body.get("unit", before.unit)), cast("Status", body["status"])
    has_value = unit != "date" and status != "not_found"
    value = body.get("value", before.value) if has_value else None
    if has_value is (value is None) or ("value" in body and not has_value):
        raise _wrong(
            "value",
            "Cần giá trị, trừ khi đơn vị là «date» hoặc chưa tìm thấy.",
            "A value goes with every unit but `date`.",
        )
    if days["effective_to"] is not None and days["effective_to"] < begins:
        raise _wrong(
            "effective_to", "Không được trước ngày có hiệu lực.", "It must not lie before the day it comes into force."
        )
    return replace(
        before, **said, value=value, unit=unit, status=status, effective_from=begins, effective_to=days["effective_to"]
    )


def _wrong(field: str, vi: str, en: str) -> Invalid:
    return Invalid("input_invalid", vi, en, {field: [Message(code="invalid", vi=vi, en=en)]})
