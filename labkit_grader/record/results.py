"""The record of a class: one line a submission in ``results.jsonl``, from which the table of grades is made.

The record is only ever added to. A line counts again when nothing it depends on has changed: the notebook, the
questions, the grader and the student's numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from labkit_grader.wall.readable import PACKAGES, ROOT

NOT_HANDED_IN = "missing"


@dataclass(frozen=True)
class Record:
    """One graded submission.

    Attributes:
        key: what the grade depends on, as a hash; empty where there was nothing to grade.
        student, exercise, file: whose it is, and which file was taken.
        status, points, most, answers, notes, wall, seconds: as the judge's verdict has them.
        texts: free-text answer -> what was written.
        numbers: the student's numbers.
        flags: what an instructor should look at; never shown to the student.
    """

    key: str
    student: str
    exercise: str
    file: str
    status: str
    points: float
    most: int
    answers: Mapping[str, Any]
    notes: Sequence[str]
    wall: str
    seconds: float
    texts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    flags: Sequence[str] = field(default_factory=list)


@cache
def fingerprint() -> str:
    """A hash of all five packages, which a grade depends on, as they were when this process first asked."""
    digest = hashlib.sha256()
    for path in sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def key_of(notebook_sha: str, exercise: str, settings: str, grader: str) -> str:
    """The hash under which a result may be used again; ``settings`` hashes the numbers, hidden inputs and time."""
    return hashlib.sha256("\x1f".join((notebook_sha, exercise, settings, grader)).encode()).hexdigest()


class Records(Mapping[tuple[str, str], Record]):
    """The newest record of each (student, exercise), read from the file when it is asked for.

    Only where a record stands is kept in memory, so that a large class needs hardly more than a small one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start: dict[tuple[str, str], int] = {}
        self._by_key: dict[tuple[str, str, str], int] = {}

    def __getitem__(self, at: tuple[str, str]) -> Record:
        return self._record_at(self._start[at])

    def with_key(self, student: str, exercise: str, key: str) -> Record | None:
        """The newest record of a student's exercise under a key, which another may have followed."""
        start = self._by_key.get((student, exercise, key))
        return None if start is None else self._record_at(start)

    def _record_at(self, start: int) -> Record:
        with self._path.open("rb") as file:
            file.seek(start)
            return record_in(file.readline())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._start)

    def __len__(self) -> int:
        return len(self._start)

    def remember(self, record: Record, start: int) -> None:
        """Remember where in the file the newest record of a student's exercise begins."""
        self._start[record.student, record.exercise] = start
        self._by_key[record.student, record.exercise, record.key] = start


def record_in(line: bytes) -> Record:
    """The record in a line.

    Raises:
        ValueError, TypeError, RecursionError: there is none.
    """
    return Record(**json.loads(line.decode("utf-8", errors="replace")))


class Store:
    """``results.jsonl`` in the folder of results."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "results.jsonl"
        self.records = Records(self.path)
        if self.path.exists():
            self._read()

    def _read(self) -> None:
        """Take in the lines; one that was cut off by a crash is left out, and the next begins on a line of its own."""
        start, line = 0, b"\n"
        with self.path.open("rb") as file:
            for line in file:
                with suppress(ValueError, TypeError, RecursionError):
                    self.records.remember(record_in(line), start)
                start += len(line)
        if not line.endswith(b"\n"):
            self._append(b"\n")

    def known(self, student: str, exercise: str, key: str) -> Record | None:
        """An earlier result that still holds; of several attempts it need not be the newest."""
        record = self.records.with_key(student, exercise, key)
        return record if record is not None and record.status != "regrade" else None

    def renew(self, record: Record) -> None:
        """Make a result that still holds the newest of its student's exercise."""
        if self.records[record.student, record.exercise].key != record.key:
            self.add(record)

    def add(self, record: Record) -> None:
        """Append a result, and have it on the disk before going on."""
        self.records.remember(record, self._append(json.dumps(asdict(record)).encode() + b"\n"))

    def _append(self, line: bytes) -> int:
        """Where the line begins."""
        with self.path.open("ab") as file:
            start = file.tell()
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        return start
