"""What calls take at a steady load: behind others at so many places, and under a provider's limits a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, above_zero, non_negative, one_of, plain, probability, together, whole
from .._series import Array, halve
from .._values import ByValue, by_value
from ..laws.named_times import Lognormal
from ..laws.random_times import RandomTime
from .queues import erlang_c, find_all_taken, find_late, find_quantile


@dataclass(frozen=True, eq=False)
class UnderLoad(ByValue):
    """How long calls wait and take under a steady load, as ``under_load`` returns it.

    Attributes:
        utilisation: the mean share of the places that is taken. From 1 on the queue grows as long as the load lasts:
            every call waits, and means and quantiles are infinite.
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
        share = _check_share("q", q)
        p_wait, delay, *_ = self._list_parts(q=share)
        return plain(self._or_endless(delay * np.log(np.maximum(p_wait / (1 - share), 1.0)), np.inf))

    def time_quantile(self, q: ArrayLike) -> Number:
        """Seconds within which a share q in [0, 1) of the calls has waited and is answered."""
        share = _check_share("q", q)
        return plain(self._or_endless(find_quantile(share, *self._list_parts(q=share)), np.inf))

    def time_within(self, sec: ArrayLike) -> Number:
        """The share of calls that have waited and are answered within so many seconds, zero or more."""
        limit = non_negative("sec", sec)
        return plain(self._or_endless(1 - find_late(limit, *self._list_parts(sec=limit)), 0.0))

    def _list_parts(self, **asked: Array) -> tuple[Array, Array, Array, Array]:
        """How often a call waits, mean seconds of those that do, and the call's own mean and scatter."""
        p_wait, wait = np.broadcast_arrays(self.p_wait, self.mean_wait)
        together(**asked, p_wait=p_wait)
        does = (p_wait > 0) & (wait < np.inf)
        delay = np.where(does, wait, 0.0) / np.where(does, p_wait, 1.0)
        return p_wait, delay, np.asarray(self.service_sec), np.asarray(self.scv)

    def _or_endless(self, found: Array, endless: float) -> Array:
        """What was found, but where the queue has no end."""
        return np.where(np.asarray(self.mean_wait) < np.inf, found, endless)


