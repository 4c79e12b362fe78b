"""Every method of ``best`` finds the same optimum, says which it was, and a search can be watched, stopped, refused."""

from __future__ import annotations

import importlib.util
import math
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from frontier_oracles import at_least_as_good, drawn_choices, every_design
from hypothesis import example, given, settings
from strategies import randoms, steady

from labkit import PREMIUM, SMALL, Gate, Model, Step, Workflow, chain, parallel
from labkit.frontier import (
    Design,
    Option,
    best,
    design_space,
    merging,
    mixed_integer,
    options,
    pareto,
    promising,
    search,
)
from labkit.frontier.budgets import Goal, best_position
from labkit.frontier.dominance import TooLarge

ACCOUNTINGS = ("textbook", "expected", "worst")
BOUNDS, FRONTIER, PROGRAM = promising.METHOD, search.BY_FRONTIER, mixed_integer.METHOD
many = settings(steady, max_examples=3 * settings.default.max_examples)


def traded(steps: int, each: int, seed: int = 1) -> tuple[Workflow, dict[str, list[Option]]]:
    """A chain whose steps choose among models that trade dollars and seconds for reliability; few beat another."""
    rng, found = np.random.default_rng(seed), {}
    for name in chain(steps, PREMIUM).names:
        usd, sec = rng.uniform(0, 1, (2, each))
        models = zip(0.002 + 0.028 * usd, 0.4 + 3.6 * sec, 1 - 0.1 * np.exp(-2 * (usd**0.5 + sec**0.5)), strict=True)
        found[name] = [Option(str(i), to_model(Model(*map(float, model)))) for i, model in enumerate(models)]
    return chain(steps, PREMIUM), found


def to_model(model: Model) -> Callable[[Step], Step]:
    return lambda step: replace(step, model=model)


def drawn_question(rnd: Random) -> tuple[Workflow, dict[str, list[Option]], dict[str, Any]]:
    """A workflow, its choices, and an aim with budgets near what can be kept, some of them kept to the last digit."""
    workflow, choices = drawn_choices(rnd, most=5, ends=rnd.random() < 0.2)
    asked: dict[str, Any] = {"accounting": rnd.choice(ACCOUNTINGS)}
    damage = rnd.choice([0.0, 0.4])
    profit = {"value_usd": rnd.choice([0.0, 0.01, 0.5, 10.0]), "damage_usd": damage}
    profit["refusal_usd"] = rnd.choice([damage, 0.2])
    asked |= rnd.choice([{"maximise": "reliability"}, {"minimise": "cost"}, {"minimise": "latency"},
                         {"maximise": "quality_per_dollar"}, {"maximise": "profit", **profit}])  # fmt: skip
    try:
        found = pareto(workflow, choices, accounting=asked["accounting"])
    except ValueError:
        return workflow, choices, asked
    for name, values, often in (("max_cost", found.cost, 0.6), ("max_latency", found.latency, 0.6),
                                ("min_reliability", found.reliability, 0.4)):  # fmt: skip
        if rnd.random() < often:
            between = rnd.uniform(values.min(), values.max()) * rnd.choice([0.9, 1.0, 1.1])
            asked[name] = float(rnd.choice([rnd.choice(values.tolist()), between]))
            asked[name] = min(asked[name], 1.0) if name == "min_reliability" else asked[name]
    return workflow, choices, asked


def by_frontier(workflow: Workflow, choices: Any, asked: dict[str, Any]) -> Design:
    """The best of the whole frontier."""
    aims = {name: value for name, value in asked.items() if name != "accounting"}
    goal = Goal(**aims)
    found = pareto(workflow, choices, accounting=asked["accounting"], measures=goal.measures)
    return found[best_position(goal, found.cost, found.latency, found.reliability, found.refused)]


def by_program(workflow: Workflow, choices: Any, asked: dict[str, Any]) -> Design:
    """The best by HiGHS, as though nothing else could answer."""

    def refuse(*_: object) -> None:
        raise TooLarge("too large")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "parts_of", refuse)
        return best(workflow, choices, **asked)


