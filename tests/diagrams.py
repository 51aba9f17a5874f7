"""Small diagrams for tests: nodes and flows in, BPMN 2.0 text out. No drawing; the real diagrams are in workflows/."""

from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine.bpmn.definitions import Definition, DefinitionSource, parse

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:gt="urn:giaitrinh:bpmn:1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:giaitrinh:test">'
)
DEADLINES = (
    {"id": "explain", "parameter": "explain", "label_vi": "Giải trình", "label_en": "Explain", "starts": "start.on"},
)


class Diagram:
    """`Diagram().start("s").user("work").end("e").chain("s", "work", "e").definition()`."""

    def __init__(self, process: str = "p") -> None:
        self.process = process
        self.rows: list[str] = []
        self.scope: list[list[str]] = [self.rows]
        self.messages: set[str] = set()
        self.flows = 0

    def node(self, kind: str, identity: str, inner: str = "", **attributes: Any) -> "Diagram":
        text = "".join(f" {name.replace('__', ':')}={quoteattr(str(value))}" for name, value in attributes.items())
        self.scope[-1].append(f'<bpmn:{kind} id="{identity}" name="{identity}"{text}>{inner}</bpmn:{kind}>')
        return self

    def start(self, identity: str = "s", message: str | None = None) -> "Diagram":
        return self.node("startEvent", identity, self._message(message))

    def end(
        self, identity: str = "e", outcome: str | None = None, message: str | None = None, terminate: bool = False
    ) -> "Diagram":
        inner = "<bpmn:terminateEventDefinition/>" if terminate else self._message(message)
        return self.node("endEvent", identity, inner, **({"gt__outcome": outcome} if outcome else {}))

    def user(self, identity: str, collection: str | None = None, **attributes: Any) -> "Diagram":
        inner = self._loop(collection)
        return self.node("userTask", identity, inner, gt__form=f"p.{identity}", gt__result=identity, **attributes)

    def send(self, identity: str, message: str, collection: str | None = None, **attributes: Any) -> "Diagram":
        return self.node("sendTask", identity, self._loop(collection), messageRef=self._declare(message), **attributes)

    def receive(self, identity: str, message: str, collection: str | None = None, **attributes: Any) -> "Diagram":
        return self.node(
            "receiveTask", identity, self._loop(collection), messageRef=self._declare(message), **attributes
        )

    def script(self, identity: str, script: str) -> "Diagram":
        return self.node(
            "scriptTask", identity, f"<bpmn:script>{escape(script)}</bpmn:script>", scriptFormat="giaitrinh"
        )

    def exclusive(self, identity: str, default: str | None = None) -> "Diagram":
        return self.node("exclusiveGateway", identity, **({"default": default} if default else {}))

    def parallel(self, identity: str) -> "Diagram":
        return self.node("parallelGateway", identity)

    def inclusive(self, identity: str, default: str | None = None) -> "Diagram":
        return self.node("inclusiveGateway", identity, **({"default": default} if default else {}))

    def throw(self, identity: str, message: str, **attributes: Any) -> "Diagram":
        return self.node("intermediateThrowEvent", identity, self._message(message), **attributes)

    def catch(
        self, identity: str, message: str | None = None, timer: str | None = None, **attributes: Any
    ) -> "Diagram":
        return self.node("intermediateCatchEvent", identity, self._message(message) + self._timer(timer), **attributes)

    def boundary(
        self,
        identity: str,
        on: str,
        timer: str | None = None,
        message: str | None = None,
        interrupting: bool = False,
        **attributes: Any,
    ) -> "Diagram":
        inner = self._message(message) + self._timer(timer)
        interrupts = "true" if interrupting else "false"
        return self.node("boundaryEvent", identity, inner, attachedToRef=on, cancelActivity=interrupts, **attributes)

    def subprocess(self, identity: str, content: "Diagram") -> "Diagram":
        self.messages |= content.messages
        return self.node("subProcess", identity, "".join(content.rows))

    def flow(self, source: str, target: str, condition: str | None = None, identity: str | None = None) -> "Diagram":
        self.flows += 1
        name = identity or f"f_{source}_{target}"
        inner = ""
        if condition is not None:
            inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}</bpmn:conditionExpression>'
        self.rows.append(
            f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
        )
        return self

    def chain(self, *identities: str) -> "Diagram":
        for source, target in pairwise(identities):
            self.flow(source, target)
        return self

    def xml(self) -> str:
        messages = "".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in sorted(self.messages))
        return f'{HEAD}{messages}<bpmn:process id="{self.process}" isExecutable="true">{"".join(self.rows)}</bpmn:process></bpmn:definitions>'

    def source(
        self, tables: tuple[tuple[str, str], ...] = (), deadlines: tuple[dict[str, Any], ...] = DEADLINES
    ) -> DefinitionSource:
        return DefinitionSource(self.process, self.xml(), tables, deadlines)

    def definition(
        self, tables: tuple[tuple[str, str], ...] = (), deadlines: tuple[dict[str, Any], ...] = DEADLINES
    ) -> Definition:
        return parse(self.source(tables, deadlines))

    def _declare(self, message: str) -> str:
        self.messages.add(message)
        return f"m_{message}"

    def _message(self, message: str | None) -> str:
        return f'<bpmn:messageEventDefinition messageRef="{self._declare(message)}"/>' if message else ""

    def _timer(self, call: str | None) -> str:
        if call is None:
            return ""
        return f'<bpmn:timerEventDefinition><bpmn:timeDate xsi:type="bpmn:tFormalExpression">{call}</bpmn:timeDate></bpmn:timerEventDefinition>'

    def _loop(self, collection: str | None) -> str:
        if collection is None:
            return ""
        cardinality = (
            f'<bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">len({collection})</bpmn:loopCardinality>'
        )
        return f'<bpmn:multiInstanceLoopCharacteristics gt:collection="{collection}">{cardinality}</bpmn:multiInstanceLoopCharacteristics>'
