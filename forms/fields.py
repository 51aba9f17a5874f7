"""How a form declares its fields: `reason = ask.long_text("Lý do", "Reason", required=True, law="NĐ 59/2019 Đ11 k4")`.

Forms import this module as `ask`, so that a field may be called `date` or `reason` like the function that declares it.

Every field has a label in both languages. The named options are the same everywhere: `required`, `help_vi`, `help_en`, `law` (the
article that asks for it), `personal` (kept apart from the trail, encrypted) and `needed_when` (another field, and its values that make
this one needed).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict, Unpack, cast

from forms.base import Form, Group
from forms.kinds import (
    About,
    Choice,
    Date,
    Document,
    Instant,
    LongText,
    Many,
    Option,
    Organisation,
    Participant,
    Text,
    WholeNumber,
    YesNo,
)
from forms.said import Said

IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,99}"
MOST_ROWS = 100
REASON_AT_LEAST = 10  # characters; a reason of one word is none
PHONE = r"\+?[0-9][0-9 .\-]{7,18}[0-9]"
EMAIL = r"[^@\s,;<>()\"]{1,64}@[^@\s,;<>()\"]{1,180}\.[^@\s.,;<>()\"]{2,24}"
URL = r"https?://[^\s/?#\"'<>\\]{1,200}[^\s\"'<>\\]*"


class Options(TypedDict, total=False):
    """What every field may say besides its label."""

    required: bool
    help_vi: str
    help_en: str
    law: str
    personal: bool
    needed_when: tuple[str, tuple[Any, ...]]


def _said(vi: str, en: str, options: Options) -> tuple[About, bool]:
    rest = {name: value for name, value in options.items() if name != "required"}
    return About(vi, en, **cast("dict[str, Any]", rest)), options.get("required", False)


def text(vi: str, en: str, *, most: int = 300, **options: Unpack[Options]) -> Text:
    """One line."""
    about, required = _said(vi, en, options)
    return Text(about, required=required, most=most)


def pattern(vi: str, en: str, *, form: str, example: str, most: int = 300, **options: Unpack[Options]) -> Text:
    """One line of a given form (a regular expression for the whole line)."""
    about, required = _said(vi, en, options)
    return Text(about, required=required, most=most, pattern=form, example=example)


def long_text(vi: str, en: str, *, least: int = 1, most: int = 20_000, **options: Unpack[Options]) -> LongText:
    """Text of several lines."""
    about, required = _said(vi, en, options)
    return LongText(about, required=required, least=least, most=most)


def reason(vi: str = "Lý do", en: str = "Reason", *, most: int = 4_000, **options: Unpack[Options]) -> LongText:
    """A reason that another person can check: at least ten characters."""
    return long_text(vi, en, least=REASON_AT_LEAST, most=most, **options)


def choice(vi: str, en: str, options: Sequence[tuple[str, str, str]], **said: Unpack[Options]) -> Choice:
    """One value of a closed list of (value, Vietnamese, English)."""
    about, required = _said(vi, en, said)
    return Choice(about, [Option(*option) for option in options], required=required)


def several(
    vi: str, en: str, options: Sequence[tuple[str, str, str]], *, least: int = 0, **said: Unpack[Options]
) -> Many:
    """Several values of a closed list."""
    about, required = _said(vi, en, said)
    inner = Choice(about, [Option(*option) for option in options])
    return Many(about, inner, required=required, least=least, most=max(len(inner.options), 1))


def yes_no(vi: str, en: str, **options: Unpack[Options]) -> YesNo:
    """Yes or no."""
    about, required = _said(vi, en, options)
    return YesNo(about, required=required)


def date(vi: str, en: str, **options: Unpack[Options]) -> Date:
    """A day."""
    about, required = _said(vi, en, options)
    return Date(about, required=required)


def instant(vi: str, en: str, **options: Unpack[Options]) -> Instant:
    """A point in time."""
    about, required = _said(vi, en, options)
    return Instant(about, required=required)


def whole_number(
    vi: str, en: str, *, least: int = 0, most: int = 1_000_000_000, **options: Unpack[Options]
) -> WholeNumber:
    """A whole number within bounds."""
    about, required = _said(vi, en, options)
    return WholeNumber(about, required=required, least=least, most=most)


def organisation(vi: str, en: str, **options: Unpack[Options]) -> Organisation:
    """The id of one organisation."""
    about, required = _said(vi, en, options)
    return Organisation(about, required=required, most=100, pattern=IDENTIFIER, example="ubnd-phuong")


def organisations(vi: str, en: str, *, least: int = 0, most: int = MOST_ROWS, **options: Unpack[Options]) -> Many:
    """The ids of several organisations."""
    about, required = _said(vi, en, options)
    inner = Organisation(about, most=100, pattern=IDENTIFIER, example="ubnd-phuong")
    return Many(about, inner, required=required, least=least, most=most)


def participant(vi: str, en: str, **options: Unpack[Options]) -> Participant:
    """The id of one participant."""
    about, required = _said(vi, en, options)
    return Participant(about, required=required, most=100, pattern=IDENTIFIER, example="nguyen-van-an")


def participants(vi: str, en: str, *, least: int = 0, most: int = MOST_ROWS, **options: Unpack[Options]) -> Many:
    """The ids of several participants."""
    about, required = _said(vi, en, options)
    inner = Participant(about, most=100, pattern=IDENTIFIER, example="nguyen-van-an")
    return Many(about, inner, required=required, least=least, most=most)


def document(vi: str, en: str, **options: Unpack[Options]) -> Document:
    """The key of one stored file."""
    about, required = _said(vi, en, options)
    return Document(about, required=required, most=100, pattern=IDENTIFIER, example="sha256:9f86d081")


def phone(vi: str, en: str, **options: Unpack[Options]) -> Text:
    """A telephone number."""
    return pattern(vi, en, form=PHONE, example="0912 345 678", most=20, **options)


def email(vi: str, en: str, **options: Unpack[Options]) -> Text:
    """An e-mail address."""
    return pattern(vi, en, form=EMAIL, example="ten@example.vn", most=254, **options)


def url(vi: str, en: str, **options: Unpack[Options]) -> Text:
    """The address of a page."""
    return pattern(vi, en, form=URL, example="https://example.vn/trang", most=2_000, **options)


def group(vi: str, en: str, of: type[Form], **options: Unpack[Options]) -> Group:
    """A form inside the form."""
    about, required = _said(vi, en, options)
    return Group(about, of, many=False, required=required)


def rows(
    vi: str, en: str, of: type[Form], *, least: int = 0, most: int = MOST_ROWS, **options: Unpack[Options]
) -> Group:
    """Many rows of a form inside the form."""
    about, required = _said(vi, en, options)
    return Group(about, of, many=True, required=required, least=least, most=most)


class DocumentReference(Form):
    """A document as the law cites it: number and date, and who issued it."""

    number = text("Số, ký hiệu", "Number", most=100, required=True, law="NĐ 30/2020 Đ15")
    date = date("Ngày ban hành", "Date", required=True)
    issuer = text("Cơ quan ban hành", "Issued by")
    title = text("Trích yếu", "Subject", most=1_000)
    document_key = document("Tệp đính kèm", "Attached file")


class LegalBasis(Form):
    """One legal basis: which document, which article."""

    number = text("Số, ký hiệu văn bản", "Number of the document", most=100, required=True)
    date = date("Ngày ban hành", "Date")
    title = text("Tên văn bản", "Title", most=1_000)
    article = text("Điều, khoản, điểm", "Article", most=200, required=True)


class Evidence(Form):
    """One piece of evidence: a file, a page or a document that can be found by its number."""

    title = text("Tên tài liệu, chứng cứ", "What it is", most=500, required=True)
    document_key = document("Tệp đính kèm", "Attached file")
    url = url("Đường dẫn", "Address of a page")
    number = text("Số, ký hiệu văn bản", "Number of a document", most=100)
    date = date("Ngày", "Date")

    def problems(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
        """Evidence that cannot be found is none."""
        yield from self.one_of(data, "document_key", "url", "number")


def document_reference(vi: str, en: str, **options: Unpack[Options]) -> Group:
    """A document by number and date."""
    return group(vi, en, DocumentReference, **options)


def legal_bases(
    vi: str = "Căn cứ pháp lý", en: str = "Legal bases", *, least: int = 0, **options: Unpack[Options]
) -> Group:
    """Rows of legal bases."""
    return rows(vi, en, LegalBasis, least=least, **options)


def evidence(
    vi: str = "Tài liệu, chứng cứ kèm theo",
    en: str = "Evidence attached",
    *,
    least: int = 0,
    **options: Unpack[Options],
) -> Group:
    """Rows of evidence."""
    return rows(vi, en, Evidence, least=least, **options)
