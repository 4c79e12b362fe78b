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

MOST_NESTED = 100  # parts within parts; deeper ones stay a knot


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


def decomposed(graph: Graph, steps: Sequence[int] | None = None, nested: int = 0) -> Piece:
    """The whole graph, or some steps of it in their order, as nested parts; ``nested`` counts those around them.

    >>> two_then_one = decomposed(Graph(((), (), (0, 1))))
    >>> two_then_one.kind, [part.kind for part in two_then_one.parts]
    ('series', ['parallel', 'step'])
    """
    inside = tuple(graph.order if steps is None else steps)
    if len(inside) == 1:
        return a_step(inside[0])
    for kind, split in (("parallel", _split_beside), ("series", _split_after)) if nested < MOST_NESTED else ():
        groups = split(graph, inside)
        if len(groups) > 1:
            return made_of(kind, [decomposed(graph, group, nested + 1) for group in groups])
    return Piece("knot", (), inside)


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
    layers: dict[int, list[Piece]] = {}
    for step in knot.steps:
        layers.setdefault(graph.depth[step], []).append(a_step(step))
    return made_of("series", [made_of("parallel", layers[level]) for level in sorted(layers)])


def as_forest(graph: Graph, knot: Piece) -> Piece:
    """A knot with less waiting than it needs: every step waits for one other at most. Never slower."""
    known, followers = set(knot.steps), dict[int | None, list[int]]()
    for step in knot.steps:
        inside = [other for other in graph.needs[step] if other in known]
        followers.setdefault(max(inside, key=graph.depth.__getitem__) if inside else None, []).append(step)

    def tree(step: int) -> Piece:
        later = [tree(other) for other in followers.get(step, [])]
        return made_of("series", [a_step(step), made_of("parallel", later)]) if later else a_step(step)

    return made_of("parallel", [tree(step) for step in followers[None]])
