"""Supervisors' acts (can thiệp). Each takes the entry of its form; with `?rehearse=true` it tells what would happen.

Who may act is decided by the engine, which keeps a line in the case's trail when it refuses.
"""

from collections.abc import Callable
from typing import Any

import forms
from api import access, acts
from api.inputs import Entry
from api.operations import INTERVENES, Noun, Takes
from api.paths import TOKEN
from api.schemas.cases import InterventionSchema
from engine.commands import overrides
from engine.database import Transaction
from engine.errors import Invalid
from forms.base import Form

NOUN = Noun("overrides", "Supervisors' acts", "Can thiệp của lãnh đạo")

Answer = tuple[dict[str, Any], dict[str, str]]
Data = dict[str, Any]

ON_CASES: tuple[tuple[str, str, Callable[[Transaction, str, Data], Data], str, str], ...] = (
    ("extend", "extend", overrides.extend, "Extend a time limit within the law", "Gia hạn theo luật"),
    (
        "change-due-date",
        "change_due_date",
        overrides.change_due_date,
        "Set another due date of a plan",
        "Thay đổi ngày đến hạn",
    ),
    (
        "suspend",
        "suspend",
        overrides.suspend,
        "Suspend the case; its clocks stand still",
        "Tạm đình chỉ; thời hạn ngừng tính",
    ),
    ("resume", "resume", overrides.resume, "Resume a suspended case", "Tiếp tục hồ sơ tạm đình chỉ"),
    ("cancel", "cancel", overrides.cancel, "Terminate the case", "Đình chỉ hồ sơ"),
)
ON_WORK: tuple[tuple[str, str, Callable[[Transaction, str, int, Data], Data], str, str], ...] = (
    ("reassign", "reassign", overrides.reassign, "Give the work to another participant", "Phân công lại"),
    ("return", "return_", overrides.return_, "Send back to a step done before", "Trả lại bước trước"),
    ("move", "move", overrides.move, "Move the case to another step", "Chuyển bước"),
    ("skip", "skip", overrides.skip, "Pass over the step", "Bỏ qua bước"),
)


class InPlaceOf(Form):
    """A work item done in another's place: the supervisor's act, and the entry of the work item's own form."""

    act = Entry(
        "Lý do và căn cứ (biểu mẫu override.complete_for)", "Reason and legal basis (form override.complete_for)"
    )
    values = Entry("Nội dung theo biểu mẫu của việc", "Entry of the work item's form")


@NOUN.route(
    "POST",
    f"/cases/<number:number>/work-items/{TOKEN}/overrides/complete-for",
    en="Complete the work in another's place",
    vi="Hoàn thành thay",
    takes=Takes(InPlaceOf),
    gives=InterventionSchema,
    promises=INTERVENES,
)
@access.participant
def complete_for(body: Data, number: str, token: int) -> Answer:
    act, values = body["act"], body["values"]
    try:
        answer = acts.perform_on_case(
            "complete_for", number, lambda tx: overrides.complete_for(tx, number, token, act, values), [token, body]
        )
    except Invalid as refusal:
        place = "values" if _fits("override.complete_for", act) else "act"
        refusal.fields = {f"{place}.{path}": messages for path, messages in refusal.fields.items()}
        raise
    return acts.with_etag(answer)


def _fits(form: str, data: Data) -> bool:
    try:
        forms.load(form, data)
    except forms.FormInvalid:
        return False
    return True


def _declare_on_cases(
    path: str, name: str, command: Callable[[Transaction, str, Data], Data], en: str, vi: str
) -> None:
    def act_on_case(data: Data, number: str) -> Answer:
        return acts.with_etag(acts.perform_on_case(name, number, lambda tx: command(tx, number, data), data))

    _declare(f"/cases/<number:number>/overrides/{path}", name, act_on_case, en, vi)


def _declare_on_work(
    path: str, name: str, command: Callable[[Transaction, str, int, Data], Data], en: str, vi: str
) -> None:
    def act_on_work(data: Data, number: str, token: int) -> Answer:
        return acts.with_etag(
            acts.perform_on_case(name, number, lambda tx: command(tx, number, token, data), [token, data])
        )

    _declare(f"/cases/<number:number>/work-items/{TOKEN}/overrides/{path}", name, act_on_work, en, vi)


def _declare(rule: str, name: str, view: Callable[..., Answer], en: str, vi: str) -> None:
    view.__name__ = name
    takes = Takes(forms.FORMS[f"override.{name}"], is_entry=True)
    NOUN.route("POST", rule, en=en, vi=vi, takes=takes, gives=InterventionSchema, promises=INTERVENES)(
        access.participant(view)
    )


for _on_cases in ON_CASES:
    _declare_on_cases(*_on_cases)
for _on_work in ON_WORK:
    _declare_on_work(*_on_work)
