"""At most P calls at a time: how long a workflow then takes, in bounds and in a schedule.

The makespan is the time from the first start to the last end. A provider's rate limit, or a budget of open
connections, is such a P; the section's longest path is the case without one.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import Number, non_negative, one_of, one_whole, plain, together, tolerance, whole
from .._values import by_value
from ..graph import in_order

Array = NDArray[np.float64]
SAME = 1e-12
"""Two moments closer than this share of them are one: 0.1 + 0.2 is 0.3."""


@by_value
class MakespanBounds(NamedTuple):
    """Seconds that no schedule can beat, and seconds that no schedule without idle waiting exceeds."""

    lower: Number
    upper: Number


@by_value
class Schedule(NamedTuple):
    """When each step starts and ends, in seconds, and when the last one ends."""

    start_sec: Array
    end_sec: Array
    makespan: float


def makespan_bounds(total_sec: ArrayLike, longest_sec: ArrayLike, at_most: ArrayLike) -> MakespanBounds:
    """Between which times a workflow ends when at most P of its calls run at once.

    Formula: ``max(T1/P, Tinf) <= T_P <= T1/P + (1 - 1/P) Tinf``, with T1 all the work and Tinf the longest path.
    The upper bound holds whenever no call waits that could run. Source: Graham 1969, "Bounds on Multiprocessing
    Timing Anomalies".

    Args:
        total_sec: T1, seconds of all calls added up, zero or more.
        longest_sec: Tinf, seconds of the longest path, from 0 to ``total_sec``.
        at_most: P, a whole number from 1. All three broadcast.

    >>> makespan_bounds(12.0, 3.0, 2)
    MakespanBounds(lower=6.0, upper=7.5)
    """
    work, span = non_negative("total_sec", total_sec), non_negative("longest_sec", longest_sec)
    limit = whole("at_most", at_most, at_least=1)
    together(total_sec=work, longest_sec=span, at_most=limit)
    if np.any(span > work * (1 + tolerance(total_sec, longest_sec))):
        raise ValueError(f"longest_sec must not be above total_sec, got {span} and {work}")
    return MakespanBounds(plain(np.maximum(work / limit, span)), plain(work / limit + (1 - 1 / limit) * span))


def list_schedule(
    sec: Sequence[float], needs: Sequence[Sequence[int]], at_most: int, first: str = "listed"
) -> Schedule:
    """The schedule that starts each step as soon as it may run and fewer than P others do: list scheduling.

    Where several may start, ``first`` decides: ``"listed"`` takes the one that comes first in the list,
    ``"longest"`` the one with the longest path still ahead of it. Neither is always best: finding the best
    schedule is NP-hard. A shorter step, one need less or one place more can even lengthen a schedule (Graham 1969).

    Args:
        sec: seconds of each step, one number a step, zero or more.
        needs: for each step the positions of the steps it waits for.
        at_most: P, a whole number from 1.
        first: ``"listed"`` or ``"longest"``.

    Raises:
        ValueError: no steps, a position that does not exist, or steps that wait for each other.

    >>> [list_schedule([3, 3, 4], [[], [], []], 2, first).makespan for first in ("listed", "longest")]
    [7.0, 6.0]
    """
    times, limit = non_negative("sec", sec), one_whole("at_most", at_most, at_least=1)
    if times.ndim != 1 or times.size == 0:
        raise ValueError(f"sec must be a list with one number for each step, got {sec!r}")
    order = in_order(needs, times.size)
    rank = rank_steps(times, needs, order, first)
    open_needs = [set(before) for before in needs]
    followers = _list_followers(needs)
    ready = [(rank[step], step) for step in range(times.size) if not open_needs[step]]
    heapq.heapify(ready)
    running: list[tuple[float, int]] = []
    start, clock = np.zeros(times.size), 0.0
    while ready or running:
        while ready and len(running) < limit:
            step = heapq.heappop(ready)[1]
            start[step] = clock
            heapq.heappush(running, (clock + times[step], step))
        moment = running[0][0] * (1 + SAME)
        while running and running[0][0] <= moment:
            clock, ended = heapq.heappop(running)
            for step in followers[ended]:
                open_needs[step].discard(ended)
                if not open_needs[step]:
                    heapq.heappush(ready, (rank[step], step))
    end = start + times
    return Schedule(start, end, float(end.max()))


def _list_followers(needs: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each step those that wait for it directly, each once."""
    found: list[list[int]] = [[] for _ in needs]
    for step, before in enumerate(needs):
        for other in set(before):
            found[other].append(step)
    return found


def rank_steps(times: Array, needs: Sequence[Sequence[int]], order: Sequence[int], first: str) -> list[float]:
    """What is started first has the smallest number."""
    if one_of("first", first, ("listed", "longest")) == "listed":
        return [float(step) for step in range(times.size)]
    ahead, followers = times.copy(), _list_followers(needs)
    for step in reversed(order):
        ahead[step] += max((ahead[after] for after in followers[step]), default=0.0)
    return (-ahead).tolist()
