"""What a student's copy of the course holds, file by file: lessons, exercises and labkit; nothing of the judge's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..classroom import CLASS_FILE, SHEETS, SHEETS_FILE, Classroom, canonical, sheet
from ..course_folder import EXERCISES, LESSONS
from ..questions import ASSESSED, ROOMS, in_room
from ..questions import LESSONS as ROOMS_OF_LESSONS
from ..questions.blank import document, values_of
from . import trimmed
from .assessed_notebooks import without_help
from .handout import readme

PACKAGE = "labkit"
COPIED = (PACKAGE, EXERCISES, LESSONS)
NEEDED = ("LICENSE", "Makefile", "pyproject.toml", "environment.yml", *(f"{name}/" for name in COPIED))
OF_THE_JUDGE = "grade"
KINDS = {".py", ".npz", ".typed"}
"""What labkit's files end in. Others are left behind: an editor's or a merge's copy of a module may hold answers."""
WITHOUT_ANSWERS = {"__init__", "blank", "model", "played", *ROOMS_OF_LESSONS}
"""The modules of ``labkit.questions`` that an assessed class gets; the others hold the exercises' answers, or compute
them."""
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
    files |= dict(_library(course / PACKAGE, classroom.assessed))
    files |= {name: json.dumps(each).encode() for name, each in _data(classroom)}
    return dict(sorted(files.items()))


def _project(course: Path, classroom: Classroom) -> Iterator[tuple[str, str]]:
    """The files that say how to install and to begin."""
    yield "README.md", readme(classroom)
    for name, trim in (
        ("pyproject.toml", trimmed.project),
        ("environment.yml", trimmed.environment),
        ("Makefile", trimmed.makefile),
    ):
        yield name, trim((course / name).read_text(encoding="utf-8"))


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


def _library(package: Path, assessed: bool) -> Iterator[tuple[str, bytes]]:
    """labkit without the judge, and in an assessed class without the modules that hold the exercises' answers."""
    for path in sorted(package.rglob("*")):
        place = path.relative_to(package)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
        if path.is_file() and not hidden and place.parts[0] != OF_THE_JUDGE:
            data = path.read_bytes()
            if A_KEY.fullmatch(data):
                raise ValueError(f"{PACKAGE}/{place.as_posix()} looks like a course key; keep it outside the course")
            if _is_handed_out(place, assessed):
                yield f"{PACKAGE}/{place.as_posix()}", data


def _is_handed_out(place: Path, assessed: bool) -> bool:
    """Does a file of labkit belong in the copy?"""
    answers = assessed and place.parts[0] == "questions" and place.stem not in WITHOUT_ANSWERS
    return place.suffix in KINDS and place.stem.isidentifier() and not answers


def rooms_of_exercises() -> list[str]:
    """The modules of ``labkit.questions`` that hold graded exercises."""
    return [room for room in ROOMS if any(each.number for each in in_room(room))]


def _data(classroom: Classroom) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the copy reads: which class it is for, its sheets of numbers, or the questions without their answers."""
    if classroom.name or classroom.assessed:
        yield f"{PACKAGE}/{CLASS_FILE.name}", {"class": classroom.name, "assessed": classroom.assessed}
    rooms = [each for room in rooms_of_exercises() for each in in_room(room)]
    numbers = range(SHEETS if classroom.name else 0)
    drawn = [(room, [sheet(room.name, classroom.name, number) for number in numbers]) for room in rooms]
    name = canonical(classroom.name)
    if classroom.assessed:
        yield f"{PACKAGE}/questions/{ASSESSED.name}", document(name, drawn)
    elif classroom.name:
        sheets = {room.name: [values_of(numbers) for numbers in each] for room, each in drawn}
        yield f"{PACKAGE}/{SHEETS_FILE.name}", {"class": name, "sheets": sheets}
