"""Ids that were met, many of them, in little memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RECENT = 100_000


class SeenIds:
    """A set of many ids in 8 bytes each: hashes, sorted, and a few recent ones."""

    def __init__(self) -> None:
        self._sorted: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._recent: set[int] = set()

    def __contains__(self, key: object) -> bool:
        number = hash(key)
        if number in self._recent:
            return True
        place = int(np.searchsorted(self._sorted, number))
        return place < len(self._sorted) and int(self._sorted[place]) == number

    def __len__(self) -> int:
        return len(self._sorted) + len(self._recent)

    def add(self, key: object) -> None:
        """Remember it."""
        self._recent.add(hash(key))
        if len(self._recent) > RECENT:
            self._sorted = np.union1d(self._sorted, np.fromiter(self._recent, dtype=np.int64))
            self._recent.clear()
