"""Before buying a second model: how often both are wrong, which no router, vote or cascade of the two can mend."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, some, together
from .._values import by_value
from ..laws.counts import wilson_interval

COUNTS = ("both_right", "only_first", "only_second", "both_wrong")


@by_value
class CoFailure(NamedTuple):
    """How often two models are wrong together.

    Attributes:
        both_wrong, low, high: the share of tasks that neither gets right, and its interval.
        if_independent: what it would be if the two had nothing to do with each other.
        ceiling: 1 - both_wrong, the most that any choice between their answers can get right.
        promised: 1 - if_independent, what a cascade with a perfect check is promised to get right.
    """

    both_wrong: Number
    low: Number
    high: Number
    if_independent: Number
    ceiling: Number
    promised: Number


@by_value
class Grouped(NamedTuple):
    """Co-failure over groups of tasks, such as subjects.

    Attributes:
        groups, whole: of each group, and of all tasks.
        independent_in_groups: both wrong, if the two were independent within each group.
        explained: the share of the excess over independence that unlike groups explain.
    """

    groups: CoFailure
    whole: CoFailure
    independent_in_groups: float
    explained: float


def co_failure(
    both_right: ArrayLike, only_first: ArrayLike, only_second: ArrayLike, both_wrong: ArrayLike, level: float = 0.95
) -> CoFailure:
    """How often two models are wrong on the same task, its Wilson interval, and what independence would promise.

    Formula: ``if_independent = (1 - p1) (1 - p2)``; whatever chooses between the two answers is right at most
    ``1 - both_wrong`` of the time. Source: counting; the doctest is GSM8K of RouteLLM (Ong et al. 2024).

    Args:
        both_right, only_first, only_second, both_wrong: counts of tasks.
        level: the share of such intervals that hold the true share, between 0 and 1.

    >>> found = co_failure(747, 383, 95, 94)
    >>> round(found.ceiling, 3), round(found.promised, 3)
    (0.929, 0.948)
    """
    values = both_right, only_first, only_second, both_wrong
    right, first, second, wrong = map(non_negative, COUNTS, values)
    together(both_right=right, only_first=first, only_second=second, both_wrong=wrong)
    tasks = right + first + second + wrong
    if np.any(tasks == 0):
        raise ValueError("both_right, only_first, only_second and both_wrong must hold at least one task, got 0")
    independent = (second + wrong) / tasks * (first + wrong) / tasks
    ends = wilson_interval(wrong, tasks, level)
    shares = wrong / tasks, *ends, independent, 1 - wrong / tasks, 1 - independent
    return CoFailure(*(plain(np.asarray(each)) for each in shares))


def co_failure_by_group(
    both_right: ArrayLike, only_first: ArrayLike, only_second: ArrayLike, both_wrong: ArrayLike, level: float = 0.95
) -> Grouped:
    """Co-failure of each group and of all tasks, and how much of it comes from groups that are not alike.

    Formula: ``explained = (sum_g n_g (1-p1_g) (1-p2_g) / n - independent) / (both_wrong - independent)``; 0 where there
    is nothing to explain. Arguments as in ``co_failure``, one count of each group, at least one group.

    >>> halves = co_failure_by_group([90, 10], [5, 20], [5, 20], [0, 50])
    >>> round(halves.whole.both_wrong, 2), round(halves.independent_in_groups, 3), round(halves.explained, 2)
    (0.25, 0.246, 0.97)
    """
    rows = np.array(list(map(some, COUNTS, (both_right, only_first, only_second, both_wrong))))
    groups, whole = (co_failure(x[0], x[1], x[2], x[3], level) for x in (rows, rows.sum(axis=-1)))
    within = float(np.average(np.asarray(groups.if_independent), weights=rows.sum(axis=0)))
    excess = float(whole.both_wrong) - float(whole.if_independent)
    explained = (within - float(whole.if_independent)) / excess if abs(excess) > 1e-12 else 0.0
    return Grouped(groups, whole, within, explained)
