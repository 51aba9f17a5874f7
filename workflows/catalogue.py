"""The processes on the shelf: which folders hold one, and what its `deadlines.yaml` says.

A folder is a process when it holds `process.bpmn`. Nothing is parsed here but the deadlines; whether a diagram may run is decided
where it is published, and whether it may be committed by `python -m workflows.lint`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
NAME = re.compile(r"[a-z][a-z0-9_]*")


class DeadlinesInvalid(ValueError):
    """A `deadlines.yaml` does not say what it must; the message names the file and the deadline."""


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """A legal clock of a process: which parameter of the law, and from when it runs.

    `starts` is an expression of the diagrams' language that gives an ISO date or instant; `due` gives the last day itself, for
    parameters of unit `date` (then `starts` only serves to find the middle). `restart`: every arming of a timer is a new occurrence. `met_by`: the elements whose completion fulfils
    the duty, `voided_by`: those after which nobody asks for it any more. `late_to`: the role that hears of a lapse.
    """

    id: str
    parameter: str
    label_vi: str
    label_en: str
    starts: str | None = None
    due: str | None = None
    restart: bool = False
    met_by: tuple[str, ...] = ()
    voided_by: tuple[str, ...] = ()
    late_to: str = ""

    def as_row(self) -> dict[str, Any]:
        """The rule as JSON, as it is stored and hashed with a definition."""
        return {**asdict(self), "met_by": list(self.met_by), "voided_by": list(self.voided_by)}


@dataclass(frozen=True, slots=True)
class ProcessFolder:
    """One process: its diagram, its decision tables in the order of their names, its deadlines, its README."""

    id: str
    bpmn_path: Path
    dmn_paths: tuple[Path, ...]
    deadlines: tuple[DeadlineRule, ...]
    readme: str


def processes(root: Path = HERE) -> tuple[ProcessFolder, ...]:
    """Every process folder below `root`, by name. Raises DeadlinesInvalid."""
    return tuple(process_folder(path.parent) for path in sorted(root.glob("*/process.bpmn")))


def process_folder(folder: Path) -> ProcessFolder:
    """One process folder. Raises DeadlinesInvalid, or FileNotFoundError when a file is missing."""
    readme = folder / "README.md"
    return ProcessFolder(
        id=folder.name,
        bpmn_path=folder / "process.bpmn",
        dmn_paths=tuple(sorted(folder.glob("*.dmn"))),
        deadlines=read_deadlines(folder / "deadlines.yaml"),
        readme=readme.read_text(encoding="utf-8") if readme.exists() else "",
    )


def read_deadlines(path: Path) -> tuple[DeadlineRule, ...]:
    """The rules of one file, in its order. Raises DeadlinesInvalid."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DeadlinesInvalid(f"{path}: not YAML: {error}") from error
    rows = content.get("deadlines") if isinstance(content, Mapping) else content
    if not isinstance(rows, list):
        raise DeadlinesInvalid(f"{path}: expected a list under `deadlines`")
    rules = tuple(_rule(path, row) for row in rows)
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise DeadlinesInvalid(f"{path}: {', '.join(sorted({i for i in ids if ids.count(i) > 1}))}: declared twice")
    return rules


def _rule(path: Path, row: Any) -> DeadlineRule:
    if not isinstance(row, Mapping):
        raise DeadlinesInvalid(f"{path}: expected a mapping for each deadline, but found {row!r}")
    where = f"{path}: {row.get('id')}"
    if unknown := set(row) - set(DeadlineRule.__dataclass_fields__):
        raise DeadlinesInvalid(f"{where}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    for key in ("id", "parameter", "label_vi", "label_en"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise DeadlinesInvalid(f"{where}: {key} is missing")
    for key in ("id", "parameter"):
        if not NAME.fullmatch(row[key]):
            raise DeadlinesInvalid(f"{where}: {key} must be snake_case, but it is {row[key]!r}")
    if not row.get("starts") and not row.get("due"):
        raise DeadlinesInvalid(f"{where}: give `starts` (from when it runs), or `due` (the last day itself), or both")
    return DeadlineRule(
        id=row["id"],
        parameter=row["parameter"],
        label_vi=row["label_vi"],
        label_en=row["label_en"],
        starts=_text(where, row, "starts"),
        due=_text(where, row, "due"),
        restart=_flag(where, row),
        met_by=tuple(_names(where, row.get("met_by", ()))),
        voided_by=tuple(_names(where, row.get("voided_by", ()))),
        late_to=_text(where, row, "late_to") or "",
    )


def _text(where: str, row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise DeadlinesInvalid(f"{where}: {key} must be text, but it is {value!r}")
    return value


def _flag(where: str, row: Mapping[str, Any]) -> bool:
    value = row.get("restart", False)
    if not isinstance(value, bool):
        raise DeadlinesInvalid(f"{where}: restart must be true or false, but it is {value!r}")
    return value


def _names(where: str, values: Any) -> Iterable[str]:
    if not isinstance(values, list | tuple):
        raise DeadlinesInvalid(f"{where}: met_by must be a list of element ids")
    for value in values:
        if not isinstance(value, str) or not NAME.fullmatch(value):
            raise DeadlinesInvalid(f"{where}: met_by: {value!r} is no element id")
        yield value
