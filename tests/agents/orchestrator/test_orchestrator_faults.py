"""Models that hang, fail, are late, talk rubbish or overcharge; cancellation at any moment; drawn tasks."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from faulty import FAULTS, Faulty
from hypothesis import given, settings
from hypothesis import strategies as st
from priced_models import (
    Odd,
    Priced,
    assert_books,
    chain_of,
    drawn_orchestrator,
    drawn_plan,
    most_in_flight,
    side_by_side,
    step,
)
from strategies import steady

from labkit_agents.orchestrator import Bill, CardClock, Orchestrator, Plan, Report, WallClock
from labkit_agents.orchestrator.clock import run_to_end
from labkit_agents.pocket import Failure, Reply

MODEL = {"usd": 0.1, "sec": 1.0}


def run(model: Any, plan: Plan | None = None, usd: float = 10, sec: float = 100, **more: Any) -> Report:
    report = Orchestrator({"model": model}, usd, sec, **more).run_now(plan or chain_of(1))
    assert_books(report)
    return report


def with_failure(may_retry: bool, after: float | None) -> Any:
    failure = Failure("rate_limit", "slow down", may_retry, after)
    return lambda reply, n: replace(reply, text="", usd=0.01, failure=failure) if n == 1 else reply


@pytest.mark.parametrize(
    ("change", "outcome", "usd"),
    [
        (lambda reply, n: replace(reply, sec=math.inf), "late", 0.1),
        (lambda reply, n: replace(reply, sec=1.001), "late", 0.1),
        (lambda reply, n: replace(reply, usd=0.05, text=""), "rubbish", 0.05),
        (lambda reply, n: replace(reply, text=None), "rubbish", 0.1),
        (lambda reply, n: replace(reply, text=357), "rubbish", 0.1),
        (lambda reply, n: {"text": "ok"}, "rubbish", 0.1),
        (lambda reply, n: None, "rubbish", 0.1),
        (lambda reply, n: 1 / 0, "failed", 0.1),
        (lambda reply, n: replace(reply, usd=math.nan), "rubbish", 0.1),
        (lambda reply, n: replace(reply, usd=math.inf), "rubbish", 0.1),
        (lambda reply, n: replace(reply, usd=-5.0), "rubbish", 0.1),
        (lambda reply, n: replace(reply, usd="0.01"), "rubbish", 0.1),
        (lambda reply, n: replace(reply, usd=True), "rubbish", 0.1),
        (lambda reply, n: replace(reply, tokens_out="many"), "rubbish", 0.1),
        (lambda reply, n: replace(reply, failure="yes"), "rubbish", 0.1),
        (with_failure(False, None), "failed", 0.01),
    ],
)
def test_a_call_that_goes_wrong_is_billed_and_its_step_left_out(change: Any, outcome: str, usd: float) -> None:
    report = run(Odd(change, **MODEL), retries=0)
    (entry,) = report.entries
    assert (entry.outcome, entry.usd, report.usd, report.answer) == (outcome, usd, usd, None)
    assert outcome in report.left_out["s0"]


def test_a_call_that_hangs_is_cut_and_the_next_try_has_the_time_that_is_left() -> None:
    def hang(reply: Reply, n: int) -> Reply:
        return replace(reply, sec=math.inf) if n == 1 else reply

    report = run(Odd(hang, **MODEL), sec=2)
    assert [(e.outcome, e.begin_sec, e.sec) for e in report.entries] == [("late", 0, 1), ("right", 1, 1)]
    assert [e.outcome for e in run(Odd(hang, **MODEL), sec=1.9).entries] == ["late"]


def test_a_reply_at_the_very_last_moment_has_come() -> None:
    assert run(Priced(sec=0.1, part=1.0), sec=0.1).complete


def test_cut_to_fit_tries_where_the_worst_case_is_too_long() -> None:
    quick, slow = Priced(sec=10, part=0.1), Priced(sec=10)
    assert not run(quick, sec=2).entries
    assert run(quick, sec=2, cut_to_fit=True).complete
    report = run(slow, sec=2, cut_to_fit=True)
    assert ([e.outcome for e in report.entries], report.sec, report.usd) == (["late"], 2, 0.1)


@pytest.mark.parametrize("change", [lambda r, n: replace(r, usd=0.5), lambda r, n: replace(r, usd=0.01, tokens_out=9)])
def test_a_claim_above_the_worst_case_is_not_paid_and_the_model_gets_no_more_calls(change: Any) -> None:
    report = run(Odd(change, **MODEL), side_by_side(3), at_most=1)
    (entry,) = report.entries
    assert entry.outcome == "right"
    assert entry.usd == entry.usd_reserved == 0.1
    assert entry.usd_claimed != 0.1
    assert "more than its worst case" in entry.note
    assert report.answer == "ok"
    assert report.left_out == dict.fromkeys(("s1", "s2"), "model: it is not trusted any more")


@pytest.mark.parametrize(
    ("after", "sec", "ends"), [(3.0, 100, 5.0), (3.0, 5, 5.0), (3.0, 4.9, 1.0), (math.inf, 100, 1.0), (-1.0, 100, 2.0)]
)
def test_a_wait_before_a_retry_must_fit_too(after: float, sec: float, ends: float) -> None:
    report = run(Odd(with_failure(True, after), **MODEL), sec=sec)
    assert report.sec == ends
    assert report.complete == (ends > 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_costs_the_task_no_more_than_its_budget(fault: Any) -> None:
    models = {"model": Faulty(Priced(part=0.5), 0.5, seed=3, faults=[fault])}
    report = Orchestrator(models, 0.75, 6).run_now(side_by_side(9))
    assert_books(report)
    clean = run(Priced(part=0.5), side_by_side(9), usd=0.75, sec=6)
    assert report.answer == clean.answer == "ok"


@settings(steady, max_examples=10 * settings.default.max_examples)
@given(st.integers(0, 2**32 - 1))
def test_a_drawn_task_keeps_its_budgets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    orchestrator = drawn_orchestrator(rng)
    report = orchestrator.run_now(drawn_plan(rng))
    assert_books(report)
    assert most_in_flight(report) <= orchestrator.settings.at_most


@settings(steady, max_examples=5 * settings.default.max_examples)
@given(st.integers(0, 2**32 - 1), st.floats(0, 6), st.booleans())
def test_a_task_that_is_stopped_or_cancelled_loses_no_answer_and_no_cent(seed: int, at_sec: float, stop: bool) -> None:
    rng = np.random.default_rng(seed)
    orchestrator = drawn_orchestrator(rng)
    plan = drawn_plan(rng)

    async def work() -> Report:
        under_way = orchestrator.start(plan)
        task = asyncio.ensure_future(under_way.finish())
        await asyncio.sleep(at_sec)
        before = under_way.report()
        if stop:
            under_way.stop()
            await task
        else:
            task.cancel()
            await asyncio.wait([task])
        after = under_way.report()
        assert_kept(before, after)
        return after

    assert_books(run_to_end(CardClock(), work))


def assert_kept(before: Report, after: Report) -> None:
    """What was answered and billed before is so after."""
    for was, now in zip(before.steps, after.steps, strict=True):
        assert was.state == "left out" or was == now
    for entry, later in zip(before.entries, after.entries, strict=False):
        assert entry == later or (entry.outcome == "in flight" and later.usd <= entry.usd)
    assert len(before.entries) <= len(after.entries)


def test_a_stopped_task_gives_its_best_answer_at_once() -> None:
    async def work() -> tuple[Report, float]:
        under_way = Orchestrator({"model": Priced()}, 10, 100).start(chain_of(5))
        asyncio.get_running_loop().call_later(2.5, under_way.stop, "enough")
        report = await under_way.finish()
        return report, asyncio.get_running_loop().time()

    report, ended = run_to_end(CardClock(), work)
    assert_books(report)
    assert (report.answer, report.note, ended) == ("ok", "enough", 2.5)
    assert [entry.outcome for entry in report.entries] == ["right", "right", "cancelled"]
    assert report.usd == pytest.approx(0.3)
    assert set(report.left_out.values()) == {"enough"}


def test_while_a_call_is_in_flight_it_counts_in_full() -> None:
    async def work() -> Report:
        under_way = Orchestrator({"model": Priced(part=0.5)}, 10, 100).start(chain_of(2))
        task = asyncio.ensure_future(under_way.finish())
        await asyncio.sleep(0.6)
        report = under_way.report()
        await task
        return report

    report = run_to_end(CardClock(), work)
    assert [entry.outcome for entry in report.entries] == ["right", "in flight"]
    assert report.usd == pytest.approx(0.15)
    assert report.left_out == {"s1": "it has not ended"}


def test_a_task_runs_once() -> None:
    async def work() -> None:
        under_way = Orchestrator({"model": Priced()}, 10, 100).start(chain_of(1))
        await under_way.finish()
        with pytest.raises(RuntimeError, match="begun or stopped already"):
            await under_way.finish()

    run_to_end(CardClock(), work)


class Deaf(Priced):
    """A model that does not listen when its call is cancelled."""

    async def acomplete(self, calls: Any) -> list[Any]:
        while True:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                continue


def test_by_the_walls_clock_a_deaf_model_is_left_behind() -> None:
    report = Orchestrator({"model": Deaf(sec=0.01)}, 10, 10, clock=WallClock(), retries=0).run_now(chain_of(1))
    assert [entry.outcome for entry in report.entries] == ["late"]
    assert report.usd == 0.1


def test_a_mistake_in_the_controller_itself_leaves_the_step_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise TypeError("a mistake")

    monkeypatch.setattr("labkit_agents.orchestrator.run.Options", broken)
    report = run(Priced(), Plan([step("a")]))
    assert report.left_out == {"a": "TypeError: a mistake"}


def test_calls_of_several_dollars_are_settled_to_the_part() -> None:
    """Above 4 USD a float's last digits are larger than a thousandth of a part; a bill is still no larger for it."""
    rng = np.random.default_rng(4)
    for usd in [8.672420000001, *rng.uniform(4, 1000, 500)]:
        report = run(Odd(lambda reply, n: None, usd=float(usd)), usd=5_000)
        assert report.usd == pytest.approx(usd, abs=1e-9)
        assert report.entries[0].outcome == "rubbish"


