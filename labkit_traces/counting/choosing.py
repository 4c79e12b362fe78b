"""Which spans of a trace count, so that no token is counted twice and none is lost.

A model call with usage counts unless another model call with usage lies below it. What lies above is a roll-up; where
the calls below it say nothing of what they used, what it says is theirs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..parsing.spans import CALL, TOOL, Span
from ..parsing.tokens import Tokens
from ..parsing.values import base_model
from .trees import Tree

WRAPPERS = "model calls that have another model call with usage below them"
ROLL_UPS = "roll-ups (turns, agents, workflows) of calls that are counted below them"
BELOW = "spans with usage below a model call that is counted with it"
ALONE = "roll-ups that no call below accounts for: each counts as one call"
WITHIN = "calls of several models that say no usage, below a roll-up that says it for all: counted as that one call"
USED, CALLED, USED_CALL, WORKED, PAID = 1, 2, 4, 8, 16
"""Bits, of a span or of all below it: states usage; is a model call; is a model call with usage; is a model call or a
tool; states dollars only and is no call."""
WITH_USAGE = {CALL: USED | CALLED | USED_CALL | WORKED, TOOL: USED | WORKED}
WITHOUT = {CALL: CALLED | WORKED, TOOL: WORKED}


@dataclass(slots=True)
class Chosen:
    """Places in a tree: of the spans that count, of calls that say nothing of what they used, and of tools.

    Attributes:
        alone: of roll-ups that state usage, where nothing below does: see ``place_usage``.
        has_more: whether other spans have usage, too, which may be held against the sum of those that count.
    """

    counted: list[int] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    tools: list[int] = field(default_factory=list)
    has_more: bool = False


def choose(tree: Tree, dropped: Counter[str]) -> Chosen:
    """Which spans count, which calls say nothing of what they used, and which tools took time of their own."""
    spans, parents = tree
    own = [
        WITH_USAGE.get(span.kind, USED)
        if span.tokens is not None or (span.kind == CALL and (span.usd is not None or span.hit))
        else (PAID if span.usd is not None else 0) | WITHOUT.get(span.kind, 0)
        for span in spans
    ]
    below = [0] * len(spans)
    for place in range(len(spans) - 1, -1, -1):
        parent = parents[place]
        if parent >= 0:
            below[parent] |= own[place] | below[place]
    chosen = Chosen()
    covers = [False] * len(spans)  # whether a call that counts lies here or above
    for place, (mine, under, parent) in enumerate(zip(own, below, parents, strict=True)):
        covered = covers[place] = parent >= 0 and covers[parent]
        if mine & CALLED:
            if not mine & USED:
                if not (covered or under & (CALLED | USED)):
                    chosen.unseen.append(place)
                chosen.has_more = chosen.has_more or bool(under & USED)
            elif covered or under & USED_CALL:
                dropped[WRAPPERS] += 1
                chosen.has_more = True
            else:
                chosen.counted.append(place)
                covers[place] = True
        elif mine & (USED | PAID):
            if covered or under & USED or (under & PAID and not under & CALLED):
                dropped[BELOW if covered else ROLL_UPS] += 1
                chosen.has_more = True
            else:
                chosen.alone.append(place)
        elif mine and not (covered or under & WORKED):
            chosen.tools.append(place)
    return chosen


def place_usage(tree: Tree, chosen: Chosen, dropped: Counter[str], noted: Counter[str]) -> None:
    """Where roll-ups alone say usage, the calls below take it in even parts, or the roll-up counts.

    Of roll-ups one above the other the outer one's dollars are those of all, if a call stands below it alone; else the
    inner ones say more.
    """
    spans, parents = tree
    below: dict[int, list[int]] = {place: [] for place in chosen.alone}
    above = [-1] * len(spans)  # the nearest roll-up above
    for place, parent in enumerate(parents):
        if parent >= 0:
            above[place] = parent if parent in below else above[parent]
    for place in chosen.unseen:
        if above[place] >= 0 and not spans[place].failed:
            below[above[place]].append(place)
    _keep_one_level(spans, above, below, chosen, dropped)
    for place, found in below.items():
        roll_up, calls = spans[place], [spans[each] for each in found]
        if len({base_model(call.model or roll_up.model) for call in calls}) == 1:
            for number, call in enumerate(calls):
                call.tokens = _share(roll_up.tokens, number, len(calls)) if roll_up.tokens else None
                call.usd = None if roll_up.usd is None else roll_up.usd / len(calls)
                call.currency, call.model = roll_up.currency, call.model or roll_up.model
            chosen.counted += found
            chosen.has_more = True
            dropped[ROLL_UPS] += 1
        else:
            chosen.counted.append(place)
            noted[ALONE] += 1
            dropped[WITHIN] += len(found)
    chosen.counted.sort()
    spoken_for = {each for found in below.values() for each in found}
    chosen.unseen = [place for place in chosen.unseen if place not in spoken_for]


def _keep_one_level(
    spans: list[Span], above: list[int], below: dict[int, list[int]], chosen: Chosen, dropped: Counter[str]
) -> None:
    """Of roll-ups one above the other leave either the outer one or those below it."""
    inner: dict[int, list[int]] = {place: [] for place in below}
    for place in reversed(chosen.alone):
        if inner[place] and spans[place].usd is not None:
            chosen.has_more = True
            if below[place]:
                for each in inner[place]:
                    below[place] += below.pop(each)
                    dropped[BELOW] += 1
                below[place].sort()
                inner[place] = []
            else:
                del below[place]
                dropped[ROLL_UPS] += 1
        if above[place] >= 0:
            inner[above[place]] += [place] if place in below else inner[place]


def _share(tokens: Tokens, number: int, parts: int) -> Tokens:
    """One of so many even parts; all of them add up to the whole, and no part of it holds more cached than read."""
    apart = (
        tokens.read - tokens.cached - tokens.written, tokens.cached, tokens.written, tokens.out - tokens.reasoning,
        tokens.reasoning,
    )  # fmt: skip
    new, cached, written, said, reasoning = ((count + number) // parts for count in apart)
    return Tokens(new + cached + written, cached, written, said + reasoning, reasoning)
