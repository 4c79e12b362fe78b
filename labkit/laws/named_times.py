"""Named distributions of a call's time: exponential, uniform and lognormal, and the slowest of n such calls.

``expected_max(n)`` and ``quantile_of_max(n, q)`` broadcast over n, q and the distribution's own numbers.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import Number, non_negative, number, plain, probability, together, whole
from .._values import ByValue

Array = NDArray[np.float64]
EULER = 0.5772156649015329
NODES = np.linspace(-12.0, 12.0, 769)  # of the trapezoid rule, in standard deviations


@dataclass(frozen=True, eq=False)
class Exponential(ByValue):
    """Memoryless times: ``P(T > t) = exp(-t / mean)``.

    Args:
        mean: seconds, zero or more.

    >>> calls = Exponential(mean=2.0)
    >>> round(calls.expected_max(12), 3), round(calls.quantile_of_max(12, 0.95), 3)
    (6.206, 10.914)
    """

    mean: ArrayLike

    def __post_init__(self) -> None:
        non_negative("mean", self.mean)

    def within(self, budget: ArrayLike) -> Number:
        """The probability of being done within a budget of seconds."""
        mean, sec = non_negative("mean", self.mean), number("budget", budget)
        with np.errstate(divide="ignore", invalid="ignore"):
            return plain(np.where(mean > 0, -np.expm1(-np.maximum(sec, 0.0) / mean), 1.0) * (sec >= 0))

    def factors(self, rng: np.random.Generator, size: int) -> Array:
        """Independent draws, as factors of the mean."""
        return -np.log1p(-rng.random(size))

    def expected_max(self, n: ArrayLike) -> Number:
        """Mean seconds of the slowest of n: ``mean * (1 + 1/2 + ... + 1/n)``, n a whole number from 1."""
        mean, count = non_negative("mean", self.mean), whole("n", n, at_least=1)
        together(mean=mean, n=count)
        return plain(mean * _sum_harmonic(count))

    def quantile_of_max(self, n: ArrayLike, q: ArrayLike) -> Number:
        """Seconds within which a share q in [0, 1) of all batches of n is done: ``-mean ln(1 - q^(1/n))``."""
        mean, tail = non_negative("mean", self.mean), _find_tail_of_one(n, q)
        together(mean=mean, n=tail)
        return plain(-mean * np.log(tail) + 0.0)


@dataclass(frozen=True, eq=False)
class Uniform(ByValue):
    """Every time from ``low`` to ``high`` is as likely as any other.

    Args:
        low: seconds, zero or more.
        high: seconds, ``low`` or more.

    >>> round(Uniform(1.0, 3.0).expected_max(4), 6)
    2.6
    """

    low: ArrayLike
    high: ArrayLike

    def __post_init__(self) -> None:
        low, high = non_negative("low", self.low), non_negative("high", self.high)
        together(low=low, high=high)
        if np.any(low > high):
            raise ValueError(f"low must not be above high, got low {low} and high {high}")

    @property
    def mean(self) -> Number:
        """Mean seconds, halfway."""
        return plain((non_negative("low", self.low) + non_negative("high", self.high)) / 2)

    def within(self, budget: ArrayLike) -> Number:
        """The probability of being done within a budget of seconds."""
        low, high, sec = non_negative("low", self.low), non_negative("high", self.high), number("budget", budget)
        with np.errstate(divide="ignore", invalid="ignore"):
            return plain(np.where(sec >= high, 1.0, np.clip((sec - low) / (high - low), 0.0, 1.0)))

    def factors(self, rng: np.random.Generator, size: int) -> Array:
        """Independent draws, as factors of the mean."""
        low, high = np.asarray(self.low), np.asarray(self.high)
        return (low + (high - low) * rng.random(size)) / self.mean

    def expected_max(self, n: ArrayLike) -> Number:
        """Mean seconds of the slowest of n: ``low + (high - low) n / (n + 1)``, n a whole number from 1."""
        low, high, count = non_negative("low", self.low), non_negative("high", self.high), whole("n", n, at_least=1)
        together(low=low, high=high, n=count)
        return plain(low + (high - low) * (count / (count + 1)))

    def quantile_of_max(self, n: ArrayLike, q: ArrayLike) -> Number:
        """Seconds within which a share q in [0, 1] of all batches of n is done: ``low + (high-low) q^(1/n)``."""
        low, high = non_negative("low", self.low), non_negative("high", self.high)
        count, share = whole("n", n, at_least=1), probability("q", q)
        together(low=low, high=high, n=count, q=share)
        return plain(low + (high - low) * share ** (1 / count))


@dataclass(frozen=True, eq=False)
class Lognormal(ByValue):
    """Times whose logarithm is normal: many near the middle, a few very long.

    ``mean = median * exp(sigma^2 / 2)``, so a recorded mean and median give ``sigma = sqrt(2 ln(mean / median))``.

    Args:
        mean: seconds, zero or more.
        sigma: standard deviation of the logarithm, zero or more; 0 gives a time that never varies.

    >>> calls = Lognormal(mean=9.2, sigma=0.53)
    >>> [round(calls.expected_max(n), 1) for n in (1, 5, 12, 50)]
    [9.2, 15.8, 19.9, 27.2]
    """

    mean: ArrayLike
    sigma: ArrayLike

    def __post_init__(self) -> None:
        together(mean=non_negative("mean", self.mean), sigma=non_negative("sigma", self.sigma))

    def within(self, budget: ArrayLike) -> Number:
        """The probability of being done within a budget of seconds."""
        mean, sigma, sec = non_negative("mean", self.mean), non_negative("sigma", self.sigma), number("budget", budget)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (np.log(np.maximum(sec, 0.0) / mean) + sigma**2 / 2) / sigma
        still = (sec >= mean).astype(float)
        return plain(np.where(np.logical_or(sigma == 0, mean == 0), still, _find_phi(reach)))

    def factors(self, rng: np.random.Generator, size: int) -> Array:
        """Independent draws, as factors of the mean."""
        values = rng.standard_normal(size)
        values *= np.asarray(self.sigma)
        values -= np.asarray(self.sigma) ** 2 / 2
        return np.exp(values, out=values)

    def expected_max(self, n: ArrayLike) -> Number:
        """Mean seconds of the slowest of n, n a whole number from 1.

        Formula: ``mean * n * integral of phi(u) Phi(u + sigma)^(n-1) du``, by the trapezoid rule at 769 fixed
        points. Relative error below 1e-12 for n up to a billion and sigma up to 8.
        """
        mean, sigma = non_negative("mean", self.mean), non_negative("sigma", self.sigma)
        count = whole("n", n, at_least=1)
        together(mean=mean, sigma=sigma, n=count)
        factor = np.vectorize(_integrate_factor, otypes=[float])(sigma, count)
        return plain(mean * factor)

    def quantile_of_max(self, n: ArrayLike, q: ArrayLike) -> Number:
        """Seconds within which a share q in [0, 1) of all batches of n is done."""
        mean, sigma, tail = non_negative("mean", self.mean), non_negative("sigma", self.sigma), _find_tail_of_one(n, q)
        together(mean=mean, sigma=sigma, n=tail)
        above = np.where(sigma == 0, 0.0, _invert_normal_tail(tail))  # a time that never varies has one quantile
        return plain(mean * np.exp(sigma * (above - sigma / 2)))


def _find_phi(reach: Array) -> Array:
    """The standard normal distribution function, number by number."""
    scaled = np.asarray(reach) * -math.sqrt(0.5)
    return np.reshape([math.erfc(x) / 2 for x in scaled.ravel().tolist()], scaled.shape)


def _find_tail_of_one(n: ArrayLike, q: ArrayLike) -> Array:
    """How often one call may be slower when the slowest of n keeps to a quantile: ``1 - q^(1/n)``, above 0."""
    count, share = whole("n", n, at_least=1), probability("q", q)
    together(n=count, q=share)
    if np.any(share == 1):
        raise ValueError("q must be below 1, got 1: a time without an upper end has no such quantile")
    with np.errstate(divide="ignore"):
        return -np.expm1(np.log(share) / count)


def _sum_harmonic(n: Array) -> Array:
    """``1 + 1/2 + ... + 1/n``: added up for small n, the asymptotic series (error below 1e-16) from 64."""
    added = np.concatenate([[0.0], np.cumsum(1 / np.arange(1.0, 65.0))])
    large = np.maximum(n, 64.0)
    series = np.log(large) + EULER + 1 / (2 * large) - 1 / (12 * large**2) + 1 / (120 * large**4) - 1 / (252 * large**6)
    return np.where(n <= 64, added[np.minimum(n, 64).astype(int)], series)


def _invert_normal_tail(tail: Array) -> Array:
    """The standard normal number that is exceeded with this probability; minus infinity for 1."""
    inverse = NormalDist().inv_cdf
    return np.vectorize(lambda t: -math.inf if t >= 1 else -inverse(t), otypes=[float])(tail)


@functools.lru_cache(maxsize=256)
def _tabulate_log_phi(sigma: float) -> Array:
    """Logarithm of the normal distribution function at the shifted nodes, without losing either tail."""
    above = NODES + sigma >= 0
    tail = np.asarray([math.erfc(abs(x) / math.sqrt(2)) / 2 for x in NODES + sigma])
    return np.where(above, np.log1p(-tail), np.log(tail))


def _integrate_factor(sigma: float, n: float) -> float:
    """The mean of the slowest of n lognormal times, in means of one. The rule's step is 1/32."""
    density = np.exp(-(NODES**2) / 2) / math.sqrt(2 * math.pi)
    return float(n * np.sum(density * np.exp((n - 1) * _tabulate_log_phi(float(sigma)))) / 32)
