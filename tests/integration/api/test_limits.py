"""How often the public may knock, and the headers of every answer."""

import pytest

from api.application import create_app
from api.rate_limits import MOST_ADDRESSES, Buckets
from engine.database import Database
from engine.time.clock import VirtualClock
from tests.integration.api.conftest import FILING, MASTER_KEY, NOW, Caller, assert_problem, new_key, token_of


class Watch:
    """A clock that a test sets."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def test_bucket_lets_a_burst_through_and_then_one_for_each_interval():
    watch = Watch()
    buckets = Buckets(6, watch)
    assert [buckets.wait_for("a") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    assert buckets.wait_for("b") == 0
    watch.seconds = 9
    assert buckets.wait_for("a") == pytest.approx(1)
    watch.seconds = 10
    assert [buckets.wait_for("a"), round(buckets.wait_for("a"))] == [0, 10]
    watch.seconds = 1_000
    assert [buckets.wait_for("a") for _ in range(7)].count(0) == 6


def test_buckets_do_not_grow_without_end():
    buckets = Buckets(6, Watch())
    for number in range(MOST_ADDRESSES + 100):
        buckets.wait_for(str(number))
    assert len(buckets._left) == MOST_ADDRESSES


@pytest.fixture
def strict(sqlite_office):
    """An application of its own that counts, on the office's database."""
    return create_app(sqlite_office.database, public_calls_per_minute=2)


def call(app, path, address, body, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers["Idempotency-Key"] = new_key()
    return app.test_client().post(
        f"/api/v1{path}", json=body, headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )


GUESS = {"number": "YCGT-UBND-PHUONG-2026-000001", "code": "0000-0000-0000-0000-0000-0000"}


def test_whoever_guesses_codes_is_told_to_wait(strict):
    answers = [call(strict, "/requests/track", "192.0.2.7", GUESS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert_problem(answers[2], 429, "too_often")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30
    assert call(strict, "/requests/track", "192.0.2.8", GUESS).status_code == 404
    assert call(strict, "/requests/messages", "192.0.2.7", {**GUESS, "message": "withdrawn"}).status_code == 429


def test_one_network_of_ipv6_is_one_caller(strict):
    answers = [call(strict, "/requests/track", f"2001:db8:0:1::{host}", GUESS).status_code for host in (1, 2, 3)]
    assert answers == [404, 404, 429]
    assert call(strict, "/requests/track", "2001:db8:0:2::1", GUESS).status_code == 404


def test_participants_are_not_counted_and_reading_neither(strict):
    token = token_of("tiep-nhan")
    assert [call(strict, "/requests", "192.0.2.9", FILING, token).status_code for _ in range(4)] == [201] * 4
    caller = Caller(strict.test_client())
    assert [caller.get("/forms").status_code for _ in range(4)] == [200] * 4


def test_callers_behind_a_proxy_are_told_apart_only_when_it_is_trusted(sqlite_office):
    def statuses(app):
        client = app.test_client()
        return [
            client.post(
                "/api/v1/requests/track", json=GUESS, headers={"X-Forwarded-For": f"198.51.100.{n}"}
            ).status_code
            for n in range(3)
        ]

    database = Database("sqlite://", VirtualClock(NOW), MASTER_KEY)
    assert statuses(create_app(sqlite_office.database, public_calls_per_minute=2)) == [404, 404, 429]
    assert statuses(create_app(sqlite_office.database, public_calls_per_minute=2, trusted_proxies=1)) == [404, 404, 404]
    database.dispose()


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


def test_every_answer_carries_the_headers_errors_included(sqlite_office):
    seen = set()
    for rule in sqlite_office.app.url_map.iter_rules():
        for who in (None, "tiep-nhan", "quan-tri"):
            parts = {
                "number": "X", "token": 1, "message": "x", "participant": "x", "process": "plan_task", "key": "override.move",
                "day": "2026-06-01", "deadline": "x",
            }  # fmt: skip
            path = rule.build({name: parts[name] for name in rule.arguments})[1]
            for method in ("GET", "POST", "PUT"):
                caller = Caller(sqlite_office.app.test_client(), who and token_of(who))
                answer = caller._call(method, path, headers={"Idempotency-Key": new_key()})
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
                assert "Access-Control-Allow-Origin" not in answer.headers
                assert "Set-Cookie" not in answer.headers
                assert answer.mimetype in ("application/json", "application/problem+json")
                seen.add(answer.status_code)
    assert seen >= {200, 401, 403, 404, 405, 415}


def test_https_is_kept_to_when_it_was_used(sqlite_office):
    client = sqlite_office.app.test_client()
    assert "Strict-Transport-Security" in client.get("/api/v1/health/live", base_url="https://localhost").headers
    assert "Strict-Transport-Security" not in client.get("/api/v1/health/live").headers
