"""Whatever somebody alters behind the engine's back is named with case and line; personal values are nowhere but where they can be erased."""

import hashlib
import json
import shutil
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

import forms
from engine.audit import replay, trail, verification
from engine.authority import Actor
from engine.bpmn.definitions import DefinitionSource
from engine.commands import definitions, people, requests, work_items
from engine.database import Database
from engine.errors import BrokenTrail, Forbidden, Invalid, NotFound
from engine.queries import cases, tracking
from engine.tables import administration_trail, case_, event, person, person_value
from engine.time.clock import VIETNAM
from tests.diagrams import Diagram
from tests.integration.house_of_cases import House, by_sql, together, user


@pytest.fixture
def house(any_database):
    return House(any_database)


LATER = datetime(2026, 6, 17, 0, 0, tzinfo=VIETNAM)


def make_busy(database):
    """A world with histories: worked on, lapsed, referred, suspended, waiting, ended."""
    house = House(database)
    worked, waiting, other, _asking = (house.start(name) for name in ("errand", "errand", "stage", "question"))
    token = house.token(worked, "work")
    house.do("lan", "claim", lambda tx: work_items.claim(tx, worked, token))
    house.complete("lan", worked, "work")
    house.clock.set(LATER)
    house.tick()
    house.complete("lan", other, "prepare")
    house.override("chief", "suspend", waiting)
    house.override("chief", "resume", waiting)
    house.complete("head", worked, "check")
    house.holds()


@pytest.fixture(scope="module")
def busy_file(tmp_path_factory, migrated_sqlite_file):
    """The busy world, made once: each attack gets a copy."""
    file = tmp_path_factory.mktemp("busy") / "busy.sqlite3"
    shutil.copyfile(migrated_sqlite_file, file)
    database = Database(f"sqlite:///{file}")
    make_busy(database)
    database.dispose()
    return file


@pytest.fixture
def busy(tmp_path, busy_file):
    file = tmp_path / "busy.sqlite3"
    shutil.copyfile(busy_file, file)
    database = Database(f"sqlite:///{file}")
    house = House.again(database, LATER)
    house.worked, house.waiting = house.numbers("errand")
    (house.other,), (house.asking,) = house.numbers("stage"), house.numbers("question")
    yield house
    database.dispose()


def broken(house):
    """(number, line) of every break, with what is said of it."""
    return {(each.number, each.seq): each.what for each in verification.verify_all(house.database).breaks}


def lines_of(house, number):
    query = select(event).join(case_, case_.c.id == event.c.trail_id).where(case_.c.number == number)
    return house.rows(query.order_by(event.c.seq))


def forge(house, number, seq, change, *, up_to_the_head=True):
    """A database administrator who knows how it is done: the line says something else, and every hash after it is made anew."""
    lines = lines_of(house, number)
    prev, statements = "", []
    for line in lines:
        body = json.loads(line.body)
        if line.seq == seq:
            change(body)
        if line.seq > seq:
            body["prev"] = prev
        content = body.pop("__text__", None) or trail.canonical(body)
        prev = hashlib.sha256(content.encode()).hexdigest()
        if line.seq >= seq:
            statements.append((line.seq, content, body["prev"], prev))
    with house.database.engine.begin() as connection:
        for each, content, before, digest in statements:
            values = {"body": content, "prev": before, "hash": digest, "id": lines[0].trail_id, "seq": each}
            update = "UPDATE event SET body = :body, prev = :prev, hash = :hash WHERE trail_id = :id AND seq = :seq"
            connection.execute(text(update), values)
        if up_to_the_head:
            connection.execute(
                text("UPDATE case_ SET trail_head = :head WHERE number = :n"), {"head": prev, "n": number}
            )


# --- lines altered, taken away, added, exchanged (T01 to T05, T12) ---------------------------------------------------


def test_an_altered_line_is_named(busy):
    """T01."""
    trail_id = busy.id_of(busy.worked)
    by_sql(
        busy.database,
        "UPDATE event SET body = replace(body, 'lan', 'lam') WHERE trail_id = :id AND seq = 3",
        id=trail_id,
    )
    assert list(broken(busy)) == [(busy.worked, 3)]
    assert "no longer has its hash" in broken(busy)[busy.worked, 3]


