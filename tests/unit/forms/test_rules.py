"""The rules between the fields of a form."""

import pytest
from marshmallow import ValidationError

import forms
from forms import fields as ask
from forms.base import Form, messages_by_path


def codes(key, entry):
    """The codes found; only those of the fields named in the entry's rules matter here."""
    with pytest.raises(forms.FormInvalid) as refused:
        forms.load(key, entry)
    return {path: [said["code"] for said in found] for path, found in refused.value.errors.items()}


DECIDE = {
    "follows_proposal": True,
    "reason": "Lý do đã nêu rõ.",
    "directed_to": "Cơ quan khác",
    "lead_unit": "Văn phòng",
}


@pytest.mark.parametrize(
    ("outcome", "good", "bad"),
    [
        ("refuse", ("R1", "R8"), ("G1", "X1")),
        ("guide", ("G1", "G3"), ("G2", "R1")),
        ("supplement", ("G2",), ("G1", "R8")),
        ("reroute", ("X1", "X4"), ("R2", "G2")),
        ("accept", ("R3",), ("R1", "G1", "X2")),
    ],
)
def test_a_reason_code_belongs_to_its_decision(outcome, good, bad):
    for code in good:
        assert forms.load("accountability_request.decide", {**DECIDE, "outcome": outcome, "reason_code": code})
    for code in bad:
        found = codes("accountability_request.decide", {**DECIDE, "outcome": outcome, "reason_code": code})
        assert found == {"reason_code": ["does_not_fit"]}


def test_an_acceptance_needs_no_reason_and_a_deviation_does():
    accepted = {"outcome": "accept", "lead_unit": "Văn phòng", "follows_proposal": False}
    assert codes("accountability_request.decide", accepted) == {"deviation_reason": ["required"]}
    assert forms.load("accountability_request.decide", {**accepted, "follows_proposal": True})


def test_nobody_leads_the_explanation_of_his_own_act_alone():
    own = {"lead_handler": "an", "questioned": ["an"]}
    assert codes("accountability_request.assign", own) == {"lead_handler": ["not_alone"]}
    assert codes("accountability_request.assign", {**own, "other_handlers": ["an"]}) == {"lead_handler": ["not_alone"]}
    assert forms.load("accountability_request.assign", {**own, "other_handlers": ["binh"]})
    assert forms.load("accountability_request.assign", {**own, "lead_handler": "binh"})


def test_nobody_signs_for_his_own_act_alone():
    signed = {
        "outcome": "sign",
        "number": "1/UBND",
        "signed_on": "2026-06-16",
        "signing_form": "head",
        "signer": "an",
        "questioned": ["an"],
    }
    assert codes("accountability_request.approve", signed) == {"signer": ["not_alone"]}
    assert forms.load("accountability_request.approve", {**signed, "other_signers": ["binh"]})
    assert forms.load("accountability_request.approve", {**signed, "signer": "binh"})


PUBLISHED = {
    "outcome": "published",
    "published_on": "2026-06-19",
    "redacted_text": "Nội dung",
    "redacted_by": "an",
    "approved_by": "binh",
    "publication_form": "posting",
}


def test_a_redaction_has_four_eyes():
    assert forms.load("accountability_request.publish", PUBLISHED)
    assert codes("accountability_request.publish", {**PUBLISHED, "approved_by": "an"}) == {
        "approved_by": ["same_person"]
    }


def test_what_is_withheld_says_why_and_by_whom():
    withheld = {"outcome": "withheld", "published_on": "2026-06-19"}
    assert codes("accountability_request.publish", withheld) == {"reason": ["required"], "decided_by": ["required"]}


def test_a_promise_without_a_day_is_none():
    draft = {
        "question": "Căn cứ của quyết định?",
        "legal_bases": [{"number": "31/2024/QH15", "article": "Điều 79"}],
        "on_content": "Giải trình.",
        "commitments": [{"promise": "Sẽ sửa chữa con đường.", "owner": "phong-kt", "measure": "Biên bản nghiệm thu"}],
    }
    assert codes("accountability_request.draft", draft) == {"commitments.0.due_on": ["one_of"]}
    draft["commitments"][0]["due_event"] = "Khi được cấp vốn"
    assert forms.load("accountability_request.draft", draft)
    del draft["on_content"]
    assert codes("accountability_request.draft", draft) == {"on_legal_basis": ["one_of"]}


def test_evidence_can_be_found():
    supplement = {"content": "Bổ sung", "attachments": [{"title": "Ảnh"}]}
    assert codes("message.supplemented", supplement) == {"attachments.0.document_key": ["one_of"]}


def test_nothing_is_sent_before_it_is_issued():
    notice = {
        "number": "45/TB-UBND",
        "issued_on": "2026-06-03",
        "signer": "Trần Thị Lan",
        "signing_form": "head",
        "rights_told": True,
        "sent_on": "2026-06-02",
        "channel": "post",
    }
    assert codes("accountability_request.issue_notice", notice) == {"sent_on": ["too_early"]}
    assert forms.load("accountability_request.issue_notice", {**notice, "sent_on": "2026-06-03"})


def test_the_requester_can_be_reached_and_the_act_found():
    start = {
        "requester_kind": "individual",
        "full_name": "Lê Văn Hai",
        "address": "Tổ dân phố 5",
        "agency": "ubnd-phuong",
        "concerned": "Công chức địa chính",
        "effect": "Không được cấp giấy chứng nhận.",
        "contents": ["procedure"],
        "content": "Vì sao chậm?",
        "asked_elsewhere": "false",
        "signature": "digital",
    }
    assert codes("accountability_request.start", start) == {"phone": ["one_of"], "decision_number": ["one_of"]}
    assert forms.load(
        "accountability_request.start",
        {**start, "postal_address": "Hộp thư 7", "decision_description": "Chậm trả kết quả"},
    )


