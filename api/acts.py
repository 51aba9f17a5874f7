"""Carrying out a command for the caller: once per key, rehearsed when asked, on a case only if the caller may see it."""

import re
from collections.abc import Callable
from typing import Any

from flask import request

from api import idempotency, inputs
from api.context import actor, database
from api.errors import Malformed
from engine import commands
from engine.apply import load_case_by_number
from engine.commands.work_items import must_be_version
from engine.database import Transaction
from engine.queries.cases import readable_case

Act = Callable[[Transaction], dict[str, Any]]
Answer = dict[str, Any]

STRONG_ETAG = re.compile(r'"(?P<version>[0-9]{1,9})"')


def perform(command: str, act: Act, said: Any) -> Answer:
    """The answer of the command. With `?rehearse=true` what the answer would be; `rehearsed` says so."""
    if inputs.asked().get("rehearse"):
        return {**commands.rehearse(database(), actor(), act), "rehearsed": True}
    key = idempotency.given_key()
    return commands.perform(database(), actor(), command, act, key, idempotency.fingerprint(said))


def perform_on_case(command: str, number: str, act: Act, said: Any) -> Answer:
    """As `perform`. A case that the caller may not see does not exist; one that moved on since `If-Match` is left alone."""
    expected = expected_version()

    def guarded(tx: Transaction) -> Answer:
        readable_case(tx, number)
        if expected is not None:
            must_be_version(load_case_by_number(tx, number), expected)
        return act(tx)

    return perform(command, guarded, [number, said])


def with_etag(answer: Answer) -> tuple[Answer, dict[str, str]]:
    """The answer of an act on a case, with the case's new version as its ETag."""
    return answer, {} if "rehearsed" in answer else {"ETag": etag(answer["version"])}


def etag(version: int) -> str:
    """The ETag of a case at this version."""
    return f'"{version}"'


def expected_version() -> int | None:
    """The version that `If-Match` names; None when there is none, or when any will do (`*`). Raises Malformed."""
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    named = STRONG_ETAG.fullmatch(header)
    if named is None:
        raise Malformed(
            "if_match_malformed",
            'If-Match phải là ETag của hồ sơ, ví dụ "7", hoặc *.',
            'Expected If-Match to be the ETag of the case, such as "7", or *.',
            header="If-Match",
        )
    return int(named["version"])
