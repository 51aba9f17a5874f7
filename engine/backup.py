"""Backups: one consistent file while the system goes on, checked before it gets its name.

SQLite: `VACUUM INTO`, then `quick_check` and the heads of all trails on the copy; to restore, put the file in the place of the
database. With the rollback journal, writers wait while the copy is written: some seconds for each gigabyte. PostgreSQL: `pg_dump` in
its custom format, then its table of contents read back; to restore, `pg_restore`.

The master key is not in a backup and must be kept apart from it: without the key no personal value can be read from the copy.
"""

import os
import secrets
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from engine.database import Database
from engine.errors import BrokenTrail, Conflict, Refusal

PATIENCE = 120.0  # seconds to wait for a moment at which nobody commits

HEADS = """
SELECT number FROM case_ LEFT JOIN event ON event.trail_id = case_.id AND event.seq = case_.trail_length
 WHERE event.hash IS NULL OR event.hash <> case_.trail_head
UNION ALL
SELECT number FROM case_ WHERE trail_length <> (SELECT count(*) FROM event WHERE event.trail_id = case_.id)
UNION ALL
SELECT 'administration' FROM administration_trail LEFT JOIN event ON event.trail_id = 0 AND event.seq = length
 WHERE length > 0 AND (event.hash IS NULL OR event.hash <> head)
LIMIT 1
"""
"""The first case whose trail does not end where its row says."""


@dataclass(frozen=True)
class Backup:
    """A finished backup: its file, its size in bytes, and how many trails and lines it holds (None: not counted)."""

    path: Path
    size: int
    trails: int | None = None
    lines: int | None = None


def back_up(database: Database, path: Path) -> Backup:
    """Writes and checks a backup. Raises Conflict (file_exists), BrokenTrail (copy_broken), Refusal (pg_dump_missing, pg_dump_failed)."""
    if path.exists():
        raise Conflict(
            "file_exists",
            f"Tệp «{path}» đã có; bản sao lưu không ghi đè lên tệp nào.",
            f"Expected «{path}» not to exist yet: a backup overwrites nothing.",
        )
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        unfinished.touch(mode=0o600)
        write = _copy_sqlite if database.engine.dialect.name == "sqlite" else _dump_postgresql
        trails, lines = write(database, unfinished)
        _sync(unfinished)
        os.link(unfinished, path)  # unlike a rename, this never overwrites
    except FileExistsError as error:
        raise Conflict(
            "file_exists", f"Tệp «{path}» vừa được tạo.", f"«{path}» has just been made by somebody else."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(path.parent)
    return Backup(path, path.stat().st_size, trails, lines)


def check_sqlite(path: Path) -> tuple[int, int]:
    """The trails and lines of a copy that is sound: pages, and every trail's end. Raises BrokenTrail (copy_broken)."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            (pages,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            broken = [number for (number,) in connection.execute(HEADS)] if pages == "ok" else [pages]
            (trails,) = connection.execute("SELECT count(*) FROM case_").fetchone()
            (lines,) = connection.execute("SELECT count(*) FROM event").fetchone()
        except sqlite3.DatabaseError as error:
            raise _copy_broken(path, str(error)) from error
    if broken:
        raise _copy_broken(path, str(broken[0]))
    return trails, lines


def _copy_sqlite(database: Database, to: Path) -> tuple[int, int]:
    to.unlink()  # SQLite makes the file itself, and does not want one that is there
    old_mask = os.umask(0o077)
    try:
        with closing(sqlite3.connect(str(database.engine.url.database), timeout=PATIENCE)) as connection:
            connection.execute("VACUUM INTO ?", (str(to),))
    finally:
        os.umask(old_mask)
    return check_sqlite(to)


def _dump_postgresql(database: Database, to: Path) -> tuple[None, None]:
    dump, restore = shutil.which("pg_dump"), shutil.which("pg_restore")
    if dump is None or restore is None:
        raise Refusal(
            "pg_dump_missing",
            "Không tìm thấy pg_dump và pg_restore; hãy cài gói postgresql-client cùng phiên bản với máy chủ.",
            "Expected pg_dump and pg_restore on the PATH: install the PostgreSQL client of the server's version.",
        )
    url = database.engine.url
    _run([dump, "--format=custom", "--no-password", f"--file={to}", f"--dbname={_conninfo(url)}"], url)
    _run([restore, "--list", str(to)], url)
    return None, None


def _run(command: list[str], url: URL) -> None:
    """The password goes by the environment: command lines can be read by everybody on the machine."""
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 - a fixed program with our own arguments
        command, env={**os.environ, **secret}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-500:]
        raise Refusal("pg_dump_failed", f"Sao lưu không thành công: {said}", f"The backup failed: {said}")


def _conninfo(url: URL) -> str:
    parts = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database, **url.query}
    quoted = {
        name: str(value).replace("\\", "\\\\").replace("'", "\\'") for name, value in parts.items() if value is not None
    }
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())


def _copy_broken(path: Path, what: str) -> BrokenTrail:
    return BrokenTrail(
        "copy_broken",
        f"Bản sao lưu không toàn vẹn ({what}); không giữ lại. Hãy kiểm tra cơ sở dữ liệu gốc bằng lệnh verify.",
        f"The copy {path.name} is not sound ({what}) and was not kept. Check the database itself with the command verify.",
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
