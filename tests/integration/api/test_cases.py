"""Cases as they are read: versions, pages, positions."""

import pytest

from tests.integration.api.conftest import WARD, assert_problem, example

CLASSIFIED = example("answered")["steps"][0]["data"]


def path_of(office, number, act="complete"):
    return f"/cases/{number}/work-items/{office.work(number, 'classify')['token']}/{act}"


def test_etag_is_the_version_and_moves_with_every_act(office):
    number = office.filed()["case"]
    receiver = office.official("tiep-nhan")
    before = receiver.get(f"/cases/{number}")
    assert before.headers["ETag"] == f'"{before.json["case"]["version"]}"'
    claimed = receiver.post(path_of(office, number, "claim"), headers={"If-Match": before.headers["ETag"]})
    assert claimed.status_code == 200
    assert receiver.get(f"/cases/{number}").headers["ETag"] == claimed.headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize("act", ["claim", "complete"])
def test_act_on_a_case_that_moved_on_is_refused_and_changes_nothing(office, act):
    number = office.filed()["case"]
    receiver = office.official("tiep-nhan")
    seen = receiver.get(f"/cases/{number}").headers["ETag"]
    assert receiver.post(path_of(office, number, "claim")).status_code == 200
    file = office.file_of(number)
    refused = receiver.post(
        path_of(office, number, act), CLASSIFIED if act == "complete" else None, headers={"If-Match": seen}
    )
    body = assert_problem(refused, 412, "case_changed")
    assert body["details"] == {"expected": int(seen.strip('"')), "version": file["case"]["version"]}
    assert office.file_of(number)["work"] == file["work"]


def test_stale_override_is_refused(office):
    number = office.filed()["case"]
    seen = office.official("lanh-dao").get(f"/cases/{number}").headers["ETag"]
    office.complete(number, "classify", CLASSIFIED)
    act = {
        "reason": "Vụ việc cần dừng để chờ người thừa kế.",
        "legal_basis": "NĐ 59/2019 Điều 14",
        "ground": "heir_unknown",
    }
    suspend = {**act, "review_on": "2026-07-01"}
    for asked in ("", "?rehearse=true"):
        refused = office.official("lanh-dao").post(
            f"/cases/{number}/overrides/suspend{asked}", suspend, headers={"If-Match": seen}
        )
        assert_problem(refused, 412, "case_changed")
    assert office.file_of(number)["case"]["status"] == "open"


@pytest.mark.parametrize("value", ["7", 'W/"7"', '"7", "8"', '"seven"', '""', ""])
def test_if_match_that_names_no_version_is_refused(sqlite_office, value):
    number = sqlite_office.filed()["case"]
    refused = sqlite_office.official("tiep-nhan").post(
        path_of(sqlite_office, number, "claim"), headers={"If-Match": value}
    )
    assert_problem(refused, 400, "if_match_malformed")


def test_any_version_will_do_with_a_star(office):
    number = office.filed()["case"]
    assert (
        office.official("tiep-nhan").post(path_of(office, number, "claim"), headers={"If-Match": "*"}).status_code
        == 200
    )


def walk(caller, path):
    """All entries, page by page, and how many pages there were."""
    entries, pages = [], 0
    while path is not None:
        page = caller.get(path)
        assert page.status_code == 200, page.get_data(as_text=True)
        entries, pages = [*entries, *page.json["items"]], pages + 1
        assert (page.headers.get("Link") or "") == (f'<{page.json["next"]}>; rel="next"' if page.json["next"] else "")
        path = page.json["next"]
    return entries, pages


def test_pages_of_cases_hold_each_case_once(office):
    numbers = [office.filed()["case"] for _ in range(5)]
    found, pages = walk(
        office.official("lanh-dao"), f"/cases?limit=2&process=accountability_request&agency={WARD}&status=open"
    )
    assert [entry["number"] for entry in found] == numbers
    assert pages == 3
    assert walk(office.official("lanh-dao"), "/cases?limit=5")[1] == 1


