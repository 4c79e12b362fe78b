"""Routing scores: a coin as the limit, a router simulated question by question, and RouteLLM's own figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.cost import apgr, cpt, pgr, routed_cost

NAN = float("nan")
RUNS = 10_000
SHARE, QUALITY = [0.0, 0.2, 0.6, 1.0], [0.6, 0.75, 0.7, 0.8]
curves = st.lists(st.floats(0, 1), min_size=0, max_size=5).map(lambda middle: [0.0, *middle, 1.0])


def test_the_published_pair_has_its_pgr() -> None:
    assert pgr([0.638, 0.7475, 0.857], 0.638, 0.857).tolist() == pytest.approx([0.0, 0.5, 1.0])
    assert pgr(0.929, 0.638, 0.857) == pytest.approx(0.291 / 0.219)


def test_the_published_saving_is_one_over_a_random_router() -> None:
    assert round(0.4903 / 0.1340, 2) == 3.66
    against_strong = routed_cost(1.0, 0.0, 1.0) / routed_cost(0.1340, 0.0, 1.0)
    assert against_strong == pytest.approx(7.46, abs=5e-3)  # with a weak model that costs nothing


@steady
@given(st.lists(st.floats(0.01, 0.99), max_size=5, unique=True), st.floats(0, 1))
def test_a_coin_recovers_its_share(middle: list[float], gap: float) -> None:
    share = np.array([0.0, *sorted(middle), 1.0])
    quality = 0.638 + share * (0.857 - 0.638)
    assert cpt(share, quality, gap) == pytest.approx(gap, abs=1e-9)
    assert apgr(share, quality) == pytest.approx(0.5)


@pytest.mark.parametrize("case", range(50))
def test_a_coin_between_two_thresholds_agrees_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([12, case])
    weak_right, sure = rng.random(RUNS) < 0.5, rng.random(RUNS)
    strong_right = weak_right | (rng.random(RUNS) < 0.6)
    sure = np.where(weak_right, np.maximum(sure, rng.random(RUNS)), sure)  # the router's guess, better than a coin
    order = np.argsort(sure)
    share = np.linspace(0, 1, 6)
    quality = [
        np.where(np.isin(np.arange(RUNS), order[: round(s * RUNS)]), strong_right, weak_right).mean() for s in share
    ]
    gap = rng.uniform(0.05, 0.95)
    needed = cpt(share, quality, gap)
    low = min(int(needed * 5), 4)
    coin = rng.random(RUNS) < (needed - share[low]) * 5
    calls = np.where(coin, round(share[low + 1] * RUNS), round(share[low] * RUNS))
    rank = np.empty(RUNS, int)
    rank[order] = np.arange(RUNS)
    strong = rank < calls
    assert oracles.agrees_in_share(needed, strong)
    wanted = quality[0] + gap * (quality[-1] - quality[0])
    assert oracles.agrees(wanted, np.where(strong, strong_right, weak_right))
    assert oracles.agrees(routed_cost(needed, 0.002, 0.03), np.where(strong, 0.03, 0.002))


def test_an_ideal_router_needs_only_the_questions_that_the_strong_model_alone_gets_right() -> None:
    share, quality = [0.0, 0.291, 1.0], [0.638, 0.929, 0.857]
    assert cpt(share, quality, 1.0) == pytest.approx(0.219)
    assert apgr(share, quality) > 1


def test_the_first_crossing_counts_where_a_curve_falls_again() -> None:
    assert cpt(SHARE, QUALITY, 0.5) == pytest.approx(0.2 * 0.1 / 0.15)
    assert cpt(SHARE, QUALITY, [0.0, 0.75, 1.0]).tolist() == pytest.approx([0.0, 0.2, 1.0])
    assert cpt(SHARE, QUALITY, 0.8) == pytest.approx(0.6 + 0.4 * (0.16 - 0.1) / 0.1)


def test_a_router_that_finds_nothing_until_the_end_needs_the_end() -> None:
    assert cpt([0.0, 0.5, 1.0], [0.6, 0.6, 0.8], [0.0, 0.5]).tolist() == pytest.approx([0.0, 0.75])
    assert apgr([0.0, 0.5, 1.0], [0.6, 0.6, 0.8]) == pytest.approx(0.25)


@steady
@given(curves, st.floats(0, 1), st.floats(0, 1))
def test_more_of_the_gap_never_needs_fewer_strong_calls(quality: list[float], one: float, other: float) -> None:
    share = np.linspace(0, 1, len(quality))
    needed = cpt(share, quality, [min(one, other), max(one, other)])
    assert 0 <= needed[0] <= needed[1] + 1e-12 <= 1 + 2e-12


@steady
@given(curves, st.floats(0, 1))
def test_at_the_threshold_the_curve_reaches_the_gap(quality: list[float], gap: float) -> None:
    share = np.linspace(0, 1, len(quality))
    assert np.interp(cpt(share, quality, gap), share, pgr(quality, 0.0, 1.0)) == pytest.approx(gap, abs=1e-9)


def test_the_cost_of_a_routed_call_runs_from_weak_to_strong() -> None:
    assert routed_cost([0.0, 0.5, 1.0], 0.002, 0.03).tolist() == pytest.approx([0.002, 0.016, 0.03])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: pgr(0.5, 0.8, 0.8), "strong must be above weak, got weak 0.8 and strong 0.8"),
        (lambda: pgr(NAN, 0.1, 0.8), "quality must be finite"),
        (lambda: cpt([0.0, 0.5], [0.1, 0.2], 0.5), "strong_share must rise from 0 to 1"),
        (lambda: cpt([0.0, 0.5, 0.5, 1.0], [0.1] * 3 + [0.2], 0.5), "strong_share must rise from 0 to 1"),
        (lambda: cpt([0.0, 1.0], [0.1, 0.2, 0.3], 0.5), "same length"),
        (lambda: cpt([0.0, 1.0], [0.2, 0.1], 0.5), "strong must be above weak"),
        (lambda: cpt(SHARE, QUALITY, 1.5), "gap must be a probability"),
        (lambda: apgr([], []), "strong_share must hold at least one"),
        (lambda: apgr([0.0, 150.0], [0.1, 0.2]), "strong_share must be a probability"),
        (lambda: routed_cost(0.5, -1.0, 1.0), "usd_weak must be zero or more"),
        (lambda: routed_cost(1.5, 1.0, 1.0), "strong_share must be a probability"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
