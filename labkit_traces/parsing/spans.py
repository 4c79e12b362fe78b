"""A span as it is kept: what the sums need, and nothing else of what was recorded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

from .tokens import Tokens

CALL, STEP, WHOLE, TOOL, SCORE = "call", "step", "whole", "tool", "score"
BY_START, BY_IDENTITY = attrgetter("start"), attrgetter("identity")
Item = TypeVar("Item")
Mark = tuple[str, bool, bool]
"""A verdict: the name of the score, whether it says right, and whether it is of the whole task."""


@dataclass(slots=True, eq=False)
class Span:
    """One span, row or run.

    Attributes:
        trace, span, parent: ids, ``""`` where there is none.
        scope: who recorded it: the instrumentation and the format.
        kind: ``call`` (of a model), ``step`` (an agent or a node), ``whole`` (a turn, a workflow), ``tool``, or
            ``score`` (a verdict on the span ``parent``, or on the trace).
        name, agent: its name, and the step it says it belongs to.
        model: ``""`` where none is named.
        start, end: seconds since 1970; NaN where they are not said.
        tokens: None without usage.
        usd: what the trace says it cost; None where it does not.
        currency: of ``usd``, empty for dollars.
        failed: ``""``, or the kind of failure in a word.
        response: the provider's id of the reply.
        task: the value of the task key, ``""`` without.
        attempt: which try this is; 0 where rows are tries and are to be counted, -1 where nobody can know.
        hit: whether the reply came out of an answer cache.
        marks: verdicts on it.
        item: what the task is a repeat of, ``""`` where it is not said.
        step: the step that a call is counted under, once it is summed.
        source: who says what it cost: ``stated`` by the trace, a ``card``, or a price ``list``; ``""`` for nobody.
        aside_usd: what the trace states beyond that, where the two differ by more than 1%.
        copied_by: which other instrumentations recorded this call, too, as far as it has been compared.
    """

    trace: str
    span: str
    parent: str
    scope: str
    kind: str
    name: str
    agent: str
    model: str
    start: float
    end: float
    tokens: Tokens | None
    usd: float | None
    currency: str
    failed: str
    response: str
    task: str
    attempt: int
    hit: bool
    marks: tuple[Mark, ...] = ()
    item: str = ""
    step: str = ""
    source: str = ""
    aside_usd: float = 0.0
    copied_by: tuple[str, ...] = ()

    @property
    def has_usage(self) -> bool:
        """Whether it says what was used."""
        return self.tokens is not None or self.usd is not None

    @property
    def identity(self) -> tuple[object, ...]:
        """A key by which spans can be put in one order, however they came."""
        return (_sortable(self.start), _sortable(self.end), self.trace, self.span, self.scope, self.name, self.model)

    @property
    def fullness(self) -> tuple[object, ...]:
        """Of two records of one span the one with more in it is kept: usage first, then an end."""
        return (
            self.tokens or (),
            self.usd or 0.0,
            not math.isnan(self.end),
            _sortable(self.end),
            self.failed,
            self.model,
        )


def put_in_order(spans: Iterable[Span]) -> list[Span]:
    """The spans by their identity, in an order that does not hang on the one they came in."""
    return sort_by_start(spans, BY_START, BY_IDENTITY)


def sort_by_start(items: Iterable[Item], start: Callable[[Item], float], order: Callable[[Item], Any]) -> list[Item]:
    """The items in their order, whose first part is the start: mostly no two begin at once, and it alone is asked."""
    listed = list(items)
    if len(listed) < 2:
        return listed
    starts = set(map(start, listed))
    if len(starts) == len(listed) and not math.isnan(sum(starts)):
        return sorted(listed, key=start)
    return sorted(listed, key=order)


def _sortable(moment: float) -> float:
    return -1.0 if math.isnan(moment) else moment
