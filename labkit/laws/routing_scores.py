"""How good a router is that sends some questions to a strong model and the rest to a weak one.

A router's curve gives its quality at each share of strong calls: the weak model alone at share 0, the strong one at
share 1. RouteLLM (Ong et al. 2024) reads three scores off it: PGR, CPT and APGR.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, number, plain, probability, some, together

ROUNDING = 1e-12  # a measured point that falls short of the gap by less than this reaches it


def pgr(quality: ArrayLike, weak: ArrayLike, strong: ArrayLike) -> Number:
    """Performance gap recovered: how far quality rises from the weak model's to the strong one's.

    Formula: ``(quality - weak) / (strong - weak)``: 0 is the weak model, 1 the strong; it may be above 1.

    Args:
        quality: the router's mean score, any finite number.
        weak: the weak model's mean score.
        strong: the strong model's mean score, above ``weak``.

    >>> round(pgr(0.7475, 0.638, 0.857), 3), round(pgr(0.929, 0.638, 0.857), 2)
    (0.5, 1.33)
    """
    score, low, high = number("quality", quality), number("weak", weak), number("strong", strong)
    together(quality=score, weak=low, strong=high)
    if np.any(high <= low):
        raise ValueError(f"strong must be above weak, got weak {low} and strong {high}")
    return plain((score - low) / (high - low))


def cpt(strong_share: ArrayLike, quality: ArrayLike, gap: ArrayLike) -> Number:
    """Call-performance threshold: the smallest share of strong calls with which a router recovers a gap.

    Formula: the first share at which ``pgr >= x``, on straight lines between the measured points (tossing a coin
    between two neighbouring thresholds gives every point of the line). A router that tosses a coin has CPT(x) = x.

    Args:
        strong_share: shares of strong calls, in [0, 1], rising from 0 to 1.
        quality: the router's mean score at each share, at the last above the first.
        gap: x, the PGR wanted, in [0, 1]. Broadcasts.

    >>> round(cpt([0.0, 0.2, 1.0], [0.6, 0.75, 0.8], 0.5), 4)
    0.1333
    """
    share, gaps = _check_curve(strong_share, quality)
    wanted = probability("gap", gap)
    after = np.clip(np.searchsorted(np.maximum.accumulate(gaps), wanted - ROUNDING), 1, share.size - 1)
    rise = gaps[after] - gaps[after - 1]
    part = np.where(wanted == 0, 0.0, np.clip((wanted - gaps[after - 1]) / np.where(rise == 0, 1.0, rise), 0, 1))
    return plain(share[after - 1] + part * (share[after] - share[after - 1]))


def apgr(strong_share: ArrayLike, quality: ArrayLike) -> float:
    """Average performance gap recovered: a router's PGR, averaged over all shares of strong calls.

    Formula: the integral of PGR over the share from 0 to 1, on straight lines between the measured points. A
    router that tosses a coin has 0.5. Ong et al. average over ten shares.

    Args:
        strong_share, quality: as for ``cpt``.

    >>> round(apgr([0.0, 1.0], [0.6, 0.8]), 6), round(apgr([0.0, 0.2, 1.0], [0.6, 0.75, 0.8]), 6)
    (0.5, 0.775)
    """
    share, gaps = _check_curve(strong_share, quality)
    return float(np.sum(np.diff(share) * (gaps[1:] + gaps[:-1]) / 2))


def routed_cost(strong_share: ArrayLike, usd_weak: ArrayLike, usd_strong: ArrayLike) -> Number:
    """Mean cost of a routed call: what a share of strong calls is worth in dollars.

    Formula: ``s c_strong + (1-s) c_weak``. Source: an expectation over the two models.

    Args:
        strong_share: s, in [0, 1].
        usd_weak: USD of a weak call, zero or more.
        usd_strong: USD of a strong call, zero or more.

    >>> round(routed_cost(0.25, 0.002, 0.03), 6)
    0.009
    """
    share = probability("strong_share", strong_share)
    low, high = non_negative("usd_weak", usd_weak), non_negative("usd_strong", usd_strong)
    together(strong_share=share, usd_weak=low, usd_strong=high)
    return plain(share * high + (1 - share) * low)


def _check_curve(strong_share: ArrayLike, quality: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """A router's shares, and its PGR at each."""
    share = probability("strong_share", some("strong_share", strong_share))
    score = number("quality", some("quality", quality))
    if share.ndim != 1 or share.shape != score.shape:
        raise ValueError(
            f"strong_share and quality must be two lists of the same length, got shapes {share.shape} and {score.shape}"
        )
    if share[0] != 0 or share[-1] != 1 or np.any(np.diff(share) <= 0):
        raise ValueError(f"strong_share must rise from 0 to 1, got {share.tolist()}")
    return share, np.asarray(pgr(score, score[0], score[-1]))
