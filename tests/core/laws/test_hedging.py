"""Hedged requests equal an enumeration of all pairs of calls, and a simulation."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.latency import hedged

NAN = float("nan")
RUNS = 10_000
seconds = st.lists(st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.0, 7.0, 20.0]), min_size=1, max_size=7)


def answered(first: float, second: float, after: float) -> float:
    return first if first <= after else min(first, after + second)


@steady
@given(seconds, st.sampled_from([0.0, 0.1, 0.2, 1.0, 2.5, 7.0, 100.0]))
def test_it_is_the_mean_over_every_pair_of_calls(samples: list[float], after: float) -> None:
    every = sorted(answered(x, y, after) for x, y in itertools.product(samples, repeat=2))
    found = hedged(samples, after)
    assert found.mean == pytest.approx(np.mean(every), abs=1e-12)
    assert found.gain == pytest.approx(np.mean(samples) - np.mean(every), abs=1e-12)
    assert found.extra_load == pytest.approx(np.mean(np.array(samples) > after))
    for share in (0.5, 0.9, 0.99):
        assert found.quantile(share) == pytest.approx(every[int(np.ceil(share * len(every) - 1e-9)) - 1])


@pytest.mark.parametrize("case", range(50))
def test_it_agrees_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([4, case])
    samples = rng.lognormal(1.0, rng.uniform(0.2, 1.2), rng.integers(1, 500))
    after = float(np.quantile(samples, rng.uniform(0, 1)))
    x, y = rng.choice(samples, (2, RUNS))
    sent = x > after
    taken = np.where(sent, np.minimum(x, after + y), x)
    found, budget = hedged(samples, after), rng.uniform(1, 6)
    assert oracles.agrees(found.mean, taken)
    assert oracles.agrees(found.gain, x - taken)
    assert oracles.agrees_in_share(found.extra_load, sent)
    assert oracles.agrees_in_share(float(found.time.within(budget)), taken <= budget)


def test_waiting_longer_than_any_call_changes_nothing() -> None:
    found = hedged([1.0, 2.0, 6.0], after=6.0)
    assert found.mean == pytest.approx(3.0)
    assert found.gain == pytest.approx(0.0, abs=1e-12)
    assert found.extra_load == 0.0


def test_two_requests_at_once_take_the_shorter_of_two_calls() -> None:
    found = hedged([1.0, 3.0], after=0.0)
    assert found.mean == pytest.approx((1 + 1 + 1 + 3) / 4)
    assert found.extra_load == 1.0


def test_calls_of_one_length_are_only_billed_twice() -> None:
    found = hedged([2.0] * 5, after=1.0)
    assert found.mean == 2.0
    assert found.gain == 0.0
    assert found.extra_load == 1.0


def test_after_the_95th_percentile_a_twentieth_more_requests_cut_a_heavy_tail() -> None:
    samples = np.concatenate([np.full(97, 0.01), np.full(3, 1.8)])
    found = hedged(samples, after=0.01)
    assert found.extra_load == pytest.approx(0.03)
    assert found.quantile(0.99) == pytest.approx(0.02)
    assert np.quantile(samples, 0.99) == pytest.approx(1.8)


@steady
@given(seconds, st.floats(0, 8), st.floats(0, 8))
def test_it_never_slows_a_call_and_waiting_longer_gains_less_for_less_load(
    samples: list[float], one: float, more: float
) -> None:
    soon, late = hedged(samples, one), hedged(samples, one + more)
    assert soon.gain >= late.gain - 1e-9
    assert late.gain >= -1e-9
    assert soon.extra_load >= late.extra_load


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: hedged([], 1.0), "samples must hold at least one"),
        (lambda: hedged([NAN], 1.0), "samples must be finite"),
        (lambda: hedged([-1.0], 1.0), "samples must be zero or more, got -1"),
        (lambda: hedged([1.0], -1.0), "after must be zero or more, got -1"),
        (lambda: hedged([1.0], [1.0, 2.0]), "after must be one number"),
        (lambda: hedged([1.0], 1.0).quantile(2.0), "q must be a probability"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
