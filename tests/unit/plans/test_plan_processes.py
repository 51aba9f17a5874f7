"""The examples of plan tasks and inspections run to the outcome that they name; what lapses is referred, and to the right body."""

import json
from datetime import date

import pytest

import forms
from engine.bpmn import runtime
from engine.bpmn.definitions import DefinitionSource, parse
from engine.bpmn.periods import next_period
from engine.bpmn.periods import period_of as engine_period_of
from workflows.catalogue import HERE, process_folder
from workflows.lint import lint, parameter_ids
from workflows.plans.work_plans import load_organisations, load_plans, period_of, start_values

PROCESSES = ("plan_task", "inspection")
EXAMPLES = [(process, path) for process in PROCESSES for path in sorted((HERE / process / "examples").glob("*.json"))]
NUMBERS = {"plan_task": "NVKH-2026-000021", "inspection": "KTTT-2026-000005"}
RELATIONS = ("superior", "checks", "inspects", "administers", "party_inspects", "follows")


@pytest.fixture(scope="module")
def definitions():
    return {process: load(process) for process in PROCESSES}


def load(process):
    folder = process_folder(HERE / process)
    return parse(
        DefinitionSource(
            process=folder.id,
            bpmn=folder.bpmn_path.read_text("utf-8"),
            tables=tuple((path.name, path.read_text("utf-8")) for path in folder.dmn_paths),
            deadlines=tuple(rule.as_row() for rule in folder.deadlines),
        )
    )


class Play:
    """A case outside any database: every act is one step of the runtime."""

    def __init__(self, definition, start, message=None):
        self.definition = definition
        self.thrown = []
        case = {"number": NUMBERS[definition.process], "agency": "dn-vptu", "process": definition.process}
        case["started_at"] = "2026-11-23T08:00:00+07:00"
        self.take(runtime.start(definition, {"start": start, "case": case}, message))

    def take(self, step):
        self.step = step
        self.thrown += step.messages

    def token(self, element):
        waiting = [token for token in self.step.after if token.kind in {"user", "timer", "message"}]
        found = [token.id for token in waiting if token.element == element]
        assert found, f"{element} is not open, but {[token.element for token in waiting]}"
        return found[0]

    def do(self, row):
        name = row["element"]
        element, token, frontier = self.definition.elements[name], self.token(name), self.step.frontier
        if row.get("lapse"):
            self.take(runtime.lapse(self.definition, frontier, token))
            return
        values = forms.load(element.form, row["data"]).values if element.form else row["data"]
        act = runtime.deliver if "message" in row else runtime.complete
        assert element.message == row.get("message")
        self.take(act(self.definition, frontier, token, values))

    def complete(self, element, **data):
        self.do({"element": element, "data": data})

    def lapse(self, element):
        self.do({"element": element, "lapse": True})

    def open_work(self):
        return {token.element for token in self.step.after if token.kind == "user"}

    def referred(self):
        return [message.payload for message in self.thrown if message.name == "deadline_lapsed"]


def read(path):
    return json.loads(path.read_text("utf-8"))


def play(definitions, process, name, steps=None):
    example = read(HERE / process / "examples" / f"{name}.json")
    case = Play(definitions[process], example["start"], example["start_message"])
    for row in example["steps"][:steps]:
        case.do(row)
    return case


def a_task(definitions, task_id, loaded_on=date(2026, 4, 2), **changes):
    plan = next(plan for plan in load_plans() if task_id.startswith(f"{plan.id}-"))
    return Play(definitions["plan_task"], start_values(plan, plan.task(task_id), loaded_on) | changes)


def assigned(case):
    case.complete("assign_task", assigned_on="2026-04-06", officer="binh", evidence_expected="Văn bản")
    return case


RESULT = {
    "outcome": "result",
    "reported_on": "2026-06-29",
    "content": "Đã trình ban hành.",
    "evidence": [{"title": "Tờ trình", "number": "1"}],
}
RETURNED = {"decision": "returned", "accepted_on": "2026-07-10", "remarks": "Thiếu minh chứng."}


@pytest.mark.parametrize(("process", "path"), EXAMPLES, ids=[f"{process}-{path.stem}" for process, path in EXAMPLES])
def test_an_example_runs_to_its_outcome(definitions, process, path):
    case = play(definitions, process, path.stem)
    assert (case.step.ended, case.step.outcome, case.step.after) == (True, read(path)["outcome"], ())