def answered(work: Callable[..., Design], question: tuple[Workflow, Any, dict[str, Any]]) -> tuple[list[float], str]:
    """The numbers of a design that the question compares, or what is said in place of one: but for the figures in
    brackets, of four digits, since sums in another order may round to the other side."""
    goal = Goal(**{name: value for name, value in question[2].items() if name != "accounting"})
    try:
        outcome = work(*question).outcome
    except ValueError as error:
        return [], re.sub(r" \([^)]*\)", "", str(error))
    return [float(getattr(outcome, name)) for name in ("cost", "latency", "reliability") if name in goal.measures], ""


# ---- the same optimum -------------------------------------------------------------------------------------


@many
@example(Random(1439))  # budgets that no design keeps, alone or together
@given(randoms)
def test_the_best_under_bounds_is_the_best_of_the_frontier(rnd: Random) -> None:
    question = drawn_question(rnd)
    numbers, said = answered(lambda workflow, choices, asked: best(workflow, choices, **asked), question)
    expected, words = answered(by_frontier, question)
    assert said == words
    assert numbers == pytest.approx(expected, rel=1e-10, nan_ok=True)


def test_the_best_by_mixed_integer_programming_is_the_best_of_the_frontier() -> None:
    pytest.importorskip("scipy")
    fitted = []

    @many
    @given(randoms)
    def same(rnd: Random) -> None:
        question = drawn_question(rnd)
        numbers, said = answered(by_program, question)
        if "Mixed-integer programming could do without, but" in said:
            return
        expected, words = answered(by_frontier, question)
        if not words.startswith("no exact frontier"):
            assert said == words
            assert numbers == pytest.approx(expected, rel=1e-10, nan_ok=True)
            fitted.append(numbers)

    same()
    assert any(fitted)


AIMS: list[dict[str, Any]] = [
    {"maximise": "reliability", "max_cost": 0.07},
    {"minimise": "cost", "min_reliability": 0.9},
    {"minimise": "latency", "max_cost": 0.06, "min_reliability": 0.85},
    {"maximise": "quality_per_dollar", "max_latency": 9.0},
    {"maximise": "profit", "value_usd": 1.0, "max_latency": 9.0},
    {"maximise": "profit", "value_usd": 0.3, "damage_usd": 1.0, "refusal_usd": 1.0},
]


@pytest.mark.parametrize("aim", AIMS, ids=str)
@pytest.mark.parametrize("shape", ["chain", "stages"])
def test_three_methods_agree_on_steps_with_many_options(aim: dict[str, Any], shape: str) -> None:
    pytest.importorskip("scipy")
    workflow, choices = traded(6, 7)
    if shape == "stages":
        first, second, *others = workflow.steps
        workflow = Workflow(
            (first, replace(second, needs=()), *(replace(s, needs=("step-1", "step-2")) for s in others))
        )
    asked = {"accounting": "textbook", **aim}
    bounded, program = best(workflow, choices, **asked), by_program(workflow, choices, asked)
    assert (bounded.method, program.method) == (BOUNDS, PROGRAM)
    whole = by_frontier(workflow, choices, asked)
    assert bounded.choices == program.choices == whole.choices


def test_shapes_and_steps_alike_are_chosen_by_every_method() -> None:
    pytest.importorskip("scipy")
    asked = {"accounting": "worst", "shapes": {"parallel": lambda w: parallel(4, PREMIUM)}, "max_latency": 5.0}
    choices = options(models=[PREMIUM, SMALL], retries=(0, 1))
    ways = [best(chain(4, PREMIUM), choices, **asked), by_program(chain(4, PREMIUM), choices, asked)]
    assert {way.shape for way in ways} == {"parallel"}
    assert ways[0].outcome.reliability == pytest.approx(ways[1].outcome.reliability, rel=1e-12)


def test_a_tangle_too_large_to_try_is_solved_by_the_program(monkeypatch: Any) -> None:
    pytest.importorskip("scipy")
    first = Step("a", PREMIUM), Step("b", PREMIUM)
    knot = Workflow((*first, Step("c", PREMIUM, ("a", "b")), Step("d", PREMIUM, ("b",))))
    choices = {name: list(options(models=[PREMIUM, SMALL])) for name in knot.names}
    monkeypatch.setattr(design_space, "ENUMERABLE", 15)
    found = best(knot, choices, max_latency=2.4)
    kept = [point for point in every_design(knot, choices, "textbook") if point[1] <= 2.4]
    assert found.method == PROGRAM
    assert found.outcome.reliability == pytest.approx(max(point[2] for point in kept))


