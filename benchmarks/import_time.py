"""Seconds to import labkit, against seconds to import numpy, each in a fresh interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 15
PROMISED = 1.5
TIMED = "import time; begin = time.perf_counter(); import {}; print(time.perf_counter() - begin)"


def seconds(module: str) -> float:
    """Seconds of one import in a fresh interpreter."""
    run = subprocess.run([sys.executable, "-c", TIMED.format(module)], capture_output=True, text=True, check=True)
    return float(run.stdout)


def main() -> bool:
    """Print the ratio of medians; is it as promised?"""
    for module in ("numpy", "labkit"):  # warm the disk cache
        seconds(module)
    pairs = [(seconds("numpy"), seconds("labkit")) for _ in range(ROUNDS)]
    numpy, labkit = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = labkit / numpy
    print(f"import   numpy {numpy * 1e3:.0f} ms, labkit {labkit * 1e3:.0f} ms: {ratio:.2f} times, promised {PROMISED}")
    return ratio < PROMISED


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
