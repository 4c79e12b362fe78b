"""What an OpenAI-compatible endpoint answers: a body that is read with care, or an error put into words."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .protocol import Failure, FailureKind, FinishReason

MOST_TOKENS = 10**9
"""More than any call can have; a count beyond is rubbish, and no bill."""
GIVEN_UP = (408, 504)
"""What a server or a gateway answers where it has waited too long; the model may have gone on, and be billed."""


class BadBody(Exception):
    """A reply that cannot be read, or cannot be billed."""


@dataclass(frozen=True)
class ChatBody:
    """The parts of a chat completion that a reply is made of."""

    text: str = ""
    finish: FinishReason = "stop"
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    log_probs: tuple[float, ...] = ()
    failure: Failure | None = None


def read_body(text: str) -> ChatBody:
    """Read the JSON of a chat completion.

    Raises:
        BadBody: no JSON, or a part is missing or of the wrong kind.

    >>> body = '{"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}],'
    >>> body += ' "usage": {"prompt_tokens": 9, "completion_tokens": 1}}'
    >>> read_body(body).text, read_body(body).tokens_in
    ('4', 9)
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadBody(f"the reply is no JSON: {_brief(text)}") from None
    try:
        choice, usage = body["choices"][0], body["usage"]
        tokens_in, tokens_out = _count(usage["prompt_tokens"]), _count(usage["completion_tokens"])
        tokens_cached = _count((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
        content, reason = choice["message"]["content"], choice["finish_reason"]
        if tokens_cached > tokens_in or not isinstance(content or "", str):
            raise TypeError
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise BadBody(f"the reply lacks its text, its reason to finish or its usage: {_brief(text)}") from None
    failure = None
    if reason not in ("stop", "length") or content is None:
        failure = Failure("refused", f"the model gave no text; it finished with {reason!r}", may_retry=False)
        content = ""  # a part of a reply that was held back is no reply
    finish: FinishReason = "length" if reason == "length" else "stop"
    return ChatBody(content, finish, tokens_in, tokens_cached, tokens_out, _log_probs(choice), failure)


def failure_of(openai: ModuleType, error: Exception, timeout_sec: float) -> Failure:
    """An exception of the openai package, in one sentence and one of six kinds."""
    if isinstance(error, BadBody):
        return Failure("malformed", str(error), may_retry=True)
    if isinstance(error, (asyncio.TimeoutError, openai.APITimeoutError)):
        return Failure("timeout", f"no reply within {timeout_sec:g} seconds", may_retry=True)
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        kind: FailureKind = "rate_limit" if status == 429 else "server" if status >= 500 else "refused"
        kind = "timeout" if status in GIVEN_UP else kind
        message = f"the endpoint answered {status}: {_brief(error.message)}"
        return Failure(kind, message, kind != "refused", _retry_after(error.response.headers.get("retry-after")))
    if isinstance(error, openai.APIConnectionError):
        return Failure("connection", f"the connection failed: {_brief(error.__cause__ or error)}", may_retry=True)
    return Failure("malformed", f"the reply cannot be read: {_brief(error)}", may_retry=True)


def _log_probs(choice: dict[str, Any]) -> tuple[float, ...]:
    """The log-probabilities, if all are there and finite: a reply that was paid for is not lost for want of them."""
    try:
        found = tuple(float(item["logprob"]) for item in choice["logprobs"]["content"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TOKENS:
        raise TypeError
    return value


def _retry_after(header: str | None) -> float | None:
    """The header in seconds; a date is not understood, and left out."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _brief(what: object) -> str:
    text = " ".join(str(what).split())
    return text if len(text) <= 120 else text[:117] + "..."
