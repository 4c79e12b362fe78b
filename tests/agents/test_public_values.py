"""Every public class of ``labkit`` and ``labkit_agents`` compares, hashes, copies and pickles by value, or is named
here with the reason why it does not. The classes are found by walking the packages: a new one joins by itself.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import labkit
import labkit_agents
from labkit import (
    PREMIUM,
    SMALL,
    Cache,
    Debate,
    Gate,
    Judge,
    Model,
    Outcome,
    Person,
    Step,
    chain,
    cost,
    evaluation,
    frontier,
    gate,
    latency,
    parallel,
    reliability,
    simulate,
)
from labkit.exact import distribution, lists, series_parallel
from labkit.frontier import design_changes, design_space, marginal, merging, price_lists
from labkit.frontier.budgets import Goal
from labkit.graph import Cycle, Graph
from labkit.laws import random_times
from labkit.prices import Bill, Parts, Tier, replay_prefix_cache
from labkit.simulation import Difficulty, Items, Turns, samples, step_runs, trajectories
from labkit_agents import comparison, pocket, solvers
from labkit_agents.frameworks import (
    back_off,
    langgraph_two_tiers,
    learned_cascade,
    learned_router,
    lines,
    logistic,
    measurement,
    two_tier_claims,
)  # fmt: skip
from labkit_agents.frameworks.lines import ShownLines
from labkit_agents.frameworks.pocket_pairs import Pairs
from labkit_agents.frameworks.run import Recording
from labkit_agents.frameworks.running_total import Traced
from labkit_agents.orchestrator import Plan, PlanStep, clock, guarded_call, ledger, ledger_checks, report, run
from labkit_agents.plain_values import NoNumber
from labkit_agents.pocket import Call, chat, language, network, protocol, weights
from labkit_agents.records import traces
from labkit_agents.records.measured import Measured
from labkit_agents.server import models, plan, requests, state
from labkit_agents.server.billing_log import LoggedCall
from labkit_agents.tasks import asks, beliefs, checks, expected, plans, shares
from labkit_agents.tasks.tasks import Task
from labkit_agents.workers import cached, cascaded, checked, debated, proposed, routed, single, workers
from labkit_agents.worlds import decisions, world

PIECE = series_parallel.a_step(0)
CARD = pocket.PriceCard(1e-6, 1e-7, 1e-5)
SOLVED = parallel(3, PREMIUM)
NAN = float("nan")
GATED = chain(3, PREMIUM).pipe(gate, 0.9, retries=1)


def numbers(*values: float) -> np.ndarray:
    """A new array each time, so that no comparison gets by with identity."""
    return np.array(values)


def same_sum(values: Any) -> Call:
    """The call of a plan's step."""
    return Call("1+2=")


def an_offer(x: float) -> decisions.Offer:
    return decisions.Offer("small", 0.9, x, 1.0, 0.1, 0.5)


def an_entry(x: float) -> report.Entry:
    return report.Entry("task", "a", 1, "small", x, 1.0, 0.01, NAN, 0.0, 0.5, "right")


def a_row(x: float) -> comparison.Row:
    three = samples.Three(x, NAN, 0.5)
    return comparison.Row("design", three, three, three, three, three, three, (), ())


def some_weights(x: float) -> weights.Weights:
    layer = weights.Layer(numbers(x), numbers(2), numbers(3), numbers(4))
    return weights.Weights(numbers(x), numbers(1), numbers(1), (layer,), numbers(2), 1)


def a_model(x: float) -> pocket.PocketModel:
    return pocket.PocketModel(f"model {x:g}", some_weights(x), CARD)


def a_run(x: float) -> traces.Traces:
    return solvers.Chain(pocket.small()).run([Task("t", (1,) * int(x))], seed=1, progress=None)


def a_plan(x: float) -> Plan:
    return Plan([PlanStep("a", same_sum, ["small"], tags={"simple"}), PlanStep(f"b{x:g}", same_sum, ("small",), ["a"])])


