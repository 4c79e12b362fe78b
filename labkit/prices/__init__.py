"""Prices as they are billed: by the token, by its kind, with a date, and what a prefix cache leaves of a bill."""

from __future__ import annotations

from .card import Bill, Parts, PriceCard
from .replay import CacheReplay, replay_prefix_cache
from .tier import Tier

__all__ = ["Bill", "CacheReplay", "Parts", "PriceCard", "Tier", "replay_prefix_cache"]
