"""What a year must have shown. Each check is a sentence that names what is missing."""

from collections.abc import Iterator
from datetime import date

from engine.demo.report import due_on, reason_codes
from engine.demo.trails import YearTrails
from engine.vocabulary import EventType

OUTCOMES = ("answered", "refused", "guided", "rerouted", "not_supplemented", "withdrawn")
CODES = (*(f"R{number}" for number in range(1, 9)), "G1", "G2", "G3", *(f"X{number}" for number in range(1, 5)))
LARGE_YEAR = 150
"""From so many requests on, everything that depends on somebody being late has happened too."""
INTERVENTIONS = (
    EventType.WORK_ITEM_REASSIGNED,
    EventType.DEADLINE_EXTENDED,
    EventType.COMMAND_REFUSED,
    EventType.CASE_SUSPENDED,
    EventType.CASE_RESUMED,
    EventType.CASE_RETURNED,
    EventType.CASE_CANCELLED,
)


def missing(year: YearTrails, count: int) -> Iterator[str]:
    """What should have happened and did not."""
    if len(year.requests) != count:
        yield f"{count} requests were to be filed, but there are {len(year.requests)}"
    ended = {trail.entry.outcome for trail in year.requests}
    yield from (f"no request ended as {outcome}" for outcome in OUTCOMES if outcome not in ended)
    used = {code for trail in year.requests for code in reason_codes(trail)}
    yield from (f"no request was decided with the reason {code}" for code in CODES if code not in used)
    if not any(trail.entries("strike_contents") for trail in year.requests):
        yield "no request was withdrawn in part"
    if not any(figures.withheld for figures in year.by_agency().values()):
        yield "no publication was withheld"
    yield from _missing_in_plans(year)
    events = year.events()
    if not events[EventType.DEADLINE_REPROJECTED]:
        yield "no deadline was moved by the late holiday"
    if not events[EventType.PERSON_ERASED]:
        yield "nobody's data were erased"
    if count >= LARGE_YEAR:
        yield from (f"no {event}" for event in INTERVENTIONS if not events[event])
        yield from (f"no agency has {name}" for name in ("on_time", "late", "escalated") if not _any(year, name))


def _missing_in_plans(year: YearTrails) -> Iterator[str]:
    if not any(trail.entry.outcome == "cancelled" for trail in year.tasks):
        yield "no plan task was cancelled"
    if not any(trail.start["period"] for trail in year.tasks):
        yield "no standing duty opened a period"
    for day in (date(2026, 3, 31), date(2026, 6, 30)):
        if not any(year.referrals.get(trail.entry.number) for trail, _status in due_on(year, day)):
            yield f"no plan task due on {day} was referred to inspection"


def _any(year: YearTrails, name: str) -> bool:
    return any(getattr(figures, name) for figures in year.by_agency().values())
