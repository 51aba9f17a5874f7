"""Reading a body as JSON with one meaning only: what two programs could read differently is refused, and names the place."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from flask import request

from api.errors import Malformed, not_json_type
from engine.errors import Invalid, Message

MEDIA_TYPE = "application/json"
DEEPEST = 32


def read_object() -> dict[str, Any]:
    """The body as a JSON object. Raises Malformed, Invalid, or the error of a wrong media type."""
    if request.mimetype != MEDIA_TYPE or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise not_json_type()
    return parse_object(request.get_data(cache=False))


def parse_object(raw: bytes) -> dict[str, Any]:
    """The bytes as a JSON object: UTF-8, no key twice, no NaN, no infinity, no lone surrogate, no NUL, not deeper than 32."""
    try:
        content = json.loads(
            raw.decode(), object_pairs_hook=_each_key_once, parse_constant=_refuse_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise Malformed("not_utf8", "Dữ liệu không phải là UTF-8.", "The body is not UTF-8.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except json.JSONDecodeError as error:
        raise Malformed(
            "not_json",
            f"Dữ liệu không phải là JSON hợp lệ (dòng {error.lineno}, cột {error.colno}).",
            f"The body is not JSON (line {error.lineno}, column {error.colno}).",
        ) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise Malformed("number_too_long", "Có con số quá dài.", "A number is too long.") from error
    if not isinstance(content, dict):
        raise Malformed("not_an_object", "Dữ liệu phải là một đối tượng JSON {…}.", "Expected a JSON object {…}.")
    _check_texts(content)
    return content


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            shown = ascii(name)[:60]
            raise Malformed("key_twice", f"Mục {shown} xuất hiện hai lần.", f"The name {shown} appears twice.")
        content[name] = value
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed("not_a_number", f"{name} không phải là số trong JSON.", f"{name} is no number in JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed("not_a_number", f"Số {text[:20]} quá lớn.", f"The number {text[:20]} is too large.")
    return number


def _check_texts(content: dict[str, Any]) -> None:
    wrong = {
        path for path, text in _texts(content) if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text)
    }
    if wrong:
        message = Message(
            code="bad_characters", vi="Có ký tự không hợp lệ.", en="It holds characters that are not valid."
        )
        raise Invalid(
            "bad_characters",
            "Có ký tự không hợp lệ trong các mục được nêu.",
            "There are characters that are not valid in the fields named.",
            {path: [message] for path in sorted(wrong)},
        )


def _texts(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text with its path, names included. Raises Malformed when the nesting is too deep."""
    waiting: list[tuple[str, Any, int]] = [("", content, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict):
            for name, item in value.items():
                shown = name.encode("ascii", "backslashreplace").decode()[:60].replace("\0", "\\x00")
                here = f"{path}.{shown}" if path else shown
                yield here, name
                waiting.append((here, item, depth + 1))
        elif isinstance(value, list):
            waiting += [(f"{path}.{place}", item, depth + 1) for place, item in enumerate(value)]


def _too_deep() -> Malformed:
    return Malformed("too_deep", "Dữ liệu lồng nhau quá sâu.", "The body is nested too deep.")
