"""Gradescope: a student's ``results.json``, as its autograder gives it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from labkit_workbook.questions import Essay

from ..record.files import file_name, put
from ..record.grades import Gradebook, Standing
from ..record.spreadsheet import Row, tidy
from ..record.words import marked, notes_of, reached, remarks_of, result_of, seen
from .platform import Platform, PlatformIds

METADATA = "submission_metadata.yml"
"""In an export beside the folders of the submissions: whose each of them is."""
FOLDER, SECTION, FIELD = (
    re.compile(r"(submission_\w+):\s*"),
    re.compile(r"  :(\w+):(.*)"),
    re.compile(r"  (?:  )?(?:- |  ):(email|sid):(.*)"),
)
TIME = re.compile(r"\s*([0-9-]{10})[ T]([0-9:]{8})(?:\.[0-9]+)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?\s*")


@dataclass(frozen=True)
class Submission:
    """Of a submission in an export: its students' ids, e-mail addresses first, and when it came, if that is said."""

    ids: Sequence[str] = ()
    at: datetime | None = None


def submissions_in(text: str) -> dict[str, Submission]:
    """Folder -> submission, as an export's ``METADATA`` says.

    Only the lines of a folder's own level are read, where nothing stands that a student wrote.

    >>> submissions_in("submission_7:\\n  :submitters:\\n  - :name: Ada\\n    :email: ada@x.org\\n")["submission_7"].ids
    ['ada@x.org']
    """
    found: dict[str, Submission] = {}
    folder = section = ""
    mails: list[str] = []
    numbers: list[str] = []
    for line in text.splitlines():
        if top := FOLDER.fullmatch(line):
            folder, section, mails, numbers = top[1], "", [], []
            found[folder] = Submission()
        elif folder and (part := SECTION.fullmatch(line)):
            section = part[1]
            if section == "created_at":
                found[folder] = replace(found[folder], at=_time_in(part[2]))
        elif section == "submitters" and (field := FIELD.fullmatch(line)):
            value = field[2].strip().strip("'\"")
            (mails if field[1] == "email" else numbers).extend([value] if value else [])
            found[folder] = replace(found[folder], ids=[*mails, *numbers])
    return found


def _time_in(text: str) -> datetime | None:
    """A time of the export, in the time of this machine; without a zone it is in UTC."""
    pieces = TIME.fullmatch(text)
    try:
        time = datetime.fromisoformat(f"{pieces[1]} {pieces[2]}") if pieces else None
        zone = datetime.strptime((pieces[3] or "Z").replace(":", ""), "%z").tzinfo if pieces else None
        return time.replace(tzinfo=zone).astimezone().replace(tzinfo=None) if time else None
    except (ValueError, OverflowError, OSError):
        return None


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
