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
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from engine import commands, migrations
from engine.audit import replay, verification
from engine.authority import SYSTEM_ACTOR, Actor
from engine.commands import (
    definitions,
    documents,
    law,
    messages,
    overrides,
    people,
    plans,
    requests,
    timers,
    work_items,
)
from engine.database import Database, Transaction
from engine.errors import Refusal
from engine.queries import cases, worklists
from engine.queries.tracking import Tracking, tracking
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
        run(tell, any_database, **given).everything_holds()

    names = [inspect.Parameter("any_database", inspect.Parameter.KEYWORD_ONLY)]
    names += [p.replace(kind=p.KEYWORD_ONLY) for p in list(inspect.signature(tell).parameters.values())[1:]]
    shown: Any = test
    shown.__signature__ = inspect.Signature(names)  # what pytest is to pass: the database and the parameters
    shown.tell = tell
    return test


def run(tell: Callable[..., None], database: Database, **given: Any) -> "Scenario":
    """Tells one scenario on this database."""
    scenario = Scenario(database)
    tell(scenario, **given)
    return scenario


def told_in(module: Any) -> Iterator[tuple[Callable[..., None], dict[str, Any]]]:
    """Every scenario of a module that is expected to hold, with each set of its parameters: (what is told, what is given)."""
    for test in vars(module).values():
        marks = getattr(test, "pytestmark", [])
        if not hasattr(test, "tell") or any(mark.name == "xfail" for mark in marks):
            continue
        sets = [_rows(*mark.args[:2]) for mark in marks if mark.name == "parametrize"]
        for rows in itertools.product(*sets):
            yield test.tell, {key: value for row in rows for key, value in row.items()}


def _rows(names: Any, values: Any) -> list[dict[str, Any]]:
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    return [dict(zip(keys, (value,) if len(keys) == 1 else value, strict=True)) for value in values]


@contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """The act inside is refused with this code, in both languages; `.value` of what is yielded is the refusal."""
    with pytest.raises(Refusal) as seen:
        yield seen
    _holds("refused", seen.value.code, code)
    _holds("in both languages", bool(seen.value.vi and seen.value.en), True)


