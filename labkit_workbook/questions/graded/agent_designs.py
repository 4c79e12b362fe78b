"""What exercise 12's agent comes to, by its traces: its calls, its steps' sums, and with which changes what."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import fsum, inf, prod
from typing import Any, NamedTuple

STEPS = ("plan", "search", "count", "write")
CHANGES = ("check write", "small plan", "premium write", "at once")
KEPT = 32
"""Of so many students what is counted is kept."""


class Call(NamedTuple):
    """A row of the trace: a call of a model, or the framework's row of a task (``step`` is ``"agent"``)."""

    task: str
    call: str
    parent: str
    step: str
    model: str
    start: float
    sec: float
    tokens_in: int | None
    tokens_out: int | None
    usd: float | None
    right: int | None


class StepSums(NamedTuple):
    """Of a task in the mean: dollars that were seen, seconds that the step was busy, and how often it was all right."""

    usd: float
    sec: float
    p: float


class Design(NamedTuple):
    """What an agent comes to with some of the changes."""

    p: float
    usd: float
    sec: float
    changes: tuple[str, ...]


@lru_cache(KEPT)
def calls_of(g: Any) -> tuple[Call, ...]:
    """The rows of the trace."""
    return tuple(Call(*row) for row in g.trace)


@lru_cache(KEPT)
def model_calls(g: Any) -> tuple[Call, ...]:
    """The rows that are calls: no other row lies below them."""
    above = {row.parent for row in calls_of(g)}
    return tuple(row for row in calls_of(g) if row.call not in above)


@lru_cache(KEPT)
def by_task(g: Any) -> dict[str, list[Call]]:
    """The calls of each task, in the order of their start."""
    found: dict[str, list[Call]] = {}
    for call in model_calls(g):
        found.setdefault(call.task, []).append(call)
    return found


@lru_cache(KEPT)
def step_sums(g: Any) -> dict[str, StepSums]:
    """Each step's dollars, seconds and p; its calls follow each other, so its seconds are their sum."""
    usd: dict[str, list[float]] = {step: [] for step in STEPS}
    sec: dict[str, list[float]] = {step: [] for step in STEPS}
    wrong = {(call.step, call.task) for call in model_calls(g) if not call.right}
    for call in model_calls(g):
        usd[call.step].append(call.usd or 0.0)
        sec[call.step].append(call.sec)
    n = len(by_task(g))
    return {
        step: StepSums(fsum(usd[step]) / n, fsum(sec[step]) / n, 1 - sum(name == step for name, _ in wrong) / n)
        for step in STEPS
    }


def longest_path(steps: dict[str, StepSums], at_once: bool = False) -> float:
    """Seconds: plan, then search beside count, then write; ``at_once``: plan beside both."""
    sec = {name: step.sec for name, step in steps.items()}
    beside = max(sec["search"], sec["count"])
    first = max(sec["plan"], beside) if at_once else sec["plan"] + beside
    return first + sec["write"]


def apply_changes(g: Any, changes: tuple[str, ...], *, correlation: float | None = None, paid: bool = True) -> Design:
    """What the agent comes to with these changes.

    Args:
        g: the numbers.
        changes: of ``CHANGES``; a check is put behind the step as the others leave it.
        correlation: of two tries; None for ``g.correlation``.
        paid: whether the retry costs dollars and seconds.
    """
    return _apply(g, step_sums(g), changes, g.correlation if correlation is None else correlation, paid)


def _apply(g: Any, sums: dict[str, StepSums], changes: tuple[str, ...], correlation: float, paid: bool) -> Design:
    """The same from the steps' sums."""
    steps, pilots = dict(sums), {row[0]: StepSums(*row[2:]) for row in g.pilots}
    if "small plan" in changes:
        steps["plan"] = pilots["plan"]
    if "premium write" in changes:
        steps["write"] = pilots["write"]
    if "at once" in changes:
        for name in ("search", "count"):
            steps[name] = steps[name]._replace(usd=steps[name].usd * (1 + g.more_tokens))
    if "check write" in changes:
        usd, sec, p = steps["write"]
        noticed = (1 - p) * g.detection
        again = p * (1 - correlation)
        times = 1 + noticed * paid
        steps["write"] = StepSums(usd * times, sec * times, p + noticed * again)
    usd = fsum(step.usd for step in steps.values())
    return Design(prod(step.p for step in steps.values()), usd, longest_path(steps, "at once" in changes), changes)


SUBSETS = tuple(some for size in range(len(CHANGES) + 1) for some in combinations(CHANGES, size))


@lru_cache(KEPT)
def all_designs(g: Any, correlation: float | None = None, paid: bool = True) -> tuple[Design, ...]:
    """What the agent comes to with each set of changes; arguments as of ``apply_changes``."""
    sums, rho = step_sums(g), g.correlation if correlation is None else correlation
    return tuple(_apply(g, sums, some, rho, paid) for some in SUBSETS)


def best_design(
    g: Any,
    budgets: tuple[str, ...] = ("usd", "sec"),
    most: int = len(CHANGES),
    cheapest: bool = False,
    correlation: float | None = None,
    paid: bool = True,
) -> Design:
    """The changes with the highest p of those that keep the budgets; of equal ones, the cheapest.

    Args:
        g: the numbers.
        budgets: which are looked at.
        most: so many changes at once.
        cheapest: the cheapest that keeps the budgets, in place of the surest.
        correlation, paid: for ``all_designs``.
    """
    limits = (g.budget_usd if "usd" in budgets else inf, g.budget_sec if "sec" in budgets else inf)
    return choose(all_designs(g, correlation, paid), *limits, most, cheapest)


def choose(
    designs: Sequence[Design], usd: float, sec: float, most: int = len(CHANGES), cheapest: bool = False
) -> Design:
    """The surest of the designs within both budgets and with so many changes at most, or the cheapest of them."""
    kept = [each for each in designs if each.usd <= usd and each.sec <= sec and len(each.changes) <= most]
    if not kept:
        return Design(-1.0, -1.0, -1.0, ())
    return min(kept, key=lambda each: (each.usd, -each.p) if cheapest else (-each.p, each.usd))
