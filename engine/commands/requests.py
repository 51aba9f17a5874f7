"""Accountability requests: filing (gửi yêu cầu) and what the requester may send afterwards with number and secret code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.apply import load_case, load_case_by_number, start_case
from engine.apply.cases import save
from engine.apply.clocks import Clocks
from engine.apply.steps import NewCase
from engine.audit import personal_values, trail
from engine.commands import entries, messages
from engine.database import Transaction
from engine.errors import Forbidden, Invalid
from engine.registers import definitions
from engine.registers.organisations import OrganisationEntry, organisation_named
from engine.registers.participants import somebody_holds
from engine.registers.tracking_codes import case_with_code, code_sha256, new_code
from engine.vocabulary import EventType, Role

PROCESS = "accountability_request"
NO_BODIES = {"public", "press", "person_group", "unspecified"}
ON_PAPER = {"in_person", "post"}


def file_request(tx: Transaction, data: Mapping[str, Any], code: str | None = None) -> dict[str, Any]:
    """Registers a request and returns the receipt: number, secret code (told once), and the day of the answer to acceptance.

    A requester files for themselves; a receiver of the agency also what came in person or by post, with the moment of receipt.
    `code` is the secret code, made by the door before the transaction so that a repeated call gives the same receipt.
    """
    entry = entries.take(tx, f"{PROCESS}.start", data)
    agency = organisation_named(tx, entry.values["agency"])
    _must_be_able_to_answer(tx, agency)
    _check_receipt(tx, entry, agency.id)
    secret = code or new_code()
    person = personal_values.add_person(tx) if entry.commitments else None
    case = start_case(
        tx,
        NewCase(
            published=definitions.newest(tx, PROCESS),
            agency=agency.id,
            title=_title(entry.values),
            start=entry.values,
            tracking_sha256=code_sha256(secret),
            person_id=person,
            personal=entry.commitments,
        ),
    )
    if person is not None:
        personal_values.keep(tx, person, case.id, entry.commitments, entry.openings)
    due = Clocks(tx, case).current("accept_or_refuse")
    return {
        "case": case.number,
        "code": secret,
        "agency": agency.id,
        "agency_name": agency.name_vi,
        "received_at": entry.values["received_at"],
        "answer_to_acceptance_by": due.due_on.isoformat() if due and due.due_on else None,
    }


def send(tx: Transaction, number: str, code: str, message: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The requester sends a message to their case: withdraws, supplements. Raises NotFound for a wrong number or code alike."""
    case = load_case(tx, case_with_code(tx, number, code))
    return messages.send_as_requester(tx, case, message, data)


def renew_code(tx: Transaction, number: str, code: str | None = None) -> dict[str, Any]:
    """A new secret code at the counter, after the receiver has seen proof of identity; the old one stops working."""
    case = load_case_by_number(tx, number)
    if not tx.actor.holds(Role.RECEIVER, case.agency):
        raise Forbidden(
            "not_receiver",
            "Chỉ bộ phận tiếp nhận của cơ quan được cấp lại mã.",
            "Only a receiver of the agency may renew a code.",
        )
    secret = code or new_code()
    save(tx, case, tracking_sha256=code_sha256(secret))
    trail.append_to_administration(tx, EventType.TRACKING_CODE_RENEWED, {"input": {"case": number}})
    return {"case": number, "code": secret}


def _must_be_able_to_answer(tx: Transaction, agency: OrganisationEntry) -> None:
    """Decree 59/2019 art. 3, 7(2): one body with a receiver; not the people, the press or a class of bodies, where it would reach nobody."""
    answers = not agency.generic and agency.kind not in NO_BODIES
    if not answers or not somebody_holds(tx, Role.RECEIVER, agency.id):
        raise Invalid(
            "agency_cannot_answer",
            f"«{agency.name_vi}» chưa có bộ phận tiếp nhận yêu cầu giải trình; hãy chọn cơ quan đã ra quyết định, thực hiện hành vi.",
            f"Nobody receives accountability requests at «{agency.name_en}»: choose the body that took the decision.",
            {"agency": [{"code": "no_receiver", "vi": "Chưa có bộ phận tiếp nhận.", "en": "Has no receiver."}]},
        )


def _check_receipt(tx: Transaction, entry: entries.Entry, agency: str) -> None:
    values = entry.values
    is_receiver = tx.actor.holds(Role.RECEIVER, agency)
    if not is_receiver and (
        values.get("channel") in ON_PAPER or "received_at" in values or "incoming_number" in values
    ):
        raise Forbidden(
            "not_receiver",
            "Chỉ bộ phận tiếp nhận của cơ quan được vào sổ yêu cầu nhận trực tiếp hoặc qua bưu chính.",
            "Only a receiver of the agency may register what came in person or by post, or set the moment of receipt.",
        )
    received = datetime.fromisoformat(values["received_at"]) if "received_at" in values else tx.now
    if received > tx.now:
        raise Invalid(
            "received_in_future",
            "Thời điểm nhận không thể ở tương lai.",
            "Expected the moment of receipt not to lie in the future.",
            {
                "received_at": [
                    {"code": "too_late", "vi": "Không thể ở tương lai.", "en": "Must not lie in the future."}
                ]
            },
        )
    values["received_at"] = received.isoformat()
    values.setdefault("channel", "online")


def _title(values: Mapping[str, Any]) -> str:
    about = values.get("decision_number") or values.get("decision_description") or values["concerned"]
    return f"Yêu cầu giải trình: {about}"[:300]
