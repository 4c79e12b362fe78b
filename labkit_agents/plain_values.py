"""From whatever a person typed as an answer to plain numbers, or to the word for what it is instead.

One reading for everybody: `check` in a notebook, an assessed copy, and the process in which a grader runs a
stranger's code, which can import nothing above this package. What it gives travels as JSON, as a `Decision` does.

Only types that Python and numpy themselves bring (and pandas, where it is loaded) are read, each by its exact type:
a type derived from one of them could say anything of itself, and is refused by its name.
"""

from __future__ import annotations

import array
import decimal
import fractions
import math
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_NUMBERS = 64
"""No answer has more numbers; of a longer list only its length is told."""
MOST_LETTERS = 60
LARGEST_EXACT = 2**53
"""A whole number beyond this is told as the nearest float."""
REALS = (int, float, fractions.Fraction, decimal.Decimal)
SCALARS = frozenset(np.dtype(code).type for code in "bhilqpBHILQPefdg")
ROWS = (list, tuple, range, array.array)
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc)
OTHER_NAMES = {
    "bool_": "bool", "str_": "str", "bytes_": "bytes", "complex64": "complex", "complex128": "complex",
    "clongdouble": "complex", "complex256": "complex", "MaskedConstant": "masked", "masked_array": "MaskedArray",
}  # fmt: skip
"""numpy's names for what Python has too; the names differ between its versions."""


@dataclass(frozen=True)
class NoNumber:
    """A value where a number was wanted and none was given, by its kind.

    Attributes:
        kind: the name of its type; or "nan", "inf", "-inf" or "huge" of a number that no answer can be.
        items: how many it has, where it is a list that is too long to be told.
    """

    kind: str
    items: int = 0

    def to_json(self) -> dict[str, Any]:
        """The same as a dict."""
        return {"type": self.kind, "items": self.items} if self.items else {"type": self.kind}

    @classmethod
    def from_json(cls, message: Mapping[str, Any]) -> NoNumber:
        """What ``to_json`` made, after its journey; whatever else a stranger sent is of type object."""
        kind, items = message.get("type"), message.get("items")
        sound = isinstance(kind, str) and 0 < len(kind) <= MOST_LETTERS and kind.lstrip("-").isidentifier()
        many = items if type(items) is int and items > MOST_NUMBERS else 0
        return cls(str(kind) if sound else "object", min(many, LARGEST_EXACT))


STUB = NoNumber("ellipsis")
"""What is read of ``...``, the answer that is not written yet."""


def plain(value: Any) -> Any:
    """A finite number, a list of such, or a ``NoNumber``; in a list, one for each item that is no number.

    What was read once is the same when it is read again.

    >>> from fractions import Fraction
    >>> plain(Fraction(1, 4)), plain(np.array([1.0, 2.5])), plain("15 calls"), plain([1, True])
    (0.25, [1.0, 2.5], NoNumber(kind='str', items=0), [1, NoNumber(kind='bool', items=0)])
    """
    if type(value) is NoNumber:
        return value
    items = _items_of(value)
    if items is None:
        return _number_of(value)
    return items if isinstance(items, NoNumber) else [_item_of(item) for item in items]


def plain_json(value: Any) -> Any:
    """The same as JSON carries it; never an error, whatever the value does.

    >>> plain_json(15), plain_json((1, 2j))
    (15, [1, {'type': 'complex'}])
    """
    try:
        read = plain(value)
        if isinstance(read, list):
            return [item.to_json() if isinstance(item, NoNumber) else item for item in read]
        return read.to_json() if isinstance(read, NoNumber) else read
    except BaseException:
        return NoNumber("object").to_json()


def is_stub(value: Any) -> bool:
    """Is it still ``...``, the mark in an exercise of what is not written yet, or a row of nothing else?

    >>> is_stub(...), is_stub((..., ...)), is_stub([15, ...]), is_stub(None)
    (True, True, False, False)
    """
    try:
        read = plain(value)
    except BaseException:
        return False
    return read == STUB or (isinstance(read, list) and bool(read) and all(item == STUB for item in read))


def from_json(sent: Any) -> Any:
    """What ``plain`` gave, from what ``plain_json`` made of it; what is none of that is of type object.

    >>> from_json([1, {"type": "complex"}]), from_json({"type": "a < b"})
    ([1, NoNumber(kind='complex', items=0)], NoNumber(kind='object', items=0))
    """
    if isinstance(sent, list):
        return [NoNumber("list") if isinstance(item, list) else from_json(item) for item in sent]
    if isinstance(sent, dict):
        return NoNumber.from_json(sent)
    return plain(sent)


def _item_of(value: Any) -> Any:
    """An item of a list: a number, or what it is instead."""
    if type(value) is NoNumber:
        return value
    items = _items_of(value)
    if items is None:
        return _number_of(value)
    return items if isinstance(items, NoNumber) else NoNumber("list")


def _items_of(value: Any) -> Sequence[Any] | NoNumber | None:
    """The items of a list or an array of a type that is known; None where it is no such thing."""
    kind = type(value)
    if kind in ROWS:
        return value if len(value) <= MOST_NUMBERS else NoNumber("list", len(value))
    if kind in (np.ndarray, np.ma.MaskedArray):
        if value.ndim == 0 or value.dtype.names:
            return None
        return value.tolist() if value.size <= MOST_NUMBERS else NoNumber("list", len(value))
    if kind in _pandas_rows():
        return value.tolist() if len(value) <= MOST_NUMBERS else NoNumber("list", len(value))
    return None


def _pandas_rows() -> tuple[type, ...]:
    """The types of pandas that are rows of numbers, where pandas is loaded; not what only calls itself so."""
    pandas = sys.modules.get("pandas")
    found = [getattr(pandas, name, None) for name in ("Series", "Index", "RangeIndex")] if pandas else []
    return tuple(each for each in found if isinstance(each, type))


def _number_of(value: Any) -> Any:
    """A number of a type that is known, as an int or a float; or what it is instead."""
    kind = type(value)
    if kind in (np.ndarray, np.ma.MaskedArray) and value.ndim == 0 and not value.dtype.names:
        value = value.tolist()
        kind = type(value)
    if kind not in REALS and kind not in SCALARS:
        return NoNumber(_kind_of(value))
    if kind is int and -LARGEST_EXACT <= value <= LARGEST_EXACT:
        return value
    try:
        number = float(value)
    except OverflowError:
        return NoNumber("huge")
    except ValueError:
        return NoNumber("nan")  # a decimal that signals
    if not math.isfinite(number):
        return NoNumber(f"{number}")
    return int(value) if isinstance(value, np.integer) and abs(number) < LARGEST_EXACT else number


def _kind_of(value: Any) -> str:
    """The name of a value's type, as Python itself knows it; a type of its own could answer anything."""
    kind = type(value)
    if kind in FUNCTIONS or issubclass(kind, type):
        return "function"
    name, module = str(type.__dict__["__name__"].__get__(kind)), type.__getattribute__(kind, "__module__")
    if type(module) is str and module.partition(".")[0] == "numpy":
        name = OTHER_NAMES.get(name, name)
    return name if name.isidentifier() and len(name) <= MOST_LETTERS else "object"
