"""Checks at the boundary for arguments that must be one number, where an array would mean many designs."""

from __future__ import annotations

from typing import Any

from ._inputs import non_negative, probability, whole


def one_number(name: str, value: Any) -> float:
    """One number, zero or more."""
    return _alone(name, value, non_negative(name, value))


def one_share(name: str, value: Any) -> float:
    """One number in [0, 1]."""
    return _alone(name, value, probability(name, value))


def one_whole(name: str, value: Any, at_least: int = 0) -> int:
    """One whole number, ``at_least`` or more."""
    return int(_alone(name, value, whole(name, value, at_least)))


def _alone(name: str, value: Any, array: Any) -> float:
    if array.ndim:
        raise ValueError(f"{name} must be one number, got {value!r}")
    return float(array)
