"""From fitted steps to a ``Workflow``: once with the estimates, once with an array of redrawn numbers for each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit import Cache, Gate, Model, Step, Workflow
from labkit.latency import RandomTime

from .columns import Columns, call_values, is_tool
from .ordering import Order, find_slack
from .resampling import UNKNOWN, Estimate, Resampling
from .steps import EVEN_SHARE, OWN, REST, StepFit, Tries, fit_context, fit_spread, fit_tries, name_models

Floats = NDArray[np.float64]
MOST_TIMES = 1000


class Drawn(NamedTuple):
    """A number and what it was when the tasks were drawn anew."""

    value: float
    redrawn: Floats


@dataclass
class Made:
    """Workflows, times and fits of all steps."""

    workflow: Workflow
    redrawn: Workflow
    times: dict[str, RandomTime]
    steps: tuple[StepFit, ...]


def make_steps(columns: Columns, order: Order, drawn: Resampling, of_task: tuple[float, Floats]) -> Made:
    """All steps fitted, in their order.

    Args:
        of_task: how often a task ends right, and its draws; NaN where nobody knows.
    """
    names = [columns.names[step] for step in order.steps]
    slack = find_slack(columns.per_step["busy"][:, order.steps], order.graph)
    p_own = [_own_share(columns, step, drawn) for step in order.steps]
    p_all, origin = _spread_shares(names, p_own, of_task)
    plain: list[Step] = []
    redrawn: list[Step] = []
    times, fitted = {}, []
    for place, step in enumerate(order.steps):
        tries, reason = fit_tries(columns, step, drawn)
        gated = tries if np.all(columns.per_step["calls"][:, step] > 0) else None  # a step with a gate is never skipped
        needs = tuple(names[other] for other in order.graph.needs[place])
        parts = _make_parts(columns, step, drawn, gated)
        p = Drawn(gated.fitted.p.value, gated.p) if gated else p_all[place]
        kind = name_models(columns, step) or ("tool" if is_tool(names[place]) else "model")
        for of, steps in ((0, plain), (1, redrawn)):
            steps.append(_make_step(names[place], kind, needs, parts, p, gated, of))
        seconds = parts.seconds[parts.seconds >= 0]
        if seconds.size and seconds.max() > 0:
            times[names[place]] = thin_times(seconds)
        fitted.append(
            _fit_step(columns, step, drawn, (slack[:, place], kind, p_all[place], origin[place]), (tries, reason))
        )
    return Made(Workflow(tuple(plain)), Workflow(tuple(redrawn)), times, tuple(fitted))


@dataclass
class _Parts:
    """What the model of a step is made of: dollars and seconds of a try or a visit, hits, and all seconds."""

    usd: Drawn
    sec: Drawn
    hit_rate: Drawn | None
    hit_sec: float
    seconds: Floats


def _make_parts(columns: Columns, step: int, drawn: Resampling, tries: Tries | None) -> _Parts:
    """Dollars and seconds: of a try where tries are told apart, of a miss behind a cache, else of a task."""
    per_step, ones = columns.per_step, np.ones(len(columns.usd))
    visits, hits = per_step["visits"][:, step], per_step["hits"][:, step]
    cached = bool(hits.any()) and visits.max() <= 1 and np.all(visits > 0)
    usd, timed = per_step["usd"][:, step], columns.timed.astype(float)
    if tries is None and not cached:
        return _Parts(
            _ratio(drawn, usd, ones), _ratio(drawn, per_step["busy"][:, step] * timed, timed), None, 0.0,
            per_step["busy"][columns.timed, step],
        )  # fmt: skip
    made = per_step["calls"][:, step] - hits if tries else visits - hits
    calls = columns.calls[columns.names[step]]
    values, task = call_values(calls, "sec")
    seconds, counted = np.zeros(len(ones)), np.zeros(len(ones))
    np.add.at(seconds, task, values)
    np.add.at(counted, task, 1.0)
    if tries is None:
        counted = np.minimum(counted, 1.0)
    of_hits = [
        call.end - call.start for _, call in calls if call.status == "hit" and math.isfinite(call.end - call.start)
    ]
    rate = Drawn(*drawn.share(hits, visits)) if cached else None
    return _Parts(
        _ratio(drawn, usd, made), _ratio(drawn, seconds, counted), rate, float(np.mean(of_hits)) if of_hits else 0.0,
        values,
    )  # fmt: skip


def _make_step(
    name: str, kind: str, needs: tuple[str, ...], parts: _Parts, p: Drawn, tries: Tries | None, of: int
) -> Step:
    """The step with its estimates (``of`` 0) or with what they were when redrawn (1)."""
    usd, sec = (_at_least(part[of]) for part in (parts.usd, parts.sec))
    gate, retries, cache = None, 0, None
    if tries is not None:
        fitted = tries.fitted
        known = [
            (estimate.value, draws)[of] if estimate.tasks else default
            for estimate, draws, default in (
                (fitted.detection, tries.detection, 1.0), (fitted.false_alarm, tries.false_alarm, 0.0),
                (fitted.recovery, tries.recovery, None),
            )
        ]  # fmt: skip
        gate, retries = Gate(known[0], known[1], "pass", known[2]), fitted.most
    if parts.hit_rate is not None:
        cache = Cache(hit_rate=parts.hit_rate[of], sec=parts.hit_sec)
    difficulty = "tool" if is_tool(name) else "hard"
    return Step(name, Model(usd, sec, p[of], kind), needs, difficulty, retries, gate=gate, cache=cache)


def _fit_step(
    columns: Columns, step: int, drawn: Resampling, found: tuple[Floats, str, Drawn, str],
    tried: tuple[Tries | None, str],
) -> StepFit:  # fmt: skip
    slack, kind, p, origin = found
    tries, reason = tried
    per_step, timed, n = columns.per_step, columns.timed.astype(float), len(columns.usd)
    calls, hits, visits = (per_step[name][:, step] for name in ("calls", "hits", "visits"))
    visited = (calls > 0).astype(float)
    busy = per_step["busy"][:, step]
    critical = ((slack <= 1e-9) & (busy > 0)).astype(float) * timed
    count = int(visited.sum())
    made = [call for _, call in columns.calls[columns.names[step]] if call.status != "hit"]
    priced = not made or is_tool(columns.names[step]) or any(call.usd is not None for call in made)
    p_tasks = int(per_step["tried"][:, step].sum()) if origin == OWN else int((~np.isnan(columns.right)).sum())
    return StepFit(
        columns.names[step], kind, _share(drawn, visited, np.ones(n)), _mean(drawn, calls - hits, np.ones(n)),
        _mean(drawn, per_step["usd"][:, step], np.ones(n)) if priced else UNKNOWN, _mean(drawn, busy * timed, timed),
        fit_spread(columns, step, "usd", drawn), fit_spread(columns, step, "sec", drawn),
        fit_context(columns, step, drawn),
        drawn.share_interval(p.value, p.redrawn, p_tasks) if origin else UNKNOWN, origin,
        _share(drawn, hits, visits) if count else UNKNOWN, _mean(drawn, slack * timed, timed),
        _share(drawn, critical, timed),
        tries.fitted if tries else None, reason,
    )  # fmt: skip


def _own_share(columns: Columns, step: int, drawn: Resampling) -> Drawn | None:
    """How often a step's last answers are right, by outcomes of their own; tasks that skip it count as right.

    Where outcomes of some visits alone are known, so large a share of those who skip it is counted.
    """
    tried, right = columns.per_step["tried"][:, step], columns.per_step["right"][:, step]
    visited = columns.per_step["calls"][:, step] > 0
    if not tried.any() or is_tool(columns.names[step]):
        return None
    skipped = ~visited * tried.sum() / visited.sum()
    return Drawn(*drawn.share(right + skipped, tried + skipped))


def _spread_shares(
    names: list[str], own: list[Drawn | None], of_task: tuple[float, Floats]
) -> tuple[list[Drawn], list[str]]:
    """p of every step: its own; else an even share of what the tasks' outcomes leave; else 1, and nobody knows."""
    open_places = [place for place, p in enumerate(own) if p is None and not is_tool(names[place])]
    known = [p for p in own if p is not None]
    value, redrawn = of_task
    certain = Drawn(1.0, np.ones_like(redrawn))
    if math.isnan(value) or not open_places:
        rest = certain
    else:
        left = _divide(value, math.prod(p.value for p in known))
        left_drawn = _divide(redrawn, np.prod([p.redrawn for p in known], axis=0) if known else 1.0)
        rest = Drawn(float(left ** (1 / len(open_places))), left_drawn ** (1 / len(open_places)))
    left_over = "" if math.isnan(value) else EVEN_SHARE if len(open_places) > 1 else REST
    found = [p or (rest if place in open_places else certain) for place, p in enumerate(own)]
    return found, [OWN if p else left_over if place in open_places else "" for place, p in enumerate(own)]


def _divide(one: Any, other: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.nan_to_num(np.asarray(one) / other, nan=0.0), 0.0, 1.0)


def _ratio(drawn: Resampling, above: Floats, below: Floats) -> Drawn:
    value, redrawn = drawn.ratios(above[:, None], below[:, None])
    return Drawn(float(np.nan_to_num(value[0])), np.nan_to_num(redrawn[:, 0]))


def _mean(drawn: Resampling, above: Floats, below: Floats) -> Estimate:
    value, redrawn = drawn.ratios(above[:, None], below[:, None])
    return drawn.positive(float(value[0]), redrawn[:, 0], int((below > 0).sum()))


def _share(drawn: Resampling, above: Floats, below: Floats) -> Estimate:
    value, redrawn = drawn.share(above, below)
    return drawn.share_interval(value, redrawn, int((below > 0).sum()))


def _at_least(value: Any) -> Any:
    return np.maximum(value, 0.0)


def thin_times(values: Floats) -> RandomTime:
    """The distribution of recorded seconds; of many, of so many ranks of them."""
    ranks = np.linspace(0, values.size - 1, min(values.size, MOST_TIMES)).astype(int)
    return RandomTime.from_samples(np.sort(np.maximum(values, 0.0))[ranks])
