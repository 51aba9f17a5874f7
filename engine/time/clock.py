"""Instants and days. Instants are aware and in UTC; days are Vietnam's calendar days (UTC+7, no summer time)."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from typing import Protocol
from zoneinfo import ZoneInfo

VIETNAM: tzinfo = ZoneInfo("Asia/Ho_Chi_Minh")

_WEEKDAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Clock(Protocol):
    """Where a transaction gets its instant from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is moved: for tests, demonstrations and replays."""

    def __init__(self, start: datetime) -> None:
        self._now = in_utc(start)

    def now(self) -> datetime:
        """The instant the clock was last set to, aware, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Moves the clock forward. Raises `ValueError` for a negative step: to turn it back, `set` it."""
        if by < timedelta(0):
            raise ValueError(f"Expected to advance the clock forward, but the step is {by}")
        self._now += by
        return self._now

    def set(self, instant: datetime) -> datetime:
        """Sets the clock, forward or back. Raises `ValueError` for an instant without a time zone."""
        self._now = in_utc(instant)
        return self._now


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises `ValueError` when it has no time zone: then it is no instant."""
    if instant.utcoffset() is None:
        raise ValueError(f"Expected an instant with a time zone, but {instant.isoformat()} has none")
    return instant.astimezone(UTC)


def local_date(instant: datetime) -> date:
    """The day in Vietnam at this instant. Raises `ValueError` for an instant without a time zone."""
    return in_utc(instant).astimezone(VIETNAM).date()


def start_of_day(day: date) -> datetime:
    """00:00 of the day in Vietnam, as an instant in UTC."""
    return datetime.combine(day, time_of_day(), VIETNAM).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """24:00 of the day in Vietnam, as an instant in UTC: 00:00 of the next day, itself no longer part of the day."""
    return start_of_day(day + timedelta(days=1))


def day_vi(day: date) -> str:
    """The day as an office writes it: «thứ Hai, 08/06/2026»."""
    return f"{_WEEKDAYS_VI[day.weekday()]}, {day:%d/%m}/{day.year:04}"


def day_en(day: date) -> str:
    """The day in English: «Monday, 8 June 2026»."""
    return f"{_WEEKDAYS_EN[day.weekday()]}, {day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
