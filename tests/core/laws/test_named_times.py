"""Named distributions: closed forms, a second quadrature, a simulation, and 820 recorded calls."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import oracles
import pytest

from labkit.latency import Exponential, Lognormal, RandomTime, Uniform

NAN = float("nan")
RUNS = 4000
RECORDED_SIGMA = math.sqrt(2 * math.log(9.2 / 8.0))  # 820 GPT-4-0613 calls: mean 9.2 s, median 8.0 s (agent-evals)


def by_gauss_legendre(sigma: float, n: int) -> float:
    """The lognormal's expected maximum over its mean, by integrating over the maximum's own density in pieces."""
    x, weight = np.polynomial.legendre.leggauss(60)
    normal, total = NormalDist(), 0.0
    for left in np.arange(-12.0, 12.0 + sigma, 0.5):
        z = left + (x + 1) / 4
        cdf = np.array([normal.cdf(v) for v in z])
        density = n * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * cdf ** (n - 1)
        total += float(weight @ (density * np.exp(sigma * z))) / 4
    return total / math.exp(sigma**2 / 2)


def test_two_lognormal_calls_have_a_closed_form() -> None:
    for sigma in (0.0, 0.1, 0.53, 1.0, 2.0, 5.0):
        assert Lognormal(3.0, sigma).expected_max(2) == pytest.approx(
            3.0 * 2 * NormalDist().cdf(sigma / math.sqrt(2)), rel=1e-12
        )


@pytest.mark.parametrize("n", [1, 3, 12, 50, 1000, 1_000_000])
@pytest.mark.parametrize("sigma", [0.1, 0.53, 1.5])
def test_the_quadrature_agrees_with_another_one(sigma: float, n: int) -> None:
    assert Lognormal(1.0, sigma).expected_max(n) == pytest.approx(by_gauss_legendre(sigma, n), rel=1e-9)


def test_one_call_takes_its_mean() -> None:
    for sigma in (0.0, 0.5, 3.0, 5.0):
        assert Lognormal(2.0, sigma).expected_max(1) == pytest.approx(2.0, rel=1e-12)
    assert Exponential(2.0).expected_max(1) == 2.0
    assert Uniform(1.0, 3.0).expected_max(1) == 2.0


def test_times_that_never_vary_take_the_text_s_slowest_member() -> None:
    assert Lognormal(2.0, 0.0).expected_max([1, 12, 1000]).tolist() == pytest.approx([2.0] * 3, rel=1e-12)
    assert Uniform(2.0, 2.0).expected_max(12) == 2.0
    assert Lognormal(2.0, 0.0).quantile_of_max(12, [0.1, 0.9]).tolist() == pytest.approx([2.0, 2.0])


@pytest.mark.parametrize("n", [1, 2, 12, 63, 64, 65, 66, 1000, 100_000])
def test_the_exponential_s_maximum_is_a_harmonic_number_of_means(n: int) -> None:
    assert Exponential(3.0).expected_max(n) == pytest.approx(3.0 * math.fsum(1 / i for i in range(1, n + 1)), rel=1e-15)


def test_two_recorded_numbers_foretell_the_tail_and_the_batches() -> None:
    calls = Lognormal(9.2, RECORDED_SIGMA)
    assert calls.quantile_of_max(1, 0.5) == pytest.approx(8.0)
    assert calls.quantile_of_max(1, [0.95, 0.99]).tolist() == pytest.approx([19.4, 27.7], rel=0.02)
    assert calls.expected_max([5, 12, 50]).tolist() == pytest.approx([15.4, 19.8, 27.8], rel=0.03)
    assert calls.expected_max(12) > 2 * 9.2


def test_a_quantile_of_the_maximum_turns_the_distribution_round() -> None:
    q = np.array([0.001, 0.3, 0.5, 0.9, 0.9999])
    for n in (1, 7, 1000):
        sec = Exponential(2.0).quantile_of_max(n, q)
        assert (1 - np.exp(-sec / 2.0)) ** n == pytest.approx(q)
        sec = Uniform(1.0, 4.0).quantile_of_max(n, q)
        assert ((sec - 1.0) / 3.0) ** n == pytest.approx(q)
        sec = Lognormal(2.0, 0.7).quantile_of_max(n, q)
        z = (np.log(sec / 2.0) + 0.7**2 / 2) / 0.7
        assert np.array([NormalDist().cdf(v) for v in z]) ** n == pytest.approx(q)


def test_the_smallest_quantile_is_the_lower_end() -> None:
    assert Exponential(2.0).quantile_of_max(3, 0.0) == 0.0
    assert Lognormal(2.0, 0.7).quantile_of_max(3, 0.0) == 0.0
    assert Lognormal(2.0, 0.0).quantile_of_max(3, [0.0, 0.5]).tolist() == [2.0, 2.0]
    assert Uniform(1.0, 4.0).quantile_of_max(3, [0.0, 1.0]).tolist() == [1.0, 4.0]


@pytest.mark.parametrize("case", range(50))
def test_means_and_quantiles_agree_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([3, case])
    n, q, mean, sigma, low = int(rng.integers(1, 30)), rng.uniform(0.02, 0.98), *rng.uniform(0.1, 1.0, 3)
    shape = (RUNS, n)
    for time, drawn in (
        (Exponential(mean), rng.exponential(mean, shape)),
        (Uniform(low, low + mean), rng.uniform(low, low + mean, shape)),
        (Lognormal(mean, sigma), rng.lognormal(math.log(mean) - sigma**2 / 2, sigma, shape)),
    ):
        slowest = drawn.max(axis=1)
        assert oracles.agrees(time.expected_max(n), slowest)
        assert oracles.agrees_in_share(q, slowest <= time.quantile_of_max(n, q))


def test_everything_broadcasts() -> None:
    assert Lognormal([1.0, 2.0], 0.5).expected_max([[1], [2], [3]]).shape == (3, 2)
    assert Exponential([1.0, 2.0]).quantile_of_max([[1], [2]], 0.5).shape == (2, 2)
    assert isinstance(Uniform(0, 1).expected_max(3), float)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Exponential(-1.0), "mean must be zero or more, got -1"),
        (lambda: Exponential(NAN), "mean must be finite"),
        (lambda: Uniform(2.0, 1.0), "low must not be above high, got low 2.0 and high 1.0"),
        (lambda: Lognormal(1.0, -0.5), "sigma must be zero or more, got -0.5"),
        (lambda: Lognormal([1.0, 2.0], [0.1, 0.2, 0.3]), "do not fit together"),
        (lambda: Lognormal(1.0, 0.5).expected_max(0), "n must be a whole number, 1 or more, got 0"),
        (lambda: Lognormal(1.0, 0.5).quantile_of_max(2, 1.0), "q must be below 1"),
        (lambda: Exponential(1.0).quantile_of_max(2, -0.1), "q must be a probability"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(make: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


@pytest.mark.parametrize(
    "law", [Exponential(3.0), Uniform(1.0, 3.0), Lognormal(2.0, 0.8), RandomTime.from_samples([1.0, 1.5, 9.0])]
)
def test_draws_have_the_distribution_function_and_the_mean(law: Any) -> None:
    drawn = law.mean * law.factors(np.random.default_rng(5), 20_000)
    assert oracles.agrees(law.mean, drawn)
    for sec in (0.5, 1.2, 2.0, 5.0):
        assert oracles.agrees_in_share(law.within(sec), drawn <= sec)
    assert law.within([-1.0, 0.0, 1e9]).tolist() == [0.0, 0.0, 1.0]


def test_a_time_that_never_varies_is_done_at_its_mean() -> None:
    for law in (Lognormal(2.0, 0.0), Uniform(2.0, 2.0)):
        assert law.within([1.9, 2.0, 2.1]).tolist() == [0.0, 1.0, 1.0]
    assert Exponential(0.0).within([-1.0, 0.0]).tolist() == [0.0, 1.0]
    assert Lognormal(0.0, 0.5).within([-1.0, 0.0]).tolist() == [0.0, 1.0]
