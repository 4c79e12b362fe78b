"""Each reliability law has its known values and limits, and agrees with a simulation attempt by attempt."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit import reliability
from labkit.reliability import gated, steps_until_below

RUNS = 50_000
chances = st.floats(0, 1)


@pytest.mark.parametrize(
    ("steps", "percent"), [(1, "98.50%"), (6, "91.33%"), (12, "83.41%"), (24, "69.58%"), (48, "48.41%")]
)
def test_a_premium_chain_decays_as_printed(steps: int, percent: str) -> None:
    assert f"{reliability.chain_success(0.985, steps):.2%}" == percent


def test_the_product_law_multiplies_every_factor() -> None:
    assert reliability.product_law([0.98] * 9 + [0.95]) == pytest.approx(0.7921, abs=5e-5)
    assert reliability.product_law([0.98] * 9 + [0.99]) == pytest.approx(0.8254, abs=5e-5)
    assert reliability.product_law([0.98] * 9 + [0.9975]) == pytest.approx(0.8317, abs=5e-5)
    assert reliability.product_law([0.9, 0.0]) == 0
    assert reliability.product_law(0.7) == 0.7


def test_a_chain_of_no_steps_cannot_fail() -> None:
    assert reliability.chain_success([0.0, 0.5, 1.0], 0).tolist() == [1, 1, 1]


def test_one_failure_in_seven_at_thirty_calls_means_99_487_percent_a_call() -> None:
    assert reliability.implied_p(6 / 7, 30) == pytest.approx(0.99487, abs=5e-6)
    assert reliability.chain_success(0.985, 30) == pytest.approx(0.635, abs=5e-4)


@steady
@given(st.floats(0.001, 1), st.integers(1, 200))
def test_implied_p_undoes_the_chain(p: float, steps: int) -> None:
    whole_chain = reliability.chain_success(p, steps)
    if whole_chain > 1e-300:
        assert reliability.implied_p(whole_chain, steps) == pytest.approx(p, rel=1e-11)


@pytest.mark.parametrize(
    ("p", "target", "steps"),
    [
        (0.985, 0.5, 46),
        (0.5, 0.25, 3),
        (0.5, 0.2500001, 2),
        (0.5, 1.0, 1),
        (0.0, 0.3, 1),
        (0.0, 1.0, 1),
        (1.0, 0.3, math.inf),
        (1.0, 1.0, math.inf),
        (0.1, 0.0011, 3),
    ],
)
def test_steps_until_below_has_its_known_values(p: float, target: float, steps: float) -> None:
    assert steps_until_below(p, target) == steps


@pytest.mark.parametrize("p", [0.25, 0.5, 0.625, 0.75, 0.875])
def test_a_chain_that_is_exactly_at_the_target_is_not_below_it(p: float) -> None:
    """Powers of these p are exact floats as long as their numerators are, so nothing is rounded."""
    for steps in range(1, 18):
        assert Fraction(p) ** steps == Fraction(p**steps)
        assert steps_until_below(p, p**steps) == steps + 1
        assert steps_until_below(p, math.nextafter(p**steps, 1)) == steps


@steady
@given(st.floats(0.01, 0.99), st.floats(0.01, 1))
def test_steps_until_below_is_the_first_chain_below_the_target(p: float, target: float) -> None:
    steps = int(steps_until_below(p, target))
    slack = Fraction(1, 10**13)
    assert Fraction(p) ** steps < Fraction(target) * (1 + slack)
    assert steps == 0 or Fraction(p) ** (steps - 1) >= Fraction(target) * (1 - slack)


def test_the_retry_law_has_its_known_values() -> None:
    assert reliability.with_retries(0.95, 1) == pytest.approx(0.9975)
    assert f"{reliability.with_retries(0.985, 1) ** 12:.2%}" == "99.73%"
    for p in (0.0, 0.3, 1.0):
        assert reliability.with_retries(p, 0) == pytest.approx(p, abs=1e-16)
    assert reliability.with_retries([0.0, 1.0], 5).tolist() == [0, 1]
    assert reliability.with_retries(0.01, 10_000) == pytest.approx(1)


def test_a_detected_retry_has_its_limits() -> None:
    assert reliability.with_detected_retry(0.95, 1, 0.95) == pytest.approx(reliability.with_retries(0.95, 1))
    assert reliability.with_detected_retry(0.95, 0, 0.9) == 0.95
    assert reliability.with_detected_retry(0.95, 0.9, 0) == 0.95
    assert reliability.with_detected_retry(0.95, 1, 1) == 1


def test_a_cascade_matches_premium_from_a_recall_of_0_738() -> None:
    recall = (0.985 - 0.945) / (0.055 * 0.985)
    assert recall == pytest.approx(0.738, abs=5e-4)
    assert reliability.with_detected_retry(0.945, recall, 0.985) == pytest.approx(0.985)


def test_below_a_recall_of_0_842_the_debate_beats_the_retry() -> None:
    assert (
        reliability.with_detected_retry(0.95, 0.8422, 0.95) > 0.99 > reliability.with_detected_retry(0.95, 0.842, 0.95)
    )


@pytest.mark.parametrize("retries", [0, 1, 3, 9, 30])
def test_a_perfect_gate_is_the_retry_law(retries: int) -> None:
    p = np.linspace(0, 1, 11)
    for fail_open in (False, True):
        gate = gated(p, retries=retries, fail_open=fail_open)
        np.testing.assert_allclose(gate.p, 1 - (1 - p) ** (retries + 1), rtol=1e-13)
    np.testing.assert_allclose(gated(p, retries=retries).rejected, (1 - p) ** (retries + 1), rtol=1e-12)


@pytest.mark.parametrize("retries", [0, 1, 4, 20])
def test_a_gate_follows_the_closed_forms(retries: int) -> None:
    for p, d, f in itertools.product((0.2, 0.9), (0.0, 0.8), (0.05, 0.3)):
        q = p * f + (1 - p) * d
        tries = (1 - q ** (retries + 1)) / (1 - q)
        closed, opened = gated(p, d, f, retries), gated(p, d, f, retries, fail_open=True)
        assert closed.p == pytest.approx(p * (1 - f) * tries, rel=1e-12)
        assert opened.p == pytest.approx(p * (1 - f) * (1 - q**retries) / (1 - q) + p * q**retries, rel=1e-12)
        assert closed.attempts == opened.attempts == pytest.approx(tries, rel=1e-12)
        assert closed.rejected == pytest.approx(q ** (retries + 1), rel=1e-12)
        assert opened.rejected == 0


def test_a_gate_that_sees_nothing_changes_nothing() -> None:
    assert gated(0.8, detection=0, retries=5) == (pytest.approx(0.8), 1.0, 0.0)


def test_a_gate_that_rejects_everything_lets_nothing_through_or_the_last() -> None:
    assert gated(0.8, 1, 1, retries=3) == (0, 4, 1)
    assert gated(0.8, 1, 1, retries=3, fail_open=True) == (pytest.approx(0.8), 4, 0)


def test_one_retry_with_recovery_and_no_false_alarms_is_the_detected_retry() -> None:
    for p, d, r in itertools.product((0.0, 0.4, 0.95, 1.0), (0.0, 0.6, 1.0), (0.0, 0.3, 1.0)):
        opened = gated(p, d, retries=1, fail_open=True, recovery=r)
        assert opened.p == pytest.approx(reliability.with_detected_retry(p, d, r), rel=1e-14)


def test_recovery_equal_to_p_is_no_recovery() -> None:
    for fail_open in (False, True):
        assert gated(0.7, 0.8, 0.1, 4, fail_open, recovery=0.7) == gated(0.7, 0.8, 0.1, 4, fail_open)


@steady
@given(chances, chances, chances, st.integers(0, 12), st.none() | chances)
def test_what_a_fail_closed_gate_does_not_reject_is_right_or_missed(
    p: float, d: float, f: float, k: int, r: float | None
) -> None:
    closed = gated(p, d, f, k, recovery=r)
    assert closed.p + closed.rejected <= 1 + 1e-14
    assert 1 <= closed.attempts <= (k + 1) * (1 + 1e-14)
    if d == 1:
        assert closed.p + closed.rejected == pytest.approx(1, rel=1e-13)


@steady
@given(chances, chances, chances, st.integers(0, 12), st.none() | chances)
def test_a_fail_open_gate_is_never_less_often_right_than_a_fail_closed_one(
    p: float, d: float, f: float, k: int, r: float | None
) -> None:
    assert gated(p, d, f, k, True, r).p >= gated(p, d, f, k, False, r).p * (1 - 1e-14)


def test_no_gate_is_right_more_often_than_always() -> None:
    assert gated(0.9, 1.0, 0.2, retries=1, fail_open=True, recovery=1.0).p <= 1


def test_early_stopping_has_its_limits() -> None:
    assert reliability.steps_with_early_stop(0.5, 3) == 1.75
    assert reliability.steps_with_early_stop(0.0, 12) == 12
    assert reliability.steps_with_early_stop(1.0, 12) == 1
    assert reliability.steps_with_early_stop(0.2, 10_000) == pytest.approx(5)


@steady
@given(st.lists(chances, min_size=1, max_size=8), chances)
def test_reliability_never_rises_with_one_more_step(p: list[float], more: float) -> None:
    assert reliability.product_law([*p, more]) <= reliability.product_law(p)


# ---- against the simulation, within four standard errors of a share or a mean of 50,000 runs -----------------

GATES: list[tuple[Any, ...]] = [
    (p, d, f, k, last_word, recovery)
    for (p, d, f, k, recovery), last_word in itertools.product(
        [
            (0.9, 0.8, 0.05, 1, None),
            (0.9, 0.8, 0.05, 0, 0.5),
            (0.6, 0.5, 0.3, 3, None),
            (0.6, 0.9, 0.3, 2, 0.2),
            (0.2, 1.0, 0.0, 5, 0.7),
            (0.0, 0.7, 0.2, 2, 0.9),
            (1.0, 0.5, 0.4, 4, 0.1),
            (0.5, 1.0, 1.0, 3, None),
            (0.3, 0.9, 0.1, 12, 0.05),
        ],
        ("fail", "pass"),
    )
]


@pytest.mark.parametrize("case", range(len(GATES)))
def test_gates_agree_with_the_simulation(case: int) -> None:
    p, d, f, k, last_word, recovery = GATES[case]
    right, made, rejected = oracles.attempts(np.random.default_rng(case), RUNS, p, d, f, k, last_word, recovery)
    gate = gated(p, d, f, k, last_word == "pass", recovery)
    assert oracles.agrees_in_share(gate.p, right)
    assert oracles.agrees(gate.attempts, made)
    assert oracles.agrees_in_share(gate.rejected, rejected)


@pytest.mark.parametrize(("p", "retries"), [(0.95, 1), (0.5, 2), (0.2, 6), (0.1, 15), (0.0, 3), (1.0, 3)])
def test_the_retry_law_agrees_with_the_simulation(p: float, retries: int) -> None:
    right, _, _ = oracles.attempts(np.random.default_rng(retries), RUNS, p, retries=retries)
    assert oracles.agrees_in_share(reliability.with_retries(p, retries), right)


@pytest.mark.parametrize(("p", "d", "r"), [(0.95, 0.842, 0.95), (0.5, 0.5, 0.1), (0.1, 0.9, 0.8), (0.0, 0.3, 1.0)])
def test_the_detected_retry_agrees_with_the_simulation(p: float, d: float, r: float) -> None:
    right, _, _ = oracles.attempts(np.random.default_rng(7), RUNS, p, d, 0.0, 1, "pass", r)
    assert oracles.agrees_in_share(reliability.with_detected_retry(p, d, r), right)


@pytest.mark.parametrize("p", [[0.985] * 12, [0.9, 0.5, 0.99], [0.98] * 9 + [0.95], [0.7]])
def test_the_product_law_agrees_with_the_simulation(p: list[float]) -> None:
    rng = np.random.default_rng(len(p))
    right = np.all([rng.random(RUNS) < each for each in p], axis=0)
    assert oracles.agrees_in_share(reliability.product_law(p), right)
    if len(set(p)) == 1:
        assert oracles.agrees_in_share(reliability.chain_success(p[0], len(p)), right)


@pytest.mark.parametrize(("g", "steps"), [(0.5, 3), (0.1, 12), (0.03, 50), (1.0, 4), (0.0, 4)])
def test_early_stopping_agrees_with_the_simulation(g: float, steps: int) -> None:
    rng = np.random.default_rng(steps)
    done, going = np.zeros(RUNS), np.ones(RUNS, bool)
    for _ in range(steps):
        done += going
        going &= rng.random(RUNS) >= g
    assert oracles.agrees(reliability.steps_with_early_stop(g, steps), done)
