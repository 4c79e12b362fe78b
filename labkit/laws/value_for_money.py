"""What a dollar buys: successes a dollar, dollars a success, and what a task earns.

``quality_per_dollar`` is P / Cost and ``cost_per_success`` Cost / P: one is the other turned round, so they always
put designs in the same order. The order can change as soon as a failure does damage: each success brings ``(1-P)/P``
failures with it, and their price weighs on the less reliable design.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, number, plain, probability, together

ROUNDING = 1e-9


def quality_per_dollar(reliability: ArrayLike, usd: ArrayLike) -> Number:
    """Successes bought by a dollar (section, part 4).

    Formula: ``P / Cost``; infinite where the cost is zero.

    Args:
        reliability: P, in [0, 1].
        usd: cost of a task, zero or more.

    >>> round(quality_per_dollar(0.985, 0.03), 1), quality_per_dollar(0.985, 0.0)
    (32.8, inf)
    """
    p, cost = probability("reliability", reliability), non_negative("usd", usd)
    together(reliability=p, usd=cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(cost == 0, np.inf, p / cost))


def cost_per_success(reliability: ArrayLike, usd: ArrayLike, usd_damage: ArrayLike = 0.0) -> Number:
    """Dollars per success when a failed task is bought again, until one succeeds.

    Formula: ``(Cost + (1-P) D) / P``; infinite where P is zero. Source: the mean of a geometric distribution.

    Args:
        reliability: P, in [0, 1].
        usd: cost of a task, zero or more.
        usd_damage: D, what each failure costs beside its calls, zero or more.

    A routed chain is the cheaper one until a failure costs a dollar:

    >>> [round(cost_per_success(p, usd, 1.0), 3) for p, usd in ((0.6, 0.136), (0.83, 0.36))]
    [0.893, 0.639]
    """
    p, cost, damage = (
        probability("reliability", reliability), non_negative("usd", usd), non_negative("usd_damage", usd_damage),
    )  # fmt: skip
    together(reliability=p, usd=cost, usd_damage=damage)
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(p == 0, np.inf, (cost + (1 - p) * damage) / p))


def profit(
    value_usd: ArrayLike, reliability: ArrayLike, usd: ArrayLike, wrong: ArrayLike = 0.0, damage_usd: ArrayLike = 0.0,
    refused: ArrayLike = 0.0, refusal_usd: ArrayLike = 0.0,
) -> Number:  # fmt: skip
    """USD that a task earns: what a success is worth, less what failures do and what the calls cost.

    Formula: ``V P - D W - H R - Cost``. Source: an expectation over the three ways in which a task may end.

    Args:
        value_usd: V, USD that a success is worth, any finite number.
        reliability: P, how often the task ends right, in [0, 1].
        usd: cost of the task, zero or more.
        wrong: W, how often it delivers a wrong answer, in [0, 1].
        damage_usd: D, USD of damage that a wrong answer does where it is delivered, zero or more.
        refused: R, how often it ends refused, in [0, 1].
        refusal_usd: H, USD that a refusal costs: the person to whom the task is escalated, or a customer who goes.

    Raises:
        ValueError: three probabilities that sum to more than 1.

    >>> round(profit(1.0, 0.9, 0.4, wrong=0.1, damage_usd=2.0), 2), round(profit(1.0, 0.9, 0.4, refused=0.1), 2)
    (0.3, 0.5)
    """
    value, p, cost = number("value_usd", value_usd), probability("reliability", reliability), non_negative("usd", usd)
    harmed, stopped = probability("wrong", wrong), probability("refused", refused)
    damage, refusal = non_negative("damage_usd", damage_usd), non_negative("refusal_usd", refusal_usd)
    together(value_usd=value, reliability=p, usd=cost, wrong=harmed, damage_usd=damage, refused=stopped,
             refusal_usd=refusal)  # fmt: skip
    total = np.asarray(p + harmed + stopped)
    if np.any(total > 1 + ROUNDING):
        raise ValueError(f"reliability, wrong and refused must sum to at most 1, got {float(total.max()):g}")
    return plain(value * p - damage * harmed - refusal * stopped - cost)
