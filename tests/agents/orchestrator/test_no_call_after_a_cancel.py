"""Whoever cancels a task, in whatever way, gets no further call, and the books of those in flight."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from priced_models import Priced, assert_books, chain_of, parts, side_by_side

from labkit_agents.orchestrator import Call, CardClock, CardLoop, Orchestrator, Report, Run, TenantLedger, WallClock
from labkit_agents.orchestrator import clock as clock_module

USD = 0.1


class Gate(Priced):
    """A model that tells of its n-th call, and answers it only when it is let go."""

    def __init__(self, at: int) -> None:
        super().__init__(usd=USD, part=0.5)
        self.at, self.reached, self.go_on = at, threading.Event(), threading.Event()

    def complete(self, calls: Sequence[Call]) -> list[Any]:
        replies = super().complete(calls)
        if len(self.asked) == self.at:
            self.reached.set()
            self.go_on.wait()
        return replies


def capped() -> TenantLedger:
    ledger = TenantLedger(":memory:")
    ledger.set_cap("t", 100.0)
    return ledger


async def reached(gate: Gate, task: asyncio.Future[Any]) -> None:
    """Wait for the call at which the gate stands; a task that ends before it says why."""
    there = asyncio.get_running_loop().run_in_executor(None, gate.reached.wait)
    await asyncio.wait([there, task], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        gate.reached.set()
        task.result()


async def by_cancel(work: Coroutine[Any, Any, Any], gate: Gate) -> None:
    task = asyncio.create_task(work)
    await reached(gate, task)
    task.cancel()
    gate.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_many_cancels(work: Coroutine[Any, Any, Any], gate: Gate) -> None:
    task = asyncio.create_task(work)
    await reached(gate, task)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    gate.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_wait_for(work: Coroutine[Any, Any, Any], gate: Gate) -> None:
    task = asyncio.create_task(asyncio.wait_for(work, 1e9))
    await reached(gate, task)
    task.cancel()
    for _ in range(3):  # wait_for itself hands the cancel on a turn later
        await asyncio.sleep(0)
    gate.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_gather(work: Coroutine[Any, Any, Any], gate: Gate) -> None:
    both = asyncio.gather(work, asyncio.sleep(1e9))
    await reached(gate, both)
    both.cancel()
    gate.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await both


async def by_a_group(work: Coroutine[Any, Any, Any], gate: Gate) -> None:
    async def fail() -> None:
        await reached(gate, task)
        raise LookupError

    letting_go: list[asyncio.Future[None]] = []

    async def let_go_when_cancelled() -> None:
        while not task.cancelling():  # type: ignore[attr-defined,unused-ignore]
            await asyncio.sleep(0)
        gate.go_on.set()

    async with asyncio.TaskGroup() as group:  # type: ignore[attr-defined,unused-ignore]
        task = group.create_task(work)
        letting_go.append(asyncio.ensure_future(let_go_when_cancelled()))  # beside the group, which does not cancel it
        group.create_task(fail())


WAYS = [by_cancel, by_many_cancels, by_wait_for, by_gather]


@pytest.mark.parametrize("plan", [chain_of(10), side_by_side(10)], ids=["chain", "side by side"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", [1, 2, 5])
def test_in_a_running_loop_no_call_begins_after_it(way: Callable[..., Any], plan: Any, at: int) -> None:
    gate, ledger = Gate(at), capped()
    orchestrator = Orchestrator({"model": gate}, 10, 1000, ledger=ledger, tenant="t")
    asyncio.run(way(orchestrator.run(plan), gate))
    assert len(gate.asked) == at
    balance = ledger.balance("t")
    assert balance.reserved_usd == 0
    assert parts(at * USD / 2) <= parts(balance.settled_usd) <= parts(at * USD)  # in full, what had no reply yet


@pytest.mark.skipif(not hasattr(asyncio, "TaskGroup"), reason="Python 3.10 has no task groups")
def test_in_a_group_whose_other_task_fails_no_call_begins_after_it() -> None:
    gate, ledger = Gate(2), capped()
    orchestrator = Orchestrator({"model": gate}, 10, 1000, ledger=ledger, tenant="t")
    with pytest.raises(BaseException, match="unhandled errors in a TaskGroup"):
        asyncio.run(by_a_group(orchestrator.run(chain_of(10)), gate))
    assert len(gate.asked) == 2
    assert ledger.balance("t").reserved_usd == 0


def test_wait_for_gives_up_in_time_and_settles() -> None:
    class Slow(Priced):
        async def acomplete(self, calls: Sequence[Call]) -> list[Any]:
            self.asked += calls
            await asyncio.get_running_loop().create_future()
            return []

    async def work() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(orchestrator.run(side_by_side(10)), 0.01)

    model, ledger = Slow(), capped()
    orchestrator = Orchestrator({"model": model}, 10, 1e6, clock=WallClock(), ledger=ledger, tenant="t")
    model.worst = type(model.worst)(USD, 1e5)
    asyncio.run(work())
    assert len(model.asked) == 4  # as many as may be in flight
    balance = ledger.balance("t")
    assert (balance.reserved_usd, parts(balance.settled_usd)) == (0, parts(4 * USD))


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("clock", [CardClock(), WallClock()], ids=["card", "wall"])
def test_a_cancel_out_of_a_call_itself_begins_no_other_of_the_same_turn(at: int, clock: Any) -> None:
    """Four calls are about to begin in one turn of the loop, and the first to begin cancels the task."""

    class Cancelling(Priced):
        def complete(self, calls: Sequence[Call]) -> list[Any]:
            replies = super().complete(calls)
            if len(self.asked) == at:
                tasks[0].cancel()
            return replies

        async def acomplete(self, calls: Sequence[Call]) -> list[Any]:
            return self.complete(calls)

    model, ledger, runs, tasks = Cancelling(usd=USD), capped(), [], []  # type: ignore[var-annotated]
    orchestrator = Orchestrator({"model": model}, 10, 1000, clock=clock, ledger=ledger, tenant="t")

    async def work() -> None:
        runs.append(orchestrator.start(side_by_side(10)))
        tasks.append(asyncio.current_task())
        await runs[0].finish()

    loop = clock.new_loop()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(work())
    loop.close()
    assert len(model.asked) == at
    report: Report = runs[0].report()
    assert_books(report)
    begun = [entry for entry in report.entries if entry.note != "it was not begun"]
    assert (len(begun), parts(report.usd)) == (at, parts(at * USD))
    assert parts(ledger.balance("t").settled_usd) == parts(report.usd)


@pytest.mark.parametrize("in_a_notebook", [False, True])
@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no other thread can interrupt this one")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_by_hand_begins_no_further_call(in_a_notebook: bool) -> None:
    class Interrupting(Priced):
        def complete(self, calls: Sequence[Call]) -> list[Any]:
            replies = super().complete(calls)
            if len(self.asked) == 2:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                if threading.current_thread() is not threading.main_thread():
                    stopped.wait()
            return replies

    stopped = threading.Event()
    model, ledger = Interrupting(usd=USD), capped()
    orchestrator = Orchestrator({"model": model}, 10, 1000, ledger=ledger, tenant="t")
    cancel = clock_module._cancel_from_elsewhere

    async def notebook() -> None:
        orchestrator.run_now(side_by_side(10))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock_module, "_cancel_from_elsewhere", lambda loop: (cancel(loop), stopped.set()))
        loop = asyncio.new_event_loop()
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(notebook()) if in_a_notebook else orchestrator.run_now(side_by_side(10))
        loop.close()
    assert len(model.asked) == 2
    balance = ledger.balance("t")
    assert (balance.reserved_usd, parts(balance.settled_usd)) == (0, parts(2 * USD))


def test_an_error_that_says_nothing_was_sent_books_nothing() -> None:
    class Unready(Priced):
        def complete(self, calls: Sequence[Call]) -> list[Any]:
            error = ImportError("no package")
            error.nothing_sent = True  # type: ignore[attr-defined]
            raise error

    report = Orchestrator({"model": Unready()}, 10, 1000).run_now(chain_of(2))
    assert (report.usd, [entry.outcome for entry in report.entries]) == (0, ["failed"])


def test_a_stopped_run_begins_nothing() -> None:
    model = Priced()
    loop = CardLoop()

    async def work() -> Run:
        run = Orchestrator({"model": model}, 10, 1000).start(chain_of(3), stop_asked=lambda: True)
        await run.finish()
        return run

    report = loop.run_until_complete(work()).report()
    loop.close()
    assert (model.asked, report.usd, report.note) == ([], 0, "the task was cancelled")
