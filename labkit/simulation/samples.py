"""What a simulation gives back: cost, latency and success of every task, and what can be said from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import one_of, one_share, plain, probability
from .._values import ByValue, by_value
from ..laws.counts import Interval, normal_reach, wilson_interval
from ..outcome import Outcome

FIELDS = ("cost", "latency")
QUANTILES = (0.5, 0.95, 0.99)
BEYOND = 10  # a quantile is shown where at least so many tasks lie beyond it


@by_value
class Three(NamedTuple):
    """One number for each of USD a task, seconds a task, and share of tasks that succeed."""

    cost: float
    latency: float
    reliability: float


@dataclass(frozen=True, eq=False, repr=False)
class Samples(ByValue):
    """Simulated tasks, one number each; nobody can write to the arrays.

    Attributes:
        cost: USD.
        latency: seconds.
        success: whether the task ended right.
        accounting: how retries were counted.
        refused: whether a gate's last word was no, so that nothing was delivered; None stands for no task.
        together: how many tasks, one after another, were drawn together and so are not independent.
    """

    cost: NDArray[np.float64]
    latency: NDArray[np.float64]
    success: NDArray[np.bool_]
    accounting: str = "expected"
    refused: NDArray[np.bool_] | None = None
    together: int = 1

    def __post_init__(self) -> None:
        refused = np.zeros(self.success.size, dtype=bool) if self.refused is None else self.refused
        object.__setattr__(self, "refused", refused)
        for values in (self.cost, self.latency, self.success, refused):
            values.setflags(write=False)

    def __len__(self) -> int:
        return self.cost.size

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Whether the task delivered a wrong answer: neither right nor refused."""
        return ~(self.success | np.asarray(self.refused))

    @property
    def mean(self) -> Three:
        """Means over the tasks."""
        return Three(*(float(values.mean()) for values in (self.cost, self.latency, self.success)))

    @property
    def standard_error(self) -> Three:
        """Standard errors of the three means: ``s / sqrt(n)``; NaN for a single task.

        Where every task succeeded, or none, the error of that share is 0 and says too little: see
        ``reliability_interval``.
        """
        n = len(self) // self.together
        if n < 2:
            return Three(math.nan, math.nan, math.nan)
        if self.together > 1:
            means = (each.reshape(n, -1).mean(axis=1) for each in (self.cost, self.latency, self.success))
            return Three(*(float(each.std(ddof=1)) / math.sqrt(n) for each in means))
        p = float(self.success.mean())
        spreads = (float(self.cost.std(ddof=1)), float(self.latency.std(ddof=1)), math.sqrt(p * (1 - p) * n / (n - 1)))
        return Three(*(spread / math.sqrt(n) for spread in spreads))

    @property
    def outcome(self) -> Outcome:
        """The means as an ``Outcome``, for whatever takes one: ``plots.compare``, quality per dollar."""
        refused = float(np.mean(np.asarray(self.refused)))
        return Outcome(*self.mean, self.accounting, f"means of {len(self):,} simulated tasks", refused)

    def quantile(self, q: ArrayLike, of: str = "latency") -> Any:
        """The smallest simulated value that at least a share q of the tasks does not exceed.

        Args:
            q: in [0, 1].
            of: ``"latency"`` in seconds or ``"cost"`` in USD.

        Raises:
            ValueError: q outside [0, 1], or another name.
        """
        share = probability("q", q)
        return plain(np.asarray(np.quantile(self._values_of(of), share, method="inverted_cdf")))

    def quantile_interval(self, q: float, of: str = "latency", level: float = 0.95) -> tuple[float, float]:
        """Two simulated values between which the true quantile lies, in a share ``level`` of such simulations.

        Formula: the values of rank ``n q -+ z sqrt(n q (1-q))``, z the normal quantile at (1 + level) / 2. Source:
        the binomial distribution of how many tasks lie below the true quantile.

        Raises:
            ValueError: too few tasks, so that a rank would lie beyond the largest or smallest value; a q or a level
                that is not between 0 and 1.
        """
        share, n = one_share("q", q), len(self)
        if not 0 < share < 1:
            raise ValueError(f"q must be between 0 and 1, got {q}: samples do not tell how far a distribution reaches")
        if not 0 < one_share("level", level) < 1:
            raise ValueError(f"level must be between 0 and 1 (0.95, not 95), got {level}")
        reach = normal_reach(level) * math.sqrt(n * share * (1 - share))
        low, high = math.floor(n * share - reach), math.ceil(n * share + reach)
        if low < 1 or high > n:
            raise ValueError(f"n must be larger to say how sure the quantile q={share:g} is, got {n:,} tasks")
        both = np.partition(self._values_of(of), (low - 1, high - 1))
        return float(both[low - 1]), float(both[high - 1])

    def reliability_interval(self, level: float = 0.95) -> Interval:
        """Two bounds for the true reliability: ``reliability.wilson_interval`` of the successes."""
        return wilson_interval(int(self.success.sum()), len(self), level)

    def numbers(self) -> str:
        """Cost, latency, reliability with their standard errors, and quality per dollar, in a line."""
        mean, error = self.mean, self.standard_error
        if len(self) < 2:
            return f"{self.outcome.numbers()}   (of a single task, which cannot say how sure these are)"
        return (
            f"cost ${mean.cost:.4f} ± {error.cost:.1g}   latency {mean.latency:.2f} ± {error.latency:.1g} s   "
            f"reliability {mean.reliability:.2%} ± {100 * error.reliability:.1g}%   "
            f"{self.outcome.quality_per_dollar:.1f} successes/$"
        )

    def picture(self, title: str = "") -> Any:
        """Histograms of cost and latency, with mean and 95% quantile, as a ``labkit.plots.Picture``."""
        marks: Mapping[str, dict[str, float]] = {
            name: {"mean": float(self._values_of(name).mean()), "95% at most": self.quantile(0.95, name)}
            for name in FIELDS
        }
        title = title or f"{self.mean.reliability:.2%} of {len(self):,} simulated tasks succeed"
        return import_module("labkit.pictures.plots").spread(self.cost, self.latency, marks, title)

    def __repr__(self) -> str:
        lines = [f"{len(self):,} simulated tasks ({self.accounting})", self.numbers()]
        for of, unit in (("cost", "${:.4f}"), ("latency", "{:.2f} s")):
            shown = [q for q in QUANTILES if len(self) * (1 - q) >= BEYOND]
            if shown:
                values = self.quantile(shown, of)
                lines.append(
                    f"{of}: "
                    + ", ".join(f"{q:.0%} at most {unit.format(v)}" for q, v in zip(shown, values, strict=True))
                )
        if self.mean.reliability in (0.0, 1.0):
            low, high = self.reliability_interval()
            lines.append(f"no task differed: the true reliability lies between {low:.2%} and {high:.2%}")
        return "\n".join(lines)

    def _values_of(self, of: str) -> NDArray[np.float64]:
        one_of("of", of, FIELDS)
        return self.cost if of == "cost" else self.latency
