"""Unbiased pass^k and pass@k against every sample of the tries; the interval against its equation and its coverage."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.laws.correlated_tries import BetaLaw
from labkit.laws.counts import checked_counts, pass_at_from_counts, pass_hat_from_counts, wilson_interval


@steady
@given(st.integers(1, 8), st.data())
def test_one_item_is_the_share_of_all_samples_of_k_tries(tries: int, data: st.DataObject) -> None:
    successes, k = data.draw(st.integers(0, tries)), data.draw(st.integers(1, tries))
    samples = list(itertools.combinations([1] * successes + [0] * (tries - successes), k))
    assert pass_hat_from_counts(successes, tries, k) == pytest.approx(np.mean([all(s) for s in samples]), abs=1e-12)
    assert pass_at_from_counts(successes, tries, k) == pytest.approx(np.mean([any(s) for s in samples]), abs=1e-12)


@pytest.mark.parametrize(("tries", "k"), [(4, 1), (4, 3), (6, 2), (9, 9)])
def test_the_estimates_are_unbiased_where_a_power_of_the_share_is_not(tries: int, k: int) -> None:
    p = Fraction(3, 10)
    chances = [math.comb(tries, c) * p**c * (1 - p) ** (tries - c) for c in range(tries + 1)]
    assert sum(chances) == 1

    def mean(values: list[float]) -> float:
        return math.fsum(float(chance) * value for chance, value in zip(chances, values, strict=True))

    hat = [pass_hat_from_counts(c, tries, k) for c in range(tries + 1)]
    at = [pass_at_from_counts(c, tries, k) for c in range(tries + 1)]
    assert mean(hat) == pytest.approx(float(p**k), abs=1e-13)
    assert mean(at) == pytest.approx(float(1 - (1 - p) ** k), abs=1e-13)
    if k > 1:
        assert mean([(c / tries) ** k for c in range(tries + 1)]) > float(p**k) + 1e-3


def test_items_lie_along_the_last_axis_and_are_averaged() -> None:
    counts, tries = np.array([[4, 2, 0], [3, 3, 1]]), np.array([4, 4, 5])
    both = [[pass_hat_from_counts(c, n, 2) for c, n in zip(row, tries, strict=True)] for row in counts]
    assert pass_hat_from_counts(counts, tries, 2) == pytest.approx(np.mean(both, axis=1))
    assert pass_hat_from_counts(counts, tries, [1, 2]).shape == (2,)
    assert pass_hat_from_counts(counts, tries, [[1], [2], [3]]).shape == (3, 2)
    assert pass_at_from_counts(counts[0], tries, [1, 2, 3, 4])[3] == pytest.approx((1 + 1 + 0) / 3)
    assert isinstance(pass_hat_from_counts([1, 2], 2, 1), float)


@pytest.mark.parametrize("case", range(50))
def test_the_estimates_agree_with_fresh_tries_of_the_same_items(case: int) -> None:
    rng = np.random.default_rng(case)
    items, tries, k = 3000, int(rng.integers(3, 9)), int(rng.integers(1, 4))
    rates = rng.beta(*rng.uniform(0.3, 3, 2), size=items)
    successes = rng.binomial(tries, rates)
    fresh = rng.random((items, k)) < rates[:, None]
    for estimate, truth in (
        (pass_hat_from_counts, fresh.all(axis=1)),
        (pass_at_from_counts, fresh.any(axis=1)),
    ):
        per_item = np.array([estimate(c, tries, k) for c in range(tries + 1)])[successes]
        assert estimate(successes, tries, k) == pytest.approx(per_item.mean())
        assert oracles.agrees(0.0, per_item - truth)  # the same items, so their difference has mean 0


@pytest.mark.parametrize(
    ("successes", "tries", "k", "match"),
    [
        ([1, 5], 4, 1, r"successes must be at most tries, got 5 successes in 4 at index \(1,\)"),
        ([1, 2], [4, 3], 4, "k must be at most the tries of every item, got k = 4 where an item has 3"),
        ([1], 0, 1, "tries must be a whole number, 1 or more, got 0"),
        ([], 3, 1, "successes must hold at least one number"),
        ([1.5], 3, 1, "successes must be a whole number"),
        ([float("nan")], 3, 1, "successes must be finite"),
        ([-1], 3, 1, "successes must be a whole number, 0 or more, got -1"),
        ([1], 3, 0, "k must be a whole number, 1 or more, got 0"),
        ([1, 2], [3, 3, 3], 1, "do not fit together"),
        ([[1, 2], [1, 2]], 3, [1, 2, 3], "do not fit together"),
    ],
)
def test_counts_that_cannot_be_are_refused(successes: list[float], tries: object, k: object, match: str) -> None:
    for estimate in (pass_hat_from_counts, pass_at_from_counts):
        with pytest.raises(ValueError, match=match):
            estimate(successes, tries, k)


def test_counts_take_one_shape() -> None:
    right, tried = checked_counts([[1], [2]], [3, 4])
    assert right.shape == tried.shape == (2, 2)


@steady
@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_both_ends_of_the_interval_lie_z_standard_errors_from_the_share(tries: int, part: float, level: float) -> None:
    successes = round(part * tries)
    low, high = wilson_interval(successes, tries, level)
    z = {0.5: 0.6744897501960817, 0.8: 1.2815515655446004, 0.95: 1.959963984540054, 0.99: 2.5758293035489004}[level]
    share = successes / tries
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    for end in (low, high):
        assert (share - end) ** 2 == pytest.approx(z**2 * end * (1 - end) / tries, abs=1e-9)


def test_no_success_and_only_successes_have_intervals_that_end_at_0_and_1() -> None:
    z2 = 1.959963984540054**2
    assert wilson_interval(0, 10) == pytest.approx((0, z2 / (10 + z2)), abs=1e-15)
    assert wilson_interval([0, 10], 10).high.tolist() == pytest.approx([z2 / (10 + z2), 1])


def test_an_interval_for_repeated_tries_is_honest_only_with_the_design_effect() -> None:
    """Sixty items tried five times each, correlation 0.5: 300 tries count as 100."""
    rng, items, tries, law = np.random.default_rng(1), 60, 5, BetaLaw(0.6, 0.5)
    rates = rng.beta(law.a, law.b, size=(4000, items))
    successes = rng.binomial(tries, rates).sum(axis=1)

    def coverage(effect: float) -> float:
        low, high = wilson_interval(successes / effect, items * tries / effect)
        return float(np.mean((low <= law.p) & (law.p <= high)))

    assert law.design_effect(tries) == 3
    assert coverage(1.0) < 0.8
    assert 0.94 < coverage(3.0) < 0.96


@pytest.mark.parametrize(
    ("successes", "tries", "level", "match"),
    [
        (5, 4, 0.95, "successes must be at most tries, got 5 successes in 4"),
        (0, 0, 0.95, "tries must be above 0, got 0"),
        (1, 4, 95, "level must be one number between 0 and 1"),
        (1, 4, [0.9, 0.95], "level must be one number"),
        (-1, 4, 0.95, "successes must be zero or more, got -1"),
        (float("nan"), 4, 0.95, "successes must be finite"),
        ([1, 2], [3, 4, 5], 0.95, "do not fit together"),
    ],
)
def test_an_interval_of_nothing_is_refused(successes: object, tries: object, level: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        wilson_interval(successes, tries, level)


@pytest.mark.parametrize("tries", [*range(1, 60), 511, 600, 10_000])
def test_a_share_lies_in_its_own_interval_whatever_the_rounding(tries: int) -> None:
    right = np.array([0, tries])
    low, high = wilson_interval(right, tries)
    assert np.all(low <= right / tries)
    assert np.all(right / tries <= high)
