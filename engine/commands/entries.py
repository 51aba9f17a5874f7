"""What a person entered, made fit for a case: checked by its form, personal values replaced by commitments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import forms
from engine.apply import Case
from engine.apply.cases import save
from engine.audit import personal_values
from engine.database import Transaction
from engine.errors import Invalid


@dataclass(frozen=True)
class Entry:
    """Checked values with commitments in place of personal ones, and what is to be sealed for each commitment."""

    values: dict[str, Any]
    commitments: dict[str, str] = field(default_factory=dict)
    openings: dict[str, bytes] = field(default_factory=dict, repr=False)


def take(form: str, data: Mapping[str, Any]) -> Entry:
    """The entry of a form. Raises Invalid (form_invalid) with every wrong field."""
    try:
        loaded = forms.load(form, data)
    except forms.FormInvalid as error:
        raise Invalid(
            "form_invalid",
            "Thông tin chưa hợp lệ; hãy sửa các mục được nêu rồi gửi lại.",
            "The entry is not valid: correct the fields named and send it again.",
            {name: list(messages) for name, messages in error.errors.items()},
        ) from error
    commitments, openings = personal_values.commit_values(loaded.personal)
    for path, commitment in commitments.items():
        personal_values.put_at(loaded.values, path, commitment)
    return Entry(loaded.values, commitments, openings)


def keep_personal(tx: Transaction, case: Case, entry: Entry) -> None:
    """Seals the entry's personal values under the case's person, who is added when there is none yet or the old one was erased."""
    if not entry.commitments:
        return
    if case.person_id is None or personal_values.is_erased(tx, case.person_id):
        save(tx, case, person_id=personal_values.add_person(tx))
    assert case.person_id is not None  # noqa: S101 - just added
    personal_values.keep(tx, case.person_id, case.id, entry.commitments, entry.openings)
