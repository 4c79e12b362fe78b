"""An exercise's notebook as an assessed class gets it: nothing in it that says how an answer is marked."""

from __future__ import annotations

import json
import re
from typing import Any

SELF_CHECK = "self-check"
"""The tag of the cells that say what a good free-text answer holds: they restate what points are given for."""
NOTHING_TO_LEAN_ON = "This copy holds no hints and no self-check: your work is graded."
RECORDED = "`check` says whether it has the form asked for, and that it is recorded."
OTHER_WORDS = (
    (r'In a new cell, `hint\("[\w.]+"\)` gives a hint\.', NOTHING_TO_LEAN_ON),
    (r"`check` says whether it is right, and if not, often why\.", RECORDED),
    (r" \(If your teacher assesses this exercise, [^()]*\)", ""),
)
"""What a notebook promises that this copy does not keep, each with the words that hold here."""


def without_help(notebook: bytes) -> bytes:
    """The notebook without the self-checks, and without the promise of hints.

    Args:
        notebook: the file of an exercise as the course's build makes it.

    >>> cells = [{"cell_type": "markdown", "metadata": {"tags": ["self-check"]}, "source": "A good answer says it."}]
    >>> without_help(json.dumps({"cells": cells}).encode()).split()
    [b'{', b'"cells":', b'[]', b'}']
    """
    content = json.loads(notebook)
    content["cells"] = [_reword_cell(cell) for cell in content["cells"] if not _is_self_check(cell)]
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _is_self_check(cell: dict[str, Any]) -> bool:
    return SELF_CHECK in cell.get("metadata", {}).get("tags", ())


def _reword_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell with words that hold in this copy; code, and text that promises nothing, as it was."""
    text = old = "".join(cell["source"])
    if cell["cell_type"] != "markdown":
        return cell
    for words, new in OTHER_WORDS:
        text = re.sub(words.replace(" ", r"\s+"), new, text)
    return cell if text == old else {**cell, "source": text.splitlines(keepends=True)}
