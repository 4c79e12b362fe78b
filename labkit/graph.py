"""The shape of a workflow: who waits for whom, as sets of positions. Nothing here knows of models or money."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

Needs = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Graph:
    """A dependency graph over positions 0..n-1; a cycle is a ``ValueError``."""

    needs: tuple[tuple[int, ...], ...]

    @cached_property
    def order(self) -> list[int]:
        """Positions, each after all that it needs."""
        return in_order(self.needs, len(self.needs))

    @cached_property
    def before(self) -> list[int]:
        """For each position the set of all that must end before it, as the bits of a whole number."""
        sets = [0] * len(self.needs)
        for step in self.order:
            for other in self.needs[step]:
                sets[step] |= sets[other] | 1 << other
        return sets

    @cached_property
    def after(self) -> list[int]:
        """For each position the set of all that wait for it, directly or not."""
        sets = [0] * len(self.needs)
        for step in reversed(self.order):
            for other in self.needs[step]:
                sets[other] |= sets[step] | 1 << step
        return sets

    @cached_property
    def blocks(self) -> list[list[int]]:
        """The workflow cut where everything waits: one step alone, or several that may overlap.

        A step that every other step comes before or after is a block of its own. The blocks run one after
        another, so their times add up.
        """
        rest = len(self.needs) - 1
        found: list[list[int]] = []
        open_block: list[int] = []
        for step in sorted(self.order, key=lambda s: self.before[s].bit_count()):
            if self.before[step].bit_count() + self.after[step].bit_count() == rest:
                found += [open_block, [step]]
                open_block = []
            else:
                open_block.append(step)
        return [block for block in (*found, open_block) if block]

    @cached_property
    def reduced(self) -> tuple[tuple[int, ...], ...]:
        """The same order with the fewest arrows: a need that another need already implies is dropped."""
        return tuple(
            tuple(r for r in needs if not any(self.before[other] >> r & 1 for other in needs)) for needs in self.needs
        )

    def sinks(self) -> list[int]:
        """Positions that nothing waits for."""
        return [step for step in range(len(self.needs)) if not self.after[step]]


def longest(block: Sequence[int], needs: Needs, sec: Sequence[Any], keys: Sequence[Hashable]) -> Any:
    """Seconds of the longest path through a block; steps alike in work and in needs are timed once."""
    inside = set(block)
    ends: dict[Hashable, Any] = {}
    names: dict[int, Hashable] = {}
    for step in block:
        waits_for = frozenset(names[r] for r in needs[step] if r in inside)
        names[step] = name = (keys[step], waits_for)
        if name not in ends:
            start: Any = 0.0
            for end in (ends[r] for r in waits_for):
                start = np.maximum(start, end)
            ends[name] = start + sec[step]
    latest: Any = 0.0
    for end in ends.values():
        latest = np.maximum(latest, end)
    return latest


def in_order(needs: Sequence[Sequence[int]], count: int) -> list[int]:
    """An order of the steps in which each comes after all that it needs; a cycle is a ``ValueError``.

    Args:
        needs: for each step the positions of the steps it waits for.
        count: how many steps there are.

    >>> in_order([[1], []], 2)
    [1, 0]
    """
    if len(as_list("needs", needs)) != count:
        raise ValueError(f"needs must have one entry for each of the {count} steps, got {len(needs)}")
    for step, before in enumerate(needs):
        for other in as_list(f"needs[{step}]", before, at_least=0):
            if not isinstance(other, (int, np.integer)):
                raise ValueError(f"needs[{step}] must hold positions (whole numbers), got {other!r}")
            if not 0 <= other < count:
                raise ValueError(f"needs[{step}] names step {other}, but there are only {count} steps")
    try:
        return list(TopologicalSorter(dict(enumerate(needs))).static_order())
    except CycleError as error:
        cycle = " -> ".join(str(step) for step in error.args[1])
        raise ValueError(f"needs has steps that wait for each other: {cycle}") from None


def as_list(name: str, value: Any, at_least: int = 1) -> Any:
    """The value, if it is a list, a tuple or an array with enough in it."""
    no_list = value.ndim == 0 if isinstance(value, np.ndarray) else not isinstance(value, (list, tuple))
    if no_list:
        raise ValueError(f"{name} must be a list with an entry for each step, got {value!r}")
    if len(value) < at_least:
        raise ValueError(f"{name} must hold at least one entry, got none")
    return value
