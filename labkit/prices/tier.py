"""The prices of a token, checked, and the long-context tiers that change all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._inputs import can_be_listed, keep_floats, one_number, one_whole, show_number

Rates: TypeAlias = "tuple[float, float, float, float, float]"
PRICES = ("usd_in", "usd_cached", "usd_written", "usd_out", "usd_reasoning")
"""The kinds of tokens that are billed, in the order of ``Parts``."""
AS = {"usd_written": "usd_in", "usd_reasoning": "usd_out"}
"""What a kind of token costs that has no price of its own."""
MILLION = 1_000_000


def check_rates(prices: Mapping[str, Any]) -> Rates:
    """The five prices in the order of ``PRICES``, checked; those that are None are filled in."""
    given = {name: prices[AS[name] if name in AS and prices[name] is None else name] for name in PRICES}
    fresh, cached, written, output, reasoning = (one_number(name, price) for name, price in given.items())
    if cached > fresh:
        raise ValueError(f"usd_cached must be at most usd_in ({show_number(fresh)}), got {show_number(cached)}")
    return fresh, cached, written, output, reasoning


def per_token(prices: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """Prices a token, from prices for each million tokens, checked; those in ``rest`` are taken out of it."""
    prices = prices | {name: rest.pop(name, None) for name in AS}
    check_rates(prices)
    return {name: price if price is None else one_number(name, price) / MILLION for name, price in prices.items()}


@dataclass(frozen=True)
class Tier:
    """Other prices for calls with a long input: from so many tokens on, **all** tokens of the call cost them.

    Args:
        from_tokens: the first number of input tokens with these prices, from 1. Where a price list says "above
            200,000" it is 200,001.
        usd_in, usd_cached, usd_out, usd_written, usd_reasoning: as on a ``PriceCard``, USD a token.

    >>> Tier.per_million(200_001, usd_in=6, usd_cached=0.6, usd_out=22.5).usd_out
    2.25e-05
    """

    from_tokens: int
    usd_in: float
    usd_cached: float
    usd_out: float
    usd_written: float | None = None
    usd_reasoning: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "from_tokens", one_whole("from_tokens", self.from_tokens, 1))
        check_rates(vars(self))
        keep_floats(self, PRICES)

    @classmethod
    def per_million(cls, from_tokens: int, usd_in: float, usd_cached: float, usd_out: float, **rest: Any) -> Tier:
        """The tier whose prices, those in ``rest`` too, are in USD for each million tokens, as price lists print."""
        prices = {"usd_in": usd_in, "usd_cached": usd_cached, "usd_out": usd_out}
        return cls(from_tokens, **per_token(prices, rest), **rest)


def list_tiers(tiers: Any) -> tuple[Tier, ...]:
    """The tiers; a single one may stand for itself."""
    listed = tuple(tiers) if can_be_listed(tiers) else (tiers,)
    if not all(isinstance(tier, Tier) for tier in listed):
        raise ValueError(f"tiers must be Tier objects, got {tiers!r}")
    return listed
