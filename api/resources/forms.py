"""Forms: what each asks, in both languages."""

from typing import Any

import forms
from api import access
from api.operations import Noun
from api.schemas.common import link
from api.schemas.forms import FormSchema, FormsSchema

NOUN = Noun("forms", "Forms", "Biểu mẫu")


@NOUN.route("GET", "/forms", en="All forms", vi="Danh sách biểu mẫu", gives=FormsSchema)
@access.public
def all_forms() -> dict[str, Any]:
    return {"items": [{**forms.describe(key), "link": link("forms", key)} for key in forms.keys()]}  # noqa: SIM118 - a function of the room


@NOUN.route(
    "GET",
    "/forms/<form_key:key>",
    en="What a form asks: fields, labels, help, law, choices",
    vi="Biểu mẫu hỏi gì: mục, nhãn, hướng dẫn, căn cứ, lựa chọn",
    gives=FormSchema,
)
@access.public
def describe(key: str) -> dict[str, Any]:
    return forms.describe(key)
