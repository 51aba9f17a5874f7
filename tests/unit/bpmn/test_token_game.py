"""The runtime against an interpreter that shares nothing with it: no gateways, no joins, no tokens, only "what comes then".

Hypothesis draws a block-structured diagram (sequences, choices, parallel and inclusive blocks, loops, subprocesses with a
reminder and a withdrawal, several instances) and random completions. After every one of them both must wait for the same
elements, and the case must end when, and only when, the interpreter has nothing left to do.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bpmn import runtime
from engine.bpmn.step import Step, Token
from tests.diagrams import Diagram

# --- blocks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """A person does something."""


@dataclass(frozen=True)
class Throw:
    """A message goes out; nobody waits."""


@dataclass(frozen=True)
class Many:
    """Several people do the same."""

    items: int


@dataclass(frozen=True)
class Sequence:
    blocks: tuple[Any, ...]


@dataclass(frozen=True)
class Choice:
    """A person picks one branch."""

    branches: tuple[Any, ...]


@dataclass(frozen=True)
class Some:
    """A person picks several branches; none: the last one."""

    branches: tuple[Any, ...]


@dataclass(frozen=True)
class All:
    branches: tuple[Any, ...]


@dataclass(frozen=True)
class Loop:
    """A person says whether to do it again."""

    body: Any


@dataclass(frozen=True)
class Within:
    """A subprocess. A reminder opens a task beside it; a withdrawal takes it away and opens another one in its place."""

    body: Any
    reminder: bool
    withdrawal: bool


@dataclass(frozen=True)
class Named:
    """A block with a number, so that its elements have names."""

    number: int
    block: Any
    parts: tuple["Named", ...]


def named(block: Any, numbers: Iterator[int]) -> Named:
    parts = getattr(block, "blocks", None) or getattr(block, "branches", None) or (getattr(block, "body", None),)
    return Named(next(numbers), block, tuple(named(part, numbers) for part in parts if part is not None))


leaves = st.one_of(st.just(Task()), st.just(Throw()), st.integers(0, 3).map(Many))


def larger(blocks: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(blocks, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(Sequence),
        several.map(Choice),
        several.map(Some),
        several.map(All),
        blocks.map(Loop),
        st.builds(Within, blocks, st.booleans(), st.booleans()),
    )


any_block = st.recursive(leaves, larger, max_leaves=9)

# --- the interpreter -------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Scope:
    """The process or one subprocess: it is left when its last thread has ended."""

    then: Callable[[], None]
    parent: "Scope | None" = None
    threads: int = 1

    def ended_one(self) -> None:
        self.threads -= 1
        if self.threads == 0:
            self.then()

    def is_inside(self, other: "Scope") -> bool:
        return self is other or (self.parent is not None and self.parent.is_inside(other))


@dataclass(eq=False)
class Waiting:
    element: str
    index: int | None
    scope: Scope
    go: Callable[[dict[str, Any]], None]


@dataclass
class World:
    waiting: list[Waiting] = field(default_factory=list)
    ended: bool = False

    def begin(self, block: Named) -> None:
        process = Scope(self._end)
        self.enter(block, process, process.ended_one)

    def go(self, element: str, index: int | None, values: dict[str, Any]) -> None:
        item = next(one for one in self.waiting if (one.element, one.index) == (element, index))
        self.waiting.remove(item)
        item.go(values)

    def marking(self) -> Counter[tuple[str, int | None]]:
        return Counter((item.element, item.index) for item in self.waiting)

    def _end(self) -> None:
        self.ended = True

    def _wait(
        self, element: str, scope: Scope, go: Callable[[dict[str, Any]], None], index: int | None = None
    ) -> Waiting:
        item = Waiting(element, index, scope, go)
        self.waiting.append(item)
        return item

    def enter(self, one: Named, scope: Scope, then: Callable[[], None]) -> None:
        n, parts = one.number, one.parts
        match one.block:
            case Throw():
                then()
            case Task():
                self._wait(f"u{n}", scope, lambda _values: then())
            case Many(items=0):
                then()
            case Many(items=items):
                done = all_of(items, then)
                for index in range(items):
                    self._wait(f"u{n}", scope, lambda _values: done(), index)
            case Sequence():
                self._one_by_one(parts, scope, then)
            case Choice():
                self._wait(f"u{n}", scope, lambda values: self.enter(parts[values["pick"]], scope, then))
            case Some():
                self._wait(f"u{n}", scope, lambda values: self._together(chosen(parts, values["picks"]), scope, then))
            case All():
                self._together(parts, scope, then)
            case Loop():
                self._repeat(one, scope, then)
            case Within():
                self._within(one, scope, then)

    def _one_by_one(self, parts: tuple[Named, ...], scope: Scope, then: Callable[[], None]) -> None:
        if not parts:
            then()
            return
        self.enter(parts[0], scope, lambda: self._one_by_one(parts[1:], scope, then))

    def _together(self, parts: tuple[Named, ...], scope: Scope, then: Callable[[], None]) -> None:
        done = all_of(len(parts), then)
        for part in parts:
            self.enter(part, scope, done)

    def _repeat(self, one: Named, scope: Scope, then: Callable[[], None]) -> None:
        def ask() -> None:
            self._wait(f"u{one.number}", scope, lambda v: self._repeat(one, scope, then) if v["again"] else then())

        self.enter(one.parts[0], scope, ask)

    def _within(self, one: Named, scope: Scope, then: Callable[[], None]) -> None:
        n = one.number
        around: list[Waiting] = []

        def leave() -> None:
            for item in around:
                if item in self.waiting:
                    self.waiting.remove(item)

        def remind(_values: dict[str, Any]) -> None:
            scope.threads += 1
            self._wait(f"reminded{n}", scope, lambda _values: scope.ended_one())

        def withdraw(_values: dict[str, Any]) -> None:
            self.waiting = [item for item in self.waiting if not item.scope.is_inside(inner)]
            leave()
            self._wait(f"withdrawn{n}", scope, lambda _values: then())

        inner = Scope(lambda: (leave(), then())[1], parent=scope)
        if one.block.reminder:
            around.append(self._wait(f"timer{n}", scope, remind))
        if one.block.withdrawal:
            around.append(self._wait(f"message{n}", scope, withdraw))
        self.enter(one.parts[0], inner, inner.ended_one)


def all_of(count: int, then: Callable[[], None]) -> Callable[[], None]:
    left = [count]

    def one_done() -> None:
        left[0] -= 1
        if left[0] == 0:
            then()

    return one_done


def chosen(parts: tuple[Named, ...], picks: list[int]) -> tuple[Named, ...]:
    return tuple(parts[index] for index in sorted(picks)) or parts[-1:]


# --- the same as a diagram -------------------------------------------------------------------------------------------


def draw(diagram: Diagram, one: Named) -> tuple[str, str]:
    """Adds the block's elements; gives the first and the last of them."""
    n = one.number
    match one.block:
        case Throw():
            diagram.throw(f"throw{n}", "note")
            return f"throw{n}", f"throw{n}"
        case Task():
            diagram.user(f"u{n}")
            return f"u{n}", f"u{n}"
        case Many():
            diagram.user(f"u{n}", collection=f"start.items{n}")
            return f"u{n}", f"u{n}"
        case Sequence():
            drawn = [draw(diagram, part) for part in one.parts]
            for (_, last), (first, _) in pairwise(drawn):
                diagram.flow(last, first)
            return drawn[0][0], drawn[-1][1]
        case Loop():
            first, last = draw(diagram, one.parts[0])
            diagram.exclusive(f"in{n}").user(f"u{n}").exclusive(f"out{n}", default=f"leave{n}").exclusive(f"end{n}")
            diagram.chain(f"in{n}", first).chain(last, f"u{n}", f"out{n}")
            diagram.flow(f"out{n}", f"in{n}", f"u{n}.again").flow(f"out{n}", f"end{n}", identity=f"leave{n}")
            return f"in{n}", f"end{n}"
        case Within():
            return draw_within(diagram, one)
        case _:
            return draw_branches(diagram, one)


