"""Money and time in whole numbers, so that sums are exact: costs are rounded up, budgets are rounded down.

A dollar has 10^12 parts (a token at 0.0375 USD a million is still a whole number of them), a second has 10^9.
What is smaller than a thousandth of a part is the noise of floating point numbers, and is dropped first: three
calls of 0.1 USD fit exactly into a budget of 0.3 USD.
"""

from __future__ import annotations

import math

from .._inputs import non_negative

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


def _amount(amount: float) -> float:
    """A number that is zero or more; the common case is kept quick."""
    if type(amount) is float and 0 <= amount < math.inf:
        return amount
    return float(non_negative("amount", amount))


def _without_noise(exact: float) -> float:
    """The number without what lies below a thousandth of a part."""
    return round(exact, 3)
