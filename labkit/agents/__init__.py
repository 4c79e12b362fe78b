"""Agents: the moving parts of a multi-agent system, each small and replaceable, on tasks with checkable answers.

A task is a list of numbers to total. A solver is a plan (which sums, in which order) and a worker (how one sum gets
its answer). Workers nest. Each solver can be run, which leaves traces, and can state itself as a ``labkit`` workflow.

>>> from labkit import agents, pocket
>>> solver = agents.Chain(agents.Checked(pocket.small(), "nines", retries=1))
>>> tasks = agents.draw_tasks(20, numbers=5, seed=1)
>>> solver.run(tasks, seed=1).tasks, solver.workflow(tasks, p=0.98).names
(20, ('step-1', 'step-2', 'step-3', 'step-4'))
"""

from __future__ import annotations

from .answer_keys import as_written, nearly_the_same, same_numbers
from .asks import Answer, Ask
from .beliefs import Given
from .cached import Cached
from .call_log import CallLog
from .cascaded import Cascaded
from .checked import Checked
from .checks import Check, both, elevens, exact, nines, recall
from .comparison import Comparison, predicted_and_measured
from .debated import Debated
from .engine import say_progress
from .examples import course_designs
from .measured import Measured, measure_p
from .proposed import Proposed
from .repeats import repeat_tasks
from .routed import Routed, at_most_carries, at_most_operands
from .shares import Share
from .single import Single
from .solvers import Chain, Lines, OneCall, Solver, Tree
from .summary import Summary
from .tasks import Task, draw_invoices, draw_tasks
from .traces import Record, Traces
from .workers import Facts, Worker

__all__ = [
    "Answer", "Ask", "Cached", "CallLog", "Cascaded", "Chain", "Check", "Checked", "Comparison", "Debated", "Facts",
    "Given", "Lines", "Measured", "OneCall", "Proposed", "Record", "Routed", "Share", "Single", "Solver", "Summary",
    "Task", "Traces", "Tree", "Worker", "as_written", "at_most_carries", "at_most_operands", "both", "course_designs",
    "draw_invoices", "draw_tasks", "elevens", "exact", "measure_p", "nearly_the_same", "nines",
    "predicted_and_measured", "recall", "repeat_tasks", "same_numbers", "say_progress",
]  # fmt: skip
