"""Definitions, plans, documents, the law and people, as administrators and plan owners set them."""

import pytest

from engine import commands
from engine.authority import SYSTEM_ACTOR
from engine.commands import people
from tests.integration.api.conftest import PROVINCE, WARD, assert_problem, new_key
from workflows.catalogue import HERE, process_folder
from workflows.plans.work_plans import PLAN_FILES, load_organisations, load_plans

FOLDER = process_folder(HERE / "accountability_request")


def publication(bpmn=None):
    return {
        "process": FOLDER.id,
        "bpmn": bpmn or FOLDER.bpmn_path.read_text("utf-8"),
        "tables": [{"name": path.name, "dmn": path.read_text("utf-8")} for path in FOLDER.dmn_paths],
        "deadlines": [
            {name: value for name, value in rule.as_row().items() if value not in (None, [], "")}
            for rule in FOLDER.deadlines
        ],
    }


def changed(old, new):
    bpmn = FOLDER.bpmn_path.read_text("utf-8")
    assert old in bpmn
    return publication(bpmn.replace(old, new, 1))


# --- definitions ---


def test_shipped_process_is_known_by_its_hash(office):
    answer = office.official("quan-tri").post("/definitions", publication())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert (answer.json["version"], answer.json["is_new"]) == (1, False)


def test_new_version_is_for_new_cases_and_running_ones_keep_theirs(office):
    old = office.filed()["case"]
    body = changed('name="Kiểm tra điều kiện, phân loại"', 'name="Phân loại yêu cầu"')
    before = office.everything()
    rehearsed = office.official("quan-tri").post("/definitions?rehearse=true", body, key=None)
    assert (rehearsed.status_code, rehearsed.json["version"], rehearsed.json["rehearsed"]) == (200, 2, True)
    assert office.everything() == before

    published = office.official("quan-tri").post("/definitions", body)
    assert (published.status_code, published.json["version"], published.json["is_new"]) == (201, 2, True)
    new = office.filed()["case"]
    assert [office.work(number, "classify")["name"] for number in (old, new)] == [
        "Kiểm tra điều kiện, phân loại",
        "Phân loại yêu cầu",
    ]
    described = office.public().get(f"/definitions/{FOLDER.id}").json
    assert (described["version"], described["sha256"]) == (2, published.json["sha256"])


def test_refused_diagram_names_every_finding_by_its_element(office):
    before = office.everything()
    body = changed("deadline('accept_or_refuse')", "deadline('nobody_knows')")
    body["bpmn"] = body["bpmn"].replace('gt:result="classification"', "", 1).replace('gt:result="decision"', "", 1)
    problem = assert_problem(office.official("quan-tri").post("/definitions", body), 422, "definition_refused")
    assert {"classify", "decide", "intake_lapsed"} <= set(problem["fields"])
    assert office.everything() == before


@pytest.mark.parametrize(
    "bpmn",
    [
        "không phải XML",
        "<definitions/>",
        '<!DOCTYPE x [<!ENTITY a "b">]><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&a;</definitions>',
        "<a>" * 50_000,
    ],
)
def test_what_is_no_diagram_is_refused(sqlite_office, bpmn):
    answer = sqlite_office.official("quan-tri").post("/definitions", publication(bpmn))
    body = assert_problem(answer, 422, "definition_refused")
    assert body["fields"]


def test_wrong_part_of_a_publication_is_named(sqlite_office):
    body = publication()
    body["deadlines"][0] = {**body["deadlines"][0], "id": "Not Snake", "colour": "red"}
    body["tables"][0]["name"] = "../../etc/passwd"
    del body["process"]
    problem = assert_problem(sqlite_office.official("quan-tri").post("/definitions", body), 422, "input_invalid")
    assert set(problem["fields"]) == {"process", "deadlines.0.id", "deadlines.0.colour", "tables.0.name"}


