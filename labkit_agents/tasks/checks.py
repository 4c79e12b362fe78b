"""Checks of a sum that need no model: casting out nines, casting out elevens, and both.

A sum leaves the same remainder as its numbers' remainders added up. So a wrong answer is noticed, unless it is off
by a multiple of the divisor. A right answer is never rejected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from labkit._inputs import whole


@dataclass(frozen=True)
class Check:
    """A check by remainders.

    Args:
        name: for people.
        divisor: what is cast out, a whole number from 0; 0 compares with the true sum, which no real check can.

    Raises:
        ValueError: a negative divisor or a fraction.

    >>> nines.passes((12, 345), 357), nines.passes((12, 345), 358), nines.passes((12, 345), 366)
    (True, False, True)
    """

    name: str
    divisor: int

    def __post_init__(self) -> None:
        whole("divisor", self.divisor)

    def passes(self, numbers: Sequence[int], answer: int) -> bool:
        """Whether the answer may be the sum of the numbers."""
        error = answer - sum(numbers)
        return error == 0 if self.divisor == 0 else error % self.divisor == 0

    @property
    def recall_by_chance(self) -> float:
        """The share of errors it would notice if every remainder were equally likely: 1 - 1/divisor.

        >>> round(nines.recall_by_chance, 3)
        0.889
        """
        return 1.0 if self.divisor == 0 else 1 - 1 / self.divisor


nines = Check("nines", 9)
"""Casting out nines: blind to errors that nine divides."""
elevens = Check("elevens", 11)
"""Casting out elevens: blind to errors that eleven divides."""
both = Check("both", 99)
"""Nines and elevens: blind only to errors that 99 divides."""
exact = Check("exact", 0)
"""An oracle that knows the true sum: a gate that notices everything, for comparison."""

CHECKS = {check.name: check for check in (nines, elevens, both, exact)}


def as_check(check: str | Check) -> Check:
    """A check by its name, or as it is.

    Raises:
        ValueError: an unknown name.
    """
    if isinstance(check, Check):
        return check
    if not isinstance(check, str) or check not in CHECKS:
        raise ValueError(f"check must be a Check or one of {tuple(CHECKS)}, got {check!r}")
    return CHECKS[check]


def recall(check: str | Check, errors: ArrayLike) -> float:
    """The share of wrong answers that a check notices; NaN where there are none.

    Args:
        check: a check or its name.
        errors: answer minus true sum, whole numbers, none of them 0.

    Raises:
        ValueError: an error of 0, which is none.

    >>> recall("nines", [1, -10, 9, 90]), recall("both", [1, -10, 9, 90])
    (0.5, 1.0)
    """
    test, off = as_check(check), np.asarray(errors).ravel()
    if off.size and (off.dtype.kind not in "iu" or np.any(off == 0)):
        raise ValueError(f"errors must be whole numbers other than 0, for 0 is right, got {errors!r}")
    if off.size == 0:
        return float("nan")
    return 1.0 if test.divisor == 0 else float(np.mean(off % test.divisor != 0))
