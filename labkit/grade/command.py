"""Commands for a class: ``labkit grade``, ``labkit demo-class`` and their neighbours."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from .gradescope_command import add_parser as add_gradescope
from .release_command import add_parser as add_release
from .rubric_command import add_parser as add_rubric

LONGEST_SEC = 3600


def add_parsers(commands: Any) -> None:
    """Add the commands of a class to the ``labkit`` command."""
    add_release(commands)
    _add_demo(commands)
    _add_grade(commands)
    add_rubric(commands)
    add_gradescope(commands)


def _add_grade(commands: Any) -> None:
    grade = commands.add_parser(
        "grade",
        help="grade a folder of notebooks, each behind a wall",
        description="Grades a folder of notebooks from students you need not trust. Every notebook runs in a process "
        "of its own that can read nothing of yours, write only to a folder that goes with it, and reach no network; it "
        "knows no answers. The "
        "wall is tried before anything is graded, and nothing is graded where it does not hold.",
        epilog="example: labkit grade submissions --out results    (the same line again resumes a broken run)",
    )
    grade.add_argument("folder", type=Path, help="FOLDER/STUDENT/NAME.ipynb, or as Canvas, Moodle or nbgrader give it")
    grade.add_argument(
        "--out", type=Path, required=True, help="folder for the results; an earlier run in it is resumed"
    )
    grade.add_argument(
        "--students",
        type=Path,
        help="CSV with the ids of the class: its column student, id or login, or else its first",
    )
    grade.add_argument("--class", dest="class_name", default="", metavar="NAME", help="the NAME of labkit release")
    grade.add_argument("--key-file", type=Path, metavar="F", help="the course key that labkit release wrote")
    grade.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (the number of cores)")
    grade.add_argument("--timeout", type=float, default=30.0, help="seconds for one notebook (30)")
    walls = grade.add_mutually_exclusive_group()
    walls.add_argument("--strict", action="store_true", help="a second wall, bubblewrap, around the first")
    walls.add_argument(
        "--i-trust-these-students", action="store_true", help="no wall: their code runs with your rights, as you"
    )
    grade.add_argument("--dask", metavar="ADDRESS", help="send the work to the dask scheduler at ADDRESS")
    grade.set_defaults(run=_grade)


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser(
        "demo-class",
        help="make a class of 300 submissions to try grading with",
        description="Writes made submissions: right ones, one for each registered mistake, broken ones, a few hostile.",
        epilog="example: labkit demo-class demo && labkit grade demo --out results",
    )
    demo.add_argument("out", type=Path, help="a folder that is not there yet")
    demo.add_argument("--students", type=int, default=300, help="how many (300)")
    demo.add_argument("--class", dest="class_name", default="", metavar="NAME", help="answer with the class's numbers")
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> int:
    from .demo import make_class  # noqa: PLC0415  (loaded when it is asked for)

    made = make_class(arguments.out, arguments.students, arguments.class_name)
    print(f"{made} submissions are in {arguments.out}.")
    return 0


def _grade(arguments: argparse.Namespace) -> int:
    from .worker import Refused  # noqa: PLC0415  (loaded when it is asked for)

    if arguments.jobs < 1 or not 0 < arguments.timeout < LONGEST_SEC:
        raise ValueError(
            f"--jobs must be above 0 and --timeout from 0 to {LONGEST_SEC} seconds, "
            f"got {arguments.jobs} and {arguments.timeout:g}"
        )
    if arguments.key_file and not arguments.key_file.is_file():
        raise ValueError(f"--key-file: there is no file {arguments.key_file}; name the one that `labkit release` wrote")
    before = students_of(arguments.out)
    try:
        report = _graded(arguments)
    except Refused as refusal:
        print(f"Nothing was graded: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. What was graded is kept; the same line goes on from there.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        raise  # the reader has read enough
    except OSError as problem:
        raise ValueError(
            f"{problem.filename or arguments.out}: {problem.strerror or problem}. What was graded is kept; when this "
            "is put right, the same line goes on from there"
        ) from None
    tell(report)
    for warning in warnings(report, arguments, before):
        print(warning, file=sys.stderr)
    return 0 if report.found.students else 1


def _graded(arguments: argparse.Namespace) -> Any:
    """Grade as the arguments say, here or on a cluster."""
    from .cluster import dask_executor  # noqa: PLC0415  (loaded when it is asked for)
    from .keys import read_key  # noqa: PLC0415
    from .run import grade_folder  # noqa: PLC0415
    from .submissions import read_roster  # noqa: PLC0415

    here: Any = nullcontext((None, arguments.jobs))
    mode = "strict" if arguments.strict else "trusted" if arguments.i_trust_these_students else "standard"
    roster = read_roster(arguments.students) if arguments.students else None
    key = read_key(arguments.key_file) if arguments.key_file else ""
    with dask_executor(arguments.dask) if arguments.dask else here as (executor, jobs):
        return grade_folder(
            arguments.folder, arguments.out, roster=roster, class_name=arguments.class_name, key=key, jobs=jobs,
            timeout=arguments.timeout, mode=mode, executor=executor, tell=progress(),
        )  # fmt: skip


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


def students_of(out: Path) -> list[str]:
    """Who had a row in the results that lie in ``out``; nobody where there are none."""
    from .outputs import roll_of  # noqa: PLC0415  (loaded when it is asked for)

    try:
        return list(roll_of(out).students)
    except ValueError:
        return []


def warnings(report: Any, arguments: argparse.Namespace, before: Sequence[str]) -> list[str]:
    """What looks like a slip of whoever typed the line: nothing found, rows gone, marks by hand for nobody.

    Args:
        report: what the run did.
        arguments: of the command.
        before: who had a row in the same folder of results before this run.
    """
    from .grades import overrides  # noqa: PLC0415  (loaded when it is asked for)

    now = set(report.found.students)
    gone = [student for student in before if student not in now]
    nobody = sorted({student for student, _, _ in overrides(arguments.out)} - now - set(gone))
    lines = []
    if not now:
        lines.append(f"{arguments.folder} holds no submission. Is it the folder with the students' folders?")
    if gone:
        lines.append(
            f"{len(gone)} students of an earlier run are not in {arguments.folder} and have no row now "
            f"({shortened(gone)}). Their records are kept: grade the whole folder, or name the class with --students."
        )
    if nobody:
        lines.append(f"overrides.csv has points for ids that are not in the class ({shortened(nobody)}).")
    return lines


def shortened(names: Sequence[str], most: int = 5) -> str:
    """The first few names, for a line that a person reads."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def progress() -> Callable[..., None]:
    """A line that counts, with an estimate of what is left."""
    began = time.monotonic()

    def show(done: int, of: int, placed: Any) -> None:
        left = (time.monotonic() - began) / done * (of - done)
        end = "\n" if done == of else ""
        print(f"\r{done:>5} of {of} graded, about {left:.0f} s left ", end=end, file=sys.stderr, flush=True)

    return show
