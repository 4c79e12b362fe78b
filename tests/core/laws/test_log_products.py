"""Closed forms of long products against exact fractions, scipy, and sums taken one by one."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import special
from scipy.stats import betabinom

from labkit.cost import expected_attempts, steps_until_failure
from labkit.laws.likelihood import fit_beta_counts
from labkit.laws.log_products import binomial_majority, log_ratio
from labkit.reliability import (
    BetaLaw,
    fit_beta,
    majority_vote,
    pass_at_from_counts,
    pass_hat_from_counts,
    steps_with_early_stop,
    wilson_interval,
    with_retries,
)


@pytest.mark.parametrize(
    ("a", "b", "k"),
    [
        (0.5, 0.5, 3),
        (0.5, 0.5, 1000),
        (1e-3, 2, 5000),
        (1e6, 1e-11, 20_000),
        (1e10, 1e10, 20_000),
        (100, 1e-17, 20_000),
    ],
)
def test_a_long_product_is_the_sum_of_its_logarithms(a: float, b: float, k: int) -> None:
    one_by_one = math.fsum(
        math.log1p(-b / (a + b + i)) if b < a + i else math.log((a + i) / (a + b + i)) for i in range(k)
    )
    assert float(log_ratio(np.asarray(a), np.asarray(b), np.asarray(k))) == pytest.approx(one_by_one, rel=2e-14)


@pytest.mark.parametrize("p", [0.0, 1e-9, 1e-3, 0.3, 0.49, 0.5, 0.51, 0.9, 1 - 1e-9, 1.0])
@pytest.mark.parametrize("m", [1, 2, 3, 20, 1000, 10**5, 5 * 10**6])
def test_a_majority_is_scipy_s_incomplete_beta_function(p: float, m: int) -> None:
    wanted = special.betainc(m, m, p)
    assert float(binomial_majority(np.asarray(p), np.asarray(m))) == pytest.approx(wanted, rel=1e-11, abs=1e-300)


def test_votes_counted_by_fractions() -> None:
    p = Fraction(1, 3)
    for n in (1, 3, 5, 21):
        wanted = sum(math.comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(n // 2 + 1, n + 1))
        assert majority_vote(1 / 3, n) == pytest.approx(float(wanted), rel=1e-13)
        assert majority_vote(1e-9, n) == pytest.approx(math.comb(n, n // 2 + 1) * 1e-9 ** (n // 2 + 1), rel=1e-7)


@pytest.mark.parametrize(
    ("p", "rho"), [(0.6, 0.5), (0.9, 0.01), (0.3, 1e-9), (0.5, 0.999), (1e-12, 0.3), (1 - 1e-12, 0.2)]
)
@pytest.mark.parametrize("k", [2, 63, 64, 65, 200, 5000])
def test_the_beta_law_far_out_is_the_product_one_by_one(p: float, rho: float, k: int) -> None:
    law, factors = BetaLaw(p, rho), [(1 - rho) / (1 - rho + i * rho) for i in range(k)]
    right = math.fsum(math.log1p(-(1 - p) * share) for share in factors)
    wrong = math.fsum(math.log1p(-p * share) for share in factors)
    assert law.pass_hat(k) == pytest.approx(math.exp(right), rel=1e-10)
    assert law.pass_at(k) == pytest.approx(-math.expm1(wrong), rel=1e-10)


@pytest.mark.parametrize("rho", [0.0, 1e-320, 1.0])
def test_the_beta_law_far_out_at_the_ends_of_its_range(rho: float) -> None:
    law = BetaLaw(0.9999, rho)
    assert law.pass_hat(10_000) == pytest.approx(0.9999 if rho == 1 else 0.9999**10_000, rel=1e-10)
    assert law.pass_at(10_000) == pytest.approx(0.9999 if rho == 1 else 1.0, rel=1e-10)


@pytest.mark.parametrize(
    ("c", "n", "k"), [(70, 200, 64), (170, 200, 65), (190, 200, 150), (3, 200, 100), (10**6, 10**7, 5)]
)
def test_samples_without_putting_back_by_fractions(c: int, n: int, k: int) -> None:
    right = Fraction(math.comb(c, k), math.comb(n, k))
    wrong = Fraction(math.comb(n - c, k), math.comb(n, k))
    assert pass_hat_from_counts([c], n, k) == pytest.approx(float(right), rel=1e-11)
    assert pass_at_from_counts([c], n, k) == pytest.approx(float(1 - wrong), rel=1e-11)


@pytest.mark.parametrize("p", [1e-17, 1e-12, 1e-300, 1e-5])
def test_a_small_p_keeps_its_digits(p: float) -> None:
    assert with_retries(p, 1) == pytest.approx(p * (2 - p), rel=1e-14)
    assert BetaLaw(p, 0.0).pass_at(2) == pytest.approx(p * (2 - p), rel=1e-14)
    assert BetaLaw(p, 0.5).pass_at(2) == pytest.approx(p * (1 + (1 - p) * 0.5), rel=1e-14)
    assert pass_at_from_counts([1], 10**7, 1) == pytest.approx(1e-7, rel=1e-14)


def test_many_small_chances_keep_their_digits() -> None:
    most = -math.expm1(10**12 * math.log1p(-1e-12))
    assert with_retries(1e-12, 10**12 - 1) == pytest.approx(most, rel=1e-13)
    assert expected_attempts(1e-12, 10**12 - 1) == pytest.approx(most * 1e12, rel=1e-13)
    assert steps_with_early_stop(1e-12, 10**12) == pytest.approx(most * 1e12, rel=1e-13)
    assert steps_until_failure(0.5, 10**12, 2e-12) == pytest.approx(most * 1e12, rel=1e-13)


@pytest.mark.parametrize(
    ("successes", "tries"), [([500, 200], 1000), ([990, 20, 400], 1000), ([70, 130, 64, 65], 200), ([1, 0, 2, 90], 100)]
)
def test_a_fit_to_many_tries_is_likeliest_by_scipy(successes: list[int], tries: int) -> None:
    law = fit_beta_counts(successes, tries)

    def likelihood(p: float, rho: float) -> float:
        both = 1 / rho - 1
        return float(betabinom.logpmf(successes, tries, p * both, (1 - p) * both).sum())

    best = likelihood(law.p, law.correlation)
    for p, rho in ((1.001, 1), (0.999, 1), (1, 1.001), (1, 0.999), (1.01, 1.02), (0.99, 0.97)):
        assert likelihood(law.p * p, law.correlation * rho) < best + 1e-9


def test_a_fit_to_too_many_different_counts_is_refused() -> None:
    with pytest.raises(ValueError, match="successes must have at most 1,500 different counts, got 2,000"):
        fit_beta_counts(range(2000), 10**6)


def test_single_precision_pairs_are_taken() -> None:
    p = np.linspace(0.01, 0.99, 999, dtype=np.float32)
    assert fit_beta(p, p * p).correlation == pytest.approx(0, abs=1e-5)


def test_a_fit_below_independence_says_so_and_offers_it() -> None:
    with pytest.raises(ValueError, match="clip=True takes them for rho = 0"):
        fit_beta(0.5, 0.24)
    assert fit_beta(0.5, 0.24, clip=True) == BetaLaw(0.5, 0.0)
    with pytest.raises(ValueError, match="pass_2 must lie between") as refused:
        fit_beta(0.5, 0.6, clip=True)
    assert "clip" not in str(refused.value)


@pytest.mark.parametrize("level", [1 - 1e-16, math.nextafter(1, 0), 1e-16])
def test_an_interval_at_the_ends_of_its_level(level: float) -> None:
    low, high = wilson_interval(90, 100, level)
    assert 0.4 < low <= 0.9 <= high < 1
