"""The fit against traces whose truth is known, and against small ones that can be worked out by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from made import DIAMOND, GATE, rows
from processor_time import seconds
from recorded import call, span, sums

from labkit import PREMIUM, SMALL, Person, Workflow, cost, frontier, latency, levers, simulate
from labkit.frontier import options
from labkit.reliability import fit_beta
from labkit_agents import pocket, solvers
from labkit_agents.tasks.tasks import Task as Sum
from labkit_traces import Estimate, Fit, fit, from_json, read, to_json
from labkit_traces.fitting.cautions import tasks_needed
from labkit_traces.fitting.resampling import Resampling
from labkit_traces.fitting.steps import NO_FIRST, NO_NUMBERS, NO_RETRY, NO_VERDICTS, SEVERAL

TRUE = DIAMOND.outcome("expected")


def fitted(found: Any, **options: Any) -> Fit:
    return fit(read([json.dumps(row) for row in found], progress=None), **options)


@cache
def diamond(tasks: int = 400, seed: int = 1, outcomes: str = "both") -> Fit:
    return fitted(rows(DIAMOND, tasks, seed, outcomes=outcomes))


def row(task: Any, step: str = "plan", start: float = 0.0, sec: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"task": f"t{task}", "step": step, "model": "m", "usd": 0.01, "start": start, "sec": sec} | more


def close(found: Estimate, truth: float) -> bool:
    """Within four standard errors."""
    return abs(found.value - truth) <= 4 * (found.high - found.low) / (2 * 1.96)


def test_moments_that_no_clock_tells_apart_leave_no_time_between() -> None:
    """Steps that follow each other without a gap, at moments of today: the floats of their ends differ by 1e-7 s."""
    made = [row(i, s, 1.79e9 + 60.1 * i + at / 3, 1 / 3) for i in range(50) for at, s in enumerate("abc")]
    apart = [row(i, s, 1.79e9 + 60.1 * i + at / 2, 1 / 3) for i in range(50) for at, s in enumerate("abc")]
    assert fitted(made).between[:3] == (0.0, 0.0, 0.0)
    assert fitted(apart).between.value == pytest.approx(1 / 3, abs=1e-6)


def test_a_mean_that_a_few_tasks_decide_is_said_to_be_so() -> None:
    """Cochran's rule: 25 times the squared skewness, here of one task in fifty that costs a hundred times as much."""
    made = [row(i, start=60 * i, sec=1.0 + i % 2) | {"usd": 1.0 if i % 50 == 0 else 0.01} for i in range(100)]
    p = 0.02
    needed = math.ceil(25 * ((1 - 2 * p) / math.sqrt(p * (1 - p))) ** 2)
    assert [w for w in fitted(made).warnings if "decide the mean" in w] == [
        "A few dear tasks decide the mean dollars, and its interval may be too narrow: for tasks so unlike about "
        f"{needed:,} would do."
    ]


@pytest.mark.parametrize("n", [5, 12, 40])
def test_the_p95_of_few_tasks_has_no_upper_end(n: int) -> None:
    found = fitted(row(i, start=60 * i, sec=1.0 + i % 3) for i in range(n)).p95_sec
    assert found.high == math.inf
    assert str(found).endswith(" or more)")


@pytest.mark.slow
@pytest.mark.parametrize(("n", "q"), [(8, 0.5), (8, 0.95), (40, 0.95), (100, 0.95)])
def test_intervals_of_quantiles_hold_the_truth_however_few_the_values(n: int, q: float) -> None:
    """Exponential times, and times of four kinds: at least 95%, less three standard errors of 400 draws."""
    rng, runs = np.random.default_rng(n), 400
    for draw, truth in (
        (lambda: rng.exponential(1.0, n), -math.log(1 - q)),
        (lambda: rng.choice([1.0, 2.0, 3.0, 4.0], n, p=[0.48, 0.25, 0.225, 0.045]), 2.0 if q == 0.5 else 3.0),
    ):
        held = 0
        for seed in range(runs):
            found = Resampling(range(n), seed, 0.95).quantile(q, draw(), np.arange(n), n)
            held += found.low <= truth <= found.high
        assert held >= runs * 0.95 - 3 * math.sqrt(runs * 0.05 * 0.95), (n, q, held / runs)


