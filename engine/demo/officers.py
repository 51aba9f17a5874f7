"""Who works in the year: the demonstration people of the installation and a few more, their habits and their diligence.

An officer looks at the worklist on certain weekdays at a certain hour, and when something was planned for the day; does each work
item after some days, and now and then forgets one. Bodies that no request and no plan gives anything to do are left out.
"""

from dataclasses import dataclass
from datetime import date
from random import Random

from engine.demo.matters import full_name
from engine.installation import WHOLE_OFFICES, DemoPerson, demo_people
from engine.vocabulary import Role
from workflows.plans.work_plans import load_organisations, load_plans

SERVICE_CENTRE = "ndh-tt-dvth"
ASKED = (*WHOLE_OFFICES, SERVICE_CENTRE)
"""The agencies that citizens ask in the year."""

ADMINISTRATOR = "dn-ubnd-administrator"
AUDITOR = "dn-thanh-tra-tinh-auditor"
MORE_HANDLERS = 1  # for each agency that is asked, beside the one of the installation

DAILY = frozenset(range(5))
MOST_DAYS = frozenset({0, 1, 3, 4})
EVERY_OTHER_DAY = frozenset({0, 2, 4})
TWICE = frozenset({0, 3})
WEEKLY = frozenset({2})
HABITS: dict[Role, tuple[int, frozenset[int], int]] = {
    Role.RECEIVER: (480, DAILY, 1),
    Role.PLAN_OWNER: (540, TWICE, 1),
    Role.HEAD: (570, MOST_DAYS, 1),
    Role.PLAN_MONITOR: (600, TWICE, 1),
    Role.CLERK: (630, DAILY, 1),
    Role.COOPERATING_UNIT: (810, TWICE, 1),
    Role.LEAD_UNIT: (825, WEEKLY, 2),
    Role.HANDLER: (840, EVERY_OTHER_DAY, 1),
    Role.INSPECTOR: (870, WEEKLY, 1),
    Role.PARTY_INSPECTOR: (870, WEEKLY, 1),
    Role.SUPERVISOR: (900, TWICE, 1),
    Role.PUBLISHER: (960, TWICE, 1),
    Role.ARCHIVIST: (980, WEEKLY, 3),
}
"""At which minute of the day, on which weekdays (Monday = 0) and every how many weeks a role looks at its worklist for new things."""

DILIGENCE = {
    "dn-so-khcn": 99,
    "dn-so-noi-vu": 98,
    "dn-so-tai-chinh": 98,
    "dn-ubnd": 97,
    "ndh-ubnd": 97,
    SERVICE_CENTRE: 95,
}
USUAL_DILIGENCE = 95
"""In how many of a hundred work items an officer does not forget."""


NAMED_BY_OWNER = {
    "DN": ("dn-du-ubnd", "dn-ban-tuyen-giao-dan-van", "dn-ban-to-chuc"),
    "NDH": ("ndh-ban-xay-dung-dang", "ndh-du-ubnd", "ndh-mttq", "ndh-ubkt"),
}
"""Whom the owner of a plan names where the plan names nobody, or only a class of bodies."""


@dataclass(frozen=True)
class Officer:
    """One participant with habits. `diligence`: in how many of a hundred work items nothing is forgotten."""

    id: str
    name: str
    agency: str
    roles: tuple[tuple[str, str], ...]
    minute: int
    weekdays: frozenset[int]
    weeks: int
    diligence: int

    def looks_on(self, day: date) -> bool:
        """Whether the officer usually looks at the worklist on this working day; a Saturday that is worked counts as a Friday."""
        return min(day.weekday(), 4) in self.weekdays and day.isocalendar().week % self.weeks == 0


class Staff:
    """All officers, and who holds which role where."""

    def __init__(self, officers: list[Officer]) -> None:
        self.officers = sorted(officers, key=lambda officer: (officer.minute, officer.id))
        self.by_id = {officer.id: officer for officer in officers}
        self._holders: dict[tuple[str, str], list[str]] = {}
        for officer in self.officers:
            for held in officer.roles:
                self._holders.setdefault(held, []).append(officer.id)

    def holders(self, role: str, agency: str) -> list[str]:
        """The ids of those who hold the role in the agency, in a fixed order."""
        return self._holders.get((role, agency), [])

    def one(self, role: str, agency: str) -> str:
        """The first of them. Raises KeyError when nobody does."""
        return self._holders[(role, agency)][0]

    def name_of(self, identity: str) -> str:
        return self.by_id[identity].name


def staff(seed: int) -> Staff:
    """The people of the installation with habits, and more handlers for the agencies that are asked."""
    rng = Random(f"staff/{seed}")  # noqa: S311 - a simulation
    people = [*demo_people(load_organisations()), *more_handlers()]
    busy = busy_bodies()
    workers = [person for person in people if person.agency in busy and person.id not in {ADMINISTRATOR, AUDITOR}]
    return Staff([_officer(person, rng) for person in workers])


def more_handlers() -> list[DemoPerson]:
    """The handlers that this demonstration adds, so that a supervisor has somebody to reassign to."""
    return [
        DemoPerson(
            f"{agency}-handler-{number}", full_name(1000 + 17 * place + number), agency, ((Role.HANDLER, agency),)
        )
        for place, agency in enumerate(ASKED)
        for number in range(2, 2 + MORE_HANDLERS)
    ]


def busy_bodies() -> frozenset[str]:
    """Who is asked; who leads, owns or monitors a task of the plans, or may be named by the owner; and who looks into their lapses."""
    found = {*ASKED, *(body for named in NAMED_BY_OWNER.values() for body in named)}
    for plan in load_plans():
        found |= {plan.owner, plan.monitor}
        found |= {body for bodies in plan.members.values() for body in bodies}
        found |= {task.lead[0] for task in plan.tasks if task.lead}
    routings = [body.routing for body in load_organisations() if body.id in found and body.routing]
    for routing in routings:
        looking = (routing.superior, routing.checks, routing.inspects, routing.administers, routing.party_inspects)
        found |= {body for body in looking if body}
    return frozenset(found)


def _officer(person: DemoPerson, rng: Random) -> Officer:
    """In the agencies that are asked as the roles want it; elsewhere once a week, or every other week for what has time."""
    habits = [HABITS[role] for role, _agency in person.roles if role in HABITS]
    is_asked = person.agency in ASKED
    is_planner = bool({role for role, _agency in person.roles} & {Role.PLAN_OWNER, Role.PLAN_MONITOR})
    weekdays = frozenset().union(*(days for _minute, days, _weeks in habits))
    return Officer(
        id=person.id,
        name=person.name,
        agency=person.agency,
        roles=tuple((str(role), agency) for role, agency in person.roles),
        minute=min(minute for minute, _days, _weeks in habits) + rng.randrange(25),
        weekdays=weekdays if is_asked or is_planner else frozenset({rng.randrange(5)}),
        weeks=min(weeks for _minute, _days, weeks in habits)
        if is_asked
        else 2
        if person.id.endswith("-officer")
        else 1,
        diligence=DILIGENCE.get(person.agency, USUAL_DILIGENCE) + rng.randrange(-1, 2),
    )
