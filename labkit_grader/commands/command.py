"""Commands for a class: ``labkit grade``, ``labkit demo-class`` and their neighbours."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit_workbook._subcommands import Commands, add_command

from .gradescope_command import add_parser as add_gradescope
from .options import add_class_name, add_key_file, add_timeout, exercise_named, insist_on_timeout, key_in
from .release_command import add_parser as add_release
from .rubric_command import add_parser as add_rubric

if TYPE_CHECKING:
    from ..record.last_run import Said

EXAMPLES = """\
  labkit release BUNDLE           write the copy of the course that students get
  labkit grade FOLDER --out R     grade a folder of submissions behind a wall
"""


def add_parsers(commands: Commands) -> None:
    """Add the commands of a class to the ``labkit`` command."""
    add_release(commands)
    _add_demo(commands)
    _add_grade(commands)
    add_rubric(commands)
    add_gradescope(commands)


def _add_grade(commands: Commands) -> None:
    grade = add_command(
        commands,
        "grade",
        _grade,
        summary="grade a folder of notebooks, each behind a wall",
        description="Grades a folder of notebooks from students you need not trust. Every notebook runs in a process "
        "of its own that can read nothing of yours, write only to a folder that goes with it, and reach no network; it "
        "knows no answers. The wall is tried before anything is graded, and nothing is graded where it does not hold. "
        "The same line again resumes a broken run.",
        examples=("labkit grade submissions --out results", "labkit grade results --why ada"),
    )
    _add_what(grade)
    _add_how(grade)


def _add_what(grade: argparse.ArgumentParser) -> None:
    """Which submissions, of whom, and where to."""
    grade.add_argument("folder", type=Path, help="FOLDER/STUDENT/NAME.ipynb, or as Canvas, Moodle or nbgrader give it")
    grade.add_argument("--out", type=Path, help="folder for the results; an earlier run in it is resumed")
    grade.add_argument(
        "--why",
        metavar="STUDENT",
        help="grade nothing: FOLDER is a folder of results; print from it what happened to this student's work",
    )
    grade.add_argument(
        "--students",
        type=Path,
        help="CSV with the ids of the class: its column id, login or student, or else its first; by the columns "
        "canvas_id and moodle_id, where there are any, downloads are read and those platforms' tables written; so is "
        "Canvas' own gradebook",
    )
    add_class_name(grade)
    add_key_file(grade, "the course key that labkit release wrote")
    grade.add_argument(
        "--exercise", action="append", default=[], metavar="NUMBER", help="only this exercise (may be repeated)"
    )
    grade.add_argument(
        "--attempt",
        choices=("latest", "best"),
        default="latest",
        help="which of several uploads of a student counts (latest)",
    )
    grade.add_argument(
        "--due",
        metavar="WHEN",
        help="when the work is due, such as '2026-10-12 23:59'; what lateness costs stands in OUT/policy.csv",
    )


def _add_how(grade: argparse.ArgumentParser) -> None:
    """By how many, for how long, behind which wall."""
    grade.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (the number of cores)")
    add_timeout(grade)
    walls = grade.add_mutually_exclusive_group()
    walls.add_argument("--strict", action="store_true", help="a second wall, bubblewrap, around the first")
    walls.add_argument(
        "--i-trust-these-students", action="store_true", help="no wall: their code runs with your rights, as you"
    )
    grade.add_argument("--dask", metavar="ADDRESS", help="send the work to the dask scheduler at ADDRESS")


def _add_demo(commands: Commands) -> None:
    demo = add_command(
        commands,
        "demo-class",
        _demo,
        summary="make a class of 300 submissions to try grading with",
        description="Writes made submissions: right ones, one for each registered mistake, broken ones, a few hostile.",
        examples=("labkit demo-class demo && labkit grade demo --out results",),
    )
    demo.add_argument("out", type=Path, help="a folder that is not there yet")
    demo.add_argument("--students", type=int, default=300, help="how many (300)")
    add_class_name(demo, "answer with the class's numbers")


def _demo(arguments: argparse.Namespace) -> int:
    from ..release.demo import make_class  # noqa: PLC0415  (loaded when it is asked for)

    made = make_class(arguments.out, arguments.students, arguments.class_name)
    print(f"{made} submissions are in {arguments.out}.")
    return 0


def _why(results: Path, student: str) -> int:
    """Print why a student has these points."""
    from ..intake.roster import kept_platform_ids  # noqa: PLC0415  (loaded when it is asked for)
    from ..judge.outputs import gradebook_in  # noqa: PLC0415
    from ..reports.why import explanation  # noqa: PLC0415

    print("\n".join(explanation(student, gradebook_in(results), kept_platform_ids(results).ids)))
    return 0


def _grade(arguments: argparse.Namespace) -> int:
    if arguments.why is not None:
        return _why(arguments.folder, arguments.why)
    if arguments.out is None:
        raise ValueError("--out is missing: name a folder for the results")
    if arguments.jobs < 1:
        raise ValueError(f"--jobs must be above 0, got {arguments.jobs}")
    insist_on_timeout(arguments.timeout)
    from ..record.last_run import asked, said_before  # noqa: PLC0415  (loaded when it is asked for)

    options = {name: value for name, value in vars(arguments).items() if name not in ("run", "jobs", "folder", "out")}
    of = asked(arguments.folder, arguments.out, options)
    said = said_before(arguments.out, of)
    return _grade_anew(arguments, of) if said is None else _say_again(said)


def _say_again(said: Said) -> int:
    """The words of the last run, where nothing has changed since: the wall is not tried, and no page drawn again."""
    print("\n".join(said.lines))
    for warning in said.warnings:
        print(warning, file=sys.stderr)
    return said.status


def _grade_anew(arguments: argparse.Namespace, of: str) -> int:
    """Grade, say what was done, and keep the words; ``of`` is a hash of what was asked."""
    from ..judge.class_warnings import students_of, warnings_in  # noqa: PLC0415  (loaded when it is asked for)
    from ..judge.outputs import next_due  # noqa: PLC0415
    from ..judge.worker import Refused  # noqa: PLC0415
    from ..record.last_run import Said, keep_said  # noqa: PLC0415

    began = datetime.now()
    before = students_of(arguments.out)
    try:
        report = _grade_folder(arguments)
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
    place = report.found, arguments.folder, arguments.out
    for warning in warnings_in(*place, before, listed=bool(arguments.students)):
        print(warning, file=sys.stderr)
    if report.regrade:
        return 3
    status = 0 if report.found.placed else 1
    again = replace(report, graded=0, taken_over=report.graded + report.taken_over)
    warnings = warnings_in(*place, students_of(arguments.out), listed=bool(arguments.students))
    keep_said(arguments.out, of, Said(_words(again), warnings, status), next_due(arguments.out, began))
    return status


def _grade_folder(arguments: argparse.Namespace) -> Any:
    """Grade as the arguments say, here or on a cluster."""
    from ..intake.roster import read_class_list  # noqa: PLC0415
    from ..judge.cluster import dask_executor  # noqa: PLC0415  (loaded when it is asked for)
    from ..judge.run import Options, grade_folder  # noqa: PLC0415
    from ..record.policy_tables import time_in  # noqa: PLC0415

    here: Any = nullcontext((None, arguments.jobs))
    mode = "strict" if arguments.strict else "trusted" if arguments.i_trust_these_students else "standard"
    listed = read_class_list(arguments.students) if arguments.students else None
    key = key_in(arguments.key_file)
    options = Options(
        tuple(dict.fromkeys(exercise_named(each) for each in arguments.exercise)),
        arguments.attempt,
        time_in(arguments.due, "--due") if arguments.due else None,
    )
    with dask_executor(arguments.dask) if arguments.dask else here as (executor, jobs):
        return grade_folder(
            arguments.folder, arguments.out, class_list=listed, class_name=arguments.class_name, key=key, jobs=jobs,
            timeout=arguments.timeout, mode=mode, executor=executor, options=options, tell=progress(),
        )  # fmt: skip


def tell(report: Any) -> None:
    """What was done, and what a person should look at."""
    print("\n".join(_words(report)))
    if report.regrade:
        gave_up = " The run was given up." if report.stopped else ""
        print(
            f"{report.regrade} could not be graded through a fault of the grader, and have no points yet.{gave_up} "
            f"Most often: {report.fault}. When that is put right, type the same line again: it grades these alone.",
            file=sys.stderr,
        )


def _words(report: Any) -> list[str]:
    """What was done, a line each."""
    counts = f"{report.graded} graded, {report.taken_over} taken over, {len(report.found.students)} students"
    left = [f"not graded: {each.name or each.path.name}: {each.why}" for each in report.found.unplaced]
    return [*report.found.remarks, *left, f"{counts}: {report.grades}"]


def progress() -> Callable[..., None]:
    """A line that counts, with an estimate of what is left."""
    began = time.monotonic()

    def show(done: int, of: int, placed: Any) -> None:
        left = (time.monotonic() - began) / done * (of - done)
        end = "\n" if done == of else ""
        print(f"\r{done:>5} of {of} graded, about {left:.0f} s left ", end=end, file=sys.stderr, flush=True)

    return show