def test_the_tree_of_highs_is_bounded_and_that_of_equals_more_so(monkeypatch: Any) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    workflow, choices = traded(6, 7)
    limits: list[int] = []
    solve = optimize.milp

    def watch(*args: Any, **how: Any) -> Any:
        limits.append(how["options"]["node_limit"])
        return solve(*args, **how)

    monkeypatch.setattr(optimize, "milp", watch)
    found = by_program(workflow, choices, {"minimise": "latency", "max_cost": 0.06, "min_reliability": 0.85})
    assert limits == [mixed_integer.MOST_NODES, mixed_integer.FEW_NODES, mixed_integer.FEW_NODES]

    def give_up(*args: Any, **how: Any) -> Any:
        few = how["options"]["node_limit"] < mixed_integer.MOST_NODES
        answer = solve(*args, **how)
        answer.status = 1 if few else answer.status
        return answer

    monkeypatch.setattr(optimize, "milp", give_up)
    again = by_program(workflow, choices, {"minimise": "latency", "max_cost": 0.06, "min_reliability": 0.85})
    assert (again.method, again.outcome.latency) == (PROGRAM, pytest.approx(found.outcome.latency))


def test_an_answer_that_breaks_a_budget_is_not_taken(monkeypatch: Any) -> None:
    pytest.importorskip("scipy")
    workflow, choices = traded(3, 4)
    lax = lambda self, weights, limits, below=math.inf: solve(self, weights, np.full(3, math.inf))  # noqa: E731
    solve = mixed_integer.Program.__call__
    monkeypatch.setattr(mixed_integer.Program, "__call__", lax)
    with pytest.raises(ValueError, match="does not keep the budgets in exact arithmetic"):
        by_program(workflow, choices, {"max_cost": 0.02})


# ---- which method, and how much work ----------------------------------------------------------------------


def test_what_does_not_add_up_is_found_on_the_frontier() -> None:
    halting = [Option("halt", lambda s: replace(s, gate=Gate(0.9, when_rejected="halt")))]
    assert best(chain(3, PREMIUM), [*options(), *halting], max_cost=0.1).method == FRONTIER
    assert best(chain(3, PREMIUM), [Option("never", to_model(Model(0.1, 1.0, 0.0)))]).method == FRONTIER


def count_looks(monkeypatch: Any, work: Callable[[], Any]) -> int:
    """How many combinations are looked at."""
    seen: list[int] = []
    look = merging.Pruner.look
    monkeypatch.setattr(merging.Pruner, "look", lambda self, a, b, new: (seen.append(new), look(self, a, b, new)))
    work()
    monkeypatch.undo()
    return sum(seen)


@pytest.mark.parametrize(("steps", "each"), [(20, 8), (12, 30)])
def test_bounds_leave_a_small_share_of_the_work(steps: int, each: int, monkeypatch: Any) -> None:
    workflow, choices = traded(steps, each)
    asked = {"max_cost": 0.012 * steps, "max_latency": 1.6 * steps}
    monkeypatch.setattr(search.importlib.util, "find_spec", lambda name: None)
    assert count_looks(monkeypatch, lambda: best(workflow, choices, **asked)) < 200_000  # of 1e18 designs


@pytest.fixture
def without_scipy(monkeypatch: Any) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(search.importlib.util, "find_spec", lambda name: None if name == "scipy" else find(name))


@pytest.mark.usefixtures("without_scipy")
def test_without_scipy_a_large_question_is_answered_or_refused_with_the_extra(monkeypatch: Any) -> None:
    workflow, choices = traded(6, 7)
    assert best(workflow, choices, max_cost=0.07).method == BOUNDS
    monkeypatch.setattr(search, "AT_FIRST", 10)
    assert best(workflow, choices, max_cost=0.07).method == BOUNDS  # later, with patience
    monkeypatch.setattr(search, "PATIENT", 20)
    with pytest.raises(ValueError, match=r"too large for an exact answer.*pip install 'counting-calls\[fast\]'"):
        best(workflow, choices, max_cost=0.07)


# ---- a frontier that takes long ---------------------------------------------------------------------------


