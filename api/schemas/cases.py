"""Answers about cases and their work."""

from marshmallow import Schema, fields

from api.schemas.common import day_text, instant, link, page_of, word


class LineSchema(Schema):
    """One line of the explanation of a deadline."""

    vi = fields.String()
    en = fields.String()
    law = fields.String(metadata={"description": "The article / Điều khoản"})
    status = fields.String(metadata={"description": "How well it is known / Mức độ kiểm chứng"})


class DeadlineSchema(Schema):
    """A legal clock, with the explanation of its day line by line."""

    name = fields.String()
    label_vi = fields.String()
    label_en = fields.String()
    occurrence = fields.Integer()
    status = fields.String()
    due_on = day_text()
    due_at = instant()
    provisional = fields.Boolean(
        metadata={"description": "A notice may still move it / Có thể thay đổi khi có thông báo lịch nghỉ"}
    )
    lines = fields.List(fields.Nested(LineSchema))


class WorkSchema(Schema):
    """A work item of a case, open or closed."""

    token = fields.Integer()
    element = fields.String()
    name = fields.String()
    form = fields.Function(lambda work: work.form and link("forms", work.form), metadata={"type": "string"})
    role = fields.String()
    agency = fields.String()
    instance = fields.Raw(allow_none=True)
    holder = word()
    status = fields.String()
    opened_at = instant()
    closed_at = instant()
    closed_by = word()


class WorklistEntrySchema(Schema):
    """A work item in the list of one participant."""

    case = fields.String()
    case_link = fields.Function(lambda entry: link("cases", entry.case), metadata={"type": "string"})
    process = fields.String()
    title = fields.String()
    token = fields.Integer()
    element = fields.String()
    name = fields.String()
    form = fields.Function(lambda entry: link("forms", entry.form), metadata={"type": "string"})
    role = fields.String()
    agency = fields.String()
    instance = fields.Raw(allow_none=True)
    holder = word()
    status = fields.String()
    opened_at = instant()
    due_at = instant()
    suspended = fields.Boolean()


class CaseEntrySchema(Schema):
    """One line of a list of cases."""

    number = fields.String()
    link = fields.Function(lambda entry: link("cases", entry.number), metadata={"type": "string"})
    process = fields.String()
    agency = fields.String()
    status = fields.String()
    title = fields.String()
    outcome = word()
    started_at = instant()
    ended_at = instant()
    next_due = instant()
    version = fields.Integer()


class PlaceSchema(Schema):
    """Where one token stands."""

    element = fields.String()
    name = fields.String()
    kind = fields.String()
    token = fields.Integer()


class CaseLinkSchema(Schema):
    """Another case that this one started or was started by."""

    kind = fields.String()
    about = fields.String()
    case = fields.String()


class IncidentSchema(Schema):
    """Something a person must look at."""

    kind = fields.String()
    what = fields.String()
    at = fields.String()


class ExpectedMessageSchema(Schema):
    """A message that the case waits for from a person."""

    message = fields.String()
    name = fields.String()
    role = fields.String()
    form = fields.Function(lambda entry: link("forms", entry["form"]), metadata={"type": "string"})


class CaseFileSchema(Schema):
    """Everything about one case that this reader may see."""

    case = fields.Nested(CaseEntrySchema, attribute="entry")
    definition_sha256 = fields.String(attribute="definition_version_sha256")
    marking = fields.List(fields.Nested(PlaceSchema))
    variables = fields.Dict(
        metadata={"description": "Entries by name; what this reader may not see is hidden / Nội dung đã nhập"}
    )
    work = fields.List(fields.Nested(WorkSchema))
    deadlines = fields.List(fields.Nested(DeadlineSchema))
    links = fields.List(fields.Nested(CaseLinkSchema))
    incidents = fields.List(fields.Nested(IncidentSchema))


class TrailLineSchema(Schema):
    """One line of the history. It holds no personal values, only commitments to them."""

    seq = fields.Integer()
    at = instant()
    actor = fields.String()
    type = fields.String()
    body = fields.Dict()
    hash = fields.String()


class WorkDoneSchema(Schema):
    """What became of a work item and its case."""

    case = fields.String()
    token = fields.Integer()
    status = fields.String(metadata={"description": "Status of the case / Trạng thái hồ sơ"})
    outcome = word()
    version = fields.Integer()


class MessageSentSchema(Schema):
    """The message was delivered."""

    case = fields.String()
    message = fields.String()
    status = fields.String()
    version = fields.Integer()


class ClockSchema(Schema):
    """A clock that an act changed."""

    name = fields.String()
    due_on = day_text()
    status = fields.String()


class InterventionSchema(Schema):
    """What a supervisor's act changed, or would change when it is `rehearsed`. What it does not concern is left out."""

    case = fields.String()
    rehearsed = fields.Boolean()
    token = fields.Integer()
    from_ = fields.Raw(
        attribute="from",
        data_key="from",
        metadata={"description": "Holder or day before / Người giữ hoặc ngày trước đó"},
    )
    to = fields.Raw(metadata={"description": "Holder or day after / Người giữ hoặc ngày mới"})
    deadline = fields.String()
    before = fields.List(fields.String())
    after = fields.List(fields.String())
    ended = fields.Boolean()
    status = fields.String()
    deadlines = fields.List(fields.Nested(ClockSchema))
    version = fields.Integer()


CasePageSchema = page_of(CaseEntrySchema)
WorklistPageSchema = page_of(WorklistEntrySchema)
HistoryPageSchema = page_of(TrailLineSchema)


class DeadlinesSchema(Schema):
    """The clocks of a case."""

    items = fields.List(fields.Nested(DeadlineSchema))


class ExpectedMessagesSchema(Schema):
    """The messages for which a case waits."""

    items = fields.List(fields.Nested(ExpectedMessageSchema))


class InterventionsSchema(Schema):
    """The lines of a history that are supervisors' acts."""

    items = fields.List(fields.Nested(TrailLineSchema))


class RenewedCodeSchema(Schema):
    """A new secret code, told once."""

    case = fields.String()
    code = fields.String()
