"""Price cards: dollars and seconds for each token, fixed, so that figures do not depend on the machine."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Real

from labkit._inputs import one_number

from .protocol import Bill


@dataclass(frozen=True)
class PriceCard:
    """What a model charges and how long it takes, by the token.

    Args:
        usd_in: dollars for each token of prefix and prompt that is read afresh.
        usd_cached: dollars for each token that the prefix cache held; at most ``usd_in``, so that a call with nothing
            cached is the dearest.
        usd_out: dollars for each token of the reply.
        sec_call: seconds for each call, whatever its length.
        sec_in: seconds for each token read afresh; a cached token takes none.
        sec_out: seconds for each token of the reply. All seconds are 0 for an endpoint, where they are measured.

    Raises:
        ValueError: a negative price or time, or a cached token dearer than a fresh one.

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

    def __post_init__(self) -> None:
        for field in fields(self):
            one_number(field.name, getattr(self, field.name))
        if self.usd_cached > self.usd_in:
            raise ValueError(f"usd_cached must be at most usd_in ({self.usd_in!r}), got {self.usd_cached!r}")

    def bill(self, tokens_in: int, tokens_cached: int, tokens_out: int) -> Bill:
        """Dollars and seconds of one call; ``tokens_in`` counts the cached ones too.

        usd = usd_in * (in - cached) + usd_cached * cached + usd_out * out, and likewise for seconds.

        Raises:
            ValueError: more tokens cached than read, fewer than no tokens, or no numbers.
        """
        for name, value in (("tokens_in", tokens_in), ("tokens_cached", tokens_cached), ("tokens_out", tokens_out)):
            if not isinstance(value, Real) or (isinstance(value, int) and value >= 2**63):
                raise ValueError(f"{name} must be a number of tokens, got {value!r}")
        if not 0 <= tokens_cached <= tokens_in < math.inf:
            raise ValueError(f"tokens_cached must be from 0 to tokens_in ({tokens_in}), got {tokens_cached!r}")
        if not 0 <= tokens_out < math.inf:
            raise ValueError(f"tokens_out must be zero or more, got {tokens_out!r}")
        fresh = tokens_in - tokens_cached
        return Bill(
            usd=self.usd_in * fresh + self.usd_cached * tokens_cached + self.usd_out * tokens_out,
            sec=self.sec_call + self.sec_in * fresh + self.sec_out * tokens_out,
        )
