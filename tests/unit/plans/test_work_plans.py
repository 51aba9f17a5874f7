"""The two plans as data: complete, word for word, every reference resolved, every fault named with plan, task and field."""

import hashlib
import json
from copy import deepcopy
from datetime import date
from functools import cache
from importlib.resources import files

import pytest
import yaml

from workflows.law.reading import TableInvalid
from workflows.plans.work_plans import (
    load_documents,
    load_organisations,
    load_plans,
    parse_documents,
    parse_organisations,
    parse_plan,
    start_values,
)

# sha256 (first 12 digits) of each sentence of the plans, computed once from the transcriptions.
# fmt: off
SENTENCES = {
    "DN-II.1.a": "023d75ab04d8", "DN-II.1.b": "85993eacb86e", "DN-II.1.c": "5e3019889925",
    "DN-II.1.d": "bec3e5801a55", "DN-II.2.a": "075eda5cac44", "DN-II.2.b": "d2322a6ee716",
    "DN-II.2.c": "6ea6b56aa000", "DN-II.2.d": "c8d2c399383f", "DN-II.3.a": "6e903afed461",
    "DN-II.4.a": "1e3f05f8cc4b", "DN-II.4.b": "4f98bdd59b31", "DN-II.4.c": "2854dd03209c",
    "DN-II.5.a": "8ce99479c66a", "DN-II.5.b": "176e61387009", "DN-II.6.a": "6ffa761fd65a",
    "DN-II.6.b": "3c99f940372f", "DN-II.6.c": "2d2206764706", "DN-II.6.d": "9972972fc342",
    "DN-II.7.a": "67c698b8c671", "DN-II.7.b": "63021e9f1c60", "DN-II.7.c": "580eb998222f",
    "DN-II.7.d": "72180273cc28", "DN-III.1.a": "29c4ff07cd14", "DN-III.1.b": "a54ca0e1c7bd",
    "DN-III.1.c": "d89d94e51875", "DN-III.2.a": "875ced64912a", "DN-III.2.b": "6bced8b4be6a",
    "DN-III.2.c": "378a98c20ba2", "DN-III.2.d": "82a47946c61a", "DN-III.2.e": "798ab4568d0d",
    "DN-III.2.f": "c548cf3c5e6e", "DN-III.3.a": "ddf5f9150c03", "DN-III.4.a": "af320abe611d",
    "DN-III.4.b": "abfaff0cbe74", "DN-III.5.a": "395e87fc68bf", "DN-III.6.a": "c6dd6aa409a5",
    "DN-III.7.a": "b7ccc2c2761f", "DN-III.7.b": "26123969618c", "DN-III.7.c": "a9bd28651835",
    "NDH-II.1.a": "e501c430da6d", "NDH-II.1.b": "8980998cff01", "NDH-II.1.c": "1ae77265d02e",
    "NDH-II.1.d": "a13e79382157", "NDH-II.1.e": "ee678d8b4c3b", "NDH-II.2.a": "b5888c7b2689",
    "NDH-II.2.b": "47a24344f00d", "NDH-II.3.a": "9f8a5f0c0134", "NDH-II.3.b": "49b5a5360399",
    "NDH-II.4.a": "e2945db1cafa", "NDH-II.4.b": "6df6ca656714", "NDH-II.4.c": "37dddb9d8348",
    "NDH-II.5.a": "08a43fb1332a", "NDH-II.5.b": "951cb576b468", "NDH-II.5.c": "9972972fc342",
    "NDH-II.6.a": "bcf5f79a2a1c", "NDH-II.6.b": "adfb5faa5638", "NDH-II.6.c": "7503e5a5570a",
    "NDH-III.1.a": "3ce9810c6021", "NDH-III.2.a": "4490317b8350", "NDH-III.3.a": "2e4364348385",
    "NDH-III.4.a": "fc83e0b6f277", "NDH-IV.1.a": "8c5323855212", "NDH-IV.1.b": "1941794c0583",
    "NDH-IV.1.c": "35dbc84b73d7", "NDH-IV.1.d": "ea3b131469a5", "NDH-IV.2.a": "9447196360eb",
    "NDH-IV.3.a": "c48dd1eecb3e", "NDH-IV.3.b": "a3943d90b32d", "NDH-IV.3.c": "a1cb9f8947c0",
    "NDH-IV.3.d": "9e1f2a340572", "NDH-IV.4.a": "e32b98b9569e", "NDH-IV.4.b": "e4133d9552bd",
    "NDH-KET.a": "168d1edfb61c", "DN-I.1.1": "86648890190f", "DN-I.1.2": "87a4825da777", "DN-I.1.3": "023348fdbcab",
    "DN-I.2.1": "6c4222e5ac42", "DN-I.2.2": "01549d71400b", "NDH-I.1": "f6b1b9aee165", "NDH-I.2": "dc955df048e7",
    "NDH-I.3": "3d372e27c792", "NDH-I.4": "a7e14b3f28c5",
}
# fmt: on
SECTIONS = {
    "DN": {
        "II.1": 4,
        "II.2": 4,
        "II.3": 1,
        "II.4": 3,
        "II.5": 2,
        "II.6": 4,
        "II.7": 4,
        "III.1": 3,
        "III.2": 6,
        "III.3": 1,
        "III.4": 2,
        "III.5": 1,
        "III.6": 1,
        "III.7": 3,
    },
    "NDH": {
        "II.1": 5,
        "II.2": 2,
        "II.3": 2,
        "II.4": 3,
        "II.5": 3,
        "II.6": 3,
        "III.1": 1,
        "III.2": 1,
        "III.3": 1,
        "III.4": 1,
        "IV.1": 4,
        "IV.2": 1,
        "IV.3": 4,
        "IV.4": 2,
        "KET": 1,
    },
}  # fmt: skip
KINDS = {
    "DN": {"none": 23, "recurring": 5, "fixed_date": 6, "conditional": 2, "open_ended": 3},
    "NDH": {"none": 31, "recurring": 3},
}


