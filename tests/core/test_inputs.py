"""The boundary: bad input is a ValueError that says which argument was wrong; good input broadcasts."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from labkit import (
    PREMIUM,
    SMALL,
    Cache,
    Debate,
    Gate,
    Judge,
    Model,
    Person,
    PriceCard,
    Step,
    Workflow,
    chain,
    cost,
    frontier,
    graph,
    latency,
    levers,
    parallel,
    plots,
    reliability,
    simulate,
)
from labkit._inputs import LARGEST, non_negative, number, plain, probability, some, together, whole
from labkit_workbook.questions import exercise, find

NAN, INF = float("nan"), float("inf")


# ---- broadcasting -----------------------------------------------------------------------------------------

P = np.array([[0.0], [0.3], [0.985], [1.0]])
K = np.array([0.0, 1.0, 3.0, 12.0, 40.0])
S = np.array([1.0, 2.0, 7.0, 12.0, 60.0])
X = np.array([0.0, 0.02, 0.4, 2.0, 15.0])
D = np.array([0.0, 0.25, 0.5, 0.9, 1.0])


def along_last(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that sums up its last axis, as a function of the numbers along it."""
    return lambda *items: function(np.stack(np.broadcast_arrays(*items), axis=-1))


BROADCAST: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "cost.task_cost": (lambda u, *c: along_last(lambda c: cost.task_cost(u, c))(*c), (P, X, S, D)),
    "cost.call_multiplier": (cost.call_multiplier, (S, P)),
    "cost.is_ten_to_hundred": (cost.is_ten_to_hundred, (X * 10,)),
    "cost.debate_calls": (lambda a, r: cost.debate_calls(a, r, "listing"), (S, K[:, None])),
    "cost.expected_attempts": (cost.expected_attempts, (P, K)),
    "cost.worst_attempts": (cost.worst_attempts, (K,)),
    "cost.steps_until_failure": (cost.steps_until_failure, (P, S, D)),
    "cost.growing_context_tokens": (cost.growing_context_tokens, (X, P, S)),
    "cost.cached_prefix": (cost.cached_prefix, (P, X, S, K, X, D, P)),
    "cost.quality_per_dollar": (cost.quality_per_dollar, (P, X)),
    "cost.profit": (
        lambda v, p, usd, d, h: cost.profit(v, p, usd, (1 - p) / 2, d, (1 - p) / 3, h),
        (X - 3, P, X, D, X),
    ),
    "cost.cost_per_success": (cost.cost_per_success, (P, X, S)),
    "cost.cached_context_tokens": (cost.cached_context_tokens, (X, P, S, D, X)),
    "cost.cache_pays_after": (cost.cache_pays_after, (P, X)),
    "cost.semantic_cache": (cost.semantic_cache, (P, X, S, D, D[::-1], P, X, X)),
    "cost.false_hits_allowed": (cost.false_hits_allowed, (P, D)),
    "cost.cascade": (along_last(lambda c: cost.cascade(c, [0.3])), (P, X)),
    "cost.judged_cascade": (along_last(lambda p: cost.judged_cascade([1, 2], p, 0.7, 0.1).p), (P, D)),
    "cost.pgr": (lambda q, w: cost.pgr(q, w, w + 1), (X, P)),
    "cost.cpt": (lambda x: cost.cpt([0.0, 0.2, 1.0], [0.6, 0.75, 0.8], x), (P * D,)),
    "cost.routed_cost": (cost.routed_cost, (P, X, S)),
    "cost.calls_through_layers": (lambda t, q: along_last(cost.calls_through_layers)(t) * (1 + q), (K + 1, P)),
    "cost.post_paid_calls": (cost.post_paid_calls, (X, S, S)),
    "cost.pre_paid_calls": (lambda c, w: cost.pre_paid_calls(c, w + 1, w), (X, S)),
    "latency.batched": (lambda n, b, g: latency.batched([1.0, 2.0, 7.0], n, b, g), (S, S, S)),
    "latency.expected_max": (lambda n: latency.expected_max([1.0, 2.0, 7.0], n), (S,)),
    "latency.quantile_of_max": (lambda n, q: latency.quantile_of_max([1.0, 2.0, 7.0], n, q), (S, P)),
    "latency.makespan_bounds": (lambda t, path, at: latency.makespan_bounds(t + path, path, at), (P, X, S)),
    "latency.erlang_c": (latency.erlang_c, (S, X)),
    "latency.under_load": (
        lambda r, t, k, c, b: latency.under_load(r, t, k, scv=c, burstiness=b).time_quantile(0.9),
        (X, S, S[:, None], D, X[:, None] + 1),
    ),
    "latency.largest_rate": (
        lambda t, sec, k, q: latency.largest_rate(t, sec, k, share=q),
        (X * 3, S, S[:, None], D[:-1, None, None]),
    ),
    "latency.provider_limits": (
        lambda r, a, t, c: latency.provider_limits(
            r, requests_per_min=a, tokens_per_min=60 * a, tokens_a_call=t, calls=c
        ),
        (X, S, K[:, None], S),
    ),
    "latency.retry_storm": (
        lambda r, k, t: latency.retry_storm(r, 2.0, k, timeout_sec=t, retries=k % 3),
        (P, S, S + 1),
    ),
    "latency.sequential": (along_last(latency.sequential), (P, X, S)),
    "latency.side_by_side": (along_last(latency.side_by_side), (P, X, D)),
    "latency.staged": (
        lambda a, b, c: latency.staged([np.stack(np.broadcast_arrays(a, b), -1), np.asarray(c)[..., None]]),
        (P, D, X),
    ),
    "latency.longest_path": (lambda *t: latency.longest_path(t, [[], [0], [], [1, 2]]), (P, X, D, S)),
    "reliability.product_law": (along_last(reliability.product_law), (P, D, D)),
    "reliability.chain_success": (reliability.chain_success, (P, S)),
    "reliability.implied_p": (reliability.implied_p, (P, S)),
    "reliability.steps_until_below": (reliability.steps_until_below, (P, D[1:])),
    "reliability.with_retries": (reliability.with_retries, (P, K)),
    "reliability.with_detected_retry": (reliability.with_detected_retry, (P, D, D[::-1])),
    "reliability.gated": (reliability.gated, (P, D, D[::-1], K)),
    "reliability.gated, fail-open": (lambda p, d, f, k: reliability.gated(p, d, f, k, True), (P, D, D[::-1], K)),
    "reliability.gated, recovery": (
        lambda p, d, f, k, r: reliability.gated(p, d, f, k, recovery=r),
        (P, D, D[::-1], K, D),
    ),
    "reliability.gated, both": (lambda p, d, k, r: reliability.gated(p, d, d, k, True, r), (P, D, K, D[::-1])),
    "reliability.escalated": (reliability.escalated, (P, D, D[::-1], K, D)),
    "reliability.escalated, recovery": (
        lambda p, d, f, k, r: reliability.escalated(p, d, f, k, f, r),
        (P, D, D[::-1], K, D),
    ),
    "reliability.steps_with_early_stop": (reliability.steps_with_early_stop, (P, S, D, D[::-1])),
}
NOT_BROADCASTING = {
    "cost.apgr",
    "cost.fit_growing_context",
    "latency.critical_path",
    "latency.hedged",
    "latency.list_schedule",
    "latency.replay_arrivals",
}


