"""Distributions as lists of values, exact for one design and for many at once; None is a run that never happens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ..graph import Graph, longest
from ..laws.random_times import Values, merged
from .series_parallel import Piece

MOST_AT_ONCE = 2**22  # values of one sum or maximum, over all designs
MOST_IN_ALL = 2**23  # of all of them together: some seconds
Some: TypeAlias = "Values | None"


class TooManyValues(ValueError):
    """The list of all values would be too long."""


class Lists:
    """What can be done with distributions that are lists; too many values raise ``TooManyValues``.

    ``shape`` is that of the designs, () for one.
    """

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        self.shape, self.designs, self.left = shape, max(math.prod(shape), 1), MOST_IN_ALL

    def at(self, value: Any) -> Values:
        """Always this value."""
        return Values(self._spread(value), np.ones((1, 1)) + np.zeros((1, self.designs)))

    def scaled(self, one: Some, share: Any) -> Some:
        """The same, in a share of the runs only."""
        if one is None or not np.any(np.asarray(share) > 0):
            return None
        return Values(one.value, one.p * self._spread(share))

    def mixed(self, *parts: Some) -> Some:
        """One or another: their shares of the runs add up."""
        found = [part for part in parts if part is not None]
        if len(found) < 2:
            return found[0] if found else None
        return merged(Values(*(np.concatenate(columns) for columns in zip(*found, strict=True))))

    def then(self, one: Some, other: Some) -> Some:
        """One after the other: the sum."""
        if one is None or other is None:
            return None
        self._spend(len(one.p) * len(other.p) * self.designs)
        value, p = one.value[:, None] + other.value[None], one.p[:, None] * other.p[None]
        return merged(Values(value.reshape(-1, self.designs), p.reshape(-1, self.designs)))

    def series(self, parts: Sequence[tuple[Some, int]]) -> Some:
        """Each as often as its number says, one after another; the same ones by repeated doubling."""
        total: Some = self.at(0.0)
        for part, count in parts:
            left, doubled = count, part
            while left:
                if left % 2:
                    total = self.then(total, doubled)
                left //= 2
                doubled = self.then(doubled, doubled) if left else None
        return total

    def beside(self, parts: Sequence[tuple[Some, int]]) -> Some:
        """Each as often as its number says, side by side: the largest, by the product of the distribution functions."""
        found = [(part, count) for part, count in parts if part is not None]
        if len(found) < len(parts):
            return None
        self._spend(sum(len(part.p) for part, _ in found) * len(found) * self.designs)
        value, p = (np.concatenate([part[field] for part, _ in found]) for field in (0, 1))
        of_part = np.repeat(np.arange(len(found)), [len(part.p) for part, _ in found])
        order = np.argsort(value, axis=0, kind="stable")
        value, p, of_part = np.take_along_axis(value, order, 0), np.take_along_axis(p, order, 0), of_part[order]
        cdf = np.ones_like(p)
        for i, (_, count) in enumerate(found):
            cdf *= np.cumsum(np.where(of_part == i, p, 0.0), axis=0) ** count
        return merged(Values(value, np.maximum(np.diff(cdf, axis=0, prepend=0.0), 0.0)))

    def knot(self, graph: Graph, piece: Piece, parts: Sequence[Some]) -> Some:
        """Steps that are tangled: every combination of their values, and the longest path of each."""
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            return None
        self._spend(math.prod(len(part.p) for part in found) * self.designs * len(found))
        value, p = {}, np.ones(1)
        for i, (step, part) in enumerate(zip(piece.steps, found, strict=True)):
            axes = [-1 if i == j else 1 for j in range(len(found))]
            value[step] = part.value.reshape(*axes, self.designs)
            p = p * part.p.reshape(*axes, self.designs)
        sec = np.broadcast_to(longest(piece.steps, graph.needs, value, range(len(graph.needs))), p.shape)
        return merged(Values(sec.reshape(-1, self.designs), p.reshape(-1, self.designs)))

    def mass(self, one: Some) -> float:
        """In what share of the runs of one design it happens."""
        return 0.0 if one is None else float(one.p.sum())

    def mean(self, one: Some) -> Any:
        """The mean, the missing runs counted as zero."""
        return 0.0 if one is None else (one.p * one.value).sum(axis=0).reshape(self.shape)

    def _spread(self, value: Any) -> Any:
        return np.broadcast_to(value, self.shape).reshape(1, self.designs)

    def _spend(self, values: int) -> None:
        self.left -= values
        if values > MOST_AT_ONCE or self.left < 0:
            raise TooManyValues("the list of all values would be too long")
