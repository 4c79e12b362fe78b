"""The test of ``validation`` once more, with an agent in LangGraph that calls LiteLLM, and the traces LiteLLM leaves.

What was measured is kept with its date; where the frameworks are installed and LABKIT_LIVE says so, it is measured now.
Its seconds are a clock's: an endpoint on this machine takes the card's seconds, and the frameworks their own.
"""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Mapping
from functools import cache as once
from pathlib import Path
from typing import Any, NamedTuple

from labkit._inputs import one_whole
from labkit._values import by_value
from labkit_agents.frameworks.measurement import versions_of
from labkit_agents.frameworks.run import is_live
from labkit_agents.frameworks.traced_apart import Run, trace_apart
from labkit_agents.server import SERVED
from labkit_traces import Estimate, Reading, fit, read

from .agent import make_tasks, share_repeated
from .predicting import LEVERS, MEASURES, FirstHalf, Held, predict, rows_of
from .validation import PILOT, SEED

RECORDED = Path(__file__).with_name("in_frameworks.json")
CONDITION, FRAMEWORKS = "running_total", "LangGraph and LiteLLM"
TASKS, PACE = 200, 1.0
"""Tasks of each half, and real seconds for each of the card's."""
AT_ONCE, MANY = 12, 36
"""So many tasks run at once, in one process; with the premium model, whose calls are five times as long, three times as
many, so that about as many calls begin in a second."""
FIRST = "the first half"


class Trial(NamedTuple):
    """A change: the lever that predicts it, what is done to the agent, and how many tasks run at once."""

    lever: str
    change: str
    at_once: int = AT_ONCE


TRIALS = {name: Trial(name, name) for name in ("as it is", "one retry with a gate")} | {
    "half routed": Trial("half routed", "half routed", MANY),
    "parallelised": Trial("parallelised", "parallelised"),
    "cached": Trial("cached", "cached"),
    "cached, 200 answers kept": Trial("cached", "cached, 200 answers kept"),
}
"""By name; LiteLLM's cache as it comes keeps 200 answers, and ``cached`` has room for all."""


@by_value
class InFrameworks(NamedTuple):
    """The whole test.

    Attributes:
        date: when it was run.
        versions: of the packages that took part, by name.
        tasks: of each half.
        correlation: of two tries of one item, as it was fitted to the first half.
        own_sec: seconds of a call beyond those of the card, in the mean of the first half and of each change.
        between_sec: seconds of a task of the first half, in the mean, in which none of its calls ran.
        repeated: the share of the first half's tasks that ask what an earlier one asked.
        hits: the share of the second half's calls that a cache answered, by change.
        rows: each number as it came out.
    """

    date: str
    versions: dict[str, str]
    tasks: int
    correlation: Estimate
    own_sec: dict[str, float]
    between_sec: float
    repeated: float
    hits: dict[str, float]
    rows: tuple[Held, ...]

    def of(self, change: str) -> tuple[Held, ...]:
        """The numbers of one change.

        Raises:
            ValueError: no such change.
        """
        return rows_of(self.rows, change)


def measured() -> InFrameworks:
    """The test run now where LABKIT_LIVE says so and the frameworks are installed, in five minutes; else as recorded.

    Raises:
        ValueError: LABKIT_LIVE is neither 0, 1 nor the whole path of a folder.
    """
    return validate() if is_live(CONDITION) else recorded()


def validate(tasks: int = TASKS, pace: float = PACE) -> InFrameworks:
    """The test, run now; needs the frameworks.

    Args:
        tasks: of each half, from 50.
        pace: real seconds for each second of the card. At 0 dollars and p are as at 1, unless answers are dropped from
            a cache, and seconds say nothing.

    Raises:
        ValueError: numbers that cannot be.
        RuntimeError: the run failed; the message ends with what it wrote last.
    """
    count = one_whole("tasks", tasks, 50)
    first, second = make_tasks(count, SEED), make_tasks(count, SEED + 1)
    runs = {FIRST: Run("as it is", first, AT_ONCE), "pilot": Run("premium", first[: int(PILOT * count)], MANY)}
    runs |= {name: Run(trial.change, second, trial.at_once) for name, trial in TRIALS.items()}
    with tempfile.TemporaryDirectory() as kept:
        trace_apart(runs, Path(kept), pace)
        readings = {name: _read_run(Path(kept), name) for name in runs}
    known = FirstHalf(fit(readings[FIRST]), fit(readings["pilot"]), share_repeated(first), waits=True)
    rows = []
    for name, trial in TRIALS.items():
        found = fit(readings[name])
        for measure, predicted in zip(MEASURES, predict(known, LEVERS[trial.lever]), strict=True):
            rows.append(Held(name, measure, predicted, getattr(found, measure)))
    hits = {name: _count_hits(readings[name]) for name, trial in TRIALS.items() if trial.lever == "cached"}
    own_sec = {name: _find_own_sec(readings[name]) for name in (FIRST, *TRIALS)}
    return InFrameworks(
        datetime.date.today().isoformat(), versions_of(FRAMEWORKS), count, known.agent.correlation, own_sec,
        known.agent.between.value, known.repeated, hits, tuple(rows),
    )  # fmt: skip


def _read_run(folder: Path, name: str) -> Reading:
    return read(folder / f"{name}.jsonl", outcomes=folder / f"{name}-outcomes.jsonl")


def _count_hits(reading: Reading) -> float:
    calls = [call for task in reading.tasks for call in task.calls]
    return sum(call.status == "hit" for call in calls) / len(calls)


def _find_own_sec(reading: Reading) -> float:
    """What a call takes in the mean beyond the seconds that its model's card has for its tokens; no hits."""
    beyond = [
        call.end - call.start - float(SERVED[call.model].card.bill(call.tokens.read, 0, call.tokens.out).sec)
        for task in reading.tasks
        for call in task.calls
        if call.tokens is not None and call.status != "hit"
    ]
    return sum(beyond) / len(beyond)


def as_json(found: InFrameworks) -> str:
    """The test's outcome as it is kept.

    >>> read_json(json.loads(as_json(recorded()))) == recorded()
    True
    """
    listed = [[row.change, row.measure, [*row.predicted], [*row.measured]] for row in found.rows]
    head = {**found._asdict(), "correlation": [*found.correlation]}
    del head["rows"]
    lines = ",\n".join(f"  {json.dumps(row)}" for row in listed)
    return f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n'


def read_json(data: Mapping[str, Any]) -> InFrameworks:
    """What ``as_json`` wrote."""
    rows = tuple(Held(change, name, Estimate(*one), Estimate(*other)) for change, name, one, other in data["rows"])
    return InFrameworks(**{**data, "correlation": Estimate(*data["correlation"]), "rows": rows})


@once
def recorded() -> InFrameworks:
    """The test as it was run and kept, on the date that stands in it; needs no framework.

    >>> recorded().tasks, recorded().rows[0].change
    (200, 'as it is')
    """
    return read_json(json.loads(RECORDED.read_text(encoding="utf-8")))
