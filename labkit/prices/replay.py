"""Recorded requests, priced again: what a prefix cache would have left of their bill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import non_negative, one_number, some, together
from .._values import by_value
from .card import Parts, PriceCard


@by_value
class CacheReplay(NamedTuple):
    """What recorded requests cost.

    Attributes:
        usd: with a prefix cache.
        usd_without: with no cache at all.
        usd_hits_free: with a cache whose hits and writes cost nothing, as it is often told.
    """

    usd: float
    usd_without: float
    usd_hits_free: float

    @property
    def left(self) -> float:
        """The share of the bill that the cache leaves; above 1 where it costs more than it saves."""
        return self.usd / self.usd_without

    @property
    def left_if_free(self) -> float:
        """The share that would be left if hits and writes were free."""
        return self.usd_hits_free / self.usd_without


def replay_prefix_cache(
    card: PriceCard, tokens_in: ArrayLike, tokens_seen: ArrayLike, tokens_out: ArrayLike, age_sec: ArrayLike = 0.0,
    life_sec: float | None = None,
) -> CacheReplay:  # fmt: skip
    """The bill of recorded requests with and without a prefix cache.

    Formula: a request hits with the tokens that were seen before, unless they were last used longer ago than an
    entry lives; hits are billed as cached, all other input as written, the output in full.

    Args:
        card: the prices.
        tokens_in: input tokens of each request. Where the card has no tiers, a row may also be the sum of several.
        tokens_seen: of these, tokens of a prefix that an earlier request had sent.
        tokens_out: output tokens of each request.
        age_sec: seconds since that prefix was last used.
        life_sec: seconds that an entry lives after its last use; None for ever.

    Raises:
        ValueError: no requests, more tokens seen than sent, requests that cost nothing.

    >>> card = PriceCard.per_million(1, 0.10, 5, usd_written=1.25)
    >>> talk = replay_prefix_cache(card, [1000, 1400], [0, 1000], [100, 100], age_sec=[0, 400])
    >>> round(talk.left, 3), round(talk.left_if_free, 3)
    (0.838, 0.706)
    """
    if not isinstance(card, PriceCard):
        raise ValueError(f"card must be a PriceCard, got {card!r}")
    rows = {"tokens_in": tokens_in, "tokens_seen": tokens_seen, "tokens_out": tokens_out, "age_sec": age_sec}
    checked = {name: non_negative(name, some(name, value)) for name, value in rows.items()}
    together(**checked)
    sent, seen, out, age = np.broadcast_arrays(*checked.values())
    if np.any(seen > sent):
        raise ValueError(f"tokens_seen must be at most tokens_in, got {float((seen - sent).max()):g} more of them")
    hits = seen if life_sec is None else np.where(age <= one_number("life_sec", life_sec), seen, 0.0)
    parts = card.bill(sent, hits, out).usd_parts or Parts()  # at the prices of its whole length, hits or not
    ways = (card.bill(sent, hits, out, sent - hits).usd, card.bill(sent, 0, out).usd, parts.fresh + parts.output)
    replay = CacheReplay(*(float(np.sum(usd)) for usd in ways))
    if replay.usd_without == 0:
        raise ValueError(f"card must have prices at which the requests cost something, got {card!r}")
    return replay
