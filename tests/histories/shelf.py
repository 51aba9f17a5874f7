"""Reading the recorded histories."""

import json
from dataclasses import dataclass
from pathlib import Path

from engine.audit.verification import Line
from engine.bpmn.definitions import DefinitionSource

FOLDER = Path(__file__).parent
DEFINITIONS = FOLDER / "definitions"


@dataclass(frozen=True)
class History:
    """One recorded trail."""

    number: str
    length: int
    head: str
    definition: str
    lines: tuple[Line, ...]

    @property
    def source(self) -> DefinitionSource:
        return DefinitionSource.from_json((DEFINITIONS / f"{self.definition}.json").read_text(encoding="utf-8"))


def files() -> list[Path]:
    """The recorded histories, by name."""
    return sorted(FOLDER.glob("*.jsonl"))


def read(path: Path) -> History:
    """One recorded history."""
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    about = json.loads(first)
    lines = tuple(_line(json.loads(text)) for text in rest)
    return History(about["number"], about["length"], about["head"], about["definition"], lines)


def _line(row: dict[str, str]) -> Line:
    body = json.loads(row["body"])
    return Line(body["trail"], body["seq"], body["type"], row["body"], body["prev"], row["hash"])
