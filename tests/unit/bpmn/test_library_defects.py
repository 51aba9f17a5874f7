"""The measured defects of SpiffWorkflow 3.2.0, one by one: the stock library shows each, and here it cannot happen.

A `test_stock_…` runs the library's own classes, without ours. When a new release mends a defect, its test fails: then the
patch or the refusal that stands against it may go.
"""
# ruff: noqa: TID251 - the stock library is what is measured here

import copy
import datetime as dt
import json
import random
import sys
from contextlib import contextmanager, suppress

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions import timer as timer_module
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.exceptions import SpiffWorkflowException, WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.bpmn import runtime
from engine.bpmn.definitions import DefinitionSource, parse
from engine.bpmn.runtime import CaseFault
from engine.errors import Invalid
from tests.diagrams import Diagram

# --- the stock library -----------------------------------------------------------------------------------------------


def stock_specs(diagram):
    parser = BpmnParser()
    parser.add_bpmn_str((diagram if isinstance(diagram, str) else diagram.xml()).encode())
    return parser.get_spec("p"), parser.get_subprocess_specs("p")


def stock(diagram):
    workflow = BpmnWorkflow(*stock_specs(diagram))
    workflow.do_engine_steps()
    return workflow


def ready(workflow, name=None):
    return workflow.get_tasks(state=TaskState.READY, **({"spec_name": name} if name else {}))


def names(workflow, state=TaskState.READY):
    return sorted(task.task_spec.name for task in workflow.get_tasks(state=state))


def finish(workflow, name, **data):
    (task,) = ready(workflow, name)
    task.data.update(data)
    task.run()
    workflow.do_engine_steps()


@pytest.fixture
def stock_clock(monkeypatch):
    """The library reads the clock itself; this one stands until it is told."""

    class Clock(dt.datetime):
        passed = dt.timedelta(0)

        @classmethod
        def now(cls, tz=None):
            return dt.datetime(2026, 1, 5, tzinfo=dt.UTC) + cls.passed

    monkeypatch.setattr(timer_module, "datetime", Clock)
    return Clock


class EndlessError(Exception):
    """More function calls than any sound run needs."""


@contextmanager
def at_most(calls):
    left = [calls]

    def count(_frame, event, _argument):
        if event in {"call", "c_call"}:
            left[0] -= 1
            if left[0] < 0:
                sys.setprofile(None)
                raise EndlessError

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


def calls_of(act):
    """How many Python functions one act calls: the same on every machine, unlike its time."""
    counted = [0]

    def count(_frame, event, _argument):
        counted[0] += event == "call"

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return counted[0]


# --- ours ------------------------------------------------------------------------------------------------------------


class Case:
    def __init__(self, diagram, variables=None):
        self.definition = diagram.definition()
        self.step = runtime.start(self.definition, variables or {"start": {"on": "2026-01-05"}})

    def token(self, element):
        (found,) = [token for token in self.step.after if token.element == element]
        return found.id

    def act(self, name, element, *arguments):
        self.step = getattr(runtime, name)(self.definition, self.step.frontier, self.token(element), *arguments)
        return self.step

    @property
    def waits_for(self):
        return sorted(token.element for token in self.step.after if token.kind in {"user", "timer", "message"})


def refusal(diagram):
    """Why ours does not publish the diagram: {element: reasons in both languages}."""
    with pytest.raises(Invalid) as refused:
        parse(DefinitionSource("p", diagram if isinstance(diagram, str) else diagram.xml()))
    for findings in refused.value.fields.values():
        assert all(finding["vi"] and finding["en"] and finding["vi"] != finding["en"] for finding in findings)
    return {
        element: " ".join(f"{f['en']} {f['vi']}" for f in findings)
        for element, findings in refused.value.fields.items()
    }


# --- cost and depth --------------------------------------------------------------------------------------------------


