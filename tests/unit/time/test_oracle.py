"""The engine against the oracle: every day of four years, every period of the law, and whatever Hypothesis makes of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.time.clock import end_of_day
from engine.time.legal_deadlines import Extension, Ledger, Suspension, project
from engine.time.working_calendar import vietnam_calendar
from tests.unit.time import oracle
from workflows.law.legal_parameters import LegalParameter, load_parameters

CALENDAR = vietnam_calendar()
FIRST, LAST = date(2024, 1, 1), date(2027, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
COUNTED = [each for each in load_parameters() if each.unit in ("wd", "cd", "month", "year") and each.value is not None]


def a_period(value, unit):
    words = {"starts_from_vi": "", "starts_from_en": "", "note_vi": "", "note_en": "", "label_vi": "", "label_en": ""}
    return LegalParameter(
        id="a_period", value=value, unit=unit, starts_from="received", law="", effective_from=FIRST, effective_to=None,
        status="V", max_times=None, **words,
    )  # fmt: skip


def test_there_are_periods_to_compare():
    assert {each.unit for each in COUNTED} == {"wd", "cd", "month", "year"}
    assert len(EVERY_DAY) == 1461


def test_working_days_agree_on_every_day():
    assert [day for day in EVERY_DAY if CALENDAR.is_working_day(day) != oracle.works(day)] == []


@pytest.mark.parametrize("parameter", COUNTED, ids=lambda each: f"{each.id}-{each.effective_from.year}")
def test_due_days_agree_from_every_day(parameter):
    for start in EVERY_DAY:
        projection = project(parameter, Ledger(start), CALENDAR)
        expected = oracle.due(start, parameter.value, parameter.unit)
        assert (start, projection.due_on, projection.due_at) == (start, expected, end_of_day(expected))


def test_one_extension_of_the_explanation_agrees_from_every_day():
    explain = next(each for each in COUNTED if each.id == "explain")
    for start in EVERY_DAY:
        ledger = Ledger(start, extensions=(Extension(15, "cd", start, "", "NĐ 59/2019 Đ13"),))
        assert (start, project(explain, ledger, CALENDAR).due_on) == (start, oracle.due(start, 15, "cd", [(15, "cd")]))


days = st.dates(FIRST, LAST)
periods = st.one_of(
    st.tuples(st.integers(0, 60), st.sampled_from(["wd", "cd"])),
    st.tuples(st.integers(0, 24), st.just("month")),
    st.tuples(st.integers(0, 5), st.just("year")),
)
longer = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["wd", "cd", "month"])), max_size=3)
# Gaps between the start, the first stop, its end, the next stop …: in order by construction.
stops = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 40)), max_size=3)


@settings(deadline=None, max_examples=1000)
@given(days, periods, longer, stops)
def test_extensions_and_suspensions_agree(start, period, more, gaps):
    suspensions = []
    day = start
    for run, stand in gaps:
        stopped = day + timedelta(days=run)
        day = stopped + timedelta(days=stand)
        suspensions.append((stopped, day))
    ledger = Ledger(
        start,
        tuple(Extension(value, unit, start, "", "") for value, unit in more),
        tuple(Suspension(stopped, resumed, "") for stopped, resumed in suspensions),
    )
    assert project(a_period(*period), ledger, CALENDAR).due_on == oracle.due(start, *period, more, suspensions)


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2050, 12, 31)), periods)
def test_due_days_agree_outside_the_horizon(start, period):
    assert project(a_period(*period), Ledger(start), CALENDAR).due_on == oracle.due(start, *period)


@settings(deadline=None)
@given(days, st.integers(0, 400))
def test_counting_back_agrees(day, count):
    assert CALENDAR.add_working_days(day, -count) == oracle.before_worked(day, count)