def the_plan(plan_id):
    return next(plan for plan in load_plans() if plan.id == plan_id)


def tally(values):
    values = list(values)
    return {value: values.count(value) for value in values}


@cache
def read(name):
    return yaml.safe_load((files("workflows.plans") / name).read_text("utf-8"))


def raw(name="dong_nai.yaml"):
    return deepcopy(read(name))


def parsed(content):
    return parse_plan(yaml.safe_dump(content, allow_unicode=True), load_organisations(), load_documents())


def refused(content):
    with pytest.raises(TableInvalid) as caught:
        parsed(content)
    return str(caught.value)


def a_task(content, task_id):
    return next(row for row in content["tasks"] if row["id"] == task_id)


def broken(task_id, **changes):
    """The words with which the plan of Đồng Nai is refused when this task is changed so."""
    content = raw()
    a_task(content, task_id).update(changes)
    return refused(content)


def broken_deadline(task_id, **changes):
    content = raw()
    a_task(content, task_id)["deadline"].update(changes)
    return refused(content)


def test_there_are_seventy_three_tasks():
    assert [(plan.id, len(plan.tasks), len(plan.requirements)) for plan in load_plans()] == [
        ("DN", 39, 5),
        ("NDH", 34, 4),
    ]


@pytest.mark.parametrize("plan_id", ["DN", "NDH"])
def test_sections_and_kinds_are_counted_as_in_the_plan(plan_id):
    tasks = the_plan(plan_id).tasks
    assert tally(task.section for task in tasks) == SECTIONS[plan_id]
    assert tally(task.deadline.kind for task in tasks) == KINDS[plan_id]


def test_every_sentence_is_the_plans_own():
    texts = {task.id: task.full_text_vi for plan in load_plans() for task in plan.tasks}
    texts |= {requirement.id: requirement.text_vi for plan in load_plans() for requirement in plan.requirements}
    assert {key: hashlib.sha256(text.encode()).hexdigest()[:12] for key, text in texts.items()} == SENTENCES


def test_no_text_is_left_in_one_language_only():
    for plan in load_plans():
        for task in plan.tasks:
            assert task.title_vi, task.id
            assert task.title_en, task.id
    for organisation in load_organisations():
        assert organisation.name_vi, organisation.id
        assert organisation.name_en, organisation.id


def test_fixed_dates_are_the_last_day_of_their_quarter():
    due = {task.id: task.deadline.due for task in the_plan("DN").tasks if task.deadline.due}
    first, second = date(2026, 3, 31), date(2026, 6, 30)
    assert due == {
        "DN-III.1.a": first,
        "DN-III.1.b": first,
        "DN-III.4.a": first,
        "DN-III.2.a": second,
        "DN-III.2.b": second,
        "DN-III.2.c": second,
    }


