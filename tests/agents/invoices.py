"""Steps that differ in how many numbers they add: invoices, whose lines are sums of two to four, and their solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from labkit_agents import Solver, Task
from labkit_agents.pocket import LARGEST
from labkit_agents.solvers import SIDE_BY_SIDE
from labkit_agents.tasks.plans import Plan, _chain_values, one_sum


@dataclass(frozen=True)
class Invoice(Task):
    """A task whose numbers are prices, each as often as its quantity says."""

    lines: tuple[tuple[int, int], ...] = ()


def draw_invoices(n: int, lines: int, seed: int, most: int = 4) -> list[Task]:
    """So many invoices with quantities from 2 to ``most``."""
    rng, largest = np.random.default_rng(seed), LARGEST // (most * lines)
    drawn: list[Task] = []
    for index in range(n):
        quantities = rng.integers(2, most + 1, size=lines).tolist()
        prices = (rng.integers(0, largest, size=lines, endpoint=True) // 10 ** rng.integers(0, 4, size=lines)).tolist()
        pairs = tuple(zip(quantities, prices, strict=True))
        numbers = tuple(price for quantity, price in pairs for _ in range(quantity))
        drawn.append(Invoice(f"invoice {seed}-{index}", numbers, lines=pairs))
    return drawn


@dataclass(frozen=True, eq=False)
class Lines(Solver):
    """The lines of an invoice side by side, then a running total of them."""

    operands: int = 2

    def plan(self, task: Task) -> Plan:
        assert isinstance(task, Invoice)
        lines = tuple(
            node
            for index, (quantity, price) in enumerate(task.lines, 1)
            for node in one_sum((price,) * quantity, f"line-{index}")
        )
        return lines + _chain_values(tuple(line.name for line in lines), (), self.operands, "total")

    @property
    def assumes(self) -> tuple[str, ...]:
        return (*super().assumes, SIDE_BY_SIDE)


def at_most_operands(most: int) -> Callable[[Sequence[int]], bool]:
    """Easy is what has at most so many numbers."""
    return lambda numbers: len(numbers) <= most