def rework(reminder=True):
    """draft, review, and again until it is good: with some bookkeeping on the way, and perhaps a reminder."""
    diagram = Diagram().start().exclusive("m").user("draft").user("review").exclusive("g", default="f_g_m").end()
    diagram.throw("t1", "note").throw("t2", "note").throw("t3", "note")
    diagram.chain("s", "m", "draft", "t1", "t2", "t3", "review", "g").flow("g", "m").flow("g", "e", "good == 1")
    return diagram.boundary("word", "draft", message="word").end("ew").chain("word", "ew") if reminder else diagram


def stock_round(workflow):
    for name in ("draft", "review"):
        finish(workflow, name, good=0)


def our_round(case):
    for name in ("draft", "review"):
        case.act("complete", name, {})


OURS_REWORK = {"good": 0, "start": {"on": "2026-01-05"}}


def test_stock_step_costs_more_with_every_round():
    workflow = stock(rework())
    stock_round(workflow)
    early = calls_of(lambda: stock_round(workflow))
    for _ in range(40):
        stock_round(workflow)
    assert calls_of(lambda: stock_round(workflow)) > 5 * early


def test_stock_breaks_near_depth_1000():
    """With Python's own limit a RecursionError; with a higher one the case says that it is completed while work is open."""
    workflow, rounds, limit = stock(rework(reminder=False)), 0, sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        while rounds < 400 and len(ready(workflow)) == 1:
            finish(workflow, ready(workflow)[0].task_spec.name, good=0)
            rounds += 1
    finally:
        sys.setrecursionlimit(limit)
    assert rounds < 400, "it ran on: the defect is mended"
    assert any(task.state == TaskState.READY for task in workflow.tasks.values()), "work is open"
    assert workflow.is_completed(), "and it says that all is done"
    deepest = max(workflow.tasks.values(), key=lambda task: task.depth)
    with pytest.raises(RecursionError):
        deepest.is_descendant_of(None)  # what every join asks


def test_a_step_costs_the_same_after_1500_rounds():
    case = Case(rework(), OURS_REWORK)
    our_round(case)
    our_round(case)
    early, size = calls_of(lambda: our_round(case)), len(case.step.frontier)
    for _ in range(1500):
        our_round(case)
    assert abs(calls_of(lambda: our_round(case)) - early) <= 0.01 * early, "but for the interpreter's own housekeeping"
    assert len(case.step.frontier) <= size + 16, "ids have grown by some digits, nothing else"
    assert case.waits_for == ["draft", "word"]
    assert max(token.id for token in case.step.after) < 1510 * 10


# --- joins in loops --------------------------------------------------------------------------------------------------


def joined(kind):
    diagram = (
        Diagram().start().user("u").user("a").user("b").user("after").exclusive("again", default="f_again_u").end()
    )
    if kind == "parallel":
        diagram.parallel("f").parallel("j").flow("f", "a").flow("f", "b")
    else:
        diagram.inclusive("f", default="f_f_b").inclusive("j").flow("f", "a", "one == 1").flow(
            "f", "b", "one == 1", "f_f_c"
        )
        diagram.user("c").flow("f", "c", identity="f_f_b").flow("c", "j")
    diagram.chain("s", "u", "f").chain("a", "j").chain("b", "j", "after", "again").flow("again", "u").flow(
        "again", "e", "one == 2"
    )
    return diagram


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_stock_join_in_a_loop_fires_early(kind):
    workflow = stock(joined(kind))
    early = 0
    for order in ("ab", "ba"):
        finish(workflow, "u", one=1)
        finish(workflow, order[0])
        early += names(workflow).count("after")
        finish(workflow, order[1])
        finish(workflow, "after") if len(ready(workflow, "after")) == 1 else None
    assert early


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_join_in_a_loop_waits_for_both(kind):
    case = Case(joined(kind), {"one": 1})
    for order in ("ab", "ba", "ab"):
        case.act("complete", "u", {})
        case.act("complete", order[0], {})
        assert case.waits_for == [order[1]]
        case.act("complete", order[1], {})
        assert case.waits_for == ["after"]
        case.act("complete", "after", {})


# --- data ------------------------------------------------------------------------------------------------------------


