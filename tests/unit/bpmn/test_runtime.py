"""What one input does to a case, element by element: the promises that the rest of the house builds on."""

import copy
import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.bpmn import runtime
from engine.bpmn.runtime import CaseFault
from engine.bpmn.step import MessageThrown, MessageWaitOpened, Step, TimerOpened, Token, WorkOpened
from engine.errors import Conflict, Invalid
from tests.diagrams import Diagram

ROOT = Path(__file__).resolve().parents[3]
START = {"start": {"on": "2026-01-05"}}


class Case:
    """A case that remembers its last step; elements are named, tokens looked up."""

    def __init__(self, diagram, start=START, message=None, tables=(), deadlines=None):
        more = {} if deadlines is None else {"deadlines": deadlines}
        self.definition = diagram.definition(tables, **more)
        self.step = runtime.start(self.definition, start, message)

    def token(self, element, index=None) -> Token:
        found = [t for t in self.step.after if t.element == element and (index is None or t.instance == index)]
        assert len(found) == 1, f"{element}: {found}"
        return found[0]

    def complete(self, element, values=None, index=None) -> Step:
        return self._keep(
            runtime.complete(self.definition, self.step.frontier, self.token(element, index).id, values or {})
        )

    def lapse(self, element) -> Step:
        return self._keep(runtime.lapse(self.definition, self.step.frontier, self.token(element).id))

    def deliver(self, element, payload=None, index=None) -> Step:
        return self._keep(
            runtime.deliver(self.definition, self.step.frontier, self.token(element, index).id, payload or {})
        )

    def move(self, element, to, index=None) -> Step:
        return self._keep(runtime.move(self.definition, self.step.frontier, self.token(element, index).id, to))

    def _keep(self, step) -> Step:
        self.step = step
        return step

    @property
    def waits_for(self) -> list[str]:
        """The elements that wait for a person, a timer or a message; scopes and splits aside."""
        return sorted(t.element for t in self.step.after if t.kind in {"user", "timer", "message"})

    @property
    def variables(self):
        return self.step.variables


def in_a_row(*names, outcome=None):
    """s, the named user tasks, e."""
    diagram = Diagram().start().end(outcome=outcome)
    for name in names:
        diagram.user(name)
    return diagram.chain("s", *names, "e")


# --- one element after the other -------------------------------------------------------------------------------------


def test_first_step_offers_the_work_and_says_what_it_did():
    diagram = (
        Diagram().start().user("work", gt__agency="start.body", gt__assignee="start.who").end().chain("s", "work", "e")
    )
    case = Case(diagram, {"start": {"body": "ubnd_phuong", "who": "an"}})
    step = case.step
    assert step.before == ()
    assert step.after == (Token(1, "work", "user"),)
    assert step.work == (WorkOpened(1, "work", "ubnd_phuong", "an"),)
    assert step.passed == ("s",)
    assert step.changed == {"start": {"body": "ubnd_phuong", "who": "an"}}
    assert not step.ended
    assert step.outcome is None
    assert step.state_sha256 == hashlib.sha256(step.frontier).hexdigest() == runtime.state_sha256(step.frontier)


def test_completing_the_last_work_ends_the_case_with_its_outcome():
    case = Case(in_a_row("work", outcome="answered"))
    step = case.complete("work", {"text": "ok"})
    assert (step.ended, step.outcome, step.after) == (True, "answered", ())
    assert step.closed == (Token(1, "work", "user"),)
    assert step.passed == ("work", "e")
    assert step.variables == {**START, "work": {"text": "ok"}}
    assert json.loads(step.frontier) == {"next": 2, "outcome": "answered", "scopes": [], "v": 1, "vars": step.variables}


def test_marking_and_variables_are_read_from_the_frontier():
    case = Case(in_a_row("one", "two"))
    case.complete("one", {"x": 1})
    assert runtime.marking(case.definition, case.step.frontier) == case.step.after
    assert runtime.variables_of(case.step.frontier) == {**START, "one": {"x": 1}}


def test_script_assigns_in_order_and_sees_what_it_assigned():
    diagram = Diagram().start().user("u").script("x", "a = u.n + 1\nb = [a, a * 2]\na = 7").user("v").end()
    case = Case(diagram.chain("s", "u", "x", "v", "e"))
    step = case.complete("u", {"n": 1})
    assert (step.variables["a"], step.variables["b"]) == (7, [2, 4])
    assert set(step.changed) == {"u", "a", "b"}


def test_decision_result_is_a_variable_and_recorded():
    table = dmn(
        '<rule id="r1"><description>Điều 1</description>{}</rule>', inputs=["u.n"], cells=[[">= 3"]], outputs=["'big'"]
    )
    diagram = (
        Diagram()
        .start()
        .user("u")
        .node("businessRuleTask", "size", gt__decision="d", gt__result="size")
        .user("v")
        .end()
    )
    case = Case(diagram.chain("s", "u", "size", "v", "e"), tables=(("t.dmn", table),))
    step = case.complete("u", {"n": 3})
    assert step.variables["size"] == {"out": "big"}
    (decision,) = step.decisions
    assert decision.as_json() == {
        "element": "size",
        "table": "d",
        "inputs": [["u.n", 3]],
        "rules": ["r1"],
        "outputs": {"out": "big"},
    }


def test_decision_without_result_name_is_kept_under_the_elements_id():
    table = dmn('<rule id="r1">{}</rule>', inputs=["1"], cells=[["-"]], outputs=["2"])
    diagram = (
        Diagram()
        .start()
        .node("businessRuleTask", "size", gt__decision="d")
        .user("v")
        .end()
        .chain("s", "size", "v", "e")
    )
    assert Case(diagram, tables=(("t.dmn", table),)).variables["size"] == {"out": 2}


def test_throw_event_send_task_and_end_event_put_messages_into_the_outbox():
    diagram = (
        Diagram()
        .start()
        .throw("a", "note", gt__payload="{'day': start.on}", gt__correlation="start.on")
        .throw("quiet", "note")
        .send("b", "letter", gt__payload="{'n': 2}")
        .end("e", message="closed", outcome="done")
        .chain("s", "a", "quiet", "b", "e")
    )
    step = Case(diagram).step
    assert step.ended
    assert step.outcome == "done"
    assert step.messages == (
        MessageThrown("a", "note", {"day": "2026-01-05"}, "2026-01-05"),
        MessageThrown("quiet", "note", {}, None),
        MessageThrown("b", "letter", {"n": 2}, None),
        MessageThrown("e", "closed", {}, None),
    )


