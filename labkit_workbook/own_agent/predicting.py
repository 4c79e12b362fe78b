"""What a fit predicts of an agent that is changed: of each change the lever, and dollars, seconds and p after it.

The interval of a prediction is what the traces that were fitted leave open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit import Model, Step, Workflow, cache, gate, parallelize
from labkit._inputs import one_of
from labkit._values import by_value
from labkit.laws.counts import normal_reach
from labkit_traces import Estimate, Fit
from labkit_traces.advising.changes import measure

AS_FRESH = "one retry with a gate, tries as fresh tosses"
DETECTION = 8 / 9
"""Of casting out nines: of nine wrong sums that differ at random, one has the right remainder."""
HIT_SEC = 0.01
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


def rows_of(rows: Sequence[Held], change: str) -> tuple[Held, ...]:
    """The numbers of one change.

    Raises:
        ValueError: no such change.
    """
    wanted = one_of("change", change, tuple(dict.fromkeys(row.change for row in rows)))
    return tuple(row for row in rows if row.change == wanted)


class FirstHalf(NamedTuple):
    """What is known before anything is changed.

    Attributes:
        agent, pilot: the fits of the agent, and of some of its tasks run with the premium model.
        repeated: the share of tasks that ask what an earlier one asked.
        waits: whether the seconds between a task's calls, which are in no workflow, are counted with it.
    """

    agent: Fit
    pilot: Fit
    repeated: float
    waits: bool = False


def predict(first: FirstHalf, lever: Change) -> list[Estimate]:
    """USD, seconds and p of a task after a change, each with the interval that the first half's traces leave.

    What a lever uses beside the workflow is drawn anew with the rest: the correlation of two tries by the fit (0 where
    it is unknown), the share of hits as a share of so many tasks.
    """
    found, level = first.agent, first.agent.level
    size = len(np.ravel(found.redrawn.steps[0].model.p_ok))
    rho, rho_drawn = (0.0 if law is None else law.correlation for law in (found.law, found.redrawn_law))
    hits = first.repeated * found.tasks
    known = Known(first.pilot.workflow, rho, first.repeated)
    hit_rate = np.random.default_rng(0).beta(hits + 0.5, found.tasks - hits + 0.5, size)
    drawn = Known(first.pilot.redrawn, rho_drawn, hit_rate)
    values, redrawn = measure(lever(found.workflow, known)), measure(lever(found.redrawn, drawn))
    ends = [np.quantile(each + np.zeros(size), [(1 - level) / 2, (1 + level) / 2]) for each in redrawn]
    predicted = [
        Estimate(float(value), float(low), float(high), found.tasks)
        for value, (low, high) in zip(values, ends, strict=True)
    ]
    if first.waits:
        predicted[1] = _add(predicted[1], found.between)
    return predicted


def _add(one: Estimate, other: Estimate) -> Estimate:
    """The sum of two estimates that have nothing to do with each other."""
    below, above = (math.hypot(one[end] - one.value, other[end] - other.value) for end in (1, 2))
    value = one.value + other.value
    return one._replace(value=value, low=value - below, high=value + above)


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


LEVERS: dict[str, Change] = {
    "as it is": lambda workflow, _: workflow,
    AS_FRESH: lambda workflow, _: _gate(workflow, 0.0),
    "one retry with a gate": lambda workflow, known: _gate(workflow, known.correlation),
    "half routed": _route_half,
    "parallelised": lambda workflow, _: parallelize(workflow, workflow.names[:-1]),
    "cached": lambda workflow, known: cache(workflow, hit_rate=known.hit_rate, sec=HIT_SEC),
}
"""The changes by their names: nothing; a check with a retry, in two ways of predicting it; and three more."""
