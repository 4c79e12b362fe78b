"""A recorder: it writes every reply to a file and plays it again, so that a lab on a paid model runs again for nothing.

A cassette is a text file, one JSON object a line: the model, the call, the reply. Failed calls are not recorded.
Several processes may read and record one cassette together: each writes under a lock of the file, and a line that
somebody else is writing is never cut.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

from labkit._inputs import one_number, one_of
from labkit.prices import Bill

from .protocol import TOKENS, Call, LanguageModel, Reply, check_calls, exact_whole

Mode: TypeAlias = Literal["auto", "record", "replay"]
MODES = ("auto", "record", "replay")
BEGINNING = b'{"model": '
"""How every line begins; a file that holds anything else is somebody's own, and is not touched."""
AMOUNTS = ("usd", "sec", "wall_sec")
MARK = b"\xef\xbb\xbf"
"""What some editors write before a text."""


class Cassette:
    """A model with a recorder in front of it.

    A replayed reply is the recorded one, with the bill and the seconds of that day, so that figures come out alike;
    ``spent_usd`` says what this run really spent.

    Args:
        model: the model that is asked, and whose worst case stands.
        path: the file; made where it is missing, with its folder, unless only replayed.
        mode: ``auto`` asks the model only for what is not recorded; ``record`` asks for everything anew, and the
            newest reply counts; ``replay`` never asks, and refuses a call that is not recorded.

    Raises:
        ValueError: an unknown mode, no file to replay, or a line of it that cannot be read.
        OSError: the file cannot be written to; better known now than after the calls were paid.

    >>> import tempfile
    >>> from .models import small
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "sums.jsonl"
    >>> first = Cassette(small(), path).complete([Call("12+345=")])
    >>> again = Cassette(small(), path, mode="replay")
    >>> again.complete([Call("12+345=")]) == first, again.spent_usd
    (True, 0.0)
    >>> folder.cleanup()
    """

    def __init__(self, model: LanguageModel, path: str | Path, mode: Mode = "auto") -> None:
        one_of("mode", mode, MODES)
        if not hasattr(model, "name") or not hasattr(model, "complete"):
            raise ValueError(f"model must have a name and answer calls with complete, got {model!r}")
        if not isinstance(path, (str, os.PathLike)):
            raise ValueError(f"path must be the path of a file, got {path!r}")
        self.model, self.path, self.mode = model, Path(path), mode
        self.spent_usd = 0.0
        self._lock = threading.Lock()
        if mode == "replay" and not self.path.exists():
            raise ValueError(f"path must be a recorded cassette, there is no file {self.path.name!r}")
        if mode != "replay":
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.open("ab").close()
        self._known = read_cassette(self.path, self.name)
        self._fresh: set[Call] = set()

    @property
    def name(self) -> str:
        """The model's own name."""
        return self.model.name

    def __repr__(self) -> str:
        return f"<cassette of {self.name!r}, {len(self._known)} replies, mode {self.mode!r}>"

    def complete(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply for each call, in their order, from the file or from the model.

        Raises:
            ValueError: in the mode ``replay``, a call that is not recorded.
        """
        missing = self._find_missing(calls)
        return self._record_replies(calls, missing, self.model.complete(missing) if missing else [])

    async def acomplete(self, calls: Sequence[Call]) -> list[Reply]:
        """The same, without blocking the event loop."""
        missing = self._find_missing(calls)
        return self._record_replies(calls, missing, await self.model.acomplete(missing) if missing else [])

    def worst_case(self, call: Call) -> Bill:
        """The model's own worst case."""
        return self.model.worst_case(call)

    def _find_missing(self, calls: Sequence[Call]) -> list[Call]:
        """The calls that the model must be asked, each once."""
        check_calls(calls)
        known = self._fresh if self.mode == "record" else self._known
        missing = [call for call in dict.fromkeys(calls) if call not in known]
        if missing and self.mode == "replay":
            raise ValueError(f"calls must be recorded in {self.path.name!r}, got {missing[0]!r}")
        return missing

    def _record_replies(self, calls: Sequence[Call], asked: Sequence[Call], replies: Sequence[Reply]) -> list[Reply]:
        """Record what the model said, and give every call its reply.

        Where two asked for the same call at once, both were paid, and the reply that was recorded first counts.
        """
        new = dict(zip(asked, replies, strict=True))
        with self._lock:
            self.spent_usd += sum(reply.usd for reply in replies)
            good = {call: reply for call, reply in new.items() if reply.ok and call not in self._fresh}
            if good:
                _append(self.path, self.name, good)
            self._known.update(good)
            self._fresh.update(good)
            return [new[c] if c in new and c not in self._fresh else self._known[c] for c in calls]


def read_cassette(path: Path, model: str) -> dict[Call, Reply]:
    """The recorded replies of one model; the newest counts, and a last line that was cut is left out.

    The file is not changed. A last line that is whole counts, though its end is missing.

    Raises:
        ValueError: another line that cannot be read.
    """
    known: dict[Call, Reply] = {}
    with path.open("rb") as file, _hold_lock(file, shared=True):
        written = file.read()
    *lines, cut = written.removeprefix(MARK).split(b"\n")
    if _is_whole(cut):
        lines, cut = [*lines, cut], b""
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            call, reply, by = Call(**record["call"]), _reply(record["reply"]), record["model"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _line_error(path, number) from None
        if by == model:
            known[call] = reply
    if cut[: len(BEGINNING)] != BEGINNING[: len(cut)]:
        raise _line_error(path, len(lines) + 1)
    return known


def _line_error(path: Path, number: int) -> ValueError:
    return ValueError(f"path must be a cassette, line {number} of {path.name!r} cannot be read")


def _append(path: Path, model: str, replies: dict[Call, Reply]) -> None:
    """Add lines to the file, after what others have added, and instead of a last line that was cut."""
    lines = [
        json.dumps({"model": model, "call": asdict(c), "reply": _write_reply(r)}) + "\n" for c, r in replies.items()
    ]
    path.touch()
    with path.open("r+b") as file, _hold_lock(file):
        end = _end_of_whole_lines(file)
        file.truncate(end)
        file.seek(end)
        file.write((b"" if end == 0 or _byte_before(file, end) == b"\n" else b"\n") + "".join(lines).encode())


def _end_of_whole_lines(file: IO[bytes]) -> int:
    """Where the last line that is whole ends. Under the lock nobody is writing, so a cut one was given up."""
    end = file.seek(0, os.SEEK_END)
    if end == 0 or _byte_before(file, end) == b"\n":
        return end
    file.seek(0)
    written = file.read()
    last = written.rfind(b"\n") + 1
    return end if _is_whole(written[last:]) else last


def _byte_before(file: IO[bytes], place: int) -> bytes:
    """The byte before a place; the file then stands at the place."""
    file.seek(place - 1)
    return file.read(1)


def _is_whole(line: bytes) -> bool:
    """Whether a line is a whole JSON object: of one that was cut, the last bracket is missing."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


@contextmanager
def _hold_lock(file: IO[bytes], shared: bool = False) -> Iterator[None]:
    """The file's lock, which every process that records takes; without one on systems that have none."""
    try:
        import fcntl  # noqa: PLC0415 (not on Windows)
    except ImportError:
        yield
        return
    locked = True
    try:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    except OSError:  # a file system without locks
        locked = False
    try:
        yield
    finally:
        file.flush()
        if locked:
            fcntl.flock(file, fcntl.LOCK_UN)


def _write_reply(reply: Reply) -> dict[str, Any]:
    return {field.name: getattr(reply, field.name) for field in fields(reply) if field.name != "failure"}


def _reply(record: dict[str, Any]) -> Reply:
    """The reply of a record; what somebody has edited into rubbish is refused."""
    reply = Reply(**{**record, "log_probs": tuple(map(float, record["log_probs"]))})
    for name in TOKENS:
        exact_whole(name, getattr(reply, name))
    for name in AMOUNTS:
        one_number(name, getattr(reply, name))
    if not reply.parts_fit or not isinstance(reply.text, str) or reply.finish not in ("stop", "length"):
        raise ValueError
    return reply
