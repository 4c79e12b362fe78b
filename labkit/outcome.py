"""What a workflow comes to: the three numbers, what follows from them, and what to know about them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._inputs import Number, plain
from ._values import ByValue
from .cost import cost_per_success, profit, quality_per_dollar


@dataclass(frozen=True, eq=False)
class Outcome(ByValue):
    """What a workflow comes to. Arrays where the workflow holds arrays, all of the same shape.

    A task ends in one of three ways: right, wrong and delivered, or refused.

    Attributes:
        cost: USD a task.
        latency: seconds; NaN where only bounds are known (``latency_bounds``; ``note`` says why).
        reliability: probability that the task ends right, in [0, 1].
        accounting: how retries were counted.
        note: what a reader of the numbers should know, or an empty text.
        refused: probability that a gate's last word is no, so that nothing is delivered, in [0, 1].
        bounds: seconds between which the latency lies, where it is NaN; None where it is known.
    """

    cost: Any
    latency: Any
    reliability: Any
    accounting: str = "textbook"
    note: str = ""
    refused: Any = 0.0
    bounds: tuple[Any, Any] | None = None

    @property
    def latency_bounds(self) -> tuple[Any, Any]:
        """Two numbers of seconds between which the latency lies; both are the latency where it is known."""
        return (self.latency, self.latency) if self.bounds is None else self.bounds

    @property
    def wrong(self) -> Any:
        """Probability that the task delivers a wrong answer: neither right nor refused."""
        return plain(np.maximum(1.0 - np.asarray(self.reliability) - self.refused, 0.0))

    def profit(self, value_usd: ArrayLike, damage_usd: ArrayLike = 0.0, refusal_usd: ArrayLike = 0.0) -> Number:
        """USD that a task earns: ``labkit.cost.profit`` of the three ways in which it may end.

        >>> round(Outcome(0.36, 24.0, 0.904, refused=0.087).profit(value_usd=1.0, damage_usd=2.0), 3)
        0.526
        """
        return profit(value_usd, self.reliability, self.cost, self.wrong, damage_usd, self.refused, refusal_usd)

    @property
    def quality_per_dollar(self) -> Any:
        """Successes per USD; infinite where the cost is zero."""
        return quality_per_dollar(self.reliability, self.cost)

    @property
    def cost_per_success(self) -> Any:
        """USD per success, when failures are bought again; infinite where none succeeds."""
        return cost_per_success(self.reliability, self.cost)

    def __str__(self) -> str:
        if np.size(self.cost) == 0:
            return "no designs"
        if np.ndim(self.cost) > 0:
            return f"{np.size(self.cost):,} designs ({self.accounting}): " + ", ".join(
                f"{name} {span_text(values)}"
                for name, values in (
                    ("cost in USD", self.cost), ("latency in s", self.latency), ("reliability", self.reliability),
                )
            )  # fmt: skip
        note = "\n" + textwrap.fill(self.note, 96) if np.isnan(self.latency) else ""
        return f"{self.numbers()}   ({self.accounting}){note}"

    def numbers(self) -> str:
        """Cost, latency, reliability and quality per dollar of one design, in a line; what is refused, if anything is.

        >>> Outcome(0.36, 24.0, 0.904, refused=0.087).numbers()
        'cost $0.3600   latency 24.00 s   reliability 90.40%   2.5 successes/$   refused 8.70%   wrong 0.90%'
        """
        low, high = self.latency_bounds
        seconds = "unknown" if np.isnan(low) else f"{low:.2f} s" if low == high else f"{low:.2f} to {high:.2f} s"
        ends = f"   refused {self.refused:.2%}   wrong {self.wrong:.2%}" if self.refused else ""
        return (
            f"cost ${self.cost:.4f}   latency {seconds}   reliability {self.reliability:.2%}   "
            f"{self.quality_per_dollar:.1f} successes/${ends}"
        )


def span_text(values: Any) -> str:
    """The smallest and the largest of an array in words; the unknown are left out.

    >>> span_text(np.array([1.0, np.nan, 3.0]))
    '1 to 3'
    """
    if values.size == 0:
        return "none"
    known = values[~np.isnan(values)]
    return f"{known.min():.4g} to {known.max():.4g}" if known.size else "unknown"
