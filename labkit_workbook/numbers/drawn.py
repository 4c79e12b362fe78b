"""Which numbers a student of a class has: drawn from the class's name, the student's id and the exercise.

The salt is public. It deters copying and keeps no secret: whoever knows a student's id can work out the numbers.
A class has ``SHEETS`` sheets of numbers for each exercise, and an id leads to one of them. The students' copies hold
the sheets as data, for another version of numpy may draw other numbers.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contents import with_tuples

if TYPE_CHECKING:
    from ..questions import Exercise

SHEETS = 500
CLASS_FILE = Path(__file__).with_name("classroom.json")
SHEETS_FILE = Path(__file__).with_name("sheets.json")


@dataclass(frozen=True)
class Classroom:
    """The class that a copy of the course was made for.

    Attributes:
        name: the class's name; empty where everybody has the text's numbers.
        assessed: the answers were left out of this copy.
    """

    name: str = ""
    assessed: bool = False


def this_class() -> Classroom:
    """The class of this copy, from ``classroom.json`` beside this file; without that file there is none.

    Raises:
        ValueError: the file is damaged.
    """
    try:
        content = json.loads(CLASS_FILE.read_text(encoding="utf-8"))
        return Classroom(str(content["class"]), bool(content["assessed"]))
    except FileNotFoundError:
        return Classroom()
    except (OSError, ValueError, LookupError, TypeError):
        raise ValueError(f"labkit/{CLASS_FILE.name} is damaged; take it from the course's folder anew") from None


def canonical(student: str) -> str:
    """An id in the one form that all spellings of it share.

    Wide and composed characters, capitals, spaces around and invisible characters do not count, and a run of spaces
    counts as one.

    >>> canonical("  S-0012\\u200b ")
    's-0012'
    >>> canonical("ANA  Mari\\u0301a") == canonical("ana mar\\u00eda")
    True
    """
    while True:
        text = visible(unicodedata.normalize("NFKC", visible(student)).casefold())
        if text == student:
            return text
        student = text


def same(one: str, other: str) -> bool:
    """Are two spellings those of one id?"""
    return canonical(one) == canonical(other)


def visible(text: str) -> str:
    """A text without invisible characters and spaces around it, each run of spaces made one.

    >>> visible("  s\\u200b-1   x ")
    's-1 x'
    """
    return " ".join("".join(letter for letter in text if unicodedata.category(letter) != "Cf").split())


def sheet_number(exercise_name: str, class_name: str, student: str) -> int:
    """Which of the sheets of an exercise a student has, from 0 to ``SHEETS`` - 1.

    >>> sheet_number("ticket_spend", "demo", "s12") == sheet_number("ticket_spend", "Demo", " S12")
    True
    """
    words = "\x1f".join((exercise_name, canonical(class_name), canonical(student)))
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest, "big") % SHEETS


def sheet(exercise_name: str, class_name: str, number: int) -> Any:
    """The numbers on one sheet of a class: as ``sheets.json`` beside this file has them, or drawn."""
    from ..questions import exercise  # noqa: PLC0415  (loaded when numbers are asked for)

    each_exercise, name = exercise(exercise_name), canonical(class_name)
    kept = _kept_values(exercise_name, name, number)
    return _draw_once(each_exercise, name, number) if kept is None else type(each_exercise.text)(*kept)


def kept_values(exercise_name: str, class_name: str, student: str) -> list[Any] | None:
    """The values of a student's numbers, as ``sheets.json`` has them; None where it has not."""
    return _kept_values(exercise_name, canonical(class_name), sheet_number(exercise_name, class_name, student))


def _kept_values(exercise_name: str, name: str, number: int) -> list[Any] | None:
    kept = kept_sheets(SHEETS_FILE) if SHEETS_FILE.exists() else {}
    if kept.get("class") != name or exercise_name not in kept["sheets"]:
        return None
    return [with_tuples(value) for value in kept["sheets"][exercise_name][number]]


@cache
def _draw_once(of: Exercise, name: str, number: int) -> Any:
    """A class's sheet: some draws take a hundredth of a second, and a class has thousands of sheets."""
    return of.drawn(name, str(number))


@cache
def kept_sheets(path: Path) -> dict[str, Any]:
    """The class, and its sheets exercise by exercise, in a file that does not change."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def numbers_of(exercise_name: str, class_name: str, student: str) -> Any:
    """The numbers that a student has in an exercise.

    Args:
        exercise_name: such as ``"ticket_spend"``.
        class_name: as it was given to ``labkit release``; capitals and spaces around do not count. Empty for none.
        student: the id, in any spelling that ``canonical`` knows to be the same.

    Returns:
        The text's numbers without a class and in the questions of a lesson; else those of the student's sheet.

    Raises:
        ValueError: there is no such exercise; or there is a class, and the id is empty.
    """
    from ..questions import exercise  # noqa: PLC0415  (loaded when numbers are asked for)

    each_exercise = exercise(exercise_name)
    if not canonical(class_name) or not each_exercise.number:
        return each_exercise.text
    if not canonical(student):
        raise ValueError(f"student must be an id of at least one character, got {student!r}")
    return sheet(exercise_name, class_name, sheet_number(exercise_name, class_name, student))
