"""How a resource declares a route: what it takes, what it gives, and what is said about it in both languages.

    cases = Noun("cases", "Cases", "Hồ sơ")

    @cases.route("GET", "/cases/<number:number>", en="The case file", vi="Hồ sơ trên một màn hình", gives=CaseFileSchema)
    @access.participant
    def case_file(number: str) -> ...

Whatever a route does not declare is refused: a query that it does not know, a body that it does not take.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from flask_smorest import Blueprint
from marshmallow import Schema

from api import access, inputs, strict_json
from api.idempotency import HEADER as IDEMPOTENCY_KEY
from api.paths import PREFIX
from forms.base import Form

View = TypeVar("View", bound=Callable[..., Any])

KEY_PARAMETER = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "description": (
        "Something random, such as a UUID: the same call sent twice is done once. Required of participants. / "
        "Mã ngẫu nhiên, ví dụ UUID: gửi lại cùng mã thì việc không bị làm hai lần. Bắt buộc với người tham gia."
    ),
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~:-]{16,128}$"},
}
IF_MATCH_PARAMETER = {
    "in": "header",
    "name": "If-Match",
    "description": (
        "The ETag of the case as it was looked at; 412 when it has changed since. / "
        "ETag của hồ sơ khi xem; trả về 412 nếu hồ sơ đã thay đổi."
    ),
    "schema": {"type": "string"},
}
ETAG = {"ETag": {"description": "The version of the case / Phiên bản của hồ sơ", "schema": {"type": "string"}}}
ENTRY_OF_ITS_FORM = {
    "type": "object",
    "description": (
        "The entry of the work item's form: GET /api/v1/forms/{form} tells its fields. / "
        "Nội dung theo biểu mẫu của việc: xem GET /api/v1/forms/{form}."
    ),
}


@dataclass(frozen=True)
class Takes:
    """What a body must be: a declared form, checked at the door; or an entry of a form of the engine, checked there."""

    form: type[Form] | None = None
    is_entry: bool = False
    verbatim: bool = False
    example: dict[str, Any] | None = None

    def read(self) -> dict[str, Any]:
        """The body."""
        if self.is_entry or self.form is None:
            return strict_json.read_object()
        return inputs.take_body(self.form, verbatim=self.verbatim)

    def documentation(self) -> dict[str, Any]:
        """The body as OpenAPI has it."""
        content: dict[str, Any] = {"schema": self.form or ENTRY_OF_ITS_FORM}
        content |= {"example": self.example} if self.example else {}
        return {"required": True, "content": {strict_json.MEDIA_TYPE: content}}


@dataclass(frozen=True)
class Promises:
    """What a route promises besides its answer. An act is `keyed`; one on a case is `versioned`; a supervisor's is `rehearsable`."""

    keyed: bool = False
    versioned: bool = False
    rehearsable: bool = False
    has_etag: bool = False

    def parameters(self) -> list[dict[str, Any]]:
        """The headers of the call as OpenAPI has them."""
        return [KEY_PARAMETER] * self.keyed + [IF_MATCH_PARAMETER] * self.versioned


READS = Promises()
ACTS = Promises(keyed=True)
ACTS_ON_CASE = Promises(keyed=True, versioned=True, has_etag=True)
CAN_BE_REHEARSED = Promises(keyed=True, rehearsable=True)
INTERVENES = Promises(keyed=True, versioned=True, rehearsable=True, has_etag=True)


@dataclass
class Noun:
    """The routes about one thing."""

    name: str
    en: str
    vi: str
    blueprint: Any = field(init=False)

    def __post_init__(self) -> None:
        self.blueprint = Blueprint(self.name, __name__, url_prefix=PREFIX, description=f"{self.en} / {self.vi}")

    def route(
        self,
        method: str,
        rule: str,
        *,
        en: str,
        vi: str,
        gives: type[Schema] | None,
        status: int = 200,
        query: type[Form] = inputs.Nothing,
        takes: Takes | None = None,
        promises: Promises = READS,
        about: str = "",
    ) -> Callable[[View], View]:
        """Declares one route. The view gets the body, if one is taken, and the parts of the address by name.

        `about` is a further description. The view must have declared its access.
        """
        asked = inputs.Rehearsal if promises.rehearsable else query

        def declare(view: View) -> View:
            @wraps(view)
            def called(**address: Any) -> Any:
                inputs.take_query(asked)
                if takes is not None:
                    return view(takes.read(), **address)
                if method != "GET":
                    inputs.take_no_body()
                return view(**address)

            documented = self.blueprint.response(status, gives, headers=ETAG if promises.has_etag else None)(called)
            told: dict[str, Any] = {"summary": f"{en} / {vi}", "operationId": f"{self.name}.{view.__name__}"}
            told |= {"description": about} if about else {}
            told |= {"requestBody": takes.documentation()} if takes else {}
            told["parameters"] = [*promises.parameters(), {"in": "query", "schema": asked}]
            told |= _told_of_access(view)
            self.blueprint.add_url_rule(rule, view.__name__, self.blueprint.doc(**told)(documented), methods=[method])
            return view

        return declare


def _told_of_access(view: object) -> dict[str, Any]:
    declared = access.declared(view)
    if declared is None:
        return {}
    security: list[dict[str, list[str]]] = [{"token": []}] if declared.needs_token else [{}, {"token": []}]
    if declared.level == "requester_code":
        security = [{}]
    return {"security": security, "x-access": str(declared)}
