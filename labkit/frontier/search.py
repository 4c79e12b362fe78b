"""Design under budgets: the best workflows when every step may choose its model and its levers.

A design is on the Pareto frontier when no other design is at least as good in cost, latency and reliability and
better in one. The answer is exact: it equals trying every combination, but is found piece by piece, dropping what is
dominated (see ``labkit.frontier.merging``). Two values that differ by less than one part in 10^12 count as equal.

Reliability is a product over steps under all three accountings, cost a sum; a step that halts or stops early scales
what follows it. Latency adds up in series and takes the slowest side by side, which is exact where times side by side
are certain. Where they are random, or where steps are tangled beyond what can be tried, ``pareto`` says so, and
``bounds`` gives a lower and an upper bound.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ..workflow import Workflow
from .alternatives import AS_IT_IS, Choices, Option, combine, options
from .asked import MEASURES, Shapes, Spaces, check_arguments, choosing_spaces
from .budgets import Goal, best_position
from .design_changes import BY_FRONTIER, Change, Design
from .design_space import check_ends, joined, parts_of, price_lists
from .dominance import Floats, TooLarge, nondominated
from .marginal import BreakEven, Price, break_even_values, marginal_prices
from .merging import TOO_MANY, Points, Pruner, thinned_by
from .mixed_integer import METHOD as BY_PROGRAM
from .mixed_integer import Program
from .pareto_frontier import Frontier
from .price_lists import PriceList, Wanted
from .promising import METHOD as BY_BOUNDS
from .promising import lightest
from .sums import Unfit, best_designs, check_sums

__all__ = [
    "AS_IT_IS", "Bounds", "BreakEven", "Change", "Design", "Frontier", "Option", "Price",
    "best", "bounds", "break_even_values", "combine", "marginal_prices", "options", "pareto",
]  # fmt: skip

AT_FIRST = 2**22  # combinations that best looks at before it asks for scipy: seconds
PATIENT = 2 * 10**8  # combinations that best looks at without it: minutes
PARTLY = {
    "exact": "",
    "lower": "latency is a lower bound: no design does better than these points",
    "upper": "latency is an upper bound: every one of these designs does at least as well",
}


class Bounds(NamedTuple):
    """The frontier from both sides: no design beats ``lower``, and every design of ``upper`` keeps what it says."""

    lower: Frontier
    upper: Frontier


def say_progress(sentence: str) -> None:
    """Print how far a long search is, to standard error."""
    print(sentence, file=sys.stderr, flush=True)


def pareto(
    workflow: Workflow,
    choices: Choices,
    *,
    accounting: str = "textbook",
    measures: Sequence[str] = MEASURES,
    shapes: Shapes | None = None,
    epsilon: float = 0.0,
    latency: str = "exact",
    stop: Callable[[], bool] | None = None,
    progress: Callable[[str], None] | None = say_progress,
) -> Frontier:
    """The Pareto frontier of cost, latency and reliability over every choice of every step.

    Formula: minimise ``sum_s usd_s`` and the longest path of ``sec_s``, maximise ``prod_s p_s``, by dynamic
    programming over the graph's series and parallel pieces.

    Args:
        workflow: the graph, and the design that changes are told against.
        choices: what steps may choose: options for all, or step name -> options, or a function Step -> options.
        accounting: ``"textbook"``, ``"expected"`` or ``"worst"``, as in ``Workflow.outcome``.
        measures: those of ``"cost"``, ``"latency"``, ``"reliability"`` that are compared. Fewer are quicker, and
            without latency any graph has an exact answer. One of ``"refused"`` and ``"wrong"`` may join them: how often
            a task ends refused, or delivers a wrong answer (``Outcome``).
        shapes: name -> lever, other graphs to choose among beside the one given, such as
            ``{"parallel": levers.parallelize}``; choices are made after the lever.
        epsilon: 0 for the exact frontier. Above 0 a smaller one: for every design it holds one at least as reliable
            at no more than (1 + epsilon) times the cost and the latency, and no more than epsilon above it in
            ``"refused"`` or ``"wrong"``.
        latency: ``"exact"``, or ``"lower"`` or ``"upper"`` for a bound where no exact latency is known.
        stop: asked every some seconds whether to stop, as a keyboard interrupt does. What is known by then comes back,
            with ``complete=False``: from there on few designs of each piece were kept.
        progress: given a sentence after 3 seconds, and again every 3: how far the search is and how many designs it
            will keep, about; None for silence.

    Raises:
        ValueError: an argument out of range, a step without options, an option that cannot be applied, a graph whose
            exact latency is not known, or more work than hours by an estimate that comes first.

    Source: Pareto dominance and dynamic programming are textbook methods; the models are those of section 32.10.

    >>> from labkit import PREMIUM, SMALL, chain
    >>> found = pareto(chain(12, PREMIUM), options(models=[PREMIUM, SMALL]))
    >>> len(found), found.designs
    (13, 4096)
    """
    check_arguments(workflow, accounting, measures, epsilon, latency)
    for name, function in (("stop", stop), ("progress", progress)):
        if function is not None and not callable(function):
            raise ValueError(f"{name} must be a function or None, got {function!r}")
    spaces = choosing_spaces(workflow, choices, shapes)
    wanted, epsilon, found, stopped = Wanted.of(measures), float(epsilon), [], []
    for _, space in spaces:
        pruner = Pruner(
            wanted, epsilon, max(1, len(space.steps) - 1), TOO_MANY, stop or bool, progress
        )  # bool() says no
        found.append(joined(parts_of(space, price_lists(space, accounting, wanted), latency, pruner), pruner))
        stopped += [f"stopped after {pruner.stopped - 1:,} of {pruner.joins:,} joins"] if pruner.stopped else []
    together = Points.of_all(found)
    every = together.measures
    shape = np.repeat(np.arange(len(found)), [len(points) for points in found])
    loss = np.maximum(every.delivered - every.p, 0.0) if wanted.wrong else wanted.loss(every.delivered)
    keep = nondominated(every.usd, every.sec, every.p, loss)
    keep = keep[thinned_by(epsilon, every.at(keep), wanted)]
    usd, sec, p, delivered = every.at(keep)

    return Frontier(
        cost=_freeze_column(usd, wanted.cost),
        latency=_freeze_column(sec, wanted.latency),
        reliability=_freeze_column(p, wanted.reliability),
        refused=_freeze_column(1.0 - delivered, wanted.failures),
        accounting=accounting,
        measures=tuple(name for name in Wanted._fields if name in measures),
        epsilon=epsilon,
        designs=sum(space.designs for _, space in spaces),
        note="; ".join(filter(None, (PARTLY[latency], *(f"{way}: better designs may exist" for way in stopped)))),
        complete=not stopped,
        _spaces=spaces,
        _picked=together.picked[keep],
        _shape=shape[keep],
    )


def best(
    workflow: Workflow,
    choices: Choices,
    *,
    maximise: str | None = None,
    minimise: str | None = None,
    max_cost: float | None = None,
    max_latency: float | None = None,
    min_reliability: float | None = None,
    value_usd: float | None = None,
    damage_usd: float = 0.0,
    refusal_usd: float = 0.0,
    accounting: str = "textbook",
    shapes: Shapes | None = None,
    epsilon: float = 0.0,
    latency: str = "exact",
    progress: Callable[[str], None] | None = say_progress,
) -> Design:
    """The best of all designs under budgets, as a ``Design`` that says what was changed and what each change did.

    Only the measures that the question names are compared: without a latency budget, latency plays no part. The
    whole frontier is drawn up only where nothing else serves: an aim that adds up over the steps is searched under
    bounds, as are profit and quality per dollar (under chords), and what is too large for that goes to mixed-integer
    programming where scipy is there (extra ``fast``). All find the same optimum; ``Design.method`` says which it was.

    Args:
        maximise: ``"reliability"`` (where neither is given), ``"quality_per_dollar"`` or ``"profit"``, which is
            ``labkit.cost.profit``.
        minimise: ``"cost"`` or ``"latency"``, in place of ``maximise``.
        max_cost: USD a task. max_latency: seconds. min_reliability: in [0, 1]. Each zero or more, or None for no limit.
        value_usd: USD that a success is worth; for ``"profit"``.
        damage_usd, refusal_usd: USD that a wrong answer costs where it is delivered, and that a refusal costs; for
            ``"profit"``, zero or more.
        workflow, choices, accounting, shapes, epsilon, latency, progress: as for ``pareto``. With an epsilon the
            answer keeps its budgets, but a design that only just keeps them may be missed.

    Raises:
        ValueError: as for ``pareto``, and sooner: at more work than minutes; or no design keeps the budgets, and then
            the message names the budget and the nearest one that can be kept.

    >>> from labkit import PREMIUM, SMALL, chain
    >>> found = best(chain(12, PREMIUM), options(models=[PREMIUM, SMALL]), minimise="cost", min_reliability=0.70)
    >>> sum(name == "premium" for name in found.choices.values())
    8
    """
    goal = Goal(maximise, minimise, max_cost, max_latency, min_reliability, value_usd, damage_usd, refusal_usd)
    check_arguments(workflow, accounting, goal.measures, epsilon, latency)
    spaces = choosing_spaces(workflow, choices, shapes)

    lists = [price_lists(space, accounting, Wanted.of(goal.measures)) for _, space in spaces]

    def search(most: float, progress: Callable[[str], None] | None) -> tuple[list[Points], str]:
        pruners = [Pruner(Wanted.of(goal.measures), float(epsilon), max(1, len(each) - 1), most, None, progress)
                   for each in lists]  # fmt: skip
        parts = [parts_of(space, each, latency, pruner)
                 for (_, space), each, pruner in zip(spaces, lists, pruners, strict=True)]  # fmt: skip
        try:
            for each in lists:
                check_sums(each, goal)
        except Unfit:
            return [joined(*each) for each in zip(parts, pruners, strict=True)], BY_FRONTIER
        solvers = [partial(lightest, *each) for each in zip(parts, pruners, strict=True)]
        return [best_designs(*each, goal, False) for each in zip(solvers, lists, strict=True)], BY_BOUNDS

    try:
        found, method = search(AT_FIRST, None)
    except TooLarge:
        try:
            found, method = _solve_programs(spaces, lists, goal, latency), BY_PROGRAM
        except (Unfit, TooLarge) as unfit:
            try:
                found, method = search(PATIENT, progress)
            except TooLarge as error:
                raise TooLarge(f"{error}. Mixed-integer programming could do without, but {unfit}") from None
    together = Points.of_all(found)
    usd, sec, p, delivered = together.measures
    i = best_position(goal, usd, sec, p, 1.0 - delivered)
    name, space = spaces[int(np.searchsorted(np.cumsum([len(points) for points in found]), i, "right"))]
    changed, names = space.design(together.picked[i].tolist())
    return Design(workflow, changed, names, name, accounting, method)


def _solve_programs(spaces: Spaces, lists: Sequence[Sequence[PriceList]], goal: Goal, latency: str) -> list[Points]:
    """The best of each shape by mixed-integer programming; what it cannot do, here or at all, is ``Unfit``."""
    if importlib.util.find_spec("scipy") is None:
        raise Unfit("it needs scipy, which is not installed: pip install 'counting-calls[fast]'")
    if latency != "exact":
        raise Unfit("a bound was asked for")
    found = []
    for (_, space), each in zip(spaces, lists, strict=True):
        check_ends(space)
        check_sums(each, goal)
        found.append(best_designs(Program(space.workflow.graph, each, goal), each, goal, True))
    return found


def bounds(
    workflow: Workflow,
    choices: Choices,
    *,
    accounting: str = "textbook",
    shapes: Shapes | None = None,
    epsilon: float = 0.0,
) -> Bounds:
    """The frontier from below and from above, where no exact latency is known; cost and reliability stay exact.

    Formula: steps that overlap count with their mean seconds (lower, for the mean of a maximum is at least the maximum
    of the means) or with their longest (upper). A tangle of too many combinations also loses some waiting (lower) or
    waits layer by layer (upper). Where an exact frontier exists both are equal to it.

    Args: as for ``pareto``.

    >>> from labkit import PREMIUM, parallel
    >>> lower, upper = bounds(parallel(3, PREMIUM), options(retries=[1]), accounting="expected")
    >>> round(float(lower.latency[0]), 3), float(upper.latency[0])
    (2.03, 4.0)
    """
    lower, upper = (
        pareto(workflow, choices, accounting=accounting, shapes=shapes, epsilon=epsilon, latency=side)
        for side in ("lower", "upper")
    )
    return Bounds(lower, upper)


def _freeze_column(column: Floats, asked: bool) -> Floats:
    """A column nobody can write to; NaN where it was not compared."""
    column = column if asked else np.full(column.size, np.nan)
    column.setflags(write=False)
    return column
