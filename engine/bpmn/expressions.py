"""The small language of diagrams: conditions, payloads and assignments, compiled once to closures.

It looks like Python and is not: no attributes of objects, no calls but to the pure functions listed here, no loops, no floats,
bounded sizes. `a.b` means the item `b` of the dictionary `a` (None when absent), as in FEEL. Nothing that a diagram says can
reach the interpreter (see tests/unit/bpmn/test_expressions.py for the attacks).
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from engine.bpmn.periods import next_period

Scope: TypeAlias = Mapping[str, Any]
Compiled: TypeAlias = Callable[[Scope], Any]

LONGEST_EXPRESSION = 2_000
LONGEST_VALUE = 200_000  # of one text or list; a form takes no longer text either
MOST_ITEMS = 100_000  # of one variable, everything inside counted
MOST_CHARACTERS = 10_000_000
LARGEST_INTEGER = 10**15
DEEPEST_NESTING = 60
FAILURES = (TypeError, ValueError, KeyError, IndexError, ZeroDivisionError, OverflowError, RecursionError)


class ExpressionError(Exception):
    """The expression is not in the language, or cannot be evaluated with these variables."""


def compile_expression(text: str) -> Compiled:
    """The expression as a function of the variables. Raises ExpressionError when it is not in the language."""
    return _compile_cached(text.strip())


def evaluate(text: str, scope: Scope) -> Any:
    """The value of the expression with these variables. Raises ExpressionError."""
    try:
        return compile_expression(text)(scope)
    except ExpressionError as error:
        raise ExpressionError(f"«{text.strip()[:120]}»: {error}") from error


@lru_cache(maxsize=4096)
def compile_assignments(script: str) -> tuple[tuple[str, Compiled], ...]:
    """The lines `name = expression` of a script task, in order. Raises ExpressionError for anything else."""
    assignments = []
    for statement in _parse(script.strip(), "exec").body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise ExpressionError("a script may only hold lines of the form: name = expression")
        target = statement.targets[0]
        if not isinstance(target, ast.Name) or target.id.startswith("_"):
            raise ExpressionError("only a plain name may be assigned to")
        assignments.append((target.id, _safely(_Compiler().compile(statement.value, 0))))
    return tuple(assignments)


def bounded_value(value: Any) -> Any:
    """The value, for a variable of a case. Raises ExpressionError when it is too large or too deep, or holds a fraction.

    A part that occurs twice counts twice, since that is how it is written: a = [a, a] in twenty lines is a million items.
    """
    items, characters, stack = 0, 0, [(value, 0)]
    while stack:
        part, depth = stack.pop()
        if depth > DEEPEST_NESTING:
            raise ExpressionError("nested too deeply")
        if isinstance(part, float):
            raise ExpressionError("fractions are not in the language: use whole numbers")
        if isinstance(part, str):
            characters += len(part)
        elif isinstance(part, list | dict):
            items += len(part)
            stack.extend((item, depth + 1) for item in (part.values() if isinstance(part, dict) else part))
        if items > MOST_ITEMS or characters > MOST_CHARACTERS:
            raise ExpressionError("value too large")
    return value


@lru_cache(maxsize=4096)
def _compile_cached(text: str) -> Compiled:
    return _safely(_Compiler().compile(_parse(text, "eval").body, 0))


def _safely(compiled: Compiled) -> Compiled:
    """The same, but whatever goes wrong inside is an ExpressionError."""

    def run(scope: Scope) -> Any:
        try:
            return compiled(scope)
        except FAILURES as error:
            raise ExpressionError(f"{type(error).__name__}: {error}") from error

    return run


def _parse(text: str, mode: str) -> Any:
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionError(f"longer than {LONGEST_EXPRESSION} characters")
    try:
        return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"not an expression: {error}") from error


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and not -LARGEST_INTEGER < value < LARGEST_INTEGER:
        raise ExpressionError("number too large")
    if isinstance(value, str | list | dict) and len(value) > LONGEST_VALUE:
        raise ExpressionError("value too long")
    if isinstance(value, float):
        raise ExpressionError("fractions are not in the language: use whole numbers")
    return value


def _get(container: Any, key: Any, default: Any = None) -> Any:
    if container is None:
        return default
    if not isinstance(container, Mapping):
        raise ExpressionError(f"Expected a dictionary to take {key!r:.40} from, but it is {type(container).__name__}")
    return container.get(key, default)


def _whole(value: Any) -> int:
    if isinstance(value, str) and len(value) > 18:  # the digits of LARGEST_INTEGER and a sign
        raise ExpressionError("number too large")
    return int(value)


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": lambda value: 0 if value is None else len(value),
    "min": min,
    "max": max,
    "abs": abs,
    "str": lambda value: _bounded(str(value)),
    "int": lambda value: _bounded(_whole(value)),
    "get": _get,
    "coalesce": _coalesce,
    "contains": lambda text, part: part in (text or ""),
    "next_period": next_period,
}

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISON: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in (container if container is not None else ()),
    ast.NotIn: lambda item, container: item not in (container if container is not None else ()),
}


class _Compiler:
    """Turns the allowed nodes of a syntax tree into closures; every other node is refused by name."""

    def compile(self, node: ast.AST, depth: int) -> Compiled:
        if depth > DEEPEST_NESTING:
            raise ExpressionError("nested too deeply")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise ExpressionError(f"{type(node).__name__} is not in the language")
        compiled: Compiled = method(node, depth + 1)
        return compiled

    def _constant(self, node: ast.Constant, _depth: int) -> Compiled:
        value = node.value
        if value is not None and not isinstance(value, str | int | bool):
            raise ExpressionError(f"the literal {value!r:.40} is not in the language")
        _bounded(value)
        return lambda _scope: value

    def _name(self, node: ast.Name, _depth: int) -> Compiled:
        name = node.id
        if name.startswith("_"):
            raise ExpressionError(f"the name {name} is not allowed")

        def look_up(scope: Scope) -> Any:
            if name not in scope:
                raise ExpressionError(f"the variable {name} has no value yet")
            return scope[name]

        return look_up

    def _attribute(self, node: ast.Attribute, depth: int) -> Compiled:
        key = node.attr
        if key.startswith("_"):
            raise ExpressionError(f"the name {key} is not allowed")
        container = self.compile(node.value, depth)
        return lambda scope: _get(container(scope), key)

    def _subscript(self, node: ast.Subscript, depth: int) -> Compiled:
        if isinstance(node.slice, ast.Slice):
            raise ExpressionError("slices are not in the language")
        container, key = self.compile(node.value, depth), self.compile(node.slice, depth)
        return lambda scope: container(scope)[key(scope)]

    def _boolop(self, node: ast.BoolOp, depth: int) -> Compiled:
        parts = [self.compile(value, depth) for value in node.values]
        stops_at = isinstance(node.op, ast.Or)

        def combine(scope: Scope) -> Any:
            value = None
            for part in parts:
                value = part(scope)
                if bool(value) is stops_at:
                    return value
            return value

        return combine

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Compiled:
        operand = self.compile(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(node.op, ast.USub):
            return lambda scope: _bounded(-operand(scope))
        raise ExpressionError(f"{type(node.op).__name__} is not in the language")

    def _binop(self, node: ast.BinOp, depth: int) -> Compiled:
        left, right = self.compile(node.left, depth), self.compile(node.right, depth)
        if isinstance(node.op, ast.Mult):
            return lambda scope: _bounded(_product(left(scope), right(scope)))
        function = _BINARY.get(type(node.op))
        if function is None:
            raise ExpressionError(f"{type(node.op).__name__} is not in the language")
        if isinstance(node.op, ast.Mod):
            return lambda scope: _bounded(_remainder(left(scope), right(scope)))
        return lambda scope: _bounded(function(left(scope), right(scope)))

    def _compare(self, node: ast.Compare, depth: int) -> Compiled:
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.Is | ast.IsNot) and not _is_singleton(right):
                raise ExpressionError("«is» compares with None, True or False only: write ==")
        first = self.compile(node.left, depth)
        rest = [
            (_COMPARISON[type(op)], self.compile(right, depth))
            for op, right in zip(node.ops, node.comparators, strict=True)
        ]

        def compare(scope: Scope) -> bool:
            left = first(scope)
            for function, right_of in rest:
                right = right_of(scope)
                if not function(left, right):
                    return False
                left = right
            return True

        return compare

    def _ifexp(self, node: ast.IfExp, depth: int) -> Compiled:
        test, body, orelse = (self.compile(part, depth) for part in (node.test, node.body, node.orelse))
        return lambda scope: body(scope) if test(scope) else orelse(scope)

    def _list(self, node: ast.List | ast.Tuple, depth: int) -> Compiled:
        items = [self.compile(item, depth) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    _tuple = _list

    def _dict(self, node: ast.Dict, depth: int) -> Compiled:
        if any(key is None for key in node.keys):
            raise ExpressionError("unpacking is not in the language")
        pairs = [
            (self.compile(k, depth), self.compile(v, depth)) for k, v in zip(node.keys, node.values, strict=True) if k
        ]
        return lambda scope: {_as_key(key(scope)): value(scope) for key, value in pairs}

    def _call(self, node: ast.Call, depth: int) -> Compiled:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise ExpressionError("only the listed functions may be called, without keywords")
        if node.func.id == "defined":
            return self._defined(node)
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            raise ExpressionError(
                f"there is no function {node.func.id}; known: {', '.join(sorted(FUNCTIONS))}, defined"
            )
        arguments = [self.compile(argument, depth) for argument in node.args]
        return lambda scope: _bounded(function(*(argument(scope) for argument in arguments)))

    def _defined(self, node: ast.Call) -> Compiled:
        argument = node.args[0] if len(node.args) == 1 else None
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            name = argument.value
            return lambda scope: scope.get(name) is not None
        raise ExpressionError("defined('name') takes one literal name")


def _is_singleton(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _as_key(key: Any) -> str:
    if not isinstance(key, str):
        raise ExpressionError(f"Expected a text as key of a dictionary, but it is {type(key).__name__}")
    return key


def _product(left: Any, right: Any) -> Any:
    if not isinstance(left, int) or not isinstance(right, int):
        raise ExpressionError("only whole numbers may be multiplied")
    return left * right


def _remainder(left: Any, right: Any) -> Any:
    if not isinstance(left, int) or not isinstance(right, int):
        raise ExpressionError("% is for whole numbers only")
    return left % right