@pytest.mark.parametrize("process", PROCESSES)
def test_every_outcome_and_every_user_task_has_an_example(definitions, process):
    elements = definitions[process].elements.values()
    examples = [read(path) for owner, path in EXAMPLES if owner == process]
    assert {example["outcome"] for example in examples} == {e.outcome for e in elements if e.outcome}
    done = {row["element"] for example in examples for row in example["steps"]}
    assert {e.id for e in elements if e.kind == "userTask"} - done == set()


@pytest.mark.parametrize("process", PROCESSES)
def test_the_house_rules_hold(process):
    assert [str(fault) for fault in lint([HERE / process], parameter_ids())] == []


@pytest.mark.parametrize("process", PROCESSES)
def test_every_form_named_in_the_diagram_exists(definitions, process):
    named = {element.form for element in definitions[process].elements.values() if element.form}
    assert named - set(forms.keys()) == set()


def test_all_tasks_of_both_plans_begin(definitions):
    begun = {}
    for plan in load_plans():
        for plan_task in plan.tasks:
            step = Play(definitions["plan_task"], start_values(plan, plan_task, date(2026, 11, 23))).step
            way = step.variables["tracking"]["way"]
            begun[way] = begun.get(way, 0) + 1
    assert begun == {"set_date": 54, "confirm": 4, "per_body": 5, "standing": 8, "await_document": 2}


def test_a_task_loaded_after_its_date_arms_no_clock(definitions):
    case = a_task(definitions, "DN-III.4.a", date(2026, 11, 23))
    assert case.open_work() == {"confirm_state"}
    assert [token for token in case.step.after if token.kind == "timer"] == []


def test_each_committee_gets_its_own_part_and_a_cancelled_parent_stops_them(definitions):
    case = a_task(definitions, "DN-III.1.a", date(2026, 1, 5))
    opened = [message.payload for message in case.thrown if message.name == "plan_part_opened"]
    bodies = ["dn-du-cac-co-quan-dang", "dn-du-ubnd", "dn-du-quan-su", "dn-du-cong-an"]
    assert [(part["lead"], part["part_key"], part["bodies"]) for part in opened] == [
        ([body], f"{NUMBERS['plan_task']}/{body}", []) for body in bodies
    ]
    cancelled = {"document": {"number": "1", "date": "2026-02-01"}, "reason": "Kế hoạch mới thay thế."}
    case.do({"element": "task_cancelled_parts", "message": "task_cancelled", "data": cancelled})
    stopped = [message.correlation for message in case.thrown if message.name == "task_cancelled"]
    assert stopped == [part["part_key"] for part in opened]


def test_a_part_takes_the_parents_cancellation_and_answers_to_it(definitions):
    case = play(definitions, "plan_task", "part_of_a_parent", steps=2)
    wait = next(wait for wait in case.step.waits + tuple(case_waits(case)) if wait.name == "task_cancelled")
    assert wait.correlation == "NVKH-2026-000040/ndh-cb-khu-pho-1"
    cancelled = {"document": {"number": "1", "date": "2026-12-01"}, "reason": "Kế hoạch mới thay thế."}
    case.do({"element": "task_cancelled_work", "message": "task_cancelled", "data": cancelled})
    assert [(m.correlation, m.payload["outcome"]) for m in case.thrown if m.name == "plan_part_done"] == [
        ("NVKH-2026-000040/ndh-cb-khu-pho-1", "cancelled")
    ]


def case_waits(case):
    """The waits opened when the work began (the step before the last)."""
    example = read(HERE / "plan_task" / "examples" / "part_of_a_parent.json")
    begun = Play(case.definition, example["start"], example["start_message"])
    begun.do(example["steps"][0])
    return begun.step.waits


def test_a_standing_duty_opens_one_part_for_each_period(definitions):
    case = a_task(definitions, "DN-III.2.e", date(2026, 11, 23))
    case.lapse("period_ended")
    case.lapse("period_ended")
    parts = [message.payload for message in case.thrown if message.name == "plan_part_opened"]
    assert [part["period"]["label"] for part in parts] == ["quý IV/2026", "quý I/2027", "quý II/2027"]
    assert [timer.due for timer in case.step.timers] == ["2027-07-01"]
    assert case.open_work() == set()


