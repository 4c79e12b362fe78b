"""When each step starts if only so many calls may be in flight: list scheduling, for many runs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Needs = Sequence[Sequence[int]]


def limited(needs: Needs, sec: Sequence[Any], width: Sequence[int], at_most: int, first: Sequence[int]) -> Any:
    """Seconds until the last step has ended, with at most ``at_most`` calls in flight.

    List scheduling (Graham 1966): whenever a place is free, the first step of a list that is ready and fits starts;
    nothing that could start waits for something better. A step keeps its places until its last attempt has ended.

    Args:
        needs: for each step the positions of the steps it waits for.
        sec: seconds of each step, one number or one for each run.
        width: calls of each step that are in flight together (the agents of a debate), at most ``at_most``.
        at_most: P, the places.
        first: the positions of the steps, the one that goes first at the head.
    """
    rank = {step: place for place, step in enumerate(first)}
    times = np.array(np.broadcast_arrays(*(np.atleast_1d(sec[step]) for step in first)), dtype=float)
    wide = np.array([width[step] for step in first])
    waits_for = np.zeros((len(first), len(first)), dtype=bool)
    for step, others in enumerate(needs):
        waits_for[rank[step], [rank[other] for other in others]] = True
    steps, runs = times.shape  # the steps start one after another, in each run the one that can start first
    column = np.arange(runs)
    unmet = np.repeat(waits_for.sum(axis=1, dtype=np.int16)[:, None], runs, axis=1)
    ready = np.where(unmet == 0, 0.0, np.inf)  # when all that a step needs has ended; infinite while unknown
    known = np.zeros((steps, runs))
    free = np.zeros((at_most, runs))  # when each place is free again, the earliest first
    latest = np.zeros(runs)
    waiting = np.flatnonzero(waits_for.any(axis=1))
    for _ in range(steps):
        chosen, start = _next_start(ready, free, wide)
        end = start + times[chosen, column]
        np.maximum(latest, end, out=latest)
        ready[chosen, column] = np.inf
        _take_places(free, wide[chosen], end)
        for after in waiting:
            follows = waits_for[after][chosen]
            np.maximum(known[after], end * follows, out=known[after])
            unmet[after] -= follows
            np.copyto(ready[after], known[after], where=follows & (unmet[after] == 0))
    return latest


def _next_start(
    ready: NDArray[np.float64], free: NDArray[np.float64], wide: NDArray[np.int64]
) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """The step of each run that can start first, the one nearer the head of the list among equals, and when."""
    start = np.maximum(ready[0], free[wide[0] - 1])
    chosen = np.zeros(start.size, dtype=np.int16)
    for step in range(1, len(wide)):
        could_start = np.maximum(ready[step], free[wide[step] - 1])
        np.copyto(chosen, np.int16(step), where=could_start < start)
        np.minimum(start, could_start, out=start)
    return chosen, start


def _take_places(free: NDArray[np.float64], taken: NDArray[np.int64], until: NDArray[np.float64]) -> None:
    """Occupy the places that are free first, so many in each run, and put the places in order again."""
    for place in range(int(taken.max())):
        np.copyto(free[place], until, where=taken > place)
    for end in range(int(taken.max()), 0, -1):  # each pass moves the last of those just taken up to its own rank
        for place in range(end - 1, len(free) - 1):
            later = np.maximum(free[place], free[place + 1])
            np.minimum(free[place], free[place + 1], out=free[place])
            free[place + 1] = later
