"""What is fitted to one step: calls, dollars, seconds, context, tries, outcomes."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._values import by_value

from ..counting.tasks import Call
from ..parsing.values import base_model
from .columns import Columns, call_values, is_tool
from .resampling import UNKNOWN, Estimate, Resampling

Floats = NDArray[np.float64]
NO_NUMBERS = "the traces do not say which try a call is (no attempt number), so nobody can tell what a try did"
NO_ORDER = "tries have neither starts nor numbers that differ, so nobody can tell which came first"
NO_RETRY = "no try was ever followed by another"
NO_FIRST = "no first try was recorded"
NO_VERDICTS = "no outcome of the tries themselves is known, and an error is no verdict"
OWN, REST, EVEN_SHARE = "outcomes", "rest", "share"
"""What a step's p comes from: its own outcomes; what those of tasks leave for the only step without, or for several."""
SEVERAL = "a task visits the step more than once, so nobody can tell a retry from a new visit"


@by_value
class Spread(NamedTuple):
    """How the calls of a step differ: mean, median, 95th percentile, standard deviation; hits of a cache left out."""

    mean: Estimate
    median: Estimate
    p95: Estimate
    sd: float


@by_value
class Context(NamedTuple):
    """Input tokens of the calls of a step, where a task makes several: of the first, and what each further one adds."""

    first: Estimate
    growth: Estimate


@by_value
class Retries(NamedTuple):
    """What tries did, where each is a row of its own with an outcome.

    Attributes:
        most: the most retries that were seen.
        p: how often a first try is right.
        detection: of the wrong tries that could have been followed by another, how many were.
        false_alarm: the same of the right ones.
        recovery: how often a try after a rejected one is right.
    """

    most: int
    p: Estimate
    detection: Estimate
    false_alarm: Estimate
    recovery: Estimate


@by_value
class StepFit(NamedTuple):
    """What the traces say of one step.

    Attributes:
        name: of the step; of a tool it begins with ``tool``.
        model: the models that were called, the most frequent first.
        visited: the share of tasks that visit it.
        calls: calls a task, hits of a cache left out.
        usd: USD a task, those that do not visit it counted as 0; unknown where none of its calls has a price.
        sec: seconds a task in which at least one of its calls runs, counted alike.
        call_usd, call_sec: how its calls differ.
        context: how its conversations grow; None where they do not, where no task makes several calls, or where
            nothing says in which order it made them.
        p: how often all of its last answers in a task are right, a task that skips it counted as right; ``p_from`` says
            by what: ``"outcomes"`` of its own, the ``"rest"`` that the outcomes of whole tasks leave for the only step
            without its own, an even ``"share"`` of what they leave for several, of which nobody knows the true one, or
            ``""``, where p is unknown.
        hit_rate: the share of its visits that an answer cache answers.
        slack: seconds a task that it could have taken longer without delaying the end.
        critical: the share of tasks whose longest path it lies on.
        retries: what its tries did; None where nobody can tell, and ``no_retries`` says why.
    """

    name: str
    model: str
    visited: Estimate
    calls: Estimate
    usd: Estimate
    sec: Estimate
    call_usd: Spread
    call_sec: Spread
    context: Context | None
    p: Estimate
    p_from: str
    hit_rate: Estimate
    slack: Estimate
    critical: Estimate
    retries: Retries | None
    no_retries: str


def fit_spread(columns: Columns, step: int, of: str, drawn: Resampling) -> Spread:
    """How calls of a step differ in dollars or seconds."""
    values, task = call_values(columns.calls[columns.names[step]], of)
    if not values.size:
        return Spread(UNKNOWN, UNKNOWN, UNKNOWN, math.nan)
    tasks = len(np.unique(task))
    sums = np.zeros((len(columns.usd), 2))
    np.add.at(sums, task, np.column_stack([values, np.ones(values.size)]))
    mean, redrawn = drawn.ratios(sums[:, :1], sums[:, 1:])
    return Spread(
        drawn.positive(float(mean[0]), redrawn[:, 0], tasks), drawn.quantile(0.5, values, task, tasks),
        drawn.quantile(0.95, values, task, tasks), float(values.std(ddof=1)) if values.size > 1 else math.nan,
    )  # fmt: skip