def test_intermediate_event_without_a_message_is_passed():
    diagram = (
        Diagram().start().node("intermediateThrowEvent", "reached").user("u").end().chain("s", "reached", "u", "e")
    )
    step = Case(diagram).step
    assert step.passed == ("s", "reached")
    assert step.messages == ()


def test_timer_waits_with_its_deadline_and_lapses_when_told():
    rules = (
        {"id": "explain", "parameter": "explain", "label_vi": "a", "label_en": "b", "starts": "start.on"},
        {"id": "plan", "parameter": "plan", "label_vi": "a", "label_en": "b", "due": "start.on"},
    )
    diagram = (
        Diagram().start().catch("wait", timer="before('explain', '3 wd')").catch("then", timer="halfway('plan')").end()
    )
    case = Case(diagram.chain("s", "wait", "then", "e"), deadlines=rules)
    assert case.step.timers == (TimerOpened(1, "wait", "explain", "before", 3, "wd", "2026-01-05", None),)
    step = case.lapse("wait")
    assert step.timers == (TimerOpened(2, "then", "plan", "halfway", 0, "cd", None, "2026-01-05"),)
    assert case.lapse("then").ended


def test_message_is_waited_for_with_its_correlation_and_keeps_its_payload():
    diagram = (
        Diagram()
        .start()
        .catch("wait", message="reply", gt__correlation="start.ref", gt__result="reply")
        .user("u")
        .end()
    )
    case = Case(diagram.chain("s", "wait", "u", "e"), {"start": {"ref": "A-1"}})
    assert case.step.waits == (MessageWaitOpened(1, "wait", "reply", "A-1"),)
    step = case.deliver("wait", {"yes": True})
    assert step.variables["reply"] == {"yes": True}
    assert case.waits_for == ["u"]


def test_receive_task_without_result_forgets_the_payload():
    case = Case(Diagram().start().receive("wait", "reply").end().chain("s", "wait", "e"))
    assert case.step.waits == (MessageWaitOpened(1, "wait", "reply", None),)
    step = case.deliver("wait", {"yes": True})
    assert step.ended
    assert step.variables == START


# --- starts and ends -------------------------------------------------------------------------------------------------


def test_each_start_event_begins_its_own_way():
    diagram = Diagram().start("plain").start("by_message", message="filed").user("a").user("b").end()
    diagram.chain("plain", "a", "e").chain("by_message", "b", "e")
    plain, sent = Case(diagram), Case(diagram, message="filed")
    assert plain.definition.starts == {None: "plain", "filed": "by_message"}
    assert (plain.waits_for, sent.waits_for) == (["a"], ["b"])
    assert plain.complete("a").ended
    assert sent.complete("b").ended
    assert sent.step.passed == ("b", "e")


def test_start_by_an_unknown_message_is_refused():
    definition = in_a_row("u").definition()
    with pytest.raises(Invalid) as refusal:
        runtime.start(definition, START, "nobody_sends_this")
    assert refusal.value.code == "no_such_start"


def test_terminate_end_takes_every_other_token_away():
    diagram = Diagram().start().parallel("f").user("a").user("b").end("stop", terminate=True, outcome="stopped").end()
    case = Case(diagram.chain("s", "f", "a", "stop").chain("f", "b", "e"))
    step = case.complete("a")
    assert (step.ended, step.outcome) == (True, "stopped")
    assert {token.element for token in step.closed} == {"a", "b"}


def test_terminate_end_in_a_subprocess_ends_only_the_subprocess():
    inner = (
        Diagram().start("is").parallel("f").user("a").user("b").end("stop", terminate=True, outcome="ignored").end("ie")
    )
    inner.chain("is", "f", "a", "stop").chain("f", "b", "ie")
    diagram = Diagram().start().subprocess("sub", inner).user("after").end().chain("s", "sub", "after", "e")
    case = Case(diagram)
    case.complete("a")
    assert case.waits_for == ["after"]
    step = case.complete("after")
    assert step.ended
    assert step.outcome is None, "the outcome of a case is that of an end of its process"


@pytest.mark.parametrize("act", ["terminate", "cancel", "move"])
def test_nothing_runs_on_in_subprocesses_of_what_was_taken_away(act):
    innermost = Diagram().start("is").user("x").end("ie").chain("is", "x", "ie")
    inner = Diagram().start("ms").subprocess("innermost", innermost).end("me").chain("ms", "innermost", "me")
    outer = (
        Diagram().start("os").parallel("f").subprocess("inner", inner).user("y").end("oe").end("stop", terminate=True)
    )
    outer.chain("os", "f", "inner", "oe").chain("f", "y", "stop")
    case = Case(Diagram().start().subprocess("outer", outer).user("after").end().chain("s", "outer", "after", "e"))
    assert case.waits_for == ["x", "y"]
    match act:
        case "terminate":
            case.complete("y")
        case "move":
            case.move("x", "after")
        case _:
            case.step = runtime.cancel(case.definition, case.step.frontier, "stopped")
    assert case.waits_for == ([] if act == "cancel" else ["after"])
    assert len(json.loads(case.step.frontier)["scopes"]) == (0 if act == "cancel" else 1)


def test_the_last_outcome_counts():
    diagram = Diagram().start().parallel("f").user("a").user("b").end("ea", outcome="first").end("eb", outcome="second")
    case = Case(diagram.chain("s", "f", "a", "ea").chain("f", "b", "eb"))
    assert case.complete("b").outcome is None
    assert case.complete("a").outcome == "first"


def test_cancel_takes_everything_away():
    inner = in_a_row("x")
    diagram = (
        Diagram().start("begin").subprocess("sub", Diagram().start("is").user("x").end("ie").chain("is", "x", "ie"))
    )
    diagram.boundary("late", "sub", timer="deadline('explain')").end("el").end("e").chain("begin", "sub", "e").flow(
        "late", "el"
    )
    case = Case(diagram)
    step = runtime.cancel(case.definition, case.step.frontier, "terminated")
    assert (step.ended, step.outcome, step.after) == (True, "terminated", ())
    assert set(step.closed) == set(case.step.after)
    assert inner.definition() is not None
    with pytest.raises(Conflict) as refusal:
        runtime.cancel(case.definition, step.frontier, "again")
    assert refusal.value.code == "case_ended"