def test_an_altered_line_with_a_new_hash_breaks_the_next(busy):
    """T01, by somebody who knows about hashes."""
    lines = lines_of(busy, busy.worked)
    content = lines[2].body.replace('"lan"', '"lam"')
    digest = hashlib.sha256(content.encode()).hexdigest()
    attack = "UPDATE event SET body = :body, hash = :hash, actor = 'lam' WHERE trail_id = :id AND seq = 3"
    by_sql(busy.database, attack, body=content, hash=digest, id=lines[0].trail_id)
    assert broken(busy) == {(busy.worked, 4): "the line does not follow the one before it"}


def test_a_chain_made_anew_from_a_line_on_does_not_reach_the_head(busy):
    by_sql(busy.database)
    forge(busy, busy.worked, 2, lambda body: body["actor"].update(agency="other"), up_to_the_head=False)
    length = len(lines_of(busy, busy.worked))
    assert list(broken(busy)) == [(busy.worked, length)]
    assert "another head" in broken(busy)[busy.worked, length]


def test_a_chain_made_anew_up_to_the_head_is_found_by_what_it_leads_to(busy):
    """The hashes fit again; but the work item was claimed by somebody else, and the replay leads elsewhere."""
    by_sql(busy.database)
    forge(busy, busy.worked, 3, lambda body: body.update(input={"scope": "whole", "reason": "khác"}))
    length = len(lines_of(busy, busy.worked))
    assert broken(busy) == {}
    (found,) = replay.replay_all(busy.database).divergences
    assert (found.number, found.seq) == (busy.worked, 3)
    forge(busy, busy.waiting, 1, lambda body: body["work"][0].__setitem__(3, "minh"))
    assert [number for number, _line in broken(busy)] == [busy.waiting]
    assert length == len(lines_of(busy, busy.worked))


@pytest.mark.parametrize(
    ("column", "value"), [("actor", "'minh'"), ("type", "'case_moved'"), ("at", "'2026-01-01T00:00:00.000000Z'")]
)
def test_a_column_that_says_something_else_than_its_line_is_named(busy, column, value):
    by_sql(
        busy.database,
        f"UPDATE event SET {column} = {value} WHERE trail_id = :id AND seq = 2",
        id=busy.id_of(busy.worked),
    )
    assert broken(busy) == {(busy.worked, 2): "the columns of the line do not say what its text says"}


@pytest.mark.parametrize("seq", [1, 2, 4])
def test_a_missing_line_is_named(busy, seq):
    """T02."""
    by_sql(busy.database, "DELETE FROM event WHERE trail_id = :id AND seq = :seq", id=busy.id_of(busy.worked), seq=seq)
    assert broken(busy) == {(busy.worked, seq + 1): f"line {seq} is missing"}


def test_exchanged_lines_are_named(busy):
    """T03."""
    move = "UPDATE event SET seq = :to WHERE trail_id = :id AND seq = :from"
    trail_id = busy.id_of(busy.worked)
    by_sql(busy.database)
    with busy.database.engine.begin() as connection:
        for source, target in ((2, 902), (3, 2), (902, 3)):
            connection.execute(text(move), {"id": trail_id, "from": source, "to": target})
    assert list(broken(busy)) == [(busy.worked, 2)]


