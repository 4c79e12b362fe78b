"""Guesses and tallies as outputs of a notebook: one piece of HTML each, and a text for where there is none."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._live import live_html, plain, rich
from .guesses import Guess, Lesson, find_guess, find_lesson, lessons

SCRIPT = Path(__file__).parent / "predictions.js"
RUN_ME = "Run this cell (Shift+Enter) to make your guess here."
KEPT_HERE = (
    "How many of your guesses came true, and which was furthest off, is shown here once this cell is run. It is kept "
    "in your browser and nowhere else."
)


def predict(id: str, reveal: Any = None) -> Prediction:
    """A question that takes a guess, and then opens the result.

    Args:
        id: ``lesson.name``, as in the data file of the lesson.
        reveal: what is shown after the guess: a picture, a table, anything with an HTML form, or a text. None: the
            outputs of the next code cells are opened, which the build has hidden where they are tagged ``predict``.

    Raises:
        ValueError: no question has that id.

    >>> predict("cost.calls")
    Predict. Twelve steps, two calls each. How many times the price of a single call does the task cost?
    """
    return Prediction(find_guess(id), reveal)


def tally(lesson: str | None = None) -> Tally:
    """How many guesses of a lesson came true, and the one that was furthest off. The browser alone keeps them.

    Args:
        lesson: its name; None for the whole course.

    Raises:
        ValueError: no lesson has that name.

    >>> tally("cost")
    Your guesses in 01 Cost
    """
    if lesson is not None:
        return Tally(find_lesson(lesson))
    return Tally(Lesson("course", "the whole course", tuple(guess for each in lessons() for guess in each.guesses)))


@dataclass(frozen=True, repr=False)
class Prediction:
    """A question as an output. ``reveal``: what is shown after the guess."""

    guess: Guess
    reveal: Any = None

    def __repr__(self) -> str:
        lines = [f"Predict. {plain(self.guess.ask)}"]
        return "\n".join(lines + [f"  ( ) {plain(choice.say)}" for choice in self.guess.choices])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._make_html()}

    def _make_html(self) -> str:
        guess = self.guess
        from_lesson = f'<p class="from">Back to lesson {_title_of(guess.back_to)}</p>' if guess.back_to else ""
        still = (
            f'{from_lesson}<p class="ask">{rich(guess.ask)}</p>\n'
            f'<div class="answers">{_list_choices(guess) if guess.kind == "choice" else _write_number(guess)}</div>\n'
            f'<p class="off note">{RUN_ME}</p>'
        )
        if self.reveal is not None:
            summary = "Make your guess, then open: the result"
            still += f'<details class="reveal"><summary>{summary}</summary>{_as_html(self.reveal)}</details>'
        return live_html(guess.id, "cc-guess", still, SCRIPT, "takeGuess", _spec_of(guess, opens=self.reveal is None))


@dataclass(frozen=True, repr=False)
class Tally:
    """How many guesses of a lesson came true, as an output."""

    lesson: Lesson

    def __repr__(self) -> str:
        return f"Your guesses in {self.lesson.title}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        still = (
            f'<p class="ask">{html.escape(repr(self))}</p><p class="off note">{KEPT_HERE}</p><div class="tally"></div>'
        )
        asked = [{"id": g.id, "title": g.title, "answer": g.answer} for g in self.lesson.guesses]
        page = live_html(f"{self.lesson.name}.tally", "cc-guess", still, SCRIPT, "showTally", {"guesses": asked})
        return {"text/plain": repr(self), "text/html": page}


def _title_of(id: str) -> str:
    """The title of the lesson that a question belongs to."""
    return html.escape(find_lesson(id.partition(".")[0]).title)


def _list_choices(guess: Guess) -> str:
    """The answers, each to be opened; what a reader without scripts has."""
    rows = (
        f"<li><details{' data-right' if choice.right else ''}><summary>{rich(choice.say)}</summary>"
        f"<div>{'Right.' if choice.right else 'Not so.'} {rich(choice.why)}</div></details></li>"
        for choice in guess.choices
    )
    return f"<ol>{''.join(rows)}</ol>"


def _write_number(guess: Guess) -> str:
    """The answer, to be opened."""
    return (
        "<details><summary>Write your number down, then open: the answer</summary>"
        f"<div>It is {html.escape(guess.answer)}. {rich(guess.why)}</div></details>"
    )


def _spec_of(guess: Guess, opens: bool) -> dict[str, Any]:
    """What the script needs to know."""
    spec: dict[str, Any] = {"id": guess.id, "kind": guess.kind, "opens": opens}
    if guess.kind != "choice":
        names = ("truth", "unit", "factor", "within", "low", "high", "log", "step", "digits")
        spec |= {name: getattr(guess, name) for name in names if getattr(guess, name) is not None}
        spec |= {name: rich(getattr(guess, name)) for name in ("why", "too_low", "too_high")}
    return spec


def _as_html(shown: Any) -> str:
    """The HTML form of anything that a notebook can show; its text where it has none."""
    for method in ("_repr_mimebundle_", "_repr_html_"):
        if hasattr(shown, method):
            made = getattr(shown, method)()
            found = made.get("text/html") if isinstance(made, Mapping) else made
            if found:
                return str(found)
    return f"<pre>{html.escape(shown if isinstance(shown, str) else repr(shown))}</pre>"
