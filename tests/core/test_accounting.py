"""Cost, latency and reliability of a workflow: known values, the order of the accountings, the simulation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given
from strategies import TANGLED, designs, drawn_workflow, endless, rails, stacked, steady, workflows

from labkit import PREMIUM, SMALL, Cache, Gate, Model, Outcome, Step, Workflow, chain, cost, parallel, reliability
from labkit import levers as pull
from labkit._sweeps import DESIGNS, cut_out
from labkit.accounting import ACCOUNTINGS, FREE_RETRIES, NOT_EXACT

RUNS = 50_000
CASES = 80
ROUNDING = 1 + 1e-12
COIN = Model(0.01, 1.0, 0.5, "coin")


def numbers(outcome: Outcome) -> tuple[Any, Any, Any]:
    return outcome.cost, outcome.latency, outcome.reliability


# ---- known values -------------------------------------------------------------------------------------------


def test_a_retried_step_costs_what_each_accounting_says() -> None:
    step = chain(1, PREMIUM).pipe(pull.retry, 1)
    assert step.outcome("textbook").cost == 0.03
    assert step.outcome("expected").cost == pytest.approx(0.03 * 1.015)
    assert step.outcome("worst").cost == 0.06
    assert [step.outcome(a).latency for a in ACCOUNTINGS] == pytest.approx([2.0, 2.03, 4.0])
    assert {step.outcome(a).reliability for a in ACCOUNTINGS} == {1 - (1 - 0.985) ** 2}


def test_a_halting_chain_pays_as_many_steps_as_it_reaches() -> None:
    halting = chain(12, PREMIUM).pipe(pull.gate, 0.7, when_rejected="halt")
    steps = cost.steps_until_failure(0.985, 12, 0.7)
    assert numbers(halting.outcome("expected")) == pytest.approx((0.03 * steps, 2 * steps, 0.985**12))


def test_an_early_stop_pays_as_many_steps_as_it_reaches() -> None:
    stopping = chain(7, PREMIUM).pipe(pull.stop_early, 0.3)
    steps = reliability.steps_with_early_stop(0.3, 7)
    right = sum(0.985**s * 0.7 ** (s - 1) * (0.3 if s < 7 else 1) for s in range(1, 8))
    assert numbers(stopping.outcome("expected")) == pytest.approx((0.03 * steps, 2 * steps, right))


def test_a_certain_early_stop_is_the_first_step() -> None:
    stopping = chain(7, PREMIUM).pipe(pull.stop_early, 1.0, "step-1")
    assert numbers(stopping.outcome()) == numbers(chain(1, PREMIUM).outcome())


def test_a_failing_gate_still_pays_the_later_steps_and_a_halting_one_does_not() -> None:
    never = Model(1.0, 1.0, 0.0)
    for last_word, usd in (("fail", 2.0), ("halt", 1.0)):
        tried = chain(1, never).pipe(pull.gate, 1, when_rejected=last_word).then(chain(1, never))
        assert tried.outcome("expected").cost == usd
        assert tried.outcome("expected").reliability == 0


def test_checks_are_paid_and_timed_with_every_attempt() -> None:
    checked = chain(1, COIN).pipe(pull.gate, 1, retries=2, usd=0.001, sec=0.5)
    assert checked.outcome("textbook").cost == pytest.approx(0.011)
    assert checked.outcome("expected").cost == pytest.approx(1.75 * 0.011)
    assert checked.outcome("worst").latency == pytest.approx(4.5)


def test_a_debate_multiplies_cost_and_time_and_states_its_own_p() -> None:
    talk = chain(1, PREMIUM).pipe(pull.debate, 3, 2)
    assert numbers(talk.outcome()) == pytest.approx((0.18, 4.0, 0.985))
    assert chain(1, PREMIUM).pipe(pull.debate, 3, 2, p=0.99).outcome().reliability == 0.99
    assert numbers(chain(1, PREMIUM).pipe(pull.debate, 1, 2, counting="listing").outcome()) == pytest.approx(
        (0.09, 6.0, 0.985)
    )


def test_a_retried_debate_repeats_all_its_calls() -> None:
    talk = chain(1, PREMIUM).pipe(pull.debate, 3, 2).pipe(pull.retry, 1)
    assert talk.outcome("worst").cost == pytest.approx(12 * 0.03)
    assert talk.outcome("worst").latency == pytest.approx(8.0)


def test_a_cache_mixes_hits_and_misses() -> None:
    half = chain(1, PREMIUM).pipe(pull.cache, p=0.5, hit_rate=0.25, usd=0.001, sec=0.1)
    assert numbers(half.outcome()) == pytest.approx((0.25 * 0.001 + 0.75 * 0.03, 0.025 + 1.5, 0.125 + 0.75 * 0.985))


def test_a_hit_is_neither_retried_nor_checked() -> None:
    stored = chain(1, COIN).pipe(pull.retry, 3).pipe(pull.cache, stored="first")
    assert numbers(stored.outcome("worst")) == (0.0, 0.01, 0.5)
    halting = chain(1, COIN).pipe(pull.gate, 1, when_rejected="halt").pipe(pull.cache).then(chain(1, COIN))
    assert halting.outcome("expected").cost == pytest.approx(0.01)


@pytest.mark.parametrize("accounting", ACCOUNTINGS)
def test_the_two_ends_of_what_a_cache_stores_beside_a_retry(accounting: str) -> None:
    """Stored as it first came, caching half of a retried chain hurts it; stored after its check it changes nothing."""
    retried = chain(12, PREMIUM).pipe(pull.retry, 1)
    six = [f"step-{i}" for i in range(1, 7)]
    first, checked = (retried.pipe(pull.cache, six, stored=end).outcome(accounting) for end in ("first", "checked"))
    assert first.reliability == pytest.approx(0.985**6 * 0.999775**6)
    assert f"{first.reliability:.1%}" == "91.2%"
    assert checked.reliability == pytest.approx(retried.outcome(accounting).reliability)
    assert f"{checked.reliability:.1%}" == "99.7%"
    assert (first.cost, first.latency) == (checked.cost, checked.latency)
    assert retried.pipe(pull.cache, six).outcome(accounting) == checked


@pytest.mark.parametrize("when_rejected", ["fail", "halt", "pass"])
@pytest.mark.parametrize(("retries", "recovery"), [(0, None), (2, None), (2, 0.2)])
def test_a_checked_store_holds_what_the_gate_let_out(when_rejected: str, retries: int, recovery: float | None) -> None:
    one = chain(1, Model(1, 1, 0.7)).pipe(pull.gate, 0.8, 0.1, retries, when_rejected=when_rejected, recovery=recovery)
    law = reliability.gated(0.7, 0.8, 0.1, retries, when_rejected == "pass", recovery)
    right, _, rejected = oracles.attempts(
        np.random.default_rng(1), 200_000, 0.7, 0.8, 0.1, retries, when_rejected, recovery
    )
    stored = one.pipe(pull.cache).outcome().reliability
    assert stored == pytest.approx(law.p / (1 - law.rejected))
    assert oracles.agrees_in_share(stored, right[~rejected])


def test_where_a_gate_lets_nothing_out_nothing_right_is_stored() -> None:
    nothing = chain(1, Model(1, 1, 0.0)).pipe(pull.gate, 1.0).pipe(pull.cache)
    assert nothing.outcome().reliability == 0.0
    some = chain(1, Model(1, 1, np.array([0.0, 0.5, 1.0]))).pipe(pull.gate, 1.0).pipe(pull.cache)
    assert some.outcome().reliability.tolist() == [0.0, 1.0, 1.0]


def test_worst_takes_the_dearer_of_hit_and_miss() -> None:
    slow_store = chain(1, SMALL).pipe(pull.cache, hit_rate=0.5, usd=0.5, sec=9)
    assert (slow_store.outcome("worst").cost, slow_store.outcome("worst").latency) == (0.5, 9)
    fast_store = chain(1, SMALL).pipe(pull.cache, hit_rate=0.5)
    assert (fast_store.outcome("worst").cost, fast_store.outcome("worst").latency) == (0.002, 0.4)


def test_zero_cost_buys_infinite_quality_per_dollar_and_zero_reliability_never_succeeds() -> None:
    free = chain(1, Model(0, 1, 0.5)).outcome()
    assert (free.quality_per_dollar, free.cost_per_success) == (math.inf, 0)
    hopeless = chain(1, Model(1, 1, 0)).outcome()
    assert (hopeless.quality_per_dollar, hopeless.cost_per_success) == (0, math.inf)


def test_identical_steps_are_counted_so_a_long_chain_is_exact() -> None:
    long = chain(3000, PREMIUM).outcome()
    assert numbers(long) == pytest.approx((90.0, 6000.0, 0.985**3000), rel=1e-12)


# ---- when the mean latency is known -------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_overlapping_retries_without_chance_have_an_exact_latency(p: float) -> None:
    sure = parallel(3, Model(1, 2, p)).pipe(pull.retry, 2).outcome("expected")
    assert (sure.latency, sure.note) == (6.0 if p == 0 else 2.0, "")


def test_a_retried_step_hidden_behind_a_slow_one_has_an_exact_latency() -> None:
    hidden = chain(1, COIN, "quick").pipe(pull.retry, 2).beside(chain(1, Model(0, 3.0, 0.9), "slow"))
    assert hidden.outcome("expected").latency == 3.0


def test_an_unknown_mean_is_nan_with_a_note_that_says_what_to_do() -> None:
    outcome = TANGLED.outcome("expected")
    assert math.isnan(outcome.latency)
    assert outcome.note == NOT_EXACT
    assert "simulation" in NOT_EXACT
    assert not math.isnan(outcome.cost + outcome.reliability)
    low, high = outcome.latency_bounds
    assert 0 < low < oracles.simulate(TANGLED, RUNS, seed=1).sec.mean() < high < TANGLED.outcome("worst").latency
    assert f"latency {low:.2f} to {high:.2f} s" in str(outcome)


def test_only_the_designs_with_an_unknown_mean_are_nan() -> None:
    outcome = rails(12, Model(1, 1, np.array([0.0, 0.5, 1.0])), retries=2).outcome("expected")
    np.testing.assert_array_equal(outcome.latency, [36.0, np.nan, 12.0])
    assert [bound[0] for bound in outcome.latency_bounds] == [36.0, 36.0]


def test_the_mean_of_retried_steps_side_by_side_is_exact() -> None:
    assert parallel(3, PREMIUM).pipe(pull.retry, 1).outcome("expected").latency == pytest.approx(2 * (2 - 0.985**3))
    swept = parallel(2, Model(1, 1, np.array([0.0, 0.5, 1.0]))).pipe(pull.retry, 2).outcome("expected")
    np.testing.assert_allclose(swept.latency, [3.0, 3 - 0.75**2 - 0.5**2, 1.0])


def test_free_retries_are_noted() -> None:
    retried = chain(2, PREMIUM).pipe(pull.retry, 1)
    assert retried.outcome("textbook").note == FREE_RETRIES
    assert retried.outcome("expected").note == retried.outcome("worst").note == ""
    assert chain(2, PREMIUM).outcome().note == ""


def test_the_worst_latency_of_overlapping_steps_behind_a_cache_is_a_number() -> None:
    assert parallel(2, PREMIUM).pipe(pull.cache, hit_rate=0.5).outcome("worst").latency == 2.0


@steady
@given(workflows)
def test_the_worst_latency_is_always_a_number(workflow: Workflow) -> None:
    assert not math.isnan(workflow.outcome("worst").latency)


def test_longest_path_of_mean_times_is_wrong_for_overlapping_retries() -> None:
    """Three coins tossed side by side, at most three times each: the mean of the slowest, against the slowest mean."""
    retried = parallel(3, COIN).pipe(pull.retry, 2)
    seconds = oracles.simulate(retried, RUNS, seed=1).sec
    assert not oracles.agrees(cost.expected_attempts(0.5, 2) * 1.0, seconds)
    exact = 3 - (1 - 0.5**2) ** 3 - (1 - 0.5) ** 3
    assert retried.outcome("expected").latency == pytest.approx(exact, rel=1e-14)
    assert oracles.agrees(exact, seconds)


# ---- properties ---------------------------------------------------------------------------------------------


@steady
@given(workflows)
def test_textbook_costs_no_more_than_expected_and_expected_no_more_than_worst(workflow: Workflow) -> None:
    textbook, expected, worst = (workflow.outcome(a).cost for a in ACCOUNTINGS)
    assert textbook <= expected * ROUNDING
    assert expected <= worst * ROUNDING


@steady
@given(workflows)
def test_reliability_is_the_same_under_every_accounting(workflow: Workflow) -> None:
    assert len({workflow.outcome(a).reliability for a in ACCOUNTINGS}) == 1
    assert 0 <= workflow.outcome().reliability <= ROUNDING


@steady
@given(endless)
def test_without_early_ends_cost_is_the_sum_and_reliability_the_product_of_the_steps(workflow: Workflow) -> None:
    for accounting in ACCOUNTINGS:
        alone = [Workflow((replace(step, needs=()),)).outcome(accounting) for step in workflow]
        together = workflow.outcome(accounting)
        assert together.cost == pytest.approx(sum(o.cost for o in alone), rel=1e-12)
        assert together.reliability == pytest.approx(math.prod(o.reliability for o in alone), rel=1e-12)


@steady
@given(endless)
def test_a_latency_that_is_known_is_the_longest_path_of_the_steps(workflow: Workflow) -> None:
    for accounting in ("textbook", "worst"):
        alone = [float(Workflow((replace(step, needs=()),)).outcome(accounting).latency) for step in workflow]
        latency = workflow.outcome(accounting).latency
        if not any(step.cache for step in workflow):
            assert latency == pytest.approx(oracles.longest(alone, workflow.graph.needs), rel=1e-12)


@steady
@given(designs())
def test_many_designs_at_once_are_each_design_alone(parts: list[Workflow]) -> None:
    at_once = stacked(parts)
    for accounting in ACCOUNTINGS:
        several = at_once.outcome(accounting)
        for i, part in enumerate(parts):
            one = part.outcome(accounting)
            assert np.broadcast_to(several.cost, 3)[i] == pytest.approx(one.cost, rel=1e-12)
            assert np.broadcast_to(several.reliability, 3)[i] == pytest.approx(one.reliability, rel=1e-11)
            assert np.broadcast_to(several.latency, 3)[i] == pytest.approx(one.latency, rel=1e-12, nan_ok=True)


def test_arrays_of_different_steps_broadcast_against_each_other() -> None:
    usd, p, k = np.array([[0.01], [0.03]]), np.array([0.5, 0.9, 1.0]), np.array([[[0]], [[1]]])
    grid = chain(1, Model(usd, 1, 0.9), "a").then(chain(1, Model(0.02, 1, p), "b").pipe(pull.retry, k))
    outcome = grid.outcome("expected")
    assert outcome.cost.shape == outcome.latency.shape == outcome.reliability.shape == (2, 2, 3)
    for i, j, m in np.ndindex(2, 2, 3):
        one = chain(1, Model(usd[j, 0], 1, 0.9), "a").then(chain(1, Model(0.02, 1, p[m]), "b").pipe(pull.retry, int(i)))
        assert numbers(one.outcome("expected")) == pytest.approx(tuple(x[i, j, m] for x in numbers(outcome)), rel=1e-12)


LONG = 3 * DESIGNS // 2


def sweep(rng: np.random.Generator, n: int) -> Workflow:
    """Every number of a workflow drawn n times: a retried parallel stage behind a step that halts."""
    model = Model(rng.uniform(0, 1, n), rng.uniform(0, 1, n), rng.uniform(0, 1, n))
    check = chain(1, model).pipe(pull.gate, rng.uniform(0, 1, n), rng.uniform(0, 1, n), when_rejected="halt")
    stage = parallel(2, model, "agent").pipe(pull.retry, rng.integers(0, 3, n))
    return (
        check.then(stage)
        .pipe(pull.cache, "agent-1", hit_rate=rng.integers(0, 2, n))
        .pipe(pull.debate, rng.integers(1, 4, n), 2, "agent-2", p=rng.uniform(0, 1, n))
    )


@pytest.mark.parametrize("accounting", ACCOUNTINGS)
def test_a_sweep_too_long_for_one_block_is_its_pieces(accounting: str) -> None:
    long = sweep(np.random.default_rng(3), LONG)
    outcome = long.outcome(accounting)
    for i in (0, DESIGNS - 1, DESIGNS, LONG - 1):
        one = Workflow(tuple(cut_out(step, slice(i, i + 1)) for step in long)).outcome(accounting)
        assert tuple(x[0] for x in numbers(one)) == pytest.approx(
            tuple(x[i] for x in numbers(outcome)), rel=1e-12, nan_ok=True
        )
    assert outcome.cost.shape == outcome.latency.shape == outcome.reliability.shape == (LONG,)


def test_an_array_of_one_number_fits_a_sweep_of_any_length() -> None:
    for n in (DESIGNS, LONG):
        swept = chain(2, Model([0.03], 1, np.linspace(0, 1, n))).outcome()
        assert swept.cost.shape == swept.reliability.shape == (n,)


def test_rounding_never_makes_an_outcome_unreadable() -> None:
    gated = chain(1, Model(0.03, 2, 0.9)).pipe(pull.gate, 1.0, 0.2, 1, when_rejected="pass", recovery=1.0)
    assert "100.00%" in repr(gated)
    assert gated.outcome().quality_per_dollar > 0


def test_the_outcome_of_a_sweep_of_no_designs_can_be_shown() -> None:
    assert str(chain(2, Model(np.array([]), 1, 0.5)).outcome()) == "no designs"


NONE = np.array([])
NO_DESIGNS: dict[str, Callable[[], Workflow]] = {
    "models": lambda: chain(2, Model(NONE, 1, 0.5)),
    "retries": lambda: chain(2, PREMIUM).pipe(pull.retry, NONE),
    "early stops": lambda: chain(2, PREMIUM).pipe(pull.stop_early, NONE),
    "gates": lambda: chain(2, PREMIUM).pipe(pull.gate, NONE),
}


@pytest.mark.parametrize("name", NO_DESIGNS)
def test_a_sweep_of_no_designs_has_no_outcomes_and_can_be_shown(name: str) -> None:
    workflow = NO_DESIGNS[name]()
    for accounting in ACCOUNTINGS:
        assert workflow.outcome(accounting).cost.shape == (0,)
    assert "no designs" in repr(workflow)


# ---- against the simulation, within four standard errors of the mean of 50,000 runs ---------------------------

WORKFLOWS = [drawn_workflow(Random(seed), most=6) for seed in range(CASES)]


@pytest.mark.parametrize("seed", range(CASES))
def test_expected_outcomes_agree_with_the_simulation(seed: int) -> None:
    workflow = WORKFLOWS[seed]
    outcome = workflow.outcome("expected")
    runs = oracles.simulate(workflow, RUNS, seed)
    assert oracles.agrees(outcome.cost, runs.usd)
    assert oracles.agrees_in_share(outcome.reliability, runs.right)
    assert oracles.agrees_in_share(outcome.refused, runs.refused)
    assert oracles.agrees(outcome.latency, runs.sec)


@pytest.mark.parametrize("seed", range(CASES))
def test_no_simulated_run_is_dearer_or_slower_than_the_worst_case(seed: int) -> None:
    workflow = WORKFLOWS[seed]
    worst = workflow.outcome("worst")
    runs = oracles.simulate(workflow, RUNS // 10, seed)
    assert runs.usd.max() <= worst.cost * ROUNDING + 1e-12
    assert runs.sec.max() <= worst.latency * ROUNDING + 1e-12


def test_the_drawn_workflows_have_every_feature() -> None:
    """What the simulation is held against: each lever, both counts, steps that overlap, early ends."""
    steps = [step for workflow in WORKFLOWS for step in workflow]
    gates = [step.gate for step in steps if step.gate]
    overlapping = [w for w in WORKFLOWS if any(len(block) > 1 for block in w.graph.blocks)]
    mixed = [
        w
        for w in overlapping
        for block in w.graph.blocks
        if len(block) > 1 and len({w.steps[i].retries > 0 for i in block}) == 2
    ]
    assert {gate.when_rejected for gate in gates} == {"fail", "pass", "halt"}
    assert {gate.recovery is None for gate in gates} == {True, False}
    assert {s.debate.counting for s in steps if s.debate} == {"text", "listing"}
    assert any(s.cache and s.gate and s.gate.when_rejected == "halt" and s.retries for s in steps)
    assert any(gate.person and 0 < gate.person.recall < 1 for gate in gates)
    assert any(s.cache and s.gate and s.gate.person for s in steps)
    judges = [step for step in steps if step.judge]
    assert any(s.judge.recall < 1 and s.judge.false_alarm and s.judge.usd and s.judge.sec for s in judges)
    assert any(s.gate and s.gate.when_rejected == "halt" for s in judges)
    for stored in ("first", "checked"):
        chosen = [s for s in steps if s.cache and s.cache.p is None and s.cache.stored == stored]
        assert any(0 < s.cache.hit_rate < 1 and (s.gate or s.retries) for s in chosen)
    assert sum(w.steps[0].may_end for w in WORKFLOWS) >= 5
    assert len(overlapping) >= 15
    assert len(mixed) >= 5


HAND_MADE: dict[str, Workflow] = {
    "a retried, cached step that halts, in a chain": Workflow(
        (
            Step("a", COIN, retries=2, gate=Gate(0.8, 0.1, "halt", 0.7, 0.001, 0.2), cache=Cache(0.3, None, 0, 0.01)),
            Step("b", PREMIUM, "a", good_enough=0.4),
            Step("c", COIN, "b", retries=1),
        )
    ),
    "unretried steps beside retried ones that are never slower": (
        chain(1, PREMIUM, "first")
        .then(chain(1, Model(0.01, 0.3, 0.6), "quick").pipe(pull.retry, 3).beside(chain(1, PREMIUM, "slow")))
        .then(chain(1, COIN, "last").pipe(pull.retry, 1))
    ),
    "an early stop before a parallel stage": chain(2, COIN, "try")
    .pipe(pull.retry, 2)
    .pipe(pull.stop_early, 0.35)
    .then(parallel(3, PREMIUM, "many")),
    "a gate with false alarms that passes its last answer": parallel(2, COIN).pipe(
        pull.gate, 0.6, 0.3, 2, when_rejected="pass", recovery=0.9
    ),
    "the section's combined design": parallel(2, PREMIUM, "hard")
    .beside(parallel(4, SMALL, "easy"))
    .pipe(pull.cache, ("hard-1", "hard-2"))
    .pipe(pull.retry, 1),
}


@pytest.mark.parametrize("name", HAND_MADE)
def test_hand_made_designs_agree_with_the_simulation(name: str) -> None:
    workflow = HAND_MADE[name]
    outcome = workflow.outcome("expected")
    runs = oracles.simulate(workflow, 100_000, seed=len(name))
    assert oracles.agrees(outcome.cost, runs.usd)
    assert oracles.agrees_in_share(outcome.reliability, runs.right)
    assert oracles.agrees(outcome.latency, runs.sec)
