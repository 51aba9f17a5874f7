"""House rules for the diagrams: `python -m workflows.lint`. Exit 1 with one line for each fault: file: element: what, what to do.

The engine refuses a diagram that it cannot run rightly. This lint looks at what the engine does not care about: that a person can read
the drawing, that every element says which article of law it comes from, that every clock is one of the law. It reads XML only.
"""

import ast
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from workflows.catalogue import HERE, NAME, DeadlinesInvalid, ProcessFolder, process_folder

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
OURS = "{urn:giaitrinh:bpmn:1.0}"

ROLES = frozenset(
    ("receiver", "head", "handler", "clerk", "publisher", "archivist", "supervisor", "inspector", "party_inspector", "plan_owner",
     "plan_monitor", "lead_unit", "cooperating_unit", "requester", "system")
)  # fmt: skip
ACTIVITIES = {"userTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "subProcess"}
GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway"}
EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
NODES = ACTIVITIES | GATEWAYS | EVENTS
PARTS = {
    "sequenceFlow", "laneSet", "lane", "flowNodeRef", "incoming", "outgoing", "documentation", "textAnnotation", "text", "association",
    "conditionExpression", "script", "multiInstanceLoopCharacteristics", "loopCardinality", "timerEventDefinition", "timeDate",
    "messageEventDefinition", "terminateEventDefinition",
}  # fmt: skip
TIMER = re.compile(
    r"\s*(?:(?:deadline|halfway)\('(?P<plain>[a-z0-9_]+)'\)|(?:before|after|day_of)\('(?P<counted>[a-z0-9_]+)',\s*'\d{1,4} (?:wd|cd)'\))\s*"
)
FORM_KEY = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
SYLLABLE = re.compile(
    r"(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu|r|s|t[hr]?|v|x)?[aeiouy]{1,3}(?:ch?|m|ng?|nh|p|t)?"
)
SLACK = 3.0  # how far, in pixels, the end of a line may be from its shape
Box = tuple[float, float, float, float]


@dataclass(frozen=True, order=True)
class Fault:
    """One broken rule: in which file, at which element, what is wrong and what to do about it."""

    file: str
    element: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.file}: {self.element}: {self.wrong}"


@dataclass
class Subject:
    """One process folder as the rules see it."""

    folder: ProcessFolder
    root: Any
    parameters: frozenset[str]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, element: str, wrong: str, file: str = "process.bpmn") -> None:
        """Notes a broken rule."""
        self.faults.append(Fault(f"{self.folder.id}/{file}", element, wrong))

    @cached_property
    def process(self) -> Any:
        """The process element."""
        return self.root.find(f"{BPMN}process")

    @cached_property
    def nodes(self) -> list[Any]:
        """Every flow node, also those inside subprocesses, in the order of the file."""
        return [node for node in self.process.iter() if isinstance(node.tag, str) and local(node) in NODES]

    @cached_property
    def by_id(self) -> dict[str, Any]:
        """Flow nodes by id."""
        return {node.get("id", ""): node for node in self.nodes}

    @cached_property
    def flows(self) -> list[Any]:
        """Every sequence flow."""
        return list(self.process.iter(f"{BPMN}sequenceFlow"))

    @cached_property
    def lanes(self) -> list[Any]:
        """Every lane."""
        return list(self.process.iter(f"{BPMN}lane"))

    @cached_property
    def lanes_of(self) -> dict[str, list[Any]]:
        """The lanes that name a node."""
        found: dict[str, list[Any]] = {}
        for lane in self.lanes:
            for reference in lane.findall(f"{BPMN}flowNodeRef"):
                found.setdefault((reference.text or "").strip(), []).append(lane)
        return found

    @cached_property
    def boxes(self) -> dict[str, Box]:
        """The drawn shape (left, top, right, bottom) of each element."""
        boxes: dict[str, Box] = {}
        for shape in self.root.iter(f"{DI}BPMNShape"):
            for bounds in shape.findall(f"{DC}Bounds"):
                x, y, width, height = (float(bounds.get(name, "0")) for name in ("x", "y", "width", "height"))
                boxes[shape.get("bpmnElement", "")] = (x, y, x + width, y + height)
        return boxes

    @cached_property
    def tables(self) -> set[str]:
        """The ids of the decisions in the folder's DMN files."""
        return {
            decision.get("id", "")
            for path in self.folder.dmn_paths
            for decision in etree.fromstring(path.read_bytes(), safe_parser()).iter(f"{DMN}decision")
        }


