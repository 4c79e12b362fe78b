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
NEEDED_BYTES, NEEDED_FILES = 32 * MIB, 1000
"""In the folder for temporary files, for each warm process: the private copy, the list of fonts, a scratch folder."""


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
    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    wanted = (limits or Limits()).file_bytes
    if most != resource.RLIM_INFINITY and most < wanted:
        return (
            f"no file may be larger than {most:,} bytes here, and a notebook may write {wanted:,}; type "
            "`ulimit -f unlimited` first"
        )
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