def test_a_line_put_in_between_is_named(busy):
    """T04: a line that fits what is before it; those behind it move up."""
    lines = lines_of(busy, busy.worked)
    body = {**json.loads(lines[2].body), "seq": 3, "prev": lines[1].hash, "type": "work_item_released"}
    content = trail.canonical(body)
    row = {
        "id": lines[0].trail_id,
        "body": content,
        "prev": lines[1].hash,
        "hash": hashlib.sha256(content.encode()).hexdigest(),
    }
    by_sql(
        busy.database,
        "UPDATE event SET seq = seq + 900 WHERE trail_id = :id AND seq >= 3",
        "UPDATE event SET seq = seq - 899 WHERE trail_id = :id AND seq >= 900",
        "INSERT INTO event (trail_id, seq, at, actor, type, body, prev, hash) "
        f"VALUES (:id, 3, '{trail.instant_text(lines[2].at)}', 'lan', 'work_item_released', :body, :prev, :hash)",
        "UPDATE case_ SET trail_length = trail_length + 1 WHERE id = :id",
        **row,
    )
    assert broken(busy) == {(busy.worked, 4): "the line does not follow the one before it"}


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_a_trail_cut_off_is_named(busy, kept):
    """T05."""
    length = len(lines_of(busy, busy.worked))
    by_sql(
        busy.database, "DELETE FROM event WHERE trail_id = :id AND seq > :kept", id=busy.id_of(busy.worked), kept=kept
    )
    assert list(broken(busy)) == [(busy.worked, kept)]
    assert f"{length} lines" in broken(busy)[busy.worked, kept]
    (found,) = replay.replay_all(busy.database).divergences
    assert (found.number, found.seq) == (busy.worked, kept)


def test_a_trail_cut_off_together_with_its_head_is_found_by_the_state(busy):
    lines = lines_of(busy, busy.worked)
    by_sql(
        busy.database,
        "DELETE FROM event WHERE trail_id = :id AND seq > 2",
        "UPDATE case_ SET trail_length = 2, trail_head = :head WHERE id = :id",
        id=lines[0].trail_id,
        head=lines[1].hash,
    )
    assert broken(busy) == {(busy.worked, 2): "the state is not the one that the trail recorded last"}


def test_a_case_that_is_gone_altogether_is_named_by_its_number(house):
    gone, left = house.start("shout"), house.start("shout")
    trail_id = house.id_of(gone)
    for table in ("work_item", "deadline", "timer", "message_wait"):
        by_sql(house.database, f"DELETE FROM {table} WHERE case_id = :id", id=trail_id)
    by_sql(house.database, "DELETE FROM case_ WHERE id = :id", id=trail_id)
    assert broken(house) == {
        (gone, 0): "the case with this number is missing",
        (f"trail {trail_id}", 0): "the case of this trail is missing",
    }
    by_sql(house.database, "DELETE FROM event WHERE trail_id = :id", id=trail_id)
    assert broken(house) == {(gone, 0): "the case with this number is missing"}
    assert house.case(left).status == "open"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.update(__text__=json.dumps(body, sort_keys=True, ensure_ascii=False)),
        lambda body: body.update(__text__=trail.canonical(body).replace('"v":1', '"v":1.0')),
        lambda body: body.update(__text__=trail.canonical(body).replace('"v":1', '"v":2,"v":1')),
        lambda body: body.update(__text__=trail.canonical(body).replace('"v":1', '"v":1,"x":"e\u0323\u0302"')),
        lambda body: body.update(__text__=trail.canonical(body).replace('"v":1', '"v":1,"x":NaN')),
        lambda body: body.update(__text__="no json"),
    ],
    ids=["blanks", "fraction", "key twice", "not composed", "NaN", "no JSON"],
)
def test_a_line_in_another_form_is_named(busy, spoil):
    """T12: twins that mean the same to a sloppy reader. All hashes fit."""
    by_sql(busy.database)
    forge(busy, busy.worked, 2, spoil)
    assert broken(busy) == {(busy.worked, 2): "the text of the line is not in canonical form"}


@pytest.mark.parametrize("content", ["[1]", "1", '"x"', "null", '{"actor":"x"}'])
def test_a_line_that_is_no_line_is_named_and_stops_nobody(busy, content):
    by_sql(busy.database)
    forge(busy, busy.worked, 2, lambda body: body.update(__text__=content))
    assert list(broken(busy)) == [(busy.worked, 2)]
    assert [(each.number, each.seq) for each in replay.replay_all(busy.database).divergences] == [(busy.worked, 2)]


