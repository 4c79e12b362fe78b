"""The grades as other systems read them: a table by a mapping of columns, for Canvas and Moodle, and Gradescope."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from labkit_workbook.questions import Essay, Exercise

from ..intake.roster import MOODLE_WORD, PlatformIds, kept_platform_ids
from ..record.files import file_name, put
from ..record.grades import Gradebook, Standing
from ..record.spreadsheet import table_text, tidy
from .pages import found, marked, notes_of, of_points, seen, words_of

DOWNLOADED = re.compile(r"(?P<name>[^~]+)_(?P<number>[0-9]+)")
POSSIBLE = "    Points Possible"


@dataclass(frozen=True)
class Line:
    """One line of a table: the fields that a column may name, besides the exercises' own.

    Attributes:
        student: the id by which labkit knows the student.
        name, number, login: the id's pieces: a download's name and number, or else the id as name and login.
        total, most: points of all exercises; the total is empty where one of them is to be graded again.
        comments: the feedback as text.
        by_exercise: exercise -> points, or an empty text where it is to be graded again.
        canvas_id, moodle_id: the platforms' numbers for the student, where the list of the class has them.
    """

    student: str
    name: str
    number: str
    login: str
    total: float | str
    most: int
    comments: str
    by_exercise: Mapping[str, float | str]
    canvas_id: str = ""
    moodle_id: str = ""

    def value(self, field: str) -> str | float:
        """A field by its name.

        Raises:
            ValueError: there is none of that name.
        """
        if field in self.by_exercise:
            return self.by_exercise[field]
        if field in self.__dict__ and field != "by_exercise":
            return self.__dict__[field]
        known = ", ".join([*(key for key in self.__dict__ if key != "by_exercise"), *self.by_exercise])
        raise ValueError(f"no field is named {field!r}; the fields are {known}")


Field: TypeAlias = "str | Callable[[Line], str | float]"


def canvas_map(exercises: Sequence[Exercise]) -> dict[str, Field]:
    """The columns that Canvas' gradebook imports; a column that it does not know becomes a new assignment."""
    students: dict[str, Field] = {
        "Student": "name",
        "ID": lambda line: line.canvas_id or line.number,
        "SIS Login ID": "login",
        "Section": lambda _: "",
    }
    return students | {f"{exercise.number} {exercise.title}": exercise.name for exercise in exercises}


def moodle_map() -> dict[str, Field]:
    """The columns of a Moodle assignment's grading worksheet, whose comments are HTML."""
    return {
        "Identifier": _participant,
        "Full name": "name",
        "ID number": "login",
        "Grade": "total",
        "Maximum Grade": "most",
        "Last modified (grade)": lambda _: "",
        "Feedback comments": lambda line: html.escape(line.comments).replace("\n", "<br>"),
    }


def _participant(line: Line) -> str:
    number = line.moodle_id or line.number
    return f"{MOODLE_WORD}{number}" if number else ""


def write_lms(
    path: Path,
    mapping: Mapping[str, Field],
    gradebook: Gradebook,
    *,
    downloaded: bool = False,
    points_possible: bool = False,
) -> None:
    """Write a table for a learning platform.

    Args:
        path: the CSV to write; the numbers of ``roster.keep_platform_ids`` that lie beside it are in it.
        mapping: column -> a field of ``Line``, the name of an exercise, or a function of the line.
        gradebook: of the class; one line for each student.
        downloaded: the ids come from this platform's own download, and end in its number for the student.
        points_possible: begin with the line in which Canvas wants the most points of each column.
    """
    lines = [_possible(gradebook.exercises)] if points_possible else []
    ids = kept_platform_ids(path.parent)
    lines += [line_of(student, gradebook, downloaded, ids.get(student)) for student in sorted(gradebook.students)]
    put(path, table_text(list(mapping), [[_cell(field, line) for field in mapping.values()] for line in lines]))


