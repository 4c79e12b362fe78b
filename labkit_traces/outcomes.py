"""Outcomes that stand beside the traces: which tasks ended right, and which are repeats of one item."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from .parsing.documents import Source, open_lines, read_documents, read_lines
from .parsing.values import SCALAR, read_id, read_verdict, task_id
from .report import Reading

KEYS = ("task", "trace", "trace_id", "traceid", "task_id", "id")
VERDICTS = ("right", "solved", "outcome", "success", "correct", "passed", "score", "value")
STRANGERS = "outcomes of tasks that are not in the traces"
UNREADABLE = "rows of outcomes that name no task or no verdict"
Outcomes: TypeAlias = "str | os.PathLike[str] | Mapping[Any, Any]"


class Said(NamedTuple):
    """What stands beside the traces of a task."""

    right: bool
    item: str


def read_outcomes(outcomes: Outcomes, noted: Counter[str]) -> dict[str, Said]:
    """Verdicts by the digests of tasks, as a file has them, or a mapping from tasks to verdicts.

    A file has a row for each task, as a table with commas or a JSON object a line: ``task`` (its key, or the id of its
    trace), a verdict in ``right``, and perhaps ``item``, what the task is a repeat of. Of several rows all must say so.

    >>> read_outcomes({"ticket-17": True}, Counter())[task_id("ticket-17")]
    Said(right=True, item='')
    """
    rows_from = ""
    if isinstance(outcomes, Mapping):
        rows: Iterable[Any] = ({"task": key, "right": value} for key, value in outcomes.items())
    elif isinstance(outcomes, (str, os.PathLike)):
        if not Path(outcomes).is_file():
            raise ValueError(f"outcomes: there is no file {str(outcomes)!r}")
        rows, rows_from = _read_rows(Path(outcomes), noted), Path(outcomes).name
    else:
        raise ValueError(f"outcomes must be a file, or verdicts by task, got {type(outcomes).__name__}")
    found: dict[str, Said] = {}
    ids: dict[str, Said] = {}
    for row in rows:
        key = _find(row, KEYS)
        verdict = read_verdict(_find(row, VERDICTS), noted)
        if key is None or verdict is None:
            noted[UNREADABLE] += 1
            continue
        item = _find(row, ("item",))
        before = found.get(task_id(str(key)), Said(True, ""))
        said = Said(verdict and before.right, task_id(item) if item is not None else before.item)
        found[task_id(str(key))] = said
        ids[task_id(read_id(key))] = said
    if not found and rows_from:
        raise ValueError(
            f"outcomes: no row of {rows_from!r} names a task ({', '.join(KEYS)}) and a verdict ({', '.join(VERDICTS)})"
        )
    return ids | found  # ids as formats write them, where no row has the very name


def set_outcomes(readings: Sequence[Reading], said: Mapping[str, Said], noted: Counter[str]) -> list[Reading]:
    """The readings, with what stands beside their traces in the place of what those say; it may be of all or of some.

    Args:
        readings: what was read without it.
        said, noted: what ``read_outcomes`` gave and noted.

    Raises:
        ValueError: no task of any of them is named, though tasks can be told apart and all are kept.
    """
    changed = [_set_on(reading, said, noted) for reading in readings]
    rows = len(set(map(id, said.values())))
    strangers = [reading.noted.get(STRANGERS, 0) for reading in changed]
    told = all(not each.no_tasks and len(each.tasks) == each.tasks_in_all for each in readings)
    if told and rows and min(strangers) == rows:
        raise ValueError(
            f"outcomes must name tasks of these traces, and none of {rows:,} does: `task` is the id of the trace, or "
            "the value of the task key (task_key, --task-key)"
        )
    return changed


def _set_on(reading: Reading, said: Mapping[str, Said], noted: Counter[str]) -> Reading:
    known = {task.id for task in reading.tasks}
    strangers = len({id(each) for each in said.values()} - {id(each) for name, each in said.items() if name in known})
    tasks = tuple(
        replace(task, right=said[task.id].right, item=said[task.id].item or task.item) if task.id in said else task
        for task in reading.tasks
    )
    noted = Counter(reading.noted) + noted + Counter({STRANGERS: strangers})  # a sum without what is 0
    return replace(reading, tasks=tasks, noted=dict(sorted(noted.items())))


def _read_rows(path: Path, noted: Counter[str]) -> Iterator[Any]:
    source = Source(path.name)
    lines, raw = open_lines(path)
    with raw, lines:
        for _, row in read_documents(read_lines(lines, source), source):
            yield row
    noted["lines of outcomes that cannot be read"] += source.malformed


def _find(row: Any, names: Iterable[str]) -> Any:
    """The first value under one of the names that is there."""
    if isinstance(row, dict):
        small = {str(name).lower(): value for name, value in row.items()}
        for name in names:
            value = small.get(name)
            if isinstance(value, SCALAR) and value != "":
                return value
    return None
