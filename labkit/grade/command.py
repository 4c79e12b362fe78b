"""``labkit grade`` and ``labkit demo-class``: the arguments, the progress, and the words at the end."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WAY_OUT = "Grade on a 64-bit Linux machine with Linux 6.2 or newer, such as a virtual one."


def add_parsers(commands: Any) -> None:
    """Add the two commands to the ``labkit`` command."""
    grade = commands.add_parser(
        "grade",
        help="grade a folder of notebooks, each behind a wall",
        description="Grades a folder of notebooks from students you need not trust. Every notebook runs in a process "
        "of its own that can read nothing of yours, write nothing and reach no network; it knows no answers. The "
        "wall is tried before anything is graded, and nothing is graded where it does not hold.",
        epilog="example: labkit grade submissions --out results    (the same line again resumes a broken run)",
    )
    grade.add_argument("folder", type=Path, help="FOLDER/STUDENT/NAME.ipynb, or as Canvas, Moodle or nbgrader give it")
    grade.add_argument("--out", type=Path, required=True, help="folder for results.jsonl and grades.csv")
    grade.add_argument("--students", type=Path, help="CSV with the ids of the class in its first column")
    grade.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (the number of cores)")
    grade.add_argument("--timeout", type=float, default=30.0, help="seconds for one notebook (30)")
    grade.set_defaults(run=_grade)
    demo = commands.add_parser(
        "demo-class",
        help="make a class of 300 submissions to try grading with",
        description="Writes made submissions: right ones, one for each registered mistake, broken ones, a few hostile.",
        epilog="example: labkit demo-class demo && labkit grade demo --out results",
    )
    demo.add_argument("out", type=Path, help="a folder that is not there yet")
    demo.add_argument("--students", type=int, default=300, help="how many (300)")
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> int:
    from .demo import make_class  # noqa: PLC0415  (loaded when it is asked for)

    print(f"{make_class(arguments.out, arguments.students)} submissions are in {arguments.out}.")
    return 0


def _grade(arguments: argparse.Namespace) -> int:
    from . import run  # noqa: PLC0415  (loaded when it is asked for)
    from .submissions import read_roster  # noqa: PLC0415

    if arguments.jobs < 1 or arguments.timeout <= 0:
        raise ValueError(f"--jobs and --timeout must be above 0, got {arguments.jobs} and {arguments.timeout:g}")
    roster = read_roster(arguments.students) if arguments.students else None
    try:
        report = run.grade_folder(
            arguments.folder,
            arguments.out,
            roster=roster,
            jobs=arguments.jobs,
            timeout=arguments.timeout,
            tell=progress(),
        )
    except run.Refused as refusal:
        print(f"Nothing was graded: {refusal}\n{WAY_OUT}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. What was graded is kept; the same line goes on from there.", file=sys.stderr)
        return 130
    tell(report)
    return 0


def tell(report: Any) -> None:
    """What was done, and what a person should look at."""
    for remark in report.found.remarks:
        print(remark)
    for left in report.found.unplaced:
        print(f"not graded: {left.name or left.path.name}: {left.why}")
    students = len(report.found.students)
    print(f"{report.graded} graded, {report.taken_over} taken over, {students} students: {report.grades}")
    if report.regrade:
        print(f"{report.regrade} could not be graded through a fault of the grader: type the same line again")


def progress() -> Callable[..., None]:
    """A line that counts, with an estimate of what is left."""
    began = time.monotonic()

    def show(done: int, of: int, placed: Any) -> None:
        left = (time.monotonic() - began) / done * (of - done)
        end = "\n" if done == of else ""
        print(f"\r{done:>5} of {of} graded, about {left:.0f} s left ", end=end, file=sys.stderr, flush=True)

    return show
