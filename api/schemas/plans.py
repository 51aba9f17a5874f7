"""Work plans and issued documents."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from api.inputs import Entry
from api.schemas.common import word
from api.schemas.people import NAME
from forms import fields as ask
from forms.base import Form
from forms.said import Said


class PlanToLoad(Form):
    """A plan that is shipped, by its id, or the text of another one in the same form."""

    plan = ask.pattern("Mã kế hoạch có sẵn", "Id of a shipped plan", form=NAME, example="dong_nai", most=64)
    text = ask.long_text("Nội dung kế hoạch (YAML)", "Text of the plan (YAML)", most=500_000)

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """One of the two."""
        yield from self.one_of(data, "plan", "text")
        if "plan" in data and "text" in data:
            yield self.misfit("text", "plan")


class IssuedDocument(Form):
    """A document that was issued, under the key by which plan tasks wait for it."""

    key = ask.text("Mã văn bản trong kế hoạch", "Key of the document in the plan", most=200, required=True)
    document = Entry("Văn bản (biểu mẫu message.document_issued)", "The document (form message.document_issued)")


class PlanEntrySchema(Schema):
    """A plan that is shipped with this version."""

    id = fields.String()
    title_vi = fields.String()
    title_en = fields.String()
    number = word()
    date = fields.Date(allow_none=True)
    issuing_body = fields.String()
    tasks = fields.Function(lambda plan: len(plan.tasks), metadata={"type": "integer"})


class PlansSchema(Schema):
    """The plans that are shipped."""

    items = fields.List(fields.Nested(PlanEntrySchema))


class PlanLoadedSchema(Schema):
    """The cases that the plan started, by the ids of its tasks."""

    plan = fields.String()
    content_sha256 = fields.String()
    tasks = fields.Integer()
    cases = fields.Dict(keys=fields.String(), values=fields.String())
    rehearsed = fields.Boolean()


class DocumentRegisteredSchema(Schema):
    """The cases that waited for the document."""

    key = fields.String()
    told = fields.List(fields.String())
