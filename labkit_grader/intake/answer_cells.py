"""The cells that answer an exercise's questions: what a person should know of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from labkit_workbook.summaries import WORKED_SEEN

from .notebooks import CHECKED, Notebook

SET = re.compile(r"^(?:def[ \t]+(?=\w+[ \t]*\()|(?=\w+[ \t]*=(?!=)))(\w+)", re.MULTILINE)
"""A name that a cell gives a value, a function's included."""


def notes_on_answers(notebook: Notebook, exercise: str, questions: Collection[str]) -> list[str]:
    """What a person should know of the answers' cells: which are there twice, and which are no code any more.

    And of which questions the worked way on other numbers was looked at, so far as the saved outputs say.
    """
    cells, setting = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    texts = dict[str, int]()
    runs = 0
    for place, cell in enumerate(notebook.cells, start=1):
        runs += cell.kind == "code"
        checked = {question for name, question in CHECKED.findall(cell.source) if name == exercise}
        named = {each.replace("-", "_") for each in (cell.id, cell.grade_id)} & set(questions)
        for question in sorted({*SET.findall(cell.source)} & set(questions) if cell.kind == "code" else ()):
            setting[question].append(runs)
        for question in sorted((checked | named) & set(questions)):
            if cell.kind == "code":
                cells[question].append(runs)
            else:
                texts.setdefault(question, place)
    cells |= {question: places for question, places in setting.items() if len(places) > 1}
    notes = [
        f"the answer {question} stands in {len(places)} code cells ({_in_words(places)}): what the last "
        "of them sets counts"
        for question, places in cells.items()
        if len(places) > 1
    ]
    looked = [question for question in questions if f"{exercise}.{question}" in notebook.worked]
    notes += [f"{WORKED_SEEN}, on other numbers: {', '.join(looked)}"] if looked else []
    return notes + [
        f"the answer {question} stands in cell {place} of all, which is text and was not run; make it a code cell"
        for question, place in texts.items()
        if question not in cells
    ]


def _in_words(places: list[int], most: int = 5) -> str:
    return ", ".join(map(str, places[:most])) + (", ..." if len(places) > most else "")
