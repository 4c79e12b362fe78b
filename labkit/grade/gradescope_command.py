"""``labkit gradescope``: the autograder for Gradescope, as a zip to upload."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


def add_parser(commands: Any) -> None:
    """Add the command to the ``labkit`` command."""
    parser = commands.add_parser(
        "gradescope",
        help="make the zip of an autograder for Gradescope",
        description="Makes the zip that a programming assignment on Gradescope takes as its autograder. There every "
        "submission is graded behind the same wall as by `labkit grade`; docs/gradescope.md has the whole way.",
        epilog="example: labkit gradescope autograder.zip --exercise 01",
    )
    parser.add_argument("out", type=Path, metavar="OUT.zip", help="the file to write")
    parser.add_argument(
        "--exercise", action="append", default=[], metavar="NUMBER", help="only this exercise counts (may be repeated)"
    )
    parser.add_argument("--class", dest="class_name", default="", metavar="NAME", help="the NAME of labkit release")
    parser.add_argument("--key-file", type=Path, metavar="F", help="the course key; it is put into the zip")
    parser.add_argument(
        "--id", dest="student_id", default="email", metavar="FIELD", help="Gradescope's field for the id (email)"
    )
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds for one notebook (30)")
    parser.add_argument("--visibility", choices=VISIBILITIES, default="visible", help="when students see their result")
    parser.add_argument(
        "--i-trust-these-students", action="store_true", help="no wall: a submission can forge its grade"
    )
    parser.set_defaults(run=_gradescope)


def _gradescope(arguments: argparse.Namespace) -> int:
    from .gradescope_machine import Settings  # noqa: PLC0415  (loaded when it is asked for)
    from .gradescope_zip import write_zip  # noqa: PLC0415
    from .keys import read_key  # noqa: PLC0415

    if not 0 < arguments.timeout < 3600:
        raise ValueError(f"--timeout must be from 0 to 3600 seconds, got {arguments.timeout:g}")
    if not arguments.out.resolve().parent.is_dir():
        raise ValueError(f"there is no folder {arguments.out.parent}; make it first")
    if arguments.key_file and not arguments.key_file.is_file():
        raise ValueError(f"--key-file: there is no file {arguments.key_file}; name the one that `labkit release` wrote")
    settings = Settings(
        exercises=tuple(named(each) for each in arguments.exercise),
        class_name=arguments.class_name,
        student_id=arguments.student_id,
        timeout=arguments.timeout,
        visibility=arguments.visibility,
        mode="trusted" if arguments.i_trust_these_students else "standard",
    )
    write_zip(arguments.out, settings, read_key(arguments.key_file) if arguments.key_file else "")
    print(f"{arguments.out}: upload it as the autograder of a programming assignment, on Ubuntu 22.04 or newer.")
    print(f"It gives {sum(room.points for room in settings.rooms())} points by itself.")
    if arguments.key_file:
        print("It holds the course key: keep it as you keep the key.")
    return 0


def named(given: str) -> str:
    """The name of an exercise, given as its number or its name.

    Raises:
        ValueError: there is none.
    """
    from ..questions import exercises  # noqa: PLC0415  (loaded when it is asked for)

    rooms = [room for room in exercises() if room.number]
    for room in rooms:
        if given in (room.number, room.name, f"{room.number}_{room.name}"):
            return room.name
    raise ValueError(f"--exercise: there is no exercise {given!r}; there is {', '.join(room.number for room in rooms)}")
