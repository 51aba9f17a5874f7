"""Whatever goes wrong is told in both languages, names the field, and leaves nothing half done."""

import json
import logging

import pytest

from engine.authority import SYSTEM_ACTOR
from engine.tables import case_
from tests.integration.api.conftest import FILING, Caller, assert_problem, new_key

NESTED = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
SLIGHTLY_NESTED = b'{"a":' * 40 + b"1" + b"}" * 40


def raw(office, body, content_type="application/json", **headers):
    return office.app.test_client().post(
        "/api/v1/requests", data=body, content_type=content_type, headers={"Idempotency-Key": new_key(), **headers}
    )


HOSTILE = [
    (b"", 400, "not_json"),
    (b"{", 400, "not_json"),
    (b"{'a': 1}", 400, "not_json"),
    (b'{"a": 1,}', 400, "not_json"),
    (b"\xef\xbb\xbf{}", 400, "not_json"),
    (b'{"a": "\xff"}', 400, "not_utf8"),
    (json.dumps(FILING).encode("utf-16"), 400, "not_utf8"),
    (b"[]", 400, "not_an_object"),
    (b"null", 400, "not_an_object"),
    (b'"text"', 400, "not_an_object"),
    (b'{"a": 1, "a": 2}', 400, "key_twice"),
    (b'{"a": {"\\u0062": 1, "b": 2}}', 400, "key_twice"),
    (b'{"a": NaN}', 400, "not_a_number"),
    (b'{"a": -Infinity}', 400, "not_a_number"),
    (b'{"a": 1e400}', 400, "not_a_number"),
    (b'{"a": ' + b"9" * 5_000 + b"}", 400, "number_too_long"),
    (NESTED, 400, "too_deep"),
    (SLIGHTLY_NESTED, 400, "too_deep"),
    (b'{"phone": "\\ud800"}', 422, "bad_characters"),
    (b'{"phone": "0912\\u0000"}', 422, "bad_characters"),
    (b'{"\\udfff": 1}', 422, "bad_characters"),
]


@pytest.mark.parametrize(("body", "status", "code"), HOSTILE)
def test_json_that_can_be_read_two_ways_is_refused(sqlite_office, body, status, code):
    before = sqlite_office.everything()
    assert_problem(raw(sqlite_office, body), status, code)
    assert sqlite_office.everything() == before


def test_hostile_json_is_refused_on_every_route_that_takes_a_body(sqlite_office):
    number = sqlite_office.filed()["case"]
    for rule in sqlite_office.app.url_map.iter_rules():
        if "POST" not in rule.methods:
            continue
        parts = {"number": number, "token": 8, "message": "withdrawn", "participant": "van-thu"}
        path = rule.build({name: parts[name] for name in rule.arguments})[1]
        for who in ("lanh-dao", "quan-tri", "kiem-toan"):
            for body, _status, _code in HOSTILE[1:5]:
                caller = Caller(sqlite_office.app.test_client(), f"{who}-token-0123456789abcdef")
                answer = caller._call(
                    "POST", path, data=body, content_type="application/json", headers={"Idempotency-Key": new_key()}
                )
                assert answer.status_code in (400, 403), (path, who, answer.json)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "application/json; charset=latin-1",
        "",
    ],
)
def test_body_of_another_type_is_refused(sqlite_office, content_type):
    assert_problem(raw(sqlite_office, json.dumps(FILING), content_type), 415, "not_json_type")


def test_body_in_utf8_is_taken_with_and_without_saying_so(sqlite_office):
    text = json.dumps(FILING, ensure_ascii=False).encode()
    for content_type in ("application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"):
        assert raw(sqlite_office, text, content_type).status_code == 201


def test_body_of_more_than_a_megabyte_is_refused(sqlite_office):
    assert_problem(raw(sqlite_office, json.dumps({**FILING, "content": "x" * 2**20})), 413, "too_large")


def test_every_wrong_field_is_named_in_both_languages(office):
    entry = {
        **FILING,
        "requester_kind": "alien",
        "phone": "mười",
        "contents": [],
        "signature": None,
        "members": [{"address": 5}],
        "colour": "red",
    }
    body = assert_problem(office.public().post("/requests", entry), 422, "form_invalid")
    assert set(body["fields"]) == {
        "requester_kind",
        "phone",
        "contents",
        "signature",
        "members.0.full_name",
        "members.0.address",
        "colour",
    }


