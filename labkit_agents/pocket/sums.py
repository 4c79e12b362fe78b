"""Sums to ask for: the course's default mix, drawn by a seed, with their answers and their carries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from .language import LARGEST, MOST_OPERANDS
from .protocol import exact_whole

Sum: TypeAlias = tuple[int, ...]
"""The numbers to be added."""

DEFAULT_MIX = (2, 3, 4)
"""How many numbers a sum of the default mix has: two, three or four, equally often."""
MOST_SUMS = 1_000_000
DIGITS = len(str(LARGEST))


def draw_sums(n: int, seed: int | np.random.Generator, operands: Sequence[int] = DEFAULT_MIX) -> list[Sum]:
    """Draw n sums: how many numbers, then how many digits each has (1 to 4), each number of such a length alike.

    A sum over 9,999 is drawn again, with the same count of numbers.

    Args:
        n: how many, from 0 to 1,000,000.
        seed: a whole number, or a numpy generator to draw from.
        operands: the counts of numbers, each equally likely.

    Raises:
        ValueError: an n out of range, a negative seed, or a count outside 1 to 8.

    >>> draw_sums(2, seed=1)
    [(1771, 1248, 8), (5074, 80, 21)]
    """
    n = exact_whole("n", n)
    if n > MOST_SUMS:
        raise ValueError(f"n must be at most {MOST_SUMS:,}, got {n:,}")
    allowed = [exact_whole("operands", count, 1) for count in np.ravel(operands).tolist()]
    if not allowed or max(allowed) > MOST_OPERANDS:
        raise ValueError(f"operands must be counts from 1 to {MOST_OPERANDS}, got {operands!r}")
    rng = np.random.default_rng(seed if isinstance(seed, np.random.Generator) else exact_whole("seed", seed))
    counts = rng.choice(np.array(allowed), size=n)
    drawn = _numbers(rng, counts)
    while np.any(over := drawn.sum(axis=1) > LARGEST):
        drawn[over] = _numbers(rng, counts[over])
    return [tuple(row[:count].tolist()) for row, count in zip(drawn, counts, strict=True)]


def carries(numbers: Sequence[int]) -> int:
    """How many columns of the written addition carry something over, of the four that a number may have.

    Raises:
        ValueError: anything but whole numbers from 0.

    >>> carries((5, 6)), carries((95, 6)), carries((12, 34))
    (1, 2, 0)
    """
    numbers = [exact_whole("numbers", number) for number in numbers]
    return sum(sum(number % 10**place for number in numbers) >= 10**place for place in range(1, DIGITS + 1))


def _numbers(rng: np.random.Generator, counts: np.ndarray) -> np.ndarray:
    """One row a sum: numbers of random length, and zeros after the last."""
    shape = (counts.size, MOST_OPERANDS)
    digits = rng.integers(1, DIGITS + 1, size=shape)
    low = np.where(digits == 1, 0, 10 ** (digits - 1))
    numbers = rng.integers(low, 10**digits)
    return np.where(np.arange(MOST_OPERANDS) < counts[:, None], numbers, 0)
