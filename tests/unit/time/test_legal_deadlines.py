"""The vectors of the legal research, and every rule of the module told by example."""

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Refusal
from engine.time.clock import VIETNAM, end_of_day, local_date, start_of_day
from engine.time.legal_deadlines import (
    DueDateSet,
    Extension,
    LawLimit,
    Ledger,
    LedgerError,
    Suspension,
    check_extension,
    ledger_from_json,
    ledger_to_json,
    offset_instant,
    project,
)
from engine.time.working_calendar import WorkingCalendar, vietnam_calendar
from workflows.law.calendar_days import CalendarDay, load_calendar
from workflows.law.legal_parameters import in_force, load_parameters

CALENDAR = vietnam_calendar()
ZONES = ["UTC", "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Pacific/Apia"]


def the(parameter_id):
    return in_force(load_parameters(), parameter_id, date(2026, 7, 2))


NOTICE, EXPLAIN, EXTENSION, PRESS = map(
    the, ("ack_accept_refuse", "explain", "explain_extension", "press_first_statement")
)
PLAN_TASK, LENGTH, ARCHIVE = map(the, ("plan_task_due", "inspection_length", "archive_handover"))


def day(text):
    """«3/6» or «3/6/2027»: a day as the research writes it."""
    numbers = [int(number) for number in text.split("/")]
    return date(numbers[2] if len(numbers) == 3 else 2026, numbers[1], numbers[0])


def extended(on="3/6", value=15, unit="cd"):
    return Extension(value, unit, day(on), "vụ việc phức tạp", "NĐ 59/2019 Đ13")


def suspended(from_day, until=None):
    return Suspension(day(from_day), day(until) if until else None, "lý do khách quan")


VECTORS = [
    ("5 working days", NOTICE, "1/6", "8/6", "8/6"),
    ("5 wd across Tết", NOTICE, "11/2", "25/2", "25/2"),
    ("5 wd with a swapped Saturday", NOTICE, "9/1", "15/1", "15/1"),
    ("5 wd across 27/4, 30/4, 1/5", NOTICE, "24/4", "6/5", "6/5"),
    ("5 wd across National Day", NOTICE, "26/8", "7/9", "7/9"),
    ("5 wd with Sat 22/8 working", NOTICE, "20/8", "26/8", "26/8"),
    ("15 days", EXPLAIN, "3/6", "18/6", "18/6"),
    ("15 days ending in Tết", EXPLAIN, "2/2", "17/2", "23/2"),
    ("15 days ending on a working Saturday", EXPLAIN, "7/8", "22/8", "22/8"),
    ("15 days ending on 1/9", EXPLAIN, "17/8", "1/9", "3/9"),
    ("15 days ending on 30/4", EXPLAIN, "15/4", "30/4", "4/5"),
]


@pytest.fixture(params=ZONES)
def zone_of_the_machine(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("parameter", "start", "nominal", "due"), [each[1:] for each in VECTORS], ids=[each[0] for each in VECTORS]
)
def test_vectors_of_the_research(parameter, start, nominal, due):
    projection = project(parameter, Ledger(day(start)), CALENDAR)
    assert (projection.nominal_on, projection.due_on, projection.due_at) == (
        day(nominal),
        day(due),
        end_of_day(day(due)),
    )
    assert (projection.suspended, projection.remaining, projection.provisional) == (False, None, False)


@pytest.mark.parametrize(
    ("start", "extensions", "suspensions", "nominal", "due"),
    [
        ("3/6", [extended()], [], "3/7", "3/7"),
        ("7/8", [extended()], [], "6/9", "7/9"),
        ("1/7", [], [suspended("6/7", "20/7")], "30/7", "30/7"),
    ],
    ids=["15 + 15", "15 + 15, ends on a Sunday", "15, suspended 6/7, resumed 20/7"],
)
def test_vectors_with_a_ledger(start, extensions, suspensions, nominal, due):
    projection = project(EXPLAIN, Ledger(day(start), tuple(extensions), tuple(suspensions)), CALENDAR)
    assert (projection.nominal_on, projection.due_on) == (day(nominal), day(due))


