"""Calls that run side by side: how long the slowest of them takes, from recorded times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, together, whole
from .random_times import RandomTime


def expected_max(samples: ArrayLike, n: ArrayLike) -> Number:
    """Mean seconds of the slowest of n independent calls, each as long as one of the recorded calls.

    Formula: ``E = sum_i x_(i) ((i/m)^n - ((i-1)/m)^n)`` over the m samples in rising order; n = 1 gives their mean.
    The answer is exact for the recorded times, and never above the longest of them: where n comes near m it is
    too low for the times that were not recorded. Source: the distribution of the largest order statistic.

    Args:
        samples: recorded seconds, zero or more, a list of at least one.
        n: calls at once, a whole number from 1. Broadcasts.

    Raises:
        ValueError: no samples, a negative time, NaN, or n below 1.

    >>> expected_max([1.0, 3.0], 1), expected_max([1.0, 3.0], 2)
    (2.0, 2.5)
    """
    time, count = RandomTime.from_samples(samples), whole("n", n, at_least=1)
    steps_up = np.diff(time.value)
    means = [time.value[-1] - steps_up @ time.cdf[:-1] ** size for size in count.ravel()]
    return plain(np.asarray(means).reshape(count.shape))


def quantile_of_max(samples: ArrayLike, n: ArrayLike, q: ArrayLike) -> Number:
    """The seconds, one of the samples, within which a share q of all batches of n calls is done.

    Formula: all n are done when the slowest is, so ``P(max <= t) = F(t)^n`` and the answer is the quantile
    ``q^(1/n)`` of one call. Source: the distribution of the largest order statistic.

    Args:
        samples: recorded seconds, zero or more, a list of at least one.
        n: calls at once, a whole number from 1.
        q: a share in [0, 1]. n and q broadcast.

    Raises:
        ValueError: no samples, a negative time, NaN, n below 1, or q outside [0, 1].

    >>> calls = list(range(1, 101))
    >>> quantile_of_max(calls, 1, 0.5), quantile_of_max(calls, 10, 0.5)
    (50.0, 94.0)
    """
    time = RandomTime.from_samples(samples)
    count, share = whole("n", n, at_least=1), probability("q", q)
    together(n=count, q=share)
    return time.quantile(share ** (1 / count))


def batched(samples: ArrayLike, n: ArrayLike, batch: ArrayLike, slowdown: ArrayLike = 0.0) -> Number:
    """Mean seconds until n independent calls have ended, in batches of b that each wait for their slowest call.

    Formula: ``floor(n/b) E[max of b] (1 + g (b-1)) + E[max of r] (1 + g (r-1))`` with r the remainder of n/b. Only who
    knows that the last end alone counts may choose the b that makes it least: one call is at its quickest with b = 1.
    Where a place is filled again at once, no call waits for a slower one: ``simulate(..., at_most=b)``. Source: order
    statistics; a server that is shown which calls belong together: Parrot (Lin et al. OSDI 2024).

    Args:
        samples: recorded seconds of a call on its own, zero or more, at least one.
        n, batch: calls, and how many of them run at once, whole numbers from 1.
        slowdown: g, by what share every further call of a batch slows all of it, zero or more. All three broadcast.

    >>> [round(batched([1.0, 3.0], 12, b, slowdown=0.05), 2) for b in (1, 4, 12)]
    [24.0, 9.92, 4.65]
    """
    count, size = whole("n", n, at_least=1), whole("batch", batch, at_least=1)
    slower = non_negative("slowdown", slowdown)
    together(n=count, batch=size, slowdown=slower)
    rest = count % size
    full, last = (expected_max(samples, np.maximum(of, 1)) * (1 + slower * (of - 1)) for of in (size, rest))
    return plain(np.asarray(count // size * full + np.where(rest > 0, last, 0.0)))
