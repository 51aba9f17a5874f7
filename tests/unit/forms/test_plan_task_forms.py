"""The forms of plan tasks: what they take, what they ask for together, and that a plan task changes only by a document."""

import pytest

import forms

DOCUMENT = {"number": "98-CV/TU", "date": "2026-12-01"}
REASON = "Kế hoạch mới thay thế."
EVIDENCE = [{"title": "Quyết định", "number": "12/QĐ-UBND"}]

COMPLETE = {
    "plan_task.confirm_state": {
        "state": "still_open",
        "confirmed_on": "2026-12-01",
        "due_date": "2026-12-31",
        "document": DOCUMENT,
    },
    "plan_task.set_due_date": {
        "decision": "set_date",
        "document": DOCUMENT,
        "due_date": "2026-12-31",
        "lead": "dn-du-ubnd",
        "cooperating": ["dn-so-noi-vu"],
        "owner_decision": "Giao Ban Nội chính Tỉnh ủy chủ trì.",
    },
    "plan_task.assign_task": {
        "assigned_on": "2026-12-02",
        "officer": "tran-van-binh",
        "internal_due_date": "2026-12-20",
        "evidence_expected": "Văn bản ban hành.",
    },
    "plan_task.carry_out": {
        "outcome": "result",
        "reported_on": "2026-12-20",
        "content": "Đã ban hành quy chế.",
        "percent": 100,
        "indicators": [{"name": "Trả lời đúng hạn", "counted": 48, "total": 50}],
        "dissemination": [
            {"channel": "cell_meeting", "held_on": "2026-12-05", "content": "Sinh hoạt chi bộ", "attendance": 41}
        ],
        "evidence": EVIDENCE,
    },
    "plan_task.accept_result": {"decision": "accepted", "accepted_on": "2026-12-22", "is_public": True},
    "plan_task.report_cause": {
        "reported_on": "2027-01-05",
        "cause": "coordination",
        "explanation": "Ba sở chưa gửi ý kiến.",
        "responsible": "Trưởng phòng",
        "measures": "Ấn định hạn gửi ý kiến.",
        "proposed_date": "2027-01-20",
    },
    "plan_task.publish_result": {
        "published_on": "2026-12-23",
        "channel": "portal",
        "link": "https://example.vn/ket-qua",
        "checked_by": "le-thi-hoa",
    },
    "plan_task.archive_task": {
        "archived_on": "2027-02-01",
        "file_code": "05.2026",
        "documents": 9,
        "retention": "10 năm",
    },
    "message.task_cancelled": {"document": DOCUMENT, "reason": REASON},
    "message.task_changed": {"document": DOCUMENT, "due_date": "2026-12-31", "reason": REASON},
    "message.standing_duty_ended": {"document": DOCUMENT, "stop_current_period": False, "reason": REASON},
}


def refused(key, leave=(), **changes):
    """Which fields are refused, with which codes, when the complete entry is changed so."""
    data = {name: value for name, value in COMPLETE[key].items() if name not in leave} | changes
    with pytest.raises(forms.FormInvalid) as caught:
        forms.load(key, data)
    return {path: [message["code"] for message in said] for path, said in caught.value.errors.items()}


@pytest.mark.parametrize("key", COMPLETE)
def test_a_complete_entry_is_taken_as_it_is(key):
    loaded = forms.load(key, COMPLETE[key])
    assert (loaded.values, loaded.personal) == (COMPLETE[key], {})


@pytest.mark.parametrize("key", COMPLETE)
def test_every_required_field_is_asked_for(key):
    required = {field["name"] for field in forms.describe(key)["fields"] if field["required"]}
    with pytest.raises(forms.FormInvalid) as caught:
        forms.load(key, {})
    assert set(caught.value.errors) == required


@pytest.mark.parametrize("key", COMPLETE)
def test_labels_stand_in_both_languages(key):
    described = forms.describe(key)
    assert described["title_vi"] != described["title_en"]
    for field in described["fields"]:
        assert field["label_vi"] != field["label_en"], field["name"]


def test_every_form_of_plan_tasks_is_tried_here():
    from forms.plan_task import FORMS

    assert set(COMPLETE) == set(FORMS)


@pytest.mark.parametrize("key", ["message.task_cancelled", "message.task_changed", "message.standing_duty_ended"])
def test_a_task_changes_only_by_a_document_with_number_and_date(key):
    assert refused(key, leave=["document"]) == {"document": ["required"]}
    assert refused(key, document={"number": "98-CV/TU"}) == {"document.date": ["required"]}


def test_a_change_changes_something():
    assert refused("message.task_changed", leave=["due_date"]) == {"due_date": ["one_of"]}


