"""Accountability requests from the filing to the archive: every way through the diagram, every clock of Decree 59/2019.

Due dates are written out as counted by hand on the calendar of 2026: the day of the event does not count, working days leave out weekends
and the notified days off, and a last day off moves to the next working day (Civil Code art. 147, 148).
"""

from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import event as sqlalchemy_event

from engine.commands import timers
from engine.errors import Refusal
from tests.scenario import CULTURE, FRONT, SERVICES, acceptance, refused

# What the receiver finds, the code that the table proposes, the article it names.
REFUSALS = {
    "R1": ({"requester_capable": False}, "NĐ 59/2019 Đ4 k1, Đ5 k1"),
    "R2": ({"directly_affected": False}, "NĐ 59/2019 Đ4 k2, Đ5 k1"),
    "R3": ({"secret_content": "whole"}, "NĐ 59/2019 Đ5 k2, Đ6 k1"),
    "R4": ({"internal_direction": True}, "NĐ 59/2019 Đ6 k2"),
    "R5": ({"already_explained": "same_requester", "earlier_case": "Công văn 12/UBND"}, "NĐ 59/2019 Đ5 k2"),
    "R6": ({"settled_elsewhere": True, "settling_body": "Thanh tra tỉnh"}, "NĐ 59/2019 Đ5 k2"),
    "R7": ({"misconduct": True}, "NĐ 59/2019 Đ5 k3"),
    "R8": ({"representation": "unproven"}, "NĐ 59/2019 Đ5 k4"),
}
GUIDES = {
    "G1": ({"own_remit": False, "competent_agency": "Ủy ban nhân dân tỉnh Quảng Trị"}, "NĐ 59/2019 Đ11 k1"),
    "G3": ({"already_explained": "other_requester", "earlier_case": "Công văn 12/UBND"}, "NĐ 59/2019 Đ11 k3"),
}
REROUTES = {
    "X1": ("complaint", "Luật 02/2011 Đ2 k1; Luật 42/2013 Đ26"),
    "X2": ("denunciation", "Luật 25/2018 Đ24"),
    "X3": ("feedback", "NĐ 20/2008 Đ9 k1 điểm d"),
    "X4": ("information_request", "Luật 104/2016 Đ24"),
}


@contextmanager
def counted_commits(database):
    """A list that grows with every transaction of the database that is committed inside."""
    commits = []

    def count(connection):
        commits.append(connection)

    sqlalchemy_event.listen(database.engine, "commit", count)
    yield commits
    sqlalchemy_event.remove(database.engine, "commit", count)


# --- accepted and explained -------------------------------------------------------------------------------------------


@acceptance
def test_an_accepted_request_is_explained_sent_published_closed_and_archived(scenario):
    """DN III.2.e: received, by the right body, in time, answered in writing, archived and published."""
    receipt = scenario.a_request_is_filed("2026-06-01")
    assert (receipt["agency"], receipt["answer_to_acceptance_by"]) == ("ndh-ubnd", "2026-06-08")
    assert scenario.case == "YCGT-NDH-UBND-2026-000001"
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-16")
    scenario.it_is("2026-06-19")
    scenario.the_publisher_publishes()
    scenario.it_is("2026-06-24")
    scenario.the_file_is_closed()
    scenario.it_is("2027-03-10")
    scenario.the_file_is_archived()
    scenario.the_request_is("completed", "answered")
    assert scenario.deadlines == {
        "accept_or_refuse": ("2026-06-08", "met"),
        "explain": ("2026-06-18", "met"),
        "publish": ("2026-06-23", "met"),
        "close": ("2026-06-26", "met"),
        "archive": ("2027-06-24", "met"),
    }
    assert scenario.referrals == []


@acceptance
def test_the_receiver_registers_what_was_handed_in_on_paper_on_the_day_it_came(scenario):
    """Decree 59/2019 art. 10(3): in person; the clock runs from the receipt, not from the entry in the books."""
    scenario.it_is("2026-06-02")
    receipt = scenario.a_request_is_handed_in("2026-06-01T15:40:00+07:00")
    assert receipt["answer_to_acceptance_by"] == "2026-06-08"
    assert scenario.open == ["classify"]


@acceptance
def test_the_requester_follows_the_case_with_number_and_secret_code(scenario):
    """DN II.7.b, NDH II.6.b: where it is, by what date, and what may be sent; a wrong code tells nothing."""
    receipt = scenario.a_request_is_filed("2026-06-01")
    seen = scenario.tracking(receipt["code"])
    assert (seen.status, seen.steps, seen.notice) == ("open", ("Kiểm tra điều kiện, phân loại",), None)
    assert [(clock.name, clock.due_on) for clock in seen.deadlines] == [("accept_or_refuse", "2026-06-08")]
    assert sorted(entry["message"] for entry in seen.may_send) == ["partly_withdrawn", "withdrawn"]
    with refused("no_such_request"):
        scenario.tracking(f"{'A' if receipt['code'][0] != 'A' else 'B'}{receipt['code'][1:]}")


@acceptance
def test_the_requester_reads_the_explanation_that_was_sent(scenario):
    """Decree 59/2019 art. 8(1)c: receives the written explanation; DN II.7.b on the portal."""
    receipt = scenario.a_request_is_filed("2026-06-01", answer_channel="portal")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-16")
    answer = scenario.tracking(receipt["code"]).answer
    assert answer["explanation_draft"]["on_legal_basis"].startswith("Quyết định căn cứ Luật Đất đai")


@pytest.mark.parametrize("body", ["ndh-nhan-dan", "dn-bao-chi", "dn-so-ban-nganh"])
@acceptance
def test_only_a_body_that_can_answer_is_asked(scenario, body):
    """Decree 59/2019 art. 3, 7(2): not the people, the press or a class of bodies; nobody there could receive the request."""
    scenario.it_is("2026-06-01")
    with suppress(Refusal):
        scenario.a_request_is_filed(agency=body)
    assert scenario.case == ""


@acceptance
def test_nobody_is_received_in_the_future_and_only_receivers_set_the_receipt(scenario):
    """Decree 30/2020 art. 22: the moment of receipt is the receiver's to enter."""
    with refused("received_in_future"):
        scenario.a_request_is_handed_in("2026-06-01T15:40:00+07:00")
    with refused("not_receiver"):
        scenario.a_request_is_filed(received_at="2025-11-28T09:00:00+07:00")


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        ("2026-06-01", "2026-06-08"),  # Monday to Monday, one weekend
        ("2026-02-11", "2026-02-25"),  # across Tết, 16 to 20 February
        ("2026-01-09", "2026-01-15"),  # Saturday 10 January is worked
        ("2026-04-24", "2026-05-06"),  # 27 April, 30 April and 1 May are off
        ("2026-08-26", "2026-09-07"),  # 31 August to 2 September are off
        ("2026-08-20", "2026-08-26"),  # Saturday 22 August is worked
    ],
)
@acceptance
def test_the_notice_is_due_within_five_working_days_of_the_receipt(scenario, filed, due):
    """Decree 59/2019 art. 11(4)."""
    scenario.a_request_is_filed(filed, hour="23:30")
    assert scenario.deadline("accept_or_refuse") == (due, "running")


@pytest.mark.parametrize(
    ("notice", "due"),
    [
        ("2026-06-03", "2026-06-18"),
        ("2026-02-02", "2026-02-23"),  # 17 February lies in Tết
        ("2026-08-07", "2026-08-22"),  # a Saturday that is worked stays
        ("2026-08-17", "2026-09-03"),  # 1 September is off
        ("2026-04-15", "2026-05-04"),  # 30 April and 1 May, then a weekend
    ],
)
@acceptance
def test_the_explanation_is_due_fifteen_days_after_the_notice_of_acceptance(scenario, notice, due):
    """Decree 59/2019 art. 13: calendar days; a last day off moves on (Civil Code art. 148(5))."""
    scenario.a_request_is_filed(notice, hour="07:30")
    scenario.the_request_is_accepted_on(notice)
    assert scenario.deadline("explain") == (due, "running")


@acceptance
def test_without_cooperating_units_the_handler_starts_at_once(scenario):
    """Decree 30/2020 art. 23(2): units cooperate where the head names some."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns()
    assert scenario.open == ["verify"]
    assert scenario.work("verify").holder == "hoang-van-binh"


@acceptance
def test_one_cooperating_unit_contributes_before_the_handler_verifies(scenario):
    """Decree 30/2020 art. 23(2)."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns(CULTURE)
    assert (scenario.open, scenario.worklist("ndh-phong-vhxh.officer")) == (
        ["contribute"],
        [(scenario.case, "contribute")],
    )
    scenario.the_unit_contributes(CULTURE, "nothing_to_add")
    assert scenario.open == ["verify"]


@pytest.mark.parametrize("order", [(CULTURE, SERVICES, FRONT), (FRONT, SERVICES, CULTURE), (SERVICES, FRONT, CULTURE)])
@acceptance
def test_three_units_contribute_in_any_order_and_are_kept_in_the_order_of_the_assignment(scenario, order):
    """Decree 30/2020 art. 23(2): the lead waits for all, whoever is first."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns(CULTURE, SERVICES, FRONT)
    outcomes = dict(zip(order, ["contributed", "nothing_to_add", "not_competent"], strict=True))
    for waiting, (unit, outcome) in zip((3, 2, 1), outcomes.items(), strict=True):
        assert scenario.open == ["contribute"] * waiting
        scenario.days_pass(1)
        scenario.the_unit_contributes(unit, outcome)
    assert scenario.open == ["verify"]
    kept = [(row["instance"], row["outcome"]) for row in scenario.variables["contributions"]]
    assert kept == [(unit, outcomes[unit]) for unit in (CULTURE, SERVICES, FRONT)]


@acceptance
def test_the_person_whose_act_is_questioned_neither_leads_nor_signs_alone(scenario):
    """Law 36/2018 art. 15(1); conflict of interest [D]."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    with refused("form_invalid") as seen:
        scenario.the_head_assigns(lead="pham-van-dung", questioned=["pham-van-dung"])
    assert list(seen.value.fields) == ["lead_handler"]
    scenario.the_head_assigns(lead="pham-van-dung", questioned=["pham-van-dung"], other_handlers=["hoang-van-binh"])
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    with refused("form_invalid") as seen:
        scenario.the_head_signs(signer="pham-van-dung", questioned=["pham-van-dung"])
    assert list(seen.value.fields) == ["signer"]
    assert scenario.open == ["approve"]


