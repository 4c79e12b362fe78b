"""Traces with a known truth: tasks through a workflow, a row for each try, drawn without labkit's own engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from labkit import Gate, Model, Step, Workflow

PLAN, LEFT, RIGHT, WRITE = (
    Model(0.03, 2.0, 0.97, "premium"), Model(0.002, 0.5, 0.9, "small"), Model(0.01, 1.5, 0.95, "middle"),
    Model(0.02, 1.0, 0.98, "premium"),
)  # fmt: skip
GATE = Gate(0.8, 0.05, "pass", 0.6)
DIAMOND = Workflow((
    Step("plan", PLAN), Step("left", LEFT, ("plan",), retries=1, gate=GATE), Step("right", RIGHT, ("plan",)),
    Step("write", WRITE, ("left", "right")),
))  # fmt: skip
"""Plan, then two side by side, one of them with a gate and a retry, then write."""


def rows(workflow: Workflow, tasks: int, seed: int, *, outcomes: str = "both", **more: Any) -> Iterator[dict[str, Any]]:
    """The tries of so many tasks: exponential seconds, lognormal dollars, tasks that arrive at random.

    Args:
        outcomes: ``"both"``, ``"steps"``, ``"tasks"`` or ``"none"``.
        more: values that every row gets.
    """
    rng = np.random.default_rng(seed)
    begin = 1.7e9
    for task in range(tasks):
        begin += rng.exponential(3.0)
        ends: dict[str, float] = {}
        found: list[dict[str, Any]] = []
        solved = True
        for name in (workflow.names[i] for i in workflow.graph.order):
            step = workflow[name]
            now = max((ends[other] for other in step.needs), default=begin)
            for attempt in range(1, int(step.retries) + 2):
                p = step.model.p_ok if attempt == 1 or step.gate is None else step.gate.recovery
                right, sec = bool(rng.random() < p), float(rng.exponential(step.model.sec))
                usd = float(step.model.usd * rng.lognormal(-0.125, 0.5))
                found.append({
                    "task": f"t{task}", "step": name, "model": step.model.name, "start": now, "sec": sec, "usd": usd,
                    "attempt": attempt, **({"right": right} if outcomes in ("both", "steps") else {}), **more,
                })  # fmt: skip
                now += sec
                rejected = step.gate is not None and rng.random() < (
                    step.gate.false_alarm if right else step.gate.detection
                )
                if not rejected:
                    break
            ends[name] = now
            solved = solved and right
        said = {"solved": solved} if outcomes in ("both", "tasks") else {}
        yield from (row | said for row in found)