def test_vectors_hold_in_every_time_zone_of_the_machine(zone_of_the_machine):
    for _, parameter, start, _, due in VECTORS:
        projection = project(parameter, Ledger(day(start)), CALENDAR)
        assert projection.due_on == day(due)
        assert projection.due_at.isoformat() == f"{day(due).isoformat()}T17:00:00+00:00"


def test_the_day_of_filing_is_that_of_vietnam_in_every_time_zone(zone_of_the_machine):
    before_midnight = datetime(2026, 6, 1, 16, 59, tzinfo=UTC)
    assert project(NOTICE, Ledger(before_midnight), CALENDAR).due_on == day("8/6")
    assert project(NOTICE, Ledger(before_midnight + timedelta(minutes=1)), CALENDAR).due_on == day("9/6")
    assert project(NOTICE, Ledger(before_midnight.astimezone(VIETNAM)), CALENDAR).due_on == day("8/6")


@pytest.mark.parametrize(
    ("parameter_id", "start", "nominal", "due"),
    [
        ("archive_reminder", "31/3/2025", "28/2/2026", "2/3/2026"),  # no 31 February; Saturday
        ("archive_reminder", "15/1/2026", "15/12/2026", "15/12/2026"),
        ("archive_handover", "29/2/2024", "28/2/2025", "28/2/2025"),
        ("archive_handover", "2/1/2025", "2/1/2026", "5/1/2026"),  # ends on a swapped day off
        ("explain_assign", "1/6/2026", "1/6/2026", "1/6/2026"),  # the same day
        ("explain_assign", "6/6/2026", "6/6/2026", "8/6/2026"),
    ],
)
def test_months_years_and_the_same_day(parameter_id, start, nominal, due):
    projection = project(the(parameter_id), Ledger(day(start)), CALENDAR)
    assert (projection.nominal_on, projection.due_on) == (day(nominal), day(due))


# --- hours, dates --------------------------------------------------------------------------------------------------------------


def test_hours_end_at_an_exact_instant():
    known = datetime(2026, 7, 4, 9, 30, 15, tzinfo=VIETNAM)
    projection = project(PRESS, Ledger(known), CALENDAR)
    assert projection.due_at == datetime(2026, 7, 5, 2, 30, 15, tzinfo=UTC)  # a Sunday: hours do not wait for Monday
    assert (projection.due_on, projection.nominal_on) == (day("5/7"), day("5/7"))


def test_hours_that_end_at_midnight_belong_to_the_day_before():
    projection = project(PRESS, Ledger(start_of_day(day("4/7"))), CALENDAR)
    assert (projection.due_on, projection.due_at) == (day("4/7"), end_of_day(day("4/7")))


def test_hours_know_extension_and_suspension():
    known = datetime(2026, 7, 1, 8, tzinfo=VIETNAM)
    more = (extended("1/7", 12, "hour"),)
    assert project(PRESS, Ledger(known, more), CALENDAR).due_at == known + timedelta(hours=36)
    stopped = Ledger(known, more, (suspended("2/7"),))
    projection = project(PRESS, stopped, CALENDAR)
    assert (projection.due_at, projection.suspended, projection.remaining) == (None, True, 20)
    resumed = Ledger(known, more, (suspended("2/7", "4/7"), suspended("9/7", "10/7")))
    assert project(PRESS, resumed, CALENDAR).due_at == known + timedelta(days=2, hours=36)
    assert project(PRESS, Ledger(known, (), (), (DueDateSet(day("9/7"), day("2/7"), "", ""),)), CALENDAR).due_on == day(
        "9/7"
    )


def test_hours_need_an_instant_and_hours():
    with pytest.raises(LedgerError, match="Expected an instant"):
        project(PRESS, Ledger(day("1/7")), CALENDAR)
    with pytest.raises(LedgerError, match="in hours, but one is in cd"):
        project(PRESS, Ledger(datetime(2026, 7, 1, 8, tzinfo=VIETNAM), (extended(),)), CALENDAR)
    with pytest.raises(LedgerError, match="but the unit is hour"):
        project(EXPLAIN, Ledger(day("1/7"), (extended(unit="hour"),)), CALENDAR)


