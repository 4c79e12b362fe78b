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
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from labkit.grade import child
from labkit.grade.wall import Limits, WallError, keep_only, raise_wall

WALL_FAILED = 117  # exit status of a child around which the wall could not be raised
LOOK_SEC = 0.1  # how often the scratch folder is looked at
MOST_ENTRIES, MOST_DEPTH = 20_000, 50
MOST_SCRATCH = 64 * 2**20  # bytes in all; the limit of the wall is for each file


def main(descriptor: int, readable_file: str) -> None:
    """Serve until the judge closes the socket; the file lists what children may read."""
    warm_up()
    readable = [Path(path) for path in json.loads(Path(readable_file).read_text(encoding="utf-8"))]
    with socket.socket(fileno=descriptor) as judge:
        judge.send(b'{"ready": true}')
        while True:
            message, pipes, _, _ = socket.recv_fds(judge, 1 << 16, 2)
            if not message:
                return
            job = json.loads(message)
            try:
                ending = one_child(job, pipes, readable, judge)
            except Exception as error:
                ending = {"fault": f"{type(error).__name__}: {error}"[:300]}
            judge.send(json.dumps(ending).encode())


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


def one_child(job: dict[str, Any], pipes: list[int], readable: list[Path], judge: socket.socket) -> dict[str, Any]:
    """Fork, wait until it ends or its time is over, and say how it ended."""
    scratch = Path(tempfile.mkdtemp(prefix="labkit-scratch-"))
    try:
        if os.getuid() == 0 and others_may_enter(Path(sys.base_prefix)) and others_may_enter(Path(sys.prefix)):
            os.chown(scratch, job["owner"], job["owner"])
        pid = os.fork()
        if pid == 0:
            in_the_child(pipes, scratch, readable, Limits(**job["limits"]))
        for pipe in pipes:
            os.close(pipe)
        return waited(pid, job["timeout"], scratch, judge)
    finally:
        # Not shutil.rmtree: a stranger may have made folders deeper than Python's recursion goes.
        subprocess.run(["rm", "-rf", "--", str(scratch)], check=False, stderr=subprocess.DEVNULL)


def others_may_enter(folder: Path) -> bool:
    """Can a user without rights get there? If Python lies in root's own home, its modules cannot be read otherwise."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def waited(pid: int, timeout: float, scratch: Path, judge: socket.socket) -> dict[str, Any]:
    """Wait for the child; kill it when its time is over, its folder is full, or the judge is gone."""
    watch, end, full = os.pidfd_open(pid), time.monotonic() + timeout, False
    watched: list[Any] = [watch, judge]
    try:
        ended: list[Any] = []
        while not ended and not full and (left := end - time.monotonic()) > 0:
            ended, _, _ = select.select(watched, [], [], min(left, LOOK_SEC))
            full = not ended and is_full(scratch)
        if watch not in ended:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(watch)
    _, status = os.waitpid(pid, 0)
    return {"timed_out": not ended and not full, "full": full, "exit": os.waitstatus_to_exitcode(status)}


def is_full(folder: Path) -> bool:
    """Too many bytes, too many entries or too deep; links are not followed, and what vanishes meanwhile is skipped."""
    total, entries, places = 0, 0, [(str(folder), 0)]
    while places:
        place, depth = places.pop()
        with contextlib.suppress(OSError), os.scandir(place) as found:
            for entry in found:
                entries += 1
                if entries > MOST_ENTRIES or depth > MOST_DEPTH:
                    return True
                with contextlib.suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_size
                    if entry.is_dir(follow_symlinks=False):
                        places.append((entry.path, depth + 1))
    return total > MOST_SCRATCH


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
