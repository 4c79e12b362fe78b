"""How long a task takes: the front door to every law of time. Seconds in, seconds out.

Each law lives in a small module of its own:

- ``fixed_times``: steps of known length; the longest path through their dependencies (the section).
- ``slowest``, ``named_times``: the slowest of n calls whose times vary, recorded or of a named distribution.
- ``hedging``: a second request when the first is late.
- ``makespans``: at most P calls at a time.
- ``staged_times``, ``random_times``: stages with retries, and the distribution of their time.
"""

from __future__ import annotations

from .laws.fixed_times import critical_path, in_order, longest_path, sequential, side_by_side, staged
from .laws.hedging import Hedged, hedged
from .laws.makespans import MakespanBounds, Schedule, list_schedule, makespan_bounds
from .laws.named_times import Exponential, Lognormal, Uniform
from .laws.random_times import RandomTime
from .laws.slowest import any_slow, expected_max, quantile_of_max
from .laws.staged_times import RetriedStep, retried_time, time_of_stages

__all__ = [
    "Exponential", "Hedged", "Lognormal", "MakespanBounds", "RandomTime", "RetriedStep", "Schedule", "Uniform",
    "any_slow", "critical_path", "expected_max", "hedged", "in_order", "list_schedule", "longest_path",
    "makespan_bounds", "quantile_of_max", "retried_time", "sequential", "side_by_side", "staged", "time_of_stages",
]  # fmt: skip
