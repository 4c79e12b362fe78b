"""Stages with retries: every time that a workflow can take, and how likely each is.

The section adds up the stages' slowest steps, as if each attempt were the last. Here a step takes its seconds as
often as it has attempts, a stage waits for its slowest step, and the stages follow one another.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from .._inputs import one_share, one_whole
from .random_times import RandomTime

MOST_TIMES = 1_000_000


class RetriedStep(NamedTuple):
    """A step's seconds for an attempt (fixed, or a time that varies), its p, and the retries it is allowed."""

    sec: float | RandomTime
    p: float = 1.0
    retries: int = 0


Stage: TypeAlias = "Sequence[RetriedStep | tuple[float | RandomTime, float, int]]"


def retried_time(sec: float | RandomTime, p: float, retries: int, grid_sec: float | None = None) -> RandomTime:
    """How long a step takes that is tried again after each failure, at most ``retries`` times.

    Formula: j attempts with probability ``(1-p)^(j-1) p`` for j up to k, and k + 1 attempts with the rest,
    ``(1-p)^k``. The mean is seconds times the expected attempts. Each attempt draws its own time.
    Source: the truncated geometric distribution.

    Args:
        sec: seconds of an attempt: a number, zero or more, or a ``RandomTime``.
        p: probability that an attempt succeeds, in [0, 1].
        retries: k, a whole number from 0, below a million; below a thousand where the seconds vary.
        grid_sec: round each attempt up to a multiple of this many seconds.

    Raises:
        ValueError: a number out of range.

    >>> step = retried_time(2.0, p=0.9, retries=2)
    >>> step.sec.tolist(), [round(float(p), 3) for p in step.p]
    ([2.0, 4.0, 6.0], [0.9, 0.09, 0.01])
    """
    one = sec if isinstance(sec, RandomTime) else RandomTime.always(sec)
    one = one if grid_sec is None else one.rounded_up(grid_sec)
    chance, tries = one_share("p", p), one_whole("retries", retries) + 1
    most = MOST_TIMES if one.sec.size == 1 else int((MOST_TIMES / one.sec.size) ** 0.5)
    if tries > most:
        raise ValueError(
            f"retries must be at most {most - 1:,} where an attempt has {one.sec.size:,} lengths, got {tries - 1:,}: "
            "each attempt adds lengths of its own"
        )
    reached = (1 - chance) ** np.arange(tries)
    weights = np.append(reached[:-1] * chance, reached[-1])
    if one.sec.size == 1:
        return RandomTime(one.sec[0] * np.arange(1, tries + 1), weights)
    sums = [one]
    for _ in range(tries - 1):
        sums.append(sums[-1].then(one))
    return RandomTime.mixed(sums, weights)


def time_of_stages(stages: Sequence[Stage], grid_sec: float | None = None) -> RandomTime:
    """The exact distribution of a workflow's time: stages in sequence, the steps of a stage at once.

    Formula: the sum over stages of ``max_s sec_s A_s`` with A_s the attempts of step s, all independent. A step
    that has failed for good hands over all the same: this is when the run ends, not whether it ends well.

    Without a grid the answer holds every possible time. With many stages of unlike times these become too many,
    and ``grid_sec`` rounds each attempt up to a multiple: then no time is too short, and none is too long by more
    than ``grid_sec`` times the sum over stages of the most attempts any step of the stage may have.

    Source: convolution of independent times; the section (part 4) is the case p = 1.

    Args:
        stages: a list of stages, each a list of ``(sec, p, retries)``; at least one stage, one step in each.
        grid_sec: seconds above zero, or None for the exact support.

    Returns:
        A ``RandomTime``: ``mean``, ``quantile(q)``, ``within(budget)``, and the support in ``sec`` and ``p``.

    Raises:
        ValueError: no stage, an empty stage, a number out of range, or more than four million pairs of times.

    >>> run = time_of_stages([[(2.0, 0.9, 1)], [(0.4, 0.95, 1), (0.4, 0.95, 1)]])
    >>> run.sec.tolist(), round(run.mean, 3), round(run.within(2.4), 3)
    ([2.4, 2.8, 4.4, 4.8], 2.639, 0.812)
    """
    if not isinstance(stages, (list, tuple)) or not stages:
        raise ValueError(f"stages must be a list with at least one stage, got {stages!r}")
    together = [_time_of_stage(i, stage, grid_sec) for i, stage in enumerate(stages)]
    return functools.reduce(RandomTime.then, together)


def _time_of_stage(i: int, stage: Stage, grid_sec: float | None) -> RandomTime:
    """The slowest of the steps of one stage."""
    if not isinstance(stage, (list, tuple)) or not stage:
        raise ValueError(f"stages[{i}] must be a list with at least one step, got {stage!r}")
    members = []
    for j, step in enumerate(stage):
        if not isinstance(step, tuple) or not 1 <= len(step) <= 3:
            raise ValueError(f"stages[{i}][{j}] must be (sec, p, retries), got {step!r}")
        members.append(retried_time(*RetriedStep(*step), grid_sec=grid_sec))
    return functools.reduce(RandomTime.beside, members)
