from datetime import UTC, datetime, timedelta

import pytest

from engine.time.time_guard import Reading, TimeGuard

START = datetime(2026, 6, 1, 2, tzinfo=UTC)
VOUCHED = Reading(START, 1000.0)


def after(wall, monotonic):
    """What both clocks show after so much time has passed on each."""
    return Reading(START + wall, 1000.0 + monotonic.total_seconds())


@pytest.mark.parametrize(
    ("wall", "monotonic", "reason"),
    [
        (timedelta(0), timedelta(0), "steady"),
        (timedelta(days=30), timedelta(days=30), "steady"),
        (timedelta(hours=1, minutes=5), timedelta(hours=1), "steady"),
        (timedelta(hours=1, minutes=5, seconds=1), timedelta(hours=1), "jumped_forward"),
        (timedelta(days=11), timedelta(seconds=30), "jumped_forward"),
        (timedelta(minutes=55), timedelta(hours=1), "steady"),
        (timedelta(minutes=54, seconds=59), timedelta(hours=1), "jumped_back"),
        (timedelta(days=-30), timedelta(seconds=30), "jumped_back"),
        (timedelta(hours=10, minutes=6), timedelta(hours=10), "jumped_forward"),  # 1 % drift, ten hours long
    ],
)
def test_the_wall_clock_is_held_against_the_monotonic_one(wall, monotonic, reason):
    verdict = TimeGuard().judge(VOUCHED, after(wall, monotonic), None)
    assert (verdict.trusted, verdict.reason, verdict.deviation) == (reason == "steady", reason, wall - monotonic)
    assert verdict.vi
    assert verdict.en


@pytest.mark.parametrize(("behind", "reason"), [(5, "steady"), (6, "before_last_event")])
def test_nothing_is_written_before_the_last_event(behind, reason):
    now = after(timedelta(hours=1), timedelta(hours=1))
    verdict = TimeGuard().judge(VOUCHED, now, now.wall + timedelta(seconds=behind))
    assert (verdict.trusted, verdict.reason) == (reason == "steady", reason)


def test_the_last_event_counts_first():
    now = after(timedelta(days=-30), timedelta(hours=1))
    assert TimeGuard().judge(VOUCHED, now, START).reason == "before_last_event"


def test_the_limits_can_be_narrowed():
    guard = TimeGuard(largest_jump=timedelta(seconds=1))
    assert not guard.judge(VOUCHED, after(timedelta(seconds=3), timedelta(seconds=1)), None).trusted
