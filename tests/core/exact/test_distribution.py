"""The whole distribution of a task: enumerations, the simulation, closed forms, and the error that it states."""

from __future__ import annotations

import itertools
import math
from random import Random
from typing import Any

import numpy as np
import oracles
import pytest
from strategies import TANGLED, drawn_workflow, rails

from labkit import PREMIUM, SMALL, Cache, Gate, Model, Step, Workflow, chain, parallel, simulate
from labkit import levers as pull
from labkit.latency import Exponential, Lognormal, Patience, RandomTime, Uniform

COIN = Model(0.01, 1.0, 0.5, "coin")
RUNS = 20_000
LAWS = [Exponential(3.0), Uniform(1.0, 3.0), Lognormal(1.0, 0.55), RandomTime.from_samples([1.0, 1.5, 2.0, 9.0])]


def enumerated(workflow: Workflow) -> dict[tuple[float, float, bool], float]:
    """Every combination of attempts of steps that are only retried: {(seconds, dollars, right): probability}."""
    choices = []
    for step in workflow:
        p, k = step.model.p_ok, int(step.retries)
        ends = [(made, True, p * (1 - p) ** (made - 1)) for made in range(1, k + 2)] + [
            (k + 1, False, (1 - p) ** (k + 1))
        ]
        choices.append([end for end in ends if end[2] > 0])
    found: dict[tuple[float, float, bool], float] = {}
    for combination in itertools.product(*choices):
        done: dict[str, float] = {}
        for step, (made, _, _) in zip(workflow, combination, strict=True):
            done[step.name] = made * step.model.sec + max((done[name] for name in step.needs), default=0.0)
        usd = sum(made * step.model.usd for step, (made, _, _) in zip(workflow, combination, strict=True))
        key = round(max(done.values()), 9), round(usd, 9), all(right for _, right, _ in combination)
        found[key] = found.get(key, 0.0) + math.prod(chance for _, _, chance in combination)
    return found


def retried_workflow(rnd: Random) -> Workflow:
    steps: list[Step] = []
    for i in range(rnd.randint(1, 5)):
        needs = tuple(step.name for step in steps if rnd.random() < 0.4)
        model = Model(rnd.choice((0.002, 0.03)), rnd.choice((0.4, 1.0, 2.5)), rnd.choice((0.3, 0.9, 1.0)))
        steps.append(Step(f"s{i}", model, needs, retries=rnd.randint(0, 2)))
    return Workflow(tuple(steps))


@pytest.mark.parametrize("seed", range(60))
def test_attempts_of_fixed_length_have_the_distribution_that_enumeration_finds(seed: int) -> None:
    workflow = retried_workflow(Random(seed))
    every = enumerated(workflow)
    for found, at in ((workflow.latency(), 0), (workflow.cost(), 1)):
        for right in (False, True):
            expected: dict[float, float] = {}
            for key, chance in every.items():
                if key[2] or not right:
                    expected[key[at]] = expected.get(key[at], 0.0) + chance
            amount = found.right if right else found
            assert amount is not None
            assert amount.value == pytest.approx(sorted(expected))
            assert amount.p * (found.p_right if right else 1) == pytest.approx([expected[v] for v in sorted(expected)])
        assert (found.error, found.beyond) == (0.0, 0.0)


@pytest.mark.parametrize("seed", range(60))
def test_every_part_of_a_workflow_agrees_with_the_simulation_and_with_its_outcome(seed: int) -> None:
    workflow = drawn_workflow(Random(seed), most=6)
    outcome, runs = workflow.outcome("expected"), oracles.simulate(workflow, RUNS, seed)
    for found, drawn, mean in (
        (workflow.latency(), runs.sec, outcome.latency),
        (workflow.cost(), runs.usd, outcome.cost),
    ):
        assert found.mean == pytest.approx(mean, rel=1e-9)
        assert found.p_right == pytest.approx(outcome.reliability, rel=1e-9, abs=1e-12)
        budget = float(found.quantile(Random(seed).uniform(0.05, 0.95))) * (1 + 1e-9)
        assert oracles.agrees_in_share(float(found.within(budget)), drawn <= budget)
        assert oracles.agrees_in_share(float(found.right_within(budget)), (drawn <= budget) & runs.right)


def series_parallel_workflow(rnd: Random) -> Workflow:
    def piece(left: int) -> Workflow:
        if left == 1:
            model = Model(0.01, rnd.choice((0.4, 1.0, 2.0)), rnd.uniform(0.5, 1.0))
            flow = chain(1, model).pipe(pull.retry, rnd.randint(0, 2))
            return flow.pipe(pull.gate, 0.8, 0.1, sec=0.1, when_rejected="pass") if rnd.random() < 0.3 else flow
        first = rnd.randint(1, left - 1)
        one, other = piece(first), piece(left - first)
        return one.then(other) if rnd.random() < 0.5 else one.beside(other)

    return piece(rnd.randint(2, 6))


