"""One task, call by call: a bar from start to end for each, as SVG whose text is as large as the page's."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ..counting.tasks import FREE
from ..fitting.columns import is_tool
from . import words

ROW, BAR, TOP = 34, 10, 17
SAID_ALOUD = 8


def draw_task(task: Mapping[str, Any]) -> str:
    """The picture of a task, with its alt text."""
    total = max((call["start"] + call["sec"] for call in task["calls"]), default=0.0) or 1.0
    height = ROW * len(task["calls"]) + 4
    rows = "".join(_draw_call(number, call, total) for number, call in enumerate(task["calls"]))
    return f'<svg role="img" height="{height}" aria-label="{escape(describe(task))}">{rows}</svg>'


def describe(task: Mapping[str, Any]) -> str:
    """The picture in words."""
    calls = task["calls"]
    said = [
        f"{call['step']} from {words.sec(call['start'])} to {words.sec(call['start'] + call['sec'])}"
        for call in calls[:SAID_ALOUD]
    ]
    more = f"; and {len(calls) - SAID_ALOUD:,} more" if len(calls) > SAID_ALOUD else ""
    tools = sum(is_tool(call["step"]) for call in calls)
    runs = f" and {tools:,} runs of tools" if tools else ""
    return f"{len(calls) - tools:,} calls{runs} in {words.sec(task['sec'])}: {'; '.join(said)}{more}."


def _draw_call(number: int, call: Mapping[str, Any], total: float) -> str:
    y = ROW * number
    kind = "tool" if is_tool(call["step"]) else "call" if call["status"] in ("ok", "hit") else "bad"
    unpriced = "usually not billed" if call["status"] in FREE else "dollars unknown"
    price = "" if kind == "tool" else f", {unpriced if call['usd'] is None else words.usd(call['usd'])}"
    failed = f", {call['status']}" if call["status"] != "ok" else ""
    model = f" ({call['model']})" if call["model"] else ""
    label = f"{call['step']}: {words.sec(call['sec'])}{price}{failed}{model}"  # a narrow page may cut its end
    start, width = 100 * call["start"] / total, max(100 * call["sec"] / total, 0.3)
    middle, wide = y + TOP + BAR / 2, min(width, 100 - start)
    return (
        f'<text x="0" y="{y + TOP - 4}">{escape(label)}</text>'
        f'<line class="rule" x1="0" x2="100%" y1="{middle}" y2="{middle}" stroke-opacity="0.3"/>'
        f'<rect class="{kind}" x="{start:.2f}%" y="{y + TOP}" width="{wide:.2f}%" height="{BAR}" rx="2"/>'
    )
