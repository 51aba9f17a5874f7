"""`./dev histories`: plays the year of the demonstration and keeps trails that together pass every element and every kind of event.

Never rewrites: a definition whose histories are on the shelf is left alone. Commit what it adds when a process has changed.
"""

import json
import sys
import tempfile
from pathlib import Path

from sqlalchemy import select

from engine import demo
from engine.audit.verification import Line, read_lines
from engine.authority import SYSTEM_ACTOR
from engine.database import Database, Transaction
from engine.registers import definitions
from engine.tables import case_, definition
from tests.histories.shelf import DEFINITIONS, FOLDER

LONGEST = 400


def main() -> int:
    """Plays, chooses, writes; returns 0."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "year.sqlite3"
        code = demo.main(["--keep", str(path), *sys.argv[1:]])
        if code:
            return code
        database = Database(f"sqlite:///{path}")
        try:
            with database.read(SYSTEM_ACTOR) as tx:
                for published in definitions.all_newest(tx):
                    keep(tx, published.id, published.definition.process, published.definition.sha256)
        finally:
            database.dispose()
    return 0


def keep(tx: Transaction, definition_id: int, process: str, sha256: str) -> None:
    """Writes the trails of one definition that are worth keeping."""
    if any(FOLDER.glob(f"{process}-{sha256[:8]}-*.jsonl")):
        print(f"{process}: histories of {sha256[:8]} are on the shelf already")
        return
    DEFINITIONS.mkdir(exist_ok=True)
    source = tx.connection.execute(select(definition.c.source).where(definition.c.id == definition_id)).scalar_one()
    (DEFINITIONS / f"{sha256}.json").write_text(source, encoding="utf-8")
    chosen = choose(tx, definition_id)
    for index, (number, head, lines) in enumerate(chosen, start=1):
        about = {"number": number, "length": len(lines), "head": head, "definition": sha256}
        rows = [json.dumps({"body": line.body, "hash": line.hash}, ensure_ascii=False) for line in lines]
        name = f"{process}-{sha256[:8]}-{index:02d}.jsonl"
        (FOLDER / name).write_text("\n".join([json.dumps(about), *rows]) + "\n", encoding="utf-8")
    print(f"{process}: {len(chosen)} histories of {sha256[:8]} recorded")


def choose(tx: Transaction, definition_id: int) -> list[tuple[str, str, list[Line]]]:
    """Few trails that together show everything that any of them shows: greedily, the one that adds most first."""
    query = select(case_.c.id, case_.c.number, case_.c.trail_head).where(
        case_.c.definition_id == definition_id, case_.c.trail_length <= LONGEST
    )
    trails = [
        (number, head, list(read_lines(tx, identity))) for identity, number, head in tx.connection.execute(query).all()
    ]
    shown = {number: features(lines) for number, _head, lines in trails}
    missing = set().union(*shown.values())
    chosen = []
    while missing:
        best = max(trails, key=lambda trail: (len(shown[trail[0]] & missing), -len(trail[2])))
        chosen.append(best)
        missing -= shown[best[0]]
    return chosen


def features(lines: list[Line]) -> set[tuple[str, str]]:
    """What a trail shows: kinds of events, elements passed, rules hit."""
    found = set()
    for line in lines:
        body = json.loads(line.body)
        found.add(("event", line.type))
        found |= {("element", element) for element in body.get("delta", {}).get("passed", ())}
        found |= {("rule", rule) for decision in body.get("decisions", ()) for rule in decision["rules"]}
    return found


if __name__ == "__main__":
    sys.exit(main())
