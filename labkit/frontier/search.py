"""Design under budgets: the best workflows when every step may choose its model and its levers.

A design is on the Pareto frontier when no other design is at least as good in cost, latency and reliability and
better in one. The answer is exact: it equals trying every combination, but is found piece by piece, dropping what is
dominated (see ``labkit.frontier.merging``). Two values that differ by less than one part in 10^12 count as equal.
Where steps that overlap have more combinations than can be tried, no exact latency is known: ``pareto`` says so, and
gives a lower or an upper bound when asked.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from .._inputs import one_number, one_of
from .._values import freeze_array
from ..accounting import ACCOUNTINGS
from ..workflow import Workflow
from .alternatives import Choices
from .budgets import Goal, best_position
from .design_changes import AS_GIVEN, BY_FRONTIER, Design
from .design_space import LATENCIES, Choosing, choosing, joined, parts_of, price_lists
from .dominance import Floats, TooLarge, nondominated
from .merging import TOO_MANY, Points, Pruner, thinned_by
from .mixed_integer import FEW_NODES, Program
from .mixed_integer import METHOD as BY_PROGRAM
from .pareto_frontier import Frontier
from .price_lists import PriceList, Wanted
from .promising import METHOD as BY_BOUNDS
from .promising import lightest
from .sums import Unfit, best_designs, find_unfit

MEASURES = Wanted._fields[:3]
FAILURES = Wanted._fields[3:]
Shapes = Mapping[str, Callable[[Workflow], Workflow]]
Spaces = tuple[tuple[str, Choosing], ...]
AT_FIRST = 2**22  # combinations that best looks at before it asks for scipy: seconds
PATIENT = 2 * 10**8  # combinations that best looks at without it: minutes
PARTLY = {
    "exact": "",
    "lower": "latency is a lower bound: no design does better than these points",
    "upper": "latency is an upper bound: every one of these designs does at least as well",
}


def say_progress(sentence: str) -> None:
    """Print how far a long search is, to standard error."""
    print(sentence, file=sys.stderr, flush=True)


def pareto(
    workflow: Workflow, choices: Choices, *, accounting: str = "textbook", measures: Sequence[str] = MEASURES,
    shapes: Shapes | None = None, epsilon: float = 0.0, latency: str = "exact",
    stop: Callable[[], bool] | None = None, progress: Callable[[str], None] | None = say_progress,
) -> Frontier:  # fmt: skip
    """The Pareto frontier of cost, latency and reliability over every choice of every step.

    Formula: minimise ``sum_s usd_s`` and the longest path of ``sec_s``, maximise ``prod_s p_s``, by dynamic
    programming over the graph's series and parallel pieces.

    Args:
        workflow: the graph, and the design that changes are told against.
        choices: what steps may choose: options for all, or step name -> options, or a function Step -> options.
        accounting: ``"textbook"``, ``"expected"`` or ``"worst"``, as in ``Workflow.outcome``.
        measures: those of ``"cost"``, ``"latency"``, ``"reliability"`` that are compared; without latency any graph
            has an exact answer. One of ``"refused"`` and ``"wrong"`` (``Outcome``) may join them.
        shapes: name -> lever, other graphs to choose among, such as ``{"parallel": levers.parallelize}``; choices are
            made after the lever.
        epsilon: 0 for the exact frontier. Above 0 a smaller one: for every design it holds one at least as reliable
            at no more than (1 + epsilon) times the cost and the latency, and no more than epsilon above it in
            ``"refused"`` or ``"wrong"``.
        latency: ``"exact"``, or ``"lower"`` or ``"upper"`` for a bound where no exact latency is known.
        stop: asked now and then whether to stop, as a keyboard interrupt does. What is known by then comes back, with
            ``complete=False``: from there on few designs of each piece were kept.
        progress: given a sentence every 3 seconds: how far the search is, about; None for silence.

    Raises:
        ValueError: an argument out of range, a step without options, an option that cannot be applied, a graph whose
            exact latency is not known, or more work than hours by an estimate that comes first.

    Source: Pareto dominance and dynamic programming are textbook methods; the models are those of section 32.10.

    >>> from labkit import PREMIUM, SMALL, chain
    >>> from labkit.frontier import options
    >>> found = pareto(chain(12, PREMIUM), options(models=[PREMIUM, SMALL]))
    >>> len(found), found.designs
    (13, 4096)
    """
    epsilon = _check_arguments(workflow, accounting, measures, epsilon, latency)
    for name, function in (("stop", stop), ("progress", progress)):
        if function is not None and not callable(function):
            raise ValueError(f"{name} must be a function or None, got {function!r}")
    spaces = _apply_shapes(workflow, choices, shapes)
    wanted, found, stopped = Wanted.of(measures), [], []
    for _, space in spaces:  # bool() says no
        pruner = Pruner(wanted, epsilon, max(1, len(space.steps) - 1), TOO_MANY, stop or bool, progress)
        found.append(
            joined(parts_of(space, price_lists(space, accounting, wanted), accounting, latency, pruner), pruner)
        )
        stopped += [f"stopped after {pruner.stopped - 1:,} of {pruner.joins:,} joins"] if pruner.stopped else []
    together = Points.of_all(found)
    every = together.measures
    shape = np.repeat(np.arange(len(found)), [len(points) for points in found])
    loss = np.maximum(every.delivered - every.p, 0.0) if wanted.wrong else wanted.loss(every.delivered)
    keep = nondominated(every.usd, every.sec, every.p, loss)
    keep = keep[thinned_by(epsilon, every.at(keep), wanted)]
    usd, sec, p, delivered = every.at(keep)

    return Frontier(
        cost=_freeze_column(usd, wanted.cost), latency=_freeze_column(sec, wanted.latency),
        reliability=_freeze_column(p, wanted.reliability), refused=_freeze_column(1.0 - delivered, wanted.failures),
        accounting=accounting, measures=tuple(name for name in Wanted._fields if name in measures), epsilon=epsilon,
        designs=sum(space.designs for _, space in spaces),
        note="; ".join(filter(None, (PARTLY[latency], *(f"{way}: better designs may exist" for way in stopped)))),
        complete=not stopped, _spaces=spaces, _picked=together.picked[keep], _shape=shape[keep],
    )  # fmt: skip


def best(
    workflow: Workflow, choices: Choices, *, maximise: str | None = None, minimise: str | None = None,
    max_cost: float | None = None, max_latency: float | None = None, min_reliability: float | None = None,
    value_usd: float | None = None, damage_usd: float = 0.0, refusal_usd: float = 0.0, accounting: str = "textbook",
    shapes: Shapes | None = None, epsilon: float = 0.0, progress: Callable[[str], None] | None = say_progress,
) -> Design:  # fmt: skip
    """The best of all designs under budgets, as a ``Design`` that says what was changed and what each change did.

    Only the measures that the question names are compared: without a latency budget, latency plays no part. Where cost
    and the logarithms of p add up, the search goes by bounds, and by mixed-integer programming where that is too long
    and scipy is there (extra ``fast``); elsewhere the whole frontier is drawn up. ``Design.method`` says which it was.

    Args:
        maximise: ``"reliability"`` (where neither is given), ``"quality_per_dollar"`` or ``"profit"``, which is
            ``labkit.cost.profit``.
        minimise: ``"cost"`` or ``"latency"``, in place of ``maximise``.
        max_cost: USD a task. max_latency: seconds. min_reliability: in [0, 1]. Each zero or more, or None for no limit.
        value_usd: USD that a success is worth; for ``"profit"``.
        damage_usd, refusal_usd: USD that a wrong answer costs where it is delivered, and that a refusal costs; for
            ``"profit"``, zero or more.
        workflow, choices, accounting, shapes, epsilon, progress: as for ``pareto``. With an epsilon the
            answer keeps its budgets, but a design that only just keeps them may be missed.

    Raises:
        ValueError: as for ``pareto``, and sooner: at more work than minutes; or no design keeps the budgets, and then
            the message names the budget and the nearest one that can be kept.

    >>> from labkit import PREMIUM, SMALL, chain
    >>> from labkit.frontier import options
    >>> found = best(chain(12, PREMIUM), options(models=[PREMIUM, SMALL]), minimise="cost", min_reliability=0.70)
    >>> sum(name == "premium" for name in found.choices.values())
    8
    """
    goal = Goal(maximise, minimise, max_cost, max_latency, min_reliability, value_usd, damage_usd, refusal_usd)
    epsilon = _check_arguments(workflow, accounting, goal.measures, epsilon)
    spaces, wanted = _apply_shapes(workflow, choices, shapes), Wanted.of(goal.measures)
    lists = [price_lists(space, accounting, wanted) for _, space in spaces]
    unfit = next(filter(None, (find_unfit(each, goal) for each in lists)), "")

    def search(most: float, progress: Callable[[str], None] | None) -> list[Points]:
        found = []
        for (_, space), each in zip(spaces, lists, strict=True):
            pruner = Pruner(wanted, epsilon, max(1, len(each) - 1), most, None, progress)
            parts = parts_of(space, each, accounting, "exact", pruner)
            solve = partial(lightest, parts, pruner)
            found.append(joined(parts, pruner) if unfit else best_designs(solve, each, goal))
        return found

    method = BY_FRONTIER if unfit else BY_BOUNDS
    try:
        found = search(AT_FIRST, None)
    except TooLarge:
        try:
            found, method = _solve_programs(spaces, lists, goal, unfit), BY_PROGRAM
        except (Unfit, TooLarge) as why:
            try:
                found = search(PATIENT, progress)
            except TooLarge as error:
                raise TooLarge(f"{error}. Mixed-integer programming could do without, but {why}") from None
    together = Points.of_all(found)
    usd, sec, p, delivered = together.measures
    i = best_position(goal, usd, sec, p, 1.0 - delivered)
    name, space = spaces[int(np.searchsorted(np.cumsum([len(points) for points in found]), i, "right"))]
    changed, names = space.design(together.picked[i].tolist())
    return Design(workflow, changed, names, name, accounting, method)


def _solve_programs(spaces: Spaces, lists: Sequence[Sequence[PriceList]], goal: Goal, unfit: str) -> list[Points]:
    """The best of each shape by mixed-integer programming; what it cannot do, here or at all, is ``Unfit``."""
    if importlib.util.find_spec("scipy") is None:
        raise Unfit("it needs scipy, which is not installed: pip install 'counting-calls[fast]'")
    if unfit:
        raise Unfit(unfit)
    programs = [Program(space.workflow.graph, each, goal) for (_, space), each in zip(spaces, lists, strict=True)]
    return [best_designs(program, each, goal, partial(program, nodes=FEW_NODES))
            for program, each in zip(programs, lists, strict=True)]  # fmt: skip


def _apply_shapes(workflow: Workflow, choices: Choices, shapes: Shapes | None) -> Spaces:
    """The choices in the workflow as given, and in each of the shapes."""
    if shapes is not None and not isinstance(shapes, Mapping):
        raise ValueError(f"shapes must map a name to a lever, got {shapes!r}")
    found = [(AS_GIVEN, workflow)]
    for name, lever in (shapes or {}).items():
        if name == AS_GIVEN:
            raise ValueError(f"{AS_GIVEN!r} is the name of the workflow's own shape; give this one another")
        shaped = workflow.pipe(lever)
        if not isinstance(shaped, Workflow):
            raise ValueError(f"shape {name!r} must return a Workflow, got {shaped!r}")
        found.append((name, shaped))
    return tuple((name, choosing(shaped, choices)) for name, shaped in found)


def _check_arguments(
    workflow: object, accounting: str, measures: Sequence[str], epsilon: float, latency: str = "exact"
) -> float:
    """The epsilon as a float."""
    if not isinstance(workflow, Workflow):
        raise ValueError(f"workflow must be a Workflow, got {workflow!r}")
    one_of("accounting", accounting, ACCOUNTINGS)
    one_of("latency", latency, LATENCIES)
    listed = isinstance(measures, (list, tuple, set, frozenset)) and len(measures) > 0
    if not listed or not all(measure in (*MEASURES, *FAILURES) for measure in measures):
        raise ValueError(f"measures must be some of {(*MEASURES, *FAILURES)}, got {measures!r}")
    failures = [measure for measure in FAILURES if measure in measures]
    if len(failures) > 1 or (failures == ["wrong"] and "reliability" not in measures):
        raise ValueError(f"measures must hold one of {FAILURES}, wrong beside reliability, got {measures!r}")
    return one_number("epsilon", epsilon)


def _freeze_column(column: Floats, asked: bool) -> Floats:
    """A column nobody can write to; NaN where it was not compared."""
    return freeze_array(column if asked else np.full(column.size, np.nan))
