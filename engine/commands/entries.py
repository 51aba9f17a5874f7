"""What a person entered, made fit for a case: checked by its form, personal values replaced by commitments."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

import forms
from engine.apply import Case
from engine.apply.cases import save
from engine.audit import personal_values
from engine.database import Transaction
from engine.errors import Invalid, Message
from engine.tables import organisation, participant
from engine.time.clock import local_date

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
REGISTERS = {"organisation": organisation, "participant": participant}


@dataclass(frozen=True)
class Entry:
    """Checked values with commitments in place of personal ones, and what is to be sealed for each commitment."""

    values: dict[str, Any]
    commitments: dict[str, str] = field(default_factory=dict)
    openings: dict[str, bytes] = field(default_factory=dict, repr=False)


def take(tx: Transaction, form: str, data: Mapping[str, Any]) -> Entry:
    """The entry of a form. Raises Invalid (form_invalid) with every wrong field; bodies and people must be in the registers."""
    try:
        loaded = forms.load(form, data)
    except forms.FormInvalid as error:
        raise _invalid({name: list(messages) for name, messages in error.errors.items()}) from error
    unknown: dict[str, list[Message]] = {
        path: [
            {"code": "unknown_id", "vi": f"Không có «{identity}» trong danh mục.", "en": f"There is no «{identity}»."}
        ]
        for path, identity in _unknown_ids(tx, forms.describe(form)["fields"], loaded.values)
    }
    if unknown:
        raise _invalid(unknown)
    commitments, openings = personal_values.commit_values(loaded.personal)
    for path, commitment in commitments.items():
        personal_values.put_at(loaded.values, path, commitment)
    return Entry(loaded.values, commitments, openings)


def must_start_no_clock_ahead(tx: Transaction, case: Case, element: str, values: Mapping[str, Any]) -> None:
    """A date from which a legal clock counts cannot lie in the future: it would give more time than the law does."""
    result = case.definition.elements[element].result
    today = local_date(tx.now)
    for rule in case.definition.deadlines.values():
        for name in re.findall(rf"\b{result}\.(\w+)", rule.starts or ""):
            text = values.get(name)
            if isinstance(text, str) and ISO_DAY.match(text) and date.fromisoformat(text[:10]) > today:
                raise _invalid({
                    name: [{
                        "code": "clock_in_future",
                        "vi": "Thời hạn tính từ ngày này nên ngày không thể ở tương lai.",
                        "en": "A time limit counts from this day, so it must not lie in the future.",
                    }]
                })  # fmt: skip


def keep_personal(tx: Transaction, case: Case, entry: Entry) -> None:
    """Seals the entry's personal values under the case's person, who is added when there is none yet or the old one was erased."""
    if not entry.commitments:
        return
    if case.person_id is None or personal_values.is_erased(tx, case.person_id):
        save(tx, case, person_id=personal_values.add_person(tx))
    assert case.person_id is not None  # noqa: S101 - just added
    personal_values.keep(tx, case.person_id, case.id, entry.commitments, entry.openings)


def _unknown_ids(tx: Transaction, fields: list[dict[str, Any]], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, id) of every body and person that the entry names and no register holds."""
    for path, kind, identity in _named(fields, values, ""):
        table = REGISTERS[kind]
        if tx.connection.execute(select(table.c.id).where(table.c.id == identity)).first() is None:
            yield path, identity


def _named(fields: list[dict[str, Any]], values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for about in fields:
        value = values.get(about["name"])
        path = f"{prefix}{about['name']}"
        for index, item in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
            here = f"{path}.{index}" if isinstance(value, list) else path
            if about["kind"] in REGISTERS and isinstance(item, str):
                yield here, about["kind"], item
            elif isinstance(item, Mapping) and about.get("fields"):
                yield from _named(about["fields"], item, f"{here}.")


def _invalid(fields: dict[str, list[Message]]) -> Invalid:
    return Invalid(
        "form_invalid",
        "Thông tin chưa hợp lệ; hãy sửa các mục được nêu rồi gửi lại.",
        "The entry is not valid: correct the fields named and send it again.",
        fields,
    )
