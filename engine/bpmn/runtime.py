"""The runtime: given a definition, a frontier and one input, the step that follows. Pure: no database, no clock, no randomness.

Each function restores the case from its frontier, applies one input, lets the automatic elements run until everything waits, and
returns the `Step`. The order is ours: interrupting boundary events first, then in order of coming to be. A budget bounds every step.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.definitions import Definition
from engine.bpmn.dialect import Element
from engine.bpmn.expressions import ExpressionError, evaluate
from engine.bpmn.frontier import (
    ITEMS,
    VERSION,
    canonical,
    dump,
    empty_frontier,
    is_subprocess,
    live_workflows,
    restore,
    workflows,
)
from engine.bpmn.script_engine import CaseScriptEngine
from engine.bpmn.spiff_elements import ACTIVE, INSTANCE, BoundaryEvent, MultiInstance
from engine.bpmn.step import MessageWaitOpened, Step, TimerOpened, Token, WorkOpened
from engine.errors import Conflict, Invalid, Refusal

STEP_BUDGET = 300  # automatic elements in one transaction
MOVE_TARGETS = {
    "userTask", "receiveTask", "subProcess", "sendTask", "scriptTask", "businessRuleTask",
    "intermediateCatchEvent", "intermediateThrowEvent", "exclusiveGateway", "endEvent",
}  # fmt: skip


class CaseFault(Refusal):
    """The diagram cannot go on with these variables. Nothing was changed; a person must mend the data or move the case."""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(
            "case_fault",
            f"Quy trình không đi tiếp được tại «{element}»: {reason}",
            f"The process cannot go on at «{element}»: {reason}",
            element=element,
        )


def start(definition: Definition, variables: Mapping[str, Any], message: str | None = None) -> Step:
    """A new case at the start event of this message (None: the plain start event)."""
    event = definition.starts.get(message)
    if event is None:
        raise Invalid(
            "no_such_start",
            f"Quy trình {definition.process} không bắt đầu bằng thông điệp «{message}».",
            f"The process {definition.process} does not start with the message {message}.",
        )
    execution = _Execution(definition, empty_frontier({}))
    execution.keep(event, variables)
    execution.fire(execution.place(execution.top, event))
    return execution.step()


def complete(definition: Definition, frontier: bytes, token: int, values: Mapping[str, Any]) -> Step:
    """A person finished the user task that this token stands on, with the values of its form."""
    execution = _Execution.of(definition, frontier)
    task = execution.waiting(token, "user")
    execution.keep_result(task, dict(values))
    execution.run(task)
    return execution.step()


def lapse(definition: Definition, frontier: bytes, token: int) -> Step:
    """The timer on which this token waits is due."""
    execution = _Execution.of(definition, frontier)
    execution.fire(execution.waiting(token, "timer"))
    return execution.step()


def deliver(definition: Definition, frontier: bytes, token: int, payload: Mapping[str, Any]) -> Step:
    """The message for which this token waits has come."""
    execution = _Execution.of(definition, frontier)
    task = execution.waiting(token, "message")
    execution.keep_result(task, dict(payload))
    execution.fire(task)
    return execution.step()


def move(definition: Definition, frontier: bytes, token: int, to_element: str) -> Step:
    """A supervisor takes this token away and puts one on another element, in whatever subprocess that lies. History is kept.

    Out of a subprocess, or out of one of several instances, the whole subprocess or all instances are taken away.
    """
    target = definition.elements.get(to_element)
    if target is None or target.kind not in MOVE_TARGETS:
        raise Invalid(
            "no_such_target",
            f"Không thể chuyển hồ sơ tới «{to_element}».",
            f"A case cannot be moved to «{to_element}»: name a step, a subprocess or an end of the diagram.",
        )
    execution = _Execution.of(definition, frontier)
    execution.move(execution.find(token), target)
    return execution.step()


def cancel(definition: Definition, frontier: bytes, outcome: str) -> Step:
    """Every token is taken away; the case ends with this outcome."""
    execution = _Execution.of(definition, frontier)
    if not execution.before:
        raise Conflict("case_ended", "Hồ sơ đã kết thúc.", "Expected an open case, but it has ended.")
    execution.top.cancel()
    execution.outcome = outcome
    return execution.step()


def marking(definition: Definition, frontier: bytes) -> tuple[Token, ...]:
    """Where all tokens stand."""
    return _tokens(definition, _read(frontier))


def variables_of(frontier: bytes) -> dict[str, Any]:
    """The case's variables."""
    variables: dict[str, Any] = _read(frontier)["vars"]
    return variables


