"""Records of one reply, by the id that the provider gave it."""

from __future__ import annotations

import math
from collections.abc import Container

from ..parsing.spans import BY_IDENTITY, Span
from ..parsing.tokens import Tokens
from .records import (
    MOST_KEPT,
    MOST_OPEN,
    SCOPE,
    Copies,
    are_of_two_tasks,
    find_timed,
    is_around,
    likeness,
    may_be_one,
    overlap,
    seconds,
)

SAME_REPLY = "calls with the provider's id of a reply that is counted already"


def find_reply(call: Span) -> tuple[object, ...]:
    """What two records of one reply have in common: the provider's id, the model, and the tokens if they are said."""
    return (call.response, *likeness(call))


def keep_hits(group: list[Span], found: Copies) -> None:
    """Of one reply, one sweep: a hit and a call that overlap are one, and no provider was asked."""
    opened: list[Span] = []
    for call in sorted(find_timed(group), key=BY_IDENTITY):
        opened = [other for other in opened[-MOST_OPEN:] if other.end >= call.start]
        pairs = [(call, other) if call.hit else (other, call) for other in opened if other.hit != call.hit]
        for hit, copy in sorted(pairs, key=lambda pair: seconds(pair[1])):
            if id(copy) not in found.gone and copy.scope not in (hit.scope, *hit.copied_by) and may_be_one(hit, copy):
                found.replace(copy, hit, SAME_REPLY)
        opened = found.left([*opened, call])


def keep_one_reply(group: list[Span], found: Copies, reused: Container[object]) -> None:
    """Of one reply and model, the shortest record accounts for those of others, and for those that overlap it."""
    kept: list[Span] = []
    unique = not _is_used_again(group) and not any(find_reply(call) in reused for call in group)
    for call in sorted(group, key=lambda call: (seconds(call), *call.identity)):
        alike = (
            other
            for other in kept[:MOST_KEPT]
            if may_be_one(call, other) and ((unique and other.scope != call.scope) or overlap(other, call))
        )
        first = next(alike, None)
        if first is None:
            kept.append(call)
        else:
            found.replace(call, first, SAME_REPLY)


def keep_fullest(group: list[Span], found: Copies, reused: Container[object]) -> None:
    """Of one id that nobody used again, the record with the most tokens accounts for others around or inside it."""
    if len(set(map(SCOPE, group))) == 1 or _is_used_again(group) or find_reply(group[0])[:1] in reused:
        return
    kept: list[Span] = []
    for call in sorted(group, key=lambda call: (-sum((call.tokens or Tokens())[::3]), seconds(call), *call.identity)):
        others = (other for other in kept[:MOST_KEPT] if other.scope != call.scope)
        first = next((o for o in others if is_around(o, call) and not are_of_two_tasks(o, call)), None)
        if first is None:
            kept.append(call)
        else:
            found.replace(call, first, SAME_REPLY)


def _is_used_again(group: list[Span]) -> bool:
    """Whether one instrumentation saw the id at two moments: out of a cache, or of a server that has one id for all."""
    first_end: dict[str, float] = {}
    for call in sorted(group, key=lambda call: (call.scope, *call.identity)):
        end = first_end.get(call.scope, math.inf)
        if call.scope in first_end and not call.start <= end:
            return True
        first_end[call.scope] = call.end if math.isnan(call.end) else min(end, call.end)
    return False