def local(node: Any) -> str:
    """The tag without its namespace."""
    return str(etree.QName(node).localname)


def inside(node: Any) -> Any:
    """The subprocess that holds the node, or None when it lies directly in the process."""
    parent = node.getparent()
    return parent if parent is not None and local(parent) == "subProcess" else None


def safe_parser() -> etree.XMLParser:
    """A parser that fetches and expands nothing."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)


# --- the rules -------------------------------------------------------------------------------------------------------------------


def ids_are_words(subject: Subject) -> None:
    """Ids are unique, ascii and snake_case."""
    seen: set[str] = set()
    for node in [
        subject.process,
        *subject.nodes,
        *subject.flows,
        *subject.lanes,
        *subject.root.findall(f"{BPMN}message"),
    ]:
        identity = node.get("id") or ""
        if not NAME.fullmatch(identity):
            subject.fault(identity or local(node), "the id is not snake_case: give it a name that says what it is")
        if identity in seen:
            subject.fault(identity, "the id is used twice: rename one")
        seen.add(identity)
    if subject.process.get("id") != subject.folder.id:
        subject.fault(
            subject.process.get("id") or "process", f"the process id must be the folder's name, {subject.folder.id}"
        )


def only_what_the_engine_knows(subject: Subject) -> None:
    """No element that the engine would ignore or do wrongly."""
    for node in subject.process.iter():
        if not isinstance(node.tag, str) or node is subject.process:
            continue
        tag = local(node)
        if not node.tag.startswith(BPMN) or tag not in NODES | PARTS:
            owner = node.get("id") or node.getparent().get("id") or tag
            subject.fault(owner, f"<{tag}> is not supported: draw it with the elements of the dialect")
        if node.get("triggeredByEvent") == "true":
            subject.fault(node.get("id"), "event subprocesses are not supported: use boundary events")


def names_are_vietnamese(subject: Subject) -> None:
    """Everything a person sees has a Vietnamese name, in the one normal form of text."""
    for node in [subject.process, *subject.nodes, *subject.lanes]:
        name = " ".join((node.get("name") or "").split())
        if not looks_vietnamese(unicodedata.normalize("NFC", name)):
            subject.fault(
                node.get("id") or local(node), f"the name {name!r} is not Vietnamese: say in Vietnamese what it is"
            )
        elif unicodedata.normalize("NFC", name) != name:
            subject.fault(node.get("id") or local(node), "the name is not in the normal form NFC: write it again")


def work_has_a_form_and_a_role(subject: Subject) -> None:
    """Every user task names its form and its result, and it is clear who does it."""
    for node in subject.nodes:
        if local(node) != "userTask":
            continue
        identity = node.get("id") or ""
        if not FORM_KEY.fullmatch(node.get(f"{OURS}form") or ""):
            subject.fault(identity, "gt:form is missing or no form key: name its form, <process>.<element>")
        if not NAME.fullmatch(node.get(f"{OURS}result") or ""):
            subject.fault(identity, "gt:result is missing or not snake_case: name the variable that gets the entry")
        lanes = subject.lanes_of.get(identity, [])
        own = node.get(f"{OURS}role")
        if inside(node) is None and len(lanes) != 1:
            subject.fault(identity, f"it lies in {len(lanes)} lanes: put it in exactly one")
        if not own and not lanes:
            subject.fault(
                identity, "nobody is named who does it: give it gt:role, since a lane does not reach into a subprocess"
            )
        if own and own not in ROLES:
            subject.fault(identity, f"gt:role {own!r} is not known: use one of {', '.join(sorted(ROLES))}")


def lanes_have_roles(subject: Subject) -> None:
    """A lane is a role; it names flow nodes of the process itself; every such node lies in one lane."""
    for lane in subject.lanes:
        if lane.get(f"{OURS}role") not in ROLES:
            subject.fault(
                lane.get("id") or "lane", f"gt:role is missing or not known: use one of {', '.join(sorted(ROLES))}"
            )
        for reference in lane.findall(f"{BPMN}flowNodeRef"):
            node = subject.by_id.get((reference.text or "").strip())
            if node is None or inside(node) is not None:
                subject.fault(
                    lane.get("id") or "lane",
                    f"it names {reference.text!r}, which is no element of the process itself: remove it",
                )
    for node in subject.nodes:
        count = len(subject.lanes_of.get(node.get("id", ""), []))
        if inside(node) is None and local(node) != "userTask" and count != 1:
            subject.fault(node.get("id", ""), f"it lies in {count} lanes: put it in exactly one")


def timers_name_deadlines(subject: Subject) -> None:
    """A timer calls a deadline of deadlines.yaml; a lapse never takes work away from anybody."""
    declared = {rule.id for rule in subject.folder.deadlines}
    used = set()
    for node in subject.nodes:
        definition = node.find(f"{BPMN}timerEventDefinition")
        if definition is None:
            continue
        identity = node.get("id", "")
        match = TIMER.fullmatch(definition.findtext(f"{BPMN}timeDate") or "")
        if match is None:
            subject.fault(
                identity,
                "the timer is none of deadline, before, after, halfway, day_of: name a deadline, never a duration",
            )
            continue
        deadline = match["plain"] or match["counted"]
        used.add(deadline)
        if deadline not in declared:
            subject.fault(identity, f"the deadline {deadline} is not declared: add it to deadlines.yaml")
        if local(node) == "boundaryEvent" and node.get("cancelActivity") != "false":
            subject.fault(
                identity, 'the boundary timer interrupts: set cancelActivity="false", the duty outlives its deadline'
            )
    for unused in sorted(declared - used):
        subject.fault(unused, "no timer uses this deadline: draw one, or remove it", "deadlines.yaml")


def deadlines_rest_on_the_law(subject: Subject) -> None:
    """Every deadline names a legal parameter and elements that exist; its expressions can be read."""
    for rule in subject.folder.deadlines:
        if rule.parameter not in subject.parameters:
            subject.fault(
                rule.id,
                f"the parameter {rule.parameter} is not in law/parameters.yaml: add it with its citation",
                "deadlines.yaml",
            )
        for element in rule.met_by:
            if element not in subject.by_id:
                subject.fault(rule.id, f"met_by names {element}, which is not in the diagram", "deadlines.yaml")
        for text in (rule.starts, rule.due):
            if text and not readable(text):
                subject.fault(rule.id, f"«{text}» is no expression", "deadlines.yaml")


def gateways_decide(subject: Subject) -> None:
    """An exclusive gateway always has a way out; conditions stand behind gateways only; nothing splits in silence."""
    leaving: dict[str, list[Any]] = {}
    for flow in subject.flows:
        leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
        if flow.get("targetRef") not in subject.by_id or flow.get("sourceRef") not in subject.by_id:
            subject.fault(flow.get("id", ""), "it leads from or to an element that does not exist")
    for identity, node in subject.by_id.items():
        _check_ways_out(subject, identity, local(node), node.get("default"), leaving.get(identity, []))


def _check_ways_out(subject: Subject, identity: str, kind: str, default: str | None, flows: list[Any]) -> None:
    choosing = kind in {"exclusiveGateway", "inclusiveGateway"} and len(flows) > 1
    if kind not in GATEWAYS and len(flows) > 1:
        subject.fault(identity, "several flows leave it: put a gateway behind it")
    if choosing and default not in {flow.get("id") for flow in flows}:
        subject.fault(identity, "it has no default flow: mark the flow that is taken when no condition holds")
    for flow in flows:
        condition = flow.find(f"{BPMN}conditionExpression")
        if condition is not None and not readable("".join(condition.itertext())):
            subject.fault(flow.get("id", ""), "its condition is no expression")
        if condition is not None and (not choosing or flow.get("id") == default):
            subject.fault(
                flow.get("id", ""),
                "it carries a condition that nobody evaluates: remove it, or put it behind a gateway",
            )
        if condition is None and choosing and flow.get("id") != default:
            subject.fault(flow.get("id", ""), "it has no condition and is not the default: say when it is taken")


def messages_are_named(subject: Subject) -> None:
    """Messages have snake_case names and are used; what is thrown has a payload; what a person sends has a form and a role."""
    names = {message.get("id"): message.get("name") or "" for message in subject.root.findall(f"{BPMN}message")}
    for identity, name in names.items():
        if not NAME.fullmatch(name):
            subject.fault(str(identity), f"the message's name {name!r} is not snake_case")
    used = set()
    for node in subject.nodes:
        definition = node.find(f"{BPMN}messageEventDefinition")
        if definition is None and local(node) not in {"sendTask", "receiveTask"}:
            continue
        reference = (node if definition is None else definition).get("messageRef")
        used.add(reference)
        if reference not in names:
            subject.fault(
                node.get("id", ""), "its message is not declared: add <bpmn:message> and name it in messageRef"
            )
        _check_message(subject, node)
    for unused in sorted(str(identity) for identity in set(names) - used):
        subject.fault(unused, "nothing sends or awaits this message: remove it")


def _check_message(subject: Subject, node: Any) -> None:
    identity, kind = node.get("id", ""), local(node)
    payload, form = node.get(f"{OURS}payload"), node.get(f"{OURS}form")
    if kind in {"intermediateThrowEvent", "endEvent", "sendTask"} and not readable(payload or ""):
        subject.fault(identity, "gt:payload is missing or no expression: say what the message carries")
    if form and kind != "startEvent" and not form.startswith("message."):
        subject.fault(identity, f"gt:form {form!r} must be message.<name>")
    if form and kind != "startEvent" and node.get(f"{OURS}role") not in ROLES:
        subject.fault(identity, "gt:role is missing: say who may send this message")


def rules_have_tables(subject: Subject) -> None:
    """A business rule task names a decision of the folder and the variable that gets its outputs."""
    for node in subject.nodes:
        if local(node) != "businessRuleTask":
            continue
        if node.get(f"{OURS}decision") not in subject.tables:
            subject.fault(
                node.get("id", ""), f"there is no decision {node.get(f'{OURS}decision')!r} in the folder's .dmn files"
            )
        if not NAME.fullmatch(node.get(f"{OURS}result") or ""):
            subject.fault(
                node.get("id", ""), "gt:result is missing or not snake_case: name the variable that gets the outputs"
            )


def cases_end_with_an_outcome(subject: Subject) -> None:
    """Every way a case can end says with what outcome. (Side branches of non-interrupting events end in silence.)"""
    targets: dict[str, list[str]] = {}
    for flow in subject.flows:
        targets.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    for node in subject.nodes:
        if local(node) == "boundaryEvent" and node.get("cancelActivity") != "false":
            targets.setdefault(node.get("attachedToRef", ""), []).append(node.get("id", ""))
    waiting = [node.get("id", "") for node in subject.nodes if local(node) == "startEvent" and inside(node) is None]
    reached: set[str] = set()
    while waiting:
        identity = waiting.pop()
        if identity not in reached:
            reached.add(identity)
            waiting += targets.get(identity, [])
    for node in subject.nodes:
        ends = local(node) == "endEvent" and inside(node) is None and node.get("id") in reached
        if ends and not NAME.fullmatch(node.get(f"{OURS}outcome") or ""):
            subject.fault(node.get("id", ""), "gt:outcome is missing: say how the case ended")


def readme_names_the_law(subject: Subject) -> None:
    """The README's tables name every element, with its article of law or plan task in the last column."""
    rows: dict[str, str] = {}
    for line in subject.folder.readme.splitlines():
        cells = (
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if line.lstrip().startswith("|")
            else []
        )
        if len(cells) > 1:
            for identity in re.findall(r"`([a-z0-9_]+)`", cells[0]):
                rows[identity] = rows.get(identity) or cells[-1].strip("-–— ")
    for node in subject.nodes:
        identity = node.get("id", "")
        if identity not in rows:
            subject.fault(
                identity, "the README does not name it: add a row with its meaning and its article of law", "README.md"
            )
        elif not rows[identity]:
            subject.fault(
                identity, "its row has no article of law, plan task or [D]: say where it comes from", "README.md"
            )


