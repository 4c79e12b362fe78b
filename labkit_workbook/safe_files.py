"""Moving files so that nothing anybody wrote is lost, neither to a save at the wrong moment nor to a full disk.

A file is replaced in three moves: the new one is written whole beside it, the old one gets another name and only then
is looked at, the new one gets the name if that is still free.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class JustSaved(FileExistsError):
    """The learner was quicker: the file was left as it is."""


def replace_keeping(mine: Path, content: bytes, reason: str, only_if: str | None = None) -> Path:
    """Give a file new content, and the old one another name, which is returned; or change nothing and fail."""
    part = write_part(mine, content)
    try:
        aside = move_aside(mine, reason)
        try:
            if only_if and digest(aside.read_bytes()) != only_if:
                raise JustSaved(f"{mine.parent.name}/{mine.name} was saved just now and was left so; try again")
            take_name(part, mine)
        except OSError:
            put_back(aside, mine)
            raise
    finally:
        part.unlink(missing_ok=True)
    return aside


def move_aside(mine: Path, reason: str) -> Path:
    """Rename a file to `NAME.REASON-N.ipynb`, with the first N that is free."""
    aside = free_name(mine, reason)
    try:
        os.replace(mine, aside)
    except OSError:
        aside.unlink()  # the name was only reserved
        raise
    return aside


def put_back(aside: Path, mine: Path) -> None:
    """Give a file its name again; if the name was taken meanwhile, the file stays under the other one."""
    try:
        take_name(aside, mine)
    except FileExistsError:
        text = f"{mine.parent.name}/{mine.name} was saved just now and was left so; an older one is {aside.name}"
        raise FileExistsError(text) from None


def put_new(mine: Path, content: bytes) -> None:
    """Write a file that is not there yet: whole, or not at all."""
    part = write_part(mine, content)
    try:
        take_name(part, mine)
    finally:
        part.unlink(missing_ok=True)


def write_part(path: Path, content: bytes) -> Path:
    """Write the content beside `path`; if that fails, as on a full disk, nothing stays."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def take_name(file: Path, name: Path) -> None:
    """Rename a file; a FileExistsError if the name is taken, so that nothing is overwritten."""
    try:
        os.link(file, name, follow_symlinks=False)
    except (OSError, NotImplementedError):  # the name is taken, or this disk has no hard links
        if os.path.lexists(name):
            raise JustSaved(f"{name.parent.name}/{name.name} was saved just now and was left so; try again") from None
        os.rename(file, name)
    else:
        file.unlink()


def free_name(mine: Path, reason: str) -> Path:
    """Reserve the first free `NAME.REASON-N.ipynb` with an empty file."""
    number = 1
    while True:
        aside = mine.with_name(f"{mine.stem}.{reason}-{number}{mine.suffix}")
        try:
            aside.touch(exist_ok=False)
            return aside
        except FileExistsError:
            number += 1


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