def test_the_trail_of_the_administration_is_watched_as_well(busy):
    is_set = (event.c.trail_id == 0, event.c.body.contains('"participant":"minh"'))
    (line,) = busy.rows(select(event.c.seq).where(*is_set))
    by_sql(
        busy.database,
        """UPDATE event SET body = replace(body, '"role":"handler"', '"role":"head"') WHERE trail_id = 0 AND seq = :seq""",
        seq=line.seq,
    )
    assert broken(busy) == {("administration", line.seq): "the text of the line was altered: it no longer has its hash"}


def test_a_line_of_the_administration_that_is_added_or_cut_off_is_named(busy):
    last = busy.rows(select(administration_trail))[0].length
    by_sql(busy.database, "DELETE FROM event WHERE trail_id = 0 AND seq = :last", last=last)
    assert list(broken(busy)) == [("administration", last - 1)]
    by_sql(busy.database, "DELETE FROM administration_trail")
    assert [number for number, _seq in broken(busy)] == ["administration"]


# --- tables altered without a line (T13) -----------------------------------------------------------------------------


STATE_OF_ANOTHER = "SELECT frontier, state_sha256 FROM case_ WHERE id = :other"


@pytest.mark.parametrize(
    ("attack", "word"),
    [
        ("UPDATE work_item SET holder = 'minh', status = 'claimed' WHERE case_id = :waiting", "holder"),
        ("UPDATE work_item SET holder = 'minh' WHERE case_id = :worked AND element = 'work'", "holder"),
        ("UPDATE work_item SET role = 'head' WHERE case_id = :waiting", "role"),
        ("UPDATE work_item SET agency = 'other' WHERE case_id = :waiting", "agency"),
        ("UPDATE work_item SET form = 'override.skip' WHERE case_id = :waiting", "form"),
        ("UPDATE work_item SET element = 'check' WHERE case_id = :waiting", "element"),
        ("UPDATE work_item SET status = 'completed' WHERE case_id = :waiting", "status"),
        ("UPDATE work_item SET closed_by = 'minh' WHERE case_id = :worked AND element = 'work'", "closed_by"),
        ("UPDATE work_item SET closed_at = '2026-06-01T00:00:00.000000Z' WHERE case_id = :worked", "closed_at"),
        ("DELETE FROM work_item WHERE case_id = :waiting", "work_item"),
        ("UPDATE timer SET due_at = '2030-01-01T00:00:00.000000Z' WHERE case_id = :waiting AND due_at IS NOT NULL", "moved"),
        ("UPDATE timer SET due_at = NULL WHERE case_id = :waiting", "moved"),
        ("UPDATE timer SET due_at = '2030-01-01T00:00:00.000000Z', attempts = 1 WHERE case_id = :waiting", "moved"),
        ("UPDATE timer SET element = 'check_late' WHERE case_id = :waiting", "element"),
        ("DELETE FROM timer WHERE case_id = :waiting", "timer"),
        ("UPDATE deadline SET due_on = '2026-12-31' WHERE case_id = :other", "answer"),
        ("UPDATE deadline SET due_at = '2026-12-31T17:00:00.000000Z' WHERE case_id = :other", "answer"),
        ("UPDATE deadline SET status = 'met' WHERE case_id = :waiting", "answer"),
        ("UPDATE deadline SET rule_on = '2019-08-15' WHERE case_id = :other", "answer"),
        ("UPDATE deadline SET parameter = 'supplement' WHERE case_id = :other", "answer"),
        ("UPDATE deadline SET ledger = replace(ledger, '2026-06-01', '2026-06-09') WHERE case_id = :other", "answer"),
        ("UPDATE deadline SET fired = '[\"room_late\"]' WHERE case_id = :other", "answer"),
        ("DELETE FROM deadline WHERE case_id = :other", "deadlines"),
        ("UPDATE message_wait SET correlation = 'elsewhere' WHERE case_id = :asking", "correlation"),
        ("UPDATE message_wait SET name = 'withdrawn' WHERE case_id = :asking", "name"),
        ("DELETE FROM message_wait WHERE case_id = :asking", "message_wait"),
        ("UPDATE case_ SET status = 'suspended' WHERE id = :waiting", "status"),
        ("UPDATE case_ SET status = 'completed', ended_at = started_at WHERE id = :waiting", "status"),
        ("UPDATE case_ SET outcome = 'refused' WHERE id = :worked", "outcome"),
        ("UPDATE case_ SET next_due = NULL WHERE id = :waiting", "next due"),
        ("UPDATE case_ SET agency = 'other' WHERE id = :waiting", "office"),
        ("UPDATE case_ SET number = 'ERRAND-OFFICE-2026-000077' WHERE id = :waiting", "000077"),
        ("UPDATE case_ SET definition_id = 1 + (SELECT definition_id FROM case_ WHERE id = :waiting) WHERE id = :waiting", "definition"),
        ("UPDATE case_ SET state_sha256 = trail_head WHERE id = :waiting", "hash"),
        ("UPDATE case_ SET frontier = (SELECT frontier FROM case_ WHERE id = :other) WHERE id = :waiting", "hash"),
        (f"UPDATE case_ SET (frontier, state_sha256) = ({STATE_OF_ANOTHER}) WHERE id = :waiting", "recorded last"),
    ],
)  # fmt: skip
def test_a_table_that_says_something_else_than_the_trail_is_named(busy, attack, word):
    """T13."""
    ids = {name: busy.id_of(getattr(busy, name)) for name in ("worked", "waiting", "other", "asking")}
    values = {name: identity for name, identity in ids.items() if f":{name}" in attack}
    by_sql(busy.database, attack, **values)
    found = broken(busy)
    (trail_id,) = {each.trail_id for each in verification.verify_all(busy.database).breaks if each.trail_id}
    assert trail_id in values.values()
    assert any(word in what for what in found.values()), found


