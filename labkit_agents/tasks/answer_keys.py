"""Keys of an answer cache: which questions count as the same. A loose key hits more often, and sometimes falsely."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

Key: TypeAlias = Callable[[Sequence[int]], Hashable]
"""From the numbers of a sum to what must be equal for a hit."""


def as_written(numbers: Sequence[int]) -> Hashable:
    """The same numbers in the same order.

    >>> as_written((1, 2)) == as_written((2, 1))
    False
    """
    return tuple(numbers)


def same_numbers(numbers: Sequence[int]) -> Hashable:
    """The same numbers in any order, a + b = b + a: every hit asks for the same sum.

    >>> same_numbers((1, 2)) == same_numbers((2, 1))
    True
    """
    return tuple(sorted(numbers))


def nearly_the_same(numbers: Sequence[int]) -> Hashable:
    """The same numbers in any order once their last digits are dropped: too loose, some hits are false.

    >>> nearly_the_same((12, 340)) == nearly_the_same((345, 12))
    True
    """
    return tuple(sorted(number // 10 for number in numbers))


KEYS: dict[str, Key] = {"exact": as_written, "same_numbers": same_numbers, "nearly": nearly_the_same}


def as_key(key: str | Key) -> Key:
    """A key by its name, or the function as it is.

    Raises:
        ValueError: an unknown name.
    """
    if callable(key):
        return key
    if not isinstance(key, str) or key not in KEYS:
        raise ValueError(f"key must be a function of the numbers or one of {tuple(KEYS)}, got {key!r}")
    return KEYS[key]
