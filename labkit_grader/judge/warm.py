"""The warm process as the judge sees it: started once, and asked for one walled child after another.

A ``Warm`` object drives one warm process (see ``zygote.py``). Each submission gets a child of its own behind the
wall; the work goes down as plain JSON, and plain JSON comes back.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..child.zygote import MOST_PATIENCE, WALL_FAILED
from ..wall import TIMEOUT_SEC
from ..wall.owners import FIRST_OWNER
from ..wall.readable import readable_paths
from ..wall.wall import Limits, WallError, checked_mode
from .bubblewrap import command_prefix
from .judge_folder import LOCK, JudgeFolder
from .messages import Inbox
from .private import make_private
from .referee import Referee

START = (
    "import sys; sys.path.insert(0, {path!r}); from labkit_grader.child.zygote import main; main({fd}, {settings!r})"
)
GRACE = 60.0  # seconds that the warm process may take longer than the child's own time, however busy the machine
START_SEC = 600.0  # by the clock, for the warm process to start: a fault ends it at once, and a busy machine is slow
LEAVE_SEC = 5.0  # for the warm process to end by itself, and with it its child; then it is killed
NOT_ON_WINDOWS = "notebooks cannot be graded on Windows itself; use WSL (wsl --install) or docker"
_owners = itertools.count()
_fonts: dict[str, bytes] = {}  # matplotlib's list of fonts, which the first warm process draws up for the others too


class GraderFault(RuntimeError):
    """Something of the grader's own went wrong; the submission is graded again, never given a silent 0."""


