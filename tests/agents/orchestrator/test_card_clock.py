"""The clock of the price card: time jumps, in order, exactly, and never where nothing will happen."""

from __future__ import annotations

import asyncio
import math
import signal
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit_agents.orchestrator.clock import CardClock, CardLoop, WallClock, run_to_end
from labkit_agents.worlds.amounts import SEC, UNLIMITED, USD, parts_of_budget, parts_of_cost


def test_timers_ring_in_order_and_at_their_time() -> None:
    rung = []

    async def ring(sec: float) -> None:
        await asyncio.sleep(sec)
        rung.append((sec, asyncio.get_running_loop().time()))

    async def work() -> None:
        await asyncio.gather(*(ring(sec) for sec in (3.0, 1.0, 86400.0 * 400, 2.0)))

    run_to_end(CardClock(), work)
    assert rung == [(sec, sec) for sec in (1.0, 2.0, 3.0, 86400.0 * 400)]


def test_work_takes_no_time() -> None:
    async def work() -> float:
        for _ in range(100):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert run_to_end(CardClock(), work) == 0


def test_waiting_for_what_no_timer_brings_is_an_error_not_a_hang() -> None:
    async def work() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="no timer"):
        run_to_end(CardClock(), work)


def test_each_clock_knows_its_loops() -> None:
    card, usual = CardLoop(), asyncio.new_event_loop()
    assert [CardClock().fits(card), CardClock().fits(usual)] == [True, False]
    assert [WallClock().fits(card), WallClock().fits(usual)] == [False, True]
    card.close()
    usual.close()


def test_an_error_comes_out_of_the_thread_that_it_was_raised_in() -> None:
    async def broken() -> None:
        raise KeyError("inside")

    async def work() -> None:
        with pytest.raises(KeyError, match="inside"):
            run_to_end(CardClock(), broken)

    asyncio.run(work())


def test_what_is_left_over_is_cancelled_and_not_waited_for() -> None:
    ended = []

    async def long() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    async def work() -> None:
        asyncio.ensure_future(long())  # noqa: RUF006
        await asyncio.sleep(0)

    run_to_end(WallClock(), work)
    assert ended == [True]


@steady
@given(st.lists(st.integers(0, 10**9), max_size=30), st.integers(2, 9))
def test_decimal_amounts_add_up_exactly(billionths: list[int], digits: int) -> None:
    amounts = [round(n / 10**digits, digits) for n in billionths]
    assert (
        sum(parts_of_cost(amount, USD) for amount in amounts) == sum(billionths) * 10 ** (12 - digits)
        or max(amounts) > 1000
    )  # above 1,000 USD a call, a float no longer tells such parts apart


@steady
@given(st.floats(0, 1e6), st.sampled_from([USD, SEC]))
def test_costs_are_rounded_up_and_budgets_down(amount: float, parts: int) -> None:
    assert parts_of_budget(amount, parts) <= parts_of_cost(amount, parts)
    noise = max(0.001, 2 * math.ulp(amount * parts))  # a float of this size does not tell less
    assert parts_of_cost(amount, parts) >= amount * parts - noise
    assert parts_of_budget(amount, parts) <= amount * parts + noise


@steady
@given(st.integers(0, 2**50), st.sampled_from([USD, SEC]))
def test_parts_that_were_said_as_a_float_are_the_same_parts_again(whole: int, parts: int) -> None:
    assert parts_of_cost(whole / parts, parts) == parts_of_budget(whole / parts, parts) == whole


def test_no_limit_is_more_than_any_sum() -> None:
    assert parts_of_budget(float("inf"), USD) == parts_of_budget(1e300, USD) == UNLIMITED
    assert (parts_of_cost(1e-18, USD), parts_of_cost(0.0, USD)) == (1, 0)  # what costs anything is never free
    for bad in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="amount must be"):
            parts_of_cost(bad, USD)


@pytest.mark.skipif(sys.platform == "win32", reason="no signal to a thread on Windows")
@pytest.mark.usefixtures("interruptible")
def test_who_interrupts_the_wait_for_a_thread_cancels_what_runs_there() -> None:
    """A notebook runs a loop already; its stop button must not leave calls behind that go on being made."""
    cancelled = threading.Event()

    async def hang() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def notebook() -> None:
        run_to_end(WallClock(), hang)

    loop = asyncio.new_event_loop()  # not asyncio.run, which from Python 3.11 on answers the signal itself
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(notebook())
    loop.close()
    assert cancelled.is_set()  # the interrupt waited for it
