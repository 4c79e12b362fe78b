"""The best design where cost, seconds and the logarithms of p add up, for any solver of linear aims.

Three sums are to be small: USD, seconds, and minus the logarithm of p. Less profit or quality per dollar is a linear
part and a concave function of one sum y, which is nowhere below its chord. So the linear aim with the chord bounds it;
the interval of y is cut in two where the answer lies, until no bound is below the best design found (spatial branch and
bound). Below its interval the chord is too high: an answer there is better than all within, and needs no cut.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from .budgets import Goal
from .dominance import TIE, Floats, TooLarge
from .merging import Measures, Points
from .price_lists import PriceList, Wanted

AIMS = ("cost", "latency", "reliability")
MOST_CHORDS = 400
Solve: TypeAlias = Callable[..., "Points | None"]
"""From what one of each sum weighs and the most of each (infinite: no limit) to the design of least weight; with it
there may be others. None: no design keeps the limits, or none at a weight below the number that may come third."""


class Unfit(Exception):
    """Why a solver has no answer to a question, in words."""


def find_unfit(lists: Sequence[PriceList], goal: Goal) -> str:
    """Why cost and the logarithms of p do not add up over the steps, in words; an empty text where they do."""
    reliability = Wanted.of(goal.measures).reliability
    reasons = (
        (any(prices.ends for prices in lists), "a step may end the workflow early"),
        (reliability and any(np.any(prices.p <= 0) for prices in lists), "a p of zero has no logarithm"),
        (any(np.any(prices.delivered < 1) for prices in lists), "refusals count apart from wrong answers"),
        (goal.maximise == "quality_per_dollar" and not sum(prices.usd.min() for prices in lists), "a design is free"),
    )
    return next((why for holds, why in reasons if holds), "")


def best_designs(solve: Solve, lists: Sequence[PriceList], goal: Goal, equals: Solve | None = None) -> Points:
    """The best design, with others; where none keeps the budgets, those that come nearest to each, alone and together.

    Args:
        equals: what is asked for designs as good by the aim and better in another sum, where ``solve`` gives but one.
    """
    high = goal.max_cost, goal.max_latency, -math.log(goal.min_reliability) if goal.min_reliability else None
    limits = np.array([math.inf if limit is None else limit * (1 + TIE) for limit in high])
    limits[2] += TIE
    found = _find_best(solve, lists, goal, limits)
    if found is None:
        near = [solve(np.eye(3)[i], rest) for i in np.flatnonzero(np.isfinite(limits))
                for rest in (np.full(3, math.inf), np.where(np.arange(3) == i, math.inf, limits))]  # fmt: skip
        return Points.of_all([points for points in near if points is not None])
    if not np.any(np.all(sums_of(found.measures) <= limits[:, None], axis=0)):
        raise Unfit("what was found does not keep the budgets in exact arithmetic")
    return Points.of_all([found, *(_find_equals(equals, found, goal, limits) if equals else ())])


def _find_best(solve: Solve, lists: Sequence[PriceList], goal: Goal, limits: Floats) -> Points | None:
    won = float(goal.value_usd or 0.0) + goal.damage_usd
    cost, _, failure = np.eye(3)
    if goal.aim or (goal.maximise == "profit" and not won):
        return solve(np.eye(3)[AIMS.index(goal.aim or "cost")], limits)
    per_dollar = goal.maximise == "quality_per_dollar"
    along, linear = (0, failure) if per_dollar else (2, cost)
    each = [prices.usd if per_dollar else -np.log(prices.p) for prices in lists]
    low, high = (float(sum(which(column) for column in each)) for which in (np.min, np.max))
    concave: Callable[[Any], Any] = np.log if per_dollar else lambda y: -won * np.exp(-y)
    best, least, left = None, math.inf, [(-math.inf, low, high)]
    for _ in range(MOST_CHORDS):
        bound, low, high = heapq.heappop(left) if left else (math.inf, 0.0, 0.0)
        if bound == math.inf or bound >= least - TIE * abs(least):
            return best
        slope = (concave(high) - concave(low)) / (high - low) if high > low else 0.0
        above = float(concave(low) - slope * low)
        caps = np.minimum(limits, np.where(np.arange(3) == along, high + TIE * abs(high), math.inf))
        found = solve(linear + slope * np.eye(3)[along], caps, least - above)
        if found is None:
            continue
        sums = sums_of(found.measures)
        sums = sums[:, np.all(sums <= limits[:, None], axis=0)]
        chord, value = linear @ sums + slope * sums[along], linear @ sums + concave(sums[along])
        if value.size and value.min() < least:
            best, least = found, float(value.min())
        y = float(sums[along, chord.argmin()]) if value.size else high
        if low < y < high:
            bound = float(chord.min()) + above
            heapq.heappush(left, (bound, low, y))
            heapq.heappush(left, (bound, y, high))
    raise TooLarge(f"the search is too long for an exact answer: {MOST_CHORDS} chords were too few")


def _find_equals(solve: Solve, found: Points, goal: Goal, limits: Floats) -> Iterator[Points]:
    """More reliable, then cheaper, then quicker designs as good by the aim, as far as the solver finds them."""
    settled, caps = [AIMS.index(goal.aim)] if goal.aim else [2, 0], limits.copy()
    for i in (*settled, *(i for i in (2, 0, 1) if i not in settled and AIMS[i] in goal.measures)):
        if i not in settled:
            try:
                found = solve(np.eye(3)[i], caps) or found
            except Unfit:
                return
            yield found
        caps[i] = sums_of(found.measures)[i].min() * (1 + TIE)


def sums_of(found: Measures) -> Floats:
    """USD, seconds and minus the logarithm of p of each design; zeros where p is not compared."""
    return np.array([found.usd, found.sec, -np.log(found.p) if np.all(found.p) else np.zeros(found.p.size)])