# --- choices and joins -----------------------------------------------------------------------------------------------


def choice():
    diagram = Diagram().start().user("u").exclusive("g", default="f_g_c").user("a").user("b").user("c").end()
    diagram.chain("s", "u", "g").flow("g", "a", "u.n == 1").flow("g", "b", "u.n <= 2").flow("g", "c")
    return diagram.chain("a", "e").chain("b", "e").chain("c", "e")


@pytest.mark.parametrize(("number", "taken"), [(1, "a"), (2, "b"), (3, "c")])
def test_exclusive_gateway_takes_the_first_condition_that_holds_or_the_default(number, taken):
    case = Case(choice())
    case.complete("u", {"n": number})
    assert case.waits_for == [taken]
    assert case.complete(taken).ended


def test_drawing_does_not_decide_which_condition_is_asked_first():
    shapes = "".join(
        f'<di:BPMNShape bpmnElement="{element}"><dc:Bounds x="0" y="{y}"/></di:BPMNShape>'
        for element, y in (("a", 900), ("b", 1), ("c", 500))
    )
    names = 'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'

    class Drawn(Diagram):
        def xml(self):
            return (
                super()
                .xml()
                .replace("</bpmn:definitions>", f"<di:BPMNDiagram {names}>{shapes}</di:BPMNDiagram></bpmn:definitions>")
            )

    drawn = Drawn()
    drawn.__dict__.update(choice().__dict__)
    case = Case(drawn)
    case.complete("u", {"n": 1})
    assert case.waits_for == ["a"]


def forked(kind):
    diagram = Diagram().start().user("u").user("a").user("b").user("c").user("after").end()
    if kind == "parallel":
        diagram.parallel("f").parallel("j").flow("f", "a").flow("f", "b").flow("f", "c")
    else:
        diagram.inclusive("f", default="f_f_c").inclusive("j")
        diagram.flow("f", "a", "'a' in u.to").flow("f", "b", "'b' in u.to").flow("f", "c")
    for name in ("a", "b", "c"):
        diagram.flow(name, "j")
    diagram.exclusive("again", default="f_again_e").flow("again", "u", "after.again").flow("again", "e")
    return diagram.chain("s", "u", "f").chain("j", "after", "again")


@pytest.mark.parametrize("order", ["abc", "acb", "bac", "bca", "cab", "cba"])
def test_parallel_join_waits_for_every_branch_in_any_order_round_after_round(order):
    case = Case(forked("parallel"))
    for turn in (order, order[::-1], order[1:] + order[0]):
        case.complete("u")
        for name in turn[:-1]:
            case.complete(name)
            assert "after" not in case.waits_for
        assert case.step.after[-1].kind in {"join", "user"}
        case.complete(turn[-1])
        assert case.waits_for == ["after"]
        case.complete("after", {"again": turn != order[1:] + order[0]})
    assert case.step.ended


@pytest.mark.parametrize(
    ("chosen", "order"), [("a", "a"), ("b", "b"), ("ab", "ab"), ("ab", "ba"), ("", "c")]
)  # fmt: skip
def test_inclusive_join_waits_for_the_branches_that_were_taken_round_after_round(chosen, order):
    case = Case(forked("inclusive"))
    for last_round in (False, False, True):
        case.complete("u", {"to": list(chosen)})
        assert case.waits_for == sorted(order)
        for name in order[:-1]:
            case.complete(name)
            assert "after" not in case.waits_for
        case.complete(order[-1])
        assert case.waits_for == ["after"]
        case.complete("after", {"again": not last_round})
    assert case.step.ended


def test_inclusive_join_in_a_loop_does_not_wait_for_another_round():
    """A token that waits at the outer join could go round and reach the inner one again: that is no reason to wait for it."""
    diagram = (
        Diagram()
        .start()
        .exclusive("again")
        .parallel("f")
        .user("side")
        .user("u")
        .inclusive("split", default="f_split_b")
        .user("a")
        .user("b")
        .inclusive("join")
        .parallel("j")
        .user("ask")
        .exclusive("done", default="f_done_e")
        .end()
    )
    diagram.chain("s", "again", "f", "side", "j").chain("f", "u", "split").chain("a", "join").chain(
        "b", "join", "j", "ask", "done"
    )
    diagram.flow("split", "a", "u.a").flow("split", "b").flow("done", "e").flow("done", "again", "ask.again")
    case = Case(diagram)
    for again in (True, False):
        case.complete("side")
        case.complete("u", {"a": True})
        case.complete("a")
        assert case.waits_for == ["ask"]
        case.complete("ask", {"again": again})
    assert case.step.ended


def test_inclusive_join_that_a_flow_reaches_at_once_waits_for_the_other_branch():
    diagram = Diagram().start().inclusive("f", default="f_f_b").inclusive("j").user("a").user("b").user("after").end()
    diagram.chain("s", "f").flow("f", "j", "True").flow("f", "a", "True").flow("f", "b").chain(
        "a", "j", "after", "e"
    ).chain("b", "j")
    case = Case(diagram)
    assert case.waits_for == ["a"]
    case.complete("a")
    assert case.waits_for == ["after"]


def test_inclusive_join_waits_for_an_event_on_the_edge_that_can_still_reach_it():
    diagram = (
        Diagram()
        .start()
        .inclusive("f", default="f_f_b")
        .user("a")
        .user("b")
        .user("c")
        .inclusive("j")
        .user("after")
        .end()
        .end("ea")
    )
    diagram.boundary("late", "a", timer="deadline('explain')", interrupting=True)
    diagram.chain("s", "f").flow("f", "a", "True").flow("f", "c", "True").flow("f", "b").chain("b", "j").chain("c", "j")
    diagram.chain("a", "ea").chain("late", "j", "after", "e")
    case = Case(diagram)
    case.complete("c")
    assert case.waits_for == ["a", "late"]
    early = case.step
    case.complete("a")
    assert case.waits_for == ["after"]
    step = runtime.lapse(case.definition, early.frontier, next(t.id for t in early.after if t.element == "late"))
    assert [t.element for t in step.after] == ["after"]