def test_process_that_is_not_published_is_not_found(office):
    assert_problem(office.public().get("/definitions/nothing"), 404, "process_not_published")
    assert [entry["process"] for entry in office.public().get("/definitions").json["items"]] == [
        "accountability_request", "inspection", "plan_task",
    ]  # fmt: skip


# --- plans and documents ---


@pytest.fixture
def planning(office):
    """The office with every organisation that the plans name."""
    entries = [
        {
            "id": each.id,
            "name_vi": each.name_vi,
            "name_en": each.name_en,
            "kind": each.kind,
            "level": each.level,
            "parent": each.parent,
        }
        for each in load_organisations()
    ]
    commands.perform(office.database, SYSTEM_ACTOR, "o", lambda tx: people.set_organisations(tx, entries))
    return office


def test_plan_is_loaded_once_with_a_case_for_each_task(planning):
    administrator, (plan, *_others) = planning.official("quan-tri"), load_plans()
    listed = {entry["id"]: entry["tasks"] for entry in administrator.get("/plans").json["items"]}
    assert listed == {each.id: len(each.tasks) for each in load_plans()}
    before = planning.everything()
    assert administrator.post("/plans?rehearse=true", {"plan": plan.id}).json["tasks"] == len(plan.tasks)
    assert planning.everything() == before

    key = new_key()
    loaded = administrator.post("/plans", {"plan": plan.id}, key=key)
    assert loaded.status_code == 201, loaded.get_data(as_text=True)
    assert set(loaded.json["cases"]) == {task.id for task in plan.tasks}
    assert administrator.post("/plans", {"plan": plan.id}, key=key).json == loaded.json
    assert_problem(administrator.post("/plans", {"plan": plan.id}), 409, "plan_loaded")


def test_plan_that_cannot_be_read_or_found_is_refused(office):
    administrator = office.official("quan-tri")
    assert list(assert_problem(administrator.post("/plans", {"text": "tasks: [}"}), 422, "plan_invalid")["fields"]) == [
        "text"
    ]
    assert list(assert_problem(administrator.post("/plans", {}), 422, "input_invalid")["fields"]) == ["plan"]
    assert_problem(administrator.post("/plans", {"plan": "x", "text": "y"}), 422, "input_invalid")
    body = assert_problem(administrator.post("/plans", {"plan": "unheard-of"}), 422, "no_such_plan")
    assert list(body["fields"]) == ["plan"]


def test_plan_is_loaded_from_its_text(planning):
    text = (HERE / "plans" / PLAN_FILES[0]).read_text("utf-8")
    loaded = planning.official("quan-tri").post("/plans", {"text": text})
    assert loaded.status_code == 201, loaded.get_data(as_text=True)
    assert_problem(planning.official("quan-tri").post("/plans", {"plan": load_plans()[0].id}), 409, "plan_loaded")


BOMB = (
    "x0: &x0 [l,l]\n" + "".join(f"x{n}: &x{n} [*x{n - 1},*x{n - 1},*x{n - 1}]\n" for n in range(1, 60)) + "plan: *x59\n"
)


@pytest.mark.parametrize(
    "text", [BOMB, "[" * 20_000, "? [a]\n: 1", "plan: !!python/name:os.system x", "plan: 1", "\t", "a: " + "9" * 5_000]
)
def test_hostile_plan_is_refused(sqlite_office, text):
    answer = sqlite_office.official("quan-tri").post("/plans", {"text": text})
    assert list(assert_problem(answer, 422, "plan_invalid")["fields"]) == ["text"]


def test_document_is_registered_once_and_plan_tasks_hear_of_it(planning):
    administrator = planning.official("quan-tri")
    for plan in load_plans():
        assert administrator.post("/plans", {"plan": plan.id}).status_code == 201
    waited_for = next(t.deadline.condition.key for p in load_plans() for t in p.tasks if t.deadline.condition)
    document = {
        "issuer": "Ban Tổ chức Trung ương",
        "number": "12-HD/BTCTW",
        "date": "2026-05-20",
        "title": "Hướng dẫn tiêu chí",
    }
    body = assert_problem(administrator.post("/documents", {"key": waited_for, "document": {}}), 422, "form_invalid")
    assert set(body["fields"]) == {"document.issuer", "document.number", "document.date", "document.title"}
    registered = administrator.post("/documents", {"key": waited_for, "document": document})
    assert registered.status_code == 201, registered.get_data(as_text=True)
    assert registered.json["told"]
    assert_problem(administrator.post("/documents", {"key": waited_for, "document": document}), 409, "document_known")


