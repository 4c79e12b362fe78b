"""Retries raise the load that makes calls late: where that settles, and where it does not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, together, whole
from .._series import Array, geometric_sum, halve
from .._values import by_value
from .steady import under_load


@by_value
class RetryStorm(NamedTuple):
    """Requests that are asked again when they are late, as ``retry_storm`` returns it.

    Attributes:
        calls, late: calls of a request, and the share of them that is late, in the calm; without one, in the storm.
        calm_until: requests a second up to which there is a calm. Just below it a crowd by chance ends it, too.
        storm_from: requests a second from which a storm, once begun, does not end; between the two the past decides.
    """

    calls: Number
    late: Number
    calm_until: Number
    storm_from: Number


def retry_storm(
    requests_per_sec: ArrayLike, service_sec: ArrayLike, places: ArrayLike, *, timeout_sec: ArrayLike,
    retries: ArrayLike, scv: ArrayLike = 1.0, budget: ArrayLike | None = None,
) -> RetryStorm:  # fmt: skip
    """Where retries of late calls settle, the rate at which the calm ends, and the rate at which a storm does.

    A late call is given up and asked again, and still takes its place. Formula: of x calls a second a share f(x) is
    late (``under_load``), so a request makes ``A = 1 + f + ... + f^retries`` calls: the calm is the smallest x with
    ``x = rate A(f(x))``, and ends at the largest rate that has one. In a storm the queue grows and every call is late;
    it lasts as long as ``rate (1 + retries)`` is more than the places serve. Back-off changes neither rate; a budget
    raises the second. Source of the two states: Bronson et al. 2021, "Metastable Failures in Distributed Systems".

    Args:
        requests_per_sec: zero or more.
        service_sec, places, scv: as for ``under_load``; retries are taken to come as independently as first calls.
        timeout_sec: seconds from a call until its caller gives up, zero or more.
        retries: at most so many a request, a whole number.
        budget: retries for each first call, on average at most, zero or more; None for no budget. All broadcast.

    >>> [round(x, 3) for x in retry_storm(8.0, 2.0, 20, timeout_sec=10.0, retries=3, budget=0.1)]
    [1.007, 0.007, 9.203, 9.091]
    """
    rate, number = non_negative("requests_per_sec", requests_per_sec), whole("retries", retries)
    limit, most = non_negative("timeout_sec", timeout_sec), number
    if budget is not None:
        most = np.minimum(number, non_negative("budget", budget))
    capacity = np.asarray(under_load(0.0, service_sec, places, scv=scv).breaks_at)
    together(requests_per_sec=rate, timeout_sec=limit, retries=most, breaks_at=capacity)

    def settle(calls_per_sec: Array) -> tuple[Array, Array]:
        late = 1 - np.asarray(under_load(calls_per_sec, service_sec, places, scv=scv).time_within(limit))
        return np.minimum(np.asarray(geometric_sum(late, number + 1, 1 - late)), 1 + most), late

    low, high = 0 * (rate + limit + most + capacity), capacity
    for _ in range(60):  # by thirds: the rate that x calls a second settle at rises, then falls
        one, two = (2 * low + high) / 3, (low + 2 * high) / 3
        rising = one / settle(one)[0] <= two / settle(two)[0]
        low, high = np.where(rising, one, low), np.where(rising, high, two)
    peak, storm_from = low, capacity / (1 + most)
    calm_until = np.maximum(peak / settle(peak)[0], storm_from)
    (calls, late), calm = settle(halve(0 * peak, peak, lambda x: x / settle(x)[0] < rate)[1]), rate <= calm_until
    calls, late = np.where(calm, calls, 1 + most), np.where(calm, late, 1.0)
    return RetryStorm(*(plain(x) for x in (calls, late, calm_until, 0 * peak + storm_from)))
