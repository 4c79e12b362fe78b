"""Caps on what is spent: one that looks at bills that have come, and one that sets the worst case aside before."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, together, whole

ROUNDING = 1e-9
"""A quotient that is so near to a whole number is one: three calls of 0.1 fit under 0.3."""


def post_paid_calls(usd_cap: ArrayLike, usd_call: ArrayLike, in_flight: ArrayLike = 1) -> Number:
    """The most calls that begin under a cap which is compared with bills that have come.

    Formula: ``ceil(C / c) - 1 + k``: while the bills are below C one more call may begin, and k - 1 others are in
    flight then. They overrun the cap by at most ``k c``.

    Args:
        usd_cap: C, USD, zero or more.
        usd_call: c, the price of each call in USD, above zero.
        in_flight: k, the most calls at once, a whole number from 1.

    >>> post_paid_calls(0.05, 0.03), post_paid_calls(0.05, 0.03, in_flight=10)
    (2.0, 11.0)
    """
    cap, price = non_negative("usd_cap", usd_cap), _check_price("usd_call", usd_call)
    at_once = whole("in_flight", in_flight, 1)
    together(usd_cap=cap, usd_call=price, in_flight=at_once)
    return plain(np.where(cap > 0, np.ceil(cap / price - ROUNDING) - 1 + at_once, 0.0))


def pre_paid_calls(usd_cap: ArrayLike, usd_worst: ArrayLike, usd_call: ArrayLike) -> Number:
    """The calls that begin one after the other under a cap from which each first reserves its worst case.

    Formula: ``floor((C - w) / c) + 1`` where w is at most C, else 0. The cap is never overrun, and up to w of it is
    never spent. All at once, ``floor(C / w)`` calls begin, which is this with ``c = w``.

    Args:
        usd_cap: C, USD, zero or more.
        usd_worst: w, the worst case of a call in USD, at least c.
        usd_call: c, what each call comes to in USD, above zero.

    >>> pre_paid_calls(0.3, 0.09, 0.03), pre_paid_calls(0.3, 0.09, 0.09), pre_paid_calls(0.05, 0.09, 0.03)
    (8.0, 3.0, 0.0)
    """
    cap = non_negative("usd_cap", usd_cap)
    worst, price = _check_price("usd_worst", usd_worst), _check_price("usd_call", usd_call)
    together(usd_cap=cap, usd_worst=worst, usd_call=price)
    if np.any(worst < price):
        raise ValueError(f"usd_worst must be at least usd_call, got {usd_worst!r} and {usd_call!r}")
    left = (cap - worst) / price
    return plain(np.where(left >= -ROUNDING, np.floor(left + ROUNDING) + 1, 0.0))


def _check_price(name: str, value: ArrayLike) -> np.ndarray:
    """The value, checked to be above zero."""
    price = non_negative(name, value)
    if not np.all(price > 0):
        raise ValueError(f"{name} must be above zero, got {value!r}")
    return price
