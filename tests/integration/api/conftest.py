"""One application for all tests of the API; a seeded database of either kind for each.

The house is small: a province with two communes. `officials` names who is who.
"""

import itertools
import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import context
from api.application import create_app
from engine import commands
from engine.authority import SYSTEM_ACTOR
from engine.commands import definitions, law, people
from engine.database import Database
from engine.time.clock import VIETNAM, VirtualClock, local_date
from tests.conftest import new_database, sqlite_address
from workflows.catalogue import HERE

DONE_ON = {"issued_on", "sent_on", "recorded_on", "published_on", "closed_on", "decided_on"}
NOW = datetime(2026, 6, 1, 9, 0, tzinfo=VIETNAM)
MASTER_KEY = bytes(range(32))
WARD, NEIGHBOUR, PROVINCE = "ubnd-phuong", "ubnd-xa", "ubnd-tinh"
UNITS = ("phong-dia-chinh", "cong-an-phuong")
EXAMPLES = HERE / "accountability_request" / "examples"

OFFICIALS = {
    "tiep-nhan": (WARD, ["receiver"]),
    "van-thu": (WARD, ["clerk"]),
    "tran-thi-lan": (WARD, ["head"]),
    "hoang-van-binh": (WARD, ["handler"]),
    "le-thi-hoa": (WARD, ["handler"]),
    "vo-thi-mai": (WARD, ["publisher"]),
    "luu-tru": (WARD, ["archivist"]),
    "dia-chinh": ("phong-dia-chinh", ["cooperating_unit"]),
    "cong-an": ("cong-an-phuong", ["cooperating_unit"]),
    "lanh-dao": (PROVINCE, ["supervisor"]),
    "thanh-tra": (PROVINCE, ["inspector"]),
    "kiem-toan": (PROVINCE, ["auditor"]),
    "quan-tri": (PROVINCE, ["administrator"]),
    "pham-van-dung": (WARD, ["lead_unit"]),  # the one whose act is questioned
    "xa-lanh-dao": (NEIGHBOUR, ["supervisor", "head", "receiver"]),
}
FILING = {
    "requester_kind": "individual",
    "full_name": "Nguyễn Văn Minh",
    "address": "12 đường Lê Lợi",
    "phone": "0912 345 678",
    "agency": WARD,
    "concerned": "Phòng Kinh tế",
    "decision_number": "118/QĐ-UBND",
    "effect": "Quyết định thu hồi lối đi duy nhất vào nhà tôi.",
    "contents": ["legal_basis"],
    "content": "Đề nghị giải trình căn cứ pháp lý của quyết định.",
    "asked_elsewhere": False,
    "signature": "digital",
}
addresses = itertools.count(1)


def token_of(who: str) -> str:
    return f"{who}-token-0123456789abcdef"


def new_key() -> str:
    return str(uuid.uuid4())


@dataclass
class Caller:
    """Somebody at the door. A key goes with every POST unless the test says otherwise."""

    client: FlaskClient
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path, **options):
        return self._call("GET", path, **options)

    def post(self, path, body=None, *, key="new", headers=None, **options):
        headers = dict(headers or {})
        if key is not None:
            headers["Idempotency-Key"] = new_key() if key == "new" else key
        return self._call("POST", path, headers=headers, json=body, **options)

    def _call(self, method, path, headers=None, **options):
        headers = {**self.headers, **(headers or {})}
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        address = path if path.startswith("/api") else f"/api/v1{path}"
        environ = {"REMOTE_ADDR": f"10.0.{next(addresses) % 65_000 // 250}.1"}
        if options.get("json") is None:
            options.pop("json", None)
        return self.client.open(address, method=method, headers=headers, environ_overrides=environ, **options)