def state_sha256(frontier: bytes) -> str:
    """The hash that the trail records for these bytes."""
    return hashlib.sha256(frontier).hexdigest()


class _Execution:
    """One step in the making."""

    def __init__(self, definition: Definition, frontier: dict[str, Any]) -> None:
        self.definition = definition
        self.frontier = frontier
        self.before = _tokens(definition, frontier)
        self.engine = CaseScriptEngine(definition, frontier["vars"])
        self.top = restore(definition, frontier, self.engine)
        self.passed: list[str] = []
        self.outcome: str | None = frontier["outcome"]

    @classmethod
    def of(cls, definition: Definition, frontier: bytes) -> "_Execution":
        return cls(definition, _read(frontier))

    def find(self, token: int) -> Task:
        for workflow in workflows(self.top):
            if token in workflow.tasks and any(known.id == token for known in self.before):
                return workflow.tasks[token]
        raise Conflict(
            "token_gone",
            "Bước này không còn mở: hồ sơ đã chuyển sang bước khác.",
            "Expected this step to be open, but the case has moved on.",
            token=token,
        )

    def waiting(self, token: int, kind: str) -> Task:
        task = self.find(token)
        found = next((known.kind for known in self.before if known.id == token), None)
        if found != kind:
            raise Conflict(
                "token_of_another_kind",
                f"Bước này không chờ «{kind}».",
                f"Expected the token to wait for {kind}, but it is {found}.",
                token=token,
            )
        return task

    def keep_result(self, task: Task, values: dict[str, Any]) -> None:
        element = self.engine.element_of(task)
        if element is None or not element.result:
            return
        index = task.internal_data.get(INSTANCE)
        if index is None:
            self.keep(element.id, {element.result: values})
            return
        row = {**values, "instance": self.engine.scope_of(task)["instance"], "index": index}
        rows = self.engine.variables.get(element.result)
        if not isinstance(rows, list) or not all(isinstance(other, dict) and "index" in other for other in rows):
            raise CaseFault(element.id, f"{element.result} is no longer the list of its results")
        self.keep(element.id, {element.result: sorted([*rows, row], key=lambda one: int(one["index"]))})

    def keep(self, element: str, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            self._guard(element, partial(self.engine.set_variable, name, value))

    def place(self, workflow: Any, element: str) -> Task:
        specs = workflow.spec.task_specs
        spec = specs.get(f"{element}.BoundaryEventSplit") or specs[element]
        task = workflow.task_tree._add_child(spec, TaskState.FUTURE)  # noqa: SLF001 - the library has no public way
        task.triggered = True
        self._guard(element, lambda: (spec._predict(task, mask=TaskState.NOT_FINISHED_MASK), spec._update(task)))  # noqa: SLF001
        return task

    def fire(self, task: Task) -> None:
        if not task.state & TaskState.FINISHED_MASK and task.state != TaskState.READY:
            task._set_internal_data(event_fired=True)  # noqa: SLF001
            self._guard(task.task_spec.name, lambda: task.task_spec._update(task))  # noqa: SLF001
        self.settle()

    def run(self, task: Task) -> None:
        self._run_one(task)
        self.settle()

    def settle(self) -> None:
        """Runs automatic elements until all tokens wait. Raises CaseFault beyond the budget."""
        while (task := self._next_automatic()) is not None:
            if len(self.passed) >= STEP_BUDGET:
                raise CaseFault(
                    _element_id(task.task_spec.name), f"more than {STEP_BUDGET} automatic elements in one step"
                )
            self._run_one(task)

    def move(self, source: Task, target: Element) -> None:
        path = self._scopes_above(target)
        workflow = source.workflow
        while workflow.spec.name not in path:
            source = self.find_parent(workflow)
            workflow = source.workflow
        self._take_away(source)
        for scope in path[path.index(workflow.spec.name) + 1 :]:
            workflow = self._enter(workflow, scope)
        self.place(workflow, target.id)
        for open_workflow in list(live_workflows(self.top)):
            open_workflow.update_waiting_tasks()  # an inclusive join may have waited for the token that was taken away
        self.settle()

    def find_parent(self, workflow: Any) -> Task:
        return next(w.tasks[workflow.parent_task_id] for w in workflows(self.top) if workflow.parent_task_id in w.tasks)

    def step(self) -> Step:
        ended = self.top.completed
        after = dump(self.top, {**self.frontier, "outcome": self.outcome, "vars": self.engine.variables})
        tokens = _tokens(self.definition, after)
        known, remaining = set(self.before), set(tokens)
        opened = [token for token in tokens if token not in known]
        content = canonical(after)
        reader = _OpenedReader(self.definition, after)
        return Step(
            frontier=content,
            state_sha256=state_sha256(content),
            before=self.before,
            after=tokens,
            passed=tuple(self.passed),
            closed=tuple(token for token in self.before if token not in remaining),
            changed=self.engine.changed,
            work=tuple(reader.work(token) for token in opened if token.kind == "user"),
            timers=tuple(reader.timer(token) for token in opened if token.kind == "timer"),
            waits=tuple(reader.wait(token) for token in opened if token.kind == "message"),
            messages=tuple(self.engine.messages),
            decisions=tuple(self.engine.decisions),
            ended=ended,
            outcome=self.outcome if ended else None,
            variables=self.engine.variables,
        )

    def _next_automatic(self) -> Task | None:
        ready = [
            task
            for workflow in live_workflows(self.top)
            for task in workflow.tasks.values()
            if task.state == TaskState.READY and not task.task_spec.manual
        ]
        interrupting = (t for t in ready if isinstance(t.task_spec, BoundaryEvent) and t.task_spec.cancel_activity)
        return next(interrupting, ready[0] if ready else None)

    def _run_one(self, task: Task) -> None:
        element = self.engine.element_of(task)
        self._guard(task.task_spec.name, task.run)
        if element is None or task.state != TaskState.COMPLETED:
            return
        if task.internal_data.get(INSTANCE) is None or element.kind == "userTask":
            self.passed.append(element.id)
        if element.kind == "endEvent" and element.scope == self.definition.process and element.outcome:
            self.outcome = element.outcome

    def _guard(self, spec_name: str, act: Callable[[], Any]) -> None:
        try:
            act()
        except (ExpressionError, SpiffWorkflowException, ValueError) as error:
            raise CaseFault(_element_id(spec_name), str(error)) from error

    def _scopes_above(self, element: Element) -> list[str]:
        """From the process down to the subprocess that holds the element."""
        path = [element.scope]
        while path[0] in self.definition.elements:
            path.insert(0, self.definition.elements[path[0]].scope)
        return path

    def _take_away(self, task: Task) -> None:
        """Cancels the task and, where it has boundary events or is an instance, everything that belongs to it."""
        parent = task.parent
        if isinstance(parent.task_spec, MultiInstance):
            task, parent = parent, parent.parent
        holds_it = parent.task_spec.name == f"{task.task_spec.name}.BoundaryEventSplit"
        for child in list(parent.children) if holds_it else [task]:
            child.cancel()

    def _enter(self, workflow: Any, subprocess: str) -> Any:
        """The running instance of the subprocess in this scope, begun and emptied if there was none."""
        running = next(
            (
                t
                for t in workflow.tasks.values()
                if t.task_spec.name == subprocess and t.state & ACTIVE and is_subprocess(t)
            ),
            None,
        )
        if running is not None:
            return self.top.subprocesses[running.id]
        placed = self.place(workflow, subprocess)
        while not is_subprocess(placed) or placed.id not in self.top.subprocesses:
            self._run_one(placed)
            placed = next(child for child in placed.children if child.task_spec.name == subprocess)
        inner = self.top.subprocesses[placed.id]
        for child in list(inner.task_tree.children):
            inner._remove_task(child.id)  # noqa: SLF001
        return inner


class _OpenedReader:
    """What the newly opened tokens mean to the world outside, read from the definition and the variables."""

    def __init__(self, definition: Definition, frontier: dict[str, Any]) -> None:
        self.definition = definition
        self.variables = frontier["vars"]
        self.items = {row[0]: row[4].get(ITEMS) for scope in frontier["scopes"] for row in scope["tokens"]}
        self.parents = {row[0]: row[3] for scope in frontier["scopes"] for row in scope["tokens"]}

    def work(self, token: Token) -> WorkOpened:
        element = self.definition.elements[token.element]
        return WorkOpened(
            token=token.id,
            element=element.id,
            agency=self._text(element.agency, token, element),
            assignee=self._text(element.assignee, token, element),
            instance=self._instance(token),
        )

    def timer(self, token: Token) -> TimerOpened:
        element = self.definition.elements[token.element]
        call = element.timer
        assert call is not None  # noqa: S101 - the token's kind says so
        rule = self.definition.deadlines[call.deadline]
        return TimerOpened(
            token=token.id,
            element=element.id,
            deadline=call.deadline,
            relation=call.relation,
            amount=call.amount,
            unit=call.unit,
            starts=self._text(rule.starts, token, element),
            due=self._text(rule.due, token, element),
        )

    def wait(self, token: Token) -> MessageWaitOpened:
        element = self.definition.elements[token.element]
        return MessageWaitOpened(
            token.id, element.id, element.message or "", self._text(element.correlation, token, element)
        )

    def _text(self, expression: str | None, token: Token, element: Element) -> str | None:
        if not expression:
            return None
        scope = self.variables if token.instance is None else {**self.variables, "instance": self._instance(token)}
        try:
            value = evaluate(expression, scope)
        except ExpressionError as error:
            raise CaseFault(element.id, str(error)) from error
        if value is not None and not isinstance(value, str):
            raise CaseFault(element.id, f"«{expression}»: expected a text, but it is {type(value).__name__}")
        return value

    def _instance(self, token: Token) -> Any:
        items = self.items.get(self.parents.get(token.id, 0))
        return None if token.instance is None or not items else items[token.instance]


def _read(frontier: bytes) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(frontier)
    if content.get("v") != VERSION:
        raise Conflict(
            "frontier_version",
            "Phiên bản trạng thái hồ sơ không được hỗ trợ.",
            "The frontier's version is not supported.",
        )
    return content


def _element_id(spec_name: str) -> str:
    """The element of the diagram: the library's own specs are called «work.BoundaryEventSplit» or «work [child]»."""
    return spec_name.partition(".")[0].partition(" ")[0]


def _tokens(definition: Definition, frontier: dict[str, Any]) -> tuple[Token, ...]:
    found = (
        _as_token(definition, identity, spec_name, state, internal)
        for scope in frontier["scopes"]
        for identity, spec_name, state, _parent, internal in scope["tokens"]
    )
    return tuple(token for token in found if token is not None)


def _as_token(
    definition: Definition, identity: int, spec_name: str, state: int, internal: Mapping[str, Any]
) -> Token | None:
    element = definition.elements.get(spec_name.removesuffix(" [child]"))
    if element is None:
        return None  # a split or the library's end join: structure, not a place in the diagram
    return Token(identity, element.id, _kind(element, spec_name, state), internal.get(INSTANCE))


def _kind(element: Element, spec_name: str, state: int) -> str:
    if element.collection and not spec_name.endswith(" [child]"):
        return "instances"
    if element.kind == "userTask":
        return "user"
    if element.kind == "subProcess":
        return "scope"
    if element.timer:
        return "timer"
    if element.message and state == TaskState.WAITING:
        return "message"
    return "join"