def known_truth(found: Fit) -> dict[str, tuple[Estimate, float]]:
    """Estimates and what they should be."""
    pairs = {"usd": (found.usd, TRUE.cost), "p": (found.p, TRUE.reliability), "load": (found.load.per_sec, 1 / 3.0)}
    for step in DIAMOND:
        own = found.step(step.name)
        pairs[f"call_usd of {step.name}"] = (own.call_usd.mean, step.model.usd)
        pairs[f"call_sec of {step.name}"] = (own.call_sec.mean, step.model.sec)
        pairs[f"median of {step.name}"] = (own.call_sec.median, step.model.sec * math.log(2))
        pairs[f"p95 of {step.name}"] = (own.call_sec.p95, step.model.sec * math.log(20))
    alone = Workflow((replace(DIAMOND["left"], needs=()),))
    pairs["p of left"] = (found.step("left").p, alone.outcome().reliability)
    pairs["calls of left"] = (found.step("left").calls, alone.outcome("expected").cost / alone["left"].model.usd)
    tries = found.step("left").retries
    assert tries is not None
    pairs |= {
        "first try": (tries.p, 0.9), "detection": (tries.detection, GATE.detection), "recovery": (tries.recovery, 0.6),
        "false alarm": (tries.false_alarm, GATE.false_alarm),
    }  # fmt: skip
    return pairs


def test_estimates_lie_within_four_standard_errors_of_the_truth() -> None:
    assert [name for name, (found, truth) in known_truth(diamond()).items() if not close(found, truth)] == []


@pytest.mark.slow
@pytest.mark.parametrize("tasks", [100, 400])
def test_intervals_hold_the_truth_as_often_as_they_say(tasks: int) -> None:
    seeds = 200
    held: dict[str, int] = {}
    for seed in range(seeds):
        for name, (found, truth) in known_truth(diamond.__wrapped__(tasks, seed)).items():
            held[name] = held.get(name, 0) + (found.low <= truth <= found.high)
    shares = {name: count / seeds for name, count in held.items()}
    assert {name: share for name, share in shares.items() if not 0.90 <= share <= 0.995} == {}
    assert 0.93 <= np.mean(list(shares.values())) <= 0.975


def test_the_graph_is_the_one_that_was_run() -> None:
    found = diamond()
    assert {step.name: set(step.needs) for step in found.workflow} == {step.name: set(step.needs) for step in DIAMOND}
    assert found.critical == ("plan", "right", "write")
    assert [step.model.name for step in found.workflow] == [DIAMOND[name].model.name for name in found.workflow.names]


def test_the_workflow_is_the_one_that_was_run_within_its_draws() -> None:
    found = diamond()
    for accounting in ("textbook", "expected", "worst"):
        truth, drawn = DIAMOND.outcome(accounting), found.redrawn.outcome(accounting)
        for measure in ("cost", "latency", "reliability"):
            values = np.asarray(getattr(drawn, measure))
            assert (
                abs(getattr(found.workflow.outcome(accounting), measure) - getattr(truth, measure)) < 4 * values.std()
            )


def test_a_lever_on_the_redrawn_workflow_gives_the_interval_of_its_gain() -> None:
    found = diamond()
    gains = [
        np.asarray(w.pipe(levers.gate, 0.9, retries=1, where="right").outcome("expected").reliability)
        - w.outcome("expected").reliability
        for w in (DIAMOND, found.redrawn)
    ]
    low, high = np.quantile(gains[1], [0.0005, 0.9995])
    assert low < float(gains[0]) < high


EVERY_LEVER = {
    "parallelize": levers.parallelize, "route": lambda w: levers.route(w, SMALL, w.names[:1]),
    "cache": lambda w: levers.cache(w, hit_rate=0.3), "cut": lambda w: levers.cut(w, w.names[0]),
    "retry": lambda w: levers.retry(w, 1), "debate": lambda w: levers.debate(w, 3, 2),
    "gate": lambda w: levers.gate(w, 0.9, retries=1, person=Person(1.0, 5.0)),
    "stop_early": lambda w: levers.stop_early(w, 0.2, where="plan"),
}  # fmt: skip


