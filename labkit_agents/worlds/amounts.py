"""Money and time in whole numbers, so that sums are exact: costs are rounded up, budgets are rounded down.

A dollar has 10^12 parts (a token at 0.0375 USD a million is still a whole number of them), a second has 10^9.
What is smaller than a thousandth of a part, or than the last digits that a float of this size has, is the noise of
floating point numbers, and is dropped first: three calls of 0.1 USD fit exactly into a budget of 0.3 USD.
"""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Real
from typing import Any

from labkit._inputs import one_number

USD = 10**12
"""Parts of a dollar."""
SEC = 10**9
"""Parts of a second."""
UNLIMITED = 2**62
"""More than any sum; it still fits into a database column."""


def parts_of_cost(amount: float | Decimal, parts: int, name: str = "amount") -> int:
    """The parts that something costs, rounded up; a cost above zero is never free.

    ``name`` is what a message calls the amount, here and below.

    >>> parts_of_cost(0.1, USD) * 3 == parts_of_budget(0.3, USD)
    True
    >>> parts_of_cost(1e-15, USD)
    1
    """
    exact = amount_of(name, amount) * parts
    if exact > UNLIMITED:
        return UNLIMITED + 1  # fits into no budget
    return max(math.ceil(_without_noise(exact)), 1 if exact > 0 else 0)


def parts_of_budget(amount: float | Decimal, parts: int, name: str = "amount") -> int:
    """The parts that may be spent, rounded down; infinity is no limit.

    >>> parts_of_budget(0.1 + 0.2, USD)
    300000000000
    >>> parts_of_budget(float("inf"), USD) == UNLIMITED
    True
    """
    exact = budget_of(name, amount) * parts
    return UNLIMITED if exact > UNLIMITED else math.floor(_without_noise(exact))


def sec_parts_at(moment: float) -> int:
    """A moment on a clock in whole parts: between two of them the difference is exact, however late it is.

    >>> sec_parts_at(100_000.1) - sec_parts_at(100_000.0)
    100000000
    """
    return round(moment * SEC)


def amount_of(name: str, amount: Any) -> float:
    """One number that is zero or more, a Decimal among them; the common case is kept quick.

    >>> amount_of("usd", Decimal("0.25"))
    0.25
    """
    if type(amount) is float and 0 <= amount < math.inf:
        return amount
    return one_number(name, float(amount) if isinstance(amount, Decimal) and amount.is_finite() else amount)


def budget_of(name: str, amount: Any) -> float:
    """One number that is zero or more; infinity is no limit."""
    unlimited = isinstance(amount, (Real, Decimal)) and amount == math.inf
    return math.inf if unlimited else amount_of(name, amount)


def _without_noise(exact: float) -> float:
    """The whole number, where only noise lies between; an amount that was parts before is the same parts again."""
    nearest = round(exact)
    return nearest if abs(exact - nearest) < max(0.0005, 2 * math.ulp(exact)) else exact
