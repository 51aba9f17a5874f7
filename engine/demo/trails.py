"""The year as its trails tell it: every figure of the report is counted here from what an auditor can read."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from engine.authority import Actor
from engine.database import Database, Transaction
from engine.queries import cases
from engine.queries.cases import CaseEntry, TrailLine
from engine.time.clock import local_date
from engine.vocabulary import EventType

COMPLETED = {EventType.WORK_ITEM_COMPLETED, EventType.WORK_ITEM_COMPLETED_FOR}
ANSWERED_LATE = {"met_late", "lapsed"}


@dataclass
class Trail:
    """One case with its lines, oldest first, and what can be asked of them."""

    entry: CaseEntry
    lines: list[TrailLine] = field(repr=False)

    def entries(self, element: str) -> list[dict[str, Any]]:
        """What was entered at this step, each time it was done."""
        return [
            line.body.get("values") or line.body["input"]
            for line in self.lines
            if line.type in COMPLETED and line.body["element"] == element
        ]

    def day_of(self, element: str) -> date | None:
        """The day on which the step was done last."""
        days = [
            local_date(line.at) for line in self.lines if line.type in COMPLETED and line.body["element"] == element
        ]
        return days[-1] if days else None

    def count(self, event_type: EventType) -> int:
        return sum(line.type == event_type for line in self.lines)

    @cached_property
    def start(self) -> dict[str, Any]:
        """The variable `start` with which the case began."""
        values: dict[str, Any] = self.lines[0].body["input"]["variables"]["start"]
        return values

    @cached_property
    def deadlines(self) -> dict[tuple[str, int], dict[str, Any]]:
        """The last word on each deadline, by name and occurrence."""
        return {(d["name"], d["occurrence"]): d for line in self.lines for d in line.body.get("deadlines", ())}

    def status_of(self, deadline: str) -> str | None:
        """The status of the newest occurrence of the deadline."""
        found = [d["status"] for (name, _occurrence), d in sorted(self.deadlines.items()) if name == deadline]
        return found[-1] if found else None

    @cached_property
    def decision(self) -> dict[str, Any]:
        """What the head decided on a request and the clerk then told; empty as long as nothing was told."""
        decided = self.entries("decide")
        return decided[-1] if decided and self.entries("issue_notice") else {}

    @property
    def started_on(self) -> date:
        return local_date(self.entry.started_at)


@dataclass
class Figures:
    """What came of the requests to one agency. `escalated`: lapses of this agency that opened a referral."""

    received: int = 0
    accepted: int = 0
    refused: int = 0
    other: int = 0
    undecided: int = 0
    on_time: int = 0
    late: int = 0
    escalated: int = 0
    published: int = 0
    withheld: int = 0
    archived: int = 0

    def __add__(self, more: "Figures") -> "Figures":
        return Figures(**{name: value + getattr(more, name) for name, value in vars(self).items()})


class YearTrails:
    """All trails of the year."""

    def __init__(self, trails: list[Trail]) -> None:
        self.all = trails
        self.requests = [trail for trail in trails if trail.entry.process == "accountability_request"]
        self.tasks = [trail for trail in trails if trail.entry.process == "plan_task"]
        self.inspections = [trail for trail in trails if trail.entry.process == "inspection"]
        self.referrals: dict[str, list[Trail]] = {}
        for inspection in self.inspections:
            self.referrals.setdefault(inspection.start["referred_case"], []).append(inspection)

    def by_agency(self) -> dict[str, Figures]:
        """The figures of each agency that was asked, most requests first."""
        found: dict[str, Figures] = {}
        for trail in self.requests:
            found[trail.entry.agency] = found.get(trail.entry.agency, Figures()) + self._figures(trail)
        return dict(sorted(found.items(), key=lambda item: (-item[1].received, item[0])))

    def events(self) -> Counter[str]:
        """How often each type of event happened in the cases."""
        return Counter(line.type for trail in self.all for line in trail.lines)

    def longest(self, count: int) -> list[Trail]:
        """The requests that waited longest for their result in writing: answer, notice or decision to end."""
        return sorted(self.requests, key=lambda trail: (-self.waited(trail), trail.entry.id))[:count]

    def waited(self, trail: Trail) -> int:
        """Days from receipt to result; to the last line of the year when there is none yet."""
        is_accepted = trail.decision.get("outcome") == "accept"
        ends = ("send", "terminate") if is_accepted else ("terminate", "issue_notice", "record_supplement")
        results = [trail.day_of(element) for element in ends]
        known = [day for day in results if day is not None]
        until = max(known) if known else local_date(trail.entry.ended_at or self._last_at)
        return (until - trail.started_on).days

    @cached_property
    def _last_at(self) -> Any:
        return max(trail.lines[-1].at for trail in self.all)

    def _figures(self, trail: Trail) -> Figures:
        outcome = trail.decision.get("outcome")
        explain = trail.status_of("explain")
        publications = [entry["outcome"] for entry in trail.entries("publish")]
        is_over = (
            trail.entry.status != "open" or bool(trail.entries("terminate")) or "record_supplement" in self._over(trail)
        )
        return Figures(
            received=1,
            accepted=int(outcome == "accept"),
            refused=int(outcome == "refuse"),
            other=int(outcome in {"guide", "reroute"} or (outcome is None and is_over)),
            undecided=int(outcome is None and not is_over),
            on_time=int(explain == "met"),
            late=int(explain in ANSWERED_LATE),
            escalated=len(self.referrals.get(trail.entry.number, ())),
            published=publications.count("published"),
            withheld=publications.count("withheld"),
            archived=len(trail.entries("archive")),
        )

    @staticmethod
    def _over(trail: Trail) -> list[str]:
        ended = [entry for entry in trail.entries("record_supplement") if entry["outcome"] == "not_supplemented"]
        return ["record_supplement"] if ended else []


def read_trails(database: Database, auditor: Actor, progress: Callable[[int], None]) -> YearTrails:
    """Every trail that the auditor may read."""
    trails: list[Trail] = []
    with database.read(auditor) as tx:
        for entry in _entries(tx):
            trails.append(Trail(entry, _lines(tx, entry.number)))
            progress(len(trails))
    return YearTrails(trails)


def _entries(tx: Transaction) -> Iterator[CaseEntry]:
    after = 0
    while page := cases.cases(tx, after=after, limit=cases.MOST_ROWS):
        yield from page
        after = page[-1].id


def _lines(tx: Transaction, number: str) -> list[TrailLine]:
    lines: list[TrailLine] = []
    while page := cases.history(tx, number, after=lines[-1].seq if lines else 0, limit=cases.MOST_ROWS):
        lines += page
        if len(page) < cases.MOST_ROWS:
            break
    return lines