def test_every_kind_of_attack_is_named_on_postgresql(postgresql_database):
    house = House(postgresql_database)
    attacks = {
        "UPDATE event SET body = replace(body, 'lan', 'lam') WHERE trail_id = :id AND seq = 2": 2,
        "DELETE FROM event WHERE trail_id = :id AND seq = 1": 2,
        "DELETE FROM event WHERE trail_id = :id AND seq = 2": 1,
        "UPDATE event SET actor = 'minh' WHERE trail_id = :id AND seq = 2": 2,
        "UPDATE work_item SET holder = 'minh' WHERE case_id = :id AND element = 'check'": 2,
        "UPDATE timer SET due_at = '2030-01-01T00:00:00.000000Z' WHERE case_id = :id": 2,
        "UPDATE deadline SET due_on = '2030-01-01' WHERE case_id = :id": 2,
        "UPDATE case_ SET status = 'suspended' WHERE id = :id": 2,
        f"UPDATE case_ SET (frontier, state_sha256) = ({STATE_OF_ANOTHER.replace(':other', '1')}) WHERE id = :id": 2,
    }
    first, *numbers = house.start_many("errand", [{}] * (len(attacks) + 1))
    for number in (first, *numbers):
        house.complete("lan", number, "work")
    house.holds()
    for number, attack in zip(numbers, attacks, strict=True):
        by_sql(house.database, attack, id=house.id_of(number))
    assert broken(house).keys() == set(zip(numbers, attacks.values(), strict=True))


def test_an_added_row_is_named(busy):
    copied = (
        "INSERT INTO work_item SELECT case_id, 999, element, form, role, agency, instance, 'minh', 'claimed', opened_at, "
        "closed_at, closed_by, due_at FROM work_item WHERE case_id = :id"
    )
    by_sql(busy.database, copied, id=busy.id_of(busy.waiting))
    assert list(broken(busy).values()) == ["work_item: token 999 is missing in the trail"]


def test_an_altered_definition_is_named_and_no_case_of_it_is_believed(busy):
    by_sql(
        busy.database,
        "UPDATE definition SET source = replace(source, 'before(''answer'', ''2 wd'')', 'before(''answer'', ''3 wd'')')",
    )
    busy.database.cache.clear()
    found = broken(busy)
    assert found["errand version 1", 0] == "the definition was altered: it no longer has its hash"
    assert {number for number, seq in found if seq} == {busy.worked, busy.waiting, busy.other}
    assert {each.number for each in replay.replay_all(busy.database).divergences} == {
        busy.worked,
        busy.waiting,
        busy.other,
    }


