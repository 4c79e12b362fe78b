"""Every formula against the simulation, within four standard errors: drawn workflows, then each option alone."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from oracles import agrees, agrees_in_share
from strategies import drawn_workflow

from labkit import (
    PREMIUM,
    SMALL,
    Cache,
    Gate,
    Judge,
    Model,
    Person,
    Step,
    Workflow,
    chain,
    cost,
    latency,
    parallel,
    reliability,
)
from labkit import levers as pull
from labkit.latency import Exponential, Lognormal, Patience, RandomTime
from labkit.reliability import checked_chain
from labkit.simulation import Difficulty, Samples, Turns, schedule, simulate
from labkit.simulation.schedule import limited

RUNS = 100_000
CASES = 60
COIN = Model(0.01, 1.0, 0.5, "coin")


def assert_agrees(workflow: Workflow, samples: Samples, accounting: str = "expected") -> None:
    outcome = workflow.outcome(accounting)
    assert agrees(outcome.cost, samples.cost), workflow
    assert agrees_in_share(outcome.reliability, samples.success), workflow
    assert agrees_in_share(outcome.refused, samples.refused), workflow
    assert agrees_in_share(outcome.wrong, samples.wrong), workflow
    assert agrees(outcome.latency, samples.latency), workflow


# ---- floor 1: drawn workflows -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", range(CASES))
def test_a_drawn_workflow_comes_to_what_the_formulas_say(case: int) -> None:
    workflow = drawn_workflow(Random(case))
    assert_agrees(workflow, simulate(workflow, RUNS, case))


@pytest.mark.parametrize("case", range(CASES))
def test_free_retries_are_simulated_as_the_text_counts_them(case: int) -> None:
    workflow = drawn_workflow(Random(1000 + case))
    assert_agrees(workflow, simulate(workflow, RUNS, case, accounting="textbook"), "textbook")


def test_a_chain_that_stops_at_its_first_detected_failure_pays_as_many_steps_as_it_reaches() -> None:
    halting = chain(12, SMALL).pipe(pull.gate, 0.7, when_rejected="halt")
    samples = simulate(halting, RUNS, 1)
    steps = cost.steps_until_failure(SMALL.p_ok, 12, 0.7)
    assert agrees(steps, samples.cost / SMALL.usd)
    assert agrees_in_share(SMALL.p_ok**12, samples.success)


def test_after_the_last_step_nobody_is_asked() -> None:
    hasty = chain(3, COIN).pipe(pull.stop_early, 0.3, recall=0.5, false_alarm=0.4, usd=0.5, sec=3.0)
    spared = chain(3, COIN).pipe(
        pull.stop_early, 0.3, ["step-1", "step-2"], recall=0.5, false_alarm=0.4, usd=0.5, sec=3.0
    )
    for accounting in ("textbook", "expected", "worst"):
        assert hasty.outcome(accounting) == spared.outcome(accounting)
    assert simulate(hasty, 5_000, 1).mean == simulate(spared, 5_000, 1).mean
    longer = hasty.then(chain(1, COIN)).outcome("expected")
    assert longer.cost > hasty.outcome("expected").cost + 0.01  # what followed nothing before is judged now


def test_a_judge_beside_other_steps_is_paid_though_he_can_end_nothing() -> None:
    judge = Judge(0.9, 0.0, usd=0.5, sec=3.0)
    pair = Workflow((Step("judged", COIN, judge=judge), Step("beside", COIN), Step("c", COIN, ("judged", "beside"))))
    samples = simulate(pair, 1_000, 1)
    assert_agrees(pair, samples)
    assert (samples.mean.cost, samples.mean.latency) == (pytest.approx(0.53), pytest.approx(5.0))


@pytest.mark.parametrize(
    "gate", [Gate(1.0, person=Person(recall=0.8)), Gate(0.5, 0.3, recovery=0.7), Gate(1.0, 0.1, "pass", recovery=0.7)]
)
def test_a_store_keeps_what_was_put_right_after_a_first_answer_that_never_is(gate: Gate) -> None:
    never = Workflow((Step("never", Model(1.0, 1.0, 0.0), retries=1, gate=gate, cache=Cache(0.5)),))
    assert never.outcome().reliability > 0
    assert_agrees(never, simulate(never, RUNS, 2))


# ---- floor 0: one step, one law -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_the_laws_of_one_step_hold(seed: int) -> None:
    rnd = Random(seed)
    p, d, f, r = (rnd.uniform(0.2, 0.95) for _ in range(4))
    k = rnd.randint(1, 4)
    one = chain(1, Model(1.0, 1.0, p))
    retried = simulate(one.pipe(pull.retry, k), RUNS, seed)
    assert agrees_in_share(reliability.with_retries(p, k), retried.success)
    assert agrees(cost.expected_attempts(p, k), retried.cost)
    informed = simulate(one.pipe(pull.gate, d, retries=1, recovery=r, when_rejected="pass"), RUNS, seed)
    assert agrees_in_share(reliability.with_detected_retry(p, d, r), informed.success)
    gate = simulate(one.pipe(pull.gate, d, f, k, recovery=r), RUNS, seed)
    law = reliability.gated(p, d, f, k, False, r)
    assert agrees_in_share(law.p, gate.success)
    assert agrees_in_share(law.rejected, gate.refused)
    assert agrees(law.attempts, gate.cost)
    helped = simulate(one.pipe(pull.gate, d, f, k, recovery=r, person=Person(0.0, 1.0, r)), RUNS, seed)
    seen = reliability.escalated(p, d, f, k, r, r)
    assert agrees_in_share(seen.p, helped.success)
    assert agrees(seen.attempts + 60 * seen.escalated, helped.latency)
    assert not helped.refused.any()


@pytest.mark.parametrize(("recall", "false_alarm"), [(1.0, 0.0), (0.6, 0.0), (0.8, 0.15), (0.0, 0.3)])
def test_an_early_stop_takes_as_many_steps_as_its_formula_says(recall: float, false_alarm: float) -> None:
    stopping = simulate(
        chain(9, PREMIUM).pipe(pull.stop_early, 0.2, recall=recall, false_alarm=false_alarm), RUNS, 1, propagation=0.0
    )
    assert agrees(reliability.steps_with_early_stop(0.2, 9, recall, false_alarm), stopping.latency / 2.0)


# ---- overlapping random times -------------------------------------------------------


def enumerated_latency(workflow: Workflow) -> float:
    """The mean of the longest path over every combination of attempts: each step stops at its first success."""
    choices = []
    for step in workflow.steps:
        p, most = step.model.p_ok, int(step.retries) + 1
        chances = [p * (1 - p) ** k for k in range(most - 1)] + [(1 - p) ** (most - 1)]
        choices.append([(chance, (k + 1) * step.model.sec) for k, chance in enumerate(chances)])
    total = 0.0
    for combination in itertools.product(*choices):
        ends: dict[str, float] = {}
        for step, (_, sec) in zip(workflow.steps, combination, strict=True):
            ends[step.name] = sec + max((ends[name] for name in step.needs), default=0.0)
        total += math.prod(chance for chance, _ in combination) * max(ends.values())
    return total


LATTICE = Workflow(
    (
        Step("a", COIN, retries=2),
        Step("b", SMALL, retries=1),
        Step("c", COIN, "a", retries=1),
        Step("d", Model(0, 2.5, 0.7), ("a", "b"), retries=2),
        Step("e", COIN, ("b",), retries=3),
    )
)


@pytest.mark.parametrize("workflow", [parallel(3, COIN).pipe(pull.retry, 2), LATTICE])
def test_the_latency_of_overlapping_steps_is_the_one_that_enumeration_finds(workflow: Workflow) -> None:
    assert workflow.outcome("expected").latency == pytest.approx(enumerated_latency(workflow), rel=1e-12)
    assert agrees(enumerated_latency(workflow), simulate(workflow, RUNS, 3).latency)


@pytest.mark.parametrize("seed", range(8))
def test_a_staged_workflow_with_retries_has_the_distribution_that_is_known_exactly(seed: int) -> None:
    rnd = Random(seed)
    stages = [
        [(rnd.choice((0.4, 1.0, 2.0)), rnd.uniform(0.3, 0.95), rnd.randint(0, 2)) for _ in range(rnd.randint(1, 4))]
        for _ in range(rnd.randint(1, 3))
    ]
    flow: Workflow | None = None
    for stage in stages:
        steps = tuple(Step(f"s{i}", Model(1, sec, p), retries=k) for i, (sec, p, k) in enumerate(stage))
        flow = Workflow(steps) if flow is None else flow.then(Workflow(steps))
    assert flow is not None
    law, samples = flow.latency(), simulate(flow, RUNS, seed)
    assert agrees(law.mean, samples.latency)
    for sec in law.value[:: max(1, law.value.size // 7)]:
        assert agrees_in_share(law.within(sec + 1e-9), samples.latency <= sec + 1e-9)


# ---- correlated difficulty ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("p", [0.3, 0.9])
def test_repeated_tries_at_a_task_follow_the_beta_binomial(p: float, rho: float) -> None:
    one = chain(1, Model(1, 1, p))
    law = reliability.BetaLaw(p, rho)
    assert agrees_in_share(law.pass_hat(4), simulate(chain(4, one.steps[0].model), RUNS, 1, difficulty=rho).success)
    for shared in (True, False):
        retried = simulate(one.pipe(pull.retry, 3), RUNS, 2, difficulty=Difficulty(rho, shared))
        assert agrees_in_share(law.pass_at(4), retried.success)
    apart = simulate(chain(4, one.steps[0].model), RUNS, 3, difficulty=Difficulty(rho, shared=False))
    assert agrees_in_share(p**4, apart.success)


def test_a_difficulty_shared_by_unlike_steps_is_the_same_quantile_of_each() -> None:
    """Beta(1, b) has the quantile function 1 - (1-u)^(1/b), so both p follow from one u."""
    p = (0.5, 0.25)  # Beta(1, 1) has the correlation 1/3; with it p = 0.25 is Beta(0.5, 1.5)
    two = chain(1, Model(1, 1, p[0]), "one").then(chain(1, Model(1, 1, p[1]), "other"))
    samples = simulate(two, 4 * RUNS, 1, difficulty=1 / 3)
    x = (np.arange(20_000) + 0.5) / 20_000  # p of the second step is sin^2 of an angle; its density in that angle
    angle = x * math.pi / 2
    density = np.cos(angle) ** 2 * 4 / math.pi
    u = np.cumsum(density) / density.sum()
    both = float(np.sum(density * u * np.sin(angle) ** 2) / density.sum())
    assert agrees_in_share(both, samples.success)
    assert samples.mean.reliability > p[0] * p[1] + 0.04


def test_a_table_of_items_gives_the_mean_over_its_items() -> None:
    table = {"step-1": [0.9, 0.2, 1.0], "step-2": [0.8, 0.1, 0.5]}
    retried = chain(3, Model(1, 1, 0.7)).pipe(pull.retry, 1, "step-2")
    samples = simulate(retried, RUNS, 1, difficulty=table)
    rows = list(zip(*table.values(), strict=True))
    assert agrees_in_share(sum(a * (1 - (1 - b) ** 2) * 0.7 for a, b in rows) / 3, samples.success)
    assert agrees(2 + sum(2 - b for _, b in rows) / 3, samples.cost)


def test_what_a_cache_or_a_gate_states_does_not_vary_with_the_task() -> None:
    stated = Workflow((Step("one", COIN, retries=1, gate=Gate(recovery=0.9), cache=Cache(0.5, p=0.8)),))
    assert_agrees(stated, simulate(stated, RUNS, 1, difficulty=0.6))


# ---- errors that travel -------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", [0.0, 0.4, 1.0])
def test_an_unnoticed_error_spoils_what_is_built_on_it_with_its_probability(q: float) -> None:
    bare = simulate(chain(6, Model(1, 1, 0.8)), RUNS, 1, propagation=q)
    right = checked_chain([0.8] * 6, healing=(1 - q) * 0.8).right
    assert agrees_in_share(right, bare.success)


@pytest.mark.parametrize("seed", range(12))
def test_a_chain_with_gates_follows_the_markov_chain_of_its_formula(seed: int) -> None:
    rnd = Random(seed)
    p, d, f = rnd.uniform(0.5, 0.95), rnd.random(), rnd.uniform(0, 0.3)
    k, steps = rnd.randint(0, 2), rnd.randint(2, 5)
    gated = chain(steps, Model(1, 1, p)).pipe(pull.gate, d, f, k, when_rejected="halt")
    samples = simulate(gated, RUNS, seed, propagation=1.0)
    law = checked_chain([p] * steps, d, f, k)
    assert agrees_in_share(law.right, samples.success)
    assert agrees_in_share(law.stopped, samples.refused)
    assert agrees_in_share(law.wrong, samples.wrong)
    assert agrees(law.calls, samples.cost)
    passing = chain(steps, Model(1, 1, p)).pipe(pull.gate, d, f, k, when_rejected="pass")
    assert agrees_in_share(
        checked_chain([p] * steps, d, f, k, fail_open=True).right,
        simulate(passing, RUNS, seed, propagation=1.0).success,
    )


def test_errors_that_always_travel_are_the_product_law_and_an_early_stop_judges_its_last_answer() -> None:
    graph = drawn_workflow(Random(5), ends=False)
    bare = Workflow(tuple(Step(s.name, COIN, s.needs) for s in graph.steps))
    assert agrees_in_share(0.5 ** len(bare), simulate(bare, RUNS, 1, propagation=1.0).success)
    stopping = chain(3, Model(1, 1, 0.7)).pipe(pull.stop_early, 0.5)
    healed = simulate(stopping, RUNS, 1, propagation=0.0)
    assert agrees_in_share(0.7, healed.success)
    never_further = simulate(stopping.pipe(pull.stop_early, 1.0, "step-1"), RUNS, 1, propagation=0.5)
    assert set(never_further.cost) == {1.0}
    assert agrees_in_share(0.7, never_further.success)


# ---- turns --------------------------------------------------------------------------------------------------


def test_recorded_turns_cost_what_growing_context_costs_and_take_their_sum() -> None:
    counts = [1, 4, 4, 9]
    samples = simulate(chain(1, PREMIUM), RUNS, 1, turns=Turns(counts=counts, growth=0.2))
    bills = [PREMIUM.usd * cost.growing_context_tokens(1.0, 0.2, t) for t in counts]
    assert agrees(float(np.mean(bills)), samples.cost)
    assert set(np.round(samples.cost, 9)) == set(np.round(bills, 9))
    assert agrees(2.0 * 4.5, samples.latency)


def test_geometric_turns_have_their_mean_and_their_square() -> None:
    m, g = 5.0, 0.1
    samples = simulate(chain(1, Model(1, 1, 1)), 4 * RUNS, 1, turns=Turns(mean=m, growth=g))
    assert agrees(m, samples.latency)
    assert agrees(m + g * m * (m - 1), samples.cost)  # E[T (T-1) / 2] = m (m-1)


def test_turns_with_random_times_keep_their_mean_and_get_the_variance_of_a_random_sum() -> None:
    sigma, m = 0.7, 3.0
    samples = simulate(chain(1, Model(1, 2, 1)), 4 * RUNS, 1, turns=Turns(mean=m), times=Lognormal(1.0, sigma))
    assert agrees(2 * m, samples.latency)
    variance = 4 * (m * math.expm1(sigma**2) + m * (m - 1))  # E[T] Var[X] + Var[T] E[X]^2
    assert agrees(variance, (samples.latency - 2 * m) ** 2)


# ---- call times ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.2, 0.54, 1.0])
@pytest.mark.parametrize("n", [1, 5, 12])
def test_the_slowest_of_lognormal_calls_is_the_integral(n: int, sigma: float) -> None:
    z = np.linspace(-9, 9 + sigma, 4001)
    below = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in z])
    middle = (z[:-1] + z[1:]) / 2
    mean = float(np.sum(np.exp(sigma * middle - sigma**2 / 2) * np.diff(below**n)))
    fan = simulate(parallel(n, Model(1, 2.0, 1)), RUNS, n, times=Lognormal(1.0, sigma))
    assert agrees(2.0 * mean, fan.latency)
    assert agrees(latency.Lognormal(2.0, sigma).expected_max(n), fan.latency)
    talk = parallel(1, Model(1, 2.0, 1)).pipe(pull.debate, n, 3)
    assert agrees(6.0 * mean, simulate(talk, RUNS, n, times=Lognormal(1.0, sigma)).latency)


def test_the_slowest_of_recorded_calls_is_the_mean_of_a_maximum() -> None:
    recorded = [2.0, 3.0, 3.0, 30.0, 1.0]
    fan = simulate(parallel(4, Model(1, np.mean(recorded), 1)), RUNS, 1, times=RandomTime.from_samples(recorded))
    every = [max(four) for four in itertools.product(recorded, repeat=4)]
    assert agrees(float(np.mean(every)), fan.latency)
    assert agrees(latency.expected_max(recorded, 4), fan.latency)


def test_quantiles_of_the_simulation_are_those_of_the_distribution() -> None:
    samples = simulate(chain(1, Model(1, 1, 1)), RUNS, 1, times=Lognormal(1.0, 0.5))
    z95 = 1.6448536269514722
    low, high = samples.quantile_interval(0.95, level=0.9999)
    assert low <= math.exp(0.5 * z95 - 0.125) <= high


# ---- so many at a time --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_many_schedules_at_once_are_those_of_one_at_a_time(seed: int) -> None:
    """Whole seconds from 1, so that several steps are often ready in the same moment.

    Not zero: a step that ends as it starts makes others ready in a moment that is half handed out already.
    """
    rng = np.random.default_rng(seed)
    steps, places = int(rng.integers(1, 40 if seed % 5 == 0 else 10)), int(rng.integers(1, 5))
    needs = [[other for other in range(step) if rng.random() < 0.3] for step in range(steps)]
    sec = rng.integers(1, 5, (steps, 30)).astype(float)
    at_once = limited(needs, list(sec), [1] * steps, places, range(steps))
    one_by_one = [latency.list_schedule(sec[:, run], needs, places).makespan for run in range(30)]
    np.testing.assert_array_equal(at_once, one_by_one)


@pytest.mark.parametrize("seed", range(5))
def test_steps_looked_at_one_by_one_or_through_a_tree_start_at_the_same_moments(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    needs = [sorted(rng.choice(step, min(step, rng.integers(0, 4)), replace=False).tolist()) for step in range(25)]
    sec, width = list(rng.choice([0.0, 1.0, 1.5, 4.0], (25, 300))), rng.integers(1, 4, 25).tolist()
    monkeypatch.setattr(schedule, "FEW", 100)
    expected = limited(needs, sec, width, 4, range(25))
    for few, fewest in ((0, 300), (5, 7)):
        monkeypatch.setattr(schedule, "FEW", few)
        monkeypatch.setattr(schedule, "FEWEST", fewest)
        monkeypatch.setattr(schedule, "TOGETHER", 1)
        assert np.array_equal(limited(needs, sec, width, 4, range(25)), expected)


@pytest.mark.parametrize("first", ["listed", "longest"])
def test_a_workflow_with_fixed_times_takes_what_its_list_schedule_takes(first: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        steps, places = int(rng.integers(2, 10)), int(rng.integers(1, 4))
        sec = rng.integers(1, 6, steps).astype(float)
        needs = [[other for other in range(step) if rng.random() < 0.25] for step in range(steps)]
        flow = Workflow(
            tuple(Step(f"s{i}", Model(0, sec[i], 1), tuple(f"s{r}" for r in needs[i])) for i in range(steps))
        )
        makespan = latency.list_schedule(sec, needs, places, first).makespan
        assert simulate(flow, 1, 0, at_most=places, first=first).latency[0] == makespan


def test_a_schedule_lies_within_its_bounds_and_is_the_longest_path_without_a_limit() -> None:
    graph = drawn_workflow(Random(11), ends=False)
    free = simulate(graph, 2000, 1, times=Lognormal(1.0, 0.5))
    alone = simulate(graph, 2000, 1, times=Lognormal(1.0, 0.5), at_most=3)
    wide = simulate(graph, 2000, 1, times=Lognormal(1.0, 0.5), at_most=1000)
    assert np.all(alone.latency >= free.latency - 1e-9)
    np.testing.assert_array_equal(wide.latency, free.latency)


def test_a_debate_takes_a_place_for_each_agent() -> None:
    talk = parallel(1, Model(0, 2.0, 1), "talk").pipe(pull.debate, 2, 1)
    three = parallel(2, Model(0, 3.0, 1)).beside(talk)
    assert simulate(three, 1, 0, at_most=4).latency[0] == 3.0
    assert simulate(three, 1, 0, at_most=3).latency[0] == 5.0
    assert simulate(three, 1, 0, at_most=2).latency[0] == 5.0


# ---- patience -----------------------------------------------------------------------------------------------

LATE = (
    Patience(backoff_sec=0.5, backoff_growth=2.0),
    Patience(timeout_sec=2.0),
    Patience(hedge_sec=0.8),
    Patience(timeout_sec=1.5, hedge_sec=1.2, backoff_sec=0.25),
    Patience(timeout_sec=1.0, hedge_sec=3.0),
)


@pytest.mark.parametrize("case", [pytest.param(i, marks=pytest.mark.slow if i >= 8 else ()) for i in range(CASES)])
def test_time_outs_hedges_and_waits_are_simulated_as_the_distributions_have_them(case: int) -> None:
    rnd = Random(case)
    steps: list[Step] = []
    for step in drawn_workflow(rnd, most=3):
        model = replace(step.model, sec=rnd.choice((0.5, 1.0, 2.5)))
        steps.append(replace(step, model=model, needs=tuple(before.name for before in steps[-1:])))
    workflow, law = Workflow(tuple(steps)), rnd.choice((None, Exponential(1.0), Lognormal(2.0, 0.5)))
    waits = {step.name: rnd.choice(LATE if step.debate is None else LATE[:1]) for step in steps}
    samples = simulate(workflow, 40_000, case, times=law, patience=waits)
    time, usd = workflow.latency(law, waits), workflow.cost(law, waits)
    assert agrees_in_share(usd.p_right, samples.success), (workflow, waits)
    assert agrees(usd.mean, samples.cost), (workflow, waits)
    assert abs(time.mean - samples.mean.latency) <= 4 * samples.standard_error.latency + time.error + 1e-9
    half = float(time.quantile(0.5)) + 1e-9
    assert agrees_in_share(float(time.within(half + time.error)), samples.latency <= half + 2 * time.error, errors=5)


def test_a_call_that_is_cut_off_is_billed_unchecked_and_noticed_by_every_gate() -> None:
    blind = Workflow((Step("a", Model(0.01, 2.0, 1.0), gate=Gate(0.0, usd=0.005, sec=0.5, when_rejected="halt")),))
    cut = simulate(blind.pipe(pull.retry, 2), 10, 1, patience=Patience(timeout_sec=1.5, backoff_sec=1.0))
    assert (set(cut.latency), set(cut.cost.round(9)), cut.refused.all()) == ({1.5 * 3 + 2.0}, {0.03}, True)
    twice = simulate(chain(1, PREMIUM), 10, 1, patience=Patience(hedge_sec=1.0))
    assert (set(twice.latency), set(twice.cost)) == ({2.0}, {0.06})
