"""Intervals for the difference of two designs: between which values the counts leave it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, together
from .._values import by_value
from ..laws.counts import normal_reach, wilson_interval
from .normal import share_of


@by_value
class Difference(NamedTuple):
    """The first design's share less the second's, and the two ends of its interval."""

    value: Number
    low: Number
    high: Number


def paired_difference(
    only_first: ArrayLike, only_second: ArrayLike, tasks: ArrayLike, level: float = 0.95
) -> Difference:
    """The difference of two designs on the same tasks, with its interval.

    Formula: with ``a = (x+1) / (n+2)`` and ``b = (y+1) / (n+2)``, ``a - b -+ z sqrt((a + b - (a-b)^2) / (n+2))``.
    Source: Bonett and Price 2012 (Journal of Educational and Behavioral Statistics 37). Chosen by its coverage: the
    plain interval covers less than it says where few tasks part, as with agents they do.

    Args:
        only_first, only_second: x and y, tasks that only one of the designs got right.
        tasks: n, above 0; counts that were divided by a design effect need not be whole.
        level: the share of such intervals that hold the true difference, between 0 and 1.

    >>> [round(x, 4) for x in paired_difference(9, 2, 500)]
    [0.014, -0.0001, 0.028]
    """
    first, second = non_negative("only_first", only_first), non_negative("only_second", only_second)
    together(only_first=first, only_second=second)
    _, n = share_of("only_first + only_second", first + second, "tasks", tasks)
    a, b = (first + 1) / (n + 2), (second + 1) / (n + 2)
    reach = normal_reach(level) * np.sqrt((a + b - (a - b) ** 2) / (n + 2))
    ends = [plain(np.clip(a - b + sign * reach, -1.0, 1.0)) for sign in (-1, 1)]
    return Difference(plain((first - second) / n), *ends)


def unpaired_difference(
    right_1: ArrayLike, tasks_1: ArrayLike, right_2: ArrayLike, tasks_2: ArrayLike, level: float = 0.95
) -> Difference:
    """The difference of two designs on tasks of their own, with its interval.

    Formula: from the Wilson intervals (l, u) of both, ``d - sqrt((p1-l1)^2 + (u2-p2)^2)`` and
    ``d + sqrt((u1-p1)^2 + (p2-l2)^2)``. Source: Newcombe 1998 (Statistics in Medicine 17, 873-890), method 10.

    Args:
        right_1, right_2: tasks that each design got right, from 0 to its tasks.
        tasks_1, tasks_2: how many each was given, above 0.
        level: the share of such intervals that hold the true difference, between 0 and 1.

    >>> [round(x, 3) for x in unpaired_difference(56, 70, 48, 80)]  # Newcombe's example (a)
    [0.2, 0.052, 0.334]
    """
    p_1, n_1 = share_of("right_1", right_1, "tasks_1", tasks_1)
    p_2, n_2 = share_of("right_2", right_2, "tasks_2", tasks_2)
    together(right_1=p_1, right_2=p_2)
    (low_1, high_1), (low_2, high_2) = (wilson_interval(p * n, n, level) for p, n in ((p_1, n_1), (p_2, n_2)))
    below, above = np.hypot(p_1 - low_1, high_2 - p_2), np.hypot(high_1 - p_1, p_2 - low_2)
    d = p_1 - p_2
    return Difference(plain(d), plain(np.maximum(d - below, -1.0)), plain(np.minimum(d + above, 1.0)))
