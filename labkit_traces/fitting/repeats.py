"""Tasks that repeat an item: drawn together, and how alike their outcomes are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from labkit.reliability import BetaLaw

from ..counting.tasks import Task
from .resampling import UNKNOWN, Estimate, Resampling

Laws: TypeAlias = "tuple[BetaLaw, BetaLaw]"
"""How tries of one item go together: the law that was fitted, and the same with an array for each of its numbers."""


def group_tasks(tasks: Sequence[Task]) -> list[int]:
    """The number of each task's unit: its item, or itself where it has none."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(task.item or f"task {task.id}", len(numbers)) for task in tasks]


def fit_correlation(
    items: Sequence[str], right: NDArray[np.float64], drawn: Resampling
) -> tuple[Estimate, Laws | None]:
    """The correlation of two tries of one item, and its law with the law of arrays, a value for each drawing.

    It is unknown where no item with an outcome is repeated, or where all outcomes are alike.

    Args:
        items: what each task is a repeat of; ``""`` where it is none.
        right: whether it was right: 1, 0, or NaN where nobody said.

    Formula: ``p = sum c / sum n``, ``pass^2 = sum c (c-1) / sum n (n-1)``, ``rho = (pass^2 - p^2) / (p (1-p))``, cut to
    [0, 1]; c right ones of n tries of an item.
    """
    counts: dict[str, list[int]] = {}
    for place, (item, ended) in enumerate(zip(items, right.tolist(), strict=True)):
        if item and not math.isnan(ended):
            found = counts.setdefault(item, [place, 0, 0])
            found[1] += int(ended)
            found[2] += 1
    repeated = [found for found in counts.values() if found[2] > 1]
    if not repeated:
        return UNKNOWN, None
    table = np.zeros((len(items), 4))
    for place, c, n in counts.values():
        table[place] = c, c * (c - 1), n, n * (n - 1)
    (p, both), redrawn = drawn.ratios(table[:, :2], table[:, 2:])
    if not 0 < p < 1:
        return UNKNOWN, None
    of_draws = np.clip(redrawn[:, 0], 1e-9, 1 - 1e-9)
    rho = float(np.clip((both - p * p) / (p * (1 - p)), 0.0, 1.0))
    rho_drawn = np.clip((redrawn[:, 1] - of_draws**2) / (of_draws * (1 - of_draws)), 0.0, 1.0)
    correlation = drawn.interval(rho, rho_drawn, sum(found[2] for found in repeated))
    return correlation, (BetaLaw(float(p), rho), BetaLaw(of_draws, rho_drawn))
