"""Seconds and peak memory for the whole course to execute: every lesson and every solution, one after another.

The peer is a notebook that only imports numpy and matplotlib, run the same way in the same run: what starting
a kernel costs, whatever the lesson does.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
QUIET = ["--IPKernelApp.log_level=CRITICAL"]


def run(notebook: nbformat.NotebookNode, folder: Path) -> float:
    """Seconds to execute a notebook from a cold kernel."""
    begin = time.perf_counter()
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name="python3", resources=place, extra_arguments=QUIET).execute()
    return time.perf_counter() - begin


def main() -> bool:
    """Print seconds of each notebook and of all, and the most memory a kernel held."""
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import numpy, matplotlib.figure")])
    base = run(empty, ROOT)
    total = 0.0
    paths = [*sorted(ROOT.glob("notebooks/*.ipynb")), *sorted(ROOT.glob("solutions/*.ipynb"))]
    for path in paths:
        seconds = run(nbformat.read(path, as_version=4), path.parent)
        total += seconds
        print(f"course   {seconds:5.1f} s  {path.relative_to(ROOT)}")
    unit = 1 if sys.platform == "darwin" else 1024
    gib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 2**30
    each = total / len(paths)
    print(f"course   {total:.0f} s for {len(paths)} notebooks, {each:.1f} s each; an empty one takes {base:.1f} s")
    print(f"         the largest kernel held {gib:.2f} GiB")
    return True


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
