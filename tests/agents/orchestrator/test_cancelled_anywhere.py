"""A task is cancelled in each turn of its event loop, once, twice, three times: its books are as any other's."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from priced_models import assert_books, drawn_orchestrator, drawn_plan, parts

from labkit_agents.orchestrator import CardLoop, Report, Run, TenantLedger

MOST_TURNS = 80


def cancelled_in_turn(turn: int, times: int, seed: int) -> tuple[Report | None, bool]:
    """A drawn task that is cancelled so many times from a turn of its loop on; whether it ran for so long."""
    rng = np.random.default_rng(seed)
    ledger = TenantLedger(":memory:")
    ledger.set_cap("a", 1.0)
    orchestrator, plan, loop = drawn_orchestrator(rng, ledger=ledger, tenant="a"), drawn_plan(rng), CardLoop()
    runs: list[Run] = []
    wait, turns = loop._jumping.select, iter(range(10**6))

    async def work() -> None:
        runs.append(orchestrator.start(plan))
        await runs[0].finish()

    task = loop.create_task(work())

    def select(timeout: float | None = None) -> list[Any]:
        if 0 <= next(turns) - turn < times:
            task.cancel()
            timeout = 0
        return wait(timeout)

    loop._jumping.select = select  # type: ignore[method-assign]
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop._jumping.select = wait  # type: ignore[method-assign]
    for _ in range(3):
        loop.run_until_complete(asyncio.sleep(0))
    assert not asyncio.all_tasks(loop)
    loop.close()
    report = runs[0].report() if runs else None
    balance = ledger.balance("a")
    assert balance.reserved_usd == 0
    assert parts(balance.settled_usd) == (parts(report.usd) if report else 0)
    ledger.close()
    return report, next(turns) > turn


@pytest.mark.parametrize("times", [2, *(pytest.param(often, marks=pytest.mark.slow) for often in (1, 3))])
def test_no_turn_loses_an_answer_or_a_cent(times: int) -> None:
    cancelled = 0
    for seed in range(40 if times == 1 else 15):  # what a second cancel may break, a few plans show
        for turn in range(MOST_TURNS):
            report, lasted = cancelled_in_turn(turn, times, seed)
            if report is not None:
                assert_books(report)
                cancelled += any(entry.outcome == "cancelled" for entry in report.entries)
            if not lasted:
                break
    assert cancelled > 100
