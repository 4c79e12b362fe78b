"""Which step ran after which: from what overlapped, and how long each could have taken without delaying the task.

Order is not need. That a step ran after another says that it may have waited for it; whether it had to, no time says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit.graph import Graph

from .columns import Columns

MOST_LOOKED_AT = 2000
AT_ONCE = 0.05
"""Steps ran side by side if they overlapped in more than this share of the tasks that visited both."""
TOUCH_SHARE, TOUCH_SEC = 0.02, 1e-3
"""So much of the shorter one, or so many seconds, two steps may overlap and still follow each other: clocks differ."""


class Order(NamedTuple):
    """The positions of the steps in the order in which they ran, and the graph over those positions."""

    steps: list[int]
    graph: Graph


def find_order(columns: Columns) -> Order:
    """The steps in order, and who ran after whom.

    Two steps follow each other unless they overlapped in more than 5% of the tasks that visited both; loops that go to
    and fro between steps follow each other too, and so do steps of which a task visits one or the other. Which comes
    first is what comes first in most tasks.
    """
    size = len(columns.names)
    looked_at = np.flatnonzero(columns.timed)
    looked_at = looked_at[np.linspace(0, len(looked_at) - 1, min(len(looked_at), MOST_LOOKED_AT)).astype(int)]
    together, at_once = np.zeros((size, size)), np.zeros((size, size))
    for task in looked_at:
        present = ~np.isnan(columns.starts[task])
        together += np.outer(present, present)
        at_once += _find_overlaps(columns.pieces[task], columns.per_step["busy"][task])
    starts = columns.starts[looked_at]
    before = np.array([[np.sum(starts[:, a] < starts[:, b]) for b in range(size)] for a in range(size)])
    with np.errstate(invalid="ignore"):
        begun = starts - columns.begin[looked_at][:, None]
        seen = ~np.isnan(begun)
        mean = np.where(seen.any(axis=0), np.nansum(begun, axis=0) / np.maximum(seen.sum(axis=0), 1), np.inf)
    score = np.sum(before > before.T, axis=1) - np.sum(before < before.T, axis=1)
    listed = sorted(range(size), key=lambda step: (-score[step], mean[step], step))
    side_by_side = at_once > AT_ONCE * np.maximum(together, 1)
    needs = [
        tuple(a for a in range(b) if not side_by_side[listed[a], listed[b]]) for b in range(size)
    ]  # positions in the order
    return Order(listed, Graph(Graph(tuple(needs)).reduced))


def _find_overlaps(pieces: list[tuple[int, float, float]], busy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which pairs of steps ran at once in a task, for more than clocks differ."""
    size = len(busy)
    shared = np.zeros((size, size))
    running: list[tuple[int, float, float]] = []
    for step, start, end in pieces:
        running = [piece for piece in running if piece[2] > start]
        for other, _, until in running:
            if other != step:
                shared[step, other] += min(end, until) - start
        running.append((step, start, end))
    shared += shared.T
    return np.asarray(shared > np.maximum(TOUCH_SEC, TOUCH_SHARE * np.minimum.outer(busy, busy)), dtype=np.float64)


def find_ends(busy: NDArray[np.float64], graph: Graph) -> NDArray[np.float64]:
    """When each step of each task ends, seconds after the task's begin, if each begins as soon as all it needs ended.

    Args:
        busy: seconds, a row for each task, columns in the graph's positions.
    """
    ends = np.zeros_like(busy)
    for step in graph.order:
        begin = np.max([ends[:, other] for other in graph.needs[step]], axis=0) if graph.needs[step] else 0.0
        ends[:, step] = begin + busy[:, step]
    return ends


def find_slack(busy: NDArray[np.float64], graph: Graph) -> NDArray[np.float64]:
    """How many seconds longer each step of each task could have taken without making its longest path longer.

    Args:
        busy: seconds, a row for each task, columns in the graph's positions.
    """
    ends = find_ends(busy, graph)
    latest = np.repeat(ends.max(axis=1)[:, None], busy.shape[1], axis=1)
    for step in reversed(graph.order):
        for other in graph.needs[step]:
            latest[:, other] = np.minimum(latest[:, other], latest[:, step] - busy[:, step])
    return np.maximum(latest - ends, 0.0)
