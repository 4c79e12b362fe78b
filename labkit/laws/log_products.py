"""Long products and the binomial distribution in closed form: as quick for ten million factors as for ten.

A product of many factors is the exponential of a sum of logarithms, and that sum is known without adding it up: some
terms by themselves, the rest by the formula of Euler and Maclaurin, which is what Stirling's formula for lgamma is made
of. Differences of lgamma itself would lose their digits: at ten million it is 1.5e8, with an error of 1e-8.
"""

from __future__ import annotations

import math

import numpy as np

from .._series import Array

FEW = 64  # terms that are added up one by one, and factors that are multiplied
MOST_ROUNDS = 100_000


def log_ratio(a: Array, b: Array, k: Array) -> Array:
    """``ln prod_{i<k} (a+i) / (a+b+i)``, a sum of k logarithms, to about 15 digits of itself.

    Args:
        a: above zero; with b = 0 also zero.
        b: zero or more, finite.
        k: a whole number from 0. All three broadcast.

    >>> round(float(np.exp(log_ratio(np.asarray(0.5), np.asarray(0.5), np.asarray(3)))), 9)
    0.3125
    """
    a, b, k = np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in (a, b, k)))
    total = np.zeros(k.shape)
    for i in range(int(min(k.max(initial=0), FEW))):
        total = np.where(k > i, total + log_share(a + i, b), total)
    rest = np.maximum(k - FEW, 0.0)
    return np.where(rest > 0, total + _sum_rest(a + FEW, b, rest), total)


def log_share(a: Array, b: Array) -> Array:
    """``ln(a / (a+b))``, with all digits whether a or b is the small one; minus infinity at a = 0, and 0 at b = 0.

    >>> float(log_share(np.asarray(1.0), np.asarray(1e-20)))
    -1e-20
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b < a, np.log1p(-b / (a + b)), np.where(b == 0, 0.0, np.log(a / (a + b))))


def _sum_rest(a: Array, b: Array, k: Array) -> Array:
    """The same sum for an a of at least 64, by Euler and Maclaurin: the integral, the ends, and three derivatives."""
    c = a + b
    integral = k * log_share(a + k, b) + a * np.log1p(k / (c + k) * (b / a)) - b * np.log1p(k / c)
    total = integral + (log_share(a, b) - log_share(a + k, b)) / 2
    for power, factor in ((1, 1 / 12), (3, -2 / 720), (5, 24 / 30240)):
        total = total + factor * (_slope_at(a + k, b, power) - _slope_at(a, b, power))
    return total


def _slope_at(a: Array, b: Array, power: int) -> Array:
    """``a^-n - (a+b)^-n``, without losing digits where b is small beside a."""
    with np.errstate(over="ignore"):
        return -np.expm1(-power * np.log1p(b / a)) / a**power


def binomial_majority(p: Array, m: Array) -> Array:
    """``P(X >= m)`` for X ~ Binomial(2m - 1, p), the regularised incomplete beta function ``I_p(m, m)``.

    Formula: ``x^m (1-x)^m / (m B(m, m))`` times a continued fraction (Numerical Recipes, chapter 6.4), on the side of
    one half where that converges; about the square root of m rounds.

    Args:
        p: in [0, 1].
        m: a whole number from 1.

    >>> round(float(binomial_majority(np.asarray(0.6), np.asarray(2.0))), 9)
    0.648
    """
    p, m = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(m, dtype=float))
    smaller = np.minimum(p, 1 - p)
    with np.errstate(divide="ignore"):
        off = (1 - 2 * smaller) ** 2
        log_spread = np.where(off < 0.5, np.log1p(-off), np.log(4 * smaller) + np.log1p(-smaller))
    tail = np.exp(m * log_spread) * _central_share(m) / 2 * _continued_fraction(smaller, m)
    tail = np.where(m == 1, smaller, np.where(smaller == 0.5, 0.5, np.minimum(tail, 0.5)))
    return np.where(p <= 0.5, tail, 1 - tail)


def _central_share(m: Array) -> Array:
    """``C(2m, m) / 4^m``, how often 2m fair coins fall evenly: ``prod_{i<=m} (i - 1/2) / i``."""
    return np.exp(log_ratio(np.full(m.shape, 0.5), np.full(m.shape, 0.5), m))


def _continued_fraction(x: Array, m: Array) -> Array:
    """The continued fraction of the incomplete beta function with two equal shapes, by Lentz's method; x <= 1/2."""
    tiny = 1e-300
    above = np.ones(x.shape)
    below = 1 / np.maximum(1 - 2 * m * x / (m + 1), tiny)
    total, going = below, np.ones(x.shape, dtype=bool)
    for i in range(1, MOST_ROUNDS):
        for term in (
            i * (m - i) * x / ((m + 2 * i - 1) * (m + 2 * i)),
            -(m + i) * (2 * m + i) * x / ((m + 2 * i) * (m + 2 * i + 1)),
        ):
            below = 1 + term * below
            below = 1 / np.where(abs(below) < tiny, tiny, below)
            above = 1 + term / above
            above = np.where(abs(above) < tiny, tiny, above)
            total = np.where(going, total * (below * above), total)
        going = going & (abs(below * above - 1) >= 4 * math.ulp(1.0))
        if not going.any():
            break
    return total
