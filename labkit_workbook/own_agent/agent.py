"""The agent of lesson 12: a pocket model that adds twelve numbers in four steps, and its runs as a table of traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labkit_agents import Chain, Solver, Task, Traces, draw_tasks, repeat_tasks

NUMBERS, OPERANDS = 12, 4
REPEATED = 0.5
"""The share of tasks that ask again what an earlier one asked."""
COLUMNS = (
    "task", "item", "step", "attempt", "model", "start", "sec", "tokens_in", "tokens_cached", "tokens_out", "usd",
    "hit", "right", "solved",
)  # fmt: skip


def make_tasks(n: int, seed: int) -> list[Task]:
    """So many tasks of twelve numbers; about half of them repeat an earlier one.

    >>> len(make_tasks(20, seed=1)), len({task.numbers for task in make_tasks(20, seed=1)}) < 20
    (20, True)
    """
    return repeat_tasks(draw_tasks(n, numbers=NUMBERS, seed=seed), REPEATED, seed=seed)


def make_agent(worker: object) -> Solver:
    """The agent: a running total, four numbers a step; a model will do for a worker.

    >>> from labkit_agents import pocket
    >>> make_agent(pocket.small()).workflow(make_tasks(5, seed=1), p=0.9).names
    ('step-1', 'step-2', 'step-3', 'step-4')
    """
    return Chain(worker, operands=OPERANDS)


def list_rows(tasks: Sequence[Task], traces: Traces) -> Iterator[tuple[object, ...]]:
    """A run's calls as rows under ``COLUMNS``; tasks of the same numbers are one item."""
    items: dict[tuple[int, ...], int] = {}
    named = [items.setdefault(task.numbers, len(items) + 1) for task in tasks]
    solved = traces.solved.tolist()
    for row in traces.records():
        yield (
            f"t{row.task + 1}", f"i{named[row.task]}", row.step, row.attempt, row.model, round(row.start, 3),
            round(row.sec, 3), row.tokens_in, row.tokens_cached, row.tokens_out, round(row.usd, 8), int(row.from_cache),
            int(row.right), int(solved[row.task]),
        )  # fmt: skip


def as_lines(rows: Iterator[tuple[object, ...]]) -> list[bytes]:
    """The rows as lines of a table that ``labkit_traces.read`` knows, the names first.

    >>> as_lines(iter([("t1", "i1")]))[1]
    b't1,i1'
    """
    return [",".join(map(str, row)).encode() for row in (COLUMNS, *rows)]


def trace_of(agent: Solver, tasks: Sequence[Task], seed: int) -> list[bytes]:
    """The lines of a run of these tasks.

    >>> from labkit_agents import pocket
    >>> trace_of(make_agent(pocket.small()), make_tasks(1, seed=1), seed=1)[1].decode()[:17]
    't1,i1,step-1,1,sm'
    """
    return as_lines(list_rows(tasks, agent.run(tasks, seed=seed, progress=None)))


def share_repeated(tasks: Sequence[Task]) -> float:
    """How many tasks ask what an earlier one asked: what a cache can find.

    >>> share_repeated([Task("a", (1, 2)), Task("b", (1, 2))])
    0.5
    """
    return 1 - len({task.numbers for task in tasks}) / len(tasks)


def is_even(numbers: Sequence[int]) -> bool:
    """Whether the sum of the numbers is even: a coin that needs no luck, for a router that looks at nothing.

    >>> is_even((1, 2)), is_even((1, 3))
    (False, True)
    """
    return sum(numbers) % 2 == 0
