"""A class of strangers graded by labkit, by nbgrader and by otter-grader, in one run and with the same notebooks.

    python benchmarks/grading.py            300 submissions by labkit, 20 by each peer, then 3,000: 15 minutes
    python benchmarks/grading.py --quick    30, 10 and 300, as make bench does; otter-grader a third as many

The class: right, one registered mistake, half done, untouched, and stopping with an error, in turn, over exercises 01
to 05 (the later ones run a lab). Nothing in it hangs or ends its process, for a peer would stand still. Points are
compared before times.

Rates are submissions per second of processor time, all processes of a grader together, for that is what one core
gives; wall time stands beside it. A peer grades a few of the notebooks: nbgrader twice, a small class and a larger
one, from which its start-up and its time for one more follow; otter-grader has no command for a class without Docker,
so that each notebook is a start of its own.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import fork_seconds
from measure import row as print_row

from labkit_workbook.questions import exercises

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests" / "grader" / "peers"))
from handed_in import filled, half, loaded, solved, with_a_mistake, write
from nbgrader_course import NAMES, ROOT, nbgrader, set_up

PROMISED_RATIO = 15
MOST_GROWTH = 1.25  # of the judge's memory, when the class is ten times as large
MOST_TIME = 12  # times as long, for a class ten times as large
LAST = "05"  # later exercises run a lab for seconds, the same in every grader: it would measure the lab
GRADED = [
    (name, exercise)
    for exercise in exercises()
    if (name := f"{exercise.number}_{exercise.name}") in NAMES and exercise.number <= LAST
]
BROKEN = "prices = {}\nprices['premium'] * 12"
JUDGE = """\
import resource, sys
from labkit_workbook.cli import main
status = main(["grade", sys.argv[1], "--out", sys.argv[2], "--jobs", "1"])
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print("peak", int(peak[0]) / 1024)
sys.exit(status)
"""
OTTER_TEST = """\
>>> from labkit_workbook.feedback import judge
>>> from labkit_workbook.questions import exercise
>>> judge("{exercise}.{question}", {question}, exercise("{exercise}").text, earlier=globals()).status in {enough}
True"""
Points = Mapping[str, float]


@dataclass(frozen=True)
class Taken:
    """Seconds: of all processors together, and on the clock."""

    cpu: float
    wall: float

    def __sub__(self, other: Taken) -> Taken:
        return Taken(self.cpu - other.cpu, self.wall - other.wall)

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.cpu + other.cpu, self.wall + other.wall)

    def times(self, n: float) -> Taken:
        """For n as many."""
        return Taken(self.cpu * n, self.wall * n)


def timed(work: Callable[[], object]) -> Taken:
    """The time of the processes that the work starts and waits for, and theirs."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return Taken(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, ended - began)


# ---- the class --------------------------------------------------------------------------------------------


def hand_in(release: Path, submitted: Path, numbers: Sequence[int]) -> None:
    """Write the notebooks of these students in nbgrader's layout."""
    released = {name: loaded(release / name / f"{name}.ipynb") for name, _ in GRADED}
    right = {name: solved(loaded(ROOT / "solutions" / f"{name}.ipynb")) for name, _ in GRADED}
    for number in numbers:
        name, exercise = GRADED[number % len(GRADED)]
        kind = number // len(GRADED) % 5
        answers = (
            right[name], with_a_mistake(exercise, right[name], number), half(right[name]), {}, right[name],
        )[kind]  # fmt: skip
        notebook = filled(released[name], answers, BROKEN if kind == 4 else "")
        write(submitted / f"student-{number:04}" / name / f"{name}.ipynb", notebook)


# ---- the graders ------------------------------------------------------------------------------------------