def branches_of(script):
    diagram = (
        Diagram()
        .start()
        .user("u")
        .parallel("f")
        .node("scriptTask", "x", f"<bpmn:script>{script}</bpmn:script>", scriptFormat="giaitrinh")
    )
    return diagram.user("a").user("b").parallel("j").end().chain("s", "u", "f", "x", "a", "j", "e").chain("f", "b", "j")


def test_stock_script_changes_the_data_of_a_finished_task_and_of_the_other_branch():
    workflow = stock(branches_of("u['body']['n'] = 2"))
    finish(workflow, "u", u={"body": {"n": 1}})
    (done,) = workflow.get_tasks(spec_name="u")
    assert done.state == TaskState.COMPLETED
    assert done.data["u"] == {"body": {"n": 2}}
    assert ready(workflow, "b")[0].data["u"] == {"body": {"n": 2}}


def test_what_was_answered_is_never_changed_afterwards():
    assert "only a plain name" in refusal(branches_of("u['body']['n'] = 2"))["x"]
    case = Case(branches_of("v = u"))
    step = case.act("complete", "u", {"n": [1]})
    before = copy.deepcopy((step.variables, step.changed, step.frontier))
    case.act("complete", "a", {"n": 2})
    case.act("complete", "b", {"n": 3})
    assert (step.variables, step.changed, step.frontier) == before
    assert case.step.variables["u"] == case.step.variables["v"] == {"n": [1]}


def one_task():
    return Diagram().start().user("u").user("v").end().chain("s", "u", "v", "e")


@pytest.mark.parametrize("value", [{"typename": "UUID", "value": "x"}, {"typename": "nonsense"}])
def test_stock_state_with_the_key_typename_cannot_be_read_or_is_changed(value):
    serializer = BpmnWorkflowSerializer()
    workflow = stock(one_task())
    finish(workflow, "u", u=value)
    try:
        again = serializer.deserialize_json(serializer.serialize_json(workflow))
        assert ready(again)[0].data["u"] != value
    except (AttributeError, KeyError, TypeError, ValueError):
        pass


@pytest.mark.parametrize("value", [{"typename": "UUID", "value": "x"}, {"typename": "nonsense"}])
def test_the_key_typename_is_a_key_as_any_other(value):
    case = Case(one_task())
    case.act("complete", "u", value)
    assert case.act("complete", "v", {}).variables["u"] == value


def shuffled(value, order):
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], order) for key in order.sample(sorted(value), len(value))}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


def test_stock_state_with_sorted_keys_has_lost_data():
    serializer, lost = BpmnWorkflowSerializer(), 0
    for _ in range(10):  # the keys are random; once in a while they happen to be sorted
        workflow = stock(one_task())
        finish(workflow, "u", u={"n": 1})
        sorted_text = json.dumps(json.loads(serializer.serialize_json(workflow)), sort_keys=True)
        try:
            lost += ready(serializer.deserialize_json(sorted_text))[0].data.get("u") != {"n": 1}
        except (AttributeError, IndexError, KeyError):
            lost += 1
    assert lost


def test_state_in_any_order_of_keys_is_the_same_state():
    case = Case(guarded())
    case.act("complete", "u", {"b": {"y": 1, "x": 2}, "a": []})
    text = json.loads(case.step.frontier)
    assert json.dumps(text, sort_keys=True, separators=(",", ":")).encode() == case.step.frontier
    expected = runtime.lapse(case.definition, case.step.frontier, case.token("late"))
    for seed in range(20):
        other = json.dumps(shuffled(text, random.Random(seed))).encode()
        assert runtime.lapse(case.definition, other, case.token("late")) == expected


# --- resets and moves ------------------------------------------------------------------------------------------------


def guarded(timer='<bpmn:timeDuration>"P15D"</bpmn:timeDuration>', interrupting="false"):
    """u, then work with a timer on its edge. Ours names a deadline, the library takes a duration."""
    ours = (
        Diagram()
        .start()
        .user("u")
        .user("work")
        .end()
        .chain("s", "u", "work", "e")
        .boundary("late", "work", timer="deadline('explain')")
    )
    ours.end("el").chain("late", "el")

    class Both(Diagram):
        def stock_xml(self):
            begin, rest = self.xml().split("<bpmn:timeDate", 1)
            text = begin + timer + rest.split("</bpmn:timeDate>", 1)[1]
            return text.replace('cancelActivity="false"', f'cancelActivity="{interrupting}"')

    both = Both()
    both.__dict__.update(ours.__dict__)
    return both


