"""Each rule of summing, by the smallest trace that needs it."""

from __future__ import annotations

import json
import math
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from recorded import CARDS, call, gateway, span, sums

from labkit.prices import PriceCard
from labkit_traces import Budget, check_budget, fit, read, task_id
from labkit_traces.counting.choosing import ALONE, BELOW, ROLL_UPS, WITHIN, WRAPPERS
from labkit_traces.counting.copies import ENCLOSING
from labkit_traces.counting.folding import FAR, KEYLESS
from labkit_traces.counting.replies import SAME_REPLY
from labkit_traces.counting.summing import DISAGREE, SKEWED
from labkit_traces.counting.trees import CYCLES, DOUBLED, ORPHANS, SHARED
from labkit_traces.reading import ASIDE
from labkit_traces.report import Reading

USD = 1000 * 10e-6 + 500 * 40e-6  # one call of 1,000 and 500 tokens


def agent(number: int, parent: int | None = None, **rest: Any) -> dict[str, Any]:
    return span(number, parent, gen_ai__operation__name="invoke_agent", **rest)


def counted(reading: Reading) -> tuple[int, float]:
    return reading.all.calls, round(reading.money.priced_usd / USD, 9)


def test_a_call_counts_though_a_tool_hangs_below_it() -> None:
    tool = span(3, 2, gen_ai__operation__name="execute_tool")
    assert counted(sums([agent(1), call(2, 1), tool])) == (1, 1)


def test_a_call_above_another_is_a_wrapper_and_knows_what_the_inner_does_not() -> None:
    inner = call(3, 2, model="", start=0.1, sec=0.5)
    reading = sums([agent(1), call(2, 1, scope="outer"), inner])
    assert counted(reading) == (1, 1)
    assert reading.dropped == {WRAPPERS: 1}
    assert set(reading.by_model) == {"premium"}


def test_a_call_without_usage_below_one_with_usage_is_not_unobserved() -> None:
    reading = sums([call(1), call(2, 1, read=None, out=None)])
    assert counted(reading) == (1, 1)
    assert reading.all.unobserved == 0


def test_tries_below_a_wrapper_without_usage_are_unobserved_one_by_one() -> None:
    nothing: dict[str, Any] = {"read": None, "out": None}
    failed = {"code": 2, "message": "Error code: 429"}
    reading = sums([call(1, **nothing), call(2, 1, status=failed, **nothing), call(3, 1, **nothing)])
    assert reading.money.unobserved == {"no usage recorded": 1, "rate limit": 1}


def test_a_roll_up_alone_counts_as_one_call_and_its_parts_count_once() -> None:
    reading = sums(
        [agent(1, gen_ai__usage__input_tokens=1000, gen_ai__usage__output_tokens=500, llm__model_name="premium")]
    )
    assert counted(reading) == (1, 1)
    assert reading.noted == {ALONE: 1}


NOTHING: dict[str, Any] = {"read": None, "out": None}


def test_the_usage_of_a_roll_up_is_that_of_the_one_call_below_it_which_says_none() -> None:
    """The Agents SDK with OpenAI's own tracing: turns say what was used, the response below each only its id."""
    workflow = span(1, gen_ai__operation__name="invoke_workflow", gen_ai__usage__input_tokens=2000,
                    gen_ai__usage__output_tokens=1000)  # fmt: skip
    usage = {"gen_ai__usage__input_tokens": 1000, "gen_ai__usage__output_tokens": 500}
    lines = [workflow, agent(2, 1, **usage), call(3, 2, **NOTHING), agent(4, 1, **usage), call(5, 4, **NOTHING)]
    for order in (lines, lines[::-1]):
        reading = sums(order)
        assert counted(reading) == (2, 2)
        assert (set(reading.by_model), reading.all.unobserved) == ({"premium"}, 0)
        assert (reading.dropped, reading.noted) == ({ROLL_UPS: 3}, {})


def test_the_usage_of_a_roll_up_is_shared_evenly_by_calls_of_one_model_which_say_none() -> None:
    parts = {"gen_ai__usage__cache_read__input_tokens": 1000, "gen_ai__usage__reasoning__output_tokens": 500}
    whole = agent(1, gen_ai__usage__input_tokens=3001, gen_ai__usage__output_tokens=1499, **parts)
    reading = sums([whole, *(call(n, 1, start=n, **NOTHING) for n in (2, 3, 4))])
    assert (reading.all.calls, reading.all.tokens, reading.all.unobserved) == (3, (3001, 1000, 0, 1499, 500), 0)
    assert [each.tokens for each in reading.tasks[0].calls] == [
        (1000, 333, 0, 499, 166), (1000, 333, 0, 500, 167), (1001, 334, 0, 500, 167)
    ]  # fmt: skip
    assert reading.money.priced_usd == pytest.approx(2001 * 10e-6 + 1000 * 1e-6 + 1499 * 40e-6)
    dollars = agent(1, gen_ai__cost__total_cost=0.5)
    paid = sums([dollars, call(2, 1, model="own", **NOTHING), call(3, 1, model="own", **NOTHING)])
    assert (paid.all.calls, paid.by_model["own"].usd, paid.money.unobserved) == (2, 0.5, {})


