"""The base of all forms: a marshmallow schema whose every word to a person is in both languages.

A form takes what a person entered and gives back JSON values only (dates as ISO strings, no fractions), so that the values can be
stored, hashed and replayed as they are. What a form asks can also be described (`Form.describe`), for pages, for the API and for the
hash of a process definition.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from marshmallow import RAISE, Schema, ValidationError, validates_schema

from forms.kinds import About, Kind, check_count
from forms.said import Message, Said, refuse, say


class Form(Schema):
    """One form. Subclasses declare fields with `forms.fields`, a title in both languages, and rules between fields in `problems`."""

    title_vi: ClassVar[str] = ""
    title_en: ClassVar[str] = ""
    error_messages = {"unknown": say("unknown"), "type": say("structure")}  # noqa: RUF012 - marshmallow declares it so

    class Meta:
        """Unknown names are refused: a person must see that an entry was not taken."""

        unknown = RAISE

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """What is wrong between fields, as (field name, message). `data` holds valid values only; absent names were left blank."""
        yield from ()

    @validates_schema(skip_on_field_errors=True)
    def _between_fields(self, data: dict[str, Any], **_: Any) -> None:
        found: dict[str, list[Said]] = {}
        for name, said in [*self._needed(data), *self.problems(data)]:
            found.setdefault(name, []).append(said)
        if found:
            raise ValidationError(found)

    def _needed(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        for name, about in self.abouts():
            if about.needed_when and name not in data:
                other, values = about.needed_when
                if data.get(other) in values:
                    yield name, say("required")

    @classmethod
    def kinds(cls) -> Iterator[tuple[str, Kind]]:
        """The fields by name, in the order in which they are declared."""
        for name, field in cls._declared_fields.items():
            yield name, cast("Kind", field)

    @classmethod
    def abouts(cls) -> Iterator[tuple[str, About]]:
        """What is said about each field."""
        for name, field in cls.kinds():
            yield name, field.about

    @classmethod
    def about(cls, name: str) -> About:
        """What is said about one field. Raises KeyError."""
        return dict(cls.abouts())[name]

    @classmethod
    def describe(cls) -> list[dict[str, Any]]:
        """The fields as JSON, for pages and for the API."""
        return [{"name": name, **field.describe()} for name, field in cls.kinds()]

    @classmethod
    def late(cls, data: Mapping[str, Any], earlier: str, later: str) -> Iterator[tuple[str, Said]]:
        """For `problems`: the field `later` must not hold an earlier day than the field `earlier`."""
        first, second = data.get(earlier), data.get(later)
        if first and second and second[:10] < first[:10]:
            other = cls.about(earlier)
            yield later, say("too_early", other_vi=other.label_vi, other_en=other.label_en)

    @classmethod
    def misfit(cls, name: str, other: str) -> tuple[str, Said]:
        """For `problems`: the value of `name` does not go with what was chosen in `other`."""
        chosen = cls.about(other)
        return name, say("does_not_fit", other_vi=chosen.label_vi, other_en=chosen.label_en)

    @classmethod
    def one_of(cls, data: Mapping[str, Any], *names: str) -> Iterator[tuple[str, Said]]:
        """For `problems`: at least one of these fields is needed."""
        if not any(name in data for name in names):
            asked = [cls.about(name) for name in names]
            yield (
                names[0],
                say(
                    "one_of",
                    names_vi=", ".join(about.label_vi for about in asked),
                    names_en=", ".join(about.label_en for about in asked),
                ),
            )


class Group(Kind):
    """A form inside the form: one, or many rows of it."""

    def __init__(
        self, about: About, form: type[Form], *, many: bool, required: bool = False, least: int = 0, most: int = 1
    ) -> None:
        super().__init__(about, required=required)
        self.kind = "rows" if many else "group"
        self._form, self.many, self.least, self.most = form, many, least, most

    def form(self) -> type[Form]:
        """The form of one row."""
        return self._form

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if self.many:
            if not isinstance(value, list):
                raise refuse("not_a_list")
            check_count(len(value), self.least, self.most)
        return self._form(many=self.many).load(value)

    def describe(self) -> dict[str, Any]:
        """The field as JSON, with the fields of its rows."""
        return {**super().describe(), "many": self.many, "fields": self._form.describe()}


def split_personal(
    form: type[Form], values: Mapping[str, Any], path: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(values without the personal ones, the personal ones by dotted path). Rows are counted from 0: `members.0.full_name`."""
    plain: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    kinds = dict(form.kinds())
    for name, value in values.items():
        here = f"{path}{name}"
        field = kinds[name]
        if field.about.personal:
            personal[here] = value
        elif isinstance(field, Group):
            plain[name] = _split_group(field, value, here, personal)
        else:
            plain[name] = value
    return plain, personal


def _split_group(field: Group, value: Any, path: str, personal: dict[str, Any]) -> Any:
    if not field.many:
        inner, found = split_personal(field.form(), value, f"{path}.")
        personal.update(found)
        return inner
    rows = []
    for place, row in enumerate(value):
        inner, found = split_personal(field.form(), row, f"{path}.{place}.")
        personal.update(found)
        rows.append(inner)
    return rows


def messages_by_path(messages: Any, path: str = "") -> dict[str, list[Message]]:
    """Marshmallow's tree of messages, flat: dotted path -> messages in both languages."""
    flat: dict[str, list[Message]] = {}
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            step = path if name == "_schema" else f"{path}.{name}" if path else str(name)
            for where, found in messages_by_path(inner, step).items():
                flat.setdefault(where, []).extend(found)
    elif isinstance(messages, Sequence) and not isinstance(messages, str):
        for inner in messages:
            for where, found in messages_by_path(inner, path).items():
                flat.setdefault(where, []).extend(found)
    else:
        said = messages if isinstance(messages, Said) else Said("invalid", say("invalid").vi, str(messages))
        flat[path or "form"] = [said.message()]
    return flat
