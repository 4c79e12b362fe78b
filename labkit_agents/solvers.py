"""Solvers: a plan, which sums in which order, and a worker, how one sum gets its answer.

Each can be run on tasks, and can state itself as a ``labkit`` workflow, so that prediction and measurement stand side
by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labkit._inputs import one_whole
from labkit._values import ByValue
from labkit.workflow import Workflow

from .engine import Progress, run_plans, say_progress
from .records.measured import Measured
from .records.traces import NOTHING, Traces
from .tasks.beliefs import Beliefs
from .tasks.expected import DryRun
from .tasks.plans import Plan, check_operands, one_sum, pairwise, running_total
from .tasks.shares import Share, counted_share
from .tasks.tasks import Task
from .workers.single import as_worker, singles
from .workers.workers import Facts, all_assumptions, model_by_operands

MOST_MEASURED = 4_000
SIDE_BY_SIDE = "of steps side by side, each takes its mean time"


@dataclass(frozen=True, eq=False)
class Solver(ByValue):
    """What all solvers share; use ``OneCall``, ``Chain`` or ``Tree``.

    Args:
        worker: how one sum gets its answer; a model will do.
        stop_early: a task with a limit ends as soon as a total is over it.

    Raises:
        ValueError: something that is neither a worker nor a model.
    """

    worker: Any
    stop_early: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "worker", as_worker(self.worker))

    def plan(self, task: Task) -> Plan:
        """The sums that a task is cut into. It asks no model and costs nothing."""
        raise NotImplementedError

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the workflow takes for granted, in words."""
        return all_assumptions(self.worker)

    def run(self, tasks: Sequence[Task], seed: int = 0, progress: Progress = say_progress) -> Traces:
        """Run the tasks. The same tasks and seed give the same traces.

        A call's random stream is named by its task, step and attempt, so that designs share the luck of their first
        attempts, and what a task is answered does not depend on the other tasks (unless they share an answer cache).

        Args:
            tasks: one or more, with unique ids.
            seed: a whole number from 0.
            progress: called with sums done and their total after 3 seconds, and again every 3; None for silence.

        Raises:
            ValueError: no tasks, ids that are not unique, tasks that the plan cannot cut.
        """
        return run_plans(tasks, self._plans(tasks), self.worker, one_whole("seed", seed), self.stop_early, progress)

    def workflow(self, tasks: Sequence[Task], p: Beliefs) -> Workflow:
        """The same as a ``labkit`` workflow, with the same step names.

        Prices and seconds come from the models' cards: each step costs the mean of what its true sums cost.

        Args:
            tasks: one or more whose plans have one shape.
            p: how often a call is right: a number, {operands: p}, a ``Measured``, or {model name: any of these}.

        Raises:
            ValueError: plans of several shapes, a p that is missing, early stop where steps run side by side.
        """
        dry_run = self._dry_run(tasks)
        steps = []
        left = dry_run.tasks
        for node in dry_run.plan:
            sums = dry_run.sums(node.name)
            if not sums:  # no task gets here
                break
            step = model_by_operands(self.worker, Facts(node.name, sums, dry_run, p))
            stops = dry_run.stops[node.name] / left if left and node is not dry_run.plan[-1] else 0.0
            left -= dry_run.stops[node.name]
            steps.append(replace(step, name=node.name, needs=node.needs, good_enough=stops))
        return Workflow(tuple(steps))

    def measure(self, tasks: Sequence[Task], seed: int = 0, level: float = 0.95) -> dict[str, Measured]:
        """How often each model inside is right on these tasks' own sums, for ``workflow``.

        At most 4,000 of the true sums of each count of numbers are asked, on random streams that no run uses.

        Args:
            tasks: as for ``workflow``.
            seed: a whole number from 0.
            level: of the intervals, between 0 and 1.
        """
        asks = self._dry_run(tasks).asks
        rng = np.random.default_rng(one_whole("seed", seed))
        chosen: list[tuple[int, ...]] = []
        for count in sorted({len(ask.numbers) for ask in asks}):
            sums = [ask.numbers for ask in asks if len(ask.numbers) == count]
            picked = rng.permutation(len(sums))[:MOST_MEASURED].tolist()
            chosen += [sums[i] for i in picked]
        by_label = {single.label: single for single in singles(self.worker)}
        return {label: single.measure(chosen, seed, level) for label, single in by_label.items()}

    def right_after(self, tasks: Sequence[Task], traces: Traces, level: float = 0.95) -> dict[str, Share]:
        """How many tasks were right so far after each step: of a chain, the measured reliability for S = 1, 2, ...

        One run of a long chain gives the whole curve. Its points share their tasks, so they are not independent.

        Args:
            tasks: those of the run, with plans of one shape and no limits.
            traces: what the run gave.
            level: of the Wilson intervals, between 0 and 1.

        Raises:
            ValueError: tasks that are not those of the run, or have limits.
        """
        if len(tasks) != traces.tasks or any(task.limit is not None for task in tasks):
            raise ValueError(f"tasks must be the {traces.tasks} of the run, without limits, got {len(tasks)}")
        dry_run, steps = self._dry_run(tasks), traces.names["step"]
        right = {}
        for node in dry_run.plan:
            true = np.array([sum(numbers) for numbers in dry_run.sums(node.name)])
            held = traces.results[:, steps.index(node.name)] if node.name in steps else np.full(len(tasks), NOTHING)
            right[node.name] = counted_share(int(np.sum(held == true)), len(tasks), level)
        return right

    def _dry_run(self, tasks: Sequence[Task]) -> DryRun:
        return DryRun(tasks, self._plans(tasks), self.stop_early)

    def _plans(self, tasks: Sequence[Task]) -> list[Plan]:
        if not isinstance(tasks, Sequence) or not all(isinstance(task, Task) for task in tasks):
            raise ValueError(f"tasks must be a list of Task, got {tasks!r}")
        return [self.plan(task) for task in tasks]


