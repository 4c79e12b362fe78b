"""What a dollar buys: buying again until one succeeds, and the pairs of designs that each ranking turns round."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.cost import cost_per_success, quality_per_dollar

NAN = float("nan")
RUNS = 10_000
ROUTED, PREMIUM = (0.5987, 0.136), (0.8341, 0.36)  # the section's table: 12 steps routed, 12 premium steps


@pytest.mark.parametrize("case", range(50))
def test_a_success_and_its_failures_agree_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([13, case])
    p, usd, damage = rng.uniform(0.1, 1), rng.random(), rng.uniform(0, 3)
    tries = rng.geometric(p, RUNS)
    assert oracles.agrees(cost_per_success(p, usd), tries * usd)
    assert oracles.agrees(cost_per_success(p, usd, damage), tries * usd + (tries - 1) * damage)


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
    assert cost_per_success(*ROUTED, 1.0) > cost_per_success(*PREMIUM, 1.0)


def test_the_order_turns_where_the_two_costs_meet() -> None:
    (p_a, usd_a), (p_b, usd_b) = ROUTED, PREMIUM
    tie = (usd_b / p_b - usd_a / p_a) / ((1 - p_a) / p_a - (1 - p_b) / p_b)
    below, above = (cost_per_success(*ROUTED, d) < cost_per_success(*PREMIUM, d) for d in (tie * 0.999, tie * 1.001))
    assert below
    assert not above


def test_without_damage_it_is_the_plain_cost_per_success() -> None:
    p = np.array([0.0, 0.3, 1.0])
    assert cost_per_success(p, 0.1, 0.0).tolist() == cost_per_success(p, 0.1).tolist()
    assert cost_per_success(1.0, 0.1, 99.0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cost_per_success(1.5, 1, 1), "reliability must be a probability"),
        (lambda: cost_per_success(0.5, -1, 1), "usd must be zero or more"),
        (lambda: cost_per_success(0.5, 1, NAN), "usd_damage must be finite"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
