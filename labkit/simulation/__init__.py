"""Monte Carlo: many tasks through a workflow, call by call, where no formula holds or to check one that does."""

from __future__ import annotations

from .difficulty import Difficulty, Items
from .monte_carlo import say_progress, simulate
from .samples import Samples
from .turns import Turns

__all__ = ["Difficulty", "Items", "Samples", "Turns", "say_progress", "simulate"]
