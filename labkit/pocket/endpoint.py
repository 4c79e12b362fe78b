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

from .._inputs import non_negative, whole
from .card import PriceCard
from .chat import BadBody, ChatBody, failure_of, read_body
from .protocol import Bill, Call, Failure, Reply, check_calls

TEMPLATE_TOKENS = 64
"""Tokens that an endpoint may wrap around prefix and prompt; an assumption, generous for two short messages."""


class Endpoint:
    """A model behind an OpenAI-compatible address, with a price card of your own.

    The prefix is sent as the system message. ``sec`` of a reply is measured, since nobody can fix it; the card's
    seconds are not used. Where a call failed so that it may have been billed (timeout, broken connection, a reply
    that cannot be read), its reply carries the worst case as its bill.

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
        ImportError: the openai package is missing.
        ValueError: a time that is not above zero, or fewer than one call at once.
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
        if non_negative("timeout_sec", timeout_sec) == 0:
            raise ValueError(f"timeout_sec must be above zero, got {timeout_sec!r}")
        whole("at_once", at_once, 1)
        self.name, self.card, self.timeout_sec, self.at_once = model, card, timeout_sec, at_once
        self._openai = _openai()
        self._client = {"base_url": base_url, "api_key": api_key, "max_retries": 0, "timeout": timeout_sec}
        self._limit_name, self._log_probs, self._extra = limit_name, log_probs, dict(extra or {})

    def __repr__(self) -> str:
        return f"<endpoint {self.name!r}>"

    def complete(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply for each call, in their order; works where an event loop is running, as in a notebook."""
        check_calls(calls)
        outcome: list[list[Reply] | BaseException] = []

        def work() -> None:
            try:
                outcome.append(asyncio.run(self.acomplete(calls)))
            except BaseException as error:  # handed to the caller's thread
                outcome.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join()
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]

    async def acomplete(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply for each call, in their order, at most ``at_once`` in flight."""
        check_calls(calls)
        places = asyncio.Semaphore(self.at_once)
        async with self._openai.AsyncOpenAI(**self._client) as client:

            async def in_turn(call: Call) -> Reply:
                async with places:
                    return await self._one(client, call)

            return list(await asyncio.gather(*(in_turn(call) for call in calls)))

    def worst_case(self, call: Call) -> Bill:
        """The most a call can cost: each byte of its text a token, none cached, a full reply; and the time limit."""
        tokens_in = len((call.prefix + call.prompt).encode()) + TEMPLATE_TOKENS
        return Bill(self.card.bill(tokens_in, 0, call.max_tokens).usd, self.timeout_sec)

    async def _one(self, client: Any, call: Call) -> Reply:
        """One request, and its reply or failure."""
        begin = time.perf_counter()
        body: ChatBody | None = None
        failure: Failure | None
        try:
            sent = client.chat.completions.with_raw_response.create(**self._request(call))
            raw = await asyncio.wait_for(sent, self.timeout_sec)
            body = read_body(raw.http_response.text)
            failure = body.failure
        except (self._openai.APIError, asyncio.TimeoutError, BadBody) as error:
            failure = failure_of(self._openai, error, self.timeout_sec)
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


def _openai() -> ModuleType:
    try:
        return import_module("openai")
    except ImportError:
        raise ImportError("an endpoint needs the openai package: pip install 'counting-calls[endpoint]'") from None
