"""Time limits of the law, each with its citation, its period in force and a mark of how well it is known.

The table is `parameters.yaml`; its head explains units and marks. What was in force is asked by date (`in_force`): the day the
request was received decides, not the day of the question.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Literal, cast

from workflows.law.reading import STATUSES, Row, TableInvalid, packaged_text, read_table

Unit = Literal["wd", "cd", "month", "year", "hour", "date"]
Status = Literal["V", "V-", "V2", "M", "I", "D", "not_found"]

# A longer period than these is a slip of the pen, and would only slow the calendar down.
LARGEST = {"wd": 1000, "cd": 2000, "month": 240, "year": 100, "hour": 2000}


class NoParameterInForce(LookupError):
    """No period of this time limit is in force on that day (or the system does not know the time limit at all)."""

    def __init__(self, parameter_id: str, on: date) -> None:
        self.id = parameter_id
        self.on = on
        self.vi = f"Không có quy định về thời hạn «{parameter_id}» có hiệu lực vào ngày {on:%d/%m/%Y}."
        self.en = (
            f"Expected a rule for the time limit «{parameter_id}» in force on {on.isoformat()}, but there is none."
        )
        super().__init__(self.en)


@dataclass(frozen=True, slots=True)
class LegalParameter:
    """One time limit during one period of law.

    `value` is counted in `unit` from the day `starts_from`: wd = working days, cd = calendar days, month, year, hour. It is None when a
    person or a plan sets the day (unit `date`) and when the law's number is not known (status `not_found`).
    `effective_to` is the last day in force; None means still in force. `max_times` limits how often an extension may be granted.
    `law` is the citation, in Vietnamese; `status` says how well it is known (see the head of parameters.yaml).
    """

    id: str
    value: int | None
    unit: Unit
    starts_from: str
    starts_from_vi: str
    starts_from_en: str
    law: str
    effective_from: date
    effective_to: date | None
    status: Status
    max_times: int | None
    label_vi: str
    label_en: str
    note_vi: str
    note_en: str

    def in_force_on(self, on: date) -> bool:
        """Whether this period of law covers the day; its first and last day belong to it."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


def in_force(parameters: Iterable[LegalParameter], parameter_id: str, on: date) -> LegalParameter:
    """The period of a time limit in force on the day `on` (Vietnam's calendar). Raises `NoParameterInForce`."""
    for parameter in parameters:
        if parameter.id == parameter_id and parameter.in_force_on(on):
            return parameter
    raise NoParameterInForce(parameter_id, on)


@cache
def load_parameters() -> tuple[LegalParameter, ...]:
    """The time limits shipped with this version. Raises `TableInvalid` when the file is wrong."""
    return parse_parameters(packaged_text("parameters.yaml"))


def parse_parameters(text: str) -> tuple[LegalParameter, ...]:
    """The time limits of a YAML text, in its order. Raises `TableInvalid` with the row and the field that are wrong."""
    table = Row("parameters", read_table(text, "the table of parameters"))
    anchors = _anchors(table.row("anchors"))
    parameters = tuple(_parameter(row, anchors) for row in table.rows("parameters"))
    table.done()
    refuse_overlaps(parameters)
    return parameters


def refuse_overlaps(parameters: Iterable[LegalParameter]) -> None:
    """Raises `TableInvalid` when two periods of one time limit share a day."""
    ordered = sorted(parameters, key=lambda parameter: (parameter.id, parameter.effective_from))
    for earlier, later in pairwise(ordered):
        if earlier.id == later.id and earlier.in_force_on(later.effective_from):
            raise TableInvalid(
                f"Expected the periods of {later.id} not to overlap, but the one from {earlier.effective_from} is still in force on "
                f"{later.effective_from}"
            )


def _anchors(row: Row) -> Mapping[str, tuple[str, str]]:
    anchors = {}
    for name in row.names():
        words = row.row(name)
        anchors[name] = (words.text("vi"), words.text("en"))
        words.done()
    return anchors


def _parameter(row: Row, anchors: Mapping[str, tuple[str, str]]) -> LegalParameter:
    parameter_id = row.text("id")
    if not (parameter_id.isascii() and parameter_id.isidentifier() and parameter_id == parameter_id.lower()):
        raise row.wrong("id", "a snake_case name", parameter_id)
    row.where = f"the parameter {parameter_id}"
    unit = cast("Unit", row.word("unit", frozenset(LARGEST) | {"date"}))
    status = cast("Status", row.word("status", STATUSES))
    starts_from = row.word("from", frozenset(anchors))
    parameter = LegalParameter(
        id=parameter_id,
        value=row.optional_whole("value", 0, LARGEST.get(unit, 0)),
        unit=unit,
        starts_from=starts_from,
        starts_from_vi=anchors[starts_from][0],
        starts_from_en=anchors[starts_from][1],
        law=row.text("law"),
        effective_from=row.day("effective_from"),
        effective_to=row.optional_day("effective_to"),
        status=status,
        max_times=row.optional_whole("max_times", 1, 10),
        label_vi=row.text("label_vi"),
        label_en=row.text("label_en"),
        note_vi=row.optional_text("note_vi"),
        note_en=row.optional_text("note_en"),
    )
    row.done()
    _check_sense(parameter)
    return parameter


def _check_sense(parameter: LegalParameter) -> None:
    here = f"the parameter {parameter.id}"
    without_value = parameter.unit == "date" or parameter.status == "not_found"
    if without_value != (parameter.value is None):
        raise TableInvalid(
            f"Expected {here} to have a value unless its unit is date or its status not_found, "
            f"but the value is {parameter.value!r}, the unit {parameter.unit} and the status {parameter.status}"
        )
    if parameter.effective_to is not None and parameter.effective_to < parameter.effective_from:
        raise TableInvalid(f"Expected {here} to end after it begins, but it ends on {parameter.effective_to}")
    if bool(parameter.note_vi) != bool(parameter.note_en):
        raise TableInvalid(f"Expected the note of {here} in both languages, but one is missing")
