"""The best of many designs under budgets, and what to say when no design keeps them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context

import numpy as np
from numpy.typing import NDArray

from .._inputs import one_number, one_of, one_share, show_number
from ..cost import quality_per_dollar
from .dominance import TIE, Floats

MAXIMISE = ("reliability", "quality_per_dollar", "profit")
MINIMISE = ("cost", "latency")


@dataclass(frozen=True)
class Goal:
    """What is asked for: one thing to make large or small, and limits on the others.

    Args: as for ``labkit.frontier.best``; what wrong answers and refusals cost is other than zero for profit only.
    """

    maximise: str | None = None
    minimise: str | None = None
    max_cost: float | None = None
    max_latency: float | None = None
    min_reliability: float | None = None
    value_usd: float | None = None
    damage_usd: float = 0.0
    refusal_usd: float = 0.0

    def __post_init__(self) -> None:
        if self.maximise is None and self.minimise is None:
            object.__setattr__(self, "maximise", "reliability")
        if self.maximise is not None and self.minimise is not None:
            raise ValueError(f"give one of maximise and minimise, got {self.maximise!r} and {self.minimise!r}")
        for name, words in (("maximise", MAXIMISE), ("minimise", MINIMISE)):
            if getattr(self, name) is not None:
                one_of(name, getattr(self, name), words)
        for name in ("max_cost", "max_latency", "min_reliability", "value_usd", "damage_usd", "refusal_usd"):
            if (value := getattr(self, name)) is not None:
                check = one_share if name == "min_reliability" else one_number
                object.__setattr__(self, name, check(name, value))
        if (self.maximise == "profit") != (self.value_usd is not None):
            raise ValueError(f"value_usd goes with maximise='profit' and only with it, got {self.value_usd!r}")
        for name in ("damage_usd", "refusal_usd"):
            if getattr(self, name) is None or (getattr(self, name) and self.maximise != "profit"):
                raise ValueError(f"{name} must be zero or more, and 0 without 'profit', got {getattr(self, name)!r}")

    @property
    def aim(self) -> str:
        """The measure that is made best, or an empty text where that is profit or quality per dollar."""
        asked = self.maximise or self.minimise or ""
        return asked if asked in ("cost", "latency", "reliability") else ""

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that matter for it."""
        asked = (self.aim,) if self.aim else ("cost", "reliability")
        limits = {"cost": self.max_cost, "latency": self.max_latency, "reliability": self.min_reliability}
        found = tuple(name for name, limit in limits.items() if name in asked or limit is not None)
        if self.damage_usd == self.refusal_usd:
            return found
        return (*found, "wrong" if self.damage_usd > self.refusal_usd else "refused")

    def score(self, cost: Floats, latency: Floats, reliability: Floats, refused: Floats) -> Floats:
        """Larger is better. What is refused matters only where it costs another sum than what is wrong."""
        if self.minimise:
            return -(cost if self.minimise == "cost" else latency)
        if self.maximise != "profit":
            return reliability if self.aim else np.asarray(quality_per_dollar(reliability, cost))
        more = 0.0 if self.refusal_usd == self.damage_usd else (self.refusal_usd - self.damage_usd) * refused
        return float(self.value_usd or 0.0) * reliability - self.damage_usd * (1.0 - reliability) - more - cost


@dataclass(frozen=True)
class _Limit:
    """One budget: its argument, its value, the words for a number, whether it limits from below."""

    argument: str
    value: float
    words: str
    from_below: bool

    def kept(self, values: Floats) -> NDArray[np.bool_]:
        """Which values keep the budget; a tie (one part in 10^12) counts as kept."""
        return values >= self.value * (1 - TIE) if self.from_below else values <= self.value * (1 + TIE)

    def nearest(self, values: Floats) -> str:
        """The value that comes nearest to the budget, in at most six digits, rounded to the side that keeps it."""
        best = float(values.max() if self.from_below else values.min())
        near = float(f"{best:.6g}")
        if not replace(self, value=near).kept(np.asarray(best)):
            six = Context(prec=6, rounding=ROUND_FLOOR if self.from_below else ROUND_CEILING)
            near = float(six.create_decimal(best))
        return f"{self.argument}={near:g} ({self.words.format(best)})"

    def __str__(self) -> str:
        return f"{self.argument}={show_number(self.value)}"


def best_position(goal: Goal, cost: Floats, latency: Floats, reliability: Floats, refused: Floats) -> int:
    """The position of the best design; of equals the more reliable one, then the cheaper, then the quicker.

    Raises:
        ValueError: no design keeps the budgets; the message names them and the nearest that can be kept.
    """
    asked = (
        ("max_cost", goal.max_cost, "${:.4g} a task", cost),
        ("max_latency", goal.max_latency, "{:.4g} s", latency),
        ("min_reliability", goal.min_reliability, "{:.2%}", reliability),
    )
    values = {_Limit(name, value, words, name == "min_reliability"): column
              for name, value, words, column in asked if value is not None}  # fmt: skip
    kept = {limit: limit.kept(column) for limit, column in values.items()}
    allowed = np.logical_and.reduce([np.ones(cost.size, dtype=bool), *kept.values()])
    if not np.any(allowed):
        raise ValueError(_write_complaint(values, kept))
    score = goal.score(cost, latency, reliability, refused)
    top = score[allowed].max()
    near = TIE * abs(top) if np.isfinite(top) else 0.0
    equals = np.flatnonzero(allowed & (score >= top - near))
    return int(equals[np.lexsort((latency[equals], cost[equals], -reliability[equals]))[0]])


def _write_complaint(values: dict[_Limit, Floats], kept: dict[_Limit, NDArray[np.bool_]]) -> str:
    """Which budget cannot be kept, alone or with the others, and the nearest that can."""
    alone = [
        f"no design keeps {limit}; the nearest that can be kept is {limit.nearest(column)}"
        for limit, column in values.items()
        if not np.any(kept[limit])
    ]
    if alone:
        return "; ".join(alone)
    ways = []
    for limit, column in values.items():
        others = np.logical_and.reduce([kept[other] for other in kept if other is not limit])
        if np.any(others):
            ways.append(limit.nearest(column[others]))
    together = " and ".join(map(str, values))
    nearest = "; or ".join(ways) or "none: any two of them exclude each other"
    return f"no design keeps {together} together; the nearest that can be kept, the others as they are: {nearest}"
