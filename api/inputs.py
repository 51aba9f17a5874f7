"""Queries and bodies, checked by declared forms; every refusal names the field, in both languages."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from flask import g, request
from marshmallow import ValidationError

from api import strict_json
from engine.errors import Invalid, Message, NotFound
from forms import fields as ask
from forms.base import Form, messages_by_path
from forms.cleaning import clean
from forms.kinds import About, Kind
from forms.said import refuse


class Entry(Kind):
    """The entry of another form, which is checked where that form is known. Left out it is an entry with nothing in it."""

    kind = "entry"

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(About(vi, en))
        self.load_default = dict

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise refuse("structure")
        return value


class Nothing(Form):
    """No query, or a body without anything in it."""


class Rehearsal(Form):
    """The query of an act that can be rehearsed."""

    rehearse = ask.yes_no(
        "Diễn tập",
        "Rehearse",
        help_vi="true: cho biết điều sẽ xảy ra, không thay đổi gì.",
        help_en="true: tell what would happen and change nothing.",
    )


def asked() -> dict[str, Any]:
    """The checked query of this call."""
    return cast("dict[str, Any]", g.asked)


def take_query(form: type[Form]) -> None:
    """Checks the query and keeps it for `asked`. Raises Invalid, also for names that the route does not know."""
    twice = sorted(name for name, values in request.args.lists() if len(values) > 1)
    if twice:
        message = Message(code="repeated", vi="Chỉ được nêu một lần.", en="Say it once.")
        raise _invalid({name: [message] for name in twice})
    g.asked = load(form, request.args.to_dict())


def take_body(form: type[Form], *, verbatim: bool = False) -> dict[str, Any]:
    """The checked body. Raises Invalid, Malformed."""
    return load(form, strict_json.read_object(), verbatim=verbatim)


def take_no_body() -> None:
    """Accepts no body, or an empty object. Raises Invalid."""
    if request.content_length or request.headers.get("Transfer-Encoding"):
        load(Nothing, strict_json.read_object())


def load(form: type[Form], data: Mapping[str, Any], *, verbatim: bool = False) -> dict[str, Any]:
    """The data as the form wants them. `verbatim` leaves texts as they are: those of diagrams are hashed."""
    cleaned, problems = (dict(data), {}) if verbatim else clean(data)
    errors: dict[str, list[Any]] = {path: [said.message() for said in found] for path, found in problems.items()}
    try:
        values = form().load(cleaned)
    except ValidationError as error:
        raise _invalid({**messages_by_path(error.messages), **errors}) from error
    if errors:
        raise _invalid(errors)
    return cast("dict[str, Any]", values)


@contextmanager
def under(place: str) -> Iterator[None]:
    """What the engine says about fields of an entry is said about the fields below `place` in the body."""
    try:
        yield
    except Invalid as refusal:
        refusal.fields = {f"{place}.{path}": messages for path, messages in refusal.fields.items()}
        raise


@contextmanager
def named_in(field: str, *codes: str) -> Iterator[None]:
    """A thing that is named in this field and does not exist makes the input wrong, not the path."""
    try:
        yield
    except NotFound as refusal:
        if refusal.code not in codes:
            raise
        message = Message(code=refusal.code, vi=refusal.vi, en=refusal.en)
        raise Invalid(refusal.code, refusal.vi, refusal.en, {field: [message]}) from refusal


def _invalid(fields: Mapping[str, list[Any]]) -> Invalid:
    return Invalid(
        "input_invalid",
        "Dữ liệu chưa hợp lệ; hãy sửa các mục được nêu rồi gửi lại.",
        "The input is not valid: correct the fields named and send it again.",
        fields,
    )
