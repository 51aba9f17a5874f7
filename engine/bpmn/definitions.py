"""A definition: one vetted, hashed version of a process. Parsed once, shared read-only by every case of it.

`DefinitionSource` is what is stored and hashed: diagram, decision tables, deadline rules, and the description of every form that the
diagram names. `parse` refuses a source with every reason, or gives the `Definition`, which it builds once.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.bpmn.decisions import DecisionTable, read_tables
from engine.bpmn.dialect import (
    ACTIVITIES,
    BPMN,
    MOST_NODES,
    OURS,
    WAITING,
    Element,
    Finding,
    read_document,
    read_elements,
)
from engine.bpmn.expressions import ExpressionError, compile_expression
from engine.bpmn.spiff_elements import parse_specifications
from engine.errors import Invalid

CHOOSING = {"exclusiveGateway", "inclusiveGateway"}
COUNTING = {"parallelGateway", "inclusiveGateway"}
MOST_PREDICTED = 5_000  # the library lays out every way ahead: parallel blocks in a row double it


@dataclass(frozen=True)
class DeadlineRule:
    """How a deadline of the process relates to a legal parameter: see workflows/<process>/deadlines.yaml."""

    id: str
    parameter: str
    label_vi: str
    label_en: str
    starts: str | None = None
    due: str | None = None
    restart: bool = False
    met_by: tuple[str, ...] = ()
    voided_by: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "DeadlineRule":
        known = {name: row[name] for name in cls.__dataclass_fields__ if row.get(name) is not None}
        return cls(
            **{**known, "met_by": tuple(row.get("met_by") or ()), "voided_by": tuple(row.get("voided_by") or ())}
        )


@dataclass(frozen=True)
class DefinitionSource:
    """Everything that decides how a case runs, as text: what is hashed, stored, and replayed from for ever."""

    process: str
    bpmn: str
    tables: tuple[tuple[str, str], ...] = ()
    deadlines: tuple[dict[str, Any], ...] = ()
    forms: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no blanks."""
        content = {
            "process": self.process,
            "bpmn": self.bpmn,
            "tables": [list(table) for table in self.tables],
            "deadlines": list(self.deadlines),
            "forms": self.forms,
        }
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "DefinitionSource":
        content = json.loads(text)
        return cls(
            process=content["process"],
            bpmn=content["bpmn"],
            tables=tuple((name, table) for name, table in content["tables"]),
            deadlines=tuple(content["deadlines"]),
            forms=content["forms"],
        )

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()


@dataclass(frozen=True)
class Definition:
    """A parsed process. `elements` by id; `starts` maps a start message (None: no message) to its start event."""

    process: str
    name: str
    number_series: str
    sha256: str
    elements: Mapping[str, Element]
    starts: Mapping[str | None, str]
    deadlines: Mapping[str, DeadlineRule]
    tables: Mapping[str, DecisionTable]
    specification: Any = field(repr=False)
    subprocesses: Mapping[str, Any] = field(repr=False)

    def boundary_events(self, activity: str) -> Iterator[Element]:
        return (element for element in self.elements.values() if element.attached_to == activity)


def parse(source: DefinitionSource) -> Definition:
    """The definition, vetted and parsed once per hash. Raises Invalid (definition_refused) with every reason by element."""
    return _parse_cached(source.to_json(), vetted_now=True)


def published(source: DefinitionSource) -> Definition:
    """A definition that was vetted when it was published. Today's vetting may be stricter; its cases run and replay all the same."""
    return _parse_cached(source.to_json(), vetted_now=False)


