"""A judge that errs: the formula turned round, and how often the interval holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.evaluation import true_share, true_share_interval


@given(st.floats(0, 1), st.floats(0.3, 1), st.floats(0, 0.25))
@steady
def test_what_a_judge_makes_of_p_is_undone(p: float, recall: float, false_alarm: float) -> None:
    called = p * (1 - false_alarm) + (1 - p) * (1 - recall)
    assert true_share(called, recall, false_alarm) == pytest.approx(p, abs=1e-9)


def test_a_judge_without_errors_changes_nothing_and_one_that_knows_little_is_cut() -> None:
    assert true_share(0.75, 1.0, 0.0) == 0.75
    assert true_share([0.2, 0.99], 0.5, 0.1).tolist() == [0.0, 1.0]


def drawn(p: float, recall: float, false_alarm: float, n: int, known: int, runs: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(9)
    called = rng.binomial(n, p * (1 - false_alarm) + (1 - p) * (1 - recall), runs)
    return called, rng.binomial(known, recall, runs), rng.binomial(known, false_alarm, runs)


@pytest.mark.parametrize(
    ("p", "recall", "false_alarm"), [(0.7, 0.6, 0.1), (0.9, 0.8, 0.05), (0.5, 0.9, 0.2), (0.95, 0.7, 0.02)]
)
@pytest.mark.parametrize("known", [50, 200])
def test_the_interval_holds_as_often_as_it_says(p: float, recall: float, false_alarm: float, known: int) -> None:
    runs = 20_000
    called, noticed, rejected = drawn(p, recall, false_alarm, 500, known, runs)
    found = true_share_interval(called, 500, noticed, known, rejected, known)
    held = np.mean((found.low <= p) & (p <= found.high))
    assert held > 0.94 - 4 * np.sqrt(0.05 * 0.95 / runs)
    assert held < 0.985 or (p, known) == (0.95, 50)  # with few known answers and p near 1 it is too careful


def test_an_interval_that_takes_the_judge_for_granted_holds_less_often() -> None:
    called, noticed, rejected = drawn(0.7, 0.6, 0.1, 500, 50, 20_000)
    for_granted = true_share_interval(called, 500, noticed * 1e6, 50 * 1e6, rejected * 1e6, 50 * 1e6)
    assert np.mean((for_granted.low <= 0.7) & (for_granted.high >= 0.7)) < 0.7


def test_more_known_answers_narrow_the_interval_only_so_far() -> None:
    wide, narrow, least = (true_share_interval(375, 500, 0.6 * k, k, 0.1 * k, k) for k in (50, 500, 10**9))
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)
    assert least.high - least.low == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / 500) / 0.5, rel=0.01)
