"""A time that varies: every length it can have, with its probability, and how such times add up.

Nothing is drawn at random here. Sums and maxima of independent times are worked out over all their outcomes.
Lengths closer than 1e-12 of the longest are one length, and probabilities closer than 1e-12 are equal: so much is
lost to rounding when floats are added.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import Number, non_negative, number, one_number, one_whole, plain, probability, some, tolerance
from .._values import ByValue

Array = NDArray[np.float64]
SAME = 1e-12
MOST_PAIRS = 4_000_000


@dataclass(frozen=True, eq=False)
class RandomTime(ByValue):
    """A time of ``sec[i]`` seconds with probability ``p[i]``.

    Args:
        sec: seconds, zero or more, in any order.
        p: probabilities in [0, 1] that add up to 1.

    Raises:
        ValueError: a negative time, NaN, nothing at all, or probabilities that do not add up to 1.

    >>> call = RandomTime([2.0, 8.0], [0.9, 0.1])
    >>> round(call.mean, 6), call.quantile(0.95), call.within(2.0)
    (2.6, 8.0, 0.9)
    """

    sec: Array
    p: Array

    def __post_init__(self) -> None:
        sec, p = non_negative("sec", some("sec", self.sec)), probability("p", some("p", self.p))
        if sec.ndim != 1 or sec.shape != p.shape:
            raise ValueError(f"sec and p must be two lists of the same length, got shapes {sec.shape} and {p.shape}")
        if abs(p.sum() - 1) > tolerance(self.p, least=1e-9):
            raise ValueError(f"p must add up to 1, got {p.sum():.12g}")
        sec, p = _merge_lengths(sec, p)
        for name, value in (("sec", sec), ("p", p / p.sum())):
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def from_samples(cls, samples: ArrayLike) -> RandomTime:
        """The empirical distribution: each recorded time is as likely as any other.

        Args:
            samples: recorded seconds, zero or more, a list of at least one.

        >>> RandomTime.from_samples([3.0, 1.0, 3.0, 1.0]).p.tolist()
        [0.5, 0.5]
        """
        sec = non_negative("samples", some("samples", samples))
        if sec.ndim != 1:
            raise ValueError(f"samples must be one list of seconds, got an array of shape {sec.shape}")
        return cls(sec, np.full(sec.size, 1 / sec.size))

    @classmethod
    def from_cdf(cls, sec: Array, cdf: Array) -> RandomTime:
        """The time that is done within each of ``sec`` (rising) with the probability ``cdf`` (the last is 1)."""
        return cls(sec, np.maximum(np.diff(cdf, prepend=0.0), 0.0))

    @classmethod
    def always(cls, sec: float) -> RandomTime:
        """A time that never varies."""
        return cls(np.asarray([one_number("sec", sec)]), np.asarray([1.0]))

    @classmethod
    def mixed(cls, times: Sequence[RandomTime], p: ArrayLike) -> RandomTime:
        """Time i with probability ``p[i]``."""
        weights = probability("p", some("p", p))
        if len(weights) != len(times):
            raise ValueError(f"times and p must be as many as each other, got {len(times)} and {len(weights)}")
        parts = [weight * time.p for weight, time in zip(weights, times, strict=True)]
        return cls(np.concatenate([time.sec for time in times]), np.concatenate(parts))

    @functools.cached_property
    def cdf(self) -> Array:
        """The probability of being done within each of ``sec``; the last is exactly 1."""
        sums = np.minimum(np.cumsum(self.p), 1.0)
        sums[-1] = 1.0
        return sums

    @property
    def mean(self) -> float:
        """Expected seconds: ``sum_i p_i sec_i``."""
        return float(self.p @ self.sec)

    @property
    def std(self) -> float:
        """Standard deviation in seconds."""
        return float(np.sqrt(self.p @ (self.sec - self.mean) ** 2))

    def quantile(self, q: ArrayLike) -> Number:
        """The shortest time within which a share q of the runs is done.

        Args:
            q: a share in [0, 1]. Broadcasts.
        """
        share = probability("q", q)
        at = np.searchsorted(self.cdf, share - SAME)
        return plain(self.sec[np.minimum(at, self.sec.size - 1)])

    def within(self, budget: ArrayLike) -> Number:
        """The probability of being done within a budget of seconds: ``P(T <= budget)``.

        Args:
            budget: seconds, any finite number. Broadcasts.
        """
        at = np.searchsorted(self.sec, number("budget", budget) + SAME * self.sec[-1], side="right")
        return plain(np.concatenate([[0.0], self.cdf])[at])

    def then(self, other: RandomTime) -> RandomTime:
        """This time and then an independent other one: their sum.

        Raises:
            ValueError: more than four million pairs of lengths; round the times up first.
        """
        pairs = self.sec.size * _check_time(other).sec.size
        if pairs > MOST_PAIRS:
            raise ValueError(f"the sum has {pairs} pairs of lengths, more than {MOST_PAIRS}; round up to a grid first")
        sums, chances = np.add.outer(self.sec, other.sec), np.multiply.outer(self.p, other.p)
        return RandomTime(sums.ravel(), chances.ravel())

    def beside(self, other: RandomTime) -> RandomTime:
        """This time and an independent other one at once: the longer of the two."""
        sec = np.union1d(self.sec, _check_time(other).sec)
        return RandomTime.from_cdf(sec, np.asarray(self.within(sec)) * np.asarray(other.within(sec)))

    def slowest_of(self, n: int) -> RandomTime:
        """The longest of n independent times like this one.

        Args:
            n: a whole number from 1.
        """
        return RandomTime.from_cdf(self.sec, self.cdf ** one_whole("n", n, at_least=1))

    def rounded_up(self, grid_sec: float) -> RandomTime:
        """The same with each length rounded up to a multiple of ``grid_sec``, so never too short."""
        grid = one_number("grid_sec", grid_sec)
        if grid == 0:
            raise ValueError("grid_sec must be above zero, got 0")
        return RandomTime(np.ceil(self.sec / grid - 1e-9) * grid, self.p)


def _check_time(other: Any) -> RandomTime:
    if not isinstance(other, RandomTime):
        raise ValueError(f"other must be a RandomTime, got {other!r}")
    return other


def _merge_lengths(sec: Array, p: Array) -> tuple[Array, Array]:
    """In rising order, equal lengths put together, impossible ones left out."""
    order = np.argsort(sec, kind="stable")
    sec, p = sec[order], p[order]
    starts = np.flatnonzero(np.diff(sec, prepend=-np.inf) > SAME * sec[-1])
    sec, p = sec[starts], np.add.reduceat(p, starts)
    return sec[p > 0], p[p > 0]
