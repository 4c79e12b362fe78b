"""Levers are pure and compose; each does to cost, latency and p what it says."""

from __future__ import annotations

import copy
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import ancestors
from strategies import PULLS, drawn_workflow, endless, randoms, steady, workflows
from strategies import pull as pulled

from labkit import PREMIUM, SMALL, Cache, Debate, Gate, Model, Step, Workflow, chain, easy, hard, parallel
from labkit.accounting import ACCOUNTINGS
from labkit.levers import cache, cut, debate, gate, parallelize, retry, route, stop_early

MIXED = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))


def order(workflow: Workflow) -> set[tuple[str, str]]:
    """All pairs of steps of which the first must end before the second begins."""
    names = workflow.names
    return {(names[j], names[i]) for i, before in enumerate(ancestors(workflow.graph.needs)) for j in before}


# ---- every lever --------------------------------------------------------------------------------------------


@steady
@given(workflows, randoms, st.sampled_from(PULLS))
def test_every_lever_leaves_its_input_as_it_was(workflow: Workflow, rnd: Random, lever: str) -> None:
    chosen = pulled(rnd, workflow, lever)
    assume(chosen is not None)
    function, args, kwargs = chosen
    before, text, steps = copy.deepcopy(workflow), repr(workflow), workflow.steps
    function(workflow, *args, **kwargs)
    assert workflow == before
    assert repr(workflow) == text
    assert all(now is then for now, then in zip(workflow.steps, steps, strict=True))


@steady
@given(workflows, randoms, st.lists(st.sampled_from(PULLS), min_size=1, max_size=4))
def test_pipes_are_nested_calls(workflow: Workflow, rnd: Random, chosen: list[str]) -> None:
    piped = nested = workflow
    for lever in chosen:
        found = pulled(rnd, piped, lever)
        if found is not None:
            function, args, kwargs = found
            piped, nested = piped.pipe(function, *args, **kwargs), function(nested, *args, **kwargs)
    assert piped == nested
    assert repr(piped) == repr(nested)


@steady
@given(workflows, randoms, st.sampled_from([p for p in PULLS if p not in ("cut", "parallelize")]))
def test_levers_on_the_work_touch_no_name_no_need_and_no_other_step(
    workflow: Workflow, rnd: Random, lever: str
) -> None:
    chosen = pulled(rnd, workflow, lever)
    assume(chosen is not None)
    function, args, kwargs = chosen
    touched = {
        name for arg in args if isinstance(arg, (list, str)) for name in ([arg] if isinstance(arg, str) else arg)
    }
    after = function(workflow, *args, **kwargs)
    assert [(s.name, s.needs, s.difficulty) for s in after] == [(s.name, s.needs, s.difficulty) for s in workflow]
    for step in workflow:
        assert step.name in touched or after[step.name] is step


WAYS = {
    "a name": "step-2",
    "a list": ["step-2"],
    "a set": {"step-2"},
    "a generator": (name for name in ["step-2"]),
    "a predicate": lambda step: step.name == "step-2",
}


@pytest.mark.parametrize("way", WAYS)
def test_where_is_a_name_or_names_or_a_predicate(way: str) -> None:
    assert [step.retries for step in chain(3, PREMIUM).pipe(retry, 1, WAYS[way])] == [0, 1, 0]


def test_where_may_touch_nothing() -> None:
    for nothing in ([], lambda step: False):
        assert chain(3, PREMIUM).pipe(retry, 1, nothing) == chain(3, PREMIUM)
        assert chain(3, PREMIUM).pipe(cut, nothing) == chain(3, PREMIUM)


def test_easy_and_hard_are_predicates_for_where() -> None:
    assert [s.retries for s in MIXED.pipe(retry, 1, hard)] == [1] * 4 + [0] * 8
    assert [s.retries for s in MIXED.pipe(retry, 1, easy)] == [0] * 4 + [1] * 8


def test_a_lever_keeps_the_model_of_each_step_it_touches() -> None:
    twins = parallel(1, Model(1, 1, 0.9, "one"), "a").beside(parallel(1, Model(1, 1, 0.9, "other"), "b"))
    assert [step.model.name for step in twins.pipe(retry, 1)] == ["one", "other"]


