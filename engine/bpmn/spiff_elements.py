"""Our element classes on SpiffWorkflow's, and the parser that builds specifications from them.

Three things differ from the stock classes, each because of a measured defect:

* Events wait for the host. Timers and messages fire when the runtime says so, never by a clock or a broadcast of the library.
* Joins count tokens per incoming flow. The stock joins look at the shape of the whole task tree and fire early inside loops.
* Specifications never change after parsing: what multi-instance tasks connect on first use is connected here.
"""

# mypy: allow-subclassing-any

from collections.abc import Iterable
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    ReceiveTaskParser,
    SendTaskParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import ParallelMultiInstanceTask
from SpiffWorkflow.specs.MultiChoice import MultiChoice
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

CHILD = " [child]"  # how SpiffWorkflow names the inner task of a multi-instance one
ARRIVED_FROM = "from"
INSTANCE = "key_or_index"
ACTIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class HostEvent(EventDefinition):
    """A timer or a message: fires when the runtime sets `event_fired` on the waiting task, and is thrown into the case's outbox."""

    def throw(self, my_task: Task) -> None:
        my_task.workflow.script_engine.throw_message(my_task)


class HostEventParser:
    """Mixed into the library's event parsers: every timer and message becomes a HostEvent."""

    def parse_timer_event(self, _event: etree._Element) -> HostEvent:
        return HostEvent(name="timer")

    def parse_message_event(self, _event: etree._Element) -> HostEvent:
        return HostEvent(name="message")


class _Start(HostEventParser, StartEventParser):
    pass


class _End(HostEventParser, EndEventParser):
    pass


class _Catch(HostEventParser, IntermediateCatchEventParser):
    pass


class _Throw(HostEventParser, IntermediateThrowEventParser):
    pass


class _Send(HostEventParser, SendTaskParser):
    pass


class _Receive(HostEventParser, ReceiveTaskParser):
    pass


class _Boundary(HostEventParser, BoundaryEventParser):
    pass


class BoundaryEvent(defaults.BoundaryEvent):
    """A non-interrupting message may arrive again: it waits anew as soon as it has fired (the stock one fires once)."""

    repeats = False

    def _run_hook(self, my_task: Task) -> Any:
        result = super()._run_hook(my_task)
        if self.repeats and not self.cancel_activity:
            again = my_task.parent._add_child(self, TaskState.WAITING)  # noqa: SLF001 - the library has no public way
            again.triggered = True
            self._predict(again, mask=TaskState.NOT_FINISHED_MASK)
        return result


class DecisionTask(BpmnSpecMixin):
    """A business rule task: the runtime evaluates the decision table and keeps its record."""

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.script_engine.decide(my_task)
        return True


class _CountsTokens:
    """A join that counts tokens on its own incoming flows; data is not merged here, since variables belong to the case."""

    name: str
    inputs: list[Any]

    def _update_hook(self, my_task: Task) -> bool:
        origin = my_task.internal_data.setdefault(ARRIVED_FROM, my_task.parent.task_spec.name)
        arrived = {origin: my_task}
        for other in my_task.workflow.tasks.values():
            if other.task_spec is self and other is not my_task and other.state == TaskState.WAITING:
                arrived.setdefault(other.internal_data[ARRIVED_FROM], other)
        if not self._may_fire(my_task, set(arrived)):
            my_task._set_state(TaskState.WAITING)  # noqa: SLF001
            return False
        for other in arrived.values():
            if other is not my_task:
                other.cancel()
        return True

    def _may_fire(self, my_task: Task, arrived: set[str]) -> bool:
        return arrived >= {spec.name for spec in self.inputs}


class ParallelGateway(_CountsTokens, defaults.ParallelGateway):
    """Takes one token from each incoming flow; a second one on the same flow stays for the next time."""

    def _run_hook(self, my_task: Task) -> bool:
        return True