# --- the law ---

HOLIDAY = {
    "day": "2026-06-04", "kind": "compensatory_rest", "name_vi": "Nghỉ bù", "name_en": "Day off in lieu",
    "source": "Thông báo 99/TB-BNV", "status": "D",
}  # fmt: skip


def test_late_holiday_moves_open_deadlines_after_it_was_rehearsed(office):
    number = office.filed()["case"]
    administrator = office.official("quan-tri")
    before = office.everything()
    rehearsed = administrator.post("/law/calendar?rehearse=true", HOLIDAY)
    assert (rehearsed.status_code, rehearsed.json["cases"], rehearsed.json["moved"]) == (200, [number], 1)
    assert office.everything() == before
    assert office.public().get("/law/calendar/2026-06-04").json["works"] is True

    assert administrator.post("/law/calendar", HOLIDAY).status_code == 201
    day = office.public().get("/law/calendar/2026-06-04").json
    assert (day["works"], day["reason"]["source"]) == (False, "Thông báo 99/TB-BNV")
    (deadline,) = office.official("lanh-dao").get(f"/cases/{number}/deadlines").json["items"]
    assert deadline["due_on"] == "2026-06-09"
    assert (
        office.official("lanh-dao").get(f"/cases/{number}/history").json["items"][-1]["type"] == "deadline_reprojected"
    )


def test_days_are_told_with_their_reason(sqlite_office):
    def day(text):
        found = sqlite_office.public().get(f"/law/calendar/{text}").json
        return found["works"], found["reason"] and found["reason"]["kind"]

    assert [day(text) for text in ("2026-06-05", "2026-06-06", "2026-09-02")] == [
        (True, None),
        (False, "weekly_rest"),
        (False, "holiday"),
    ]
    assert_problem(sqlite_office.public().get("/law/calendar/2026-02-30"), 404, "no_such_path")


def test_new_period_of_a_time_limit_ends_the_one_before(office):
    administrator, reader = office.official("quan-tri"), office.public()
    entry = {
        "id": "ack_accept_refuse",
        "value": 3,
        "effective_from": "2027-01-01",
        "law": "NĐ 1/2026 Đ5",
        "status": "V",
    }
    assert administrator.post("/law/parameters?rehearse=true", entry).json["rehearsed"] is True
    answer = administrator.post("/law/parameters", entry)
    assert answer.status_code == 201, answer.get_data(as_text=True)

    def value(on):
        found = [p for p in reader.get(f"/law/parameters?on={on}").json["items"] if p["id"] == "ack_accept_refuse"]
        return [(p["value"], p["unit"], p["effective_to"]) for p in found]

    assert value("2026-12-31") == [(5, "wd", "2026-12-31")]
    assert value("2027-01-01") == [(3, "wd", None)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "nothing"}, "id"),
        ({"value": -1}, "value"),
        ({"unit": "date"}, "value"),
        ({"effective_to": "2026-01-01"}, "effective_to"),
        ({"effective_from": "31/12/2026"}, "effective_from"),
        ({"status": "sure"}, "status"),
        ({"starts_from": "x"}, "starts_from"),
    ],
)
def test_wrong_time_limit_is_refused(sqlite_office, change, field):
    entry = {
        "id": "ack_accept_refuse",
        "value": 3,
        "effective_from": "2027-01-01",
        "law": "NĐ 1/2026 Đ5",
        "status": "V",
    }
    answer = sqlite_office.official("quan-tri").post("/law/parameters", {**entry, **change})
    assert answer.status_code == 422
    assert list(assert_problem(answer, 422, answer.json["code"])["fields"]) == [field]


