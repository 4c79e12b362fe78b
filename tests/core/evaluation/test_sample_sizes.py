"""Tasks needed, smallest difference, power: against textbook values, exact enumeration, simulation and each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats
from strategies import steady

from labkit import evaluation, reliability

shares = st.floats(0.02, 0.45)
levels = st.sampled_from([0.01, 0.05, 0.1])
powers = st.sampled_from([0.5, 0.8, 0.9])


def test_the_lead_of_the_lesson_needs_more_tasks_than_it_was_given() -> None:
    """Of 500 tasks 9 went to the challenger alone and 2 to the rival alone: 1.4 points."""
    needed = evaluation.paired_tasks_needed(9 / 500, 2 / 500)
    assert needed == 879
    assert needed == pytest.approx(890, rel=0.02)
    assert evaluation.paired_power(500, 9 / 500, 2 / 500) == pytest.approx(0.56, abs=0.01)
    assert evaluation.exact_paired_power(925, 9 / 500, 2 / 500, test="exact") == pytest.approx(0.80, abs=0.005)


def test_fifty_tasks_of_their_own_see_little() -> None:
    assert evaluation.smallest_unpaired_difference(50, 0.5, centred=True) == pytest.approx(0.28, abs=0.005)
    assert evaluation.smallest_unpaired_difference(50, 0.8) == pytest.approx(0.17, abs=0.006)


def test_the_unpaired_numbers_are_those_of_the_textbook() -> None:
    """Fleiss, Levin and Paik 2003, table A.4, less the continuity correction that it adds."""
    z, more = stats.norm.isf(0.025), stats.norm.ppf(0.9)
    mean = 0.65
    by_hand = (z * (2 * mean * (1 - mean)) ** 0.5 + more * (0.6 * 0.4 + 0.7 * 0.3) ** 0.5) ** 2 / 0.1**2
    assert evaluation.unpaired_tasks_needed(0.6, 0.7, power=0.9) == np.ceil(by_hand)


@given(shares, shares, powers, levels)
@steady
def test_as_many_tasks_as_are_needed_find_the_difference_and_one_less_does_not(
    a: float, b: float, power: float, alpha: float
) -> None:
    assume(abs(a - b) > 0.02)
    for needed, found in (
        (evaluation.paired_tasks_needed, evaluation.paired_power),
        (evaluation.unpaired_tasks_needed, evaluation.unpaired_power),
    ):
        n = needed(a, b, power, alpha)
        assert n == needed(b, a, power, alpha)
        other_tail = 1e-3
        assert power - 1e-9 <= found(n, a, b, alpha)
        assert n == 1 or found(n - 1, a, b, alpha) <= power + other_tail


@given(st.floats(0.05, 0.9), powers, levels)
@steady
def test_more_tasks_are_needed_the_smaller_the_difference(parting: float, power: float, alpha: float) -> None:
    differences = np.linspace(0.02, 1, 20) * parting
    a, b = (parting + differences) / 2, (parting - differences) / 2
    assert np.all(np.diff(evaluation.paired_tasks_needed(a, b, power, alpha)) <= 0)
    assert np.all(np.diff(evaluation.unpaired_tasks_needed(0.0, np.linspace(0.01, 0.99, 50), power, alpha)) <= 0)


@given(st.integers(20, 5_000), st.floats(0.05, 1.0), powers, levels)
@steady
def test_the_smallest_difference_is_the_tasks_needed_turned_round(
    n: int, parting: float, power: float, alpha: float
) -> None:
    d = evaluation.smallest_paired_difference(n, parting, power, alpha)
    assume(np.isfinite(d))
    needed = evaluation.paired_tasks_needed((parting + d) / 2, max(0.0, (parting - d) / 2), power, alpha)
    assert abs(needed - n) <= 1


@given(st.integers(20, 5_000), st.floats(0.05, 0.95), powers, levels, st.booleans())
@steady
def test_the_smallest_unpaired_difference_is_the_root_that_scipy_finds(
    n: int, p: float, power: float, alpha: float, centred: bool
) -> None:
    d = evaluation.smallest_unpaired_difference(n, p, centred, power, alpha)
    z, more = stats.norm.isf(alpha / 2), stats.norm.ppf(power)

    def short(d: float) -> float:
        one, two = (p - d / 2, p + d / 2) if centred else (p, p + d)
        mean = (one + two) / 2
        apart = max(one * (1 - one), 0) + max(two * (1 - two), 0)
        return float(z * np.sqrt(2 * mean * (1 - mean)) + more * np.sqrt(apart) - d * np.sqrt(n))

    most = 2 * min(p, 1 - p) if centred else 1 - p
    if short(most) > 0:
        assert d == np.inf
    else:
        assert d == pytest.approx(optimize.brentq(short, 1e-9, most), abs=1e-9)


def test_without_a_difference_power_is_the_level_and_no_number_of_tasks_is_enough() -> None:
    assert evaluation.paired_power(300, 0.1, 0.1, 0.03) == pytest.approx(0.03)
    assert evaluation.unpaired_power(300, 0.4, 0.4, 0.03) == pytest.approx(0.03)
    assert evaluation.paired_tasks_needed([0.1, 0.0], [0.1, 0.0]).tolist() == [np.inf, np.inf]
    assert evaluation.paired_power(10, 1.0, 0.0) == 1.0
    assert evaluation.paired_power(3, 1.0, 0.0) == 0.0
    assert evaluation.unpaired_power([10, 2], 1.0, 0.0).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("n", "a", "b"), [(469, 0.10, 0.05), (200, 0.20, 0.10), (100, 0.3, 0.1), (2000, 0.05, 0.03)])
def test_paired_power_is_near_what_every_count_adds_up_to(n: int, a: float, b: float) -> None:
    assert evaluation.paired_power(n, a, b) == pytest.approx(evaluation.exact_paired_power(n, a, b), abs=0.02)


@pytest.mark.parametrize(("n", "p_1", "p_2"), [(1251, 0.70, 0.75), (100, 0.5, 0.7), (400, 0.9, 0.95)])
def test_unpaired_power_is_that_of_a_simulated_test(n: int, p_1: float, p_2: float) -> None:
    """The test of two shares with the pooled spread, drawn 40,000 times; the formula may be off by half a point."""
    rng, runs = np.random.default_rng(5), 40_000
    x, y = rng.binomial(n, p_1, runs) / n, rng.binomial(n, p_2, runs) / n
    mean = (x + y) / 2
    found = np.mean(np.abs(x - y) >= stats.norm.isf(0.025) * np.sqrt(2 * mean * (1 - mean) / n))
    error = np.sqrt(found * (1 - found) / runs)
    assert evaluation.unpaired_power(n, p_1, p_2) == pytest.approx(found, abs=4 * error + 0.005)


def test_paired_power_is_that_of_a_simulated_comparison() -> None:
    rng, runs, n = np.random.default_rng(6), 40_000, 469
    first, second, _ = rng.multinomial(n, (0.10, 0.05, 0.85), runs).T
    found = np.mean(np.abs(first - second) >= stats.norm.isf(0.025) * np.sqrt(first + second))
    error = np.sqrt(found * (1 - found) / runs)
    assert evaluation.paired_power(n, 0.10, 0.05) == pytest.approx(found, abs=4 * error + 0.01)


def test_pairing_pays_the_more_the_stronger_the_two_are_correlated() -> None:
    """With no correlation it needs as many tasks as each of two samples, half of all runs; with .8 a fifth of those."""
    both = [0.7 * 0.75 + rho * (0.7 * 0.3 * 0.75 * 0.25) ** 0.5 for rho in (0.0, 0.5, 0.8)]
    needed = [evaluation.paired_tasks_needed(0.7 - right, 0.75 - right) for right in both]
    assert needed[0] == pytest.approx(evaluation.unpaired_tasks_needed(0.7, 0.75), rel=0.01)
    assert needed[0] > 1.9 * needed[1] > 1.9 * 2 * needed[2]


def test_four_tries_of_fifty_tasks_are_not_two_hundred_tasks() -> None:
    """Differences of tasks that resemble their own other tries: the spread of the mean is that of fewer tasks."""
    law = reliability.BetaLaw(0.42, 0.397)
    worth = 200 / law.design_effect(4)
    assert worth == pytest.approx(91.3, abs=0.1)
    rng = np.random.default_rng(7)
    rates = rng.beta(law.a, law.b, (20_000, 50))
    means = rng.binomial(4, rates).mean(axis=1) / 4
    spread = np.var(means)
    assert spread == pytest.approx(0.42 * 0.58 / worth, rel=4 * np.sqrt(2 / 20_000))
    assert spread > 2 * 0.42 * 0.58 / 200
