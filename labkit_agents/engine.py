"""The engine: all tasks step by step, each step of all of them in one list of calls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeAlias

from .records.call_log import CallLog
from .records.traces import Traces
from .tasks.asks import Answer, Ask
from .tasks.plans import Node, Plan, waves
from .tasks.tasks import Task
from .workers.single import recorded_model, singles
from .workers.workers import Worker

AT_ONCE = 1_000
PATIENCE = 3.0
Progress: TypeAlias = "Callable[[int, int], None] | None"


def say_progress(done: int, total: int) -> None:
    """Print how many sums of a long run are answered, to standard error."""
    print(f"run: {done:,} of {total:,} sums, {done / total:.0%}", file=sys.stderr, flush=True)


class Journey:
    """One task on its way through its plan."""

    def __init__(self, task: Task, plan: Plan, stop_early: bool) -> None:
        self.task, self.by_wave, self.last = task, waves(plan), plan[-1].name
        self.limit = task.limit if stop_early else None
        self.values: dict[str, int] = {}
        self.ends: dict[str, float] = {}
        self.kept: dict[str, int] = {}  # the values that count: none after a failure
        self.going, self.failed = True, False
        self.value: int | None = None

    def asks(self, index: int, depth: int) -> list[tuple[Node, Ask]]:
        """What the task asks in this wave."""
        if not self.going or depth >= len(self.by_wave):
            return []
        return [(node, self._ask(index, node)) for node in self.by_wave[depth]]

    def _ask(self, index: int, node: Node) -> Ask:
        numbers = (*(self.values[name] for name in node.needs), *node.given)
        start = max((self.ends[name] for name in node.needs), default=0.0)
        return Ask(index, node.name, numbers, f"{self.task.id}/{node.name}", start)

    def take(self, node: Node, answer: Answer) -> None:
        """Go on with an answer, end with it, or end without one."""
        self.failed |= answer.failed
        if not self.going:
            return
        if answer.value is None:
            self.going = False
            return
        self.values[node.name], self.ends[node.name] = answer.value, answer.end
        if not self.failed:
            self.kept[node.name] = answer.value
        over = self.limit is not None and answer.value > self.limit
        if over or node.name == self.last:
            self.value, self.going = answer.value, False


def run_plans(
    tasks: Sequence[Task], plans: Sequence[Plan], worker: Worker, seed: int, stop_early: bool, progress: Progress
) -> Traces:
    """Run every task's plan; ``Solver.run`` is the way to call it.

    A wave of all tasks goes to the worker together. A task whose step gives no number ends there; calls that were
    made beside it are paid. Where a model has a prefix cache, a run starts with an empty one.

    Raises:
        ValueError: no tasks, or ids that are not unique.
    """
    if not tasks or len({task.id for task in tasks}) < len(tasks):
        raise ValueError(f"tasks must be one or more with unique ids, got {len(tasks)} tasks")
    if progress is not None and not callable(progress):
        raise ValueError(f"progress must be a function of sums done and their total, or None, got {progress!r}")
    for single in singles(worker):
        getattr(recorded_model(single.model), "forget_prefixes", lambda: None)()
    log = CallLog(seed)
    journeys = [Journey(task, plan, stop_early) for task, plan in zip(tasks, plans, strict=True)]
    total, done, said = sum(len(plan) for plan in plans), 0, monotonic()
    for depth in range(max(len(journey.by_wave) for journey in journeys)):
        wave = [(journey, *ask) for index, journey in enumerate(journeys) for ask in journey.asks(index, depth)]
        for start in range(0, len(wave), AT_ONCE):
            block = wave[start : start + AT_ONCE]
            answers = worker.answer([ask for _, _, ask in block], log)
            for (journey, node, _), answer in zip(block, answers, strict=True):
                journey.take(node, answer)
            done += len(block)
            if progress is not None and monotonic() - said >= PATIENCE:
                progress(done, total)
                said = monotonic()
    values, failed = [journey.value for journey in journeys], [journey.failed for journey in journeys]
    return log.traces(tasks, values, failed, [journey.kept for journey in journeys])
