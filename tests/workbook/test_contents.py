"""The list of the exercises says what the registry says, and `labkit --help` and `status` load nothing more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from labkit_workbook import contents
from labkit_workbook.contents import FILE, listed_exercises, mark_of_values, write_contents
from labkit_workbook.course_folder import find_root
from labkit_workbook.numbers import drawn, given_numbers
from labkit_workbook.questions import exercises
from labkit_workbook.results import STATUSES
from labkit_workbook.summaries import QuestionState, summed_up

GRADED = [each for each in exercises() if each.number]
LOADED = """
import sys
from labkit_workbook.cli import main
try:
    main({command!r})
except SystemExit:
    pass
tops = {{name.partition(".")[0] for name in sys.modules}} & {{"numpy", "labkit", "labkit_agents", "jinja2", "nbformat"}}
print()
print(sorted(tops | {{name for name in sys.modules if ".questions" in name}}))
"""


@pytest.mark.parametrize("command", [["--help"], ["status"], ["grade", "--help"], ["start", "--help"]])
def test_neither_numpy_nor_an_exercise_is_loaded(command: list[str]) -> None:
    code = LOADED.format(command=command)
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=find_root(Path(__file__).parent)
    )
    assert ended.stdout.splitlines()[-1] == "[]"
    assert len(ended.stdout.splitlines()) > 5


def test_status_of_a_command_of_its_own_asks_for_no_other_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from labkit_workbook import cli  # noqa: PLC0415

    monkeypatch.setattr(cli, "_installed_commands", lambda: pytest.fail("the judge was loaded"))
    assert cli.main(["table"]) == 0
    assert capsys.readouterr().out


def test_the_file_is_what_the_registry_makes_of_it() -> None:
    assert FILE.read_text(encoding="utf-8") == write_contents(exercises())


def test_the_list_is_the_registry_s() -> None:
    assert [(each.name, each.number, each.title, each.points) for each in listed_exercises()] == [
        (each.name, each.number, each.title, each.points) for each in GRADED
    ]


@pytest.mark.parametrize("place", range(len(GRADED)), ids=lambda place: GRADED[place].name)
def test_a_summary_by_the_list_is_the_one_by_the_registry(place: int) -> None:
    listed, exercise = listed_exercises()[place], GRADED[place]
    mark = given_numbers.mark_of(exercise.text)
    states = [state for state in STATUSES if state != "stale"]
    answers = [
        QuestionState(f"{exercise.name}.{question.name}", states[i % len(states)], "", mark if i % 3 else "another")
        for i, question in enumerate(exercise.questions)
    ]
    by_list, by_registry = summed_up(listed, answers), summed_up(exercise, answers)
    assert (by_list.states, by_list.points, by_list.count) == (
        by_registry.states, by_registry.points, by_registry.count,
    )  # fmt: skip
    for question, other in zip(exercise.questions, listed.questions, strict=True):
        assert [question.earned(state) for state in STATUSES] == [other.earned(state) for state in STATUSES]


@pytest.fixture
def in_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    monkeypatch.setattr(drawn, "SHEETS_FILE", tmp_path / "sheets.json")
    drawn.CLASS_FILE.write_text(json.dumps({"class": "Demo", "assessed": False}), encoding="utf-8")
    monkeypatch.setenv("LABKIT_STUDENT", "s12")
    return tmp_path


@pytest.mark.parametrize("place", range(len(GRADED)), ids=lambda place: GRADED[place].name)
def test_in_a_class_the_mark_is_that_of_the_student_s_numbers(in_class: Path, place: int) -> None:
    listed, exercise = listed_exercises()[place], GRADED[place]
    without_file = given_numbers.mark_known(listed)
    assert without_file == given_numbers.mark_of(given_numbers.numbers_known(exercise)) != listed.mark
    number = drawn.sheet_number(exercise.name, "Demo", "s12")
    values = [None] * number + [
        [getattr(drawn.numbers_of(exercise.name, "demo", "s12"), name) for name in vars(exercise.text)]
    ]
    drawn.SHEETS_FILE.write_text(json.dumps({"class": "demo", "sheets": {exercise.name: values}}), encoding="utf-8")
    drawn.kept_sheets.cache_clear()
    assert given_numbers.mark_known(listed) == without_file
    drawn.kept_sheets.cache_clear()


def test_without_an_id_nothing_is_stale(in_class: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_STUDENT")
    monkeypatch.chdir(in_class)
    assert given_numbers.mark_known(listed_exercises()[0]) == ""


def test_a_copy_for_an_assessed_class_is_judged_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not summed_up(listed_exercises()[0], []).assessed
    monkeypatch.setattr(contents, "ASSESSED", tmp_path)
    found = summed_up(listed_exercises()[0], [])
    assert found.assessed
    assert "0 of" in found.count


def test_a_mark_tells_numbers_apart() -> None:
    assert mark_of_values([1, 2.0, (3,)]) != mark_of_values([1, 2.0, (4,)])
