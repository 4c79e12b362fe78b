"""Independent ways to the same numbers: a simulation attempt by attempt, and brute force over graphs.

Nothing here calls a formula of labkit. Steps and workflows are only read, as the description of a design.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Needs = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Runs:
    """Many simulated runs: what each was billed, how long it took, whether its answer was right, or it was refused."""

    usd: np.ndarray
    sec: np.ndarray
    right: np.ndarray
    refused: np.ndarray


def agrees(value: float, samples: Any, errors: float = 4.0) -> bool:
    """Is a mean within ``errors`` standard errors of the samples' mean? Samples that never vary must hit it."""
    samples = np.asarray(samples, dtype=float)
    error = samples.std(ddof=1) / np.sqrt(samples.size)
    return abs(samples.mean() - value) <= errors * error + 1e-9 * max(1.0, abs(value))


def agrees_in_share(value: float, samples: Any, errors: float = 4.0) -> bool:
    """The same for a share of yes and no, whose standard error follows from the value under test."""
    samples = np.asarray(samples, dtype=float)
    error = np.sqrt(max(value * (1 - value), 0.0) / samples.size)
    return abs(samples.mean() - value) <= errors * error + 1e-12


# ---- one step, attempt by attempt -------------------------------------------------------------------------


def attempts(
    rng: np.random.Generator,
    n: int,
    p: float,
    detection: float = 1.0,
    false_alarm: float = 0.0,
    retries: int = 0,
    when_rejected: str = "fail",
    recovery: float | None = None,
    person: Any = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ask, check, ask again: whether each run ends right, its attempts, and whether it ends rejected.

    A person is shown what ends rejected, and mends the wrong ones that she notices.
    """
    right, rejected, made = np.zeros(n, bool), np.ones(n, bool), np.zeros(n)
    for attempt in range(int(retries) + 1):
        chance = p if attempt == 0 or recovery is None else recovery
        good = rng.random(n) < chance
        alarm = rng.random(n) < np.where(good, false_alarm, detection)
        asked = rejected.copy()
        made += asked
        right = np.where(asked, good, right)
        rejected = np.where(asked, alarm, False)
    if person is not None:
        return np.where(rejected & ~right, rng.random(n) < person.recall, right), made, rejected
    if when_rejected == "pass":
        return right, made, np.zeros(n, bool)
    return right & ~rejected, made, rejected


def one_step(rng: np.random.Generator, step: Any, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """USD, seconds, right, refused of n runs of one step with everything that is wrapped around its call."""
    turns, calls, p = 1, 1, step.model.p_ok
    if step.debate is not None:
        turns = int(step.debate.rounds) + (step.debate.counting == "listing")
        calls = sum(1 for _ in range(turns) for _ in range(int(step.debate.agents)))
        p = p if step.debate.p is None else step.debate.p
    usd_attempt, sec_attempt = step.model.usd * calls, step.model.sec * turns
    gate = step.gate
    if gate is None:
        right, made, _ = attempts(rng, n, p, retries=step.retries)
        refused = np.zeros(n, bool)
    else:
        usd_attempt, sec_attempt = usd_attempt + gate.usd, sec_attempt + gate.sec
        right, made, refused = attempts(
            rng, n, p, gate.detection, gate.false_alarm, step.retries, gate.when_rejected, gate.recovery, gate.person
        )
    usd, sec = usd_attempt * made, sec_attempt * made
    if gate is not None and gate.person is not None:
        usd, sec = usd + refused * gate.person.usd, sec + refused * 60 * gate.person.minutes
        refused = np.zeros(n, bool)
    if step.cache is not None:
        hit = rng.random(n) < step.cache.hit_rate
        stored_right = stored_answers(rng, step, n, p)
        usd, sec = np.where(hit, step.cache.usd, usd), np.where(hit, step.cache.sec, sec)
        right, refused = np.where(hit, stored_right, right), refused & ~hit
    return usd, sec, right, refused


def stored_answers(rng: np.random.Generator, step: Any, n: int, p: float) -> np.ndarray:
    """What n hits find: first answers, or a draw from what other runs of the step let out; nothing is never right."""
    if step.cache.p is not None or step.cache.stored == "first":
        return rng.random(n) < (p if step.cache.p is None else step.cache.p)
    if step.gate is None:
        return attempts(rng, n, p, retries=step.retries)[0]
    gate = step.gate
    right, _, rejected = attempts(
        rng, 4 * n, p, gate.detection, gate.false_alarm, step.retries, gate.when_rejected, gate.recovery, gate.person
    )
    kept = right[~rejected] if gate.person is None else right
    return rng.choice(kept, n) if kept.size else np.zeros(n, bool)


def simulate(workflow: Any, n: int, seed: int) -> Runs:
    """n runs of a workflow. A run ends where a gate halts it, or where its judge takes the answer for good enough."""
    rng = np.random.default_rng(seed)
    usd, right, refused, going = np.zeros(n), np.ones(n, bool), np.zeros(n, bool), np.ones(n, bool)
    ends: dict[str, np.ndarray] = {}
    waiting = list(workflow.steps)
    while waiting:
        step = next(s for s in waiting if all(name in ends for name in s.needs))
        waiting.remove(step)
        step_usd, step_sec, step_right, step_refused = one_step(rng, step, n)
        halted = step_refused if step.gate is not None and step.gate.when_rejected == "halt" else np.zeros(n, bool)
        followed = any(step.name in other.needs for other in workflow.steps)
        enough = rng.random(n) < step.good_enough
        stopped = enough
        if step.judge is not None and followed:  # after the last step there is nothing to spare
            stopped = rng.random(n) < np.where(enough, step.judge.recall, step.judge.false_alarm)
            step_usd, step_sec = step_usd + ~halted * step.judge.usd, step_sec + ~halted * step.judge.sec
        start = np.max([np.zeros(n), *(ends[name] for name in step.needs)], axis=0)
        usd += np.where(going, step_usd, 0.0)
        right &= (step_right & ~(stopped & ~enough)) | ~going
        refused |= step_refused & going
        ends[step.name] = np.where(going, start + step_sec, start)
        going &= ~halted & ~stopped
    return Runs(usd, np.max(list(ends.values()), axis=0), right & ~refused, refused)


# ---- graphs by brute force --------------------------------------------------------------------------------


def paths(needs: Needs) -> Iterator[list[int]]:
    """Every path that ends in some step, each from a step that needs nothing."""

    def up_to(step: int) -> Iterator[list[int]]:
        if not needs[step]:
            yield [step]
        for other in set(needs[step]):
            for path in up_to(other):
                yield [*path, step]

    for step in range(len(needs)):
        yield from up_to(step)


def longest(sec: Sequence[float], needs: Needs) -> float:
    """The slowest of all paths."""
    return max(sum(sec[step] for step in path) for path in paths(needs))


def ancestors(needs: Needs) -> list[set[int]]:
    """All that must end before each step, by walking back."""
    found = []
    for step in range(len(needs)):
        seen: set[int] = set()
        open_ends = list(needs[step])
        while open_ends:
            other = open_ends.pop()
            if other not in seen:
                seen.add(other)
                open_ends += needs[other]
        found.append(seen)
    return found


def always_alone(needs: Needs) -> set[int]:
    """The steps that each other step comes before or after."""
    before = ancestors(needs)
    everything = range(len(needs))
    return {s for s in everything if all(o == s or o in before[s] or s in before[o] for o in everything)}
