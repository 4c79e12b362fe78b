"""Each cost formula has its known values and limits, and agrees with counting calls one by one."""

from __future__ import annotations

import math

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit import cost

RUNS = 50_000


def test_a_task_costs_the_sum_of_its_calls() -> None:
    assert cost.task_cost(0.03, [1, 6, 1, 6, 1]) == pytest.approx(0.45)
    assert cost.task_cost(0, [5, 5]) == 0
    assert cost.task_cost([0.03, 0.002], [[1, 1], [1, 2]]).tolist() == pytest.approx([0.06, 0.006])


def test_equal_calls_multiply_one_call() -> None:
    for steps, calls in ((1, 1), (12, 2), (60, 2.5)):
        assert cost.task_cost(0.03, [calls] * steps) == pytest.approx(0.03 * cost.call_multiplier(steps, calls))


@pytest.mark.parametrize(
    ("multiplier", "inside"), [(9.99, False), (10, True), (24, True), (100, True), (100.01, False), (0, False)]
)
def test_the_ten_to_hundred_rule_holds_from_ten_to_a_hundred(multiplier: float, inside: bool) -> None:
    assert cost.is_ten_to_hundred(multiplier) is inside


@pytest.mark.parametrize(
    ("agents", "rounds", "counting", "calls", "turns"),
    [
        (5, 3, "text", 15, 3),
        (3, 2, "text", 6, 2),
        (1, 1, "text", 1, 1),
        (1, 3, "listing", 4, 4),
        (5, 3, "listing", 20, 4),
        (3, 0, "listing", 3, 1),
    ],
)
def test_debates_are_counted_as_the_text_and_as_the_listing_count(
    agents: int, rounds: int, counting: str, calls: int, turns: int
) -> None:
    assert cost.debate_calls(agents, rounds, counting) == calls
    assert cost.debate_calls(1, rounds, counting) == turns


def test_expected_attempts_have_their_known_values() -> None:
    assert cost.expected_attempts(0.95, 1) == pytest.approx(1.05)
    assert cost.expected_attempts(0.985, 1) == pytest.approx(1.015)
    assert cost.expected_attempts(0.5, 2) == 1.75


def test_expected_attempts_at_the_ends_are_exact() -> None:
    for k in (0, 1, 7, 8, 9, 1000):
        assert cost.expected_attempts(0.0, k) == k + 1
        assert cost.expected_attempts(1.0, k) == 1
    assert cost.expected_attempts(0.3, 0) == 1
    assert cost.expected_attempts(1e-18, 500) == pytest.approx(501, rel=1e-14)


def test_retrying_without_end_takes_one_over_p_attempts() -> None:
    assert cost.expected_attempts(0.2, 10_000) == pytest.approx(5, rel=1e-14)


def test_a_chain_that_stops_pays_the_step_that_fails() -> None:
    assert cost.steps_until_failure(0.985, 12) == pytest.approx((1 - 0.985**12) / 0.015)
    assert cost.steps_until_failure(0.0, 12) == 1
    assert cost.steps_until_failure(1.0, 12) == 12
    assert cost.steps_until_failure(0.3, 12, detection=0) == 12


@pytest.mark.parametrize(("first", "growth", "steps"), [(2000, 500, 1), (2000, 500, 12), (0, 3, 40), (7, 0, 9)])
def test_a_growing_context_is_billed_call_by_call(first: int, growth: int, steps: int) -> None:
    assert cost.growing_context_tokens(first, growth, steps) == sum(first + growth * s for s in range(steps))


def test_doubling_a_long_conversation_quadruples_its_growth() -> None:
    one, two = (cost.growing_context_tokens(0, 1, s) for s in (10_000, 20_000))
    assert two / one == pytest.approx(4, rel=1e-3)


def test_a_cached_prefix_discounts_input_only() -> None:
    cold = cost.cached_prefix(3e-6, 15e-6, 0, 2000, 200)
    assert cold == pytest.approx(2000 * 3e-6 + 200 * 15e-6)
    assert cost.cached_prefix(3e-6, 15e-6, 2000, 0, 200, read=0.1) == pytest.approx(0.1 * 0.006 + 0.003)
    assert cost.cached_prefix(3e-6, 15e-6, 2000, 0, 200, read=0) == pytest.approx(0.003)


