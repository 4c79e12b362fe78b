"""A folder of notebooks, as a learning platform gives it: who handed in what, and what could not be placed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ..platforms import PLATFORMS, upload_in
from ..platforms.gradescope import METADATA
from ..platforms.nbgrader import NOT_SUBMITTED, SUBMITTED, TIMESTAMP, stamp_in
from ..record.policy import Arrival
from ..record.safe_text import plain_text, shown_id
from .folders import Seen, opened
from .gradescope_export import with_owners
from .layouts import Owners, layout_of, stem, upload_of
from .notebooks import UnreadableNotebook, answered, read_notebook, which_exercise, why_none
from .zips import is_notebook, is_zip, open_plain

NAMELESS = "(a name without a letter that can be seen)"
NO_NOTEBOOK = "it is no notebook (.ipynb)"
RULE = (
    "of several files the latest counts: by the platform's number of the upload, then by the time of the file, then "
    "the one with the course's own name, then the last by name; one in which nothing was worked on counts last"
)
LONG_AGO = datetime(1981, 1, 1)
"""Times before it are those of tools that write none."""


@dataclass(frozen=True)
class Placed:
    """The file that is graded as a student's answer to an exercise.

    Attributes:
        student, exercise, path: whose it is, for what, and where it lies.
        name: what may be shown of it.
        arrival: when it was handed in, as far as the folder says.
    """

    student: str
    exercise: str
    path: Path
    name: str
    arrival: Arrival = field(default_factory=Arrival)


@dataclass(frozen=True)
class Unplaced:
    """A file that is not graded, and why; ``student`` is empty where nobody's id can be told."""

    path: Path
    why: str
    student: str = ""
    name: str = ""
    rival: bool = False
    """Another file of the student's was taken in its place."""


@dataclass
class Found:
    """All that lies in a folder, read as one of the platforms'; every notebook in it is either placed or unplaced."""

    layout: str
    placed: list[Placed] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    students: list[str] = field(default_factory=list)
    earlier: list[Placed] = field(default_factory=list)
    """Files that a later one of the same student's took the place of, the earliest first."""
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Read:
    """A file with the exercise it answers, or why it answers none."""

    seen: Seen
    exercise: str = ""
    why: str = ""
    answered: int = 0

    @property
    def unit(self) -> str:
        return self.seen.parts[0]

    @property
    def name(self) -> str:
        return "/".join(plain_text(part.replace("/", " ")) for part in self.seen.parts if part) or NAMELESS


def find(
    folder: Path,
    exercises: Mapping[str, Collection[str]],
    roster: Sequence[str] | None = None,
    unpack_into: Path | None = None,
    numbers: Mapping[str, Mapping[str, str]] | None = None,
) -> Found:
    """Place every notebook of a folder, or of a zip of it, by student and exercise.

    Args:
        folder: STUDENT/NAME.ipynb, or as Canvas, Moodle or nbgrader give it; see ``platforms``.
        exercises: the names of each exercise's questions.
        roster: the ids of the class; only these are placed, and all of them are among the students.
        unpack_into: an empty folder for what zips hold; by default one that goes when Python ends.
        numbers: platform -> its number for a student -> the student, as ``roster.by_number`` has it.

    Raises:
        ValueError: the folder is neither a folder nor a zip.
    """
    lying = with_owners(list(opened(Path(folder), unpack_into, roster)), roster)
    files, outside, nbgrader = _sorted_out(lying, roster)
    read = [_read(each, exercises) for each in files]
    units = {each.unit: False for each in read}
    units |= {each.unit: True for each in read if len(each.seen.parts) > 1 and not is_zip(each.unit)}
    layout = "plain" if nbgrader else layout_of(units)
    owners = Owners(units, layout, roster, (numbers or {}).get(layout))
    name = "nbgrader" if nbgrader or (layout == "plain" and Path(folder).name == SUBMITTED) else layout
    found = Found(name, remarks=[f"read as {PLATFORMS[name].described}"])
    if any(each.came for each in lying):
        found.remarks.append(f"whose each folder is, and when it came, is told by {METADATA}, of Gradescope's export")
    skipped = sorted({each.parts[0] for each in lying if _is_nbgraders(each, roster)})
    if skipped:
        found.remarks.append(
            f"skipped, as nbgrader's folders: {', '.join(skipped)}; a student of that name needs a list (--students)"
        )
    if layout == "flat" and roster is None:
        found.remarks += _name_flat_files(read, owners)
    _place(read, owners, layout, found)
    found.unplaced += [Unplaced(each.path, _explain_outside(each), name=_Read(each).name) for each in outside]
    found.unplaced.sort(key=lambda one: (one.name, one.why))
    listed = {shown_id(each) for each in roster or () if each.strip()}
    found.students = sorted(listed | {student for student, _ in owners.of.values() if student})
    return found


# ---- whose it is ------------------------------------------------------------------------------------------


def _read(seen: Seen, exercises: Mapping[str, Collection[str]]) -> _Read:
    if seen.why or not is_notebook(seen.parts[-1]):
        return _Read(seen, why=seen.why or NO_NOTEBOOK)
    try:
        notebook = read_notebook(seen.path)
    except UnreadableNotebook as problem:
        return _Read(seen, why=str(problem))
    exercise = which_exercise(notebook, exercises)
    if exercise is None:
        return _Read(seen, why=why_none(notebook, exercises))
    return _Read(seen, exercise, answered=answered(notebook, exercise, exercises[exercise]))


