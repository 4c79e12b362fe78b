"""The best of many designs under budgets, and what to say when no design keeps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context

import numpy as np
from numpy.typing import NDArray

from .._inputs import non_negative, one_of, probability, show_number
from ..cost import quality_per_dollar
from .dominance import TIE, Floats

MAXIMISE = ("reliability", "quality_per_dollar", "profit")
MINIMISE = ("cost", "latency")


@dataclass(frozen=True)
class Goal:
    """What is asked for: one thing to make large or small, and limits on the others.

    Args:
        maximise: ``"reliability"``, ``"quality_per_dollar"`` or ``"profit"``.
        minimise: ``"cost"`` or ``"latency"``, in its place; without either, reliability is maximised.
        max_cost: USD a task. max_latency: seconds. min_reliability: in [0, 1]. None for no limit.
        value_usd: USD that a success is worth, zero or more; for ``"profit"``.
        damage_usd: USD that a wrong answer costs where it is delivered. refusal_usd: USD that a refusal costs. Zero
            or more, and other than zero for ``"profit"`` only.
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
        for name, check in (("max_cost", non_negative), ("max_latency", non_negative),
                            ("min_reliability", probability), ("value_usd", non_negative),
                            ("damage_usd", non_negative), ("refusal_usd", non_negative)):  # fmt: skip
            value = getattr(self, name)
            if value is not None:
                number = check(name, value)
                if number.ndim:
                    raise ValueError(f"{name} must be one number, got {value!r}")
                object.__setattr__(self, name, float(number))
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
        aim = {"reliability": ("reliability",), "cost": ("cost",), "latency": ("latency",)}
        asked = aim.get(self.maximise or self.minimise or "", ("cost", "reliability"))
        limits = {"cost": self.max_cost, "latency": self.max_latency, "reliability": self.min_reliability}
        found = tuple(name for name, limit in limits.items() if name in asked or limit is not None)
        if self.damage_usd == self.refusal_usd:
            return found
        return (*found, "wrong" if self.damage_usd > self.refusal_usd else "refused")

    def score(self, cost: Floats, latency: Floats, reliability: Floats, refused: Floats) -> Floats:
        """Larger is better. What is refused matters only where it costs another sum than what is wrong."""
        if self.minimise:
            return -(cost if self.minimise == "cost" else latency)
        if self.maximise == "quality_per_dollar":
            return np.asarray(quality_per_dollar(reliability, cost))
        if self.maximise == "reliability":
            return reliability
        more = 0.0 if self.refusal_usd == self.damage_usd else (self.refusal_usd - self.damage_usd) * refused
        return float(self.value_usd or 0.0) * reliability - self.damage_usd * (1.0 - reliability) - more - cost


@dataclass(frozen=True)
class _Limit:
    """One budget: its argument, the measure it limits, the words for its number."""

    argument: str
    measure: str
    value: float
    said: Callable[[float], str]

    @property
    def from_below(self) -> bool:
        """Must the measure be at least the value?"""
        return self.measure == "reliability"

    def kept(self, values: Floats) -> NDArray[np.bool_]:
        """Which values keep the budget; a tie (one part in 10^12) counts as kept."""
        return values >= self.value * (1 - TIE) if self.from_below else values <= self.value * (1 + TIE)

    def nearest(self, values: Floats) -> str:
        """The value that comes nearest to the budget."""
        best = float(values.max() if self.from_below else values.min())
        return f"{self.argument}={self._round_to_kept_side(best)} ({self.said(best)})"

    def _round_to_kept_side(self, best: float) -> str:
        """At most six digits, rounded to the side on which the budget is kept."""
        near = float(f"{best:.6g}")
        if not replace(self, value=near).kept(np.asarray(best)):
            six = Context(prec=6, rounding=ROUND_FLOOR if self.from_below else ROUND_CEILING)
            near = float(six.create_decimal(best))
        return f"{near:g}"

    def __str__(self) -> str:
        return f"{self.argument}={show_number(self.value)}"


def best_position(goal: Goal, cost: Floats, latency: Floats, reliability: Floats, refused: Floats) -> int:
    """The position of the best design; of equals the more reliable one, then the cheaper, then the quicker.

    Raises:
        ValueError: no design keeps the budgets; the message names them and the nearest that can be kept.
    """
    values = {"cost": cost, "latency": latency, "reliability": reliability}
    limits = [
        _Limit(argument, measure, float(value), said)
        for argument, measure, value, said in (
            ("max_cost", "cost", goal.max_cost, lambda v: f"${v:.4g} a task"),
            ("max_latency", "latency", goal.max_latency, lambda v: f"{v:.4g} s"),
            ("min_reliability", "reliability", goal.min_reliability, lambda v: f"{v:.2%}"),
        )
        if value is not None
    ]
    kept = {limit.argument: limit.kept(values[limit.measure]) for limit in limits}
    allowed = np.logical_and.reduce([np.ones(cost.size, dtype=bool), *kept.values()])
    if not np.any(allowed):
        raise ValueError(_write_complaint(limits, kept, values))
    score = goal.score(cost, latency, reliability, refused)
    top = score[allowed].max()
    near = TIE * abs(top) if np.isfinite(top) else 0.0
    equals = np.flatnonzero(allowed & (score >= top - near))
    return int(equals[np.lexsort((latency[equals], cost[equals], -reliability[equals]))[0]])


def _write_complaint(limits: list[_Limit], kept: dict[str, NDArray[np.bool_]], values: dict[str, Floats]) -> str:
    """Which budget cannot be kept, alone or with the others, and the nearest that can."""
    alone = [limit for limit in limits if not np.any(kept[limit.argument])]
    if alone:
        return "; ".join(
            f"no design keeps {limit}; the nearest that can be kept is " + limit.nearest(values[limit.measure])
            for limit in alone
        )
    ways = []
    for limit in limits:
        others = np.logical_and.reduce([kept[other.argument] for other in limits if other is not limit])
        if np.any(others):
            ways.append(limit.nearest(values[limit.measure][others]))
    together = " and ".join(str(limit) for limit in limits)
    nearest = "; or ".join(ways) or "none: any two of them exclude each other"
    return f"no design keeps {together} together; the nearest that can be kept, the others as they are: {nearest}"
