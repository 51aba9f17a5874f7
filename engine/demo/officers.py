"""Who works in the year: the demonstration people of the installation and a few more, their habits and their diligence.

An officer looks at the worklist on certain weekdays at a certain hour, and when something was planned for the day; does each work
item after some days, and now and then forgets one. Who can get no work in this year is left out.
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
    Role.PLAN_OWNER: (540, WEEKLY, 1),
    Role.HEAD: (570, MOST_DAYS, 1),
    Role.PLAN_MONITOR: (600, WEEKLY, 1),
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


OFFICE_WORK = (
    Role.RECEIVER,
    Role.HEAD,
    Role.CLERK,
    Role.HANDLER,
    Role.COOPERATING_UNIT,
    Role.PUBLISHER,
    Role.ARCHIVIST,
)
PLAN_WORK = (Role.HEAD, Role.LEAD_UNIT, Role.PUBLISHER, Role.ARCHIVIST)
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
    needed = needed_roles()
    workers = [person for person in people if needed & set(person.roles)]
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


def needed_roles() -> frozenset[tuple[Role, str]]:
    """The roles that the diagrams can give work to: in the agencies that are asked, in the bodies that lead, own or monitor a plan task,
    and in those that look into the lapses of either.
    """
    leads = {body for named in NAMED_BY_OWNER.values() for body in named}
    found = {(role, agency) for agency in ASKED for role in OFFICE_WORK}
    for plan in load_plans():
        leads |= {body for bodies in plan.members.values() for body in bodies}
        leads |= {task.lead[0] for task in plan.tasks if task.lead}
        found |= {(Role.PLAN_OWNER, plan.owner), (Role.PLAN_MONITOR, plan.owner), (Role.PLAN_MONITOR, plan.monitor)}
        found |= {(Role.ARCHIVIST, plan.owner)}
    found |= {(role, body) for body in leads for role in PLAN_WORK}
    for routing in (body.routing for body in load_organisations() if body.id in {*ASKED, *leads} and body.routing):
        looking = {
            (Role.SUPERVISOR, routing.superior),
            (Role.ARCHIVIST, routing.superior),
            (Role.SUPERVISOR, routing.checks),
            (Role.INSPECTOR, routing.inspects),
            (Role.HEAD, routing.administers),
            (Role.PARTY_INSPECTOR, routing.party_inspects),
        }
        found |= {(role, body) for role, body in looking if body}
    return frozenset(found)


def _officer(person: DemoPerson, rng: Random) -> Officer:
    """In the agencies that are asked as the roles want it; elsewhere once a week, or every other week for what has time."""
    habits = [HABITS[role] for role, _agency in person.roles if role in HABITS]
    is_asked = person.agency in ASKED
    weekdays = frozenset().union(*(days for _minute, days, _weeks in habits))
    return Officer(
        id=person.id,
        name=person.name,
        agency=person.agency,
        roles=tuple((str(role), agency) for role, agency in person.roles),
        minute=min(minute for minute, _days, _weeks in habits) + rng.randrange(25),
        weekdays=weekdays if is_asked else frozenset({rng.randrange(5)}),
        weeks=min(weeks for _minute, _days, weeks in habits)
        if is_asked
        else 2
        if person.id.endswith("-officer")
        else 1,
        diligence=DILIGENCE.get(person.agency, USUAL_DILIGENCE) + rng.randrange(-1, 2),
    )
