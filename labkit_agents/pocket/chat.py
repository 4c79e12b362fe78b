"""What an OpenAI-compatible endpoint answers: a body that is read with care."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from .protocol import Failure, FinishReason

MOST_TOKENS = 10**9
"""More than any call can have; a count beyond is rubbish, and no bill."""
WITHHELD = ("blocklist", "content_filter", "error", "prohibited_content", "recitation", "safety", "sensitive", "spii")
"""Reasons to finish after which a text is a part of a reply that was held back, or broken off."""
CUT = ("length", "max_length", "max_tokens", "model_length")
"""How endpoints say that the limit has cut a reply."""


class BadBody(Exception):
    """A reply that cannot be read, or cannot be billed: the reason, and what was said instead."""

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(reason, said)
        self.reason, self.said = reason, said

    def __str__(self) -> str:
        return f"{self.reason}: {shortened(self.said)}"


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
    tokens_written: int = 0
    tokens_reasoning: int = 0


def read_body(text: str) -> ChatBody:
    """The parts of a chat completion's JSON.

    A text that was paid for is kept, whatever reason to finish stands beside it, unless it was withheld. Counts that
    cannot be (nothing read for a prompt, nothing written for a text, more cached than read) are no bill. What was
    thought and is counted apart, in a total or as tokens of reasoning beyond those written, counts as written.

    Raises:
        BadBody: no JSON, or a part is missing or of the wrong kind.

    >>> body = '{"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}],'
    >>> body += ' "usage": {"prompt_tokens": 9, "completion_tokens": 1}}'
    >>> read_body(body).text, read_body(body).tokens_in
    ('4', 9)
    """
    try:
        body = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise BadBody("the reply is no JSON", text) from None
    try:
        choice, usage = body["choices"][0], body["usage"]
        tokens_in, tokens_out = _count(usage["prompt_tokens"]), _count(usage["completion_tokens"])
        tokens_out, thought = _count_thought(usage, tokens_in, tokens_out)
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
        tokens_cached = 0 if cached is None else _count(cached)
        content, reason = _text(choice["message"]["content"]), choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise BadBody("the reply lacks its text or its usage", text) from None
    if tokens_in == 0 or tokens_cached > tokens_in or (content and tokens_out == 0):
        raise BadBody("the reply counts tokens that cannot be", text)
    word = reason.lower() if isinstance(reason, str) else ""
    failure = None
    if content is None or word in WITHHELD or not (content or word in ("", "stop", *CUT)):
        why = f"the model gave no text; it finished with {shortened(repr(reason))}"
        failure, content = Failure("refused", why, may_retry=False), ""
    finish: FinishReason = "length" if word in CUT else "stop"
    written = min(_count_written(usage), tokens_in - tokens_cached)
    counts = (tokens_in, tokens_cached, tokens_out)
    return ChatBody(content, finish, *counts, _log_probs(choice), failure, written, thought)


def _count_thought(usage: dict[str, Any], tokens_in: int, tokens_out: int) -> tuple[int, int]:
    """All tokens written, with those that some endpoints bill but leave out of ``completion_tokens``; those thought."""
    details = usage.get("completion_tokens_details")
    thought = _count_or_0(details.get("reasoning_tokens")) if isinstance(details, dict) else 0
    apart = tokens_out + thought if thought > tokens_out else tokens_out
    every = max(apart, _count_or_0(usage.get("total_tokens")) - tokens_in)
    return every, max(thought, every - tokens_out)


def _count_written(usage: dict[str, Any]) -> int:
    """The tokens put into a prefix cache, by the two names under which gateways report them."""
    details = usage.get("prompt_tokens_details")
    inner = details.get("cache_write_tokens") if isinstance(details, dict) else None
    return max(_count_or_0(inner), _count_or_0(usage.get("cache_creation_input_tokens")))


def _log_probs(choice: dict[str, Any]) -> tuple[float, ...]:
    """The log-probabilities, if all are there and finite: a reply that was paid for is not lost for want of them."""
    try:
        found = tuple(float(item["logprob"]) for item in choice["logprobs"]["content"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _text(content: Any) -> str | None:
    """The text of a message: given as it is, or in parts, of which those that are no text are left out."""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    if content is not None and not isinstance(content, str):
        raise TypeError
    return content


def _count(value: Any) -> int:
    """A number of tokens, as a whole number."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TOKENS:
        raise TypeError
    return value


def _count_or_0(value: Any) -> int:
    """A number of tokens that nothing is lost without."""
    try:
        return _count(value)
    except TypeError:
        return 0


def shortened(text: str) -> str:
    """A text in one line of at most 120 characters."""
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:117] + "..."
