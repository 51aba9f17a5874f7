"""What goes wrong, as application/problem+json (RFC 9457) in Vietnamese and English. The only place that knows HTTP codes.

Every problem has `code` (stable, for programs), `vi` and `en` (the same sentence), `title` and `detail` in the language that
Accept-Language prefers (Vietnamese unless English is asked for), and `fields` where a part of the input is to blame. A fault of
ours has an incident number; what lies behind it stands in the log under that number and nowhere else.
"""

import json
import logging
import secrets
import traceback
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from engine.errors import (
    BrokenTrail,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Refusal,
)
from forms import UnknownForm
from workflows.law.legal_parameters import NoParameterInForce

MEDIA_TYPE = "application/problem+json"
LOG = logging.getLogger("api")


class Malformed(Refusal):
    """The call cannot be read: not the JSON it should be, or a header that does not say what it must."""


class Unauthenticated(Refusal):
    """The caller is not known: no access token, or one that does not work."""


class TooOften(Refusal):
    """The caller knocks too often; `details` says after how many seconds to come back."""


STATUS: dict[type[Refusal], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Refusal: 409,
    Invalid: 422,
    TooOften: 429,
    BrokenTrail: 500,
    OutcomeUnknown: 503,
}
STALE, FAULT = 412, 500

TITLES: dict[int, tuple[str, str]] = {
    400: ("Không đọc được dữ liệu gửi đến", "The call cannot be read"),
    401: ("Chưa xác thực", "Not authenticated"),
    403: ("Không được phép", "Not allowed"),
    404: ("Không tìm thấy", "Not found"),
    405: ("Phương thức không được dùng ở đây", "Method not allowed here"),
    409: ("Không thực hiện được ở trạng thái hiện tại", "Not possible as things stand"),
    412: ("Hồ sơ đã thay đổi", "The case has changed"),
    413: ("Dữ liệu quá lớn", "Too large"),
    415: ("Kiểu dữ liệu không được hỗ trợ", "Unsupported media type"),
    422: ("Dữ liệu chưa hợp lệ", "The input is not valid"),
    429: ("Quá nhiều lần gọi", "Too many calls"),
    500: ("Lỗi hệ thống", "Fault of the system"),
    503: ("Tạm thời chưa phục vụ được", "Temporarily unavailable"),
}
OTHER_TITLE = ("Không thực hiện được", "Not possible")

HTTP_TEXTS: dict[int, tuple[str, str, str]] = {
    400: ("bad_call", "Dữ liệu gửi đến không đọc được.", "The call cannot be read."),
    404: ("no_such_path", "Không có đường dẫn này.", "There is nothing at this path."),
    405: (
        "method_not_allowed",
        "Đường dẫn này không nhận phương thức đó; xem tiêu đề Allow.",
        "This path does not take that method; see the header Allow.",
    ),
    413: ("too_large", "Dữ liệu gửi đến quá lớn (tối đa 1 MB).", "The body is too large (at most 1 MB)."),
    415: (
        "not_json_type",
        "Hãy gửi dữ liệu với Content-Type: application/json (mã hóa UTF-8).",
        "Send the body with Content-Type: application/json (in UTF-8).",
    ),
}


@dataclass(frozen=True)
class Problem:
    """One answer to something that went wrong, before it is written for a program or a person."""

    status: int
    code: str
    vi: str
    en: str
    fields: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    incident: str | None = None

    @property
    def title(self) -> tuple[str, str]:
        """The kind of problem in Vietnamese and English."""
        return TITLES.get(self.status, OTHER_TITLE)


def register(app: Flask) -> None:
    """From here on every error of the application is a problem in both languages."""
    app.register_error_handler(Exception, lambda error: as_response(problem_of(error)))


def problem_of(error: Exception) -> Problem:
    """What the caller is told about the error. Faults of ours are logged with an incident number."""
    if isinstance(error, Refusal):
        return _of_refusal(error)
    if isinstance(error, NoParameterInForce):
        return Problem(STATUS[Conflict], "no_parameter_in_force", error.vi, error.en)
    if isinstance(error, UnknownForm):
        return _unknown_form(error)
    if isinstance(error, HTTPException) and (error.code or FAULT) < FAULT:
        return _of_http(error)
    return _fault(error)


def as_response(problem: Problem) -> Response:
    """The problem as JSON."""
    english = prefers_english()
    body: dict[str, Any] = {
        "type": f"urn:giaitrinh:problem:{problem.code}",
        "title": problem.title[english],
        "status": problem.status,
        "detail": problem.en if english else problem.vi,
        "code": problem.code,
        "vi": problem.vi,
        "en": problem.en,
    }
    body |= {"fields": problem.fields} if problem.fields else {}
    body |= {"details": problem.details} if problem.details else {}
    body |= {"instance": f"urn:giaitrinh:incident:{problem.incident}"} if problem.incident else {}
    text = json.dumps(body, ensure_ascii=False, default=str)
    response = Response(text, problem.status, mimetype=MEDIA_TYPE)
    response.headers.update(problem.headers)
    response.headers["Content-Language"] = "en" if english else "vi"
    response.vary.add("Accept-Language")
    return response


def prefers_english() -> bool:
    """Whether the caller would rather read English than Vietnamese."""
    return request.accept_languages.best_match(["vi", "en"], default="vi") == "en"


def not_json_type() -> HTTPException:
    """The error to raise when the body is not declared as JSON."""
    return UnsupportedMediaType()


def _of_refusal(refusal: Refusal) -> Problem:
    status = next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)
    if refusal.code == "case_changed" and "If-Match" in request.headers:
        status = STALE
    headers = {}
    if status == STATUS[Unauthenticated]:
        headers["WWW-Authenticate"] = 'Bearer realm="giaitrinh"'
    if status in (STATUS[TooOften], STATUS[OutcomeUnknown]):
        headers["Retry-After"] = str(refusal.details.get("retry_after", 1))
    incident = _log_incident(refusal) if status == FAULT else None
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    return Problem(status, refusal.code, refusal.vi, refusal.en, fields, refusal.details, headers, incident)


def _unknown_form(error: UnknownForm) -> Problem:
    vi, en = f"Không có biểu mẫu «{error.key}».", f"There is no form «{error.key}»."
    return Problem(STATUS[NotFound], "no_such_form", vi, en)


def _of_http(error: HTTPException) -> Problem:
    status = error.code or FAULT
    vi, en = OTHER_TITLE
    code, vi, en = HTTP_TEXTS.get(status, (f"http_{status}", f"{vi} (HTTP {status}).", f"{en} ({error.name})."))
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return Problem(status, code, vi, en, headers=headers)


def _fault(error: Exception) -> Problem:
    incident = _log_incident(error)
    return Problem(
        FAULT,
        "fault",
        f"Hệ thống gặp lỗi và chưa thực hiện được việc này; khi liên hệ hãy nêu mã sự cố {incident}.",
        f"The system failed and did not do this; name the incident {incident} when you ask about it.",
        incident=incident,
    )


def _log_incident(error: Exception) -> str:
    """Logs where it happened but not what was said: messages of a database quote its parameters, and those may be personal."""
    incident = secrets.token_hex(6)
    where = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    LOG.error("incident %s at %s: %s\n%s", incident, request.endpoint, kind, where, extra={"action": "incident"})
    return incident
