"""The work plans as frozen values, read strictly, and what a plan task's case begins with.

Texts are the plans' own words. What the plans do not say stands apart in the files (`additions`, status D) and is kept apart here:
`WorkPlan.owner`, `monitor`, `members`, `document_keys`. Days are calendar dates in Vietnam.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from workflows.law.reading import Row, TableInvalid, read_table

PLAN_FILES = ("dong_nai.yaml", "nam_dong_ha.yaml")
DEADLINE_KINDS = frozenset({"fixed_date", "recurring", "open_ended", "conditional", "none"})
NATURES = frozenset({"action", "content_to_disseminate", "form_of_dissemination"})
CADENCES = frozenset({"yearly", "quarterly"})
FIELDS_BY_KIND = {
    "fixed_date": {"window_start", "due"},
    "recurring": {"cadence"},
    "open_ended": {"start", "end", "cadence"},
    "conditional": {"condition", "due_after_condition"},
    "none": set[str](),
}
NEEDED_BY_KIND = {"fixed_date": {"due"}, "open_ended": {"start"}, "conditional": {"condition"}}
QUARTERS = ("I", "II", "III", "IV")

DeadlineKind = Literal["fixed_date", "recurring", "open_ended", "conditional", "none"]
Nature = Literal["action", "content_to_disseminate", "form_of_dissemination"]


@dataclass(frozen=True, slots=True)
class Routing:
    """Who deals with a lapse of a body: ids of organisations, None for nobody. `basis_vi` cites the law."""

    basis_vi: str
    superior: str | None = None
    checks: str | None = None
    inspects: str | None = None
    administers: str | None = None
    party_inspects: str | None = None
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body, or a class of bodies (`generic`). `source`: plan (named in a plan), law, or example (to be replaced)."""

    id: str
    name_vi: str
    name_en: str
    kind: str
    level: str
    parent: str | None
    source: str
    named_in: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    generic: bool = False
    role: str = ""
    note: str = ""
    routing: Routing | None = None


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document on which a plan rests. `issuer` is an organisation, `parent` another document."""

    id: str
    number: str
    date: date
    issuer: str
    title_vi: str
    parent: str | None
    note: str


@dataclass(frozen=True, slots=True)
class DocumentCondition:
    """The document for which a conditional task waits. `key` is what a registered document is matched by (status D)."""

    event: str
    issuer: str
    document_description: str
    document_number: str | None
    document_date: date | None
    key: str


@dataclass(frozen=True, slots=True)
class PlanDeadline:
    """When a task is due, of one of five kinds; fields of other kinds are None. `source_text` holds the plan's own words.

    fixed_date: `window_start` to `due`, both inclusive. recurring and open_ended: `cadence` yearly, quarterly or None (a quarter by
    default), from `start` until `end`, where the plan names them. conditional: `condition`. none: the plan states no time.
    """

    kind: DeadlineKind
    source_text: str | None = None
    window_start: date | None = None
    due: date | None = None
    cadence: str | None = None
    start: date | None = None
    end: date | None = None
    condition: DocumentCondition | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reporting:
    """A duty to report that the plan states: by whom, to whom, how often (None: not said)."""

    source_text: str
    to: tuple[str, ...]
    by: tuple[str, ...]
    cadence: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One purpose or requirement of the plan's section I, word for word."""

    id: str
    section: str
    kind: str
    text_vi: str


@dataclass(frozen=True, slots=True)
class PlanTask:
    """One duty of a plan. `full_text_vi` is verbatim; `lead` and `cooperating` hold organisations, empty where the plan names none."""

    id: str
    plan: str
    section: str
    item: str
    title_vi: str
    title_en: str
    full_text_vi: str
    lead: tuple[str, ...]
    cooperating: tuple[str, ...]
    supervising: tuple[str, ...]
    deadline: PlanDeadline
    reporting: Reporting | None
    nature: Nature
    related: tuple[str, ...]
    notes: str


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """One plan with its tasks. `about` holds the rest of its head (signer, recipients, bounds of its date) as in the file.

    `owner` decides on dates and changes; `monitor` accepts results; `members` maps a class of bodies to its bodies. These three are
    status D where the plan does not name them.
    """

    id: str
    title_vi: str
    title_en: str
    number: str | None
    date: date | None
    issuing_body: str
    parent: str
    about: Mapping[str, Any]
    ocr_notes: tuple[tuple[str, str], ...]
    requirements: tuple[Requirement, ...]
    tasks: tuple[PlanTask, ...]
    owner: str
    monitor: str
    members: Mapping[str, tuple[str, ...]]

    def task(self, task_id: str) -> PlanTask:
        """The task with this id. Raises KeyError."""
        for plan_task in self.tasks:
            if plan_task.id == task_id:
                return plan_task
        raise KeyError(task_id)

    def bodies_of(self, plan_task: PlanTask) -> tuple[str, ...]:
        """The bodies that each get their own part: those of the class that alone leads the task; else empty."""
        return self.members.get(plan_task.lead[0], ()) if len(plan_task.lead) == 1 else ()


