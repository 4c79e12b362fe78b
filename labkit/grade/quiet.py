"""What a stranger's notebook gets instead of ``labkit.feedback``: the same names, and no answers behind them.

The private copy of labkit that submissions run with has this file in place of ``feedback.py``. ``check`` keeps the
value it is given, so that an answer typed straight into it counts too.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

handed_in: dict[str, Any] = {}
numbers: dict[str, dict[str, Any]] = {}


class Nothing:
    """A result that shows nothing, whatever is asked of it."""

    points = 0
    most = 0
    status = "recorded"
    message = "recorded"

    def __repr__(self) -> str:
        return ""


def check(question_id: str, value: Any = None) -> Nothing:
    """Keep the answer; say nothing."""
    handed_in[str(question_id)] = value
    return Nothing()


def hint(question_id: str, number: int = 1) -> str:
    """No hints here."""
    return ""


def summary(exercise_name: str) -> Nothing:
    """Nothing is known here of right and wrong."""
    return Nothing()


def given(exercise_name: str) -> SimpleNamespace:
    """The student's numbers of an exercise."""
    return SimpleNamespace(**numbers[exercise_name])