# --- the working days of 2026, by hand (notices 9441/TB-BNV and 12729/VPCP-KGVX) --------------------------------------

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
    "office": ("Văn phòng", ["receiver", "clerk", "publisher", "archivist"]),
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
        for watcher in (plan.monitor, plan.owner):  # the owner takes the place of a monitor that leads the task itself
            add(watcher, "plan_monitor", "Theo dõi kế hoạch", ["plan_monitor"])
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
            tables = {
                t.name: [dict(row._mapping) for row in connection.execute(select(t))] for t in metadata.sorted_tables
            }
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
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence('definition', 'id'), (SELECT max(id) FROM definition))")
            )


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

    def act(
        self, actor: Actor, command: str, do: Callable[[Transaction], dict[str, Any]], said: Any = None
    ) -> dict[str, Any]:
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
        _holds(self.case, (entry.status, entry.outcome), (status, outcome))

    the_request_is = the_task_is = the_inspection_is = the_case_is

    @property
    def told(self) -> list[tuple[str, str]]:
        """Who was told what, in order: (role, deadline) of every reminder of the case."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            query = (
                select(outbox.c.payload).join(case_, case_.c.id == outbox.c.case_id).where(case_.c.number == self.case)
            )
            payloads = [json.loads(row.payload) for row in tx.connection.execute(query.order_by(outbox.c.id))]
        return [(payload["to_role"], payload["deadline"]) for payload in payloads]

    @property
    def referrals(self) -> list[str]:
        """The inspections that lapses of the case started, oldest first."""
        return self._started("referral")

    @property
    def parts(self) -> list[str]:
        """The parts or periods that the case opened, oldest first."""
        return self._started("part")

    def _started(self, kind: str) -> list[str]:
        parent = select(case_.c.id).where(case_.c.number == self.case).scalar_subquery()
        query = select(case_.c.number).join(case_link, case_link.c.other_id == case_.c.id).order_by(case_.c.id)
        with self.database.read(SYSTEM_ACTOR) as tx:
            rows = tx.connection.execute(query.where(case_link.c.case_id == parent, case_link.c.kind == kind))
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
            bodies = [
                (row.process, json.loads(row.body))
                for row in tx.connection.execute(query.order_by(event.c.trail_id, event.c.seq))
            ]
        deltas = [(process, body["delta"]) for process, body in bodies if "delta" in body]
        return [(process, delta["passed"], [token[1] for token in delta["come"]]) for process, delta in deltas]

    # what always holds

    def everything_holds(self) -> None:
        """Trails verify, cases replay, nothing is open in a closed case, what is open can be done, nothing due was left lying."""
        timers.lapse_all_due(self.database)
        _holds("trails", verification.verify_all(self.database).breaks, ())
        _holds("replays", replay.replay_all(self.database).divergences, ())
        with self.database.read(SYSTEM_ACTOR) as tx:
            overdue = tx.connection.execute(select(timer.c.element).where(timer.c.due_at <= tx.now)).all()
            incidents = tx.connection.execute(select(incident.c.kind, incident.c.what)).all()
            _holds("open in closed cases", _open_in_closed_cases(tx), [])
            _holds("work that nobody can do", _work_that_nobody_can_do(tx), [])
        _holds("timers left lying", overdue, [])
        _holds("incidents", incidents, [])


def _holds(what: str, found: Any, expected: Any) -> None:
    assert found == expected, f"{what}: {found}"


def _open_in_closed_cases(tx: Transaction) -> list[Any]:
    closed = case_.c.status.in_(["completed", "cancelled"])
    work = (
        select(case_.c.number, work_item.c.element)
        .join(case_, case_.c.id == work_item.c.case_id)
        .where(closed, work_item.c.status.in_(OPEN_WORK))
    )
    clocks = select(case_.c.number, deadline.c.name).join(case_, case_.c.id == deadline.c.case_id)
    clocks = clocks.where(closed, deadline.c.status.in_(["running", "suspended"]))
    alarms = select(case_.c.number, timer.c.element).join(case_, case_.c.id == timer.c.case_id).where(closed)
    return [tuple(row) for query in (work, clocks, alarms) for row in tx.connection.execute(query)]


def _work_that_nobody_can_do(tx: Transaction) -> list[Any]:
    holders = select(role_assignment.c.participant_id, role_assignment.c.role, role_assignment.c.agency)
    holders = holders.join(participant, participant.c.id == role_assignment.c.participant_id).where(
        participant.c.active
    )
    held = {tuple(row) for row in tx.connection.execute(holders)}
    posts = {(role, body) for _who, role, body in held}
    items = tx.connection.execute(select(work_item).where(work_item.c.status.in_(OPEN_WORK)))
    return [
        (item.case_id, item.element, item.role, item.agency, item.holder)
        for item in items
        if (item.role, item.agency) not in posts or (item.holder and (item.holder, item.role, item.agency) not in held)
    ]


KEYS = itertools.count(1)


# --- an accountability request ----------------------------------------------------------------------------------------

REQUEST = {
    "requester_kind": "individual",
    "full_name": "Nguyễn Văn Minh",
    "address": "12 đường Lê Lợi, phường Nam Đông Hà, tỉnh Quảng Trị",
    "phone": "0912 345 678",
    "agency": WARD,
    "concerned": "Phòng Kinh tế, Hạ tầng và Đô thị phường",
    "decision_number": "118/QĐ-UBND",
    "decision_date": "2025-11-11",
    "effect": "Quyết định thu hồi 42 m² đất gia đình tôi đang sử dụng, gồm cả lối đi duy nhất vào nhà.",
    "contents": ["legal_basis", "procedure"],
    "content": "Đề nghị giải trình căn cứ pháp lý và trình tự ban hành quyết định thu hồi đất.",
    "domain": "land",
    "asked_elsewhere": False,
    "answer_channel": "post",
    "signature": "digital",
}
ADMISSIBLE = {
    "kind_of_matter": "accountability_request",
    "secret_content": "none",
    "own_remit": True,
    "form_complete": True,
    "requester_capable": True,
    "representation": "none",
    "directly_affected": True,
    "internal_direction": False,
    "already_explained": "no",
    "settled_elsewhere": False,
    "good_reason": False,
    "misconduct": False,
}
REASON = "Đối chiếu hồ sơ, trường hợp này thuộc mã lý do đã chọn."
DRAFT = {
    "question": "Căn cứ pháp lý và trình tự ban hành Quyết định số 118/QĐ-UBND.",
    "legal_bases": [
        {"number": "31/2024/QH15", "date": "2024-01-18", "title": "Luật Đất đai", "article": "Điều 79, Điều 85"}
    ],
    "on_legal_basis": "Quyết định căn cứ Luật Đất đai năm 2024 và quy hoạch đã được phê duyệt.",
    "on_procedure": "Thông báo đã niêm yết; việc gửi trực tiếp đến hộ gia đình chưa được thực hiện đầy đủ.",
    "commitments": [
        {
            "promise": "Bố trí lối đi tạm cho hộ gia đình trước khi thi công.",
            "owner": SERVICES,
            "due_on": "2026-09-15",
            "measure": "Có biên bản bàn giao lối đi tạm.",
        }
    ],
    "recipients": "Như trên; lưu: VT, hồ sơ.",
}


class Requests(Teller):
    """What requesters and the ward's offices do."""

    # receipt

    def a_request_is_filed(self, day: str | None = None, hour: str = "09:00", **entry: Any) -> dict[str, Any]:
        """A citizen files a request online. Answers with the receipt."""
        if day:
            self.it_is(day, hour)
        return self._filed(CITIZEN, {**REQUEST, **entry})

    def a_request_is_handed_in(self, received_at: str, **entry: Any) -> dict[str, Any]:
        """The receiver enters in the books what came on paper at that moment."""
        on_paper = {
            "channel": "in_person",
            "signature": "handwritten",
            "received_at": received_at,
            "incoming_number": "215",
        }
        return self._filed(self.actor("le-thi-hoa"), {**REQUEST, **on_paper, **entry})

    def _filed(self, actor: Actor, entry: dict[str, Any]) -> dict[str, Any]:
        code = new_code()
        receipt = self.act(actor, "file_request", lambda tx: requests.file_request(tx, entry, code), entry)
        self.case = receipt["case"]
        self.codes[self.case] = code
        return receipt

    # intake

    def the_receiver_classifies(self, **findings: Any) -> dict[str, Any]:
        """The checklist; what is not named is in order. Answers with the table's proposal."""
        self.does("classify", {**ADMISSIBLE, **findings})
        return self.variables["proposal"]

    def the_head_decides(self, outcome: str, code: str | None = None, **entry: Any) -> None:
        """The head's decision, as proposed unless said otherwise."""
        decision = {"outcome": outcome, "follows_proposal": True, **entry}
        if outcome == "accept":
            decision.setdefault("lead_unit", "Phòng Kinh tế, Hạ tầng và Đô thị")
        else:
            decision.setdefault("reason", REASON)
        if outcome in {"guide", "reroute"}:
            decision.setdefault("directed_to", "Ban Tiếp công dân tỉnh Quảng Trị")
        self.does("decide", decision | ({"reason_code": code} if code else {}))

    def the_head_accepts(self, **entry: Any) -> None:
        self.the_head_decides("accept", **entry)

    def the_head_refuses(self, code: str, **entry: Any) -> None:
        self.the_head_decides("refuse", code, **entry)

    def the_head_guides(self, code: str, **entry: Any) -> None:
        self.the_head_decides("guide", code, **entry)

    def the_head_reroutes(self, code: str, **entry: Any) -> None:
        self.the_head_decides("reroute", code, **entry)

    def the_receiver_asks_for_a_supplement(self) -> None:
        """The request is deficient; the head agrees, and the receiver tells what is missing, today."""
        self.the_receiver_classifies(form_complete=False, missing_items="Chưa nêu quyết định bị yêu cầu giải trình.")
        self.the_head_decides("supplement", "G2")
        needed = "Nêu số, ngày của quyết định được yêu cầu giải trình."
        self.does("ask_supplement", {"needed": needed, "sent_on": self.today, "channel": "post"})

    def the_requester_supplements(self) -> None:
        self.the_requester_sends("supplemented", {"content": "Quyết định số 118/QĐ-UBND ngày 11/11/2025."})

    def the_receiver_records(self, outcome: str) -> None:
        """supplemented (on paper) or not_supplemented."""
        came = {"content": "Nộp bản sao Quyết định số 118/QĐ-UBND."} if outcome == "supplemented" else {}
        self.does("record_supplement", {"outcome": outcome, "recorded_on": self.today, **came})

    def the_notice_is_issued(self, **entry: Any) -> None:
        """F2, number and date of today, sent the same day."""
        bases = [{"number": "59/2019/NĐ-CP", "article": "Điều 11 khoản 4"}]
        notice = {"number": "45/TB-UBND", "issued_on": self.today, "signer": "Trần Thị Lan", "signing_form": "head"}
        sent = {"legal_bases": bases, "rights_told": True, "sent_on": self.today, "channel": "post"}
        self.does("issue_notice", {**notice, **sent, **entry})

    def the_notice_is_issued_on(self, day: str) -> None:
        self.it_is(day)
        self.the_notice_is_issued()

    def the_request_is_accepted_on(self, day: str) -> None:
        """Classified, accepted and told on that day."""
        self.it_is(day)
        self.the_receiver_classifies()
        self.the_head_accepts()
        self.the_notice_is_issued()

    # explanation

    def the_head_assigns(self, *units: str, lead: str = "hoang-van-binh", **entry: Any) -> None:
        """One lead handler, and the units that cooperate."""
        cooperating = {"cooperating_units": list(units)} if units else {}
        self.does("assign", {"lead_handler": lead, **cooperating, **entry})

    def the_unit_contributes(self, unit: str, outcome: str = "contributed") -> None:
        said = {
            "contributed": {"content": "Thửa đất số 15, tờ bản đồ 8; lối đi là đất công cộng."},
            "not_competent": {"why_not": "Nội dung này không do đơn vị quản lý."},
        }
        self.does("contribute", {"outcome": outcome, **said.get(outcome, {})}, instance=unit)

    def the_handler_verifies(self, **entry: Any) -> None:
        findings = "Thông báo thu hồi đất được niêm yết nhưng không gửi đến hộ gia đình."
        self.does("verify", {"findings": findings, "meeting_held": False, **entry})

    def the_handler_drafts(self, **entry: Any) -> None:
        self.does("draft", {**DRAFT, **entry})

    def the_head_signs(self, **entry: Any) -> None:
        signed = {"outcome": "sign", "number": "312/UBND-KT", "signed_on": self.today, "signing_form": "head"}
        self.does("approve", {**signed, "signer": "tran-thi-lan", **entry})

    def the_head_returns_for(self, outcome: str) -> None:
        """redraft or reverify."""
        self.does("approve", {"outcome": outcome, "remarks": "Nêu rõ điều khoản về thông báo thu hồi đất."})

    def the_clerk_sends(self) -> None:
        self.does("send", {"channel": "post", "sent_on": self.today, "proof": "Bưu gửi RB123456789VN"})

    def the_explanation_is_signed(self, *units: str) -> None:
        """Assigned, contributed, verified, drafted and signed today."""
        self.the_head_assigns(*units)
        for unit in units:
            self.the_unit_contributes(unit)
        self.the_handler_verifies()
        self.the_handler_drafts()
        self.the_head_signs()

    def the_explanation_is_sent_on(self, day: str) -> None:
        """Everything from assignment to dispatch on that day."""
        self.it_is(day)
        self.the_explanation_is_signed()
        self.the_clerk_sends()

    def the_head_chooses(self, course: str) -> None:
        """answer, extend or suspend: the question of the twelfth day."""
        why = {} if course == "answer" else {"reason": "Vụ việc phức tạp, cần thêm thời gian xác minh."}
        self.does("choose_course", {"course": course, **why})

    # afterwards

    def the_publisher_publishes(self) -> None:
        self.does("publish", {
            "outcome": "published", "published_on": self.today, "redacted_text": "Văn bản giải trình (đã che thông tin cá nhân).",
            "redacted_by": "vo-thi-mai", "approved_by": "tran-thi-lan", "publication_form": "portal",
            "url": "https://example.vn/giai-trinh/312",
        })  # fmt: skip

    def the_publisher_withholds(self) -> None:
        why = {"reason": "Nội dung liên quan đời sống riêng tư, che thông tin không đủ.", "decided_by": "tran-thi-lan"}
        self.does("publish", {"outcome": "withheld", "published_on": self.today, **why})

    def the_file_is_closed(self) -> None:
        listed = [
            {"title": "Yêu cầu giải trình", "pages": 3},
            {"title": "Thông báo", "number": "45/TB-UBND", "pages": 1},
        ]
        term = {"retention": "term", "retention_years": 15}
        self.does("close_file", {"closed_on": self.today, "file_code": "GT-2026-045", "documents": listed, **term})

    def the_file_is_archived(self) -> None:
        minutes = {"number": "05/BB-LT", "date": self.today}
        kept = {"archive_code": "LT.2026.045", "location": "Kho lưu trữ cơ quan, giá 3"}
        self.does("archive", {"handed_over_on": self.today, "minutes": minutes, **kept})

    def the_file_is_closed_and_archived(self) -> None:
        self.the_file_is_closed()
        self.the_file_is_archived()

    # the requester

    def tracking(self, code: str) -> Tracking:
        """What the requester sees with number and secret code."""
        with self.database.read(CITIZEN) as tx:
            return tracking(tx, self.case, code)

    def the_requester_sends(self, message: str, entry: dict[str, Any]) -> dict[str, Any]:
        """With number and secret code."""
        number, code = self.case, self.codes[self.case]
        return self.act(CITIZEN, "send", lambda tx: requests.send(tx, number, code, message, entry), entry)

    def the_requester_withdraws(self) -> None:
        self.the_requester_sends("withdrawn", {"scope": "whole", "reason": "Gia đình đã nhận được lối đi."})

    def the_requester_withdraws_a_part(self) -> None:
        part = {"scope": "part", "contents": ["procedure"], "part": "Rút nội dung về trình tự ban hành quyết định."}
        self.the_requester_sends("partly_withdrawn", part)

    def the_head_terminates(self) -> None:
        """F6: the decision that ends a case withdrawn as a whole."""
        ground = {"ground": "withdrawn", "number": "77/QĐ-UBND", "reason": "Người yêu cầu rút toàn bộ yêu cầu."}
        self.does("terminate", {**ground, "decided_on": self.today, "signs_of_wrongdoing": False})

    def the_handler_strikes_what_was_withdrawn(self) -> None:
        struck = {"struck": "Trình tự, thủ tục ban hành quyết định.", "remaining": "Căn cứ pháp lý của quyết định."}
        self.does("strike_contents", {**struck, "recorded_on": self.today})