def test_a_day_named_by_the_plan_stands_as_it_is():
    projection = project(PLAN_TASK, Ledger(day("1/1")), CALENDAR, due_on=day("28/3"))  # a Saturday
    assert (projection.nominal_on, projection.due_on) == (day("28/3"), day("28/3"))
    longer = Ledger(day("1/1"), (extended("2/3", 1),))
    assert project(PLAN_TASK, longer, CALENDAR, due_on=day("28/3")).due_on == day("30/3")  # Sunday, so Monday
    with pytest.raises(LawLimit) as missing:
        project(PLAN_TASK, Ledger(day("1/1")), CALENDAR)
    assert missing.value.code == "due_date_missing"


def test_a_period_whose_length_is_not_known_needs_a_date():
    with pytest.raises(LawLimit) as unknown:
        project(LENGTH, Ledger(day("1/7")), CALENDAR)
    assert (unknown.value.code, isinstance(unknown.value, Refusal)) == ("period_unknown", True)
    ledger = Ledger(day("1/7"), (), (), (DueDateSet(day("30/9"), day("2/7"), "", "Luật 84/2025"),))
    assert project(LENGTH, ledger, CALENDAR).due_on == day("30/9")


# --- a date that somebody set ----------------------------------------------------------------------------------------------------


def test_a_set_date_overrides_the_count_and_stands_on_a_day_off():
    first = DueDateSet(day("27/6"), day("5/6"), "", "NĐ 59/2019 Đ7 k3")
    assert project(EXPLAIN, Ledger(day("3/6"), (), (), (first,)), CALENDAR).due_on == day("27/6")  # a Saturday
    second = replace(first, due_on=day("30/6"), decided_on=day("8/6"))
    assert project(EXPLAIN, Ledger(day("3/6"), (), (), (second, first)), CALENDAR).due_on == day("30/6")
    third = replace(first, due_on=day("1/7"), decided_on=day("8/6"))
    assert project(EXPLAIN, Ledger(day("3/6"), (), (), (second, third)), CALENDAR).due_on == day("1/7")


def test_a_set_date_absorbs_what_came_before_and_not_what_comes_after():
    decided = DueDateSet(day("30/6"), day("10/6"), "", "")
    stopped_before, stopped_after = suspended("5/6", "8/6"), suspended("10/6", "12/6")
    ledger = Ledger(day("3/6"), (extended("4/6"),), (stopped_before,), (decided,))
    assert project(EXPLAIN, ledger, CALENDAR).due_on == day("30/6")
    ledger = Ledger(day("3/6"), (extended("4/6"), extended("11/6")), (stopped_before, stopped_after), (decided,))
    assert project(EXPLAIN, ledger, CALENDAR).due_on == day("17/7")  # 30/6 + 15 days + 2 days
    the_same_day = Ledger(day("3/6"), (extended("10/6"),), (), (decided,))
    assert project(EXPLAIN, the_same_day, CALENDAR).due_on == day("15/7")


def test_a_set_date_does_not_end_a_suspension():
    ledger = Ledger(day("3/6"), (), (suspended("5/6"),), (DueDateSet(day("30/6"), day("10/6"), "", ""),))
    projection = project(EXPLAIN, ledger, CALENDAR)
    assert (projection.suspended, projection.due_at, projection.remaining) == (True, None, 25)


# --- suspension ------------------------------------------------------------------------------------------------------------------


def test_while_suspended_there_is_no_due_day_but_the_rest_is_kept():
    projection = project(EXPLAIN, Ledger(day("1/7"), (), (suspended("6/7"),)), CALENDAR)
    assert (projection.due_on, projection.due_at, projection.suspended) == (None, None, True)
    assert projection.remaining == 10
    resumed = project(EXPLAIN, Ledger(day("1/7"), (), (suspended("6/7", "20/7"),)), CALENDAR)
    assert resumed.due_on == day("20/7") + timedelta(days=projection.remaining)


def test_working_days_are_suspended_in_working_days():
    stopped = project(NOTICE, Ledger(day("1/6"), (), (suspended("5/6"),)), CALENDAR)
    assert (stopped.suspended, stopped.remaining) == (True, 1)
    resumed = project(NOTICE, Ledger(day("1/6"), (), (suspended("5/6", "8/6"),)), CALENDAR)
    assert resumed.due_on == day("9/6")  # only Friday was lost, not the weekend


