"""``labkit gradescope``: the autograder for Gradescope, as a zip to upload."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from labkit_workbook._subcommands import Commands, add_command

from .options import add_class_name, add_key_file, add_timeout, exercise_named, insist_on_timeout, key_in

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


def add_parser(commands: Commands) -> None:
    """Add the command to the ``labkit`` command."""
    parser = add_command(
        commands,
        "gradescope",
        _gradescope,
        summary="make the zip of an autograder for Gradescope",
        description="Makes the zip that a programming assignment on Gradescope takes as its autograder. There every "
        "submission is graded behind the same wall as by `labkit grade`; docs/gradescope.md has the whole way.",
        examples=("labkit gradescope autograder.zip --exercise 01",),
    )
    parser.add_argument("out", type=Path, metavar="OUT.zip", help="the file to write; one that is there is kept")
    parser.add_argument("--force", action="store_true", help="write over OUT.zip if it is there")
    parser.add_argument(
        "--exercise", action="append", default=[], metavar="NUMBER", help="only this exercise counts (may be repeated)"
    )
    add_class_name(parser)
    add_key_file(parser, "the course key; it is put into the zip")
    parser.add_argument(
        "--id", dest="student_id", default="email", metavar="FIELD", help="Gradescope's field for the id (email)"
    )
    add_timeout(parser)
    parser.add_argument("--visibility", choices=VISIBILITIES, default="visible", help="when students see their result")
    parser.add_argument(
        "--i-trust-these-students", action="store_true", help="no wall: a submission can forge its grade"
    )


def _insist_on_a_free_place(out: Path, force: bool) -> None:
    """An autograder that is there may be the one that an assignment runs, and hold the only copy of its settings."""
    if not out.resolve().parent.is_dir():
        raise ValueError(f"there is no folder {out.parent}; make it first")
    if out.is_dir():
        raise ValueError(f"{out} is a folder; name a file for the zip")
    if os.path.lexists(out) and not force:
        raise ValueError(f"{out} is there already; name another file, or add --force to write over it")


def _gradescope(arguments: argparse.Namespace) -> int:
    from ..gradescope.gradescope_machine import Settings  # noqa: PLC0415  (loaded when it is asked for)
    from ..gradescope.gradescope_zip import write_zip  # noqa: PLC0415

    insist_on_timeout(arguments.timeout)
    _insist_on_a_free_place(arguments.out, arguments.force)
    key = key_in(arguments.key_file)
    settings = Settings(
        exercises=tuple(exercise_named(each) for each in arguments.exercise),
        class_name=arguments.class_name,
        student_id=arguments.student_id,
        timeout=arguments.timeout,
        visibility=arguments.visibility,
        mode="trusted" if arguments.i_trust_these_students else "standard",
    )
    write_zip(arguments.out, settings, key)
    print(f"{arguments.out}: upload it as the autograder of a programming assignment, on Ubuntu 22.04 or newer.")
    print(f"It gives {sum(exercise.points for exercise in settings.counted())} points by itself.")
    if arguments.key_file:
        print("It holds the course key: keep it as you keep the key.")
    return 0
