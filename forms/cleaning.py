"""What every entry goes through before a form looks at it: one normal form of text, no blanks, nothing invisible.

Histories are hashed and compared byte by byte and shown to people, so a text has one spelling (NFC) and holds no character that
hides, reorders or breaks what a person reads.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from forms.said import Said, say

DEEPEST = 6
MOST_VALUES = 5_000
LONGEST_TEXT = 200_000
# C0 and C1 controls but tab and line feed; lone surrogates; line and paragraph separators; marks that reorder what is read;
# characters that Unicode declares to be none.
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028-\u202e\u2061-\u2069\ufff9-\uffff]"
)
# What comes along when a person copies from a page or an office program and can neither see nor delete.
INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff]")
FIELD_NAME = re.compile(r"^[a-z][a-z0-9_]{0,60}$")

Problems = dict[str, list[Said]]


def clean(data: Mapping[Any, Any]) -> tuple[dict[str, Any], Problems]:
    """(the entry in normal form, what was refused by dotted path). Blank texts, nulls and rows of blanks are left out.

    A refused text is left out too; its path tells the caller not to call it missing as well.
    """
    problems: Problems = {}
    return _Cleaner(problems).mapping(data, "", 0), problems


class _Cleaner:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.seen = 0

    def refuse(self, path: str, said: Said) -> None:
        self.problems.setdefault(path or "form", []).append(said)

    def mapping(self, data: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
        cleaned: dict[str, Any] = {}
        for name, value in data.items():
            if not isinstance(name, str) or not FIELD_NAME.match(name):
                self.refuse(path, say("unknown"))
                continue
            entry = self.value(value, f"{path}.{name}" if path else name, depth + 1)
            if entry is not None:
                cleaned[name] = entry
        return cleaned

    def value(self, value: Any, path: str, depth: int) -> Any:
        self.seen += 1
        if self.seen > MOST_VALUES or depth > DEEPEST:
            self.refuse("", say("too_large"))
            return None
        if isinstance(value, str):
            return self.text(value, path)
        if isinstance(value, Mapping):
            return self.mapping(value, path, depth) or None
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            return self.rows(value, path, depth)
        return value

    def rows(self, values: Sequence[Any], path: str, depth: int) -> list[Any] | None:
        if len(values) > MOST_VALUES:
            self.refuse(path, say("too_large"))
            return None
        cleaned = [self.value(value, f"{path}.{place}", depth + 1) for place, value in enumerate(values)]
        return [value for value in cleaned if value is not None] or None

    def text(self, value: str, path: str) -> str | None:
        if len(value) > LONGEST_TEXT:
            self.refuse(path, say("too_long", most=LONGEST_TEXT))
            return None
        lines = INVISIBLE.sub("", value).replace("\r\n", "\n").replace("\r", "\n")
        if FORBIDDEN.search(lines):
            self.refuse(path, say("bad_characters"))
            return None
        return unicodedata.normalize("NFC", lines).strip() or None
