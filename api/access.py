"""Who may come in at each route. Nothing is open unless it says so, and the application does not start when a route says nothing.

    public           anybody; whoever sends an access token must send one that works
    requester_code   anybody who sends number and secret code of a request in the body; the command checks them
    participant      whoever has an access token; what they may see and do is decided by the engine, case by case
    role(…)          a participant who holds one of these roles in some agency

Acts on a case are declared `participant` even when only a supervisor may do them: the engine decides, and keeps a line in the
case's trail when it refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, current_app, g, request

from api import identity, rate_limits
from api.errors import Unauthenticated
from engine.authority import Actor
from engine.errors import Forbidden
from engine.vocabulary import Role

View = TypeVar("View", bound=Callable[..., object])
MARK = "_access"


@dataclass(frozen=True)
class Access:
    """What a route declares. `roles` is empty unless the level is `role`."""

    level: str
    roles: frozenset[Role] = frozenset()

    @property
    def needs_token(self) -> bool:
        """Whether only participants come in."""
        return self.level in {"participant", "role"}

    def __str__(self) -> str:
        return f"role: {', '.join(sorted(self.roles))}" if self.roles else self.level


class AccessUndeclared(RuntimeError):
    """A route does not say who may come in."""

    def __init__(self, endpoints: list[str]) -> None:
        super().__init__(f"Expected every route to declare its access, but these do not: {', '.join(endpoints)}")
        self.endpoints = endpoints


def public(view: View) -> View:
    """Open to everybody."""
    return _declare(view, Access("public"))


def requester_code(view: View) -> View:
    """Open to whoever knows a number and its secret code."""
    return _declare(view, Access("requester_code"))


def participant(view: View) -> View:
    """Open to every participant."""
    return _declare(view, Access("participant"))


def role(*roles: Role) -> Callable[[View], View]:
    """Open to participants with one of these roles."""
    return lambda view: _declare(view, Access("role", frozenset(roles)))


def declared(view: object) -> Access | None:
    """What the view declares, if anything."""
    found = getattr(view, MARK, None)
    return found if isinstance(found, Access) else None


def protect(app: Flask) -> None:
    """Lets nobody in without asking `admit`. To be called when every route is known. Raises AccessUndeclared."""
    undeclared = sorted(endpoint for endpoint, view in app.view_functions.items() if declared(view) is None)
    if undeclared:
        raise AccessUndeclared(undeclared)
    app.before_request(admit)


def admit() -> None:
    """Lets the caller in or raises. A call that leads to no route passes: there is nothing behind it."""
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    access = declared(view)
    if access is None:  # added after the application was made
        raise Forbidden("not_declared", "Đường dẫn này chưa được mở.", "This route is not open to anybody.")
    caller = identity.identify()
    if caller is None:
        rate_limits.count(view)
    g.actor = identity.REQUESTER if caller is None or access.level == "requester_code" else caller
    if access.needs_token:
        _must_be_let_in(caller, access)


def _must_be_let_in(caller: Actor | None, access: Access) -> None:
    if caller is None:
        raise Unauthenticated(
            "token_missing",
            "Cần mã truy cập: gửi tiêu đề Authorization: Bearer <mã>.",
            "An access token is needed: send the header Authorization: Bearer <token>.",
        )
    if access.roles and not any(held in access.roles for held, _agency in caller.roles):
        raise Forbidden(
            "role_needed",
            f"Cần một trong các vai trò: {', '.join(sorted(access.roles))}.",
            f"Expected one of the roles {', '.join(sorted(access.roles))}.",
            roles=sorted(access.roles),
        )


def _declare(view: View, access: Access) -> View:
    setattr(view, MARK, access)
    return view
