from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engine.time.clock import (
    SystemClock,
    VirtualClock,
    day_en,
    day_vi,
    end_of_day,
    in_utc,
    local_date,
    start_of_day,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_the_system_clock_gives_aware_instants_in_utc():
    earlier, later = SystemClock().now(), SystemClock().now()
    assert earlier.tzinfo is UTC
    assert timedelta(0) <= later - earlier < timedelta(minutes=1)


def test_a_virtual_clock_moves_only_when_told():
    clock = VirtualClock(NOON)
    assert (clock.now(), clock.now()) == (NOON, NOON)
    assert clock.advance(timedelta(days=1, hours=2)) == datetime(2026, 6, 2, 14, tzinfo=UTC)
    assert clock.set(datetime(2026, 5, 1, 7, tzinfo=timezone(timedelta(hours=7)))) == clock.now()
    assert clock.now() == datetime(2026, 5, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_virtual_clock_goes_back_only_when_set():
    clock = VirtualClock(NOON)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    assert clock.now() == NOON


@pytest.mark.parametrize("act", [VirtualClock, VirtualClock(NOON).set, in_utc, local_date])
def test_instants_without_a_time_zone_are_refused(act):
    with pytest.raises(ValueError, match="time zone"):
        act(datetime(2026, 6, 1, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 6, 1, 16, 59, 59, 999999, tzinfo=UTC), date(2026, 6, 1)),
        (datetime(2026, 6, 1, 17, tzinfo=UTC), date(2026, 6, 2)),
        (datetime(2026, 6, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5))), date(2026, 6, 2)),
    ],
)
def test_the_day_is_that_of_vietnam(instant, day):
    assert local_date(instant) == day


def test_a_day_ends_where_the_next_begins():
    assert end_of_day(date(2026, 6, 8)) == datetime(2026, 6, 8, 17, tzinfo=UTC)
    assert end_of_day(date(2026, 6, 8)) == start_of_day(date(2026, 6, 9))
    assert end_of_day(date(2026, 6, 8)).tzinfo is UTC
    assert local_date(end_of_day(date(2026, 6, 8)) - timedelta(microseconds=1)) == date(2026, 6, 8)


@pytest.mark.parametrize(
    ("day", "vi", "en"),
    [
        (date(2026, 6, 8), "thứ Hai, 08/06/2026", "Monday, 8 June 2026"),
        (date(2026, 2, 24), "thứ Ba, 24/02/2026", "Tuesday, 24 February 2026"),
        (date(2026, 12, 30), "thứ Tư, 30/12/2026", "Wednesday, 30 December 2026"),
        (date(2026, 1, 1), "thứ Năm, 01/01/2026", "Thursday, 1 January 2026"),
        (date(2026, 5, 1), "thứ Sáu, 01/05/2026", "Friday, 1 May 2026"),
        (date(2026, 8, 22), "thứ Bảy, 22/08/2026", "Saturday, 22 August 2026"),
        (date(2026, 9, 6), "Chủ nhật, 06/09/2026", "Sunday, 6 September 2026"),
        (date(987, 1, 1), "thứ Hai, 01/01/0987", "Monday, 1 January 987"),
    ],
)
def test_days_are_said_as_an_office_says_them(day, vi, en):
    assert (day_vi(day), day_en(day)) == (vi, en)
