"""Random times: sums and maxima equal an enumeration of all outcomes, and a simulation."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.exact.lists import Lists
from labkit.laws.random_times import RandomTime, Values

NAN = float("nan")
CALL = RandomTime([2.0, 8.0], [0.9, 0.1])
random_times = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 2.5]), st.integers(1, 5)), min_size=1, max_size=5
).map(lambda pairs: RandomTime([sec for sec, _ in pairs], np.array([w for _, w in pairs]) / sum(w for _, w in pairs)))


def enumerated(join: Any, *times: RandomTime) -> dict[float, float]:
    """Every combination of outcomes, joined by sum or max, as {seconds: probability}."""
    found: dict[float, float] = {}
    for outcome in itertools.product(*(zip(time.value.tolist(), time.p.tolist(), strict=True) for time in times)):
        sec = round(join(sec for sec, _ in outcome), 9)
        found[sec] = found.get(sec, 0.0) + float(np.prod([p for _, p in outcome]))
    return found


def same(time: RandomTime, outcomes: dict[float, float]) -> bool:
    sec = sorted(outcomes)
    return time.value == pytest.approx(sec) and time.p == pytest.approx([outcomes[s] for s in sec])


@given(random_times)
def test_a_time_is_told_by_how_much_is_done_within_each_of_its_seconds(time: RandomTime) -> None:
    """cdf against a sum over the outcomes, one by one, and from_cdf back to the time."""
    done = [sum(p for s, p in zip(time.value, time.p, strict=True) if s <= sec) for sec in time.value]
    assert time.cdf == pytest.approx(done)
    assert time.cdf[-1] == 1.0
    assert same(RandomTime.from_cdf(time.value, time.cdf), dict(zip(time.value.tolist(), time.p.tolist(), strict=True)))


def test_outcomes_are_put_in_order_and_equal_ones_together() -> None:
    time = RandomTime([3.0, 1.0, 3.0, 7.0], [0.25, 0.5, 0.25, 0.0])
    assert time.value.tolist() == [1.0, 3.0]
    assert time.p.tolist() == [0.5, 0.5]


def test_a_very_long_time_does_not_swallow_a_short_one() -> None:
    time = RandomTime([0.0, 4e12], [0.5, 0.5])
    assert time.value.tolist() == [0.0, 4e12]
    assert time.mean == 2e12


def test_rounding_does_not_split_a_length() -> None:
    third = RandomTime([0.1 + 0.2, 0.3], [0.5, 0.5])
    assert third.value.size == 1
    assert third.within(0.3) == 1.0
    ten = np.arange(1.0, 11.0)
    assert RandomTime.from_samples(ten).quantile(ten / 10).tolist() == ten.tolist()


def test_mean_spread_quantile_and_budget_have_their_known_values() -> None:
    assert CALL.mean == pytest.approx(2.6)
    assert CALL.std == pytest.approx(1.8)
    assert CALL.quantile([0.0, 0.9, 0.91, 1.0]).tolist() == [2.0, 2.0, 8.0, 8.0]
    assert CALL.within([-1.0, 1.999, 2.0, 7.9, 8.0, 100.0]).tolist() == [0.0, 0.0, 0.9, 0.9, 1.0, 1.0]


def columns(time: RandomTime) -> Values:
    return Values(time.value[:, None], time.p[:, None])


def listed(found: Values | None) -> RandomTime:
    assert found is not None
    return RandomTime(found.value[:, 0], found.p[:, 0])


@steady
@given(random_times, random_times)
def test_one_after_the_other_is_the_sum_over_all_pairs(a: RandomTime, b: RandomTime) -> None:
    both = listed(Lists().then(columns(a), columns(b)))
    assert same(both, enumerated(sum, a, b))
    assert both.mean == pytest.approx(a.mean + b.mean)
    assert both.std**2 == pytest.approx(a.std**2 + b.std**2, abs=1e-12)


@steady
@given(random_times, random_times)
def test_side_by_side_is_the_maximum_over_all_pairs(a: RandomTime, b: RandomTime) -> None:
    assert same(listed(Lists().beside([(columns(a), 1), (columns(b), 1)])), enumerated(max, a, b))
    assert same(listed(Lists().beside([(columns(a), 2), (columns(b), 1)])), enumerated(max, a, a, b))


def test_many_designs_are_worked_off_as_one_by_one() -> None:
    rng = np.random.default_rng(3)
    one, other = (Values(rng.choice([0.5, 1.0, 2.0], (12, 5)), rng.dirichlet(np.ones(12), 5).T) for _ in range(2))
    for join in (Lists.then, lambda kind, a, b: kind.beside([(a, 1), (b, 2)])):
        together = join(Lists((5,)), one, other)
        for i in range(5):
            alone = join(Lists(), *(Values(each.value[:, [i]], each.p[:, [i]]) for each in (one, other)))
            mine, theirs = RandomTime(together.value[:, i], together.p[:, i]), listed(alone)
            assert mine.value == pytest.approx(theirs.value)
            assert mine.p == pytest.approx(theirs.p)


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


def test_an_outcome_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        CALL.value[0] = 5.0


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: RandomTime([], []), "value must hold at least one"),
        (lambda: RandomTime([-1.0], [1.0]), "value must be zero or more, got -1"),
        (lambda: RandomTime([NAN], [1.0]), "value must be finite, got nan"),
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
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(make: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()
