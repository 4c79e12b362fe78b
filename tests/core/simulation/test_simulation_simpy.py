"""A second opinion: the same workflows as SimPy processes, within four combined standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import numpy as np
import pytest
import simpy_oracle
from oracles import agrees
from slow_ones import some_slow
from strategies import drawn_workflow

from labkit import SMALL, Model, Workflow, chain, parallel
from labkit import levers as pull
from labkit.latency import Lognormal, RandomTime
from labkit.simulation import Difficulty, Samples, Turns, simulate
from labkit.simulation.trajectories import BLOCK

RUNS = 12 * BLOCK
PROCESSES = 500
RECORDED = [1.0, 1.5, 2.0, 2.0, 3.0, 12.0]


def cases(count: int) -> list[Any]:
    """The numbers of so many cases: a third of them in `make test`, all in `make test-all`."""
    return some_slow(range(count), lambda _, case: case % 3 > 0)


def assert_both_agree(samples: Samples, rows: np.ndarray) -> None:
    """Cost, latency, success, refusal; where all tasks of one side came out alike, by the spread of the other."""
    names = ("cost", "latency", "success", "refused")
    for name, theirs in zip(names, rows.T, strict=True):
        ours = np.asarray(getattr(samples, name))
        p = float(ours.mean())
        spread = math.sqrt(p * (1 - p)) if ours.dtype == bool else max(float(ours.std()), float(theirs.std()))
        error = spread * math.sqrt(1 / ours.size + 1 / theirs.size)
        assert abs(p - float(theirs.mean())) <= 4 * error + 1e-9, name


def beta_for_all(workflow: Workflow, rho: float) -> Callable[[Random], Mapping[str, float]]:
    """One difficulty of each step, by the standard library's own beta distribution."""
    both = 1 / rho - 1

    def drawn(random: Random) -> Mapping[str, float]:
        chances = {}
        for step in workflow.steps:
            p = step.model.p_ok if step.debate is None or step.debate.p is None else step.debate.p
            chances[step.name] = p if p in (0, 1) else random.betavariate(p * both, (1 - p) * both)
        return chances

    return drawn


@pytest.mark.parametrize("case", cases(12))
def test_drawn_workflows_with_fixed_times_agree(case: int) -> None:
    workflow = drawn_workflow(Random(500 + case))
    assert_both_agree(simulate(workflow, RUNS, case), simpy_oracle.tasks(workflow, PROCESSES, case))


@pytest.mark.parametrize("case", cases(24))
def test_drawn_workflows_with_every_option_agree(case: int) -> None:
    rnd = Random(700 + case)
    workflow = drawn_workflow(rnd)
    at_most = (3, 4, 5)[case % 3]  # a drawn debate has up to three agents
    propagation = rnd.choice((None, 0.5, 1.0))
    textbook = case % 4 == 0
    turns = {s.name: (rnd.choice((1.5, 3.0)), 0.1) for s in workflow.steps if s.debate is None and rnd.random() < 0.3}
    options = simpy_oracle.Options(
        beta_for_all(workflow, 0.2), propagation, turns=turns, at_most=at_most, textbook=textbook
    )
    spread: Any = RandomTime.from_samples(RECORDED)
    if case % 2:
        options.sigma, spread = 0.6, Lognormal(1.0, 0.6)
    else:
        # A little noise, so that no two calls end in the same moment: who goes first then is a matter of taste.
        options.samples = [sec + 1e-3 * rnd.random() for sec in RECORDED for _ in range(50)]
        spread = RandomTime.from_samples(options.samples)
    samples = simulate(
        workflow, RUNS, case,
        accounting="textbook" if textbook else "expected",
        difficulty=Difficulty(0.2, shared=False),
        propagation=propagation,
        times=spread,
        turns={name: Turns(mean, growth) for name, (mean, growth) in turns.items()},
        at_most=at_most,
    )  # fmt: skip
    assert_both_agree(samples, simpy_oracle.tasks(workflow, PROCESSES, case, options))


def test_a_wide_fan_under_a_limit_agrees_and_the_limit_is_felt() -> None:
    fan = parallel(10, Model(0.01, 1.0, 0.7)).pipe(pull.retry, 1)
    options = simpy_oracle.Options(sigma=0.5, at_most=3)
    samples = simulate(fan, RUNS, 1, times=Lognormal(1.0, 0.5), at_most=3)
    assert_both_agree(samples, simpy_oracle.tasks(fan, PROCESSES, 1, options))
    assert samples.mean.latency > 1.5 * simulate(fan, RUNS, 1, times=Lognormal(1.0, 0.5)).mean.latency


def test_the_oracle_itself_is_right_where_the_answer_is_known() -> None:
    rows = simpy_oracle.tasks(chain(5, SMALL), 4000, 1)
    assert set(np.round(rows[:, 0], 12)) == {0.01}
    assert set(np.round(rows[:, 1], 12)) == {2.0}
    assert agrees(SMALL.p_ok**5, rows[:, 2])
