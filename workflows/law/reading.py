"""Reading the YAML tables of this folder strictly: no key twice, no key unknown, no type guessed."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import yaml

STATUSES = frozenset({"V", "V-", "V2", "M", "I", "D", "not_found"})


class TableInvalid(ValueError):
    """A table of law or calendar data says something that cannot be right; the message names the row and the field."""


def packaged_text(name: str) -> str:
    """The text of a data file of this folder."""
    return (files("workflows.law") / name).read_text(encoding="utf-8")


def read_table(text: str, what: str) -> dict[str, Any]:
    """The YAML document as a dictionary. Raises `TableInvalid` when it is no mapping, malformed, or names a key twice."""
    try:
        document = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that also refuses repeated keys
    except (yaml.YAMLError, ValueError) as error:
        raise TableInvalid(f"Expected {what} to be readable YAML, but: {error}") from error
    if not isinstance(document, dict):
        raise TableInvalid(f"Expected {what} to be a mapping at the top, but it is {_kind(document)}")
    return document


class Row:
    """One row of a table, read field by field; `done` refuses what nobody asked for."""

    def __init__(self, where: str, content: object) -> None:
        if not isinstance(content, Mapping):
            raise TableInvalid(f"Expected {where} to be a mapping, but it is {_kind(content)}")
        self.where = where
        self._left = dict(content)

    def text(self, field: str, default: str | None = None) -> str:
        """A text that is not blank."""
        value = self._take(field, default)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(field, "a text", value)
        return value

    def optional_text(self, field: str) -> str:
        """A text, or nothing when the field is missing."""
        return self.text(field) if field in self._left else ""

    def word(self, field: str, allowed: frozenset[str]) -> str:
        """One of the allowed words."""
        value = self.text(field)
        if value not in allowed:
            raise self.wrong(field, "one of " + ", ".join(sorted(allowed)), value)
        return value

    def day(self, field: str) -> date:
        """A calendar date without a time."""
        value = self._take(field)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.wrong(field, "a date such as 2026-07-01", value)
        return value

    def optional_day(self, field: str) -> date | None:
        """A date, or None when the field is missing or null."""
        return None if self._is_empty(field) else self.day(field)

    def whole(self, field: str, least: int, most: int) -> int:
        """A whole number between the two, both allowed."""
        value = self._take(field)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(field, f"a whole number from {least} to {most}", value)
        return value

    def optional_whole(self, field: str, least: int, most: int) -> int | None:
        """A whole number, or None when the field is missing or null."""
        return None if self._is_empty(field) else self.whole(field, least, most)

    def rows(self, field: str) -> list["Row"]:
        """A list of mappings."""
        value = self._take(field)
        if not isinstance(value, list):
            raise self.wrong(field, "a list", value)
        return [Row(f"{self.where} {field}[{number}]", item) for number, item in enumerate(value)]

    def choices(self, field: str, allowed: Sequence[str]) -> frozenset[int]:
        """A list of words, as their places in `allowed`."""
        value = self._take(field)
        if not isinstance(value, list) or not all(word in allowed for word in value):
            raise self.wrong(field, "a list of " + ", ".join(allowed), value)
        return frozenset(allowed.index(word) for word in value)

    def row(self, field: str) -> "Row":
        """One mapping inside this one."""
        return Row(f"{self.where} {field}", self._take(field))

    def names(self) -> list[str]:
        """The fields not yet read."""
        return [str(name) for name in self._left]

    def done(self) -> None:
        """Refuses the fields nobody asked for."""
        if self._left:
            raise TableInvalid(
                f"Expected {self.where} to have only known fields, but it has {', '.join(sorted(self.names()))}"
            )

    def wrong(self, field: str, expected: str, value: object) -> TableInvalid:
        """The error that names the row, the field, what was expected and what was found."""
        return TableInvalid(f"Expected {self.where} {field} to be {expected}, but it is {value!r}")

    def _take(self, field: str, default: object = None) -> object:
        if field not in self._left and default is None:
            raise TableInvalid(f"Expected {self.where} to have the field {field}, but it is missing")
        return self._left.pop(field, default)

    def _is_empty(self, field: str) -> bool:
        if self._left.get(field) is not None:
            return False
        self._left.pop(field, None)
        return True


class _StrictLoader(yaml.SafeLoader):
    """YAML itself lets the last of two equal keys win; in a table of law that hides a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} occurs twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _kind(value: object) -> str:
    return type(value).__name__
