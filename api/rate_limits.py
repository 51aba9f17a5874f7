"""How often the public may knock: a bucket of tokens for each address, refilled as time passes.

The counts live in this process: with N processes an address gets N times as much, and a restart forgets. They stop somebody who
guesses secret codes or floods the intake through one door; they are no substitute for a limit in front of all doors.
Participants are known by their token and not counted.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from flask import Flask, current_app, request

from api.errors import TooOften

EXTENSION = "giaitrinh.rate_limits"
MARK = "_rate_limited"
MOST_ADDRESSES = 10_000
IPV6_PREFIX = 64  # bits: what one household or office gets

View = TypeVar("View", bound=Callable[..., object])


class Buckets:
    """Up to `per_minute` calls at once for each address, then one every 60 / `per_minute` seconds."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._full, self._per_second, self._now = float(per_minute), per_minute / 60, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait_for(self, address: str) -> float:
        """Takes a token and returns 0, or returns in how many seconds there will be one."""
        with self._lock:
            now = self._now()
            left, at = self._left.pop(address, (self._full, now))
            left = min(self._full, left + (now - at) * self._per_second)
            wait = 0.0 if left >= 1 else (1 - left) / self._per_second
            self._left[address] = (left if wait else left - 1, now)
            if len(self._left) > MOST_ADDRESSES:
                self._left.popitem(last=False)  # whoever was away longest: their bucket is full again anyway
            return wait


def install(app: Flask, per_minute: int) -> None:
    """Gives the application its buckets."""
    app.extensions[EXTENSION] = Buckets(per_minute)


def limited(view: View) -> View:
    """Declares that calls of this route by the public are counted."""
    setattr(view, MARK, True)
    return view


def count(view: object) -> None:
    """Counts a call of the public, if the route is limited. Raises TooOften."""
    if not getattr(view, MARK, False):
        return
    buckets: Buckets = current_app.extensions[EXTENSION]
    wait = buckets.wait_for(_address(request.remote_addr or ""))
    if wait:
        seconds = math.ceil(wait)
        raise TooOften(
            "too_often",
            f"Quá nhiều lần gọi từ địa chỉ này; hãy thử lại sau {seconds} giây.",
            f"There were too many calls from this address: try again in {seconds} seconds.",
            retry_after=seconds,
        )


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if address.version == 6:
        return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return text
