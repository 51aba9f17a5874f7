"""Installation: from an empty database to a system that can be used. Every step may be repeated: it adds what is missing and changes
nothing that is there, so that what an administrator has set stays set.

    schema → law (parameters, calendar) → processes → organisations → the two plans → demonstration accounts

Each step is one act of the system in the administration's trail. The demonstration accounts are invented people with tokens that
everybody knows (`demo-…`): they are for trying the system out, never for one that holds real cases.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from textwrap import shorten
from typing import Any

from sqlalchemy import select, text

from engine import commands, migrations
from engine.authority import SYSTEM_ACTOR
from engine.commands import definitions, law, people, plans
from engine.database import Database, Transaction
from engine.registers import organisations as register
from engine.registers.participants import token_sha256
from engine.tables import api_token, organisation, participant, role_assignment, work_plan
from engine.vocabulary import Role
from workflows.plans.work_plans import Organisation, WorkPlan, load_organisations, load_plans

DEMO_LABEL = "demonstration"
DEMO_PREFIX = "demo-"
DEMO_SINCE = date(2024, 1, 1)
LOCK = 53  # names the advisory lock of PostgreSQL: one installation at a time

WHOLE_OFFICES = ("dn-ubnd", "dn-so-noi-vu", "dn-so-tai-chinh", "dn-so-khcn", "ndh-ubnd")
"""The agencies that receive accountability requests in the demonstration: a person for each role."""

OFFICE = (
    Role.RECEIVER, Role.HEAD, Role.HANDLER, Role.CLERK, Role.PUBLISHER, Role.ARCHIVIST, Role.COOPERATING_UNIT, Role.LEAD_UNIT,
    Role.SUPERVISOR,
)  # fmt: skip
OFFICER = (
    Role.RECEIVER, Role.HANDLER, Role.CLERK, Role.PUBLISHER, Role.ARCHIVIST, Role.COOPERATING_UNIT, Role.LEAD_UNIT,
)  # fmt: skip
"""What one officer does in an agency where the demonstration has no more people."""

POSTS = {
    "head": "Người đứng đầu (dùng thử)",
    "supervisor": "Lãnh đạo cấp trên (dùng thử)",
    "officer": "Cán bộ xử lý (dùng thử)",
    "inspector": "Thanh tra viên (dùng thử)",
    "party-inspector": "Cán bộ kiểm tra (dùng thử)",
}
"""What the people are called for whom no names are invented."""

Say = Callable[[str, str], None]
"""Tells how the installation goes on, in Vietnamese and in English."""


@dataclass(frozen=True)
class DemoPerson:
    """An invented participant, with roles in agencies. The id is `<agency>-<post>`, the token `demo-<id>`."""

    id: str
    name: str
    agency: str
    roles: tuple[tuple[Role, str], ...]


@dataclass(frozen=True)
class DemoAccount:
    """A demonstration account as it stands in the database."""

    id: str
    name: str
    agency: str
    agency_name: str
    roles: tuple[str, ...]
    token: str


def set_up(database: Database, *, demo: bool = True, say: Say = lambda _vi, _en: None) -> None:
    """Everything, from the schema on. Raises Refusal."""
    _make_folder(database)
    with _alone(database):
        migrations.upgrade(database.engine.url.render_as_string(hide_password=False))
        say("Lược đồ cơ sở dữ liệu: mới nhất.", "Database schema: newest.")
        loaded = _act(database, "load_law", law.load_shipped)
        _tell(say, loaded["parameters"], "tham số pháp lý", "legal parameters")
        published = _act(database, "publish_catalogue", lambda tx: {"processes": definitions.publish_catalogue(tx)})[
            "processes"
        ]
        _tell(say, sum(entry["is_new"] for entry in published), "quy trình", "processes")
        _tell(say, _act(database, "add_organisations", add_organisations)["count"], "cơ quan, tổ chức", "organisations")
        for plan in load_plans():
            _tell(
                say, load_plan_once(database, plan), f"nhiệm vụ của kế hoạch {plan.id}", f"tasks of the plan {plan.id}"
            )
        if demo:
            added = _act(database, "add_demo_people", add_demo_people)
            _tell(say, added["count"], "tài khoản dùng thử", "demonstration accounts")


def add_organisations(tx: Transaction) -> dict[str, Any]:
    """The shipped organisations that the register does not hold yet."""
    known = set(register.organisations(tx))
    missing = [organisation_row(entry) for entry in load_organisations() if entry.id not in known]
    return people.set_organisations(tx, missing) if missing else {"count": 0}


def load_plan_once(database: Database, plan: WorkPlan) -> int:
    """Loads the plan unless it is loaded. Returns how many tasks became cases."""

    def load(tx: Transaction) -> dict[str, Any]:
        known = tx.connection.execute(select(work_plan.c.id).where(work_plan.c.id == plan.id)).first()
        return {"tasks": 0} if known else plans.load(tx, plan)

    return int(_act(database, "load_plan", load)["tasks"])


def organisation_row(entry: Organisation) -> dict[str, Any]:
    """The organisation as the register takes it: who is above it and who inspects it stand beside its name."""
    row = {name: value for name, value in asdict(entry).items() if name != "routing" and value}
    return {**row, **(asdict(entry.routing) if entry.routing else {})}


def add_demo_people(tx: Transaction) -> dict[str, Any]:
    """The demonstration people that are not there yet, with their roles and tokens. Those who are there keep what they have."""
    known = {identity for (identity,) in tx.connection.execute(select(participant.c.id))}
    there = set(register.organisations(tx))
    added = 0
    for person in demo_people(load_organisations()):
        if person.id in known or person.agency not in there:
            continue
        people.set_participant(tx, person.id, person.name, person.agency)
        for role, agency in person.roles:
            if agency in there:
                people.assign_role(tx, person.id, role, agency, DEMO_SINCE)
        people.issue_token(tx, person.id, DEMO_LABEL, DEMO_PREFIX + person.id)
        added += 1
    return {"count": added}


def demo_people(bodies: tuple[Organisation, ...]) -> list[DemoPerson]:
    """Somebody for every role that a work item can need in any of these bodies, and an auditor and an administrator.

    No names are invented for those who lead the country, nor for classes of bodies.
    """
    names = _names()
    unnamed = {body.id for body in bodies if body.level == "central" or body.generic}
    found: list[DemoPerson] = []

    def add(agency: str, post: str, *roles: Role, where: tuple[str, ...] = ()) -> None:
        given = tuple((role, each) for role in roles for each in where or (agency,))
        name = POSTS[post] if agency in unnamed else next(names)
        found.append(DemoPerson(f"{agency}-{post}", name, agency, given))

    for body in bodies:
        if body.id in WHOLE_OFFICES:
            for role in OFFICE:
                add(body.id, _post(role), role)
        else:
            add(body.id, "head", Role.HEAD)
            add(body.id, "officer", *OFFICER)
            add(body.id, "supervisor", Role.SUPERVISOR)
    for agency, role in _special_posts(bodies):
        add(agency, _post(role), role)
    tops = tuple(body.id for body in bodies if not body.parent and not (body.routing and body.routing.superior))
    add("dn-thanh-tra-tinh", "auditor", Role.AUDITOR, where=tops)
    add("dn-ubnd", "administrator", Role.ADMINISTRATOR)
    return found


def demo_accounts(tx: Transaction) -> list[DemoAccount]:
    """The demonstration accounts whose well-known token works, by id."""
    held: dict[str, list[str]] = {}
    for identity, role in tx.connection.execute(
        select(role_assignment.c.participant_id, role_assignment.c.role).distinct()
    ):
        held.setdefault(identity, []).append(role)
    query = (
        select(participant, organisation.c.name_vi, api_token.c.token_sha256)
        .join(api_token, api_token.c.participant_id == participant.c.id)
        .join(organisation, organisation.c.id == participant.c.agency)
        .where(api_token.c.label == DEMO_LABEL, api_token.c.revoked_at.is_(None), participant.c.active)
        .order_by(participant.c.id)
    )
    return [
        DemoAccount(
            row.id, row.name, row.agency, row.name_vi, tuple(sorted(held.get(row.id, ()))), DEMO_PREFIX + row.id
        )
        for row in tx.connection.execute(query)
        if row.token_sha256 == token_sha256(DEMO_PREFIX + row.id)
    ]


def greeting(tx: Transaction, url: str, *, is_private: bool) -> str:
    """What the server says when it listens: its address, demonstration accounts, next steps, in both languages."""
    accounts = demo_accounts(tx)
    request = json.dumps(EXAMPLE_REQUEST, ensure_ascii=False)
    lines = [GREETING.format(url=url, request=request, program=_program())] if accounts else [_plain_greeting(url)]
    if accounts:
        lines += [
            f"  Tài khoản dùng thử / demonstration accounts ({len(accounts)}; tất cả / all: {_program()} accounts):"
        ]
        shown = [account for account in accounts if account.id in SHOWN_ACCOUNTS]
        shown.sort(key=lambda account: SHOWN_ACCOUNTS.index(account.id))
        lines += [
            f"    {each.token:<42} {shorten(', '.join(each.roles), 26, placeholder=' …'):<28} {each.name}, {each.agency_name}"
            for each in shown
        ]
    if accounts and not is_private:
        lines += ["", *WARNING]
    return "\n".join([*lines, ""])


def _program() -> str:
    """How to call the command line from here: with the Python that runs now."""
    python = Path(sys.executable)
    here = Path.cwd()
    return f"{python.relative_to(here) if python.is_relative_to(here) else python} -m engine"


def _plain_greeting(url: str) -> str:
    return (
        f"\n  Hệ thống giải trình đang chạy / The accountability system is running:  {url}\n"
        f"  Mô tả mọi địa chỉ / all routes:  {url}/api/v1/openapi.json\n  Dừng / stop: Ctrl+C"
    )


def _special_posts(bodies: tuple[Organisation, ...]) -> list[tuple[str, Role]]:
    """Inspectors of the bodies that inspect, owners and monitors of the plans (either may have to do what the other does)."""
    routings = [body.routing for body in bodies if body.routing]
    inspectors = {r.inspects for r in routings} | {body.id for body in bodies if body.kind == "state_inspection"}
    party_inspectors = {r.party_inspects for r in routings} | {
        body.id for body in bodies if body.kind == "party_inspection"
    }
    planners = {body for plan in load_plans() for body in (plan.owner, plan.monitor)}
    posts = [(agency, Role.INSPECTOR) for agency in inspectors] + [
        (agency, Role.PARTY_INSPECTOR) for agency in party_inspectors
    ]
    posts += [(agency, role) for agency in planners for role in (Role.PLAN_OWNER, Role.PLAN_MONITOR)]
    return sorted((agency, role) for agency, role in posts if agency)


def _post(role: Role) -> str:
    return role.value.replace("_", "-")


SHOWN_ACCOUNTS = (
    "dn-so-noi-vu-receiver", "dn-so-noi-vu-head", "dn-so-noi-vu-handler", "dn-so-noi-vu-clerk", "dn-so-noi-vu-publisher",
    "dn-so-noi-vu-archivist", "dn-so-tai-chinh-cooperating-unit", "dn-ubnd-supervisor", "dn-thanh-tra-tinh-inspector",
    "dn-ubkt-party-inspector", "dn-btv-tinh-uy-plan-owner", "dn-ban-noi-chinh-plan-monitor", "dn-du-ubnd-head", "dn-du-ubnd-officer",
    "ndh-ubnd-receiver", "ndh-ubnd-head", "qt-ubnd-supervisor", "ndh-btv-dang-uy-plan-owner", "dn-thanh-tra-tinh-auditor",
    "dn-ubnd-administrator",
)  # fmt: skip
"""The accounts that the greeting of the server lists: one way through each process."""

EXAMPLE_REQUEST = {
    "requester_kind": "individual",
    "full_name": "Nguyễn Văn An",
    "address": "12 đường Hùng Vương, phường Trấn Biên, tỉnh Đồng Nai",
    "phone": "0912345678",
    "agency": "dn-so-noi-vu",
    "concerned": "Phòng Tổ chức, biên chế",
    "decision_number": "215/QĐ-SNV",
    "effect": "Quyết định xếp lương chưa tính thời gian công tác trước đây của tôi.",
    "contents": ["legal_basis", "content"],
    "content": "Đề nghị giải trình căn cứ pháp lý và nội dung của việc xếp lương nêu trên.",
    "asked_elsewhere": False,
    "signature": "digital",
}

GREETING = """
  Hệ thống giải trình đang chạy / The accountability system is running:  {url}

  1. Gửi một yêu cầu giải trình / file a request:
     curl -sS {url}/api/v1/requests -H 'Content-Type: application/json' -H "Idempotency-Key: $(python3 -c 'import uuid; print(uuid.uuid4())')" \\
       -d '{request}'
     Giấy tiếp nhận có mã hồ sơ và mã tra cứu (chỉ hiện một lần). / The receipt holds the number and the secret code (told once).
  2. Xem danh sách việc của bộ phận tiếp nhận / see the receiver's worklist:
     curl -sS {url}/api/v1/work-items -H 'Authorization: Bearer demo-dn-so-noi-vu-receiver'
  3. Mô tả mọi địa chỉ / all routes:  {url}/api/v1/openapi.json
  4. Kiểm tra nhật ký / check the trails:  {program} verify
     Vì sao là ngày ấy / why this date:  {program} explain SỐ-HỒ-SƠ
  Dừng / stop: Ctrl+C