# --- a supervisor's acts ----------------------------------------------------------------------------------------------

WHY = {
    "reason": "Vụ việc phức tạp, liên quan nhiều cơ quan, cần xác minh thêm.",
    "legal_basis": "NĐ 59/2019 Đ13",
}


class Supervision(Teller):
    """What the supervisor of the agency above does; `by` names another person."""

    def the_supervisor_extends_by(self, days: int, name: str = "explain", by: str = "bui-quoc-viet") -> dict[str, Any]:
        return self.the_supervisor("extend", deadline=name, days=days, by=by)

    def the_supervisor_suspends(self, by: str = "bui-quoc-viet") -> dict[str, Any]:
        """On account of the requester's illness (Decree 59/2019 art. 14(1)c)."""
        review = (date.fromisoformat(self.today) + timedelta(days=30)).isoformat()
        return self.the_supervisor("suspend", ground="illness_or_objective_reason", review_on=review, by=by)

    def the_supervisor_resumes(self, by: str = "bui-quoc-viet") -> dict[str, Any]:
        return self.the_supervisor("resume", by=by)

    def the_supervisor(
        self, act: str, element: str | None = None, *, by: str = "bui-quoc-viet", **entry: Any
    ) -> dict[str, Any]:
        """Any act of a supervisor, on the work item at an element where the act needs one."""
        do = self.override(act, element, **entry)
        return self.act(self.actor(by), act, do, entry)

    def rehearsed(
        self, act: str, element: str | None = None, *, by: str = "bui-quoc-viet", **entry: Any
    ) -> dict[str, Any]:
        """The same, carried out and taken back: what would happen."""
        return commands.rehearse(self.database, self.actor(by), self.override(act, element, **entry))

    def override(self, act: str, element: str | None = None, **entry: Any) -> Callable[[Transaction], dict[str, Any]]:
        """The act, ready to be given."""
        values = entry.pop("values", None)
        where = [self.case] + ([self.work(element).token] if element else [])
        what = [{**WHY, **entry}] + ([values] if values is not None else [])
        return lambda tx: getattr(overrides, act)(tx, *where, *what)

    @property
    def interventions(self) -> list[str]:
        """The supervisors' acts in the case, by the type of their lines."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            return [line.type for line in cases.overrides_of(tx, self.case)]


# --- an inspection on lapse -------------------------------------------------------------------------------------------


class Inspections(Requests):
    """What superiors, inspectors and late bodies do in the case that a lapse started."""

    def turn_to_the_inspection(self) -> str:
        """Speak of the newest inspection that the case's lapses started."""
        assert self.referrals, f"no lapse of {self.case} was referred"
        self.turn_to(self.referrals[-1])
        return self.case

    def a_lapse_is_referred(self) -> str:
        """A request is filed and nobody answers it: on the sixth working day its inspection begins, and is spoken of."""
        self.a_request_is_filed("2026-06-01")
        self.it_is("2026-06-09")
        return self.turn_to_the_inspection()

    def the_superior_asks_for_a_report(self) -> None:
        letter = {"number": "210/UBND-NC", "date": self.today}
        self.does(
            "ask_report",
            {"asked_on": self.today, "document": letter, "content": "Quá trình xử lý, nguyên nhân chậm, trách nhiệm."},
        )

    def the_late_body_reports(self) -> None:
        self.does("report", {
            "reported_on": self.today, "course": "Yêu cầu được tiếp nhận nhưng chưa phân loại.", "cause": "staff",
            "explanation": "Bộ phận một cửa thiếu người trong tuần.", "responsible": "Trưởng bộ phận một cửa",
            "measures": "Bố trí người thay, thông báo ngay cho người yêu cầu.",
        })  # fmt: skip

    def the_superior_goes_on_without_the_report(self, by: str = "bui-quoc-viet") -> None:
        why = {"decided_on": self.today, "reason": "Đã quá hạn báo cáo năm ngày làm việc."}
        self.sends(by, "proceed_without_report", why)

    def the_superior_decides(self, measure: str, **entry: Any) -> None:
        """accept_cause, urge, check, propose_inspection, party_inspection, investigation or join."""
        order = {"number": "88/QĐ-UBND", "date": self.today}
        why = "Chậm thông báo không có lý do khách quan."
        self.does("decide", {"measure": measure, "decided_on": self.today, "document": order, "reason": why, **entry})

    def the_superior_verifies(self, *, done: bool) -> None:
        said = (
            {"evidence": [{"title": "Thông báo tiếp nhận", "number": "45/TB-UBND"}]}
            if done
            else {"remarks": "Vẫn chưa thông báo."}
        )
        self.does("verify_done", {"verified_on": self.today, "done": done, **said})

    def the_check_is_done(self) -> None:
        self.does("check", {
            "decision": {"number": "90/QĐ-UBND", "date": self.today}, "started_on": self.today, "finished_on": self.today,
            "finding": "late", "conclusion": "Chậm thông báo, do chủ quan.", "record": {"number": "12/KL-UBND", "date": self.today},
            "recommendations": [{"content": "Bố trí người trực bộ phận một cửa.", "owner": WARD, "due_date": "2026-12-31"}],
        })  # fmt: skip

    def the_inspection_is_carried_out(self) -> None:
        self.does("inspect", {
            "decision": {"number": "31/QĐ-TTr", "date": self.today}, "announced_on": self.today, "planned_end": self.today,
            "finished_on": self.today, "draft_received_on": self.today, "findings": "Mười hai yêu cầu chậm thông báo trong quý.",
        })  # fmt: skip

    def the_conclusion_is_signed(self) -> None:
        document = {"number": "05/KL-TTr", "date": self.today}
        found = {"finding": "late", "summary": "Chậm trễ có hệ thống ở bộ phận một cửa."}
        self.does("conclude", {"document": document, "received_on": self.today, **found})

    def the_conclusion_is_implemented(self) -> None:
        document = {"number": "402/UBND-NC", "date": self.today}
        self.does("implement", {"document": document, "content": "Chấn chỉnh bộ phận một cửa trong tháng."})

    def the_party_committee_inspects(self) -> None:
        self.does("party_inspect", {
            "decision": {"number": "14-QĐ/UBKT", "date": self.today}, "conclusion": {"number": "09-TB/UBKT", "date": self.today},
            "finding": "evasion", "summary": "Có biểu hiện né tránh trách nhiệm giải trình.",
        })  # fmt: skip

    def the_file_is_handed_to_the_investigation_body(self) -> None:
        self.does("hand_over", {
            "handed_on": self.today, "receiving_body": "Cơ quan Cảnh sát điều tra Công an tỉnh",
            "document": {"number": "33/CV-UBND", "date": self.today}, "summary": "Có dấu hiệu hủy hồ sơ.",
        })  # fmt: skip

    def the_outcome_is_recorded(self, finding: str = "late", handling: str = "lesson") -> None:
        said = {"finding": finding, "summary": "Đã xử lý việc chậm và rút kinh nghiệm.", "handling": handling}
        self.does("record_outcome", {"closed_on": self.today, **said, "is_public": False})

    def the_inspection_file_is_archived(self) -> None:
        kept = {"file_code": "KT-2026-03", "documents": 7, "retention": "20 năm"}
        self.does("archive_inspection", {"archived_on": self.today, **kept})

    def the_inspection_is_settled(self) -> None:
        """The outcome is recorded and the file archived today."""
        self.the_outcome_is_recorded()
        self.the_inspection_file_is_archived()


