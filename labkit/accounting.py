"""From steps to cost, latency and reliability: one engine for one workflow and for a million.

The three ways to count retries:

* ``"textbook"``: a retry is free and instant, as in the section.
* ``"expected"``: every attempt is paid and timed, on average.
* ``"worst"``: every step uses all its attempts, one after the other.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ._inputs import one_of, plain
from ._series import power
from ._sweeps import BLOCK, common_shape, in_blocks
from .cost import expected_attempts
from .graph import Graph, longest
from .outcome import Outcome
from .reliability import Gated, gated, with_retries
from .steps import Cache, Gate, Step, is_above_zero

ONCE = 1.0
ACCOUNTINGS = ("textbook", "expected", "worst")
FREE_RETRIES = "retries are counted as free and instant, as in the text; 'expected' charges them"
NOT_EXACT = (
    "latency unknown: where steps overlap and their times are random, the mean of the slowest is not the slowest "
    "mean; 'worst' gives an upper bound, labkit.simulate(workflow, n, seed) the mean by simulation"
)


class _Priced(NamedTuple):
    """One step's numbers under one accounting: money, and time as mean, least and most.

    ``stops`` is the probability that a right answer ends the workflow early, ``goes_on`` the probability that
    the next step is reached and paid (1 under ``"worst"``).
    """

    usd: Any
    sec: Any
    sec_least: Any
    sec_most: Any
    p: Any
    stops: Any
    goes_on: Any


def evaluate(steps: Sequence[Step], graph: Graph, accounting: str) -> Outcome:
    """The outcome of a workflow. ``Workflow.outcome`` is the way to call it."""
    one_of("accounting", accounting, ACCOUNTINGS)
    keys = [step.key for step in steps]
    one_of_each = dict(zip(keys, steps, strict=True))
    shape = common_shape(one_of_each.values())
    count = _sum_back_from_end if any(step.may_end for step in one_of_each.values()) else _sum_all_steps

    def numbers(of_each: dict[Hashable, Step]) -> tuple[Any, ...]:
        return count(graph, keys, {key: price(step, accounting) for key, step in of_each.items()})

    if len(shape) == 1 and shape[0] > BLOCK:
        usd, sec, p, exact = _join_blocks(numbers, one_of_each, shape[0])
    else:
        usd, sec, p, exact = numbers(one_of_each)
    exact = np.logical_or(exact, accounting == "worst")  # a bound, not a mean
    if not np.all(exact):
        sec = np.where(exact, sec, np.nan)
    usd, sec, p = (plain(np.broadcast_to(value, shape)) for value in (usd, sec, np.clip(p, 0.0, 1.0)))
    return Outcome(usd, sec, p, accounting, _write_note(one_of_each.values(), accounting, exact))


def _join_blocks(
    numbers: Callable[[dict[Hashable, Step]], tuple[Any, ...]], one_of_each: dict[Hashable, Step], length: int
) -> tuple[Any, ...]:
    """The numbers of all designs, worked off in blocks."""
    usd, sec, p, exact = np.empty(length), np.empty(length), np.empty(length), np.empty(length, dtype=bool)
    for part, block in in_blocks(one_of_each, length):
        usd[part], sec[part], p[part], exact[part] = numbers(block)
    return usd, sec, p, exact


def _write_note(steps: Iterable[Step], accounting: str, exact: Any) -> str:
    """What a reader of the numbers should know."""
    if not np.all(exact):
        return NOT_EXACT
    retried = accounting == "textbook" and any(is_above_zero(step.retries) for step in steps)
    return FREE_RETRIES if retried else ""


def price(step: Step, accounting: str) -> _Priced:
    """One step's money, time and probabilities."""
    gate, cache = step.gate or Gate(), step.cache
    usd, sec, p = _price_attempt(step)
    behind = _after_gate_and_retries(p, step, accounting)
    mean, least, most = _count_attempts(behind.attempts, step.retries, accounting)
    mean_usd, mean_sec = _multiply_by_attempts(usd, mean), _multiply_by_attempts(sec, mean)
    least_sec, most_sec = _multiply_by_attempts(sec, least), _multiply_by_attempts(sec, most)
    halts = behind.rejected if gate.when_rejected == "halt" else 0.0
    h = 0.0 if cache is None else cache.hit_rate
    goes_on = 1.0 if accounting == "worst" else (1.0 - step.good_enough) * (1.0 - (1.0 - h) * halts)
    if cache is None:
        return _Priced(mean_usd, mean_sec, least_sec, most_sec, behind.p, step.good_enough, goes_on)
    p_hit = stored_p(cache, p, behind)
    blend = _take_larger if accounting == "worst" else _blend_means
    return _Priced(
        usd=blend(h, cache.usd, mean_usd),
        sec=blend(h, cache.sec, mean_sec),
        sec_least=-_take_larger(h, -cache.sec, -least_sec),
        sec_most=_take_larger(h, cache.sec, most_sec),
        p=_blend_means(h, p_hit, behind.p),
        stops=step.good_enough,
        goes_on=goes_on,
    )


