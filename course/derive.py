"""Derive the notebooks of a script, not yet executed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from percent import Cell, Script
from regions import find_regions
from rules import GRADE, HIDE_INPUT, ONLY_IN_SOLUTIONS, PREDICT
from stubs import without_solutions

NOTEBOOK_FOLDERS = ("notebooks", "exercises", "solutions")

HIDE_OUTPUT = "hide-output"  # what the site's theme calls it

SHOWN = {"labkit_agents.frameworks": Path(__file__).parents[1] / "labkit_agents" / "frameworks" / "recorded"}
"""What a script that names this package shows, beside what it computes: the files of a folder."""

_NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


@dataclass(frozen=True)
class Target:
    """A notebook to make: where it goes, what it holds before execution, and whether it is executed."""

    path: str
    notebook: NotebookNode
    executed: bool
    script: Script


def targets_of(script: Script) -> list[Target]:
    """Return the notebooks that a script makes: one for a lesson, two for an exercise."""
    if script.is_lesson:
        return [Target(f"notebooks/{script.stem}.ipynb", _notebook(script, _lesson_cell), True, script)]
    return [
        Target(f"exercises/{script.stem}.ipynb", _exercise(script), False, script),
        Target(f"solutions/{script.stem}.ipynb", _notebook(script, _solution_cell), True, script),
    ]


def _notebook(script: Script, derive_cell: Callable[[Cell], NotebookNode]) -> NotebookNode:
    metadata = _notebook_metadata(script)
    metadata["labkit"] |= _shown_data(script)
    return new_notebook(cells=list(map(derive_cell, script.cells)), metadata=metadata)


def _shown_data(script: Script) -> dict[str, str]:
    """The hash of the data that an executed notebook shows, so that it is made again when they change."""
    source = "\n".join(cell.source for cell in script.cells)
    folders = [folder for package, folder in SHOWN.items() if package in source]
    if not folders:
        return {}
    data = hashlib.sha256()
    for file in (file for folder in folders for file in sorted(folder.iterdir()) if file.is_file()):
        data.update(file.name.encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return {"data_sha256": data.hexdigest()}


def _exercise(script: Script) -> NotebookNode:
    """The notebook with stubs. A cell's stubs depend on the cells below it, so it is made from the last one up."""
    cells: list[NotebookNode] = []
    for cell in reversed(script.cells):
        if not ONLY_IN_SOLUTIONS & set(cell.tags):
            following = [each.source for each in cells if each.cell_type == "code"]
            source = without_solutions(cell.source, cell.kind, following)
            cells.insert(0, _new_cell(cell, source, _nbgrader_metadata(cell)))
    return new_notebook(cells=cells, metadata=_notebook_metadata(script))


def _notebook_metadata(script: Script) -> dict[str, Any]:
    return {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "labkit": {"source": script.path, "sha256": script.sha256},
    }


def _lesson_cell(cell: Cell) -> NotebookNode:
    return _new_cell(cell, cell.source)


def _solution_cell(cell: Cell) -> NotebookNode:
    return _new_cell(cell, cell.source, _nbgrader_metadata(cell))


def _folded(metadata: dict[str, Any]) -> dict[str, Any]:
    """The metadata with what JupyterLab and the site need in order to fold a result or a code away.

    A cell tagged `predict` keeps its outputs closed until it is run or its guess is made; one tagged `hide-input`
    shows its picture, and its code on a click.
    """
    tags = list(metadata.get("tags", []))
    closed = {}
    if PREDICT in tags:
        closed["outputs_hidden"] = True
        tags += [tag for tag in (HIDE_OUTPUT,) if tag not in tags]
    if HIDE_INPUT in tags:
        closed["source_hidden"] = True
    if not closed:
        return metadata
    return {**metadata, "tags": tags, "jupyter": {**metadata.get("jupyter", {}), **closed}}


def _new_cell(cell: Cell, source: str, nbgrader: dict[str, Any] | None = None) -> NotebookNode:
    metadata = _folded({key: value for key, value in cell.metadata.items() if key != "points"})
    if nbgrader:
        metadata["nbgrader"] = nbgrader
    return _NEW_CELL[cell.kind](source, id=cell.id, metadata=metadata)


def _nbgrader_metadata(cell: Cell) -> dict[str, Any] | None:
    """Return what nbgrader needs to know of a cell, or None for a cell that it leaves alone."""
    regions, _ = find_regions(cell.source)
    if regions and cell.kind == "code":
        return _nbgrader(cell, grade=False, solution=True, locked=False)
    if regions:
        graded = _nbgrader(cell, grade=True, solution=True, locked=False)
        return {**graded, "points": cell.metadata.get("points", 1)}
    if GRADE in cell.tags:
        graded = _nbgrader(cell, grade=True, solution=False, locked=True)
        return {**graded, "points": cell.metadata["points"]}
    return None


def _nbgrader(cell: Cell, grade: bool, solution: bool, locked: bool) -> dict[str, Any]:
    return {
        "schema_version": 3,
        "grade_id": cell.id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
