"""The calendar against the library `holidays`, against the law itself, and the loader against wrong tables."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest

from workflows.law.calendar_days import load_calendar, parse_calendar
from workflows.law.reading import TableInvalid

YEARS = range(2024, 2028)
EVERY_DAY = [date(2024, 1, 1) + timedelta(days=number) for number in range(1461)]
TEXT = (Path(__file__).parents[3] / "workflows" / "law" / "calendar.yaml").read_text(encoding="utf-8")

# Where the library and this calendar part, and why we do not follow it. (day: worked here)
KNOWN_DIFFERENCES = {
    # Công văn 12729/VPCP-KGVX of 25/12/2025 swapped 2 January for Saturday 10 January; the library does not know the swap.
    date(2026, 1, 2): False,
    date(2026, 1, 10): True,
    # The library takes Vietnam Culture Day for a public holiday from 2026 on, from the Politburo's resolution alone. Whether the amended
    # Labour Code was in force by then is not verified: see `unsettled` in calendar.yaml.
    date(2026, 11, 24): True,
    date(2027, 11, 24): True,
}


def worked_days(table):
    listed = {each.day: each for each in table.days}
    return {
        day: listed[day].works if day in listed else day.weekday() not in table.weekly_rest.weekdays
        for day in EVERY_DAY
    }


def test_parts_from_the_library_only_where_known():
    vietnam = holidays.country_holidays("VN", years=YEARS)
    here = worked_days(load_calendar())
    assert {day: worked for day, worked in here.items() if worked != vietnam.is_working_day(day)} == KNOWN_DIFFERENCES


@pytest.mark.parametrize("year", YEARS)
def test_every_year_has_the_eleven_holidays_of_the_labour_code(year):
    names = Counter(
        each.name_vi.split(" (")[0] for each in load_calendar().days if each.day.year == year and each.kind == "holiday"
    )
    tet = [name for name in names if name.startswith("Tết Nguyên đán")]
    assert [names.pop(name) for name in tet] == [5]
    assert names == {
        "Tết Dương lịch": 1,
        "Giỗ Tổ Hùng Vương": 1,
        "Ngày Chiến thắng": 1,
        "Ngày Quốc tế lao động": 1,
        "Quốc khánh": 2,
    }


def test_every_holiday_on_a_weekly_rest_day_has_its_day_in_lieu():
    table = load_calendar()
    on_rest_days = Counter(each.day.year for each in table.days if each.kind == "holiday" and each.day.weekday() >= 5)
    in_lieu = Counter(each.day.year for each in table.days if each.kind == "compensatory_rest")
    assert on_rest_days == in_lieu == {2024: 2, 2026: 1, 2027: 3}


def test_every_swapped_day_off_is_worked_on_another_day_by_the_same_notice():
    days = load_calendar().days
    off, worked = (
        {each.source: each.day for each in days if each.kind == kind} for kind in ("swapped_rest", "swapped_work")
    )
    assert {(off[source], worked.get(source)) for source in off} == {
        (date(2024, 4, 29), date(2024, 5, 4)),
        (date(2025, 5, 2), date(2025, 4, 26)),
        (date(2026, 1, 2), date(2026, 1, 10)),
        (date(2026, 8, 31), date(2026, 8, 22)),
    }
    assert set(off) == set(worked)


def test_days_nobody_announced_are_marked_as_computed():
    table = load_calendar()
    fixed = {(each.month, each.day) for each in table.fixed_holidays}
    computed = [
        each for each in table.days if each.day > table.announced_until and (each.day.month, each.day.day) not in fixed
    ]
    assert computed
    assert {each.status for each in computed} == {"I"}
    assert all(each.status in {"V", "V2"} for each in table.days if each.day <= table.announced_until)


def test_unsettled_days_are_worked_until_somebody_adds_them():
    table = load_calendar()
    assert [each.day for each in table.unsettled] == [date(2026, 11, 24), date(2027, 11, 24)]
    assert not {each.day for each in table.unsettled} & {each.day for each in table.days}
    assert all(each.note_vi and each.note_en for each in table.unsettled)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("first: 2024-01-01", "first: 2028-01-01", "announced_until between"),
        ("announced_until: 2026-12-31", "announced_until: 2028-12-31", "announced_until between"),
        ("last: 2027-12-31", "last: 2026-12-31", "Expected the days between"),
        ("[saturday, sunday]", "[saturday, funday]", "a list of monday"),
        ("[saturday, sunday]", "saturday", "a list of monday"),
        ("{day: 2024-02-09, kind: holiday", "{day: 2024-02-08, kind: holiday", "2024-02-08 occurs twice"),
        ("day: 2026-01-10, kind: swapped_work", "day: 2026-01-12, kind: swapped_work", "2026-01-12 is worked anyway"),
        (
            "day: 2026-01-02, kind: swapped_rest",
            "day: 2026-01-03, kind: swapped_rest",
            "2026-01-03 is a weekly rest day",
        ),
        (
            "day: 2026-04-27, kind: compensatory_rest",
            "day: 2026-04-25, kind: compensatory_rest",
            "is a weekly rest day",
        ),
        (
            "day: 2026-01-10, kind: swapped_work",
            "day: 2026-01-10, kind: half_day",
            "kind to be one of compensatory_rest",
        ),
        ("{month: 4, day: 30", "{month: 2, day: 30", "a day that every year has"),
        ("{month: 4, day: 30", "{month: 13, day: 30", "month to be a whole number from 1 to 12"),
        ("  status: M", "  status: D-", "status to be one of"),
        ("unsettled:", "unsure:", "field unsettled"),
    ],
)
def test_a_wrong_calendar_is_refused_by_name(old, new, message):
    assert old in TEXT
    with pytest.raises(TableInvalid, match=message):
        parse_calendar(TEXT.replace(old, new, 1))
