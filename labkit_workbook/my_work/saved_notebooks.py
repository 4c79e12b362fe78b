"""What a saved notebook says: which questions it asks, and what `check` last answered.

Only the JSON of the file is read, so this works without Jupyter and without running anything.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labkit_workbook.results import MIME, STATUSES
from labkit_workbook.results import WORKED_MIME as WORKED
from labkit_workbook.summaries import QuestionState

STATE_WORDS = {status: word for status, (word, _) in STATUSES.items() if status not in ("unknown", "stale")}


def code_cells(notebook: Path) -> list[dict[str, Any]]:
    """The code cells of a notebook file; a ValueError in words if the file is no notebook."""
    try:
        content = json.loads(notebook.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("it is not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not a whole notebook (line {error.lineno}: {error.msg})") from None
    except RecursionError:
        raise ValueError("it is nested too deeply to be a notebook") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it has no list of cells, so it is no notebook")
    return [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def questions_in(cells: list[dict[str, Any]]) -> list[str]:
    """The names given to `check(...)`, in the order of the notebook.

    >>> questions_in([{"source": ["# check('old')\\n", 'check("spend.total", 3)']}])
    ['spend.total']
    """
    sources = (cell.get("source", "") for cell in cells)
    texts = ("".join(map(str, source)) if isinstance(source, list) else str(source) for source in sources)
    return [name for text in texts for name in _names_checked(text)]


def _names_checked(source: str) -> list[str]:
    """The names in the calls of `check` in one cell; none where the cell is not plain Python."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    calls = [node for node in nodes if isinstance(node, ast.Call) and _is_check(node.func)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    first = [call.args[0] if call.args else _keyword(call, "question_id") for call in calls]
    return [node.value for node in first if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _is_check(function: ast.expr) -> bool:
    """Is this the name `check`, or `labkit_workbook.check`?"""
    if isinstance(function, ast.Attribute):
        return function.attr == "check" and isinstance(function.value, ast.Name) and function.value.id == "labkit_workbook"
    return isinstance(function, ast.Name) and function.id == "check"


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def answers_in(cells: list[dict[str, Any]]) -> Iterator[QuestionState]:
    """Every saved answer of `check`, oldest first; outputs of any other kind are passed over."""
    for answer in _notes_in(cells, MIME):
        if "question" in answer and str(answer.get("status")) in STATE_WORDS:
            texts = (str(answer.get(name, "")) for name in ("message", "numbers"))
            yield QuestionState(str(answer["question"]), answer["status"], *texts)


def worked_in(cells: list[dict[str, Any]]) -> set[str]:
    """The questions whose worked way was looked at: as `worked` noted, or a `check` after it."""
    notes = [*_notes_in(cells, WORKED), *(note for note in _notes_in(cells, MIME) if note.get("worked") is True)]
    return {str(note.get("question")) for note in notes}


def _notes_in(cells: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    """What the saved outputs hold of a kind of our own."""
    for cell in cells:
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            data = output.get("data") if isinstance(output, dict) else None
            note = data.get(kind) if isinstance(data, dict) else None
            if isinstance(note, dict):
                yield note