def by_labkit(course: Path, out: Path) -> tuple[Taken, float, Points]:
    """Time, the judge's peak memory in MiB, and the points."""
    said: list[str] = []

    def work() -> None:
        command = [sys.executable, "-c", JUDGE, str(course), str(out)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said.append(done.stdout.split()[-1])

    taken = timed(work)
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        points = {row["student"]: float(row["total"]) for row in csv.DictReader(file)}
    return taken, float(said[0]), points


def by_nbgrader(course: Path, numbers: Sequence[int]) -> tuple[Taken, Points]:
    """Time and points of `nbgrader autograde`, once for each exercise."""
    from nbgrader.api import Gradebook  # noqa: PLC0415  (not everybody has it)

    hand_in(course / "release", course / "submitted", numbers)
    taken = timed(lambda: [nbgrader(course, "autograde", name) for name, _ in GRADED])
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        found = [each for name, _ in GRADED for each in book.assignment_submissions(name)]
        return taken, {each.student.id: each.code_score for each in found}


def by_otter(course: Path, folder: Path, numbers: Sequence[int]) -> tuple[Taken, Points]:
    """Time and points of `otter run`, once for each notebook."""
    for name, exercise in GRADED:
        tests = folder / name / "tests"
        tests.mkdir(parents=True)
        for question in exercise.questions:
            share = question.follows.share if question.follows else 0.0  # for what follows from a wrong answer
            cases = [
                {"code": OTTER_TEST.format(exercise=exercise.name, question=question.name, enough=enough),
                 "hidden": False, "points": part * question.points}
                for enough, part in ((("right", "follows"), share), (("right",), 1.0 - share)) if part
            ]  # fmt: skip
            suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
            test = {"name": question.name, "points": None, "suites": [suite]}
            (tests / f"{question.name}.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n", encoding="utf-8")
        otter(folder / name, "generate", "-t", "tests", "-o", "autograder.zip")
    points: dict[str, float] = {}

    def work() -> None:
        for number in numbers:
            (name, _), student = GRADED[number % len(GRADED)], f"student-{number:04}"
            otter(
                folder / name,
                "run",
                "-a",
                "autograder.zip",
                str(course / "submitted" / student / name / f"{name}.ipynb"),
            )
            results = json.loads((folder / name / "results.json").read_text(encoding="utf-8"))
            points[student] = sum(test.get("score", 0) for test in results["tests"])

    return timed(work), points


def otter(folder: Path, *arguments: str) -> None:
    """Run one of otter-grader's commands."""
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    subprocess.run(
        [sys.executable, "-m", "otter", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": os.pathsep.join(places)},
        capture_output=True,
        check=True,
    )


# ---- the report -------------------------------------------------------------------------------------------


def agree(peer: str, theirs: Points, ours: Points) -> None:
    """Stop where two graders differ on a notebook."""
    differ = {student: (points, ours[student]) for student, points in theirs.items() if points != ours[student]}
    if differ:
        raise SystemExit(f"{peer} and labkit differ, as in {next(iter(differ.items()))}")


def row(grader: str, taken: Taken, n: int, more: str = "") -> None:
    """One line: for a class of n."""
    print(
        f"grading  {grader:<13}{taken.cpu / n:7.3f} s of processor and {taken.wall / n:6.3f} s on the clock a notebook"
        f"{more}",
        flush=True,
    )


def nbgrader_row(course: Path, few: int, students: int, ours: Taken, points: Points) -> float:
    """Grade a few notebooks, tell start-up from the time for one more, and compare; processor seconds of one more."""
    starts, _ = by_nbgrader(course, range(len(GRADED)))
    taken, theirs = by_nbgrader(course, range(len(GRADED), len(GRADED) + few))
    agree("nbgrader", theirs, points)
    one = (taken - starts).times(1 / (few - len(GRADED)))
    whole = starts + one.times(students - len(GRADED))
    ratio = whole.cpu / ours.cpu
    note = "nbgrader; a fork"
    print_row(f"grading, each of {students:,}", ours.cpu / students, whole.cpu / students, fork_seconds(), "s", note)
    row("nbgrader", whole, students, f", start-ups included; labkit has {ratio:.0f} times its rate per core")
    print(f"         ({len(GRADED)} notebooks took {starts.wall:.0f} s, {few} took {taken.wall:.0f} s)")
    return one.cpu


def otter_row(course: Path, folder: Path, few: int, students: int, ours: Taken, points: Points) -> None:
    """Grade a few notebooks with otter-grader, and compare."""
    taken, theirs = by_otter(course, folder, range(few))
    agree("otter-grader", theirs, points)
    ratio = taken.cpu / few * students / ours.cpu
    row("otter-grader", taken, few, f", a start-up each; labkit has {ratio:.0f} times its rate per core")


def growth_row(place: Path, students: int, ours: Taken, peak: float, one: float) -> bool:
    """Grade a class ten times as large, and compare one more with nbgrader's; are memory and time as promised?"""
    hand_in(place / "course" / "release", place / "large" / "submitted", range(10 * students))
    taken, most, _ = by_labkit(place / "large", place / "large-out")
    print(f"grading  the judge's peak memory: {peak:.0f} MiB for {students:,}, {most:.0f} MiB for {10 * students:,}")
    print(f"         the larger class took {taken.cpu / ours.cpu:.1f} times the processor time")
    ours_one = (taken.cpu - ours.cpu) / (9 * students)
    print_row("grading, one notebook more", ours_one, one, fork_seconds(), "s", "nbgrader; a fork")
    return most <= MOST_GROWTH * peak and taken.cpu <= MOST_TIME * ours.cpu and one >= PROMISED_RATIO * ours_one


def main(quick: bool) -> bool:
    """Print the rows; is what was promised kept?"""
    few, students = (2 * len(GRADED), 30) if quick else (4 * len(GRADED), 300)
    if any(importlib.util.find_spec(name) is None for name in ("nbgrader", "otter")):
        print('grading  left out: it needs nbgrader and otter-grader, as pip install -e ".[peers]" gives them')
        return True
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as scratch:
        place = Path(scratch)
        course = place / "course"
        set_up(course)
        for name, _ in GRADED:
            nbgrader(course, "generate_assignment", name)
        hand_in(course / "release", place / "class" / "submitted", range(students))
        print(f"grading  {students} submissions by labkit, one at a time; {few} of them by each peer")
        ours, peak, points = by_labkit(place / "class", place / "out")
        row("labkit", ours, students, f", all files included; {students / ours.cpu:.0f} a second per core")
        one = nbgrader_row(course, few, students, ours, points)
        otter_row(course, place / "otter", few // 3, students, ours, points)  # a start-up each: few are enough
        kept = growth_row(place, students, ours, peak, one)
    print(f"         promised: one more at {PROMISED_RATIO} times nbgrader's rate; ten times as many, at most ", end="")
    print(f"{MOST_GROWTH:g} times the memory and {MOST_TIME} times the time")
    return kept


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller class")
    raise SystemExit(0 if main(parser.parse_args().quick) else 1)
