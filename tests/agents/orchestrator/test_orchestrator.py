"""The controller: budgets of nothing, of one call, of exactly enough; the cache, the router, the gate, the holds."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest
from priced_models import Odd, Priced, ask, assert_books, chain_of, failing, most_in_flight, side_by_side, step
from processor_time import seconds

from labkit_agents import pocket
from labkit_agents.orchestrator import (
    Bill,
    Call,
    KeyedCache,
    Orchestrator,
    Plan,
    PlanStep,
    Report,
    WallClock,
    route_simple,
)


def run(plan: Plan, model: Any = None, usd: float = 10, sec: float = 100, **more: Any) -> Report:
    report = Orchestrator({"model": model or Priced()}, usd, sec, **more).run_now(plan)
    assert_books(report)
    return report


@pytest.mark.parametrize(("usd", "calls"), [(0, 0), (0.0999, 0), (0.1, 1), (0.2, 2), (0.29999, 2), (0.3, 3), (0.4, 3)])
@pytest.mark.parametrize("plan", [chain_of(3), side_by_side(3)])
def test_as_many_calls_as_the_dollars_allow_and_no_more(plan: Plan, usd: float, calls: int) -> None:
    report = run(plan, usd=usd)
    assert len(report.entries) == calls
    assert report.complete == (calls == 3)
    assert len(report.left_out) == 3 - calls
    assert report.usd == pytest.approx(0.1 * calls, abs=1e-12)
    assert report.answer == ("ok" if calls else None)


@pytest.mark.parametrize(("sec", "calls"), [(0, 0), (0.0999, 0), (0.1, 1), (0.29999, 2), (0.3, 3), (0.4, 3)])
def test_as_many_calls_in_a_row_as_the_seconds_allow(sec: float, calls: int) -> None:
    report = run(chain_of(3), Priced(sec=0.1), sec=sec)
    assert len(report.entries) == calls
    assert report.sec == pytest.approx(0.1 * calls, abs=1e-9)


@pytest.mark.parametrize(("at_most", "sec"), [(1, 6.0), (2, 3.0), (4, 2.0), (6, 1.0), (9, 1.0)])
def test_steps_that_need_nothing_run_at_once_up_to_p(at_most: int, sec: float) -> None:
    report = run(side_by_side(6), at_most=at_most)
    assert report.sec == sec
    assert most_in_flight(report) == min(at_most, 6)


def test_siblings_cannot_both_take_the_last_dollar() -> None:
    report = run(side_by_side(4), Priced(), usd=0.19, at_most=4)
    assert len(report.entries) == 1
    assert report.usd_peak == 0.1


def test_a_step_waits_for_what_its_siblings_may_leave() -> None:
    report = run(side_by_side(4), Priced(part=0.1), usd=0.19, sec=0.4, at_most=4)
    assert not report.entries  # a second each is too long
    report = run(side_by_side(4), Priced(part=0.1), usd=0.19, at_most=4)
    assert report.complete
    assert most_in_flight(report) == 1
    report = run(side_by_side(4), Priced(part=0.1), usd=0.19, sec=1.15, at_most=4)
    assert len(report.entries) == 2  # the time for a third has run out
    assert "s are left" in report.left_out["s3"]


def test_what_a_call_did_not_use_is_there_for_the_next() -> None:
    assert len(run(chain_of(9), Priced(part=0.1), usd=0.19).entries) == 9


def test_a_reason_says_what_was_needed_and_what_was_left() -> None:
    report = run(chain_of(3), usd=0.25)
    assert report.left_out == {"s2": "model: it may cost 0.1 usd, 0.05 usd are left"}
    report = run(chain_of(4), sec=2.5)
    assert report.left_out == {
        "s2": "model: it may take 1 s, 0.5 s are left",
        "s3": "it needs 's2', which was left out",
    }
    assert str(report).splitlines()[0] == (
        "task: 2 of 4 steps left out, 2 calls, 0.2000 of 10 usd, 2.00 of 2.5 s; answer 'ok'"
    )


def test_a_retry_is_reserved_like_any_call() -> None:
    assert [e.outcome for e in run(chain_of(1), Odd(failing(1)), usd=0.2).entries] == ["rubbish", "right"]
    report = run(chain_of(1), Odd(failing(1)), usd=0.15)
    assert [e.outcome for e in report.entries] == ["rubbish"]
    assert "0.05 usd are left" in report.left_out["s0"]


def test_each_try_is_another_draw() -> None:
    model = Odd(failing(2))
    report = run(Plan([step("s", retries=2, ask=lambda v: Call("1+1=", id="mine"))]), model)
    assert [call.id for call in model.asked] == ["mine, attempt 1", "mine, attempt 2", "mine, attempt 3"]
    assert report.steps[0].calls == 3
    run(chain_of(1), model)
    assert model.asked[-1].id == "task, s0, attempt 1"


def test_when_a_model_has_no_try_left_the_next_is_asked() -> None:
    models = {"small": Odd(failing(9)), "premium": Priced("premium", usd=1.0)}
    plan = Plan([step("s", options=("small", "premium"))])
    report = Orchestrator(models, 10, 100, retries=2).run_now(plan)
    assert [entry.model for entry in report.entries] == ["small", "small", "small", "premium"]
    assert report.steps[0].model == "premium"


def test_when_the_preferred_model_does_not_fit_the_next_is_asked() -> None:
    models = {"premium": Priced("premium", usd=1.0), "small": Priced("small")}
    report = Orchestrator(models, 1.15, 100).run_now(Plan([step(f"s{n}", options=("premium", "small")) for n in "ab"]))
    assert [entry.model for entry in report.entries] == ["premium", "small"]
    assert report.complete


def test_a_hold_keeps_money_and_time_for_later_steps() -> None:
    models = {"premium": Priced("premium", usd=1.0, sec=3.0), "small": Priced("small")}
    both = ("premium", "small")

    def models_used(usd: float, sec: float, hold: Bill) -> list[str]:
        plan = Plan([step("first", options=both), step("last", "first", options=both, hold=hold)])
        return [entry.model for entry in Orchestrator(models, usd, sec).run_now(plan).entries]

    assert models_used(1.05, 100, Bill(0, 0)) == ["premium"]
    assert models_used(1.05, 100, Bill(0.1, 0)) == ["small", "small"]
    assert models_used(9, 3.5, Bill(0, 0)) == ["premium"]
    assert models_used(9, 3.5, Bill(0, 1)) == ["small", "small"]
    assert models_used(0.15, 100, Bill(0.1, 0)) == ["small"]  # a hold that leaves nothing to begin with is used


def test_a_kept_answer_is_free() -> None:
    cache = KeyedCache()
    first = run(side_by_side(1), cache=cache)
    again = run(side_by_side(3), usd=0, sec=0, cache=cache)
    assert (first.usd, again.usd, again.sec, again.complete) == (0.1, 0, 0, True)
    assert {note.state for note in again.steps} == {"cached"}


def test_only_answers_that_passed_are_kept_and_a_kept_one_is_checked_again() -> None:
    cache = KeyedCache()
    run(side_by_side(1, check=lambda values, value: False), cache=cache)
    assert len(cache) == 0
    cache.keep(ask({}), "ok")
    assert run(side_by_side(1, check=lambda values, value: False), usd=0, cache=cache).answer is None


def test_a_cache_that_breaks_is_no_cache() -> None:
    class Broken:
        def find(self, call: Call) -> str:
            raise OSError("gone")

        def keep(self, call: Call, text: str) -> None:
            raise OSError("gone")

    assert run(chain_of(2), cache=Broken()).complete


def test_simple_steps_are_routed() -> None:
    models = {"premium": Priced("premium"), "small": Priced("small")}
    plan = Plan([step("a", options=("premium", "small"), tags={"simple"}), step("b", options=("premium", "small"))])
    router = route_simple(lambda step, call: "simple" in step.tags, "small")
    report = Orchestrator(models, 10, 100, router=router).run_now(plan)
    assert [entry.model for entry in report.entries] == ["small", "premium"]


@pytest.mark.parametrize(
    ("router", "asked"),
    [(lambda s, c: ["other", "model"], 1), (lambda s, c: 1 / 0, 1), (lambda s, c: None, 1), (lambda s, c: [], 0)],
)
def test_a_router_may_only_name_the_steps_own_models(router: Any, asked: int) -> None:
    assert len(run(chain_of(1), router=router).entries) == asked


def test_the_gate_rejects_and_a_gate_that_breaks_rejects() -> None:
    verdicts = iter([False, True])
    report = run(chain_of(1), gate=lambda call, value: next(verdicts))
    assert [entry.outcome for entry in report.entries] == ["rejected", "right"]
    assert [e.outcome for e in run(chain_of(1), gate=lambda c, v: 1 / 0).entries] == ["rejected", "rejected"]


def test_the_best_answer_is_put_together_from_what_there_is() -> None:
    plan = Plan([step(f"s{n}") for n in range(4)], answer=len)
    assert run(plan, usd=0.25).answer == 2
    broken = run(Plan([step("s")], answer=lambda values: values["t"]))
    assert broken.answer is None
    assert "KeyError" in broken.note


def test_a_fallback_stands_in_and_the_steps_after_it_go_on() -> None:
    plan = Plan([step("a", check=lambda v, value: False, fallback=lambda values: "guess"),
                 step("b", "a", check=lambda values, value: values == {"a": "guess"})])  # fmt: skip
    report = run(plan)
    assert [note.state for note in report.steps] == ["fallback", "done"]
    assert not report.complete
    assert list(report.left_out) == ["a"]


@pytest.mark.parametrize(
    "bad", [lambda values: 1 / 0, lambda values: "1+1=", lambda values: Call("", id="x"), lambda values: None]
)
def test_a_call_that_cannot_be_built_costs_nothing(bad: Any) -> None:
    report = run(Plan([step("a", ask=bad), step("b")]))
    assert [note.state for note in report.steps] == ["left out", "done"]
    assert "could not be built" in report.left_out["a"]


@pytest.mark.parametrize("worst", [None, Bill(math.nan, 1), Bill(1, math.inf), Bill(-1, 1), "free", 3])
def test_a_model_without_a_worst_case_is_not_called(worst: Any) -> None:
    model = Priced()
    model.worst = worst
    report = run(chain_of(1), model)
    assert not report.entries
    assert "no worst case" in report.left_out["s0"]


def test_no_ceiling_is_infinity() -> None:
    assert Orchestrator({"model": Priced()}, math.inf, math.inf).run_now(chain_of(5)).complete


def test_pocket_models_by_the_cards_clock_agree_with_their_bills() -> None:
    models = {"model": pocket.premium()}
    numbers = pocket.draw_sums(8, seed=1)
    plan = Plan([
        PlanStep(f"s{n}", lambda values, one=one: Call(pocket.write_sum(one)), ("model",), read=pocket.read_number)
        for n, one in enumerate(numbers)
    ])  # fmt: skip
    report = Orchestrator(models, 10, 100, at_most=8).run_now(plan)
    calls = [Call(pocket.write_sum(these), id=f"task, s{n}, attempt 1") for n, these in enumerate(numbers)]
    bills = pocket.premium().complete(calls)
    assert report.usd == pytest.approx(sum(reply.usd for reply in bills), abs=1e-9)
    assert report.sec == pytest.approx(max(reply.sec for reply in bills), abs=1e-8)


@pytest.mark.parametrize("clock", [None, WallClock()])
def test_it_runs_where_a_loop_is_running_already(clock: Any) -> None:
    orchestrator = Orchestrator({"model": Priced()}, 10, 100, clock=clock)

    async def work() -> list[Report]:
        return [await orchestrator.run(chain_of(2)), orchestrator.run_now(chain_of(2))]

    assert [report.answer for report in asyncio.run(work())] == ["ok", "ok"]


def test_start_wants_a_loop_of_its_own_clock() -> None:
    async def work() -> None:
        Orchestrator({"model": Priced()}, 10, 100).start(chain_of(2))

    with pytest.raises(RuntimeError, match="another clock"):
        asyncio.run(work())


def test_the_same_seeded_task_gives_the_same_report() -> None:
    reports = [Orchestrator({"model": pocket.small()}, 0.01, 100).run_now(side_by_side(9)) for _ in range(2)]
    assert reports[0] == reports[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": {}}, "models must be a dict"),
        ({"max_usd": -1}, "max_usd must be zero or more, got -1"),
        ({"max_sec": math.nan}, "max_sec must be finite, got nan"),
        ({"at_most": 0}, "at_most must be a whole number, 1 or more, got 0"),
        ({"retries": 1.5}, "retries must be a whole number, 0 or more, got 1.5"),
        ({"ledger": object()}, "tenant must be named"),
    ],
)
def test_bad_settings_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Orchestrator(**{"models": {"model": Priced()}, "max_usd": 1, "max_sec": 1, **change})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Plan([]), "at least one PlanStep"),
        (lambda: Plan([step("a"), step("a")]), "different names"),
        (lambda: Plan([step("a", "b")]), "needs of 'a' must be steps of the plan, got 'b'"),
        (lambda: Plan([step("a", "b"), step("b", "a")]), "circle"),
        (lambda: step("a", "a"), "must not name the step itself"),
        (lambda: step(""), "name must be a text"),
        (lambda: step("a", options=()), "options must name at least one model"),
        (lambda: step("a", options="model"), "options must be a tuple of names, got 'model'"),
        (lambda: step("a", retries=-1), "retries must be"),
        (lambda: step("a", hold=Bill(-1, 0)), "hold.usd must be zero or more"),
        (lambda: run(Plan([step("a", options=("other",))])), "plan must name only the models"),
        (lambda: run("a plan"), "plan must be a Plan"),  # type: ignore[arg-type]
    ],
)
def test_bad_plans_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_the_sums_of_a_report_are_those_of_its_entries() -> None:
    report = run(chain_of(3), Priced(part=0.5))
    assert report.usd_reserved == pytest.approx(0.3)
    assert report.usd_disputed == 0
    claimed = replace(report.entries[0], usd_claimed=0.35)
    assert replace(report, entries=(claimed,)).usd_disputed == pytest.approx(0.25)


def test_a_plan_of_a_thousand_steps_is_made_in_time_that_grows_with_it() -> None:
    def least_sec(n: int) -> float:
        steps = [step(f"s{i}", *([f"s{i - 1}"] if i else []), hold=Bill(0.0, 1.0)) for i in range(n)]
        assert Plan(steps[::-1]).sec_held_after["s0"] == n - 1
        return min(seconds(lambda: Plan(steps[::-1])) for _ in range(3)) + 0.005

    assert least_sec(4000) < 8 * least_sec(1000)


@pytest.mark.parametrize("make", [chain_of, side_by_side])
@pytest.mark.parametrize("max_usd", [1e6, 100.05])
def test_a_task_takes_time_that_grows_with_its_steps(make: Any, max_usd: float) -> None:
    """With the second budget a task runs out of dollars after a thousand of its calls, and says so of each step."""

    def least_sec(n: int) -> float:
        orchestrator = Orchestrator({"model": Priced()}, max_usd, 1e9)
        return min(seconds(lambda: orchestrator.run_now(make(n))) for _ in range(2)) + 0.01

    assert least_sec(4000) < 8 * least_sec(1000)


def test_a_plan_s_order_is_by_depth_and_then_as_listed() -> None:
    plan = Plan([step("c", "a", "b"), step("b", "a"), step("x"), step("a"), step("d", "x")])
    assert plan._in_order() == ["x", "a", "b", "d", "c"]
