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
    Judge,
    Model,
    Outcome,
    Person,
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
    "evaluation": "evaluation",
    "frontier": "frontier",
    "PriceCard": "prices",
    "plots": "pictures.plots",
    "prices": "prices",
    "simulate": "simulation",
    "simulation": "simulation",
    "sweep": "streaming",
}
"""What needs more than numpy, or is seldom needed, and where it is."""

__all__ = [
    "PREMIUM", "SMALL", "Cache", "Debate", "Gate", "Judge", "Model", "Outcome", "Person", "PriceCard", "Step",
    "Workflow", "cache", "chain", "choose", "cost", "cut", "debate", "easy", "evaluation", "frontier", "gate", "hard",
    "latency", "levers", "parallel", "parallelize", "plots", "prices", "reliability", "retry", "route", "simulate",
    "simulation", "stop_early", "sweep",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a heavier module on first use."""
    if name not in _LATER:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    module = import_module(f".{_LATER[name]}", __name__)
    return module if _LATER[name].rpartition(".")[2] == name else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
