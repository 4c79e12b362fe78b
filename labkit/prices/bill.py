"""The bill of one call, or of many at once, and the kinds of tokens that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._inputs import Number
from .._values import ByValue, by_value, freeze_array


@by_value
class Parts(NamedTuple):
    """What each kind of token adds to a bill, in USD or in seconds.

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
    """Dollars, and seconds by the card; with their parts, if a card has made it.

    Args:
        usd: dollars in all.
        sec: seconds in all, those that a call takes whatever its length included.
        usd_parts, sec_parts: what each kind of token adds, or None where nobody has told them apart.

    >>> Bill(0.03, 2.0)
    Bill(usd=0.03, sec=2.0)
    """

    usd: Any
    sec: Any
    usd_parts: Parts | None = field(default=None, repr=False)
    sec_parts: Parts | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("usd", "sec"):
            object.__setattr__(self, name, freeze_array(getattr(self, name)))
