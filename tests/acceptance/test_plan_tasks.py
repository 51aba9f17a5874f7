"""Plan tasks of the two seed plans: the five kinds of deadline, one part for each body, and what happens when a date passes.

The tasks are those of the plans (DN Đồng Nai, NDH Nam Đông Hà). Due dates are counted by hand on the calendar of 2026; dates that a plan
or its owner sets stand as they are.
"""

from datetime import date

import pytest

from engine.commands import plans
from tests.scenario import acceptance, refused

FIXED = "DN-III.4.a"  # «Hoàn thành trong Quý I/2026», led by the commission for information
BODIES = ["dn-du-cac-co-quan-dang", "dn-du-ubnd", "dn-du-quan-su", "dn-du-cong-an"]
GUIDANCE = "ban-to-chuc-tw/tieu-chi-trach-nhiem-giai-trinh"


# --- a fixed date -----------------------------------------------------------------------------------------------------


@acceptance
def test_a_task_with_a_fixed_date_is_assigned_done_accepted_published_and_archived(scenario):
    """DN III.4.a «Hoàn thành trong Quý I/2026»; assignment DN I.2.1; acceptance DN III.7.b; publication DN I.2.2."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    assert scenario.case == "NVKH-DN-BAN-TUYEN-GIAO-DAN-VAN-2026-000001"
    assert scenario.deadlines == {
        "assign": ("2026-01-10", "running"),  # a Saturday that is worked
        "plan_task_due": ("2026-03-31", "running"),
    }
    scenario.the_lead_assigns()
    assert scenario.work("carry_out").holder == "dn-ban-tuyen-giao-dan-van.officer"
    scenario.it_is("2026-02-27")
    scenario.the_officer_notes_progress()
    scenario.it_is("2026-03-10")
    scenario.the_officer_reports_the_result()
    assert (scenario.open, scenario.deadline("accept_result")) == (["accept_result"], ("2026-03-17", "running"))
    scenario.it_is("2026-03-12")
    scenario.the_monitor_accepts(public=True)
    assert scenario.deadline("publish_result") == ("2026-03-19", "running")
    scenario.it_is("2026-03-16")
    scenario.the_result_is_published()
    assert scenario.deadline("archive") == ("2027-03-16", "running")
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")
    assert {status for _due, status in scenario.deadlines.values()} == {"met"}
    assert [note["outcome"] for note in scenario.variables["progress"]] == ["progress_note"]


@acceptance
def test_a_result_that_is_not_public_is_archived_with_the_reason(scenario):
    """DN I.2.2 «công khai, minh bạch»; Party papers are not all public [D]."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    scenario.the_officer_reports_the_result()
    with refused("form_invalid") as seen:
        scenario.does("accept_result", {"decision": "accepted", "accepted_on": scenario.today, "is_public": False})
    assert list(seen.value.fields) == ["reason_not_public"]
    scenario.the_monitor_accepts()
    assert scenario.open == ["archive_task"]
    assert scenario.deadline("archive") == ("2027-01-05", "running")


@acceptance
def test_a_result_without_evidence_is_none(scenario):
    """DN I.2.1: result with evidence."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    with refused("form_invalid"):
        scenario.does(
            "carry_out", {"outcome": "result", "reported_on": scenario.today, "content": "Đã thực hiện đầy đủ."}
        )
    assert scenario.open == ["carry_out"]


@acceptance
def test_a_returned_result_is_done_again_and_then_accepted(scenario):
    """DN III.7.b «theo dõi, đôn đốc»: the monitor returns it with remarks; each hand-in has five working days of its own [D]."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    scenario.it_is("2026-03-02")
    scenario.the_officer_reports_the_result()
    scenario.the_monitor_returns()
    assert (scenario.open, scenario.deadline("plan_task_due")) == (["carry_out"], ("2026-03-31", "running"))
    scenario.it_is("2026-03-09")
    scenario.the_officer_reports_the_result()
    assert scenario.deadline("accept_result", 1) == ("2026-03-09", "met")
    assert scenario.deadline("accept_result", 2) == ("2026-03-16", "running")
    scenario.the_monitor_accepts()
    assert scenario.deadline("plan_task_due") == ("2026-03-31", "met")


