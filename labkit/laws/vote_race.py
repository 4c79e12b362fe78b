"""The race of votes: ask until one answer is k votes ahead of the other, at every call of a chain.

Votes are independent and count as right or wrong; all wrong votes agree with each other, which is the worst case.
A chain of s steps, m of them to a call, is one of s/m calls, rounded up. Where only a share v of the votes is valid, a
vote costs 1/v as much. Source: Meyerson et al. 2025 (MAKER), arXiv 2511.09030.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, together, whole
from .._series import Array, geometric_sum
from .._values import by_value

ROUNDING = 1e-12
"""A target that is missed by less than this share of it counts as met."""


def first_to_ahead(p: ArrayLike, k: ArrayLike) -> Number:
    """How often the right answer is the first to be k votes ahead.

    Formula: ``1 / (1 + ((1-p)/p)^k)``, the gambler's ruin from the middle. Equals p at k = 1.

    Args:
        p: how often one vote is right, in [0, 1].
        k: the lead that decides, a whole number from 1.

    >>> round(first_to_ahead(0.6, 1), 4), round(first_to_ahead(0.6, 3), 4)
    (0.6, 0.7714)
    """
    one, lead = _check_race(p, k)
    return plain(np.exp(_log_first(one, lead)))


def expected_votes(p: ArrayLike, k: ArrayLike) -> Number:
    """Mean number of votes until one answer is k ahead.

    Formula: ``k (2P-1) / (2p-1)`` with ``P = first_to_ahead(p, k)``, and k^2 at p = 1/2. MAKER's ``k / (2p-1)`` is
    its limit as P goes to 1. Source: the gambler's ruin (Feller, An Introduction to Probability Theory, volume 1).

    Args:
        p: how often one vote is right, in [0, 1].
        k: the lead that decides, a whole number from 1.

    >>> expected_votes(0.5, 3), round(expected_votes(0.9, 3), 3), expected_votes(1.0, 3)
    (9.0, 3.74, 3.0)
    """
    one, lead = _check_race(p, k)
    better = np.maximum(one, 1 - one)  # the race is as long for 1-p
    odds = (1 - better) / better
    return plain(lead * geometric_sum(odds, lead) / (better * (1 + odds**lead)))


def chain_with_votes(p: ArrayLike, k: ArrayLike, steps: ArrayLike) -> Number:
    """How often a chain runs without an error when every step is decided by a race to k votes ahead.

    Formula: ``(1 + ((1-p)/p)^k)^(-s)``; the product law of p at k = 1.

    Args:
        p: how often one vote is right, in [0, 1].
        k: the lead that decides, a whole number from 1.
        steps: s, the steps of the chain, a whole number from 1.

    MAKER's run, 1,048,575 steps at an error rate of .0022 a step (the run itself made no error):

    >>> chain_with_votes(1 - 0.0022, [2, 3], 1_048_575).round(4).tolist()
    [0.0061, 0.9888]
    """
    one, lead = _check_race(p, k)
    count = whole("steps", steps, at_least=1)
    together(p=one, k=lead, steps=count)
    return plain(np.exp(count * _log_first(one, lead)))


def votes_needed(p: ArrayLike, steps: ArrayLike, target: ArrayLike) -> Number:
    """The smallest lead k with which a chain without an error is as likely as the target.

    Formula: ``k_min = ceil(ln(t^(-1/s) - 1) / ln((1-p)/p))``, at least 1; infinite where no lead is enough. At
    p of 1/2 or less a longer race never helps, so one vote is enough or nothing is.

    Args:
        p: how often one vote is right, in [0, 1].
        steps: s, the steps of the chain, a whole number from 1.
        target: t, the wanted success of the chain, in [0, 1].

    >>> votes_needed(1 - 0.0022, 1_048_575, 0.95), votes_needed(0.5, 10, 0.9)
    (3.0, inf)
    """
    one, wanted = probability("p", p), probability("target", target)
    count = whole("steps", steps, at_least=1)
    together(p=one, target=wanted, steps=count)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        allowed = np.log(np.expm1(-np.log(wanted) / count))  # of the log odds against one step
        guess = np.ceil(allowed / _log_odds_against(one))
    guess = np.where((one > 0.5) & (wanted < 1), np.maximum(guess, 1.0), 1.0)
    needed = np.full(np.broadcast_shapes(guess.shape, count.shape), np.inf)
    # The logarithms may miss by one in the last digit, so the neighbours decide; and a single vote may be enough.
    for lead in (guess + 1, guess, np.maximum(guess - 1, 1.0), np.ones(())):
        enough = np.exp(count * _log_first(one, lead)) >= wanted * (1 - ROUNDING)
        needed = np.where(enough, np.minimum(lead, needed), needed)
    return plain(np.where((wanted == 1) & (one < 1), np.inf, needed))


@by_value
class VotedChain(NamedTuple):
    """What a chain decided by votes takes: the lead, the votes in the mean, and their price."""

    k: Number
    votes: Number
    usd: Number


def voted_chain(p: ArrayLike, steps: ArrayLike, target: ArrayLike, usd_per_vote: ArrayLike) -> VotedChain:
    """The cheapest chain of races to k votes ahead that reaches a target, and what it costs in the mean.

    Formula: ``k = votes_needed``; votes ``s expected_votes(p, k)``; cost ``c`` times that. MAKER's ``c s k / (2p-1)``
    leaves out that a race may be lost. All three are infinite where no k is enough.

    Args:
        p: how often one vote is right, in [0, 1].
        steps: s, a whole number from 1.
        target: t, the wanted success of the chain, in [0, 1].
        usd_per_vote: c, the price of one call of the model, in USD, zero or more.

    >>> plan = voted_chain(0.99, 1000, 0.95, usd_per_vote=0.001)
    >>> plan.k, round(plan.votes, 1), round(plan.usd, 3)
    (3.0, 3061.2, 3.061)
    """
    k, price = np.asarray(votes_needed(p, steps, target)), non_negative("usd_per_vote", usd_per_vote)
    together(k=k, usd_per_vote=price)
    possible = np.isfinite(k)
    votes = np.asarray(expected_votes(p, np.where(possible, k, 1.0))) * np.asarray(steps, dtype=float)
    usd = np.where(possible, price * votes, np.inf)
    return VotedChain(plain(k), plain(np.where(possible, votes, np.inf)), plain(usd))


def _check_race(p: ArrayLike, k: ArrayLike) -> tuple[Array, Array]:
    one, lead = probability("p", p), whole("k", k, at_least=1)
    together(p=one, k=lead)
    return one, lead


def _log_odds_against(p: Array) -> Array:
    """``ln((1-p)/p)``: infinite at p = 0, minus infinite at p = 1."""
    with np.errstate(divide="ignore"):
        return np.log1p(-p) - np.log(p)


def _log_first(p: Array, k: Array) -> Array:
    """``ln(1 / (1 + ((1-p)/p)^k))``, which keeps its digits where the odds are tiny or huge."""
    return -np.logaddexp(0.0, k * _log_odds_against(p))
