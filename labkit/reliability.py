"""How often a task succeeds: a product that punishes long chains, and what repairs it.

``p`` is always a probability in [0, 1]. Every function broadcasts like a numpy function.
The text's laws are here; what they leave out has a module for each idea in ``laws``, and is offered here too:
gates and errors that travel, tries that are not independent, votes, horizons, errors that breed errors.
A number out of its range, NaN, text or None, and arrays that do not fit together raise a ``ValueError`` that names
the argument and the value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._inputs import Number, plain, probability, some, together, whole
from ._series import at_least_one, geometric_sum
from .laws.correlated_tries import BetaLaw, fit_beta
from .laws.counts import Interval, pass_at_from_counts, pass_hat_from_counts, wilson_interval
from .laws.gates import CheckedChain, Escalated, Gated, checked_chain, escalated, gated
from .laws.horizons import Weibull, hazard, horizon, survival, time_at, weibull_through
from .laws.likelihood import fit_beta_counts
from .laws.majority import majority_vote, majority_vote_mixed
from .laws.own_errors import OwnErrors, self_conditioned
from .laws.vote_race import VotedChain, chain_with_votes, expected_votes, first_to_ahead, voted_chain, votes_needed

__all__ = [
    "BetaLaw", "CheckedChain", "Escalated", "Gated", "Interval", "OwnErrors", "VotedChain", "Weibull", "chain_success",
    "chain_with_votes", "checked_chain", "escalated", "expected_votes", "first_to_ahead", "fit_beta", "fit_beta_counts",
    "gated", "hazard", "horizon", "implied_p", "majority_vote", "majority_vote_mixed", "pass_at_from_counts",
    "pass_hat_from_counts", "product_law", "self_conditioned", "steps_until_below", "steps_with_early_stop", "survival",
    "time_at", "voted_chain", "votes_needed", "weibull_through", "wilson_interval", "with_detected_retry",
    "with_retries",
]  # fmt: skip


def product_law(p: ArrayLike) -> Number:
    """How often a chain succeeds that needs every step, where failures are independent.

    Formula: ``P = prod_s p_s`` (section, part 3).

    Args:
        p: p_s along the last axis, each in [0, 1], at least one step.

    >>> round(product_law([0.98] * 9 + [0.95]), 4)
    0.7921
    """
    return plain(probability("p", some("p", p)).prod(axis=-1))


def chain_success(p: ArrayLike, steps: ArrayLike) -> Number:
    """The product law where all steps are alike.

    Formula: ``P = p^S`` (section, part 3).

    Args:
        p: in [0, 1].
        steps: S, a whole number from 0.

    >>> round(chain_success(0.985, 12), 4)
    0.8341
    """
    base, count = probability("p", p), whole("steps", steps)
    together(p=base, steps=count)
    return plain(np.power(base, count))


def implied_p(success: ArrayLike, steps: ArrayLike) -> Number:
    """The p per step that a measured end-to-end success would mean, were the product law true.

    Formula: ``p = P^(1/S)``, the product law (section, part 3) turned round.

    Args:
        success: P, in [0, 1].
        steps: S, a whole number from 1.

    >>> round(implied_p(6 / 7, 30), 5)
    0.99487
    """
    whole_chain, count = probability("success", success), whole("steps", steps, at_least=1)
    together(success=whole_chain, steps=count)
    return plain(whole_chain ** (1 / count))


def steps_until_below(p: ArrayLike, target: ArrayLike) -> Number:
    """The smallest number of steps at which a chain's success falls below the target.

    Formula: the smallest whole S with ``p^S < target``; infinite where p = 1. Source: the product law.

    Args:
        p: in [0, 1].
        target: in (0, 1].

    >>> steps_until_below(0.985, 0.5), steps_until_below(0.5, 0.25)
    (46.0, 3.0)
    """
    base, floor = probability("p", p), probability("target", target)
    together(p=base, target=floor)
    if np.any(floor == 0):
        raise ValueError("target must be above 0, got 0: no chain falls below it")
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = np.maximum(np.floor(np.log(floor) / np.log(base)) - 1, 0.0)
    guess = np.where(base == 1, np.inf, np.where(base == 0, 0.0, guess))
    for _ in range(3):  # the logarithms may miss by one in the last digit, so the powers decide
        guess = guess + (np.power(base, guess) >= floor)
    return plain(guess)


def with_retries(p: ArrayLike, retries: ArrayLike) -> Number:
    """p of a step that is tried again when it fails: every failure noticed, every try independent.

    Formula: ``1 - (1-p)^(k+1)`` (section, part 3). ``with_detected_retry`` drops the two assumptions.

    Args:
        p: in [0, 1].
        retries: k, a whole number from 0.

    >>> round(with_retries(0.95, 1), 4)
    0.9975
    """
    base, tries = probability("p", p), whole("retries", retries) + 1
    together(p=base, retries=tries)
    return plain(at_least_one(base, tries))


def with_detected_retry(p: ArrayLike, detection: ArrayLike, recovery: ArrayLike) -> Number:
    """One retry when only some failures are noticed, and a retry succeeds at its own rate.

    Formula: ``p + (1-p) d r``. Equals the retry law at d = 1, r = p. Source: the law of total probability.

    Args:
        p: first attempt, in [0, 1].
        detection: d, the share of failures noticed (recall), in [0, 1].
        recovery: r, the success of a retry after a noticed failure, in [0, 1].

    >>> round(with_detected_retry(0.95, 1.0, 0.95), 4), round(with_detected_retry(0.95, 0.842, 0.95), 4)
    (0.9975, 0.99)
    """
    base, d, r = probability("p", p), probability("detection", detection), probability("recovery", recovery)
    together(p=base, detection=d, recovery=r)
    return plain(base + (1 - base) * d * r)


def steps_with_early_stop(
    good_enough: ArrayLike, steps: ArrayLike, recall: ArrayLike = 1.0, false_alarm: ArrayLike = 0.0
) -> Number:
    """Mean number of steps when the loop ends as soon as a judge says that the answer is good enough.

    Formula: ``E[steps] = (1 - (1-q)^S) / q`` with ``q = g s + (1-g) e``, which is S at q = 0. The judge says so of an
    answer that will do with probability s, and of one that will not with probability e. Source: truncated geometric
    distribution (the section names the lever, part 1, and gives no formula).

    Args:
        good_enough: g, the probability that the answer will do after a step, drawn afresh after each, in [0, 1].
        steps: S, the planned steps, a whole number from 1.
        recall: s, in [0, 1]; below 1 the loop stops too late.
        false_alarm: e, in [0, 1]; above 0 it sometimes stops too soon.

    >>> steps_with_early_stop(0.5, 3), steps_with_early_stop(0.0, 3), steps_with_early_stop(0.5, 3, recall=0.5)
    (1.75, 3.0, 2.3125)
    """
    enough, planned = probability("good_enough", good_enough), whole("steps", steps, at_least=1)
    noticed, mistaken = probability("recall", recall), probability("false_alarm", false_alarm)
    together(good_enough=enough, steps=planned, recall=noticed, false_alarm=mistaken)
    stops = enough * noticed + (1 - enough) * mistaken
    return plain(geometric_sum(1 - stops, planned, stops))
