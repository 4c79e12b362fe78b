"""What the recordings say: every formula of labkit, and what stands behind it.

``COMPARISONS`` are the laws that were held against a record, with their misses; ``FORMULAS`` has a row for every public
formula: where it is stated, which test simulates it, against which record it was held, where the learner measures it,
or why one of these is missing. The page ``docs/evidence.md`` is made from both.
"""

from __future__ import annotations

from . import billing, comparing, designs, money, seconds, tries_and_chains
from .comparison import Comparison, Misses, Place, Record, find_misses
from .comparisons import COMPARISONS, SUBJECTS
from .formula import COLUMNS, Formula

__all__ = [
    "COLUMNS", "COMPARISONS", "FORMULAS", "SUBJECTS", "Comparison", "Formula", "Misses", "Place", "Record",
    "find_misses",
]  # fmt: skip

FORMULAS: dict[str, tuple[Formula, ...]] = {
    "Money": money.FORMULAS,
    "Prices": billing.FORMULAS,
    "Time": seconds.FORMULAS,
    "Tries, chains and votes": tries_and_chains.FORMULAS,
    "Workflows, levers and searches": designs.FORMULAS,
    "Comparisons of designs": comparing.FORMULAS,
}
"""The rows under the headings of the page."""
