"""The same call sent twice is done once, and no secret is kept for it."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.authority import SYSTEM_ACTOR
from engine.tables import idempotency
from tests.integration.api.conftest import FILING, assert_problem, example, new_key

CLASSIFIED = example("answered")["steps"][0]["data"]


def kept(office) -> list:
    with office.database.read(SYSTEM_ACTOR) as tx:
        return list(tx.connection.execute(idempotency.select()))


def test_repeated_filing_gives_the_same_receipt_with_the_same_code(office):
    key = new_key()
    first, second = (office.public().post("/requests", FILING, key=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    track = {"number": second.json["case"], "code": second.json["code"]}
    assert office.public().post("/requests/track", track).status_code == 200
    assert len(office.official("lanh-dao").get("/cases").json["items"]) == 1


def test_twenty_filings_at_once_with_one_key_are_one_case(office):
    key = new_key()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: office.public().post("/requests", FILING, key=key), range(20)))
    assert {answer.status_code for answer in answers} == {201}, [a.json for a in answers if a.status_code != 201][:1]
    assert len({json.dumps(answer.json, sort_keys=True) for answer in answers}) == 1
    assert len(office.official("lanh-dao").get("/cases").json["items"]) == 1


def test_twenty_completions_at_once_with_one_key_are_one(office):
    number = office.filed()["case"]
    path, key = f"/cases/{number}/work-items/{office.work(number, 'classify')['token']}/complete", new_key()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: office.official("tiep-nhan").post(path, CLASSIFIED, key=key), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({json.dumps(answer.json, sort_keys=True) for answer in answers}) == 1
    history = office.official("lanh-dao").get(f"/cases/{number}/history").json["items"]
    assert [line["type"] for line in history] == ["case_started", "work_item_completed"]


def test_key_used_for_something_else_is_refused(office):
    key = new_key()
    assert office.public().post("/requests", FILING, key=key).status_code == 201
    assert_problem(office.public().post("/requests", {**FILING, "phone": "0999 999 999"}, key=key), 409, "key_reused")


def test_key_belongs_to_the_one_who_sends_it(office):
    key = new_key()
    as_public, as_receiver = (
        office.public().post("/requests", FILING, key=key),
        office.official("tiep-nhan").post("/requests", FILING, key=key),
    )
    assert as_public.json["case"] != as_receiver.json["case"]
    assert as_public.json["code"] != as_receiver.json["code"]


def test_refused_call_may_be_mended_and_sent_again_with_its_key(office):
    key = new_key()
    assert_problem(office.public().post("/requests", {**FILING, "phone": ""}, key=key), 422, "form_invalid")
    assert office.public().post("/requests", FILING, key=key).status_code == 201


def test_public_may_file_without_a_key_and_files_twice_then(office):
    cases = {office.public().post("/requests", FILING, key=None).json["case"] for _ in range(2)}
    assert len(cases) == 2


def test_participant_must_send_a_key_with_every_act(office):
    number = office.filed()["case"]
    token = office.work(number, "classify")["token"]
    refused = office.official("tiep-nhan").post(f"/cases/{number}/work-items/{token}/claim", key=None)
    body = assert_problem(refused, 400, "key_missing")
    assert body["details"] == {"header": "Idempotency-Key"}
    assert office.official("tiep-nhan").post("/requests", FILING, key=None).json["code"] == "key_missing"


@pytest.mark.parametrize(
    "key",
    ["", "short", "0" * 36, "abcabcabcabcabcabcabc", "x" * 200, "has blanks in the middle", "khóa-có-dấu-tiếng-việt"],
)
def test_key_that_is_not_random_is_refused(sqlite_office, key):
    answer = sqlite_office.public().post("/requests", FILING, key=key.encode().decode("latin-1"))
    assert_problem(answer, 400, "key_malformed")


def test_nothing_secret_is_kept_with_a_key(office):
    receipt = office.filed()
    token = office.official("quan-tri").post("/participants/van-thu/tokens", {"label": "máy trạm"}).json["token"]
    rows = " ".join(map(repr, kept(office)))
    assert "file_request" in rows
    assert "issue_token" in rows
    for secret in (receipt["code"], token, FILING["full_name"], FILING["phone"]):
        assert secret not in rows


def test_what_was_said_is_kept_only_as_a_hash_that_needs_the_master_key(office):
    key = new_key()
    office.public().post("/requests", FILING, key=key)
    row = next(row for row in kept(office) if row.key == key)
    guess = json.dumps(["file_request", FILING], sort_keys=True, default=str)
    assert row.fingerprint != hashlib.sha256(guess.encode()).hexdigest()


def test_repeated_token_is_the_same_token_and_works(office):
    key, administrator = new_key(), office.official("quan-tri")
    tokens = {
        administrator.post("/participants/van-thu/tokens", {"label": "máy trạm"}, key=key).json["token"]
        for _ in range(2)
    }
    (token,) = tokens
    assert office.public(Authorization=f"Bearer {token}").get("/me").json["id"] == "van-thu"
    other = administrator.post("/participants/van-thu/tokens", {"label": "máy trạm"}).json["token"]
    assert other != token


def test_codes_of_different_keys_and_without_key_differ(office):
    codes = {
        office.public().post("/requests", FILING, key=key).json["code"] for key in (new_key(), new_key(), None, None)
    }
    assert len(codes) == 4
    assert all(len(code) == 29 and code.count("-") == 5 for code in codes)


def test_different_filings_at_once_are_all_kept(office):
    """The first cases of an agency and year race for the number series."""
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: office.public().post("/requests", FILING), range(10)))
    assert [answer.status_code for answer in answers] == [201] * 10
    assert len({answer.json["case"] for answer in answers}) == 10
