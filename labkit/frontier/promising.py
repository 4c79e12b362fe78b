"""The design of least weight without the whole frontier: only what can still become the best is kept at a join.

With a price of zero or more on each limited sum, the least that each piece adds to "weight + prices x sums" bounds what
a finished design comes to (a Lagrangian bound). The prices that bound best, found by subgradients, and others around
them sift the designs of every join: what cannot keep the limits, or comes to more than the bound and a margin, is
dropped. The margin grows until the best design found is within it; as no better one was dropped, it is the best.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .design_space import Part, joined
from .dominance import TIE, Floats, Ints
from .merging import Measures, Points, Pruner
from .sums import sums_of

METHOD = "dynamic programming under Lagrangian bounds"
STEPS = 200  # subgradient steps
PATIENCE = 6  # of them without a better bound, before they become shorter
FASTER = (1_000, 4.0), (20_000, 2.0), (math.inf, 1.25)  # combinations looked at at most, and how the margin grows
UNSURE = 5  # margins that find nothing, before it is asked whether there is anything
AROUND = (0.7, 0.85, 0.95, 1.0, 1.05, 1.15, 1.4)


def lightest(
    parts: Sequence[Part], pruner: Pruner, weights: Floats, limits: Floats, below: float = math.inf
) -> Points | None:
    """Designs of parts that follow one another, among them the one of least weight; None where none will do.

    Args:
        pruner: what it has looked at counts, and what it may.
        weights, limits, below: of the three sums; see ``labkit.frontier.sums``.
    """
    sieve = _Sieve([points for points, _ in parts], weights, limits)
    margin = float(np.sort(np.append(sieve.gaps, 0.0))[:4].sum())
    margin = margin if math.isfinite(margin) else 0.0
    for tries in itertools.count():
        if tries == UNSURE and not _can_keep(parts, pruner, limits):
            return None
        sieve.top = min(sieve.bound + margin + sieve.noise, below)
        sifted = replace(pruner, sieve=sieve, epsilon=0.0)
        found = joined([parts[i] for i in sieve.order], sifted)
        growth = next(more for few, more in FASTER if sifted.looked - pruner.looked < few)
        pruner.looked = sifted.looked
        least = float((weights @ sums_of(found.measures)).min()) if len(found) else math.inf
        if len(found) and least <= sieve.top:
            return found
        if sieve.top == below:
            return None
        margin = least - sieve.bound if len(found) else max(growth * margin, sieve.noise)
    raise AssertionError("a design that can be built is found at some margin")


def _can_keep(parts: Sequence[Part], pruner: Pruner, limits: Floats) -> bool:
    """Is there a design that keeps the limits? The least of one sum beside the other limits answers it."""
    for i in np.flatnonzero(np.isfinite(limits))[:1]:
        found = lightest(parts, pruner, np.eye(3)[i], np.where(np.arange(3) == i, math.inf, limits))
        return found is not None and bool(sums_of(found.measures)[i].min() <= limits[i])
    return True


class _Sieve:
    """What the rest adds at least; called with the designs of the last parts, it says which of them are promising.

    Attributes:
        bound: what no finished design comes below; ``top`` is what the best may come to, and ``noise`` is rounding.
        gaps: how far the second option of each piece is from its first, by the best prices.
        order: of the pieces, which are joined from the last to the first: the largest gaps come last.
    """

    def __init__(self, pieces: Sequence[Points], aim: Floats, limits: Floats) -> None:
        columns = np.hstack([sums_of(piece.measures) for piece in pieces])
        sizes = np.array([len(piece) for piece in pieces])
        starts, part = np.cumsum(sizes) - sizes, np.repeat(np.arange(sizes.size), sizes)
        self.limits, self.top = limits, math.inf
        prices = _find_prices(columns, starts, part, aim, limits)
        sets = itertools.product(*(AROUND if price else (1.0,) for price in prices))
        self.weights = aim + prices * np.array(sorted(sets, key=lambda near: sum(abs(each - 1.0) for each in near)))
        weighted = self.weights @ columns
        least = np.minimum.reduceat(weighted, starts, axis=1)
        paid = (self.weights - aim) @ np.where(np.isfinite(limits), limits, 0.0)
        bounds = least.sum(axis=1) - paid
        tight = int(bounds.argmax())
        self.bound, self.noise = float(bounds[tight]), 8 * TIE * float(np.abs(bounds[tight]) + 2 * paid[tight])
        over = np.split(weighted[tight] - least[tight][part], starts[1:])
        self.gaps = np.array([np.partition(each, 1)[1] if each.size > 1 else math.inf for each in over])
        self.order = np.argsort(self.gaps)
        self.rest = np.insert(least[:, self.order].cumsum(axis=1), 0, 0.0, axis=1) - paid[:, None]
        lows = np.minimum.reduceat(columns, starts, axis=1)[:, self.order]
        self.lows = np.insert(lows.cumsum(axis=1), 0, 0.0, axis=1)

    def __call__(self, found: Measures, done: int) -> Ints:
        left, columns = self.order.size - done, sums_of(found)
        keep = np.flatnonzero(np.all(columns <= (self.limits - self.lows[:, left])[:, None], axis=0))
        for rows in (slice(1), slice(1, 8), slice(8, None)):  # the best prices drop most, and leave few to the others
            bound = self.weights[rows] @ columns[:, keep] + self.rest[rows, left, None]
            keep = keep[np.all(bound <= self.top, axis=0)]
        return keep


def _find_prices(columns: Floats, starts: Ints, part: Ints, aim: Floats, limits: Floats) -> Floats:
    """The prices of the limited sums that bound the aim best, by subgradients."""
    reach = np.maximum.reduceat(columns, starts, axis=1) - np.minimum.reduceat(columns, starts, axis=1)
    spread, high = reach.sum(axis=1), np.where(np.isfinite(limits), limits, 0.0)
    unit = np.where(np.isfinite(limits) & (spread > 0), float(aim @ spread) / np.where(spread > 0, spread, 1.0), 0.0)
    prices, best, most, step, since = np.zeros(3), np.zeros(3), -math.inf, 1.0, 0
    for _ in range(STEPS if unit.any() else 0):
        weighted = (aim + prices) @ columns
        least = np.minimum.reduceat(weighted, starts)
        bound = float(least.sum() - prices @ high)
        if bound > most:
            best, most, since = prices, bound, 0
        elif (since := since + 1) > PATIENCE:
            prices, step, since = best, 0.6 * step, 0
            continue
        at = np.flatnonzero(weighted == least[part])
        slope = unit * (columns[:, at[np.searchsorted(at, starts)]].sum(axis=1) - high)
        if not (size := float(np.linalg.norm(slope))):
            break
        prices = np.maximum(prices + step * unit * slope / size, 0.0)
    return best
