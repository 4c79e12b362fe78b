"""The autograder for Gradescope, run as its machine would: the zip unpacked, a submission, results read back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from labkit_grader.gradescope.gradescope_machine import Settings, main
from labkit_grader.gradescope.gradescope_zip import write_zip
from labkit_grader.judge import worker
from labkit_grader.judge.keys import new_key
from labkit_grader.release.demo import notebook
from labkit_grader.wall.wall import can_stand
from labkit_workbook.cli import main as labkit
from labkit_workbook.numbers.drawn import numbers_of
from labkit_workbook.questions import exercise

STANDS, WHY = can_stand()
walled = pytest.mark.skipif(not STANDS, reason=WHY)
bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed here")
TICKETS = exercise("ticket_spend")
ONLY_01 = Settings(exercises=("ticket_spend",))
OF_RESULTS = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
    "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
OF_A_TEST = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility",
    "extra_data",
}  # fmt: skip
CALLS = ['calls = 15\ncheck("ticket_spend.calls", calls)']

ANSWERS = "labkit_workbook/questions/graded/ticket_spend.py"


def machine(home: Path, settings: Settings = ONLY_01, key: str = "", email: str = "ada@example.org") -> Path:
    """What Gradescope has before it runs the autograder: source, run_autograder, and who handed in."""
    write_zip(home / "autograder.zip", settings, key)
    with zipfile.ZipFile(home / "autograder.zip") as archive:
        archive.extractall(home / "source")
    shutil.copy(home / "source" / "run_autograder", home)
    (home / "run_autograder").chmod(0o755)
    for name in ("submission", "results"):
        (home / name).mkdir()
    metadata = {"id": 1, "users": [{"email": email, "id": 1234, "name": "Ada"}], "previous_submissions": []}
    (home / "submission_metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    return home


def hand_in(home: Path, cells: list[str], name: str = "01_ticket_spend.ipynb") -> None:
    (home / "submission" / name).write_text(json.dumps(notebook(cells)), encoding="utf-8")


def answers(given: Any, **wrong: float) -> list[str]:
    """A cell for each question, answered right for these numbers but for what is named."""
    values = {question.name: question.expected(given) for question in TICKETS.questions} | wrong
    return [f'{name} = {value!r}\ncheck("ticket_spend.{name}", {name})' for name, value in values.items()]


def results(home: Path) -> dict[str, Any]:
    """The results, with no field that Gradescope does not know."""
    found = json.loads((home / "results" / "results.json").read_text(encoding="utf-8"))
    assert set(found) <= OF_RESULTS
    assert all(set(test) <= OF_A_TEST for test in found.get("tests", ()))
    assert "leaderboard" not in found  # nobody's points are anybody else's business
    return found


def runs(home: Path) -> subprocess.CompletedProcess[str]:
    """Run the autograder as the service does; setup.sh made a Python, for which this one stands in."""
    python = home / "python" / "bin" / "python"
    if not python.exists():
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        python.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "LABKIT_AUTOGRADER": str(home)}
    return subprocess.run(
        [str(home / "run_autograder")], env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.fixture
def tried(carried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-test has its own tests; here it is taken as passed."""
    monkeypatch.setattr(worker, "try_the_wall", lambda mode: None)


# ---- as the service runs it ---------------------------------------------------------------------------------


@walled
@bash
def test_a_submission_is_graded_as_the_service_runs_it(tmp_path: Path) -> None:
    home = machine(tmp_path)
    hand_in(home, answers(TICKETS.text, calls=9))
    done = runs(home)
    assert done.returncode == 0, done.stderr
    found = results(home)
    assert found["score"] == TICKETS.points - 1
    by_name = {test["name"]: test for test in found["tests"]}
    assert by_name["01 ticket_spend: calls"]["status"] == "failed"
    assert "two dimensions" in by_name["01 ticket_spend: calls"]["output"]
    assert by_name["01 ticket_spend: worst_case_calls"]["score"] == 1
    assert list(by_name) == [f"01 ticket_spend: {question.name}" for question in TICKETS.questions]
    assert sum(test["max_score"] for test in found["tests"]) == TICKETS.points  # free text is marked on Gradescope
    assert "landlock" in str(found["extra_data"])
    assert found["stdout_visibility"] == "hidden"


