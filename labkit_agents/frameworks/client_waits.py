"""What clients wait between their tries: the seconds that they ask for, with the part that they draw held still."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labkit._inputs import one_number, one_share

LAYERS = ("openai", "litellm", "tenacity", "langgraph", "agents", "crewai", "labkit_agents.orchestrator")
"""Whose waits are noted, by the beginning of their modules' names."""


@contextmanager
def noted_waits(longest_sec: float = 0.0, by_client: float = 0.0, by_others: float = 0.0) -> Iterator[list[float]]:
    """The list of the waits of these layers, in seconds, which grows as they ask for them.

    The real seconds of a wait depend on the machine, and those that are asked for do not, so these are noted; a wait
    of ``longest_sec`` or less is waited for all the same, a longer one is over at once. The clients must have been
    imported before, since they keep what they draw and wait with under names of their own.

    Args:
        longest_sec: the longest wait that is really waited for.
        by_client, by_others: what each draw of a number from 0 to 1 gives meanwhile, in [0, 1], where the OpenAI client
            draws it, and where anybody else does.

    >>> with noted_waits() as waits:
    ...     time.sleep(0.001)  # of none of the layers, so it is waited for and not noted
    ...     random.random(), random.uniform(2, 4), waits
    (0.0, 2.0, [])
    """
    one_number("longest_sec", longest_sec)
    one_share("by_client", by_client)
    one_share("by_others", by_others)
    waits: list[float] = []

    def noting(sleep: Callable[..., Any]) -> Callable[..., Any]:
        def noted(sec: float, *rest: Any, **more: Any) -> Any:
            if sys._getframe(1).f_globals.get("__name__", "").startswith(LAYERS) and sec > 0:
                waits.append(float(sec))
                sec = sec if sec <= longest_sec else 0.0
            return sleep(sec, *rest, **more)

        return noted

    places: list[tuple[Any, str, Any]] = [
        (time, "sleep", noting(time.sleep)), (asyncio, "sleep", noting(asyncio.sleep)),
        (random, "random", lambda: by_others), (random, "uniform", lambda low, high: low + (high - low) * by_others),
    ]  # fmt: skip
    if "openai" in sys.modules:
        import anyio
        from openai import _base_client

        places += [(anyio, "sleep", noting(anyio.sleep)), (_base_client, "random", lambda: by_client)]
    if "crewai" in sys.modules:  # what it waits with stands in its functions' defaults
        from crewai.llms import retry

        for function, name, value in (
            (retry.run_with_rate_limit_retry, "sleep", noting(time.sleep)),
            (retry.get_retry_delay_seconds, "random_value", lambda: by_others),
        ):
            places.append((function, "__kwdefaults__", {**(function.__kwdefaults__ or {}), name: value}))
    before = [(module, name, getattr(module, name)) for module, name, _ in places]
    try:
        for module, name, value in places:
            setattr(module, name, value)
        yield waits
    finally:
        for module, name, value in before:
            setattr(module, name, value)
