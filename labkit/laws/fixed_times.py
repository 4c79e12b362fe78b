"""How long steps of known length take together: the longest path through their dependencies, not the total work.

Times are in seconds. Every function broadcasts like a numpy function.
A number out of its range, NaN, text or None, and arrays that do not fit together raise a ``ValueError`` that names
the argument and the value.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import Number, non_negative, plain, some, together


def sequential(sec: ArrayLike) -> Number:
    """Steps that run one after another: the sum of their times.

    Formula: ``sum_s t_s`` (section, part 2).

    Args:
        sec: t_s, seconds of each step along the last axis, zero or more, at least one step.

    Raises:
        ValueError: a negative time, NaN, or no steps.

    >>> sequential([2.0, 2.0, 0.4])
    4.4
    """
    return plain(non_negative("sec", some("sec", sec)).sum(axis=-1))


def side_by_side(sec: ArrayLike) -> Number:
    """Steps that run at once: the slowest of them.

    Formula: ``max_s t_s`` (section, part 2). True of fixed times. Of random times with equal means it is
    too low: the mean of a maximum is above the maximum of the means.

    Args:
        sec: t_s, seconds of each step along the last axis, zero or more, at least one step.

    >>> side_by_side([2.0, 2.0, 0.4])
    2.0
    """
    return plain(non_negative("sec", some("sec", sec)).max(axis=-1))


def staged(groups: Sequence[ArrayLike]) -> Number:
    """Groups one after another, the steps of a group at once (the section's ``parallel_group``).

    Formula: ``sum_g max_{s in g} t_s`` (section, part 4).

    Args:
        groups: a list of groups, each the seconds of its steps along the last axis; at least one group.

    >>> staged([[2.0, 0.4], [0.4, 0.4, 0.4]])
    2.4
    """
    slowest = [np.asarray(side_by_side(group)) for group in _listed("groups", groups)]
    together(**{f"groups[{i}]": sec for i, sec in enumerate(slowest)})
    return plain(functools.reduce(np.add, slowest))


def longest_path(sec: Sequence[ArrayLike], needs: Sequence[Sequence[int]]) -> Number:
    """Seconds until the last step of a dependency graph ends: the length of the critical path.

    Formula: ``end_s = t_s + max_{r in needs(s)} end_r``, and the answer is the largest ``end_s``.

    Args:
        sec: seconds of each step (one number or array a step), zero or more.
        needs: for each step the positions of the steps it waits for.

    Raises:
        ValueError: a negative time, a position that does not exist, or steps that wait for each other.

    >>> longest_path([1, 2, 5, 1], [[], [0], [0], [1, 2]])
    7.0
    """
    times = [non_negative(f"sec[{i}]", t) for i, t in enumerate(_listed("sec", sec))]
    together(**{f"sec[{i}]": t for i, t in enumerate(times)})
    ends: dict[int, NDArray[np.float64]] = {}
    for step in in_order(needs, len(times)):
        ends[step] = times[step] + _latest([ends[r] for r in needs[step]])
    return plain(_latest(list(ends.values())))


def critical_path(sec: Sequence[float], needs: Sequence[Sequence[int]]) -> list[int]:
    """The positions of the steps on the longest path, first step first (the earliest of equals).

    Args:
        sec: seconds of each step, one number a step, zero or more.
        needs: for each step the positions of the steps it waits for.

    >>> critical_path([1, 2, 5, 1], [[], [0], [0], [1, 2]])
    [0, 2, 3]
    """
    times = [non_negative(f"sec[{i}]", t) for i, t in enumerate(_listed("sec", sec))]
    if any(t.ndim for t in times):
        raise ValueError("sec must be one number for each step; a path through arrays is many paths")
    ends: dict[int, float] = {}
    for step in in_order(needs, len(times)):
        ends[step] = float(times[step]) + max((ends[r] for r in needs[step]), default=0.0)
    path = [max(sorted(ends), key=ends.__getitem__)]
    while needs[path[-1]]:
        path.append(max(sorted(needs[path[-1]]), key=ends.__getitem__))
    return path[::-1]


def in_order(needs: Sequence[Sequence[int]], count: int) -> list[int]:
    """An order of the steps in which each comes after all that it needs; a cycle is a ``ValueError``.

    Args:
        needs: for each step the positions of the steps it waits for.
        count: how many steps there are.

    >>> in_order([[1], []], 2)
    [1, 0]
    """
    if len(_listed("needs", needs)) != count:
        raise ValueError(f"needs must have one entry for each of the {count} steps, got {len(needs)}")
    for step, before in enumerate(needs):
        for other in _listed(f"needs[{step}]", before, at_least=0):
            if not isinstance(other, (int, np.integer)):
                raise ValueError(f"needs[{step}] must hold positions (whole numbers), got {other!r}")
            if not 0 <= other < count:
                raise ValueError(f"needs[{step}] names step {other}, but there are only {count} steps")
    try:
        return list(TopologicalSorter(dict(enumerate(needs))).static_order())
    except CycleError as error:
        cycle = " -> ".join(str(step) for step in error.args[1])
        raise ValueError(f"needs has steps that wait for each other: {cycle}") from None


def _listed(name: str, value: Any, at_least: int = 1) -> Any:
    """The value, if it is a list, a tuple or an array with enough in it."""
    no_list = value.ndim == 0 if isinstance(value, np.ndarray) else not isinstance(value, (list, tuple))
    if no_list:
        raise ValueError(f"{name} must be a list with an entry for each step, got {value!r}")
    if len(value) < at_least:
        raise ValueError(f"{name} must hold at least one entry, got none")
    return value


def _latest(ends: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The largest of the times, element by element; zero where there are none."""
    latest = ends[0] if ends else np.asarray(0.0)
    for end in ends[1:]:
        latest = np.maximum(latest, end)
    return latest