@lru_cache(maxsize=256)
def _parse_cached(text: str, *, vetted_now: bool) -> Definition:
    source = DefinitionSource.from_json(text)
    try:
        root = read_document(source.bpmn.encode())
    except ValueError as error:
        raise refused(
            [Finding(source.process, f"Không đọc được sơ đồ: {error}", f"The diagram cannot be read: {error}")]
        ) from error
    elements, findings = read_elements(root)
    if not 0 < len(elements) <= MOST_NODES:
        raise refused(findings)
    process = root.find(f"{BPMN}process")
    assert process is not None  # noqa: S101 - its elements were read
    process_id = process.get("id", "")
    tables = _read_tables(source, findings)
    rules = _read_rules(source, findings)
    findings += _Vetting(process, elements, rules, tables).findings()
    if findings and vetted_now:
        raise refused(findings)
    repeating = [e.id for e in elements.values() if e.kind == "boundaryEvent" and e.message and not e.interrupting]
    try:
        specification, subprocesses = parse_specifications(root, process_id, repeating)
    except SpiffWorkflowException as error:
        where = getattr(error, "id", "") or process_id
        raise refused(
            [Finding(where, f"Không đọc được sơ đồ: {error}", f"The diagram cannot be read: {error}")]
        ) from error
    return Definition(
        process=process_id,
        name=process.get("name", process_id),
        number_series=process.get(f"{OURS}number_series", process_id.upper()),
        sha256=source.sha256,
        elements=elements,
        starts={e.message: e.id for e in elements.values() if e.kind == "startEvent" and e.scope == process_id},
        deadlines=rules,
        tables=tables,
        specification=specification,
        subprocesses=subprocesses,
    )


def _read_tables(source: DefinitionSource, findings: list[Finding]) -> dict[str, DecisionTable]:
    tables: dict[str, DecisionTable] = {}
    for name, text in source.tables:
        try:
            read = read_tables(text.encode())
        except ValueError as error:
            findings.append(
                Finding(name, f"Không đọc được bảng quyết định: {error}", f"The decision table cannot be read: {error}")
            )
            continue
        findings += [
            Finding(twice, f"Bảng quyết định {twice} có hai lần.", f"There are two decision tables {twice}.")
            for twice in sorted(read.keys() & tables.keys())
        ]
        tables |= read
    return tables


def _read_rules(source: DefinitionSource, findings: list[Finding]) -> dict[str, DeadlineRule]:
    rules: dict[str, DeadlineRule] = {}
    for row in source.deadlines:
        identity = str(row.get("id", "deadlines"))
        needed = all(isinstance(row.get(name), str) for name in ("id", "parameter", "label_vi", "label_en"))
        optional = all(isinstance(row.get(name) or "", str) for name in ("starts", "due"))
        if identity in rules or not needed or not optional:
            findings.append(
                Finding(
                    identity,
                    "Thời hạn khai báo hai lần, hoặc id, parameter, label_vi, label_en, starts, due không phải là chữ.",
                    "The deadline is declared twice, or its id, parameter, label_vi, label_en, starts, due are no texts.",
                )
            )
            continue
        rules[identity] = DeadlineRule.from_json(row)
    return rules


def refused(findings: list[Finding]) -> Invalid:
    """The refusal of a definition, every finding under its element's id."""
    fields: dict[str, list[Any]] = {}
    for finding in findings:
        fields.setdefault(finding.element, []).append({"code": "not_supported", "vi": finding.vi, "en": finding.en})
    listed = "; ".join(f"{finding.element}: {finding.en}" for finding in findings[:5])
    listed_vi = "; ".join(f"{finding.element}: {finding.vi}" for finding in findings[:5])
    return Invalid("definition_refused", f"Sơ đồ bị từ chối: {listed_vi}", f"The diagram is refused: {listed}", fields)


