"""The shelf of processes: found by their diagram, their deadlines read and checked."""

import pytest

from workflows.catalogue import DeadlineRule, DeadlinesInvalid, processes, read_deadlines

GOOD = """
deadlines:
  - id: explain
    parameter: explain
    starts: notice.issued_on
    label_vi: Giải trình
    label_en: Giving the explanation
    met_by: [send]
    late_to: supervisor
  - {id: due, parameter: plan_task_due, due: assignment.due_on, label_vi: Hạn, label_en: Due, restart: true}
"""


def read(tmp_path, text):
    path = tmp_path / "deadlines.yaml"
    path.write_text(text, "utf-8")
    return read_deadlines(path)


def test_the_three_processes_are_on_the_shelf():
    found = {folder.id: folder for folder in processes()}
    assert set(found) == {"accountability_request", "inspection", "plan_task"}
    request = found["accountability_request"]
    assert [path.name for path in request.dmn_paths] == ["admissibility.dmn"]
    assert request.bpmn_path.is_file()
    assert request.readme.startswith("# Accountability request")
    assert {rule.id: rule.parameter for rule in request.deadlines} == {
        "accept_or_refuse": "ack_accept_refuse",
        "supplement": "supplement",
        "explain": "explain",
        "publish": "publish_answer",
        "close": "close_file",
        "archive": "archive_handover",
    }


def test_a_folder_without_a_diagram_is_no_process(tmp_path):
    (tmp_path / "law").mkdir()
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "process.bpmn").write_text("<x/>", "utf-8")
    (tmp_path / "small" / "deadlines.yaml").write_text("deadlines: []", "utf-8")
    (folder,) = processes(tmp_path)
    assert (folder.id, folder.dmn_paths, folder.deadlines, folder.readme) == ("small", (), (), "")


def test_deadlines_are_read_as_they_stand(tmp_path):
    explain, due = read(tmp_path, GOOD)
    assert explain == DeadlineRule(
        id="explain",
        parameter="explain",
        label_vi="Giải trình",
        label_en="Giving the explanation",
        starts="notice.issued_on",
        met_by=("send",),
        late_to="supervisor",
    )
    assert (due.starts, due.due, due.restart, due.met_by) == (None, "assignment.due_on", True, ())


def test_a_rule_is_stored_as_json(tmp_path):
    row = read(tmp_path, GOOD)[0].as_row()
    assert row == {
        "id": "explain",
        "parameter": "explain",
        "label_vi": "Giải trình",
        "label_en": "Giving the explanation",
        "starts": "notice.issued_on",
        "due": None,
        "restart": False,
        "met_by": ["send"],
        "voided_by": [],
        "late_to": "supervisor",
    }


def test_a_bare_list_will_do(tmp_path):
    assert [rule.id for rule in read(tmp_path, "[{id: a, parameter: b, due: c, label_vi: Á, label_en: A}]")] == ["a"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("id: explain\n", "id: Explain It\n", "id must be snake_case"),
        ("id: due,", "id: explain,", "explain: declared twice"),
        ("    parameter: explain\n", "", "explain: parameter is missing"),
        ("label_vi: Giải trình", "label_vi: ''", "explain: label_vi is missing"),
        ("    starts: notice.issued_on\n", "", "explain: give `starts`"),
        ("starts: notice.issued_on", "starts: 2026", "starts must be text"),
        ("late_to: supervisor", "late_to: [supervisor]", "late_to must be text"),
        ("restart: true", "restart: sometimes", "restart must be true or false"),
        ("met_by: [send]", "met_by: send", "met_by must be a list"),
        ("met_by: [send]", "met_by: [Send it]", "is no element id"),
        ("met_by: [send]", "days: 15", "unknown keys days"),
        ("deadlines:", "clocks:", "expected a list under"),
        ("  - {id: due,", "  - due\n  - {id: due,", "expected a mapping"),
        ("deadlines:", "deadlines: [", "not YAML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, old, new, complaint):
    assert old in GOOD
    with pytest.raises(DeadlinesInvalid, match=r"deadlines\.yaml: ") as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert complaint in str(refused.value)
