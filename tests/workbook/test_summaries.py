"""``summary`` in a notebook and ``labkit status`` outside say the same, whatever was answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit_workbook.feedback import check, summary
from labkit_workbook.hints import worked
from labkit_workbook.my_work import copies, progress
from labkit_workbook.numbers import drawn
from labkit_workbook.numbers.drawn import numbers_of
from labkit_workbook.numbers.student_id import VARIABLE
from labkit_workbook.questions import exercise, find
from labkit_workbook.results import MEMORY, MIME, STATUSES

NAME = "ticket_spend"
FILE = "01_ticket_spend.ipynb"
STUDENT = "s12"
ASKED = [f"{NAME}.{question.name}" for question in exercise(NAME).questions]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a course with exercise 01, in a class whose numbers are the student's own."""
    for folder in ("exercises", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    cells = [cell(f'check("{question_id}", x)') for question_id in ASKED]
    (tmp_path / "exercises" / FILE).write_text(saved(cells), encoding="utf-8")
    (tmp_path / "classroom.json").write_text('{"class": "ML 1", "assessed": false}', encoding="utf-8")
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    monkeypatch.setenv(VARIABLE, STUDENT)
    copies.start(tmp_path)
    return tmp_path


def cell(source: str, *shown: Any) -> dict[str, Any]:
    """A cell as Jupyter saves it, with what it has shown."""
    data = [json.loads(json.dumps(each._repr_mimebundle_())) for each in shown]
    outputs = [{"output_type": "display_data", "metadata": {}, "data": each} for each in data]
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": outputs}


def saved(cells: list[dict[str, Any]]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def right(question_id: str, numbers: Any = None) -> Any:
    return find(question_id)[1].expected(numbers or numbers_of(NAME, "ML 1", STUDENT))


def both(course: Path, *cells: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What `summary` and what `labkit status` say of the exercise, without its title."""
    (course / "my_work" / FILE).write_text(saved(list(cells)), encoding="utf-8")
    inside = repr(summary(NAME)).splitlines()
    outside = progress.render_status(progress.status(course)).splitlines()
    head = inside[0].partition(": ")[2]
    assert outside[0] == f"01 Ticket spend   {head}"
    return inside[1:], outside[1:-2]


CALLS, WORST = f"{NAME}.calls", f"{NAME}.worst_case_calls"


def not_started() -> list[dict[str, Any]]:
    return [cell("", *(check(question_id, ...) for question_id in ASKED))]


def not_run() -> list[dict[str, Any]]:
    return [cell("")]


def answered_right() -> list[dict[str, Any]]:
    return [cell("", check(question_id, right(question_id))) for question_id in ASKED]


def answered_wrong() -> list[dict[str, Any]]:
    return [cell("", check(CALLS, "15"), check(WORST, 1.5)), cell("", check(f"{NAME}.worst_usd_per_day", 77.0))]


def a_share() -> list[dict[str, Any]]:
    wrong = 2 * right(CALLS)
    return [cell("", check(CALLS, wrong)), cell("", check(WORST, 2 * wrong))]


def worked_way_seen() -> list[dict[str, Any]]:
    return [cell("", check(CALLS, 7)), cell("", worked(CALLS)), cell("", check(WORST, right(WORST)))]


def worked_way_seen_and_its_cell_deleted() -> list[dict[str, Any]]:
    worked(CALLS)
    return [cell("", check(CALLS, right(CALLS)))]


def answered_twice() -> list[dict[str, Any]]:
    return [cell("", check(CALLS, right(CALLS)), check(CALLS, 7))]


def stale_numbers() -> list[dict[str, Any]]:
    """The id was mistyped, and corrected after two answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "another")
        others = numbers_of(NAME, "ML 1", "another")
        early = cell("", check(CALLS, right(CALLS, others)), check(WORST, None))
    assert MEMORY.last[CALLS].status == "right"
    return [early, cell("", check(f"{NAME}.worst_usd_per_ticket", right(f"{NAME}.worst_usd_per_ticket")))]


WORDS: dict[Callable[[], list[dict[str, Any]]], tuple[dict[str, str], float]] = {
    not_started: ({}, 0),
    not_run: ({}, 0),
    answered_right: (dict.fromkeys(ASKED, "Right."), 7),
    answered_wrong: ({CALLS: "Not an answer yet.", WORST: "Not an answer yet."}, 0),
    a_share: ({CALLS: "Not yet.", WORST: "It follows."}, 0.5),
    worked_way_seen: ({CALLS: "Not yet.", WORST: "Right."}, 1),
    worked_way_seen_and_its_cell_deleted: ({CALLS: "Right."}, 1),
    answered_twice: ({CALLS: "Not yet."}, 0),
    stale_numbers: ({CALLS: "Run it again.", WORST: "Not started."}, 1),
}


@pytest.mark.parametrize("state", WORDS, ids=lambda state: state.__name__)
def test_summary_and_status_never_disagree(course: Path, state: Callable[[], list[dict[str, Any]]]) -> None:
    inside, outside = both(course, *state())
    assert inside == outside
    words, points = WORDS[state]
    assert summary(NAME).points == points
    for question_id, word in words.items():
        name = question_id.partition(".")[2]
        (line,) = [line for line in inside if line.split()[-1] == name or f" {name} (" in line]
        assert line.startswith(f"   {word} ")
        assert line.endswith(" (worked way seen)") == ("worked" in state.__name__ and question_id == CALLS)


def test_an_answer_from_an_older_copy_is_to_be_run_again(course: Path) -> None:
    """It was saved before answers said by which numbers they were judged."""
    shown = cell("", check(CALLS, right(CALLS)))
    del shown["outputs"][0]["data"][MIME]["numbers"]
    (course / "my_work" / FILE).write_text(saved([shown, cell('check("ticket_spend.renamed", 3)')]), encoding="utf-8")
    lines = progress.render_status(progress.status(course)).splitlines()
    assert lines[0] == "01 Ticket spend   0 of 7 right, 0 of 7 points"
    assert "   Run it again.          calls" in lines
    assert not any("renamed" in line for line in lines)


def test_where_the_numbers_are_not_known_nothing_is_called_stale(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = cell("", check(CALLS, right(CALLS)))
    for student in ("", "\t"):
        monkeypatch.setenv(VARIABLE, student)
        monkeypatch.chdir(course)
        inside, outside = both(course, shown)
        assert inside == outside
        assert "   Right.                 calls" in inside


def test_every_state_has_a_word_that_fits_its_column() -> None:
    assert max(len(word) for word, _ in STATUSES.values()) <= 22
