"""What a call costs: by cards of one's own, as its trace states, or by a public list of prices; else it is unknown."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, timezone
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from labkit.prices import PriceCard, Tier

from .parsing.spans import Span
from .parsing.tokens import Tokens
from .parsing.values import base_model

SNAPSHOT = Path(__file__).with_name("prices.json")
CARD, STATED, LIST, HIT = "your cards", "the trace itself", "the list of prices", "a hit of a cache"
CARDS = (
    'cards must be JSON such as {"premium": {"usd_in": 10, "usd_cached": 1, "usd_out": 40}}, '
    "in USD for a million tokens"
)
HOUR, DAYS = 3600, 30  # seconds of an hour, days of a month
MOST_BILLS = 100_000
ONE_OF_EACH, DEAREST = Tokens(3, 1, 1, 2, 1), 1e6
Price = Callable[[Span], None]
"""What sets ``usd`` and ``source`` of a span that counts, as ``Pricer.price`` does."""
OFF = 0.01
"""By more than this share two statements of one sum differ, and the truth is a range."""


class PriceList(NamedTuple):
    """A dated list of prices: cards by the names of models, and by what other names begin with."""

    as_of: str
    source: str
    cards: Mapping[str, PriceCard]
    beginnings: Mapping[str, PriceCard]

    def find(self, model: str) -> PriceCard | None:
        """The card of a model, or None: names are compared without their provider and without a date at their end.

        >>> snapshot().find("openai/gpt-4o-2024-08-06").usd_out
        1e-05
        >>> snapshot().find("premium") is None
        True
        """
        name = model.rpartition("/")[2].lower()
        for form in (model.lower(), name, base_model(model)):
            if form in self.cards:
                return self.cards[form]
        found = [beginning for beginning in self.beginnings if name.startswith(beginning)]
        return self.beginnings[max(found, key=len)] if found else None


@cache
def snapshot() -> PriceList:
    """The list of prices that the package carries: of one day, made from genai-prices, and never fetched."""
    data = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    cards, beginnings = {}, {}
    for names, begins, prices, *tier in data["models"]:
        card = _make_card(names[0], prices, tier[0] if tier else None, data)
        cards.update(dict.fromkeys(names, card))
        beginnings.update(dict.fromkeys(begins, card))
    return PriceList(data["as_of"], data["source"], cards, beginnings)


def _make_card(name: str, prices: list[Any], tier: list[Any] | None, data: Mapping[str, Any]) -> PriceCard:
    read, cached, written, out = prices
    tiers: tuple[Tier, ...] = ()
    if tier:
        begin, *dear = tier
        tiers = (Tier.per_million(begin, dear[0], dear[1], dear[3], usd_written=dear[2]),)
    return PriceCard.per_million(
        read, cached, out, usd_written=written, tiers=tiers, name=name, source=data["source"], as_of=data["as_of"]
    )


class Pricer:
    """Sets the price of calls.

    Args:
        cards: your own, by the model's name with or without its provider; they come before what a trace states.
    """

    def __init__(self, cards: Mapping[str, PriceCard] | None = None) -> None:
        self.cards = dict(cards or {})
        for name, card in self.cards.items():
            if not isinstance(name, str) or not isinstance(card, PriceCard):
                raise ValueError(f"cards must be PriceCard objects by the names of models, got {name!r}: {card!r}")
            if not bill(card, ONE_OF_EACH) <= DEAREST:
                raise ValueError(f"cards must have prices below {DEAREST:g} USD a token; that of {name!r} has not")
        self._find_own = lru_cache(MOST_BILLS)(lambda model: find_own_card(model, self.cards))
        self._bills: dict[tuple[int, Tokens], float] = {}
        self.by_the_hour = _has_genai_prices()
        installed = "genai-prices as installed, at the time of each call, else "
        self.source = (installed if self.by_the_hour else "") + snapshot().source

    def price(self, span: Span) -> None:
        """Set ``usd`` and ``source``: a hit is free, and a call that nobody can price keeps None, never 0."""
        if span.hit:
            span.usd, span.currency, span.source = 0.0, "", HIT
            return
        stated = span.usd if not span.currency else None
        card = self._find_own(span.model) if self.cards else None
        if card is not None and span.tokens is not None:
            span.usd, span.source, span.currency = self._bill(card, span.tokens), CARD, ""
            if stated is not None and differ(stated, span.usd):
                span.aside_usd = stated - span.usd
        elif stated is not None:
            span.source = STATED
        elif not span.currency and span.tokens is not None and span.model:
            hour = int(span.start // HOUR) if math.isfinite(span.start) else -1
            span.usd = _list_price(span.model, span.tokens, hour, self.by_the_hour)
            span.source = LIST if span.usd is not None else ""

    def _bill(self, card: PriceCard, tokens: Tokens) -> float:
        """The bill; calls of one length come again and again."""
        key = (id(card), tokens)
        if key not in self._bills:
            if len(self._bills) >= MOST_BILLS:
                self._bills.clear()
            self._bills[key] = bill(card, tokens)
        return self._bills[key]


def differ(said: float, known: float) -> bool:
    """Whether what is said of a sum is off by more than 1%."""
    return abs(said - known) > OFF * known


def find_own_card(model: str, cards: Mapping[str, PriceCard]) -> PriceCard | None:
    """Your card of a model: by its name as it is, else in any case, without a provider or a date that the card lacks.

    Where several cards fit, and none names the model as it is, nobody can tell which is meant.

    >>> card = PriceCard.per_million(10, 1, 40)
    >>> [find_own_card(name, {"openai/gpt-4o": card}) is card for name in ("GPT-4o-2024-08-06", "azure/gpt-4o")]
    [True, False]
    """
    if model in cards:
        return cards[model]
    provider, _, short = model.lower().rpartition("/")
    for form in (short, base_model(model)):
        alike = []
        for name, card in cards.items():
            own_provider, _, own = name.lower().rpartition("/")
            if own == form and (own_provider == provider or not (own_provider and provider)):
                alike.append(card)
        if len(alike) == 1:
            return alike[0]
    return None


def bill(card: PriceCard, tokens: Tokens) -> float:
    """USD of a call by a card."""
    return float(card.bill(tokens.read, tokens.cached, tokens.out, tokens.written, tokens.reasoning).usd)


def read_cards(text: str) -> dict[str, PriceCard]:
    """Cards from JSON: each model's prices in USD for a million tokens, as ``PriceCard.per_million`` takes them.

    >>> read_cards('{"premium": {"usd_in": 10, "usd_cached": 1, "usd_out": 40}}')["premium"].usd_out
    4e-05
    """
    try:
        data = json.loads(text)
    except (RecursionError, json.JSONDecodeError) as error:
        raise ValueError(f"{CARDS}; {error}") from None
    if not isinstance(data, dict) or not all(isinstance(prices, dict) for prices in data.values()):
        raise ValueError(f"{CARDS}; got no such objects")
    return {name: _read_card(name, prices) for name, prices in data.items()}


def _read_card(name: str, prices: dict[str, Any]) -> PriceCard:
    known = [field.name for field in fields(PriceCard)]
    if strange := sorted(set(prices) - set(known)):
        raise ValueError(f"card of {name!r} has no {strange[0]!r}; there is {', '.join(known)}")
    if missing := [each for each in ("usd_in", "usd_cached", "usd_out") if each not in prices]:
        raise ValueError(f"card of {name!r} must say {', '.join(missing)}, in USD for a million tokens")
    try:
        return PriceCard.per_million(**prices)
    except (TypeError, ValueError) as error:
        raise ValueError(f"card of {name!r}: {error}") from None


@lru_cache(maxsize=100_000)
def _list_price(model: str, tokens: Tokens, hour: int, by_the_hour: bool) -> float | None:
    usd = _genai_price(model, tokens, hour) if by_the_hour else None
    if usd is not None:
        return usd
    card = snapshot().find(model)
    return None if card is None else bill(card, tokens)


def _genai_price(model: str, tokens: Tokens, hour: int) -> float | None:
    """The price by the installed genai-prices, as it was in that hour."""
    from genai_prices import Usage, calc_price  # noqa: PLC0415 (an extra)

    usage = Usage(
        input_tokens=tokens.read, cache_read_tokens=tokens.cached, cache_write_tokens=tokens.written,
        output_tokens=tokens.out,
    )  # fmt: skip
    moment = datetime.fromtimestamp(hour * HOUR, timezone.utc) if hour >= 0 else None
    for name in (model, model.rpartition("/")[2]):
        try:
            return float(calc_price(usage, name, genai_request_timestamp=moment).total_price)
        except (LookupError, ValueError, TypeError):
            continue
    return None


@cache
def _has_genai_prices() -> bool:
    try:
        import genai_prices  # noqa: F401, PLC0415 (an extra)
    except ImportError:
        return False
    return True
