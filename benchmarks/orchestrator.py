"""Orchestrated tasks a second, against the same calls by bare asyncio, and what ignoring budgets costs, in one run.

A task has 8 steps (4 side by side, then 2, then 1, then 1) on models that answer at once and take no machine time;
time is the price card's. The peer awaits the same steps with ``asyncio.gather`` in the same kind of event loop: no
budgets, no retries, no books. The second part is 10,000 drawn tasks under faults: how many exceed a budget.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from labkit_agents.orchestrator import Orchestrator, Plan
from labkit_agents.orchestrator.clock import CardClock, run_to_end

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "agents" / "orchestrator"))
from priced_models import Priced, ask, drawn_orchestrator, drawn_plan, step

TASKS = 500
ROUNDS = 5
DRAWN = 10_000
RANKS = (4, 2, 1, 1)


def ranks() -> list[list[str]]:
    """Names of the steps, rank by rank."""
    return [[f"{rank}.{n}" for n in range(count)] for rank, count in enumerate(RANKS)]


def plan() -> Plan:
    """Each step needs all of the rank before it."""
    steps, before = [], []
    for names in ranks():
        steps += [step(name, *before) for name in names]
        before = names
    return Plan(steps)


async def bare() -> None:
    """The same calls, by asyncio alone."""
    model, clock = Priced(), CardClock()
    for names in ranks():
        await asyncio.gather(*(clock.ask(model, ask({})) for _ in names))


def tasks_a_second(work: Callable[[], Any]) -> float:
    """Of one round."""
    begin = time.perf_counter()
    for _ in range(TASKS):
        work()
    return TASKS / (time.perf_counter() - begin)


def overruns(count: int, ignore: bool) -> tuple[int, int]:
    """Of so many drawn tasks, how many exceed a budget; and all calls."""
    over = calls = 0
    for seed in range(count):
        budgets = drawn_orchestrator(np.random.default_rng(seed)).settings
        rng = np.random.default_rng(seed)
        limits = {"max_usd": math.inf, "max_sec": math.inf} if ignore else {}
        report = drawn_orchestrator(rng, **limits).run_now(drawn_plan(rng))
        over += report.usd > budgets.max_usd or report.sec > budgets.max_sec
        calls += len(report.entries)
    return over, calls


def main() -> bool:
    """Print the figures; is no budget exceeded?"""
    orchestrator, made = Orchestrator({"model": Priced()}, 10, 100), plan()
    assert orchestrator.run_now(made).complete
    ours, bares = [], []
    for _ in range(ROUNDS):
        ours.append(tasks_a_second(lambda: orchestrator.run_now(made)))
        bares.append(tasks_a_second(lambda: run_to_end(CardClock(), bare)))
    print(
        f"orchestrator: {max(ours):,.0f} tasks of {sum(RANKS)} calls a second, {max(bares):,.0f} by bare asyncio: "
        f"{1e6 / sum(RANKS) * (1 / max(ours) - 1 / max(bares)):,.0f} microseconds a call for budgets and books"
    )
    kept, calls = overruns(DRAWN, ignore=False)
    ignored, more_calls = overruns(DRAWN, ignore=True)
    print(f"              {DRAWN:,} drawn tasks under faults: {kept:,} over budget ({calls:,} calls);", end=" ")
    print(f"the same with budgets ignored: {ignored:,} ({more_calls:,} calls)")
    return kept == 0


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
