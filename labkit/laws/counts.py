"""What repeated runs of the same items say, before any law is fitted: unbiased pass^k and pass@k, and an interval.

An item is one task of a benchmark or one ticket, tried n times and right c times. The items lie along the last axis.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, number, plain, some, together, whole
from .._series import Array
from .._values import by_value
from .log_products import log_ratio


def normal_reach(level: float) -> float:
    """How many standard errors an interval reaches to either side: the normal quantile at (1 + level) / 2.

    It is read from the tail outside, so that it is known up to the last float below 1.

    >>> round(normal_reach(0.95), 3), round(normal_reach(1 - 1e-16), 2)
    (1.96, 8.29)
    """
    share = number("level", level)
    if share.ndim or not 0 < share < 1:
        raise ValueError(f"level must be one number between 0 and 1 (0.95, not 95), got {level}")
    return -NormalDist().inv_cdf((1 - float(share)) / 2)


@by_value
class Interval(NamedTuple):
    """The two ends of an interval for a probability."""

    low: Number
    high: Number


def checked_counts(successes: ArrayLike, tries: ArrayLike) -> tuple[Array, Array]:
    """Whole counts of one shape, at least one try an item, and nowhere more successes than tries.

    >>> checked_counts([0, 3], 4)[1].tolist()
    [4.0, 4.0]
    """
    right, tried = whole("successes", some("successes", successes)), whole("tries", some("tries", tries), at_least=1)
    together(successes=right, tries=tried)
    right, tried = np.broadcast_arrays(right, tried)
    _no_more_than_tries(right, tried)
    return right, tried


def pass_hat_from_counts(successes: ArrayLike, tries: ArrayLike, k: ArrayLike) -> Number:
    """pass^k from counts: how often k tries at one item are all right, averaged over the items.

    Formula: the mean over the items of ``C(c, k) / C(n, k)``, the share of the samples of k of an item's tries that
    are all right. Unbiased, which ``(c/n)^k`` is not. Source: Yao et al. 2024 (tau-bench).

    Args:
        successes: c, one count for each item along the last axis.
        tries: n, whole numbers from 1: one for all items, or one for each.
        k: a whole number from 1 to the smallest n. Many k fit against what is left when the items are averaged.

    Raises:
        ValueError: more successes than tries, a k above the tries of an item, or no items.

    >>> pass_hat_from_counts([4, 2, 0], 4, [1, 2]).round(4).tolist()
    [0.5, 0.3889]
    """
    right, tried = checked_counts(successes, tries)
    return plain(np.exp(_log_share_of_samples(right, tried, k)).mean(axis=-1))


def pass_at_from_counts(successes: ArrayLike, tries: ArrayLike, k: ArrayLike) -> Number:
    """pass@k from counts: how often at least one of k tries at an item is right, averaged over the items.

    Formula: the mean over the items of ``1 - C(n-c, k) / C(n, k)``. Source: Chen et al. 2021, "Evaluating Large
    Language Models Trained on Code", arXiv 2107.03374.

    Args:
        successes, tries, k: as for ``pass_hat_from_counts``, and so are the errors.

    >>> pass_at_from_counts([4, 2, 0], 4, [1, 2]).round(4).tolist()
    [0.5, 0.6111]
    """
    right, tried = checked_counts(successes, tries)
    return plain(-np.expm1(_log_share_of_samples(tried - right, tried, k)).mean(axis=-1))


def wilson_interval(successes: ArrayLike, tries: ArrayLike, level: float = 0.95) -> Interval:
    """An interval for a probability that was measured as a share: the score interval.

    Formula: ``(c + z^2/2 +- z sqrt(c (n-c)/n + z^2/4)) / (n + z^2)``, z the normal quantile at (1 + level) / 2.
    It assumes independent tries. Repeated tries of the same items are not: divide both counts by
    ``BetaLaw.design_effect`` first, which is why they need not be whole. Source: Wilson 1927.

    Args:
        successes: c, from 0 to n.
        tries: n, above 0.
        level: the share of such intervals that hold the true value, between 0 and 1.

    >>> low, high = wilson_interval(101, 134)
    >>> round(low, 3), round(high, 3)
    (0.674, 0.819)
    """
    right, tried = non_negative("successes", successes), non_negative("tries", tries)
    together(successes=right, tries=tried)
    if np.any(tried == 0):
        raise ValueError("tries must be above 0, got 0: no share can be measured")
    _no_more_than_tries(*np.broadcast_arrays(right, tried))
    z = normal_reach(level)
    middle = right + z**2 / 2
    reach = z * np.sqrt(right * (tried - right) / tried + z**2 / 4)
    low, high = (middle - reach) / (tried + z**2), (middle + reach) / (tried + z**2)
    share = right / tried  # inside the interval, whatever the rounding
    return Interval(plain(np.clip(low, 0.0, share)), plain(np.clip(high, share, 1.0)))


def _log_share_of_samples(chosen: Array, tried: Array, k: ArrayLike) -> Array:
    """``ln C(chosen, k) / C(tried, k)`` of each item: one factor for each draw without putting back, in closed form."""
    draws = whole("k", k, at_least=1)
    most, fewest = float(np.max(draws, initial=1)), float(tried.min(initial=np.inf))
    if most > fewest:
        raise ValueError(f"k must be at most the tries of every item, got k = {most:g} where an item has {fewest:g}")
    together(k=draws, items_averaged=chosen[..., 0])
    last = chosen - draws[..., None] + 1  # of the chosen, before the last draw
    drawn = np.where(last > 0, draws[..., None], 0.0)
    return np.where(last > 0, log_ratio(np.maximum(last, 1.0), tried - chosen, drawn), -np.inf)


def _no_more_than_tries(right: Array, tried: Array) -> None:
    """No item is right more often than it was tried."""
    if np.any(right > tried):
        where = tuple(int(i) for i in np.argwhere(right > tried)[0])
        place = f" at index {where}" if where else ""
        raise ValueError(f"successes must be at most tries, got {right[where]:g} successes in {tried[where]:g}{place}")
