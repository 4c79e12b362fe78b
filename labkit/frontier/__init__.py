"""Design under budgets: the best workflows when every step may choose its model and its levers.

See ``labkit.frontier.search`` for what is exact and what is a bound.
"""

from __future__ import annotations

from .search import (
    AS_IT_IS,
    Bounds,
    BreakEven,
    Change,
    Design,
    Frontier,
    Option,
    Price,
    best,
    bounds,
    break_even_values,
    combine,
    marginal_prices,
    options,
    pareto,
)

__all__ = [
    "AS_IT_IS", "Bounds", "BreakEven", "Change", "Design", "Frontier", "Option", "Price",
    "best", "bounds", "break_even_values", "combine", "marginal_prices", "options", "pareto",
]  # fmt: skip
