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
CONTAINERS = {"process", "subProcess"}
# Every element there is, and where it may stand. The library looks for most of them at any depth: a terminate definition
# inside a documentation, or a flow drawn into a subprocess, would run although nobody sees it.
PLACES: dict[str, set[str] | None] = {
    **dict.fromkeys(FLOW_NODES | {"sequenceFlow", "laneSet", "textAnnotation", "association", "group"}, CONTAINERS),
    "lane": {"laneSet", "childLaneSet"},
    "childLaneSet": {"lane"},
    "flowNodeRef": {"lane"},
    "incoming": FLOW_NODES,
    "outgoing": FLOW_NODES,
    "text": {"textAnnotation"},
    "conditionExpression": {"sequenceFlow"},
    "script": {"scriptTask"},
    "multiInstanceLoopCharacteristics": ACTIVITIES,
    "loopCardinality": {"multiInstanceLoopCharacteristics"},
    "timerEventDefinition": EVENTS,
    "messageEventDefinition": EVENTS,
    "terminateEventDefinition": EVENTS,
    "timeDate": {"timerEventDefinition"},
    "documentation": None,  # anywhere, as is the empty extensionElements
    "extensionElements": None,
}
# Attributes with a meaning that is not carried out: the one value that changes nothing.
WITHOUT_EFFECT = {
    "triggeredByEvent": "false",
    "isSequential": "false",
    "isForCompensation": "false",
    "instantiate": "false",
    "parallelMultiple": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
}
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = {"case", "instance"}  # variables that the engine sets
OUR_ATTRIBUTES = {
    "agency", "assignee", "collection", "correlation", "decision", "form", "may_go_unheard", "number_series", "outcome", "payload", "result", "role",
}  # fmt: skip
WAITING = {"userTask", "receiveTask", "intermediateCatchEvent"}
REASONS = {
    "eventBasedGateway": ("cổng theo sự kiện rẽ nhiều nhánh khi đồng hồ chạy muộn", "takes several branches when timers are polled late"),
    "compensateEventDefinition": ("bù trừ bị bỏ qua không báo", "compensation is ignored in silence"),
    "linkEventDefinition": ("sự kiện liên kết làm mất dấu", "a link loses its token"),
    "signalEventDefinition": ("tín hiệu ở điểm kết thúc bị bỏ qua", "a signal end event sends nothing"),
    "timeCycle": ("đồng hồ chu kỳ không ngắt được công việc", "an interrupting cycle timer does not interrupt"),
    "triggeredByEvent": ("quy trình con theo sự kiện không được hỗ trợ", "event subprocesses are not supported"),
    "isSequential": ("nhiều phiên bản tuần tự không được hỗ trợ", "instances one after the other are not supported"),
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
    may_go_unheard: bool = False
    script: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


def read_document(document: bytes) -> etree._Element:
    """The XML, parsed without entities, DTD or network. Raises ValueError in words."""
    if len(document) > LARGEST_DIAGRAM:
        raise ValueError(f"larger than {LARGEST_DIAGRAM} bytes")
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise ValueError("a document type declaration is not allowed")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError(f"not well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding where its bytes do not read <!DOCTYPE
        raise ValueError("a document type declaration is not allowed")
    return root


def local(node: etree._Element) -> str:
    """The tag without its namespace."""
    return str(etree.QName(node).localname)


def read_elements(root: etree._Element) -> tuple[dict[str, Element], list[Finding]]:
    """Every flow node by id, and why the diagram is refused (empty when it is not)."""
    findings: list[Finding] = []
    processes = root.findall(f"{BPMN}process")
    if len(processes) != 1:
        return {}, [
            Finding(root.get("id", "definitions"), "Cần đúng một <process>.", "Expected exactly one <process>.")
        ]
    process = processes[0]
    findings += [*_unsupported(process), *_identities(process)]
    messages = {message.get("id"): message.get("name") for message in root.findall(f"{BPMN}message")}
    elements = {element.id: element for element in _elements(process, messages, _lane_roles(process), findings)}
    if not elements:
        findings.append(
            Finding(process.get("id", "process"), "Quy trình không có phần tử nào.", "The process has no elements.")
        )
    if len(elements) > MOST_NODES:
        findings.append(
            Finding(process.get("id", ""), f"Quá {MOST_NODES} phần tử.", f"More than {MOST_NODES} elements.")
        )
    return elements, findings


def _unsupported(process: etree._Element) -> Iterator[Finding]:
    for node in process.iterdescendants("*"):
        tag, owner, where = local(node), _owner(node), local(next(node.iterancestors()))
        if not node.tag.startswith(BPMN):
            yield Finding(
                owner, f"<{tag}>: phần tử ngoài BPMN.", f"<{tag}>: not an element of BPMN; ours are attributes only."
            )
        elif tag not in PLACES:
            vi, en = REASONS.get(tag, ("không được hỗ trợ", "is not supported"))
            yield Finding(owner, f"<{tag}>: {vi}.", f"<{tag}>: {en}.")
        elif where not in (PLACES[tag] or {where}):
            yield Finding(owner, f"<{tag}> không được đặt trong <{where}>.", f"<{tag}> may not stand inside <{where}>.")
        for name in sorted(
            {str(key).removeprefix(OURS) for key in node.attrib if str(key).startswith(OURS)} - OUR_ATTRIBUTES
        ):
            yield Finding(owner, f"Không có thuộc tính gt:{name}.", f"There is no attribute gt:{name}.")
        for name, harmless in WITHOUT_EFFECT.items():
            if node.get(name, harmless) != harmless:
                vi, en = REASONS.get(name, ("không được hỗ trợ", "is not supported"))
                yield Finding(owner, f"{name}={node.get(name)}: {vi}.", f"{name}={node.get(name)}: {en}.")


def _identities(process: etree._Element) -> Iterator[Finding]:
    """The library finds elements by id, anywhere; it does not see a flow without one, and has names of its own such as End."""
    seen: set[str] = set()
    for node in process.iter("*"):
        identity, tag = node.get("id", ""), local(node)
        if identity in seen or (not identity and tag in FLOW_NODES | {"process", "sequenceFlow"}):
            yield Finding(identity or tag, "Thiếu hoặc trùng id.", "The id is missing or used twice.")
        elif tag in FLOW_NODES | {"process"} and not IDENTIFIER.fullmatch(identity):
            yield Finding(
                identity,
                "Id chỉ gồm chữ thường a–z, số và gạch dưới.",
                "An id has lower-case letters, digits and underscores only.",
            )
        if identity:
            seen.add(identity)


def _owner(node: etree._Element) -> str:
    """The id under which a person finds the element in the diagram; parts of an event are found under the event."""
    named = (
        one for one in (node, *node.iterancestors()) if one.get("id") and not local(one).endswith("EventDefinition")
    )
    return next((one.get("id", "") for one in named), local(node))


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
            result=self._result(),
            agency=self._expression("agency"),
            assignee=self._expression("assignee"),
            collection=self._collection(),
            decision=self._ours("decision"),
            timer=self._timer(),
            message=self._message(),
            payload=self._expression("payload"),
            correlation=self._expression("correlation"),
            outcome=self._ours("outcome"),
            may_go_unheard=self._ours("may_go_unheard") == "true",
            script=self._script(),
            attached_to=self.node.get("attachedToRef"),
            interrupting=self._interrupting(),
            default=self.node.get("default"),
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

    def _result(self) -> str | None:
        name = self._ours("result")
        if name is not None and (not IDENTIFIER.fullmatch(name) or name in RESERVED):
            self.refuse(f"Tên kết quả «{name}» không dùng được.", f"«{name}» cannot be the name of a result.")
        return name

    def _interrupting(self) -> bool:
        text = self.node.get("cancelActivity", "true")
        if text not in {"true", "false"}:
            self.refuse("cancelActivity phải là true hoặc false.", "Expected cancelActivity to be true or false.")
        return text == "true"

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
        if not collection:
            self.refuse("Thiếu gt:collection.", "gt:collection is missing.")
            return None
        if "".join((loop.findtext(f"{BPMN}loopCardinality") or "").split()) != f"len({''.join(collection.split())})":
            self.refuse(
                f"loopCardinality phải là len({collection}).", f"Expected the loopCardinality to be len({collection})."
            )
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
            self.refuse(
                "scriptFormat phải là giaitrinh.", "Expected scriptFormat giaitrinh: no Python runs from a diagram."
            )
        try:
            names = {name for name, _value in compile_assignments(script)}
        except ExpressionError as error:
            self.refuse(f"Đoạn gán không hợp lệ: {error}", f"The assignments are not valid: {error}")
            return script
        if not names or names & RESERVED:
            self.refuse(
                "Đoạn gán phải có ít nhất một dòng và không gán cho case, instance.",
                "Expected at least one assignment, and none to case or instance.",
            )
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
        if element.kind != "endEvent" and not element.targets:
            self.refuse("Không có luồng ra.", "No flow leaves it.")
        if element.kind not in {"startEvent", "boundaryEvent"} and not element.sources:
            self.refuse("Không có luồng vào.", "No flow reaches it.")
        if element.kind in {"startEvent", "boundaryEvent"} and element.sources:
            self.refuse("Sự kiện này không nhận luồng vào.", "No flow may lead to this kind of event.")