def test_stock_reset_leaves_timers_behind():
    workflow = stock(guarded().stock_xml())
    finish(workflow, "u")
    assert names(workflow, TaskState.WAITING) == ["late"]
    (done,) = workflow.get_tasks(spec_name="u")
    workflow.reset_from_task_id(done.id)
    with pytest.raises(AttributeError, match="NoneType"):
        workflow.do_engine_steps()


def test_move_back_takes_the_timer_away_and_forward_arms_a_new_one():
    case = Case(guarded())
    case.act("complete", "u", {})
    late = case.token("late")
    assert case.act("move", "work", "u").closed[-1].id == late
    assert case.waits_for == ["u"]
    case.act("complete", "u", {})
    assert case.waits_for == ["late", "work"]
    assert case.token("late") != late
    case.act("lapse", "late")
    assert case.act("complete", "work", {}).ended


# --- events ----------------------------------------------------------------------------------------------------------


def reminded():
    diagram = Diagram().start().user("work").boundary("word", "work", message="word").end("ew").end()
    return diagram.chain("s", "work", "e").chain("word", "ew")


def test_stock_message_on_an_edge_comes_only_once():
    workflow = stock(reminded())
    word = BpmnEvent(MessageEventDefinition("word"), payload={})
    workflow.send_event(word)
    workflow.do_engine_steps()
    with pytest.raises(WorkflowException, match="not waiting for word"):
        workflow.send_event(word)
    assert names(workflow) == ["work"]


def test_message_on_an_edge_comes_as_often_as_it_is_sent():
    case = Case(reminded())
    for _ in range(10):
        assert case.act("deliver", "word", {}).passed == ("word", "ew")
        assert case.waits_for == ["word", "work"]


def waiting_for(duration, name):
    timer = (
        f'<bpmn:timerEventDefinition><bpmn:timeDuration>"{duration}"</bpmn:timeDuration></bpmn:timerEventDefinition>'
    )
    return Diagram().node("intermediateCatchEvent", name, timer).rows[0]


def test_stock_event_gateway_takes_two_branches_when_it_is_asked_late(stock_clock):
    diagram = event_gateway()
    workflow = stock(diagram)
    stock_clock.passed = dt.timedelta(days=30)
    workflow.refresh_timers()
    workflow.do_engine_steps()
    assert names(workflow) == ["a", "c"]


def event_gateway():
    diagram = Diagram().start().node("eventBasedGateway", "g").user("a").user("b").user("c").end()
    diagram.rows += [waiting_for("P1D", "one"), waiting_for("P2D", "two"), waiting_for("P3D", "three")]
    return diagram.chain("s", "g", "one", "a", "e").chain("g", "two", "b", "e").chain("g", "three", "c", "e")


def test_event_gateway_is_refused():
    reasons = refusal(event_gateway())
    assert "takes several branches" in reasons["g"]
    assert "rẽ nhiều nhánh" in reasons["g"]


CYCLE = '<bpmn:timeCycle>"R3/PT1H"</bpmn:timeCycle>'


def test_stock_interrupting_cycle_timer_does_not_interrupt(stock_clock):
    workflow = stock(guarded(CYCLE, interrupting="true").stock_xml())
    finish(workflow, "u")
    stock_clock.passed = dt.timedelta(hours=2)
    workflow.refresh_timers()
    workflow.do_engine_steps()
    assert "work" in names(workflow)


def test_interrupting_cycle_timer_is_refused():
    reasons = refusal(guarded(CYCLE, interrupting="true").stock_xml())
    assert "does not interrupt" in reasons["late"]


# --- ignored in silence ----------------------------------------------------------------------------------------------


def thrown(definition):
    return (
        Diagram()
        .start()
        .node("intermediateThrowEvent", "x", definition)
        .user("after")
        .end()
        .chain("s", "x", "after", "e")
    )


