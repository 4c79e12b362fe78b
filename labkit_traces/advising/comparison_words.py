"""A comparison as text to read, made from its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit._shown import aligned_lines

from ..report import many
from .words import NAMES, change, points, sec, share, spread, usd

SIDES = ("before", "after")


def compared_text(data: Mapping[str, Any]) -> str:
    """A comparison."""
    rows = compared_rows(data)
    lines = [compared_on(data), "", *aligned_lines([COMPARED, *rows])]
    if notes := compared_notes(data):
        lines += ["", "To bear in mind", *(f"  {each}" for each in notes)]
    return "\n".join(lines)


COMPARED = ("of a task", "before", "after", "change", "tasks", "verdict")


def compared_on(data: Mapping[str, Any]) -> str:
    """Which tasks were compared, in a sentence."""
    before, after = (many(data[side]["tasks"], "task") for side in SIDES)
    if any(row["paired"] for row in data["compared"]):
        return f"Of {before} before and {after} after, those of one key or item are compared, each with its like."
    return f"{before} before, and {after.replace(' ', ' other ')} after."


def compared_notes(data: Mapping[str, Any]) -> list[str]:
    """What of either side nobody saw, and of which changes two tests do not agree."""
    said = [
        f"{share(data[side]['unseen_calls'])} of the calls {side} have no price or no usage: dollars are of the tasks "
        "of which every call is priced."
        for side in SIDES
        if data[side]["unseen_calls"]
    ]
    for row in data["compared"]:
        if row["p_value"] is not None and row["verdict"] == "not enough to tell" and row["leaves_out_0"]:
            said.append(
                f"A change of {NAMES[row['of']]} seems sure by its interval, but a permutation test does not agree: "
                f"p-value {row['p_value']:.2g}."
            )
    return said


def compared_rows(data: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row for each measure."""
    say = {"usd": usd, "sec": sec, "p": share}
    return [
        (
            NAMES[row["of"]], say[row["of"]](row["before"]), say[row["of"]](row["after"]),
            spread(row["change"], points) if row["of"] == "p" else change(row["change"], say[row["of"]]),
            f"{row['tasks_before']:,}" if row["paired"] else f"{row['tasks_before']:,}, {row['tasks_after']:,}",
            row["verdict"] + (f": about {row['needed']:,} tasks would" if row["needed"] else ""),
        )
        for row in data["compared"]
    ]  # fmt: skip
