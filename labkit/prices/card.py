"""Price cards, fixed, so that figures do not depend on the machine; and the bills that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, keep_floats, non_negative, one_flag, one_number, one_share, plain, show_number, together
from .._values import ByValue, by_value, freeze_array
from .tier import PRICES, Rates, Tier, check_rates, list_tiers, per_token


@by_value
class Parts(NamedTuple):
    """What each kind of token adds to a bill, in USD.

    Attributes:
        fresh: tokens that were read afresh and are kept by no cache.
        cached: tokens that a prefix cache held.
        written: tokens that were read afresh and put into a prefix cache.
        output: tokens of the reply that its reader sees.
        reasoning: tokens that the model wrote for itself first: billed, and seen by nobody.
    """

    fresh: Number = 0.0
    cached: Number = 0.0
    written: Number = 0.0
    output: Number = 0.0
    reasoning: Number = 0.0


@dataclass(frozen=True, eq=False)
class Bill(ByValue):
    """Dollars and seconds of a call, or arrays of many; ``usd_parts`` is None where nobody has told the parts apart."""

    usd: Any
    sec: Any
    usd_parts: Parts | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("usd", "sec"):
            object.__setattr__(self, name, freeze_array(getattr(self, name)))


@dataclass(frozen=True)
class PriceCard:
    """What a model charges and how long it takes, by the token. The currency is USD.

    Args:
        usd_in: dollars for each input token that is read afresh.
        usd_cached: dollars for each input token that the prefix cache held; at most ``usd_in``.
        usd_out: dollars for each token of the reply.
        sec_call: seconds for each call, whatever its length.
        sec_in: seconds for each token read afresh; a cached token takes none.
        sec_out: seconds for each token written, seen or not. All seconds are 0 where they are measured instead.
        usd_written: dollars for each input token that is read afresh and put into the prefix cache; None for usd_in.
        usd_reasoning: dollars for each token that the model writes for itself before it answers; None for usd_out.
        batch_discount: the share that is taken off a bill whose calls may wait, in [0, 1].
        tiers: the prices of calls with a long input, the shortest first; none of them is cheaper than what is before.
        name, source: of which model, and from which price list.
        as_of: the day on which these were the prices, as in ``"2026-11-30"``; empty where they never change.

    Raises:
        ValueError: a number out of range, a cached token dearer than a fresh one, tiers out of order or cheaper than
            what is before them, a day that is none.

    >>> card = PriceCard(usd_in=0.001, usd_cached=0.0001, usd_out=0.005, sec_call=0.1, sec_in=0.01, sec_out=0.2)
    >>> card.bill(tokens_in=12, tokens_cached=2, tokens_out=4)
    Bill(usd=0.0302, sec=1.0)
    """

    usd_in: float
    usd_cached: float
    usd_out: float
    sec_call: float = 0.0
    sec_in: float = 0.0
    sec_out: float = 0.0
    usd_written: float | None = None
    usd_reasoning: float | None = None
    batch_discount: float = 0.0
    tiers: tuple[Tier, ...] = ()
    name: str = ""
    source: str = ""
    as_of: str = ""

    def __post_init__(self) -> None:
        keep_floats(self, ("sec_call", "sec_in", "sec_out"))
        object.__setattr__(self, "batch_discount", one_share("batch_discount", self.batch_discount))
        for name in ("name", "source", "as_of"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be text, got {getattr(self, name)!r}")
        _check_day(self.as_of)
        object.__setattr__(self, "tiers", list_tiers(self.tiers))
        _check_tiers(self._rates, [tier.from_tokens for tier in self.tiers])
        keep_floats(self, PRICES)

    @classmethod
    def per_million(cls, usd_in: float, usd_cached: float, usd_out: float, **rest: Any) -> PriceCard:
        """The card whose prices, those in ``rest`` too, are in USD for each million tokens, as price lists print them.

        Tiers have a ``per_million`` of their own.

        >>> round(PriceCard.per_million(3, 0.30, 15).bill(2000, 0, 1600).usd, 6)
        0.03
        """
        prices = per_token({"usd_in": usd_in, "usd_cached": usd_cached, "usd_out": usd_out}, rest)
        return cls(**prices, **rest)

    def bill(
        self, tokens_in: ArrayLike, tokens_cached: ArrayLike, tokens_out: ArrayLike, tokens_written: ArrayLike = 0,
        tokens_reasoning: ArrayLike = 0, *, batch: bool = False,
    ) -> Bill:  # fmt: skip
        """Dollars and seconds of a call, and their parts; arrays give the bills of many calls.

        Formula: each kind of token times its price, added up, and in a batch times ``1 - batch_discount``; the prices
        are those of the last tier that begins at ``tokens_in`` or below. Seconds likewise, without batch and tiers.

        Args:
            tokens_in: all input tokens, the cached and the written ones too.
            tokens_cached: of these, tokens that the prefix cache held.
            tokens_out: all tokens written by the model, those of its reasoning too.
            tokens_written: of ``tokens_in``, tokens that were put into the prefix cache.
            tokens_reasoning: of ``tokens_out``, tokens that are billed and that nobody sees.
            batch: whether the call was sent in a batch, and waited.

        >>> bill = PriceCard(usd_in=2.0, usd_cached=1.0, usd_out=10.0).bill([5, 6], 2, 3, tokens_reasoning=2)
        >>> bill.usd.tolist(), bill.usd_parts.reasoning
        ([38.0, 40.0], 20.0)
        """
        sent, cached, out, written, reasoning = _read_counts(
            tokens_in=tokens_in, tokens_cached=tokens_cached, tokens_out=tokens_out, tokens_written=tokens_written,
            tokens_reasoning=tokens_reasoning,
        )  # fmt: skip
        _check_part("tokens_cached", cached, "tokens_in", sent)
        _check_part("tokens_cached + tokens_written", cached + written, "tokens_in", sent)
        _check_part("tokens_reasoning", reasoning, "tokens_out", out)
        share = 1 - self.batch_discount if one_flag("batch", batch) else 1.0
        fresh, seen = sent - cached - written, out - reasoning
        a, b, c, d, e = self._find_rates(sent)
        usd = Parts(share * a * fresh, share * b * cached, share * c * written, share * d * seen, share * e * reasoning)
        return Bill(sum(usd), self.sec_call + (self.sec_in * (fresh + written) + self.sec_out * out), usd)

    def worst_bill(self, tokens_in: float, tokens_out: float) -> Bill:
        """The dearest bill of a call of at most so many tokens: nothing cached, and each token at its dearest price.

        >>> PriceCard.per_million(3, 0.30, 15, usd_written=3.75).worst_bill(1_000_000, 0).usd
        3.75
        """
        read, wrote = one_number("tokens_in", tokens_in), one_number("tokens_out", tokens_out)
        bills = [self.bill(read, 0, wrote, written, thought) for written in (0, read) for thought in (0, wrote)]
        return max(bills, key=lambda bill: bill.usd)

    @cached_property
    def _rates(self) -> list[Rates]:
        """The five prices of the card, and of each of its tiers."""
        return [check_rates(vars(prices)) for prices in (self, *self.tiers)]

    def _find_rates(self, tokens_in: Number) -> tuple[Number, ...]:
        """The five prices of calls with so many input tokens."""
        if not self.tiers:
            return self._rates[0]
        places = np.searchsorted([tier.from_tokens for tier in self.tiers], tokens_in, side="right")
        return self._rates[int(places)] if np.ndim(places) == 0 else tuple(np.array(self._rates).T[:, places])


def _read_counts(**counts: ArrayLike) -> list[Any]:
    """The numbers of tokens, or arrays of them that fit together."""
    if all([type(count) is int and 0 <= count < 2**53 for count in counts.values()]):  # noqa: C419  (kept quick)
        return list(counts.values())
    checked = {name: non_negative(name, count) for name, count in counts.items()}
    if any(count.ndim for count in checked.values()):
        together(**checked)
    return [plain(count) for count in checked.values()]


def _check_part(name: str, part: Number, of: str, total: Number) -> None:
    """A part must not be more than the whole that counts it too."""
    good = part <= total
    if good is not True and not np.all(good):
        bad, most = (np.broadcast_to(x, np.shape(good))[~np.asarray(good)][0] for x in (part, total))
        raise ValueError(f"{name} must be at most {of} ({show_number(most)}), got {show_number(bad)}")


def _check_day(text: str) -> None:
    try:
        date.fromisoformat(text or "0001-01-01")
    except ValueError:
        raise ValueError(f"as_of must be a day such as '2026-11-30', got {text!r}") from None


def _check_tiers(rates: list[Rates], begins: list[int]) -> None:
    """A longer input must never be cheaper, or the worst case of a call would not be its longest."""
    if sorted(set(begins)) != begins:
        raise ValueError(f"tiers must begin at more and more tokens, got from_tokens {begins}")
    for before, after, begin in zip(rates, rates[1:], begins, strict=False):
        for name, low, high in zip(PRICES, before, after, strict=True):
            if high < low:
                raise ValueError(
                    f"tiers must not be cheaper than what is before them, got {name} {show_number(high)} from {begin} "
                    f"tokens on, and {show_number(low)} below"
                )