MOST_TALK = 0.9
"""Calls of a step are a conversation if they are one in so large a share of the tasks that make several."""


def fit_context(columns: Columns, step: int, drawn: Resampling) -> Context | None:
    """How a step's conversations grow; formula of ``labkit.cost.fit_growing_context``, over those of several calls."""
    held, several = (columns.per_step[name][:, step] for name in ("conversations", "several"))
    if not held.any() or held.sum() < MOST_TALK * several.sum():
        return None
    both = np.column_stack([columns.per_step["first_in"][:, step], columns.per_step["growth"][:, step]])
    value, redrawn = drawn.ratios(both, np.column_stack([held, held]))
    if value[1] <= 0:
        return None
    first, growth = (drawn.interval(float(value[i]), redrawn[:, i], int(held.sum())) for i in (0, 1))
    return Context(first, growth)


class Tries(NamedTuple):
    """Counts of a step's tries, a row for each task, and draws of what they may mean."""

    fitted: Retries
    p: Floats
    detection: Floats
    false_alarm: Floats
    recovery: Floats


def fit_tries(columns: Columns, step: int, drawn: Resampling) -> tuple[Tries | None, str]:
    """What tries did, or why nobody can tell."""
    calls = [(number, call) for number, call in columns.calls[columns.names[step]] if call.status != "hit"]
    reason = _find_reason(calls, columns, step)
    if reason:
        return None, reason
    most = max(call.attempt or 0 for _, call in calls)
    counts = np.zeros((len(columns.usd), 8))  # pairs: how often, of how many; in the order of Retries
    for (number, call), (same, after) in zip(calls, [*calls[1:], (-1, calls[0][1])], strict=True):
        followed = same == number and after.attempt == (call.attempt or 0) + 1
        right = float(bool(call.right))
        if call.attempt == 1:
            counts[number, 0:2] += right, 1
        else:
            counts[number, 6:8] += right, 1
        if (call.attempt or 0) < most:
            pair = 4 if call.right else 2
            counts[number, pair : pair + 2] += float(followed), 1
    found = [drawn.share(counts[:, i], counts[:, i + 1]) for i in range(0, 8, 2)]
    tasks = [int(np.sum(counts[:, i + 1] > 0)) for i in range(0, 8, 2)]
    estimates = [drawn.share_interval(value, draws, n) for (value, draws), n in zip(found, tasks, strict=True)]
    return Tries(Retries(most - 1, *estimates), *(draws for _, draws in found)), ""


def _find_reason(calls: list[tuple[int, Call]], columns: Columns, step: int) -> str:
    """Why nobody can tell what tries did; empty where somebody can."""
    if any(call.attempt is None for _, call in calls):
        return NO_NUMBERS
    if columns.per_step["unordered"][:, step].any():
        return NO_ORDER
    if max((call.attempt or 0 for _, call in calls), default=0) < 2:
        return NO_RETRY
    if all(call.attempt != 1 for _, call in calls):
        return NO_FIRST
    if columns.per_step["visits"][:, step].max(initial=0.0) > 1:
        return SEVERAL
    return NO_VERDICTS if any(call.right is None for _, call in calls) else ""


def name_models(columns: Columns, step: int) -> str:
    """The models of a step, the most frequent first; empty where none is named."""
    name = columns.names[step]
    if is_tool(name):
        return ""
    models = Counter(call.model for _, call in columns.calls[name] if call.model and call.status != "hit")
    names: dict[str, str] = {}  # a failed call says the model that was asked for, a reply the dated one: they are one
    for model, _ in models.most_common():
        names.setdefault(base_model(model), model)
    return " or ".join([*names.values()][:3])


def among_visits(step: StepFit, p: float) -> float:
    """A step's p among the tasks that visit it; in ``StepFit.p`` those that skip it count as right."""
    return 1 - (1 - p) / step.visited.value
