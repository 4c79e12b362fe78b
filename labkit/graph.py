"""The shape of a workflow: who waits for whom, as positions. Nothing here knows of models or money.

Time and memory grow with the number of steps and needs, not with the number of pairs of steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

Needs = Sequence[Sequence[int]]
MOST_NEEDS = 2_000_000  # arrows of one workflow
MOST_LOOKS = 1_000_000  # arrows followed to find those that others imply


class Cycle(ValueError):
    """Steps that wait for each other: positions, each needed by the next, the last is the first again."""

    def __init__(self, steps: list[int]) -> None:
        super().__init__(steps)
        self.steps = steps

    def __str__(self) -> str:
        return f"needs has steps that wait for each other: {' -> '.join(map(str, self.steps))}"


@dataclass(frozen=True)
class Graph:
    """A dependency graph over positions 0..n-1; a cycle is a ``ValueError``."""

    needs: tuple[tuple[int, ...], ...]

    @cached_property
    def order(self) -> list[int]:
        """Positions, each after all that it needs."""
        return in_order(self.needs, len(self.needs))

    @cached_property
    def depth(self) -> list[int]:
        """For each position the most steps that come one after another before it."""
        depth = [0] * len(self.needs)
        for step in self.order:
            for other in self.needs[step]:
                depth[step] = max(depth[step], depth[other] + 1)
        return depth

    @cached_property
    def blocks(self) -> list[list[int]]:
        """The workflow cut where everything waits: one step alone, or several that may overlap.

        A step that every other step comes before or after is a block of its own. The blocks run one after
        another, so their times add up.
        """
        found: list[list[int]] = []
        open_block: list[int] = []
        for step, alone in zip(self.order, self._mark_alone(), strict=True):
            if alone:
                found += [open_block, [step]]
                open_block = []
            else:
                open_block.append(step)
        return [block for block in (*found, open_block) if block]

    def _mark_alone(self) -> list[bool]:
        """For each place in the order, whether every other step comes before or after the step there.

        All later steps come after place i if each of them needs a step at place i or later, and all earlier ones come
        before it if each of them is needed by a step at place i or earlier.
        """
        latest_need, first_follower = edges_by_place(self, self.order)
        count = len(self.order)
        least_later = [count] * (count + 1)  # the least of the latest needs of all later places
        for i in reversed(range(count)):
            least_later[i] = min(least_later[i + 1], latest_need[i])
        alone, most_earlier = [], -1
        for i in range(count):
            alone.append(least_later[i + 1] >= i and most_earlier <= i)
            most_earlier = max(most_earlier, first_follower[i])
        return alone

    @cached_property
    def reduced(self) -> tuple[tuple[int, ...], ...]:
        """The same order with the fewest arrows: as long as the looks last, needs that others imply are dropped."""
        kept: list[tuple[int, ...]] = [()] * len(self.needs)
        looks = MOST_LOOKS
        for step in self.order:
            kept[step], looks = self.drop_implied(self.needs[step], kept, looks)
        return tuple(kept)

    def drop_implied(
        self, needs: tuple[int, ...], kept: Sequence[tuple[int, ...]], looks: int
    ) -> tuple[tuple[int, ...], int]:
        """Needs of one step without those that others of them imply, and how many looks are left.

        It looks at what comes before the needs, as far back as the one with the fewest steps before it. ``kept``
        says what each position before the step still waits for; with no looks left the needs stay as they are.
        """
        if len(needs) < 2:
            return needs, looks
        first = min(self.depth[other] for other in needs)
        reached: set[int] = set()
        left = list(needs)
        while left:
            for other in kept[left.pop()]:
                looks -= 1
                if self.depth[other] >= first and other not in reached:
                    reached.add(other)
                    left.append(other)
            if looks <= 0:
                return needs, 0
        return tuple(other for other in needs if other not in reached), looks

    def sinks(self) -> list[int]:
        """Positions that nothing waits for."""
        needed = {other for needs in self.needs for other in needs}
        return [step for step in range(len(self.needs)) if step not in needed]


def check_needs(total: int) -> None:
    """Nothing; more needs in all than a workflow may have are a ``ValueError``."""
    if total > MOST_NEEDS:
        raise ValueError(
            f"steps may name at most {MOST_NEEDS:,} steps in all their needs, got {total:,} or more: "
            "let many wait for one step that waits for many"
        )


def edges_by_place(graph: Graph, steps: Sequence[int]) -> tuple[list[int], list[int]]:
    """For each place in an order of some steps: the latest place it needs, and the first place that needs it.

    Args:
        graph: who waits for whom; needs outside the steps do not count.
        steps: positions, each after all that it needs. A place that needs nothing has -1, one that is needed by
            nothing the number of steps.

    >>> edges_by_place(Graph(((), (0,), (0,))), [0, 1, 2])
    ([-1, 0, 0], [1, 3, 3])
    """
    place = {step: i for i, step in enumerate(steps)}
    latest_need, first_follower = [-1] * len(steps), [len(steps)] * len(steps)
    for i, step in enumerate(steps):
        for other in graph.needs[step]:
            at = place.get(other)
            if at is not None:
                latest_need[i] = max(latest_need[i], at)
                first_follower[at] = min(first_follower[at], i)
    return latest_need, first_follower


def longest(block: Sequence[int], needs: Needs, sec: Mapping[Any, Any], keys: Sequence[Hashable]) -> Any:
    """Seconds of the longest path through a block; steps alike in work and in needs are timed once.

    Args:
        block: positions, each after all that it needs.
        needs: for each position what it waits for; needs outside the block do not count.
        sec: key -> seconds, a number or an array.
        keys: for each position the key of its work.

    >>> float(longest([0, 1, 2], [[], [0], [0]], {"a": 1.0, "b": 2.0}, ["a", "b", "b"]))
    3.0
    """
    latest: Any = np.maximum if any(isinstance(each, np.ndarray) for each in sec.values()) else max
    ends: list[Any] = []
    numbers: dict[Hashable, int] = {}  # of every kind of end: the same work after the same ends
    of_step: dict[int, int] = {}
    for step in block:
        waits_for = frozenset([of_step[r] for r in needs[step] if r in of_step])
        of_step[step] = number = numbers.setdefault((keys[step], waits_for), len(ends))
        if number == len(ends):
            ends.append(reduce(latest, (ends[r] for r in waits_for), 0.0) + sec[keys[step]])
    return reduce(latest, ends, 0.0)


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
    followers: list[list[int]] = [[] for _ in range(count)]
    for step, before in enumerate(needs):
        for other in before:
            followers[other].append(step)
    unmet = [*map(len, needs)]
    order = [step for step in range(count) if not unmet[step]]
    for step in order:  # which grows meanwhile
        for after in followers[step]:
            unmet[after] -= 1
            if not unmet[after]:
                order.append(after)
    if len(order) == count:
        return order
    try:
        TopologicalSorter(dict(enumerate(needs))).prepare()
    except CycleError as error:
        raise Cycle(error.args[1]) from None
    raise AssertionError("a step without an order waits for a cycle")


def as_list(name: str, value: Any, at_least: int = 1) -> Any:
    """The value, if it is a list, a tuple or an array with enough in it."""
    no_list = value.ndim == 0 if isinstance(value, np.ndarray) else not isinstance(value, (list, tuple))
    if no_list:
        raise ValueError(f"{name} must be a list with an entry for each step, got {value!r}")
    if len(value) < at_least:
        raise ValueError(f"{name} must hold at least one entry, got none")
    return value
