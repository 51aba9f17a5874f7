"""Periods of a standing duty: quarters and years, as plain dictionaries that an expression can hold."""

from datetime import date, timedelta
from typing import Any

MONTHS_OF_A_QUARTER = 3
ROMAN = ("I", "II", "III", "IV")


def period_of(day: date, cadence: str) -> dict[str, Any]:
    """The quarter or year that holds this day: {"cadence", "label", "from", "to"} with ISO dates, both inclusive."""
    if cadence == "year":
        return _period(cadence, f"năm {day.year}", date(day.year, 1, 1), date(day.year, 12, 31))
    if cadence != "quarter":
        raise ValueError(f"Expected the cadence quarter or year, but it is {cadence!r}")
    quarter = (day.month - 1) // MONTHS_OF_A_QUARTER
    first = date(day.year, quarter * MONTHS_OF_A_QUARTER + 1, 1)
    following = date(day.year + (quarter + 1) // 4, (quarter + 1) % 4 * MONTHS_OF_A_QUARTER + 1, 1)
    return _period(cadence, f"quý {ROMAN[quarter]}/{day.year}", first, following - timedelta(days=1))


def next_period(period: dict[str, Any]) -> dict[str, Any]:
    """The period that begins on the day after this one ends."""
    return period_of(date.fromisoformat(period["to"]) + timedelta(days=1), period["cadence"])


def _period(cadence: str, label: str, first: date, last: date) -> dict[str, Any]:
    return {"cadence": cadence, "label": label, "from": first.isoformat(), "to": last.isoformat()}
