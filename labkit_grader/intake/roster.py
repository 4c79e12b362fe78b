"""What a list of the class says beside the ids: names, and the numbers by which Canvas and Moodle know the students.

They go into the tables for those platforms, so that each line finds its student there. They are kept in the folder of
results, for the tables are written again whenever marks by hand are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ..record.files import put
from ..record.safe_text import shown_id
from ..record.spreadsheet import Row, read_table

FILE = "platform_ids.json"
ID_HEADS = ("id", "login", "student")
"""The heads of the column with the ids, the surest first, as in ``submissions.read_roster``."""
NUMBERS = ("canvas_id", "moodle_id")
GRADEBOOK = {"student", "id", "sis login id", "section"}
"""The heads by which Canvas' own gradebook is told; its ID is the number, and its Student the name."""
MOODLE_WORD = "Participant "


@dataclass(frozen=True)
class PlatformIds:
    """How the platforms know a student; a text is empty where the list does not say.

    Attributes:
        name: as their tables show it.
        canvas_id: the number in the column ID of Canvas' gradebook.
        moodle_id: the number after "Participant" in Moodle's grading worksheet.
        login: the SIS Login ID of Canvas' gradebook.
    """

    name: str = ""
    canvas_id: str = ""
    moodle_id: str = ""
    login: str = ""


def read_platform_ids(path: Path) -> dict[str, PlatformIds]:
    """Student -> how the platforms know them, from the optional columns of the list given with ``--students``.

    Args:
        path: a CSV; its columns ``name``, ``canvas_id`` and ``moodle_id`` count, and need not be there. Or Canvas'
            gradebook as it comes.

    Raises:
        ValueError: a number is none, or two students have the same one, or no column is headed as that of the ids.
    """
    table = read_table(path, ())
    head = next((each for each in ID_HEADS if each in table.columns), None)
    gradebook = set(table.columns) >= GRADEBOOK
    if head is None or table.delimiter != ",":
        if gradebook or set(NUMBERS) & set(table.columns):
            raise ValueError(f"{path.name}, line 1: write commas between the columns, and head that of the ids student")
        return {}
    found: dict[str, PlatformIds] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in table.rows:
        if not row[head]:
            continue
        ids = _ids_in(_of_gradebook(row) if gradebook else row, f"{path.name}, line {row.line}")
        student = shown_id(row[head])
        if found.get(student) == ids:
            continue
        if student in found:
            raise ValueError(f"{path.name}, line {row.line}: {row[head]} stands there already, with other numbers")
        _insist_on_new(row, ids, lines, path.name)
        found[student] = ids
    return {student: ids for student, ids in found.items() if ids != PlatformIds()}


def by_number(ids: Mapping[str, PlatformIds]) -> dict[str, dict[str, str]]:
    """Platform, as in ``layouts.LAYOUTS`` -> its number for a student -> that student.

    >>> by_number({"ann": PlatformIds(canvas_id="71")})
    {'canvas': {'71': 'ann'}, 'moodle': {}}
    """
    return {
        "canvas": {each.canvas_id: student for student, each in ids.items() if each.canvas_id},
        "moodle": {each.moodle_id: student for student, each in ids.items() if each.moodle_id},
    }


def _of_gradebook(row: Row) -> Row:
    """A line of Canvas' gradebook under the heads of a list."""
    return Row(row.line, {**row.cells, "name": row["student"], "canvas_id": row["id"]})


def _ids_in(row: Row, where: str) -> PlatformIds:
    """What a line says."""
    numbers = {column: row[column].removeprefix(MOODLE_WORD) for column in NUMBERS}
    for column, number in numbers.items():
        if number and not re.fullmatch("[0-9]+", number):
            raise ValueError(f"{where}: {column} is the platform's number for a student, got {row[column]!a}")
    return PlatformIds(row["name"], **numbers, login=row["sis login id"])


def _insist_on_new(row: Row, ids: PlatformIds, lines: dict[tuple[str, str], int], name: str) -> None:
    """Two students with one number would get each other's grades."""
    for column in NUMBERS:
        number = getattr(ids, column)
        earlier = lines.setdefault((column, number), row.line)
        if number and earlier != row.line:
            raise ValueError(f"{name}, line {row.line}: {column} {number} stands on line {earlier} already")


def keep_platform_ids(out: Path, ids: Mapping[str, PlatformIds]) -> None:
    """Keep them in the folder of results; those of an earlier run go."""
    if ids:
        put(out / FILE, json.dumps({student: asdict(each) for student, each in ids.items()}, indent=1) + "\n")
    else:
        (out / FILE).unlink(missing_ok=True)


def kept_platform_ids(out: Path) -> dict[str, PlatformIds]:
    """As they were kept; nobody's where there are none.

    Raises:
        ValueError: they cannot be read.
    """
    path = out / FILE
    if not path.exists():
        return {}
    try:
        return {student: PlatformIds(**each) for student, each in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        raise ValueError(f"{path} cannot be read; grade again with --students, which writes it anew") from None
