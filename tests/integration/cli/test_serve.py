"""`serve` and `worker` as real processes: they answer, tick, drain, and survive being killed at any moment.

The last test is the promise of the whole house: what was acknowledged is there, once, and every trail holds.
"""

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import threading
import time
import uuid
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from engine import installation
from engine import server as server_room
from engine.audit import replay, verification
from engine.authority import SYSTEM_ACTOR
from engine.database import journal_mode
from tests.integration.cli.conftest import PATIENCE, Server, free_port, use, wait_until
from tests.integration.cli.test_scheduler import due_in, lapses

KILLS = 20
CLIENTS = 3


def test_a_served_system_answers_and_greets_with_the_next_steps(system):
    with system.server() as server:
        worklist = server.call("GET", "/api/v1/work-items", token="demo-dn-so-noi-vu-receiver")
        filed = server.call("POST", "/api/v1/requests", installation.EXAMPLE_REQUEST, key=str(uuid.uuid4()))
        longer = server.call("GET", "/api/v1/work-items", token="demo-dn-so-noi-vu-receiver")
        said = server.log.read_text()

    assert (worklist.status, filed.status) == (200, 201)
    assert [item["case"] for item in longer.body["items"]] == [filed.body["case"]]
    assert f"http://127.0.0.1:{server.port}" in said
    assert all(f"demo-{account} " in said for account in installation.SHOWN_ACCOUNTS)
    assert "CẢNH BÁO" not in said, "only this machine can reach it"


def test_a_due_timer_takes_effect_within_two_seconds_while_serving(system):
    number = system.a_case()
    with system.server(), system.open() as database:
        due_in(database, number, timedelta(seconds=1))
        wait_until(lambda: lapses(database, number), "the lapse")
        ((at, due_at),) = lapses(database, number)

    assert timedelta(0) <= at - due_at < timedelta(seconds=2)


def test_without_timers_nothing_lapses_until_a_worker_runs(system):
    number = system.a_case()
    with system.open() as database:
        due_in(database, number, timedelta(seconds=-1))
        with system.server(0, "--no-timers"):
            time.sleep(2)
            assert lapses(database, number) == []
        worker = system.start("worker")
        wait_until(lambda: lapses(database, number), "the lapse")
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(PATIENCE) == 0


def test_sigterm_lets_a_call_in_hand_finish(system):
    """Half of the call has arrived when SIGTERM comes; the rest comes afterwards, and is answered."""
    body = json.dumps(installation.EXAMPLE_REQUEST).encode()
    head = f"POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with system.server() as server, closing(socket.create_connection(("127.0.0.1", server.port), PATIENCE)) as call:
        call.sendall(head.encode() + body[:100])
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not server.is_ready(), "the door to close", 5)
        assert server.process.poll() is None, "it waits for the call in hand"
        call.sendall(body[100:])
        with closing(http.client.HTTPResponse(call)) as answer:
            answer.begin()
            receipt = json.loads(answer.read())
        code = server.process.wait(PATIENCE)

    assert (answer.status, code) == (201, 0)
    with system.open() as database:
        assert cases_of(database)[receipt["case"]] == 1


def test_sigterm_under_load_ends_within_its_time_without_an_error(system):
    """Whoever was let in is answered; whoever comes later finds a closed door, not a broken call."""
    with system.server() as server:
        clients = [Client(server, random.Random(number)) for number in range(CLIENTS)]
        wait_until(lambda: sum(len(client.receipts) for client in clients) >= 6, "some receipts")
        begun = time.monotonic()
        code = server.terminate()
        took = time.monotonic() - begun
        for client in clients:
            client.stop()

    assert (code, took < server_room.DRAIN) == (0, True)
    assert [
        failure for client in clients for failure in client.failures if not isinstance(failure, ConnectionRefusedError)
    ] == []
    with system.open() as database:
        known = cases_of(database)
        assert [receipt for client in clients for receipt in client.receipts if known[receipt] != 1] == []


def test_a_taken_port_is_told_in_both_languages(system):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code, said = system.run("serve", "--port", str(other.getsockname()[1]))

    assert (code, "hãy chọn cổng khác" in said, "try another --port" in said) == (4, True, True)


@pytest.mark.skipif(journal_mode() == "WAL", reason="this SQLite has not the WAL-reset defect")
def test_a_file_in_wal_mode_is_taken_back_where_wal_may_lose_data(system):
    """Somebody made it with a sound SQLite and brought it here."""
    with closing(sqlite3.connect(system.folder / "giaitrinh.sqlite3")) as file:
        assert file.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    with system.server():
        pass

    with closing(sqlite3.connect(system.folder / "giaitrinh.sqlite3")) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_open_door_with_demonstration_tokens_is_warned_of(system):
    with system.open() as database, database.read(SYSTEM_ACTOR) as tx:
        assert "CẢNH BÁO" in installation.greeting(tx, "http://x", is_private=False)
        tx.connection.execute(text("DELETE FROM api_token"))
        assert "CẢNH BÁO" not in installation.greeting(tx, "http://x", is_private=False)


