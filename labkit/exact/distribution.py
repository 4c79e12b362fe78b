"""The whole distribution of a task's seconds, and of its dollars: what ``Workflow.latency`` and ``.cost`` give back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._inputs import one_number, one_share
from .._sweeps import arrays_of
from ..graph import Graph, longest
from ..laws.named_times import Exponential, Lognormal, Uniform
from ..laws.patience import PATIENT, Patience
from ..laws.random_times import RandomAmount, RandomTime
from ..steps import Step
from .grids import Grid
from .lists import Lists, TooManyValues
from .whole import MOST_RETRIES, Attempt, beside_attempts, of_workflow, rounds_and_check, step_ends

LAWS = (Exponential, Lognormal, Uniform, RandomTime)
MOST_POINTS, COARSE = 2**20, 2**10  # of a grid, and of the first looks
RARE, BEYOND = 1e-9, 1e-6  # chances: of a call beyond all that is looked at, of a task beyond the grid


class Call(NamedTuple):
    """How the calls of one step are made: mean seconds, how many at once, their law up to scale, and the patience."""

    sec: float
    agents: int
    law: Any
    patience: Patience

    @property
    def varies(self) -> bool:
        """Do the calls of the step vary?"""
        return self.law is not None and self.sec > 0

    def within(self, sec: Any) -> Any:
        """The probability that all the calls at once are done within so many seconds."""
        if not self.varies:
            return np.where(np.asarray(sec) >= self.sec, 1.0, 0.0)
        scale, hedge = self.law.mean / self.sec, self.patience.hedge_sec
        found = self.law.within(sec * scale)
        if hedge is not None:
            found = 1.0 - (1.0 - found) * (1.0 - self.law.within((sec - hedge) * scale))
        return found**self.agents

    def reach(self) -> float:
        """Seconds that a call hardly ever takes longer than."""
        most, limit = self.sec, self.patience.timeout_sec
        while self.varies and self.within(most) < 1.0 - RARE and most < 1e300:
            most *= 2.0
        return most if limit is None else min(most, limit)


def time_of(
    steps: Sequence[Step], graph: Graph, times: Any, patience: Any, first_token: Any, grid_sec: Any
) -> RandomTime:
    """The seconds of a task. ``Workflow.latency`` is the way to call it."""
    calls = _calls_of_each(steps, times, patience)
    if first_token is not None:
        share = one_share("first_token", first_token)
        for i in graph.sinks():
            if steps[i].gate is None and steps[i].debate is None and steps[i].retries == 0:
                calls[i] = calls[i]._replace(sec=calls[i].sec * share)

    def attempt(kind: Any, step: Step, call: Call) -> Attempt:
        (rounds, check), limit = rounds_and_check(step), call.patience.timeout_sec
        if call.varies:
            return kind.call(call, int(rounds), check)
        if limit is not None and call.sec > limit:
            return None, kind.at(limit)
        return kind.at(call.sec * rounds + check), None

    def whole(kind: Any) -> tuple[Any, Any]:
        return _put_together(kind, steps, graph, calls, attempt, "sec")

    if not any(call.varies for call in calls):
        try:
            return _from_lists(*whole(Lists()))
        except TooManyValues:
            pass
    different = {(step.key, call): step for step, call in zip(steps, calls, strict=True)}
    work = sum(6 * (int(step.retries) + 1) for step in different.values())
    return _on_grid(whole, *_find_range(steps, graph, calls), 2 ** int(np.clip(24 - math.log2(work), 12, 16)), grid_sec)


def cost_of(steps: Sequence[Step], graph: Graph, times: Any, patience: Any) -> RandomAmount:
    """The dollars of a task. ``Workflow.cost`` is the way to call it."""

    def attempt(kind: Any, step: Step, call: Call) -> Attempt:
        usd = step.model.usd * (1.0 if step.debate is None else step.debate.calls)
        check = 0.0 if step.gate is None else step.gate.usd
        limit, hedge, alone = call.patience.timeout_sec, call.patience.hedge_sec, 1.0
        in_time = 1.0 if limit is None else float(call.within(limit))
        if hedge is not None and (limit is None or hedge < limit):
            alone = float(call._replace(patience=PATIENT).within(hedge))
        twice = 2.0 * usd if alone < 1.0 else usd
        first = kind.scaled(kind.at(usd + check), min(alone, in_time))
        second = kind.scaled(kind.at(twice + check), max(in_time - alone, 0.0))
        return kind.mixed(first, second), kind.scaled(kind.at(twice), 1.0 - in_time)

    calls = _calls_of_each(steps, times, patience)
    try:
        return _from_lists(*_put_together(Lists(), steps, graph, calls, attempt, "usd"))
    except TooManyValues:
        raise ValueError(
            f"workflow has {len(steps):,} steps whose dollars make too many different sums to list; "
            "labkit.simulate(workflow, n, seed) draws them"
        ) from None


def _calls_of_each(steps: Sequence[Step], times: Any, patience: Any) -> list[Call]:
    """How the calls of each step are made; what cannot be worked out is a ``ValueError``."""
    names, calls = [step.name for step in steps], []
    laws = option_of_each("times", times, LAWS, names)
    patient = patience_of_each(patience, steps)
    check_one_design(steps)
    for step in steps:
        if step.retries > MOST_RETRIES:
            raise ValueError(f"retries must be at most {MOST_RETRIES:,}, got {step.retries:,.0f} at step {step.name!r}")
        agents = 1 if step.debate is None else int(step.debate.agents)
        calls.append(Call(float(step.model.sec), agents, laws[step.name], patient[step.name]))
    return calls


def patience_of_each(value: Any, steps: Sequence[Step], turns: Mapping[str, Any] | None = None) -> dict[str, Patience]:
    """The patience of each step; calls that are one of several in an attempt are neither cut off nor hedged."""
    found = option_of_each("patience", value, (Patience,), [step.name for step in steps])
    for step in steps:
        waits = found[step.name] = found[step.name] or PATIENT
        several = "a debate's calls" if step.debate is not None else "turns" if (turns or {}).get(step.name) else ""
        if several and (waits.timeout_sec is not None or waits.hedge_sec is not None):
            raise ValueError(f"patience must not cut off or hedge {several}, got {waits!r} at step {step.name!r}")
    return found


def check_one_design(steps: Sequence[Step]) -> None:
    """Nothing; a step that holds arrays is a ``ValueError``."""
    for step in steps:
        if any(True for _ in arrays_of(step)):
            raise ValueError(f"workflow must be one design, but step {step.name!r} holds arrays")


def option_of_each(name: str, value: Any, kinds: tuple[type, ...], names: Sequence[str]) -> dict[str, Any]:
    """The option of each step: one for all, or a mapping from names, or None; a time must have one mean above zero."""
    given = value if isinstance(value, Mapping) else dict.fromkeys(names, value)
    known = set(names)
    for step, each in given.items():
        if step not in known:
            raise ValueError(f"{name} names step {step!r}, which the workflow does not have")
        if each is not None and not isinstance(each, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise ValueError(f"{name} must be {wanted}, or a mapping from step names to it, got {each!r}")
        if isinstance(each, LAWS) and (np.ndim(each.mean) or not float(np.asarray(each.mean)) > 0):
            raise ValueError(f"{name} must have one mean, above zero, got {each!r}")
    return {step: given.get(step) for step in names}


def _put_together(
    kind: Any, steps: Sequence[Step], graph: Graph, calls: Sequence[Call],
    attempt: Callable[[Any, Step, Call], Attempt], unit: str,
) -> tuple[Any, Any]:  # fmt: skip
    """What all tasks take, and those that end right; steps alike are worked out once."""
    keys = [(step.key, call) for step, call in zip(steps, calls, strict=True)]
    different = dict(zip(keys, steps, strict=True))
    once = {key: attempt(kind, step, key[1]) for key, step in different.items()}

    def whole(right_only: bool) -> Any:
        ends = {}
        for key, step in different.items():
            patience = key[1].patience if unit == "sec" else PATIENT
            ends[key] = step_ends(kind, step, unit, once[key], once[key], patience, right_only)
        on, over = zip(*map(ends.__getitem__, keys), strict=True)
        return of_workflow(kind, graph, on, over, adds_up=unit == "usd")

    return whole(False), whole(True)


def _from_lists(every: Any, right: Any) -> RandomAmount:
    """The distribution from two lists of one design."""
    p_right = 0.0 if right is None else min(float(right.p.sum()), 1.0)
    found = RandomAmount(right.value[:, 0], right.p[:, 0] / right.p.sum()) if p_right else None
    return RandomAmount(every.value[:, 0], every.p[:, 0] / every.p.sum(), p_right=p_right, right=found)


def _find_range(steps: Sequence[Step], graph: Graph, calls: Sequence[Call]) -> tuple[float, int]:
    """Seconds that a task hardly ever takes longer than, and how many numbers are rounded on its longest way."""
    reach, moved = {}, {}
    for i, (step, call) in enumerate(zip(steps, calls, strict=True)):
        (look, hit, judgement), tries = beside_attempts(step, "sec"), int(step.retries) + 1
        rounds, check = rounds_and_check(step)
        waits = sum(call.patience.wait(made) for made in range(1, tries))
        reach[i] = max(tries * (call.reach() * rounds + check) + waits + look, hit) + judgement
        moved[i] = tries * (rounds + (rounds > 1) + (waits > 0)) + (look > 0) + (judgement > 0)
    keys = range(len(steps))
    return float(longest(graph.order, graph.needs, reach, keys)), int(longest(graph.order, graph.needs, moved, keys))


def _on_grid(
    whole: Callable[[Grid], tuple[Any, Any]], reach: float, moved: int, points: int, grid_sec: Any
) -> RandomTime:
    """The distribution on a grid that is as long as all but a millionth of the tasks, found in a few rough looks."""
    length, first = float(reach), None
    for _ in range(5):
        rough = Grid(length / (COARSE - 1), COARSE)
        found, _ = whole(rough)
        first = first or (rough.unit, found)
        sums = np.cumsum(found)
        shorter = float(np.searchsorted(sums, sums[-1] - BEYOND) + 2) * rough.unit
        if shorter > 0.8 * length:
            break
        length = shorter
    unit = length / (points - 1) if grid_sec is None else one_number("grid_sec", grid_sec)
    if not 0 < length < unit * MOST_POINTS:
        raise ValueError(
            f"grid_sec must be above {length / MOST_POINTS:.3g} where tasks take {length:.3g} s, got {unit:g}"
        )
    grid = Grid(unit, int(length / unit) + 2)
    every, right = whole(grid)
    beyond, p_right = max(1.0 - float(every.sum()), 0.0), min(grid.mass(right), 1.0)
    sec = np.append(np.arange(grid.points), grid.points) * unit
    assert first is not None
    past = np.maximum(np.arange(COARSE) * first[0] - sec[-1], 0.0) @ first[1]  # seconds a task, of those beyond
    sec[-1] += past / beyond if beyond > BEYOND / 1e3 else 0.0
    found = RandomTime(sec[:-1], right / right.sum()) if p_right else None
    return RandomTime(
        sec, np.append(every, beyond) / (every.sum() + beyond), 1.25 * moved * unit, beyond, p_right, found
    )