# --- plan tasks -------------------------------------------------------------------------------------------------------


class PlanTasks(Teller):
    """What plan owners, lead bodies and monitors do. A task is taken from the plans as they stand, alone."""

    def a_task_is_loaded(self, task_id: str, day: str | None = None, **changes: Any) -> str:
        """Loads the plan with this one task. `changes` are other values of its deadline. Answers with its case."""
        if day:
            self.it_is(day)
        plan = next(plan for plan in load_plans() if task_id.startswith(f"{plan.id}-"))
        task = plan.task(task_id)
        task = replace(task, deadline=replace(task.deadline, **changes))
        self.case = self._loaded(replace(plan, tasks=(task,)))["cases"][task_id]
        return self.case

    def the_plan_is_loaded(self, plan_id: str, day: str | None = None) -> dict[str, str]:
        """The whole plan: the case of each task."""
        if day:
            self.it_is(day)
        return dict(self._loaded(plans.shipped_plan(plan_id))["cases"])

    def _loaded(self, plan: WorkPlan) -> dict[str, Any]:
        owner = self.actor(f"{plan.owner}.plan_owner")
        return self.act(owner, "load_plan", lambda tx: plans.load(tx, plan))

    @property
    def owner(self) -> str:
        """The person who decides for the owner of the task's plan."""
        return f"{self.variables['start']['owner']}.plan_owner"

    # the owner

    def the_owner_confirms(self, state: str, **entry: Any) -> None:
        """done, still_open or dropped."""
        self.does(
            "confirm_state", {"state": state, "confirmed_on": self.today, **self._by_document(state != "done"), **entry}
        )

    def the_owner_sets(self, decision: str, **entry: Any) -> None:
        """set_date, standing_duty or covered."""
        self.does("set_due_date", {"decision": decision, **self._by_document(), **entry})

    def the_owner_cancels_the_task(self) -> None:
        self.sends(self.owner, "task_cancelled", {**self._by_document(), "reason": "Nhiệm vụ trùng với kế hoạch mới."})

    def the_owner_changes_the_task(self, **change: Any) -> None:
        self.sends(
            self.owner,
            "task_changed",
            {**self._by_document(), "reason": "Điều chỉnh theo tình hình thực tế.", **change},
        )

    def the_owner_ends_the_standing_duty(self, *, stops_the_period: bool) -> None:
        why = {"reason": "Kế hoạch mới thay thế nhiệm vụ này.", "stop_current_period": stops_the_period}
        self.sends(self.owner, "standing_duty_ended", {**self._by_document(), **why})

    def a_document_is_registered(self, key: str) -> list[str]:
        """The owner registers the guidance under its key. Answers with the cases that were told."""
        said = {
            "issuer": "Ban Tổ chức Trung ương",
            "number": "12-HD/BTCTW",
            "date": self.today,
            "title": "Hướng dẫn tiêu chí giải trình",
        }
        owner = self.actor("dn-btv-tinh-uy.plan_owner")
        return list(self.act(owner, "register", lambda tx: documents.register(tx, key, said), said)["told"])

    def _by_document(self, needed: bool = True) -> dict[str, Any]:
        return {"document": {"number": "101-QĐ/TU", "date": self.today}} if needed else {}

    # the lead body

    def the_lead_assigns(self) -> None:
        """The head of the lead body names its officer."""
        officer = f"{self.work('assign_task').agency}.officer"
        expected = "Văn bản ban hành, danh sách tham dự."
        self.does("assign_task", {"assigned_on": self.today, "officer": officer, "evidence_expected": expected})

    def the_officer_notes_progress(self) -> None:
        note = "Đã soạn dự thảo, đang xin ý kiến các cơ quan."
        self.does("carry_out", {"outcome": "progress_note", "reported_on": self.today, "content": note, "percent": 40})

    def the_officer_reports_the_result(self) -> None:
        evidence = [{"title": "Kế hoạch tuyên truyền", "number": "25-KH/BTG"}]
        done = "Đã ban hành và tổ chức thực hiện kế hoạch."
        self.does("carry_out", {"outcome": "result", "reported_on": self.today, "content": done, "evidence": evidence})

    def the_lead_reports_the_cause(self) -> None:
        self.does("report_cause", {
            "reported_on": self.today, "cause": "awaiting_document", "explanation": "Chờ ý kiến của cơ quan cấp trên.",
            "responsible": "Trưởng ban", "measures": "Hoàn thành ngay khi có ý kiến.",
        })  # fmt: skip

    # the monitor, and afterwards

    def the_monitor_accepts(self, *, public: bool = False) -> None:
        shown = {"is_public": True} if public else {"is_public": False, "reason_not_public": "Văn bản nội bộ của Đảng."}
        self.does("accept_result", {"decision": "accepted", "accepted_on": self.today, **shown})

    def the_monitor_returns(self) -> None:
        why = "Chưa có minh chứng tổ chức thực hiện."
        self.does("accept_result", {"decision": "returned", "accepted_on": self.today, "remarks": why})

    def the_result_is_published(self) -> None:
        lead = self.work("publish_result").agency
        shown = {"channel": "portal", "link": "https://example.vn/ket-qua", "checked_by": f"{lead}.head"}
        self.does("publish_result", {"published_on": self.today, **shown})

    def the_task_is_archived(self) -> None:
        self.does(
            "archive_task",
            {"archived_on": self.today, "file_code": "NV-2026-01", "documents": 4, "retention": "10 năm"},
        )

    def the_work_is_done_and_accepted(self) -> None:
        """Assigned, done and accepted today."""
        self.the_lead_assigns()
        self.the_officer_reports_the_result()
        self.the_monitor_accepts()


class Scenario(Inspections, Supervision, PlanTasks):
    """Everything that can be told."""
