"""Is what stands in a line of ``results.jsonl`` of the kind that the grades are made of?

The grader writes no other lines. But the file is plain text, and a person may have changed it: a wrong line is then
named before anything is graded. A line that holds no record at all, such as one cut off by a crash, is none of these:
it is left out, and its notebook is graded again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .results import Record, record_in


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_table_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


Kind = tuple[Callable[[Any], bool], str]
TEXT: Kind = (_is_text, "a text")
NUMBER: Kind = (_is_number, "a number")
TEXTS: Kind = (_is_list_of_texts, "a list of texts")
FIELDS: dict[str, Kind] = {
    **dict.fromkeys(("key", "student", "exercise", "file", "status", "wall"), TEXT),
    **dict.fromkeys(("points", "most", "seconds"), NUMBER),
    **dict.fromkeys(("notes", "flags"), TEXTS),
    "answers": (_is_table, "a table of answers"),
    "texts": (_is_table_of_texts, "a table of texts"),
    "numbers": (_is_table, "a table of numbers"),
}
OF_AN_ANSWER: dict[str, Kind] = {
    **dict.fromkeys(("status", "label", "message"), TEXT),
    **dict.fromkeys(("points", "most"), NUMBER),
}


def insist_on_types(path: Path) -> None:
    """Read a record of a class line by line, and refuse the first line that is wrong.

    Args:
        path: ``results.jsonl``; it need not be there.

    Raises:
        ValueError: a line holds a record with a field of another type; the message names file, line and field.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                fault = fault_in(record_in(line))
            except (ValueError, TypeError, RecursionError):
                continue  # no record
            if fault:
                raise ValueError(f"{path}, line {number}: {fault}. Delete the line: its notebook is then graded again")


def fault_in(record: Record) -> str:
    """What is wrong with the types of a record; an empty text where nothing is."""
    fault = _first_fault(FIELDS, record.__dict__, "")
    if fault:
        return fault
    for name, answer in record.answers.items():
        where = f"the answer {_shorten_value(name)}"
        fault = _first_fault(OF_AN_ANSWER, answer, f" of {where}") if _is_table(answer) else f"{where} is no table"
        if fault:
            return fault
    return ""


def _first_fault(kinds: dict[str, Kind], values: dict[str, Any], where: str) -> str:
    for name, (fits, words) in kinds.items():
        if name not in values:
            return f"{name}{where} is not there"
        if not fits(values[name]):
            return f"{name}{where} must be {words}, got {_shorten_value(values[name])}"
    return ""


def _shorten_value(value: Any, most: int = 60) -> str:
    """What stands there, cut, in characters that every terminal shows."""
    text = ascii(value)
    return text if len(text) <= most else f"{text[:most]}..."
