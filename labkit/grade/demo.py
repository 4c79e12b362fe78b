"""A made class, so that an instructor can try the whole way in a minute before real students are at stake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from ..questions import Exercise, Question, exercises

HOSTILE = (
    "import os\nos._exit(0)",
    "while True:\n    pass",
    "open('/etc/passwd').read()",
    "import os\nwhile True:\n    os.fork()",
    "from labkit.questions import exercises",
)
KINDS = ("right", "right", "one mistake", "one mistake", "one mistake", "broken", "untouched", "half")


def make_class(out: Path, students: int = 300) -> int:
    """Write ``students`` folders, one notebook each, taking exercises and mistakes in turn; how many were written.

    Raises:
        ValueError: the folder is there already and not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out.name} is not empty; name a folder that is not there yet")
    rooms = [room for room in exercises() if room.number]
    mistakes = {room.name: wrong_ways(room) for room in rooms}
    for number in range(1, students + 1):
        room = rooms[number % len(rooms)]
        cells = cells_of(room, number, mistakes[room.name])
        path = out / f"student-{number:03}" / f"{room.number}_{room.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook(cells)), encoding="utf-8")
    return students


def cells_of(room: Exercise, number: int, mistakes: Iterator[dict[str, Any]]) -> list[str]:
    """What this student hands in."""
    right = {question.name: question.expected(room.text) for question in room.questions}
    if number % 60 == 0:
        return [HOSTILE[number // 60 % len(HOSTILE)], *answers(room, right)]
    kind = KINDS[number % len(KINDS)]
    if kind == "untouched":
        return [f'raise NotImplementedError("set {n}")\ncheck("{room.name}.{n}", {n})' for n in right]
    if kind == "broken":
        return ["this is no Python", *answers(room, right)]
    if kind == "half":
        return answers(room, dict(list(right.items())[: len(right) // 2]))
    return answers(room, right if kind == "right" else {**right, **next(mistakes)})


def wrong_ways(room: Exercise) -> Iterator[dict[str, Any]]:
    """One registered mistake after another, without end."""
    known = [{q.name: wrong} for q in room.questions for _, wrong in q.mistaken(room.text)]
    return (known[i % len(known)] for i in count())


def answers(room: Exercise, values: dict[str, Any]) -> list[str]:
    """One cell a question, as a learner would leave it."""
    questions = {question.name: question for question in room.questions}
    first = f'from labkit import check, given\n\ng = given("{room.name}")'
    return [first, *(cell(room, questions[name], value) for name, value in values.items())]


def cell(room: Exercise, question: Question, value: Any) -> str:
    """The answer as a number or a list; of a function, as a table of its values."""
    check = f'check("{room.name}.{question.name}", {question.name})'
    if question.inputs is None:
        return f"{question.name} = {value!r}\n{check}"
    inputs = list(question.inputs(room.text))
    each = len(value) // len(inputs)
    table = {x: tuple(value[i * each : (i + 1) * each]) for i, x in enumerate(inputs)}
    return f"def {question.name}(x):\n    return {table!r}[x]\n\n\n{check}"


def notebook(cells: list[str]) -> dict[str, Any]:
    """A notebook of these code cells."""
    shape: Callable[[str], dict[str, Any]] = lambda source: {  # noqa: E731
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source,
    }  # fmt: skip
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": [shape(c) for c in cells], "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}
