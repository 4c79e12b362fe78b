"""Cutting graphs: the pieces give the longest path of the graph, and bounds where a knot is made simpler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import longest
from strategies import graphs, steady

from labkit.exact.series_parallel import Piece, as_forest, decomposed, in_layers
from labkit.graph import Graph

KNOT = Graph(((), (), (0, 1), (1,)))


def seconds(piece: Piece, sec: list[float], needs: tuple[tuple[int, ...], ...]) -> float:
    """Seconds of a piece by its definition; a knot by brute force over its paths."""
    if piece.kind == "step":
        return sec[piece.steps[0]]
    if piece.kind == "knot":
        place = {step: i for i, step in enumerate(piece.steps)}
        inside = [[place[r] for r in needs[step] if r in place] for step in piece.steps]
        return longest([sec[step] for step in piece.steps], inside)
    parts = [seconds(part, sec, needs) for part in piece.parts]
    return sum(parts) if piece.kind == "series" else max(parts)


def kinds(piece: Piece) -> set[str]:
    return {piece.kind}.union(*(kinds(part) for part in piece.parts))


@steady
@given(graphs(), st.data())
def test_the_pieces_have_the_longest_path_of_the_graph(needs: tuple[tuple[int, ...], ...], data: st.DataObject) -> None:
    sec = [float(data.draw(st.integers(0, 9))) for _ in needs]
    piece = decomposed(Graph(needs))
    assert sorted(piece.steps) == list(range(len(needs)))
    assert seconds(piece, sec, needs) == longest(sec, needs)


@steady
@given(graphs(), st.data())
def test_a_knot_made_simpler_bounds_it(needs: tuple[tuple[int, ...], ...], data: st.DataObject) -> None:
    sec = [float(data.draw(st.integers(0, 9))) for _ in needs]
    graph = Graph(needs)
    whole = Piece("knot", (), tuple(graph.order))
    less, more = as_forest(graph, whole), in_layers(graph, whole)
    assert sorted(less.steps) == sorted(more.steps) == list(range(len(needs)))
    assert "knot" not in kinds(less) | kinds(more)
    assert seconds(less, sec, needs) <= longest(sec, needs) <= seconds(more, sec, needs)


def test_the_shape_of_an_n_is_a_knot_and_one_more_arrow_unties_it() -> None:
    assert decomposed(KNOT).kind == "knot"
    assert kinds(decomposed(Graph(((), (), (0, 1), (0, 1))))) == {"series", "parallel", "step"}


@pytest.mark.parametrize(
    ("needs", "kind", "parts"),
    [
        (((),), "step", 0),
        (((), (0,), (1,)), "series", 3),
        (((), (), ()), "parallel", 3),
        (((), (0,), ()), "parallel", 2),
        (((), (), (0, 1), (0, 1), (2, 3)), "series", 3),
        (((), (), (0, 1), (1,), (2, 3)), "series", 2),
    ],
)
def test_small_graphs(needs: tuple[tuple[int, ...], ...], kind: str, parts: int) -> None:
    piece = decomposed(Graph(needs))
    assert (piece.kind, len(piece.parts)) == (kind, parts)