def linked():
    diagram = Diagram().start().node("intermediateThrowEvent", "x", '<bpmn:linkEventDefinition id="l1" name="there"/>')
    diagram.node("intermediateCatchEvent", "y", '<bpmn:linkEventDefinition id="l2" name="there"/>').user("after").end()
    return diagram.chain("s", "x").chain("y", "after", "e")


def test_stock_link_loses_its_token():
    workflow = stock(linked())
    assert not workflow.get_tasks(spec_name="after")


def test_stock_compensation_does_nothing():
    workflow = stock(thrown('<bpmn:compensateEventDefinition id="c"/>'))
    assert names(workflow) == ["after"]
    assert not workflow.get_events()


def signalled():
    diagram = (
        Diagram().start().parallel("f").user("u").node("endEvent", "x", '<bpmn:signalEventDefinition signalRef="sig"/>')
    )
    diagram.node("intermediateCatchEvent", "wait", '<bpmn:signalEventDefinition signalRef="sig"/>').end()
    diagram.chain("s", "f", "u", "x").chain("f", "wait", "e")
    return diagram.xml().replace("<bpmn:process", '<bpmn:signal id="sig" name="sig"/><bpmn:process', 1)


def test_stock_signal_end_sends_nothing():
    workflow = stock(signalled())
    finish(workflow, "u")
    assert names(workflow, TaskState.WAITING) == ["p.EndJoin", "wait"]
    workflow.send_event(BpmnEvent(SignalEventDefinition("sig")))
    workflow.do_engine_steps()
    assert workflow.is_completed(), "a signal from outside is heard, so it was the end event that kept silent"


def conditional():
    diagram = Diagram().start().user("u").user("v").end()
    return diagram.flow("s", "u").flow("u", "v", "1 == 2").flow("v", "e")


def test_stock_condition_on_a_flow_that_leaves_a_task_is_ignored():
    workflow = stock(conditional())
    finish(workflow, "u")
    assert names(workflow) == ["v"]


def with_event_subprocess(nested):
    start = '<bpmn:startEvent id="es"><bpmn:messageEventDefinition messageRef="m_word"/></bpmn:startEvent>'
    content = Diagram().user("eu").end("ee").chain("es", "eu", "ee")
    event = f'<bpmn:subProcess id="x" triggeredByEvent="true">{start}{"".join(content.rows)}</bpmn:subProcess>'
    inner = Diagram().start("is").user("u").end("ie").chain("is", "u", "ie")
    if nested:
        inner.rows.append(event)
    diagram = Diagram().start().subprocess("sub", inner).end().chain("s", "sub", "e")
    diagram.messages.add("word")
    if not nested:
        diagram.rows.append(event)
    return diagram


def test_stock_event_subprocess_changes_the_shared_specification():
    specification, subprocesses = stock_specs(with_event_subprocess(nested=False))
    before = set(specification.task_specs), list(specification.start._outputs)
    workflow = BpmnWorkflow(specification, subprocesses)
    workflow.do_engine_steps()
    workflow.send_event(BpmnEvent(MessageEventDefinition("word"), payload={}))
    workflow.do_engine_steps()
    assert "u" in names(workflow), "an interrupting event subprocess that does not interrupt"
    assert (set(specification.task_specs), list(specification.start._outputs)) != before


@pytest.mark.parametrize(
    ("diagram", "element", "reason"),
    [
        (linked(), "x", "a link loses its token"),
        (linked(), "y", "làm mất dấu"),
        (thrown('<bpmn:compensateEventDefinition id="c"/>'), "x", "ignored in silence"),
        (signalled(), "x", "a signal end event sends nothing"),
        (conditional(), "f_u_v", "would be ignored: put an exclusive gateway"),
        (with_event_subprocess(nested=False), "x", "event subprocesses are not supported"),
        (with_event_subprocess(nested=True), "x", "quy trình con theo sự kiện"),
    ],
)
def test_what_would_be_ignored_in_silence_is_refused(diagram, element, reason):
    assert reason in refusal(diagram)[element]


