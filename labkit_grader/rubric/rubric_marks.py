"""The marks on the blind sheets, read back into ``overrides.csv``; what stands there by hand stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..judge.outputs import gradebook_of, roll_of, write_again
from ..record.files import put
from ..record.overrides import NEEDED, OPTIONAL, OVERRIDES, Mark, Place, place_of, points_of, read_overrides
from ..record.results import Store
from ..record.spreadsheet import Row, Table, points_in, read_table, table_text, tidy
from ..record.words import seen
from .codes import FOLDER, MARK_COLUMNS, TABLE, Coded, current, read_codes, write_codes


@dataclass(frozen=True)
class Reading:
    """What was read: how many marks, how many answers wait for one, what to look at, and where the grades are."""

    marks: int
    waiting: int
    warnings: Sequence[str]
    grades: Path


def read_marks(out: Path) -> Reading:
    """Read the marks into ``overrides.csv``, and write grades, pages and tables again.

    A mark that an earlier reading put there is renewed or taken away; one that was written or changed there by hand
    stays, whatever the sheets say.

    Raises:
        ValueError: there are no sheets, or lines of the table are wrong, which the message names; nothing is written.
    """
    folder = out / FOLDER
    if not (folder / TABLE).exists():
        raise ValueError(f"{folder} holds no {TABLE}; `labkit rubric {out}` writes it")
    codes = read_codes(folder)
    shown = current(codes, gradebook_of(out, roll_of(out), Store(out).records))
    given, warnings = _read_given(read_table(folder / TABLE, MARK_COLUMNS), codes, shown)
    essays = {place: mark for place, mark in read_overrides(out).items() if place[2]}
    read = {(each.place, each.read) for each in codes} | set(given.items())
    kept = {place: mark for place, mark in essays.items() if (place, mark) not in read}
    table = read_table(out / OVERRIDES, NEEDED) if (out / OVERRIDES).exists() else Table(NEEDED, [])
    for row in table.rows:
        place = place_of(row)
        if place in kept and place in given:
            warnings.append(f"{OVERRIDES}, line {row.line}: given by hand, and stays; the sheets have another mark")
    written = {place: mark for place, mark in given.items() if place not in kept}
    put(out / OVERRIDES, _merge_lines(table, kept, written))
    fresh = {each.code for each in shown}
    write_codes(folder, [each.marked(written.get(each.place) if each.code in fresh else None) for each in codes])
    return Reading(len(given), len(shown) - len(given), warnings, write_again(out))


def _read_given(table: Table, codes: Sequence[Coded], shown: Sequence[Coded]) -> tuple[dict[Place, Mark], list[str]]:
    """The marks on the sheets, by the place where they belong, and what to look at."""
    known, fresh = {each.code: each for each in codes}, {each.code for each in shown}
    given: dict[Place, Mark] = {}
    faults: list[str] = []
    warnings: list[str] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        where, code = f"{TABLE}, line {row.line}", row["code"].upper()
        try:
            mark = _mark(row, known.get(code), lines.get(code))
        except ValueError as error:
            faults.append(f"{where}: {error}")
            continue
        lines[code] = row.line
        if mark and code in fresh:
            given[known[code].place] = mark
        elif mark:
            warnings.append(f"{where}: {code} is not the text that is handed in now; this mark does not count")
        elif row["comment"]:
            warnings.append(f"{where}: {code} has a comment and no points; it is not marked yet")
    if faults:
        raise ValueError("nothing was read:\n" + "\n".join(faults))
    return given, warnings


def _mark(row: Row, coded: Coded | None, earlier: int | None) -> Mark | None:
    """The mark in a line, or None where it has no points.

    Raises:
        ValueError: the line is wrong.
    """
    if coded is None:
        raise ValueError(f"no answer has the code {row['code']!r}")
    if earlier:
        raise ValueError(f"{coded.code} stands on line {earlier} already")
    if (row["exercise"], row["answer"]) != (coded.exercise, coded.answer):
        raise ValueError(f"{coded.code} is {coded.exercise}, {coded.answer}; perhaps one column was sorted alone")
    if not row["points"]:
        return None
    return Mark(points_of(row["points"], coded.exercise, coded.answer), seen(row["comment"], None).strip())


def _merge_lines(table: Table, kept: Mapping[Place, Mark], written: Mapping[Place, Mark]) -> str:
    """The text of ``overrides.csv``: its lines by hand as they were, then those of the sheets."""
    columns = [*table.columns, *(column for column in OPTIONAL if column not in table.columns)]
    rows = [row for row in table.rows if not row["answer"] or place_of(row) in kept]
    for (student, exercise, answer), mark in sorted(written.items()):
        cells = {"student": student, "exercise": exercise, "answer": answer, "comment": mark.comment}
        rows.append(Row(0, {**cells, "points": f"{tidy(mark.points)}"}))
    lines = [[points_in(row[name]) or 0.0 if name == "points" else row[name] for name in columns] for row in rows]
    return table_text(columns, lines, table.delimiter)
