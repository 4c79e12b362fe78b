"""The `labkit` command: the desk, the doctor, the section's table and grading, from a terminal."""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import os
import sys
from collections.abc import Sequence
from typing import TypeAlias

from labkit import desk
from labkit.grade.command import add_parsers

EXPECTED = (ValueError, OSError)  # errors that come with words a reader can use
FAILED = 2
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

EXAMPLES = """\
examples:
  labkit doctor                   is everything installed and ready?
  labkit start                    copy the exercises into my_work/
  labkit status                   which questions are answered right so far?
  labkit reset 01                 begin exercise 01 anew; your version is kept
  labkit table --format markdown  the section's table, to paste elsewhere
  labkit grade FOLDER --out R     grade a folder of submissions behind a wall
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit status is 0 if all is well, 1 for a plain no, 2 for an error."""
    _never_fail_on_a_character()
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 0
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader, such as `head`, has read enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (nothing is left to fail at exit)
        return 0
    except EXPECTED as error:
        print(f"labkit {arguments.command}: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="labkit",
        description="Helps with the course Counting Calls.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"labkit {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for add in (_add_table, _add_doctor, _add_start, _add_status, _add_reset, add_parsers):
        add(commands)
    return parser


def _add_table(commands: Commands) -> None:
    table = commands.add_parser(
        "table",
        help="print the section's table, as published and corrected",
        description="Prints the table of section 32.10, as published and, beside it, corrected.",
        epilog="example: labkit table --format csv > table.csv",
    )
    table.add_argument(
        "--format",
        choices=("text", "json", "csv", "markdown"),
        default="text",
        help="text to read (the default), json or csv for other programs, markdown to paste",
    )
    table.set_defaults(run=_table)


def _add_doctor(commands: Commands) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="say what is missing, and the line that puts it right",
        description="Looks at Python, packages, kernel, sliders and permission to save. Exit status 1 if "
        "something needs fixing.",
        epilog="example: labkit doctor",
    )
    doctor.set_defaults(run=_doctor)


def _add_start(commands: Commands) -> None:
    start = commands.add_parser(
        "start",
        help="copy the exercises into my_work/",
        description="Copies the exercises into my_work/. A file that you have changed is never overwritten. "
        "Exit status 1 if an exercise could not be copied.",
        epilog="example: labkit start",
    )
    start.set_defaults(run=_start)


def _add_status(commands: Commands) -> None:
    status = commands.add_parser(
        "status",
        help="list every question and how far you are",
        description="Reads the saved notebooks in my_work/ and lists every question with its last answer.",
        epilog="example: labkit status",
    )
    status.set_defaults(run=_status)


def _add_reset(commands: Commands) -> None:
    reset = commands.add_parser(
        "reset",
        help="begin one exercise anew; your version is kept beside it",
        description="Restores one exercise in my_work/. Your version is first kept under a new name, "
        "for example my_work/01_ticket_spend.before-reset-1.ipynb.",
        epilog="examples: labkit reset 01   labkit reset 01_ticket_spend --yes",
    )
    reset.add_argument("name", metavar="NAME", help="number or file name of the exercise, such as 01")
    reset.add_argument("--yes", action="store_true", help="do not ask first")
    reset.set_defaults(run=_reset)


def _table(arguments: argparse.Namespace) -> int:
    from labkit import textbook_formats  # noqa: PLC0415 (computed only when asked for)

    print(textbook_formats.render(arguments.format).rstrip("\n"))
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from labkit.health import doctor  # noqa: PLC0415 (looks at packages only when asked to)

    report = doctor()
    print(report)
    return 0 if report.ok else 1


def _start(_: argparse.Namespace) -> int:
    report = desk.start(desk.find_root())
    print(report)
    return 0 if report.ok else 1


def _status(_: argparse.Namespace) -> int:
    print(desk.render_status(desk.status(desk.find_root())))
    return 0


def _reset(arguments: argparse.Namespace) -> int:
    root = desk.find_root()
    exercise = desk.find_exercise(root, arguments.name)
    if not arguments.yes and not _agreed(f"Begin {exercise.stem} anew? Your version is kept. [y/N] "):
        print("Nothing was changed. To agree beforehand, add --yes.")
        return 1
    print(desk.reset(root, arguments.name))
    return 0


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        print()
        return False


def _version() -> str:
    try:
        return importlib.metadata.version("counting-calls")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _never_fail_on_a_character() -> None:
    """A terminal that cannot show a character, as on some Windows machines, shows `?` instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
