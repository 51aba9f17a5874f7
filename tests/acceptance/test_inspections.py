"""Inspections on lapse (DN II.5, NDH II.4): the superior asks, the late body reports, the superior decides, somebody else looks into it.

The lapse in these scenarios is a request filed on Monday 1 June 2026 and not answered by Monday 8 June; its inspection begins on Tuesday
9 June at 00:00. The five working days of each step are by analogy with Law 25/2018 art. 38, or defaults of the design [D].
"""

import pytest

from tests.scenario import INSPECTORATE, PROVINCE, WARD, acceptance, refused


@acceptance
def test_the_superior_asks_the_late_body_reports_and_the_superior_decides(scenario):
    """Law 25/2018 art. 38(2)(3) by analogy; decision Decree 59/2019 art. 7(3): five working days for each step."""
    scenario.a_lapse_is_referred()
    assert (scenario.open, scenario.work("ask_report").agency) == (["ask_report"], PROVINCE)
    assert scenario.deadline("ask_report") == ("2026-06-16", "running")
    scenario.the_superior_asks_for_a_report()
    assert (scenario.open, scenario.work("report").agency) == (["report"], WARD)
    assert scenario.deadline("report") == ("2026-06-16", "running")
    scenario.it_is("2026-06-11")
    scenario.the_late_body_reports()
    assert scenario.deadline("decide") == ("2026-06-18", "running")
    scenario.the_superior_decides("accept_cause", new_date="2026-06-30")
    assert scenario.deadlines == {
        "ask_report": ("2026-06-16", "met"),
        "report": ("2026-06-16", "met"),
        "decide": ("2026-06-18", "met"),
        "new_date": ("2026-06-30", "running"),
    }


@acceptance
def test_the_referral_holds_the_history_as_it_stood(scenario):
    """Process (c) step 1: a referral file with the history that can be replayed; the late case knows its referral."""
    inspection = scenario.a_lapse_is_referred()
    referral = scenario.variables["start"]
    late = referral["referred_case"]
    assert referral["kind"] == "accountability_request_late"
    assert [(link["kind"], link["case"]) for link in scenario.file().links] == [("referral", late)]
    scenario.turn_to(late)
    assert scenario.referrals == [inspection]
    assert scenario.trail()[referral["trail_length"] - 1]["type"] == "timer_lapsed"


# --- the decision -----------------------------------------------------------------------------------------------------


def decided(scenario, measure, **entry):
    """An inspection in which everybody was in time and the superior has decided, on 11 June."""
    scenario.a_lapse_is_referred()
    scenario.the_superior_asks_for_a_report()
    scenario.it_is("2026-06-11")
    scenario.the_late_body_reports()
    scenario.the_superior_decides(measure, **entry)


@pytest.mark.parametrize("measure", ["accept_cause", "urge"])
@acceptance
def test_a_new_date_that_is_kept_settles_the_lapse(scenario, measure):
    """Process (c) step 4 (i), (ii): accept the cause, or urge, with a new date."""
    decided(scenario, measure, new_date="2026-06-30")
    scenario.it_is("2026-06-25", "00:00")
    assert scenario.told == [("head", "new_date")]  # three working days before
    scenario.the_superior_verifies(done=True)
    assert (scenario.open, scenario.deadline("new_date")) == (["record_outcome"], ("2026-06-30", "met"))
    scenario.the_outcome_is_recorded(finding="none", handling="none")
    assert scenario.deadline("archive") == ("2027-06-25", "running")
    scenario.the_inspection_file_is_archived()
    scenario.the_inspection_is("completed", "settled")


@acceptance
def test_a_new_date_that_is_broken_leads_to_another_decision(scenario):
    """Process (c) step 4: not done at the new date: the superior decides again, here to check."""
    decided(scenario, "urge", new_date="2026-06-30")
    scenario.it_is("2026-07-01")
    assert scenario.deadline("new_date") == ("2026-06-30", "lapsed")
    assert scenario.told[-1] == ("supervisor", "new_date")
    scenario.the_superior_verifies(done=False)
    assert (scenario.open, scenario.deadline("decide")) == (["decide"], ("2026-07-08", "running"))
    scenario.the_superior_decides("check")
    scenario.the_check_is_done()
    scenario.the_inspection_is_settled()
    scenario.the_inspection_is("completed", "checked")


@acceptance
def test_a_measure_with_a_new_date_needs_the_date(scenario):
    """Process (c) step 4: urging without a date is none."""
    scenario.a_lapse_is_referred()
    scenario.the_superior_asks_for_a_report()
    scenario.the_late_body_reports()
    with refused("form_invalid") as seen:
        scenario.the_superior_decides("urge")
    assert list(seen.value.fields) == ["new_date"]


@acceptance
def test_the_head_of_the_body_above_checks(scenario):
    """Law 36/2018 art. 55; Decree 59/2019 art. 7(3): kiểm tra."""
    decided(scenario, "check")
    assert (scenario.work("check").agency, scenario.work("check").role) == (PROVINCE, "supervisor")
    scenario.the_check_is_done()
    scenario.the_inspection_is_settled()
    scenario.the_inspection_is("completed", "checked")