def start_values(plan: WorkPlan, plan_task: PlanTask, loaded_on: date) -> dict[str, Any]:
    """What the case of this task begins with (variable `start` of the process plan_task), as JSON, when loaded on this day.

    `due_before_loading`: the due date had passed on the day of loading. `period_first`: the first period of a standing duty, the year
    in which a conditional task begins to wait, else None.
    """
    deadline = plan_task.deadline
    return {
        "plan": plan.id,
        "task_id": plan_task.id,
        "section": plan_task.section,
        "title_vi": plan_task.title_vi,
        "title_en": plan_task.title_en,
        "full_text_vi": plan_task.full_text_vi,
        "lead": list(plan_task.lead),
        "cooperating": list(plan_task.cooperating),
        "supervising": list(plan_task.supervising),
        "nature": plan_task.nature,
        "deadline": _deadline_values(deadline),
        "loaded_on": loaded_on.isoformat(),
        "due_before_loading": deadline.due is not None and deadline.due < loaded_on,
        "bodies": list(plan.bodies_of(plan_task)),
        "parent": None,
        "period": None,
        "part_key": None,
        "period_first": _first_period(deadline, loaded_on),
        "owner": plan.owner,
        "monitor": plan.monitor,
        "related": list(plan_task.related),
        "notes": plan_task.notes or None,
    }


