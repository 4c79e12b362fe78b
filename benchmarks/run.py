"""Prints the figures that the README quotes, each beside a peer measured in the same run.

    python benchmarks/run.py            all of them, about ten minutes
    python benchmarks/run.py sweep      those whose names are given

Each benchmark runs in a process of its own, so that none adds to the memory or the imports of another.
Exit status 1 if a figure misses what the project promises.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCHMARKS = {
    "sweep": "sweep.py",
    "laws": "laws.py",
    "simulation": "simulation.py",
    "frontier": "frontier.py",
    "import": "import_time.py",
    "course": "course_time.py",
    "grading": "grading.py",
    "pocket": "pocket.py",
    "orchestrator": "orchestrator.py",
    "explorers": "explorers.py",
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark is named {unknown[0]!r}; there is {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    commands = [[sys.executable, str(HERE / BENCHMARKS[name])] for name in names or BENCHMARKS]
    ended = [subprocess.run(command, check=False).returncode for command in commands]
    return 1 if any(ended) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