# --- Python in diagrams ----------------------------------------------------------------------------------------------

WRITE = "__import__('pathlib').Path({!r}).write_text('ran')"


def python_places(expression):
    timer = f"<bpmn:timerEventDefinition><bpmn:timeDate>{expression}</bpmn:timeDate></bpmn:timerEventDefinition>"
    loop = (
        f'<bpmn:multiInstanceLoopCharacteristics gt:collection="l"><bpmn:loopCardinality>len([{expression}])</bpmn:loopCardinality>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    form = {"gt__form": "f", "gt__result": "x"}
    choice = (
        Diagram()
        .start()
        .exclusive("g", default="f_g_e")
        .end()
        .end("y")
        .flow("s", "g")
        .flow("g", "y", expression, "x")
        .flow("g", "e")
    )
    return {
        "script": Diagram()
        .start()
        .node("scriptTask", "x", f"<bpmn:script>y = {expression}</bpmn:script>", scriptFormat="giaitrinh"),
        "condition": choice,
        "timer": Diagram().start().node("intermediateCatchEvent", "x", timer),
        "cardinality": Diagram().start().node("userTask", "x", loop, **form),
    }


def completed(name, expression):
    diagram = python_places(expression)[name]
    return diagram if name == "condition" else diagram.end().chain("s", "x", "e")


@pytest.mark.parametrize("place", ["script", "condition", "timer", "cardinality"])
def test_stock_runs_the_python_of_a_diagram(place, tmp_path):
    proof = tmp_path / "proof"
    with suppress(Exception):  # what it makes of the number of letters written does not matter
        stock(completed(place, WRITE.format(str(proof))))
    assert proof.read_text() == "ran"


@pytest.mark.parametrize("place", ["script", "condition", "timer", "cardinality"])
def test_python_of_a_diagram_is_refused(place, tmp_path):
    proof = tmp_path / "proof"
    assert refusal(completed(place, WRITE.format(str(proof))))["x"]
    assert not proof.exists()


# --- shared specifications -------------------------------------------------------------------------------------------


def everything():
    inner = (
        Diagram()
        .start("is")
        .user("each", collection="start.units")
        .send("tell", "word", collection="start.units")
        .end("ie")
    )
    inner.chain("is", "each", "tell", "ie")
    diagram = (
        Diagram()
        .start()
        .start("s2", message="filed")
        .exclusive("m")
        .inclusive("f", default="f_f_b")
        .user("a")
        .user("b")
        .inclusive("j")
    )
    diagram.subprocess("sub", inner).boundary("late", "sub", timer="deadline('explain')").boundary(
        "word", "sub", message="word"
    )
    diagram.end("el").end("ew").exclusive("g", default="f_g_m").end().chain("s", "m").flow("s2", "m").chain(
        "m", "f"
    ).flow("f", "a", "start.both")
    diagram.flow("f", "b", "start.both", "f_f_b2").user("c").flow("f", "c", identity="f_f_b").flow("c", "j")
    diagram.chain("a", "j").chain("b", "j", "sub", "g").flow("g", "m").flow("g", "e", "start.done").chain(
        "late", "el"
    ).chain("word", "ew")
    return diagram


def picture(definition):
    """All that a specification holds, events and their listeners included."""
    return {
        (specification.name, name): {
            key: copy.copy(value)
            if isinstance(value, list | dict)
            else vars(value).copy()
            if key.endswith("_event")
            else value
            for key, value in vars(spec).items()
        }
        for specification in (definition.specification, *definition.subprocesses.values())
        for name, spec in specification.task_specs.items()
    }


def listeners(view):
    return {name: {key: repr(value) for key, value in spec.items()} for name, spec in view.items()}


def test_stock_specification_is_changed_by_running_several_instances():
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    specification, _ = stock_specs(Diagram().start().node("userTask", "x", loop).end().chain("s", "x", "e"))
    event = specification.task_specs["x [child]"].completed_event
    assert event.n_subscribers() == 0
    BpmnWorkflow(specification).do_engine_steps()
    assert event.n_subscribers() == 1


def test_specifications_are_the_same_after_everything_ran():
    diagram = everything()
    case = Case(diagram, {"start": {"on": "2026-01-05", "units": [1, 2], "both": True, "done": False}})
    before = listeners(picture(case.definition))
    runtime.start(case.definition, {"start": {"both": False}}, "filed")
    for _ in range(2):
        for element in ("b", "a"):
            case.act("complete", element, {})
        case.act("lapse", "late")
        case.act("deliver", "word", {})
        for token in [token for token in case.step.after if token.kind == "user"]:
            case.step = runtime.complete(case.definition, case.step.frontier, token.id, {})
    case.act("move", "b", "each")
    runtime.cancel(case.definition, case.step.frontier, "stopped")
    assert listeners(picture(case.definition)) == before


def test_definitions_are_shared_by_interleaved_cases():
    cases = [Case(rework(), OURS_REWORK) for _ in range(3)]
    assert len({id(case.definition) for case in cases}) == 1
    for _ in range(3):
        for case in cases:
            our_round(case)
    assert len({case.step.state_sha256 for case in cases}) == 1


# --- what never ends -------------------------------------------------------------------------------------------------


def test_stock_process_that_calls_itself_never_ends():
    workflow = BpmnWorkflow(*stock_specs(calls_itself()))
    with pytest.raises((EndlessError, RecursionError)), at_most(300_000):
        workflow.do_engine_steps()


def calls_itself():
    return Diagram().start().node("callActivity", "x", calledElement="p").end().chain("s", "x", "e")


def test_process_that_calls_itself_is_refused():
    assert "<callActivity>" in refusal(calls_itself())["x"]


def dangling():
    association = '<bpmn:dataInputAssociation id="a"><bpmn:sourceRef>there</bpmn:sourceRef></bpmn:dataInputAssociation>'
    inner = (
        Diagram()
        .start("is")
        .node("userTask", "x", association, gt__form="f", gt__result="x")
        .end("ie")
        .chain("is", "x", "ie")
    )
    inner.rows.append('<bpmn:dataObjectReference id="there" dataObjectRef="nowhere"/>')
    return Diagram().start().subprocess("sub", inner).end().chain("s", "sub", "e")


def test_stock_parser_never_ends_on_a_dangling_reference():
    with pytest.raises((EndlessError, SpiffWorkflowException)) as raised, at_most(300_000):
        stock_specs(dangling())
    assert "EndlessError" in repr(raised.value)


@pytest.mark.parametrize(
    ("diagram", "element", "reason"),
    [
        (dangling(), "there", "<dataObjectReference>"),
        (Diagram().start().user("u").end().chain("s", "u", "e").flow("u", "nowhere", identity="lost"), "lost", "does not exist"),
        (Diagram().start().node("receiveTask", "x", messageRef="nobody").end().chain("s", "x", "e"), "x", "not declared"),
        (Diagram().start().user("u").end().boundary("x", "nowhere", message="m").end("ex").chain("s", "u", "e").chain("x", "ex"), "x", "attached to"),
    ],
)  # fmt: skip
def test_dangling_references_are_refused(diagram, element, reason):
    assert reason in refusal(diagram)[element]


def blocks(count, after=None):
    """Parallel blocks in a row, without waiting for each other in between."""
    diagram = Diagram().start().end()
    previous = "s"
    if after:
        diagram.user("u").exclusive("g", default="f_g_e").chain("s", "u", "g").flow("g", "e")
        previous = "g"
    for number in range(count):
        diagram.parallel(f"f{number}").user(f"a{number}").user(f"b{number}")
        diagram.chain(f"f{number}", f"a{number}").chain(f"f{number}", f"b{number}")
        for name in [previous] if isinstance(previous, str) else previous:
            diagram.flow(name, f"f{number}", "u.ok" if name == "g" else None)
        previous = [f"a{number}", f"b{number}"]
    for name in previous:
        diagram.flow(name, "e", identity=f"f_{name}_end")
    return diagram


def test_stock_lays_out_two_to_the_n_ways():
    laid_out = [len(stock(blocks(count)).tasks) for count in (6, 8, 10)]
    assert laid_out[1] > 3.5 * laid_out[0]
    assert laid_out[2] > 3.5 * laid_out[1]


@pytest.mark.parametrize(("diagram", "element"), [(blocks(40), "s"), (blocks(40, after="a choice"), "f0")])
def test_parallel_blocks_in_a_row_are_refused_at_once(diagram, element):
    with at_most(100_000):
        reasons = refusal(diagram)
    assert "parallel blocks" in reasons[element]


def test_some_parallel_blocks_in_a_row_are_allowed_and_bearable():
    diagram = blocks(8)
    definition = diagram.definition()
    with at_most(200_000):
        step = runtime.start(definition, {})
    assert [token.element for token in step.after] == ["a0", "b0"]


def chain_of(count):
    tasks = [f"u{number}" for number in range(count)]
    diagram = Diagram().start().end().chain("s", *tasks, "e")
    for task in tasks:
        diagram.user(task)
    return diagram


def test_stock_parser_breaks_on_a_long_chain():
    with pytest.raises((RecursionError, SpiffWorkflowException)) as raised:
        stock_specs(chain_of(700))
    assert "RecursionError" in repr(raised.value)


@pytest.mark.parametrize("count", [299, 700, 5000])
def test_chain_beyond_the_parser_is_refused(count):
    assert "More than 300 elements" in refusal(chain_of(count))["p"]


def test_loop_that_the_library_would_lay_out_for_ever_is_refused():
    diagram = Diagram().start().exclusive("m").user("u").user("v").chain("s", "m", "u", "v")
    endless = diagram.flow("v", "u").xml()
    with pytest.raises((EndlessError, RecursionError)), at_most(500_000):
        stock(endless)
    assert "leave it by" in refusal(endless)["u"]


def test_stock_reads_document_types_and_ours_does_not():
    document = Diagram().start().user("u").end().chain("s", "u", "e").xml().replace('name="u"', 'name="&x;"')
    document = '<!DOCTYPE a [<!ENTITY x "from the type declaration">]>' + document
    specification, _ = stock_specs(document)
    assert specification.task_specs["u"].bpmn_name == "from the type declaration"
    assert "document type declaration" in refusal(document)["p"]


# --- nothing half done -----------------------------------------------------------------------------------------------


def fails_on_arrival(cardinality):
    diagram = Diagram().start().user("u").user("each", collection="u.units").end().chain("s", "u", "each", "e")
    return diagram.xml().replace("len(u.units)", cardinality)


def test_stock_leaves_a_case_without_any_open_task_when_an_expression_fails():
    workflow = stock(fails_on_arrival("len(u['units'])"))
    with pytest.raises(WorkflowException):
        finish(workflow, "u", u={})
    assert workflow.get_tasks(spec_name="u")[0].state == TaskState.COMPLETED
    assert names(workflow, TaskState.READY | TaskState.WAITING | TaskState.STARTED) == []


@pytest.mark.parametrize("values", [{"units": 5}, {"units": {"a": 1}}, {"units": [0] * 1000}])
def test_a_fault_leaves_nothing_half_done(values):
    case = Case(Diagram().start().user("u").user("each", collection="u.units").end().chain("s", "u", "each", "e"))
    before = case.step
    with pytest.raises(CaseFault) as fault:
        case.act("complete", "u", values)
    assert "each" in fault.value.en
    assert runtime.marking(case.definition, before.frontier) == before.after
    step = case.act("complete", "u", {"units": [1]})
    assert [token.element for token in step.after] == ["each", "each"]


def test_a_fault_in_one_case_does_not_touch_another_of_the_same_definition():
    diagram = Diagram().start().user("u").script("x", "n = 1 // u.n").end().chain("s", "u", "x", "e")
    bad, good = Case(diagram), Case(diagram)
    with pytest.raises(CaseFault, match="ZeroDivisionError"):
        bad.act("complete", "u", {"n": 0})
    assert good.act("complete", "u", {"n": 1}).ended
    assert bad.act("complete", "u", {"n": 1}).ended