def test_the_conflict_of_leads_is_kept_on_both_sides():
    plan = the_plan("DN")
    one, other = plan.task("DN-II.2.d"), plan.task("DN-III.7.a")
    assert (one.lead, other.lead) == (("dn-du-ubnd",), ("dn-ban-noi-chinh",))
    assert "conflict" in one.notes
    assert "DN-II.2.d" in other.related


def test_an_unknown_task_is_not_found():
    with pytest.raises(KeyError):
        the_plan("DN").task("DN-IX.9.z")


def test_fifty_seven_bodies_are_named_and_additions_are_marked():
    sources = tally(organisation.source for organisation in load_organisations())
    assert sources == {"plan": 57, "law": 8, "example": 7}


def test_every_body_that_can_be_late_is_routed():
    routed = {organisation.id for organisation in load_organisations() if organisation.routing}
    leads = {body for plan in load_plans() for task in plan.tasks for body in task.lead}
    unspecified = {"ndh-co-quan-chuc-nang", "ndh-co-quan-lien-quan"}
    assert leads - routed == unspecified


def test_each_body_of_a_class_gets_its_own_part():
    parts = {task.id: len(plan.bodies_of(task)) for plan in load_plans() for task in plan.tasks if plan.bodies_of(task)}
    assert parts == {"DN-III.1.a": 4, "DN-III.1.b": 4, "DN-III.1.c": 4, "NDH-IV.4.a": 4, "NDH-IV.4.b": 4}


def test_a_case_begins_with_json_that_holds_the_whole_task():
    for plan in load_plans():
        for task in plan.tasks:
            values = start_values(plan, task, date(2026, 11, 23))
            assert json.loads(json.dumps(values)) == values
            assert values["full_text_vi"] == task.full_text_vi


def test_what_was_due_before_loading_is_marked():
    plan = the_plan("DN")
    task = plan.task("DN-III.4.a")
    assert start_values(plan, task, date(2026, 4, 1))["due_before_loading"] is True
    assert start_values(plan, task, date(2026, 3, 31))["due_before_loading"] is False


@pytest.mark.parametrize(
    ("task_id", "loaded_on", "label"),
    [
        ("DN-III.4.b", date(2025, 12, 1), "quý I/2026"),  # the plan begins it in January 2026
        ("DN-III.4.b", date(2026, 11, 23), "quý IV/2026"),
        ("DN-III.2.e", date(2025, 12, 1), "quý IV/2025"),
        ("DN-II.5.a", date(2026, 11, 23), "năm 2026"),
        ("DN-III.3.a", date(2026, 11, 23), "năm 2026"),
    ],
)
def test_the_first_period_is_not_before_the_loading_nor_before_the_plans_own_start(task_id, loaded_on, label):
    plan = the_plan("DN")
    assert start_values(plan, plan.task(task_id), loaded_on)["period_first"]["label"] == label


def test_a_task_without_periods_has_no_first_one():
    plan = the_plan("DN")
    assert start_values(plan, plan.task("DN-III.2.b"), date(2026, 4, 1))["period_first"] is None


def test_a_conditional_task_waits_under_a_key():
    plan = the_plan("DN")
    condition = start_values(plan, plan.task("DN-III.7.a"), date(2026, 1, 5))["deadline"]["condition"]
    assert (condition["issuer"], condition["document_key"]) == (
        "trung-uong",
        "trung-uong/trach-nhiem-giai-trinh-trong-dang",
    )


def test_an_unknown_organisation_is_named():
    said = broken("DN-II.4.a", lead=["dn-so-nao-do"])
    assert (
        said == "Expected plan DN task DN-II.4.a lead to be ids of organisations that exist, but it is 'dn-so-nao-do'"
    )


def test_a_bad_date_is_named():
    assert broken_deadline("DN-III.4.a", due="31/3/2026") == (
        "Expected plan DN task DN-III.4.a deadline due to be a date such as 2026-07-01, but it is '31/3/2026'"
    )


def test_a_due_date_before_its_window_is_named():
    assert broken_deadline("DN-III.4.a", due=date(2025, 12, 31)) == (
        "Expected plan DN task DN-III.4.a deadline due not to be before window_start 2026-01-01, but it is 2025-12-31"
    )


