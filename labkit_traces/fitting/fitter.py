"""The fit: from a reading to a ``Workflow`` with named steps, and how sure each of its numbers is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labkit import Workflow
from labkit._inputs import one_share, one_whole
from labkit.latency import RandomTime, critical_path

from ..counting.tasks import Task
from ..report import Reading
from .cautions import find_warnings
from .columns import Columns, call_values, is_tool, make_columns
from .fitted import Fit
from .load import fit_load
from .ordering import find_order
from .repeats import fit_correlation, group_tasks
from .replay import Replay
from .resampling import UNKNOWN, Estimate, Resampling
from .workflows import make_steps, thin_times

Floats = NDArray[np.float64]


def fit(reading: Reading, *, seed: int = 0, level: float = 0.95) -> Fit:
    """The three models fitted to traces: a workflow with named steps, and intervals by drawing the tasks anew.

    p comes from outcomes and from nothing else: where steps have outcomes of their own, from these; where only tasks
    have, their share is spread evenly over the steps. Without outcomes p is unknown, ``workflow`` has 1, and a warning
    says so.

    Args:
        reading: what ``labkit_traces.read`` gave.
        seed: of the draws, a whole number from 0.
        level: the share of such intervals that hold the true value, between 0 and 1.

    Raises:
        ValueError: an argument that cannot be, or traces in which no task can be told from another, with the reason.

    >>> from labkit_traces import read
    >>> row = '{"task": "%d", "step": "%s", "model": "nobody", "usd": %g, "start": %d, "sec": 2, "solved": %d}'
    >>> rows = [row % (i, step, 0.03, at, i % 5 > 0) for i in range(50) for step, at in (("plan", 0), ("act", 2))]
    >>> found = fit(read(rows))
    >>> found.workflow.names, round(found.usd.value, 6), found.sec.value, round(found.p.value, 6)
    (('plan', 'act'), 0.06, 4.0, 0.8)
    """
    if not isinstance(reading, Reading):
        raise ValueError(f"reading must be what labkit_traces.read gave, got {type(reading).__name__}")
    share, seed = one_share("level", level), one_whole("seed", seed)
    if not 0 < share < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}")
    tasks = reading.per_task()
    columns = make_columns(tasks)
    drawn = Resampling(group_tasks(tasks), seed, share)
    order = find_order(columns)
    p, p_drawn = _share_right(columns, drawn)
    made = make_steps(columns, order, drawn, (p.value, p_drawn))
    made_calls = [[call for call in task.calls if call.status != "hit"] for task in tasks]
    per_task = np.column_stack([columns.usd, list(map(len, made_calls)), [len(task.tools) for task in tasks]])
    means, redrawn = drawn.ratios(per_task, np.ones_like(per_task))
    usd, calls, tools = (drawn.positive(float(means[i]), redrawn[:, i], len(tasks)) for i in range(3))
    every = [call for calls_made in made_calls for call in calls_made]
    if every and all(call.usd is None for call in every):
        usd = UNKNOWN
    sec, between, p50, p95 = _fit_seconds(columns, drawn)
    beyond = _fit_beyond(columns, tasks, drawn)
    items = [task.item for task in tasks]
    correlation, of_tasks = fit_correlation(items, columns.right, drawn)
    of_steps = {name: fit_correlation(items, columns.ended(name), drawn)[1] for name in columns.names}
    laws = {name: each for name, each in {"": of_tasks, **of_steps}.items() if each}
    unseen = any(call.usd is None and not call.is_free for call in every)
    replay = Replay(made.workflow.names, columns.per_step["busy"][:, order.steps], columns.timed, drawn)
    found = Fit(
        made.workflow, made.redrawn, made.times, _time_of_calls(columns), made.steps, usd, sec, calls, tools, p, p50,
        p95, between, beyond, correlation, laws, fit_load(columns, reading.tasks_in_all, drawn),
        replay, _longest_path(made.workflow), len(tasks), share, unseen, (),
    )  # fmt: skip
    object.__setattr__(found, "warnings", find_warnings(found, reading, columns))
    return found


def _share_right(columns: Columns, drawn: Resampling) -> tuple[Estimate, Floats]:
    """How often a task ends right, by its outcomes."""
    known = ~np.isnan(columns.right)
    value, draws = drawn.share(np.where(known, columns.right, 0.0), known.astype(float))
    return drawn.share_interval(value, draws, int(known.sum())), draws


def _fit_seconds(columns: Columns, drawn: Resampling) -> tuple[Estimate, ...]:
    """Seconds of a task: mean, those in which nothing ran, median and 95th percentile."""
    timed = columns.timed
    if not timed.any():
        return (UNKNOWN,) * 4
    count = int(timed.sum())
    both = np.where(timed[:, None], np.column_stack([columns.sec, columns.idle]), 0.0)
    means, redrawn = drawn.ratios(both, np.column_stack([timed, timed]).astype(float))
    sec, between = (drawn.positive(float(means[i]), redrawn[:, i], count) for i in (0, 1))
    places = np.flatnonzero(timed)
    return sec, between, *(drawn.quantile(q, columns.sec[timed], places, count) for q in (0.5, 0.95))


def _fit_beyond(columns: Columns, tasks: Sequence[Task], drawn: Resampling) -> Estimate:
    """By how many seconds the tasks' own spans last longer than from first call to last, in the median."""
    longer = np.array([task.around_sec for task in tasks]) - columns.sec
    places = np.flatnonzero(columns.timed & ~np.isnan(longer))
    return drawn.quantile(0.5, longer[places], places, len(places))


def _time_of_calls(columns: Columns) -> RandomTime | None:
    """The seconds of all calls of a model."""
    calls = [(task, call) for name in columns.names for task, call in columns.calls[name] if not is_tool(call.step)]
    values, _ = call_values(calls, "sec")
    return thin_times(values) if values.size else None


def _longest_path(workflow: Workflow) -> tuple[str, ...]:
    """The steps on the longest path, by mean seconds."""
    return tuple(workflow.names[i] for i in critical_path([float(s.model.sec) for s in workflow], workflow.graph.needs))
