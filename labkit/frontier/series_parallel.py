"""A dependency graph as nested series and parallel parts, where it can be cut that way.

Seconds of parts in series add up; of parts side by side the slowest counts. An order can be cut into such parts unless
it holds a knot, the shape of an N: a before c, b before c and d, and nothing else said of the four.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..graph import Graph, edges_by_place


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
    for kind, groups in (("parallel", _split_beside(graph, steps)), ("series", _split_after(graph, steps))):
        if len(groups) > 1:
            return made_of(kind, [_cut(graph, group) for group in groups])
    return Piece("knot", (), steps)


def _split_beside(graph: Graph, steps: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The steps in groups of which none waits for another."""
    leader = {step: step for step in steps}

    def lead(step: int) -> int:
        while leader[step] != step:
            leader[step] = step = leader[leader[step]]
        return step

    for step in steps:
        for other in graph.needs[step]:
            if other in leader:
                leader[lead(other)] = lead(step)
    groups: dict[int, list[int]] = {}
    for step in steps:
        groups.setdefault(lead(step), []).append(step)
    return [tuple(group) for group in groups.values()]


def _split_after(graph: Graph, steps: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The steps in groups that follow one another, each whole group after the one before.

    Between two places of the order everything waits where each last step before (nothing before needs it) is needed
    directly by each first step after (it needs nothing after). All three are counted place by place: a need counts
    for the places after its follower's latest need, up to its own first follower.
    """
    latest_need, first_follower = edges_by_place(graph, steps)
    place = {step: i for i, step in enumerate(steps)}
    size = len(steps)
    direct, lasts, firsts = np.zeros(size + 1, int), np.zeros(size + 1, int), np.zeros(size + 1, int)
    for i, step in enumerate(steps):
        lasts[i + 1] += 1
        if first_follower[i] < size:
            lasts[first_follower[i] + 1] -= 1
        firsts[latest_need[i] + 1] += 1
        firsts[i + 1] -= 1
        for other in graph.needs[step]:
            at = place.get(other)
            if at is not None and latest_need[i] < first_follower[at]:
                direct[latest_need[i] + 1] += 1
                direct[first_follower[at] + 1] -= 1
    everything_waits = np.cumsum(direct) == np.cumsum(lasts) * np.cumsum(firsts)
    ends = [0, *(np.flatnonzero(everything_waits[1:size]) + 1).tolist(), size]
    return [steps[start:end] for start, end in itertools.pairwise(ends)]


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
    inside = set(knot.steps)
    for step in (step for step in graph.order if step in inside):
        depth[step] = max((depth[other] + 1 for other in graph.needs[step] if other in depth), default=0)
    return depth
