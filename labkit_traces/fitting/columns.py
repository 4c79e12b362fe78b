"""Tasks as arrays: for each task and step how many calls, what they cost, how long they kept it busy."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..counting.tasks import Call, Task, when
from ..parsing.values import base_model

Floats = NDArray[np.float64]
MOST_STEPS, OTHERS = 40, "(other steps)"
TOOL = "tool "
CLOCK = 1e-6
"""Seconds that no trace can tell from none: moments since 1970, as floats, lie a quarter of that apart."""
PER_STEP = (
    "calls", "usd", "busy", "visits", "hits", "tried", "right", "first_in", "growth", "conversations", "several",
    "unordered",
)  # fmt: skip
"""Of each task and step: calls; USD; seconds in which at least one ran; calls that were first tries; hits of a cache;
whether an outcome of its own is known, and is right; input tokens of the first call; tokens that each further call
added, where its calls are a conversation, and whether they are one; whether several calls say what they used; whether
nothing says in which order its calls were made."""


@dataclass
class Columns:
    """Tasks as arrays with a row for each task and a column for each step.

    Attributes:
        names: of the steps.
        per_step: the arrays by the names of ``PER_STEP``.
        starts: of each task's steps, seconds; NaN where it did not visit the step.
        usd, sec, idle, begin: of each task: dollars, seconds from first to last, those of them in which no call and no
            tool ran, and the moment of its begin, which is known where all starts are.
        right: whether each task ended right: 1, 0, or NaN where nobody said.
        timed: whether all moments of a task are known.
        calls: all calls of each step, and the number of the task of each.
        pieces: for each task, the stretches in which its steps were busy: step, start, end.
    """

    names: list[str]
    per_step: dict[str, Floats]
    starts: Floats
    usd: Floats
    sec: Floats
    idle: Floats
    begin: Floats
    right: Floats
    timed: NDArray[np.bool_]
    calls: dict[str, list[tuple[int, Call]]] = field(repr=False, default_factory=dict)
    pieces: list[list[tuple[int, float, float]]] = field(repr=False, default_factory=list)

    def ended(self, name: str) -> Floats:
        """Whether a step's last answers in each task are right, by outcomes of their own: 1, 0 or NaN."""
        step = self.names.index(name)
        return np.where(self.per_step["tried"][:, step] > 0, self.per_step["right"][:, step], math.nan)


def make_columns(tasks: Sequence[Task]) -> Columns:
    """The arrays of so many tasks."""
    visited = Counter(name for task in tasks for name in {call.step for call in (*task.calls, *task.tools)})
    listed = {name for name, _ in visited.most_common(MOST_STEPS)}
    if len(visited) > MOST_STEPS:
        listed = {name for name, _ in visited.most_common(MOST_STEPS - 1)} | {OTHERS}
    names = sorted(listed)
    shape = (len(tasks), len(names))
    usd, sec, idle, begin = np.zeros((4, len(tasks)))
    right = np.array([math.nan if task.right is None else float(task.right) for task in tasks])
    columns = Columns(
        names, {name: np.zeros(shape) for name in PER_STEP}, np.full(shape, math.nan), usd, sec, idle, begin, right,
        np.ones(len(tasks), dtype=bool), {name: [] for name in names},
    )  # fmt: skip
    place = {name: number for number, name in enumerate(names)}
    for number, task in enumerate(tasks):
        _fill_row(columns, number, task, place)
    return columns


