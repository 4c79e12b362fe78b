"""A made class, so that an instructor can try the whole way in a minute before real students are at stake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from labkit_workbook.numbers.drawn import numbers_of
from labkit_workbook.numbers.given_numbers import MIME as STUDENT
from labkit_workbook.questions import Exercise, Question, exercises
from labkit_workbook.questions.played import PlayedQuestion

from ..wall.readable import ROOT

Way: TypeAlias = "tuple[str, Callable[..., Any]]"  # a question's name, and how it is answered

HOSTILE = (
    "import os\nos._exit(0)",
    "while True:\n    pass",
    "open('/etc/passwd').read()",
    "import os\nwhile True:\n    os.fork()",
    "from labkit_workbook.questions import exercises",
)
KINDS = ("right", "right", "one mistake", "one mistake", "one mistake", "broken", "untouched", "half")
WORDS = (
    "I counted first: the calls that each lever touches, and what a day costs after it. The lever that touches most "
    "calls comes first, and what it gives up is named beside what it saves.",
    "The cheaper model, because it is cheaper.",
    "It depends on what a failure costs. Without that number I would take the choice that can be undone, measure a "
    "week, and compare with the other one.",
    "",
    "I would add a cache.",
)
FOREIGN_ID = "a-friend"
INPUT_DRAWS = 100  # of a function's hidden inputs, so that a made table has an answer to all of them


def make_class(out: Path, students: int = 300, class_name: str = "") -> int:
    """Write ``students`` folders, one notebook each, taking exercises and mistakes in turn; how many were written.

    Args:
        out: a folder that is new or empty.
        students: how many.
        class_name: everybody answers with the numbers of this class, or with the text's where it is empty.

    Raises:
        ValueError: the folder is there already and not empty, or there are no students.
    """
    if students < 1:
        raise ValueError(f"students must be at least 1, got {students}")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out.name} is not empty; name a folder that is not there yet")
    graded = [exercise for exercise in exercises() if exercise.number]
    mistakes = {exercise.name: wrong_ways(exercise) for exercise in graded}
    for number in range(1, students + 1):
        exercise, student = graded[number % len(graded)], f"student-{number:03}"
        path = out / student / f"{exercise.number}_{exercise.name}.ipynb"
        path.parent.mkdir(parents=True)
        cells: list[str | dict[str, Any]] = [
            first_cell(exercise, class_name, FOREIGN_ID if number % 100 == 50 else student),
            *cells_of(exercise, number, mistakes[exercise.name], numbers_of(exercise.name, class_name, student)),
            *(
                written(each.name, WORDS[(number // len(graded) + i) % len(WORDS)])
                for i, each in enumerate(exercise.essays)
            ),
        ]
        path.write_text(json.dumps(notebook(cells)), encoding="utf-8")
    return students


# ---- what a student hands in --------------------------------------------------------------------------------


def cells_of(exercise: Exercise, number: int, mistakes: Iterator[Way], given: Any) -> list[str]:
    """The answers of this student, with these numbers."""
    right = {question.name: question.answer for question in exercise.questions}
    if number % 60 == 0:
        return [HOSTILE[number // 60 % len(HOSTILE)], *answers(exercise, right, given)]
    kind = KINDS[number % len(KINDS)]
    if kind == "untouched":
        return [f'# Task: set {n}\n{n} = ...\ncheck("{exercise.name}.{n}", {n})' for n in right]
    if kind == "broken":
        return ["this is no Python", *answers(exercise, right, given)]
    if kind == "half":
        return answers(exercise, dict(list(right.items())[: len(right) // 2]), given)
    return answers(exercise, right if kind == "right" else {**right, **dict([next(mistakes)])}, given)


def wrong_ways(exercise: Exercise) -> Iterator[Way]:
    """One registered mistake after another, without end."""
    numbered = [question for question in exercise.questions if not question.played]
    return cycle([(q.name, misconception.wrong) for q in numbered for misconception in q.misconceptions])


def answers(exercise: Exercise, ways: dict[str, Callable[..., Any]], given: Any) -> list[str]:
    """One cell a question, as a learner would leave it."""
    questions = {question.name: question for question in exercise.questions}
    return [answer(exercise, questions[name], way, given) for name, way in ways.items()]


def answer(exercise: Exercise, question: Question, way: Callable[..., Any], given: Any) -> str:
    """The answer as a number or a list; of a function, as a table of its values; what is played, as it is solved."""
    check = f'check("{exercise.name}.{question.name}", {question.name})'
    if isinstance(question, PlayedQuestion):
        return solved(exercise, question)
    if question.inputs is None:
        return f"{question.name} = {plain(way(given))!r}\n{check}"
    table = {json.dumps(each): plain(way(given, each)) for each in all_inputs(question, given)}
    return f"import json\n\n\ndef {question.name}(x):\n    return {table!r}[json.dumps(x)]\n\n\n{check}"


def solved(exercise: Exercise, question: Question) -> str:
    """The cell that answers a question in the exercise's solution.

    Raises:
        ValueError: the solutions are not there, as in a students' copy.
    """
    path = ROOT / "solutions" / f"{exercise.number}_{exercise.name}.ipynb"
    if not path.is_file():
        raise ValueError(f"a made class is made from the whole course, and {path} is not there")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["id"] == question.name))


def all_inputs(question: Question, given: Any) -> list[Any]:
    """The inputs that a learner sees, and those on which a grader may try a function."""
    assert question.inputs is not None
    found = dict.fromkeys(question.inputs(given))
    if question.hidden is not None:
        for seed in range(INPUT_DRAWS):
            found |= dict.fromkeys(question.hidden(given, np.random.default_rng(seed)))
    return list(found)


def plain(value: Any) -> Any:
    """A number as Python writes it."""
    return [float(each) for each in value] if isinstance(value, (tuple, list)) else float(value)


# ---- notebooks ----------------------------------------------------------------------------------------------


def first_cell(exercise: Exercise, class_name: str, student: str) -> dict[str, Any]:
    """The cell that takes the numbers; in a class its output says with which id."""
    cell = code(f'from labkit_workbook import check, given\n\ng = given("{exercise.name}")\ng')
    if class_name:
        shown = {STUDENT: {"student": student, "class": class_name, "exercise": exercise.name}, "text/plain": student}
        cell["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": shown}]
    return cell


def code(source: str) -> dict[str, Any]:
    """A code cell."""
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}


def written(name: str, source: str) -> dict[str, Any]:
    """A cell with a free-text answer."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def notebook(cells: Sequence[str | dict[str, Any]]) -> dict[str, Any]:
    """A notebook of these cells; a text is the source of a code cell."""
    whole = [code(cell) if isinstance(cell, str) else dict(cell) for cell in cells]
    for place, cell in enumerate(whole, start=1):
        cell.setdefault("id", f"cell-{place}")
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": whole, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
