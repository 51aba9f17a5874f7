"""Which days are worked, and counting them.

A `WorkingCalendar` never changes: when a holiday decree arrives late, a new calendar is made and the deadlines are projected again.
Besides the listed days, the weekly rest and the holidays with a fixed date are known for every year; outside first..last they are all that
is known, and every answer there is provisional.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from workflows.law.calendar_days import CalendarDay, CalendarTable, FixedHoliday, WeeklyRest, load_calendar

# More working days than any period of law: whoever asks for more has made a mistake, and would keep the calendar busy.
MOST_WORKING_DAYS = 10_000


@dataclass(frozen=True, slots=True)
class WeeklyRestDay:
    """The reason that a day is off when it is only a weekly rest day."""

    day: date
    source: str
    status: str


@dataclass(frozen=True)
class WorkingCalendar:
    """The days worked in public offices. Days are Vietnam's calendar days.

    `days` are the days that differ from the weekly pattern; where one is listed twice the last wins. After `announced_until` (default:
    `last`) the days are computed, not announced.
    """

    days: Iterable[CalendarDay]
    first: date
    last: date
    announced_until: date | None = None
    weekly_rest: WeeklyRest = field(default_factory=lambda: load_calendar().weekly_rest)
    fixed_holidays: tuple[FixedHoliday, ...] = field(default_factory=lambda: load_calendar().fixed_holidays)
    _listed: Mapping[date, CalendarDay] = field(init=False, repr=False, compare=False)
    _years: dict[int, tuple[date, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Raises `ValueError` when the horizon is empty or nothing of the week is left to work."""
        if self.last < self.first:
            raise ValueError(f"Expected the calendar to end after {self.first}, but it ends on {self.last}")
        if len(self.weekly_rest.weekdays) >= 7:
            raise ValueError("Expected at least one working day in the week, but all seven are rest days")
        object.__setattr__(self, "days", tuple(self.days))
        object.__setattr__(self, "_listed", {each.day: each for each in self.days})

    @classmethod
    def from_table(cls, table: CalendarTable) -> "WorkingCalendar":
        """The calendar of a table as the room of law reads it."""
        return cls(table.days, table.first, table.last, table.announced_until, table.weekly_rest, table.fixed_holidays)

    def is_working_day(self, day: date) -> bool:
        """Whether public offices work on the day."""
        reason = self.why(day)
        return reason is None or (isinstance(reason, CalendarDay) and reason.works)

    def why(self, day: date) -> CalendarDay | WeeklyRestDay | None:
        """What makes the day special: the holiday or swap, else the weekly rest, else None (an ordinary working day)."""
        listed = self._listed.get(day) or self._fixed(day)
        if listed is not None:
            return listed
        if day.weekday() in self.weekly_rest.weekdays:
            return WeeklyRestDay(day, self.weekly_rest.source, self.weekly_rest.status)
        return None

    def is_provisional(self, day: date) -> bool:
        """Whether a notice may still change the day: it lies outside the horizon, or was computed and not announced."""
        return not self.first <= day <= (self.announced_until or self.last)

    def roll_forward(self, day: date) -> date:
        """The day itself when it is worked, else the next working day (Civil Code art. 148(5))."""
        return day if self.is_working_day(day) else self.add_working_days(day, 1)

    def add_working_days(self, day: date, count: int) -> date:
        """The working day that lies `count` working days after the day; the day itself is not counted.

        A negative count goes back; 0 gives the day itself, worked or not. Raises `ValueError` beyond 10 000 working days or the years
        1 to 9999.
        """
        if abs(count) > MOST_WORKING_DAYS:
            raise ValueError(f"Expected at most {MOST_WORKING_DAYS} working days, but {count} were asked for")
        if count == 0:
            return day
        return self._forward(day, count) if count > 0 else self._back(day, -count)

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie in (after, until]; negative, counting [until, after), when `until` comes first.

        So `add_working_days(after, working_days_between(after, until)) == until` when `until` is worked.
        """
        if until < after:
            return -(self._before(after) - self._before(until) + self._worked_in_years(until.year, after.year))
        return self._up_to(until) - self._up_to(after) + self._worked_in_years(after.year, until.year)

    def _forward(self, day: date, count: int) -> date:
        year = day.year
        place = self._up_to(day) + count - 1
        while place >= len(self._working_days(year)):
            place -= len(self._working_days(year))
            year += 1
        return self._working_days(year)[place]

    def _back(self, day: date, count: int) -> date:
        year = day.year
        place = self._before(day) - count
        while place < 0:
            year -= 1
            place += len(self._working_days(year))
        return self._working_days(year)[place]

    def _up_to(self, day: date) -> int:
        """Working days of the day's year up to and with it."""
        return bisect_right(self._working_days(day.year), day)

    def _before(self, day: date) -> int:
        """Working days of the day's year before it."""
        return bisect_left(self._working_days(day.year), day)

    def _worked_in_years(self, first: int, beyond: int) -> int:
        return sum(len(self._working_days(year)) for year in range(first, beyond))

    def _working_days(self, year: int) -> tuple[date, ...]:
        """The working days of a year in order, computed once: counting is then arithmetic on positions."""
        known = self._years.get(year)
        if known is None:
            if not date.min.year <= year <= date.max.year:
                raise ValueError(f"Expected a year from 1 to 9999, but the count leads to {year}")
            start = date(year, 1, 1)
            length = (date(year, 12, 31) - start).days + 1
            every_day = (start + timedelta(days=number) for number in range(length))
            known = self._years[year] = tuple(day for day in every_day if self.is_working_day(day))
        return known

    def _fixed(self, day: date) -> CalendarDay | None:
        for holiday in self.fixed_holidays:
            if (holiday.month, holiday.day) == (day.month, day.day):
                return holiday.in_year(day.year)
        return None


def vietnam_calendar() -> WorkingCalendar:
    """The calendar shipped with this version."""
    return WorkingCalendar.from_table(load_calendar())
