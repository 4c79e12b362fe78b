"""The two-number law of repetition: its limits, a simulation item by item, and recorded agents."""

from __future__ import annotations

import math

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit import reliability
from labkit.laws.correlated_tries import BetaLaw, fit_beta
from labkit.reliability import with_detected_retry

inner = st.floats(0.01, 0.99)
chances = st.floats(0, 1)

# pass^1 .. pass^4 of recorded agents, with their sources
PASS_HAT = {
    "gpt-4o airline, tau-bench README (Yao et al. 2024)": (0.420, 0.273, 0.220, 0.200),
    "gpt-4o retail, same": (0.604, 0.491, 0.430, 0.383),
    "claude-3-5-sonnet retail, same": (0.692, 0.576, 0.509, 0.462),
    "GPT-4.1 airline, tau2-bench leaderboard, submitter Sierra": (0.560, 0.478, 0.424, 0.381),
    "Claude Opus 4.5 retail, same": (0.7961, 0.674, 0.5877, 0.5175),
    "GPT-5 telecom, same": (0.9583, 0.9196, 0.8838, 0.8509),
}


@steady
@given(inner, st.floats(0.001, 0.999), st.integers(1, 30))
def test_the_products_are_ratios_of_beta_functions(p: float, rho: float, k: int) -> None:
    law = BetaLaw(p, rho)

    def log_beta(x: float, y: float) -> float:
        return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)

    hat = math.exp(log_beta(law.a + k, law.b) - log_beta(law.a, law.b))
    at = 1 - math.exp(log_beta(law.a, law.b + k) - log_beta(law.a, law.b))
    assert law.pass_hat(k) == pytest.approx(hat, abs=1e-9)
    assert law.pass_at(k) == pytest.approx(at, abs=1e-9)
    assert 1 / (law.a + law.b + 1) == pytest.approx(rho)
    assert law.a / (law.a + law.b) == pytest.approx(p)


@steady
@given(chances, st.integers(1, 40))
def test_without_correlation_it_is_the_law_of_independent_tries(p: float, k: int) -> None:
    law = BetaLaw(p, 0)
    assert law.pass_hat(k) == pytest.approx(p**k, abs=1e-14)
    assert law.pass_at(k) == pytest.approx(reliability.with_retries(p, k - 1), abs=1e-14)
    assert law.recovery == p
    assert law.a == law.b == math.inf
    assert law.design_effect(k) == 1


@steady
@given(chances, st.integers(1, 40))
def test_with_full_correlation_a_second_try_repeats_the_first(p: float, k: int) -> None:
    law = BetaLaw(p, 1)
    assert law.pass_hat(k) == pytest.approx(p, abs=1e-15)
    assert law.pass_at(k) == pytest.approx(p, abs=1e-15)
    assert law.recovery == 0
    assert law.a == law.b == 0
    assert law.design_effect(k) == k


@steady
@given(chances, chances, chances)
def test_correlation_raises_pass_hat_and_lowers_what_retries_buy(p: float, one: float, other: float) -> None:
    less, more = BetaLaw(p, min(one, other)), BetaLaw(p, max(one, other))
    k = np.arange(1, 8)
    assert np.all(less.pass_hat(k) <= np.asarray(more.pass_hat(k)) + 1e-12)
    assert np.all(less.pass_at(k) >= np.asarray(more.pass_at(k)) - 1e-12)
    assert np.all(np.diff(less.pass_hat(k)) <= 1e-15)
    assert np.all(np.diff(less.pass_at(k)) >= -1e-15)


@steady
@given(chances, chances)
def test_one_blind_retry_is_a_detected_retry_with_the_laws_recovery(p: float, rho: float) -> None:
    law = BetaLaw(p, rho)
    assert law.pass_at(2) == pytest.approx(reliability.with_detected_retry(p, 1, law.recovery), abs=1e-12)
    assert law.recovery <= p


@pytest.mark.parametrize("case", range(60))
def test_the_law_agrees_with_a_simulation_item_by_item(case: int) -> None:
    rng = np.random.default_rng(case)
    p, rho, k = rng.uniform(0.1, 0.9), rng.uniform(0.02, 0.95), int(rng.integers(2, 7))
    both = 1 / rho - 1
    rates = rng.beta(p * both, (1 - p) * both, size=20_000)
    tries = rng.random((20_000, k)) < rates[:, None]
    law = BetaLaw(p, rho)
    assert oracles.agrees_in_share(law.pass_hat(k), tries.all(axis=1))
    assert oracles.agrees_in_share(law.pass_at(k), tries.any(axis=1))
    assert oracles.agrees_in_share(law.recovery, tries[~tries[:, 0], 1])
    assert oracles.agrees(p * (1 - p) * rho, (tries[:, 0] - p) * (tries[:, 1] - p))
    assert oracles.agrees(p * (1 - p) / k * law.design_effect(k), (tries.mean(axis=1) - p) ** 2)