@pytest.mark.parametrize("name", BROADCAST)
def test_arrays_give_element_by_element_what_numbers_give(name: str) -> None:
    function, arguments = BROADCAST[name]
    whole_array = np.array(function(*arguments))
    each = [np.ravel(a) for a in np.broadcast_arrays(*arguments)]
    one_by_one = [function(*(float(x) for x in numbers)) for numbers in zip(*each, strict=True)]
    for value in np.ravel(np.array(one_by_one, dtype=object)):
        assert isinstance(value, (float, bool))
    expected = np.moveaxis(np.array(one_by_one, dtype=float), 0, -1).reshape(whole_array.shape)
    np.testing.assert_allclose(whole_array.astype(float), expected, rtol=1e-12, atol=1e-15)


def test_every_public_formula_is_in_the_table_above() -> None:
    def public(module: ModuleType, home: str = r"labkit\.((laws|load)\.)?[a-z]\w*") -> set[str]:
        """The functions that can be had from a module, wherever in labkit they live but in a private module."""
        home_name = module.__name__.rsplit(".", 1)[1]
        functions = inspect.getmembers(module, inspect.isfunction)
        return {f"{home_name}.{n}" for n, f in functions if re.fullmatch(home, f.__module__) and n[0] != "_"}

    tested = {name.split(",")[0] for name in BROADCAST} | NOT_BROADCASTING
    assert public(cost) | public(latency) | public(reliability, r"labkit\.(reliability|laws\.gates)") == tested | {
        "reliability.checked_chain"
    }


def test_empty_arrays_of_designs_give_empty_arrays() -> None:
    assert cost.expected_attempts(np.array([]), 1).shape == (0,)
    assert np.shape(reliability.gated(np.array([]), retries=np.array([])).p) == (0,)


# ---- the helpers ------------------------------------------------------------------------------------------


def test_good_numbers_come_back_as_floats() -> None:
    assert number("x", 3).dtype == float
    assert number("x", [1, 2]).tolist() == [1.0, 2.0]
    assert number("x", np.float32(0.5)) == 0.5


def test_the_ends_of_the_range_are_inside() -> None:
    assert probability("p", [0, 1]).tolist() == [0.0, 1.0]
    assert non_negative("usd", 0) == 0
    assert whole("k", [2, 3.0], at_least=2).tolist() == [2.0, 3.0]


def test_some_makes_one_number_a_list_and_refuses_none() -> None:
    assert some("sec", 2).tolist() == [2.0]
    with pytest.raises(ValueError, match="sec must hold at least one number"):
        some("sec", [])