def under_load(
    requests_per_sec: ArrayLike, service_sec: ArrayLike | Lognormal | RandomTime, places: ArrayLike, *,
    scv: ArrayLike = 1.0, calls: ArrayLike = 1, burstiness: ArrayLike = 1.0, law: str = "allen-cunneen",
) -> UnderLoad:  # fmt: skip
    """How long calls wait when requests come at random and k places answer them: utilisation, waits, quantiles.

    Formula: utilisation ``u = rate calls s / k``; a share ``C(k, k u)`` of the calls waits (Erlang C), and then for
    ``s (ca2 + cs2) / (2 k (1 - u))`` on average. Exact for the queue M/M/k (``burstiness`` and ``scv`` 1), and the mean
    with one place and any scatter (Pollaczek and Khinchine). Else approximated (Lee and Longton 1959; with bursts Allen
    and Cunneen); for quantiles waits are exponential, and calls take the simplest distribution with mean and scatter.

    Allen and Cunneen let as many calls wait as without bursts. Where bursts fill the places and u is not near 1 that is
    far too few: 20 half full places, 2 s a call, geometric bursts of 25 on average: 95% within 3.7 s, but 15 served one
    by one. ``"hayward"`` says 14.6: ``C(k/z, k u/z)`` wait, with the peakedness ``z = 1 + (ca2 - 1) eta``, 1 for ca2
    below 1; eta, the shorter of two calls by the mean, is ``1 - sqrt(cs2)/2``, above cs2 1 ``1/(1 + sqrt(cs2))``, ours.
    With all bursts of one size waits are half as long. Source: Fredericks 1980; Whitt 1993. Drift: ``replay_arrivals``.

    Args:
        requests_per_sec: zero or more.
        service_sec: mean seconds of a call once it has a place, above 0; or a ``Lognormal`` or ``RandomTime``, which
            have their own scatter.
        places: k, calls that are served at once, a whole number from 1.
        scv: cs2, squared coefficient of variation of a call's seconds (variance by squared mean), zero or more.
        calls: calls of one request, above 0; each takes a place, and the times are those of one call.
        burstiness: ca2, squared coefficient of variation of the gaps between calls: 1 where they come independently,
            0 at an even beat, 2n - 1 where they come n at once, or n on average in geometric bursts. All broadcast.
        law: of bursts, ``"allen-cunneen"`` or ``"hayward"``; without them the two agree.

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
    rate, mean = non_negative("requests_per_sec", requests_per_sec), above_zero("service_sec", service_sec)
    number, k = above_zero("calls", calls), whole("places", places, at_least=1)
    scatter, bursts = non_negative("scv", scv), non_negative("burstiness", burstiness)
    together(requests_per_sec=rate, service_sec=mean, places=k, scv=scatter, calls=number, burstiness=bursts)
    used = rate * number * mean / k
    p_wait, room, root = np.asarray(erlang_c(k, used * k)), np.where(used < 1, 1 - used, 1.0), np.sqrt(scatter)
    if one_of("law", law, ("allen-cunneen", "hayward")) == "hayward":
        z = 1 + np.maximum(bursts - 1, 0) * np.where(root > 1, 1 / (1 + root), 1 - root / 2)
        p_wait = find_all_taken(*np.broadcast_arrays(k / z, used * k / z))
    wait = np.where(used < 1, p_wait * mean * (bursts + scatter) / (2 * k * room), np.inf)
    return UnderLoad(*(plain(x) for x in (used, p_wait, wait, mean, scatter, k / (number * mean))))


def largest_rate(
    within_sec: ArrayLike, service_sec: ArrayLike | Lognormal | RandomTime, places: ArrayLike, *,
    share: ArrayLike = 0.95, **load: Any,
) -> Number:  # fmt: skip
    """The largest number of requests a second at which a share of the calls is answered within so many seconds.

    Exact or approximated as ``under_load``, from which it is found by halving; 0 where the promise fails without load.

    Args:
        within_sec: seconds, zero or more, from a call's arrival to its answer.
        service_sec, places, load: as for ``under_load``, all but the rate.
        share: in [0, 1). All broadcast.

    >>> round(largest_rate(4.0, 1.0, 1), 4), largest_rate(5.0, 2.0, 20)  # the first, M/M/1: 1 - ln 20 / 4
    (0.2511, 0.0)
    """
    limit, wanted = non_negative("within_sec", within_sec), _check_share("share", share)
    high = np.asarray(under_load(0.0, service_sec, places, **load).breaks_at)
    together(within_sec=limit, share=wanted, breaks_at=high)

    def is_kept(rate: Array) -> Any:
        return under_load(rate, service_sec, places, **load).time_within(limit) >= wanted

    return plain(halve(0 * (limit + wanted + high), high, is_kept)[0])


@by_value
class ProviderLimits(NamedTuple):
    """What two limits let through, as ``provider_limits`` returns it.

    Attributes:
        utilisation: the larger of the shares that the load takes of what is refilled; above 1 calls are refused.
        requests_bind: whether that is the limit of requests, and not that of tokens.
        breaks_at: requests a second at which utilisation is 1.
        lasts_sec: seconds for which full buckets bear this load; infinite up to utilisation 1.
    """

    utilisation: Number
    requests_bind: Any
    breaks_at: Number
    lasts_sec: Number


def provider_limits(
    requests_per_sec: ArrayLike, *, requests_per_min: ArrayLike, tokens_per_min: ArrayLike, tokens_a_call: ArrayLike,
    calls: ArrayLike = 1, burst_sec: ArrayLike = 60.0,
) -> ProviderLimits:  # fmt: skip
    """Which of a provider's limits binds, how far it is taken, and how long full buckets hide that.

    A token bucket is refilled at an even pace and holds ``burst_sec`` seconds of refilling; a call takes 1 from the
    bucket of requests and its tokens from the other. Formula: utilisation ``u = load / refill``; full, a bucket bears a
    higher load for ``burst_sec / (u - 1)`` seconds. Exact for a steady load of calls that are alike.

    Args:
        requests_per_sec: zero or more.
        requests_per_min, tokens_per_min: the limits, above 0; the provider counts calls as requests.
        tokens_a_call: tokens that a call counts for, zero or more.
        calls: calls of one request, above 0.
        burst_sec: above 0; 60 lets a whole minute's worth through at once. All broadcast.

    >>> provider_limits(2.0, requests_per_min=600, tokens_per_min=240_000, tokens_a_call=500, calls=6, burst_sec=10)
    ProviderLimits(utilisation=1.5, requests_bind=False, breaks_at=1.3333333333333333, lasts_sec=20.0)
    """
    given = {
        "requests_per_sec": non_negative("requests_per_sec", requests_per_sec),
        "requests_per_min": above_zero("requests_per_min", requests_per_min),
        "tokens_per_min": above_zero("tokens_per_min", tokens_per_min),
        "tokens_a_call": non_negative("tokens_a_call", tokens_a_call), "calls": above_zero("calls", calls),
        "burst_sec": above_zero("burst_sec", burst_sec),
    }  # fmt: skip
    together(**given)
    rate, per_min, tokens_min, tokens, number, burst = np.broadcast_arrays(*given.values())
    refill = 60 * np.maximum(1 / per_min, tokens / tokens_min)  # seconds for what one call takes
    used = rate * number * refill
    lasts = np.where(used > 1, burst / np.where(used > 1, used - 1, 1.0), np.inf)
    binds = tokens * per_min <= tokens_min
    return ProviderLimits(plain(used), binds if binds.ndim else bool(binds), plain(1 / (number * refill)), plain(lasts))


def _check_share(name: str, q: ArrayLike) -> Array:
    share = probability(name, q)
    if np.any(share == 1):
        raise ValueError(f"{name} must be below 1, got 1: a wait has no upper end")
    return share
