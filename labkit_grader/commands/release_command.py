"""``labkit release``: the arguments, and the words at the end."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit_workbook._subcommands import Commands, add_command

if TYPE_CHECKING:
    from labkit_workbook.numbers.drawn import Classroom


def add_parser(commands: Commands) -> None:
    """Add the command to the ``labkit`` command."""
    release = add_command(
        commands,
        "release",
        _release,
        summary="write the copy of the course that students get",
        description="Writes the students' copy: lessons, exercises and labkit, without solutions, tests and the "
        "judge. With --class each student's numbers are drawn from the class's name and the student's id, which "
        "the notebook asks for once. That salt is public: it deters copying and keeps no secret.",
        examples=("labkit release students --class ml-autumn --assessed --key-file course.key --zip",),
    )
    release.add_argument("out", type=Path, help="a folder that is new or empty")
    release.add_argument("--class", dest="class_name", default="", metavar="NAME", help="draw each student's numbers")
    release.add_argument("--assessed", action="store_true", help="leave answers, hints and misconceptions out")
    release.add_argument(
        "--key-file", type=Path, metavar="F", help="the course key, for grading alone; written if it is not there"
    )
    release.add_argument("--zip", action="store_true", help="write OUT.zip too, for a platform")


def _release(arguments: argparse.Namespace) -> int:
    from labkit_workbook.numbers.drawn import Classroom  # noqa: PLC0415  (loaded when it is asked for)

    from ..release.release import write_copy  # noqa: PLC0415

    classroom = Classroom(arguments.class_name, arguments.assessed)
    released = write_copy(arguments.out, classroom, arguments.key_file, arguments.zip)
    print("\n".join(words(released, classroom, arguments.out, arguments.key_file)))
    return 0


def words(released: Any, classroom: Classroom, out: Path, key_file: Path | None) -> list[str]:
    """What was written, and the line to type when the work comes back."""
    whose = f"for the class {classroom.name!r}" if classroom.name else "with the text's numbers"
    what = "without answers and hints" if classroom.assessed else "with checks that know the answers"
    lines = [f"The students' copy is in {out}: {released.files} files, {whose}, {what}."]
    if released.zip:
        lines.append(f"To hand it out: {out}.zip")
    if key_file:
        lines.append(
            f"The course key is in {key_file}{' (new)' if released.new_key else ''}. It is in no copy: keep it."
        )
    if classroom.assessed and not classroom.name:
        lines.append("Without --class lessons and docstrings name some of the answers; --assessed goes with --class.")
    grade = ["labkit", "grade", "FOLDER"]
    grade += ["--class", classroom.name] if classroom.name else []
    grade += ["--key-file", str(key_file)] if key_file else []
    return [*lines, f"To grade what comes back in FOLDER: {shlex.join([*grade, '--out', 'RESULTS'])}"]