def test_a_roll_up_over_calls_of_several_models_which_say_nothing_is_one_call_and_they_are_not_unobserved() -> None:
    whole = agent(1, gen_ai__cost__total_cost=0.5)
    reading = sums([whole, call(2, 1, **NOTHING), call(3, 1, model="small", **NOTHING)])
    assert (reading.all.calls, reading.money.priced_usd, reading.all.unobserved) == (1, 0.5, 0)
    assert (reading.dropped, reading.noted) == ({WITHIN: 2}, {ALONE: 1})


def test_a_roll_up_does_not_speak_for_calls_that_failed() -> None:
    failed = {"code": 2, "message": "Request timed out"}
    whole = agent(1, gen_ai__usage__input_tokens=1000, gen_ai__usage__output_tokens=500)
    reading = sums([whole, call(2, 1, status=failed, **NOTHING), call(3, 1, start=1, **NOTHING)])
    assert counted(reading) == (2, 1)
    assert reading.money.unobserved == {"timeout": 1}


def test_usage_below_a_call_belongs_to_it() -> None:
    part = agent(2, 1, gen_ai__usage__input_tokens=10)
    reading = sums([call(1), part])
    assert counted(reading) == (1, 1)
    assert reading.dropped == {BELOW: 1}


@pytest.mark.parametrize(("said", "low", "high"), [(2020, 0, 0), (3000, 0, 0.5), (1000, -0.5, 0)])
def test_a_roll_up_that_differs_by_more_than_a_hundredth_makes_a_range(said: int, low: float, high: float) -> None:
    top = agent(1, gen_ai__usage__input_tokens=said, gen_ai__usage__output_tokens=said // 2)
    middle = agent(4, 1, gen_ai__usage__input_tokens=1, gen_ai__usage__output_tokens=1)  # only the outermost is heard
    reading = sums([top, middle, call(2, 4), call(3, 4)])
    money = reading.money
    assert money.priced_usd == pytest.approx(2 * USD)
    assert (money.low_usd / USD - 2, money.high_usd / USD - 2) == pytest.approx((2 * low, 2 * high))
    assert reading.dropped == {ROLL_UPS: 2}
    assert (DISAGREE in reading.noted) == bool(low or high)


def test_dollars_and_tokens_over_different_spans_meet_in_one_call() -> None:
    reading = sums([span(1, llm__cost__total=0.5, openinference__span__kind="CHAIN"), call(2, 1, model="nobody")])
    assert (reading.all.calls, reading.money.priced_usd, reading.money.unpriced) == (1, 0.5, {})


@pytest.mark.parametrize(("top", "more"), [(1000, 0), (2000, 0), (1500, -500)])
def test_a_roll_up_may_leave_out_a_run_that_says_its_usage_itself(top: int, more: int) -> None:
    """The Agents SDK: a guardrail's own run lies below a turn whose usage is without it; on the wire are two calls."""

    def usage(read: int) -> dict[str, Any]:
        return {"gen_ai__usage__input_tokens": read, "gen_ai__usage__output_tokens": read // 2}

    whole = {"gen_ai__operation__name": "invoke_workflow"}
    reading = sums([span(1, **whole, **usage(top)), span(2, 1, **whole, **usage(1000)), call(3, 2),
                    span(4, 2, name="guardrail"), span(5, 4, **whole, **usage(1000)), call(6, 5)])  # fmt: skip
    assert counted(reading) == (2, 2)
    assert (reading.money.low_usd < reading.money.priced_usd) == (DISAGREE in reading.noted) == bool(more)
    assert reading.money.high_usd == reading.money.priced_usd


@pytest.mark.parametrize(("model", "high"), [("nobody", 0.5), ("free", 0.0)])
def test_dollars_of_a_roll_up_over_calls_that_nobody_can_price_are_the_high_end(model: str, high: float) -> None:
    """Two calls: nobody knows their parts, nor whether the roll-up is right; what costs nothing is known."""
    cards = {"free": PriceCard.per_million(0, 0, 0)}
    reading = sums([agent(1, gen_ai__cost__total_cost=0.5), *(call(n, 1, model=model) for n in (2, 3))], cards=cards)
    money = reading.money
    assert (reading.all.calls, money.priced_usd, money.low_usd, money.high_usd) == (2, 0, 0, high)
    assert (DISAGREE in reading.noted) == bool(high)


def test_a_hit_is_free_though_what_lies_above_it_states_dollars() -> None:
    rows = [{"task": "t", "call": "a", "step": "s", "usd": 0.5}, {"task": "t", "call": "b", "parent": "a", "model": "m",
            "tokens_in": 5, "hit": "true"}]  # fmt: skip
    reading = sums(rows)
    assert (reading.all.calls, reading.all.hits, reading.money.high_usd) == (0, 1, 0)
    assert reading.dropped == {WRAPPERS: 1}


@pytest.mark.parametrize(
    ("kinds", "usd"),
    [(["UNKNOWN"], 0.5), (["UNKNOWN", "UNKNOWN"], None), (["TOOL"], None)],
    ids=["one bill", "two bills", "a tool's own"],
)
def test_a_call_takes_the_dollars_of_the_one_span_below_it_that_states_nothing_else(
    kinds: list[str], usd: float | None
) -> None:
    bills = [span(3 + n, 2, llm__cost__total=0.5, openinference__span__kind=kind) for n, kind in enumerate(kinds)]
    reading = sums([agent(1), call(2, 1, model="nobody"), *bills])
    assert [each.usd for each in reading.tasks[0].calls] == [usd]
    assert reading.dropped == {BELOW: len(kinds)}


def test_a_call_takes_the_parts_of_its_tokens_from_the_wrapper_that_alone_knows_them() -> None:
    parts = {"gen_ai__usage__cache_read__input_tokens": 400, "gen_ai__usage__reasoning__output_tokens": 200}
    reading = sums([call(1, **parts), call(2, 1)])
    assert reading.all.tokens == (1000, 400, 0, 500, 200)
    assert reading.money.priced_usd == pytest.approx(600 * 10e-6 + 400 * 1e-6 + 500 * 40e-6)
    assert sums([call(1, out=501, **parts), call(2, 1)]).all.tokens == (1000, 0, 0, 500, 0), "another count"


# ---- copies, across scopes and traces ------------------------------------------------------------------------------


def test_a_copy_of_another_scope_in_another_trace_is_dropped_and_its_place_taken() -> None:
    node = span(1, None, 1, name="graph", openinference__span__kind="CHAIN")
    step = span(2, 1, 1, name="solve", openinference__span__kind="CHAIN")
    outer = call(3, 2, 1, scope="langchain", start=0, sec=1)
    inner = call(9, None, 2, scope="openai", start=0.1, sec=0.5)
    reading = sums([node, step, outer, inner])
    assert counted(reading) == (1, 1)
    assert reading.dropped == {ENCLOSING: 1}
    assert reading.tasks[0].id == task_id(f"{1:032x}")
    assert set(reading.by_step) == {"solve"}


@pytest.mark.parametrize(
    "other",
    [{"scope": "one"}, {"model": "small"}, {"out": 499}, {"start": 0.9}],
    ids=["the same scope", "another model", "other tokens", "not enclosed"],
)
def test_calls_that_only_look_alike_both_count(other: dict[str, Any]) -> None:
    inner = call(2, None, 2, **({"scope": "two", "start": 0.1, "sec": 0.5} | other))
    assert sums([call(1), inner]).all.calls == 2


def test_an_inner_call_accounts_for_one_outer_only() -> None:
    outers = [call(n, None, n, scope="graph", start=n / 100, sec=2) for n in (1, 2, 3)]
    inners = [call(10 + n, None, 10 + n, scope="client", start=0.5 + n / 100, sec=0.5) for n in (1, 2)]
    reading = sums([*outers, *inners])
    assert counted(reading) == (3, 3)
    assert reading.dropped == {ENCLOSING: 2}


@pytest.mark.parametrize("most_open", [1, 2, 100])
def test_it_is_remembered_for_which_outer_a_call_accounts(most_open: int) -> None:
    """Two outer calls enclose one inner call, however few spans are held at once."""
    outers = [call(n, None, n, scope="graph", start=n / 10, sec=2) for n in (0, 1)]
    inner = call(9, None, 9, scope="client", start=0.5, sec=0.5)
    assert counted(sums([outers[0], inner, outers[1]], most_open=most_open)) == (2, 2)


@pytest.mark.parametrize("around", [{}, {"read": None, "out": None}, {"gen_ai__usage__cost": 0.01}], ids=str)
def test_a_call_takes_the_tokens_of_its_copy_and_is_compared_with_and_without_them(around: dict[str, Any]) -> None:
    """A client that saw no usage, a gateway that did, and a framework around both: one call."""
    usage = {"read": None, "out": None} if "gen_ai__usage__cost" in around else {}
    client = call(1, None, 1, read=None, out=None, scope="client", start=1, sec=1, gen_ai__response__id="r")
    gateway = call(2, None, 2, scope="gateway", start=0.9, sec=1.2, gen_ai__response__id="r")
    framework = call(3, None, 3, scope="framework", start=0.8, sec=1.4, **{**usage, **around})
    for lines in permutations((client, gateway, framework)):
        assert counted(sums(lines)) == (1, 1)


def test_of_two_records_of_one_span_the_one_that_says_where_it_belongs_is_kept_in_any_order() -> None:
    agent = span(1, name="run", gen_ai__operation__name="invoke_agent", gen_ai__usage__input_tokens=1000,
                 gen_ai__usage__output_tokens=500)  # fmt: skip
    for lines in permutations((agent, call(2, 1, start=0.1), call(2, None, start=0.1))):
        assert counted(sums(lines)) == (1, 1)


def test_a_table_that_names_tasks_knows_them_though_each_makes_one_call() -> None:
    rows = [{"task": t, "model": "premium", "tokens_in": 1000, "tokens_out": 500} for t in "ab"]
    assert not sums(rows).no_tasks
    traces = [{"trace": each.pop("task"), **each} for each in rows]
    assert sums(traces).no_tasks.startswith("every trace holds one call")


def test_three_instrumentations_of_one_call_count_once() -> None:
    nested = [call(n, None, n, scope=f"scope {n}", start=n / 10, sec=2 - n / 5) for n in range(3)]
    assert counted(sums(nested)) == (1, 1)


def test_a_reply_recorded_by_client_and_gateway_counts_once_whatever_their_clocks_say() -> None:
    both = [call(n, None, n, scope=f"side {n}", start=100 * n, gen_ai__response__id="c1") for n in (1, 2)]
    reading = sums(both)
    assert counted(reading) == (1, 1)
    assert reading.dropped == {SAME_REPLY: 1}
    again = [call(n, None, n, start=100 * n, gen_ai__response__id="c1") for n in (1, 2)]
    assert counted(sums(again)) == (2, 2), "one instrumentation, two moments: no copy"
    mock = [*again, call(3, None, 3, scope="two", start=300, gen_ai__response__id="c1")]
    assert counted(sums(mock)) == (3, 3), "a server with one id for all"


def test_a_model_s_date_and_provider_are_no_difference_and_usage_of_one_side_is_enough() -> None:
    outer = call(1, model="gpt-4o", scope="graph")
    inner = call(2, None, 2, model="openai/gpt-4o-2024-08-06", scope="client", start=0.1, sec=0.5)
    assert sums([outer, inner]).all.calls == 1
    stream = call(3, None, 3, read=None, out=None, scope="client", start=0.1, sec=0.5, gen_ai__response__id="c1")
    reading = sums([call(4, None, 4, gen_ai__response__id="c1", scope="gateway"), stream])
    assert counted(reading) == (1, 1)
    assert reading.all.unobserved == 0


@pytest.mark.parametrize("reply", [{"gen_ai__response__id": "r"}, {}], ids=["one id", "no id"])
@pytest.mark.parametrize("around", [0, 1, 2])
def test_a_hit_at_the_gateway_is_no_call_of_the_client(reply: dict[str, str], around: int) -> None:
    """Twice the same question: one call is billed, one answer comes out of the gateway's cache, whoever is around."""
    ids = {"response": {"id": "r"}} if reply else {}
    real, hit = gateway(1, start=0.1, sec=0.8, **ids), gateway(2, start=5.1, cache_hit=True, **ids)
    lines = [real, hit, agent(1, sec=9)]
    for n in range(around):
        lines += [call(10 * n + 2 + k, 1, start=5 * k - n / 100, scope=f"side {n}", **reply) for k in (0, 1)]
    for order in (lines, lines[::-1]):
        reading = sums(order)
        assert counted(reading) == (1, 1)
        assert reading.all.hits == 1
        assert sum(reading.dropped.values()) == 2 * around


def test_a_hit_accounts_for_one_call_and_for_none_that_does_not_meet_it() -> None:
    hit = gateway(1, start=5.1, cache_hit=True, response={"id": "r"})
    apart = [call(n, start=n, sec=0.5, scope="client", gen_ai__response__id="r") for n in (1, 2)]
    both = [call(n, start=5 - n / 100, scope="client", gen_ai__response__id="r") for n in (3, 4)]
    for lines, calls in (([hit, *apart], 2), ([hit, *both], 1), ([hit, *apart, *both], 3)):
        reading = sums(lines)
        assert (reading.all.calls, reading.all.hits) == (calls, 1)
    late = call(5, start=5.15, scope="client", gen_ai__response__id="r")
    assert sums([hit, late]).all.calls == 0, "their clocks differ, and they overlap"
    assert sums([hit, call(5, start=5.15, scope="client", out=1, gen_ai__response__id="r")]).all.calls == 1


@pytest.mark.parametrize("reply", [{"gen_ai__response__id": "r"}, {}], ids=["one id", "no id"])
def test_what_only_the_copy_knows_of_the_tokens_stays_and_is_priced(reply: dict[str, str]) -> None:
    """A client that knows what was cached, around a gateway that does not; the gateway may state the price."""
    ids = {"response": {"id": "r"}} if reply else {}
    client = call(1, start=0, gen_ai__usage__cache_read__input_tokens=400, **reply)
    usd = 600 * 10e-6 + 400 * 1e-6 + 500 * 40e-6
    for cost in (0.0, usd):
        reading = sums([client, gateway(2, start=0.1, response_cost=cost, **ids)])
        assert reading.all.tokens == (1000, 400, 0, 500, 0)
        assert (reading.all.calls, reading.money.low_usd) == (1, pytest.approx(usd))
        assert reading.money.high_usd == pytest.approx(usd)
    assert sums([client, gateway(2, start=0.1, response_cost=0.5, **ids)], cards={}).money.priced_usd == 0.5
    stated = call(1, start=0, gen_ai__cost__total_cost=0.5, model="gpt-4o", **reply)
    assert sums([stated, gateway(2, start=0.1, **ids) | {"model": "gpt-4o"}]).money.priced_usd == 0.5


def test_tries_that_fail_and_tries_that_reply_are_of_one_step() -> None:
    """A try that fails has the name that was asked for alone; the one that replies has the dated name, too."""
    tries = [
        call(n, start=n, name=f"chat {asked}", model=model)
        for n, (asked, model) in enumerate([("gpt-4o", "gpt-4o"), ("gpt-4o", "openai/gpt-4o-2024-08-06"), ("x", "x"),
                                            ("openai/gpt-4o", "gpt-4o-2024-08-06")])
    ]  # fmt: skip
    assert set(sums(tries).by_step) == {"chat"}
    for name, step in (("gpt-4o", "call"), ("chat gpt-4", "chat gpt-4"), ("ask the model", "ask the model")):
        assert set(sums([call(1, name=name, model="gpt-4o-2024-08-06")]).by_step) == {step}


# ---- trees that are none -------------------------------------------------------------------------------------------


def test_rings_are_cut_and_each_call_of_one_counts_by_the_rule() -> None:
    reading = sums([agent(1, 2), agent(2, 1), call(3, 3), call(4, 2)])
    assert counted(reading) == (2, 2)
    assert reading.noted[CYCLES] == 2
    ring = sums([call(1, 2, start=1), call(2, 1, start=0)])
    assert counted(ring) == (1, 1), "cut above the earliest, the other lies below it"


def test_orphans_count() -> None:
    reading = sums([call(1, 77)])
    assert counted(reading) == (1, 1)
    assert reading.noted == {ORPHANS: 1}


def test_a_span_exported_twice_counts_once_and_the_fuller_record_is_kept() -> None:
    begun = call(1, read=None, out=None)
    reading = sums([call(1), begun, call(1)])
    assert counted(reading) == (1, 1)
    assert reading.dropped == {DOUBLED: 2}


def test_two_spans_of_one_id_that_start_apart_are_two() -> None:
    reading = sums([call(1), call(1, start=5)])
    assert counted(reading) == (2, 2)
    assert reading.noted == {SHARED: 1}


def test_children_outside_their_parents_time_are_noted_and_count() -> None:
    reading = sums([agent(1, sec=1), call(2, 1, start=-0.5, sec=3)])
    assert counted(reading) == (1, 1)
    assert reading.noted == {SKEWED: 1}


def test_a_span_that_ends_before_it_starts_counts_and_its_seconds_do_not() -> None:
    reading = sums([call(1, sec=-1), call(2, start=3)])
    assert counted(reading) == (2, 2)
    assert math.isnan(reading.tasks[0].calls[0].end)
    assert math.isnan(reading.tasks[0].sec)


# ---- money and counts ----------------------------------------------------------------------------------------------


def test_other_currencies_are_named_and_never_added() -> None:
    rows = [
        {"task": "a", "model": "nobody", "usd": "0.5", "currency": "EUR"},
        {"task": "a", "model": "nobody", "usd": "0.25", "currency": "usd"},
        {"task": "a", "model": "premium", "usd": "9", "currency": "EUR", "tokens_in": 1000, "tokens_out": 500},
    ]
    money = sums(rows).money
    assert money.other_currencies == {"EUR": 0.5}
    assert money.priced_usd == pytest.approx(0.25 + USD), "what your card prices is in dollars"


def test_a_stated_price_of_nothing_is_unknown() -> None:
    assert sums([call(1, model="nobody", gen_ai__cost__total_cost=0.0)]).money.unpriced == {"nobody": 1500}


def test_a_card_comes_before_what_the_trace_states_and_the_difference_is_told() -> None:
    reading = sums([call(1, gen_ai__cost__total_cost=2 * USD)])
    assert counted(reading) == (1, 1)
    assert reading.money.high_usd == pytest.approx(2 * USD)
    assert reading.noted == {ASIDE: 1}


def test_a_hit_is_free_and_no_call() -> None:
    row = {"task": "a", "model": "premium", "tokens_in": 1000, "tokens_out": 500, "usd": 0.03}
    reading = sums([row, row | {"hit": "true"}])
    assert (reading.all.calls, reading.all.hits, reading.money.priced_usd) == (1, 1, pytest.approx(USD))
    assert reading.all.tokens.read == 1000
    assert [call.status for call in reading.tasks[0].calls].count("hit") == 1


def test_cached_tokens_above_the_input_lie_outside_it() -> None:
    reading = sums([call(1, read=100, out=0, gen_ai__usage__cache_read__input_tokens=900)])
    assert reading.all.tokens == (1000, 900, 0, 0, 0)
    assert reading.money.priced_usd == pytest.approx(100 * 10e-6 + 900 * 1e-6)


def test_reasoning_is_priced_once() -> None:
    inside = sums([call(1, gen_ai__usage__reasoning__output_tokens=200)])
    assert counted(inside) == (1, 1)
    outside = sums([call(1, read=0, out=100, gen_ai__usage__reasoning__output_tokens=200)])
    assert outside.all.tokens == (0, 0, 0, 300, 200)


@pytest.mark.parametrize("names", [("input_tokens", "output_tokens"), ("prompt_tokens", "completion_tokens")])
def test_old_and_new_names_of_opentelemetry_are_read(names: tuple[str, str]) -> None:
    usage = dict(zip((f"gen_ai__usage__{name}" for name in names), (1000, "500"), strict=True))
    assert counted(sums([span(1, gen_ai__system="openai", gen_ai__request__model="premium", **usage)])) == (1, 1)


@pytest.mark.parametrize("odd", [-5, "many", 1.5, 2**60, float("nan"), float("inf"), [], {}, True])
def test_a_count_that_cannot_be_is_no_count(odd: Any) -> None:
    rows = [{"task": "a", "model": "premium", "tokens_in": odd, "tokens_out": 500}]
    reading = sums(rows)
    assert reading.all.tokens == (0, 0, 0, 500, 0)


def test_langfuse_buckets_hold_cached_tokens_apart_unless_the_total_says_otherwise() -> None:
    usage = {"input": 600, "input_cached_tokens": 400, "output": 300, "output_reasoning_tokens": 200}
    record = {"id": "a", "traceId": "t", "type": "GENERATION", "model": "premium", "startTime": "2026-01-01T00:00:00Z"}
    audio = sums([record | {"usageDetails": {"input": 600, "input_audio": 100, "output": 300, "total": 900}}])
    assert audio.all.tokens == (600, 0, 0, 300, 0)
    written = sums([record | {"usageDetails": {"input": 600, "cache_creation_input_tokens": 100, "total": 900,
                                               "cache_read_input_tokens": 200, "output": 100}}])  # fmt: skip
    assert written.all.tokens == (800, 200, 100, 100, 0), "LiteLLM leaves what is written inside the input"
    nested = {"trace": {"id": "t"}, "observations": [record | {"usageDetails": usage, "traceId": None}]}
    assert sums([nested]).tasks[0].id == task_id("t")
    apart = sums([record | {"usageDetails": usage | {"total": 1500}}])
    inside = sums([record | {"usageDetails": usage | {"total": 900}}])
    silent = sums([record | {"usageDetails": usage}])
    assert apart.all.tokens == silent.all.tokens == (1000, 400, 0, 500, 200)
    assert inside.all.tokens == (600, 400, 0, 300, 200)


# ---- tasks ---------------------------------------------------------------------------------------------------------


def test_a_task_key_gathers_traces_and_those_without_are_noted() -> None:
    lines = [call(n, None, n, start=n, session__id="a" if n < 3 else "b") for n in (1, 2, 3)] + [
        call(4, None, 4, start=9)
    ]
    reading = sums(lines, "session.id")
    assert [len(task.calls) for task in reading.tasks] == [2, 1, 1]
    assert [task.id for task in reading.tasks][:2] == [task_id("a"), task_id("b")]
    assert reading.noted == {KEYLESS: 1}
    assert sums(lines).no_tasks
    assert not reading.no_tasks


def test_a_task_key_that_no_call_has_is_refused() -> None:
    """It is mistyped: each trace would be taken for a task, and a gate would open on wrong tasks."""
    lines = [call(n, None, n, start=n, session__id="a") for n in (1, 2, 3)]
    rows = [{"task": n, "session": "a", "model": "m", "tokens_in": 1} for n in (1, 1, 2)]
    for made, key in ((lines, "sesion.id"), (rows, "sesion"), (rows, "step")):
        with pytest.raises(ValueError, match=f"task_key .--task-key. must name .* share; no call has '{key}'"):
            sums(made, key)
    assert sums(rows, "task").tasks_in_all == 2
    assert sums([agent(1)], "session.id").no_tasks == "there is no model call in what was read"


def test_a_row_without_the_task_key_is_a_task_of_its_trace() -> None:
    row = {"task": "t", "model": "m", "tokens_in": 1}
    reading = sums([row | {"trace": n, "session": key} for n, key in ((1, "a"), (2, ""), (3, "a"))], "session")
    assert (reading.tasks_in_all, reading.noted[KEYLESS]) == (2, 1)


def test_a_task_key_comes_before_a_table_s_own_column() -> None:
    rows = [{"task": n, "session": "a", "model": "m", "tokens_in": 1} for n in (1, 2)]
    assert (sums(rows).tasks_in_all, sums(rows, "session").tasks_in_all) == (2, 1)


def test_a_task_key_may_stand_on_the_resource_or_on_the_root() -> None:
    rooted = [agent(1, session__id="a"), call(2, 1), agent(3), call(4, 1)]
    assert sums(rooted, "session.id").tasks_in_all == 1
    line = call(1)
    line["resourceSpans"][0]["resource"]["attributes"] = [{"key": "session.id", "value": {"stringValue": "r"}}]
    assert sums([line], "session.id").tasks[0].id == task_id("r")


def test_retries_in_a_table_are_numbered_unless_it_numbers_them() -> None:
    row = {"task": "a", "step": "plan", "model": "premium", "tokens_in": 10, "tokens_out": 5}
    rows = [row | {"start": 1, "status": "error", "error": "timeout"}, row | {"start": 2}, row | {"start": 3}]
    assert [each.attempt for each in sums(rows).tasks[0].calls] == [1, 2, 1]
    assert [each.attempt for each in sums([each | {"attempt": 7} for each in rows]).tasks[0].calls] == [7, 7, 7]


@pytest.mark.parametrize(
    ("argument", "value"),
    [("task_key", 3), ("task_key", ""), ("progress", 3), ("most_open", 0), ("cards", {"premium": 3}), ("paths", 3),
     ("paths", []), ("paths", "no/such/file"), ("paths", [3])],
)  # fmt: skip
def test_wrong_arguments_are_named(argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=argument):
        read(**({"paths": [json.dumps(call(1))], "cards": CARDS} | {argument: value}))


def test_a_row_of_litellm_is_of_the_step_that_its_metadata_names() -> None:
    row = {"litellm_call_id": "a", "call_type": "acompletion", "startTime": 1.0, "endTime": 2.0, "response_cost": 0.5,
           "trace_id": "order 7", "model": "m", "prompt_tokens": 5, "completion_tokens": 1}  # fmt: skip
    known = {"spend_logs_metadata": {"step": "plan"}}
    reading = sums([row | {"metadata": known}, row | {"litellm_call_id": "b", "startTime": 2.0, "endTime": 3.0}])
    assert [call.step for call in reading.tasks[0].calls] == ["plan", "acompletion"]
    assert reading.tasks[0].id == task_id("order 7")


@pytest.mark.parametrize("sec", ["N/A", "null", "2s", -5, "-5", "NaN", "inf", "00:00:02", True, {}])
def test_seconds_that_are_none_are_unknown_and_never_0(sec: Any) -> None:
    row = {"task": "a", "model": "m", "usd": 0.1, "start": 1}
    (call,) = sums([row | {"sec": sec}]).tasks[0].calls
    assert math.isnan(call.end)
    (call,) = sums([row | {"sec": 0}]).tasks[0].calls
    assert call.end == call.start


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("timeout", "timeout"), ("timed out", "timeout"), ("TIMED_OUT", "timeout"), ("504", "timeout"),
        ("429", "rate limit"), ("rate_limited", "rate limit"), ("RateLimitError", "rate limit"),
        ("cancelled", "aborted"), ("aborted", "aborted"), ("APIConnectionError", "connection"),
        ("400", "bad request"), ("418", "bad request"), ("invalid_request", "bad request"),
        ("500", "server error"), ("599", "server error"), ("overloaded", "server error"),
        ("exception", "error"), ("ERROR", "error"), ("task_failed", "error"), ("crashed", "error"),
        ("ok", "ok"), ("200", "ok"), ("executed", "ok"), ("no_error", "ok"), ("pending", "ok"), ("", "ok"),
        ("who knows", "ok"),
    ],
)  # fmt: skip
def test_a_status_of_any_words_is_searched_for_those_of_failures(status: str, kind: str) -> None:
    table = f"task,model,usd,status\na,m,0.1,{status}\na,m,0.1,ok"
    assert sorted(call.status for call in sums([table]).tasks[0].calls) == sorted([kind, "ok"])


