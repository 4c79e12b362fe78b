"""Intervals by the bootstrap over tasks: tasks, or all repeats of one item together, are drawn anew, many times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._values import by_value
from labkit.laws.counts import normal_reach

Floats = NDArray[np.float64]
DRAWS = 1000
MOST_UNITS = 2000
"""More units than these are drawn in so many bundles of equal size, whose sums vary as much."""


@by_value
class Estimate(NamedTuple):
    """A number, the two ends of its interval, and how many tasks it rests on; NaN where nobody can tell."""

    value: float
    low: float
    high: float
    tasks: int

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "unknown"
        if math.isnan(self.low):
            return f"{self.value:.4g}"
        end = "or more" if self.high == math.inf else f"to {self.high:.4g}"
        return f"{self.value:.4g} ({self.low:.4g} {end})"


UNKNOWN = Estimate(math.nan, math.nan, math.nan, 0)


class Resampling:
    """Tasks drawn anew.

    Args:
        groups: for each task the number of its unit: tasks of one unit (repeats of an item) are drawn together.
        seed: of the draws.
        level: the share of intervals that shall hold the true value.

    Formula: percentiles of the redrawn estimates, each stretched from the estimate by
    ``t_(n-1) / z * sqrt(n / (n-1))`` with n units, for few units vary too little among themselves. Source: Efron and
    Tibshirani 1993, "An Introduction to the Bootstrap", chapters 13 and 14; Hesterberg 2015 (The American Statistician
    69) for the stretching.
    """

    def __init__(self, groups: Sequence[int], seed: int, level: float) -> None:
        self.level = level
        self.rng = np.random.default_rng(seed)
        units, found = np.unique(np.asarray(groups), return_inverse=True)
        self.units = len(units)
        bundles = min(self.units, MOST_UNITS)
        self._bundle = self.rng.permutation(self.units)[found.ravel()] % bundles
        self._bundles = bundles
        z = normal_reach(level)
        self._stretch = student(level, bundles - 1) / z * math.sqrt(bundles / (bundles - 1)) if bundles > 1 else 1.0

    @cached_property
    def _weights(self) -> Floats:
        shares = np.full(self._bundles, 1 / self._bundles)
        return self.rng.multinomial(self._bundles, shares, size=DRAWS).astype(np.float64)

    def sums(self, values: Floats) -> Floats:
        """The sum over each bundle's tasks; values have a row for each task."""
        found = np.zeros((self._bundles, *values.shape[1:]))
        np.add.at(found, self._bundle, values)
        return found

    def ratios(self, above: Floats, below: Floats) -> tuple[Floats, Floats]:
        """``sum(above) / sum(below)`` of each column, and its redrawn values, a row for each drawing; NaN for 0 / 0."""
        top, bottom = self.sums(above), self.sums(below)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = top.sum(axis=0) / bottom.sum(axis=0)
            drawn = (self._weights @ top) / (self._weights @ bottom)
        drawn = np.where(np.isfinite(drawn), drawn, value)
        return value, value + self._stretch * (drawn - value)

    def interval(self, value: float, drawn: Floats, tasks: int) -> Estimate:
        """The estimate with its interval, from the redrawn values; one task leaves both ends unknown."""
        if tasks == 1 and not math.isnan(value):
            return Estimate(float(value), math.nan, math.nan, tasks)
        return self._cut(value, drawn, tasks)

    def positive(self, value: float, drawn: Floats, tasks: int) -> Estimate:
        """The same of a number that cannot be below 0."""
        return self.interval(value, np.maximum(drawn, 0.0), tasks)

    def share_interval(self, value: float, drawn: Floats, tasks: int) -> Estimate:
        """The same of a share, from draws of ``share``: without a hit it begins at 0, without a miss it ends at 1.

        Source: Brown, Cai and DasGupta 2001 (Statistical Science 16), of Jeffreys' interval.
        """
        found = self._cut(value, drawn, tasks)
        if math.isnan(found.low):
            return found
        return found._replace(low=0.0 if value <= 0 else found.low, high=1.0 if value >= 1 else found.high)

    def _cut(self, value: float, drawn: Floats, tasks: int) -> Estimate:
        """The estimate between quantiles of its draws."""
        if math.isnan(value) or not tasks:
            return UNKNOWN
        if self.units < 2:
            return Estimate(float(value), math.nan, math.nan, tasks)
        low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Estimate(float(value), float(low), float(high), tasks)

    def share(self, right: Floats, tried: Floats) -> tuple[float, Floats]:
        """A share of tries that were right, each task with its counts, and draws of what it may be.

        Formula: Beta(c/e + 1/2, (n-c)/e + 1/2), Jeffreys' posterior, so that a share of 1 is not taken for certain. e
        is the design effect: by how much the counts of whole units vary more than those of independent tries.
        """
        c, n = self.sums(right), self.sums(tried)
        total = float(n.sum())
        if not total:
            return math.nan, np.full(DRAWS, math.nan)
        p, used = float(c.sum()) / total, int((n > 0).sum())
        if 0 < p < 1 and used > 1:
            spread = float(np.sum((c - p * n) ** 2)) * used / (used - 1)
            effect = max(spread / (p * (1 - p) * total), 1.0)
        else:
            effect = max(total / used, 1.0) if used < total and self.units <= MOST_UNITS else 1.0
        hits, misses = p * total / effect, (1 - p) * total / effect
        return p, self.rng.beta(hits + 0.5, misses + 0.5, DRAWS)

    def quantile(self, q: float, values: Floats, task: NDArray[np.int64], tasks: int) -> Estimate:
        """A quantile of values of which a task may have several.

        Formula: ``F^-1(q -+ z s)``, s the standard error of the share below the quantile, over whole units, and at
        least that of independent values, since few values or equal ones show too little of it. Source: Woodruff 1952
        (Journal of the American Statistical Association 47). Where an end lies beyond all values, as that
        of a 95th percentile of fewer than some 73 tasks does, nothing recorded bounds it: 0 below, infinity above.
        """
        if not values.size:
            return UNKNOWN
        order = np.sort(values)
        middle = float(np.quantile(order, q, method="inverted_cdf"))
        if self.units < 2:
            return Estimate(middle, math.nan, math.nan, tasks)
        per_task = np.zeros((len(self._bundle), 2))
        np.add.at(per_task, task, np.column_stack([values <= middle, np.ones(values.size)]))
        below, n = self.sums(per_task).T
        share = max(q, 0.5 / values.size)
        used = int((n > 0).sum())
        spread = float(np.sum((below - share * n) ** 2)) * used / max(used - 1, 1)
        spread = max(spread, q * (1 - q) * float(n.sum()))
        reach = normal_reach(self.level) * math.sqrt(spread) / float(n.sum())
        low = float(np.quantile(order, q - reach, method="inverted_cdf")) if q > reach else 0.0
        high = float(np.quantile(order, q + reach, method="inverted_cdf")) if q + reach <= 1 else math.inf
        return Estimate(middle, min(low, middle), max(high, middle), tasks)


def student(level: float, freedom: int) -> float:
    """How far ``level`` of Student's distribution reaches to both sides of 0, by halving.

    Args:
        level: a share, between 0 and 1.
        freedom: degrees of freedom, from 1.

    Formula: the share within t is a sum of powers of a cosine, in the angle ``atan(t / sqrt(freedom))``. Source:
    Abramowitz and Stegun 1972, 26.7.3 and 26.7.4.

    >>> round(student(0.95, 1), 3), round(student(0.95, 10), 3)
    (12.706, 2.228)
    """
    odd = freedom % 2
    steps = np.arange(2 + odd, freedom - 1, 2)

    def share_within(angle: float) -> float:
        cosine = math.cos(angle)
        powers = 1 + float(np.sum(np.cumprod((steps - 1) / steps * cosine**2)))
        if not odd:
            return math.sin(angle) * powers
        return 2 / math.pi * (angle + (math.sin(angle) * cosine * powers if freedom > 1 else 0.0))

    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if share_within(middle) < level else (low, middle)
    return math.sqrt(freedom) * math.tan(low)
