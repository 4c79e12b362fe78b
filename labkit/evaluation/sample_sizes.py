"""How many tasks tell two designs apart, on the same tasks (paired) or on tasks of their own (unpaired).

Several tries of one task are no new tasks: n tries are worth ``n / BetaLaw.design_effect(n)`` tasks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, one_flag, plain, probability, together, whole
from .._series import Array, halve
from .normal import reaches, share_found, sum_and_difference


def paired_tasks_needed(
    only_first: ArrayLike, only_second: ArrayLike, power: float = 0.8, alpha: float = 0.05
) -> Number:
    """How many tasks a paired comparison needs to find a difference so often: a whole number, infinite where none is.

    Formula: ``((z_alpha sqrt(s) + z_power sqrt(s - d^2)) / d)^2``, rounded up, with the shares' sum s and their
    difference d. Source: Connor 1987 (Biometrics 43), for the test of McNemar 1947; two-sided. For many parting tasks;
    with few, ``exact_paired_power`` says what a test finds.

    Args:
        only_first, only_second: shares of the tasks that only one of the designs gets right, together at most 1.
        power: how often the difference shall be found, from 0.5 on, below 1.
        alpha: how often one may be found where there is none, between 0 and 1.

    >>> paired_tasks_needed(0.10, 0.05)  # ten points of the tasks gained, five lost
    469.0
    """
    parting, apart = sum_and_difference(only_first, only_second)
    z, more = reaches(alpha, power)
    reach = z * np.sqrt(parting) + more * np.sqrt(parting - apart**2)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        needed = np.ceil((reach / apart) ** 2 - 1e-9)
    return plain(np.where(apart == 0, np.inf, np.maximum(needed, 1.0)))


def paired_power(tasks: ArrayLike, only_first: ArrayLike, only_second: ArrayLike, alpha: float = 0.05) -> Number:
    """How often a paired comparison of so many tasks finds the difference, in [0, 1].

    Formula: ``Phi((d sqrt(n) - z sqrt(s)) / sqrt(s - d^2))`` and the same for -d. Source: Connor 1987, as above.

    Args:
        tasks: n, a whole number from 1.
        only_first, only_second, alpha: as in ``paired_tasks_needed``.

    >>> round(paired_power(469, 0.10, 0.05), 3), round(paired_power(100, 0.10, 0.05), 3)
    (0.8, 0.25)
    """
    n, (parting, apart) = whole("tasks", tasks, at_least=1), sum_and_difference(only_first, only_second)
    together(tasks=n, only_first=parting)
    bar, spread = reaches(alpha)[0] * np.sqrt(parting), np.sqrt(parting - apart**2)
    return plain(share_found(np.abs(apart) * np.sqrt(n), bar, spread))


def smallest_paired_difference(tasks: ArrayLike, parting: ArrayLike, power: float = 0.8, alpha: float = 0.05) -> Number:
    """The smallest difference that so many paired tasks find so often; infinite where they find none.

    Formula: ``sqrt(s) (z_alpha sqrt(n) + z_power sqrt(n + z_power^2 - z_alpha^2)) / (n + z_power^2)``, which is
    ``paired_tasks_needed`` solved for d. A difference cannot exceed the share on which the designs part.

    Args:
        tasks: n, a whole number from 1.
        parting: s, the share of the tasks that exactly one of the two designs gets right.
        power, alpha: as in ``paired_tasks_needed``.

    >>> round(smallest_paired_difference(500, 0.022), 4), smallest_paired_difference(5, 0.022)
    (0.0185, inf)
    """
    n, share = whole("tasks", tasks, at_least=1), probability("parting", parting)
    together(tasks=n, parting=share)
    z, more = reaches(alpha, power)
    left = n + more**2 - z**2
    least = np.sqrt(share) * (z * np.sqrt(n) + more * np.sqrt(np.maximum(left, 0))) / (n + more**2)
    return plain(np.where((left < 0) | (least > share) | (share == 0), np.inf, least))


def unpaired_tasks_needed(p_1: ArrayLike, p_2: ArrayLike, power: float = 0.8, alpha: float = 0.05) -> Number:
    """How many tasks *each* design needs, if they share none: a whole number, infinite where the two p are equal.

    Formula: ``((z_alpha sqrt(2 m (1-m)) + z_power sqrt(p1 (1-p1) + p2 (1-p2))) / (p1 - p2))^2``, rounded up, with the
    mean m of the two. Source: Fleiss, Levin and Paik 2003, "Statistical Methods for Rates and Proportions", eq. 4.14,
    without continuity correction; two-sided.

    Args:
        p_1, p_2: how often each design is right, in [0, 1].
        power, alpha: as in ``paired_tasks_needed``.

    >>> unpaired_tasks_needed(0.70, 0.75), unpaired_tasks_needed(0.5, 0.5)
    (1251.0, inf)
    """
    one, two, under_both, apart = _both_shares(p_1, p_2)
    z, more = reaches(alpha, power)
    reach = z * under_both + more * apart
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        needed = np.ceil((reach / (one - two)) ** 2 - 1e-9)
    return plain(np.where(one == two, np.inf, np.maximum(needed, 1.0)))


def unpaired_power(tasks: ArrayLike, p_1: ArrayLike, p_2: ArrayLike, alpha: float = 0.05) -> Number:
    """How often two shares of so many tasks each are told apart, in [0, 1].

    Formula: ``Phi((|p1 - p2| sqrt(n) - z sqrt(2 m (1-m))) / sqrt(p1 (1-p1) + p2 (1-p2)))`` and its other tail;
    alpha where the two are equal. Source: as in ``unpaired_tasks_needed``.

    Args:
        tasks: n of each design, a whole number from 1.
        p_1, p_2, alpha: as in ``unpaired_tasks_needed``.

    >>> round(unpaired_power(50, 0.8, 0.97), 2), round(unpaired_power(50, 0.8, 0.85), 2)
    (0.77, 0.1)
    """
    n, (one, two, under_both, apart) = whole("tasks", tasks, at_least=1), _both_shares(p_1, p_2)
    together(tasks=n, p_1=one + two)
    return plain(share_found(np.abs(one - two) * np.sqrt(n), reaches(alpha)[0] * under_both, apart))


def smallest_unpaired_difference(
    tasks: ArrayLike, p: ArrayLike, centred: bool = False, power: float = 0.8, alpha: float = 0.05
) -> Number:
    """The smallest difference that so many tasks each find so often; infinite where they find none.

    Formula: the d at which ``unpaired_tasks_needed(p, p + d)`` meets n, found by halving.

    Args:
        tasks: n of each design, a whole number from 1.
        p: how often the worse design is right; the better one is right p + d of the time.
        centred: p lies in the middle instead: the designs are right p - d/2 and p + d/2 of the time.
        power, alpha: as in ``unpaired_tasks_needed``.

    >>> round(smallest_unpaired_difference(50, 0.8), 3), round(smallest_unpaired_difference(50, 0.5, centred=True), 3)
    (0.175, 0.277)
    """
    n, share = whole("tasks", tasks, at_least=1), probability("p", p)
    together(tasks=n, p=share)
    z, more = reaches(alpha, power)
    middle = one_flag("centred", centred)
    most = 2 * np.minimum(share, 1 - share) if middle else 1 - share

    def missed(d: Array) -> Array:
        low = share - d / 2 if middle else share + 0 * d
        under_both, apart = _spreads(np.clip(low, 0, 1), np.minimum(low + d, 1.0))
        return np.asarray(z * under_both + more * apart > d * np.sqrt(n))

    high = most + np.zeros(n.shape)
    return plain(np.where(missed(high) | (high == 0), np.inf, halve(0 * high, high, missed, 60)[1]))


def _both_shares(p_1: ArrayLike, p_2: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """The two, checked, and their spreads."""
    one, two = probability("p_1", p_1), probability("p_2", p_2)
    together(p_1=one, p_2=two)
    return one, two, *_spreads(one, two)


def _spreads(one: Array, two: Array) -> tuple[Array, Array]:
    """The spread of a difference of two tasks if both had the mean p, and with the p they have."""
    mean = (one + two) / 2
    return np.sqrt(2 * mean * (1 - mean)), np.sqrt(one * (1 - one) + two * (1 - two))
