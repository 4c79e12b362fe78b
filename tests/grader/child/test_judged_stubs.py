"""Three dots are an answer that is not written yet: to the judge, to its referee, in a made class and in the record."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit_grader.child.child import say
from labkit_grader.intake.answer_cells import notes_on_answers
from labkit_grader.intake.notebooks import Notebook, answered, read_notebook
from labkit_grader.judge.judge import Job, Verdict, grade
from labkit_grader.judge.run import grade_folder
from labkit_grader.judge.warm import Warm
from labkit_grader.release.demo import KINDS, cells_of, code, notebook, wrong_ways
from labkit_grader.wall.wall import can_stand
from labkit_workbook.feedback import check
from labkit_workbook.hints import worked
from labkit_workbook.questions import exercise
from labkit_workbook.results import MEMORY

STANDS, WHY = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=WHY)
FIRST, SECOND = exercise("ticket_spend"), exercise("routing_crossover")
PLAYED = "budget_orchestrator"


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm(timeout=3.0) as started:
        yield started


def graded(warm: Warm, name: str, *cells: str) -> Verdict:
    return grade(warm, Job(name, ["import numpy as np", *cells]))


@needs_wall
@pytest.mark.parametrize("stub", ["...", "np.array(...)", "[...]", "(..., ...)", "np.array([..., ...])"])
def test_a_number_that_is_a_stub_is_not_started(warm: Warm, stub: str) -> None:
    cells = [f"{question.name} = {stub}" for question in FIRST.questions]
    verdict = graded(warm, FIRST.name, *cells)
    assert {answer["status"] for answer in verdict.answers.values()} == {"not_started"}
    assert {answer["given"] for answer in verdict.answers.values()} == {""}
    assert (verdict.points, verdict.notes, verdict.status) == (0, [], "graded")


@needs_wall
def test_a_list_that_is_half_a_stub_is_no_answer_yet(warm: Warm) -> None:
    steps = len(FIRST.questions[0].expected(FIRST.text))
    half = f"calls_per_step = [1, ..., *[1] * {steps - 2}]"
    found = graded(warm, FIRST.name, half).answers["calls_per_step"]
    assert (found["status"], found["points"]) == ("wrong_type", 0)
    assert "Number 2 of your list: The answer is a number, not `...`." in found["message"]


@needs_wall
def test_an_answer_typed_into_the_check_counts_beside_a_stub_that_was_left(warm: Warm) -> None:
    right = {question.name: question.expected(FIRST.text) for question in FIRST.questions}
    cell = f"calls = ...\ncheck('ticket_spend.calls', {right['calls']!r})"
    verdict = graded(warm, FIRST.name, "from labkit_workbook import check", cell)
    assert verdict.answers["calls"]["status"] == "right"


@needs_wall
def test_what_was_answered_before_is_not_lost_by_a_stub_below(warm: Warm) -> None:
    right = {question.name: question.expected(FIRST.text) for question in FIRST.questions}
    verdict = graded(warm, FIRST.name, f"calls = {right['calls']!r}", "calls = ...")
    assert verdict.answers["calls"]["status"] == "right"


@needs_wall
def test_what_follows_takes_no_notice_of_a_stub(warm: Warm) -> None:
    """The second answer builds on the first, which is not there: it is judged by itself."""
    right = {question.name: question.expected(FIRST.text) for question in FIRST.questions}
    verdict = graded(warm, FIRST.name, "calls = ...", f"worst_case_calls = {right['worst_case_calls']!r}")
    assert [verdict.answers[name]["status"] for name in ("calls", "worst_case_calls")] == ["not_started", "right"]
    wrong = graded(warm, FIRST.name, "calls = [...]", f"worst_case_calls = {right['worst_case_calls'] + 3!r}")
    assert wrong.answers["worst_case_calls"]["status"] == "wrong"


@needs_wall
@pytest.mark.parametrize("body", ["return ...", "return (..., ..., ...)", "raise NotImplementedError"])
def test_a_function_that_gives_a_stub_is_not_started(warm: Warm, body: str) -> None:
    found = graded(warm, SECOND.name, f"def routed(hard):\n    {body}").answers["routed"]
    assert (found["status"], found["points"]) == ("not_started", 0)


@needs_wall
@pytest.mark.parametrize("body", ["return ...", "raise NotImplementedError"])
def test_a_controller_that_gives_a_stub_is_not_started(warm: Warm, body: str) -> None:
    found = graded(warm, PLAYED, f"def controller(seen):\n    {body}").answers["controller"]
    assert (found["status"], found["points"]) == ("not_started", 0)


@needs_wall
def test_what_is_shown_once_it_is_answered_runs_in_the_judge_only_then(warm: Warm) -> None:
    cell = "from labkit_workbook import answered\nif answered({}):\n    calls = 7"
    assert graded(warm, FIRST.name, cell.format("3, ...")).answers["calls"]["status"] == "not_started"
    assert graded(warm, FIRST.name, cell.format("3, [4]")).answers["calls"]["given"] == "7"


# ---- notebooks ------------------------------------------------------------------------------------------------


def read(tmp_path: Path, *cells: str | dict[str, Any]) -> Notebook:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook(cells)), encoding="utf-8")
    return read_notebook(path)


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ('# Task: set calls\ncalls = ...\ncheck("ticket_spend.calls", calls)', 0),
        ('raise NotImplementedError("set calls")\ncheck("ticket_spend.calls", calls)', 0),
        ('# YOUR CODE HERE\nraise NotImplementedError()\ncheck("ticket_spend.calls", calls)', 0),
        ('# Task: set calls\ncalls = 3\ncheck("ticket_spend.calls", calls)', 1),
        ('calls = sum(steps[..., 0])\ncheck("ticket_spend.calls", calls)', 1),
    ],
)
def test_a_cell_that_is_still_the_one_handed_out_is_not_worked_on(tmp_path: Path, cell: str, count: int) -> None:
    assert answered(read(tmp_path, cell), FIRST.name, ["calls"]) == count


@pytest.mark.slow
@needs_wall
def test_an_untouched_notebook_of_a_made_class_gets_no_points_and_reads_not_started(tmp_path: Path) -> None:
    cells = cells_of(FIRST, KINDS.index("untouched"), wrong_ways(FIRST), FIRST.text)
    assert all(" = ...\n" in cell for cell in cells)
    place = tmp_path / "in" / "s1" / "01_ticket_spend.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(notebook(["from labkit_workbook import check", *cells])), encoding="utf-8")
    grades = grade_folder(tmp_path / "in", tmp_path / "out").grades
    with grades.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row[FIRST.name]) == 0
    (page,) = (tmp_path / "out" / "feedback").glob("s1*.html")
    assert page.read_text(encoding="utf-8").count("Not started. No answer was set.") == len(FIRST.questions)


def test_the_record_notes_whose_worked_way_was_seen(tmp_path: Path) -> None:
    MEMORY.forget()
    try:
        way, before = worked("ticket_spend.calls"), check("ticket_spend.lever_bills", 3)
        worked("ticket_spend.worst_case_calls")
        after = check("ticket_spend.worst_case_calls", 7)
    finally:
        MEMORY.forget()
    data = [json.loads(json.dumps(each._repr_mimebundle_())) for each in (way, before, after)]
    outputs = [{"output_type": "display_data", "metadata": {}, "data": each} for each in data]
    found = read(tmp_path, {**code("g"), "outputs": outputs})
    assert found.worked == ("ticket_spend.calls", "ticket_spend.worst_case_calls")
    names = [question.name for question in FIRST.questions]
    note = "worked way seen, on other numbers: calls, worst_case_calls"
    assert notes_on_answers(found, FIRST.name, names) == [note]
    assert notes_on_answers(found, SECOND.name, [question.name for question in SECOND.questions]) == []


@pytest.mark.parametrize("note", [None, 3, [], {"question": ["x"]}, {"question": "<b>"}, {"question": None}])
def test_a_note_that_names_no_question_says_nothing(tmp_path: Path, note: Any) -> None:
    kinds = ("application/vnd.labkit.worked+json", "application/vnd.labkit.check+json")
    outputs = [{"output_type": "display_data", "metadata": {}, "data": {kind: note}} for kind in kinds]
    found = read(tmp_path, {**code("g"), "outputs": outputs})
    assert notes_on_answers(found, FIRST.name, [question.name for question in FIRST.questions]) == []


def test_a_write_that_a_signal_ends_halfway_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge interrupts a cell by a signal: what is sent at that moment must arrive whole."""
    reading, writing = os.pipe()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    say(writing, {"question": "calls", "value": list(range(100))})
    monkeypatch.undo()
    os.close(writing)
    with os.fdopen(reading, "rb") as sent:
        assert json.loads(sent.read()) == {"question": "calls", "value": list(range(100))}