"""

WARNING = (
    "  CẢNH BÁO: máy chủ mở ra ngoài máy này trong khi mã dùng thử ai cũng biết. Chỉ dùng với dữ liệu thử (setup --no-demo).",
    "  WARNING: the server is open to other machines while everybody knows the demonstration tokens. For trial data only.",
)

FAMILY_NAMES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đinh", "Trương",
    "Mai", "Cao",
)  # fmt: skip
GIVEN_NAMES = (
    "Thị Lan Anh", "Minh Khôi", "Thị Thu Hà", "Quốc Bảo", "Thanh Hương", "Văn Dũng", "Thị Mỹ Duyên", "Đức Thịnh", "Ngọc Bích", "Hữu Phước",
    "Thị Kim Chi", "Anh Tuấn", "Hoài Thương", "Xuân Trường", "Thị Hồng Nhung", "Gia Huy", "Khánh Linh", "Tiến Đạt", "Thị Phương Thảo",
    "Trọng Nghĩa", "Diễm Quỳnh", "Văn Toàn", "Thị Ngọc Mai", "Công Thành", "Bảo Trâm", "Mạnh Cường", "Thị Thanh Vân", "Nhật Minh",
    "Tường Vy", "Đình Khang",
)  # fmt: skip


def _names() -> Iterator[str]:
    """Invented names, each once: 19 family names and 30 given names have no common divisor."""
    for number in range(len(FAMILY_NAMES) * len(GIVEN_NAMES)):
        yield f"{FAMILY_NAMES[number % len(FAMILY_NAMES)]} {GIVEN_NAMES[number % len(GIVEN_NAMES)]}"


def _act(database: Database, command: str, act: Callable[[Transaction], dict[str, Any]]) -> dict[str, Any]:
    return commands.perform(database, SYSTEM_ACTOR, command, act)


def _tell(say: Say, added: int, vi: str, en: str) -> None:
    if added:
        say(f"Đã thêm {added} {vi}.", f"Added {added} {en}.")
    else:
        say(f"Không có {vi} nào cần thêm.", f"No {en} to add.")


def _make_folder(database: Database) -> None:
    """The folder of a new SQLite file, closed to others: it will hold personal data."""
    url = database.engine.url
    if database.engine.dialect.name == "sqlite" and url.database not in {None, "", ":memory:"}:
        Path(str(url.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Several machines may install at once; on PostgreSQL one waits for the other. On SQLite each step locks the file anyway."""
    if database.engine.dialect.name != "postgresql":
        yield
        return
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:name)"), {"name": LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:name)"), {"name": LOCK})
            connection.commit()
