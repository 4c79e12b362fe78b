"""What each exercise asks, without how it is answered: a list in a file, so that ``labkit status`` loads no exercise.

``course/build.py`` writes the file from the registry of ``questions``, and its ``--check`` compares the two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("contents.json")
ASSESSED = Path(__file__).with_name("questions") / "assessed.json"
"""In the copy of an assessed class: the exercises without their answers."""


@dataclass(frozen=True)
class ListedQuestion:
    """A question's name, its points, and the share of them for what follows from a wrong answer."""

    name: str
    points: int
    share: float
    judged_later: bool

    def earned(self, status: str) -> float:
        """The points of an answer that `check` said this of."""
        return self.points * {"right": 1.0, "follows": self.share}.get(status, 0.0)


@dataclass(frozen=True)
class ListedExercise:
    """An exercise's name, number and title, the mark of the text's numbers, and its questions."""

    name: str
    number: str
    title: str
    mark: str
    questions: tuple[ListedQuestion, ...]

    @property
    def points(self) -> int:
        """Points of all questions."""
        return sum(question.points for question in self.questions)


def listed_exercises() -> tuple[ListedExercise, ...]:
    """The exercises, in their order.

    >>> listed_exercises()[0].title
    'Ticket spend'
    """
    return _read_file(FILE, ASSESSED.exists())


@cache
def _read_file(path: Path, judged_later: bool) -> tuple[ListedExercise, ...]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        ListedExercise(
            each["name"], each["number"], each["title"], each["mark"],
            tuple(ListedQuestion(name, points, share, judged_later) for name, points, share in each["questions"]),
        )
        for each in content
    )  # fmt: skip


def write_contents(exercises: Iterable[Any]) -> str:
    """The text of the file for exercises of the registry: those with a number, a line each."""
    lines = []
    for each in exercises:
        if each.number:
            asked = [[q.name, q.points, 0.0 if q.follows is None else q.follows.share] for q in each.questions]
            mark = mark_of_values([getattr(each.text, field.name) for field in fields(each.text)])
            of = {"name": each.name, "number": each.number, "title": each.title, "mark": mark, "questions": asked}
            lines.append(json.dumps(of, ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def mark_of_values(values: list[Any]) -> str:
    """A short mark of an exercise's numbers, by which an answer is known that was judged by others."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:12]


def with_tuples(value: Any) -> Any:
    """A value that JSON has carried: its lists were tuples.

    >>> with_tuples([1, [2, 3]])
    (1, (2, 3))
    """
    return tuple(map(with_tuples, value)) if isinstance(value, list) else value
