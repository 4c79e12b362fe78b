"""Files of the results: written whole or not at all, under names that stay in their folder on any machine."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from .safe_text import shown_id

PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_@-]*(\.[a-z0-9_@-]+)*")
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def file_name(student: str) -> str:
    """A file name, without its ending, that stays in its folder; no two students share one on any machine.

    >>> file_name("ada-7"), file_name("../Ada")
    ('ada-7', 'Ada~4e4af21652b7')
    """
    if len(student) <= 64 and PLAIN_NAME.fullmatch(student) and not RESERVED.fullmatch(student):
        return student
    slug = re.sub(r"[^\w@-]+", "_", shown_id(student).partition("~")[0])[:40].strip("_")
    return f"{slug}~{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def put(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Write a file whole or not at all; ``mode`` says who may read it, less what the umask takes away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)  # what lies there could be a link to a file elsewhere
    try:
        with os.fdopen(os.open(part, NEW, mode), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
