"""From steps to cost, latency and reliability: one engine for one workflow and for a million.

The three ways to count retries:

* ``"textbook"``: a retry is free and instant, as in the section.
* ``"expected"``: every attempt is paid and timed, on average.
* ``"worst"``: every step uses all its attempts, one after the other.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ._inputs import one_of, plain
from ._series import at_least_one, geometric_sum, power
from ._sweeps import BLOCK, DESIGNS, common_shape, cut_out
from .exact.whole import mean_of_block
from .graph import Graph, longest
from .laws.gates import escalated, gated
from .outcome import Outcome
from .steps import Cache, Judge, Person, Step, is_above_zero

ONCE = 1.0
RIGHT_AND_FREE = Judge()
ACCOUNTINGS = ("textbook", "expected", "worst")
FREE_RETRIES = "retries are counted as free and instant, as in the text; 'expected' charges them"
NOT_EXACT = (
    "latency between two bounds: where many steps overlap and their times are random, the mean of the slowest is not "
    "the slowest mean, and its times are too many to list; labkit.simulate(workflow, n, seed) gives the mean by "
    "simulation"
)


class _Priced(NamedTuple):
    """One step's numbers under one accounting: money, and time as mean, least and most.

    ``delivered`` is the probability that no gate refuses, ``stops`` that a judge ends the workflow after an answer
    that was let out, ``ends_right`` that it does so with one that will do, and ``goes_on`` that the next step is
    reached and paid (1 under ``"worst"``).
    """

    usd: Any
    sec: Any
    sec_least: Any
    sec_most: Any
    p: Any
    delivered: Any
    ends_right: Any
    stops: Any
    goes_on: Any


_Timed: TypeAlias = Callable[[list[int], Graph, list[Hashable], dict[Hashable, _Priced]], tuple[Any, Any]]
_Sums: TypeAlias = tuple[Any, Any, Any, Any, Any]


class _Behind(NamedTuple):
    """An attempt behind gate and retries: how often it ends right, its attempts, ends rejected, goes to a person."""

    p: Any
    attempts: Any
    rejected: Any = 0.0
    escalated: Any = 0.0


def evaluate(steps: Sequence[Step], graph: Graph, accounting: str) -> Outcome:
    """The outcome of a workflow. ``Workflow.outcome`` is the way to call it."""
    one_of("accounting", accounting, ACCOUNTINGS)
    numbered: dict[Hashable, int] = {}
    keys: list[Hashable] = [numbered.setdefault(step.key, len(numbered)) for step in steps]  # quicker to look up
    one_of_each = dict(zip(keys, steps, strict=True))
    shape = common_shape(one_of_each.values())
    count = _sum_back_from_end if any(step.may_end for step in one_of_each.values()) else _sum_all_steps

    def numbers(of_each: dict[Hashable, Step]) -> _Sums:
        priced = {key: price(step, accounting) for key, step in of_each.items()}
        usd, low, high, p, delivered = count(graph, keys, priced, partial(_time_block, of_each, accounting))
        refused = np.clip(1.0 - delivered, 0.0, 1.0) if np.ndim(delivered) or delivered != 1.0 else 0.0
        return usd, low, high, p, refused

    listed = accounting == "expected" and any(len(block) > 1 for block in graph.blocks)  # then a design is many numbers
    if len(shape) == 1 and shape[0] > (size := BLOCK if listed else DESIGNS):
        found = _join_blocks(numbers, one_of_each, shape[0], size)
    else:
        usd, low, high, p, refused = numbers(one_of_each)
        found = usd, low, high, np.clip(p, 0.0, 1.0), refused
    usd, low, high, p, refused = (plain(np.broadcast_to(value, shape)) for value in found)
    if found[1] is found[2] or np.array_equal(low, high):
        free = accounting == "textbook" and any(is_above_zero(step.retries) for step in one_of_each.values())
        return Outcome(usd, high, p, accounting, FREE_RETRIES if free else "", refused)
    sec = plain(np.where(np.equal(low, high), high, np.nan))
    return Outcome(usd, sec, p, accounting, NOT_EXACT, refused, (low, high))


def _join_blocks(numbers: Callable[..., _Sums], one_of_each: dict[Hashable, Step], length: int, size: int) -> _Sums:
    """The numbers of all designs, worked off in blocks; where no gate refuses, those zeros are never touched."""
    usd, low, p, refused = np.empty(length), np.empty(length), np.empty(length), np.zeros(length)
    high = low
    for start in range(0, length, size):
        part = slice(start, start + size)
        block = {key: cut_out(step, part) for key, step in one_of_each.items()}
        usd[part], below, above, right, of_block = numbers(block)
        np.clip(right, 0.0, 1.0, out=p[part])
        low[part] = below
        high = low.copy() if above is not below and high is low else high
        if high is not low:
            high[part] = above
        if np.any(of_block):
            refused[part] = of_block
    return usd, low, high, p, refused


def price(step: Step, accounting: str) -> _Priced:
    """One step's money, time and probabilities."""
    usd, sec, p = _price_attempt(step)
    behind = _after_gate_and_retries(p, step, accounting)
    mean, least, most = _count_attempts(behind.attempts, step.retries, accounting)
    money, time = _multiply(usd, mean), [_multiply(sec, n) for n in (mean, least, most)]
    if step.gate is not None and step.gate.person is not None:
        money, time = _add_looks(money, time, step.gate.person, behind.escalated, accounting)
    cache, halting = step.cache, step.gate is not None and step.gate.when_rejected == "halt"
    h: Any = 0.0 if cache is None else cache.hit_rate
    p_step, refused = behind.p, behind.rejected
    if cache is not None:
        blend = _take_larger if accounting == "worst" else _blend_means
        money, time[0] = blend(h, cache.usd, money), blend(h, cache.sec, time[0])
        time[1:] = -_take_larger(h, -cache.sec, -time[1]), _take_larger(h, cache.sec, time[2])
        p_step, refused = _blend_means(h, stored_p(cache, p, behind), behind.p), (1.0 - h) * behind.rejected
    going = 1.0 - refused if halting and accounting != "worst" else 1.0
    judge, enough = step.judge or RIGHT_AND_FREE, step.good_enough
    ends_right = stops = 0.0
    if step.judge is not None:
        money, time = money + going * judge.usd, [time[0] + going * judge.sec, *(each + judge.sec for each in time[1:])]
    if step.judge is not None or np.ndim(enough) or enough > 0:
        ends_right = enough * judge.recall
        stops = ends_right + (1.0 - enough) * judge.false_alarm
    goes_on = 1.0 if accounting == "worst" else (1.0 - stops) * going
    sec_mean, sec_least, sec_most = time
    return _Priced(money, sec_mean, sec_least, sec_most, p_step, 1.0 - refused, ends_right, stops, goes_on)