@pytest.mark.parametrize("lever", EVERY_LEVER)
def test_every_lever_takes_the_fitted_workflow(lever: str) -> None:
    found = diamond()
    changed = EVERY_LEVER[lever](found.workflow)
    outcome = EVERY_LEVER[lever](found.redrawn).outcome("expected")
    assert np.shape(outcome.cost) == np.shape(found.redrawn.outcome().cost)
    values = np.asarray(outcome.cost)
    assert values.min() <= changed.outcome("expected").cost <= values.max()


def test_simulation_frontier_latency_and_load_take_it() -> None:
    found = diamond()
    samples = simulate(found.workflow, 20_000, seed=1, times=found.times, progress=None)
    assert samples.mean.latency == pytest.approx(found.sec.value, rel=0.03)
    assert samples.quantile(0.95) == pytest.approx(found.p95_sec.value, rel=0.06)
    assert samples.mean.cost == pytest.approx(found.usd.value, rel=0.02)
    best = frontier.best(found.workflow, options([PREMIUM, SMALL], retries=(0, 1)), max_cost=0.05)
    assert best.outcome.cost <= 0.05
    assert found.workflow.latency(found.times).mean == pytest.approx(found.sec.value, rel=0.03)
    assert found.call_time is not None
    loaded = latency.under_load(found.load.per_sec.value, found.call_time, 4, calls=found.calls.value)
    assert loaded.utilisation == pytest.approx(TRUE.cost and 4.12 * 1.3 / 3 / 4, rel=0.1)
    assert from_json(to_json(found.workflow)) == found.workflow


def test_steps_without_outcomes_share_what_the_tasks_say_evenly() -> None:
    found = diamond(outcomes="tasks")
    assert {step.p_from for step in found.steps} == {"share"}
    assert found.workflow.outcome("textbook").reliability == pytest.approx(found.p.value)
    assert found.step("left").no_retries == NO_VERDICTS
    assert any("an assumption" in said for said in found.warnings)


def test_a_model_as_it_was_asked_for_and_as_it_replied_is_one() -> None:
    found = fitted(
        row(i, "a", model="gpt-4o" if i % 5 == 0 else "gpt-4o-2024-08-06" if i % 5 < 4 else "o3") for i in range(50)
    )
    assert found.step("a").model == "gpt-4o-2024-08-06 or o3"


def test_tries_of_which_the_first_was_not_recorded_are_no_retries() -> None:
    found = fitted(row(i, "a", start=n, attempt=n, right=n > 2) for i in range(50) for n in (2, 3))
    assert (found.step("a").retries, found.step("a").no_retries) == (None, NO_FIRST)
    assert found.workflow["a"].model.p_ok == pytest.approx(1.0)


def test_without_outcomes_nothing_is_said_of_p() -> None:
    found = diamond(outcomes="none")
    assert math.isnan(found.p.value)
    assert {step.p_from for step in found.steps} == {""}
    assert all(math.isnan(step.p.value) for step in found.steps)
    assert found.workflow.outcome().reliability == 1.0
    assert any("no outcomes" in said for said in found.warnings)


def test_outcomes_of_steps_alone_make_the_product() -> None:
    found = diamond(outcomes="steps")
    assert math.isnan(found.p.value)
    assert close(diamond().p, float(found.workflow.outcome("expected").reliability))


def test_an_error_status_is_no_verdict() -> None:
    bad = fitted(row(i, status="error" if i % 2 else "ok") for i in range(40) for _ in range(2))
    assert math.isnan(bad.p.value)


def test_detection_and_recovery_are_refused_with_the_reason() -> None:
    spans = [call(10 * i + j, trace=i + 1, start=j, model="premium") for i in range(30) for j in range(2)]
    assert fit(sums(spans)).steps[0].no_retries == NO_NUMBERS
    assert fitted(row(i, s) for i in range(30) for s in "ab").steps[0].no_retries == NO_RETRY
    several = [row(i, start=s, attempt=a, right=True) for i in range(30) for s, a in ((0, 1), (1, 1), (2, 2))]
    assert fitted(several).steps[0].no_retries == SEVERAL
    silent = [row(i, start=a, attempt=a) for i in range(30) for a in (1, 2)]
    assert fitted(silent).steps[0].no_retries == NO_VERDICTS


