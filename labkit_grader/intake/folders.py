"""What lies in a folder of strangers' files, and in the zips in it: every file once, in the order of names."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..platforms import upload_in
from ..platforms.gradescope import METADATA
from ..platforms.nbgrader import SUBMITTED
from .layouts import stem
from .zips import DEEPEST, MIB, BadZip, Limits, is_zip, salvage, top_names

CLASS = Limits(files=20_000, total=2048 * MIB, each=160 * MIB)
ONE = Limits(files=200, total=160 * MIB, each=128 * MIB)
"""Of all zips of one student together; a file may be as large as a notebook that is read."""
DEEPEST_ZIP = 2
LINK = "it is a link, and links are not followed"
CLOSED = "the folder cannot be opened"
EMPTY = "the folder is empty"
MOST_SHOWN = 40


@dataclass(frozen=True)
class Seen:
    """One file that lies in a folder or in a zip, under the names that lead there; ``why`` it cannot be used.

    ``came`` is when it was handed in, where the platform says it in a table of its own.
    """

    parts: tuple[str, ...]
    path: Path
    why: str = ""
    came: datetime | None = None


def walk(top: Path, parts: tuple[str, ...] = ()) -> Iterator[Seen]:
    """Every file under a folder in the order of names; hidden ones are skipped, links and empty folders say why."""
    try:
        names = sorted(os.listdir(top))
    except OSError:
        yield Seen((*parts, ""), top, CLOSED)
        return
    hidden = [name for name in names if name.startswith(".") or name == "__MACOSX"]
    names = [name for name in names if name not in hidden]
    if not names:
        held = f"the folder holds nothing but {hidden[0][:MOST_SHOWN]!a}, which is hidden" if hidden else EMPTY
        yield Seen((*parts, ""), top, held)
    for name in names:
        path = top / name
        if os.path.islink(path):
            yield Seen((*parts, name, ""), path, LINK) if os.path.isdir(path) else Seen((*parts, name), path, LINK)
        elif not os.path.isdir(path):
            yield Seen((*parts, name), path)
        elif len(parts) < DEEPEST:
            yield from walk(path, (*parts, name))
        else:
            yield Seen((*parts, name), path, "it lies too deep in folders")


def opened(folder: Path, unpack_into: Path | None, roster: Sequence[str] | None) -> Iterator[Seen]:
    """Every file, those in zips included; a zip of the whole class counts as the folder.

    Raises:
        ValueError: the folder is neither a folder that can be opened nor a zip.
    """
    if not folder.is_dir() and not (folder.is_file() and is_zip(folder.name)):
        raise ValueError(f"{folder} is neither a folder nor a zip")
    into = _UnpackFolder(unpack_into)
    seen = list(walk(folder)) if folder.is_dir() else [Seen((folder.name,), folder)]
    if any(each.why == CLOSED and each.path == folder for each in seen):
        raise ValueError(f"{folder} cannot be opened")
    seen = _without_wrapper([each for each in seen if each.parts != ("",)], roster)
    alone = len({each.parts[0] for each in seen}) == 1
    zips = [each for each in seen if _is_class_zip(each, roster)]
    whole = alone or (len(zips) == len(seen) and all(map(_as_downloaded, zips)))
    inside = {each: into.open(each, CLASS, 1) for each in zips if whole}
    left = defaultdict[str, Limits](lambda: ONE)
    for each in inside:
        if each.path == folder and inside[each][0].parts == ("",):
            raise ValueError(f"{folder}: {inside[each][0].why}")
    for each in seen:
        if not is_zip(each.parts[-1]) or each.why:
            yield each
        elif each in inside and inside[each][0].parts != ("",):
            yield from _without_wrapper(inside[each], roster, stem(each.parts[0]))
        else:
            unit = each.parts[0]
            held = inside.get(each) or into.open(each, left[unit], 1)
            left[unit] = _limits_left(left[unit], held)
            yield from (replace(one, parts=each.parts + one.parts) for one in held)


def _is_class_zip(seen: Seen, roster: Sequence[str] | None) -> bool:
    """May a zip hold more than one student's files? Only at the top, and not under a student's name."""
    name = seen.parts[0]
    return (
        len(seen.parts) == 1
        and is_zip(name)
        and not seen.why
        and not upload_in(name)
        and stem(name) not in (roster or ())
    )


def _as_downloaded(seen: Seen) -> bool:
    """Do its names say that a platform made it? It is not unpacked for that: it may be one student's, and then has
    less room."""
    try:
        return any(map(upload_in, top_names(seen.path, CLASS)))
    except BadZip:
        return False


def _without_wrapper(seen: list[Seen], roster: Sequence[str] | None, name: str = "") -> list[Seen]:
    """Take off the one folder that holds everything, where it is surely no student's."""
    tops = {each.parts[0] for each in seen}
    if len(tops) != 1 or tops & {*(roster or ()), SUBMITTED} or any(len(each.parts) < 2 for each in seen):
        return seen
    inner = {each.parts[1] for each in seen}
    deep = bool(name) and all(len(each.parts) > 2 for each in seen)
    if tops == {name} or deep or METADATA in inner or all(upload_in(each) for each in inner):
        return [replace(each, parts=each.parts[1:]) for each in seen]
    return seen


