"""Draws that fill the space of chances evenly: scrambled Sobol points in place of pseudo-random numbers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 32  # dimensions that are made together


class SobolDraws(np.random.Generator):
    """A generator in which each draw of one number for every task in hand is the next dimension of Sobol points.

    Point i belongs to task i of a block of ``points`` tasks, a power of two. Other draws, and those of kinds that have
    no inverse here, are pseudo-random.
    """

    def __init__(self, rng: np.random.Generator, points: int, columns: list[Any] | None = None) -> None:
        super().__init__(rng.bit_generator)
        try:
            self.qmc, self.ndtri = import_module("scipy.stats.qmc"), import_module("scipy.special").ndtri
        except ImportError:
            raise ValueError(
                "draws='sobol' needs scipy: pip install 'counting-calls[fast]', or leave draws='random'"
            ) from None
        self.points, self.chosen = points, np.arange(points)
        self.columns = list(self._next_points().T[::-1]) if columns is None else columns  # what is left of the points

    def _next_points(self) -> NDArray[np.float64]:
        return self.qmc.Sobol(AT_ONCE, seed=np.random.Generator(self.bit_generator)).random(self.points)

    def at(self, chosen: Any) -> SobolDraws:
        """The same, for some of the tasks in hand."""
        some = SobolDraws(self, self.points, self.columns)
        some.chosen = self.chosen[chosen]
        return some

    def random(self, size: Any = None, *args: Any) -> Any:  # type: ignore[override]
        """Even draws between 0 and 1."""
        if size != self.chosen.size:
            return super().random(size, *args)
        if not self.columns:
            self.columns += list(self.permutation(self._next_points()).T[::-1])
        return self.columns.pop()[self.chosen]

    def standard_normal(self, size: Any = None, *args: Any) -> Any:  # type: ignore[override]
        """Normal draws, by the inverse of the distribution function."""
        return self.ndtri(np.clip(self.random(size), 1e-16, 1 - 1e-16))


def narrowed(rng: np.random.Generator, chosen: Any) -> np.random.Generator:
    """The draws for some of the tasks in hand."""
    return rng.at(chosen) if isinstance(rng, SobolDraws) else rng
