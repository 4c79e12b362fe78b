"""What a run comes to in a few lines: cost, latency, the share solved, and what a dollar buys, with intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from labkit._inputs import one_whole
from labkit._values import by_value
from labkit.cost import quality_per_dollar
from labkit.reliability import Interval
from labkit.simulation.samples import Samples

DRAWS = 2_000
DRAWS_AT_ONCE = 100


@by_value
class Summary(NamedTuple):
    """A run in a few numbers.

    Attributes:
        tasks, calls: how many.
        cost: USD a task, the mean.
        latency: seconds a task, the mean.
        solved: share of the tasks solved, with ``solved_interval`` (Wilson).
        quality_per_dollar: tasks solved for each USD, with its interval (bootstrap over tasks); infinite if free.
        hits, false_hits: of the answer cache.
        refused: tasks that delivered nothing, for a gate said no or there was no answer.
        wrong: tasks that delivered a wrong answer.
        level: of both intervals.
    """

    tasks: int
    calls: int
    cost: float
    latency: float
    solved: float
    solved_interval: Interval
    quality_per_dollar: float
    quality_per_dollar_interval: Interval
    hits: int
    false_hits: int
    refused: int
    wrong: int
    level: float

    def __str__(self) -> str:
        low, high = self.solved_interval
        least, most = self.quality_per_dollar_interval
        cached = f", {self.hits:,} cache hits ({self.false_hits:,} false)" if self.hits else ""
        refused = f", {self.refused:,} refused, {self.wrong:,} delivered wrong" if self.refused else ""
        return (
            f"{self.tasks:,} tasks, {self.calls:,} calls{cached}{refused}\n"
            f"cost ${self.cost:.5f}   latency {self.latency:.2f} s   "
            f"solved {self.solved:.1%} [{low:.1%}, {high:.1%}]   "
            f"{self.quality_per_dollar:.1f} [{least:.1f}, {most:.1f}] solved/$"
        )


def summarise(samples: Samples, *, calls: int, hits: int, false_hits: int, level: float, seed: int) -> Summary:
    """The means of the tasks and their intervals.

    Raises:
        ValueError: a level that is not between 0 and 1, a negative seed.
    """
    solved = samples.reliability_interval(level)
    cost, latency, share = samples.mean
    return Summary(
        tasks=len(samples),
        calls=calls,
        cost=cost,
        latency=latency,
        solved=share,
        solved_interval=Interval(float(solved.low), float(solved.high)),
        quality_per_dollar=float(quality_per_dollar(share, cost)),
        quality_per_dollar_interval=bootstrapped(samples, level, seed),
        hits=hits,
        false_hits=false_hits,
        refused=int(np.sum(np.asarray(samples.refused))),
        wrong=int(samples.wrong.sum()),
        level=level,
    )


def bootstrapped(samples: Samples, level: float, seed: int, draws: int = DRAWS) -> Interval:
    """An interval for the tasks solved per USD: the ratio again and again, on tasks drawn with putting back.

    Formula: the quantiles ``(1 -+ level) / 2`` of ``sum(solved) / sum(cost)`` over the draws. Source: Efron 1979,
    the percentile bootstrap. A task counts with its cost and its success together, which are not independent.

    Args:
        samples: one or more tasks.
        level: between 0 and 1.
        seed: a whole number from 0.
        draws: how often, from 1.

    >>> bootstrapped(Samples(np.full(50, 0.1), np.ones(50), np.arange(50) < 40), 0.95, seed=1)
    Interval(low=6.8, high=9.0)
    """
    n, rng = len(samples), np.random.default_rng(one_whole("seed", seed))
    sums = np.empty((2, one_whole("draws", draws, 1)))
    for start in range(0, draws, DRAWS_AT_ONCE):  # so that the memory of many tasks stays small
        end = min(start + DRAWS_AT_ONCE, draws)
        times = rng.multinomial(n, np.full(n, 1 / n), size=end - start)
        sums[:, start:end] = times @ samples.success, times @ samples.cost
    solved, usd = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(usd > 0, solved / usd, np.inf)
    low, high = np.quantile(ratio, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return Interval(float(low), float(high))
