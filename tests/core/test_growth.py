"""Long arguments and large graphs: what they take grows as it should, measured as a ratio of processor times."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labkit import PREMIUM, SMALL, Step, Workflow, chain, parallel
from labkit.latency import list_schedule, retried_time
from labkit.levers import gate, parallelize
from labkit.reliability import (
    BetaLaw,
    checked_chain,
    expected_votes,
    fit_beta_counts,
    fit_beta_retries,
    majority_vote,
    pass_at_from_counts,
    pass_hat_from_counts,
    self_conditioned,
)

NOISE_SEC = 0.02  # of processor time, below which a ratio says nothing


def growth_below(limit: float, work: Callable[[int], Any], n: int) -> bool:
    """Is the processor time at 4n less than so many times that at n? The least of three at n, of up to three at 4n."""

    def taken(size: int) -> float:
        start = time.process_time()
        work(size)
        return time.process_time() - start + NOISE_SEC

    small = min(taken(n) for _ in range(3))
    return any(taken(4 * n) < limit * small for _ in range(3))


CLOSED: dict[str, Callable[[int], Any]] = {
    "pass_hat": lambda n: BetaLaw(0.9, 0.3).pass_hat(n),
    "pass_at": lambda n: BetaLaw(0.9, 0.3).pass_at([1, n]),
    "fit_beta_counts": lambda n: fit_beta_counts([n // 2, n // 5], n),
    "fit_beta_retries": lambda n: fit_beta_retries(0.5, 0.9, n),
    "pass_hat_from_counts": lambda n: pass_hat_from_counts([n, n - 1], n, n // 2),
    "pass_at_from_counts": lambda n: pass_at_from_counts([n, 1], n, n // 2),
    "expected_votes": lambda n: expected_votes(0.5001, n),
    "majority_vote": lambda n: majority_vote(0.6, n),
}


@pytest.mark.parametrize("law", CLOSED.values(), ids=CLOSED)
def test_a_law_in_closed_form_takes_no_longer_for_more(law: Callable[[int], Any]) -> None:
    assert growth_below(3, law, 2_500_000)


def series_parallel(n: int) -> Workflow:
    """Two chains side by side, n steps in all."""
    return chain(n // 2, PREMIUM).beside(chain(n // 2, SMALL))


LINEAR: dict[str, tuple[Callable[[int], Any], int]] = {
    "chain": (lambda n: chain(n, PREMIUM).outcome(), 1_500),
    "parallel": (lambda n: parallel(n, PREMIUM).outcome(), 1_500),
    "two chains": (lambda n: series_parallel(n).outcome(), 1_500),
    "freed": (lambda n: chain(n, PREMIUM).pipe(parallelize).outcome(), 1_500),
    "halting": (lambda n: chain(n, PREMIUM).pipe(gate, 0.9, when_rejected="halt").outcome(), 1_500),
    "names": (lambda n: chain(n, PREMIUM).pipe(gate, 0.9, where=[f"step-{i}" for i in range(1, n + 1)]), 1_500),
    "schedule": (lambda n: list_schedule([1.0] * n, [[]] + [[i] for i in range(n - 1)], 3), 10_000),
    "checked chain": (lambda n: checked_chain(np.full(n, 0.99999), 0.8, 0.01, 1), 100_000),
    "retried time": (lambda n: retried_time(2.0, 1e-6, n).mean, 100_000),
}


@pytest.mark.parametrize(("work", "n"), LINEAR.values(), ids=LINEAR)
def test_time_grows_with_the_number_of_steps(work: Callable[[int], Any], n: int) -> None:
    assert growth_below(8, work, n)


def test_memory_grows_with_the_number_of_steps() -> None:
    def most(n: int) -> int:
        tracemalloc.start()
        series_parallel(n).outcome()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert most(4_000) < 6 * most(1_000)


def test_a_cycle_after_a_long_chain_is_found_in_time_that_grows_with_it() -> None:
    def refused(n: int) -> None:
        steps = list(chain(n, PREMIUM).steps)
        steps += [Step("a", PREMIUM, ("b", f"step-{n}")), Step("b", PREMIUM, ("a",))]
        with pytest.raises(ValueError, match="'a' needs 'b' needs 'a'"):
            Workflow(tuple(steps))

    assert growth_below(8, refused, 2_000)


def test_what_would_take_too_long_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"steps must be at most 10,000, .* got 10,000,000"):
        self_conditioned(0.9, 10**7, 0.1)
    with pytest.raises(ValueError, match=r"retries must be at most 999,999 .* got 10,000,000"):
        retried_time(2.0, 0.9, 10**7)
