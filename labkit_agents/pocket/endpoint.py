"""Any OpenAI-compatible endpoint behind the same protocol; needs the ``openai`` package.

Nothing is tried again here: retries cost money, and are the caller's to decide and to pay. A call that fails gives a
reply that says why; it never raises, so that one failure does not lose the other replies of its list.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from hashlib import blake2b
from importlib import import_module
from types import ModuleType
from typing import Any

from labkit._inputs import one_number, one_whole
from labkit.prices import Bill, PriceCard

from .._threads import in_own_thread
from .chat import ChatBody, read_body
from .failures import failure_before_any_call, failure_of, never_sent
from .protocol import TOKENS, Call, Failure, Reply, check_calls
from .request_fields import (
    Secret,
    address_from_environment,
    bytes_that_may_be_read,
    check_number,
    checked_address,
    checked_extra,
    hidden,
    is_key,
    key_from_environment,
    read_key,
)  # fmt: skip

TEMPLATE_TOKENS = 64
"""Tokens that an endpoint may wrap around prefix and prompt; an assumption, generous for two short messages."""
LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
BEGUN_TO_SEND = "send_request_headers.started"
"""How the trace of httpcore ends its name for the moment before the first byte of a request leaves."""


class Endpoint:
    """A model behind an OpenAI-compatible address, with a price card of your own.

    The prefix is sent as the system message. ``sec`` of a reply is measured, since nobody can fix it; the card's
    seconds are not used. Where a call failed so that it may have been billed (timeout, broken connection, a reply
    that cannot be read), its reply carries the worst case as its bill; where nothing was sent (no host of that name,
    a closed port, a proxy that is not there), its bill is 0. The package and the key are needed for the first call
    only, so that a cassette is replayed without them. The key is shown nowhere, in no message either.

    Args:
        model: the model's name, as the endpoint knows it.
        card: dollars by the token, from the endpoint's price list; tokens read from a prefix cache, written to it and
            thought are billed apart where the endpoint counts them apart.
        base_url: the address up to ``/v1``; by default what the openai package takes.
        api_key: by default that of ``OPENAI_API_KEY``; white space around it is dropped.
        timeout_sec: a call is given up after so many seconds.
        at_once: at most so many calls in flight, per list.
        limit_name: how the endpoint calls the limit of the reply: ``max_tokens`` or ``max_completion_tokens``.
        log_probs: whether to ask for log-probabilities; not every endpoint has them.
        extra: more fields for each request, such as ``{"top_k": 20}``; None takes a field out, for example
            ``{"seed": None}``. Those that cannot raise the bill are known by name, in ``extra_body`` too;
            ``extra_query`` may hold ``api-version``, ``extra_headers`` what names an organization or an application.

    Raises:
        ValueError: no name, no card, a time that is not above zero, fewer than one call at once, another name of the
            limit, a key that no header can carry or that has come to another place, an address with a user or a query,
            or an extra field that might raise the bill or is not known.
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
        self._key, problem = read_key(api_key)
        api_key = None  # a detailed traceback shows what is in a name
        if problem:
            raise ValueError(problem)
        _check_names(model, limit_name, self._key)
        if not isinstance(card, PriceCard):
            raise ValueError(f"card must be a PriceCard, got something of type {type(card).__name__}")
        for name, value in (("timeout_sec", timeout_sec), ("at_once", at_once)):
            check_number(name, value)
        if not isinstance(log_probs, bool):
            raise ValueError(f"log_probs must be True or False, got something of type {type(log_probs).__name__}")
        if one_number("timeout_sec", timeout_sec) == 0:
            raise ValueError(f"timeout_sec must be above zero, got {timeout_sec!r}")
        self.name, self.card, self.timeout_sec = model, card, float(timeout_sec)
        self.at_once = one_whole("at_once", at_once, 1)
        self._base_url = None if base_url is None else checked_address("base_url", base_url, self._key)
        self._limit_name, self._log_probs, self._extra = limit_name, log_probs, checked_extra(extra)

    def __repr__(self) -> str:
        return f"<endpoint {getattr(self, 'name', '')!r}>"  # a detailed traceback may ask before it has one

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
        """The most a call can cost: each byte a token, at its dearest price, a full reply; and the time limit."""
        further = bytes_that_may_be_read(self._extra["body"])
        tokens_in = len((call.prefix + call.prompt).encode()) + TEMPLATE_TOKENS + further
        return Bill(self.card.worst_bill(tokens_in, call.max_tokens).usd, self.timeout_sec)

    async def _all(self, calls: Sequence[Call], stopped: threading.Event) -> list[Reply]:
        """One reply for each call; none is sent once ``stopped`` is set."""
        if not calls:
            return []
        openai, places = _openai(), asyncio.Semaphore(self.at_once)
        try:
            key, base_url = self._key or key_from_environment(), self._base_url or address_from_environment()
        except ValueError as error:
            return [self._reply_unsent(call, Failure("refused", str(error), may_retry=False)) for call in calls]
        if key is None:
            raise _marked_unsent(openai.OpenAIError("there is no key: give api_key, or set OPENAI_API_KEY"))
        try:
            made = self._client(openai, key, base_url)
        except Exception as error:  # a proxy that is none, an address that is none
            return [self._reply_unsent(call, failure_before_any_call(error)) for call in calls]
        async with made as client:

            async def in_turn(call: Call) -> Reply:
                async with places:
                    if stopped.is_set():
                        raise asyncio.CancelledError
                    return await self._one(openai, client, call, key)

            return list(await asyncio.gather(*(in_turn(call) for call in calls)))

    def _client(self, openai: ModuleType, key: Secret, base_url: str | None) -> Any:
        """The package's client; it tries nothing again, and tells when a request begins to leave."""
        http = openai.DefaultAsyncHttpxClient(event_hooks={"request": [_trace_request]}, timeout=self.timeout_sec)
        options = {"base_url": base_url, "api_key": key.reveal(), "timeout": self.timeout_sec}
        return openai.AsyncOpenAI(**options, max_retries=0, http_client=http)

    async def _one(self, openai: ModuleType, client: Any, call: Call, key: Secret) -> Reply:
        """One request, and its reply or failure."""
        begin = time.perf_counter()
        body: ChatBody | None = None
        events: list[str] = []
        _events.set(events)
        may_be_billed = False
        failure: Failure | None
        try:
            sent = client.chat.completions.with_raw_response.create(**self._request(call))
            raw = await asyncio.wait_for(sent, self.timeout_sec)
            body = read_body(raw.http_response.text)
            failure = body.failure
        except Exception as error:  # of the package, or of what it stands on
            failure = failure_of(openai, error, self.timeout_sec, lambda text: hidden(text, key))
            may_be_billed = failure.kind in MAY_BE_BILLED and not _stayed_here(openai, error, events)
        if failure is not None:
            failure = replace(failure, message=hidden(failure.message, key))
        return self._reply(call, body, failure, time.perf_counter() - begin, may_be_billed)

    def _request(self, call: Call) -> dict[str, Any]:
        """The arguments of the request; all but model and messages as they are sent, whatever the package knows."""
        messages = [{"role": "system", "content": call.prefix}] if call.prefix else []
        fields = {
            "temperature": call.temperature,
            "seed": sent_seed(call),
            self._limit_name: call.max_tokens,
            **({"logprobs": True} if self._log_probs else {}),
            **self._extra["body"],
        }
        return {
            "model": self.name,
            "messages": [*messages, {"role": "user", "content": call.prompt}],
            "extra_body": {name: value for name, value in fields.items() if value is not None},
            "extra_query": self._extra["query"] or None,
            "extra_headers": self._extra["headers"] or None,
        }

    def _reply(
        self, call: Call, body: ChatBody | None, failure: Failure | None, sec: float, may_be_billed: bool
    ) -> Reply:
        """The reply with its bill: by the tokens where they are known, else the worst case or nothing."""
        if body is not None:
            usd = self.card.bill(*(getattr(body, name) for name in TOKENS)).usd
        else:
            usd = self.worst_case(call).usd if may_be_billed else 0.0
        known = body or ChatBody()
        finish = "error" if failure else known.finish
        return Reply(
            known.text, self.name, known.tokens_in, known.tokens_cached, known.tokens_out,
            usd, sec, sec, known.log_probs, finish, failure, known.tokens_written, known.tokens_reasoning,
        )  # fmt: skip

    def _reply_unsent(self, call: Call, failure: Failure) -> Reply:
        """The reply to a call for which no request could be made."""
        return self._reply(call, None, failure, 0.0, may_be_billed=False)


