"""Looking early without cheating: a few planned looks with a bar for each, or evidence that may be read at any time.

What a planned look sees is a sum of differences, which grows by about one normal step from look to look. What may be
read at any time is a bet: if the designs are equal, each parting task is a fair coin, and a fair bet that starts with 1
reaches 20 at any time in at most one of 20 runs (Ville 1939).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import one_whole, probability
from .._series import Array, halve
from .._values import by_value
from .normal import log_factorials, normal_cdf, reaches, within

MOST_LOOKS = 50
NODES, WEIGHTS = np.polynomial.legendre.leggauss(80)
HALVINGS = 50


@by_value
class GroupPlan(NamedTuple):
    """A comparison that is looked at several times and may stop at each look.

    Attributes:
        bars: at which z (difference over its standard error) it stops, at each look.
        most: tasks if it goes to the end, in units of what one look at the end needs.
        mean_if_equal: the mean tasks where the designs are equal, in the same unit.
        mean_if_different: the mean tasks where they differ as planned.
    """

    bars: Array
    most: float
    mean_if_equal: float
    mean_if_different: float


def false_alarms_of_peeking(looks: int, alpha: float = 0.05) -> float:
    """How often equal designs look different at one of several looks, each held to the bar that is meant for one.

    Formula: the recursion of Armitage, McPherson and Rowe 1969 (JRSS A 132), for evenly spaced looks.

    Args:
        looks: how often one looks, a whole number from 1 to 50; the last look is at all tasks.
        alpha: the two-sided level of a single look.

    >>> [round(false_alarms_of_peeking(k), 3) for k in (1, 2, 5, 10)]
    [0.05, 0.083, 0.142, 0.193]
    """
    k = one_whole("looks", looks, at_least=1)
    within("looks", np.asarray(k), "the most, 50", np.asarray(MOST_LOOKS))
    return float(_stop_shares(np.full(k, reaches(alpha)[0]), 0.0).sum())


def group_sequential(looks: int, alpha: float = 0.05, power: float = 0.8) -> GroupPlan:
    """A plan of K looks that finds the planned difference so often: its bars, and what it takes in tasks.

    Formula: bars of ``c sqrt(K / k)`` at look k, with c from the recursion above. Source: O'Brien and Fleming 1979
    (Biometrics 35); Jennison and Turnbull 2000, "Group Sequential Methods with Applications to Clinical Trials".

    Args:
        looks: K evenly spaced looks, a whole number from 1 to 50.
        alpha: how often one of them may stop where nothing differs.
        power: how often the planned difference shall be found, from 0.5 on, below 1.

    >>> plan = group_sequential(5)
    >>> plan.bars.round(2).tolist(), round(plan.most, 3), round(plan.mean_if_different, 2)
    ([4.56, 3.23, 2.63, 2.28, 2.04], 1.028, 0.82)
    """
    k, single = one_whole("looks", looks, at_least=1), sum(reaches(alpha, power))
    within("looks", np.asarray(k), "the most, 50", np.asarray(MOST_LOOKS))
    shape, bonferroni = np.sqrt(k / np.arange(1, k + 1)), np.asarray(reaches(alpha / k)[0] + 1e-9)
    low, high = np.asarray(reaches(alpha)[0]), np.asarray(single / np.sqrt(k))
    bars = shape * halve(low, bonferroni, lambda bar: _stop_shares(bar * shape, 0.0).sum() > alpha, HALVINGS)[1]
    drift = float(halve(high / 2, 3 * high, lambda drift: _stop_shares(bars, drift).sum() < power, HALVINGS)[1])
    most = k * drift**2 / single**2
    looks_taken = (1 + (1 - np.cumsum(_stop_shares(bars, each))[:-1]).sum() for each in (0.0, drift))
    return GroupPlan(bars, most, *(most / k * float(mean) for mean in looks_taken))


def always_valid_p(first_right: ArrayLike, second_right: ArrayLike) -> Array:
    """The p-value after each task, which may be looked at every time: 1 over the most that a fair bet has reached.

    Formula: after x and y wins on m = x + y parting tasks a bet of 1 on all coins q alike, the mean of ``(2q)^x
    (2-2q)^y``, has become ``2^m x! y! / (m+1)!``. Source: the mixture of Robbins 1970 (Annals of Mathematical
    Statistics 41); as a bet: Waudby-Smith and Ramdas 2024 (JRSS B 86).

    Args:
        first_right: whether the first design was right, a 0 or 1 for each task in the order they were run.
        second_right: the same of the second design, on the same tasks.

    >>> always_valid_p([1] * 8, [0] * 8).round(3).tolist()
    [1.0, 0.75, 0.5, 0.312, 0.188, 0.109, 0.063, 0.035]
    """
    first, second = _zeros_and_ones("first_right", first_right), _zeros_and_ones("second_right", second_right)
    if first.shape != second.shape:
        raise ValueError(f"second_right must be of the same tasks as first_right, got {second.size} and {first.size}")
    wins, losses = np.cumsum(first * (1 - second)), np.cumsum(second * (1 - first))
    m = (wins + losses).astype(int)
    logs = log_factorials(int(m[-1]) + 1)
    bet = m * np.log(2) + logs[wins.astype(int)] + logs[losses.astype(int)] - logs[m + 1]
    return np.asarray(np.exp(-np.maximum.accumulate(np.maximum(bet, 0.0))))


def _stop_shares(bars: Array, drift: float | Array) -> Array:
    """How often it stops first at look 1, 2, ...: the density of the sum over what has not stopped, step by step."""
    ends = bars * np.sqrt(np.arange(1, bars.size + 1))
    stops = [_outside(ends[0], np.array([0.0]), drift)[0]]
    points, masses = NODES * ends[0], WEIGHTS * ends[0] * _density(NODES * ends[0] - drift)
    for end in ends[1:]:
        stops.append(float(masses @ _outside(end, points, drift)))
        moved = _density(NODES[:, None] * end - points - drift) @ masses
        points, masses = NODES * end, WEIGHTS * end * moved
    return np.array(stops)


def _outside(end: float, points: Array, drift: float | Array) -> Array:
    """How often the next step leaves the interval from -end to end."""
    return np.asarray(normal_cdf(points + drift - end) + normal_cdf(-end - points - drift))


def _density(z: Array) -> Array:
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))


def _zeros_and_ones(name: str, value: ArrayLike) -> Array:
    given = np.asarray(value)
    right = probability(name, given.astype(float) if given.dtype == bool else value)
    if right.ndim != 1 or right.size == 0 or np.any((right != 0) & (right != 1)):
        raise ValueError(f"{name} must be a 0 or 1 for each task, got {np.shape(value)} numbers, not all of them such")
    return right
