"""Each form takes a complete entry, misses what is left out, and gives back what can be stored."""

import json
from pathlib import Path

import pytest

import forms
from forms import accountability_request, inspection, messages, overrides, plan_task
from workflows.catalogue import HERE

REASON = {"reason": "Người chủ trì nghỉ ốm dài ngày.", "legal_basis": "Điều 7 khoản 3 Nghị định 59/2019/NĐ-CP"}
PAPER = {"number": "12/QĐ-UBND", "date": "2026-06-05"}
ENTRIES = {
    "accountability_request.choose_course": {"course": "extend", "reason": "Phải xác minh tại nhiều đơn vị."},
    "message.withdrawn": {"scope": "whole", "reason": "Đã được giải quyết."},
    "message.partly_withdrawn": {"scope": "part", "contents": ["procedure"], "part": "Nội dung về trình tự họp dân."},
    "message.supplemented": {"content": "Bổ sung chữ ký."},
    "message.document_issued": {
        "issuer": "Ban Tổ chức Trung ương",
        "number": "18-HD/BTCTW",
        "date": "2026-08-01",
        "title": "Hướng dẫn đánh giá trách nhiệm giải trình",
    },
    "override.reassign": {**REASON, "participant": "le-thi-hoa"},
    "override.extend": {**REASON, "deadline": "explain", "days": 15, "notice": PAPER},
    "override.return_": {**REASON, "to_element": "verify"},
    "override.move": {**REASON, "to_element": "draft"},
    "override.skip": REASON,
    "override.suspend": {**REASON, "ground": "heir_unknown", "review_on": "2026-07-05", "decision": PAPER},
    "override.resume": {**REASON, "decision": PAPER},
    "override.cancel": {**REASON, "ground": "withdrawn", "decision": PAPER},
    "override.complete_for": {**REASON, "instead_of": "le-thi-hoa"},
    "override.change_due_date": {**REASON, "deadline": "plan_task_due", "due_on": "2026-09-30", "document": PAPER},
}


def _from_examples():
    """The entries of the accountability request are those that its examples play."""
    for path in sorted((HERE / "accountability_request" / "examples").glob("*.json")):
        example = json.loads(Path(path).read_text("utf-8"))
        yield "accountability_request.start", example["start"]
        for row in example["steps"]:
            key = f"message.{row['message']}" if "message" in row else f"accountability_request.{row['element']}"
            yield key, row["data"]


for _key, _entry in _from_examples():
    if len(_entry) > len(ENTRIES.get(_key, ())):
        ENTRIES[_key] = _entry

KEYS = sorted(ENTRIES)
REQUIRED = [(key, field["name"]) for key in KEYS for field in forms.describe(key)["fields"] if field["required"]]
NEEDED = [
    (key, field["name"], field["needed_when"]["field"], value)
    for key in KEYS
    for field in forms.describe(key)["fields"]
    if field["needed_when"]
    for value in field["needed_when"]["values"]
]


def faults(key, entry):
    """The codes that the form finds, by path."""
    with pytest.raises(forms.FormInvalid) as refused:
        forms.load(key, entry)
    return {path: [said["code"] for said in found] for path, found in refused.value.errors.items()}


def test_no_form_is_left_out():
    assert sorted([*accountability_request.FORMS, *messages.FORMS, *overrides.FORMS]) == KEYS


def test_no_form_hides_another():
    rooms = (accountability_request, inspection, messages, overrides, plan_task)
    assert sorted(key for room in rooms for key in room.FORMS) == list(forms.keys())


@pytest.mark.parametrize("key", KEYS)
def test_a_complete_entry_is_taken_as_json_without_fractions(key):
    loaded = forms.load(key, ENTRIES[key])

    def no_fractions(text):
        raise AssertionError(text)

    assert json.loads(json.dumps(loaded.values), parse_float=no_fractions) == loaded.values


@pytest.mark.parametrize("key", KEYS)
def test_what_was_taken_is_taken_again_unchanged(key):
    first = forms.load(key, ENTRIES[key])
    if not first.personal:
        assert forms.load(key, first.values) == first


@pytest.mark.parametrize(("key", "name"), REQUIRED)
def test_a_required_field_is_missed(key, name):
    entry = {field: value for field, value in ENTRIES[key].items() if field != name}
    assert faults(key, entry)[name] == ["required"]


@pytest.mark.parametrize(("key", "name"), REQUIRED)
@pytest.mark.parametrize("blank", ["", "  \n\t ", None, [], {}], ids=repr)
def test_a_blank_is_no_entry(key, name, blank):
    assert faults(key, {**ENTRIES[key], name: blank})[name] == ["required"]


@pytest.mark.parametrize(("key", "name", "other", "value"), NEEDED)
def test_what_a_choice_asks_for_is_missed(key, name, other, value):
    entry = {field: given for field, given in ENTRIES[key].items() if field != name}
    assert "required" in faults(key, {**entry, other: value})[name]


@pytest.mark.parametrize("key", KEYS)
def test_an_unknown_field_is_refused(key):
    assert faults(key, {**ENTRIES[key], "surprise": "1"}) == {"surprise": ["unknown"]}


@pytest.mark.parametrize("key", KEYS)
def test_something_else_than_an_entry_is_refused(key):
    assert faults(key, ["a"]) == {"form": ["structure"]}


def test_an_unknown_form_is_named():
    with pytest.raises(forms.UnknownForm, match=r"accountability_request\.nothing"):
        forms.load("accountability_request.nothing", {})
    with pytest.raises(forms.UnknownForm):
        forms.describe("")


def test_personal_values_are_kept_apart_with_their_path():
    start = {
        **ENTRIES["accountability_request.start"],
        "several_requesters": True,
        "members": [{"full_name": "Lê Văn Hai"}, {"full_name": "Đỗ Thị Ba", "address": "Tổ dân phố 5"}],
    }
    loaded = forms.load("accountability_request.start", start)
    assert loaded.values["members"] == [{}, {}]
    assert loaded.personal["members.1.address"] == "Tổ dân phố 5"
    assert set(loaded.personal) == {
        "full_name",
        "address",
        "phone",
        "effect",
        "content",
        "members.0.full_name",
        "members.1.full_name",
        "members.1.address",
    }
    assert "Nguyễn Văn Minh" not in json.dumps(loaded.values, ensure_ascii=False)


def test_every_fault_is_told_at_once_in_both_languages():
    with pytest.raises(forms.FormInvalid) as refused:
        forms.load("override.extend", {"days": "90", "reason": "vì"})
    assert refused.value.errors == {
        "reason": [{"code": "too_short", "vi": "Cần ít nhất 10 ký tự.", "en": "At least 10 characters are needed."}],
        "legal_basis": [{"code": "required", "vi": "Bắt buộc nhập mục này.", "en": "This is required."}],
        "deadline": [{"code": "required", "vi": "Bắt buộc nhập mục này.", "en": "This is required."}],
        "days": [{"code": "out_of_range", "vi": "Phải từ 1 đến 15.", "en": "It must be from 1 to 15."}],
    }
    assert str(refused.value).startswith("days: It must be from 1 to 15.")