TABLE = ["task,step,model,usd", "a,plan,premium,0.1", "a,act,premium,0.2"]


@pytest.mark.parametrize(
    "texts",
    [
        TABLE,
        "\n".join(TABLE),
        ["\n".join(TABLE)],
        [f"{line}\n" for line in TABLE],
        iter(TABLE),
        '{"task": "a", "usd": 0.3}',
    ],
    ids=["lines", "text", "texts", "lines with ends", "generator", "document"],
)
def test_a_table_that_is_given_as_text_is_no_path(texts: Any) -> None:
    reading = read(texts, progress=None)
    assert reading.money.priced_usd == pytest.approx(0.3)
    assert [source.name for source in reading.sources] == ["lines"]


def test_a_name_with_a_comma_is_a_path(tmp_path: Path) -> None:
    for path in ("run,1.csv", ["run,1.csv", "run,2.csv"]):
        with pytest.raises(ValueError, match=r"there is no file 'run,1\.csv'"):
            read(path)
    file = tmp_path / "task,1"
    file.write_text("\n".join(TABLE), encoding="utf-8")
    assert [source.name for source in read(str(file)).sources] == ["task,1"]


def test_the_reach_of_a_tasks_own_spans_is_kept_over_its_traces() -> None:
    made = [agent(1, trace=1, start=5, sec=3, job="x"), call(2, 1, 1, start=6), agent(1, trace=2, sec=2), call(2, 1, 2)]
    first, second = (read([json.dumps(each) for each in made], key, progress=None).tasks for key in (None, "job"))
    assert [task.around_sec for task in first] == [2, 3]
    assert [task.around_sec for task in second] == [2, 3]  # the second trace has no key, and so is a task of its own
    both = [span(i, trace=i, start=9 * i, sec=2, job="x") for i in (1, 2)]
    both += [call(3, 1, 1, start=9), call(4, 2, 2, start=18)]
    (task,) = read([json.dumps(each) for each in both], "job", progress=None).tasks
    assert task.around_sec == 11
    (alone,) = read([json.dumps(call(1))], progress=None).tasks
    assert alone.around is None  # a call is no span of the task's own


