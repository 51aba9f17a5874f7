"""Every element and every flow of the three diagrams is walked by some scenario of the acceptance tests.

The scenarios are told once more, on SQLite and in one process, so that the answer does not depend on which worker ran which test. What was
walked is read from the trails of their cases. A flow that leaves a gateway counts as walked when its target is the first of the gateway's
targets that the same step reaches after the gateway.
"""

import importlib
import shutil
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from engine.database import Database
from tests.scenario import run, told_in
from workflows.catalogue import HERE

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
STORIES = {
    "accountability_request": "tests.acceptance.test_accountability_requests",
    "plan_task": "tests.acceptance.test_plan_tasks",
    "inspection": "tests.acceptance.test_inspections",
}


class Drawing:
    """The elements of a diagram, and its flows as (source, target)."""

    def __init__(self, process: str) -> None:
        root = ET.parse(HERE / process / "process.bpmn").getroot().find(f"{BPMN}process")
        self.flows = {(flow.get("sourceRef"), flow.get("targetRef")) for flow in root.iter(f"{BPMN}sequenceFlow")}
        starts = {node.get("id") for node in root.iter(f"{BPMN}startEvent")}
        self.elements = starts | {end for flow in self.flows for end in flow}
        self.exclusive = {gateway.get("id") for gateway in root.iter(f"{BPMN}exclusiveGateway")}

    def targets(self, element: str) -> set[str]:
        return {target for source, target in self.flows if source == element}

    def walked(self, passed: list[str], come: list[str]) -> Iterator[tuple[str, str]]:
        """The flows of one step."""
        for place, element in enumerate(passed):
            reached = [other for other in [*passed[place + 1 :], *come] if other in self.targets(element)]
            if element in self.exclusive:
                reached = reached[:1]
            yield from ((element, other) for other in reached)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("process", STORIES)
def test_every_path_of_the_diagram_is_walked(process, tmp_path, migrated_sqlite_file):
    drawing = Drawing(process)
    elements: set[str] = set()
    flows: set[tuple[str, str]] = set()
    for passed, come in steps_of(process, tmp_path, migrated_sqlite_file):
        elements |= set(passed)
        flows |= set(drawing.walked(passed, come))
    assert (sorted(drawing.elements - elements), sorted(drawing.flows - flows)) == ([], [])


def steps_of(process: str, folder: Any, template: Any) -> Iterator[tuple[list[str], list[str]]]:
    """(elements passed, elements reached) of every step of the process in every scenario of its stories."""
    for number, (tell, given) in enumerate(told_in(importlib.import_module(STORIES[process]))):
        file = folder / f"{number}.sqlite3"
        shutil.copyfile(template, file)
        database = Database(f"sqlite:///{file}")
        try:
            yield from ((passed, come) for at, passed, come in run(tell, database, **given).passed() if at == process)
        finally:
            database.dispose()
            file.unlink()