@acceptance
def test_the_provincial_inspectorate_inspects_concludes_and_the_administration_carries_it_out(scenario):
    """Law 84/2025 art. 36 and 53: fifteen days to sign the conclusion, fifteen for the implementing document."""
    decided(scenario, "propose_inspection")
    assert scenario.work("inspect").agency == INSPECTORATE
    scenario.it_is("2026-06-15")
    scenario.the_inspection_is_carried_out()
    assert scenario.deadline("conclude") == ("2026-06-30", "running")
    scenario.it_is("2026-06-25", "00:00")
    assert scenario.told == [("inspector", "conclude")]  # five days before
    scenario.it_is("2026-06-26")
    scenario.the_conclusion_is_signed()
    assert (scenario.work("implement").agency, scenario.deadline("implement")) == (PROVINCE, ("2026-07-13", "running"))
    scenario.the_conclusion_is_implemented()
    scenario.the_inspection_is_settled()
    scenario.the_inspection_is("completed", "inspected")


@acceptance
def test_the_party_committee_of_the_ward_inspects(scenario):
    """NDH II.4.c: Ủy ban Kiểm tra Đảng ủy phường."""
    decided(scenario, "party_inspection")
    assert scenario.work("party_inspect").agency == "ndh-ubkt"
    scenario.the_party_committee_inspects()
    scenario.the_inspection_is_settled()
    scenario.the_inspection_is("completed", "party_inspected")


@acceptance
def test_signs_of_a_crime_go_to_the_investigation_body(scenario):
    """Decree 154/2026 art. 32 by analogy."""
    decided(scenario, "investigation")
    scenario.the_file_is_handed_to_the_investigation_body()
    scenario.the_inspection_is_settled()
    scenario.the_inspection_is("completed", "transferred")


@acceptance
def test_repeated_lapses_may_be_joined_into_one_thematic_check(scenario):
    """DN III.5.a."""
    decided(scenario, "join", joined_case="KTTT-QT-UBND-2026-000009")
    scenario.the_inspection_is_settled()
    scenario.the_inspection_is("completed", "joined")


@acceptance
def test_discipline_is_recorded_with_its_document_and_never_decided_here(scenario):
    """Decree 59/2019 art. 81: khiển trách, cảnh cáo belong to the competent body."""
    decided(scenario, "check")
    scenario.the_check_is_done()
    with refused("form_invalid") as seen:
        scenario.the_outcome_is_recorded(handling="reprimand")
    assert list(seen.value.fields) == ["handling_document"]
    assert scenario.open == ["record_outcome"]


# --- who inspects whom ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "body"), [("check", WARD), ("propose_inspection", WARD), ("party_inspection", WARD)]
)
@acceptance
def test_nobody_inspects_itself(scenario, measure, body):
    """Process (c), guards: a decision that would let the late body look into itself is to be taken again."""
    decided(scenario, measure, body=body)
    assert (scenario.open, scenario.deadline("decide")) == (["decide"], ("2026-06-18", "running"))
    scenario.the_superior_decides(measure)
    assert scenario.open in (["check"], ["inspect"], ["party_inspect"])


@acceptance
def test_another_body_may_be_named(scenario):
    """Process (c) step 5: the system proposes, a person confirms or names another."""
    decided(scenario, "propose_inspection", body="thanh-tra-chinh-phu")
    assert scenario.work("inspect").agency == "thanh-tra-chinh-phu"


@acceptance
def test_the_inspectorate_that_is_late_is_inspected_by_the_one_above(scenario):
    """Process (c), table: Thanh tra tỉnh itself → Government Inspectorate."""
    scenario.a_request_is_filed("2026-06-01", agency="dn-thanh-tra-tinh")
    scenario.it_is("2026-06-09")
    scenario.turn_to_the_inspection()
    assert scenario.work("ask_report").agency == "dn-ubnd"
    scenario.the_superior_asks_for_a_report()
    assert scenario.work("report").agency == "dn-thanh-tra-tinh"
    scenario.the_late_body_reports()
    scenario.the_superior_decides("propose_inspection")
    assert scenario.work("inspect").agency == "thanh-tra-chinh-phu"
    scenario.the_inspection_is_carried_out()
    scenario.the_conclusion_is_signed()
    assert scenario.work("implement").agency == "chinh-phu"


@acceptance
def test_a_party_body_has_no_state_inspection_and_is_inspected_on_the_party_line(scenario):
    """Process (c), table: Party body (plan task) – its superior committee checks, UBKT of the level inspects."""
    scenario.a_task_is_loaded("DN-III.4.a", "2026-01-05")
    scenario.it_is("2026-04-08")
    scenario.turn_to_the_inspection()
    scenario.the_superior_asks_for_a_report()
    scenario.the_late_body_reports()
    assert scenario.work("decide").agency == "dn-btv-tinh-uy"
    scenario.the_superior_decides("propose_inspection")
    assert scenario.open == ["decide"]
    scenario.the_superior_decides("party_inspection")
    assert scenario.work("party_inspect").agency == "dn-ubkt"


