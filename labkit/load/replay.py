"""Recorded arrivals served call by call, first come first served: what no formula of a steady load can say."""

from __future__ import annotations

import heapq
from itertools import cycle
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import non_negative, one_number, one_of, one_whole
from .._series import Array
from .._values import by_value

MOST_CALLS = 10_000_000


@by_value
class Replay(NamedTuple):
    """What became of requests that were served as they came, each in the order of arrival, and what the laws ask for.

    Attributes:
        wait_sec: seconds that its call, or the last of them, waited for a place.
        time_sec: seconds from its arrival to an answer in time; infinite where there was none.
        calls: calls that were made for it.
        utilisation: seconds of first calls, by the places' seconds from the first arrival to the last.
        burstiness, scv: squared coefficients of variation of the gaps between arrivals, and of the calls' seconds.
    """

    wait_sec: Array
    time_sec: Array
    calls: NDArray[np.int64]
    utilisation: float
    burstiness: float
    scv: float


def replay_arrivals(
    arrivals_sec: ArrayLike, service_sec: ArrayLike, places: int, *, shuffle: str = "nothing",
    timeout_sec: float | None = None, retries: int = 0, backoff_sec: float = 0.0, budget: float | None = None,
    seed: int = 0,
) -> Replay:  # fmt: skip
    """What happens to n recorded calls at k places, exactly, call by call; O(n log n).

    With a time-out the caller gives up and asks again; the call that was given up still takes its place, and its answer
    is lost. A retry takes the seconds of a call drawn from the list, and comes a random time after the time-out, from 0
    to ``backoff_sec 2^j`` after j retries: exponential back-off with full jitter.

    Args:
        arrivals_sec: seconds at which the requests arrive, a rising list of at least two.
        service_sec: seconds of each call once it has a place, zero or more: one number, or one a request.
        places: k, a whole number from 1.
        shuffle: ``"nothing"``, or the order that is lost: of the ``"gaps"``, of the ``"service"`` or of ``"both"``. A
            wait that falls was one of drift, a wait that stays one of bursts.
        timeout_sec: seconds from a call until its caller gives up, zero or more; None waits for ever.
        retries: at most so many a request, a whole number.
        backoff_sec: zero or more; 0 asks again at once.
        budget: retries for each first call so far, at most, zero or more; None for no budget.
        seed: of the shuffle and the retries.

    Raises:
        ValueError: times that fall or are all one, a list of another length, or more than ten million calls.

    >>> served = replay_arrivals([0, 1], 2.0, places=1, timeout_sec=2.5, retries=1)
    >>> served.wait_sec.tolist(), served.calls.tolist()
    ([0.0, 0.5], [1, 2])
    """
    times, service = non_negative("arrivals_sec", arrivals_sec), non_negative("service_sec", service_sec)
    if times.ndim != 1 or times.size < 2 or np.any(np.diff(times) < 0) or times[0] == times[-1]:
        raise ValueError(f"arrivals_sec must be a rising list of at least two, not all alike, got {arrivals_sec!r:.60}")
    if service.ndim and service.shape != times.shape:
        raise ValueError(f"service_sec must be one number or {times.size}, one a request, got shape {service.shape}")
    k, rng = one_whole("places", places, at_least=1), np.random.default_rng(one_whole("seed", seed))
    limit = np.inf if timeout_sec is None else one_number("timeout_sec", timeout_sec)
    most, pause = one_whole("retries", retries), one_number("backoff_sec", backoff_sec)
    if times.size * (1 + most) > MOST_CALLS:
        raise ValueError(
            f"retries must leave at most {MOST_CALLS:,} calls in all, got {most} for {times.size} requests"
        )
    service, gaps = np.broadcast_to(service, times.shape), np.diff(times)
    if one_of("shuffle", shuffle, ("nothing", "gaps", "service", "both")) in ("gaps", "both"):
        times = times[0] + np.concatenate([[0.0], np.cumsum(rng.permutation(gaps))])
    if shuffle in ("service", "both"):
        service = rng.permutation(service)
    n, spare = times.size, np.inf if budget is None else 0.0
    share = 0.0 if budget is None else one_number("budget", budget)
    waits, ends, calls, lasts, free = [0.0] * n, [np.inf] * n, [0] * n, service.tolist(), [0.0] * min(k, n)
    others, jitter = cycle(rng.permutation(service).tolist()), cycle(rng.random(n).tolist())
    asked = [(at, i) for i, at in enumerate(times.tolist())]  # sorted, and so a heap
    while asked:
        now, i = heapq.heappop(asked)
        start = max(now, free[0])
        end = start + (next(others) if calls[i] else lasts[i])
        heapq.heapreplace(free, end)
        spare += 0.0 if calls[i] else share
        calls[i], waits[i] = calls[i] + 1, start - now
        if end - now <= limit:
            ends[i] = end
        elif calls[i] <= most and spare >= 1 - 1e-9:
            spare -= 1
            heapq.heappush(asked, (now + limit + pause * 2.0 ** min(calls[i] - 1, 60) * next(jitter), i))
    used = float(service.sum() / (k * (times[-1] - times[0])))
    scvs = (float(values.var() / values.mean() ** 2) if values.any() else 0.0 for values in (gaps, service))
    return Replay(np.array(waits), np.array(ends) - times, np.array(calls), used, *scvs)