def test_inclusive_gateway_without_a_way_out_is_a_fault():
    diagram = (
        Diagram()
        .start()
        .inclusive("g")
        .user("a")
        .user("b")
        .end()
        .chain("s", "g")
        .flow("g", "a", "start.a")
        .flow("g", "b", "start.a")
    )
    definition = diagram.chain("a", "e").chain("b", "e").definition()
    with pytest.raises(CaseFault) as fault:
        runtime.start(definition, {"start": {"a": False}})
    assert fault.value.details == {"element": "g"}


def test_two_tokens_on_one_flow_are_taken_one_by_one():
    """a is passed twice before b once: the join fires once, and keeps the second token for the next b."""
    diagram = Diagram().start().parallel("f").user("a").user("b").exclusive("merge").parallel("j").user("after").end()
    diagram.user("more").chain("s", "f", "a", "merge", "j", "after", "e").chain("f", "b", "j").chain(
        "f", "more", "merge"
    )
    case = Case(diagram)
    case.complete("a")
    case.complete("more")
    assert [t.element for t in case.step.after if t.kind == "join"] == ["j", "j"]
    case.complete("b")
    assert case.waits_for == ["after"]
    assert [t.element for t in case.step.after if t.kind == "join"] == ["j"]


# --- events on the edge of an activity -------------------------------------------------------------------------------


def guarded(interrupting):
    diagram = (
        Diagram().start().user("work").boundary("late", "work", timer="deadline('explain')", interrupting=interrupting)
    )
    return (
        diagram.user("report")
        .end("er")
        .user("next")
        .end()
        .chain("s", "work", "next", "e")
        .chain("late", "report", "er")
    )


def test_non_interrupting_timer_leaves_the_work_open():
    case = Case(guarded(interrupting=False))
    assert case.waits_for == ["late", "work"]
    step = case.lapse("late")
    assert case.waits_for == ["report", "work"]
    assert step.passed == ("late",)
    case.complete("work")
    assert case.waits_for == ["next", "report"]
    case.complete("next")
    assert not case.step.ended
    assert case.complete("report").ended


def test_interrupting_timer_takes_the_work_away():
    case = Case(guarded(interrupting=True))
    step = case.lapse("late")
    assert {token.element for token in step.closed} == {"work", "late"}
    assert case.waits_for == ["report"]
    assert case.complete("report").ended


def test_finished_work_takes_its_timer_away():
    case = Case(guarded(interrupting=False))
    late = case.token("late")
    case.complete("work")
    assert case.waits_for == ["next"]
    with pytest.raises(Conflict) as refusal:
        runtime.lapse(case.definition, case.step.frontier, late.id)
    assert refusal.value.code == "token_gone"


def test_non_interrupting_message_comes_again_and_again():
    diagram = (
        Diagram()
        .start()
        .user("work")
        .boundary("word", "work", message="word", gt__result="word")
        .throw("ack", "ack")
        .end("ea")
    )
    case = Case(diagram.end().chain("s", "work", "e").chain("word", "ack", "ea"))
    for number in range(5):
        step = case.deliver("word", {"n": number})
        assert [message.name for message in step.messages] == ["ack"]
        assert step.variables["word"] == {"n": number}
        assert case.waits_for == ["word", "work"]
        assert len(step.waits) == 1
    assert case.complete("work").ended


def test_interrupting_message_comes_before_anything_inside_the_subprocess():
    inner = Diagram().start("is").user("x").script("count", "n = 1").end("ie").chain("is", "x", "count", "ie")
    diagram = (
        Diagram()
        .start()
        .subprocess("sub", inner)
        .boundary("stop", "sub", message="stop", interrupting=True)
        .user("close")
    )
    case = Case(diagram.end("es").end().chain("s", "sub", "e").chain("stop", "close", "es"))
    step = case.deliver("stop")
    assert case.waits_for == ["close"]
    assert step.passed == ("stop",)
    assert "n" not in step.variables
    assert {token.element for token in step.closed} == {"sub", "stop", "x"}


def test_events_on_several_edges_at_once():
    diagram = Diagram().start().user("work").end()
    for name, interrupting in (("half", False), ("late", False), ("stop", True)):
        timer = {"half": "halfway('explain')", "late": "deadline('explain')"}.get(name)
        message = None if timer else "stop"
        diagram.boundary(name, "work", timer=timer, message=message, interrupting=interrupting).user(f"{name}_u").end(
            f"{name}_e"
        )
        diagram.chain(name, f"{name}_u", f"{name}_e")
    case = Case(diagram.chain("s", "work", "e"))
    case.lapse("late")
    case.lapse("half")
    assert case.waits_for == ["half_u", "late_u", "stop", "work"]
    case.deliver("stop")
    assert case.waits_for == ["half_u", "late_u", "stop_u"]


# --- subprocesses ----------------------------------------------------------------------------------------------------


def nested():
    """before, outer(ou, inner(x, y), ov), after; a reminder on inner, a withdrawal on outer."""
    inner = Diagram().start("is").user("x").user("y").end("ie").chain("is", "x", "y", "ie")
    outer = (
        Diagram()
        .start("os")
        .user("ou")
        .subprocess("inner", inner)
        .user("ov")
        .end("oe")
        .chain("os", "ou", "inner", "ov", "oe")
    )
    outer.boundary("half", "inner", timer="halfway('explain')").user("reminded").end("he").chain(
        "half", "reminded", "he"
    )
    diagram = (
        Diagram()
        .start()
        .user("before")
        .subprocess("outer", outer)
        .user("after")
        .end()
        .chain("s", "before", "outer", "after", "e")
    )
    return (
        diagram.boundary("stop", "outer", message="stop", interrupting=True)
        .user("closing")
        .end("ec")
        .chain("stop", "closing", "ec")
    )


def in_inner():
    case = Case(nested())
    case.complete("before")
    case.complete("ou")
    assert case.waits_for == ["half", "stop", "x"]
    return case


def test_subprocess_in_a_subprocess():
    case = in_inner()
    case.lapse("half")
    case.complete("x")
    case.complete("y")
    assert case.waits_for == ["ov", "reminded", "stop"]
    case.complete("ov")
    assert case.waits_for == ["reminded", "stop"], "a subprocess is left when its last token has ended"
    case.complete("reminded")
    assert case.waits_for == ["after"]
    assert "outer" in case.step.passed
    assert case.complete("after").ended


def test_withdrawal_takes_both_subprocesses_away():
    case = in_inner()
    step = case.deliver("stop")
    assert case.waits_for == ["closing"]
    assert {token.element for token in step.closed} == {"outer", "stop", "inner", "half", "x"}
    assert case.complete("closing").ended


