"""What the engine says when it cannot do what was asked: a stable code, one sentence in Vietnamese, one in English.

A `Refusal` is an answer, not a fault: the act was understood and is not allowed, or its input is wrong. HTTP codes live only in
`api/errors.py`. The sentence says what was expected, what was found, and what to do.
"""

from collections.abc import Mapping
from typing import Any, TypedDict


class Message(TypedDict):
    """One remark in both languages, with a code that programs may rely on."""

    code: str
    vi: str
    en: str


class Refusal(Exception):
    """The act is refused. Nothing was changed, apart from the line in the trail that records the refusal."""

    def __init__(self, code: str, vi: str, en: str, **details: Any) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.vi = vi
        self.en = en
        self.details = details


class NotFound(Refusal):
    """The thing does not exist, or the one who asks may not know that it does."""


class Forbidden(Refusal):
    """The actor has not the right to this act."""


class Conflict(Refusal):
    """The act comes too late, or twice, or against another one."""


class Invalid(Refusal):
    """The input is wrong; `fields` says which parts and why."""

    def __init__(
        self, code: str, vi: str, en: str, fields: Mapping[str, list[Message]] | None = None, **details: Any
    ) -> None:
        super().__init__(code, vi, en, **details)
        self.fields = dict(fields or {})


class BrokenTrail(Refusal):
    """A recorded history does not hold together: something was altered, lost or cannot be repeated."""


class OutcomeUnknown(Refusal):
    """The database did not say whether the transaction was committed: repeat with the same idempotency key."""

    def __init__(self) -> None:
        super().__init__(
            "outcome_unknown",
            "Chưa rõ kết quả ghi nhận; hãy gửi lại với cùng mã chống trùng, việc đã ghi sẽ không bị ghi hai lần.",
            "It is not known whether the act was recorded; send it again with the same idempotency key, it will not be done twice.",
        )