def period_of(day: date, cadence: str) -> dict[str, str]:
    """The quarter or the year that holds the day: cadence (quarter | year), label, from and to (ISO, both inclusive).

    The same dictionary as `next_period` of the diagrams' language gives; a test keeps the two equal.
    """
    if cadence == "year":
        return _period(cadence, f"năm {day.year}", date(day.year, 1, 1), date(day.year, 12, 31))
    quarter = (day.month - 1) // 3
    following = date(day.year + quarter // 3, (quarter + 1) % 4 * 3 + 1, 1)
    label = f"quý {QUARTERS[quarter]}/{day.year}"
    return _period("quarter", label, date(day.year, quarter * 3 + 1, 1), following - timedelta(days=1))


@cache
def load_plans() -> tuple[WorkPlan, ...]:
    """The plans shipped with this version. Raises TableInvalid."""
    return tuple(parse_plan(_packaged(name), load_organisations(), load_documents()) for name in PLAN_FILES)


@cache
def load_organisations() -> tuple[Organisation, ...]:
    """The organisations shipped with this version: those the plans name, then the additions. Raises TableInvalid."""
    return parse_organisations(_packaged("organisations.yaml"))


@cache
def load_documents() -> tuple[SourceDocument, ...]:
    """The source documents shipped with this version. Raises TableInvalid."""
    return parse_documents(_packaged("documents.yaml"), load_organisations())


def parse_plan(text: str, organisations: Collection[Organisation], documents: Collection[SourceDocument]) -> WorkPlan:
    """One plan of a YAML text. Raises TableInvalid with the plan, the task and the field that are wrong."""
    file = _PlanRow("the plan", _table(text, "the plan"))
    return _PlanReader(file, {o.id for o in organisations}, {d.id for d in documents}).read()


def parse_organisations(text: str) -> tuple[Organisation, ...]:
    """The organisations of a YAML text. Raises TableInvalid."""
    file = _PlanRow("the organisations", _table(text, "the organisations"))
    rows = [(row, "plan") for row in file.parts("organisations")] + [(row, "") for row in file.parts("additions")]
    routing_rows = file.parts("routing")
    file.done()
    ids = _unique([row.peek("id") for row, _ in rows], "organisation", "the file")
    routings = dict(_routings(routing_rows, ids))
    return tuple(_organisation(row, source, ids, routings) for row, source in rows)


def parse_documents(text: str, organisations: Collection[Organisation]) -> tuple[SourceDocument, ...]:
    """The source documents of a YAML text. Raises TableInvalid."""
    file = _PlanRow("the documents", _table(text, "the documents"))
    rows = file.parts("documents")
    file.done()
    ids = _unique([row.peek("id") for row in rows], "document", "the file")
    bodies = {organisation.id for organisation in organisations}
    return tuple(_document(row, bodies, ids) for row in rows)


class _PlanRow(Row):
    """A row whose empty fields (null) count as missing."""

    def __init__(self, where: str, content: object) -> None:
        if isinstance(content, Mapping):
            content = {str(name): value for name, value in content.items() if value is not None}
        super().__init__(where, content)

    def has(self, field: str) -> bool:
        return field in self.names()

    def peek(self, field: str) -> str:
        """A text that stays to be read."""
        value = self.text(field)
        self._left[field] = value
        return value

    def parts(self, field: str) -> "list[_PlanRow]":
        """The rows of a list; none when it is missing."""
        value = self._take(field, []) if self.has(field) else []
        if not isinstance(value, list):
            raise self.wrong(field, "a list", value)
        return [_PlanRow(f"{self.where} {field}[{number}]", item) for number, item in enumerate(value)]

    def part(self, field: str) -> "_PlanRow":
        """The mapping inside this one."""
        return _PlanRow(f"{self.where} {field}", self._take(field))

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of texts; none when it is missing."""
        value = self._take(field, []) if self.has(field) else []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(field, "a list of texts", value)
        return tuple(value)

    def ids(self, field: str, known: Collection[str], what: str) -> tuple[str, ...]:
        """A list of ids that exist."""
        values = self.texts(field)
        for value in values:
            if value not in known:
                raise self.wrong(field, f"ids of {what}s that exist", value)
        return values

    def one_id(self, field: str, known: Collection[str], what: str) -> str:
        """An id that exists."""
        value = self.text(field)
        if value not in known:
            raise self.wrong(field, f"the id of {what} that exists", value)
        return value

    def rest(self) -> dict[str, Any]:
        """Everything not yet read, as it is."""
        return {name: self._take(name) for name in self.names()}

    def flag(self, field: str) -> bool:
        """True or false; false when it is missing."""
        value = self._take(field) if self.has(field) else False
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false", value)
        return value


class _PlanReader:
    """Reads one plan file; knows which organisations and documents there are."""

    def __init__(self, file: _PlanRow, organisations: set[str], documents: set[str]) -> None:
        self.file = file
        self.organisations = organisations
        self.documents = documents

    def read(self) -> WorkPlan:
        head = self.file.part("plan")
        self.id = head.text("id")
        head.where = f"plan {self.id}"
        additions = self.file.part("additions")
        additions.where = f"plan {self.id} additions"
        keys = {row.text("task"): row.text("key") for row in additions.parts("document_keys")}
        rows = self.file.parts("tasks")
        ids = _unique([row.peek("id") for row in rows], "task", f"plan {self.id}")
        tasks = tuple(self._task(row, ids, keys) for row in rows)
        self._check_counts(self.file.part("counts"), tasks)
        plan = WorkPlan(
            id=self.id,
            title_vi=head.text("title_vi"),
            title_en=head.text("title_en"),
            number=head.text("number") if head.has("number") else None,
            date=head.optional_day("date"),
            issuing_body=head.one_id("issuing_body", self.organisations, "an organisation"),
            parent=head.one_id("parent", self.documents, "a document"),
            about=head.rest(),
            ocr_notes=tuple((row.text("where"), row.text("text_vi")) for row in self.file.parts("ocr_notes")),
            requirements=tuple(self._requirement(row) for row in self.file.parts("requirements")),
            tasks=tasks,
            owner=additions.one_id("owner", self.organisations, "an organisation"),
            monitor=additions.one_id("monitor", self.organisations, "an organisation"),
            members=dict(self._members(row) for row in additions.parts("members")),
        )
        self.file.done()
        return plan

    def _task(self, row: _PlanRow, ids: Collection[str], keys: Mapping[str, str]) -> PlanTask:
        task_id = row.text("id")
        row.where = f"plan {self.id} task {task_id}"
        if row.text("plan") != self.id:
            raise TableInvalid(f"Expected {row.where} plan to be {self.id}, but it is another")
        plan_task = PlanTask(
            id=task_id,
            plan=self.id,
            section=row.text("section"),
            item=row.text("item"),
            title_vi=row.text("title_vi"),
            title_en=row.text("title_en"),
            full_text_vi=row.text("full_text_vi"),
            lead=row.ids("lead", self.organisations, "organisation"),
            cooperating=row.ids("cooperating", self.organisations, "organisation"),
            supervising=row.ids("supervising", self.organisations, "organisation"),
            deadline=self._deadline(row.part("deadline"), keys.get(task_id, "")),
            reporting=self._reporting(row.part("reporting")) if row.has("reporting") else None,
            nature=cast("Nature", row.word("nature", NATURES)),
            related=row.ids("related", ids, "task"),
            notes=row.optional_text("notes"),
        )
        row.done()
        return plan_task

    def _deadline(self, row: _PlanRow, key: str) -> PlanDeadline:
        kind = cast("DeadlineKind", row.word("kind", DEADLINE_KINDS))
        for field in sorted(set(row.names()) - FIELDS_BY_KIND[kind] - {"source_text", "note"}):
            raise TableInvalid(f"Expected {row.where} of kind {kind} to have no field {field}, but it has one")
        for field in sorted(NEEDED_BY_KIND.get(kind, set())):
            if not row.has(field):
                raise TableInvalid(f"Expected {row.where} of kind {kind} to have the field {field}, but it is missing")
        deadline = PlanDeadline(
            kind=kind,
            source_text=row.text("source_text") if row.has("source_text") else None,
            window_start=row.optional_day("window_start"),
            due=row.optional_day("due"),
            cadence=row.word("cadence", CADENCES) if row.has("cadence") else None,
            start=row.optional_day("start"),
            end=row.optional_day("end"),
            condition=self._condition(row.part("condition"), key) if row.has("condition") else None,
            note=row.optional_text("note"),
        )
        row.done()
        _in_order(row, "window_start", deadline.window_start, "due", deadline.due)
        _in_order(row, "start", deadline.start, "end", deadline.end)
        return deadline

    def _condition(self, row: _PlanRow, key: str) -> DocumentCondition:
        condition = DocumentCondition(
            event=row.word("event", frozenset({"document_issued"})),
            issuer=row.one_id("issuer", self.organisations, "an organisation"),
            document_description=row.text("document_description"),
            document_number=row.text("document_number") if row.has("document_number") else None,
            document_date=row.optional_day("document_date"),
            key=key,
        )
        row.done()
        if not key:
            raise TableInvalid(f"Expected {row.where} to have a key in additions document_keys, but there is none")
        return condition

    def _reporting(self, row: _PlanRow) -> Reporting:
        row.flag("duty")
        reporting = Reporting(
            source_text=row.text("source_text"),
            to=row.ids("to", self.organisations, "organisation"),
            by=row.ids("by", self.organisations, "organisation"),
            cadence=row.word("cadence", CADENCES) if row.has("cadence") else None,
            note=row.optional_text("note"),
        )
        row.done()
        return reporting

    def _requirement(self, row: _PlanRow) -> Requirement:
        if row.text("plan") != self.id:
            raise TableInvalid(f"Expected {row.where} of plan {self.id} to belong to it, but it names another plan")
        requirement = Requirement(row.text("id"), row.text("section"), row.text("kind"), row.text("text_vi"))
        row.done()
        return requirement

    def _members(self, row: _PlanRow) -> tuple[str, tuple[str, ...]]:
        row.where = f"plan {self.id} additions members"
        of = row.one_id("of", self.organisations, "an organisation")
        bodies = row.ids("bodies", self.organisations, "organisation")
        row.word("source", frozenset({"example", "administrator"}))
        row.optional_text("note")
        row.done()
        return of, bodies

    def _check_counts(self, row: _PlanRow, tasks: tuple[PlanTask, ...]) -> None:
        found = {
            "total": len(tasks),
            "by_section": _tally([task.section for task in tasks]),
            "by_deadline_kind": _tally([task.deadline.kind for task in tasks]),
        }
        for field, value in row.rest().items():
            if found.get(field) != value:
                raise TableInvalid(
                    f"Expected plan {self.id} counts {field} to be {value!r}, but the tasks give {found.get(field)!r}"
                )


def _organisation(row: _PlanRow, source: str, ids: Collection[str], routings: Mapping[str, Routing]) -> Organisation:
    body = row.text("id")
    row.where = f"organisation {body}"
    organisation = Organisation(
        id=body,
        name_vi=row.text("name_vi"),
        name_en=row.text("name_en"),
        kind=row.text("kind"),
        level=row.word("level", frozenset({"central", "province", "commune", "ward"})),
        parent=row.one_id("parent", ids, "an organisation") if row.has("parent") else None,
        source=source or row.word("source", frozenset({"law", "example"})),
        named_in=row.texts("named_in"),
        aliases=row.texts("aliases"),
        generic=row.flag("generic"),
        role=row.optional_text("role"),
        note=row.optional_text("note"),
        routing=routings.get(body),
    )
    row.done()
    return organisation


def _routings(rows: list[_PlanRow], ids: Collection[str]) -> list[tuple[str, Routing]]:
    routed: list[tuple[str, Routing]] = []
    for row in rows:
        row.where = f"routing {row.text('id')}"
        bodies = row.ids("bodies", ids, "organisation")
        basis = row.text("basis_vi")
        relations = {name: row.one_id(name, ids, "an organisation") for name in row.names()}
        for body in bodies:
            if body in relations.values() or body in dict(routed):
                raise TableInvalid(f"Expected {row.where} never to name {body} itself, nor twice, but it does")
            routed.append((body, Routing(basis, **relations)))
    return routed


def _document(row: _PlanRow, bodies: Collection[str], ids: Collection[str]) -> SourceDocument:
    document_id = row.text("id")
    row.where = f"document {document_id}"
    document = SourceDocument(
        id=document_id,
        number=row.text("number"),
        date=row.day("date"),
        issuer=row.one_id("issuer", bodies, "an organisation"),
        title_vi=row.text("title_vi"),
        parent=row.one_id("parent", ids, "a document") if row.has("parent") else None,
        note=row.optional_text("note"),
    )
    row.done()
    return document


def _deadline_values(deadline: PlanDeadline) -> dict[str, Any]:
    condition = deadline.condition
    return {
        "kind": deadline.kind,
        "source_text": deadline.source_text,
        "window_start": _iso(deadline.window_start),
        "due": _iso(deadline.due),
        "cadence": deadline.cadence,
        "start": _iso(deadline.start),
        "end": _iso(deadline.end),
        "condition": condition
        and {
            "event": condition.event,
            "issuer": condition.issuer,
            "document_description": condition.document_description,
            "document_number": condition.document_number,
            "document_date": _iso(condition.document_date),
            "document_key": condition.key,
        },
    }


def _first_period(deadline: PlanDeadline, loaded_on: date) -> dict[str, str] | None:
    if deadline.kind == "conditional":
        return period_of(loaded_on, "year")
    if deadline.kind not in {"recurring", "open_ended"}:
        return None
    return period_of(max(deadline.start or loaded_on, loaded_on), "year" if deadline.cadence == "yearly" else "quarter")


def _period(cadence: str, label: str, first: date, last: date) -> dict[str, str]:
    return {"cadence": cadence, "label": label, "from": first.isoformat(), "to": last.isoformat()}


def _in_order(row: _PlanRow, earlier: str, first: date | None, later: str, second: date | None) -> None:
    if first is not None and second is not None and second < first:
        raise TableInvalid(f"Expected {row.where} {later} not to be before {earlier} {first}, but it is {second}")


def _unique(ids: list[str], what: str, where: str) -> frozenset[str]:
    for identity in ids:
        if ids.count(identity) > 1:
            raise TableInvalid(f"Expected each id of {where} once, but {what} {identity} occurs twice")
    return frozenset(ids)


def _tally(values: list[str]) -> dict[str, int]:
    return {value: values.count(value) for value in dict.fromkeys(values)}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _table(text: str, what: str) -> dict[str, Any]:
    table = read_table(text, what)
    table.pop("schema_version", None)
    return table


def _packaged(name: str) -> str:
    return (files("workflows.plans") / name).read_text(encoding="utf-8")
