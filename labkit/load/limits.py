"""Limits of requests and of tokens a minute, each a token bucket that is refilled at an even pace."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, together
from .._values import by_value
from .steady import above_zero


@by_value
class ProviderLimits(NamedTuple):
    """What two limits let through, as ``provider_limits`` returns it.

    Attributes:
        utilisation: the larger of the shares that the load takes of what is refilled; above 1 calls are refused.
        requests_bind: whether that is the limit of requests, and not that of tokens.
        breaks_at: requests a second at which utilisation is 1.
        at_once: calls that full buckets let through at one moment.
        lasts_sec: seconds for which full buckets bear this load; infinite up to utilisation 1.
    """

    utilisation: Number
    requests_bind: Any
    breaks_at: Number
    at_once: Number
    lasts_sec: Number


def provider_limits(
    requests_per_sec: ArrayLike,
    *,
    requests_per_min: ArrayLike,
    tokens_per_min: ArrayLike,
    tokens_a_call: ArrayLike,
    calls: ArrayLike = 1,
    burst_sec: ArrayLike = 60.0,
) -> ProviderLimits:
    """Which of a provider's limits binds, how far it is taken, and what full buckets let through before it does.

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
    ProviderLimits(utilisation=1.5, requests_bind=False, breaks_at=1.3333333333333333, at_once=80.0, lasts_sec=20.0)
    """
    given = {
        "requests_per_sec": non_negative("requests_per_sec", requests_per_sec),
        "requests_per_min": above_zero("requests_per_min", requests_per_min),
        "tokens_per_min": above_zero("tokens_per_min", tokens_per_min),
        "tokens_a_call": non_negative("tokens_a_call", tokens_a_call),
        "calls": above_zero("calls", calls),
        "burst_sec": above_zero("burst_sec", burst_sec),
    }
    together(**given)
    rate, per_min, tokens_min, tokens, number, burst = np.broadcast_arrays(*given.values())
    refill = 60 * np.maximum(1 / per_min, tokens / tokens_min)  # seconds for what one call takes
    used = rate * number * refill
    lasts = np.where(used > 1, burst / np.where(used > 1, used - 1, 1.0), np.inf)
    at_once = np.floor(burst / refill * (1 + 1e-12))
    binds = tokens * per_min <= tokens_min
    return ProviderLimits(
        plain(used), binds if binds.ndim else bool(binds), plain(1 / (number * refill)), plain(at_once), plain(lasts)
    )
