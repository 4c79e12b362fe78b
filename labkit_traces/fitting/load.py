"""How tasks arrive, and how many calls run at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from labkit._values import by_value
from labkit.laws.counts import normal_reach

from .columns import CLOCK, Columns, Floats, is_tool
from .resampling import UNKNOWN, Estimate, Resampling

Changes = list[tuple[float, int]]
"""Moments at which a call begins (1) or has ended (-1)."""


@by_value
class Load(NamedTuple):
    """Arrivals and calls in flight; runs of tools and hits of a cache are no calls.

    Attributes:
        per_sec: tasks that arrive in a second, from first to last; unknown where their moments are not on one clock.
        burstiness: the squared coefficient of variation of the gaps between arrivals: 1 at random, more in bursts; NaN
            where not all arrivals are known, for those of a sample look more even than they are.
        in_flight: calls of one task that run at once, in the mean over its seconds.
        most_in_task, most_in_all: the most calls that ran at once, in one task and over all; 0 where nobody can tell.
    """

    per_sec: Estimate
    burstiness: float
    in_flight: Estimate
    most_in_task: int
    most_in_all: int


def fit_load(columns: Columns, tasks_in_all: int, drawn: Resampling) -> Load:
    """Arrivals and calls in flight; where tasks are a sample, or lack a start, the rate is still that of all."""
    per_sec, burstiness, whole = _fit_arrivals(columns.begin, tasks_in_all, drawn.level)
    seconds, changes = _list_changes(columns)
    lasting = columns.timed & (columns.sec > 0)
    at_once = np.where(lasting, seconds / np.where(lasting, columns.sec, 1.0), 0.0)
    means, redrawn = drawn.ratios(at_once[:, None], lasting.astype(float)[:, None])
    in_flight = drawn.positive(float(means[0]), redrawn[:, 0], int(lasting.sum()))
    most = max(map(_peak, changes.values()), default=0)
    whole = whole and bool(columns.timed.all())
    return Load(
        per_sec, burstiness, in_flight, most, _peak([each for found in changes.values() for each in found]) if whole
        else 0,
    )  # fmt: skip


def _fit_arrivals(begins: Floats, tasks_in_all: int, level: float) -> tuple[Estimate, float, bool]:
    """Tasks that arrive in a second, their burstiness, and whether the arrivals of all are known, on one clock.

    Formula: the rate's logarithm is spread by ``sqrt(burstiness / (n-1))``, with the burstiness of the known ones.
    """
    known = np.sort(begins[~np.isnan(begins)])
    n = len(known)
    if not (n > 2 and known[-1] > known[0] and len(np.unique(known)) > n // 2):
        return UNKNOWN, math.nan, False
    gaps = np.diff(known)
    burstiness = float(gaps.var(ddof=1) / gaps.mean() ** 2)
    value = float((n - 1) / (known[-1] - known[0])) * tasks_in_all / n
    reach = normal_reach(level) * math.sqrt(burstiness / (n - 1))
    whole = n == tasks_in_all
    rate = Estimate(value, value * math.exp(-reach), value * math.exp(reach), n)
    return rate, burstiness if whole else math.nan, whole


def _list_changes(columns: Columns) -> tuple[Floats, dict[int, Changes]]:
    """Of each task the seconds of its calls, all added up, and the moments at which their number changes."""
    seconds, changes = np.zeros(len(columns.usd)), dict[int, Changes]()
    for name in columns.names:
        for number, call in columns.calls[name]:
            if columns.timed[number] and call.status != "hit" and not is_tool(call.step):
                seconds[number] += call.end - call.start
                ended = max(call.end - CLOCK, call.start)
                changes.setdefault(number, []).extend(((call.start, 1), (ended, -1)))
    return seconds, changes


def _peak(changes: Changes) -> int:
    """The most at once; what ends at a moment has ended before what begins then."""
    now = most = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most
