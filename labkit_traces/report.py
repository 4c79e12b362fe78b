"""What traces say, and do not: a reading, as an object, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit._shown import aligned_lines

from .counting.sums import Money, Row
from .counting.tasks import FREE, Task
from .parsing.documents import Source
from .pricing import LIST

VERSION = 1
MOST_ROWS = 20
NOTHING = "unknown (no call was read)"
TABLE = "a table needs commas and, in its first line, the names task or trace, and one of model, tokens_in and usd"
OF_CALLS = ("priced_usd", "low_usd", "high_usd")


@dataclass(frozen=True)
class Reading:
    """What traces say, and what they do not.

    Attributes:
        tasks: the tasks, each a list of calls; a fair sample of them where ``tasks_in_all`` is more.
        tasks_in_all, traces, spans: how many there were.
        money: the bill in its three parts.
        all, by_model, by_step: sums of all calls.
        low_tokens, high_tokens: what roll-ups have less or more than the calls below them, as tokens.
        dropped: how many spans each rule left out of the sums, so that nothing counts twice.
        noted: how often each irregularity was met.
        sources: the files, with their formats and what of them could not be read.
        prices: where prices come from that neither you nor the traces give, if there are any.
        no_tasks: why nothing can be said of a task; ``""`` where it can. Sums hold all the same.
    """

    tasks: tuple[Task, ...] = field(repr=False)
    tasks_in_all: int
    traces: int
    spans: int
    money: Money
    all: Row
    by_model: Mapping[str, Row] = field(repr=False)
    by_step: Mapping[str, Row] = field(repr=False)
    low_tokens: int = field(repr=False)
    high_tokens: int = field(repr=False)
    dropped: Mapping[str, int] = field(repr=False)
    noted: Mapping[str, int] = field(repr=False)
    sources: tuple[Source, ...] = field(repr=False)
    prices: str = field(repr=False)
    no_tasks: str = field(repr=False)

    def __str__(self) -> str:
        return render_text(self)

    @property
    def malformed(self) -> int:
        """How many documents could not be read."""
        return sum(source.malformed for source in self.sources)

    @property
    def refused(self) -> int:
        """How many calls without usage are usually not billed: refused, or failed at the provider."""
        return self.all.refused

    @property
    def unseen_calls(self) -> float:
        """The share of calls without a price or without usage; those that are usually not billed do not count."""
        return (self.all.unpriced + self.all.unobserved) / max(self.all.calls, 1)

    @property
    def unknown(self) -> int:
        """How many documents are of no known format."""
        return sum(source.unknown for source in self.sources)

    def per_task(self) -> tuple[Task, ...]:
        """The tasks, for whoever fits something to them.

        Raises:
            ValueError: nothing can be said of a task, and why.
        """
        if self.no_tasks:
            raise ValueError(self.no_tasks)
        return self.tasks


def render(reading: Reading, kind: str) -> str:
    """The report as ``"text"`` or ``"json"``.

    Raises:
        ValueError: another kind.
    """
    if kind not in ("text", "json"):
        raise ValueError(f"kind must be 'text' or 'json', got {kind!r}")
    return render_text(reading) if kind == "text" else json.dumps(as_data(reading), indent=1)


def render_text(reading: Reading) -> str:
    """Lines to read."""
    total, money = reading.all, reading.money
    lines = [
        f"{many(reading.spans, 'span')} in {many(reading.traces, 'trace')} of {many(len(reading.sources), 'file')}: "
        f"{many(total.calls, 'model call')} in {many(reading.tasks_in_all, 'task')}"
        + (f", and {many(total.hits, 'hit')} of an answer cache" if total.hits else ""),
        "",
        "The bill, in three parts",
        f"  priced      {_usd(money.priced_usd) if _has_calls(reading) else NOTHING}{_range(reading)}",
    ]
    lines += [f"                {_usd(usd)} by {source}" for source, usd in money.by_source.items()]
    lines += [
        f"  unpriced    {many(sum(money.unpriced.values()), 'token')}" if money.unpriced else "  unpriced    none"
    ]
    lines += [f"                {tokens:,} of {model}" for model, tokens in money.unpriced.items()]
    lines += [
        f"                {usd:,.6f} {money_of}, not converted" for money_of, usd in money.other_currencies.items()
    ]
    lines += [
        f"  unobserved  {many(total.unobserved, 'call')} (may be billed)" if total.unobserved else "  unobserved  none"
    ]
    lines += [f"                {count:,}: {what}" for what, count in money.unobserved.items() if what not in FREE]
    if reading.refused:
        lines += [f"  refused     {many(reading.refused, 'call')} (usually not billed)"]
        lines += [f"                {count:,}: {what}" for what, count in money.unobserved.items() if what in FREE]
    if money.unpriced or total.unobserved:
        lines += ["  What was priced is a lower bound."]
    if reading.by_model:
        lines += ["", *_table("model", reading.by_model), "", *_table("step", reading.by_step)]
    lines += _counts("Left out, so that nothing counts twice", reading.dropped)
    lines += _counts("Noted", reading.noted)
    lines += ["", "Files", *(line for source in reading.sources for line in _file(source))]
    if LIST in money.by_source:
        lines += ["", f"Prices that neither you nor the traces gave: {reading.prices}."]
    if len(reading.tasks) < reading.tasks_in_all:
        lines += [f"Kept call by call: {len(reading.tasks):,} tasks, a fair sample; sums are of all."]
    if reading.no_tasks:
        lines += [f"Nothing is said of single tasks: {reading.no_tasks}."]
    return "\n".join(lines)


def as_data(reading: Reading) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "version": VERSION,
        "spans": reading.spans,
        "traces": reading.traces,
        "tasks": reading.tasks_in_all,
        "money": reading.money._asdict() | ({} if _has_calls(reading) else dict.fromkeys(OF_CALLS)),
        "refused": reading.refused,
        "unseen_calls": reading.unseen_calls,
        "tokens_by_roll_ups": {"less": reading.low_tokens, "more": reading.high_tokens},
        "all": _as_row(reading.all),
        "by_model": {name: _as_row(row) for name, row in reading.by_model.items()},
        "by_step": {name: _as_row(row) for name, row in reading.by_step.items()},
        "dropped": dict(reading.dropped),
        "noted": dict(reading.noted),
        "files": [vars(source) for source in reading.sources],
        "prices": reading.prices,
        "no_tasks": reading.no_tasks,
    }


def _has_calls(reading: Reading) -> bool:
    """Whether a call was read: what none cost is unknown, and not 0."""
    return bool(reading.all.calls + reading.all.hits)


def _as_row(row: Row) -> dict[str, Any]:
    return row._asdict() | {"tokens": row.tokens._asdict()}


def _range(reading: Reading) -> str:
    money = reading.money
    if money.low_usd == money.high_usd:
        return ""
    return f", or {_usd(money.low_usd)} to {_usd(money.high_usd)}: see what was noted"


def _table(of: str, rows: Mapping[str, Row]) -> list[str]:
    """The dearest rows, in columns."""
    head = (of, "calls", "in", "cached", "written", "out", "reasoning", "USD", "unpriced", "unobserved", "refused")
    body = [
        (name, f"{row.calls:,}", *(f"{count:,}" for count in row.tokens), f"{row.usd:,.6f}", f"{row.unpriced:,}",
         f"{row.unobserved:,}", f"{row.refused:,}")
        for name, row in list(rows.items())[:MOST_ROWS]
    ]  # fmt: skip
    lines = aligned_lines([head, *body], [False] + [True] * (len(head) - 1))
    return [*lines, f"and {len(rows) - MOST_ROWS:,} more"] if len(rows) > MOST_ROWS else lines


def _counts(title: str, counts: Mapping[str, int]) -> list[str]:
    return ["", title, *(f"  {count:,} {what}" for what, count in counts.items())] if counts else []


def _file(source: Source) -> list[str]:
    found = ", ".join(f"{many(count, 'span')} of {name}" for name, count in source.formats.items())
    lines = [f"  {source.name}: {found or 'no span'}"]
    if source.is_table and not found:
        lines += [f"    {TABLE}"]
    if source.unknown:
        lines += [f"    {many(source.unknown, 'record')} of no known format"]
    if source.malformed:
        lines += [
            f"    {many(source.malformed, 'document')} that cannot be read",
            *(f"      {p}" for p in source.places),
        ]
        if source.malformed > len(source.places):
            lines += [f"      and {source.malformed - len(source.places):,} more"]
    return lines


def many(count: int, what: str) -> str:
    """So many of them, in words."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _usd(usd: float) -> str:
    return f"{usd:,.6f} USD"
