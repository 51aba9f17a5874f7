"""The time limits against a second copy of the research, and the loader against wrong tables."""

from datetime import date
from pathlib import Path

import pytest

from workflows.law.legal_parameters import (
    NoParameterInForce,
    in_force,
    load_parameters,
    parse_parameters,
    refuse_overlaps,
)
from workflows.law.reading import TableInvalid

LAW = Path(__file__).parents[3] / "workflows" / "law"

# id: value, unit, counted from, in force from, status. From the legal research, section 19, copied by hand a second time.
RESEARCH = {
    "ack_accept_refuse": (5, "wd", "request_received", "2019-08-15", "V"),
    "explain": (15, "cd", "acceptance_notice_issued", "2019-08-15", "V"),
    "explain_extension": (15, "cd", "explain_due_nominal", "2019-08-15", "V"),
    "press_first_statement": (24, "hour", "event_known", "2026-07-01", "V-"),
    "pakn_transfer": (5, "wd", "received", "2008-03-03", "V"),
    "reception_result": (10, "wd", "received", "2014-07-01", "V"),
    "reception_refusal_notice": (3, "wd", "refused", "2026-07-01", "V-"),
    "forwarded_result_notice": (7, "wd", "settled", "2014-07-01", "V"),
    "denunciation_transfer": (5, "wd", "received", "2019-01-01", "V"),
    "denunciation_initial": (7, "wd", "received", "2019-01-01", "V"),
    "denunciation_initial_max": (10, "wd", "received", "2019-01-01", "V"),
    "denunciation_settle": (30, "cd", "accepted", "2019-01-01", "V"),
    "denunciation_extension": (30, "cd", "denunciation_due_nominal", "2019-01-01", "V"),
    "complaint_accept_old": (10, "cd", "received", "2012-07-01", "V"),
    "complaint_accept": (7, "wd", "received", "2026-07-01", "V-"),
    "complaint_settle_first": (30, "cd", "accepted", "2012-07-01", "V"),
    "complaint_settle_first_complex": (45, "cd", "accepted", "2012-07-01", "V"),
    "complaint_settle_first_remote": (45, "cd", "accepted", "2012-07-01", "V"),
    "complaint_settle_first_remote_complex": (60, "cd", "accepted", "2012-07-01", "V"),
    "superior_asks_report": (5, "wd", "overdue_reported", "2019-01-01", "V"),
    "handler_reports_delay": (5, "wd", "report_asked", "2019-01-01", "V"),
    "inspection_conclusion": (15, "cd", "draft_received", "2025-07-01", "V2"),
    "inspection_implement_doc": (15, "cd", "conclusion_received", "2025-07-01", "V2"),
    "inspection_length": (None, "cd", "decision_announced", "2025-07-01", "not_found"),
    "publish_answer": (5, "wd", "answer_issued", "2018-07-01", "I"),
    "info_online_simple": (3, "wd", "valid_request", "2018-07-01", "V"),
    "info_online_complex": (15, "wd", "valid_request", "2018-07-01", "V"),
    "info_online_complex_extension": (15, "cd", "info_due_nominal", "2018-07-01", "V"),
    "register_incoming": (1, "wd", "received", "2020-03-05", "V"),
    "issue_outgoing": (1, "wd", "signed", "2020-03-05", "V"),
    "archive_handover": (1, "year", "file_closed", "2020-03-05", "V"),
    "archive_historical": (5, "year", "handed_to_current_archive", "2025-07-01", "V2"),
    "retention_case_file": (15, "year", "file_closed", "2023-01-01", "M"),
}
DEFAULTS = {
    "accept_reminder": (3, "wd"),
    "accept_escalation": (2, "wd"),
    "explain_assign": (0, "wd"),
    "explain_internal_verify": (7, "cd"),
    "explain_internal_draft": (12, "cd"),
    "explain_halfway": (8, "cd"),
    "explain_choose": (12, "cd"),
    "supplement": (10, "wd"),
    "suspension_review": (30, "cd"),
    "satisfaction_window": (15, "cd"),
    "close_file": (5, "wd"),
    "incomplete_supplement": (5, "wd"),
    "clarification": (10, "wd"),
    "archive_reminder": (11, "month"),
    "plan_task_assign": (5, "wd"),
    "plan_task_due": (None, "date"),
    "plan_task_reminder": (5, "wd"),
    "plan_task_accept": (5, "wd"),
    "plan_task_report_cause": (5, "wd"),
    "plan_period_end": (None, "date"),
    "plan_period_report": (5, "wd"),
    "plan_yearly_programme": (None, "date"),
    "plan_yearly_report": (None, "date"),
    "conditional_default": (30, "cd"),
    "guidance_check": (1, "year"),
    "inspection_decide": (5, "wd"),
    "commitment_due": (None, "date"),
    "commitment_reminder_first": (10, "wd"),
    "commitment_reminder_second": (3, "wd"),
    "commitment_confirm": (10, "wd"),
}

