"""Cascades model by model: cost and accuracy against a simulation, limits, and the reported savings."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.cost import cascade, judged_cascade

NAN = float("nan")
RUNS = 10_000


@pytest.mark.parametrize("case", range(50))
def test_both_agree_with_the_simulation_within_four_standard_errors(case: int) -> None:
    rng = np.random.default_rng([10, case])
    models = int(rng.integers(1, 6))
    costs, p = np.sort(rng.random(models)), rng.random(models)
    detection, false_alarm = rng.random((2, models - 1))
    usd, right, going = np.zeros(RUNS), np.zeros(RUNS, bool), np.ones(RUNS, bool)
    seen = []
    for i in range(models):
        seen.append(going.copy())
        usd += costs[i] * going
        good = rng.random(RUNS) < p[i]
        last = i == models - 1
        rejected = np.zeros(RUNS, bool) if last else rng.random(RUNS) < np.where(good, false_alarm[i], detection[i])
        right |= going & ~rejected & good
        going &= rejected
    found = judged_cascade(costs, p, detection, false_alarm)
    assert oracles.agrees(found.usd, usd)
    assert oracles.agrees_in_share(found.p, right)
    for i in range(models):
        assert oracles.agrees_in_share(found.reached[i], seen[i])
    reject = [(1 - p[i]) * detection[i] + p[i] * false_alarm[i] for i in range(models - 1)]
    assert cascade(costs, reject) == pytest.approx(found.usd)


@steady
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4))
def test_the_cost_is_the_mean_over_every_way_through(models: list[tuple[float, float]]) -> None:
    costs, reject = [c for c, _ in models], [r for _, r in models][:-1]
    total = 0.0
    for answers in itertools.product((True, False), repeat=len(reject)):
        chance = np.prod([r if rejected else 1 - r for r, rejected in zip(reject, answers, strict=True)])
        asked = next((i + 1 for i, rejected in enumerate(answers) if not rejected), len(models))
        total += float(chance) * sum(costs[:asked])
    assert cascade(costs, reject) == pytest.approx(total, abs=1e-12)


def test_nothing_rejected_costs_the_first_model_and_everything_rejected_all() -> None:
    assert cascade([0.002, 0.01, 0.03], [0.0, 1.0]) == 0.002
    assert cascade([0.002, 0.01, 0.03], [1.0, 1.0]) == pytest.approx(0.042)
    assert cascade(0.03, []) == 0.03
    assert judged_cascade([0.03], [0.985], 0.7)[:2] == (0.03, 0.985)


def test_a_perfect_judge_makes_a_cascade_a_retry_with_another_model() -> None:
    found = judged_cascade([0.002, 0.03], [0.945, 0.985], detection=1.0)
    assert found.p == pytest.approx(1 - (1 - 0.945) * (1 - 0.985))
    assert judged_cascade([1, 1, 1], [0.5] * 3, 1.0).p == pytest.approx(1 - 0.5**3)


def test_a_blind_judge_that_rejects_everything_leaves_the_last_model() -> None:
    assert judged_cascade([1, 1, 1], [0.2, 0.3, 0.9], 1.0, 1.0).p == pytest.approx(0.9)
    assert judged_cascade([1, 1, 1], [0.2, 0.3, 0.9], 0.0, 0.0).p == pytest.approx(0.2)


def test_small_first_reaches_premium_at_a_recall_of_0_738_for_a_third_of_a_cent() -> None:
    found = judged_cascade([0.002, 0.03], [0.945, 0.985], detection=0.738)
    assert found.p == pytest.approx(0.985, abs=1e-4)
    assert found.usd == pytest.approx(0.0032, abs=5e-5)


@steady
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_better_judge_never_lowers_accuracy(p: float, strong: float, low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    assert judged_cascade([1, 2], [p, strong], high).p >= judged_cascade([1, 2], [p, strong], low).p - 1e-12


def test_tasks_that_are_hard_for_both_make_the_average_p_too_good() -> None:
    """Half the tasks are easy for both models, half hard: the p of all tasks is not that of the tasks passed on."""
    rng = np.random.default_rng(11)
    hard = rng.random(200_000) < 0.5
    small, strong = rng.random(hard.size) < np.where(hard, 0.2, 1.0), rng.random(hard.size) < np.where(hard, 0.5, 1.0)
    measured = np.where(small, small, strong)
    assert judged_cascade([1, 1], [0.6, 0.75], 1.0).p == pytest.approx(0.9)
    assert oracles.agrees(0.8, measured)
    assert judged_cascade([1, 1], [0.6, 0.5], 1.0).p == pytest.approx(0.8)


def test_it_broadcasts_over_designs() -> None:
    assert cascade([[1.0, 2.0], [3.0, 4.0]], [0.5]).tolist() == [2.0, 5.0]
    assert cascade([1.0, 2.0], [[0.0], [0.5], [1.0]]).tolist() == [1.0, 2.0, 3.0]
    assert judged_cascade([1.0, 2.0, 4.0], [[0.5] * 3, [0.9] * 3], 0.5, 0.1).p.shape == (2,)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cascade([], []), "costs must hold at least one"),
        (lambda: cascade([1.0, -1.0], [0.5]), "costs must be zero or more, got -1"),
        (lambda: cascade([1.0, 2.0], [1.5]), "reject must be a probability"),
        (lambda: cascade([1.0, 2.0], [NAN]), "reject must be finite"),
        (lambda: cascade([1.0, 2.0], [0.5, 0.5]), "each model but the last, 1 for 2 models, got 2"),
        (lambda: judged_cascade([1.0, 2.0], [0.5], 0.5), "p must have one entry for each of the 2 models, got 1"),
        (lambda: judged_cascade([1.0, 2.0], [0.5, 2.0], 0.5), "p must be a probability"),
        (lambda: judged_cascade([1.0, 2.0], [0.5, 0.5], -0.5), "detection must be a probability"),
        (lambda: judged_cascade([1.0, 2.0], [0.5, 0.5], 0.5, [0.1, 0.1]), "false_alarm must have one entry"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
