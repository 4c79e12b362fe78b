"""Runs of one task that end alike: the laws of k tries, held against tau-bench and tau2-bench.

Each function takes a ``Leaderboard``, so it works on rows that are not in the box, too. Where two runs vary less than
chance (pass^2 below p^2, as small samples do) the correlation is taken for 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit import reliability

from ..published import PASS_HAT, Leaderboard, leaderboard
from .comparison import Comparison, Misses, Place, Record, find_misses

LATER = np.array([[3], [4]])
BOARD = Record(
    what="64 recordings of tau2-bench's leaderboard (a2c0247)",
    model="35 models by name",
    temperature="0, the benchmark's default; whether a model that reasons takes it is not stated",
    tries="4 a task; in six rows the shares are no whole counts of four, and how many runs there were is not stated",
    check="the database in the end; a simulated customer",
    n="64 rows: airline 12 (50 tasks), retail 14 (114), telecom 12 (114), banking 26 (97)",
)
README = Record(
    what="tau-bench README (Yao et al. 2024)",
    model="gpt-4o, claude-3-5-sonnet",
    temperature=0,
    tries="4; retail 4 or more",
    check="the database in the end; a simulated customer",
    n="3 recordings: airline 50 tasks, retail 115",
)
UNLIKE = "06_tries_that_are_not_alike"


class Vote(NamedTuple):
    """What a majority of three runs did to the recordings: how many of how many it hurt, below one half and above."""

    hurt_below: int
    below: int
    hurt_above: int
    above: int
    independence_nearer: int


def pass_hat_misses(board: Leaderboard) -> Misses:
    """By how much pass^3 and pass^4 are missed: by powers of p, and by the law fitted on pass^1 and pass^2.

    >>> [round(x, 4) for x in pass_hat_misses(leaderboard())]
    [0.1559, 0.3933, 0.0103, 0.0432]
    """
    p, both, *later = board.shares.T
    law = reliability.fit_beta(p, both, clip=True)
    return find_misses(np.array(later), reliability.chain_success(p, LATER), law.pass_hat(LATER))


def too_hopeful(board: Leaderboard) -> int:
    """In how many recordings the law fitted on pass^1 and pass^2 promises more at k = 4 than was recorded.

    >>> too_hopeful(leaderboard())
    46
    """
    law = reliability.fit_beta(board.shares[:, 0], board.shares[:, 1], clip=True)
    return int(np.sum(law.pass_hat(4) > board.shares[:, 3]))


def pass_at_misses(board: Leaderboard) -> Misses:
    """By how much pass@3 and pass@4 are missed: by fresh retries, and by the law fitted on pass^1 and pass^2.

    >>> [round(x, 4) for x in pass_at_misses(leaderboard())]
    [0.1648, 0.3623, 0.0089, 0.054]
    """
    p, both = board.shares[:, 0], board.shares[:, 1]
    law = reliability.fit_beta(p, both, clip=True)
    return find_misses(board.pass_at[:, 2:].T, reliability.with_retries(p, LATER - 1), law.pass_at(LATER))


def majority_misses(board: Leaderboard) -> Misses:
    """By how much a majority of three is missed: by independent votes, and with pass^3 by the law.

    >>> [round(x, 4) for x in majority_misses(leaderboard())]
    [0.0479, 0.0952, 0.0124, 0.0486]
    """
    independent, repaired = _foretell_votes(board)
    return find_misses(board.majority_of_three, independent, repaired)


def majority_counts(board: Leaderboard, rounding: float = 3e-4) -> Vote:
    """Whom a vote of three hurts by more than the rounding of the shares, and where independence is nearer.

    >>> majority_counts(leaderboard())
    Vote(hurt_below=15, below=29, hurt_above=0, above=35, independence_nearer=5)
    """
    p, recorded = board.shares[:, 0], board.majority_of_three
    hurt = recorded - p < -rounding
    nearer = np.less(*(abs(law - recorded) for law in _foretell_votes(board)))
    below, above = p < 0.5, p > 0.5
    counts = (hurt[below].sum(), below.sum(), hurt[above].sum(), above.sum(), nearer.sum())
    return Vote(*(int(each) for each in counts))


def _foretell_votes(board: Leaderboard) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A majority of three by independent votes, and by pass^2 and the law's pass^3."""
    p, both = board.shares[:, 0], board.shares[:, 1]
    law = reliability.fit_beta(p, both, clip=True)
    return np.asarray(reliability.majority_vote(p, 3)), 3 * both - 2 * np.asarray(law.pass_hat(3))


def correlations(board: Leaderboard) -> dict[str, float]:
    """The median correlation of two runs of one task, by domain.

    >>> {domain: round(rho, 2) for domain, rho in correlations(leaderboard()).items()}
    {'airline': 0.67, 'banking': 0.58, 'retail': 0.37, 'telecom': 0.21}
    """
    rho = np.asarray(reliability.fit_beta(board.shares[:, 0], board.shares[:, 1], clip=True).correlation)
    return {str(domain): float(np.median(rho[board.domains == domain])) for domain in np.unique(board.domains)}


def retry_gains(board: Leaderboard) -> NDArray[np.float64]:
    """What one blind retry gained, as a share of the p (1-p) that a fresh one would: ``1 - rho``, for each recording.

    Recordings that are always right or always wrong have nothing to gain, and are left out.

    >>> gains = retry_gains(leaderboard())
    >>> [round(float(x), 2) for x in (np.median(gains), gains.min(), gains.max())]
    [0.45, 0.17, 0.97]
    """
    kept = (board.shares[:, 0] > 0) & (board.shares[:, 0] < 1)
    p, two = board.shares[kept, 0], board.pass_at[kept, 1]
    return np.asarray((two - p) / (reliability.with_retries(p, 1) - p))


