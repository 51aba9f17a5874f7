"""Number series: one per kind of case, agency and year, from 1 without gaps (Decree 30/2020, art. 15)."""

from sqlalchemy.dialects import postgresql, sqlite

from engine.database import Transaction
from engine.tables import number_series
from engine.time.clock import local_date


def next_number(tx: Transaction, series: str, agency: str) -> str:
    """The next number, such as YCGT-DN-UBND-2026-000123. A rolled back transaction gives its number back."""
    year = local_date(tx.now).year
    insert = postgresql.insert if tx.is_postgresql else sqlite.insert
    first = insert(number_series).values(series=series, agency=agency, year=year, last=1)
    taken = first.on_conflict_do_update(
        index_elements=["series", "agency", "year"], set_={"last": number_series.c.last + 1}
    )
    number = tx.connection.execute(taken.returning(number_series.c.last)).scalar_one()
    return f"{series}-{agency.upper()}-{year}-{number:06d}"
