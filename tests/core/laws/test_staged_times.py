"""Stages with retries: an enumeration of all attempts, a simulation attempt by attempt, and the text's limits."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit import cost, latency
from labkit.latency import RandomTime, RetriedStep, retried_time, time_of_stages

NAN = float("nan")
RUNS = 10_000
steps = st.tuples(st.sampled_from([0.0, 0.1, 0.4, 2.0]), st.sampled_from([0.0, 0.3, 0.9, 1.0]), st.integers(0, 2))
stages = st.lists(st.lists(steps, min_size=1, max_size=2), min_size=1, max_size=2)


def chance_of_attempts(p: float, retries: int, made: int) -> float:
    """How likely a step makes just so many attempts, one attempt after another."""
    chance = 1.0
    for attempt in range(1, made + 1):
        last = attempt == retries + 1
        chance *= (1.0 if last else p) if attempt == made else (1 - p)
    return chance


def enumerated(workflow: list[list[tuple[float, float, int]]]) -> dict[float, float]:
    """Every combination of attempts of all steps, as {seconds: probability}."""
    flat = [(i, *step) for i, stage in enumerate(workflow) for step in stage]
    found: dict[float, float] = {}
    for made in itertools.product(*(range(1, retries + 2) for *_, retries in flat)):
        slowest, chance = [0.0] * len(workflow), 1.0
        for (i, sec, p, retries), attempts in zip(flat, made, strict=True):
            slowest[i] = max(slowest[i], sec * attempts)
            chance *= chance_of_attempts(p, retries, attempts)
        total = round(sum(slowest), 9)
        found[total] = found.get(total, 0.0) + chance
    return {sec: chance for sec, chance in found.items() if chance > 0}


@steady
@given(stages)
def test_it_is_the_enumeration_of_all_attempts(workflow: list[list[tuple[float, float, int]]]) -> None:
    found, expected = time_of_stages(workflow), enumerated(workflow)
    assert found.sec == pytest.approx(sorted(expected))
    assert found.p == pytest.approx([expected[sec] for sec in sorted(expected)], abs=1e-12)


def drawn_workflow(rng: np.random.Generator) -> list[list[tuple[float, float, int]]]:
    return [
        [(float(rng.choice([0.4, 1.0, 2.0])), rng.uniform(0.3, 1), int(rng.integers(0, 4))) for _ in range(size)]
        for size in rng.integers(1, 5, rng.integers(1, 5))
    ]


@pytest.mark.parametrize("case", range(50))
def test_it_agrees_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([5, case])
    workflow, total = drawn_workflow(rng), np.zeros(RUNS)
    for stage in workflow:
        ends = [sec * oracles.attempts(rng, RUNS, p, retries=k)[1] for sec, p, k in stage]
        total += np.max(ends, axis=0)
    found = time_of_stages(workflow)
    assert oracles.agrees(found.mean, total)
    budget = float(found.quantile(rng.uniform(0.1, 0.95)))
    assert oracles.agrees_in_share(float(found.within(budget)), total <= budget + 1e-9)


@pytest.mark.parametrize("case", range(50))
def test_attempts_of_varying_length_agree_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([6, case])
    samples, p, k = rng.exponential(1.0, 12), rng.uniform(0.2, 1), int(rng.integers(0, 4))
    made = oracles.attempts(rng, RUNS, p, retries=k)[1]
    drawn = rng.choice(samples, (RUNS, k + 1)) * (np.arange(k + 1) < made[:, None])
    found = retried_time(RandomTime.from_samples(samples), p, k)
    assert oracles.agrees(found.mean, drawn.sum(axis=1))
    assert oracles.agrees_in_share(float(found.within(2.0)), drawn.sum(axis=1) <= 2.0)


def test_steps_that_never_fail_take_the_text_s_staged_time() -> None:
    found = time_of_stages([[(2.0, 1.0, 3), (0.4, 1.0, 1)], [(0.4, 1.0, 0)] * 3])
    assert found.sec.tolist() == [latency.staged([[2.0, 0.4], [0.4] * 3])]


def test_one_step_takes_its_expected_attempts_and_at_worst_all() -> None:
    for p, k in ((0.95, 1), (0.3, 5), (0.0, 2)):
        found = retried_time(2.0, p, k)
        assert found.mean == pytest.approx(2.0 * cost.expected_attempts(p, k))
        assert found.quantile(1.0) == pytest.approx(2.0 * cost.worst_attempts(k))


def test_a_stage_takes_longer_than_its_steps_expected_times() -> None:
    found = time_of_stages([[(2.0, 0.9, 1)] * 5])
    assert found.mean == pytest.approx(2.0 + 2.0 * (1 - 0.9**5))
    assert found.mean > 2.0 * cost.expected_attempts(0.9, 1)


def test_stages_add_their_means() -> None:
    one, other = [(2.0, 0.9, 1), (0.4, 0.5, 3)], [(1.0, 0.7, 2)]
    both = time_of_stages([one, other])
    assert both.mean == pytest.approx(time_of_stages([one]).mean + time_of_stages([other]).mean)


def test_sixty_equal_steps_keep_a_small_exact_support() -> None:
    found = time_of_stages([[RetriedStep(0.4, 0.985, 2)]] * 60)
    assert found.sec.size <= 121
    assert found.mean == pytest.approx(60 * 0.4 * cost.expected_attempts(0.985, 2))
    assert found.p.sum() == pytest.approx(1.0, abs=1e-12)


@steady
@given(stages, st.sampled_from([0.03, 0.25, 1.0]))
def test_a_grid_is_never_too_short_nor_too_long_by_its_stated_error(
    workflow: list[list[tuple[float, float, int]]], grid: float
) -> None:
    exact, rounded = time_of_stages(workflow), time_of_stages(workflow, grid_sec=grid)
    error = grid * sum(max(retries + 1 for *_, retries in stage) for stage in workflow)
    for q in (0.1, 0.5, 0.9, 1.0):
        assert exact.quantile(q) - 1e-9 <= rounded.quantile(q) <= exact.quantile(q) + error + 1e-9
    assert exact.mean - 1e-9 <= rounded.mean <= exact.mean + error + 1e-9


def test_too_many_times_are_refused_with_the_way_out_and_the_grid_works() -> None:
    rng = np.random.default_rng(7)
    workflow = [[(float(sec), 0.9, 2)] for sec in rng.random(40)]
    with pytest.raises(ValueError, match="grid"):
        time_of_stages(workflow)
    found = time_of_stages(workflow, grid_sec=0.01)
    exact = sum(sec * cost.expected_attempts(0.9, 2) for ((sec, _, _),) in workflow)
    assert exact <= found.mean <= exact + 0.01 * 3 * 40


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: time_of_stages([]), "stages must be a list with at least one stage"),
        (lambda: time_of_stages([[]]), r"stages\[0\] must be a list with at least one step"),
        (lambda: time_of_stages([[2.0]]), r"stages\[0\]\[0\] must be \(sec, p, retries\), got 2.0"),
        (lambda: time_of_stages([[(-1.0, 1.0, 0)]]), "sec must be zero or more, got -1"),
        (lambda: time_of_stages([[(NAN, 1.0, 0)]]), "sec must be finite"),
        (lambda: time_of_stages([[(1.0, 1.2, 0)]]), "p must be a probability"),
        (lambda: time_of_stages([[(1.0, 1.0, -1)]]), "retries must be a whole number"),
        (lambda: time_of_stages([[(1.0, 1.0, 0)]], grid_sec=0), "grid_sec must be above zero"),
        (lambda: retried_time(1.0, [0.5, 0.6], 1), "p must be one number"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
