"""Decision tables (DMN 1.3): read once, checked, evaluated with a record of inputs, rules hit and outputs.

The library evaluates table cells as Python and treats UNIQUE as "first". Here cells are in the diagrams' own language, UNIQUE means
unique, and a table that says nothing for an input is an error that names the table, not a silent nothing.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.bpmn.dialect import read_document
from engine.bpmn.expressions import LONGEST_EXPRESSION, Compiled, ExpressionError, Scope, compile_expression

DMN_NAMESPACES = ("https://www.omg.org/spec/DMN/20191111/MODEL/", "http://www.omg.org/spec/DMN/20180521/MODEL/")
HIT_POLICIES = {"UNIQUE", "FIRST", "COLLECT"}
COMPARISON = re.compile(r"^(<=|>=|<|>|=)\s*(-?\d+)$")

Test = Callable[[Any, Scope], bool]


@dataclass(frozen=True)
class Rule:
    """One row: its id, its tests in the order of the inputs, its outputs, and the article of law it comes from."""

    id: str
    description: str
    tests: tuple[Test, ...]
    outputs: tuple[Compiled, ...]


@dataclass(frozen=True)
class DecisionTable:
    """One decision of a DMN file."""

    id: str
    name: str
    hit_policy: str
    input_labels: tuple[str, ...]
    inputs: tuple[Compiled, ...]
    output_names: tuple[str, ...]
    rules: tuple[Rule, ...]

    def decide(self, scope: Scope) -> tuple[dict[str, Any], tuple[str, ...], Any]:
        """(inputs by label, ids of the rules that hit, outputs). Raises ExpressionError when no rule hits, or two do under UNIQUE."""
        values = [read(scope) for read in self.inputs]
        hits = [rule for rule in self.rules if all(test(v, scope) for test, v in zip(rule.tests, values, strict=True))]
        inputs = dict(zip(self.input_labels, values, strict=True))
        if self.hit_policy == "COLLECT":
            return inputs, tuple(rule.id for rule in hits), [self._outputs(rule, scope) for rule in hits]
        if not hits:
            raise ExpressionError(f"table {self.id}: no rule covers {inputs}")
        if self.hit_policy == "UNIQUE" and len(hits) > 1:
            named = ", ".join(rule.id for rule in hits)
            raise ExpressionError(f"table {self.id}: the rules {named} all hit, but its policy is UNIQUE")
        return inputs, (hits[0].id,), self._outputs(hits[0], scope)

    def _outputs(self, rule: Rule, scope: Scope) -> dict[str, Any]:
        return {name: read(scope) for name, read in zip(self.output_names, rule.outputs, strict=True)}


def read_tables(document: bytes) -> dict[str, DecisionTable]:
    """The decision tables of a DMN file by the decision's id. Raises ValueError with the decision's and rule's id."""
    root = read_document(document)
    namespace = etree.QName(root).namespace or ""
    if namespace not in DMN_NAMESPACES:
        raise ValueError(f"Expected a DMN 1.2 or 1.3 file, but its namespace is {namespace!r}")
    tag = f"{{{namespace}}}"
    tables = {}
    for decision in root.findall(f"{tag}decision"):
        table = decision.find(f"{tag}decisionTable")
        if table is None:
            raise ValueError(f"decision {decision.get('id')}: only decision tables are supported")
        read = _TableReader(decision, table, tag).read()
        if not read.id or read.id in tables:
            raise ValueError(f"decision {read.id or '?'}: its id is missing or used twice")
        tables[read.id] = read
    return tables


