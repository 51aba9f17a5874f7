"""Calendar and legal parameters: a change is an act of its own, and every open deadline that it moves is projected anew with a trace."""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import and_, delete, insert, select

from engine import authority
from engine.apply import load_case, savepoint
from engine.apply.clocks import Clocks
from engine.apply.steps import follow_law
from engine.audit import trail
from engine.authority import SYSTEM_ACTOR
from engine.database import Database, Transaction
from engine.errors import Invalid, Refusal
from engine.registers.law import forget, law_in_force, parameter_to_json
from engine.tables import calendar_day, deadline, incident, legal_parameter
from engine.vocabulary import DeadlineStatus, EventType
from workflows.law.calendar_days import KINDS, CalendarDay, load_calendar
from workflows.law.legal_parameters import LegalParameter, NoParameterInForce, load_parameters, refuse_overlaps
from workflows.law.reading import STATUSES, TableInvalid

BATCH = 200
NOT_REPROJECTED = "deadline_not_reprojected"


def load_shipped(tx: Transaction) -> dict[str, Any]:
    """The parameters and the calendar shipped with this version, where the database has none yet."""
    authority.may_administer(tx.actor, "nạp tham số pháp lý")
    if tx.connection.execute(select(legal_parameter.c.id).limit(1)).first() is not None:
        return {"parameters": 0, "days": 0}
    parameters, calendar = load_parameters(), load_calendar()
    tx.connection.execute(insert(legal_parameter), [_parameter_row(parameter) for parameter in parameters])
    tx.connection.execute(insert(calendar_day), [_day_row(day) for day in calendar.days])
    loaded = {"parameters": len(parameters), "days": len(calendar.days)}
    trail.append_to_administration(tx, EventType.LEGAL_PARAMETER_SET, {"input": {"shipped": loaded}}, law_changed=True)
    forget(tx)
    return loaded


def set_calendar_day(tx: Transaction, day: CalendarDay) -> dict[str, Any]:
    """Declares one day a holiday, a compensatory or swapped rest day, or a swapped working day, with its source.

    Open deadlines follow in batches (`reproject_open`), which also a restart after a crash finishes.
    """
    authority.may_administer(tx.actor, "sửa lịch làm việc")
    if day.kind not in KINDS or day.status not in STATUSES or not day.source.strip():
        raise Invalid(
            "calendar_day_invalid",
            f"Ngày trong lịch cần loại ({', '.join(sorted(KINDS))}), căn cứ và mức độ kiểm chứng.",
            f"A calendar day needs a kind ({', '.join(sorted(KINDS))}), a source and a status.",
        )
    tx.connection.execute(delete(calendar_day).where(calendar_day.c.day == day.day))
    tx.connection.execute(insert(calendar_day), _day_row(day))
    said = {**_day_row(day), "day": day.day.isoformat()}
    trail.append_to_administration(tx, EventType.CALENDAR_DAY_SET, {"input": said}, law_changed=True)
    forget(tx)
    return said


def set_parameter(tx: Transaction, parameter: LegalParameter) -> dict[str, Any]:
    """Puts a legal parameter in force from its date. The one before ends on the day before. Raises Invalid when periods overlap."""
    authority.may_administer(tx.actor, "sửa tham số pháp lý")
    book = law_in_force(tx)
    same = [
        known
        for known in book.parameters
        if known.id == parameter.id and known.effective_from != parameter.effective_from
    ]
    others = [_ended_before(known, parameter.effective_from) for known in same]
    try:
        refuse_overlaps([*others, parameter])
    except TableInvalid as error:
        raise Invalid(
            "parameter_overlaps", f"Hiệu lực của tham số chồng lấn: {error}", f"The periods overlap: {error}"
        ) from error
    tx.connection.execute(delete(legal_parameter).where(legal_parameter.c.id == parameter.id))
    tx.connection.execute(insert(legal_parameter), [_parameter_row(known) for known in [*others, parameter]])
    said = {"id": parameter.id, "value": parameter.value, "unit": parameter.unit, "law": parameter.law}
    content = {"input": {**said, "effective_from": parameter.effective_from.isoformat(), "status": parameter.status}}
    trail.append_to_administration(tx, EventType.LEGAL_PARAMETER_SET, content, law_changed=True)
    forget(tx)
    return said


def reproject_open(database: Database, batch: int = BATCH) -> dict[str, Any]:
    """Projects anew every running deadline that was computed under an older version of the law. Can be stopped and repeated.

    A case in which that fails keeps its deadlines, gets an incident, and does not hold up the others.
    """
    seen = moved = last = 0
    while True:
        done = database.perform(SYSTEM_ACTOR, "reproject_open", partial(_reproject_batch, batch=batch, after=last))
        seen, moved, last = seen + done["seen"], moved + done["moved"], done["last"]
        if done["seen"] == 0:
            return {"seen": seen, "moved": moved}


def preview(tx: Transaction, day: CalendarDay) -> dict[str, Any]:
    """How many open deadlines a calendar day would move: call within engine.commands.rehearse."""
    set_calendar_day(tx, day)
    moved: list[str] = []
    last = 0
    while (done := _reproject_batch(tx, BATCH, last))["seen"]:
        moved += done["cases"]
        last = done["last"]
    return {"moved": len(moved), "cases": moved[:BATCH]}


def _reproject_batch(tx: Transaction, batch: int, after: int) -> dict[str, Any]:
    book = law_in_force(tx)
    stale = and_(
        deadline.c.status == DeadlineStatus.RUNNING, deadline.c.law_version < book.version, deadline.c.case_id > after
    )
    query = select(deadline.c.case_id).where(stale).distinct().order_by(deadline.c.case_id).limit(batch)
    cases = [case_id for (case_id,) in tx.connection.execute(query)]
    system = replace(tx, actor=SYSTEM_ACTOR)
    moved = [number for case_id in cases if (number := _reproject_case(system, case_id))]
    return {"seen": len(cases), "moved": len(moved), "cases": moved, "last": max(cases, default=after)}


def _reproject_case(tx: Transaction, case_id: int) -> str | None:
    """The number of the case, when one of its deadlines moved."""
    try:
        with savepoint(tx):
            case = load_case(tx, case_id)
            return case.number if follow_law(tx, case, Clocks(tx, case)) else None
    except (Refusal, NoParameterInForce, ValueError) as error:
        _note_incident(tx, case_id, str(error))
        return None


def _note_incident(tx: Transaction, case_id: int, what: str) -> None:
    known = (incident.c.case_id == case_id, incident.c.kind == NOT_REPROJECTED, incident.c.resolved_at.is_(None))
    if tx.connection.execute(select(incident.c.id).where(*known)).first() is None:
        entry = {"case_id": case_id, "kind": NOT_REPROJECTED, "what": what[:2000], "at": tx.now}
        tx.connection.execute(insert(incident), entry)


def _ended_before(known: LegalParameter, day: date) -> LegalParameter:
    if known.effective_from < day and (known.effective_to is None or known.effective_to >= day):
        return replace(known, effective_to=date.fromordinal(day.toordinal() - 1))
    return known


def _parameter_row(parameter: LegalParameter) -> dict[str, Any]:
    return {
        "id": parameter.id,
        "effective_from": parameter.effective_from,
        "effective_to": parameter.effective_to,
        "content": parameter_to_json(parameter),
    }


def _day_row(day: CalendarDay) -> dict[str, Any]:
    return {
        "day": day.day,
        "kind": day.kind,
        "name_vi": day.name_vi,
        "name_en": day.name_en,
        "source": day.source,
        "status": day.status,
    }
