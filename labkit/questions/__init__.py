"""The registry: every question of the course, found by its id ``exercise.question``."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

from .model import Exercise, Misconception, Question

ROOMS = ("ticket_spend", "routing_crossover", "debate_vs_retry", "lessons")
"""The modules of this folder that hold exercises: one ``EXERCISE`` each, or several ``EXERCISES``."""

__all__ = ["Exercise", "Misconception", "Question", "exercise", "exercises", "find"]


def exercises() -> tuple[Exercise, ...]:
    """All of them, the lessons' single questions included."""
    found: list[Exercise] = []
    for room in ROOMS:
        module = import_module(f".{room}", __name__)
        found += getattr(module, "EXERCISES", None) or [module.EXERCISE]
    return tuple(found)


def exercise(name: str) -> Exercise:
    """The exercise of that name.

    Raises:
        ValueError: there is none; the message names the nearest.

    >>> exercise("ticket_spend").number
    '01'
    """
    known = {each.name: each for each in exercises()}
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"no exercise is named {name!r}; {_nearest(name, list(known))}")
    return known[name]


def find(question_id: str) -> tuple[Exercise, Question]:
    """The exercise and the question of an id such as ``"ticket_spend.calls"``.

    Raises:
        ValueError: there is none; the message names the nearest.
    """
    known = {f"{each.name}.{q.name}": (each, q) for each in exercises() for q in each.questions}
    if not isinstance(question_id, str) or question_id not in known:
        raise ValueError(f"no question has the id {question_id!r}; {_nearest(question_id, list(known))}")
    return known[question_id]


def _nearest(name: Any, known: list[str]) -> str:
    """A suggestion, if one is near; else where to look."""
    near = get_close_matches(str(name).lower(), known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"an example is {known[0]!r}"