class InclusiveGateway(_CountsTokens, defaults.InclusiveGateway):
    """Waits for tokens that can still reach an empty incoming flow, but none of those that have a token (BPMN 2.0, table 13.3).

    Both without passing this gateway. The second half matters inside loops: a token that waits elsewhere could start another
    round, and reach any of the flows.
    """

    def _may_fire(self, my_task: Task, arrived: set[str]) -> bool:
        reaches_empty = self._upstream(spec for spec in self.inputs if spec.name not in arrived)
        awaited = reaches_empty - self._upstream(spec for spec in self.inputs if spec.name in arrived)
        return not any(
            task.task_spec.name in awaited and self._is_live(task) for task in my_task.workflow.tasks.values()
        )

    def _is_live(self, task: Task) -> bool:
        if task.state == TaskState.FUTURE:
            return task.parent is not None and task.parent.state == TaskState.COMPLETED
        return bool(task.state & ACTIVE)

    def _upstream(self, specs: Iterable[Any]) -> set[str]:
        seen: set[str] = set()
        stack = list(specs)
        while stack:
            one = stack.pop()
            if one is not self and one.name not in seen:
                seen.add(one.name)
                stack.extend(one.inputs)
        return seen

    def _run_hook(self, my_task: Task) -> bool:
        matches, unconditional = self._get_matching_outputs(my_task)
        chosen = matches or unconditional
        if not chosen:
            raise ValueError("no condition of the gateway holds and it has no default flow")
        my_task._sync_children(chosen, TaskState.FUTURE)  # noqa: SLF001
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)  # noqa: SLF001
        return True


class MultiInstance(ParallelMultiInstanceTask, BpmnSpecMixin):
    """Its results are a list of the case; the list is emptied each time a token comes in."""

    def _update_hook(self, my_task: Task) -> Any:
        my_task.workflow.script_engine.open_instances(my_task)
        return super()._update_hook(my_task)


class _TaskParser(TaskParser):
    PARALLEL_MI_CLASS = MultiInstance


class _SendTaskParser(_Send):
    PARALLEL_MI_CLASS = MultiInstance


class _ReceiveTaskParser(_Receive):
    PARALLEL_MI_CLASS = MultiInstance


class CaseParser(BpmnParser):
    """The library's parser with our classes in place of the defective ones.

    It reads the process and nothing else: where a shape is drawn does not decide which condition is asked first.
    """

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - the library's own way of extension
        full_tag("userTask"): (_TaskParser, defaults.UserTask),
        full_tag("businessRuleTask"): (_TaskParser, DecisionTask),
        full_tag("parallelGateway"): (GatewayParser, ParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, InclusiveGateway),
        full_tag("startEvent"): (_Start, defaults.StartEvent),
        full_tag("endEvent"): (_End, defaults.EndEvent),
        full_tag("intermediateCatchEvent"): (_Catch, defaults.IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): (_Throw, defaults.IntermediateThrowEvent),
        full_tag("boundaryEvent"): (_Boundary, BoundaryEvent),
        full_tag("sendTask"): (_SendTaskParser, defaults.SendTask),
        full_tag("receiveTask"): (_ReceiveTaskParser, defaults.ReceiveTask),
    }

    def add_bpmn_xml(self, bpmn: etree._Element, filename: str | None = None) -> None:
        self._add_processes(bpmn, filename)


def parse_specifications(
    root: etree._Element, process_id: str, repeating: Iterable[str]
) -> tuple[BpmnProcessSpec, dict[str, BpmnProcessSpec]]:
    """The process's and its subprocesses' specifications, complete and never changed again.

    `repeating` names the boundary events that wait anew after they fired. Raises the library's ValidationException.
    """
    parser = CaseParser()
    parser.add_bpmn_xml(root)
    top = parser.get_spec(process_id)
    subprocesses = parser.get_subprocess_specs(process_id)
    repeats = set(repeating)
    for specification in (top, *subprocesses.values()):
        for spec in list(specification.task_specs.values()):
            _finish(specification, spec, repeats)
    return top, subprocesses


def _finish(specification: BpmnProcessSpec, spec: Any, repeats: set[str]) -> None:
    if isinstance(spec, MultiInstance):
        inner = specification.task_specs[spec.task_spec]
        inner.completed_event.connect(spec.merge_child)
    if isinstance(spec, BoundaryEvent):
        spec.repeats = spec.name in repeats
    if isinstance(spec, defaults.StartEvent) and "StartEventJoin" in spec._outputs:  # noqa: SLF001
        spec._outputs.remove("StartEventJoin")  # noqa: SLF001 - a case begins at one start event, nothing to join
    if isinstance(spec, MultiChoice):
        spec.lookahead = 1
