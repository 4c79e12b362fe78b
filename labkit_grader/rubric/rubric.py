"""Blind sheets of the free-text answers: in drawn order, each under a code, without a name; and a table for marks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit_workbook.questions import Essay, Exercise

from ..judge.outputs import gradebook_of, roll_of
from ..record.files import put
from ..record.grades import Gradebook, Place
from ..record.results import Store
from ..record.spreadsheet import Row, Table, read_table, table_text
from ..record.words import seen
from ..reports.html import rendered
from ..reports.pages import asked
from .codes import (
    FOLDER,
    MARK_COLUMNS,
    TABLE,
    Coded,
    current,
    read_codes,
    seed_of,
    texts_of,
    with_new_codes,
    write_codes,
)

MASK = "[own id]"


@dataclass(frozen=True)
class Sheets:
    """What was written: the sheets, the table for the marks, how many answers, and how many wait for points."""

    paths: Sequence[Path]
    table: Path
    answers: int
    waiting: int


def write_sheets(out: Path, seed: int | None = None) -> Sheets:
    """Write a sheet for each free-text question and the table for the marks; what was filled in is kept.

    Args:
        out: the folder of results.
        seed: of the order and the codes; None takes the one that was kept, or draws one.

    Raises:
        ValueError: the folder holds no results, or other sheets, or a table that cannot be read.
    """
    gradebook = gradebook_of(out, roll_of(out), Store(out).records)
    folder = out / FOLDER
    table = read_table(folder / TABLE, MARK_COLUMNS) if (folder / TABLE).exists() else Table(MARK_COLUMNS, [])
    codes = with_new_codes(read_codes(folder), gradebook, seed_of(folder, seed))
    shown = current(codes, gradebook)
    write_codes(folder, codes)
    rows = _rows(table, codes, shown)
    lines = [[row[column] for column in table.columns] for row in rows]
    put(folder / TABLE, table_text(table.columns, lines, table.delimiter))
    paths = [
        _write_sheet(
            folder,
            exercise,
            essay,
            [c for c in shown if (c.exercise, c.answer) == (exercise.name, essay.name)],
            gradebook,
        )
        for exercise in gradebook.exercises
        for essay in exercise.essays
    ]
    filled = {row["code"] for row in rows if row["points"]}
    return Sheets(paths, folder / TABLE, len(shown), sum(each.code not in filled for each in shown))


def _rows(table: Table, codes: Sequence[Coded], shown: Sequence[Coded]) -> list[Row]:
    """The lines of the table: those there were, but for empty ones of texts that have changed, then the new ones."""
    old = {each.code for each in codes} - {each.code for each in shown}
    there = {row["code"] for row in table.rows}
    kept = [row for row in table.rows if row["code"] not in old or row["points"] or row["comment"]]
    new = [each for each in shown if each.code not in there]
    new.sort(key=lambda each: (each.exercise, each.answer))
    return kept + [Row(0, {"code": each.code, "exercise": each.exercise, "answer": each.answer}) for each in new]


# ---- a sheet ----------------------------------------------------------------------------------------------


def _write_sheet(folder: Path, exercise: Exercise, essay: Essay, shown: Sequence[Coded], gradebook: Gradebook) -> Path:
    path = folder / f"{exercise.name}_{essay.name}.html"
    put(
        path,
        sheet(exercise, essay, shown, texts_of(gradebook), {each.place: _numbers(each, gradebook) for each in shown}),
    )
    return path


def _numbers(each: Coded, gradebook: Gradebook) -> Mapping[str, Any]:
    record = gradebook.records.get((each.student, each.exercise))
    return record.numbers if record else {}


def sheet(
    exercise: Exercise,
    essay: Essay,
    shown: Sequence[Coded],
    texts: Mapping[Place, str],
    numbers: Mapping[Place, Mapping[str, Any]],
) -> str:
    """The page: the question, the rubric, and the answers, each under its code."""
    helps = {each.code: worked(exercise, numbers.get(each.place, {})) for each in shown}
    alike = len({tuple(lines) for lines in helps.values()}) == 1
    return rendered(
        "sheet.html",
        title=f"{exercise.number} {exercise.title}: {essay.name}",
        marks=TABLE,
        asks=asked(essay),
        points=essay.points,
        rubric=essay.rubric,
        worked_for_all=next(iter(helps.values())) if alike else [],
        answers=[
            {"code": code, "text": masked(texts[place], place[0]), "worked": [] if alike else helps[code]}
            for code, place in ((each.code, each.place) for each in shown)
        ],
    )


def worked(exercise: Exercise, numbers: Mapping[str, Any]) -> list[str]:
    """What the questions come to with a student's numbers, which the answer may argue from: a line a question."""
    if not numbers:
        return []
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in numbers.items()}
    try:
        given = type(exercise.text)(**values)
        return [f"{each.name}: {each.worked(given)}" for each in exercise.questions]
    except TypeError:  # numbers of an older exercise
        return []


def masked(text: str, student: str) -> str:
    """The text without the student's own id, where that is long enough not to be a number or word of the answer.

    >>> masked("Ada-7 would route.", "ada-7")
    '[own id] would route.'
    """
    shown = seen(text, None)
    if len(student) < (5 if student.isdigit() else 3):
        return shown
    return re.sub(rf"(?<!\w){re.escape(student)}(?!\w)", MASK, shown, flags=re.IGNORECASE)
