"""A share that was counted: its value, its interval, and the counts it comes from."""

from __future__ import annotations

from typing import NamedTuple

from labkit.reliability import wilson_interval


class Share(NamedTuple):
    """How often something was right: ``right`` of ``tries``, with the ends of an interval."""

    p: float
    low: float
    high: float
    right: int
    tries: int

    def __str__(self) -> str:
        return f"{self.p:.3f} [{self.low:.3f}, {self.high:.3f}] ({self.right:,} of {self.tries:,})"


def counted_share(right: int, tries: int, level: float = 0.95) -> Share:
    """A share with its Wilson interval.

    Args:
        right: from 0 to ``tries``.
        tries: from 1.
        level: between 0 and 1.

    Raises:
        ValueError: more right than tries, or none.

    >>> print(counted_share(90, 100))
    0.900 [0.826, 0.945] (90 of 100)
    """
    low, high = wilson_interval(right, tries, level)
    return Share(right / tries, float(low), float(high), int(right), int(tries))
