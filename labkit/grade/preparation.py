"""From a file to a job, and from a verdict to a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..classroom import canonical
from ..questions import exercise
from .essays import essays_in
from .judge import Job, Verdict, plain_numbers
from .notebooks import Notebook, UnreadableNotebook, code_of, read_notebook, typed_students
from .results import Record, key_of
from .submissions import Placed
from .terms import Terms


@dataclass(frozen=True)
class Prepared:
    """A submission that is ready to be graded, and what of its record is known before."""

    placed: Placed
    key: str
    job: Job
    notes: Sequence[str] = ()
    texts: dict[str, str] = field(default_factory=dict)
    flags: Sequence[str] = ()


def prepared(placed: Placed, terms: Terms, grader: str) -> Prepared | Record:
    """Read a student's notebook; one that cannot be read has its record at once.

    Args:
        placed: whose file it is, and for which exercise.
        terms: of the run.
        grader: the fingerprint of this labkit.
    """
    room = exercise(placed.exercise)
    try:
        notebook = read_notebook(placed.path)
    except UnreadableNotebook as error:
        return Record(
            "", placed.student, placed.exercise, placed.name, "unreadable", 0, room.points, {}, [str(error)], "", 0.0
        )
    numbers = terms.numbers(placed.student, room.name)
    inputs = terms.inputs(placed.student, room.name, numbers)
    return Prepared(
        placed,
        key_of(notebook.sha256, room.name, terms.digest(numbers, inputs), grader),
        Job(room.name, sources_of(notebook), numbers, inputs),
        notebook.notes,
        essays_in(notebook, room),
        flags_of(placed.student, typed_students(notebook)) if terms.class_name else [],
    )


def sources_of(notebook: Notebook) -> list[str]:
    """The code of a notebook without magics."""
    return [code_of(cell)[0] for cell in notebook.cells if cell.kind == "code"]


def flags_of(student: str, typed: Iterable[str]) -> list[str]:
    """Ids that were typed in the notebook and are not the student's; the numbers are always the student's own."""
    others = {canonical(name): name for name in typed}
    others.pop(canonical(student), None)
    return [f"the notebook was worked with the id {name!r}" for _, name in sorted(others.items())]


def record_of(ready: Prepared, verdict: Verdict) -> Record:
    """The record of a submission, with the judge's verdict."""
    placed = ready.placed
    return Record(
        ready.key, placed.student, placed.exercise, placed.name, verdict.status, verdict.points, verdict.most,
        verdict.answers, [*ready.notes, *verdict.notes], verdict.wall, verdict.seconds,
        ready.texts, plain_numbers(ready.job.numbers), ready.flags,
    )  # fmt: skip
