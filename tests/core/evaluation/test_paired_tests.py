"""McNemar's test and its exact power against scipy's binomial distribution and a sum over every table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import steady

from labkit.evaluation import exact_paired_power, mcnemar

counts = st.integers(0, 60)


@given(counts, counts)
@steady
def test_the_two_p_values_are_those_of_the_binomial_test(a: int, b: int) -> None:
    found = mcnemar(a, b)
    m, least = a + b, min(a, b)
    exact = stats.binomtest(a, m).pvalue if m else 1.0
    assert found.exact == pytest.approx(exact, abs=1e-12)
    mid = 2 * stats.binom.cdf(least, m, 0.5) - stats.binom.pmf(least, m, 0.5)
    assert found.mid_p == pytest.approx(mid if a != b else 1.0, abs=1e-12)
    assert found.mid_p <= found.exact
    assert found == mcnemar(b, a)


def test_arrays_give_element_by_element_what_numbers_give() -> None:
    found = mcnemar([[1], [9]], [0, 2, 9])
    assert found.exact.shape == (2, 3)
    assert found.exact[1, 1] == mcnemar(9, 2).exact
    assert found.mid_p[0, 2] == mcnemar(1, 9).mid_p


def test_a_known_table() -> None:
    """Fagerland, Lydersen and Laake 2013, table 2: 1 and 7 parting pairs of 21, exact .0703 and mid-p .0391."""
    assert mcnemar(1, 7).exact == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar(1, 7).mid_p == pytest.approx(0.0391, abs=5e-5)


@pytest.mark.parametrize("test", ["exact", "mid_p"])
@pytest.mark.parametrize(
    ("n", "a", "b"), [(1, 0.5, 0.2), (12, 0.5, 0.2), (25, 0.3, 0.3), (30, 0.2, 0.0), (9, 1.0, 0.0)]
)
def test_exact_power_is_the_sum_over_every_table(n: int, a: float, b: float, test: str) -> None:
    total = 0.0
    for x in range(n + 1):
        for y in range(n + 1 - x):
            if getattr(mcnemar(x, y), test) <= 0.05:
                total += stats.multinomial.pmf((x, y, n - x - y), n, (a, b, max(0.0, 1 - a - b)))
    assert exact_paired_power(n, a, b, test=test) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("n", [50, 300, 1000])
def test_the_exact_test_keeps_its_level_and_the_mid_p_test_nearly(n: int) -> None:
    for share in (0.02, 0.1, 0.4):
        exact, mid = (exact_paired_power(n, share / 2, share / 2, test=test) for test in ("exact", "mid_p"))
        assert exact <= 0.05
        assert exact <= mid <= 0.055


def test_power_is_that_of_simulated_comparisons() -> None:
    rng, runs = np.random.default_rng(8), 20_000
    first, second, _ = rng.multinomial(500, (0.018, 0.004, 0.978), runs).T
    found = np.mean(np.asarray(mcnemar(first, second).mid_p) <= 0.05)
    assert exact_paired_power(500, 0.018, 0.004) == pytest.approx(found, abs=4 * np.sqrt(0.25 / runs))


def test_without_parting_tasks_nothing_is_found() -> None:
    assert exact_paired_power(100, 0.0, 0.0) == 0.0