def _add_looks(usd: Any, time: list[Any], person: Person, share: Any, accounting: str) -> tuple[Any, list[Any]]:
    """The same with a person who looks at this share of the answers; under "worst" at each."""
    looks = 1.0 if accounting == "worst" else share
    some, all_of_them = np.where(np.equal(share, 1.0), 1.0, 0.0), np.where(np.equal(share, 0.0), 0.0, 1.0)
    often = (looks, *((1.0, 1.0) if accounting == "worst" else (some, all_of_them)))
    return usd + looks * person.usd, [sec + n * person.sec for sec, n in zip(time, often, strict=True)]


def _price_attempt(step: Step) -> tuple[Any, Any, Any]:
    """Money, time and p of one attempt, the check included."""
    usd, sec, p = step.model.usd, step.model.sec, step.model.p_ok
    if step.debate is not None:
        usd, sec = usd * step.debate.calls, sec * step.debate.turns
        p = p if step.debate.p is None else step.debate.p
    if step.gate is not None:
        usd, sec = usd + step.gate.usd, sec + step.gate.sec
    return usd, sec, p


def _multiply(value: Any, count: Any) -> Any:
    """The value so many times; no new array where that is once."""
    return value if not isinstance(count, np.ndarray) and count == 1 else value * count


def _after_gate_and_retries(p: Any, step: Step, accounting: str) -> _Behind:
    """What retries and gate make of an attempt that is right with probability p."""
    gate, retries = step.gate, step.retries
    if gate is None:
        if not is_above_zero(retries):
            return _Behind(p, ONCE, 0.0, 0.0)
        right, tries = np.asarray(p), np.asarray(retries + 1.0)  # both were checked when the step was made
        attempts = geometric_sum(1 - right, tries, right) if accounting == "expected" else ONCE
        return _Behind(at_least_one(right, tries), attempts)
    if gate.person is not None:
        helped = escalated(p, gate.detection, gate.false_alarm, retries, gate.person.recall, gate.recovery)
        return _Behind(helped.p, helped.attempts, 0.0, helped.escalated)
    return _Behind(*gated(p, gate.detection, gate.false_alarm, retries, gate.when_rejected == "pass", gate.recovery))


