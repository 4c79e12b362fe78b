"""The designs of exercise 05, by how many steps of the chain go which way: few enough to try them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from ..model import Given


@dataclass(frozen=True, repr=False)
class Budgeted(Given):
    """The numbers of the exercise: the section's chain and models; budgets, floor and recall are made up."""

    steps: int = field(default=12, metadata={"doc": "steps in the chain, all alike"})
    premium_usd: float = field(default=0.03, metadata={"doc": "USD, one call of the strong model"})
    premium_sec: float = field(default=2.0, metadata={"doc": "s, one call of the strong model"})
    premium_p: float = field(default=0.985, metadata={"doc": "probability that it is right"})
    small_usd: float = field(default=0.002, metadata={"doc": "USD, one call of the small model"})
    small_sec: float = field(default=0.4, metadata={"doc": "s, one call of the small model"})
    small_p: float = field(default=0.945, metadata={"doc": "probability that it is right"})
    max_usd: float = field(default=0.30, metadata={"doc": "USD, the budget of a task"})
    max_sec: float = field(default=16.1, metadata={"doc": "s, the latency budget of a task"})
    recall: float = field(default=0.7, metadata={"doc": "share of the failures that are noticed (part 2)"})
    floor: float = field(default=0.90, metadata={"doc": "reliability that a customer asks for (part 3)"})


WAYS = ("premium", "premium retried", "small", "small retried")


class Spent(NamedTuple):
    """One design: how many steps are premium, how many are retried, and what it comes to."""

    premium: int
    retried: int
    usd: float
    sec: float
    p: float


@cache
def counts(steps: int) -> np.ndarray:
    """How many steps go each of the four ways: one row for each kind of design. The steps are alike."""
    rows = [(a, b, c, steps - a - b - c) for a in range(steps + 1) for b in range(steps + 1 - a)
            for c in range(steps + 1 - a - b)]  # fmt: skip
    return np.array(rows)


@lru_cache(maxsize=64)
def each_way(g: Budgeted, accounting: str, recall: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """USD, seconds and p of a step, for each of the four ways."""
    usd = np.repeat([g.premium_usd, g.small_usd], 2)
    sec = np.repeat([g.premium_sec, g.small_sec], 2)
    p = np.repeat([g.premium_p, g.small_p], 2)
    second = np.array([0.0, 1.0, 0.0, 1.0])
    more = second * {"textbook": 0.0, "expected": (1 - p) * recall, "worst": 1.0}[accounting]
    return usd * (1 + more), sec * (1 + more), p + second * (1 - p) * recall * p


@lru_cache(maxsize=64)
def every_design(g: Budgeted, accounting: str, recall: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """USD, seconds and reliability of every kind of design, in the order of ``counts``."""
    usd, sec, p = each_way(g, accounting, recall)
    return counts(g.steps) @ usd, counts(g.steps) @ sec, np.exp(counts(g.steps) @ np.log(p))


def spent(g: Budgeted, row: np.ndarray, accounting: str, recall: float) -> Spent:
    """What a design comes to, given how many steps go each way."""
    usd, sec, p = each_way(g, accounting, recall)
    n = [int(x) for x in row]
    return Spent(n[0] + n[1], n[1] + n[3], float(row @ usd), float(row @ sec), float(np.prod(p**row)))


@lru_cache(maxsize=64)
def best(
    g: Budgeted,
    accounting: str = "textbook",
    recall: float = 1.0,
    usd: bool = True,
    sec: bool = True,
    again: bool = True,
) -> Spent:
    """The most reliable design within the budgets that are switched on; with or without retries."""
    cost, latency, p = every_design(g, accounting, recall)
    kept = np.ones(p.size, dtype=bool)
    if usd:
        kept &= cost <= g.max_usd * (1 + 1e-12)
    if sec:
        kept &= latency <= g.max_sec * (1 + 1e-12)
    if not again:
        kept &= counts(g.steps)[:, [1, 3]].sum(axis=1) == 0
    return spent(g, counts(g.steps)[np.argmax(np.where(kept, p, -1.0))], accounting, recall)


def half_kept(g: Budgeted, accounting: str = "textbook", recall: float = 1.0) -> Spent:
    """The better of the two designs that keep one budget only: what comes of forgetting the tight one."""
    return max((best(g, accounting, recall, usd=keep, sec=not keep) for keep in (True, False)), key=lambda d: d.p)


def pure(g: Budgeted, way: str, accounting: str = "textbook", recall: float = 1.0) -> Spent:
    """The design in which every step goes the same way."""
    return spent(g, g.steps * (np.array(WAYS) == way), accounting, recall)


def mixed(g: Budgeted, premium: int, accounting: str = "textbook", recall: float = 1.0) -> Spent:
    """The design with so many premium steps, all steps retried."""
    return spent(g, np.array([0, premium, 0, g.steps - premium]), accounting, recall)
