"""What the grader itself needs of the machine: if it is missing, no notebook is at fault, and no kernel either."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..wall.limits import Limits

if sys.platform != "win32":
    import resource

MIB = 2**20
NEEDED_OPEN = 64
"""Files that the judge itself has open beside those of a child: pipes, tables, modules."""
NEEDED_BYTES, NEEDED_FILES = 32 * MIB, 1000
"""In the folder for temporary files, for each warm process: the private copy, the list of fonts, a scratch folder."""


def _too_narrow(limits: Limits) -> str:
    """Which limit of this process's own is below what it or a child needs, and what to type."""
    for what, wanted, words, cure in (
        (resource.RLIMIT_FSIZE, limits.file_bytes, "no file may be larger than {} bytes", "-f unlimited"),
        (
            resource.RLIMIT_NOFILE,
            NEEDED_OPEN + limits.open_files,
            "no more than {} files may be open at once",
            "-n 1024",
        ),
        (resource.RLIMIT_AS, limits.memory_bytes, "a process may have no more than {} bytes of memory", "-v unlimited"),
        (resource.RLIMIT_CPU, limits.cpu_sec, "a process may run for no more than {} s", "-t unlimited"),
    ):
        most, _ = resource.getrlimit(what)
        if most != resource.RLIM_INFINITY and most < wanted:
            return f"{words.format(f'{most:,}')} here, and {wanted:,} are needed; type `ulimit {cure}` first"
    return ""


def what_is_missing(limits: Limits | None = None) -> str:
    """What keeps every notebook from being graded here, and what to type; an empty text where nothing does.

    Args:
        limits: of a child.
    """
    if sys.platform == "win32":
        return ""
    mask = os.umask(0o077)
    os.umask(mask)
    if mask & 0o700:
        return f"the umask {mask:03o} takes your own rights to the files that the grader makes; type `umask 022` first"
    narrow = _too_narrow(limits or Limits())
    if narrow:
        return narrow
    try:
        place = Path(tempfile.gettempdir())
        found = os.statvfs(place)
    except OSError as error:
        return f"there is no folder for temporary files ({error.strerror or error}); set TMPDIR to one"
    if found.f_bavail * found.f_frsize < NEEDED_BYTES or (found.f_files > 0 and found.f_favail < NEEDED_FILES):
        return (
            f"{place} is full: {NEEDED_BYTES // MIB} MiB are needed there; make space, or set TMPDIR to another folder"
        )
    return ""
