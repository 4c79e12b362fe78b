"""Monte Carlo: many tasks through a workflow, call by call, where no formula holds or to check one that does."""

from __future__ import annotations

from .monte_carlo import Difficulty, Items, LognormalSpread, RecordedSpread, Samples, Turns, say_progress, simulate

__all__ = ["Difficulty", "Items", "LognormalSpread", "RecordedSpread", "Samples", "Turns", "say_progress", "simulate"]
