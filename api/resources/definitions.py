"""Definitions: what is published, and publishing."""

from typing import Any

from api import access, acts
from api.context import reading
from api.operations import CAN_BE_REHEARSED, Noun, Takes
from api.schemas.definitions import DefinitionSchema, DefinitionsSchema, Publication, PublishedSchema
from engine.bpmn.definitions import DefinitionSource, parse
from engine.commands import definitions
from engine.registers import definitions as register
from engine.vocabulary import Role
from workflows.catalogue import DeadlineRule

NOUN = Noun("definitions", "Definitions of processes", "Định nghĩa quy trình")


@NOUN.route(
    "GET",
    "/definitions",
    en="The newest version of every process",
    vi="Phiên bản mới nhất của mọi quy trình",
    gives=DefinitionsSchema,
)
@access.public
def newest_of_all() -> dict[str, Any]:
    with reading() as tx:
        return {"items": [_entry(published) for published in register.all_newest(tx)]}


@NOUN.route(
    "GET",
    "/definitions/<name:process>",
    en="The newest version of a process with its elements and clocks",
    vi="Phiên bản mới nhất của một quy trình, các phần tử và thời hạn",
    gives=DefinitionSchema,
)
@access.public
def newest(process: str) -> dict[str, Any]:
    with reading() as tx:
        published = register.newest(tx, process)
    definition = published.definition
    return {**_entry(published), "elements": definition.elements.values(), "deadlines": definition.deadlines.values()}


@NOUN.route(
    "POST",
    "/definitions",
    en="Publish a version of a process; running cases keep theirs",
    vi="Công bố phiên bản quy trình; hồ sơ đang chạy giữ phiên bản cũ",
    about="422 lists every finding under the id of its element. / 422 nêu mọi lỗi theo mã phần tử.",
    takes=Takes(Publication, verbatim=True),
    gives=PublishedSchema,
    status=201,
    promises=CAN_BE_REHEARSED,
)
@access.role(Role.ADMINISTRATOR)
def publish(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    rules = tuple(
        DeadlineRule(**{**row, **{name: tuple(row.get(name, ())) for name in ("met_by", "voided_by")}}).as_row()
        for row in body.get("deadlines", ())
    )
    tables = tuple((table["name"], table["dmn"]) for table in body.get("tables", ()))
    source = definitions.with_forms(DefinitionSource(body["process"], body["bpmn"], tables, rules))
    parse(source)  # before the transaction: vetting takes its time, and nobody should wait for it
    answer = acts.perform("publish", lambda tx: definitions.publish(tx, source), body)
    return answer, 201 if answer["is_new"] and "rehearsed" not in answer else 200


def _entry(published: register.PublishedDefinition) -> dict[str, Any]:
    definition = published.definition
    return {
        "process": definition.process,
        "name": definition.name,
        "version": published.version,
        "sha256": definition.sha256,
        "number_series": definition.number_series,
    }
