"""The set-up keeps its promises: pinned, hashed, bound to no registry, and startable with nothing but Python."""

import ast
import contextlib
import functools
import hashlib
import http.server
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.lock"))
ROOMS = ["api", "engine", "forms", "workflows"]

PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[a-z0-9.+!]+)(?: ; (?P<marker>[a-z_0-9 .<>=!'()A-Z]+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


# --- locks -----------------------------------------------------------------------------------------------------------


def hashes_of(lock: Path) -> dict[str, int]:
    """How many hashes stand below each pin. Fails on a line that is neither pin nor hash: an address, a path, an option."""
    hashes: dict[str, int] = {}
    pin = ""
    for line in lock.read_text().splitlines():
        if PIN.fullmatch(line):
            pin = line.removesuffix(" \\")
            hashes[pin] = 0
        else:
            assert HASH.fullmatch(line), f"{lock.name} has a line that is neither pin nor hash: {line}"
            hashes[pin] += 1
    return hashes


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_is_made_of_pins_with_hashes_and_names_no_place(lock):
    assert [pin for pin, hashes in hashes_of(lock).items() if not hashes] == []


def test_every_list_of_needs_is_locked():
    assert {path.stem for path in (ROOT / "locks").glob("*.in")} == {lock.stem for lock in LOCKS}


def test_whoever_develops_has_the_very_packages_that_run():
    run, dev = hashes_of(ROOT / "locks/run.lock"), hashes_of(ROOT / "locks/dev.lock")
    assert run == {pin: hashes for pin, hashes in dev.items() if pin in run}


def test_pip_is_named_by_file_and_hash_alone():
    pip = json.loads((ROOT / "locks/pip.json").read_text())
    assert set(pip) == {"file", "sha256"}
    assert re.fullmatch(r"pip-[0-9.]+-py3-none-any\.whl", pip["file"])
    assert re.fullmatch(r"[0-9a-f]{64}", pip["sha256"])


def test_the_rooms_import_only_what_the_run_time_lock_installs():
    """A package that only the tests bring along would be missing where the system runs."""
    locked = {PIN.fullmatch(pin + " \\")["name"] for pin in hashes_of(ROOT / "locks/run.lock")}
    installed = importlib.metadata.packages_distributions()
    strangers = {
        f"{file.relative_to(ROOT)}: {module}"
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for module in modules_imported_by(file) - set(sys.stdlib_module_names) - set(ROOMS)
        if not {re.sub(r"[-_.]+", "-", name).lower() for name in installed.get(module, ())} & locked
    }
    assert strangers == set()


def modules_imported_by(file: Path) -> set[str]:
    """The top-level names of all modules that a file imports, wherever in it."""
    modules = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.add(node.module.partition(".")[0])
    return modules


# --- the script ------------------------------------------------------------------------------------------------------


def dev_as_module():
    """./dev as a module of its own, so that a test may change its constants."""
    loader = importlib.machinery.SourceFileLoader("dev_under_test", str(ROOT / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def call_dev(*words: str, **environment: str) -> subprocess.CompletedProcess:
    """What ./dev says and how it ends."""
    return subprocess.run(
        [sys.executable, ROOT / "dev", *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_dev_needs_nothing_but_the_standard_library():
    assert modules_imported_by(ROOT / "dev") - set(sys.stdlib_module_names) == set()


def test_dev_alone_names_every_command_with_one_line_each():
    outcome = call_dev()
    commands = re.findall(r"^  (\w+) +\S.*\.", outcome.stdout, flags=re.MULTILINE)
    assert (outcome.returncode, commands) == (0, list(dev_as_module().COMMANDS))
    assert {"run", "test", "check", "demo", "bench", "fmt", "migration", "histories"} <= set(commands)


def test_dev_refuses_a_word_it_does_not_know():
    outcome = call_dev("tset")
    assert outcome.returncode == 2
    assert "does not know 'tset'" in outcome.stderr


def test_dev_can_be_started_as_a_program():
    assert os.access(ROOT / "dev", os.X_OK)


def test_dev_never_deletes_a_folder_it_did_not_make(tmp_path):
    (tmp_path / "letters").write_text("mine")
    outcome = call_dev("fmt", GIAITRINH_VENV=str(tmp_path))
    assert outcome.returncode == 1
    assert "was not made by ./dev" in outcome.stderr
    assert (tmp_path / "letters").read_text() == "mine"


def test_an_environment_that_was_cut_off_is_not_usable(tmp_path):
    dev = dev_as_module()
    dev.VENV, dev.STAMPS = tmp_path, tmp_path / ".giaitrinh"
    dev.STAMPS.mkdir()
    assert not dev.environment_is_usable()
    (dev.STAMPS / "made-for").write_text(dev.this_python())
    assert dev.environment_is_usable()
    (dev.STAMPS / "installing").write_text("run.lock")
    assert not dev.environment_is_usable()


def test_migrations_are_counted(tmp_path):
    dev = dev_as_module()
    dev.ROOT = tmp_path
    versions = tmp_path / "engine" / "migrations" / "versions"
    versions.mkdir(parents=True)
    assert dev.next_migration_number() == "0001"
    (versions / "0009_grounds.py").touch()
    (versions / "__init__.py").touch()
    assert dev.next_migration_number() == "0010"


# --- a Python without pip --------------------------------------------------------------------------------------------

WHEEL = b"the bytes of pip"


@contextlib.contextmanager
def package_index(folder: Path):
    """A package index that has one wheel of pip. Yields its address and what was sent to it as authorization."""
    (folder / "simple/pip").mkdir(parents=True)
    (folder / "files").mkdir()
    (folder / "files/pip-1.0-py3-none-any.whl").write_bytes(WHEEL)
    links = ["../../files/pip-0.9-py3-none-any.whl#sha256=0", "../../files/pip-1.0-py3-none-any.whl#sha256=1"]
    (folder / "simple/pip/index.html").write_text("".join(f'<a href="{link}">{link}</a>' for link in links))
    seen: list[str | None] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            super().do_GET()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}/simple", seen
        server.shutdown()


@pytest.fixture
def bare_dev(tmp_path, monkeypatch):
    """./dev on a machine where nothing is configured, wanting the wheel that `package_index` has."""
    for name in list(os.environ):
        if name.lower().startswith("pip_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    dev = dev_as_module()
    dev.LOCKS = tmp_path
    dev.pip_configuration_files = lambda: [tmp_path / "own.conf", tmp_path / "shared.conf"]
    name_the_wheel(tmp_path, hashlib.sha256(WHEEL).hexdigest())
    return dev


def name_the_wheel(folder: Path, sha256: str) -> None:
    (folder / "pip.json").write_text(json.dumps({"file": "pip-1.0-py3-none-any.whl", "sha256": sha256}))


def test_pip_comes_from_the_configured_index(bare_dev, tmp_path, monkeypatch):
    with package_index(tmp_path / "index") as (address, seen):
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{address}/")
        assert bare_dev.fetch_pip(tmp_path).read_bytes() == WHEEL
    assert seen == [None, None]


def test_the_name_and_password_of_a_private_index_are_sent_as_a_header(bare_dev, tmp_path, monkeypatch):
    with package_index(tmp_path / "index") as (address, seen):
        monkeypatch.setenv("PIP_INDEX_URL", f"http://an:m%40t@{address}")
        assert bare_dev.fetch_pip(tmp_path).read_bytes() == WHEEL
    assert seen == ["Basic YW46bUB0"] * 2


def test_a_wheel_with_another_hash_is_not_let_in(bare_dev, tmp_path, monkeypatch):
    name_the_wheel(tmp_path, "0" * 64)
    with package_index(tmp_path / "index") as (address, _):
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{address}")
        with pytest.raises(bare_dev.Refused, match="hash differs"):
            bare_dev.fetch_pip(tmp_path)
    assert not (tmp_path / "pip-1.0-py3-none-any.whl").exists()


@pytest.mark.parametrize(
    ("index", "debian", "source"),
    [
        ("http://index", False, "fetch_pip"),
        ("http://index", True, "fetch_pip"),
        ("", True, "fetch_pip_of_debian"),
    ],
)
def test_the_pinned_pip_is_preferred_to_that_of_debian(bare_dev, index, debian, source):
    assert bare_dev.source_of_pip(index=index, debian=debian) is getattr(bare_dev, source)


def test_without_index_and_debian_the_person_is_told_what_to_install(bare_dev):
    assert bare_dev.configured_index() == ""
    with pytest.raises(bare_dev.Refused, match="apt install python3-venv"):
        bare_dev.source_of_pip(index=bare_dev.configured_index(), debian=False)


@pytest.mark.parametrize(
    ("own", "shared", "index"),
    [
        ("[global]\nindex-url = http://own", "[global]\nindex-url = http://shared", "http://own"),
        ("[global]\ncert = /x", "[global]\nindex_url = http://shared/", "http://shared"),
        ("[global]\nindex-url = http://global\n[install]\nindex-url = http://install", "", "http://install"),
        ("index-url without a section", "[global]\nindex-url = http://100%25", "http://100%25"),
    ],
)
def test_the_index_is_the_one_pip_is_configured_for(bare_dev, tmp_path, own, shared, index):
    (tmp_path / "own.conf").write_text(own)
    (tmp_path / "shared.conf").write_text(shared)
    assert bare_dev.configured_index() == index


def test_the_environment_is_stronger_than_the_files(bare_dev, tmp_path, monkeypatch):
    (tmp_path / "own.conf").write_text("[global]\nindex-url = http://own")
    monkeypatch.setenv("PIP_INDEX_URL", "http://environment")
    assert bare_dev.configured_index() == "http://environment"


# --- a Debian without pip --------------------------------------------------------------------------------------------

CERTIFI = """
def where():
    return "/there/is/no/such/list"
"""


def wheel_of_debian(folder: Path) -> Path:
    """A wheel in which, as in Debian's, the authorities that pip carries are not the ones it looks for."""
    wheel = folder / "pip-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pip/__init__.py", "")
        archive.writestr("pip/_vendor/certifi/core.py", CERTIFI)
        archive.writestr("pip/_vendor/certifi/cacert.pem", "the authorities that pip carries")
    return wheel


@pytest.fixture
def fresh_debian(tmp_path, monkeypatch):
    """apt as in a fresh image: without package lists, its only source the folder that it yields."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        pytest.skip("this system has no apt")
    archive, settings = tmp_path / "archive", tmp_path / "apt.conf"
    archive.mkdir()
    (tmp_path / "state/lists/partial").mkdir(parents=True)
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] file:{archive} ./\n")
    (tmp_path / "status").touch()
    places = {
        "Dir::State": "state",
        "Dir::State::status": "status",  # nothing is installed
        "Dir::Etc::sourcelist": "sources.list",
        "Dir::Etc::sourceparts": "none",
    }
    settings.write_text("".join(f'{name} "{tmp_path / place}";\n' for name, place in places.items()))
    monkeypatch.setenv("APT_CONFIG", str(settings))
    return archive


def offer(archive: Path, wheel: Path) -> None:
    """Put a package that holds the wheel into the archive, and list it."""
    package = archive.parent / "package"
    (package / "usr/share/python-wheels").mkdir(parents=True)
    shutil.copy(wheel, package / "usr/share/python-wheels")
    control = "Package: python3-pip-whl\nVersion: 1.0\nArchitecture: all\nMaintainer: x <x@localhost>\nDescription: x\n"
    (package / "DEBIAN").mkdir()
    (package / "DEBIAN/control").write_text(control)
    file = archive / "python3-pip-whl_1.0_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", package, file], check=True, capture_output=True)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    entry = f"{control}Filename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {sha256}\n"
    (archive / "Packages").write_text(entry)


def test_a_debian_without_package_lists_gives_its_pip(bare_dev, fresh_debian, tmp_path, capsys):
    bare_dev.AUTHORITIES_OF_DEBIAN = tmp_path
    wheel = wheel_of_debian(tmp_path)
    offer(fresh_debian, wheel)
    (tmp_path / "ours").mkdir()
    assert bare_dev.fetch_pip_of_debian(tmp_path / "ours").read_bytes() == wheel.read_bytes()
    assert "apt-get reads new ones, for us alone" in capsys.readouterr().out
    assert list((tmp_path / "state/lists").iterdir()) == [tmp_path / "state/lists/partial"]


def test_where_apt_fails_the_person_is_told_why_and_what_to_install(bare_dev, fresh_debian, tmp_path):
    (fresh_debian / "Packages").touch()
    (tmp_path / "ours").mkdir()
    with pytest.raises(bare_dev.Refused, match=r"python3-pip-whl[^$]*apt install python3-venv"):
        bare_dev.fetch_pip_of_debian(tmp_path / "ours")


def test_all_that_apt_learns_for_us_stays_in_our_folder(bare_dev, tmp_path):
    places = [word for word in bare_dev.settings_for_own_lists(tmp_path) if "=Dir::" in word]
    assert len(places) == 3
    assert all(Path(word.rpartition("=")[2]).is_relative_to(tmp_path) for word in places)


@pytest.mark.parametrize("system_has_a_list", [True, False])
def test_pip_of_debian_trusts_the_list_of_the_system_or_else_its_own(bare_dev, tmp_path, system_has_a_list):
    wheel = wheel_of_debian(tmp_path)
    bare_dev.let_it_trust_its_own_authorities(wheel)
    of_the_system = tmp_path / "ca-certificates.crt"
    if system_has_a_list:
        of_the_system.touch()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    core = tmp_path / "site/pip/_vendor/certifi/core.py"
    core.write_text(core.read_text().replace("/there/is/no/such/list", str(of_the_system)))
    trusted = of_the_system if system_has_a_list else core.with_name("cacert.pem")
    assert runpy.run_path(str(core))["where"]() == str(trusted)
    assert trusted.exists()


# --- continuous integration ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 3])
def test_continuous_integration_runs_dev_check_and_ends_as_it_ends(tmp_path, code):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    (tmp_path / "dev").write_text(f"#!/bin/sh\necho dev $*\nexit {code}\n")
    (tmp_path / "dev").chmod(0o755)
    outcome = subprocess.run([tmp_path / ".ci/run"], cwd="/", capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout) == (code, "dev check\n")


def test_check_and_test_run_the_tests_by_the_same_command():
    """What CI proves is what the README tells a reader to type."""
    functions = {
        node.name: node for node in ast.parse((ROOT / "dev").read_text()).body if isinstance(node, ast.FunctionDef)
    }
    called = {
        name: {
            call.func.id for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        }
        for name, node in functions.items()
    }
    assert "tests" in called["test"] & called["check"]
    assert "demonstration" in called["demo"] & called["check"]
    assert [name for name, node in functions.items() if "pytest" in ast.unparse(node.body[1:])] == ["tests"]


# --- fences that one code of ruff cannot hold apart ------------------------------------------------------------------


def test_the_rooms_excused_from_the_fences_still_do_not_read_the_wall_clock():
    """ruff excuses engine/bpmn and engine/scheduler.py from TID251 because of one library each, not because of time."""
    files = [*(ROOT / "engine/bpmn").rglob("*.py"), *(ROOT / "engine").glob("scheduler.py")]
    assert {f"{file.name}:{line}" for file in files for line in lines_reading_the_wall_clock(file)} == set()


def lines_reading_the_wall_clock(file: Path) -> set[int]:
    """Where a file names datetime.now, utcnow, today, date.today or time.time."""
    names = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
    return {
        node.lineno
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and (ast.unparse(node.value).rpartition(".")[2], node.attr) in names
    }
