"""Two designs at the same spend: what the cheap one reaches with as many tries as one of the dear one would buy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, together
from .._values import by_value
from ..laws.correlated_tries import BetaLaw

MOST_TRIES = 1_000


@by_value
class EqualSpend(NamedTuple):
    """The cheap design at the dear one's spend.

    Attributes:
        tries: how many tries of a task the spend buys; a fraction is the share of tasks with one more.
        reached: how often one of them is right: pass@k, with a check that picks the right one.
        if_independent: the same number of tries, if each were a fresh draw.
        gain: reached, less the dear design's p.
    """

    tries: Number
    reached: Number
    if_independent: Number
    gain: Number


def at_equal_spend(law: BetaLaw, a_try: ArrayLike, dear_p: ArrayLike, dear: ArrayLike) -> EqualSpend:
    """Several tries of a cheap design against one of a dear one, at the same spend for a task.

    It takes for granted that a check picks a right answer among the tries, if there is one, and that tries follow the
    beta law. Without such a check only a vote is left (``reliability.majority``).

    Formula: ``k = dear / a_try`` tries, at most 1,000; pass@k as in ``BetaLaw.pass_at``. Source: Kapoor et al. 2024,
    "AI Agents That Matter", arXiv 2407.01502, who ask for such comparisons.

    Args:
        law: p and correlation of the cheap design's tries, one number each.
        a_try: USD, tokens or seconds that one of them takes, its check included, above 0.
        dear_p: how often the dear design is right, in [0, 1].
        dear: what it takes for a task, in the same unit, zero or more.

    >>> found = at_equal_spend(BetaLaw(0.5, 0.4), 0.01, 0.75, 0.03)
    >>> round(found.tries, 1), round(found.reached, 3), round(found.if_independent, 3), round(found.gain, 3)
    (3.0, 0.725, 0.875, -0.025)
    """
    p, each, spend = probability("dear_p", dear_p), non_negative("a_try", a_try), non_negative("dear", dear)
    together(a_try=each, dear_p=p, dear=spend)
    if np.any(each == 0):
        raise ValueError("a_try must be above 0, got 0: tries that are free need no comparison")
    if not isinstance(law, BetaLaw) or np.ndim(law.p) or np.ndim(law.correlation):
        raise ValueError(f"law must be a BetaLaw of one p and one correlation, got {law!r:.80}")
    k = np.arange(MOST_TRIES + 1)
    solved, fresh = (np.concatenate([[0.0], np.ravel(one.pass_at(k[1:]))]) for one in (law, BetaLaw(law.p, 0.0)))
    tries = np.minimum(spend / each, MOST_TRIES)
    reached, at_best = np.interp(tries, k, solved), np.interp(tries, k, fresh)
    return EqualSpend(*(plain(np.asarray(x)) for x in (tries, reached, at_best, reached - p)))
