"""Design under budgets: the best workflows when every step may choose its model and its levers.

See ``labkit.frontier.search`` for what is exact and what is a bound.
"""

from __future__ import annotations

from .alternatives import AS_IT_IS, Option, combine, options
from .design_changes import Change, Design
from .marginal import BreakEven, Price, break_even_values, marginal_prices
from .pareto_frontier import Frontier
from .search import best, pareto

__all__ = [
    "AS_IT_IS", "BreakEven", "Change", "Design", "Frontier", "Option", "Price",
    "best", "break_even_values", "combine", "marginal_prices", "options", "pareto",
]  # fmt: skip
