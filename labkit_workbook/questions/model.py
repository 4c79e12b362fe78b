"""What a question is: a function from parameters to its answer, and functions to the known wrong ones."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias

import numpy as np

Answer: TypeAlias = "float | tuple[float, ...]"
MOST_DRAWS = 1000
LONG, FIRST_ROWS = 8, 3  # rows; of a wide table with more than 8 the short form has three
ENDLESS, BEGIN = 60, 7  # rows; of more than 60 only seven are ever shown
WIDE = 4  # columns; a table with more is shown with them aligned
NAME = re.compile(r"[b-zB-Z]\b|\w+ [-=+*/^<>] |\w+[(^_]")
"""With what a formula begins: a letter that is no word, or a name before a sign or a bracket."""


@dataclass(frozen=True)
class Given:
    """A base for the numbers of an exercise; a field's ``doc`` in its metadata says what it is."""

    def __repr__(self) -> str:
        return self._write_lines(short=False)

    def in_short(self) -> str:
        """The numbers as they are printed, but of a table that is wide and long only the first rows."""
        return self._write_lines(short=True)

    def _write_lines(self, short: bool) -> str:
        rows = [(f.name, getattr(self, f.name), f.metadata["doc"]) for f in fields(self)]
        width = max(len(name) for name, _, _ in rows)
        return "\n".join(f"g.{name:<{width}} = {_write_value(value, doc, short)}" for name, value, doc in rows)