def test_numbers_and_arrays_fit_together() -> None:
    law = BetaLaw(np.array([[0.2], [0.8]]), 0.3)
    assert law.pass_hat([1, 2, 3]).shape == (2, 3)
    assert law.pass_hat([1, 2, 3])[1, 2] == BetaLaw(0.8, 0.3).pass_hat(3)
    assert isinstance(BetaLaw(0.5, 0.5).pass_hat(3), float)
    assert BetaLaw(0.5, 0.5) == BetaLaw(0.5, 0.5)
    assert fit_beta([0.42, 0.604], [0.273, 0.491]).correlation.shape == (2,)


def test_the_laws_are_offered_by_reliability() -> None:
    assert reliability.fit_beta is fit_beta
    assert len(set(reliability.__all__)) == len(reliability.__all__)
    for name in reliability.__all__:
        assert getattr(reliability, name).__doc__


# ---- fitting ------------------------------------------------------------------------------------------------


@steady
@given(inner, chances)
def test_a_fit_finds_the_law_again(p: float, rho: float) -> None:
    law = BetaLaw(p, rho)
    again = fit_beta(law.pass_hat(1), law.pass_hat(2))
    assert again.p == pytest.approx(p)
    assert again.correlation == pytest.approx(rho, abs=1e-10)


@steady
@given(inner, chances)
def test_a_fit_to_one_blind_retry_finds_the_law_again(p: float, rho: float) -> None:
    again = fit_beta(p, 2 * p - BetaLaw(p, rho).pass_at(2), clip=True)
    assert again.correlation == pytest.approx(rho, abs=1e-9)


def test_a_rate_of_0_or_1_has_no_correlation_to_find() -> None:
    for p in (0.0, 1.0):
        assert fit_beta(p, p) == BetaLaw(p, 0.0)


def test_the_edges_of_the_range_are_laws_even_when_rounded() -> None:
    assert fit_beta(0.3, 0.3 * 0.3) == BetaLaw(0.3, 0.0)
    assert fit_beta(0.1, 0.1**2 - 1e-17).correlation == 0
    assert fit_beta(0.3, 0.3) == BetaLaw(0.3, 1.0)


