"""How tasks arrive, and how many calls run at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from labkit._values import by_value
from labkit.laws.counts import normal_reach

from .columns import Columns
from .resampling import UNKNOWN, Estimate


@by_value
class Load(NamedTuple):
    """Arrivals and calls in flight.

    Attributes:
        per_sec: tasks that arrive in a second, from first to last; unknown where their moments are not on one clock.
        burstiness: the squared coefficient of variation of the gaps between arrivals: 1 at random, more in bursts.
        in_flight: calls of one task that run at once, in the mean over its seconds.
        most_in_task, most_in_all: the most calls that ran at once, in one task and over all; 0 where nobody can tell.
    """

    per_sec: Estimate
    burstiness: float
    in_flight: Estimate
    most_in_task: int
    most_in_all: int


def fit_load(columns: Columns, tasks_in_all: int, level: float) -> Load:
    """Arrivals and calls in flight; where tasks are a sample, the rate is that of all.

    Formula: the rate's logarithm is spread by ``sqrt(burstiness / (n-1))``.
    """
    z = normal_reach(level)
    begins = np.sort(columns.begin[columns.timed])
    n = len(begins)
    whole = tasks_in_all == len(columns.usd)
    rate, burstiness = UNKNOWN, math.nan
    if n > 2 and begins[-1] > begins[0] and len(np.unique(begins)) > n // 2:
        gaps = np.diff(begins)
        burstiness = float(gaps.var(ddof=1) / gaps.mean() ** 2)
        value = float((n - 1) / (begins[-1] - begins[0])) * tasks_in_all / len(columns.usd)
        reach = z * math.sqrt(burstiness / (n - 1))
        rate = Estimate(value, value * math.exp(-reach), value * math.exp(reach), n)
    one_clock = whole and not math.isnan(rate.value)
    seconds, most, moments = np.zeros(len(columns.usd)), 0, []
    per_task: dict[int, list[tuple[float, int]]] = {}
    for name in columns.names:
        for number, call in columns.calls[name]:
            if columns.timed[number] and call.status != "hit":
                seconds[number] += call.end - call.start
                per_task.setdefault(number, []).extend(((call.start, 1), (call.end, -1)))
    for changes in per_task.values():
        most = max(most, _peak(changes))
        moments += changes if one_clock else []
    lasting = columns.timed & (columns.sec > 0)
    in_flight = UNKNOWN
    if lasting.any():
        each = seconds[lasting] / columns.sec[lasting]
        error = z * float(each.std()) / math.sqrt(len(each))
        mean = float(each.mean())
        in_flight = Estimate(mean, max(mean - error, 0.0), mean + error, int(lasting.sum()))
    return Load(rate, burstiness, in_flight, most, _peak(moments))


def _peak(changes: list[tuple[float, int]]) -> int:
    """The most at once; what ends at a moment has ended before what begins then."""
    now = most = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most