class _Vetting:
    """What the schema of BPMN allows and this engine does not, as findings."""

    def __init__(
        self,
        process: Any,
        elements: dict[str, Element],
        rules: Mapping[str, DeadlineRule],
        tables: Mapping[str, DecisionTable],
    ) -> None:
        self.process = process
        self.elements = elements
        self.rules = rules
        self.tables = tables

    def findings(self) -> list[Finding]:
        return [
            *self._flows(),
            *self._gateways(),
            *self._references(),
            *self._boundaries(),
            *self._starts(),
            *self._unreachable(),
            *self._loops(),
            *self._breadth(),
        ]

    def _flows(self) -> Iterator[Finding]:
        for flow in self.process.iter(f"{BPMN}sequenceFlow"):
            source = self.elements.get(flow.get("sourceRef", ""))
            target = self.elements.get(flow.get("targetRef", ""))
            identity = flow.get("id", "")
            if source is None or target is None:
                yield Finding(
                    identity, "Luồng nối tới phần tử không có.", "The flow leads to an element that does not exist."
                )
                continue
            if not source.scope == target.scope == flow.getparent().get("id"):
                yield Finding(
                    identity, "Luồng đi qua ranh giới quy trình con.", "The flow crosses the border of a subprocess."
                )
            condition = flow.find(f"{BPMN}conditionExpression")
            chooses = source.kind in CHOOSING
            if condition is not None and not chooses:
                yield Finding(
                    identity,
                    f"Điều kiện trên luồng rời «{source.id}» bị bỏ qua: hãy đặt một cổng loại trừ.",
                    f"The condition on a flow leaving {source.id} would be ignored: put an exclusive gateway there.",
                )
            if chooses and len(source.targets) > 1 and (condition is None) is not (identity == source.default):
                yield Finding(
                    identity, "Luồng rời cổng phải có điều kiện, hoặc là mặc định.", "A flow leaving a gateway has a condition or is the default."
                )  # fmt: skip
            if condition is not None:
                yield from self._compiles(identity, condition.text or "")

    def _gateways(self) -> Iterator[Finding]:
        leaving = {(flow.get("sourceRef"), flow.get("id")) for flow in self.process.iter(f"{BPMN}sequenceFlow")}
        for element in self.elements.values():
            if element.kind == "exclusiveGateway" and len(element.targets) > 1 and not element.default:
                yield Finding(
                    element.id, "Cổng loại trừ thiếu luồng mặc định.", "The exclusive gateway has no default flow."
                )
            if element.default and (element.id, element.default) not in leaving:
                yield Finding(
                    element.id, "Luồng mặc định không rời phần tử này.", "Its default flow does not leave it."
                )
            if element.kind in COUNTING and len(set(element.sources)) < len(element.sources):
                yield Finding(
                    element.id,
                    "Hai luồng từ cùng một phần tử tới cổng này.",
                    "Two flows from the same element lead to this join.",
                )

    def _compiles(self, identity: str, text: str) -> Iterator[Finding]:
        try:
            compile_expression(text)
        except ExpressionError as error:
            yield Finding(identity, f"Biểu thức không hợp lệ: {error}", f"The expression is not valid: {error}")

    def _references(self) -> Iterator[Finding]:
        for element in self.elements.values():
            if element.timer and element.timer.deadline not in self.rules:
                name = element.timer.deadline
                yield Finding(element.id, f"Thời hạn «{name}» chưa khai báo.", f"The deadline {name} is not declared.")
            if element.kind == "businessRuleTask" and element.decision not in self.tables:
                yield Finding(
                    element.id,
                    f"Không có bảng quyết định «{element.decision}».",
                    f"There is no decision table {element.decision}.",
                )
            if element.kind == "userTask" and not (element.form and element.result):
                yield Finding(
                    element.id,
                    "Việc của người thiếu biểu mẫu hoặc tên kết quả.",
                    "A user task needs gt:form and gt:result.",
                )
        for rule in self.rules.values():
            for text in (rule.starts, rule.due):
                if text:
                    yield from self._compiles(rule.id, text)

    def _boundaries(self) -> Iterator[Finding]:
        for element in self.elements.values():
            if element.kind != "boundaryEvent":
                continue
            activity = self.elements.get(element.attached_to or "")
            if activity is None or activity.kind not in ACTIVITIES or activity.scope != element.scope:
                yield Finding(
                    element.id,
                    "Sự kiện biên phải gắn vào một hoạt động cùng cấp.",
                    "A boundary event is attached to an activity beside it; this one is not.",
                )

    def _starts(self) -> Iterator[Finding]:
        for scope in [self.process.get("id"), *(e.id for e in self.elements.values() if e.kind == "subProcess")]:
            starts = [e.message for e in self.elements.values() if e.kind == "startEvent" and e.scope == scope]
            if scope == self.process.get("id") and len(set(starts)) != len(starts):
                yield Finding(scope, "Hai điểm bắt đầu cùng một thông điệp.", "Two start events for the same message.")
            elif scope != self.process.get("id") and starts != [None]:
                yield Finding(
                    scope,
                    "Quy trình con cần đúng một điểm bắt đầu thường.",
                    "A subprocess needs exactly one plain start event.",
                )

    def _unreachable(self) -> Iterator[Finding]:
        reached: set[str] = set()
        waiting = [e.id for e in self.elements.values() if e.kind == "startEvent" and e.scope == self.process.get("id")]
        while waiting:
            element = self.elements[waiting.pop()]
            if element.id in reached:
                continue
            reached.add(element.id)
            waiting += [t for t in element.targets if t in self.elements]
            waiting += [
                e.id
                for e in self.elements.values()
                if e.attached_to == element.id or (e.scope == element.id and e.kind == "startEvent")
            ]
        for identity in self.elements:
            if identity not in reached:
                yield Finding(
                    identity, "Không đường nào từ điểm bắt đầu tới đây.", "No way leads here from a start event."
                )

    def _loops(self) -> Iterator[Finding]:
        waiting = self._waiting()
        quiet = [element for element in self.elements.values() if element.id not in waiting]
        if cycle := self._cycle_of(quiet):
            yield Finding(cycle, "Vòng lặp không có việc chờ nào.", "A loop that never waits for anybody.")
        # The library lays out what will surely come: without a choice in the loop it would never finish laying out.
        certain = [element for element in self.elements.values() if element.kind not in CHOOSING]
        if cycle := self._cycle_of(certain):
            yield Finding(
                cycle, "Vòng lặp không có cổng nào để ra.", "A loop without an exclusive gateway to leave it by."
            )

    def _cycle_of(self, among: list[Element]) -> str | None:
        graph = {element.id: list(element.targets) for element in among}
        state: dict[str, int] = {}
        return next((cycle for identity in graph if (cycle := _find_cycle(identity, graph, state))), None)

    def _waiting(self) -> set[str]:
        """The elements that wait, and the subprocesses that hold one."""
        waiting: set[str] = set()
        for element in self.elements.values():
            identity = element.id
            while element.kind in WAITING and identity in self.elements and identity not in waiting:
                waiting.add(identity)
                identity = self.elements[identity].scope
        return waiting

    def _breadth(self) -> Iterator[Finding]:
        counts: dict[str, int] = {}

        def ahead(identity: str, path: frozenset[str]) -> int:
            element = self.elements.get(identity)
            if element is None or identity in path or element.kind in CHOOSING:
                return 1
            if identity not in counts:
                counts[identity] = min(
                    1 + sum(ahead(t, path | {identity}) for t in element.targets), MOST_PREDICTED + 1
                )
            return counts[identity]

        widest = max(self.elements, key=lambda identity: ahead(identity, frozenset()))
        if ahead(widest, frozenset()) > MOST_PREDICTED:
            yield Finding(widest, "Quá nhiều nhánh song song nối tiếp.", "Too many parallel blocks in a row.")


def _find_cycle(identity: str, graph: Mapping[str, list[str]], state: dict[str, int]) -> str | None:
    """The id of an element on a cycle that `identity` reaches, if any. 1: on the way, 2: done."""
    stack = [(identity, iter(graph.get(identity, ())))]
    if state.get(identity):
        return None
    state[identity] = 1
    while stack:
        here, targets = stack[-1]
        following = next((t for t in targets if t in graph), None)
        if following is None:
            state[here] = 2
            stack.pop()
        elif state.get(following) == 1:
            return following
        elif following not in state:
            state[following] = 1
            stack.append((following, iter(graph.get(following, ()))))
    return None
