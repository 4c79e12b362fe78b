"""Small tables of results, some with bars: HTML in a notebook, aligned text everywhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from labkit._html import NEUTRAL, escaped
from labkit._shown import aligned_lines

BLUE, GREEN = "#3D8DC0", "#1E9A74"  # of bars; told apart on a white page and on a dark one
Span = tuple[float, float]


@dataclass(frozen=True)
class ResultTable:
    """Rows of texts under a head, which columns hold numbers, and for each row what its bar marks, if there are bars.

    A bar goes from 0 to 1 and marks spans of it; it stands behind the first column, and a text says the same.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    caption: str = ""
    bars: tuple[tuple[Span, ...], ...] = ()
    strong: str = ""

    def __repr__(self) -> str:
        lines = aligned_lines([self.head, *self.rows], self.numeric)
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def _repr_html_(self) -> str:
        caption = f"<caption style='text-align:left'>{escaped(self.caption)}</caption>" if self.caption else ""
        head = self._write_row(self.head, "col", "<td></td>" if self.bars else "")
        bars = [_draw_bar(spans, row[0] == self.strong) for row, spans in zip(self.rows, self.bars, strict=False)]
        body = "".join(self._write_row(row, "row", bars[i] if bars else "") for i, row in enumerate(self.rows))
        return (
            f"{NEUTRAL}<div class='cc-table' style='overflow-x:auto' tabindex='0' role='group' "
            f"aria-label='{html.escape(self.caption or 'Table')}'>"
            f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table></div>"
        )

    def _write_row(self, cells: Sequence[str], scope: str, bar: str) -> str:
        """The first cell is the head of its row, and all are in the head of the table."""
        tags = [f"th scope='{scope}'"] + ["th scope='col'" if scope == "col" else "td"] * (len(cells) - 1)
        written = [
            f"<{tag} style='text-align:{'right;white-space:nowrap' if numeric else 'left'}'>{escaped(cell)}</{tag[:2]}>"
            for tag, numeric, cell in zip(tags, self.numeric, cells, strict=True)
        ]
        return f"<tr>{''.join([written[0], bar, *written[1:]])}</tr>"


def table(
    columns: Mapping[str, Iterable[Any]], formats: Mapping[str, str] | None = None, caption: str = ""
) -> ResultTable:
    """A table of results, column by column.

    Args:
        columns: head, with the unit -> its values, one a row; numbers stand on the right.
        formats: head -> how its numbers are written, such as ``"{:.1%}"``, or ``"{}"`` for texts that stand on the
            right too; others as short as they can be.
        caption: what the table shows, if the text above it does not say so.

    Raises:
        ValueError: no columns, columns of different lengths, or a format for a column that is not there.

    >>> table({"design": ["plain", "retried"], "right": [0.834, 0.997]}, {"right": "{:.1%}"})
    design   right
    plain    83.4%
    retried  99.7%
    """
    listed, wanted = {head: list(values) for head, values in columns.items()}, dict(formats or {})
    lengths = {head: len(values) for head, values in listed.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"columns must be one or more of one length, got {lengths}")
    unknown = set(wanted) - set(listed)
    if unknown:
        raise ValueError(f"formats must name columns of {list(listed)}, got {sorted(unknown)}")
    written = [[_write_value(value, wanted.get(head, "")) for value in values] for head, values in listed.items()]
    numeric = tuple(head in wanted or all(_is_number(value) for value in values) for head, values in listed.items())
    return ResultTable(tuple(listed), tuple(zip(*written, strict=True)), numeric, caption)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _write_value(value: Any, how: str) -> str:
    if how and not isinstance(value, str):
        return how.format(value)
    return f"{value:,.10g}" if _is_number(value) else str(value)


def bands(rows: Mapping[str, ArrayLike], heads: tuple[str, str], caption: str = "", strong: str = "") -> ResultTable:
    """For which shares from 0 to 1 each of several statements holds: a bar and its ends, a row each.

    Args:
        rows: statement -> whether it holds at shares that go evenly from 0 to 1.
        heads: what stands above the statements, and above the ends.
        caption: what the table shows.
        strong: the statement whose bar is green.

    Raises:
        ValueError: no rows, or a row of fewer than two places.

    >>> bands({"cheap": [False, True, True], "quick": [False] * 3}, ("claim", "holds at shares"))
    claim  holds at shares
    cheap  50.0% to 100.0%
    quick  never
    """
    held = {label: np.atleast_1d(np.asarray(row, dtype=bool)) for label, row in rows.items()}
    if not held or min(row.size for row in held.values()) < 2:
        raise ValueError("rows must hold at least one row of two places or more")
    bars = tuple(_list_spans(row) for row in held.values())
    ends = [", ".join(f"{low:.1%} to {high:.1%}" for low, high in spans) or "never" for spans in bars]
    return ResultTable(heads, tuple(zip(held, ends, strict=True)), (False, False), caption, bars, strong)


def _list_spans(held: np.ndarray) -> tuple[Span, ...]:
    """First and last share of each stretch where it holds."""
    shares = np.linspace(0, 1, held.size)
    runs = [(holds, [i for i, _ in run]) for holds, run in groupby(enumerate(held.tolist()), key=lambda at: at[1])]
    return tuple((float(shares[run[0]]), float(shares[run[-1]])) for holds, run in runs if holds)


def _draw_bar(spans: Sequence[Span], strong: bool) -> str:
    """A cell with a line from 0 to 1 and the spans marked."""
    marks = "".join(
        f"<div style='position:absolute;height:100%;left:{100 * low:.1f}%;width:{max(0.5, 100 * (high - low)):.1f}%;"
        f"background:{GREEN if strong else BLUE}'></div>"
        for low, high in spans
    )
    look = "position:relative;overflow:hidden;height:14px;width:26vw;max-width:200px;background:rgba(127,127,127,.22)"
    return f"<td aria-hidden='true'><div style='{look}'>{marks}</div></td>"
