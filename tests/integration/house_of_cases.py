"""A small world for the tests of this folder: agencies, people, small processes, and short words for what is done in it.

    house = House(database)                      law, people and the small processes below are there
    number = house.start("errand")               a case: work (handler) -> check (head) -> end
    house.complete("lan", number, "work")        an officer works; house.tick() lets due timers take effect
    house.holds()                                every trail verifies, every case replays, nothing is left lying

The deadline of an errand is that of an explanation, 15 days from `start.on`; nine o'clock on Monday 1 June 2026 is when the world begins.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select, text

from engine import commands
from engine.apply import start_case
from engine.apply.steps import NewCase
from engine.audit import replay, verification
from engine.authority import SYSTEM_ACTOR, Actor
from engine.bpmn.definitions import DefinitionSource
from engine.commands import definitions, law, overrides, people, requests, timers, work_items
from engine.database import Database, Transaction
from engine.registers import definitions as register
from engine.registers.participants import actor_of
from engine.registers.tracking_codes import new_code
from engine.tables import case_, deadline, event, incident, metadata, timer, work_item
from engine.time.clock import VIETNAM, VirtualClock
from tests.diagrams import Diagram
from workflows.catalogue import HERE

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=VIETNAM)
CITIZEN = Actor("requester", "Người yêu cầu", "public")

# who: (agency, roles). The province is above both offices; `deputy` and `stranger` are supervisors of one office each.
PEOPLE = {
    "lan": ("office", ("handler", "receiver")),
    "minh": ("office", ("handler",)),
    "head": ("office", ("head", "clerk")),
    "deputy": ("office", ("supervisor", "handler")),
    "chief": ("province", ("supervisor", "inspector")),
    "stranger": ("other", ("supervisor", "handler", "head")),
    "admin": ("province", ("administrator",)),
    "mai": ("office", ("receiver", "head", "handler", "clerk", "publisher", "archivist")),
}

OVERRIDE = {"reason": "Cán bộ phụ trách nghỉ ốm dài ngày.", "legal_basis": "Nghị định 59/2019/NĐ-CP, Điều 7"}
ACTS: dict[str, dict[str, Any]] = {
    "reassign": {"participant": "minh"},
    "extend": {"deadline": "answer", "days": 10},
    "change_due_date": {
        "deadline": "promise",
        "due_on": "2026-07-15",
        "document": {"number": "12/QĐ-UBND", "date": "2026-06-01", "issuer": "UBND tỉnh"},
    },
    "suspend": {"ground": "illness_or_objective_reason", "review_on": "2026-07-01"},
    "resume": {},
    "return_": {"to_element": "work"},
    "move": {"to_element": "check"},
    "skip": {},
    "complete_for": {},
    "cancel": {"ground": "withdrawn"},
}
"""What the form of each act asks beside reason and legal basis."""
LAW_AND_PROCESSES = frozenset({"definition", "calendar_day", "legal_parameter"})
"""Large tables that no act on a case touches."""
ON_TOKEN = {"reassign", "return_", "move", "skip", "complete_for"}

HERE_CALLED = {
    "hoang-van-binh": "mai",
    "le-thi-hoa": "lan",
    "pham-van-dung": "minh",
    "tran-thi-lan": "head",
    "vo-thi-mai": "mai",
    "phong-dia-chinh": "office",
    "cong-an-phuong": "other",
}
"""The people and bodies of the examples, by their names in this world."""
DONE = {"scope": "whole"}
"""A valid entry of the form of every user task here (message.withdrawn: one field is required)."""
SAID = {"content": "Bản vẽ hiện trạng thửa đất số 15."}
"""A valid entry of message.supplemented; the content is a personal value."""


def answer(**changes: Any) -> dict[str, Any]:
    """The rule of a deadline like that of an explanation."""
    rule = {"id": "answer", "parameter": "explain", "label_vi": "Trả lời", "label_en": "Answer", "starts": "start.on"}
    return {**rule, "met_by": ["check"], **changes}


def user(
    diagram: Diagram, identity: str, role: str = "handler", form: str = "message.withdrawn", **more: str
) -> Diagram:
    """A user task with a form that exists and asks little."""
    return diagram.node("userTask", identity, gt__form=form, gt__result=identity, gt__role=role, **more)


def lapse(deadline_id: str) -> dict[str, str]:
    """What a diagram says when a deadline has lapsed."""
    return {"gt__payload": f"{{'deadline': '{deadline_id}', 'agency': case.agency}}"}


def errand() -> DefinitionSource:
    """work -> check -> end; a reminder two working days before the due day, a referral at its end, and two days later a word."""
    diagram = Diagram("errand")
    user(diagram.start(), "work")
    user(diagram, "check", "head").end(outcome="done").chain("s", "work", "check", "e")
    for place in ("work", "check"):
        diagram.boundary(f"{place}_near", place, "before('answer', '2 wd')")
        diagram.boundary(f"{place}_late", place, "deadline('answer')")
        diagram.boundary(f"{place}_later", place, "after('answer', '2 wd')")
        diagram.node(
            "endEvent", f"{place}_reminded", diagram._message("reminder"), gt__payload="{'text_vi': 'Sắp hết hạn'}"
        )
        diagram.node("endEvent", f"{place}_referred", diagram._message("deadline_lapsed"), **lapse("answer"))
        diagram.node("endEvent", f"{place}_told", diagram._message("reminder"), gt__payload="{'text_vi': 'Đã quá hạn'}")
        diagram.chain(f"{place}_near", f"{place}_reminded")
        diagram.chain(f"{place}_late", f"{place}_referred")
        diagram.chain(f"{place}_later", f"{place}_told")
    return diagram.source(deadlines=(answer(),))


def referral() -> DefinitionSource:
    """What a lapse starts: an inspector looks into it."""
    diagram = Diagram("referral").start(message="deadline_lapsed")
    return user(diagram, "look", "inspector").end(outcome="looked").chain("s", "look", "e").source(deadlines=())


def promise() -> DefinitionSource:
    """A day that somebody named, as plan tasks have it; its lapse is referred. Doing it over is a new occurrence."""
    diagram = Diagram("promise")
    user(diagram.start(), "keep").boundary("broken", "keep", "deadline('promise')").end(outcome="kept")
    diagram.node("endEvent", "referred", diagram._message("deadline_lapsed"), **lapse("promise"))
    rule = answer(id="promise", parameter="plan_task_due", due="start.due", restart=True, met_by=["keep"])
    return diagram.chain("s", "keep", "e").chain("broken", "referred").source(deadlines=(rule,))


def cut_off() -> DefinitionSource:
    """An interrupting timer takes the work away; who does it in time ends the case."""
    diagram = Diagram("cut_off")
    user(diagram.start(), "work").boundary("over", "work", "deadline('answer')", interrupting=True)
    user(diagram, "after").end(outcome="done").chain("s", "work", "e").chain("over", "after").flow("after", "e")
    return diagram.source(deadlines=(answer(met_by=["work"]),))


def fragile() -> DefinitionSource:
    """A timer after which the diagram cannot go on, unless the case was started with a number."""
    diagram = Diagram("fragile")
    user(diagram.start(), "work").boundary("due", "work", "deadline('answer')").end(outcome="done")
    diagram.script("count", "counted = start.number + 1")
    diagram.node("endEvent", "counted_up").chain("s", "work", "e").chain("due", "count", "counted_up")
    return diagram.source(deadlines=(answer(met_by=["work"]),))


def stage() -> DefinitionSource:
    """prepare -> [stage: first -> second] -> finish, with the clock on the subprocess."""
    inner = Diagram().start("inside")
    user(inner, "first")
    user(inner, "second").end("stage_done").chain("inside", "first", "second", "stage_done")
    diagram = Diagram("stage").start()
    user(diagram, "prepare").subprocess("room", inner)
    user(diagram, "finish").end(outcome="done").chain("s", "prepare", "room", "finish", "e")
    diagram.boundary("room_near", "room", "before('answer', '2 wd')").boundary(
        "room_late", "room", "deadline('answer')"
    )
    diagram.node("endEvent", "reminded", diagram._message("reminder"), gt__payload="{'text_vi': 'Sắp hết hạn'}")
    diagram.node("endEvent", "referred", diagram._message("deadline_lapsed"), **lapse("answer"))
    diagram.chain("room_near", "reminded").chain("room_late", "referred")
    return diagram.source(deadlines=(answer(met_by=["finish"]),))


def question() -> DefinitionSource:
    """Asks, which starts a reply, and waits for it; a deadline runs meanwhile. Without `start.ask` it only waits."""
    diagram = Diagram("question").start().exclusive("asks", default="f_asks_wait")
    diagram.throw("ask", "asked", gt__payload="{'case': case.number, 'agency': case.agency}")
    diagram.receive("wait", "replied", gt__result="reply").boundary("tired", "wait", "deadline('answer')")
    diagram.node("endEvent", "referred", diagram._message("deadline_lapsed"), **lapse("answer")).end(outcome="told")
    diagram.flow("s", "asks").flow("asks", "ask", "start.ask == True").flow("asks", "wait")
    diagram.chain("ask", "wait", "e").chain("tired", "referred")
    return diagram.source(deadlines=(answer(met_by=["wait"]),))


def reply() -> DefinitionSource:
    """Started by a question: somebody writes, and the answer goes back to the case that asked."""
    diagram = Diagram("reply").start(message="asked")
    user(diagram, "write", form="message.supplemented")
    diagram.throw("send", "replied", gt__payload="{'by': case.number}", gt__correlation="start.case")
    return diagram.end(outcome="sent").chain("s", "write", "send", "e").source(deadlines=())


def echo() -> DefinitionSource:
    """Starts itself for ever."""
    diagram = Diagram("echo").start(message="called").throw("call", "called", gt__payload="{'a': 1}").end()
    return diagram.chain("s", "call", "e").source(deadlines=())


def shout() -> DefinitionSource:
    """Calls the echo once somebody has worked."""
    diagram = Diagram("shout").start()
    user(diagram, "work").throw("call", "called", gt__payload="{'a': 1}").end().chain("s", "work", "call", "e")
    return diagram.source(deadlines=())


def remind() -> DefinitionSource:
    """A reminder and no timer at the end: nothing but the calendar says that the deadline has lapsed."""
    diagram = Diagram("remind").start()
    user(diagram, "work").boundary("near", "work", "before('answer', '2 wd')").end()
    diagram.node("endEvent", "reminded", diagram._message("reminder"), gt__payload="{'text_vi': 'Sắp hết hạn'}")
    return diagram.chain("s", "work", "e").chain("near", "reminded").source(deadlines=(answer(met_by=["work"]),))


SMALL = (errand, referral, promise, cut_off, fragile, stage, question, reply, echo, shout, remind)


@cache
def sources() -> tuple[DefinitionSource, ...]:
    """The small processes, with their forms."""
    return tuple(definitions.with_forms(make()) for make in SMALL)


@cache
def example(name: str) -> dict[str, Any]:
    """An example of the accountability request: valid entries for every step."""
    path = HERE / "accountability_request" / "examples" / f"{name}.json"
    text_of_it = path.read_text("utf-8")
    for theirs, ours in HERE_CALLED.items():
        text_of_it = text_of_it.replace(f'"{theirs}"', f'"{ours}"')
    loaded: dict[str, Any] = json.loads(text_of_it)
    for row in loaded["steps"]:
        if row["element"] == "assign":
            row["data"]["cooperating_units"] = []
    return loaded


class House:
    """A database with a world in it."""

    def __init__(self, database: Database, shipped: bool = False) -> None:
        """`shipped`: the processes of the catalogue besides the small ones (their referral takes the place of ours)."""
        self.database = database
        self.clock = VirtualClock(MONDAY)
        database.clock = self.clock
        with database.begin(SYSTEM_ACTOR) as tx:
            law.load_shipped(tx)
            for source in sources():
                if not (shipped and source.process == "referral"):
                    definitions.publish(tx, source)
            if shipped:
                definitions.publish_catalogue(tx)
            _populate(tx)
        self.actors: dict[str, Actor] = {"citizen": CITIZEN, "system": SYSTEM_ACTOR}

    @classmethod
    def again(cls, database: Database, now: datetime) -> "House":
        """The world that is in this database already, at this moment."""
        house = cls.__new__(cls)
        house.database, house.clock = database, VirtualClock(now)
        database.clock = house.clock
        house.actors = {"citizen": CITIZEN, "system": SYSTEM_ACTOR}
        return house

    # --- who and when

    def actor(self, who: str) -> Actor:
        if who not in self.actors:
            with self.database.read(SYSTEM_ACTOR) as tx:
                self.actors[who] = actor_of(tx, who)
        return self.actors[who]

    def it_is(self, moment: str) -> datetime:
        """`2026-06-16 09:00` in Vietnam."""
        return self.clock.set(datetime.fromisoformat(moment).replace(tzinfo=VIETNAM))

    # --- what is done

    def do(
        self,
        who: str,
        command: str,
        act: Callable[[Transaction], dict[str, Any]],
        key: str | None = None,
        said: Any = None,
    ) -> dict[str, Any]:
        return commands.perform(self.database, self.actor(who), command, act, key, said)

    def start(self, process: str, agency: str = "office", **start: Any) -> str:
        """Starts a case; `start.on` is the first of June unless said otherwise. Returns its number."""
        return str(self.do("system", "start", starting(process, agency, **start))["case"])

    def start_many(self, process: str, starts: Iterable[dict[str, Any]], agency: str = "office") -> list[str]:
        """Many cases in one transaction."""

        def begin(tx: Transaction) -> dict[str, Any]:
            published = register.newest(tx, process)
            values = ({"on": "2026-06-01", **start} for start in starts)
            return {"cases": [start_case(tx, NewCase(published, agency, "Nhiều việc", each)).number for each in values]}

        return list(self.do("system", "start", begin)["cases"])

    def file(self, who: str = "citizen", key: str | None = None, **changes: Any) -> dict[str, Any]:
        """A request is filed; returns the receipt."""
        form = {**example("answered")["start"], "agency": "office", **changes}
        if who == "citizen":
            form = {name: form[name] for name in form.keys() - {"channel", "received_at", "incoming_number"}}
        code = new_code()
        return self.do(who, "file", lambda tx: requests.file_request(tx, form, code), key, form)

    def complete(
        self, who: str, number: str, element: str, data: dict[str, Any] | None = None, key: str | None = None
    ) -> dict[str, Any]:
        token = self.token(number, element)
        entry = DONE if data is None else data
        return self.do(who, "complete", lambda tx: work_items.complete(tx, number, token, entry), key, entry)

    def override(self, who: str, act: str, number: str, element: str | None = None, **changes: Any) -> dict[str, Any]:
        """A supervisor's act, with a valid form unless `changes` spoil it (None leaves a field out)."""
        return self.do(who, act, self.overriding(act, number, element, **changes))

    def overriding(
        self, act: str, number: str, element: str | None = None, **changes: Any
    ) -> Callable[[Transaction], dict[str, Any]]:
        said = {**OVERRIDE, **ACTS[act], **changes}
        data = {name: value for name, value in said.items() if value is not None}
        function = getattr(overrides, act)
        token = self.token(number, element) if element else None
        if act == "complete_for":
            return lambda tx: function(tx, number, token, data, DONE)
        if act in ON_TOKEN:
            return lambda tx: function(tx, number, token, data)
        return lambda tx: function(tx, number, data)

    def play(self, receipt: dict[str, Any], name: str, steps: int | None = None) -> str:
        """The steps of an example of the accountability request, by somebody who holds every role. Returns the number."""
        number = str(receipt["case"])
        for row in example(name)["steps"][:steps]:
            if row["element"] == "contribute":
                continue  # nobody is asked to
            self.wait_for(row["data"])
            if "message" in row:
                message, data = row["message"], row["data"]
                send = partial(requests.send, number=number, code=receipt["code"], message=message, data=data)
                self.do("citizen", "send", send)
            else:
                self.complete("mai", number, row["element"], row["data"])
        return number

    def wait_for(self, data: Any) -> None:
        """The clock goes on to nine o'clock of the latest day that an entry speaks of, if that is still to come."""
        days = ISO_DAY.findall(json.dumps(data))
        moment = datetime.fromisoformat(f"{max(days)}T09:00:00").replace(tzinfo=VIETNAM) if days else MONDAY
        if moment > self.clock.now():
            self.clock.set(moment)

    def tick(self) -> int:
        return timers.lapse_all_due(self.database)

    # --- what can be seen

    def rows(self, query: Any) -> list[Any]:
        with self.database.read(SYSTEM_ACTOR) as tx:
            return list(tx.connection.execute(query).all())

    def count(self, table: Any, *where: Any) -> int:
        return int(self.rows(select(func.count()).select_from(table).where(*where))[0][0])

    def id_of(self, number: str) -> int:
        return int(self.rows(select(case_.c.id).where(case_.c.number == number))[0].id)

    def case(self, number: str) -> Any:
        return self.rows(select(case_).where(case_.c.number == number))[0]

    def token(self, number: str, element: str) -> int:
        """The open work item on this element, else the timer, else the newest work item that was there."""
        mine = select(case_.c.id).where(case_.c.number == number).scalar_subquery()
        for table in (work_item, timer):
            query = select(table.c.token).where(table.c.case_id == mine, table.c.element == element)
            if found := self.rows(query.order_by(table.c.token.desc())):
                return int(found[0].token)
        raise AssertionError(f"{element} was never open in {number}")

    def open_work(self, number: str) -> list[str]:
        """The elements of the open work items, sorted."""
        query = select(work_item.c.element).join(case_, case_.c.id == work_item.c.case_id)
        is_open = work_item.c.status.in_(["offered", "claimed"])
        return sorted(row.element for row in self.rows(query.where(case_.c.number == number, is_open)))

    def clock_of(self, number: str, name: str = "answer") -> Any:
        """The newest occurrence of a deadline."""
        query = select(deadline).join(case_, case_.c.id == deadline.c.case_id)
        return self.rows(
            query.where(case_.c.number == number, deadline.c.name == name).order_by(deadline.c.occurrence)
        )[-1]

    def types(self, number: str) -> list[str]:
        """The types of the lines of the trail."""
        query = select(event.c.type).join(case_, case_.c.id == event.c.trail_id)
        return [row.type for row in self.rows(query.where(case_.c.number == number).order_by(event.c.seq))]

    def last_line(self, number: str) -> dict[str, Any]:
        query = select(event.c.body).join(case_, case_.c.id == event.c.trail_id)
        found: dict[str, Any] = json.loads(
            self.rows(query.where(case_.c.number == number).order_by(event.c.seq.desc()).limit(1))[0].body
        )
        return found

    def numbers(self, process: str) -> list[str]:
        query = select(case_.c.number).where(case_.c.process == process).order_by(case_.c.id)
        return [row.number for row in self.rows(query)]

    def incidents(self) -> list[str]:
        return [row.kind for row in self.rows(select(incident.c.kind).order_by(incident.c.id))]

    def dump(self, without: frozenset[str] = frozenset()) -> dict[str, list[Any]]:
        """Every row of every table."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            tables = [table for table in metadata.sorted_tables if table.name not in without]
            found = {table.name: tx.connection.execute(select(table)).all() for table in tables}
        return {name: sorted(map(tuple, rows), key=repr) for name, rows in found.items()}

    def holds(self) -> None:
        """Every trail verifies, every case replays, nothing is open in a closed case."""
        assert verification.verify_all(self.database).breaks == ()
        assert replay.replay_all(self.database).divergences == ()
        closed = select(work_item.c.token).join(case_, case_.c.id == work_item.c.case_id)
        closed = closed.where(work_item.c.status.in_(["offered", "claimed"]), case_.c.ended_at.is_not(None))
        assert self.rows(closed) == []
        due = select(timer.c.token).join(case_, case_.c.id == timer.c.case_id)
        assert self.rows(due.where(case_.c.ended_at.is_not(None))) == []


def starting(
    process: str, agency: str = "office", message: str | None = None, **start: Any
) -> Callable[[Transaction], dict[str, Any]]:
    """The act that starts a case, with its plain start event or with the one of this message."""
    values = {"on": "2026-06-01", **start}

    def begin(tx: Transaction) -> dict[str, Any]:
        new = NewCase(register.newest(tx, process), agency, f"Việc thử {process}", values, message=message)
        return {"case": start_case(tx, new).number}

    return begin


def _populate(tx: Transaction) -> None:
    for identity, above in (("province", None), ("office", "province"), ("other", "province")):
        entry = {"id": identity, "name_vi": identity, "name_en": identity, "kind": "state", "level": "province"}
        people.set_organisation(tx, {**entry, "parent": above, "superior": above})
    for who, (agency, roles) in PEOPLE.items():
        people.set_participant(tx, who, who.title(), agency)
        for role in roles:
            people.assign_role(tx, who, role, agency, date(2024, 1, 1))


# --- tools ------------------------------------------------------------------------------------------------------------


@contextmanager
def failing_at(database: Database, statement: int | Callable[[str], bool]) -> Iterator[list[str]]:
    """From the n-th statement on (from 0), or from the first that fits, nothing is carried out: the process is dead.

    Yields the statements that were begun.
    """
    seen: list[str] = []
    died: list[str] = []

    def before(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        is_here = len(seen) >= statement if isinstance(statement, int) else statement(sql)
        seen.append(sql)
        if is_here or died:
            died.append(sql)
            raise Killed(sql)

    sqlalchemy_event.listen(database.engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        sqlalchemy_event.remove(database.engine, "before_cursor_execute", before)


class Killed(Exception):
    """The process died just before this statement."""


def together(acts: Iterable[Callable[[], Any]]) -> list[Any]:
    """Does everything at the same moment, each in a thread of its own. Returns what came of each: a value or an exception."""
    chosen = list(acts)
    barrier = threading.Barrier(len(chosen))
    results: list[Any] = [None] * len(chosen)

    def run(place: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001 - the caller looks at what came of it
            results[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(chosen)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def by_sql(database: Database, *statements: str, **values: Any) -> None:
    """Changes tables behind the engine's back, as a database administrator would: the fence around the trail is taken away first."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS event_no_UPDATE"))
            connection.execute(text("DROP TRIGGER IF EXISTS event_no_DELETE"))
        else:
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER event_append_only"))
        for statement in statements:
            connection.execute(text(statement), values)
