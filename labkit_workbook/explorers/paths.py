"""Explorers of latency: a critical path whose steps can be dragged, and a workflow replayed from a simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from labkit import Model, Step, Workflow, latency, plots, simulate

from .tables import Explorer, Lever, Switch

SECONDS = tuple(np.arange(0.5, 6.01, 0.5).tolist())
MOVED = ("papers", "read", "news", "prices")


def research(papers: float = 1.5, read: float = 3.0, news: float = 1.5, prices: float = 1.5) -> Workflow:
    """The research workflow of lesson 02, with the seconds of four of its steps."""
    think = Model(0.03, 3.0, 0.985, "think")
    models = {
        name: Model(0.03 if name == "read" else 0.002, sec, 0.985 if name == "read" else 0.97, name)
        for name, sec in zip(MOVED, (papers, read, news, prices), strict=True)
    }
    return Workflow(
        (
            Step("plan", think),
            Step("papers", models["papers"], needs=("plan",)),
            Step("read", models["read"], needs=("papers",)),
            Step("news", models["news"], needs=("plan",)),
            Step("prices", models["prices"], needs=("plan",)),
            Step("write", think, needs=("read", "news", "prices")),
        )
    )


@cache
def critical_path() -> Explorer:
    """Drag a step's seconds, and see the longest path change.

    Behind the axes, all in seconds: latency; the start of ``read`` and of ``write``; the slack of each of the four.

    >>> critical_path().look_up(news=4.5).tolist()
    [10.5, 4.5, 7.5, 0.0, 0.0, 0.0, 3.0]
    """
    levers = tuple(
        Lever(name, name, start, SECONDS, unit="s") for name, start in zip(MOVED, (1.5, 3.0, 1.5, 1.5), strict=True)
    )
    sec = dict(zip(MOVED, np.meshgrid(*[SECONDS] * 4, indexing="ij"), strict=True))
    whole = research(**sec).outcome().latency
    far = 1000.0  # so much longer, a step is on the longest path for sure
    through = [research(**{**sec, name: sec[name] + far}).outcome().latency - far for name in MOVED]
    starts = [_cut_after(research(**sec), waits_for).outcome().latency for waits_for in (("papers",), MOVED)]
    return Explorer(
        name="critical_path",
        title="The critical path: seconds of a research workflow",
        view="path",
        levers=levers,
        table=np.stack([np.broadcast_to(x, whole.shape) for x in (whole, *starts, *(whole - t for t in through))], -1),
        unit=0.5,
        still=lambda: plots.draw(research()),
        more={"plan": 3.0, "write": 3.0},
    )


def _cut_after(workflow: Workflow, last: Sequence[str]) -> Workflow:
    """The part of the workflow that ends with these steps."""
    kept = {"plan", "papers", *last}
    return Workflow(tuple(step for step in workflow if step.name in kept))


def report() -> Workflow:
    """The report of lesson 07: a plan, twelve pages to read beside a search in three steps, then the text."""
    pages = [f"read_{i}" for i in range(1, 13)]
    reader, search = Model(0.01, 4.0, 0.985, "read"), Model(0.01, 7.0, 0.985, "search")
    return Workflow(
        (
            Step("plan", Model(0.01, 2.0, 0.985, "plan")),
            *(Step(page, reader, needs=("plan",), retries=1) for page in pages),
            Step("find", search, needs=("plan",)),
            Step("follow", search, needs=("find",)),
            Step("verify", search, needs=("follow",), retries=1),
            Step("write", Model(0.03, 5.0, 0.985, "write"), needs=(*pages, "verify")),
        )
    )


def replay(workflow: Workflow, tasks: int, seed: int, sigma: float) -> tuple[NDArray[np.float64], ...]:
    """Seconds, USD and success of each step in the first tasks of a simulation, one row a task.

    ``simulate`` draws the steps one after another from one stream. So a chain of the first n steps, in the order in
    which the workflow's own simulation takes them, has the same luck as the workflow; and what the n-th step took is
    what a chain of n steps takes more than one of n - 1.

    Raises:
        ValueError: a step that may end the workflow early, or a p that depends on the task; not told apart like that.
    """
    if any(step.may_end for step in workflow):
        raise ValueError("workflow must not end early: then not every task has every step")
    order = [step for block in workflow.graph.blocks for step in block]
    sums = [np.zeros((2, tasks))]
    right = [np.ones(tasks, dtype=bool)]
    row: list[Step] = []
    for position in order:
        step = workflow.steps[position]
        row.append(replace(step, needs=(row[-1].name,) if row else ()))
        found = simulate(Workflow(tuple(row)), tasks, seed, times=latency.Lognormal(1.0, sigma), progress=None)
        sums.append(np.array([found.latency, found.cost]))
        right.append(found.success)
    each = np.diff(np.array(sums), axis=0)
    sec, usd = np.empty((2, tasks, len(order)))
    well = np.empty((tasks, len(order)), dtype=bool)
    for place, position in enumerate(order):
        sec[:, position], usd[:, position] = each[place]
        well[:, position] = right[place + 1] | ~right[place]  # a step behind the first wrong one is not told apart
    return sec, usd, well


def starts(workflow: Workflow, sec: Sequence[float], at_most: int, graph_seen: bool) -> NDArray[np.float64]:
    """When each step starts if so many calls may be in flight, as listed or, by mean seconds, the longest way first."""
    needs = workflow.graph.needs
    order = list(range(len(needs)))
    if graph_seen:
        ahead = [_longest_ahead(workflow, position) for position in order]
        order.sort(key=lambda position: -ahead[position])
    place = {position: i for i, position in enumerate(order)}
    plan = latency.list_schedule(
        [sec[p] for p in order], [[place[r] for r in needs[p]] for p in order], at_most, "listed"
    )
    back = np.empty(len(order))
    back[order] = plan.start_sec
    return back


def _longest_ahead(workflow: Workflow, position: int) -> float:
    """Mean seconds of the longest path that begins with a step."""
    followers = [i for i, needs in enumerate(workflow.graph.needs) if position in needs]
    mean = float(workflow.steps[position].model.sec)
    return mean + max((_longest_ahead(workflow, i) for i in followers), default=0.0)


@cache
def timeline(workflow: Workflow | None = None, tasks: int = 20, seed: int = 6, sigma: float = 0.53) -> Explorer:
    """Tasks of a simulation, replayed: which step runs when, how often it was tried, and what waited for what.

    Args:
        workflow: the workflow; the report of lesson 07 where None is given.
        tasks: how many simulated tasks are kept.
        seed: of the simulation.
        sigma: spread of the call times, lognormal; 0.53 is that of lesson 07's recording.

    Behind the axes: the start of each step in seconds, for each task, number of places and order.
    """
    shown = report() if workflow is None else workflow
    sec, usd, right = replay(shown, tasks, seed, sigma)
    task = Lever("task", "simulated task", 1, tuple(range(1, tasks + 1)))
    places = Lever("places", "calls in flight, at most", 4, (1, 2, 3, 4, 5, 6, 8, 12, 16))
    seen = Switch("seen", "the scheduler sees the graph")
    clock = Lever("clock", "clock", 1.0, low=0.0, high=1.0, step=0.005, unit="%")
    table = np.array([[[starts(shown, row, int(p), g) for g in (False, True)] for p in places.values] for row in sec])
    prices = np.array([float(step.model.usd) for step in shown])
    return Explorer(
        name="timeline",
        title="A workflow, replayed from a simulation",
        view="timeline",
        levers=(task, places, seen, clock),
        table=table,
        still=lambda: _still_timeline(shown, sec[0]),
        more={
            "steps": list(shown.names), "needs": [list(needs) for needs in shown.graph.needs],
            "sec": sec, "tries": np.rint(usd / prices).astype(int), "right": right.astype(int),
        },
    )  # fmt: skip


def _still_timeline(workflow: Workflow, sec: Sequence[float]) -> plots.Picture:
    """The first task with four calls in flight, as listed."""
    begin = starts(workflow, sec, 4, graph_seen=False)
    end = begin + np.asarray(sec)
    figure, ax = plots.canvas(height=0.8 + 0.22 * len(workflow), width=6.4)
    ax.barh(range(len(workflow)), end - begin, left=begin, color=plots.SKY)
    ax.set(xlabel="seconds", yticks=range(len(workflow)), yticklabels=workflow.names)
    ax.invert_yaxis()
    return plots.Picture(
        figure, f"Timeline of {len(workflow)} steps in one simulated task, at most 4 at a time: {end.max():.1f} s."
    )
