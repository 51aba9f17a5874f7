"""What the command line says when something is not right: in both languages, with the exit code that its help names."""

import os
import pty
import re
import shutil
import subprocess
import sys

import pytest

from engine import cli
from tests.integration.cli.conftest import PROJECT
from workflows.catalogue import HERE


def test_help_names_every_command_and_every_exit_code(system):
    code, said = system.run("--help")
    commands = {"setup", "migrate", "publish", "load-plan", "accounts", "serve", "worker", "tick", "verify", "replay",
                "explain", "export", "backup", "demo"}  # fmt: skip

    assert code == 0
    assert {word for word in commands if f"  {word} " in said} == commands == set(cli.program.commands)
    assert all(f"  {number} " in said for number in (0, 1, 2, 3, 4, 130))


def test_every_command_is_described_in_both_languages():
    for command in cli.program.commands.values():
        assert " / " in command.help, command.name
        assert all(" / " in (option.help or " / ") for option in command.params if hasattr(option, "help")), (
            command.name
        )


@pytest.mark.parametrize(
    ("words", "vi", "en"),
    [
        (["dance"], "không có lệnh «dance»", "No such command"),
        (["tick", "--fast"], "không có tùy chọn «--fast»", "No such option"),
        (["load-plan"], "thiếu dn|ndh|FILE", "Missing argument"),
        (["serve", "--port", "70000"], "giá trị chưa hợp lệ", "Invalid value"),
    ],
)
def test_words_that_are_not_right(system, words, vi, en):
    code, said = system.run(*words)

    assert code == 2
    assert f"Lệnh chưa đúng: {vi}" in said
    assert f"The command is not right: {en}" in said


@pytest.mark.parametrize("command", ["verify", "replay", "tick", "publish", "worker", "serve", "accounts", "explain X"])
def test_without_a_database_nothing_is_made_and_setup_is_named(empty_system, command):
    code, said = empty_system.run(*command.split())

    assert (code, "hãy chạy lệnh setup" in said, "run setup" in said) == (4, True, True)
    assert not (empty_system.folder / "giaitrinh.sqlite3").exists()


def test_a_database_without_the_schema_is_told(empty_system):
    empty_system.folder.mkdir()
    (empty_system.folder / "giaitrinh.sqlite3").touch()

    assert empty_system.run("verify")[0] == 4


def test_a_master_key_that_is_none_is_told(system, monkeypatch):
    for key in ("c2hvcnQ=", "not base64!"):
        monkeypatch.setenv("GIAITRINH_MASTER_KEY", key)
        code, said = system.run("verify")
        assert (code, "Cấu hình chưa đúng" in said) == (4, True)


def test_a_database_that_cannot_be_reached_is_told(system, monkeypatch):
    monkeypatch.setenv("GIAITRINH_DATABASE", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    code, said = system.run("verify")

    assert (code, "Cơ sở dữ liệu báo lỗi" in said) == (4, True)


def test_a_plan_is_loaded_once(system):
    assert system.run("load-plan", "dn")[0] == 3
    assert system.run("load-plan", "khong-co")[0] == 3
    assert system.run("load-plan", "ndh")[1].startswith("Kế hoạch «NDH» đã được nạp")


def test_a_plan_of_a_file_is_loaded_or_its_fault_named(system, tmp_path):
    text = (HERE / "plans" / "nam_dong_ha.yaml").read_text(encoding="utf-8")
    (tmp_path / "other.yaml").write_text(text.replace("NDH", "KHAC"), encoding="utf-8")
    (tmp_path / "broken.yaml").write_text(text.replace("kind: recurring", "kind: sometimes"), encoding="utf-8")

    assert "KHAC: đã lập 34 hồ sơ" in system.run("load-plan", tmp_path / "other.yaml")[1]
    code, said = system.run("load-plan", tmp_path / "broken.yaml")
    assert (code, "sometimes" in said) == (3, True)


def test_publish_tells_what_is_new_and_what_is_wrong(system, tmp_path):
    assert "không thay đổi / " in system.run("publish")[1].replace(".", "")
    folder = tmp_path / "inspection"
    shutil.copytree(HERE / "inspection", folder)
    diagram = folder / "process.bpmn"
    diagram.write_text(
        diagram.read_text(encoding="utf-8").replace("Yêu cầu báo cáo", "Yêu cầu báo cáo ngay"), encoding="utf-8"
    )
    assert "inspection v2" in system.run("publish", folder)[1]

    diagram.write_text("<not-bpmn/>", encoding="utf-8")
    code, said = system.run("publish", folder)
    assert (code, len(said) > 20) == (3, True)


def test_accounts_lists_tokens_with_names(system):
    code, said = system.run("accounts")

    assert code == 0
    assert "demo-dn-so-noi-vu-receiver\t" in said
    assert all(line.count("\t") == 3 for line in said.splitlines())


def test_long_work_shows_on_a_terminal_how_far_it_is(system):
    terminal, end = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "engine", "verify"],
        cwd=PROJECT,
        env=system.environment,
        stdout=subprocess.PIPE,
        stderr=end,
        check=True,
    )
    said = os.read(terminal, 4096).decode()
    os.close(end)
    os.close(terminal)

    assert re.search(r"verify: \d+/\d+ \(\d+ %\)", said)
    assert "TOÀN VẸN" in done.stdout.decode()


def test_files_are_for_their_owner_only_and_the_mask_is_left_as_it_was(system):
    before = os.umask(0o022)
    try:
        assert system.run("export", "--all", "--xes", system.folder / "log.xes")[0] == 0
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert (system.folder / "log.xes").stat().st_mode & 0o777 == 0o600
