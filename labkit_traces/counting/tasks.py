"""Tasks: the calls that were made for one, in the order of their starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from labkit._values import by_value

from ..parsing.spans import BY_START, Span, sort_by_start
from ..parsing.tokens import Tokens
from ..parsing.values import task_id
from .seen import SeenIds

MOST_KEPT = 200_000
"""Calls, runs of tools and verdicts that are kept one by one; of more, those of a fair sample of tasks, each whole.

Sums are still of all.
"""

FREE = ("server error", "rate limit", "bad request", "unreachable")
"""Failures that are usually not billed, where nothing says that something was used.

A connection that was cut is none: what was asked for may have been written by then.
"""


@by_value
class Call(NamedTuple):
    """One call of a model that counts.

    Attributes:
        step: the name of the step it was made for.
        model: as the trace names it; ``""`` where it does not.
        start, end: seconds since 1970, or since a log began; NaN where the trace does not say.
        tokens: None where the call says nothing of what it used.
        usd: None where nobody can price it; 0.0 of a hit.
        source: who says what it cost.
        status: ``"ok"``, ``"hit"`` (of an answer cache), or the kind of failure.
        attempt: which try this is, from 1; None where tries are no rows of their own, so that nobody can know.
        parent: what it was called from: equal for calls side by side; ``""`` where nothing is known.
        right: what was said of it, by an outcome of its own; None where nothing was.
    """

    step: str
    model: str
    start: float
    end: float
    tokens: Tokens | None
    usd: float | None
    source: str
    status: str
    attempt: int | None
    parent: str
    right: bool | None = None

    @property
    def is_free(self) -> bool:
        """Whether it is usually not billed: it failed so, and says nothing of what it used."""
        return self.status in FREE and self.usd is None and self.tokens is None


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        id: a digest of its key or its trace (see ``task_id``).
        calls: calls of models that count, in the order of their start; without starts, of their tries.
        tools: runs of tools with time of their own, as calls of no model that cost nothing.
        right: whether its outcome says it ended right; None where there is none.
        item: what it is a repeat of, as a digest; ``""`` where it is not said.
        around: start and end of its own spans, those that begin its traces and do not count as calls; None without any.
    """

    id: str
    calls: tuple[Call, ...]
    tools: tuple[Call, ...] = ()
    right: bool | None = None
    item: str = ""
    around: tuple[float, float] | None = None

    @property
    def usd(self) -> float | None:
        """What it cost, USD; None where a call has no price or was not observed, unless it is usually not billed."""
        prices = [0.0 if call.is_free else call.usd for call in self.calls]
        return None if None in prices else math.fsum(price for price in prices if price is not None)

    @property
    def sec(self) -> float:
        """From the start of its first call or tool to the end of its last; NaN where a moment is missing."""
        moments = [moment for call in (*self.calls, *self.tools) for moment in (call.start, call.end)]
        return max(moments) - min(moments) if all(map(math.isfinite, moments)) else math.nan

    @property
    def around_sec(self) -> float:
        """Seconds of its own spans, from the first start to the last end; NaN where it has none."""
        return math.nan if self.around is None else self.around[1] - self.around[0]


def make_call(span: Span, right: bool | None = None) -> Call:
    """A call from the span that counts."""
    usd = None if span.currency else span.usd
    status = "hit" if span.hit else span.failed or "ok"
    parent = task_id(span.parent) if span.parent else ""
    attempt = span.attempt if span.attempt > 0 else None
    return Call(
        span.step, span.model, span.start, span.end, span.tokens, usd, span.source if usd is not None else "", status,
        attempt, parent, right,
    )  # fmt: skip


