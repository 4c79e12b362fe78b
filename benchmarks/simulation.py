"""A million simulated tasks, against an expert's numpy, numba where it is installed, and how fast numbers are drawn.

Both sides are compared, mean by mean, before their times are. The rows:

- chain: 12 steps with one retry each. The expert knows that one uniform number says of a step whether the first, the
  second or no attempt is right, so 12 numbers a task are drawn; those are the physical limit too.
- streamed: the same, of which only sums are kept.
- places: 12 steps in three ranks of four, heavy-tailed call times, one retry, at most 3 calls in flight. The expert
  keeps three arrays of when a place is free; a lean SimPy model, timed on a few thousand tasks, stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import simpy
from measure import cpu_seconds, in_pairs, least, numba_or_none, random_seconds, row
from memory import in_words, peak_gib

from labkit import PREMIUM, SMALL, Workflow, chain, parallel, retry
from labkit._sweeps import BLOCK
from labkit.latency import Lognormal
from labkit.simulation import Samples, simulate

TASKS = 1_000_000
PEER_TASKS = 3_000
PROMISED_RATIO = 3
PROMISED_GIB = 1.0
SIGMA = 0.5

CHAIN = chain(4, PREMIUM).then(chain(8, SMALL)).pipe(retry, 1)
RANKS = parallel(4, PREMIUM).then(parallel(4, SMALL)).then(parallel(4, SMALL)).pipe(retry, 1)


def chain_by_hand(n: int) -> np.ndarray:
    """Cost, latency and success of n tasks by an expert: a uniform number a step, in blocks; summed up."""
    rng = np.random.Generator(np.random.SFC64(1))
    total = np.zeros(6)
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        usd, sec, right = np.zeros(size), np.zeros(size), np.ones(size, dtype=bool)
        for price, seconds, p, _ in plain_steps(CHAIN):
            drawn = rng.random(size)
            again = drawn > p
            usd += price
            sec += seconds
            usd += again * price
            sec += again * seconds
            right &= drawn < 1 - (1 - p) ** 2
        total += usd.sum(), sec.sum(), right.sum(), (usd**2).sum(), (sec**2).sum(), right.sum()
    return total


def chain_compiled(n: int) -> Callable[[], float] | None:
    """The same as one compiled loop; None without numba."""
    numba = numba_or_none()
    if numba is None:
        return None
    steps = np.array([step[:3] for step in plain_steps(CHAIN)])

    @numba.njit
    def run(n, steps, seed):  # type: ignore[no-untyped-def]
        np.random.seed(seed)
        usd, sec, done = 0.0, 0.0, 0
        for _ in range(n):
            right = True
            for s in range(steps.shape[0]):
                drawn = np.random.random()
                tries = 1 + (drawn > steps[s, 2])
                usd += steps[s, 0] * tries
                sec += steps[s, 1] * tries
                right &= drawn < 1 - (1 - steps[s, 2]) ** 2
            done += right
        return usd + sec + done

    run(10, steps, 1)
    return lambda: run(n, steps, 1)


def limited_by_hand(n: int) -> np.ndarray:
    """Cost, latency and success of n tasks with three places, by an expert who knows that each rank waits for all."""
    rng = np.random.Generator(np.random.SFC64(1))
    rows = np.empty((n, 3))
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        usd, end, right, column = np.zeros(size), np.zeros(size), np.ones(size, dtype=bool), np.arange(size)
        for place, (price, sec, p, _) in enumerate(plain_steps(RANKS)):
            if place % 4 == 0:
                free = np.tile(end, (3, 1))
            times = sec * np.exp(rng.standard_normal(size) * SIGMA - SIGMA**2 / 2)
            drawn = rng.random(size)
            again = np.flatnonzero(drawn > p)
            times[again] += sec * np.exp(rng.standard_normal(again.size) * SIGMA - SIGMA**2 / 2)
            usd += price
            usd[again] += price
            right &= drawn < 1 - (1 - p) ** 2
            free[free.argmin(axis=0), column] += times
            end = free.max(axis=0)
        rows[start : start + size] = np.column_stack([usd, end, right])
    return rows


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


def assert_agree(samples: Samples, rows: np.ndarray) -> None:
    """Means within four standard errors of the smaller simulation."""
    for ours, theirs in zip((samples.cost, samples.latency, samples.success), rows.T, strict=True):
        error = float(ours.std()) * math.sqrt(1 / ours.size + 1 / theirs.size)
        assert abs(float(ours.mean()) - float(theirs.mean())) <= 4 * error, (ours.mean(), theirs.mean(), error)


def sums(samples: Samples) -> np.ndarray:
    """What is kept of a block: sums and sums of squares."""
    cost, latency, right = samples.cost, samples.latency, samples.success.sum()
    return np.array([cost.sum(), latency.sum(), right, (cost**2).sum(), (latency**2).sum(), right])


def assert_alike(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Means of the same number of tasks within four standard errors of their difference."""
    one, other = ours / TASKS, theirs / TASKS
    error = np.sqrt(2 * np.maximum(one[3:] - one[:3] ** 2, 0) / TASKS)
    assert np.all(abs(one[:3] - other[:3]) <= 4 * error + 1e-9), (one, other)


def main() -> bool:
    """Print the rows and the memory; is what was promised kept?"""
    simulate(CHAIN, 1000, 1)  # warm up
    limit = random_seconds(12 * TASKS)
    compiled = chain_compiled(TASKS)
    note = "numba is not installed" if compiled is None else f"one compiled loop (numba): {least(compiled):.3g} s"
    pair = in_pairs(lambda: simulate(CHAIN, TASKS, 1, progress=None), lambda: chain_by_hand(TASKS), 3)
    assert_alike(sums(pair.our_result), pair.their_result)
    row("simulate, a million tasks, chain of 12", pair.ours, pair.theirs, limit, "s", note)
    ratio = pair.ours / pair.theirs
    pair = in_pairs(lambda: simulate(CHAIN, TASKS, 1, progress=None, reduce=sums), lambda: chain_by_hand(TASKS), 3)
    assert_alike(pair.our_result, pair.their_result)
    row("simulate, the same, streamed", pair.ours, pair.theirs, limit, "s")
    spread = Lognormal(1.0, SIGMA)
    pair = in_pairs(
        lambda: simulate(RANKS, TASKS, 1, times=spread, at_most=3, progress=None), lambda: limited_by_hand(TASKS), 3
    )
    assert_agree(pair.our_result, pair.their_result)
    slow, rows = cpu_seconds(lambda: limited_by_processes(PEER_TASKS))
    assert_agree(pair.our_result, rows)
    note = f"SimPy: {slow * TASKS / PEER_TASKS:,.0f} s, as of {PEER_TASKS:,} tasks"
    row("simulate, a million tasks, 3 places", pair.ours, pair.theirs, random_seconds(24 * TASKS), "s", note)
    gib = peak_gib()
    print(f"simulate promised: {PROMISED_RATIO} times the expert at most, under {PROMISED_GIB:g} GiB; ", end="")
    print(f"peak memory {in_words(gib)}")
    return ratio <= PROMISED_RATIO and (gib is None or gib < PROMISED_GIB)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
