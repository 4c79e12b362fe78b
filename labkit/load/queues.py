"""A queue in front of k places, first come first served: how often a call waits, and when it is answered."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, together, whole
from .._series import Array

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)


def erlang_c(places: ArrayLike, offered: ArrayLike) -> Number:
    """How often a call finds all k places taken and has to wait: Erlang C, of the queue M/M/k.

    Formula: ``C = B / (1 - r + r B)`` with ``r = a/k`` and ``1/B = integral from 0 of e^-t (1 + t/a)^k dt``; relative
    error below 1e-10 up to 100,000 places, in a time that does not grow with k. Source: Erlang 1917.

    Args:
        places: k, a whole number from 1.
        offered: a, how many calls would be in flight if none waited: calls a second times seconds a call, zero or
            more. From k on every call waits. Both broadcast.

    >>> [round(erlang_c(*each), 4) for each in ((1, 0.75), (20, 3.0), (20, 18.0), (20, 25.0))]
    [0.75, 0.0, 0.5508, 1.0]
    """
    k, a = whole("places", places, at_least=1), non_negative("offered", offered)
    together(places=k, offered=a)
    return plain(find_all_taken(*np.broadcast_arrays(k, a)))


def find_all_taken(k: Array, a: Array) -> Array:
    """Erlang C of checked arrays; k above 0 may be a fraction, and then the relative error is below 1e-5."""
    full, calm, n = a >= k, (a > 0) & (a < k), k + 1  # by the integral of one place more, which is smoother
    a = np.where(calm, a, k / 2)
    low, high = np.maximum(-9 * np.sqrt(n), a - n), 10 * np.sqrt(n) + 60  # of d = t - (n - a): around the peak
    total, step = np.zeros(k.shape), max(1, 20_000 // max(k.size, 1))  # of a few, all nodes at once
    for i in range(0, NODES.size, step):
        node, weight = (x[i : i + step].reshape(-1, *(1,) * k.ndim) for x in (NODES, WEIGHTS))
        d = low + (high - low) * (1 + node) / 2
        total += np.sum(weight * np.exp(n * np.log1p(d / n) - d), axis=0)
    blocked = np.exp(n - a - n * np.log1p((n - a) / a)) / (total * (high - low) / 2)
    blocked *= n / (a * (1 - blocked))
    return np.where(calm, blocked / (1 - a / k + a / k * blocked), full * 1.0)


def find_late(sec: Array, p_wait: Array, delay: Array, mean: Array, scv: Array) -> Array:
    """How often waiting and the call itself take longer than so many seconds.

    A call waits with probability ``p_wait``, an exponential time of mean ``delay``. Its own time is exponential where
    scv is 1; else the simplest with this mean and scv: below 1 a fixed part and an exponential one, above 1 an
    exponential time or none.
    """
    least = mean * (1 - np.sqrt(np.minimum(scv, 1.0)))
    share = 2 / (1 + np.maximum(scv, 1.0))
    more = np.where(scv > 1, mean / share, mean - least)
    left = np.maximum(sec - least, 0.0)
    after_wait = share * _exceed_sum(left, more, delay) + (1 - share) * _exceed(left, delay)
    late = (1 - p_wait) * share * _exceed(left, more) + p_wait * after_wait
    return np.where(sec < least, 1.0, late)


def find_quantile(share: Array, p_wait: Array, delay: Array, mean: Array, scv: Array) -> Array:
    """The seconds within which a share of the calls has waited and been answered."""
    start = mean * (1 - np.sqrt(np.minimum(scv, 1.0))) + 0 * (share + p_wait + delay)
    end = start + 2 * (mean * (1 + scv) + delay) * np.log(2 / (1 - share))
    parts = int(np.clip(4000 // max(start.size, 1), 2, 256))  # few are searched in many parts at once
    inner = np.arange(1, parts).reshape(-1, *(1,) * start.ndim) / parts

    def over(sec: Array) -> Array:
        return find_late(sec, p_wait, delay, mean, scv) - (1 - share)

    low, high = start, end
    for _ in range(math.ceil(40 / math.log2(parts))):
        late = np.sum(over(low + (high - low) * inner) > 0, axis=0)
        low, high = low + (high - low) * (late / parts), low + (high - low) * ((late + 1) / parts)
    above, below = over(low), over(high)  # what is left of the curve is straight to the last digit
    found = low + (high - low) * above / np.where(above > below, above - below, 1.0)
    return np.where(over(start) > 0, np.clip(found, low, high), start)


def _exceed(sec: Array, mean: Array) -> Array:
    """How often an exponential time is longer; one whose mean is 0 never is."""
    return np.where(mean > 0, np.exp(-sec / np.where(mean > 0, mean, 1.0)), 0.0)


def _exceed_sum(sec: Array, one: Array, other: Array) -> Array:
    """How often the sum of two independent exponential times is longer, also where their means are equal, or 0."""
    large, small = np.maximum(one, other), np.minimum(one, other)
    both = small > 0
    large_, small_ = np.where(both, large, 1.0), np.where(both, small, 1.0)
    gap = sec * (large_ - small_) / (large_ * small_)
    part = np.where(gap > 0, -np.expm1(-gap) / np.where(gap > 0, gap, 1.0), 1.0)
    return _exceed(sec, large) * (1 + np.where(both, sec / large_ * part, 0.0))