@walled
@bash
@pytest.mark.slow
def test_a_submission_cannot_write_its_own_results_or_read_the_answers(tmp_path: Path) -> None:
    home = machine(tmp_path, key=new_key())
    forged = json.dumps({"score": 7, "tests": []})
    hand_in(
        home,
        [
            f"open({str(home / 'results' / 'results.json')!r}, 'w').write({forged!r})",
            f"calls = 15 if open({str(home / 'source' / ANSWERS)!r}).read() else 0",
            f"worst_case_calls = 30 if open({str(home / 'source' / 'course.key')!r}).read() else 0",
        ],
    )
    assert runs(home).returncode == 0
    found = results(home)
    assert found["score"] == 0
    assert found["output"].count("PermissionError") == 3


@bash
@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_the_scripts_are_bash(tmp_path: Path, script: str) -> None:
    subprocess.run(["bash", "-n", str(machine(tmp_path) / "source" / script)], check=True)


@walled
@bash
@pytest.mark.slow
def test_the_set_up_makes_a_python_that_grades(tmp_path: Path) -> None:
    home = machine(tmp_path)
    environment = {**os.environ, "LABKIT_AUTOGRADER": str(home)}
    subprocess.run(["bash", str(home / "source" / "setup.sh")], env=environment, check=True, capture_output=True)
    hand_in(home, CALLS)
    assert runs(home).returncode == 0
    assert results(home)["score"] == 1


# ---- no grade is never a 0 ----------------------------------------------------------------------------------


def has_no_grade(home: Path, because: str) -> None:
    assert main(home) == 1
    found = results(home)
    assert "score" not in found
    assert "tests" not in found
    assert "has no grade yet" in found["output"]
    assert because in found["output"]


def test_there_is_no_grade_where_the_wall_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(mode: str) -> None:
        raise worker.Refused("there is no Landlock here")

    monkeypatch.setattr(worker, "try_the_wall", refuse)
    home = machine(tmp_path)
    hand_in(home, CALLS)
    has_no_grade(home, "there is no Landlock here")


@pytest.mark.parametrize(
    "users", [[], [{"email": ""}], [{"email": None}], [{"email": "../x"}], [{"email": ".x"}], "no"]
)
def test_there_is_no_grade_without_a_student(tmp_path: Path, users: Any) -> None:
    home = machine(tmp_path)
    (home / "submission_metadata.json").write_text(json.dumps({"users": users}), encoding="utf-8")
    has_no_grade(home, "no email of the student")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"exercises": [], "colour": "red"}'])
def test_there_is_no_grade_without_settings(tmp_path: Path, content: str) -> None:
    home = machine(tmp_path)
    (home / "source" / "settings.json").write_text(content, encoding="utf-8")
    has_no_grade(home, "settings.json of the autograder cannot be read")


def test_there_is_no_grade_without_a_submission(tmp_path: Path) -> None:
    home = machine(tmp_path)
    (home / "submission").rmdir()
    has_no_grade(home, "the folder of the submission is not there")


