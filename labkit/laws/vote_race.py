"""The race of votes: ask until one answer is k votes ahead of the other, at every call of a chain.

Votes are independent and count as right or wrong; all wrong votes agree with each other, which is the worst case.
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

    Formula: ``1 / (1 + ((1-p)/p)^k)``, the gambler's ruin from the middle. Equals p at k = 1. Source: Meyerson et
    al. 2025 (MAKER), arXiv 2511.09030.

    Args:
        p: how often one vote is right, in [0, 1].
        k: the lead that decides, a whole number from 1.

    Raises:
        ValueError: a p outside [0, 1], a k below 1, NaN.

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

    Raises:
        ValueError: a p outside [0, 1], a k below 1, NaN.

    >>> expected_votes(0.5, 3), round(expected_votes(0.9, 3), 3), expected_votes(1.0, 3)
    (9.0, 3.74, 3.0)
    """
    one, lead = _check_race(p, k)
    better = np.maximum(one, 1 - one)  # the race is as long for 1-p
    odds = (1 - better) / better
    return plain(lead * geometric_sum(odds, lead) / (better * (1 + odds**lead)))


def chain_with_votes(p: ArrayLike, k: ArrayLike, steps: ArrayLike, steps_per_call: ArrayLike = 1) -> Number:
    """How often a chain runs without an error when every call is decided by a race to k votes ahead.

    Formula: ``(1 + ((1-p)/p)^k)^(-s/m)``; the product law of p at k = 1. Where m does not divide s, the last call
    does what is left, so s/m is rounded up. Source: Meyerson et al. 2025 (MAKER), arXiv 2511.09030.

    Args:
        p: how often one vote is right about all the steps of its call, in [0, 1].
        k: the lead that decides, a whole number from 1.
        steps: s, the steps of the chain, a whole number from 1.
        steps_per_call: m, a whole number from 1.

    Raises:
        ValueError: a number out of range, NaN.

    MAKER's run, 1,048,575 steps at an error rate of .0022 a step (the run itself made no error):

    >>> round(chain_with_votes(1 - 0.0022, 3, 1_048_575), 4), round(chain_with_votes(1 - 0.0022, 2, 1_048_575), 4)
    (0.9888, 0.0061)
    """
    one, lead = _check_race(p, k)
    calls = _count_calls(steps, steps_per_call)
    together(p=one, k=lead, calls=calls)
    return plain(np.exp(calls * _log_first(one, lead)))


def votes_needed(p: ArrayLike, steps: ArrayLike, target: ArrayLike, steps_per_call: ArrayLike = 1) -> Number:
    """The smallest lead k with which a chain without an error is as likely as the target.

    Formula: ``k_min = ceil(ln(t^(-m/s) - 1) / ln((1-p)/p))``, at least 1; infinite where no lead is enough. At
    p of 1/2 or less a longer race never helps, so one vote is enough or nothing is. Source: Meyerson et al. 2025
    (MAKER), arXiv 2511.09030.

    Args:
        p: how often one vote is right about all the steps of its call, in [0, 1].
        steps: s, the steps of the chain, a whole number from 1.
        target: t, the wanted success of the chain, in [0, 1].
        steps_per_call: m, a whole number from 1.

    Raises:
        ValueError: a number out of range, NaN.

    >>> votes_needed(1 - 0.0022, 1_048_575, 0.95), votes_needed(0.5, 10, 0.9)
    (3.0, inf)
    """
    one, wanted = probability("p", p), probability("target", target)
    calls = _count_calls(steps, steps_per_call)
    together(p=one, target=wanted, calls=calls)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        allowed = np.log(np.expm1(-np.log(wanted) / calls))  # of the log odds against one call
        guess = np.ceil(allowed / _log_odds_against(one))
    guess = np.where((one > 0.5) & (wanted < 1), np.maximum(guess, 1.0), 1.0)
    needed = np.full(np.broadcast_shapes(guess.shape, calls.shape), np.inf)
    # The logarithms may miss by one in the last digit, so the neighbours decide; and a single vote may be enough.
    for lead in (guess + 1, guess, np.maximum(guess - 1, 1.0), np.ones(())):
        enough = np.exp(calls * _log_first(one, lead)) >= wanted * (1 - ROUNDING)
        needed = np.where(enough, np.minimum(lead, needed), needed)
    return plain(np.where((wanted == 1) & (one < 1), np.inf, needed))


@by_value
class VotedChain(NamedTuple):
    """What a chain decided by votes takes: the lead, the votes in the mean, and their price."""

    k: Number
    votes: Number
    usd: Number


def voted_chain(
    p: ArrayLike,
    steps: ArrayLike,
    target: ArrayLike,
    usd_per_vote: ArrayLike,
    steps_per_call: ArrayLike = 1,
    valid: ArrayLike = 1.0,
) -> VotedChain:
    """The cheapest chain of races to k votes ahead that reaches a target, and what it costs in the mean.

    Formula: ``k = votes_needed``; votes ``(s/m) expected_votes(p, k) / v``; cost ``c`` times that. MAKER's
    ``c s k / (v (2p-1))`` (at m = 1) leaves out that a race may be lost. All three are infinite where no k is
    enough. Source: Meyerson et al. 2025 (MAKER), arXiv 2511.09030, with the mean of the race exact.

    Args:
        p: how often one valid vote is right about all the steps of its call, in [0, 1].
        steps: s, a whole number from 1.
        target: t, the wanted success of the chain, in [0, 1].
        usd_per_vote: c, the price of one call of the model, in USD, zero or more.
        steps_per_call: m, a whole number from 1.
        valid: v, the share of votes that are not thrown away, in (0, 1].

    Raises:
        ValueError: a number out of range, no vote valid, NaN.

    >>> plan = voted_chain(0.99, 1000, 0.95, usd_per_vote=0.001)
    >>> plan.k, round(plan.votes, 1), round(plan.usd, 3)
    (3.0, 3061.2, 3.061)
    """
    k = np.asarray(votes_needed(p, steps, target, steps_per_call))
    price, kept = non_negative("usd_per_vote", usd_per_vote), probability("valid", valid)
    if np.any(kept == 0):
        raise ValueError("valid must be above 0, got 0: no vote would ever count")
    together(k=k, usd_per_vote=price, valid=kept)
    possible = np.isfinite(k)
    votes = np.asarray(expected_votes(p, np.where(possible, k, 1.0))) * _count_calls(steps, steps_per_call) / kept
    usd = np.where(possible, price * votes, np.inf)
    return VotedChain(plain(k), plain(np.where(possible, votes, np.inf)), plain(usd))


def _check_race(p: ArrayLike, k: ArrayLike) -> tuple[Array, Array]:
    one, lead = probability("p", p), whole("k", k, at_least=1)
    together(p=one, k=lead)
    return one, lead


def _count_calls(steps: ArrayLike, steps_per_call: ArrayLike) -> Array:
    count, size = whole("steps", steps, at_least=1), whole("steps_per_call", steps_per_call, at_least=1)
    together(steps=count, steps_per_call=size)
    return np.ceil(count / size)


def _log_odds_against(p: Array) -> Array:
    """``ln((1-p)/p)``: infinite at p = 0, minus infinite at p = 1."""
    with np.errstate(divide="ignore"):
        return np.log1p(-p) - np.log(p)


def _log_first(p: Array, k: Array) -> Array:
    """``ln(1 / (1 + ((1-p)/p)^k))``, which keeps its digits where the odds are tiny or huge."""
    return -np.logaddexp(0.0, k * _log_odds_against(p))
