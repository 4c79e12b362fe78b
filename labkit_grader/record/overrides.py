"""Marks by hand, from ``overrides.csv``: for an exercise, for one question, for a free-text answer.

Its columns are student, exercise, points and, where they are wanted, answer and comment. Without an answer's name the
points replace what the checks found in an exercise; with the name of a question they replace what it found for that
one; with the name of a free-text answer they are the mark for it. The student ``*`` stands for everybody who handed
the exercise in; a line of a student's own goes before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from labkit_workbook.questions import exercise as exercise_named

from .policy_tables import exercise_in
from .spreadsheet import Row, points_in, read_table

OVERRIDES = "overrides.csv"
NEEDED = ("student", "exercise", "points")
OPTIONAL = ("answer", "comment")
EVERYBODY = "*"


@dataclass(frozen=True)
class Mark:
    """Points given by hand, and a word on them for the student."""

    points: float
    comment: str = ""


Place: TypeAlias = "tuple[str, str, str]"
"""Student, exercise, and the question or free-text answer, or an empty text for all that the checks found."""


def read_overrides(folder: Path) -> dict[Place, Mark]:
    """Marks given by hand, from ``overrides.csv``; none where there is no such file.

    Raises:
        ValueError: a line that cannot be read; the message names it.
    """
    path = folder / OVERRIDES
    found: dict[Place, Mark] = {}
    lines: dict[Place, int] = {}
    if not path.exists():
        return found
    for row in read_table(path, NEEDED).rows:
        where = f"{path.name}, line {row.line}"
        at = place_of(row)
        if at in found:
            raise ValueError(f"{where}: {' '.join(filter(None, at))} has its points on line {lines[at]} already")
        try:
            _insist_on_the_column(row, at[1])
            found[at], lines[at] = Mark(points_of(row["points"], *at[1:]), row["comment"]), row.line
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    return found


def _insist_on_the_column(row: Row, exercise: str) -> None:
    """Refuse the name of an answer in a column that is not read: the points would be those of the whole exercise.

    Raises:
        ValueError: there is one.
    """
    whole = exercise_named(exercise)
    names = {each.name for each in whole.questions} | {each.name for each in whole.essays}
    for column in sorted(set(row.cells) - {*NEEDED, *OPTIONAL}):
        if row[column] in names:
            raise ValueError(f"the column {column!a} has the answer {row[column]!r}, and is not read; head it answer")


def unread_columns(folder: Path) -> list[str]:
    """The heads in ``overrides.csv`` that are not read, such as a teacher's own notes or a misspelled one."""
    path = folder / OVERRIDES
    columns = read_table(path, NEEDED).columns if path.exists() else ()
    return [column for column in columns if column and column not in (*NEEDED, *OPTIONAL)]


def place_of(row: Row) -> Place:
    """Where a line of marks belongs; its exercise may be given by its number, as in the other tables."""
    return row["student"], _exercise_name(row["exercise"]), row["answer"]


def _exercise_name(cell: str) -> str:
    """The name of the exercise in a cell; what stands there, if it names none."""
    try:
        return exercise_in(cell)
    except ValueError:
        return cell


def points_of(cell: str, exercise: str, answer: str = "") -> float:
    """The points in a cell, held against what they are for.

    >>> points_of("2,5", "ticket_spend"), points_of("1", "ticket_spend", "calls")
    (2.5, 1.0)

    Raises:
        ValueError: there is no such exercise or answer, no such number, or what it is for is worth less.
    """
    whole = exercise_named(exercise)
    questions = {each.name: each.points for each in whole.questions}
    worth = questions | {essay.name: essay.points for essay in whole.essays}
    points = points_in(cell)
    if points is None:
        raise ValueError(f"points is a number, got {cell!r}")
    if answer and answer not in worth:
        known = ", ".join(map(repr, worth))
        raise ValueError(f"{exercise} has no question or free-text answer {answer!r}; the column answer is {known}")
    most = worth[answer] if answer else whole.points
    if not 0 <= points <= most:
        what = answer or f"the questions of {exercise}"
        raise ValueError(f"the points of {what} lie between 0 and {most}, got {cell}")
    return points
