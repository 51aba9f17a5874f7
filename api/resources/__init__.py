"""One file per noun. `ALL` is what the application serves."""

from api.operations import Noun
from api.resources import (
    audit,
    cases,
    definitions,
    documents,
    forms,
    health,
    law,
    messages,
    overrides,
    people,
    plans,
    requests,
    work_items,
)

ALL: tuple[Noun, ...] = (
    requests.NOUN,
    work_items.NOUN,
    cases.NOUN,
    overrides.NOUN,
    messages.NOUN,
    audit.NOUN,
    definitions.NOUN,
    plans.NOUN,
    documents.NOUN,
    law.NOUN,
    people.NOUN,
    forms.NOUN,
    health.NOUN,
)
