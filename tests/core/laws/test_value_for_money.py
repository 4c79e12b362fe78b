"""What a dollar buys: buying again until one succeeds, and the pairs of designs that each ranking turns round."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.cost import (
    cost_per_full_success,
    cost_per_success,
    cost_per_success_with_damage,
    mean_score_per_dollar,
    quality_per_dollar,
    score_per_dollar,
)

NAN = float("nan")
RUNS = 10_000
ROUTED, PREMIUM = (0.5987, 0.136), (0.8341, 0.36)  # the section's table: 12 steps routed, 12 premium steps
tasks = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.01, 2)), min_size=1, max_size=8)


@pytest.mark.parametrize("case", range(50))
def test_a_success_and_its_failures_agree_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([13, case])
    p, usd, damage = rng.uniform(0.1, 1), rng.random(), rng.uniform(0, 3)
    tries = rng.geometric(p, RUNS)
    assert oracles.agrees(cost_per_success(p, usd), tries * usd)
    assert oracles.agrees(cost_per_success_with_damage(p, usd, damage), tries * usd + (tries - 1) * damage)


@steady
@given(*[st.floats(0.01, 1)] * 4)
def test_plain_quality_per_dollar_and_cost_per_success_always_rank_alike(
    p_a: float, usd_a: float, p_b: float, usd_b: float
) -> None:
    assert quality_per_dollar(p_a, usd_a) * cost_per_success(p_a, usd_a) == pytest.approx(1)
    by_quality = quality_per_dollar(p_a, usd_a) - quality_per_dollar(p_b, usd_b)
    by_cost = cost_per_success(p_b, usd_b) - cost_per_success(p_a, usd_a)
    assert by_quality * by_cost >= -1e-12


def test_a_failure_that_does_damage_turns_the_section_s_own_rows_round() -> None:
    assert quality_per_dollar(*ROUTED) > quality_per_dollar(*PREMIUM)
    assert cost_per_success(*ROUTED) < cost_per_success(*PREMIUM)
    assert cost_per_success_with_damage(*ROUTED, 1.0) > cost_per_success_with_damage(*PREMIUM, 1.0)


def test_the_order_turns_where_the_two_costs_meet() -> None:
    (p_a, usd_a), (p_b, usd_b) = ROUTED, PREMIUM
    tie = (usd_b / p_b - usd_a / p_a) / ((1 - p_a) / p_a - (1 - p_b) / p_b)
    below, above = (
        cost_per_success_with_damage(*ROUTED, d) < cost_per_success_with_damage(*PREMIUM, d)
        for d in (tie * 0.999, tie * 1.001)
    )
    assert below
    assert not above


def test_without_damage_it_is_the_plain_cost_per_success() -> None:
    p = np.array([0.0, 0.3, 1.0])
    assert cost_per_success_with_damage(p, 0.1, 0.0).tolist() == cost_per_success(p, 0.1).tolist()
    assert cost_per_success_with_damage(1.0, 0.1, 99.0) == pytest.approx(0.1)


def test_partly_right_answers_turn_the_order_round() -> None:
    """A is half right on every task, B fully right on two of five: B loses on the mean score and wins on successes."""
    usd = [0.1] * 5
    half, some_full = [0.5, 0.5, 0.5, 0.5, 1.0], [0.0, 0.0, 0.0, 1.0, 1.0]
    assert score_per_dollar(half, usd) > score_per_dollar(some_full, usd)
    assert cost_per_full_success(half, usd) > cost_per_full_success(some_full, usd)


@steady
@given(tasks)
def test_with_scores_of_nought_and_one_they_are_each_other_turned_round(drawn: list[tuple[float, float]]) -> None:
    scores, usd = [float(score == 1) for score, _ in drawn], [c for _, c in drawn]
    if any(scores):
        assert score_per_dollar(scores, usd) * cost_per_full_success(scores, usd) == pytest.approx(1)
        mean = quality_per_dollar(np.mean(scores), np.mean(usd))
        assert score_per_dollar(scores, usd) == pytest.approx(mean)


def test_averaging_ratios_turns_the_order_round_even_with_scores_of_nought_and_one() -> None:
    """A solves only a task of one cent; B solves the two dear ones. A dollar buys more successes from B."""
    usd = [0.01, 1.0, 1.0]
    cheap_only, dear_ones = [1.0, 0.0, 0.0], [0.0, 1.0, 1.0]
    assert mean_score_per_dollar(cheap_only, usd) > mean_score_per_dollar(dear_ones, usd)
    assert score_per_dollar(cheap_only, usd) < score_per_dollar(dear_ones, usd)
    assert cost_per_full_success(cheap_only, usd) > cost_per_full_success(dear_ones, usd)


@steady
@given(tasks, st.floats(0.01, 2))
def test_with_equal_prices_the_mean_of_ratios_is_the_ratio_of_means(
    drawn: list[tuple[float, float]], price: float
) -> None:
    scores = [score for score, _ in drawn]
    usd = [price] * len(drawn)
    assert mean_score_per_dollar(scores, usd) == pytest.approx(score_per_dollar(scores, usd))


@steady
@given(tasks)
def test_they_are_what_a_loop_over_the_tasks_finds(drawn: list[tuple[float, float]]) -> None:
    scores, usd = [s for s, _ in drawn], [c for _, c in drawn]
    assert score_per_dollar(scores, usd) == pytest.approx(sum(scores) / sum(usd))
    assert mean_score_per_dollar(scores, usd) == pytest.approx(sum(s / c for s, c in drawn) / len(drawn))
    full = sum(s == 1 for s in scores)
    assert cost_per_full_success(scores, usd) == pytest.approx(sum(usd) / full if full else float("inf"))


@pytest.mark.parametrize("case", range(50))
def test_many_recorded_tasks_come_to_the_formula_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([14, case])
    p, usd = rng.uniform(0.2, 1), rng.uniform(0.5, 2)
    right = (rng.random(RUNS) < p).astype(float)
    error = np.sqrt(p * (1 - p) / RUNS)
    found = score_per_dollar(right, np.full(RUNS, usd))
    assert abs(found - quality_per_dollar(p, usd)) <= 4 * error / usd + 1e-12
    assert abs(1 / cost_per_full_success(right, np.full(RUNS, usd)) - 1 / cost_per_success(p, usd)) <= (
        4 * error / usd + 1e-12
    )


def test_free_tasks_and_no_success_are_infinite_not_nan() -> None:
    assert score_per_dollar([1.0, 0.0], [0.0, 0.0]) == float("inf")
    assert cost_per_full_success([0.5, 0.0], [1.0, 1.0]) == float("inf")
    assert score_per_dollar([[1.0, 0.0], [1.0, 1.0]], [1.0, 1.0]).tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cost_per_success_with_damage(1.5, 1, 1), "reliability must be a probability"),
        (lambda: cost_per_success_with_damage(0.5, -1, 1), "usd must be zero or more"),
        (lambda: cost_per_success_with_damage(0.5, 1, NAN), "usd_damage must be finite"),
        (lambda: score_per_dollar([], []), "scores must hold at least one"),
        (lambda: score_per_dollar([1.0, 2.0], [1.0, 1.0]), "scores must be a probability"),
        (lambda: score_per_dollar([1.0, 1.0], [1.0]), "an entry for each task, got 2 scores and 1 prices"),
        (lambda: mean_score_per_dollar([1.0], [0.0]), "usd must be above zero for each task"),
        (lambda: cost_per_full_success([1.0], [-1.0]), "usd must be zero or more"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
