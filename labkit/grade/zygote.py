"""The warm process: numpy, matplotlib and the private labkit are loaded once, and each submission gets a fork of it.

It holds no key, no question and no answer. It is started by the judge with a socket; over that come the two pipes of
a child and what to run. Back go the child's number and how it ended.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from labkit.grade import child
from labkit.grade.wall import Limits, WallError, keep_only, raise_wall

WALL_FAILED = 117  # exit status of a child around which the wall could not be raised
NOBODY = 65534
LOOK_SEC = 0.1  # how often the scratch folder is looked at
MOST_SCRATCH = 64 * 2**20  # bytes in all; the limit of the wall is for each file


def main(descriptor: int) -> None:
    """Serve until the judge closes the socket."""
    warm_up()
    with socket.socket(fileno=descriptor) as judge:
        start = json.loads(judge.recv(1 << 20))
        readable = [Path(path) for path in start["readable"]]
        judge.send(b'{"ready": true}')
        while True:
            message, pipes, _, _ = socket.recv_fds(judge, 1 << 16, 2)
            if not message:
                return
            job = json.loads(message)
            judge.send(json.dumps(one_child(job, pipes, readable)).encode())


def warm_up() -> None:
    """Load what most submissions use, so that a fork has it at once."""
    import matplotlib  # noqa: PLC0415  (this module is also read by the judge, which has no need of it)

    matplotlib.use("Agg")
    import matplotlib.pyplot  # noqa: PLC0415

    import labkit.plots  # noqa: PLC0415
    import labkit.textbook_formats  # noqa: PLC0415

    labkit.check  # noqa: B018  (loads the quiet feedback)
    figure = matplotlib.pyplot.figure()
    figure.text(0, 0, "warm")
    figure.canvas.draw()
    matplotlib.pyplot.close(figure)
    gc.freeze()


def one_child(job: dict[str, Any], pipes: list[int], readable: list[Path]) -> dict[str, Any]:
    """Fork, wait until it ends or its time is over, and say how it ended."""
    scratch = Path(tempfile.mkdtemp(prefix="labkit-scratch-"))
    try:
        if os.getuid() == 0:
            os.chown(scratch, NOBODY, NOBODY)
        pid = os.fork()
        if pid == 0:
            in_the_child(pipes, scratch, readable, Limits(**job["limits"]))
        for pipe in pipes:
            os.close(pipe)
        return waited(pid, job["timeout"], scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def waited(pid: int, timeout: float, scratch: Path) -> dict[str, Any]:
    """Wait for the child; kill it when its time is over or its folder is full."""
    watch, end, full = os.pidfd_open(pid), time.monotonic() + timeout, False
    try:
        ended: list[Any] = []
        while not ended and not full and (left := end - time.monotonic()) > 0:
            ended, _, _ = select.select([watch], [], [], min(left, LOOK_SEC))
            full = not ended and size_of(scratch) > MOST_SCRATCH
        if not ended:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(watch)
    _, status = os.waitpid(pid, 0)
    return {"timed_out": not ended and not full, "full": full, "exit": os.waitstatus_to_exitcode(status)}


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder, which may change while it is looked at; links are not followed."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def in_the_child(pipes: list[int], scratch: Path, readable: list[Path], limits: Limits) -> None:
    """Wall this process in, then read the work and run it. Never returns."""
    status = 1
    try:
        receive, send = pipes
        keep_only(pipes)
        try:
            words = raise_wall(scratch, readable, limits)
        except WallError:
            os._exit(WALL_FAILED)
        child.say(send, {"wall": words})
        work = child.heard(receive)
        from labkit import feedback  # noqa: PLC0415  (already loaded: the quiet one)

        feedback.numbers.update(work["numbers"])  # type: ignore[attr-defined]
        child.run(work, feedback.handed_in, receive, send)  # type: ignore[attr-defined]
        status = 0
    finally:
        os._exit(status)
