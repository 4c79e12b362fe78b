"""One block of trajectories through a whole workflow: each a task with its own luck, from the first step to the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._sweeps import BLOCK
from .._values import by_value
from ..graph import Graph, longest
from ..laws.makespans import rank_steps
from .difficulty import Difficulty, Items
from .quasi_random import SobolDraws, narrowed
from .schedule import limited
from .step_runs import Runs, Truth, Work, run_step, some_of
from .verdicts import Verdict


class Plan(NamedTuple):
    """A workflow and the options of a simulation, in the form that a block needs."""

    works: tuple[Work, ...]
    graph: Graph
    difficulty: Difficulty | Items | None
    propagation: float | None
    at_most: int | None
    first: str
    sobol: bool = False


@by_value
class Block(NamedTuple):
    """What the trajectories of one block came to."""

    cost: NDArray[np.float64]
    latency: NDArray[np.float64]
    success: NDArray[np.bool_]
    refused: NDArray[np.bool_]


def run_block(plan: Plan, seed: int, number: int) -> Block:
    """Block number 0, 1, ... of a simulation. It depends on the plan, the seed and the number, and on nothing else.

    The stream of a block is the child that ``numpy.random.SeedSequence(seed).spawn`` would give it. Its generator is
    SFC64, for most of a simulation's time goes into drawing numbers, and it draws them fastest.
    """
    rng: Any = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(number,))))
    rng = SobolDraws(rng, BLOCK) if plan.sobol else rng
    usd, sec = np.zeros(BLOCK), np.zeros(BLOCK)
    verdict = Verdict(BLOCK, rng, plan.graph.needs, plan.propagation)
    own = {work.name: work.p for work in plan.works}
    chance = own.__getitem__ if plan.difficulty is None else plan.difficulty.for_tasks(rng, own, BLOCK)
    going: Any = slice(None)  # every trajectory; later the positions of those that have not ended
    count = BLOCK
    for stage in plan.graph.blocks:
        seconds = []
        for step in stage:
            work = plan.works[step]
            spoiled = verdict.spoiled(step, going)
            runs = run_step(narrowed(rng, going), work, count, some_of(chance(work.name), going), spoiled)
            verdict.note(step, going, runs)
            beside = work.judge if len(stage) > 1 else None  # who can end nothing here, and is paid all the same
            usd[going] += runs.usd if beside is None else runs.usd + float(beside.usd)
            seconds.append(runs.sec if beside is None else runs.sec + float(beside.sec))
        sec[going] += seconds_of_stage(plan, stage, seconds)
        work = plan.works[stage[0]]
        if len(stage) == 1 and (work.good_enough or work.judge is not None or _halts(work)):
            ended, too_soon = _find_ended(narrowed(rng, going), work, runs)
            positions = np.arange(BLOCK)[going]
            if work.judge is not None:
                judged = positions[~runs.rejected] if _halts(work) and runs.rejected is not None else going
                usd[judged] += float(work.judge.usd)
                sec[judged] += float(work.judge.sec)
                verdict.success[positions[too_soon]] = False
            if ended.any():
                verdict.end(positions[ended], stage)
                going = positions[~ended]
                count = going.size
                if not count:
                    return Block(usd, sec, verdict.success, verdict.refused)
    verdict.end(going, plan.graph.sinks())
    return Block(usd, sec, verdict.success, verdict.refused)


def seconds_of_stage(plan: Plan, stage: Sequence[int], seconds: Sequence[Any]) -> Any:
    """Seconds until all steps of a stage have ended: one step, or several that may overlap."""
    if len(stage) == 1:
        return seconds[0]
    width = [plan.works[step].agents for step in stage]
    if plan.at_most is None or sum(width) <= plan.at_most:
        return longest(stage, plan.graph.needs, dict(zip(stage, seconds, strict=True)), range(len(plan.works)))
    place = {step: i for i, step in enumerate(stage)}
    needs = [[place[other] for other in plan.graph.needs[step] if other in place] for step in stage]
    starts = sorted(range(len(stage)), key=stage.__getitem__)  # as the workflow lists its steps
    if plan.first == "longest":
        planned = np.array([plan.works[step].sec_planned for step in stage])
        starts.sort(key=rank_steps(planned, needs, range(len(stage)), plan.first).__getitem__)
    return limited(needs, seconds, width, plan.at_most, starts)


def _halts(work: Work) -> bool:
    return work.gate is not None and work.gate.when_rejected == "halt"


def _find_ended(rng: np.random.Generator, work: Work, runs: Runs) -> tuple[Truth, Truth]:
    """Which of the runs end the task, halted by the gate or stopped by the judge; and which are stopped too soon."""
    size, judge, none = runs.right.size, work.judge, np.zeros(runs.right.size, dtype=bool)
    halted = runs.rejected if _halts(work) and runs.rejected is not None else none
    if judge is None and not work.good_enough:
        return halted, none
    enough = rng.random(size) < work.good_enough
    if judge is None:
        return enough | halted, none
    ended = rng.random(size) < np.where(enough, judge.recall, judge.false_alarm)
    return ended | halted, ended & ~enough & ~halted
