"""The self-test: before anything is graded, a child behind the wall really tries to get through it.

It also does what honest code does, since a wall that fails those is none either. An attempt counts as stopped only if
it failed in a way that the wall makes things fail: a missing file or a refused connection proves nothing.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from labkit.grade import kernel
from labkit.grade.wall import Limits, WallError, keep_only, raise_wall, readable_paths

PATIENCE_SEC = 30.0  # importing matplotlib for the first time draws up a list of fonts
ERRORS_OF_A_WALL = (errno.EPERM, errno.EACCES, errno.ENOSYS)
RAISING = "raise the wall"
CLONE_NEWUSER = 0x10000000  # linux/sched.h
PTRACE_SEIZE = 0x4206  # linux/ptrace.h; unlike PTRACE_ATTACH it does not stop the other process
NR_IO_URING_SETUP = 425  # the same on every machine


@dataclass(frozen=True)
class Attempt:
    """One thing that was tried. What is `honest` must get through, everything else must not."""

    name: str
    got_through: bool
    detail: str
    honest: bool = False


@dataclass(frozen=True)
class Place:
    """What the child has before it: a folder of the user's, a file in it, a port that listens, and its parent."""

    folder: Path
    secret: Path
    scratch: Path
    port: int
    parent: int
    memory_bytes: int


def read_file(place: Place) -> object:
    return place.secret.read_text(encoding="utf-8")


def list_folder(place: Place) -> object:
    return os.listdir(place.folder)


def write_outside(place: Place) -> object:
    return (place.folder / "written").write_text("x", encoding="utf-8")


def overwrite_file(place: Place) -> object:
    return place.secret.write_text("x", encoding="utf-8")


def change_mode(place: Place) -> None:
    place.secret.chmod(0o644)


def link_outside(place: Place) -> None:
    os.symlink(place.secret, place.scratch / "link")


def fork(place: Place) -> object:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)


def connect(place: Place) -> object:
    with socket.create_connection(("127.0.0.1", place.port), timeout=1):
        return "connected"


def socket_pair(place: Place) -> object:
    return socket.socketpair()


def hold_memory(place: Place) -> object:
    return len(bytes(place.memory_bytes))


def signal_parent(place: Place) -> None:
    os.kill(place.parent, signal.SIGURG)  # a process that expects no SIGURG does not notice it


def read_environment(place: Place) -> object:
    return Path(f"/proc/{place.parent}/environ").read_bytes()


def trace_parent(place: Place) -> object:
    return _library_call("ptrace", PTRACE_SEIZE, place.parent, 0, 0)


def unshare(place: Place) -> object:
    return _library_call("unshare", CLONE_NEWUSER)


def io_uring(place: Place) -> object:
    parameters = ctypes.create_string_buffer(256)  # struct io_uring_params and more
    return _library_call("syscall", NR_IO_URING_SETUP, 1, ctypes.addressof(parameters))


def become_another_program(place: Place) -> object:
    return os.execv(sys.executable, [sys.executable, "-c", ""])


def _library_call(name: str, *arguments: int) -> int:
    """A call of the C library, with Python's error if it fails."""
    result: int = getattr(kernel.library(), name)(*map(ctypes.c_long, arguments))
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def start_thread(place: Place) -> object:
    told: list[str] = []
    thread = threading.Thread(target=told.append, args=("a thread ran",))
    thread.start()
    thread.join()
    return told[0]


def compute(place: Place) -> object:
    import numpy as np  # noqa: PLC0415

    square = np.random.default_rng().random((200, 200))
    return f"{float((square @ np.linalg.inv(square)).trace()):.0f}"


def draw(place: Place) -> object:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(1, 1), dpi=50)
    FigureCanvasAgg(figure)
    figure.add_subplot().set_title("text")
    figure.savefig(place.scratch / "figure.png")
    return (place.scratch / "figure.png").stat().st_size


def import_module(place: Place) -> object:
    sys.modules.pop("wave", None)
    return importlib.import_module("wave").__name__


# The last attempt is the one that would leave nobody to report.
FORBIDDEN: dict[str, Callable[[Place], object]] = {
    "read a file of the user's": read_file,
    "list a folder of the user's": list_folder,
    "write outside the scratch folder": write_outside,
    "overwrite a file of the user's": overwrite_file,
    "change the mode of a file of the user's": change_mode,
    "make a link out of the scratch folder": link_outside,
    "fork": fork,
    "connect to a port": connect,
    "make a pair of sockets": socket_pair,
    "hold more memory than allowed": hold_memory,
    "signal the parent": signal_parent,
    "read the parent's environment": read_environment,
    "trace the parent": trace_parent,
    "enter a new namespace": unshare,
    "set up io_uring": io_uring,
    "become another program": become_another_program,
}
HONEST: dict[str, Callable[[Place], object]] = {
    "start a thread": start_thread,
    "compute with numpy": compute,
    "draw with matplotlib": draw,
    "import a module": import_module,
}


