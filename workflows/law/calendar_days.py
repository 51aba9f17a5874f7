"""The days worked in Vietnam's public offices, as data: weekly rest, holidays, days in lieu and swapped days, each with its source.

The table is `calendar.yaml`; its head explains kinds and marks. Counting is not done here but in `engine.time.working_calendar`.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, cast

from workflows.law.legal_parameters import Status
from workflows.law.reading import STATUSES, Row, TableInvalid, packaged_text, read_table

Kind = Literal["holiday", "compensatory_rest", "swapped_rest", "swapped_work"]

KINDS: frozenset[str] = frozenset({"holiday", "compensatory_rest", "swapped_rest", "swapped_work"})
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day that differs from the weekly pattern, or that the law names a holiday. `source` is the notice or the article."""

    day: date
    kind: Kind
    name_vi: str
    name_en: str
    source: str
    status: Status

    @property
    def works(self) -> bool:
        """Whether public offices work on this day."""
        return self.kind == "swapped_work"


@dataclass(frozen=True, slots=True)
class WeeklyRest:
    """The weekly pattern of rest: `weekdays` by `date.weekday()`, Monday = 0."""

    weekdays: frozenset[int]
    source: str
    status: Status


@dataclass(frozen=True, slots=True)
class FixedHoliday:
    """A holiday on the same date every year: all that is known of years outside the table."""

    month: int
    day: int
    name_vi: str
    name_en: str
    source: str
    status: Status

    def in_year(self, year: int) -> CalendarDay:
        """This holiday in one year."""
        return CalendarDay(
            date(year, self.month, self.day), "holiday", self.name_vi, self.name_en, self.source, self.status
        )


@dataclass(frozen=True, slots=True)
class UnsettledDay:
    """A day that may be a day off, but is counted as a working day until somebody adds it with the text in hand."""

    day: date
    name_vi: str
    name_en: str
    source: str
    note_vi: str
    note_en: str


@dataclass(frozen=True, slots=True)
class CalendarTable:
    """All that is known of the days `first` to `last`. Days after `announced_until` are computed, not announced."""

    first: date
    last: date
    announced_until: date
    weekly_rest: WeeklyRest
    fixed_holidays: tuple[FixedHoliday, ...]
    days: tuple[CalendarDay, ...]
    unsettled: tuple[UnsettledDay, ...]


@cache
def load_calendar() -> CalendarTable:
    """The calendar shipped with this version. Raises `TableInvalid` when the file is wrong."""
    return parse_calendar(packaged_text("calendar.yaml"))


def parse_calendar(text: str) -> CalendarTable:
    """The calendar of a YAML text. Raises `TableInvalid` with the row and the field that are wrong."""
    row = Row("the calendar", read_table(text, "the calendar"))
    table = CalendarTable(
        first=row.day("first"),
        last=row.day("last"),
        announced_until=row.day("announced_until"),
        weekly_rest=_weekly_rest(row.row("weekly_rest")),
        fixed_holidays=tuple(_fixed_holiday(each) for each in row.rows("fixed_holidays")),
        days=tuple(_calendar_day(each) for each in row.rows("days")),
        unsettled=tuple(_unsettled_day(each) for each in row.rows("unsettled")),
    )
    row.done()
    _check_sense(table)
    return table


def _weekly_rest(row: Row) -> WeeklyRest:
    rest = WeeklyRest(row.choices("weekdays", WEEKDAYS), row.text("source"), _status(row))
    row.done()
    return rest


def _fixed_holiday(row: Row) -> FixedHoliday:
    month, day = row.whole("month", 1, 12), row.whole("day", 1, 31)
    try:
        date(2001, month, day)  # not a leap year: a holiday on 29 February would be missing three years of four
    except ValueError:
        raise row.wrong("day", "a day that every year has", day) from None
    holiday = FixedHoliday(month, day, row.text("name_vi"), row.text("name_en"), row.text("source"), _status(row))
    row.done()
    return holiday


def _calendar_day(row: Row) -> CalendarDay:
    day, kind = row.day("day"), cast("Kind", row.word("kind", KINDS))
    entry = CalendarDay(day, kind, row.text("name_vi"), row.text("name_en"), row.text("source"), _status(row))
    row.done()
    return entry


def _unsettled_day(row: Row) -> UnsettledDay:
    names = (row.text("name_vi"), row.text("name_en"), row.text("source"))
    entry = UnsettledDay(row.day("day"), *names, row.text("note_vi"), row.text("note_en"))
    row.done()
    return entry


def _status(row: Row) -> Status:
    return cast("Status", row.word("status", STATUSES - {"not_found"}))


def _check_sense(table: CalendarTable) -> None:
    if not table.first <= table.announced_until <= table.last:
        raise TableInvalid(
            f"Expected announced_until between {table.first} and {table.last}, but it is {table.announced_until}"
        )
    seen: set[date] = set()
    for entry in table.days:
        if entry.day in seen:
            raise TableInvalid(f"Expected each day once, but {entry.day} occurs twice")
        seen.add(entry.day)
        if not table.first <= entry.day <= table.last:
            raise TableInvalid(f"Expected the days between {table.first} and {table.last}, but there is {entry.day}")
        _check_kind(entry, table.weekly_rest)


def _check_kind(entry: CalendarDay, weekly_rest: WeeklyRest) -> None:
    rests_anyway = entry.day.weekday() in weekly_rest.weekdays
    if entry.works and not rests_anyway:
        raise TableInvalid(f"Expected swapped_work on a weekly rest day, but {entry.day} is worked anyway")
    if rests_anyway and entry.kind in ("compensatory_rest", "swapped_rest"):
        raise TableInvalid(
            f"Expected {entry.kind} on a day that is worked otherwise, but {entry.day} is a weekly rest day"
        )