def _price_attempt(step: Step) -> tuple[Any, Any, Any]:
    """Money, time and p of one attempt, the check included."""
    usd, sec, p = step.model.usd, step.model.sec, step.model.p_ok
    if step.debate is not None:
        usd, sec = usd * step.debate.calls, sec * step.debate.turns
        p = p if step.debate.p is None else step.debate.p
    if step.gate is not None:
        usd, sec = usd + step.gate.usd, sec + step.gate.sec
    return usd, sec, p


def _multiply_by_attempts(value: Any, attempts: Any) -> Any:
    return value if attempts is ONCE else value * attempts


def _after_gate_and_retries(p: Any, step: Step, accounting: str) -> Gated:
    """What retries and gate make of an attempt that is right with probability p."""
    gate, retries = step.gate, step.retries
    if gate is not None:
        return gated(p, gate.detection, gate.false_alarm, retries, gate.when_rejected == "pass", gate.recovery)
    if not is_above_zero(retries):
        return Gated(p, ONCE, 0.0)
    return Gated(with_retries(p, retries), expected_attempts(p, retries) if accounting == "expected" else ONCE, 0.0)


def stored_p(cache: Cache, p: Any, behind: Gated) -> Any:
    """How often a stored answer is right: p of the first attempt, or what gate and retries made of it.

    What a gate rejected for good was not stored, so the checked answers are those that it let out.
    """
    if cache.p is not None or cache.stored == "first":
        return p if cache.p is None else cache.p
    kept = 1.0 - np.asarray(behind.rejected)
    return np.minimum(np.divide(behind.p, kept, out=np.zeros(np.broadcast(behind.p, kept).shape), where=kept > 0), 1.0)


def _count_attempts(expected: Any, retries: Any, accounting: str) -> tuple[Any, Any, Any]:
    """Mean, least and most attempts. Where the mean is at an end, the number is not random."""
    worst = retries + 1.0
    if accounting == "textbook" or not np.any(np.asarray(worst) > 1.0):
        return ONCE, ONCE, ONCE
    if accounting == "worst":
        return worst, worst, worst
    return expected, np.where(expected == worst, worst, 1.0), np.where(expected == 1.0, 1.0, worst)


def _blend_means(hit_rate: Any, hit: Any, miss: Any) -> Any:
    return hit_rate * hit + (1.0 - hit_rate) * miss


def _take_larger(hit_rate: Any, hit: Any, miss: Any) -> Any:
    """The larger of hit and miss, where both can happen."""
    either = np.maximum(hit, miss)
    return np.where(np.equal(hit_rate, 1.0), hit, np.where(np.equal(hit_rate, 0.0), miss, either))


def _sum_all_steps(graph: Graph, keys: list[Hashable], priced: dict[Hashable, _Priced]) -> tuple[Any, ...]:
    """Cost, seconds, reliability where every step is done; steps alike are counted, not looped over."""
    usd, p = _count_steps(keys, priced)
    alone = Counter(keys[block[0]] for block in graph.blocks if len(block) == 1)
    sec = functools.reduce(np.add, (count * priced[key].sec for key, count in alone.items()), 0.0)
    exact: Any = True
    for block in graph.blocks:
        if len(block) > 1:
            block_sec, block_exact = _time_block(block, graph, keys, priced)
            sec, exact = sec + block_sec, np.logical_and(exact, block_exact)
    return usd, sec, p, exact


def _sum_back_from_end(graph: Graph, keys: list[Hashable], priced: dict[Hashable, _Priced]) -> tuple[Any, ...]:
    """The same from the end backwards: what follows a step counts only as often as it is reached."""
    usd: Any = 0.0
    sec: Any = 0.0
    p: Any = 1.0
    exact: Any = True
    for block in reversed(graph.blocks):
        if len(block) == 1:
            step = priced[keys[block[0]]]
            usd, sec = step.usd + step.goes_on * usd, step.sec + step.goes_on * sec
            p = step.p * (step.stops + (1.0 - step.stops) * p)
            continue
        block_usd, block_p = _count_steps([keys[step] for step in block], priced)
        block_sec, block_exact = _time_block(block, graph, keys, priced)
        usd, sec, p, exact = block_usd + usd, block_sec + sec, block_p * p, np.logical_and(exact, block_exact)
    return usd, sec, p, exact


def _count_steps(keys: list[Hashable], priced: dict[Hashable, _Priced]) -> tuple[Any, Any]:
    """Cost and reliability of steps that are all done."""
    counts = Counter(keys)
    usd = functools.reduce(np.add, (count * priced[key].usd for key, count in counts.items()))
    p = functools.reduce(np.multiply, (power(np.asarray(priced[key].p), count) for key, count in counts.items()))
    return usd, p


def _time_block(
    block: list[int], graph: Graph, keys: list[Hashable], priced: dict[Hashable, _Priced]
) -> tuple[Any, Any]:
    """Seconds of one block, and whether that is exact: chance must not move the slowest path."""
    least = longest(block, graph.needs, {key: each.sec_least for key, each in priced.items()}, keys)
    most = longest(block, graph.needs, {key: each.sec_most for key, each in priced.items()}, keys)
    return most, np.equal(least, most)
