"""What a stranger's notebook gets instead of ``labkit_workbook``: the same names, and no answers behind them.

The private copy that submissions run with has this file as ``labkit_workbook``; what lies below that package is as
quiet (``quiet_notebook.StandIns``). ``check`` keeps the value it is given, so that an answer typed straight into it
counts too.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from labkit_agents.plain_values import is_stub
from labkit_grader.child.quiet_notebook import stand_in

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


def check(question_id: str, value: Any = None, *_: Any, **__: Any) -> Nothing:
    """Keep the answer; say nothing."""
    handed_in[str(question_id)] = value
    return Nothing()


def answered(*values: Any) -> bool:
    """Is no value a stub? What comes after the answers runs only then."""
    return not any(map(is_stub, values))


def hint(*_: Any, **__: Any) -> str:
    """No hints here."""
    return ""


def summary(*_: Any, **__: Any) -> Nothing:
    """Nothing is known here of right and wrong."""
    return Nothing()


def given(exercise_name: str, *_: Any, **__: Any) -> SimpleNamespace:
    """The student's numbers of an exercise; nobody is asked for anything.

    Raises:
        ValueError: the numbers of another exercise than the one that is graded.
    """
    if exercise_name not in numbers:
        raise ValueError(f"exercise_name: the numbers here are those of {', '.join(numbers)}, not {exercise_name!r}")
    return SimpleNamespace(**numbers[exercise_name])


def __getattr__(name: str) -> Any:
    """What else the real one has does nothing here."""
    return stand_in(name)
