"""The table of the conditions of acceptance: which answer of the checklist leads where, and which answer goes first."""

import json

import pytest

import forms
from engine.bpmn.decisions import read_tables
from workflows.catalogue import HERE

FOLDER = HERE / "accountability_request"
ADMISSIBLE = {
    "kind_of_matter": "accountability_request",
    "secret_content": "none",
    "own_remit": True,
    "form_complete": True,
    "requester_capable": True,
    "representation": "none",
    "directly_affected": True,
    "internal_direction": False,
    "already_explained": "no",
    "settled_elsewhere": False,
    "good_reason": False,
}
ROUTES = [
    ({}, "accept", None, "NĐ 59/2019 Đ4, Đ11 k4"),
    ({"secret_content": "part"}, "accept", "R3", "NĐ 59/2019 Đ6 k1"),
    ({"secret_content": "whole"}, "refuse", "R3", "NĐ 59/2019 Đ5 k2, Đ6 k1"),
    ({"kind_of_matter": "complaint"}, "reroute", "X1", "Luật 02/2011 Đ2 k1; Luật 42/2013 Đ26"),
    ({"kind_of_matter": "denunciation"}, "reroute", "X2", "Luật 25/2018 Đ24"),
    ({"kind_of_matter": "feedback"}, "reroute", "X3", "NĐ 20/2008 Đ9 k1 điểm d"),
    ({"kind_of_matter": "information_request"}, "reroute", "X4", "Luật 104/2016 Đ24"),
    ({"own_remit": False}, "guide", "G1", "NĐ 59/2019 Đ11 k1"),
    ({"misconduct": True}, "refuse", "R7", "NĐ 59/2019 Đ5 k3"),
    ({"representation": "unproven"}, "refuse", "R8", "NĐ 59/2019 Đ5 k4"),
    ({"requester_capable": False}, "refuse", "R1", "NĐ 59/2019 Đ4 k1, Đ5 k1"),
    ({"directly_affected": False}, "refuse", "R2", "NĐ 59/2019 Đ4 k2, Đ5 k1"),
    ({"internal_direction": True}, "refuse", "R4", "NĐ 59/2019 Đ6 k2"),
    ({"already_explained": "same_requester"}, "refuse", "R5", "NĐ 59/2019 Đ5 k2"),
    ({"already_explained": "same_requester", "good_reason": True}, "accept", None, "NĐ 59/2019 Đ4, Đ11 k4"),
    ({"settled_elsewhere": True}, "refuse", "R6", "NĐ 59/2019 Đ5 k2"),
    ({"settled_elsewhere": True, "good_reason": True}, "accept", None, "NĐ 59/2019 Đ4, Đ11 k4"),
    ({"already_explained": "other_requester"}, "guide", "G3", "NĐ 59/2019 Đ11 k3"),
    ({"form_complete": False}, "supplement", "G2", "NĐ 59/2019 Đ11 k2"),
    # The first that applies: a secret before everything, a denunciation before a deficient form, the body before the person.
    ({"secret_content": "whole", "kind_of_matter": "denunciation"}, "refuse", "R3", "NĐ 59/2019 Đ5 k2, Đ6 k1"),
    ({"kind_of_matter": "denunciation", "form_complete": False}, "reroute", "X2", "Luật 25/2018 Đ24"),
    ({"own_remit": False, "directly_affected": False}, "guide", "G1", "NĐ 59/2019 Đ11 k1"),
    ({"secret_content": "part", "form_complete": False}, "supplement", "G2", "NĐ 59/2019 Đ11 k2"),
]


@pytest.fixture(scope="module")
def table():
    return read_tables((FOLDER / "admissibility.dmn").read_bytes())["admissibility"]


@pytest.mark.parametrize(("answers", "route", "code", "article"), ROUTES)
def test_an_answer_leads_to_its_route(table, answers, route, code, article):
    _, _, outputs = table.decide({"classification": {**ADMISSIBLE, **answers}})
    assert outputs == {"route": route, "reason_code": code, "article": article}


def test_every_rule_is_reached_and_says_its_article(table):
    reached = {table.decide({"classification": {**ADMISSIBLE, **answers}})[1][0] for answers, *_ in ROUTES}
    assert reached == {rule.id for rule in table.rules}
    assert all(" — " in rule.description for rule in table.rules)


def test_the_table_proposes_only_what_the_head_can_decide(table):
    choices = {field["name"]: field["choices"] for field in forms.describe("accountability_request.decide")["fields"]}
    for answers, route, code, _ in ROUTES:
        assert route in {choice["value"] for choice in choices["outcome"]}, json.dumps(answers)
        assert code in {None, *(choice["value"] for choice in choices["reason_code"])}


def test_every_checklist_answer_that_the_table_reads_is_asked(table):
    asked = {field["name"] for field in forms.describe("accountability_request.classify")["fields"]}
    assert {*ADMISSIBLE, "misconduct"} <= asked
    assert len(table.input_labels) == len(ADMISSIBLE) + 1
