"""The language of the acceptance tests: what happens in offices, in the words of the law and of the architecture page.

    @acceptance
    def test_an_answer_after_the_due_date_is_recorded_as_late(scenario):
        scenario.a_request_is_filed("2026-06-01")
        scenario.the_request_is_accepted_on("2026-06-03")
        scenario.it_is("2026-06-19")
        assert scenario.deadline("explain") == ("2026-06-18", "lapsed")

Each verb gives the command that a door would give, as the person whose work it is, on a real database whose clock stands until it is told
to move. When it moves, every timer on the way takes effect at its own instant, as if a worker had never slept. After each scenario the
trails verify, every case replays, nothing is open in a closed case, and whatever is open can be done by somebody.
"""

import inspect
import itertools
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from functools import cache, wraps
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

from engine import commands, migrations
from engine.apply import load_case_by_number, start_case
from engine.apply.steps import NewCase
from engine.audit import replay, verification
from engine.authority import SYSTEM_ACTOR, Actor
from engine.commands import definitions, documents, law, messages, overrides, people, plans, requests, timers, work_items
from engine.database import Database, Transaction
from engine.errors import Refusal
from engine.queries import cases, worklists
from engine.registers import definitions as register
from engine.registers.participants import actor_of
from engine.registers.tracking_codes import new_code
from engine.tables import (
    case_,
    case_link,
    deadline,
    event,
    incident,
    metadata,
    outbox,
    participant,
    role_assignment,
    timer,
    work_item,
)
from engine.time.clock import VIETNAM, VirtualClock, local_date
from engine.vocabulary import WorkItemStatus
from workflows.plans.work_plans import WorkPlan, load_organisations, load_plans

OPEN_WORK = (WorkItemStatus.OFFERED, WorkItemStatus.CLAIMED)
NINE = time_of_day(9)
FIRST_DAY = "2025-12-01"  # every scenario begins here, a Monday, and moves on


# --- how a scenario becomes a test ------------------------------------------------------------------------------------


def acceptance(tell: Callable[..., None]) -> Callable[..., None]:
    """The test of a scenario: on both databases, and afterwards everything that must always hold, holds."""

    @wraps(tell)
    def test(any_database: Database, **given: Any) -> None:
        run(tell, any_database, **given)

    names = [inspect.Parameter("any_database", inspect.Parameter.KEYWORD_ONLY)]
    names += [p.replace(kind=p.KEYWORD_ONLY) for p in list(inspect.signature(tell).parameters.values())[1:]]
    test.__signature__ = inspect.Signature(names)
    test.tell = tell
    return test


def run(tell: Callable[..., None], database: Database, **given: Any) -> "Scenario":
    """Tells one scenario on this database."""
    scenario = Scenario(database)
    tell(scenario, **given)
    scenario.everything_holds()
    return scenario


