"""Files of strangers: opened without following links, unpacked without trusting a name or a size."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

MIB = 2**20
CHUNK = 2**16
LONGEST_TABLE = 8 * MIB
"""A zip lists its files at its end; a longer list than this is not read."""
DEEPEST = 12
FREE_BYTES = 32 * MIB
"""So much may come of any file, however small it is packed: a notebook may have printed one line a million times."""
NOTEBOOK = re.compile(r"\.ipynb(\.json|\.txt)?\Z", re.IGNORECASE)  # browsers add the second ending
DEVICE = re.compile(r"(?is)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?\Z")
OUR_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
PLAIN_MODES = {0, stat.S_IFREG, stat.S_IFDIR}
ENCRYPTED = 0x1 | 0x40 | 0x2000


class NotPlain(OSError):
    """What lies there is no file that can be opened; the message says what it is."""


class BadZip(ValueError):
    """The zip, or a file in it, is not unpacked; the message says why."""


@dataclass(frozen=True)
class Limits:
    """How much of a zip is written: files, bytes in all, bytes of one file, growth of one that is larger than some."""

    files: int = 2000
    total: int = 500 * MIB
    each: int = 500 * MIB
    ratio: int = 200


def is_notebook(name: str) -> bool:
    """Does the name end as a notebook's?"""
    return NOTEBOOK.search(name) is not None


def is_zip(name: str) -> bool:
    """Does the name end as a zip's?"""
    return name.lower().endswith(".zip")


