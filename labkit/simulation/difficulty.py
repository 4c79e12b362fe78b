"""How hard each task is: the p of a step as it varies from task to task.

A formula with one p for all tasks is too hopeful about retries: a hard task stays hard when it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import one_share, probability
from .._values import ByValue

Chance: TypeAlias = "float | NDArray[np.float64]"


@dataclass(frozen=True)
class Difficulty:
    """The p of a step follows a beta distribution over the tasks; every attempt at a task has that task's p.

    Formula: ``p ~ Beta(a, b)`` with ``a / (a + b)`` the p of the step and ``rho = 1 / (a + b + 1)``. Source: the
    beta-binomial distribution; ``pass^k`` of tau-bench (Yao et al. 2024) is what it repairs.

    Args:
        correlation: rho, between two attempts at the same step of the same task, in [0, 1]. At 0 the attempts are
            independent, at 1 a task is always solved or never.
        shared: a task that is hard for one step is as hard for the others (the same quantile of each step's own
            distribution). Otherwise each step draws its own difficulty.

    Raises:
        ValueError: a correlation outside [0, 1].

    >>> Difficulty(0.3)
    Difficulty(correlation=0.3, shared=True)
    """

    correlation: float
    shared: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "correlation", one_share("correlation", self.correlation))

    def for_tasks(self, rng: np.random.Generator, p: Mapping[str, float], tasks: int) -> Callable[[str], Chance]:
        """From the p of each step: a function from a step's name to its p for each of the tasks."""
        if not self.shared:
            return lambda name: self._draw_p(rng, p[name], tasks)
        places = rng.permutation(tasks)  # how hard each task is among its fellows
        kept: dict[float, Chance] = {}

        def chance(name: str) -> Chance:
            mean = p[name]
            if mean not in kept:
                drawn = self._draw_p(rng, mean, tasks)
                kept[mean] = drawn if isinstance(drawn, float) else np.sort(drawn)[places]
            return kept[mean]

        return chance

    def _draw_p(self, rng: np.random.Generator, p: float, tasks: int) -> Chance:
        """Independent draws from the beta distribution; p itself where nothing varies."""
        if self.correlation == 0 or p in (0.0, 1.0):
            return p
        if self.correlation == 1:
            return (rng.random(tasks) < p).astype(float)
        both = 1.0 / self.correlation - 1.0
        return rng.beta(p * both, (1.0 - p) * both, tasks)


@dataclass(frozen=True, eq=False)
class Items(ByValue):
    """A table of the p of each step on each recorded item; a simulated task is one of the items, at random.

    Args:
        table: step name -> its p on item 1, 2, ..., each in [0, 1] and all of one length. Steps that are not in
            it keep their own p.

    Raises:
        ValueError: no step, no item, columns of different lengths, or a p outside [0, 1].

    >>> Items({"plan": [0.9, 0.5], "write": [1.0, 0.2]})
    Items(2 items, steps 'plan', 'write')
    """

    table: Mapping[str, ArrayLike]
    _columns: dict[str, NDArray[np.float64]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.table, Mapping) or not self.table:
            raise ValueError(f"the table of items must map step names to p, got {self.table!r}")
        columns = {
            name: np.array(probability(f"p of step {name!r}", values)).reshape(-1)
            for name, values in self.table.items()
        }
        lengths = {name: column.size for name, column in columns.items()}
        if len(set(lengths.values())) > 1 or 0 in lengths.values():
            raise ValueError(f"each step of the table needs a p for each item, at least one; got {lengths}")
        object.__setattr__(self, "_columns", columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the steps in the table."""
        return tuple(self._columns)

    def for_tasks(self, rng: np.random.Generator, p: Mapping[str, float], tasks: int) -> Callable[[str], Chance]:
        """From the p of each step: a function from a step's name to its p for each of the tasks."""
        drawn = rng.integers(next(iter(self._columns.values())).size, size=tasks)
        return lambda name: self._columns[name][drawn] if name in self._columns else p[name]

    def __repr__(self) -> str:
        steps = ", ".join(map(repr, self.names))
        return f"Items({next(iter(self._columns.values())).size:,} items, steps {steps})"


def as_difficulty(value: Any, names: Sequence[str]) -> Difficulty | Items | None:
    """What ``difficulty=`` may be: nothing, a correlation, a table, or one of the two classes."""
    if value is None or isinstance(value, Difficulty):
        return value
    if isinstance(value, Mapping):
        value = Items(value)
    if not isinstance(value, Items):
        return Difficulty(one_share("difficulty", value))
    known = set(names)
    unknown = [name for name in value.names if name not in known]
    if unknown:
        raise ValueError(f"difficulty names step {unknown[0]!r}, which the workflow does not have")
    return value