def test_on_postgresql_timers_tick_beside_the_web_and_both_end_together(empty_system, postgresql_url, monkeypatch):
    empty_system.url = postgresql_url
    empty_system.folder.mkdir()
    use(empty_system, monkeypatch)
    assert empty_system.run("setup", "--no-demo")[0] == 0
    unsafe = empty_system.run("serve", "--port", str(free_port()))
    assert (unsafe[0], "fsync" in unsafe[1]) == (4, True), "the server of the tests may forget at a power cut"

    with empty_system.server(0, "--unsafe-database", "--processes", "2") as server:
        number = empty_system.a_case()
        with empty_system.open() as database:
            with database.begin(SYSTEM_ACTOR) as tx:
                tx.connection.execute(text("UPDATE timer SET due_at = '2026-01-01T00:00:00.000000Z'"))
            query = text("SELECT count(*) FROM event WHERE type = 'timer_lapsed'")

            def lapsed() -> bool:
                with database.read(SYSTEM_ACTOR) as tx:
                    return tx.connection.execute(query).scalar_one() > 0

            wait_until(lapsed, f"the lapse of {number}")
        assert server.terminate() == 0
        wait_until(lambda: not server.is_ready(), "the end of the web")


@pytest.mark.timeout(600)
def test_twenty_kills_lose_nothing_and_double_nothing(system):
    """Clients file all the time and repeat what was not answered, with the same key; the server is killed at random moments.

    In the end: every key has one receipt, every receipt one case, there is no case beside them, and every trail holds.
    """
    chance = random.Random(os.environ.get("GIAITRINH_TEST_SEED", "53"))
    port = free_port()
    clients: list[Client] = []
    try:
        for round_ in range(KILLS):
            with system.server(port) as server:
                if not clients:
                    clients = [Client(server, random.Random(number)) for number in range(CLIENTS)]
                before = sum(len(client.receipts) for client in clients)
                wait_until(lambda: sum(len(client.receipts) for client in clients) > before, "a receipt")  # noqa: B023 - called at once
                time.sleep(chance.uniform(0, 0.4))
                if round_ % 5 == 4:
                    kill_the_worker_only(server)
                    wait_until(server.is_ready, "the next worker")
                server.kill()
        with system.server(port):
            for client in clients:
                client.finish()
    finally:
        for client in clients:
            client.stop()

    receipts = [receipt for client in clients for receipt in client.receipts]
    with system.open() as database:
        assert cases_of(database) == Counter(receipts)
        assert max(Counter(receipts).values()) == 1
        assert verification.verify_all(database).holds
        assert replay.replay_all(database).holds
    assert len(receipts) >= KILLS


class Client:
    """Files one request after the other; what is not answered is sent again with its key until it is."""

    def __init__(self, server: Server, chance: random.Random) -> None:
        self.server = server
        self.chance = chance
        self.receipts: list[str] = []
        self.failures: list[Exception] = []
        self.wrong: list[object] = []
        self._is_last = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def finish(self) -> None:
        """Brings what it has in hand to its end, and no more."""
        self._is_last.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        assert self.wrong == []

    def stop(self) -> None:
        """Lets go of everything."""
        self._stopped.set()
        self._thread.join(PATIENCE)

    def _go_on(self) -> None:
        while not self._is_last.is_set() and not self._stopped.is_set():
            key = str(uuid.UUID(int=self.chance.getrandbits(128)))
            while not self._stopped.is_set():
                try:
                    answer = self.server.file(key)
                except (OSError, http.client.HTTPException, ValueError) as failure:
                    self.failures.append(failure)
                    self._stopped.wait(0.05)
                    continue
                if answer.status == 201:
                    self.receipts.append(answer.body["case"])
                    break
                if answer.status != 503:  # "not known whether": sent again with the same key
                    self.wrong.append(answer)
                    return


def kill_the_worker_only(server: Server) -> None:
    """SIGKILL to gunicorn's worker, not to its master."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    assert children
    for child in children:
        os.kill(int(child), signal.SIGKILL)


def cases_of(database) -> Counter:
    """How many cases there are with each number of a request."""
    with database.read(SYSTEM_ACTOR) as tx:
        rows = tx.connection.execute(text("SELECT number FROM case_ WHERE process = 'accountability_request'"))
        return Counter(number for (number,) in rows)
