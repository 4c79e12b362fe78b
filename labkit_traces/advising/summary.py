"""All that a report says, as plain data: text and page are made from it, and from nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import report
from ..counting.tasks import Call, Task
from ..fitting import Fit, StepFit
from ..fitting.columns import is_tool
from ..fitting.resampling import Estimate
from ..fitting.steps import EVEN_SHARE
from ..pricing import DAYS
from ..report import Reading
from ..saved_workflow import to_json
from ..workflow_prices import saved_fit
from .budget_check import Checked
from .changes import Advice
from .comparing import Compared

VERSION = 1
PER_TASK = ("usd", "sec", "p50_sec", "p95_sec", "p", "calls", "tools", "between", "beyond")
MOST_CALLS = 40
"""So many calls of one task are drawn."""


def summarise(
    reading: Reading,
    fit: Fit,
    changes: Sequence[Advice],
    *,
    budget_usd: float | None = None,
    budget_sec: float | None = None,
    budget_success: float | None = None,
    per_day: float | None = None,
) -> dict[str, Any]:
    """What the report says: every number with its interval, every NaN as None.

    Args:
        reading, fit, changes: the traces, what was fitted to them, and the advice.
        budget_usd, budget_sec, budget_success, per_day: as for ``advise``. Where dollars are a lower bound, nobody can
            tell whether those within a budget keep it.
    """
    limits = {"usd": budget_usd, "p95_sec": budget_sec, "success": budget_success}
    budgets = {name: _as_budget(fit, name, limit) for name, limit in limits.items() if limit is not None}
    calls = (call for task in reading.tasks for call in task.calls)
    unseen = {call.step for call in calls if call.usd is None and not call.is_free}
    return {
        "version": VERSION,
        "tasks": fit.tasks,
        "level": fit.level,
        "lower_bound": fit.lower_bound,
        "per_task": {name: _as_list(getattr(fit, name)) for name in PER_TASK},
        "budgets": budgets,
        "month": None if per_day is None else {
            "per_day": per_day, "usd": [_plain(value * per_day * DAYS) for value in fit.usd[:3]],
        },
        "steps": [
            _as_step(step, share, step.name in unseen)
            for step, share in zip(fit.steps, _failure_shares(fit), strict=True)
        ],
        "critical": list(fit.critical),
        "load": _as_value(fit.load),
        "correlation": _as_list(fit.correlation),
        "changes": [_as_value(change) for change in changes],
        "warnings": list(fit.warnings),
        "shown": [_as_task(kind, task) for kind, task in _choose_tasks(reading.tasks)],
        "seen": report.as_data(reading),
        "workflow": json.loads(to_json(saved_fit(fit))),
    }  # fmt: skip


def summarise_check(checked: Sequence[Checked], note: str = "") -> dict[str, Any]:
    """What a gate says, line by line, and what is to be noted with its seconds."""
    rows = [line._asdict() | {"found": _as_list(line.found)} for line in checked]
    return {"version": VERSION, "kept": all(line.kept for line in checked), "checked": rows, "note": note}


def summarise_comparison(compared: Sequence[Compared], before: Reading, after: Reading) -> dict[str, Any]:
    """What a comparison says, and how much of either side was seen."""
    rows = [
        {"of": row.of, "before": _plain(row.before), "after": _plain(row.after), "change": _as_list(row.change),
         "paired": row.paired, "tasks_before": row.tasks_before, "tasks_after": row.tasks_after,
         "p_value": _plain(row.p_value), "leaves_out_0": row.leaves_out_0, "verdict": row.verdict, "needed": row.needed}
        for row in compared
    ]  # fmt: skip
    sides = {
        name: {"tasks": side.tasks_in_all, "unseen_calls": _plain(side.unseen_calls), "seen": report.as_data(side)}
        for name, side in (("before", before), ("after", after))
    }
    return {"version": VERSION, "compared": rows} | sides


def _as_budget(fit: Fit, name: str, limit: float) -> dict[str, Any]:
    """Whether a budget is kept, None where nobody can tell; and whether the whole interval says the same."""
    found = fit.p if name == "success" else getattr(fit, name)
    if math.isnan(found.value) or (name == "usd" and fit.lower_bound and found.value <= limit):
        return {"limit": limit, "kept": None, "surely": True}
    kept, low, high = (value >= limit if name == "success" else value <= limit for value in found[:3])
    sure = kept == low == high and not math.isnan(found.low)
    return {"limit": limit, "kept": bool(kept), "surely": bool(sure)}


def _as_step(step: StepFit, failures: float, lower_bound: bool) -> dict[str, Any]:
    found = {name: _as_value(value) for name, value in step._asdict().items()}
    return found | {"failures": _plain(failures), "lower_bound": lower_bound}


def _as_value(value: Any) -> Any:
    """A field of a fit: an estimate, a group of them, a number or a text."""
    if isinstance(value, Estimate):
        return _as_list(value)
    if hasattr(value, "_asdict"):
        return {name: _as_value(each) for name, each in value._asdict().items()}
    return _plain(value)


def _failure_shares(fit: Fit) -> list[float]:
    """The share of the failures that each step causes, by the logarithms of p; NaN where one of them is unknown."""
    if not all(step.p_from not in ("", EVEN_SHARE) or is_tool(step.name) for step in fit.steps):
        return [math.nan] * len(fit.steps)
    logs = [abs(math.log(max(step.p.value, 1e-12))) if step.p_from else 0.0 for step in fit.steps]
    total = math.fsum(logs)
    return [log / total if total else math.nan for log in logs]


def _choose_tasks(tasks: Sequence[Task]) -> list[tuple[str, Task]]:
    """A median, a slow and a dear task: those nearest the median and the 95th percentile, and the dearest."""
    timed = [task for task in tasks if math.isfinite(task.sec)]
    if not timed:
        return []
    order = sorted(timed, key=lambda task: (task.sec, task.id))
    priced = [task for task in timed if task.usd is not None]
    chosen = [("median", order[(len(order) - 1) // 2]), ("slow", order[math.ceil(0.95 * len(order)) - 1])]
    if priced:
        chosen.append(("dear", max(priced, key=lambda task: (task.usd or 0.0, task.id))))
    return list({task.id: (kind, task) for kind, task in reversed(chosen)}.values())[::-1]  # none of them twice


def _as_task(kind: str, task: Task) -> dict[str, Any]:
    """One task's calls, in seconds after its begin."""
    calls = sorted((*task.calls, *task.tools), key=lambda call: (call.start, call.end))
    shown = [_as_call(call, calls[0].start) for call in calls[:MOST_CALLS]]
    return {
        "kind": kind, "usd": _plain(task.usd), "sec": _plain(task.sec), "right": task.right, "calls": shown,
        "more": len(calls) - len(shown),
    }  # fmt: skip


def _as_call(call: Call, begin: float) -> dict[str, Any]:
    start, sec = _plain(call.start - begin), _plain(call.end - call.start)
    return {
        "step": call.step, "model": call.model, "start": start, "sec": sec, "usd": call.usd, "status": call.status,
    }  # fmt: skip


def _as_list(estimate: Estimate) -> list[float | None] | None:
    """Value and both ends; None where nobody can tell."""
    if math.isnan(estimate.value):
        return None
    return [_plain(number) for number in estimate[:3]]


def _plain(value: Any) -> Any:
    """The value for JSON: six digits, no NaN."""
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
