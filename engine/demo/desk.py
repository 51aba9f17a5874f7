"""What an officer has on the desk when filling in a form: the work item, the file of the case, the letter, the registers of numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any

from engine.demo.officers import Officer, Staff
from engine.demo.requests_of_the_year import Story
from engine.queries.cases import CaseFile
from engine.queries.worklists import WorklistEntry

SYMBOLS = {
    "dn-ubnd": "UBND", "dn-so-noi-vu": "SNV", "dn-so-tai-chinh": "STC", "dn-so-khcn": "SKHCN", "ndh-ubnd": "UBND",
    "ndh-tt-dvth": "TTDVTH", "dn-thanh-tra-tinh": "TTT", "qt-thanh-tra-tinh": "TTT", "qt-ubnd": "UBND", "chinh-phu": "VPCP",
    "thanh-tra-chinh-phu": "TTCP", "dn-btv-tinh-uy": "TU", "ndh-btv-dang-uy": "ĐU", "dn-ubkt": "UBKTTU", "ndh-ubkt": "UBKTĐU",
    "dn-ban-noi-chinh": "BNCTU", "dn-ban-to-chuc": "BTCTU", "dn-vptu": "VPTU", "dn-du-ubnd": "ĐU", "ndh-du-ubnd": "ĐU",
    "dn-ban-tuyen-giao-dan-van": "BTGDVTU", "ndh-ban-xay-dung-dang": "BXDĐ",
}  # fmt: skip


class Registers:
    """The registers of outgoing documents: one series for each body and kind of document."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}
        self.checks: dict[str, str] = {}
        """The check that runs on a late body, to which another lapse of it can be joined."""
        self.returned: set[str] = set()
        """The plan tasks whose result was sent back once."""

    def next(self, kind: str, agency: str) -> str:
        """The next number, such as `15/TB-UBND`."""
        number = self._last.get((agency, kind), 0) + 1
        self._last[(agency, kind)] = number
        return f"{number}/{kind}-{SYMBOLS.get(agency, 'VP')}"


@dataclass
class Desk:
    """`read` opens the file of a case as this officer may see it; the file of the item's case is opened once, when it is needed."""

    officer: Officer
    item: WorklistEntry
    today: date
    now: str
    rng: Random
    staff: Staff
    registers: Registers
    story: Story | None
    read: Callable[[str], CaseFile]

    @cached_property
    def file(self) -> CaseFile:
        return self.read(self.item.case)

    @property
    def variables(self) -> dict[str, Any]:
        return self.file.variables

    @property
    def letter(self) -> Story:
        """The request as its people know it. Raises TypeError for a case that is no request."""
        if self.story is None:
            raise TypeError(f"Expected {self.item.case} to be a request of this year")
        return self.story

    def day(self, after: int = 0) -> str:
        """Today, or so many days after it."""
        return (self.today + timedelta(days=after)).isoformat()

    def document(self, kind: str, title: str = "", agency: str | None = None) -> dict[str, str]:
        """A document of today as a reference."""
        body = agency or self.item.agency
        return {"number": self.registers.next(kind, body), "date": self.day(), **({"title": title} if title else {})}

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent
