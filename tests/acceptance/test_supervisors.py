"""Supervisors' acts (can thiệp): what the body above may do in a running case, what it may not, and what stays in the history."""

from datetime import date

import pytest

from engine.commands import law, people
from tests.scenario import CULTURE, SERVICES, WARD, acceptance, refused
from workflows.law.calendar_days import CalendarDay


def an_assigned_request(scenario, *units):
    """Filed on 1 June, accepted on 3 June, assigned the same day; the explanation is due on 18 June."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_head_assigns(*units)


# --- who may, and with what -------------------------------------------------------------------------------------------


@acceptance
def test_a_request_is_filed_fifteen_working_days_pass_and_the_supervisor_holds_the_matter(scenario):
    """DN II.5.b; Law 25/2018 art. 38 by analogy: nobody has done anything, and nothing is lost."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.working_days_pass(15)
    assert scenario.today == "2026-06-22"
    [inspection] = scenario.referrals
    assert scenario.worklist("bui-quoc-viet") == [(inspection, "ask_report")]
    assert scenario.worklist("le-thi-hoa") == [(scenario.case, "classify")]


@acceptance
def test_the_supervisor_holds_the_matter_when_fifteen_days_have_passed_without_an_explanation(scenario):
    """Decree 59/2019 art. 13, 7(3); DN II.5.b: the lapse is with the body above, and it may act in the late case."""
    an_assigned_request(scenario)
    scenario.days_pass(15)
    assert scenario.worklist("bui-quoc-viet") == []
    scenario.days_pass(1)
    [inspection] = scenario.referrals
    assert scenario.worklist("bui-quoc-viet") == [(inspection, "ask_report")]
    scenario.the_supervisor("reassign", "verify", participant="pham-van-dung")
    assert scenario.worklist("pham-van-dung") == [(scenario.case, "verify")]


@pytest.mark.parametrize("who", ["tran-thi-lan", "dn-ubnd.supervisor", "qt-thanh-tra-tinh.inspector", "do-minh-kiem"])
@acceptance
def test_only_a_supervisor_of_the_agency_or_above_it_may_intervene(scenario, who):
    """Law 25/2018 art. 38 by analogy: not the head herself, nor another province, an inspector or an auditor."""
    an_assigned_request(scenario)
    with refused("not_supervisor"):
        scenario.the_supervisor_suspends(by=who)
    with refused("not_supervisor"):
        scenario.the_supervisor("move", "verify", to_element="draft", by=who)
    scenario.the_request_is("open")
    assert [(line["actor"]["id"], line["refusal"]["code"]) for line in scenario.trail("command_refused")] == [
        (who, "not_supervisor")
    ] * 2


@pytest.mark.parametrize("act", ["reassign", "extend", "suspend", "move", "return_", "skip", "complete_for", "cancel"])
@acceptance
def test_every_intervention_needs_a_reason_that_can_be_checked_and_a_legal_basis(scenario, act):
    """Promise of the design: no intervention without reason and law; nothing changes when they are missing."""
    an_assigned_request(scenario)
    at = None if act in {"extend", "suspend", "cancel"} else "verify"
    entry = {
        "reassign": {"participant": "pham-van-dung"},
        "extend": {"deadline": "explain", "days": 5},
        "suspend": {"ground": "illness_or_objective_reason", "review_on": "2026-07-03"},
        "move": {"to_element": "draft"},
        "return_": {"to_element": "assign"},
        "complete_for": {"values": {"findings": "Đã xác minh hồ sơ.", "meeting_held": False}},
        "cancel": {"ground": "dead_without_heir"},
    }.get(act, {})
    with refused("form_invalid") as seen:
        scenario.the_supervisor(act, at, reason="Vội", legal_basis="", **entry)
    assert sorted(seen.value.fields) == ["legal_basis", "reason"]
    assert (scenario.open, scenario.interventions) == (["verify"], [])


@acceptance
def test_nobody_intervenes_in_an_act_of_their_own(scenario):
    """Guard [D]: whoever did the step, or holds it, asks another supervisor."""
    an_assigned_request(scenario)
    system = scenario.actor("ly-van-tri")
    scenario.act(system, "assign_role", lambda tx: people.assign_role(tx, "ngo-thi-ha", "head", WARD, date(2026, 6, 1)))
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    signed = {"number": "312/UBND-KT", "signed_on": "2026-06-03", "signing_form": "tuq", "signer": "ngo-thi-ha"}
    scenario.does("approve", {"outcome": "sign", **signed}, by="ngo-thi-ha")
    with refused("own_act"):
        scenario.the_supervisor("return_", "send", to_element="approve", by="ngo-thi-ha")
    scenario.the_supervisor("return_", "send", to_element="approve", by="bui-quoc-viet")
    assert scenario.open == ["approve"]


@acceptance
def test_an_intervention_can_be_rehearsed_and_changes_nothing(scenario):
    """Promise of the design: what would happen is shown before it happens."""
    an_assigned_request(scenario)
    before = (scenario.file(), scenario.trail())
    shown = scenario.rehearsed("cancel", ground="dead_without_heir")
    assert (shown["ended"], shown["after"]) == (True, [])
    assert scenario.rehearsed("extend", deadline="explain", days=15)["to"] == "2026-07-03"
    assert (scenario.file(), scenario.trail()) == before


# --- work -------------------------------------------------------------------------------------------------------------


@acceptance
def test_reassigned_work_leaves_the_first_and_its_clock_runs_on(scenario):
    """Process (a.6): reassign, any time before signing; clock unchanged; from and to are recorded."""
    an_assigned_request(scenario)
    with refused("not_eligible"):
        scenario.the_supervisor("reassign", "verify", participant="le-thi-hoa")
    scenario.the_supervisor("reassign", "verify", participant="pham-van-dung")
    line = scenario.trail("work_item_reassigned")[0]
    assert (line["from"], line["to"], line["actor"]["id"]) == ("hoang-van-binh", "pham-van-dung", "bui-quoc-viet")
    assert scenario.deadline("explain") == ("2026-06-18", "running")
    with refused("work_item_held"):
        scenario.does("verify", {"findings": "Đã xác minh hồ sơ.", "meeting_held": False}, by="hoang-van-binh")
    scenario.the_handler_verifies()
    assert scenario.file().work[-2].closed_by == "pham-van-dung"


@acceptance
def test_the_supervisor_takes_over_from_an_idle_head(scenario):
    """Law 25/2018 art. 38(5) by analogy: explains in her place; the history says who acted for whom."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies()
    scenario.it_is("2026-06-09")
    scenario.the_supervisor(
        "complete_for", "decide", values={"outcome": "accept", "follows_proposal": True, "lead_unit": "Phòng Kinh tế"}
    )
    assert scenario.open == ["issue_notice"]
    assert scenario.trail("work_item_completed_for")[0]["actor"] == {
        "id": "bui-quoc-viet",
        "agency": "qt-ubnd",
        "for": "head@ndh-ubnd",
    }
    scenario.the_notice_is_issued()
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "met_late")


@acceptance
def test_a_contribution_that_does_not_come_is_passed_over(scenario):
    """Process (a.7), joint explanation: a cooperating unit that is late does not hold up the answer."""
    an_assigned_request(scenario, CULTURE, SERVICES)
    scenario.the_unit_contributes(CULTURE)
    scenario.the_supervisor("skip", "contribute")
    assert scenario.open == ["verify"]
    assert [row.get("skipped") for row in scenario.variables["contributions"]] == [None, True]
    assert scenario.trail("work_item_skipped")[0]["element"] == "contribute"


@acceptance
def test_a_case_is_moved_and_the_places_before_and_after_are_recorded(scenario):
    """Promise of the design: old and new marking in the history; clocks run on."""
    an_assigned_request(scenario, CULTURE, SERVICES)
    scenario.the_unit_contributes(CULTURE)
    answer = scenario.the_supervisor("move", "contribute", to_element="verify")
    assert (answer["before"].count("contribute"), "verify" in answer["after"]) == (2, True)
    line = scenario.trail("case_moved")[0]
    assert line["marking"] == {"before": answer["before"], "after": answer["after"]}
    assert line["input"]["legal_basis"] == "NĐ 59/2019 Đ13"
    assert (scenario.open, scenario.deadline("explain")) == (["verify"], ("2026-06-18", "running"))


@acceptance
def test_a_case_is_not_moved_to_a_place_that_does_not_exist(scenario):
    """A step of the diagram, or nothing."""
    an_assigned_request(scenario)
    with refused("no_such_target"):
        scenario.the_supervisor("move", "verify", to_element="explain_lapsed")
    assert (scenario.open, scenario.interventions) == (["verify"], [])


@acceptance
def test_an_answer_is_returned_before_it_is_published(scenario):
    """Decision 31/2021 art. 46(2) by analogy: off the point, generic, no proof. Drafted, signed and sent again."""
    an_assigned_request(scenario)
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    scenario.the_head_signs()
    scenario.the_clerk_sends()
    with refused("never_done"):
        scenario.the_supervisor("return_", "publish", to_element="terminate")
    scenario.the_supervisor("return_", "publish", to_element="draft")
    assert (scenario.open, scenario.interventions) == (["draft"], ["case_returned"])
    scenario.the_handler_drafts(on_procedure="Thông báo đã niêm yết ngày 02/4/2026 theo Điều 85 Luật Đất đai.")
    scenario.the_head_signs(number="318/UBND-KT")
    scenario.the_clerk_sends()
    scenario.the_publisher_publishes()
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "answered")


@acceptance
def test_a_refusal_is_overridden_and_the_explanation_runs_from_the_new_notice(scenario):
    """Process (a.6): override a refusal; the new fifteen days start at the new notice."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies(directly_affected=False)
    scenario.the_head_refuses("R2")
    scenario.the_notice_is_issued_on("2026-06-03")
    scenario.it_is("2026-06-04")
    scenario.the_supervisor("return_", "close_file", to_element="decide")
    scenario.the_head_accepts(follows_proposal=False, deviation_reason="Cấp trên yêu cầu xem xét lại.")
    scenario.the_notice_is_issued()
    assert (scenario.open, scenario.deadline("explain")) == (["assign"], ("2026-06-19", "running"))


@acceptance
def test_a_duty_that_was_met_in_time_is_not_referred_when_the_case_comes_back(scenario):
    """DN II.5.b: what was refused in time and is taken up again later was not late."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies(directly_affected=False)
    scenario.the_head_refuses("R2")
    scenario.the_notice_is_issued_on("2026-06-05")
    scenario.it_is("2026-06-15")
    scenario.the_supervisor("return_", "close_file", to_element="decide")
    scenario.it_is("2026-06-16")
    assert scenario.deadline("accept_or_refuse") == ("2026-06-08", "met")
    assert (scenario.referrals, ("supervisor", "accept_or_refuse") in scenario.told) == ([], False)


@acceptance
def test_the_file_of_a_case_that_is_taken_up_again_is_due_anew(scenario):
    """Decree 30/2020 art. 29(4): the file is closed after the end of the work, not after the refusal that was overridden."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies(directly_affected=False)
    scenario.the_head_refuses("R2")
    scenario.the_notice_is_issued_on("2026-06-03")
    scenario.the_supervisor("return_", "close_file", to_element="decide")
    scenario.the_head_accepts(follows_proposal=False, deviation_reason="Cấp trên yêu cầu xem xét lại.")
    scenario.the_notice_is_issued()
    scenario.the_explanation_is_sent_on("2026-06-16")
    scenario.the_publisher_publishes()
    assert scenario.deadline("close") == ("2026-06-23", "running")


@acceptance
def test_a_step_that_is_passed_over_does_not_fulfil_its_duty(scenario):
    """DN III.2.e: what was not published was not published in time."""
    an_assigned_request(scenario)
    scenario.the_handler_verifies()
    scenario.the_handler_drafts()
    scenario.the_head_signs()
    scenario.the_clerk_sends()
    scenario.the_supervisor("skip", "publish")
    assert scenario.deadline("publish")[1] != "met"


# --- clocks -----------------------------------------------------------------------------------------------------------


@acceptance
def test_an_extension_is_recorded_with_its_reason_and_what_it_moved(scenario):
    """Decree 59/2019 art. 13: once, with a written notice; every reminder moves with the due date."""
    an_assigned_request(scenario)
    answer = scenario.the_supervisor_extends_by(15)
    assert (answer["from"], answer["to"]) == ("2026-06-18", "2026-07-03")
    line = scenario.trail("deadline_extended")[0]
    assert (line["from"], line["to"], line["input"]["days"]) == ("2026-06-18", "2026-07-03", 15)
    assert [entry["due_on"] for entry in line["deadlines"]] == ["2026-07-03"]
    scenario.it_is("2026-06-17", "23:59")
    assert scenario.told == []
    scenario.it_is("2026-06-18", "00:00")
    assert scenario.told == [("handler", "explain")]  # half of thirty days


@acceptance
def test_a_case_is_suspended_and_resumed_only_from_the_right_state(scenario):
    """Decree 59/2019 art. 14(1)(2)."""
    an_assigned_request(scenario)
    with refused("case_status"):
        scenario.the_supervisor_resumes()
    scenario.the_supervisor_suspends()
    with refused("case_status"):
        scenario.the_supervisor_suspends()
    with refused("case_suspended"):
        scenario.the_handler_verifies()
    scenario.it_is("2026-06-20")
    scenario.the_supervisor_resumes()
    assert scenario.deadline("explain") == ("2026-07-06", "running")  # 18 June + 17 days is Sunday 5 July
    scenario.the_handler_verifies()


@acceptance
def test_a_requester_may_withdraw_while_the_case_is_suspended(scenario):
    """Decree 59/2019 art. 8(1)b: the right does not stand still; the decision waits for the case to be resumed."""
    an_assigned_request(scenario)
    scenario.the_supervisor_suspends()
    scenario.the_requester_withdraws()
    assert scenario.open == ["terminate"]
    with refused("case_suspended"):
        scenario.the_head_terminates()
    scenario.the_supervisor_resumes()
    scenario.the_head_terminates()
    assert scenario.open == ["close_file"]


