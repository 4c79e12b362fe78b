"""Prints the figures that the README quotes, each beside an expert's best and a limit of the machine, in one run.

    python benchmarks/run.py            all but pocket and what ends in -large or -all, in twelve minutes
    python benchmarks/run.py sweep      those whose names are given (make bench ONLY=sweep)
    python benchmarks/run.py pocket     against torch, which the extra "train" installs

Each benchmark runs in a process of its own, so that none adds to the memory or the imports of another. At the end
stands the table of all rows. Exit status 1 if a figure misses what the project promises.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCHMARKS = {
    "sweep": ["sweep.py"],
    "simulation": ["simulation.py"],
    "frontier": ["frontier.py"],
    "load": ["load.py"],
    "laws": ["laws.py"],
    "import": ["import_time.py"],
    "growth": ["growth.py"],
    "course": ["course_time.py"],
    "grading": ["grading.py", "--quick"],
    "orchestrator": ["orchestrator.py"],
    "explorers": ["explorers.py", "--quick"],
    "traces": ["traces.py"],
}
ONLY_BY_NAME = {
    "pocket": ["pocket.py"], "grading-large": ["grading.py"], "explorers-all": ["explorers.py"],
    "course-all": ["course_time.py", "--all"], "traces-large": ["traces.py", "--large"],
}  # fmt: skip
ROW = "| "
"""How a row of the table begins; ``measure.row`` prints them."""
HEAD = f"{ROW}area | ours | expert's best | limit | |\n|---|---|---|---|---|"


def run(name: str, command: list[str]) -> tuple[int, list[str]]:
    """Run one benchmark, show what it prints as it prints it; its exit status, and its rows of the table."""
    rows = []
    arguments = [sys.executable, "-u", str(HERE / command[0]), *command[1:]]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if line.startswith(ROW):
                rows.append(line.rstrip("\n"))
    return process.returncode, rows


def conditions() -> str:
    """When and on what the figures were measured."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    numpy = importlib.metadata.version("numpy")
    return (
        f"{datetime.date.today():%Y-%m-%d}, Python {platform.python_version()}, numpy {numpy}, "
        f"{platform.machine()} with {os.cpu_count()} cores{load}; processor time, the least of some rounds"
    )


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all but those that run by name alone."""
    known = {**BENCHMARKS, **ONLY_BY_NAME}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark is named {unknown[0]!r}; there is {', '.join(known)}", file=sys.stderr)
        return 2
    begin, missed, rows = time.monotonic(), [], []
    asked = names or list(BENCHMARKS)
    for number, name in enumerate(asked, 1):
        print(f"[{number}/{len(asked)}] {name}, {time.monotonic() - begin:.0f} s so far", flush=True)
        status, more = run(name, known[name])
        rows += more
        missed += [name] * (status != 0)
    if rows:
        print("\n".join(["", conditions(), "", HEAD, *rows]))
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
