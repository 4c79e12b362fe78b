"""Which calls waited for which, read off the server's log: the card's seconds on the critical path."""

from __future__ import annotations

from collections.abc import Iterable

from ..server import LoggedCall


def critical_sec(rows: Iterable[LoggedCall]) -> float:
    """The card's seconds of the longest chain of calls that each began after the one before had ended.

    The order of beginnings and ends is real, so the server must be paced: with waits that are long beside the time that
    a framework takes between two calls, the order does not depend on the machine. No real second enters the result.

    >>> a, b = LoggedCall(0, "chat", sec=2.0, began_sec=0, ended_sec=1), LoggedCall(1, "chat", sec=3.0, ended_sec=1)
    >>> critical_sec([a, b, LoggedCall(2, "chat", sec=0.5, began_sec=1.5, ended_sec=2)])
    3.5
    """
    ends: list[tuple[float, float]] = []
    for row in sorted(rows, key=lambda row: row.began_sec):
        if row.ended_sec is None:
            raise ValueError(f"rows must have ended, got a call that runs: {row.id}")
        before = max((until for ended, until in ends if ended <= row.began_sec), default=0.0)
        ends.append((row.ended_sec, before + row.sec))
    return max((until for _, until in ends), default=0.0)
