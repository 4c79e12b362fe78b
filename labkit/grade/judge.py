"""The judge: it holds the questions and the key, and never runs a line of a submission.

One ``Warm`` object drives one warm process (see ``zygote.py``). Each submission gets a child of its own behind the
wall; the judge sends the cells down, reads plain JSON, and compares it with answers that no child has seen.
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
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..feedback import judge as judged
from ..questions import Question, exercise
from .limits import Limits
from .messages import Inbox
from .private import make_private
from .readable import readable_paths
from .zygote import WALL_FAILED

START = "import sys; sys.path.insert(0, {path!r}); from labkit.grade.zygote import main; main({fd}, {readable!r})"
FIRST_OWNER = 2_000_000_000  # user ids that no system gives to anybody
_owners = itertools.count()
GRACE = 5.0  # seconds that the warm process may take longer than the child's own time
STOPPED = "Your function stopped, or gave something else than asked for, at an input it was tried on."


class GraderFault(RuntimeError):
    """Something of the grader's own went wrong; the submission is graded again, never given a silent 0."""


@dataclass(frozen=True)
class Verdict:
    """What became of one submission.

    Attributes:
        status: ``"graded"``, ``"crashed"``, ``"timed out"`` or ``"regrade"``; what was answered before counts.
        answers: question -> {"status", "label", "message", "points", "most"}.
        points, most: the sums.
        notes: what a person should know, in words.
        wall: which wall stood, or an empty text where the child did not get so far.
        seconds: how long it ran.
    """

    status: str
    answers: dict[str, dict[str, Any]]
    points: int
    most: int
    notes: list[str] = field(default_factory=list)
    wall: str = ""
    seconds: float = 0.0


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

    def grade(self, exercise_name: str, cells: Sequence[str], given: Any = None) -> Verdict:
        """Run one submission behind the wall and judge its answers.

        Args:
            exercise_name: which exercise it is.
            cells: the sources of its code cells, magics taken out.
            given: the student's numbers; the text's where it is None.
        """
        room = exercise(exercise_name)
        numbers = room.text if given is None else given
        inbox = Inbox({f"{room.name}.{q.name}" for q in room.questions})
        began = time.monotonic()
        try:
            ending = self._run(room.name, cells, numbers, inbox)
        except (OSError, ValueError, KeyError, GraderFault) as error:
            self.stop()
            self.start()
            return Verdict("regrade", {}, 0, room.points, [f"fault of the grader: {error}"])
        return verdict(room.name, numbers, inbox, ending, time.monotonic() - began)

    def _run(self, name: str, cells: Sequence[str], numbers: Any, inbox: Inbox) -> dict[str, Any]:
        """Send the work to a fresh child, and collect what it says until it ends."""
        assert self.socket is not None
        questions = {f"{name}.{q.name}": q for q in exercise(name).questions}
        down_read, down = os.pipe()
        up, up_write = os.pipe()
        try:
            job = {"timeout": self.timeout, "limits": asdict(self.limits), "owner": self.owner}
            socket.send_fds(self.socket, [json.dumps(job).encode()], [down_read, up_write])
        finally:
            os.close(down_read)
            os.close(up_write)
        try:
            work = {"cells": list(cells), "answers": {i: q.name for i, q in questions.items()}}
            work["numbers"] = {name: plain_numbers(numbers)}
            inputs = {i: list(q.inputs(numbers)) for i, q in questions.items() if q.inputs is not None}
            converse(down, up, [work, inputs], inbox, self.timeout + GRACE)
        finally:
            os.close(down)
            os.close(up)
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


def plain_numbers(given: Any) -> dict[str, Any]:
    """An exercise's numbers as JSON can carry them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.__dict__.items()}


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


def verdict(name: str, numbers: Any, inbox: Inbox, ending: Mapping[str, Any], seconds: float) -> Verdict:
    """Judge what came up, and say how the run ended."""
    answers: dict[str, dict[str, Any]] = {}
    for question in exercise(name).questions:
        question_id = f"{name}.{question.name}"
        result = judged(question_id, value_of(question, inbox.answers.get(question_id), numbers), numbers)
        points = question.points if result.status == "right" else 0
        hidden = question.inputs is not None and result.status == "wrong_type"
        answers[question.name] = {
            "status": result.status, "label": result.label, "message": STOPPED if hidden else result.message,
            "points": points, "most": question.points,
        }  # fmt: skip
    notes = [f"cell {cell} stopped: {error}" for cell, error in inbox.errors]
    status = "graded"
    if inbox.full:
        notes.append("it sent more than any submission needs; the rest was not read")
        status = "crashed"
    if ending["timed_out"]:
        status = "timed out"
    elif ending["full"]:
        status = "crashed"
        notes.append("it wrote more files than any submission needs")
    elif ending["exit"] != 0 or not inbox.done:
        status = "crashed"
        notes.append(f"it ended itself before the end, with status {ending['exit']}")
    total, most = (sum(answer[key] for answer in answers.values()) for key in ("points", "most"))
    return Verdict(status, answers, total, most, notes, inbox.wall, round(seconds, 3))


def value_of(question: Question, sent: Any, numbers: Any) -> Any:
    """The value as the checks want it: a number, a list, a function over the inputs, or a stand-in of its type."""
    if isinstance(sent, dict):
        stand_in: dict[str, Any] = {"bool": True, "str": "", "float": float("nan"), "stub": None, "NoneType": None}
        return stand_in.get(str(sent.get("type")), object())
    if question.inputs is None or sent is None:
        return sent
    inputs = list(question.inputs(numbers))
    if not isinstance(sent, list) or len(sent) != len(inputs):
        return None
    table = dict(zip(inputs, sent, strict=True))
    return lambda each: stopped(table[each])


def stopped(value: Any) -> Any:
    """A function's value for one input; the learner's error where it stopped."""
    if isinstance(value, dict):
        if value.get("type") == "error":
            raise RuntimeError(str(value.get("text", "")))
        return object()
    return value
