"""Grade a folder: find the submissions, have each judged behind a wall, and write what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..questions import exercises
from . import worker
from .grades import overrides
from .judge import Verdict
from .layouts import LAYOUTS
from .outputs import Roll, keep_roll, marks_of, write_all
from .preparation import OTHER_CLASS, Prepared, prepared, record_of
from .results import Record, Store, fingerprint
from .submissions import Found, Placed, find
from .terms import Terms, agreed

AHEAD = 2  # jobs that wait for each worker
Tell = Callable[[int, int, Placed], None]


@dataclass(frozen=True)
class Report:
    """What a run did: the grades' file, how many were graded now, taken over, and left to grade again."""

    grades: Path
    graded: int
    taken_over: int
    regrade: int
    found: Found


def grade_folder(
    folder: Path,
    out: Path,
    *,
    roster: Sequence[str] | None = None,
    class_name: str = "",
    key: str = "",
    jobs: int = 1,
    timeout: float = 30.0,
    mode: str = "standard",
    executor: Executor | None = None,
    tell: Tell = lambda done, of, placed: None,
) -> Report:
    """Grade all that lies in ``folder`` and write the record, the grades, the pages and the tables into ``out``.

    Args:
        folder: the submissions, in any of the layouts of ``submissions.find``.
        out: where the results go; results that still hold are taken over, so a broken run is resumed.
        roster: the students' ids, or None to take them from the folder.
        class_name: the class the numbers were drawn for, as in ``labkit release``; empty for the text's numbers.
        key: the course key, from which hidden inputs are drawn; empty to draw them from a seed kept in ``out``.
        jobs: how many are graded at once.
        timeout: seconds for one submission.
        mode: which wall: ``"standard"``, ``"strict"`` or ``"trusted"``.
        executor: what carries the jobs; threads of this process by default. It is not shut down.
        tell: called after each: how many are done, of how many, and which.

    Raises:
        Refused: an attack of the self-test got through the wall, or there is no wall.
        ValueError: the folder cannot be read, or ``out`` holds results of another class or key.
    """
    if executor is None:
        worker.try_the_wall(mode)
    overrides(out)  # a wrong line is told before anything is graded
    terms = agreed(out, class_name, key, timeout, mode)
    rooms = {room.name: room for room in exercises() if room.number}
    found = find(folder, {name: [q.name for q in room.questions] for name, room in rooms.items()}, roster)
    store = Store(out)
    with _carrier(executor, jobs) as carrier:
        counts = _grade_all(found.placed, store, terms, carrier, AHEAD * jobs, tell)
    reasons: dict[str, str] = {}
    for left in found.unplaced:
        if left.student:
            reasons[left.student] = "; ".join(filter(None, (reasons.get(left.student), f"{left.name}: {left.why}")))
    layout = next((name for name in ("canvas", "moodle") if f"read as {LAYOUTS[name]}" in found.remarks), "")
    roll = Roll(found.students, reasons, "" if roster else layout)
    keep_roll(out, roll)
    path = write_all(out, marks_of(out, roll, store.records), roll.platform)
    current = {(placed.student, placed.exercise) for placed in found.placed}
    again = elsewhere = 0
    for at, record in store.records.items():  # one at a time: a large class needs no more memory than a small one
        again += at in current and record.status == "regrade"
        elsewhere += at in current and any(flag.startswith(OTHER_CLASS) for flag in record.flags)
    if elsewhere:
        graded_as = f"the class {terms.class_name!r}" if terms.class_name else "no class: --class is missing"
        found.remarks.append(f"{elsewhere} notebooks were worked for another class; they were graded as of {graded_as}")
    return Report(path, *counts, again, found)


@contextmanager
def _carrier(executor: Executor | None, jobs: int) -> Iterator[Executor]:
    """The executor that was given; else threads, whose warm processes end with them."""
    if executor is not None:
        yield executor
        return
    threads = ThreadPoolExecutor(max_workers=jobs)
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        worker.stop_all()
        threads.shutdown(wait=True)


def _grade_all(
    placed: Sequence[Placed], store: Store, terms: Terms, executor: Executor, ahead: int, tell: Tell
) -> tuple[int, int]:
    """Grade what is not known yet; how many were graded, and how many taken over.

    Notebooks are read as workers come free, so that a large class needs no more memory than a small one.
    """
    grader = fingerprint()
    running: dict[Future[Verdict], Prepared] = {}
    done = taken_over = 0

    def keep(each: Placed, record: Record) -> None:
        nonlocal done
        store.add(record)
        done += 1
        tell(done, len(placed), each)

    try:
        for each in placed:
            ready = prepared(each, terms, grader)
            if isinstance(ready, Record):
                keep(each, ready)
            elif store.known(each.student, each.exercise, ready.key):
                done, taken_over = done + 1, taken_over + 1
                tell(done, len(placed), each)
            else:
                job = executor.submit(worker.carry_out, ready.job, grader, terms.timeout, terms.mode)
                running[job] = ready
            while len(running) >= ahead:
                _collect(running, keep)
        while running:
            _collect(running, keep)
    finally:
        for job in running:
            job.cancel()
    return done - taken_over, taken_over


def _collect(running: dict[Future[Verdict], Prepared], keep: Callable[[Placed, Record], None]) -> None:
    """Wait until one or more jobs have ended, and keep their records."""
    ended, _ = wait(running, return_when=FIRST_COMPLETED)
    for job in ended:
        ready = running.pop(job)
        keep(ready.placed, record_of(ready, _result(job, ready)))


def _result(job: Future[Verdict], ready: Prepared) -> Verdict:
    """A job's verdict; where it was lost on the way, ``"regrade"``."""
    try:
        return job.result()
    except worker.Refused:
        raise
    except (Exception, CancelledError) as error:
        return worker.regrade(ready.job, error)
