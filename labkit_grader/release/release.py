"""Write a student's copy of the course: all of it or nothing, and the course key to another place."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit_workbook.numbers.drawn import Classroom, canonical

from ..judge.keys import make_key
from ..record.files import put
from .bundle import COPIED, contents

COURSE = Path(__file__).resolve().parents[2]
LONGEST_NAME = 100
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same contents give the same zip


@dataclass(frozen=True)
class Released:
    """What was written: the folder, how many files, the zip if one was asked for, and whether the key is new."""

    out: Path
    files: int
    zip: Path | None
    new_key: bool


def write_copy(
    out: Path,
    classroom: Classroom | None = None,
    key_file: Path | None = None,
    zipped: bool = False,
    course: Path = COURSE,
) -> Released:
    """Write the copy.

    Args:
        out: a folder that is new or empty.
        classroom: for which class; without one everybody has the text's numbers and the answers are in the copy.
        key_file: where the course key lies; it is made if it is not there.
        zipped: write ``OUT.zip`` too.
        course: the folder of the whole course.

    Raises:
        ValueError: an argument does not fit, or the course is not whole; nothing is written then.
    """
    classroom = classroom or Classroom()
    out, archive = out.resolve(), (out.resolve().with_name(f"{out.resolve().name}.zip") if zipped else None)
    _insist_on_a_name(classroom.name)
    _insist_on_a_free_place(out, archive, course.resolve())
    if key_file is not None:
        _insist_on_a_place_for_the_key(key_file.resolve(), out, course.resolve())
    files = contents(course, classroom)
    new_key = make_key(key_file) if key_file is not None else False
    _write(files, out)
    if archive:
        _pack(files, archive, out.name)
    return Released(out, len(files), archive, new_key)


def _insist_on_a_name(name: str) -> None:
    if name and (not name.isprintable() or len(name) > LONGEST_NAME or not canonical(name)):
        raise ValueError(f"--class must be a name of at most {LONGEST_NAME} printable characters, got {name[:50]!a}")


def _insist_on_a_free_place(out: Path, archive: Path | None, course: Path) -> None:
    if out == Path.cwd():
        raise ValueError("the copy gets a folder of its own; name another than the current one")
    if out.is_dir() and any(out.iterdir()):
        raise ValueError(f"{out.name} is not empty; name a folder that is not there yet")
    if os.path.lexists(out) and not out.is_dir():
        raise ValueError(f"{out.name} is there and is no folder; name another")
    if archive and os.path.lexists(archive):
        raise ValueError(f"{archive.name} is there already; name another folder")
    if out == course or any(out.is_relative_to(course / name) for name in COPIED):
        raise ValueError(f"{out.name} lies among the files to be copied; name a folder elsewhere")


def _insist_on_a_place_for_the_key(key_file: Path, out: Path, course: Path) -> None:
    if key_file.is_relative_to(out) or any(key_file.is_relative_to(course / name) for name in COPIED):
        raise ValueError(f"--key-file {key_file.name} would lie in the students' copy; name a file elsewhere")
    if not key_file.parent.is_dir():
        raise ValueError(f"--key-file: there is no folder {key_file.parent.name}")


def _write(files: Mapping[str, bytes], out: Path) -> None:
    """Write beside the place, then take the name; if anything fails, nothing stays."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        for name, data in files.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if out.is_dir():
            out.rmdir()  # an empty one; Windows does not rename over it
        os.rename(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _pack(files: Mapping[str, bytes], archive: Path, folder: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", ZIP_TIME)
            entry.external_attr = 0o644 << 16
            opened.writestr(entry, data, zipfile.ZIP_DEFLATED)
    put(archive, packed.getvalue())
