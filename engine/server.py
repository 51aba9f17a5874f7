"""The server: the web pages and the API under gunicorn, with the timers beside them.

    SQLite       one process with eight threads; the scheduler ticks in it
    PostgreSQL   this process ticks and watches over gunicorn, which has a process with eight threads for each core

A second machine runs `serve` as well, or `serve --no-timers`, or only `worker`: all state is in the database. SIGTERM drains: no new
calls are taken, those in hand are finished within `DRAIN` seconds, then the timers stop. A kill loses nothing that was acknowledged.
No list of callers is kept: whoever files must be able to stay unknown.
"""

import ctypes
import importlib.util
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Self

from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app
from gunicorn.workers.gthread import ThreadWorker

from engine.authority import SYSTEM_ACTOR
from engine.database import Database, journal_mode
from engine.errors import Refusal
from engine.scheduler import Scheduler
from engine.settings import Settings

APPLICATION = "api.application:create_app()"
THREADS = 8
DRAIN = 25  # seconds
ENDING = DRAIN + 10  # after which what still runs is killed
LOOK_EVERY = 0.2
PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def url(self) -> str:
        shown = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    @property
    def is_private(self) -> bool:
        return self.host in {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Wishes:
    """How to serve. `processes`: on PostgreSQL, None for one per core. `unsafe_database`: also one that may forget, for trials."""

    timers: bool = True
    processes: int | None = None
    unsafe_database: bool = False


def serve(settings: Settings, address: Address, wishes: Wishes, greet: Callable[[], None]) -> int:
    """Runs until SIGTERM or SIGINT; returns the exit code. `greet` is called when the server listens.

    Raises Refusal (application_missing, port_taken, database_unsafe).
    """
    _must_have_application()
    _must_be_free(address)
    on_sqlite = settings.database_url.startswith("sqlite")
    if not wishes.unsafe_database:
        _must_be_safe(settings)
    if wishes.timers and not on_sqlite:
        return _serve_beside_timers(settings, address, wishes)
    count = 1 if on_sqlite else wishes.processes or os.cpu_count() or 1
    try:
        _Server(settings, address, processes=count, ticks=wishes.timers, greet=greet).run()
    except SystemExit as end:  # so gunicorn says that it has ended
        return int(end.code or 0)
    return 0


def work(settings: Settings, greet: Callable[[], None]) -> int:
    """Only the timers, until SIGTERM or SIGINT."""
    scheduler = Scheduler(Database(settings.database_url, master_key=settings.master_key))
    with _Signals() as ended:
        scheduler.start()
        greet()
        while not ended.seen:
            time.sleep(LOOK_EVERY)
        scheduler.stop()
    scheduler.database.dispose()
    return 0


def end_with_parent(parent: int) -> None:
    """This process is asked to end when the one that started it ends, however that ends. Linux only; elsewhere nothing."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings only: nothing from the command line, files or GUNICORN_CMD_ARGS."""

    def __init__(
        self, settings: Settings, address: Address, *, processes: int, ticks: bool, greet: Callable[[], None]
    ) -> None:
        self.settings = settings
        self.address = address
        self.processes = processes
        self.ticks = ticks
        self.greet = greet
        self.scheduler: Scheduler | None = None
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        for name, value in {
            "bind": f"{host}:{self.address.port}",
            "worker_class": _Worker,
            "workers": self.processes,
            "threads": THREADS,
            "timeout": 60,
            "graceful_timeout": DRAIN,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "giaitrinh",
            "when_ready": lambda _server: self.greet(),
            "post_worker_init": lambda _worker: self._start_timers(),
            "worker_exit": lambda _server, _worker: self._stop_timers(),
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_app(APPLICATION)

    def _start_timers(self) -> None:
        if self.ticks:
            self.scheduler = Scheduler(Database(self.settings.database_url, master_key=self.settings.master_key))
            self.scheduler.start()

    def _stop_timers(self) -> None:
        if self.scheduler is not None:
            self.scheduler.stop()
            self.scheduler.database.dispose()


class _Worker(ThreadWorker):  # type: ignore[misc]
    """A worker that leaves nobody at the door when it stops: whoever has knocked is let in, then the door is shut.

    Gunicorn's own worker keeps the listening socket open until its last call is answered; who calls meanwhile would wait in vain.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        is_last = not enabled and not self.alive
        if is_last:
            for listener in self.sockets:
                self._let_in_who_has_knocked(listener)
        super().set_accept_enabled(enabled)
        if is_last:
            for listener in self.sockets:
                listener.close()

    def _let_in_who_has_knocked(self, listener: Any) -> None:
        before = -1
        while self._accepting and before < self.nr_conns < self.worker_connections:
            before = self.nr_conns
            self.accept(listener)


class _Signals:
    """Remembers that SIGTERM or SIGINT came, instead of ending at once."""

    def __init__(self) -> None:
        self.seen = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for each in (signal.SIGTERM, signal.SIGINT):
            self._before[each] = signal.signal(each, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _note(self, *_: object) -> None:
        self.seen = True


def _serve_beside_timers(settings: Settings, address: Address, wishes: Wishes) -> int:
    """The web in a child process, the timers here. When the web ends, everything ends; whoever started us starts us again."""
    scheduler = Scheduler(Database(settings.database_url, master_key=settings.master_key))
    words = [
        "serve",
        "--host",
        address.host,
        "--port",
        str(address.port),
        "--no-timers",
        "--child-of",
        str(os.getpid()),
    ]
    words += ["--processes", str(wishes.processes)] if wishes.processes else []
    words += ["--unsafe-database"] if wishes.unsafe_database else []
    with _Signals() as ended:
        web = _start([sys.executable, "-m", "engine", *words])
        scheduler.start()
        while web.poll() is None and not ended.seen:
            time.sleep(LOOK_EVERY)
        code = _end(web)
        scheduler.stop()
    scheduler.database.dispose()
    return code


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(list(command), stdin=subprocess.DEVNULL)  # noqa: S603 - this very program


def _end(web: "subprocess.Popen[bytes]") -> int:
    if web.poll() is None:
        web.terminate()
    try:
        return web.wait(ENDING)
    except subprocess.TimeoutExpired:
        web.kill()
        return web.wait()


def _must_have_application() -> None:
    module = APPLICATION.partition(":")[0]
    with suppress(ModuleNotFoundError):
        if importlib.util.find_spec(module) is not None:
            return
    raise Refusal(
        "application_missing",
        f"Bản cài đặt thiếu phần giao diện ({module}); hãy cài lại.",
        f"This installation lacks the web part ({module}): install it again.",
    )


def _must_be_free(address: Address) -> None:
    try:
        family, kind, protocol, _name, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[
            0
        ]
        with closing(socket.socket(family, kind, protocol)) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(where)
    except OSError as error:
        raise Refusal(
            "port_taken",
            f"Không mở được địa chỉ {address.host}:{address.port} ({error.strerror}); hãy chọn cổng khác bằng --port.",
            f"Expected to listen on {address.host}:{address.port}, but that is not possible ({error.strerror}): try another --port.",
        ) from error


def _must_be_safe(settings: Settings) -> None:
    """Acknowledged means durable: a PostgreSQL that answers before it has written to disk is refused.

    A SQLite file in WAL mode is taken back to the rollback journal where the library has the WAL-reset defect.
    """
    database = Database(settings.database_url)
    try:
        if database.engine.dialect.name == "postgresql":
            _must_keep_what_it_acknowledges(database)
        elif journal_mode() != "WAL":
            _leave_wal(database)
    finally:
        database.dispose()


def _must_keep_what_it_acknowledges(database: Database) -> None:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    with database.read(SYSTEM_ACTOR) as tx:
        off = [name for name in names if tx.connection.exec_driver_sql(f"SHOW {name}").scalar_one() == "off"]
    if off:
        raise Refusal(
            "database_unsafe",
            f"PostgreSQL đang tắt {', '.join(off)}: việc đã báo nhận có thể mất khi mất điện; hãy bật lại. "
            "Chỉ để thử nghiệm: --unsafe-database.",
            f"PostgreSQL has switched off {', '.join(off)}: what was acknowledged could be lost at a power cut; switch it on. "
            "For trials only: --unsafe-database.",
        )


def _leave_wal(database: Database) -> None:
    with closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            return
        cursor.execute("PRAGMA journal_mode = DELETE")
    log.warning("This SQLite has the WAL-reset defect: back to the rollback journal.", extra={"action": "wal_refused"})
