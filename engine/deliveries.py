"""Deliveries: what waits in the outbox reaches the world outside, at least once, under a key that stays the same.

    claim (attempts + 1, next attempt put off) ── commit ──> courier ──> delivered_at ── commit
                                                               └─ fails, or the process dies: again when the next attempt is due

Whoever receives must ignore a key that it has already seen: between the courier and the second commit the process may die. After
`ATTEMPTS` attempts a letter is given up: `delivered_at` and `next_attempt_at` are both null (`dead_letters` lists them).

The only courier so far is the console: it writes reminders (đôn đốc) to the log. E-mail and webhooks come with the notices.
"""

import json
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from engine.authority import SYSTEM_ACTOR
from engine.database import Database, Transaction
from engine.tables import outbox

ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=10)  # doubled after each attempt
LONGEST_PAUSE = timedelta(hours=1)
JITTER = 0.25  # of the pause, to either side, so that what failed together does not come back together
BATCH = 50

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """One thing to tell. `key` is the same at every attempt; `attempt` counts from 1."""

    id: int
    key: str
    kind: str
    payload: dict[str, Any]
    attempt: int


@dataclass(frozen=True)
class Deliveries:
    """How many letters were delivered, failed and will be tried again, and were given up."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0

    def __add__(self, other: "Deliveries") -> "Deliveries":
        return Deliveries(self.delivered + other.delivered, self.failed + other.failed, self.given_up + other.given_up)


Courier = Callable[[Letter], None]
"""Brings a letter to where it belongs, or raises."""


def console(letter: Letter) -> None:
    """Writes the letter to the log."""
    about = letter.payload
    text = "%s → %s (%s): %s"
    extra = {"action": "reminder", "key": letter.key, "case": about.get("case"), "to_role": about.get("to_role")}
    log.info(text, about.get("case"), about.get("to_role"), about.get("agency"), about.get("text_vi"), extra=extra)


COURIERS: Mapping[str, Courier] = {"reminder": console}
"""Who delivers which kind."""


def deliver_all_due(
    database: Database, couriers: Mapping[str, Courier] = COURIERS, stopping: Callable[[], bool] = lambda: False
) -> Deliveries:
    """Batch after batch until nothing is due."""
    total = Deliveries()
    while not stopping():
        letters, given_up = _claim(database)
        if not letters and not given_up:
            break
        total += Deliveries(given_up=given_up)
        for letter in letters:
            total += _deliver(database, couriers, letter)
    return total


def dead_letters(tx: Transaction, limit: int = 100) -> list[Letter]:
    """What was given up, newest first."""
    given_up = (outbox.c.delivered_at.is_(None), outbox.c.next_attempt_at.is_(None))
    rows = tx.connection.execute(select(outbox).where(*given_up).order_by(outbox.c.id.desc()).limit(limit))
    return [_letter(row, row.attempts) for row in rows]


def pause_after(attempt: int) -> timedelta:
    """How long to wait after this attempt (1, 2, …) before the next."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, guards no secret


def _claim(database: Database) -> tuple[list[Letter], int]:
    """Takes what is due, and puts off its next attempt: a process that dies with a letter in hand gives it back by itself."""
    letters: list[Letter] = []

    def claim(tx: Transaction) -> dict[str, Any]:
        letters.clear()
        given_up = 0
        for row in _due(tx):
            if row.attempts >= ATTEMPTS:  # the process died at the last attempt
                _save(tx, row.id, next_attempt_at=None)
                _log_given_up(row.key)
                given_up += 1
            else:
                attempt = row.attempts + 1
                _save(tx, row.id, attempts=attempt, next_attempt_at=tx.now + pause_after(attempt))
                letters.append(_letter(row, attempt))
        return {"given_up": given_up}

    if not _anything_due(database):
        return [], 0
    answer = database.perform(SYSTEM_ACTOR, "claim_deliveries", claim)
    return letters, int(answer["given_up"])


def _deliver(database: Database, couriers: Mapping[str, Courier], letter: Letter) -> Deliveries:
    try:
        couriers[letter.kind](letter)
    except Exception:
        gives_up = letter.attempt >= ATTEMPTS
        text = "Attempt %d to deliver %s (%s) failed."
        log.exception(
            text, letter.attempt, letter.key, letter.kind, extra={"action": "delivery_failed", "key": letter.key}
        )
        if not gives_up:
            return Deliveries(failed=1)
        _settle(database, letter, next_attempt_at=None)
        _log_given_up(letter.key)
        return Deliveries(given_up=1)
    _settle(database, letter, next_attempt_at=None, delivered_at=database.clock.now())
    return Deliveries(delivered=1)


def _settle(database: Database, letter: Letter, **changes: datetime | None) -> None:
    def settle(tx: Transaction) -> dict[str, Any]:
        _save(tx, letter.id, **changes)
        return {}

    database.perform(SYSTEM_ACTOR, "settle_delivery", settle)


def _anything_due(database: Database) -> bool:
    """A read: an idle tick takes no lock."""
    with database.read(SYSTEM_ACTOR) as tx:
        return (
            tx.connection.execute(select(outbox.c.id).where(outbox.c.next_attempt_at <= tx.now).limit(1)).first()
            is not None
        )


def _due(tx: Transaction) -> list[Row[Any]]:
    query = (
        select(outbox)
        .where(outbox.c.next_attempt_at <= tx.now)
        .order_by(outbox.c.next_attempt_at, outbox.c.id)
        .limit(BATCH)
    )
    return list(tx.connection.execute(query.with_for_update(skip_locked=True) if tx.is_postgresql else query))


def _save(tx: Transaction, identity: int, **changes: Any) -> None:
    tx.connection.execute(update(outbox).where(outbox.c.id == identity), changes)


def _letter(row: Row[Any], attempt: int) -> Letter:
    return Letter(row.id, row.key, row.kind, json.loads(row.payload), attempt)


def _log_given_up(key: str) -> None:
    log.error("The letter %s is given up.", key, extra={"action": "delivery_given_up", "key": key})
