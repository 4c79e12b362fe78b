"""Which of many designs no other design beats: pruning in up to four measures, with numpy.

Less cost, less latency, more reliability are better, and less of a fourth measure, a loss, where there is one. A point
is dominated when another is at least as good in all and better in one; of equal points the first is kept. Sums of the
same prices in another order differ in their last digit, so neighbouring values that differ by less than ``TIE`` of the
larger count as equal: far above what rounding does, and far below what any price card states.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIE = 1e-12
FEW = 128  # so many points are compared pair by pair
MOST_OTHERS = 2**13  # and at most so many with those of one block
MOST_LOOKS = 3 * 10**9  # pairs that are compared in four measures, in some seconds
TOO_LARGE = (
    "the frontier is too large for an exact answer: {}; give epsilon (0.05, say, or a larger one) for one that is "
    "exact up to that share, or fewer options"
)


class TooLarge(ValueError):
    """A search takes more work than it may do."""


def nondominated(usd: Floats, sec: Floats, p: Floats, loss: Floats | None = None) -> Ints:
    """Positions of the points that no other dominates, cheapest first.

    With a loss that is not alike for all points, each is compared with those kept so far, unless latency is alike.

    >>> usd, sec, p = np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 1.0], [0.9, 0.8, 0.9]])
    >>> nondominated(usd, sec, p).tolist()
    [0, 2]
    """
    cost, time, failure = ranked(usd), ranked(sec), ranked(-p)
    if loss is not None and np.any((rank := ranked(loss)) > 0):
        if np.any(time > 0):
            return _compare_four(cost, time, failure, rank)
        time = rank
    if cost.max(initial=0) == cost.size - 1:  # no two alike
        order = np.empty_like(cost)
        order[cost] = np.arange(cost.size)
    else:
        order = np.lexsort((failure, time, cost))
    cost, time, failure = cost[order], time[order], failure[order]
    distinct = np.flatnonzero(_mark_new_rows(cost, time, failure))
    return order[distinct[_keep_nondominated(time[distinct], failure[distinct])]]


def thinned(usd: Floats, sec: Floats, p: Floats, ratio: float, delivered: Floats | None = None) -> Ints:
    """Positions of fewer points that stand for all: each is met by one at most ``ratio`` times as costly and slow.

    Dollars, seconds and, where given, how often something is delivered are cut into cells whose ends differ by
    ``ratio``; the most reliable point of each cell stays.

    >>> thinned(np.array([1.0, 1.001, 1.4]), np.ones(3), np.array([0.8, 0.9, 0.95]), 1.1).tolist()
    [1, 2]
    """
    cells = [_number_cells(values, ratio) for values in (usd, sec, delivered) if values is not None]
    order = np.lexsort((-p, *cells))
    return np.sort(order[_mark_new_rows(*(cell[order] for cell in cells))])


def without_noise(difference: float, size: float) -> float:
    """The difference of two numbers of about this size, or 0 where it is no more than rounding; NaN stays NaN.

    >>> without_noise(0.3 - (0.1 + 0.2), 0.3)
    0.0
    """
    return 0.0 if abs(difference) <= TIE * abs(size) else float(difference)


def _number_cells(values: Floats, ratio: float) -> Floats:
    """The number of the cell of each value; zero has a cell of its own."""
    with np.errstate(divide="ignore"):
        return np.floor(np.log(values) / np.log(ratio))


def _mark_new_rows(*columns: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows differ from the row before them."""
    new = np.ones(columns[0].size, dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new


def ranked(values: Floats) -> Ints:
    """The place of each value in increasing order; values that differ by less than ``TIE`` share one.

    >>> ranked(np.array([0.3, 0.1, 0.1 + 0.2])).tolist()
    [1, 0, 1]
    """
    order = np.argsort(values, kind="stable")
    inorder = values[order]
    apart = np.diff(inorder) > TIE * np.maximum(np.abs(inorder[1:]), np.abs(inorder[:-1]))
    ranks = np.empty(values.size, dtype=np.int64)
    ranks[order] = np.concatenate(([0], np.cumsum(apart)))[: values.size]
    return ranks


def _keep_nondominated(time: Ints, failure: Ints) -> Ints:
    """Positions, in order, of the points with no earlier one at most as slow and at most as likely to fail.

    The points come by increasing cost. The first half is settled, and what it dominates in the second half goes.
    """
    if time.size <= FEW:
        beaten = (time[:, None] <= time) & (failure[:, None] <= failure)
        return np.flatnonzero(~np.triu(beaten, 1).any(axis=0))
    middle = time.size // 2
    first = _keep_nondominated(time[:middle], failure[:middle])
    later = middle + np.flatnonzero(~_mark_beaten(time[middle:], failure[middle:], time[first], failure[first]))
    return np.concatenate((first, later[_keep_nondominated(time[later], failure[later])]))


def _compare_four(*columns: Ints) -> Ints:
    """Positions of the points that no other is at most as high as in all four columns; of equals the first.

    They come by the first column, so it needs no comparison. Each block meets the kept points nearest to it first.
    """
    order = np.lexsort(columns[::-1])
    points = np.array(columns[1:], dtype=np.int32)[:, order]
    kept, count, looks = np.empty_like(order), 0, 0
    for start in range(0, order.size, FEW):
        block = np.arange(start, min(start + FEW, order.size))
        end, width = count, FEW
        while end and block.size:
            others = kept[max(end - width, 0) : end]
            looks += others.size * block.size
            block = block[~_at_most_as_high(points, others, block).any(axis=0)]
            end, width = max(end - width, 0), min(4 * width, MOST_OTHERS)
        block = block[~np.triu(_at_most_as_high(points, block, block), 1).any(axis=0)]
        kept[count : count + block.size] = block
        count += block.size
        if looks > MOST_LOOKS:
            raise TooLarge(TOO_LARGE.format(f"of {order.size:,} designs of a piece no other beats {count:,} or more"))
    return order[kept[:count]]


def _at_most_as_high(points: NDArray[np.int32], others: Ints, block: Ints) -> NDArray[np.bool_]:
    """For each of the others (rows) and each point of the block: is it at most as high in every row of points?"""
    return np.logical_and.reduce([row[others][:, None] <= row[block] for row in points])


def _mark_beaten(time: Ints, failure: Ints, other_time: Ints, other_failure: Ints) -> NDArray[np.bool_]:
    """For each point: is one of the others at most as slow and at most as likely to fail?"""
    order = np.argsort(other_time, kind="stable")
    least = np.minimum.accumulate(other_failure[order])
    quicker = np.searchsorted(other_time[order], time, side="right")
    return (quicker > 0) & (least[np.maximum(quicker, 1) - 1] <= failure)
