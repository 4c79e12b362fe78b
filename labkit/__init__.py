"""labkit: what multi-agent LLM workflows cost, how long they take and how often they fail.

Importing it loads numpy and nothing bigger; everything else comes when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from . import cost, latency, levers, reliability
from .levers import cache, cut, debate, gate, parallelize, retry, route, stop_early
from .workflow import (
    PREMIUM,
    SMALL,
    Cache,
    Debate,
    Gate,
    Model,
    Outcome,
    Step,
    Workflow,
    chain,
    choose,
    easy,
    hard,
    parallel,
)

__version__ = "0.1.0"

_LATER = {
    "check": "feedback",
    "given": "feedback",
    "hint": "feedback",
    "summary": "feedback",
    "doctor": "health",
    "explore": None,
    "frontier": None,
    "plots": None,
    "simulate": "simulation",
    "simulation": None,
    "textbook": None,
}

__all__ = [
    "PREMIUM", "SMALL", "Cache", "Debate", "Gate", "Model", "Outcome", "Step", "Workflow",
    "cache", "chain", "check", "choose", "cost", "cut", "debate", "doctor", "easy", "explore", "frontier", "gate",
    "given",
    "hard", "hint", "latency", "levers", "parallel", "parallelize", "plots", "reliability", "retry", "route",
    "simulate", "simulation", "stop_early", "summary", "textbook",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a heavier room on first use."""
    if name not in _LATER:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    room = _LATER[name]
    return import_module(f".{name}", __name__) if room is None else getattr(import_module(f".{room}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
