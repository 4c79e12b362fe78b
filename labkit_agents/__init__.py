"""Agents: the moving parts of a multi-agent system, each small and replaceable, on tasks with checkable answers.

A task is a list of numbers to total. A solver is a plan (which sums, in which order) and a worker (how one sum gets
its answer). Workers nest. Each solver can be run, which leaves traces, and can state itself as a ``labkit`` workflow.

>>> import labkit_agents as agents
>>> from labkit_agents import pocket
>>> solver = agents.Chain(agents.Checked(pocket.small(), "nines", retries=1))
>>> tasks = agents.draw_tasks(20, numbers=5, seed=1)
>>> solver.run(tasks, seed=1).tasks, solver.workflow(tasks, p=0.98).names
(20, ('step-1', 'step-2', 'step-3', 'step-4'))
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "comparison": "Comparison predicted_and_measured",
    "engine": "say_progress",
    "examples": "course_designs",
    "records.call_log": "CallLog",
    "records.measured": "Measured measure_p",
    "records.summary": "Summary",
    "records.traces": "Record Traces",
    "solvers": "Chain OneCall Solver Tree",
    "tasks.answer_keys": "as_written nearly_the_same same_numbers",
    "tasks.asks": "Answer Ask",
    "tasks.beliefs": "Given",
    "tasks.checks": "Check both elevens exact nines recall",
    "tasks.repeats": "repeat_tasks",
    "tasks.shares": "Share",
    "tasks.tasks": "Task draw_tasks",
    "workers.cached": "Cached",
    "workers.cascaded": "Cascaded",
    "workers.checked": "Checked",
    "workers.debated": "Debated",
    "workers.proposed": "Proposed",
    "workers.routed": "Routed at_most_carries",
    "workers.single": "Single",
    "workers.workers": "Facts Worker",
}
_MODULE = {name: module for module, names in _WHERE.items() for name in names.split()}

__all__ = [
    "Answer",
    "Ask",
    "Cached",
    "CallLog",
    "Cascaded",
    "Chain",
    "Check",
    "Checked",
    "Comparison",
    "Debated",
    "Facts",
    "Given",
    "Measured",
    "OneCall",
    "Proposed",
    "Record",
    "Routed",
    "Share",
    "Single",
    "Solver",
    "Summary",
    "Task",
    "Traces",
    "Tree",
    "Worker",
    "as_written",
    "at_most_carries",
    "both",
    "course_designs",
    "draw_tasks",
    "elevens",
    "exact",
    "measure_p",
    "nearly_the_same",
    "nines",
    "predicted_and_measured",
    "recall",
    "repeat_tasks",
    "same_numbers",
    "say_progress",
]


def __getattr__(name: str) -> Any:
    """Load a part on first use: whoever needs a world alone does not wait for the models."""
    if name not in _MODULE:
        raise AttributeError(f"module 'labkit_agents' has no attribute {name!r}")
    return getattr(import_module(f".{_MODULE[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
