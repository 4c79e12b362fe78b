"""A fit: the fitted workflow, how sure each of its numbers is, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit import Workflow
from labkit._values import ByValue
from labkit.latency import RandomTime
from labkit.reliability import BetaLaw

from .load import Load
from .repeats import Laws
from .replay import Replay
from .resampling import Estimate
from .steps import StepFit


@dataclass(frozen=True, eq=False)
class Fit(ByValue):
    """What traces say of an agent, with intervals.

    Attributes:
        workflow: the three models fitted, for every lever, ``simulate`` and ``frontier``. A step that a task need not
            visit counts in it with what it takes in the mean, its retries with it.
        redrawn: the same workflow with arrays for numbers, one for each time the tasks were drawn anew: what a lever
            does to it is what the traces leave open.
        times: how the seconds of each step vary, for ``simulate`` and ``Workflow.latency``.
        call_time: the same of all calls of a model, for ``latency.under_load``.
        steps: what is known of each step, in the order in which they run.
        usd, sec, calls, tools, p: of a task: dollars (unknown where no call has a price), seconds from first to last,
            calls of a model, runs of tools, and how often it ends right by its outcome (unknown without outcomes).
        p50_sec, p95_sec: quantiles of a task's seconds.
        between: seconds of a task, from first to last, in which none of its calls and tools ran; not in ``workflow``.
        beyond: seconds by which the tasks' own spans (an agent's, a workflow's) last longer than from first call to
            last, in the median; unknown where no task has such a span.
        correlation: of two tries of one item, where tasks repeat items.
        laws: how tries of one item go together, that of ``labkit.reliability`` and the same with arrays for numbers,
            drawn with ``redrawn``: under a step's name that of its own outcomes, under ``""`` that of whole tasks.
            There is none where no item is repeated, or where all outcomes are alike.
        load: how tasks arrive, and how many calls run at once.
        replay: how long each task would have taken, had its steps waited for others.
        critical: the longest path of the mean task, as steps.
        tasks: how many the fit rests on.
        level: the share of intervals that shall hold the true value.
        lower_bound: whether calls were not priced or not observed, so that dollars are a lower bound; refused ones,
            which are usually not billed, do not count.
        warnings: what to bear in mind, and how many tasks would do.
    """

    workflow: Workflow
    redrawn: Workflow = field(repr=False, compare=False)
    times: Mapping[str, RandomTime] = field(repr=False)
    call_time: RandomTime | None = field(repr=False)
    steps: tuple[StepFit, ...] = field(repr=False)
    usd: Estimate
    sec: Estimate
    calls: Estimate
    tools: Estimate
    p: Estimate
    p50_sec: Estimate
    p95_sec: Estimate
    between: Estimate
    beyond: Estimate
    correlation: Estimate
    laws: Mapping[str, Laws] = field(repr=False, compare=False)
    load: Load
    replay: Replay = field(repr=False, compare=False)
    critical: tuple[str, ...]
    tasks: int
    level: float
    lower_bound: bool
    warnings: tuple[str, ...]

    @property
    def law(self) -> BetaLaw | None:
        """How the outcomes of whole tasks of one item go together; None where it is unknown."""
        return self.laws[""][0] if "" in self.laws else None

    @property
    def redrawn_law(self) -> BetaLaw | None:
        """The same with arrays for numbers, drawn with ``redrawn``."""
        return self.laws[""][1] if "" in self.laws else None

    def step(self, name: str) -> StepFit:
        """What is known of one step.

        Raises:
            ValueError: no step of this name.
        """
        found = next((step for step in self.steps if step.name == name), None)
        if found is None:
            raise ValueError(f"name must be one of {', '.join(repr(s.name) for s in self.steps)}, got {name!r}")
        return found
