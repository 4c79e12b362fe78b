"""A fit put to the test: fitted to the first half of an agent's traces, it predicts the second half and four changes.

The changes are then made and run, and prediction and measurement stand side by side. The interval of a prediction is
what the traces of the first half leave open; that of a measurement what the second half's tasks do.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache as once
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit import Model, Step, Workflow, cache, gate, parallelize
from labkit._inputs import one_whole
from labkit._values import by_value
from labkit.laws.counts import normal_reach
from labkit_agents import Cached, Checked, Routed, Solver, Tree, pocket
from labkit_traces import Estimate, Fit, fit, read

from .agent import OPERANDS, is_even, make_agent, make_tasks, share_repeated, trace_of

RECORDED = Path(__file__).with_name("validation.json")
AS_FRESH = "one retry with a gate, tries as fresh tosses"
DETECTION = 8 / 9
"""Of casting out nines: of nine wrong sums that differ at random, one has the right remainder."""
HIT_SEC = 0.01
PILOT = 0.2
"""So much of the first half is also run by the premium model, to know what routing to it would do."""
TASKS, SEED = 2000, 12
RUNS, RUN_TASKS = 60, 400
"""So many further tests with fewer tasks count how often a prediction holds."""
MEASURES = ("usd", "sec", "p")
Floats = NDArray[np.float64]


class Known(NamedTuple):
    """What a lever may use beside the fitted workflow, each a number or an array of draws.

    Attributes:
        pilot: the workflow with the other model.
        correlation: of two tries of one item.
        hit_rate: the share of tasks that ask what an earlier one asked.
    """

    pilot: Workflow
    correlation: Any
    hit_rate: Any


Change = Callable[[Workflow, Known], Workflow]


@by_value
class Held(NamedTuple):
    """One number of a task, as it was predicted and as it was measured.

    Attributes:
        change: what was done to the agent.
        measure: ``"usd"``, ``"sec"`` or ``"p"``, the share of tasks that end right.
        predicted, measured: with intervals.
    """

    change: str
    measure: str
    predicted: Estimate
    measured: Estimate

    @property
    def apart(self) -> float:
        """By how many standard errors, of both together, the measurement lies above the prediction.

        >>> est = Estimate(0.5, 0.402, 0.598, 100)
        >>> round(Held("as it is", "p", est, est._replace(value=0.6)).apart, 2)
        1.41
        """
        errors = math.hypot(*(each.high - each.low for each in (self.predicted, self.measured)))
        return (self.measured.value - self.predicted.value) / (errors / (2 * normal_reach(0.95)))

    @property
    def holds(self) -> bool:
        """Whether they differ by less than chance explains 95% of the time."""
        return abs(self.apart) <= normal_reach(0.95)


@by_value
class Validation(NamedTuple):
    """The whole test.

    Attributes:
        date: when it was run.
        tasks: of each half.
        correlation: of two tries of one item, as it was fitted to the first half.
        rows: each number as it came out.
        held: in how many of ``runs`` further tests, with 400 tasks in each half, each prediction held.
        runs: how many those were.
    """

    date: str
    tasks: int
    correlation: Estimate
    rows: tuple[Held, ...]
    held: dict[tuple[str, str], int]
    runs: int

    def of(self, change: str) -> tuple[Held, ...]:
        """The numbers of one change.

        Raises:
            ValueError: no such change.
        """
        found = tuple(row for row in self.rows if row.change == change)
        if not found:
            raise ValueError(f"change must be one of {', '.join(dict.fromkeys(r.change for r in self.rows))}, "
                             f"got {change!r}")  # fmt: skip
        return found


class Tried(NamedTuple):
    """A change on paper, with a lever, and in earnest, as an agent."""

    lever: Change
    agent: Solver


def validate(tasks: int = TASKS, seed: int = SEED) -> Iterator[Held]:
    """Each number of each change, as it was predicted from the first half and measured on the second.

    Args:
        tasks: of each half, from 50.
        seed: of the tasks and of every call, from 0.

    Raises:
        ValueError: numbers that cannot be.

    >>> next(validate(50)).measure
    'usd'
    """
    count, start = one_whole("tasks", tasks, 50), one_whole("seed", seed)
    first, second = fit_first_half(count, start), make_tasks(count, start + 1)
    for change, tried in _list_changes(first.agent.workflow.names).items():
        measured = fit(read(trace_of(tried.agent, second, start)))
        for name, predicted in zip(MEASURES, predict(first, tried.lever), strict=True):
            yield Held(change, name, predicted, getattr(measured, name))


class FirstHalf(NamedTuple):
    """What is known before anything is changed: the fits of the agent and of a pilot with premium, and the repeats."""

    agent: Fit
    pilot: Fit
    repeated: float


def fit_first_half(tasks: int, seed: int) -> FirstHalf:
    """The fits to the traces of the first half, and of its first tasks run with the premium model."""
    first = make_tasks(tasks, seed)
    found = fit(read(trace_of(make_agent(pocket.small()), first, seed)))
    few = first[: max(int(PILOT * tasks), 1)]
    pilot = fit(read(trace_of(make_agent(pocket.premium()), few, seed)))
    return FirstHalf(found, pilot, share_repeated(first))


def predict(first: FirstHalf, lever: Change) -> list[Estimate]:
    """USD, seconds and p of a task after a change, each with the interval that the first half's traces leave.

    What a lever uses beside the workflow is drawn anew with the rest: the correlation of two tries as a normal number,
    the share of hits as a share of so many tasks.
    """
    found, rho, level = first.agent, first.agent.correlation, first.agent.level
    size = len(np.ravel(found.redrawn.steps[0].model.p_ok))
    rng = np.random.default_rng(0)
    error = (rho.high - rho.low) / (2 * normal_reach(level))
    hits = first.repeated * found.tasks
    drawn = Known(
        first.pilot.redrawn,
        np.clip(rng.normal(rho.value, error, size), 0.0, 1.0),
        rng.beta(hits + 0.5, found.tasks - hits + 0.5, size),
    )
    known = Known(first.pilot.workflow, max(rho.value, 0.0), first.repeated)
    values, redrawn = _measure(lever(found.workflow, known)), _measure(lever(found.redrawn, drawn))
    ends = [np.quantile(each + np.zeros(size), [(1 - level) / 2, (1 + level) / 2]) for each in redrawn]
    return [
        Estimate(float(value), float(low), float(high), found.tasks)
        for value, (low, high) in zip(values, ends, strict=True)
    ]


def _measure(workflow: Workflow) -> tuple[Floats, ...]:
    """USD, seconds and p of a task, retries in the mean; seconds by the mean of their bounds where no others are."""
    outcome = workflow.outcome("expected")
    sec = np.asarray(outcome.latency)
    if np.any(np.isnan(sec)):
        sec = np.asarray(workflow.outcome("textbook").latency)
    return np.asarray(outcome.cost), sec, np.asarray(outcome.reliability)


def _list_changes(steps: Sequence[str]) -> dict[str, Tried]:
    """The changes by their names: nothing; a check with a retry, in two ways of predicting it; and three more."""
    small, premium = pocket.small(), pocket.premium()
    checked = make_agent(Checked(small, "nines", retries=1))
    return {
        "as it is": Tried(lambda workflow, _: workflow, make_agent(small)),
        AS_FRESH: Tried(lambda workflow, _: _gate(workflow, 0.0), checked),
        "one retry with a gate": Tried(lambda workflow, known: _gate(workflow, known.correlation), checked),
        "half routed": Tried(_route_half, make_agent(Routed(small, premium, is_even))),
        "parallelised": Tried(
            lambda workflow, _: parallelize(workflow, steps[:-1]), Tree(small, operands=OPERANDS)
        ),
        "cached": Tried(
            lambda workflow, known: cache(workflow, hit_rate=known.hit_rate, sec=HIT_SEC),
            make_agent(Cached(small, "same_numbers", sec=HIT_SEC)),
        ),
    }  # fmt: skip


def _gate(workflow: Workflow, rho: Any) -> Workflow:
    """A retry is right p (1 - rho) of the time: two tries of one sum are correlated, as lesson 06 has it."""
    for step in workflow:
        p = np.asarray(step.model.p_ok) * (1 - rho)
        workflow = gate(workflow, DETECTION, 0.0, 1, step.name, when_rejected="pass", recovery=p)
    return workflow


def _route_half(workflow: Workflow, known: Known) -> Workflow:
    """Half of the calls of each step go to the model of the pilot."""
    return Workflow(tuple(_mix(step, known.pilot[step.name].model) for step in workflow))


def _mix(step: Step, other: Model) -> Step:
    usd, sec, p = (
        (np.asarray(getattr(step.model, name)) + np.asarray(getattr(other, name))) / 2
        for name in ("usd", "sec", "p_ok")
    )
    return replace(step, model=Model(usd, sec, p, "half of each"))


def count_holds(runs: int = RUNS, tasks: int = RUN_TASKS) -> dict[tuple[str, str], int]:
    """Of so many further tests with fewer tasks, each with a seed of its own, how many a prediction held in."""
    counts: Counter[tuple[str, str]] = Counter()
    for run in range(runs):
        for row in validate(tasks, 1000 + 2 * run):
            counts[row.change, row.measure] += row.holds
    return dict(counts)


def as_json(rows: Sequence[Held], correlation: Estimate, held: Mapping[tuple[str, str], int], date: str) -> str:
    """The test's outcome as it is kept."""
    listed = [[r.change, r.measure, [*r.predicted], [*r.measured], held[r.change, r.measure]] for r in rows]
    head = {"date": date, "tasks": TASKS, "runs": RUNS, "run_tasks": RUN_TASKS, "correlation": [*correlation]}
    lines = ",\n".join(f"  {json.dumps(row)}" for row in listed)
    return f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n'


@once
def recorded() -> Validation:
    """The test as it was run and kept: 2,000 tasks in each half, on the date that stands in it.

    >>> recorded().tasks, recorded().rows[0].change
    (2000, 'as it is')
    """
    data = json.loads(RECORDED.read_text(encoding="utf-8"))
    rows = tuple(Held(change, name, Estimate(*one), Estimate(*other)) for change, name, one, other, _ in data["rows"])
    held = {(change, name): count for change, name, _, _, count in data["rows"]}
    return Validation(data["date"], data["tasks"], Estimate(*data["correlation"]), rows, held, data["runs"])
