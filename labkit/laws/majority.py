"""The majority of n votes on one question, where the questions are alike and where some are harder than others.

Votes count as right or wrong, and all wrong votes agree with each other. That is the worst case: wrong votes that
scatter over many answers do less harm. Two votes of one model on one question are independent only given how hard
the question is, which is why the mixed law differs from the plain one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, plain, probability, some, together, tolerance, whole
from .._series import Array
from .log_products import binomial_majority


def majority_vote(p: ArrayLike, n: ArrayLike) -> Number:
    """How often the majority of n independent votes is right; a fair coin breaks a tie.

    Formula: ``P(X > n/2) + P(X = n/2) / 2``, X ~ Binomial(n, p). By the coin an even n does as well as n - 1, and for
    n = 2m - 1 it is the regularised incomplete beta function ``I_p(m, m)``. It rises to 1 for p above 1/2 and falls
    to 0 below. Source: Condorcet 1785.

    Args:
        p: how often one vote is right, in [0, 1].
        n: votes, a whole number from 1.

    >>> round(majority_vote(0.6, 3), 3), round(majority_vote(0.6, 4), 3), round(majority_vote(0.4, 3), 3)
    (0.648, 0.648, 0.352)
    """
    one, votes = probability("p", p), whole("n", n, at_least=1)
    together(p=one, n=votes)
    return plain(binomial_majority(one, np.ceil(votes / 2)))


def majority_vote_mixed(p: ArrayLike, n: ArrayLike, weights: ArrayLike | None = None) -> Number:
    """How often the majority of n votes is right, over questions that are not equally hard.

    Formula: ``sum_d w_d majority_vote(p_d, n)``: votes are independent given the question. With easy questions
    (p above 1/2) and hard ones (below) it can rise and then fall as n grows, towards the share of easy questions.
    Source: Chen et al., NeurIPS 2024, "Are More LM Calls All You Need?" (reported as).

    Args:
        p: p_d along the last axis, one for each kind of question, in [0, 1].
        n: votes, a whole number from 1. Many n fit against what is left when the kinds are averaged.
        weights: w_d, the share of each kind along the last axis; they sum to 1. Equal where not given.

    >>> majority_vote_mixed([0.85, 0.4], [1, 3, 5, 31], [0.6, 0.4]).round(3).tolist()
    [0.67, 0.704, 0.711, 0.651]
    """
    kinds, votes = probability("p", some("p", p)), whole("n", n, at_least=1)
    shares = np.full(kinds.shape[-1], 1 / kinds.shape[-1]) if weights is None else _check_shares(weights)
    if shares.shape[-1] != kinds.shape[-1]:
        raise ValueError(f"weights must have one entry for each of the {kinds.shape[-1]} kinds, got {shares.shape[-1]}")
    together(p=kinds, weights=shares)
    together(p_averaged=kinds[..., 0], weights_averaged=shares[..., 0], n=votes)
    return plain(np.sum(shares * np.asarray(majority_vote(kinds, votes[..., None])), axis=-1))


def _check_shares(weights: ArrayLike) -> Array:
    shares = probability("weights", some("weights", weights))
    total = shares.sum(axis=-1, keepdims=True)
    off = np.ravel(abs(total - 1))
    if np.any(off > tolerance(weights, least=1e-9)):
        raise ValueError(f"weights must sum to 1, got {float(np.ravel(total)[np.argmax(off)]):.12g}")
    return np.where(abs(total - 1) > 1e-9, shares / total, shares)