def test_the_first_bad_element_is_named_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"p must be a probability.* got 7 at index \(1, 0\)"):
        probability("p", [[0.5, 0.5], [7, 8]])


def test_together_names_the_arrays_and_their_shapes() -> None:
    together(a=np.ones((2, 1)), b=np.ones(3))
    with pytest.raises(ValueError, match=r"a \(2,\), b \(3,\)"):
        together(a=np.ones(2), b=np.ones(3))


def test_plain_unwraps_single_numbers_only() -> None:
    assert type(plain(np.asarray(2.0))) is float
    assert plain(np.ones(1)).shape == (1,)


# ---- bad input over all public functions --------------------------------------------------------------------

NOT_PROBABILITIES = (-0.1, 1.5, 98.5, NAN, INF, -INF, "0.5", None, [0.5, 1.5], [0.5, NAN], {}, 1 + 2j)
NOT_AMOUNTS = (-1, NAN, INF, "2", None, [1, -1], [NAN], object)
NOT_COUNTS = (-1, 0.5, NAN, INF, "1", None, [1, 1.5])


def shown(value: Any) -> str:
    """How a message shows a bad value: the bad element of a list, in its short form."""
    if isinstance(value, list):
        value = value[-1]
    return f"{value:g}" if isinstance(value, (int, float)) else repr(value)


