"""The same law, told a second time by somebody who never read the engine: one day after the other, on the fingers.

Shares nothing with the engine, not even the table of holidays. Slow and plain on purpose.
"""

from calendar import monthrange
from datetime import date, timedelta

DAY = timedelta(days=1)

OFF = {
    *(date(2024, 1, 1), date(2024, 4, 18), date(2024, 4, 29), date(2024, 4, 30), date(2024, 5, 1)),
    *(date(2024, 2, 8), date(2024, 2, 9), date(2024, 2, 12), date(2024, 2, 13), date(2024, 2, 14)),
    *(date(2024, 9, 2), date(2024, 9, 3)),
    *(date(2025, 1, 1), date(2025, 4, 7), date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2)),
    *(date(2025, 1, 27), date(2025, 1, 28), date(2025, 1, 29), date(2025, 1, 30), date(2025, 1, 31)),
    *(date(2025, 9, 1), date(2025, 9, 2)),
    *(date(2026, 1, 1), date(2026, 1, 2), date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1)),
    *(date(2026, 2, 16), date(2026, 2, 17), date(2026, 2, 18), date(2026, 2, 19), date(2026, 2, 20)),
    *(date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)),
    *(date(2027, 1, 1), date(2027, 4, 16), date(2027, 4, 30), date(2027, 5, 3), date(2027, 9, 2), date(2027, 9, 3)),
    *(date(2027, 2, 4), date(2027, 2, 5), date(2027, 2, 8), date(2027, 2, 9), date(2027, 2, 10)),
}
SATURDAYS_WORKED = {date(2024, 5, 4), date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)}
YEARS_KNOWN = range(2024, 2028)
EVERY_YEAR = {(1, 1), (30, 4), (1, 5), (2, 9)}


def works(day):
    if day in SATURDAYS_WORKED:
        return True
    if day.isoweekday() in (6, 7) or day in OFF:
        return False
    return day.year in YEARS_KNOWN or (day.day, day.month) not in EVERY_YEAR


def next_worked(day):
    while not works(day):
        day += DAY
    return day


def after(start, value, unit):
    """The last day of a period, before it moves off a day of rest."""
    if unit == "wd":
        return after_worked(start, value)
    if unit == "cd":
        return after_days(start, value)
    return after_months(start, value * {"month": 1, "year": 12}[unit])


def after_worked(day, count):
    while count > 0:
        day += DAY
        if works(day):
            count -= 1
    return day


def before_worked(day, count):
    while count > 0:
        day -= DAY
        if works(day):
            count -= 1
    return day


def after_days(day, count):
    for _ in range(count):
        day += DAY
    return day


def after_months(start, count):
    year, month = start.year, start.month
    for _ in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = date(year, month, 1)
    while day.day < start.day and day.day < monthrange(year, month)[1]:
        day += DAY
    return day


def due(start, value, unit, extensions=(), suspensions=()):
    """The last day. `extensions` are (value, unit) pairs, `suspensions` (from day, until day) pairs in order."""
    last = after(start, value, unit)
    for more, more_unit in extensions:
        last = after(last, more, more_unit)
    only_worked = unit == "wd" or any(each == "wd" for _, each in extensions)
    for stopped, resumed in suspensions:
        if stopped > next_worked(last):
            continue
        if stopped > last:
            last = next_worked(last)
        day = stopped
        while day < resumed:
            if not only_worked:
                last += DAY
            elif works(day):
                last = after_worked(last, 1)
            day += DAY
    return next_worked(last)