def test_a_growing_context_is_fitted_as_the_core_fits_it() -> None:
    rng = np.random.default_rng(1)
    talks = [np.cumsum(rng.integers(100, 900, size=rng.integers(2, 6))).tolist() for _ in range(60)]
    found = fitted(
        row(i, start=j, tokens_in=sent, tokens_out=5) for i, talk in enumerate(talks) for j, sent in enumerate(talk)
    )
    truth = cost.fit_growing_context(talks)
    context = found.steps[0].context
    assert context is not None
    assert (context.first.value, context.growth.value) == pytest.approx((truth.first, truth.growth))
    assert context.growth.low < 500 < context.growth.high


def test_a_context_that_does_not_grow_is_none() -> None:
    assert (
        fitted(row(i, start=j, tokens_in=100, tokens_out=1) for i in range(30) for j in range(3)).steps[0].context
        is None
    )


def test_loops_and_branches_stand_one_after_the_other() -> None:
    loop = [row(i, s, start=j) for i in range(40) for j, s in enumerate(["plan", "act", "plan", "act"])]
    found = fitted(loop)
    assert [(step.name, step.needs) for step in found.workflow] == [("plan", ()), ("act", ("plan",))]
    assert [step.model.sec for step in found.workflow] == [2.0, 2.0]
    branches = [row(i, s, start=j) for i in range(40) for j, s in enumerate(["plan", "ab"[i % 2], "write"])]
    found = fitted(branches)
    assert found.workflow.outcome().latency == pytest.approx(3.0)
    assert found.workflow.outcome().cost == pytest.approx(found.usd.value)
    assert found.step("a").visited.value == 0.5


def test_slack_and_the_longest_path_by_hand() -> None:
    """A plan of 1 s, 1 s that nobody recorded, then 4 s beside 1 s, which could have taken 3 s longer."""
    made = [("plan", 0, 1), ("long", 2, 4), ("short", 2, 1), ("end", 6, 1)]
    found = fitted(row(i, name, start=start, sec=sec) for i in range(30) for name, start, sec in made)
    assert {step.name: (step.slack.value, step.critical.value) for step in found.steps} == {
        "plan": (0, 1), "long": (0, 1), "short": (3, 0), "end": (0, 1),
    }  # fmt: skip
    assert found.critical == ("plan", "long", "end")
    assert (found.sec.value, found.between.value) == pytest.approx((7.0, 1.0))
    assert (found.load.most_in_task, found.load.in_flight.value) == (2, pytest.approx(1.0))


def test_clocks_that_differ_a_little_are_no_overlap() -> None:
    found = fitted(row(i, s, start=j * 0.995) for i in range(40) for j, s in enumerate("abc"))
    assert found.workflow["c"].needs == ("b",)


def test_hits_of_a_cache_become_a_cache() -> None:
    asked = [row(i, "ask", hit=i % 4 == 0, sec=0.1 if i % 4 == 0 else 2.0) for i in range(80)]
    found = fitted([*asked, *(row(i, "end", start=2.0) for i in range(80))])
    step = found.workflow["ask"]
    assert step.cache is not None
    assert (step.cache.hit_rate, step.cache.sec, step.model.usd, step.model.sec) == pytest.approx(
        (0.25, 0.1, 0.01, 2.0)
    )
    assert found.workflow.outcome().cost == pytest.approx(found.usd.value)
    assert found.step("ask").hit_rate.value == 0.25


def test_tools_take_seconds_and_no_dollars() -> None:
    spans = [
        one
        for i in range(30)
        for one in (
            span(100 * i + 1, trace=i + 1, gen_ai__operation__name="invoke_workflow", sec=6),
            call(100 * i + 2, 100 * i + 1, i + 1, start=0, sec=2),
            span(100 * i + 3, 100 * i + 1, i + 1, start=2, sec=3, name="execute_tool search",
                 gen_ai__operation__name="execute_tool"),
            call(100 * i + 4, 100 * i + 1, i + 1, start=5, sec=1),
        )
    ]  # fmt: skip
    found = fit(sums(spans))
    tool = found.workflow["tool search"]
    assert (tool.model.usd, tool.model.sec, tool.model.p_ok) == (0.0, pytest.approx(3.0), 1.0)
    assert found.sec.value == pytest.approx(6.0)
    assert found.steps[0].name != "tool search"