def test_a_suspension_after_the_due_day_does_not_undo_the_lapse():
    late = Ledger(day("3/6"), (), (suspended("19/6"),))
    assert project(EXPLAIN, late, CALENDAR).due_on == day("18/6")
    assert not project(EXPLAIN, late, CALENDAR).suspended
    assert project(EXPLAIN, Ledger(day("3/6"), (), (suspended("18/6"),)), CALENDAR).suspended
    assert project(EXPLAIN, Ledger(day("3/6"), (), (suspended("19/6", "30/6"),)), CALENDAR).due_on == day("18/6")


def test_a_period_suspended_on_its_moved_last_day_has_that_day_left():
    # 15 days from Friday 29/5 end on Saturday 13/6, so on Monday 15/6.
    on_monday = (suspended("15/6", "17/6"),)
    assert project(EXPLAIN, Ledger(day("29/5"), (), on_monday), CALENDAR).due_on == day("17/6")
    assert project(EXPLAIN, Ledger(day("29/5"), (), (suspended("15/6"),)), CALENDAR).remaining == 0


def test_a_period_that_has_not_begun_cannot_be_stopped():
    assert project(EXPLAIN, Ledger(day("3/6"), (), (suspended("1/6", "2/6"),)), CALENDAR).due_on == day("18/6")
    assert project(EXPLAIN, Ledger(day("3/6"), (), (suspended("1/6", "5/6"),)), CALENDAR).nominal_on == day("20/6")
    assert project(EXPLAIN, Ledger(day("3/6"), (), (suspended("1/6"),)), CALENDAR).remaining == 15


def test_several_suspensions_add_up():
    twice = (suspended("6/7", "8/7"), suspended("8/7", "8/7"), suspended("10/7", "13/7"))
    assert project(EXPLAIN, Ledger(day("1/7"), (), twice), CALENDAR).nominal_on == day("21/7")


# --- what is provisional ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "start", "provisional"),
    [
        (NOTICE, "24/12/2026", False),
        (NOTICE, "25/12/2026", True),  # five working days reach into 2027
        (NOTICE, "30/12/2023", True),
        (NOTICE, "31/12/2023", False),  # the day of the event is not counted
        (EXPLAIN, "16/12/2026", False),
        (EXPLAIN, "17/12/2026", True),  # ends on 1 January 2027
        (EXPLAIN, "25/12/2023", False),  # calendar days: only the last day matters
        (ARCHIVE, "2/3/2026", True),
    ],
)
def test_says_when_days_not_yet_announced_were_counted(parameter, start, provisional):
    projection = project(parameter, Ledger(day(start)), CALENDAR)
    assert projection.provisional is provisional
    assert any("chưa được công bố" in line.vi for line in projection.lines) is provisional


def test_a_date_that_somebody_set_is_never_provisional():
    assert not project(PLAN_TASK, Ledger(day("1/1")), CALENDAR, due_on=day("1/6/2030")).provisional


def test_a_late_decree_moves_the_due_day_and_the_explanation_says_so():
    ledger = Ledger(day("18/11"))
    table = load_calendar()
    culture_day = CalendarDay(
        day("24/11"), "holiday", "Ngày Văn hóa Việt Nam", "Vietnam Culture Day", "một nghị quyết", "V"
    )
    later = WorkingCalendar.from_table(replace(table, days=(*table.days, culture_day)))
    assert project(NOTICE, ledger, CALENDAR).due_on == day("25/11")
    moved = project(NOTICE, ledger, later)
    assert moved.due_on == day("26/11")
    assert "Không tính: Ngày Văn hóa Việt Nam, thứ Ba, 24/11/2026." in [line.vi for line in moved.lines]


# --- the explanation -------------------------------------------------------------------------------------------------------------


