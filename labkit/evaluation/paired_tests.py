"""McNemar's test: of the tasks on which two designs part, does one win more than a fair coin would?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, one_of, one_whole, plain, together, whole
from .._series import Array
from .._values import by_value
from .normal import binomial_shares, log_factorials, reaches, sum_and_difference, within

MOST_TASKS, MOST_COUNTED = 20_000, 1_000_000
UNLIKELY = 1e-15


@by_value
class McNemar(NamedTuple):
    """How often a fair coin parts at least so far: ``exact`` never says too little, ``mid_p`` is near on average."""

    exact: Number
    mid_p: Number


def mcnemar(only_first: ArrayLike, only_second: ArrayLike) -> McNemar:
    """The two p-values of McNemar's test, two-sided.

    Formula: with x the smaller count and m the sum, ``2 P(X <= x)`` for ``X ~ Binomial(m, 1/2)``, at most 1; the
    mid-p value counts half of ``P(X = x)``. Source: McNemar 1947 (Psychometrika 12); mid-p: Fagerland, Lydersen and
    Laake 2013 (BMC Medical Research Methodology 13:91), who recommend it.

    Args:
        only_first, only_second: tasks that only one of the designs got right, counts, together at most a million.

    >>> [round(p, 4) for p in mcnemar(9, 2)]
    [0.0654, 0.0386]
    """
    first, second = whole("only_first", only_first), whole("only_second", only_second)
    together(only_first=first, only_second=second)
    first, second = np.broadcast_arrays(first, second)
    within("only_first + only_second", first + second, "a million", np.asarray(MOST_COUNTED))
    logs, both = log_factorials(int(np.max(first + second, initial=0))), np.stack([first, second], -1).astype(int)
    values = np.array([_two_p_values(a, b, logs) for a, b in both.reshape(-1, 2).tolist()]).reshape(both.shape)
    return McNemar(plain(values[..., 0]), plain(values[..., 1]))


def exact_paired_power(
    tasks: int, only_first: float, only_second: float, alpha: float = 0.05, test: str = "mid_p"
) -> float:
    """How often McNemar's test on so many tasks finds the difference, every possible count added up.

    Formula: the sum over m of Binomial(n, s) and, of these, of the splits that the test rejects.

    Args:
        tasks: n, a whole number from 1 to 20,000.
        only_first, only_second: shares of the tasks that only one of the designs gets right; one number each.
        alpha: the two-sided level.
        test: ``"mid_p"`` or ``"exact"``.

    >>> round(exact_paired_power(500, 0.018, 0.004), 3), round(exact_paired_power(500, 0.018, 0.004, test="exact"), 3)
    (0.564, 0.463)
    """
    n, kind = one_whole("tasks", tasks, at_least=1), one_of("test", test, McNemar._fields)
    within("tasks", np.asarray(n), "the most, 20,000 (paired_power takes any)", np.asarray(MOST_TASKS))
    parting, apart = sum_and_difference(only_first, only_second)
    if parting.ndim:
        raise ValueError(f"only_first and only_second must be one number each, got {only_first} and {only_second}")
    reaches(alpha)
    logs, share = log_factorials(n), float(parting)
    first = 0.5 if share == 0 else (share + float(apart)) / 2 / share
    found = 0.0
    for m, weight in enumerate(binomial_shares(n, share, logs)):
        if weight > UNLIKELY:
            most = _last_rejected(m, alpha, kind, logs)
            chances = binomial_shares(m, first, logs)
            found += float(weight * (chances[: most + 1].sum() + chances[m - most :].sum())) if most >= 0 else 0.0
    return min(found, 1.0)


def _last_rejected(m: int, alpha: float, test: str, logs: Array) -> int:
    """The largest smaller count of m parting tasks that the test still rejects; -1 if there is none."""
    coin = binomial_shares(m, 0.5, logs)
    tail = 2 * np.cumsum(coin)[: (m + 1) // 2]
    return int(np.sum((tail if test == "exact" else tail - coin[: tail.size]) <= alpha)) - 1


def _two_p_values(first: int, second: int, logs: Array) -> tuple[float, float]:
    m, least = first + second, min(first, second)
    coin = binomial_shares(m, 0.5, logs)
    below = float(coin[: least + 1].sum())
    if first == second:
        return 1.0, 1.0
    return min(1.0, 2 * below), min(1.0, 2 * below - float(coin[least]))