def test_a_definition_altered_together_with_its_hash_is_not_the_one_the_case_was_started_with(busy):
    query = text("SELECT source FROM definition WHERE process = 'stage'")
    source = busy.rows(query)[0].source.replace("2 wd", "3 wd")
    sha256 = DefinitionSource.from_json(source).sha256
    by_sql(busy.database, "UPDATE definition SET source = :s, sha256 = :h WHERE process = 'stage'", s=source, h=sha256)
    busy.database.cache.clear()
    assert list(broken(busy).values()) == ["the definition is not the one that the case was started with"]
    assert [each.number for each in replay.replay_all(busy.database).divergences] == [busy.other]


def test_replaying_a_case_that_does_not_exist_says_so(house):
    with house.database.read(house.actor("system")) as tx, pytest.raises(NotFound):
        replay.replay_case(tx, "ERRAND-NOWHERE-2026-000001")


def test_who_verifies_while_others_work_hears_no_false_alarm(any_database):
    house = House(any_database)
    numbers = house.start_many("stage", [{}] * 6)
    house.actor("lan")
    verdicts, stop = [], threading.Event()

    def watch():
        while not stop.is_set():
            verdicts.append(verification.verify_all(any_database).breaks)
            verdicts.append(replay.replay_all(any_database).divergences)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for step in ("prepare", "first", "second"):
        results = together([lambda n=n, step=step: house.complete("lan", n, step) for n in numbers])
        assert not [each for each in results if isinstance(each, Exception)]
    stop.set()
    watcher.join()
    assert set(verdicts) == {()}
    house.holds()


# --- personal values -------------------------------------------------------------------------------------------------

FILED = {
    "full_name": "Kanarienvogel Nguyễn Thị Tên",
    "representative_name": "Kanarienvogel Đại Diện",
    "address": "Kanarienvogel số 7 ngõ 8",
    "phone": "0987 654 321",
    "postal_address": "Kanarienvogel hòm thư 99",
    "email": "kanarienvogel@example.vn",
    "identity_number": "079123456789",
    "effect": "Kanarienvogel: quyết định lấy mất lối đi duy nhất.",
    "content": "Kanarienvogel: căn cứ nào để thu hồi thửa đất?",
}
MEMBERS = [{"full_name": "Kanarienvogel Thành Viên", "address": "Kanarienvogel số 9"}]
PAPERS = {
    "accountability_request.record_supplement": {
        "outcome": "supplemented", "recorded_on": "2026-06-05", "content": "Kanarienvogel bổ sung",
    },
    "accountability_request.verify": {
        "findings": "Đã làm việc với các bên liên quan.",
        "meeting_held": True,
        "meetings": [{
            "held_at": "2026-06-09T14:00:00+07:00", "place": "Trụ sở", "attendants": "Kanarienvogel dự họp",
            "content": "Trình bày ý kiến.", "signed_by": "handwritten",
        }],
    },
    "inspection.record_outcome": {
        "closed_on": "2026-06-20", "finding": "late", "summary": "Đã xử lý xong việc chậm, có văn bản kèm theo.",
        "handling": "reprimand", "is_public": False, "persons": "Kanarienvogel bị xử lý",
        "handling_document": {"number": "310/QĐ-UBND", "date": "2026-06-20", "issuer": "UBND tỉnh"},
    },
    "message.partly_withdrawn": {
        "scope": "part", "contents": ["procedure"], "part": "Kanarienvogel phần rút", "reason": "Kanarienvogel lý do một phần",
    },
    "message.supplemented": {"content": "Kanarienvogel nội dung bổ sung"},
    "message.withdrawn": {"scope": "whole", "reason": "Kanarienvogel lý do rút"},
}  # fmt: skip
MARK = "Kanarienvogel"


