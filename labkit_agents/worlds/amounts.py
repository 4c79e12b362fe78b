"""Money and time in whole numbers, so that sums are exact: costs are rounded up, budgets are rounded down.

A dollar has 10^12 parts (a token at 0.0375 USD a million is still a whole number of them), a second has 10^9.
What is smaller than a thousandth of a part, or than the last digits that a float of this size has, is the noise of
floating point numbers, and is dropped first: three calls of 0.1 USD fit exactly into a budget of 0.3 USD.
"""

from __future__ import annotations

import math

from labkit._inputs import non_negative

USD = 10**12
"""Parts of a dollar."""
SEC = 10**9
"""Parts of a second."""
UNLIMITED = 2**62
"""More than any sum; it still fits into a database column."""


def parts_of_cost(amount: float, parts: int) -> int:
    """The parts that something costs, rounded up; a cost above zero is never free.

    >>> parts_of_cost(0.1, USD) * 3 == parts_of_budget(0.3, USD)
    True
    >>> parts_of_cost(1e-15, USD)
    1
    """
    exact = _amount(amount) * parts
    if exact > UNLIMITED:
        return UNLIMITED + 1  # fits into no budget
    return max(math.ceil(_without_noise(exact)), 1 if exact > 0 else 0)


def parts_of_budget(amount: float, parts: int) -> int:
    """The parts that may be spent, rounded down; infinity is no limit.

    >>> parts_of_budget(0.1 + 0.2, USD)
    300000000000
    >>> parts_of_budget(float("inf"), USD) == UNLIMITED
    True
    """
    if amount == math.inf:
        return UNLIMITED
    exact = _amount(amount) * parts
    return UNLIMITED if exact > UNLIMITED else math.floor(_without_noise(exact))


def sec_parts_at(moment: float) -> int:
    """A moment on a clock in whole parts: between two of them the difference is exact, however late it is.

    >>> sec_parts_at(100_000.1) - sec_parts_at(100_000.0)
    100000000
    """
    return round(moment * SEC)


def _amount(amount: float) -> float:
    """A number that is zero or more; the common case is kept quick."""
    if type(amount) is float and 0 <= amount < math.inf:
        return amount
    return float(non_negative("amount", amount))


def _without_noise(exact: float) -> float:
    """The whole number, where only noise lies between; an amount that was parts before is the same parts again."""
    nearest = round(exact)
    return nearest if abs(exact - nearest) < max(0.0005, 2 * math.ulp(exact)) else exact
