"""Notebooks as students hand them in: a released one, with answers written into its cells."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labkit_workbook.questions import Exercise

MARKER = re.compile(r"^[ \t]*(?:<!-- )?### (BEGIN|END) SOLUTION.*\n?", re.MULTILINE)


def loaded(path: Path) -> dict[str, Any]:
    """A notebook as plain JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def text_of(cell: Mapping[str, Any]) -> str:
    """The source of a cell."""
    return "".join(cell["source"])


def solved(solution: Mapping[str, Any]) -> dict[str, str]:
    """Cell id -> the code or the text that a student who solved it has there."""
    return {cell["id"]: MARKER.sub("", text_of(cell)) for cell in solution["cells"] if MARKER.search(text_of(cell))}


def half(answers: Mapping[str, str]) -> dict[str, str]:
    """The first half of the answers."""
    return dict(list(answers.items())[: len(answers) // 2])


def with_a_mistake(exercise: Exercise, answers: Mapping[str, str], number: int = 0) -> dict[str, str]:
    """The answers with one registered mistake in them; ``number`` goes round the mistakes of the exercise."""
    ways = [(q.name, wrong) for q in exercise.questions if q.inputs is None for _, wrong in q.mistaken(exercise.text)]
    name, wrong = ways[number % len(ways)]
    return {**answers, name.replace("_", "-"): f'{name} = {wrong!r}\ncheck("{exercise.name}.{name}", {name})'}


def filled(released: Mapping[str, Any], answers: Mapping[str, str], own_cell: str = "") -> dict[str, Any]:
    """The released notebook with the answers in their cells, and a cell of the student's own after the first code."""
    notebook = copy.deepcopy(dict(released))
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    if own_cell:
        added = {"cell_type": "code", "execution_count": None, "id": "my-own", "metadata": {}, "outputs": []}
        notebook["cells"].insert(2, added | {"source": own_cell})
    return notebook


def write(path: Path, notebook: Mapping[str, Any]) -> None:
    """Write a notebook, with the folders on the way to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