def _fill_row(columns: Columns, number: int, task: Task, place: dict[str, int]) -> None:
    grouped: defaultdict[str, list[Call]] = defaultdict(list)
    listed = sorted((*task.calls, *task.tools), key=when)
    for call in listed:
        grouped[call.step if call.step in place else OTHERS].append(call)
    begun = all(math.isfinite(call.start) for call in listed)
    timed = begun and all(math.isfinite(call.end) for call in listed)
    columns.timed[number] = timed
    columns.begin[number] = listed[0].start if begun else math.nan
    columns.sec[number] = max(call.end for call in listed) - listed[0].start if timed else math.nan
    pieces: list[tuple[int, float, float]] = []
    for name, calls in grouped.items():
        step = place[name]
        columns.calls[name] += [(number, call) for call in calls]
        row = _sum_up(calls)
        if timed:
            stretches = _unite(calls)
            pieces += [(step, start, end) for start, end in stretches]
            row["busy"] = sum(end - start for start, end in stretches)
            columns.starts[number, step] = stretches[0][0]
        for field_name, value in row.items():
            columns.per_step[field_name][number, step] = value
        columns.usd[number] += row["usd"]
    columns.pieces.append(sorted(pieces, key=lambda piece: piece[1:]))
    columns.idle[number] = _sum_gaps(columns.pieces[number]) if timed else math.nan


def _sum_up(calls: Sequence[Call]) -> dict[str, float]:
    """What one task's calls of one step come to."""
    last = _last_tries(calls)
    said = [call.right for call in last]
    unordered = len(calls) > 1 and len(set(map(when, calls))) < len(calls)
    said_use = [call for call in calls if call.tokens is not None and not unordered]
    sent = _sent_in_turn(said_use)
    return {
        "calls": float(len(calls)),
        "usd": math.fsum(call.usd or 0.0 for call in calls),
        "visits": float(sum(call.attempt in (None, 1) for call in calls)),
        "hits": float(sum(call.status == "hit" for call in calls)),
        "tried": float(None not in said),
        "right": float(None not in said and all(said)),
        "first_in": float(sent[0]) if sent else 0.0,
        "growth": (sent[-1] - sent[0]) / (len(sent) - 1) if sent else 0.0,
        "conversations": float(bool(sent)),
        "several": float(len(said_use) > 1),
        "unordered": float(unordered),
    }


def _sent_in_turn(calls: Sequence[Call]) -> list[int]:
    """The input tokens of several calls that may be one conversation: of one model, none while another runs.

    Calls of several models, or at once, send prompts that have nothing to do with each other.
    """
    at_once = any(after.start < before.end - CLOCK for before, after in pairwise(calls))
    if len(calls) < 2 or at_once or len({base_model(call.model) for call in calls}) > 1:
        return []
    return [call.tokens.read for call in calls if call.tokens is not None]


def _last_tries(calls: Sequence[Call]) -> list[Call]:
    """The calls whose answers counted: the last try of each visit."""
    return [
        call for call, after in zip(calls, [*calls[1:], None], strict=True) if after is None or not _is_retry(after)
    ]


def _is_retry(call: Call) -> bool:
    return call.attempt is not None and call.attempt > 1


def _unite(calls: Sequence[Call]) -> list[tuple[float, float]]:
    """The stretches in which at least one of the calls ran; they are in order of their start."""
    found: list[tuple[float, float]] = []
    for call in calls:
        if found and call.start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], call.end))
        else:
            found.append((call.start, call.end))
    return found


def _sum_gaps(pieces: Sequence[tuple[int, float, float]]) -> float:
    """The seconds between stretches, in order of their start, in which none of them ran."""
    found, until = 0.0, pieces[0][1]
    for _, start, end in pieces:
        found += start - until if start - until > CLOCK else 0.0
        until = max(until, end)
    return found


def is_tool(name: str) -> bool:
    """Whether a step is the runs of a tool."""
    return name.startswith(TOOL)


def call_values(calls: Sequence[tuple[int, Call]], of: str) -> tuple[Floats, NDArray[np.int64]]:
    """USD or seconds of the calls that were made (hits left out) and say it, and the task of each."""
    found: list[tuple[Any, int]] = []
    for number, call in calls:
        value = call.usd if of == "usd" else call.end - call.start
        if value is not None and math.isfinite(value) and call.status != "hit":
            found.append((value, number))
    values = np.array([value for value, _ in found], dtype=np.float64)
    return values, np.array([number for _, number in found], dtype=np.int64)
