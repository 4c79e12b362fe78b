"""The slowest of n calls: an enumeration of all batches, a simulation, and the recorded calls of a paper."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit import Model, parallel, simulate
from labkit.latency import RandomTime, batched, expected_max, quantile_of_max

NAN = float("nan")
RUNS = 4000
seconds = st.lists(st.sampled_from([0.0, 0.4, 1.0, 2.0, 2.5, 7.0]), min_size=1, max_size=6)


@steady
@given(seconds, st.integers(1, 4))
def test_the_expected_maximum_is_the_mean_over_every_batch(samples: list[float], n: int) -> None:
    slowest = [max(batch) for batch in itertools.product(samples, repeat=n)]
    assert expected_max(samples, n) == pytest.approx(np.mean(slowest), rel=1e-12)


@steady
@given(seconds, st.integers(1, 4), st.sampled_from([0.05, 0.3, 0.5, 0.77, 0.9, 0.99]))
def test_a_quantile_of_the_maximum_is_that_of_every_batch(samples: list[float], n: int, q: float) -> None:
    slowest = sorted(max(batch) for batch in itertools.product(samples, repeat=n))
    enough = math.ceil(q * len(slowest) - 1e-9)
    assert quantile_of_max(samples, n, q) == slowest[max(enough, 1) - 1]


@pytest.mark.parametrize("case", range(50))
def test_both_agree_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([1, case])
    samples = rng.lognormal(rng.normal(), rng.uniform(0.1, 1.2), rng.integers(1, 400))
    n, q = int(rng.integers(1, 30)), rng.uniform(0.05, 0.95)
    slowest = rng.choice(samples, (RUNS, n)).max(axis=1)
    assert oracles.agrees(expected_max(samples, n), slowest)
    at = quantile_of_max(samples, n, q)
    below, upto = np.mean(samples < at) ** n, np.mean(samples <= at) ** n
    assert below - 1e-9 <= q <= upto + 1e-9
    assert oracles.agrees_in_share(upto, slowest <= at)


def test_one_call_takes_its_mean_and_equal_calls_take_the_text_s_slowest_member() -> None:
    samples = [1.0, 2.0, 6.0]
    assert expected_max(samples, 1) == pytest.approx(3.0)
    assert expected_max([2.0] * 7, [1, 12, 1000]).tolist() == [2.0, 2.0, 2.0]
    assert quantile_of_max(samples, 1, [0.0, 0.3, 0.5, 1.0]).tolist() == [1.0, 1.0, 2.0, 6.0]


def test_many_calls_come_near_the_longest_recorded() -> None:
    assert expected_max([1.0, 2.0, 6.0], 10_000) == pytest.approx(6.0)


def test_the_twelve_calls_of_the_text_s_exponential_wait_three_means() -> None:
    levels = (np.arange(200_000) + 0.5) / 200_000
    harmonic = sum(1 / i for i in range(1, 13))
    assert expected_max(-np.log1p(-levels), 12) == pytest.approx(harmonic, rel=1e-4)


def test_n_broadcasts_and_one_number_gives_one_number() -> None:
    samples = [1.0, 2.0, 6.0, 4.0]
    table = expected_max(samples, [[1, 2], [3, 4]])
    assert table.shape == (2, 2)
    assert table[1, 1] == expected_max(samples, 4)
    assert isinstance(expected_max(samples, 4), float)
    assert quantile_of_max(samples, [[1], [5]], [0.1, 0.5, 0.9]).shape == (2, 3)


@steady
@given(seconds, st.integers(1, 40))
def test_one_call_more_never_takes_less(samples: list[float], n: int) -> None:
    assert max(samples) >= expected_max(samples, n + 1) >= expected_max(samples, n) - 1e-12


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: expected_max([], 2), "samples must hold at least one"),
        (lambda: expected_max([1.0, NAN], 2), "samples must be finite, got nan"),
        (lambda: expected_max([1.0, -2.0], 2), "samples must be zero or more, got -2"),
        (lambda: expected_max([[1.0], [2.0]], 2), "one list"),
        (lambda: expected_max([1.0], 0), "n must be a whole number, 1 or more, got 0"),
        (lambda: expected_max([1.0], 1.5), "got 1.5"),
        (lambda: quantile_of_max([1.0], 1, 1.1), "q must be a probability"),
        (lambda: quantile_of_max([1.0], [1, 2], [0.1, 0.2, 0.3]), "do not fit together"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()


@pytest.mark.parametrize(("n", "batch", "slowdown"), [(7, 3, 0.0), (12, 4, 0.05), (3, 8, 0.2), (5, 1, 0.3)])
def test_batches_take_what_the_simulation_of_ranks_takes(n: int, batch: int, slowdown: float) -> None:
    """Each batch is a rank of steps side by side that the next one waits for, slowed by how many they are."""
    recorded = [0.5, 1.0, 1.5, 4.0]
    sizes = [batch] * (n // batch) + [n % batch] * (n % batch > 0)
    mean = float(np.mean(recorded))
    first, *others = (parallel(of, Model(0.01, mean * (1 + slowdown * (of - 1)), 1.0)) for of in sizes)
    workflow = first
    for rank in others:
        workflow = workflow.then(rank)
    samples = simulate(workflow, 50_000, n, times=RandomTime.from_samples(recorded))
    assert oracles.agrees(batched(recorded, n, batch, slowdown), samples.latency)
    filled_again = simulate(
        parallel(n, Model(0.01, mean, 1.0)), 20_000, n, times=RandomTime.from_samples(recorded), at_most=batch
    )
    assert filled_again.mean.latency < batched(recorded, n, batch) + 4 * filled_again.standard_error.latency


def test_one_batch_of_all_and_one_call_at_a_time_are_the_two_ends() -> None:
    assert batched([1.0, 3.0], 5, [5, 9]).tolist() == [expected_max([1.0, 3.0], 5)] * 2
    assert batched([1.0, 3.0], 5, 1, 0.7) == 10.0 == 5 * expected_max([1.0, 3.0], 1)


def test_who_waits_for_the_last_end_alone_chooses_larger_batches_than_who_waits_for_each() -> None:
    by_batch = batched([2.0], 16, [1, 2, 4, 8, 16], slowdown=0.1)
    assert by_batch.tolist() == pytest.approx([32.0, 17.6, 10.4, 6.8, 5.0])
    assert [round(2.0 * (1 + 0.1 * (b - 1)), 9) for b in (1, 16)] == [2.0, 5.0]  # of one call on its own