def test_the_explanation_of_working_days_line_by_line():
    lines = project(NOTICE, Ledger(day("24/4")), CALENDAR).lines
    assert [(line.vi, line.law, line.status) for line in lines] == [
        (
            "Mốc tính: thứ Sáu, 24/04/2026 (ngày nhận được yêu cầu giải trình); ngày này không tính vào thời hạn.",
            "BLDS 91/2015 Đ147 k2",
            "V",
        ),
        ("Không tính: Giỗ Tổ Hùng Vương, Chủ nhật, 26/04/2026.", "BLLĐ 45/2019 Đ112 k1e (10/3 âm lịch)", "V2"),
        ("Không tính: Nghỉ bù Giỗ Tổ Hùng Vương, thứ Hai, 27/04/2026.", "BLLĐ 45/2019 Đ111 k3", "V2"),
        ("Không tính: Ngày Chiến thắng, thứ Năm, 30/04/2026.", "BLLĐ 45/2019 Đ112 k1c", "V"),
        ("Không tính: Ngày Quốc tế lao động, thứ Sáu, 01/05/2026.", "BLLĐ 45/2019 Đ112 k1d", "V"),
        (
            "Không tính: 03 ngày nghỉ hằng tuần (25/04/2026, 02/05/2026, 03/05/2026).",
            "QĐ 188/1999/QĐ-TTg (tuần làm việc 40 giờ)",
            "M",
        ),
        (
            "Thông báo tiếp nhận hoặc từ chối yêu cầu giải trình: 05 ngày làm việc, đến thứ Tư, 06/05/2026.",
            "NĐ 59/2019 Đ11 k4",
            "V",
        ),
        ("Hết hạn lúc 24 giờ 00 phút thứ Tư, 06/05/2026 (giờ Việt Nam).", "BLDS 91/2015 Đ148 k6", "V"),
    ]


def test_the_explanation_of_calendar_days_in_english():
    ledger = Ledger(day("7/8"), (extended("10/8"),), (suspended("12/8", "13/8"),))
    assert [line.en for line in project(EXPLAIN, ledger, CALENDAR).lines] == [
        "Counted from Friday, 7 August 2026 (the day the acceptance notice was issued); that day itself does not count.",
        "Giving the explanation: 15 days, to Saturday, 22 August 2026.",
        (
            "Extended by 15 days (decided on Monday, 10 August 2026), counted from the end of the period before: "
            "to Sunday, 6 September 2026."
        ),
        (
            "Suspended from Wednesday, 12 August 2026, resumed on Thursday, 13 August 2026: 1 day not counted; "
            "the last day moves to Monday, 7 September 2026."
        ),
        "Ends at 24:00 on Monday, 7 September 2026 (Vietnam time).",
    ]


def test_the_explanation_groups_the_days_of_one_holiday_and_says_why_the_end_moved():
    assert [line.vi for line in project(EXPLAIN, Ledger(day("2/2")), CALENDAR).lines][2:] == [
        "Ngày nghỉ: Tết Nguyên đán Bính Ngọ, từ thứ Ba, 17/02/2026 đến thứ Sáu, 20/02/2026.",
        "Ngày nghỉ: 02 ngày nghỉ hằng tuần (21/02/2026, 22/02/2026).",
        "Ngày cuối, thứ Ba, 17/02/2026, là ngày nghỉ nên thời hạn kết thúc vào ngày làm việc tiếp theo: thứ Hai, 23/02/2026.",
        "Hết hạn lúc 24 giờ 00 phút thứ Hai, 23/02/2026 (giờ Việt Nam).",
    ]


def test_the_explanation_tells_a_worked_saturday_and_a_month_cut_short():
    saturday = project(NOTICE, Ledger(day("9/1")), CALENDAR).lines[1]
    assert (saturday.vi, saturday.en) == (
        "Có tính: Làm bù cho ngày 02/01/2026, thứ Bảy, 10/01/2026.",
        "Counted: Worked in place of 2 January 2026, Saturday, 10 January 2026.",
    )
    february = project(the("archive_reminder"), Ledger(day("31/3/2025")), CALENDAR).lines[1]
    assert february.law == "BLDS 91/2015 Đ148 k3"


