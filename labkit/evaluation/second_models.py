"""Before buying a dearer model: how often both are wrong, and what the cheap one reaches if it spends as much."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, some, together
from .._values import by_value
from ..laws.correlated_tries import BetaLaw
from ..laws.counts import wilson_interval

MOST_TRIES = 1_000
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


@by_value
class EqualSpend(NamedTuple):
    """The cheap design at the dear one's spend.

    Attributes:
        tries: how many tries of a task the spend buys; a fraction is the share of tasks with one more.
        reached: how often one of them is right: pass@k, with a check that picks the right one.
        if_independent: the same number of tries, if each were a fresh draw.
        gain: reached, less the dear design's p.
    """

    tries: Number
    reached: Number
    if_independent: Number
    gain: Number


def at_equal_spend(law: BetaLaw, a_try: ArrayLike, dear_p: ArrayLike, dear: ArrayLike) -> EqualSpend:
    """Several tries of a cheap design against one of a dear one, at the same spend for a task.

    It takes for granted that a check picks a right answer among the tries, if there is one, and that tries follow the
    beta law. Without such a check only a vote is left (``reliability.majority``).

    Formula: ``k = dear / a_try`` tries, at most 1,000; pass@k as in ``BetaLaw.pass_at``. Source: Kapoor et al. 2024,
    "AI Agents That Matter", arXiv 2407.01502, who ask for such comparisons.

    Args:
        law: p and correlation of the cheap design's tries, one number each.
        a_try: USD, tokens or seconds that one of them takes, its check included, above 0.
        dear_p: how often the dear design is right, in [0, 1].
        dear: what it takes for a task, in the same unit, zero or more.

    >>> found = at_equal_spend(BetaLaw(0.5, 0.4), 0.01, 0.75, 0.03)
    >>> round(found.tries, 1), round(found.reached, 3), round(found.if_independent, 3), round(found.gain, 3)
    (3.0, 0.725, 0.875, -0.025)
    """
    p, each, spend = probability("dear_p", dear_p), non_negative("a_try", a_try), non_negative("dear", dear)
    together(a_try=each, dear_p=p, dear=spend)
    if np.any(each == 0):
        raise ValueError("a_try must be above 0, got 0: tries that are free need no comparison")
    if not isinstance(law, BetaLaw) or np.ndim(law.p) or np.ndim(law.correlation):
        raise ValueError(f"law must be a BetaLaw of one p and one correlation, got {law!r:.80}")
    k = np.arange(MOST_TRIES + 1)
    solved, fresh = (np.concatenate([[0.0], np.ravel(one.pass_at(k[1:]))]) for one in (law, BetaLaw(law.p, 0.0)))
    tries = np.minimum(spend / each, MOST_TRIES)
    reached, at_best = np.interp(tries, k, solved), np.interp(tries, k, fresh)
    return EqualSpend(*(plain(np.asarray(x)) for x in (tries, reached, at_best, reached - p)))