class Warm:
    """A warm process and the private copy of labkit it runs with; a context manager."""

    def __init__(self, limits: Limits | None = None, timeout: float = TIMEOUT_SEC, mode: str = "standard") -> None:
        """Make the folder and the private copy.

        Args:
            limits: of a child; what it may use.
            timeout: seconds for a child.
            mode: "standard": Landlock, seccomp and limits; "strict": bubblewrap as a second wall around them;
                "trusted": no wall, for students whom the instructor trusts in so many words.

        Raises:
            ValueError: there is no such mode.
            WallError: on Windows.
        """
        if sys.platform == "win32":
            raise WallError(NOT_ON_WINDOWS)
        self.mode = checked_mode(mode)
        self.limits, self.timeout = limits or Limits(cpu_sec=int(1.25 * timeout) + 30), timeout
        self.owner = FIRST_OWNER + next(_owners)  # of its own, for the limit of threads is for each user
        self.folder = JudgeFolder()
        here = Path(self.folder.name)
        self.private = make_private(here / "private")
        self.scratch = here / "scratch"
        self.scratch.mkdir()
        self.scratch.chmod(0o755)  # whatever the umask: a child whose user is another one goes through it
        readable = [*readable_paths(), self.private]
        # In a file: on a machine with many packages the list is longer than one message of the socket may be.
        self.settings = here / "settings.json"
        told = {"readable": [str(path) for path in readable], "scratch": str(self.scratch), "mode": mode}
        self.settings.write_text(json.dumps({**told, "hidden": str(here / LOCK)}), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.socket: socket.socket | None = None

    def __enter__(self) -> Warm:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.folder.cleanup()

    def start(self) -> None:
        """Start the warm process and wait until it is ready.

        Raises:
            WallError: the mode is strict, and bubblewrap is missing or cannot work here.
            GraderFault: it did not start.
        """
        before = (
            command_prefix([self.private, self.settings], self.scratch, self.config()) if self.mode == "strict" else []
        )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        program = START.format(path=str(self.private), fd=theirs.fileno(), settings=str(self.settings))
        self.process = subprocess.Popen(
            [*before, sys.executable, "-I", "-c", program],
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is the judge's to answer
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={
                "PATH": os.defpath,
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "MPLCONFIGDIR": str(self.config()),
            },
            cwd=self.folder.name,
        )
        theirs.close()
        self.socket = ours
        ours.settimeout(START_SEC)
        if self._line() != b'{"ready": true}\n':
            raise GraderFault(f"the warm process did not start: {self.last_words()}")
        if self.mode == "standard" and not _fonts:  # strict: it lies in there; trusted: a student could change it
            _fonts.update({path.name: path.read_bytes() for path in self.config().glob("fontlist-*.json")})

    def _line(self) -> bytes:
        """The warm process's next line; what there was of it, if it ended."""
        assert self.socket is not None
        line = b""
        while not line.endswith(b"\n"):
            more = self.socket.recv(4096)
            if not more:
                break
            line += more
        return line

    def config(self) -> Path:
        """A folder for matplotlib's font cache, which the warm process fills before any child is made."""
        path = Path(self.folder.name) / "matplotlib"
        path.mkdir(exist_ok=True)
        if self.mode == "standard":
            for name, data in _fonts.items():
                (path / name).write_bytes(data)
        return path

    def last_words(self) -> str:
        """The end of what the warm process wrote before it ended."""
        process, self.process = self.process, None
        if process is None:
            return ""
        process.kill()
        _, words = process.communicate()
        return words.decode(errors="replace").strip()[-500:]

    def stop(self) -> None:
        """End the warm process, and with it any child; it ends when nobody is at the other end of the socket."""
        if self.socket is not None:
            self.socket.close()
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(LEAVE_SEC)
        self.last_words()
        self.socket = None

    def converse(
        self,
        work: Mapping[str, Any],
        inputs: Mapping[str, Sequence[Any]],
        inbox: Inbox,
        referee: Referee | None = None,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        """How a fresh child ended that was sent the work; what it says on the way is collected.

        Args:
            work: the cells, the names of the answers and the student's numbers.
            inputs: on what the student's functions are called, sent when all cells have run.
            inbox: takes what comes back.
            referee: asks the student's controllers after that.
            timeout: seconds for this child; by default what every child has. What it waits for a processor is not
                counted.

        Returns:
            "sec", how long it took, so counted; "timed_out", "full", and its "exit" status.

        Raises:
            GraderFault: the warm process or the wall failed.
        """
        assert self.socket is not None
        down_read, down = os.pipe()
        up, up_write = os.pipe()
        try:
            sec = self.timeout if timeout is None else timeout
            job = {"timeout": sec, "limits": asdict(self.limits), "owner": self.owner}
            socket.send_fds(self.socket, [json.dumps(job).encode() + b"\n"], [down_read, up_write])
        finally:
            os.close(down_read)
            os.close(up_write)
        try:
            # Longer than the warm process lets any child be: it is for a warm process that is stuck.
            patience = MOST_PATIENCE * sec + GRACE
            self.socket.settimeout(patience + GRACE)
            converse(down, up, [work, inputs], inbox, referee or Referee({}), patience)
        finally:
            os.close(down)
            os.close(up)
        return self._ending(inbox)

    def _ending(self, inbox: Inbox) -> dict[str, Any]:
        assert self.socket is not None
        answer = self._line()
        if not answer.endswith(b"\n"):
            raise GraderFault(f"the warm process has ended: {self.last_words()}")
        ending = json.loads(answer)
        if "fault" in ending:
            raise GraderFault(ending["fault"])
        if ending["exit"] == WALL_FAILED and not inbox.wall:
            raise GraderFault("the wall could not be raised")
        return ending


def converse(down: int, up: int, lines: Sequence[Any], inbox: Inbox, referee: Referee, patience: float) -> None:
    """Send the work, when the cells are done the inputs, then what is played; read until the pipe is closed.

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
        if told and not waiting:
            waiting = referee.next_line(inbox)


def written(pipe: int, data: bytes) -> int:
    """Write what fits; a pipe that nobody reads any more takes all."""
    try:
        return os.write(pipe, data[:4096])
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(data)
