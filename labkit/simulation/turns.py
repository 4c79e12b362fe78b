"""An agent that takes as many turns as it needs, and sends the whole conversation again at each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import one_number, whole
from .._values import ByValue
from ..cost import growing_context_tokens
from ..laws.named_times import Exponential, Lognormal, Uniform
from ..laws.random_times import RandomTime

Spread: TypeAlias = "Exponential | Lognormal | Uniform | RandomTime"


@dataclass(frozen=True, eq=False)
class Turns(ByValue):
    """A random number of turns for each attempt of a step; each turn is one call, one after the other.

    Formula: T turns cost ``usd (T + g T (T-1) / 2)`` and take the sum of T call times. T is geometric with the
    given mean, ``P(T = t) = (1/m) (1 - 1/m)^(t-1)``, or one of the recorded counts. Source: the mean of a geometric
    distribution; the cost is ``labkit.cost.growing_context_tokens``.

    Args:
        mean: m, the mean number of turns, 1 or more.
        growth: g, the price that each turn adds to the next one, as a share of the first turn's price, zero or more.
        counts: recorded numbers of turns, whole numbers from 1, each as likely as the others; in place of ``mean``.

    Raises:
        ValueError: neither or both of mean and counts, a mean below 1, a count below 1.

    >>> Turns(counts=[2, 3, 9])
    Turns(3 counts with mean 4.67, growth=0)
    """

    mean: float | None = None
    growth: float = 0.0
    counts: ArrayLike | None = None

    def __post_init__(self) -> None:
        if (self.mean is None) == (self.counts is None):
            raise ValueError(f"give mean or counts, one of the two; got mean={self.mean!r}, counts={self.counts!r}")
        object.__setattr__(self, "growth", one_number("growth", self.growth))
        if self.counts is not None:
            counts = np.array(whole("counts", self.counts, at_least=1), dtype=float).reshape(-1)
            if not counts.size:
                raise ValueError("counts must hold at least one number of turns, got none")
            counts.setflags(write=False)
            object.__setattr__(self, "counts", counts)
        elif one_number("mean", self.mean) < 1:
            raise ValueError(f"mean must be 1 or more turns, got {self.mean!r}")

    @property
    def mean_turns(self) -> float:
        """The mean number of turns."""
        return float(self.mean) if self.mean is not None else float(np.mean(np.asarray(self.counts)))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent numbers of turns."""
        if self.counts is not None:
            counts = np.asarray(self.counts)
            return counts[rng.integers(counts.size, size=size)]
        return rng.geometric(1.0 / self.mean_turns, size).astype(float)

    def price(self, turns: NDArray[np.float64]) -> Any:
        """What so many turns cost, in prices of the first one."""
        return growing_context_tokens(1.0, self.growth, turns)

    def __repr__(self) -> str:
        if self.counts is None:
            return f"Turns(mean={self.mean_turns:g}, growth={self.growth:g})"
        return f"Turns({np.size(self.counts):,} counts with mean {self.mean_turns:.3g}, growth={self.growth:g})"


def time_of_turns(rng: np.random.Generator, times: Spread | None, turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of as many call-time factors as there are turns, run by run."""
    if times is None:
        return turns
    total = times.factors(rng, turns.size)
    left = np.flatnonzero(turns > 1)
    done = 1
    while left.size:
        total[left] += times.factors(rng, left.size)
        done += 1
        left = left[turns[left] > done]
    return total
