"""Sums of calls: money in three parts, by model and by step; added in whole parts, so that order never matters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from operator import add
from typing import NamedTuple

from labkit._values import by_value

from ..parsing.spans import Span
from ..parsing.tokens import Tokens
from .tasks import FREE

PARTS_OF_A_DOLLAR = 10**15
NO_MODEL = "(no model named)"
MOST_NAMES, OTHERS = 10_000, "(further names)"
"""So many models or steps have sums of their own, for a name may be drawn anew for every span."""
SILENT = "no usage recorded"


@by_value
class Row(NamedTuple):
    """What calls come to, in all or of one model or step.

    Attributes:
        calls: those that count and were not hits of an answer cache; ``hits``: those that were.
        tokens: of the calls with usage.
        usd: of those with a price: a lower bound if there are others.
        unpriced: calls with tokens that nobody can price, or that are billed in other money, and ``unpriced_tokens``,
            all of theirs, in and out.
        unobserved: calls that were made, say nothing of what they used, and may be billed.
        refused: the like that are usually not billed: refused, or failed at the provider.
    """

    calls: int
    hits: int
    tokens: Tokens
    usd: float
    unpriced: int
    unpriced_tokens: int
    unobserved: int
    refused: int


@by_value
class Money(NamedTuple):
    """A bill in its three parts, which never make one number.

    Attributes:
        priced_usd: what the calls cost that can be seen and priced.
        low_usd, high_usd: the same where roll-ups disagree with what lies below them, or traces with your cards.
        by_source: USD by who says what a call costs.
        unpriced: tokens, in and out, of the models without a price, by model.
        unobserved: all calls without usage, by what became of them; errors of the server and refused calls are usually
            not billed, time-outs, aborted calls and streams are.
        other_currencies: what traces state in other money, by currency; it is not converted.
    """

    priced_usd: float
    low_usd: float
    high_usd: float
    by_source: dict[str, float]
    unpriced: dict[str, int]
    unobserved: dict[str, int]
    other_currencies: dict[str, float]


@dataclass
class Sum:
    """A sum that grows; its numbers are whole, so that the order in which calls come changes nothing."""

    calls: int = 0
    hits: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * len(Tokens._fields))
    parts: int = 0
    unpriced: int = 0
    unpriced_tokens: int = 0
    unobserved: int = 0
    refused: int = 0

    def add(self, span: Span, parts: int) -> None:
        """Count a call."""
        if span.hit:
            self.hits += 1
            return
        self.calls += 1
        tokens = span.tokens
        if tokens is not None:
            self.counts = [*map(add, self.counts, tokens)]
        if span.usd is not None and not span.currency:
            self.parts += parts
        elif tokens is not None:
            self.unpriced += 1
            self.unpriced_tokens += tokens.read + tokens.out
        elif span.usd is not None:
            self.unpriced += 1
        elif span.failed in FREE:
            self.refused += 1
        else:
            self.unobserved += 1

    def join(self, other: Sum) -> None:
        """Count the calls of another sum, too."""
        self.calls += other.calls
        self.hits += other.hits
        self.counts = [*map(add, self.counts, other.counts)]
        self.parts += other.parts
        self.unpriced += other.unpriced
        self.unpriced_tokens += other.unpriced_tokens
        self.unobserved += other.unobserved
        self.refused += other.refused

    def row(self) -> Row:
        """The sum as it is now."""
        return Row(
            self.calls, self.hits, Tokens(*self.counts), self.parts / PARTS_OF_A_DOLLAR, self.unpriced,
            self.unpriced_tokens, self.unobserved, self.refused,
        )  # fmt: skip


class Sums:
    """All sums of a reading, while it goes on."""

    def __init__(self) -> None:
        self.all = Sum()
        self.by_model: dict[str, Sum] = {}
        self.by_step: dict[str, Sum] = {}
        self._pairs: dict[tuple[str, str], Sum] = {}
        self._sources: Counter[str] = Counter()
        self._unobserved: Counter[str] = Counter()
        self._others: Counter[str] = Counter()
        self._low = self._high = 0
        self.low_tokens = self.high_tokens = self.aside = 0

    def add(self, span: Span) -> None:
        """Count a call; it is in all sums after ``settle``."""
        parts = round(span.usd * PARTS_OF_A_DOLLAR) if span.usd else 0
        pair = (span.model, span.step)
        if pair not in self._pairs:
            if len(self._pairs) >= MOST_NAMES:
                self.settle()
            self._pairs[pair] = Sum()
        self._pairs[pair].add(span, parts)
        if span.currency and span.usd is not None:
            self._others[span.currency] += parts
        elif span.usd is not None:
            self._sources[span.source] += parts
            if span.aside_usd:
                self.aside += 1
                self.widen(min(span.aside_usd, 0.0), max(span.aside_usd, 0.0), 0, 0)
        elif span.tokens is None and not span.hit:
            self._unobserved[span.failed or SILENT] += 1

    def settle(self) -> None:
        """Put the sums of each model in each step into every sum they belong to."""
        for (model, step), each in self._pairs.items():
            self.all.join(each)
            _find_sum(self.by_model, model or NO_MODEL).join(each)
            _find_sum(self.by_step, step).join(each)
        self._pairs.clear()

    def widen(self, low_usd: float, high_usd: float, low_tokens: int, high_tokens: int) -> None:
        """Add what roll-ups have less or more."""
        self._low += round(low_usd * PARTS_OF_A_DOLLAR)
        self._high += round(high_usd * PARTS_OF_A_DOLLAR)
        self.low_tokens += low_tokens
        self.high_tokens += high_tokens

    def money(self) -> Money:
        """The bill."""
        usd = self.all.parts
        unpriced = {model: each.unpriced_tokens for model, each in sorted(self.by_model.items()) if each.unpriced}
        low, high = max(usd + self._low, 0), usd + self._high
        return Money(
            usd / PARTS_OF_A_DOLLAR, low / PARTS_OF_A_DOLLAR, high / PARTS_OF_A_DOLLAR,
            {name: parts / PARTS_OF_A_DOLLAR for name, parts in sorted(self._sources.items()) if parts}, unpriced,
            dict(sorted(self._unobserved.items())),
            {name: parts / PARTS_OF_A_DOLLAR for name, parts in sorted(self._others.items())},
        )  # fmt: skip


def _find_sum(sums: dict[str, Sum], name: str) -> Sum:
    """The sum of a name; of many names, that of all further ones."""
    if name not in sums:
        name = name if len(sums) < MOST_NAMES else OTHERS
        sums.setdefault(name, Sum())
    return sums[name]
