"""The year, day by day: at seven the timers lapse, people file, requesters look at their page, officers do what is on their worklists.

Whatever changes goes through `engine.commands` with an idempotency key, as through the REST doors; whatever is known comes from
`engine.queries`. The simulation itself only remembers when somebody means to do something.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from engine import commands
from engine.authority import SYSTEM_ACTOR, Actor
from engine.commands import requests, timers, work_items
from engine.database import Database, Transaction
from engine.demo import inspection_entries, pace, plan_entries, request_entries
from engine.demo.desk import Desk, Registers
from engine.demo.officers import Officer, Staff
from engine.demo.requests_of_the_year import Story
from engine.errors import Conflict
from engine.queries import cases, tracking, worklists
from engine.queries.cases import CaseFile
from engine.queries.worklists import WorklistEntry
from engine.registers.law import law_in_force
from engine.registers.participants import actor_of
from engine.registers.tracking_codes import new_code
from engine.time.clock import VIETNAM, VirtualClock, start_of_day
from engine.vocabulary import Role

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
OPENING, OFFICE_OPENS = 7 * 60, 8 * 60  # minutes of the day
REQUESTER = Actor("requester", "Người yêu cầu", "public")
ENTRIES = {**request_entries.ENTRIES, **plan_entries.ENTRIES, **inspection_entries.ENTRIES}
FINISHED_MEANWHILE = {"work_item_closed", "case_suspended", "lapsed_meanwhile"}
"""Refusals that tell an officer: what was on your list this morning is done, or stands still. They stay in the trail."""

WISHES = {
    "withdrawn_early": ("withdrawn", 1, False),
    "withdrawn_late": ("withdrawn", 6, True),
    "partly_withdrawn": ("partly_withdrawn", 6, True),
    "supplemented_online": ("supplemented", 4, False),
}
"""What a requester means to send, from which day after filing on, and whether only after the notice."""
LOOKS_AGAIN_AFTER = 2  # days
WAVE_WAIT = 11  # days that the authors of the wave of November let pass before they supplement

Happenings = dict[date, list[Callable[["Year"], None]]]


class Year:
    """2026 on a virtual clock. `told` are the remarkable acts of the year, as the answers of the commands tell them."""

    def __init__(self, database: Database, clock: VirtualClock, stories: list[Story], staff: Staff, seed: int) -> None:
        self.database = database
        self.clock = clock
        self.stories = stories
        self.staff = staff
        self.rng = Random(f"year/{seed}")  # noqa: S311 - a simulation
        self.registers = Registers()
        self.by_number: dict[str, Story] = {}
        self.hurried: set[str] = set()
        self.told: list[tuple[date, str]] = []
        self.after_work: list[Callable[[Officer, WorklistEntry, dict[str, Any]], None]] = []
        self.acts = 0
        self._unfiled = list(stories)
        self._wishing: list[Story] = []
        self._agenda: dict[tuple[str, int], date] = {}
        self._planned: dict[date, set[str]] = {}
        self._noted: set[str] = set()
        self._actors: dict[str, Actor] = {}

    def play(self, happenings: Happenings, superiors: Callable[[date], None], progress: Callable[[date], None]) -> None:
        """From the first day to the last."""
        for ordinal in range(FIRST.toordinal(), LAST.toordinal() + 1):
            day = date.fromordinal(ordinal)
            progress(day)
            self._play_day(day, happenings.get(day, []), superiors)

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(VIETNAM).date()

    def perform(
        self, actor: Actor, command: str, act: Callable[[Transaction], dict[str, Any]], said: Any = None
    ) -> dict[str, Any]:
        """One command, a minute after the one before, with a key of its own."""
        self.acts += 1
        self.clock.advance(timedelta(minutes=1))
        return commands.perform(self.database, actor, command, act, f"demo-{self.acts}", said)

    def actor(self, identity: str) -> Actor:
        """The participant with their roles; nobody's change in this year."""
        if identity not in self._actors:
            with self.database.read(SYSTEM_ACTOR) as tx:
                self._actors[identity] = actor_of(tx, identity)
        return self._actors[identity]

    def file_for(self, actor: Actor, number: str) -> CaseFile:
        """The file of a case as the actor may see it."""
        with self.database.read(actor) as tx:
            return cases.case_file(tx, number)

    def plan_to_do(self, who: str, number: str, token: int, day: date) -> None:
        """This participant means to do this work item on that day."""
        self._agenda[(number, token)] = day
        self._planned.setdefault(day, set()).add(who)

    def tell(self, text: str) -> None:
        self.told.append((self.today, text))

    # --- one day -----------------------------------------------------------------------------------------------------

    def _play_day(
        self, day: date, happenings: list[Callable[["Year"], None]], superiors: Callable[[date], None]
    ) -> None:
        self._wait_until(day, OPENING)
        timers.lapse_all_due(self.database)
        for happening in happenings:
            happening(self)
        is_working = self._is_working_day(day)
        self._file(day, is_working)
        self._requesters_look(day)
        if not is_working:
            return
        planned = {
            who for planned_on in list(self._planned) if planned_on <= day for who in self._planned.pop(planned_on)
        }
        for officer in self.staff.officers:
            if officer.looks_on(day) or officer.id in planned:
                self._wait_until(day, officer.minute)
                self._work(officer, day)
        superiors(day)

    def _wait_until(self, day: date, minute: int) -> None:
        moment = start_of_day(day) + timedelta(minutes=minute)
        if moment > self.clock.now():
            self.clock.set(moment)

    def _is_working_day(self, day: date) -> bool:
        with self.database.read(SYSTEM_ACTOR) as tx:
            return law_in_force(tx).calendar.is_working_day(day)

    # --- requesters --------------------------------------------------------------------------------------------------

    def _file(self, day: date, is_working: bool) -> None:
        while self._unfiled and self._unfiled[0].day <= day:
            if self._unfiled[0].on_paper and not is_working:
                self._unfiled[0].day = day + timedelta(days=1)  # the office is closed: they come back
                self._unfiled.sort(key=lambda story: (story.day, story.index))
                continue
            self._file_one(self._unfiled.pop(0), day)

    def _file_one(self, story: Story, day: date) -> None:
        form, actor = dict(story.form), REQUESTER
        if story.on_paper:
            self._wait_until(day, OFFICE_OPENS)
            actor = self.actor(self.staff.one(Role.RECEIVER, story.agency))
            form |= {
                "received_at": self._now_text(),
                "incoming_number": self.registers.next("Đ", story.agency).split("/")[0],
            }
        code = new_code()
        receipt = self.perform(actor, "file_request", lambda tx: requests.file_request(tx, form, code), form)
        story.number, story.code, story.day = receipt["case"], receipt["code"], day
        self.by_number[story.number] = story
        if story.kind in WISHES:
            story.waits_until = day + timedelta(days=WAVE_WAIT if story.in_wave else WISHES[story.kind][1])
            self._wishing.append(story)

    def _requesters_look(self, day: date) -> None:
        for story in [story for story in self._wishing if story.waits_until and story.waits_until <= day]:
            if self._look(story):
                self._wishing.remove(story)
            else:
                story.waits_until = day + timedelta(days=LOOKS_AGAIN_AFTER)

    def _look(self, story: Story) -> bool:
        """The requester opens the tracking page and sends what they mean to send. True when there is nothing more to wait for."""
        message, _days, after_notice = WISHES[story.kind]
        with self.database.read(REQUESTER) as tx:
            page = tracking.tracking(tx, story.number, story.code)
        if page.status == "completed":
            return True
        if message not in {entry["message"] for entry in page.may_send} or (after_notice and not page.notice):
            return False
        data = self._message(story)
        self.perform(
            REQUESTER, "send_message", lambda tx: requests.send(tx, story.number, story.code, message, data), data
        )
        return True

    def _message(self, story: Story) -> dict[str, Any]:
        if story.kind == "supplemented_online":
            return {"content": request_entries.supplement_of(story.index)}
        if story.kind == "partly_withdrawn":
            return {
                "scope": "part",
                "contents": ["procedure"],
                "part": "Tôi rút nội dung hỏi về trình tự, thủ tục vì đã rõ.",
            }
        return {"scope": "whole", "reason": "Tôi đã được cơ quan giải thích trực tiếp và không còn yêu cầu."}

    # --- officers ----------------------------------------------------------------------------------------------------

    def _work(self, officer: Officer, day: date) -> None:
        actor = self.actor(officer.id)
        with self.database.read(actor) as tx:
            entries = worklists.worklist(tx, limit=worklists.MOST_ROWS)
        for item in entries:
            if not item.suspended and self._is_time(officer, item, day):
                self._do(officer, actor, item, day)

    def _is_time(self, officer: Officer, item: WorklistEntry, day: date) -> bool:
        key = (item.case, item.token)
        if key not in self._agenda:
            meant = pace.day_for(officer, item, day, self.rng, self._circumstances(item))
            is_hurried = item.case in self.hurried and item.form not in pace.NOT_TO_HURRY
            self.plan_to_do(officer.id, item.case, item.token, day if is_hurried else meant)
        return self._agenda[key] <= day

    def _circumstances(self, item: WorklistEntry) -> pace.Circumstances:
        story = self.by_number.get(item.case)
        task = f"DN-{item.title.split(' ')[0]}" if item.agency.startswith("dn-") else ""
        return pace.Circumstances(story, pace.LATE_ON_PURPOSE.get(task, 0), item.case in self._noted)

    def _do(self, officer: Officer, actor: Actor, item: WorklistEntry, day: date) -> None:
        desk = Desk(
            officer=officer,
            item=item,
            today=day,
            now=self._now_text(),
            rng=self.rng,
            staff=self.staff,
            registers=self.registers,
            story=self.by_number.get(item.case),
            read=lambda number: self.file_for(actor, number),
        )
        try:
            data = ENTRIES[item.form](desk)
            self.perform(
                actor, "complete_work_item", lambda tx: work_items.complete(tx, item.case, item.token, data), data
            )
        except Conflict as refusal:
            if refusal.code not in FINISHED_MEANWHILE:
                raise
            return
        if item.form == "plan_task.carry_out":
            self._noted.add(item.case)
        for listener in self.after_work:
            listener(officer, item, data)

    def _now_text(self) -> str:
        return datetime.isoformat(self.clock.now().astimezone(VIETNAM), timespec="seconds")