@pytest.mark.parametrize("named", ["khong-co-ai", "le-thi-hoa"], ids=["nobody", "somebody who is no handler"])
@acceptance
def test_work_is_given_only_to_somebody_who_can_do_it(scenario, named):
    """Decree 59/2019 art. 7(2): a person or unit is assigned; a slip of the pen must not leave the case with nobody."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    with suppress(Refusal):
        scenario.the_head_assigns(lead=named)
    assert scenario.open == ["assign"]


@acceptance
def test_only_units_that_exist_are_asked_to_cooperate(scenario):
    """Decree 30/2020 art. 23(2)."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    with suppress(Refusal):
        scenario.the_head_assigns("khong-co-don-vi-nay")
    assert scenario.open == ["assign"]


@acceptance
def test_a_meeting_with_the_requester_leaves_signed_minutes(scenario):
    """Decree 59/2019 art. 12(2)b; DN III.2.f encourages meetings."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns()
    with refused("form_invalid") as seen:
        scenario.the_handler_verifies(meeting_held=True)
    assert list(seen.value.fields) == ["meetings"]
    minutes = {
        "held_at": "2026-06-09T14:00:00+07:00",
        "place": "Trụ sở UBND phường",
        "attendants": "Người yêu cầu; ông Hoàng Văn Bình",
        "content": "Người yêu cầu trình bày việc không nhận được thông báo.",
        "signed_by": "fingerprint",
    }
    scenario.the_handler_verifies(meeting_held=True, meetings=[minutes])
    assert scenario.open == ["draft"]


@acceptance
def test_a_promise_without_a_day_or_an_event_is_not_accepted(scenario):
    """DN II.6.d, NDH II.5.c: commitments are followed up, so each has a date or an event."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns()
    scenario.the_handler_verifies()
    promise = {"promise": "Sẽ rà soát lại lối đi chung.", "owner": SERVICES, "measure": "Có biên bản rà soát."}
    with refused("form_invalid") as seen:
        scenario.the_handler_drafts(commitments=[promise])
    assert all(name.startswith("commitments.0") for name in seen.value.fields)
    scenario.the_handler_drafts(commitments=[{**promise, "due_event": "Khi có kết quả đo đạc"}])
    assert scenario.open == ["approve"]


@acceptance
def test_the_head_returns_a_draft_and_the_clock_runs_on(scenario):
    """Decree 59/2019 art. 12(2)c."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns()
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    scenario.the_head_returns_for("redraft")
    assert scenario.open == ["draft"]
    scenario.the_handler_drafts(on_procedure="Thông báo đã niêm yết theo Điều 85 Luật Đất đai.")
    scenario.the_head_signs()
    assert (scenario.open, scenario.deadline("explain")) == (["send"], ("2026-06-18", "running"))


@acceptance
def test_the_head_sends_the_matter_back_to_verification(scenario):
    """Decree 59/2019 art. 12(2)a, c."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns()
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    scenario.the_head_returns_for("reverify")
    assert scenario.open == ["verify"]
    scenario.the_handler_verifies(findings="Đã làm việc với cán bộ niêm yết: có biên bản.")
    scenario.the_handler_drafts()
    assert scenario.open == ["approve"]


# --- refused, guided, rerouted ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", REFUSALS)
@acceptance
def test_a_request_is_refused_with_a_code_of_the_closed_list_and_a_written_reason(scenario, code):
    """Decree 59/2019 art. 5 and 11(4): the table proposes the code and its article, the head decides."""
    findings, article = REFUSALS[code]
    scenario.a_request_is_filed("2026-06-01")
    proposal = scenario.the_receiver_classifies(**findings)
    assert proposal == {"route": "refuse", "reason_code": code, "article": article}
    scenario.the_head_refuses(code)
    scenario.the_notice_is_issued_on("2026-06-05")
    assert (scenario.open, scenario.deadlines) == (
        ["close_file"],
        {"accept_or_refuse": ("2026-06-08", "met"), "close": ("2026-06-12", "running")},
    )
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "refused")


