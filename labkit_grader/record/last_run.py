"""Whether anything has changed since the last run of ``labkit grade``: if nothing has, its words hold as they are.

A run that has graded everything keeps what it was asked and what it said in ``last_run.json``. Files are compared by
size, place on the disk and times of change, so that a class of thousands is looked through in a moment.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .files import put
from .results import fingerprint
from .run_lock import FILE as LOCK

FILE = "last_run.json"
TABLES = ("overrides.csv", "policy.csv", "extensions.csv", "groups.csv", "handed_in.csv")
"""What a teacher writes into the folder of results; the names are those of ``overrides`` and ``policy_tables``."""


@dataclass(frozen=True)
class Said:
    """What a run printed, and with which status it ended."""

    lines: Sequence[str]
    warnings: Sequence[str]
    status: int


def asked(folder: Path, out: Path, options: Mapping[str, Any]) -> str:
    """A hash of all that a run depends on: the grader, the options, submissions, tables. Empty where links are about.

    Args:
        folder: the submissions.
        out: the folder of results.
        options: of the command; of a path that it names the content counts, too.
    """
    digest = hashlib.sha256(f"{sys.version} {fingerprint()} {folder.resolve()} {out.resolve()}".encode())
    for name, value in sorted(options.items()):
        digest.update(f"\0{name}={value!r}".encode("utf-8", "surrogateescape"))
        if isinstance(value, Path) and value.is_file():
            digest.update(value.read_bytes())
    try:
        for line in (*_states(folder), *(_state(out / name) for name in TABLES if (out / name).exists())):
            digest.update(line.encode("utf-8", "surrogateescape"))
    except (_LinkError, OSError):
        return ""
    return digest.hexdigest()


def said_before(out: Path, of: str) -> Said | None:
    """What the last run into ``out`` said, where it was asked the same and all that it wrote is as it was."""
    try:
        kept = json.loads((out / FILE).read_text(encoding="utf-8"))
        until = datetime.fromisoformat(kept["until"]) if kept["until"] else datetime.max
        if not of or kept["asked"] != of or kept["written"] != _written(out) or datetime.now() >= until:
            return None
        return Said(list(map(str, kept["lines"])), list(map(str, kept["warnings"])), int(kept["status"]))
    except (_LinkError, OSError, ValueError, LookupError, TypeError):
        return None


def keep_said(out: Path, of: str, said: Said, until: datetime | None) -> None:
    """Keep what a run said that has left nothing undone.

    Args:
        out: the folder of results, as the run has left it.
        of: the hash of what it was asked, from before it began.
        said: the words that the same line would say again.
        until: from when something will be due, so that absence may become a 0; None where nothing will.
    """
    with suppress(_LinkError):
        content = {
            "asked": of,
            "written": _written(out),
            "until": until.isoformat() if until else "",
            "lines": list(said.lines),
            "warnings": list(said.warnings),
            "status": said.status,
        }
        put(out / FILE, json.dumps(content, indent=1) + "\n")


class _LinkError(Exception):
    """A symbolic link, behind which anything could change."""


def _written(out: Path) -> str:
    """A hash of the states of all files of results."""
    lines = "".join(line for line in _states(out, (FILE, LOCK)))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _states(folder: Path, without: Sequence[str] = ()) -> Iterator[str]:
    """The state of each file in a folder and below, in the order of their names."""
    if folder.is_file():
        yield _state(folder)
        return
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_symlink():
            raise _LinkError(entry.path)
        if entry.is_dir():
            yield f"{entry.path}/\n"
            yield from _states(Path(entry.path))
        elif entry.name not in without:
            yield _state(Path(entry.path))


def _state(path: Path) -> str:
    """A line that is another one as soon as the file was written to, moved or replaced."""
    state = path.stat()
    return f"{path} {state.st_size} {state.st_ino} {state.st_mtime_ns} {state.st_ctime_ns}\n"