PREFIX = ("usd_per_input_token", "usd_per_output_token", "hit_tokens", "miss_tokens", "output_tokens", "read", "write")
ARGUMENTS: list[tuple[str, Callable[[Any], Any], str, tuple[Any, ...]]] = [
    ("task_cost", lambda x: cost.task_cost(x, [1]), "usd_per_call", NOT_AMOUNTS),
    ("task_cost", lambda x: cost.task_cost(1, x), "calls", NOT_AMOUNTS),
    ("call_multiplier", lambda x: cost.call_multiplier(x, 1), "steps", (*NOT_COUNTS, 0)),
    ("call_multiplier", lambda x: cost.call_multiplier(1, x), "mean_calls", NOT_AMOUNTS),
    ("is_ten_to_hundred", cost.is_ten_to_hundred, "multiplier", NOT_AMOUNTS),
    ("debate_calls", lambda x: cost.debate_calls(x, 1), "agents", (*NOT_COUNTS, 0)),
    ("debate_calls", lambda x: cost.debate_calls(1, x), "rounds", (*NOT_COUNTS, 0)),
    ("debate_calls", lambda x: cost.debate_calls(1, x, "listing"), "rounds", NOT_COUNTS),
    ("debate_calls", lambda x: cost.debate_calls(1, 1, x), "counting", ("book", None, "")),
    ("expected_attempts", lambda x: cost.expected_attempts(x, 1), "p", NOT_PROBABILITIES),
    ("expected_attempts", lambda x: cost.expected_attempts(0.5, x), "retries", NOT_COUNTS),
    ("worst_attempts", cost.worst_attempts, "retries", NOT_COUNTS),
    ("steps_until_failure", lambda x: cost.steps_until_failure(x, 1), "p", NOT_PROBABILITIES),
    ("steps_until_failure", lambda x: cost.steps_until_failure(0.5, x), "steps", (*NOT_COUNTS, 0)),
    ("steps_until_failure", lambda x: cost.steps_until_failure(0.5, 1, x), "detection", NOT_PROBABILITIES),
    ("growing_context_tokens", lambda x: cost.growing_context_tokens(x, 1, 1), "first", NOT_AMOUNTS),
    ("growing_context_tokens", lambda x: cost.growing_context_tokens(1, x, 1), "growth", NOT_AMOUNTS),
    ("growing_context_tokens", lambda x: cost.growing_context_tokens(1, 1, x), "steps", (*NOT_COUNTS, 0)),
    *(
        ("cached_prefix", lambda x, i=i: cost.cached_prefix(*(x if j == i else 1 for j in range(7))), name, NOT_AMOUNTS)
        for i, name in enumerate(PREFIX)
    ),
    ("quality_per_dollar", lambda x: cost.quality_per_dollar(x, 1), "reliability", NOT_PROBABILITIES),
    ("quality_per_dollar", lambda x: cost.quality_per_dollar(1, x), "usd", NOT_AMOUNTS),
    ("cost_per_success", lambda x: cost.cost_per_success(x, 1), "reliability", NOT_PROBABILITIES),
    ("cost_per_success", lambda x: cost.cost_per_success(1, x), "usd", NOT_AMOUNTS),
    ("profit", lambda x: cost.profit(x, 1, 1), "value_usd", (NAN, INF, "1", None)),
    ("profit", lambda x: cost.profit(1, x, 1), "reliability", NOT_PROBABILITIES),
    ("profit", lambda x: cost.profit(1, 1, x), "usd", NOT_AMOUNTS),
    ("profit", lambda x: cost.profit(1, 0, 1, x), "wrong", NOT_PROBABILITIES),
    ("profit", lambda x: cost.profit(1, 0, 1, 0, x), "damage_usd", NOT_AMOUNTS),
    ("profit", lambda x: cost.profit(1, 0, 1, 0, 0, x), "refused", NOT_PROBABILITIES),
    ("profit", lambda x: cost.profit(1, 0, 1, 0, 0, 0, x), "refusal_usd", NOT_AMOUNTS),
    ("escalated", lambda x: reliability.escalated(0.5, recall=x), "recall", NOT_PROBABILITIES),
    ("escalated", reliability.escalated, "p", NOT_PROBABILITIES),
    ("Person", lambda x: Person(usd=x), "usd", NOT_AMOUNTS),
    ("Person", lambda x: Person(minutes=x), "minutes", NOT_AMOUNTS),
    ("Person", lambda x: Person(recall=x), "recall", NOT_PROBABILITIES),
    ("Judge", Judge, "recall", NOT_PROBABILITIES),
    ("Judge", lambda x: Judge(false_alarm=x), "false_alarm", NOT_PROBABILITIES),
    ("Judge", lambda x: Judge(usd=x), "usd", NOT_AMOUNTS),
    ("Judge", lambda x: Judge(sec=x), "sec", NOT_AMOUNTS),
    ("Gate", lambda x: Gate(person=x), "person", ("Ann", 1, Judge())),
    ("Gate", lambda x: Gate(when_rejected=x, person=Person()), "when_rejected", ("pass", "halt")),
    ("Step", lambda x: Step("a", PREMIUM, judge=x), "judge", ("Ann", 1, Person())),
    ("sequential", latency.sequential, "sec", NOT_AMOUNTS),
    ("side_by_side", latency.side_by_side, "sec", NOT_AMOUNTS),
    ("staged", lambda x: latency.staged([[1], x]), "sec", NOT_AMOUNTS),
    ("longest_path", lambda x: latency.longest_path([1, x], [[], []]), "sec[1]", NOT_AMOUNTS),
    ("product_law", reliability.product_law, "p", NOT_PROBABILITIES),
    ("chain_success", lambda x: reliability.chain_success(x, 1), "p", NOT_PROBABILITIES),
    ("chain_success", lambda x: reliability.chain_success(1, x), "steps", NOT_COUNTS),
    ("implied_p", lambda x: reliability.implied_p(x, 1), "success", NOT_PROBABILITIES),
    ("implied_p", lambda x: reliability.implied_p(1, x), "steps", (*NOT_COUNTS, 0)),
    ("steps_until_below", lambda x: reliability.steps_until_below(x, 0.5), "p", NOT_PROBABILITIES),
    ("steps_until_below", lambda x: reliability.steps_until_below(0.5, x), "target", (*NOT_PROBABILITIES, 0, [0.5, 0])),
    ("with_retries", lambda x: reliability.with_retries(x, 1), "p", NOT_PROBABILITIES),
    ("with_retries", lambda x: reliability.with_retries(0.5, x), "retries", NOT_COUNTS),
    ("with_detected_retry", lambda x: reliability.with_detected_retry(x, 1, 1), "p", NOT_PROBABILITIES),
    ("with_detected_retry", lambda x: reliability.with_detected_retry(1, x, 1), "detection", NOT_PROBABILITIES),
    ("with_detected_retry", lambda x: reliability.with_detected_retry(1, 1, x), "recovery", NOT_PROBABILITIES),
    ("gated", reliability.gated, "p", NOT_PROBABILITIES),
    ("gated", lambda x: reliability.gated(1, x), "detection", NOT_PROBABILITIES),
    ("gated", lambda x: reliability.gated(1, 1, x), "false_alarm", NOT_PROBABILITIES),
    ("gated", lambda x: reliability.gated(1, 1, 0, x), "retries", NOT_COUNTS),
    ("gated", lambda x: reliability.gated(1, recovery=x), "recovery", [v for v in NOT_PROBABILITIES if v is not None]),
    ("steps_with_early_stop", lambda x: reliability.steps_with_early_stop(x, 1), "good_enough", NOT_PROBABILITIES),
    ("steps_with_early_stop", lambda x: reliability.steps_with_early_stop(1, x), "steps", (*NOT_COUNTS, 0)),
    ("steps_with_early_stop", lambda x: reliability.steps_with_early_stop(1, 1, x), "recall", NOT_PROBABILITIES),
    (
        "steps_with_early_stop",
        lambda x: reliability.steps_with_early_stop(1, 1, 1, x),
        "false_alarm",
        NOT_PROBABILITIES,
    ),
    ("Model", lambda x: Model(x, 1, 1), "usd", NOT_AMOUNTS),
    ("Model", lambda x: Model(1, x, 1), "sec", NOT_AMOUNTS),
    ("Model", lambda x: Model(1, 1, x), "p_ok", NOT_PROBABILITIES),
    ("Debate", lambda x: Debate(x, 1), "agents", (*NOT_COUNTS, 0)),
    ("Debate", lambda x: Debate(1, x), "rounds", (*NOT_COUNTS, 0)),
    ("Debate", lambda x: Debate(1, 1, x), "p", [v for v in NOT_PROBABILITIES if v is not None]),
    ("Debate", lambda x: Debate(1, 1, counting=x), "counting", ("book", None)),
    ("Gate", Gate, "detection", NOT_PROBABILITIES),
    ("Gate", lambda x: Gate(1, x), "false_alarm", NOT_PROBABILITIES),
    ("Gate", lambda x: Gate(when_rejected=x), "when_rejected", ("stop", None, True)),
    ("Gate", lambda x: Gate(recovery=x), "recovery", [v for v in NOT_PROBABILITIES if v is not None]),
    ("Gate", lambda x: Gate(usd=x), "usd", NOT_AMOUNTS),
    ("Gate", lambda x: Gate(sec=x), "sec", NOT_AMOUNTS),
    ("Cache", Cache, "hit_rate", NOT_PROBABILITIES),
    ("Cache", lambda x: Cache(1, x), "p", [v for v in NOT_PROBABILITIES if v is not None]),
    ("Cache", lambda x: Cache(usd=x), "usd", NOT_AMOUNTS),
    ("Cache", lambda x: Cache(sec=x), "sec", NOT_AMOUNTS),
    ("Cache", lambda x: Cache(stored=x), "stored", ["last", "", None, 1]),
    ("Step", lambda x: Step(x, PREMIUM), "name", ("", None, 5, ["a"])),
    ("Step", lambda x: Step("a", x), "model", ("premium", None, 0.03)),
    ("Step", lambda x: Step("a", PREMIUM, retries=x), "retries", NOT_COUNTS),
    ("Step", lambda x: Step("a", PREMIUM, good_enough=x), "good_enough", NOT_PROBABILITIES),
    ("Workflow", lambda x: Workflow((Step("a", PREMIUM), x)), "steps", ("b", None, PREMIUM)),
    ("Workflow", lambda x: Workflow((Step("a", PREMIUM, x),)), "step 'a'", ("nobody", ["nobody"])),
    ("Workflow[...]", lambda x: chain(2, PREMIUM)[x], "named", ("step-9", 1, None)),
    ("outcome", lambda x: chain(2, PREMIUM).outcome(x), "accounting", ("mean", None, "", 1)),
    ("chain", lambda x: chain(x, PREMIUM), "n", (0, -1, 2.5, True, "3")),
    ("parallel", lambda x: parallel(x, PREMIUM), "n", (0, -1, 2.5, True, "3")),
    ("route", lambda x: chain(2, PREMIUM).pipe(levers.route, x, None), "model", ("small", None)),
    ("retry", lambda x: chain(2, PREMIUM).pipe(levers.retry, x), "k", NOT_COUNTS),
    ("cache", lambda x: chain(2, PREMIUM).pipe(levers.cache, hit_rate=x), "hit_rate", NOT_PROBABILITIES),
    ("debate", lambda x: chain(2, PREMIUM).pipe(levers.debate, x, 1), "agents", (*NOT_COUNTS, 0)),
    ("debate", lambda x: chain(2, PREMIUM).pipe(levers.debate, 1, x), "rounds", (*NOT_COUNTS, 0)),
    ("gate", lambda x: chain(2, PREMIUM).pipe(levers.gate, x), "detection", NOT_PROBABILITIES),
    ("gate", lambda x: chain(2, PREMIUM).pipe(levers.gate, 1, retries=x), "retries", NOT_COUNTS),
    ("gate", lambda x: chain(2, PREMIUM).pipe(levers.gate, 1, when_rejected=x), "when_rejected", ("stop", None)),
    ("stop_early", lambda x: chain(2, PREMIUM).pipe(levers.stop_early, x), "good_enough", NOT_PROBABILITIES),
    ("exercise", exercise, "exercise", ("tickets", "")),
    ("find", find, "id", ("tickets.calls", "", None)),
]
LEVERS_BY_NAME: list[tuple[str, Callable[[Any], Any]]] = [
    ("parallelize", lambda w: chain(3, PREMIUM).pipe(levers.parallelize, w)),
    ("route", lambda w: chain(3, PREMIUM).pipe(levers.route, SMALL, w)),
    ("cache", lambda w: chain(3, PREMIUM).pipe(levers.cache, w)),
    ("cut", lambda w: chain(3, PREMIUM).pipe(levers.cut, w)),
    ("retry", lambda w: chain(3, PREMIUM).pipe(levers.retry, 1, w)),
    ("debate", lambda w: chain(3, PREMIUM).pipe(levers.debate, 2, 2, w)),
    ("gate", lambda w: chain(3, PREMIUM).pipe(levers.gate, 1, where=w)),
    ("stop_early", lambda w: chain(3, PREMIUM).pipe(levers.stop_early, 0.5, w)),
]
ARGUMENTS += [(name, call, "named", ("step-9", ["step-1", "nobody"], [7])) for name, call in LEVERS_BY_NAME]

