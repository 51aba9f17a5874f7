"""The command line: `python -m engine COMMAND`, also installed as `giaitrinh`. Thin: it reads words and tells what the rooms answered.

    set up      setup  migrate  publish  load-plan  accounts
    run         serve  worker  tick
    audit       verify  replay  explain  export  backup
    try         demo

Results go to standard output, everything else to standard error. Exit codes: EXIT_CODES.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy import inspect, make_url, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from engine import backup as backups
from engine import commands, deliveries, installation, migrations, server
from engine.audit import exports, replay, verification
from engine.authority import SYSTEM_ACTOR
from engine.commands import definitions, plans
from engine.database import Database
from engine.errors import BrokenTrail, Invalid, NotFound, Refusal
from engine.queries import cases
from engine.registers.definitions import all_newest
from engine.scheduler import Scheduler
from engine.settings import Settings, read_settings
from engine.tables import case_
from workflows import catalogue
from workflows.law.legal_parameters import NoParameterInForce
from workflows.law.reading import TableInvalid
from workflows.plans.work_plans import WorkPlan, load_documents, load_organisations, parse_plan

EXIT_CODES = """\b
Mã kết thúc / exit codes:
  0    xong / done
  1    nhật ký hoặc bản sao không toàn vẹn / a trail or a copy does not hold
  2    lệnh chưa đúng / the command is not right
  3    bị từ chối, dữ liệu chưa hợp lệ / refused, or the input is wrong
  4    thiếu thứ cần có: cơ sở dữ liệu, cổng, chương trình / something needed is missing or out of reach
  130  bị ngắt / interrupted
