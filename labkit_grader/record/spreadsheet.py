"""Tables that people open and change in a spreadsheet: no cell is a formula, and a line that is wrong is named."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
DELIMITERS = (",", ";", "\t")
NAME = "name"
"""A column that any of the teacher's tables may have, for the teacher's own eyes."""
COMMA = re.compile(r"[+-]?\d+,\d{1,2}")


@dataclass(frozen=True)
class Row:
    """One line of a table: its number in the file, and column -> its text."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        columns: the heads, in small letters.
        rows: its lines below the heads.
        delimiter: what stands between two cells of a line.
        heads: as they are written.
        cells: every line, the first one included, for a table that has no heads.
    """

    columns: Sequence[str]
    rows: Sequence[Row]
    delimiter: str = ","
    heads: Sequence[str] = ()
    cells: Sequence[Sequence[str]] = ()


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; ``plain`` takes it back."""
    return "'" + text if text.lstrip("'").startswith(FORMULA) else text


def plain(cell: str) -> str:
    """What a cell says, without the mark that keeps it from being a formula.

    >>> plain(safe("=1+1")), plain("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and safe(cell) != cell else cell


def tidy(points: float) -> float:
    """Whole points as whole numbers."""
    return int(points) if points == int(points) else points


def points_in(cell: str) -> float | None:
    """The number in a cell, with a decimal point or comma; None where there is no finite one.

    >>> points_in("2.5"), points_in("2,5"), points_in("many")
    (2.5, 2.5, None)
    """
    try:
        points = float(cell.replace(",", ".") if COMMA.fullmatch(cell) else cell)
    except ValueError:
        return None
    return points if math.isfinite(points) else None


def read_own_table(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """A table of the teacher's with columns that need not be there; a misspelled one would go unread, and is refused.

    Raises:
        ValueError: it cannot be read, or has a column of another name, ``NAME`` excepted.
    """
    table = read_table(path, needed)
    known = [*needed, *optional]
    for column in table.columns if optional else ():
        if column not in ("", NAME, *known):
            raise ValueError(f"{path.name}, line 1: there is no column {column!a}; the columns are {', '.join(known)}")
    return table


def read_table(path: Path, needed: Sequence[str]) -> Table:
    """A table as a spreadsheet saved it; lines without anything are left out.

    Args:
        path: a CSV with commas, semicolons or tabs, as spreadsheets save it: UTF-8, UTF-16 or Windows' Latin-1.
        needed: columns that it must have; their order does not matter.

    Raises:
        ValueError: it cannot be read; the message names the file, and the line where it can.
    """
    try:
        text = decoded(path.read_bytes())
    except OSError as problem:
        raise ValueError(f"{path} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is no text; save it as CSV in UTF-8") from None
    first, separator = 1, re.match(r"sep=(.)\r?\n", text)
    if separator:  # Excel's own line
        first, text = 2, text[separator.end() :]
    head = re.sub('"[^"]*"', "", text.partition("\n")[0])
    delimiter = separator[1] if separator else max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    columns: list[str] = []
    heads: list[str] = []
    everything: list[list[str]] = []
    line = first
    try:
        for cells in reader:
            everything.append([plain(cell.strip()) for cell in cells])
            if not columns:
                heads = [cell.strip() for cell in cells]
                columns = [cell.strip().lower() for cell in cells]
                _insist(path.name, columns, needed)
            elif any(cell.strip() for cell in cells):
                rows.append(Row(line, {name: plain(cell.strip()) for name, cell in zip(columns, cells, strict=False)}))
            line = reader.line_num + first
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {line}: this is no line of a table ({error})") from None
    _insist(path.name, columns, needed)
    return Table(columns, rows, delimiter, heads, everything)


def decoded(data: bytes) -> str:
    """The text of a file that a spreadsheet saved.

    >>> decoded("Zoë".encode("utf-8-sig")), decoded("Zoë".encode("latin-1")), decoded("Zoë".encode("utf-16"))
    ('Zoë', 'Zoë', 'Zoë')

    Raises:
        UnicodeDecodeError: it is no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in data:
            raise
        return data.decode("cp1252", errors="replace")


def _insist(name: str, columns: Sequence[str], needed: Sequence[str]) -> None:
    missing = [column for column in needed if column not in columns]
    if missing:
        raise ValueError(f"{name}, line 1: the columns are {', '.join(needed)}; {missing[0]!r} is not there")


def table_text(columns: Sequence[str], rows: Iterable[Sequence[str | float]], delimiter: str = ",") -> str:
    """The text of a CSV, without formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    for row in [list(columns), *rows]:
        writer.writerow([safe(cell) if isinstance(cell, str) else tidy(cell) for cell in row])
    return out.getvalue()
