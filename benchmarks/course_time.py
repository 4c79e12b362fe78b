"""Seconds and peak memory for the course to execute: every lesson, and with ``--all`` every solution, one by one.

The peer is a notebook that only imports numpy and matplotlib, run the same way in the same run: what starting
a kernel costs, whatever the lesson does. Memory is what each kernel says of itself in an extra last cell.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from measure import row
from memory import in_words
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
QUIET = ["--IPKernelApp.log_level=CRITICAL"]
ASK_FOR_PEAK = f"import sys as _sys; _sys.path.insert(0, {str(HERE)!r}); import memory as _m; print(_m.peak_gib())"


def run(notebook: nbformat.NotebookNode, folder: Path) -> tuple[float, float | None]:
    """Seconds to execute a notebook from a cold kernel, and the most memory that the kernel held."""
    place = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, kernel_name="python3", resources=place, extra_arguments=QUIET)
    begin = time.perf_counter()
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        seconds = time.perf_counter() - begin
        notebook.cells.append(nbformat.v4.new_code_cell(ASK_FOR_PEAK))
        answer = client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
    return seconds, peak_in(answer)


def peak_in(cell: nbformat.NotebookNode) -> float | None:
    """What a kernel answered to `ASK_FOR_PEAK`."""
    text = cell.outputs[0].text.strip()
    return None if text == "None" else float(text)


def main(folders: tuple[str, ...]) -> bool:
    """Print seconds and memory of each notebook in these folders, and of all."""
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import numpy, matplotlib.figure")])
    base, base_peak = run(empty, ROOT)
    paths = [path for folder in folders for path in sorted((ROOT / folder).glob("*.ipynb"))]
    seconds, peaks = [], []
    for path in paths:
        took, peak = run(nbformat.read(path, as_version=4), path.parent)
        seconds.append(took)
        peaks.append(peak)
        print(f"course   {took:5.1f} s  {in_words(peak)}  {path.relative_to(ROOT)}", flush=True)
    total, most = sum(seconds), max((peak for peak in peaks if peak is not None), default=None)
    print(f"course   {total:.0f} s for {len(paths)} notebooks, {total / len(paths):.1f} s each;")
    row("a notebook of the course, on the clock", total / len(paths), None, base, "s", "the limit only imports")
    print(f"         one that only imports numpy and matplotlib takes {base:.1f} s")
    print(f"         the largest kernel held {in_words(most)}; the one that only imports, {in_words(base_peak)}")
    return True


if __name__ == "__main__":
    raise SystemExit(0 if main(("notebooks", "solutions") if "--all" in sys.argv else ("notebooks",)) else 1)