@pytest.mark.parametrize("most_open", [1, 2, 5, 150_000])
def test_what_lies_around_hangs_on_no_memory(most_open: int) -> None:
    made = [each for i in range(20) for each in (agent(1, trace=i + 1, sec=9), call(2, 1, i + 1, start=2))]
    reading = read([json.dumps(each) for each in made], progress=None, most_open=most_open)
    assert len(reading.tasks) == 20
    assert all(task.around_sec == 9 for task in reading.tasks) or most_open == 1


def test_a_hit_far_from_its_copy_is_said() -> None:
    client = call(1, start=5, scope="client", gen_ai__response__id="r")
    hit = gateway(2, start=5.1, cache_hit=True, response={"id": "r"})
    far = [
        hit,
        *(call(n, None, n, start=9 * n, scope="client", gen_ai__response__id=str(n)) for n in range(3, 9)),
        client,
    ]
    assert FAR not in sums(far).noted
    assert sums(far, most_open=1).noted[FAR] > 0


# ---- two instrumentations below one roll-up ------------------------------------------

STATED: dict[str, Any] = {"gen_ai__usage__input_tokens": 1000, "gen_ai__usage__output_tokens": 500}


@pytest.mark.parametrize("scopes", [["fw", "client"], ["fw", "middle", "client"]])
@pytest.mark.parametrize("said", [{}, NOTHING], ids=["with usage", "silent"])
def test_a_roll_up_above_two_records_of_one_call_has_one_call_below_it(said: dict[str, Any], scopes: list[str]) -> None:
    records = [call(2 + n, 1, start=1 + n, sec=8 - 2 * n, scope=scope, **said) for n, scope in enumerate(scopes)]
    for lines in permutations([agent(1, sec=10, scope="fw", **STATED), *records]):
        reading = sums(lines)
        assert (counted(reading), reading.all.tokens[::3]) == ((1, 1), (1000, 500))
        assert (reading.money.low_usd, reading.money.high_usd) == pytest.approx((USD, USD))
        assert reading.noted == {}


