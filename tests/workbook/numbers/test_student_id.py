"""A student's id in a class: asked for once, kept, corrected; and what the numbers, checks and commands make of it."""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import StdinNotImplementedError

from labkit_workbook import cli
from labkit_workbook.feedback import check, given, summary
from labkit_workbook.hints import hint
from labkit_workbook.numbers import drawn, student_id
from labkit_workbook.numbers.drawn import numbers_of
from labkit_workbook.numbers.given_numbers import MIME
from labkit_workbook.numbers.student_id import FILE, NOBODY, VARIABLE, asked_id, known_id, remember, sound_id
from labkit_workbook.questions import find

CALLS = "ticket_spend.calls"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The course's folder of a class, with the current folder in my_work/; nobody sits at the keyboard."""
    for folder in ("exercises", "notebooks", "my_work"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "classroom.json").write_text(json.dumps({"class": "ML 1", "assessed": False}), encoding="utf-8")
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path / "my_work")
    types(monkeypatch)
    return tmp_path


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    """Somebody types these lines, and is gone; the questions asked."""
    waiting, asked = list(lines), []

    def answer(prompt: str = "") -> str:
        asked.append(prompt)
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    monkeypatch.setattr(builtins, "input", answer)
    return asked


# ---- ids --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "student"),
    [(" s1 ", "s1"), ("Ana\u00a0 Mar\u00eda", "Ana Mar\u00eda"), ("\u200bs1\n", "s1"), ("a@b.org", "a@b.org")],
)
def test_an_id_loses_the_spaces_around_it_and_keeps_its_letters(text: str, student: str) -> None:
    assert sound_id(text) == student


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a student id has at least one character"),
        (" \n\u200b", "a student id has at least one character"),
        ("s" * 101, "a student id has at most 100 characters, got 101"),
        ("s\x001", r"a student id holds no characters that cannot be printed, got 's\\x001'"),
        ("s\ud800", r"a student id holds no characters that cannot be printed, got 's\\ud800'"),
    ],
)
def test_what_can_be_no_id_is_said_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        sound_id(text)


# ---- asked once, and kept ---------------------------------------------------------------------------------------


