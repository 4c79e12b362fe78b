"""A fit put to the test: fitted to the first half of an agent's traces, it predicts the second half and four changes.

The changes are then made and run, and prediction and measurement stand side by side. The interval of a prediction is
what the traces of the first half leave open; that of a measurement what the second half's tasks do.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache as once
from pathlib import Path
from typing import NamedTuple

from labkit._inputs import one_whole
from labkit._values import by_value
from labkit_agents import Cached, Checked, Routed, Solver, Tree, pocket
from labkit_traces import Estimate, fit, read

from .agent import OPERANDS, is_even, make_agent, make_tasks, share_repeated, trace_of
from .predicting import AS_FRESH, HIT_SEC, LEVERS, MEASURES, FirstHalf, Held, predict, rows_of

RECORDED = Path(__file__).with_name("validation.json")
PILOT = 0.2
"""So much of the first half is also run by the premium model, to know what routing to it would do."""
TASKS, SEED = 2000, 12
RUNS, RUN_TASKS = 60, 400
"""So many further tests with fewer tasks count how often a prediction holds."""


@by_value
class Validation(NamedTuple):
    """The whole test.

    Attributes:
        date: when it was run.
        tasks: of each half.
        correlation: of two tries of one item, as it was fitted to the first half.
        rows: each number as it came out.
        held: in how many of ``runs`` further tests each prediction held.
        runs: how many those were.
        run_tasks: of each half of those.
    """

    date: str
    tasks: int
    correlation: Estimate
    rows: tuple[Held, ...]
    held: dict[tuple[str, str], int]
    runs: int
    run_tasks: int

    def of(self, change: str) -> tuple[Held, ...]:
        """The numbers of one change.

        Raises:
            ValueError: no such change.
        """
        return rows_of(self.rows, change)


def validate(tasks: int = TASKS, seed: int = SEED) -> Iterator[Held]:
    """Each number of each change, as it was predicted from the first half and measured on the second.

    Args:
        tasks: of each half, from 50.
        seed: of the tasks and of every call, from 0.

    Raises:
        ValueError: numbers that cannot be.

    >>> next(validate(50)).measure
    'usd'
    """
    count, start = one_whole("tasks", tasks, 50), one_whole("seed", seed)
    first, second = fit_first_half(count, start), make_tasks(count, start + 1)
    for change, agent in _list_agents().items():
        measured = fit(read(trace_of(agent, second, start)))
        for name, predicted in zip(MEASURES, predict(first, LEVERS[change]), strict=True):
            yield Held(change, name, predicted, getattr(measured, name))


def fit_first_half(tasks: int, seed: int) -> FirstHalf:
    """The fits to the traces of the first half, and of its first tasks run with the premium model."""
    first = make_tasks(tasks, seed)
    found = fit(read(trace_of(make_agent(pocket.small()), first, seed)))
    few = first[: max(int(PILOT * tasks), 1)]
    pilot = fit(read(trace_of(make_agent(pocket.premium()), few, seed)))
    return FirstHalf(found, pilot, share_repeated(first))


def _list_agents() -> dict[str, Solver]:
    """The agent with each change made."""
    small, premium = pocket.small(), pocket.premium()
    checked = make_agent(Checked(small, "nines", retries=1))
    return {
        "as it is": make_agent(small),
        AS_FRESH: checked,
        "one retry with a gate": checked,
        "half routed": make_agent(Routed(small, premium, is_even)),
        "parallelised": Tree(small, operands=OPERANDS),
        "cached": make_agent(Cached(small, "same_numbers", sec=HIT_SEC)),
    }


def count_holds(runs: int = RUNS, tasks: int = RUN_TASKS) -> dict[tuple[str, str], int]:
    """Of so many further tests with fewer tasks, each with a seed of its own, how many a prediction held in."""
    counts: Counter[tuple[str, str]] = Counter()
    for run in range(runs):
        for row in validate(tasks, 1000 + 2 * run):
            counts[row.change, row.measure] += row.holds
    return dict(counts)


def as_json(rows: Sequence[Held], correlation: Estimate, held: Mapping[tuple[str, str], int], date: str) -> str:
    """The test's outcome as it is kept."""
    listed = [[r.change, r.measure, [*r.predicted], [*r.measured], held[r.change, r.measure]] for r in rows]
    head = {"date": date, "tasks": TASKS, "runs": RUNS, "run_tasks": RUN_TASKS, "correlation": [*correlation]}
    lines = ",\n".join(f"  {json.dumps(row)}" for row in listed)
    return f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n'


@once
def recorded() -> Validation:
    """The test as it was run and kept: 2,000 tasks in each half, on the date that stands in it.

    >>> recorded().tasks, recorded().rows[0].change
    (2000, 'as it is')
    """
    data = json.loads(RECORDED.read_text(encoding="utf-8"))
    rows = tuple(Held(change, name, Estimate(*one), Estimate(*other)) for change, name, one, other, _ in data["rows"])
    held = {(change, name): count for change, name, _, _, count in data["rows"]}
    correlation = Estimate(*data["correlation"])
    return Validation(data["date"], data["tasks"], correlation, rows, held, data["runs"], data["run_tasks"])
