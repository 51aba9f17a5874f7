"""Whole cases through the doors, from filing to the archive."""

from datetime import timedelta

from engine.commands import timers
from tests.integration.api.conftest import FILING, WARD, assert_problem, example


def play(office, name, number, code):
    """The steps of an example, each by the one whose work it is."""
    for step in example(name)["steps"]:
        if "message" in step:
            body = {"number": number, "code": code, "message": step["message"], "data": step["data"]}
            answer = office.public().post("/requests/messages", body)
            assert answer.status_code == 200, answer.get_data(as_text=True)
        else:
            office.complete(number, step["element"], step["data"], step.get("instance"))


def filed_as_in(office, name):
    start = {k: v for k, v in example(name)["start"].items() if k not in {"channel", "received_at", "incoming_number"}}
    answer = office.public().post("/requests", {**start, "agency": WARD})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.json


def test_request_is_filed_decided_answered_published_and_archived(office):
    receipt = filed_as_in(office, "answered")
    assert receipt["case"] == "YCGT-UBND-PHUONG-2026-000001"
    assert receipt["answer_to_acceptance_by"] == "2026-06-08"

    play(office, "answered", receipt["case"], receipt["code"])

    file = office.file_of(receipt["case"])
    assert (file["case"]["status"], file["case"]["outcome"]) == ("completed", "answered")
    assert {d["name"]: d["status"] for d in file["deadlines"]}["explain"] == "met"
    tracked = office.public().post("/requests/track", {"number": receipt["case"], "code": receipt["code"]}).json
    assert (tracked["status"], tracked["outcome"], tracked["may_send"]) == ("completed", "answered", [])
    assert tracked["answer"]["dispatch"]["proof"] == "Bưu gửi RB123456789VN"


def test_requester_withdraws_a_part_and_then_all(office):
    receipt = filed_as_in(office, "withdrawn")
    play(office, "withdrawn", receipt["case"], receipt["code"])
    assert office.file_of(receipt["case"])["case"]["outcome"] == example("withdrawn")["outcome"]


def test_requester_supplements_and_is_refused(office):
    receipt = filed_as_in(office, "supplemented_and_refused")
    play(office, "supplemented_and_refused", receipt["case"], receipt["code"])
    file = office.file_of(receipt["case"])
    assert file["case"]["outcome"] == example("supplemented_and_refused")["outcome"]
    assert office.official("kiem-toan").get(f"/cases/{receipt['case']}/replay").json["holds"] is True


def test_tracking_tells_where_it_stands_by_when_and_why(office):
    receipt = office.filed()
    tracked = office.public().post("/requests/track", {"number": receipt["case"], "code": receipt["code"].lower()})
    assert tracked.status_code == 200
    assert tracked.json["steps"] == ["Kiểm tra điều kiện, phân loại"]
    assert tracked.json["agency_name"] == f"Cơ quan {WARD}"
    (deadline,) = tracked.json["deadlines"]
    assert (deadline["name"], deadline["due_on"]) == ("accept_or_refuse", "2026-06-08")
    assert any("Đ11" in line["law"] for line in deadline["lines"])
    assert {m["message"] for m in tracked.json["may_send"]} == {"withdrawn", "partly_withdrawn"}
    assert tracked.json["may_send"][0]["form"].startswith("/api/v1/forms/message.")


def test_wrong_number_and_wrong_code_are_told_apart_by_nobody(office):
    receipt = office.filed()
    wrong_code = {"number": receipt["case"], "code": "0000-0000-0000-0000-0000-0000"}
    wrong_number = {"number": "YCGT-UBND-PHUONG-2026-999999", "code": receipt["code"]}
    answers = [office.public().post("/requests/track", body) for body in (wrong_code, wrong_number)]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    sent = [
        office.public().post("/requests/messages", {**b, "message": "withdrawn", "data": {}})
        for b in (wrong_code, wrong_number)
    ]
    assert sent[0].data == sent[1].data
    assert_problem(sent[0], 404, "no_such_request")


def test_code_renewed_at_the_counter_replaces_the_old_one(office):
    receipt = office.filed()
    renewed = office.official("tiep-nhan").post(f"/cases/{receipt['case']}/tracking-code")
    assert renewed.status_code == 201
    track = office.public().post
    assert track("/requests/track", {"number": receipt["case"], "code": renewed.json["code"]}).status_code == 200
    assert track("/requests/track", {"number": receipt["case"], "code": receipt["code"]}).status_code == 404
    assert_problem(office.official("van-thu").post(f"/cases/{receipt['case']}/tracking-code"), 403, "not_receiver")


def test_receiver_registers_what_came_on_paper_and_the_public_may_not(office):
    on_paper = {**FILING, "channel": "post", "received_at": "2026-05-29T16:00:00+07:00", "incoming_number": "214"}
    assert_problem(office.public().post("/requests", on_paper), 403, "not_receiver")
    registered = office.official("tiep-nhan").post("/requests", on_paper)
    assert registered.status_code == 201
    assert registered.json["answer_to_acceptance_by"] == "2026-06-05"


def test_claimed_work_is_the_holders_until_released(office):
    number = office.filed()["case"]
    token = office.work(number, "classify")["token"]
    receiver, path = office.official("tiep-nhan"), f"/cases/{number}/work-items/{token}"
    listed = receiver.get("/work-items").json["items"]
    assert [(w["case"], w["token"], w["holder"]) for w in listed] == [(number, token, None)]

    claimed = receiver.post(f"{path}/claim")
    assert claimed.status_code == 200
    assert receiver.get("/work-items?mine=true").json["items"][0]["holder"] == "tiep-nhan"
    assert claimed.headers["ETag"] == f'"{claimed.json["version"]}"'

    assert receiver.post(f"{path}/release").status_code == 200
    assert receiver.get("/work-items?mine=true").json["items"] == []
    assert_problem(receiver.post(f"{path}/release"), 409, "work_item_not_yours")


def test_worklist_names_the_form_of_each_work_item(office):
    office.filed()
    (work,) = office.official("tiep-nhan").get("/work-items").json["items"]
    form = office.public().get(work["form"])
    assert form.status_code == 200
    assert form.json["key"] == "accountability_request.classify"
    assert {"kind_of_matter", "own_remit"} <= {f["name"] for f in form.json["fields"]}


def test_lapse_opens_an_inspection_that_the_province_sees(office):
    number = office.filed()["case"]
    office.clock.advance(timedelta(days=9))
    timers.lapse_all_due(office.database)

    file = office.file_of(number)
    assert {d["name"]: d["status"] for d in file["deadlines"]} == {"accept_or_refuse": "lapsed"}
    (referral,) = [link["case"] for link in file["links"] if link["kind"] == "referral"]
    assert office.official("lanh-dao").get(f"/cases/{referral}").json["case"]["process"] == "inspection"
    assert office.official("xa-lanh-dao").get(f"/cases/{referral}").status_code == 404


def test_message_of_a_participant_reaches_the_case_or_is_refused(office):
    number = office.filed()["case"]
    expected = office.official("tiep-nhan").get(f"/cases/{number}/messages").json["items"]
    assert {m["message"] for m in expected} == {"withdrawn", "partly_withdrawn"}
    answer = office.official("tiep-nhan").post(f"/cases/{number}/messages/withdrawn", {"scope": "whole"})
    assert_problem(answer, 403, "not_your_message")
    answer = office.official("tiep-nhan").post(f"/cases/{number}/messages/unheard_of", {})
    assert_problem(answer, 409, "not_waiting")
