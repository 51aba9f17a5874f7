"""The words of the house: audit event types, roles and commands mean the same everywhere they are used."""

import re
import subprocess
import sys
from pathlib import Path

from engine.audit.exports import LIFECYCLE
from engine.cli import program
from engine.vocabulary import MOVES_TOKENS, EventType, Role
from workflows import catalogue

ROOT = Path(__file__).parents[2]
ADMINISTRATION = {
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


def test_every_event_type_of_a_case_has_a_lifecycle_transition_in_xes() -> None:
    assert set(LIFECYCLE) == set(EventType) - ADMINISTRATION


def test_event_types_are_subject_and_past_tense() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", event_type) for event_type in EventType)
    assert set(EventType) - ADMINISTRATION >= MOVES_TOKENS


def test_every_role_of_a_diagram_is_a_role_of_the_vocabulary() -> None:
    named = {
        role
        for folder in catalogue.processes()
        for role in re.findall(r'gt:role="(\w+)"', folder.bpmn_path.read_text())
    }

    assert named <= {*Role, "system"}


def test_commands_that_the_readmes_name_exist() -> None:
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.vi.md"))
    helped = subprocess.run([sys.executable, ROOT / "dev"], capture_output=True, text=True, check=False).stdout

    for command in set(re.findall(r"\./dev ([a-z]+)", text)):
        assert re.search(rf"^\s+(\./dev )?{command}\b", helped, re.MULTILINE), command
    for command in set(re.findall(r"python -m engine ([a-z-]+)", text)):
        assert command in program.commands, command


def test_readmes_have_no_gaps() -> None:
    for name in ("README.md", "README.vi.md"):
        assert "{{" not in (ROOT / name).read_text(encoding="utf-8"), name
