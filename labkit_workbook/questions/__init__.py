"""The registry: every question of the course, found by its id ``exercise.question``."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from .blank import exercises_in
from .model import Essay, Exercise, Follows, Misconception, Question

ASSESSED = Path(__file__).with_name("assessed.json")
"""In the copy of an assessed class: the exercises without their answers. The folder ``graded`` is not there then."""

__all__ = ["Essay", "Exercise", "Follows", "Misconception", "Question", "exercise", "exercises", "find"]


class _Registry(NamedTuple):
    exercises: tuple[Exercise, ...]
    by_name: dict[str, Exercise]
    by_id: dict[str, tuple[Exercise, Question]]


def exercises() -> tuple[Exercise, ...]:
    """All of them, the lessons' single questions included."""
    return _registry(_find_assessed()).exercises


def exercises_below(folder: str) -> tuple[Exercise, ...]:
    """The exercises that the modules of a folder beside this file hold, in the folder's own order."""
    package = import_module(f".{folder}", __name__)
    modules = [import_module(f".{name}", package.__name__) for name in package.MODULES]
    return tuple(each for module in modules for each in getattr(module, "EXERCISES", None) or [module.EXERCISE])


def _find_assessed() -> Path | None:
    return ASSESSED if ASSESSED.exists() else None


@cache
def _registry(assessed: Path | None) -> _Registry:
    """Every exercise and question, found once; those with answers from ``graded``, or without from a file."""
    graded = exercises_in(json.loads(assessed.read_text(encoding="utf-8"))) if assessed else exercises_below("graded")
    found = (*graded, *exercises_below("lessons"))
    by_id = {f"{each.name}.{question.name}": (each, question) for each in found for question in each.questions}
    return _Registry(found, {each.name: each for each in found}, by_id)


def exercise(name: str) -> Exercise:
    """The exercise of that name.

    Raises:
        ValueError: there is none; the message names the nearest.

    >>> exercise("ticket_spend").number
    '01'
    """
    known = _registry(_find_assessed()).by_name
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"no exercise is named {name!r}; {_suggest_name(name, list(known))}")
    return known[name]


def find(question_id: str) -> tuple[Exercise, Question]:
    """The exercise and the question of an id such as ``"ticket_spend.calls"``.

    Raises:
        ValueError: there is none; the message names the nearest.
    """
    known = _registry(_find_assessed()).by_id
    if not isinstance(question_id, str) or question_id not in known:
        raise ValueError(f"no question has the id {question_id!r}; {_suggest_name(question_id, list(known))}")
    return known[question_id]


def _suggest_name(name: Any, known: list[str]) -> str:
    """A suggestion, if one is near; else where to look."""
    near = get_close_matches(str(name).lower(), known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"an example is {known[0]!r}"