def stored_p(cache: Cache, p: Any, behind: _Behind) -> Any:
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


def _sum_all_steps(graph: Graph, keys: list[Hashable], priced: dict[Hashable, _Priced], timed: _Timed) -> _Sums:
    """Cost, two bounds of the seconds, chances where every step is done; steps alike are counted, not looped over."""
    usd, p, delivered = _count_steps(keys, priced)
    alone = Counter(keys[block[0]] for block in graph.blocks if len(block) == 1)
    low = high = _reduce(np.add, (_multiply(priced[key].sec, count) for key, count in alone.items())) if alone else 0.0
    for block in graph.blocks:
        if len(block) > 1:
            low, high = _add_bounds((low, high), timed(block, graph, keys, priced))
    return usd, low, high, p, delivered


def _sum_back_from_end(graph: Graph, keys: list[Hashable], priced: dict[Hashable, _Priced], timed: _Timed) -> _Sums:
    """The same from the end backwards: what follows a step counts only as often as it is reached."""
    usd: Any = 0.0
    sec: tuple[Any, Any] = (0.0, 0.0)
    p: Any = 1.0
    delivered: Any = 1.0
    for block in reversed(graph.blocks):
        if len(block) == 1:
            step = priced[keys[block[0]]]
            usd = step.usd + step.goes_on * usd
            sec = _add_bounds((step.sec, step.sec), tuple(step.goes_on * each for each in sec))
            if np.ndim(step.stops) or step.stops > 0:
                p = step.ends_right + (1.0 - step.stops) * p
                delivered = step.stops + (1.0 - step.stops) * delivered
            p, delivered = step.p * p, step.delivered * delivered
            continue
        block_usd, block_p, block_delivered = _count_steps([keys[step] for step in block], priced)
        sec = _add_bounds(timed(block, graph, keys, priced), sec)
        usd, p, delivered = block_usd + usd, block_p * p, block_delivered * delivered
    return usd, *sec, p, delivered


def _count_steps(keys: list[Hashable], priced: dict[Hashable, _Priced]) -> tuple[Any, Any, Any]:
    """Cost of steps that are all done, and how often all are right, and none refused."""
    counts = [(priced[key], count) for key, count in Counter(keys).items()]
    usd = _reduce(np.add, (_multiply(step.usd, count) for step, count in counts))
    p, delivered = (
        _reduce(np.multiply, (of(step) if count == 1 else power(of(step), count) for step, count in counts))
        for of in (operator.attrgetter("p"), operator.attrgetter("delivered"))
    )
    return usd, p, delivered


def _reduce(by: np.ufunc, values: Iterator[Any]) -> Any:
    """All values together, from the first to the last; the array of the first two is used again for the others."""
    total, own = next(values), False
    for value in values:
        in_place = own and np.ndim(value) and total.shape == value.shape
        total, own = by(total, value, out=total if in_place else None), True
    return total


def _add_bounds(one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
    """The sums of the lower and of the upper bounds; one object where each is exact."""
    low = one[0] + other[0]
    return low, low if one[0] is one[1] and other[0] is other[1] else one[1] + other[1]


def _time_block(
    of_each: dict[Hashable, Step], accounting: str, block: list[int], graph: Graph, keys: list[Hashable],
    priced: dict[Hashable, _Priced],
) -> tuple[Any, Any]:  # fmt: skip
    """A lower and an upper bound for the mean seconds of one block; the same where it is known."""
    least, most = (
        longest(block, graph.needs, {key: of(each) for key, each in priced.items()}, keys)
        for of in (operator.attrgetter("sec_least"), operator.attrgetter("sec_most"))
    )
    if accounting == "worst" or np.array_equal(least, most):  # a bound, or chance does not move the slowest path
        return most, most
    low, high = mean_of_block(block, graph, keys, of_each, common_shape(of_each.values()), accounting == "expected")
    if low is high:
        return low, low
    means = {key: each.sec for key, each in priced.items()}
    total = _reduce(np.add, (priced[keys[step]].sec for step in block))
    low, high = np.maximum(low, longest(block, graph.needs, means, keys)), np.minimum(high, np.minimum(most, total))
    return np.minimum(np.where(np.equal(least, most), most, low), high), np.where(np.equal(least, most), most, high)