def test_an_end_before_its_start_is_named():
    assert "DN-III.4.b deadline end not to be before start" in broken_deadline("DN-III.4.b", end=date(2025, 1, 1))


def test_an_unknown_kind_is_named():
    assert "plan DN task DN-III.4.a deadline kind to be one of" in broken_deadline("DN-III.4.a", kind="someday")


def test_a_field_of_another_kind_is_named():
    assert broken_deadline("DN-II.1.a", due=date(2026, 1, 1)) == (
        "Expected plan DN task DN-II.1.a deadline of kind none to have no field due, but it has one"
    )


def test_a_missing_due_date_is_named():
    assert broken_deadline("DN-III.4.a", due=None) == (
        "Expected plan DN task DN-III.4.a deadline of kind fixed_date to have the field due, but it is missing"
    )


def test_a_condition_without_a_key_is_named():
    content = raw()
    content["additions"]["document_keys"] = []
    assert "plan DN task DN-III.3.a deadline condition to have a key" in refused(content)


def test_a_repeated_id_is_named():
    assert broken("DN-II.1.b", id="DN-II.1.a") == "Expected each id of plan DN once, but task DN-II.1.a occurs twice"


def test_an_unknown_relation_nature_or_field_is_named():
    assert "task DN-II.1.a related to be ids of tasks that exist" in broken("DN-II.1.a", related=["DN-IX.1.a"])
    assert "task DN-II.1.a nature to be one of" in broken("DN-II.1.a", nature="wish")
    assert "task DN-II.1.a to have only known fields, but it has colour" in broken("DN-II.1.a", colour="red")
    assert "task DN-II.1.a lead to be a list of texts" in broken("DN-II.1.a", lead="dn-vptu")
    assert "task DN-II.1.a plan to be DN" in broken("DN-II.1.a", plan="NDH")


def test_a_text_that_is_missing_is_named():
    content = raw()
    del a_task(content, "DN-II.1.a")["full_text_vi"]
    assert "plan DN task DN-II.1.a to have the field full_text_vi" in refused(content)


def test_counts_that_do_not_fit_are_named():
    content = raw()
    content["tasks"].remove(a_task(content, "DN-II.6.c"))
    assert "Expected plan DN counts by_deadline_kind" in refused(content)


def test_a_requirement_of_another_plan_is_refused():
    content = raw()
    content["requirements"][0]["plan"] = "NDH"
    assert "to belong to it" in refused(content)


def test_lists_and_rows_of_another_shape_are_refused():
    content = raw()
    content["requirements"] = {"id": "DN-I.1.1"}
    assert "requirements to be a list" in refused(content)
    content = raw()
    content["requirements"][0] = "DN-I.1.1"
    assert "requirements[0] to be a mapping" in refused(content)


def organisations(**changes):
    content = raw("organisations.yaml")
    for name, change in changes.items():
        change(content[name])
    return yaml.safe_dump(content, allow_unicode=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"organisations": lambda rows: rows[0].update(parent="nowhere")},
            "organisation bo-chinh-tri parent to be the id",
        ),
        ({"organisations": lambda rows: rows[0].update(level="moon")}, "organisation bo-chinh-tri level to be one of"),
        (
            {"organisations": lambda rows: rows[0].update(generic="yes")},
            "organisation bo-chinh-tri generic to be true or false",
        ),
        ({"organisations": lambda rows: rows.append(dict(rows[0]))}, "organisation bo-chinh-tri occurs twice"),
        ({"additions": lambda rows: rows[0].update(source="guess")}, "organisation chinh-phu source to be one of"),
        (
            {"routing": lambda rows: rows[0].update(inspects="dn-thanh-tra-tinh")},
            "routing provincial_inspectorate never to name dn-thanh-tra-tinh itself",
        ),
        (
            {"routing": lambda rows: rows[0].update(checks="nobody")},
            "routing provincial_inspectorate checks to be the id",
        ),
    ],
)
def test_organisations_that_cannot_be_are_refused(change, said):
    with pytest.raises(TableInvalid, match=said):
        parse_organisations(organisations(**change))


def test_a_document_of_an_unknown_issuer_is_refused():
    content = raw("documents.yaml")
    content["documents"][0]["issuer"] = "nobody"
    with pytest.raises(TableInvalid, match="document CT53 issuer"):
        parse_documents(yaml.safe_dump(content), load_organisations())