@acceptance
def test_no_refusal_without_a_code_and_a_reason(scenario):
    """Decree 59/2019 art. 11(4): accepting or refusing, with reasons; the list of codes is closed [D]."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies(directly_affected=False)
    with refused("form_invalid") as seen:
        scenario.the_head_decides("refuse", reason="")
    assert sorted(seen.value.fields) == ["reason", "reason_code"]
    with refused("form_invalid") as seen:
        scenario.the_head_refuses("X1")
    assert list(seen.value.fields) == ["reason_code"]
    assert scenario.open == ["decide"]


@pytest.mark.parametrize("code", ["R5", "R6"])
@acceptance
def test_good_reason_opens_what_was_explained_or_taken_up_elsewhere(scenario, code):
    """Decree 59/2019 art. 5(2): unless the requester has good reason."""
    findings, _article = REFUSALS[code]
    scenario.a_request_is_filed("2026-06-01")
    proposal = scenario.the_receiver_classifies(**findings, good_reason=True, good_reason_note="Có tài liệu mới.")
    assert (proposal["route"], proposal["reason_code"]) == ("accept", None)


@acceptance
def test_what_is_secret_in_part_is_accepted_for_the_rest(scenario):
    """Decree 59/2019 art. 6(1); explaining the rest [D]."""
    scenario.a_request_is_filed("2026-06-01")
    proposal = scenario.the_receiver_classifies(secret_content="part")
    assert proposal == {"route": "accept", "reason_code": "R3", "article": "NĐ 59/2019 Đ6 k1"}
    scenario.the_head_accepts(reason_code="R3")
    scenario.the_notice_is_issued()
    assert scenario.open == ["assign"]


@pytest.mark.parametrize("code", GUIDES)
@acceptance
def test_a_requester_is_guided(scenario, code):
    """Decree 59/2019 art. 11(1): to the competent agency; art. 11(3): with a copy of the explanation given to another."""
    findings, article = GUIDES[code]
    scenario.a_request_is_filed("2026-06-01")
    assert scenario.the_receiver_classifies(**findings) == {"route": "guide", "reason_code": code, "article": article}
    scenario.the_head_guides(code)
    scenario.the_notice_is_issued_on("2026-06-02")
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "guided")


@pytest.mark.parametrize("code", REROUTES)
@acceptance
def test_what_is_in_substance_something_else_is_rerouted(scenario, code):
    """Decree 59/2019 art. 11(4) and the law of the other procedure: complaint, denunciation, feedback, information request."""
    matter, article = REROUTES[code]
    scenario.a_request_is_filed("2026-06-01")
    proposal = scenario.the_receiver_classifies(kind_of_matter=matter)
    assert proposal == {"route": "reroute", "reason_code": code, "article": article}
    scenario.the_head_reroutes(code)
    scenario.the_notice_is_issued_on("2026-06-02")
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "rerouted")


@acceptance
def test_the_head_may_deviate_from_the_proposal_and_says_why(scenario):
    """Decree 59/2019 art. 11: the table proposes, the head decides; both stay in the history."""
    scenario.a_request_is_filed("2026-06-01")
    assert scenario.the_receiver_classifies(directly_affected=False)["reason_code"] == "R2"
    with refused("form_invalid") as seen:
        scenario.the_head_accepts(follows_proposal=False)
    assert list(seen.value.fields) == ["deviation_reason"]
    scenario.the_head_accepts(follows_proposal=False, deviation_reason="Quyết định chắn lối đi duy nhất của hộ.")
    scenario.the_notice_is_issued_on("2026-06-03")
    assert scenario.open == ["assign"]
    made = [decision for line in scenario.trail("work_item_completed") for decision in line["decisions"]]
    assert [(decision["table"], decision["outputs"]["reason_code"]) for decision in made] == [("admissibility", "R2")]
    assert scenario.variables["decision"]["deviation_reason"] == "Quyết định chắn lối đi duy nhất của hộ."


# --- supplemented -----------------------------------------------------------------------------------------------------


@acceptance
def test_the_requester_supplements_a_deficient_request_and_it_is_classified_again(scenario):
    """Decree 59/2019 art. 11(2)."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_asks_for_a_supplement()
    assert (scenario.open, scenario.deadline("supplement")) == (["record_supplement"], ("2026-06-15", "running"))
    scenario.it_is("2026-06-03")
    scenario.the_requester_supplements()
    assert (scenario.open, scenario.deadline("supplement")) == (["classify"], ("2026-06-15", "met"))
    assert scenario.the_receiver_classifies()["route"] == "accept"


@acceptance
def test_a_supplement_on_paper_is_recorded_by_the_receiver(scenario):
    """Decree 59/2019 art. 11(2)."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_asks_for_a_supplement()
    scenario.it_is("2026-06-03")
    scenario.the_receiver_records("supplemented")
    assert scenario.open == ["classify"]


@acceptance
def test_each_supplement_has_ten_working_days_of_its_own(scenario):
    """Decree 59/2019 art. 11(2) sets no limit; ten working days from each asking [D]."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_asks_for_a_supplement()
    scenario.it_is("2026-06-03")
    scenario.the_requester_supplements()
    scenario.it_is("2026-06-04")
    scenario.the_receiver_asks_for_a_supplement()
    assert scenario.deadline("supplement", 1) == ("2026-06-15", "met")
    assert scenario.deadline("supplement", 2) == ("2026-06-18", "running")


