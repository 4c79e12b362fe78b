"""Graphs by brute force: order, ancestors, blocks, the fewest arrows, the longest path through a block."""

from __future__ import annotations

import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import graphs, steady

from labkit.graph import Graph, longest

SHAPES = graphs().map(Graph)


@steady
@given(SHAPES)
def test_blocks_hold_each_step_once(graph: Graph) -> None:
    assert sorted(step for block in graph.blocks for step in block) == list(range(len(graph.needs)))


@steady
@given(SHAPES)
def test_every_step_of_a_block_waits_for_every_step_of_the_blocks_before(graph: Graph) -> None:
    before = oracles.ancestors(graph.needs)
    done: set[int] = set()
    for block in graph.blocks:
        assert all(done <= before[step] for step in block)
        done |= set(block)


@steady
@given(SHAPES)
def test_the_steps_alone_in_a_block_are_those_that_nothing_runs_beside(graph: Graph) -> None:
    alone = oracles.always_alone(graph.needs)
    assert {block[0] for block in graph.blocks if len(block) == 1} == alone


@steady
@given(SHAPES, st.data())
def test_block_times_add_up_to_the_longest_path(graph: Graph, data: st.DataObject) -> None:
    sec = [data.draw(st.sampled_from([0.0, 0.4, 1.0, 2.0, 3.7])) for _ in graph.needs]
    keys = [("work", t) for t in sec]
    times = [longest(block, graph.needs, dict(zip(keys, sec, strict=True)), keys) for block in graph.blocks]
    assert sum(map(float, times)) == pytest.approx(oracles.longest(sec, graph.needs), rel=1e-14)


@steady
@given(SHAPES)
def test_fewest_arrows_keep_the_order_and_none_can_be_left_out(graph: Graph) -> None:
    assert oracles.ancestors(graph.reduced) == oracles.ancestors(graph.needs)
    for step, needs in enumerate(graph.reduced):
        assert set(needs) <= set(graph.needs[step])
        for other in needs:
            fewer = list(graph.reduced)
            fewer[step] = tuple(r for r in needs if r != other)
            assert oracles.ancestors(fewer) != oracles.ancestors(graph.needs)


@steady
@given(SHAPES)
def test_sinks_are_what_nothing_waits_for(graph: Graph) -> None:
    needed = {other for needs in graph.needs for other in needs}
    assert graph.sinks() == [step for step in range(len(graph.needs)) if step not in needed]


@pytest.mark.parametrize(
    ("needs", "blocks"),
    [
        (((),), [[0]]),
        (((), (0,), (1,)), [[0], [1], [2]]),
        (((), ()), [[0, 1]]),
        (((), (0,), (0,), (1, 2)), [[0], [1, 2], [3]]),
        (((1,), (), (0, 1)), [[1], [0], [2]]),
    ],
)
def test_blocks_of_known_graphs(needs: tuple[tuple[int, ...], ...], blocks: list[list[int]]) -> None:
    assert [sorted(block) for block in Graph(needs).blocks] == blocks


def test_a_cycle_is_refused_when_the_order_is_asked_for() -> None:
    with pytest.raises(ValueError, match="wait for each other"):
        _ = Graph(((1,), (0,))).order


def test_a_graph_of_thousands_of_steps_is_no_recursion() -> None:
    graph = Graph(((), *((i,) for i in range(2999))))
    assert len(graph.blocks) == 3000
    assert graph.reduced == graph.needs
