"""Legal parameters and the working calendar."""

from marshmallow import Schema, fields

from api.schemas.common import word
from api.schemas.definitions import SNAKE
from forms import fields as ask
from forms.base import Form
from workflows.law.calendar_days import KINDS
from workflows.law.legal_parameters import LARGEST
from workflows.law.reading import STATUSES

KIND_NAMES = {
    "holiday": ("Ngày nghỉ lễ, tết", "Holiday"),
    "compensatory_rest": ("Ngày nghỉ bù", "Day off in lieu"),
    "swapped_rest": ("Ngày nghỉ hoán đổi", "Day off by a swap"),
    "swapped_work": ("Ngày làm bù", "Day worked by a swap"),
}
UNIT_NAMES = {
    "wd": ("ngày làm việc", "working days"),
    "cd": ("ngày", "calendar days"),
    "month": ("tháng", "months"),
    "year": ("năm", "years"),
    "hour": ("giờ", "hours"),
    "date": ("ngày do người có thẩm quyền ấn định", "a day set by a person or plan"),
}


def _statuses(names: frozenset[str]) -> list[tuple[str, str, str]]:
    return [(name, name, name) for name in sorted(names)]


class On(Form):
    """The day of the question."""

    on = ask.date("Vào ngày", "On the day")


class CalendarDayEntry(Form):
    """A day that differs from the weekly pattern, with its source."""

    day = ask.date("Ngày", "Day", required=True)
    kind = ask.choice("Loại ngày", "Kind", [(kind, *KIND_NAMES[kind]) for kind in sorted(KINDS)], required=True)
    name_vi = ask.text("Tên tiếng Việt", "Vietnamese name", required=True)
    name_en = ask.text("Tên tiếng Anh", "English name", required=True)
    source = ask.text("Căn cứ", "Source", most=500, required=True)
    status = ask.choice("Mức độ kiểm chứng", "How well it is known", _statuses(STATUSES - {"not_found"}), required=True)


class ParameterEntry(Form):
    """A time limit from a day on. What is left out stays as it is in the period before."""

    id = ask.pattern("Mã tham số", "Id", form=SNAKE, example="explain", required=True)
    value = ask.whole_number("Giá trị", "Value", least=0, most=max(LARGEST.values()))
    unit = ask.choice("Đơn vị", "Unit", [(unit, *UNIT_NAMES[unit]) for unit in sorted(UNIT_NAMES)])
    effective_from = ask.date("Có hiệu lực từ ngày", "In force from", required=True)
    effective_to = ask.date("Hết hiệu lực sau ngày", "Last day in force")
    law = ask.text("Căn cứ pháp lý", "Citation", most=500, required=True)
    status = ask.choice("Mức độ kiểm chứng", "How well it is known", _statuses(STATUSES), required=True)
    max_times = ask.whole_number("Số lần gia hạn tối đa", "Extensions at most", least=1, most=10)
    label_vi = ask.text("Tên tiếng Việt", "Vietnamese label")
    label_en = ask.text("Tên tiếng Anh", "English label")


class ParameterSchema(Schema):
    """One time limit during one period of law."""

    id = fields.String()
    value = fields.Integer(allow_none=True)
    unit = fields.String()
    starts_from_vi = fields.String()
    starts_from_en = fields.String()
    law = fields.String()
    effective_from = fields.Date()
    effective_to = fields.Date(allow_none=True)
    status = fields.String()
    max_times = fields.Integer(allow_none=True)
    label_vi = fields.String()
    label_en = fields.String()
    note_vi = fields.String()
    note_en = fields.String()


class ParametersSchema(Schema):
    """The time limits in force on a day, or all periods."""

    items = fields.List(fields.Nested(ParameterSchema))


class ParameterSetSchema(Schema):
    """The change as it was recorded."""

    id = fields.String()
    value = fields.Integer(allow_none=True)
    unit = fields.String()
    law = fields.String()
    rehearsed = fields.Boolean()


class ReasonSchema(Schema):
    """Why a day is not an ordinary one."""

    kind = fields.String()
    name_vi = word()
    name_en = word()
    source = fields.String()
    status = fields.String()


class DaySchema(Schema):
    """One day of the working calendar."""

    day = fields.Date()
    works = fields.Boolean(metadata={"description": "Public offices work on it / Cơ quan làm việc"})
    provisional = fields.Boolean(
        metadata={"description": "A notice may still change it / Có thể thay đổi khi có thông báo"}
    )
    reason = fields.Nested(ReasonSchema, allow_none=True)


class DaySetSchema(Schema):
    """The change as it was recorded; when it is rehearsed, which open cases it would move."""

    day = fields.String()
    kind = fields.String()
    name_vi = fields.String()
    name_en = fields.String()
    source = fields.String()
    status = fields.String()
    rehearsed = fields.Boolean()
    moved = fields.Integer()
    cases = fields.List(fields.String())
