"""A semantic cache: an answer given before to a question that sounds the same.

Unlike a prefix cache it can be wrong in a new way: two questions sound alike and want different answers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, non_negative, plain, probability, together
from .._values import by_value


@by_value
class SemanticCache(NamedTuple):
    """A call with a semantic cache in front: its p, its price in USD and its seconds, all on average."""

    p: Number
    usd: Number
    sec: Number


def semantic_cache(
    p: ArrayLike, usd: ArrayLike, sec: ArrayLike, hit_rate: ArrayLike, false_hits: ArrayLike = 0.0,
    p_stored: ArrayLike | None = None, usd_lookup: ArrayLike = 0.0, sec_lookup: ArrayLike = 0.0,
) -> SemanticCache:  # fmt: skip
    """What a semantic cache makes of a call.

    Formula: ``p_eff = h (1-f) p_c + (1-h) p``, ``usd = lookup + (1-h) usd``, ``sec = lookup + (1-h) sec``. Every
    call pays the lookup. A false hit, the answer to another question, counts as wrong. The cache raises p where
    ``(1-f) p_c > p`` and lowers it where it is below (``false_hits_allowed``). Source: the law of total probability.

    Args:
        p: probability that a call succeeds, in [0, 1].
        usd: price of a call, zero or more.
        sec: seconds of a call, zero or more.
        hit_rate: h, the share of calls answered from the cache, in [0, 1].
        false_hits: f, the share of hits that answer another question, in [0, 1].
        p_stored: p_c, probability that a stored answer was right for its own question; None means p.
        usd_lookup: price of a lookup, zero or more.
        sec_lookup: seconds of a lookup, zero or more.

    >>> cached = semantic_cache(0.985, 0.03, 2.0, hit_rate=0.65, false_hits=0.03, sec_lookup=0.05)
    >>> round(cached.p, 4), round(cached.usd, 4), round(cached.sec, 2)
    (0.9658, 0.0105, 0.75)
    """
    hit, wrong = probability("hit_rate", hit_rate), probability("false_hits", false_hits)
    live = probability("p", p)
    stored = live if p_stored is None else probability("p_stored", p_stored)
    price, time = non_negative("usd", usd), non_negative("sec", sec)
    price_look, time_look = non_negative("usd_lookup", usd_lookup), non_negative("sec_lookup", sec_lookup)
    together(
        p=live, usd=price, sec=time, hit_rate=hit, false_hits=wrong, p_stored=stored, usd_lookup=price_look,
        sec_lookup=time_look,
    )  # fmt: skip
    right = hit * (1 - wrong) * stored + (1 - hit) * live
    parts = np.broadcast_arrays(right, price_look + (1 - hit) * price, time_look + (1 - hit) * time)
    return SemanticCache(*(plain(part) for part in parts))


def false_hits_allowed(p: ArrayLike, p_stored: ArrayLike) -> Number:
    """The share of false hits up to which a semantic cache does not lower reliability, at any hit rate.

    Formula: ``f = 1 - p / p_c``; 0 where stored answers are no better than new ones, for then every false hit
    costs. Source: ``(1-f) p_c = p``, where a hit is as often right as a call.

    Args:
        p: probability that a call succeeds, in [0, 1].
        p_stored: p_c, probability that a stored answer was right for its own question, in [0, 1].

    >>> round(false_hits_allowed(0.945, 0.985), 3), false_hits_allowed(0.985, 0.985)
    (0.041, 0.0)
    """
    live, stored = probability("p", p), probability("p_stored", p_stored)
    together(p=live, p_stored=stored)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return plain(np.where(stored > live, 1 - live / stored, 0.0))
