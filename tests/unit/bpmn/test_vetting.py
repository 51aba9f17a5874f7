"""What is refused at publication, and that a refusal names the element and the reason in both languages."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.bpmn.decisions import read_tables
from engine.bpmn.definitions import DeadlineRule, Definition, DefinitionSource, parse, published
from engine.bpmn.dialect import LARGEST_DIAGRAM, MOST_NODES, Finding, TimerCall, read_document, read_elements
from engine.errors import Invalid
from tests import diagrams
from tests.diagrams import DEADLINES

LETTERS = re.compile(r"[à-ỹđ]", re.IGNORECASE)


class Text(str):
    """A text in which what is to be replaced is really there."""

    __slots__ = ()

    def replace(self, old, new, count=-1):
        assert old in self, f"{old} is not in the text"
        return Text(super().replace(old, new, count))


class Diagram(diagrams.Diagram):
    def xml(self):
        return Text(super().xml())


def refused(xml, tables=(), deadlines=DEADLINES, process="p"):
    """The findings by element: {element: [English reasons]}; every one of them said in Vietnamese too."""
    with pytest.raises(Invalid) as refusal:
        parse(DefinitionSource(process, xml, tables, deadlines))
    assert refusal.value.code == "definition_refused"
    for findings in refusal.value.fields.values():
        for finding in findings:
            assert finding["code"] == "not_supported"
            assert finding["en"]
            assert LETTERS.search(finding["vi"]), finding["vi"]
    return {element: [finding["en"] for finding in findings] for element, findings in refusal.value.fields.items()}


def plain():
    """s, work, e."""
    return Diagram().start().user("work").end().chain("s", "work", "e")


def with_element(text):
    """s, work, e and this element in the process."""
    return plain().xml().replace("</bpmn:process>", f"{text}</bpmn:process>")


def passed_by(kind, inner="", **attributes):
    """s, x, e with x of this kind."""
    return Diagram().start().node(kind, "x", inner, **attributes).end().chain("s", "x", "e").xml()


def ended_by(definition):
    return Diagram().start().node("endEvent", "x", f"<bpmn:{definition}/>").chain("s", "x").xml()


def on_the_edge(inner, **attributes):
    diagram = (
        plain().node("boundaryEvent", "x", inner, **{"attachedToRef": "work", **attributes}).end("ex").chain("x", "ex")
    )
    return diagram.xml()


def in_a_subprocess(inner):
    return Diagram().start().subprocess("sub", inner).end().chain("s", "sub", "e")


INNER = Diagram().start("is").user("iu").end("ie").chain("is", "iu", "ie")
MESSAGE = '<bpmn:messageEventDefinition messageRef="m_word"/>'
DECLARED = '<bpmn:process id="p"', '<bpmn:message id="m_word" name="word"/><bpmn:process id="p"'
WAIT = '<bpmn:timerEventDefinition id="when">{}</bpmn:timerEventDefinition>'

# --- elements that are not there, or mean something that is not carried out ---------------------------------------------

UNSUPPORTED = {
    "task without a kind": (passed_by("task"), "x", "is not supported"),
    "manual task": (passed_by("manualTask"), "x", "is not supported"),
    "service task": (passed_by("serviceTask"), "x", "is not supported"),
    "call activity": (passed_by("callActivity", calledElement="p"), "x", "is not supported"),
    "transaction": (passed_by("transaction"), "x", "is not supported"),
    "ad hoc": (passed_by("adHocSubProcess"), "x", "is not supported"),
    "complex gateway": (passed_by("complexGateway"), "x", "is not supported"),
    "event-based gateway": (passed_by("eventBasedGateway"), "x", "takes several branches"),
    "signal end": (ended_by("signalEventDefinition"), "x", "sends nothing"),
    "error end": (ended_by("errorEventDefinition"), "x", "is not supported"),
    "escalation end": (ended_by("escalationEventDefinition"), "x", "is not supported"),
    "compensation end": (ended_by("compensateEventDefinition"), "x", "ignored in silence"),
    "cancel end": (ended_by("cancelEventDefinition"), "x", "is not supported"),
    "link": (passed_by("intermediateThrowEvent", '<bpmn:linkEventDefinition id="l" name="l"/>'), "x", "loses its token"),
    "condition event": (passed_by("intermediateCatchEvent", "<bpmn:conditionalEventDefinition/>"), "x", "is not supported"),
    "standard loop": (passed_by("userTask", "<bpmn:standardLoopCharacteristics/>", gt__form="f", gt__result="x"), "x", "is not supported"),
    "data object": (with_element('<bpmn:dataObject id="data"/>'), "data", "is not supported"),
    "data without an id": (with_element("<bpmn:dataObject/>"), "p", "is not supported"),
    "cycle timer": (passed_by("intermediateCatchEvent", WAIT.format("<bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>")), "x", "does not interrupt"),
    "duration timer": (passed_by("intermediateCatchEvent", WAIT.format("<bpmn:timeDuration>P15D</bpmn:timeDuration>")), "x", "never a duration"),
    "event subprocess": (with_element('<bpmn:subProcess id="x" triggeredByEvent="true"/>'), "x", "event subprocesses are not supported"),
    "sequential instances": (
        Diagram().start().user("x", collection="l").end().chain("s", "x", "e").xml().replace("Characteristics gt", 'Characteristics isSequential="true" gt'),
        "x", "instances one after the other",
    ),
    "compensation handler": (plain().xml().replace('id="work"', 'id="work" isForCompensation="true"'), "work", "isForCompensation=true"),
    "several tokens": (plain().xml().replace('id="work"', 'id="work" startQuantity="2"'), "work", "startQuantity=2"),
    "element of another world": (with_element('<x:sequenceFlow xmlns:x="urn:x" id="f" sourceRef="work" targetRef="e"/>'), "f", "not an element of BPMN"),
    "extension": (
        plain().xml().replace('gt:result="work">', 'gt:result="work"><bpmn:extensionElements><x:y xmlns:x="urn:x"/></bpmn:extensionElements>'),
        "work", "not an element of BPMN",
    ),
    "attribute of ours that is none": (plain().xml().replace('gt:form="', 'gt:fromm="a" gt:form="'), "work", "no attribute gt:fromm"),
    "hidden terminate": (
        plain().xml().replace('name="e">', 'name="e"><bpmn:documentation><bpmn:terminateEventDefinition/></bpmn:documentation>'),
        "e", "may not stand inside <documentation>",
    ),
    "event inside an event": (
        passed_by("intermediateThrowEvent", '<bpmn:messageEventDefinition><bpmn:terminateEventDefinition/></bpmn:messageEventDefinition>'),
        "x", "may not stand inside <messageEventDefinition>",
    ),
    "task inside a task": (plain().xml().replace('gt:result="work">', 'gt:result="work"><bpmn:endEvent id="x"/>'), "x", "may not stand inside <userTask>"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_elements(name):
    xml, element, reason = UNSUPPORTED[name]
    reasons = refused(xml)
    assert any(reason in text for text in reasons.get(element, [])), reasons


# --- ids, flows, gateways --------------------------------------------------------------------------------------------

STRUCTURE = {
    "no id": (plain().xml().replace('<bpmn:userTask id="work"', "<bpmn:userTask"), "userTask", "missing or used twice"),
    "id twice": (with_element('<bpmn:userTask id="work"/>'), "work", "missing or used twice"),
    "subprocess inside something of its own id": (with_element('<bpmn:laneSet id="x"><bpmn:subProcess id="x"/></bpmn:laneSet>'), "x", "missing or used twice"),
    "flow without id": (plain().xml().replace('<bpmn:sequenceFlow id="f_work_e"', "<bpmn:sequenceFlow"), "sequenceFlow", "missing or used twice"),
    "flow and task with one id": (plain().xml().replace('"f_work_e"', '"work"'), "work", "missing or used twice"),
    "a name of the library": (Diagram().start().user("End").end().chain("s", "End", "e").xml(), "End", "lower-case letters"),
    "id of the process": (Diagram().start().user("p").end().chain("s", "p", "e").xml(), "p", "missing or used twice"),
    "process without id": (plain().xml().replace('<bpmn:process id="p"', "<bpmn:process"), "process", "missing or used twice"),
    "not executable": (plain().xml().replace('isExecutable="true"', 'isExecutable="false"'), "p", "not executable"),
    "no process": (plain().xml().replace("bpmn:process", "bpmn:collaboration"), "d", "exactly one <process>"),
    "two processes": (plain().xml().replace("</bpmn:process>", '</bpmn:process><bpmn:process id="q"/>'), "d", "exactly one <process>"),
    "empty process": (Diagram().xml(), "p", "no elements"),
    "no start": (Diagram().user("a").exclusive("g", default="f_g_e").end().chain("a", "g").flow("g", "a", "a.x").flow("g", "e").xml(), "a", "No way leads here"),
    "flow to nowhere": (plain().flow("work", "nowhere", identity="lost").xml(), "lost", "does not exist"),
    "flow from nowhere": (plain().flow("nowhere", "work", identity="lost").xml(), "lost", "does not exist"),
    "two flows leave a task": (plain().user("b").flow("work", "b").flow("b", "e").xml(), "work", "without a gateway"),
    "flow leaves the end": (plain().flow("e", "work").xml(), "e", "no outgoing flow"),
    "dead end": (plain().user("b").xml(), "b", "No flow leaves it"),
    "no flow reaches": (plain().user("b").flow("b", "e").xml(), "b", "No flow reaches it"),
    "flow into the start": (plain().user("b").xml().replace('targetRef="e"', 'targetRef="s"'), "s", "No flow may lead to this kind"),
    "condition on a task's flow": (Diagram().start().user("a").end().flow("s", "a").flow("a", "e", "a.ok").xml(), "f_a_e", "put an exclusive gateway there"),
    "condition on a parallel flow": (
        Diagram().start().parallel("f").user("a").user("b").end().flow("s", "f").flow("f", "a", "x").flow("f", "b").chain("a", "e").chain("b", "e").xml(),
        "f_f_a", "put an exclusive gateway there",
    ),
    "flow across a border": (in_a_subprocess(INNER).user("out").flow("out", "e").flow("iu", "out").xml(), "f_iu_out", "crosses the border"),
    "flow drawn in the wrong place": (
        in_a_subprocess(Diagram().start("is").user("iu").end("ie").flow("is", "iu")).flow("iu", "ie").xml(), "f_iu_ie", "crosses the border",
    ),
    "no default": (Diagram().start().exclusive("g").end().end("f").flow("s", "g").flow("g", "e", "a").flow("g", "f", "b").xml(), "g", "no default flow"),
    "no condition": (
        Diagram().start().exclusive("g", default="f_g_e").end().end("f").flow("s", "g").flow("g", "e").flow("g", "f").xml(), "f_g_f", "has a condition",
    ),
    "condition on the default": (
        Diagram().start().exclusive("g", default="f_g_e").end().end("f").flow("s", "g").flow("g", "e", "a").flow("g", "f", "b").xml(), "f_g_e", "has a condition",
    ),
    "default of another": (
        Diagram().start().exclusive("g", default="f_s_g").end().end("f").flow("s", "g").flow("g", "e", "a").flow("g", "f", "b").xml(), "g", "does not leave it",
    ),
    "condition that is none": (
        Diagram().start().exclusive("g", default="f_g_e").end().end("f").flow("s", "g").flow("g", "e").flow("g", "f", "import os").xml(), "f_g_f", "not valid",
    ),
    "empty condition": (
        Diagram().start().exclusive("g", default="f_g_e").end().end("f").flow("s", "g").flow("g", "e").flow("g", "f", "").xml(), "f_g_f", "not valid",
    ),
    "two flows to a join": (
        Diagram().start().parallel("f").parallel("j").end().chain("s", "f", "j", "e").flow("f", "j", identity="again").xml(), "j", "Two flows from the same element",
    ),
    "island": (
        plain().user("a").exclusive("g", default="f_g_b").user("b").chain("a", "g").flow("g", "b").flow("g", "a", "a.x").flow("b", "a").xml(),
        "b", "No way leads here",
    ),
    "loop of machines": (
        Diagram().start().exclusive("m").script("x", "n = 1").exclusive("g", default="f_g_e").end()
        .chain("s", "m", "x", "g").flow("g", "m", "n").flow("g", "e").xml(), "m", "never waits",
    ),
    "loop of an empty subprocess": (
        Diagram().start().exclusive("m").subprocess("x", Diagram().start("is").end("ie").chain("is", "ie")).exclusive("g", default="f_g_e").end()
        .chain("s", "m", "x", "g").flow("g", "m", "n").flow("g", "e").xml(), "m", "never waits",
    ),
    "loop without a way out": (Diagram().start().exclusive("m").user("a").chain("s", "m", "a").flow("a", "b").user("b").flow("b", "a").xml(), "a", "by"),
    "start by one message twice": (Diagram().start("s").start("t").user("a").end().chain("s", "a", "e").flow("t", "a").xml(), "p", "same message"),
    "subprocess without a start": (in_a_subprocess(Diagram().user("iu").end("ie").flow("iu", "ie")).xml(), "sub", "exactly one plain start"),
    "subprocess with two starts": (
        in_a_subprocess(Diagram().start("is").start("it").user("iu").end("ie").chain("is", "iu", "ie").flow("it", "iu")).xml(), "sub", "exactly one plain start",
    ),
    "subprocess that starts by a message": (
        in_a_subprocess(Diagram().start("is", message="word").user("iu").end("ie").chain("is", "iu", "ie")).xml(), "sub", "exactly one plain start",
    ),
    "subprocess without an end": (
        in_a_subprocess(Diagram().start("is").user("iu").exclusive("ig").chain("is", "iu", "ig", "iu")).xml(), "sub", "must contain an End event",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURE)
def test_structure(name):
    xml, element, reason = STRUCTURE[name]
    reasons = refused(xml)
    assert any(reason.lower() in text.lower() for text in reasons.get(element, [])), reasons


# --- events, work, references ----------------------------------------------------------------------------------------

PARTS = {
    "two definitions": (passed_by("intermediateThrowEvent", MESSAGE * 2).replace(*DECLARED), "x", "takes one of"),
    "wait for nothing": (passed_by("intermediateCatchEvent"), "x", "found none"),
    "timer at the start": (plain().xml().replace('name="s">', 'name="s">' + WAIT.format("")), "s", "A startEvent takes one of: messageEventDefinition"),
    "terminate in the middle": (passed_by("intermediateThrowEvent", "<bpmn:terminateEventDefinition/>"), "x", "takes one of"),
    "nothing on the edge": (on_the_edge(""), "x", "found none"),
    "edge of nothing": (on_the_edge(MESSAGE, attachedToRef="nowhere").replace(*DECLARED), "x", "attached to an activity beside it"),
    "edge without activity": (on_the_edge(MESSAGE).replace(' attachedToRef="work"', "").replace(*DECLARED), "x", "attached to an activity beside it"),
    "edge of an event": (on_the_edge(MESSAGE, attachedToRef="e").replace(*DECLARED), "x", "attached to an activity beside it"),
    "edge of a task inside": (
        in_a_subprocess(INNER).boundary("x", "iu", message="word").end("ex").chain("x", "ex").xml(), "x", "attached to an activity beside it",
    ),
    "flow into the edge": (
        Diagram().start().user("work").boundary("x", "work", message="word").end("ex").end().flow("s", "x").flow("work", "e").flow("x", "ex").xml(),
        "x", "No flow may lead to this kind",
    ),
    "neither interrupting nor not": (on_the_edge(MESSAGE, cancelActivity="0").replace(*DECLARED), "x", "true or false"),
    "message that nobody declared": (passed_by("receiveTask", messageRef="m_nobody"), "x", "not declared"),
    "message without a name": (passed_by("sendTask", messageRef="m_word").replace(DECLARED[0], DECLARED[1].replace(' name="word"', "")), "x", "not declared"),
    "message without a reference": (passed_by("sendTask"), "x", "not declared"),
    "timer that calls nothing": (passed_by("intermediateCatchEvent", WAIT.format("<bpmn:timeDate>'2026-01-01'</bpmn:timeDate>")), "x", "A timer calls deadline()"),
    "timer without an amount": (Diagram().start().catch("x", timer="before('explain')").end().chain("s", "x", "e").xml(), "x", "A timer calls deadline()"),
    "timer with an amount too many": (Diagram().start().catch("x", timer="deadline('explain', '3 wd')").end().chain("s", "x", "e").xml(), "x", "A timer calls"),
    "timer in hours": (Diagram().start().catch("x", timer="before('explain', '3 hours')").end().chain("s", "x", "e").xml(), "x", "A timer calls"),
    "timer of an unknown deadline": (Diagram().start().catch("x", timer="deadline('other')").end().chain("s", "x", "e").xml(), "x", "deadline other is not declared"),
    "work without a form": (plain().xml().replace('gt:form="p.work"', ""), "work", "needs gt:form and gt:result"),
    "work without a result": (plain().xml().replace('gt:result="work"', ""), "work", "needs gt:form and gt:result"),
    "result with a bad name": (plain().xml().replace('gt:result="work"', 'gt:result="my work"'), "work", "cannot be the name of a result"),
    "result that hides the case": (plain().xml().replace('gt:result="work"', 'gt:result="case"'), "work", "cannot be the name of a result"),
    "no table": (passed_by("businessRuleTask", gt__decision="size"), "x", "no decision table size"),
    "no decision": (passed_by("businessRuleTask"), "x", "no decision table None"),
    "agency": (Diagram().start().user("x", gt__agency="open('x')").end().chain("s", "x", "e").xml(), "x", "gt:agency: there is no function open"),
    "assignee": (Diagram().start().user("x", gt__assignee="__import__").end().chain("s", "x", "e").xml(), "x", "gt:assignee"),
    "payload": (Diagram().start().throw("x", "m", gt__payload="{**start}").end().chain("s", "x", "e").xml(), "x", "gt:payload"),
    "correlation": (Diagram().start().receive("x", "m", gt__correlation="a b").end().chain("s", "x", "e").xml(), "x", "gt:correlation"),
    "collection": (Diagram().start().user("x", collection="[i for i in l]").end().chain("s", "x", "e").xml(), "x", "gt:collection"),
    "no collection": (Diagram().start().user("x", collection="l").end().chain("s", "x", "e").xml().replace('gt:collection="l"', ""), "x", "gt:collection is missing"),
    "other cardinality": (Diagram().start().user("x", collection="l").end().chain("s", "x", "e").xml().replace("len(l)", "7"), "x", "Expected the loopCardinality to be len(l)"),
    "several scripts": (
        Diagram().start().node("scriptTask", "x", '<bpmn:script>a = 1</bpmn:script><bpmn:multiInstanceLoopCharacteristics gt:collection="l">'
        "<bpmn:loopCardinality>len(l)</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>", scriptFormat="giaitrinh").end()
        .chain("s", "x", "e").xml(), "x", "user, send and receive tasks only",
    ),
    "python": (Diagram().start().script("x", "a = 1").end().chain("s", "x", "e").xml().replace('scriptFormat="giaitrinh"', 'scriptFormat="python"'), "x", "no Python runs"),
    "no script": (passed_by("scriptTask", scriptFormat="giaitrinh"), "x", "at least one assignment"),
    "script that calls": (Diagram().start().script("x", "print(1)").end().chain("s", "x", "e").xml(), "x", "name = expression"),
    "script that hides the case": (Diagram().start().script("x", "case = 1").end().chain("s", "x", "e").xml(), "x", "none to case"),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_elements(name):
    xml, element, reason = PARTS[name]
    reasons = refused(xml)
    assert any(reason in text for text in reasons.get(element, [])), reasons


def test_more_elements_than_the_recursive_parser_bears():
    long = Diagram().start().end()
    names = [f"u{number}" for number in range(MOST_NODES - 2)]
    for name in names:
        long.user(name)
    assert len(long.chain("s", *names, "e").definition().elements) == MOST_NODES
    one_more = (
        long.xml()
        .replace('targetRef="e"', 'targetRef="more"')
        .replace("</bpmn:process>", "".join(Diagram().user("more").flow("more", "e").rows) + "</bpmn:process>")
    )
    assert refused(one_more) == {"p": ["More than 300 elements."]}


def test_every_finding_is_told_and_the_sentence_names_the_first():
    xml = passed_by("task").replace("</bpmn:process>", "<bpmn:dataObject id='data'/></bpmn:process>")
    with pytest.raises(Invalid) as refusal:
        parse(DefinitionSource("p", xml))
    assert set(refusal.value.fields) == {"x", "data", "f_s_x", "f_x_e", "e"}
    assert refusal.value.en.startswith("The diagram is refused: x: <task>: is not supported.; data: ")
    assert refusal.value.vi.startswith("Sơ đồ bị từ chối: x: <task>: không được hỗ trợ.; ")


def test_findings_come_in_the_same_order_every_time():
    finding = Finding("x", "vì", "because")
    assert finding == Finding("x", "vì", "because")
    elements, findings = read_elements(read_document(passed_by("task").encode()))
    assert list(elements) == ["s", "e"]
    assert [found.element for found in findings] == ["x"]


# --- deadlines -------------------------------------------------------------------------------------------------------

RULE = DEADLINES[0]


@pytest.mark.parametrize(
    ("rows", "element", "reason"),
    [
        ((RULE, RULE), "explain", "declared twice"),
        (({**RULE, "parameter": None},), "explain", "parameter, label_vi, label_en, starts, due are no texts"),
        (({"parameter": "x"},), "deadlines", "its id, parameter"),
        (({**RULE, "starts": 5},), "explain", "starts, due are no texts"),
        (({**RULE, "starts": "open('x')"},), "explain", "no function open"),
        (({**RULE, "due": "a b"},), "explain", "not valid"),
    ],
)
def test_deadlines(rows, element, reason):
    reasons = refused(plain().xml(), deadlines=rows)
    assert any(reason in text for text in reasons[element])


def test_deadline_rule_reads_what_it_knows():
    row = {**RULE, "met_by": ["send"], "late_to": "supervisor", "restart": True, "due": None}
    rule = DeadlineRule.from_json(row)
    assert rule == DeadlineRule("explain", "explain", "Giải trình", "Explain", "start.on", None, True, ("send",))


# --- decision tables -------------------------------------------------------------------------------------------------

DMN = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="t" namespace="u">{}</definitions>'
TABLE = (
    '<decision id="d"><decisionTable{policy}><input id="i"{label}><inputExpression><text>{input}</text></inputExpression></input>'
    '{more}<output id="o" {output}/><rule id="r"><inputEntry><text>{test}</text></inputEntry>{extra}<outputEntry><text>{value}</text></outputEntry>'
    "</rule>{rules}</decisionTable></decision>"
)


def table(**changes):
    parts = {
        "policy": "",
        "label": "",
        "input": "n",
        "more": "",
        "output": 'name="out"',
        "test": "1",
        "extra": "",
        "value": "1",
        "rules": "",
    }
    return DMN.format(TABLE.format(**{**parts, **changes}))


TABLES = {
    "other policy": (table(policy=' hitPolicy="PRIORITY"'), "decision d: hit policy PRIORITY is not one of COLLECT, FIRST, UNIQUE"),
    "aggregation": (table(policy=' hitPolicy="COLLECT" aggregation="SUM"'), "aggregation is not supported"),
    "no decision id": (table().replace('<decision id="d">', "<decision>"), "decision ?: its id is missing"),
    "decision twice": (DMN.format(TABLE.format(policy="", label="", input="n", more="", output='name="o"', test="1", extra="", value="1", rules="") * 2), "used twice"),
    "no table": (DMN.format('<decision id="d"><literalExpression/></decision>'), "decision d: only decision tables"),
    "no rule": (DMN.format('<decision id="d"><decisionTable><output name="o"/></decisionTable></decision>'), "decision d: it has no rule or no output"),
    "no output name": (table(output=""), "decision d: a name of an output is missing"),
    "one label twice": (table(more='<input><inputExpression><text>n</text></inputExpression></input>', extra="<inputEntry/>"), "label of an input is missing or used twice"),
    "no rule id": (table(rules="<rule><inputEntry/><outputEntry/></rule>"), "decision d, rule ?"),
    "rule twice": (table(rules='<rule id="r"><inputEntry/><outputEntry/></rule>'), "a id of a rule is missing or used twice"),
    "too few entries": (table(rules='<rule id="q"><outputEntry/></rule>'), "decision d, rule q: it has no id, or its entries"),
    "input": (table(input="open('x')"), "decision d, input: there is no function open"),
    "empty input": (table(input="", label=' label="x"'), "decision d, input: not an expression"),
    "output": (table(value="lambda: 1"), "decision d, rule r: Lambda is not in the language"),
    "test": (table(test="1..5"), "decision d, rule r: «1..5» is not a unary test"),
    "range": (table(test="[1..5]"), "is not a unary test"),
    "python in a test": (table(test='__import__("os")'), "is not a unary test"),
    "condition in a test": (table(test="= open('x')"), "there is no function open"),
    "fraction in a test": (table(test="1.5"), "holds more than texts and whole numbers"),
    "not of nothing that is a test": (table(test="not(x)"), "«x» is not a unary test"),
    "deep test": (table(test="-" * 1990 + "1"), "is not a unary test"),
    "endless test": (table(test="not(" * 600 + ")" * 600), "longer than 2000 characters"),
    "huge number": (table(test=">= " + "9" * 1900), None),
    "not a table at all": ("<a/>", "Expected a DMN 1.2 or 1.3 file"),
    "not XML": ("text", "not well-formed XML"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_decision_tables(name):
    text, reason = TABLES[name]
    if reason is None:
        assert set(read_tables(text.encode())) == {"d"}
        return
    with pytest.raises(ValueError, match=re.escape(reason)):
        read_tables(text.encode())
    assert any(reason in found for found in refused(plain().xml(), tables=(("t.dmn", text),))["t.dmn"])


def test_one_decision_in_two_files():
    assert refused(plain().xml(), tables=(("a.dmn", table()), ("b.dmn", table()))) == {
        "d": ["There are two decision tables d."]
    }


@pytest.mark.parametrize(
    "namespace", ["https://www.omg.org/spec/DMN/20191111/MODEL/", "http://www.omg.org/spec/DMN/20180521/MODEL/"]
)
def test_tables_keep_their_labels_and_the_article_of_law(namespace):
    text = table(
        label=' label="Số ngày"',
        rules='<rule id="q"><description> Điều 2 </description><inputEntry/><outputEntry/></rule>',
    )
    (decision,) = read_tables(text.replace("https://www.omg.org/spec/DMN/20191111/MODEL/", namespace).encode()).values()
    assert (decision.id, decision.name, decision.hit_policy) == ("d", "d", "UNIQUE")
    assert decision.input_labels == ("Số ngày",)
    assert decision.output_names == ("out",)
    assert [(rule.id, rule.description) for rule in decision.rules] == [("r", ""), ("q", "Điều 2")]


# --- hostile XML -----------------------------------------------------------------------------------------------------

UNREADABLE = r"type declaration|well-formed|larger than"
BOMB = '<!DOCTYPE a [<!ENTITY x "{}">]>'.format("lol" * 1000)
HOSTILE = {
    "entity from a file": (
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + plain().xml().replace('name="work"', 'name="&x;"')
    ).encode(),
    "entity bomb": (BOMB + plain().xml()).encode(),
    "outer type declaration": ('<!DOCTYPE a SYSTEM "http://localhost/x.dtd">' + plain().xml()).encode(),
    "declaration in UTF-16": ('<?xml version="1.0" encoding="UTF-16"?>' + BOMB + "<a>&x;</a>").encode("utf-16"),
    "unfinished declaration": b"<!DOCTYPE a [<!ENTITY x",
    "type declaration in UTF-32": ('<?xml version="1.0" encoding="UTF-32"?><!DOCTYPE a><a/>').encode("utf-32"),
    "unknown entity": b"<a>&x;</a>",
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><a/>',
    "too deep": b"<a>" * 300 + b"</a>" * 300,
    "too large": b"<a>" + b" " * LARGEST_DIAGRAM + b"</a>",
    "empty": b"",
    "not XML": b"\x00\xff\xfe",
    "null inside": b"<a>\x00</a>",
    "cut off": plain().xml().encode()[:-30],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents(name):
    with pytest.raises(ValueError, match="type declaration" if "declaration" in name else UNREADABLE):
        read_document(HOSTILE[name])


def test_a_document_that_cannot_be_read_is_refused_under_the_process():
    assert "not well-formed" in refused("<a>&x;</a>")["p"][0]
    assert "type declaration" in refused("<!DOCTYPE a><a/>")["p"][0]
    assert "surrogates" in refused("<a>\ud800</a>")["p"][0]


def test_comments_and_instructions_change_nothing():
    noise = plain().xml().replace('name="s">', 'name="s"><?php echo 1 ?><!-- <bpmn:endEvent id="x"/> -->')
    assert set(parse(DefinitionSource("p", noise)).elements) == {"s", "work", "e"}


def test_what_stands_beside_the_process_is_not_even_read():
    """Drawings with nonsense coordinates, correlations without a name, a second participant: none of them reaches the library."""
    noise = (
        "<bpmn:message/><bpmn:signal/><bpmn:dataStore/><bpmn:correlationProperty><bpmn:correlationPropertyRetrievalExpression/>"
        '</bpmn:correlationProperty><di:BPMNShape xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" bpmnElement="work">'
        '<dc:Bounds xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" x="left" y="NaN"/></di:BPMNShape></bpmn:definitions>'
    )
    assert set(parse(DefinitionSource("p", plain().xml().replace("</bpmn:definitions>", noise))).elements) == {
        "s",
        "work",
        "e",
    }


# --- what is accepted ------------------------------------------------------------------------------------------------


def test_a_definition_says_what_its_diagram_says():
    inner = Diagram().start("is").user("iu").end("ie").chain("is", "iu", "ie")
    diagram = (
        Diagram()
        .start(message="filed")
        .subprocess("sub", inner)
        .boundary("late", "sub", timer="after('explain', '5 wd')")
        .end("el")
    )
    diagram.end(outcome="done").chain("s", "sub", "e").chain("late", "el")
    lane = (
        '<bpmn:laneSet><bpmn:lane id="lane" gt:role="handler"><bpmn:flowNodeRef> iu </bpmn:flowNodeRef><bpmn:flowNodeRef/>'
        "</bpmn:lane></bpmn:laneSet>"
    )
    xml = diagram.xml().replace(
        'isExecutable="true">', f'isExecutable="true" name="Giải trình" gt:number_series="YCGT">{lane}'
    )
    definition = parse(DefinitionSource("p", xml.replace('name="iu"', 'name="Soạn\n  văn bản"'), (), DEADLINES))
    assert (definition.process, definition.name, definition.number_series) == ("p", "Giải trình", "YCGT")
    assert definition.starts == {"filed": "s"}
    assert [element.id for element in definition.boundary_events("sub")] == ["late"]
    assert list(definition.deadlines) == ["explain"]
    work = definition.elements["iu"]
    assert (work.kind, work.name, work.scope, work.role, work.form, work.result) == (
        "userTask",
        "Soạn văn bản",
        "sub",
        "handler",
        "p.iu",
        "iu",
    )
    assert (work.sources, work.targets) == (("is",), ("ie",))
    late = definition.elements["late"]
    assert late.timer == TimerCall("explain", "after", 5, "wd")
    assert (late.attached_to, late.interrupting) == ("sub", False)
    assert definition.elements["e"].outcome == "done"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("deadline('explain')", TimerCall("explain", "at")),
        (" before( 'explain' , '3 wd' ) ", TimerCall("explain", "before", 3, "wd")),
        ("day_of('explain','0 cd')", TimerCall("explain", "day_of", 0, "cd")),
        ("halfway('explain')", TimerCall("explain", "halfway")),
    ],
)
def test_timer_calls(call, expected):
    definition = Diagram().start().catch("x", timer=call).end().chain("s", "x", "e").definition()
    assert definition.elements["x"].timer == expected


def test_a_role_on_the_element_comes_before_that_of_its_lane():
    lane = '<bpmn:laneSet><bpmn:lane id="l" gt:role="handler"><bpmn:flowNodeRef>work</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    xml = (
        plain()
        .xml()
        .replace('isExecutable="true">', f'isExecutable="true">{lane}')
        .replace('gt:form="', 'gt:role="head" gt:form="')
    )
    assert parse(DefinitionSource("p", xml)).elements["work"].role == "head"


def test_a_source_is_the_same_after_it_was_stored():
    source = DefinitionSource("p", plain().xml(), (("t.dmn", table()),), DEADLINES, {"p.work": {"fields": []}})
    again = DefinitionSource.from_json(source.to_json())
    assert again == source
    assert again.sha256 == source.sha256
    assert list(json.loads(source.to_json())) == ["bpmn", "deadlines", "forms", "process", "tables"]
    other = DefinitionSource("p", plain().xml() + " ", (("t.dmn", table()),), DEADLINES, {"p.work": {"fields": []}})
    assert other.sha256 != source.sha256


def test_a_definition_is_parsed_once():
    source = DefinitionSource("p", plain().xml(), (), DEADLINES)
    assert parse(source) is parse(DefinitionSource.from_json(source.to_json()))


# --- anything at all -------------------------------------------------------------------------------------------------

WHOLE = (
    in_a_subprocess(Diagram().start("is").user("iu", collection="start.l").receive("ir", "word").end("ie").chain("is", "iu", "ir", "ie"))
    .boundary("late", "sub", timer="deadline('explain')").throw("told", "word", gt__payload="{'a': 1}").end("el").chain("late", "told", "el")
    .xml().replace('targetRef="e"', 'targetRef="g"').replace("</bpmn:process>", "".join(
        Diagram().exclusive("g", default="f_g_e").script("x", "n = 1").flow("g", "x", "start.n > 1").flow("g", "e").end("ex").flow("x", "ex").rows
    ) + "</bpmn:process>")
)  # fmt: skip


def only_invalid(document):
    source = DefinitionSource("p", document, (), DEADLINES)
    try:
        assert isinstance(parse(source), Definition)
    except Invalid as refusal:
        assert refusal.fields  # noqa: PT017 - it may also be sound


def test_the_document_to_damage_is_sound():
    assert len(parse(DefinitionSource("p", WHOLE, (), DEADLINES)).elements) == 13


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_documents_are_refused_and_nothing_worse(data):
    document = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(document)))
        end = min(len(document), start + data.draw(st.integers(0, 30)))
        document = (
            document[:start]
            + data.draw(st.text(max_size=5) | st.sampled_from(['"', "<", "/>", "'", "&#0;", "]]>"]))
            + document[end:]
        )
    only_invalid(document)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_rearranged_documents_are_refused_and_nothing_worse(data):
    """Whole elements moved, copied, renamed or taken away, attributes exchanged: well-formed, and often wrong."""
    root = etree.fromstring(WHOLE.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        nodes = [node for node in root.iter() if node is not root] or [root]
        node, other = data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes))
        match data.draw(st.sampled_from(["remove", "rename", "attribute", "drop", "text", "move"])):
            case "remove" if node is not root:
                node.getparent().remove(node)
            case "rename":
                node.tag = other.tag
            case "attribute" if node.attrib and other.attrib:
                node.set(
                    data.draw(st.sampled_from(sorted(node.attrib))),
                    data.draw(st.sampled_from(sorted(other.attrib.values()))),
                )
            case "drop" if node.attrib:
                del node.attrib[data.draw(st.sampled_from(sorted(node.attrib)))]
            case "text":
                node.text = other.text
            case "move" if node is not root and node not in {other, *other.iterancestors()}:
                other.append(node)
            case _:
                pass
    only_invalid(etree.tostring(root, encoding="unicode"))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_arbitrary_bytes_are_no_document(document):
    with pytest.raises(ValueError, match=UNREADABLE):
        read_document(document)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_tables_are_refused_and_nothing_worse(data):
    text = table(test='"a","b"', value="n + 1", label=' label="x"')
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 20)))
    text = text[:start] + data.draw(st.text(max_size=6)) + text[end:]
    with suppress(ValueError):
        assert all(name for name in read_tables(text.encode(errors="surrogatepass")))


def test_a_definition_published_before_stays_readable_when_vetting_became_stricter() -> None:
    source = Diagram().start().user("u").end("e").chain("s", "u", "e").source(deadlines=())
    stricter_than_then = DefinitionSource(
        source.process, source.bpmn.replace('gt:result="u"', 'gt:result="u" gt:color="red"')
    )

    with pytest.raises(Invalid):
        parse(stricter_than_then)

    assert set(published(stricter_than_then).elements) == {"s", "u", "e"}
