"""The description of the API in OpenAPI 3.1, made from the routes and their forms and schemas."""

from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api

from api import errors
from api.inputs import Entry
from api.paths import CONVERTERS
from api.schemas.problems import ProblemSchema
from forms.base import Form, Group
from forms.kinds import Choice, Date, Instant, Kind, Many, Text, WholeNumber, YesNo

TITLE = "Giải trình: accountability requests and plan tasks / Yêu cầu giải trình và nhiệm vụ kế hoạch"
VERSION = "1.0.0"
DESCRIPTION = """\
Cases of accountability requests, plan tasks and inspections. Instants are ISO 8601 with offset; days are Vietnam's calendar days.
Problems are `application/problem+json` with `code`, `vi`, `en` and, where a part of the input is to blame, `fields`.

Hồ sơ yêu cầu giải trình, nhiệm vụ kế hoạch và kiểm tra, thanh tra. Thời điểm theo ISO 8601 kèm múi giờ; ngày theo lịch Việt Nam.
Lỗi được trả về dạng `application/problem+json` với `code`, `vi`, `en` và `fields` nêu mục chưa hợp lệ.
"""
TYPES: tuple[tuple[type[Kind], dict[str, Any]], ...] = (
    (Text, {"type": "string"}),
    (Choice, {"type": "string"}),
    (YesNo, {"type": "boolean"}),
    (Date, {"type": "string", "format": "date"}),
    (Instant, {"type": "string", "format": "date-time"}),
    (WholeNumber, {"type": "integer"}),
    (Entry, {"type": "object"}),
)


class Documentation(Api):  # type: ignore[misc]  # the library has no types
    """flask-smorest's description of the API, without its answers to errors: those are ours, for the whole application."""

    def _register_error_handlers(self) -> None:
        """Errors are answered by `api.errors`."""

    def _register_responses(self) -> None:
        problem = {"description": "A problem / Lỗi", "content": {errors.MEDIA_TYPE: {"schema": ProblemSchema}}}
        self.spec.components.response(self.DEFAULT_ERROR_RESPONSE_NAME, problem)

    def _register_etag_headers(self) -> None:
        """Ours are declared with the routes (`api.operations`)."""

    def _register_pagination_header(self) -> None:
        """Lists name their next page in the answer (`api.pagination`)."""


def describe(app: Flask) -> Documentation:
    """Prepares the application for resources; `documentation.register_blueprint` adds one."""
    app.config |= {"API_TITLE": TITLE, "API_VERSION": VERSION, "OPENAPI_VERSION": "3.1.0"}
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    documentation = Documentation(spec_kwargs={"marshmallow_plugin": plugin, "info": {"description": DESCRIPTION}})
    documentation.init_app(app)
    assert plugin.converter is not None  # noqa: S101 - made by init_app
    plugin.converter.add_attribute_function(_kind_to_schema)  # type: ignore[no-untyped-call]
    for converter in CONVERTERS.values():
        documentation.register_converter(converter, _pattern_of)
    scheme = {
        "type": "http",
        "scheme": "bearer",
        "description": "The access token of a participant / Mã truy cập của người tham gia",
    }
    documentation.spec.components.security_scheme("token", scheme)
    return documentation


def _name_of(schema: Any) -> str:
    """Forms by room and name, because every process may have a `Start`; answers by name."""
    kind = schema if isinstance(schema, type) else type(schema)
    if issubclass(kind, Form):
        return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
    return kind.__name__.removesuffix("Schema")


def _pattern_of(converter: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{converter.regex}$"}


def _kind_to_schema(converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    """A field of a form as JSON Schema, with its labels, its help and the article of law that asks for it."""
    if not isinstance(field, Kind):
        return {}
    about = field.about
    told: dict[str, Any] = {"title": f"{about.label_en} / {about.label_vi}", **_type_of(converter, field)}
    words = [
        f"{about.help_en} / {about.help_vi}" if about.help_vi else "",
        f"Law / Căn cứ: {about.law}." if about.law else "",
    ]
    if about.needed_when:
        other, values = about.needed_when
        words.append(f"Needed when / Bắt buộc khi: {other} = {', '.join(map(str, values))}.")
    description = " ".join(word for word in words if word)
    return {**told, "description": description} if description else told


def _type_of(converter: Any, field: Kind) -> dict[str, Any]:
    if isinstance(field, Group):
        row = converter.resolve_nested_schema(field.form())
        return (
            {"type": "array", "items": row, "minItems": field.least, "maxItems": field.most}
            if field.many
            else {"allOf": [row]}
        )
    if isinstance(field, Many):
        items = _type_of(converter, field.inner)
        return {"type": "array", "items": items, "minItems": field.least, "maxItems": field.most, "uniqueItems": True}
    told = dict(next(schema for kind, schema in TYPES if isinstance(field, kind)))
    if isinstance(field, Choice):
        told["enum"] = [option.value for option in field.options]
    if isinstance(field, WholeNumber):
        told |= {"minimum": field.least, "maximum": field.most}
    if isinstance(field, Text):
        told |= {"minLength": field.least, "maxLength": field.most}
        told |= {"pattern": f"^(?:{field.pattern.pattern})$"} if field.pattern else {}
    return told