def carried_misses(board: Leaderboard) -> Misses:
    """By how much pass@2 is missed: by a fresh retry, and with the median correlation of the domain's *other* rows.

    A row that is alone in its domain has nobody to carry a correlation over from, and is left out.

    >>> [round(x, 3) for x in carried_misses(leaderboard())]
    [0.099, 0.197, 0.024, 0.146]
    """
    p, both = board.shares[:, 0], board.shares[:, 1]
    rho = np.asarray(reliability.fit_beta(p, both, clip=True).correlation)
    others = [(board.domains == domain) & (np.arange(p.size) != i) for i, domain in enumerate(board.domains)]
    kept = np.array([mask.any() for mask in others])
    carried = np.array([np.median(rho[mask]) for mask in others if mask.any()])
    recovery = reliability.BetaLaw(p[kept], carried).recovery
    repaired = reliability.with_detected_retry(p[kept], 1.0, recovery)
    return find_misses(board.pass_at[kept, 1], reliability.with_retries(p[kept], 1), repaired)


def readme_misses() -> Misses:
    """The same as ``pass_hat_misses``, for the three agents of tau-bench's own README.

    >>> [round(x, 3) for x in readme_misses()]
    [0.197, 0.25, 0.011, 0.035]
    """
    shares = np.array([entry.values for name, entry in PASS_HAT.items() if name in README_AGENTS])
    unsaid = np.full(len(shares), np.nan)
    return pass_hat_misses(Leaderboard(np.array(README_AGENTS), np.array(["none"] * len(shares)), shares, unsaid))


README_AGENTS = ("gpt-4o airline", "gpt-4o retail", "claude-3-5-sonnet retail")


def _say_votes() -> str:
    vote = majority_counts(leaderboard())
    return (
        f"Independence is nearer in {vote.independence_nearer} rows. A vote of three hurts in {vote.hurt_below} of "
        f"{vote.below} rows with p below one half, and beyond rounding in {vote.hurt_above} of {vote.above} above."
    )


def _say_gains() -> str:
    every = leaderboard()
    gpt_5 = Leaderboard(*(column[every.models == "GPT-5"] for column in every))
    gains = retry_gains(every)
    rho, one = (sorted(correlations(board).items(), key=lambda pair: -pair[1]) for board in (every, gpt_5))
    return (
        f"One blind retry gained {np.median(gains):.0%} of p(1-p) in the median, from {gains.min():.0%} to "
        f"{gains.max():.0%}. Median correlation: {', '.join(f'{name} {value:.2f}' for name, value in rho)}; "
        f"GPT-5 alone: {', '.join(f'{name} {value:.2f}' for name, value in one)}."
    )


def _say_hopeful() -> str:
    return (
        f"Two numbers promise too much at k = 4 in {too_hopeful(leaderboard())} of 64. Two rows are alike in all four "
        "values, and GPT-5.2 stands twice in two domains without its configuration; all are counted."
    )


COMPARISONS = (
    Comparison(
        name="pass^3 and pass^4 (tau2-bench)",
        naive="p^k: runs of a task are independent",
        repaired="two numbers, p and a correlation, fitted on k = 1 and 2, tested on k = 3 and 4",
        formulas=("reliability.chain_success", "reliability.fit_beta", "reliability.BetaLaw",
                  "reliability.BetaLaw.pass_hat"),
        record=BOARD, misses=lambda: pass_hat_misses(leaderboard()), finding=_say_hopeful,
        place=Place(UNLIKE, "Whose number is it?"),
    ),
    Comparison(
        name="pass^3 and pass^4 (tau-bench)",
        naive="p^k: runs of a task are independent",
        repaired="two numbers, fitted on k = 1 and 2, tested on k = 3 and 4",
        formulas=("reliability.chain_success", "reliability.fit_beta", "reliability.BetaLaw",
                  "reliability.BetaLaw.pass_hat"),
        record=README, misses=readme_misses,
        finding=lambda: "Three older agents, and the same two laws: what the leaderboard says is no new thing.",
        place=Place(UNLIKE, "One number more"),
    ),
    Comparison(
        name="pass@3 and pass@4",
        naive="1 - (1-p)^k: each blind retry is fresh",
        repaired="two numbers, fitted on k = 1 and 2, tested on k = 3 and 4",
        formulas=("reliability.with_retries", "reliability.BetaLaw.pass_at"),
        record=BOARD, misses=lambda: pass_at_misses(leaderboard()),
        finding=lambda: "pass@k follows from the recorded pass^1 to pass^k by inclusion and exclusion, without a law.",

    ),
    Comparison(
        name="one blind retry",
        naive="p + p(1-p): the retry is fresh",
        repaired="p + p(1-p)(1-rho), the correlation carried over: the median of the domain's other rows",
        formulas=("reliability.with_retries", "reliability.with_detected_retry", "reliability.BetaLaw.recovery"),
        record=BOARD, misses=lambda: carried_misses(leaderboard()), finding=_say_gains,
        place=Place(UNLIKE, "Whose number is it?"),
    ),
    Comparison(
        name="a majority of three",
        naive="p^2 (3-2p): votes are independent",
        repaired="3 pass^2 - 2 pass^3, with pass^3 by the two numbers",
        formulas=("reliability.majority_vote", "reliability.BetaLaw.pass_hat"),
        record=BOARD, misses=lambda: majority_misses(leaderboard()), finding=_say_votes,
        place=Place(UNLIKE, "Votes"),
    ),
)  # fmt: skip
"""The laws of repeated runs, each with its record."""
