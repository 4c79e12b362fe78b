"""Recorded runs, told as traces: with prices, speeds and the framework's rows, and some calls that say too little."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import fsum
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from .agent_designs import STEPS, Call
from .recorded_agent import PILOTS, RUNS

Row: TypeAlias = "tuple[Any, ...]"
Table: TypeAlias = "tuple[Row, ...]"

MODELS = {"plan": "premium", "search": "small", "count": "small", "write": "small"}
UNKNOWN = "nightly"
USD_DIGITS, SEC_DIGITS = 6, 3


@cache
def runs() -> tuple[tuple[tuple[Row, ...], ...], ...]:
    """The recorded tasks: for each step its calls as (seconds, tokens sent, tokens written, right)."""
    return tuple(tuple(map(_read_calls, line.split("|"))) for line in RUNS.split("\n") if line)


def _read_calls(text: str) -> tuple[Row, ...]:
    rows = (call.split() for call in text.split(";"))
    return tuple((float(sec), int(sent), int(written), int(right)) for sec, sent, written, right in rows)


class Conditions(NamedTuple):
    """Under which prices and how fast the recorded runs are told: USD a million tokens (in, out), times the seconds."""

    small_usd: tuple[float, float]
    premium_usd: tuple[float, float]
    small_speed: float
    premium_speed: float

    def usd(self, model: str, sent: float, written: float) -> float:
        """What so many tokens cost."""
        one, other = self.premium_usd if model == "premium" else self.small_usd
        return (sent * one + written * other) / 1e6

    def sec(self, model: str, sec: float) -> float:
        """How long a recorded call takes."""
        return round(sec * (self.premium_speed if model == "premium" else self.small_speed), SEC_DIGITS)


def tell_trace(rng: np.random.Generator, chosen: list[int], conditions: Conditions, lost: tuple[int, int]) -> Table:
    """The rows of these recorded tasks, of which so many calls lost their price, and so many their usage."""
    rows: list[Call] = []
    begin = 0.0
    for number, place in enumerate(chosen, 1):
        begin = round(begin + float(rng.uniform(8, 40)), 2)
        rows += _tell_task(rng, f"t{number}", begin, runs()[place], conditions)
    own = [i for i, row in enumerate(rows) if row.step != "agent"]
    counted = [i for i in own if rows[i].step == "count"]
    strange = set(rng.choice(counted, lost[0], replace=False).tolist())
    others = [i for i in own if i not in strange and rows[i].step != "write"]
    silent = set(rng.choice(others, lost[1], replace=False).tolist())
    for i in strange:
        rows[i] = rows[i]._replace(model=UNKNOWN, usd=None)
    for i in silent:
        rows[i] = rows[i]._replace(tokens_in=None, tokens_out=None, usd=None)
    return tuple(tuple(row) for row in _sum_up(rows))


def _tell_task(rng: np.random.Generator, name: str, begin: float, run: Any, conditions: Conditions) -> list[Call]:
    """A task's rows: the framework's, with empty sums, and its calls, with a little time between the steps."""
    number, clock = name[1:], begin + round(float(rng.uniform(0.01, 0.1)), SEC_DIGITS)
    rows: list[Call] = []
    ends = clock
    for step, calls in zip(STEPS, run, strict=True):
        at = clock if step == "count" else ends + round(float(rng.uniform(0.01, 0.2)), SEC_DIGITS)
        clock = at
        for sec, sent, written, right in calls:
            model = MODELS[step]
            took = conditions.sec(model, sec)
            usd = round(conditions.usd(model, sent, written), USD_DIGITS)
            names = (name, f"c{number}.{len(rows) + 1}", f"c{number}", step, model)
            rows.append(Call(*names, round(at, SEC_DIGITS), took, sent, written, usd, right))
            at += took
        ends = max(ends, at)
    took = round(ends - begin + 0.01, SEC_DIGITS)
    return [Call(name, f"c{number}", "", "agent", "agent", begin, took, 0, 0, 0.0, None), *rows]


def _sum_up(rows: list[Call]) -> list[Call]:
    """The same with the framework's rows filled in: what it saw of the calls below it."""
    below: dict[str, list[Call]] = {}
    for row in rows:
        below.setdefault(row.parent, []).append(row)
    return [_fill(row, below.get(row.call, ())) for row in rows]


def _fill(row: Call, below: Sequence[Call]) -> Call:
    if not below:
        return row
    sent, written = (sum(getattr(call, name) or 0 for call in below) for name in ("tokens_in", "tokens_out"))
    return row._replace(
        tokens_in=sent, tokens_out=written, usd=round(fsum(call.usd or 0.0 for call in below), USD_DIGITS)
    )


def tell_pilots(conditions: Conditions) -> Table:
    """What the two other models did on the recorded tasks, under these conditions: step, model, USD, s, p."""
    rows = []
    for step, model in (("plan", "small"), ("write", "premium")):
        p, sec, sent, written = PILOTS[step]
        usd = round(conditions.usd(model, sent, written), USD_DIGITS)
        rows.append((step, model, usd, conditions.sec(model, sec), p))
    return tuple(rows)
