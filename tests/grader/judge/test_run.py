"""Grading a folder: every student one row, resumed where it broke off, and the same whatever the order."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

import pytest

from labkit_grader.intake.roster import ClassList
from labkit_grader.judge import run, worker
from labkit_grader.judge.run import grade_folder
from labkit_grader.judge.worker import Refused
from labkit_grader.record.results import Record, Store, key_of
from labkit_grader.release.demo import make_class, notebook
from labkit_grader.wall.wall import can_stand
from labkit_workbook.cli import main

STANDS, WHY = can_stand()
walled = pytest.mark.skipif(not STANDS, reason=WHY)
CARRIER = run._carrier
EXERCISES = ["ticket_spend", "routing_crossover", "debate_vs_retry"]


@pytest.fixture(autouse=True)
def tried_once(carried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-test has its own tests; here it is taken as passed."""
    monkeypatch.setattr(worker, "tried", lambda mode: [])
    monkeypatch.setattr(worker, "verdict", lambda attempts, mode: (True, ""))


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hand_in(folder: Path, student: str, *cells: str, name: str = "01_ticket_spend.ipynb") -> None:
    path = folder / student / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(list(cells))), encoding="utf-8")


CALLS = 'calls = 15\ncheck("ticket_spend.calls", calls)'


@walled
def test_a_made_class_is_graded_resumed_and_the_same_for_any_number_of_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In threads of their own, which end with each run."""
    monkeypatch.setattr(run, "_carrier", CARRIER)
    monkeypatch.setattr(worker, "try_the_wall", lambda mode: None)
    make_class(tmp_path / "class", 9)  # each exercise once
    first = grade_folder(tmp_path / "class", tmp_path / "one", jobs=1)
    assert (first.graded, first.taken_over, first.regrade) == (9, 0, 0)
    again = grade_folder(tmp_path / "class", tmp_path / "one", jobs=2)
    assert (again.graded, again.taken_over) == (0, 9)
    grade_folder(tmp_path / "class", tmp_path / "two", jobs=2)
    assert rows(tmp_path / "one") == rows(tmp_path / "two")
    assert len(rows(tmp_path / "one")) == 9
    totals = {row["student"]: float(row["total"]) for row in rows(tmp_path / "one")}
    assert totals["student-001"] == 11  # the first of the made students has everything right
    assert min(totals.values()) == 0


@walled
def test_a_run_that_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    make_class(tmp_path / "class", 4)
    out = tmp_path / "out"
    done = []

    def stop_after_two(n: int, of: int, placed: object) -> None:
        done.append(n)
        if n == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade_folder(tmp_path / "class", out, tell=stop_after_two)
    with (out / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"key": "cut off in the mid')
    report = grade_folder(tmp_path / "class", out)
    assert report.taken_over >= 2
    assert report.graded + report.taken_over == 4
    assert len(rows(out)) == 4


@walled
def test_every_student_has_one_row_with_a_number_and_a_reason(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    hand_in(folder, "ann", CALLS)
    (folder / "bob").mkdir()
    (folder / "bob" / "01_ticket_spend.ipynb").write_text("this is no notebook")
    report = grade_folder(folder, out, class_list=ClassList(["ann", "bob", "eve"]))
    found = {row["student"]: row for row in rows(out)}
    assert list(found) == ["ann", "bob", "eve"]
    assert [row["total"] for row in found.values()] == ["1", "", ""]  # nobody has looked at what the others handed in
    assert "landlock" in found["ann"]["wall"]
    assert "not graded: bob/01_ticket_spend.ipynb" in found["bob"]["status"]
    assert "ticket_spend: missing" in found["eve"]["status"]
    assert report.found.unplaced


@walled
def test_a_changed_notebook_is_graded_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    hand_in(folder, "ann", 'calls = 9\ncheck("ticket_spend.calls", calls)')
    grade_folder(folder, out)
    assert rows(out)[0]["total"] == "0"
    hand_in(folder, "ann", CALLS)
    assert grade_folder(folder, out).graded == 1
    assert rows(out)[0]["total"] == "1"


@walled
def test_a_forgotten_class_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_class(tmp_path / "class", 2, "autumn")
    command = ["grade", str(tmp_path / "class"), "--out"]
    assert main([*command, str(tmp_path / "right"), "--class", "autumn"]) == 0
    assert "another class" not in capsys.readouterr().out
    assert main([*command, str(tmp_path / "forgotten")]) == 0
    assert "worked for another class, and graded as of no class: --class is missing" in capsys.readouterr().out


def test_nothing_is_graded_where_the_wall_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker, "verdict", lambda attempts, mode: (False, "fork got through"))
    monkeypatch.setattr(worker._process, "tried", set())
    hand_in(tmp_path / "class", "ann", CALLS)
    with pytest.raises(Refused, match="fork got through"):
        grade_folder(tmp_path / "class", tmp_path / "out")
    assert main(["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out")]) == 2
    assert "fork got through" in capsys.readouterr().err
    assert not (tmp_path / "out" / "grades.csv").exists()


@walled
def test_the_commands_work_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = str(tmp_path / "class"), str(tmp_path / "out")
    assert main(["demo-class", folder, "--students", "3"]) == 0
    assert main(["demo-class", folder]) == 2
    assert main(["grade", folder, "--out", out, "--jobs", "2"]) == 0
    assert "3 graded, 0 taken over, 3 students" in capsys.readouterr().out
    assert main(["grade", folder, "--out", out, "--timeout", "0"]) == 2


# ---- the record and the table -------------------------------------------------------------------------------


def record(student: str, exercise: str = "ticket_spend", points: int = 3, status: str = "graded") -> Record:
    return Record("key", student, exercise, "a.ipynb", status, points, 7, {}, [], "wall", 0.1)


def test_a_regrade_is_not_taken_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(record("ann", status="regrade"))
    store.add(record("bob"))
    assert store.known("ann", "ticket_spend", "key") is None
    assert store.known("bob", "ticket_spend", "key") == record("bob")
    assert store.known("bob", "ticket_spend", "another key") is None


def test_a_result_holds_only_for_the_same_notebook_questions_grader_and_numbers() -> None:
    keys = {key_of(*parts) for parts in itertools.product("ab", "cd", "ef", "gh")}
    assert len(keys) == 16


def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    Store(tmp_path).add(record("ann"))
    with (tmp_path / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"key": "x", "stud')
    store = Store(tmp_path)
    store.add(record("bob"))
    assert set(Store(tmp_path).records) == {("ann", "ticket_spend"), ("bob", "ticket_spend")}
