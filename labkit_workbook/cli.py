"""The `labkit` command: copies of the exercises, the doctor, the section's table and, for an instructor, a class."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

from labkit_workbook._subcommands import Commands, add_command
from labkit_workbook.course_folder import find_root
from labkit_workbook.trace_commands import TRACES

EXPECTED = (ValueError, OSError)  # errors that come with words a reader can use
FAILED, STOPPED = 2, 130
GROUP = "labkit.commands"

EXAMPLES = """\
examples:
  labkit doctor                   is everything installed and ready?
  labkit start                    copy the exercises into my_work/
  labkit status                   which questions are answered right so far?
  labkit reset 01                 begin exercise 01 anew; your version is kept
  labkit table --format markdown  the section's table, to paste elsewhere
  labkit traces spans.jsonl       what your own agent's calls cost, and what nobody saw
  labkit fit spans.jsonl          where its money, seconds and failures go, and what to change
  labkit price workflow.json      what a workflow will cost, before anything is run
  labkit serve --port 8000        a local endpoint with faults by a plan, and a log of what it bills
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit status is 0 if all is well, 1 for a plain no, 2 for an error."""
    _never_fail_on_a_character()
    words = sys.argv[1:] if argv is None else argv
    parser = _parser([] if words and words[0] in OWN else None)
    arguments = parser.parse_args(words)
    if arguments.command is None:
        parser.print_help()
        return 0
    try:
        status = int(arguments.run(arguments))
        if sys.stdout is not None:  # as it is where the shell closed it
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print(f"labkit {arguments.command}: stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader, such as `head`, has read enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (nothing is left to fail at exit)
        return 0
    except EXPECTED as error:
        print(f"labkit {arguments.command}: {error}", file=sys.stderr)
        return FAILED


def _parser(installed: Sequence[Any] | None = None) -> argparse.ArgumentParser:
    """The parser of this package's commands and of those that other packages have installed."""
    installed = _installed_commands() if installed is None else installed
    parser = argparse.ArgumentParser(
        prog="labkit",
        description="Helps with the course Counting Calls.",
        epilog=EXAMPLES + "".join(each.EXAMPLES for each in installed),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"labkit {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for add in OWN.values():
        add(commands)
    for module in installed:
        module.add_parsers(commands)
    return parser


def _installed_commands() -> list[Any]:
    """Modules of other packages that add subcommands: each has ``add_parsers`` and ``EXAMPLES``.

    They are found by the entry points of ``GROUP``; a student's copy has none, since it has no judge.
    """
    found = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: entry.name)
    return [entry.load() for entry in found if importlib.util.find_spec(entry.module.partition(".")[0])]


def _add_table(commands: Commands) -> None:
    table = add_command(
        commands,
        "table",
        _table,
        summary="print the section's table, as published and corrected",
        description="Prints the table of section 32.10, as published and, beside it, corrected.",
        examples=("labkit table --format csv > table.csv",),
    )
    table.add_argument(
        "--format",
        choices=("text", "json", "csv", "markdown"),
        default="text",
        help="text to read (the default), json or csv for other programs, markdown to paste",
    )


def _add_doctor(commands: Commands) -> None:
    add_command(
        commands,
        "doctor",
        _doctor,
        summary="say what is missing, and the line that puts it right",
        description="Looks at Python, packages, kernel, sliders and permission to save. Exit status 1 if "
        "something needs fixing.",
        examples=("labkit doctor",),
    )


def _add_start(commands: Commands) -> None:
    add_command(
        commands,
        "start",
        _start,
        summary="copy the exercises into my_work/",
        description="Copies the exercises into my_work/. A file that you have changed is never overwritten. "
        "Exit status 1 if an exercise could not be copied.",
        examples=("labkit start",),
    )


def _add_status(commands: Commands) -> None:
    add_command(
        commands,
        "status",
        _status,
        summary="list every question and how far you are",
        description="Reads the saved notebooks in my_work/ and lists every question with its last answer.",
        examples=("labkit status",),
    )


def _add_reset(commands: Commands) -> None:
    reset = add_command(
        commands,
        "reset",
        _reset,
        summary="begin one exercise anew; your version is kept beside it",
        description="Restores one exercise in my_work/. Your version is first kept under a new name, "
        "for example my_work/01_ticket_spend.before-reset-1.ipynb.",
        examples=("labkit reset 01", "labkit reset 01_ticket_spend --yes"),
    )
    reset.add_argument("name", metavar="NAME", help="number or file name of the exercise, such as 01")
    reset.add_argument("--yes", action="store_true", help="do not ask first")


