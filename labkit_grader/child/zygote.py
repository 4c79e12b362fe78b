"""The warm process: numpy, matplotlib and the private labkit are loaded once, and each submission gets a fork of it.

It holds no key, no question and no answer. It is started by the judge with a socket; over that come the two pipes of
a child and what to run. Back go the child's number and how it ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path
from typing import Any

from labkit_grader.child import child
from labkit_grader.child.cell_loop import Cells
from labkit_grader.wall import scratch
from labkit_grader.wall.owners import child_owner
from labkit_grader.wall.wall import STRICT_WALL, Limits, Shared, WallError, keep_only, no_wall, raise_wall, shared_part

WALL_FAILED = 117  # exit status of a child around which the wall could not be raised
SHARE_AFTER = 0.25  # of the time: for the cells after one that was interrupted
MOST_PATIENCE = 5.0  # times the time, by the clock: never more, however busy the machine
LOOK_SEC = 0.1  # how often the scratch folder is looked at
LOOK_OFTEN_SEC = 0.01  # how often, where the system does not say that a child has ended


@dataclass(frozen=True)
class Ready:
    """What all children have in common.

    Attributes:
        mode: which wall.
        ground: the folder in which each child gets its scratch folder.
        small: can that be a file system of its own?
        shared: what was made of the wall beforehand; None where there is none.
    """

    mode: str
    ground: Path
    small: bool
    shared: Shared | None


def main(descriptor: int, settings_file: str) -> None:
    """Serve until the judge closes the socket; the file holds the mode, and what children may read and where write."""
    settings = json.loads(Path(settings_file).read_text(encoding="utf-8"))
    forget_other_finders()
    if settings["mode"] == "strict":
        check_second_wall(settings["hidden"])
    ready = made_ready(settings)
    warm_up()
    with socket.socket(fileno=descriptor) as judge:
        judge.sendall(b'{"ready": true}\n')
        while True:
            message, pipes = received(judge)
            if not message:
                os._exit(0)
            try:
                ending = one_child(json.loads(message), pipes, ready, judge)
            except Exception as error:
                ending = {"fault": f"{type(error).__name__}: {error}"[:300]}
            judge.sendall(json.dumps(ending).encode() + b"\n")


def made_ready(settings: dict[str, Any]) -> Ready:
    """Do what is the same for every child; the mounts before the rules, which name folders as they are mounted."""
    mode, ground = settings["mode"], Path(settings["scratch"])
    if mode == "trusted":
        return Ready(mode, ground, small=False, shared=None)
    small = scratch.can_be_small(ground) and scratch.own_mounts()
    return Ready(mode, ground, small, shared_part(ground, [Path(path) for path in settings["readable"]]))


def received(judge: socket.socket) -> tuple[bytes, list[int]]:
    """The judge's next line, and the two pipes that come with it; nothing when the judge is gone."""
    message, pipes, _, _ = socket.recv_fds(judge, 1 << 16, 2)
    while message and not message.endswith(b"\n"):
        more = judge.recv(1 << 16)
        message = message + more if more else b""
    return message, pipes


def forget_other_finders() -> None:
    """Keep Python's own ways to find modules; that of an editable installation would lead past the private copy."""
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder]


def check_second_wall(hidden: str) -> None:
    """Bubblewrap must hide a file that the judge has written; if it is there, this is no second wall."""
    if os.path.lexists(hidden):
        raise WallError("the second wall does not stand: a file of the judge's can be seen")


def warm_up() -> None:
    """Load and use once what most submissions use, so that a fork has it at once; no thread is left running."""
    import matplotlib  # noqa: PLC0415  (this module is also read by the judge, which has no need of it)

    matplotlib.use("Agg")
    import matplotlib.pyplot  # noqa: PLC0415

    from labkit.pictures.plots import curves  # noqa: PLC0415

    quiet_workbook()
    curves([0, 1], {"one": [0, 1], "two": [1, 0]}, "x", "y", "warm", "two lines").png()
    matplotlib.pyplot.close(matplotlib.pyplot.figure())
    cells = Cells({})
    cells.run("await __import__('asyncio').sleep(0)", "<warm>")
    cells.loop.close()
    gc.collect()
    gc.freeze()  # so that no collection in a child writes to what it shares with this process


