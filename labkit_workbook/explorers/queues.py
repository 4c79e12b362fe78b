"""An explorer of waiting: what calls wait for a place under a load, and debates that are served call by call."""

from __future__ import annotations

import heapq
from functools import cache

import numpy as np
from numpy.typing import NDArray

from labkit import latency, plots

from .tables import Explorer, Lever

Array = NDArray[np.float64]
MEAN, SIGMA = 2.0, 0.4
CALL = latency.Lognormal(MEAN, SIGMA)
"""Lesson 07's call: 2 s on average, and scattered (ours)."""
RATES = (
    *np.round(np.arange(0.1, 2.01, 0.1), 1).tolist(),
    *np.arange(2.25, 6.01, 0.25).tolist(),
    7.0,
    8.0,
    9.0,
    10.0,
    12.0,
)
PLACES = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
CALLS = (1.0, 2.0, 3.0, 6.0, 12.0)
BURSTS = (1.0, 3.0, 5.0, 11.0, 50.0, 173.0)
TINY = 0.005
"""Seconds are kept to so much, and up to five minutes; what is longer, or has no end, is NaN."""
LONGEST = 300.0


@cache
def under_load() -> Explorer:
    """What a call of 2 s waits, and within what time 95% are answered, as rate, places, calls and bursts change.

    Behind the axes: utilisation, mean wait and 95th percentile of the whole time in seconds, NaN above five minutes;
    in bursts by Hayward's law.

    >>> [under_load().look_up(rate=1.5, places=20.0, calls=6.0, burstiness=x).round(2).tolist() for x in (1.0, 50.0)]
    [[0.9, 0.32, 4.26], [0.9, 23.42, 75.44]]
    """
    rate = Lever("rate", "requests a second", 1.5, RATES)
    places = Lever("places", "places", 20.0, PLACES)
    calls = Lever("calls", "calls of a request", 1.0, CALLS)
    bursts = Lever("burstiness", "burstiness of the calls", 1.0, BURSTS)
    load = latency.under_load(
        np.array(RATES)[:, None, None, None], CALL, np.array(PLACES)[:, None, None],
        calls=np.array(CALLS)[:, None], burstiness=np.array(BURSTS), law="hayward",
    )  # fmt: skip
    found = np.stack(np.broadcast_arrays(load.utilisation, load.mean_wait, load.time_quantile(0.95)), axis=-1)
    at = [RATES.index(1.5), PLACES.index(20.0)]
    return Explorer(
        name="under_load",
        title="A promise under load: calls of 2 s at some places",
        view="queue",
        levers=(
            rate,
            places,
            calls,
            bursts,
            Lever("promise", "promised: 95% within", 4.0, low=1, high=30, step=0.5, unit="s"),
        ),
        table=np.where(found > LONGEST, np.nan, found),
        unit=TINY,
        still=lambda: _still_queue(found[:, at[1], 0, 0, 2], found[:, at[1], 3, 0, 2]),
    )


def _still_queue(one: Array, six: Array) -> plots.Picture:
    return plots.curves(
        RATES,
        {"one call a request": np.where(one <= 12, one, np.nan), "six calls": np.where(six <= 12, six, np.nan)},
        "requests a second",
        "95% of calls within (s)",
        "Six calls a request use up 20 places at 1.67 a second",
        "Seconds within which 95% of calls are answered at 20 places, over requests a second. With one call a request "
        "3.7 s up to 7 a second and 4.3 s at 9. With six calls 3.7 s up to 1 a second and 6.4 s at 1.6.",
    )


def serve_debates(rate: float, places: int, agents: int, rounds: int, n: int, seed: int) -> tuple[Array, Array]:
    """The seconds of n debates served call by call, and the waits of their calls, in the order in which they came.

    The calls of a round come together when the round before it is done, and the slowest of them ends it.

    >>> sec, waits = serve_debates(0.01, 20, 3, 2, 50, seed=1)
    >>> bool(sec.min() > 2), waits.size, float(waits.max())
    (True, 300, 0.0)
    """
    rng = np.random.default_rng(seed)
    begun = rng.exponential(1 / rate, n).cumsum()
    lasts = rng.lognormal(np.log(MEAN) - SIGMA**2 / 2, SIGMA, (n, rounds, agents)).tolist()
    asked, free, ends, waits = [(at, i, 0) for i, at in enumerate(begun.tolist())], [0.0] * places, np.zeros(n), []
    while asked:
        now, i, done = heapq.heappop(asked)
        for sec in lasts[i][done]:
            start = max(now, free[0])
            heapq.heapreplace(free, start + sec)
            waits.append(start - now)
            ends[i] = max(ends[i], start + sec)
        if done + 1 < rounds:
            heapq.heappush(asked, (float(ends[i]), i, done + 1))
    return ends - begun, np.array(waits)