def test_wrong_day_is_refused(sqlite_office):
    answer = sqlite_office.official("quan-tri").post(
        "/law/calendar", {**HOLIDAY, "kind": "party", "source": " ", "status": "not_found"}
    )
    assert set(assert_problem(answer, 422, "input_invalid")["fields"]) == {"kind", "source", "status"}


# --- people ---


def test_new_participant_gets_a_role_and_a_token_and_works(office):
    administrator = office.official("quan-tri")
    person = {"id": "do-van-moi", "name": "Đỗ Văn Mới", "agency": WARD, "active": True}
    assert administrator.post("/participants", person).status_code == 201
    role = {"role": "receiver", "agency": WARD, "effective_from": "2026-01-01"}
    assert administrator.post("/participants/do-van-moi/roles", role).json["from"] == "2026-01-01"
    token = administrator.post("/participants/do-van-moi/tokens", {"label": "máy trạm"}).json["token"]
    office.filed()
    caller = office.public(Authorization=f"Bearer {token}")
    assert len(caller.get("/work-items").json["items"]) == 1


def test_organisation_is_added_and_listed(office):
    entry = {
        "id": "so-tnmt",
        "name_vi": "Sở",
        "name_en": "Department",
        "kind": "state",
        "level": "province",
        "parent": PROVINCE,
    }
    assert office.official("quan-tri").post("/organisations", entry).json == {"id": "so-tnmt"}
    listed = {each["id"]: each for each in office.public().get("/organisations").json["items"]}
    assert listed["so-tnmt"]["parent"] == PROVINCE
    assert WARD in listed


@pytest.mark.parametrize("reserved", ["system", "requester", "System"])
def test_ids_of_the_engine_are_nobodys(sqlite_office, reserved):
    entry = {"id": reserved, "name": "x", "agency": WARD, "active": True}
    body = assert_problem(sqlite_office.official("quan-tri").post("/participants", entry), 422, "input_invalid")
    assert list(body["fields"]) == ["id"]


def test_unknown_names_are_wrong_fields_in_a_body_and_wrong_paths_in_an_address(sqlite_office):
    administrator = sqlite_office.official("quan-tri")
    entry = {"id": "ai-do", "name": "x", "agency": "nowhere", "active": True}
    assert list(assert_problem(administrator.post("/participants", entry), 422, "no_such_organisation")["fields"]) == [
        "agency"
    ]
    assert_problem(administrator.post("/participants/nobody/tokens", {"label": "x"}), 404, "no_such_participant")
    role = {"role": "requester", "agency": WARD, "effective_from": "2026-01-01"}
    assert list(
        assert_problem(administrator.post("/participants/van-thu/roles", role), 422, "input_invalid")["fields"]
    ) == ["role"]


def test_erased_person_is_gone_and_the_trail_verifies(office):
    number = office.filed()["case"]
    erased = office.official("quan-tri").post(
        f"/cases/{number}/erasure", {"ground": "Theo đề nghị của chủ thể dữ liệu."}
    )
    assert erased.status_code == 200, erased.get_data(as_text=True)
    assert erased.json["erased"] == 5
    assert office.official("tiep-nhan").get(f"/cases/{number}").json["variables"]["start"]["full_name"] == "[đã ẩn]"
    assert office.official("kiem-toan").get(f"/cases/{number}/verification").json["holds"] is True


def test_health_is_told(office):
    assert office.public().get("/health/live").json == {"status": "live"}
    assert office.public().get("/health/ready").json == {"status": "ready"}


def test_caller_is_told_who_they_are(office):
    assert office.official("quan-tri").get("/me").json == {
        "id": "quan-tri",
        "name": "quan-tri",
        "agency": PROVINCE,
        "roles": [{"role": "administrator", "agency": PROVINCE}],
    }
