"""An amount that varies, such as a time: every value it can have, with its probability. Nothing is drawn at random."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import Number, non_negative, number, one_whole, plain, probability, some, tolerance
from .._values import ByValue, by_value

Array = NDArray[np.float64]
SAME = 1e-12  # values closer than this share of the largest are one: so much is lost when floats are added
FEW = 8  # rows that are not worth the search for equal ones in every design


@by_value
class Values(NamedTuple):
    """Row i: ``value[i]`` with probability ``p[i]``, a column for each design; the missing runs are of another kind."""

    value: Array
    p: Array


def merged(listed: Values) -> Values:
    """Rising, equal rows put together, impossible ones left out; a few rows of many designs stay as they are."""
    value, p = listed
    if len(value) <= FEW and value.shape[1] > 1:
        return listed
    scale = value.max(axis=0, initial=0.0)
    weight = (np.arange(value.shape[1]) * 0.6180339887498949 % 1 + 0.5) / np.where(scale > 0, scale, 1.0)
    order = np.argsort(value @ weight, kind="stable")
    value, p = value[order], p[order]
    new = np.any(np.abs(np.diff(value, axis=0)) > SAME * scale, axis=1)
    starts = np.flatnonzero(np.concatenate([[True], new]))
    value, p = value[starts], np.add.reduceat(p, starts, axis=0)
    possible = np.any(p > 0, axis=1)
    return Values(value[possible], p[possible])


@dataclass(frozen=True, eq=False)
class RandomAmount(ByValue):
    """``value[i]`` seconds, or dollars, with probability ``p[i]``.

    Args:
        value: zero or more, in any order.
        p: probabilities in [0, 1] that add up to 1.
        error: how far each value may be off, in the same unit, and so quantiles and mean; 0 where they are exact.
        beyond: the probability of values that were too large to be told apart; they count with their rough mean.
        p_right: of a whole task, how often it ends right; 1 for anything else.
        right: the same amount for the tasks that end right; None where it is not known, or none does.

    Raises:
        ValueError: a negative value, NaN, nothing at all, or probabilities that do not add up to 1.

    >>> call = RandomAmount([2.0, 8.0], [0.9, 0.1])
    >>> round(call.mean, 6), call.quantile(0.95), call.within(2.0)
    (2.6, 8.0, 0.9)
    """

    value: Array
    p: Array
    error: float = 0.0
    beyond: float = 0.0
    p_right: float = 1.0
    right: RandomAmount | None = None

    def __post_init__(self) -> None:
        value, p = non_negative("value", some("value", self.value)), probability("p", some("p", self.p))
        if value.ndim != 1 or value.shape != p.shape:
            raise ValueError(f"value and p must be two lists of the same length, got shapes {value.shape}, {p.shape}")
        if abs(p.sum() - 1) > tolerance(self.p, least=1e-9):
            raise ValueError(f"p must add up to 1, got {p.sum():.12g}")
        value, p = (column[:, 0] for column in merged(Values(value[:, None], p[:, None])))
        for field, array in (("value", value), ("p", p / p.sum())):
            array.flags.writeable = False
            object.__setattr__(self, field, array)

    @classmethod
    def from_samples(cls, samples: ArrayLike) -> RandomAmount:
        """The empirical distribution: each recorded value is as likely as any other.

        Args:
            samples: zero or more, a list of at least one.
        """
        value = non_negative("samples", some("samples", samples))
        if value.ndim != 1:
            raise ValueError(f"samples must be one list, got an array of shape {value.shape}")
        return cls(value, np.full(value.size, 1 / value.size))

    @classmethod
    def from_cdf(cls, value: Array, cdf: Array) -> RandomAmount:
        """At most each of the values (rising) with the probability ``cdf`` (the last is 1)."""
        return cls(value, np.maximum(np.diff(cdf, prepend=0.0), 0.0))

    @functools.cached_property
    def cdf(self) -> Array:
        """The probability of at most each of the values; the last is exactly 1."""
        sums = np.minimum(np.cumsum(self.p), 1.0)
        sums[-1] = 1.0
        return sums

    @property
    def mean(self) -> float:
        """The expected amount: ``sum_i p_i value_i``."""
        return float(self.p @ self.value)

    @property
    def std(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(self.p @ (self.value - self.mean) ** 2))

    def quantile(self, q: ArrayLike) -> Number:
        """The smallest amount within which a share q of the runs stays, q in [0, 1]. Broadcasts."""
        at = np.searchsorted(self.cdf, probability("q", q) - SAME)
        return plain(self.value[np.minimum(at, self.value.size - 1)])

    def within(self, budget: ArrayLike) -> Number:
        """The probability of staying within a budget, ``P(X <= budget)``, of any finite number. Broadcasts."""
        at = np.searchsorted(self.value, number("budget", budget) + SAME * self.value[-1], side="right")
        return plain(np.concatenate([[0.0], self.cdf])[at])

    def right_within(self, budget: ArrayLike) -> Number:
        """The probability that a task ends right and stays within a budget. Broadcasts."""
        found = 0.0 * number("budget", budget) if self.right is None else self.right.within(budget)
        return plain(np.asarray(self.p_right * found))

    def slowest_of(self, n: int) -> RandomAmount:
        """The largest of n independent ones like this, n a whole number from 1."""
        return self.from_cdf(self.value, self.cdf ** one_whole("n", n, at_least=1))

    def factors(self, rng: np.random.Generator, size: int) -> Array:
        """Independent draws, as factors of the mean."""
        return self.value[np.searchsorted(self.cdf, rng.random(size), side="right")] / self.mean


RandomTime = RandomAmount
"""An amount of seconds."""
