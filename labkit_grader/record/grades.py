"""The grades: what the checks found, the marks given by hand and the policy of the class, together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from labkit_workbook.questions import Exercise, Question

from .files import put
from .overrides import EVERYBODY, Mark, Place
from .policy import Lateness, Policy, penalty_words
from .results import NOT_HANDED_IN, Record
from .safe_text import one_cell, plain_text
from .spreadsheet import table_text


@dataclass(frozen=True)
class Standing:
    """A student's record, marks and points in one exercise.

    Attributes:
        exercise: which.
        record: what the checks found, if there is anything.
        by_hand: the mark that replaces the points of all its questions, if there is one.
        marks: free-text answer -> its mark.
        by_question: question -> the mark that replaces what the checks found.
        lateness: how late it is, and what that costs.
        excused: the student need not hand it in.
        absent_is_zero: it was due, and what is not there is a 0 and no blank.
        shared_by: in a group, whose file it was.
        file_is_gone: it was graded in an earlier run, and the last one did not find its file.
    """

    exercise: Exercise
    record: Record | None
    by_hand: Mark | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)
    by_question: Mapping[str, Mark] = field(default_factory=dict)
    lateness: Lateness = field(default_factory=Lateness)
    excused: bool = False
    absent_is_zero: bool = False
    shared_by: str = ""
    file_is_gone: bool = False

    @property
    def status(self) -> str:
        """The record's status."""
        return self.record.status if self.record else NOT_HANDED_IN

    def question_points(self, question: Question) -> float:
        """The points of one question: what the check found, or what was given by hand instead."""
        if question.name in self.by_question:
            return self.by_question[question.name].points
        answer = self.record.answers.get(question.name) if self.record else None
        return float(answer["points"]) if answer else 0.0

    @property
    def checked(self) -> float:
        """The points of the questions: what the checks found, or what was given by hand instead."""
        if self.by_hand:
            return self.by_hand.points
        found = float(self.record.points) if self.record else 0.0
        answers = self.record.answers if self.record else {}
        replaced = sum(float((answers.get(name) or {}).get("points", 0)) for name in self.by_question)
        return found - replaced + sum(mark.points for mark in self.by_question.values())

    @property
    def earned(self) -> float:
        """All points of the exercise, before anything is taken for lateness."""
        return self.checked + sum(mark.points for mark in self.marks.values())

    @property
    def penalty(self) -> float:
        """What is taken for lateness; nothing from points that a person gave for the whole exercise."""
        return 0.0 if self.by_hand or self.excused else self.lateness.penalty(self.earned)

    @property
    def points(self) -> float:
        """All points of the exercise."""
        return self.earned - self.penalty

    @property
    def most(self) -> int:
        """What the exercise is worth."""
        return self.exercise.most

    @property
    def due(self) -> float:
        """What the student could have had by now: nothing where they are excused and handed nothing in."""
        return 0.0 if self.excused and self.unseen else self.most

    @property
    def known(self) -> bool:
        """There are points, be it 0: a person or a check has looked at what there is, or at what is not."""
        return not self.unread and (not self.unseen or self.absent_is_zero)

    @property
    def unread(self) -> bool:
        """A file is there that nobody has judged: a fault of the grader's, or what is no notebook."""
        return self.record is not None and self.record.status in ("regrade", "unreadable") and not self.by_hand

    @property
    def unseen(self) -> bool:
        """There is nothing to give points for: no file that was graded, and no mark by hand."""
        return not self.record and not self.by_hand and not self.marks and not self.by_question

    @property
    def waits(self) -> bool:
        """A person has to look before the points count: a fault, an unreadable file, a text without its mark."""
        return self.unread or bool(self.unmarked)

    @property
    def blank(self) -> bool:
        """There are no points that could go to a platform: nobody has looked at what there is, or at what is not."""
        return self.waits or not self.known

    @property
    def late_words(self) -> str:
        """How late it is and what that cost, for the student; empty where it was in time."""
        if not self.lateness.words or self.unseen:
            return ""
        return "; ".join(filter(None, (self.lateness.words, penalty_words(self.penalty))))

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
        policy: when work is due, what lateness costs, who has longer, who works together.
        without_file: (student, exercise) of the records whose files the last run did not find.
    """

    students: Sequence[str]
    exercises: Sequence[Exercise]
    records: Mapping[tuple[str, str], Record]
    by_hand: Mapping[Place, Mark] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    unread: Collection[str] = ()
    policy: Policy = field(default_factory=Policy)
    without_file: Collection[tuple[str, str]] = ()

    def owner(self, student: str, exercise: str) -> str:
        """Whose file counts for a student: their own, or else the first one of their group; nobody's is empty."""
        ids = (student, *self.policy.groups.get(student, ()))
        return next((each for each in ids if (each, exercise) in self.records), "")

    def standing(self, student: str, exercise: Exercise) -> Standing:
        """A student's record, marks and points in an exercise."""
        owner = self.owner(student, exercise.name)
        record = self.records.get((owner, exercise.name))
        given = {name: self._mark(student, exercise, name, record) for name in _names(exercise)}
        own = {name: mark for name, mark in given.items() if mark}
        return Standing(
            exercise,
            record,
            own.get(""),
            {each.name: own[each.name] for each in exercise.essays if each.name in own},
            {each.name: own[each.name] for each in exercise.questions if each.name in own},
            self.policy.lateness(student, exercise.name, owner) if owner else Lateness(),
            self.policy.extension(student, exercise.name).excused,
            exercise.name in self.begun
            and student not in self.unread  # something is there, and a person has to look at it
            and self.policy.absent_is_zero(student, exercise.name),
            "" if owner == student else owner,
            (owner, exercise.name) in self.without_file,
        )

    def _mark(self, student: str, exercise: Exercise, name: str, record: Record | None) -> Mark | None:
        """A student's own mark, or the group's for its text, or the one for everybody who handed it in."""
        is_text = any(name == essay.name for essay in exercise.essays)
        mates = self.policy.groups.get(student, ()) if is_text else ()
        for each in (student, *mates, *([EVERYBODY] if record else [])):
            if (each, exercise.name, name) in self.by_hand:
                return self.by_hand[each, exercise.name, name]
        return None

    def standings(self, student: str) -> list[Standing]:
        """The same in all exercises."""
        return [self.standing(student, exercise) for exercise in self.exercises]

    def total(self, student: str) -> float | None:
        """The sum of a student's points, without work that has none yet; None where there is no other."""
        known = [each.points for each in self.standings(student) if each.known]
        return sum(known) if known else None

    @cached_property
    def begun(self) -> frozenset[str]:
        """The names of the exercises that a student of the class handed in or has a mark for."""
        return frozenset(
            each.name for each in self.exercises if any(self._is_begun(student, each) for student in self.students)
        )

    def handed_in(self) -> Gradebook:
        """The same, of the exercises alone that were begun."""
        return replace(self, exercises=[each for each in self.exercises if each.name in self.begun])

    def _is_begun(self, student: str, exercise: Exercise) -> bool:
        marked = any((student, exercise.name, name) in self.by_hand for name in _names(exercise))
        return marked or bool(self.owner(student, exercise.name))

    @property
    def most(self) -> int:
        """The points of all exercises."""
        return sum(exercise.most for exercise in self.exercises)


