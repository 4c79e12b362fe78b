"""A model with known error rates and round prices, for tests that need to know the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from labkit_agents.pocket import Bill, Call, PriceCard, Reply

ROUND_CARD = PriceCard(usd_in=0.001, usd_cached=0.0001, usd_out=0.01, sec_call=1.0, sec_in=0.0, sec_out=0.0)
BY_CALL = PriceCard(usd_in=0.001, usd_cached=0.0, usd_out=0.0, sec_call=1.0, sec_in=0.0, sec_out=0.0)
DEAR = PriceCard(usd_in=0.01, usd_cached=0.0, usd_out=0.0, sec_call=3.0, sec_in=0.0, sec_out=0.0)
MANY_ERRORS = tuple(range(1, 4_000))
"""So many that two wrong answers hardly ever agree."""


@dataclass
class FakeModel:
    """Right with probability p by the count of numbers; errors are drawn from a list; every call is its own draw.

    It is as sure as ``sure`` of right answers and of wrong ones.
    """

    name: str = "fake"
    p: Mapping[int, float] | float = 0.9
    errors: Sequence[int] = (1, -1, 10, -10, 100)
    card: PriceCard = ROUND_CARD
    sure: tuple[float, float] | None = (0.95, 0.5)
    unreadable: bool = False
    asked: list[Call] = field(default_factory=list)

    def complete(self, calls: Sequence[Call]) -> list[Reply]:
        self.asked += calls
        return [self._reply(call) for call in calls]

    async def acomplete(self, calls: Sequence[Call]) -> list[Reply]:
        return self.complete(calls)

    def worst_case(self, call: Call) -> Bill:
        return self.card.bill(len(call.prompt), 0, call.max_tokens)

    def _reply(self, call: Call) -> Reply:
        numbers = [int(part) for part in call.prompt[:-1].split("+")]
        stream = repr((self.name, call.seed, call.id, call.prompt, call.temperature)).encode()
        luck, which = (int.from_bytes(half, "big") for half in _halves(blake2b(stream, digest_size=16).digest()))
        p = self.p if isinstance(self.p, float) else self.p[len(numbers)]
        value = sum(numbers)
        right = luck / 2**64 < p
        if not right:
            value += self.errors[which % len(self.errors)]
            value = value if 0 <= value <= 9999 else sum(numbers) + (1 if sum(numbers) < 9999 else -1)
        text = "" if self.unreadable and not right else str(value)
        bill = self.card.bill(len(call.prompt), 0, len(text) + 1)
        log_probs = () if self.sure is None else (float(np.log(self.sure[0 if right else 1])),)
        return Reply(text, self.name, len(call.prompt), 0, len(text) + 1, bill.usd, bill.sec, 0.0, log_probs)


def _halves(digest: bytes) -> tuple[bytes, bytes]:
    return digest[:8], digest[8:]
