"""What the runtime answers: a `Step`, plain data that says everything one input changed. Nothing here touches a database."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, order=True)
class Token:
    """One place where a case stands. `id` is unique in the case and never used again."""

    id: int
    element: str
    kind: str  # user | timer | message | join | scope | instances
    instance: int | None = None

    def as_json(self) -> list[Any]:
        return [self.id, self.element, self.kind, self.instance]


@dataclass(frozen=True)
class WorkOpened:
    """A user task became ready: a work item is to be offered."""

    token: int
    element: str
    agency: str | None
    assignee: str | None
    instance: Any = None


@dataclass(frozen=True)
class TimerOpened:
    """A timer waits. The runtime does not know when it is due: that is legal time, computed by the caller.

    `relation` is at, before, after, halfway or day_of; `starts` and `due` are ISO dates or instants taken from the variables, where
    the deadline's rule names them.
    """

    token: int
    element: str
    deadline: str
    relation: str
    amount: int
    unit: str
    starts: str | None
    due: str | None


@dataclass(frozen=True)
class MessageWaitOpened:
    """The case waits for a message with this name and correlation (None: the case's own number)."""

    token: int
    element: str
    name: str
    correlation: str | None


@dataclass(frozen=True)
class MessageThrown:
    """The diagram threw a message; the caller delivers it, or starts the case that it starts."""

    element: str
    name: str
    payload: dict[str, Any]
    correlation: str | None
    may_go_unheard: bool = False


@dataclass(frozen=True)
class DecisionMade:
    """One evaluation of a decision table: its inputs, the rules that hit (ids in the table), the outputs."""

    element: str
    table: str
    inputs: dict[str, Any]
    rules: tuple[str, ...]
    outputs: Any

    def as_json(self) -> dict[str, Any]:
        return {
            "element": self.element,
            "table": self.table,
            "inputs": [
                [label, value] for label, value in self.inputs.items()
            ],  # labels are Vietnamese: no keys of the trail
            "rules": list(self.rules),
            "outputs": self.outputs,
        }


@dataclass(frozen=True)
class Step:
    """What one input changed, marking to marking.

    `frontier` is the case's whole live state as canonical JSON bytes, `state_sha256` its hash. `passed` lists the elements that were
    left by a token, in the order of execution. `closed` holds the tokens that are gone.
    """

    frontier: bytes
    state_sha256: str
    before: tuple[Token, ...]
    after: tuple[Token, ...]
    passed: tuple[str, ...]
    closed: tuple[Token, ...]
    changed: dict[str, Any]
    work: tuple[WorkOpened, ...] = ()
    timers: tuple[TimerOpened, ...] = ()
    waits: tuple[MessageWaitOpened, ...] = ()
    messages: tuple[MessageThrown, ...] = ()
    decisions: tuple[DecisionMade, ...] = ()
    ended: bool = False
    outcome: str | None = None
    variables: dict[str, Any] = field(default_factory=dict, repr=False)

    def delta(self) -> dict[str, Any]:
        """The change of the marking as it is recorded in the trail: tokens gone, tokens come, elements passed."""
        known = set(self.before)
        return {
            "gone": [token.as_json() for token in self.closed],
            "come": [token.as_json() for token in self.after if token not in known],
            "passed": list(self.passed),
            "changed": sorted(self.changed),
        }
