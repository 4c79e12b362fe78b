"""Horizons: the product law turned round, and the Weibull law against drawn lifetimes and its own hazard."""

from __future__ import annotations

import math

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.laws.horizons import hazard, horizon, survival, time_at, weibull_through
from labkit.reliability import chain_success, steps_until_below

inner = st.floats(0.01, 0.99)
shapes = st.floats(0.3, 3)


@steady
@given(st.floats(0.01, 0.999), inner)
def test_a_chain_as_long_as_its_horizon_succeeds_at_the_level(p: float, success: float) -> None:
    steps = horizon(p, success)
    assert p**steps == pytest.approx(success)
    assert steps_until_below(p, success) == pytest.approx(math.floor(steps) + 1, abs=1 if steps % 1 < 1e-9 else 0)


@steady
@given(st.floats(0.3, 0.999), st.integers(0, 300))
def test_a_constant_hazard_is_the_product_law(p: float, steps: int) -> None:
    assert survival(steps, horizon(p)) == pytest.approx(chain_success(p, steps), abs=1e-12)


@pytest.mark.parametrize(
    ("p", "success", "steps"),
    [(1, 0.5, math.inf), (1, 1, math.inf), (0, 0.5, 0), (0.9, 1, 0), (0.9, 0, math.inf), (0, 0, math.inf), (0, 1, 0)],
)
def test_horizons_at_the_edges(p: float, success: float, steps: float) -> None:
    assert horizon(p, success) == steps
    assert math.copysign(1, horizon(p, success)) == 1


def test_t80_is_a_third_and_t99_a_seventieth_of_the_half_life() -> None:
    """Ord 2025 (reported as): T80 ~ T50/3 and T99 ~ T50/70 under a constant hazard."""
    assert 1 / time_at(0.8, 1) == pytest.approx(3.106, abs=5e-4)
    assert 1 / time_at(0.99, 1) == pytest.approx(68.97, abs=5e-3)
    assert round(1 / time_at(0.8, 1)) == 3
    assert round(1 / time_at(0.99, 1), -1) == 70


@steady
@given(inner, st.floats(0.1, 1e4), shapes)
def test_a_time_is_where_survival_has_the_level(success: float, half_life: float, shape: float) -> None:
    assert survival(time_at(success, half_life, shape), half_life, shape) == pytest.approx(success)
    assert time_at(0.5, half_life, shape) == pytest.approx(half_life)
    assert survival(half_life, half_life, shape) == pytest.approx(0.5)


@steady
@given(st.floats(0.1, 100), st.floats(0.5, 50), shapes)
def test_the_hazard_adds_up_to_minus_the_logarithm_of_survival(t: float, half_life: float, shape: float) -> None:
    """Midpoints of equal parts in log time, from where nothing has failed yet."""
    ends = np.geomspace(t * 1e-9, t, 4001)
    middle = np.sqrt(ends[1:] * ends[:-1])
    added = np.sum(hazard(middle, half_life, shape) * middle * np.log(ends[1] / ends[0]))
    before = -math.log(survival(ends[0], half_life, shape))
    assert before + added == pytest.approx(np.log(2) * (t / half_life) ** shape, rel=1e-4)


@pytest.mark.parametrize("case", range(50))
def test_survival_agrees_with_drawn_lifetimes(case: int) -> None:
    """numpy draws with a scale, at which a share of 1/e is left."""
    rng = np.random.default_rng(case)
    half_life, shape = rng.uniform(1, 100), rng.uniform(0.4, 2.5)
    lifetimes = rng.weibull(shape, 20_000) * half_life / np.log(2) ** (1 / shape)
    t, level = rng.uniform(0.1, 2) * half_life, rng.uniform(0.1, 0.95)
    assert oracles.agrees_in_share(survival(t, half_life, shape), lifetimes > t)
    assert oracles.agrees_in_share(level, lifetimes > time_at(level, half_life, shape))