@pytest.mark.parametrize(
    ("pass_1", "pass_2", "match"),
    [
        (0.42, 0.17, r"pass_2 must lie between pass_1 squared and pass_1, here from 0\.1764 to 0\.42, got 0\.17: "),
        (0.42, 0.17, "of 1000 items, 177 to 420 must be right on both of two tries, not 170"),
        (0.42, 0.43, r"of 1000 items, 177 to 420 must be right on both of two tries, not 430"),
        ([0.5, 0.42], [0.3, 0.43], "got 0.43"),
        (0.0, 0.1, "here from 0 to 0, got 0.1"),
        (1.0, 0.9, "here from 1 to 1, got 0.9"),
        (42, 0.3, "pass_1 must be a probability"),
        (0.42, float("nan"), "pass_2 must be finite"),
        ([0.4, 0.5], [0.3, 0.3, 0.3], "do not fit together"),
    ],
)
def test_a_fit_says_what_the_counts_would_need(pass_1: object, pass_2: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        fit_beta(pass_1, pass_2)


@pytest.mark.parametrize(
    ("p", "rho", "match"),
    [
        (1.2, 0.5, "p must be a probability"),
        (0.5, -0.1, "correlation must be a probability"),
        (0.5, float("nan"), "correlation must be finite"),
        ([0.1, 0.2], [0.1, 0.2, 0.3], "do not fit together"),
    ],
)
def test_a_law_that_cannot_be_is_refused(p: object, rho: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        BetaLaw(p, rho)


@pytest.mark.parametrize("method", ["pass_hat", "pass_at", "design_effect"])
@pytest.mark.parametrize("k", [0, 1.5, -1, float("nan"), "two"])
def test_k_is_a_whole_number_from_1(method: str, k: object) -> None:
    with pytest.raises(ValueError, match=r"k must be|tries must be"):
        getattr(BetaLaw(0.5, 0.5), method)(k)


# ---- recorded agents ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("agent", PASS_HAT)
def test_two_numbers_predict_the_third_and_fourth_far_better_than_independence(agent: str) -> None:
    measured = np.array(PASS_HAT[agent])
    law = fit_beta(measured[0], measured[1])
    repaired = np.abs(law.pass_hat([3, 4]) - measured[2:])
    independent = np.abs(BetaLaw(measured[0], 0.0).pass_hat([3, 4]) - measured[2:])
    assert np.all(repaired <= 0.036)
    assert np.all(repaired < independent / 4)


def test_the_errors_of_both_laws_over_the_recorded_agents() -> None:
    """Mean absolute error at k = 3 and 4 over the six rows: a hundredth with two numbers, 0.16 with one."""
    rows = np.array(list(PASS_HAT.values()))
    k = np.array([[3], [4]])
    repaired = np.abs(fit_beta(rows[:, 0], rows[:, 1]).pass_hat(k) - rows[:, 2:].T)
    independent = np.abs(rows[:, 0] ** k - rows[:, 2:].T)
    assert repaired.mean() == pytest.approx(0.0101, abs=5e-5)
    assert independent.mean() == pytest.approx(0.1605, abs=5e-5)


def test_gpt_4o_airline_row_as_published() -> None:
    """Independence says .420 .176 .074 .031; measured .420 .273 .220 .200 (tau-bench README)."""
    assert BetaLaw(0.42, 0).pass_hat([1, 2, 3, 4]).round(3).tolist() == [0.42, 0.176, 0.074, 0.031]
    law = fit_beta(0.42, 0.273)
    assert law.correlation == pytest.approx(0.3966, abs=5e-5)
    assert law.pass_hat([3, 4]).round(3).tolist() == [0.205, 0.165]


def test_five_calls_of_gpt_4_on_humaneval_are_no_matter_of_correlation_alone() -> None:
    """.865 -> .888 at temperature 0 (runs of Kapoor et al. 2024), where independence says .99995.

    A check that notices .61 of the failures, and a recovery of .28 of those, give the record. Half of what stays
    unsolved was never noticed, so no correlation can be fitted to it: it would take 0.9 where the noticed failures,
    which did get up to four more tries, show much less.
    """
    assert BetaLaw(709 / 820, 0).pass_at(5) == pytest.approx(0.99995, abs=5e-6)
    assert with_detected_retry(0.865, 0.61, 0.28) == pytest.approx(0.888, abs=5e-4)
    rho = np.linspace(0, 1, 1001)
    solved = BetaLaw(709 / 820, rho).pass_at(5)  # falls as rho grows
    # the second share is what there would be had the check noticed all failures alike
    pretended, noticed = (rho[np.argmax(solved <= x)] for x in (728 / 820, (709 + 19 * 111 / 68) / 820))
    assert pretended > noticed + 0.05


def test_blind_trials_in_alfworld() -> None:
    """Solved of 134 after blind trials 1 to 7 (Reflexion logs, Shinn et al. 2023); independence says 133 by trial 5.

    Fitted on the first two trials alone the law still promises too much: its beta has no items that never come right.
    """
    solved = np.array([84, 94, 97, 98, 100, 101, 101])
    trials = np.arange(1, 8)
    independent = 134 * np.asarray(BetaLaw(84 / 134, 0).pass_at(trials))
    assert independent[4] == pytest.approx(133.0, abs=0.05)
    law = fit_beta(84 / 134, (2 * 84 - 94) / 134)  # solved within two tries: 2 p - pass^2
    assert law.correlation == pytest.approx(0.681, abs=5e-4)
    predicted = 134 * np.asarray(law.pass_at(trials))
    assert predicted[2:].round(1).tolist() == [98.8, 101.7, 103.9, 105.5, 106.8]
    assert np.all(np.abs(predicted - solved)[2:] < np.abs(independent - solved)[2:] / 5)


def test_a_retry_that_sees_the_test_errors_recovers_more_than_a_fresh_try() -> None:
    """Aider polyglot leaderboard, 68 models, mean pass: 21.5% -> 48.1%; a fresh independent try says 36.5%.

    (1 - .785^2 = 38.4% is the law at the mean rate; the mean of the law over the models is the published 36.5%.)
    """
    informed = (0.481 - 0.215) / (1 - 0.215)
    assert informed > 0.215
    assert reliability.with_detected_retry(0.215, 1, informed) == pytest.approx(0.481)
    assert BetaLaw(0.215, 0).pass_at(2) < 0.481
