"""How much work a simulation would be, so that what would take too long is refused in words before it starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..graph import Graph
from ..laws.gates import gated
from .step_runs import Work

MOST_CALLS = 10_000  # calls of one task that are drawn; a block of tasks then takes some seconds
MOST_LOOKS = 200_000  # for one task: steps times (steps and places) that a schedule looks at


def check_effort(works: Sequence[Work], graph: Graph, at_most: int | None, alike: bool) -> None:
    """Nothing; a workflow whose tasks would take too long is a ``ValueError`` that says what is too much.

    Args:
        works: the steps.
        graph: who waits for whom.
        at_most: the most calls in flight, or None.
        alike: every task finds the same p, so that the mean number of attempts says how many there are; otherwise
            some tasks may use every retry.
    """
    total = 0.0
    for work in works:
        calls = _count_calls(work) * _count_attempts(work, alike)
        total += calls
        if calls > MOST_CALLS:
            raise ValueError(
                f"workflow must have steps of at most {MOST_CALLS:,} calls, got {calls:,.0f} of step {work.name!r}, "
                f"with rounds = {work.rounds:,}, agents = {work.agents:,} and retries = {work.retries:,}"
            )
    if total > MOST_CALLS:
        raise ValueError(f"workflow must have at most {MOST_CALLS:,} calls a task to be simulated, got {total:,.0f}")
    for stage in graph.blocks if at_most is not None else ():
        widest, in_all = max(works[step].agents for step in stage), sum(works[step].agents for step in stage)
        looks = len(stage) * (len(stage) + widest * min(at_most or 0, in_all))
        if at_most is not None and in_all > at_most and looks > MOST_LOOKS:
            raise ValueError(
                f"at_most must leave a schedule of at most {MOST_LOOKS:,} looks a task, got at_most = {at_most:,} "
                f"for {len(stage):,} steps that may overlap: {looks:,} looks"
            )


def _count_calls(work: Work) -> float:
    """Call times that one attempt draws, at least 1."""
    if work.turns is not None:
        counts = work.turns.mean_turns if work.turns.counts is None else float(np.max(np.asarray(work.turns.counts)))
        return counts if work.times is not None else 1.0
    return float(work.rounds) * work.agents if work.times is not None else 1.0


def _count_attempts(work: Work, alike: bool) -> float:
    """Attempts of one step: the mean where tasks are alike, else all."""
    if not alike:
        return work.retries + 1.0
    gate = work.gate
    if gate is None:
        return float(gated(work.p, retries=work.retries).attempts)
    return float(gated(work.p, gate.detection, gate.false_alarm, work.retries, recovery=gate.recovery).attempts)
