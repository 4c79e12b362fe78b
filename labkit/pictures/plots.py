"""Pictures with units, in colours that colour-blind readers can tell apart, and with alt text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter, StrMethodFormatter
from numpy.typing import ArrayLike

from .._inputs import number, probability
from .._series import Array
from ..outcome import Outcome, span_text
from .drawing import draw
from .style import BLUE, COLOURS, DASHES, GREEN, GREY, ORANGE, PINK, SKY, Picture, canvas, titled, unmathed

__all__ = [
    "BLUE", "GREEN", "GREY", "ORANGE", "SKY", "Picture", "canvas", "compare", "curves", "dots", "draw",
    "law_and_record", "spread", "trade_offs",
]  # fmt: skip


BINS = 60
FEW = 12  # so many different values or fewer are shown as bars of their own
COLUMNS = (
    ("cost (USD)", "${:.3f}", "cost"),
    ("latency (s)", "{:.1f} s", "latency"),
    ("reliability", "{:.1%}", "reliability"),
    ("successes per USD", "{:.1f}", "quality_per_dollar"),
)


def curves(
    x: ArrayLike, series: Mapping[str, ArrayLike], xlabel: str, ylabel: str, title: str, alt: str, ax: Any = None,
    percent: bool = False,
) -> Picture:  # fmt: skip
    """Lines over a common x, each with its own colour and dash, up to four with their names at their ends.

    Args:
        x: positions along the horizontal axis.
        series: label -> values, one for each x.
        xlabel, ylabel: what is on the axes, with the unit.
        title, alt: the finding in a few words, and the words for those who cannot see.
        ax: axes to draw on; new ones where it is None.
        percent: print the vertical axis as percentages.

    Raises:
        ValueError: no series, or a series of another length than x.
    """
    if not 1 <= len(series) <= len(COLOURS):
        raise ValueError(f"series must hold 1 to {len(COLOURS)} lines that can be told apart, got {len(series)}")
    places = np.atleast_1d(number("x", x))
    if places.size == 0:
        raise ValueError("x must hold at least one position, got none")
    figure, axes = canvas() if ax is None else (ax.figure, ax)
    for (label, values), colour, dash in zip(series.items(), COLOURS, DASHES, strict=False):
        if np.shape(values) != places.shape:
            raise ValueError(f"series {label!r} has shape {np.shape(values)}, x has {places.shape}")
        axes.plot(places, np.asarray(values), color=colour, linestyle=dash, linewidth=2, label=unmathed(label))
    axes.set(xlabel=unmathed(xlabel), ylabel=unmathed(ylabel))
    titled(axes, title)
    if np.all(places == np.floor(places)):  # there is no half step
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0 if np.ptp(axes.get_ylim()) > 0.08 else None))
    elif max(np.nanmax(np.abs(values)) for values in series.values()) >= 10_000:
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    if len(series) > 4:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    elif len(series) > 1:
        _name_lines(axes)
    return Picture(figure, alt)


def _name_lines(axes: Any) -> None:
    """Write each line's name at its right end, in its colour; names that would touch move apart."""
    low, high = axes.get_ylim()
    points = 72 * axes.figure.get_figheight() * 0.75 / (high - low)  # one unit of y, about
    ends = []
    for line in axes.lines:
        x, y = line.get_data()
        last = int(np.flatnonzero(np.isfinite(y))[-1]) if np.any(np.isfinite(y)) else 0
        ends.append((float(y[last]), float(x[last]), textwrap.fill(line.get_label(), 20), line.get_color()))
    free = -np.inf
    for y, x, name, colour in sorted(ends):
        half = 6.5 * (1 + name.count("\n"))
        place = max((y - low) * points, free + half)
        free = place + half
        shift = place - (y - low) * points
        look: Any = {"color": colour, "va": "center", "fontsize": 10, "weight": "bold", "annotation_clip": False}
        axes.annotate(name, (x, y), xytext=(6, shift), textcoords="offset points", **look)


def law_and_record(
    laws: Mapping[str, float], records: Mapping[str, float], xlabel: str, title: str, alt: str
) -> Picture:
    """What laws promise and what was recorded, one line each on one axis: crosses for laws, dots for records.

    Args:
        laws, records: label -> a share in [0, 1]; at least one of each.
        xlabel: what the share is of, and where it was recorded.
        title, alt: as in ``curves``.
    """
    for name, shares in (("laws", laws), ("records", records)):
        if not shares:
            raise ValueError(f"{name} must hold at least one share, got none")
        probability(name, list(shares.values()))
    figure, ax = canvas(height=0.9 + 0.38 * (len(laws) + len(records)), width=8.2)
    for place, share in enumerate([*laws.values(), *records.values()]):
        marker, colour = ("X", BLUE) if place < len(laws) else ("o", "black")
        ax.plot(share, -place, marker, color=colour, markersize=9)
        ax.annotate(f"{share:.3f}", (share, -place), xytext=(9, -4), textcoords="offset points", fontsize=10)
    ax.axhline(0.5 - len(laws), color=GREY, linewidth=1)
    ax.margins(x=0.12)
    _name_rows(ax, [*laws, *records], xlabel, title)
    return Picture(figure, alt)


def _name_rows(ax: Any, labels: Sequence[str], xlabel: str, title: str) -> None:
    """Write a label beside each row, from the top down, and the words around them."""
    ax.set_yticks([-place for place in range(len(labels))], [unmathed(label) for label in labels])
    ax.set(xlabel=unmathed(xlabel), ylim=(0.5 - len(labels), 0.5))
    titled(ax, title)


