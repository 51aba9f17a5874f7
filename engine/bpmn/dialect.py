"""Our dialect of BPMN 2.0: which elements there are, what their `gt:` attributes mean, and what is refused.

SpiffWorkflow reads more elements than it carries out rightly (it ignores links, compensation and signal end events in silence, takes
two branches of an event-based gateway, does not interrupt by a cycle timer…). Whatever is not listed here is refused at publication
with the element's id and the reason, so that nothing runs wrong in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.expressions import ExpressionError, compile_assignments, compile_expression

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
OURS = "{urn:giaitrinh:bpmn:1.0}"
LARGEST_DIAGRAM = 1_000_000  # bytes; half of it is drawing
MOST_NODES = 300  # the parser recurses once per node

ACTIVITIES = {"userTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "subProcess"}
GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway"}
EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS
NEUTRAL = {"sequenceFlow", "laneSet", "lane", "flowNodeRef", "incoming", "outgoing", "documentation", "extensionElements",
           "textAnnotation", "text", "association", "group", "childLaneSet", "conditionExpression", "script",
           "multiInstanceLoopCharacteristics", "loopCardinality", "timerEventDefinition", "messageEventDefinition",
           "terminateEventDefinition", "timeDate"}  # fmt: skip
WAITING = {"userTask", "receiveTask", "intermediateCatchEvent"}
REASONS = {
    "eventBasedGateway": ("cổng theo sự kiện rẽ nhiều nhánh khi đồng hồ chạy muộn", "takes several branches when timers are polled late"),
    "compensateEventDefinition": ("bù trừ bị bỏ qua không báo", "compensation is ignored in silence"),
    "linkEventDefinition": ("sự kiện liên kết làm mất dấu", "a link loses its token"),
    "signalEventDefinition": ("tín hiệu ở điểm kết thúc bị bỏ qua", "a signal end event sends nothing"),
    "timeCycle": ("đồng hồ chu kỳ không ngắt được công việc", "an interrupting cycle timer does not interrupt"),
    "timeDuration": (
        "thời hạn phải nêu tên thời hạn pháp lý, không viết P15D", "a timer names a legal deadline, never a duration such as P15D",
    ),
}  # fmt: skip

EVENT_DEFINITIONS = {
    "startEvent": {"messageEventDefinition"},
    "endEvent": {"messageEventDefinition", "terminateEventDefinition"},
    "intermediateCatchEvent": {"timerEventDefinition", "messageEventDefinition"},
    "intermediateThrowEvent": {"messageEventDefinition"},
    "boundaryEvent": {"timerEventDefinition", "messageEventDefinition"},
}
TIMER_CALL = re.compile(
    r"^\s*(?P<relation>deadline|before|after|halfway|day_of)\(\s*'(?P<deadline>[a-z0-9_]+)'\s*"
    r"(?:,\s*'(?P<amount>\d{1,4}) (?P<unit>wd|cd)'\s*)?\)\s*$"
)
NEEDS_AMOUNT = {"before", "after", "day_of"}


@dataclass(frozen=True)
class Finding:
    """One reason why a diagram is refused: the element's id, the reason in both languages."""

    element: str
    vi: str
    en: str


@dataclass(frozen=True)
class TimerCall:
    """What a diagram's timer says: deadline('explain') is at; before('explain', '3 wd') is before, 3, wd."""

    deadline: str
    relation: str
    amount: int = 0
    unit: str = "cd"


@dataclass(frozen=True)
class Element:
    """One flow node of a diagram with everything the engine needs to know about it."""

    id: str
    kind: str
    name: str
    scope: str
    role: str | None = None
    form: str | None = None
    result: str | None = None
    agency: str | None = None
    assignee: str | None = None
    collection: str | None = None
    decision: str | None = None
    timer: TimerCall | None = None
    message: str | None = None
    payload: str | None = None
    correlation: str | None = None
    outcome: str | None = None
    script: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


def read_document(document: bytes) -> etree._Element:
    """The XML, parsed without entities, DTD or network. Raises ValueError in words."""
    if len(document) > LARGEST_DIAGRAM:
        raise ValueError(f"larger than {LARGEST_DIAGRAM} bytes")
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise ValueError("a document type declaration is not allowed")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        return etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError(f"not well-formed XML: {error}") from error


def local(node: etree._Element) -> str:
    """The tag without its namespace."""
    return str(etree.QName(node).localname)


