"""Work items: the worklist; claim, release, complete."""

import re
from datetime import datetime
from typing import Any

from api import access, acts, pagination
from api.context import reading
from api.inputs import asked
from api.operations import ACTS_ON_CASE, Noun, Takes
from api.paths import TOKEN
from api.schemas.cases import WorkDoneSchema, WorklistPageSchema
from engine.commands import work_items
from engine.queries import worklists
from forms import fields as ask

NOUN = Noun("work-items", "Work items", "Việc cần xử lý")
ONE = f"/cases/<number:number>/work-items/{TOKEN}"
POSITION = re.compile(r"(?P<due>[0-9T:+.-]{0,40})\|[0-9]{1,15}\|[0-9]{1,9}")

Answer = tuple[dict[str, Any], dict[str, str]]


class WorklistQuery(pagination.ByPosition):
    """The query of the worklist."""

    mine = ask.yes_no("Chỉ việc tôi đã nhận", "Only what I hold")


@NOUN.route(
    "GET",
    "/work-items",
    en="The worklist of the caller, nearest due date first",
    vi="Danh sách việc của người gọi, việc gần đến hạn trước",
    query=WorklistQuery,
    gives=WorklistPageSchema,
)
@access.participant
def worklist() -> Answer:
    after = pagination.opened(asked().get("after"), is_position)
    with reading() as tx:
        found = worklists.worklist(tx, asked().get("mine", False), after, pagination.limit() + 1)
    return pagination.page(found, lambda entry: pagination.sealed(entry.position))


@NOUN.route("POST", f"{ONE}/claim", en="Claim a work item", vi="Nhận việc", gives=WorkDoneSchema, promises=ACTS_ON_CASE)
@access.participant
def claim(number: str, token: int) -> Answer:
    return acts.with_etag(acts.perform_on_case("claim", number, lambda tx: work_items.claim(tx, number, token), token))


@NOUN.route(
    "POST", f"{ONE}/release", en="Release a work item", vi="Trả lại việc", gives=WorkDoneSchema, promises=ACTS_ON_CASE
)
@access.participant
def release(number: str, token: int) -> Answer:
    return acts.with_etag(
        acts.perform_on_case("release", number, lambda tx: work_items.release(tx, number, token), token)
    )


@NOUN.route(
    "POST",
    f"{ONE}/complete",
    en="Complete a work item with the entry of its form",
    vi="Hoàn thành việc với nội dung theo biểu mẫu",
    takes=Takes(is_entry=True),
    gives=WorkDoneSchema,
    promises=ACTS_ON_CASE,
)
@access.participant
def complete(data: dict[str, Any], number: str, token: int) -> Answer:
    return acts.with_etag(
        acts.perform_on_case("complete", number, lambda tx: work_items.complete(tx, number, token, data), [token, data])
    )


def is_position(text: str) -> bool:
    """Whether this is a place in a worklist: the due instant or nothing, the case, the token."""
    parts = POSITION.fullmatch(text)
    if parts is None:
        return False
    try:
        return not parts["due"] or datetime.fromisoformat(parts["due"]).tzinfo is not None
    except ValueError:
        return False