@pytest.mark.parametrize("case", range(50))
def test_the_hazard_and_the_horizon_agree_with_step_by_step_runs(case: int) -> None:
    """Runs that fail at each of many small steps with the hazard of its middle; and chains of equal steps."""
    rng = np.random.default_rng(200 + case)
    shape, end = rng.uniform(0.6, 2), rng.uniform(0.3, 1.5)
    ends = np.linspace(0, end ** (1 / 2), 301) ** 2
    width, middle = np.diff(ends), (ends[1:] + ends[:-1]) / 2
    alive = 20_000
    for chance in 1 - np.exp(-width * hazard(middle, 1.0, shape)):
        alive -= rng.binomial(alive, chance)
    assert oracles.agrees_in_share(survival(end, 1.0, shape), np.arange(20_000) < alive)
    p, level = rng.uniform(0.8, 0.995), rng.uniform(0.2, 0.9)
    whole = math.floor(horizon(p, level))
    failed_at = rng.geometric(1 - p, 20_000)
    share = np.mean(failed_at > whole)
    error = 4 * math.sqrt(level * (1 - level) / 20_000)
    assert level - error <= share
    assert np.mean(failed_at > whole + 1) < level + error


@steady
@given(st.floats(0.1, 100), st.floats(0.1, 3), st.floats(1.5, 20))
def test_two_points_give_the_law_back(half_life: float, shape: float, ratio: float) -> None:
    t_1, t_2 = half_life / ratio, half_life * ratio
    better, worse = survival(t_1, half_life, shape), survival(t_2, half_life, shape)
    if worse > 1e-12 and better < 1 - 1e-3:
        law = weibull_through(t_1, better, t_2, worse)
        assert law.half_life == pytest.approx(half_life, rel=1e-6)
        assert law.shape == pytest.approx(shape, rel=1e-6)


def test_a_falling_hazard_fails_early_and_then_lasts() -> None:
    assert time_at(0.8, 60, 0.6) < time_at(0.8, 60, 1)
    assert survival(240, 60, 0.6) > survival(240, 60, 1)
    assert hazard(0, 60, 0.6) == math.inf
    assert hazard(0, 60, 2) == 0
    assert hazard([1, 50, 500], 60).tolist() == pytest.approx([math.log(2) / 60] * 3)


def test_times_at_the_edges() -> None:
    assert time_at([0, 1], 60).tolist() == [math.inf, 0]
    assert math.copysign(1, time_at(1, 60)) == 1
    assert survival(0, 60, 0.5) == 1
    assert survival(1e300, 1e-300, 3) == 0


@pytest.mark.parametrize("law", [survival, hazard])
@pytest.mark.parametrize(
    ("t", "half_life", "shape", "match"),
    [
        (-1, 60, 1, "t must be zero or more, got -1"),
        (1, 0, 1, "half_life must be above 0, got 0"),
        (1, -2, 1, "half_life must be zero or more"),
        (1, 60, 0, "shape must be above 0, got 0"),
        (float("nan"), 60, 1, "t must be finite"),
        ([1, 2], [1, 2, 3], 1, "do not fit together"),
    ],
)
def test_lengths_that_cannot_be_are_refused(
    law: object, t: object, half_life: object, shape: object, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        law(t, half_life, shape)


def test_levels_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="success must be a probability"):
        time_at(80, 60)
    with pytest.raises(ValueError, match="half_life must be above 0"):
        time_at(0.8, 0)
    with pytest.raises(ValueError, match="success must be a probability"):
        horizon(0.9, 1.2)
    with pytest.raises(ValueError, match="p must be a probability"):
        horizon(90)


@pytest.mark.parametrize(
    ("points", "match"),
    [
        ((60, 0.8, 10, 0.5), "t_2 must be longer than t_1"),
        ((10, 0.5, 60, 0.8), "success_2 below success_1"),
        ((10, 0.5, 60, 0.5), "success_2 below success_1"),
        ((10, 0.5, 10, 0.4), "got 10 with 0.5 and 10 with 0.4"),
        ((0, 0.8, 10, 0.5), "t_1 must be above 0"),
        ((1, 1.0, 10, 0.5), "success_1 must lie between 0 and 1, got 1"),
        ((1, 0.8, 10, 0), "success_2 must lie between 0 and 1, got 0"),
    ],
)
def test_points_that_no_law_goes_through_are_refused(points: tuple[float, ...], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        weibull_through(*points)
