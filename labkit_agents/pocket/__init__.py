"""Pocket models: language models on a toy language, small enough for a laptop, that make real mistakes.

A list of calls goes in, a list of replies comes out, each with its tokens, dollars, seconds and log-probability.
The same protocol fronts any OpenAI-compatible endpoint (``Endpoint``), and a recorder that replays (``Cassette``).

>>> from labkit_agents import pocket
>>> calls = [pocket.Call("12+345=", id="first", seed=7), pocket.Call("9+8+7=", id="second", seed=7)]
>>> for reply in pocket.premium().complete(calls):
...     print(reply.text, reply.tokens_in, reply.tokens_cached, reply.tokens_out, f"{reply.usd:.4f} usd")
357 7 0 4 0.0243 usd
24 6 0 3 0.0189 usd
"""

from __future__ import annotations

from labkit.prices import Bill, PriceCard

from .cassette import Cassette
from .endpoint import Endpoint
from .language import LARGEST, read_number, write_sum
from .models import PREMIUM_CARD, SMALL_CARD, PocketModel, premium, small
from .protocol import Call, Failure, LanguageModel, Reply
from .request_fields import KNOWN_FIELDS
from .sums import DEFAULT_MIX, carries, draw_sums

__all__ = [
    "DEFAULT_MIX", "KNOWN_FIELDS", "LARGEST", "PREMIUM_CARD", "SMALL_CARD", "Bill", "Call", "Cassette", "Endpoint",
    "Failure", "LanguageModel", "PocketModel", "PriceCard", "Reply", "carries", "draw_sums", "premium", "read_number",
    "small", "write_sum",
]  # fmt: skip