def _names(exercise: Exercise) -> list[str]:
    """What a mark by hand may be for: the whole exercise, a question, a free-text answer."""
    return ["", *(each.name for each in exercise.questions), *(each.name for each in exercise.essays)]


# ---- the tables -------------------------------------------------------------------------------------------


def write_grades(folder: Path, gradebook: Gradebook) -> Path:
    """``grades.csv``: exactly one row a student; blank where nobody has looked, and a reason for what is missing."""
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
    points = [each.points if each.known else "" for each in standings]
    total = gradebook.total(student)
    status = one_cell("; ".join(words))  # a stranger's words are among them
    return [student, *points, "" if total is None else total, status, " / ".join(sorted(walls))]


def state_of(standing: Standing) -> str:
    """The status of an exercise in words: how it ended, what is by hand, what waits for a mark, what was flagged."""
    words = [standing.status]
    if standing.excused:
        words.append("excused")
    if standing.file_is_gone:
        words.append("its file is not there any more")
    if standing.shared_by:
        words.append(f"handed in by {plain_text(standing.shared_by)}")
    if standing.by_hand:
        words.append("by hand")
    if standing.by_question:
        words.append(f"by hand: {' and '.join(standing.by_question)}")
    if standing.late_words:
        words.append(f"late ({standing.late_words.replace(';', ',')})")
    if standing.marks:
        words.append(f"marked: {' and '.join(standing.marks)}")
    if standing.unmarked:
        words.append(f"not yet marked: {' and '.join(standing.unmarked)}")
    if standing.record:
        words += [f"flagged: {plain_text(flag)}" for flag in standing.record.flags]
    return ", ".join(words)


def write_questions(folder: Path, gradebook: Gradebook) -> Path:
    """``questions.csv``: a row a student, a column a question or free-text answer; blank where nothing is known."""
    path = folder / "questions.csv"
    names = [(each, name) for each in gradebook.exercises for name in _names(each)[1:]]
    columns = ["student", *(f"{each.name}.{name}" for each, name in names)]
    rows = [[student, *_by_question(gradebook.standings(student))] for student in sorted(gradebook.students)]
    put(path, table_text(columns, rows))
    return path


def _by_question(standings: Sequence[Standing]) -> list[str | float]:
    """The points of each question and each free-text answer."""
    cells: list[str | float] = []
    for standing in standings:
        answers = standing.record.answers if standing.record else {}
        for question in standing.exercise.questions:
            known = question.name in answers or question.name in standing.by_question
            cells.append(standing.question_points(question) if known else "")
        for essay in standing.exercise.essays:
            mark = standing.marks.get(essay.name)
            cells.append(mark.points if mark else "")
    return cells
