"""What goes to a worker and what comes back: one sum to be answered, and its answer with the time it was there."""

from __future__ import annotations

from typing import NamedTuple


class Ask(NamedTuple):
    """One sum of one task that needs an answer.

    Attributes:
        task: the task's position in the run.
        step: the name of the step.
        numbers: what is to be added.
        path: the name of the call's random stream, ``task id/step`` and what workers add to it.
        start: seconds after the task's begin at which it is asked.
        attempt: 1 for the first try.
        role: who is asked, for the record.
    """

    task: int
    step: str
    numbers: tuple[int, ...]
    path: str
    start: float = 0.0
    attempt: int = 1
    role: str = "worker"


class Answer(NamedTuple):
    """What a worker says.

    Attributes:
        value: the number stated; None for nothing that can be handed on, and then the task ends.
        end: seconds after the task's begin at which it is there.
        log_prob: how sure the worker is, as a natural logarithm; None if it does not tell.
        failed: whether the task has failed, whatever comes later.
    """

    value: int | None
    end: float
    log_prob: float | None = None
    failed: bool = False
