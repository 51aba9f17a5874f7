"""Definitions: publish a vetted version of a process. Cases that run keep theirs."""

from typing import Any

from sqlalchemy import func, insert, select

import forms
from engine import authority
from engine.audit import trail
from engine.bpmn.definitions import DefinitionSource, parse
from engine.bpmn.dialect import read_document, read_elements
from engine.database import Transaction
from engine.errors import Invalid
from engine.tables import definition
from engine.vocabulary import EventType
from workflows import catalogue


def publish(tx: Transaction, source: DefinitionSource) -> dict[str, Any]:
    """Vets, hashes and stores a version; the same content is not stored twice. Raises Invalid with every reason by element."""
    authority.may_administer(tx.actor, "công bố quy trình")
    parsed = parse(source)
    if parsed.process != source.process:
        raise Invalid(
            "process_name",
            f"Sơ đồ là của quy trình «{parsed.process}», không phải «{source.process}».",
            f"Expected the process «{source.process}», but the diagram is of «{parsed.process}».",
        )
    known = tx.connection.execute(
        select(definition.c.id, definition.c.version).where(
            definition.c.process == source.process, definition.c.sha256 == source.sha256
        )
    ).one_or_none()
    if known is not None:
        return {"process": source.process, "version": known.version, "sha256": source.sha256, "is_new": False}
    newest = select(func.coalesce(func.max(definition.c.version), 0)).where(definition.c.process == source.process)
    version = tx.connection.execute(newest).scalar_one() + 1
    row = {
        "process": source.process,
        "version": version,
        "sha256": source.sha256,
        "source": source.to_json(),
        "published_at": tx.now,
        "published_by": tx.actor.id,
    }
    tx.connection.execute(insert(definition), row)
    published = {"process": source.process, "version": version, "sha256": source.sha256}
    trail.append_to_administration(tx, EventType.DEFINITION_PUBLISHED, published)
    return {**published, "is_new": True}


def publish_catalogue(tx: Transaction) -> list[dict[str, Any]]:
    """Every process that is shipped with this version."""
    return [publish(tx, shipped_source(folder)) for folder in catalogue.processes()]


def shipped_source(folder: catalogue.ProcessFolder) -> DefinitionSource:
    """What the folder of a process holds, with the description of every form that its diagram names."""
    bpmn = folder.bpmn_path.read_text(encoding="utf-8")
    tables = tuple((path.name, path.read_text(encoding="utf-8")) for path in folder.dmn_paths)
    rules = tuple(rule.as_row() for rule in folder.deadlines)
    return with_forms(DefinitionSource(folder.id, bpmn, tables, rules))


def with_forms(source: DefinitionSource) -> DefinitionSource:
    """The source with the descriptions of its forms. Raises Invalid when the diagram names a form that does not exist."""
    try:
        elements, _findings = read_elements(read_document(source.bpmn.encode()))
    except ValueError:
        return source  # parse() says what is wrong with it
    named = sorted({element.form for element in elements.values() if element.form})
    missing = sorted(set(named) - set(forms.keys()))
    if missing:
        raise Invalid(
            "no_such_form",
            f"Sơ đồ dùng biểu mẫu chưa có: {', '.join(missing)}.",
            f"The diagram names forms that do not exist: {', '.join(missing)}.",
        )
    described = {key: forms.describe(key) for key in named}
    return DefinitionSource(source.process, source.bpmn, source.tables, source.deadlines, described)
