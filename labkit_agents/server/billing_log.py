"""What the endpoint began and would have billed, call by call: the truth that a client's account is held against."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import IO, Any

TASK_HEADER = "x-task-key"
"""A request may name its task in this header, with up to 200 characters; equal prompts of two tasks are not attempts at
the same."""
OWN_ERROR, LEFT, STOPPED, FAILED = "refused", "left", "stopped", "failed"
"""Faults that no plan has: the client's own mistake or too many requests at once, a client that left before its request
was read, a server that stopped before its reply was sent, and a mistake of the server's own."""


@dataclass(frozen=True)
class LoggedCall:
    """One request: what it was, what became of it, and what it costs by the card.

    Attributes:
        id: which request this is, from 0.
        endpoint: ``chat``, ``responses`` or ``embeddings``.
        model, prompt_hash: as far as the request could be read; a text is never kept.
        attempt: how often the same prompt, of the same task, has been asked of this model so far, this one included.
        client_retry: how many tries the client says were before this, in the header x-stainless-retry-count.
        task: the name in the header x-task-key.
        stream: whether the reply was asked for in pieces.
        status: the HTTP status sent, None while the call runs and where nothing was sent.
        fault: empty, a planned fault (``429``, ``timeout``, ``wrong``, ...), or ``refused``, ``left``, ``stopped`` or
            ``failed`` (see ``OWN_ERROR``).
        right: whether the reply is right; None where there is none, or none to judge.
        tokens_in, tokens_cached, tokens_out, tokens_reasoning: as billed, all tokens and parts of them.
        usd: what the call costs: in full once it has begun, whether or not anybody still listens.
        sec: the seconds of the call by the card.
        began_sec, ended_sec: real seconds since the log was begun; None until the call has ended.
        client_there: whether the client was still connected when the last byte was sent, or when the call ended.
    """

    id: int
    endpoint: str
    model: str = ""
    prompt_hash: str = ""
    attempt: int = 0
    client_retry: int | None = None
    task: str = ""
    stream: bool = False
    status: int | None = None
    fault: str = ""
    right: bool | None = None
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    tokens_reasoning: int = 0
    usd: float = 0.0
    sec: float = 0.0
    began_sec: float = 0.0
    ended_sec: float | None = None
    client_there: bool | None = None

    @property
    def waited_sec(self) -> float | None:
        """The real seconds between its beginning and its end."""
        return None if self.ended_sec is None else self.ended_sec - self.began_sec


class BillingLog:
    """The calls of an endpoint, in the order in which they came; it may be read while calls run.

    Args:
        most: so many rows are kept; an endpoint whose log is full refuses calls, so that none goes unlogged.
        file: every call that has ended is written here as a line of JSON.

    >>> log = BillingLog()
    >>> number = log.begin("chat", task="first")
    >>> log.end(number, model="premium", usd=0.03, fault="timeout")
    >>> len(log), log.usd, log.faults, log[0].task
    (1, 0.03, {'timeout': 1}, 'first')
    """

    def __init__(self, most: int = 100_000, file: IO[str] | None = None) -> None:
        self._most = most
        self._file = file
        self._rows: list[LoggedCall] = []
        self._running = 0
        self._turned_away: Counter[str] = Counter()
        self._attempts: Counter[tuple[str, ...]] = Counter()
        self._changed = threading.Condition()
        self._began = time.monotonic()

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> LoggedCall:
        return self._rows[place]

    def __iter__(self) -> Iterator[LoggedCall]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<billing log: {self.summary()}>"

    @property
    def rows(self) -> tuple[LoggedCall, ...]:
        """All calls as they are now."""
        with self._changed:
            return tuple(self._rows)

    @property
    def usd(self) -> float:
        """The whole bill, USD."""
        return math.fsum(row.usd for row in self.rows)

    @property
    def faults(self) -> dict[str, int]:
        """How many calls had each fault; those without one are not counted."""
        return dict(sorted(Counter(row.fault for row in self.rows if row.fault).items()))

    @property
    def turned_away(self) -> dict[str, int]:
        """How many connections or requests were refused before they could become rows, by reason."""
        with self._changed:
            return dict(self._turned_away)

    def settled(self, timeout_sec: float = 30.0) -> tuple[LoggedCall, ...]:
        """All calls, once none is running any more.

        Raises:
            TimeoutError: calls still run after so many seconds.
        """
        return self._wait(lambda: self._running == 0, timeout_sec)

    def wait_until(
        self, ready: Callable[[tuple[LoggedCall, ...]], bool], timeout_sec: float = 30.0
    ) -> tuple[LoggedCall, ...]:
        """All calls, as soon as ``ready``, which is asked at every change, says yes to them.

        Raises:
            TimeoutError: it has not after so many seconds.
        """
        return self._wait(lambda: ready(tuple(self._rows)), timeout_sec)

    def _wait(self, ready: Callable[[], bool], timeout_sec: float) -> tuple[LoggedCall, ...]:
        with self._changed:
            if not self._changed.wait_for(ready, timeout_sec):
                raise TimeoutError(f"still waiting after {timeout_sec:g} s, with {self._running} calls running")
            return tuple(self._rows)

    def summary(self) -> str:
        """One line: calls, dollars, faults, and what was turned away."""
        rows, away = self.rows, self.turned_away
        left = sum(row.client_there is False for row in rows)
        faults = ", ".join(f"{count} {name}" for name, count in self.faults.items()) or "none"
        text = f"{len(rows)} call{'' if len(rows) == 1 else 's'}, {self.usd:.5f} USD billed, faults: {faults}"
        text += f"; clients that left early: {left}" if left else ""
        return text + (f"; turned away: {', '.join(f'{n} ({why})' for why, n in away.items())}" if away else "")

    def begin(self, endpoint: str, **known: Any) -> int | None:
        """The number of a new row, or None where the log is full."""
        with self._changed:
            if len(self._rows) >= self._most:
                self._turned_away["log full"] += 1
                return None
            self._rows.append(LoggedCall(len(self._rows), endpoint, began_sec=self._now(), **known))
            self._running += 1
            self._changed.notify_all()
            return len(self._rows) - 1

    def update(self, number: int, **known: Any) -> None:
        """Add what has become known of a running call."""
        with self._changed:
            self._rows[number] = replace(self._rows[number], **known)
            self._changed.notify_all()

    def end(self, number: int, **known: Any) -> None:
        """The call is over."""
        with self._changed:
            row = self._rows[number] = replace(self._rows[number], ended_sec=self._now(), **known)
            self._running -= 1
            self._changed.notify_all()
            if self._file is not None:
                try:
                    self._file.write(json.dumps(asdict(row)) + "\n")
                    self._file.flush()
                except (OSError, ValueError):  # a full disk, a closed file: the rows are here all the same
                    self._turned_away["lines of the file"] += 1

    def count_attempt(self, *of: str) -> int:
        """Which attempt this is, from 1, of those that are given by the same words."""
        with self._changed:
            self._attempts[of] += 1
            return self._attempts[of]

    def turn_away(self, reason: str) -> None:
        """Count what was refused before it could become a row."""
        with self._changed:
            self._turned_away[reason] += 1

    def _now(self) -> float:
        return time.monotonic() - self._began
