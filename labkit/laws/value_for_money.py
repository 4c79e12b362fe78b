"""What a dollar buys, in several ways that need not agree.

``quality_per_dollar`` is P / Cost and ``cost_per_success`` Cost / P: one is the other turned round, so they always
put designs in the same order. The order can change as soon as one of them counts something the other leaves out:

- **A failure does damage.** Each success brings ``(1-P)/P`` failures with it. Their price weighs on the less
  reliable design, so a cheap one that leads in quality per dollar falls behind (``cost_per_success_with_damage``).
- **Partly right answers.** A mean score credits them; a cost per success counts only full marks
  (``score_per_dollar`` against ``cost_per_full_success``). With scores of 0 and 1 alone, the two agree again.
- **The mean of ratios.** Averaging each task's score per dollar weighs cheap tasks most, however many dollars the
  others burn (``mean_score_per_dollar``). Where all tasks cost the same it equals ``score_per_dollar``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, number, plain, probability, some, together

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


def cost_per_success(reliability: ArrayLike, usd: ArrayLike) -> Number:
    """Dollars per success when a failed task is bought again, until one succeeds.

    Formula: ``Cost / P``; infinite where P is zero. Source: the mean of a geometric distribution.

    Args:
        reliability: P, in [0, 1].
        usd: cost of a task, zero or more.

    >>> round(cost_per_success(0.985, 0.03), 5)
    0.03046
    """
    p, cost = probability("reliability", reliability), non_negative("usd", usd)
    together(reliability=p, usd=cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(p == 0, np.inf, cost / p))


def cost_per_success_with_damage(reliability: ArrayLike, usd: ArrayLike, usd_damage: ArrayLike) -> Number:
    """Dollars per success when each failure also does damage, and the task is bought again until one succeeds.

    Formula: ``(Cost + (1-P) D) / P``; infinite where P is zero. With D = 0 it is ``cost_per_success``. A success
    comes after ``(1-P)/P`` failures on average. Source: the mean of a geometric distribution.

    Args:
        reliability: P, in [0, 1].
        usd: cost of a task, zero or more.
        usd_damage: D, what a failure costs beside its calls, zero or more.

    Raises:
        ValueError: a number out of range.

    >>> cheap, dear = (0.6, 0.136), (0.83, 0.36)
    >>> [round(cost_per_success_with_damage(p, usd, 0.0), 3) for p, usd in (cheap, dear)]
    [0.227, 0.434]
    >>> [round(cost_per_success_with_damage(p, usd, 1.0), 3) for p, usd in (cheap, dear)]
    [0.893, 0.639]
    """
    p, cost = probability("reliability", reliability), non_negative("usd", usd)
    damage = non_negative("usd_damage", usd_damage)
    together(reliability=p, usd=cost, usd_damage=damage)
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(p == 0, np.inf, (cost + (1 - p) * damage) / p))


def score_per_dollar(scores: ArrayLike, usd: ArrayLike) -> Number:
    """Quality bought by a dollar over many recorded tasks: the ratio of the means.

    Formula: ``sum_i q_i / sum_i c_i``; infinite where all tasks were free. Source: the section's quality per
    dollar (part 4) with a mean score for P.

    Args:
        scores: q_i, the score of each task along the last axis, in [0, 1].
        usd: c_i, the cost of each task along the last axis, zero or more.

    Raises:
        ValueError: a number out of range, no tasks, or lists that do not fit together.

    >>> score_per_dollar([1.0, 0.5], [0.1, 0.4])
    3.0
    """
    score, cost = _check_tasks(scores, usd)
    return _divide_totals(score.sum(axis=-1), cost.sum(axis=-1))


def mean_score_per_dollar(scores: ArrayLike, usd: ArrayLike) -> Number:
    """The mean of each task's own score per dollar, which weighs cheap tasks most.

    Formula: ``(1/n) sum_i q_i / c_i``. It is no rate at which a budget is turned into quality: that is
    ``score_per_dollar``. Source: the mean of ratios.

    Args:
        scores: q_i, the score of each task along the last axis, in [0, 1].
        usd: c_i, the cost of each task along the last axis, above zero.

    Raises:
        ValueError: a number out of range, a free task, no tasks, or lists that do not fit together.

    >>> mean_score_per_dollar([1.0, 0.5], [0.1, 0.4])
    5.625
    """
    score, cost = _check_tasks(scores, usd)
    if np.any(cost == 0):
        raise ValueError("usd must be above zero for each task, got 0: a free task has no score per dollar")
    return plain((score / cost).mean(axis=-1))


def cost_per_full_success(scores: ArrayLike, usd: ArrayLike) -> Number:
    """Dollars per task with full marks over many recorded tasks; partly right answers count as failures.

    Formula: ``sum_i c_i / #{i: q_i = 1}``; infinite where no task has full marks. Source: ``cost_per_success``
    with the observed share of full marks for P.

    Args:
        scores: q_i, the score of each task along the last axis, in [0, 1].
        usd: c_i, the cost of each task along the last axis, zero or more.

    Raises:
        ValueError: a number out of range, no tasks, or lists that do not fit together.

    >>> cost_per_full_success([1.0, 0.5], [0.1, 0.4])
    0.5
    """
    score, cost = _check_tasks(scores, usd)
    return _divide_totals(cost.sum(axis=-1), (score == 1).sum(axis=-1))


def profit(
    value_usd: ArrayLike,
    reliability: ArrayLike,
    usd: ArrayLike,
    wrong: ArrayLike = 0.0,
    damage_usd: ArrayLike = 0.0,
    refused: ArrayLike = 0.0,
    refusal_usd: ArrayLike = 0.0,
) -> Number:
    """USD that a task earns: what a success is worth, less what failures do and what the calls cost.

    A failure that is delivered and one that is refused are two things: the first does damage, the second asks for
    somebody else. By default neither costs anything beside the calls.

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
        ValueError: a number out of range, or three probabilities that sum to more than 1.

    >>> round(profit(1.0, 0.985, 0.03), 3)
    0.955
    >>> delivered, refused = profit(1.0, 0.9, 0.4, wrong=0.1, damage_usd=2.0), profit(1.0, 0.9, 0.4, refused=0.1)
    >>> round(delivered, 2), round(refused, 2)
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


def _check_tasks(scores: ArrayLike, usd: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Scores and dollars of the same tasks."""
    score, cost = probability("scores", some("scores", scores)), non_negative("usd", some("usd", usd))
    if score.shape[-1] != cost.shape[-1]:
        raise ValueError(
            f"scores and usd must have an entry for each task, got {score.shape[-1]} scores and {cost.shape[-1]} prices"
        )
    together(scores=score, usd=cost)
    score, cost = np.broadcast_arrays(score, cost)
    return score, cost


def _divide_totals(above: np.ndarray, below: np.ndarray) -> Number:
    """A quotient; infinite where the divisor is zero."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(below == 0, np.inf, above / below))
