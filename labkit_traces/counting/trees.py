"""The spans of one trace as a tree: parents before children, whatever is doubled, orphaned or tied in a knot."""

from __future__ import annotations

import math
from collections import Counter
from operator import lt
from typing import NamedTuple

from ..parsing.spans import Span, put_in_order

DOUBLED = "spans recorded twice"
SHARED = "spans that share an id with another: each counts"
ORPHANS = "spans whose parent is not there: taken as beginnings"
CYCLES = "rings of spans, each its own ancestor: cut at the earliest"

ROUNDING = 0.002
"""Seconds by which two records of one moment may differ: some are written in whole milliseconds."""


class Tree(NamedTuple):
    """Spans so that every parent comes before its children, and the place of each one's parent, -1 for none."""

    spans: list[Span]
    parents: list[int]


def build_tree(spans: list[Span], dropped: Counter[str], noted: Counter[str]) -> Tree:
    """The tree of one trace; it does not depend on the order in which the spans came.

    Of two records of one span (equal ids, and starts but for rounding) the fuller one is kept. Two that share an id and
    not the start are two spans. A parent that is missing makes a span a beginning; a ring is cut above its earliest.
    """
    spans = put_in_order(spans)
    places = {span.span: place for place, span in enumerate(spans)}
    if len(places) < len(spans):
        spans = put_in_order(_keep_one_each(spans, dropped, noted))
        places = {spans[place].span: place for place in range(len(spans) - 1, -1, -1)}  # the first of an id
    above = [places.get(span.parent, -1) for span in spans]  # no id is empty
    noted[ORPHANS] += len([place for place, span in zip(above, spans, strict=True) if place < 0 and span.parent])
    if all(map(lt, above, range(len(above)))):
        return Tree(spans, above)  # the usual case: whatever calls another began before it
    children: list[list[int]] = [[] for _ in spans]
    for child, parent in enumerate(above):
        if parent >= 0:
            children[parent].append(child)
    order: list[int] = []
    reached = [False] * len(spans)
    beginnings = [place for place, parent in enumerate(above) if parent < 0]
    for place in (*beginnings, *range(len(spans))):
        if reached[place]:
            continue
        if above[place] >= 0:
            noted[CYCLES] += 1
            above[place] = -1
        reached[place] = True
        order.append(place)
        for seen in _walk_down(place, children, reached):
            order.append(seen)
    position = {place: number for number, place in enumerate(order)}
    return Tree([spans[place] for place in order], [position.get(above[place], -1) for place in order])


def _walk_down(beginning: int, children: list[list[int]], reached: list[bool]) -> list[int]:
    """Everything below, parents first; without recursion, for a trace may be a million deep."""
    found: list[int] = []
    waiting = [beginning]
    while waiting:
        for child in children[waiting.pop()]:
            if not reached[child]:
                reached[child] = True
                found.append(child)
                waiting.append(child)
    return found


def _rank(span: Span) -> tuple[object, ...]:
    """Of two records of one span the higher one is kept: the fuller, then the one that says where it belongs."""
    return (*span.fullness, span.identity, span.parent, span.task, span.agent, span.response, span.item, span.marks)


def _keep_one_each(spans: list[Span], dropped: Counter[str], noted: Counter[str]) -> list[Span]:
    """The fullest record of each span; they come by their starts."""
    begun: dict[str, float] = {}
    fullest: dict[tuple[str, float], Span] = {}
    for span in spans:
        start = -1.0 if math.isnan(span.start) else span.start
        if not start - begun.get(span.span, -math.inf) <= ROUNDING:
            begun[span.span] = start
        key = (span.span, begun[span.span])
        known = fullest.get(key)
        if known is None or _rank(span) > _rank(known):
            fullest[key] = span
    dropped[DOUBLED] += len(spans) - len(fullest)
    noted[SHARED] += len(fullest) - len(begun)
    return list(fullest.values())
