"""The grades: what the checks found, and the marks given by hand in ``overrides.csv``, together.

``overrides.csv`` has the columns student, exercise, points and, where they are wanted, answer and comment. Without an
answer's name the points replace what the checks found in an exercise; with the name of a free-text answer they are the
marks for that answer, which are added.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from labkit_workbook.questions import Exercise
from labkit_workbook.questions import exercise as exercise_named

from .files import put
from .results import NOT_HANDED_IN, Record
from .safe_text import AFTER_SEMICOLON, plain_text
from .spreadsheet import Row, points_in, read_table, table_text

OVERRIDES = "overrides.csv"
NEEDED = ("student", "exercise", "points")
OPTIONAL = ("answer", "comment")


@dataclass(frozen=True)
class Mark:
    """Points given by hand, and a word on them for the student."""

    points: float
    comment: str = ""


Place: TypeAlias = "tuple[str, str, str]"
"""Student, exercise, and the free-text answer, or an empty text for all that the checks found."""


@dataclass(frozen=True)
class Standing:
    """How a student stands in one exercise.

    Attributes:
        exercise: which.
        record: what the checks found, if there is anything.
        by_hand: the mark that replaces their points, if there is one.
        marks: free-text answer -> its mark.
    """

    exercise: Exercise
    record: Record | None
    by_hand: Mark | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The record's status."""
        return self.record.status if self.record else NOT_HANDED_IN

    @property
    def checked(self) -> float:
        """The points of the questions: what the checks found, or what was given by hand instead."""
        if self.by_hand:
            return self.by_hand.points
        return float(self.record.points) if self.record else 0.0

    @property
    def points(self) -> float:
        """All points of the exercise."""
        return self.checked + sum(mark.points for mark in self.marks.values())

    @property
    def most(self) -> int:
        """What the exercise is worth."""
        return self.exercise.most

    @property
    def excused(self) -> bool:
        """The student need not hand it in."""
        return False

    @property
    def due(self) -> float:
        """What the student could have had by now: nothing where they are excused."""
        return 0.0 if self.excused else self.most

    @property
    def unseen(self) -> bool:
        """There is nothing to give points for: no file that was graded, and no mark by hand."""
        return not self.record and not self.by_hand and not self.marks

    @property
    def waits(self) -> bool:
        """A person has to look before the points count: a fault, an unreadable file, a text without its mark."""
        unread = self.record is not None and self.record.status in ("regrade", "unreadable") and not self.by_hand
        return unread or bool(self.unmarked)

    @property
    def texts(self) -> Mapping[str, str]:
        """The free-text answers."""
        return self.record.texts if self.record else {}

    @property
    def unmarked(self) -> list[str]:
        """The free-text answers that wait for a mark."""
        return [each.name for each in self.exercise.essays if each.name in self.texts and each.name not in self.marks]


@dataclass(frozen=True)
class Gradebook:
    """What every page and table is made of.

    Attributes:
        students, exercises, records, by_hand: of the class.
        remarks: student -> what was handed in and was not graded.
        unread: students of whom a file was not graded that a person should look at.
    """

    students: Sequence[str]
    exercises: Sequence[Exercise]
    records: Mapping[tuple[str, str], Record]
    by_hand: Mapping[Place, Mark] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    unread: Collection[str] = ()

    def standing(self, student: str, exercise: Exercise) -> Standing:
        """How a student stands in an exercise."""
        at = student, exercise.name
        named = {essay.name: self.by_hand.get((*at, essay.name)) for essay in exercise.essays}
        marks = {name: mark for name, mark in named.items() if mark}
        return Standing(exercise, self.records.get(at), self.by_hand.get((*at, "")), marks)

    def standings(self, student: str) -> list[Standing]:
        """How a student stands in all exercises."""
        return [self.standing(student, exercise) for exercise in self.exercises]

    def total(self, student: str) -> float:
        """The sum of a student's points."""
        return sum(each.points for each in self.standings(student))

    def handed_in(self) -> Gradebook:
        """The same, of those exercises alone that a student of the class handed in or has a mark for."""
        some = {(student, exercise) for student, exercise, _ in self.by_hand} | set(self.records)
        begun = [
            exercise
            for exercise in self.exercises
            if any((student, exercise.name) in some for student in self.students)
        ]
        return replace(self, exercises=begun)

    @property
    def most(self) -> int:
        """The points of all exercises."""
        return sum(exercise.most for exercise in self.exercises)


# ---- marks by hand ----------------------------------------------------------------------------------------


def overrides(folder: Path) -> dict[Place, Mark]:
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
            found[at], lines[at] = Mark(points_of(row["points"], *at[1:]), row["comment"]), row.line
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    return found


def place_of(row: Row) -> Place:
    """Where a line of marks belongs."""
    return row["student"], row["exercise"], row["answer"]


def points_of(cell: str, exercise: str, answer: str = "") -> float:
    """The points in a cell, held against what they are for.

    Raises:
        ValueError: there is no such exercise or answer, no such number, or the answer is worth less.
    """
    worth = {essay.name: essay.points for essay in exercise_named(exercise).essays}
    points = points_in(cell)
    if points is None:
        raise ValueError(f"points is a number, got {cell!r}")
    if not answer:
        return points
    if answer not in worth:
        known = " or ".join(map(repr, worth)) or "empty"
        raise ValueError(f"{exercise} has no free-text answer {answer!r}; the column answer is {known}")
    if not 0 <= points <= worth[answer]:
        raise ValueError(f"the points of {answer} lie between 0 and {worth[answer]}, got {cell}")
    return points


# ---- the table --------------------------------------------------------------------------------------------


def write_grades(folder: Path, gradebook: Gradebook) -> Path:
    """``grades.csv``: exactly one row a student, a numeric total, and a reason where something is missing."""
    path = folder / "grades.csv"
    columns = ["student", *(exercise.name for exercise in gradebook.exercises), "total", "status", "wall"]
    put(path, table_text(columns, [row_of(student, gradebook) for student in sorted(gradebook.students)]))
    return path


def row_of(student: str, gradebook: Gradebook) -> list[str | float]:
    """One student's line."""
    standings = gradebook.standings(student)
    words = [f"{each.exercise.name}: {state_of(each)}" for each in standings]
    if student in gradebook.remarks:
        words.append(f"not graded: {gradebook.remarks[student]}")
    walls = {each.record.wall for each in standings if each.record and each.record.wall}
    points = [each.points for each in standings]
    status = AFTER_SEMICOLON.sub(",", "; ".join(words))  # a stranger's words are among them
    return [student, *points, sum(points), status, " / ".join(sorted(walls))]


def state_of(standing: Standing) -> str:
    """Where a student stands in an exercise, what is by hand, what waits for a mark, what was flagged."""
    words = [standing.status]
    if standing.by_hand:
        words.append("by hand")
    if standing.marks:
        words.append(f"marked: {' and '.join(standing.marks)}")
    if standing.unmarked:
        words.append(f"not yet marked: {' and '.join(standing.unmarked)}")
    if standing.record:
        words += [f"flagged: {plain_text(flag)}" for flag in standing.record.flags]
    return ", ".join(words)
