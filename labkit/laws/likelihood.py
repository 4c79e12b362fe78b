"""The two numbers of the repetition law from a table of repeated runs, by maximum likelihood."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._series import Array
from .counts import checked_counts
from .repetition import BetaLaw

POINTS = 65  # correlations tried in a round
ROUNDS = 6  # each round looks 32 times closer: 1e-9 in the end
HALVINGS = 60


def fit_beta_counts(successes: ArrayLike, tries: ArrayLike) -> BetaLaw:
    """The law under which the observed counts are most likely.

    Formula: the (p, rho) that maximise ``sum_items log P(c of n)``, P the beta-binomial distribution. At a given rho
    the likelihood is concave in p, so p is found by halving; rho by looking ever closer around the best of 65 values.
    Counts that vary less than independent tries give rho = 0; items that are each all right or all wrong give rho = 1.
    Where everything is right, or everything wrong, rho cannot be told and is given as 0.

    Args:
        successes: c, one whole number for each item, from 0 to its tries.
        tries: n, whole numbers from 1, one for all items or one for each; at least one item tried twice.

    Raises:
        ValueError: more successes than tries, no items, or no item that was tried twice.

    Source: maximum likelihood for the beta-binomial distribution (Griffiths 1973). Accurate to about 1e-6 in rho.

    >>> law = fit_beta_counts([4, 4, 4, 3, 1, 0, 0, 0], 4)
    >>> round(law.p, 3), round(law.correlation, 3)
    (0.5, 0.732)
    >>> fit_beta_counts([4, 0, 4, 4], 4)
    BetaLaw(p=0.75, correlation=1.0)
    """
    right, tried = (counts.ravel() for counts in checked_counts(successes, tries))
    if np.all(tried == 1):
        raise ValueError("tries must be 2 or more for at least one item: single tries cannot tell a correlation")
    wrong = tried - right
    if not right.any() or not wrong.any():
        return BetaLaw(float(right.any()), 0.0)
    if not np.any((right > 0) & (wrong > 0)):
        return BetaLaw(float(np.mean(right > 0)), 1.0)
    more = np.arange(tried.max())
    rights, wrongs, all_tries = (np.sum(counts[:, None] > more, axis=0) for counts in (right, wrong, tried))
    low, high = 0.0, 1.0
    for _ in range(ROUNDS):
        rho = np.linspace(low, high, POINTS)
        p = _best_p(rights, wrongs, rho)
        best = int(np.argmax(_log_likelihood(rights, wrongs, all_tries, p, rho)))
        low, high = float(rho[max(best - 1, 0)]), float(rho[min(best + 1, POINTS - 1)])
    return BetaLaw(float(p[best]), float(rho[best]))


def _log_likelihood(rights: Array, wrongs: Array, tries: Array, p: Array, rho: Array) -> Array:
    """Up to a constant. ``rights[i]`` items have more than i right tries, and so on; the term i = 0 stands apart."""
    i, p, rho = np.arange(1, len(tries)), p[:, None], rho[:, None]
    mixed = rights[0] + wrongs[0] - tries[0]  # items with a right and a wrong try: none can be at rho = 1
    with np.errstate(divide="ignore"):
        first = rights[0] * np.log(p) + wrongs[0] * np.log(1 - p) + mixed * np.log(1 - rho)
    later = (
        rights[1:] * np.log(p * (1 - rho) + i * rho)
        + wrongs[1:] * np.log((1 - p) * (1 - rho) + i * rho)
        - tries[1:] * np.log(1 - rho + i * rho)
    )
    return first[:, 0] + later.sum(axis=1)


def _best_p(rights: Array, wrongs: Array, rho: Array) -> Array:
    """For each rho, where the slope of the likelihood in p is zero. The slope falls, from above 0 to below."""
    low, high = np.zeros_like(rho), np.ones_like(rho)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rising = _slope(rights, middle, rho) > _slope(wrongs, 1 - middle, rho)
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return (low + high) / 2


def _slope(counts: Array, p: Array, rho: Array) -> Array:
    """``d/dp`` of the terms of one kind, right or wrong tries."""
    i, p, rho = np.arange(1, len(counts)), p[:, None], rho[:, None]
    return (counts[0] / p)[:, 0] + (counts[1:] * (1 - rho) / (p * (1 - rho) + i * rho)).sum(axis=1)