def line_of(student: str, gradebook: Gradebook, downloaded: bool, ids: PlatformIds | None = None) -> Line:
    """A student's line; ``ids`` are those that the list of the class has."""
    ids = ids or PlatformIds()
    pieces = DOWNLOADED.fullmatch(student) if downloaded else None
    name, number = (pieces["name"], pieces["number"]) if pieces else (student, "")
    known_by_number = downloaded or student in (ids.canvas_id, ids.moodle_id)  # which is no login
    standings = gradebook.standings(student)
    points = {each.exercise.name: "" if _again(each) else each.points for each in standings}
    return Line(
        student, ids.name or name, number, ids.login or ("" if known_by_number else student),
        "" if any(map(_again, standings)) else gradebook.total(student), gradebook.most,
        "\n\n".join(map(comment, standings)), points, ids.canvas_id, ids.moodle_id,
    )  # fmt: skip


def _again(standing: Standing) -> bool:
    """A fault of the grader's is no mark, and must not become a 0 in another system."""
    return standing.status == "regrade" and not standing.by_hand


def _possible(exercises: Sequence[Exercise]) -> Line:
    most = {exercise.name: exercise.most for exercise in exercises}
    total = sum(most.values())
    return Line(POSSIBLE, POSSIBLE, "", "", total, total, "", dict[str, float | str](most))


def _cell(field: Field, line: Line) -> str | float:
    value = line.value(field) if isinstance(field, str) else field(line)
    return seen(value, None) if isinstance(value, str) else value


def comment(standing: Standing) -> str:
    """The feedback for one exercise as text: where it stands, and what is not right yet; nothing a student wrote."""
    answers = standing.record.answers if standing.record else {}
    lines = [f"{standing.exercise.title}: {of_points(standing.points, standing.most)}. {words_of(standing)}"]
    for question in standing.exercise.questions:
        answer = answers.get(question.name)
        if answer and answer["status"] != "right":
            lines.append(f"{question.name}: {found(question, answer)}")
    for essay in standing.exercise.essays:
        if essay.name in standing.texts or essay.name in standing.marks:
            lines.append(f"{essay.name}: {marked(essay, standing.marks.get(essay.name))}")
    return "\n".join(lines)


# ---- Gradescope -------------------------------------------------------------------------------------------


def gradescope(
    student: str, gradebook: Gradebook, visibility: str = "visible", free_text: bool = True
) -> dict[str, Any]:
    """A student's ``results.json``; its score counts, where a mark by hand differs from the sum of the tests.

    Without ``free_text`` it holds what the checks judge, and the rest is marked on Gradescope itself.
    """
    standings = gradebook.standings(student)
    remark = [f"Handed in, and not graded: {gradebook.remarks[student]}"] if student in gradebook.remarks else []
    return {
        "score": tidy(gradebook.total(student)),
        "output": "\n\n".join(map(seen, [*remark, *map(_output, standings)])),
        "tests": [test for standing in standings for test in _tests(standing, free_text)],
        "visibility": visibility,
    }


def _output(standing: Standing) -> str:
    hand = " By hand." if standing.by_hand else ""
    head = f"{standing.exercise.title}: {of_points(standing.points, standing.most)}.{hand} {words_of(standing)}"
    return "\n".join([head, *notes_of(standing)])


def _tests(standing: Standing, free_text: bool) -> list[dict[str, Any]]:
    """One test for each question, and for each free-text answer where they are wanted."""
    exercise, answers = standing.exercise, standing.record.answers if standing.record else {}
    tests = []
    for question in exercise.questions:
        answer = answers.get(question.name)
        tests.append(
            {
                "name": f"{exercise.number} {exercise.name}: {question.name}",
                "score": answer["points"] if answer else 0,
                "max_score": question.points,
                "status": "passed" if answer and answer["status"] == "right" else "failed",
                "output": seen(found(question, answer)),
            }
        )
    return tests + [_essay_test(standing, essay) for essay in exercise.essays if free_text]


def _essay_test(standing: Standing, essay: Essay) -> dict[str, Any]:
    """A free-text answer neither passes nor fails: it has no status."""
    mark = standing.marks.get(essay.name)
    answered = mark or essay.name in standing.texts
    return {
        "name": f"{standing.exercise.number} {standing.exercise.name}: {essay.name}",
        "score": tidy(mark.points) if mark else 0,
        "max_score": essay.points,
        "output": seen(marked(essay, mark)) if answered else "No answer was found.",
    }


def write_gradescope(folder: Path, gradebook: Gradebook) -> None:
    """Write ``STUDENT.json`` for every student of the class."""
    for student in gradebook.students:
        put(folder / f"{file_name(student)}.json", json.dumps(gradescope(student, gradebook), indent=1) + "\n")
