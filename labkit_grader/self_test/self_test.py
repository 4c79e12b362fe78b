"""The self-test: before anything is graded, a child behind the wall really tries to get through it.

It also does what honest code does, since a wall that fails those is none either. An attempt counts as stopped only if
it failed in a way that the wall makes things fail: a missing file or a refused connection proves nothing.

In the mode "strict" both walls are tried: bubblewrap alone, by a child without the other wall, and then all together.
There a file that the judge has just made, and that is missing, does prove something.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from labkit_grader.self_test.attempts import FORBIDDEN, HONEST, OF_THE_PROJECT, PAST_BUBBLEWRAP, Place, own_namespaces
from labkit_grader.wall import scratch
from labkit_grader.wall.kernel import write_all
from labkit_grader.wall.readable import ROOT
from labkit_grader.wall.wall import Limits, WallError, checked_mode, keep_only, raise_wall, readable_paths, shared_part

PATIENCE_SEC = 300.0  # by the clock, from report to report: a busy machine is slow, and only a child that hangs waits
ERRORS_OF_A_WALL = (errno.EPERM, errno.EACCES, errno.ENOSYS)
NOT_THERE = (errno.ENOENT, errno.ESRCH, errno.EROFS, errno.ECONNREFUSED, errno.ENETUNREACH)  # as bubblewrap says no
RAISING = "raise the wall"
SILENT = "nothing was heard of it"
MOST_LETTERS = 500
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a wall can be raised around one only
START = (
    "import sys; sys.path.insert(0, {path!r}); "
    "from labkit_grader.self_test.self_test import {function}; {function}({fd}, {file!r})"
)
Start: TypeAlias = Callable[[Place, Limits], tuple[int, int]]
"""Starts a child that tries everything: its number, and the end of the pipe on which it reports."""
WAYS_OUT = """Ways out:
- Grade on 64-bit Linux 6.2 or newer, such as a virtual machine.
- Grade in docker, whose container is then the wall: docker run --rm --network none --memory 4g --cpus 2 \\
    --pids-limit 512 --read-only --tmpfs /tmp:size=1g -v "$PWD/submissions:/in:ro" -v "$PWD/results:/out" IMAGE \\
    labkit grade /in --out /out --i-trust-these-students