def test_page_does_not_shift_when_a_case_is_added_meanwhile(office):
    numbers = [office.filed()["case"] for _ in range(3)]
    first = office.official("lanh-dao").get("/cases?limit=2").json
    numbers.append(office.filed()["case"])
    rest = office.official("lanh-dao").get(first["next"]).json["items"]
    assert [entry["number"] for entry in first["items"] + rest] == numbers


def test_pages_of_the_worklist_hold_each_work_item_once(office):
    numbers = {office.filed()["case"] for _ in range(5)}
    found, pages = walk(office.official("tiep-nhan"), "/work-items?limit=2")
    assert ({entry["case"] for entry in found}, len(found), pages) == (numbers, 5, 3)
    assert walk(office.official("van-thu"), "/work-items") == ([], 1)


def test_pages_of_the_history_and_of_the_replay_are_the_whole_trail(office):
    number = office.filed()["case"]
    for step in example("answered")["steps"][:3]:
        office.complete(number, step["element"], step["data"])
    lines, pages = walk(office.official("kiem-toan"), f"/cases/{number}/history?limit=3")
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert pages == 2
    steps, _pages = walk(office.official("kiem-toan"), f"/cases/{number}/replay?limit=3")
    assert [step["type"] for step in steps] == [line["type"] for line in lines]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("after=-1", "after"),
        ("after=" + "9" * 30, "after"),
        ("status=lost", "status"),
        ("agency=%00", "agency"),
        ("agency='", "agency"),
        ("sort=title", "sort"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_wrong_query_names_its_part(sqlite_office, query, field):
    body = assert_problem(sqlite_office.official("lanh-dao").get(f"/cases?{query}"), 422, "input_invalid")
    assert list(body["fields"]) == [field]


@pytest.mark.parametrize(
    "after", ["x", "fHx8", "MjAyNnwxfDE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTl8MXwx", "LTF8LTF8LTE", "4pyT"]
)
def test_position_that_no_worklist_gave_is_refused(sqlite_office, after):
    body = assert_problem(sqlite_office.official("tiep-nhan").get(f"/work-items?after={after}"), 422, "input_invalid")
    assert list(body["fields"]) == ["after"]


def test_deadlines_are_explained_line_by_line_in_both_languages(office):
    number = office.filed()["case"]
    (deadline,) = office.official("van-thu").get(f"/cases/{number}/deadlines").json["items"]
    assert (deadline["name"], deadline["due_on"], deadline["status"]) == ("accept_or_refuse", "2026-06-08", "running")
    assert all(line["vi"] and line["en"] and line["law"] and line["status"] for line in deadline["lines"])
    assert office.official("van-thu").get(f"/cases/{number}/deadlines/accept_or_refuse").json == deadline
    assert_problem(office.official("van-thu").get(f"/cases/{number}/deadlines/explain"), 404, "no_such_deadline")


@pytest.mark.parametrize("number", ["x", "%00", "..%2F..", "YCGT'--", "a" * 81, "YCGT-UBND-PHUONG-2026-000009"])
def test_case_that_does_not_exist_is_not_found(office, number):
    answer = office.official("lanh-dao").get(f"/cases/{number}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("token", ["0", "999999", "2147483647"])
def test_work_item_that_does_not_exist_is_not_found(office, token):
    number = office.filed()["case"]
    assert_problem(
        office.official("tiep-nhan").post(f"/cases/{number}/work-items/{token}/claim"), 404, "no_such_work_item"
    )


def test_work_item_beyond_every_number_leads_nowhere(office):
    number = office.filed()["case"]
    for token in ("2147483648", "-1", "1e3", "x"):
        assert_problem(
            office.official("tiep-nhan").post(f"/cases/{number}/work-items/{token}/claim"), 404, "no_such_path"
        )
