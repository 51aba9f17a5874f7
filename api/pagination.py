"""Lists page by page from a position (keyset): a page never repeats or misses what was there when the one before it was read."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from api import inputs
from engine.errors import Invalid, Message
from forms import fields as ask
from forms.base import Form
from forms.kinds import WholeNumber

DEFAULT, MOST = 50, 100
LARGEST_ID = 2**53


def limit_field() -> WholeNumber:
    """How many entries a page has at most."""
    return ask.whole_number("Số mục mỗi trang", "Entries per page", least=1, most=MOST)


class ByNumber(Form):
    """The query of a list whose position is a number."""

    after = ask.whole_number("Sau vị trí", "After this position", least=0, most=LARGEST_ID)
    limit = limit_field()


class ByPosition(Form):
    """The query of a list whose position is a text that only the list itself can read."""

    after = ask.pattern(
        "Sau vị trí", "After this position", form=r"[A-Za-z0-9_-]+", example="lấy từ liên kết next", most=200
    )
    limit = limit_field()


def limit() -> int:
    """How many entries the caller asked for."""
    return int(inputs.asked().get("limit", DEFAULT))


def page(found: Sequence[Any], position: Callable[[Any], Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The page of what was found, with the address of the next one. Read `limit() + 1` entries: one more says that there is more."""
    most = limit()
    entries = list(found[:most])
    if len(found) <= most:
        return {"items": entries, "next": None}, {}
    query = {**request.args.to_dict(), "after": position(entries[-1]), "limit": most}
    address = f"{request.path}?{urlencode(query)}"
    return {"items": entries, "next": address}, {"Link": f'<{address}>; rel="next"'}


def sealed(position: str) -> str:
    """A position as a word that fits into an address."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def opened(after: str | None, is_position: Callable[[str], bool]) -> str | None:
    """The position behind the word. Raises Invalid when it is none that this list gave."""
    if after is None:
        return None
    try:
        position = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        position = ""
    if not is_position(position):
        message = Message(
            code="bad_position",
            vi="Hãy dùng liên kết next của trang trước.",
            en="Use the link next of the page before.",
        )
        raise Invalid(
            "input_invalid",
            "Vị trí trong danh sách không hợp lệ.",
            "There is no such position in the list.",
            {"after": [message]},
        )
    return position
