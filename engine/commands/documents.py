"""Issued documents: registering one lets every plan task that waits for it go on (điều kiện: sau khi có hướng dẫn)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select

from engine.apply import catch_up, load_case, savepoint
from engine.apply.steps import deliver
from engine.audit import trail
from engine.commands import entries
from engine.database import Transaction
from engine.errors import Conflict, Forbidden, Refusal
from engine.tables import incident, issued_document, message_wait
from engine.vocabulary import EventType, Role

MESSAGE = "document_issued"
MAY_REGISTER = frozenset({Role.PLAN_OWNER, Role.PLAN_MONITOR, Role.ADMINISTRATOR})


def register(tx: Transaction, key: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Registers the document under the key that plan tasks name (`condition.document_key`), and tells those that wait."""
    if not any(role in MAY_REGISTER for role, _agency in tx.actor.roles):
        raise Forbidden(
            "not_registrar",
            "Chỉ chủ kế hoạch hoặc người theo dõi kế hoạch được đăng ký văn bản đã ban hành.",
            "Only a plan owner or plan monitor may register an issued document.",
        )
    entry = entries.take(tx, f"message.{MESSAGE}", data)
    if tx.connection.execute(select(issued_document.c.key).where(issued_document.c.key == key)).first() is not None:
        raise Conflict(
            "document_known", f"Văn bản «{key}» đã được đăng ký.", f"The document «{key}» is already registered."
        )
    values = entry.values
    row = {
        "key": key,
        "issuer": values["issuer"][:64],
        "number": values["number"],
        "dated": date.fromisoformat(values["date"]),
    }
    tx.connection.execute(
        insert(issued_document),
        {**row, "title": values["title"], "registered_at": tx.now, "registered_by": tx.actor.id},
    )
    trail.append_to_administration(tx, EventType.DOCUMENT_REGISTERED, {"input": {**values, "key": key}})
    return {"key": key, "told": _tell_those_who_wait(tx, key, values)}


def tell_again(tx: Transaction) -> None:
    """Cases that began to wait for a document after it was registered, because their plan was loaded later, are told too."""
    waiting = select(message_wait.c.correlation).where(message_wait.c.name == MESSAGE)
    query = select(issued_document).where(issued_document.c.key.in_(waiting)).order_by(issued_document.c.key)
    for row in tx.connection.execute(query).all():
        values = {"issuer": row.issuer, "number": row.number, "date": row.dated.isoformat(), "title": row.title}
        _tell_those_who_wait(tx, row.key, values)


def _tell_those_who_wait(tx: Transaction, key: str, values: Mapping[str, Any]) -> list[str]:
    payload = {**values, "document_key": key, "document_number": values["number"], "document_date": values["date"]}
    waiting = select(message_wait).where(message_wait.c.name == MESSAGE, message_wait.c.correlation == key)
    rows = tx.connection.execute(waiting.order_by(message_wait.c.case_id, message_wait.c.token)).all()
    return [number for wait in rows if (number := _tell(tx, wait, payload))]


def _tell(tx: Transaction, wait: Row[Any], payload: dict[str, Any]) -> str | None:
    """The number of the case that was told. One that cannot go on gets an incident and does not hold up the others."""
    try:
        with savepoint(tx):
            case = load_case(tx, wait.case_id)
            catch_up(tx, case)
            deliver(tx, case, wait.token, payload, {"message": MESSAGE, "element": wait.element})
            return case.number
    except Refusal as refusal:
        what = f"{wait.element}: {refusal.vi}"[:2000]
        entry = {"case_id": wait.case_id, "token": wait.token, "kind": "message_failed", "what": what, "at": tx.now}
        tx.connection.execute(insert(incident), entry)
        return None
