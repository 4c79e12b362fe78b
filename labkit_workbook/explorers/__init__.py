"""Explorers: move something, and the numbers and the picture answer at once, without a kernel.

Each is one HTML output: a table made by ``labkit`` beforehand, and a script that looks it up and draws. What needs a
kernel is made of widgets: ``playground`` and ``builder``.
"""

from __future__ import annotations

from typing import Any

from .calls import growing_context, seventh_agent
from .comparing import how_many_tasks
from .designs import crossover, levers
from .limits import budgets, debate_or_retry
from .paths import critical_path, timeline
from .queues import under_load
from .shares import product_law, repetition
from .tables import Explorer

__all__ = [
    "Explorer",
    "budgets",
    "builder",
    "critical_path",
    "crossover",
    "debate_or_retry",
    "growing_context",
    "how_many_tasks",
    "levers",
    "playground",
    "product_law",
    "repetition",
    "seventh_agent",
    "timeline",
    "under_load",
]


def builder() -> Any:
    """A workflow put together by hand: steps, models, levers; its three numbers, its drawing and its code."""
    from .building import Builder  # noqa: PLC0415  (widgets are loaded by whoever asks for them)

    return Builder()


def playground() -> Any:
    """A sum asked of a pocket model: tokens, bill, confidence, what a check says, and what a retry gives."""
    from .pocket_play import Playground  # noqa: PLC0415  (as above)

    return Playground()
