"""What can be guessed: the questions of the lessons, read from data files and checked as they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from .._live import plain

FOLDER = Path(__file__).parent / "questions"
KINDS = ("choice", "number", "axis")


@dataclass(frozen=True)
class Choice:
    """One answer of several.

    Attributes:
        say: the answer, in a few words.
        why: what is right about it, or what is not; does not give the right answer away.
        right: whether it is the right one.
    """

    say: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Guess:
    """A question that takes a guess: a choice, a number, or a place on an axis.

    Attributes:
        id: ``lesson.name``.
        kind: ``"choice"``, ``"number"`` (typed in) or ``"axis"`` (dragged, or typed in).
        title: three to six words, for the tally of the lesson.
        ask: the question.
        choices: for a choice, the answers.
        truth: for a number, the true value in ``unit``.
        unit: ``"USD"``, ``"%"`` (a share times a hundred), ``"s"``, or another word; may be empty.
        factor: a guess came true within this factor of the truth ...
        within: ... or within so much of it, in ``unit``. One of the two.
        low, high: the ends of the axis.
        log: whether the axis is logarithmic.
        step: whole steps of the axis; 0 for three digits.
        digits: digits behind the point with which the truth is shown.
        why, too_low, too_high: what is said to a guess that came true, and to one that is too low or too high.
        back_to: the id of an earlier lesson's question that this one comes back to, or empty.
    """

    id: str
    kind: str
    title: str
    ask: str
    choices: tuple[Choice, ...] = ()
    truth: float | None = None
    unit: str = ""
    factor: float | None = None
    within: float | None = None
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: float = 0.0
    digits: int = 0
    why: str = ""
    too_low: str = ""
    too_high: str = ""
    back_to: str = ""

    def __post_init__(self) -> None:
        for fault in _list_faults(self):
            raise ValueError(f"question {self.id!r}: {fault}")

    @property
    def answer(self) -> str:
        """The right answer in words."""
        if self.kind == "choice":
            return plain(next(choice.say for choice in self.choices if choice.right))
        number = f"{self.truth:,.{self.digits}f}"
        return (
            f"${number}"
            if self.unit == "USD"
            else f"{number}%"
            if self.unit == "%"
            else f"{number} {self.unit}".strip()
        )


@dataclass(frozen=True)
class Lesson:
    """The questions of one lesson, in the order of its text."""

    name: str
    title: str
    guesses: tuple[Guess, ...] = field(repr=False)


def _list_faults(guess: Guess) -> list[str]:
    """What an author has to mend."""
    if guess.kind not in KINDS:
        return [f"kind must be one of {KINDS}, got {guess.kind!r}"]
    if guess.kind == "choice":
        rights = sum(choice.right for choice in guess.choices)
        faults = [f"exactly one choice must be right, got {rights}"] if rights != 1 else []
        return faults + [f"choice {c.say!r} needs a why" for c in guess.choices if not c.why.strip()]
    faults = [
        f"{name} must say something" for name in ("why", "too_low", "too_high") if not getattr(guess, name).strip()
    ]
    if guess.truth is None:
        return [*faults, "truth must be a number"]
    if (guess.factor is None) == (guess.within is None):
        faults.append("one of factor and within must be given")
    if not guess.low < guess.truth < guess.high:
        faults.append(f"truth must lie between low and high, got {guess.low} < {guess.truth} < {guess.high}")
    if guess.log and guess.low <= 0:
        faults.append("a logarithmic axis must begin above 0")
    return faults


def read_lesson(path: Path) -> Lesson:
    """The lesson of a data file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Lesson(
        content["lesson"], content["title"], tuple(_read_guess(content["lesson"], q) for q in content["guesses"])
    )


def _read_guess(lesson: str, written: Mapping[str, Any]) -> Guess:
    choices = tuple(Choice(**choice) for choice in written.get("choices", ()))
    rest = {key: value for key, value in written.items() if key not in ("name", "choices")}
    return Guess(id=f"{lesson}.{written['name']}", choices=choices, **rest)


@cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons with questions, in the order of the course.

    >>> lessons()[1].name
    'cost'
    """
    return tuple(read_lesson(path) for path in sorted(FOLDER.glob("*.json")))


def find_lesson(name: str) -> Lesson:
    """The lesson of that name.

    Raises:
        ValueError: no lesson has that name.
    """
    for lesson in lessons():
        if lesson.name == name:
            return lesson
    raise ValueError(f"lesson must be one of {', '.join(each.name for each in lessons())}; got {name!r}")


def find_guess(name: str) -> Guess:
    """The question with that id.

    Raises:
        ValueError: no question has that id; the message names one that is close.

    >>> find_guess("cost.growth").kind
    'axis'
    """
    known = {guess.id: guess for lesson in lessons() for guess in lesson.guesses}
    if name in known:
        return known[name]
    close = get_close_matches(str(name), known, n=1, cutoff=0.4)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"id must be that of a question, got {name!r}{meant}")