def everything_is_drawn(subject: Subject) -> None:
    """Every node has a shape where it belongs, and every flow a line from shape to shape."""
    boxes = subject.boxes
    pool = boxes.get(next((p.get("id", "") for p in subject.root.iter(f"{BPMN}participant")), ""))
    if pool is None:
        subject.fault(subject.folder.id, "there is no pool with a shape: draw one participant around the process")
    for node in subject.nodes:
        identity = node.get("id", "")
        if identity not in boxes:
            subject.fault(identity, "it is not drawn: add its shape")
        elif not _stands_right(subject, node, pool):
            subject.fault(identity, "its shape lies outside its lane or its subprocess: move it")
    edges = {
        edge.get("bpmnElement"): [(float(p.get("x")), float(p.get("y"))) for p in edge.iter(WAYPOINT)]
        for edge in subject.root.iter(f"{DI}BPMNEdge")
    }
    for flow in subject.flows:
        points = edges.get(flow.get("id"), [])
        ends = (boxes.get(flow.get("sourceRef", "")), boxes.get(flow.get("targetRef", "")))
        if len(points) < 2:
            subject.fault(flow.get("id", ""), "it is not drawn: add its edge")
        elif all(ends) and not all(
            _touches(point, box) for point, box in zip((points[0], points[-1]), ends, strict=True)
        ):
            subject.fault(flow.get("id", ""), "its line does not begin and end at its elements: move its ends")


