"""Exports: trails that a third party can check without this system, and event logs for process mining.

    FOLDER/events.jsonl            the lines as they were hashed, trail by trail; SHA-256 of a line is the next line's `prev`
    FOLDER/definitions/HASH.json   the processes by which the cases ran, named by their SHA-256
    FOLDER/diagrams/HASH/          the same for reading: process.bpmn and the decision tables
    FOLDER/MANIFEST                heads of the trails, hashes of all files
    FOLDER/verify.py               checks all of it with the standard library of Python
    FOLDER/HUONG-DAN.md            one page for the reader, in Vietnamese

An export holds no personal values, as the trails hold none. It proves what was recorded and in which order, as of the MANIFEST; whose
hash belongs in other hands: who may write the folder could write all of it anew. XES is IEEE 1849.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree
from sqlalchemy import Row, select

from engine.audit import trail
from engine.audit.verification import read_lines
from engine.authority import SYSTEM_ACTOR
from engine.bpmn.definitions import Definition, DefinitionSource
from engine.database import Database, Transaction
from engine.errors import Conflict, NotFound
from engine.registers import definitions
from engine.tables import administration_trail, case_, definition
from engine.vocabulary import ADMINISTRATION_TRAIL, EventType

FORMAT = 1
PAGE = 200
ADMINISTRATION = "administration"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Export:
    """What was written. `manifest_sha256` is what the receiver should get by another way."""

    folder: Path
    trails: int
    lines: int
    manifest_sha256: str


@dataclass
class _Bundle:
    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    trails: list[dict[str, Any]] = field(default_factory=list)
    lines: int = 0

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files[name] = hashlib.sha256(content).hexdigest()


def export_bundle(
    database: Database, folder: Path, number: str | None = None, progress: Progress | None = None
) -> Export:
    """Writes the trail of one case, or of all cases and of the administration, into a new or empty folder.

    Raises NotFound for an unknown case, Conflict (folder_not_empty). Reads page by page: the system may go on meanwhile, each trail is
    as of one moment.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(
            "folder_not_empty",
            f"«{folder}» đã có nội dung; hãy chọn một thư mục mới.",
            f"Expected «{folder}» to be a new or empty folder, but it holds something.",
        )
    bundle = _Bundle(folder)
    total = _count(database, number)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    used = _write_events(database, bundle, number, total, progress)
    for identity in sorted(used):
        _write_definition(database, bundle, identity)
    bundle.write("verify.py", VERIFIER.encode())
    bundle.write("HUONG-DAN.md", GUIDE.encode())
    manifest = {
        "format": FORMAT,
        "exported_at": trail.instant_text(database.clock.now()),
        "trails": bundle.trails,
        "files": bundle.files,
    }
    text = (json.dumps(manifest, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()
    (folder / "MANIFEST").write_bytes(text)
    return Export(folder, len(bundle.trails), bundle.lines, hashlib.sha256(text).hexdigest())


def export_xes(database: Database, path: Path, number: str | None = None, progress: Progress | None = None) -> int:
    """Writes cases as an event log (XES, IEEE 1849-2016): a trace per case, an event per line of its trail. Returns how many traces.

    Standard keys: concept:name, lifecycle:transition, org:resource, org:group, time:timestamp. Raises NotFound.
    """
    total = _count(database, number)
    done = 0
    with path.open("wb") as file, etree.xmlfile(file, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(_tag("log"), {"xes.version": "1849-2016", "xes.features": ""}, nsmap={None: XES}):
            for head in _xes_head():
                xml.write(head)
            for rows in _pages(database, number):
                for tx, row in rows:
                    xml.write(_trace(tx, row))
                    done += 1
                    if progress is not None:
                        progress(done, total)
    return done


LIFECYCLE: dict[EventType, str] = {
    EventType.CASE_STARTED: "complete",
    EventType.WORK_ITEM_CLAIMED: "assign",
    EventType.WORK_ITEM_RELEASED: "schedule",
    EventType.WORK_ITEM_COMPLETED: "complete",
    EventType.TIMER_LAPSED: "complete",
    EventType.MESSAGE_DELIVERED: "complete",
    EventType.COMMAND_REFUSED: "unknown",
    EventType.WORK_ITEM_REASSIGNED: "reassign",
    EventType.WORK_ITEM_COMPLETED_FOR: "complete",
    EventType.WORK_ITEM_SKIPPED: "manualskip",
    EventType.CASE_RETURNED: "ate_abort",
    EventType.CASE_MOVED: "ate_abort",
    EventType.CASE_SUSPENDED: "suspend",
    EventType.CASE_RESUMED: "resume",
    EventType.CASE_CANCELLED: "pi_abort",
    EventType.DEADLINE_EXTENDED: "complete",
    EventType.DEADLINE_CHANGED: "complete",
    EventType.DEADLINE_REPROJECTED: "complete",
    EventType.TRACKING_CODE_RENEWED: "complete",
    EventType.PERSON_ERASED: "complete",
}
"""Each audit event type of a case in the standard's lifecycle model."""

XES = "http://www.xes-standard.org/"
EXTENSIONS = ("Concept", "Lifecycle", "Organizational", "Time")
PREFIXES = {"Organizational": "org"}
NAMESPACES: dict[Any, str] = {None: XES}  # None is the default namespace, which the stubs of lxml do not know


def _count(database: Database, number: str | None) -> int:
    with database.read(SYSTEM_ACTOR) as tx:
        query = select(case_.c.id) if number is None else select(case_.c.id).where(case_.c.number == number)
        found = len(tx.connection.execute(query).all())
    if number is not None and not found:
        raise NotFound("no_such_case", f"Không có hồ sơ «{number}».", f"There is no case «{number}».")
    return found


def _pages(database: Database, number: str | None) -> Iterator[Iterator[tuple[Transaction, Row[Any]]]]:
    """The cases, a page in one reading transaction: a long one would hold up the writers of SQLite."""
    last = 0
    while True:
        with database.read(SYSTEM_ACTOR) as tx:
            query = select(case_).where(case_.c.id > last).order_by(case_.c.id).limit(PAGE)
            rows = tx.connection.execute(query if number is None else query.where(case_.c.number == number)).all()
            if not rows:
                return
            yield ((tx, row) for row in rows)
            last = rows[-1].id


def _write_events(
    database: Database, bundle: _Bundle, number: str | None, total: int, progress: Progress | None
) -> set[int]:
    used: set[int] = set()
    hashed = hashlib.sha256()
    done = 0
    with (bundle.folder / "events.jsonl").open("wb") as file:
        if number is None:
            _write_administration(database, bundle, file, hashed)
        for rows in _pages(database, number):
            for tx, row in rows:
                head = {"number": row.number, "trail": row.id, "length": row.trail_length, "head": row.trail_head}
                _write_trail(tx, bundle, file, hashed, {**head, "process": row.process, "status": row.status})
                used.add(row.definition_id)
                done += 1
                if progress is not None:
                    progress(done, total)
    bundle.files["events.jsonl"] = hashed.hexdigest()
    return used


def _write_administration(database: Database, bundle: _Bundle, file: BinaryIO, hashed: Any) -> None:
    with database.read(SYSTEM_ACTOR) as tx:
        row = tx.connection.execute(select(administration_trail)).one_or_none()
        if row is not None:
            head = {"number": ADMINISTRATION, "trail": ADMINISTRATION_TRAIL, "length": row.length, "head": row.head}
            _write_trail(tx, bundle, file, hashed, head)


def _write_trail(tx: Transaction, bundle: _Bundle, file: BinaryIO, hashed: Any, head: dict[str, Any]) -> None:
    for line in read_lines(tx, head["trail"]):
        text = line.body.encode() + b"\n"
        file.write(text)
        hashed.update(text)
        bundle.lines += 1
    bundle.trails.append(head)


def _write_definition(database: Database, bundle: _Bundle, identity: int) -> None:
    with database.read(SYSTEM_ACTOR) as tx:
        row = tx.connection.execute(
            select(definition.c.sha256, definition.c.source).where(definition.c.id == identity)
        ).one()
    source = DefinitionSource.from_json(row.source)
    bundle.write(f"definitions/{row.sha256}.json", row.source.encode())
    bundle.write(f"diagrams/{row.sha256}/process.bpmn", source.bpmn.encode())
    for name, table in source.tables:
        bundle.write(f"diagrams/{row.sha256}/{Path(name).name}", table.encode())


def _xes_head() -> Iterator[etree._Element]:
    for name in EXTENSIONS:
        prefix = PREFIXES.get(name, name.lower())
        yield etree.Element(_tag("extension"), name=name, prefix=prefix, uri=f"{XES}{prefix}.xesext", nsmap=NAMESPACES)
    for scope, keys in (
        ("trace", ("concept:name",)),
        ("event", ("concept:name", "lifecycle:transition", "org:resource")),
    ):
        element = etree.Element(_tag("global"), scope=scope, nsmap=NAMESPACES)
        for key in keys:
            _attribute(element, "string", key, "unknown")
        if scope == "event":
            _attribute(element, "date", "time:timestamp", "1970-01-01T00:00:00.000+00:00")
        yield element
    yield etree.Element(_tag("classifier"), name="Activity", keys="concept:name lifecycle:transition", nsmap=NAMESPACES)
    yield etree.Element(_tag("classifier"), name="Resource", keys="org:resource", nsmap=NAMESPACES)
    yield etree.Element(_tag("string"), key="lifecycle:model", value="standard", nsmap=NAMESPACES)


def _trace(tx: Transaction, row: Row[Any]) -> etree._Element:
    published = definitions.by_id(tx, row.definition_id)
    trace = etree.Element(_tag("trace"), nsmap=NAMESPACES)
    own = {
        "concept:name": row.number,
        "process": row.process,
        "agency": row.agency,
        "status": row.status,
        "outcome": row.outcome,
    }
    for key, value in {**own, "definition": published.definition.sha256}.items():
        if value is not None:
            _attribute(trace, "string", key, str(value))
    for line in read_lines(tx, row.id):
        trace.append(_event(json.loads(line.body), published.definition))
    return trace


def _event(body: dict[str, Any], process: Definition) -> etree._Element:
    """One line as an event. Its name is that of the diagram's element, else the word of the audit event type."""
    element = process.elements.get(body.get("element") or "")
    event = etree.Element(_tag("event"), nsmap=NAMESPACES)
    _attribute(event, "string", "concept:name", element.name if element and element.name else body["type"])
    _attribute(event, "string", "lifecycle:transition", LIFECYCLE[EventType(body["type"])])
    _attribute(event, "string", "org:resource", body["actor"]["id"])
    _attribute(event, "string", "org:group", body["actor"]["agency"])
    _attribute(event, "date", "time:timestamp", body["at"].replace("Z", "+00:00"))
    _attribute(event, "string", "type", body["type"])
    _attribute(event, "int", "seq", str(body["seq"]))
    if element is not None:
        _attribute(event, "string", "element", element.id)
        if element.role:
            _attribute(event, "string", "org:role", element.role)
    return event


def _attribute(parent: etree._Element, kind: str, key: str, value: str) -> None:
    etree.SubElement(parent, _tag(kind), key=key, value=value)


def _tag(name: str) -> str:
    return f"{{{XES}}}{name}"


VERIFIER = '''\
"""Kiểm tra bản xuất nhật ký, không cần mạng, không cần hệ thống: python3 verify.py [thư mục] [--manifest SHA256]

Checks an exported bundle offline with nothing but Python's standard library: every line has not changed, follows the one before
it, and the trails end where the MANIFEST says. Exit code: 0 holds, 1 does not hold, 2 cannot be read.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

NO_EVENT = "0" * 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=Path(__file__).resolve().parent, type=Path)
    parser.add_argument("--manifest", metavar="SHA256", help="mã băm của MANIFEST nhận qua kênh khác / its hash got by another way")
    options = parser.parse_args()
    try:
        text = (options.folder / "MANIFEST").read_bytes()
        found = hashlib.sha256(text).hexdigest()
        manifest = json.loads(text)
        faults = list(all_faults(options.folder, manifest))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"KHÔNG ĐỌC ĐƯỢC / CANNOT BE READ: {error!r}")
        return 2
    if options.manifest and options.manifest.lower() != found:
        faults.insert(0, "MANIFEST: không phải bản đã công bố / is not the one that was made known")
    for fault in faults:
        print("SAI / WRONG:", fault)
    print(f"MANIFEST SHA-256: {found}")
    if faults:
        print("KHÔNG TOÀN VẸN / DOES NOT HOLD")
        return 1
    lines = sum(entry["length"] for entry in manifest["trails"])
    print(f"TOÀN VẸN / HOLDS: {len(manifest['trails'])} nhật ký / trails, {lines} dòng / lines")
    return 0


def all_faults(folder, manifest):
    for name, digest in sorted(manifest["files"].items()):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            yield f"{name}: nội dung đã bị sửa / was altered"
    kept = set(manifest["files"])
    for name in kept:
        parts = name.split("/")
        if parts[0] == "definitions" and hashlib.sha256((folder / name).read_bytes()).hexdigest() + ".json" != parts[1]:
            yield f"{name}: không đúng mã băm trong tên / is not what its name says"
    expected = {entry["trail"]: entry for entry in manifest["trails"]}
    ends, broken = {}, set()
    with (folder / "events.jsonl").open("rb") as file:
        for at, raw in enumerate(file, start=1):
            trail, fault = check_line(raw, ends, kept)
            if fault and trail not in broken:
                broken.add(trail)
                number = expected.get(trail, {}).get("number", trail)
                yield f"events.jsonl dòng / line {at}, hồ sơ / case {number}: {fault}"
    for trail, entry in expected.items():
        if ends.get(trail, (0, NO_EVENT)) != (entry["length"], entry["head"]):
            yield f"hồ sơ / case {entry['number']}: thiếu, thừa hoặc sửa dòng cuối / lines are missing, added or altered at its end"
    for trail in set(ends) - set(expected):
        yield f"nhật ký / trail {trail}: không có trong MANIFEST / is not in the MANIFEST"


def check_line(raw, ends, kept):
    try:
        text = raw.decode("utf-8").removesuffix("\\n")
        body = json.loads(text)
        trail = body["trail"]
    except (ValueError, KeyError, TypeError):
        return None, "không đọc được / cannot be read"
    length, prev = ends.get(trail, (0, NO_EVENT))
    ends[trail] = (length + 1, hashlib.sha256(text.encode("utf-8")).hexdigest())
    if json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")) != text:
        return trail, "không ở dạng chuẩn / is not in canonical form"
    if body.get("seq") != length + 1:
        return trail, f"cần dòng số {length + 1} nhưng là {body.get('seq')} / expected line {length + 1} of its trail"
    if body.get("prev") != prev:
        return trail, f"dòng {length} trước nó đã bị sửa hoặc thay / line {length} before it was altered or replaced"
    if body.get("type") == "case_started" and f"definitions/{body.get('definition')}.json" not in kept:
        return trail, "thiếu định nghĩa quy trình / the definition is missing"
    return trail, None


if __name__ == "__main__":
    sys.exit(main())
'''

GUIDE = """\
# Hướng dẫn đọc bản xuất nhật ký xử lý hồ sơ

Thư mục này là bản sao nhật ký xử lý của một hoặc nhiều hồ sơ (yêu cầu giải trình, nhiệm vụ kế hoạch, kiểm tra khi quá hạn). Người
nhận có thể tự kiểm tra mà không cần mạng, không cần hệ thống đã xuất ra nó, không cần tin người gửi.

## Kiểm tra trong một phút

1. Máy cần có Python 3.9 trở lên; không cần cài thêm gì.
2. Mở cửa sổ lệnh tại thư mục này, chạy: `python3 verify.py`
3. «TOÀN VẸN» nghĩa là không dòng nào bị sửa, xóa, chèn hoặc đổi chỗ so với MANIFEST. «KHÔNG TOÀN VẸN» kèm theo dòng sai đầu tiên
   của từng hồ sơ.
4. Đối chiếu mã `MANIFEST SHA-256` với mã mà cơ quan đã công bố hoặc gửi cho ông/bà bằng đường khác (văn bản, báo, thư điện tử):
   `python3 verify.py --manifest MÃ`. Bước này cần thiết, vì ai sửa được cả thư mục thì cũng có thể lập lại MANIFEST.

## Trong thư mục có gì

| Tệp | Nội dung |
|---|---|
| `events.jsonl` | nhật ký, mỗi dòng một sự kiện, theo thứ tự của từng hồ sơ |
| `definitions/` | quy trình, bảng quyết định, biểu mẫu mà hồ sơ đã chạy theo; tên tệp là mã băm SHA-256 của nội dung |
| `diagrams/` | cũng các quy trình ấy, dạng BPMN và DMN để mở bằng phần mềm vẽ sơ đồ |
| `MANIFEST` | số dòng và mã băm dòng cuối của từng hồ sơ, mã băm của mọi tệp |
| `verify.py` | chương trình kiểm tra, khoảng một trăm dòng, ai cũng đọc được |

## Đọc một dòng nhật ký

`trail` nhật ký số mấy · `seq` dòng thứ mấy · `prev` mã băm SHA-256 của dòng trước (dòng đầu: toàn số 0) · `at` thời điểm (giờ UTC, giờ
Việt Nam = UTC + 7) · `actor` ai, thuộc cơ quan nào, làm thay ai (`for`) · `type` việc gì · `input` đã nhập gì · `delta` hồ sơ rời bước
nào, đến bước nào · `decisions` bảng quyết định đã áp dụng điều nào · `deadlines` thời hạn thay đổi ra sao · `state_sha256` mã băm trạng
thái hồ sơ sau dòng này.

Một số loại việc: `case_started` lập hồ sơ; `work_item_completed` hoàn thành một việc; `timer_lapsed` một mốc thời hạn đến;
`command_refused` hệ thống từ chối một thao tác; `case_suspended` tạm đình chỉ; `deadline_extended` gia hạn; `case_cancelled` đình chỉ.
Các can thiệp của cấp trên luôn kèm lý do và căn cứ trong `input`.

## Bản xuất này không cho biết gì

- Không có họ tên, địa chỉ, điện thoại của người yêu cầu: mỗi giá trị như vậy chỉ còn một cam kết `pv:` và 64 chữ số.
- Nó chứng minh việc gì đã được ghi, khi nào, theo thứ tự nào; không chứng minh điều được ghi là đúng sự thật.
"""
