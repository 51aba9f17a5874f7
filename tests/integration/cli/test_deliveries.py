"""The outbox reaches the world outside at least once, under the same key, with pauses that grow, and gives up visibly."""

import logging
from datetime import datetime, timedelta

import pytest

from engine import deliveries, outbox
from engine.authority import SYSTEM_ACTOR
from engine.deliveries import ATTEMPTS, Deliveries, deliver_all_due
from engine.time.clock import VIETNAM, VirtualClock

REMINDER = {"case": "YCGT-X-2026-000001", "to_role": "head", "agency": "x", "text_vi": "Sắp hết thời hạn."}


@pytest.fixture
def database(any_database):
    any_database.clock = VirtualClock(datetime(2026, 6, 1, 9, 0, tzinfo=VIETNAM))
    with any_database.begin(SYSTEM_ACTOR) as tx:
        for number in range(3):
            outbox.put(tx, f"key-{number}", "reminder", REMINDER, None)
    return any_database


class Post:
    """A courier that writes down what it is given, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.brought: list[str] = []

    def __call__(self, letter: deliveries.Letter) -> None:
        self.brought.append(letter.key)
        if len(self.brought) <= self.failures:
            raise ConnectionError("nobody at home")


def test_every_letter_is_delivered_once_when_all_goes_well(database):
    post = Post()

    assert deliver_all_due(database, {"reminder": post}) == Deliveries(delivered=3)
    assert deliver_all_due(database, {"reminder": post}) == Deliveries()
    assert sorted(post.brought) == ["key-0", "key-1", "key-2"]


def test_a_letter_that_failed_comes_again_later_under_the_same_key(database):
    post = Post(failures=1)

    assert deliver_all_due(database, {"reminder": post}) == Deliveries(delivered=2, failed=1)
    assert deliver_all_due(database, {"reminder": post}) == Deliveries(), "not before the pause is over"
    database.clock.advance(timedelta(seconds=13))
    assert deliver_all_due(database, {"reminder": post}) == Deliveries(delivered=1)
    assert post.brought.count(post.brought[0]) == 2


def test_a_process_that_dies_with_a_letter_in_hand_gives_it_back(database):
    taken, _ = deliveries._claim(database)
    assert len(taken) == 3
    database.clock.advance(timedelta(seconds=13))

    assert deliver_all_due(database, {"reminder": Post()}) == Deliveries(delivered=3)


def test_after_the_last_attempt_a_letter_is_given_up_and_can_be_seen(database, caplog):
    post = Post(failures=10_000)
    total = Deliveries()
    for _attempt in range(ATTEMPTS + 2):
        total += deliver_all_due(database, {"reminder": post})
        database.clock.advance(timedelta(hours=2))

    assert total == Deliveries(failed=3 * (ATTEMPTS - 1), given_up=3)
    assert len(post.brought) == 3 * ATTEMPTS
    with database.read(SYSTEM_ACTOR) as tx:
        assert [letter.key for letter in deliveries.dead_letters(tx)] == ["key-2", "key-1", "key-0"]
    assert "The letter key-1 is given up." in caplog.text


def test_a_process_that_dies_at_the_last_attempt_does_not_try_for_ever(database):
    for _attempt in range(ATTEMPTS):
        assert len(deliveries._claim(database)[0]) == 3
        database.clock.advance(timedelta(hours=2))

    assert deliver_all_due(database, {"reminder": Post()}) == Deliveries(given_up=3)


def test_one_letter_that_cannot_be_delivered_does_not_hold_up_the_others(database):
    with database.begin(SYSTEM_ACTOR) as tx:
        outbox.put(tx, "odd", "carrier_pigeon", {}, None)

    assert deliver_all_due(database, {"reminder": Post()}) == Deliveries(delivered=3, failed=1)


def test_pauses_grow_are_bounded_and_differ():
    pauses = [deliveries.pause_after(attempt).total_seconds() for attempt in range(1, 20)]

    assert 7.5 <= pauses[0] <= 12.5
    assert 15 <= pauses[1] <= 25
    assert max(pauses) <= 3600 * 1.25
    assert len({deliveries.pause_after(3) for _ in range(20)}) > 1


def test_the_console_writes_a_reminder_to_the_log(database, caplog):
    with caplog.at_level(logging.INFO, "engine.deliveries"):
        deliver_all_due(database)

    assert caplog.messages.count("YCGT-X-2026-000001 → head (x): Sắp hết thời hạn.") == 3
