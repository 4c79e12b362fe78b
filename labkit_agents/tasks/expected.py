"""A dry run: the sums that a plan asks for when every answer is right. Predictions take their prices from it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple, TypeAlias

from .answer_keys import Key
from .plans import Plan, waves
from .tasks import Task

Sum: TypeAlias = "tuple[int, ...]"


class DryAsk(NamedTuple):
    """One sum of the dry run, in the order in which a run would ask for it."""

    step: str
    task: int
    numbers: Sum


class DryRun:
    """All sums of some tasks whose plans have one shape.

    Args:
        tasks: at least one, with unique ids.
        plans: the plan of each.
        stop_early: a task with a limit asks no more once a total is over it.

    Raises:
        ValueError: no tasks, or plans of several shapes.
    """

    def __init__(self, tasks: Sequence[Task], plans: Sequence[Plan], stop_early: bool = False) -> None:
        shapes = {tuple((node.name, node.needs) for node in plan) for plan in plans}
        if len(shapes) != 1:
            raise ValueError(f"tasks must have plans of one shape to be predicted together, got {len(shapes)} shapes")
        self.plan = plans[0]
        self.tasks = len(tasks)
        self.asks: list[DryAsk] = []
        self.stops: dict[str, int] = dict.fromkeys((node.name for node in self.plan), 0)
        self._walk(tasks, plans, stop_early)

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.plan, self.tasks, len(self.asks)))

    def __repr__(self) -> str:
        return f"<dry run of {self.tasks:,} tasks, {len(self.asks):,} sums>"

    def _walk(self, tasks: Sequence[Task], plans: Sequence[Plan], stop_early: bool) -> None:
        """Wave by wave, the tasks in their order, each sum with its true value."""
        values: list[dict[str, int]] = [{} for _ in tasks]
        stopped = [False] * len(tasks)
        by_wave = [waves(plan) for plan in plans]
        for depth in range(len(by_wave[0])):
            going = [index for index in range(len(tasks)) if not stopped[index]]
            for index in going:
                for node in by_wave[index][depth]:
                    numbers = (*(values[index][name] for name in node.needs), *node.given)
                    values[index][node.name] = sum(numbers)
                    self.asks.append(DryAsk(node.name, index, numbers))
                    limit = tasks[index].limit
                    if stop_early and not stopped[index] and limit is not None and sum(numbers) > limit:
                        stopped[index] = True
                        self.stops[node.name] += 1

    def sums(self, step: str) -> list[Sum]:
        """The true sums of one step, one for each task that reaches it."""
        return [ask.numbers for ask in self.asks if ask.step == step]

    def stored(self, key: Key) -> list[int | None]:
        """What a cache with this key holds for each sum when it is asked: a true sum, or None for nothing yet."""
        first: dict[object, int] = {}
        held: list[int | None] = []
        for ask in self.asks:
            name = key(ask.numbers)
            held.append(first.get(name))
            first.setdefault(name, sum(ask.numbers))
        return held

    def where(self, kept: Sequence[bool]) -> DryRun:
        """The same with some of its sums only: those that a worker further inside gets to see."""
        fewer = copy(self)
        fewer.asks = [ask for ask, keep in zip(self.asks, kept, strict=True) if keep]
        return fewer
