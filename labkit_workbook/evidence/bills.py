"""What is billed: the laws of retries paid and of successes bought, held against tau2-bench's prices.

Functions of a ``Leaderboard`` work on rows that are not in the box, too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from labkit import cost, reliability

from ..published import Leaderboard, leaderboard
from .comparison import RELATIVE, Comparison, Misses, find_misses
from .repeated_runs import BOARD

PRICED = replace(BOARD, n="13 of the 64 rows, which give USD a task")


def attempts_misses(board: Leaderboard) -> Misses:
    """By how much the mean runs of a task are missed, relative to those recorded: until one is right, at most four.

    Recorded is ``1 + (1 - pass@1) + (1 - pass@2) + (1 - pass@3)``.

    >>> [round(x, 3) for x in attempts_misses(leaderboard())]
    [0.114, 0.219, 0.003, 0.011]
    """
    p = board.shares[:, 0]
    law = reliability.fit_beta(p, board.shares[:, 1], clip=True)
    recorded = 1 + (1 - board.pass_at[:, :3]).sum(axis=1)
    repaired = 1 + (1 - np.asarray(law.pass_at(np.arange(1, 4)[:, None]))).sum(axis=0)
    return find_misses(recorded, cost.expected_attempts(p, 3), repaired, RELATIVE)


def success_price_misses(board: Leaderboard) -> Misses:
    """By how much the dollars of a success are missed, relative to those recorded, where a task has up to four runs.

    A failed task is bought again until a run is right, or four have failed. Recorded is ``usd * runs / pass@4``, with
    the mean runs from pass@1 to pass@3; the naive law says ``usd / p``.

    >>> [round(x, 3) for x in success_price_misses(leaderboard())]
    [0.203, 0.461, 0.014, 0.057]
    """
    paid = board.priced & (board.shares[:, 0] > 0)
    if not paid.any():
        raise ValueError("board must have a row with a price, got none")
    p, both, usd = board.shares[paid, 0], board.shares[paid, 1], board.usd[paid]
    law = reliability.fit_beta(p, both, clip=True)

    def price(pass_at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(usd * (1 + (1 - pass_at[:3]).sum(axis=0)) / pass_at[3])

    by_law = price(np.asarray(law.pass_at(np.arange(1, 5)[:, None])))
    return find_misses(price(board.pass_at[paid].T), cost.cost_per_success(p, usd), by_law, RELATIVE)


def _say_prices() -> str:
    board = leaderboard()
    return (
        f"{board.priced.sum()} rows have a price. {np.sum(board.usd == 0)} more, of two submitters, say 0.0 and are "
        "left out. Where failures repeat, who buys a task again buys the same failure: usd/p is too cheap in every row."
    )


COMPARISONS = (
    Comparison(
        name="runs until one is right, of four",
        naive="(1-(1-p)^4) / p: every run is fresh",
        repaired="the same mean with pass@1 to pass@3 by the two numbers",
        formulas=("cost.expected_attempts", "reliability.BetaLaw.pass_at"),
        record=BOARD, unit=RELATIVE, misses=lambda: attempts_misses(leaderboard()),
        finding=lambda: "Retries that do not help are made all the same: the bill of a retry is higher than its law.",

    ),
    Comparison(
        name="dollars of a success, up to four runs",
        naive="usd / p: a failed task is bought again, and every run is fresh",
        repaired="usd times the mean runs, over pass@4, both by the two numbers",
        formulas=("cost.cost_per_success", "reliability.BetaLaw.pass_at"),
        record=PRICED, unit=RELATIVE, misses=lambda: success_price_misses(leaderboard()), finding=_say_prices,
    ),
)  # fmt: skip
"""The laws of a bill, each with its record."""