class _UnpackFolder:
    """A private folder for what is unpacked; each zip has a folder of its own in it."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def open(self, seen: Seen, limits: Limits, level: int) -> list[Seen]:
        """The files of a zip, zips in it included, with names that begin inside it. One student's share its limits."""
        into = self._make_folder()
        also = (METADATA,) if limits is CLASS else ()
        try:
            refused = [
                Seen(_parts(name), seen.path, why) for name, why in salvage(seen.path, into, limits, also) if why
            ]
        except BadZip as problem:
            return [Seen(("",), seen.path, f"the zip cannot be unpacked: {problem}")]
        if limits is not CLASS:  # the times in a student's zip are the student's; when it came, its own time says
            _stamp(into, seen.path)
        found = [*(each for each in walk(into) if each.parts != ("",)), *refused]
        left = ONE if limits is CLASS else _limits_left(limits, found)
        inner = []
        for each in found:
            held = self._open_inner(each, left, level)
            inner += held
            left = left if limits is CLASS or held == [each] else _limits_left(left, held)
        return inner or [Seen(("",), seen.path, "the zip holds no notebook")]

    def _open_inner(self, seen: Seen, limits: Limits, level: int) -> list[Seen]:
        if seen.why or not is_zip(seen.parts[-1]):
            return [seen]
        if level == DEEPEST_ZIP:
            return [replace(seen, why="it is a zip within a zip; hand in the notebook itself")]
        return [replace(one, parts=seen.parts + one.parts) for one in self.open(seen, limits, level + 1)]

    def _make_folder(self) -> Path:
        if self.path is None:
            self.path = Path(tempfile.mkdtemp(prefix="labkit-"))
            atexit.register(_remove, self.path, os.getpid())
        self.path.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="zip-", dir=self.path))


def _stamp(into: Path, archive: Path) -> None:
    """Give what was unpacked the time of its zip."""
    time = archive.stat().st_mtime
    for each in into.rglob("*"):
        os.utime(each, (time, time), follow_symlinks=False)


def _limits_left(limits: Limits, written: Iterable[Seen]) -> Limits:
    """What is left of the limits when that much has been written."""
    sizes = [each.path.stat().st_size for each in written if not each.why]
    return replace(limits, files=max(0, limits.files - len(sizes)), total=max(0, limits.total - sum(sizes)))


def _parts(name: Path) -> tuple[str, ...]:
    return tuple(part for part in name.parts if part not in ("/", "..")) or ("",)


def _remove(path: Path, process: int) -> None:
    if os.getpid() == process:  # not in a child that was forked and ends first
        shutil.rmtree(path, ignore_errors=True)
