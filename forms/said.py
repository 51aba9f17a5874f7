"""Messages to the person who fills in a form, in Vietnamese and English."""

from typing import Any, Self, TypedDict

from marshmallow import ValidationError


class Message(TypedDict):
    """One message: a stable code for programs, and the text in both languages."""

    code: str
    vi: str
    en: str


class Said(str):
    """A message in both languages. It is a string (the English text), so that marshmallow carries it like any message of its own."""

    code: str
    vi: str
    __slots__ = ("code", "vi")

    def __new__(cls, code: str, vi: str, en: str) -> Self:
        said = super().__new__(cls, en)
        said.code, said.vi = code, vi
        return said

    def message(self) -> Message:
        """The message as JSON."""
        return {"code": self.code, "vi": self.vi, "en": str(self)}


TEXTS: dict[str, tuple[str, str]] = {
    "required": ("Bắt buộc nhập mục này.", "This is required."),
    "unknown": ("Biểu mẫu không có mục này.", "The form has no such field."),
    "structure": ("Dữ liệu không đúng cấu trúc.", "The data do not have the expected structure."),
    "bad_characters": (
        "Có ký tự điều khiển hoặc ký tự ẩn không được phép.",
        "It holds control characters or invisible characters that are not allowed.",
    ),
    "too_large": (
        "Dữ liệu quá nhiều hoặc lồng nhau quá sâu.",
        "There are too many values, or they are nested too deep.",
    ),
    "not_text": ("Mục này phải là chữ.", "This must be text."),
    "one_line": ("Mục này chỉ được nhập trên một dòng.", "This must be on one line."),
    "too_short": ("Cần ít nhất {least} ký tự.", "At least {least} characters are needed."),
    "too_long": ("Không quá {most} ký tự.", "At most {most} characters are allowed."),
    "bad_format": (
        "Không đúng dạng, ví dụ đúng: {example}.",
        "This does not have the right form; an example: {example}.",
    ),
    "not_a_choice": ("Hãy chọn một giá trị trong danh sách.", "Choose one of the values in the list."),
    "not_yes_no": ("Hãy chọn «Có» hoặc «Không».", "Choose yes or no."),
    "not_a_date": (
        "Ngày không hợp lệ; nhập năm-tháng-ngày, ví dụ 2026-03-31.",
        "This is not a date; write year-month-day, such as 2026-03-31.",
    ),
    "not_an_instant": (
        "Thời điểm không hợp lệ; ví dụ 2026-03-31T08:30 (giờ Việt Nam).",
        "This is not a point in time; an example: 2026-03-31T08:30 (Vietnam time).",
    ),
    "not_whole": ("Mục này phải là số nguyên.", "This must be a whole number."),
    "out_of_range": ("Phải từ {least} đến {most}.", "It must be from {least} to {most}."),
    "not_a_list": ("Mục này phải là một danh sách.", "This must be a list."),
    "too_few": ("Cần ít nhất {least} mục.", "At least {least} entries are needed."),
    "too_many": ("Không quá {most} mục.", "At most {most} entries are allowed."),
    "repeated": ("Có mục bị trùng.", "An entry appears twice."),
    "one_of": ("Cần nhập ít nhất một trong các mục: {names_vi}.", "At least one of these is needed: {names_en}."),
    "too_early": ("Không được sớm hơn mục «{other_vi}».", "It must not be earlier than “{other_en}”."),
    "does_not_fit": ("Không phù hợp với mục «{other_vi}» đã chọn.", "It does not fit the chosen “{other_en}”."),
    "not_alone": (
        "Người có hành vi, quyết định bị yêu cầu giải trình không được một mình chủ trì, ký.",
        "The person whose act is questioned may not lead or sign alone.",
    ),
    "same_person": ("Phải là người khác với người thực hiện.", "It must be another person than the one who does it."),
    "invalid": ("Giá trị không hợp lệ.", "The value is not valid."),
}


def say(code: str, **details: Any) -> Said:
    """The message of this code with its details filled in."""
    vi, en = TEXTS[code]
    return Said(code, vi.format(**details), en.format(**details))


def refuse(code: str, **details: Any) -> ValidationError:
    """The error to raise from a field; marshmallow files it under the field's name."""
    return ValidationError(say(code, **details))
