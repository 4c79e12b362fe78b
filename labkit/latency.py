"""How long a task takes: the front door to every law of time. Seconds in, seconds out.

Each law lives in a small module of its own:

- ``slowest``, ``named_times``: the slowest of n calls whose times vary, recorded or of a named distribution.
- ``hedging``: a second request when the first is late.
- ``makespans``: at most P calls at a time.
- ``random_times``: every length that a time can have. ``Workflow.latency`` gives that of a whole task.
- ``patience``: time-outs, hedged requests, and the wait before a retry.
- ``labkit/load``: what a call waits when others stand in the queue, providers' limits, recorded arrivals, retry storms.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import graph
from ._inputs import Number, non_negative, plain, some, together
from .laws.hedging import Hedged, hedged
from .laws.makespans import MakespanBounds, Schedule, list_schedule, makespan_bounds
from .laws.named_times import Exponential, Lognormal, Uniform
from .laws.patience import Patience
from .laws.random_times import RandomTime
from .laws.slowest import batched, expected_max, quantile_of_max
from .load.queues import erlang_c
from .load.replay import Replay, replay_arrivals
from .load.steady import ProviderLimits, UnderLoad, largest_rate, provider_limits, under_load
from .load.storms import RetryStorm, retry_storm

__all__ = [
    "Exponential", "Hedged", "Lognormal", "MakespanBounds", "Patience", "ProviderLimits", "RandomTime", "Replay",
    "RetryStorm", "Schedule", "UnderLoad", "Uniform", "batched", "critical_path", "erlang_c", "expected_max", "hedged",
    "largest_rate", "list_schedule", "longest_path", "makespan_bounds", "provider_limits",
    "quantile_of_max", "replay_arrivals", "retry_storm", "sequential", "side_by_side", "staged", "under_load",
]  # fmt: skip


def sequential(sec: ArrayLike) -> Number:
    """Steps that run one after another: the sum of their times.

    Formula: ``sum_s t_s`` (section, part 2).

    Args:
        sec: t_s, seconds of each step along the last axis, zero or more, at least one step.

    Raises:
        ValueError: a negative time, NaN, or no steps.

    >>> sequential([2.0, 2.0, 0.4])
    4.4
    """
    return plain(non_negative("sec", some("sec", sec)).sum(axis=-1))


def side_by_side(sec: ArrayLike) -> Number:
    """Steps that run at once: the slowest of them.

    Formula: ``max_s t_s`` (section, part 2). True of fixed times. Of random times with equal means it is
    too low: the mean of a maximum is above the maximum of the means.

    Args:
        sec: t_s, seconds of each step along the last axis, zero or more, at least one step.

    >>> side_by_side([2.0, 2.0, 0.4])
    2.0
    """
    return plain(non_negative("sec", some("sec", sec)).max(axis=-1))


def staged(groups: Sequence[ArrayLike]) -> Number:
    """Groups one after another, the steps of a group at once (the section's ``parallel_group``).

    Formula: ``sum_g max_{s in g} t_s`` (section, part 4).

    Args:
        groups: a list of groups, each the seconds of its steps along the last axis; at least one group.

    >>> staged([[2.0, 0.4], [0.4, 0.4, 0.4]])
    2.4
    """
    slowest = [np.asarray(side_by_side(group)) for group in graph.as_list("groups", groups)]
    together(**{f"groups[{i}]": sec for i, sec in enumerate(slowest)})
    return plain(functools.reduce(np.add, slowest))


def longest_path(sec: Sequence[ArrayLike], needs: Sequence[Sequence[int]]) -> Number:
    """Seconds until the last step of a dependency graph ends: the length of the critical path.

    Formula: ``end_s = t_s + max_{r in needs(s)} end_r``, and the answer is the largest ``end_s``.

    Args:
        sec: seconds of each step (one number or array a step), zero or more.
        needs: for each step the positions of the steps it waits for.

    Raises:
        ValueError: a negative time, a position that does not exist, or steps that wait for each other.

    >>> longest_path([1, 2, 5, 1], [[], [0], [0], [1, 2]])
    7.0
    """
    times = _list_times(sec)
    together(**{f"sec[{i}]": t for i, t in enumerate(times)})
    order = graph.in_order(needs, len(times))
    return plain(np.asarray(graph.longest(order, needs, dict(enumerate(map(plain, times))), range(len(times)))))


def critical_path(sec: Sequence[float], needs: Sequence[Sequence[int]]) -> list[int]:
    """The positions of the steps on the longest path, first step first (the earliest of equals).

    Args:
        sec: seconds of each step, one number a step, zero or more.
        needs: for each step the positions of the steps it waits for.

    >>> critical_path([1, 2, 5, 1], [[], [0], [0], [1, 2]])
    [0, 2, 3]
    """
    times = _list_times(sec)
    if any(t.ndim for t in times):
        raise ValueError("sec must be one number for each step; a path through arrays is many paths")
    ends: dict[int, float] = {}
    for step in graph.in_order(needs, len(times)):
        ends[step] = float(times[step]) + max((ends[r] for r in needs[step]), default=0.0)
    path = [_find_latest(ends, sorted(ends))]
    while needs[path[-1]]:
        path.append(_find_latest(ends, sorted(needs[path[-1]])))
    return path[::-1]


def _list_times(sec: Sequence[ArrayLike]) -> list[np.ndarray]:
    """The seconds of each step; an array's numbers as Python's own, which are checked several times as fast."""
    listed = graph.as_list("sec", sec)
    listed = listed.tolist() if type(listed) is np.ndarray and listed.dtype.kind in "fiu" else listed
    return [non_negative(f"sec[{i}]", t) for i, t in enumerate(listed)]


def _find_latest(ends: dict[int, float], steps: Sequence[int]) -> int:
    """The step that ends last; of those that end at one moment, but for rounding, the first."""
    latest = max(ends[step] for step in steps)
    return next(step for step in steps if ends[step] >= latest * (1 - 1e-12))
