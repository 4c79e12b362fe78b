"""Simulated tasks a second by arrays, against SimPy processes, in one run.

The peer is a lean SimPy model of each workflow in its usual form, an environment for each task: it draws the same
chances, waits the same seconds and keeps the same three numbers for each task, and nothing else. (A single process
that works off the tasks of a chain in turn, in one environment, takes about a third less time than that.) Both sides
are compared, mean by mean, before their times are. There are two rows:

- chain: 12 steps with one retry each; for SimPy one process a task. The promise is about this row.
- limit: 12 steps in three ranks of four, heavy-tailed call times, one retry, at most 3 calls in flight; for SimPy one
  process a step and a resource with priorities.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import simpy
from memory import in_words, peak_gib

from labkit import PREMIUM, SMALL, Workflow, chain, parallel, retry
from labkit.simulation import LognormalSpread, Samples, simulate

TASKS = 1_000_000
PEER_TASKS = 3_000
PROMISED_RATIO = 200
PROMISED_GIB = 1.0
SIGMA = 0.5
ROUNDS = 7

CHAIN = chain(4, PREMIUM).then(chain(8, SMALL)).pipe(retry, 1)
RANKS = parallel(4, PREMIUM).then(parallel(4, SMALL)).then(parallel(4, SMALL)).pipe(retry, 1)


def chain_process(
    env: simpy.Environment, steps: list[tuple[float, float, float, int]], random: Random, sums: list
) -> Iterator:
    """One task: step after step, each tried again where it fails."""
    usd, right = 0.0, True
    for price, sec, p, tries in steps:
        for _ in range(tries):
            usd += price
            yield env.timeout(sec)
            done = random.random() < p
            if done:
                break
        right &= done
    sums.append((usd, env.now, right))


def chain_by_processes(n: int) -> np.ndarray:
    """n tasks, each in an environment of its own."""
    random, sums = Random(1), []
    steps = plain_steps(CHAIN)
    for _ in range(n):
        env = simpy.Environment()
        env.process(chain_process(env, steps, random, sums))
        env.run()
    return np.array(sums, dtype=float)


def limited_process(env: simpy.Environment, rank: int, step: Any, needs: list, task: dict, random: Random) -> Iterator:
    """One step: wait for what it needs, wait for a place, call until right or out of tries."""
    price, sec, p, tries = step
    if needs:
        yield env.all_of(needs)
    with task["places"].request(priority=rank) as place:
        yield place
        for _ in range(tries):
            task["usd"] += price
            yield env.timeout(sec * math.exp(random.gauss(-(SIGMA**2) / 2, SIGMA)))
            done = random.random() < p
            if done:
                break
    task["right"] &= done


def limited_by_processes(n: int) -> np.ndarray:
    """n tasks, each in an environment of its own with three places."""
    random, rows = Random(1), []
    steps, needs = plain_steps(RANKS), RANKS.graph.needs
    for _ in range(n):
        env = simpy.Environment()
        task = {"usd": 0.0, "right": True, "places": simpy.PriorityResource(env, 3)}
        started: list = []
        for rank, step in enumerate(steps):
            before = [started[other] for other in needs[rank]]
            started.append(env.process(limited_process(env, rank, step, before, task, random)))
        env.run()
        rows.append((task["usd"], env.now, task["right"]))
    return np.array(rows, dtype=float)


def plain_steps(workflow: Workflow) -> list[tuple[float, float, float, int]]:
    """Price, seconds, p and tries of each step."""
    return [(step.model.usd, step.model.sec, step.model.p_ok, int(step.retries) + 1) for step in workflow.steps]


def microseconds(work: Callable[[], Any], tasks: int) -> tuple[float, Any]:
    """Microseconds a task, and what came out."""
    begin = time.perf_counter()
    result = work()
    return (time.perf_counter() - begin) / tasks * 1e6, result


def assert_agree(samples: Samples, rows: np.ndarray) -> None:
    """Means within four standard errors of the smaller simulation."""
    for ours, theirs in zip((samples.cost, samples.latency, samples.success), rows.T, strict=True):
        error = float(ours.std()) * math.sqrt(1 / ours.size + 1 / theirs.size)
        assert abs(float(ours.mean()) - float(theirs.mean())) <= 4 * error, (ours.mean(), theirs.mean(), error)


def row(label: str, arrays: Callable[[], Samples], processes: Callable[[], np.ndarray]) -> float:
    """Time both sides in turns, see that they agree, print one row; how many times as fast, best round against best."""
    fast, slow = [], []
    for _ in range(ROUNDS):
        seconds, samples = microseconds(arrays, TASKS)
        fast.append(seconds)
        seconds, rows = microseconds(processes, PEER_TASKS)
        slow.append(seconds)
    assert_agree(samples, rows)
    ours, theirs = min(fast), min(slow)
    print(
        f"simulate {label}: {1e6 / ours:10,.0f} tasks a second by arrays, {1e6 / theirs:6,.0f} by SimPy: "
        f"{theirs / ours:,.0f} times"
    )
    return theirs / ours


def main() -> bool:
    """Print both rows and the memory; is what was promised kept?"""
    print(f"simulate {TASKS:,} tasks of 12 steps with one retry, one core; SimPy is timed on {PEER_TASKS:,} of them")
    simulate(CHAIN, 1000, 1)  # warm up
    ratio = row("chain", lambda: simulate(CHAIN, TASKS, 1, progress=None), lambda: chain_by_processes(PEER_TASKS))
    spread = LognormalSpread(SIGMA)
    row(
        "limit",
        lambda: simulate(RANKS, TASKS, 1, times=spread, at_most=3, progress=None),
        lambda: limited_by_processes(PEER_TASKS),
    )
    gib = peak_gib()
    print(f"         promised: {PROMISED_RATIO} times for the first row (none for the second), ", end="")
    print(f"under {PROMISED_GIB:g} GiB; peak memory {in_words(gib)}")
    return ratio >= PROMISED_RATIO and (gib is None or gib < PROMISED_GIB)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
