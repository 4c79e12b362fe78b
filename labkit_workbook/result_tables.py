"""Small tables of results: HTML in a notebook, aligned text everywhere else."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit._html import NEUTRAL, escaped


@dataclass(frozen=True)
class ResultTable:
    """Rows of texts under a head, and which columns hold numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    caption: str = ""

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, self.numeric, strict=True)
            ).rstrip()
            for row in (self.head, *self.rows)
        ]
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def _repr_html_(self) -> str:
        caption = f"<caption>{escaped(self.caption)}</caption>" if self.caption else ""
        head = self._write_row(self.head, ["th scope='col'"] * len(self.head))
        body = "".join(self._write_row(row, ["th scope='row'"] + ["td"] * (len(row) - 1)) for row in self.rows)
        return (
            f"{NEUTRAL}<div style='overflow-x:auto' tabindex='0' role='group' "
            f"aria-label='{html.escape(self.caption or 'Table')}'>"
            f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _write_row(self, cells: Sequence[str], tags: Sequence[str]) -> str:
        sides = ("right" if numeric else "left" for numeric in self.numeric)
        written = (
            f"<{tag} style='text-align:{side}'>{escaped(cell)}</{tag[:2]}>"
            for tag, side, cell in zip(tags, sides, cells, strict=True)
        )
        return f"<tr>{''.join(written)}</tr>"


def table(
    columns: Mapping[str, Sequence[Any]], formats: Mapping[str, str] | None = None, caption: str = ""
) -> ResultTable:
    """A table of results, column by column.

    Args:
        columns: head, with the unit -> its values, one a row; numbers stand on the right.
        formats: head -> how its values are written, such as ``"{:.1%}"``; others as short as they can be.
        caption: what the table shows, if the text above it does not say so.

    Raises:
        ValueError: no columns, columns of different lengths, or a format for a column that is not there.

    >>> table({"design": ["plain", "retried"], "right": [0.834, 0.997]}, {"right": "{:.1%}"})
    design   right
    plain    83.4%
    retried  99.7%
    """
    lengths = {head: len(values) for head, values in columns.items()}
    if not columns or len(set(lengths.values())) > 1:
        raise ValueError(f"columns must be one or more of one length, got {lengths}")
    unknown = set(formats or {}) - set(columns)
    if unknown:
        raise ValueError(f"formats must name columns of {list(columns)}, got {sorted(unknown)}")
    written = [
        [_write_value(value, (formats or {}).get(head, "")) for value in values] for head, values in columns.items()
    ]
    numeric = tuple(all(_is_number(value) for value in values) for values in columns.values())
    return ResultTable(tuple(columns), tuple(zip(*written, strict=True)), numeric, caption)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _write_value(value: Any, how: str) -> str:
    if how:
        return how.format(value)
    return f"{value:,.10g}" if _is_number(value) else str(value)