def a_dry_run(x: float) -> expected.DryRun:
    task = Task("t", (1, 2, int(x)))
    return expected.DryRun([task], [plans.running_total(task.numbers, 2)])


EXAMPLES: list[Callable[[float], Any]] = [
    lambda x: Outcome(numbers(x, 1.0), numbers(2.0, np.nan), numbers(0.5, x / 10)),
    lambda x: Outcome(x, NAN, 0.5),
    lambda x: reliability.BetaLaw(numbers(0.2, x / 10), 0.5),
    lambda x: reliability.BetaLaw(x / 10, 0.5),
    lambda x: latency.RandomTime([x, 3.0], [0.5, 0.5]),
    lambda x: latency.Exponential(numbers(x, 1.0)),
    lambda x: latency.Uniform(0.0, numbers(x, 1.0)),
    lambda x: latency.Lognormal(numbers(x, 1.0), 0.5),
    lambda x: latency.Patience(x, hedge_sec=1.0),
    lambda x: random_times.Values(numbers(x), numbers(1.0)),
    lambda x: distribution.Call(x, 1, latency.Exponential(1.0), latency.Patience()),
    lambda x: lists.TooManyValues(f"{x} values"),
    lambda x: Model(numbers(x, 1.0), 1.0, 0.5),
    lambda x: Debate(3, numbers(x, 1.0)),
    lambda x: Gate(numbers(x / 10, 1.0)),
    lambda x: Cache(numbers(x / 10, 1.0)),
    lambda x: Person(numbers(x, 1.0)),
    lambda x: Judge(numbers(x / 10, 1.0)),
    lambda x: reliability.escalated(x / 10),
    lambda x: Step("a", Model(numbers(x, 1.0), 1.0, 0.5), needs=["b"]),
    lambda x: chain(3, Model(numbers(x, 1.0), 1.0, 0.5)).pipe(gate, 0.9, retries=1),
    lambda x: Graph(((), (0,) * int(x - 3))),
    lambda x: frontier.pareto(chain(3, Model(x, 1.0, 0.9)), frontier.options([SMALL, PREMIUM], (0, 1))),
    lambda x: frontier.pareto(
        parallel(3, Model(x, 1.0, 0.9)).then(parallel(2, PREMIUM)), frontier.options(retries=(0, 1)), accounting="worst"
    ),
    lambda x: frontier.pareto(chain(3, Model(x, 1.0, 0.9)), frontier.options([SMALL, PREMIUM], (0, 1)))[0],
    lambda x: design_changes.Change("what", x, NAN, 0.1),
    lambda x: design_space.Choosing(GATED, (("a",),), ((Step("a", Model(numbers(x), 1.0, 0.5)),),)),
    lambda x: marginal.Price("lever", x, NAN, 0.1),
    lambda x: marginal.BreakEven(x, 1, 0.1, 0.9),
    lambda x: Goal(max_cost=x),
    lambda x: frontier.options([Model(x, 1.0, 0.9)], (0,))[0],
    lambda x: merging.Measures(*(numbers(x, k) for k in range(4))),
    lambda x: merging.Points(merging.Measures(*(numbers(x, k) for k in range(4))), same_sum, numbers(x)),
    lambda x: price_lists.PriceList(*(numbers(x, k) for k in range(9)), True),
    lambda x: price_lists.Wanted(x == 4),
    lambda x: series_parallel.Piece("series", (PIECE,), (int(x),)),
    lambda x: Turns(counts=[x, 2]),
    lambda x: latency.RandomTime.from_samples([x, 2.0]),
    lambda x: Items({"a": [x / 10, 0.5]}),
    lambda x: Difficulty(x / 10),
    lambda x: step_runs.as_work(Step("a", Model(x, 1.0, 0.9)), True, None, Turns(counts=[x, 2])),
    lambda x: step_runs.Runs(numbers(x, 1.0), numbers(NAN, 1.0), np.array([True, False]), None),
    lambda x: trajectories.Block(numbers(x, 1.0), numbers(1.0, 1.0), np.array([True, False]), np.array([False, False])),
    lambda x: trajectories.Plan((), Graph(((),)), Items({"a": [x / 10, 0.5]}), None, None, True),
    lambda x: samples.Three(x, NAN, 0.5),
    lambda x: reliability.gated([x / 10, 0.9], 0.8),
    lambda x: reliability.checked_chain([[x / 10, 0.9], [0.9, 0.7]], 0.8),
    lambda x: reliability.wilson_interval([x, 1], 9),
    lambda x: reliability.self_conditioned(x / 10, 4, 0.1),
    lambda x: reliability.voted_chain([0.9, 0.8], 50, 0.9, x),
    lambda x: reliability.weibull_through([1.0, 2.0], 0.8, x * 2, 0.5),
    lambda x: latency.hedged([1.0, x, 5.5], 1.5),
    lambda x: latency.makespan_bounds([x, 6.0], 2.0, 2),
    lambda x: latency.list_schedule([x, 2.0], [[], [0]], 2),
    lambda x: latency.under_load([x / 10, 1.0], 2.0, 3),
    lambda x: latency.provider_limits(x, requests_per_min=60, tokens_per_min=[600, 60], tokens_a_call=9),
    lambda x: latency.replay_arrivals([0.0, x, x + 0.5], 2.0, 1),
    lambda x: latency.retry_storm([x / 10, 0.2], 2.0, 3, timeout_sec=9.0, retries=2),
    lambda x: cost.judged_cascade([0.1, x], [0.7, 0.9], [0.8]),
    lambda x: cost.semantic_cache([0.9, 0.8], x, 2.0, 0.5),
    lambda x: simulate(chain(2, Model(x, 1.0, 0.5)), 5, seed=1),
    lambda x: evaluation.mcnemar([x, 9], 0),
    lambda x: evaluation.paired_difference([x, 9], 2, 50),
    lambda x: evaluation.group_sequential(int(x)),
    lambda x: evaluation.true_share_interval([8, x], 10, 6, 10, 1, 10),
    lambda x: evaluation.co_failure([x, 9], 2, 3, 4),
    lambda x: evaluation.co_failure_by_group([x, 9], [2, 1], [3, 1], [4, 1]),
    lambda x: evaluation.at_equal_spend(reliability.BetaLaw(0.5, 0.2), 1, 0.5, [x, 2]),
    a_row,
    lambda x: comparison.Comparison((a_row(x),), 10, 0.95),
    lambda x: clock.WallClock() if x == 4 else clock.CardClock(),
    lambda x: clock.CardClock() if x == 4 else clock.WallClock(),
    an_entry,
    lambda x: guarded_call.Ticket(an_entry(x), 0, 1, None),
    guarded_call.Told,
    lambda x: ledger.Balance(x, 0.1, 0.1, 0.0),
    lambda x: report.StepNote("a", "done", numbers(x, NAN)),
    lambda x: report.Report("task", numbers(x), True, (), (an_entry(x),), x, 1.0, 0.1, 1.0, float("inf")),
    lambda x: run.Settings(
        {f"model {x:g}": a_model(x)}, x, 1.0, 1, 0, None, None, None, clock.CardClock(), None, "", False, 1.0
    ),
    lambda x: PlanStep(f"a{x:g}", same_sum, ["small"], tags={"simple"}),
    a_plan,
    lambda x: NoNumber("list", int(x)),
    lambda x: pocket.PriceCard(x, 0.0, 0.1, tiers=[Tier(9, 6.0, 0.0, 0.1)], as_of="2026-11-30"),
    lambda x: Tier(int(x), 2.0, 0.0, 0.1),
    lambda x: Parts(numbers(x, 1.0)),
    lambda x: Bill(x, 1.0),
    lambda x: CARD.bill(numbers(x, 9.0), 1, 1),
    lambda x: replay_prefix_cache(CARD, [x, 9.0], 1, 1),
    lambda x: cost.fit_growing_context([[1.0, x]]),
    lambda x: Call("1+2=", seed=int(x)),
    lambda x: protocol.Failure("server", f"failed {x:g} times", True),
    lambda x: protocol.Reply(f"{x:g}", "small", 1, 0, 1, 0.1, 1.0, 1.0, (-0.1,)),
    lambda x: chat.ChatBody(f"{x:g}"),
    lambda x: language.encode_prompt(f"1+{x:g}="),
    lambda x: network.Prefix((numbers(x),), (numbers(1.0),), 1),
    lambda x: some_weights(x).layers[0],
    some_weights,
    a_model,
    lambda x: Measured("small", numbers(2, 2), numbers(0, x), np.array([False, False]), numbers(NAN, -0.1)),
    lambda x: a_run(x).summary(),
    lambda x: a_run(x).records()[-1],
    a_run,
    lambda x: solvers.Solver(a_model(x)),
    lambda x: solvers.OneCall(a_model(x)),
    lambda x: solvers.Chain(a_model(x)),
    lambda x: solvers.Tree(a_model(x)),
    lambda x: single.Single(a_model(x)),
    lambda x: cached.Cached(a_model(x)),
    lambda x: cascaded.Cascaded(a_model(x), a_model(1.0)),
    lambda x: checked.Checked(a_model(x)),
    lambda x: debated.Debated(a_model(x)),
    lambda x: proposed.Proposed(a_model(x), a_model(1.0)),
    lambda x: routed.Routed(a_model(x), a_model(1.0), same_sum),
    lambda x: cached.Stored(int(x), -0.1, 3, 0, 1.0),
    lambda x: workers.Facts("a", [(1, int(x))], a_dry_run(x), {2: 0.9}),
    lambda x: asks.Ask(0, "a", (1, int(x)), "path", 0.0),
    lambda x: asks.Answer(int(x), 1.0),
    lambda x: beliefs.Given({2: x / 10}),
    lambda x: checks.Check("mine", int(x)),
    a_dry_run,
    lambda x: a_dry_run(x).asks[-1],
    lambda x: plans.Node("a", (), (1, int(x))),
    lambda x: shares.counted_share(int(x), 10, 0.95),
    lambda x: Task("t", [1, int(x)]),
    an_offer,
    lambda x: decisions.StepView("a", (), True, False, False, 0, x, (an_offer(x),)),
    lambda x: decisions.Event("a", "small", "answered", x, 1.0),
    lambda x: decisions.Observation(int(x), 1.0, 1.0, 2, ()),
    lambda x: decisions.Decision((("a", f"model {x:g}"),)),
    lambda x: world.WorldStep("a", (), (an_offer(x),)),
    lambda x: world.Rules((), x, 1.0),
    lambda x: world.Score(x / 10, 0.1, 1.0, False, False, 0, 1),
    lambda x: Cycle([int(x), 1, int(x)]),
    lambda x: chat.BadBody("the reply is no JSON", f"said {x:g}"),
    lambda x: ledger_checks.LedgerFileError(f"path {x:g}"),
    lambda x: plan.FaultPlan(hard=x / 10, tool_arguments={"a": x}, models={"small": plan.FaultPlan(seed=int(x))}),
    lambda x: LoggedCall(int(x), "chat"),
    lambda x: models.Served("small", CARD, x / 10),
    lambda x: models.Answer(f"{x:g}", True, "stop", 1),
    lambda x: requests.Asked("chat", "small", f"{x:g}", schema={"type": x}),
    lambda x: requests.Refusal(400, f"{x:g} is wrong"),
    lambda x: state.Limits(at_once=int(x)),
    lambda x: Pairs(*(numbers(x, k) for k in range(8))),
    lambda x: logistic.Logistic(numbers(x), numbers(1.0), numbers(NAN)),
    lambda x: learned_router.RouterCurve(*(numbers(x, k) for k in range(4))),
    lambda x: learned_cascade.TriedCascade(9, 3, 5, x, *([0.5] * 7)),
    lambda x: two_tier_claims.Claims(
        0.9,
        x,
        *([0.5] * 5),
        evaluation.Difference(0.0, -0.1, 0.1),
        0.02,
        *([0.5] * 3),
        (reliability.Interval(0.1, x),) * 3,
    ),
    lambda x: langgraph_two_tiers.Said(int(x), 0.1, 1.0),
    lambda x: langgraph_two_tiers.Tried(True, x),
    lambda x: lines.Lines("ours", "cache", int(x)),
    lambda x: back_off.WaitingClient("LiteLLM", "a plain call", len, "calls_through_layers((3,))", "0", x / 10),
    lambda x: measurement.Prediction("calls = 1", calls=x),
    lambda x: measurement.Measurement("cache", "ours", "exact", {}, 2, 2, 1, x),
    lambda x: ShownLines("a budget", f"usd = {x}"),
    lambda x: Recording(f"{x:g}", "2026-11-30", ()),
    lambda x: Traced((f"{x:g}",), ({"right": True},), ()),
]
UNDER_WAY = {
    "Account", "BillingLog", "CallGuard", "CallLog", "Caller", "CardLoop", "Grid", "Journey",
    "KeyedCache", "Lists", "Memory", "Options", "PrefixCache", "Program", "Pruner", "Run",
    "Session", "SobolDraws", "State", "TaskBudget", "Verdict", "World", "Written",
}  # fmt: skip
"""What changes while it is used: two of them are the same only if they are one."""
OUTSIDE = {"Cassette", "Endpoint", "Orchestrator", "Picture", "Secret", "Server", "TenantLedger"}
"""What stands for something outside, a file, an address, a key, a figure: equal only to itself."""
BASES = {"ByValue", "Part"}
RAISED = {"TooLarge", "Unfit"}
BY_IDENTITY = UNDER_WAY | OUTSIDE | BASES | RAISED