def dots(
    groups: Mapping[str, ArrayLike], xlabel: str, title: str, alt: str, marked: Mapping[str, ArrayLike] | None = None
) -> Picture:
    """The values of several groups, a line each, with a bar at the group's median.

    Args:
        groups: label -> its values.
        xlabel, title, alt: as in ``curves``.
        marked: label of a group -> those values that get a diamond.
    """
    lines = {label: np.atleast_1d(number(f"groups[{label!r}]", values)) for label, values in groups.items()}
    if not lines or not all(values.size for values in lines.values()):
        raise ValueError(f"groups must hold at least one group, each with a value, got {dict(groups)!r}")
    if not set(marked or {}) <= set(lines):
        raise ValueError(f"marked must name groups of {list(lines)}, got {list(marked or {})}")
    figure, ax = canvas(height=1.2 + 0.4 * len(lines))
    for place, (label, values) in enumerate(lines.items()):
        ax.plot(values, np.full(values.size, -place), "o", color=GREY, alpha=0.5)
        ax.plot(np.median(values), -place, "|", color=BLUE, markersize=24, markeredgewidth=3)
        diamonds = np.atleast_1d((marked or {}).get(label, ()))
        ax.plot(diamonds, np.full(diamonds.size, -place), "D", color=ORANGE, markersize=8)
    _name_rows(ax, list(lines), xlabel, title)
    return Picture(figure, alt)


def compare(designs: Mapping[str, Outcome], title: str = "", alt: str = "") -> Picture:
    """Designs side by side: cost, latency, reliability and quality per dollar as bars with their numbers.

    The alt text is made from the numbers unless one is given.
    """
    _check_single(designs)
    figure, axes = canvas(columns=4, height=0.9 + 0.4 * len(designs), width=11)
    for ax, (name, unit, field) in zip(axes, COLUMNS, strict=True):
        values = np.array([float(getattr(o, field)) for o in designs.values()])
        shown = np.where(np.isfinite(values), values, 0.0)
        ax.barh([unmathed(label) for label in designs], shown, color=SKY)
        for i, value in enumerate(values):
            text = "unknown" if np.isnan(value) else "no end (it is free)" if np.isinf(value) else unit.format(value)
            ax.text(shown[i], i, f" {text}", va="center", fontsize=11)
        titled(ax, name)
        ax.set(xlim=(0, 1.5 * max(shown.max(), 1e-9)), xticks=[])
        ax.invert_yaxis()
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        if ax is not axes[0]:
            ax.set_yticks([])
    if title:
        figure.suptitle(unmathed(title), x=0.01, ha="left", weight="bold")
    return Picture(figure, alt or "Bars. " + " ".join(f"{label}: {o}." for label, o in designs.items()))


def _check_single(designs: Mapping[str, Outcome]) -> None:
    """There must be designs, each with one outcome."""
    if not designs:
        raise ValueError("designs must hold at least one design, got none")
    for label, outcome in designs.items():
        if np.ndim(outcome.cost) > 0:
            raise ValueError(f"designs must be single ones, but {label!r} stands for {np.size(outcome.cost):,}")


def spread(cost: Array, latency: Array, marks: dict[str, dict[str, float]], title: str) -> Picture:
    """Two histograms, of cost in USD and latency in seconds a task, each with lines at the marked values.

    Args:
        cost, latency: one number a task.
        marks: ``"cost"`` and ``"latency"`` -> label of a line -> where it stands.
        title: as in ``curves``.
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


def _draw_histogram(ax: Any, values: Array) -> None:
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


def trade_offs(designs: Outcome, title: str, marked: Mapping[str, Outcome] | None = None, alt: str = "") -> Picture:
    """Many designs as points: cost (logarithmic) and reliability, coloured by latency; some of them marked by name.

    Args:
        designs: one outcome of arrays, such as ``labkit.frontier.pareto(...).outcome``.
        title, alt: as in ``curves``; an alt text is made from the numbers unless one is given.
        marked: label -> outcome of a single design, drawn on top with its label.
    """
    cost, success = (np.atleast_1d(number(name, getattr(designs, name))) for name in ("cost", "reliability"))
    seconds = np.broadcast_to(designs.latency, cost.shape)
    named = dict(marked or {})
    if named:
        _check_single(named)
    everything = np.concatenate([cost, [float(o.cost) for o in named.values()]])
    if cost.size == 0 or everything.min() <= 0:
        raise ValueError(f"designs must be at least one, and each must cost something, got {span_text(everything)}")
    figure, ax = canvas(height=4.2, width=8.0)
    known = not np.any(np.isnan(seconds))
    look: Any = {"c": seconds, "cmap": "cividis"} if known else {"color": BLUE}
    points = ax.scatter(cost, success, s=14, rasterized=True, **look)
    if known:
        figure.colorbar(points, ax=ax, label="latency (s)")
    for (label, o), colour in zip(named.items(), (ORANGE, GREEN, PINK) * len(named), strict=False):
        ax.plot(o.cost, o.reliability, "D", color=colour, markersize=9, markeredgecolor="white", label=unmathed(label))
    ax.set(xscale="log", xlabel="cost (USD a task, logarithmic)", ylabel="end-to-end success")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.xaxis.set_major_formatter(StrMethodFormatter("${x:g}"))
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    if named:
        ax.legend(frameon=False, loc="lower right")
    titled(ax, title)
    said = f"{cost.size:,} designs by cost ({span_text(cost)} USD) and success ({span_text(success)}). "
    return Picture(figure, alt or said + " ".join(f"{label}: {o}." for label, o in named.items()))