class _TableReader:
    def __init__(self, decision: etree._Element, table: etree._Element, tag: str) -> None:
        self.decision = decision
        self.table = table
        self.tag = tag
        self.id = decision.get("id", "")

    def read(self) -> DecisionTable:
        policy = self.table.get("hitPolicy", "UNIQUE")
        if policy not in HIT_POLICIES:
            raise ValueError(f"decision {self.id}: hit policy {policy} is not one of {', '.join(sorted(HIT_POLICIES))}")
        if self.table.get("aggregation"):
            raise ValueError(f"decision {self.id}: COLLECT gives a list, aggregation is not supported")
        inputs = self.table.findall(f"{self.tag}input")
        outputs = self.table.findall(f"{self.tag}output")
        rules = tuple(self._rule(rule, len(inputs), len(outputs)) for rule in self.table.findall(f"{self.tag}rule"))
        if not rules or not outputs:
            raise ValueError(f"decision {self.id}: it has no rule or no output")
        self._unique("id of a rule", [rule.id for rule in rules])
        return DecisionTable(
            id=self.id,
            name=self.decision.get("name", self.id),
            hit_policy=policy,
            input_labels=self._unique("label of an input", [c.get("label") or self._input_text(c) for c in inputs]),
            inputs=tuple(self._compile(self._input_text(column), "input") for column in inputs),
            output_names=self._unique("name of an output", [column.get("name", "") for column in outputs]),
            rules=rules,
        )

    def _unique(self, what: str, names: list[str]) -> tuple[str, ...]:
        """The names, each of which keeps a value apart in the record of a decision."""
        if not all(names) or len(set(names)) != len(names):
            raise ValueError(f"decision {self.id}: a {what} is missing or used twice")
        return tuple(names)

    def _input_text(self, column: etree._Element) -> str:
        return (column.findtext(f"{self.tag}inputExpression/{self.tag}text") or "").strip()

    def _rule(self, rule: etree._Element, inputs: int, outputs: int) -> Rule:
        identity = rule.get("id", "")
        tests = [self._entry(entry) for entry in rule.findall(f"{self.tag}inputEntry")]
        results = [self._entry(entry) for entry in rule.findall(f"{self.tag}outputEntry")]
        if not identity or len(tests) != inputs or len(results) != outputs:
            raise ValueError(
                f"decision {self.id}, rule {identity or '?'}: it has no id, or its entries do not match the columns"
            )
        return Rule(
            id=identity,
            description=(rule.findtext(f"{self.tag}description") or "").strip(),
            tests=tuple(self._test(text, identity) for text in tests),
            outputs=tuple(self._compile(text or "None", f"rule {identity}") for text in results),
        )

    def _entry(self, entry: etree._Element) -> str:
        return (entry.findtext(f"{self.tag}text") or "").strip()

    def _compile(self, text: str, where: str) -> Compiled:
        try:
            compiled = compile_expression(_literal_words(text))
        except ExpressionError as error:
            raise ValueError(f"decision {self.id}, {where}: {error}") from error

        def read(scope: Scope) -> Any:
            try:
                return compiled(scope)
            except ExpressionError as error:
                raise ExpressionError(f"table {self.id}, {where}, «{text}»: {error}") from error

        return read

    def _test(self, text: str, rule: str) -> Test:
        if len(text) > LONGEST_EXPRESSION:
            raise ValueError(f"decision {self.id}, rule {rule}: longer than {LONGEST_EXPRESSION} characters")
        if text in {"", "-"}:
            return lambda _value, _scope: True
        if text.startswith("not(") and text.endswith(")"):
            inner = self._test(text[4:-1], rule)
            return lambda value, scope: not inner(value, scope)
        if comparison := COMPARISON.match(text):
            return _compares(comparison[1], int(comparison[2]))
        if text.startswith("="):
            condition = self._compile(text[1:], f"rule {rule}")
            return lambda _value, scope: bool(condition(scope))
        accepted = self._literals(text, rule)
        return lambda value, _scope: any(
            value == item and isinstance(value, bool) == isinstance(item, bool) for item in accepted
        )

    def _literals(self, text: str, rule: str) -> list[Any]:
        try:
            values = ast.literal_eval(f"[{_literal_words(text)}]")
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
            raise ValueError(f"decision {self.id}, rule {rule}: «{text:.120}» is not a unary test") from error
        if any(value is not None and not isinstance(value, str | int) for value in values):
            raise ValueError(f"decision {self.id}, rule {rule}: «{text:.120}» holds more than texts and whole numbers")
        return list(values)


def _literal_words(text: str) -> str:
    """FEEL's true, false and null outside of quotes, as the expression language writes them."""
    words = {"true": "True", "false": "False", "null": "None"}
    parts = re.split(r"(\"[^\"]*\"|'[^']*')", text)
    return "".join(
        part if index % 2 else re.sub(r"\b(true|false|null)\b", lambda match: words[match[1]], part)
        for index, part in enumerate(parts)
    )


def _compares(operator: str, bound: int) -> Test:
    tests: dict[str, Callable[[int], bool]] = {
        "<": lambda value: value < bound,
        "<=": lambda value: value <= bound,
        ">": lambda value: value > bound,
        ">=": lambda value: value >= bound,
        "=": lambda value: value == bound,
    }
    test = tests[operator]
    return lambda value, _scope: isinstance(value, int) and not isinstance(value, bool) and test(value)