def run_self_test(limits: Limits | None = None) -> list[Attempt]:
    """Every attempt, made by one child behind the real wall."""
    bounds = limits or Limits()
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as server:
        place = prepare(Path(name).resolve(), server.getsockname()[1], bounds)
        reports = read_reports(*start_child(place, bounds))
    return [
        reports.get(RAISING) or Attempt(RAISING, False, "the child ended before it could say anything", honest=True),
        *(reports.get(name) or _silent(name, honest=True) for name in HONEST),
        *(reports.get(name) or _silent(name, honest=False) for name in FORBIDDEN),
    ]


def verdict(attempts: Iterable[Attempt]) -> tuple[bool, str]:
    """May strangers' code be run behind this wall? With the words for the user."""
    tried = list(attempts)
    missing = {RAISING, *HONEST, *FORBIDDEN} - {attempt.name for attempt in tried}
    wrong = [attempt for attempt in tried if attempt.got_through != attempt.honest]
    if not missing and not wrong:
        return True, f"the wall held: {len(FORBIDDEN)} attacks stopped, {len(HONEST)} honest things worked"
    said = [f"could {attempt.name} ({attempt.detail})" for attempt in wrong if not attempt.honest]
    said += [f"could not {attempt.name} ({attempt.detail})" for attempt in wrong if attempt.honest]
    said += [f"nobody tried to {name}" for name in sorted(missing)]
    return False, "refuse: a child behind the wall " + "; ".join(said)


def prepare(folder: Path, port: int, limits: Limits) -> Place:
    """Makes the user's file and the scratch folder, side by side."""
    home, scratch = folder / "home", folder / "scratch"
    home.mkdir()
    scratch.mkdir()
    secret = home / "secret"
    secret.write_text("secret", encoding="utf-8")
    return Place(home, secret, scratch, port, os.getpid(), max(3 * 2**30, limits.memory_bytes + 2**30))


def start_child(place: Place, limits: Limits) -> tuple[int, int]:
    """Forks the child; returns its id and the end of the pipe to read from."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of numpy's library do not harm a fork
        child = os.fork()
    if child == 0:
        try:
            be_the_child(place, limits, writing)
        finally:
            os._exit(0)
    os.close(writing)
    return child, reading


def be_the_child(place: Place, limits: Limits, pipe: int) -> None:
    """Warms up, raises the wall, tries everything, and reports each thing as soon as it is known."""
    for name in ("numpy", "matplotlib.backends.backend_agg", "matplotlib.figure"):
        importlib.import_module(name)
    keep_only([pipe])
    try:
        stands = raise_wall(place.scratch, readable_paths(), limits)
    except WallError as error:
        report(pipe, Attempt(RAISING, False, str(error), honest=True))
        return
    report(pipe, Attempt(RAISING, True, stands, honest=True))
    for name, function in HONEST.items():
        report(pipe, try_honest(name, function, place))
    for name, function in FORBIDDEN.items():
        report(pipe, try_forbidden(name, function, place))


def try_honest(name: str, function: Callable[[Place], object], place: Place) -> Attempt:
    """Something that must work."""
    try:
        return Attempt(name, True, str(function(place)), honest=True)
    except Exception as error:
        return Attempt(name, False, repr(error), honest=True)


def try_forbidden(name: str, function: Callable[[Place], object], place: Place) -> Attempt:
    """Something that must fail, and for the right reason."""
    try:
        function(place)
    except Exception as error:
        if is_of_the_wall(error):
            return Attempt(name, False, f"stopped: {error!r}")
        return Attempt(name, True, f"failed, but not because of the wall: {error!r}")
    return Attempt(name, True, "nothing stopped it")


def is_of_the_wall(error: Exception) -> bool:
    """Is this how the wall says no?"""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in ERRORS_OF_A_WALL)


def report(pipe: int, attempt: Attempt) -> None:
    """One line of JSON."""
    os.write(pipe, json.dumps(vars(attempt)).encode() + b"\n")


def read_reports(child: int, pipe: int) -> dict[str, Attempt]:
    """Reads until the child ends, or ends it when patience is over."""
    received, deadline = b"", time.monotonic() + PATIENCE_SEC
    while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(pipe, 65536)
        if not piece:
            break
        received += piece
    else:
        os.kill(child, signal.SIGKILL)
    os.close(pipe)
    os.waitpid(child, 0)
    attempts = [Attempt(**json.loads(line)) for line in received.splitlines()]
    return {attempt.name: attempt for attempt in attempts}


def _silent(name: str, *, honest: bool) -> Attempt:
    """What nothing was heard of counts as gone wrong."""
    return Attempt(name, not honest, "nothing was heard of it", honest)
