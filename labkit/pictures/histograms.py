"""Simulated tasks as a picture: how cost and latency spread, with the mean and the slowest and dearest five percent."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from .style import BLUE, ORANGE, SKY, Picture, canvas, titled, unmathed

BINS = 60
FEW = 12  # so many different values or fewer are shown as bars of their own


def spread(
    cost: NDArray[np.float64], latency: NDArray[np.float64], marks: dict[str, dict[str, float]], title: str
) -> Picture:
    """Two histograms, of cost in USD and latency in seconds, each with lines at the marked values.

    Args:
        cost, latency: one number a task.
        marks: ``"cost"`` and ``"latency"`` -> label of a line -> where it stands.
        title: the finding in a few words.
    """
    figure, axes = canvas(columns=2, height=3.8, width=10)
    shown = (("cost", cost, "cost (USD a task)", "${:.4g}"), ("latency", latency, "latency (s a task)", "{:.4g} s"))
    words = []
    for ax, (name, values, label, unit) in zip(axes, shown, strict=True):
        _draw_histogram(ax, values)
        for (mark, place), colour, dash in zip(marks[name].items(), (BLUE, ORANGE), ("-", "--"), strict=False):
            text = f"{mark} {unit.format(place)}"
            ax.axvline(place, color=colour, linestyle=dash, linewidth=2, label=unmathed(text))
            words.append(f"{name} {text}")
        ax.set(xlabel=label, ylabel="share of tasks" if ax is axes[0] else "")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        ax.legend(frameon=False)
    titled(axes[0], title)
    return Picture(figure, f"Histograms of {cost.size:,} simulated tasks. {title}: {', '.join(words)}.")


def _draw_histogram(ax: Any, values: NDArray[np.float64]) -> None:
    """Shares of the values: a bar for each where there are few different ones, else bins of one width."""
    digits = 9 - int(np.floor(np.log10(max(float(values.max()), 1e-9))))
    rounded = np.round(values, digits)  # equal bills that were added up in another order are one bar
    if np.unique(rounded[:10_000]).size <= FEW:
        places, counts = np.unique(rounded, return_counts=True)
        width = 0.6 * float(np.diff(places).min()) if places.size > 1 else max(0.05 * abs(float(places[0])), 1e-3)
        ax.bar(places, counts / values.size, width=width, color=SKY)
        return
    counts, edges = np.histogram(values, bins=BINS)
    ax.bar(edges[:-1], counts / values.size, width=np.diff(edges), align="edge", color=SKY)
