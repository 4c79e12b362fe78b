"""What a saved notebook says: which questions it asks, and what `check` last answered.

Only the JSON of the file is read, so this works without Jupyter and without running anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIME = "application/vnd.labkit.check+json"
NOT_STARTED = "not_started"

STATE_WORDS = {
    "right": "right",
    "wrong": "not right yet",
    "misconception": "a common mix-up",
    "wrong_type": "another kind of value",
    NOT_STARTED: "not started",
}
_QUESTION = re.compile(r"""check\(\s*["']([\w.]+)["']""")


@dataclass(frozen=True)
class QuestionState:
    """One question of an exercise, with the last answer of `check` that was saved."""

    name: str
    state: str = NOT_STARTED
    message: str = ""


def code_cells(notebook: Path) -> list[dict[str, Any]]:
    """The code cells of a notebook file; a ValueError in words if the file is no notebook."""
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError("it is not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not a whole notebook (line {error.lineno}: {error.msg})") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it has no list of cells, so it is no notebook")
    return [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def questions_in(cells: list[dict[str, Any]]) -> list[str]:
    """The names given to `check(...)`, in the order of the notebook.

    >>> questions_in([{"source": ["answer = 3\\n", 'check("spend.total", answer)']}])
    ['spend.total']
    """
    sources = (cell.get("source", "") for cell in cells)
    texts = ("".join(map(str, source)) if isinstance(source, list) else str(source) for source in sources)
    return [name for text in texts for name in _QUESTION.findall(text)]


def answers_in(cells: list[dict[str, Any]]) -> Iterator[QuestionState]:
    """Every saved answer of `check`, oldest first; outputs of any other kind are passed over."""
    for cell in cells:
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            data = output.get("data") if isinstance(output, dict) else None
            answer = data.get(MIME) if isinstance(data, dict) else None
            if isinstance(answer, dict) and "question" in answer and str(answer.get("status")) in STATE_WORDS:
                yield QuestionState(str(answer["question"]), answer["status"], str(answer.get("message", "")))
