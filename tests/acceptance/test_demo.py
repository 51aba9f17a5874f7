"""The demonstration plays its year on either database, and its figures hold together."""

import re

import pytest

from engine.demo import NOT_FRESH, main
from engine.demo.officers import ASKED
from engine.demo.report import COLUMNS, short_name
from engine.demo.requests_of_the_year import FEWEST, KINDS, stories

NO_FAULTS = re.compile(r"verified (\d+) of \1, replayed \1 of \1")
MOST_LINES = 90
TOLD: list[list[str]] = []
"""What the short years of this run told: the same on every database, but for the line that says how long it took."""


def play(*words):
    try:
        return main(list(words))
    except SystemExit as refused:
        return refused.code


def rows_of(lines):
    """The figures of the table by agency, the sum under the name of the last row."""
    rows = [re.fullmatch(rf"(\S.*?)((?: +\d+){{{len(COLUMNS)}}})", line) for line in lines]
    return {row[1]: dict(zip(COLUMNS, map(int, row[2].split()), strict=True)) for row in rows if row}


def test_a_short_year_is_played_verified_and_replayed(any_database_url, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GIAITRINH_FOLDER", str(tmp_path))

    assert play("--requests", str(FEWEST), "--database", any_database_url) == 0

    lines = capsys.readouterr().out.splitlines()
    assert NO_FAULTS.fullmatch(lines[-1])
    assert len(lines) <= MOST_LINES
    *agencies, (_, total) = rows_of(lines).items()
    assert {name for name, _ in agencies} <= {short_name(agency) for agency in ASKED}
    assert total == {column: sum(row[column] for _, row in agencies) for column in COLUMNS}
    assert total["received"] == FEWEST
    assert total["received"] == total["accepted"] + total["refused"] + total["other"] + total["undecided"]
    assert total["refused"] == len([kind for kind in KINDS if kind.startswith("R")])
    assert total["accepted"] >= total["on_time"] + total["late"] > 0
    assert int(re.search(r"đã dời thời hạn của (\d+) hồ sơ", "\n".join(lines))[1]) > 0
    assert len([line for line in lines if re.match(r"[1-5]\. YCGT-", line)]) == 5

    TOLD.append([line for line in lines if "giây" not in line])
    assert TOLD[-1] == TOLD[0]

    assert play("--requests", str(FEWEST), "--database", any_database_url) == NOT_FRESH


def test_the_same_seed_tells_the_same_stories():
    assert stories(300, 7, ASKED) == stories(300, 7, ASKED)
    assert stories(300, 7, ASKED) != stories(300, 8, ASKED)


@pytest.mark.parametrize("count", [FEWEST, 75, 300])
def test_every_kind_of_request_is_filed_as_far_as_the_year_goes(count):
    told = stories(count, 53, ASKED)

    assert len(told) == count
    assert {story.kind for story in told} == set(list(KINDS)[:count])
    assert [story.day for story in told] == sorted(story.day for story in told)


def test_too_few_requests_are_refused(capsys):
    assert play("--requests", str(FEWEST - 1)) == 2
    assert str(FEWEST) in capsys.readouterr().err


def test_an_existing_file_is_not_overwritten(tmp_path, capsys):
    kept = tmp_path / "year.sqlite3"
    kept.write_bytes(b"mine")

    assert play("--keep", str(kept)) == 2
    assert kept.read_bytes() == b"mine"
