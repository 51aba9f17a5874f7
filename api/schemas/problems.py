"""Problems, as `api.errors` writes them. Only for the description: an error must not depend on a schema."""

from marshmallow import Schema, fields


class MessageSchema(Schema):
    """One remark about one field."""

    code = fields.String()
    vi = fields.String()
    en = fields.String()


class ProblemSchema(Schema):
    """RFC 9457, with both languages."""

    type = fields.String(metadata={"format": "uri"})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String(
        metadata={"description": "The incident, when the fault is ours / Mã sự cố khi lỗi do hệ thống"}
    )
    code = fields.String(metadata={"description": "Stable, for programs / Không đổi, dùng cho chương trình"})
    vi = fields.String()
    en = fields.String()
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(MessageSchema)),
        data_key="fields",
        metadata={"description": "Dotted path of a field to its messages / Đường dẫn của mục và các thông báo"},
    )
    details = fields.Dict()
