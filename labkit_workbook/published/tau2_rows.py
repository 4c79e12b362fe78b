"""Recordings of tau2-bench's leaderboard: how often all of k runs of a task are right, and the price of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import probability
from labkit._values import by_value

from .rows import read_rows

RUNS = (1, 2, 3, 4)
ROUNDING = 5e-5
"""Most that the fourth digit of a share hides."""


@by_value
class Leaderboard(NamedTuple):
    """Recordings of tau2-bench, one row each: who, on which tasks, pass^1 to pass^4, and USD a task.

    The benchmark asks at temperature 0 by default; whether models that reason take it, the submissions do not state.
    ``usd`` is NaN where a submission gives no price; a price of 0.0 is kept as it was submitted (see ``priced``).
    """

    models: NDArray[np.str_]
    domains: NDArray[np.str_]
    shares: NDArray[np.float64]
    usd: NDArray[np.float64]

    @property
    def priced(self) -> NDArray[np.bool_]:
        """Whether a recording has a price that somebody paid; 0.0 is taken for a price that nobody looked up."""
        return self.usd > 0

    @property
    def pass_at(self) -> NDArray[np.float64]:
        """pass@1 to pass@4, a row each: how often at least one of k runs is right, exact for the given pass^1..4.

        Formula: ``pass@k = sum_j (-1)^(j+1) C(k, j) pass^j``, inclusion and exclusion.
        """
        one, two, three, four = self.shares.T
        return np.stack([one, 2 * one - two, 3 * one - 3 * two + three, 4 * one - 6 * two + 4 * three - four], axis=1)

    @property
    def majority_of_three(self) -> NDArray[np.float64]:
        """How often at least two of three runs of a task are right: ``3 pass^2 - 2 pass^3``, which is exact."""
        return 3 * self.shares[:, 1] - 2 * self.shares[:, 2]


def leaderboard(rows: Iterable[Mapping[str, str]] | None = None) -> Leaderboard:
    """The 64 recordings of tau2-bench's leaderboard that give pass^1 to pass^4, or other rows in the same columns.

    Args:
        rows: dictionaries with ``model``, ``domain`` and ``pass_1`` to ``pass_4``, as ``csv.DictReader`` reads them,
            and ``usd_a_task`` where a price is given; the committed rows where not given.

    Raises:
        ValueError: no rows, a column that is missing, or a number that is no share, no price or no number.

    >>> board = leaderboard()
    >>> board.shares.shape, int((board.domains == "airline").sum()), int(board.priced.sum())
    ((64, 4), 12, 13)
    """
    found = list(read_rows("tau2_leaderboard") if rows is None else rows)
    if not found:
        raise ValueError("rows must hold at least one recording, got none")
    models, domains = ([_read_cell(row, name) for row in found] for name in ("model", "domain"))
    shares = np.array([[_read_number(row, f"pass_{k}") for k in RUNS] for row in found])
    usd = np.array([_read_number({"usd_a_task": "", **row}, "usd_a_task", empty=np.nan) for row in found])
    if np.any(usd < 0) or np.any(np.isinf(usd)):
        raise ValueError(f"usd_a_task must be zero or more, got {usd[~(usd >= 0) & ~np.isnan(usd) | np.isinf(usd)][0]}")
    for k, column in zip(RUNS, shares.T, strict=True):
        probability(f"pass_{k}", column)
    rising = np.argwhere(np.diff(shares, axis=1) > 2 * ROUNDING)
    if rising.size:
        row, k = rising[0]
        raise ValueError(
            f"pass_{k + 2} must not exceed pass_{k + 1}, got {shares[row, k + 1]:g} and {shares[row, k]:g}"
        )
    return Leaderboard(np.array(models), np.array([name.removesuffix("_knowledge") for name in domains]), shares, usd)


def _read_cell(row: Mapping[str, str], column: str) -> str:
    if column not in row:
        raise ValueError(f"rows must have a column {column!r}, got {sorted(row)}")
    return str(row[column])


def _read_number(row: Mapping[str, str], column: str, empty: float | None = None) -> float:
    """The number in a cell; ``empty`` stands for a cell with nothing in it where that is allowed."""
    cell = _read_cell(row, column)
    if empty is not None and not cell.strip():
        return empty
    try:
        return float(cell)
    except ValueError:
        raise ValueError(
            f"{column} must be a number, got {cell!r} ({row.get('model', 'a row without a model')})"
        ) from None
