"""Definitions of processes: what is published, and what is told of it."""

from marshmallow import Schema, fields

from api.schemas.common import word
from forms import fields as ask
from forms.base import Form
from forms.kinds import About, Many, Text

SNAKE = r"[a-z][a-z0-9_]{0,62}"
LARGEST = 1_000_000  # characters of one diagram


class TableFile(Form):
    """One file of decision tables."""

    name = ask.pattern(
        "Tên tệp", "Name of the file", form=r"[a-z0-9_-]{1,60}\.dmn", example="admissibility.dmn", required=True
    )
    dmn = ask.long_text("Nội dung DMN 1.3", "DMN 1.3 text", most=LARGEST, required=True)


class DeadlineRow(Form):
    """One legal clock, as in a deadlines.yaml."""

    id = ask.pattern("Mã thời hạn", "Id", form=SNAKE, example="explain", required=True)
    parameter = ask.pattern("Tham số pháp lý", "Legal parameter", form=SNAKE, example="explain", required=True)
    label_vi = ask.text("Tên tiếng Việt", "Vietnamese label", required=True)
    label_en = ask.text("Tên tiếng Anh", "English label", required=True)
    starts = ask.long_text("Biểu thức ngày bắt đầu", "Expression of the start", most=2_000)
    due = ask.long_text("Biểu thức ngày đến hạn", "Expression of the due date", most=2_000)
    restart = ask.yes_no("Tính lại mỗi lần", "Every arming is a new occurrence")
    met_by = Many(
        About("Bước hoàn thành nghĩa vụ", "Elements whose completion fulfils the duty"),
        Text(About("Bước", "Element"), most=100, pattern=r"[a-z][a-z0-9_]{0,99}", example="send"),
        most=100,
    )
    voided_by = Many(
        About("Bước làm nghĩa vụ không còn", "Elements after which nobody asks for it any more"),
        Text(About("Bước", "Element"), most=100, pattern=r"[a-z][a-z0-9_]{0,99}", example="withdrawn"),
        most=100,
    )
    late_to = ask.text("Vai trò được báo khi quá hạn", "Role that hears of a lapse", most=60)


class Publication(Form):
    """A version of a process, to be vetted and published."""

    process = ask.pattern(
        "Mã quy trình", "Id of the process", form=SNAKE, example="accountability_request", required=True
    )
    bpmn = ask.long_text("Sơ đồ BPMN 2.0", "BPMN 2.0 diagram", most=LARGEST, required=True)
    tables = ask.rows("Bảng quyết định", "Decision tables", TableFile, most=50)
    deadlines = ask.rows("Thời hạn", "Deadlines", DeadlineRow, most=100)


class PublishedSchema(Schema):
    """A version as it stands in the register."""

    process = fields.String()
    version = fields.Integer()
    sha256 = fields.String()
    is_new = fields.Boolean(
        metadata={"description": "false: this content was published before / nội dung này đã được công bố trước đó"}
    )
    rehearsed = fields.Boolean()


class ElementSchema(Schema):
    """One element of a diagram."""

    id = fields.String()
    name = fields.String()
    kind = fields.String()
    role = word()
    form = word()


class RuleSchema(Schema):
    """One legal clock of a process."""

    id = fields.String()
    parameter = fields.String()
    label_vi = fields.String()
    label_en = fields.String()


class DefinitionEntrySchema(Schema):
    """The newest version of one process."""

    process = fields.String()
    name = fields.String()
    version = fields.Integer()
    sha256 = fields.String()
    number_series = fields.String()


class DefinitionSchema(DefinitionEntrySchema):
    """The newest version with its elements and clocks."""

    elements = fields.List(fields.Nested(ElementSchema))
    deadlines = fields.List(fields.Nested(RuleSchema))


class DefinitionsSchema(Schema):
    """The newest version of every process."""

    items = fields.List(fields.Nested(DefinitionEntrySchema))
