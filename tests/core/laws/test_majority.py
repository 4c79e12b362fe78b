"""The majority of n votes against every outcome, exact fractions and a simulation; and votes that hurt."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.laws.majority import majority_vote, majority_vote_mixed

chances = st.floats(0, 1)
half = Fraction(1, 2)


def exact(p: Fraction, n: int) -> Fraction:
    """The tail of the binomial distribution in whole numbers, a tie for one half."""
    total = Fraction(0)
    for x in range(n + 1):
        if 2 * x >= n:
            total += math.comb(n, x) * p**x * (1 - p) ** (n - x) * (half if 2 * x == n else 1)
    return total


@pytest.mark.parametrize("n", range(1, 9))
@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.7, 1.0])
def test_it_is_the_sum_over_every_outcome_of_the_votes(p: float, n: int) -> None:
    total = 0.0
    for votes in itertools.product((True, False), repeat=n):
        right = sum(votes)
        chance = math.prod(p if vote else 1 - p for vote in votes)
        total += chance * (1.0 if 2 * right > n else 0.5 if 2 * right == n else 0.0)
    assert majority_vote(p, n) == pytest.approx(total, abs=1e-14)


@pytest.mark.parametrize("n", [1, 2, 25, 40, 101, 400, 401])
@pytest.mark.parametrize("p", [Fraction(1, 8), Fraction(15, 32), half, Fraction(17, 32), Fraction(7, 8)])
def test_it_keeps_its_digits_for_many_votes(p: Fraction, n: int) -> None:
    assert majority_vote(float(p), n) == pytest.approx(float(exact(p, n)), abs=1e-13)


@pytest.mark.parametrize("case", range(50))
def test_it_agrees_with_a_simulation_vote_by_vote(case: int) -> None:
    rng = np.random.default_rng(case)
    p, n = rng.uniform(0.2, 0.8), int(rng.integers(1, 30))
    right = (rng.random((20_000, n)) < p).sum(axis=1)
    won = np.where(2 * right == n, rng.random(20_000) < 0.5, 2 * right > n)
    assert oracles.agrees_in_share(majority_vote(p, n), won)


@pytest.mark.parametrize("case", range(50))
def test_mixed_questions_agree_with_a_simulation(case: int) -> None:
    rng = np.random.default_rng(500 + case)
    kinds, n = int(rng.integers(1, 5)), int(rng.integers(1, 24))
    p, weights = rng.uniform(0.1, 0.9, kinds), rng.dirichlet(np.ones(kinds))
    drawn = rng.choice(p, size=20_000, p=weights)
    right = (rng.random((20_000, n)) < drawn[:, None]).sum(axis=1)
    won = np.where(2 * right == n, rng.random(20_000) < 0.5, 2 * right > n)
    assert oracles.agrees_in_share(majority_vote_mixed(p, n, weights), won)


@steady
@given(chances, st.integers(1, 60))
def test_the_two_sides_share_one_and_an_even_number_gains_nothing(p: float, n: int) -> None:
    assert majority_vote(p, n) + majority_vote(1 - p, n) == pytest.approx(1)
    assert majority_vote(p, 2 * n) == majority_vote(p, 2 * n - 1)
    assert majority_vote(0.5, n) == 0.5
    assert majority_vote(p, 1) == majority_vote(p, 2) == p


@steady
@given(chances)
def test_more_votes_help_above_a_half_and_harm_below(p: float) -> None:
    change = np.diff(majority_vote(p, np.arange(1, 60, 2)))
    assert np.all(change >= -1e-15) if p >= 0.5 else np.all(change <= 1e-15)


def test_many_votes_settle_the_question() -> None:
    assert majority_vote([0.45, 0.5, 0.55], 2001) == pytest.approx([0, 0.5, 1], abs=1e-5)


def test_kinds_that_are_alike_are_one_kind() -> None:
    assert majority_vote_mixed([0.7, 0.7], 9) == pytest.approx(majority_vote(0.7, 9))
    assert majority_vote_mixed(0.7, 9) == majority_vote(0.7, 9)
    assert majority_vote_mixed([0.7, 0.2], 9, [1, 0]) == majority_vote(0.7, 9)
    assert majority_vote_mixed([0.7, 0.3], [1, 5, 99]).tolist() == pytest.approx([0.5, 0.5, 0.5])


@pytest.mark.parametrize("case", range(50))
def test_easy_and_hard_questions_make_voting_rise_and_then_fall(case: int) -> None:
    """The pair of votes after which it falls follows from what the m-th pair adds: w (2p-1) C(2m-1, m) (pq)^m."""
    rng = np.random.default_rng(case)
    easy, hard, share = rng.uniform(0.75, 0.95), rng.uniform(0.3, 0.48), rng.uniform(0.45, 0.8)
    gain, loss = share * (2 * easy - 1), (1 - share) * (1 - 2 * hard)
    turn = math.log(gain / loss) / math.log(hard * (1 - hard) / (easy * (1 - easy)))
    n = np.arange(1, 402, 2)
    curve = majority_vote_mixed([easy, hard], n, [share, 1 - share])
    top = int(np.argmax(curve))
    assert top == max(math.floor(turn), 0)
    assert np.all(np.diff(curve[: top + 1]) > 0)
    assert np.all(np.diff(curve[top:]) <= 1e-15)
    assert curve[-1] < curve[top]
    assert curve[-1] >= share - 1e-12


def test_votes_and_kinds_fit_together() -> None:
    p = np.array([[0.9, 0.4], [0.8, 0.3], [0.7, 0.2]])
    assert majority_vote_mixed(p, 5).shape == (3,)
    assert majority_vote_mixed(p, [[1], [3]]).shape == (2, 3)
    assert majority_vote(p, 3).shape == p.shape
    assert majority_vote(0.6, range(1, 12)).tolist() == [majority_vote(0.6, n) for n in range(1, 12)]
    assert isinstance(majority_vote(0.5, 3), float)
    assert isinstance(majority_vote_mixed([0.5, 0.6], 3), float)


@pytest.mark.parametrize(
    ("p", "n", "weights", "match"),
    [
        ([0.5, 1.5], 3, None, "p must be a probability"),
        ([0.5, 0.6], 0, None, "n must be a whole number, 1 or more, got 0"),
        ([0.5, 0.6], 2.5, None, "n must be a whole number"),
        ([], 3, None, "p must hold at least one number"),
        ([0.5, 0.6], 3, [0.5, 0.6], "weights must sum to 1, got 1.1"),
        ([0.5, 0.6], 3, [1.5, -0.5], "weights must be a probability"),
        ([0.5, 0.6], 3, [0.2, 0.3, 0.5], "weights must have one entry for each of the 2 kinds, got 3"),
        ([0.5, 0.6], 3, [1.0], "weights must have one entry for each of the 2 kinds, got 1"),
        ([[0.5], [0.6]], [1, 2, 3], None, "do not fit together"),
        ([0.5, float("nan")], 3, None, "p must be finite"),
    ],
)
def test_votes_that_cannot_be_counted_are_refused(p: object, n: object, weights: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        majority_vote_mixed(p, n, weights)


def test_a_majority_of_no_votes_is_refused() -> None:
    with pytest.raises(ValueError, match="n must be a whole number, 1 or more"):
        majority_vote(0.5, 0)
    with pytest.raises(ValueError, match="p must be a probability"):
        majority_vote(-0.1, 3)
