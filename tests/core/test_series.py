"""The two shared series equal exact sums, also at their edges."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from labkit._series import geometric_sum, power

RATIOS = (0.0, 1e-300, 1e-9, 0.1, 0.5, 0.9, 1 - 1e-9, 1 - 2**-53, 1.0)
TERMS = (0, 1, 2, 8, 9, 50, 400)


def exact_sum(ratio: float, terms: int) -> float:
    total = Fraction(0)
    for _ in range(terms):
        total = 1 + Fraction(ratio) * total
    return float(total)


@pytest.mark.parametrize("ratio", RATIOS[:1] + RATIOS[2:])
@pytest.mark.parametrize("terms", TERMS)
def test_geometric_sum_is_the_exact_sum(ratio: float, terms: int) -> None:
    for ask in (np.asarray(float(terms)), np.asarray([float(terms)])):
        got = np.ravel(geometric_sum(np.asarray(ratio), ask))[0]
        assert got == pytest.approx(exact_sum(ratio, terms), rel=1e-13, abs=0)


def test_geometric_sum_of_a_ratio_of_one_counts_the_terms() -> None:
    assert np.array_equal(geometric_sum(np.ones(3), np.array([0.0, 7.0, 1e9])), [0.0, 7.0, 1e9])


def test_geometric_sum_has_its_limit() -> None:
    assert float(geometric_sum(np.asarray(0.75), np.asarray(1e6))) == pytest.approx(4.0, rel=1e-14)


def test_geometric_sum_of_no_terms_is_zero_in_both_of_its_ways() -> None:
    ratios = np.array([0.0, 0.3, 1.0])
    assert np.array_equal(geometric_sum(ratios, np.asarray(0.0)), np.zeros(3))
    assert np.array_equal(geometric_sum(ratios, np.zeros(3)), np.zeros(3))


def test_the_two_ways_of_geometric_sum_agree() -> None:
    ratios = np.linspace(0, 1, 21)
    for terms in range(9):
        by_horner = geometric_sum(ratios, np.asarray(float(terms)))
        by_formula = geometric_sum(ratios, np.full(21, float(terms)))
        np.testing.assert_allclose(by_formula, by_horner, rtol=1e-13)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 7, 48, 1023, 1024, 5000])
def test_power_is_the_exact_power(exponent: int) -> None:
    for base in (0.0, 0.3, 0.985, 1.0):
        exact = float(Fraction(base) ** exponent)
        assert float(power(np.asarray(base), exponent)) == pytest.approx(exact, rel=3e-13, abs=1e-300)


@pytest.mark.parametrize("exponent", [*range(12), 63, 64, 100, 1000])
def test_power_of_an_array_leaves_it_alone_and_is_the_power_of_each(exponent: int) -> None:
    bases = np.linspace(0, 1, 7)
    before = bases.copy()
    found = power(bases, exponent)
    assert np.array_equal(bases, before)
    assert found.tolist() == [float(power(np.asarray(base), exponent)) for base in bases]


def test_power_takes_arrays_of_exponents() -> None:
    got = power(np.array([[0.5], [0.9]]), np.array([0.0, 1.0, 2.0]))
    np.testing.assert_allclose(got, [[1, 0.5, 0.25], [1, 0.9, 0.81]], rtol=1e-15)