def _sorted_out(seen: Sequence[Seen], roster: Sequence[str] | None) -> tuple[list[Seen], list[Seen], bool]:
    """What may be somebody's work, what lies beside it, and whether nbgrader laid it out."""
    files = [each for each in seen if not _is_nbgraders(each, roster)]
    nbgrader = any(len(each.parts) > 2 and each.parts[0] == SUBMITTED for each in files)
    inside = [each for each in files if _belongs(each, nbgrader)]
    outside = [each for each in files if not _belongs(each, nbgrader)]
    return [replace(each, parts=each.parts[1:]) for each in inside] if nbgrader else inside, outside, nbgrader


def _is_nbgraders(seen: Seen, roster: Sequence[str] | None) -> bool:
    """Does it lie in a folder of nbgrader's course that holds no work of students, and bears no student's name?"""
    return len(seen.parts) > 1 and seen.parts[0] in NOT_SUBMITTED and seen.parts[0] not in (roster or ())


def _belongs(seen: Seen, nbgrader: bool) -> bool:
    """With nbgrader, what is in ``submitted``; otherwise all but loose files that are no notebooks."""
    name = seen.parts[0]
    if nbgrader:
        return name == SUBMITTED and len(seen.parts) > 1
    return len(seen.parts) > 1 or is_notebook(name) or is_zip(name) or upload_in(name) is not None


def _explain_outside(seen: Seen) -> str:
    return seen.why or ("it lies beside the students' work" if is_notebook(seen.parts[-1]) else NO_NOTEBOOK)


def _name_flat_files(read: Iterable[_Read], owners: Owners) -> Iterator[str]:
    """Give files beside each other their owners' short ids, and say how."""
    exercises = defaultdict[str, set[str]](set)
    for each in read:
        exercises[each.unit] |= {each.exercise} - {""}
    owners.shorten(exercises)
    yield "ids are what stands before the exercise's name or the first underscore; a list of students makes them sure"
    for student in owners.split(exercises):
        yield f"several files begin with {student}: each whole file name was taken as an id of its own"


def _place(read: Iterable[_Read], owners: Owners, layout: str, found: Found) -> None:
    """Give each file its place; where a student has several for one exercise, take one and say which."""
    rivals = defaultdict[tuple[str, str], list[_Read]](list)
    others = defaultdict[str, list[Unplaced]](list)
    for each in sorted(read, key=lambda one: one.seen.parts):
        student, nobody = owners.of[each.unit]
        if each.exercise and student:
            rivals[student, each.exercise].append(each)
        elif each.why == NO_NOTEBOOK:
            others[student].append(Unplaced(each.seen.path, each.why, student, each.name))
        else:
            found.unplaced.append(Unplaced(each.seen.path, each.seen.why or nobody or each.why, student, each.name))
    for (student, exercise), files in sorted(rivals.items()):
        files.sort(key=lambda one: _age(one, student, layout))
        stamps = found.layout == "nbgrader"
        *left, taken = (
            Placed(student, exercise, one.seen.path, one.name, _arrival(one, layout, stamps)) for one in files
        )
        found.placed.append(taken)
        found.earlier += [each for each, one in zip(left, files, strict=False) if one.answered]
        why = f"{taken.name} was taken for {exercise}"
        found.unplaced += [Unplaced(each.path, why, student, each.name, rival=True) for each in left]
    if any(each.rival for each in found.unplaced):
        found.remarks.append(RULE)
    have = {each.student for each in found.placed} | {each.student for each in found.unplaced}
    found.unplaced += [
        each for student in sorted(others) if student not in have or not student for each in others[student]
    ]


def _age(read: _Read, student: str, layout: str) -> tuple[Any, ...]:
    """Sorts the files of a student by when they were handed in, the latest last; see ``RULE``."""
    changed = read.seen.came.timestamp() if read.seen.came else _read_change_time(read.seen.path)
    time = 0 if PLATFORMS[layout].uploads_are_numbered else int(changed)
    return read.answered > 0, upload_of(read.unit, layout), time, _has_own_name(read, student), _sort_key(read.name)


def _arrival(read: _Read, layout: str, stamps: bool) -> Arrival:
    """When a file was handed in: by nbgrader's stamp, Gradescope's table or its own time; of Canvas only if late."""
    upload = PLATFORMS[layout].upload_in(read.unit)
    late = upload is not None and upload.late
    if PLATFORMS[layout].uploads_are_numbered:
        return Arrival(late=late)
    if read.seen.came:
        return Arrival(read.seen.came, late)
    at = _read_stamp(read.seen.path.with_name(TIMESTAMP)) if stamps else None
    changed = datetime.fromtimestamp(int(_read_change_time(read.seen.path)))
    return Arrival(at or (changed if changed > LONG_AGO else None), late)


def _read_stamp(path: Path) -> datetime | None:
    """The time in nbgrader's stamp, which is a stranger's file as any other."""
    try:
        with open_plain(path) as file:
            return stamp_in((file.read(200) or b"").decode("utf-8", errors="replace"))
    except OSError:
        return None


def _read_change_time(path: Path) -> float:
    """When a file was last changed; 0 where it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _has_own_name(read: _Read, student: str) -> bool:
    """Has it the name that the course gave it, such as 01_ticket_spend.ipynb? A platform may add a number to it."""
    name = read.seen.parts[-1]
    upload = upload_in(name) if len(read.seen.parts) == 1 else None
    name = upload.file if upload else name.removeprefix(f"{student}_")
    return bool(re.fullmatch(rf"[0-9]+_{re.escape(read.exercise)}(-[0-9]+)?", stem(name)))


def _sort_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts file-2 before file-10, and file before file-1."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", stem(name))
    return [
        (1, 0, piece) if not piece.isdecimal() else (0, len(piece.lstrip("0")), piece.lstrip("0")) for piece in pieces
    ]
