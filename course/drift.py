"""Compare a notebook on disk with what its script makes."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import nbformat
from derive import Target
from nbformat import NotebookNode

_FROM_EXECUTION = ("outputs", "execution_count")


def read_notebook(path: Path) -> NotebookNode | None:
    """Read a notebook as it is, without repairs. None if it is missing or no notebook of format 4."""
    try:
        notebook = nbformat.reader.reads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError):
        return None
    return notebook if notebook.get("nbformat") == 4 else None


def drift(target: Target, root: Path) -> list[str]:
    """Return the lines that say how a notebook differs from its script. No lines mean that it agrees."""
    path = root / target.path
    if not path.exists():
        return [f"{target.path}: missing, {target.script.path} makes it"]
    made = read_notebook(path)
    if made is None:
        return [f"{target.path}: not a notebook that can be read"]
    return _text_drift(target, made) + _output_drift(target, made)


def _text_drift(target: Target, made: NotebookNode) -> list[str]:
    lines = difflib.unified_diff(
        readable(made),
        readable(target.notebook),
        fromfile=target.path,
        tofile=f"{target.path} as {target.script.path} makes it",
        lineterm="",
    )
    return list(lines)


def _output_drift(target: Target, made: NotebookNode) -> list[str]:
    code_cells = [cell for cell in made.cells if cell.get("cell_type") == "code"]
    if target.executed:
        return [
            f"{target.path}: cell `{cell.get('id')}` was not executed"
            for cell in code_cells
            if cell.get("source", "").strip() and cell.get("execution_count") is None
        ]
    return [
        f"{target.path}: cell `{cell.get('id')}` has outputs or a count; exercises keep none"
        for cell in code_cells
        if cell.get("outputs") or cell.get("execution_count") is not None
    ]


def readable(notebook: NotebookNode) -> list[str]:
    """Return all of a notebook but its outputs, as lines that a person can compare."""
    about = {key: value for key, value in notebook.items() if key != "cells"}
    lines = json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False).split("\n")
    for cell in notebook.cells:
        about = {key: value for key, value in cell.items() if key not in ("source", *_FROM_EXECUTION)}
        lines.append(json.dumps(about, sort_keys=True, ensure_ascii=False))
        lines += [f"    {line}" for line in cell.get("source", "").split("\n")]
    return lines