def _stands_right(subject: Subject, node: Any, pool: Box | None) -> bool:
    """A boundary event stands on its host's edge, so its middle counts. A subprocess may span several lanes of the pool."""
    box = subject.boxes[node.get("id", "")]
    around = inside(node)
    lanes = subject.lanes_of.get(node.get("id", ""), [])
    place = (
        subject.boxes.get(around.get("id", ""))
        if around is not None
        else subject.boxes.get(lanes[0].get("id", ""))
        if lanes
        else None
    )
    if place is None:
        return True  # another rule has complained
    if local(node) == "boundaryEvent":
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        host = subject.boxes.get(node.get("attachedToRef", ""))
        return _within((x, y, x, y), place) and host is not None and _touches((x, y), host)
    if local(node) == "subProcess" and around is None:
        return (pool is None or _within(box, pool)) and box[1] < place[3] and box[3] > place[1]
    return _within(box, place)


def _within(box: Box, place: Box) -> bool:
    return box[0] >= place[0] and box[1] >= place[1] and box[2] <= place[2] and box[3] <= place[3]


def _touches(point: tuple[float, float], box: Box | None) -> bool:
    """The point is on the edge of the box, give or take SLACK."""
    assert box is not None  # noqa: S101 - the caller looked
    x, y = point
    outer = (box[0] - SLACK, box[1] - SLACK, box[2] + SLACK, box[3] + SLACK)
    near = min(abs(x - box[0]), abs(x - box[2]), abs(y - box[1]), abs(y - box[3])) <= SLACK
    return near and _within((x, y, x, y), outer)