@dataclass(frozen=True, eq=False)
class OneCall(Solver):
    """All numbers in one sum: at most eight, and beyond four the pocket models were never trained.

    >>> from labkit_agents import pocket
    >>> OneCall(pocket.small()).run([Task("t", (12, 345))], seed=1).answers
    array([357], dtype=int32)
    """

    def plan(self, task: Task) -> Plan:
        """One node."""
        return one_sum(task.numbers)


@dataclass(frozen=True, eq=False)
class Chain(Solver):
    """A running total: a planner cuts the list, and each step adds ``operands - 1`` more numbers.

    Args:
        operands: how many numbers a step adds, the running total among them, from 2 to 8.

    >>> from labkit_agents import pocket
    >>> Chain(pocket.small()).workflow([Task("t", (12, 345, 6))], p=0.98).names
    ('step-1', 'step-2')
    """

    operands: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_operands(self.operands)

    def plan(self, task: Task) -> Plan:
        """``ceil((n-1) / (operands-1))`` nodes, one after the other."""
        return running_total(task.numbers, self.operands)


@dataclass(frozen=True, eq=False)
class Tree(Solver):
    """Groups of ``operands`` numbers at once, then their sums, level by level.

    Args:
        operands: how many numbers a group has, from 2 to 8.

    >>> from labkit_agents import pocket
    >>> round(Tree(pocket.small()).workflow([Task("t", (12, 34, 56, 78))], p=0.98).outcome().reliability, 4)
    0.9412
    """

    operands: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_operands(self.operands)

    def plan(self, task: Task) -> Plan:
        """``ceil(log n / log operands)`` levels."""
        return pairwise(task.numbers, self.operands)

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the worker assumes, and that the slowest of several is no later than their mean."""
        return (*super().assumes, SIDE_BY_SIDE)
