"""What a change really did: traces from before it and after it, paired where tasks repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import one_share, one_whole
from labkit._values import by_value
from labkit.evaluation import paired_difference, paired_tasks_needed, unpaired_difference, unpaired_tasks_needed
from labkit.evaluation.normal import reaches

from ..counting.tasks import Task
from ..fitting import Estimate
from ..fitting.resampling import UNKNOWN, Resampling
from ..report import Reading

Floats = NDArray[np.float64]
MOST_PAIRED = 0.5
"""Tasks are paired where more than this share of the smaller set is in the other one too."""
MEASURES = ("usd", "sec", "p")
PERMUTATIONS, MOST_PERMUTED = 2_000, 2_000
"""Where more tasks than these are known of each side, the interval is sure enough by itself."""
POWER = 0.8
"""How often a change of the size that was seen shall be found."""


@by_value
class Compared(NamedTuple):
    """One measure before and after.

    Attributes:
        of: ``"usd"``, ``"sec"`` or ``"p"``, of a task.
        before, after: its means.
        change: after less before, with its interval.
        paired: whether the same tasks were compared.
        tasks_before, tasks_after: of how many tasks, or items with all their repeats, these are the means; not all may
            say it.
        p_value: how often dollars or seconds would seem to change so much if nothing had: tasks are dealt out anew to
            before and after, or in each pair the two are exchanged (so that of fewer than six pairs none can be told).
            NaN for shares of single verdicts, whose intervals hold, and for many tasks.
        level: of the interval; a change that is told has a p-value below 1 - level, too.
        needed: how many tasks (of each set, where they are not paired) would tell a change of this size; 0 where these
            do, or where none would.
    """

    of: str
    before: float
    after: float
    change: Estimate
    paired: bool
    tasks_before: int
    tasks_after: int
    p_value: float
    level: float
    needed: int = 0

    @property
    def leaves_out_0(self) -> bool:
        """Whether by the interval alone there is a change."""
        return self.change.low > 0 or self.change.high < 0

    @property
    def verdict(self) -> str:
        """What can be said."""
        if math.isnan(self.change.value):
            return "unknown"
        if not self.leaves_out_0 or self.p_value >= 1 - self.level:
            return "not enough to tell"
        return "more" if self.change.value > 0 else "less"


def compare(before: Reading, after: Reading, *, seed: int = 0, level: float = 0.95) -> tuple[Compared, ...]:
    """Dollars, seconds and the share of right tasks, before and after a change.

    Means of few tasks, or of sets of unlike size with a few dear tasks among them, have intervals that are too narrow;
    so a permutation test has to agree before anything is said. Source: Efron and Tibshirani 1993, chapter 15.

    Tasks are paired by what they are repeats of (``item``), or by their key where it is the same in both.

    Args:
        before, after: what ``labkit_traces.read`` gave.
        seed, level: as for ``labkit_traces.fit``.

    Raises:
        ValueError: an argument that cannot be, or traces in which no task can be told from another.
    """
    for name, reading in (("before", before), ("after", after)):
        if not isinstance(reading, Reading):
            raise ValueError(f"{name} must be what labkit_traces.read gave, got {type(reading).__name__}")
    level, seed = one_share("level", level), one_whole("seed", seed)
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}")
    first, second = _group(before.per_task()), _group(after.per_task())
    common = sorted(first.keys() & second.keys())
    paired = len(common) > MOST_PAIRED * min(len(first), len(second))
    if paired:
        first, second = ({key: each[key] for key in common} for each in (first, second))
    return tuple(_compare(of, first, second, paired, seed, level) for of in MEASURES)


def _group(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.item or task.id, []).append(task)
    return found


def _mean_of(tasks: Sequence[Task], of: str) -> float:
    """The mean of one measure over the repeats of one task; NaN where none says it."""
    if of == "p":
        said = [float(task.right) for task in tasks if task.right is not None]
    elif of == "usd":
        said = [task.usd for task in tasks if task.usd is not None]
    else:
        said = [task.sec for task in tasks if math.isfinite(task.sec)]
    return float(np.mean(said)) if said else math.nan


def _compare(
    of: str, first: dict[str, list[Task]], second: dict[str, list[Task]], paired: bool, seed: int, level: float
) -> Compared:
    one, other = (np.array([_mean_of(tasks, of) for tasks in each.values()]) for each in (first, second))
    if paired:
        known = ~(np.isnan(one) | np.isnan(other))
        one, other = one[known], other[known]
    else:
        one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    if not one.size or not other.size:
        return Compared(of, _mean(one), _mean(other), UNKNOWN, paired, one.size, other.size, math.nan, level)
    whole = of == "p" and all(np.all((each == 0) | (each == 1)) for each in (one, other))
    change = _of_shares(one, other, paired, level) if whole else _of_means(one, other, paired, seed, level)
    p_value = math.nan if whole else _permute(one, other, paired, seed)
    found = Compared(of, _mean(one), _mean(other), change, paired, one.size, other.size, p_value, level)
    if found.verdict != "not enough to tell":
        return found
    return found._replace(needed=_needed(found, one, other, whole, level))


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else math.nan


def _of_shares(one: Floats, other: Floats, paired: bool, level: float) -> Estimate:
    """Intervals of ``labkit.evaluation``."""
    if paired:
        lost, won = float(np.sum((one == 1) & (other == 0))), float(np.sum((one == 0) & (other == 1)))
        found = paired_difference(won, lost, float(one.size), level)
    else:
        found = unpaired_difference(float(other.sum()), float(other.size), float(one.sum()), float(one.size), level)
    return Estimate(float(found.value), float(found.low), float(found.high), int(min(one.size, other.size)))


def _of_means(one: Floats, other: Floats, paired: bool, seed: int, level: float) -> Estimate:
    if paired:
        drawn = Resampling(range(one.size), seed, level)
        value, redrawn = drawn.ratios((other - one)[:, None], np.ones((one.size, 1)))
        return drawn.interval(float(value[0]), redrawn[:, 0], one.size)
    found = []
    for number, values in enumerate((one, other)):
        drawn = Resampling(range(values.size), seed + number, level)
        found.append((drawn, *drawn.ratios(values[:, None], np.ones((values.size, 1)))))
    (drawn, a, a_drawn), (_, b, b_drawn) = found
    if min(one.size, other.size) < 2:
        return Estimate(float(b[0] - a[0]), math.nan, math.nan, int(min(one.size, other.size)))
    return drawn.interval(float(b[0] - a[0]), (b_drawn - a_drawn)[:, 0], int(min(one.size, other.size)))


def _permute(one: Floats, other: Floats, paired: bool, seed: int) -> float:
    """How often a change as large comes by chance, by dealing the tasks out anew; NaN of too many tasks."""
    least = min(one.size, other.size)
    if least > MOST_PERMUTED:
        return math.nan
    rng, both = np.random.default_rng(seed), np.concatenate([one, other])
    if paired:
        signs = rng.integers(0, 2, (PERMUTATIONS, one.size)) * 2 - 1
        dealt = (signs * (other - one)).mean(axis=1)
    else:  # the mean of the smaller set says that of the larger one
        means = [both[rng.choice(both.size, least, replace=False, shuffle=False)].mean() for _ in range(PERMUTATIONS)]
        dealt = (np.array(means) - both.mean()) * both.size / (both.size - least)
    tiny = 1e-9 * float(np.abs(both).max())
    chance = np.sum(np.abs(dealt) >= abs(float(other.mean() - one.mean())) - tiny)
    return float((1 + chance) / (PERMUTATIONS + 1))


def _needed(found: Compared, one: Floats, other: Floats, whole: bool, level: float) -> int:
    """How many tasks would tell a change of the size that was seen, eight times of ten."""
    if not found.change.value or math.isnan(found.change.low) or found.leaves_out_0:
        return 0  # the last: the interval is sure and the permutation test is not, which knows no number
    if whole and found.paired:
        lost, won = np.mean((one == 1) & (other == 0)), np.mean((one == 0) & (other == 1))
        need = paired_tasks_needed(won, lost, POWER, 1 - level)
    elif whole:
        need = unpaired_tasks_needed(found.before, found.after, POWER, 1 - level)
    else:
        half = (found.change.high - found.change.low) / 2
        z, more = reaches(1 - level, POWER)
        need = found.change.tasks * (half / abs(found.change.value)) ** 2 * ((z + more) / z) ** 2
    return math.ceil(float(need)) if math.isfinite(float(need)) else 0