def test_a_period_s_part_is_due_on_its_last_day(definitions):
    parent = a_task(definitions, "DN-II.5.a", date(2026, 11, 23))
    part = parent.thrown[0].payload
    case = Play(definitions["plan_task"], part, "plan_part_opened")
    assert {timer.due for timer in case.step.timers if timer.deadline == "plan_task_due"} == {"2026-12-31"}
    case.lapse("programme_time")
    assert [message.name for message in case.thrown] == ["reminder"]


def test_a_lapse_asks_for_the_cause_and_then_refers(definitions):
    case = a_task(definitions, "DN-III.2.b")
    case.lapse("task_lapsed")
    assert case.open_work() == {"assign_task", "report_cause"}
    case.lapse("task_still_late")
    assert case.referred() == [
        {
            "kind": "plan_task_late",
            "case": NUMBERS["plan_task"],
            "agency": "dn-du-ubnd",
            "deadline": "plan_task_due",
            "stage": "not_started",
        }
    ]
    assert "assign_task" in case.open_work()


def test_a_result_that_waits_for_acceptance_is_not_referred_until_it_is_returned(definitions):
    case = assigned(a_task(definitions, "DN-III.2.b"))
    case.complete("carry_out", **RESULT)
    case.lapse("task_lapsed")
    case.lapse("task_still_late")
    assert (case.referred(), case.open_work()) == ([], {"accept_result"})
    case.complete("accept_result", **RETURNED)
    assert [payload["stage"] for payload in case.referred()] == ["returned"]
    case.complete("carry_out", **RESULT)
    case.complete("accept_result", **RETURNED)
    assert len(case.referred()) == 1


def test_a_result_returned_in_time_is_not_referred(definitions):
    case = assigned(a_task(definitions, "DN-III.2.b"))
    case.complete("carry_out", **RESULT)
    case.complete("accept_result", **RETURNED)
    assert case.referred() == []


def test_the_monitor_never_accepts_its_own_result(definitions):
    case = assigned(a_task(definitions, "DN-III.2.b", lead=["dn-ban-noi-chinh"]))
    case.complete("carry_out", **RESULT)
    assert [work.agency for work in case.step.work] == ["dn-btv-tinh-uy"]


def test_waiting_for_guidance_only_reminds(definitions):
    case = a_task(definitions, "DN-III.7.a", date(2026, 11, 23))
    case.lapse("guidance_check")
    case.lapse("guidance_check")
    assert [message.name for message in case.thrown] == ["reminder", "reminder"]
    assert [timer.starts for timer in case.step.timers] == ["2028-01-01"]


def test_no_lapse_inside_an_inspection_starts_another(definitions):
    thrown = {e.message for e in definitions["inspection"].elements.values() if e.kind in {"endEvent", "sendTask"}}
    assert thrown - {None} == {"reminder"}


def test_the_table_and_the_register_name_the_same_bodies_and_never_the_late_one(definitions):
    table = definitions["inspection"].tables["routing"]
    for body in load_organisations():
        _, _, outputs = table.decide({"start": {"agency": body.id, "routing": None}})
        expected = {name: getattr(body.routing, name) if body.routing else None for name in RELATIONS}
        assert outputs == expected
        assert body.id not in outputs.values()


def test_facts_of_the_register_come_first_and_never_name_the_late_body(definitions):
    table = definitions["inspection"].tables["routing"]
    facts = {
        "superior": "a",
        "checks": "late",
        "inspects": "b",
        "administers": None,
        "party_inspects": "c",
        "follows": "d",
    }
    _, rules, outputs = table.decide({"start": {"agency": "late", "routing": facts}})
    assert (rules, outputs) == (("from_register",), {**facts, "checks": None})


@pytest.mark.parametrize(
    "day", [date(2026, month, 15) for month in range(1, 13)] + [date(2026, 12, 31), date(2027, 1, 1)]
)
def test_periods_are_those_of_the_diagrams_language(day):
    for cadence in ("quarter", "year"):
        period = period_of(day, cadence)
        assert period == engine_period_of(day, cadence)
        assert next_period(period)["cadence"] == cadence
