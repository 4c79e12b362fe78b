"""Cascades: ask the cheapest model first, and the next one only when its answer is rejected."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, some, together
from .._values import by_value


@by_value
class JudgedCascade(NamedTuple):
    """A cascade's mean cost in USD, how often its answer is right, and the share of tasks that each model sees."""

    usd: Number
    p: Number
    reached: np.ndarray


def cascade(costs: ArrayLike, reject: ArrayLike) -> Number:
    """Mean USD of a task that goes from model to model until an answer is accepted.

    Formula: ``sum_i c_i prod_{j<i} P(reject_j)``. With nothing rejected it is the first model's price, with all
    rejected the sum. Source: Chen et al. 2023, "FrugalGPT".

    Args:
        costs: c_i, USD of each model along the last axis, in the order in which they are asked, zero or more.
        reject: P(reject_j): how often an answer of each model **but the last** is rejected, among the tasks that
            reach it, along the last axis, in [0, 1]. The last model's answer is always taken.

    >>> round(cascade([0.002, 0.03], [0.1]), 6), cascade([0.03], [])
    (0.005, 0.03)
    """
    price = non_negative("costs", some("costs", costs))
    rate = np.atleast_1d(probability("reject", reject))
    _check_one_fewer("reject", rate, price)
    return plain((price * _share_reached(rate)).sum(axis=-1))


def judged_cascade(costs: ArrayLike, p: ArrayLike, detection: ArrayLike, false_alarm: ArrayLike = 0.0) -> JudgedCascade:
    """Cost and accuracy of a cascade whose judge notices wrong answers, and sometimes rejects right ones.

    Formula: ``P(reject_i) = (1-p_i) d_i + p_i f_i``, and ``P = sum_i reached_i p_i (1-f_i)`` with f = 0 for the last
    model, whose answer is always taken. Every p_i is the model's success **on the tasks that reach it**. Those
    are the harder ones, so a p measured on all tasks makes the cascade look better than it is. Source: Chen et al.
    2023, "FrugalGPT", with acceptance split by right and wrong answers.

    Args:
        costs: c_i, USD of each model along the last axis (the judge's price included), zero or more.
        p: p_i, probability that each model is right on the tasks that reach it, in [0, 1].
        detection: d_i, the share of wrong answers rejected, of each model but the last, in [0, 1].
        false_alarm: f_i, the share of right answers rejected, of each model but the last, in [0, 1].
            One number for ``detection`` or ``false_alarm`` holds for all models.

    >>> both = judged_cascade([0.002, 0.03], [0.945, 0.985], detection=0.738)
    >>> round(both.usd, 4), round(both.p, 3)
    (0.0032, 0.985)
    """
    price, right = non_negative("costs", some("costs", costs)), probability("p", some("p", p))
    if right.shape[-1] != price.shape[-1]:
        raise ValueError(f"p must have one entry for each of the {price.shape[-1]} models, got {right.shape[-1]}")
    together(costs=price, p=right)
    price, right = np.broadcast_arrays(price, right)
    noticed = _spread_to_all_but_last("detection", detection, price)
    alarm = _spread_to_all_but_last("false_alarm", false_alarm, price)
    together(detection=noticed, false_alarm=alarm, p=right[..., :-1])
    reached = _share_reached((1 - right[..., :-1]) * noticed + right[..., :-1] * alarm)
    kept = np.concatenate([1 - alarm, np.ones((*alarm.shape[:-1], 1))], axis=-1)
    usd, accuracy = np.broadcast_arrays((price * reached).sum(axis=-1), (reached * right * kept).sum(axis=-1))
    return JudgedCascade(plain(usd), plain(accuracy), reached)


def _share_reached(reject: np.ndarray) -> np.ndarray:
    """The share of tasks that each model sees: all, then those that every model before it had rejected."""
    first = np.ones((*reject.shape[:-1], 1))
    return np.concatenate([first, np.cumprod(reject, axis=-1)], axis=-1)


def _spread_to_all_but_last(name: str, value: ArrayLike, price: np.ndarray) -> np.ndarray:
    """One probability for each model but the last; one number is spread over all of them."""
    rate = probability(name, value)
    if rate.ndim == 0:
        rate = np.full(price.shape[-1] - 1, float(rate))
    _check_one_fewer(name, rate, price)
    return rate


def _check_one_fewer(name: str, rate: np.ndarray, price: np.ndarray) -> None:
    models = price.shape[-1]
    if rate.shape[-1] != models - 1:
        raise ValueError(
            f"{name} must have one entry for each model but the last, {models - 1} for {models} models, "
            f"got {rate.shape[-1]}"
        )
    together(costs=price[..., :-1], **{name: rate})