@acceptance
def test_the_lead_is_reminded_half_way_sixteen_days_and_five_working_days_before(scenario):
    """DN III.7.b; reminders [D]. 5 January to 31 March: half-way 17 February, then 15 and 24 March."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    for day in ("2026-02-17", "2026-03-15", "2026-03-24"):
        told = len(scenario.told)
        scenario.it_is(day, "00:00")
        assert scenario.told[told:] == [("lead_unit", "plan_task_due")], day


@acceptance
def test_a_task_that_is_not_assigned_is_brought_to_mind(scenario):
    """DN I.2.1; five working days [D]: a reminder, the assignment stays to be made."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.it_is("2026-01-11", "00:00")
    assert (scenario.told, scenario.deadline("assign")) == ([("head", "assign")], ("2026-01-10", "lapsed"))
    scenario.the_lead_assigns()
    assert scenario.deadline("assign") == ("2026-01-10", "met_late")


@acceptance
def test_a_late_task_reports_its_cause_and_is_referred_five_working_days_later(scenario):
    """DN II.5.b; the report of the cause within five working days [D], then the referral; the duty stays."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    scenario.it_is("2026-04-01")
    assert scenario.deadline("plan_task_due") == ("2026-03-31", "lapsed")
    assert (scenario.open, scenario.told[-1]) == (["carry_out", "report_cause"], ("head", "plan_task_due"))
    scenario.it_is("2026-04-03")
    scenario.the_lead_reports_the_cause()
    scenario.it_is("2026-04-07", "23:59")
    assert scenario.referrals == []
    scenario.it_is("2026-04-08", "00:00")
    [inspection] = scenario.referrals
    assert inspection == "KTTT-DN-BTV-TINH-UY-2026-000001"
    assert (inspection, "ask_report") in scenario.worklist("dn-btv-tinh-uy.supervisor")
    scenario.it_is("2026-04-10")
    scenario.the_officer_reports_the_result()
    scenario.the_monitor_accepts()
    assert scenario.deadline("plan_task_due") == ("2026-03-31", "met_late")
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")


@acceptance
def test_the_cause_of_the_delay_is_still_to_be_reported_when_the_work_is_done_after_all(scenario):
    """DN I.2.1, II.5.b: the case ends only when somebody has answered for the delay."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.it_is("2026-04-02")
    scenario.the_work_is_done_and_accepted()
    scenario.the_task_is_archived()
    scenario.the_task_is("open")
    assert scenario.open == ["report_cause"]
    scenario.the_lead_reports_the_cause()
    scenario.the_task_is("completed", "done")


@acceptance
def test_a_result_that_waits_for_the_monitor_at_the_due_date_is_not_referred(scenario):
    """DN III.7.b: the lead has done its part; the delay is the monitor's, who is reminded."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    scenario.it_is("2026-03-30")
    scenario.the_officer_reports_the_result()
    scenario.it_is("2026-04-09")
    assert ("plan_monitor", "accept_result") in scenario.told
    assert (scenario.open, scenario.referrals) == (["accept_result"], [])
    scenario.the_monitor_accepts()
    assert scenario.deadline("accept_result") == ("2026-04-06", "met_late")
    assert scenario.deadline("plan_task_due") == ("2026-03-31", "met_late")


@acceptance
def test_the_monitor_does_not_accept_its_own_work(scenario):
    """DN III.7.b is led by the monitor of the plan itself: the owner decides on its result [D]."""
    scenario.a_task_is_loaded("DN-III.7.b", "2026-01-05")
    scenario.the_owner_sets("set_date", due_date="2026-06-30")
    scenario.the_lead_assigns()
    scenario.the_officer_reports_the_result()
    assert scenario.work("accept_result").agency == "dn-btv-tinh-uy"
    scenario.the_monitor_accepts()
    assert scenario.open == ["archive_task"]


@acceptance
def test_a_result_returned_after_the_limit_is_referred_at_once(scenario):
    """DN II.5.b: what was held back because the monitor had it takes effect when it is returned."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    scenario.it_is("2026-03-30")
    scenario.the_officer_reports_the_result()
    scenario.it_is("2026-04-09")
    scenario.the_monitor_returns()
    assert (scenario.open, len(scenario.referrals)) == (["carry_out"], 1)
    scenario.the_officer_reports_the_result()
    scenario.the_monitor_returns()
    assert len(scenario.referrals) == 1