def looks_vietnamese(name: str) -> bool:
    """The name has Vietnamese letters, or at least Vietnamese syllables («Thanh tra»); an empty name or an English one has neither."""
    if any(letter.isalpha() and not letter.isascii() for letter in name):
        return True
    return (
        bool(name)
        and all(SYLLABLE.fullmatch(word) for word in re.findall(r"[^\W\d_]+", name.lower()))
        and name[0].isalpha()
    )


def readable(text: str) -> bool:
    """The text has the form of an expression. (What it may use is the engine's business.)"""
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


RULES: tuple[Callable[[Subject], None], ...] = (
    ids_are_words,
    only_what_the_engine_knows,
    names_are_vietnamese,
    work_has_a_form_and_a_role,
    lanes_have_roles,
    timers_name_deadlines,
    deadlines_rest_on_the_law,
    gateways_decide,
    messages_are_named,
    rules_have_tables,
    cases_end_with_an_outcome,
    readme_names_the_law,
    everything_is_drawn,
)


# --- the doors -------------------------------------------------------------------------------------------------------------------


def lint(folders: Iterable[Path], parameters: Iterable[str]) -> list[Fault]:
    """Every fault in these process folders, sorted. `parameters`: the ids of the legal parameters."""
    known = frozenset(parameters)
    return sorted(fault for folder in folders for fault in _lint_folder(folder, known))


def _lint_folder(path: Path, parameters: frozenset[str]) -> Iterator[Fault]:
    try:
        folder = process_folder(path)
        root = etree.fromstring(folder.bpmn_path.read_bytes(), safe_parser())
    except (DeadlinesInvalid, OSError, etree.XMLSyntaxError) as error:
        yield Fault(path.name, "folder", f"it cannot be read: {error}")
        return
    subject = Subject(folder, root, parameters)
    if subject.process is None:
        yield Fault(f"{path.name}/process.bpmn", "definitions", "there is no <process> in it")
        return
    for rule in RULES:
        rule(subject)
    yield from subject.faults


def parameter_ids(root: Path = HERE) -> set[str]:
    """The ids in law/parameters.yaml."""
    content: Mapping[str, Any] = yaml.safe_load((root / "law" / "parameters.yaml").read_text(encoding="utf-8"))
    return {row["id"] for row in content["parameters"]}


def main(root: Path = HERE) -> int:
    """Prints every fault; 1 when there is one."""
    folders = [path.parent for path in sorted(root.glob("*/process.bpmn"))]
    faults = lint(folders, parameter_ids(root))
    for fault in faults:
        print(fault)
    print(f"{len(folders)} processes, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
