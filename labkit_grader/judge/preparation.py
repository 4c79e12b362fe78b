"""From a file to a job, and from a verdict to a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labkit_workbook.numbers.drawn import canonical, same
from labkit_workbook.questions import exercise as exercise_named

from ..intake.answer_cells import notes_on_answers
from ..intake.essays import essays_in
from ..intake.notebooks import (
    Notebook,
    UnreadableNotebook,
    VanishedNotebook,
    code_of,
    read_notebook,
    typed_classes,
    typed_students,
)
from ..intake.submissions import Placed
from ..record.results import Record, key_of
from .judge import Job, Verdict, plain_numbers
from .run_settings import RunSettings

OTHER_CLASS = "the notebook was worked for the class"


@dataclass(frozen=True)
class Prepared:
    """A submission that is ready to be graded, and what of its record is known before."""

    placed: Placed
    key: str
    job: Job
    notes: Sequence[str] = ()
    texts: dict[str, str] = field(default_factory=dict)
    flags: Sequence[str] = ()


def prepared(placed: Placed, settings: RunSettings, grader: str) -> Prepared | Record:
    """Read a student's notebook; one that cannot be read has its record at once.

    Args:
        placed: whose file it is, and for which exercise.
        settings: of the run.
        grader: the fingerprint of this labkit.
    """
    exercise = exercise_named(placed.exercise)
    try:
        notebook = read_notebook(placed.path)
    except UnreadableNotebook as error:
        status = "regrade" if isinstance(error, VanishedNotebook) else "unreadable"  # it was there when it was placed
        return Record(
            "", placed.student, placed.exercise, placed.name, status, 0, exercise.points, {}, [str(error)], "", 0.0
        )
    numbers = settings.numbers(placed.student, exercise)
    inputs = settings.inputs(placed.student, exercise, numbers)
    return Prepared(
        placed,
        key_of(notebook.sha256, exercise.name, settings.digest(numbers, inputs), grader),
        Job(exercise.name, sources_of(notebook), numbers, inputs),
        [*notebook.notes, *notes_on_answers(notebook, exercise.name, [each.name for each in exercise.questions])],
        essays_in(notebook, exercise),
        flags_of(placed.student, typed_students(notebook), settings.class_name, typed_classes(notebook)),
    )


def sources_of(notebook: Notebook) -> list[str]:
    """The code of a notebook without magics."""
    return [code_of(cell)[0] for cell in notebook.cells if cell.kind == "code"]


def flags_of(student: str, typed: Iterable[str], class_name: str = "", classes: Iterable[str] = ()) -> list[str]:
    """What of a notebook's id and class is not as it is graded; the numbers are those of the list and the command."""
    strangers = {canonical(name): name for name in typed if class_name and not same(name, student)}
    elsewhere = {canonical(name): name for name in classes if not same(name, class_name)}
    return [
        *(f"the notebook was worked with the id {name!r}" for _, name in sorted(strangers.items())),
        *(f"{OTHER_CLASS} {name!r}" for _, name in sorted(elsewhere.items())),
    ]


def record_of(ready: Prepared, verdict: Verdict) -> Record:
    """The record of a submission, with the judge's verdict."""
    placed = ready.placed
    return Record(
        ready.key, placed.student, placed.exercise, placed.name, verdict.status, verdict.points, verdict.most,
        verdict.answers, [*ready.notes, *verdict.notes], verdict.wall, verdict.seconds,
        ready.texts, plain_numbers(ready.job.numbers), ready.flags,
    )  # fmt: skip
