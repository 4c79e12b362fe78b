"""The race to k votes ahead against the equations of the gambler's ruin, a simulation, and MAKER's million steps."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.laws.vote_race import chain_with_votes, expected_votes, first_to_ahead, voted_chain, votes_needed

chances = st.floats(0, 1)
MAKER_STEPS = 1_048_575  # Towers of Hanoi with 20 disks: 2^20 - 1 (Meyerson et al. 2025)
MAKER_P = 1 - 0.0022


def raced(rng: np.random.Generator, runs: int, p: float, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Vote by vote until one side is k ahead: who won, and after how many votes."""
    lead, votes = np.zeros(runs, int), np.zeros(runs)
    going = np.ones(runs, bool)
    while going.any():
        lead[going] += np.where(rng.random(going.sum()) < p, 1, -1)
        votes += going
        going &= np.abs(lead) < k
    return lead == k, votes


def solved(p: float, k: int) -> tuple[float, float]:
    """The chance to win and the mean length, from the linear equations of one vote at a time."""
    size = 2 * k - 1
    step = np.eye(size) - np.diag(np.full(size - 1, p), 1) - np.diag(np.full(size - 1, 1 - p), -1)
    last = np.zeros(size)
    last[-1] = p
    return float(np.linalg.solve(step, last)[k - 1]), float(np.linalg.solve(step, np.ones(size))[k - 1])


@pytest.mark.parametrize("k", [1, 2, 3, 7, 12])
@pytest.mark.parametrize("p", [0.0, 0.1, 0.45, 0.5, 0.500001, 0.7, 0.99, 1.0])
def test_the_race_solves_the_equations_of_the_gamblers_ruin(p: float, k: int) -> None:
    won, votes = solved(p, k)
    assert first_to_ahead(p, k) == pytest.approx(won, abs=1e-12)
    assert expected_votes(p, k) == pytest.approx(votes, rel=1e-10)


@pytest.mark.parametrize("case", range(50))
def test_the_race_agrees_with_a_simulation_vote_by_vote(case: int) -> None:
    rng = np.random.default_rng(case)
    p, k = rng.uniform(0.2, 0.9), int(rng.integers(1, 6))
    won, votes = raced(rng, 20_000, p, k)
    if 0.001 < first_to_ahead(p, k) < 0.999:
        assert oracles.agrees_in_share(first_to_ahead(p, k), won)
    assert oracles.agrees(expected_votes(p, k), votes)


@pytest.mark.parametrize("case", range(50))
def test_a_voted_chain_agrees_with_a_simulation(case: int) -> None:
    rng = np.random.default_rng(100 + case)
    p, k, steps = rng.uniform(0.7, 0.97), int(rng.integers(1, 4)), int(rng.integers(1, 9))
    won, votes = raced(rng, 10_000 * steps, p, k)
    right = won.reshape(10_000, steps).all(axis=1)
    chance = chain_with_votes(p, k, steps)
    assert oracles.agrees_in_share(chance, right)
    plan = voted_chain(p, steps, chance * (1 - 1e-12), usd_per_vote=0.01)
    assert plan.k == k
    assert oracles.agrees(plan.votes, votes.reshape(10_000, steps).sum(axis=1))
    assert plan.usd == pytest.approx(0.01 * plan.votes)


@steady
@given(chances, st.integers(1, 40), st.integers(1, 500))
def test_a_lead_of_one_is_the_product_law(p: float, k: int, steps: int) -> None:
    assert first_to_ahead(p, 1) == pytest.approx(p, abs=1e-15)
    assert chain_with_votes(p, 1, steps) == pytest.approx(p**steps, abs=1e-12)
    assert chain_with_votes(p, k, 1) == first_to_ahead(p, k)
    assert expected_votes(p, 1) == pytest.approx(1, abs=1e-15)
    assert first_to_ahead(p, k) + first_to_ahead(1 - p, k) == pytest.approx(1)


@steady
@given(chances, st.integers(1, 60))
def test_the_race_takes_from_k_to_k_squared_votes(p: float, k: int) -> None:
    votes = expected_votes(p, k)
    assert k * (1 - 1e-12) <= votes <= k * k * (1 + 1e-12)
    if p > 0.5:
        assert votes <= k / (2 * p - 1) * (1 + 1e-9)  # MAKER's approximation


def test_the_race_at_its_edges() -> None:
    assert first_to_ahead([0, 0.5, 1], 7).tolist() == [0, 0.5, 1]
    assert expected_votes([0, 0.5, 1], 7).tolist() == [7, 49, 7]
    assert chain_with_votes([0, 0.5, 1], 2, 3) == pytest.approx([0, 0.125, 1], abs=1e-16)
    assert first_to_ahead(0.9, 5000) == 1
    assert expected_votes(0.5 + 1e-12, 1000) == pytest.approx(1e6, rel=1e-9)


# ---- votes needed -------------------------------------------------------------------------------------------


def by_trying(p: Fraction, calls: int, target: Fraction) -> int:
    """The smallest k in exact arithmetic: ``(p^k / (p^k + q^k))^calls >= target``."""
    k = 1
    while (p**k / (p**k + (1 - p) ** k)) ** calls < target:
        k += 1
    return k


