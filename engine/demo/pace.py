"""When an officer does a work item: so many days after first seeing it, later when it was forgotten."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from engine.demo.officers import Officer
from engine.demo.requests_of_the_year import Story
from engine.queries.worklists import WorklistEntry
from engine.time.clock import local_date

PACE = {
    "accountability_request.classify": (0, 1),
    "accountability_request.decide": (0, 1),
    "accountability_request.ask_supplement": (0, 1),
    "accountability_request.issue_notice": (0, 1),
    "accountability_request.assign": (0, 1),
    "accountability_request.contribute": (0, 2),
    "accountability_request.verify": (1, 2),
    "accountability_request.draft": (0, 2),
    "accountability_request.approve": (0, 1),
    "accountability_request.send": (0, 0),
    "accountability_request.choose_course": (0, 0),
    "accountability_request.terminate": (1, 3),
    "accountability_request.strike_contents": (0, 1),
    "accountability_request.publish": (0, 2),
    "accountability_request.close_file": (1, 5),
    "accountability_request.archive": (20, 75),
    "inspection.ask_report": (0, 2),
    "inspection.report": (1, 4),
    "inspection.decide": (0, 4),
    "inspection.check": (5, 15),
    "inspection.inspect": (12, 28),
    "inspection.conclude": (5, 14),
    "inspection.implement": (4, 14),
    "inspection.party_inspect": (8, 20),
    "inspection.hand_over": (2, 5),
    "inspection.record_outcome": (1, 5),
    "inspection.archive_inspection": (30, 90),
    "plan_task.set_due_date": (0, 2),
    "plan_task.assign_task": (0, 3),
    "plan_task.accept_result": (0, 2),
    "plan_task.report_cause": (0, 3),
    "plan_task.publish_result": (0, 3),
    "plan_task.archive_task": (20, 90),
}
"""After how many days, at least and at most, a work item of this form is done."""

SUPPLEMENT = "accountability_request.record_supplement"
NEVER_FORGOTTEN = {form for form, (least, _most) in PACE.items() if least >= 20}
NOT_TO_HURRY = NEVER_FORGOTTEN | {SUPPLEMENT, "inspection.verify_done"}
"""What has its own time: nothing is gained, or taken from a requester, by doing it sooner."""
FORGOTTEN_FOR = (5, 24)  # days
SUPPLEMENT_AWAITED = (16, 19)  # days until the desk records that nothing came: ten working days and a little
LONG_AHEAD = 60  # days before the due date from which a progress note is written halfway
NEVER = date.max

LATE_ON_PURPOSE = {"DN-III.4.a": 12, "DN-III.2.b": 10, "DN-III.2.c": 3}
"""Tasks due on 31 March and 30 June whose doers are late by so many days, whatever the seed: the lapses that the plans are about."""


@dataclass(frozen=True)
class Circumstances:
    """What beside the item itself decides when it is done: the request it belongs to; for a plan task, by how many days its doer is
    late on purpose, and whether a progress note was written.
    """

    story: Story | None = None
    late_by: int = 0
    has_note: bool = False


def day_for(officer: Officer, item: WorklistEntry, today: date, rng: Random, known: Circumstances) -> date:
    """The day on which the officer will do the work item that was seen today for the first time."""
    story = known.story
    if item.form == "plan_task.carry_out":
        return _day_of_report(officer, item, today, rng, known)
    if item.form == "inspection.verify_done":
        return max(_due_day(item, today), today + timedelta(days=1))
    if item.form == SUPPLEMENT:
        is_brought = story is not None and story.kind == "supplemented_at_the_desk"
        return today + timedelta(days=rng.randint(*((3, 6) if is_brought else SUPPLEMENT_AWAITED)))
    if story is not None and story.kind == "requester_died" and item.form == "accountability_request.verify":
        return NEVER
    days = rng.randint(*PACE[item.form])
    in_wave = story is not None and story.in_wave
    if item.form not in NEVER_FORGOTTEN and not in_wave and _forgets(officer, rng):
        days += rng.randint(*FORGOTTEN_FOR)
    return today + timedelta(days=days)


def _day_of_report(officer: Officer, item: WorklistEntry, today: date, rng: Random, known: Circumstances) -> date:
    """Halfway for a progress note when the due date is far; some days before it for the result; after it when late."""
    due = _due_day(item, today)
    left = (due - today).days
    if left > LONG_AHEAD and not known.has_note:
        return today + timedelta(days=left * rng.randint(40, 55) // 100)
    if known.late_by:
        return due + timedelta(days=known.late_by)
    if left <= 6:
        return today + timedelta(days=rng.randint(1, 5))
    if _forgets(officer, rng):
        return due + timedelta(days=rng.randint(2, 20))
    return due - timedelta(days=rng.randint(6, 16))


def _due_day(item: WorklistEntry, today: date) -> date:
    return local_date(item.due_at) - timedelta(days=1) if item.due_at else today


def _forgets(officer: Officer, rng: Random) -> bool:
    return rng.randrange(100) >= officer.diligence