def _write_value(value: Any, doc: str, short: bool) -> str:
    """A value and what it is; a table begins with what it is, and has its rows, or the first of them, below."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        cut = short and len(value[0]) > WIDE and len(value) > LONG
        left = len(value) - FIRST_ROWS if cut else len(value) - BEGIN if len(value) > ENDLESS else 0
        shown = value[: len(value) - left]
        rows = _align(shown) if len(value[0]) > WIDE else shown
        return "\n".join((doc, *(f"    {row}" for row in rows), *[f"    ... {left} more rows"] * bool(left)))
    text = f"{value:,}" if isinstance(value, int) else f"{value}"
    return f"{text:<10} {doc}"


def _align(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """The rows of a wide table with their columns below each other."""
    cells = [[repr(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["(" + ", ".join(map(str.rjust, row, widths)) + ")" for row in cells]


@dataclass(frozen=True)
class Misconception:
    """A known wrong way: a label, the wrong answer as a function of the parameters, a message that teaches."""

    label: str
    wrong: Callable[..., Any]
    message: str


@dataclass(frozen=True)
class Follows:
    """From which earlier answers a later one follows.

    Attributes:
        earlier: the names of the earlier questions of the same exercise; each asks for numbers.
        answer: (parameters, the earlier answers in their order) -> the later answer.
        share: of the points, for an answer that is right given the learner's own earlier ones.
    """

    earlier: tuple[str, ...]
    answer: Callable[..., Any]
    share: float = 0.5


@dataclass(frozen=True)
class Question:
    """One question of an exercise.

    Attributes:
        name: after the dot of its id, and the variable or function the learner sets.
        asks: the question in one line.
        unit: ``"calls"``, ``"USD"``, ``"USD a day"``, ``"s"``, ``"steps"``, ``"probability"``, ...
        answer: parameters -> the answer: a number, or a tuple of numbers. With ``inputs`` it is
            (parameters, input) -> the answer for that input, and the learner writes a function.
        misconceptions: the known wrong ways, as functions of the same arguments.
        hints: two of them; the second says more.
        worked: parameters -> the short worked answer, shown after success only.
        tolerance: largest relative error that still counts as the same number.
        rounding: largest relative error that is told to come of rounding.
        whole: the answer is a count.
        inputs: parameters -> the inputs on which the learner's function is tried, or None.
        hidden: (parameters, random generator) -> more inputs, on which a grader tries it too, or None.
        points: what the question is worth.
        played: the answer is a controller, which is asked turn by turn; see ``played.py``.
        follows: the earlier answers that this one builds on, if a share is paid for what follows from a wrong one.
    """

    name: str
    asks: str
    unit: str
    answer: Callable[..., Any]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, str]
    worked: Callable[[Any], str]
    tolerance: float = 1e-3
    rounding: float = 0.01
    whole: bool = False
    inputs: Callable[[Any], Sequence[Any]] | None = None
    hidden: Callable[[Any, np.random.Generator], Sequence[Any]] | None = None
    points: int = 1
    played: bool = False
    follows: Follows | None = None
    judged_later: ClassVar[bool] = False

    def expected(self, given: Any) -> Answer:
        """The right answer; of a function question, its values on all inputs."""
        return _values(self.answer, self.inputs, given)

    def mistaken(self, given: Any) -> Iterator[tuple[Misconception, Answer]]:
        """Each misconception with the wrong answer it leads to."""
        for misconception in self.misconceptions:
            yield misconception, _values(misconception.wrong, self.inputs, given)

    def same(self, one: Answer, other: Answer) -> bool:
        """Do two answers agree, number by number, within the tolerance? Counts must agree exactly."""
        return are_close(one, other, 1e-9 if self.whole else self.tolerance)

    def close(self, one: Answer, other: Answer) -> bool:
        """Do they agree but for rounding?"""
        return not self.whole and are_close(one, other, self.rounding)

    def way(self, given: Any) -> str:
        """The short worked answer as a sentence."""
        return sentence(self.worked(given))

    def earned(self, status: str) -> float:
        """The points of an answer that `check` said this of."""
        share = self.follows.share if self.follows is not None and status == "follows" else 0
        return self.points if status == "right" else self.points * share

    def told_apart(self, given: Any) -> bool:
        """Can each misconception be told from the answer and from the others, by its number alone?"""
        answers = [
            _flat_answer(self.expected(given)),
            *(_flat_answer(wrong) for _, wrong in self.mistaken(given)),
        ]
        if answers[0] in ((0.0,), (1.0,)) or min(answers[0]) < 0:
            return False  # no answer that a guess, or "there is none", would give
        margin = 2.5 * self.tolerance
        return not any(_numbers_agree(one, other, margin) for i, one in enumerate(answers) for other in answers[:i])


@dataclass(frozen=True)
class Essay:
    """A free-text answer of an exercise, which a person marks.

    Attributes:
        name: the id of its cell in the notebook.
        asks: what is asked, as it stands in the notebook.
        points: what the answer is worth.
        rubric: for what the points are given, as it stands in the instructor's cell of the solution.
    """

    name: str
    asks: str
    points: int
    rubric: str


@dataclass(frozen=True)
class Exercise:
    """Some questions that share their parameters.

    Attributes:
        name: before the dot of a question's id.
        number: two digits, as in the notebook's file name; empty for the questions of a lesson.
        title, minutes, difficulty, objective: what a learner wants to know before starting.
        text: the section's own parameters.
        draw: a numpy random generator -> parameters of the same kind, for a class.
        questions: at least one.
        essays: the free-text answers, which a person marks.
    """

    name: str
    number: str
    title: str
    minutes: int
    difficulty: str
    objective: str
    text: Any
    draw: Callable[[np.random.Generator], Any]
    questions: tuple[Question, ...]
    essays: tuple[Essay, ...] = ()

    @property
    def points(self) -> int:
        """What all its questions are worth, which the checks judge."""
        return sum(question.points for question in self.questions)

    @property
    def most(self) -> int:
        """What the questions and the free-text answers are worth together."""
        return self.points + sum(essay.points for essay in self.essays)

    def drawn(self, *salt: str) -> Any:
        """Parameters for one student: the same words give the same numbers, in which no two ways agree.

        Raises:
            RuntimeError: no such numbers were found; the exercise's ``draw`` is too narrow.
        """
        digest = hashlib.sha256("\x1f".join((self.name, *salt)).encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest, "big"))
        for _ in range(MOST_DRAWS):
            given = self.draw(rng)
            if self.separated(given):
                return given
        raise RuntimeError(f"exercise {self.name!r}: {MOST_DRAWS} draws, and none kept all misconceptions apart")

    def separated(self, given: Any) -> bool:
        """Can every misconception of every question be told from the answer and from the others?"""
        return all(question.told_apart(given) for question in self.questions)


def are_close(one: Answer, other: Answer, tolerance: float) -> bool:
    """Do two answers agree, number by number, up to this relative error?"""
    return _numbers_agree(_flat_answer(one), _flat_answer(other), tolerance)


def _numbers_agree(left: tuple[float, ...], right: tuple[float, ...], tolerance: float) -> bool:
    if len(left) != len(right):
        return False
    for one, other in zip(left, right, strict=True):
        if not math.isclose(one, other, rel_tol=tolerance, abs_tol=1e-12):
            return False
    return True


@lru_cache(maxsize=4096)
def _values(function: Callable[..., Any], inputs: Callable[[Any], Sequence[Any]] | None, given: Any) -> Answer:
    """What a function of the parameters gives, on all inputs where there are any; kept, for each check asks anew."""
    if inputs is None:
        return function(given)
    return tuple(number for each in inputs(given) for number in _flat_answer(function(given, each)))


def _flat_answer(answer: Any) -> tuple[float, ...]:
    return tuple(float(x) for x in answer) if isinstance(answer, (tuple, list)) else (float(answer),)


def sentence(words: str) -> str:
    """With a capital, but where a formula begins, and a full stop.

    >>> sentence("a plain step is 1 call"), sentence("p + (1 - p) r = 0.57"), sentence("log(2) steps")
    ('A plain step is 1 call.', 'p + (1 - p) r = 0.57.', 'log(2) steps.')
    """
    return f"{words if NAME.match(words) else words[:1].upper() + words[1:]}."
