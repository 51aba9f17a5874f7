"""When a period of law ends, and why.

`project` is a pure function of the rule in force, the calendar, and the ledger of what happened to the period; so a due day can be
computed again when a decree comes late, in any time zone, and explained line by line. The rules:

- The day of the event is not counted (Civil Code art. 147(2)); the period ends at 24:00 of its last day (art. 148(6)).
- Months and years end on the same day of the month, or on its last day (art. 148(3)).
- A last day that is not worked moves to the next working day (art. 148(5)), once, after everything else.
- Conventions of this system, which no source fixes: an extension counts from the nominal end of the period before; a suspension moves the
  nominal end by the days of the period's own kind in [suspended, resumed); a suspension that begins after the due day changes nothing;
  a due day that somebody set stands as it is and absorbs whatever is dated before the decision.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, cast

from engine.errors import Conflict
from engine.time import deadline_wording as wording
from engine.time.clock import day_en, day_vi, end_of_day, in_utc, local_date, start_of_day
from engine.time.deadline_wording import Line
from engine.time.working_calendar import WorkingCalendar
from workflows.law.legal_parameters import LARGEST, LegalParameter, Unit

RELATIONS = ("at", "before", "after", "halfway", "day_of")

__all__ = [
    "RELATIONS",
    "DueDateSet",
    "Extension",
    "LawLimit",
    "Ledger",
    "LedgerError",
    "Line",
    "Projection",
    "Suspension",
    "check_extension",
    "ledger_from_json",
    "ledger_to_json",
    "offset_instant",
    "project",
]


class LedgerError(ValueError):
    """A ledger that contradicts itself or the rule it is read with: a fault of the program, not of a person."""


class LawLimit(Conflict):
    """The law, or what is known of it, does not allow this. `code` is one of the codes in `check_extension` and `project`."""


@dataclass(frozen=True, slots=True)
class Extension:
    """`value` more `unit`s, granted on the day `decided_on`, by `law`."""

    value: int
    unit: Unit
    decided_on: date
    reason: str
    law: str

    def __post_init__(self) -> None:
        if not 0 < self.value <= LARGEST.get(self.unit, 0):
            raise LedgerError(
                f"Expected an extension of 1 to {LARGEST.get(self.unit, 0)} {self.unit}, but it is {self.value}"
            )


@dataclass(frozen=True, slots=True)
class Suspension:
    """The clock stands from the day `from_day` until the day `until` (when it runs again); None: it still stands."""

    from_day: date
    until: date | None
    ground: str

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.from_day:
            raise LedgerError(f"Expected the suspension to end after {self.from_day}, but it ends on {self.until}")


@dataclass(frozen=True, slots=True)
class DueDateSet:
    """On `decided_on` somebody set the due day to `due_on`."""

    due_on: date
    decided_on: date
    reason: str
    law: str


@dataclass(frozen=True)
class Ledger:
    """What happened to one period: its start and everything that moved its end. Raises `LedgerError` when it contradicts itself.

    `anchor` is the start: an aware instant, or a day in Vietnam. Suspensions do not overlap; only the last may be open.
    """

    anchor: datetime | date
    extensions: tuple[Extension, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    set_dates: tuple[DueDateSet, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.anchor, datetime) and self.anchor.utcoffset() is None:
            raise LedgerError(f"Expected the anchor to have a time zone, but {self.anchor.isoformat()} has none")
        earliest: date | None = date.min
        for suspension in self.suspensions:
            if earliest is None or suspension.from_day < earliest:
                raise LedgerError("Expected suspensions in order, one after the other, but two overlap")
            earliest = suspension.until

    @property
    def started_on(self) -> date:
        """The day of the event, in Vietnam: the day that is not counted."""
        return local_date(self.anchor) if isinstance(self.anchor, datetime) else self.anchor

    @property
    def stops(self) -> tuple[Suspension, ...]:
        """The suspensions without what precedes the start: a period that has not begun cannot be stopped."""
        start = self.started_on
        return tuple(
            Suspension(max(each.from_day, start), each.until and max(each.until, start), each.ground)
            for each in self.suspensions
        )


@dataclass(frozen=True, slots=True)
class Projection:
    """The end of a period as the ledger stands.

    `nominal_on` is the last day before it moved to a working day. `due_at` is the exclusive end of `due_on` in UTC (an exact instant for a
    period of hours, and then `due_on` is the day it falls on). While the clock stands (`suspended`) both are None, and `remaining` tells
    how many units would follow the day of resuming. `provisional`: days not yet announced were counted.
    """

    started_on: date
    nominal_on: date
    due_on: date | None
    due_at: datetime | None
    suspended: bool
    remaining: int | None
    provisional: bool
    lines: tuple[Line, ...]


def project(
    parameter: LegalParameter, ledger: Ledger, calendar: WorkingCalendar, due_on: date | None = None
) -> Projection:
    """Where the period ends. `due_on` is for parameters of unit `date` only: the day a plan or a person names.

    Raises `LawLimit` with code `period_unknown` (the law's number was not found) or `due_date_missing`; in both cases a `DueDateSet` in the
    ledger helps. Raises `LedgerError` when ledger and parameter do not fit.
    """
    if parameter.unit == "hour" and not ledger.set_dates:
        return _project_hours(parameter, ledger, _known_value(parameter))
    count = _Count(parameter, ledger, calendar)
    since = count.begin(due_on)
    for extension in ledger.extensions:
        if extension.decided_on >= since:
            count.extend(extension)
    for suspension in ledger.stops:
        if suspension.until is None and suspension.from_day <= count.end():
            return count.standing(suspension)
        if suspension.from_day >= since:
            count.suspend(suspension)
    return count.finish()


def offset_instant(
    projection: Projection, ledger: Ledger, relation: str, amount: int, unit: str, calendar: WorkingCalendar
) -> tuple[datetime | None, Line]:
    """When a timer bound to this deadline fires (UTC), and why. None while the period stands still.

    at       the due instant; the amount is ignored
    before   00:00 of the day that lies `amount` days before the due day: the whole of that day is there to act
    after    24:00 of the last day of a period of `amount` days that begins with the due day (moved to a working day): never early
    halfway  00:00 of the middle day of the days counted from the start to the due day; the amount is ignored
    day_of   00:00 of the `amount`-th day counted from the start

    Days under suspension are not counted by `halfway` and `day_of`. Raises `ValueError` for another relation or unit, or an amount below 0.
    """
    if unit not in ("wd", "cd") or amount < 0:
        raise ValueError(f"Expected an amount of wd or cd, but it is {amount} {unit}")
    if relation not in RELATIONS:
        raise ValueError(f"Expected one of {', '.join(RELATIONS)}, but it is {relation!r}")
    if projection.due_on is None or projection.due_at is None:
        return None, wording.no_instant()
    if relation == "at":
        return projection.due_at, projection.lines[-1]
    if relation == "before":
        day = _step(projection.due_on, -amount, unit, calendar)
    elif relation == "after":
        day = calendar.roll_forward(_step(projection.due_on, amount, unit, calendar))
    elif relation == "halfway":
        day = _halfway(projection.started_on, projection.due_on, ledger, calendar)
    else:
        day = _day_counted(projection.started_on, amount, unit, ledger, calendar)
    instant = end_of_day(day) if relation == "after" else start_of_day(day)
    return instant, wording.offset(relation, amount, unit, day)


def check_extension(
    parameter: LegalParameter,
    extension_parameter: LegalParameter,
    ledger: Ledger,
    proposed: Extension,
    today: date,
    calendar: WorkingCalendar,
    due_on: date | None = None,
) -> None:
    """Whether the law allows the extension. Raises `LawLimit` when it does not; its `code` says why:

    extension_used_up        it was already granted as often as the law allows
    extension_wrong_unit     the law counts the extension in another unit
    extension_too_long       longer than the law allows
    extension_while_suspended  the clock stands; it must run again first
    extension_too_late       the due day is over (on the due day itself it is still in time)
    period_unknown           the length of the extension is not known
    """
    longest = _known_value(extension_parameter)
    if extension_parameter.max_times is not None and len(ledger.extensions) >= extension_parameter.max_times:
        raise _used_up(extension_parameter)
    if proposed.unit != extension_parameter.unit:
        raise _wrong_unit(extension_parameter, proposed)
    if proposed.value > longest:
        raise _too_long(extension_parameter, longest, proposed)
    projection = project(parameter, ledger, calendar, due_on)
    if projection.due_on is None:
        raise LawLimit(
            "extension_while_suspended",
            "Không thể gia hạn khi đang tạm đình chỉ; cần tiếp tục giải trình trước.",
            "Expected the period to be running, but it is suspended; resume it first.",
        )
    if today > projection.due_on:
        raise LawLimit(
            "extension_too_late",
            f"Chỉ được gia hạn trước khi hết hạn; thời hạn đã hết vào {day_vi(projection.due_on)}.",
            f"Expected the extension before the period ends, but it ended on {day_en(projection.due_on)}.",
        )


def ledger_to_json(ledger: Ledger) -> dict[str, Any]:
    """The ledger as JSON values: dates as «2026-06-01», instants in UTC as «2026-06-01T02:00:00+00:00»."""
    anchor = in_utc(ledger.anchor) if isinstance(ledger.anchor, datetime) else ledger.anchor
    return {
        "anchor": anchor.isoformat(),
        "extensions": [_entry_to_json(entry) for entry in ledger.extensions],
        "suspensions": [_entry_to_json(entry) for entry in ledger.suspensions],
        "set_dates": [_entry_to_json(entry) for entry in ledger.set_dates],
    }


def ledger_from_json(content: Mapping[str, Any]) -> Ledger:
    """The ledger that `ledger_to_json` wrote. Raises `LedgerError` when something is missing, unknown or of the wrong kind."""
    try:
        if set(content) != {field.name for field in fields(Ledger)}:
            raise LedgerError(f"Expected the fields of a ledger, but there are {', '.join(sorted(content))}")
        anchor = str(content["anchor"])
        return Ledger(
            datetime.fromisoformat(anchor) if "T" in anchor else date.fromisoformat(anchor),
            tuple(Extension(**_read_entry(entry)) for entry in content["extensions"]),
            tuple(Suspension(**_read_entry(entry)) for entry in content["suspensions"]),
            tuple(DueDateSet(**_read_entry(entry)) for entry in content["set_dates"]),
        )
    except (TypeError, ValueError) as error:
        raise LedgerError(f"Expected a ledger, but: {error}") from error


class _Count:
    """One projection being counted: the nominal end so far, whether somebody fixed it, and the lines that tell how it came about."""

    def __init__(self, parameter: LegalParameter, ledger: Ledger, calendar: WorkingCalendar) -> None:
        self.parameter = parameter
        self.ledger = ledger
        self.calendar = calendar
        self.nominal = ledger.started_on
        self.fixed = False
        self.counts_working_days = parameter.unit == "wd"
        self.lines: list[Line] = []

    def begin(self, due_on: date | None) -> date:
        """The first end of the period. Gives the day since when entries of the ledger move it."""
        latest = max(reversed(self.ledger.set_dates), key=lambda each: each.decided_on, default=None)
        if latest is not None:
            self._fix(latest.due_on, wording.day_set(self.parameter, latest.due_on, latest.decided_on, latest.law))
            return latest.decided_on
        if self.parameter.unit == "date":
            if due_on is None:
                raise _due_date_missing(self.parameter)
            self._fix(due_on, wording.day_given(self.parameter, due_on))
            return date.min
        self._count_period(_known_value(self.parameter))
        return date.min

    def extend(self, extension: Extension) -> None:
        before = self.nominal
        self.nominal = _end_of_period(before, extension.value, extension.unit, self.calendar)
        self.fixed = False
        if extension.unit == "wd":
            self.counts_working_days = True
            self.lines += wording.days_off(self.calendar, before, self.nominal)
        self.lines.append(
            wording.extended(extension.value, extension.unit, extension.decided_on, extension.law, self.nominal)
        )

    def suspend(self, suspension: Suspension) -> None:
        if suspension.from_day > self.end():
            self.lines.append(wording.suspended_too_late(suspension.from_day))
            return
        resumed = cast("date", suspension.until)
        # Suspended between a nominal end on a day off and the working day it moved to: the time left is that of the moved end.
        start = self.nominal if suspension.from_day <= self.nominal else self.end()
        shift = _days_in(suspension.from_day, resumed, self._shift_unit(), self.calendar)
        self.nominal = _step(start, shift, self._shift_unit(), self.calendar)
        self.fixed = False
        self.lines.append(wording.shifted(suspension.from_day, resumed, shift, self._shift_unit(), self.nominal))

    def end(self) -> date:
        """The due day as it stands: a day somebody fixed stays where it is, another moves to a working day."""
        return self.nominal if self.fixed else self.calendar.roll_forward(self.nominal)

    def standing(self, suspension: Suspension) -> Projection:
        unit = self._shift_unit()
        if unit == "wd":
            remaining = self.calendar.working_days_between(suspension.from_day, self.nominal)
        else:
            remaining = (self.nominal - suspension.from_day).days
        remaining = max(0, remaining)
        self.lines.append(wording.stands_still(suspension.from_day, remaining, unit))
        return self._projection(None, remaining)

    def finish(self) -> Projection:
        due_on = self.end()
        if due_on != self.nominal:
            self.lines += wording.days_passed_over(self.calendar, self.nominal, due_on)
            self.lines.append(wording.rolled(self.nominal, due_on))
        if self._is_provisional(due_on):
            self.lines.append(wording.not_announced())
        self.lines.append(wording.ends(due_on))
        return self._projection(due_on, None)

    def _count_period(self, value: int) -> None:
        started = self.ledger.started_on
        self.nominal = _end_of_period(started, value, self.parameter.unit, self.calendar)
        self.lines.append(wording.started(self.parameter, started))
        if self.parameter.unit == "wd":
            self.lines += wording.days_off(self.calendar, started, self.nominal)
        if self.parameter.unit in ("month", "year") and self.nominal.day != started.day:
            self.lines.append(wording.month_shortened(self.nominal))
        self.lines.append(wording.counted(self.parameter, value, self.nominal))

    def _fix(self, day: date, line: Line) -> None:
        self.nominal = day
        self.fixed = True
        self.counts_working_days = False
        self.lines.append(line)

    def _shift_unit(self) -> str:
        return "wd" if self.counts_working_days else "cd"

    def _is_provisional(self, due_on: date) -> bool:
        if self.fixed:
            return False
        first = self.ledger.started_on + timedelta(days=1) if self.counts_working_days else self.nominal
        return self.calendar.is_provisional(first) or self.calendar.is_provisional(due_on)

    def _projection(self, due_on: date | None, remaining: int | None) -> Projection:
        return Projection(
            started_on=self.ledger.started_on,
            nominal_on=self.nominal,
            due_on=due_on,
            due_at=None if due_on is None else end_of_day(due_on),
            suspended=due_on is None,
            remaining=remaining,
            provisional=due_on is not None and self._is_provisional(due_on),
            lines=tuple(self.lines),
        )


def _project_hours(parameter: LegalParameter, ledger: Ledger, value: int) -> Projection:
    if not isinstance(ledger.anchor, datetime):
        raise LedgerError(f"Expected an instant as the start of {parameter.id}, but it is the day {ledger.anchor}")
    due_at = in_utc(ledger.anchor) + timedelta(hours=value)
    lines = [wording.started_at(parameter, ledger.anchor), wording.hours_counted(parameter, value)]
    for extension in ledger.extensions:
        if extension.unit != "hour":
            raise LedgerError(f"Expected extensions of {parameter.id} in hours, but one is in {extension.unit}")
        due_at += timedelta(hours=extension.value)
        lines.append(wording.hours_extended(extension.value, extension.decided_on, extension.law))
    for suspension in ledger.stops:
        if suspension.from_day > _day_that_ends(due_at):
            lines.append(wording.suspended_too_late(suspension.from_day))
            continue
        if suspension.until is None:
            left = max(0, (due_at - start_of_day(suspension.from_day)) // timedelta(hours=1))
            lines.append(wording.stands_still(suspension.from_day, left, "hour"))
            return _projection_of_hours(ledger, due_at, left, lines)
        stood = (suspension.until - suspension.from_day).days
        due_at += timedelta(days=stood)
        lines.append(wording.shifted(suspension.from_day, suspension.until, stood, "cd", _day_that_ends(due_at)))
    lines.append(wording.ends_at(parameter, due_at))
    return _projection_of_hours(ledger, due_at, None, lines)


def _projection_of_hours(ledger: Ledger, due_at: datetime, left: int | None, lines: list[Line]) -> Projection:
    stands = left is not None
    day = _day_that_ends(due_at)
    return Projection(
        started_on=ledger.started_on,
        nominal_on=day,
        due_on=None if stands else day,
        due_at=None if stands else due_at,
        suspended=stands,
        remaining=left,
        provisional=False,
        lines=tuple(lines),
    )


def _day_that_ends(exclusive_end: datetime) -> date:
    return local_date(exclusive_end - timedelta(microseconds=1))


def _end_of_period(start: date, value: int, unit: str, calendar: WorkingCalendar) -> date:
    if unit == "wd":
        return calendar.add_working_days(start, value)
    if unit == "cd":
        return start + timedelta(days=value)
    if unit in ("month", "year"):
        return _add_months(start, value * (12 if unit == "year" else 1))
    raise LedgerError(f"Expected days, months or years, but the unit is {unit}")


def _add_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def _step(day: date, amount: int, unit: str, calendar: WorkingCalendar) -> date:
    return calendar.add_working_days(day, amount) if unit == "wd" else day + timedelta(days=amount)


def _days_in(first: date, beyond: date, unit: str, calendar: WorkingCalendar) -> int:
    """Days of the kind in [first, beyond)."""
    return -calendar.working_days_between(beyond, first) if unit == "wd" else (beyond - first).days


def _day_counted(started_on: date, amount: int, unit: str, ledger: Ledger, calendar: WorkingCalendar) -> date:
    day = _step(started_on, amount, unit, calendar)
    for suspension in ledger.stops:
        if suspension.until is not None and suspension.from_day <= day:
            day = _step(day, _days_in(suspension.from_day, suspension.until, unit, calendar), unit, calendar)
    return day


def _halfway(started_on: date, due_on: date, ledger: Ledger, calendar: WorkingCalendar) -> date:
    stood = sum(
        (each.until - each.from_day).days for each in ledger.stops if each.until is not None and each.from_day <= due_on
    )
    counted = max(0, (due_on - started_on).days - stood)
    return min(due_on, _day_counted(started_on, (counted + 1) // 2, "cd", ledger, calendar))


def _known_value(parameter: LegalParameter) -> int:
    if parameter.value is None:
        raise LawLimit(
            "period_unknown",
            f"Chưa có quy định về độ dài của thời hạn «{parameter.label_vi}»; người có thẩm quyền phải ấn định ngày hết hạn.",
            f"Expected the length of the period «{parameter.label_en}» to be known, but it is not; somebody must set the due day.",
        )
    return parameter.value


def _due_date_missing(parameter: LegalParameter) -> LawLimit:
    return LawLimit(
        "due_date_missing",
        f"Thời hạn «{parameter.label_vi}» cần một ngày hết hạn được ấn định, nhưng chưa có.",
        f"Expected somebody to set the due day of «{parameter.label_en}», but nobody has.",
    )


def _used_up(rule: LegalParameter) -> LawLimit:
    return LawLimit(
        "extension_used_up",
        f"Pháp luật chỉ cho gia hạn {rule.max_times:02} lần ({rule.law}); thời hạn này đã được gia hạn đủ số lần.",
        f"Expected at most {rule.max_times} extension(s) ({rule.law}), but this period has had them.",
    )


def _wrong_unit(rule: LegalParameter, proposed: Extension) -> LawLimit:
    return LawLimit(
        "extension_wrong_unit",
        f"Thời gian gia hạn phải tính bằng {wording.unit_vi(rule.unit)} ({rule.law}), "
        f"không tính bằng {wording.unit_vi(proposed.unit)}.",
        f"Expected the extension in {wording.unit_en(rule.unit)}s ({rule.law}), but it is in {wording.unit_en(proposed.unit)}s.",
    )


def _too_long(rule: LegalParameter, longest: int, proposed: Extension) -> LawLimit:
    return LawLimit(
        "extension_too_long",
        f"Chỉ được gia hạn tối đa {wording.amount_vi(longest, rule.unit)} ({rule.law}), "
        f"nhưng đề nghị {wording.amount_vi(proposed.value, proposed.unit)}.",
        f"Expected at most {wording.amount_en(longest, rule.unit)} ({rule.law}), "
        f"but {wording.amount_en(proposed.value, proposed.unit)} were proposed.",
    )


def _entry_to_json(entry: Extension | Suspension | DueDateSet) -> dict[str, Any]:
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _read_entry(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read_field(name, value) for name, value in content.items()}


def _read_field(name: str, value: object) -> object:
    if name == "until" and value is None:
        return None
    if name == "value":
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise LedgerError(f"Expected {name} to be a whole number, but it is {value!r}")
    if not isinstance(value, str):
        raise LedgerError(f"Expected {name} to be a text, but it is {value!r}")
    return date.fromisoformat(value) if name in _DATES else value


_DATES = frozenset({"decided_on", "from_day", "until", "due_on"})
