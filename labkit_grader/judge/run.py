"""Grade a folder: find the submissions, have each judged behind a wall, and write what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from labkit_workbook.questions import Exercise, exercises

from ..intake.roster import ClassList, by_number, keep_platform_ids
from ..intake.submissions import RULE, Found, Placed, find
from ..platforms import PLATFORMS
from ..record.overrides import read_overrides
from ..record.policy import Policy
from ..record.policy_tables import read_policy
from ..record.record_types import insist_on_types
from ..record.results import Record, Store, fingerprint
from ..record.run_lock import only_run
from ..reports.html import insist_on_jinja
from ..reports.similar import write_similar
from ..wall import TIMEOUT_SEC
from . import worker
from .judge import Verdict
from .outputs import Roll, gradebook_of, keep_roll, roll_before, write_all
from .preparation import OTHER_CLASS, Prepared, prepared, record_of
from .run_settings import RunSettings, agreed
from .tally import MOST_FAULTS, Tally

ATTEMPTS = ("latest", "best")
AHEAD = 2  # jobs that wait for each worker
NOT_TRIED = f"not tried, after {MOST_FAULTS} faults in a row"
Tell = Callable[[int, int, Placed], None]


@dataclass(frozen=True)
class Options:
    """What of a run a teacher may want otherwise.

    Attributes:
        exercises: the names of those that are graded and shown; all where there are none.
        attempt: of several uploads of one student the ``"latest"`` counts, or the ``"best"``.
        due: when everything is due whose line in policy.csv has no date; None takes over the earlier run's.
    """

    exercises: Sequence[str] = ()
    attempt: str = "latest"
    due: datetime | None = None

    def __post_init__(self) -> None:
        if self.attempt not in ATTEMPTS:
            raise ValueError(f"attempt is {' or '.join(ATTEMPTS)}, got {self.attempt!r}")


@dataclass(frozen=True)
class Report:
    """What a run did: the grades' file, how many were graded now, taken over, and left to grade again.

    ``fault`` is the commonest reason for that, and ``stopped`` says that the run was given up for it.
    """

    grades: Path
    graded: int
    taken_over: int
    regrade: int
    found: Found
    fault: str = ""
    stopped: bool = False


def grade_folder(
    folder: Path,
    out: Path,
    *,
    class_list: ClassList | None = None,
    class_name: str = "",
    key: str = "",
    jobs: int = 1,
    timeout: float = TIMEOUT_SEC,
    mode: str = "standard",
    executor: Executor | None = None,
    options: Options | None = None,
    tell: Tell = lambda done, of, placed: None,
) -> Report:
    """Grade all that lies in ``folder`` and write the record, the grades, the pages and the tables into ``out``.

    Args:
        folder: the submissions, in any of the layouts of ``submissions.find``.
        out: where the results go; results that still hold are taken over, so a broken run is resumed.
        class_list: who is in the class, and how the platforms know them; None to take the ids from the folder.
        class_name: the class the numbers were drawn for, as in ``labkit release``; empty for the text's numbers.
        key: the course key, from which hidden inputs are drawn; empty to draw them from a seed kept in ``out``.
        jobs: how many are graded at once.
        timeout: seconds for one submission.
        mode: which wall: ``"standard"``, ``"strict"`` or ``"trusted"``.
        executor: what carries the jobs; threads of this process by default. It is not shut down.
        options: which exercises, which of several attempts, when all is due.
        tell: called after each: how many are done, of how many, and which.

    Raises:
        Refused: an attack of the self-test got through the wall, or there is no wall.
        ValueError: the folder cannot be read, another run is writing to ``out``, or ``out`` holds results of another
            class or key, or a line of the record that is wrong.
    """
    insist_on_jinja()
    insist_on_own_folder(out, folder)
    options = options or Options()
    if executor is None:
        worker.try_the_wall(mode)
    read_overrides(out)  # a wrong line is told before anything is graded
    policy = read_policy(out, due=options.due or roll_before(out).due)
    listed = class_list or ClassList()
    found = _find_work(folder, listed, policy, options)
    with only_run(out):
        settings = agreed(out, class_name, key, timeout, mode)
        store = Store(out)
        insist_on_types(store.path)
        attempts = [*found.earlier, *found.placed] if options.attempt == "best" else found.placed
        with _carrier(executor, jobs) as carrier:
            tally = Tally(store, len(attempts), tell)
            _grade_all(attempts, settings, policy, carrier, AHEAD * jobs, tally)
        counted = tally.counted(options.attempt, policy)
        if options.attempt == "best":
            _say_best(found, counted)
        keep_platform_ids(out, listed.ids, listed.columns)
        roll = _roll(found, counted, "" if class_list else _platform(found), options)
        roll = _with_earlier(roll, roll_before(out), store.records)
        grades = _write(out, roll, store)
        write_similar(out, counted, store.records, settings.class_name)
        regrade, elsewhere, fault = _looked_through(found, store)
    if elsewhere:
        graded_as = f"the class {settings.class_name!r}" if settings.class_name else "no class: --class is missing"
        were = "1 notebook was" if elsewhere == 1 else f"{elsewhere} notebooks were"
        found.remarks.append(f"{were} worked for another class, and graded as of {graded_as}")
    return Report(grades, tally.graded, tally.taken_over, regrade, found, fault, tally.in_a_row >= MOST_FAULTS)


def _graded_exercises() -> list[Exercise]:
    """The exercises that are graded."""
    return [exercise for exercise in exercises() if exercise.number]


def insist_on_own_folder(out: Path, folder: Path) -> None:
    """Refuse results among the submissions, where they would be a student's the next time.

    Raises:
        ValueError: the results would lie in the folder of submissions.
    """
    if out.resolve() == folder.resolve() or out.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"--out {out} lies in the folder of submissions, {folder}; name a folder beside it")


def _find_work(folder: Path, listed: ClassList, policy: Policy, options: Options) -> Found:
    """What lies in the folder: of the exercises that count, with a group's work and without the group as a student."""
    groups = {ids[-1] for ids in policy.groups.values()}
    questions = {each.name: [q.name for q in each.questions] for each in _graded_exercises()}
    roster = [*listed.students, *sorted(groups)] if listed.students else None
    found = find(folder, questions, roster, numbers=by_number(listed.ids))
    members = set() if listed.students else set(policy.groups)
    found.students = sorted((set(found.students) - groups) | members)
    if options.exercises:
        others = [each for each in found.placed if each.exercise not in options.exercises]
        found.placed = [each for each in found.placed if each.exercise in options.exercises]
        found.earlier = [each for each in found.earlier if each.exercise in options.exercises]
        if others:
            found.remarks.append(f"{len(others)} notebooks of other exercises were left alone (--exercise)")
    return found


