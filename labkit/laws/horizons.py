"""How long a task may be before success falls below a level: the horizon, in steps and in time.

A chain of equal steps fails at a constant rate. Where what has survived so far fails less often from then on, a
Weibull law with a shape below 1 falls more slowly at the end, and faster at the start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, above_zero, non_negative, plain, probability, together
from .._series import Array
from .._values import by_value


def horizon(p: ArrayLike, success: ArrayLike = 0.5) -> Number:
    """The number of steps at which a chain of equal steps succeeds with a given probability.

    Formula: ``H = ln s / ln p``, the product law turned round; not rounded. Infinite at p = 1 or s = 0.
    Source: Sinha et al. 2025, "The Illusion of Diminishing Returns".

    Args:
        p: in [0, 1].
        success: s, in [0, 1].

    >>> round(horizon(0.985), 1), round(horizon(0.99, 0.8), 1)
    (45.9, 22.2)
    """
    one, level = probability("p", p), probability("success", success)
    together(p=one, success=level)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.log(level) / np.log(one)
    return plain(np.where((one == 1) | (level == 0), np.inf, np.maximum(steps, 0.0)))


def survival(t: ArrayLike, half_life: ArrayLike, shape: ArrayLike = 1.0) -> Number:
    """How often a task of length t is done without a failure.

    Formula: ``S = 2^(-(t/T50)^shape)``, the Weibull law. Shape 1 is the constant hazard, which is the product law
    with ``T50 = horizon(p)``; below 1 the hazard falls with time. Source: Ord 2025, "Is there a half-life for the
    success rates of AI agents?" (reported as, at shape 1).

    Args:
        t: the length of the task, zero or more, in any unit of time or in steps.
        half_life: T50, the length at which half succeed, above 0, in the same unit.
        shape: above 0.

    >>> survival(60, 60), survival(120, 60), round(survival(240, 60, shape=0.5), 3)
    (0.5, 0.25, 0.25)
    """
    length, half, bend = non_negative("t", t), above_zero("half_life", half_life), above_zero("shape", shape)
    together(t=length, half_life=half, shape=bend)
    with np.errstate(over="ignore"):
        return plain(np.exp2(-np.power(length / half, bend)))


def time_at(success: ArrayLike, half_life: ArrayLike, shape: ArrayLike = 1.0) -> Number:
    """The length of task that succeeds with a given probability: T80, T99; 0 at s = 1, infinite at s = 0.

    Formula: ``t = T50 (log2(1/s))^(1/shape)``, the law of ``survival`` turned round.

    Args:
        success: s, in [0, 1].
        half_life: T50, above 0, in any unit, which is that of the answer.
        shape: above 0.

    >>> round(60 / time_at(0.8, 60), 2), round(60 / time_at(0.99, 60), 1)
    (3.11, 69.0)
    """
    level = probability("success", success)
    half, bend = above_zero("half_life", half_life), above_zero("shape", shape)
    together(success=level, half_life=half, shape=bend)
    with np.errstate(divide="ignore", over="ignore"):
        return plain(half * np.power(np.maximum(-np.log2(level), 0.0), 1 / bend))


def hazard(t: ArrayLike, half_life: ArrayLike, shape: ArrayLike = 1.0) -> Number:
    """The rate of failing at length t, in failures per unit, for a task that has gone well so far.

    Formula: ``h = ln 2 (shape / T50) (t/T50)^(shape-1)``, the slope of ``-ln S``. Constant at shape 1;
    infinite at t = 0 for a shape below 1. Source: the Weibull distribution.

    Args:
        t: zero or more, in any unit.
        half_life: T50, above 0, in the same unit.
        shape: above 0.

    >>> round(hazard(10, 60), 5), round(hazard(60, 60, 0.5), 5), round(hazard(240, 60, 0.5), 5)
    (0.01155, 0.00578, 0.00289)
    """
    length, half, bend = non_negative("t", t), above_zero("half_life", half_life), above_zero("shape", shape)
    together(t=length, half_life=half, shape=bend)
    with np.errstate(divide="ignore", over="ignore"):
        return plain(np.log(2) * bend / half * np.power(length / half, bend - 1))


@by_value
class Weibull(NamedTuple):
    """A half-life, in the unit it was measured in, and a shape: the arguments of ``survival`` and ``time_at``."""

    half_life: Number
    shape: Number


def weibull_through(t_1: ArrayLike, success_1: ArrayLike, t_2: ArrayLike, success_2: ArrayLike) -> Weibull:
    """The Weibull law through two measured points, for instance through a T80 and a T50.

    Formula: ``shape = ln(ln s_1 / ln s_2) / ln(t_1 / t_2)``, then ``T50 = t_1 (log2(1/s_1))^(-1/shape)``. A shape of
    1 says that the hazard is constant.

    Args:
        t_1: a length above 0, in any unit.
        success_1: between 0 and 1.
        t_2: a longer one, in the same unit.
        success_2: between 0 and success_1.

    >>> law = weibull_through(10, 0.8, 60, 0.5)
    >>> round(law.half_life, 9), round(law.shape, 3)
    (60.0, 0.633)
    """
    short, long = above_zero("t_1", t_1), above_zero("t_2", t_2)
    better, worse = _check_inside("success_1", success_1), _check_inside("success_2", success_2)
    together(t_1=short, t_2=long, success_1=better, success_2=worse)
    if np.any(short >= long) or np.any(better <= worse):
        raise ValueError(
            f"t_2 must be longer than t_1 and success_2 below success_1, got {short.flat[0]:g} with "
            f"{better.flat[0]:g} and {long.flat[0]:g} with {worse.flat[0]:g}"
        )
    shape = np.log(np.log(better) / np.log(worse)) / np.log(short / long)
    return Weibull(plain(short * np.power(-np.log2(better), -1 / shape)), plain(shape))


def _check_inside(name: str, value: ArrayLike) -> Array:
    """A probability that is neither 0 nor 1."""
    array = probability(name, value)
    at_an_end = (array == 0) | (array == 1)
    if np.any(at_an_end):
        raise ValueError(f"{name} must lie between 0 and 1, got {array[at_an_end].flat[0]:g}")
    return array
