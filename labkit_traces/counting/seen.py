"""Ids that were met, many of them, in little memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left

import numpy as np

RECENT = 100_000


class SeenIds:
    """A set of many ids in 8 bytes each: hashes, sorted, and a few recent ones."""

    def __init__(self) -> None:
        self._sorted = array("q")
        self._recent: set[int] = set()

    def __contains__(self, key: object) -> bool:
        number = hash(key)
        if number in self._recent:
            return True
        place = bisect_left(self._sorted, number)
        return place < len(self._sorted) and self._sorted[place] == number

    def add(self, *keys: object) -> None:
        """Remember them."""
        self._recent.update(map(hash, keys))
        if len(self._recent) > RECENT:
            both = np.concatenate([
                np.frombuffer(self._sorted, dtype=np.int64), np.fromiter(self._recent, np.int64, len(self._recent)),
            ])  # fmt: skip
            both.sort()  # not np.union1d, which looks each id up in a table five times as large
            self._sorted = array("q")
            self._sorted.frombytes(both.data.cast("B"))
            self._recent.clear()
