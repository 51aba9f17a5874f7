"""The sentences that explain a deadline, in Vietnamese and English, each with its article of law and how well that is known.

Facts come in, sentences go out: nothing is computed here but the grouping of days off.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.time.clock import VIETNAM, day_en, day_vi
from engine.time.working_calendar import WeeklyRestDay, WorkingCalendar
from workflows.law.calendar_days import CalendarDay
from workflows.law.legal_parameters import LegalParameter

FIRST_DAY = "BLDS 91/2015 Đ147 k2"
FIRST_HOUR = "BLDS 91/2015 Đ147 k1"
LAST_DAY_OF_MONTH = "BLDS 91/2015 Đ148 k3"
NEXT_WORKING_DAY = "BLDS 91/2015 Đ148 k5"
TWENTY_FOUR_HOURS = "BLDS 91/2015 Đ148 k6"
NOT_COUNTED = "NĐ 59/2019 Đ13, Đ14"
YEARLY_NOTICE = "BLLĐ 45/2019 Đ112 k3"
CONVENTION = "mặc định thiết kế"

_UNITS_VI = {"wd": "ngày làm việc", "cd": "ngày", "month": "tháng", "year": "năm", "hour": "giờ"}
_UNITS_EN = {"wd": "working day", "cd": "day", "month": "month", "year": "year", "hour": "hour"}


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the reasoning. `law` is a citation in Vietnamese, `status` a mark as in workflows/law/parameters.yaml."""

    vi: str
    en: str
    law: str
    status: str


def unit_vi(unit: str) -> str:
    """«ngày làm việc»."""
    return _UNITS_VI[unit]


def unit_en(unit: str) -> str:
    """«working day», singular."""
    return _UNITS_EN[unit]


def amount_vi(value: int, unit: str) -> str:
    """«05 ngày làm việc»."""
    return f"{value:02} {_UNITS_VI[unit]}"


def amount_en(value: int, unit: str) -> str:
    """«5 working days»."""
    return f"{value} {_UNITS_EN[unit]}{'' if value == 1 else 's'}"


def started(parameter: LegalParameter, day: date) -> Line:
    """Where counting begins, for periods of days."""
    return Line(
        f"Mốc tính: {day_vi(day)} ({parameter.starts_from_vi}); ngày này không tính vào thời hạn.",
        f"Counted from {day_en(day)} ({parameter.starts_from_en}); that day itself does not count.",
        FIRST_DAY,
        "V",
    )


def started_at(parameter: LegalParameter, instant: datetime) -> Line:
    """Where counting begins, for periods of hours."""
    return Line(
        f"Mốc tính: {_moment_vi(instant)} ({parameter.starts_from_vi}).",
        f"Counted from {_moment_en(instant)} ({parameter.starts_from_en}).",
        FIRST_HOUR,
        "M",
    )


def counted(parameter: LegalParameter, value: int, nominal: date) -> Line:
    """The period itself and its nominal end."""
    return Line(
        f"{parameter.label_vi}: {amount_vi(value, parameter.unit)}, đến {day_vi(nominal)}.",
        f"{parameter.label_en}: {amount_en(value, parameter.unit)}, to {day_en(nominal)}.",
        parameter.law,
        parameter.status,
    )


def hours_counted(parameter: LegalParameter, value: int) -> Line:
    """The period itself, in hours."""
    return Line(
        f"{parameter.label_vi}: {amount_vi(value, 'hour')}.",
        f"{parameter.label_en}: {amount_en(value, 'hour')}.",
        parameter.law,
        parameter.status,
    )


def day_given(parameter: LegalParameter, day: date) -> Line:
    """A due day that a plan or a person names."""
    return Line(
        f"{parameter.label_vi}: {day_vi(day)} ({parameter.starts_from_vi}).",
        f"{parameter.label_en}: {day_en(day)} ({parameter.starts_from_en}).",
        parameter.law,
        parameter.status,
    )


def day_set(parameter: LegalParameter, day: date, decided_on: date, law: str) -> Line:
    """A due day that a decision set in place of the computed one."""
    return Line(
        f"Ngày hết hạn được ấn định là {day_vi(day)} (quyết định ngày {_short(decided_on)}).",
        f"The due day was set to {day_en(day)} (decided on {day_en(decided_on)}).",
        law,
        parameter.status,
    )


