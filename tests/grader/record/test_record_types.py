"""A line of the record that somebody changed by hand is named, with its number; what is no record is left out."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from labkit_grader.record.record_types import fault_in, insist_on_types
from labkit_grader.record.results import Record
from labkit_workbook.cli import main
from labkit_workbook.feedback import judge
from labkit_workbook.questions import exercise

EXERCISE = exercise("ticket_spend")
QUESTION = EXERCISE.questions[1]
FOUND = judge(f"{EXERCISE.name}.{QUESTION.name}", 9, EXERCISE.text)
ANSWER = {"status": FOUND.status, "label": FOUND.label, "message": FOUND.message, "points": 0, "most": 1, "given": "9"}
GOOD = asdict(
    Record("key", "ann", EXERCISE.name, "a.ipynb", "graded", 0, 7, {QUESTION.name: ANSWER}, ["a note"], "wall", 0.1)
)


def line(**changed: Any) -> str:
    return json.dumps(GOOD | changed) + "\n"


def test_a_record_that_the_judge_writes_has_no_fault() -> None:
    assert fault_in(Record(**GOOD)) == ""
    assert fault_in(Record(**GOOD | {"points": 2.5, "texts": {"choose": "x"}, "numbers": {"usd": [1]}})) == ""


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"points": "three"}, "points must be a number, got 'three'"),
        ({"points": True}, "points must be a number, got True"),
        ({"most": float("nan")}, "most must be a number, got nan"),
        ({"seconds": None}, "seconds must be a number, got None"),
        ({"student": ["ann"]}, "student must be a text, got ['ann']"),
        ({"exercise": 1}, "exercise must be a text, got 1"),
        ({"status": 3}, "status must be a text, got 3"),
        ({"flags": "none"}, "flags must be a list of texts, got 'none'"),
        ({"notes": [1]}, "notes must be a list of texts, got [1]"),
        ({"answers": []}, "answers must be a table of answers, got []"),
        ({"answers": {"calls": 3}}, "the answer 'calls' is no table"),
        ({"answers": {"calls": ANSWER | {"points": "1"}}}, "points of the answer 'calls' must be a number, got '1'"),
        ({"answers": {"calls": {"status": "right"}}}, "label of the answer 'calls' is not there"),
        ({"texts": {"choose": 3}}, "texts must be a table of texts, got {'choose': 3}"),
        ({"numbers": 3}, "numbers must be a table of numbers, got 3"),
        ({"file": ["x" * 99]}, f"file must be a text, got ['{'x' * 58}..."),
    ],
)
def test_the_file_the_line_and_the_field_are_named(tmp_path: Path, changed: dict[str, Any], fault: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(line() + "\n" + line(**changed) + line(points="later"), encoding="utf-8")
    words = f"{path}, line 3: {fault}. Delete the line: its notebook is then graded again"
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        insist_on_types(path)


@pytest.mark.parametrize(
    "text", ["", "\n", "{", "3", "null", "{}", '{"key": "x", "stud', '{"unknown": 1}', "[" * 10**5]
)
def test_a_line_without_a_record_is_none_of_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(line() + text + "\n" + line(), encoding="utf-8")
    insist_on_types(path)


def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    insist_on_types(tmp_path / "results.jsonl")


@pytest.mark.slow
def test_a_run_that_is_resumed_stops_in_words_before_it_grades(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "class" / "ann").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "results.jsonl").write_text(line() + line(points="three"), encoding="utf-8")
    command = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--i-trust-these-students"]
    assert main(command) == 2
    assert "results.jsonl, line 2: points must be a number, got 'three'" in capsys.readouterr().err
    assert not (tmp_path / "out" / "grades.csv").exists()
    (tmp_path / "out" / "results.jsonl").write_text(line(), encoding="utf-8")
    assert main(command) == 1
    assert "NOTHING WAS GRADED" in capsys.readouterr().err  # the record is read; the class has handed nothing in


@pytest.mark.parametrize("how", [[], ["--read"]])
def test_the_blind_sheets_name_a_wrong_line_too(
    how: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.jsonl").write_text(line(texts=3), encoding="utf-8")
    assert main(["rubric", str(tmp_path), *how]) == 2
    assert "results.jsonl, line 1: texts must be a table of texts, got 3" in capsys.readouterr().err
