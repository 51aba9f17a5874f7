"""Random lives of cases. After every step everything that must always hold, holds."""

import shutil
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from engine.commands import timers, work_items
from engine.database import Database
from engine.errors import Refusal
from engine.tables import case_, incident, timer, work_item
from tests.integration.house_of_cases import ACTS, MONDAY, ON_TOKEN, SAID, House

PROCESSES = ("errand", "stage", "promise", "cut_off", "question")
WORKERS = ("lan", "minh", "head", "deputy", "chief", "stranger")
TARGETS = {
    "errand": ("work", "check", "e"),
    "stage": ("prepare", "first", "second", "finish", "room"),
    "promise": ("keep", "e"),
    "cut_off": ("work", "after"),
    "question": ("wait", "e"),
    "reply": ("write", "e"),
    "referral": ("look", "e"),
}


def machine(template: Path):
    """The machine on copies of a database in which the world is ready."""

    class LivesOfCases(RuleBasedStateMachine):
        numbers = Bundle("numbers")

        def __init__(self):
            super().__init__()
            self.folder = tempfile.TemporaryDirectory()
            file = Path(self.folder.name) / "lives.sqlite3"
            shutil.copyfile(template, file)
            self.database = Database(f"sqlite:///{file}")
            self.house = House.again(self.database, MONDAY)

        def teardown(self):
            self.database.dispose()
            self.folder.cleanup()

        @initialize(target=numbers)
        def two_cases(self):
            return multiple(self.house.start("errand"), self.house.start("stage"))

        @rule(target=numbers, process=st.sampled_from(PROCESSES))
        def file(self, process):
            return self.house.start(process, due="2026-06-20", ask=True)

        @rule(number=numbers, who=st.sampled_from(WORKERS), place=st.integers(0, 3))
        def claim(self, number, who, place):
            for case, token, _element in self.open_work(number, place):
                self.perhaps(who, "claim", partial(work_items.claim, number=case, token=token))

        @rule(number=numbers, place=st.integers(0, 3), is_holder=st.booleans())
        def release(self, number, place, is_holder):
            for case, token, _element in self.open_work(number, place):
                query = select(work_item.c.holder).where(work_item.c.case_id == self.house.id_of(case))
                (row,) = self.house.rows(query.where(work_item.c.token == token))
                who = row.holder if is_holder and row.holder else "stranger"
                self.perhaps(who, "release", partial(work_items.release, number=case, token=token))

        @rule(
            number=numbers, who=st.sampled_from(WORKERS), place=st.integers(0, 3), key=st.sampled_from([None, "a", "b"])
        )
        def complete(self, number, who, place, key):
            for case, token, element in self.open_work(number, place):
                entry = SAID if element == "write" else {"scope": "whole"}
                act = partial(work_items.complete, number=case, token=token, data=entry)
                self.perhaps(who, "complete", act, key, [case, token])

        @rule(
            number=numbers, who=st.sampled_from(["chief", "deputy"]), act=st.sampled_from(sorted(ACTS)), data=st.data()
        )
        def override(self, number, who, act, data):
            element = None
            changes = {}
            if act in ON_TOKEN:
                open_now = self.open_work(number, data.draw(st.integers(0, 3)))
                if not open_now:
                    return
                number, _token, element = open_now[0]
            if act in {"move", "return_"}:
                done = self.done_in(number) if act == "return_" else []
                places = done or TARGETS[self.house.case(number).process]
                changes["to_element"] = data.draw(st.sampled_from(places))
            if act == "reassign":
                changes["participant"] = data.draw(st.sampled_from(["lan", "minh", "head", "chief"]))
            if act == "complete_for" and element == "write":
                return
            self.perhaps(who, act, self.house.overriding(act, number, element, **changes))

        @rule(days=st.integers(0, 9), hours=st.integers(0, 23))
        def time_passes(self, days, hours):
            self.house.clock.advance(timedelta(days=days, hours=hours))

        @rule()
        def tick(self):
            self.house.tick()
            due = select(timer.c.token).join(case_, case_.c.id == timer.c.case_id)
            now = self.house.clock.now()
            assert self.house.rows(due.where(case_.c.status == "open", timer.c.due_at <= now)) == []
            assert (timers.next_due(self.database) or now + timedelta(1)) > now

        @invariant()
        def everything_holds(self):
            if not hasattr(self, "house"):
                return
            self.house.holds()
            kinds = {row.kind for row in self.house.rows(select(incident.c.kind))}
            assert kinds <= {"message_without_receiver"}

        def open_work(self, number, place):
            """One open work item of the case or of those it started, as [(number, token, element)], or []."""
            query = select(case_.c.number, work_item.c.token, work_item.c.element)
            query = query.join(work_item, work_item.c.case_id == case_.c.id).order_by(case_.c.id, work_item.c.token)
            this = self.house.id_of(number)
            found = self.house.rows(
                query.where(
                    (case_.c.id == this) | (case_.c.parent_id == this), work_item.c.status.in_(["offered", "claimed"])
                )
            )
            return [tuple(found[place % len(found)])] if found else []

        def done_in(self, number):
            """The elements of the completed work items, sorted."""
            query = select(work_item.c.element).where(work_item.c.case_id == self.house.id_of(number))
            return sorted({row.element for row in self.house.rows(query.where(work_item.c.status == "completed"))})

        def perhaps(self, who, command, act, key=None, said=None):
            """A refusal is an answer, in both languages. Anything else that is raised is a fault."""
            answer = None
            try:
                self.house.do(who, command, act, key, said)
            except Refusal as refusal:
                answer = refusal
            assert answer is None or (answer.vi and answer.en)

    return LivesOfCases


def test_lives_of_cases(tmp_path, migrated_sqlite_file):
    template = tmp_path / "template.sqlite3"
    shutil.copyfile(migrated_sqlite_file, template)
    database = Database(f"sqlite:///{template}")
    House(database)
    database.dispose()
    few = settings(max_examples=16, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine(template), settings=few)
