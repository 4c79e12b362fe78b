"""What a long prompt costs, call after call, with and without a cache for its beginning.

A provider that keeps a prompt's prefix bills it at a lower rate when it comes again: vendors publish read multipliers
of 0.1 to 0.5 and write multipliers of 1 (free), 1.25 and 2 (prices as reported by two vendors' price pages).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, together, whole


def growing_context_tokens(first: ArrayLike, growth: ArrayLike, steps: ArrayLike) -> Number:
    """Input tokens that an agent pays for when every call sends the whole conversation again.

    Formula: ``a S + b S (S-1) / 2``: call number s sends ``a + b (s-1)`` tokens. The bill grows with the
    square of the number of steps. Source: the sum of an arithmetic series.

    Args:
        first: a, tokens of the first call, zero or more.
        growth: b, tokens that each step adds, zero or more.
        steps: S, a whole number from 1.

    >>> growing_context_tokens(2000, 500, 1), growing_context_tokens(2000, 500, 12)
    (2000.0, 57000.0)
    """
    count = whole("steps", steps, at_least=1)
    a, b = non_negative("first", first), non_negative("growth", growth)
    together(first=a, growth=b, steps=count)
    return plain(a * count + b * count * (count - 1) / 2)


def cached_context_tokens(
    first: ArrayLike, growth: ArrayLike, steps: ArrayLike, read: ArrayLike = 0.1, write: ArrayLike = 1.25
) -> Number:
    """The same bill when each call finds all that the one before it sent in a prefix cache.

    Formula: ``w (a + b (S-1)) + r (sum - (a + b (S-1)))`` with ``sum`` the growing context's tokens: each token is
    written once, and read in every later call. In tokens at the full input price, so multiply by that price.
    With r = w = 1 it is ``growing_context_tokens``. It takes for granted that no cache entry expires between calls.

    Args:
        first, growth, steps: a, b and S, as for ``growing_context_tokens``.
        read: r, price multiplier of a token found in the cache, zero or more.
        write: w, price multiplier of a token put into it, zero or more.

    >>> growing_context_tokens(2000, 500, 12), cached_context_tokens(2000, 500, 12)
    (57000.0, 14325.0)
    """
    r, w = non_negative("read", read), non_negative("write", write)
    sent = np.asarray(growing_context_tokens(first, growth, steps))
    new = non_negative("first", first) + non_negative("growth", growth) * (whole("steps", steps, at_least=1) - 1)
    together(tokens=sent, read=r, write=w)
    return plain(w * new + r * (sent - new))


def cached_prefix(
    usd_per_input_token: ArrayLike, usd_per_output_token: ArrayLike, hit_tokens: ArrayLike, miss_tokens: ArrayLike,
    output_tokens: ArrayLike, read: ArrayLike = 0.1, write: ArrayLike = 1.0,
) -> Number:  # fmt: skip
    """Price of one call whose prompt begins with a cached prefix. Only input gets cheaper, never to zero.

    Formula: ``u_in (read * hit + write * miss) + u_out * output``.

    Args:
        usd_per_input_token: u_in, USD an input token, zero or more.
        usd_per_output_token: u_out, USD an output token, zero or more.
        hit_tokens: input tokens found in the cache, zero or more.
        miss_tokens: input tokens that are not, zero or more.
        output_tokens: tokens written by the model, zero or more.
        read: price multiplier of a hit, zero or more.
        write: price multiplier of a miss that is put into the cache, zero or more.

    >>> round(cached_prefix(3e-6, 15e-6, 0, 2000, 200), 6), round(cached_prefix(3e-6, 15e-6, 1800, 200, 200), 6)
    (0.009, 0.00414)
    """
    amounts = {
        "usd_per_input_token": usd_per_input_token, "usd_per_output_token": usd_per_output_token,
        "hit_tokens": hit_tokens, "miss_tokens": miss_tokens, "output_tokens": output_tokens,
        "read": read, "write": write,
    }  # fmt: skip
    checked = {name: non_negative(name, value) for name, value in amounts.items()}
    together(**checked)
    price_in, price_out, hits, misses, output, r, w = checked.values()
    return plain(price_in * (r * hits + w * misses) + price_out * output)


def cache_pays_after(read: ArrayLike, write: ArrayLike) -> Number:
    """How often a prefix must be used, its first use included, before writing it to the cache has paid.

    Formula: ``n > (w - r) / (1 - r)``, from ``w + (n-1) r < n``. The cache pays when the number of uses is
    **above** the answer; infinite where a read costs as much as an uncached token and a write no less.

    Args:
        read: r, price multiplier of a hit, in [0, 1].
        write: w, price multiplier of a miss that is put into the cache, zero or more.

    >>> [round(cache_pays_after(0.10, write), 2) for write in (1.0, 1.25, 2.0)]
    [1.0, 1.28, 2.11]
    """
    r, w = probability("read", read), non_negative("write", write)
    together(read=r, write=w)
    with np.errstate(divide="ignore", invalid="ignore"):
        uses = np.maximum((w - r) / (1 - r), 0.0)
    return plain(np.where(r == 1, np.where(w < 1, 0.0, np.inf), uses))
