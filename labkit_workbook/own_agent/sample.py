"""The sample trace of lesson 12: 200 tasks of the course's own agent, as an exporter may have left them.

``tools/own_agent_sample.py`` made it: the small pocket model of lesson 10 added twelve numbers for each of 200 tasks,
four numbers a step. Nothing in it is made up but when the tasks came, and how they were left: each task has a row of
the framework, too, with the tokens and dollars of its calls once more; the last step of the last 20 tasks names a model
that no list of prices knows; and twelve calls have lost their usage, as a stream loses it. What was lost is known:
``TRUE_USD``.
"""

from __future__ import annotations

import csv
from pathlib import Path

SAMPLE = Path(__file__).with_name("sample_trace.csv")
TASKS, UNKNOWN_MODEL, UNPRICED, UNOBSERVED = 200, "nightly", 20, 12
TRUE_USD = 1.68264
"""What all calls of the sample cost, also those that the sample does not say it of."""


def sample_trace() -> Path:
    """Where the sample trace lies, a table of traces.

    >>> from labkit_traces import read
    >>> read(sample_trace()).tasks_in_all
    200
    """
    return SAMPLE


def read_rows() -> list[dict[str, str]]:
    """The rows of the sample trace, as texts by their columns.

    >>> [row["step"] for row in read_rows()[:2]]
    ['agent', 'step-1']
    """
    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
