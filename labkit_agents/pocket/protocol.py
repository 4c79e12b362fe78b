"""The one protocol: a list of calls goes in, a list of replies comes out, each with its bill."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from labkit._inputs import one_number
from labkit.prices import Bill

TOKENS = ("tokens_in", "tokens_cached", "tokens_out", "tokens_written", "tokens_reasoning")
"""What a reply counts."""
FinishReason: TypeAlias = Literal["stop", "length", "error"]
FailureKind: TypeAlias = Literal["rate_limit", "server", "timeout", "connection", "malformed", "refused"]


@dataclass(frozen=True)
class Call:
    """One call of a model: what is asked, how it is sampled, and the name of its random stream.

    The same call gives the same reply, whatever else is in the batch. A call with another ``id`` or ``seed`` is
    another draw.

    Args:
        prompt: for a pocket model a sum such as ``12+345=``; for an endpoint the user's message.
        prefix: the system prompt, read before the prompt; models keep what they computed for it.
        id: which call this is, for example ``"task 3, step 2, attempt 1"``.
        seed: which run this is, 0 or more.
        temperature: 0 is greedy; 1 samples from the model as it was trained; 0 or more.
        max_tokens: the reply is cut here, and is never longer.

    Raises:
        ValueError: text that is no text, a negative seed or temperature, fewer than one token.
    """

    prompt: str
    prefix: str = ""
    id: str = ""
    seed: int = 0
    temperature: float = 1.0
    max_tokens: int = 8

    def __post_init__(self) -> None:
        for name in ("prompt", "prefix", "id"):
            _check_text(name, getattr(self, name))
        if not self.prompt:
            raise ValueError(f"prompt must not be empty, got {self.prompt!r}")
        for name, least in (("seed", 0), ("max_tokens", 1)):
            object.__setattr__(self, name, exact_whole(name, getattr(self, name), least))
        object.__setattr__(self, "temperature", one_number("temperature", self.temperature))


@dataclass(frozen=True)
class Failure:
    """Why a call has no reply.

    Args:
        kind: rate_limit, server, timeout, connection, malformed or refused.
        message: one sentence, with what the other side said.
        may_retry: whether the same call may succeed later.
        retry_after_sec: how long the other side asks to wait, where it says so.
    """

    kind: FailureKind
    message: str
    may_retry: bool
    retry_after_sec: float | None = None


@dataclass(frozen=True)
class Reply:
    """What came back for one call, and what it cost.

    Args:
        text: the reply; empty where the call failed.
        model: the name of the model that replied.
        tokens_in: tokens of prefix and prompt, those from the cache included.
        tokens_cached: of these, tokens that the prefix cache already held.
        tokens_out: tokens of the reply, its end included.
        usd: the bill, from the price card.
        sec: seconds by the price card, the same on every machine.
        wall_sec: seconds that really passed until the reply was there; a batch shares them.
        log_probs: natural logarithm of each reply token's probability, before temperature; empty if unknown.
        finish: ``stop`` at the model's own end, ``length`` where max_tokens cut it, ``error`` where it failed.
        failure: why it failed, or None.
        tokens_written: of ``tokens_in``, tokens that were put into the prefix cache, where an endpoint tells.
        tokens_reasoning: of ``tokens_out``, tokens that nobody sees.
    """

    text: str
    model: str
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    usd: float
    sec: float
    wall_sec: float
    log_probs: tuple[float, ...] = ()
    finish: FinishReason = "stop"
    failure: Failure | None = None
    tokens_written: int = 0
    tokens_reasoning: int = 0

    @property
    def parts_fit(self) -> bool:
        """Whether no more tokens are cached and written than were read, and no more are reasoning than came out."""
        return self.tokens_cached + self.tokens_written <= self.tokens_in and self.tokens_reasoning <= self.tokens_out

    @property
    def log_prob(self) -> float | None:
        """Natural logarithm of the whole reply's probability; None if the model does not tell."""
        return sum(self.log_probs) if self.log_probs else None

    @property
    def ok(self) -> bool:
        """Whether a reply came, right or wrong, cut or whole."""
        return self.failure is None


class LanguageModel(Protocol):
    """What a pocket model, an endpoint and a cassette have in common."""

    @property
    def name(self) -> str:
        """The name that replies carry."""
        ...

    def complete(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply for each call, in their order."""
        ...

    async def acomplete(self, calls: Sequence[Call]) -> list[Reply]:
        """The same, without blocking the event loop."""
        ...

    def worst_case(self, call: Call) -> Bill:
        """The most that a call can cost and, by the card, last: nothing cached, and a reply of max_tokens."""
        ...


def exact_whole(name: str, value: Any, least: int = 0) -> int:
    """A whole number of any size, without a detour by floats; a seed has more digits than a float can hold.

    >>> exact_whole("seed", 2**70 + 1) - 2**70
    1
    """
    try:
        number = least - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, got {value!r}")
    return number


def check_calls(calls: Sequence[Call]) -> None:
    """Refuse anything but a list of calls."""
    if isinstance(calls, (str, Call)) or not isinstance(calls, Sequence):
        raise ValueError(f"calls must be a list of Call objects, got {calls!r}")
    for call in calls:
        if not isinstance(call, Call):
            raise ValueError(f"calls must be Call objects, got {call!r}")


def _check_text(name: str, text: Any) -> None:
    """Refuse what cannot be sent: no text, or half of a surrogate pair."""
    try:
        if not isinstance(text, str):
            raise TypeError
        text.encode()
    except (TypeError, UnicodeEncodeError):
        raise ValueError(f"{name} must be text, got {text!r}") from None