@pytest.mark.parametrize("key", ["message.task_changed", "plan_task.set_due_date"])
def test_a_due_date_is_not_before_the_document_that_sets_it(key):
    assert refused(key, due_date="2026-11-30") == {"due_date": ["too_early"]}
    assert forms.load(key, COMPLETE[key] | {"due_date": "2026-12-01"})


def test_a_done_task_needs_evidence_and_a_word_on_publication():
    key = "plan_task.confirm_state"
    done = {"state": "done", "confirmed_on": "2026-12-01"}
    with pytest.raises(forms.FormInvalid) as caught:
        forms.load(key, done)
    assert set(caught.value.errors) == {"evidence", "is_public"}
    assert forms.load(key, done | {"evidence": EVIDENCE, "is_public": False})


def test_a_task_still_open_needs_a_date_ahead_and_a_document():
    key = "plan_task.confirm_state"
    assert refused(key, leave=["due_date", "document"]) == {"due_date": ["required"], "document": ["required"]}
    assert refused(key, due_date="2026-11-30") == {"due_date": ["too_early"]}


def test_a_dropped_task_needs_a_document():
    assert refused("plan_task.confirm_state", leave=["document", "due_date"], state="dropped") == {
        "document": ["required"]
    }


def test_a_standing_duty_names_its_first_period():
    key, leave = "plan_task.set_due_date", ["due_date"]
    assert refused(key, leave=leave, decision="standing_duty") == {"cadence": ["required"], "first_year": ["required"]}
    quarter = {"decision": "standing_duty", "cadence": "quarter", "first_year": 2027}
    assert refused(key, leave=leave, **quarter) == {"first_quarter": ["required"]}
    assert refused(key, leave=leave, **quarter, first_quarter=5) == {"first_quarter": ["out_of_range"]}
    year = quarter | {"cadence": "year"}
    assert forms.load(key, {"document": DOCUMENT} | year).values["first_year"] == 2027


@pytest.mark.parametrize("task_id", ["DN-III.2.b", "NDH-IV.1.a", "NDH-KET.a"])
def test_a_covering_task_is_named_by_its_id(task_id):
    entry = {"decision": "covered", "document": DOCUMENT}
    assert forms.load("plan_task.set_due_date", entry | {"covered_by": task_id}).values["covered_by"] == task_id
    with pytest.raises(forms.FormInvalid):
        forms.load("plan_task.set_due_date", entry | {"covered_by": "nhiệm vụ khác"})


def test_an_internal_date_lies_ahead():
    assert refused("plan_task.assign_task", internal_due_date="2026-12-01") == {"internal_due_date": ["too_early"]}


def test_a_result_is_proved_and_a_progress_note_need_not_be():
    key, leave = "plan_task.carry_out", ["evidence", "dissemination"]
    assert refused(key, leave=leave) == {"evidence": ["one_of"]}
    note = {name: value for name, value in COMPLETE[key].items() if name not in leave}
    assert forms.load(key, note | {"outcome": "progress_note"}).values["outcome"] == "progress_note"


@pytest.mark.parametrize(
    ("channel", "missing"),
    [
        ("conference", "attendance"),
        ("extended_conference", "attendance"),
        ("cell_meeting", "attendance"),
        ("portal", "link"),
        ("fanpage", "link"),
        ("leaflet", "copies"),
    ],
)
def test_each_form_of_dissemination_is_proved_in_its_own_way(channel, missing):
    row = {"channel": channel, "held_on": "2026-12-05", "content": "Quán triệt Chỉ thị"}
    assert refused("plan_task.carry_out", dissemination=[row]) == {f"dissemination.0.{missing}": ["required"]}


def test_a_part_is_not_larger_than_its_whole():
    rows = [{"name": "Đúng hạn", "counted": 51, "total": 50}]
    assert refused("plan_task.carry_out", indicators=rows) == {"indicators.0.counted": ["does_not_fit"]}


def test_a_returned_result_comes_with_remarks():
    returned = {"decision": "returned", "accepted_on": "2026-12-22"}
    key = "plan_task.accept_result"
    assert refused(key, leave=["is_public"], **returned) == {"remarks": ["required"]}
    assert forms.load(key, returned | {"remarks": "Thiếu minh chứng."}).values["decision"] == "returned"


def test_a_result_kept_from_the_public_says_why():
    assert refused("plan_task.accept_result", is_public=False) == {"reason_not_public": ["required"]}


def test_a_promised_date_lies_ahead():
    assert refused("plan_task.report_cause", proposed_date="2027-01-01") == {"proposed_date": ["too_early"]}


def test_a_publication_can_be_found():
    key = "plan_task.publish_result"
    assert refused(key, leave=["link"]) == {"link": ["required"]}
    assert refused(key, leave=["link"], channel="posting") == {"place": ["required"]}
