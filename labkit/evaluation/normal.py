"""What the comparisons of this folder share: the normal distribution, and counts that are a part of other counts."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import non_negative, number, probability, together
from .._series import Array

_ERFC = np.frompyfunc(math.erfc, 1, 1)


def normal_cdf(z: ArrayLike) -> Array:
    """How often a standard normal number is at most z; the far left tail keeps its digits."""
    return np.asarray(_ERFC(-np.asarray(z, dtype=float) / math.sqrt(2)) / 2, dtype=float)


def reaches(alpha: float, power: float = 0.5) -> tuple[float, float]:
    """Normal quantiles at 1 - alpha / 2 and at power: what a two-sided test asks for, and how much more it needs."""
    level, found = number("alpha", alpha), number("power", power)
    if level.ndim or not 0 < float(level) < 1:
        raise ValueError(f"alpha must be one number between 0 and 1 (0.05, not 5), got {alpha}")
    if found.ndim or not 0.5 <= float(found) < 1:
        raise ValueError(f"power must be one number from 0.5 on, below 1 (0.8, not 80), got {power}")
    return -NormalDist().inv_cdf(float(level) / 2), NormalDist().inv_cdf(float(found))


def share_found(moved: Array, bar: Array, spread: Array) -> Array:
    """How often a difference passes the bar on either side; without spread it does so always or never."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = normal_cdf((moved - bar) / spread) + normal_cdf((-moved - bar) / spread)
    return np.where(spread + 0 * moved == 0, np.where(moved > bar, 1.0, 0.0), np.minimum(found, 1.0))


def sum_and_difference(only_first: ArrayLike, only_second: ArrayLike) -> tuple[Array, Array]:
    """The share of tasks on which two designs part, and what the first gains on the second."""
    first, second = probability("only_first", only_first), probability("only_second", only_second)
    together(only_first=first, only_second=second)
    within("only_first + only_second", first + second, "1, all tasks", np.ones(()))
    return np.minimum(first + second, 1.0), first - second


def share_of(name: str, count: ArrayLike, of: str, most: ArrayLike) -> tuple[Array, Array]:
    """A count as a share of another, and the other; more than there are, or of none, is a ``ValueError``."""
    counted, n = non_negative(name, count), non_negative(of, most)
    together(**{name: counted, of: n})
    if np.any(n == 0):
        raise ValueError(f"{of} must be above 0, got 0: nothing was measured")
    within(name, counted, of, n)
    return counted / n, n


def within(name: str, value: Array, of: str, most: Array) -> None:
    """Nothing; a value above the most is a ``ValueError`` that names both."""
    value, most = np.broadcast_arrays(value, most)
    over = np.atleast_1d(value > most * (1 + 1e-12))
    if np.any(over):
        high, least = (float(np.atleast_1d(x)[over][0]) for x in (value, most))
        raise ValueError(f"{name} must be at most {of}, got {high:g} of {least:g}")


def log_factorials(most: int) -> Array:
    """The logarithms of 0!, 1!, ..., most!."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])


def binomial_shares(tries: int, p: float, logs: Array) -> Array:
    """How often 0, 1, ..., tries of independent tries are right."""
    if p in (0.0, 1.0):
        return np.eye(1, tries + 1, tries if p else 0)[0]
    x = np.arange(tries + 1)
    return np.exp(logs[tries] - logs[x] - logs[tries - x] + x * np.log(p) + (tries - x) * np.log1p(-p))
