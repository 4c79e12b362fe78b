"""The warm process as the judge sees it: started once, and asked for one walled child after another.

A ``Warm`` object drives one warm process (see ``zygote.py``). Each submission gets a child of its own behind the
wall; the work goes down as plain JSON, and plain JSON comes back.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .limits import Limits
from .messages import Inbox
from .private import make_private
from .readable import readable_paths
from .zygote import WALL_FAILED

START = "import sys; sys.path.insert(0, {path!r}); from labkit.grade.zygote import main; main({fd}, {readable!r})"
FIRST_OWNER = 2_000_000_000  # user ids that no system gives to anybody
GRACE = 5.0  # seconds that the warm process may take longer than the child's own time
_owners = itertools.count()


class GraderFault(RuntimeError):
    """Something of the grader's own went wrong; the submission is graded again, never given a silent 0."""


class Warm:
    """A warm process and the private copy of labkit it runs with; a context manager."""

    def __init__(self, limits: Limits | None = None, timeout: float = 30.0) -> None:
        self.limits, self.timeout = limits or Limits(cpu_sec=int(timeout) + 30), timeout
        self.owner = FIRST_OWNER + next(_owners)  # of its own, for the limit of threads is for each user
        self.folder = tempfile.TemporaryDirectory(prefix="labkit-judge-")
        os.chmod(self.folder.name, 0o755)
        self.private = make_private(Path(self.folder.name) / "private")
        readable = [str(path) for path in [*readable_paths(), self.private]]
        # In a file: on a machine with many packages the list is longer than one message of the socket may be.
        self.readable = Path(self.folder.name) / "readable.json"
        self.readable.write_text(json.dumps(readable), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.socket: socket.socket | None = None

    def __enter__(self) -> Warm:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.folder.cleanup()

    def start(self) -> None:
        """Start the warm process and wait until it is ready."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = START.format(path=str(self.private), fd=theirs.fileno(), readable=str(self.readable))
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", program],
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is the judge's to answer
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={
                "PATH": os.defpath,
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "MPLCONFIGDIR": self.config(),
            },
            cwd=self.folder.name,
        )
        theirs.close()
        self.socket = ours
        ours.settimeout(60)
        if ours.recv(4096) != b'{"ready": true}':
            raise GraderFault(f"the warm process did not start: {self.last_words()}")

    def config(self) -> str:
        """A folder for matplotlib's font cache, which the warm process fills before any child is made."""
        path = Path(self.folder.name) / "matplotlib"
        path.mkdir(exist_ok=True)
        return str(path)

    def last_words(self) -> str:
        """The end of what the warm process wrote before it ended."""
        process, self.process = self.process, None
        if process is None:
            return ""
        process.kill()
        _, words = process.communicate()
        return words.decode(errors="replace").strip()[-500:]

    def stop(self) -> None:
        """End the warm process, and with it any child."""
        if self.socket is not None:
            self.socket.close()
        self.last_words()
        self.socket = None

    def converse(self, work: Mapping[str, Any], inputs: Mapping[str, Sequence[Any]], inbox: Inbox) -> dict[str, Any]:
        """Send the work to a fresh child and collect what it says until it ends; how it ended.

        Args:
            work: the cells, the names of the answers and the student's numbers.
            inputs: on what the student's functions are called, sent when all cells have run.
            inbox: takes what comes back.

        Raises:
            GraderFault: the warm process or the wall failed.
        """
        assert self.socket is not None
        down_read, down = os.pipe()
        up, up_write = os.pipe()
        try:
            job = {"timeout": self.timeout, "limits": asdict(self.limits), "owner": self.owner}
            socket.send_fds(self.socket, [json.dumps(job).encode()], [down_read, up_write])
        finally:
            os.close(down_read)
            os.close(up_write)
        try:
            converse(down, up, [work, inputs], inbox, self.timeout + GRACE)
        finally:
            os.close(down)
            os.close(up)
        return self._ending(inbox)

    def _ending(self, inbox: Inbox) -> dict[str, Any]:
        assert self.socket is not None
        self.socket.settimeout(self.timeout + 2 * GRACE)
        answer = self.socket.recv(4096)
        if not answer:
            raise GraderFault(f"the warm process has ended: {self.last_words()}")
        ending = json.loads(answer)
        if "fault" in ending:
            raise GraderFault(ending["fault"])
        if ending["exit"] == WALL_FAILED and not inbox.wall:
            raise GraderFault("the wall could not be raised")
        return ending


def converse(down: int, up: int, lines: Sequence[Any], inbox: Inbox, patience: float) -> None:
    """Send the work, and when the cells are done the inputs; read until the pipe is closed or patience ends.

    Writing never blocks the judge: a child that does not read loses what it was sent.
    """
    os.set_blocking(down, False)
    work, inputs = (json.dumps(line).encode() + b"\n" for line in lines)
    waiting, told = work, False
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        readable, writable, _ = select.select([up], [down] if waiting else [], [], left)
        if writable:
            waiting = waiting[written(down, waiting) :]
        if readable:
            data = os.read(up, 65536)
            if not data:
                return
            inbox.take(data)
        if inbox.full:
            return
        if inbox.done and not told:
            waiting, told = waiting + inputs, True


def written(pipe: int, data: bytes) -> int:
    """Write what fits; a pipe that nobody reads any more takes all."""
    try:
        return os.write(pipe, data[:4096])
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(data)
