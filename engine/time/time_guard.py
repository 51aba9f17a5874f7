"""Whether the machine's clock may be believed.

A wall clock that jumps forward would let every timer lapse at once, and a lapse cannot be undone. So the wall clock is held against the
monotonic clock, which no administrator and no time server can set. Pure: the caller takes the readings.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Reason = Literal["steady", "jumped_forward", "jumped_back", "before_last_event"]

_TEXTS: dict[Reason, tuple[str, str]] = {
    "steady": ("Đồng hồ hệ thống chạy đều.", "The clock runs steadily."),
    "jumped_forward": (
        "Đồng hồ hệ thống nhảy tới: tạm dừng các mốc thời hạn cho đến khi được xác nhận.",
        "The clock jumped forward: timers wait until it is confirmed.",
    ),
    "jumped_back": (
        "Đồng hồ hệ thống lùi lại: tạm dừng các mốc thời hạn cho đến khi được xác nhận.",
        "The clock jumped back: timers wait until it is confirmed.",
    ),
    "before_last_event": (
        "Đồng hồ hệ thống chậm hơn sự kiện đã ghi gần nhất: tạm dừng ghi cho đến khi đồng hồ đuổi kịp.",
        "The clock lies before the last recorded event: nothing is written until it has caught up.",
    ),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks read at the same moment: `wall` an aware instant, `monotonic` in seconds (`time.monotonic`)."""

    wall: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`trusted` False: fire no timer. With `before_last_event`, write nothing either. `deviation` is wall minus monotonic progress."""

    trusted: bool
    reason: Reason
    deviation: timedelta
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class TimeGuard:
    """How far the clocks may part: `largest_jump` between wall and monotonic, `tolerance` before the last recorded event."""

    largest_jump: timedelta = timedelta(minutes=5)
    tolerance: timedelta = timedelta(seconds=5)

    def judge(self, vouched: Reading, now: Reading, last_event: datetime | None) -> Verdict:
        """What to think of the reading `now`.

        `vouched` is the last reading whose wall clock somebody vouched for (at start: a second source of time; later: the same, or a
        person), not merely the previous tick: else a jump would be forgotten one tick after it happened. `last_event` is the instant of
        the newest recorded event, None when there is none.
        """
        deviation = (now.wall - vouched.wall) - timedelta(seconds=now.monotonic - vouched.monotonic)
        if last_event is not None and now.wall < last_event - self.tolerance:
            return _verdict("before_last_event", deviation)
        if abs(deviation) <= self.largest_jump:
            return _verdict("steady", deviation)
        return _verdict("jumped_forward" if deviation > timedelta(0) else "jumped_back", deviation)


def _verdict(reason: Reason, deviation: timedelta) -> Verdict:
    vi, en = _TEXTS[reason]
    return Verdict(reason == "steady", reason, deviation, vi, en)