@pytest.mark.parametrize("seed", range(60))
def test_call_times_that_vary_agree_with_the_simulation(seed: int) -> None:
    workflow, law = series_parallel_workflow(Random(seed)), LAWS[seed % 4]
    found, runs = workflow.latency(law, grid_sec=0.005), simulate(workflow, RUNS, seed, times=law)
    slack = found.error * 0.05  # the points of a recorded law lie between those of the grid
    assert abs(found.mean - runs.latency.mean()) <= 4 * runs.standard_error.latency + slack
    for q in (0.5, 0.95):
        low, high = runs.quantile_interval(q, level=0.9999)
        assert low - found.error <= found.quantile(q) <= high + found.error


def test_a_chain_of_memoryless_calls_is_a_gamma_distribution() -> None:
    found = chain(3, Model(0, 2.0, 1.0)).latency(Exponential(1.0))
    for sec in (1.0, 6.0, 15.0, 30.0):
        x = sec / 2.0
        assert found.within(sec) == pytest.approx(1 - math.exp(-x) * (1 + x + x**2 / 2), abs=found.error * 0.2)
    assert found.mean == pytest.approx(6.0, rel=1e-5)
    assert found.std == pytest.approx(math.sqrt(12.0), rel=1e-4)


def test_calls_side_by_side_have_the_quantiles_of_their_maximum() -> None:
    law = Lognormal(2.0, 0.55)
    found = parallel(12, PREMIUM).latency(law)
    for q in (0.5, 0.95, 0.99):
        assert found.quantile(q) == pytest.approx(law.quantile_of_max(12, q), abs=found.error)
    assert found.mean == pytest.approx(law.expected_max(12), abs=1e-4)


def test_the_stated_error_holds_when_the_grid_is_refined() -> None:
    workflow = chain(6, PREMIUM).pipe(pull.retry, 1).beside(chain(2, SMALL))
    fine = workflow.latency(Lognormal(1.0, 0.55), grid_sec=0.001)
    errors = []
    for grid in (0.4, 0.1, 0.025):
        rough = workflow.latency(Lognormal(1.0, 0.55), grid_sec=grid)
        assert rough.error == pytest.approx(15 * grid)
        errors.append(max(abs(rough.quantile(q) - fine.quantile(q)) for q in (0.05, 0.5, 0.95, 0.99)))
        assert errors[-1] <= rough.error
    assert errors == sorted(errors, reverse=True)


def test_p95_is_a_hundred_times_nearer_than_that_of_twenty_thousand_tasks() -> None:
    """The grid's own p95 against one five times finer, in the standard errors of a simulated p95."""
    workflow, law = chain(12, PREMIUM).pipe(pull.retry, 1), Lognormal(1.0, 0.55)
    fine = workflow.latency(law, grid_sec=2e-4).quantile(0.95)
    low, high = simulate(workflow, RUNS, 1, times=law).quantile_interval(0.95, level=0.68)
    assert abs(workflow.latency(law).quantile(0.95) - fine) < (high - low) / 2 / 50


def test_a_heavy_tail_says_what_lies_beyond() -> None:
    found = chain(12, PREMIUM).latency(Lognormal(1.0, 2.0))
    assert 0 < found.beyond < 1e-5
    assert found.mean == pytest.approx(24.0, rel=1e-3)


def test_a_thousand_steps_are_answered_or_refused_at_once() -> None:
    long = chain(1000, PREMIUM).pipe(pull.retry, 1).latency(Lognormal(1.0, 0.5))
    assert long.mean == pytest.approx(2030.0, rel=1e-5)
    unlike = Workflow(tuple(Step(f"s{i}", Model(0.01, 1 + i / 7919, 0.9), retries=1) for i in range(1000)))
    assert unlike.latency(Exponential(1.0)).p_right == pytest.approx(0.99**1000, rel=1e-6)
    with pytest.raises(ValueError, match=r"2,000 tangled steps .* labkit\.simulate\(workflow, n, seed\) draws it"):
        rails(1000, COIN).latency(Exponential(1.0))
    assert rails(1000, COIN, retries=2).outcome("expected").latency_bounds[0] > 1000


def test_fixed_lengths_too_many_to_list_lie_on_a_grid_with_its_error() -> None:
    rng = np.random.default_rng(7)
    flow = Workflow(tuple(Step(f"s{i}", Model(0, sec, 0.9), f"s{i - 1}" if i else (), retries=2)
                          for i, sec in enumerate(rng.random(60))))  # fmt: skip
    found = flow.latency()
    assert 0 < found.error < 2.0
    assert found.mean == pytest.approx(flow.outcome("expected").latency, rel=1e-7)
    assert found.p_right == pytest.approx(0.999**60)
    with pytest.raises(ValueError, match="tangled"):
        TANGLED.latency()
    usd = Workflow(tuple(Step(f"s{i}", Model(usd, 1, 0.9), retries=2) for i, usd in enumerate(rng.random(60))))
    with pytest.raises(ValueError, match="too many different sums"):
        usd.cost()