@acceptance
def test_the_laws_own_time_limits_are_never_moved_to_another_day(scenario):
    """Decree 59/2019 art. 13: extended once, or suspended; no decision sets another day."""
    an_assigned_request(scenario)
    by_document = {"due_on": "2026-09-30", "document": {"number": "5/QĐ", "date": "2026-06-03"}}
    with refused("date_is_the_laws"):
        scenario.the_supervisor("change_due_date", deadline="explain", **by_document)
    with refused("no_such_deadline"):
        scenario.the_supervisor("change_due_date", deadline="publish", **by_document)
    assert scenario.deadline("explain") == ("2026-06-18", "running")


@acceptance
def test_the_date_of_a_plan_task_is_changed_by_a_document(scenario):
    """DN III.7: a date that the plan set is set anew; its reminders follow, the old date stays in the history."""
    scenario.a_task_is_loaded("DN-III.4.a", "2026-01-05")
    scenario.the_lead_assigns()
    by_document = {"due_on": "2026-04-30", "document": {"number": "12-QĐ/TU", "date": "2026-01-05"}}
    scenario.the_supervisor("change_due_date", deadline="plan_task_due", by="dn-btv-tinh-uy.supervisor", **by_document)
    assert scenario.deadline("plan_task_due") == ("2026-04-30", "running")
    assert scenario.trail("deadline_changed")[0]["from"] == "2026-03-31"
    scenario.it_is("2026-04-29")
    assert scenario.open == ["carry_out"]
    scenario.it_is("2026-05-01")
    assert scenario.deadline("plan_task_due") == ("2026-04-30", "lapsed")


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ground", ["dead_without_heir", "incapable_without_representative", "withdrawn"])
@acceptance
def test_a_case_is_terminated_on_a_ground_of_the_closed_list(scenario, ground):
    """Decree 59/2019 art. 14(3): no work, no clock and no reminder is left; the history is."""
    an_assigned_request(scenario)
    with refused("form_invalid"):
        scenario.the_supervisor("cancel", ground="too_much_work")
    scenario.the_supervisor("cancel", ground=ground)
    scenario.the_request_is("cancelled", "terminated")
    assert (scenario.open, scenario.deadline("explain")) == ([], ("2026-06-18", "void"))
    scenario.it_is("2026-09-30")
    assert (scenario.told, scenario.referrals) == ([], [])
    with refused("case_status"):
        scenario.the_supervisor("cancel", ground=ground)


@acceptance
def test_a_case_that_has_ended_is_not_touched_again(scenario):
    """Process (a): closed is closed; who asks again files again."""
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_receiver_classifies(directly_affected=False)
    scenario.the_head_refuses("R2")
    scenario.the_notice_is_issued()
    scenario.the_file_is_closed_and_archived()
    for act, entry in (
        ("suspend", {"ground": "illness_or_objective_reason", "review_on": "2026-07-03"}),
        ("resume", {}),
        ("cancel", {"ground": "withdrawn"}),
    ):
        with refused("case_status"):
            scenario.the_supervisor(act, **entry)
    with refused("not_waiting"):
        scenario.the_requester_withdraws()
    scenario.the_request_is("completed", "refused")


# --- law that comes late ----------------------------------------------------------------------------------------------


@acceptance
def test_a_day_off_announced_late_moves_open_deadlines_with_a_trace(scenario):
    """Labour Code art. 112(3): the notice comes late; the duty that is open moves, what is settled does not."""
    scenario.a_request_is_filed("2026-11-18")
    settled = scenario.case
    scenario.the_request_is_accepted_on("2026-11-19")
    scenario.it_is("2026-11-20")
    scenario.a_request_is_filed()
    assert scenario.deadline("accept_or_refuse") == ("2026-11-27", "running")
    day = CalendarDay(
        date(2026, 11, 24), "holiday", "Ngày Văn hóa Việt Nam", "Vietnam Culture Day", "Thông báo (giả định)", "M"
    )
    administrator = scenario.actor("ly-van-tri")
    scenario.act(administrator, "set_calendar_day", lambda tx: law.set_calendar_day(tx, day))
    law.reproject_open(scenario.database)
    assert scenario.deadline("accept_or_refuse") == ("2026-11-30", "running")
    assert scenario.trail("deadline_reprojected")[0]["changes"] == [
        {"deadline": "accept_or_refuse", "from": "2026-11-27", "to": "2026-11-30"}
    ]
    scenario.turn_to(settled)
    assert scenario.deadline("accept_or_refuse") == ("2026-11-25", "met")
