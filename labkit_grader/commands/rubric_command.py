"""``labkit rubric``: blind sheets for the free-text answers, and their marks read back."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

from labkit_workbook._subcommands import Commands, add_command


def add_parser(commands: Commands) -> None:
    """Add the command to the ``labkit`` command."""
    rubric = add_command(
        commands,
        "rubric",
        _rubric,
        summary="mark the free-text answers without names",
        description="Writes RESULTS/rubric/: a page for each free-text question that somebody answered, with the "
        "answers in drawn order under codes, and marks.csv for the points. Type it again after late submissions: what "
        "was filled in stays. With --read the marks go from marks.csv into overrides.csv, and grades, pages and tables "
        "are written again.",
        examples=("labkit rubric results", "labkit rubric results --read"),
    )
    rubric.add_argument("results", type=Path, help="the folder that `labkit grade` wrote with --out")
    rubric.add_argument("--seed", type=int, help="draw order and codes from this number; without it, from a random one")
    rubric.add_argument("--read", action="store_true", help="read the marks back from rubric/marks.csv")


def _rubric(arguments: argparse.Namespace) -> int:
    from ..record.run_lock import only_run  # noqa: PLC0415  (loaded when it is asked for)

    there = arguments.results.is_dir()
    with only_run(arguments.results) if there else nullcontext():  # grading writes the same files
        return _written_or_read(arguments)


def _written_or_read(arguments: argparse.Namespace) -> int:
    from ..record.record_types import insist_on_types  # noqa: PLC0415
    from ..rubric import rubric, rubric_marks  # noqa: PLC0415  (loaded when it is asked for)

    insist_on_types(arguments.results / "results.jsonl")
    if arguments.read:
        if arguments.seed is not None:
            raise ValueError("--seed and --read do not go together; the sheets have their codes")
        reading = rubric_marks.read_marks(arguments.results)
        for warning in reading.warnings:
            print(warning, file=sys.stderr)
        print(f"{reading.marks} marks read, {reading.waiting} answers not yet marked: {reading.grades}")
        return 0
    sheets = rubric.write_blind_sheets(arguments.results, arguments.seed)
    for path in sheets.paths:
        print(path)
    if sheets.without:
        print(f"No sheet, for nobody handed in an answer: {', '.join(sheets.without)}")
    if not sheets.answers:
        return 0
    print(f"{sheets.answers} answers, {sheets.waiting} not yet marked. Give points in {sheets.table}, then:")
    print(f"  labkit rubric {arguments.results} --read")
    print("codes.csv beside it says who is who; do not open it before all is marked.")
    return 0
