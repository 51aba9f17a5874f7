"""Cases: the list, the file with its deadlines explained, the history."""

from typing import Any

from api import access, acts, pagination
from api.context import reading
from api.inputs import asked
from api.operations import Noun, Promises
from api.schemas.cases import (
    CaseFileSchema,
    CasePageSchema,
    DeadlineSchema,
    DeadlinesSchema,
    HistoryPageSchema,
    InterventionsSchema,
)
from api.schemas.people import NAME
from engine.queries import cases
from engine.vocabulary import CaseStatus
from forms import fields as ask

NOUN = Noun("cases", "Cases", "Hồ sơ")
STATUS_NAMES = {
    CaseStatus.OPEN: ("Đang xử lý", "Open"),
    CaseStatus.SUSPENDED: ("Tạm đình chỉ", "Suspended"),
    CaseStatus.COMPLETED: ("Đã kết thúc", "Completed"),
    CaseStatus.CANCELLED: ("Đình chỉ", "Terminated"),
}

Answer = tuple[Any, dict[str, str]]


class CasesQuery(pagination.ByNumber):
    """The query of the list of cases."""

    process = ask.pattern("Quy trình", "Process", form=NAME, example="accountability_request", most=64)
    status = ask.choice("Trạng thái", "Status", [(str(status), *STATUS_NAMES[status]) for status in CaseStatus])
    agency = ask.pattern("Cơ quan", "Agency", form=NAME, example="ubnd-phuong", most=64)


@NOUN.route(
    "GET",
    "/cases",
    en="The cases that the caller may see",
    vi="Danh sách hồ sơ được xem",
    query=CasesQuery,
    gives=CasePageSchema,
)
@access.participant
def case_list() -> Answer:
    wanted = {name: asked().get(name) for name in ("process", "status", "agency")}
    with reading() as tx:
        found = cases.cases(tx, **wanted, after=asked().get("after", 0), limit=pagination.limit() + 1)
    return pagination.page(found, lambda entry: entry.id)


@NOUN.route(
    "GET",
    "/cases/<number:number>",
    en="The case file: where it stands, entries, work, deadlines explained",
    vi="Hồ sơ: đang ở bước nào, nội dung, việc, thời hạn kèm giải thích",
    gives=CaseFileSchema,
    promises=Promises(has_etag=True),
)
@access.participant
def case_file(number: str) -> Answer:
    with reading() as tx:
        found = cases.case_file(tx, number)
    return found, {"ETag": acts.etag(found.entry.version)}


@NOUN.route(
    "GET",
    "/cases/<number:number>/deadlines",
    en="The deadlines of a case, explained line by line",
    vi="Các thời hạn của hồ sơ, giải thích từng dòng",
    gives=DeadlinesSchema,
)
@access.participant
def deadlines(number: str) -> dict[str, Any]:
    with reading() as tx:
        return {"items": cases.deadlines_of(tx, cases.readable_case(tx, number))}


@NOUN.route(
    "GET",
    "/cases/<number:number>/deadlines/<name:deadline>",
    en="Why this date: the newest occurrence of a deadline, line by line with citations",
    vi="Vì sao là ngày này: lần tính mới nhất của một thời hạn, từng dòng kèm căn cứ",
    gives=DeadlineSchema,
)
@access.participant
def deadline(number: str, deadline: str) -> cases.DeadlineView:
    with reading() as tx:
        return cases.explain_deadline(tx, number, deadline)


@NOUN.route(
    "GET",
    "/cases/<number:number>/history",
    en="The history of a case, line by line",
    vi="Nhật ký xử lý hồ sơ, từng dòng",
    query=pagination.ByNumber,
    gives=HistoryPageSchema,
)
@access.participant
def history(number: str) -> Answer:
    with reading() as tx:
        found = cases.history(tx, number, asked().get("after", 0), pagination.limit() + 1)
    return pagination.page(found, lambda line: line.seq)


@NOUN.route(
    "GET",
    "/cases/<number:number>/overrides",
    en="The supervisors' acts in a case",
    vi="Các lần can thiệp của lãnh đạo trong hồ sơ",
    gives=InterventionsSchema,
)
@access.participant
def overrides(number: str) -> dict[str, Any]:
    with reading() as tx:
        return {"items": cases.overrides_of(tx, number)}