@acceptance
def test_what_is_not_supplemented_is_closed_by_a_person_after_a_reminder(scenario):
    """Decree 59/2019 art. 11(2): no clock closes the case; the requester is told and may file again."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_asks_for_a_supplement()
    scenario.it_is("2026-06-10")
    assert ("requester", "supplement") in scenario.told  # since 00:00, three working days before the fifteenth
    scenario.it_is("2026-06-16")
    assert scenario.deadline("supplement") == ("2026-06-15", "lapsed")
    assert (scenario.open, scenario.told[-1]) == (["record_supplement"], ("receiver", "supplement"))
    scenario.the_receiver_records("not_supplemented")
    assert (scenario.open, scenario.told[-1]) == (["close_file"], ("requester", "supplement"))
    assert scenario.deadline("close") == ("2026-06-23", "running")
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "not_supplemented")


@acceptance
def test_the_clock_of_the_notice_runs_on_while_the_requester_supplements(scenario):
    """Decree 59/2019 art. 11(4), read strictly: five working days from the receipt; asking for a supplement stops nothing."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_asks_for_a_supplement()
    scenario.it_is("2026-06-09")
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "lapsed")
    assert (scenario.open, len(scenario.referrals)) == (["record_supplement"], 1)


# --- withdrawn --------------------------------------------------------------------------------------------------------


@acceptance
def test_a_request_withdrawn_during_the_intake_is_terminated_by_a_decision(scenario):
    """Decree 59/2019 art. 8(1)b and 14(3)c: withdrawn as a whole; the head decides to terminate."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.it_is("2026-06-02")
    scenario.the_requester_withdraws()
    assert scenario.open == ["terminate"]
    scenario.the_head_terminates()
    assert scenario.deadline("close") == ("2026-06-09", "running")
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "withdrawn")


@acceptance
def test_a_request_withdrawn_during_the_explanation_takes_all_open_work_away(scenario):
    """Decree 59/2019 art. 8(1)b, 14(3)c: no reminder and no lapse follows."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns(CULTURE, SERVICES)
    scenario.the_unit_contributes(CULTURE)
    scenario.it_is("2026-06-09")
    scenario.the_requester_withdraws()
    assert scenario.open == ["terminate"]
    scenario.it_is("2026-07-20")
    assert (scenario.told, scenario.referrals) == ([], [])
    scenario.the_head_terminates()
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "withdrawn")


@pytest.mark.parametrize("notice", [None, "2026-06-03"])
@acceptance
def test_no_clock_runs_against_the_agency_for_what_was_withdrawn(scenario, notice):
    """Decree 59/2019 art. 14(3)c: nothing is owed any more, so nothing may show as overdue."""
    scenario.a_request_is_filed("2026-06-01")
    if notice:
        scenario.the_request_is_accepted_on(notice)
    scenario.the_requester_withdraws()
    assert "running" not in {status for _due, status in scenario.deadlines.values()}


@acceptance
def test_nothing_can_be_withdrawn_once_the_explanation_is_sent(scenario):
    """Decree 59/2019 art. 8(1)b: the explanation is given; publication and archive remain."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-16")
    with refused("not_waiting"):
        scenario.the_requester_withdraws()
    assert scenario.open == ["publish"]


@acceptance
def test_a_part_withdrawn_during_the_intake_is_struck_and_the_intake_goes_on(scenario):
    """Decree 59/2019 art. 8(1)b: the rest goes on, its clock unchanged."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.it_is("2026-06-02")
    scenario.the_requester_withdraws_a_part()
    assert scenario.open == ["classify", "strike_contents"]
    scenario.the_handler_strikes_what_was_withdrawn()
    assert (scenario.open, scenario.deadline("accept_or_refuse")) == (["classify"], ("2026-06-08", "running"))


@acceptance
def test_a_part_withdrawn_during_the_explanation_is_struck_and_the_explanation_goes_on(scenario):
    """Decree 59/2019 art. 8(1)b."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns()
    scenario.the_requester_withdraws_a_part()
    assert scenario.open == ["strike_contents", "verify"]
    scenario.the_handler_strikes_what_was_withdrawn()
    assert (scenario.open, scenario.deadline("explain")) == (["verify"], ("2026-06-18", "running"))


@acceptance
def test_a_requester_may_withdraw_part_after_part(scenario):
    """Decree 59/2019 art. 8(1)b: withdrawing a part does not use the right up."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_requester_withdraws_a_part()
    scenario.the_handler_strikes_what_was_withdrawn()
    scenario.the_requester_withdraws_a_part()
    assert scenario.open == ["classify", "strike_contents"]


