"""The two numbers of the repetition law from a table of repeated runs, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._series import Array
from .correlated_tries import BetaLaw
from .counts import checked_counts
from .log_products import FEW

POINTS = (33, *[9] * 12)  # correlations tried in each round; the first looks 16 times closer, the others 4: 4e-9
HALVINGS = 60
MOST_COUNTS = 1_500


def fit_beta_counts(successes: ArrayLike, tries: ArrayLike) -> BetaLaw:
    """The law under which the observed counts are most likely.

    Formula: the (p, rho) that maximise ``sum_items log P(c of n)``, P the beta-binomial distribution. At a given rho
    the likelihood is concave in p, so Newton's steps find p; rho is found by looking ever closer around the best of
    33 values, then of 9. Counts that vary less than independent tries give rho = 0; items that are each all right or
    all wrong give rho = 1. Where everything is right, or everything wrong, rho cannot be told and is given as 0.

    Args:
        successes: c, one whole number for each item, from 0 to its tries.
        tries: n, whole numbers from 1, one for all items or one for each; at least one item tried twice.

    Raises:
        ValueError: more successes than tries, no item that was tried twice, or more than 1,500 different counts.

    Source: maximum likelihood for the beta-binomial distribution (Griffiths 1973). Accurate to about 1e-6 in rho,
    1e-5 where counts go into the millions.

    >>> law = fit_beta_counts([4, 4, 4, 3, 1, 0, 0, 0], 4)
    >>> round(law.p, 3), round(law.correlation, 3)
    (0.5, 0.732)
    """
    right, tried = (counts.ravel() for counts in checked_counts(successes, tries))
    if np.all(tried == 1):
        raise ValueError("tries must be 2 or more for at least one item: single tries cannot tell a correlation")
    wrong = tried - right
    if not right.any() or not wrong.any():
        return BetaLaw(float(right.any()), 0.0)
    if not np.any((right > 0) & (wrong > 0)):
        return BetaLaw(float(np.mean(right > 0)), 1.0)
    kinds = _Terms.of("successes", right), _Terms.of("failures", wrong), _Terms.of("tries", tried)
    low, high, start = 0.0, 1.0, right.sum() / tried.sum()
    for points in POINTS:
        rho = np.linspace(low, high, points)
        p = _find_best_p(kinds[0], kinds[1], np.full(points, start), rho)
        best = int(np.argmax(_log_likelihood(*kinds, p, rho)))
        low, high, start = float(rho[max(best - 1, 0)]), float(rho[min(best + 1, points - 1)]), p[best]
    return BetaLaw(float(p[best]), float(rho[best]))


@dataclass(frozen=True)
class _Terms:
    """How many items have more than i tries of one kind, for every i from 0: a sum over i takes each so many times.

    Attributes:
        first: how many have any.
        few: for i from 1 to 63.
        start, end, weight: stretches of i from 64 on, over which the number does not change.
    """

    first: float
    few: Array
    start: Array
    end: Array
    weight: Array

    @classmethod
    def of(cls, name: str, counts: Array) -> _Terms:
        values, items = np.unique(counts, return_counts=True)
        if values.size > MOST_COUNTS:
            raise ValueError(
                f"{name} must have at most {MOST_COUNTS:,} different counts, got {values.size:,}: fit a sample of items"
            )
        more = np.append(np.cumsum(items[::-1])[::-1], 0)  # items with so many tries or more
        start, end = np.maximum(np.append(0.0, values[:-1]), FEW), values
        long = end > start
        few = more[np.searchsorted(values, np.arange(FEW), side="right")]
        return cls(float(few[0]), few[1:], start[long], end[long], more[:-1][long])

    def total(self, base: Array, rho: Array, of: Callable[[Array, Array, Array, Array], Array], power: int) -> Array:
        """``sum_{i>=1}`` of a function of ``base + i rho``: ln, its inverse or that squared (power 0, 1, 2)."""
        base, rho = base[:, None], rho[:, None]
        with np.errstate(divide="ignore"):
            value = base + np.arange(1, FEW) * rho
            near = (self.few * np.where(self.few > 0, np.log(value) if power == 0 else value**-power, 0.0)).sum(axis=1)
        if not self.start.size:
            return near
        low, high = base + self.start * rho, base + self.end * rho
        stretches = of(low, high, rho, self.end - self.start) + _add_ends(low, high, rho, power)
        return near + (self.weight * stretches).sum(axis=1)


def _add_ends(low: Array, high: Array, rho: Array, power: int) -> Array:
    """What Euler and Maclaurin add to the integral: half of the ends, and three derivatives."""
    slopes = {0: (1.0, 2.0, 24.0), 1: (-1.0, -6.0, -120.0), 2: (-2.0, -24.0, -720.0)}[power]
    total, ends = np.zeros(low.shape), []
    for sign, x in ((1, low), (-1, high)):
        inverse = 1 / x
        f = np.log(x) if power == 0 else inverse if power == 1 else inverse * inverse
        total += sign * f / 2
        step, scale = rho * inverse, 1.0 if power == 0 else f
        square = step * step
        ends.append(step * scale * (slopes[0] / 12 - square * (slopes[1] / 720 - square * slopes[2] / 30240)))
    return total + ends[1] - ends[0]


def _integrate_log(low: Array, high: Array, rho: Array, length: Array) -> Array:
    """The integral of ``ln(base + x rho)`` over a stretch."""
    rise = rho * length / low
    with np.errstate(divide="ignore", invalid="ignore"):
        curved = ((1 + rise) * np.log1p(rise) - rise) / rise
    return length * (np.log(low) + np.where(rise < 1e-4, rise / 2 - rise**2 / 6 + rise**3 / 12, curved))


def _integrate_inverse(low: Array, high: Array, rho: Array, length: Array) -> Array:
    """The integral of ``1 / (base + x rho)`` over a stretch."""
    rise = rho * length / low
    with np.errstate(divide="ignore", invalid="ignore"):
        return length / low * np.where(rise == 0, 1.0, np.log1p(rise) / rise)


def _integrate_square(low: Array, high: Array, rho: Array, length: Array) -> Array:
    """The integral of ``1 / (base + x rho)^2`` over a stretch."""
    return length / (low * high)


def _log_likelihood(rights: _Terms, wrongs: _Terms, tries: _Terms, p: Array, rho: Array) -> Array:
    """Up to a constant; the term i = 0 stands apart."""
    mixed = rights.first + wrongs.first - tries.first  # items with a right and a wrong try: none can be at rho = 1
    with np.errstate(divide="ignore", invalid="ignore"):
        first = rights.first * np.log(p) + wrongs.first * np.log(1 - p) + mixed * np.log(1 - rho)
        return np.where(
            rho == 1, -np.inf, first + rights.total(p * (1 - rho), rho, _integrate_log, 0)
            + wrongs.total((1 - p) * (1 - rho), rho, _integrate_log, 0) - tries.total(1 - rho, rho, _integrate_log, 0),
        )  # fmt: skip


def _find_best_p(rights: _Terms, wrongs: _Terms, start: Array, rho: Array) -> Array:
    """For each rho, where the slope of the likelihood in p is zero. The slope falls, from above 0 to below.

    Newton's steps; a step that leaves the two sides known so far is replaced by halving.
    """
    low, high, p, keep = np.zeros_like(rho), np.ones_like(rho), start.copy(), 1 - rho
    for _ in range(HALVINGS):
        slope, bend = np.zeros_like(rho), np.zeros_like(rho)
        for kind, share, sign in ((rights, p, 1), (wrongs, 1 - p, -1)):
            slope += sign * (kind.first / share + keep * kind.total(share * keep, rho, _integrate_inverse, 1))
            bend += kind.first / share**2 + keep**2 * kind.total(share * keep, rho, _integrate_square, 2)
        low, high = np.where(slope > 0, p, low), np.where(slope > 0, high, p)
        step = p + slope / bend
        step = np.where((step > low) & (step < high), step, (low + high) / 2)
        settled = np.all(abs(step - p) <= 1e-9 * step * (1 - step))  # the next step would be a billion times smaller
        p = step
        if settled:
            break
    return p
