"""Everything that may change state: functions `(tx, …)` on modules named by nouns. `perform` is how the doors call them.

work_items.complete(tx, number, token, data)        timers.lapse_due(database)        overrides.extend(tx, number, data)
"""

from collections.abc import Callable
from typing import Any

from engine.apply import load_case, record
from engine.authority import Actor
from engine.database import Database, Transaction
from engine.errors import Conflict, Forbidden, NotFound, Refusal
from engine.vocabulary import EventType

RECORDED = (Forbidden, Conflict)


def perform(
    database: Database,
    actor: Actor,
    command: str,
    act: Callable[[Transaction], dict[str, Any]],
    key: str | None = None,
    said: Any = None,
) -> dict[str, Any]:
    """Carries out the command once per key. An act on a case that is refused leaves a line in the case's trail."""
    in_hand: list[int] = []

    def remembering(tx: Transaction) -> dict[str, Any]:
        try:
            return act(tx)
        finally:
            in_hand[:] = [tx.case_in_hand] if tx.case_in_hand is not None else []

    try:
        return database.perform(actor, command, remembering, key, said)
    except RECORDED as refusal:
        if in_hand and refusal.code != "key_reused":
            _record_refusal(database, actor, command, in_hand[0], refusal)
        raise


def rehearse(database: Database, actor: Actor, act: Callable[[Transaction], dict[str, Any]]) -> dict[str, Any]:
    """Carries out the act and takes it back: the answer is what would happen, and nothing has."""
    try:
        with database.begin(actor) as tx:
            raise _TakenBack(act(tx))
    except _TakenBack as taken_back:
        return taken_back.answer


class _TakenBack(Exception):
    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("rehearsal")
        self.answer = answer


def _record_refusal(database: Database, actor: Actor, command: str, case_id: int, refusal: Refusal) -> None:
    def write(tx: Transaction) -> dict[str, Any]:
        try:
            case = load_case(tx, case_id)
        except NotFound:
            return {}  # the case was being made in the transaction that was rolled back
        record(
            tx,
            case,
            EventType.COMMAND_REFUSED,
            {"input": {"command": command}, "refusal": {"code": refusal.code, "vi": refusal.vi}},
        )
        return {}

    database.perform(actor, "record_refusal", write)
