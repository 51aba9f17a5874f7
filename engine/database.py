"""The door: the only place where a transaction begins and ends.

A transaction has one actor and one instant. `Database.perform` carries out a command once: same actor and key, same answer; a commit
whose outcome is unknown is tried again with the same key. On any exception everything is rolled back.

SQLite: writers take the lock at once (`BEGIN IMMEDIATE`), every commit is synced (`synchronous=FULL`), what is deleted is overwritten,
and the journal is a rollback journal where the library has the WAL-reset defect (up to 3.51.2, but for 3.44.6 and 3.50.7).
PostgreSQL: the row of a case is locked while it is changed, and `version` decides besides.
"""

import base64
import hashlib
import json
import secrets
import sqlite3
import time
from collections import ChainMap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from engine.authority import Actor
from engine.errors import Conflict, OutcomeUnknown
from engine.tables import idempotency
from engine.time.clock import Clock, SystemClock

ATTEMPTS = 6
FIRST_PAUSE = 0.02  # seconds; doubled each time
BUSY_TIMEOUT = 5.0  # seconds a SQLite writer waits for another, in each attempt
WAL_DEFECT_FIXED = (3, 51, 3)
WAL_BACKPORTS = {(3, 50, 7), (3, 44, 6)}
TRY_AGAIN = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
CONSTRAINT_OF_KEY = "idempotency"
NONCE_BYTES = 12

# Statements of every command, built once: to build one takes longer than to send it.
WAIT_FOR_KEY = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("owner_and_key"), 0)))
ANSWER_OF_KEY = select(idempotency).where(
    idempotency.c.actor == bindparam("owner"), idempotency.c.key == bindparam("of_key")
)


@dataclass
class Transaction:
    """What every command gets first: where it writes, who is behind it, at what instant, and under which key."""

    connection: Connection
    actor: Actor
    now: datetime
    database: "Database"
    key: str | None = None
    case_in_hand: int | None = None
    """The case that was loaded first: where a refusal is recorded."""
    cases: dict[int, Any] = field(default_factory=dict, repr=False)
    """The cases that were loaded, each once: who loads one again gets the same object, never a second, older one."""
    cache: ChainMap[Any, Any] = field(default_factory=ChainMap, repr=False)
    """What was looked up. Other transactions see what this one found only after its commit."""
    memory: dict[str, Any] = field(default_factory=dict)
    """What this transaction has looked up already and cannot change under it."""

    @property
    def is_postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"


