"""Any OpenAI-compatible endpoint behind the same protocol; needs the ``openai`` package.

Nothing is tried again here: retries cost money, and are the caller's to decide and to pay. A call that fails gives a
reply that says why; it never raises, so that one failure does not lose the other replies of its list.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib import import_module
from types import ModuleType
from typing import Any

from labkit._inputs import one_number, one_whole

from .._threads import in_own_thread
from .card import PriceCard
from .chat import BadBody, ChatBody, failure_of, read_body
from .protocol import Bill, Call, Failure, Reply, check_calls

TEMPLATE_TOKENS = 64
"""Tokens that an endpoint may wrap around prefix and prompt; an assumption, generous for two short messages."""
LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
NOT_EXTRA = ("messages", "stream", "n", *LIMIT_NAMES)
"""Fields that a request may not be given beside: with them the worst case would not hold, or the reply not be read."""


class Endpoint:
    """A model behind an OpenAI-compatible address, with a price card of your own.

    The prefix is sent as the system message. ``sec`` of a reply is measured, since nobody can fix it; the card's
    seconds are not used. Where a call failed so that it may have been billed (timeout, broken connection, a reply
    that cannot be read), its reply carries the worst case as its bill. The package and the key are needed for the
    first call only, so that a cassette is replayed without them.

    Args:
        model: the model's name, as the endpoint knows it.
        card: dollars by the token, from the endpoint's price list.
        base_url: the address up to ``/v1``; by default what the openai package takes.
        api_key: by default the openai package reads ``OPENAI_API_KEY``.
        timeout_sec: a call is given up after so many seconds.
        at_once: at most so many calls in flight, per list.
        limit_name: how the endpoint calls the limit of the reply: ``max_tokens`` or ``max_completion_tokens``.
        log_probs: whether to ask for log-probabilities; not every endpoint has them.
        extra: more fields for each request; None takes a field out, for example ``{"seed": None}``.

    Raises:
        ValueError: no name, no card, a time that is not above zero, fewer than one call at once, another name of the
            limit, or an extra field that would lift the limit, ask for several replies or for a stream.
    """

    def __init__(
        self,
        model: str,
        card: PriceCard,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_sec: float = 60.0,
        at_once: int = 8,
        limit_name: str = "max_tokens",
        log_probs: bool = False,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        _check_names(model, limit_name, extra or {})
        if not isinstance(card, PriceCard):
            raise ValueError(f"card must be a PriceCard, got {card!r}")
        if one_number("timeout_sec", timeout_sec) == 0:
            raise ValueError(f"timeout_sec must be above zero, got {timeout_sec!r}")
        self.name, self.card, self.timeout_sec = model, card, float(timeout_sec)
        self.at_once = one_whole("at_once", at_once, 1)
        self._client = {"base_url": base_url, "api_key": api_key, "max_retries": 0, "timeout": timeout_sec}
        self._limit_name, self._log_probs, self._extra = limit_name, log_probs, dict(extra or {})

    def __repr__(self) -> str:
        return f"<endpoint {self.name!r}>"

    def complete(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply for each call, in their order; works where an event loop is running, as in a notebook.

        Interrupted by hand, it sends no further call; those in flight may be billed.

        Raises:
            ImportError: the openai package is missing.
            openai.OpenAIError: there is no key, neither given nor in the environment.
        """
        check_calls(calls)
        stopped = threading.Event()
        return in_own_thread(lambda: asyncio.run(self._all(calls, stopped)), stopped.set)

    async def acomplete(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply for each call, in their order, at most ``at_once`` in flight; cancelled, it lets go of them."""
        check_calls(calls)
        return await self._all(calls, threading.Event())

    def worst_case(self, call: Call) -> Bill:
        """The most a call can cost: each byte of its text a token, none cached, a full reply; and the time limit."""
        tokens_in = len((call.prefix + call.prompt).encode()) + TEMPLATE_TOKENS
        return Bill(self.card.bill(tokens_in, 0, call.max_tokens).usd, self.timeout_sec)

    async def _all(self, calls: Sequence[Call], stopped: threading.Event) -> list[Reply]:
        """One reply for each call; none is sent once ``stopped`` is set."""
        if not calls:
            return []
        openai, places = _openai(), asyncio.Semaphore(self.at_once)
        async with openai.AsyncOpenAI(**self._client) as client:

            async def in_turn(call: Call) -> Reply:
                async with places:
                    if stopped.is_set():
                        raise asyncio.CancelledError
                    return await self._one(openai, client, call)

            return list(await asyncio.gather(*(in_turn(call) for call in calls)))

    async def _one(self, openai: ModuleType, client: Any, call: Call) -> Reply:
        """One request, and its reply or failure."""
        begin = time.perf_counter()
        body: ChatBody | None = None
        failure: Failure | None
        try:
            sent = client.chat.completions.with_raw_response.create(**self._request(call))
            raw = await asyncio.wait_for(sent, self.timeout_sec)
            body = read_body(raw.http_response.text)
            failure = body.failure
        except (openai.APIError, asyncio.TimeoutError, BadBody) as error:
            failure = failure_of(openai, error, self.timeout_sec)
        return self._reply(call, body, failure, time.perf_counter() - begin)

    def _request(self, call: Call) -> dict[str, Any]:
        """The fields of the request."""
        messages = [{"role": "system", "content": call.prefix}] if call.prefix else []
        fields = {
            "model": self.name,
            "messages": [*messages, {"role": "user", "content": call.prompt}],
            "temperature": call.temperature,
            "seed": sent_seed(call),
            self._limit_name: call.max_tokens,
            **({"logprobs": True} if self._log_probs else {}),
            **self._extra,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def _reply(self, call: Call, body: ChatBody | None, failure: Failure | None, sec: float) -> Reply:
        """The reply with its bill: by the tokens where they are known, else the worst case or nothing."""
        if body is not None:
            usd = self.card.bill(body.tokens_in, body.tokens_cached, body.tokens_out).usd
        else:
            usd = self.worst_case(call).usd if failure and failure.kind in MAY_BE_BILLED else 0.0
        known = body or ChatBody()
        finish = "error" if failure else known.finish
        return Reply(
            known.text, self.name, known.tokens_in, known.tokens_cached, known.tokens_out,
            usd, sec, sec, known.log_probs, finish, failure,
        )  # fmt: skip


MAY_BE_BILLED = ("timeout", "connection", "malformed")
"""Kinds of failure after which the endpoint may have charged for the call."""


def sent_seed(call: Call) -> int:
    """The seed an endpoint is sent: another for each id, so that two votes are two draws.

    >>> sent_seed(Call("hello")) == sent_seed(Call("hello", id="again"))
    False
    """
    return int.from_bytes(blake2b(f"{call.seed}\n{call.id}".encode(), digest_size=4).digest(), "little") >> 1


def _check_names(model: Any, limit_name: Any, extra: Mapping[str, Any]) -> None:
    """Refuse names and fields with which a call could not be sent, or could cost more than its worst case."""
    if not isinstance(model, str) or not model:
        raise ValueError(f"model must be the name of a model, got {model!r}")
    if limit_name not in LIMIT_NAMES:
        raise ValueError(f"limit_name must be one of {', '.join(LIMIT_NAMES)}, got {limit_name!r}")
    for name in NOT_EXTRA:
        if name in extra:
            raise ValueError(f"extra must not hold {name!r}, got {extra[name]!r}")


def _openai() -> ModuleType:
    try:
        return import_module("openai")
    except ImportError:
        raise ImportError("an endpoint needs the openai package: pip install 'counting-calls[endpoint]'") from None
