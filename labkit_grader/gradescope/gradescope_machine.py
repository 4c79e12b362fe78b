"""What runs on Gradescope's machine: one submission is graded behind the wall, and its ``results.json`` is written.

Gradescope puts all in one folder, ``/autograder``: ``source`` (our zip, unpacked), ``submission`` (the student's files)
and ``submission_metadata.json``; it reads ``results/results.json``. A file without a score is its sign that the
autograder failed. That is what a student gets where there is no grade, with the reason in words: never a 0.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit_workbook.questions import Exercise, exercises

from ..intake.roster import ClassList
from ..judge.keys import read_key
from ..judge.run import Report, grade_folder
from ..judge.worker import Refused
from ..platforms.gradescope import results_json
from ..record.grades import Gradebook
from ..record.policy import ALL, Policy, Rule
from ..record.results import Store
from ..wall import TIMEOUT_SEC

SETTINGS = "settings.json"
KEY = "course.key"
NO_GRADE = (
    "This submission has no grade yet: {why}.\n\n"
    "It is no fault of the submission. Tell your instructor, who can run the autograder again."
)
LONGEST_ID = 200


class NoGrade(RuntimeError):
    """The submission cannot be graded here, through no fault of its own; the message says why."""


@dataclass(frozen=True)
class Settings:
    """How an assignment on Gradescope is graded.

    Attributes:
        exercises: the names of the exercises that count; all where it is empty.
        class_name: the class the numbers were drawn for; empty where everybody has the text's.
        student_id: the field of Gradescope's metadata that holds a student's id.
        timeout: seconds for one notebook.
        visibility: when students see it: ``"visible"``, ``"after_due_date"``, ``"after_published"`` or ``"hidden"``.
        mode: which wall: ``"standard"``, or ``"trusted"`` for none.
    """

    exercises: tuple[str, ...] = ()
    class_name: str = ""
    student_id: str = "email"
    timeout: float = TIMEOUT_SEC
    visibility: str = "visible"
    mode: str = "standard"

    def counted(self) -> list[Exercise]:
        """The exercises that count."""
        return [
            exercise
            for exercise in exercises()
            if exercise.number and (not self.exercises or exercise.name in self.exercises)
        ]


def main(home: Path) -> int:
    """Grade the submission in ``home`` and write its results; the exit status is 1 where there is no grade."""
    try:
        results, status = graded(home), 0
    except Exception as problem:  # whatever it is: no student gets a 0 for it
        why = str(problem) if isinstance(problem, NoGrade | Refused) else f"{type(problem).__name__}: {problem}"
        results, status = {"output": NO_GRADE.format(why=why), "extra_data": {"labkit": "no grade"}}, 1
        print(why)
    path = home / "results" / "results.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return status


def graded(home: Path) -> dict[str, Any]:
    """The results of the submission in ``home``, as Gradescope reads them.

    Raises:
        NoGrade: a fault of the grader's or of the set-up.
        Refused: the wall does not hold here.
    """
    settings = read_settings(home / "source" / SETTINGS)
    student = student_in(home / "submission_metadata.json", settings)
    key = home / "source" / KEY
    with tempfile.TemporaryDirectory(prefix="labkit-gradescope-") as name:
        folder, out = Path(name, "class"), Path(name, "results")
        copied(home / "submission", folder / student)
        report = grade_folder(
            folder, out, class_list=ClassList([student]), class_name=settings.class_name,
            key=read_key(key) if key.exists() else "", timeout=settings.timeout, mode=settings.mode,
        )  # fmt: skip
        return results_of(report, Store(out), settings)


def results_of(report: Report, store: Store, settings: Settings) -> dict[str, Any]:
    """One student's results; what an instructor alone should know is printed, for students do not see it."""
    (student,) = report.found.students
    exercises_counted = settings.counted()
    counted = {exercise.name for exercise in exercises_counted}
    records = {at: record for at, record in store.records.items() if at[1] in counted}
    faults = [note for record in records.values() if record.status == "regrade" for note in record.notes]
    if faults:
        raise NoGrade("; ".join(faults))
    why = [f"{left.name}: {left.why}" for left in report.found.unplaced if left.student]
    why += [
        f"{each.name}: it answers {each.exercise}, which is no part of this assignment"
        for each in report.found.placed
        if each.exercise not in counted
    ]
    for line in [*report.found.remarks, *(flag for record in records.values() for flag in record.flags)]:
        print(line)
    remarks = {student: "; ".join(why)} if why else {}
    policy = Policy({ALL: Rule(absent_is_zero=True)})  # each upload is graded as it comes
    gradebook = Gradebook([student], exercises_counted, records, remarks=remarks, policy=policy)
    walls = sorted({record.wall for record in records.values() if record.wall})
    return {
        "score": 0,
        **results_json(student, gradebook, settings.visibility, free_text=False),
        "execution_time": round(sum(record.seconds for record in records.values()), 1),
        "stdout_visibility": "hidden",
        "extra_data": {"labkit": {"wall": walls, "status": {name: each.status for (_, name), each in records.items()}}},
    }


def read_settings(path: Path) -> Settings:
    """The settings that ``labkit gradescope`` wrote.

    Raises:
        NoGrade: they cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Settings(**{**content, "exercises": tuple(content["exercises"])})
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise NoGrade(f"{path.name} of the autograder cannot be read ({problem})") from None


def student_in(path: Path, settings: Settings) -> str:
    """The id of the student who handed in; of a group, the first one's.

    Raises:
        NoGrade: Gradescope's metadata holds none that can be used.
    """
    try:
        student = str(json.loads(path.read_text(encoding="utf-8"))["users"][0][settings.student_id] or "").strip()
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        student = ""
    if not student or student.startswith(".") or "/" in student or len(student.encode()) > LONGEST_ID:
        raise NoGrade(f"Gradescope's metadata holds no {settings.student_id} of the student that can be used as an id")
    return student


def copied(submission: Path, into: Path) -> None:
    """Copy the student's plain files; links and devices are left behind.

    Raises:
        NoGrade: Gradescope put no submission there.
    """
    if not submission.is_dir():
        raise NoGrade("the folder of the submission is not there")

    def odd(folder: str, names: Sequence[str]) -> list[str]:
        paths = ((name, os.path.join(folder, name)) for name in names)
        return [
            name for name, path in paths if os.path.islink(path) or not (os.path.isfile(path) or os.path.isdir(path))
        ]

    shutil.copytree(submission, into, ignore=odd)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
