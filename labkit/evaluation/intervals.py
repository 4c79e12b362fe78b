"""Intervals: between which values the counts leave a difference of two designs, or a share that an erring judge saw."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, together
from .._series import Array
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


@by_value
class Judged(NamedTuple):
    """The true share of right answers and the ends of its interval; the doubt about the judge itself is in it."""

    p: Number
    low: Number
    high: Number


def true_share(called_right: ArrayLike, recall: ArrayLike, false_alarm: ArrayLike) -> Number:
    """How many answers are right of which a judge calls so many right, its own errors taken out.

    Formula: ``(q - (1 - d)) / (d - f)``, cut to [0, 1]; where d is not above f the judge knows nothing, and is refused.
    Source: Rogan and Gladen 1978 (American Journal of Epidemiology 107).

    Args:
        called_right: q, the share that the judge calls right, in [0, 1].
        recall: d, the share of the wrong ones that it notices.
        false_alarm: f, the share of the right ones that it rejects.

    >>> round(true_share(0.75, 0.6, 0.1), 3)
    0.7
    """
    q, d, f = map(probability, ("called_right", "recall", "false_alarm"), (called_right, recall, false_alarm))
    together(called_right=q, recall=d, false_alarm=f)
    _check_knowledge(d, f)
    return plain(np.clip((q - (1 - d)) / (d - f), 0.0, 1.0))


def true_share_interval(
    called_right: ArrayLike, answers: ArrayLike, noticed: ArrayLike, wrong: ArrayLike, rejected: ArrayLike,
    right: ArrayLike, level: float = 0.95,
) -> Judged:  # fmt: skip
    """The true share of right answers with its interval, from three counts: of answers, and of the judge twice.

    Formula: with ``q' = (c + z^2/2) / (n + z^2)``, and one added to both kinds of each count of the judge, the ends are
    ``p' + 2 z^2 (p' v_f - (1-p') v_d) -+ z sqrt(v_q + p'^2 v_f + (1-p')^2 v_d) / (d' - f')``, where v is the variance
    of each share. Source: Lang and Reiczigel 2014 (Preventive Veterinary Medicine 113).

    Args:
        called_right, answers: of so many answers the judge calls so many right.
        noticed, wrong: of so many answers that are known to be wrong it noticed so many: its recall.
        rejected, right: of so many known to be right it rejected so many: its false alarms.
        level: the share of such intervals that hold the true share, between 0 and 1.

    >>> [round(x, 3) for x in true_share_interval(375, 500, 60, 100, 10, 100)]
    [0.7, 0.576, 0.835]
    """
    q, n = share_of("called_right", called_right, "answers", answers)
    (d, n_d), (f, n_f) = share_of("noticed", noticed, "wrong", wrong), share_of("rejected", rejected, "right", right)
    together(called_right=q, noticed=d, rejected=f)
    z = normal_reach(level)
    q_, d_, f_ = (q * n + z**2 / 2) / (n + z**2), (d * n_d + 1) / (n_d + 2), (f * n_f + 1) / (n_f + 2)
    _check_knowledge(d, f)
    _check_knowledge(d_, f_)
    v_q, v_d, v_f = q_ * (1 - q_) / (n + z**2), d_ * (1 - d_) / (n_d + 2), f_ * (1 - f_) / (n_f + 2)
    p_ = (q_ - (1 - d_)) / (d_ - f_)
    middle = p_ + 2 * z**2 * (p_ * v_f - (1 - p_) * v_d)
    reach = z * np.sqrt(v_q + p_**2 * v_f + (1 - p_) ** 2 * v_d) / (d_ - f_)
    p = np.clip((q - (1 - d)) / (d - f), 0.0, 1.0)
    low, high = np.clip(middle - reach, 0.0, p), np.clip(middle + reach, p, 1.0)
    return Judged(plain(p), plain(low), plain(high))


def _check_knowledge(recall: Array, false_alarm: Array) -> None:
    useless = np.atleast_1d(recall <= false_alarm)
    if np.any(useless):
        d, f = (float(np.atleast_1d(x)[useless][0]) for x in np.broadcast_arrays(recall, false_alarm))
        raise ValueError(f"recall must be above false_alarm, got {d:g} and {f:g}: such a judge knows nothing")
