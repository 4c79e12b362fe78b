"""What carries a job out, in this process or on another machine: a wall that was tried, and a warm process a thread."""

from __future__ import annotations

import atexit
import threading
from dataclasses import dataclass, field

from labkit_workbook.questions import exercise, exercises

from ..record.results import fingerprint
from ..self_test.self_test import verdict
from ..wall.kernel import WallError
from .judge import Job, Verdict, grade
from .second_wall import tried
from .surroundings import what_is_missing
from .warm import GraderFault, Warm

MADE = "with open('made', 'wb') as file:\n    file.write(bytes(2**20))\nimport numpy, matplotlib.pyplot"
CANNOT_RUN = "a made notebook could not be run here, so no student's can: {}"


class Refused(RuntimeError):
    """The grader does not run: the wall does not hold, or another labkit is installed where the work was sent."""


@dataclass
class _Process:
    """What the threads of one process share."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    tried: set[str] = field(default_factory=set)
    warm: list[Warm] = field(default_factory=list)
    spare: Warm | None = None
    mine: threading.local = field(default_factory=threading.local)


_process = _Process()


def try_the_wall(mode: str) -> None:
    """Attack the wall, once in each process.

    Raises:
        Refused: an attack got through, or there is no wall.
    """
    with _process.lock:
        if mode not in _process.tried:
            missing = what_is_missing()
            if missing:
                raise Refused(missing)
            stands, words = verdict(tried(mode), mode)
            if not stands:
                raise Refused(words)
            _process.spare = rehearsed(mode)
            _process.tried.add(mode)


def rehearsed(mode: str) -> Warm:
    """A warm process that has run a made notebook just as it will run a student's: same user, folder and limits.

    Raises:
        Refused: it could not.
    """
    first = next(each for each in exercises() if each.number)
    name, number = next(
        (q.name, q.expected(first.text)) for q in first.questions if isinstance(q.answer(first.text), float)
    )
    try:
        warm = Warm(mode=mode)
    except (OSError, WallError) as error:
        raise Refused(CANNOT_RUN.format(error)) from None
    try:
        warm.start()
        made = grade(warm, Job(first.name, [MADE, f"{name} = {number!r}"]))
        words = "; ".join(made.notes)
    except (OSError, WallError, GraderFault) as error:
        made, words = None, str(error)
    if made is None or made.status != "graded" or made.answers[name]["status"] != "right" or made.notes:
        warm.__exit__()
        raise Refused(CANNOT_RUN.format(words))
    return warm


def carry_out(job: Job, grader: str, timeout: float, mode: str) -> Verdict:
    """Grade one submission here; a fault of the grader's own is ``"regrade"``.

    Args:
        job: the submission.
        grader: the fingerprint of the labkit that sent it.
        timeout: seconds for it.
        mode: which wall.

    Raises:
        Refused: the wall does not hold here, or labkit differs here.
    """
    if grader != fingerprint():
        raise Refused("a worker has another version of labkit than the grader; install the same one everywhere")
    try_the_wall(mode)
    try:
        return grade(_warm(timeout, mode), job)
    except Exception as error:  # one notebook never stops the batch
        stop_mine()
        return regrade(job, error)


def regrade(job: Job, error: BaseException) -> Verdict:
    """The verdict on a submission that the grader failed."""
    words = f"fault of the grader: {type(error).__name__}: {error}"
    return Verdict("regrade", {}, 0, exercise(job.exercise).points, [words])


def _warm(timeout: float, mode: str) -> Warm:
    """This thread's warm process."""
    warm: Warm | None = getattr(_process.mine, "warm", None)
    if warm is None or (warm.timeout, warm.mode) != (timeout, mode):
        stop_mine()
        with _process.lock:
            spare, _process.spare = _process.spare, None
        if spare is not None and (spare.timeout, spare.mode) != (timeout, mode):
            spare.__exit__()
            spare = None
        warm = spare or Warm(timeout=timeout, mode=mode)
        with _process.lock:
            _process.warm.append(warm)
        _process.mine.warm = warm
        if spare is None:
            warm.start()
    return warm


def stop_mine() -> None:
    """End this thread's warm process; the next job starts another."""
    warm: Warm | None = getattr(_process.mine, "warm", None)
    _process.mine.warm = None
    if warm is not None:
        warm.__exit__()


@atexit.register
def stop_all() -> None:
    """End every warm process of this process; no thread may be grading."""
    with _process.lock:
        warm, _process.warm = _process.warm, []
        spare, _process.spare = _process.spare, None
    for each in [*warm, *([spare] if spare else [])]:
        each.__exit__()
    _process.mine = threading.local()
