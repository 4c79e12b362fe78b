"""What a call takes when others stand in the queue: from arrivals a second and places to waits and promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import Number, non_negative, plain, probability, together, whole
from .._values import ByValue
from ..laws.named_times import Lognormal
from ..laws.random_times import RandomTime
from .queues import erlang_c, find_late, find_quantile, halve

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class UnderLoad(ByValue):
    """How long calls wait and take under a steady load, as ``under_load`` returns it.

    Attributes:
        utilisation: the share of the places that is taken, on average. From 1 on the queue grows as long as the load
            lasts: every call waits, and means and quantiles are infinite.
        p_wait: how often a call waits.
        mean_wait: seconds, those that do not wait counted as 0.
        service_sec, scv: mean seconds of the call itself, and their squared coefficient of variation.
        breaks_at: requests a second at which utilisation is 1.
    """

    utilisation: Number
    p_wait: Number
    mean_wait: Number
    service_sec: Number
    scv: Number
    breaks_at: Number

    def wait_quantile(self, q: ArrayLike) -> Number:
        """Seconds that a share q in [0, 1) of the calls waits at most; 0 where so many do not wait."""
        share, (p_wait, delay, *_) = _check_share("q", q), self._parts()
        together(q=share, p_wait=p_wait)
        finite = np.isfinite(delay)
        waits = np.where(finite, delay, 0.0) * np.log(np.maximum(p_wait / (1 - share), 1.0))
        return plain(np.where(finite, waits, np.inf))

    def time_quantile(self, q: ArrayLike) -> Number:
        """Seconds within which a share q in [0, 1) of the calls has waited and is answered."""
        share, parts = _check_share("q", q), self._parts()
        together(q=share, p_wait=parts[0])
        return plain(find_quantile(share, *parts))

    def time_within(self, sec: ArrayLike) -> Number:
        """The share of calls that have waited and are answered within so many seconds, zero or more."""
        limit, parts = non_negative("sec", sec), self._parts()
        together(sec=limit, p_wait=parts[0])
        return plain(1 - find_late(limit, *parts))

    def _parts(self) -> tuple[Array, Array, Array, Array]:
        """How often a call waits, mean seconds of those that do, and the call's own mean and scatter."""
        p_wait, wait = np.broadcast_arrays(self.p_wait, self.mean_wait)
        delay = np.where(p_wait > 0, wait / np.where(p_wait > 0, p_wait, 1.0), 0.0)
        return p_wait, delay, np.asarray(self.service_sec), np.asarray(self.scv)


def under_load(
    requests_per_sec: ArrayLike,
    service_sec: ArrayLike | Lognormal | RandomTime,
    places: ArrayLike,
    *,
    scv: ArrayLike = 1.0,
    calls: ArrayLike = 1,
    burstiness: ArrayLike = 1.0,
) -> UnderLoad:
    """How long calls wait when requests come at random and k places answer them: utilisation, waits, quantiles.

    Formula: utilisation ``u = rate calls s / k``; mean wait ``C(k, k u) s (ca2 + cs2) / (2 k (1 - u))`` with Erlang C.
    Calls that come independently and take exponential times (``burstiness`` and ``scv`` 1) are the queue M/M/k, and all
    is exact. With one place and any scatter the mean is exact (Pollaczek and Khinchine); with more it is approximated
    (Lee and Longton 1959), and so it is with bursts, more roughly (Allen and Cunneen: a quarter too long where calls
    come three at once to 20 places). Quantiles are then approximated too, with
    those that wait waiting exponential times, and calls of the simplest distribution with this mean and scatter.
    ``p_wait`` is Erlang's, too low in bursts. A rate that drifts nothing here knows of: ``replay_arrivals``.

    Args:
        requests_per_sec: zero or more.
        service_sec: mean seconds of a call once it has a place, above 0; or a ``Lognormal``, or a ``RandomTime`` of
            recorded seconds, which have their own scatter.
        places: k, calls that are served at once, a whole number from 1.
        scv: cs2, squared coefficient of variation of a call's seconds (variance by squared mean), zero or more.
        calls: calls of one request, above 0; each takes a place, and the times are those of one call.
        burstiness: ca2, squared coefficient of variation of the gaps between calls: 1 where they come independently,
            0 at an even beat, 2n - 1 where they come n at once. All broadcast.

    Raises:
        ValueError: a number out of range.

    >>> one, debate = (under_load(1.5, 2.0, places=20, calls=n) for n in (1, 6))
    >>> [round(x, 2) for x in (one.utilisation, debate.utilisation, debate.p_wait, debate.mean_wait, debate.breaks_at)]
    [0.15, 0.9, 0.55, 0.55, 1.67]
    >>> round(one.time_quantile(0.95), 2), round(debate.time_quantile(0.95), 2)
    (5.99, 6.85)
    """
    if isinstance(service_sec, Lognormal):
        scv, service_sec = np.expm1(np.square(service_sec.sigma)), service_sec.mean
    elif isinstance(service_sec, RandomTime):
        scv, service_sec = (service_sec.std / (service_sec.mean or 1.0)) ** 2, service_sec.mean
    rate, number = non_negative("requests_per_sec", requests_per_sec), above_zero("calls", calls)
    mean, k, scatter = (
        above_zero("service_sec", service_sec),
        whole("places", places, at_least=1),
        non_negative("scv", scv),
    )
    bursts = non_negative("burstiness", burstiness)
    together(requests_per_sec=rate, service_sec=mean, places=k, scv=scatter, calls=number, burstiness=bursts)
    used = rate * number * mean / k
    p_wait, room = np.asarray(erlang_c(k, used * k)), np.where(used < 1, 1 - used, 1.0)
    wait = np.where(used < 1, p_wait * mean * (bursts + scatter) / (2 * k * room), np.inf)
    return UnderLoad(*(plain(x) for x in (used, p_wait, wait, mean, scatter, k / (number * mean))))


def largest_rate(
    within_sec: ArrayLike,
    service_sec: ArrayLike | Lognormal | RandomTime,
    places: ArrayLike,
    *,
    share: ArrayLike = 0.95,
    **load: ArrayLike,
) -> Number:
    """The largest number of requests a second at which a share of the calls is answered within so many seconds.

    Exact or approximated as ``under_load``, from which it is found by halving; 0 where the promise fails without load.

    Args:
        within_sec: seconds, zero or more, from a call's arrival to its answer.
        service_sec, places, load: as for ``under_load``, all but the rate.
        share: in [0, 1). All broadcast.

    >>> round(largest_rate(4.0, 1.0, 1), 4)  # M/M/1: 1 - ln 20 / 4
    0.2511
    >>> round(largest_rate(7.0, 2.0, 20, calls=6), 3), largest_rate(5.0, 2.0, 20)
    (1.513, 0.0)
    """
    limit, wanted = non_negative("within_sec", within_sec), _check_share("share", share)
    high = np.asarray(under_load(0.0, service_sec, places, **load).breaks_at)
    together(within_sec=limit, share=wanted, breaks_at=high)
    low = 0 * (limit + wanted + high)
    return plain(
        halve(low, high, lambda rate: under_load(rate, service_sec, places, **load).time_within(limit) >= wanted)[0]
    )


def above_zero(name: str, value: ArrayLike) -> Array:
    """A number above 0."""
    array = non_negative(name, value)
    if np.any(array == 0):
        raise ValueError(f"{name} must be above 0, got 0")
    return array


def _check_share(name: str, q: ArrayLike) -> Array:
    share = probability(name, q)
    if np.any(share == 1):
        raise ValueError(f"{name} must be below 1, got 1: a wait has no upper end")
    return share
