"""What a lever costs at the margin: dollars and seconds per point of reliability, and the value that pays for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._inputs import one_number
from .._values import ByValue
from ..workflow import Workflow
from .dominance import TIE, without_noise
from .pareto_frontier import Frontier

POINTS = 100  # points of reliability are hundredths of the whole


@dataclass(frozen=True, eq=False)
class Price(ByValue):
    """What one lever does to one workflow.

    Attributes:
        lever: its name.
        usd, sec: what a task costs and takes more (below 0: less); seconds are NaN where not known.
        points, wrong_points, refused_points: how many hundredths of the tasks more end right; with a wrong answer that
            is delivered; refused (below 0: fewer).
    """

    lever: str
    usd: float
    sec: float
    points: float
    wrong_points: float = 0.0
    refused_points: float = 0.0

    @property
    def usd_per_point(self) -> float:
        """USD paid for each point gained, or saved for each point lost; NaN where reliability stays."""
        return self.usd / self.points if self.points else math.nan

    @property
    def sec_per_point(self) -> float:
        """Seconds paid or saved in the same way."""
        return self.sec / self.points if self.points else math.nan

    @property
    def break_even_usd(self) -> float:
        """V, the value of a success at which the lever changes nothing: ``usd / (points / 100)``.

        A lever that adds reliability is worth it above V, one that loses it below; NaN where reliability stays.
        """
        return POINTS * self.usd_per_point

    def break_even_with_damage(self, damage: float = 1.0, refusal_usd: float = 0.0) -> float:
        """V in USD, the value of a success at which the lever changes nothing, where failures are not all alike.

        Formula: ``(usd + H refused) / (right - delta wrong)``, each difference a share of the tasks; NaN for 0 / 0.

        Args:
            damage: delta, what a wrong answer costs where it is delivered, in values of a success, zero or more.
            refusal_usd: H, USD that a refusal costs, zero or more.
        """
        share, refusal = one_number("damage", damage), one_number("refusal_usd", refusal_usd)
        gained = without_noise(self.points - share * self.wrong_points, self.points) / POINTS
        return (self.usd + refusal * self.refused_points / POINTS) / gained if gained else math.nan

    def __str__(self) -> str:
        seconds = "seconds unknown" if math.isnan(self.sec) else f"{self.sec:+.4g} s"
        return f"{self.lever}: ${self.usd:+.4g}, {seconds}, {self.points:+.3g} points a task; {self._say_verdict()}"

    def _say_verdict(self) -> str:
        if not self.points and (self.usd, self.sec) == (0, 0):
            return "it changes nothing"
        if not self.points:
            saves = (self.usd, self.sec) < (0, 0)
            return "worth it at any value of a success" if saves else "worth it for its seconds only, if at all"
        if self.break_even_usd <= 0:
            return f"worth it at {'any' if self.points > 0 else 'no'} value of a success"
        side = "above" if self.points > 0 else "below"
        return f"worth it {side} ${self.break_even_usd:.4g} a success, seconds aside"


@dataclass(frozen=True)
class BreakEven:
    """A design that is worth most from some value of a success on.

    Attributes:
        value_usd: from this value of a success, in USD, the design beats all cheaper ones.
        position: of the design on its frontier.
        cost, reliability: its own.
    """

    value_usd: float
    position: int
    cost: float
    reliability: float


def marginal_prices(
    workflow: Workflow, levers: Mapping[str, Callable[[Workflow], Workflow]], accounting: str = "textbook"
) -> tuple[Price, ...]:
    """What each lever alone does to a workflow: dollars, seconds and points of reliability.

    Formula: differences of ``Workflow.outcome`` with and without the lever; ``V = delta cost / delta reliability``.

    Args:
        workflow: one design; one that holds arrays is a ``ValueError``.
        levers: name -> function from a workflow to a workflow, at least one.
        accounting: ``"textbook"``, ``"expected"`` or ``"worst"``.

    >>> from labkit import PREMIUM, chain, retry
    >>> price, = marginal_prices(chain(12, PREMIUM), {"one retry": lambda w: w.pipe(retry, 1)}, "expected")
    >>> round(price.points, 2), round(price.usd_per_point, 6), round(price.break_even_usd, 4)
    (16.32, 0.000331, 0.0331)
    """
    if not isinstance(levers, Mapping) or not levers:
        raise ValueError(f"levers must map a name to a lever, at least one, got {levers!r}")
    before = _read_numbers("workflow", workflow, accounting)
    found = []
    for name, lever in levers.items():
        after = _read_numbers(f"what lever {name!r} returns", workflow.pipe(lever), accounting)
        usd, sec, p = (without_noise(new - old, old) for old, new in zip(before[:3], after[:3], strict=True))
        wrong, refused = (without_noise(new - old, 1.0) for old, new in zip(before[3:], after[3:], strict=True))
        found.append(Price(name, usd, sec, POINTS * p, POINTS * wrong, POINTS * refused))
    return tuple(found)


def _read_numbers(name: str, workflow: Any, accounting: str) -> tuple[float, ...]:
    """Cost, latency, and the shares of tasks that end right, wrong and delivered, refused."""
    if not isinstance(workflow, Workflow):
        raise ValueError(f"{name} must be a Workflow, got {workflow!r}")
    outcome = workflow.outcome(accounting)
    if np.ndim(outcome.cost):
        raise ValueError(f"{name} must be one design, got {np.size(outcome.cost):,}")
    numbers = outcome.cost, outcome.latency, outcome.reliability, outcome.wrong, outcome.refused
    return tuple(float(number) for number in numbers)


def break_even_values(found: Frontier) -> tuple[BreakEven, ...]:
    """The values of a success from which the next design is worth it, along the frontier's cost and reliability.

    Formula: ``V = (cost_b - cost_a) / (reliability_b - reliability_a)`` along the hull: from V on, V x reliability
    - cost is larger for b than for a. Designs off the hull are best at no value.

    >>> from labkit import PREMIUM, SMALL, chain
    >>> from labkit.frontier import options, pareto
    >>> found = pareto(chain(12, PREMIUM), options(models=[PREMIUM, SMALL]), measures=("cost", "reliability"))
    >>> [(round(each.value_usd, 3), round(each.cost, 3)) for each in break_even_values(found)]
    [(0.0, 0.024), (1.028, 0.36)]
    """
    if not isinstance(found, Frontier):
        raise ValueError(f"found must be a Frontier, got {found!r}")
    for measure in ("cost", "reliability"):
        if measure not in found.measures:
            raise ValueError(f"found must compare cost and reliability, but its measures are {found.measures}")
    cheap = np.flatnonzero(found.cost <= found.cost.min() * (1 + TIE))
    value, i, corners = 0.0, int(cheap[np.argmax(found.reliability[cheap])]), []
    while True:
        cost, reliability = float(found.cost[i]), float(found.reliability[i])
        corners.append(BreakEven(value, i, cost, reliability))
        better = np.flatnonzero(found.reliability > reliability * (1 + TIE))
        if better.size == 0:
            return tuple(corners)
        values = (found.cost[better] - cost) / (found.reliability[better] - reliability)
        value = float(values.min())
        equals = better[values <= value * (1 + TIE)]
        i = int(equals[np.argmax(found.reliability[equals])])
