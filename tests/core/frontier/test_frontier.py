"""The frontier equals brute force, keeps its bounds and its epsilon, and finds the section's own answers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from frontier_oracles import (
    at_least_as_good,
    chance_moves,
    drawn_choices,
    every_design,
    every_outcome,
    same,
    unbeaten,
)
from hypothesis import example, given, settings
from oracles import simulate
from slow_ones import some_slow
from strategies import randoms, steady

from labkit import (
    PREMIUM,
    SMALL,
    Cache,
    Debate,
    Gate,
    Model,
    Person,
    Step,
    Workflow,
    chain,
    cut,
    parallel,
    parallelize,
    stop_early,
)
from labkit.frontier import (
    AS_IT_IS,
    Frontier,
    Option,
    best,
    break_even_values,
    combine,
    design_space,
    dominance,
    merging,
    options,
    pareto,
)

ACCOUNTINGS = ("textbook", "expected", "worst")
TWO = options(models=[PREMIUM, SMALL])
few = settings(steady, max_examples=settings.default.max_examples // 2)
"""For a property that is tried anew for each accounting, measure or epsilon."""
COURSE = options(
    models=[PREMIUM, SMALL],
    retries=(0, 1, 2),
    debates=(None, Debate(3, 2, p=0.99)),
    gates=(None, Gate(0.9, 0.02, usd=0.001, sec=0.2)),
)


def points(found: Frontier) -> list[tuple[float, float, float]]:
    columns = (found.cost.tolist(), found.latency.tolist(), found.reliability.tolist())
    return list(zip(*columns, strict=True))


def assert_same_set(found: Frontier, expected: list[tuple[float, float, float]]) -> None:
    assert len(found) == len(expected)
    for point in points(found):
        assert any(same(point, other) for other in expected), point


# ---- equal to brute force ---------------------------------------------------------------------------------


@pytest.mark.parametrize("accounting", ACCOUNTINGS)
def test_the_frontier_is_what_brute_force_finds(accounting: str) -> None:
    @few
    @given(randoms)
    def equal(rnd: Random) -> None:
        workflow, choices = drawn_choices(rnd)
        designs = every_design(workflow, choices, accounting)
        if any(math.isnan(latency) for _, latency, _ in designs):
            with pytest.raises(ValueError, match="no exact frontier"):
                pareto(workflow, choices, accounting=accounting)
            return
        found = pareto(workflow, choices, accounting=accounting)
        assert found.designs == len(designs)
        assert_same_set(found, unbeaten(designs))

    equal()


@pytest.mark.parametrize("accounting", ACCOUNTINGS)
def test_designs_have_the_numbers_of_their_points(accounting: str) -> None:
    @few
    @given(randoms)
    def equal(rnd: Random) -> None:
        workflow, choices = drawn_choices(rnd, ends=False)
        found = pareto(workflow, choices, accounting=accounting, latency="upper")
        for point, design in zip(points(found), found, strict=True):
            o = design.outcome
            latency = point[1] if math.isnan(o.latency) else o.latency
            assert at_least_as_good((o.cost, latency, o.reliability), point)
            assert (o.cost, o.reliability) == (pytest.approx(point[0], rel=1e-11), pytest.approx(point[2], rel=1e-11))
            for step in design.workflow:
                option = next(o for o in choices[step.name] if o.name == design.choices[step.name])
                assert option.applied(workflow[step.name]) == step

    equal()


@pytest.mark.parametrize("measures", [("cost", "reliability"), ("cost", "latency"), ("latency", "reliability")])
@pytest.mark.parametrize("accounting", ACCOUNTINGS)
def test_two_measures_are_enough_where_two_are_asked_for(measures: tuple[str, ...], accounting: str) -> None:
    @few
    @given(randoms)
    def equal(rnd: Random) -> None:
        workflow, choices = drawn_choices(rnd, most=4)
        kept = [name in measures for name in ("cost", "latency", "reliability")]
        designs = [
            tuple(value if k else 0.0 for value, k in zip(design, kept, strict=True))
            for design in every_design(workflow, choices, accounting)
        ]
        if any(math.isnan(latency) for _, latency, _ in designs):
            return
        found = pareto(workflow, choices, accounting=accounting, measures=measures)
        got = [tuple(0.0 if math.isnan(v) else v for v in point) for point in points(found)]
        expected = unbeaten(designs)
        assert len(got) == len(expected)
        assert all(any(same(point, other) for other in expected) for point in got)

    equal()


GOALS = list(itertools.product(ACCOUNTINGS, ((0.7, 0.0), (0.0, 0.4), (2.0, 0.3), (0.5, 0.5)), (None, 9.0)))


@pytest.mark.parametrize("goal", some_slow(GOALS, lambda place, _: place % 5 > 0, repr))
def test_the_most_profitable_design_is_what_brute_force_finds(goal: Any) -> None:
    accounting, (damage, refusal), max_latency = goal

    @few
    @example(Random(1036965))  # one option a step: the sum of logarithms is at its bound
    @given(randoms)
    def equal(rnd: Random) -> None:
        workflow, choices = drawn_choices(rnd, most=4)
        outcomes = every_outcome(workflow, choices, accounting)
        if max_latency is not None and any(math.isnan(o.latency) for o in outcomes):
            return
        allowed = [o for o in outcomes if max_latency is None or o.latency <= max_latency]
        asked = {"value_usd": 0.9, "damage_usd": damage, "refusal_usd": refusal, "max_latency": max_latency}
        if not allowed:
            with pytest.raises(ValueError, match="no design keeps"):
                best(workflow, choices, maximise="profit", accounting=accounting, **asked)
            return
        found = best(workflow, choices, maximise="profit", accounting=accounting, **asked).outcome
        most = max(o.profit(0.9, damage, refusal) for o in allowed)
        assert found.profit(0.9, damage, refusal) == pytest.approx(most, rel=1e-9, abs=1e-12)

    equal()


@pytest.mark.parametrize("measure", ["refused", "wrong"])
def test_failures_of_either_kind_are_a_measure(measure: str) -> None:
    @few
    @given(randoms)
    def equal(rnd: Random) -> None:
        workflow, choices = drawn_choices(rnd, most=4)
        found = pareto(workflow, choices, measures=("cost", "reliability", measure))
        got = [(o.cost, 1 - o.reliability, getattr(o, measure)) for o in (design.outcome for design in found)]
        assert found.refused == pytest.approx([design.outcome.refused for design in found], abs=1e-12)
        every = [(o.cost, 1 - o.reliability, getattr(o, measure)) for o in every_outcome(workflow, choices, "textbook")]
        for point in every:  # each is met by one that is found
            assert any(all(a <= b * (1 + 1e-9) + 1e-12 for a, b in zip(one, point, strict=True)) for one in got)
        for i, one in enumerate(got):  # and none of those is needless
            others = got[:i] + got[i + 1 :]
            assert not any(all(a <= b - 1e-9 for a, b in zip(other, one, strict=True)) for other in others)

    equal()


def test_a_check_that_refuses_pays_for_itself_where_wrong_answers_do_damage() -> None:
    checked = options(gates=[None, Gate(0.9, 0.02, usd=0.004)])
    for damage, gates in ((0.0, 0), (5.0, 3)):
        found = best(chain(3, PREMIUM), checked, maximise="profit", value_usd=1.0, damage_usd=damage)
        assert sum(step.gate is not None for step in found.workflow) == gates


def test_without_latency_every_graph_has_an_exact_answer() -> None:
    found = pareto(parallel(6, PREMIUM), COURSE, accounting="expected", measures=("cost", "reliability"))
    assert np.all(np.isnan(found.latency))
    assert found.reliability.max() == pytest.approx(best(chain(6, PREMIUM), COURSE).outcome.reliability, rel=1e-12)


def test_steps_alike_side_by_side_and_nested_equal_brute_force() -> None:
    branch = chain(2, PREMIUM)
    workflow = branch.beside(branch).beside(chain(1, SMALL)).then(parallel(2, SMALL))
    choices = {
        name: list(options(models=[PREMIUM, SMALL, Model(0.01, 1.0, 0.97, "middle")])) for name in workflow.names
    }
    found = pareto(workflow, choices)
    assert_same_set(found, unbeaten(every_design(workflow, choices, "textbook")))


def test_joins_worked_off_in_blocks_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pareto(chain(8, PREMIUM), COURSE, accounting="expected")
    monkeypatch.setattr(merging, "AT_ONCE", 16)
    assert_same_set(pareto(chain(8, PREMIUM), COURSE, accounting="expected"), points(whole))


def test_a_workflow_of_forty_steps_with_the_courses_own_options() -> None:
    found = pareto(chain(40, PREMIUM), COURSE, accounting="expected")
    assert found.designs == 24**40
    # steps alike: brute force over how many steps take each option is possible for the best three options
    top = found[len(found) - 1].outcome
    alone = [option.applied(chain(1, PREMIUM).steps[0]) for option in COURSE]
    assert top.reliability == pytest.approx(max(Workflow((s,)).outcome().reliability for s in alone) ** 40)


# ---- shapes -----------------------------------------------------------------------------------------------


def test_shapes_are_chosen_too() -> None:
    workflow, shapes = chain(3, PREMIUM), {"parallel": parallelize, "two steps": lambda w: cut(w, "step-2")}
    found = pareto(workflow, TWO, shapes=shapes)
    expected = []
    for shaped in (workflow, parallelize(workflow), cut(workflow, "step-2")):
        expected += every_design(shaped, {name: list(TWO) for name in shaped.names}, "textbook")
    assert_same_set(found, unbeaten(expected))
    assert {design.shape for design in found} == {"parallel", "two steps"}


# ---- what has no exact answer -----------------------------------------------------------------------------

KNOT = Workflow(
    (Step("a", PREMIUM), Step("b", PREMIUM), Step("c", PREMIUM, ("a", "b")), Step("d", PREMIUM, ("b",)))
)  # fmt: skip


def test_a_small_knot_is_exact_and_a_large_one_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    choices = {name: list(TWO) for name in KNOT.names}
    expected = unbeaten(every_design(KNOT, choices, "textbook"))
    assert_same_set(pareto(KNOT, TWO), expected)
    monkeypatch.setattr(design_space, "ENUMERABLE", 15)
    with pytest.raises(ValueError, match=r"steps 'a', 'b', .*tangled.*16 combinations.*latency='lower' or 'upper'"):
        pareto(KNOT, TWO)
    lower, upper = bounds(KNOT, TWO)
    for point in expected:
        assert any(at_least_as_good(other, point) for other in points(lower))
    for point in points(upper):
        assert any(at_least_as_good(other, point) for other in expected)


def test_random_times_side_by_side_have_their_exact_mean() -> None:
    workflow, choices = parallel(3, PREMIUM), options(retries=(0, 1))
    found = pareto(workflow, choices, accounting="expected")
    assert found.latency[-1] == pytest.approx(2 * (2 - 0.985**3), rel=1e-14)
    assert_same_set(
        found, unbeaten(every_design(workflow, {name: list(choices) for name in workflow.names}, "expected"))
    )
    quick = best(workflow, choices, accounting="expected", max_latency=2.06)
    assert (sorted(quick.choices.values()), quick.outcome.latency) == (
        ["1 retry", "1 retry", "no retry"],
        pytest.approx(2 * (2 - 0.985**2)),
    )
    assert len(pareto(workflow, choices, accounting="worst")) == 4


def test_more_means_than_can_be_worked_out_are_refused_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow, choices = parallel(9, PREMIUM), options([PREMIUM, SMALL], retries=(0, 1))
    words = r"'step-1', 'step-2', .* overlap and their times are random .* too many combinations \({}\)"
    with pytest.raises(ValueError, match=words.format("1,073,741,824")):
        pareto(parallel(15, PREMIUM), choices, accounting="expected")
    monkeypatch.setattr(design_space, "MOST_MEANS", 100)
    with pytest.raises(ValueError, match=words.format("262,144")):
        pareto(workflow, choices, accounting="expected")
    with pytest.raises(ValueError, match="too many combinations"):
        pareto(parallel(2, PREMIUM), options(retries=(0, 1001)), accounting="expected")
    assert all(len(each) for each in bounds(workflow, choices, accounting="expected"))


def bounds(workflow: Workflow, choices: Any, accounting: str = "textbook") -> tuple[Frontier, Frontier]:
    lower, upper = (pareto(workflow, choices, accounting=accounting, latency=side) for side in ("lower", "upper"))
    return lower, upper


def test_bounds_hold_the_simulated_mean_between_them() -> None:
    model = Model(0.01, 1.0, 0.6)
    workflow = Workflow((Step("a", model), Step("b", model), Step("c", model, ("a", "b")), Step("d", model, ("b",))))
    choices = {"a": [Option("2 retries", lambda s: replace(s, retries=2))], "b": list(options(retries=[1])),
               "c": list(options(caches=[Cache(0.5)])), "d": list(options(retries=[3]))}  # fmt: skip
    lower, upper = bounds(workflow, choices, accounting="expected")
    assert len(lower) == len(upper) == 1
    runs = simulate(lower[0].workflow, 20_000, seed=1)
    error = runs.sec.std() / math.sqrt(runs.sec.size)
    assert lower.latency[0] + 4 * error < runs.sec.mean() < upper.latency[0] - 4 * error
    assert abs(runs.usd.mean() - lower.cost[0]) < 4 * runs.usd.std() / math.sqrt(runs.usd.size)


@steady
@given(randoms)
def test_no_design_beats_the_lower_bound_and_the_upper_is_kept(rnd: Random) -> None:
    workflow, choices = drawn_choices(rnd, ends=False)
    designs = every_design(workflow, choices, "expected")
    sure = [point for point in designs if not math.isnan(point[1])]
    random = chance_moves(workflow, choices, "expected")
    lower, upper = bounds(workflow, choices, accounting="expected")
    for point in sure:
        assert any(at_least_as_good(other, point) for other in points(lower))
        assert any(at_least_as_good((c, 0.0, p), (point[0], 0.0, point[2])) for c, _, p in points(upper))
    for point, design in zip(points(upper), upper, strict=True):
        if not math.isnan(design.outcome.latency):
            assert design.outcome.latency <= point[1] * (1 + 1e-10)
    if not random:
        assert_same_set(lower, unbeaten(designs))
        assert_same_set(upper, unbeaten(designs))


@pytest.mark.parametrize("accounting", ["textbook", "worst"])
@pytest.mark.parametrize("epsilon", [0.02, 0.5])
def test_an_epsilon_frontier_keeps_its_promise(accounting: str, epsilon: float) -> None:
    @few
    @given(randoms)
    def kept(rnd: Random) -> None:
        workflow, choices = drawn_choices(rnd, most=6)
        designs = every_design(workflow, choices, accounting)
        if any(math.isnan(latency) for _, latency, _ in designs):
            return
        found = points(pareto(workflow, choices, accounting=accounting, epsilon=epsilon))
        for cost, latency, p in unbeaten(designs):
            allowed = (cost * (1 + epsilon), latency * (1 + epsilon), p)
            assert any(at_least_as_good(point, allowed) for point in found)

    kept()


@pytest.mark.parametrize("epsilon", [1e-300, 1e-16, 1e-12])
def test_an_epsilon_too_small_to_tell_from_none_is_exact(epsilon: float) -> None:
    assert len(pareto(chain(12, PREMIUM), TWO, epsilon=epsilon)) == 13


def test_an_epsilon_frontier_of_a_long_chain_is_smaller_and_close() -> None:
    rng = np.random.default_rng(5)
    choices = {
        name: [Option(str(i), to_model(Model(*row))) for i, row in enumerate(rows)]
        for name, rows in zip(chain(12, PREMIUM).names, drawn_models(rng, 12, 8), strict=True)
    }
    exact = pareto(chain(12, PREMIUM), choices)
    near = pareto(chain(12, PREMIUM), choices, epsilon=0.5)
    assert len(near) < len(exact) / 2
    usd, sec, p = near.cost, near.latency, near.reliability
    for cost, latency, right in points(exact):
        assert np.any((usd <= 1.5 * cost) & (sec <= 1.5 * latency) & (p >= right * (1 - 1e-11)))


def to_model(model: Model) -> Callable[[Step], Step]:
    return lambda step: replace(step, model=model)


def drawn_models(rng: np.random.Generator, steps: int, each: int) -> np.ndarray:
    """Dollars, seconds and p of each option of each step."""
    low, high = np.array([0.002, 0.4, 0.9]), np.array([0.03, 4.0, 0.999])
    return rng.uniform(low, high, (steps, each, 3))


def test_a_frontier_too_large_to_wait_for_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "TOO_MANY", 10)
    with pytest.raises(ValueError, match=r"too large for an exact answer.*give epsilon"):
        pareto(chain(12, PREMIUM), TWO)


# ---- the section's own chain ------------------------------------------------------------------------------


def test_the_cheapest_design_at_a_floor_of_seventy_percent_has_eight_premium_steps() -> None:
    found = best(chain(12, PREMIUM), TWO, minimise="cost", min_reliability=0.70)
    assert list(found.choices.values()).count("premium") == 8
    assert found.outcome.cost == pytest.approx(8 * 0.03 + 4 * 0.002)
    assert found.outcome.reliability == pytest.approx(0.985**8 * 0.945**4)


def test_routing_is_all_or_nothing_and_flips_at_one_dollar_and_three_cents() -> None:
    frontier = pareto(chain(12, PREMIUM), TWO, measures=("cost", "reliability"))
    small, premium = break_even_values(frontier)
    assert (small.cost, premium.cost) == (pytest.approx(0.024), pytest.approx(0.36))
    assert premium.value_usd == pytest.approx((0.36 - 0.024) / (0.985**12 - 0.945**12))
    assert round(premium.value_usd, 3) == 1.028
    for value, count in ((1.02, 0), (1.03, 12)):
        chosen = frontier.best(maximise="profit", value_usd=value)
        assert list(chosen.choices.values()).count("premium") == count


def test_quality_per_dollar_routes_every_step_of_twelve() -> None:
    found = best(chain(12, PREMIUM), TWO, maximise="quality_per_dollar")
    assert set(found.choices.values()) == {"small"}
    long = best(chain(67, PREMIUM), TWO, maximise="quality_per_dollar")
    brute = max(range(68), key=lambda h: 0.985**h * 0.945 ** (67 - h) / (0.03 * h + 0.002 * (67 - h)))
    assert list(long.choices.values()).count("premium") == brute


def test_hulls_agree_with_every_value_tried() -> None:
    frontier = pareto(chain(6, PREMIUM), COURSE, accounting="expected")
    corners = break_even_values(frontier)
    assert [c.value_usd for c in corners] == sorted({c.value_usd for c in corners})
    for value in np.geomspace(1e-4, 1e3, 300):
        profit = value * frontier.reliability - frontier.cost
        here = [c for c in corners if c.value_usd <= value][-1]
        assert profit[here.position] == pytest.approx(profit.max(), rel=1e-9, abs=1e-12)


# ---- best -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accounting", ACCOUNTINGS)
def test_best_is_the_best_of_brute_force(accounting: str) -> None:
    workflow = chain(2, PREMIUM).then(chain(1, PREMIUM, difficulty="easy"))
    tried = options(models=[PREMIUM, SMALL], retries=(0, 1), gates=(None, Gate(0.8, 0.05, usd=0.001)))
    designs = every_design(workflow, {name: list(tried) for name in workflow.names}, accounting)
    for max_cost, max_latency, floor in itertools.product((0.05, 0.2), (4.0, 9.0), (0.6, 0.85)):
        kept = [d for d in designs if d[0] <= max_cost and d[1] <= max_latency and d[2] >= floor]
        asked = {"max_cost": max_cost, "max_latency": max_latency, "min_reliability": floor}
        if not kept:
            with pytest.raises(ValueError, match="no design keeps"):
                best(workflow, tried, accounting=accounting, **asked)
            continue
        found = [
            best(workflow, tried, accounting=accounting, **asked, **{way: what}).outcome
            for way, what in (("maximise", "reliability"), ("minimise", "cost"), ("minimise", "latency"),
                              ("maximise", "quality_per_dollar"))
        ]  # fmt: skip
        for o in found:
            assert o.cost <= max_cost + 1e-12
            assert o.latency <= max_latency + 1e-9
            assert o.reliability >= floor - 1e-12
        assert found[0].reliability == pytest.approx(max(d[2] for d in kept), rel=1e-10)
        assert found[1].cost == pytest.approx(min(d[0] for d in kept), rel=1e-10)
        assert found[2].latency == pytest.approx(min(d[1] for d in kept), rel=1e-10)
        assert found[3].quality_per_dollar == pytest.approx(max(d[2] / d[0] for d in kept), rel=1e-10)


def test_a_budget_met_to_the_last_digit_is_met() -> None:
    assert best(chain(12, PREMIUM), TWO, max_latency=24.0).outcome.reliability == pytest.approx(0.985**12)
    assert best(chain(3, PREMIUM), TWO, max_cost=3 * 0.03, minimise="latency").outcome.latency == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("budgets", "words"),
    [
        ({"max_cost": 0.01}, r"^no design keeps max_cost=0.01; the nearest .* is max_cost=0\.024 \(\$0\.024 a task\)$"),
        ({"max_latency": 1.0}, r"max_latency=1; .* max_latency=4\.8 \(4\.8 s\)$"),
        ({"min_reliability": 0.9}, r"min_reliability=0.9; .* min_reliability=0\.834131 \(83\.41%\)$"),
        (
            {"max_cost": 0.1, "min_reliability": 0.8},
            r"max_cost=0.1 and min_reliability=0.8 together; .*max_cost=0\.332 .*; or min_reliability=0\.551\d{3} ",
        ),
    ],
)
def test_a_budget_that_cannot_be_kept_is_named_with_the_nearest_that_can(budgets: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        best(chain(12, PREMIUM), TWO, **budgets)


def test_the_nearest_budget_that_is_named_can_be_kept() -> None:
    with pytest.raises(ValueError, match="nearest") as refused:
        best(chain(12, PREMIUM), TWO, max_cost=0.1, min_reliability=0.8)
    nearest = float(str(refused.value).split("max_cost=")[2].split(" ")[0])
    assert best(chain(12, PREMIUM), TWO, max_cost=nearest, min_reliability=0.8).outcome.reliability >= 0.8


@pytest.mark.parametrize("argument", ["max_cost", "max_latency", "min_reliability"])
def test_the_nearest_budget_is_short_and_can_be_kept_and_is_no_farther_than_its_last_digit(argument: str) -> None:
    @few
    @given(randoms)
    def kept(rnd: Random) -> None:
        model = Model(rnd.uniform(1e-4, 3), rnd.uniform(1e-3, 90), rnd.uniform(0.01, 0.999999))
        workflow, out_of_reach = chain(rnd.randint(1, 30), model), 1.0 if argument == "min_reliability" else 1e-9
        with pytest.raises(ValueError, match="nearest") as refused:
            best(workflow, [AS_IT_IS], **{argument: out_of_reach})
        said = str(refused.value).split(f"{argument}=")[2].split(" ")[0]
        digits = said.split("e")[0].replace(".", "").strip("0")
        assert len(digits) <= 6
        found = best(workflow, [AS_IT_IS], **{argument: float(said)}).outcome
        measure = {"max_cost": "cost", "max_latency": "latency", "min_reliability": "reliability"}[argument]
        assert float(said) == pytest.approx(getattr(found, measure), rel=1e-5)

    kept()


# ---- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"accounting": "honest"}, "accounting must be one of"),
        ({"measures": ("cost", "beauty")}, "measures must be some of"),
        ({"measures": ()}, "measures must be some of"),
        ({"measures": "cost"}, "measures must be some of"),
        ({"measures": 3}, "measures must be some of"),
        ({"measures": [["cost"]]}, "measures must be some of"),
        ({"epsilon": -0.1}, "epsilon must be zero or more, got -0.1"),
        ({"epsilon": float("nan")}, "epsilon must be finite"),
        ({"epsilon": [0.1, 0.2]}, "epsilon must be one number"),
        ({"latency": "guess"}, "latency must be one of"),
        ({"choices": []}, "options of step 'step-1' must hold at least one option"),
        ({"choices": {"step-9": TWO}}, "no step is named 'step-9'"),
        ({"choices": ["small"]}, "options of step 'step-1' must be Option objects, got 'small'"),
        ({"choices": [*TWO, TWO[0]]}, "must have different names, got 'premium' 2 times"),
        ({"choices": 3}, "options of step 'step-1' must be Option objects, got 3"),
        (
            {"choices": [Option("bad", lambda step: None)]},
            "option 'bad' must return a Step for step 'step-1', got None",
        ),
        ({"choices": [Option("bad", lambda s: replace(s, name="x"))]}, "must leave name and needs of step 'step-1'"),
        ({"choices": [Option("bad", lambda s: replace(s, retries=[0, 1]))]}, r"gives step 'step-1' an array"),
        ({"workflow": chain(2, Model([0.1, 0.2], 1, 0.9))}, "workflow must be one design, but step 'step-1' holds"),
        ({"workflow": "chain"}, "workflow must be a Workflow, got 'chain'"),
        ({"shapes": {"odd": 3}}, "lever must be a function"),
        ({"shapes": {"odd": lambda w: 3}}, "shape 'odd' must return a Workflow, got 3"),
        ({"shapes": {"as given": parallelize}}, "'as given' is the name of the workflow's own shape"),
        ({"shapes": [parallelize]}, "shapes must map a name to a lever"),
    ],
)
def test_bad_input_is_named(change: dict, words: str) -> None:
    asked = {"workflow": chain(2, PREMIUM), "choices": TWO, **change}
    with pytest.raises(ValueError, match=words):
        pareto(**asked)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"maximise": "beauty"}, "maximise must be one of"),
        ({"minimise": "reliability"}, "minimise must be one of"),
        ({"maximise": "reliability", "minimise": "cost"}, "give one of maximise and minimise"),
        ({"max_cost": -1}, "max_cost must be zero or more, got -1"),
        ({"max_latency": float("nan")}, "max_latency must be finite"),
        ({"min_reliability": 98}, "min_reliability must be a probability"),
        ({"max_cost": [1, 2]}, "max_cost must be one number"),
        ({"maximise": "profit"}, "value_usd goes with maximise='profit'"),
        ({"minimise": "cost", "value_usd": 1.0}, "value_usd goes with maximise='profit'"),
        ({"minimise": "cost", "damage_usd": 1.0}, "damage_usd must be zero or more, and 0 without 'profit', got 1.0"),
        ({"maximise": "profit", "value_usd": 1.0, "refusal_usd": -1}, "refusal_usd must be"),
        ({"maximise": "profit", "value_usd": 1.0, "damage_usd": None}, "damage_usd must be"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(asked: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        best(chain(2, PREMIUM), TWO, **asked)


def test_an_option_that_ends_the_workflow_needs_a_step_alone() -> None:
    halting = [AS_IT_IS, Option("halting gate", lambda s: replace(s, gate=Gate(when_rejected="halt")))]
    with pytest.raises(ValueError, match="option 'halting gate' may end the workflow early at step 'step-1'"):
        pareto(parallel(2, PREMIUM), halting)
    stopping = stop_early(chain(3, PREMIUM), 0.3)
    found = pareto(stopping, halting, accounting="expected")
    assert_same_set(found, unbeaten(every_design(stopping, dict.fromkeys(stopping.names, halting), "expected")))


def test_a_frontier_answers_only_what_it_compared() -> None:
    found = pareto(chain(2, PREMIUM), TWO, measures=("cost", "reliability"))
    with pytest.raises(ValueError, match="the question also needs 'latency'"):
        found.best(max_latency=3.0)
    with pytest.raises(ValueError, match="must compare cost and reliability"):
        break_even_values(pareto(chain(2, PREMIUM), TWO, measures=("cost", "latency")))
    with pytest.raises(IndexError, match="there are 3 designs"):
        found[3]
    assert found[-1].outcome.cost == pytest.approx(0.06)
    assert [d.outcome.cost for d in found[:2]] == pytest.approx([0.004, 0.032])


def test_combined_options_apply_from_left_to_right() -> None:
    own = [AS_IT_IS, Option("dear", lambda s: replace(s, model=replace(s.model, usd=2 * s.model.usd)))]
    both = combine(TWO, own)
    assert [o.name for o in both] == ["premium", "premium, dear", "small", "small, dear"]
    assert both[3].applied(chain(1, PREMIUM).steps[0]).model.usd == pytest.approx(0.004)


def test_budgets_may_be_any_kind_of_number() -> None:
    asked = {"value_usd": 2, "damage_usd": 0.5, "refusal_usd": 0.25, "max_cost": 0.05, "min_reliability": 0.5}
    kinds = (float, Decimal, Fraction, np.float32, np.array)
    found = [
        best(chain(2, PREMIUM), TWO, maximise="profit", **{name: of(number) for name, number in asked.items()})
        for of in kinds
    ]
    assert all(design.choices == found[0].choices for design in found)


@pytest.mark.parametrize("failure", ["refused", "wrong"])
@pytest.mark.parametrize("epsilon", [0.02, 0.5])
def test_an_epsilon_frontier_keeps_its_promise_of_failures(failure: str, epsilon: float) -> None:
    @few
    @given(randoms)
    def kept(rnd: Random) -> None:
        workflow, choices = drawn_choices(rnd, most=6)
        asked = {"measures": ("cost", "reliability", failure), "accounting": "expected", "epsilon": epsilon}
        found = pareto(workflow, choices, **asked)
        wrong = 1 - found.reliability - found.refused
        for one in every_outcome(workflow, choices, "expected"):
            failed = getattr(one, failure)
            assert np.any(
                (found.cost <= one.cost * (1 + epsilon) + 1e-12)
                & (found.reliability >= one.reliability * (1 - 1e-10))
                & ((wrong if failure == "wrong" else found.refused) <= failed + epsilon + 1e-12)
            )

    kept()


def test_a_frontier_of_failures_that_is_too_large_is_refused_in_words(monkeypatch: Any) -> None:
    models = (PREMIUM, SMALL, Model(0.01, 1.0, 0.97, "middle"))
    choices = options(models, retries=(0, 1), gates=(None, Gate(0.7, 0.05, usd=0.002, sec=0.4)))
    asked: dict[str, Any] = {"accounting": "expected", "measures": ("cost", "latency", "reliability", "wrong")}
    with pytest.raises(ValueError, match=r"too large for an exact answer.*give epsilon"):
        pareto(chain(2, PREMIUM), _many_prices(2_000), **asked)
    monkeypatch.setattr(dominance, "MOST_LOOKS", 10_000)
    with pytest.raises(ValueError, match=r"too large for an exact answer: of .*give epsilon"):
        pareto(chain(8, PREMIUM), choices, **asked)


def _many_prices(count: int) -> list[Option]:
    """Options that trade dollars for reliability, so that none beats another."""
    return [
        Option(f"price {i}", lambda step, i=i: replace(step, model=Model(0.03 + i * 1e-5, 2.0, 0.4 + i / 4000)))
        for i in range(count)
    ]


def test_gates_that_end_in_other_ways_are_options_side_by_side() -> None:
    gates = [Gate(0.7), Gate(0.7, when_rejected="pass"), Gate(0.7, when_rejected="halt"), Gate(0.7, person=Person(2.0))]
    names = [option.name for option in options(gates=gates)]
    assert names == [f"gate d=0.7 f=0{end}" for end in ("", ", then passed on", ", then halt", ", then a person")]
