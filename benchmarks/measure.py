"""What the benchmarks have in common: processor time in pairs, rows of one table, and the limits of the machine.

A row says area, ours, an expert's best and the physical limit, all measured in one run. Ours and the expert's take
turns, so that a busy machine slows both; of each the least time counts, for what is above it is the machine's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

ROW = "| "
"""How a line of the table begins; ``run.py`` gathers these lines."""
LENGTH = 4_000_000  # numbers, 32 MB: far more than a cache holds


class Pair(NamedTuple):
    """Processor seconds of both sides, the least of some rounds each, and what came out."""

    ours: float
    theirs: float
    our_result: Any
    their_result: Any


def cpu_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of this process for one go, and what came out."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def in_pairs(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = 5) -> Pair:
    """Both sides in turns."""
    mine, others, one, other = [], [], None, None
    for _ in range(rounds):
        seconds, one = cpu_seconds(ours)
        mine.append(seconds)
        seconds, other = cpu_seconds(theirs)
        others.append(seconds)
    return Pair(min(mine), min(others), one, other)


def least(work: Callable[[], Any], rounds: int = 5) -> float:
    """The least processor seconds of some goes."""
    return min(cpu_seconds(work)[0] for _ in range(rounds))


def row(area: str, ours: float, best: float | None, limit: float | None, unit: str, note: str = "") -> None:
    """Print a row: seconds of ours and of an expert's best, and the least that the machine could take."""

    def cell(seconds: float | None) -> str:
        if seconds is None:
            return "none"
        ratio = ours / seconds
        return (
            f"{_in_unit(seconds, unit)} (ours is {ratio:,.0f} times it)"
            if ratio >= 10
            else (f"{_in_unit(seconds, unit)} (ours is {ratio:.2g} times it)")
        )

    print(f"{ROW}{area} | {_in_unit(ours, unit)} | {cell(best)} | {cell(limit)} | {note} |", flush=True)


def _in_unit(seconds: float, unit: str) -> str:
    scale = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit]
    return f"{seconds * scale:,.3g} {unit}" if seconds * scale < 1000 else f"{seconds * scale:,.0f} {unit}"


def read_seconds(arrays: Sequence[np.ndarray]) -> float:
    """The least seconds in which these arrays can be read from memory: one look at each number, blocked or not."""
    return sum(least(array.view(np.uint64).max, 3) for array in arrays)


def write_seconds(numbers: int) -> float:
    """The least seconds in which so many new floats can be written, the pages that the system gives included."""
    return least(lambda: np.full(numbers, 1.0), 3)


def random_seconds(numbers: int) -> float:
    """The least seconds in which numpy's fastest generator draws so many floats."""
    rng = np.random.Generator(np.random.SFC64(1))
    block = np.empty(16_384)
    draws = 200
    return least(lambda: [rng.random(out=block) for _ in range(draws)], 3) / (draws * block.size) * numbers


def fork_seconds() -> float:
    """The least processor seconds, of parent and child, in which this process starts a child that ends at once."""

    def one() -> None:
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)

    before = os.times()
    for _ in range(100):
        one()
    after = os.times()
    return sum(after[:4]) / 100 - sum(before[:4]) / 100


def numba_or_none() -> Any:
    """numba, where it is installed."""
    try:
        import numba  # noqa: PLC0415  (an extra)
    except ImportError:
        return None
    return numba