def test_writing_a_prefix_pays_back_after_w_minus_r_over_one_minus_r_uses() -> None:
    read, write, tokens = 0.1, 2.0, 1000
    break_even = (write - read) / (1 - read)
    for uses in range(1, 6):
        plain = uses * cost.cached_prefix(1e-6, 0, 0, tokens, 0)
        cached = cost.cached_prefix(1e-6, 0, 0, tokens, 0, write=write) + (uses - 1) * cost.cached_prefix(
            1e-6, 0, tokens, 0, 0, read=read
        )
        assert (cached < plain) == (uses > break_even)


def test_quality_per_dollar_and_cost_per_success_are_reciprocal() -> None:
    assert cost.quality_per_dollar(0.985, 0.03) == pytest.approx(32.8333333)
    assert cost.quality_per_dollar(0.7, 0.2) * cost.cost_per_success(0.7, 0.2) == pytest.approx(1)


def test_free_tasks_and_hopeless_tasks_are_infinite_not_nan() -> None:
    assert cost.quality_per_dollar([0.5, 0.0], 0).tolist() == [math.inf, math.inf]
    assert cost.cost_per_success(0, [0.0, 2.0]).tolist() == [math.inf, math.inf]


def test_profit_is_value_times_reliability_less_cost() -> None:
    assert cost.profit(0.9, 0.5, 0.03) == pytest.approx(0.42)
    assert cost.profit(-1, 1, 1) == -2


def test_profit_takes_damage_and_refusals_off() -> None:
    assert cost.profit(0.9, 0.5, 0.03, 0.2, 2.0, 0.3, 0.1) == pytest.approx(0.45 - 0.4 - 0.03 - 0.03)
    assert cost.profit(1, 0.7, 0, 0.1 + 0.2, 1, 0, 1) == pytest.approx(0.4)
    with pytest.raises(ValueError, match=r"reliability, wrong and refused must sum to at most 1, got 1\.1"):
        cost.profit(1, 0.7, 0, wrong=0.2, refused=0.2)


def test_a_success_with_damage_costs_what_profit_says_it_must_be_worth() -> None:
    p, usd, damage = 0.8, 0.3, 1.7
    worth = cost.cost_per_success(p, usd, damage)
    assert cost.profit(worth, p, usd, 1 - p, damage) == pytest.approx(0.0)


@steady
@given(st.floats(0, 1), st.integers(0, 40))
def test_attempts_lie_between_one_and_the_worst(p: float, k: int) -> None:
    attempts = cost.expected_attempts(p, k)
    assert 1 <= attempts <= cost.worst_attempts(k) * (1 + 1e-15)


@steady
@given(st.floats(0, 1), st.integers(0, 20))
def test_more_retries_never_take_fewer_attempts(p: float, k: int) -> None:
    assert cost.expected_attempts(p, k + 1) >= cost.expected_attempts(p, k) * (1 - 1e-15)


@pytest.mark.parametrize(("p", "retries"), [(0.95, 1), (0.5, 3), (0.1, 9), (0.7, 12), (0.0, 2), (0.02, 40)])
def test_expected_attempts_agree_with_the_simulation_within_four_standard_errors(p: float, retries: int) -> None:
    _, made, _ = oracles.attempts(np.random.default_rng(retries), RUNS, p, retries=retries)
    assert oracles.agrees(cost.expected_attempts(p, retries), made)


@pytest.mark.parametrize(
    ("p", "steps", "detection"), [(0.985, 12, 1), (0.9, 30, 0.5), (0.5, 3, 0.8), (0.0, 6, 0.3), (0.99, 60, 0.9)]
)
def test_steps_until_failure_agree_with_the_simulation_within_four_standard_errors(
    p: float, steps: int, detection: float
) -> None:
    rng = np.random.default_rng(steps)
    paid, going = np.zeros(RUNS), np.ones(RUNS, bool)
    for _ in range(steps):
        paid += going
        failed, noticed = rng.random(RUNS) >= p, rng.random(RUNS) < detection
        going &= ~(failed & noticed)
    assert oracles.agrees(cost.steps_until_failure(p, steps, detection), paid)
