"""When each step starts if only so many calls may be in flight: list scheduling, for many runs at once.

Memory grows with the number of steps and of what they wait for, time with that and its logarithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Needs = Sequence[Sequence[int]]
TOGETHER, FEWEST = 2**21, 2_048  # numbers of a table of steps and runs that is worked off at a time; runs of it
FEW = 16


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
    waits_for = [sorted({rank[other] for other in needs[step]}) for step in first]
    wide = np.array([width[step] for step in first])
    times = np.broadcast_arrays(*(np.atleast_1d(sec[step]) for step in first))
    runs, together = times[0].size, max(TOGETHER // len(first), FEWEST)
    parts = (np.array([each[i : i + together] for each in times], float) for i in range(0, runs, together))
    return np.concatenate([_find_ends(part, waits_for, wide, at_most) for part in parts])


def _find_ends(times: NDArray[np.float64], waits_for: Needs, wide: NDArray[np.int64], at_most: int) -> Any:
    """The same for a table of steps, by rank, and runs: in each run one step after another starts."""
    steps, runs = times.shape
    needed, waiting = np.concatenate(waits_for).astype(int), np.repeat(np.arange(steps), [*map(len, waits_for)])
    followers, counts = waiting[np.argsort(needed, kind="stable")], np.bincount(needed, minlength=steps)
    begins = np.cumsum(counts) - counts
    unmet = np.repeat(np.bincount(waiting, minlength=steps)[:, None], runs, axis=1)
    known = np.zeros((steps, runs))  # when what a step needs has ended, as far as it has started
    queues = [_Queue(np.flatnonzero(wide == each), int(each), unmet) for each in np.unique(wide)]
    free = np.zeros((at_most, runs))  # when each place is free again, the earliest first
    latest, column, gone = np.zeros(runs), np.arange(runs), np.full(runs, np.inf)
    for _ in range(steps):
        chosen, start = _next_start(queues, free)
        end = start + times[chosen, column]
        np.maximum(latest, end, out=latest)
        _take_places(free, wide[chosen], end)
        changed, runs_of, ready = chosen, column, gone
        if followers.size:
            count = counts[chosen]
            run = np.repeat(column, count)
            after = followers[np.arange(run.size) + np.repeat(begins[chosen] - np.cumsum(count) + count, count)]
            known[after, run] = np.maximum(known[after, run], end[run])
            unmet[after, run] -= 1
            opens = unmet[after, run] == 0
            after, run = after[opens], run[opens]
            changed, runs_of = np.concatenate([chosen, after]), np.concatenate([column, run])
            ready = np.concatenate([gone, known[after, run]])
        for queue in queues:
            queue.put(changed, runs_of, ready)
    return latest


class _Queue:
    """When each of the steps of one width is ready, infinite while unknown; above them the least of every 2, 4, ..."""

    def __init__(self, steps: NDArray[np.int64], width: int, unmet: NDArray[np.int64]) -> None:
        self.steps, self.width, self.runs = steps, width, unmet.shape[1]
        self.levels = 0 if len(steps) <= FEW else (len(steps) - 1).bit_length()  # few steps are looked at one by one
        self.leaf = np.full(len(unmet), -1)
        self.leaf[steps] = 2**self.levels + np.arange(len(steps))
        self.least = np.full((2**self.levels + max(2**self.levels, len(steps)), self.runs), np.inf)
        self.least[self.leaf[steps]] = np.where(unmet[steps] == 0, 0.0, np.inf)
        for node in reversed(range(1, 2**self.levels)):
            np.minimum(self.least[2 * node], self.least[2 * node + 1], out=self.least[node])

    def find_first(self, free: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """In each run the step that can start first, once there are places, and when."""
        if not self.levels:
            could, at = np.maximum(self.least[1], free), np.zeros(self.runs, dtype=int)
            for i, ready in enumerate(self.least[2:], 1):
                later = np.maximum(ready, free)
                np.copyto(at, i, where=later < could)
                np.minimum(could, later, out=could)
            return self.steps[at], could
        could, column, at = np.maximum(self.least[1], free), np.arange(self.runs), np.arange(self.runs, 2 * self.runs)
        for _ in range(self.levels):
            at = 2 * at - column
            at += self.runs * (self.least.take(at) > could)
        return self.steps[np.minimum(at // self.runs - 2**self.levels, len(self.steps) - 1)], could

    def put(self, steps: NDArray[np.int64], run: NDArray[np.int64], ready: NDArray[np.float64]) -> None:
        """Note when some steps of some runs are ready; those of another width are passed over."""
        node, flat = self.leaf[steps], self.least.reshape(-1)
        if len(self.steps) < len(self.leaf):
            mine = node >= 0
            node, run, ready = node[mine], run[mine], ready[mine]
        flat[node * self.runs + run] = ready
        for _ in range(self.levels):
            node = node >> 1
            left = 2 * self.runs * node + run
            flat[node * self.runs + run] = np.minimum(flat.take(left), flat.take(left + self.runs))


def _next_start(queues: Sequence[_Queue], free: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The step of each run that can start first, the one nearer the head of the list among equals, and when."""
    chosen, start = np.zeros(free.shape[1], dtype=int), np.full(free.shape[1], np.inf)
    for queue in queues:
        step, could = queue.find_first(free[queue.width - 1])
        sooner = (could < start) | ((could == start) & (step < chosen))
        chosen, start = np.where(sooner, step, chosen), np.where(sooner, could, start)
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