ANCHORS = "anchors:\n  received: {vi: ngày nhận, en: the day of receipt}\nparameters:\n"
ROW = {
    "id": "one",
    "value": "5",
    "unit": "wd",
    "from": "received",
    "law": "NĐ 1/2020 Đ1",
    "effective_from": "2020-01-01",
    "status": "V",
    "label_vi": "Một việc",
    "label_en": "A thing",
}


def table(*changes):
    """A table with one row per change, each a correct row but for the change (None removes a field)."""
    rows = ({key: value for key, value in {**ROW, **change}.items() if value is not None} for change in changes)
    return ANCHORS + "".join(
        "  - {" + ", ".join(f"{key}: {value}" for key, value in row.items()) + "}\n" for row in rows
    )


def test_the_time_limits_of_the_law_are_those_of_the_research():
    found = {
        each.id: (each.value, each.unit, each.starts_from, each.effective_from.isoformat(), each.status)
        for each in load_parameters()
        if each.status != "D"
    }
    assert found == RESEARCH


def test_the_defaults_of_the_design_are_marked_as_such():
    assert {each.id: (each.value, each.unit) for each in load_parameters() if each.status == "D"} == DEFAULTS


def test_only_extensions_are_limited_in_number():
    limited = {each.id: each.max_times for each in load_parameters() if each.max_times is not None}
    assert limited == {"explain_extension": 1, "denunciation_extension": 2, "info_online_complex_extension": 1}


def test_every_time_limit_says_where_it_comes_from_in_both_languages():
    for each in load_parameters():
        assert all((each.law, each.label_vi, each.label_en, each.starts_from_vi, each.starts_from_en))
        assert each.status != "D" or "mặc định thiết kế" in each.law or each.unit == "date"


def test_what_is_in_force_depends_on_the_day():
    parameters = load_parameters()
    assert in_force(parameters, "complaint_accept_old", date(2026, 6, 30)).value == 10
    assert in_force(parameters, "complaint_accept", date(2026, 7, 1)).value == 7
    for parameter_id, on in [
        ("complaint_accept_old", date(2026, 7, 1)),
        ("complaint_accept", date(2026, 6, 30)),
        ("ack_accept_refuse", date(2019, 8, 14)),
        ("no_such_limit", date(2026, 7, 1)),
    ]:
        with pytest.raises(NoParameterInForce) as missing:
            in_force(parameters, parameter_id, on)
        assert (missing.value.id, missing.value.on) == (parameter_id, on)
        assert f"«{parameter_id}» có hiệu lực vào ngày {on:%d/%m/%Y}" in missing.value.vi
        assert f"«{parameter_id}» in force on {on}" in missing.value.en


def test_two_periods_of_one_limit_may_follow_each_other():
    older = {"effective_to": "2026-06-30"}
    newer = {"value": 7, "effective_from": "2026-07-01"}
    parameters = parse_parameters(table(newer, older))
    assert [in_force(parameters, "one", day).value for day in (date(2026, 6, 30), date(2026, 7, 1))] == [5, 7]
    assert in_force(parameters, "one", date(2040, 1, 1)).effective_to is None