@pytest.mark.parametrize("begun_at", [0.0, 0.1, 1e3, 1e4, 1e5, 1e6 + 0.3])
def test_it_does_not_matter_how_late_on_the_clock_a_task_begins(begun_at: float) -> None:
    orchestrator = Orchestrator({"model": Priced(sec=0.1)}, 10, 0.3)

    async def work() -> Report:
        await asyncio.sleep(begun_at)
        return await orchestrator.start(chain_of(3)).finish()

    report = run_to_end(CardClock(), work)
    assert_books(report)
    assert (report.complete, report.sec) == (True, 0.3)


def test_a_check_or_a_gate_whose_word_is_neither_yes_nor_no_lets_nothing_pass() -> None:
    unclear = np.array([True, False])
    for report in (
        run(Priced(), Plan([step("a", check=lambda values, value: unclear)])),
        run(Priced(), gate=lambda call, value: unclear),
    ):
        assert [entry.outcome for entry in report.entries] == ["rejected", "rejected"]


@pytest.mark.parametrize("order", [[["model"]], 3, None, [{}]])
def test_a_router_that_names_no_names_is_not_asked(order: Any) -> None:
    assert run(Priced(), router=lambda step, call: order).complete


def test_what_was_noted_of_a_bill_stays_when_the_reply_is_rejected() -> None:
    report = run(Odd(lambda reply, n: replace(reply, usd=9.0)), Plan([step("a", check=lambda values, value: False)]))
    assert (report.entries[0].outcome, "it claims 9 usd" in report.entries[0].note) == ("rejected", True)