@acceptance
def test_the_party_inspection_committee_that_is_late_is_inspected_from_above(scenario):
    """Process (c), guards: never the body inspecting itself. DN III.5.a is led by UBKT Tỉnh ủy."""
    scenario.a_task_is_loaded("DN-III.5.a", "2026-01-05")
    [quarter] = scenario.parts
    scenario.it_is("2026-04-08")
    scenario.turn_to(quarter)
    scenario.turn_to_the_inspection()
    scenario.the_superior_asks_for_a_report()
    scenario.the_late_body_reports()
    scenario.the_superior_decides("party_inspection")
    assert scenario.work("party_inspect").agency == "ubkt-tw"


# --- everybody late ---------------------------------------------------------------------------------------------------


@acceptance
def test_a_late_report_is_reported_to_the_superior_and_still_accepted(scenario):
    """Law 25/2018 art. 38(3) by analogy: reminders two working days before, to the superior at the lapse."""
    scenario.a_lapse_is_referred()
    scenario.the_superior_asks_for_a_report()
    scenario.it_is("2026-06-12", "00:00")
    assert scenario.told == [("head", "report")]
    scenario.it_is("2026-06-17")
    assert (scenario.told[-1], scenario.deadline("report")) == (("supervisor", "report"), ("2026-06-16", "lapsed"))
    scenario.the_late_body_reports()
    assert (scenario.open, scenario.deadline("report")) == (["decide"], ("2026-06-16", "met_late"))


@acceptance
def test_the_superior_goes_on_without_a_report_that_does_not_come(scenario):
    """Law 25/2018 art. 38(3) by analogy: decided on the file."""
    scenario.a_lapse_is_referred()
    scenario.the_superior_asks_for_a_report()
    scenario.it_is("2026-06-17")
    with refused("not_your_message"):
        scenario.the_superior_goes_on_without_the_report(by="tran-thi-lan")
    scenario.the_superior_goes_on_without_the_report()
    assert (scenario.open, scenario.deadline("decide")) == (["decide"], ("2026-06-24", "running"))
    scenario.the_superior_decides("check")
    assert scenario.open == ["check"]


@acceptance
def test_a_lapse_inside_an_inspection_starts_no_second_one(scenario):
    """Process (c): every clock of an inspection reminds, none refers; the duties stay."""
    scenario.a_lapse_is_referred()
    request = scenario.variables["start"]["referred_case"]
    scenario.it_is("2026-06-17")
    assert scenario.told == [("supervisor", "ask_report"), ("supervisor", "ask_report")]
    scenario.the_superior_asks_for_a_report()
    assert scenario.deadline("ask_report") == ("2026-06-16", "met_late")
    scenario.it_is("2026-06-25")
    scenario.the_late_body_reports()
    assert scenario.deadline("report") == ("2026-06-24", "met_late")
    scenario.it_is("2026-07-03")
    assert (scenario.told[-1], scenario.deadline("decide")) == (("supervisor", "decide"), ("2026-07-02", "lapsed"))
    scenario.the_superior_decides("propose_inspection")
    scenario.the_inspection_is_carried_out()
    scenario.it_is("2026-07-21")
    assert (scenario.told[-1], scenario.deadline("conclude")) == (("supervisor", "conclude"), ("2026-07-20", "lapsed"))
    scenario.the_conclusion_is_signed()
    scenario.it_is("2026-08-06")
    assert (scenario.told[-1], scenario.deadline("implement")) == (
        ("supervisor", "implement"),
        ("2026-08-05", "lapsed"),
    )
    scenario.the_conclusion_is_implemented()
    scenario.the_outcome_is_recorded()
    scenario.it_is("2027-08-07")
    assert (scenario.told[-1], scenario.deadline("archive")) == (("archivist", "archive"), ("2027-08-06", "lapsed"))
    scenario.the_inspection_file_is_archived()
    scenario.the_inspection_is("completed", "inspected")
    assert scenario.referrals == []
    scenario.turn_to(request)
    assert len(scenario.referrals) == 1


@acceptance
def test_a_running_inspection_does_not_stop_the_duty_to_answer(scenario):
    """Process (c), guards: the request goes its way, whatever becomes of the inspection."""
    inspection = scenario.a_lapse_is_referred()
    request = scenario.variables["start"]["referred_case"]
    scenario.turn_to(request)
    scenario.the_request_is_accepted_on("2026-06-10")
    scenario.the_explanation_is_sent_on("2026-06-22")
    scenario.the_publisher_publishes()
    scenario.the_file_is_closed_and_archived()
    scenario.the_request_is("completed", "answered")
    scenario.turn_to(inspection)
    assert scenario.open == ["ask_report"]
