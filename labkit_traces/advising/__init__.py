"""From a fit to advice: what to change, what a change did, whether budgets are kept."""

from __future__ import annotations

from .budget_check import Budget, Checked, check_budget, read_budget
from .changes import Advice, advise
from .comparing import Compared, compare
from .comparison_words import compared_text
from .page import as_page, comparison_page
from .summary import summarise, summarise_check, summarise_comparison
from .words import as_text

__all__ = [
    "Advice", "Budget", "Checked", "Compared", "advise", "as_page", "as_text", "check_budget", "compare",
    "compared_text", "comparison_page", "read_budget", "summarise", "summarise_check", "summarise_comparison",
]  # fmt: skip