"""
DONE, DOES_NOT_HOLD, USAGE, REFUSED, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 3, 4, 130
UNAVAILABLE_CODES = {
    "application_missing",
    "clock_suspect",
    "port_taken",
    "database_unsafe",
    "database_missing",
    "schema_old",
    "settings_wrong",
    "pg_dump_missing",
    "pg_dump_failed",
}
PLANS = {"dn": "DN", "ndh": "NDH"}

DATABASE_HINT = "GIAITRINH_DATABASE (SQLAlchemy URL), GIAITRINH_FOLDER (var), GIAITRINH_MASTER_KEY"


def main(words: Sequence[str] | None = None) -> int:
    """Carries out the words and returns the exit code. What goes wrong is told in both languages."""
    before = os.umask(0o077)  # databases, exports and copies are for their owner's eyes
    try:
        return int(
            program.main(args=list(words) if words is not None else None, prog_name="giaitrinh", standalone_mode=False)
            or DONE
        )
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        return _tell_usage(error)
    except (click.Abort, KeyboardInterrupt):
        return _fail(INTERRUPTED, "Đã ngắt.", "Interrupted.")
    except Refusal as refusal:
        return _tell_refusal(refusal)
    except NoParameterInForce as error:
        return _fail(REFUSED, error.vi, error.en)
    except (TableInvalid, catalogue.DeadlinesInvalid) as error:
        return _fail(REFUSED, f"Tệp chưa hợp lệ: {error}", f"The file is not valid: {error}")
    except OSError as error:
        return _fail(UNAVAILABLE, f"Không thực hiện được: {error}", f"Not possible: {error}")
    except SQLAlchemyError as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
        return _fail(UNAVAILABLE, f"Cơ sở dữ liệu báo lỗi: {said}. Kiểm tra {DATABASE_HINT}, hoặc chạy lệnh setup.",
                     f"The database says: {said}. Check {DATABASE_HINT}, or run setup.")  # fmt: skip
    finally:
        os.umask(before)


@click.group(
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": 118, "max_content_width": 118},
)
@click.option("-v", "--verbose", is_flag=True, help="Ghi nhật ký chi tiết / log more.")
def program(verbose: bool) -> None:
    """Hệ thống giải trình: yêu cầu giải trình và nhiệm vụ kế hoạch là những hồ sơ BPMN, có thời hạn theo luật và nhật ký kiểm chứng được.

    Accountability requests and plan tasks as BPMN cases, with the clock of the law and a verifiable trail.
    """
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("alembic", "sqlalchemy", "spiff"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


# --- set up ---------------------------------------------------------------------------------------------------------


@program.command()
@click.option("--no-demo", is_flag=True, help="Không lập tài khoản dùng thử / no demonstration accounts.")
def setup(no_demo: bool) -> None:
    """Thiết lập: lược đồ, luật, quy trình, cơ quan, kế hoạch, tài khoản dùng thử; chạy lại không hại gì / set everything up; may be repeated."""
    with _database(must_exist=False) as database:
        installation.set_up(database, demo=not no_demo, say=_say)
    if not no_demo:
        _say("Tài khoản dùng thử có mã ai cũng biết: không dùng cho hệ thống có hồ sơ thật (setup --no-demo).",
             "Everybody knows the tokens of the demonstration accounts: not for a system with real cases (setup --no-demo).")  # fmt: skip


@program.command()
def migrate() -> None:
    """Nâng lược đồ cơ sở dữ liệu lên mới nhất / bring the schema to the newest version."""
    with _database(must_exist=False) as database:
        migrations.upgrade(database.engine.url.render_as_string(hide_password=False))
    _say("Lược đồ cơ sở dữ liệu: mới nhất.", "Database schema: newest.")


@program.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def publish(folders: tuple[Path, ...]) -> None:
    """Công bố quy trình trong các thư mục, hoặc mọi quy trình kèm theo / publish the processes in these folders, or all that are shipped."""
    found = [catalogue.process_folder(folder.resolve()) for folder in folders] or list(catalogue.processes())
    with _database() as database:
        for folder in found:
            source = definitions.shipped_source(folder)
            entry = commands.perform(database, SYSTEM_ACTOR, "publish", partial(definitions.publish, source=source))
            vi, en = ("đã công bố", "published") if entry["is_new"] else ("không thay đổi", "unchanged")
            name = f"{entry['process']} v{entry['version']} ({entry['sha256'][:12]})"
            _say(f"{name}: {vi}.", f"{name}: {en}.")


@program.command("load-plan")
@click.argument("plan", metavar="dn|ndh|FILE")
def load_plan(plan: str) -> None:
    """Nạp một kế hoạch: mỗi nhiệm vụ thành một hồ sơ / load a plan: each of its tasks becomes a case."""
    chosen = _plan_named(plan)
    with _database() as database:
        said = commands.perform(database, SYSTEM_ACTOR, "load_plan", lambda tx: plans.load(tx, chosen))
    _say(
        f"Kế hoạch {said['plan']}: đã lập {said['tasks']} hồ sơ.",
        f"Plan {said['plan']}: {said['tasks']} cases started.",
    )


@program.command()
def accounts() -> None:
    """Liệt kê tài khoản dùng thử / list the demonstration accounts: token, name, agency, roles."""
    with _database() as database, database.read(SYSTEM_ACTOR) as tx:
        for account in installation.demo_accounts(tx):
            click.echo(f"{account.token}\t{account.name}\t{account.agency_name}\t{','.join(account.roles)}")


# --- run ------------------------------------------------------------------------------------------------------------


@program.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Địa chỉ / address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Cổng / port.")
@click.option("--timers/--no-timers", default=True, help="Chạy kèm các mốc thời hạn / let the timers tick here, too.")
@click.option(
    "--processes", type=click.IntRange(1), help="Số tiến trình (PostgreSQL) / processes; one per core by default."
)
@click.option(
    "--unsafe-database", is_flag=True, help="Chấp nhận PostgreSQL tắt fsync, chỉ để thử / accept fsync=off, for trials."
)
@click.option("--child-of", type=int, hidden=True)
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    timers: bool,
    processes: int | None,
    unsafe_database: bool,
    child_of: int | None,
) -> None:
    """Chạy máy chủ: giao diện, API và các mốc thời hạn / run the server: pages, API and timers. SIGTERM drains."""
    if child_of is not None:
        server.end_with_parent(child_of)
    address = server.Address(host, port)
    wishes = server.Wishes(timers, processes, unsafe_database)
    with _database() as database:
        greeting = _greeting(database, address)
        settings = _settings()
    context.exit(server.serve(settings, address, wishes, lambda: click.echo(greeting)))


@program.command()
@click.pass_context
def worker(context: click.Context) -> None:
    """Chỉ chạy các mốc thời hạn, đến khi có SIGTERM / only the timers, until SIGTERM."""
    with _database():
        pass
    context.exit(server.work(_settings(), lambda: _say("Đang theo dõi thời hạn.", "The timers tick.")))


@program.command()
def tick() -> None:
    """Một lượt: mốc đến hạn, thời hạn theo luật mới, gửi nhắc việc / one pass: lapses, deadlines that moved, deliveries."""
    with _database() as database:
        report = Scheduler(database).run_once()
        with database.read(SYSTEM_ACTOR) as tx:
            dead = deliveries.dead_letters(tx)
    counts = (report.lapsed, report.reprojected, report.delivered, report.given_up)
    _say("Mốc đến hạn: {}; thời hạn dời: {}; thư đã gửi: {}; thư bỏ: {}.".format(*counts),
         "Timers: {}; deadlines moved: {}; letters delivered: {}; given up: {}.".format(*counts))  # fmt: skip
    for letter in dead:
        _say(f"Thư không gửi được: {letter.key} ({letter.kind}).", f"Dead letter: {letter.key} ({letter.kind}).")
    if not report.clock.trusted:
        raise Refusal("clock_suspect", report.clock.vi, report.clock.en)


# --- audit ----------------------------------------------------------------------------------------------------------


@program.command()
@click.argument("number", required=False)
@click.pass_context
def verify(context: click.Context, number: str | None) -> None:
    """Kiểm tra nhật ký, của một hồ sơ hoặc tất cả / check the trail of one case, or all of them; names the first broken link."""
    with _database() as database:
        if number is None:
            with _Progress("verify") as progress:
                verdict = verification.verify_all(database, progress)
            breaks, said = verdict.breaks, (verdict.trails, verdict.lines)
        else:
            with database.read(SYSTEM_ACTOR) as tx:
                row = tx.connection.execute(select(case_).where(case_.c.number == number)).one_or_none()
                broken = verification.verify_case(tx, row) if row is not None else None
            _must_be_known(row, number)
            breaks, said = (broken,) if broken else (), (1, row.trail_length if row is not None else 0)
    for each in breaks:
        click.echo(f"SAI / BROKEN: {each.number}, dòng / line {each.seq}: {each.what}")
    _conclude(context, not breaks, *said)


@program.command("replay")
@click.argument("number", required=False)
@click.pass_context
def replay_(context: click.Context, number: str | None) -> None:
    """Chạy lại hồ sơ từ nhật ký, một hoặc tất cả / run one case or all again from the trail; names the first divergence."""
    with _database() as database:
        if number is None:
            with _Progress("replay") as progress:
                verdict = replay.replay_all(database, progress)
            divergences, said = verdict.divergences, (verdict.cases, verdict.lines)
        else:
            divergences, said = _replay_one(database, number)
    for each in divergences:
        click.echo(f"SAI LỆCH / DIVERGENCE: {each.number}, dòng / line {each.seq}: {each.what}")
    _conclude(context, not divergences, *said)


@program.command()
@click.argument("number")
def explain(number: str) -> None:
    """Vì sao thời hạn là ngày ấy, từng dòng, kèm điều luật / why each due date is what it is, line by line, with the law."""
    with _database() as database, database.read(SYSTEM_ACTOR) as tx:
        views = cases.case_file(tx, number).deadlines
    for view in views:
        due = view.due_on or "—"
        click.echo(f"{view.label_vi} / {view.label_en} [{view.name}#{view.occurrence}]: {due} ({view.status})")
        for line in view.lines:
            click.echo(f"    {line['vi']}\n    {line['en']}\n        ({line['law']}; {line['status']})")


@program.command()
@click.argument("number", required=False)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Mọi hồ sơ / all cases: export --all FOLDER.")
@click.option(
    "--xes",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Xuất dạng XES (IEEE 1849) ra tệp này / as XES, to this file.",
)
def export(number: str | None, folder: Path | None, everything: bool, xes: Path | None) -> None:
    """Xuất nhật ký để người khác tự kiểm tra / export trails that others can check by themselves.

    NUMBER FOLDER, hoặc / or --all FOLDER, hoặc / or NUMBER --xes FILE, hoặc / or --all --xes FILE
    """
    if everything and number and folder is None:
        folder, number = Path(number), None
    if everything != (number is None) or (folder is None and xes is None):
        raise click.UsageError("NUMBER FOLDER | --all FOLDER | NUMBER --xes FILE | --all --xes FILE")
    with _database() as database:
        if folder is not None:
            with _Progress("export") as progress:
                done = exports.export_bundle(database, folder, number, progress)
            _say(f"Đã xuất {done.trails} nhật ký, {done.lines} dòng vào {folder}. Kiểm tra: python3 {folder / 'verify.py'}",
                 f"Exported {done.trails} trails, {done.lines} lines to {folder}. Check it: python3 {folder / 'verify.py'}")  # fmt: skip
            _say("Hãy chuyển mã sau cho người nhận bằng đường khác:", "Let the receiver have this hash by another way:")
            click.echo(done.manifest_sha256)
        if xes is not None:
            with _Progress("xes") as progress:
                traces = exports.export_xes(database, xes, number, progress)
            _say(f"Đã xuất {traces} hồ sơ ra {xes}.", f"Exported {traces} cases to {xes}.")


@program.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup_(file: Path) -> None:
    """Sao lưu khi hệ thống vẫn chạy, và kiểm tra bản sao / back up while the system runs, and check the copy."""
    with _database() as database:
        done = backups.back_up(database, file)
    counted = f", {done.trails} hồ sơ / cases, {done.lines} dòng / lines" if done.trails is not None else ""
    click.echo(f"{done.path}: {done.size} byte{counted}")
    _say("Khóa chủ không nằm trong bản sao: hãy cất riêng. Thiếu khóa thì không đọc được dữ liệu cá nhân.",
         "The master key is not in the copy: keep it apart. Without it no personal value can be read.")  # fmt: skip


@program.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def demo(context: click.Context, words: tuple[str, ...]) -> None:
    """Cho các hồ sơ sống qua nhiều tuần trong chưa đầy một phút / let cases live through weeks in under a minute."""
    from engine.demo import main as tell  # noqa: PLC0415 - a large room that nobody else needs

    context.exit(int(tell(list(words)) or DONE))


# --- what the commands share ----------------------------------------------------------------------------------------


def _settings() -> Settings:
    """Raises Refusal (settings_wrong)."""
    try:
        return read_settings()
    except ValueError as error:
        raise Refusal(
            "settings_wrong", f"Cấu hình chưa đúng: {error}", f"The settings are not right: {error}"
        ) from error


@contextmanager
def _database(*, must_exist: bool = True) -> Iterator[Database]:
    """The database of the environment, closed again afterwards. Raises Refusal (database_missing, schema_old)."""
    settings = _settings()
    if must_exist:
        _must_be_there(settings)
    database = Database(settings.database_url, master_key=settings.master_key)
    try:
        if must_exist:
            _must_be_set_up(database)
        yield database
    finally:
        database.dispose()


def _must_be_there(settings: Settings) -> None:
    """A wrong path must not leave an empty database behind."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise Refusal(
            "database_missing",
            f"Chưa có cơ sở dữ liệu «{url.database}»; hãy chạy lệnh setup, hoặc kiểm tra {DATABASE_HINT}.",
            f"There is no database «{url.database}»: run setup, or check {DATABASE_HINT}.",
        )


