"""More designs, or more simulated tasks, than fit in memory: block after block, and of each block only a summary.

Blocks are fixed and joined in their order, so the answer is the same to the last bit however many workers there are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np

from ._inputs import one_of, one_whole
from ._sweeps import DESIGNS
from .accounting import ACCOUNTINGS
from .workflow import Workflow

Combine = Callable[[Any, Any], Any]
BLOCK = 4 * DESIGNS  # designs that ``make`` gives at a time, so that building a workflow costs little beside them
TOGETHER = 8  # blocks that a process does in one go
AHEAD = 512  # blocks that are with the workers at a time


def sweep(
    make: Callable[[int, int], Workflow], n: int, reduce: Callable[[Any], Any], *, combine: Combine = operator.add,
    accounting: str = "textbook", executor: Executor | None = None,
) -> Any:  # fmt: skip
    """What is left of n designs after each block of 262,144 was summed up: any number of them, in constant memory.

    Args:
        make: gives the workflow of the designs from ``start`` up to ``stop``, in arrays with a number for each. What
            it draws, it draws from a seed and ``start``.
        reduce: makes a summary of a block's ``Outcome``; ``combine`` joins two of them, and adds if it is not given.
        n, accounting: how many designs; as for ``Workflow.outcome``.
        executor: any of ``concurrent.futures``, or ``Client.get_executor(pure=False)`` of dask; None for this process.

    >>> from labkit import Model, chain
    >>> prices = lambda start, stop: chain(12, Model(np.arange(start, stop) / 1e6, 2.0, 0.985))
    >>> sweep(prices, 100_000, lambda outcome: int((outcome.cost < 0.6).sum()))
    50000
    """
    designs = one_whole("n", n, 1)
    one_of("accounting", accounting, ACCOUNTINGS)
    check_functions(make=make, reduce=reduce, combine=combine)
    job = partial(_sum_up_block, make, designs, reduce, accounting)
    return joined(in_block_order(job, -(-designs // BLOCK), executor), combine)


def _sum_up_block(make: Any, n: int, reduce: Any, accounting: str, number: int) -> Any:
    start, stop = number * BLOCK, min((number + 1) * BLOCK, n)
    workflow = make(start, stop)
    if not isinstance(workflow, Workflow):
        raise ValueError(f"make must return a Workflow, got {workflow!r} for designs {start:,} to {stop:,}")
    outcome = workflow.outcome(accounting)
    if np.shape(outcome.cost) != (stop - start,):
        what = f"a workflow of arrays of shape {(stop - start,)} for designs {start:,} to {stop:,}"
        raise ValueError(f"make must return {what}, got shape {np.shape(outcome.cost)}")
    return reduce(outcome)


def check_functions(**functions: Any) -> None:
    """Nothing; what cannot be called is a ``ValueError``."""
    for name, function in functions.items():
        if not callable(function):
            raise ValueError(f"{name} must be a function, got {function!r}")


def joined(summaries: Iterator[Any], combine: Combine) -> Any:
    """All summaries as one; a ``ValueError`` where they cannot be joined."""
    total = next(summaries)
    for summary in summaries:
        try:
            total = combine(total, summary)
        except TypeError as error:
            raise ValueError(f"reduce must return what combine joins, got {summary!r}: {error}") from error
    return total


def in_block_order(job: Callable[[int], Any], blocks: int, executor: Executor | None) -> Iterator[Any]:
    """What the job makes of block 0, 1, ..., in this order, whoever does the work; few of them are kept at a time."""
    if executor is not None and not hasattr(executor, "map"):
        raise ValueError(f"executor must be one of concurrent.futures, or None, got {executor!r}")
    for first in range(0, blocks, AHEAD):
        numbers = range(first, min(first + AHEAD, blocks))
        yield from map(job, numbers) if executor is None else executor.map(job, numbers, chunksize=TOGETHER)
