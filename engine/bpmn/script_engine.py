"""What the library asks while it moves tokens: conditions, assignments, decisions, thrown messages. Answers come from the case's variables.

Variables belong to the case, not to a token: two parallel branches see the same ones, the last write wins, nothing is merged or
shared by accident, and no user's key can be mistaken for a type of the serialiser.
"""

# mypy: allow-subclassing-any

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.task import Task

from engine.bpmn.definitions import Definition
from engine.bpmn.dialect import Element
from engine.bpmn.expressions import ExpressionError, bounded_value, compile_assignments, evaluate
from engine.bpmn.frontier import ITEMS
from engine.bpmn.spiff_elements import CHILD, INSTANCE
from engine.bpmn.step import DecisionMade, MessageThrown

MOST_INSTANCES = 300  # of one multi-instance task: people, not a population


class CaseScriptEngine(PythonScriptEngine):
    """One per step. Collects the messages thrown and the decisions made; changed variables are noted by name."""

    def __init__(self, definition: Definition, variables: dict[str, Any]) -> None:
        super().__init__()
        self.definition = definition
        self.variables = variables
        self.changed: dict[str, Any] = {}
        self.messages: list[MessageThrown] = []
        self.decisions: list[DecisionMade] = []

    def element_of(self, task: Task) -> Element | None:
        return self.definition.elements.get(task.task_spec.name.removesuffix(CHILD))

    def scope_of(self, task: Task) -> Mapping[str, Any]:
        index = task.internal_data.get(INSTANCE)
        if index is None or task.parent is None:
            return self.variables
        return ChainMap({"instance": task.parent.internal_data[ITEMS][index]}, self.variables)

    def set_variable(self, name: str, value: Any) -> None:
        """Raises ExpressionError when the value is too large, too deep or holds a fraction."""
        self.variables[name] = bounded_value(value)
        self.changed[name] = value

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> Any:
        return evaluate(expression, self.scope_of(task))

    def execute(self, task: Task, script: str, external_context: Any = None) -> bool:
        for name, value_of in compile_assignments(script):
            try:
                self.set_variable(name, value_of(self.scope_of(task)))
            except ExpressionError as error:
                raise ExpressionError(f"{name} = …: {error}") from error
        return True

    def decide(self, task: Task) -> None:
        element = self._own(task)
        table = self.definition.tables[element.decision or ""]
        inputs, rules, outputs = table.decide(self.scope_of(task))
        self.decisions.append(DecisionMade(element.id, table.id, inputs, rules, outputs))
        self.set_variable(element.result or element.id, outputs)

    def throw_message(self, task: Task) -> None:
        element = self._own(task)
        scope = self.scope_of(task)
        payload = evaluate(element.payload, scope) if element.payload else {}
        correlation = evaluate(element.correlation, scope) if element.correlation else None
        if not isinstance(payload, dict):
            raise ExpressionError(f"the payload of {element.id} is not a dictionary")
        if correlation is not None and not isinstance(correlation, str):
            raise ExpressionError(f"the correlation of {element.id} is not a text")
        self.messages.append(
            MessageThrown(
                element.id, element.message or "", bounded_value(payload), correlation, element.may_go_unheard
            )
        )

    def open_instances(self, task: Task) -> None:
        element = self._own(task)
        try:
            items = evaluate(element.collection or "[]", self.variables)
        except ExpressionError as error:
            raise ExpressionError(f"the collection of {element.id}: {error}") from error
        if items is not None and not isinstance(items, list):
            raise ExpressionError(f"the collection of {element.id} is not a list")
        if items is not None and len(items) > MOST_INSTANCES:
            raise ExpressionError(f"the collection of {element.id} has more than {MOST_INSTANCES} items")
        task.internal_data[ITEMS] = items or []
        if element.result:
            self.set_variable(element.result, [])

    def _own(self, task: Task) -> Element:
        element = self.element_of(task)
        assert element is not None  # noqa: S101 - the definition was vetted
        return element
