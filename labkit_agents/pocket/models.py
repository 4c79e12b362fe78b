"""The two pocket models, language models on a toy language: ``small``, and ``premium``, which is slower and dearer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from labkit.prices import Bill, PriceCard

from .generation import LONGEST_REPLY, Written, write_replies
from .language import Tokens, encode_prefix, encode_prompt
from .network import Prefix, embed, read_prefix
from .protocol import Call, Reply, check_calls
from .weights import FOLDER, Weights, load_weights

ROWS_AT_ONCE = 96
"""Rows of about one length are read together: with few rows there is little padding, and they stay in the cache."""
PREFIXES_KEPT = 64

SMALL_CARD = PriceCard(usd_in=6e-5, usd_cached=6e-6, usd_out=3e-4, sec_call=0.04, sec_in=0.004, sec_out=0.07)
PREMIUM_CARD = PriceCard(usd_in=9e-4, usd_cached=9e-5, usd_out=4.5e-3, sec_call=0.2, sec_in=0.02, sec_out=0.35)
"""So that a call of the default mix costs and lasts about as much as one of ``labkit.SMALL`` and ``labkit.PREMIUM``."""


class PocketModel:
    """A language model on a toy language: it adds up to four numbers, and sometimes it is wrong.

    It keeps what it computed for each prefix, the 64 used last, and bills those tokens as cached when they come
    again: of several calls in one list, the first that brings a prefix pays for it in full. Replies do not depend
    on the batch, on the order of the calls or on what is cached. A prefix longer than the 96 tokens of training
    disturbs the answer more and more; the model card says how much.

    Args:
        name: the name that replies carry, and part of the name of each call's random stream.
        weights: what it learned.
        card: its prices and seconds, by the token.

    >>> model = small()
    >>> reply, = model.complete([Call("12+345=", temperature=0)])
    >>> reply.text, reply.tokens_in, reply.tokens_out, reply.finish
    ('357', 7, 4, 'stop')
    """

    def __init__(self, name: str, weights: Weights, card: PriceCard) -> None:
        self.name = name
        self.weights = weights
        self.card = card
        self._prefixes: OrderedDict[str, Prefix] = OrderedDict()
        self._lock = threading.Lock()

    def __eq__(self, other: object) -> bool:
        """Models are equal that would write the same replies at the same price; what they remember plays no part."""
        if type(other) is not type(self):
            return NotImplemented
        return (self.name, self.card, self.weights) == (other.name, other.card, other.weights)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name, self.card))

    def __getstate__(self) -> dict[str, Any]:
        """A copy or a pickle starts with an empty prefix cache."""
        return {"name": self.name, "weights": self.weights, "card": self.card}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"<pocket model {self.name!r}, {self.weights.parameters:,} parameters>"

    def complete(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply for each call, in their order.

        Raises:
            ValueError: a call that is not in the toy language; nothing is billed then.
        """
        check_calls(calls)
        begin = time.perf_counter()
        prompts = [encode_prompt(call.prompt) for call in calls]
        prefixes, cached = self._read_new_prefixes(calls)
        written = self._write_all(calls, prompts, prefixes)
        wall_sec = time.perf_counter() - begin
        return [self._reply(*row, wall_sec) for row in zip(calls, prompts, cached, written, strict=True)]

    async def acomplete(self, calls: Sequence[Call]) -> list[Reply]:
        """The same in a thread of its own, so that the event loop goes on."""
        return await asyncio.to_thread(self.complete, calls)

    def worst_case(self, call: Call) -> Bill:
        """The most that a call can cost and, by the card, last: nothing cached, and a reply of max_tokens.

        >>> small().worst_case(Call("1+2=", max_tokens=3))
        Bill(usd=0.00114, sec=0.266)
        """
        check_calls([call])
        tokens_in = len(encode_prompt(call.prompt).numbers) + len(encode_prefix(call.prefix).numbers)
        return self.card.bill(tokens_in, 0, min(call.max_tokens, LONGEST_REPLY))

    def forget_prefixes(self) -> None:
        """Empty the prefix cache, so that the next call pays in full again."""
        with self._lock:
            self._prefixes.clear()

    def _read_new_prefixes(self, calls: Sequence[Call]) -> tuple[list[Prefix | None], list[int]]:
        """What is remembered of each call's prefix, and how many of its tokens were there before the call."""
        encoded = {call.prefix: encode_prefix(call.prefix) for call in calls}
        prefixes: list[Prefix | None] = []
        cached = []
        with self._lock:
            for call in calls:
                known = call.prefix in self._prefixes
                prefixes.append(self._prefix(call.prefix, encoded[call.prefix]) if call.prefix else None)
                cached.append(len(call.prefix) if known else 0)
        return prefixes, cached

    def _prefix(self, prefix: str, tokens: Tokens) -> Prefix:
        """From the cache, or read now and kept; the prefix used longest ago makes room."""
        if prefix not in self._prefixes:
            row = (np.array([numbers]) for numbers in tokens)
            self._prefixes[prefix] = read_prefix(self.weights, embed(self.weights, *row))
            while len(self._prefixes) > PREFIXES_KEPT:
                self._prefixes.popitem(last=False)
        self._prefixes.move_to_end(prefix)
        return self._prefixes[prefix]

    def _write_all(
        self, calls: Sequence[Call], prompts: Sequence[Tokens], prefixes: Sequence[Prefix | None]
    ) -> list[Written]:
        """Replies in the calls' order, written in batches that share a prefix and are alike in length."""
        same: dict[str, list[int]] = {}
        for index, call in enumerate(calls):
            same.setdefault(call.prefix, []).append(index)
        written: dict[int, Written] = {}
        for indices in same.values():
            indices.sort(key=lambda index: len(prompts[index].numbers))
            for start in range(0, len(indices), ROWS_AT_ONCE):
                rows = indices[start : start + ROWS_AT_ONCE]
                batch, sums = [calls[row] for row in rows], [prompts[row] for row in rows]
                done = write_replies(self.weights, self.name, batch, sums, prefixes[rows[0]])
                written.update(zip(rows, done, strict=True))
        return [written[index] for index in range(len(calls))]

    def _reply(self, call: Call, prompt: Tokens, cached: int, written: Written, wall_sec: float) -> Reply:
        """The reply with its bill."""
        tokens_in, tokens_out = len(call.prefix) + len(prompt.numbers), len(written.tokens)
        bill = self.card.bill(tokens_in, cached, tokens_out)
        return Reply(
            text=written.text,
            model=self.name,
            tokens_in=tokens_in,
            tokens_cached=cached,
            tokens_out=tokens_out,
            usd=bill.usd,
            sec=bill.sec,
            wall_sec=wall_sec,
            log_probs=tuple(written.log_probs),
            finish=written.finish,
        )


def small() -> PocketModel:
    """The small pocket model with an empty prefix cache: cheap and quick, right on about 19 sums of 20.

    Accuracy by difficulty is in the model card, docs/model_card.md.

    >>> small().name
    'small'
    """
    return PocketModel("small", load_weights(FOLDER / "small.npz"), SMALL_CARD)


def premium() -> PocketModel:
    """The premium pocket model with an empty prefix cache: slower and dearer, and more often right.

    >>> premium().name
    'premium'
    """
    return PocketModel("premium", load_weights(FOLDER / "premium.npz"), PREMIUM_CARD)