def personal_fields(fields):
    for field in fields:
        if field["personal"]:
            yield field["name"]
        yield from (f"{field['name']}.{name}" for name in personal_fields(field["fields"]))


def test_every_personal_field_of_every_form_has_its_canary():
    found = {key: set(personal_fields(forms.describe(key)["fields"])) for key in forms.keys()}  # noqa: SIM118 - a function
    expected = {
        "accountability_request.start": {*FILED, "members.full_name", "members.address"},
        "accountability_request.record_supplement": {"content"},
        "accountability_request.verify": {"meetings.attendants"},
        "inspection.record_outcome": {"persons"},
        "message.partly_withdrawn": {"part", "reason"},
        "message.supplemented": {"content"},
        "message.withdrawn": {"reason"},
    }
    assert {key: names for key, names in found.items() if names} == expected


@pytest.fixture
def told(any_database):
    """A world in which every personal field was filled in: by a request, its messages, and papers of every kind."""
    house = House(any_database, shipped=True)
    whole = {**FILED, "requester_kind": "organisation", "several_requesters": True, "members": MEMBERS}
    house.receipt = house.file(who="mai", key="k", **whole)
    house.number = house.receipt["case"]
    paper = Diagram("paper").start()
    for place, form in enumerate(PAPERS):
        user(paper, f"step_{place}", form=form)
    paper.end().chain("s", *(f"step_{place}" for place in range(len(PAPERS))), "e")
    house.do("admin", "publish", lambda tx: definitions.publish(tx, definitions.with_forms(paper.source(deadlines=()))))
    house.paper = house.start("paper")
    for place, entry in enumerate(PAPERS.values()):
        house.complete("mai", house.paper, f"step_{place}", entry, key=f"k{place}")
    code = house.receipt["code"]
    withdrawn = PAPERS["message.withdrawn"]
    house.it_is("2026-06-09 00:00")
    house.tick()
    house.do(
        "citizen", "send", lambda tx: requests.send(tx, house.number, code, "withdrawn", withdrawn), "w", withdrawn
    )
    return house


def everything_stored(house):
    """All that the database holds, as bytes: the file itself on SQLite, every row on PostgreSQL."""
    rows = repr(house.dump()).encode()
    database = house.database.engine.url.database
    if house.database.engine.dialect.name == "sqlite":
        rows += Path(database).read_bytes()
    return rows


def test_no_personal_value_is_stored_in_the_clear(told):
    stored = everything_stored(told)
    assert stored.count(b"thu h\xe1\xbb\x93i") > 0, "the search finds what is there"
    for canary in (MARK, *FILED.values()):
        assert canary.encode() not in stored
        assert json.dumps(canary).encode() not in stored
    for table in ("event", "idempotency", "outbox"):
        assert told.dump()[table], "there is something to be searched"
    told.holds()


def test_who_works_on_the_case_reads_them_and_others_do_not(told):
    with told.database.read(told.actor("mai")) as tx:
        variables = cases.case_file(tx, told.number).variables
        assert {name: variables["start"][name] for name in FILED} == FILED
        assert variables["start"]["members"] == MEMBERS
        assert variables["withdrawal"]["reason"] == PAPERS["message.withdrawn"]["reason"]
        paper = cases.case_file(tx, told.paper).variables
        assert [paper[f"step_{place}"] for place in range(len(PAPERS))] == list(PAPERS.values())
    auditor = Actor("auditor", "Kiểm toán viên", "office", frozenset({("auditor", "office")}))
    with told.database.read(auditor) as tx:
        assert MARK not in repr(cases.case_file(tx, told.number))
        assert MARK not in repr(cases.history(tx, told.number))
    with told.database.read(told.actor("citizen")) as tx:
        assert tracking.tracking(tx, told.number, told.receipt["code"]).status == "open"