def quiet_workbook() -> Any:
    """The stand-in that the private copy has under this name."""
    return importlib.import_module("labkit_workbook")


def one_child(job: dict[str, Any], pipes: list[int], ready: Ready, judge: socket.socket) -> dict[str, Any]:
    """Fork, wait until it ends or its time is over, and say how it ended."""
    trusted = ready.mode == "trusted"
    user, group = (os.geteuid(), os.getegid()) if trusted else child_owner(job["owner"])
    with scratch.fresh(ready.ground, ready.small, user, group) as place:
        pid = os.fork()
        if pid == 0:
            in_the_child(pipes, place, ready, Limits(**job["limits"]))
        for pipe in pipes:
            os.close(pipe)
        ending = waited(pid, job["timeout"], place, judge)
        if trusted:  # without a wall there may be others in its group
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        return ending


def waited(pid: int, timeout: float, place: Path, judge: socket.socket) -> dict[str, Any]:
    """Wait for the child; kill it when its time is over, its folder is full, or the judge is gone.

    Its time is the clock's, less what it waited for a processor, so that a busy machine takes nothing from it. When
    that is over the child is interrupted; for what is left to run it has a share more, and is interrupted again when
    half of what is left of that has passed.
    """
    watch: list[Any] = [os.pidfd_open(pid)] if hasattr(os, "pidfd_open") else []  # macOS has none
    began, full, status, interrupted = time.monotonic(), False, None, 0
    end, next_interrupt = timeout * (1 + SHARE_AFTER), timeout
    try:
        while status is None and not full and (left := end - time_of(pid, began, timeout)) > 0:
            if end - left >= next_interrupt:
                os.kill(pid, signal.SIGINT)
                interrupted += 1
                next_interrupt = end - left + max(left / 2, SHARE_AFTER * timeout / 8)
            pause = min(left, max(next_interrupt - end + left, LOOK_OFTEN_SEC), LOOK_SEC if watch else LOOK_OFTEN_SEC)
            ready, _, _ = select.select([judge, *watch], [], [], pause)
            if judge in ready:
                break
            status = ended(pid)
            full = status is None and not ready and scratch.is_full(place)
    finally:
        for descriptor in watch:
            os.close(descriptor)
    killed = status is None
    if status is None:
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
    timed_out = not full and (killed or interrupted > 0)
    return {"timed_out": timed_out, "full": full, "exit": os.waitstatus_to_exitcode(status), "sec": end - left}


def time_of(pid: int, began: float, timeout: float) -> float:
    """Seconds since a child began, without those in which it waited for a processor; these are not without end."""
    passed = time.monotonic() - began
    try:
        queued = int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        queued = 0.0  # a system that does not say it
    # It may have waited already before its time began.
    return max(0.0, passed - min(queued, (MOST_PATIENCE - 1 - SHARE_AFTER) * timeout))


def ended(pid: int) -> int | None:
    """How the child ended; None if it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return status if found else None


def in_the_child(pipes: list[int], place: Path, ready: Ready, limits: Limits) -> None:
    """Wall this process in, then read the work and run it. Never returns."""
    status = 1
    try:
        receive, send = pipes
        keep_only(pipes if ready.shared is None else [*pipes, ready.shared.ruleset])
        try:
            words = walled(ready, place, limits)
        except WallError:
            os._exit(WALL_FAILED)
        child.say(send, {"wall": words})
        work = child.heard(receive)
        workbook = quiet_workbook()
        workbook.numbers.update(work["numbers"])
        child.run(work, workbook.handed_in, receive, send)
        status = 0
    finally:
        os._exit(status)


def walled(ready: Ready, place: Path, limits: Limits) -> str:
    """Raise the walls of a mode around this process; which they are. The second one is there already."""
    if ready.shared is None:
        return no_wall(place, limits)
    words = raise_wall(place, ready.shared, limits)
    return STRICT_WALL if ready.mode == "strict" else words
