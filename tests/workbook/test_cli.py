"""The `labkit` command: what it prints, what it answers, and that expected errors take one line."""

from __future__ import annotations

import argparse
import importlib.metadata
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labkit_workbook import cli
from labkit_workbook._subcommands import add_command
from labkit_workbook.installation import Finding, Report
from labkit_workbook.my_work import copies

CHECK = {"cell_type": "code", "source": "check('spend.usd', x)", "outputs": []}
NAME = "01_ticket_spend.ipynb"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course folder with one exercise, as the current folder."""
    for folder in ("exercises", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "exercises" / NAME).write_text(json.dumps({"cells": [CHECK]}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer_with(monkeypatch: pytest.MonkeyPatch, reply: str | type[BaseException]) -> None:
    def reply_to(_: str) -> str:
        if isinstance(reply, str):
            return reply
        raise reply

    monkeypatch.setattr("builtins.input", reply_to)


def test_start_then_status(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["start"]) == 0
    assert f"{NAME}: copied into my_work/" in capsys.readouterr().out
    assert cli.main(["status"]) == 0
    out = capsys.readouterr().out
    assert "01 Ticket spend   0 of 1 right" in out
    assert "spend.usd" in out


@pytest.mark.parametrize("reply", ["y", " YES "])
def test_reset_after_a_yes(course: Path, monkeypatch: pytest.MonkeyPatch, reply: str) -> None:
    cli.main(["start"])
    (course / "my_work" / NAME).write_text("mine", encoding="utf-8")
    answer_with(monkeypatch, reply)
    assert cli.main(["reset", "01"]) == 0
    assert (course / "my_work" / NAME).read_text(encoding="utf-8") != "mine"
    assert len(list((course / "my_work").glob("*before-reset-1.ipynb"))) == 1


@pytest.mark.parametrize("reply", ["", "n", "what", EOFError, KeyboardInterrupt])
def test_reset_without_a_yes_changes_nothing(
    course: Path, monkeypatch: pytest.MonkeyPatch, reply: str | type[BaseException]
) -> None:
    cli.main(["start"])
    (course / "my_work" / NAME).write_text("mine", encoding="utf-8")
    answer_with(monkeypatch, reply)
    assert cli.main(["reset", "01"]) == 1
    assert (course / "my_work" / NAME).read_text(encoding="utf-8") == "mine"


def test_reset_yes_does_not_ask(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, AssertionError)
    assert cli.main(["reset", "01", "--yes"]) == 0
    assert (course / "my_work" / NAME).exists()


def test_reset_of_an_unknown_exercise_fails_before_it_asks(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer_with(monkeypatch, AssertionError)
    assert cli.main(["reset", "09"]) == cli.FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "labkit reset: There is no exercise '09'. The exercises are: 01_ticket_spend.\n"


@pytest.mark.parametrize("command", [["start"], ["status"], ["reset", "01"]])
def test_outside_the_course_the_error_is_one_line_with_exit_2(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(command) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "not inside the course folder" in err


def test_a_file_in_the_place_of_my_work_is_an_expected_error(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / copies.DESK).write_text("a file", encoding="utf-8")
    assert cli.main(["start"]) == 2
    assert capsys.readouterr().err.startswith("labkit start: my_work is there and is no folder.")


def test_an_exercise_that_could_not_be_copied_is_a_plain_no(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / copies.DESK / NAME).mkdir(parents=True)
    assert cli.main(["start"]) == 1
    assert f"{NAME}: not copied: my_work/{NAME} is a folder" in capsys.readouterr().out


def test_an_unexpected_error_is_not_hidden(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(copies, "start", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["start"])


@pytest.mark.parametrize("wanted", ["text", "json", "csv", "markdown"])
def test_table_prints_what_the_textbook_renders(
    wanted: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_textbook(monkeypatch, lambda form: f"table as {form}\n")
    assert cli.main(["table", "--format", wanted]) == 0
    assert capsys.readouterr().out == f"table as {wanted}\n"


def test_table_is_text_unless_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    put_textbook(monkeypatch, str)
    cli.main(["table"])
    assert capsys.readouterr().out == "text\n"


def put_textbook(monkeypatch: pytest.MonkeyPatch, render: object) -> None:
    """A stand-in for `render`, so that these tests are about the command alone."""
    monkeypatch.setattr("labkit_workbook.textbook.render", render)


def test_the_real_table_comes_out_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["table", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("ok", "status"), [(True, 0), (False, 1)])
def test_doctor_answers_with_its_exit_status(
    ok: bool, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report((Finding(ok, "numpy is here", "the fix"),))
    monkeypatch.setattr("labkit_workbook.installation.doctor", lambda: report)
    assert cli.main(["doctor"]) == status
    assert capsys.readouterr().out == f"{report!r}\n"


def test_without_a_command_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    out = capsys.readouterr().out
    for command in ("table", "doctor", "start", "status", "reset"):
        assert f"labkit {command}" in out  # the examples


COMMANDS = [
    "table", "doctor", "start", "status", "reset", "student", "serve", "traces", "fit", "price", "release",
    "demo-class", "grade", "rubric", "gradescope",
]  # fmt: skip


def test_these_are_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["no such command"])
    choices = capsys.readouterr().err.rpartition("(choose from ")[2]
    assert re.findall("[a-z][a-z-]+", choices) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_can_be_typed(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    usage, _, text = capsys.readouterr().out.partition("\n\n")
    assert usage.startswith(f"usage: labkit {command} ")
    assert text[0].isupper()  # the description
    examples = re.search(rf"^examples?: labkit {command}\b[^()]*\Z", text, re.MULTILINE)  # no remark in brackets
    assert examples


def test_a_command_is_added_with_all_that_its_help_needs() -> None:
    parser = argparse.ArgumentParser("labkit")
    commands = parser.add_subparsers()
    one = add_command(commands, "one", lambda _: 1, summary="s", description="D.", examples=("labkit one",))
    two = add_command(
        commands, "two", lambda _: 2, summary="s", description="D.", examples=("labkit two", "labkit two -v")
    )
    assert (one.epilog, two.epilog) == ("example: labkit one", "examples: labkit two, or labkit two -v")
    given = parser.parse_args(["two"])
    assert given.run(given) == 2


@pytest.mark.parametrize("wrong", [["nonsense"], ["reset"], ["table", "--format", "xml"]])
def test_a_wrong_command_line_exits_with_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(wrong)
    assert ended.value.code == 2
    assert "usage: labkit" in capsys.readouterr().err


def test_every_function_of_the_command_is_short() -> None:
    functions = [each for _, each in inspect.getmembers(cli, inspect.isfunction) if each.__module__ == cli.__name__]
    assert [each.__name__ for each in functions if len(inspect.getsource(each).splitlines()) > 25] == []


def test_the_installed_version_is_printed_by_a_fresh_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "labkit_workbook.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"labkit {importlib.metadata.version('counting-calls')}\n"
    assert done.stderr == ""


def test_a_reader_that_stops_early_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit_workbook.cli", "table"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.close()  # before anything was printed
    _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")


def test_a_terminal_without_the_character_is_no_error(course: Path) -> None:
    """Windows may use a code page that lacks a character of the table; a `?` is better than a traceback."""
    code = "from labkit_workbook import cli; cli._never_fail_on_a_character(); print('\\u2192')"
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout.strip() == b"?"