def month_shortened(day: date) -> Line:
    """The last month lacks the day."""
    return Line(
        f"Tháng cuối không có ngày tương ứng nên thời hạn kết thúc vào ngày cuối tháng: {day_vi(day)}.",
        f"The last month has no such day, so the period ends on its last day: {day_en(day)}.",
        LAST_DAY_OF_MONTH,
        "V",
    )


def extended(value: int, unit: str, decided_on: date, law: str, nominal: date) -> Line:
    """An extension and the nominal end it leads to."""
    return Line(
        f"Gia hạn {amount_vi(value, unit)} (quyết định ngày {_short(decided_on)}), "
        f"tính từ ngày cuối của thời hạn trước: đến {day_vi(nominal)}.",
        f"Extended by {amount_en(value, unit)} (decided on {day_en(decided_on)}), "
        f"counted from the end of the period before: to {day_en(nominal)}.",
        f"{law} (cách tính: {CONVENTION})",
        "D",
    )


def hours_extended(value: int, decided_on: date, law: str) -> Line:
    """An extension of a period of hours."""
    return Line(
        f"Gia hạn {amount_vi(value, 'hour')} (quyết định ngày {_short(decided_on)}).",
        f"Extended by {amount_en(value, 'hour')} (decided on {day_en(decided_on)}).",
        law,
        "D",
    )


def shifted(from_day: date, until: date, shift: int, unit: str, nominal: date) -> Line:
    """A suspension that is over, and the nominal end it leads to."""
    return Line(
        f"Tạm đình chỉ từ {day_vi(from_day)}, tiếp tục từ {day_vi(until)}: không tính {amount_vi(shift, unit)}; "
        f"ngày cuối dời đến {day_vi(nominal)}.",
        f"Suspended from {day_en(from_day)}, resumed on {day_en(until)}: {amount_en(shift, unit)} not counted; "
        f"the last day moves to {day_en(nominal)}.",
        f"{NOT_COUNTED} (cách tính: {CONVENTION})",
        "D",
    )


def stands_still(from_day: date, remaining: int, unit: str) -> Line:
    """A suspension that is not over."""
    return Line(
        f"Tạm đình chỉ từ {day_vi(from_day)}, chưa tiếp tục: thời hạn ngừng tính, còn {amount_vi(remaining, unit)}.",
        f"Suspended since {day_en(from_day)} and not resumed: the period stands still with {amount_en(remaining, unit)} left.",
        NOT_COUNTED,
        "V",
    )


def suspended_too_late(from_day: date) -> Line:
    """A suspension that could not save the period any more."""
    return Line(
        f"Tạm đình chỉ từ {day_vi(from_day)} là sau khi đã hết hạn: hạn không thay đổi.",
        f"The suspension from {day_en(from_day)} came after the period had ended: the due day does not change.",
        f"{NOT_COUNTED} (suy luận)",
        "I",
    )


def rolled(nominal: date, due_on: date) -> Line:
    """A last day off moved to the next working day."""
    return Line(
        f"Ngày cuối, {day_vi(nominal)}, là ngày nghỉ nên thời hạn kết thúc vào ngày làm việc tiếp theo: {day_vi(due_on)}.",
        f"The last day, {day_en(nominal)}, is a day off, so the period ends on the next working day: {day_en(due_on)}.",
        NEXT_WORKING_DAY,
        "V",
    )


def ends(due_on: date) -> Line:
    """The result, for periods of days."""
    return Line(
        f"Hết hạn lúc 24 giờ 00 phút {day_vi(due_on)} (giờ Việt Nam).",
        f"Ends at 24:00 on {day_en(due_on)} (Vietnam time).",
        TWENTY_FOUR_HOURS,
        "V",
    )


def ends_at(parameter: LegalParameter, instant: datetime) -> Line:
    """The result, for periods of hours."""
    return Line(
        f"Hết hạn lúc {_moment_vi(instant)} (giờ Việt Nam).",
        f"Ends at {_moment_en(instant)} (Vietnam time).",
        parameter.law,
        parameter.status,
    )


def not_announced() -> Line:
    """The calendar used is not yet official."""
    return Line(
        "Lịch nghỉ của thời gian này chưa được công bố chính thức: hạn có thể thay đổi khi có thông báo.",
        "The days off of this time have not been announced: the due day may change when they are.",
        YEARLY_NOTICE,
        "I",
    )


