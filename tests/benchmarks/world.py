"""The small world in which the benchmarks measure: one agency, one officer, one process with a rework loop and a deadline."""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import commands
from engine.apply import start_case
from engine.apply.steps import NewCase
from engine.authority import SYSTEM_ACTOR, Actor
from engine.bpmn.definitions import DefinitionSource
from engine.commands import definitions, law, people, work_items
from engine.database import Database
from engine.migrations import upgrade
from engine.registers import definitions as register
from engine.tables import case_, work_item
from engine.time.clock import VIETNAM, VirtualClock
from tests.diagrams import Diagram
from tests.postgres import room, running_server

OFFICER = Actor("officer", "Cán bộ", "agency", frozenset({("handler", "agency")}))
RULES = (
    {"id": "explain", "parameter": "explain", "label_vi": "Giải trình", "label_en": "Explain", "starts": "start.on"},
)
FORM = "override.resume"
START = datetime(2026, 6, 1, 9, 0, tzinfo=VIETNAM)


class World:
    """A database with the process `bench`: draft ⇄ approve inside a subprocess with a deadline."""

    def __init__(self, url: str) -> None:
        upgrade(url)
        self.clock = VirtualClock(START)
        self.database = Database(url, self.clock)
        self.name = self.database.engine.dialect.name
        self._do("law", law.load_shipped)
        organisation = {"id": "agency", "name_vi": "Cơ quan", "name_en": "Agency", "kind": "state", "level": "province"}
        self._do("organisation", lambda tx: people.set_organisation(tx, organisation))
        self._do("participant", lambda tx: people.set_participant(tx, OFFICER.id, OFFICER.name, "agency"))
        self._do("publish", lambda tx: definitions.publish(tx, definitions.with_forms(process())))

    def start_cases(self, count: int) -> list[str]:
        """New cases, each at its first work item; returns their numbers."""

        def start(tx: Any) -> dict[str, Any]:
            published = register.newest(tx, "bench")
            made = [start_case(tx, NewCase(published, "agency", "đo", {"on": "2026-06-01"})) for _ in range(count)]
            return {"numbers": [case.number for case in made]}

        return list(self._do("start", start)["numbers"])

    def complete(self, number: str, token: int, key: str) -> None:
        """One durable step: what an officer's click costs, from the command to the commit."""
        data = {"reason": "Nội dung giải trình đã được bổ sung căn cứ pháp lý.", "legal_basis": "NĐ 59/2019 Đ12"}
        commands.perform(
            self.database,
            OFFICER,
            "complete",
            lambda tx: work_items.complete(tx, number, token, data),
            key=key,
            said=data,
        )

    def open_work(self) -> dict[str, int]:
        """The open work item's token by case number."""
        with self.database.read(SYSTEM_ACTOR) as tx:
            query = select(case_.c.number, work_item.c.token).join(case_, case_.c.id == work_item.c.case_id)
            rows = tx.connection.execute(query.where(work_item.c.closed_at.is_(None)))
            return {row.number: row.token for row in rows}

    def _do(self, name: str, act: Any) -> dict[str, Any]:
        return commands.perform(self.database, SYSTEM_ACTOR, name, act)


def process() -> DefinitionSource:
    """draft → approve → (never ok) → draft …: as many rework rounds as one likes."""
    inner = Diagram().start("is").user("draft").user("approve").exclusive("g", default="f_g_draft").end("ie")
    inner.chain("is", "draft", "approve", "g").flow("g", "draft").flow("g", "ie", "get(approve, 'never') == 'ok'")
    whole = Diagram("bench").start().subprocess("explain", inner).end("e").chain("s", "explain", "e")
    whole.boundary("half", "explain", timer="halfway('explain')").end("e1").chain("half", "e1")
    whole.boundary("late", "explain", timer="deadline('explain')").end("e2").chain("late", "e2")
    text = whole.xml().replace('gt:form="p.draft"', f'gt:role="handler" gt:form="{FORM}"')
    return DefinitionSource(
        "bench", text.replace('gt:form="p.approve"', f'gt:role="handler" gt:form="{FORM}"'), (), RULES
    )


@contextlib.contextmanager
def worlds() -> Iterator[list[World]]:
    """The same world on SQLite and on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder, room() as base, running_server(base) as server:
        made = [World(f"sqlite:///{Path(folder) / 'bench.sqlite3'}"), World(server.url())]
        try:
            yield made
        finally:
            for world in made:
                world.database.dispose()