TABLE = [
    pytest.param(call, argument, value, id=f"{function}-{argument}-{value!r:.20}")
    for function, call, argument, values in ARGUMENTS
    for value in values
]


@pytest.mark.parametrize(("call", "argument", "value"), TABLE)
def test_bad_input_is_a_value_error_with_the_argument_and_the_value(
    call: Callable[[Any], Any], argument: str, value: Any
) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        call(value)
    assert argument in str(caught.value)
    told = "|".join(re.escape(form) for form in (shown(value), repr(value)))
    assert re.search(rf"(got|named|needs|id) ({told})(?![\w.])", str(caught.value))


SHAPES: list[tuple[str, Callable[[], Any], tuple[str, ...]]] = [
    ("task_cost of nothing", lambda: cost.task_cost(1, []), ("calls",)),
    ("sequential of nothing", lambda: latency.sequential([]), ("sec",)),
    ("side_by_side of nothing", lambda: latency.side_by_side(np.ones((3, 0))), ("sec",)),
    ("staged of nothing", lambda: latency.staged([]), ("groups",)),
    ("staged of an empty group", lambda: latency.staged([[1], []]), ("sec",)),
    ("longest_path of nothing", lambda: latency.longest_path([], []), ("sec",)),
    ("product_law of nothing", lambda: reliability.product_law([]), ("p",)),
    ("needs too short", lambda: latency.longest_path([1, 2], [[]]), ("needs", "2", "1")),
    ("needs of a step too far", lambda: latency.longest_path([1, 2], [[], [2]]), ("needs[1]", "2")),
    ("needs of a step below zero", lambda: latency.longest_path([1, 2], [[], [-1]]), ("needs[1]", "-1")),
    ("needs in a circle", lambda: latency.longest_path([1, 2, 3], [[2], [0], [1]]), ("0", "1", "2", "->")),
    ("a step that needs itself", lambda: graph.in_order([[0]], 1), ("0 -> 0",)),
    ("no steps", lambda: Workflow(()), ("steps", "none")),
    (
        "doubled names",
        lambda: Workflow((Step("a", PREMIUM), Step("b", PREMIUM), Step("a", SMALL))),
        ("unique", "'a'", "2"),
    ),
    ("a step that waits for itself", lambda: Workflow((Step("a", PREMIUM, "a"),)), ("'a' needs 'a'",)),
    (
        "steps that wait for each other",
        lambda: Workflow(
            (
                Step("start", PREMIUM),
                Step("a", PREMIUM, ("start", "c")),
                Step("b", PREMIUM, "a"),
                Step("c", PREMIUM, "b"),
                Step("end", PREMIUM, "c"),
            )
        ),
        ("'a'", "'b'", "'c'", "needs"),
    ),
    ("cut of everything", lambda: chain(2, PREMIUM).pipe(levers.cut, None), ("cut", "2")),
    (
        "an early stop beside another step",
        lambda: parallel(2, PREMIUM).pipe(levers.stop_early, 0.5, "step-2"),
        ("'step-2'", "beside"),
    ),
    (
        "a halt beside another step",
        lambda: parallel(2, PREMIUM).pipe(levers.gate, 1, when_rejected="halt"),
        ("'step-1'", "beside"),
    ),
    ("shapes of a formula", lambda: cost.expected_attempts([0.5, 0.5], [1, 2, 3]), ("p (2,)", "retries (3,)")),
    ("shapes of a gate", lambda: reliability.gated([0.5, 0.5], retries=[1, 2, 3]), ("p (2,)", "retries (3,)")),
    ("a picture without words", lambda: plots.Picture(plots.canvas()[0], " "), ("alt", "empty")),
    ("no curves", lambda: plots.curves([1, 2], {}, "x", "y", "t", "a"), ("series", "got 0")),
    ("curve too short", lambda: plots.curves([1, 2], {"one": [1]}, "x", "y", "t", "a"), ("'one'", "(1,)", "(2,)")),
    (
        "shapes of two steps",
        lambda: chain(1, Model([1, 2], 1, 1), "a").then(chain(1, Model([1, 2, 3], 1, 1), "b")).outcome(),
        ("'b-1'", "(3,)", "(2,)"),
    ),
    ("draw of many designs", lambda: plots.draw(chain(2, Model([1, 2], 1, 1))), ("draw", "step-1")),
]


