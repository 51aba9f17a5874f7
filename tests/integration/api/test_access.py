"""Who may come in, at every route; and that nothing is open by accident."""

from datetime import date

import pytest
from flask import Flask

from api import access
from engine import commands
from engine.authority import SYSTEM_ACTOR
from engine.commands import people
from tests.integration.api.conftest import NEIGHBOUR, WARD, assert_problem, new_key

# The whole policy of the doors on one page: a new route must be added here, by somebody who has thought about it.
POLICY = {
    "public": {
        "GET /definitions", "GET /definitions/{process}", "GET /forms", "GET /forms/{key}", "GET /health/live", "GET /health/ready",
        "GET /law/calendar/{day}", "GET /law/parameters", "GET /openapi.json", "GET /organisations", "POST /requests",
    },
    "requester_code": {"POST /requests/messages", "POST /requests/track"},
    "participant": {
        "GET /cases", "GET /cases/{number}", "GET /cases/{number}/deadlines",
        "GET /cases/{number}/deadlines/{deadline}", "GET /cases/{number}/history",
        "GET /cases/{number}/messages", "GET /cases/{number}/overrides", "GET /cases/{number}/replay",
        "GET /cases/{number}/verification", "GET /me", "GET /plans", "GET /work-items",
        "POST /cases/{number}/messages/{message}", "POST /cases/{number}/overrides/cancel",
        "POST /cases/{number}/overrides/change-due-date", "POST /cases/{number}/overrides/extend",
        "POST /cases/{number}/overrides/resume", "POST /cases/{number}/overrides/suspend",
        "POST /cases/{number}/tracking-code",
        *(f"POST /cases/{{number}}/work-items/{{token}}/{act}" for act in ("claim", "complete", "release")),
        *(
            f"POST /cases/{{number}}/work-items/{{token}}/overrides/{act}"
            for act in ("complete-for", "move", "reassign", "return", "skip")
        ),
    },
    "role: administrator": {
        "POST /cases/{number}/erasure", "POST /definitions", "POST /law/calendar", "POST /law/parameters", "POST /organisations",
        "POST /participants", "POST /participants/{participant}/roles", "POST /participants/{participant}/tokens",
        "POST /participants/{participant}/tokens/revocation",
    },
    "role: auditor": {"POST /audit/verify"},
    "role: administrator, plan_owner": {"POST /plans"},
    "role: administrator, plan_monitor, plan_owner": {"POST /documents"},
}  # fmt: skip
ADDRESS = {"process": "plan_task", "key": "override.move", "day": "2026-06-01", "token": "8", "message": "withdrawn", "participant": "van-thu",
           "deadline": "explain"}  # fmt: skip


def routes(app: Flask):
    """(method, address as OpenAPI writes it, what its view declares) of every route that a call can reach."""
    for rule in app.url_map.iter_rules():
        parts = {name: f"{{{name}}}" for name in rule.arguments}
        address = "".join(parts.get(part, part) for _is_dynamic, part in rule._trace).removeprefix("|/api/v1")
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            yield method, address, access.declared(app.view_functions[rule.endpoint])


def test_every_route_declares_who_may_come_in_as_the_policy_says(app):
    found: dict[str, set[str]] = {}
    for method, address, declared in routes(app):
        assert declared is not None, f"{method} {address}"
        found.setdefault(str(declared), set()).add(f"{method} {address}")
    assert found == POLICY


def test_application_with_an_undeclared_route_does_not_start():
    app = Flask("open", static_folder=None)
    app.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(access.AccessUndeclared) as refusal:
        access.protect(app)
    assert refusal.value.endpoints == ["open"]


def test_static_files_would_be_an_undeclared_route():
    with pytest.raises(access.AccessUndeclared):
        access.protect(Flask("with_static_files", static_folder="."))


def test_route_added_after_the_start_is_closed_to_everybody():
    app = Flask("late", static_folder=None)
    access.protect(app)
    app.add_url_rule("/late", "late", lambda: "open")
    app.register_error_handler(access.Forbidden, lambda refusal: (refusal.code, 403))
    assert app.test_client().get("/late").data == b"not_declared"


def calls(app: Flask, levels=("participant", "role")):
    for method, address, declared in routes(app):
        if declared.level in levels:
            yield method, address, declared


def test_nobody_comes_in_without_a_token_that_works(office):
    number = office.filed()["case"]
    for method, address, _declared in calls(office.app):
        path = "/api/v1" + address.format(number=number, **ADDRESS)
        without = office.app.test_client().open(path, method=method)
        assert_problem(without, 401, "token_missing")
        assert without.headers["WWW-Authenticate"].startswith("Bearer")
        for shown in ("Bearer wrong-wrong-wrong-wrong", "Basic dGVzdDp0ZXN0", "Bearer", "Bearer a b", ""):
            refused = office.app.test_client().open(path, method=method, headers={"Authorization": shown})
            assert_problem(refused, 401, "token_refused")


def test_public_route_refuses_a_token_that_does_not_work(office):
    answer = office.public(Authorization="Bearer wrong-wrong-wrong-wrong").get("/forms")
    assert_problem(answer, 401, "token_refused")