MAY_BE_BILLED = ("timeout", "connection", "malformed")
"""Kinds of failure after which the endpoint may have charged for the call."""


def sent_seed(call: Call) -> int:
    """The seed an endpoint is sent: another for each id, so that two votes are two draws.

    >>> sent_seed(Call("hello")) == sent_seed(Call("hello", id="again"))
    False
    """
    return int.from_bytes(blake2b(f"{call.seed}\n{call.id}".encode(), digest_size=4).digest(), "little") >> 1


def _check_names(model: Any, limit_name: Any, api_key: Any) -> None:
    """Refuse names with which a call could not be sent, and a key in the place of a name; none of them is quoted."""
    if not isinstance(model, str) or not model:
        given = "an empty text" if model == "" else f"something of type {type(model).__name__}"
        raise ValueError(f"model must be the name of a model, got {given}")
    if is_key(model, api_key):
        raise ValueError("model must be the name of a model, got what looks like a key; give that as api_key")
    if not isinstance(limit_name, str) or limit_name not in LIMIT_NAMES:
        raise ValueError(f"limit_name must be one of {', '.join(LIMIT_NAMES)}, got something else")


_events: ContextVar[list[str]] = ContextVar("events of the request under way")


def _stayed_here(openai: ModuleType, error: Exception, events: Sequence[str]) -> bool:
    """Whether no byte of a request has left, as far as its trace and its error can say for certain."""
    if never_sent(error):
        return True
    if events:
        return not any(event.endswith(BEGUN_TO_SEND) for event in events)
    return not isinstance(error, (openai.APIError, asyncio.TimeoutError))


async def _trace_request(request: Any) -> None:
    """Have httpcore note what it does for a request; each call has its own list."""
    events = _events.get()

    async def note(name: str, _: Any) -> None:
        events.append(name)

    request.extensions["trace"] = note


def _openai() -> ModuleType:
    """The package, or an ImportError that says how to install it."""
    try:
        return import_module("openai")
    except ImportError:
        message = "an endpoint needs the openai package: pip install 'counting-calls[endpoint]'"
        raise _marked_unsent(ImportError(message)) from None


def _marked_unsent(error: Exception) -> Exception:
    """An error that says of itself that no call was sent, so that nobody books one."""
    error.nothing_sent = True  # type: ignore[attr-defined]
    return error
