"""A model that goes wrong on purpose, in each of the ways a controller must survive."""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from labkit._inputs import probability
from labkit_agents.pocket import Bill, Call, Failure, LanguageModel, Reply

Fault: TypeAlias = Literal[
    "hang", "late", "refuse", "break", "rubbish", "empty", "no reply", "overcharge", "odd bill", "longest", "wait"
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
"""Never replies; replies after its worst case; fails and may be asked again; raises; sends letters; sends nothing;
sends what is no reply; claims three times its worst case; bills what is no amount; bills and lasts its worst case;
fails and asks to wait a second."""


class Faulty:
    """A model whose replies go wrong with a chance, drawn anew for each call's ``id``.

    Args:
        model: whose replies they are, and whose worst case.
        p_fault: how often a reply goes wrong, in [0, 1].
        seed: names the random stream.
        faults: which faults, equally likely.
    """

    def __init__(self, model: LanguageModel, p_fault: float, seed: int = 0, faults: Sequence[Fault] = FAULTS) -> None:
        self.model, self.p_fault, self.seed, self.faults = model, float(probability("p_fault", p_fault)), seed, faults
        unknown = [fault for fault in faults if fault not in FAULTS]
        if unknown or not faults:
            raise ValueError(f"faults must be some of {', '.join(FAULTS)}, got {faults!r}")

    @property
    def name(self) -> str:
        """The name of the model behind."""
        return self.model.name

    def worst_case(self, call: Call) -> Bill:
        """The worst case of the model behind; a fault may lie about it."""
        return self.model.worst_case(call)

    def complete(self, calls: Sequence[Call]) -> list[Reply]:
        """The replies, some of them gone wrong."""
        return [self._spoilt(call, reply) for call, reply in zip(calls, self.model.complete(calls), strict=True)]

    async def acomplete(self, calls: Sequence[Call]) -> list[Reply]:
        """The same; a call that hangs really does, until it is cancelled."""
        replies = [
            self._spoilt(call, reply) for call, reply in zip(calls, await self.model.acomplete(calls), strict=True)
        ]
        if any(getattr(reply, "sec", 0) == math.inf for reply in replies):
            await asyncio.get_running_loop().create_future()
        return replies

    def _spoilt(self, call: Call, reply: Reply) -> Any:
        """A reply as it is, or gone wrong."""
        rng = np.random.default_rng([self.seed, zlib.crc32(f"{self.name} {call.id}".encode())])
        if rng.random() >= self.p_fault:
            return reply
        worst = self.worst_case(call)
        return spoil(reply, str(rng.choice(list(self.faults))), worst)


def spoil(reply: Reply, fault: str, worst: Bill) -> Any:
    """A reply with one fault; ``FAULTS`` says what each is."""
    if fault == "break":
        raise RuntimeError("the model broke")
    if fault == "no reply":
        return {"text": reply.text}
    refusals = {"refuse": None, "wait": 1.0}
    if fault in refusals:
        failure = Failure("rate_limit", "too many requests", True, refusals[fault])
        return replace(reply, text="", usd=0.0, finish="error", failure=failure)
    return {
        "hang": replace(reply, sec=math.inf),
        "late": replace(reply, sec=worst.sec * 2 + 0.001),
        "rubbish": replace(reply, text="as a language model"),
        "empty": replace(reply, text=""),
        "overcharge": replace(reply, usd=worst.usd * 3 + 0.001),
        "odd bill": replace(reply, usd=math.nan),
        "longest": replace(reply, usd=worst.usd, sec=worst.sec),
    }[fault]
