from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.time.working_calendar import MOST_WORKING_DAYS, WeeklyRestDay, WorkingCalendar, vietnam_calendar
from workflows.law.calendar_days import CalendarDay, WeeklyRest, load_calendar

CALENDAR = vietnam_calendar()
WIDE = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 6, 1), True),  # an ordinary Monday
        (date(2026, 6, 6), False),  # an ordinary Saturday
        (date(2026, 1, 1), False),
        (date(2026, 1, 2), False),  # swapped
        (date(2026, 1, 10), True),  # worked in its place
        (date(2026, 2, 13), True),
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), True),
        (date(2026, 4, 27), False),  # in lieu of Sunday 26 April
        (date(2026, 8, 22), True),
        (date(2026, 8, 31), False),
        (date(2026, 11, 24), True),  # not settled: counted as worked
        (date(2023, 9, 2), False),  # outside the horizon: fixed date
        (date(2028, 9, 1), True),  # outside the horizon: the adjacent day is not known
        (date(2028, 4, 30), False),
    ],
)
def test_knows_which_days_are_worked(day, worked):
    assert CALENDAR.is_working_day(day) is worked


def test_says_why_a_day_is_special():
    tet, swap, rest = (CALENDAR.why(date(2026, *day)) for day in ((2, 17), (1, 10), (6, 6)))
    assert (tet.kind, tet.name_vi, tet.source) == (
        "holiday",
        "Tết Nguyên đán Bính Ngọ",
        "Thông báo 9441/TB-BNV ngày 16/10/2025",
    )
    assert (swap.kind, swap.works) == ("swapped_work", True)
    assert rest == WeeklyRestDay(date(2026, 6, 6), "QĐ 188/1999/QĐ-TTg (tuần làm việc 40 giờ)", "M")
    assert CALENDAR.why(date(2026, 6, 1)) is None
    assert CALENDAR.why(date(2030, 5, 1)).name_vi == "Ngày Quốc tế lao động"


def test_the_holiday_explains_a_day_that_is_weekly_rest_too():
    assert CALENDAR.why(date(2026, 4, 26)).name_vi == "Giỗ Tổ Hùng Vương"


@pytest.mark.parametrize(
    ("day", "provisional"),
    [
        (date(2023, 12, 31), True),
        (date(2024, 1, 1), False),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), True),  # computed, not announced
        (date(2028, 6, 1), True),
    ],
)
def test_says_which_days_may_still_change(day, provisional):
    assert CALENDAR.is_provisional(day) is provisional


def test_without_an_announcement_date_the_horizon_itself_is_certain():
    calendar = WorkingCalendar((), date(2026, 1, 1), date(2026, 12, 31))
    assert not calendar.is_provisional(date(2026, 12, 31))
    assert calendar.is_provisional(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 6, 1), 0, date(2026, 6, 1)),
        (date(2026, 6, 6), 0, date(2026, 6, 6)),
        (date(2026, 6, 1), 5, date(2026, 6, 8)),
        (date(2026, 6, 6), 1, date(2026, 6, 8)),
        (date(2026, 6, 8), -5, date(2026, 6, 1)),
        (date(2026, 6, 7), -1, date(2026, 6, 5)),
        (date(2026, 1, 9), 1, date(2026, 1, 10)),
        (date(2025, 12, 31), 1, date(2026, 1, 5)),
        (date(2026, 1, 5), -1, date(2025, 12, 31)),
    ],
)
def test_counts_working_days_forward_and_back(start, count, expected):
    assert CALENDAR.add_working_days(start, count) == expected


def test_moves_a_day_off_to_the_next_working_day():
    assert CALENDAR.roll_forward(date(2026, 2, 17)) == date(2026, 2, 23)
    assert CALENDAR.roll_forward(date(2026, 8, 22)) == date(2026, 8, 22)


@settings(deadline=None)
@given(WIDE, st.integers(-300, 300))
def test_counting_between_undoes_counting(day, count):
    landed = CALENDAR.add_working_days(day, count)
    assert CALENDAR.is_working_day(landed) or count == 0
    assert CALENDAR.working_days_between(day, landed) == count


@settings(deadline=None)
@given(WIDE, WIDE)
def test_working_days_between_are_those_one_can_point_at(one, other):
    first, last = sorted((one, other))
    worked = [CALENDAR.is_working_day(first + timedelta(days=number)) for number in range((last - first).days + 1)]
    assert CALENDAR.working_days_between(first, last) == sum(worked[1:])
    assert CALENDAR.working_days_between(last, first) == -sum(worked[:-1])


def test_refuses_counts_no_law_asks_for():
    CALENDAR.add_working_days(date(2026, 1, 1), MOST_WORKING_DAYS)
    with pytest.raises(ValueError, match="at most 10000"):
        CALENDAR.add_working_days(date(2026, 1, 1), MOST_WORKING_DAYS + 1)
    with pytest.raises(ValueError, match="1 to 9999"):
        CALENDAR.add_working_days(date(9999, 12, 30), 5)
    with pytest.raises(ValueError, match="1 to 9999"):
        CALENDAR.add_working_days(date(1, 1, 3), -50)


def test_refuses_a_calendar_without_days_or_without_work():
    with pytest.raises(ValueError, match="to end after"):
        WorkingCalendar((), date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(ValueError, match="at least one working day"):
        WorkingCalendar((), date(2026, 1, 1), date(2026, 1, 2), weekly_rest=WeeklyRest(frozenset(range(7)), "", "M"))


def test_a_late_decree_makes_another_calendar_and_leaves_the_old_one():
    culture_day = CalendarDay(
        date(2026, 11, 24), "holiday", "Ngày Văn hóa Việt Nam", "Vietnam Culture Day", "a decree", "V"
    )
    table = load_calendar()
    later = WorkingCalendar.from_table(replace(table, days=(*table.days, culture_day)))
    assert later.add_working_days(date(2026, 11, 23), 1) == date(2026, 11, 25)
    assert CALENDAR.add_working_days(date(2026, 11, 23), 1) == date(2026, 11, 24)
    assert later != CALENDAR


def test_a_day_listed_outside_the_horizon_is_honoured():
    day = CalendarDay(date(2028, 1, 3), "swapped_rest", "Nghỉ hoán đổi", "Swapped", "a notice", "V")
    table = load_calendar()
    calendar = WorkingCalendar((*table.days, day), table.first, table.last)
    assert not calendar.is_working_day(date(2028, 1, 3))


def test_a_wider_horizon_does_not_lose_the_holidays_with_a_fixed_date():
    table = load_calendar()
    calendar = WorkingCalendar(table.days, table.first, date(2028, 12, 31))
    assert not calendar.is_working_day(date(2028, 5, 1))