@acceptance
def test_a_withdrawal_while_a_part_is_being_struck_leaves_nothing_that_nobody_closes(scenario):
    """Decree 59/2019 art. 8(1)b, 14(3)c: the case ends only when the record of the part is made as well."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_requester_withdraws_a_part()
    scenario.the_requester_withdraws()
    assert scenario.open == ["strike_contents", "terminate"]
    scenario.the_head_terminates()
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("open")
    scenario.the_handler_strikes_what_was_withdrawn()
    scenario.the_request_is("completed", "withdrawn")


# --- the clock of the notice ------------------------------------------------------------------------------------------


@acceptance
def test_on_the_third_working_day_the_receiver_and_the_head_are_reminded(scenario):
    """Decree 59/2019 art. 11(4); the reminder [D]."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.it_is("2026-06-03", "23:59")
    assert scenario.told == []
    scenario.it_is("2026-06-04", "00:00")
    assert scenario.told == [("receiver", "accept_or_refuse"), ("head", "accept_or_refuse")]


@acceptance
def test_the_notice_is_in_time_until_midnight_and_late_from_then_on(scenario):
    """Decree 59/2019 art. 11(4); Civil Code art. 148(6): the period ends at 24:00 of its last day."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.it_is("2026-06-08", "23:59")
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "running")
    scenario.it_is("2026-06-09", "00:00")
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "lapsed")
    assert len(scenario.referrals) == 1


@acceptance
def test_a_lapse_and_the_inspection_that_it_starts_become_true_together(scenario):
    """DN II.5.b, NDH II.4.b: the supervisor holds the matter from the same moment; the duty to answer stays with the ward."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_worker_sleeps_until("2026-06-09")
    with counted_commits(scenario.database) as commits:
        timers.lapse_due(scenario.database)
    assert len(commits) == 1
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "lapsed")
    assert scenario.open == ["classify"]
    lapse = scenario.trail("timer_lapsed")[-1]
    assert [message["name"] for message in lapse["messages"]] == ["deadline_lapsed"]
    [inspection] = scenario.referrals
    assert inspection == "KTTT-QT-UBND-2026-000001"
    assert ("KTTT-QT-UBND-2026-000001", "ask_report") in scenario.worklist("bui-quoc-viet")
    late = scenario.case
    scenario.turn_to(inspection)
    started = scenario.trail("case_started")[0]
    assert started["at"] == lapse["at"]
    referral = started["input"]["variables"]["start"]
    assert (referral["referred_case"], referral["agency"], referral["deadline"]) == (
        late,
        "ndh-ubnd",
        "accept_or_refuse",
    )
    assert referral["trail_length"] == lapse["seq"]


@acceptance
def test_a_lapse_is_found_even_when_no_worker_came_by_in_time(scenario):
    """Decree 59/2019 art. 11(4): whoever acts too late is late, whether or not anybody noticed."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies()
    scenario.the_head_accepts()
    scenario.the_worker_sleeps_until("2026-06-12")
    scenario.the_notice_is_issued()
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "met_late")
    assert len(scenario.referrals) == 1
    assert scenario.told == [
        ("receiver", "accept_or_refuse"),
        ("head", "accept_or_refuse"),
        ("supervisor", "accept_or_refuse"),
        ("requester", "accept_or_refuse"),
    ]


@acceptance
def test_two_working_days_after_the_lapse_the_supervisor_and_the_requester_are_told(scenario):
    """Law 25/2018 art. 38 by analogy; two working days [D]. The lapse is referred once only."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.it_is("2026-06-10", "23:59")
    assert scenario.told[2:] == []
    scenario.it_is("2026-06-11", "00:00")
    assert scenario.told[2:] == [("supervisor", "accept_or_refuse"), ("requester", "accept_or_refuse")]
    assert (scenario.open, len(scenario.referrals)) == (["classify"], 1)


@acceptance
def test_a_late_notice_is_still_given_and_recorded_as_late(scenario):
    """Decree 59/2019 art. 81: lateness is not cured, and the duty is not ended by it."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-12")
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "met_late")
    assert scenario.deadline("explain") == ("2026-06-29", "running")  # 12 June + 15 days is Saturday 27 June
    scenario.the_explanation_is_sent_on("2026-06-26")
    assert scenario.deadline("explain") == ("2026-06-29", "met")


@acceptance
def test_a_notice_dated_in_the_future_gives_no_more_time(scenario):
    """Decree 59/2019 art. 13: fifteen days from the day the notice is issued, not from a day that the agency chooses."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies()
    scenario.the_head_accepts()
    with suppress(Refusal):
        scenario.the_notice_is_issued(issued_on="2026-09-30", sent_on="2026-09-30")
    due, _status = scenario.deadlines.get("explain", ("", ""))
    assert due <= "2026-06-16"


# --- the clock of the explanation -------------------------------------------------------------------------------------


@acceptance
def test_half_way_the_handler_is_reminded(scenario):
    """Decree 59/2019 art. 13; day 8 of 15 [D]."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.it_is("2026-06-10", "23:59")
    assert scenario.told == []
    scenario.it_is("2026-06-11", "00:00")
    assert scenario.told == [("handler", "explain")]


@pytest.mark.parametrize("course", ["answer", "extend", "suspend"])
@acceptance
def test_on_the_twelfth_day_the_head_is_asked_to_choose(scenario, course):
    """Decree 59/2019 art. 13, 14(1); day 12 [D]. The choice is recorded; extending and suspending are acts of their own."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.it_is("2026-06-15", "00:00")
    assert scenario.open == ["assign", "choose_course"]
    scenario.the_head_chooses(course)
    assert scenario.variables["course"]["course"] == course
    assert (scenario.open, scenario.deadline("explain")) == (["assign"], ("2026-06-18", "running"))


