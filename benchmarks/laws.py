"""Processor seconds of the laws at arguments of ten million, each beside an expert's best, in one run.

The peers are scipy.special and scipy.stats where they have the law in closed form, scipy.optimize on scipy's
beta-binomial for the fit, and graphlib with a plain loop for the longest path. Values are compared before times, as
closely as the peer can tell. Exit status 1 if a law takes more than a second, a graph of 100,000 steps more than four
times the expert's loop, or a value is another than the peer's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, NamedTuple

import numpy as np
from measure import row as print_row
from scipy import integrate, optimize, special, stats

from labkit import PREMIUM, chain
from labkit.cost import expected_attempts
from labkit.latency import Exponential, Lognormal, longest_path
from labkit.reliability import (
    BetaLaw,
    expected_votes,
    fit_beta_counts,
    majority_vote,
    pass_at_from_counts,
    pass_hat_from_counts,
    with_retries,
)

N = 10**7
A, B = 0.9 * 0.7 / 0.3, 0.1 * 0.7 / 0.3
COUNTS = np.array([N // 2, N // 5, N // 3])
STEPS = 100_000
NEEDS = [[], *([i] for i in range(STEPS - 1))]
PROMISED_SEC = 1.0


class Row(NamedTuple):
    """One law: ours, the expert's best, how closely the two must agree, and how many times its seconds are promised."""

    name: str
    ours: Callable[[], Any]
    peer: Callable[[], Any]
    near: float = 1e-9
    times: float | None = None


@dataclass(frozen=True)
class Bare:
    """A step with nothing but a name, seconds and needs."""

    name: str
    sec: float
    needs: tuple[str, ...]


def fit_by_scipy() -> float:
    """rho of the most likely beta-binomial distribution, by Nelder and Mead on scipy's own log-likelihood."""

    def misfit(logs: np.ndarray) -> float:
        return -float(stats.betabinom.logpmf(COUNTS, N, *np.exp(logs)).sum())

    options = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000}
    a, b = np.exp(optimize.minimize(misfit, np.zeros(2), method="Nelder-Mead", options=options).x)
    return float(1 / (a + b + 1))


def path_by_graphlib() -> float:
    """The longest path through a chain, with the standard library's order and one loop."""
    needs: dict[int, list[int]] = {i: [i - 1] if i else [] for i in range(STEPS)}
    ends: dict[int, float] = {}
    for step in TopologicalSorter(needs).static_order():
        ends[step] = 1.0 + max((ends[other] for other in needs[step]), default=0.0)
    return max(ends.values())


def max_by_scipy() -> float:
    """The mean of the slowest of 10 million, by adaptive quadrature over scipy's own distribution."""
    law = stats.lognorm(0.5, scale=2.0 * np.exp(-0.125))
    return float(integrate.quad(lambda t: -np.expm1(N * law.logcdf(t)), 0, 200, points=[20, 30, 40], limit=400)[0])


def path_built() -> float:
    """The same path with a dataclass made for each step, which is the least that a library of steps has to do."""
    steps = [Bare(f"step-{i}", 2.0, (f"step-{i - 1}",) if i else ()) for i in range(STEPS)]
    ends: dict[str, float] = {}
    named = {step.name: step for step in steps}
    for name in TopologicalSorter({step.name: step.needs for step in steps}).static_order():
        ends[name] = named[name].sec + max((ends[other] for other in named[name].needs), default=0.0)
    return max(ends.values())


ROWS = (
    Row(
        "pass^k, k = 10 million",
        lambda: BetaLaw(0.9, 0.3).pass_hat(N),
        lambda: np.exp(special.betaln(A + N, B) - special.betaln(A, B)),
    ),
    Row(
        "pass^k from counts",
        lambda: pass_hat_from_counts(N - 2, N, N // 3),
        lambda: stats.hypergeom.pmf(0, N, 2, N // 3),
    ),
    Row(
        "pass@k from counts",
        lambda: pass_at_from_counts(2, N, N // 3),
        lambda: stats.hypergeom.sf(0, N, 2, N // 3),
    ),
    Row("a vote of 10 million", lambda: majority_vote(0.5001, N + 1), lambda: stats.binom.sf(N // 2, N + 1, 0.5001)),
    Row(
        "votes until one is ahead by 10 million",
        lambda: expected_votes(0.6, N),
        lambda: N / (2 * 0.6 - 1) * np.tanh(N / 2 * np.log(0.6 / 0.4)),
    ),
    Row(
        "10 million retries of p = 1e-17",
        lambda: with_retries(1e-17, N),
        lambda: -special.powm1(1 - 1e-17, N + 1) or -special.expm1((N + 1) * special.log1p(-1e-17)),
    ),
    Row(
        "attempts with 10 million retries",
        lambda: expected_attempts(1e-7, N),
        lambda: -special.expm1((N + 1) * special.log1p(-1e-7)) / 1e-7,
    ),
    Row(
        "slowest of 10 million, exponential",
        lambda: Exponential(2.0).expected_max(N),
        lambda: 2.0 * (special.digamma(N + 1) + np.euler_gamma),
    ),
    Row("slowest of 10 million, lognormal", lambda: Lognormal(2.0, 0.5).expected_max(N), max_by_scipy, near=1e-6),
    Row("fit of counts of 10 million", lambda: fit_beta_counts(COUNTS, N).correlation, fit_by_scipy, near=1e-3),
    Row("longest path of 100,000 steps", lambda: longest_path(np.ones(STEPS), NEEDS), path_by_graphlib, times=4),
    Row(
        "a chain of 100,000 steps, built and counted",
        lambda: chain(STEPS, PREMIUM).outcome().latency,
        path_built,
        times=4,
    ),
)


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """The value, and the least processor seconds of three runs."""
    least = np.inf
    for _ in range(3):
        start = time.process_time()
        value = work()
        least = min(least, time.process_time() - start)
    return float(value), float(least)


def main() -> int:
    """Print the table; 1 if a promise is missed."""
    missed = []
    for row in ROWS:
        value, sec = timed(row.ours)
        peer, peer_sec = timed(row.peer)
        allowed = PROMISED_SEC if row.times is None else row.times * peer_sec
        if sec > allowed or not abs(value / peer - 1) <= row.near:
            missed.append(f"{row.name}: {value!r} in {sec:.2f} s, the expert has {peer!r}")
        print_row(row.name, sec, peer_sec, None, "ms", f"{value:.9g}")
    print(
        f"promised: laws within {PROMISED_SEC:g} s, graphs within 4 times the expert's, the same values",
        *missed,
        sep="\nMISSED ",
    )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