def test_repeats_of_one_item_are_drawn_together_and_correlate() -> None:
    rng = np.random.default_rng(3)
    p_of_item = rng.beta(0.6, 0.4, size=300)  # rho = 1 / (a + b + 1) = 0.5
    rights = rng.random((300, 4)) < p_of_item[:, None]
    made = [
        row(f"{i}-{j}", s, item=f"item {i}", solved=bool(rights[i, j]))
        for i in range(300)
        for j in range(4)
        for s in "ab"
    ]
    found = fitted(made)
    apart = fitted({key: value for key, value in each.items() if key != "item"} for each in made)
    assert close(found.correlation, 0.5)
    assert found.law is not None
    assert found.law.p == pytest.approx(rights.mean())
    both = np.mean([c * (c - 1) / 12 for c in rights.sum(axis=1)])
    assert found.law.correlation == pytest.approx(fit_beta(rights.mean(), both).correlation)
    effect = math.sqrt(1 + 3 * 0.5)
    assert (found.p.high - found.p.low) / (apart.p.high - apart.p.low) == pytest.approx(effect, rel=0.15)
    assert math.isnan(apart.correlation.value)


def test_few_tasks_are_warned_of_with_how_many_would_do() -> None:
    found = diamond(20)
    assert any("20 tasks are few" in said for said in found.warnings)
    need = tasks_needed(found.p, 0.05)
    again = diamond(need, 5).p
    assert (again.high - again.low) / 2 == pytest.approx(0.05, rel=0.4)


def test_one_task_has_no_interval() -> None:
    found = fitted(row(1, s) for s in "ab")
    assert (found.usd.value, math.isnan(found.usd.low)) == (pytest.approx(0.02), True)


def test_what_was_not_priced_makes_a_lower_bound() -> None:
    found = fitted({**row(i, s), "usd": "" if s == "b" else 0.01, "tokens_in": 5} for i in range(40) for s in "ab")
    assert found.lower_bound
    assert "lower bound" in found.warnings[0]


def test_runs_of_our_own_agents_are_fitted() -> None:
    traces = solvers.Chain(pocket.small()).run(
        [Sum(f"t{i}", (i % 10, 2, 3, 4)) for i in range(200)], seed=1, progress=None
    )
    found = fit(read(traces, progress=None))
    assert found.usd.value == pytest.approx(traces.cost.mean())
    assert found.sec.value == pytest.approx(traces.latency.mean())
    assert found.p.value == pytest.approx(traces.solved.mean())
    assert {step.p_from for step in found.steps} == {"outcomes"}


def test_many_names_of_steps_become_others() -> None:
    found = fitted(row(i, f"step {i % 60}-{j}", start=j) for i in range(300) for j in range(2))
    assert len(found.workflow) == 40
    assert "(other steps)" in found.workflow.names
    assert found.workflow.outcome().cost == pytest.approx(found.usd.value)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"level": 1.0}, "level must be between 0 and 1, got 1.0"),
        ({"level": 2}, "level must"),
        ({"seed": -1}, "seed must"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        fitted([row(1, "a"), row(1, "b")], **change)


def test_traces_of_one_call_each_are_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="name what the calls of a task share"):
        fit(sums([call(1, trace=1), call(2, trace=2)]))
    with pytest.raises(ValueError, match=r"reading must be what .* gave, got int"):
        fit(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="name must be one of 'plan'"):
        diamond().step("nobody")


def test_the_same_seed_gives_the_same_fit_and_another_nearly() -> None:
    one, same, other = (fitted(rows(DIAMOND, 100, 1), seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.usd.value == pytest.approx(other.usd.value)
    assert one.usd.low == pytest.approx(other.usd.low, rel=0.02)


@pytest.mark.slow
def test_time_grows_with_the_tasks() -> None:
    readings = [read([json.dumps(r) for r in rows(DIAMOND, n, 1)], progress=None) for n in (4000, 16_000)]
    short, long = (seconds(lambda reading=reading: fit(reading)) for reading in readings)
    assert long / short < 8