def test_a_copy_that_was_left_out_in_its_trace_does_not_count_when_it_comes_again() -> None:
    lines = []
    for trace in range(1, 9):
        begin = 20.0 * trace
        lines += [agent(1, trace=trace, start=begin, sec=10, scope="fw")]
        lines += [call(2 + n, 1, trace, start=begin + 1 + n, sec=8 - 2 * n, scope=each) for n, each in enumerate("ab")]
    assert counted(sums([*lines, *lines], most_open=6)) == (8, 8)


def test_the_low_end_of_a_bill_is_never_below_nothing() -> None:
    lines = [call(10 + n, None, 10 + n, start=1 + n / 10, sec=8 - n / 5, scope=f"s{n}") for n in range(2)]
    below = [call(2, 1, start=0.5, sec=9), call(3, 1, start=1.5, sec=5, scope="s2")]
    small = agent(1, sec=10, gen_ai__usage__input_tokens=1, gen_ai__usage__output_tokens=1)
    assert sums([small, *below, *lines]).money.low_usd >= 0


@pytest.mark.parametrize("inner", [0.05, 0.02])
def test_dollars_of_roll_ups_one_above_the_other_count_once(inner: float) -> None:
    whole = span(1, gen_ai__operation__name="invoke_workflow", gen_ai__cost__total_cost=0.05)
    part = agent(2, 1, gen_ai__cost__total_cost=inner)
    nested = sums([whole, part, call(3, 2, **NOTHING)])
    assert (nested.all.calls, nested.money.priced_usd, nested.money.high_usd) == (1, inner, 0.05)
    beside = sums([whole, part, call(3, 1, **NOTHING)])
    assert (beside.all.calls, beside.money.priced_usd, beside.money.high_usd) == (1, 0.05, 0.05)