def test_every_line_has_both_languages_a_citation_and_a_status():
    known = datetime(2026, 7, 1, 8, tzinfo=VIETNAM)
    set_date = (DueDateSet(day("27/6"), day("5/6"), "", "NĐ 59/2019 Đ7 k3"),)
    projections = [
        project(
            EXPLAIN,
            Ledger(day("1/7"), (extended(), extended(unit="wd")), (suspended("6/7", "7/7"), suspended("8/7"))),
            CALENDAR,
        ),
        project(EXPLAIN, Ledger(day("3/6"), (), (suspended("19/6", "20/6"),)), CALENDAR),
        project(EXPLAIN, Ledger(day("3/6"), (), (), set_date), CALENDAR),
        project(
            PRESS, Ledger(known, (extended("1/7", 1, "hour"),), (suspended("2/7", "3/7"), suspended("9/7"))), CALENDAR
        ),
        project(ARCHIVE, Ledger(day("29/2/2024")), CALENDAR),
        project(PLAN_TASK, Ledger(day("1/1")), CALENDAR, due_on=day("28/3")),
    ]
    for projection in projections:
        for line in projection.lines:
            assert all((line.vi, line.en, line.law))
            assert line.status in {"V", "V-", "V2", "M", "I", "D"}


# --- timers bound to a deadline ----------------------------------------------------------------------------------------------------


def fires(parameter, ledger, relation, amount=0, unit="wd"):
    return offset_instant(project(parameter, ledger, CALENDAR), ledger, relation, amount, unit, CALENDAR)[0]


@pytest.mark.parametrize(
    ("relation", "amount", "unit", "expected"),
    [
        ("at", 0, "wd", end_of_day(day("18/6"))),
        ("before", 3, "wd", start_of_day(day("15/6"))),
        ("before", 4, "wd", start_of_day(day("12/6"))),
        ("before", 4, "cd", start_of_day(day("14/6"))),
        ("before", 0, "wd", start_of_day(day("18/6"))),
        ("after", 5, "wd", end_of_day(day("25/6"))),
        ("after", 2, "wd", end_of_day(day("22/6"))),
        ("after", 2, "cd", end_of_day(day("22/6"))),  # 20/6 is a Saturday
        ("after", 4, "cd", end_of_day(day("22/6"))),
        ("halfway", 0, "cd", start_of_day(day("11/6"))),  # the 8th of 15 days
        ("day_of", 12, "cd", start_of_day(day("15/6"))),
        ("day_of", 3, "wd", start_of_day(day("8/6"))),
    ],
)
def test_timers_of_fifteen_days_from_3_june(relation, amount, unit, expected):
    assert fires(EXPLAIN, Ledger(day("3/6")), relation, amount, unit) == expected


def test_timers_do_not_count_days_under_suspension():
    ledger = Ledger(day("1/7"), (), (suspended("6/7", "20/7"),))
    assert fires(EXPLAIN, ledger, "halfway") == start_of_day(day("23/7"))  # the 8th day counted
    assert fires(EXPLAIN, ledger, "day_of", 12, "cd") == start_of_day(day("27/7"))
    assert fires(EXPLAIN, ledger, "day_of", 2, "cd") == start_of_day(day("3/7"))  # before the suspension
    assert fires(EXPLAIN, ledger, "day_of", 4, "wd") == start_of_day(day("21/7"))  # 2, 3, 20, 21 July
    assert fires(EXPLAIN, ledger, "before", 3, "wd") == start_of_day(day("27/7"))


def test_timers_have_no_instant_while_the_clock_stands():
    ledger = Ledger(day("1/7"), (), (suspended("6/7"),))
    projection = project(EXPLAIN, ledger, CALENDAR)
    for relation in ("at", "before", "after", "halfway", "day_of"):
        instant, line = offset_instant(projection, ledger, relation, 3, "wd", CALENDAR)
        assert instant is None
        assert "ngừng tính" in line.vi


def test_timers_explain_themselves():
    ledger = Ledger(day("3/6"))
    projection = project(EXPLAIN, ledger, CALENDAR)
    said = {
        relation: offset_instant(projection, ledger, relation, 3, "wd", CALENDAR)[1].vi
        for relation in ("at", "before", "after", "halfway", "day_of")
    }
    assert said == {
        "at": "Hết hạn lúc 24 giờ 00 phút thứ Năm, 18/06/2026 (giờ Việt Nam).",
        "before": "Trước hạn 03 ngày làm việc: từ đầu thứ Hai, 15/06/2026.",
        "after": "Sau hạn 03 ngày làm việc: hết thứ Ba, 23/06/2026.",
        "halfway": "Giữa thời hạn: từ đầu thứ Năm, 11/06/2026.",
        "day_of": "Tính từ mốc 03 ngày làm việc: từ đầu thứ Hai, 08/06/2026.",
    }


