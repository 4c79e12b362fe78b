"""The record of a class: one line a submission in ``results.jsonl``, from which the table of grades is made.

The record is only ever added to. A line counts again when nothing it depends on has changed: the notebook, the
questions, the grader and the student's numbers. Marks given by hand live in ``overrides.csv``, which nothing here
writes.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NOT_HANDED_IN = "missing"


@dataclass(frozen=True)
class Record:
    """One graded submission."""

    key: str
    student: str
    exercise: str
    file: str
    status: str
    points: int
    most: int
    answers: Mapping[str, Any]
    notes: Sequence[str]
    wall: str
    seconds: float


def fingerprint() -> str:
    """A hash of everything in labkit that a grade depends on."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def key_of(notebook_sha: str, exercise: str, given: Any, grader: str) -> str:
    """The hash under which a result may be used again."""
    parts = (notebook_sha, exercise, repr(sorted(given.__dict__.items())), grader)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class Store:
    """``results.jsonl`` in the folder of results."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "results.jsonl"
        self.records: dict[tuple[str, str], Record] = {}
        if self.path.exists():
            self._read()

    def _read(self) -> None:
        """Take in the lines; one that was cut off by a crash is left out, and the next begins on a line of its own."""
        text = self.path.read_text(encoding="utf-8", errors="replace")
        for line in text.split("\n"):
            try:
                record = Record(**json.loads(line))
            except (ValueError, TypeError):
                continue
            self.records[record.student, record.exercise] = record
        if text and not text.endswith("\n"):
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def known(self, student: str, exercise: str, key: str) -> Record | None:
        """An earlier result that still holds."""
        record = self.records.get((student, exercise))
        return record if record is not None and record.key == key and record.status != "regrade" else None

    def add(self, record: Record) -> None:
        """Append a result, and have it on the disk before going on."""
        self.records[record.student, record.exercise] = record
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record)) + "\n")
            file.flush()
            os.fsync(file.fileno())


def overrides(folder: Path) -> dict[tuple[str, str], float]:
    """Marks given by hand: ``overrides.csv`` with the columns student, exercise, points.

    Raises:
        ValueError: a line that cannot be read; the message names it.
    """
    path = folder / "overrides.csv"
    found: dict[tuple[str, str], float] = {}
    if not path.exists():
        return found
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                points = float(row["points"])
                if not math.isfinite(points):
                    raise ValueError
                found[row["student"], row["exercise"]] = points
            except (KeyError, TypeError, ValueError):
                raise ValueError(
                    f"{path.name}, line {number}: the columns are student, exercise, points, and points is a number"
                ) from None
    return found


def write_grades(
    folder: Path, students: Iterable[str], exercises: Sequence[str], store: Store, unplaced: Mapping[str, str]
) -> Path:
    """``grades.csv``: exactly one row a student, a numeric total, and a reason where something is missing.

    ``unplaced`` says of a student what was handed in and could not be graded.
    """
    by_hand = overrides(folder)
    path, part = folder / "grades.csv", folder / "grades.csv.part"
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", *exercises, "total", "status", "wall"])
        for student in sorted(students):
            row = row_of(student, exercises, store, by_hand)
            if student in unplaced:
                row[-2] = f"{row[-2]}; not graded: {unplaced[student]}"
            writer.writerow(row)
    os.replace(part, path)
    return path


def row_of(
    student: str, exercises: Sequence[str], store: Store, by_hand: Mapping[tuple[str, str], float]
) -> list[str | float]:
    """One student's line."""
    points: list[float] = []
    words: list[str] = []
    walls = set()
    for exercise in exercises:
        record = store.records.get((student, exercise))
        status = record.status if record else NOT_HANDED_IN
        value = float(record.points) if record else 0.0
        if (student, exercise) in by_hand:
            value, status = by_hand[student, exercise], f"{status}, by hand"
        points.append(value)
        words.append(f"{exercise}: {status}")
        walls |= {record.wall} if record and record.wall else set()
    return [
        safe(student), *(tidy(p) for p in points), tidy(sum(points)), "; ".join(words), " / ".join(sorted(walls)),
    ]  # fmt: skip


def tidy(points: float) -> float:
    """Whole points as whole numbers."""
    return int(points) if points == int(points) else points


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(FORMULA) else text