# ---- patience -----------------------------------------------------------------------------------------------


def drawn_patiently(rng: np.random.Generator, step: Step, law: Any, waits: Patience) -> tuple[np.ndarray, ...]:
    """Seconds, dollars, right of many runs of one step without a gate, call by call."""
    sec, usd = np.zeros(RUNS), np.zeros(RUNS)
    right, going = np.zeros(RUNS, bool), np.ones(RUNS, bool)
    for attempt in range(int(step.retries) + 1):
        call = step.model.sec * law.factors(rng, RUNS)
        second = np.inf if waits.hedge_sec is None else waits.hedge_sec + step.model.sec * law.factors(rng, RUNS)
        limit = np.inf if waits.timeout_sec is None else waits.timeout_sec
        twice = (call > (waits.hedge_sec or np.inf)) & ((waits.hedge_sec or np.inf) < limit)
        took = np.minimum(call, second)
        pause = waits.backoff_sec * waits.backoff_growth ** (attempt - 1) if attempt else 0.0
        assert not attempt or waits.wait(attempt) == pause
        sec += going * (np.minimum(took, limit) + pause)
        usd += going * step.model.usd * (1 + twice)
        right |= going & (took <= limit) & (rng.random(RUNS) < step.model.p_ok)
        going &= ~right
    return sec, usd, right


PATIENCE = [
    Patience(timeout_sec=1.5),
    Patience(hedge_sec=1.2),
    Patience(backoff_sec=0.5, backoff_growth=2.0),
    Patience(timeout_sec=2.0, hedge_sec=0.8, backoff_sec=0.25),
]


@pytest.mark.parametrize("waits", PATIENCE)
@pytest.mark.parametrize("law", LAWS[:3])
def test_time_outs_hedges_and_waits_agree_with_calls_that_are_drawn_one_by_one(waits: Patience, law: Any) -> None:
    step = Step("a", Model(0.01, 1.0, 0.7), retries=2)
    sec, usd, right = drawn_patiently(np.random.default_rng(11), step, law, waits)
    time, cost = (way(law, waits) for way in (Workflow((step,)).latency, Workflow((step,)).cost))
    assert oracles.agrees(time.mean, sec)
    assert oracles.agrees(cost.mean, usd)
    assert oracles.agrees_in_share(time.p_right, right)
    assert time.p_right == pytest.approx(cost.p_right, abs=1e-4)
    for budget in (1.0, 2.2, 4.1):
        assert oracles.agrees_in_share(float(time.within(budget)), sec <= budget, errors=5)
        assert oracles.agrees_in_share(float(time.right_within(budget)), (sec <= budget) & right, errors=5)


def test_a_call_that_never_varies_is_cut_off_always_or_never() -> None:
    cut = chain(1, PREMIUM).pipe(pull.retry, 2).latency(patience=Patience(timeout_sec=1.5, backoff_sec=1.0))
    assert (cut.value.tolist(), cut.p_right) == ([1.5 * 3 + 2.0], 0.0)
    assert chain(1, PREMIUM).cost(patience=Patience(hedge_sec=1.0)).mean == pytest.approx(0.06)
    assert chain(1, PREMIUM).cost(patience=Patience(timeout_sec=2.0)).p_right == pytest.approx(0.985)


def test_what_a_gate_would_miss_a_time_out_does_not() -> None:
    blind = Workflow((Step("a", Model(0.01, 1.0, 1.0), gate=Gate(detection=0.0)),))
    assert blind.latency(Exponential(1.0), Patience(timeout_sec=1.0)).p_right == pytest.approx(
        1 - math.exp(-1), abs=1e-4
    )


def test_a_debate_is_neither_cut_off_nor_hedged() -> None:
    talk = chain(1, PREMIUM).pipe(pull.debate, 3, 2)
    with pytest.raises(ValueError, match="patience must not cut off or hedge a debate"):
        talk.latency(Exponential(1.0), Patience(timeout_sec=1.0))


def test_the_first_token_waits_for_a_gate() -> None:
    plain = chain(2, PREMIUM)
    assert plain.latency(first_token=0.25).mean == 2.0 + 0.5
    for waiting in (plain.pipe(pull.gate, 0.9, sec=0.2), plain.pipe(pull.retry, 1), plain.pipe(pull.debate, 2, 2)):
        assert waiting.latency(first_token=0.25) == waiting.latency()


def test_hits_of_a_cache_keep_their_seconds_and_dollars() -> None:
    stored = Workflow((Step("a", PREMIUM, cache=Cache(0.25, usd=0.001)),))
    assert stored.latency().value.tolist() == [0.01, 2.0]
    assert stored.cost().p == pytest.approx([0.25, 0.75])
