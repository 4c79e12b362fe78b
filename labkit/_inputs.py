"""Checks at the boundary: every public function says which argument was wrong, and its value.

Each takes the argument's name and its value, and gives the value back as floats that are safe to compute with.
"""

from __future__ import annotations

import math
import numbers
import sys
import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Number: TypeAlias = "float | NDArray[np.float64]"
LARGEST = sys.float_info.max
REAL_KINDS = "uif"  # numpy's letters for whole numbers and floats
SPANS = "mM"  # and for spans of time, which it takes for whole numbers, and dates
REALS = (numbers.Real, Decimal)


def number(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Any real number or array of numbers; NaN, infinity, text and None raise a ``ValueError``."""
    return _check_between(name, value, -math.inf, math.inf, "finite")


def probability(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """A number in [0, 1]. A percentage such as 98.5 is refused, and the message says so."""
    return _check_between(name, value, 0.0, 1.0, "a probability in [0, 1] (0.985, not 98.5)")


def non_negative(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """A number that is zero or more: dollars, seconds, tokens."""
    return _check_between(name, value, 0.0, math.inf, "zero or more")


def above_zero(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """A number above 0."""
    array = non_negative(name, value)
    if np.any(array == 0):
        raise ValueError(f"{name} must be above 0, got 0")
    return array


def whole(name: str, value: ArrayLike, at_least: int = 0) -> NDArray[np.float64]:
    """A whole number that is ``at_least`` or more: steps, rounds, retries."""
    what = f"a whole number, {at_least} or more"
    array = _check_between(name, value, at_least, math.inf, what)
    if array.ndim == 0 and float(array).is_integer():
        return array
    good = array == np.floor(array)
    if not np.all(good):
        raise ValueError(_write_complaint(name, array, good, what))
    return array


def some(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Numbers along the last axis, at least one of them."""
    array = np.atleast_1d(number(name, value))
    if array.shape[-1] == 0:
        raise ValueError(f"{name} must hold at least one number, got an empty array")
    return array


def together(**arrays: NDArray[np.float64]) -> None:
    """The arrays must broadcast against each other."""
    try:
        np.broadcast_shapes(*(np.shape(array) for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise ValueError(f"these arrays do not fit together, their shapes are: {shapes}") from None


def tolerance(*values: ArrayLike, least: float = 1e-12) -> float:
    """How far measured numbers may miss what they should come to: ``least``, or four roundings of a coarser type.

    >>> tolerance([0.6, 0.4]), round(tolerance(np.float32(0.6)), 9)
    (1e-12, 4.77e-07)
    """
    kinds = (np.asarray(value).dtype for value in values)
    return max([least, *(4 * float(np.finfo(kind).eps) for kind in kinds if kind.kind == "f")])


def unmasked(name: str, value: Any) -> None:
    """Nothing; a masked entry is a ``ValueError``, for its number is not there to be counted."""
    parts = value if isinstance(value, (list, tuple)) else (value,)
    for part in parts:
        if isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part):
            raise ValueError(
                f"{name} must have no masked entries, got {int(np.ma.count_masked(part))} of {np.size(part)}: "
                "leave them out (x.compressed()) or fill them in (x.filled(...)) first"
            )


def plain(array: Any) -> Any:
    """A Python float where there is one number, else the array."""
    return float(array) if array.ndim == 0 else array


def can_be_listed(value: Any) -> bool:
    """Whether it has members, one after another; an array that is one number has none."""
    return isinstance(value, Iterable) and not (isinstance(value, np.ndarray) and value.ndim == 0)


def one_number(name: str, value: Any) -> float:
    """One number, zero or more."""
    return _one_value(name, value, non_negative(name, value))


def keep_floats(owner: Any, names: Iterable[str]) -> None:
    """Nothing; the numbers that are given are floats from now on, so that equal numbers make equal owners."""
    for name in names:
        if getattr(owner, name) is not None:
            object.__setattr__(owner, name, one_number(name, getattr(owner, name)))


def one_share(name: str, value: Any) -> float:
    """One number in [0, 1]."""
    return _one_value(name, value, probability(name, value))


def one_whole(name: str, value: Any, at_least: int = 0) -> int:
    """One whole number, ``at_least`` or more, with every digit: as floats, two seeds above 2^53 could be one.

    >>> one_whole("seed", 2**64 + 1)
    18446744073709551617
    """
    _one_value(name, value, whole(name, value, at_least))
    return int(np.asarray(value).item())


def one_flag(name: str, value: Any) -> bool:
    """True or False, and nothing that only counts as one of them."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {_show_briefly(value)}")
    return bool(value)


def one_of(name: str, value: Any, words: Sequence[str]) -> str:
    """One of the words; an array, which could not be asked whether it is one, is refused like any other value."""
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {tuple(words)}, got {_show_briefly(value)}")
    return value


def _one_value(name: str, value: Any, array: Any) -> float:
    if array.ndim:
        raise ValueError(f"{name} must be one number, got {value!r}")
    return float(array)


def _check_between(name: str, value: ArrayLike, low: float, high: float, what: str) -> NDArray[np.float64]:
    """The value as an array of finite floats from low to high; smallest and largest tell, and NaN fails both."""
    if type(value) in (int, float) and low <= value <= high and -LARGEST <= value <= LARGEST:  # type: ignore[operator]
        return np.asarray(value, dtype=float)  # the common case, kept quick
    array = _as_floats(name, value)
    if array.size == 0 or (
        low == 0.0 and array.view(np.uint64).max() <= np.float64(min(high, LARGEST)).view(np.uint64)
    ):
        return array  # in one look: from 0 on bits rise with floats, and those of infinity, NaN, a minus are above
    least, most = float(array.min()), float(array.max())
    if not (low <= least and most <= high and math.isfinite(least) and math.isfinite(most)):
        finite = np.isfinite(array)
        what = what if np.all(finite) else "finite"
        raise ValueError(_write_complaint(name, array, finite & (array >= low) & (array <= high), what))
    return array


def _as_floats(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Real numbers as floats; text, truth values, dates, complex numbers and None are refused, alone or in a list."""
    unmasked(name, value)
    try:
        array = np.asarray(value)
        if array.dtype.kind not in REAL_KINDS:
            if array.dtype.kind in SPANS:
                raise TypeError
            everything = array.ravel().tolist() if array.dtype == object else [value]
            if not all(isinstance(item, REALS) and not isinstance(item, bool) for item in everything):
                raise TypeError
        return array.astype(float, copy=False)
    except Exception:  # also what an object of somebody else raises when it is asked for its numbers
        raise ValueError(f"{name} must be a number or an array of numbers, got {_show_briefly(value)}") from None


def _write_complaint(name: str, array: NDArray[np.float64], good: NDArray[np.bool_], what: str) -> str:
    """What the argument must be, and the first element that is not."""
    if array.ndim == 0:
        return f"{name} must be {what}, got {show_number(array.item())}"
    where = tuple(int(i) for i in np.argwhere(~good)[0])
    return f"{name} must be {what}, got {show_number(float(array[where]))} at index {where}"


def _show_briefly(value: object) -> str:
    """What was given, in at most 80 characters; its kind, where it cannot be printed."""
    try:
        return textwrap.shorten(repr(value), 80)
    except Exception:
        return f"something of type {type(value).__name__} that cannot be printed"


def show_number(value: float) -> str:
    """A number in as few digits as tell it from its neighbours."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
