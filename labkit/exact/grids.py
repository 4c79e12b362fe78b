"""Distributions on a grid: sums by fast Fourier transform, maxima by the product of distribution functions.

A number between two points of the grid is shared out between them, so that the mean stays; it is moved by less than one
and a quarter grid steps. What lies beyond the last point is left out: it is missing in the sum of the probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ..graph import Graph
from .series_parallel import Piece
from .whole import Attempt

Some: TypeAlias = Any  # an array of probabilities, or None for a run that never happens


class Grid:
    """The same as ``Lists`` on the points ``0, unit, 2 unit, ...``, so many of them, for one design."""

    def __init__(self, unit: float, points: int) -> None:
        self.unit, self.points = unit, points
        self.length = 1 << (2 * points - 1).bit_length()  # twice the points, so that a sum does not wrap around
        self.known: dict[int, tuple[Any, Any]] = {}  # the last transforms, by the array they belong to

    def at(self, value: Any) -> Some:
        """Always this value."""
        found = np.zeros(self.points + 2)
        below = min(int(value / self.unit), self.points)
        found[below : below + 2] = below + 1 - value / self.unit, value / self.unit - below
        return np.maximum(found[: self.points], 0.0)

    def call(self, call: Any, rounds: int, check: float) -> Attempt:
        """An attempt: rounds of a ``Call`` one after another, then the seconds of a check."""
        sec = np.arange(2 * self.points + 1) * (self.unit / 2)
        if self.unit > call.sec / 64:  # most of the call lies in a few cells, and is looked at more closely
            sec = np.union1d(sec, np.geomspace(1e-6 * call.sec, 16 * self.unit, 1024))
        limit = call.patience.timeout_sec
        most = 1.0 if limit is None else float(call.within(limit))
        p = np.diff(np.minimum(call.within(sec), most), prepend=0.0)
        place = (np.append(0.0, (sec[:-1] + sec[1:]) / 2) + (check if rounds == 1 else 0.0)) / self.unit
        below = place.astype(int)
        share = place - below
        size = int(below[-1]) + 2
        one = np.bincount(below, p * (1.0 - share), size) + np.bincount(below + 1, p * share, size)
        one, cut = one[: self.points], None if limit is None else self.scaled(self.at(limit), 1.0 - most)
        return one if rounds == 1 else self.series([(one, rounds), (self.at(check), 1)]), cut

    def scaled(self, one: Some, share: Any) -> Some:
        """The same, in a share of the runs only."""
        return None if one is None or not share > 0 else one * float(share)

    def mixed(self, *parts: Some) -> Some:
        """One or another: their shares of the runs add up."""
        found = [part for part in parts if part is not None]
        return np.sum(found, axis=0) if found else None

    def then(self, one: Some, other: Some) -> Some:
        """One after the other: the sum."""
        return self.series([(one, 1), (other, 1)])

    def series(self, parts: Sequence[tuple[Some, int]]) -> Some:
        """Each as often as its number says, one after another."""
        if any(part is None for part, _ in parts):
            return None
        product: Any = 1.0 + np.zeros(self.length // 2 + 1)
        for part, count in parts:
            product = product * self._transform(part) ** count
        return np.maximum(np.fft.irfft(product, self.length)[: self.points], 0.0)

    def _transform(self, one: Some) -> Any:
        if id(one) not in self.known:
            if len(self.known) == 32:
                self.known.clear()
            self.known[id(one)] = one, np.fft.rfft(one, self.length)
        return self.known[id(one)][1]

    def beside(self, parts: Sequence[tuple[Some, int]]) -> Some:
        """Each as often as its number says, side by side: the largest."""
        if any(part is None for part, _ in parts):
            return None
        return np.diff(np.prod([np.cumsum(part) ** count for part, count in parts], axis=0), prepend=0.0)

    def knot(self, graph: Graph, piece: Piece, parts: Sequence[Some]) -> Some:
        """Tangled steps are a ``ValueError``: they are side by side and yet not independent."""
        raise ValueError(
            f"workflow has {len(piece.steps):,} tangled steps (neither in series nor side by side), whose times have "
            "no exact distribution here; labkit.simulate(workflow, n, seed) draws it"
        )

    def mass(self, one: Some) -> float:
        """In what share of the runs it happens."""
        return 0.0 if one is None else float(one.sum())