def test_subprocess_can_be_entered_again():
    inner = Diagram().start("is").user("x").end("ie").chain("is", "x", "ie")
    diagram = (
        Diagram()
        .start()
        .exclusive("m")
        .subprocess("sub", inner)
        .exclusive("g", default="f_g_e")
        .end()
        .chain("s", "m", "sub", "g")
    )
    case = Case(diagram.flow("g", "m", "x.again").flow("g", "e"))
    seen = {case.token("sub").id}
    for _ in range(3):
        case.complete("x", {"again": True})
        seen.add(case.token("sub").id)
    assert len(seen) == 4
    assert case.complete("x", {"again": False}).ended


# --- several instances -----------------------------------------------------------------------------------------------


def several(kind, **attributes):
    diagram = Diagram().start().end()
    if kind == "user":
        diagram.user("each", collection="start.units", gt__agency="instance.unit", **attributes)
    else:
        getattr(diagram, kind)("each", "word", collection="start.units", gt__result="each", **attributes)
    return diagram.user("after").chain("s", "each", "after", "e")


UNITS = [{"unit": "phòng A"}, {"unit": "phòng B"}, {"unit": "phòng C"}]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_results_of_instances_are_in_the_order_of_the_items(order):
    case = Case(several("user"), {"start": {"units": UNITS}})
    assert case.step.work == tuple(
        WorkOpened(2 + index, "each", unit["unit"], None, unit) for index, unit in enumerate(UNITS)
    )
    assert case.token("each", 0).kind == "user"
    assert case.step.after[0] == Token(1, "each", "instances")
    for index in order:
        assert case.waits_for == ["each"] * len([t for t in case.step.after if t.kind == "user"])
        case.complete("each", {"said": f"n{index}"}, index)
    assert case.waits_for == ["after"]
    assert case.variables["each"] == [{"said": f"n{i}", "instance": unit, "index": i} for i, unit in enumerate(UNITS)]


@pytest.mark.parametrize("items", [[], None])
@pytest.mark.parametrize("kind", ["user", "send", "receive"])
def test_without_items_the_token_passes(kind, items):
    case = Case(several(kind), {"start": {"units": items}})
    assert case.waits_for == ["after"]
    assert case.variables["each"] == []
    assert "each" in case.step.passed


def test_one_item():
    case = Case(several("user"), {"start": {"units": UNITS[:1]}})
    case.complete("each", {"said": "x"}, 0)
    assert case.variables["each"] == [{"said": "x", "instance": UNITS[0], "index": 0}]


def test_one_message_goes_out_for_each_item():
    diagram = several("send", gt__payload="{'to': instance.unit}", gt__correlation="instance.unit")
    step = Case(diagram, {"start": {"units": UNITS}}).step
    assert step.messages == tuple(MessageThrown("each", "word", {"to": u["unit"]}, u["unit"]) for u in UNITS)
    assert step.passed == ("s", "each")


def test_messages_for_each_item_leave_no_results_unless_asked():
    diagram = (
        Diagram().start().send("each", "word", collection="start.units").user("u").end().chain("s", "each", "u", "e")
    )
    step = Case(diagram, {"start": {"units": UNITS}}).step
    assert len(step.messages) == 3
    assert set(step.variables) == {"start"}


def test_one_message_is_awaited_for_each_item():
    case = Case(several("receive", gt__correlation="instance.unit"), {"start": {"units": UNITS}})
    assert [(wait.name, wait.correlation) for wait in case.step.waits] == [("word", u["unit"]) for u in UNITS]
    for index in (1, 0, 2):
        case.deliver("each", {"answer": index}, index)
    assert [row["answer"] for row in case.variables["each"]] == [0, 1, 2]
    assert case.waits_for == ["after"]


def test_instances_in_a_loop_begin_with_an_empty_list():
    diagram = (
        Diagram()
        .start()
        .exclusive("m")
        .user("each", collection="units")
        .user("u")
        .exclusive("g", default="f_g_e")
        .end()
    )
    diagram.chain("s", "m", "each", "u", "g").flow("g", "e").flow("g", "m", "u.again")
    case = Case(diagram, {"units": ["a", "b"]})
    case.complete("each", {"round": 1}, 1)
    case.complete("each", {"round": 1}, 0)
    case.complete("u", {"again": True})
    assert case.variables["each"] == []
    case.complete("each", {"round": 2}, 0)
    assert case.variables["each"] == [{"round": 2, "instance": "a", "index": 0}]


def test_items_are_those_of_the_moment_when_the_token_came():
    diagram = (
        Diagram().start().parallel("f").user("each", collection="pick.units", gt__agency="instance").user("change")
    )
    diagram.user("pick").script("x", "pick = {'units': []}").parallel("j").user("after").end()
    case = Case(diagram.chain("s", "pick", "f", "each", "j", "after", "e").chain("f", "change", "x", "j"))
    case.complete("pick", {"units": ["a", "b"]})
    case.complete("change")
    case.complete("each", {}, 1)
    case.complete("each", {}, 0)
    assert [row["instance"] for row in case.variables["each"]] == ["a", "b"]
    assert case.waits_for == ["after"]


def test_event_on_the_edge_of_instances():
    diagram = (
        Diagram()
        .start()
        .user("each", collection="units")
        .boundary("late", "each", timer="deadline('explain')")
        .end("el")
    )
    diagram.boundary("stop", "each", message="stop", interrupting=True).end("es").user("after").end()
    diagram.chain("s", "each", "after", "e").chain("late", "el").chain("stop", "es")
    case = Case(diagram, {**START, "units": ["a", "b"]})
    case.complete("each", {}, 0)
    case.lapse("late")
    assert case.waits_for == ["each", "stop"]
    stopped = runtime.deliver(case.definition, case.step.frontier, case.token("stop").id, {})
    assert stopped.ended
    case.complete("each", {}, 1)
    assert case.waits_for == ["after"]


def test_results_that_a_script_replaced_are_a_fault():
    diagram = (
        Diagram()
        .start()
        .parallel("f")
        .user("each", collection="units")
        .user("u")
        .script("x", "each = 'mine'")
        .parallel("j")
        .end()
    )
    case = Case(diagram.chain("s", "f", "each", "j", "e").chain("f", "u", "x", "j"), {"units": ["a"]})
    case.complete("u")
    with pytest.raises(CaseFault) as fault:
        case.complete("each", {}, 0)
    assert fault.value.details["element"] == "each"


