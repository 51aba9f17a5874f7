"""Who calls: the participant behind `Authorization: Bearer <token>`, or nobody."""

import re

from flask import request

from api.context import database
from api.errors import Unauthenticated
from engine.authority import SYSTEM_ACTOR, Actor
from engine.registers.participants import actor_of_token

REQUESTER = Actor("requester", "Người yêu cầu", "public")
"""The public: citizens and businesses without an account."""

BEARER = re.compile(r"bearer +(?P<token>[A-Za-z0-9._~+/=-]{16,200})", re.IGNORECASE)


def identify() -> Actor | None:
    """The participant whose access token came with the call; None when none came. Raises Unauthenticated for one that does not work."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    shown = BEARER.fullmatch(header.strip())
    if shown is not None:
        with database().read(SYSTEM_ACTOR) as tx:
            actor = actor_of_token(tx, shown["token"])
        if actor is not None:
            return actor
    raise Unauthenticated(
        "token_refused",
        "Mã truy cập không hợp lệ, đã hết hạn hoặc đã bị thu hồi.",
        "The access token is not valid, has expired or was revoked.",
    )
