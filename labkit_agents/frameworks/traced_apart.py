"""Runs of lesson 12's agent in a process of their own, which leaves the traces and the outcomes in a folder."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from labkit._inputs import one_number, one_of, one_whole

from ..server import serve
from ..tasks.tasks import Task
from .run import run_python
from .running_total import CHANGES, Session, draw_few

JOB = "job.json"
PARTS = 5
"""Runs take turns, a part of their tasks each time, so that what else this machine does slows all of them alike."""


class Run(NamedTuple):
    """What is to be run: a change, one of ``CHANGES``, tasks of equally many numbers, and how many of them at once."""

    change: str
    tasks: Sequence[Task]
    at_once: int = 1


def trace_apart(runs: Mapping[str, Run], folder: Path, pace: float = 0.0) -> None:
    """Run tasks in a process of its own, and leave ``NAME.jsonl`` and ``NAME-outcomes.jsonl`` in a folder for each run.

    Args:
        runs: by name.
        folder: where the files are written.
        pace: real seconds for each second of the card; at 0 the times of the traces say nothing.

    Raises:
        ValueError: a change that there is not, no tasks, or a number that cannot be.
        RuntimeError: the run failed, or took longer than ``LONGEST_SEC``; the message ends with what it wrote last.
    """
    listed = {}
    for name, (change, tasks, at_once) in runs.items():
        if not tasks:
            raise ValueError(f"tasks must be one or more, got {tasks!r}")
        given = [[task.id, list(task.numbers)] for task in tasks]
        listed[name] = [one_of("change", change, CHANGES), given, one_whole("at_once", at_once, 1)]
    job = {"pace": one_number("pace", pace), "runs": listed}
    (folder / JOB).write_text(json.dumps(job), encoding="utf-8")
    run_python(["-m", __name__, str(folder)], "the agent's run")


async def _write_traces(folder: Path) -> None:
    """What ``trace_apart`` has a process do; a first task, of which nothing is kept, loads all that it needs."""
    job = json.loads((folder / JOB).read_text(encoding="utf-8"))
    with ExitStack() as open_ones:
        servers = {name: open_ones.enter_context(serve(pace=job["pace"])) for name in ("", *job["runs"])}
        await Session(servers[""], CHANGES[0]).run(draw_few(1))
        sessions = {}
        for name, (change, listed, at_once) in job["runs"].items():
            tasks = [Task(id, tuple(numbers)) for id, numbers in listed]
            sessions[name] = Session(servers[name], change, at_once), tasks
        for part in range(PARTS):
            for session, tasks in sessions.values():
                first, end = (len(tasks) * each // PARTS for each in (part, part + 1))
                if first < end:
                    await session.run(tasks[first:end])
        for name, (session, _) in sessions.items():
            traced = await session.trace()
            (folder / f"{name}.jsonl").write_text("\n".join(traced.lines) + "\n", encoding="utf-8")
            rows = "\n".join(map(json.dumps, traced.outcomes))
            (folder / f"{name}-outcomes.jsonl").write_text(rows + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write_traces(Path(sys.argv[1])))