@pytest.mark.parametrize("units", ["abc", {"a": 1}, 5, ["x"] * 301])
def test_collection_must_be_a_list_of_bearable_length(units):
    definition = several("user").definition()
    with pytest.raises(CaseFault) as fault:
        runtime.start(definition, {"start": {"units": units}})
    assert "the collection of each" in fault.value.en


# --- decision tables -------------------------------------------------------------------------------------------------

DMN_HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="t" namespace="u">'


def cell(tag, text):
    return f"<{tag}><text>{text.replace('&', '&amp;').replace('<', '&lt;')}</text></{tag}>"


def dmn(rule, inputs, cells, outputs, policy="UNIQUE"):
    columns = "".join(f'<input id="i{i}">{cell("inputExpression", text)}</input>' for i, text in enumerate(inputs))
    rows = "".join(
        rule.replace("r1", f"r{number}", 1).format(
            "".join(cell("inputEntry", c) for c in row) + cell("outputEntry", output)
        )
        for number, (row, output) in enumerate(zip(cells, outputs, strict=True), 1)
    )
    table = f'<decisionTable hitPolicy="{policy}">{columns}<output id="o" name="out"/>{rows}</decisionTable>'
    return f'{DMN_HEAD}<decision id="d" name="Bảng">{table}</decision></definitions>'


RULE = '<rule id="r1">{}</rule>'


def decide(table, **variables):
    diagram = (
        Diagram()
        .start()
        .node("businessRuleTask", "b", gt__decision="d", gt__result="r")
        .user("u")
        .end()
        .chain("s", "b", "u", "e")
    )
    return Case(diagram, variables, tables=(("t.dmn", table),)).step


@pytest.mark.parametrize(
    ("test", "value", "hits"),
    [
        ("-", None, True),
        ("", "x", True),
        ('"a"', "a", True),
        ('"a"', "b", False),
        ('"a","b"', "b", True),
        ('not("a","b")', "b", False),
        ('not("a","b")', "c", True),
        ("12", 12, True),
        ("12", "12", False),
        ("1", True, False),
        ("true", True, True),
        ("true", 1, False),
        ("false", False, True),
        ("null", None, True),
        ("null", "", False),
        ('"true"', "true", True),
        (">= 3", 3, True),
        (">= 3", 2, False),
        ("> -1", 0, True),
        ("< 3", 3, False),
        ("<= 3", 3, True),
        ("= 3", 3, True),
        (">= 3", "3", False),
        (">= 1", True, False),
        ("= v in ['x', 'y'] and not w", "x", True),
        ("= v in ['x', 'y'] and not w", "z", False),
    ],
)
def test_unary_tests(test, value, hits):
    table = dmn(RULE, ["v"], [[test]], ["1"], "COLLECT")
    assert bool(decide(table, v=value, w=False).variables["r"]) is hits


def test_unique_table_refuses_two_hits():
    table = dmn(RULE, ["n"], [[">= 1"], [">= 2"]], ["'a'", "'b'"])
    assert decide(table, n=1).variables["r"] == {"out": "a"}
    with pytest.raises(CaseFault) as fault:
        decide(table, n=2)
    assert "r1, r2" in fault.value.en


def test_first_table_takes_the_first_hit():
    table = dmn(RULE, ["n"], [[">= 2"], [">= 1"]], ["'a'", "'b'"], "FIRST")
    step = decide(table, n=2)
    assert step.variables["r"] == {"out": "a"}
    assert step.decisions[0].rules == ("r1",)


def test_collect_table_gives_a_list():
    table = dmn(RULE, ["n"], [[">= 1"], [">= 2"], ["3"]], ["'a'", "n + 1", ""], "COLLECT")
    assert decide(table, n=3).variables["r"] == [{"out": "a"}, {"out": 4}, {"out": None}]
    assert decide(table, n=0).variables["r"] == []


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST"])
def test_table_that_says_nothing_is_a_fault(policy):
    with pytest.raises(CaseFault) as fault:
        decide(dmn(RULE, ["n"], [["1"]], ["1"], policy), n=2)
    assert fault.value.details["element"] == "b"
    assert "no rule covers {'n': 2}" in fault.value.en


def test_every_test_of_a_rule_must_hold():
    table = dmn(RULE, ["a", "b"], [["1", '"x"'], ["1", "-"]], ["'both'", "'one'"], "FIRST")
    assert decide(table, a=1, b="x").variables["r"] == {"out": "both"}
    assert decide(table, a=1, b="y").variables["r"] == {"out": "one"}


@pytest.mark.parametrize(
    "table",
    [
        dmn(RULE, ["n < 'a'"], [["true"]], ["1"]),
        dmn(RULE, ["n"], [["= n < 'a'"]], ["1"]),
        dmn(RULE, ["n"], [["-"]], ["n // 0"]),
        dmn(RULE, ["missing"], [["-"]], ["1"]),
    ],
)
def test_a_cell_that_cannot_be_evaluated_is_a_fault_that_names_the_table(table):
    with pytest.raises(CaseFault) as fault:
        decide(table, n=1)
    assert fault.value.details["element"] == "b"
    assert "table d" in fault.value.en


# --- moved by a supervisor -------------------------------------------------------------------------------------------


def test_move_forward_and_back():
    case = Case(in_a_row("a", "b", "c"))
    step = case.move("a", "c")
    assert case.waits_for == ["c"]
    assert step.passed == ()
    assert step.delta() == {
        "gone": [[1, "a", "user", None]],
        "come": [[2, "c", "user", None]],
        "passed": [],
        "changed": [],
    }
    case.move("c", "a")
    case.complete("a")
    case.complete("b")
    assert case.complete("c").ended


def test_move_to_the_end():
    case = Case(in_a_row("a", "b", outcome="done"))
    step = case.move("a", "e")
    assert (step.ended, step.outcome) == (True, "done")


def test_move_takes_the_timers_along():
    case = Case(guarded(interrupting=False))
    assert {token.element for token in case.move("work", "next").closed} == {"work", "late"}
    case.move("next", "work")
    assert case.waits_for == ["late", "work"]
    assert len(case.step.timers) == 1
    case.lapse("late")
    case.complete("work")
    assert case.waits_for == ["next", "report"]