def _must_be_set_up(database: Database) -> None:
    with database.read(SYSTEM_ACTOR) as tx:
        known = set(inspect(tx.connection).get_table_names())
    if not {"alembic_version", "case_", "definition"} <= known:
        raise Refusal(
            "schema_old",
            "Cơ sở dữ liệu chưa được thiết lập hoặc còn lược đồ cũ; hãy chạy lệnh setup.",
            "The database is not set up, or its schema is old: run setup.",
        )


def _must_be_known(row: Any, number: str) -> None:
    if row is None:
        raise NotFound("no_such_case", f"Không có hồ sơ «{number}».", f"There is no case «{number}».")


def _replay_one(database: Database, number: str) -> tuple[tuple[replay.Divergence, ...], tuple[int, int]]:
    with database.read(SYSTEM_ACTOR) as tx:
        row = tx.connection.execute(select(case_.c.id).where(case_.c.number == number)).one_or_none()
        _must_be_known(row, number)
        try:
            return (), (1, len(replay.replay_case(tx, number)))
        except replay.Diverged as diverged:
            return (replay.Divergence(number, diverged.seq, diverged.what),), (1, diverged.seq)


def _plan_named(name: str) -> WorkPlan:
    if name.lower() in PLANS:
        return plans.shipped_plan(PLANS[name.lower()])
    path = Path(name)
    if not path.is_file():
        raise NotFound("no_such_plan", f"Không có kế hoạch hay tệp «{name}».", f"There is no plan or file «{name}».")
    return parse_plan(path.read_text(encoding="utf-8"), load_organisations(), load_documents())


