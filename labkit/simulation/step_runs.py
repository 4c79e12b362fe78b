"""Many runs of one step, attempt by attempt: what each is billed, how long it takes, whether its answer is right.

Nothing here uses a formula of ``labkit``: calls are made, checked and made again, as an agent would.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._values import by_value
from ..laws.patience import PATIENT, Patience
from ..steps import Cache, Gate, Judge, Person, Step
from .difficulty import Chance
from .quasi_random import narrowed
from .turns import Spread, Turns, time_of_turns

Truth = NDArray[np.bool_]
FREE = Gate()
PATIENCE = 1_000  # times that a step is done again until its answer is kept; after that nothing is in the store


class Work(NamedTuple):
    """One step in plain numbers. ``usd`` is for all calls of one round or turn, ``sec`` for one call."""

    name: str
    usd: float
    sec: float
    p: float
    rounds: int
    agents: int
    retries: int
    gate: Gate | None
    cache: Cache | None
    good_enough: float
    judge: Judge | None
    charged: bool
    times: Spread | None
    turns: Turns | None
    patience: Patience

    @property
    def sec_planned(self) -> float:
        """Seconds of one attempt with mean call times, as a planner would reckon it."""
        turns = 1.0 if self.turns is None else self.turns.mean_turns
        return self.sec * self.rounds * turns + (0.0 if self.gate is None else float(self.gate.sec))


@by_value
class Runs(NamedTuple):
    """The runs of one step. ``rejected``: the gate's last word was no, and the task is refused; None if none can be."""

    usd: Any
    sec: Any
    right: Truth
    rejected: Truth | None


def as_work(step: Step, charged: bool, times: Spread | None, turns: Turns | None, waits: Patience = PATIENT) -> Work:
    """A step that holds no arrays, in plain numbers; ``charged`` says whether retries are paid and timed."""
    talk = step.debate
    rounds, agents = (1, 1) if talk is None else (int(talk.turns), int(talk.agents))
    p = step.model.p_ok if talk is None or talk.p is None else talk.p
    retries = int(step.retries)
    return Work(
        step.name, float(step.model.usd) * rounds * agents, float(step.model.sec), float(p), rounds, agents,
        retries, step.gate, step.cache, float(step.good_enough), step.judge, charged, times, turns, waits,
    )  # fmt: skip


def run_step(rng: np.random.Generator, work: Work, size: int, p: Chance, spoiled: Truth | None = None) -> Runs:
    """``size`` runs of a step; p is its chance, one for all or one for each run; a spoiled run cannot be right."""
    runs = _run_uncached(rng, work, size, p, spoiled)
    return runs if work.cache is None else _serve_from_cache(rng, work, p, spoiled, runs)


def _run_uncached(rng: np.random.Generator, work: Work, size: int, p: Chance, spoiled: Truth | None) -> Runs:
    """The runs of a step whose answers are made, not found: calls, checks, and calls again."""
    usd, sec, in_time = _bill_attempt(rng, work, size)
    right, gate = _draw_answers(rng, size, p, spoiled) & in_time, work.gate
    if gate is None and not work.retries:
        return Runs(usd, sec, right, None)
    rejected = _check_answers(rng, gate, right) | ~in_time
    usd, sec = _try_again(rng, work, p, spoiled, (usd, sec, right, rejected))
    if gate is None or gate.when_rejected == "pass":
        return Runs(usd, sec, right, None)
    if gate.person is None:
        return Runs(usd, sec, right, rejected)
    usd, sec = _ask_person(rng, gate.person, (usd, sec, right, rejected))
    return Runs(usd, sec, right, None)


def _try_again(
    rng: np.random.Generator, work: Work, p: Chance, spoiled: Truth | None, first: tuple[Any, Any, Truth, Truth]
) -> tuple[Any, Any]:
    """Repeat what was rejected. Answers and rejections are changed in place; the bill is given back."""
    usd, sec, right, rejected = first
    recovery = None if work.gate is None else work.gate.recovery
    if work.charged and work.retries:
        usd, sec = _array_of_each(usd, right.size), _array_of_each(sec, right.size)
    for retry in range(1, work.retries + 1):
        again = np.flatnonzero(rejected)
        if not again.size:
            break
        chance = some_of(p, again) if recovery is None else float(recovery)
        draws = narrowed(rng, again)
        answers = _draw_answers(draws, again.size, chance, some_of(spoiled, again))
        right[again] = answers
        rejected[again] = _check_answers(draws, work.gate, answers)
        if work.charged:
            more_usd, more_sec, in_time = _bill_attempt(draws, work, again.size)
            usd[again] += more_usd
            sec[again] += more_sec + work.patience.wait(retry)
            right[again] &= in_time
            rejected[again] |= ~in_time
    return usd, sec


def _ask_person(rng: np.random.Generator, person: Person, runs: tuple[Any, Any, Truth, Truth]) -> tuple[Any, Any]:
    """A person looks at what was rejected. Answers are put right in place; the bill is given back."""
    usd, sec, right, rejected = runs
    right |= rejected & (rng.random(right.size) < float(person.recall))
    return usd + rejected * float(person.usd), sec + rejected * float(person.sec)