def test_a_call_that_says_nothing_above_a_roll_up_with_usage_is_that_one_call() -> None:
    for lines in permutations([call(1, scope="outer", **NOTHING), agent(2, 1, **STATED)]):
        reading = sums(lines)
        assert (counted(reading), reading.all.unobserved, set(reading.by_model)) == ((1, 1), 0, {"premium"})


# ---- steps, tries, other money ------------------------------------------


def test_a_call_whose_step_is_named_like_a_tool_is_no_tool() -> None:
    rows = [{"task": f"t{n}", "step": "tool select", "model": "premium", "tokens_in": 1, "start": n, "right": n > 1}
            for n in range(9)]  # fmt: skip
    rows += [{"task": "t0", "step": "tool call", "model": "premium", "status": "timeout", "start": 5.0}]
    reading = sums(rows)
    assert set(reading.by_step) == {"model tool select", "model tool call"}
    step = fit(sums(rows[:-1])).step("model tool select")
    assert (step.model, math.isnan(step.p.value)) == ("premium", False)


def test_tries_are_numbered_within_a_task() -> None:
    rows = [{"trace": "x", "task": "a", "step": "plan", "model": "premium", "status": "timeout", "start": 1, "sec": 1},
            {"trace": "x", "task": "b", "step": "plan", "model": "premium", "tokens_in": 9, "start": 3, "sec": 1},
            {"trace": "x", "task": "a", "step": "plan", "model": "premium", "tokens_in": 9, "start": 5, "sec": 1},
            ]  # fmt: skip
    for lines in permutations(rows):
        by_id = {task.id: [each.attempt for each in task.calls] for task in sums(lines).tasks}
        assert by_id == {task_id("a"): [1, 2], task_id("b"): [1]}


def test_a_call_billed_in_other_money_has_no_price_and_the_gate_stays_shut() -> None:
    calls = {"step": "plan", "usd": 0.01}, {"step": "act", "usd": 5.0, "currency": "EUR"}
    rows = [{"task": f"t{n}", "start": 9 * n + k, "sec": 1, "model": "own"} | each
            for n in range(40) for k, each in enumerate(calls)]  # fmt: skip
    reading = sums(rows)
    assert (reading.all.unpriced, reading.all.unpriced_tokens, reading.all.unobserved) == (40, 0, 0)
    assert (reading.unseen_calls, reading.money.other_currencies) == (0.5, {"EUR": 200.0})
    assert not all(line.kept for line in check_budget(reading, fit(reading), Budget(usd=0.05)))