- If you would let each of these students use your computer: --i-trust-these-students, without any wall."""
TRUSTED = "no wall: the students are trusted, and their code runs with your rights"
NOT_ON_WINDOWS = "refuse: notebooks cannot be graded on Windows itself; use WSL (wsl --install) or docker"


@dataclass(frozen=True)
class Attempt:
    """One thing that was tried. What is `honest` must get through, everything else must not."""

    name: str
    got_through: bool
    detail: str
    honest: bool = False


def run_self_test(limits: Limits | None = None, mode: str = "standard", start: Start | None = None) -> list[Attempt]:
    """Every attempt, made by one child behind the real wall.

    Args:
        limits: of the child.
        mode: "standard"; "strict", which tries bubblewrap by itself too; "trusted", where there is nothing to try.
        start: what starts the child, by default ``start_child``; the judge hands in one for the mode "strict".
    """
    if checked_mode(mode) == "trusted":
        return []
    bounds = limits or Limits()
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as server:
        try:
            place = prepare(Path(name).resolve(), server.getsockname()[1], bounds)
            started = (start or start_child)(place, bounds)
            reports = read_reports(*started)
        except WallError as error:
            reports = {RAISING: Attempt(RAISING, False, str(error), honest=True)}
    return [
        reports.get(RAISING) or Attempt(RAISING, False, "the child ended before it could say anything", honest=True),
        *(reports.get(name) or _report_silent(name, honest=True) for name in HONEST),
        *(reports.get(name) or _report_silent(name, honest=False) for name in _list_forbidden(mode)),
    ]


def _list_forbidden(mode: str) -> list[str]:
    return [*(PAST_BUBBLEWRAP if mode == "strict" else ()), *FORBIDDEN]


def verdict(attempts: Iterable[Attempt], mode: str = "standard") -> tuple[bool, str]:
    """May strangers' code be run behind this wall? With the words for the user.

    Args:
        attempts: what ``run_self_test`` gave.
        mode: the same as there; where attempts on bubblewrap are among them, it is taken for "strict".
    """
    tried = list(attempts)
    if checked_mode(mode) == "trusted":
        return (True, TRUSTED) if sys.platform != "win32" else (False, NOT_ON_WINDOWS)
    names = {attempt.name for attempt in tried}
    forbidden = _list_forbidden("standard" if mode == "standard" and names.isdisjoint(PAST_BUBBLEWRAP) else "strict")
    missing = {RAISING, *HONEST, *forbidden} - names
    wrong = [attempt for attempt in tried if attempt.got_through != attempt.honest]
    if not missing and not wrong:
        stood = "both walls held" if len(forbidden) > len(FORBIDDEN) else "the wall held"
        return True, f"{stood}: {len(forbidden)} attacks stopped, {len(HONEST)} honest things worked"
    return False, f"refuse: a child behind the wall {said_of(wrong, missing)}\n{WAYS_OUT}"


def said_of(wrong: Iterable[Attempt], missing: Iterable[str]) -> str:
    """What went wrong, in words; where there was no wall, nothing else is worth saying."""
    raising = [attempt for attempt in wrong if attempt.name == RAISING]
    wrong = raising or list(wrong)
    silent = [attempt.name for attempt in wrong if attempt.detail == SILENT]
    heard = [attempt for attempt in wrong if attempt.detail != SILENT]
    said = [f"could {attempt.name} ({attempt.detail})" for attempt in heard if not attempt.honest]
    said += [f"could not {attempt.name} ({attempt.detail})" for attempt in heard if attempt.honest]
    if silent:
        more = f", and {len(silent) - 1} more" if len(silent) > 1 else ""
        said.append(f"ended, or hung, before it said what became of this: {silent[0]}{more}")
    said += [f"never tried to {name}" for name in sorted(missing) if not raising]
    return "; ".join(said)


def prepare(folder: Path, port: int, limits: Limits) -> Place:
    """Makes the user's file, and the scratch folder in a folder of its own, as a warm process does.

    Raises:
        WallError: a file that is to be tried is not there, so that failing to read it would prove nothing.
    """
    gone = [name for name in OF_THE_PROJECT.values() if not (ROOT / name).is_file()]
    if gone:
        raise WallError(f"{ROOT} lacks {', '.join(gone)}, which the self-test tries to read; install labkit again")
    home, ground = folder / "home", folder / "ground" / "scratch"
    home.mkdir()
    ground.mkdir(parents=True)
    secret = home / "secret"
    secret.write_text("secret", encoding="utf-8")
    memory = max(3 * 2**30, limits.memory_bytes + 2**30)
    return Place(home, secret, ground, port, os.getpid(), memory, ROOT, own_namespaces())


def start_child(place: Place, limits: Limits) -> tuple[int, int]:
    """Starts the child, a new Python; returns its number and the end of the pipe to read from.

    It is no fork of this process, whose other threads could hold what the child then waits for.
    """
    told = write_settings(place, limits, None)
    reading, writing = os.pipe()
    program = START.format(path=str(ROOT), function="run_alone", fd=writing, file=str(told))
    quiet = subprocess.DEVNULL
    started = subprocess.Popen(
        [sys.executable, "-I", "-c", program],
        pass_fds=[writing],
        stdin=quiet,
        stdout=quiet,
        env=os.environ | ONE_THREAD,
    )
    os.close(writing)
    return started.pid, reading


def write_settings(place: Place, limits: Limits, readable: Sequence[Path] | None) -> Path:
    """The file that tells a new Python what to try: where, within which limits, and what it may read."""
    words = {name: str(value) if isinstance(value, Path) else value for name, value in vars(place).items()}
    settings = {
        "place": words,
        "limits": asdict(limits),
        "readable": None if readable is None else [*map(str, readable)],
    }
    told = place.folder.parent / "settings.json"
    told.write_text(json.dumps(settings), encoding="utf-8")
    return told


def read_settings(file: str) -> tuple[Place, Limits, list[Path] | None]:
    """What ``write_settings`` wrote."""
    settings = json.loads(Path(file).read_text(encoding="utf-8"))
    words = settings["place"]
    place = Place(**{**words, **{name: Path(words[name]) for name in ("folder", "secret", "scratch", "root")}})
    readable = settings["readable"]
    return place, Limits(**settings["limits"]), None if readable is None else [Path(path) for path in readable]


def run_alone(pipe: int, settings_file: str) -> None:
    """What runs in the new Python: every attempt behind the wall."""
    place, limits, readable = read_settings(settings_file)
    be_the_child(place, limits, pipe, readable)


def run_inside(pipe: int, settings_file: str) -> None:
    """What runs inside bubblewrap: the attempts on it alone, by a child, and then all of them behind both walls."""
    place, limits, readable = read_settings(settings_file)
    child = os.fork()
    if child == 0:
        try:
            for name, function in PAST_BUBBLEWRAP.items():
                report(pipe, try_forbidden(name, function, place, (*ERRORS_OF_A_WALL, *NOT_THERE)))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    be_the_child(place, limits, pipe, readable, (*ERRORS_OF_A_WALL, *NOT_THERE))


def be_the_child(
    place: Place,
    limits: Limits,
    pipe: int,
    readable: Sequence[Path] | None = None,
    errors: Sequence[int] = ERRORS_OF_A_WALL,
) -> None:
    """Warms up, raises the wall, tries everything, and reports each thing as soon as it is known."""
    small = scratch.can_be_small(place.scratch) and scratch.own_mounts()
    if small and not scratch.mount_small(place.scratch, os.geteuid(), os.getegid()):
        report(pipe, Attempt(RAISING, False, "the scratch folder could not be bounded", honest=True))
        return
    os.environ.update(ONE_THREAD)  # here numpy may be loaded for the first time
    for name in ("numpy", "matplotlib.backends.backend_agg", "matplotlib.figure"):
        importlib.import_module(name)
    try:
        shared = shared_part(place.scratch.parent, readable_paths() if readable is None else readable)
        keep_only([pipe, shared.ruleset])
        stands = raise_wall(place.scratch, shared, limits)
    except WallError as error:
        report(pipe, Attempt(RAISING, False, str(error), honest=True))
        return
    report(pipe, Attempt(RAISING, True, stands, honest=True))
    for name, function in HONEST.items():
        report(pipe, try_honest(name, function, place))
    for name, function in FORBIDDEN.items():
        report(pipe, try_forbidden(name, function, place, errors))


def try_honest(name: str, function: Callable[[Place], object], place: Place) -> Attempt:
    """Something that must work."""
    try:
        return Attempt(name, True, str(function(place)), honest=True)
    except Exception as error:
        return Attempt(name, False, repr(error), honest=True)


def try_forbidden(
    name: str, function: Callable[[Place], object], place: Place, errors: Sequence[int] = ERRORS_OF_A_WALL
) -> Attempt:
    """Something that must fail, and for the right reason."""
    try:
        function(place)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in errors:
            return Attempt(name, False, f"stopped: {error!r}")
        return Attempt(name, True, f"failed, but not because of the wall: {error!r}")
    return Attempt(name, True, "nothing stopped it")


def report(pipe: int, attempt: Attempt) -> None:
    """One line of JSON."""
    words = {**vars(attempt), "detail": attempt.detail[:MOST_LETTERS]}
    write_all(pipe, json.dumps(words).encode() + b"\n")


def read_reports(child: int, pipe: int) -> dict[str, Attempt]:
    """Reads until the child ends, or ends it when nothing was heard for too long."""
    received = b""
    while select.select([pipe], [], [], PATIENCE_SEC)[0]:
        piece = os.read(pipe, 65536)
        if not piece:
            break
        received += piece
    else:
        os.kill(child, signal.SIGKILL)
    os.close(pipe)
    with contextlib.suppress(ChildProcessError):  # `subprocess` may have waited for it
        os.waitpid(child, 0)
    whole = received[: received.rfind(b"\n") + 1]  # it may have ended amid a line
    attempts = [Attempt(**json.loads(line)) for line in whole.splitlines()]
    return {attempt.name: attempt for attempt in attempts}


def _report_silent(name: str, *, honest: bool) -> Attempt:
    """What nothing was heard of counts as gone wrong."""
    return Attempt(name, not honest, SILENT, honest)