def _bill_attempt(rng: np.random.Generator, work: Work, size: int) -> tuple[Any, Any, Any]:
    """USD and seconds of one attempt of each run, and whether it was in time; one value where all are alike.

    A late call is sent twice, and what is cut off has no answer to check.
    """
    usd: Any = work.usd
    sec: Any = work.sec * work.rounds
    if work.turns is not None:
        turns = work.turns.draw(rng, size)
        usd, sec = work.usd * work.turns.price(turns), work.sec * time_of_turns(rng, work.times, turns)
    elif work.times is not None:
        sec = work.sec * slowest_of_each_round(rng, work.times, size, work.rounds, work.agents)
    patience, check = work.patience, work.gate or FREE
    limit = np.inf if patience.timeout_sec is None else patience.timeout_sec
    if patience.hedge_sec is not None and patience.hedge_sec < limit:
        late = np.flatnonzero(np.broadcast_to(sec > patience.hedge_sec, size))
        usd, sec = _array_of_each(usd, size), _array_of_each(sec, size)
        second = 1.0 if work.times is None else work.times.factors(narrowed(rng, late), late.size)
        usd[late] += work.usd
        sec[late] = np.minimum(sec[late], patience.hedge_sec + work.sec * second)
    if limit == np.inf:
        return usd + check.usd, sec + check.sec, np.True_
    in_time = np.less_equal(sec, limit)
    return usd + check.usd * in_time, np.where(in_time, sec + check.sec, limit)[()], in_time


def _draw_answers(rng: np.random.Generator, size: int, p: Chance, spoiled: Truth | None) -> Truth:
    """Whether each answer is right."""
    right: Truth = rng.random(size) < p
    return right if spoiled is None else right & ~spoiled


def _check_answers(rng: np.random.Generator, gate: Gate | None, right: Truth) -> Truth:
    """Which answers are rejected. A plain retry notices every failure and nothing else."""
    if gate is None or (gate.detection == 1.0 and gate.false_alarm == 0.0):
        return ~right
    rejected: Truth = rng.random(right.size) < np.where(right, gate.false_alarm, gate.detection)
    return rejected


def _serve_from_cache(rng: np.random.Generator, work: Work, p: Chance, spoiled: Truth | None, runs: Runs) -> Runs:
    """The same runs with a store in front: a hit has the store's price, time and answer, and nobody checks it."""
    cache, size = work.cache, runs.right.size
    assert cache is not None
    hit = rng.random(size) < cache.hit_rate
    plain = work.gate is None and not work.retries and work.patience.timeout_sec is None
    if cache.p is None and cache.stored == "checked" and not plain:
        stored = _draw_stored_answers(rng, work, p, spoiled, hit)
    else:
        stored = _draw_answers(rng, size, p if cache.p is None else float(cache.p), spoiled)
    return Runs(
        usd=np.where(hit, cache.usd, runs.usd), sec=np.where(hit, cache.sec, runs.sec),
        right=np.where(hit, stored, runs.right), rejected=None if runs.rejected is None else runs.rejected & ~hit,
    )  # fmt: skip


def _draw_stored_answers(rng: np.random.Generator, work: Work, p: Chance, spoiled: Truth | None, hit: Truth) -> Truth:
    """Which hits find a right answer: the step was done before, and again until an answer was let out and kept."""
    right = np.zeros(hit.size, dtype=bool)
    gate = work.gate
    repaired = gate is not None and (gate.person is not None or (work.retries > 0 and gate.recovery is not None))
    hopeless = np.logical_and(np.asarray(p) <= 0, not repaired)
    waiting = np.flatnonzero(hit & ~(hopeless if spoiled is None else hopeless | spoiled))
    for _ in range(PATIENCE):
        if not waiting.size:
            break
        before = _run_uncached(rng, work, waiting.size, some_of(p, waiting), None)
        right[waiting] = before.right if before.rejected is None else before.right & ~before.rejected
        waiting = waiting[:0] if before.rejected is None else waiting[before.rejected]
    return right


def _array_of_each(value: Any, size: int) -> NDArray[np.float64]:
    """An array that may be written to, with one number for each run."""
    return value if isinstance(value, np.ndarray) else np.full(size, float(value))


def some_of(values: Any, chosen: Any) -> Any:
    """The chosen elements of an array; one number for all, or None, stays as it is."""
    return values[chosen] if isinstance(values, np.ndarray) else values


def slowest_of_each_round(
    rng: np.random.Generator, times: Spread, size: int, rounds: int, agents: int
) -> NDArray[np.float64]:
    """Factors of rounds that follow one another, where each round waits for the slowest of its agents."""
    total = np.zeros(size)
    for _ in range(rounds):
        slowest = times.factors(rng, size)
        for _ in range(agents - 1):
            np.maximum(slowest, times.factors(rng, size), out=slowest)
        total += slowest
    return total