def draw_branches(diagram: Diagram, one: Named) -> tuple[str, str]:
    n, drawn = one.number, [draw(diagram, part) for part in one.parts]
    for _, last in drawn:
        diagram.flow(last, f"join{n}")
    if isinstance(one.block, All):
        diagram.parallel(f"split{n}").parallel(f"join{n}")
        for first, _ in drawn:
            diagram.flow(f"split{n}", first)
        return f"split{n}", f"join{n}"
    gateway = diagram.exclusive if isinstance(one.block, Choice) else diagram.inclusive
    gateway(f"split{n}", default=f"other{n}")
    gateway(f"join{n}")
    diagram.user(f"u{n}").flow(f"u{n}", f"split{n}")
    *conditional, (otherwise, _) = drawn
    for index, (first, _) in enumerate(conditional):
        test = f"u{n}.pick == {index}" if isinstance(one.block, Choice) else f"{index} in u{n}.picks"
        diagram.flow(f"split{n}", first, test)
    diagram.flow(f"split{n}", otherwise, identity=f"other{n}")
    return f"u{n}", f"join{n}"


def draw_within(diagram: Diagram, one: Named) -> tuple[str, str]:
    n = one.number
    inner = Diagram().start(f"begin{n}").end(f"finish{n}")
    first, last = draw(inner, one.parts[0])
    inner.flow(f"begin{n}", first).flow(last, f"finish{n}")
    diagram.subprocess(f"sub{n}", inner)
    if one.block.reminder:
        diagram.boundary(f"timer{n}", f"sub{n}", timer="deadline('explain')").user(f"reminded{n}").end(f"noted{n}")
        diagram.chain(f"timer{n}", f"reminded{n}", f"noted{n}")
    if not one.block.withdrawal:
        return f"sub{n}", f"sub{n}"
    diagram.boundary(f"message{n}", f"sub{n}", message="withdrawn", interrupting=True).user(f"withdrawn{n}")
    diagram.exclusive(f"end{n}").chain(f"message{n}", f"withdrawn{n}", f"end{n}").flow(f"sub{n}", f"end{n}")
    return f"sub{n}", f"end{n}"


