"""Gradescope: a student's ``results.json``, as its autograder gives it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labkit_workbook.questions import Essay

from ..record.files import file_name, put
from ..record.grades import Gradebook, Standing
from ..record.spreadsheet import Row, tidy
from ..record.words import marked, notes_of, reached, remarks_of, result_of, seen
from .platform import Platform, PlatformIds


class Gradescope(Platform):
    """It takes no table and no folder: each student's result is a file."""

    name = "gradescope"
    described = "Gradescope's export"
    roster = frozenset({"first name", "last name", "sid", "email"})
    """The columns by which its list of a course, and its table of grades, are known."""

    def knows_list(self, columns: Sequence[str]) -> bool:
        """The list of a course; it has no numbers of the platform's."""
        return self.roster <= set(columns)

    def listed(self, row: Row) -> tuple[str, PlatformIds]:
        """A line of it; the id is the e-mail address. Who has another role than a student's is nobody."""
        if row["role"].casefold() not in ("", "student"):
            return "", PlatformIds()
        return row["email"], PlatformIds(f"{row['first name']} {row['last name']}".strip(), row["sid"])

    def write_more(self, out: Path, gradebook: Gradebook) -> None:
        """``gradescope/STUDENT.json`` for every student of the class."""
        write_gradescope(out / "gradescope", gradebook)


def results_json(
    student: str, gradebook: Gradebook, visibility: str = "visible", free_text: bool = True
) -> dict[str, Any]:
    """A student's ``results.json``; its score counts, where a mark by hand differs from the sum of the tests.

    Where nobody has looked there is no score and no test, for Gradescope would take it for a 0.
    Without ``free_text`` it holds what the checks judge, and the rest is marked on Gradescope itself.
    """
    standings = gradebook.standings(student)
    remark = [f"Handed in, and not graded: {gradebook.remarks[student]}"] if student in gradebook.remarks else []
    total = gradebook.total(student)
    return {
        **({} if total is None else {"score": tidy(total)}),
        "output": "\n\n".join(map(seen, [*remark, *map(_output, standings)])),
        "tests": [test for standing in standings if standing.known for test in _tests(standing, free_text)],
        "visibility": visibility,
    }


def _output(standing: Standing) -> str:
    head = f"{standing.exercise.title}: {reached(standing)}"
    return "\n".join([head, *remarks_of(standing), *notes_of(standing)])


def _tests(standing: Standing, free_text: bool) -> list[dict[str, Any]]:
    """One test for each question, and for each free-text answer where they are wanted."""
    exercise = standing.exercise
    tests = []
    for question in exercise.questions:
        tests.append(
            {
                "name": f"{exercise.number} {exercise.name}: {question.name}",
                "score": tidy(standing.question_points(question)),
                "max_score": question.points,
                "status": "passed" if standing.question_points(question) == question.points else "failed",
                "output": seen(result_of(standing, question)),
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
        put(folder / f"{file_name(student)}.json", json.dumps(results_json(student, gradebook), indent=1) + "\n")
