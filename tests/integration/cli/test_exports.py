"""`export`: a bundle that a third party checks with a bare Python, and event logs for process mining."""

import hashlib
import json
import random
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from lxml import etree

from engine.audit import exports
from engine.commands import timers
from engine.time.clock import VirtualClock
from engine.vocabulary import EventType
from tests.integration.cli.conftest import CITIZEN

XES = f"{{{exports.XES}}}"
OF_THE_ADMINISTRATION = {
    EventType.DEFINITION_PUBLISHED,
    EventType.PLAN_LOADED,
    EventType.CALENDAR_DAY_SET,
    EventType.LEGAL_PARAMETER_SET,
    EventType.ORGANISATION_SET,
    EventType.PARTICIPANT_SET,
    EventType.ROLE_ASSIGNED,
    EventType.DOCUMENT_REGISTERED,
    EventType.API_TOKEN_ISSUED,
    EventType.API_TOKEN_REVOKED,
}


@pytest.fixture
def lapsed(system) -> str:
    """A request that was left lying until it was referred: several lines, two cases."""
    number = system.a_case()
    with system.open() as database:
        database.clock = VirtualClock(database.clock.now() + timedelta(days=40))
        timers.lapse_all_due(database)
    return number


@pytest.fixture
def bundle(system, lapsed):
    assert system.run("export", "--all", system.folder / "bundle")[0] == 0
    return system.folder / "bundle"


def test_a_bare_python_checks_the_bundle(bundle):
    done = check(bundle)

    assert (done.returncode, "TOÀN VẸN / HOLDS" in done.stdout) == (0, True), done.stdout
    assert json.loads((bundle / "MANIFEST").read_text())["trails"][0]["number"] == "administration"


def test_the_hash_that_is_told_is_that_of_the_manifest(system, lapsed):
    code, said = system.run("export", lapsed, system.folder / "one")
    digest = hashlib.sha256((system.folder / "one" / "MANIFEST").read_bytes()).hexdigest()

    assert (code, digest in said) == (0, True)
    assert check(system.folder / "one", "--manifest", digest).returncode == 0
    assert check(system.folder / "one", "--manifest", "0" * 64).returncode == 1


def test_an_edit_of_one_character_is_found_wherever_it_is(bundle):
    """Even when the list of files was made anew: the chain finds it."""
    original = (bundle / "events.jsonl").read_bytes()
    chance = random.Random(53)
    for _ in range(25):
        at = chance.randrange(len(original))
        edited = original[:at] + (b"7" if original[at : at + 1] != b"7" else b"8") + original[at + 1 :]
        (bundle / "events.jsonl").write_bytes(edited)
        rewrite_manifest(
            bundle, lambda manifest, edited=edited: manifest["files"].update({"events.jsonl": sha256(edited)})
        )
        done = check(bundle)
        line = original.count(b"\n", 0, at) + 1
        assert done.returncode == 1, f"byte {at}"
        assert f"line {line}" in done.stdout or f"line {line + 1}" in done.stdout or "its end" in done.stdout


def test_a_line_that_is_missing_or_moved_is_found(bundle):
    lines = (bundle / "events.jsonl").read_bytes().splitlines(keepends=True)
    for forged in (
        lines[:-1],
        [*lines[:5], *lines[6:]],
        [*lines[:5], lines[6], lines[5], *lines[7:]],
        [*lines, lines[-1]],
    ):
        (bundle / "events.jsonl").write_bytes(b"".join(forged))
        rewrite_manifest(bundle, lambda m, forged=forged: m["files"].update({"events.jsonl": sha256(b"".join(forged))}))
        assert check(bundle).returncode == 1


@pytest.mark.parametrize("name", ["definitions", "diagrams", "HUONG-DAN.md", "verify.py"])
def test_every_other_file_is_watched_too(bundle, name):
    path = next((bundle / name).rglob("*.*")) if (bundle / name).is_dir() else bundle / name
    path.write_bytes(path.read_bytes() + b" ")

    assert check(bundle).returncode == 1


