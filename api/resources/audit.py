"""Verification and replay, for those who may read a case, and of everything for auditors."""

from collections.abc import Iterable
from typing import Any

from api import access, pagination
from api.context import database, reading
from api.inputs import asked
from api.operations import Noun, Takes
from api.schemas.audit import CaseVerdictSchema, ReplayPageSchema, Scope, WholeVerdictSchema
from engine.audit.replay import Diverged, replay, replay_all
from engine.audit.verification import read_lines, verify_all, verify_named
from engine.database import Transaction
from engine.errors import BrokenTrail, Conflict, NotFound
from engine.queries.cases import readable_case
from engine.vocabulary import Role

NOUN = Noun("audit", "Verification and replay", "Kiểm chứng và tái hiện")
MOST_CASES = 20_000  # about a minute; more is for `giaitrinh verify` on the machine itself
ADMINISTRATION = "administration"

Answer = tuple[dict[str, Any], dict[str, str]]


@NOUN.route(
    "GET",
    "/cases/<number:number>/verification",
    en="Whether the trail of the case is unbroken and its state is what the trail says",
    vi="Kiểm chứng nhật ký hồ sơ: có nguyên vẹn và khớp với trạng thái hay không",
    gives=CaseVerdictSchema,
)
@access.participant
def verification(number: str) -> dict[str, Any]:
    with reading() as tx:
        try:
            case = readable_case(tx, number)
        except BrokenTrail as refusal:
            return {"case": number, "holds": False, "broken": {"case": number, "what": refusal.en}}
        broken = verify_named(tx, case.number)
    shown = broken and {"case": number, "seq": broken.seq, "what": broken.what}
    return {
        "case": number,
        "holds": broken is None,
        "lines": case.trail_length,
        "head": case.trail_head,
        "broken": shown,
    }


@NOUN.route(
    "GET",
    "/cases/<number:number>/replay",
    en="The case carried out again from its recorded inputs, step by step",
    vi="Tái hiện hồ sơ từ dữ liệu đã ghi, từng bước",
    query=pagination.ByNumber,
    gives=ReplayPageSchema,
)
@access.participant
def replay_case(number: str) -> Answer:
    after, most = asked().get("after", 0), pagination.limit() + 1
    found: list[Any] = []
    divergence = None
    with reading() as tx:
        case = readable_case(tx, number)
        try:
            for step in replay(case.definition, read_lines(tx, case.id)):
                if step.seq > after:
                    found.append(step)
                if len(found) == most:
                    break
        except Diverged as diverged:
            divergence = {"seq": diverged.seq, "what": diverged.what}
    page, headers = pagination.page(found, lambda step: step.seq)
    shown = divergence if page["next"] is None else None
    return {**page, "holds": shown is None, "divergence": shown}, headers


@NOUN.route(
    "POST",
    "/audit/verify",
    en="Verify every trail, and carry out every case again when asked to",
    vi="Kiểm chứng toàn bộ nhật ký, và tái hiện toàn bộ hồ sơ nếu được yêu cầu",
    about=f"At most {MOST_CASES} cases; changes nothing. / Tối đa {MOST_CASES} hồ sơ; không thay đổi gì.",
    takes=Takes(Scope, example={"replay": True}),
    gives=WholeVerdictSchema,
)
@access.role(Role.AUDITOR)
def verify(body: dict[str, Any]) -> dict[str, Any]:
    verdict = verify_all(database(), _not_too_many)
    shown = _shown((each.number, each.seq, each.what) for each in verdict.breaks)
    answer = {
        "verification": {"holds": verdict.holds, "cases": verdict.trails, "lines": verdict.lines, **shown},
        "replay": None,
    }
    if body.get("replay"):
        again = replay_all(database(), _not_too_many)
        shown = _shown((each.number, each.seq, each.what) for each in again.divergences)
        answer["replay"] = {"holds": again.holds, "cases": again.cases, "lines": again.lines, **shown}
    return answer


def _not_too_many(_done: int, total: int) -> None:
    if total > MOST_CASES:
        raise Conflict(
            "too_many_cases",
            f"Có {total} hồ sơ, nhiều hơn {MOST_CASES}: hãy kiểm chứng bằng dòng lệnh trên máy chủ.",
            f"There are {total} cases, more than {MOST_CASES}: verify on the command line of the server.",
            cases=total,
        )


def _shown(breaks: Iterable[tuple[str, int, str]]) -> dict[str, Any]:
    """The breaks in cases that this auditor may see, and how many there are elsewhere."""
    shown: list[dict[str, Any]] = []
    elsewhere = 0
    with reading() as tx:
        for number, seq, what in breaks:
            if number == ADMINISTRATION or _may_know(tx, number):
                shown.append({"case": number, "seq": seq, "what": what})
            else:
                elsewhere += 1
    return {"breaks": shown, "elsewhere": elsewhere}


def _may_know(tx: Transaction, number: str) -> bool:
    try:
        readable_case(tx, number)
    except BrokenTrail:
        return True  # it may be seen, and it is broken
    except NotFound:
        return False
    return True
