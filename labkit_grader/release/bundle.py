"""What a student's copy of the course holds, file by file: lessons, exercises and labkit; nothing of the judge's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labkit_grader.wall.readable import ROOT
from labkit_workbook.course_folder import EXERCISES, LESSONS
from labkit_workbook.numbers.drawn import CLASS_FILE, SHEETS, SHEETS_FILE, Classroom, canonical, sheet
from labkit_workbook.questions import ASSESSED, exercises_below
from labkit_workbook.questions.blank import document, values_of

from .assessed_notebooks import without_help
from .handout import readme
from .project_files import files_of_project

PACKAGES = ("labkit", "labkit_agents", "labkit_traces", "labkit_workbook")
"""What a class gets; the judge is not among them."""
COPIED = (*PACKAGES, EXERCISES, LESSONS)
NEEDED = ("LICENSE", "Makefile", "pyproject.toml", "environment.yml", *(f"{name}/" for name in COPIED))
KINDS = {".py", ".npz", ".typed", ".csv", ".md", ".js", ".css"}
"""What the packages' files end in. Others stay behind: an editor's or a merge's copy of a module may hold answers."""
DATA = (
    "labkit_agents/frameworks/recorded/", "labkit_traces/", "labkit_workbook/contents.json",
    "labkit_workbook/own_agent/", "labkit_workbook/predictions/questions/",
)  # fmt: skip
"""Measurements of frameworks, tables of names and prices, the list of the exercises, a recorded test of a fit, the data
of the lessons' guesses: they end in ``.json``."""
ANSWERS = "labkit_workbook/questions/graded/"
WAYS = "labkit_workbook/worked_ways.py"
"""What an assessed class does not get: the answers, and what shows the way to them."""
A_KEY = re.compile(rb"\s*[0-9a-fA-F]{64}\s*")


def contents(course: Path, classroom: Classroom) -> dict[str, bytes]:
    """Every file of the copy: its path, with ``/`` between folders, and its bytes.

    Args:
        course: the folder of the whole course.
        classroom: for which class, and whether the answers are left out.

    Raises:
        ValueError: a file of the course is missing, or is not as the course's build makes it.
    """
    missing = [name for name in NEEDED if not (course / name).exists()]
    if missing:
        raise ValueError(f"the course's folder lacks {', '.join(missing)}; release from the whole course")
    files = {"LICENSE": (course / "LICENSE").read_bytes()}
    files |= {name: text.encode() for name, text in _project(course, classroom)}
    read = unaided_bytes if classroom.assessed else exercise_bytes
    files |= dict(_notebooks(course / EXERCISES, read))
    files |= dict(_notebooks(course / LESSONS, Path.read_bytes))
    files |= dict(_libraries(course, classroom.assessed))
    files |= {name: json.dumps(each).encode() for name, each in _data(classroom)}
    return dict(sorted(files.items()))


def _project(course: Path, classroom: Classroom) -> Iterator[tuple[str, str]]:
    """The files that say how to install and to begin."""
    yield "README.md", readme(classroom)
    yield from files_of_project(course)


def _notebooks(folder: Path, read: Any) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*.ipynb")):
        yield f"{folder.name}/{path.name}", read(path)


def exercise_bytes(path: Path) -> bytes:
    """An exercise as the course's build makes it.

    Raises:
        ValueError: someone has worked in it; its answers would be handed out.
    """
    data = path.read_bytes()
    try:
        cells = json.loads(data)["cells"]
        worked = any(cell.get("outputs") for cell in cells) or b"### BEGIN SOLUTION" in data
    except (ValueError, LookupError, TypeError, AttributeError):
        worked = True
    if worked:
        raise ValueError(f"{path.parent.name}/{path.name} has been worked in; `make build` makes it anew")
    return data


def unaided_bytes(path: Path) -> bytes:
    """An exercise for an assessed class, without its self-checks.

    Raises:
        ValueError: someone has worked in it.
    """
    return without_help(exercise_bytes(path))


def _libraries(course: Path, assessed: bool) -> Iterator[tuple[str, bytes]]:
    """The packages without the judge, and in an assessed class without the answers and the ways to them."""
    for path in sorted(path for name in PACKAGES for path in (course / name).rglob("*")):
        place = path.relative_to(course)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
        if path.is_file() and not hidden:
            data = path.read_bytes()
            if A_KEY.fullmatch(data):
                raise ValueError(f"{place.as_posix()} looks like a course key; keep it outside the course")
            if _is_handed_out(place, assessed):
                yield place.as_posix(), data


def _is_handed_out(place: Path, assessed: bool) -> bool:
    """Does a file of a package belong in the copy?"""
    answers = assessed and place.as_posix().startswith((ANSWERS, WAYS))
    kinds = KINDS | {".json"} if place.as_posix().startswith(DATA) else KINDS
    return place.suffix in kinds and place.stem.isidentifier() and not answers


def _data(classroom: Classroom) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the copy reads: which class it is for, its sheets of numbers, or the questions without their answers."""
    if classroom.name or classroom.assessed:
        yield _place(CLASS_FILE), {"class": classroom.name, "assessed": classroom.assessed}
    seeds = range(SHEETS if classroom.name else 0)
    graded = exercises_below("graded")
    drawn = [(exercise, [sheet(exercise.name, classroom.name, number) for number in seeds]) for exercise in graded]
    name = canonical(classroom.name)
    if classroom.assessed:
        yield _place(ASSESSED), document(name, drawn)
    elif classroom.name:
        sheets = {exercise.name: [values_of(numbers) for numbers in each] for exercise, each in drawn}
        yield _place(SHEETS_FILE), {"class": name, "sheets": sheets}


def _place(file: Path) -> str:
    """Where a file of a package lies in the copy."""
    return file.relative_to(ROOT).as_posix()
