"""A test of a fit as a picture: what was predicted of each change, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from labkit import plots
from labkit.laws.counts import normal_reach

from .predicting import MEASURES, Held

TITLES = {"usd": "USD", "sec": "seconds", "p": "right (crosses: predicted)"}


def draw_test(rows: Sequence[Held], tasks: int, ratios: tuple[float, float] = (0.9, 1.1)) -> plots.Picture:
    """Dollars and seconds of each change over their predictions, and the share right beside its own, with intervals.

    Args:
        rows: of a test, three for each change.
        tasks: of each half, for the text that stands for the picture.
        ratios: of what was measured to what was predicted, the smallest and the largest that are shown.

    >>> from . import validation
    >>> draw_test(validation.recorded().rows, tasks=2000).alt[:14]
    'USD, seconds a'
    """
    names = list(dict.fromkeys(row.change for row in rows))
    figure, axes = plots.canvas(columns=3, height=3.4, width=10.8)
    for row in rows:
        ax, line = axes[MEASURES.index(row.measure)], -names.index(row.change)
        if row.measure == "p":
            for shift, each, look, colour in (
                (0.14, row.predicted, "X", plots.ORANGE), (-0.14, row.measured, "o", plots.BLUE),
            ):  # fmt: skip
                ends = [[each.value - each.low], [each.high - each.value]]
                ax.errorbar(each.value, shift + line, xerr=ends, fmt=look, color=colour, capsize=3)
        else:
            ratio = row.measured.value / row.predicted.value
            reach = abs(normal_reach(0.95) * (ratio - 1) / row.apart)
            ax.errorbar(ratio, line, xerr=reach, fmt="o", color=plots.BLUE, capsize=3)
    for ax, measure in zip(axes, MEASURES, strict=True):
        labels = [name.replace(", ", ",\n") for name in names] if ax is axes[0] else []
        ax.set_yticks([-line for line in range(len(names))], labels)
        ax.set(ylim=(0.5 - len(names), 0.5), xlabel="share of orders")
        if measure != "p":
            ax.axvline(1, color=plots.ORANGE, linestyle="--")
            ax.set(xlim=ratios, xlabel="measured / predicted")
        ax.set_title(TITLES[measure], loc="left", weight="bold", fontsize=11)
    said = "; ".join(
        f"{row.change}: {row.measure} {row.predicted.value:.3g} predicted, {row.measured.value:.3g} measured"
        for row in rows
    )
    head = (
        f"USD, seconds and share right of an order, predicted and measured, with intervals, on {tasks:,} orders each."
    )
    return plots.Picture(figure, f"{head} {said}.")
