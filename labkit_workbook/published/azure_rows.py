"""Azure's recorded requests to two services of 2023: when they came, and their tokens; README.md has the source."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import one_of
from labkit._values import by_value

from .rows import FOLDER

TRACES = ("code", "conv")
CALL_SEC, CONTEXT_TOKEN_SEC, GENERATED_TOKEN_SEC = 0.3, 0.0002, 0.025
"""Seconds of a call, of each token that it reads and of each that it writes: ours, for the recording has none."""


@by_value
class Arrivals(NamedTuple):
    """Requests in the order of their arrival.

    Attributes:
        sec: seconds since the first request, to the millisecond.
        context_tokens, generated_tokens: tokens that each request read and made.
    """

    sec: NDArray[np.float64]
    context_tokens: NDArray[np.int64]
    generated_tokens: NDArray[np.int64]

    @property
    def service_sec(self) -> NDArray[np.float64]:
        """Seconds that each takes once it has a place, at 0.3 s, and 0.2 ms and 25 ms a token (ours)."""
        return CALL_SEC + CONTEXT_TOKEN_SEC * self.context_tokens + GENERATED_TOKEN_SEC * self.generated_tokens


@lru_cache(maxsize=2)
def azure_arrivals(trace: str) -> Arrivals:
    """One hour of requests to ``"code"`` or to ``"conv"`` (conversations), as they came.

    Raises:
        ValueError: another trace.

    >>> conversations = azure_arrivals("conv")
    >>> conversations.sec.size, float(conversations.sec[-1]), round(float(conversations.service_sec.mean()), 2)
    (19366, 3501.722, 5.81)
    """
    one_of("trace", trace, TRACES)
    with np.load(FOLDER / "azure_arrivals.npz") as table:
        gaps, context, generated = (
            table[f"{trace}_{column}"].astype(np.int64) for column in ("gap_ms", "context_tokens", "generated_tokens")
        )
    found = Arrivals(gaps.cumsum() / 1000, context, generated)
    for column in found:
        column.flags.writeable = False
    return found


def generated_tokens(trace: str) -> NDArray[np.int64]:
    """Tokens that each request of a recorded service made, sorted: ``"code"`` or ``"conv"`` (conversations).

    Raises:
        ValueError: another trace.

    >>> float(np.median(generated_tokens("conv"))), generated_tokens("code").size
    (129.0, 8819)
    """
    return np.sort(azure_arrivals(trace).generated_tokens)