def public_classes() -> Iterator[type]:
    """The classes that the modules of both packages define under a public name; protocols have no objects."""
    for package in (labkit, labkit_agents):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name, kind in vars(module).items():
                own = inspect.isclass(kind) and kind.__module__ == found.name and not name.startswith("_")
                if own and not getattr(kind, "_is_protocol", False):
                    yield kind


CLASSES = {f"{kind.__module__}.{kind.__name__}": kind for kind in public_classes()}


@cache
def examples() -> dict[type, list[Callable[[float], Any]]]:
    """What makes an object of each class."""
    made: dict[type, list[Callable[[float], Any]]] = {}
    for make in EXAMPLES:
        made.setdefault(type(make(4.0)), []).append(make)
    return made


def told(value: Any) -> Any:
    """What two equal objects have in common; errors are equal in their words."""
    return (type(value), str(value)) if isinstance(value, Exception) else value


@pytest.mark.parametrize("name", [name for name, kind in CLASSES.items() if kind.__name__ not in BY_IDENTITY])
def test_equal_values_make_equal_objects(name: str) -> None:
    assert CLASSES[name] in examples(), f"put an example of {name} into EXAMPLES, or its reason into BY_IDENTITY"
    for make in examples()[CLASSES[name]]:
        one, same, other = make(4.0), make(4.0), make(5.0)
        for twin in (same, copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert told(one) == told(twin)
            assert hash(told(one)) == hash(told(twin))
            assert repr(one) == repr(twin)
        assert told(one) != told(other)
        assert one != "something else"
        assert len({told(one), told(same), told(other)}) == 2


def test_what_is_compared_by_identity_exists() -> None:
    assert {kind.__name__ for kind in CLASSES.values()} >= BY_IDENTITY
