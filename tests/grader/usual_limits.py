"""The judge's limits for a child that a process of the tests forks."""

import os
from pathlib import Path

from labkit_grader.wall.limits import Limits


def above_what_is_mapped() -> Limits:
    """The usual limits, on top of what the tests' own process has mapped, which is far more than a judge's."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return Limits(memory_bytes=Limits().memory_bytes + pages * os.sysconf("SC_PAGE_SIZE"))
