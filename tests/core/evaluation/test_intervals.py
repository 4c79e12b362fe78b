"""Intervals for a difference: published examples, and how often they hold, every count added up."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strategies import steady

from labkit import reliability
from labkit.evaluation import paired_difference, unpaired_difference

Z = stats.norm.isf(0.025)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((5, 56, 0, 29), -0.0381, 0.1926)],
)
def test_the_unpaired_interval_is_newcombe_s(counts: tuple[int, ...], low: float, high: float) -> None:
    """Newcombe 1998, table II, method 10: examples (a), (b) and (d)."""
    found = unpaired_difference(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_the_paired_interval_is_that_of_its_formula() -> None:
    a, b = 10 / 502, 3 / 502
    reach = Z * ((a + b - (a - b) ** 2) / 502) ** 0.5
    assert paired_difference(9, 2, 500) == pytest.approx((0.014, a - b - reach, a - b + reach))


def plain_interval(x: np.ndarray, y: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    d = (x - y) / n
    reach = Z * np.sqrt(np.maximum((x + y) / n - d**2, 0) / n)
    return d - reach, d + reach


def newcombe_paired(x: np.ndarray, y: np.ndarray, n: int, both: float) -> tuple[np.ndarray, np.ndarray]:
    """Newcombe 1998 for pairs, phi uncorrected; of the tasks on which both agree, so large a share is right."""
    rest = n - x - y
    e, h = np.round(both * rest), rest - np.round(both * rest)
    p1, p2 = (e + x) / n, (e + y) / n
    l1, u1 = reliability.wilson_interval(e + x, n)
    l2, u2 = reliability.wilson_interval(e + y, n)
    product = (e + x) * (y + h) * (e + y) * (x + h)
    phi = np.where(product > 0, (e * h - x * y) / np.sqrt(np.maximum(product, 1e-12)), 0.0)
    below = (p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2
    above = (p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2
    return p1 - p2 - np.sqrt(below), p1 - p2 + np.sqrt(above)


@cache
def held(way: str, n: int, a: float, b: float) -> float:
    """How often an interval holds the true difference: the weight of all tables in which it does."""
    x, y = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    can = (x + y <= n) & (np.abs(x - n * a) < 60) & (np.abs(y - n * b) < 60)
    x, y = x[can], y[can]
    weight = stats.multinomial.pmf(np.stack([x, y, n - x - y], -1), n, (a, b, 1 - a - b))
    if way == "bonett_price":
        _, low, high = paired_difference(x, y, n)
    elif way == "plain":
        low, high = plain_interval(x, y, n)
    else:
        low, high = newcombe_paired(x, y, n, 0.9)
    return float(weight[(low <= a - b) & (a - b <= high)].sum() + 1 - weight.sum())


CASES = [
    (n, a, b) for n in (50, 200, 500) for a, b in ((0.02, 0.02), (0.018, 0.004), (0.05, 0.01), (0.1, 0.05), (0.2, 0.2))
]


def test_the_paired_interval_covers_what_it_says_where_the_plain_one_does_not() -> None:
    mine, plain = ([held(way, *case) for case in CASES] for way in ("bonett_price", "plain"))
    assert min(mine) > 0.94
    assert np.mean(mine) == pytest.approx(0.95, abs=0.02)
    assert min(plain) < 0.90


def test_it_covers_at_least_as_well_as_newcombe_s_at_its_worst() -> None:
    mine, newcombe = ([held(way, *case) for case in CASES] for way in ("bonett_price", "newcombe"))
    assert min(mine) >= min(newcombe) - 0.005


@pytest.mark.parametrize(("n", "p_1", "p_2"), [(50, 0.8, 0.8), (50, 0.95, 0.8), (100, 0.5, 0.6), (200, 0.98, 0.95)])
def test_the_unpaired_interval_covers_what_it_says(n: int, p_1: float, p_2: float) -> None:
    x, y = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    weight = stats.binom.pmf(x, n, p_1) * stats.binom.pmf(y, n, p_2)
    _, low, high = unpaired_difference(x, n, y, n)
    assert 0.935 < float(weight[(low <= p_1 - p_2) & (p_1 - p_2 <= high)].sum()) < 0.985


@given(st.integers(1, 300), st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 0.999))
@steady
def test_the_two_designs_may_change_places(n: int, a: float, b: float, level: float) -> None:
    x = int(n * a)
    y = int((n - x) * b)
    there, back = paired_difference(x, y, n, level), paired_difference(y, x, n, level)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
    there, back = unpaired_difference(x, n, y, n + 3, level), unpaired_difference(y, n + 3, x, n, level)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
    assert -1 <= there.low <= there.value <= there.high <= 1
