"""What superiors do beside their own worklists: extend, suspend and resume when a head asks for it, return an answer, end a case whose
requester has died, reassign what lies with somebody too long, and go on without a report that does not come.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.authority import Actor
from engine.commands import messages, overrides
from engine.demo.officers import ASKED, Officer
from engine.demo.pace import NOT_TO_HURRY
from engine.demo.year import Year
from engine.errors import Conflict
from engine.queries import cases
from engine.queries.cases import CaseEntry, CaseFile, WorkView
from engine.queries.worklists import WorklistEntry
from engine.time.clock import local_date
from engine.time.legal_deadlines import LawLimit
from engine.vocabulary import Role
from workflows.plans.work_plans import load_organisations

LAW = "Nghị định 59/2019/NĐ-CP"
OVERDUE_AFTER = 2  # days past due after which a superior steps in
NO_REPORT_AFTER = 4
SECOND_ATTEMPTS = 2  # how many extensions of what was extended the law refuses before people know it
RETURNS = 2  # how many signed answers a superior returns in the year
FIRST_RETURN = date(2026, 3, 2)
OPEN = {"offered", "claimed"}
LOOKS_THROUGH_ON = {1, 3}  # weekdays


@dataclass(frozen=True)
class Note:
    """What a superior was asked for, or has noted down, for a day."""

    day: date
    act: str
    number: str
    agency: str


class Superiors:
    """The direct superiors of all late bodies, with their notebook."""

    def __init__(self, year: Year) -> None:
        self.year = year
        self.superior_of = {body.id: body.routing.superior for body in load_organisations() if body.routing}
        self.notes: list[Note] = []
        self.stepped_in: set[str] = set()
        self.refused = 0
        self.returned = 0
        year.after_work.append(self.hear)

    def hear(self, _officer: Officer, item: WorklistEntry, data: dict[str, Any]) -> None:
        """A head asks for an extension or a suspension; an answer was signed; a handler learns that the requester has died."""
        story = self.year.by_number.get(item.case)
        if item.form == "accountability_request.choose_course" and data["course"] in {"extend", "suspend"}:
            self._note(0, data["course"], item.case, item.agency)
        elif (
            item.form == "accountability_request.approve" and data["outcome"] == "sign" and self._returns_now(item.case)
        ):
            self._note(0, "return", item.case, item.agency)
        elif item.form == "accountability_request.assign" and story is not None and story.kind == "requester_died":
            self._note(4, "cancel", item.case, item.agency)

    def __call__(self, day: date) -> None:
        """The afternoon of a working day."""
        due = [note for note in self.notes if note.day <= day]
        self.notes = [note for note in self.notes if note.day > day]
        for note in due:
            self._carry_out(note)
        if day.weekday() in LOOKS_THROUGH_ON:
            for superior in sorted({str(self.superior_of[agency]) for agency in ASKED}):
                self._look_through(self.year.actor(self.year.staff.one(Role.SUPERVISOR, superior)), day)

    def _note(self, days: int, act: str, number: str, agency: str) -> None:
        self.notes.append(Note(self.year.today + timedelta(days=days), act, number, agency))

    def _returns_now(self, number: str) -> bool:
        is_wanted = self.returned < RETURNS and self.year.today >= FIRST_RETURN
        return is_wanted and number not in self.stepped_in and not any(note.act == "return" for note in self.notes)

    def _carry_out(self, note: Note) -> None:
        actor = self.year.actor(self.year.staff.one(Role.SUPERVISOR, str(self.superior_of[note.agency])))
        act = {
            "extend": self._extend,
            "extend_again": self._extend_again,
            "suspend": self._suspend,
            "resume": self._resume,
            "return": self._return,
            "cancel": self._cancel,
        }[note.act]
        act(actor, note)

    # --- acts --------------------------------------------------------------------------------------------------------

    def _extend(self, actor: Actor, note: Note) -> None:
        """The one extension of the law, before the first due date; now and then somebody asks for a second one the day after."""
        if not self._is_running(actor, note):
            return  # answered since the head asked for it
        data = {
            "deadline": "explain",
            "days": self.year.rng.randrange(8, 16),
            "reason": "Vụ việc phức tạp, phải xác minh tại nhiều đơn vị.",
            "legal_basis": f"{LAW}, Điều 13",
        }
        if self._tries(actor, note, data) and self.refused < SECOND_ATTEMPTS:
            self._note(1, "extend_again", note.number, note.agency)

    def _extend_again(self, actor: Actor, note: Note) -> None:
        data = {
            "deadline": "explain",
            "days": 10,
            "reason": "Đơn vị vẫn chưa xác minh xong.",
            "legal_basis": f"{LAW}, Điều 13",
        }
        if self.refused < SECOND_ATTEMPTS and self._is_running(actor, note) and not self._tries(actor, note, data):
            self.refused += 1

    def _is_running(self, actor: Actor, note: Note) -> bool:
        clocks = self.year.file_for(actor, note.number).deadlines
        return any(clock.name == "explain" and clock.status == "running" for clock in clocks)

    def _tries(self, actor: Actor, note: Note, data: dict[str, Any]) -> bool:
        """Whether the law allowed the extension. A refusal stands in the trail of the case."""
        try:
            self.year.perform(actor, "extend_deadline", lambda tx: overrides.extend(tx, note.number, data), data)
        except LawLimit:
            return False
        return True

    def _suspend(self, actor: Actor, note: Note) -> None:
        if _open_item(self.year.file_for(actor, note.number), "send") is not None:
            return  # signed by now: it is sent instead
        data = {
            "ground": "illness_or_objective_reason",
            "review_on": (self.year.today + timedelta(days=30)).isoformat(),
            "reason": "Người yêu cầu ốm nặng, chưa thể làm việc trực tiếp.",
            "legal_basis": f"{LAW}, Điều 14 khoản 1",
        }
        try:
            self.year.perform(actor, "suspend_case", lambda tx: overrides.suspend(tx, note.number, data), data)
        except Conflict:
            return  # answered or ended since the head asked for it
        self._note(self.year.rng.randrange(9, 26), "resume", note.number, note.agency)

    def _resume(self, actor: Actor, note: Note) -> None:
        data = {"reason": "Lý do tạm đình chỉ không còn.", "legal_basis": f"{LAW}, Điều 14 khoản 2"}
        self.year.perform(actor, "resume_case", lambda tx: overrides.resume(tx, note.number, data), data)

    def _return(self, actor: Actor, note: Note) -> None:
        """Before it is sent: back to the draft."""
        item = _open_item(self.year.file_for(actor, note.number), "send")
        if item is None:
            return
        data = {
            "to_element": "draft",
            "reason": "Trả lời chung chung, chưa đi vào nội dung được hỏi.",
            "legal_basis": f"{LAW}, Điều 12 khoản 3",
        }
        self.year.perform(actor, "return_case", lambda tx: overrides.return_(tx, note.number, item.token, data), data)
        self.returned += 1
        self.stepped_in.add(note.number)

    def _cancel(self, actor: Actor, note: Note) -> None:
        data = {
            "ground": "dead_without_heir",
            "reason": "Người yêu cầu đã chết, không có người thừa kế quyền, nghĩa vụ.",
            "legal_basis": f"{LAW}, Điều 14 khoản 3",
        }
        self.year.perform(actor, "cancel_case", lambda tx: overrides.cancel(tx, note.number, data), data)

    # --- what lies too long ------------------------------------------------------------------------------------------

    def _look_through(self, actor: Actor, day: date) -> None:
        for entry in self._overdue(actor, "accountability_request", day, OVERDUE_AFTER):
            if entry.number not in self.stepped_in:
                self.stepped_in.add(entry.number)
                self._step_in(actor, self.year.file_for(actor, entry.number), day)
        for entry in self._overdue(actor, "inspection", day, NO_REPORT_AFTER):
            if _open_item(self.year.file_for(actor, entry.number), "report") is not None:
                self._go_on_without(actor, entry)

    def _overdue(self, actor: Actor, process: str, day: date, days: int) -> list[CaseEntry]:
        found: list[CaseEntry] = []
        after = 0
        with self.year.database.read(actor) as tx:
            while page := cases.cases(tx, process=process, status="open", after=after, limit=cases.MOST_ROWS):
                found += page
                after = page[-1].id
        return [entry for entry in found if entry.next_due and (day - local_date(entry.next_due)).days >= days]

    def _step_in(self, actor: Actor, file: CaseFile, day: date) -> None:
        """What a handler holds goes to another one; everybody else is told to do it now."""
        number, agency = file.entry.number, file.entry.agency
        self.year.hurried.add(number)
        for item in (work for work in file.work if work.status in OPEN and work.form not in NOT_TO_HURRY):
            known = self.year.staff.holders(item.role, item.agency)
            others = [other for other in known if other != item.holder]
            to = item.holder or known[0]
            if item.holder and others and item.agency == agency:
                to = self.year.rng.choice(others)
                self._reassign(actor, number, item, to)
            self.year.plan_to_do(to, number, item.token, day + timedelta(days=1))

    def _reassign(self, actor: Actor, number: str, item: WorkView, to: str) -> None:
        data = {
            "participant": to,
            "reason": f"Quá hạn mà việc «{item.name}» chưa xong; giao người khác để kịp trả lời người dân.",
            "legal_basis": f"{LAW}, Điều 7 khoản 2",
        }
        self.year.perform(
            actor, "reassign_work_item", lambda tx: overrides.reassign(tx, number, item.token, data), data
        )

    def _go_on_without(self, actor: Actor, entry: CaseEntry) -> None:
        data = {
            "decided_on": self.year.today.isoformat(),
            "reason": "Quá hạn mà đơn vị không báo cáo; quyết định trên hồ sơ.",
        }
        self.year.perform(
            actor, "send_message", lambda tx: messages.send(tx, entry.number, "proceed_without_report", data), data
        )


def _open_item(file: CaseFile, element: str) -> WorkView | None:
    return next((work for work in file.work if work.element == element and work.status in OPEN), None)
