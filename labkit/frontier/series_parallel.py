"""A dependency graph as nested series and parallel parts, where it can be cut that way.

Seconds of parts in series add up; of parts side by side the slowest counts. An order can be cut into such parts unless
it holds a knot, the shape of an N: a before c, b before c and d, and nothing else said of the four.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..graph import Graph


@dataclass(frozen=True)
class Piece:
    """A piece of a workflow.

    Attributes:
        kind: ``"step"``, ``"series"``, ``"parallel"`` or ``"knot"``.
        parts: what it is made of, in series in their order; none for a step and for a knot.
        steps: positions of all its steps, in the order of its parts.
    """

    kind: str
    parts: tuple[Piece, ...]
    steps: tuple[int, ...]


def a_step(position: int) -> Piece:
    """One step alone."""
    return Piece("step", (), (position,))


def made_of(kind: str, parts: Sequence[Piece]) -> Piece:
    """The parts together; one part alone stays as it is."""
    if len(parts) == 1:
        return parts[0]
    return Piece(kind, tuple(parts), tuple(step for part in parts for step in part.steps))


def decomposed(graph: Graph) -> Piece:
    """The whole graph as nested parts.

    >>> two_then_one = decomposed(Graph(((), (), (0, 1))))
    >>> two_then_one.kind, [part.kind for part in two_then_one.parts]
    ('series', ['parallel', 'step'])
    """
    return _cut(graph, tuple(graph.order))


def _cut(graph: Graph, steps: tuple[int, ...]) -> Piece:
    """The part that these steps make."""
    if len(steps) == 1:
        return a_step(steps[0])
    inside = sum(1 << step for step in steps)
    ordered = {step: (graph.before[step] | graph.after[step]) & inside for step in steps}
    unordered = {step: inside & ~ordered[step] & ~(1 << step) for step in steps}
    for kind, neighbours in (("parallel", ordered), ("series", unordered)):
        groups = list(_connected(steps, neighbours))
        if len(groups) > 1:
            if kind == "series":
                groups.sort(key=lambda group: (graph.before[group[0]] & inside).bit_count())
            return made_of(kind, [_cut(graph, group) for group in groups])
    return Piece("knot", (), steps)


def _connected(steps: Sequence[int], neighbours: dict[int, int]) -> Iterator[tuple[int, ...]]:
    """The steps in groups that hang together."""
    left = list(steps)
    while left:
        group, new = 0, 1 << left[0]
        while new:
            group |= new
            reached = 0
            for step in left:
                if new >> step & 1:
                    reached |= neighbours[step]
            new = reached & ~group
        yield tuple(step for step in left if group >> step & 1)
        left = [step for step in left if not group >> step & 1]


def in_layers(graph: Graph, knot: Piece) -> Piece:
    """A knot with more waiting than it needs: its steps in layers, one layer after another. Never quicker."""
    depth = _depths(graph, knot)
    layers: dict[int, list[Piece]] = {}
    for step in knot.steps:
        layers.setdefault(depth[step], []).append(a_step(step))
    return made_of("series", [made_of("parallel", layers[level]) for level in sorted(layers)])


def as_forest(graph: Graph, knot: Piece) -> Piece:
    """A knot with less waiting than it needs: every step waits for one other at most. Never slower."""
    depth = _depths(graph, knot)
    followers: dict[int | None, list[int]] = {}
    for step in knot.steps:
        inside = [other for other in graph.needs[step] if other in depth]
        followers.setdefault(max(inside, key=depth.__getitem__) if inside else None, []).append(step)

    def tree(step: int) -> Piece:
        later = [tree(other) for other in followers.get(step, [])]
        return made_of("series", [a_step(step), made_of("parallel", later)]) if later else a_step(step)

    return made_of("parallel", [tree(step) for step in followers[None]])


def _depths(graph: Graph, knot: Piece) -> dict[int, int]:
    """For each step the number of steps of the knot that wait for one another before it."""
    depth: dict[int, int] = {}
    for step in (step for step in graph.order if step in set(knot.steps)):
        depth[step] = max((depth[other] + 1 for other in graph.needs[step] if other in depth), default=0)
    return depth
