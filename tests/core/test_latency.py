"""Latency is the longest path: known values, a brute force over all paths, and the limits of fixed times."""

from __future__ import annotations

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import graphs, steady

from labkit import graph, latency

DIAMOND = [[], [0], [0], [1, 2]]


def test_steps_in_a_row_add_up_and_steps_at_once_take_the_slowest() -> None:
    assert latency.sequential([2.0, 2.0, 0.4]) == 4.4
    assert latency.side_by_side([2.0, 2.0, 0.4]) == 2.0
    assert latency.sequential(3) == latency.side_by_side(3) == 3.0


def test_stages_are_sums_of_slowest_steps() -> None:
    assert latency.staged([[2.0, 0.4], [0.4, 0.4, 0.4]]) == 2.4
    assert latency.staged([[1.0]]) == 1.0


def test_the_section_s_colliding_groups_take_9_6_seconds_and_the_chain_11_2() -> None:
    assert latency.staged([[2.0, 0.4]] * 4 + [[0.4]] * 4) == pytest.approx(9.6)
    assert latency.sequential([2.0] * 4 + [0.4] * 8) == pytest.approx(11.2)


def test_stages_are_the_longest_path_when_each_stage_waits_for_all_before_it() -> None:
    sec = [3.0, 1.0, 2.0, 5.0, 4.0]
    assert latency.staged([sec[:2], sec[2:4], sec[4:]]) == latency.longest_path(sec, [[], [], [0, 1], [0, 1], [2, 3]])


def test_a_diamond_takes_its_slower_side() -> None:
    assert latency.longest_path([1, 2, 5, 1], DIAMOND) == 7
    assert latency.longest_path([1, [2, 9], 5, 1], DIAMOND).tolist() == [7, 11]


@pytest.mark.parametrize(
    ("sec", "needs", "path"),
    [
        ([1, 2, 5, 1], DIAMOND, [0, 2, 3]),
        ([1, 9, 5, 1], DIAMOND, [0, 1, 3]),
        ([1, 5, 5, 1], DIAMOND, [0, 1, 3]),
        ([2, 3], [[], []], [1]),
        ([2, 2], [[], []], [0]),
        ([4, 1, 3], [[1], [], [0]], [1, 0, 2]),
    ],
)
def test_the_critical_path_is_the_first_of_the_slowest(
    sec: list[float], needs: list[list[int]], path: list[int]
) -> None:
    assert latency.critical_path(sec, needs) == path


@steady
@given(graphs(), st.data())
def test_the_longest_path_is_the_slowest_of_all_paths(needs: oracles.Needs, data: st.DataObject) -> None:
    sec = [data.draw(st.sampled_from([0.0, 0.4, 1.0, 2.0, 3.7])) for _ in needs]
    assert latency.longest_path(sec, needs) == pytest.approx(oracles.longest(sec, needs), rel=1e-14)


@steady
@given(graphs(), st.data())
def test_the_critical_path_is_a_path_and_takes_the_longest_time(needs: oracles.Needs, data: st.DataObject) -> None:
    sec = [data.draw(st.sampled_from([0.0, 0.4, 1.0, 2.0])) for _ in needs]
    path = latency.critical_path(sec, needs)
    assert path in list(oracles.paths(needs))
    assert sum(sec[step] for step in path) == pytest.approx(latency.longest_path(sec, needs), rel=1e-14)


@steady
@given(graphs())
def test_each_step_comes_after_all_that_it_needs(needs: oracles.Needs) -> None:
    order = graph.in_order(needs, len(needs))
    assert sorted(order) == list(range(len(needs)))
    assert all(order.index(other) < order.index(step) for step, before in enumerate(needs) for other in before)


@steady
@given(graphs(), st.integers(0, 7), st.floats(0, 5))
def test_a_slower_step_never_makes_the_whole_faster(needs: oracles.Needs, which: int, more: float) -> None:
    sec = np.ones(len(needs))
    slower = sec.copy()
    slower[which % len(needs)] += more
    assert latency.longest_path(slower, needs) >= latency.longest_path(sec, needs)


def test_a_chain_of_many_thousand_steps_is_no_recursion() -> None:
    needs = [[], *([i] for i in range(4999))]
    assert latency.longest_path([0.5] * 5000, needs) == 2500
    assert len(latency.critical_path([0.5] * 5000, needs)) == 5000


def test_of_random_times_the_mean_of_the_slowest_is_above_the_slowest_mean() -> None:
    times = np.random.default_rng(0).exponential(1.0, size=(50_000, 12))
    slowest = latency.side_by_side(times)
    assert latency.side_by_side(times.mean(axis=0)) == pytest.approx(1.0, abs=0.03)
    assert oracles.agrees(sum(1 / i for i in range(1, 13)), slowest)
    assert not oracles.agrees(latency.side_by_side(np.ones(12)), slowest)