@acceptance
def test_sending_the_explanation_ends_the_question_of_the_twelfth_day(scenario):
    """Decree 59/2019 art. 13."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.it_is("2026-06-15")
    scenario.the_explanation_is_signed()
    assert scenario.open == ["choose_course", "send"]
    scenario.the_clerk_sends()
    assert scenario.open == ["publish"]


@acceptance
def test_an_explanation_that_is_late_is_referred_the_requester_is_told_and_the_duty_stays(scenario):
    """Decree 59/2019 art. 13, 81; DN II.5.b; NDH II.4.b."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns()
    scenario.it_is("2026-06-19")
    assert scenario.deadline("explain") == ("2026-06-18", "lapsed")
    assert scenario.told[-1] == ("requester", "explain")
    assert scenario.open == ["choose_course", "verify"]
    [inspection] = scenario.referrals
    assert (inspection, "ask_report") in scenario.worklist("bui-quoc-viet")
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    scenario.the_head_signs()
    scenario.the_clerk_sends()
    assert scenario.deadline("explain") == ("2026-06-18", "met_late")
    scenario.the_publisher_publishes()
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "answered")
    with scenario.speaking_of(inspection):
        scenario.the_inspection_is("open")


@pytest.mark.parametrize(
    ("filed", "notice", "nominal", "extended"),
    [
        ("2026-06-01", "2026-06-03", "2026-06-18", "2026-07-03"),
        ("2026-08-03", "2026-08-07", "2026-08-22", "2026-09-07"),  # 6 September is a Sunday
    ],
)
@acceptance
def test_one_extension_of_fifteen_days_counts_from_the_end_of_the_first_period(
    scenario, filed, notice, nominal, extended
):
    """Decree 59/2019 art. 13: once, at most fifteen days, before the first period ends."""
    scenario.a_request_is_filed(filed)
    scenario.the_request_is_accepted_on(notice)
    scenario.days_pass(13)
    assert scenario.deadline("explain") == (nominal, "running")
    scenario.the_supervisor_extends_by(15)
    assert scenario.deadline("explain") == (extended, "running")
    scenario.it_is(extended, "23:59")
    assert scenario.referrals == []
    scenario.days_pass(1)
    assert scenario.deadline("explain") == (extended, "lapsed")
    assert len(scenario.referrals) == 1


@acceptance
def test_a_second_extension_is_refused(scenario):
    """Decree 59/2019 art. 13: once only, for supervisors too; the attempt stays in the history."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_supervisor_extends_by(5)
    assert scenario.deadline("explain") == ("2026-06-23", "running")
    with refused("extension_used_up") as seen:
        scenario.the_supervisor_extends_by(5)
    assert "NĐ 59/2019 Đ13" in seen.value.vi
    assert scenario.deadline("explain") == ("2026-06-23", "running")
    assert [line["refusal"]["code"] for line in scenario.trail("command_refused")] == ["extension_used_up"]


@acceptance
def test_an_extension_after_the_due_date_is_refused(scenario):
    """Decree 59/2019 art. 13; before the first due date [D]: on the last day it is still in time, afterwards never."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.it_is("2026-06-19")
    with refused("deadline_not_running"):
        scenario.the_supervisor_extends_by(15)
    assert scenario.deadline("explain") == ("2026-06-18", "lapsed")


@acceptance
def test_an_extension_on_the_last_day_is_in_time(scenario):
    """Decree 59/2019 art. 13."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.it_is("2026-06-18", "23:30")
    scenario.the_supervisor_extends_by(15)
    assert scenario.deadline("explain") == ("2026-07-03", "running")
    scenario.it_is("2026-06-19")
    assert scenario.referrals == []


@acceptance
def test_nobody_extends_beyond_fifteen_days_nor_what_the_law_does_not_extend(scenario):
    """Decree 59/2019 art. 13 knows one extension, of the explanation, of at most fifteen days; art. 11(4) knows none."""
    scenario.a_request_is_filed("2026-06-01")
    with refused("no_extension_in_law"):
        scenario.the_supervisor_extends_by(2, "accept_or_refuse")
    scenario.the_request_is_accepted_on("2026-06-03")
    with refused("form_invalid"):
        scenario.the_supervisor_extends_by(16)
    assert scenario.deadline("explain") == ("2026-06-18", "running")


@acceptance
def test_a_suspension_stops_the_clock_and_resuming_gives_back_what_was_left(scenario):
    """Decree 59/2019 art. 14(1)c, 13: notice 1 July, suspended 6 July, resumed 20 July, due 16 + 14 = 30 July."""
    scenario.a_request_is_filed("2026-06-29")
    scenario.the_request_is_accepted_on("2026-07-01")
    assert scenario.deadline("explain") == ("2026-07-16", "running")
    scenario.it_is("2026-07-06")
    scenario.the_supervisor_suspends()
    scenario.the_request_is("suspended")
    assert scenario.deadline("explain") == (None, "suspended")
    with refused("case_suspended"):
        scenario.the_head_assigns()
    scenario.it_is("2026-07-20")
    assert scenario.told == []
    scenario.the_supervisor_resumes()
    scenario.the_request_is("open")
    assert scenario.deadline("explain") == ("2026-07-30", "running")
    scenario.it_is("2026-07-23", "00:00")
    assert scenario.told == [("handler", "explain")]  # half-way moved by fourteen days as well
    scenario.it_is("2026-07-31")
    assert (scenario.deadline("explain"), len(scenario.referrals)) == (("2026-07-30", "lapsed"), 1)


# --- publication, closing, archive ------------------------------------------------------------------------------------


@acceptance
def test_the_explanation_may_be_withheld_from_publication_with_a_reason(scenario):
    """DN III.2.e, DN II.7.a, NDH II.6.b: everything is published; what is withheld says why and is counted."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-16")
    with refused("form_invalid") as seen:
        scenario.does("publish", {"outcome": "withheld", "published_on": scenario.today})
    assert sorted(seen.value.fields) == ["decided_by", "reason"]
    scenario.the_publisher_withholds()
    assert (scenario.open, scenario.deadline("publish")) == (["close_file"], ("2026-06-23", "met"))
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "answered")


