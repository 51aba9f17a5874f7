"""`verify`, `replay`, `explain`: what was altered is found and named."""

import hashlib
import json

import pytest
from sqlalchemy import text

from engine.authority import SYSTEM_ACTOR


@pytest.fixture
def number(system) -> str:
    return system.a_case()


def test_an_untouched_system_holds(system, number):
    assert [system.run(*words)[0] for words in (["verify"], ["replay"], ["verify", number], ["replay", number])] == [
        0
    ] * 4


@pytest.mark.parametrize("words", [[], ["NUMBER"]])
def test_an_altered_line_is_found_and_named(system, number, words):
    alter(
        system,
        "UPDATE event SET body = replace(body, 'Phòng Tổ chức', 'Phòng Tài vụ') WHERE trail_id = :case AND seq = 1",
        number,
    )
    code, said = system.run("verify", *([number] if words else []))

    assert code == 1
    assert f"{number}, dòng / line 1: the text of the line was altered" in said
    assert "KHÔNG TOÀN VẸN" in said


def test_an_altered_line_of_the_administration_is_found(system):
    alter(
        system,
        "UPDATE event SET body = replace(body, 'receiver', 'head') WHERE trail_id = 0 AND body LIKE '%receiver%'",
    )
    code, said = system.run("verify")

    assert (code, "administration, dòng" in said) == (1, True)


def test_a_history_made_up_with_all_its_hashes_does_not_replay(system, number):
    """Somebody with the database in hand makes the citizen ask for less, and computes every hash anew."""
    forge(system, number, lambda body: body["input"]["variables"]["start"].update(contents=["content"]))
    code, said = system.run("replay")

    assert code == 1
    assert f"SAI LỆCH / DIVERGENCE: {number}, dòng / line 1" in said
    assert system.run("replay", number)[0] == 1


def test_an_unknown_case_is_refused_in_both_languages(system):
    for command in ("verify", "replay", "explain"):
        code, said = system.run(command, "YCGT-KHONG-CO-2026-000001")
        assert (code, "Không có hồ sơ «YCGT-KHONG-CO-2026-000001»" in said, "There is no case" in said) == (
            3,
            True,
            True,
        )


def test_explain_tells_the_law_of_every_line(system, number):
    code, said = system.run("explain", number)

    assert code == 0
    assert "Thông báo tiếp nhận hoặc từ chối" in said
    assert "05 ngày làm việc" in said
    assert "(NĐ 59/2019 Đ11 k4; V)" in said


def drop_the_fence(tx) -> None:
    """What the administrator of a database can do: take away the triggers that keep the trail append only."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'"
    for (name,) in tx.connection.execute(text(query)).all():
        tx.connection.execute(text(f"DROP TRIGGER {name}"))


def alter(system, query: str, number: str | None = None) -> None:
    with system.open() as database, database.begin(SYSTEM_ACTOR) as tx:
        drop_the_fence(tx)
        case = (
            number and tx.connection.execute(text("SELECT id FROM case_ WHERE number = :n"), {"n": number}).scalar_one()
        )
        done = tx.connection.execute(text(query), {"case": case} if number else {})
        assert done.rowcount > 0


def forge(system, number: str, change) -> None:
    """Changes line 1 of a case with one line, and every hash that hangs on it."""
    with system.open() as database, database.begin(SYSTEM_ACTOR) as tx:
        drop_the_fence(tx)
        query = "SELECT e.trail_id, e.body FROM event e JOIN case_ c ON c.id = e.trail_id WHERE c.number = :n AND c.trail_length = 1"
        case, before = tx.connection.execute(text(query), {"n": number}).one()
        body = json.loads(before)
        change(body)
        after = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(after.encode()).hexdigest()
        tx.connection.execute(
            text("UPDATE event SET body = :b, hash = :h WHERE trail_id = :c AND seq = 1"),
            {"b": after, "h": digest, "c": case},
        )
        tx.connection.execute(text("UPDATE case_ SET trail_head = :h WHERE id = :c"), {"h": digest, "c": case})