def test_column_of_a_table_is_not_a_field(office):
    extra = {
        "status": "completed",
        "tracking_sha256": "0" * 64,
        "version": 9,
        "definition_id": 1,
        "person_id": 1,
        "frontier": "x",
    }
    body = assert_problem(office.public().post("/requests", {**FILING, **extra}), 422, "form_invalid")
    assert set(body["fields"]) == set(extra)


def test_unknown_agency_is_a_wrong_field_and_no_wrong_path(office):
    body = assert_problem(office.public().post("/requests", {**FILING, "agency": "nowhere"}), 422, "form_invalid")
    assert list(body["fields"]) == ["agency"]


def test_fields_of_an_entry_inside_a_body_are_named_with_their_place(office):
    receipt = office.filed()
    said = {"number": receipt["case"], "code": receipt["code"], "message": "withdrawn", "data": {"scope": "half"}}
    body = assert_problem(office.public().post("/requests/messages", said), 422, "form_invalid")
    assert list(body["fields"]) == ["data.scope"]
    body = assert_problem(
        office.public().post("/requests/messages", {**said, "data": "all", "number": ""}), 422, "input_invalid"
    )
    assert set(body["fields"]) == {"data", "number"}


def test_body_where_none_is_taken_is_refused(office):
    number = office.filed()["case"]
    path = f"/cases/{number}/work-items/{office.work(number, 'classify')['token']}/claim"
    body = assert_problem(office.official("tiep-nhan").post(path, {"holder": "van-thu"}), 422, "input_invalid")
    assert list(body["fields"]) == ["holder"]
    assert office.official("tiep-nhan").post(path, {}).status_code == 200


def test_method_that_is_not_taken_is_told_with_those_that_are(sqlite_office):
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        answer = sqlite_office.app.test_client().open("/api/v1/requests/track", method=method)
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "POST"
    assert set(sqlite_office.app.test_client().post("/api/v1/cases").headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v2/cases", "/api/v1/cases/", "/api/v1//cases", "/api/v1/forms/x"]
)
def test_path_that_leads_nowhere_is_not_found(sqlite_office, path):
    assert_problem(sqlite_office.app.test_client().get(path), 404, "no_such_path")


def test_form_that_does_not_exist_is_not_found(sqlite_office):
    assert_problem(sqlite_office.public().get("/forms/accountability_request.nothing"), 404, "no_such_form")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (None, "vi"),
        ("vi", "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr", "vi"),
        ("vi;q=0.1, en", "en"),
        ("*", "vi"),
        ("\x7f;;q=", "vi"),
    ],
)
def test_detail_is_in_the_language_that_is_preferred(sqlite_office, wanted, language):
    headers = {"Accept-Language": wanted} if wanted is not None else {}
    answer = sqlite_office.app.test_client().get("/api/v1/nowhere", headers=headers)
    body = assert_problem(answer, 404, "no_such_path")
    assert body["detail"] == body[language]
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_fault_of_ours_has_an_incident_number_and_tells_nothing(office, caplog):
    rename(office, "case_", "elsewhere")
    with caplog.at_level(logging.ERROR, "api"):
        answer = office.official("lanh-dao").get("/cases?agency=canary-0912345678")
    body = assert_problem(answer, 500, "fault")
    incident = body["instance"].removeprefix("urn:giaitrinh:incident:")
    assert incident in body["vi"]
    assert incident in body["en"]
    for hidden in ("canary", "Traceback", "SELECT", ".py", "sqlalchemy"):
        assert hidden not in answer.get_data(as_text=True)
    for told in (incident, "sqlalchemy.exc", "in case_list"):
        assert told in caplog.text
    assert "canary" not in caplog.text


def rename(office, table, name):
    from sqlalchemy import text

    with office.database.begin(SYSTEM_ACTOR) as tx:
        tx.connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def test_altered_state_is_a_fault_that_says_so(office):
    number = office.filed()["case"]
    with office.database.begin(SYSTEM_ACTOR) as tx:
        tx.connection.execute(case_.update(), {"frontier": b"{}"})
    body = assert_problem(office.official("lanh-dao").get(f"/cases/{number}"), 500, "state_altered")
    assert "instance" in body


def test_parts_of_a_request_that_fails_are_not_kept(office):
    """The last thing that filing does fails: nothing of the case is there, and the same call succeeds afterwards."""
    before, key = office.everything(), new_key()
    rename(office, "person_value", "elsewhere")
    assert_problem(office.public().post("/requests", FILING, key=key), 500, "fault")
    rename(office, "elsewhere", "person_value")
    assert office.everything() == before
    answer = office.public().post("/requests", FILING, key=key)
    assert answer.json["case"] == "YCGT-UBND-PHUONG-2026-000001"