def test_move_of_a_timer_leaves_its_work():
    case = Case(guarded(interrupting=False))
    case.move("late", "report")
    assert case.waits_for == ["report", "work"]


def test_move_into_a_subprocess_begins_it_there():
    case = Case(nested())
    case.move("before", "y")
    assert case.waits_for == ["half", "stop", "y"]
    case.complete("y")
    assert case.waits_for == ["ov", "stop"]
    case.complete("ov")
    assert case.complete("after").ended


def test_move_into_a_subprocess_without_events_on_its_edge():
    inner = Diagram().start("is").user("x").user("y").end("ie").chain("is", "x", "y", "ie")
    case = Case(Diagram().start().user("u").subprocess("sub", inner).end().chain("s", "u", "sub", "e"))
    case.move("u", "y")
    assert case.waits_for == ["y"]
    assert case.complete("y").ended


def test_move_to_the_subprocess_itself_begins_it_at_its_start():
    case = Case(nested())
    case.move("before", "outer")
    assert case.waits_for == ["ou", "stop"]


def test_move_out_of_a_subprocess_takes_it_away():
    case = in_inner()
    step = case.move("x", "before")
    assert case.waits_for == ["before"]
    assert {token.element for token in step.closed} == {"outer", "stop", "inner", "half", "x"}


def test_move_out_of_the_inner_subprocess_stays_in_the_outer_one():
    case = in_inner()
    outer = case.token("outer")
    case.move("x", "ov")
    assert case.waits_for == ["ov", "stop"]
    assert case.token("outer") == outer


def test_move_inside_a_subprocess_keeps_it():
    case = in_inner()
    inner = case.token("inner")
    case.move("x", "y")
    assert case.token("inner") == inner
    assert case.waits_for == ["half", "stop", "y"]


def test_move_from_outside_into_a_running_subprocess_joins_it():
    inner = Diagram().start("is").user("x").user("y").end("ie").chain("is", "x", "y", "ie")
    diagram = Diagram().start().parallel("f").subprocess("sub", inner).user("u").parallel("j").end()
    case = Case(diagram.chain("s", "f", "sub", "j", "e").chain("f", "u", "j"))
    sub = case.token("sub")
    case.move("u", "y")
    assert case.waits_for == ["x", "y"]
    assert case.token("sub") == sub


def test_move_of_the_subprocess_itself_into_itself_begins_it_anew():
    case = in_inner()
    outer = case.token("outer")
    case.move("outer", "ov")
    assert case.waits_for == ["ov", "stop"]
    assert case.token("outer") != outer


def test_move_of_one_instance_takes_all_of_them():
    case = Case(several("user"), {"start": {"units": UNITS}})
    case.complete("each", {}, 0)
    step = case.move("each", "after", 2)
    assert case.waits_for == ["after"]
    assert [token.instance for token in step.closed] == [None, 1, 2]
    case.move("after", "each")
    assert case.waits_for == ["each"] * 3
    assert case.variables["each"] == []


def test_move_of_all_instances_takes_their_timer_along():
    diagram = (
        Diagram()
        .start()
        .user("each", collection="units")
        .boundary("late", "each", timer="deadline('explain')")
        .end("el")
    )
    case = Case(
        diagram.user("after").end().chain("s", "each", "after", "e").chain("late", "el"), {**START, "units": ["a", "b"]}
    )
    instances = next(t for t in case.step.after if t.kind == "instances")
    moved = [
        runtime.move(case.definition, case.step.frontier, token, "after")
        for token in (instances.id, case.token("each", 1).id)
    ]
    assert [[t.element for t in step.after] for step in moved] == [["after"], ["after"]]


def test_move_away_lets_an_inclusive_join_go_on():
    case = Case(forked("inclusive"))
    case.complete("u", {"to": ["a", "b"]})
    case.complete("a")
    case.move("b", "after")
    assert case.waits_for == ["after", "after"], "one from the join, one that was moved"


def test_move_runs_what_is_automatic():
    diagram = Diagram().start().user("u").script("x", "n = 1").user("v").end().chain("s", "u", "x", "v", "e")
    case = Case(diagram)
    step = case.move("u", "x")
    assert step.passed == ("x",)
    assert case.waits_for == ["v"]
    assert case.variables["n"] == 1


@pytest.mark.parametrize("target", ["nowhere", "s", "late", "f", "j"])
def test_move_to_what_is_no_place_to_stand_is_refused(target):
    diagram = (
        Diagram()
        .start()
        .parallel("f")
        .user("a")
        .user("b")
        .parallel("j")
        .end()
        .boundary("late", "a", message="m")
        .end("el")
    )
    case = Case(diagram.chain("s", "f", "a", "j", "e").chain("f", "b", "j").chain("late", "el"))
    with pytest.raises(Invalid) as refusal:
        case.move("a", target)
    assert refusal.value.code == "no_such_target"


def test_move_of_what_is_no_token_of_the_diagram_is_refused():
    """The frontier also numbers the split that holds a task and its events; nobody may move that."""
    case = Case(guarded(interrupting=False))
    hidden = {row[0] for row in json.loads(case.step.frontier)["scopes"][0]["tokens"]} - {t.id for t in case.step.after}
    assert len(hidden) == 1
    with pytest.raises(Conflict) as refusal:
        runtime.move(case.definition, case.step.frontier, hidden.pop(), "next")
    assert refusal.value.code == "token_gone"


# --- conflicts and faults --------------------------------------------------------------------------------------------


def test_token_that_is_gone():
    case = Case(in_a_row("a", "b"))
    gone = case.token("a").id
    case.complete("a")
    for act in (runtime.complete, runtime.deliver):
        with pytest.raises(Conflict) as refusal:
            act(case.definition, case.step.frontier, gone, {})
        assert refusal.value.code == "token_gone"
        assert refusal.value.details == {"token": gone}


@pytest.mark.parametrize(
    ("element", "wrong"), [("work", "lapse"), ("work", "deliver"), ("late", "complete"), ("stop", "lapse")]
)
def test_token_of_another_kind(element, wrong):
    diagram = Diagram().start().user("work").boundary("late", "work", timer="deadline('explain')").end("el")
    diagram.boundary("stop", "work", message="stop").end("es").end().chain("s", "work", "e").chain("late", "el").chain(
        "stop", "es"
    )
    case = Case(diagram)
    with pytest.raises(Conflict) as refusal:
        getattr(case, wrong)(element)
    assert refusal.value.code == "token_of_another_kind"


