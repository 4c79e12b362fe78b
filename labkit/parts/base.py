"""What all parts of a workflow have in common: equal numbers make equal parts, and alike work is known by its key."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from .._inputs import plain
from .._values import ByValue, freeze_array


def key_of(value: Any) -> Hashable:
    """What makes two values the same: numbers by value, arrays by identity, parts by their fields.

    Comparing a million numbers to see whether two steps are alike would cost more than it saves.
    """
    if isinstance(value, np.ndarray):
        return ("array", id(value))
    return value.key if isinstance(value, Part) else value


def is_above_zero(value: Any) -> bool:
    """Whether a number, or one of an array, is above zero."""
    return value > 0 if isinstance(value, float) else bool(np.any(np.asarray(value) > 0))


@dataclass(frozen=True, eq=False)
class Part(ByValue):
    """A base for the parts: they are equal when their numbers are, and alike in work when their keys are."""

    @cached_property
    def key(self) -> Hashable:
        """Equal for parts that do the same work, wherever they stand."""
        return (type(self).__name__, *[key_of(getattr(self, field.name)) for field in fields(self)])

    def _check_fields(self, check: Callable[[str, Any], Any], *names: str) -> None:
        """Each field becomes what the check makes of it; None stays where it is the default."""
        for name in names:
            value = getattr(self, name)
            if value is not None or getattr(type(self), name, value) is not value:
                self._set_fields(**{name: plain(check(name, value))})

    def _set_fields(self, copy: bool = True, /, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, freeze_array(value, copy))