def test_the_id_is_asked_for_once_and_serves_every_notebook(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = types(monkeypatch, " S12 ")
    assert given("ticket_spend").tickets == numbers_of("ticket_spend", "ML 1", "s12").tickets
    assert given("routing_crossover").steps == numbers_of("routing_crossover", "ML 1", "s12").steps
    assert asked == ["Your student id, as on the class list: "]
    assert json.loads((course / FILE).read_text(encoding="utf-8")) == {"student": "S12"}
    assert [path.name for path in course.iterdir() if "part" in path.name] == []


def test_an_empty_line_is_asked_again_and_after_three_there_is_an_error(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = types(monkeypatch, "", "s12")
    assert asked_id() == "s12"
    assert asked[1] == "That cannot be it: a student id has at least one character. Your student id: "
    types(monkeypatch, "", " ", "", "s12")
    with pytest.raises(
        ValueError, match=r"^No id was given\. Run this cell again when you have your student id at hand"
    ):
        asked_id()


@pytest.mark.parametrize(
    "error", [EOFError, StdinNotImplementedError("no"), OSError("reading from stdin"), RuntimeError("lost sys.stdin")]
)
def test_where_nobody_can_be_asked_the_error_says_what_to_do(
    error: Any, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> str:
        raise error

    monkeypatch.setattr(builtins, "input", refuse)
    with pytest.raises(ValueError) as raised:  # noqa: PT011  (the whole text is compared below)
        given("ticket_spend")
    assert str(raised.value) == NOBODY
    assert NOBODY == (
        "Your numbers are drawn from your student id, and nobody can be asked for it here. Type `labkit student ID` "
        "in a terminal in the course's folder, with your id for ID, or set the environment variable LABKIT_STUDENT "
        "to it."
    )
    assert not (course / FILE).exists()


def test_an_interrupt_is_the_reader_s_own(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(builtins, "input", interrupt)
    with pytest.raises(KeyboardInterrupt):
        given("ticket_spend")


DAMAGED = ["", "{", "[]", "{}", '{"student": ""}', '{"student": "\\u0000"}', "\ufffd", "[" * 99999]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_asked_for_anew(text: str, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (course / FILE).write_text(text, encoding="utf-8")
    assert known_id() == ""
    types(monkeypatch, "s3")
    assert asked_id() == known_id() == "s3"


def test_the_environment_comes_first(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember("s1")
    monkeypatch.setenv(VARIABLE, "s2")
    assert known_id() == "s2"
    assert given("ticket_spend").tickets == numbers_of("ticket_spend", "ML 1", "s2").tickets
    monkeypatch.setenv(VARIABLE, " ")
    with pytest.raises(ValueError, match=f"^the environment variable {VARIABLE} is no student id: a student id has at"):
        known_id()


def test_outside_the_course_the_id_is_kept_in_the_current_folder(
    course: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    assert remember("s5")
    assert known_id() == "s5"
    assert (elsewhere / FILE).exists()


def test_where_nothing_can_be_saved_the_id_holds_as_long_as_python_runs(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(student_id, "write_part", full)
    monkeypatch.setenv(VARIABLE, "")  # so that it is put back afterwards
    assert not remember("s6")
    assert known_id() == "s6"
    assert not (course / FILE).exists()


# ---- numbers and checks -----------------------------------------------------------------------------------------


def test_numbers_say_whose_they_are_and_leave_a_note_for_the_grader(course: Path) -> None:
    remember("S12")
    g = given("ticket_spend")
    shown = g._repr_mimebundle_()
    assert shown[MIME] == {"student": "S12", "class": "ML 1", "exercise": "ticket_spend"}
    assert json.loads(json.dumps(shown)) == shown
    assert shown["text/plain"] == repr(g)
    assert repr(g).splitlines()[0] == "Numbers of student S12, class ML 1"
    assert repr(numbers_of("ticket_spend", "ML 1", "S12")) in repr(g)
    assert repr(g).splitlines()[-1].startswith("Not your id? Type `labkit student ID` in a terminal")
    assert "tickets" in dir(g)
    with pytest.raises(AttributeError, match="nothing"):
        _ = g.nothing


def test_checks_and_summaries_go_by_the_student_s_numbers(course: Path) -> None:
    remember("s12")
    exercise, question = find(CALLS)
    numbers = numbers_of("ticket_spend", "ML 1", "s12")
    assert question.expected(numbers) != question.expected(exercise.text)
    assert check(CALLS, question.expected(exercise.text)).status != "right"
    wrong = next(question.mistaken(numbers))
    assert check(CALLS, wrong[1]).label == wrong[0].label
    assert check(CALLS, question.expected(numbers)).status == "right"
    assert summary("ticket_spend").points == question.points
    assert hint(CALLS) == question.hints[0]


def test_a_function_is_tried_on_the_student_s_inputs(course: Path) -> None:
    remember("s12")
    question = find("routing_crossover.routed")[1]
    numbers = numbers_of("routing_crossover", "ML 1", "s12")
    assert check("routing_crossover.routed", lambda hard: question.answer(numbers, hard)).status == "right"


def test_before_the_id_is_known_a_check_asks_nobody_and_says_what_to_do(course: Path) -> None:
    result = check(CALLS, 15)
    assert (result.status, result.message) == (
        "not_started",
        'Your numbers are not known yet. First run the cell with given("ticket_spend"): it asks for your id.',
    )


def test_a_check_never_raises_over_an_id(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "\t")
    result = check(CALLS, 15)
    assert result.status == "not_started"
    assert result.message.startswith("Your numbers are not known: the environment variable LABKIT_STUDENT is no")
    (course / "classroom.json").write_text("{", encoding="utf-8")
    assert "labkit/classroom.json is damaged" in check(CALLS, 15).message


def test_the_question_of_a_lesson_needs_no_id(course: Path) -> None:
    assert given("lesson_cost") == find("lesson_cost.tokens_billed")[0].text
    assert check("start_here.debate_calls", 15).status == "right"


# ---- the command ------------------------------------------------------------------------------------------------


def test_the_command_says_and_corrects_the_id(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["student"]) == 1
    assert capsys.readouterr().out == "No student id is known yet, class ML 1.\n"
    assert cli.main(["student", " s7 "]) == 0
    assert capsys.readouterr().out == "Student s7, class ML 1.\n"
    assert cli.main(["student", "s8"]) == 0
    assert cli.main(["student"]) == 0
    assert capsys.readouterr().out == "Student s8, class ML 1.\n" * 2
    assert given("ticket_spend").tickets == numbers_of("ticket_spend", "ML 1", "s8").tickets


def test_the_command_says_that_the_environment_comes_first(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "s1")
    assert cli.main(["student", "s7"]) == 0
    assert capsys.readouterr().out == (
        "Student s1, class ML 1.\nThe environment variable LABKIT_STUDENT says so; it comes before what you typed.\n"
    )


def test_the_command_refuses_what_is_no_id(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["student", " "]) == cli.FAILED
    assert capsys.readouterr().err == "labkit student: a student id has at least one character\n"
    assert not (course / FILE).exists()


def test_the_command_wants_to_be_typed_in_the_course(
    course: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert cli.main(["student", "s7"]) == cli.FAILED
    assert list(Path.cwd().iterdir()) == []


def test_the_command_where_nothing_can_be_saved(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(student_id, "remember", lambda student: False)
    assert cli.main(["student", "s7"]) == 1
    assert capsys.readouterr().out == (
        "Nothing can be saved here. Set the environment variable LABKIT_STUDENT to your id.\n"
    )


def test_without_a_class_no_id_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["student"]) == 1
    assert capsys.readouterr().out == (
        "This copy is for no class: everybody has the text's numbers, and no id is needed.\n"
    )
