"""Supervisors' acts: each with reason and legal basis, rehearsed without a trace, never on one's own act."""

import pytest

from tests.integration.api.conftest import FILING, assert_problem, example

WHY = {"reason": "Vụ việc cần xử lý khác thường lệ.", "legal_basis": "Quy chế làm việc, Điều 5"}
STEPS = {step["element"]: step["data"] for step in example("answered")["steps"]}
BEFORE_VERIFYING = ("classify", "decide", "issue_notice", "assign", "contribute", "contribute")


def until(office, element) -> str:
    """The number of a case that was worked on until this step is open."""
    number = office.filed()["case"]
    for step in example("answered")["steps"]:
        if step["element"] == element:
            return number
        office.complete(number, step["element"], step["data"], step.get("instance"))
    raise AssertionError(element)


def act_on_work(office, number, element, act, body, query="", who="lanh-dao"):
    token = office.work(number, element)["token"]
    return office.official(who).post(f"/cases/{number}/work-items/{token}/overrides/{act}{query}", body)


def act_on_case(office, number, act, body, query="", who="lanh-dao"):
    return office.official(who).post(f"/cases/{number}/overrides/{act}{query}", body)


ON_WORK = [
    ("reassign", {"participant": "le-thi-hoa"}, {"to": "le-thi-hoa", "from": "hoang-van-binh"}),
    ("move", {"to_element": "approve"}, {"ended": False}),
    ("skip", {}, {"ended": False}),
    ("return", {"to_element": "assign"}, {"ended": False}),
]
ON_CASE = [
    ("extend", {"deadline": "explain", "days": 10}, {"deadline": "explain"}),
    ("suspend", {"ground": "heir_unknown", "review_on": "2026-07-01"}, {"status": "suspended"}),
    ("cancel", {"ground": "dead_without_heir"}, {"ended": True, "after": []}),
]


def told(answer, expected):
    return {name: answer.json[name] for name in expected}


@pytest.mark.parametrize(("act", "said", "expected"), ON_WORK)
def test_act_on_a_work_item_is_rehearsed_without_a_trace_and_then_done(office, act, said, expected):
    number = until(office, "verify")
    before = office.everything()
    rehearsed = act_on_work(office, number, "verify", act, {**WHY, **said}, "?rehearse=true")
    assert rehearsed.status_code == 200, rehearsed.get_data(as_text=True)
    assert rehearsed.json["rehearsed"] is True
    assert "ETag" not in rehearsed.headers
    assert office.everything() == before

    done = act_on_work(office, number, "verify", act, {**WHY, **said}, "?rehearse=false")
    assert done.json == {name: value for name, value in rehearsed.json.items() if name != "rehearsed"}
    assert told(done, expected) == expected
    (line,) = office.official("lanh-dao").get(f"/cases/{number}/overrides").json["items"]
    assert (line["actor"], line["body"]["input"]["reason"]) == ("lanh-dao", WHY["reason"])
    assert office.official("kiem-toan").get(f"/cases/{number}/replay?limit=100").json["holds"] is True


@pytest.mark.parametrize(("act", "said", "expected"), ON_CASE)
def test_act_on_a_case_is_rehearsed_without_a_trace_and_then_done(office, act, said, expected):
    number = until(office, "verify")
    before = office.everything()
    rehearsed = act_on_case(office, number, act, {**WHY, **said}, "?rehearse=true")
    assert rehearsed.status_code == 200, rehearsed.get_data(as_text=True)
    assert office.everything() == before
    done = act_on_case(office, number, act, {**WHY, **said})
    assert told(done, expected) == expected == told(rehearsed, expected)
    assert office.official("kiem-toan").get(f"/cases/{number}/verification").json["holds"] is True


def test_rehearsal_needs_no_key_and_the_act_does(office):
    number = until(office, "classify")
    caller, path = office.official("lanh-dao"), f"/cases/{number}/overrides/suspend"
    suspend = {**WHY, "ground": "heir_unknown", "review_on": "2026-07-01"}
    assert caller.post(f"{path}?rehearse=true", suspend, key=None).status_code == 200
    assert_problem(caller.post(path, suspend, key=None), 400, "key_missing")