# ---- parallelize --------------------------------------------------------------------------------------------


@steady
@given(endless, randoms)
def test_parallelize_changes_no_cost_and_no_reliability_and_never_slows(workflow: Workflow, rnd: Random) -> None:
    some = rnd.sample(workflow.names, rnd.randint(1, len(workflow)))
    for freed in (workflow.pipe(parallelize), workflow.pipe(parallelize, some)):
        for accounting in ACCOUNTINGS:
            before, after = workflow.outcome(accounting), freed.outcome(accounting)
            assert after.cost == pytest.approx(before.cost, rel=1e-12)
            assert after.reliability == pytest.approx(before.reliability, rel=1e-12)
            assert not after.latency > before.latency * (1 + 1e-12)


@steady
@given(endless)
def test_parallelize_of_all_leaves_no_order(workflow: Workflow) -> None:
    assert order(workflow.pipe(parallelize)) == set()


@steady
@given(endless, randoms)
def test_parallelize_of_some_keeps_every_order_with_the_others(workflow: Workflow, rnd: Random) -> None:
    some = set(rnd.sample(workflow.names, rnd.randint(1, len(workflow))))
    after = order(workflow.pipe(parallelize, some))
    assert after <= order(workflow)
    assert {pair for pair in order(workflow) if not set(pair) <= some} <= after


def test_parallelize_frees_the_middle_of_a_chain() -> None:
    freed = chain(4, PREMIUM).pipe(parallelize, ["step-2", "step-3"])
    assert [step.needs for step in freed] == [(), ("step-1",), ("step-1",), ("step-2", "step-3")]
    assert freed.outcome().latency == 6


def test_parallelize_refuses_steps_that_may_end_the_run() -> None:
    with pytest.raises(ValueError, match="beside"):
        chain(3, PREMIUM).pipe(stop_early, 0.5).pipe(parallelize)


# ---- route, cache, cut --------------------------------------------------------------------------------------


def test_route_gives_the_touched_steps_the_other_model() -> None:
    routed = MIXED.pipe(route, SMALL, easy).outcome()
    assert (routed.cost, routed.latency) == pytest.approx((0.136, 11.2))
    assert routed.reliability == pytest.approx(0.985**4 * 0.945**8)


def test_route_forgets_a_debate_s_p_and_keeps_the_rest() -> None:
    talk = chain(1, PREMIUM).pipe(debate, 3, 2, p=0.99).pipe(gate, 0.8, retries=1).pipe(cache, hit_rate=0.5)
    step = talk.pipe(route, SMALL, None)["step-1"]
    assert step.debate == Debate(3, 2)
    assert (step.gate, step.retries, step.cache) == (Gate(0.8), 1, Cache(0.5))


def test_cached_answers_are_right_as_the_call_or_always_as_the_text_has_it() -> None:
    six = [f"step-{i}" for i in range(1, 7)]
    honest, text = (chain(12, PREMIUM).pipe(cache, six, p=p).outcome() for p in (None, 1))
    assert (f"{honest.reliability:.2%}", f"{text.reliability:.2%}") == ("83.41%", "91.33%")
    assert honest.cost == text.cost == pytest.approx(0.18)
    assert honest.latency == text.latency == pytest.approx(12.06)


def test_a_cache_that_never_hits_changes_no_number() -> None:
    for accounting in ACCOUNTINGS:
        never = chain(3, PREMIUM).pipe(retry, 1).pipe(cache, hit_rate=0).outcome(accounting)
        assert never == chain(3, PREMIUM).pipe(retry, 1).outcome(accounting)


def test_cut_takes_the_factors_out() -> None:
    assert chain(12, PREMIUM).pipe(cut, [f"step-{i}" for i in range(1, 7)]).outcome() == chain(6, PREMIUM).outcome()


def test_cut_of_neighbours_joins_what_is_left() -> None:
    left = chain(5, PREMIUM).pipe(cut, ["step-2", "step-3", "step-4"])
    assert [(step.name, step.needs) for step in left] == [("step-1", ()), ("step-5", ("step-1",))]