def all_blocks(one: Named) -> Iterator[Named]:
    yield one
    for part in one.parts:
        yield from all_blocks(part)


# --- the game --------------------------------------------------------------------------------------------------------


def place_of(token: Token) -> tuple[str, int | None]:
    return token.element, token.instance


def marking_of(step: Step) -> Counter[tuple[str, int | None]]:
    return Counter(place_of(token) for token in step.after if token.kind in {"user", "timer", "message"})


def answers(block: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, Any]:
    """What a person enters where the block asks something."""
    match block:
        case Choice(branches=branches):
            return {"pick": draw(st.integers(0, len(branches) - 1))}
        case Some(branches=branches):
            return {"picks": draw(st.lists(st.integers(0, len(branches) - 2), unique=True))}
        case Loop():
            return {"again": draw(st.booleans())}
        case _:
            return {}


def play(step: Step, definition: Any, token: Token, values: dict[str, Any]) -> Step:
    match token.kind:
        case "user":
            return runtime.complete(definition, step.frontier, token.id, values)
        case "timer":
            return runtime.lapse(definition, step.frontier, token.id)
        case _:
            return runtime.deliver(definition, step.frontier, token.id, values)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(block=any_block, data=st.data())
def test_runtime_and_interpreter_wait_for_the_same_elements(block, data):
    one = named(block, iter(range(100)))
    blocks = {other.number: other.block for other in all_blocks(one)}
    diagram = Diagram().start().end("e", outcome="done")
    first, last = draw(diagram, one)
    definition = diagram.flow("s", first).flow(last, "e").definition()
    items = {f"items{n}": list(range(many.items)) for n, many in blocks.items() if isinstance(many, Many)}
    world = World()
    world.begin(one)
    step = runtime.start(definition, {"start": {"on": "2026-01-05", **items}})
    known = {token.id for token in step.after}
    for _ in range(40):
        assert marking_of(step) == world.marking()
        assert step.ended == world.ended == (not step.after)
        if step.ended:
            assert step.outcome == "done"
            break
        token = data.draw(st.sampled_from([t for t in step.after if t.kind in {"user", "timer", "message"}]))
        number = int(token.element.lstrip("abcdefghijklmnopqrstuvwxyz"))
        values = answers(blocks[number], data.draw) if token.element.startswith("u") else {}
        world.go(*place_of(token), values)
        previous, step = step, play(step, definition, token, values)
        come = {t.id for t in step.after} - {t.id for t in previous.after}
        assert not come & known, "an id is used again"
        known |= come
        assert set(step.closed) == set(previous.after) - set(step.after)


@pytest.mark.parametrize(
    ("block", "moves", "left"),
    [
        (All((Task(), Task())), [("u1", {})], {("u2", None): 1}),
        (Some((Task(), Task(), Task())), [("u0", {"picks": [1]})], {("u2", None): 1}),
        (Loop(Task()), [("u1", {}), ("u0", {"again": True})], {("u1", None): 1}),
        (Within(Task(), reminder=True, withdrawal=True), [("timer0", {}), ("message0", {})], {("reminded0", None): 1, ("withdrawn0", None): 1}),
        (Many(3), [(("u0", 1), {})], {("u0", 0): 1, ("u0", 2): 1}),
    ],
)  # fmt: skip
def test_the_interpreter_itself(block, moves, left):
    world = World()
    world.begin(named(block, iter(range(10))))
    for place, values in moves:
        world.go(*(place if isinstance(place, tuple) else (place, None)), values)
    assert world.marking() == Counter(left)
    assert not world.ended