def open_plain(path: Path) -> io.FileIO:
    """A regular file, opened for reading; never waits at a pipe and never follows a link.

    Raises:
        NotPlain: it is something else, or cannot be opened.
    """
    flags = os.O_RDONLY | sum(getattr(os, each, 0) for each in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
    try:
        _insist_on_a_file(os.lstat(path).st_mode)  # before opening: some devices act when they are opened
        file = io.FileIO(os.open(path, flags), "rb")
    except NotPlain:
        raise
    except FileNotFoundError:
        raise NotPlain("it is not there") from None
    except (OSError, ValueError):
        raise NotPlain("it cannot be opened") from None
    try:
        _insist_on_a_file(os.fstat(file.fileno()).st_mode)
    except NotPlain:
        file.close()
        raise
    return file


def _insist_on_a_file(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link, and links are not followed", stat.S_IFIFO: "a pipe"}
        raise NotPlain(f"it is no file but {kinds.get(stat.S_IFMT(mode), 'a device or a socket')}")


def top_names(path: Path, limits: Limits) -> set[str]:
    """With what the names of the notebooks and zips in a zip begin; nothing is unpacked.

    Raises:
        BadZip: the zip itself cannot be read.
    """
    with _open_zip(path, limits) as archive:
        names = [name.replace("\\", "/") for name in archive.namelist()]
    return {name.split("/")[0] for name in names if is_notebook(name) or is_zip(name)}


def salvage(path: Path, into: Path, limits: Limits, also: Collection[str] = ()) -> Iterator[tuple[Path, str]]:
    """Write what can be written: (file, "") for each, and (its name, why not) for each that is refused.

    Args:
        path: the zip.
        into: where to.
        limits: of what is written.
        also: the names of other files than notebooks and zips that are written.

    Raises:
        BadZip: the zip itself cannot be read.
    """
    left, taken = limits.total, set[str]()
    with _open_zip(path, limits) as archive:
        for info in archive.infolist():
            try:
                parts = _safe_parts(info)
                if info.is_dir() or not parts or not (is_notebook(parts[-1]) or is_zip(parts[-1]) or parts[-1] in also):
                    continue
                _insist_on_readable(info, min(left, limits.each), limits.ratio)
                _insist_on_a_place(parts, taken, limits.files)
                left -= info.file_size  # no more than this is ever read, and what is read in vain counts too
                _write(archive, info, into.joinpath(*parts), limits)
            except BadZip as refusal:
                yield Path(info.filename.replace("\\", "/")), str(refusal)
                if len(taken) > limits.files:
                    return
            else:
                yield into.joinpath(*parts), ""


class _Guarded(io.BufferedReader):
    """A reader that takes no huge piece at once: a zip's list of files is read in one piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LONGEST_TABLE:
            raise BadZip("its list of files is too long")
        return super().read(LONGEST_TABLE if size is None or size < 0 else size)


@contextmanager
def _open_zip(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    try:
        file = _Guarded(open_plain(path))
    except NotPlain as problem:
        raise BadZip(str(problem)) from None
    with file:
        if os.fstat(file.fileno()).st_size > limits.total:
            raise BadZip(f"it is larger than {limits.total // MIB} MiB")
        try:
            archive = zipfile.ZipFile(file)
        except BadZip:
            raise
        except Exception:  # the standard library raises a dozen kinds on a broken zip
            raise BadZip("it is no zip, or it is broken") from None
        with archive:
            yield archive


def _safe_parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    name = info.orig_filename.replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if any(unicodedata.category(char) == "Cc" for char in name):
        raise BadZip("its name holds control characters")
    if name.startswith("/") or any(re.match("[A-Za-z]:", part) for part in parts):
        raise BadZip("its name leads out of the zip: it is absolute")
    if any(not part.strip(" .") for part in parts):
        raise BadZip("its name leads out of the zip: it holds '..'")
    if any(DEVICE.match(part) for part in parts):
        raise BadZip("its name is a device's")
    if len(parts) > DEEPEST:
        raise BadZip("it lies too deep in folders")
    if stat.S_IFMT(info.external_attr >> 16) not in PLAIN_MODES:
        raise BadZip("it is a link or a device, not a file")
    return parts


def _insist_on_readable(info: zipfile.ZipInfo, most: int, ratio: int) -> None:
    if info.flag_bits & ENCRYPTED:
        raise BadZip("it is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others can ask for gigabytes of memory
        raise BadZip("it is packed in an unusual way; zip it again with an ordinary tool")
    _insist_on_size(info.file_size, info, most, ratio)


def _insist_on_size(size: int, info: zipfile.ZipInfo, most: int, ratio: int) -> None:
    if size > max(FREE_BYTES, ratio * info.compress_size):
        raise BadZip(f"it grows to more than {ratio} times its size; clear its outputs, save it and zip it again")
    if size > most:
        raise BadZip("it is too large, or the zip is")


def _insist_on_a_place(parts: tuple[str, ...], taken: set[str], most: int) -> None:
    name = unicodedata.normalize("NFC", "/".join(parts)).casefold()
    if name in taken:
        raise BadZip("the zip holds two files of this name")
    taken.add(name)
    if len(taken) > most:
        raise BadZip(f"the zip holds more than {most} notebooks")


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, limits: Limits) -> None:
    """Write one file; what counts is the size met while reading, whatever the zip says of it."""
    size, flags = 0, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, flags, 0o600)
    except (OSError, ValueError) as problem:
        _raise_if_ours(problem)
        raise BadZip("no file of this name can be written") from None
    try:
        with os.fdopen(descriptor, "wb") as sink, archive.open(info) as source:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                _insist_on_size(size, info, limits.each, limits.ratio)
                sink.write(chunk)
        os.utime(target, (_time_of(info),) * 2)
    except Exception as problem:
        target.unlink()
        _raise_if_ours(problem)
        raise (problem if isinstance(problem, BadZip) else BadZip("it is broken or encrypted")) from None


def _time_of(info: zipfile.ZipInfo) -> float:
    """When the file was last changed, in the time of this machine; 0 where the zip says no time that there is."""
    try:
        return max(0.0, datetime(*info.date_time).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0.0


def _raise_if_ours(problem: Exception) -> None:
    """A full disk is no student's fault."""
    if getattr(problem, "errno", None) in OUR_DISK:
        raise problem
