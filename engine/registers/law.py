"""The law in force: legal parameters and the working calendar, read once per version of the law."""

import json
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select

from engine.database import Transaction
from engine.tables import administration_trail, calendar_day, legal_parameter
from engine.time.working_calendar import WorkingCalendar
from workflows.law.calendar_days import CalendarDay, load_calendar
from workflows.law.legal_parameters import LegalParameter, in_force

MEMORY = "law"


@dataclass(frozen=True)
class LawBook:
    """Parameters with their dates, and the calendar, as of one version of the law."""

    version: int
    parameters: tuple[LegalParameter, ...]
    calendar: WorkingCalendar

    def parameter(self, identity: str, on: date) -> LegalParameter:
        """The parameter as it stood on that day. Raises NoParameterInForce."""
        return in_force(self.parameters, identity, on)


def law_in_force(tx: Transaction) -> LawBook:
    """The law as this transaction sees it."""
    book = tx.memory.get(MEMORY)
    if not isinstance(book, LawBook):
        book = tx.memory[MEMORY] = _law_of(tx)
    return book


def forget(tx: Transaction) -> None:
    """This transaction has changed the law: what it remembers is out of date."""
    tx.memory.pop(MEMORY, None)


def parameter_to_json(parameter: LegalParameter) -> str:
    """The parameter as it is stored."""
    return json.dumps(asdict(parameter), default=date.isoformat, sort_keys=True, ensure_ascii=False)


def parameter_from_json(text: str) -> LegalParameter:
    """The parameter as it was stored."""
    row = json.loads(text)
    ends = row["effective_to"]
    dates = {
        "effective_from": date.fromisoformat(row["effective_from"]),
        "effective_to": date.fromisoformat(ends) if ends else None,
    }
    return LegalParameter(**{**row, **dates})


def _law_of(tx: Transaction) -> LawBook:
    version = tx.connection.execute(select(administration_trail.c.law_version)).scalar_one_or_none() or 0
    known = tx.cache.get(MEMORY)
    if isinstance(known, LawBook) and known.version == version:
        return known
    book = LawBook(version, _parameters(tx), _calendar(tx))
    tx.cache[MEMORY] = book
    return book


def _parameters(tx: Transaction) -> tuple[LegalParameter, ...]:
    query = select(legal_parameter.c.content).order_by(legal_parameter.c.id, legal_parameter.c.effective_from)
    return tuple(parameter_from_json(content) for (content,) in tx.connection.execute(query))


def _calendar(tx: Transaction) -> WorkingCalendar:
    """The days of the database within the horizon that was shipped; a day beyond it widens the horizon."""
    table = load_calendar()
    rows = tx.connection.execute(select(calendar_day).order_by(calendar_day.c.day))
    days = tuple(CalendarDay(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name
    first, last = min(table.first, *(each.day for each in days)), max(table.last, *(each.day for each in days))
    return WorkingCalendar(days, first, last, table.announced_until, table.weekly_rest, table.fixed_holidays)
