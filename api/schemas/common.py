"""Pieces of many answers."""

from typing import Any

from marshmallow import Schema, fields

from api.paths import PREFIX


def page_of(entry: type[Schema]) -> type[Schema]:
    """The schema of a page of such entries."""
    name = f"{entry.__name__.removesuffix('Schema')}PageSchema"
    next_page = fields.String(
        allow_none=True, metadata={"description": "Address of the next page, if any / Địa chỉ trang sau, nếu còn"}
    )
    return Schema.from_dict({"items": fields.List(fields.Nested(entry)), "next": next_page}, name=name)


def link(*parts: Any) -> str:
    """An address below the prefix of the API."""
    return "/".join([PREFIX, *map(str, parts)])


def instant() -> fields.DateTime:
    """An instant: ISO 8601 with offset."""
    return fields.DateTime(format="iso", allow_none=True)


def day_text(about: str = "") -> fields.String:
    """A day that is ISO text already."""
    return fields.String(
        allow_none=True, metadata={"format": "date", "description": about} if about else {"format": "date"}
    )


def word() -> fields.String:
    """A text that may be missing."""
    return fields.String(allow_none=True)


class BilingualSchema(Schema):
    """A title in both languages."""

    vi = fields.String()
    en = fields.String()