def test_half_of_a_period_that_is_over_at_once_is_its_start():
    set_date = (DueDateSet(day("1/6"), day("5/6"), "", ""),)
    assert fires(EXPLAIN, Ledger(day("3/6"), (), (), set_date), "halfway") == start_of_day(day("1/6"))


@pytest.mark.parametrize(
    ("relation", "amount", "unit"), [("before", -1, "wd"), ("before", 1, "month"), ("around", 1, "wd")]
)
def test_timers_refuse_what_they_do_not_know(relation, amount, unit):
    with pytest.raises(ValueError, match="Expected"):
        fires(EXPLAIN, Ledger(day("3/6")), relation, amount, unit)


# --- limits of an extension --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ledger", "proposed", "today", "code"),
    [
        (Ledger(day("3/6"), (extended(),)), extended("10/6"), "10/6", "extension_used_up"),
        (Ledger(day("3/6")), extended("10/6", 16), "10/6", "extension_too_long"),
        (Ledger(day("3/6")), extended("10/6", 5, "wd"), "10/6", "extension_wrong_unit"),
        (Ledger(day("3/6")), extended("19/6"), "19/6", "extension_too_late"),
        (Ledger(day("3/6"), (), (suspended("5/6"),)), extended("10/6"), "10/6", "extension_while_suspended"),
    ],
)
def test_the_law_limits_an_extension(ledger, proposed, today, code):
    with pytest.raises(LawLimit) as refused:
        check_extension(EXPLAIN, EXTENSION, ledger, proposed, day(today), CALENDAR)
    assert refused.value.code == code
    assert refused.value.vi
    assert refused.value.en


@pytest.mark.parametrize(
    ("ledger", "value", "today"),
    [
        (Ledger(day("3/6")), 15, "3/6"),
        (Ledger(day("3/6")), 1, "18/6"),  # the due day itself
        (Ledger(day("2/2")), 15, "23/2"),  # the moved due day
        (Ledger(day("1/7"), (), (suspended("6/7", "20/7"),)), 15, "30/7"),
    ],
)
def test_the_law_allows_an_extension_in_time(ledger, value, today):
    check_extension(EXPLAIN, EXTENSION, ledger, extended(today, value), day(today), CALENDAR)


def test_an_extension_may_be_allowed_twice_or_its_length_be_unknown():
    twice, settle = the("denunciation_extension"), the("denunciation_settle")
    once = Ledger(day("1/7"), (extended("2/7", 30),))
    check_extension(settle, twice, once, extended("3/7", 30), day("3/7"), CALENDAR)
    with pytest.raises(LawLimit) as unknown:
        check_extension(
            settle, replace(twice, value=None, status="not_found"), once, extended("3/7"), day("3/7"), CALENDAR
        )
    assert unknown.value.code == "period_unknown"
    unlimited = replace(twice, max_times=None)
    check_extension(
        settle, unlimited, replace(once, extensions=once.extensions * 3), extended("3/7"), day("3/7"), CALENDAR
    )


# --- the ledger ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "build",
    [
        lambda: Ledger(datetime(2026, 6, 1, 8)),  # noqa: DTZ001
        lambda: extended(value=0),
        lambda: extended(value=-5),
        lambda: extended(value=10**9),
        lambda: extended(unit="date"),
        lambda: suspended("8/6", "7/6"),
        lambda: Ledger(day("3/6"), (), (suspended("5/6", "9/6"), suspended("8/6", "10/6"))),
        lambda: Ledger(day("3/6"), (), (suspended("5/6"), suspended("8/6", "10/6"))),
    ],
    ids=["no zone", "nothing", "less than nothing", "too much", "no unit", "backwards", "overlap", "after an open one"],
)
def test_a_ledger_that_contradicts_itself_is_refused(build):
    with pytest.raises(LedgerError, match="Expected"):
        build()


