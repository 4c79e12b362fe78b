"""Records of what may be one call: what two of them have in common, and how one takes the place of the other."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from ..parsing.spans import Span
from ..parsing.tokens import Tokens
from ..parsing.values import base_model
from ..pricing import CARD, LIST, STATED, Price
from .trees import ROUNDING

SCOPE = attrgetter("scope")
MOST_OPEN, MOST_KEPT = 100, 10
"""At most 100 running calls are compared (the latest), and 10 records of one reply."""


@dataclass
class Copies:
    """Calls that are gone, for they are copies, by their places in memory; each is counted under its rule."""

    price: Price
    dropped: Counter[str]
    gone: set[int] = field(default_factory=set)

    def left(self, calls: Iterable[Span]) -> list[Span]:
        """Those that are not gone."""
        return [call for call in calls if id(call) not in self.gone]

    def replace(self, copy: Span, kept: Span, rule: str) -> None:
        """The copy goes; what only it knows stays with the other, which is priced anew if that is of its tokens."""
        self.gone.add(id(copy))
        self.dropped[rule] += 1
        kept.copied_by += (copy.scope, *copy.copied_by)
        if not kept.parent:
            kept.trace, kept.task, kept.step, kept.parent = copy.trace, kept.task or copy.task, copy.step, copy.parent
        kept.marks += copy.marks
        kept.item = kept.item or copy.item
        before, kept.tokens = kept.tokens, join_tokens(kept.tokens, copy.tokens)
        if not kept.model or (kept.usd is None and copy.usd is not None):
            kept.model = copy.model or kept.model
        if kept.source in ("", LIST) and (copy.source == STATED or (kept.usd is None and kept.tokens == copy.tokens)):
            kept.usd, kept.currency, kept.source, kept.aside_usd = copy.usd, copy.currency, copy.source, copy.aside_usd
        elif kept.source in (CARD, LIST) and kept.tokens != before:
            stated = (kept.usd or 0.0) + kept.aside_usd
            kept.usd, kept.aside_usd = stated if kept.aside_usd else None, 0.0
            self.price(kept)
        elif kept.usd is None:
            self.price(kept)
        if kept.source == CARD and not kept.aside_usd:
            kept.aside_usd = copy.aside_usd


def join_tokens(kept: Tokens | None, other: Tokens | None) -> Tokens | None:
    """The tokens of a call that was recorded twice; where both read and wrote alike, the larger of each part.

    >>> join_tokens(Tokens(1000, 0, 0, 500, 200), Tokens(1000, 400, 0, 500, 0))
    Tokens(read=1000, cached=400, written=0, out=500, reasoning=200)
    >>> join_tokens(Tokens(1000, 0, 0, 500, 0), Tokens(999, 400, 0, 500, 0)).cached
    0
    """
    if kept is None or other is None:
        return kept or other
    joined = Tokens(*map(max, kept, other))
    agree = (joined.read, joined.out) == (kept.read, kept.out) == (other.read, other.out)
    return joined if agree and joined.cached + joined.written <= joined.read else kept


def group_by(calls: Iterable[Span], key: Callable[[Span], object]) -> list[list[Span]]:
    """Calls of one key, where there are several."""
    groups: defaultdict[object, list[Span]] = defaultdict(list)
    for call in calls:
        groups[key(call)].append(call)
    return [group for group in groups.values() if len(group) > 1]


def likeness(call: Span) -> tuple[object, ...]:
    """What two records of one call have in common: the model without its provider and date, and the tokens."""
    tokens, model = call.tokens, base_model(call.model)
    return (model, tokens.read, tokens.out) if tokens else (model,)


def may_be_one(call: Span, other: Span) -> bool:
    """Whether two records of one reply agree in what they say of its tokens and its task."""
    same = call.tokens is None or other.tokens is None or call.tokens[::3] == other.tokens[::3]
    return same and not are_of_two_tasks(call, other)


def are_of_two_tasks(call: Span, other: Span) -> bool:
    """Whether both say of which task they are, and it is not one."""
    return bool(call.task and other.task and call.task != other.task)


def find_timed(calls: Iterable[Span]) -> list[Span]:
    """Those of which start and end are known."""
    return [call for call in calls if not (math.isnan(call.start) or math.isnan(call.end))]


def seconds(call: Span) -> float:
    """How long it took; what does not say so is no inner call."""
    return math.inf if math.isnan(call.end - call.start) else call.end - call.start


def encloses(outer: Span, inner: Span) -> bool:
    """Whether one lies inside the other, give or take the rounding of moments, and never a tenth of its own length."""
    slack = max(0.0, min(ROUNDING, (inner.end - inner.start) / 10))
    return outer.start <= inner.start + slack and outer.end >= inner.end - slack


def is_around(one: Span, other: Span) -> bool:
    """Whether one of them lies inside the other."""
    return encloses(one, other) or encloses(other, one)


def overlap(one: Span, other: Span) -> bool:
    """Whether both ran at one moment; False where a moment is not known."""
    return one.start <= other.end and other.start <= one.end