@acceptance
def test_publication_and_archive_of_a_result_are_brought_to_mind_when_late(scenario):
    """DN I.2.2; Law 104/2016 art. 18(4) by inference; Decree 30/2020 art. 30."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    scenario.it_is("2026-02-02")
    scenario.the_officer_reports_the_result()
    scenario.the_monitor_accepts(public=True)
    assert scenario.deadline("publish_result") == ("2026-02-09", "running")
    scenario.it_is("2026-02-10")
    assert scenario.told[-1] == ("publisher", "publish_result")
    scenario.the_result_is_published()
    assert scenario.deadline("publish_result") == ("2026-02-09", "met_late")
    assert scenario.deadline("archive") == ("2027-02-11", "running")  # 10 February 2027 lies in Tết, as far as is known
    scenario.it_is("2027-02-12")
    assert (scenario.told[-1], scenario.open) == (("archivist", "archive"), ["archive_task"])
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")


# --- loaded after its date --------------------------------------------------------------------------------------------


@acceptance
def test_a_task_loaded_after_its_date_says_so_and_does_not_escalate_by_itself(scenario):
    """Process (b), loaded after its date: the owner confirms the state; nothing is referred."""
    scenario.a_task_is_loaded(FIXED, "2026-06-01")
    assert scenario.variables["start"]["due_before_loading"] is True
    assert scenario.open == ["confirm_state"]
    scenario.it_is("2026-09-30")
    assert (scenario.told, scenario.referrals, scenario.open) == ([], [], ["confirm_state"])


@pytest.mark.parametrize("public", [True, False])
@acceptance
def test_a_task_loaded_after_its_date_may_be_done_already(scenario, public):
    """Process (b): with evidence, published or not."""
    scenario.a_task_is_loaded(FIXED, "2026-06-01")
    with refused("form_invalid"):
        scenario.the_owner_confirms("done", is_public=public)
    evidence = [{"title": "Kế hoạch đã ban hành", "number": "25-KH/BTG"}]
    scenario.the_owner_confirms("done", is_public=public, evidence=evidence)
    if public:
        assert scenario.deadline("publish_result") == ("2026-06-08", "running")
        scenario.the_result_is_published()
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")


@acceptance
def test_a_task_loaded_after_its_date_gets_a_new_one_by_a_document(scenario):
    """Process (b): still open; the owner signs for the new date."""
    scenario.a_task_is_loaded(FIXED, "2026-06-01")
    scenario.the_owner_confirms("still_open", due_date="2026-07-31")
    assert (scenario.open, scenario.deadline("plan_task_due")) == (["assign_task"], ("2026-07-31", "running"))
    scenario.the_work_is_done_and_accepted()
    assert scenario.deadline("plan_task_due") == ("2026-07-31", "met")


@acceptance
def test_a_task_loaded_after_its_date_may_be_dropped_by_a_document(scenario):
    """Process (b): cancelled only by a document of the owner."""
    scenario.a_task_is_loaded(FIXED, "2026-06-01")
    scenario.the_owner_confirms("dropped")
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "cancelled")


# --- recurring and open-ended -----------------------------------------------------------------------------------------


@acceptance
def test_a_standing_duty_opens_one_child_for_each_quarter(scenario):
    """DN III.2.e «Thường xuyên»: the parent goes on for ever; the period is a quarter [D]."""
    duty = scenario.a_task_is_loaded("DN-III.2.e", "2026-01-05")
    assert (scenario.open, len(scenario.parts)) == ([], 1)
    scenario.it_is("2026-03-31", "23:59")
    assert len(scenario.parts) == 1
    scenario.it_is("2026-04-01", "00:00")
    assert len(scenario.parts) == 2
    assert scenario.deadline("plan_period_end", 1) == ("2026-04-01", "met")
    scenario.it_is("2027-01-04")
    assert len(scenario.parts) == 5
    labels = []
    for part in scenario.parts:
        scenario.turn_to(part)
        labels.append((scenario.variables["start"]["period"]["label"], scenario.deadline("plan_task_due")[0]))
    assert labels == [
        ("quý I/2026", "2026-03-31"),
        ("quý II/2026", "2026-06-30"),
        ("quý III/2026", "2026-09-30"),
        ("quý IV/2026", "2026-12-31"),
        ("quý I/2027", "2027-03-31"),
    ]
    scenario.turn_to(duty)
    scenario.the_task_is("open")


@acceptance
def test_a_late_quarter_is_referred_and_the_standing_duty_goes_on(scenario):
    """DN II.5.b, III.2.e: child late, referred; the parent goes on."""
    duty = scenario.a_task_is_loaded("DN-III.2.e", "2026-01-05")
    scenario.it_is("2026-04-08")
    first, second = scenario.parts
    scenario.turn_to(first)
    assert (scenario.deadline("plan_task_due"), len(scenario.referrals)) == (("2026-03-31", "lapsed"), 1)
    scenario.turn_to(second)
    assert (scenario.open, scenario.referrals) == (["assign_task"], [])
    scenario.the_work_is_done_and_accepted()
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")
    scenario.turn_to(duty)
    scenario.the_task_is("open")


@acceptance
def test_a_yearly_duty_has_a_programme_to_adopt_in_january(scenario):
    """DN II.5.a «hằng năm»: a child for each year; the programme after thirty days [D]."""
    scenario.a_task_is_loaded("DN-II.5.a", "2026-01-05")
    [year] = scenario.parts
    scenario.turn_to(year)
    assert scenario.deadline("plan_task_due") == ("2026-12-31", "running")
    scenario.the_lead_assigns()
    scenario.it_is("2026-02-04", "00:00")
    assert scenario.told == [("lead_unit", "plan_task_due")]


@acceptance
def test_an_open_ended_duty_begins_with_its_first_period_and_has_no_end(scenario):
    """DN III.4.b «Từ tháng 01/2026 và những năm tiếp theo»."""
    scenario.a_task_is_loaded("DN-III.4.b", "2025-12-15")
    [first] = scenario.parts
    with scenario.speaking_of(first):
        assert scenario.variables["start"]["period"]["from"] == "2026-01-01"
    scenario.it_is("2027-01-04")
    assert len(scenario.parts) == 5
    scenario.the_task_is("open")


@acceptance
def test_a_duty_with_a_last_day_ends_with_its_last_period(scenario):
    """Process (b): an open-ended duty whose plan names its end."""
    scenario.a_task_is_loaded("DN-III.4.b", "2026-01-05", end=date(2026, 6, 30))
    scenario.it_is("2026-07-01")
    assert (len(scenario.parts), scenario.open) == (2, ["archive_task"])
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "ended")


@acceptance
def test_a_standing_duty_ends_by_a_document_and_its_current_period_may_stop_with_it(scenario):
    """Process (b): it ends only by decision of the owner or a replacing plan."""
    duty = scenario.a_task_is_loaded("DN-III.2.d", "2026-01-05")
    [first] = scenario.parts
    scenario.it_is("2026-02-02")
    scenario.the_owner_ends_the_standing_duty(stops_the_period=True)
    assert scenario.open == ["archive_task"]
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "ended")
    scenario.turn_to(first)
    assert (scenario.open, scenario.deadline("plan_task_due")) == (["archive_task"], ("2026-03-31", "met"))
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "cancelled")
    scenario.turn_to(duty)
    scenario.it_is("2026-07-01")
    assert len(scenario.parts) == 1


@acceptance
def test_the_current_period_of_an_ended_duty_may_be_carried_to_its_end(scenario):
    """Process (b)."""
    scenario.a_task_is_loaded("DN-III.2.d", "2026-01-05")
    [first] = scenario.parts
    scenario.it_is("2026-02-02")
    scenario.the_owner_ends_the_standing_duty(stops_the_period=False)
    scenario.the_task_is_archived()
    scenario.turn_to(first)
    scenario.the_work_is_done_and_accepted()
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")


# --- conditional ------------------------------------------------------------------------------------------------------


@acceptance
def test_a_conditional_task_waits_without_lapse_and_the_owner_is_reminded_every_year(scenario):
    """DN III.3.a «Sau khi có hướng dẫn của Ban Tổ chức Trung ương»: no lapse while waiting; yearly reminder [D]."""
    scenario.a_task_is_loaded("DN-III.3.a", "2026-01-05")
    assert (scenario.open, scenario.told) == ([], [])
    scenario.it_is("2027-01-03")
    assert scenario.told == []
    scenario.it_is("2027-01-04", "00:00")  # the first working day of the year after
    assert scenario.told == [("plan_owner", "guidance_check")]
    scenario.it_is("2028-01-05")
    assert scenario.told == [("plan_owner", "guidance_check")] * 2
    assert (scenario.open, scenario.referrals) == ([], [])


@acceptance
def test_registering_the_guidance_starts_the_task_and_the_owner_sets_its_date(scenario):
    """DN III.3.a: issuer, number, date; the due date is set within five working days, by default thirty days on [D]."""
    scenario.a_task_is_loaded("DN-III.3.a", "2026-01-05")
    scenario.it_is("2026-03-10")
    assert scenario.a_document_is_registered(GUIDANCE) == [scenario.case]
    assert (scenario.open, scenario.deadline("owner_decision")) == (["set_due_date"], ("2026-03-17", "running"))
    scenario.it_is("2026-03-12")
    scenario.the_owner_sets("set_date", due_date="2026-04-10")
    assert (scenario.open, scenario.deadline("plan_task_due")) == (["assign_task"], ("2026-04-10", "running"))
    with refused("document_known"):
        scenario.a_document_is_registered(GUIDANCE)
    scenario.the_work_is_done_and_accepted()
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")


@acceptance
def test_another_document_leaves_a_conditional_task_waiting(scenario):
    """DN III.7.a waits for another document than DN III.3.a."""
    scenario.a_task_is_loaded("DN-III.3.a", "2026-01-05")
    assert scenario.a_document_is_registered("trung-uong/trach-nhiem-giai-trinh-trong-dang") == []
    assert scenario.open == []


@acceptance
def test_a_task_that_is_loaded_after_its_guidance_does_not_wait_for_it(scenario):
    """DN III.3.a: the document is there; it cannot be registered a second time."""
    scenario.it_is("2026-01-02")
    scenario.a_document_is_registered(GUIDANCE)
    scenario.a_task_is_loaded("DN-III.3.a", "2026-01-05")
    assert scenario.open == ["set_due_date"]


# --- no date ----------------------------------------------------------------------------------------------------------


@acceptance
def test_where_the_plan_names_no_date_the_owner_sets_one_and_signs_for_it(scenario):
    """NDH IV.1.a; 54 tasks have no date: within five working days [D]."""
    scenario.a_task_is_loaded("NDH-IV.1.a", "2026-02-11")
    assert (scenario.open, scenario.deadline("owner_decision")) == (
        ["set_due_date"],
        ("2026-02-25", "running"),
    )  # across Tết
    with refused("form_invalid") as seen:
        scenario.does("set_due_date", {"decision": "set_date", "due_date": "2026-05-29"})
    assert list(seen.value.fields) == ["document"]
    scenario.it_is("2026-02-26")
    assert scenario.told == [("plan_owner", "owner_decision")]
    scenario.the_owner_sets("set_date", due_date="2026-05-29")
    assert scenario.deadline("owner_decision") == ("2026-02-25", "met_late")
    assert (scenario.work("assign_task").agency, scenario.deadline("plan_task_due")) == (
        "ndh-du-ubnd",
        ("2026-05-29", "running"),
    )


@acceptance
def test_where_the_plan_names_nobody_the_owner_names_the_lead(scenario):
    """NDH II.1.a names no doer; promoted to a task with one [D]."""
    scenario.a_task_is_loaded("NDH-II.1.a", "2026-01-05")
    scenario.the_owner_sets("set_date", due_date="2026-05-29", lead="ndh-ban-xay-dung-dang")
    assert scenario.work("assign_task").agency == "ndh-ban-xay-dung-dang"
    scenario.the_work_is_done_and_accepted()
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "done")


@pytest.mark.parametrize(
    ("cadence", "first", "due"),
    [
        ("year", {"first_year": 2026}, "2026-12-31"),
        ("quarter", {"first_year": 2026, "first_quarter": 1}, "2026-03-31"),
        ("quarter", {"first_year": 2026, "first_quarter": 2}, "2026-06-30"),
        ("quarter", {"first_year": 2026, "first_quarter": 3}, "2026-09-30"),
        ("quarter", {"first_year": 2026, "first_quarter": 4}, "2026-12-31"),
    ],
)
@acceptance
def test_where_the_plan_names_no_date_the_owner_may_mark_a_standing_duty(scenario, cadence, first, due):
    """Process (b) step 3: «standing duty», quarter by quarter or year by year."""
    scenario.a_task_is_loaded("NDH-IV.1.c", "2026-01-05")
    scenario.the_owner_sets("standing_duty", cadence=cadence, **first)
    [part] = scenario.parts
    scenario.turn_to(part)
    assert (scenario.work("assign_task").agency, scenario.deadline("plan_task_due")) == (
        "ndh-du-ubnd",
        (due, "running"),
    )


@acceptance
def test_a_task_may_be_covered_by_another_task_of_the_plan(scenario):
    """Process (b), paired sections: the owner decides once, recorded."""
    scenario.a_task_is_loaded("DN-II.2.b", "2026-01-05")
    scenario.the_owner_sets("covered", covered_by="DN-III.2.a")
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "covered")


# --- one part for each body -------------------------------------------------------------------------------------------


@acceptance
def test_each_body_of_a_class_has_its_own_part_and_the_task_is_done_when_all_are(scenario):
    """DN III.1.a: each committee under the province makes its own plan; the parent shows n of m."""
    whole = scenario.a_task_is_loaded("DN-III.1.a", "2026-01-05")
    parts = scenario.parts
    agencies = []
    for done, part in enumerate(parts):
        with scenario.speaking_of(whole):
            assert len(scenario.variables.get("part_results") or []) == done
            scenario.the_task_is("open")
        scenario.turn_to(part)
        agencies.append(scenario.file().entry.agency)
        assert scenario.deadline("plan_task_due") == ("2026-03-31", "running")
        scenario.the_work_is_done_and_accepted()
    assert agencies == BODIES
    scenario.turn_to(whole)
    scenario.the_task_is("completed", "done")
    assert [(row["instance"], row["outcome"]) for row in scenario.variables["part_results"]] == [
        (body, "done") for body in BODIES
    ]
    for part in parts:
        scenario.turn_to(part)
        scenario.the_task_is_archived()
        scenario.the_task_is("completed", "done")


@acceptance
def test_one_late_part_is_referred_alone(scenario):
    """DN II.5.b: the body that is late answers for itself."""
    scenario.a_task_is_loaded("DN-III.1.a", "2026-01-05")
    parts = scenario.parts
    for part in parts[:-1]:
        with scenario.speaking_of(part):
            scenario.the_work_is_done_and_accepted()
    scenario.it_is("2026-04-08")
    referred = []
    for part in parts:
        with scenario.speaking_of(part):
            referred.append(len(scenario.referrals))
    assert referred == [0, 0, 0, 1]
    assert len(scenario.variables["part_results"]) == 3


@acceptance
def test_a_standing_duty_of_a_class_has_periods_for_each_body(scenario):
    """DN III.1.c «Thường xuyên …»: each committee, quarter by quarter."""
    scenario.a_task_is_loaded("DN-III.1.c", "2026-01-05")
    assert len(scenario.parts) == 4
    scenario.turn_to(scenario.parts[1])
    assert len(scenario.parts) == 1
    scenario.it_is("2026-04-01")
    assert len(scenario.parts) == 2


@acceptance
def test_the_parts_of_a_task_loaded_after_its_date_are_confirmed_one_by_one(scenario):
    """Process (b): loaded after its date, nothing escalates by itself."""
    whole = scenario.a_task_is_loaded("DN-III.1.b", "2026-06-01")
    for part in scenario.parts:
        with scenario.speaking_of(part):
            assert scenario.open == ["confirm_state"]
            scenario.the_owner_confirms(
                "done", is_public=False, evidence=[{"title": "Quy chế mới", "number": "3-QC/DU"}]
            )
    scenario.turn_to(whole)
    scenario.the_task_is("completed", "done")


# --- cancelled and changed --------------------------------------------------------------------------------------------


@acceptance
def test_cancelling_a_task_of_a_class_stops_the_part_of_each_body(scenario):
    """Process (b): only by a document of the plan owner; number and date are recorded."""
    whole = scenario.a_task_is_loaded("DN-III.1.a", "2026-01-05")
    parts = scenario.parts
    with scenario.speaking_of(parts[0]):
        scenario.the_work_is_done_and_accepted()
    scenario.it_is("2026-02-02")
    scenario.the_owner_cancels_the_task()
    assert scenario.variables["cancellation"]["document"] == {"number": "101-QĐ/TU", "date": "2026-02-02"}
    for case in (whole, *parts):
        scenario.turn_to(case)
        assert scenario.open == ["archive_task"]
        scenario.the_task_is_archived()
    scenario.the_task_is("completed", "cancelled")
    scenario.turn_to(parts[0])
    scenario.the_task_is("completed", "done")


@acceptance
def test_cancelling_a_standing_duty_stops_its_current_period(scenario):
    """Process (b)."""
    scenario.a_task_is_loaded("DN-III.2.f", "2026-01-05")
    [period] = scenario.parts
    scenario.the_owner_cancels_the_task()
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "cancelled")
    scenario.turn_to(period)
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "cancelled")


@pytest.mark.parametrize(
    ("task_id", "waits_at"),
    [("NDH-IV.1.b", ["set_due_date"]), ("DN-III.7.a", []), (FIXED, ["assign_task"])],
    ids=["before it has a date", "while it waits for guidance", "while it is carried out"],
)
@acceptance
def test_a_task_is_cancelled_by_a_document_wherever_it_stands(scenario, task_id, waits_at):
    """Process (b): task cancelled only by a document of the plan owner."""
    scenario.a_task_is_loaded(task_id, "2026-01-05")
    assert scenario.open == waits_at
    scenario.it_is("2026-01-07")
    scenario.the_owner_cancels_the_task()
    assert (scenario.open, scenario.deadline("archive")) == (["archive_task"], ("2027-01-07", "running"))
    scenario.the_task_is_archived()
    scenario.the_task_is("completed", "cancelled")


@acceptance
def test_only_the_plan_owner_cancels_a_task(scenario):
    """Process (b): neither the lead nor the monitor."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    cancelled = {"document": {"number": "1", "date": "2026-01-05"}, "reason": "Không cần thiết nữa."}
    for who in ("dn-ban-tuyen-giao-dan-van.head", "dn-ban-noi-chinh.plan_monitor"):
        with refused("not_your_message"):
            scenario.sends(who, "task_cancelled", cancelled)
    assert scenario.open == ["assign_task"]


