"""How the seconds of a call vary: not at all, log-normally, or as they were recorded.

Each kind gives factors whose mean is one, so that a step keeps its mean seconds and only the spread is new.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import non_negative, one_number
from .._values import ByValue

Z95 = 1.6448536269514722  # the 95% quantile of the standard normal distribution


@dataclass(frozen=True)
class LognormalSpread:
    """Call times with a heavy tail: the logarithm of a time is normally distributed.

    Formula: seconds = mean * exp(sigma Z - sigma^2 / 2) with Z standard normal. Source: the usual model of
    service times with a long tail.

    Args:
        sigma: standard deviation of the logarithm, zero or more; 0 gives fixed times.

    Raises:
        ValueError: sigma is negative or NaN.

    >>> round(LognormalSpread.from_p50_p95(8.0, 19.4).sigma, 3)
    0.539
    """

    sigma: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", one_number("sigma", self.sigma))

    @classmethod
    def from_p50_p95(cls, p50: float, p95: float) -> LognormalSpread:
        """The spread of times with this median and this 95% quantile, both in seconds.

        Formula: ``sigma = ln(p95 / p50) / 1.645``.

        Raises:
            ValueError: p50 is not above zero, or p95 is below p50.
        """
        low, high = one_number("p50", p50), one_number("p95", p95)
        if not 0 < low <= high:
            raise ValueError(f"p50 must be above zero and at most p95, got p50={low:g} and p95={high:g}")
        return cls(math.log(high / low) / Z95)

    def factors(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent factors with mean one."""
        values = rng.standard_normal(size)
        values *= self.sigma
        values -= self.sigma**2 / 2
        return np.exp(values, out=values)


@dataclass(frozen=True, eq=False)
class RecordedSpread(ByValue):
    """Call times that were measured, drawn again at random and scaled to the mean seconds of the step.

    Formula: seconds = mean * x / mean(x), with x one of the samples, each as likely as the others. Source: the
    bootstrap (Efron 1979).

    Args:
        samples: seconds of recorded calls, zero or more, at least one of them above zero.

    Raises:
        ValueError: no samples, a negative one, NaN, or none above zero.

    >>> RecordedSpread([1.0, 1.0, 4.0])
    RecordedSpread(3 samples, mean 2 s)
    """

    samples: ArrayLike
    _scaled: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        values = np.array(non_negative("samples", self.samples), dtype=float).reshape(-1)
        if not values.size or not values.mean() > 0:
            raise ValueError(f"samples must hold at least one time above zero, got {values[:5].tolist()}")
        values.setflags(write=False)
        object.__setattr__(self, "samples", values)
        object.__setattr__(self, "_scaled", values / values.mean())

    def factors(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent factors with mean one."""
        return self._scaled[rng.integers(self._scaled.size, size=size)]

    def __repr__(self) -> str:
        return f"RecordedSpread({self._scaled.size:,} samples, mean {np.mean(np.asarray(self.samples)):.3g} s)"


Spread: TypeAlias = "LognormalSpread | RecordedSpread"
KINDS = (LognormalSpread, RecordedSpread)


def slowest_of_each_round(
    rng: np.random.Generator, times: Spread, size: int, rounds: int, agents: int
) -> NDArray[np.float64]:
    """Factors of rounds that follow one another, where each round waits for the slowest of its agents."""
    total = np.zeros(size)
    for _ in range(rounds):
        slowest = times.factors(rng, size)
        for _ in range(agents - 1):
            np.maximum(slowest, times.factors(rng, size), out=slowest)
        total += slowest
    return total
