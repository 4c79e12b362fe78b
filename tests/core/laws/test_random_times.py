"""Random times: sums and maxima equal an enumeration of all outcomes, and a simulation."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.laws.random_times import RandomTime

NAN = float("nan")
CALL = RandomTime([2.0, 8.0], [0.9, 0.1])
random_times = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 2.5]), st.integers(1, 5)), min_size=1, max_size=5
).map(lambda pairs: RandomTime([sec for sec, _ in pairs], np.array([w for _, w in pairs]) / sum(w for _, w in pairs)))


def enumerated(join: Any, *times: RandomTime) -> dict[float, float]:
    """Every combination of outcomes, joined by sum or max, as {seconds: probability}."""
    found: dict[float, float] = {}
    for outcome in itertools.product(*(zip(time.sec.tolist(), time.p.tolist(), strict=True) for time in times)):
        sec = round(join(sec for sec, _ in outcome), 9)
        found[sec] = found.get(sec, 0.0) + float(np.prod([p for _, p in outcome]))
    return found


def same(time: RandomTime, outcomes: dict[float, float]) -> bool:
    sec = sorted(outcomes)
    return time.sec == pytest.approx(sec) and time.p == pytest.approx([outcomes[s] for s in sec])


@given(random_times)
def test_a_time_is_told_by_how_much_is_done_within_each_of_its_seconds(time: RandomTime) -> None:
    """cdf against a sum over the outcomes, one by one, and from_cdf back to the time."""
    done = [sum(p for s, p in zip(time.sec, time.p, strict=True) if s <= sec) for sec in time.sec]
    assert time.cdf == pytest.approx(done)
    assert time.cdf[-1] == 1.0
    assert same(RandomTime.from_cdf(time.sec, time.cdf), dict(zip(time.sec.tolist(), time.p.tolist(), strict=True)))


def test_outcomes_are_put_in_order_and_equal_ones_together() -> None:
    time = RandomTime([3.0, 1.0, 3.0, 7.0], [0.25, 0.5, 0.25, 0.0])
    assert time.sec.tolist() == [1.0, 3.0]
    assert time.p.tolist() == [0.5, 0.5]


def test_a_very_long_time_does_not_swallow_a_short_one() -> None:
    time = RandomTime([0.0, 4e12], [0.5, 0.5])
    assert time.sec.tolist() == [0.0, 4e12]
    assert time.mean == 2e12


def test_rounding_does_not_split_a_length() -> None:
    third = RandomTime.always(0.1).then(RandomTime.always(0.2))
    assert RandomTime.mixed([third, RandomTime.always(0.3)], [0.5, 0.5]).sec.size == 1
    assert third.within(0.3) == 1.0
    ten = np.arange(1.0, 11.0)
    assert RandomTime.from_samples(ten).quantile(ten / 10).tolist() == ten.tolist()


def test_mean_spread_quantile_and_budget_have_their_known_values() -> None:
    assert CALL.mean == pytest.approx(2.6)
    assert CALL.std == pytest.approx(1.8)
    assert CALL.quantile([0.0, 0.9, 0.91, 1.0]).tolist() == [2.0, 2.0, 8.0, 8.0]
    assert CALL.within([-1.0, 1.999, 2.0, 7.9, 8.0, 100.0]).tolist() == [0.0, 0.0, 0.9, 0.9, 1.0, 1.0]


@steady
@given(random_times, random_times)
def test_one_after_the_other_is_the_sum_over_all_pairs(a: RandomTime, b: RandomTime) -> None:
    assert same(a.then(b), enumerated(sum, a, b))
    assert a.then(b).mean == pytest.approx(a.mean + b.mean)
    assert a.then(b).std ** 2 == pytest.approx(a.std**2 + b.std**2, abs=1e-12)


@steady
@given(random_times, random_times)
def test_side_by_side_is_the_maximum_over_all_pairs(a: RandomTime, b: RandomTime) -> None:
    assert same(a.beside(b), enumerated(max, a, b))


@steady
@given(random_times, st.integers(1, 4))
def test_the_slowest_of_n_is_n_side_by_side(a: RandomTime, n: int) -> None:
    assert same(a.slowest_of(n), enumerated(max, *[a] * n))


@steady
@given(random_times, st.floats(0, 1))
def test_a_quantile_is_the_shortest_time_that_is_enough(a: RandomTime, q: float) -> None:
    sec = a.quantile(q)
    assert a.within(sec) >= q - 1e-9
    assert a.within(np.nextafter(sec, -1) - 1e-9) <= q


@steady
@given(random_times, st.sampled_from([0.05, 0.1, 0.7, 3.0]))
def test_rounding_up_is_never_too_short_nor_too_long_by_a_grid(a: RandomTime, grid: float) -> None:
    rounded = a.rounded_up(grid)
    assert a.mean - 1e-12 <= rounded.mean < a.mean + grid
    assert rounded.sec / grid == pytest.approx(np.round(rounded.sec / grid))


def test_a_multiple_of_the_grid_stays_where_it_is() -> None:
    assert RandomTime.always(0.3).rounded_up(0.1).mean == pytest.approx(0.3)


@pytest.mark.parametrize("seed", range(10))
def test_sums_and_maxima_agree_with_the_simulation_within_four_standard_errors(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.exponential(1.0, 30), rng.exponential(2.0, 40)
    drawn_a, drawn_b = rng.choice(a, 20_000), rng.choice(b, 20_000)
    one, other = RandomTime.from_samples(a), RandomTime.from_samples(b)
    assert oracles.agrees(one.then(other).mean, drawn_a + drawn_b)
    assert oracles.agrees(one.beside(other).mean, np.maximum(drawn_a, drawn_b))
    assert oracles.agrees_in_share(float(one.then(other).within(3.0)), drawn_a + drawn_b <= 3.0)


def test_an_outcome_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        CALL.sec[0] = 5.0


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: RandomTime([], []), "sec must hold at least one"),
        (lambda: RandomTime([-1.0], [1.0]), "sec must be zero or more, got -1"),
        (lambda: RandomTime([NAN], [1.0]), "sec must be finite, got nan"),
        (lambda: RandomTime([1.0, 2.0], [1.0]), "same length"),
        (lambda: RandomTime([[1.0]], [[1.0]]), "two lists"),
        (lambda: RandomTime([1.0, 2.0], [0.5, 0.4]), "p must add up to 1, got 0.9"),
        (lambda: RandomTime([1.0, 2.0], [1.5, -0.5]), "p must be a probability"),
        (lambda: RandomTime.from_samples([]), "samples must hold at least one"),
        (lambda: RandomTime.from_samples([[1.0, 2.0]]), "samples must be one list"),
        (lambda: RandomTime.from_samples([1.0, -2.0]), "samples must be zero or more, got -2"),
        (lambda: CALL.quantile(1.5), "q must be a probability"),
        (lambda: CALL.within(NAN), "budget must be finite"),
        (lambda: CALL.slowest_of(0), "n must be a whole number, 1 or more, got 0"),
        (lambda: CALL.rounded_up(0.0), "grid_sec must be above zero"),
        (lambda: CALL.rounded_up(-1.0), "grid_sec must be zero or more, got -1"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(make: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_a_sum_too_large_to_hold_says_what_to_do() -> None:
    many = RandomTime.from_samples(np.random.default_rng(0).random(3000))
    with pytest.raises(ValueError, match=r"9000000 pairs.*grid"):
        many.then(many)