def test_frontier_of_another_version_is_refused():
    case = Case(in_a_row("a"))
    other = case.step.frontier.replace(b'"v":1', b'"v":2')
    with pytest.raises(Conflict) as refusal:
        runtime.marking(case.definition, other)
    assert refusal.value.code == "frontier_version"


FAULTS = {
    "condition": (
        Diagram().exclusive("g", default="f_g_b").user("b").flow("g", "b").flow("g", "e", "u.missing.deeper > 1"),
        "g",
        "g",
    ),
    "unknown variable": (
        Diagram().exclusive("g", default="f_g_b").user("b").flow("g", "b").flow("g", "e", "nobody"),
        "g",
        "g",
    ),
    "script": (Diagram().script("x", "n = 1 // 0").flow("x", "e"), "x", "x"),
    "function": (Diagram().script("x", "n = get('text', 'a')").flow("x", "e"), "x", "x"),
    "payload": (Diagram().throw("x", "m", gt__payload="[1]").flow("x", "e"), "x", "x"),
    "correlation": (Diagram().send("x", "m", gt__correlation="5").flow("x", "e"), "x", "x"),
    "agency": (Diagram().user("x", gt__agency="nobody").flow("x", "e"), "x", "x"),
    "agency is no text": (Diagram().user("x", gt__agency="u").flow("x", "e"), "x", "x"),
    "wait": (Diagram().catch("x", message="m", gt__correlation="[]").flow("x", "e"), "x", "x"),
    "timer": (Diagram().catch("x", timer="deadline('explain')").flow("x", "e"), "x", "x"),
    "collection": (Diagram().user("x", collection="nobody").flow("x", "e"), "x", "u"),
    "payload of an instance": (Diagram().send("x", "m", collection="[1]", gt__payload="[1]").flow("x", "e"), "x", "x"),
    "collection behind an edge": (
        Diagram().script("y", "n = 1").user("x", collection="nobody").boundary("late", "x", message="m").chain("y", "x", "e").flow("late", "e"),
        "y", "x",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_the_element_and_leaves_the_case_as_it_was(name):
    tail, first, blamed = copy.deepcopy(FAULTS[name])
    tail.start().user("u").end().chain("s", "u", first)
    if "b" in "".join(tail.rows) and first == "g":
        tail.flow("b", "e")
    case = Case(tail, {})
    before = case.step
    with pytest.raises(CaseFault) as fault:
        case.complete("u", {"n": 1})
    assert fault.value.details == {"element": blamed}
    assert fault.value.vi
    assert case.step is before
    moved = runtime.move(case.definition, before.frontier, case.token("u").id, "e")
    assert moved.ended, "the old frontier still works"


def test_step_budget():
    diagram = (
        Diagram()
        .start()
        .user("u")
        .exclusive("m")
        .user("each", collection="u.items")
        .exclusive("g", default="f_g_m")
        .end()
    )
    diagram.chain("s", "u", "m", "each", "g").flow("g", "m").flow("g", "e", "u.stop")
    case = Case(diagram)
    with pytest.raises(CaseFault) as fault:
        case.complete("u", {"items": [], "stop": False})
    assert "300" in fault.value.en
    assert "300" in fault.value.vi
    assert case.complete("u", {"items": [], "stop": True}).ended


@pytest.mark.parametrize("value", [1.5, {"deep": [0.1]}, ["x"] * 100_001])
def test_values_that_the_trail_cannot_keep_are_refused(value):
    with pytest.raises(CaseFault):
        Case(in_a_row("a"), {"start": value})
    case = Case(in_a_row("a"))
    with pytest.raises(CaseFault):
        case.complete("a", {"value": value})


# --- the trail and the bytes -----------------------------------------------------------------------------------------


def test_delta_says_what_went_what_came_what_was_passed_and_what_changed():
    case = Case(guarded(interrupting=False))
    assert case.step.delta() == {
        "gone": [],
        "come": [[2, "work", "user", None], [3, "late", "timer", None]],
        "passed": ["s"],
        "changed": ["start"],
    }
    assert case.complete("work", {"x": 1}).delta() == {
        "gone": [[2, "work", "user", None], [3, "late", "timer", None]],
        "come": [[4, "next", "user", None]],
        "passed": ["work"],
        "changed": ["work"],
    }


def test_ids_are_small_and_never_used_again():
    case, seen = Case(forked("parallel")), Counter()
    for _ in range(20):
        case.complete("u")
        seen.update(t.id for t in case.step.after)
        for name in "cab":
            case.complete(name)
        seen.update(t.id for t in case.step.after)
        case.complete("after", {"again": True})
        seen.update(t.id for t in case.step.after)
    assert set(seen.values()) == {1}
    assert max(seen) < 20 * 10


def scenario():
    """One long history through everything; the hash of each state."""
    case = in_inner()
    values = {"b": 1, "a": [2, {"z": None, "y": True}], "chữ": "tiếng Việt"}
    steps = [case.step, case.lapse("half"), case.complete("x", values), case.complete("y", values)]
    steps += [case.move("reminded", "ou"), case.deliver("stop", {"why": "rút"}), case.complete("closing")]
    return [step.state_sha256 for step in steps]


def test_same_inputs_give_the_same_bytes():
    assert scenario() == scenario()


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_same_inputs_give_the_same_bytes_in_another_interpreter(seed):
    program = f"import runpy, json; print(json.dumps(runpy.run_path({str(Path(__file__))!r})['scenario']()))"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert json.loads(answer.stdout) == scenario()


def test_variables_do_not_share_parts_with_the_callers_data():
    values = {"list": [1]}
    case = Case(in_a_row("a", "b"))
    step = case.complete("a", values)
    values["list"].append(2)
    assert runtime.variables_of(step.frontier)["a"] == {"list": [1]}


def test_form_values_with_hostile_keys_are_just_data():
    keys = {
        "typename": "x",
        "__class__": "y",
        "vars": {},
        "scopes": [],
        "v": 2,
        "next": -1,
        "Zalo": "Ằ",
        "a\u0000b": "\u202e",
    }
    case = Case(in_a_row("a", "b"))
    case.complete("a", keys)
    assert case.complete("b").variables["a"] == keys