@pytest.mark.parametrize(
    "periods",
    [
        [{}, {"effective_from": "2026-07-01"}],
        [{"effective_to": "2026-07-01"}, {"effective_from": "2026-07-01"}],
        [{}, {}],
    ],
    ids=["open", "one day", "twice the same"],
)
def test_two_periods_of_one_limit_may_not_overlap(periods):
    with pytest.raises(TableInvalid, match="periods of one not to overlap"):
        parse_parameters(table(*periods))


def test_overlaps_are_also_found_in_rows_from_elsewhere():
    refuse_overlaps(load_parameters())
    with pytest.raises(TableInvalid, match="ack_accept_refuse"):
        refuse_overlaps((*load_parameters(), in_force(load_parameters(), "ack_accept_refuse", date(2026, 1, 1))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Five Days"}, "snake_case"),
        ({"id": "ngày"}, "snake_case"),
        ({"value": "five"}, "one value to be a whole number from 0 to 1000, but it is 'five'"),
        ({"value": "-1"}, "from 0 to 1000"),
        ({"value": "true"}, "whole number"),
        ({"value": "1.5"}, "whole number"),
        ({"value": "1000000000"}, "from 0 to 1000"),
        ({"value": None}, "to have a value unless"),
        ({"unit": "date"}, "value"),
        ({"unit": "weeks"}, "one unit to be one of cd, date, hour"),
        ({"unit": None}, "one to have the field unit, but it is missing"),
        ({"status": "not_found"}, "to have a value unless"),
        ({"status": "sure"}, "status to be one of"),
        ({"from": "somewhere"}, "from to be one of received"),
        ({"law": '""'}, "law to be a text"),
        ({"effective_from": "soon"}, "effective_from to be a date such as"),
        ({"effective_from": "2020-01-01T08:00:00"}, "effective_from to be a date"),
        ({"effective_from": "2020-02-30"}, "readable YAML"),
        ({"effective_to": "2019-12-31"}, "to end after it begins"),
        ({"max_times": "0"}, "max_times to be a whole number from 1 to 10"),
        ({"note_vi": "chỉ một"}, "in both languages"),
        ({"label_vi": None}, "field label_vi"),
        ({"colour": "red"}, "only known fields, but it has colour"),
    ],
)
def test_a_wrong_row_is_refused_by_name(change, message):
    with pytest.raises(TableInvalid, match=message):
        parse_parameters(table(change))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mapping at the top, but it is NoneType"),
        ("- 1", "mapping at the top, but it is list"),
        ("anchors: [", "readable YAML"),
        ("anchors: {}", "field parameters"),
        ("anchors: {}\nparameters: {}", "to be a list"),
        ("anchors: {}\nparameters: [5]", "to be a mapping, but it is int"),
        ("anchors: {}\nparameters: []\nmore: 1", "only known fields, but it has more"),
        ("anchors: {received: {vi: a}}\nparameters: []", "field en"),
        ("anchors: {}\nanchors: {}\nparameters: []", "the key 'anchors' occurs twice"),
        ("anchors: !!python/object/apply:os.getcwd []\nparameters: []", "readable YAML"),
    ],
    ids=range(10),
)
def test_a_wrong_table_is_refused(text, message):
    with pytest.raises(TableInvalid, match=message):
        parse_parameters(text)


def test_the_readme_tells_every_time_limit_as_it_is():
    table = (LAW / "README.md").read_text(encoding="utf-8").split("## Time limits")[1]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    told = {tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in rows}
    expected = {
        (
            each.id,
            "–" if each.value is None else str(each.value),
            each.unit,
            each.starts_from,
            each.law,
            f"{each.effective_from}" + (f" – {each.effective_to}" if each.effective_to else ""),
            each.status,
            each.label_vi,
        )
        for each in load_parameters()
    }
    assert told == expected