@acceptance
def test_a_changed_task_begins_anew_with_its_new_date_and_lead(scenario):
    """Process (b): task moved by a document; the history keeps the old date."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.the_lead_assigns()
    scenario.it_is("2026-03-02")
    scenario.the_owner_changes_the_task(due_date="2026-06-30", lead="dn-vptu")
    assert scenario.deadline("plan_task_due", 1) == ("2026-03-31", "met")
    assert scenario.deadline("plan_task_due", 2) == ("2026-06-30", "running")
    assert scenario.work("assign_task").agency == "dn-vptu"
    scenario.it_is("2026-04-15")
    assert scenario.referrals == []
    scenario.the_work_is_done_and_accepted()
    assert scenario.deadline("plan_task_due") == ("2026-06-30", "met")


@acceptance
def test_a_task_changed_after_its_date_was_late_all_the_same(scenario):
    """Process (e.2): late and then changed counts late."""
    scenario.a_task_is_loaded(FIXED, "2026-01-05")
    scenario.it_is("2026-04-02")
    scenario.the_owner_changes_the_task(due_date="2026-06-30")
    assert scenario.deadline("plan_task_due", 1) == ("2026-03-31", "met_late")
    assert scenario.open == ["assign_task", "report_cause"]


# --- whole plans ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("plan", "tasks"), [("DN", 39), ("NDH", 34)])
@acceptance
def test_a_whole_plan_is_loaded_and_every_task_has_somebody_who_works_on_it(scenario, plan, tasks):
    """Both plans: each task is a case; a quarter passes and nobody works, yet nothing breaks."""
    loaded = scenario.the_plan_is_loaded(plan, "2026-01-05")
    assert len(loaded) == tasks
    scenario.it_is("2026-04-09")
    with refused("plan_loaded"):
        scenario.the_plan_is_loaded(plan)


@acceptance
def test_only_the_owner_of_a_plan_loads_it(scenario):
    """DN I.2.1."""
    monitor = scenario.actor("dn-ban-noi-chinh.plan_monitor")
    with refused("not_administrator"):
        scenario.act(monitor, "load_plan", lambda tx: plans.load(tx, plans.shipped_plan("DN")))