@steady
@given(
    st.fractions(Fraction(11, 20), Fraction(49, 50), max_denominator=50),
    st.integers(1, 40),
    st.fractions(Fraction(1, 10), Fraction(59, 60), max_denominator=60),
)
def test_it_is_the_first_k_that_is_enough(p: Fraction, steps: int, target: Fraction) -> None:
    assert votes_needed(float(p), steps, float(target)) == by_trying(p, steps, target)


@steady
@given(st.floats(0.51, 0.9999), st.integers(1, 10**7), st.floats(0.01, 0.9999))
def test_one_vote_fewer_would_not_be_enough(p: float, steps: int, target: float) -> None:
    k = votes_needed(p, steps, target)
    assert chain_with_votes(p, k, steps) >= target * (1 - 1e-12)
    if k > 1:
        assert chain_with_votes(p, k - 1, steps) < target
        formula = math.log(math.expm1(-math.log(target) / steps)) / math.log((1 - p) / p)
        assert k == pytest.approx(math.ceil(formula), abs=1e-9) or formula == pytest.approx(round(formula), abs=1e-6)


@pytest.mark.parametrize(
    ("p", "steps", "target", "k"),
    [
        (1.0, 10**6, 1.0, 1),
        (0.9, 10, 1.0, math.inf),
        (0.5, 1, 0.5, 1),
        (0.5, 2, 0.5, math.inf),
        (0.3, 1, 0.3, 1),
        (0.7, 1, 0.7, 1),
        (0.9999999, 5, 1.0, math.inf),
        (0.3, 1, 0.4, math.inf),
        (0.0, 5, 0.0, 1),
        (0.0, 5, 0.1, math.inf),
        (0.9, 5, 0.0, 1),
    ],
)
def test_votes_needed_has_its_known_values(p: float, steps: int, target: float, k: float) -> None:
    assert votes_needed(p, steps, target) == k
    plan = voted_chain(p, steps, target, usd_per_vote=0.0)
    assert plan.k == k
    assert math.isinf(plan.usd) == math.isinf(plan.votes) == math.isinf(k)


def test_a_million_steps_without_an_error() -> None:
    """MAKER (Meyerson et al. 2025, arXiv 2511.09030): 1,048,575 steps at 1 - p = .0022 with k = 3."""
    assert votes_needed(MAKER_P, MAKER_STEPS, [0.9, 0.95]).tolist() == [3, 3]
    assert chain_with_votes(MAKER_P, 3, MAKER_STEPS) == pytest.approx(0.9888, abs=5e-5)
    assert chain_with_votes(MAKER_P, 2, MAKER_STEPS) == pytest.approx(0.0061, abs=5e-5)
    assert chain_with_votes(MAKER_P, 1, MAKER_STEPS) < 1e-300
    assert pytest.approx(math.exp(-1), rel=2e-3) == MAKER_P ** (1 / 0.0022)  # alone, about 455 steps


def test_makers_cost_is_the_limit_where_races_are_hardly_ever_lost() -> None:
    plan = voted_chain(MAKER_P, MAKER_STEPS, 0.95, usd_per_vote=1 / 0.8)  # four votes of five are valid
    approximation = MAKER_STEPS * 3 / (0.8 * (2 * MAKER_P - 1))
    assert plan.usd == pytest.approx(approximation, rel=1e-7)
    loose = voted_chain(0.6, 1, 0.75, usd_per_vote=1.0)
    assert loose.k == 3
    assert loose.usd < 0.6 * 3 / (2 * 0.6 - 1)


def test_arrays_fit_together() -> None:
    assert votes_needed([[0.6], [0.9]], [10, 100, 1000], 0.9).shape == (2, 3)
    assert voted_chain([0.4, 0.9], 10, 0.9, 0.01).usd[0] == math.inf
    assert isinstance(votes_needed(0.9, 10, 0.9), float)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"p": 1.1}, "p must be a probability"),
        ({"p": float("nan")}, "p must be finite"),
        ({"steps": 0}, "steps must be a whole number, 1 or more, got 0"),
        ({"steps": 2.5}, "steps must be a whole number"),
        ({"target": 95}, "target must be a probability"),
        ({"usd_per_vote": -1}, "usd_per_vote must be zero or more"),
        ({"p": [0.9, 0.8], "steps": [1, 2, 3]}, "do not fit together"),
    ],
)
def test_a_chain_that_cannot_be_is_refused(change: dict[str, object], match: str) -> None:
    given = {"p": 0.9, "steps": 10, "target": 0.9, "usd_per_vote": 0.01} | change
    with pytest.raises(ValueError, match=match):
        voted_chain(**given)


@pytest.mark.parametrize("k", [0, 1.5, -3, float("nan")])
def test_a_lead_is_a_whole_number_from_1(k: float) -> None:
    for law in (first_to_ahead, expected_votes):
        with pytest.raises(ValueError, match="k must be"):
            law(0.9, k)
    with pytest.raises(ValueError, match="k must be"):
        chain_with_votes(0.9, k, 3)