def test_a_page_that_sends_text_for_everything_is_understood():
    classify = {
        "kind_of_matter": "accountability_request", "secret_content": "none", "own_remit": "true", "form_complete": "yes",
        "requester_capable": "on", "representation": "none", "directly_affected": "TRUE", "internal_direction": "false",
        "already_explained": "no", "settled_elsewhere": "no", "good_reason": "0", "remarks": "",
    }  # fmt: skip
    values = forms.load("accountability_request.classify", classify).values
    assert (values["own_remit"], values["good_reason"], "remarks" in values) == (True, False, False)
    draft_by = {"lead_handler": "an", "cooperating_units": "phong-kt"}
    assert forms.load("accountability_request.assign", draft_by).values["cooperating_units"] == ["phong-kt"]
    filed = {
        "closed_on": "2026-06-24",
        "documents": [{"title": "Yêu cầu", "pages": "3"}, {"title": " "}],
        "retention": "permanent",
    }
    assert forms.load("accountability_request.close_file", filed).values["documents"] == [
        {"title": "Yêu cầu", "pages": 3}
    ]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-06-09T14:00", "2026-06-09T14:00:00+07:00"),
        ("2026-06-09T07:00:00Z", "2026-06-09T14:00:00+07:00"),
        ("2026-06-09T14:00:00.25+07:00", "2026-06-09T14:00:00+07:00"),
    ],
)
def test_an_instant_is_stored_in_the_time_of_vietnam(given, stored):
    meeting = {
        "held_at": given,
        "place": "UBND",
        "attendants": "Hai bên",
        "content": "Làm việc",
        "signed_by": "fingerprint",
    }
    verify = {"findings": "Kết quả xác minh", "meeting_held": True, "meetings": [meeting]}
    assert forms.load("accountability_request.verify", verify).values["meetings"][0]["held_at"] == stored


@pytest.mark.parametrize(
    "given", ["2026-02-30", "31/03/2026", "2026-3-1", "1812-01-01", "2026-W10-1", 20260331, "20260331"], ids=repr
)
def test_a_day_that_is_none_is_refused(given):
    assert codes("accountability_request.send", {"channel": "post", "proof": "RB1", "sent_on": given}) == {
        "sent_on": ["not_a_date"]
    }


@pytest.mark.parametrize("given", ["2026-06-09", "2026-06-09T25:00", "9 giờ", 7, "0001-01-01T00:00+14:00"], ids=repr)
def test_an_instant_that_is_none_is_refused(given):
    meeting = {
        "held_at": given,
        "place": "UBND",
        "attendants": "Hai bên",
        "content": "Làm việc",
        "signed_by": "fingerprint",
    }
    verify = {"findings": "Kết quả xác minh", "meeting_held": True, "meetings": [meeting]}
    assert codes("accountability_request.verify", verify) == {"meetings.0.held_at": ["not_an_instant"]}


def test_lists_have_bounds_and_no_repetition():
    assign = {"lead_handler": "an", "cooperating_units": ["a", "b", "a"]}
    assert codes("accountability_request.assign", assign) == {"cooperating_units": ["repeated"]}
    assert codes("accountability_request.assign", {**assign, "cooperating_units": ["a", "../b"]}) == {
        "cooperating_units.1": ["bad_format"]
    }
    assert codes("accountability_request.assign", {**assign, "cooperating_units": {"a": "b"}}) == {
        "cooperating_units": ["not_a_list"]
    }
    many = {**assign, "cooperating_units": [f"u{n}" for n in range(101)]}
    assert codes("accountability_request.assign", many) == {"cooperating_units": ["too_many"]}
    supplement = {"content": "Bổ sung", "attachments": "ảnh"}
    assert codes("message.supplemented", supplement) == {"attachments": ["not_a_list"]}
    rows = [{"title": "Ảnh", "number": "1"}] * 101
    assert codes("message.supplemented", {**supplement, "attachments": rows}) == {"attachments": ["too_many"]}
    assert codes("message.supplemented", {**supplement, "attachments": ["ảnh"]}) == {"attachments.0": ["structure"]}


class Panel(Form):
    """A form of no room: a panel of at least three, two of whom vote."""

    members = ask.participants("Thành viên", "Members", least=3, required=True)
    votes = ask.several(
        "Biểu quyết", "Votes", (("a", "Một", "One"), ("b", "Hai", "Two"), ("c", "Ba", "Three")), least=2
    )


def test_a_list_can_be_too_short():
    with pytest.raises(ValidationError) as refused:
        Panel().load({"members": ["an", "binh"], "votes": ["a"]})
    found = messages_by_path(refused.value.messages)
    assert {path: said[0]["en"] for path, said in found.items()} == {
        "members": "At least 3 entries are needed.",
        "votes": "At least 2 entries are needed.",
    }


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//x.vn", "https://", "https://a b.vn", "ftp://x.vn"])
def test_only_pages_are_addresses(address):
    found = codes("accountability_request.publish", {**PUBLISHED, "publication_form": "portal", "url": address})
    assert found == {"url": ["bad_format"]}


def test_a_message_of_the_library_itself_is_told_in_vietnamese_too():
    assert messages_by_path({"a": {0: ["Broken."]}, "_schema": ["Odd."]}) == {
        "a.0": [{"code": "invalid", "vi": "Giá trị không hợp lệ.", "en": "Broken."}],
        "form": [{"code": "invalid", "vi": "Giá trị không hợp lệ.", "en": "Odd."}],
    }
