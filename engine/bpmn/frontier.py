"""The frontier: what the engine still needs of a case, as canonical JSON bytes of constant size.

SpiffWorkflow keeps every task a case ever had in one tree and walks it at each step, so that its cost grows with history and the
recursion limit ends a case near depth 1000. Here the tree is thrown away after every step. What stays are the live tokens, and above
them only what gives them meaning: the split that holds a task and its boundary events, and the multi-instance task of an instance.
Everything else hangs directly below the start. History is the event log.

    {"v": 1, "next": 17, "outcome": null, "vars": {…},
     "scopes": [{"of": 0, "spec": "accountability_request", "tokens": [[id, task spec, state, parent id, internal], …]}]}

`of` is the token of the subprocess that the scope belongs to (0: the process itself).
"""

import json
from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.definitions import Definition
from engine.bpmn.spiff_elements import ACTIVE, ARRIVED_FROM, INSTANCE, MultiInstance

VERSION = 1
ITEMS = "items"  # the collection of a multi-instance task, as it was when the token came in
KEPT_INTERNALS = (INSTANCE, ARRIVED_FROM, ITEMS)


def empty_frontier(variables: dict[str, Any]) -> dict[str, Any]:
    """A case that has not begun: no token anywhere."""
    return {"v": VERSION, "next": 1, "outcome": None, "vars": variables, "scopes": []}


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks: equal values are equal bytes, since variables hold no fractions (set_variable)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def restore(definition: Definition, frontier: dict[str, Any], script_engine: Any) -> BpmnWorkflow:
    """A workflow that holds exactly these tokens, with the ways ahead predicted. The definition's specifications are shared."""
    top = BpmnWorkflow(
        definition.specification, definition.subprocesses, script_engine=script_engine, deserializing=True
    )
    scopes = frontier["scopes"] or [{"of": 0, "spec": definition.process, "tokens": []}]
    for scope in scopes:
        _fill(_workflow_of(top, scope), scope["tokens"])
    for workflow in workflows(top):
        for task in list(workflow.tasks.values()):
            if task.state & ACTIVE:
                task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)  # noqa: SLF001 - see module docstring
    return top


def dump(top: BpmnWorkflow, frontier: dict[str, Any]) -> dict[str, Any]:
    """The frontier after a step. New tokens get the next small numbers, in the order in which they came to be."""
    following = frontier["next"]
    scopes = []
    ids: dict[Any, int] = {}
    for workflow in live_workflows(top):
        kept = _kept(workflow)
        for task in kept:
            if isinstance(task.id, int):
                ids[task.id] = task.id
            else:
                ids[task.id] = following
                following += 1
        tokens = [_token(task, ids) for task in kept]
        of = 0 if workflow is top else ids[workflow.parent_task_id]
        scopes.append({"of": of, "spec": workflow.spec.name, "tokens": tokens})
    return {**frontier, "next": following, "scopes": [] if top.completed else scopes}


def workflows(top: BpmnWorkflow) -> Iterator[Any]:
    """The process and its subprocesses, outermost first."""
    yield top
    yield from top.subprocesses.values()


def live_workflows(top: BpmnWorkflow) -> Iterator[Any]:
    """Those that still run: a subprocess that ended, or that was cancelled with what it stood in, is completed."""
    return (workflow for workflow in workflows(top) if not workflow.completed)


def _find(top: BpmnWorkflow, task_id: Any) -> Task | None:
    return next((workflow.tasks[task_id] for workflow in workflows(top) if task_id in workflow.tasks), None)


def _workflow_of(top: BpmnWorkflow, scope: dict[str, Any]) -> Any:
    if not scope["of"]:
        workflow = top
    else:
        task = _find(top, scope["of"])
        assert task is not None  # noqa: S101 - the hash of these bytes was checked before
        workflow = BpmnSubWorkflow(
            top.subprocess_specs[scope["spec"]], parent_task_id=task.id, top_workflow=top, deserializing=True
        )
        workflow.completed_event.connect(task.task_spec._on_subworkflow_completed, task)  # noqa: SLF001
        top.subprocesses[task.id] = workflow
    workflow.task_tree = Task(workflow, workflow.spec.start, state=TaskState.COMPLETED)
    workflow.last_task = workflow.task_tree
    return workflow


def _fill(workflow: Any, tokens: list[list[Any]]) -> None:
    for identity, spec_name, state, parent_id, internal in tokens:
        parent = workflow.tasks[parent_id] if parent_id else workflow.task_tree
        task = Task(workflow, workflow.spec.task_specs[spec_name], parent, state, id=identity)
        task.internal_data = dict(internal)
        task.triggered = True
        if isinstance(task.task_spec, MultiInstance):
            task.internal_data["merged"] = []


def _kept(workflow: Any) -> list[Task]:
    kept: set[Any] = set()
    for task in workflow.tasks.values():
        if task.state & ACTIVE and not isinstance(task.task_spec, BoundaryEventJoin):
            one: Task | None = task
            while one is not None:
                kept.add(one.id)
                one = _meaningful_parent(one)
    return [task for task in workflow.tasks.values() if task.id in kept]


def _meaningful_parent(task: Task) -> Task | None:
    """The parent, where the library's semantics need it: a boundary split, or the multi-instance task of an instance."""
    parent = task.parent
    spec = parent.task_spec
    if isinstance(spec, BoundaryEventSplit) or (
        isinstance(spec, MultiInstance) and spec.task_spec == task.task_spec.name
    ):
        return parent
    return None


def _token(task: Task, ids: dict[Any, int]) -> list[Any]:
    parent = _meaningful_parent(task)
    internal = {key: task.internal_data[key] for key in KEPT_INTERNALS if key in task.internal_data}
    return [ids[task.id], task.task_spec.name, task.state, ids[parent.id] if parent is not None else 0, internal]


def is_subprocess(task: Task) -> bool:
    """Whether the task is a subprocess of the diagram."""
    return isinstance(task.task_spec, SubWorkflowTask)
