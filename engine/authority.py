"""Who may do what. Pure: decides from the actor's roles and the facts given, touches nothing. Deny unless stated.

A role is held in an agency. Supervisors, inspectors and auditors act in their agency and in every agency below it; `below` is the
set of those ids, computed by the caller from the organisations in force.
"""

from dataclasses import dataclass, field

from engine.errors import Conflict, Forbidden
from engine.vocabulary import Role, WorkItemStatus

SYSTEM = "system"
OVERSEERS = frozenset(
    {Role.SUPERVISOR, Role.INSPECTOR, Role.PARTY_INSPECTOR, Role.AUDITOR, Role.PLAN_OWNER, Role.PLAN_MONITOR}
)
READERS = frozenset(Role) - {Role.ADMINISTRATOR, Role.REQUESTER}


@dataclass(frozen=True)
class Actor:
    """Who is behind one transaction. `roles` are (role, agency) pairs in force now; `oversees` (role, agency) pairs reach further down."""

    id: str
    name: str
    agency: str
    roles: frozenset[tuple[str, str]] = frozenset()
    oversees: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)

    def holds(self, role: str, agency: str) -> bool:
        """Whether the actor has this role in this agency, or over it."""
        return (role, agency) in self.roles or (role, agency) in self.oversees

    def holds_any(self, roles: frozenset[Role], agency: str) -> bool:
        return any(self.holds(role, agency) for role in roles)


SYSTEM_ACTOR = Actor(SYSTEM, "Hệ thống", SYSTEM)


@dataclass(frozen=True)
class WorkFacts:
    """What is known of a work item when somebody wants to act on it."""

    case_number: str
    element: str
    name: str
    role: str
    agency: str
    status: str
    holder: str | None
    closed_by: str | None = None
    closed_at: str | None = None
    suspended: bool = False


def may_complete(actor: Actor, work: WorkFacts) -> None:
    """Raises Conflict when it is closed or another's, Forbidden when the role is not the actor's. Order: exists, state, may."""
    _must_be_open(work)
    _must_hold_role(actor, work)
    if work.holder is not None and work.holder != actor.id:
        raise Conflict(
            "work_item_held",
            f"Việc «{work.name}» đang do {work.holder} nhận xử lý.",
            f"Expected the work item «{work.name}» to be yours or free, but {work.holder} holds it.",
            holder=work.holder,
        )


def may_claim(actor: Actor, work: WorkFacts) -> None:
    """As may_complete: one may claim what one may complete."""
    may_complete(actor, work)


def may_release(actor: Actor, work: WorkFacts) -> None:
    """Only the holder gives a work item back."""
    _must_be_open(work)
    if work.holder != actor.id:
        raise Conflict(
            "work_item_not_yours",
            f"Việc «{work.name}» không do ông/bà nhận nên không thể trả lại.",
            f"Expected you to hold the work item «{work.name}», but {work.holder or 'nobody'} does.",
        )


def may_override(actor: Actor, agency: str, own_acts: frozenset[str], act: str) -> None:
    """A supervisor of the agency or above it, and never on one's own act.

    `own_acts` are the participants whose act this would undo or judge: the holder or author of the work concerned.
    """
    if not actor.holds(Role.SUPERVISOR, agency):
        raise Forbidden(
            "not_supervisor",
            f"Chỉ lãnh đạo cấp trên của cơ quan đang giữ hồ sơ mới được thực hiện «{act}».",
            f"Expected a supervisor of the agency that holds the case for the act «{act}».",
        )
    if actor.id in own_acts:
        raise Forbidden(
            "own_act",
            "Không ai được can thiệp vào việc do chính mình thực hiện; hãy đề nghị người khác.",
            "Nobody may override an act of their own; ask another supervisor.",
        )


def may_read_case(actor: Actor, agencies: frozenset[str]) -> bool:
    """Whoever has a reading role in, or over, one of the agencies that take part in the case."""
    return any(actor.holds_any(READERS, agency) for agency in agencies)


def may_administer(actor: Actor, act: str) -> None:
    """Definitions, calendar, legal parameters, people, plans."""
    if not any(role == Role.ADMINISTRATOR for role, _ in actor.roles) and actor.id != SYSTEM:
        raise Forbidden(
            "not_administrator",
            f"Chỉ người quản trị mới được thực hiện «{act}».",
            f"Expected an administrator for the act «{act}».",
        )


def may_load_plan(actor: Actor, issuer: str) -> None:
    """The plan's owner, or an administrator."""
    if not actor.holds(Role.PLAN_OWNER, issuer):
        may_administer(actor, "nạp kế hoạch")


def _must_be_open(work: WorkFacts) -> None:
    if work.status not in {WorkItemStatus.OFFERED, WorkItemStatus.CLAIMED}:
        by = f" bởi {work.closed_by} lúc {work.closed_at}" if work.closed_by else ""
        by_en = f" by {work.closed_by} at {work.closed_at}" if work.closed_by else ""
        raise Conflict(
            "work_item_closed",
            f"Việc «{work.name}» của hồ sơ {work.case_number} đã được xử lý{by}.",
            f"Expected the work item «{work.name}» of case {work.case_number} to be open, but it was closed{by_en}.",
            closed_by=work.closed_by,
            closed_at=work.closed_at,
        )
    if work.suspended:
        raise Conflict(
            "case_suspended",
            f"Hồ sơ {work.case_number} đang tạm đình chỉ; hãy tiếp tục hồ sơ trước.",
            f"Expected case {work.case_number} to be open, but it is suspended: resume it first.",
        )


def _must_hold_role(actor: Actor, work: WorkFacts) -> None:
    if (work.role, work.agency) not in actor.roles:
        raise Forbidden(
            "not_your_work",
            f"Việc «{work.name}» thuộc vai trò «{work.role}» của cơ quan «{work.agency}».",
            f"The work item «{work.name}» belongs to the role {work.role} of {work.agency}.",
            role=work.role,
            agency=work.agency,
        )