def test_a_broken_manifest_is_told(bundle):
    (bundle / "MANIFEST").write_text("{")
    done = check(bundle)

    assert (done.returncode, "KHÔNG ĐỌC ĐƯỢC" in done.stdout) == (2, True)


def test_a_bundle_of_one_case_holds_its_trail_and_its_process_only(system, lapsed):
    folder = system.folder / "one"
    assert system.run("export", lapsed, folder)[0] == 0
    manifest = json.loads((folder / "MANIFEST").read_text())
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]

    assert [entry["number"] for entry in manifest["trails"]] == [lapsed]
    assert [line["seq"] for line in lines] == list(range(1, manifest["trails"][0]["length"] + 1))
    assert [path.stem for path in (folder / "definitions").iterdir()] == [lines[0]["definition"]]
    assert check(folder).returncode == 0


def test_a_bundle_holds_no_personal_values(bundle):
    for path in bundle.rglob("*.*"):
        assert CITIZEN.encode() not in path.read_bytes()
        assert b"0912345678" not in path.read_bytes()


def test_a_folder_that_holds_something_is_left_alone(system, lapsed, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("mine")
    code, said = system.run("export", "--all", tmp_path / "full")

    assert (code, "đã có nội dung" in said) == (3, True)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter"]


def test_xes_holds_a_trace_for_each_case_and_an_event_for_each_line(system, lapsed):
    path = system.folder / "log.xes"
    assert system.run("export", "--all", "--xes", path)[0] == 0
    log = etree.parse(path).getroot()
    expected = system.run("verify")[1]

    assert log.tag == f"{XES}log"
    assert log.get("xes.version") == "1849-2016"
    assert {e.get("prefix") for e in log.findall(f"{XES}extension")} == {"concept", "lifecycle", "org", "time"}
    traces, events = log.findall(f"{XES}trace"), log.findall(f"{XES}trace/{XES}event")
    assert f"TOÀN VẸN: {len(traces)} hồ sơ, {len(events)} dòng." in expected
    for event in events:
        values = {child.get("key"): child.get("value") for child in event}
        assert {"concept:name", "lifecycle:transition", "org:resource", "time:timestamp"} <= set(values)
        assert datetime.fromisoformat(values["time:timestamp"]).tzinfo is not None


def test_xes_of_one_case_tells_its_story(system, lapsed):
    path = system.folder / "one.xes"
    assert system.run("export", lapsed, "--xes", path)[0] == 0
    (trace,) = etree.parse(path).getroot().findall(f"{XES}trace")
    story = [
        (values["concept:name"], values["type"])
        for values in (
            {child.get("key"): child.get("value") for child in event} for event in trace.findall(f"{XES}event")
        )
    ]

    assert story[0] == ("case_started", "case_started")
    assert ("Hết hạn thông báo", "timer_lapsed") in story


def test_every_audit_event_type_of_a_case_has_a_place_in_the_lifecycle():
    standard = {"schedule", "assign", "reassign", "start", "suspend", "resume", "complete", "autoskip", "manualskip",
                "withdraw", "ate_abort", "pi_abort", "unknown"}  # fmt: skip

    assert set(exports.LIFECYCLE) == set(EventType) - OF_THE_ADMINISTRATION
    assert set(exports.LIFECYCLE.values()) <= standard


def test_words_that_do_not_fit_are_refused(system):
    for words in ([], ["--all"], ["X"], ["X", "folder", "--all"]):
        assert system.run("export", *words)[0] == 2
    assert system.run("export", "YCGT-KHONG-CO", system.folder / "none")[0] == 3
    assert not (system.folder / "none").exists()


def check(folder, *words: str) -> subprocess.CompletedProcess:
    """The bundle's own verifier in a Python without any package, as a third party runs it."""
    return subprocess.run(
        [sys.executable, "-I", "-S", folder / "verify.py", *words], capture_output=True, text=True, check=False
    )


def rewrite_manifest(folder, change) -> None:
    manifest = json.loads((folder / "MANIFEST").read_text())
    change(manifest)
    (folder / "MANIFEST").write_text(json.dumps(manifest))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