def test_a_mistake_of_the_controller_s_own_still_leaves_the_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit_agents.orchestrator.run.Options", lambda *_: 1 / 0)
    report = run(Priced(), Plan([step("a", fallback=lambda values: "stand-in"), step("b")]))
    assert report.answer == "stand-in"
    assert "ZeroDivisionError" in report.left_out["b"]


def test_a_nanosecond_or_a_part_of_a_dollar_too_little_is_too_little() -> None:
    assert not run(Priced(), sec=1 - 1e-9).entries
    assert not run(Priced(), usd=0.1 - 1e-12).entries
    assert run(Priced(), usd=0.1, sec=1).complete


@pytest.mark.parametrize("whole_task", [True, False])
def test_what_is_cancelled_is_settled_at_once_and_nothing_is_begun_after_it(whole_task: bool) -> None:
    """Whoever closes a loop cancels its steps one by one; a step may not take that for one more try."""
    orchestrator = Orchestrator({"model": Odd(lambda reply, n: replace(reply, sec=math.inf))}, 10, 100, retries=5)

    async def work() -> Report:
        under_way = orchestrator.start(chain_of(2))

        async def finish() -> Report:
            try:
                return await under_way.finish()
            except asyncio.CancelledError:
                assert whole_task
                return under_way.report()

        finishing = asyncio.ensure_future(finish())
        await asyncio.sleep(0.5)
        for task in [finishing] if whole_task else under_way._tasks:
            task.cancel()
        return await finishing

    report = run_to_end(CardClock(), work)
    assert_books(report)
    assert [(entry.outcome, entry.usd) for entry in report.entries] == [("cancelled", 0.1)]
    assert report.note == "the task was cancelled"


def test_what_was_held_for_a_step_is_free_when_its_call_is_reserved() -> None:
    steps = [step("a", options=("dear",), hold=Bill(0.1, 0)), step("b", options=("dear", "cheap"))]
    models = {"dear": Priced(usd=0.1), "cheap": Priced(usd=0.05)}
    report = Orchestrator(models, 0.25, 100).run_now(Plan(steps))
    assert [entry.model for entry in report.entries] == ["dear", "dear"]
