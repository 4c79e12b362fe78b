"""Trying again is not a fresh draw: items differ in difficulty, so two tries of one item agree more than chance.

The law has two numbers: p, how often a try is right, and the correlation of two tries of the same item. With
correlation 0 it is the text's law of independent tries; with correlation 1 a second try repeats the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, one_flag, plain, probability, together, tolerance, whole
from .._series import Array
from .._values import ByValue, freeze_array
from .log_products import FEW, log_ratio


@dataclass(frozen=True, eq=False)
class BetaLaw(ByValue):
    """Tries of an item whose own success rate is drawn, once, from a beta distribution.

    Both numbers belong to an agent, its tasks and its temperature; change one of the three, and measure again.

    Formula: the rate is Beta(a, b) with mean ``p = a / (a+b)``, and the correlation of two tries of one item is
    ``rho = 1 / (a+b+1)``. Kept as (p, rho), because a and b are infinite at rho = 0 and zero at rho = 1.

    Args:
        p: how often a first try is right, in [0, 1].
        correlation: rho, the intraclass correlation, in [0, 1].

    Source: the beta-binomial distribution (Skellam 1948).

    >>> law = BetaLaw(0.6, 0.5)
    >>> round(law.a, 2), round(law.b, 2), law.pass_hat([1, 2, 3]).round(3).tolist()
    (0.6, 0.4, [0.6, 0.48, 0.416])
    """

    p: Number
    correlation: Number

    def __post_init__(self) -> None:
        p, rho = probability("p", self.p), probability("correlation", self.correlation)
        together(p=p, correlation=rho)
        object.__setattr__(self, "p", freeze_array(plain(p)))
        object.__setattr__(self, "correlation", freeze_array(plain(rho)))

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
        return plain(self._multiply_alike(np.asarray(self.p), k))

    def pass_at(self, k: ArrayLike) -> Number:
        """pass@k: how often at least one of k blind tries of an item is right.

        Formula: ``1 - prod_{i<k} (b+i) / (a+b+i)``; 1 - (1-p)^k at correlation 0, p at correlation 1.

        Args:
            k: a whole number from 1, or an array of them.

        >>> round(BetaLaw(0.6, 0.5).pass_at(2), 3)
        0.72
        """
        return plain(-np.expm1(self._log_all_wrong(k)))

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
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return plain(np.where(rho == 0, np.inf, share * (1 - rho) / rho))

    def _multiply_alike(self, share: Array, k: ArrayLike) -> Array:
        """The product: a few factors, multiplied through by rho so that both ends of rho are finite, then the rest."""
        rho, tries = self._check_tries(k)
        product = np.broadcast_to(share, np.broadcast_shapes(share.shape, rho.shape, tries.shape))
        for i in range(1, int(min(tries.max(initial=1), FEW))):
            factor = (share * (1 - rho) + i * rho) / (1 - rho + i * rho)
            product = np.where(tries > i, product * factor, product)
        return np.asarray(product * np.exp(self._log_rest(np.asarray(self.a), np.asarray(self.b), share, tries)), float)

    def _log_all_wrong(self, k: ArrayLike) -> Array:
        """The logarithm of how often k tries of one item are all wrong, which keeps a small p to its last digit."""
        rho, tries = self._check_tries(k)
        p = np.asarray(self.p)
        with np.errstate(divide="ignore"):
            total = np.zeros(np.broadcast_shapes(p.shape, rho.shape, tries.shape)) + np.log1p(-p)
            for i in range(1, int(min(tries.max(initial=1), FEW))):
                total = np.where(tries > i, total + np.log1p(-p * (1 - rho) / (1 - rho + i * rho)), total)
            return total + self._log_rest(np.asarray(self.b), np.asarray(self.a), 1 - p, tries)

    def _log_rest(self, a: Array, b: Array, share: Array, tries: Array) -> Array:
        """The logarithm of all factors after the first few, in closed form."""
        rest = np.maximum(tries - FEW, 0.0)
        if not np.any(rest):
            return rest
        alike = np.isfinite(a) & np.isfinite(b)  # at rho = 0 every factor is the share
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.where(rest == 0, 0.0, rest * np.log(share))
        return np.where(alike, log_ratio(np.where(alike, a, 0.0) + FEW, np.where(alike, b, 0.0), rest), apart)

    def _check_tries(self, k: ArrayLike) -> tuple[Array, Array]:
        rho, tries = np.asarray(self.correlation), whole("k", k, at_least=1)
        together(p=np.asarray(self.p), correlation=rho, k=tries)
        return rho, tries


def fit_beta(pass_1: ArrayLike, pass_2: ArrayLike, clip: bool = False) -> BetaLaw:
    """The law through a measured pass^1 and pass^2.

    Formula: ``p = pass^1``, ``rho = (pass^2 - p^2) / (p (1-p))``; 0 where p is 0 or 1 and nothing can vary. A share s
    of items that are solved within two blind tries says ``pass^2 = 2 p - s``, if every failure was noticed.

    Args:
        pass_1: share of single tries that are right, in [0, 1].
        pass_2: share of pairs of tries that are both right, from pass_1 squared to pass_1.
        clip: take a pass_2 below pass_1 squared for rho = 0, where tries are independent. Small samples of tries that
            are nearly independent come out so about every other time.

    Raises:
        ValueError: pass_2 above pass_1, or below pass_1 squared without ``clip``.

    gpt-4o on tau-bench airline (Yao et al. 2024), where .220 and .200 were measured at k = 3 and 4:

    >>> law = fit_beta(0.420, 0.273)
    >>> round(law.correlation, 3), law.pass_hat([3, 4]).round(3).tolist()
    (0.397, [0.205, 0.165])
    """
    p, both = probability("pass_1", pass_1), probability("pass_2", pass_2)
    together(pass_1=p, pass_2=both)
    both = np.maximum(both, p * p) if one_flag("clip", clip) else both
    _check_pairs(both, p, tolerance(pass_1, pass_2))
    most = p * (1 - p)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = np.where(most == 0, 0.0, (both - p * p) / most)
    return BetaLaw(plain(p + 0 * rho), plain(np.clip(rho, 0.0, 1.0)))


def _check_pairs(both: Array, p: Array, near: float) -> None:
    """A pass^2 lies between pass^1 squared and pass^1; the complaint counts items, of a thousand."""
    value, low, high = np.broadcast_arrays(both, p * p, p)
    bad = (value < low - near) | (value > high + near)
    if np.any(bad):
        at = tuple(np.argwhere(bad)[0])
        least, most = math.ceil(1000 * low[at] - 1e-9), math.floor(1000 * high[at] + 1e-9)
        clipped = ". Small samples of independent tries come out so; clip=True takes them for rho = 0"
        raise ValueError(
            f"pass_2 must lie between pass_1 squared and pass_1, here from {low[at]:.6g} to {high[at]:.6g}, "
            f"got {value[at]:g}: of 1000 items, {least} to {most} must be right on both of two tries, "
            f"not {1000 * value[at]:g}" + clipped * bool(value[at] < low[at])
        )