@pytest.mark.parametrize(
    "query", ["?rehaerse=true", "?rehearse=perhaps", "?rehearse=true&rehearse=false", "?dry_run=1"]
)
def test_misspelt_rehearsal_does_not_act(sqlite_office, query):
    number = until(sqlite_office, "classify")
    before = sqlite_office.everything()
    suspend = {**WHY, "ground": "heir_unknown", "review_on": "2026-07-01"}
    assert_problem(act_on_case(sqlite_office, number, "suspend", suspend, query), 422, "input_invalid")
    assert sqlite_office.everything() == before


def test_suspended_case_is_resumed(office):
    number = until(office, "classify")
    assert (
        act_on_case(office, number, "suspend", {**WHY, "ground": "heir_unknown", "review_on": "2026-07-01"}).status_code
        == 200
    )
    token = office.work(number, "classify")["token"]
    refused = office.official("tiep-nhan").post(f"/cases/{number}/work-items/{token}/complete", STEPS["classify"])
    assert_problem(refused, 409, "case_suspended")
    assert act_on_case(office, number, "resume", WHY).json["status"] == "open"
    office.complete(number, "classify", STEPS["classify"])


def test_work_done_in_anothers_place_names_the_place_of_a_wrong_field(office):
    number = until(office, "classify")
    wrong_act = act_on_work(
        office, number, "classify", "complete-for", {"act": {**WHY, "reason": "vội"}, "values": STEPS["classify"]}
    )
    assert list(assert_problem(wrong_act, 422, "form_invalid")["fields"]) == ["act.reason"]
    wrong_values = act_on_work(
        office, number, "classify", "complete-for", {"act": WHY, "values": {**STEPS["classify"], "own_remit": "?"}}
    )
    assert list(assert_problem(wrong_values, 422, "form_invalid")["fields"]) == ["values.own_remit"]
    done = act_on_work(office, number, "classify", "complete-for", {"act": WHY, "values": STEPS["classify"]})
    assert done.status_code == 200
    assert "decide" in done.json["after"]


def test_the_laws_limit_holds_for_supervisors_too(office):
    number = until(office, "verify")
    extend = {**WHY, "deadline": "explain", "days": 15}
    assert act_on_case(office, number, "extend", extend).status_code == 200
    assert act_on_case(office, number, "extend", extend).status_code == 409
    too_long = assert_problem(act_on_case(office, number, "extend", {**extend, "days": 16}), 422, "form_invalid")
    assert list(too_long["fields"]) == ["days"]
    assert_problem(act_on_case(office, number, "change-due-date", {
        **WHY, "deadline": "explain", "due_on": "2026-12-01", "document": {"number": "1/QĐ", "date": "2026-06-01"},
    }), 409, "date_is_the_laws")  # fmt: skip


@pytest.mark.parametrize("missing", ["reason", "legal_basis"])
def test_act_without_reason_or_legal_basis_is_refused(sqlite_office, missing):
    number = until(sqlite_office, "classify")
    entry = {name: value for name, value in {**WHY, "to_element": "decide"}.items() if name != missing}
    body = assert_problem(act_on_work(sqlite_office, number, "classify", "move", entry), 422, "form_invalid")
    assert list(body["fields"]) == [missing]


def test_nobody_overrides_their_own_act(office):
    number = office.public().post("/requests", {**FILING, "agency": "ubnd-xa"}).json["case"]
    receiver = office.official("xa-lanh-dao")
    (work,) = receiver.get("/work-items").json["items"]
    assert receiver.post(f"/cases/{number}/work-items/{work['token']}/claim").status_code == 200
    answer = act_on_work(office, number, "classify", "skip", WHY, who="xa-lanh-dao")
    assert_problem(answer, 403, "own_act")


@pytest.mark.parametrize("who", ["tran-thi-lan", "kiem-toan", "thanh-tra"])
def test_only_supervisors_override(office, who):
    number = until(office, "classify")
    assert_problem(act_on_work(office, number, "classify", "skip", WHY, "?rehearse=true", who), 403, "not_supervisor")
