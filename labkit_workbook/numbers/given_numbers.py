"""The numbers of an exercise as a student of a class gets them: they say whose they are when they are shown."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..contents import ListedExercise, mark_of_values
from .drawn import kept_values, numbers_of, this_class
from .student_id import asked_id, known_id

if TYPE_CHECKING:
    from ..questions import Exercise

MIME = "application/vnd.labkit.student+json"


class Sheet:
    """One student's numbers, read like the exercise's own: ``g.steps``.

    Shown in a notebook it leaves a note of the id in the saved file, so that a grader can see which id was typed.
    """

    def __init__(self, exercise_name: str, class_name: str, student: str) -> None:
        self._numbers = numbers_of(exercise_name, class_name, student)
        self._whose = {"student": student, "class": class_name, "exercise": exercise_name}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._numbers, name)

    def __dir__(self) -> list[str]:
        return sorted(vars(self._numbers))

    def __repr__(self) -> str:
        return (
            f"Numbers of student {self._whose['student']}, class {self._whose['class']}\n{self._numbers!r}\n"
            "Not your id? Type `labkit student ID` in a terminal, with your id for ID, and run this cell again."
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), MIME: self._whose}


def handed_out(exercise: Exercise) -> Any:
    """What ``given`` gives: the text's numbers, or in a class the student's; the id is asked for once.

    Raises:
        ValueError: the id is not known, and nobody can be asked.
    """
    class_name = this_class().name
    if not class_name or not exercise.number:
        return exercise.text
    return Sheet(exercise.name, class_name, known_id() or asked_id())


def numbers_known(exercise: Exercise) -> Any:
    """The numbers that a check goes by; None where the student's id is not known yet. Asks nobody."""
    class_name = this_class().name
    if not class_name or not exercise.number:
        return exercise.text
    student = known_id()
    return numbers_of(exercise.name, class_name, student) if student else None


def mark_of(numbers: Any) -> str:
    """A short mark of an exercise's numbers, by which an answer is known that was judged by others.

    >>> from labkit_workbook.questions import exercise
    >>> mark_of(exercise("start_here").text)
    '2c355e70e1c3'
    """
    return mark_of_values([getattr(numbers, each.name) for each in fields(numbers)])


def mark_known(exercise: ListedExercise) -> str:
    """The mark of the numbers that a check goes by; empty where the student's id is not known yet.

    It loads the exercises only in a class whose sheets of numbers this copy does not hold as a file.
    """
    class_name, student = this_class().name, ""
    if class_name:
        student = known_id()
        if not student:
            return ""
        kept = kept_values(exercise.name, class_name, student)
        return mark_of(numbers_of(exercise.name, class_name, student)) if kept is None else mark_of_values(kept)
    return exercise.mark
