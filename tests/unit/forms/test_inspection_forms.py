"""The forms of an inspection: what they take, in which order things happen, and that persons are kept apart from the trail."""

import pytest

import forms

DOCUMENT = {"number": "5240/UBND-NC", "date": "2026-12-11"}
REASON = "Căn cứ báo cáo và lịch sử xử lý."
RECOMMENDATION = {"content": "Ban hành quy trình lấy ý kiến.", "owner": "dn-so-noi-vu", "due_date": "2027-03-31"}

COMPLETE = {
    "inspection.ask_report": {"asked_on": "2026-12-02", "document": DOCUMENT, "content": "Báo cáo nguyên nhân chậm."},
    "inspection.report": {
        "reported_on": "2026-12-08",
        "document": DOCUMENT,
        "course": "Đã lấy ý kiến 12 sở.",
        "cause": "coordination",
        "explanation": "Ba sở chưa gửi ý kiến.",
        "responsible": "Trưởng phòng",
        "measures": "Ấn định hạn cuối.",
        "proposed_date": "2026-12-25",
    },
    "inspection.decide": {"measure": "check", "decided_on": "2026-12-11", "document": DOCUMENT, "reason": REASON},
    "inspection.verify_done": {
        "verified_on": "2027-01-14",
        "done": True,
        "evidence": [{"title": "Quyết định", "number": "120/QĐ-UBND"}],
    },
    "inspection.check": {
        "decision": DOCUMENT,
        "started_on": "2026-12-15",
        "finished_on": "2026-12-18",
        "finding": "late",
        "conclusion": "Chậm 12 ngày.",
        "record": DOCUMENT,
        "recommendations": [RECOMMENDATION],
    },
    "inspection.inspect": {
        "decision": DOCUMENT,
        "announced_on": "2026-12-22",
        "planned_end": "2027-01-20",
        "finished_on": "2027-01-18",
        "draft_received_on": "2027-01-22",
        "findings": "Không phân công rõ người chịu trách nhiệm.",
    },
    "inspection.conclude": {
        "document": DOCUMENT,
        "received_on": "2026-12-12",
        "finding": "late",
        "summary": "Có chậm trễ, kiến nghị chấn chỉnh.",
        "recommendations": [RECOMMENDATION],
    },
    "inspection.implement": {"document": DOCUMENT, "content": "Giao thực hiện kết luận."},
    "inspection.party_inspect": {
        "decision": DOCUMENT,
        "conclusion": DOCUMENT,
        "finding": "incomplete",
        "summary": "Thực hiện không đầy đủ.",
    },
    "inspection.hand_over": {
        "handed_on": "2026-12-15",
        "receiving_body": "Cơ quan Cảnh sát điều tra",
        "document": DOCUMENT,
        "summary": "Có dấu hiệu sửa chữa tài liệu.",
    },
    "inspection.record_outcome": {
        "closed_on": "2027-01-20",
        "finding": "late",
        "summary": "Đã khắc phục việc chậm.",
        "handling": "none",
        "is_public": False,
    },
    "inspection.archive_inspection": {
        "archived_on": "2027-06-15",
        "file_code": "12.2027",
        "documents": 6,
        "retention": "10 năm",
    },
    "message.proceed_without_report": {"decided_on": "2026-12-12", "reason": "Quá hạn không có báo cáo."},
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


def test_every_form_of_inspections_is_tried_here():
    from forms.inspection import FORMS

    assert set(COMPLETE) == set(FORMS)


@pytest.mark.parametrize("measure", ["accept_cause", "urge"])
def test_more_time_means_a_date_ahead(measure):
    assert refused("inspection.decide", measure=measure) == {"new_date": ["required"]}
    assert refused("inspection.decide", measure=measure, new_date="2026-12-10") == {"new_date": ["too_early"]}


def test_a_joined_lapse_names_the_other_case():
    assert refused("inspection.decide", measure="join") == {"joined_case": ["required"]}
    entry = COMPLETE["inspection.decide"] | {"measure": "join", "joined_case": "KTTT-2026-000003"}
    assert forms.load("inspection.decide", entry).values["joined_case"] == "KTTT-2026-000003"


@pytest.mark.parametrize("measure", ["accept_cause", "urge", "investigation", "join"])
def test_another_body_is_named_only_where_a_body_acts(measure):
    refusal = refused(
        "inspection.decide", measure=measure, body="dn-ubkt", new_date="2027-01-01", joined_case="KTTT-2026-000003"
    )
    assert refusal == {"body": ["does_not_fit"]}


def test_a_decision_needs_a_reason_that_can_be_checked():
    assert refused("inspection.decide", reason="Đồng ý") == {"reason": ["too_short"]}


def test_what_was_done_can_be_seen_and_what_was_not_is_said():
    assert refused("inspection.verify_done", leave=["evidence"]) == {"evidence": ["required"]}
    assert refused("inspection.verify_done", done=False) == {"remarks": ["required"]}


def test_a_check_ends_after_it_begins():
    assert refused("inspection.check", finished_on="2026-12-14") == {"finished_on": ["too_early"]}


def test_an_inspection_goes_in_order():
    key = "inspection.inspect"
    assert refused(key, planned_end="2026-12-21") == {"planned_end": ["too_early"]}
    assert refused(key, finished_on="2026-12-21") == {"finished_on": ["too_early"]}
    assert refused(key, draft_received_on="2027-01-17") == {"draft_received_on": ["too_early"]}


def test_a_conclusion_is_received_after_it_is_signed():
    assert refused("inspection.conclude", received_on="2026-12-10") == {"received_on": ["too_early"]}


def test_a_recommendation_has_a_date_or_an_event():
    vague = {name: value for name, value in RECOMMENDATION.items() if name != "due_date"}
    assert refused("inspection.conclude", recommendations=[vague]) == {"recommendations.0.due_date": ["one_of"]}
    by_event = vague | {"due_event": "Sau khi Quy chế được ban hành"}
    assert forms.load("inspection.conclude", COMPLETE["inspection.conclude"] | {"recommendations": [by_event]})


def test_a_promised_date_lies_ahead():
    assert refused("inspection.report", proposed_date="2026-12-01") == {"proposed_date": ["too_early"]}


@pytest.mark.parametrize("handling", ["reprimand", "warning"])
def test_discipline_is_recorded_with_its_document(handling):
    assert refused("inspection.record_outcome", handling=handling) == {"handling_document": ["required"]}


def test_persons_are_kept_apart_from_the_trail():
    entry = COMPLETE["inspection.record_outcome"] | {"persons": "Nguyễn Văn A"}
    loaded = forms.load("inspection.record_outcome", entry)
    assert loaded.personal == {"persons": "Nguyễn Văn A"}
    assert "persons" not in loaded.values


def test_a_published_conclusion_can_be_found():
    assert refused("inspection.record_outcome", is_public=True) == {"link": ["required"]}
