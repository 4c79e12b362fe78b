"""The made class answers as it says: with each student's own numbers, in every registered way, in words too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit_grader.intake.notebooks import code_of, read_notebook, typed_students, which_exercise
from labkit_grader.release.demo import WORDS, all_inputs, answer, make_class
from labkit_workbook import feedback
from labkit_workbook.numbers.drawn import numbers_of
from labkit_workbook.questions import Exercise, exercise, exercises

NUMBERED = {which.name: [question.name for question in which.questions] for which in exercises() if which.number}


def worked(path: Path) -> dict[str, Any]:
    """The names that a notebook's answers set; only for made notebooks that are known to be harmless."""
    space: dict[str, Any] = {"check": lambda *_: None}
    for cell in read_notebook(path).cells[1:]:
        if cell.kind == "code":
            exec(compile(code_of(cell)[0], "<made>", "exec"), space)
    return space


def labels(which: Exercise, path: Path, given: Any) -> list[str]:
    """What the checks say of each answer: right, or the label of the misconception."""
    space = worked(path)
    results = [feedback.judge(f"{which.name}.{q.name}", space.get(q.name), given) for q in which.questions]
    return [result.label or result.status for result in results]


@pytest.mark.parametrize("class_name", ["", "ML 1"])
def test_right_answers_are_right_and_mistakes_are_registered_ones(class_name: str, tmp_path: Path) -> None:
    make_class(tmp_path / "class", 24, class_name)
    kinds = set()
    for number in [n for n in range(1, 25) if n % 8 in (0, 1, 2, 3, 4)]:
        (path,) = (tmp_path / "class" / f"student-{number:03}").glob("*.ipynb")
        which = exercise(path.stem[3:])
        numbers = numbers_of(which.name, class_name, path.parent.name)
        found = labels(which, path, numbers)
        wrong = [label for label in found if label != "right"]
        registered = {m.label for question in which.questions for m in question.misconceptions}
        assert len(wrong) == (number % 8 in (2, 3, 4))
        assert set(wrong) <= registered
        kinds |= set(wrong)
    assert len(kinds) >= 6


def test_every_notebook_is_known_by_its_content_and_has_its_free_text(tmp_path: Path) -> None:
    make_class(tmp_path / "class", 15, "ML 1")
    for path in (tmp_path / "class").glob("*/*.ipynb"):
        found = read_notebook(path)
        name = which_exercise(found, NUMBERED)
        assert path.stem.endswith(name or "none")
        essays = {essay.name for essay in exercise(str(name)).essays}
        texts = {cell.id: cell.source for cell in found.cells if cell.kind == "markdown"}
        assert essays
        assert set(texts) == essays
        assert set(texts.values()) <= set(WORDS)
        assert typed_students(found) == [path.parent.name]


def test_a_made_function_answers_whatever_a_grader_may_ask() -> None:
    which = exercise("routing_crossover")
    question = which.questions[0]
    assert all_inputs(question, which.text)[:4] == list(question.inputs(which.text)) if question.inputs else False
    assert set(all_inputs(question, which.text)) == set(range(which.text.steps + 1))
    space: dict[str, Any] = {"check": lambda *_: None}
    exec(answer(which, question, question.answer, which.text), space)
    for hard in range(which.text.steps + 1):
        assert tuple(space["routed"](hard)) == question.answer(which.text, hard)


def test_without_a_class_no_id_is_shown(tmp_path: Path) -> None:
    make_class(tmp_path / "class", 3)
    for path in (tmp_path / "class").glob("*/*.ipynb"):
        assert typed_students(read_notebook(path)) == []
        assert json.loads(path.read_text(encoding="utf-8"))["nbformat_minor"] == 5


@pytest.mark.parametrize("students", [0, -3])
def test_a_class_of_nobody_is_an_error(students: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^students must be at least 1, got {students}$"):
        make_class(tmp_path / "class", students)
    assert not (tmp_path / "class").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match=r"is not empty; name a folder that is not there yet$"):
        make_class(tmp_path, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