def _say_best(found: Found, counted: Sequence[Placed]) -> None:
    """Every attempt was graded: say which one counts, and of none that it was left."""
    several = {(each.student, each.exercise) for each in found.earlier}
    found.unplaced = [left for left in found.unplaced if not left.rival]
    found.remarks = [remark for remark in found.remarks if RULE not in remark]
    found.remarks += [
        f"{each.student}, {each.exercise}: {each.name} is the best of several attempts"
        for each in counted
        if (each.student, each.exercise) in several
    ]


def _roll(found: Found, counted: Sequence[Placed], platform: str, options: Options) -> Roll:
    """Who is in the class, and how the work that counts came in."""
    reasons: dict[str, list[str]] = {}
    for left in found.unplaced:
        if left.student:
            reasons.setdefault(left.student, []).append(f"{left.name}: {left.why}")
    return Roll(
        found.students,
        {student: "; ".join(each) for student, each in reasons.items()},
        platform,
        sorted({left.student for left in found.unplaced if left.student and not left.rival}),
        {(each.student, each.exercise): each.arrival for each in counted},
        options.due,
        options.exercises,
    )


def _with_earlier(roll: Roll, before: Roll, records: Mapping[tuple[str, str], Record]) -> Roll:
    """Also what an earlier run knew: the date, and of records whose files this one did not find when they came."""
    gone = [at for at in records if at not in roll.arrivals and (not roll.exercises or at[1] in roll.exercises)]
    known = {at: arrival for at, arrival in before.arrivals.items() if at in records}
    here = sorted(at for at in gone if at[0] in roll.students)
    return replace(roll, due=roll.due or before.due, arrivals={**known, **roll.arrivals}, without_file=here)


def _write(out: Path, roll: Roll, store: Store) -> Path:
    """Keep who is in the class, and write all that is made of the record; where the grades are."""
    keep_roll(out, roll)
    return write_all(out, gradebook_of(out, roll, store.records), roll.platform)


def _platform(found: Found) -> str:
    """The platform whose download the folder is, if it is one."""
    return found.layout if PLATFORMS[found.layout].pattern else ""


def _looked_through(found: Found, store: Store) -> tuple[int, int, str]:
    """How many are to be graded again, how many were worked for another class, and the commonest fault.

    The records are read one at a time, so that a large class needs no more memory than a small one.
    """
    current = {(placed.student, placed.exercise) for placed in found.placed}
    elsewhere = 0
    faults: Counter[str] = Counter()
    for at, record in store.records.items():
        if at in current and record.status == "regrade":
            faults["; ".join(record.notes)] += 1
        elsewhere += at in current and any(flag.startswith(OTHER_CLASS) for flag in record.flags)
    commonest = faults.most_common(1)
    return sum(faults.values()), elsewhere, commonest[0][0] if commonest else ""


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
    placed: Sequence[Placed], settings: RunSettings, policy: Policy, executor: Executor, ahead: int, tally: Tally
) -> None:
    """Grade what is not known yet. After some faults of the grader in a row the rest is left to be graded again.

    Notebooks are read as workers come free, so that a large class needs no more memory than a small one.
    """
    grader = fingerprint()
    tally.order = {id(each): place for place, each in enumerate(placed)}
    running: dict[Future[Verdict], Prepared] = {}
    try:
        for each in placed:
            own = replace(settings, timeout=policy.timeout(each.student, each.exercise, settings.timeout))
            ready = prepared(each, own, grader)
            if isinstance(ready, Record):
                tally.keep(each, ready)
            elif tally.store.known(each.student, each.exercise, ready.key):
                tally.take_over(each, ready.key)
            elif tally.in_a_row >= MOST_FAULTS:
                tally.keep(each, record_of(ready, worker.regrade(ready.job, RuntimeError(NOT_TRIED))))
            else:
                running[executor.submit(worker.carry_out, ready.job, grader, own.timeout, own.mode)] = ready
            while len(running) >= ahead:
                _collect(running, tally)
        while running:
            _collect(running, tally)
    finally:
        for job in running:
            job.cancel()


def _collect(running: dict[Future[Verdict], Prepared], tally: Tally) -> None:
    """Wait until one or more jobs have ended, and keep their records, those first that were begun first."""
    ended, _ = wait(running, return_when=FIRST_COMPLETED)
    for job in [job for job in running if job in ended]:
        ready = running.pop(job)
        tally.keep(ready.placed, record_of(ready, _result(job, ready)))


def _result(job: Future[Verdict], ready: Prepared) -> Verdict:
    """A job's verdict; where it was lost on the way, ``"regrade"``."""
    try:
        return job.result()
    except worker.Refused:
        raise
    except (Exception, CancelledError) as error:
        return worker.regrade(ready.job, error)