def days_off(calendar: WorkingCalendar, after: date, until: date) -> tuple[Line, ...]:
    """Why days in (after, until] are not counted (or, a swapped rest day, are): one line per occasion, one for all weekly rest."""
    return _special_days(calendar, after, until, ("Không tính", "Not counted"))


def days_passed_over(calendar: WorkingCalendar, first: date, beyond: date) -> tuple[Line, ...]:
    """Why no day in [first, beyond) can be a last day: one line per occasion, one for all weekly rest."""
    one_day = timedelta(days=1)
    return _special_days(calendar, first - one_day, beyond - one_day, ("Ngày nghỉ", "Off"))


def _special_days(calendar: WorkingCalendar, after: date, until: date, head: tuple[str, str]) -> tuple[Line, ...]:
    span = (after + timedelta(days=number) for number in range(1, (until - after).days + 1))
    special = [reason for reason in map(calendar.why, span) if reason is not None]
    weekly = [reason for reason in special if isinstance(reason, WeeklyRestDay)]
    listed = [reason for reason in special if isinstance(reason, CalendarDay)]
    lines = tuple(_named_days(group, head) for group in _groups(listed))
    return (*lines, _weekly_days(weekly, head)) if weekly else lines


def _groups(days: Iterable[CalendarDay]) -> list[list[CalendarDay]]:
    groups: list[list[CalendarDay]] = []
    for each in days:
        if groups and _same_occasion(groups[-1][-1], each):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _same_occasion(earlier: CalendarDay, later: CalendarDay) -> bool:
    adjacent = later.day - earlier.day == timedelta(days=1)
    return adjacent and (earlier.name_vi, earlier.source) == (later.name_vi, later.source)


def _named_days(group: list[CalendarDay], head: tuple[str, str]) -> Line:
    first, last = group[0], group[-1]
    days_vi = day_vi(first.day) if first is last else f"từ {day_vi(first.day)} đến {day_vi(last.day)}"
    days_en = day_en(first.day) if first is last else f"{day_en(first.day)} to {day_en(last.day)}"
    head_vi, head_en = ("Có tính", "Counted") if first.works else head
    return Line(
        f"{head_vi}: {first.name_vi}, {days_vi}.", f"{head_en}: {first.name_en}, {days_en}.", first.source, first.status
    )


def _weekly_days(days: list[WeeklyRestDay], head: tuple[str, str]) -> Line:
    listed = ", ".join(_short(each.day) for each in days)
    return Line(
        f"{head[0]}: {len(days):02} ngày nghỉ hằng tuần ({listed}).",
        f"{head[1]}: {amount_en(len(days), 'cd')} of weekly rest ({listed}).",
        days[0].source,
        days[0].status,
    )


def offset(relation: str, value: int, unit: str, day: date) -> Line:
    """What a timer bound to a deadline means; `day` is the day at whose start (after: at whose end) it fires."""
    texts = {
        "before": (
            f"Trước hạn {amount_vi(value, unit)}: từ đầu",
            f"{amount_en(value, unit)} before the due day: from the start of",
        ),
        "after": (
            f"Sau hạn {amount_vi(value, unit)}: hết",
            f"{amount_en(value, unit)} after the due day: at the end of",
        ),
        "halfway": ("Giữa thời hạn: từ đầu", "Half-way: from the start of"),
        "day_of": (
            f"Tính từ mốc {amount_vi(value, unit)}: từ đầu",
            f"{amount_en(value, unit)} from the start: from the start of",
        ),
    }
    vi, en = texts[relation]
    return Line(f"{vi} {day_vi(day)}.", f"{en} {day_en(day)}.", CONVENTION, "D")


def no_instant() -> Line:
    """Why a timer has no instant."""
    return Line(
        "Thời hạn đang ngừng tính do tạm đình chỉ: chưa có thời điểm.",
        "The period stands still under a suspension: there is no instant yet.",
        NOT_COUNTED,
        "V",
    )


def _short(day: date) -> str:
    return f"{day:%d/%m}/{day.year:04}"


def _moment_vi(instant: datetime) -> str:
    local = instant.astimezone(VIETNAM)
    return f"{local:%H} giờ {local:%M} phút, {day_vi(local.date())}"


def _moment_en(instant: datetime) -> str:
    local = instant.astimezone(VIETNAM)
    return f"{local:%H:%M} on {day_en(local.date())}"
