"""An installed system on SQLite for each test, its command line, and its server as a real process.

system                    a folder with a database as `setup` leaves it, with its master key
system.run("verify")      the command line in this process: (exit code, what it said)
system.open()             the door to its database
system.server()           `python -m engine serve` on a free port, until the block ends
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from engine import cli, commands, installation
from engine.authority import SYSTEM_ACTOR
from engine.commands import people, requests
from engine.database import Database, Transaction
from tests.conftest import sqlite_address

PROJECT = Path(__file__).parents[3]
PATIENCE = 60.0  # seconds that a server may take to start or to end on a busy machine
CITIZEN = installation.EXAMPLE_REQUEST["full_name"]


@dataclass
class Answer:
    """What a call of the API was answered."""

    status: int
    body: dict


@dataclass
class Server:
    """A started server in a session of its own, so that it can be killed with everything it started."""

    process: subprocess.Popen
    port: int
    log: Path

    def call(self, method: str, path: str, body: dict | None = None, token: str = "", key: str = "") -> Answer:
        """One call on a connection of its own."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            with closing(connection.getresponse()) as answer:
                return Answer(answer.status, json.loads(answer.read()))

    def file(self, key: str) -> Answer:
        """Files a request as the receiver of the agency, whose calls are not rationed."""
        entry = installation.EXAMPLE_REQUEST | {"decision_number": key}
        return self.call("POST", "/api/v1/requests", entry, "demo-dn-so-noi-vu-receiver", key)

    def is_ready(self) -> bool:
        try:
            return self.call("GET", "/api/v1/health/ready").body == {"status": "ready"}
        except (OSError, http.client.HTTPException):
            return False

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.is_ready() or self.process.poll() is not None, "the server")
        assert self.process.poll() is None, self.log.read_text()

    def kill(self) -> None:
        """SIGKILL to all of its processes at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@dataclass
class System:
    """An installed system in a folder."""

    folder: Path
    url: str
    capsys: pytest.CaptureFixture

    @property
    def environment(self) -> dict[str, str]:
        settings = {"GIAITRINH_FOLDER": str(self.folder), "GIAITRINH_DATABASE": self.url}
        return {**os.environ, **settings, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *words: str | Path) -> tuple[int, str]:
        self.capsys.readouterr()
        code = cli.main([str(word) for word in words])
        said = self.capsys.readouterr()
        return code, said.out + said.err

    @contextmanager
    def open(self) -> Iterator[Database]:
        key = cli._settings().master_key
        database = Database(self.url, master_key=key)
        try:
            yield database
        finally:
            database.dispose()

    def a_case(self) -> str:
        """The number of a new request, to an agency that has somebody to receive it."""
        with self.open() as database:
            for act in (set_receiver, give_receiver_role):
                commands.perform(database, SYSTEM_ACTOR, "receiver", act)
            return file_request(database)

    def start(self, *words: str) -> subprocess.Popen:
        """The command line as a process of its own."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "engine", *words],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @contextmanager
    def server(self, port: int = 0, *words: str) -> Iterator[Server]:
        port = port or free_port()
        server = Server(self.start("serve", "--port", str(port), *words), port, self.log)
        try:
            server.wait_until_ready()
            yield server
        finally:
            if server.process.poll() is None:
                server.kill()


@pytest.fixture(scope="session")
def installed_folder(tmp_path_factory) -> Path:
    """What `setup` leaves; tests copy it."""
    folder = tmp_path_factory.mktemp("installed")
    database = Database(sqlite_address(folder / "giaitrinh.sqlite3"))
    installation.set_up(database)
    database.dispose()
    return folder


@pytest.fixture
def system(tmp_path, installed_folder, monkeypatch, capsys) -> System:
    folder = tmp_path / "system"
    shutil.copytree(installed_folder, folder)
    return use(System(folder, sqlite_address(folder / "giaitrinh.sqlite3"), capsys), monkeypatch)


@pytest.fixture
def empty_system(tmp_path, monkeypatch, capsys) -> System:
    """A folder that does not exist yet."""
    folder = tmp_path / "system"
    return use(System(folder, sqlite_address(folder / "giaitrinh.sqlite3"), capsys), monkeypatch)


def use(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    """Lets the command line of this process work on this system."""
    monkeypatch.setenv("GIAITRINH_FOLDER", str(system.folder))
    monkeypatch.setenv("GIAITRINH_DATABASE", system.url)
    monkeypatch.delenv("GIAITRINH_MASTER_KEY", raising=False)
    return system


def set_receiver(tx: Transaction) -> dict:
    return people.set_participant(tx, "nguoi-tiep-nhan", "Người tiếp nhận", installation.EXAMPLE_REQUEST["agency"])


def give_receiver_role(tx: Transaction) -> dict:
    agency = installation.EXAMPLE_REQUEST["agency"]
    return people.assign_role(tx, "nguoi-tiep-nhan", "receiver", agency, date(2024, 1, 1))


def file_request(database: Database) -> str:
    """Files the example request as a citizen; returns its number."""
    from api.identity import REQUESTER

    entry = installation.EXAMPLE_REQUEST
    done = commands.perform(
        database, REQUESTER, "file_request", lambda tx: requests.file_request(tx, entry), str(uuid.uuid4()), entry
    )
    return done["case"]


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(true, what: str, patience: float = PATIENCE) -> None:
    """Waits for something that takes a moment, but not for ever."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
