"""A workflow as a picture: boxes from left to right, arrows for who waits for whom, the critical path marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.patches import FancyBboxPatch

from ..latency import critical_path
from ..workflow import Workflow
from .style import GREY, ORANGE, Picture, canvas, titled, unmathed

BOX = (0.74, 0.56)  # a step: width and height, in columns and lanes


def draw(workflow: Workflow, title: str = "", mark_path: bool = True) -> Picture:
    """The dependency graph from left to right, with the critical path marked (or not, where it is to be found).

    Each box is a step with its model and its seconds at one attempt.

    Raises:
        ValueError: the workflow holds arrays; draw one design at a time.
    """
    seconds = _time_steps(workflow)
    path = critical_path(seconds, workflow.graph.needs) if mark_path else []
    places = _place_steps(workflow)
    columns, lanes = (max(p[i] for p in places) + 1 for i in (0, 1))
    figure, ax = canvas(width=min(14.0, 1.5 + 1.35 * columns), height=0.9 + 0.75 * lanes)
    for i, needs in enumerate(workflow.graph.needs):
        for r in needs:
            _draw_arrow(ax, places[r], places[i], (r, i) in set(pairwise(path)))
    for i, step in enumerate(workflow.steps):
        _draw_box(ax, places[i], unmathed(f"{step.name}\n{step.model.name}, {seconds[i]:g} s"), i in path)
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(lanes - 0.3, -0.6), xticks=[], yticks=[])
    ax.axis("off")
    total = sum(seconds[i] for i in path)
    found = f"Critical path: {len(path)} of {len(workflow)} steps, {total:g} s" if mark_path else ""
    titled(ax, title or found)
    names = ", ".join(workflow.names[i] for i in path)
    said = f"Critical path, {total:g} s: {names}." if mark_path else _list_waiting(workflow, seconds)
    return Picture(figure, f"Graph of {len(workflow)} steps. {said}")


def _list_waiting(workflow: Workflow, seconds: Sequence[float]) -> str:
    """Each step with its seconds and the steps it waits for, in words."""
    after = (f" after {' and '.join(step.needs)}" if step.needs else "" for step in workflow)
    return "; ".join(f"{n} {sec:g} s{a}" for n, sec, a in zip(workflow.names, seconds, after, strict=True)) + "."


def _time_steps(workflow: Workflow) -> list[float]:
    """Seconds of each step at one attempt."""
    times = []
    for step in workflow.steps:
        alone = Workflow((replace(step, needs=()),)).outcome()
        if np.ndim(alone.latency) > 0:
            raise ValueError(f"draw needs one design, but step {step.name!r} holds arrays")
        times.append(float(alone.latency))
    return times


def _place_steps(workflow: Workflow) -> list[tuple[int, int]]:
    """Column and lane of each step: as far to the right as the longest row of steps before it, then downwards."""
    columns = [0] * len(workflow)
    for step in workflow.graph.order:
        columns[step] = 1 + max((columns[r] for r in workflow.graph.needs[step]), default=-1)
    return [(column, columns[:step].count(column)) for step, column in enumerate(columns)]


def _draw_box(ax: Any, place: tuple[int, int], text: str, marked: bool) -> None:
    corner = (place[0] - BOX[0] / 2, place[1] - BOX[1] / 2)
    look: Any = {"facecolor": "#FDE9DC" if marked else "white", "edgecolor": ORANGE if marked else GREY}
    width = 2.2 if marked else 1.0
    ax.add_patch(FancyBboxPatch(corner, *BOX, boxstyle="round,pad=0,rounding_size=0.06", linewidth=width, **look))
    ax.text(*place, text, ha="center", va="center", fontsize=8.5)


def _draw_arrow(ax: Any, start: Sequence[int], end: Sequence[int], marked: bool) -> None:
    """An arrow between two boxes; one that passes other columns bends, so as not to run through their boxes."""
    look: Any = {"arrowstyle": "-|>", "color": ORANGE if marked else GREY, "linewidth": 2.2 if marked else 1.0}
    look |= {"shrinkA": 0, "shrinkB": 0}
    half_width, half_height = BOX[0] / 2, BOX[1] / 2
    leave: tuple[float, float] = (start[0] + half_width, start[1])
    arrive: tuple[float, float] = (end[0] - half_width, end[1])
    if end[0] - start[0] > 1 and end[1] == start[1]:
        look["connectionstyle"] = "arc3,rad=0.12"
        leave, arrive = (start[0], start[1] + half_height), (end[0], end[1] + half_height)
    elif end[0] - start[0] > 1:
        look["connectionstyle"] = "angle3,angleA=0,angleB=90"
        arrive = (end[0], end[1] + half_height if end[1] < start[1] else end[1] - half_height)
    ax.annotate("", xy=arrive, xytext=leave, arrowprops=look)
