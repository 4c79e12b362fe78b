"""Grade a folder: find the submissions, judge each in a child of its own, and write what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from ..questions import exercise, exercises
from .class_page import write_class_page
from .exports import canvas_map, moodle_map, write_gradescope, write_lms
from .judge import Job, Verdict
from .judge import grade as graded_by
from .layouts import LAYOUTS
from .notebooks import UnreadableNotebook, code_of, read_notebook
from .pages import Marks, write_pages
from .results import Record, Store, fingerprint, key_of, overrides, write_grades
from .self_test import run_self_test, verdict
from .submissions import Found, Placed, find
from .warm import Warm


class Refused(RuntimeError):
    """The grader does not run: the wall does not hold."""


@dataclass(frozen=True)
class Report:
    """What a run did: the grades' file, how many were graded now, taken over, and left to grade again."""

    grades: Path
    graded: int
    taken_over: int
    regrade: int
    found: Found


class Graders:
    """One warm process for each working thread, started when it is first needed."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.mine = threading.local()
        self.all: list[Warm] = []
        self.lock = threading.Lock()

    def grade(self, exercise_name: str, cells: Sequence[str]) -> Verdict:
        """Grade in this thread's own warm process."""
        warm: Warm | None = getattr(self.mine, "warm", None)
        if warm is None:
            warm = self.mine.warm = Warm(timeout=self.timeout)
            with self.lock:
                self.all.append(warm)
            warm.start()
        return graded_by(warm, Job(exercise_name, cells))

    def stop(self) -> None:
        """End all warm processes."""
        for warm in self.all:
            warm.__exit__()


def grade_folder(
    folder: Path,
    out: Path,
    *,
    roster: Sequence[str] | None = None,
    jobs: int = 1,
    timeout: float = 30.0,
    tell: Callable[[int, int, Placed], None] = lambda done, of, placed: None,
) -> Report:
    """Grade all that lies in ``folder`` and write the record, the grades, the pages and the tables into ``out``.

    Args:
        folder: the submissions, in any of the layouts of ``submissions.find``.
        out: where the results go; results that still hold are taken over, so a broken run is resumed.
        roster: the students' ids, or None to take them from the folder.
        jobs: how many are graded at once.
        timeout: seconds for one submission.
        tell: called after each: how many are done, of how many, and which.

    Raises:
        Refused: an attack of the self-test got through the wall, or there is no wall.
    """
    stands, words = verdict(run_self_test())
    if not stands:
        raise Refused(words)
    rooms = {room.name: room for room in exercises() if room.number}
    found = find(folder, {name: [q.name for q in room.questions] for name, room in rooms.items()}, roster)
    store = Store(out)
    counts = _grade_all(found.placed, store, jobs, timeout, tell)
    reasons: dict[str, str] = {}
    for left in found.unplaced:
        if left.student:
            reasons[left.student] = "; ".join(filter(None, (reasons.get(left.student), f"{left.name}: {left.why}")))
    path = write_grades(out, found.students, list(rooms), store, reasons)
    layout = next((name for name in ("canvas", "moodle") if f"read as {LAYOUTS[name]}" in found.remarks), "")
    marks = Marks(found.students, list(rooms.values()), store.records, overrides(out), reasons)
    write_all(out, marks, "" if roster else layout)
    current = {(placed.student, placed.exercise) for placed in found.placed}
    again = sum(record.status == "regrade" for at, record in store.records.items() if at in current)
    return Report(path, *counts, again, found)


def write_all(out: Path, marks: Marks, platform: str = "") -> None:
    """Write the pages and the tables; ``platform`` is the one whose download gave the students' ids, if one did."""
    write_pages(out / "feedback", marks)
    write_class_page(out / "class.html", marks)
    write_gradescope(out / "gradescope", marks)
    canvas = canvas_map(marks.exercises)
    for name, mapping in {"canvas": canvas, "moodle": moodle_map()}.items():
        write_lms(
            out / f"lms_{name}.csv", mapping, marks.students, marks.exercises, marks.records,
            by_hand=marks.by_hand, downloaded=platform == name, points_possible=name == "canvas",
        )  # fmt: skip


def _grade_all(
    placed: Collection[Placed], store: Store, jobs: int, timeout: float, tell: Callable[[int, int, Placed], None]
) -> tuple[int, int]:
    """Grade what is not known yet; how many were graded, and how many taken over."""
    graders, grader = Graders(timeout), fingerprint()
    graded = taken_over = 0
    executor = ThreadPoolExecutor(max_workers=jobs)
    try:
        waiting: set[Future[tuple[Placed, Record, bool]]] = {
            executor.submit(_grade_one, each, store, graders, grader) for each in placed
        }
        while waiting:
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                each, record, fresh = future.result()
                if fresh:
                    store.add(record)
                graded, taken_over = graded + fresh, taken_over + (not fresh)
                tell(graded + taken_over, len(placed), each)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        graders.stop()
    return graded, taken_over


def _grade_one(placed: Placed, store: Store, graders: Graders, grader: str) -> tuple[Placed, Record, bool]:
    """One submission's record, and whether it was made now."""
    room = exercise(placed.exercise)
    try:
        notebook = read_notebook(placed.path)
    except UnreadableNotebook as error:
        nothing = Record(
            "", placed.student, placed.exercise, placed.name, "unreadable", 0, room.points, {}, [str(error)], "", 0.0
        )
        return placed, nothing, True
    key = key_of(notebook.sha256, placed.exercise, room.text, grader)
    known = store.known(placed.student, placed.exercise, key)
    if known is not None:
        return placed, known, False
    sources = [code_of(cell) for cell in notebook.cells if cell.kind == "code"]
    dropped = sum(lines for _, lines in sources)
    try:
        result = graders.grade(placed.exercise, [source for source, _ in sources])
    except Exception as error:  # one notebook never stops the batch
        result = Verdict("regrade", {}, 0, room.points, [f"fault of the grader: {type(error).__name__}"])
    notes = [*notebook.notes, *([f"{dropped} lines of magics or shell commands were left out"] if dropped else [])]
    record = Record(
        key, placed.student, placed.exercise, placed.name, result.status, result.points, result.most,
        result.answers, [*notes, *result.notes], result.wall, result.seconds,
    )  # fmt: skip
    return placed, record, True
