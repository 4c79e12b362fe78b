"""What our own kinds of output note in a saved notebook: a stranger's words, cut, and believed in nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit_workbook.numbers.given_numbers import MIME as STUDENT
from labkit_workbook.results import MIME as CHECK
from labkit_workbook.results import WORKED_MIME as WORKED

MOST_IDS, LONGEST_ID = 20, 100


def table(found: Any) -> dict[str, Any]:
    """A table as it is; an empty one in place of anything else."""
    return found if isinstance(found, dict) else {}


def typed_in(document: dict[str, Any], field: str) -> tuple[str, ...]:
    """The ids or classes, each once and in their order, with which `given` was run, as its notes say."""
    found: dict[str, None] = {}
    for shown in _list_outputs(document.get("cells")):
        text = table(table(shown).get(STUDENT)).get(field)
        if isinstance(text, str) and text.strip():
            found["".join(letter if letter.isprintable() else "\ufffd" for letter in text[:LONGEST_ID])] = None
        if len(found) == MOST_IDS:
            break
    return tuple(found)


def worked_ways_in(document: dict[str, Any]) -> dict[str, None]:
    """The questions that a note of `worked`, or of a check after it, names: a stranger's words, each once."""
    found: dict[str, None] = {}
    for shown in _list_outputs(document.get("cells")):
        notes = (table(table(shown).get(WORKED)), table(table(shown).get(CHECK)))
        seen = [notes[0].get("question"), notes[1].get("worked") is True and notes[1].get("question")]
        found |= {text: None for text in seen if isinstance(text, str)}
    return found


def _list_outputs(cells: Any) -> Iterator[Any]:
    """What the outputs of the cells hold, kind by kind."""
    for cell in cells if isinstance(cells, list) else []:
        outputs = table(cell).get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            yield table(output).get("data")