class Database:
    """A database by its URL, and the clock that gives every transaction its instant."""

    def __init__(self, url: str, clock: Clock | None = None, master_key: bytes = b"\0" * 32) -> None:
        self.engine = _engine(url)
        self.clock = clock or SystemClock()
        self.master_key = master_key
        self.cache: dict[Any, Any] = {}
        self._reading: dict[str, Any] = {"reads_only": True}
        if self.engine.dialect.name == "postgresql":
            self._reading |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    @contextmanager
    def begin(self, actor: Actor, key: str | None = None) -> Iterator[Transaction]:
        """One writing transaction. Commits at the end, rolls back on any exception. Raises OutcomeUnknown."""
        with self.engine.connect() as connection:
            transaction = connection.begin()
            found: dict[Any, Any] = {}
            try:
                yield Transaction(connection, actor, self.clock.now(), self, key, cache=ChainMap(found, self.cache))
            except BaseException:
                transaction.rollback()
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                connection.invalidate()
                if _was_refused(error):
                    raise
                raise OutcomeUnknown from error
            self.cache.update(found)

    @contextmanager
    def read(self, actor: Actor) -> Iterator[Transaction]:
        """One reading transaction: sees one moment, changes nothing."""
        with self.engine.connect().execution_options(**self._reading) as connection:
            transaction = connection.begin()
            found: dict[Any, Any] = {}
            try:
                yield Transaction(connection, actor, self.clock.now(), self, cache=ChainMap(found, self.cache))
            finally:
                transaction.rollback()
            self.cache.update(found)

    def perform(
        self,
        actor: Actor,
        command: str,
        act: Callable[[Transaction], dict[str, Any]],
        key: str | None = None,
        said: Any = None,
    ) -> dict[str, Any]:
        """Carries out the command and returns its answer, a JSON object; with a key exactly once.

        `said` is what the caller sent: the same key with something else said is refused (Conflict key_reused).
        """
        fingerprint = hashlib.sha256(json.dumps([command, said], sort_keys=True, default=str).encode()).hexdigest()

        def once(tx: Transaction) -> dict[str, Any]:
            if key is None:
                return act(tx)
            known = _known_answer(tx, key, command, fingerprint)
            if known is not None:
                return known
            answer = act(tx)
            row = {"actor": actor.id, "key": key, "command": command, "fingerprint": fingerprint, "at": tx.now}
            tx.connection.execute(insert(idempotency), {**row, "answer": _sealed_answer(tx, answer)})
            return answer

        return self.retrying(lambda: self._once(actor, key, once), safe_to_repeat=key is not None)

    def retrying(self, act: Callable[[], dict[str, Any]], *, safe_to_repeat: bool) -> dict[str, Any]:
        """Tries again after a lost race or a lock; after an unknown outcome only if repeating does no harm."""
        for attempt in range(ATTEMPTS):
            try:
                return act()
            except OutcomeUnknown:
                if not safe_to_repeat or attempt == ATTEMPTS - 1:
                    raise
            except DBAPIError as error:
                if attempt == ATTEMPTS - 1 or not is_worth_another_try(error):
                    raise
            time.sleep(FIRST_PAUSE * 2**attempt)
        raise OutcomeUnknown

    def dispose(self) -> None:
        """Closes every connection."""
        self.engine.dispose()

    def _once(self, actor: Actor, key: str | None, act: Callable[[Transaction], dict[str, Any]]) -> dict[str, Any]:
        with self.begin(actor, key) as tx:
            return act(tx)


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """WAL where it is sound, otherwise the rollback journal."""
    return "WAL" if version >= WAL_DEFECT_FIXED or version in WAL_BACKPORTS else "DELETE"


def is_worth_another_try(error: DBAPIError) -> bool:
    """Whether a transaction that failed before its commit may succeed if it is repeated: a lost race, a lock, a lost connection."""
    if isinstance(error, IntegrityError):
        return CONSTRAINT_OF_KEY in str(error.orig)  # another thread was first with the same key: read its answer
    return error.connection_invalidated or _was_refused(error)


def seal(key: bytes, content: bytes) -> bytes:
    """The content, readable only with the key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, None)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """What `seal` closed. Raises ValueError for another key."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    except InvalidTag as error:
        raise ValueError("the key does not open what was sealed: is GIAITRINH_MASTER_KEY the right one?") from error


def _known_answer(tx: Transaction, key: str, command: str, fingerprint: str) -> dict[str, Any] | None:
    if (
        tx.is_postgresql
    ):  # a repeated call waits for the first one here, and then finds its answer; SQLite has one writer anyway
        tx.connection.execute(WAIT_FOR_KEY, {"owner_and_key": f"{tx.actor.id}/{key}"})
    row = tx.connection.execute(ANSWER_OF_KEY, {"owner": tx.actor.id, "of_key": key}).one_or_none()
    if row is None:
        return None
    if row.command != command or row.fingerprint != fingerprint:
        raise Conflict(
            "key_reused",
            "Mã chống trùng này đã dùng cho một yêu cầu khác; hãy tạo mã mới.",
            "This idempotency key was used for something else; make a new key.",
        )
    answer: dict[str, Any] = json.loads(unseal(tx.database.master_key, base64.b64decode(row.answer)))
    return answer


def _sealed_answer(tx: Transaction, answer: dict[str, Any]) -> str:
    """Sealed, because an answer may hold what is told only once: a tracking code, an access token."""
    return base64.b64encode(seal(tx.database.master_key, json.dumps(answer, ensure_ascii=False).encode())).decode()


def _was_refused(error: DBAPIError) -> bool:
    """Whether the database says that it did not commit."""
    return getattr(error.orig, "sqlstate", None) in TRY_AGAIN or "database is locked" in str(error.orig)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=10, max_overflow=20, connect_args={"timeout": BUSY_TIMEOUT}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not only unlinked


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
