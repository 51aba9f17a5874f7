"""The examples of the accountability request run from filing to archive, each to the outcome that it names."""

import json

import pytest

import forms
from engine.bpmn import runtime
from engine.bpmn.definitions import DefinitionSource, parse
from workflows.catalogue import HERE, process_folder

FOLDER = HERE / "accountability_request"
EXAMPLES = sorted((FOLDER / "examples").glob("*.json"))
CASE = {
    "number": "YCGT-2026-000001",
    "agency": "ubnd-phuong",
    "started_at": "2026-06-01T08:30:00+07:00",
    "process": FOLDER.name,
}


@pytest.fixture(scope="module")
def definition():
    folder = process_folder(FOLDER)
    return parse(
        DefinitionSource(
            process=folder.id,
            bpmn=folder.bpmn_path.read_text("utf-8"),
            tables=tuple((path.name, path.read_text("utf-8")) for path in folder.dmn_paths),
            deadlines=tuple(rule.as_row() for rule in folder.deadlines),
        )
    )


def at(step, element):
    """The token on which this user task, timer or message waits (the first instance, when there are several)."""
    waiting = [token for token in step.after if token.kind in {"user", "timer", "message"}]
    found = [token.id for token in waiting if token.element == element]
    assert found, f"{element} is not open, but {[token.element for token in waiting]}"
    return found[0]


def start(definition, example):
    values = forms.load("accountability_request.start", example["start"]).values
    return runtime.start(definition, {"start": values, "case": CASE})


def play(definition, example):
    """The last step, and everything that was thrown or lapsed on the way."""
    step = start(definition, example)
    for row in example["steps"]:
        element = definition.elements[row["element"]]
        values = forms.load(element.form, row["data"]).values
        token = at(step, row["element"])
        act = runtime.deliver if "message" in row else runtime.complete
        assert element.message == row.get("message")
        step = act(definition, step.frontier, token, values)
    return step


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_from_filing_to_archive(definition, path):
    example = json.loads(path.read_text("utf-8"))
    last = play(definition, example)
    assert (last.ended, last.outcome, last.after) == (True, example["outcome"], ())


def test_every_outcome_has_an_example(definition):
    outcomes = {element.outcome for element in definition.elements.values() if element.outcome}
    assert {json.loads(path.read_text("utf-8"))["outcome"] for path in EXAMPLES} == outcomes


def test_every_user_task_is_completed_in_some_example(definition):
    done = {row["element"] for path in EXAMPLES for row in json.loads(path.read_text("utf-8"))["steps"]}
    people = {element.id for element in definition.elements.values() if element.kind == "userTask"}
    assert people - done == {"choose_course"}  # opened by the twelfth day, see below


def until(definition, name, element):
    """The example `name`, played until this user task is open."""
    example = json.loads((FOLDER / "examples" / f"{name}.json").read_text("utf-8"))
    place = next(n for n, row in enumerate(example["steps"]) if row["element"] == element)
    return play(definition, {**example, "steps": example["steps"][:place]})


@pytest.mark.parametrize(
    ("element", "timer", "deadline", "stage"),
    [
        ("classify", "intake_lapsed", "accept_or_refuse", "intake"),
        ("draft", "explain_lapsed", "explain", "explanation"),
        ("publish", "publish_lapsed", "publish", "publication"),
        ("archive", "archive_lapsed", "archive", "archive"),
    ],
)
def test_a_lapse_is_referred_and_the_work_stays(definition, element, timer, deadline, stage):
    before = until(definition, "answered", element)
    after = runtime.lapse(definition, before.frontier, at(before, timer))
    referred = [thrown.payload for thrown in after.messages if thrown.name == "deadline_lapsed"]
    assert referred == [
        {
            "kind": "accountability_request_late",
            "case": CASE["number"],
            "agency": CASE["agency"],
            "deadline": deadline,
            "stage": stage,
        }
    ]
    assert at(after, element) == at(before, element)


@pytest.mark.parametrize(
    ("name", "element", "timer", "starts"),
    [
        ("answered", "classify", "intake_lapsed", "2026-06-01T08:30:00+07:00"),
        ("answered", "assign", "explain_lapsed", "2026-06-03"),
        ("answered", "publish", "publish_lapsed", "2026-06-16"),
        ("answered", "close_file", "close_reminder", "2026-06-19"),
        ("answered", "archive", "archive_lapsed", "2026-06-24"),
        ("refused", "close_file", "close_reminder", "2026-06-03"),
        ("not_supplemented", "record_supplement", "supplement_lapsed", "2026-06-02"),
        ("not_supplemented", "close_file", "close_reminder", "2026-06-17"),
        ("withdrawn", "close_file", "close_reminder", "2026-06-12"),
    ],
)
def test_a_clock_starts_with_the_act_that_starts_it(definition, name, element, timer, starts):
    opened = {found.element: found.starts for found in until(definition, name, element).timers}
    assert opened[timer] == starts


def test_the_twelfth_day_asks_the_head_and_the_sending_ends_the_question(definition):
    before = until(definition, "answered", "send")
    asked = runtime.lapse(definition, before.frontier, at(before, "explain_choose"))
    assert [work.element for work in asked.work] == ["choose_course"]
    sent = runtime.complete(definition, asked.frontier, at(asked, "send"), {"sent_on": "2026-06-16"})
    assert {token.element for token in sent.after if token.kind == "user"} == {"publish"}


def test_without_a_notice_the_supervisor_and_the_requester_are_told(definition):
    before = until(definition, "answered", "decide")
    after = runtime.lapse(definition, before.frontier, at(before, "intake_unanswered"))
    assert [thrown.payload["to_role"] for thrown in after.messages] == ["supervisor", "requester"]


def test_a_withdrawal_takes_all_open_work_away(definition):
    before = until(definition, "answered", "verify")
    after = runtime.deliver(definition, before.frontier, at(before, "explanation_withdrawn"), {"scope": "whole"})
    assert [token.element for token in after.after if token.kind == "user"] == ["terminate"]
    assert [token.element for token in after.after if token.kind in {"timer", "message"}] == []
