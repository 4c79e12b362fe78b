"""The most memory this process has held, where the system tells it."""

from __future__ import annotations

import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_gib() -> float | None:
    """The peak in GiB, or None where it cannot be measured, as on Windows.

    Linux: not `getrusage`, whose figure a process takes over from the one that started it.
    """
    if STATUS.exists():
        for line in STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20  # given in KiB
    try:
        import resource  # noqa: PLC0415 (there is none on Windows)
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def in_words(gib: float | None) -> str:
    """A peak for a report."""
    return "not measured here" if gib is None else f"{gib:.2f} GiB"
