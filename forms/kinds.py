"""The kinds of field. Each takes what a page or the API sends and gives back a JSON value, or refuses in both languages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, cast

from marshmallow import ValidationError, fields

from forms.said import refuse

VIETNAM = timezone(timedelta(hours=7))
FIRST_YEAR, LAST_YEAR = 1900, 2199
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
CODES = {"null": "required", "type": "structure", "invalid": "structure"}  # marshmallow's words -> ours


@dataclass(frozen=True)
class About:
    """What is said about a field. `law`: the article that asks for it. `needed_when`: (another field, the values that make it needed)."""

    label_vi: str
    label_en: str
    help_vi: str = ""
    help_en: str = ""
    law: str = ""
    personal: bool = False
    needed_when: tuple[str, tuple[Any, ...]] | None = None


@dataclass(frozen=True)
class Option:
    """One value of a choice."""

    value: str
    vi: str
    en: str


class Kind(fields.Field[Any]):
    """The base of all kinds: what is said about the field, and messages in both languages."""

    kind: str = ""

    def __init__(self, about: About, *, required: bool = False) -> None:
        super().__init__(required=required, metadata={"about": about})

    @property
    def about(self) -> About:
        """What is said about this field."""
        return cast("About", self.metadata["about"])

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """The library's own refusals, in both languages."""
        return refuse(CODES.get(key, key), **kwargs)

    def describe(self) -> dict[str, Any]:
        """The field as JSON."""
        about = self.about
        needed = about.needed_when
        return {
            "kind": self.kind,
            "required": self.required,
            "needed_when": {"field": needed[0], "values": list(needed[1])} if needed else None,
            "label_vi": about.label_vi,
            "label_en": about.label_en,
            "help_vi": about.help_vi,
            "help_en": about.help_en,
            "law": about.law,
            "personal": about.personal,
            "many": False,
            "choices": [],
            "max_length": None,
            "fields": [],
        }


class Text(Kind):
    """One line of text."""

    kind = "text"

    def __init__(
        self, about: About, *, required: bool = False, least: int = 1, most: int, pattern: str = "", example: str = ""
    ) -> None:
        super().__init__(about, required=required)
        self.least, self.most, self.example = least, most, example
        self.pattern = re.compile(pattern) if pattern else None

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise refuse("not_text")
        if self.kind != "long_text" and ("\n" in value or "\t" in value):
            raise refuse("one_line")
        if len(value) < self.least:
            raise refuse("too_short", least=self.least)
        if len(value) > self.most:
            raise refuse("too_long", most=self.most)
        if self.pattern and not self.pattern.fullmatch(value):
            raise refuse("bad_format", example=self.example)
        return value

    def describe(self) -> dict[str, Any]:
        """The field as JSON."""
        return {**super().describe(), "max_length": self.most}


class LongText(Text):
    """Text of several lines."""

    kind = "long_text"


class Organisation(Text):
    """The id of an organisation."""

    kind = "organisation"


class Participant(Text):
    """The id of a participant."""

    kind = "participant"


class Document(Text):
    """The key under which a file is stored."""

    kind = "document"


class Choice(Kind):
    """One value of a closed list."""

    kind = "choice"

    def __init__(self, about: About, options: Sequence[Option], *, required: bool = False) -> None:
        super().__init__(about, required=required)
        self.options = tuple(options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in {option.value for option in self.options}:
            raise refuse("not_a_choice")
        return value

    def describe(self) -> dict[str, Any]:
        """The field as JSON."""
        choices = [{"value": option.value, "vi": option.vi, "en": option.en} for option in self.options]
        return {**super().describe(), "choices": choices}


class YesNo(Kind):
    """Yes or no. A page sends "true" or "false"."""

    kind = "yes_no"

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if isinstance(value, bool):
            return value
        word = value.lower() if isinstance(value, str) else ""
        if word not in TRUE | FALSE:
            raise refuse("not_yes_no")
        return word in TRUE


class Date(Kind):
    """A day, as ISO text: 2026-03-31."""

    kind = "date"

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and DATE.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise refuse("not_a_date")
        return day.isoformat()


class Instant(Kind):
    """A point in time, as ISO text with its offset. Without an offset it is Vietnam's time (UTC+7)."""

    kind = "instant"

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
        except ValueError:
            moment = None
        if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise refuse("not_an_instant")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=VIETNAM)
        return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


class WholeNumber(Kind):
    """A whole number within bounds."""

    kind = "whole_number"

    def __init__(self, about: About, *, required: bool = False, least: int, most: int) -> None:
        super().__init__(about, required=required)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise refuse("not_whole")
        if not self.least <= value <= self.most:
            raise refuse("out_of_range", least=self.least, most=self.most)
        return value


class Many(Kind):
    """A list of values of one kind, without repetition."""

    def __init__(self, about: About, inner: Kind, *, required: bool = False, least: int = 0, most: int) -> None:
        super().__init__(about, required=required)
        self.inner, self.least, self.most = inner, least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if isinstance(value, str):  # a page with one box ticked sends one value
            value = [value]
        if not isinstance(value, list):
            raise refuse("not_a_list")
        check_count(len(value), self.least, self.most)
        entries, errors = [], {}
        for place, entry in enumerate(value):
            try:
                entries.append(self.inner.deserialize(entry))
            except ValidationError as error:
                errors[place] = error.messages
        if errors:
            raise ValidationError(cast("dict[str, Any]", errors))
        if len(set(entries)) < len(entries):
            raise refuse("repeated")
        return entries

    def describe(self) -> dict[str, Any]:
        """The field as JSON: the kind of its entries, and that there are many."""
        inner = self.inner.describe()
        said = super().describe()
        return {
            **said,
            "kind": self.inner.kind,
            "many": True,
            "choices": inner["choices"],
            "max_length": inner["max_length"],
        }


def check_count(count: int, least: int, most: int) -> None:
    """Refuses too few or too many entries."""
    if count < least:
        raise refuse("too_few", least=least)
    if count > most:
        raise refuse("too_many", most=most)
