"""The fit by maximum likelihood against scipy's beta-binomial distribution and its own search for the maximum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import betabinom, binom, chi2

from labkit.laws.correlated_tries import BetaLaw
from labkit.laws.likelihood import fit_beta_counts


def log_likelihood(p: float, rho: float, successes: np.ndarray, tries: np.ndarray) -> float:
    if rho == 0:
        return float(binom.logpmf(successes, tries, p).sum())
    both = 1 / rho - 1
    return float(betabinom.logpmf(successes, tries, p * both, (1 - p) * both).sum())


def best_of_scipy(successes: np.ndarray, tries: np.ndarray) -> float:
    """The highest likelihood that scipy finds, from several starts, in the log odds of both numbers."""

    def lost(x: np.ndarray) -> float:
        p, rho = 1 / (1 + np.exp(-np.clip(x, -14, 14)))
        return -log_likelihood(p, rho, successes, tries)

    starts = [(0, -3), (0, 0), (0, 2), (1.5, -6)]
    return max(-minimize(lost, start, method="Nelder-Mead", options={"xatol": 1e-7}).fun for start in starts)


@pytest.mark.parametrize("case", range(20))
def test_no_law_is_likelier_than_the_fit(case: int) -> None:
    rng = np.random.default_rng(case)
    items = int(rng.integers(4, 80))
    tries = rng.integers(1, 12, size=items) if case % 2 else np.full(items, int(rng.integers(2, 9)))
    tries[0] = max(tries[0], 2)
    p, rho = rng.uniform(0.1, 0.9), rng.choice([0.0, 0.02, 0.3, 0.7, 0.95])
    rates = rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1), items) if rho else np.full(items, p)
    successes = rng.binomial(tries, rates)
    law = fit_beta_counts(successes, tries)
    if law.correlation == 1 or law.p in (0, 1):
        assert not np.any((successes > 0) & (successes < tries))
        return
    reached = log_likelihood(law.p, law.correlation, successes, tries)
    assert reached >= best_of_scipy(successes, tries) - 1e-6
    assert reached >= log_likelihood(p, rho, successes, tries)


@pytest.mark.parametrize("case", range(20))
def test_the_true_law_is_never_much_less_likely_than_the_fit(case: int) -> None:
    """Twice the difference of the log likelihoods follows a chi-square law: 4 standard errors is its .99994 point."""
    rng = np.random.default_rng(1000 + case)
    p, rho, tries = rng.uniform(0.1, 0.9), rng.uniform(0.05, 0.9), int(rng.integers(2, 7))
    both = 1 / rho - 1
    successes = rng.binomial(tries, rng.beta(p * both, (1 - p) * both, size=2000))
    law = fit_beta_counts(successes, tries)
    tried = np.full(2000, tries)
    twice = 2 * (log_likelihood(law.p, law.correlation, successes, tried) - log_likelihood(p, rho, successes, tried))
    assert -1e-6 <= twice < chi2.ppf(0.99994, 2)
    assert law.correlation == pytest.approx(rho, abs=0.1)


def test_two_tries_are_fitted_as_the_moments_do() -> None:
    """With two tries each, the likelihood has the moments' solution in closed form where p is one half."""
    successes = [2] * 40 + [1] * 20 + [0] * 40
    law = fit_beta_counts(successes, 2)
    assert law.p == pytest.approx(0.5, abs=1e-9)
    assert law.correlation == pytest.approx(0.6, abs=1e-6)


@pytest.mark.parametrize("successes", [[2, 2, 2, 2], [1, 2, 2, 3], [2]])
def test_counts_that_vary_less_than_chance_have_no_correlation(successes: list[int]) -> None:
    law = fit_beta_counts(successes, 4)
    assert law.correlation == 0
    assert law.p == pytest.approx(0.5, abs=1e-12)


def test_items_that_are_all_right_or_all_wrong_have_full_correlation() -> None:
    assert fit_beta_counts([5, 0, 0, 1], [5, 3, 2, 1]) == BetaLaw(0.5, 1.0)


def test_everything_right_or_wrong_tells_no_correlation() -> None:
    assert fit_beta_counts([4, 4], 4) == BetaLaw(1.0, 0.0)
    assert fit_beta_counts([0, 0], 4) == BetaLaw(0.0, 0.0)


def test_the_order_of_the_items_does_not_matter_nor_what_counts_as_right() -> None:
    successes, tries = np.array([3, 0, 5, 2, 4]), np.array([4, 3, 5, 6, 4])
    law = fit_beta_counts(successes, tries)
    turned = fit_beta_counts((tries - successes)[::-1], tries[::-1])
    assert turned.p == pytest.approx(1 - law.p, abs=1e-6)
    assert turned.correlation == pytest.approx(law.correlation, abs=1e-6)


@pytest.mark.parametrize(
    ("successes", "tries", "match"),
    [
        ([1, 0, 1], 1, "tries must be 2 or more for at least one item"),
        ([3, 5], 4, "successes must be at most tries, got 5 successes in 4"),
        ([], 4, "successes must hold at least one number"),
        ([0.5], 4, "successes must be a whole number"),
        ([1], 0, "tries must be a whole number, 1 or more"),
        ([float("nan")], 4, "successes must be finite"),
    ],
)
def test_counts_that_tell_nothing_are_refused(successes: list[float], tries: int, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        fit_beta_counts(successes, tries)
