"""What people and programs send by mistake or on purpose."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forms
from forms.cleaning import DEEPEST, MOST_VALUES, clean

TEXT_KEY = "override.skip"
BASIS = "Điều 7 khoản 3 Nghị định 59/2019/NĐ-CP"


def reason(text):
    return forms.load(TEXT_KEY, {"reason": text, "legal_basis": BASIS}).values["reason"]


def codes(key, entry):
    with pytest.raises(forms.FormInvalid) as refused:
        forms.load(key, entry)
    return {path: [said["code"] for said in found] for path, found in refused.value.errors.items()}


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\udfff", "\u2028", "\u202e", "\u2066", "\ufffe", "\uffff"],
    ids=lambda c: f"U+{ord(c):04X}",
)
def test_controls_surrogates_and_reordering_marks_are_refused_and_not_called_missing(character):
    assert codes(TEXT_KEY, {"reason": f"Lý do {character} chính đáng", "legal_basis": BASIS}) == {
        "reason": ["bad_characters"]
    }


def test_what_nobody_can_see_is_taken_out():
    assert reason("\ufeffLý do\u200b chính\u00ad đáng") == "Lý do chính đáng"


def test_two_spellings_of_one_text_become_one():
    text = "Giải trình về đất đai, Đồng Nai"
    assert reason(unicodedata.normalize("NFD", text)) == reason(text) == text


def test_lines_end_in_one_way_and_blanks_around_are_gone():
    assert reason("  Dòng một\r\nDòng hai\rDòng ba \n") == "Dòng một\nDòng hai\nDòng ba"


def test_markup_and_code_are_only_text():
    for text in (
        "<script>alert(1)</script>",
        "'; DROP TABLE case_; --",
        "{{ 7*7 }} ${jndi:ldap://x}",
        "=HYPERLINK(1;2)",
    ):
        assert reason(text.ljust(10, ".")) == text.ljust(10, ".")


def test_a_line_break_does_not_hide_in_one_line():
    assert codes(TEXT_KEY, {"reason": "Lý do chính đáng", "legal_basis": "Điều 7\nBcc: x"}) == {
        "legal_basis": ["one_line"]
    }


@pytest.mark.parametrize("value", [1, True, 1.5, ["a"], {"a": "b"}, float("nan")], ids=repr)
def test_text_is_nothing_else(value):
    assert "reason" in {path.split(".")[0] for path in codes(TEXT_KEY, {"reason": value, "legal_basis": BASIS})}


@pytest.mark.parametrize(
    "value", [1.5, True, "1.5", "1e3", "٣", "--1", [], "9" * 400, float("inf")], ids=lambda v: repr(v)[:20]
)
def test_a_whole_number_is_nothing_else(value):
    entry = {"reason": "Lý do chính đáng", "legal_basis": BASIS, "deadline": "explain", "days": value}
    assert set(codes("override.extend", entry)) == {"days"}


def test_text_that_is_too_long_is_refused():
    assert codes(TEXT_KEY, {"reason": "đ" * 4_001, "legal_basis": BASIS}) == {"reason": ["too_long"]}
    assert codes(TEXT_KEY, {"reason": "đ" * 300_000, "legal_basis": BASIS}) == {"reason": ["too_long"]}


def test_too_deep_or_too_much_is_refused():
    deep: object = "x"
    for _ in range(DEEPEST + 2):
        deep = [deep]
    assert "too_large" in codes(TEXT_KEY, {"reason": deep, "legal_basis": BASIS})["form"]
    many = {"reason": ["x"] * (MOST_VALUES + 1), "legal_basis": BASIS}
    assert "too_large" in codes(TEXT_KEY, many)["reason"]
    assert "too_large" in clean({"rows": [["x"] * 100] * 100})[1].keys() | {
        s.code for s in clean({"rows": [["x"] * 100] * 100})[1]["form"]
    }


@pytest.mark.parametrize("name", ["__class__", "_private", "typename", "Reason", "a b", "\ud800", 7, ""], ids=repr)
def test_a_strange_name_is_refused(name):
    found = codes(TEXT_KEY, {"reason": "Lý do chính đáng", "legal_basis": BASIS, name: "x"})
    assert [code for said in found.values() for code in said] == ["unknown"]
    json.dumps(found).encode()


def test_no_field_has_a_name_that_the_engine_keeps_for_itself():
    def names(fields):
        for field in fields:
            yield field["name"]
            yield from names(field["fields"])

    found = {name for described in map(forms.describe, forms.keys()) for name in names(described["fields"])}
    assert not {name for name in found if name.startswith("_") or name == "typename" or not name.isascii()}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.dates().map(str),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_taken_as_json_or_refused_in_words(data):
    key = data.draw(st.sampled_from(forms.keys()))
    names = [field["name"] for field in forms.describe(key)["fields"]]
    entry = data.draw(
        st.dictionaries(st.sampled_from(names) | st.text(st.characters(), max_size=5), ANYTHING, max_size=6)
    )
    try:
        loaded, errors = forms.load(key, entry), {}
    except forms.FormInvalid as refused:
        loaded, errors = None, refused.errors
    assert (loaded is None) is bool(errors)
    assert all(path and said["vi"] and said["en"] and said["code"] for path, found in errors.items() for said in found)
    taken = [loaded.values, loaded.personal] if loaded else []
    json.dumps([taken, errors], ensure_ascii=False, allow_nan=False).encode()
