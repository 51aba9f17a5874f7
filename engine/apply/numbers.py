"""Number series: one per kind of case, agency and year, from 1 without gaps (Decree 30/2020, art. 15)."""

from sqlalchemy import insert, select, update

from engine.database import Transaction
from engine.tables import number_series
from engine.time.clock import local_date


def next_number(tx: Transaction, series: str, agency: str) -> str:
    """The next number, such as YCGT-DN-UBND-2026-000123. A rolled back transaction gives its number back."""
    year = local_date(tx.now).year
    key = (number_series.c.series == series, number_series.c.agency == agency, number_series.c.year == year)
    query = select(number_series.c.last).where(*key)
    last = tx.connection.execute(query.with_for_update() if tx.is_postgresql else query).scalar_one_or_none()
    if last is None:
        last = 0
        tx.connection.execute(insert(number_series), {"series": series, "agency": agency, "year": year, "last": 1})
    else:
        tx.connection.execute(update(number_series).where(*key), {"last": last + 1})
    return f"{series}-{agency.upper()}-{year}-{last + 1:06d}"