def told_in(module: Any) -> Iterator[tuple[str, Callable[..., None], dict[str, Any]]]:
    """Every scenario of a module with each set of its parameters: (name, what is told, what is given)."""
    for name, test in vars(module).items():
        if not hasattr(test, "tell"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        for rows in itertools.product(*(_rows(*mark.args[:2]) for mark in marks)):
            yield name, test.tell, {key: value for row in rows for key, value in row.items()}


def _rows(names: Any, values: Any) -> list[dict[str, Any]]:
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    return [dict(zip(keys, (value,) if len(keys) == 1 else value, strict=True)) for value in values]


@contextmanager
def refused(code: str) -> Iterator[Any]:
    """The act inside is refused with this code. What is yielded holds the refusal afterwards."""
    seen = _Seen()
    try:
        yield seen
    except Refusal as refusal:
        assert refusal.code == code, f"Expected the refusal {code}, but it was {refusal}"
        assert refusal.vi, "a refusal speaks Vietnamese"
        assert refusal.en, "and English"
        seen.refusal = refusal
        return
    raise AssertionError(f"Expected the act to be refused ({code}), but it was carried out")


class _Seen:
    refusal: Any = None


# --- the working days of 2026, by hand (research: calendar of the year, notices 9441/TB-BNV and 12729/VPCP-KGVX) ------

WORKED_SATURDAYS = {date(2026, 1, 10), date(2026, 8, 22)}
DAYS_OFF = {
    *(date(2026, 1, day) for day in (1, 2)),
    *(date(2026, 2, day) for day in range(16, 21)),
    *(date(2026, 4, day) for day in (27, 30)),
    date(2026, 5, 1),
    date(2026, 8, 31),
    *(date(2026, 9, day) for day in (1, 2)),
}


def is_worked(day: date) -> bool:
    """Whether offices work on this day of 2026."""
    return day in WORKED_SATURDAYS or (day.weekday() < 5 and day not in DAYS_OFF)


# --- the stage: law, processes, bodies and people ---------------------------------------------------------------------

WARD, PROVINCE, INSPECTORATE = "ndh-ubnd", "qt-ubnd", "qt-thanh-tra-tinh"
CULTURE, SERVICES, FRONT = "ndh-phong-vhxh", "ndh-tt-dvth", "ndh-mttq"
CITIZEN = Actor("requester", "Người yêu cầu", "public")

# The people of the ward's committee and above it, by name. (Names are invented.)
NAMED = {
    "le-thi-hoa": ("Lê Thị Hoa", WARD, ["receiver"]),
    "nguyen-van-thu": ("Nguyễn Văn Thư", WARD, ["clerk"]),
    "tran-thi-lan": ("Trần Thị Lan", WARD, ["head"]),
    "hoang-van-binh": ("Hoàng Văn Bình", WARD, ["handler"]),
    "pham-van-dung": ("Phạm Văn Dũng", WARD, ["handler"]),
    "vo-thi-mai": ("Võ Thị Mai", WARD, ["publisher"]),
    "dang-thi-cuc": ("Đặng Thị Cúc", WARD, ["archivist"]),
    "bui-quoc-viet": ("Bùi Quốc Việt", PROVINCE, ["supervisor"]),
    "ngo-thi-ha": ("Ngô Thị Hà", PROVINCE, ["supervisor"]),
    "do-minh-kiem": ("Đỗ Minh Kiểm", PROVINCE, ["auditor"]),
    "ly-van-tri": ("Lý Văn Trị", PROVINCE, ["administrator"]),
}
# What every body has: somebody at its head, an officer, an office.
POSTS = {
    "head": ("Người đứng đầu", ["head"]),
    "officer": ("Chuyên viên", ["lead_unit", "handler", "cooperating_unit"]),
    "office": ("Văn phòng", ["clerk", "publisher", "archivist"]),
}
# And what it has because the register gives it a part in others' lapses, or a plan does.
BY_ROUTING = {
    "superior": ("Lãnh đạo cấp trên", "supervisor"),
    "checks": ("Lãnh đạo cấp trên", "supervisor"),
    "inspects": ("Thanh tra viên", "inspector"),
    "party_inspects": ("Kiểm tra viên", "party_inspector"),
}
Person = tuple[str, str, str, list[str]]  # id, name, body, roles


@cache
def everybody() -> tuple[Person, ...]:
    """Who works where: (id, name, body, roles)."""
    persons: dict[str, Person] = {who: (who, *rest) for who, rest in NAMED.items()}
    bodies = {body.id: body for body in load_organisations()}

    def add(body: str, post: str, title: str, roles: list[str]) -> None:
        persons.setdefault(f"{body}.{post}", (f"{body}.{post}", f"{title}, {bodies[body].name_vi}", body, roles))

    for body in bodies.values():
        for post, (title, roles) in POSTS.items() if body.id != WARD else ():
            add(body.id, post, title, roles)
        for relation, (title, role) in BY_ROUTING.items():
            other = getattr(body.routing, relation) if body.routing else None
            if other and (other, role) != (PROVINCE, "supervisor"):
                add(other, role, title, [role])
    for plan in load_plans():
        add(plan.owner, "plan_owner", "Cơ quan ban hành kế hoạch", ["plan_owner"])
        add(plan.monitor, "plan_monitor", "Theo dõi kế hoạch", ["plan_monitor"])
    return tuple(persons.values())


@cache
def the_stage() -> dict[str, list[dict[str, Any]]]:
    """The rows of a database in which the law is loaded, the processes are published and everybody has their post."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'stage.sqlite3'}"
        migrations.upgrade(url)
        database = Database(url, VirtualClock(_at(FIRST_DAY)))
        with database.begin(SYSTEM_ACTOR) as tx:
            _furnish(tx)
        with database.engine.connect() as connection:
            tables = {t.name: [dict(row._mapping) for row in connection.execute(select(t))] for t in metadata.sorted_tables}
        database.dispose()
    return {name: rows for name, rows in tables.items() if rows}


def _furnish(tx: Transaction) -> None:
    law.load_shipped(tx)
    definitions.publish_catalogue(tx)
    people.set_organisations(tx, [_organisation(body) for body in load_organisations()])
    for identity, name, body, roles in everybody():
        people.set_participant(tx, identity, name, body)
        for role in roles:
            people.assign_role(tx, identity, role, body, date(2024, 1, 1))


def _organisation(body: Any) -> dict[str, Any]:
    entry = asdict(body)
    routing = entry.pop("routing") or {}
    return {**entry, **{name: value for name, value in routing.items() if name != "basis_vi"}}


def set_the_stage(database: Database) -> None:
    """Puts the rows of the stage into an empty database."""
    rows = the_stage()
    with database.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name in rows:
                connection.execute(insert(table), rows[table.name])
        if connection.dialect.name == "postgresql":  # the next definition comes after those that were put in
            connection.execute(text("SELECT setval(pg_get_serial_sequence('definition', 'id'), (SELECT max(id) FROM definition))"))


def _at(day: str, hour: time_of_day = NINE) -> datetime:
    return datetime.combine(date.fromisoformat(day), hour, VIETNAM)


# --- the scenario -----------------------------------------------------------------------------------------------------


class Teller:
    """A database, its clock, and the case that is spoken of."""

    def __init__(self, database: Database) -> None:
        set_the_stage(database)
        self.clock = VirtualClock(_at(FIRST_DAY))
        self.database = database
        self.database.clock = self.clock
        self.case = ""
        self.codes: dict[str, str] = {}
        self.expected_incidents: set[str] = set()

    # time

    @property
    def today(self) -> str:
        """The day, as forms want it."""
        return local_date(self.clock.now()).isoformat()

    def it_is(self, day: str, hour: str = "09:00") -> None:
        """That day in Vietnam, at nine; every timer on the way takes effect at its own instant."""
        self._pass_until(_at(day, time_of_day.fromisoformat(hour)))

    def days_pass(self, count: int) -> None:
        """So many calendar days later, at nine."""
        self.it_is((date.fromisoformat(self.today) + timedelta(days=count)).isoformat())

    def working_days_pass(self, count: int) -> None:
        """So many working days later, at nine."""
        day = date.fromisoformat(self.today)
        while count:
            day += timedelta(days=1)
            count -= is_worked(day)
        self.it_is(day.isoformat())

    def the_worker_sleeps_until(self, day: str) -> None:
        """It is that day, at nine, and nobody has looked at the timers since."""
        self.clock.set(_at(day))

    def _pass_until(self, instant: datetime) -> None:
        assert instant >= self.clock.now(), f"time does not run back: it is {self.today}, not {instant}"
        while (due := timers.next_due(self.database)) is not None and due <= instant:
            self.clock.set(max(due, self.clock.now()))
            timers.lapse_all_due(self.database)
        self.clock.set(instant)

    # people and their acts

    def actor(self, who: str) -> Actor:
        """The person with the roles of today."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            return actor_of(tx, who)

    def someone(self, role: str, body: str) -> str:
        """A person who holds the role in the body."""
        for identity, _name, at, roles in everybody():
            if at == body and role in roles:
                return identity
        raise AssertionError(f"nobody is {role} of {body}")

    def act(self, actor: Actor, command: str, do: Callable[[Transaction], dict[str, Any]], said: Any = None) -> dict[str, Any]:
        """A command, once, with a key, as the doors give it."""
        return commands.perform(self.database, actor, command, do, key=f"{command} {next(KEYS)}", said=said)

    def work(self, element: str, instance: Any = None) -> cases.WorkView:
        """The open work item of the case that stands at this element."""
        for item in self.open_work_items():
            if item.element == element and instance in (None, item.instance):
                return item
        raise AssertionError(f"{element} is not open in {self.case}, but {self.open}")

    def does(self, element: str, entry: dict[str, Any], instance: Any = None, by: str | None = None) -> dict[str, Any]:
        """The person whose work it is completes the work item with this entry."""
        item = self.work(element, instance)
        who = self.actor(by or item.holder or self.someone(item.role, item.agency))
        number = self.case

        def complete(tx: Transaction) -> dict[str, Any]:
            return work_items.complete(tx, number, item.token, entry)

        return self.act(who, "complete", complete, entry)

    def sends(self, who: str, message: str, entry: dict[str, Any]) -> dict[str, Any]:
        """A participant sends a message to the case."""
        number = self.case
        return self.act(self.actor(who), "send", lambda tx: messages.send(tx, number, message, entry), entry)

    # what is to be seen

    def turn_to(self, number: str) -> None:
        """Speak of this case from now on."""
        self.case = number

    @contextmanager
    def speaking_of(self, number: str) -> Iterator[None]:
        """Speak of this case for a while."""
        before, self.case = self.case, number
        try:
            yield
        finally:
            self.case = before

    def file(self, as_: str | None = None) -> cases.CaseFile:
        """The case as this person sees it (the system sees everything)."""
        with self.database.read(self.actor(as_) if as_ else SYSTEM_ACTOR) as tx:
            return cases.case_file(tx, self.case)

    def open_work_items(self) -> list[cases.WorkView]:
        with self.database.read(SYSTEM_ACTOR) as tx:
            work = cases.work_of(tx, cases.readable_case(tx, self.case))
        return [item for item in work if item.status in OPEN_WORK]

    @property
    def open(self) -> list[str]:
        """The elements of the case at which somebody's work is open."""
        return sorted(item.element for item in self.open_work_items())

    @property
    def variables(self) -> dict[str, Any]:
        return self.file().variables

    def worklist(self, who: str) -> list[tuple[str, str]]:
        """What this person may do: (case, element), the nearest due date first."""
        with self.database.read(self.actor(who)) as tx:
            return [(entry.case, entry.element) for entry in worklists.worklist(tx)]

    def deadline(self, name: str, occurrence: int | None = None) -> tuple[str | None, str]:
        """(due on, status) of the deadline; of its newest occurrence when none is named."""
        found = [d for d in self.file().deadlines if d.name == name and occurrence in (None, d.occurrence)]
        assert found, f"{self.case} has no deadline {name}, but {[d.name for d in self.file().deadlines]}"
        return found[-1].due_on, found[-1].status

    @property
    def deadlines(self) -> dict[str, tuple[str | None, str]]:
        """All deadlines of the case: name -> (due on, status) of the newest occurrence."""
        return {d.name: (d.due_on, d.status) for d in self.file().deadlines}

    def the_case_is(self, status: str, outcome: str | None = None) -> None:
        """Asserts where the case is, and what came of it."""
        entry = self.file().entry
        assert (entry.status, entry.outcome) == (status, outcome), self.case

    the_request_is = the_task_is = the_inspection_is = the_case_is

    @property
    def told(self) -> list[tuple[str, str]]:
        """Who was told what, in order: (role, deadline) of every reminder of the case."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            query = select(outbox.c.payload).join(case_, case_.c.id == outbox.c.case_id).where(case_.c.number == self.case)
            payloads = [json.loads(row.payload) for row in tx.connection.execute(query.order_by(outbox.c.id))]
        return [(payload["to_role"], payload["deadline"]) for payload in payloads]

    @property
    def referrals(self) -> list[str]:
        """The inspections that lapses of the case started, oldest first."""
        return [link["case"] for link in self.file().links if link["kind"] == "referral" and link["case"] != self.case]

    @property
    def parts(self) -> list[str]:
        """The parts or periods that the case opened, oldest first."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            parent = select(case_.c.id).where(case_.c.number == self.case).scalar_subquery()
            query = select(case_.c.number).join(case_link, case_link.c.other_id == case_.c.id)
            rows = tx.connection.execute(query.where(case_link.c.case_id == parent, case_link.c.kind == "part").order_by(case_.c.id))
            return [row.number for row in rows]

    def trail(self, *types: str) -> list[dict[str, Any]]:
        """The lines of the case's history, of these types or all."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            lines = cases.history(tx, self.case, limit=cases.MOST_ROWS)
        return [line.body for line in lines if not types or line.type in types]

    def passed(self) -> list[tuple[str, list[str], list[str]]]:
        """Every step of every case: (process, elements passed, elements at which tokens came to stand)."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            query = select(case_.c.process, event.c.body).join(case_, case_.c.id == event.c.trail_id)
            bodies = [(row.process, json.loads(row.body)) for row in tx.connection.execute(query.order_by(event.c.trail_id, event.c.seq))]
        deltas = [(process, body["delta"]) for process, body in bodies if "delta" in body]
        return [(process, delta["passed"], [token[1] for token in delta["come"]]) for process, delta in deltas]

    # what always holds

    def everything_holds(self) -> None:
        """Trails verify, cases replay, nothing is open in a closed case, what is open can be done, nothing due was left lying."""
        timers.lapse_all_due(self.database)
        assert verification.verify_all(self.database).breaks == ()
        assert replay.replay_all(self.database).divergences == ()
        with self.database.read(SYSTEM_ACTOR) as tx:
            assert _open_in_closed_cases(tx) == []
            assert _work_that_nobody_can_do(tx) == []
            assert tx.connection.execute(select(func.count()).select_from(timer).where(timer.c.due_at <= tx.now)).scalar_one() == 0
            kinds = {row.kind for row in tx.connection.execute(select(incident.c.kind))}
        assert kinds == self.expected_incidents


def _open_in_closed_cases(tx: Transaction) -> list[Any]:
    closed = case_.c.status.in_(["completed", "cancelled"])
    work = select(case_.c.number, work_item.c.element).join(case_, case_.c.id == work_item.c.case_id).where(closed, work_item.c.status.in_(OPEN_WORK))
    clocks = select(case_.c.number, deadline.c.name).join(case_, case_.c.id == deadline.c.case_id)
    clocks = clocks.where(closed, deadline.c.status.in_(["running", "suspended"]))
    alarms = select(case_.c.number, timer.c.element).join(case_, case_.c.id == timer.c.case_id).where(closed)
    return [tuple(row) for query in (work, clocks, alarms) for row in tx.connection.execute(query)]


def _work_that_nobody_can_do(tx: Transaction) -> list[Any]:
    holders = select(role_assignment.c.participant_id, role_assignment.c.role, role_assignment.c.agency)
    holders = holders.join(participant, participant.c.id == role_assignment.c.participant_id).where(participant.c.active)
    held = {tuple(row) for row in tx.connection.execute(holders)}
    posts = {(role, body) for _who, role, body in held}
    items = tx.connection.execute(select(work_item).where(work_item.c.status.in_(OPEN_WORK)))
    return [
        (item.case_id, item.element, item.role, item.agency, item.holder)
        for item in items
        if (item.role, item.agency) not in posts or (item.holder and (item.holder, item.role, item.agency) not in held)
    ]


KEYS = itertools.count(1)