def test_a_frontier_is_refused_by_its_estimate_before_the_work(monkeypatch: Any) -> None:
    workflow, choices = traded(12, 7)
    monkeypatch.setattr(search, "TOO_MANY", 50_000)
    with pytest.raises(
        ValueError, match=r"after [4-7] of 11 joins .* about [\d,]+ designs would stay in the end; give"
    ):
        pareto(workflow, choices)


def with_gates(steps: int, each: int) -> tuple[Workflow, dict[str, list[Option]]]:
    """The traded models, each behind a gate of its own that may refuse."""

    def behind(option: Option, detection: float) -> Option:
        return Option(option.name, lambda s: replace(option.change(s), retries=1, gate=Gate(detection, 0.05)))

    workflow, choices = traded(steps, each)
    rng = np.random.default_rng(2)
    return workflow, {name: [behind(option, float(rng.uniform(0.6, 0.9))) for option in found]
                      for name, found in choices.items()}  # fmt: skip


@pytest.mark.parametrize("epsilon", [0.0, 0.05])
@pytest.mark.parametrize("timed", [False, True])
def test_failures_of_a_long_chain_are_refused_by_their_estimate(timed: bool, epsilon: float, monkeypatch: Any) -> None:
    workflow, choices = with_gates(200, 12)
    when = "before they are first thinned" if epsilon else "in the end"
    words = rf"after \d+ of 199 joins .* about [\d,]+ designs would stay {when}; give epsilon"
    measures = ("cost", *(["latency"] if timed else []), "reliability", "wrong")

    def refuse() -> None:
        with pytest.raises(TooLarge, match=words):
            pareto(workflow, choices, accounting="expected", epsilon=epsilon, measures=measures)
        budget = {"max_latency": 300.0} if timed else {}
        with pytest.raises(TooLarge, match=words):
            best(workflow, choices, accounting="expected", epsilon=epsilon, maximise="profit", value_usd=1.0,
                 damage_usd=2.0, **budget)  # fmt: skip

    assert count_looks(monkeypatch, refuse) < 500_000  # a second, for pareto and best together


def test_the_estimate_is_right_within_a_factor_of_three() -> None:
    workflow, choices = traded(9, 7)
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "PATIENCE", 0.0)
        found = pareto(workflow, choices, progress=said.append)
    expected = [int(word.split("about ")[1].split(" ")[0].replace(",", "")) for word in said if "would stay" in word]
    assert all(len(found) / 3 < number < 3 * len(found) for number in expected[1:]), expected


@pytest.mark.parametrize("how", ["stop", "interrupt"])
def test_a_stopped_search_gives_designs_that_can_be_built(how: str, monkeypatch: Any) -> None:
    workflow, choices = traded(7, 6)
    whole, asked = pareto(workflow, choices), []

    def stop() -> bool:
        asked.append(1)
        if how == "interrupt" and len(asked) == 4:
            raise KeyboardInterrupt
        return len(asked) >= 4

    monkeypatch.setattr(merging, "BEAM", 40)
    found = pareto(workflow, choices, stop=stop)
    assert whole.complete
    assert not found.complete
    assert found.note == "stopped after 2 of 6 joins: better designs may exist"
    assert 0 < len(found) < len(whole)
    points = list(zip(whole.cost, whole.latency, whole.reliability, strict=True))
    for design, cost, latency, p in zip(found, found.cost, found.latency, found.reliability, strict=True):
        assert (design.outcome.cost, design.outcome.latency, design.outcome.reliability) == pytest.approx(
            (cost, latency, p)
        )
        assert any(at_least_as_good(point, (cost, latency, p)) for point in points)
    for column, most in ((found.cost, min), (found.latency, min), (found.reliability, max)):
        name = "cost" if column is found.cost else "latency" if column is found.latency else "reliability"
        assert most(column) == pytest.approx(most(getattr(whole, name)))  # the ends are known exactly


def test_an_interrupt_of_best_is_an_interrupt(monkeypatch: Any) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(merging.Pruner, "look", interrupt)
    with pytest.raises(KeyboardInterrupt):
        best(chain(3, PREMIUM), options(retries=(0, 1)), max_cost=0.1)


@pytest.mark.parametrize("name", ["stop", "progress"])
def test_what_is_called_must_be_a_function(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a function or None, got 3"):
        pareto(chain(2, PREMIUM), options(), **{name: 3})
