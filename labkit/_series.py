"""Series and a search that several formulas share. All broadcast, and stay exact at their edges."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def power(base: Array, exponent: Array | int) -> Array:
    """``base ** exponent``; repeated squaring for one small whole exponent, which is several times faster.

    >>> float(power(np.asarray(0.5), 3))
    0.125
    """
    if np.ndim(exponent) != 0 or not 0 <= exponent < 1024:
        return np.power(base, exponent)
    square, left = np.asarray(base, dtype=float), int(exponent)
    factors, own = [], False  # may the array of the last square be written over?
    while left:
        if left % 2:
            factors.append(square)
        own, left = own and not left % 2, left // 2
        if left:
            square, own = np.multiply(square, square, out=square if own and square.ndim else None), True
    return functools.reduce(np.multiply, factors) if factors else np.ones_like(square)


def at_least_one(p: Array, tries: Array) -> Array:
    """``1 - (1-p)^tries``, how often at least one of independent tries is right; a small p keeps its digits.

    >>> float(at_least_one(np.asarray(1e-17), np.asarray(2.0)))
    2e-17
    """
    if np.min(p, initial=1.0) >= 0.5:
        return 1 - power(1 - p, tries)
    with np.errstate(divide="ignore", invalid="ignore"):
        small = -np.expm1(tries * np.log1p(-p))
    return np.where(p >= 0.5, 1 - power(1 - p, tries), np.where(tries == 0, 0.0, small))


def halve(low: Array, high: Array, is_below: Callable[[Array], Any], times: int = 80) -> tuple[Array, Array]:
    """The ends of an interval between which ``is_below`` turns from true to false; after 80 halvings, neighbours."""
    for _ in range(times):
        middle = (low + high) / 2
        below = is_below(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low, high


def geometric_sum(ratio: Array, terms: Array, rest: Array | None = None) -> Array:
    """``1 + ratio + ratio^2 + ...``, that many terms; equals ``terms`` where the ratio is 1.

    Args:
        ratio: from 0 on.
        terms: a whole number from 0.
        rest: ``1 - ratio``, where it is known better than by taking the difference.

    >>> float(geometric_sum(np.asarray(0.5), np.asarray(3.0)))
    1.75
    """
    if np.ndim(terms) == 0 and terms <= 8:
        return _sum_terms(np.asarray(ratio, dtype=float), int(terms))
    ratio, terms, rest = np.broadcast_arrays(ratio, terms, 1.0 - ratio if rest is None else rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        # 1 - (1 - rest)^terms without losing digits where the ratio is close to 1
        total = -np.expm1(terms * np.log1p(-rest)) / rest
    total = np.where(ratio == 0, np.minimum(terms, 1.0), total)
    return np.where(rest == 0, terms, np.where(terms == 0, 0.0, total))


def _sum_terms(ratio: Array, terms: int) -> Array:
    """The same, added up term by term from the inside (Horner), for a few terms."""
    if terms == 0:
        return np.zeros_like(ratio)
    total = np.ones_like(ratio)
    for _ in range(terms - 1):
        total = 1.0 + ratio * total
    return total