def read_elements(root: etree._Element) -> tuple[dict[str, Element], list[Finding]]:
    """Every flow node by id, and why the diagram is refused (empty when it is not)."""
    findings: list[Finding] = []
    processes = root.findall(f"{BPMN}process")
    if len(processes) != 1:
        return {}, [Finding(root.get("id", "definitions"), "Cần đúng một <process>.", "Expected exactly one <process>.")]
    process = processes[0]
    findings += list(_unsupported(process))
    messages = {message.get("id"): message.get("name") for message in root.findall(f"{BPMN}message")}
    elements = {element.id: element for element in _elements(process, messages, _lane_roles(process), findings)}
    if len(elements) > MOST_NODES:
        findings.append(Finding(process.get("id", ""), f"Quá {MOST_NODES} phần tử.", f"More than {MOST_NODES} elements."))
    return elements, findings


def _unsupported(process: etree._Element) -> Iterator[Finding]:
    for node in process.iter(f"{BPMN}*"):
        tag = local(node)
        if node is process or tag in FLOW_NODES or tag in NEUTRAL:
            continue
        vi, en = REASONS.get(tag, ("không được hỗ trợ", "is not supported"))
        owner = node if node.get("id") and not tag.endswith("EventDefinition") else _owner(node)
        yield Finding(owner.get("id", tag), f"<{tag}>: {vi}.", f"<{tag}>: {en}.")
    for node in process.iter(f"{BPMN}subProcess"):
        if node.get("triggeredByEvent") == "true":
            yield Finding(
                node.get("id", ""), "Quy trình con theo sự kiện không được hỗ trợ.", "Event subprocesses are not supported."
            )


def _owner(node: etree._Element) -> etree._Element:
    parent = node.getparent()
    return node if parent is None else parent


def _lane_roles(process: etree._Element) -> dict[str, str]:
    return {
        reference.text.strip(): lane.get(f"{OURS}role", "")
        for lane in process.iter(f"{BPMN}lane")
        for reference in lane.findall(f"{BPMN}flowNodeRef")
        if reference.text
    }


def _elements(
    process: etree._Element, messages: dict[str | None, str | None], roles: dict[str, str], findings: list[Finding]
) -> Iterator[Element]:
    sources: dict[str, list[str]] = {}
    targets: dict[str, list[str]] = {}
    seen: set[str] = set()
    for flow in process.iter(f"{BPMN}sequenceFlow"):
        targets.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
        sources.setdefault(flow.get("targetRef", ""), []).append(flow.get("sourceRef", ""))
    for node in process.iter(*(f"{BPMN}{tag}" for tag in sorted(FLOW_NODES))):
        identity = node.get("id")
        if not identity or identity in seen:
            findings.append(Finding(identity or local(node), "Thiếu hoặc trùng id.", "The id is missing or used twice."))
            continue
        seen.add(identity)
        reader = _ElementReader(node, messages, findings)
        yield reader.read(roles.get(identity), tuple(sources.get(identity, ())), tuple(targets.get(identity, ())))