def _greeting(database: Database, address: server.Address) -> str:
    with database.read(SYSTEM_ACTOR) as tx:
        if not all_newest(tx):
            raise Refusal(
                "schema_old", "Chưa công bố quy trình nào; hãy chạy lệnh setup.", "No process is published: run setup."
            )
        return installation.greeting(tx, address.url, is_private=address.is_private)


def _conclude(context: click.Context, holds: bool, trails: int, lines: int) -> None:
    vi, en = ("TOÀN VẸN", "HOLDS") if holds else ("KHÔNG TOÀN VẸN", "DOES NOT HOLD")
    click.echo(f"{vi}: {trails} hồ sơ, {lines} dòng. / {en}: {trails} cases, {lines} lines.")
    context.exit(DONE if holds else DOES_NOT_HOLD)


def _say(vi: str, en: str) -> None:
    click.echo(f"{vi} / {en}")


def _fail(code: int, vi: str, en: str) -> int:
    click.echo(f"{vi}\n{en}", err=True)
    return code


def _tell_refusal(refusal: Refusal) -> int:
    for name, messages in refusal.fields.items() if isinstance(refusal, Invalid) else ():
        for message in messages:
            click.echo(f"  {name}: {message['vi']} / {message['en']}", err=True)
    if isinstance(refusal, BrokenTrail):
        return _fail(DOES_NOT_HOLD, refusal.vi, refusal.en)
    return _fail(UNAVAILABLE if refusal.code in UNAVAILABLE_CODES else REFUSED, refusal.vi, refusal.en)


