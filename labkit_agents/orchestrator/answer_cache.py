"""Answers that were given before and passed the checks, served for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Protocol

from ..pocket.protocol import Call


class AnswerCache(Protocol):
    """What the controller asks of a cache."""

    def find(self, call: Call) -> str | None:
        """The reply's text that is kept for a call, or None."""
        ...

    def keep(self, call: Call, text: str) -> None:
        """Keep a text that has passed the checks."""
        ...


def same_text(call: Call) -> Hashable:
    """Calls with the same prefix, prompt and length ask the same; who answers, and which attempt, does not matter."""
    return call.prefix, call.prompt, call.max_tokens


class KeyedCache:
    """A cache by a key of the call; several tasks and threads may share it. A key that is too loose gives false hits.

    >>> cache = KeyedCache()
    >>> cache.keep(Call("1+2=", id="first"), "3")
    >>> cache.find(Call("1+2=", id="second")), cache.find(Call("2+1="))
    ('3', None)
    """

    def __init__(self, key: Callable[[Call], Hashable] = same_text) -> None:
        self._key = key
        self._kept: dict[Hashable, str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, call: Call) -> str | None:
        """The text kept under the call's key, or None."""
        with self._lock:
            return self._kept.get(self._key(call))

    def keep(self, call: Call, text: str) -> None:
        """Keep a text under the call's key; the first one stays."""
        with self._lock:
            self._kept.setdefault(self._key(call), text)
