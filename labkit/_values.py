"""Values: objects that are equal where their fields are, arrays among them, and that hash and pickle so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np


class ByValue:
    """A base for frozen dataclasses (``eq=False``): equal fields make equal objects, and NaN equals NaN.

    Fields that are declared with ``compare=False`` play no part. Copies and pickles carry the fields alone, so what an
    object has worked out for itself stays behind; arrays in them cannot be written to.

    >>> from labkit.reliability import BetaLaw
    >>> law = BetaLaw([0.4, 0.6], 0.5)
    >>> law == BetaLaw([0.4, 0.6], 0.5), len({law, BetaLaw([0.4, 0.6], 0.5), BetaLaw([0.4, 0.7], 0.5)})
    (True, 2)
    """

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(map(are_alike, _list_values(self), _list_values(other)))

    def __hash__(self) -> int:
        return hash((type(self).__name__, *(_hash_value(value) for value in _list_values(self))))

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, freeze_array(value))


Tuple = TypeVar("Tuple", bound=tuple)


def by_value(kind: type[Tuple]) -> type[Tuple]:
    """A class decorator for named tuples that may hold arrays: equal fields make equal tuples, and NaN equals NaN.

    >>> from labkit.reliability import gated
    >>> gated([0.5, 0.9], 0.8) == gated([0.5, 0.9], 0.8), gated([0.5, 0.9], 0.8) != gated([0.5, 0.8], 0.8)
    (True, True)
    """

    def equal(self: Any, other: object) -> bool:
        if not isinstance(other, tuple):
            return NotImplemented
        return len(self) == len(other) and all(map(are_alike, self, other))

    kind.__eq__, kind.__ne__ = equal, object.__ne__  # type: ignore[method-assign]
    kind.__hash__ = lambda self: hash(tuple(map(_hash_value, self)))  # type: ignore[method-assign]
    return kind


def _list_values(value: Any) -> list[Any]:
    """The fields that are compared."""
    return [getattr(value, field.name) for field in fields(value) if field.compare]


def are_alike(one: Any, other: Any) -> bool:
    """Whether two values are equal: numbers and arrays by value (NaN equals NaN), anything else by ``==``.

    >>> are_alike(np.array([1.0, np.nan]), np.array([1.0, np.nan])), are_alike(1.0, np.array([1.0]))
    (True, False)
    """
    if one is other:
        return True
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        try:
            return np.array_equal(one, other, equal_nan=True)
        except TypeError:  # texts and other objects know no NaN
            return np.array_equal(one, other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(are_alike(one[name], other[name]) for name in one)
    if type(one) is type(other) and type(one) in (tuple, list):
        return len(one) == len(other) and all(map(are_alike, one, other))
    return bool(one == other) or (_is_nan(one) and _is_nan(other))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _hash_value(value: Any) -> int:
    """Equal for values that are alike; an array's shape and first number tell it from most others."""
    if isinstance(value, np.ndarray):
        return hash((value.shape, _hash_value(value.flat[0].item()) if value.size else 0))
    if _is_nan(value):
        return hash("NaN")
    if type(value) is tuple:
        return hash(tuple(map(_hash_value, value)))
    try:
        return hash(value)
    except TypeError:  # a dict or a list, compared by value
        return len(value)


def freeze_array(value: Any, copy: bool = True) -> Any:
    """An array that nobody can write to, alone or in a tuple or dict; anything else as it is.

    An array that can be written to is copied, or without ``copy`` given as a view that cannot.

    >>> freeze_array(np.zeros(2)).flags.writeable
    False
    """
    if type(value) is tuple:
        return tuple(map(freeze_array, value))
    if type(value) is dict:
        return {name: freeze_array(each) for name, each in value.items()}
    if not isinstance(value, np.ndarray) or _is_frozen(value):
        return value
    value = value.copy() if copy else value.view()
    value.setflags(write=False)
    return value


def _is_frozen(array: Any) -> bool:
    """Whether nobody can write to the array, nor to what it is a view of."""
    while isinstance(array, np.ndarray) and not (array.flags.writeable or array.flags.owndata):
        array = array.base
    return isinstance(array, bytes) or (isinstance(array, np.ndarray) and not array.flags.writeable)
