"""How much work a simulation would be, so that what would take too long is refused in words before it starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..graph import Graph
from ..laws.gates import gated
from ..steps import Gate
from .step_runs import Work

MOST_CALLS = 10_000  # calls of one task; a block of tasks then takes some seconds
MOST_LOOKS = 200_000  # for one task: steps times the places, and 128 for a step's own place in the queue


def check_effort(works: Sequence[Work], graph: Graph, at_most: int | None, alike: bool) -> None:
    """Nothing; tasks that would take too long are a ``ValueError`` that says what is too much.

    ``alike``: every task finds the same p, so that the mean number of attempts says how many there are; otherwise
    some tasks may use every retry. Calls whose times do not vary are not drawn one by one, and count once an attempt.
    """
    calls = [_count_calls(work) * _count_attempts(work, alike) for work in works]
    if sum(calls) > MOST_CALLS:
        most = works[int(np.argmax(calls))]
        parts = f"rounds = {most.rounds:,}, agents = {most.agents:,}, retries = {most.retries:,}"
        raise ValueError(
            f"workflow must have at most {MOST_CALLS:,} calls a task to be simulated, got {sum(calls):,.0f}: step "
            f"{most.name!r} has {max(calls):,.0f}, with {parts}"
        )
    for stage in graph.blocks if at_most is not None else ():
        width = [works[step].agents for step in stage]
        looks = len(stage) * (128 + max(width) * (at_most or 0))
        if sum(width) > (at_most or 0) and looks > MOST_LOOKS:
            raise ValueError(
                f"at_most must leave a schedule of at most {MOST_LOOKS:,} looks a task, got {looks:,} for "
                f"at_most = {at_most:,} and {len(stage):,} steps that may overlap"
            )


def _count_calls(work: Work) -> float:
    """Call times that one attempt draws, at least 1; of recorded turns the longest."""
    if work.times is None:
        return 1.0
    if work.turns is not None:
        return float(work.turns.mean_turns if work.turns.counts is None else np.max(np.asarray(work.turns.counts)))
    return float(work.rounds) * work.agents


def _count_attempts(work: Work, alike: bool) -> float:
    """Attempts of one step: the mean where tasks are alike and no call is cut off, else all."""
    gate = work.gate or Gate()
    mean = gated(work.p, gate.detection, gate.false_alarm, work.retries, recovery=gate.recovery).attempts
    return float(mean) if alike and work.patience.timeout_sec is None else work.retries + 1.0