class _ElementReader:
    """Reads one flow node, and notes what is wrong with it."""

    def __init__(self, node: etree._Element, messages: dict[str | None, str | None], findings: list[Finding]) -> None:
        self.node = node
        self.id = node.get("id", "")
        self.kind = local(node)
        self.messages = messages
        self.findings = findings

    def read(self, lane_role: str | None, sources: tuple[str, ...], targets: tuple[str, ...]) -> Element:
        parent = self.node.getparent()
        element = Element(
            id=self.id,
            kind=self.kind,
            name=" ".join((self.node.get("name") or "").split()),
            scope=parent.get("id", "") if parent is not None else "",
            role=self._ours("role") or lane_role,
            form=self._ours("form"),
            result=self._ours("result"),
            agency=self._expression("agency"),
            assignee=self._expression("assignee"),
            collection=self._collection(),
            decision=self._ours("decision"),
            timer=self._timer(),
            message=self._message(),
            payload=self._expression("payload"),
            correlation=self._expression("correlation"),
            outcome=self._ours("outcome"),
            script=self._script(),
            attached_to=self.node.get("attachedToRef"),
            interrupting=self.node.get("cancelActivity", "true") != "false",
            sources=sources,
            targets=targets,
        )
        self._check_event()
        self._check_flows(element)
        return element

    def refuse(self, vi: str, en: str) -> None:
        self.findings.append(Finding(self.id, vi, en))

    def _ours(self, name: str) -> str | None:
        return self.node.get(f"{OURS}{name}")

    def _expression(self, name: str) -> str | None:
        text = self._ours(name)
        if text is not None:
            self._compiles(text, f"gt:{name}")
        return text

    def _compiles(self, text: str, where: str) -> None:
        try:
            compile_expression(text)
        except ExpressionError as error:
            self.refuse(f"{where}: biểu thức không hợp lệ: {error}", f"{where}: {error}")

    def _collection(self) -> str | None:
        loop = self.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
        if loop is None:
            return None
        collection = loop.get(f"{OURS}collection")
        if self.kind not in {"userTask", "sendTask", "receiveTask"}:
            self.refuse(
                "Nhiều phiên bản chỉ dùng cho việc của người, gửi và nhận thông điệp.",
                "Multiple instances are for user, send and receive tasks only.",
            )
        if loop.get("isSequential") == "true":
            self.refuse("Nhiều phiên bản tuần tự chưa được hỗ trợ.", "Sequential multiple instances are not supported.")
        if not collection:
            self.refuse("Thiếu gt:collection.", "gt:collection is missing.")
            return None
        self._compiles(collection, "gt:collection")
        return collection

    def _timer(self) -> TimerCall | None:
        node = self.node.find(f"{BPMN}timerEventDefinition")
        if node is None:
            return None
        text = (node.findtext(f"{BPMN}timeDate") or "").strip()
        match = TIMER_CALL.match(text)
        if match is None or (match["relation"] in NEEDS_AMOUNT) is not bool(match["amount"]):
            self.refuse(
                f"Đồng hồ phải gọi deadline(), before(), after(), halfway() hoặc day_of(), nhưng lại là «{text}».",
                f"A timer calls deadline(), before(), after(), halfway() or day_of(), but it is «{text}».",
            )
            return None
        relation = "at" if match["relation"] == "deadline" else match["relation"]
        return TimerCall(match["deadline"], relation, int(match["amount"] or 0), match["unit"] or "cd")

    def _message(self) -> str | None:
        node = self.node.find(f"{BPMN}messageEventDefinition")
        reference = self.node.get("messageRef") if node is None else node.get("messageRef")
        if node is None and self.kind not in {"sendTask", "receiveTask"}:
            return None
        name = self.messages.get(reference)
        if not name:
            self.refuse("Thông điệp không có tên trong tệp.", "The message it names is not declared.")
        return name

    def _script(self) -> str | None:
        if self.kind != "scriptTask":
            return None
        script = self.node.findtext(f"{BPMN}script") or ""
        if self.node.get("scriptFormat") != "giaitrinh":
            self.refuse("scriptFormat phải là giaitrinh.", "Expected scriptFormat giaitrinh: no Python runs from a diagram.")
        try:
            compile_assignments(script)
        except ExpressionError as error:
            self.refuse(f"Đoạn gán không hợp lệ: {error}", f"The assignments are not valid: {error}")
        return script

    def _check_event(self) -> None:
        if self.kind not in EVENT_DEFINITIONS:
            return
        found = [local(child) for child in self.node if local(child).endswith("EventDefinition")]
        allowed = EVENT_DEFINITIONS[self.kind]
        needed = self.kind in {"intermediateCatchEvent", "boundaryEvent"}
        if len(found) > 1 or any(tag not in allowed for tag in found) or (needed and not found):
            self.refuse(
                f"Sự kiện {self.kind} chỉ nhận một trong: {', '.join(sorted(allowed))}.",
                f"A {self.kind} takes one of: {', '.join(sorted(allowed))}; found {', '.join(found) or 'none'}.",
            )

    def _check_flows(self, element: Element) -> None:
        if element.kind not in GATEWAYS and len(element.targets) > 1:
            self.refuse("Nhiều luồng ra không qua cổng.", "Several flows leave it without a gateway.")
        if element.kind == "endEvent" and element.targets:
            self.refuse("Điểm kết thúc không có luồng ra.", "An end event has no outgoing flow.")
        if element.kind not in {"endEvent"} and not element.targets:
            self.refuse("Không có luồng ra.", "No flow leaves it.")
        if element.kind not in {"startEvent", "boundaryEvent"} and not element.sources:
            self.refuse("Không có luồng vào.", "No flow reaches it.")
