"""What a person may enter: one form for each user task, each message a person sends and each supervisor's act.

The only doors: `load` checks an entry and gives back JSON values, `describe` tells what a form asks in Vietnamese and English, `keys`
lists the forms. Whether the person may do it at all is not decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from marshmallow import ValidationError

from forms import accountability_request, inspection, messages, overrides, plan_task
from forms.base import Form, messages_by_path, split_personal
from forms.cleaning import clean
from forms.said import Message, say

__all__ = ["FormInvalid", "LoadedForm", "Message", "UnknownForm", "describe", "keys", "load"]


class FormInvalid(Exception):
    """The entry does not fit the form.

    `errors`: dotted path of the field -> messages in both languages; the path `form` means the entry as a whole.
    """

    def __init__(self, errors: dict[str, list[Message]]) -> None:
        super().__init__("; ".join(f"{path}: {said[0]['en']}" for path, said in sorted(errors.items())))
        self.errors = errors


class UnknownForm(LookupError):
    """There is no form with this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Expected the key of a form, but there is no form {key!r}")
        self.key = key


@dataclass(frozen=True)
class LoadedForm:
    """A checked entry: JSON values (no fractions; days and instants as ISO text).

    `personal` holds the values of personal fields by dotted path (`members.0.full_name`); they are not in `values`.
    """

    values: dict[str, Any]
    personal: dict[str, Any] = field(default_factory=dict)


FORMS: dict[str, type[Form]] = {}
for _room in (accountability_request, plan_task, inspection, overrides, messages):
    FORMS |= _room.FORMS


def keys() -> tuple[str, ...]:
    """The keys of all forms, sorted."""
    return tuple(sorted(FORMS))


def load(key: str, data: Mapping[str, Any]) -> LoadedForm:
    """The entry, checked and in normal form. Raises FormInvalid with every fault, or UnknownForm."""
    form = _form(key)
    if not isinstance(data, Mapping):
        raise FormInvalid({"form": [say("structure").message()]})
    cleaned, problems = clean(data)
    errors = {path: [said.message() for said in found] for path, found in problems.items()}
    try:
        values = _instance(key).load(cleaned)
    except ValidationError as error:
        raise FormInvalid({**messages_by_path(error.messages), **errors}) from error
    if errors:
        raise FormInvalid(errors)
    return LoadedForm(*split_personal(form, values))


def describe(key: str) -> dict[str, Any]:
    """What the form asks, as JSON: key, title, fields with labels, help, law and choices. Raises UnknownForm."""
    form = _form(key)
    return {"key": key, "title_vi": form.title_vi, "title_en": form.title_en, "fields": form.describe()}


def _form(key: str) -> type[Form]:
    try:
        return FORMS[key]
    except (KeyError, TypeError):
        raise UnknownForm(str(key)) from None


@cache
def _instance(key: str) -> Form:
    return FORMS[key]()
