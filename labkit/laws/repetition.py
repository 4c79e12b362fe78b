"""Trying again is not a fresh draw: items differ in difficulty, so two tries of one item agree more than chance.

The law has two numbers: p, how often a try is right, and the correlation of two tries of the same item. With
correlation 0 it is the text's law of independent tries; with correlation 1 a second try repeats the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, plain, probability, together, whole
from .._series import Array

ROUNDING = 1e-12
"""A measured number may miss the edge of its range by this much."""


@dataclass(frozen=True)
class BetaLaw:
    """Tries of an item whose own success rate is drawn, once, from a beta distribution.

    Both numbers belong to an agent, its tasks and its temperature; change one of the three, and measure again.

    Formula: the rate is Beta(a, b) with mean ``p = a / (a+b)``, and the correlation of two tries of one item is
    ``rho = 1 / (a+b+1)``. Kept as (p, rho), because a and b are infinite at rho = 0 and zero at rho = 1.

    Args:
        p: how often a first try is right, in [0, 1].
        correlation: rho, the intraclass correlation, in [0, 1].

    Raises:
        ValueError: a number outside [0, 1], NaN, or arrays that do not fit together.

    Source: the beta-binomial distribution (Skellam 1948). Rows of recorded agents are in ``tests/test_repetition.py``.

    >>> law = BetaLaw(0.6, 0.5)
    >>> round(law.a, 2), round(law.b, 2), law.pass_hat([1, 2, 3]).round(3).tolist()
    (0.6, 0.4, [0.6, 0.48, 0.416])
    """

    p: Number
    correlation: Number

    def __post_init__(self) -> None:
        p, rho = probability("p", self.p), probability("correlation", self.correlation)
        together(p=p, correlation=rho)
        object.__setattr__(self, "p", plain(p))
        object.__setattr__(self, "correlation", plain(rho))

    @property
    def a(self) -> Number:
        """The first shape of the beta distribution, ``p (1-rho) / rho``: infinite at correlation 0."""
        return self._scale_shape(np.asarray(self.p))

    @property
    def b(self) -> Number:
        """The second shape of the beta distribution, ``(1-p) (1-rho) / rho``: infinite at correlation 0."""
        return self._scale_shape(1 - np.asarray(self.p))

    @property
    def recovery(self) -> Number:
        """How often a blind second try is right after a wrong first: ``p (1-rho)``, below p where rho is above 0.

        It is the r of ``reliability.with_detected_retry``, in [0, 1].

        >>> round(BetaLaw(0.6, 0.5).recovery, 4)
        0.3
        """
        return plain(np.asarray(self.p) * (1 - np.asarray(self.correlation)))

    def pass_hat(self, k: ArrayLike) -> Number:
        """pass^k: how often k tries of one item are all right.

        Formula: ``prod_{i<k} (a+i) / (a+b+i)``; p^k at correlation 0, p at correlation 1.

        Args:
            k: a whole number from 1, or an array of them.

        >>> BetaLaw(0.6, 0.0).pass_hat(2), BetaLaw(0.6, 1.0).pass_hat(9)
        (0.36, 0.6)
        """
        return self._multiply_alike(np.asarray(self.p), k)

    def pass_at(self, k: ArrayLike) -> Number:
        """pass@k: how often at least one of k blind tries of an item is right.

        Formula: ``1 - prod_{i<k} (b+i) / (a+b+i)``; 1 - (1-p)^k at correlation 0, p at correlation 1.

        Args:
            k: a whole number from 1, or an array of them.

        >>> round(BetaLaw(0.6, 0.5).pass_at(2), 3)
        0.72
        """
        return plain(1 - np.asarray(self._multiply_alike(1 - np.asarray(self.p), k)))

    def design_effect(self, tries: ArrayLike) -> Number:
        """By how much repeated tries of the same items count for less than as many tries of new items.

        Formula: ``1 + (n-1) rho``; n tries of an item are worth n / (1 + (n-1) rho). Source: Kish 1965.

        Args:
            tries: n for each item, a whole number from 1.

        >>> BetaLaw(0.6, 0.5).design_effect(5)
        3.0
        """
        n, rho = whole("tries", tries, at_least=1), np.asarray(self.correlation)
        together(tries=n, correlation=rho)
        return plain(1 + (n - 1) * rho)

    def _scale_shape(self, share: Array) -> Number:
        rho = np.asarray(self.correlation)
        with np.errstate(divide="ignore", invalid="ignore"):
            return plain(np.where(rho == 0, np.inf, share * (1 - rho) / rho))

    def _multiply_alike(self, share: Array, k: ArrayLike) -> Number:
        """The product, its factors multiplied through by rho so that both ends of rho are finite."""
        rho, tries = np.asarray(self.correlation), whole("k", k, at_least=1)
        together(p=share, correlation=rho, k=tries)
        product = np.broadcast_to(share, np.broadcast_shapes(share.shape, rho.shape, tries.shape))
        for i in range(1, int(tries.max(initial=1))):
            factor = (share * (1 - rho) + i * rho) / (1 - rho + i * rho)
            product = np.where(tries > i, product * factor, product)
        return plain(np.asarray(product, dtype=float))


def fit_beta(pass_1: ArrayLike, pass_2: ArrayLike) -> BetaLaw:
    """The law through a measured pass^1 and pass^2.

    Formula: ``p = pass^1``, ``rho = (pass^2 - p^2) / (p (1-p))``; 0 where p is 0 or 1 and nothing can vary.

    Args:
        pass_1: share of single tries that are right, in [0, 1].
        pass_2: share of pairs of tries that are both right, from pass_1 squared to pass_1.

    Raises:
        ValueError: pass_2 below pass_1 squared or above pass_1; the message says what the counts would need.

    Source: the moments of the beta distribution. The doctest is gpt-4o on tau-bench airline (Yao et al. 2024),
    where .220 and .200 were measured and independence says .074 and .031.

    >>> law = fit_beta(0.420, 0.273)
    >>> round(law.correlation, 3), law.pass_hat([3, 4]).round(3).tolist()
    (0.397, [0.205, 0.165])
    """
    p, both = probability("pass_1", pass_1), probability("pass_2", pass_2)
    together(pass_1=p, pass_2=both)
    _check_within("pass_2", both, p * p, p, "pass_1 squared and pass_1", "right on both of two tries")
    room = p * (1 - p)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = np.where(room == 0, 0.0, (both - p * p) / room)
    return BetaLaw(plain(p + 0 * rho), plain(np.clip(rho, 0.0, 1.0)))


def fit_beta_retries(pass_1: ArrayLike, solved: ArrayLike, tries: ArrayLike) -> BetaLaw:
    """The law through a measured pass^1 and the share of items solved within n blind tries.

    Formula: the rho at which ``pass@n`` equals the share solved, found by halving: pass@n falls as rho grows.
    For n = 2 it is ``fit_beta(pass_1, 2 pass_1 - solved)``; 0 where pass_1 is 0 or 1 and nothing can vary.

    Args:
        pass_1: share of single tries that are right, in [0, 1].
        solved: pass@n, from pass_1 to 1 - (1 - pass_1)^n.
        tries: n, a whole number from 2.

    Raises:
        ValueError: a share solved that no correlation in [0, 1] gives.

    Every failure must have been noticed, or failures that nobody noticed pass for correlation. Source: the
    beta-binomial distribution. The doctest is an agent in ALFWorld, whose household shows every failure: 84 of 134
    tasks after one blind trial, 94 after two (logs of Reflexion, Shinn et al. 2023; temperature 0, then 0.2).

    >>> round(fit_beta_retries(84 / 134, 94 / 134, 2).correlation, 3)
    0.681
    """
    p, reached, n = probability("pass_1", pass_1), probability("solved", solved), whole("tries", tries, at_least=2)
    together(pass_1=p, solved=reached, tries=n)
    most = 1 - (1 - p) ** n
    _check_within("solved", reached, p, most, "pass_1 and 1 - (1 - pass_1)^tries", "solved by then")
    low, high = np.zeros(np.broadcast_shapes(p.shape, reached.shape, n.shape)), np.ones(())
    for _ in range(60):
        middle = (low + high) / 2
        too_good = np.asarray(BetaLaw(p, middle).pass_at(n)) > reached
        low, high = np.where(too_good, middle, low), np.where(too_good, high, middle)
    rho = np.where((p == 0) | (p == 1) | (reached >= most), 0.0, np.where(reached <= p, 1.0, (low + high) / 2))
    return BetaLaw(plain(p + 0 * rho), plain(rho))


def _check_within(name: str, value: Array, low: Array, high: Array, between: str, what: str) -> None:
    """A measured share between two others; the complaint counts items, of a thousand."""
    value, low, high = np.broadcast_arrays(value, low, high)
    bad = (value < low - ROUNDING) | (value > high + ROUNDING)
    if np.any(bad):
        at = tuple(np.argwhere(bad)[0])
        least, most = math.ceil(1000 * low[at] - 1e-9), math.floor(1000 * high[at] + 1e-9)
        raise ValueError(
            f"{name} must lie between {between}, here from {low[at]:.6g} to {high[at]:.6g}, got {value[at]:g}: "
            f"of 1000 items, {least} to {most} must be {what}, not {1000 * value[at]:g}"
        )