def test_an_erased_person_is_gone_and_the_trail_still_verifies(told):
    wrapped, sealed = told.rows(select(person.c.wrapped_key)), told.rows(select(person_value.c.sealed))
    with pytest.raises(Forbidden):
        told.do("chief", "erase", lambda tx: people.erase_person(tx, told.number, "Theo yêu cầu"))
    with pytest.raises(Invalid):
        told.do("admin", "erase", lambda tx: people.erase_person(tx, told.number, "  "))
    for number in (told.number, told.paper):
        said = told.do("admin", "erase", lambda tx, n=number: people.erase_person(tx, n, "Theo yêu cầu của người đó"))
        assert said["erased"] >= len(PAPERS)
        line = told.last_line(number)
        assert (line["type"], line["input"], len(line["commitments"])) == (
            "person_erased", {"ground": "Theo yêu cầu của người đó"}, said["erased"],
        )  # fmt: skip
    assert told.count(person_value) == 0
    stored = everything_stored(told)
    for (secret,) in [*wrapped, *sealed]:
        assert bytes(secret) not in stored
    with told.database.read(told.actor("mai")) as tx:
        start = cases.case_file(tx, told.number).variables["start"]
        assert {start[name] for name in FILED} == {cases.HIDDEN}
        assert start["concerned"]
    told.holds()


def test_what_is_told_after_an_erasure_is_kept_under_a_new_key_and_can_be_erased_again(house):
    paper = Diagram("paper").start()
    for step in ("one", "two"):
        user(paper, step, form="message.supplemented")
    paper.end().chain("s", "one", "two", "e")
    house.do("admin", "publish", lambda tx: definitions.publish(tx, paper.source(deadlines=())))
    number = house.start("paper")
    house.complete("lan", number, "one", {"content": "Điều thứ nhất"})
    house.do("admin", "erase", lambda tx: people.erase_person(tx, number, "Theo yêu cầu"))
    house.complete("lan", number, "two", {"content": "Điều thứ hai"})
    with house.database.read(house.actor("lan")) as tx:
        variables = cases.case_file(tx, number).variables
    assert (variables["one"], variables["two"]) == ({"content": cases.HIDDEN}, {"content": "Điều thứ hai"})
    assert house.do("admin", "erase", lambda tx: people.erase_person(tx, number, "Theo yêu cầu"))["erased"] == 1
    assert house.count(person_value) == 0
    house.holds()


def test_an_exchanged_personal_value_does_not_open(told):
    by_sql(
        told.database,
        "UPDATE person_value SET sealed = (SELECT sealed FROM person_value WHERE case_id = :id AND path = 'full_name') "
        "WHERE case_id = :id AND path = 'address'",
        id=told.id_of(told.number),
    )
    with told.database.read(told.actor("mai")) as tx, pytest.raises(BrokenTrail) as refusal:
        cases.case_file(tx, told.number)
    assert refusal.value.code == "personal_value_altered"
    assert "address" in refusal.value.vi


def test_the_wrong_master_key_says_so(told):
    told.database.master_key = b"\x01" * 32
    with told.database.read(told.actor("mai")) as tx, pytest.raises(ValueError, match="GIAITRINH_MASTER_KEY"):
        cases.case_file(tx, told.number)
    told.holds()  # the trail needs no key


def test_a_renewed_code_is_recorded_and_the_old_one_stops(told):
    renewed = told.do("mai", "renew", lambda tx: requests.renew_code(tx, told.number), key="r")
    last = json.loads(
        told.rows(select(event.c.body).where(event.c.trail_id == 0).order_by(event.c.seq.desc()).limit(1))[0].body
    )
    assert (last["type"], last["actor"]["id"], last["input"]) == ("tracking_code_renewed", "mai", {"case": told.number})
    with told.database.read(told.actor("citizen")) as tx:
        assert tracking.tracking(tx, told.number, renewed["code"]).number == told.number
        with pytest.raises(NotFound):
            tracking.tracking(tx, told.number, told.receipt["code"])
    assert renewed["code"] not in repr(told.dump())
    told.holds()


def test_a_whole_request_from_filing_to_archive_holds(any_database):
    house = House(any_database, shipped=True)
    for name in ("answered", "supplemented_and_refused", "withdrawn"):
        number = house.play(house.file(), name)
        assert house.case(number).status == "completed"
    assert house.incidents() == []
    house.holds()