def _tell_usage(error: click.UsageError) -> int:
    match error:
        case click.NoSuchCommand():
            vi = f"không có lệnh «{error.command_name}»."
        case click.NoSuchOption():
            vi = f"không có tùy chọn «{error.option_name}»."
        case click.MissingParameter():
            vi = f"thiếu {error.param.make_metavar(error.ctx) if error.param and error.ctx else 'tham số'}."
        case click.BadParameter():
            vi = f"giá trị chưa hợp lệ ({error.message.rstrip('.')})."
        case _:
            vi = error.format_message()
    help_ = f"{error.ctx.command_path if error.ctx else 'giaitrinh'} --help"
    return _fail(
        USAGE, f"Lệnh chưa đúng: {vi} Xem: {help_}", f"The command is not right: {error.format_message()} See: {help_}"
    )


class _Progress:
    """How far a long work is, on one line of a terminal; silent elsewhere."""

    EVERY = 0.1  # seconds

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_shown = sys.stderr.isatty()
        self._told_at = 0.0

    def __enter__(self) -> Callable[[int, int], None]:
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._is_shown and self._told_at:
            click.echo("\r\033[K", nl=False, err=True)

    def _tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._is_shown and now - self._told_at >= self.EVERY:
            self._told_at = now
            click.echo(f"\r\033[K{self._what}: {done}/{total} ({done * 100 // max(total, 1)} %)", nl=False, err=True)
