"""The registry: every question of the course, found by its id ``exercise.question``."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from .blank import exercises_in
from .model import Essay, Exercise, Misconception, Question

LESSONS = ("lessons", "lesson_left_out", "lesson_budgets", "lesson_real_system")
"""Those that hold the lessons' single questions, which no class is assessed on."""

ROOMS = (
    "ticket_spend",
    "routing_crossover",
    "debate_vs_retry",
    "measure_your_retries",
    "spend_a_budget",
    "quality_per_dollar",
    "reliability_cliff",
    "budget_orchestrator",
    *LESSONS,
)
"""The modules of this folder that hold exercises: one ``EXERCISE`` each, or several ``EXERCISES``."""

ASSESSED = Path(__file__).with_name("assessed.json")
"""In the copy of an assessed class: the exercises without their answers. Their modules are not there then."""

__all__ = ["Essay", "Exercise", "Misconception", "Question", "exercise", "exercises", "find"]


def exercises() -> tuple[Exercise, ...]:
    """All of them, the lessons' single questions included."""
    if ASSESSED.exists():
        return (*_without_answers(), *(each for room in LESSONS for each in in_room(room)))
    return tuple(each for room in ROOMS for each in in_room(room))


def in_room(room: str) -> tuple[Exercise, ...]:
    """The exercises that a module of this folder holds."""
    module = import_module(f".{room}", __name__)
    return tuple(getattr(module, "EXERCISES", None) or [module.EXERCISE])


@cache
def _without_answers() -> tuple[Exercise, ...]:
    return exercises_in(json.loads(ASSESSED.read_text(encoding="utf-8")))


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
