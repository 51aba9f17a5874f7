"""Every recorded history replays: the same markings, the same decisions, the same hashes, line by line."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.audit.replay import Diverged, replay
from engine.audit.verification import verify_lines
from engine.bpmn.definitions import published
from tests.histories import shelf
from workflows import catalogue


@pytest.mark.parametrize("path", shelf.files(), ids=lambda path: path.stem)
def test_recorded_history_verifies_and_replays(path: Path) -> None:
    history = shelf.read(path)

    assert verify_lines(history.lines, history.number, history.length, history.head) is None
    assert len(list(replay(published(history.source), history.lines))) == history.length


def test_every_process_has_recorded_histories() -> None:
    recorded = {path.name.split("-")[0] for path in shelf.files()}

    assert recorded == {folder.id for folder in catalogue.processes()}


def test_replay_names_the_first_line_that_differs() -> None:
    history = max((shelf.read(path) for path in shelf.files()), key=lambda one: one.length)
    index = next(i for i, line in enumerate(history.lines) if line.type == "work_item_completed")
    line = history.lines[index]
    altered = replace(line, body=line.body.replace('"state_sha256":"', '"state_sha256":"0'))
    lines = [*history.lines[:index], altered, *history.lines[index + 1 :]]

    with pytest.raises(Diverged) as diverged:
        list(replay(published(history.source), lines))

    assert diverged.value.seq == line.seq
