"""One call that two instrumentations recorded in different words: an alias, other counts, no usage, a failure."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from recorded import call, span, sums

from labkit_traces import Tokens
from labkit_traces.counting.copies import ENCLOSING, SILENT, STREAMED
from labkit_traces.counting.replies import SAME_REPLY

NOTHING: dict[str, Any] = {"read": None, "out": None}
LATE = {"code": 2, "message": "Request timed out."}


def client(number: int, **rest: Any) -> dict[str, Any]:
    return call(number, None, number, **({"scope": "client", "sec": 4.0} | rest))


def gateway(number: int, **rest: Any) -> dict[str, Any]:
    return call(number, None, number, **({"scope": "gateway", "start": 1.0, "sec": 2.0} | rest))


def test_an_alias_of_a_model_is_the_model_that_the_gateway_names() -> None:
    framework = call(1, None, 1, model="fast", scope="framework", start=-1.0, sec=6.0)
    records = [
        framework, client(2, model="fast", gen_ai__response__id="r"), gateway(3, gen_ai__response__id="r"),
    ]  # fmt: skip
    for lines in permutations(records):
        reading = sums(lines)
        assert (reading.all.calls, dict(reading.money.unpriced), set(reading.by_model)) == (1, {}, {"premium"})
        assert reading.dropped == {ENCLOSING: 1, SAME_REPLY: 1}


@pytest.mark.parametrize("outer", [1000, 200])
def test_of_two_counts_of_one_reply_the_fuller_is_believed(outer: int) -> None:
    inner = 1200 - outer
    known = {"gen_ai__response__id": "r"}
    for lines in permutations([client(1, read=outer, **known), gateway(2, read=inner, **known)]):
        assert (sums(lines).all.calls, sums(lines).all.tokens) == (1, Tokens(1000, 0, 0, 500))


def test_an_id_that_a_server_uses_again_makes_no_copies_of_other_counts() -> None:
    known = {"gen_ai__response__id": "always"}
    lines = [client(1, read=10, **known), client(2, read=20, start=9.0, **known), gateway(3, read=30, **known)]
    assert sums(lines).all.calls == 3


@pytest.mark.parametrize("inner_model", ["", "premium"])
def test_a_failure_that_two_saw_is_one_though_one_names_no_model(inner_model: str) -> None:
    inner = span(2, None, 2, scope="inner", start=1.0, status=LATE, openinference__span__kind="LLM",
                 **({"llm__model_name": inner_model} if inner_model else {}))  # fmt: skip
    for lines in permutations([client(1, status=LATE, **NOTHING), inner]):
        reading = sums(lines)
        assert (reading.money.unobserved, set(reading.by_model)) == ({"timeout": 1}, {"premium"})
        assert sum(reading.dropped.values()) == 1


def test_failures_of_two_models_are_two() -> None:
    small = gateway(2, model="small", status=LATE, **NOTHING)
    assert sums([client(1, status=LATE, **NOTHING), small]).all.calls == 2


def test_a_failure_inside_one_of_another_kind_is_another_where_no_model_is_named() -> None:
    refused = {"code": 2, "message": "Error code: 429"}
    inner = span(2, None, 2, scope="inner", start=1.0, status=refused, openinference__span__kind="LLM")
    assert sums([client(1, status=LATE, **NOTHING), inner]).money.unobserved == {"timeout": 1, "rate limit": 1}


def test_a_roll_ups_model_is_that_of_the_calls_below_which_name_none() -> None:
    usage = {"gen_ai__usage__input_tokens": 1001, "gen_ai__usage__output_tokens": 500}
    agent = span(1, gen_ai__operation__name="invoke_agent", gen_ai__request__model="premium", **usage)
    below = [span(n, 1, start=0.1 * n, gen_ai__operation__name="chat") for n in (2, 3)]
    reading = sums([agent, *below])
    assert (reading.all.calls, set(reading.by_model), reading.all.tokens.read) == (2, {"premium"}, 1001)


def test_a_stream_that_says_nothing_is_the_gateways_call_inside_it() -> None:
    reading = sums([client(1, **NOTHING), gateway(2)])
    assert (reading.all.calls, reading.all.unobserved, reading.dropped) == (1, 0, {SILENT: 1})


def test_a_stream_stays_unobserved_where_the_call_inside_has_its_own_record() -> None:
    lines = [client(1, **NOTHING), client(2, start=0.5, sec=3.0), gateway(3)]
    for each in permutations(lines):
        reading = sums(each)
        assert (reading.all.calls, reading.all.unobserved, reading.dropped) == (2, 1, {ENCLOSING: 1})


@pytest.mark.parametrize("traces", [(1, 1), (1, 2)])
def test_the_record_of_a_stream_that_has_ended_is_the_call_that_began_it(traces: tuple[int, int]) -> None:
    """logfire ends the span of the request without usage, and writes the usage in a record of no length."""
    lines = []
    for turn in range(2):
        begun = call(2 * turn, None, traces[0] + 5 * turn, start=9.0 * turn, sec=0.1, scope="logfire", **NOTHING)
        ended = call(2 * turn + 1, None, traces[1] + 5 * turn, start=9.0 * turn + 2.0, sec=0.0, scope="logfire")
        lines += [begun, ended]
    for each in permutations(lines):
        reading = sums(each)
        assert (reading.all.calls, reading.all.unobserved, reading.dropped) == (2, 0, {STREAMED: 2})
        assert [call.end - call.start for task in reading.tasks for call in task.calls] == [2.0, 2.0]
    aborted = [call(7, None, 7, start=20.0, scope="logfire", **NOTHING), *lines]
    assert sums(aborted).all.unobserved == 1


@pytest.mark.parametrize("seed", range(20))
def test_many_calls_in_two_records_each_count_once_in_any_order(seed: int) -> None:
    """Calls that overlap, at random: the client says nothing of some, knows others by an alias, and all have ids."""
    rng = np.random.default_rng(seed)
    lines: list[dict[str, Any]] = []
    total = 0
    for number in range(30):
        start, sec, read = float(rng.uniform(0, 20)), float(rng.uniform(1, 5)), int(rng.integers(1, 4000))
        known = {"gen_ai__response__id": f"r{number}"}
        said: dict[str, Any] = [{"read": read}, {"read": read, "model": "fast"}, NOTHING][int(rng.integers(3))]
        lines.append(client(2 * number, start=start, sec=sec, **said, **known))
        lines.append(gateway(2 * number + 1, start=start + 0.1, sec=sec - 0.2, read=read, **known))
        total += read
    rng.shuffle(lines)  # type: ignore[arg-type]
    reading = sums(lines)
    assert (reading.all.calls, reading.all.tokens.read, reading.all.unobserved) == (30, total, 0)
    assert set(reading.by_model) == {"premium"}


# ---- what tells two records apart, and what is kept of both ------------------------------------------


def test_dollars_are_those_of_the_tokens_that_are_kept() -> None:
    fast = client(1, model="fast", gen_ai__response__id="r")
    for lines in permutations([fast, gateway(2, read=200, gen_ai__response__id="r")]):
        assert sums(lines).money.priced_usd == pytest.approx(1000 * 10e-6 + 500 * 40e-6, abs=1e-12)


def test_a_price_that_the_dropped_record_states_is_still_held_against_the_card() -> None:
    stated = client(1, gen_ai__usage__cost=0.5)
    assert (sums([stated]).money.low_usd, sums([stated]).money.high_usd) == pytest.approx((0.03, 0.5))
    reading = sums([stated, gateway(2)])
    assert (reading.money.low_usd, reading.money.high_usd) == pytest.approx((0.03, 0.5))


def test_a_verdict_on_the_dropped_record_is_one_on_the_call() -> None:
    marked = client(1, gen_ai__evaluation__name="correctness", gen_ai__evaluation__score__label="pass")
    assert [call.right for task in sums([marked, gateway(2)]).tasks for call in task.calls] == [True]


def test_records_of_two_tasks_are_two_calls() -> None:
    lines = [client(1, session__id="a"), gateway(2, session__id="b")]
    assert sums(lines).all.calls == 1
    assert sums(lines, "session.id").all.calls == 2


def test_calls_without_tokens_that_state_other_dollars_are_two() -> None:
    lines = [client(1, gen_ai__usage__cost=0.5, **NOTHING), gateway(2, gen_ai__usage__cost=0.01, **NOTHING)]
    assert sums(lines, cards=None).money.priced_usd == pytest.approx(0.51)


def test_a_stream_whose_id_is_another_ones_is_not_the_gateways_call() -> None:
    other = gateway(2, gen_ai__response__id="r2")
    assert sums([client(1, gen_ai__response__id="r1", **NOTHING), other]).all.unobserved == 1


def test_an_id_that_a_busy_server_uses_for_all_makes_no_copies_of_unlike_calls() -> None:
    """Fifty calls at a time from each of two instrumentations, which overlap and have one id and unlike tokens."""
    lines = [
        each(2 * n + part, start=float(n), sec=3.0, read=100 * n + part + 1, gen_ai__response__id="always")
        for n in range(50)
        for part, each in enumerate((client, gateway))
    ]
    assert sums(lines).all.calls == 100


def test_two_calls_that_overlap_under_one_id_and_do_not_enclose_each_other_are_two() -> None:
    small = client(1, model="small", read=50, sec=4.0, gen_ai__response__id="r")
    assert sums([small, gateway(2, read=9000, start=1.0, sec=6.0, gen_ai__response__id="r")]).all.calls == 2


def test_only_logfires_records_of_no_length_end_a_stream() -> None:
    begun, ended = call(1, None, 1, sec=3.0, **NOTHING), call(2, None, 2, start=9.0, sec=0.0)
    assert sums([begun, ended]).all.unobserved == 1
    late = [call(n, None, n, start=9000.0 * (n - 1), sec=3.0 * (n == 1), scope="logfire", **(NOTHING if n == 1 else {}))
            for n in (1, 2)]  # fmt: skip
    assert sums(late).all.unobserved == 1


def test_streams_of_two_traces_that_run_at_once_keep_their_own_ends() -> None:
    lines = []
    for trace, tokens in ((1, 100), (2, 9000)):
        begin = 0.05 * trace
        lines += [
            call(1, None, trace, start=begin, sec=0.1, scope="logfire", **NOTHING),
            call(2, None, trace, start=begin + 1.0 + trace, sec=0.0, scope="logfire", read=tokens),
        ]  # fmt: skip
    read = {call.tokens.read: call.end - call.start for task in sums(lines).tasks for call in task.calls if call.tokens}
    assert read == pytest.approx({100: 2.0, 9000: 3.0})


@pytest.mark.parametrize("known", [{}, {"gen_ai__response__id": "r"}])
def test_a_hit_without_tokens_is_the_call_around_it(known: dict[str, Any]) -> None:
    hit = gateway(2, gen_ai__cache__hit=True, **NOTHING, **known)
    for lines in permutations([client(1, **known), hit]):
        assert (sums(lines).all.calls, sums(lines).all.hits, sums(lines).money.priced_usd) == (0, 1, 0.0)


def test_a_hit_below_its_wrapper_is_a_hit() -> None:
    reading = sums([call(1), call(2, 1, gen_ai__cache__hit=True, **NOTHING)])
    assert (reading.all.calls, reading.all.hits, reading.money.priced_usd) == (0, 1, 0.0)


def test_copies_far_apart_are_known_by_their_id_alone() -> None:
    lines = [
        each(2 * n + part, start=10.0 * n + part, model=("fast", "premium")[part], gen_ai__response__id=f"r{n}")
        for part, each in enumerate((client, gateway))
        for n in range(40)
    ]
    assert sums(lines, most_open=4).all.calls == 40


# ---- roll-ups, and tools that cost something ------------------------------------------


@pytest.mark.parametrize("kind", ["execute_tool", "something else"])
def test_what_a_tool_costs_does_not_take_a_roll_ups_usage_from_its_call(kind: str) -> None:
    agent = span(1, gen_ai__operation__name="invoke_agent", gen_ai__usage__input_tokens=1000,
                 gen_ai__usage__output_tokens=500)  # fmt: skip
    tool = span(3, 1, gen_ai__operation__name=kind, gen_ai__usage__cost=0.01)
    reading = sums([agent, call(2, 1, **NOTHING), tool])
    assert (reading.all.unobserved, reading.by_model["premium"].usd) == (0, pytest.approx(0.03))
    assert reading.money.priced_usd == pytest.approx(0.04)


def test_dollars_above_two_calls_are_not_those_of_the_one_that_says_its_tokens() -> None:
    agent = span(1, gen_ai__operation__name="invoke_agent", gen_ai__usage__cost=1.0)
    reading = sums([agent, call(2, 1, model="own"), call(3, 1, model="own", start=1.0, **NOTHING)])
    assert (reading.money.priced_usd, reading.money.high_usd) == (0.0, 1.0)
    assert reading.all.unobserved == 1


# ---- what a record says of itself ------------------------------------------


@pytest.mark.parametrize("attributes", [None, "x", ["x"], [{}], {}, 7])
def test_an_event_that_is_none_costs_no_span(attributes: Any) -> None:
    record = call(1, status={"code": 2})
    record["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"] = [
        {"name": "exception", "attributes": attributes}, {"name": "exception"},
    ]  # fmt: skip
    assert (sums([record]).all.calls, sums([record]).money.priced_usd) == (1, pytest.approx(0.03))


def test_a_zero_under_one_name_does_not_hide_the_count_under_another() -> None:
    record = call(1, read=0, out=0, llm__usage__prompt_tokens=1000, llm__usage__completion_tokens=500)
    assert sums([record]).all.tokens == Tokens(1000, 0, 0, 500)


# ---- moments that were rounded ------------------------------------------


@pytest.mark.parametrize("model", ["premium", "fast"])
@pytest.mark.parametrize("cut", [0.0006, 0.0019])
def test_a_record_whose_moments_were_rounded_is_the_same_call(cut: float, model: str) -> None:
    known = {"gen_ai__response__id": "r"} if model == "fast" else {}
    exact = client(1, start=1.0 + cut, sec=2.0, model=model, **known)
    for lines in permutations([exact, gateway(2, start=1.0, sec=2.0, **known), call(3, None, 3, start=9)]):
        assert sums(lines).all.calls == 2


@pytest.mark.parametrize(
    ("sec", "later"), [(2.0, 0.003), (0.004, 0.001), (0.002, 0.002), (0.001, 0.0011), (0.0, 0.001)]
)
def test_calls_that_stick_out_by_more_than_rounding_are_two(sec: float, later: float) -> None:
    for lines in permutations([client(1, start=1.0, sec=sec), gateway(2, start=1.0 + later, sec=sec)]):
        assert sums(lines).all.calls == 2


def test_calls_one_after_the_other_are_never_one() -> None:
    lines = [each(2 * n + k, start=(2 * n + k) * 0.003, sec=0.003)
             for n in range(40) for k, each in enumerate((client, gateway))]  # fmt: skip
    assert sums(lines).all.calls == 80


@pytest.mark.parametrize("cut", [0.0000009, 0.0007])
def test_a_span_that_two_exporters_wrote_with_other_rounding_counts_once(cut: float) -> None:
    for lines in permutations([call(1, start=1.0 + cut), call(1, start=1.0), call(1, start=1.003 + cut)]):
        assert sums(lines).all.calls == 2