@dataclass
class Office:
    """The application on one seeded database."""

    app: Flask
    database: Database
    clock: VirtualClock

    def public(self, **headers) -> Caller:
        return Caller(self.app.test_client(), headers=headers)

    def official(self, who: str, **headers) -> Caller:
        return Caller(self.app.test_client(), token_of(who), headers)

    def filed(self, **changes) -> dict:
        """The receipt of a request that was just filed."""
        answer = self.public().post("/requests", {**FILING, **changes})
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return answer.json

    def file_of(self, number: str) -> dict:
        return self.official("lanh-dao").get(f"/cases/{number}").json

    def work(self, number: str, element: str, instance: str | None = None) -> dict:
        """The open work item of this element."""
        is_open = [w for w in self.file_of(number)["work"] if w["status"] in {"offered", "claimed"}]
        found = [w for w in is_open if w["element"] == element and instance in (None, w["instance"])]
        assert found, f"{element} is not open, but {[w['element'] for w in is_open]}"
        return found[0]

    def doer(self, work: dict) -> str:
        """Who does this work: its holder, or the first official with the role."""
        if work["holder"]:
            return work["holder"]
        return next(
            who for who, (agency, roles) in OFFICIALS.items() if agency == work["agency"] and work["role"] in roles
        )

    def it_is_at_least(self, data: dict) -> None:
        """What is entered as done on a day is entered on that day at the earliest."""
        done_on = [date.fromisoformat(data[name][:10]) for name in DONE_ON & data.keys()]
        if done_on and max(done_on) > local_date(self.clock.now()):
            self.clock.set(datetime.combine(max(done_on), time(9), VIETNAM))

    def complete(self, number: str, element: str, data: dict, instance: str | None = None):
        self.it_is_at_least(data)
        work = self.work(number, element, instance)
        path = f"/cases/{number}/work-items/{work['token']}/complete"
        answer = self.official(self.doer(work)).post(path, data)
        assert answer.status_code == 200, (element, answer.get_data(as_text=True))
        return answer

    def everything(self) -> dict[str, list]:
        """All rows of all tables but the keys of calls: to see that nothing has changed."""
        from engine import tables

        with self.database.read(SYSTEM_ACTOR) as tx:
            return {
                table.name: sorted(map(repr, tx.connection.execute(table.select()).all()))
                for table in tables.metadata.sorted_tables
            }


def example(name: str) -> dict:
    return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))


def seed(database: Database) -> None:
    def act(command):
        commands.perform(database, SYSTEM_ACTOR, "seed", command)

    act(law.load_shipped)
    act(lambda tx: {"published": definitions.publish_catalogue(tx)})
    for body, parent in ((PROVINCE, None), (WARD, PROVINCE), (NEIGHBOUR, PROVINCE), *((unit, WARD) for unit in UNITS)):
        entry = {
            "id": body,
            "name_vi": f"Cơ quan {body}",
            "name_en": f"Body {body}",
            "kind": "state",
            "level": "commune",
        }
        act(
            lambda tx, entry=entry, parent=parent: people.set_organisation(
                tx, {**entry, "parent": parent, "superior": parent}
            )
        )
    for who, (agency, roles) in OFFICIALS.items():
        act(lambda tx, who=who, agency=agency: people.set_participant(tx, who, who, agency))
        act(lambda tx, who=who: people.issue_token(tx, who, "test", token_of(who)))
        for role in roles:
            act(
                lambda tx, who=who, role=role, agency=agency: people.assign_role(
                    tx, who, role, agency, date(2024, 1, 1)
                )
            )


@pytest.fixture(scope="session")
def app() -> Flask:
    """The application, without a database yet and without limits."""
    return create_app(Database("sqlite://"), public_calls_per_minute=100_000)


@pytest.fixture(scope="session")
def seeded_sqlite_file(tmp_path_factory, migrated_sqlite_file):
    file = tmp_path_factory.mktemp("seeded") / "template.sqlite3"
    shutil.copyfile(migrated_sqlite_file, file)
    fill(sqlite_address(file))
    return file


@pytest.fixture(scope="session")
def seeded_postgresql_template(postgresql_server, migrated_postgresql_template) -> Iterator[str]:
    with new_database(postgresql_server, migrated_postgresql_template) as name:
        fill(postgresql_server.url(name))
        yield name


@pytest.fixture
def sqlite_office(app, tmp_path, seeded_sqlite_file) -> Iterator[Office]:
    file = tmp_path / "giaitrinh.sqlite3"
    shutil.copyfile(seeded_sqlite_file, file)
    yield from opened_office(app, sqlite_address(file))


@pytest.fixture
def postgresql_office(app, postgresql_server, seeded_postgresql_template) -> Iterator[Office]:
    with new_database(postgresql_server, seeded_postgresql_template) as name:
        yield from opened_office(app, postgresql_server.url(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request) -> Office:
    """The office on either kind of database: the test runs twice."""
    return request.getfixturevalue(f"{request.param}_office")


def opened_office(app: Flask, url: str) -> Iterator[Office]:
    clock = VirtualClock(NOW)
    database = Database(url, clock, MASTER_KEY)
    app.extensions[context.EXTENSION] = database
    try:
        yield Office(app, database, clock)
    finally:
        database.dispose()


def fill(url: str) -> None:
    database = Database(url, VirtualClock(NOW), MASTER_KEY)
    try:
        seed(database)
    finally:
        database.dispose()


def assert_problem(answer, status: int, code: str) -> dict:
    """The answer is this problem, in both languages. Returns its body."""
    body = answer.get_json(force=True)
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer.mimetype == "application/problem+json"
    assert body["status"] == status
    assert body["type"] == f"urn:giaitrinh:problem:{code}"
    assert body["vi"]
    assert body["en"]
    assert body["title"]
    assert body["vi"] != body["en"]
    assert body["detail"] in (body["vi"], body["en"])
    for messages in body.get("fields", {}).values():
        assert messages
        assert all(message["code"] and message["vi"] and message["en"] for message in messages)
    return body