@pytest.mark.parametrize(("call", "words"), [pytest.param(c, w, id=name) for name, c, w in SHAPES])
def test_bad_shapes_are_a_value_error_that_says_where(call: Callable[[], Any], words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_a_cycle_names_its_steps_and_no_others() -> None:
    with pytest.raises(ValueError, match=r"wait for each other") as caught:
        Workflow(
            (
                Step("start", PREMIUM),
                Step("a", PREMIUM, ("start", "b")),
                Step("b", PREMIUM, "a"),
                Step("end", PREMIUM, "b"),
            )
        )
    assert "start" not in str(caught.value)
    assert "end" not in str(caught.value)


# ---- wrong types and shapes ------------------------------------------------------------------------------------

TYPES: list[tuple[str, Callable[[], Any], str]] = [
    ("huge whole number", lambda: cost.expected_attempts(0.5, 10**400), "retries"),
    ("text in a list", lambda: reliability.with_retries(["0.5"], 1), "p"),
    ("text in an array", lambda: reliability.with_retries(np.array("0.5"), 1), "p"),
    ("a date", lambda: latency.sequential(np.datetime64("2020")), "sec"),
    ("critical_path of NaN", lambda: latency.critical_path([NAN, 1.0], [[], []]), "sec"),
    ("critical_path of less than nothing", lambda: latency.critical_path([-1.0], [[]]), "sec"),
    ("critical_path of nothing", lambda: latency.critical_path([], []), "sec"),
    ("critical_path of text", lambda: latency.critical_path(["x"], [[]]), "sec"),
    ("half a position", lambda: latency.longest_path([1, 1], [[], [0.5]]), "needs"),
    ("a name as position", lambda: latency.longest_path([1, 1], [[], ["a"]]), "needs"),
    ("no needs", lambda: latency.longest_path([1, 1], None), "needs"),
    ("no groups", lambda: latency.staged(None), "groups"),
    ("chain of None", lambda: chain(None, PREMIUM), "n must"),
    ("chain of NaN", lambda: chain(NAN, PREMIUM), "n must"),
    ("chain of infinity", lambda: chain(INF, PREMIUM), "n must"),
    ("chain of a list", lambda: chain([3], PREMIUM), "n must"),
    ("chain of text", lambda: chain("x", PREMIUM), "n must"),
    ("steps of None", lambda: Workflow(None), "steps"),
    ("one step for steps", lambda: Workflow(Step("a", PREMIUM)), "steps"),
    ("needs of None", lambda: Step("a", PREMIUM, None), "needs"),
    (
        "a number for a gate",
        lambda: chain(1, PREMIUM).then(Workflow((Step("a", PREMIUM, gate=0.9),))),
        "gate",
    ),
    ("a number for a debate", lambda: Workflow((Step("a", PREMIUM, debate=3),)).outcome(), "debate"),
    ("a number for a cache", lambda: Workflow((Step("a", PREMIUM, cache=0.5),)).outcome(), "cache"),
    ("where of a number", lambda: chain(2, PREMIUM).pipe(levers.retry, 1, 5), "where"),
    ("where of an array without axes", lambda: chain(2, PREMIUM).pipe(levers.retry, 1, np.array("step-1")), "where"),
    ("a model named by a number", lambda: Model(0.1, 1.0, 0.9, name=7), "name"),
    (
        "a model of tokens named by numbers",
        lambda: Model.from_tokens(PriceCard(1, 1, 1), 1, 1, 0.9, name=[1, 2]),
        "name",
    ),
    ("where of a workflow", lambda: chain(2, PREMIUM).pipe(levers.retry, 1, chain(2, PREMIUM)), "no step is named"),
    ("talks that are one number", lambda: cost.fit_growing_context(np.array(3.0)), "tokens_by_call"),
    ("needs of a masked entry", lambda: Step("a", PREMIUM, np.ma.masked), "needs"),
    ("options of a masked entry", lambda: frontier.options(retries=np.ma.masked), "retries"),
    ("a flag of many", lambda: reliability.gated(0.9, fail_open=np.array([True, False])), "fail_open"),
    ("a flag of a number", lambda: reliability.checked_chain([0.9], fail_open=0.5), "fail_open"),
    ("a flag of text", lambda: reliability.fit_beta(0.5, 0.3, clip="no"), "clip"),
    ("a flag of None", lambda: reliability.fit_beta(0.5, 0.3, clip=None), "clip"),
    ("many errors at once", lambda: reliability.self_conditioned(0.9, 5, 0.1).at_most([1, 2]), "errors"),
    ("times of text", lambda: chain(2, PREMIUM).latency("fast"), "times"),
    ("times without a mean", lambda: chain(2, PREMIUM).latency(latency.Exponential(0.0)), "times"),
    ("times of many", lambda: chain(2, PREMIUM).latency(latency.Exponential([1.0, 2.0])), "times"),
    ("times of nobody", lambda: chain(2, PREMIUM).latency({"nobody": latency.Exponential(1.0)}), "times"),
    ("patience of a number", lambda: chain(2, PREMIUM).latency(patience=3.0), "patience"),
    ("no back-off", lambda: latency.Patience(backoff_sec=None), "backoff_sec"),
    ("a time-out before the call", lambda: latency.Patience(timeout_sec=-1.0), "timeout_sec"),
    ("a token after the end", lambda: chain(2, PREMIUM).latency(first_token=1.5), "first_token"),
    ("no grid", lambda: chain(2, PREMIUM).latency(latency.Exponential(1.0), grid_sec=0.0), "grid_sec"),
    ("a grid too fine", lambda: chain(2, PREMIUM).latency(latency.Exponential(1.0), grid_sec=1e-9), "grid_sec"),
    ("times of a sweep", lambda: chain(2, Model([1, 2], 1, 0.5)).latency(), "workflow"),
    ("dollars of a sweep", lambda: chain(2, Model([1, 2], 1, 0.5)).cost(), "workflow"),
    ("shapes of a product", lambda: cost.call_multiplier([1, 2], [1, 2, 3]), "mean_calls"),
    ("shapes of a profit", lambda: cost.profit([1, 2], [1, 1, 1], 1), "value_usd"),
    ("exercise of None", lambda: exercise(None), "None"),
    ("compare of nothing", lambda: plots.compare({}), "designs"),
    (
        "compare of many designs at once",
        lambda: plots.compare({"many": chain(1, Model([1, 2], 1, 1)).outcome()}),
        "many",
    ),
]


@pytest.mark.parametrize(("call", "argument"), [pytest.param(c, a, id=name) for name, c, a in TYPES])
def test_wrong_types_are_a_value_error_that_names_the_argument(call: Callable[[], Any], argument: str) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        call()
    assert argument in str(caught.value)


def test_complex_arrays_are_refused_as_complex_numbers_are() -> None:
    for value in (0.5 + 3j, np.array([0.5 + 3j]), [0.5 + 3j]):
        with pytest.raises(ValueError, match="p must be a number"):
            reliability.with_retries(value, 1)


def test_a_number_too_long_to_print_is_refused_with_its_argument() -> None:
    with pytest.raises(ValueError, match="p must be a number"):
        reliability.with_retries(10**5000, 1)


def test_truth_values_are_no_numbers() -> None:
    for value in (True, np.True_, [True, False], np.array([True])):
        with pytest.raises(ValueError, match="p must be a number"):
            reliability.with_retries(value, 1)


def test_the_message_shows_a_value_just_outside_the_range_as_outside() -> None:
    with pytest.raises(ValueError, match=r"got 1\.0+\d"):
        reliability.with_retries(1 + 1e-9, 1)


WORDS: dict[str, Callable[[Any], Any]] = {
    "accounting": lambda word: chain(2, PREMIUM).outcome(word),
    "when_rejected": lambda word: Gate(0.9, when_rejected=word),
    "stored": lambda word: Cache(0.5, stored=word),
    "counting": lambda word: cost.debate_calls(3, 2, word),
    "first": lambda word: latency.list_schedule([1.0], [[]], 1, word),
    "maximise": lambda word: frontier.best(chain(2, PREMIUM), frontier.options(), maximise=word),
    "latency": lambda word: frontier.pareto(chain(2, PREMIUM), frontier.options(), latency=word),
    "of": lambda word: simulate(chain(2, PREMIUM), 5, 1).quantile(0.5, of=word),
}


@pytest.mark.parametrize("word", [np.array([]), np.array(["a", "b"]), np.ma.array([1, 2], mask=[0, 1]), ["a"], 1, "no"])
@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_one_of_those_that_are_known(name: str, word: Any) -> None:
    """An array cannot be asked whether it is one of some words: numpy's own error would name nothing."""
    with pytest.raises(ValueError, match=f"^{name} must be one of"):
        WORDS[name](word)


class _NoNumbers:
    """An object that raises what it likes when it is asked for its numbers."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no numbers here")


@pytest.mark.parametrize(
    "value", [np.timedelta64(3), np.array([3], "m8[s]"), np.datetime64("2026-01-01"), _NoNumbers()]
)
def test_times_and_objects_without_numbers_are_no_numbers(value: Any) -> None:
    with pytest.raises(ValueError, match="usd must be a number or an array of numbers"):
        Model(value, 1.0, 0.5)


EDGES = [0.0, -0.0, 5e-324, -5e-324, 1.0, float(np.nextafter(1, 2)), float(np.nextafter(1, 0)), 1.7976931348623157e308,
         NAN, -NAN, INF, -INF, -1.0]  # fmt: skip


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("shape", [(), (1,), (9,), (3, 3)])
@pytest.mark.parametrize(("check", "high"), [(probability, 1.0), (non_negative, LARGEST), (whole, LARGEST)])
def test_at_the_edges_an_array_is_judged_as_each_of_its_numbers(
    check: Callable[[str, Any], np.ndarray], high: float, edge: float, shape: tuple[int, ...]
) -> None:
    array = np.full(shape, 0.0)
    array.flat[-1] = edge
    good = 0 <= edge <= high and (check is not whole or edge == int(edge))
    for given in (array, array[..., ::-1] if shape else array, array.astype(">f8"), array.T):
        if good:
            assert np.array_equal(check("x", given), given)
        else:
            with pytest.raises(ValueError, match=r"^x must be"):
                check("x", given)
