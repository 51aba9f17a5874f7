"""Forms as they describe themselves, and the system's health."""

from marshmallow import Schema, fields


class OptionSchema(Schema):
    """One value of a choice."""

    value = fields.String()
    vi = fields.String()
    en = fields.String()


class NeededWhenSchema(Schema):
    """Another field, and the values of it that make this one needed."""

    field = fields.String()
    values = fields.List(fields.Raw())


class FieldSchema(Schema):
    """One field of a form."""

    name = fields.String()
    kind = fields.String()
    required = fields.Boolean()
    needed_when = fields.Nested(NeededWhenSchema, allow_none=True)
    label_vi = fields.String()
    label_en = fields.String()
    help_vi = fields.String()
    help_en = fields.String()
    law = fields.String()
    personal = fields.Boolean()
    many = fields.Boolean()
    choices = fields.List(fields.Nested(OptionSchema))
    max_length = fields.Integer(allow_none=True)
    fields_ = fields.List(fields.Nested("FieldSchema"), attribute="fields", data_key="fields")


class FormSchema(Schema):
    """A form with its fields."""

    key = fields.String()
    title_vi = fields.String()
    title_en = fields.String()
    fields_ = fields.List(fields.Nested(FieldSchema), attribute="fields", data_key="fields")


class FormEntrySchema(Schema):
    """One line of the list of forms."""

    key = fields.String()
    title_vi = fields.String()
    title_en = fields.String()
    link = fields.String()


class FormsSchema(Schema):
    """All forms."""

    items = fields.List(fields.Nested(FormEntrySchema))


class HealthSchema(Schema):
    """Whether the system answers, and whether it can work."""

    status = fields.String()
