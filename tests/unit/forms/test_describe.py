"""What a form asks is told in both languages, completely, as JSON."""

import json
import re

import pytest

import forms
from forms.said import TEXTS, say

FIELD_KEYS = {
    "name", "kind", "required", "needed_when", "label_vi", "label_en", "help_vi", "help_en", "law", "personal", "many", "choices",
    "max_length", "fields",
}  # fmt: skip
KINDS = {
    "text", "long_text", "choice", "yes_no", "date", "instant", "whole_number", "organisation", "participant", "document", "group", "rows",
}  # fmt: skip


def fields_of(key):
    def walk(fields, path):
        for field in fields:
            yield f"{path}.{field['name']}", field
            yield from walk(field["fields"], f"{path}.{field['name']}")

    return list(walk(forms.describe(key)["fields"], key))


@pytest.mark.parametrize("key", forms.keys())
def test_a_form_has_its_title_and_fields_in_both_languages(key):
    described = forms.describe(key)
    assert set(described) == {"key", "title_vi", "title_en", "fields"}
    assert described["key"] == key
    assert described["title_vi"]
    assert described["title_en"]
    for path, field in fields_of(key):
        assert set(field) == FIELD_KEYS, path
        assert field["label_vi"], path
        assert field["label_en"], path
        assert field["label_en"].isascii() or "“" in field["label_en"], path
        assert bool(field["help_vi"]) is bool(field["help_en"]), path
        assert field["kind"] in KINDS, path
    assert json.loads(json.dumps(described)) == described


@pytest.mark.parametrize("key", forms.keys())
def test_choices_have_words_and_groups_have_fields(key):
    for path, field in fields_of(key):
        assert bool(field["choices"]) is (field["kind"] == "choice"), path
        assert bool(field["fields"]) is (field["kind"] in {"group", "rows"}), path
        assert all(choice["value"].isascii() and choice["vi"] and choice["en"] for choice in field["choices"]), path
        assert len({choice["value"] for choice in field["choices"]}) == len(field["choices"]), path


@pytest.mark.parametrize("key", forms.keys())
def test_what_makes_a_field_needed_is_a_field_of_the_form_with_such_a_value(key):
    fields = {field["name"]: field for field in forms.describe(key)["fields"]}
    for field in fields.values():
        if field["needed_when"]:
            other = fields[field["needed_when"]["field"]]
            allowed = {choice["value"] for choice in other["choices"]} or {True, False}
            assert set(field["needed_when"]["values"]) <= allowed, field["name"]


def test_the_request_asks_what_the_decree_asks():
    fields = {field["name"]: field for field in forms.describe("accountability_request.start")["fields"]}
    asked_by_law = {name for name, field in fields.items() if field["required"] and "Đ10 k2" in field["law"]}
    assert asked_by_law == {"full_name", "address", "contents", "content", "signature"}
    identifying = {name for name, field in fields.items() if field["personal"]}
    assert identifying >= {
        "full_name",
        "address",
        "phone",
        "postal_address",
        "email",
        "identity_number",
        "representative_name",
    }


def test_the_grounds_of_suspension_and_termination_are_the_closed_lists_of_the_decree():
    def grounds(key):
        return next(field for field in forms.describe(key)["fields"] if field["name"] == "ground")

    assert (len(grounds("override.suspend")["choices"]), grounds("override.suspend")["law"]) == (3, "NĐ 59/2019 Đ14 k1")
    assert (len(grounds("override.cancel")["choices"]), grounds("override.cancel")["law"]) == (3, "NĐ 59/2019 Đ14 k3")
    assert {c["value"] for c in grounds("override.cancel")["choices"]} == {
        c["value"] for c in grounds("accountability_request.terminate")["choices"]
    }


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_message_says_the_same_details_in_both_languages(code):
    vi, en = TEXTS[code]
    names = [set(re.findall(r"{(\w+?)(?:_vi|_en)?}", text)) for text in (vi, en)]
    assert names[0] == names[1]
    details = {name: "7" for text in (vi, en) for name in re.findall(r"{(\w+)}", text)}
    said = say(code, **details).message()
    assert said["code"] == code
    assert "{" not in said["vi"] + said["en"]
    assert said["vi"] != said["en"]