def _add_student(commands: Commands) -> None:
    student = add_command(
        commands,
        "student",
        _student,
        summary="in a class: say or correct the student id that your numbers are drawn from",
        description="In a class the numbers of an exercise are drawn from your student id. Without ID this says which "
        "id is known; with ID it is corrected. Then run the cell with given(...) again.",
        examples=("labkit student", "labkit student s1234567"),
    )
    student.add_argument("id", metavar="ID", nargs="?", help="your student id, as on the class list")


def _add_serve(commands: Commands) -> None:
    serve = add_command(
        commands,
        "serve",
        _serve,
        summary="run a local OpenAI-compatible endpoint, with faults and a billing log",
        description="Serves simulated and pocket models at an address that only this machine reaches, until Ctrl-C. "
        "Calls fail as a plan says: a JSON object such as "
        '{"seed": 1, "models": {"premium": {"attempts": [429, "timeout", "ok"]}}}, whose fields are those of '
        "labkit_agents.server.FaultPlan.",
        examples=("labkit serve", "labkit serve --port 8000 --plan plan.json --log calls.jsonl"),
    )
    serve.add_argument("--port", type=int, default=0, metavar="N", help="the port; a free one if not given")
    serve.add_argument("--plan", metavar="FILE", help="a JSON file that says what goes wrong; nothing if not given")
    serve.add_argument(
        "--pace", type=float, default=0.0, metavar="X", help="real seconds for each second of the card; 0"
    )
    serve.add_argument(
        "--log", metavar="FILE", help="append each call that has ended to this file, a line of JSON each"
    )
    serve.add_argument("--models", nargs="+", metavar="NAME", help="serve these models alone; all if not given")


OWN = {
    "table": _add_table, "doctor": _add_doctor, "start": _add_start, "status": _add_status, "reset": _add_reset,
    "student": _add_student, "serve": _add_serve, **TRACES,
}  # fmt: skip
"""The commands of this package: for these no other package is loaded."""


def _table(arguments: argparse.Namespace) -> int:
    from . import textbook  # noqa: PLC0415 (computed only when asked for)

    print(textbook.render(arguments.format).rstrip("\n"))
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from labkit_workbook.installation import doctor  # noqa: PLC0415 (looks at packages only when asked to)

    report = doctor()
    print(report)
    return 0 if report.ok else 1


def _start(_: argparse.Namespace) -> int:
    from labkit_workbook.my_work import copies  # noqa: PLC0415 (loaded only when asked for)

    report = copies.start(find_root())
    print(report)
    return 0 if report.ok else 1


def _status(_: argparse.Namespace) -> int:
    from labkit_workbook.my_work import progress  # noqa: PLC0415 (loaded only when asked for)

    print(progress.render_status(progress.status(find_root())))
    return 0


def _reset(arguments: argparse.Namespace) -> int:
    from labkit_workbook.my_work import copies  # noqa: PLC0415 (loaded only when asked for)

    root = find_root()
    exercise = copies.find_exercise(root, arguments.name)
    if not arguments.yes and not _ask_agreement(f"Begin {exercise.stem} anew? Your version is kept. [y/N] "):
        print("Nothing was changed. To agree beforehand, add --yes.")
        return 1
    print(copies.reset(root, arguments.name))
    return 0


def _student(arguments: argparse.Namespace) -> int:
    from labkit_workbook.numbers import drawn, student_id  # noqa: PLC0415 (only a class needs them)

    name = drawn.this_class().name
    if not name:
        print("This copy is for no class: everybody has the text's numbers, and no id is needed.")
        return 1
    find_root()  # an error in words outside the course's folder, where the notebooks would not find the id
    if arguments.id is not None and not student_id.remember(arguments.id):
        print(f"Nothing can be saved here. Set the environment variable {student_id.VARIABLE} to your id.")
        return 1
    student = student_id.known_id()
    print(f"Student {student}, class {name}." if student else f"No student id is known yet, class {name}.")
    if arguments.id is not None and not drawn.same(student, arguments.id):
        print(f"The environment variable {student_id.VARIABLE} says so; it comes before what you typed.")
    return 0 if student else 1


def _serve(arguments: argparse.Namespace) -> int:
    from labkit_agents.server.command import run  # noqa: PLC0415 (loaded only when asked for)

    return run(arguments.port, arguments.plan, arguments.pace, arguments.log, arguments.models)


def _ask_agreement(question: str) -> bool:
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
