"""Make lesson 12's sample trace and the recorded tests of its fit.

``python tools/own_agent_sample.py [--validate] [--frameworks]``: the sample is the same, byte for byte, wherever it is
made. The test with pocket models takes four minutes of processor time, that with LangGraph and LiteLLM five minutes of
a clock, on a machine that does little else.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator

import numpy as np

from labkit_agents import Task, Traces, pocket
from labkit_workbook.own_agent import agent, in_frameworks, sample, validation

SEED = 120
GAP_SEC = 90.0
"""Mean seconds between two tasks, which arrive at random."""
HEAD = ("task", "item", "call", "parent", *agent.COLUMNS[2:])
FRAMEWORK = "agent"
ROUNDED = 0.002
"""Seconds that the framework's row is longer than its calls, whose moments are rounded."""


def list_lines(tasks: list[Task], traces: Traces) -> Iterator[str]:
    """The sample's lines: each task's row of the framework, and its calls."""
    rng = np.random.default_rng(SEED)
    begins = np.round(np.cumsum(rng.exponential(GAP_SEC, len(tasks))), 2)
    rows = [dict(zip(agent.COLUMNS, row, strict=True)) for row in agent.list_rows(tasks, traces)]
    last = [row for row in rows if row["step"] == "step-4"][-sample.UNPRICED :]
    for row in last:
        row |= {"model": sample.UNKNOWN_MODEL, "usd": ""}
    others = [row for row in rows if row["model"] != sample.UNKNOWN_MODEL]
    for place in rng.choice(len(others), sample.UNOBSERVED, replace=False):
        others[place] |= {"usd": "", "tokens_in": "", "tokens_cached": "", "tokens_out": ""}
    yield ",".join(HEAD)
    for number, begin in enumerate(begins.tolist(), 1):
        mine = [row for row in rows if row["task"] == f"t{number}"]
        yield _as_line(_roll_up(mine, number, begin))
        for place, row in enumerate(mine, 1):
            row |= {"call": f"c{number}.{place}", "parent": f"c{number}", "start": round(begin + row["start"], 3)}
            yield _as_line(row)


def _roll_up(calls: list[dict], number: int, begin: float) -> dict:
    """The framework's own row of a task: what it saw of its calls, once more."""
    first, end = calls[0], max(row["start"] + row["sec"] for row in calls) + ROUNDED
    sums = {name: sum(row[name] or 0 for row in calls) for name in ("tokens_in", "tokens_cached", "tokens_out", "usd")}
    return {
        "task": first["task"], "item": first["item"], "call": f"c{number}", "parent": "", "step": FRAMEWORK,
        "attempt": 1, "model": first["model"], "start": begin, "sec": round(end, 3), **sums,
        "usd": round(sums["usd"], 8), "hit": 0, "right": "", "solved": first["solved"],
    }  # fmt: skip


def _as_line(row: dict) -> str:
    return ",".join(str(row[name]) for name in HEAD)


def main() -> None:
    """Write the sample, and the tests that are asked for."""
    tasks = agent.make_tasks(sample.TASKS, SEED)
    traces = agent.make_agent(pocket.small()).run(tasks, seed=SEED, progress=None)
    text = "\n".join(list_lines(tasks, traces)) + "\n"
    sample.SAMPLE.write_bytes(text.encode())
    print(f"{sample.SAMPLE}: {len(text):,} bytes, all calls cost {float(traces.cost.sum()):.6f} USD")
    if "--validate" in sys.argv:
        rows = list(validation.validate())
        rho = validation.fit_first_half(validation.TASKS, validation.SEED).agent.correlation
        held = validation.count_holds()
        today = datetime.date.today().isoformat()
        validation.RECORDED.write_text(validation.as_json(rows, rho, held, today), encoding="utf-8")
    if "--frameworks" in sys.argv:
        in_frameworks.RECORDED.write_text(in_frameworks.as_json(in_frameworks.validate()), encoding="utf-8")


if __name__ == "__main__":
    main()
