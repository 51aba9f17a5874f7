"""What may stand in an address. Anything else leads nowhere (404), before any room behind the doors sees it."""

from datetime import date
from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

PREFIX = "/api/v1"
LARGEST_TOKEN = 2**31 - 1


class CaseNumber(BaseConverter):
    """The number of a case: YCGT-UBND-PHUONG-2026-000001."""

    regex = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}"


class Name(BaseConverter):
    """An id: of an organisation, a participant, a process, a plan."""

    regex = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"


class FormKey(BaseConverter):
    """The key of a form: accountability_request.classify."""

    regex = r"[a-z][a-z_]{0,40}\.[a-z][a-z_]{0,40}"


class Day(BaseConverter):
    """A day: 2026-09-02."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Raises ValidationError for a day that no calendar has."""
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value: Any) -> str:
        return str(value)


CONVERTERS: dict[str, type[BaseConverter]] = {"number": CaseNumber, "name": Name, "form_key": FormKey, "day": Day}
TOKEN = f"<int(max={LARGEST_TOKEN}):token>"


def register(app: Flask) -> None:
    """Teaches the application these parts of addresses. An address has one spelling: no slash too many leads anywhere."""
    app.url_map.converters |= CONVERTERS
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