def test_role_is_needed_where_the_route_says_so(office):
    for method, address, declared in calls(office.app, ["role"]):
        path = "/api/v1" + address.format(number="X", **ADDRESS)
        for who in ("tiep-nhan", "lanh-dao", "xa-lanh-dao"):
            answer = office.official(who)._call(method, path, headers={"Idempotency-Key": new_key()})
            assert_problem(answer, 403, "role_needed")
        assert declared.roles


def test_case_does_not_exist_for_another_agency(office):
    number = office.filed()["case"]
    token = office.work(number, "classify")["token"]
    before = office.everything()
    for method, address, _declared in calls(office.app, ["participant"]):
        if "{number}" not in address:
            continue
        known = "/api/v1" + address.format(**{**ADDRESS, "number": number, "token": token})
        unknown = "/api/v1" + address.format(**{**ADDRESS, "number": "YCGT-UBND-PHUONG-2026-999999", "token": token})
        for who in ("xa-lanh-dao", "quan-tri"):  # a supervisor elsewhere; an administrator, who sees no case
            caller = office.official(who)
            body = {"json": {}} if method == "POST" else {}
            answers = [
                caller._call(method, path, headers={"Idempotency-Key": new_key()}, **body) for path in (known, unknown)
            ]
            assert_problem(answers[0], 404, "no_such_case")
            texts = [answer.get_data(as_text=True) for answer in answers]
            assert texts[0].replace(number, "?") == texts[1].replace("YCGT-UBND-PHUONG-2026-999999", "?")
    assert office.everything() == before


def test_case_of_another_agency_is_in_no_list(office):
    office.filed()
    for who in ("xa-lanh-dao", "quan-tri"):
        for path in ("/cases", "/work-items", f"/cases?agency={WARD}"):
            assert office.official(who).get(path).json == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("van-thu", 403, "not_your_work"),  # same agency, another role
        ("lanh-dao", 403, "not_your_work"),  # sees the case, has not the role
        ("kiem-toan", 403, "not_your_work"),  # reads everything, changes nothing
        ("xa-lanh-dao", 404, "no_such_case"),  # same role, another agency
        ("tiep-nhan", 422, "form_invalid"),  # may, but said nothing
    ],
)
def test_only_the_role_of_the_agency_does_the_work(office, who, status, code):
    number = office.filed()["case"]
    token = office.work(number, "classify")["token"]
    assert_problem(office.official(who).post(f"/cases/{number}/work-items/{token}/complete", {}), status, code)


def test_refused_act_of_somebody_who_sees_the_case_leaves_a_line_in_its_trail(office):
    number = office.filed()["case"]
    act = {"reason": "Cần chuyển bước để xử lý nhanh.", "legal_basis": "Quy chế", "to_element": "decide"}
    token = office.work(number, "classify")["token"]
    assert_problem(
        office.official("van-thu").post(f"/cases/{number}/work-items/{token}/overrides/move", act),
        403,
        "not_supervisor",
    )
    last = office.official("lanh-dao").get(f"/cases/{number}/history").json["items"][-1]
    assert (last["type"], last["actor"], last["body"]["refusal"]["code"]) == (
        "command_refused",
        "van-thu",
        "not_supervisor",
    )


def test_auditor_reads_the_history_and_no_identity(office):
    number = office.filed()["case"]
    seen = {
        who: office.official(who).get(f"/cases/{number}").json["variables"]["start"]["full_name"]
        for who in ("kiem-toan", "tiep-nhan")
    }
    assert seen == {"kiem-toan": "[đã ẩn]", "tiep-nhan": "Nguyễn Văn Minh"}
    history = office.official("tiep-nhan").get(f"/cases/{number}/history").get_data(as_text=True)
    assert "Nguyễn Văn Minh" not in history


def test_right_taken_away_is_gone_with_the_next_call(office):
    receiver, administrator = office.official("tiep-nhan"), office.official("quan-tri")
    assert receiver.get("/me").json["roles"] == [{"role": "receiver", "agency": WARD}]
    assert administrator.post("/participants/tiep-nhan/tokens/revocation").json == {
        "participant": "tiep-nhan",
        "revoked": 1,
    }
    assert_problem(receiver.get("/me"), 401, "token_refused")

    clerk = office.official("van-thu")
    inactive = {"id": "van-thu", "name": "van-thu", "agency": WARD, "active": False}
    assert administrator.post("/participants", inactive).status_code == 201
    assert_problem(clerk.get("/me"), 401, "token_refused")


def test_role_of_tomorrow_is_none_today(office):
    def assign(tx):
        return people.assign_role(tx, "van-thu", "head", NEIGHBOUR, date(2026, 6, 2))

    commands.perform(office.database, SYSTEM_ACTOR, "assign_role", assign)
    assert office.official("van-thu").get("/me").json["roles"] == [{"role": "clerk", "agency": WARD}]


def test_requester_routes_act_as_the_requester_whoever_sends_a_token(office):
    receipt = office.filed()
    body = {"number": receipt["case"], "code": receipt["code"], "message": "withdrawn", "data": {"scope": "whole"}}
    assert office.official("tiep-nhan").post("/requests/messages", body).status_code == 200
    last = office.official("lanh-dao").get(f"/cases/{receipt['case']}/history").json["items"][-1]
    assert (last["type"], last["actor"]) == ("message_delivered", "requester")