instants = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
calendar_days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
texts = st.text(max_size=20)
extensions = st.builds(
    Extension, st.integers(1, 100), st.sampled_from(["wd", "cd", "month", "year", "hour"]), calendar_days, texts, texts
)
set_dates = st.builds(DueDateSet, calendar_days, calendar_days, texts, texts)


@st.composite
def ledgers(draw):
    anchor = draw(instants | calendar_days)
    moment = local_date(anchor) if isinstance(anchor, datetime) else anchor
    suspensions = []
    for run, stand in draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=3)):
        from_day = moment + timedelta(days=run)
        moment = from_day + timedelta(days=stand)
        suspensions.append(Suspension(from_day, moment, draw(texts)))
    if suspensions and draw(st.booleans()):
        suspensions[-1] = replace(suspensions[-1], until=None)
    return Ledger(
        anchor,
        tuple(draw(st.lists(extensions, max_size=3))),
        tuple(suspensions),
        tuple(draw(st.lists(set_dates, max_size=2))),
    )


@settings(deadline=None)
@given(ledgers())
def test_a_ledger_survives_json(ledger):
    assert ledger_from_json(json.loads(json.dumps(ledger_to_json(ledger)))) == ledger


def test_a_ledger_in_json_is_plain_and_in_utc():
    filed = datetime(2026, 6, 1, 9, tzinfo=timezone(timedelta(hours=7)))
    ledger = Ledger(filed, (extended(),), (suspended("5/6"),), (DueDateSet(day("30/6"), day("9/6"), "vì", "theo"),))
    assert ledger_to_json(ledger) == {
        "anchor": "2026-06-01T02:00:00+00:00",
        "extensions": [
            {
                "value": 15,
                "unit": "cd",
                "decided_on": "2026-06-03",
                "reason": "vụ việc phức tạp",
                "law": "NĐ 59/2019 Đ13",
            }
        ],
        "suspensions": [{"from_day": "2026-06-05", "until": None, "ground": "lý do khách quan"}],
        "set_dates": [{"due_on": "2026-06-30", "decided_on": "2026-06-09", "reason": "vì", "law": "theo"}],
    }
    assert ledger_to_json(Ledger(day("3/6")))["anchor"] == "2026-06-03"


@pytest.mark.parametrize(
    "change",
    [
        {"anchor": "yesterday"},
        {"anchor": "2026-06-01T08:00:00"},
        {"extra": 1},
        {"extensions": [{"value": 15}]},
        {"extensions": [{"value": "15", "unit": "cd", "decided_on": "2026-06-03", "reason": "", "law": ""}]},
        {"extensions": [{"value": True, "unit": "cd", "decided_on": "2026-06-03", "reason": "", "law": ""}]},
        {"extensions": [{"value": 15, "unit": "cd", "decided_on": None, "reason": "", "law": ""}]},
        {"suspensions": [{"from_day": "2026-06-31", "until": None, "ground": ""}]},
        {"suspensions": None},
    ],
)
def test_a_ledger_in_json_that_is_none_is_refused(change):
    with pytest.raises(LedgerError):
        ledger_from_json({**ledger_to_json(Ledger(day("3/6"))), **change})


# --- properties ----------------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(
    ledgers(),
    st.sampled_from([each for each in load_parameters() if each.unit in ("wd", "cd", "month", "year") and each.value]),
)
def test_a_projection_is_coherent(parameterised_ledger, parameter):
    ledger = replace(
        parameterised_ledger, extensions=tuple(each for each in parameterised_ledger.extensions if each.unit != "hour")
    )
    projection = project(parameter, ledger, CALENDAR)
    assert projection == project(parameter, ledger, CALENDAR)
    assert (
        projection.suspended
        == (projection.due_at is None)
        == (projection.due_on is None)
        == (projection.remaining is not None)
    )
    if projection.due_on is None:
        return
    assert projection.due_at == end_of_day(projection.due_on)
    assert local_date(projection.due_at - timedelta(microseconds=1)) == projection.due_on
    assert projection.nominal_on <= projection.due_on
    assert CALENDAR.is_working_day(projection.due_on) or ledger.set_dates
    at, before, after, halfway = (
        offset_instant(projection, ledger, relation, 2, "wd", CALENDAR)[0]
        for relation in ("at", "before", "after", "halfway")
    )
    assert before < at < after
    assert halfway < at