class Tasks:
    """Tasks as they grow. Which of too many are kept hangs on their ids alone, and so is a fair sample in any order."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self.most_kept = most_kept
        self.shared = False
        self._kept: dict[str, list[Call]] = {}
        self._tools: dict[str, list[Call]] = {}
        self._right: dict[str, bool] = {}
        self._items: dict[str, str] = {}
        self._around: dict[str, tuple[float, float]] = {}
        self._entries = 0
        """Calls, runs of tools and verdicts."""
        self._least = self._least_other = "~"
        """The lowest ids of a task with a call, and of one with a tool or a verdict."""
        self._halvings, self._below = 0, "~"  # ids are drawn evenly: half of them lie below half of the highest
        self._seen = SeenIds()
        self.count = 0

    def keeps(self, task: str) -> bool:
        """Whether the calls of a task are kept one by one."""
        return task < self._below

    def add(self, by_task: Mapping[str, Sequence[Call | None]]) -> None:
        """Put calls into their tasks; those of a task that is not kept are counted alone, and may be None."""
        for task, calls in by_task.items():
            if task in self._seen:
                self.shared = True
            else:
                self._seen.add(task)
                self.count += 1
            self.shared = self.shared or len(calls) > 1
            if task < self._below:
                self._kept.setdefault(task, []).extend(call for call in calls if call is not None)
                self._entries += len(calls)
                self._least = min(self._least, task)
        self._halve()

    def _halve(self) -> None:
        """Let the upper half of the ids go while too much is kept, but never the last task with a call."""
        while self._entries > self.most_kept:
            below = f"{16**12 >> self._halvings + 1:012x}"
            if (self._least if self._kept else self._least_other) >= below:
                break
            self._halvings += 1
            self._below = below
            for runs in (self._kept, self._tools):
                for task in [task for task in runs if task >= below]:
                    self._entries -= len(runs.pop(task))
            for task in [task for task in self._right if task >= below]:
                del self._right[task]
                self._entries -= 1
            for others in (self._items, self._around):
                for task in [task for task in others if task >= below]:
                    del others[task]

    def _add_other(self, task: str) -> None:
        self._entries += 1
        self._least_other = min(self._least_other, task)
        self._halve()

    def add_tool(self, task: str, run: Call) -> None:
        """Put the run of a tool into its task."""
        if task < self._below:
            self._tools.setdefault(task, []).append(run)
            self._add_other(task)

    def set_item(self, task: str, item: str) -> None:
        """Remember what a task is a repeat of."""
        if task < self._below:
            self._items[task] = item

    def widen(self, task: str, start: float, end: float) -> None:
        """Let a task's own spans reach from here to there, at least."""
        if task < self._below:
            first, last = self._around.get(task, (start, end))
            self._around[task] = min(first, start), max(last, end)

    def mark(self, task: str, right: bool) -> bool:
        """Set what became of a task; of several verdicts all must say right. Whether they agree."""
        if task >= self._below:
            return True
        before = self._right.get(task)
        self._right[task] = right and before is not False
        if before is None:
            self._add_other(task)
        return before in (None, right)

    def listed(self) -> tuple[Task, ...]:
        """The tasks that are kept, by the start of their first call."""
        tasks = [
            Task(
                task, _put_in_order(calls), _put_in_order(self._tools.get(task, ())), self._right.get(task),
                self._items.get(task, ""), self._around.get(task),
            )
            for task, calls in self._kept.items()
        ]  # fmt: skip
        in_order = sort_by_start(tasks, lambda task: task.calls[0].start, lambda t: (_order(t.calls[0]), t.id))
        return tuple(in_order)


def _put_in_order(calls: Iterable[Call]) -> tuple[Call, ...]:
    return tuple(sort_by_start(calls, BY_START, _order))


def when(call: Call) -> tuple[float, float, int]:
    """What says which call of a task came first: start and end (-1 where they are not known), then which try it is."""
    start, end = (-1.0 if math.isnan(moment) else moment for moment in (call.start, call.end))
    return start, end, call.attempt or 0


def _order(call: Call) -> tuple[object, ...]:
    return (*when(call), call.step, call.model, call.tokens or (), call.usd or 0.0, call.status)