@steady
@given(endless, randoms)
def test_cut_keeps_the_order_of_what_is_left(workflow: Workflow, rnd: Random) -> None:
    assume(len(workflow) > 1)
    gone = set(rnd.sample(workflow.names, rnd.randint(1, len(workflow) - 1)))
    left = workflow.pipe(cut, gone)
    assert set(left.names) == set(workflow.names) - gone
    assert order(left) == {pair for pair in order(workflow) if not set(pair) & gone}


# ---- retry, debate, gate, stop_early --------------------------------------------------------------------------


@steady
@given(workflows)
def test_no_more_retries_is_the_identity(workflow: Workflow) -> None:
    assert workflow.pipe(retry, 0) == workflow
    assert repr(workflow.pipe(retry, 0)) == repr(workflow)


@steady
@given(workflows, st.integers(0, 3), st.integers(0, 3))
def test_retries_add_up(workflow: Workflow, one: int, other: int) -> None:
    assert workflow.pipe(retry, one).pipe(retry, other) == workflow.pipe(retry, one + other)


@steady
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_retries_that_see_every_failure_never_lower_reliability(seed: int, k: int) -> None:
    rnd = Random(seed)
    plain = drawn_workflow(rnd)
    assume(not any(step.gate for step in plain))
    assert plain.pipe(retry, k).outcome().reliability >= plain.outcome().reliability * (1 - 1e-12)


def test_a_perfect_free_gate_is_a_plain_retry() -> None:
    for accounting in ACCOUNTINGS:
        plain = chain(3, PREMIUM).pipe(retry, 2).outcome(accounting)
        gated = chain(3, PREMIUM).pipe(gate, 1.0, retries=2).outcome(accounting)
        assert replace(gated, refused=0.0) == plain
        assert gated.refused == pytest.approx(plain.wrong, rel=1e-9)  # what fails at last is known, and not delivered
        assert gated.wrong == pytest.approx(0.0, abs=1e-15)


def test_gate_adds_its_retries_to_those_that_are_there() -> None:
    assert chain(1, PREMIUM).pipe(retry, 1).pipe(gate, 0.9, retries=2)["step-1"].retries == 3


def test_gate_takes_a_generator_of_names() -> None:
    gated = chain(2, PREMIUM).pipe(gate, 0.9, retries=1, where=(name for name in ["step-1"]))
    assert [step.retries for step in gated] == [1, 0]


def test_gate_takes_a_predicate_that_asks_for_steps_without_a_gate() -> None:
    gated = chain(2, PREMIUM).pipe(gate, 0.9, retries=1, where=lambda step: step.gate is None)
    assert [step.retries for step in gated] == [1, 1]


def test_debate_multiplies_calls_of_the_touched_steps() -> None:
    five = chain(5, PREMIUM).pipe(debate, 3, 2, ["step-2", "step-4"])
    assert five.outcome().cost == pytest.approx(15 * 0.03)
    assert five.outcome().latency == pytest.approx((3 + 2 * 2) * 2.0)
    assert five.pipe(retry, 1).outcome("worst").cost == pytest.approx(0.90)


def test_stop_early_stops_after_the_touched_step() -> None:
    stopped = chain(3, PREMIUM).pipe(stop_early, 0.25, "step-2").outcome()
    assert stopped.cost == pytest.approx(0.06 + 0.75 * 0.03)
    assert stopped.reliability == pytest.approx(0.985**2 * (0.25 + 0.75 * 0.985))


def test_levers_take_arrays_and_sweep_designs() -> None:
    k = np.array([0, 1, 2])
    swept = chain(12, PREMIUM).pipe(retry, k).outcome("expected")
    for i in k:
        assert swept.reliability[i] == pytest.approx(chain(12, PREMIUM).pipe(retry, int(i)).outcome().reliability)
    assert swept.cost.shape == (3,)


def test_alike_steps_stay_alike_so_that_they_are_counted() -> None:
    p = np.linspace(0, 1, 5)
    swept = chain(50, Model(0.01, 1, p)).pipe(retry, np.arange(5)).pipe(cache, hit_rate=p)
    assert len({step.key for step in swept}) == 1


def test_a_lever_changes_a_step_only_where_it_stands() -> None:
    one = Workflow((Step("a", PREMIUM), Step("b", PREMIUM, "a"))).pipe(gate, 0.9, where="b")
    assert (one["a"].gate, one["b"].gate) == (None, Gate(0.9))
