"""The explorer of comparisons: what so many tasks can see of a difference, of the same tasks and of other ones."""

from __future__ import annotations

from functools import cache

import numpy as np

from labkit import evaluation, plots

from .tables import Explorer, Lever

TASKS = (25, 50, 75, 100, 150, 200, 300, 400, 500, 700, 900, 1200, 1600, 2000, 3000, 5000)
SHARES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.982)
DIFFERENCES = (0.01, 0.014, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)
PARTING = (0.022, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
TINY = 1e-4  # shares are kept to a hundredth of a percent


@cache
def how_many_tasks() -> Explorer:
    """How often so many tasks find a difference, and the smallest one that they find in four runs of five.

    Behind the axes: power on the same tasks and on tasks of their own, NaN where there are no such designs; the
    smallest difference on the same tasks and on their own, NaN where there is none.

    >>> how_many_tasks().look_up(tasks=500, p=0.982, difference=0.014, parting=0.022).round(3).tolist()
    [0.56, 0.565, 0.019, 0.017]
    """
    levers = (
        Lever("tasks", "tasks", 500, TASKS),
        Lever("p", "p of the worse design", 0.8, SHARES, unit="%"),
        Lever("difference", "difference", 0.05, DIFFERENCES, unit="%"),
        Lever("parting", "tasks on which they part", 0.15, PARTING, unit="%"),
    )
    n, p, d, s = np.ix_(TASKS, SHARES, DIFFERENCES, PARTING)
    part, room = d <= s, p + d <= 1
    split = np.where(part, d, 0.0)
    paired = np.where(part, evaluation.paired_power(n, (s + split) / 2, (s - split) / 2), np.nan)
    alone = np.where(room, evaluation.unpaired_power(n, p, np.minimum(p + d, 1.0)), np.nan)
    least = evaluation.smallest_paired_difference(n, s)
    least_alone = evaluation.smallest_unpaired_difference(n, p)
    kept = [np.where(np.isfinite(x), x, np.nan) for x in (paired, alone, least, least_alone)]
    table = np.stack(np.broadcast_arrays(*kept), axis=-1)
    return Explorer(
        name="how_many_tasks",
        title="How many tasks: how often a difference is found",
        view="tasks",
        levers=levers,
        table=table,
        unit=TINY,
        still=lambda: _still_power(table[:, 4, 4, 3]),
    )


def _still_power(found: np.ndarray) -> plots.Picture:
    same, own = found[:, 0], found[:, 1]
    figure, ax = plots.canvas(width=8.0)
    ax.plot(TASKS, same, color=plots.BLUE)
    ax.plot(TASKS, own, "--", color=plots.ORANGE)
    ax.axhline(0.8, color=plots.GREY, linewidth=1)
    ax.set(xscale="log", xticks=(25, 100, 500, 2000), xticklabels=(25, 100, 500, 2000), ylim=(0, 1.02))
    ax.set(xlabel="tasks of each design", ylabel="how often five points are found")
    ax.text(60, 0.55, "the same tasks", color=plots.BLUE, weight="bold")
    ax.text(900, 0.45, "tasks of their own", color=plots.ORANGE, weight="bold")
    ax.set_title("The same tasks for both see more", loc="left", weight="bold")
    return plots.Picture(
        figure,
        f"How often five points from p 0.8 are found, over 25 to 5,000 tasks. At 500 tasks {same[8]:.0%} on the same "
        f"tasks, of which the designs part on 15%, and {own[8]:.0%} on tasks of their own.",
    )