def test_a_fault_of_the_grader_is_no_grade(tmp_path: Path, tried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no memory left")

    monkeypatch.setattr(worker, "grade", fail)
    monkeypatch.setattr(worker, "_warm", lambda *_: None)
    home = machine(tmp_path)
    hand_in(home, CALLS)
    has_no_grade(home, "no memory left")


# ---- a 0 says why -------------------------------------------------------------------------------------------


def test_nothing_handed_in_is_a_zero_that_says_so(tmp_path: Path, tried: None) -> None:
    home = machine(tmp_path)
    assert main(home) == 0
    assert results(home)["score"] == 0
    assert "Nothing was graded" in results(home)["output"]


def test_a_broken_notebook_is_a_zero_that_says_so(tmp_path: Path, tried: None) -> None:
    home = machine(tmp_path)
    (home / "submission" / "01.ipynb").write_text("this is no notebook", encoding="utf-8")
    assert main(home) == 0
    assert results(home)["score"] == 0
    assert "it does not begin with JSON" in results(home)["output"]


@walled
def test_a_notebook_of_another_exercise_does_not_count_and_is_named(tmp_path: Path, tried: None) -> None:
    home = machine(tmp_path, Settings(exercises=("routing_crossover",)))
    hand_in(home, CALLS)
    assert main(home) == 0
    assert results(home)["score"] == 0
    assert "it answers ticket_spend, which is no part of this assignment" in results(home)["output"]


def test_a_link_is_not_followed(tmp_path: Path, tried: None) -> None:
    home = machine(tmp_path)
    (tmp_path / "elsewhere.ipynb").write_text(json.dumps(notebook(CALLS)), encoding="utf-8")
    (home / "submission" / "01.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    assert main(home) == 0
    assert results(home)["score"] == 0


# ---- whose numbers ------------------------------------------------------------------------------------------


@walled
def test_a_class_has_numbers_of_its_own_by_the_students_id(tmp_path: Path, tried: None) -> None:
    given = numbers_of("ticket_spend", "autumn", "ada@example.org")
    assert given != TICKETS.text
    home = machine(tmp_path, Settings(exercises=("ticket_spend",), class_name="autumn", visibility="after_published"))
    hand_in(home, answers(given))
    assert main(home) == 0
    assert results(home)["score"] == TICKETS.points
    assert results(home)["visibility"] == "after_published"


@walled
def test_a_group_has_the_id_of_its_first_student(tmp_path: Path, tried: None) -> None:
    home = machine(tmp_path, Settings(student_id="id"))
    metadata = {"users": [{"id": 7, "email": "a@example.org"}, {"id": 8, "email": "b@example.org"}]}
    (home / "submission_metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    hand_in(home, CALLS)
    assert main(home) == 0
    assert results(home)["score"] == 1


# ---- the zip and the command --------------------------------------------------------------------------------


def test_the_zip_is_the_same_each_time_and_holds_no_solutions(tmp_path: Path) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    assert labkit(["gradescope", str(first), "--exercise", "01", "--exercise", "03_debate_vs_retry"]) == 0
    assert labkit(["gradescope", str(second), "--exercise", "ticket_spend", "--exercise", "03"]) == 0
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        assert json.loads(archive.read("settings.json"))["exercises"] == ["ticket_spend", "debate_vs_retry"]
        assert archive.read("requirements.txt").decode().splitlines()[0].startswith("numpy")
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")}
    assert {"setup.sh", "run_autograder", "labkit_grader/gradescope/gradescope_machine.py"} <= set(names)
    assert {name.split("/")[0] for name in names if "/" in name} == {
        "labkit",
        "labkit_agents",
        "labkit_grader",
        "labkit_traces",
        "labkit_workbook",
    }
    assert set(modes.values()) == {0o100755}


def test_a_key_goes_into_the_zip_and_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = new_key()
    (tmp_path / "key").write_text(key, encoding="ascii")
    assert labkit(["gradescope", str(tmp_path / "a.zip"), "--key-file", str(tmp_path / "key")]) == 0
    assert "It holds the course key" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("course.key").decode().strip() == key


@pytest.mark.parametrize(("flag", "value"), [("--exercise", "99"), ("--timeout", "0"), ("--timeout", "nan")])
def test_a_bad_argument_is_named(tmp_path: Path, flag: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert labkit(["gradescope", str(tmp_path / "a.zip"), flag, value]) == 2
    assert flag in capsys.readouterr().err
    assert not (tmp_path / "a.zip").exists()


def test_a_zip_that_is_there_is_kept_unless_forced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.zip"
    path.write_text("last term's", encoding="utf-8")
    assert labkit(["gradescope", str(path), "--exercise", "01"]) == 2
    words = f"labkit gradescope: {path} is there already; name another file, or add --force to write over it\n"
    assert capsys.readouterr().err == words
    assert path.read_text(encoding="utf-8") == "last term's"
    assert labkit(["gradescope", str(path), "--exercise", "01", "--force"]) == 0
    assert zipfile.is_zipfile(path)


def test_a_folder_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert labkit(["gradescope", str(tmp_path), "--force"]) == 2
    assert f"{tmp_path} is a folder; name a file for the zip" in capsys.readouterr().err
