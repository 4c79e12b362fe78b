"""At most P at a time: Graham's own example, a second-by-second simulation, and the best of all schedules."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import graphs, steady

from labkit.latency import list_schedule, longest_path, makespan_bounds

NAN = float("nan")
GRAHAM_SEC = [3, 2, 2, 2, 4, 4, 4, 4, 9]
GRAHAM_NEEDS: list[list[int]] = [[], [], [], [], [3], [3], [3], [3], [0]]
ORDERS = ("listed", "longest")


def second_by_second(sec: list[int], needs: oracles.Needs, at_most: int) -> int:
    """List scheduling in whole seconds, each above zero: look at every clock tick who may start."""
    left, started, clock = list(sec), [False] * len(sec), 0
    while any(left):
        for step, before in enumerate(needs):
            running = sum(s and rest > 0 for s, rest in zip(started, left, strict=True))
            if not started[step] and running < at_most and all(left[r] == 0 for r in before):
                started[step] = True
        left = [rest - 1 if s and rest else rest for s, rest in zip(started, left, strict=True)]
        clock += 1
    return clock


def best_of_all(sec: list[int], needs: oracles.Needs, at_most: int) -> float:
    """The shortest makespan over every order of the steps and every place for each."""
    best = float("inf")
    for order in itertools.permutations(range(len(sec))):
        if any(order.index(r) > order.index(s) for s in order for r in needs[s]):
            continue
        for places in itertools.product(range(at_most), repeat=len(sec)):
            free, end = [0.0] * at_most, [0.0] * len(sec)
            for step, place in zip(order, places, strict=True):
                end[step] = free[place] = max([free[place], *(end[r] for r in needs[step])]) + sec[step]
            best = min(best, max(end))
    return best


def test_graham_s_example_takes_12_and_everything_that_should_help_lengthens_it() -> None:
    assert list_schedule(GRAHAM_SEC, GRAHAM_NEEDS, 3).makespan == 12
    assert list_schedule(GRAHAM_SEC, GRAHAM_NEEDS, 4).makespan == 15
    assert list_schedule([t - 1 for t in GRAHAM_SEC], GRAHAM_NEEDS, 3).makespan == 13
    fewer_needs = [[], [], [], [], [], [], [3], [3], [0]]
    assert list_schedule(GRAHAM_SEC, fewer_needs, 3).makespan == 16


def test_one_at_a_time_is_the_sum_and_enough_places_give_the_longest_path() -> None:
    assert list_schedule(GRAHAM_SEC, GRAHAM_NEEDS, 1).makespan == sum(GRAHAM_SEC)
    assert list_schedule(GRAHAM_SEC, GRAHAM_NEEDS, 9).makespan == longest_path(GRAHAM_SEC, GRAHAM_NEEDS)


def test_the_bounds_have_their_known_values_and_meet_at_one_place() -> None:
    assert makespan_bounds(34.0, 12.0, 1) == (34.0, 34.0)
    assert makespan_bounds(34.0, 12.0, 2) == (17.0, 23.0)
    lower, upper = makespan_bounds(12.0, 2.0, [1, 4, 12])
    assert lower.tolist() == [12.0, 3.0, 2.0]
    assert upper.tolist() == pytest.approx([12.0, 4.5, 1 + 2 * 11 / 12])


def test_brent_s_bound_is_never_below_ours() -> None:
    work, limit = 34.0, np.arange(1, 20)
    assert np.all(makespan_bounds(work, 12.0, limit).upper <= work / limit + 12.0)


@steady
@given(graphs(), st.integers(1, 5), st.sampled_from(ORDERS), st.data())
def test_every_schedule_keeps_the_needs_the_limit_and_the_bounds(
    needs: oracles.Needs, at_most: int, first: str, data: st.DataObject
) -> None:
    sec = [data.draw(st.sampled_from([0.0, 0.4, 1.0, 2.0, 3.7])) for _ in needs]
    plan = list_schedule(sec, needs, at_most, first)
    for step, before in enumerate(needs):
        assert all(plan.end_sec[r] <= plan.start_sec[step] for r in before)
    for moment in plan.start_sec:
        assert sum((plan.start_sec <= moment) & (moment < plan.end_sec)) <= at_most
    lower, upper = makespan_bounds(sum(sec), longest_path(sec, needs), at_most)
    assert lower - 1e-9 <= plan.makespan <= upper + 1e-9


@steady
@given(graphs(), st.integers(1, 4), st.data())
def test_it_equals_a_simulation_second_by_second(needs: oracles.Needs, at_most: int, data: st.DataObject) -> None:
    sec = [data.draw(st.integers(1, 5)) for _ in needs]
    assert list_schedule(sec, needs, at_most).makespan == second_by_second(sec, needs, at_most)


@steady
@given(graphs(most=5), st.integers(1, 2), st.sampled_from(ORDERS), st.data())
def test_the_best_schedule_lies_within_the_bounds_and_lists_below_twice_the_best(
    needs: oracles.Needs, at_most: int, first: str, data: st.DataObject
) -> None:
    sec = [data.draw(st.integers(1, 4)) for _ in needs]
    best = best_of_all(sec, needs, at_most)
    lower, upper = makespan_bounds(sum(sec), longest_path(sec, needs), at_most)
    assert lower - 1e-9 <= best <= upper + 1e-9
    assert best <= list_schedule(sec, needs, at_most, first).makespan <= (2 - 1 / at_most) * best + 1e-9


def test_longest_first_fills_the_places_better_here() -> None:
    assert list_schedule([3, 3, 4], [[], [], []], 2).makespan == 7
    assert list_schedule([3, 3, 4], [[], [], []], 2, "longest").makespan == 6


def test_a_need_named_twice_counts_once_and_steps_may_take_no_time() -> None:
    assert list_schedule([1.0, 0.0, 2.0], [[], [0, 0], [1]], 1).end_sec.tolist() == [1.0, 1.0, 3.0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: list_schedule([], [], 1), "sec must be a list with one number for each step"),
        (lambda: list_schedule([[1.0, 2.0]], [[]], 1), "sec must be a list"),
        (lambda: list_schedule([1.0, NAN], [[], []], 1), "sec must be finite"),
        (lambda: list_schedule([1.0, -1.0], [[], []], 1), "sec must be zero or more, got -1"),
        (lambda: list_schedule([1.0, 1.0], [[1], [0]], 1), "wait for each other"),
        (lambda: list_schedule([1.0], [[3]], 1), "names step 3"),
        (lambda: list_schedule([1.0], [[]], 0), "at_most must be a whole number, 1 or more, got 0"),
        (lambda: list_schedule([1.0], [[]], [1, 2]), "at_most must be one number"),
        (lambda: list_schedule([1.0], [[]], 1, "best"), r"first must be one of \('listed', 'longest'\), got 'best'"),
        (lambda: makespan_bounds(1.0, 2.0, 1), "longest_sec must not be above total_sec, got 2.0 and 1.0"),
        (lambda: makespan_bounds(-1.0, 0.0, 1), "total_sec must be zero or more"),
        (lambda: makespan_bounds(1.0, 1.0, 0.5), "at_most must be a whole number"),
    ],
)
def test_bad_input_is_a_value_error_that_says_what_was_wrong(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