@acceptance
def test_whoever_redacts_does_not_approve_the_publication_alone(scenario):
    """Law 91/2025 art. 16; four eyes [D]."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-16")
    redacted = {
        "redacted_text": "Văn bản giải trình (đã che).",
        "redacted_by": "vo-thi-mai",
        "approved_by": "vo-thi-mai",
    }
    with refused("form_invalid") as seen:
        scenario.does(
            "publish", {"outcome": "published", "published_on": "2026-06-16", "publication_form": "posting", **redacted}
        )
    assert list(seen.value.fields) == ["approved_by"]


@acceptance
def test_what_is_not_published_within_five_working_days_is_referred(scenario):
    """Law 104/2016 art. 18(4) by inference; DN II.5.b: reminder two working days before, referral at the lapse."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-10")
    scenario.it_is("2026-06-14", "23:59")
    assert scenario.told == []
    scenario.it_is("2026-06-15", "00:00")
    assert scenario.told == [("publisher", "publish")]
    scenario.it_is("2026-06-18")
    assert (scenario.deadline("publish"), scenario.open) == (("2026-06-17", "lapsed"), ["publish"])
    assert len(scenario.referrals) == 1
    scenario.the_publisher_publishes()
    assert scenario.deadline("publish") == ("2026-06-17", "met_late")


@acceptance
def test_the_file_is_to_be_closed_within_five_working_days_of_the_publication(scenario):
    """Decree 30/2020 art. 29(4); five working days [D]: a reminder, never a referral."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-10")
    scenario.the_publisher_publishes()
    assert scenario.deadline("close") == ("2026-06-17", "running")
    scenario.it_is("2026-06-18")
    assert (scenario.told, scenario.deadline("close")) == ([("handler", "close")], ("2026-06-17", "lapsed"))
    assert (scenario.open, scenario.referrals) == (["close_file"], [])
    scenario.the_file_is_closed()
    assert scenario.deadline("close") == ("2026-06-17", "met_late")


@acceptance
def test_the_file_goes_to_the_archive_within_a_year_or_the_lapse_is_referred(scenario):
    """Decree 30/2020 art. 30; Law 33/2024: one year from the closing; reminder thirty days before [D]."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies(directly_affected=False)
    scenario.the_head_refuses("R2")
    scenario.the_notice_is_issued_on("2026-06-05")
    scenario.it_is("2026-06-12")
    scenario.the_file_is_closed()
    assert scenario.deadline("archive") == ("2027-06-14", "running")  # 12 June 2027 is a Saturday
    scenario.it_is("2027-05-15", "00:00")
    assert scenario.told[-1] == ("archivist", "archive")
    scenario.it_is("2027-06-15")
    assert (scenario.deadline("archive"), scenario.open) == (("2027-06-14", "lapsed"), ["archive"])
    [inspection] = scenario.referrals
    scenario.the_file_is_archived()
    scenario.the_request_is("completed", "refused")
    assert scenario.deadline("archive") == ("2027-06-14", "met_late")
    scenario.turn_to(inspection)
    scenario.the_inspection_is("open")


@acceptance
def test_each_lapse_of_a_case_is_referred_once(scenario):
    """DN III.5.a: one referral for each lapse; the notice, the explanation and the publication are three."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-10")
    scenario.the_explanation_is_sent_on("2026-07-01")
    scenario.it_is("2026-07-15")
    assert len(scenario.referrals) == 3
    assert scenario.deadlines == {
        "accept_or_refuse": ("2026-06-08", "met_late"),
        "explain": ("2026-06-25", "met_late"),
        "publish": ("2026-07-08", "lapsed"),
    }
