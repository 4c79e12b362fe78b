"""Processor seconds to import labkit, and of its command, each in a fresh interpreter, beside the interpreter alone."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from measure import row

ROUNDS = 9
PROMISED = 1.5  # times numpy
PROMISED_TIMES = 6  # times an interpreter that does nothing, so that it can be said on a busy machine too
ROOT = Path(__file__).resolve().parents[1]
COMMAND = "import sys\nfrom labkit_workbook.cli import main\nmain([{!r}])"


def cpu_of_child(code: str) -> float:
    """Processor seconds of an interpreter that runs the code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> bool:
    """Print the rows; is it as promised?"""
    codes = {
        "nothing": "pass", "numpy": "import numpy", "labkit": "import labkit",
        "help": COMMAND.format("--help"), "status": COMMAND.format("status"),
    }  # fmt: skip
    taken = {name: min(cpu_of_child(code) for _ in range(ROUNDS)) for name, code in codes.items()}
    bare = taken["nothing"]
    row("import labkit, beside numpy alone", taken["labkit"], taken["numpy"], bare, "ms", "the limit is python -c pass")
    for name in ("help", "status"):
        row(f"labkit {'--help' if name == 'help' else name}", taken[name], None, bare, "ms")
    print(f"import   promised: {PROMISED} times numpy; {PROMISED_TIMES} times the bare interpreter for the command")
    quick = max(taken["help"], taken["status"]) < PROMISED_TIMES * bare
    return taken["labkit"] < PROMISED * taken["numpy"] and quick


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
